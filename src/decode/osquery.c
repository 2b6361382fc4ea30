// osquery: the log of results of scheduled queries. A record is one row ("columns"), or what changed
// since the query before ("diffResults"), or all rows at once ("snapshot"); osqueryi prints rows
// alone.
//
// Queries have any name, and select any columns, so a table is known by what its rows hold.

#include "decode/osquery.h"

#define UUID_LEN 36u

static bool is_osquery(const struct json_index *record);
static yyjson_val *rows_of(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool is_removed(const struct json_index *record, const struct json_index *whole);
static bool is_in(yyjson_val *container, yyjson_val *val);
static void take_host(struct decoding *c, const struct json_index *whole);
static str told_by(struct decoding *c, const struct json_index *whole, const str *names,
                   size_t count);
static enum host_kind kind_of(str id);

const struct dialect decode_osquery = {
    .name = STR_INIT("osquery"),
    .recognises = is_osquery,
    .decode = decode_record,
    .rows = rows_of,
};

static bool is_osquery(const struct json_index *record)
{
    if (JSON_GET(record, "hostIdentifier") != NULL || JSON_GET(record, "calendarTime") != NULL ||
        JSON_GET(record, "diffResults") != NULL)
        return true;
    if (yyjson_is_obj(JSON_GET(record, "columns")) || yyjson_is_arr(JSON_GET(record, "snapshot")))
        return true;
    // A row alone: columns of its own tables that no record of another sensor has as keys.
    return JSON_GET(record, "original_parent") != NULL ||
           JSON_GET(record, "dest_filename") != NULL || JSON_GET(record, "cmdline_count") != NULL ||
           (JSON_GET(record, "owner_uid") != NULL && JSON_GET(record, "cmdline") != NULL);
}

static yyjson_val *rows_of(const struct json_index *record)
{
    yyjson_val *snapshot = JSON_GET(record, "snapshot");
    yyjson_val *changes = JSON_GET(record, "diffResults");
    if (yyjson_is_arr(snapshot))
        return snapshot;
    return yyjson_is_obj(changes) ? changes : NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    const struct json_index *whole = c->whole == NULL ? record : c->whole;
    struct json_index row;
    yyjson_val *columns = c->whole == NULL ? JSON_GET(record, "columns") : record->object;
    take_host(c, whole);
    if (is_removed(record, c->whole))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a row that was removed", NULL);
    if (columns == NULL && JSON_GET(record, "severity") != NULL)
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a message of osquery's own", NULL);
    const bool is_row =
        JSON_GET(record, "hostIdentifier") == NULL && JSON_GET(record, "calendarTime") == NULL;
    if (columns == NULL && is_row)
        columns = record->object;
    if (columns == NULL || yyjson_is_null(columns))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "columns", NULL);
    if (!yyjson_is_obj(columns))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "columns", NULL);

    // When the query was made: not before the event, and the best there is without its "time".
    int64_t seconds;
    if (decode_osquery_int(JSON_GET(whole, "unixTime"), 0, INT64_MAX / 1000000000, &seconds) ==
        DECODE_KEPT)
        c->event->time_ns = seconds * 1000000000;
    json_index_of(columns, &row);
    return decode_osquery_row(c, &row);
}

// That a row is no longer among the results is nothing that happened.
static bool is_removed(const struct json_index *record, const struct json_index *whole)
{
    if (whole != NULL)
        return is_in(yyjson_obj_get(JSON_GET(whole, "diffResults"), "removed"), record->object);
    yyjson_val *action = JSON_GET(record, "action");
    return yyjson_is_str(action) && JSON_GET(record, "columns") != NULL &&
           str_eq(json_str(action), STR("removed"));
}

// Values stand in the order of the text.
static bool is_in(yyjson_val *container, yyjson_val *val)
{
    return yyjson_is_ctn(container) && val > container && val < unsafe_yyjson_get_next(container);
}

// Decorations, which the administrator chooses, tell more than the identifier, of which one cannot
// know what it is of. A UUID in capitals is the hardware's; osquery's own have small letters.
static void take_host(struct decoding *c, const struct json_index *whole)
{
    static const str ids[] = { STR_INIT("host_uuid"), STR_INIT("hardware_uuid"),
                               STR_INIT("hardware_serial"), STR_INIT("serial_number") };
    static const str names[] = { STR_INIT("hostname"), STR_INIT("computer_name"),
                                 STR_INIT("host_name"), STR_INIT("local_hostname") };
    struct host_told *host = &c->event->host_told;
    if (host->kind != HOST_NOT_TOLD)
        return;
    const str identifier = decode_osquery_text(c, JSON_GET(whole, "hostIdentifier"));
    const str hardware = told_by(c, whole, ids, COUNT_OF(ids));
    const str name = told_by(c, whole, names, COUNT_OF(names));
    const enum host_kind kind = kind_of(identifier);
    *host = (struct host_told){ .kind = kind, .name = name };
    if (kind != HOST_BY_NAME)
        host->id = identifier;
    else if (name.len == 0)
        host->name = identifier;
    if (hardware.len > 0) {
        host->kind = HOST_BY_HARDWARE;
        host->id = hardware;
    }
    if (host->id.len == 0)
        host->kind = host->name.len > 0 ? HOST_BY_NAME : HOST_NOT_TOLD;
}

// With --decorations_top_level they are no object of their own.
static str told_by(struct decoding *c, const struct json_index *whole, const str *names,
                   size_t count)
{
    yyjson_val *decorations = JSON_GET(whole, "decorations");
    for (size_t i = 0; i < count; i++) {
        yyjson_val *val = yyjson_obj_getn(decorations, names[i].at, names[i].len);
        if (val == NULL)
            val = yyjson_obj_getn(whole->object, names[i].at, names[i].len);
        const str text = decode_osquery_text(c, val);
        if (text.len > 0)
            return text;
    }
    return STR_EMPTY;
}

static enum host_kind kind_of(str id)
{
    bool has_small = false;
    if (id.len != UUID_LEN)
        return HOST_BY_NAME;
    for (size_t i = 0; i < id.len; i++) {
        const char c = id.at[i];
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_small = c >= 'a' && c <= 'f';
        if (is_dash ? c != '-' : !is_small && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F'))
            return HOST_BY_NAME;
        has_small |= is_small;
    }
    return has_small ? HOST_BY_SENSOR : HOST_BY_HARDWARE;
}
