// eslogger: events as Apple's eslogger(1) prints them, one JSON object a line. Keys come in any
// order; what is unknown is skipped; only what an event cannot be without is insisted on.

#include "decode/eslogger.h"

#define VERSION_MIN 6  // macOS 13.0
#define VERSION_MAX 11
#define KEYS_MAX    12  // Of a whole record.

static bool is_eslogger(const struct json_index *record);
static bool is_plain(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static const struct eslogger_kind *find_kind(struct decoding *c, const struct eslogger_shape *shape,
                                             yyjson_val *event, yyjson_val **out_body);

const struct dialect decode_eslogger = {
    .name = STR_INIT("eslogger"),
    .recognises = is_eslogger,
    .claims = is_plain,
    .decode = decode_record,
};

// Any of these will do: a record of eslogger stays one when a key of it is lost.
static bool is_eslogger(const struct json_index *record)
{
    return JSON_GET(record, "global_seq_num") != NULL || JSON_GET(record, "event_type") != NULL ||
           JSON_GET(record, "mach_time") != NULL || JSON_GET(record, "schema_version") != NULL;
}

// Others that have its shape write more keys beside these.
static bool is_plain(const struct json_index *record)
{
    return yyjson_obj_size(record->object) <= KEYS_MAX &&
           JSON_GET(record, "schema_version") != NULL && JSON_GET(record, "global_seq_num") != NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    const struct eslogger_shape shape = {
        .global_number = JSON_GET(record, "global_seq_num"),
        .numbering = NUMBERING_ALL,
    };
    return decode_eslogger_record(c, record, &shape);
}

bool decode_eslogger_record(struct decoding *c, const struct json_index *record,
                            const struct eslogger_shape *shape)
{
    yyjson_val *body;
    struct json_index members;
    // First, because numbers and their stamp count also where there is no event.
    decode_eslogger_numbers(c, record, shape);
    const bool has_time = decode_eslogger_time(c, JSON_GET(record, "time"));
    const struct eslogger_kind *kind = find_kind(c, shape, JSON_GET(record, "event"), &body);
    if (kind == NULL || !has_time)
        return false;
    c->event->action = kind->action;

    // For these two the process of the record is the one before.
    const bool is_start = kind->action == ACTION_EXEC || kind->action == ACTION_FORK;
    struct process_facts *actor = is_start ? &c->event->previous : &c->event->process;
    yyjson_val *process = JSON_GET(record, "process");
    const bool is_known_without = is_start && (process == NULL || yyjson_is_null(process));
    if (!is_known_without && !decode_eslogger_process(c, process, "process", actor))
        return false;
    if (!yyjson_is_obj(body))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "what \"event\" holds", NULL);
    json_index_of(body, &members);
    return kind->decode(c, &members);
}

void decode_eslogger_numbers(struct decoding *c, const struct json_index *record,
                             const struct eslogger_shape *shape)
{
    struct event *event = c->event;
    yyjson_val *global = shape->global_number;
    yyjson_val *of_type = JSON_GET(record, "seq_num");
    const int64_t version = decode_int_or_none(JSON_GET(record, "version"), INT32_MAX);
    const int64_t type = decode_int_or_none(JSON_GET(record, "event_type"), UINT32_MAX);

    event->numbering = shape->numbering;
    c->is_version_unknown = version < VERSION_MIN || version > VERSION_MAX;
    event->type_number = type < 0 ? UINT32_MAX : (uint32_t)type;
    // Without its type's number, a type's sequence is nobody's.
    event->has_type_sequence = type >= 0 && yyjson_is_uint(of_type);
    event->type_sequence = yyjson_get_uint(of_type);
    event->has_sequence = yyjson_is_uint(global);
    event->sequence = yyjson_get_uint(global);
}

// "event" has one member, named after the event. Should it ever have more, the known one counts.
static const struct eslogger_kind *find_kind(struct decoding *c, const struct eslogger_shape *shape,
                                             yyjson_val *event, yyjson_val **out_body)
{
    const bool is_missing = event == NULL || yyjson_is_null(event);
    if (is_missing || !yyjson_is_obj(event) || yyjson_obj_size(event) == 0) {
        const bool is_other = !is_missing && !yyjson_is_obj(event);
        (void)decode_refuse(c, is_other ? DECODE_DROP_WRONG_TYPE : DECODE_DROP_MISSING_KEY, "event",
                            NULL);
        return NULL;
    }

    struct json_members m = json_members_of(event);
    while (json_take_member(&m)) {
        const struct eslogger_kind *kind = decode_eslogger_kind(m.key);
        if (kind == NULL && shape->own_kind != NULL)
            kind = shape->own_kind(m.key);
        if (kind != NULL && kind->decode == NULL) {
            (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
            return NULL;
        }
        *out_body = m.val;
        if (kind != NULL)
            return kind;
        if (c->unknown_event.len == 0)
            c->unknown_event = m.key;
    }
    if (decode_is_shallow(c, event))
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
    return NULL;
}

bool decode_eslogger_time(struct decoding *c, yyjson_val *time)
{
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "time", NULL);
    if (!yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "time", NULL);
    if (!decode_time(json_str(time), &c->event->time_ns) &&
        !decode_time_loose(json_str(time), &c->event->time_ns))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "time", NULL);
    return true;
}

yyjson_val *decode_eslogger_subject(struct decoding *c, const struct json_index *record)
{
    yyjson_val *event = JSON_GET(record, "event");
    if (c->event->action == ACTION_EXEC)
        return yyjson_obj_get(yyjson_obj_get(event, "exec"), "target");
    if (c->event->action == ACTION_FORK)
        return yyjson_obj_get(yyjson_obj_get(event, "fork"), "child");
    return JSON_GET(record, "process");
}
