// OCSF's findings that tell of something that happened: alerts.

#include "decode/ocsf.h"

static void take_rule(struct decoding *c, yyjson_val *record);
static yyjson_val *find_evidence(struct decoding *c, yyjson_val *evidences);
static bool names_process(struct decoding *c, yyjson_val *evidence);
static void take_processes(struct decoding *c, yyjson_val *evidence);
static bool is_child_of(struct decoding *c, yyjson_val *process, yyjson_val *parent);
static void take_things(struct decoding *c, yyjson_val *evidence);

// The first evidence that names a process; a finding of the first version has the process itself.
// One that names none is of the host alone.
bool decode_ocsf_finding(struct decoding *c, const struct json_index *record)
{
    yyjson_val *evidences = JSON_GET(record, "evidences");
    yyjson_val *evidence = find_evidence(c, evidences);
    c->is_value_odd |= evidences != NULL && !yyjson_is_null(evidences) && !yyjson_is_arr(evidences);
    take_rule(c, record->object);
    if (evidence == NULL || (!names_process(c, evidence) && names_process(c, record->object)))
        evidence = record->object;
    if (names_process(c, evidence))
        take_processes(c, evidence);
    take_things(c, evidence);
    return true;
}

static void take_rule(struct decoding *c, yyjson_val *record)
{
    yyjson_val *info = decode_ocsf_object(c, record, "finding_info");
    if (info == NULL)
        info = decode_ocsf_object(c, record, "finding");  // Before 1.1.
    yyjson_val *analytic = decode_ocsf_object(c, info, "analytic");
    if (analytic == NULL)
        analytic = decode_ocsf_object(c, record, "analytic");
    const str title = decode_ocsf_text(c, info, "title");
    const str rule = decode_ocsf_text(c, analytic, "uid");
    const str message = decode_ocsf_text(c, record, "message");
    const int64_t severity = decode_ocsf_int(c, yyjson_obj_get(record, "severity_id"), INT32_MAX);

    decode_set_text(c, FIELD_RULE_NAME,
                    title.len > 0 ? title : decode_ocsf_text(c, analytic, "name"));
    decode_set_text(c, FIELD_RULE_ID, rule.len > 0 ? rule : decode_ocsf_text(c, info, "uid"));
    decode_set_text(c, FIELD_MESSAGE,
                    message.len > 0 ? message : decode_ocsf_text(c, info, "desc"));
    if (severity >= 0)
        decode_set(c, FIELD_EVENT_SEVERITY, value_of_int(severity));
}

static yyjson_val *find_evidence(struct decoding *c, yyjson_val *evidences)
{
    struct json_elements e = json_elements_of(evidences);
    while (json_take_element(&e))
        if (names_process(c, e.val))
            return e.val;
    yyjson_val *first = yyjson_arr_get_first(evidences);
    return yyjson_is_obj(first) ? first : NULL;
}

static bool names_process(struct decoding *c, yyjson_val *evidence)
{
    return decode_ocsf_is_named(c, yyjson_obj_get(evidence, "process")) ||
           decode_ocsf_is_named(c, yyjson_obj_get(yyjson_obj_get(evidence, "actor"), "process"));
}

// The actor is the source of the activity, the process its target. A target that is the actor's
// child was launched: it is what the alert is about.
static void take_processes(struct decoding *c, yyjson_val *evidence)
{
    yyjson_val *actor = decode_ocsf_object(c, evidence, "actor");
    yyjson_val *source = decode_ocsf_object(c, actor, "process");
    yyjson_val *process = decode_ocsf_object(c, evidence, "process");
    if (!decode_ocsf_is_named(c, source) ||
        (decode_ocsf_is_named(c, process) && is_child_of(c, process, source))) {
        (void)decode_ocsf_process(c, process, "evidences.process");
        return;
    }
    (void)decode_ocsf_process(c, source, "evidences.actor.process");
    decode_ocsf_user(c, decode_ocsf_object(c, actor, "user"));
    if (decode_ocsf_is_named(c, process) && !decode_ocsf_is_same(c, source, process))
        (void)decode_ocsf_target(c, process, "evidences.process");
}

static bool is_child_of(struct decoding *c, yyjson_val *process, yyjson_val *parent)
{
    return decode_ocsf_is_same(c, decode_ocsf_object(c, process, "parent_process"), parent);
}

static void take_things(struct decoding *c, yyjson_val *evidence)
{
    yyjson_val *module = decode_ocsf_object(c, evidence, "module");
    decode_set_file(c, decode_ocsf_text(c, decode_ocsf_object(c, evidence, "file"), "path"));
    decode_set_text(c, FIELD_API_NAME,
                    decode_ocsf_text(c, decode_ocsf_object(c, evidence, "api"), "operation"));
    decode_ocsf_endpoint(c, decode_ocsf_object(c, evidence, "dst_endpoint"));
    if (module != NULL)
        decode_ocsf_module(c, module);
}
