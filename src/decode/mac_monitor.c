// mac-monitor: exports of Mac Monitor. From 2.0 on its records are eslogger's with keys of its own
// beside them ("es_event_type", "*_human", "*_string"); those before are flat (mac_monitor_old.c).

#include "decode/mac_monitor.h"

static bool is_mac_monitor(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static void take_host(struct decoding *c, yyjson_val *sensor);

const struct dialect decode_mac_monitor = {
    .name = STR_INIT("mac-monitor"),
    .recognises = is_mac_monitor,
    .decode = decode_record,
};

// Two of its keys, so that one may be lost. Of eslogger's none shares a slot with the first two,
// nor has other sensors' "sensor_id" one of them beside it.
static bool is_mac_monitor(const struct json_index *record)
{
    if (JSON_GET(record, "macOS") == NULL && JSON_GET(record, "target_path") == NULL &&
        JSON_GET(record, "activity_at_ts") == NULL && JSON_GET(record, "telemetry_version") == NULL)
        return false;
    return JSON_GET(record, "es_event_type") != NULL || JSON_GET(record, "sensor_id") != NULL ||
           JSON_GET(record, "initiating_pid") != NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    take_host(c, JSON_GET(record, "sensor_id"));
    if (JSON_GET(record, "event") == NULL && JSON_GET(record, "process") == NULL)
        return decode_mac_monitor_old(c, record);

    // An export of all that was recorded has every message that its client received.
    const struct eslogger_shape shape = {
        .global_number = JSON_GET(record, "global_seq_num"),
        .numbering = NUMBERING_ALL,
    };
    if (!decode_eslogger_record(c, record, &shape))
        return false;
    yyjson_val *subject = decode_eslogger_subject(c, record);
    decode_set_text(c, FIELD_USER_NAME, decode_text(c, yyjson_obj_get(subject, "euid_human")));
    return true;
}

static void take_host(struct decoding *c, yyjson_val *sensor)
{
    const str id = decode_text(c, sensor);
    if (id.len > 0 && c->event->host_told.kind == HOST_NOT_TOLD)
        c->event->host_told = (struct host_told){ .kind = HOST_BY_SENSOR, .id = id };
}
