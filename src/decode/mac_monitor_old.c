// Mac Monitor 1.x: what the message's process was stands flat in the record, most of it under names
// that begin with "initiating_"; what happened in one object, named after it.
//
// Whose is "audit_token"? The process's own. The record of an mmap shows a token of pid 13051, a
// parent's token of pid 13018, and "initiating_pid" 13018; the author's published example of such
// a client makes that number of the parent's token, and all else that is called "initiating_" of
// the process itself. So the number is the parent's pid, which "parent_audit_token" tells as well;
// it is not used, and a record without "audit_token" does not say who acted.

#include "decode/mac_monitor.h"

#define TOKEN_PARTS 8u  // auid, euid, egid, ruid, rgid, pid, asid, pidversion

// Under which keys an object tells of a process. Empty: it does not.
struct process_keys {
    str token;
    str path;
    str signing_id;
    str cdhash;
    str is_platform;
};

struct old_kind {
    str type;  // The name of Endpoint Security, in lower case, less what all begin with.
    str body;
    enum action action;
    bool (*decode)(struct decoding *c, yyjson_val *body);
};

static const struct old_kind *find_kind(struct decoding *c, const struct json_index *record,
                                        yyjson_val **out_body);
static const struct old_kind *kind_of_type(struct decoding *c, str type);
static str lower_type(str type, char *text, size_t size);
static bool take_time(struct decoding *c, yyjson_val *time);
static bool take_process(struct decoding *c, yyjson_val *object, const struct process_keys *keys,
                         struct process_facts *out);
static enum decode_drop read_token(yyjson_val *val, struct process_facts *out);
static void take_other(yyjson_val *val, struct process_id *out);

static bool exec(struct decoding *c, yyjson_val *body);
static bool fork_child(struct decoding *c, yyjson_val *body);
static bool new_process(struct decoding *c, yyjson_val *body);
static void take_signature(struct decoding *c, yyjson_val *body);
static bool map(struct decoding *c, yyjson_val *body);
static bool task(struct decoding *c, yyjson_val *body);
static bool process_target(struct decoding *c, yyjson_val *body);
static bool signal_sent(struct decoding *c, yyjson_val *body);
static bool remote_thread(struct decoding *c, yyjson_val *body);
static bool suspend_or_resume(struct decoding *c, yyjson_val *body);
static bool file_at(struct decoding *c, yyjson_val *body);
static bool destination(struct decoding *c, yyjson_val *body);
static bool nothing_more(struct decoding *c, yyjson_val *body);

static const struct process_keys initiating_keys = {
    STR_INIT("audit_token"),
    STR_INIT("initiating_process_path"),
    STR_INIT("initiating_process_signing_id"),
    STR_INIT("initiating_process_cdhash"),
    STR_INIT("initiating_is_platform_binary"),
};
static const struct process_keys new_keys = {
    STR_INIT("audit_token"), STR_INIT("process_path"),       STR_INIT("signing_id"),
    STR_INIT("cdhash"),      STR_INIT("is_platform_binary"),
};
static const struct process_keys other_keys = {
    STR_INIT("process_audit_token"),
    STR_INIT("process_path"),
    STR_INIT("process_signing_id"),
    STR_INIT(""),
    STR_INIT(""),
};
static const struct process_keys signal_keys = {
    STR_INIT("audit_token"),
    STR_INIT("process_path"),
    STR_INIT("signing_id"),
    STR_INIT(""),
    STR_INIT(""),
};
static const struct process_keys target_keys = {
    STR_INIT("target_process_audit_token"),
    STR_INIT("target_process_path"),
    STR_INIT("target_process_signing_id"),
    STR_INIT(""),
    STR_INIT(""),
};

