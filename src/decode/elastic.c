// Elastic: events of Elastic Defend (Endpoint Security), and whatever else comes as a document of
// the Elastic Common Schema and is about processes, libraries, files, connections or alerts of a Mac.

#include "decode/elastic.h"

#include "event/host.h"

static bool is_ecs(const struct json_index *record);
static bool is_whole_document(const struct json_index *record);
static yyjson_val *hits(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static void take_number(struct decoding *c, const struct elastic_record *r);
static void take_host(struct decoding *c, const struct elastic_record *r);
static bool is_other_system(const struct elastic_record *r);
static bool take_time(struct decoding *c, const struct elastic_record *r);
static void take_file(struct decoding *c, const struct elastic_record *r);
static void take_network(struct decoding *c, const struct elastic_record *r);
static void take_api(struct decoding *c, const struct elastic_record *r);
static void take_alert(struct decoding *c, const struct elastic_record *r);

const struct dialect decode_elastic = {
    .name = STR_INIT("elastic"),
    .recognises = is_ecs,
    .claims = is_whole_document,
    .decode = decode_record,
    .rows = hits,
};

// Of a document without its time or without its version, other keys of the schema tell. Others
// name their keys "event.category" as well, but none of them writes "@timestamp" or "ecs".
static bool is_ecs(const struct json_index *record)
{
    bool is_flat;
    struct json_index document;
    if (hits(record) != NULL)
        return true;
    record = decode_elastic_document(record, &document, &is_flat);

    yyjson_val *event = JSON_GET(record, "event");
    const bool has_time = JSON_GET(record, "@timestamp") != NULL;
    const bool has_version = JSON_GET(record, "ecs.version") != NULL ||
                             yyjson_obj_get(JSON_GET(record, "ecs"), "version") != NULL;
    const bool has_event =
        yyjson_obj_get(event, "category") != NULL || JSON_GET(record, "event.category") != NULL ||
        yyjson_obj_get(event, "kind") != NULL || JSON_GET(record, "event.kind") != NULL;
    const bool has_agent = yyjson_obj_get(JSON_GET(record, "agent"), "type") != NULL ||
                           JSON_GET(record, "agent.type") != NULL;
    return (has_time && has_version) || ((has_time || has_version) && (has_event || has_agent));
}

static bool is_whole_document(const struct json_index *record)
{
    return JSON_GET(record, "@timestamp") != NULL && yyjson_is_obj(JSON_GET(record, "ecs"));
}

// What a search returns.
static yyjson_val *hits(const struct json_index *record)
{
    if (JSON_GET(record, "@timestamp") != NULL)
        return NULL;
    yyjson_val *response = JSON_GET(record, "rawResponse");  // As Kibana shows it.
    yyjson_val *outer =
        yyjson_is_obj(response) ? yyjson_obj_get(response, "hits") : JSON_GET(record, "hits");
    yyjson_val *list = yyjson_obj_get(outer, "hits");
    const bool is_search = JSON_GET(record, "_shards") != NULL || yyjson_is_obj(response) ||
                           yyjson_obj_get(yyjson_arr_get_first(list), "_index") != NULL;
    return yyjson_is_arr(list) && is_search ? list : NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    struct elastic_record r;
    struct json_index document;
    bool is_flat;
    record = decode_elastic_document(record, &document, &is_flat);
    decode_elastic_find(record, is_flat, &r);
    take_number(c, &r);
    take_host(c, &r);
    if (is_other_system(&r))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system than macOS", NULL);
    if (!decode_elastic_action(c, &r, &c->event->action) || !take_time(c, &r) ||
        !decode_elastic_processes(c, &r))
        return false;

    const enum action action = c->event->action;
    const uint32_t categories = action_traits[action].categories;
    if (action == ACTION_ALERT)
        take_alert(c, &r);
    if ((categories & (CATEGORY_LIBRARY | CATEGORY_ALERT)) != 0)
        decode_elastic_library(c, &r);
    if ((categories & (CATEGORY_FILE | CATEGORY_CONFIGURATION | CATEGORY_ALERT)) != 0)
        take_file(c, &r);
    if ((categories & (CATEGORY_NETWORK | CATEGORY_ALERT)) != 0)
        take_network(c, &r);
    take_api(c, &r);
    return true;
}

// Exports are of what somebody searched for, so what is missing between two numbers says nothing.
static void take_number(struct decoding *c, const struct elastic_record *r)
{
    const int64_t number = decode_elastic_number(c, r->event.sequence, INT64_MAX);
    c->event->numbering = NUMBERING_ORDER;
    c->event->has_sequence = number >= 0;
    c->event->sequence = number >= 0 ? (uint64_t)number : 0;
}

// host.id is the hardware's UUID, as Beats and Elastic Defend take it of a Mac; before 7.11 or so
// Defend leaves it out mostly, and agent.id is all there is.
static void take_host(struct decoding *c, const struct elastic_record *r)
{
    struct host_told *told = &c->event->host_told;
    if (told->kind != HOST_NOT_TOLD)
        return;  // The envelope knows better.
    const str id = decode_elastic_text(c, r->host.id);
    const str agent = decode_elastic_text(c, r->agent.id);
    str name = decode_elastic_text(c, r->host.name);
    if (name.len == 0)
        name = decode_elastic_text(c, r->host.hostname);

    const bool has_id = id.len > 0 && id.len <= HOST_TEXT_MAX;
    const bool has_agent = agent.len > 0 && agent.len <= HOST_TEXT_MAX;
    const bool has_name = name.len > 0 && name.len <= HOST_TEXT_MAX;
    if (!has_id && !has_agent && !has_name)
        return;
    told->kind = has_id ? HOST_BY_HARDWARE : has_agent ? HOST_BY_SENSOR : HOST_BY_NAME;
    told->id = has_id ? id : has_agent ? agent : STR_EMPTY;
    told->name = has_name ? name : STR_EMPTY;
}

// By the first of these that is told: "macos" as host.os.type and everywhere in Defend's records,
// "darwin" as platform and family in those of Beats, "Mac OS X" or "macOS" as name.
static bool is_other_system(const struct elastic_record *r)
{
    yyjson_val *const told[] = { r->os.type, r->os.family, r->os.platform, r->os.name };
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        yyjson_val *val = decode_elastic_one(told[i]);
        if (!yyjson_is_str(val) || yyjson_get_len(val) == 0)
            continue;
        const str system = json_str(val);
        return !str_eq_nocase(str_to(system, 3), STR("mac")) &&
               !str_eq_nocase(system, STR("darwin")) && !str_eq_nocase(system, STR("osx"));
    }
    return false;
}

