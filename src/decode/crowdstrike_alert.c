// CrowdStrike's detections: summaries as the streaming API sends them ("metadata" and "event"), and
// the same without their envelope, as Falcon Data Replicator writes them.

#include "decode/crowdstrike.h"

static bool is_summary(yyjson_val *event);
static bool is_detection(str type);
static bool take_time(struct decoding *c, yyjson_val *event, yyjson_val *metadata);
static bool is_of_mac(struct decoding *c, yyjson_val *event, str path);
static str first_text(struct decoding *c, yyjson_val *event, const str *names, size_t count);

#define TEXT_OF(c, event, ...) \
    first_text((c), (event), (const str[]){ __VA_ARGS__ }, COUNT_OF(((const str[]){ __VA_ARGS__ })))

bool decode_crowdstrike_is_alert(const struct json_index *record)
{
    yyjson_val *metadata = JSON_GET(record, "metadata");
    return yyjson_obj_get(metadata, "customerIDString") != NULL ||
           yyjson_obj_get(metadata, "eventCreationTime") != NULL ||
           JSON_GET(record, "FalconHostLink") != NULL ||
           JSON_GET(record, "PatternDispositionValue") != NULL ||
           JSON_GET(record, "PatternDispositionFlags") != NULL ||
           is_summary(JSON_GET(record, "event"));
}

static bool is_summary(yyjson_val *event)
{
    return yyjson_obj_get(event, "FalconHostLink") != NULL ||
           yyjson_obj_get(event, "PatternDispositionValue") != NULL ||
           yyjson_obj_get(event, "PatternDispositionFlags") != NULL;
}

static const struct mapping told[] = {
    MAP_SLOT("UserName", AS_TEXT, USER_NAME),
    MAP_SLOT("Severity", AS_INT, EVENT_SEVERITY),
};

bool decode_crowdstrike_alert(struct decoding *c, yyjson_val *event, yyjson_val *metadata)
{
    struct process_facts *process = &c->event->process;
    yyjson_val *type = yyjson_obj_get(metadata, "eventType");
    if (!yyjson_is_obj(event))
        return decode_refuse(c, event == NULL ? DECODE_DROP_MISSING_KEY : DECODE_DROP_WRONG_TYPE,
                             "event", NULL);
    decode_edr_set_host(c, TEXT_OF(c, event, STR("AgentId"), STR("AgentIdString"), STR("SensorId")),
                        TEXT_OF(c, event, STR("ComputerName"), STR("Hostname")));
    if (yyjson_is_str(type) && !is_detection(json_str(type)))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "eventType", NULL);

    c->event->action = ACTION_ALERT;
    const str name = TEXT_OF(c, event, STR("FileName"));
    const str path = decode_edr_path(c, TEXT_OF(c, event, STR("FilePath")), name);
    const str parent = TEXT_OF(c, event, STR("ParentImageFilePath"), STR("ParentImageFileName"));
    if (!is_of_mac(c, event, path) || !take_time(c, event, metadata) ||
        !decode_map(c, event, told, COUNT_OF(told)))
        return false;
    process->id.entity = decode_edr_entity(c, yyjson_obj_get(event, "ProcessId"));
    process->parent.entity = decode_edr_entity(c, yyjson_obj_get(event, "ParentProcessId"));
    process->executable = path;
    if (!decode_edr_is_told(c, process))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "ProcessId", NULL);
    decode_edr_set_parent(c, parent);
    decode_edr_set_sha256(c, TEXT_OF(c, event, STR("SHA256String")));
    decode_command_line(c, TEXT_OF(c, event, STR("CommandLine")));
    decode_set_text(c, FIELD_RULE_NAME, TEXT_OF(c, event, STR("DetectName"), STR("Name")));
    decode_set_text(c, FIELD_MESSAGE,
                    TEXT_OF(c, event, STR("DetectDescription"), STR("Description")));
    const str pattern = decode_edr_entity(c, yyjson_obj_get(event, "PatternId"));
    decode_set_text(c, FIELD_RULE_ID,
                    pattern.len > 0 ? pattern
                                    : TEXT_OF(c, event, STR("CompositeId"), STR("DetectId")));
    return true;
}

static bool is_detection(str type)
{
    return str_eq(type, STR("DetectionSummaryEvent")) ||
           str_eq(type, STR("EppDetectionSummaryEvent"));
}

// The detection's own time; without the envelope, what a summary tells is when the process began.
static bool take_time(struct decoding *c, yyjson_val *event, yyjson_val *metadata)
{
    yyjson_val *created = yyjson_obj_get(metadata, "eventCreationTime");
    yyjson_val *context = yyjson_obj_get(event, "ContextTimeStamp");
    yyjson_val *start = yyjson_obj_get(event, "ProcessStartTime");
    if (decode_edr_time(context, 1000000000, &c->event->time_ns) ||
        decode_edr_time(created, 1000000, &c->event->time_ns) ||
        decode_edr_time(start, 1000000000, &c->event->time_ns))
        return true;
    return decode_refuse(c, start == NULL ? DECODE_DROP_MISSING_KEY : DECODE_DROP_BAD_TIME,
                         "ProcessStartTime", NULL);
}

static bool is_of_mac(struct decoding *c, yyjson_val *event, str path)
{
    const str platform = TEXT_OF(c, event, STR("PlatformName"));
    const bool is_mac = platform.len == 0 ? !decode_edr_is_windows(path)
                                          : str_eq_nocase(str_to(platform, 3), STR("Mac"));
    return is_mac || decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
}

static str first_text(struct decoding *c, yyjson_val *event, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        yyjson_val *val = yyjson_obj_getn(event, names[i].at, names[i].len);
        const str text = decode_text(c, val);
        c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
        if (text.len > 0)
            return text;
    }
    return STR_EMPTY;
}