static const struct old_kind kinds[] = {
    { STR_INIT("exec"), STR_INIT("exec_event"), ACTION_EXEC, exec },
    { STR_INIT("fork"), STR_INIT("fork_event"), ACTION_FORK, fork_child },
    { STR_INIT("exit"), STR_INIT("exit_event"), ACTION_END, nothing_more },
    { STR_INIT("mmap"), STR_INIT("mmap_event"), ACTION_MMAP, map },
    { STR_INIT("create"), STR_INIT("file_event"), ACTION_CREATION, destination },
    { STR_INIT("rename"), STR_INIT("file_rename_event"), ACTION_RENAME, destination },
    { STR_INIT("unlink"), STR_INIT("file_delete_event"), ACTION_DELETION, file_at },
    { STR_INIT("open"), STR_INIT("file_open_event"), ACTION_OPEN, file_at },
    { STR_INIT("write"), STR_INIT("file_write_event"), ACTION_WRITE, file_at },
    { STR_INIT("close"), STR_INIT("file_close_event"), ACTION_CLOSE, file_at },
    { STR_INIT("signal"), STR_INIT("process_signal_event"), ACTION_SIGNAL, signal_sent },
    { STR_INIT("get_task"), STR_INIT("get_task_event"), ACTION_PROCESS_OPEN, task },
    { STR_INIT("proc_check"), STR_INIT("process_check_event"), ACTION_PROC_CHECK, process_target },
    { STR_INIT("trace"), STR_INIT("process_trace_event"), ACTION_TRACE, process_target },
    { STR_INIT("proc_suspend_resume"), STR_INIT("process_socket_event"), ACTION_SUSPEND,
      suspend_or_resume },
    { STR_INIT("remote_thread_create"), STR_INIT("remote_thread_create_event"),
      ACTION_REMOTE_THREAD, remote_thread },
    { STR_INIT("cs_invalidated"), STR_INIT("code_signature_invalidated_event"),
      ACTION_CS_INVALIDATED, nothing_more },
    { STR_INIT("btm_launch_item_add"), STR_INIT("btm_launch_item_add_event"),
      ACTION_LAUNCH_ITEM_ADD, file_at },
};

bool decode_mac_monitor_old(struct decoding *c, const struct json_index *record)
{
    struct event *event = c->event;
    yyjson_val *body = NULL;
    event->numbering = NUMBERING_ORDER;
    const struct old_kind *kind = find_kind(c, record, &body);
    if (kind == NULL || !take_time(c, JSON_GET(record, "activity_at_ts")))
        return false;
    event->action = kind->action;
    decode_set_text(c, FIELD_USER_NAME, decode_text(c, JSON_GET(record, "initiating_euid_human")));

    const bool is_start = kind->action == ACTION_EXEC || kind->action == ACTION_FORK;
    struct process_facts *actor = is_start ? &event->previous : &event->process;
    return take_process(c, record->object, &initiating_keys, actor) && kind->decode(c, body);
}

// By the type's name; by the object where the name is lost.
static const struct old_kind *find_kind(struct decoding *c, const struct json_index *record,
                                        yyjson_val **out_body)
{
    yyjson_val *type = JSON_GET(record, "es_event_type");
    const struct old_kind *kind = NULL;
    if (yyjson_is_str(type)) {
        kind = kind_of_type(c, json_str(type));
    } else {
        for (size_t i = 0; kind == NULL && i < COUNT_OF(kinds); i++)
            if (yyjson_is_obj(yyjson_obj_getn(record->object, kinds[i].body.at, kinds[i].body.len)))
                kind = &kinds[i];
        if (kind == NULL)
            (void)decode_refuse(c,
                                type == NULL || yyjson_is_null(type) ? DECODE_DROP_MISSING_KEY
                                                                     : DECODE_DROP_WRONG_TYPE,
                                "es_event_type", NULL);
    }
    if (kind != NULL)
        *out_body = yyjson_obj_getn(record->object, kind->body.at, kind->body.len);
    return kind;
}

static const struct old_kind *kind_of_type(struct decoding *c, str type)
{
    char text[64];
    const str name = lower_type(type, text, sizeof text);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].type, name))
            return &kinds[i];
    if (decode_eslogger_kind(name) != NULL) {
        (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
    } else {
        c->unknown_event = type;
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
    }
    return NULL;
}

