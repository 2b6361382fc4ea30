#include "match/evidence.h"

#include <stdlib.h>

// Layout: the struct, then each field that the event has, packed octet by octet, because open
// sequences are what a fleet costs most in memory: the field's number, the type of the value, and the value.
//
//     bool   nothing more: the type says which      text  u16 length, octets; or u32 number of a text
//     int    four octets, or eight                  list  u8 count, then each value with its type
//     real   eight octets
struct evidence {
    struct held head;
    uint16_t action;  // enum action
    uint16_t field_count;
    uint32_t categories;
    uint32_t size;  // Of this block; `head` counts the texts elsewhere too.
    uint8_t packed[];
};
_Static_assert(FIELD_COUNT <= UINT8_MAX && EVIDENCE_TEXT_MAX <= UINT16_MAX &&
                   EVIDENCE_LIST_MAX <= UINT8_MAX,
               "numbers, lengths and counts fit where they are packed");

// Beside enum value_type.
#define PACKED_TRUE   0x80u
#define PACKED_SMALL  0x40u  // An integer of four octets.
#define PACKED_NUMBER 0x20u  // A text that is kept once.

// Fields whose texts many processes have in common.
static const enum field common[] = {
    FIELD_PROCESS_EXECUTABLE, FIELD_PROCESS_HASH_CDHASH,  FIELD_PROCESS_SIGNING_ID,
    FIELD_MACHO_BECAUSE,      FIELD_PARENT_ENTITY_ID,     FIELD_PARENT_EXECUTABLE,
    FIELD_PARENT_SIGNING_ID,  FIELD_EFFECTIVE_EXECUTABLE,
};
#define COMMON_MIN 12u  // A shorter one is not worth it.

static const enum field shown[] = {
    FIELD_EVENT_MODULE,
    FIELD_EVENT_SEVERITY,
    FIELD_EVENT_MERGED,
    FIELD_RULE_NAME,
    FIELD_RULE_ID,
    FIELD_MESSAGE,
    FIELD_USER_ID,
    FIELD_USER_NAME,
    FIELD_PROCESS_ENTITY_ID,
    FIELD_PROCESS_PID,
    FIELD_PROCESS_PIDVERSION,
    FIELD_PROCESS_IDENTITY,
    FIELD_PROCESS_EXECUTABLE,
    FIELD_PROCESS_COMMAND_LINE,
    FIELD_PROCESS_EXIT_CODE,
    FIELD_PROCESS_EXIT_SIGNAL,
    FIELD_PROCESS_SIGNAL,
    FIELD_PROCESS_SIGNATURE_EXISTS,
    FIELD_PROCESS_SIGNATURE_VALID,
    FIELD_PROCESS_HASH_CDHASH,
    FIELD_PROCESS_HASH_SHA256,
    FIELD_PROCESS_SIGNATURE_TOLD,
    FIELD_PROCESS_SIGNING_ID,
    FIELD_PROCESS_TEAM_ID,
    FIELD_PROCESS_SIGNATURE_TRUSTED,
    FIELD_PROCESS_CS_FLAGS,
    FIELD_PROCESS_CS_PLATFORM,
    FIELD_PROCESS_CS_ADHOC,
    FIELD_PROCESS_PATH_CLASS,
    FIELD_PROCESS_CONTEXT,
    FIELD_PROCESS_DYLD_ENV,
    FIELD_PROCESS_KNOWN,
    FIELD_PROCESS_SIGNER,
    FIELD_PROCESS_IMAGE_AGE,
    FIELD_PROCESS_QUARANTINE,
    FIELD_PROCESS_RUNTIME_ENV,
    FIELD_MACHO_NATIVE_API,
    FIELD_MACHO_BECAUSE,
    FIELD_MACHO_JIT_DECLARED,
    FIELD_PARENT_ENTITY_ID,
    FIELD_PARENT_PID,
    FIELD_PARENT_EXECUTABLE,
    FIELD_PARENT_SIGNING_ID,
    FIELD_PARENT_TEAM_ID,
    FIELD_PARENT_SIGNATURE_TRUSTED,
    FIELD_PARENT_KNOWN,
    FIELD_PARENT_PLATFORM,
    FIELD_EFFECTIVE_PID,
    FIELD_EFFECTIVE_EXECUTABLE,
    FIELD_TARGET_ENTITY_ID,
    FIELD_TARGET_PID,
    FIELD_TARGET_PIDVERSION,
    FIELD_TARGET_EXECUTABLE,
    FIELD_TARGET_HASH_CDHASH,
    FIELD_TARGET_SIGNING_ID,
    FIELD_TARGET_TEAM_ID,
    FIELD_TARGET_SIGNATURE_TRUSTED,
    FIELD_TARGET_PLATFORM,
    FIELD_TARGET_SAME_TEAM,
    FIELD_API_NAME,
    FIELD_API_ADDRESS,
    FIELD_API_SIZE,
    FIELD_API_PROTECTION,
    FIELD_API_PORT,
    FIELD_API_THREAD_STATE,
    FIELD_DLL_PATH,
    FIELD_DLL_PATH_CLASS,
    FIELD_DLL_SIGNER,
    FIELD_DLL_FROM_ENV,
    FIELD_DLL_TEAM_ID,
    FIELD_DLL_SIGNING_ID,
    FIELD_DLL_HASH_CDHASH,
    FIELD_DLL_IMAGE_AGE,
    FIELD_DLL_QUARANTINE,
    FIELD_DLL_WRITTEN_BY,
    FIELD_FILE_PATH,
    FIELD_FILE_ORIGINAL_PATH,
    FIELD_FILE_PATH_CLASS,
    FIELD_FILE_SIZE,
    FIELD_FILE_MODIFIED,
    FIELD_FILE_BY_OWNER,
    FIELD_DESTINATION_IP,
    FIELD_DESTINATION_PORT,
    FIELD_DESTINATION_DOMAIN,
};

