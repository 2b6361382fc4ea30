// OCSF 1.5 Detection Finding (class 2004): docs/FINDINGS.md says what comes from where.

#include "sink/evidence.h"
#include "sink/form.h"
#include "sink/json.h"
#include "sink/summary.h"

#include <inttypes.h>

#define CATEGORY_UID  2
#define CLASS_UID     2004
#define OS_MACOS      300
#define ANALYTIC_RULE 1
#define NS_PER_MS     1000000
#define NUMBER_MAX    16u

static const struct {
    int id;
    str caption;
} severities[LEVEL_COUNT] = {
    { 1, STR_INIT("Informational") }, { 2, STR_INIT("Low") },      { 3, STR_INIT("Medium") },
    { 4, STR_INIT("High") },          { 5, STR_INIT("Critical") },
};

// What is told again, with more, is an update of the same finding.
static const struct {
    int id;
    str caption;
    str type;
} activities[] = {
    { 1, STR_INIT("Create"), STR_INIT("Detection Finding: Create") },
    { 2, STR_INIT("Update"), STR_INIT("Detection Finding: Update") },
};

// status_id: an expected or excepted finding is one that somebody has spoken for.
static const struct {
    int id;
    str caption;
} statuses[] = {
    [VERDICT_NEW] = { 1, STR_INIT("New") },
    [VERDICT_EXPECTED] = { 3, STR_INIT("Suppressed") },
    [VERDICT_EXCEPTED] = { 3, STR_INIT("Suppressed") },
};

// The techniques that rules of the analytic name; one that is not here has its number only.
static const struct {
    str uid;
    str name;
} techniques[] = {
    { STR_INIT("T1055"), STR_INIT("Process Injection") },
    { STR_INIT("T1059"), STR_INIT("Command and Scripting Interpreter") },
    { STR_INIT("T1059.002"), STR_INIT("AppleScript") },
    { STR_INIT("T1059.004"), STR_INIT("Unix Shell") },
    { STR_INIT("T1059.006"), STR_INIT("Python") },
    { STR_INIT("T1059.007"), STR_INIT("JavaScript") },
    { STR_INIT("T1106"), STR_INIT("Native API") },
    { STR_INIT("T1129"), STR_INIT("Shared Modules") },
    { STR_INIT("T1543"), STR_INIT("Create or Modify System Process") },
    { STR_INIT("T1543.001"), STR_INIT("Launch Agent") },
    { STR_INIT("T1546"), STR_INIT("Event Triggered Execution") },
    { STR_INIT("T1546.006"), STR_INIT("LC_LOAD_DYLIB Addition") },
    { STR_INIT("T1574"), STR_INIT("Hijack Execution Flow") },
    { STR_INIT("T1574.004"), STR_INIT("Dylib Hijacking") },
    { STR_INIT("T1574.006"), STR_INIT("Dynamic Linker Hijacking") },
    { STR_INIT("T1620"), STR_INIT("Reflective Code Loading") },
};

enum observable {
    OBSERVABLE_HOST,
    OBSERVABLE_PROCESS,
    OBSERVABLE_HASH
};

static const struct {
    str name;
    int type_id;
    str type;
} observables[] = {
    [OBSERVABLE_HOST] = { STR_INIT("device.hostname"), 1, STR_INIT("Hostname") },
    [OBSERVABLE_PROCESS] = { STR_INIT("evidences.actor.process.name"), 9,
                             STR_INIT("Process Name") },
    [OBSERVABLE_HASH] = { STR_INIT("evidences.actor.process.file.hashes.value"), 8,
                          STR_INIT("Hash") },
};

static void add_class(struct buf *out, const struct finding *f);
static void add_metadata(struct buf *out, const struct finding *f);
static void add_message_uid(struct buf *out, const struct finding *f);
static void add_device(struct buf *out, const struct finding *f);
static bool is_hostname(str name);
static void add_finding_info(struct buf *out, const struct finding *f);
static void add_analytic(struct buf *out, str key, const struct rule_facts *rule);
static void add_attack(struct buf *out, str technique);
static void add_technique(struct buf *out, str key, str uid);
static void add_evidences(struct buf *out, const struct finding *f);
static void add_observables(struct buf *out, const struct finding *f);
static void add_observable(struct buf *out, enum observable kind, str value);
static void add_unmapped(struct buf *out, const struct finding *f);
static int64_t ms_of(int64_t time_ns);

void sink_add_ocsf(struct buf *out, const struct finding *f, const struct sink_options *options)
{
    (void)options;
    sink_json_open(out, STR_EMPTY, '{');
    add_class(out, f);
    add_metadata(out, f);
    add_device(out, f);
    add_finding_info(out, f);
    add_evidences(out, f);
    add_observables(out, f);
    if (f->rule->playbook.len > 0) {
        sink_json_open(out, STR("remediation"), '{');
        sink_json_text(out, STR("desc"), f->rule->playbook);
        sink_json_close(out, '}');
    }
    add_unmapped(out, f);
    sink_json_close(out, '}');
    buf_add_char(out, '\n');
}

