// santa: SantaMessage of Santa's telemetry, printed as JSON, one message a line, or a batch of them.
// Names are those of santa.proto, or lowerCamelCase.

#include "decode/santa.h"

#define MEMBERS_MAX 8u  // Of a message; five are known.

static bool is_santa(const struct json_index *record);
static bool is_message(const struct json_index *record);
static bool holds_event(yyjson_val *record);
static yyjson_val *messages_of(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool take_time(struct decoding *c, yyjson_val *time);
static const struct santa_kind *find_kind(struct decoding *c, yyjson_val *record,
                                          yyjson_val **out_body);

const struct dialect decode_santa = {
    .name = STR_INIT("santa"),
    .recognises = is_santa,
    .decode = decode_record,
    .rows = messages_of,
};

static bool is_santa(const struct json_index *record)
{
    if (is_message(record))
        return true;
    yyjson_val *messages = messages_of(record);
    struct json_index first;
    json_index_of(yyjson_arr_get_first(messages), &first);
    return messages != NULL && is_message(&first);
}

static bool is_message(const struct json_index *record)
{
    const bool has_time = SANTA_GET(record, "event_time", "eventTime") != NULL;
    if (SANTA_GET(record, "boot_session_uuid", "bootSessionUuid") != NULL ||
        (has_time && SANTA_GET(record, "processed_time", "processedTime") != NULL))
        return true;
    // An event without its message begins with who did it.
    return yyjson_is_obj(JSON_GET(record, "instigator")) || holds_event(record->object);
}

// What is left where the members around the event are lost.
static bool holds_event(yyjson_val *record)
{
    struct json_members m = json_members_of(record);
    if (m.left > MEMBERS_MAX)
        return false;
    while (json_take_member(&m))
        if (yyjson_is_obj(yyjson_obj_get(m.val, "instigator")) && decode_santa_kind(m.key) != NULL)
            return true;
    return false;
}

// SantaMessageBatch
static yyjson_val *messages_of(const struct json_index *record)
{
    yyjson_val *messages = JSON_GET(record, "messages");
    return yyjson_is_arr(messages) && yyjson_obj_size(record->object) == 1 ? messages : NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    yyjson_val *body = NULL;
    struct json_index members;
    const str machine = SANTA_TEXT(c, record, "machine_id", "machineId");
    if (machine.len > 0 && c->event->host_told.kind == HOST_NOT_TOLD)
        c->event->host_told = (struct host_told){ .kind = HOST_BY_HARDWARE, .id = machine };

    if (!take_time(c, SANTA_GET(record, "event_time", "eventTime")))
        return false;
    const struct santa_kind *kind = find_kind(c, record->object, &body);
    if (kind == NULL)
        return false;
    if (!yyjson_is_obj(body))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "the event of the message", NULL);
    c->event->action = kind->action;
    json_index_of(body, &members);
    return kind->decode(c, &members);
}

static bool take_time(struct decoding *c, yyjson_val *time)
{
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "event_time", NULL);
    if (!yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "event_time", NULL);
    if (!decode_time_loose(json_str(time), &c->event->time_ns))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "event_time", NULL);
    return true;
}

// A message holds one event, named after it. Should it ever have more, the known one counts.
static const struct santa_kind *find_kind(struct decoding *c, yyjson_val *record,
                                          yyjson_val **out_body)
{
    struct json_members m = json_members_of(record);
    while (json_take_member(&m)) {
        const struct santa_kind *kind = yyjson_is_null(m.val) ? NULL : decode_santa_kind(m.key);
        if (kind != NULL && kind->decode == NULL) {
            (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
            return NULL;
        }
        *out_body = m.val;
        if (kind != NULL)
            return kind;
        if (c->unknown_event.len == 0 && yyjson_is_obj(m.val))
            c->unknown_event = m.key;
    }
    if (c->unknown_event.len == 0)
        (void)decode_refuse(c, DECODE_DROP_MISSING_KEY, "the event of the message", NULL);
    else if (decode_is_shallow(c, record))
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
    return NULL;
}
