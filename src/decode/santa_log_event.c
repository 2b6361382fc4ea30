// What lines of Santa's log tell: which kinds there are, and what each puts into the slots.

#include "decode/santa_log.h"

static bool exec(struct decoding *c, const struct santa_line *line);
static bool process_itself(struct decoding *c, const struct santa_line *line);
static bool actor(struct decoding *c, const struct santa_line *line);
static bool actor_and_path(struct decoding *c, const struct santa_line *line);
static bool write_end(struct decoding *c, const struct santa_line *line);
static bool rename_file(struct decoding *c, const struct santa_line *line);
static bool invalidated(struct decoding *c, const struct santa_line *line);
static bool file_access(struct decoding *c, const struct santa_line *line);
static bool gatekeeper_override(struct decoding *c, const struct santa_line *line);
static bool launch_item(struct decoding *c, const struct santa_line *line);
static bool suspend_or_resume(struct decoding *c, const struct santa_line *line);
static bool xprotect(struct decoding *c, const struct santa_line *line);

static bool take_process(struct decoding *c, const struct santa_line *line, str pid_key);

#define ACTION(name, identifier, decoder)            \
    {                                                \
        STR_INIT(name), ACTION_##identifier, decoder \
    }
#define NOTHING_TO_US(name)                \
    {                                      \
        STR_INIT(name), ACTION_COUNT, NULL \
    }

// Searched in order: the frequent first.
static const struct santa_action actions[] = {
    ACTION("WRITE", MODIFICATION, write_end),
    ACTION("EXEC", EXEC, exec),
    ACTION("FORK", FORK, process_itself),
    ACTION("EXIT", END, process_itself),
    ACTION("RENAME", RENAME, rename_file),
    ACTION("DELETE", DELETION, actor_and_path),
    ACTION("CODESIGNING_INVALIDATED", CS_INVALIDATED, invalidated),
    ACTION("FILE_ACCESS", ALERT, file_access),
    ACTION("GATEKEEPER_OVERRIDE", GATEKEEPER_OVERRIDE, gatekeeper_override),
    ACTION("LAUNCH_ITEM_ADD", LAUNCH_ITEM_ADD, launch_item),
    ACTION("PROC_SUSPEND_RESUME", SUSPEND, suspend_or_resume),
    ACTION("TCC_MODIFICATION", TCC_MODIFY, actor),
    ACTION("XPROTECT_DETECTED", ALERT, xprotect),
    ACTION("XPROTECT_REMEDIATED", ALERT, xprotect),
    NOTHING_TO_US("ALLOWLIST"),
    NOTHING_TO_US("AUTHENTICATION_AUTO_UNLOCK"),
    NOTHING_TO_US("AUTHENTICATION_OD"),
    NOTHING_TO_US("AUTHENTICATION_TOKEN"),
    NOTHING_TO_US("AUTHENTICATION_TOUCHID"),
    NOTHING_TO_US("BUNDLE"),
    NOTHING_TO_US("CLONE"),
    NOTHING_TO_US("COPYFILE"),
    NOTHING_TO_US("DISKAPPEAR"),
    NOTHING_TO_US("DISKDISAPPEAR"),
    NOTHING_TO_US("DISK_BLOCKED"),
    NOTHING_TO_US("EXCHANGE"),
    NOTHING_TO_US("LAUNCH_ITEM_REMOVE"),
    NOTHING_TO_US("LINK"),
    NOTHING_TO_US("LOGIN"),
    NOTHING_TO_US("LOGIN_WINDOW_SESSION_LOCK"),
    NOTHING_TO_US("LOGIN_WINDOW_SESSION_LOGIN"),
    NOTHING_TO_US("LOGIN_WINDOW_SESSION_LOGOUT"),
    NOTHING_TO_US("LOGIN_WINDOW_SESSION_UNLOCK"),
    NOTHING_TO_US("LOGOUT"),
    NOTHING_TO_US("OPENSSH_LOGIN"),
    NOTHING_TO_US("OPENSSH_LOGOUT"),
    NOTHING_TO_US("SCREEN_SHARING_ATTACH"),
    NOTHING_TO_US("SCREEN_SHARING_DETACH"),
};

