// jamf: Jamf Protect's telemetry of the second kind ("Device Telemetry Stream"), which are records of
// eslogger's shape with a host, hashes of files and names of users, less every key whose value
// would be null.

#include "decode/jamf.h"

#define JAMF_TYPE_MIN 9000  // The first of the event types that are Jamf's own.

static bool is_jamf(const struct json_index *record);
static bool is_stream(yyjson_val *event);
static bool is_vendor(yyjson_val *metadata);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool is_of_no_process(const struct json_index *record);
static const struct eslogger_kind *own_kind(str name);
static bool take_connection(struct decoding *c, const struct json_index *record,
                            const struct eslogger_shape *shape, yyjson_val *body);
static void tell_absent_state(struct decoding *c);

const struct dialect decode_jamf = {
    .name = STR_INIT("jamf"),
    .recognises = is_jamf,
    .decode = decode_record,
};

static const struct mapping connection_mappings[] = {
    { STR_INIT("remote_endpoint.host"), AS_TEXT, TO_SLOT(DESTINATION_IP) },
    { STR_INIT("remote_endpoint.port"), AS_INT, TO_SLOT(DESTINATION_PORT) },
    { STR_INIT("remote_hostname"), AS_TEXT, TO_SLOT(DESTINATION_DOMAIN) },
};

// Names of Jamf's that stand for eslogger's. Newer clients write eslogger's.
static const struct {
    str own;
    str eslogger;
} aliases[] = {
    { STR_INIT("cs_invalidate"), STR_INIT("cs_invalidated") },
};

// Cheap with eslogger's own records, to which it is shown as well: none of their keys stands in
// the slots of "metadata" and "host".
static bool is_jamf(const struct json_index *record)
{
    return is_vendor(JSON_GET(record, "metadata")) ||
           yyjson_obj_get(JSON_GET(record, "host"), "protectVersion") != NULL ||
           (JSON_GET(record, "global_seq_num") == NULL &&
            JSON_GET(record, "glob_seq_num") != NULL) ||
           is_stream(JSON_GET(record, "event"));
}

// Of other parts of Jamf: all of it is in "event". A collector's wrapper has such a member too, but
// then that is a record of its own.
static bool is_stream(yyjson_val *event)
{
    return is_vendor(yyjson_obj_get(event, "metadata")) && yyjson_obj_get(event, "event") == NULL &&
           yyjson_obj_get(event, "input") == NULL && yyjson_obj_get(event, "match") == NULL;
}

static bool is_vendor(yyjson_val *metadata)
{
    return yyjson_equals_str(yyjson_obj_get(metadata, "vendor"), "Jamf");
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    // Its client subscribes to what the plan asks for and forwards all of that; the number of all
    // records counts also what other parts of it took.
    const struct eslogger_shape shape = {
        .global_number = JSON_GET(record, "glob_seq_num"),
        .numbering = NUMBERING_TYPES,
        .own_kind = own_kind,
    };
    decode_jamf_host(c, JSON_GET(record, "host"));
    yyjson_val *connection = yyjson_obj_get(JSON_GET(record, "event"), "network_connect");
    if (yyjson_is_obj(connection))
        return take_connection(c, record, &shape, connection);
    if (is_of_no_process(record))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that a process did", NULL);
    if (!decode_eslogger_record(c, record, &shape))
        return false;
    decode_jamf_user(c, decode_eslogger_subject(c, record));
    tell_absent_state(c);
    return true;
}

// Logs, files, firmware and loads that the client collects, and the streams of other parts of Jamf,
// which say that they are its and have nothing of an event of a Mac.
static bool is_of_no_process(const struct json_index *record)
{
    if (JSON_GET(record, "process") != NULL)
        return false;
    const int64_t type = decode_int_or_none(JSON_GET(record, "event_type"), UINT32_MAX);
    if (type >= JAMF_TYPE_MIN || is_stream(JSON_GET(record, "event")))
        return true;
    yyjson_val *product = yyjson_obj_get(JSON_GET(record, "metadata"), "product");
    return type < 0 && yyjson_is_str(product) &&
           !yyjson_equals_str(product, "Device Telemetry Stream");
}

static const struct eslogger_kind *own_kind(str name)
{
    static const struct eslogger_kind collected[] = {
        { STR_INIT("bios_uefi"), ACTION_COUNT, NULL },
        { STR_INIT("file_collection"), ACTION_COUNT, NULL },
        { STR_INIT("log_collection"), ACTION_COUNT, NULL },
        { STR_INIT("system_performance"), ACTION_COUNT, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(aliases); i++)
        if (str_eq(aliases[i].own, name))
            return decode_eslogger_kind(aliases[i].eslogger);
    for (size_t i = 0; i < COUNT_OF(collected); i++)
        if (str_eq(collected[i].name, name))
            return &collected[i];
    return NULL;
}

// Jamf's own, made by its network extension: the process that connected is in the event.
static bool take_connection(struct decoding *c, const struct json_index *record,
                            const struct eslogger_shape *shape, yyjson_val *body)
{
    decode_eslogger_numbers(c, record, shape);
    c->is_version_unknown = false;  // It is no message of Endpoint Security, which alone has one.
    c->event->action = ACTION_CONNECT;
    yyjson_val *instigator = yyjson_obj_get(body, "instigator");
    yyjson_val *process = yyjson_is_obj(instigator) ? instigator : JSON_GET(record, "process");
    if (!decode_eslogger_time(c, JSON_GET(record, "time")) ||
        !decode_eslogger_process(c, process, "event.network_connect.instigator",
                                 &c->event->process))
        return false;
    decode_jamf_user(c, process);
    return decode_map(c, body, connection_mappings, COUNT_OF(connection_mappings));
}

// Where eslogger writes null, for a thread that waits, Jamf writes nothing.
static void tell_absent_state(struct decoding *c)
{
    if (c->event->action != ACTION_REMOTE_THREAD ||
        c->event->slots[FIELD_API_THREAD_STATE].type != VALUE_MISSING)
        return;
    decode_set(c, FIELD_API_NAME, value_of_text(STR("thread_create")));
    decode_set(c, FIELD_API_THREAD_STATE, value_of_bool(false));
}

void decode_jamf_host(struct decoding *c, yyjson_val *host)
{
    const str serial = decode_text(c, yyjson_obj_get(host, "serial"));
    const str provisioning = decode_text(c, yyjson_obj_get(host, "provisioningUDID"));
    const str id = serial.len > 0 ? serial : provisioning;
    const str name = decode_text(c, yyjson_obj_get(host, "hostname"));
    if (c->event->host_told.kind != HOST_NOT_TOLD || (id.len == 0 && name.len == 0))
        return;
    c->event->host_told = (struct host_told){
        .kind = id.len > 0 ? HOST_BY_HARDWARE : HOST_BY_NAME,
        .id = id,
        .name = name,
    };
}

void decode_jamf_user(struct decoding *c, yyjson_val *process)
{
    yyjson_val *token = yyjson_obj_get(process, "audit_token");
    decode_set_text(c, FIELD_USER_NAME, decode_text(c, yyjson_obj_get(token, "e_username")));
}
