// ocsf: events and findings in the Open Cybersecurity Schema Framework, version 1, whatever product
// wrote them. A class says what is told of, an activity what was done; both are numbers.

#include "decode/ocsf.h"

#define VERSION_MINOR_MAX 7
#define NS_PER_MS         1000000
#define TYPES_PER_CLASS   100  // type_uid is class_uid times this, and activity_id.
#define OS_MACOS          300
#define ACTIVITY_OTHER    99
#define FINDING_CLOSE     3
#define ACTION_DENIED     2
#define STATUS_FAILURE    2

static bool is_ocsf(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static void take_numbers(struct decoding *c, yyjson_val *metadata);
static bool is_known_version(str version);
static void take_host(struct decoding *c, yyjson_val *device);
static int64_t class_of(struct decoding *c, const struct json_index *record);
static int64_t class_named(str name);
static bool take_time(struct decoding *c, const struct json_index *record);
static bool decode_finding(struct decoding *c, const struct json_index *record, int64_t activity);
static bool decode_activity(struct decoding *c, const struct json_index *record, int64_t class_uid,
                            int64_t activity);
static bool refuse_activity(struct decoding *c, const struct json_index *record, int64_t class_uid,
                            int64_t activity);
static bool refuse_unknown(struct decoding *c, const struct json_index *record, int64_t class_uid);
static bool is_other_system(struct decoding *c, yyjson_val *device);
static bool has_happened(struct decoding *c, const struct json_index *record, int64_t class_uid);

const struct dialect decode_ocsf = {
    .name = STR_INIT("ocsf"),
    .recognises = is_ocsf,
    .decode = decode_record,
};

enum class_use {
    CLASS_OTHER,     // Defined, and nothing to us.
    CLASS_ACTIVITY,  // Some activities are events.
    CLASS_FINDING,   // An alert.
};

// Runs of class numbers that OCSF 1.0 to 1.7 define. `activity_max` is the last activity of a
// class of which some are events.
static const struct {
    int64_t first;
    int64_t last;
    enum class_use use;
    int64_t activity_max;
    str name;
} classes[] = {
    { 0, 0, CLASS_OTHER, 0, STR_INIT("Base Event") },
    { 1001, 1001, CLASS_ACTIVITY, 14, STR_INIT("File System Activity") },
    { 1002, 1003, CLASS_OTHER, 0, STR_INIT("") },
    { 1004, 1004, CLASS_ACTIVITY, 9, STR_INIT("Memory Activity") },
    { 1005, 1005, CLASS_ACTIVITY, 3, STR_INIT("Module Activity") },
    { 1006, 1006, CLASS_OTHER, 0, STR_INIT("Scheduled Job Activity") },
    { 1007, 1007, CLASS_ACTIVITY, 5, STR_INIT("Process Activity") },
    { 1008, 1010, CLASS_OTHER, 0, STR_INIT("") },
    { 2001, 2001, CLASS_FINDING, 0, STR_INIT("Security Finding") },
    { 2002, 2003, CLASS_OTHER, 0, STR_INIT("") },
    { 2004, 2004, CLASS_FINDING, 0, STR_INIT("Detection Finding") },
    { 2005, 2005, CLASS_OTHER, 0, STR_INIT("Incident Finding") },
    { 2006, 2006, CLASS_FINDING, 0, STR_INIT("Data Security Finding") },
    { 2007, 2008, CLASS_OTHER, 0, STR_INIT("") },
    { 3001, 3006, CLASS_OTHER, 0, STR_INIT("") },
    { 4001, 4001, CLASS_ACTIVITY, 7, STR_INIT("Network Activity") },
    { 4002, 4014, CLASS_OTHER, 0, STR_INIT("") },
    { 5001, 5023, CLASS_OTHER, 0, STR_INIT("") },
    { 5040, 5040, CLASS_OTHER, 0, STR_INIT("") },
    { 6001, 6008, CLASS_OTHER, 0, STR_INIT("") },
    { 7001, 7004, CLASS_OTHER, 0, STR_INIT("") },
    { 8001, 8002, CLASS_OTHER, 0, STR_INIT("") },
    { 201001, 201004, CLASS_OTHER, 0, STR_INIT("") },  // The Windows extension.
};

// The class's name alone is a word that others use too.
static bool is_ocsf(const struct json_index *record)
{
    return JSON_GET(record, "class_uid") != NULL || JSON_GET(record, "type_uid") != NULL ||
           (JSON_GET(record, "class_name") != NULL &&
            (JSON_GET(record, "category_uid") != NULL || JSON_GET(record, "activity_id") != NULL ||
             JSON_GET(record, "metadata") != NULL));
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    take_numbers(c, decode_ocsf_object(c, record->object, "metadata"));
    take_host(c, decode_ocsf_object(c, record->object, "device"));

    const int64_t class_uid = class_of(c, record);
    int64_t activity = decode_ocsf_int(c, JSON_GET(record, "activity_id"), INT32_MAX);
    const int64_t type_uid = decode_ocsf_int(c, JSON_GET(record, "type_uid"), INT64_MAX);
    if (activity < 0 && type_uid >= 0)
        activity = type_uid % TYPES_PER_CLASS;

    enum class_use use = CLASS_OTHER;
    bool is_defined = false;
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (class_uid >= classes[i].first && class_uid <= classes[i].last) {
            is_defined = true;
            use = classes[i].use;
        }
    if (!is_defined)
        return refuse_unknown(c, record, class_uid);
    if (use == CLASS_OTHER || is_other_system(c, JSON_GET(record, "device")))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
    return use == CLASS_FINDING ? decode_finding(c, record, activity)
                                : decode_activity(c, record, class_uid, activity);
}

// Products leave numbers out as a rule: an event that is only sent to another place has one too.
static void take_numbers(struct decoding *c, yyjson_val *metadata)
{
    yyjson_val *sequence = yyjson_obj_get(metadata, "sequence");
    c->event->numbering = NUMBERING_ORDER;
    c->event->has_sequence = yyjson_is_uint(sequence);
    c->event->sequence = yyjson_get_uint(sequence);
    c->is_version_unknown = !is_known_version(decode_ocsf_text(c, metadata, "version"));
}

// Within version 1, later ones only add.
static bool is_known_version(str version)
{
    uint64_t minor;
    if (!str_starts_with(version, STR("1.")))
        return false;
    const str rest = str_from(version, 2);
    return str_to_u64(str_to(rest, str_find_char(rest, '.')), &minor) && minor <= VERSION_MINOR_MAX;
}

static void take_host(struct decoding *c, yyjson_val *device)
{
    struct host_told *told = &c->event->host_told;
    yyjson_val *hardware = decode_ocsf_object(c, device, "hw_info");
    if (told->kind != HOST_NOT_TOLD)
        return;  // An envelope knows better.

    told->name = decode_ocsf_text(c, device, "hostname");
    if (told->name.len == 0)
        told->name = decode_ocsf_text(c, device, "name");
    told->id = decode_ocsf_text(c, hardware, "uuid");
    if (told->id.len == 0)
        told->id = decode_ocsf_text(c, hardware, "serial_number");
    if (told->id.len > 0) {
        told->kind = HOST_BY_HARDWARE;
        return;
    }
    told->id = decode_ocsf_text(c, device, "uid");
    if (told->id.len > 0)
        told->kind = HOST_BY_SENSOR;
    else if (told->name.len > 0)
        told->kind = HOST_BY_NAME;
}

// -1 where no key says it.
static int64_t class_of(struct decoding *c, const struct json_index *record)
{
    const int64_t class_uid = decode_ocsf_int(c, JSON_GET(record, "class_uid"), INT64_MAX);
    if (class_uid >= 0)
        return class_uid;
    const int64_t type_uid = decode_ocsf_int(c, JSON_GET(record, "type_uid"), INT64_MAX);
    if (type_uid >= 0)
        return type_uid / TYPES_PER_CLASS;
    return class_named(decode_ocsf_text(c, record->object, "class_name"));
}

static int64_t class_named(str name)
{
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (name.len > 0 && str_eq_nocase(classes[i].name, name))
            return classes[i].first;
    return -1;
}

// "time_dt" comes with the date/time profile, and may be finer.
static bool take_time(struct decoding *c, const struct json_index *record)
{
    yyjson_val *time = JSON_GET(record, "time");
    yyjson_val *time_dt = JSON_GET(record, "time_dt");
    int64_t *out = &c->event->time_ns;
    if (yyjson_is_str(time_dt) && decode_time_loose(json_str(time_dt), out))
        return true;
    c->is_value_odd |= time_dt != NULL && !yyjson_is_null(time_dt);
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "time", NULL);
    if (!yyjson_is_num(time) && !yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "time", NULL);
    if (!decode_epoch(time, NS_PER_MS, out) &&
        !(yyjson_is_str(time) && decode_time_loose(json_str(time), out)))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "time", NULL);
    return true;
}

