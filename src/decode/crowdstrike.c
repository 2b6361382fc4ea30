// crowdstrike: events of the Falcon sensor as Falcon Data Replicator writes them, one flat object a
// line with every value as text; the same exported from Falcon's searches, in which names may have
// "#" before or "_decimal" behind; and detections (crowdstrike_alert.c).

#include "decode/crowdstrike.h"

static bool is_crowdstrike(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool decode_sensor_event(struct decoding *c, const struct decode_keys *keys);
static const struct crowdstrike_kind *find_kind(struct decoding *c, const struct decode_keys *keys);
static bool take_time(struct decoding *c, const struct decode_keys *keys, bool is_process);

const struct dialect decode_crowdstrike = {
    .name = STR_INIT("crowdstrike"),
    .recognises = is_crowdstrike,
    .decode = decode_record,
};

static bool is_crowdstrike(const struct json_index *record)
{
    return JSON_GET(record, "event_simpleName") != NULL ||
           JSON_GET(record, "#event_simpleName") != NULL ||
           JSON_GET(record, "event_platform") != NULL ||
           (JSON_GET(record, "ConfigStateHash") != NULL && JSON_GET(record, "aid") != NULL) ||
           decode_crowdstrike_is_alert(record);
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    struct decode_keys keys;
    yyjson_val *metadata = JSON_GET(record, "metadata");
    yyjson_val *event = JSON_GET(record, "event");
    if (JSON_GET(record, "event_simpleName") == NULL && decode_crowdstrike_is_alert(record))
        return decode_crowdstrike_alert(
            c, metadata != NULL || yyjson_is_obj(event) ? event : record->object, metadata);
    decode_keys_of(record->object, &keys);
    return decode_sensor_event(c, &keys);
}

yyjson_val *decode_crowdstrike_find(const struct decode_keys *keys, str name, str decimal)
{
    yyjson_val *val = decode_find(keys, name);
    return val != NULL ? val : decode_find(keys, decimal);
}

static bool decode_sensor_event(struct decoding *c, const struct decode_keys *keys)
{
    decode_edr_set_host(c, decode_text(c, decode_find(keys, STR("aid"))),
                        decode_text(c, decode_find(keys, STR("ComputerName"))));
    const struct crowdstrike_kind *kind = find_kind(c, keys);
    if (kind == NULL)
        return false;
    c->event->action = kind->action;
    // A process that was there before the sensor did not start now: its record is told late.
    const bool is_process =
        kind->action == ACTION_EXEC && !str_eq(kind->name, STR("SyntheticProcessRollup2"));
    return take_time(c, keys, is_process) && kind->decode(c, keys);
}

static const struct crowdstrike_kind *find_kind(struct decoding *c, const struct decode_keys *keys)
{
    const str platform = decode_text(c, decode_find(keys, STR("event_platform")));
    yyjson_val *val = decode_find(keys, STR("event_simpleName"));
    if (val == NULL)
        val = decode_find(keys, STR("#event_simpleName"));
    if (platform.len > 0 && !str_eq_nocase(platform, STR("Mac"))) {
        (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
        return NULL;
    }
    if (!yyjson_is_str(val)) {
        const bool is_there = val != NULL && !yyjson_is_null(val);
        (void)decode_refuse(c, is_there ? DECODE_DROP_WRONG_TYPE : DECODE_DROP_MISSING_KEY,
                            "event_simpleName", NULL);
        return NULL;
    }
    const struct crowdstrike_kind *kind = decode_crowdstrike_kind(json_str(val));
    if (kind == NULL) {
        c->unknown_event = json_str(val);
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "event_simpleName", NULL);
        return NULL;
    }
    if (kind->decode != NULL)
        return kind;
    (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "event_simpleName", NULL);
    return NULL;
}

// The sensor's clock first; "timestamp" is when the cloud had it.
static bool take_time(struct decoding *c, const struct decode_keys *keys, bool is_process)
{
    int64_t *out = &c->event->time_ns;
    yyjson_val *start = is_process ? CROWDSTRIKE_FIND(keys, "ProcessStartTime") : NULL;
    yyjson_val *context = CROWDSTRIKE_FIND(keys, "ContextTimeStamp");
    yyjson_val *cloud = decode_find(keys, STR("timestamp"));
    if (cloud == NULL)
        cloud = decode_find(keys, STR("@timestamp"));
    if (decode_edr_time(start, 1000000000, out) || decode_edr_time(context, 1000000000, out) ||
        decode_edr_time(cloud, 1000000, out))
        return true;
    const bool is_there =
        (cloud != NULL && !yyjson_is_null(cloud)) || (context != NULL && !yyjson_is_null(context));
    return decode_refuse(c, is_there ? DECODE_DROP_BAD_TIME : DECODE_DROP_MISSING_KEY, "timestamp",
                         NULL);
}
