// jamf-alert: what Jamf Protect itself found worth telling somebody. Newer clients put their verdict
// ("match") beside a record of eslogger's shape, which may be a question of Endpoint Security (AUTH)
// as well as news of it; older ones describe the happening in their own words (jamf_alert_old.c).
//
// An alert is one whatever its happening is: no event type is nothing to us here.

#include "decode/jamf.h"

static bool is_jamf_alert(const struct json_index *record);
static str product_of(yyjson_val *metadata);
static bool decode_alert(struct decoding *c, const struct json_index *record);
static bool refuse_without_match(struct decoding *c, const struct json_index *record,
                                 yyjson_val *match);
static bool take_happening(struct decoding *c, const struct json_index *alert);
static const struct eslogger_kind *find_kind(yyjson_val *event, struct json_index *out_body);
static bool take_process(struct decoding *c, const struct json_index *alert, enum action action,
                         const struct json_index *body);
static void take_subject(struct decoding *c, const struct json_index *body);
static void go_on(struct decoding *c);
static void take_verdict(struct decoding *c, yyjson_val *match);
static yyjson_val *gravest_fact(yyjson_val *facts);
static str reason_of(struct decoding *c, yyjson_val *fact);
static str value_of_match(struct decoding *c, yyjson_val *match, const char *key,
                          const char *old_key);
static str joined(struct decoding *c, str front, const char *between, str back);

const struct dialect decode_jamf_alert = {
    .name = STR_INIT("jamf-alert"),
    .recognises = is_jamf_alert,
    .decode = decode_alert,
};

// The cloud adds its account ("caid") and may wrap an older alert in "input"; the client's own are
// the verdict's facts. Only "match" shares a slot with one of eslogger's keys, so it comes last.
static bool is_jamf_alert(const struct json_index *record)
{
    if (JSON_GET(record, "caid") != NULL || JSON_GET(record, "alert_type") != NULL)
        return true;
    yyjson_val *input = JSON_GET(record, "input");
    if (input != NULL && yyjson_obj_get(yyjson_obj_get(input, "match"), "facts") != NULL)
        return true;
    const str product = product_of(JSON_GET(record, "metadata"));
    return str_starts_with(product, STR("Jamf Protect Alerts")) ||
           ((JSON_GET(record, "host") != NULL || JSON_GET(record, "related") != NULL) &&
            yyjson_obj_get(JSON_GET(record, "match"), "facts") != NULL);
}

static str product_of(yyjson_val *metadata)
{
    yyjson_val *product = yyjson_obj_get(metadata, "product");
    return yyjson_is_str(product) ? json_str(product) : STR_EMPTY;
}

static bool decode_alert(struct decoding *c, const struct json_index *record)
{
    struct json_index alert;
    yyjson_val *input = JSON_GET(record, "input");
    json_index_of(yyjson_is_obj(input) ? input : record->object, &alert);
    yyjson_val *match = JSON_GET(&alert, "match");

    // The client counts each of its connections to Endpoint Security for itself, and an alert does
    // not say which it came by: its numbers are shown and tell no record from another.
    c->event->numbering = NUMBERING_ORDER;
    decode_set(c, FIELD_EVENT_SEQUENCE, decode_number(JSON_GET(&alert, "global_seq_num")));
    decode_jamf_host(c, JSON_GET(&alert, "host"));
    if (!yyjson_is_obj(match))
        return refuse_without_match(c, record, match);

    c->event->action = ACTION_ALERT;
    const bool is_old = yyjson_is_obj(yyjson_obj_get(match, "event"));
    if (!(is_old ? decode_jamf_alert_old(c, &alert) : take_happening(c, &alert)))
        return false;
    take_verdict(c, match);
    c->event->action = ACTION_ALERT;
    return true;
}

// The same way comes what else the account is told: changes of computers, who did what in the cloud.
static bool refuse_without_match(struct decoding *c, const struct json_index *record,
                                 yyjson_val *match)
{
    yyjson_val *topic = JSON_GET(record, "topicType");
    if (yyjson_is_str(topic) && !yyjson_equals_str(topic, "alert"))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "no alert", NULL);
    const bool is_missing = match == NULL || yyjson_is_null(match);
    return decode_refuse(c, is_missing ? DECODE_DROP_MISSING_KEY : DECODE_DROP_WRONG_TYPE, "match",
                         NULL);
}

static bool take_happening(struct decoding *c, const struct json_index *alert)
{
    struct json_index body;
    const struct eslogger_kind *kind = find_kind(JSON_GET(alert, "event"), &body);
    const enum action action = kind == NULL ? ACTION_COUNT : kind->action;
    if (!decode_eslogger_time(c, JSON_GET(alert, "time")) || !take_process(c, alert, action, &body))
        return false;
    if (kind == NULL || kind->decode == NULL)
        take_subject(c, &body);
    else if (action != ACTION_EXEC && action != ACTION_FORK && !kind->decode(c, &body))
        go_on(c);
    return true;
}