static void add_class(struct buf *out, const struct finding *f)
{
    static const str confidences[] = { STR_INIT("Low"), STR_INIT("Medium"), STR_INIT("High") };
    const size_t confidence = f->confidence < 40 ? 0 : f->confidence < 75 ? 1 : 2;
    const bool is_update = f->revision > 0;

    sink_json_int(out, STR("class_uid"), CLASS_UID);
    sink_json_text(out, STR("class_name"), STR("Detection Finding"));
    sink_json_int(out, STR("category_uid"), CATEGORY_UID);
    sink_json_text(out, STR("category_name"), STR("Findings"));
    sink_json_int(out, STR("activity_id"), activities[is_update].id);
    sink_json_text(out, STR("activity_name"), activities[is_update].caption);
    sink_json_int(out, STR("type_uid"), CLASS_UID * 100 + activities[is_update].id);
    sink_json_text(out, STR("type_name"), activities[is_update].type);
    if (f->repeats > 0)
        sink_json_int(out, STR("count"), (int64_t)f->repeats + 1);
    sink_json_int(out, STR("time"), ms_of(f->time_ns));
    if (f->step_count > 0) {
        sink_json_int(out, STR("start_time"), ms_of(f->steps[0].time_ns));
        sink_json_int(out, STR("end_time"), ms_of(f->time_ns));
    }
    sink_json_int(out, STR("severity_id"), severities[f->level].id);
    sink_json_text(out, STR("severity"), severities[f->level].caption);
    sink_json_int(out, STR("status_id"), statuses[f->verdict].id);
    sink_json_text(out, STR("status"), statuses[f->verdict].caption);
    sink_json_int(out, STR("confidence_id"), (int64_t)confidence + 1);
    sink_json_text(out, STR("confidence"), confidences[confidence]);
    sink_json_int(out, STR("confidence_score"), f->confidence);
    sink_json_int(out, STR("risk_score"), f->score);
    sink_json_bool(out, STR("is_alert"), f->verdict == VERDICT_NEW);
    sink_json_text(out, STR("message"), f->rule->title);
}

static void add_metadata(struct buf *out, const struct finding *f)
{
    const str profiles[] = { STR("host") };

    sink_json_open(out, STR("metadata"), '{');
    sink_json_text(out, STR("version"), STR("1.5.0"));
    sink_json_open(out, STR("product"), '{');
    sink_json_text(out, STR("name"), STR("Pomona"));
    sink_json_text(out, STR("vendor_name"), STR("Pomona"));
    sink_json_text(out, STR("version"), STR(POMONA_VERSION));
    sink_json_close(out, '}');
    sink_json_texts(out, STR("profiles"), profiles, COUNT_OF(profiles));
    add_message_uid(out, f);
    sink_json_close(out, '}');
}

// A reader may drop a message whose uid it has: a revision has one of its own.
static void add_message_uid(struct buf *out, const struct finding *f)
{
    char uid[sizeof f->id + 12];
    if (f->revision == 0)
        (void)snprintf(uid, sizeof uid, "%s", f->id);
    else
        (void)snprintf(uid, sizeof uid, "%s.%" PRIu32, f->id, f->revision);
    sink_json_text(out, STR("uid"), str_of(uid));
}

static void add_device(struct buf *out, const struct finding *f)
{
    sink_json_open(out, STR("device"), '{');
    sink_json_int(out, STR("type_id"), 0);
    sink_json_text(out, STR("type"), STR("Unknown"));
    sink_json_text(out, STR("uid"), f->host_id);
    sink_json_text_known(out, is_hostname(f->host_name) ? STR("hostname") : STR("name"),
                         f->host_name);
    sink_json_open(out, STR("os"), '{');
    sink_json_text(out, STR("name"), STR("macOS"));
    sink_json_int(out, STR("type_id"), OS_MACOS);
    sink_json_text(out, STR("type"), STR("macOS"));
    sink_json_close(out, '}');
    sink_json_close(out, '}');
}

// What the schema's type hostname_t may hold: labels of letters, digits and inner hyphens, with
// dots between them.
static bool is_hostname(str name)
{
    char before = '.';
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.at[i];
        const bool is_joint = c == '.' || c == '-';
        const bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && !(is_joint && before != '.' && !(c == '.' && before == '-')))
            return false;
        before = c;
    }
    return before != '.' && before != '-';
}

