// eslogger's process object (es_process_t), its audit tokens, and the file in it.
//
// Facts are always taken, whatever the projection: the process table is made of them.

#include "decode/eslogger.h"

#define AUDIT_TOKEN_PARTS 8u  // auid, euid, egid, ruid, rgid, pid, asid, pidversion

struct audit_token {
    struct process_id id;
    int64_t euid;
};

static bool take_member(struct decoding *c, str key, yyjson_val *val, struct process_facts *out,
                        yyjson_val **token);
static enum decode_drop read_token(yyjson_val *val, struct audit_token *out);
static enum decode_drop token_of_parts(yyjson_val *pid, yyjson_val *pidversion, yyjson_val *euid,
                                       struct audit_token *out);
static struct process_id other_process(yyjson_val *token);
static int64_t start_time(yyjson_val *val);
static bool take_executable(struct decoding *c, yyjson_val *file, struct process_facts *out);

bool decode_eslogger_process(struct decoding *c, yyjson_val *val, const char *where,
                             struct process_facts *out)
{
    if (val == NULL || yyjson_is_null(val))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, NULL);
    if (!yyjson_is_obj(val))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, where, NULL);

    yyjson_val *token = NULL;
    struct json_members m = json_members_of(val);
    while (json_take_member(&m))
        if (!take_member(c, m.key, m.val, out, &token))
            return false;

    struct audit_token own;
    const enum decode_drop drop = read_token(token, &own);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, where, "audit_token");
    out->id = own.id;
    out->euid = own.euid;
    out->present = true;
    return true;
}

static bool take_member(struct decoding *c, str key, yyjson_val *val, struct process_facts *out,
                        yyjson_val **token)
{
    switch (key.len) {
    case 6:
        if (JSON_KEY_IS(key, "cdhash"))
            out->cdhash = decode_text(c, val);
        break;
    case 7:
        if (JSON_KEY_IS(key, "team_id"))
            out->team_id = decode_text(c, val);
        break;
    case 10:
        if (JSON_KEY_IS(key, "executable"))
            return take_executable(c, val, out);
        if (JSON_KEY_IS(key, "signing_id"))
            out->signing_id = decode_text(c, val);
        else if (JSON_KEY_IS(key, "start_time"))
            out->start_time_ns = start_time(val);
        break;
    case 11:
        if (JSON_KEY_IS(key, "audit_token"))
            *token = val;
        break;
    case 12:
        if (JSON_KEY_IS(key, "is_es_client"))
            out->is_es_client = yyjson_is_true(val);
        break;
    case 17:
        if (JSON_KEY_IS(key, "codesigning_flags")) {
            const int64_t flags = decode_int_or_none(val, UINT32_MAX);
            out->cs_flags = flags < 0 ? 0 : (uint32_t)flags;
        }
        break;
    case 18:
        if (JSON_KEY_IS(key, "parent_audit_token"))
            out->parent = other_process(val);
        else if (JSON_KEY_IS(key, "is_platform_binary"))
            out->is_platform = yyjson_is_true(val);
        break;
    case 22:
        if (JSON_KEY_IS(key, "cs_validation_category"))
            out->cs_validation_category = (int32_t)decode_int_or_none(val, INT32_MAX);
        break;
    case 23:
        if (JSON_KEY_IS(key, "responsible_audit_token"))
            out->responsible = other_process(val);
        break;
    default:
        break;
    }
    return decode_skip(c, val);
}

// As an object, or as a list of eight (seen on betas of macOS 26).
static enum decode_drop read_token(yyjson_val *val, struct audit_token *out)
{
    yyjson_val *pid = NULL;
    yyjson_val *pidversion = NULL;
    yyjson_val *euid = NULL;
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (yyjson_is_arr(val)) {
        if (yyjson_arr_size(val) != AUDIT_TOKEN_PARTS)
            return DECODE_DROP_WRONG_TYPE;
        euid = yyjson_arr_get(val, 1);
        pid = yyjson_arr_get(val, 5);
        pidversion = yyjson_arr_get(val, 7);
        return token_of_parts(pid, pidversion, euid, out);
    }
    if (!yyjson_is_obj(val))
        return DECODE_DROP_WRONG_TYPE;

    struct json_members m = json_members_of(val);
    while (json_take_member(&m)) {
        if (JSON_KEY_IS(m.key, "pid"))
            pid = m.val;
        else if (JSON_KEY_IS(m.key, "pidversion"))
            pidversion = m.val;
        else if (JSON_KEY_IS(m.key, "euid"))
            euid = m.val;
    }
    return token_of_parts(pid, pidversion, euid, out);
}

static enum decode_drop token_of_parts(yyjson_val *pid, yyjson_val *pidversion, yyjson_val *euid,
                                       struct audit_token *out)
{
    enum decode_drop drop = decode_int(pid, 0, INT32_MAX, &out->id.pid);
    if (drop == DECODE_KEPT)
        drop = decode_int(pidversion, 0, UINT32_MAX, &out->id.pidversion);
    out->euid = decode_int_or_none(euid, UINT32_MAX);
    return drop;
}

// Parent and responsible process: nice to have, so what is wrong is as what is not told.
static struct process_id other_process(yyjson_val *token)
{
    struct audit_token other;
    if (read_token(token, &other) != DECODE_KEPT)
        return (struct process_id){ .pid = -1, .pidversion = -1 };
    return other.id;
}

static int64_t start_time(yyjson_val *val)
{
    int64_t ns;
    return yyjson_is_str(val) && decode_time(json_str(val), &ns) ? ns : -1;
}

static bool take_executable(struct decoding *c, yyjson_val *file, struct process_facts *out)
{
    if (!yyjson_is_obj(file))
        return decode_skip(c, file);

    struct json_members m = json_members_of(file);
    while (json_take_member(&m)) {
        if (JSON_KEY_IS(m.key, "path"))
            out->executable = decode_text(c, m.val);
        else if (JSON_KEY_IS(m.key, "path_truncated"))
            out->path_truncated = yyjson_is_true(m.val);
        else if (!decode_skip(c, m.val))
            return false;
    }
    return true;
}

str decode_eslogger_path(struct decoding *c, yyjson_val *file)
{
    if (!yyjson_is_obj(file))
        return STR_EMPTY;

    struct json_members m = json_members_of(file);
    while (json_take_member(&m))
        if (JSON_KEY_IS(m.key, "path"))
            return decode_text(c, m.val);
    return STR_EMPTY;
}
