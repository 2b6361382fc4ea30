// eslogger's events: which there are, and what each puts into the slots.

#include "decode/eslogger.h"

// The members that any event's body may have; NULL where it has none. One body is walked once,
// whatever the event, and the members of others are simply absent.
struct body {
    yyjson_val *address;
    yyjson_val *args;
    yyjson_val *child;
    yyjson_val *cwd;
    yyjson_val *destination;
    yyjson_val *entitlements;
    yyjson_val *env;
    yyjson_val *executable_path;
    yyjson_val *file;
    yyjson_val *flags;
    yyjson_val *max_protection;
    yyjson_val *modified;
    yyjson_val *protection;
    yyjson_val *sig;
    yyjson_val *size;
    yyjson_val *source;
    yyjson_val *stat;
    yyjson_val *target;
    yyjson_val *thread_state;
    yyjson_val *type;
};

static bool open_body(struct decoding *c, yyjson_val *object, struct body *out);
static yyjson_val **member_of(struct body *b, str key);

static bool exec(struct decoding *c, yyjson_val *object);
static bool fork_child(struct decoding *c, yyjson_val *object);
static bool exit_status(struct decoding *c, yyjson_val *object);
static bool signal_sent(struct decoding *c, yyjson_val *object);
static bool map(struct decoding *c, yyjson_val *object);
static bool protect(struct decoding *c, yyjson_val *object);
static bool task_control(struct decoding *c, yyjson_val *object);
static bool task_name(struct decoding *c, yyjson_val *object);
static bool task_read(struct decoding *c, yyjson_val *object);
static bool task_inspect(struct decoding *c, yyjson_val *object);
static bool check(struct decoding *c, yyjson_val *object);
static bool suspend_or_resume(struct decoding *c, yyjson_val *object);
static bool trace(struct decoding *c, yyjson_val *object);
static bool remote_thread(struct decoding *c, yyjson_val *object);
static bool file_opened(struct decoding *c, yyjson_val *object);
static bool file_closed(struct decoding *c, yyjson_val *object);
static bool file_created(struct decoding *c, yyjson_val *object);
static bool file_renamed(struct decoding *c, yyjson_val *object);
static bool file_target(struct decoding *c, yyjson_val *object);
static bool launch_item(struct decoding *c, yyjson_val *object);
static bool override(struct decoding *c, yyjson_val *object);
static bool nothing_more(struct decoding *c, yyjson_val *object);

static bool target_process(struct decoding *c, yyjson_val *val);
static bool target_process_or_null(struct decoding *c, yyjson_val *val);
static void take_entitlements(struct decoding *c, yyjson_val *object);
static bool declares_jit(str key);
static bool take_protection(struct decoding *c, const struct body *b, int64_t *out);
static struct value protection_text(int64_t bits);
static struct value number_or_none(yyjson_val *val);
static bool open_task(struct decoding *c, yyjson_val *object, str port);
static bool take_file(struct decoding *c, yyjson_val *file, const char *where);
static bool take_destination(struct decoding *c, yyjson_val *destination);
static str path_in(struct decoding *c, yyjson_val *directory, yyjson_val *name);
static void set_file(struct decoding *c, str path);
static void set_size(struct decoding *c, yyjson_val *file);

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
    KIND("close", CLOSE, file_closed),
    KIND("mmap", LOAD, map),
    KIND("exec", EXEC, exec),
    KIND("fork", FORK, fork_child),
    KIND("exit", END, exit_status),
    KIND("open", OPEN, file_opened),
    KIND("create", CREATION, file_created),
    KIND("rename", RENAME, file_renamed),
    KIND("unlink", DELETION, file_target),
    KIND("mprotect", MPROTECT, protect),
    KIND("write", WRITE, file_target),
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
    KIND("btm_launch_item_add", LAUNCH_ITEM_ADD, launch_item),
    KIND("gatekeeper_user_override", GATEKEEPER_OVERRIDE, override),
    KIND("tcc_modify", TCC_MODIFY, nothing_more),
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
    NOTHING_TO_US("xp_malware_detected"),
    NOTHING_TO_US("xp_malware_remediated"),
};