static void add_finding_info(struct buf *out, const struct finding *f)
{
    const struct rule_facts *rule = f->rule;

    sink_json_open(out, STR("finding_info"), '{');
    sink_json_text(out, STR("uid"), str_of(f->id));
    sink_json_text(out, STR("title"), rule->title);
    sink_json_text_known(out, STR("desc"), rule->description);
    sink_json_int(out, STR("created_time"), ms_of(f->time_ns));
    add_analytic(out, STR("analytic"), rule);
    if (f->also_count > 0) {
        sink_json_open(out, STR("related_analytics"), '[');
        for (size_t i = 0; i < f->also_count; i++)
            add_analytic(out, STR_EMPTY, f->also[i]->rule);
        sink_json_close(out, ']');
    }
    if (rule->technique_count > 0) {
        sink_json_open(out, STR("attacks"), '[');
        for (size_t i = 0; i < rule->technique_count; i++)
            add_attack(out, rule->techniques[i]);
        sink_json_close(out, ']');
    }
    sink_json_close(out, '}');
}

static void add_analytic(struct buf *out, str key, const struct rule_facts *rule)
{
    char version[NUMBER_MAX];
    struct buf uid;
    buf_init(&uid, SINK_FINDING_MAX);
    buf_add(&uid, STR(SINK_ANALYTIC "/"));
    buf_add(&uid, rule->id);
    (void)snprintf(version, sizeof version, "%" PRIu32, rule->version);

    sink_json_open(out, key, '{');
    sink_json_text(out, STR("uid"), buf_str(&uid));
    sink_json_text(out, STR("name"), rule->title);
    sink_json_int(out, STR("type_id"), ANALYTIC_RULE);
    sink_json_text(out, STR("type"), STR("Rule"));
    sink_json_text(out, STR("version"), str_of(version));
    sink_json_close(out, '}');
    buf_done(&uid);
}

// "T1574.006" is sub-technique T1574.006 of technique T1574.
static void add_attack(struct buf *out, str technique)
{
    const size_t dot = str_find_char(technique, '.');

    sink_json_open(out, STR_EMPTY, '{');
    add_technique(out, STR("technique"), str_to(technique, dot));
    if (dot < technique.len)
        add_technique(out, STR("sub_technique"), technique);
    sink_json_text(out, STR("version"), STR(SINK_ATTACK_VERSION));
    sink_json_close(out, '}');
}

static void add_technique(struct buf *out, str key, str uid)
{
    sink_json_open(out, key, '{');
    sink_json_text(out, STR("uid"), uid);
    for (size_t i = 0; i < COUNT_OF(techniques); i++)
        if (str_eq(techniques[i].uid, uid))
            sink_json_text(out, STR("name"), techniques[i].name);
    sink_json_close(out, '}');
}

static void add_evidences(struct buf *out, const struct finding *f)
{
    if (f->step_count == 0)
        return;
    sink_json_open(out, STR("evidences"), '[');
    for (size_t i = 0; i < f->step_count; i++)
        sink_add_evidence(out, &f->steps[i]);
    sink_json_close(out, ']');
}

// What one would look for elsewhere: the host, the program and its hash.
static void add_observables(struct buf *out, const struct finding *f)
{
    const struct finding_step *last = sink_last_step(f);
    const str host = is_hostname(f->host_name) ? f->host_name : STR_EMPTY;
    str process = STR_EMPTY;
    str hash = STR_EMPTY;
    if (last != NULL) {
        process = str_base_name(sink_text_of(last, FIELD_PROCESS_EXECUTABLE));
        hash = sink_text_of(last, FIELD_PROCESS_HASH_CDHASH);
        hash = sink_is_hash(hash) ? hash : STR_EMPTY;
    }
    if (host.len + process.len + hash.len == 0)
        return;

    sink_json_open(out, STR("observables"), '[');
    add_observable(out, OBSERVABLE_HOST, host);
    add_observable(out, OBSERVABLE_PROCESS, process);
    add_observable(out, OBSERVABLE_HASH, hash);
    sink_json_close(out, ']');
}

static void add_observable(struct buf *out, enum observable kind, str value)
{
    if (value.len == 0)
        return;
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_text(out, STR("name"), observables[kind].name);
    sink_json_int(out, STR("type_id"), observables[kind].type_id);
    sink_json_text(out, STR("type"), observables[kind].type);
    sink_json_text(out, STR("value"), value);
    sink_json_close(out, '}');
}

// What the class has no attribute for.
static void add_unmapped(struct buf *out, const struct finding *f)
{
    const struct sink_linkage linkage = sink_linkage_of(f);

    sink_json_open(out, STR("unmapped"), '{');
    sink_json_text(out, STR("strategy"), STR(SINK_STRATEGY));
    sink_json_text(out, STR("verdict"), verdict_name(f->verdict));
    sink_json_text_known(out, STR("verdict_by"), f->verdict_by);
    sink_json_texts(out, STR("reasons"), f->reasons, f->reason_count);
    sink_json_texts(out, STR("unseen"), f->unseen, f->unseen_count);
    sink_json_text(out, STR("native_api"), linkage.verdict);
    sink_json_text_known(out, STR("native_api_because"), linkage.because);
    sink_json_close(out, '}');
}

// Rounded down, before 1970 too.
static int64_t ms_of(int64_t time_ns)
{
    return time_ns / NS_PER_MS - (time_ns % NS_PER_MS < 0 ? 1 : 0);
}