static bool decode_finding(struct decoding *c, const struct json_index *record, int64_t activity)
{
    if (activity == FINDING_CLOSE)
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a finding that is closed", NULL);
    if (!take_time(c, record))
        return false;
    c->event->action = ACTION_ALERT;
    return decode_ocsf_finding(c, record);
}

static bool decode_activity(struct decoding *c, const struct json_index *record, int64_t class_uid,
                            int64_t activity)
{
    const struct ocsf_kind *kind =
        decode_ocsf_kind(class_uid, activity, decode_ocsf_text(c, record->object, "activity_name"));
    if (kind == NULL)
        return refuse_activity(c, record, class_uid, activity);
    if (!has_happened(c, record, class_uid))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "what was denied or failed", NULL);
    if (!take_time(c, record))
        return false;
    c->event->action = kind->action;
    return kind->decode(c, record);
}

static bool refuse_activity(struct decoding *c, const struct json_index *record, int64_t class_uid,
                            int64_t activity)
{
    if (activity < 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "activity_id", NULL);
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (class_uid == classes[i].first &&
            (activity <= classes[i].activity_max || activity == ACTIVITY_OTHER))
            return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
    return refuse_unknown(c, record, class_uid);
}

static bool refuse_unknown(struct decoding *c, const struct json_index *record, int64_t class_uid)
{
    if (!decode_is_shallow(c, record->object))
        return false;
    c->unknown_event = decode_ocsf_text(c, record->object, "type_name");
    if (c->unknown_event.len == 0)
        c->unknown_event = decode_ocsf_text(c, record->object, "class_name");
    if (c->unknown_event.len == 0 && class_uid < 0)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "class_uid", NULL);
    if (c->unknown_event.len == 0)
        c->unknown_event = arena_printf(&c->batch->arena, "class %lld", (long long)class_uid);
    return decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
}

