#include "match/evidence.h"

#include <stdlib.h>

// Layout: the struct, its fields, the values of their lists, then the text of all of them. Every
// pointer points into the block, so copying it to an arena means moving them by one distance.
struct evidence {
    struct held head;
    uint32_t field_count;
    uint32_t list_count;  // Values in lists, of all fields together.
    enum action action;
    uint32_t categories;
    struct finding_field fields[];
};

static const enum field shown[] = {
    FIELD_USER_ID,
    FIELD_PROCESS_ENTITY_ID,
    FIELD_PROCESS_PID,
    FIELD_PROCESS_PIDVERSION,
    FIELD_PROCESS_EXECUTABLE,
    FIELD_PROCESS_COMMAND_LINE,
    FIELD_PROCESS_EXIT_CODE,
    FIELD_PROCESS_EXIT_SIGNAL,
    FIELD_PROCESS_SIGNAL,
    FIELD_PROCESS_SIGNATURE_EXISTS,
    FIELD_PROCESS_SIGNATURE_VALID,
    FIELD_PROCESS_HASH_CDHASH,
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
    FIELD_MACHO_NATIVE_API,
    FIELD_MACHO_BECAUSE,
    FIELD_MACHO_JIT_DECLARED,
    FIELD_PARENT_ENTITY_ID,
    FIELD_PARENT_PID,
    FIELD_PARENT_EXECUTABLE,
    FIELD_PARENT_KNOWN,
    FIELD_EFFECTIVE_PID,
    FIELD_EFFECTIVE_EXECUTABLE,
    FIELD_TARGET_ENTITY_ID,
    FIELD_TARGET_PID,
    FIELD_TARGET_PIDVERSION,
    FIELD_TARGET_EXECUTABLE,
    FIELD_TARGET_HASH_CDHASH,
    FIELD_TARGET_SIGNING_ID,
    FIELD_TARGET_TEAM_ID,
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
    FIELD_FILE_PATH,
    FIELD_FILE_ORIGINAL_PATH,
    FIELD_FILE_PATH_CLASS,
    FIELD_FILE_SIZE,
    FIELD_FILE_MODIFIED,
};

struct writer {
    struct evidence *evidence;
    struct value *lists;
    char *text;
};

static void measure(struct value v, size_t *lists, size_t *text);
static struct value copy_value(struct writer *w, struct value v);
static void move_value(struct value *v, const char *from, char *to);

void evidence_want(struct projection *projection, enum action action)
{
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        projection_want(projection, action, shown[i]);
}

struct held *evidence_keep(const struct event *event, const bool *extra)
{
    bool kept[FIELD_COUNT];
    size_t fields = 0;
    size_t lists = 0;
    size_t text = 0;
    memcpy(kept, extra, sizeof kept);
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        kept[shown[i]] = true;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        kept[i] = kept[i] && event->slots[i].type != VALUE_MISSING;
        if (kept[i]) {
            fields++;
            measure(event->slots[i], &lists, &text);
        }
    }

    const size_t head = sizeof(struct evidence) + fields * sizeof(struct finding_field);
    const size_t size = head + lists * sizeof(struct value) + text;
    struct evidence *e = memory_new(size);
    *e = (struct evidence){ .head = { .references = 1, .size_bytes = (uint32_t)size },
                            .list_count = (uint32_t)lists,
                            .action = event->action,
                            .categories = event->categories };
    struct writer w = { .evidence = e };
    w.lists = (struct value *)(void *)((char *)e + head);
    w.text = (char *)(w.lists + lists);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (kept[i])
            e->fields[e->field_count++] =
                (struct finding_field){ .field = (enum field)i,
                                        .value = copy_value(&w, event->slots[i]) };
    return &e->head;
}

static size_t kept_len(struct value v, size_t max)
{
    return v.len < max ? v.len : max;
}

static void measure(struct value v, size_t *lists, size_t *text)
{
    if (v.type == VALUE_TEXT)
        *text += kept_len(v, EVIDENCE_TEXT_MAX);
    if (v.type != VALUE_LIST)
        return;
    const size_t count = kept_len(v, EVIDENCE_LIST_MAX);
    *lists += count;
    for (size_t i = 0; i < count; i++)
        if (v.list[i].type == VALUE_TEXT)
            *text += kept_len(v.list[i], EVIDENCE_TEXT_MAX);
}

static struct value copy_value(struct writer *w, struct value v)
{
    if (v.type == VALUE_TEXT) {
        const size_t len = kept_len(v, EVIDENCE_TEXT_MAX);
        char *at = w->text;
        if (len > 0)
            memcpy(at, v.text, len);
        w->text += len;
        return value_of_text((str){ .at = at, .len = len });
    }
    if (v.type != VALUE_LIST)
        return v;
    const size_t count = kept_len(v, EVIDENCE_LIST_MAX);
    struct value *list = w->lists;
    w->lists += count;
    for (size_t i = 0; i < count; i++)
        list[i] = copy_value(w, v.list[i]);
    return value_of_list(list, count);
}

void evidence_free(struct held *held)
{
    free(held);
}

struct finding_step evidence_step(const struct held *held, const bool *extra, struct arena *arena)
{
    struct evidence *copy = arena_alloc(arena, held->size_bytes);
    memcpy(copy, held, held->size_bytes);
    const char *from = (const char *)held;
    char *to = (char *)copy;
    for (uint32_t i = 0; i < copy->field_count; i++)
        move_value(&copy->fields[i].value, from, to);
    struct value *lists = (struct value *)(void *)(copy->fields + copy->field_count);
    for (uint32_t i = 0; i < copy->list_count; i++)
        move_value(&lists[i], from, to);
    bool is_shown[FIELD_COUNT];
    uint32_t count = 0;
    memcpy(is_shown, extra, sizeof is_shown);
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        is_shown[shown[i]] = true;
    for (uint32_t i = 0; i < copy->field_count; i++)
        if (is_shown[copy->fields[i].field])
            copy->fields[count++] = copy->fields[i];
    copy->field_count = count;
    return (struct finding_step){ .time_ns = copy->head.at.time_ns,
                                  .sequence = copy->head.at.sequence,
                                  .action = copy->action,
                                  .categories = copy->categories,
                                  .fields = copy->fields,
                                  .field_count = copy->field_count };
}

static void move_value(struct value *v, const char *from, char *to)
{
    if (v->type == VALUE_TEXT)
        v->text = to + (v->text - from);
    else if (v->type == VALUE_LIST)
        v->list = (const struct value *)(const void *)(to + ((const char *)v->list - from));
}