// An alert of the detection engine is made minutes after what it is about.
static bool take_time(struct decoding *c, const struct elastic_record *r)
{
    int64_t *time_ns = &c->event->time_ns;
    if (r->signal.original_time != NULL && decode_elastic_time(c, r->signal.original_time, time_ns))
        return true;
    yyjson_val *val = decode_elastic_one(r->timestamp);
    if (val == NULL || yyjson_is_null(val))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "@timestamp", NULL);
    if (!yyjson_is_str(val) && !yyjson_is_num(val))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "@timestamp", NULL);
    return decode_elastic_time(c, val, time_ns) ||
           decode_refuse(c, DECODE_DROP_BAD_TIME, "@timestamp", NULL);
}

// A launch item is a file as well, but Defend names it elsewhere. What it starts is what the other
// sensors name.
static void take_file(struct decoding *c, const struct elastic_record *r)
{
    const int64_t size = decode_elastic_number(c, r->file.size, INT64_MAX);
    str path = decode_elastic_text(c, r->persistence.executable);
    if (path.len == 0)
        path = decode_elastic_text(c, r->file.path);
    decode_set_file(c, path.len > 0 ? path : decode_elastic_text(c, r->persistence.path));
    decode_elastic_take(c, FIELD_FILE_ORIGINAL_PATH, r->file.original_path);
    if (size >= 0)
        decode_set(c, FIELD_FILE_SIZE, value_of_int(size));
    if (r->file.header_bytes != NULL && c->wanted_ever[FIELD_FILE_MACHO_TYPE])
        decode_set_text(c, FIELD_FILE_MACHO_TYPE,
                        decode_elastic_macho_type(c, r->file.header_bytes));
}

static void take_network(struct decoding *c, const struct elastic_record *r)
{
    const int64_t port = decode_elastic_number(c, r->destination.port, UINT16_MAX);
    decode_elastic_take(c, FIELD_DESTINATION_IP, r->destination.ip);
    decode_elastic_take(c, FIELD_DESTINATION_DOMAIN, r->destination.domain);
    if (port >= 0)
        decode_set(c, FIELD_DESTINATION_PORT, value_of_int(port));
}

static void take_api(struct decoding *c, const struct elastic_record *r)
{
    if (r->api.name == NULL)
        return;
    const int64_t address = decode_elastic_number(c, r->api.address, INT64_MAX);
    const int64_t size = decode_elastic_number(c, r->api.size, INT64_MAX);
    const str name = decode_elastic_text(c, r->api.name);
    decode_set_text(c, FIELD_API_NAME, name);
    if (str_eq(name, STR("task_for_pid")))  // The lesser ports have calls of their own.
        decode_set(c, FIELD_API_PORT, value_of_text(STR("control")));
    decode_elastic_take(c, FIELD_API_PROTECTION, r->api.protection);
    if (address >= 0)
        decode_set(c, FIELD_API_ADDRESS, value_of_int(address));
    if (size >= 0)
        decode_set(c, FIELD_API_SIZE, value_of_int(size));
}

// The sensor's own rule before that of the detection engine, which for such alerts is one rule that
// takes them all. Where neither names a rule, the kind of alert is what it is called.
static void take_alert(struct decoding *c, const struct elastic_record *r)
{
    const struct {
        enum field field;
        yyjson_val *from[3];
    } texts[] = {
        { FIELD_RULE_NAME, { r->rule.name, r->signal.name, r->event.code } },
        { FIELD_RULE_ID, { r->rule.id, r->signal.id } },
        { FIELD_MESSAGE, { r->signal.reason, r->message } },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        for (size_t k = COUNT_OF(texts[i].from); k-- > 0;)
            decode_set_text(c, texts[i].field, decode_elastic_text(c, texts[i].from[k]));

    yyjson_val *const grades[] = { r->signal.risk_score, r->event.risk_score, r->event.severity };
    for (size_t i = 0; i < COUNT_OF(grades); i++) {
        const int64_t grade = decode_elastic_number(c, grades[i], INT32_MAX);
        if (grade >= 0)
            decode_set(c, FIELD_EVENT_SEVERITY, value_of_int(grade));
    }
}