const struct eslogger_kind *decode_eslogger_kind(str name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

static bool open_body(struct decoding *c, yyjson_val *object, struct body *out)
{
    *out = (struct body){ 0 };
    if (!yyjson_is_obj(object))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "event", "(its only member)");

    size_t i;
    size_t max;
    yyjson_val *key;
    yyjson_val *val;
    JSON_MEMBERS(object, i, max, key, val)
    {
        yyjson_val **member = member_of(out, json_str(key));
        if (member != NULL)
            *member = val;
        else if (!decode_skip(c, val))
            return false;
    }
    return true;
}

#define MEMBER(name)             \
    if (JSON_KEY_IS(key, #name)) \
    return &b->name

static yyjson_val **member_of(struct body *b, str key)
{
    switch (key.len) {
    case 3:
        MEMBER(cwd);
        MEMBER(env);
        MEMBER(sig);
        break;
    case 4:
        MEMBER(args);
        MEMBER(file);
        MEMBER(size);
        MEMBER(stat);
        MEMBER(type);
        break;
    case 5:
        MEMBER(child);
        MEMBER(flags);
        break;
    case 6:
        MEMBER(source);
        MEMBER(target);
        break;
    case 7:
        MEMBER(address);
        break;
    case 8:
        MEMBER(modified);
        break;
    case 10:
        MEMBER(protection);
        break;
    case 11:
        MEMBER(destination);
        break;
    case 12:
        MEMBER(entitlements);
        MEMBER(thread_state);
        break;
    case 14:
        MEMBER(max_protection);
        break;
    case 15:
        MEMBER(executable_path);
        break;
    default:
        break;
    }
    return NULL;
}

// The record's process is the image that went; the target is the one that came, same pid.
static bool exec(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b) ||
        !decode_eslogger_process(c, b.target, "event.exec.target", &c->event->process))
        return false;

    decode_args(c, b.args);
    decode_env(c, b.env);
    if (c->wanted_ever[FIELD_PROCESS_WORKING_DIRECTORY]) {
        const str cwd = decode_eslogger_path(c, b.cwd);
        if (cwd.len > 0)
            decode_set(c, FIELD_PROCESS_WORKING_DIRECTORY, value_of_text(cwd));
    }
    take_entitlements(c, b.entitlements);
    return true;
}

// From message version 11 on.
static void take_entitlements(struct decoding *c, yyjson_val *object)
{
    if (!yyjson_is_obj(object))
        return;
    c->event->entitlements_told = true;

    size_t i;
    size_t max;
    yyjson_val *key;
    yyjson_val *val;
    JSON_MEMBERS(object, i, max, key, val)
    {
        if (yyjson_is_true(val) && declares_jit(json_str(key)))
            c->event->entitlements_jit = true;
    }
}

static bool declares_jit(str key)
{
    return str_eq(key, STR("com.apple.security.cs.allow-jit")) ||
           str_eq(key, STR("com.apple.security.cs.allow-unsigned-executable-memory")) ||
           str_eq(key, STR("com.apple.security.cs.disable-executable-page-protection"));
}

static bool fork_child(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) &&
           decode_eslogger_process(c, b.child, "event.fork.child", &c->event->process);
}

// A word of wait(2), whose layout is the same on every Unix, though C does not promise it.
static bool exit_status(struct decoding *c, yyjson_val *object)
{
    struct body b;
    int64_t word;
    if (!open_body(c, object, &b))
        return false;
    const enum decode_drop drop = decode_int(b.stat, INT32_MIN, UINT32_MAX, &word);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event.exit", "stat");

    const int64_t ended_by = word & 0x7f;
    if (ended_by == 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int((word >> 8) & 0xff));
    else if (ended_by != 0x7f)
        decode_set(c, FIELD_PROCESS_EXIT_SIGNAL, value_of_int(ended_by));
    return true;
}

static bool signal_sent(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b) || !target_process(c, b.target))
        return false;
    decode_set(c, FIELD_PROCESS_SIGNAL, number_or_none(b.sig));
    return true;
}

// Code from a file is a library; all other mappings are only calls.
static bool map(struct decoding *c, yyjson_val *object)
{
    struct body b;
    int64_t protection;
    if (!open_body(c, object, &b) || !take_protection(c, &b, &protection))
        return false;

    const str path = decode_eslogger_path(c, b.source);
    if ((protection & PROTECTION_EXECUTE) != 0 && path.len > 0) {
        c->event->action = ACTION_LOAD;
        decode_set(c, FIELD_DLL_PATH, value_of_text(path));
        decode_set(c, FIELD_DLL_NAME, value_of_text(str_base_name(path)));
    } else {
        c->event->action = ACTION_MMAP;
        set_file(c, path);
    }
    decode_set(c, FIELD_API_NAME, value_of_text(STR("mmap")));
    decode_set(c, FIELD_API_FLAGS, number_or_none(b.flags));
    return true;
}

