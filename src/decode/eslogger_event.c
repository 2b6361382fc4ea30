// eslogger's events: which there are, and what each puts into the slots.

#include "decode/eslogger.h"

static bool exec(struct decoding *c, const struct json_index *body);
static bool fork_child(struct decoding *c, const struct json_index *body);
static bool exit_status(struct decoding *c, const struct json_index *body);
static bool signal_sent(struct decoding *c, const struct json_index *body);
static bool map(struct decoding *c, const struct json_index *body);
static bool protect(struct decoding *c, const struct json_index *body);
static bool task_control(struct decoding *c, const struct json_index *body);
static bool task_name(struct decoding *c, const struct json_index *body);
static bool task_read(struct decoding *c, const struct json_index *body);
static bool task_inspect(struct decoding *c, const struct json_index *body);
static bool check(struct decoding *c, const struct json_index *body);
static bool suspend_or_resume(struct decoding *c, const struct json_index *body);
static bool trace(struct decoding *c, const struct json_index *body);
static bool remote_thread(struct decoding *c, const struct json_index *body);
static bool malware_found(struct decoding *c, const struct json_index *body);
static bool nothing_more(struct decoding *c, const struct json_index *body);

static bool target_process(struct decoding *c, yyjson_val *val);
static bool target_process_or_null(struct decoding *c, yyjson_val *val);
static void take_entitlements(struct decoding *c, yyjson_val *object);
static bool take_protection(struct decoding *c, const struct json_index *body, int64_t *out);
static struct value protection_text(int64_t bits);
static bool open_task(struct decoding *c, const struct json_index *body, str port);

#define KIND(key, identifier, decoder)              \
    {                                               \
        STR_INIT(key), ACTION_##identifier, decoder \
    }
#define NOTHING_TO_US(key)                \
    {                                     \
        STR_INIT(key), ACTION_COUNT, NULL \
    }