// os.type_id: hundreds are families; 0 and 99 say nothing.
static bool is_other_system(struct decoding *c, yyjson_val *device)
{
    static const str others[] = { STR_INIT("Windows"),       STR_INIT("Linux"),
                                  STR_INIT("Android"),       STR_INIT("iOS"),
                                  STR_INIT("iPadOS"),        STR_INIT("Solaris"),
                                  STR_INIT("AIX"),           STR_INIT("HP-UX"),
                                  STR_INIT("Windows Mobile") };
    yyjson_val *os = decode_ocsf_object(c, device, "os");
    const int64_t type_id = decode_ocsf_int(c, yyjson_obj_get(os, "type_id"), INT32_MAX);
    if (type_id >= TYPES_PER_CLASS)
        return type_id != OS_MACOS;
    const str type = decode_ocsf_text(c, os, "type");
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_eq_nocase(type, others[i]))
            return true;
    return false;
}

// An attempt to connect is one, whatever came of it.
static bool has_happened(struct decoding *c, const struct json_index *record, int64_t class_uid)
{
    const int64_t action = decode_ocsf_int(c, JSON_GET(record, "action_id"), INT32_MAX);
    const int64_t status = decode_ocsf_int(c, JSON_GET(record, "status_id"), INT32_MAX);
    return class_uid == 4001 || (action != ACTION_DENIED && status != STATUS_FAILURE);
}