static void note_kept(bool kept[FIELD_COUNT], const bool *extra);
static bool is_common(enum field field, struct value v);
static size_t packed_size(struct value v);
static size_t kept_len(struct value v, size_t max);
static uint8_t *pack(uint8_t *at, struct value v);
static uint8_t *pack_number(uint8_t *at, struct value v, struct texts *texts);
static uint8_t *pack_octets(uint8_t *at, const void *octets, size_t len);
static const uint8_t *unpack(const uint8_t *at, struct value *out, const struct texts *texts,
                             struct arena *arena);
static const uint8_t *let_go(const uint8_t *at, struct texts *texts);
static const uint8_t *unpack_octets(const uint8_t *at, void *out, size_t len);

void evidence_want(struct projection *projection, enum action action)
{
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        projection_want(projection, action, shown[i]);
}

struct held *evidence_keep(const struct event *event, const bool *extra, struct texts *texts)
{
    bool kept[FIELD_COUNT];
    size_t size = sizeof(struct evidence);
    size_t elsewhere = 0;
    uint16_t count = 0;
    note_kept(kept, extra);
    // Some sensors tell no more than a name; of a path it is the last part.
    kept[FIELD_PROCESS_NAME] |= event->slots[FIELD_PROCESS_EXECUTABLE].type == VALUE_MISSING;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        kept[i] = kept[i] && event->slots[i].type != VALUE_MISSING;
        if (!kept[i])
            continue;
        count++;
        const struct value v = event->slots[i];
        const bool is_elsewhere = is_common((enum field)i, v);
        size += 1 + (is_elsewhere ? 1 + sizeof(uint32_t) : packed_size(v));
        elsewhere += is_elsewhere ? kept_len(v, EVIDENCE_TEXT_MAX) : 0;
    }

    struct evidence *e = memory_new(size);
    *e = (struct evidence){ .head = { .references = 1, .size_bytes = (uint32_t)(size + elsewhere) },
                            .action = (uint16_t)event->action,
                            .field_count = count,
                            .size = (uint32_t)size,
                            .categories = event->categories };
    uint8_t *at = e->packed;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (kept[i]) {
            *at++ = (uint8_t)i;
            at = is_common((enum field)i, event->slots[i]) ? pack_number(at, event->slots[i], texts)
                                                           : pack(at, event->slots[i]);
        }
    return &e->head;
}