static bool protect(struct decoding *c, yyjson_val *object)
{
    struct body b;
    int64_t protection;
    if (!open_body(c, object, &b) || !take_protection(c, &b, &protection))
        return false;
    decode_set(c, FIELD_API_NAME, value_of_text(STR("mprotect")));
    decode_set(c, FIELD_API_ADDRESS, number_or_none(b.address));
    decode_set(c, FIELD_API_SIZE, number_or_none(b.size));
    return true;
}

static bool take_protection(struct decoding *c, const struct body *b, int64_t *out)
{
    int64_t most;
    const enum decode_drop drop = decode_int(b->protection, INT32_MIN, UINT32_MAX, out);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event", "protection");
    decode_set(c, FIELD_API_PROTECTION, protection_text(*out));
    if (decode_int(b->max_protection, INT32_MIN, UINT32_MAX, &most) == DECODE_KEPT)
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

// A number that 63 bits do not hold (an address may have 64) is kept as the nearest real one.
static struct value number_or_none(yyjson_val *val)
{
    if (yyjson_is_uint(val) && yyjson_get_uint(val) > INT64_MAX)
        return value_of_float((double)yyjson_get_uint(val));
    if (yyjson_is_int(val))
        return value_of_int(yyjson_get_sint(val));
    return (struct value){ .type = VALUE_MISSING };
}

static bool task_control(struct decoding *c, yyjson_val *object)
{
    return open_task(c, object, STR("control"));
}

static bool task_name(struct decoding *c, yyjson_val *object)
{
    return open_task(c, object, STR("name"));
}

static bool task_read(struct decoding *c, yyjson_val *object)
{
    return open_task(c, object, STR("read"));
}

static bool task_inspect(struct decoding *c, yyjson_val *object)
{
    return open_task(c, object, STR("inspect"));
}

static bool open_task(struct decoding *c, yyjson_val *object, str port)
{
    // es_get_task_type_t
    static const str calls[] = { STR_INIT("task_for_pid"), STR_INIT("expose_task"),
                                 STR_INIT("identity_token") };
    struct body b;
    int64_t type;
    if (!open_body(c, object, &b) || !target_process(c, b.target))
        return false;
    decode_set(c, FIELD_API_PORT, value_of_text(port));
    if (decode_int(b.type, 0, COUNT_OF(calls) - 1, &type) == DECODE_KEPT)
        decode_set(c, FIELD_API_NAME, value_of_text(calls[type]));
    return true;
}

static bool check(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) && target_process_or_null(c, b.target);
}

static bool suspend_or_resume(struct decoding *c, yyjson_val *object)
{
    // es_proc_suspend_resume_type_t; 2 is not used.
    static const enum action actions[] = { ACTION_SUSPEND, ACTION_RESUME, ACTION_COUNT,
                                           ACTION_SHUTDOWN_SOCKETS };
    struct body b;
    int64_t type;
    if (!open_body(c, object, &b) || !target_process_or_null(c, b.target))
        return false;
    enum decode_drop drop = decode_int(b.type, 0, COUNT_OF(actions) - 1, &type);
    if (drop == DECODE_KEPT && actions[type] == ACTION_COUNT)
        drop = DECODE_DROP_OUT_OF_RANGE;
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "event.proc_suspend_resume", "type");
    c->event->action = actions[type];
    return true;
}

static bool trace(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) && target_process(c, b.target);
}

// A thread that comes with its registers set runs at once.
static bool remote_thread(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b) || !target_process(c, b.target))
        return false;
    const bool has_state = b.thread_state != NULL && !yyjson_is_null(b.thread_state);
    const str call = has_state ? STR("thread_create_running") : STR("thread_create");
    decode_set(c, FIELD_API_NAME, value_of_text(call));
    decode_set(c, FIELD_API_THREAD_STATE, value_of_bool(has_state));
    return b.thread_state == NULL || decode_skip(c, b.thread_state);
}

static bool target_process(struct decoding *c, yyjson_val *val)
{
    return decode_eslogger_process(c, val, "target", &c->event->target);
}

static bool target_process_or_null(struct decoding *c, yyjson_val *val)
{
    return val == NULL || yyjson_is_null(val) || target_process(c, val);
}

