// eslogger's process object (es_process_t), its audit tokens, and the file in it.
//
// Facts are always taken, whatever the projection: the process table is made of them.

#include "decode/eslogger.h"

#define AUDIT_TOKEN_PARTS 8u  // auid, euid, egid, ruid, rgid, pid, asid, pidversion

struct audit_token {
    struct process_id id;
    int64_t euid;
    bool is_odd;  // Has a pidversion that is none.
};

static enum decode_drop read_token(yyjson_val *val, struct audit_token *out);
static enum decode_drop token_of_parts(yyjson_val *pid, yyjson_val *pidversion, yyjson_val *euid,
                                       struct audit_token *out);
static void take_facts(struct decoding *c, const struct json_index *process,
                       struct process_facts *out);
static struct process_id other_process(yyjson_val *token);
static int64_t start_time(yyjson_val *val);
static void take_executable(struct decoding *c, yyjson_val *file, struct process_facts *out);

bool decode_eslogger_process(struct decoding *c, yyjson_val *val, const char *where,
                             struct process_facts *out)
{
    if (val == NULL || yyjson_is_null(val))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, NULL);
    if (!yyjson_is_obj(val))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, where, NULL);

    struct json_index process;
    struct audit_token own = { .id = PROCESS_ID_NONE };
    json_index_of(val, &process);
    const enum decode_drop drop = read_token(JSON_GET(&process, "audit_token"), &own);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, where, "audit_token");
    c->is_value_odd |= own.is_odd;
    out->id = own.id;
    out->euid = own.euid;
    out->present = true;
    take_facts(c, &process, out);
    return true;
}

// As an object, or as a list of eight (seen on betas of macOS 26).
static enum decode_drop read_token(yyjson_val *val, struct audit_token *out)
{
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (yyjson_is_arr(val)) {
        if (yyjson_arr_size(val) != AUDIT_TOKEN_PARTS)
            return DECODE_DROP_WRONG_TYPE;
        return token_of_parts(yyjson_arr_get(val, 5), yyjson_arr_get(val, 7),
                              yyjson_arr_get(val, 1), out);
    }
    if (!yyjson_is_obj(val))
        return DECODE_DROP_WRONG_TYPE;

    struct json_index token;
    json_index_of(val, &token);
    return token_of_parts(JSON_GET(&token, "pid"), JSON_GET(&token, "pidversion"),
                          JSON_GET(&token, "euid"), out);
}

static enum decode_drop token_of_parts(yyjson_val *pid, yyjson_val *pidversion, yyjson_val *euid,
                                       struct audit_token *out)
{
    out->euid = decode_int_or_none(euid, UINT32_MAX);
    const enum decode_drop drop = decode_int(pid, 0, INT32_MAX, &out->id.pid);
    if (drop != DECODE_KEPT)
        return drop;
    // Collectors that keep a part of the record may leave it out; the pid is then all there is.
    const enum decode_drop version = decode_int(pidversion, 0, UINT32_MAX, &out->id.pidversion);
    out->is_odd = version != DECODE_KEPT && version != DECODE_DROP_MISSING_KEY;
    return DECODE_KEPT;
}

static void take_facts(struct decoding *c, const struct json_index *process,
                       struct process_facts *out)
{
    const int64_t flags = decode_int_or_none(JSON_GET(process, "codesigning_flags"), UINT32_MAX);
    const int64_t category =
        decode_int_or_none(JSON_GET(process, "cs_validation_category"), INT32_MAX);

    out->cs_told = flags >= 0;
    out->cs_flags = flags < 0 ? 0 : (uint32_t)flags;
    out->cs_validation_category = (int32_t)category;
    out->is_platform = yyjson_is_true(JSON_GET(process, "is_platform_binary"));
    out->is_es_client = yyjson_is_true(JSON_GET(process, "is_es_client"));
    out->signing_id = decode_text(c, JSON_GET(process, "signing_id"));
    out->team_id = decode_text(c, JSON_GET(process, "team_id"));
    out->cdhash = decode_text(c, JSON_GET(process, "cdhash"));
    out->parent = other_process(JSON_GET(process, "parent_audit_token"));
    if (out->parent.pid < 0)
        out->parent.pid = decode_int_or_none(JSON_GET(process, "ppid"), INT32_MAX);
    out->responsible = other_process(JSON_GET(process, "responsible_audit_token"));
    out->id.start_ns = start_time(JSON_GET(process, "start_time"));
    take_executable(c, JSON_GET(process, "executable"), out);
}

// Parent and responsible process: nice to have, so what is wrong is as what is not told.
static struct process_id other_process(yyjson_val *token)
{
    struct audit_token other = { .id = PROCESS_ID_NONE };
    if (read_token(token, &other) != DECODE_KEPT)
        return PROCESS_ID_NONE;
    return other.id;
}

static int64_t start_time(yyjson_val *val)
{
    int64_t ns;
    return yyjson_is_str(val) && decode_time(json_str(val), &ns) ? ns : 0;
}

static void take_executable(struct decoding *c, yyjson_val *file, struct process_facts *out)
{
    struct json_index executable;
    json_index_of(file, &executable);
    out->executable = decode_text(c, JSON_GET(&executable, "path"));
    out->path_truncated = yyjson_is_true(JSON_GET(&executable, "path_truncated"));
    // Not eslogger's, but of others that write records of its shape.
    yyjson_val *hash = JSON_GET(&executable, "sha256");
    if (out != &c->event->process)
        return;
    if (decode_wants_executable_born(c))
        c->event->executable_born_ns = decode_eslogger_born(file);
    if (hash != NULL)
        decode_set_text(c, FIELD_PROCESS_HASH_SHA256, decode_text(c, hash));
}

int64_t decode_eslogger_born(yyjson_val *file)
{
    return decode_born(yyjson_obj_get(yyjson_obj_get(file, "stat"), "st_birthtimespec"));
}

str decode_eslogger_path(struct decoding *c, yyjson_val *file)
{
    struct json_index members;
    json_index_of(file, &members);
    return decode_text(c, JSON_GET(&members, "path"));
}