// Searched in order: the frequent first.
static const struct eslogger_kind kinds[] = {
    KIND("close", CLOSE, decode_eslogger_close),
    KIND("mmap", LOAD, map),
    KIND("exec", EXEC, exec),
    KIND("fork", FORK, fork_child),
    KIND("exit", END, exit_status),
    KIND("open", OPEN, decode_eslogger_open),
    KIND("create", CREATION, decode_eslogger_create),
    KIND("rename", RENAME, decode_eslogger_rename),
    KIND("unlink", DELETION, decode_eslogger_file_target),
    KIND("mprotect", MPROTECT, protect),
    KIND("write", WRITE, decode_eslogger_file_target),
    KIND("signal", SIGNAL, signal_sent),
    KIND("get_task", PROCESS_OPEN, task_control),
    KIND("get_task_name", PROCESS_OPEN, task_name),
    KIND("get_task_read", PROCESS_OPEN, task_read),
    KIND("get_task_inspect", PROCESS_OPEN, task_inspect),
    KIND("proc_check", PROC_CHECK, check),
    KIND("proc_suspend_resume", SUSPEND, suspend_or_resume),
    KIND("cs_invalidated", CS_INVALIDATED, nothing_more),
    KIND("trace", TRACE, trace),
    KIND("remote_thread_create", REMOTE_THREAD, remote_thread),
    KIND("setuid", SETUID, nothing_more),
    KIND("xpc_connect", XPC_CONNECT, nothing_more),
    KIND("btm_launch_item_add", LAUNCH_ITEM_ADD, decode_eslogger_launch_item),
    KIND("gatekeeper_user_override", GATEKEEPER_OVERRIDE, decode_eslogger_override),
    KIND("tcc_modify", TCC_MODIFY, nothing_more),
    KIND("xp_malware_detected", ALERT, malware_found),
    NOTHING_TO_US("access"),
    NOTHING_TO_US("authentication"),
    NOTHING_TO_US("authorization_judgement"),
    NOTHING_TO_US("authorization_petition"),
    NOTHING_TO_US("btm_launch_item_remove"),
    NOTHING_TO_US("chdir"),
    NOTHING_TO_US("chroot"),
    NOTHING_TO_US("clone"),
    NOTHING_TO_US("copyfile"),
    NOTHING_TO_US("deleteextattr"),
    NOTHING_TO_US("dup"),
    NOTHING_TO_US("exchangedata"),
    NOTHING_TO_US("fcntl"),
    NOTHING_TO_US("file_provider_materialize"),
    NOTHING_TO_US("file_provider_update"),
    NOTHING_TO_US("fsgetpath"),
    NOTHING_TO_US("getattrlist"),
    NOTHING_TO_US("getextattr"),
    NOTHING_TO_US("iokit_open"),
    NOTHING_TO_US("kextload"),
    NOTHING_TO_US("kextunload"),
    NOTHING_TO_US("link"),
    NOTHING_TO_US("listextattr"),
    NOTHING_TO_US("login_login"),
    NOTHING_TO_US("login_logout"),
    NOTHING_TO_US("lookup"),
    NOTHING_TO_US("lw_session_lock"),
    NOTHING_TO_US("lw_session_login"),
    NOTHING_TO_US("lw_session_logout"),
    NOTHING_TO_US("lw_session_unlock"),
    NOTHING_TO_US("mount"),
    NOTHING_TO_US("od_attribute_set"),
    NOTHING_TO_US("od_attribute_value_add"),
    NOTHING_TO_US("od_attribute_value_remove"),
    NOTHING_TO_US("od_create_group"),
    NOTHING_TO_US("od_create_user"),
    NOTHING_TO_US("od_delete_group"),
    NOTHING_TO_US("od_delete_user"),
    NOTHING_TO_US("od_disable_user"),
    NOTHING_TO_US("od_enable_user"),
    NOTHING_TO_US("od_group_add"),
    NOTHING_TO_US("od_group_remove"),
    NOTHING_TO_US("od_group_set"),
    NOTHING_TO_US("od_modify_password"),
    NOTHING_TO_US("openssh_login"),
    NOTHING_TO_US("openssh_logout"),
    NOTHING_TO_US("profile_add"),
    NOTHING_TO_US("profile_remove"),
    NOTHING_TO_US("pty_close"),
    NOTHING_TO_US("pty_grant"),
    NOTHING_TO_US("readdir"),
    NOTHING_TO_US("readlink"),
    NOTHING_TO_US("remount"),
    NOTHING_TO_US("screensharing_attach"),
    NOTHING_TO_US("screensharing_detach"),
    NOTHING_TO_US("searchfs"),
    NOTHING_TO_US("setacl"),
    NOTHING_TO_US("setattrlist"),
    NOTHING_TO_US("setegid"),
    NOTHING_TO_US("seteuid"),
    NOTHING_TO_US("setextattr"),
    NOTHING_TO_US("setflags"),
    NOTHING_TO_US("setgid"),
    NOTHING_TO_US("setmode"),
    NOTHING_TO_US("setowner"),
    NOTHING_TO_US("setregid"),
    NOTHING_TO_US("setreuid"),
    NOTHING_TO_US("settime"),
    NOTHING_TO_US("stat"),
    NOTHING_TO_US("su"),
    NOTHING_TO_US("sudo"),
    NOTHING_TO_US("truncate"),
    NOTHING_TO_US("uipc_bind"),
    NOTHING_TO_US("uipc_connect"),
    NOTHING_TO_US("unmount"),
    NOTHING_TO_US("utimes"),
    NOTHING_TO_US("xp_malware_remediated"),
};

