#include "assets/import_internal.h"
#include "assets/normal.h"

static void read_names(struct import *i, const struct columns *c,
                       const struct inventory_record *record, struct import_row *row);
static void read_texts(struct import *i, const struct columns *c,
                       const struct inventory_record *record, struct import_row *row);
static void read_answers(struct import *i, const struct columns *c,
                         const struct inventory_record *record, struct import_row *row);
static void remark(struct import *i, struct import_row *row, enum column column, str value,
                   const char *what);

void import_read_row(struct import *i, const struct columns *c,
                     const struct inventory_record *record, struct import_row *out)
{
    struct import_row row = { .line = record->line, .number = record->number };
    read_names(i, c, record, &row);
    read_texts(i, c, record, &row);
    read_answers(i, c, record, &row);
    const str platform = columns_value(c, record, COLUMN_PLATFORM);
    if (!normal_is_mac(platform))
        row.fate = IMPORT_OTHER;
    else if (row.asset.serial.len == 0 && row.asset.hardware_uuid.len == 0 &&
             row.asset.host_name.len == 0)
        row.fate = IMPORT_NAMELESS;
    *out = row;
}

static void read_names(struct import *i, const struct columns *c,
                       const struct inventory_record *record, struct import_row *row)
{
    const str serial = columns_value(c, record, COLUMN_SERIAL);
    if (!normal_serial(serial, &i->arena, &row->asset.serial))
        remark(i, row, COLUMN_SERIAL, serial, "is no serial number");
    const str uuid = columns_value(c, record, COLUMN_HARDWARE_UUID);
    if (!normal_uuid(uuid, &i->arena, &row->asset.hardware_uuid))
        remark(i, row, COLUMN_HARDWARE_UUID, uuid, "is no hardware UUID");
    const str host = columns_value(c, record, COLUMN_HOST_NAME);
    if (!normal_host(host, &i->arena, &row->asset.host_name))
        remark(i, row, COLUMN_HOST_NAME, host, "is no host name");
    const str id = columns_value(c, record, COLUMN_HOST_ID);
    if (!normal_host(id, &i->arena, &row->asset.host_id))
        remark(i, row, COLUMN_HOST_ID, id, "is no id of a host");
}

static void read_texts(struct import *i, const struct columns *c,
                       const struct inventory_record *record, struct import_row *row)
{
    const struct {
        enum column column;
        str *to;
    } texts[] = {
        { COLUMN_OWNER, &row->asset.owner },
        { COLUMN_TEAM, &row->asset.team },
        { COLUMN_ROLE, &row->asset.role },
        { COLUMN_OS_BUILD, &row->asset.os_build },
    };
    for (size_t t = 0; t < COUNT_OF(texts); t++) {
        const str text = columns_value(c, record, texts[t].column);
        if (!normal_text(text, &i->arena, texts[t].to))
            remark(i, row, texts[t].column, text, "is too long");
    }
    row->asset.role = normal_lower(row->asset.role, &i->arena);
    const str os = columns_value(c, record, COLUMN_OS_VERSION);
    str build = STR_EMPTY;
    if (!normal_os(os, &i->arena, &row->asset.os_version, &build))
        remark(i, row, COLUMN_OS_VERSION, os, "is no version");
    if (row->asset.os_build.len == 0)
        row->asset.os_build = build;
    const str checkin = columns_value(c, record, COLUMN_LAST_CHECKIN);
    if (!normal_time(checkin, &row->asset.last_checkin_ns))
        remark(i, row, COLUMN_LAST_CHECKIN, checkin,
               "is no time like 2026-11-01 or 2026-11-01T09:30:00Z");
}

static void read_answers(struct import *i, const struct columns *c,
                         const struct inventory_record *record, struct import_row *row)
{
    int64_t retired = -1;
    const struct {
        enum column column;
        int64_t *to;
    } answers[] = {
        { COLUMN_IN_SCOPE, &row->asset.in_scope },
        { COLUMN_MANAGED, &row->asset.managed },
        { COLUMN_SENSOR_EXPECTED, &row->asset.sensor_expected },
        { COLUMN_FULL_DISK_ACCESS, &row->asset.full_disk_access },
        { COLUMN_PPPC, &row->asset.pppc },
        { COLUMN_SIP, &row->asset.sip },
        { COLUMN_FILEVAULT, &row->asset.filevault },
        { COLUMN_RETIRED, &retired },
    };
    for (size_t a = 0; a < COUNT_OF(answers); a++) {
        const str text = columns_value(c, record, answers[a].column);
        if (!normal_yes(text, answers[a].to))
            remark(i, row, answers[a].column, text, "is neither yes nor no");
    }
    row->retired = retired;
    const str criticality = columns_value(c, record, COLUMN_CRITICALITY);
    if (!normal_criticality(criticality, &row->asset.criticality))
        remark(i, row, COLUMN_CRITICALITY, criticality, "is not low, medium, high or critical");
}

static void remark(struct import *i, struct import_row *row, enum column column, str value,
                   const char *what)
{
    const str name = column_name(column);
    row->remark = arena_printf(&i->arena, "%.*s%s%.*s \"%.*s\" %s", STR_ARG(row->remark),
                               row->remark.len == 0 ? "" : "; ", STR_ARG(name),
                               STR_ARG(str_to(value, 60)), what);
}