static bool file_opened(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) && take_file(c, b.file, "event.open.file");
}

static bool file_closed(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b) || !take_file(c, b.target, "event.close.target"))
        return false;
    const bool modified = yyjson_is_true(b.modified);
    c->event->action = modified ? ACTION_MODIFICATION : ACTION_CLOSE;
    if (yyjson_is_bool(b.modified))
        decode_set(c, FIELD_FILE_MODIFIED, value_of_bool(modified));
    return true;
}

static bool file_created(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) && take_destination(c, b.destination);
}

static bool file_renamed(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b) || !take_destination(c, b.destination))
        return false;
    const str old_path = decode_eslogger_path(c, b.source);
    if (old_path.len > 0)
        decode_set(c, FIELD_FILE_ORIGINAL_PATH, value_of_text(old_path));
    set_size(c, b.source);
    return true;
}

static bool file_target(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b) && take_file(c, b.target, "target");
}

static bool take_file(struct decoding *c, yyjson_val *file, const char *where)
{
    if (file == NULL || yyjson_is_null(file))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, NULL);
    if (!yyjson_is_obj(file))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, where, NULL);
    const str path = decode_eslogger_path(c, file);
    if (path.len == 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, where, "path");
    set_file(c, path);
    set_size(c, file);
    return true;
}

// Which member there is says more than "destination_type", which only repeats it.
static bool take_destination(struct decoding *c, yyjson_val *destination)
{
    if (destination == NULL || yyjson_is_null(destination))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "destination", NULL);
    if (!yyjson_is_obj(destination))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "destination", NULL);
    yyjson_val *existing = yyjson_obj_get(destination, "existing_file");
    if (yyjson_is_obj(existing))
        return take_file(c, existing, "destination.existing_file");

    yyjson_val *new_path = yyjson_obj_get(destination, "new_path");
    const str path =
        path_in(c, yyjson_obj_get(new_path, "dir"), yyjson_obj_get(new_path, "filename"));
    if (path.len == 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "destination", "new_path");
    set_file(c, path);
    return true;
}

static str path_in(struct decoding *c, yyjson_val *directory, yyjson_val *name)
{
    const str parent = decode_eslogger_path(c, directory);
    const str last = decode_text(c, name);
    if (parent.len == 0 || last.len == 0)
        return STR_EMPTY;

    const size_t slash = parent.at[parent.len - 1] == '/' ? 0 : 1;
    char *path = arena_alloc(&c->batch->arena, parent.len + slash + last.len);
    memcpy(path, parent.at, parent.len);
    if (slash == 1)
        path[parent.len] = '/';
    memcpy(path + parent.len + slash, last.at, last.len);
    return str_to((str){ .at = path, .len = parent.len + slash + last.len }, DECODE_TEXT_MAX);
}

static void set_file(struct decoding *c, str path)
{
    if (path.len == 0)
        return;
    const str name = str_base_name(path);
    const size_t dot = str_rfind_char(name, '.');
    decode_set(c, FIELD_FILE_PATH, value_of_text(path));
    decode_set(c, FIELD_FILE_NAME, value_of_text(name));
    decode_set(c, FIELD_FILE_DIRECTORY, value_of_text(str_directory(path)));
    // ".profile" is all name.
    if (dot > 0 && dot + 1 < name.len)
        decode_set(c, FIELD_FILE_EXTENSION, value_of_text(str_from(name, dot + 1)));
}

static void set_size(struct decoding *c, yyjson_val *file)
{
    if (!c->wanted_ever[FIELD_FILE_SIZE])
        return;
    yyjson_val *stat = yyjson_obj_get(file, "stat");
    decode_set(c, FIELD_FILE_SIZE, number_or_none(yyjson_obj_get(stat, "st_size")));
}

static bool launch_item(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b))
        return false;
    set_file(c, decode_text(c, b.executable_path));
    return true;
}

// Its file is either known only by its path, or a file like any other.
static bool override(struct decoding *c, yyjson_val *object)
{
    struct body b;
    if (!open_body(c, object, &b))
        return false;
    const str path = decode_text(c, yyjson_obj_get(b.file, "file_path"));
    set_file(c, path.len > 0 ? path : decode_eslogger_path(c, yyjson_obj_get(b.file, "file")));
    return true;
}

static bool nothing_more(struct decoding *c, yyjson_val *object)
{
    struct body b;
    return open_body(c, object, &b);
}