// "get_task" of "ES_EVENT_TYPE_NOTIFY_GET_TASK".
static str lower_type(str type, char *text, size_t size)
{
    static const str fronts[] = { STR_INIT("ES_EVENT_TYPE_NOTIFY_"),
                                  STR_INIT("ES_EVENT_TYPE_AUTH_") };
    for (size_t i = 0; i < COUNT_OF(fronts); i++)
        if (str_starts_with(type, fronts[i]))
            type = str_from(type, fronts[i].len);
    const size_t len = type.len < size ? type.len : size;
    for (size_t i = 0; i < len; i++) {
        const char c = type.at[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (str){ .at = text, .len = len };
}

static bool take_time(struct decoding *c, yyjson_val *time)
{
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "activity_at_ts", NULL);
    if (!yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "activity_at_ts", NULL);
    return decode_time_loose(json_str(time), &c->event->time_ns) ||
           decode_refuse(c, DECODE_DROP_BAD_TIME, "activity_at_ts", NULL);
}

static bool take_process(struct decoding *c, yyjson_val *object, const struct process_keys *keys,
                         struct process_facts *out)
{
    const enum decode_drop drop =
        read_token(yyjson_obj_getn(object, keys->token.at, keys->token.len), out);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, keys->token.at, NULL);
    out->present = true;
    out->executable = decode_text(c, yyjson_obj_getn(object, keys->path.at, keys->path.len));
    out->signing_id =
        decode_text(c, yyjson_obj_getn(object, keys->signing_id.at, keys->signing_id.len));
    out->cdhash = decode_text(c, yyjson_obj_getn(object, keys->cdhash.at, keys->cdhash.len));
    out->is_platform =
        yyjson_is_true(yyjson_obj_getn(object, keys->is_platform.at, keys->is_platform.len));
    if (keys->is_platform.len == 0)
        return true;  // An object that tells so little tells of no parents either.
    out->path_truncated = yyjson_is_true(yyjson_obj_get(object, "path_is_truncated"));
    take_other(yyjson_obj_get(object, "parent_audit_token"), &out->parent);
    take_other(yyjson_obj_get(object, "responsible_audit_token"), &out->responsible);
    return true;
}

// "502-502-20-502-20-13051-100019-1885479". Numbers are never negative, so a dash only separates.
static enum decode_drop read_token(yyjson_val *val, struct process_facts *out)
{
    uint64_t parts[TOKEN_PARTS];
    size_t count = 0;
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (!yyjson_is_str(val))
        return DECODE_DROP_WRONG_TYPE;
    str rest = json_str(val);
    for (str part; count < TOKEN_PARTS && str_take_until(&rest, '-', &part); count++)
        if (!str_to_u64(part, &parts[count]))
            return DECODE_DROP_WRONG_TYPE;
    if (count < TOKEN_PARTS || rest.len > 0)
        return DECODE_DROP_WRONG_TYPE;
    if (parts[5] > INT32_MAX || parts[7] > UINT32_MAX)
        return DECODE_DROP_OUT_OF_RANGE;
    out->id.pid = (int64_t)parts[5];
    out->id.pidversion = (int64_t)parts[7];
    out->euid = parts[1] > UINT32_MAX ? -1 : (int64_t)parts[1];
    return DECODE_KEPT;
}

static void take_other(yyjson_val *val, struct process_id *out)
{
    struct process_facts other = event_nobody;
    if (read_token(val, &other) == DECODE_KEPT)
        *out = other.id;
}

// The image before is told where the message's process is the same one; its documentation calls it
// the parent, which it may be in the record of a client that was so written.
static bool exec(struct decoding *c, yyjson_val *body)
{
    if (!new_process(c, body))
        return false;
    if (c->event->previous.id.pid != c->event->process.id.pid)
        c->event->previous = event_nobody;
    take_signature(c, body);
    decode_command_line(c, decode_text(c, yyjson_obj_get(body, "command_line")));
    if (yyjson_is_true(yyjson_obj_get(body, "allow_jit"))) {
        c->event->entitlements_told = true;
        c->event->entitlements_jit = true;
    }
    return true;
}

static bool fork_child(struct decoding *c, yyjson_val *body)
{
    return new_process(c, body);
}

static bool new_process(struct decoding *c, yyjson_val *body)
{
    struct process_facts *process = &c->event->process;
    yyjson_val *start = yyjson_obj_get(body, "start_time");
    int64_t start_ns;
    if (!take_process(c, body, &new_keys, process))
        return false;
    process->team_id = decode_text(c, yyjson_obj_get(body, "team_id"));
    process->is_es_client = yyjson_is_true(yyjson_obj_get(body, "is_es_client"));
    if (yyjson_is_str(start) && decode_time_loose(json_str(start), &start_ns))
        process->id.start_ns = start_ns;
    const str user = decode_text(c, yyjson_obj_get(body, "euid_human"));
    if (user.len > 0)
        decode_set_text(c, FIELD_USER_NAME, user);
    return true;
}

