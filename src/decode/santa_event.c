// Santa's events: which there are, and what each puts into the slots.

#include "decode/santa.h"

static bool execution(struct decoding *c, const struct json_index *body);
static bool fork_child(struct decoding *c, const struct json_index *body);
static bool exit_status(struct decoding *c, const struct json_index *body);
static bool close_file(struct decoding *c, const struct json_index *body);
static bool rename_file(struct decoding *c, const struct json_index *body);
static bool target_file(struct decoding *c, const struct json_index *body);
static bool file_access(struct decoding *c, const struct json_index *body);
static bool launch_item(struct decoding *c, const struct json_index *body);
static bool suspend_or_resume(struct decoding *c, const struct json_index *body);
static bool xprotect(struct decoding *c, const struct json_index *body);
static bool actor(struct decoding *c, const struct json_index *body);

static void take_previous(struct decoding *c, yyjson_val *instigator);
static void take_lists(struct decoding *c, const struct json_index *body);
static struct value *octets_of(struct decoding *c, yyjson_val *list, str prefix, size_t *out_count);
static void take_entitlements(struct decoding *c, yyjson_val *info);
static void deny(struct decoding *c, const struct json_index *body);
static str rule_of(struct decoding *c, const struct json_index *body, str otherwise);
static void take_file(struct decoding *c, yyjson_val *file);
static void take_size(struct decoding *c, yyjson_val *file);

#define KIND(name, json_name, identifier, decoder)                        \
    {                                                                     \
        STR_INIT(name), STR_INIT(json_name), ACTION_##identifier, decoder \
    }
#define NOTHING_TO_US(name, json_name)                          \
    {                                                           \
        STR_INIT(name), STR_INIT(json_name), ACTION_COUNT, NULL \
    }

// Searched in order: the frequent first.
static const struct santa_kind kinds[] = {
    KIND("close", "close", MODIFICATION, close_file),
    KIND("execution", "execution", EXEC, execution),
    KIND("fork", "fork", FORK, fork_child),
    KIND("exit", "exit", END, exit_status),
    KIND("rename", "rename", RENAME, rename_file),
    KIND("unlink", "unlink", DELETION, target_file),
    KIND("open", "open", OPEN, target_file),
    KIND("codesigning_invalidated", "codesigningInvalidated", CS_INVALIDATED, actor),
    KIND("file_access", "fileAccess", ALERT, file_access),
    KIND("gatekeeper_override", "gatekeeperOverride", GATEKEEPER_OVERRIDE, target_file),
    KIND("launch_item", "launchItem", LAUNCH_ITEM_ADD, launch_item),
    KIND("proc_suspend_resume", "procSuspendResume", SUSPEND, suspend_or_resume),
    KIND("tcc_modification", "tccModification", TCC_MODIFY, actor),
    KIND("xprotect", "xprotect", ALERT, xprotect),
    NOTHING_TO_US("allowlist", "allowlist"),
    NOTHING_TO_US("authentication", "authentication"),
    NOTHING_TO_US("bundle", "bundle"),
    NOTHING_TO_US("clone", "clone"),
    NOTHING_TO_US("copyfile", "copyfile"),
    NOTHING_TO_US("disk", "disk"),
    NOTHING_TO_US("exchangedata", "exchangedata"),
    NOTHING_TO_US("link", "link"),
    NOTHING_TO_US("login_logout", "loginLogout"),
    NOTHING_TO_US("login_window_session", "loginWindowSession"),
    NOTHING_TO_US("network_activity", "networkActivity"),
    NOTHING_TO_US("open_ssh", "openSsh"),
    NOTHING_TO_US("screen_sharing", "screenSharing"),
};

const struct santa_kind *decode_santa_kind(str name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name) || str_eq(kinds[i].json_name, name))
            return &kinds[i];
    return NULL;
}