const struct eslogger_kind *decode_eslogger_kind(str name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

// The record's process is the image that went; the target is the one that came, same pid.
static bool exec(struct decoding *c, const struct json_index *body)
{
    if (!decode_eslogger_process(c, JSON_GET(body, "target"), "event.exec.target",
                                 &c->event->process))
        return false;

    decode_args(c, JSON_GET(body, "args"));
    decode_env(c, JSON_GET(body, "env"));
    if (c->wanted_ever[FIELD_PROCESS_WORKING_DIRECTORY]) {
        const str cwd = decode_eslogger_path(c, JSON_GET(body, "cwd"));
        if (cwd.len > 0)
            decode_set(c, FIELD_PROCESS_WORKING_DIRECTORY, value_of_text(cwd));
    }
    take_entitlements(c, JSON_GET(body, "entitlements"));
    return true;
}

// From message version 11 on.
static void take_entitlements(struct decoding *c, yyjson_val *object)
{
    if (!yyjson_is_obj(object))
        return;
    c->event->entitlements_told = true;

    struct json_members m = json_members_of(object);
    while (json_take_member(&m))
        if (yyjson_is_true(m.val) && decode_declares_jit(m.key))
            c->event->entitlements_jit = true;
}

static bool fork_child(struct decoding *c, const struct json_index *body)
{
    return decode_eslogger_process(c, JSON_GET(body, "child"), "event.fork.child",
                                   &c->event->process);
}

// A word of wait(2), whose layout is the same on every Unix, though C does not promise it.
static bool exit_status(struct decoding *c, const struct json_index *body)
{
    int64_t word;
    const enum decode_drop drop = decode_int(JSON_GET(body, "stat"), INT32_MIN, UINT32_MAX, &word);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event.exit", "stat");

    const int64_t ended_by = word & 0x7f;
    if (ended_by == 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int((word >> 8) & 0xff));
    else if (ended_by != 0x7f)
        decode_set(c, FIELD_PROCESS_EXIT_SIGNAL, value_of_int(ended_by));
    return true;
}

static bool signal_sent(struct decoding *c, const struct json_index *body)
{
    if (!target_process(c, JSON_GET(body, "target")))
        return false;
    decode_set(c, FIELD_PROCESS_SIGNAL, decode_number(JSON_GET(body, "sig")));
    return true;
}

// Code from a file is a library; all other mappings are only calls.
static bool map(struct decoding *c, const struct json_index *body)
{
    int64_t protection;
    if (!take_protection(c, body, &protection))
        return false;

    const str path = decode_eslogger_path(c, JSON_GET(body, "source"));
    if ((protection & PROTECTION_EXECUTE) != 0 && path.len > 0) {
        c->event->action = ACTION_LOAD;
        decode_set_library(c, path);
        if (decode_wants_library_born(c))
            c->event->library.born_ns = decode_eslogger_born(JSON_GET(body, "source"));
    } else {
        c->event->action = ACTION_MMAP;
        decode_set_file(c, path);
    }
    decode_set(c, FIELD_API_NAME, value_of_text(STR("mmap")));
    decode_set(c, FIELD_API_FLAGS, decode_number(JSON_GET(body, "flags")));
    return true;
}

static bool protect(struct decoding *c, const struct json_index *body)
{
    int64_t protection;
    if (!take_protection(c, body, &protection))
        return false;
    decode_set(c, FIELD_API_NAME, value_of_text(STR("mprotect")));
    decode_set(c, FIELD_API_ADDRESS, decode_number(JSON_GET(body, "address")));
    decode_set(c, FIELD_API_SIZE, decode_number(JSON_GET(body, "size")));
    return true;
}

static bool take_protection(struct decoding *c, const struct json_index *body, int64_t *out)
{
    int64_t most;
    const enum decode_drop drop =
        decode_int(JSON_GET(body, "protection"), INT32_MIN, UINT32_MAX, out);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event", "protection");
    decode_set(c, FIELD_API_PROTECTION, protection_text(*out));
    if (decode_int(JSON_GET(body, "max_protection"), INT32_MIN, UINT32_MAX, &most) == DECODE_KEPT)
        decode_set(c, FIELD_API_MAX_PROTECTION, protection_text(most));
    return true;
}

static struct value protection_text(int64_t bits)
{
    static const str texts[] = {
        STR_INIT("---"), STR_INIT("R--"), STR_INIT("-W-"), STR_INIT("RW-"),
        STR_INIT("--X"), STR_INIT("R-X"), STR_INIT("-WX"), STR_INIT("RWX"),
    };
    return value_of_text(texts[bits & (PROTECTION_READ | PROTECTION_WRITE | PROTECTION_EXECUTE)]);
}

static bool task_control(struct decoding *c, const struct json_index *body)
{
    return open_task(c, body, STR("control"));
}

static bool task_name(struct decoding *c, const struct json_index *body)
{
    return open_task(c, body, STR("name"));
}

static bool task_read(struct decoding *c, const struct json_index *body)
{
    return open_task(c, body, STR("read"));
}

static bool task_inspect(struct decoding *c, const struct json_index *body)
{
    return open_task(c, body, STR("inspect"));
}

static bool open_task(struct decoding *c, const struct json_index *body, str port)
{
    // es_get_task_type_t
    static const str calls[] = { STR_INIT("task_for_pid"), STR_INIT("expose_task"),
                                 STR_INIT("identity_token") };
    int64_t type;
    if (!target_process(c, JSON_GET(body, "target")))
        return false;
    decode_set(c, FIELD_API_PORT, value_of_text(port));
    if (decode_int(JSON_GET(body, "type"), 0, COUNT_OF(calls) - 1, &type) == DECODE_KEPT)
        decode_set(c, FIELD_API_NAME, value_of_text(calls[type]));
    return true;
}

static bool check(struct decoding *c, const struct json_index *body)
{
    return target_process_or_null(c, JSON_GET(body, "target"));
}

static bool suspend_or_resume(struct decoding *c, const struct json_index *body)
{
    // es_proc_suspend_resume_type_t; 2 is not used.
    static const enum action actions[] = { ACTION_SUSPEND, ACTION_RESUME, ACTION_COUNT,
                                           ACTION_SHUTDOWN_SOCKETS };
    int64_t type;
    if (!target_process_or_null(c, JSON_GET(body, "target")))
        return false;
    enum decode_drop drop = decode_int(JSON_GET(body, "type"), 0, COUNT_OF(actions) - 1, &type);
    if (drop == DECODE_KEPT && actions[type] == ACTION_COUNT)
        drop = DECODE_DROP_OUT_OF_RANGE;
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event.proc_suspend_resume", "type");
    c->event->action = actions[type];
    return true;
}

static bool trace(struct decoding *c, const struct json_index *body)
{
    return target_process(c, JSON_GET(body, "target"));
}

// A thread that comes with its registers set runs at once. eslogger writes their flavor, never the
// registers; null is a thread without; no key at all tells nothing.
static bool remote_thread(struct decoding *c, const struct json_index *body)
{
    if (!target_process(c, JSON_GET(body, "target")))
        return false;
    yyjson_val *state = JSON_GET(body, "thread_state");
    if (state == NULL)
        return true;
    const bool has_state = !yyjson_is_null(state);
    const str call = has_state ? STR("thread_create_running") : STR("thread_create");
    decode_set(c, FIELD_API_NAME, value_of_text(call));
    decode_set(c, FIELD_API_THREAD_STATE, value_of_bool(has_state));
    return true;
}

static bool target_process(struct decoding *c, yyjson_val *val)
{
    return decode_eslogger_process(c, val, "target", &c->event->target);
}

static bool target_process_or_null(struct decoding *c, yyjson_val *val)
{
    return val == NULL || yyjson_is_null(val) || target_process(c, val);
}

// What Apple's own XProtect found. Its process is the one that looked, not the one that was found.
static bool malware_found(struct decoding *c, const struct json_index *body)
{
    decode_set_text(c, FIELD_RULE_NAME, decode_text(c, JSON_GET(body, "malware_identifier")));
    decode_set_text(c, FIELD_RULE_ID, decode_text(c, JSON_GET(body, "incident_identifier")));
    decode_set(c, FIELD_MESSAGE, value_of_text(STR("XProtect found malware")));
    decode_set_file(c, decode_text(c, JSON_GET(body, "detected_path")));
    return true;
}

// What happened, and who did it, is all there is.
static bool nothing_more(struct decoding *c, const struct json_index *body)
{
    (void)c;
    (void)body;
    return true;
}
