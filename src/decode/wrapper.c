// Which keys a wrapped record is found under. Nothing is guessed from what the names mean: what comes
// out is shown to the dialects like any other record, and is counted as of none where none knows it.

#include "decode/wrapper.h"

#include "decode/dialects.h"
#include "event/host.h"

static yyjson_val *find_raw(const struct json_index *record);
static yyjson_val *find_known(const struct json_index *record);
static yyjson_val *find_in_document(const struct json_index *record);
static yyjson_val *find_in_log(const struct json_index *record);
static yyjson_val *find_in_row(const struct json_index *record);
static yyjson_val *find_osquery(yyjson_val *osquery);
static bool is_plain_document(const struct json_index *document);
static bool may_be_records(yyjson_val *val);
static struct host_told told_host(const struct json_index *record);

// In this order, since some have more than one: Elasticsearch; Splunk, its exports and its
// collector; Beats, Logstash, Vector, CloudWatch, SNS; Fluentd and containers; Kafka Connect,
// its proxies and clients; OpenTelemetry, SQS; Google's and others' envelopes. Then lists.
static const str keys[] = {
    STR_INIT("_source"),     STR_INIT("result"),  STR_INIT("results"),  STR_INIT("event"),
    STR_INIT("json"),        STR_INIT("message"), STR_INIT("Message"),  STR_INIT("@message"),
    STR_INIT("log"),         STR_INIT("payload"), STR_INIT("value"),    STR_INIT("body"),
    STR_INIT("Body"),        STR_INIT("data"),    STR_INIT("original"), STR_INIT("jsonPayload"),
    STR_INIT("textPayload"), STR_INIT("records"), STR_INIT("Records"),  STR_INIT("logEvents"),
    STR_INIT("events"),      STR_INIT("hits"),
};

bool decode_is_wrapper(const struct json_index *record, const struct dialect *dialect,
                       struct decode_wrapped *out)
{
    // Most records are of a process, and then of nothing else.
    if (dialect != NULL && dialect != &decode_unified_log &&
        yyjson_is_obj(JSON_GET(record, "process")))
        return false;
    yyjson_val *inner = find_raw(record);
    if (inner == NULL && dialect == NULL)
        inner = find_known(record);
    else if (inner == NULL && dialect == &decode_elastic)
        inner = find_in_document(record);
    else if (inner == NULL && dialect == &decode_unified_log)
        inner = find_in_log(record);
    else if (inner == NULL && dialect == &decode_crowdstrike)
        inner = find_in_row(record);
    if (inner == NULL)
        return false;
    *out = (struct decode_wrapped){ .inner = inner, .host = told_host(record) };
    return true;
}

// What Splunk was given, beside fields that it made of it, by which a dialect may know it too.
static yyjson_val *find_raw(const struct json_index *record)
{
    yyjson_val *raw = JSON_GET(record, "_raw");
    return yyjson_is_str(raw) && decode_is_record_text(json_str(raw)) ? raw : NULL;
}

static yyjson_val *find_known(const struct json_index *record)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        yyjson_val *val = yyjson_obj_getn(record->object, keys[i].at, keys[i].len);
        if (may_be_records(val))
            return val;
    }
    return NULL;
}

// A collector's document about the line that it read, or the rows of osquery that it had, has
// nothing else of the schema in it.
static yyjson_val *find_in_document(const struct json_index *record)
{
    struct json_index document;
    yyjson_val *source = JSON_GET(record, "_source");
    if (yyjson_is_obj(source)) {
        json_index_of(source, &document);
        record = &document;
    }
    yyjson_val *const texts[] = {
        JSON_GET(record, "message"),
        JSON_GET(record, "event.original"),
        yyjson_obj_get(JSON_GET(record, "event"), "original"),
    };
    yyjson_val *json = JSON_GET(record, "json");
    yyjson_val *row = find_osquery(JSON_GET(record, "osquery"));
    if ((yyjson_is_obj(json) || row != NULL) && is_plain_document(record))
        return yyjson_is_obj(json) ? json : row;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (yyjson_is_str(texts[i]) && decode_is_record_text(json_str(texts[i])) &&
            is_plain_document(record))
            return texts[i];
    return NULL;
}