// The instigator is the image that called exec, the target the one that came. What was denied never
// ran: that is an alert, about what would have run.
static bool execution(struct decoding *c, const struct json_index *body)
{
    yyjson_val *target = JSON_GET(body, "target");
    const bool is_denied = decode_santa_is(JSON_GET(body, "decision"), STR("DECISION_DENY"), 2);
    if (!decode_santa_process(c, target, "execution.target", &c->event->process))
        return false;
    c->event->action = is_denied ? ACTION_ALERT : ACTION_EXEC;
    decode_santa_process_slots(c, target);
    take_lists(c, body);
    take_entitlements(c, SANTA_GET(body, "entitlement_info", "entitlementInfo"));
    // Without a mark there is no URL, but not every mark has one: only "yes" is told.
    if (SANTA_TEXT(c, body, "quarantine_url", "quarantineUrl").len > 0)
        decode_set(c, FIELD_PROCESS_QUARANTINE, value_of_text(STR("yes")));
    if (is_denied)
        deny(c, body);
    else
        take_previous(c, JSON_GET(body, "instigator"));
    return true;
}

// Another pid is not the image before.
static void take_previous(struct decoding *c, yyjson_val *instigator)
{
    struct process_facts before;
    if (decode_santa_other(c, instigator, &before) && before.id.pid == c->event->process.id.pid)
        c->event->previous = before;
}

static void take_lists(struct decoding *c, const struct json_index *body)
{
    size_t count;
    const bool wants_args = c->wanted_ever[FIELD_PROCESS_ARGS] ||
                            c->wanted_ever[FIELD_PROCESS_ARGS_COUNT] ||
                            c->wanted_ever[FIELD_PROCESS_COMMAND_LINE];
    yyjson_val *args = JSON_GET(body, "args");
    if (wants_args && yyjson_is_arr(args) && yyjson_arr_size(args) > 0) {
        const struct value *texts = octets_of(c, args, STR_EMPTY, &count);
        decode_args_of(c, texts, count);
    }
    // Nearly no process has a variable of dyld, which begin alike also in base64.
    yyjson_val *envs = JSON_GET(body, "envs");
    if (yyjson_is_arr(envs) && yyjson_arr_size(envs) > 0) {
        const str prefix = decode_wants(c, FIELD_PROCESS_ENV_VARS) ? STR_EMPTY : STR("RFlMRF");
        const struct value *texts = octets_of(c, envs, prefix, &count);
        decode_env_of(c, texts, count);
    }
    if (c->wanted_ever[FIELD_PROCESS_WORKING_DIRECTORY]) {
        yyjson_val *directory = SANTA_GET(body, "working_directory", "workingDirectory");
        decode_set_text(c, FIELD_PROCESS_WORKING_DIRECTORY,
                        decode_santa_text(c, yyjson_obj_get(directory, "path")));
    }
}

// Those that begin with `prefix`. What is no base64 has no place in the list; leaving it out is
// counted as cutting.
static struct value *octets_of(struct decoding *c, yyjson_val *list, str prefix, size_t *out_count)
{
    const size_t size = yyjson_arr_size(list);
    const size_t room = size < DECODE_LIST_MAX ? size : DECODE_LIST_MAX;
    struct value *values = arena_alloc(&c->batch->arena, (room + 1) * sizeof *values);
    struct json_elements e = json_elements_of(list);
    size_t count = 0;
    while (json_take_element(&e)) {
        str text;
        if (yyjson_is_str(e.val) && !str_starts_with(json_str(e.val), prefix))
            continue;
        if (count == room || !decode_santa_octets(c, e.val, &text))
            c->is_list_cut = true;
        else
            values[count++] = value_of_text(decode_text_of(c, text));
    }
    *out_count = count;
    return values;
}

// A list from which some were left out says only of those in it.
static void take_entitlements(struct decoding *c, yyjson_val *info)
{
    struct json_index members;
    json_index_of(info, &members);
    yyjson_val *list = JSON_GET(&members, "entitlements");
    struct json_elements e = json_elements_of(list);
    while (json_take_element(&e)) {
        yyjson_val *key = yyjson_obj_get(e.val, "key");
        yyjson_val *value = yyjson_obj_get(e.val, "value");
        if (yyjson_is_str(key) && decode_declares_jit(json_str(key)) && yyjson_is_str(value) &&
            str_eq(json_str(value), STR("true")))
            c->event->entitlements_jit = true;
    }
    const bool is_part =
        yyjson_is_true(SANTA_GET(&members, "entitlements_filtered", "entitlementsFiltered"));
    c->event->entitlements_told = yyjson_is_arr(list) && (!is_part || c->event->entitlements_jit);
}