// The known one of the event's members, or its last. Without any, `out_body` is of nothing.
static const struct eslogger_kind *find_kind(yyjson_val *event, struct json_index *out_body)
{
    const struct eslogger_kind *kind = NULL;
    struct json_members m = json_members_of(event);
    json_index_of(NULL, out_body);
    while (kind == NULL && json_take_member(&m)) {
        kind = decode_eslogger_kind(m.key);
        json_index_of(m.val, out_body);
    }
    return kind;
}

// The alert of an exec is about the image that came, or would have come; any other about who acted.
static bool take_process(struct decoding *c, const struct json_index *alert, enum action action,
                         const struct json_index *body)
{
    struct event *event = c->event;
    yyjson_val *process = JSON_GET(alert, "process");
    if (action == ACTION_EXEC) {
        const struct eslogger_kind *exec = decode_eslogger_kind(STR("exec"));
        process = exec->decode(c, body) ? JSON_GET(body, "target") : process;
        event->action = ACTION_ALERT;
    }
    if (action == ACTION_FORK &&
        !decode_eslogger_process(c, JSON_GET(body, "child"), "event.fork.child", &event->target))
        go_on(c);
    if (!event->process.present && !decode_eslogger_process(c, process, "process", &event->process))
        return false;
    go_on(c);
    decode_jamf_user(c, process);
    return true;
}

// Of a type that has no decoder: its target, as most have one, is a process or a file.
static void take_subject(struct decoding *c, const struct json_index *body)
{
    yyjson_val *target = JSON_GET(body, "target");
    yyjson_val *file = JSON_GET(body, "file");
    yyjson_val *detected = JSON_GET(body, "detected_path");
    if (yyjson_obj_get(target, "audit_token") != NULL)
        (void)decode_eslogger_process(c, target, "target", &c->event->target);
    else if (target != NULL || file != NULL)
        decode_set_file(c, decode_eslogger_path(c, target != NULL ? target : file));
    else
        decode_set_file(c, decode_text(c, detected));
    go_on(c);
}

// What the happening lacks does not undo the alert.
static void go_on(struct decoding *c)
{
    c->is_value_odd |= c->drop == DECODE_DROP_WRONG_TYPE || c->drop == DECODE_DROP_OUT_OF_RANGE;
    c->drop = DECODE_KEPT;
}

static void take_verdict(struct decoding *c, yyjson_val *match)
{
    yyjson_val *fact = gravest_fact(yyjson_obj_get(match, "facts"));
    const str name = decode_text(c, yyjson_obj_get(fact, "name"));
    const str id = decode_text(c, yyjson_obj_get(fact, "uuid"));
    const str value = value_of_match(c, match, "value", "matchValue");
    const str type = value_of_match(c, match, "type", "matchType");
    struct value severity = decode_number(yyjson_obj_get(match, "severity"));
    if (severity.type == VALUE_MISSING)
        severity = decode_number(yyjson_obj_get(fact, "severity"));

    decode_set_text(c, FIELD_RULE_NAME, name.len > 0 ? name : value);
    decode_set_text(c, FIELD_RULE_ID,
                    id.len > 0 ? id : decode_text(c, yyjson_obj_get(match, "uuid")));
    decode_set(c, FIELD_EVENT_SEVERITY, severity);
    decode_set_text(c, FIELD_MESSAGE,
                    joined(c, reason_of(c, fact), " ", joined(c, type, ": ", value)));
}

// An alert has a fact for each rule that it came of; of equals the first.
static yyjson_val *gravest_fact(yyjson_val *facts)
{
    yyjson_val *gravest = NULL;
    int64_t most = INT64_MIN;
    struct json_elements e = json_elements_of(facts);
    while (json_take_element(&e)) {
        const int64_t severity = decode_int_or_none(yyjson_obj_get(e.val, "severity"), INT64_MAX);
        if (!yyjson_is_obj(e.val) || severity <= most)
            continue;
        gravest = e.val;
        most = severity;
    }
    return gravest;
}

static str reason_of(struct decoding *c, yyjson_val *fact)
{
    const str human = decode_text(c, yyjson_obj_get(fact, "human"));
    yyjson_val *reason = yyjson_obj_get(fact, "match_reason");
    if (reason == NULL)
        reason = yyjson_obj_get(fact, "matchReason");
    return joined(c, human, str_ends_with(human, STR(".")) ? " " : ": ", decode_text(c, reason));
}

static str value_of_match(struct decoding *c, yyjson_val *match, const char *key,
                          const char *old_key)
{
    yyjson_val *val = yyjson_obj_get(match, key);
    return decode_text(c,
                       val != NULL ? val : yyjson_obj_get(yyjson_obj_get(match, "event"), old_key));
}

// Where one is empty, the other alone.
static str joined(struct decoding *c, str front, const char *between, str back)
{
    const str link = str_of(between);
    if (front.len == 0 || back.len == 0)
        return front.len > 0 ? front : back;
    const size_t len = front.len + link.len + back.len;
    char *text = arena_alloc(&c->batch->arena, len);
    memcpy(text, front.at, front.len);
    memcpy(text + front.len, link.at, link.len);
    memcpy(text + front.len + link.len, back.at, back.len);
    c->is_text_cut |= len > DECODE_TEXT_MAX;
    return str_to((str){ .at = text, .len = len }, DECODE_TEXT_MAX);
}
