// Santa's ProcessInfo, and ProcessInfoLight, which has less of the same.
//
// Facts are always taken, whatever the projection: the process table is made of them.

#include "decode/santa.h"

static enum decode_drop read_process(struct decoding *c, yyjson_val *val,
                                     struct process_facts *out);
static void take_facts(struct decoding *c, const struct json_index *process,
                       struct process_facts *out);
static struct process_id parent_of(const struct json_index *process);
static void take_signature(struct decoding *c, const struct json_index *process,
                           struct process_facts *out);
static int64_t user_of(struct decoding *c, yyjson_val *user);

bool decode_santa_process(struct decoding *c, yyjson_val *val, const char *where,
                          struct process_facts *out)
{
    const enum decode_drop drop = read_process(c, val, out);
    return drop == DECODE_KEPT || decode_refuse(c, drop, where, yyjson_is_obj(val) ? "id" : NULL);
}

bool decode_santa_other(struct decoding *c, yyjson_val *val, struct process_facts *out)
{
    const enum decode_drop drop = read_process(c, val, out);
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    return drop == DECODE_KEPT;
}

static enum decode_drop read_process(struct decoding *c, yyjson_val *val, struct process_facts *out)
{
    struct json_index process;
    struct process_id id;
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (!yyjson_is_obj(val))
        return DECODE_DROP_WRONG_TYPE;
    const enum decode_drop drop = decode_santa_id(yyjson_obj_get(val, "id"), &id);
    if (drop != DECODE_KEPT)
        return drop;
    *out = event_nobody;
    out->id = id;
    out->present = true;
    json_index_of(val, &process);
    take_facts(c, &process, out);
    return DECODE_KEPT;
}

// Both are int32 in santa.proto, though the kernel's generation has no sign.
enum decode_drop decode_santa_id(yyjson_val *val, struct process_id *out)
{
    int64_t version;
    *out = PROCESS_ID_NONE;
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (!yyjson_is_obj(val))
        return DECODE_DROP_WRONG_TYPE;
    yyjson_val *pidversion = yyjson_obj_get(val, "pidversion");
    if (decode_santa_int(pidversion, INT32_MIN, UINT32_MAX, &version) == DECODE_KEPT)
        out->pidversion = (uint32_t)version;
    return decode_santa_int(yyjson_obj_get(val, "pid"), 0, INT32_MAX, &out->pid);
}

static void take_facts(struct decoding *c, const struct json_index *process,
                       struct process_facts *out)
{
    struct json_index executable;
    yyjson_val *start = SANTA_GET(process, "start_time", "startTime");
    out->parent = parent_of(process);
    if (decode_santa_id(SANTA_GET(process, "responsible_id", "responsibleId"), &out->responsible) !=
        DECODE_KEPT)
        out->responsible = PROCESS_ID_NONE;
    out->euid = user_of(c, SANTA_GET(process, "effective_user", "effectiveUser"));
    out->is_es_client = yyjson_is_true(SANTA_GET(process, "is_es_client", "isEsClient"));
    take_signature(c, process, out);

    json_index_of(JSON_GET(process, "executable"), &executable);
    out->executable = decode_santa_text(c, JSON_GET(&executable, "path"));
    out->path_truncated = yyjson_is_true(JSON_GET(&executable, "truncated"));
    if (!decode_time_loose(decode_santa_text(c, start), &out->id.start_ns))
        out->id.start_ns = 0;
}

// The original parent is told also where the present one is not.
static struct process_id parent_of(const struct json_index *process)
{
    struct process_id parent;
    yyjson_val *original = SANTA_GET(process, "original_parent_pid", "originalParentPid");
    if (decode_santa_id(SANTA_GET(process, "parent_id", "parentId"), &parent) == DECODE_KEPT)
        return parent;
    parent = PROCESS_ID_NONE;
    if (decode_santa_int(original, 0, INT32_MAX, &parent.pid) != DECODE_KEPT)
        return PROCESS_ID_NONE;
    return parent;
}

// "is_platform_binary" is Endpoint Security's own word for what is part of macOS.
static void take_signature(struct decoding *c, const struct json_index *process,
                           struct process_facts *out)
{
    struct json_index signature;
    const int64_t flags =
        decode_santa_int_or_none(c, SANTA_GET(process, "cs_flags", "csFlags"), UINT32_MAX);
    out->cs_told = flags >= 0;
    out->cs_flags = flags < 0 ? 0 : (uint32_t)flags;
    out->is_platform = yyjson_is_true(SANTA_GET(process, "is_platform_binary", "isPlatformBinary"));

    json_index_of(SANTA_GET(process, "code_signature", "codeSignature"), &signature);
    out->signing_id = SANTA_TEXT(c, &signature, "signing_id", "signingId");
    out->team_id = SANTA_TEXT(c, &signature, "team_id", "teamId");
    out->cdhash = decode_cdhash(c, JSON_GET(&signature, "cdhash"));
}

// int32 in santa.proto: nobody, 4294967294 to the kernel, is -2.
static int64_t user_of(struct decoding *c, yyjson_val *user)
{
    int64_t uid;
    yyjson_val *val = yyjson_obj_get(user, "uid");
    if (decode_santa_int(val, INT32_MIN, UINT32_MAX, &uid) == DECODE_KEPT)
        return (uint32_t)uid;
    c->is_value_odd |= val != NULL && !yyjson_is_null(val);
    return -1;
}

void decode_santa_process_slots(struct decoding *c, yyjson_val *val)
{
    struct json_index process;
    json_index_of(val, &process);
    yyjson_val *user = SANTA_GET(&process, "effective_user", "effectiveUser");
    decode_set_text(c, FIELD_USER_NAME, decode_santa_text(c, yyjson_obj_get(user, "name")));

    yyjson_val *hash = yyjson_obj_get(JSON_GET(&process, "executable"), "hash");
    if (decode_wants_executable_born(c)) {
        struct json_index stat;
        json_index_of(yyjson_obj_get(JSON_GET(&process, "executable"), "stat"), &stat);
        c->event->executable_born_ns = decode_born(SANTA_GET(&stat, "birth_time", "birthTime"));
    }
    if (decode_santa_is(yyjson_obj_get(hash, "type"), STR("HASH_ALGO_SHA256"), 1))
        decode_set_text(c, FIELD_PROCESS_HASH_SHA256,
                        decode_santa_text(c, yyjson_obj_get(hash, "hash")));
}