// It tells an ad-hoc signature from others, and nothing of whether these are valid.
static void take_signature(struct decoding *c, yyjson_val *body)
{
    if (!yyjson_is_true(yyjson_obj_get(body, "is_adhoc_signed")))
        return;
    c->event->process.cs_told = true;
    c->event->process.cs_flags = CS_SIGNED | CS_ADHOC;
    if (yyjson_is_true(yyjson_obj_get(body, "get_task_allow")))
        c->event->process.cs_flags |= CS_GET_TASK_ALLOW;
}

// Of what protection is not told, so it is no more than a mapping, even of what may be code.
static bool map(struct decoding *c, yyjson_val *body)
{
    decode_set(c, FIELD_API_NAME, value_of_text(STR("mmap")));
    decode_set_file(c, decode_text(c, yyjson_obj_get(body, "path")));
    return true;
}

static bool task(struct decoding *c, yyjson_val *body)
{
    static const struct {
        str type;
        str call;
    } calls[] = {
        { STR_INIT("TASK_FOR_PID"), STR_INIT("task_for_pid") },
        { STR_INIT("EXPOSE_TASK"), STR_INIT("expose_task") },
        { STR_INIT("IDENTITY_TOKEN"), STR_INIT("identity_token") },
    };
    if (!take_process(c, body, &other_keys, &c->event->target))
        return false;
    const str type = decode_text(c, yyjson_obj_get(body, "type"));
    decode_set(c, FIELD_API_PORT, value_of_text(STR("control")));
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        if (str_ends_with(type, calls[i].type))
            decode_set(c, FIELD_API_NAME, value_of_text(calls[i].call));
    return true;
}

// A check may be of no process.
static bool process_target(struct decoding *c, yyjson_val *body)
{
    yyjson_val *token = yyjson_obj_get(body, "process_audit_token");
    const bool is_told = yyjson_is_str(token) && yyjson_get_len(token) > 0;
    return (!is_told && c->event->action == ACTION_PROC_CHECK) ||
           take_process(c, body, &other_keys, &c->event->target);
}

static bool signal_sent(struct decoding *c, yyjson_val *body)
{
    decode_set(c, FIELD_PROCESS_SIGNAL, decode_number(yyjson_obj_get(body, "signal_id")));
    return take_process(c, body, &signal_keys, &c->event->target);
}

// "thread_state" is a text whose words are not documented.
static bool remote_thread(struct decoding *c, yyjson_val *body)
{
    return take_process(c, body, &target_keys, &c->event->target);
}

// The type is told in words, of which the last says all: "ES_PROC_SUSPEND_RESUME_TYPE_SUSPEND".
static bool suspend_or_resume(struct decoding *c, yyjson_val *body)
{
    static const struct {
        str word;
        enum action action;
    } words[] = {
        { STR_INIT("suspend"), ACTION_SUSPEND },
        { STR_INIT("resume"), ACTION_RESUME },
        { STR_INIT("sockets"), ACTION_SHUTDOWN_SOCKETS },
    };
    yyjson_val *token = yyjson_obj_get(body, "target_process_audit_token");
    const str type = decode_text(c, yyjson_obj_get(body, "type"));
    const size_t line = str_rfind_char(type, '_');
    const str word = line < type.len ? str_from(type, line + 1) : type;
    if (yyjson_is_str(token) && yyjson_get_len(token) > 0 &&
        !take_process(c, body, &target_keys, &c->event->target))
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq_nocase(words[i].word, word)) {
            c->event->action = words[i].action;
            return true;
        }
    return decode_refuse(c, type.len > 0 ? DECODE_DROP_OUT_OF_RANGE : DECODE_DROP_MISSING_KEY,
                         "process_socket_event", "type");
}

static bool file_at(struct decoding *c, yyjson_val *body)
{
    decode_set_file(c, decode_text(c, yyjson_obj_get(body, "file_path")));
    return true;
}

static bool destination(struct decoding *c, yyjson_val *body)
{
    decode_set_file(c, decode_text(c, yyjson_obj_get(body, "destination_path")));
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH,
                    decode_text(c, yyjson_obj_get(body, "source_path")));
    return true;
}

// Also of an exit: "exit_code" is not said to be the code or the word that has it.
static bool nothing_more(struct decoding *c, yyjson_val *body)
{
    (void)c;
    (void)body;
    return true;
}
