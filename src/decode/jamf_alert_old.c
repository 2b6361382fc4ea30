// Alerts of Jamf Protect before its Unified Data Model (GPProcessEvent, GPFSEvent, ...): the
// happening in "match.event", and in "related" all processes, binaries and users that it names.
//
// A process has a pid and a start in whole seconds, which is what it is known by here. Its "uuid"
// is not: each alert gives the same process another one.

#include "decode/jamf.h"

static yyjson_val *find_process(yyjson_val *event, yyjson_val *related);
static yyjson_val *find_by_number(yyjson_val *list, const char *key, yyjson_val *number);
static bool take_process(struct decoding *c, yyjson_val *process);
static bool take_logged_process(struct decoding *c, yyjson_val *event);
static void take_signature(struct decoding *c, yyjson_val *info, struct process_facts *out);
static bool is_signed_by_apple(yyjson_val *info);
static void take_related(struct decoding *c, yyjson_val *process, yyjson_val *related);
static void take_file(struct decoding *c, yyjson_val *event);

static const struct mapping time_mapping[] = {
    { STR_INIT("timestamp"), AS_SECONDS, .is_required = true, TO_FACT(time_ns) },
};

bool decode_jamf_alert_old(struct decoding *c, const struct json_index *alert)
{
    yyjson_val *event = yyjson_obj_get(JSON_GET(alert, "match"), "event");
    yyjson_val *related = JSON_GET(alert, "related");
    if (!decode_map(c, event, time_mapping, COUNT_OF(time_mapping)))
        return false;

    yyjson_val *process = find_process(event, related);
    if (process == NULL ? !take_logged_process(c, event) : !take_process(c, process))
        return false;
    take_related(c, process, related);
    take_file(c, event);
    return true;
}

// The happening has the process itself, or its pid; where it has neither (a mount), the process that
// acted is the first of the related, before its parents.
static yyjson_val *find_process(yyjson_val *event, yyjson_val *related)
{
    yyjson_val *own = yyjson_obj_get(event, "process");
    yyjson_val *pid = yyjson_obj_get(event, "pid");
    yyjson_val *processes = yyjson_obj_get(related, "processes");
    if (yyjson_is_obj(own))
        return own;
    if (yyjson_is_int(pid))
        return find_by_number(processes, "pid", pid);
    return yyjson_arr_get_first(processes);
}

static yyjson_val *find_by_number(yyjson_val *list, const char *key, yyjson_val *number)
{
    struct json_elements e = json_elements_of(list);
    while (yyjson_is_int(number) && json_take_element(&e)) {
        yyjson_val *other = yyjson_obj_get(e.val, key);
        if (yyjson_is_int(other) && yyjson_get_sint(other) == yyjson_get_sint(number))
            return e.val;
    }
    return NULL;
}

static bool take_process(struct decoding *c, yyjson_val *process)
{
    struct process_facts *facts = &c->event->process;
    int64_t start_ns;
    const enum decode_drop drop =
        decode_int(yyjson_obj_get(process, "pid"), 0, INT32_MAX, &facts->id.pid);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "the process that the alert is about", NULL);
    facts->present = true;
    if (decode_epoch(yyjson_obj_get(process, "startTimestamp"), 1000000000, &start_ns))
        facts->id.start_ns = start_ns;
    facts->parent.pid = decode_int_or_none(yyjson_obj_get(process, "ppid"), INT32_MAX);
    facts->responsible.pid =
        decode_int_or_none(yyjson_obj_get(process, "responsiblePID"), INT32_MAX);
    // The real one is "ruid".
    facts->euid = decode_int_or_none(yyjson_obj_get(process, "uid"), UINT32_MAX);
    facts->executable = decode_text(c, yyjson_obj_get(process, "path"));
    take_signature(c, yyjson_obj_get(process, "signingInfo"), facts);
    decode_args(c, yyjson_obj_get(process, "args"));
    return true;
}

// Alerts of log lines have the pid and the path of who wrote it; others of which the processes are
// not there at least the pid.
static bool take_logged_process(struct decoding *c, yyjson_val *event)
{
    struct process_facts *facts = &c->event->process;
    yyjson_val *pid = yyjson_obj_get(event, "pid");
    const bool is_writer = !yyjson_is_int(pid);
    const enum decode_drop drop = decode_int(
        is_writer ? yyjson_obj_get(event, "processIdentifier") : pid, 0, INT32_MAX, &facts->id.pid);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "the process that the alert is about", NULL);
    if (is_writer)
        facts->executable = decode_text(c, yyjson_obj_get(event, "processImagePath"));
    facts->present = true;
    return true;
}

// "signerType": 0 Apple, 1 App Store, 2 Developer ID, 3 ad hoc, 4 none. "status": the code-signing
// service's verdict, 0 for a valid signature.
static void take_signature(struct decoding *c, yyjson_val *info, struct process_facts *out)
{
    int64_t signer;
    int64_t status;
    out->signing_id = decode_text(c, yyjson_obj_get(info, "appid"));
    out->team_id = decode_text(c, yyjson_obj_get(info, "teamid"));
    out->cdhash = decode_cdhash(c, yyjson_obj_get(info, "cdhash"));
    if (decode_int(yyjson_obj_get(info, "signerType"), 0, 4, &signer) != DECODE_KEPT ||
        decode_int(yyjson_obj_get(info, "status"), INT32_MIN, INT32_MAX, &status) != DECODE_KEPT)
        return;
    out->cs_told = true;
    if (signer == 4)
        return;
    out->cs_flags = CS_SIGNED | (status == 0 ? CS_VALID : 0u) | (signer == 3 ? CS_ADHOC : 0u);
    out->is_platform = signer == 0 && status == 0 && is_signed_by_apple(info);
}

// The leaf certificate of what Apple ships with macOS; its applications of the store have others.
static bool is_signed_by_apple(yyjson_val *info)
{
    yyjson_val *leaf = yyjson_arr_get_first(yyjson_obj_get(info, "authorities"));
    return yyjson_equals_str(leaf, "Software Signing");
}

// The hash of the executable, and the name of the user, which stand with the binaries and the users.
static void take_related(struct decoding *c, yyjson_val *process, yyjson_val *related)
{
    const str path = c->event->process.executable;
    yyjson_val *user =
        find_by_number(yyjson_obj_get(related, "users"), "uid", yyjson_obj_get(process, "uid"));
    decode_set_text(c, FIELD_USER_NAME, decode_text(c, yyjson_obj_get(user, "name")));
    struct json_elements e = json_elements_of(yyjson_obj_get(related, "binaries"));
    while (path.len > 0 && json_take_element(&e)) {
        yyjson_val *other = yyjson_obj_get(e.val, "path");
        if (!yyjson_is_str(other) || !str_eq(json_str(other), path))
            continue;
        decode_set_text(c, FIELD_PROCESS_HASH_SHA256,
                        decode_text(c, yyjson_obj_get(e.val, "sha256hex")));
        break;
    }
}

// A path that is not the process's own is the file that it is about.
static void take_file(struct decoding *c, yyjson_val *event)
{
    str path = decode_text(c, yyjson_obj_get(event, "path"));
    if (path.len == 0)
        path = decode_text(c, yyjson_obj_get(event, "targetPath"));
    if (str_eq(path, c->event->process.executable))
        return;
    decode_set_file(c, path);
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH, decode_text(c, yyjson_obj_get(event, "prevFile")));
}
