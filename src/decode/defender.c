// defender: Microsoft Defender's advanced hunting tables of devices (DeviceProcessEvents, ...) and
// its alerts: as streamed to an event hub or a storage account, where the row is in "properties" and
// the table in "category", or as rows of their own, from the portal, the hunting API ("Results"),
// Sentinel or Log Analytics, where the table may be in "Type".

#include "decode/defender.h"

#define CATEGORY_HEAD "AdvancedHunting-"

static bool is_defender(const struct json_index *record);
static bool is_row(const struct json_index *row);
static bool decode_record(struct decoding *c, const struct json_index *record);
static yyjson_val *rows_of(const struct json_index *record);
static str table_of(struct decoding *c, const struct json_index *record);
static const struct defender_kind *find_kind(struct decoding *c, const struct decode_keys *row,
                                             str table);
static bool is_of_mac(struct decoding *c, const struct decode_keys *row);

const struct dialect decode_defender = {
    .name = STR_INIT("defender"),
    .recognises = is_defender,
    .decode = decode_record,
    .rows = rows_of,
};

static bool is_defender(const struct json_index *record)
{
    struct json_index inner;
    yyjson_val *category = JSON_GET(record, "category");
    yyjson_val *properties = JSON_GET(record, "properties");
    if (yyjson_is_str(category) && str_starts_with(json_str(category), STR(CATEGORY_HEAD)))
        return true;
    if (is_row(record))
        return true;
    json_index_of(properties, &inner);
    if (is_row(&inner))
        return true;
    json_index_of(yyjson_arr_get_first(rows_of(record)), &inner);
    return is_row(&inner);
}

// Any of the tables' own columns will do.
static bool is_row(const struct json_index *row)
{
    yyjson_val *type = JSON_GET(row, "Type");
    const str table = yyjson_is_str(type) ? json_str(type) : STR_EMPTY;
    return (JSON_GET(row, "ActionType") != NULL &&
            (JSON_GET(row, "DeviceId") != NULL || JSON_GET(row, "DeviceName") != NULL)) ||
           JSON_GET(row, "InitiatingProcessId") != NULL ||
           JSON_GET(row, "InitiatingProcessCreationTime") != NULL ||
           JSON_GET(row, "EvidenceRole") != NULL ||
           (JSON_GET(row, "AlertId") != NULL && JSON_GET(row, "ServiceSource") != NULL) ||
           str_eq(table, STR("SecurityAlert")) || str_eq(table, STR("AlertEvidence"));
}

// The answer of the hunting API.
static yyjson_val *rows_of(const struct json_index *record)
{
    yyjson_val *rows = JSON_GET(record, "Results");
    if (rows == NULL)
        rows = JSON_GET(record, "results");
    const bool has_schema =
        JSON_GET(record, "Schema") != NULL || JSON_GET(record, "schema") != NULL;
    return has_schema && yyjson_is_arr(rows) ? rows : NULL;
}

// The row's own time is when it happened; the envelope's is when it was sent on. Log Analytics
// calls the time of an old row, which came late, "TimeGenerated" and means its own.
static const struct mapping timestamp[] = {
    { .path = STR_INIT("Timestamp"), .as = AS_TIME, .is_required = true, TO_FACT(time_ns) },
};
static const struct mapping time_generated[] = {
    { .path = STR_INIT("TimeGenerated"), .as = AS_TIME, .is_required = true, TO_FACT(time_ns) },
};

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    struct decode_keys row;
    yyjson_val *properties = JSON_GET(record, "properties");
    decode_keys_of(yyjson_is_obj(properties) ? properties : record->object, &row);
    decode_edr_set_host(c, decode_text(c, decode_find(&row, STR("DeviceId"))),
                        decode_text(c, decode_find(&row, STR("DeviceName"))));

    const struct defender_kind *kind = find_kind(c, &row, table_of(c, record));
    if (kind == NULL || !is_of_mac(c, &row))
        return false;
    yyjson_val *own = decode_find(&row, STR("Timestamp"));
    yyjson_val *generated = decode_find(&row, STR("TimeGenerated"));
    const bool is_own = generated == NULL || (own != NULL && !yyjson_is_null(own));
    c->event->action = kind->action;
    return decode_map_keys(c, &row, is_own ? timestamp : time_generated, 1) &&
           kind->decode(c, &row);
}

static str table_of(struct decoding *c, const struct json_index *record)
{
    const str category = decode_text(c, JSON_GET(record, "category"));
    if (str_starts_with(category, STR(CATEGORY_HEAD)))
        return str_from(category, sizeof CATEGORY_HEAD - 1);
    return decode_text(c, JSON_GET(record, "Type"));
}

static const struct defender_kind *find_kind(struct decoding *c, const struct decode_keys *row,
                                             str table)
{
    static const struct defender_kind evidence = { STR_INIT(""), ACTION_ALERT,
                                                   decode_defender_evidence };
    static const struct defender_kind alert = { STR_INIT(""), ACTION_ALERT,
                                                decode_defender_security_alert };
    if (str_eq(table, STR("AlertEvidence")) || decode_find(row, STR("EvidenceRole")) != NULL ||
        decode_find(row, STR("EntityType")) != NULL)
        return &evidence;
    if (str_eq(table, STR("SecurityAlert")))
        return &alert;

    yyjson_val *val = decode_find(row, STR("ActionType"));
    // Inventories have no action; other products' tables have their own.
    const bool is_device =
        str_starts_with(table, STR("Device")) && str_ends_with(table, STR("Events"));
    const bool is_other = table.len > 0 ? !is_device : decode_find(row, STR("AlertId")) != NULL;
    const struct defender_kind *kind =
        yyjson_is_str(val) ? decode_defender_kind(json_str(val)) : NULL;
    if (is_other || (kind != NULL && kind->decode == NULL)) {
        (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "ActionType", NULL);
        return NULL;
    }
    if (val == NULL || !yyjson_is_str(val)) {
        (void)decode_refuse(c,
                            val == NULL || yyjson_is_null(val) ? DECODE_DROP_MISSING_KEY
                                                               : DECODE_DROP_WRONG_TYPE,
                            "ActionType", NULL);
        return NULL;
    }
    if (kind == NULL) {
        c->unknown_event = json_str(val);
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "ActionType", NULL);
    }
    return kind;
}

// Rows of devices do not tell the system, unless somebody joined it to them. Windows shows in its
// paths; Linux does not, and what may be a Mac's is kept.
static bool is_of_mac(struct decoding *c, const struct decode_keys *row)
{
    static const str paths[] = { STR_INIT("FolderPath"), STR_INIT("InitiatingProcessFolderPath") };
    const str system = decode_text(c, decode_find(row, STR("OSPlatform")));
    bool is_other = system.len > 0 && !str_eq_nocase(str_to(system, 3), STR("mac"));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        yyjson_val *val = decode_find(row, paths[i]);
        is_other |= yyjson_is_str(val) && decode_edr_is_windows(json_str(val));
    }
    return !is_other || decode_refuse(c, DECODE_DROP_NOT_NEEDED, "of another system", NULL);
}

yyjson_val *decode_defender_json(struct decoding *c, const struct decode_keys *row, str column,
                                 char *pool)
{
    return decode_edr_parse(c, decode_find(row, column), pool);
}