const struct santa_action *decode_santa_log_action(str name)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (str_eq(actions[i].name, name))
            return &actions[i];
    return NULL;
}

// The keys of a process are those of the new image. "uid" is the real user, whom no field has.
static bool exec(struct decoding *c, const struct santa_line *line)
{
    const str reason = decode_santa_log_text(c, line, STR("reason"));
    const str explained = decode_santa_log_text(c, line, STR("explain"));
    struct process_facts *process = &c->event->process;
    if (!process_itself(c, line))
        return false;
    process->executable = decode_santa_log_text(c, line, STR("path"));
    process->team_id = decode_santa_log_text(c, line, STR("teamid"));
    decode_set_text(c, FIELD_PROCESS_HASH_SHA256, decode_santa_log_text(c, line, STR("sha256")));
    decode_command_line(c, decode_santa_log_text(c, line, STR("args")));
    if (decode_santa_log_raw(line, STR("quarantine_url")).len > 0)
        decode_set(c, FIELD_PROCESS_QUARANTINE, value_of_text(STR("yes")));
    if (!str_eq(decode_santa_log_raw(line, STR("decision")), STR("DENY")))
        return true;
    // What was denied never ran.
    c->event->action = ACTION_ALERT;
    decode_set_text(c, FIELD_RULE_NAME, STR("santa: execution denied"));
    decode_set_text(c, FIELD_RULE_ID, reason);
    decode_set_text(c, FIELD_MESSAGE, explained.len > 0 ? explained : reason);
    return true;
}

static bool process_itself(struct decoding *c, const struct santa_line *line)
{
    return take_process(c, line, STR("pid"));
}

static bool actor(struct decoding *c, const struct santa_line *line)
{
    if (!take_process(c, line, STR("pid")))
        return false;
    c->event->process.executable = decode_santa_log_text(c, line, STR("processpath"));
    return true;
}

static bool actor_and_path(struct decoding *c, const struct santa_line *line)
{
    decode_set_file(c, decode_santa_log_text(c, line, STR("path")));
    return actor(c, line);
}

// Told when a file that was written to is closed.
static bool write_end(struct decoding *c, const struct santa_line *line)
{
    decode_set(c, FIELD_FILE_MODIFIED, value_of_bool(true));
    return actor_and_path(c, line);
}

static bool rename_file(struct decoding *c, const struct santa_line *line)
{
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH, decode_santa_log_text(c, line, STR("path")));
    decode_set_file(c, decode_santa_log_text(c, line, STR("newpath")));
    return actor(c, line);
}

// "codesigning_flags=0x22000001", since 2025.
static bool invalidated(struct decoding *c, const struct santa_line *line)
{
    str flags = decode_santa_log_raw(line, STR("codesigning_flags"));
    uint32_t bits = 0;
    if (!actor(c, line))
        return false;
    if (flags.len == 0)
        return true;
    bool is_hex = flags.len > 2 && flags.len <= 10 && str_starts_with(flags, STR("0x"));
    for (size_t i = 2; is_hex && i < flags.len; i++) {
        const char digit = flags.at[i];
        const bool is_digit = digit >= '0' && digit <= '9';
        is_hex = is_digit || (digit >= 'a' && digit <= 'f');
        bits = bits << 4 | (uint32_t)(digit - (is_digit ? '0' : 'a' - 10)) % 16;
    }
    c->is_value_odd |= !is_hex;
    c->event->process.cs_told = is_hex;
    c->event->process.cs_flags = is_hex ? bits : 0;
    return true;
}