// A row by itself (osquerybeat), or what the log of results has, under other names (Filebeat).
static yyjson_val *find_osquery(yyjson_val *osquery)
{
    struct json_index row;
    yyjson_val *result = yyjson_obj_get(osquery, "result");
    yyjson_val *found = yyjson_is_obj(result) ? result : osquery;
    if (!yyjson_is_obj(found))
        return NULL;
    json_index_of(found, &row);
    return decode_osquery.recognises(&row) ? found : NULL;
}

static bool is_plain_document(const struct json_index *document)
{
    yyjson_val *event = JSON_GET(document, "event");
    return JSON_GET(document, "process") == NULL && JSON_GET(document, "process.pid") == NULL &&
           JSON_GET(document, "process.entity_id") == NULL &&
           JSON_GET(document, "process.executable") == NULL &&
           JSON_GET(document, "event.category") == NULL &&
           yyjson_obj_get(event, "category") == NULL;
}

// eslogger --oslog writes its records into the unified log.
static yyjson_val *find_in_log(const struct json_index *record)
{
    yyjson_val *subsystem = JSON_GET(record, "subsystem");
    yyjson_val *message = JSON_GET(record, "eventMessage");
    const bool is_eslogger =
        yyjson_is_str(subsystem) && str_eq(json_str(subsystem), STR("com.apple.eslogger"));
    return is_eslogger && yyjson_is_str(message) && decode_is_record_text(json_str(message))
               ? message
               : NULL;
}

// Panther's tables have the whole record beside what all records have.
static yyjson_val *find_in_row(const struct json_index *record)
{
    yyjson_val *event = JSON_GET(record, "event");
    const bool is_own = yyjson_obj_get(event, "event_simpleName") != NULL;
    return is_own && JSON_GET(record, "event_simpleName") != NULL ? event : NULL;
}

static bool may_be_records(yyjson_val *val)
{
    return yyjson_is_obj(val) || yyjson_is_arr(val) ||
           (yyjson_is_str(val) && decode_is_record_text(json_str(val)));
}

bool decode_is_record_text(str text)
{
    while (text.len > 0 && (unsigned char)text.at[0] <= ' ')
        text = str_from(text, 1);
    if (str_starts_with(text, STR("{")))
        return true;
    for (size_t i = 0; i < dialects_count(); i++) {
        const struct dialect *dialect = decode_dialect(i);
        if (dialect->recognises_line != NULL && dialect->recognises_line(text))
            return true;
    }
    return false;
}

// As Beats have it, or a name alone. Splunk's and Vector's may be the collector's; it is all there is
// where the record itself names no Mac.
static struct host_told told_host(const struct json_index *record)
{
    yyjson_val *host = JSON_GET(record, "host");
    yyjson_val *source = JSON_GET(record, "_source");
    if (host == NULL && yyjson_is_obj(source))
        host = yyjson_obj_get(source, "host");
    yyjson_val *id = yyjson_obj_get(host, "id");
    yyjson_val *name = yyjson_is_str(host) ? host : yyjson_obj_get(host, "name");
    if (name == NULL)
        name = JSON_GET(record, "host.name");
    struct host_told told = {
        .id = yyjson_is_str(id) ? json_str(id) : STR_EMPTY,
        .name = yyjson_is_str(name) ? json_str(name) : STR_EMPTY,
    };
    if (told.id.len > HOST_TEXT_MAX)
        told.id = STR_EMPTY;
    if (told.name.len > HOST_TEXT_MAX)
        told.name = STR_EMPTY;
    told.kind = told.id.len > 0     ? HOST_BY_HARDWARE
                : told.name.len > 0 ? HOST_BY_NAME
                                    : HOST_NOT_TOLD;
    return told;
}
