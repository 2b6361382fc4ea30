// eslogger: events as Apple's eslogger(1) prints them, one JSON object a line. Keys come in any
// order; what is unknown is skipped; only what an event cannot be without is insisted on.

#include "decode/eslogger.h"

#define VERSION_MIN 6  // macOS 13.0
#define VERSION_MAX 11

// The members of a record that an event is made of; NULL where it has none.
struct envelope {
    yyjson_val *time;
    yyjson_val *process;
    yyjson_val *event;
    yyjson_val *event_type;
    yyjson_val *version;
    yyjson_val *seq_num;
    yyjson_val *global_seq_num;
};

static bool is_eslogger(yyjson_val *root);
static bool decode_record(struct decoding *c, yyjson_val *root);
static bool open_envelope(struct decoding *c, yyjson_val *root, struct envelope *out);
static const struct eslogger_kind *find_kind(struct decoding *c, yyjson_val *event,
                                             yyjson_val **out_body);
static bool take_time(struct decoding *c, yyjson_val *time);
static void take_numbers(struct decoding *c, const struct envelope *e);
static bool is_counter(yyjson_val *val);

const struct dialect decode_eslogger = {
    .name = STR_INIT("eslogger"),
    .recognises = is_eslogger,
    .decode = decode_record,
};

// About every second member is one that nobody else has, so this looks at two or three.
static bool is_eslogger(yyjson_val *root)
{
    struct json_members m = json_members_of(root);
    while (json_take_member(&m)) {
        if (JSON_KEY_IS(m.key, "mach_time") || JSON_KEY_IS(m.key, "seq_num") ||
            JSON_KEY_IS(m.key, "global_seq_num") || JSON_KEY_IS(m.key, "schema_version") ||
            JSON_KEY_IS(m.key, "event_type") || JSON_KEY_IS(m.key, "action_type"))
            return true;
    }
    return false;
}

static bool decode_record(struct decoding *c, yyjson_val *root)
{
    struct envelope e = { 0 };
    yyjson_val *body;
    if (!open_envelope(c, root, &e))
        return false;
    take_numbers(c, &e);  // First, because they count also where there is no event.
    const struct eslogger_kind *kind = find_kind(c, e.event, &body);
    if (kind == NULL || !take_time(c, e.time))
        return false;
    c->event->action = kind->action;

    // For these two the process of the record is the one before.
    const bool is_start = kind->action == ACTION_EXEC || kind->action == ACTION_FORK;
    struct process_facts *actor = is_start ? &c->event->previous : &c->event->process;
    return decode_eslogger_process(c, e.process, "process", actor) && kind->decode(c, body);
}

static bool open_envelope(struct decoding *c, yyjson_val *root, struct envelope *out)
{
    struct json_members m = json_members_of(root);
    while (json_take_member(&m)) {
        if (JSON_KEY_IS(m.key, "process"))
            out->process = m.val;
        else if (JSON_KEY_IS(m.key, "event"))
            out->event = m.val;
        else if (JSON_KEY_IS(m.key, "time"))
            out->time = m.val;
        else if (JSON_KEY_IS(m.key, "version"))
            out->version = m.val;
        else if (JSON_KEY_IS(m.key, "event_type"))
            out->event_type = m.val;
        else if (JSON_KEY_IS(m.key, "seq_num"))
            out->seq_num = m.val;
        else if (JSON_KEY_IS(m.key, "global_seq_num"))
            out->global_seq_num = m.val;
        else if (!decode_skip(c, m.val))
            return false;
    }
    return true;
}

// "event" has one member, named after the event. Should it ever have more, the known one counts.
static const struct eslogger_kind *find_kind(struct decoding *c, yyjson_val *event,
                                             yyjson_val **out_body)
{
    if (event == NULL || yyjson_is_null(event) ||
        (yyjson_is_obj(event) && yyjson_obj_size(event) == 0)) {
        (void)decode_refuse(c, DECODE_DROP_MISSING_KEY, "event", NULL);
        return NULL;
    }
    if (!yyjson_is_obj(event)) {
        (void)decode_refuse(c, DECODE_DROP_WRONG_TYPE, "event", NULL);
        return NULL;
    }

    struct json_members m = json_members_of(event);
    while (json_take_member(&m)) {
        const struct eslogger_kind *kind = decode_eslogger_kind(m.key);
        if (kind != NULL && kind->decode == NULL) {
            (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "event", NULL);
            return NULL;
        }
        *out_body = m.val;
        if (kind != NULL)
            return kind;
        if (c->unknown_event.len == 0)
            c->unknown_event = m.key;
        if (!decode_skip(c, m.val))
            return NULL;
    }
    (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "event", NULL);
    return NULL;
}

static bool take_time(struct decoding *c, yyjson_val *time)
{
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "time", NULL);
    if (!yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "time", NULL);
    if (!decode_time(json_str(time), &c->event->time_ns))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "time", NULL);
    return true;
}

static void take_numbers(struct decoding *c, const struct envelope *e)
{
    struct event *event = c->event;
    const int64_t version = decode_int_or_none(e->version, INT32_MAX);
    c->is_version_unknown = version < VERSION_MIN || version > VERSION_MAX;

    const int64_t type = decode_int_or_none(e->event_type, UINT32_MAX);
    event->type_number = type < 0 ? UINT32_MAX : (uint32_t)type;
    // Without its type's number, a type's sequence is nobody's.
    event->has_type_sequence = type >= 0 && is_counter(e->seq_num);
    if (event->has_type_sequence)
        event->type_sequence = yyjson_get_uint(e->seq_num);
    event->has_sequence = is_counter(e->global_seq_num);
    if (event->has_sequence)
        event->sequence = yyjson_get_uint(e->global_seq_num);
}

static bool is_counter(yyjson_val *val)
{
    return yyjson_is_uint(val);
}