static bool file_access(struct decoding *c, const struct santa_line *line)
{
    const str access = decode_santa_log_text(c, line, STR("access_type"));
    const str decision = decode_santa_log_text(c, line, STR("decision"));
    decode_set_text(c, FIELD_RULE_NAME, decode_santa_log_text(c, line, STR("policy_name")));
    decode_set_text(c, FIELD_RULE_ID, decode_santa_log_text(c, line, STR("policy_version")));
    if (access.len > 0 && decision.len > 0)
        decode_set_text(
            c, FIELD_MESSAGE,
            arena_printf(&c->batch->arena, "%.*s: %.*s", STR_ARG(access), STR_ARG(decision)));
    else
        decode_set_text(c, FIELD_MESSAGE, access.len > 0 ? access : decision);
    return actor_and_path(c, line);
}

static bool gatekeeper_override(struct decoding *c, const struct santa_line *line)
{
    decode_set_file(c, decode_santa_log_text(c, line, STR("target")));
    return actor(c, line);
}

static bool launch_item(struct decoding *c, const struct santa_line *line)
{
    const str program = decode_santa_log_text(c, line, STR("exec_path"));
    decode_set_file(c,
                    program.len > 0 ? program : decode_santa_log_text(c, line, STR("item_path")));
    return actor(c, line);
}

static bool suspend_or_resume(struct decoding *c, const struct santa_line *line)
{
    static const struct {
        str type;
        enum action action;
    } types[] = {
        { STR_INIT("SUSPEND"), ACTION_SUSPEND },
        { STR_INIT("RESUME"), ACTION_RESUME },
        { STR_INIT("SHUTDOWN_SOCKETS"), ACTION_SHUTDOWN_SOCKETS },
    };
    const str type = decode_santa_log_raw(line, STR("type"));
    enum action action = ACTION_COUNT;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_eq(types[i].type, type))
            action = types[i].action;
    if (action == ACTION_COUNT)
        return decode_refuse(c, type.len == 0 ? DECODE_DROP_MISSING_KEY : DECODE_DROP_OUT_OF_RANGE,
                             "type", NULL);
    c->event->action = action;
    struct process_facts *target = &c->event->target;
    if (decode_santa_log_number(line, STR("targetpid"), 0, INT32_MAX, &target->id.pid) ==
        DECODE_KEPT) {
        target->present = true;
        target->executable = decode_santa_log_text(c, line, STR("targetpath"));
    }
    return actor(c, line);
}

// The lines of what was remediated name no process but the one that was ended.
static bool xprotect(struct decoding *c, const struct santa_line *line)
{
    const bool is_remedy = str_eq(line->action, STR("XPROTECT_REMEDIATED"));
    const str result = decode_santa_log_text(c, line, STR("result_description"));
    decode_set_text(c, FIELD_RULE_NAME, decode_santa_log_text(c, line, STR("malware_identifier")));
    decode_set_text(c, FIELD_RULE_ID, decode_santa_log_text(c, line, STR("signature_version")));
    decode_set_text(c, FIELD_MESSAGE,
                    result.len > 0 ? result
                    : is_remedy    ? STR("XProtect remediated malware")
                                   : STR("XProtect detected malware"));
    decode_set_file(c, decode_santa_log_text(
                           c, line, is_remedy ? STR("remediated_path") : STR("detected_path")));
    return is_remedy ? take_process(c, line, STR("remediated_pid")) : actor(c, line);
}

static bool take_process(struct decoding *c, const struct santa_line *line, str pid_key)
{
    struct process_facts *process = &c->event->process;
    int64_t version;
    enum decode_drop drop = decode_santa_log_number(line, pid_key, 0, INT32_MAX, &process->id.pid);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, pid_key.at, NULL);
    process->present = true;
    drop = decode_santa_log_number(line, STR("pidversion"), INT32_MIN, UINT32_MAX, &version);
    if (drop == DECODE_KEPT)
        process->id.pidversion = (uint32_t)version;
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    drop = decode_santa_log_number(line, STR("ppid"), 0, INT32_MAX, &process->parent.pid);
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    return true;
}