static void deny(struct decoding *c, const struct json_index *body)
{
    const str reason = decode_santa_text(c, JSON_GET(body, "reason"));
    const str explained = decode_santa_text(c, JSON_GET(body, "explain"));
    decode_set_text(c, FIELD_RULE_NAME, STR("santa: execution denied"));
    decode_set_text(c, FIELD_RULE_ID, rule_of(c, body, reason));
    decode_set_text(c, FIELD_MESSAGE, explained.len > 0 ? explained : reason);
}

// The number that a server gave the rule, which only new versions tell.
static str rule_of(struct decoding *c, const struct json_index *body, str otherwise)
{
    const int64_t number =
        decode_santa_int_or_none(c, SANTA_GET(body, "rule_id", "ruleId"), INT64_MAX);
    return number > 0 ? arena_printf(&c->batch->arena, "%lld", (long long)number) : otherwise;
}

static bool fork_child(struct decoding *c, const struct json_index *body)
{
    yyjson_val *child = JSON_GET(body, "child");
    struct process_facts parent;
    if (!decode_santa_process(c, child, "fork.child", &c->event->process))
        return false;
    decode_santa_process_slots(c, child);
    if (decode_santa_other(c, JSON_GET(body, "instigator"), &parent))
        c->event->previous = parent;
    return true;
}

static bool exit_status(struct decoding *c, const struct json_index *body)
{
    struct json_index exited;
    json_index_of(JSON_GET(body, "exited"), &exited);
    const int64_t status =
        decode_santa_int_or_none(c, SANTA_GET(&exited, "exit_status", "exitStatus"), INT32_MAX);
    const int64_t signal = decode_santa_int_or_none(
        c, yyjson_obj_get(JSON_GET(body, "signaled"), "signal"), INT32_MAX);
    if (status >= 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int(status));
    if (signal >= 0)
        decode_set(c, FIELD_PROCESS_EXIT_SIGNAL, value_of_int(signal));
    return actor(c, body);
}

// Who did it; of some events that is all there is.
static bool actor(struct decoding *c, const struct json_index *body)
{
    yyjson_val *instigator = JSON_GET(body, "instigator");
    if (!decode_santa_process(c, instigator, "instigator", &c->event->process))
        return false;
    decode_santa_process_slots(c, instigator);
    return true;
}

static bool target_file(struct decoding *c, const struct json_index *body)
{
    take_file(c, JSON_GET(body, "target"));
    return actor(c, body);
}

// Santa tells only of files that were written to; one that says otherwise is believed.
static bool close_file(struct decoding *c, const struct json_index *body)
{
    yyjson_val *modified = JSON_GET(body, "modified");
    if (yyjson_is_false(modified))
        c->event->action = ACTION_CLOSE;
    if (yyjson_is_bool(modified))
        decode_set(c, FIELD_FILE_MODIFIED, value_of_bool(yyjson_is_true(modified)));
    return target_file(c, body);
}

static bool rename_file(struct decoding *c, const struct json_index *body)
{
    yyjson_val *source = JSON_GET(body, "source");
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH,
                    decode_santa_text(c, yyjson_obj_get(source, "path")));
    take_size(c, source);
    decode_set_file(c, decode_santa_text(c, JSON_GET(body, "target")));
    return actor(c, body);
}

static void take_file(struct decoding *c, yyjson_val *file)
{
    decode_set_file(c, decode_santa_text(c, yyjson_obj_get(file, "path")));
    take_size(c, file);
}

static void take_size(struct decoding *c, yyjson_val *file)
{
    yyjson_val *size = yyjson_obj_get(yyjson_obj_get(file, "stat"), "size");
    const int64_t octets = decode_santa_int_or_none(c, size, INT64_MAX);
    if (octets >= 0)
        decode_set(c, FIELD_FILE_SIZE, value_of_int(octets));
}