static void note_kept(bool kept[FIELD_COUNT], const bool *extra)
{
    memcpy(kept, extra, FIELD_COUNT * sizeof *kept);
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        kept[shown[i]] = true;
}

static bool is_common(enum field field, struct value v)
{
    if (v.type != VALUE_TEXT || v.len < COMMON_MIN)
        return false;
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (common[i] == field)
            return true;
    return false;
}

// With the octet of the type.
static size_t packed_size(struct value v)
{
    size_t size = 1;
    switch (v.type) {
    case VALUE_TEXT:
        return size + sizeof(uint16_t) + kept_len(v, EVIDENCE_TEXT_MAX);
    case VALUE_INT:
        return size + (v.integer == (int32_t)v.integer ? sizeof(int32_t) : sizeof(int64_t));
    case VALUE_FLOAT:
        return size + sizeof(double);
    case VALUE_LIST:
        size++;
        for (size_t i = 0; i < kept_len(v, EVIDENCE_LIST_MAX); i++)
            size += packed_size(v.list[i]);
        return size;
    default:
        return size;
    }
}

static size_t kept_len(struct value v, size_t max)
{
    return v.len < max ? v.len : max;
}

static uint8_t *pack(uint8_t *at, struct value v)
{
    const int32_t small = (int32_t)v.integer;
    const bool is_small = v.type == VALUE_INT && v.integer == small;
    const bool is_true = v.type == VALUE_BOOL && v.boolean;
    *at++ = (uint8_t)(v.type | (is_small ? PACKED_SMALL : 0u) | (is_true ? PACKED_TRUE : 0u));
    if (is_small)
        return pack_octets(at, &small, sizeof small);
    if (v.type == VALUE_INT)
        return pack_octets(at, &v.integer, sizeof v.integer);
    if (v.type == VALUE_FLOAT)
        return pack_octets(at, &v.real, sizeof v.real);
    if (v.type == VALUE_TEXT) {
        const uint16_t len = (uint16_t)kept_len(v, EVIDENCE_TEXT_MAX);
        at = pack_octets(at, &len, sizeof len);
        return pack_octets(at, v.text, len);
    }
    if (v.type == VALUE_LIST) {
        const size_t count = kept_len(v, EVIDENCE_LIST_MAX);
        *at++ = (uint8_t)count;
        for (size_t i = 0; i < count; i++)
            at = pack(at, v.list[i]);
    }
    return at;
}

static uint8_t *pack_octets(uint8_t *at, const void *octets, size_t len)
{
    if (len > 0)
        memcpy(at, octets, len);
    return at + len;
}

static uint8_t *pack_number(uint8_t *at, struct value v, struct texts *texts)
{
    const str text = { .at = v.text, .len = kept_len(v, EVIDENCE_TEXT_MAX) };
    const uint32_t number = texts_keep(texts, text);
    *at++ = VALUE_TEXT | PACKED_NUMBER;
    return pack_octets(at, &number, sizeof number);
}

void evidence_free(struct held *held, struct texts *texts)
{
    const struct evidence *e = (const struct evidence *)(const void *)held;
    const uint8_t *at = e->packed;
    for (uint32_t i = 0; i < e->field_count; i++)
        at = let_go(at + 1, texts);
    free(held);
}

// Passes over a value.
static const uint8_t *let_go(const uint8_t *at, struct texts *texts)
{
    const uint8_t type = *at++;
    uint32_t number;
    uint16_t len;
    switch (type & (uint8_t) ~(PACKED_TRUE | PACKED_SMALL)) {
    case VALUE_INT:
        return at + ((type & PACKED_SMALL) != 0 ? sizeof(int32_t) : sizeof(int64_t));
    case VALUE_FLOAT:
        return at + sizeof(double);
    case VALUE_TEXT:
        at = unpack_octets(at, &len, sizeof len);
        return at + len;
    case VALUE_TEXT | PACKED_NUMBER:
        at = unpack_octets(at, &number, sizeof number);
        texts_release(texts, number);
        return at;
    case VALUE_LIST:
        for (uint8_t left = *at++; left > 0; left--)
            at = let_go(at, texts);
        return at;
    default:
        return at;
    }
}

struct finding_step evidence_step(const struct held *held, const bool *extra,
                                  const struct texts *texts, struct arena *arena)
{
    bool is_shown[FIELD_COUNT];
    const uint32_t size = ((const struct evidence *)(const void *)held)->size;
    struct evidence *copy = arena_alloc(arena, size);
    memcpy(copy, held, size);
    struct finding_field *fields = arena_alloc(arena, (copy->field_count + 1u) * sizeof *fields);
    const uint8_t *at = copy->packed;
    size_t count = 0;
    bool has_executable = false;
    note_kept(is_shown, extra);
    for (uint32_t i = 0; i < copy->field_count; i++) {
        fields[count].field = (enum field) * at++;
        at = unpack(at, &fields[count].value, texts, arena);
        has_executable |= fields[count].field == FIELD_PROCESS_EXECUTABLE;
        // The name stands behind the path, and is shown where there is none.
        count += is_shown[fields[count].field] ||
                 (fields[count].field == FIELD_PROCESS_NAME && !has_executable);
    }
    return (struct finding_step){ .time_ns = copy->head.at.time_ns,
                                  .sequence = copy->head.at.sequence,
                                  .action = (enum action)copy->action,
                                  .categories = copy->categories,
                                  .fields = fields,
                                  .field_count = count };
}

// Text stays where it is packed, or is copied.
static const uint8_t *unpack(const uint8_t *at, struct value *out, const struct texts *texts,
                             struct arena *arena)
{
    const uint8_t type = *at++;
    struct value v = { .type = type & (uint8_t) ~(PACKED_TRUE | PACKED_SMALL | PACKED_NUMBER) };
    if (v.type == VALUE_BOOL) {
        v.boolean = (type & PACKED_TRUE) != 0;
    } else if (v.type == VALUE_INT && (type & PACKED_SMALL) != 0) {
        int32_t small;
        at = unpack_octets(at, &small, sizeof small);
        v.integer = small;
    } else if (v.type == VALUE_INT) {
        at = unpack_octets(at, &v.integer, sizeof v.integer);
    } else if (v.type == VALUE_FLOAT) {
        at = unpack_octets(at, &v.real, sizeof v.real);
    } else if (v.type == VALUE_TEXT && (type & PACKED_NUMBER) != 0) {
        uint32_t number;
        at = unpack_octets(at, &number, sizeof number);
        v = value_of_text(arena_str(arena, texts_at(texts, number)));
    } else if (v.type == VALUE_TEXT) {
        uint16_t len;
        at = unpack_octets(at, &len, sizeof len);
        v = value_of_text((str){ .at = (const char *)at, .len = len });
        at += len;
    } else if (v.type == VALUE_LIST) {
        v.len = *at++;
        struct value *list = arena_alloc(arena, (v.len + 1u) * sizeof *list);
        for (uint32_t i = 0; i < v.len; i++)
            at = unpack(at, &list[i], texts, arena);
        v.list = list;
    }
    *out = v;
    return at;
}

static const uint8_t *unpack_octets(const uint8_t *at, void *out, size_t len)
{
    memcpy(out, at, len);
    return at + len;
}