// What a policy of the administrator forbids, or wants to hear of.
static bool file_access(struct decoding *c, const struct json_index *body)
{
    const str decision = SANTA_TEXT(c, body, "policy_decision", "policyDecision");
    const str access = SANTA_TEXT(c, body, "access_type", "accessType");
    decode_set_text(c, FIELD_RULE_NAME, SANTA_TEXT(c, body, "policy_name", "policyName"));
    decode_set_text(c, FIELD_RULE_ID,
                    rule_of(c, body, SANTA_TEXT(c, body, "policy_version", "policyVersion")));
    if (decision.len > 0 && access.len > 0)
        decode_set_text(
            c, FIELD_MESSAGE,
            arena_printf(&c->batch->arena, "%.*s: %.*s", STR_ARG(access), STR_ARG(decision)));
    else
        decode_set_text(c, FIELD_MESSAGE, decision.len > 0 ? decision : access);
    return target_file(c, body);
}

static bool launch_item(struct decoding *c, const struct json_index *body)
{
    yyjson_val *action = JSON_GET(body, "action");
    if (action == NULL || yyjson_is_null(action))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "launch_item", "action");
    if (!decode_santa_is(action, STR("ACTION_ADD"), 1))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a launch item that was not added", NULL);
    const str program = SANTA_TEXT(c, body, "executable_path", "executablePath");
    const str item = SANTA_TEXT(c, body, "item_path", "itemPath");
    decode_set_file(c, program.len > 0 ? program : item);
    return actor(c, body);
}

static bool suspend_or_resume(struct decoding *c, const struct json_index *body)
{
    static const struct {
        str name;
        enum action action;
    } types[] = {
        { STR_INIT("TYPE_UNKNOWN"), ACTION_COUNT },
        { STR_INIT("TYPE_SUSPEND"), ACTION_SUSPEND },
        { STR_INIT("TYPE_RESUME"), ACTION_RESUME },
        { STR_INIT("TYPE_SHUTDOWN_SOCKETS"), ACTION_SHUTDOWN_SOCKETS },
    };
    struct process_facts target;
    yyjson_val *type = JSON_GET(body, "type");
    if (type == NULL || yyjson_is_null(type))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "proc_suspend_resume", "type");
    c->event->action = ACTION_COUNT;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (decode_santa_is(type, types[i].name, i))
            c->event->action = types[i].action;
    if (c->event->action == ACTION_COUNT)
        return decode_refuse(c, DECODE_DROP_OUT_OF_RANGE, "proc_suspend_resume", "type");
    if (decode_santa_other(c, JSON_GET(body, "target"), &target))
        c->event->target = target;
    return actor(c, body);
}

// XProtect is the instigator of both; the process that it ended, where it ended one, is the one that
// the alert is about.
static bool xprotect(struct decoding *c, const struct json_index *body)
{
    struct json_index found;
    struct process_id ended;
    yyjson_val *detected = JSON_GET(body, "detected");
    yyjson_val *remediated = JSON_GET(body, "remediated");
    const bool is_remedy = !yyjson_is_obj(detected);
    json_index_of(is_remedy ? remediated : detected, &found);
    if (is_remedy && !yyjson_is_obj(remediated))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "xprotect", "detected");

    const str result = SANTA_TEXT(c, &found, "result_description", "resultDescription");
    decode_set_text(c, FIELD_RULE_NAME,
                    SANTA_TEXT(c, &found, "malware_identifier", "malwareIdentifier"));
    decode_set_text(c, FIELD_RULE_ID,
                    SANTA_TEXT(c, &found, "signature_version", "signatureVersion"));
    decode_set_text(c, FIELD_MESSAGE,
                    result.len > 0 ? result
                    : is_remedy    ? STR("XProtect remediated malware")
                                   : STR("XProtect detected malware"));
    decode_set_file(c, is_remedy ? SANTA_TEXT(c, &found, "remediated_path", "remediatedPath")
                                 : SANTA_TEXT(c, &found, "detected_path", "detectedPath"));
    if (decode_santa_id(SANTA_GET(&found, "remediated_process_id", "remediatedProcessId"),
                        &ended) != DECODE_KEPT)
        return actor(c, &found);
    c->event->process = event_nobody;
    c->event->process.present = true;
    c->event->process.id = ended;
    return true;
}
