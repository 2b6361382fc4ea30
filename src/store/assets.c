#include "store/assets.h"

#include "base/arena.h"

#define COLUMNS                                                                             \
    "a.id, a.serial, a.hardware_uuid, a.host_name, a.owner, a.team, a.role, a.criticality," \
    " a.in_scope, a.managed, a.sensor_expected, a.full_disk_access, a.pppc, a.sip,"         \
    " a.filevault, a.os_version, a.os_build, a.source, a.last_checkin_ns, a.imported_ns,"   \
    " a.retired"

static void bind_row(struct db_statement *s, const struct asset_row *asset);
static enum status put_names(struct db *db, const struct asset_row *asset, struct err *err);
static enum status forget_names(struct db *db, const struct asset_row *asset, struct err *err);
static enum status put_name(struct db *db, str id, enum asset_name_kind kind, str name,
                            struct err *err);
static str lower(str text, struct arena *arena);
static enum status take_rows(struct db_statement *s, assets_take *take, void *context,
                             size_t *count, struct err *err);

enum status assets_put(struct db *db, const struct asset_row *asset, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "INSERT INTO asset (id, serial, hardware_uuid, host_name, owner, team, role, criticality,"
        " in_scope, managed, sensor_expected, full_disk_access, pppc, sip, filevault, os_version,"
        " os_build, source, last_checkin_ns, imported_ns, retired) VALUES ($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
        " ON CONFLICT (id) DO UPDATE SET serial = excluded.serial,"
        " hardware_uuid = excluded.hardware_uuid, host_name = excluded.host_name,"
        " owner = excluded.owner, team = excluded.team, role = excluded.role,"
        " criticality = excluded.criticality, in_scope = excluded.in_scope,"
        " managed = excluded.managed, sensor_expected = excluded.sensor_expected,"
        " full_disk_access = excluded.full_disk_access, pppc = excluded.pppc, sip = excluded.sip,"
        " filevault = excluded.filevault, os_version = excluded.os_version,"
        " os_build = excluded.os_build, source = excluded.source,"
        " last_checkin_ns = excluded.last_checkin_ns, imported_ns = excluded.imported_ns,"
        " retired = excluded.retired",
        &s, err);
    if (status != OK)
        return status;
    bind_row(s, asset);
    status = db_do(s, err);
    return status == OK ? put_names(db, asset, err) : status;
}

static void bind_row(struct db_statement *s, const struct asset_row *asset)
{
    db_bind_text(s, 1, asset->id);
    db_bind_text(s, 2, asset->serial);
    db_bind_text(s, 3, asset->hardware_uuid);
    db_bind_text(s, 4, asset->host_name);
    db_bind_text(s, 5, asset->owner);
    db_bind_text(s, 6, asset->team);
    db_bind_text(s, 7, asset->role);
    db_bind_int(s, 8, asset->criticality);
    db_bind_int(s, 9, asset->in_scope);
    db_bind_int(s, 10, asset->managed);
    db_bind_int(s, 11, asset->sensor_expected);
    db_bind_int(s, 12, asset->full_disk_access);
    db_bind_int(s, 13, asset->pppc);
    db_bind_int(s, 14, asset->sip);
    db_bind_int(s, 15, asset->filevault);
    db_bind_text(s, 16, asset->os_version);
    db_bind_text(s, 17, asset->os_build);
    db_bind_text(s, 18, asset->source);
    db_bind_int(s, 19, asset->last_checkin_ns);
    db_bind_int(s, 20, asset->imported_ns);
    db_bind_int(s, 21, asset->is_retired ? 1 : 0);
}

static enum status put_names(struct db *db, const struct asset_row *asset, struct err *err)
{
    enum status status = forget_names(db, asset, err);
    if (status == OK)
        status = put_name(db, asset->id, ASSET_NAME_SERIAL, asset->serial, err);
    if (status == OK)
        status = put_name(db, asset->id, ASSET_NAME_UUID, asset->hardware_uuid, err);
    if (status == OK)
        status = put_name(db, asset->id, ASSET_NAME_HOST, asset->host_name, err);
    return status == OK ? put_name(db, asset->id, ASSET_NAME_ID, asset->host_id, err) : status;
}

static enum status forget_names(struct db *db, const struct asset_row *asset, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db, "DELETE FROM asset_name WHERE asset = $1 AND (kind <> $2 OR $3 = 1)", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, asset->id);
    db_bind_int(s, 2, ASSET_NAME_ID);
    db_bind_int(s, 3, asset->host_id.len > 0 ? 1 : 0);
    return db_do(s, err);
}

static enum status put_name(struct db *db, str id, enum asset_name_kind kind, str name,
                            struct err *err)
{
    struct db_statement *s = NULL;
    struct arena arena = { 0 };
    if (name.len == 0)
        return OK;
    enum status status =
        db_statement(db, "INSERT INTO asset_name (name, kind, asset) VALUES ($1, $2, $3)", &s, err);
    if (status == OK) {
        db_bind_text(s, 1, lower(name, &arena));
        db_bind_int(s, 2, kind);
        db_bind_text(s, 3, id);
        status = db_do(s, err);
    }
    arena_done(&arena);
    return status;
}

static str lower(str text, struct arena *arena)
{
    char *made = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        made[i] =
            text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] - 'A' + 'a') : text.at[i];
    return (str){ .at = made, .len = text.len };
}

enum status assets_each(struct db *db, str role, assets_take *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    size_t count;
    const enum status status = db_statement(
        db, "SELECT " COLUMNS " FROM asset a WHERE $1 = '' OR a.role = $1 ORDER BY a.id", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, role);
    return take_rows(s, take, context, &count, err);
}

enum status assets_find(struct db *db, str name, assets_take *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    struct arena arena = { 0 };
    size_t count = 0;
    const str low = lower(name, &arena);
    const str first = str_to(low, str_find_char(low, '.'));
    enum status status =
        db_statement(db,
                     "SELECT " COLUMNS " FROM asset a WHERE a.id = $1 OR EXISTS (SELECT 1 FROM"
                     " asset_name n WHERE n.asset = a.id AND n.name = $2) ORDER BY a.id",
                     &s, err);
    if (status == OK) {
        db_bind_text(s, 1, name);
        db_bind_text(s, 2, low);
        status = take_rows(s, take, context, &count, err);
    }
    if (status == OK && count == 0 && first.len > 0) {
        status =
            db_statement(db,
                         "SELECT " COLUMNS " FROM asset a WHERE EXISTS (SELECT 1 FROM asset_name n"
                         " WHERE n.asset = a.id AND n.kind = $1 AND (n.name = $2 OR ($3 = 1"
                         " AND substr(n.name, 1, CAST($4 AS INTEGER)) = $5))) ORDER BY a.id",
                         &s, err);
        if (status == OK) {
            db_bind_int(s, 1, ASSET_NAME_HOST);
            db_bind_text(s, 2, first);
            db_bind_int(s, 3, first.len == low.len ? 1 : 0);
            db_bind_int(s, 4, (int64_t)first.len + 1);
            db_bind_text(s, 5, arena_printf(&arena, "%.*s.", STR_ARG(first)));
            status = take_rows(s, take, context, &count, err);
        }
    }
    arena_done(&arena);
    return status;
}

static enum status take_rows(struct db_statement *s, assets_take *take, void *context,
                             size_t *count, struct err *err)
{
    enum status status;
    *count = 0;
    while ((status = db_step(s, err)) == OK) {
        const struct asset_row asset = {
            .id = db_text(s, 0),
            .serial = db_text(s, 1),
            .hardware_uuid = db_text(s, 2),
            .host_name = db_text(s, 3),
            .owner = db_text(s, 4),
            .team = db_text(s, 5),
            .role = db_text(s, 6),
            .criticality = db_int(s, 7),
            .in_scope = db_int(s, 8),
            .managed = db_int(s, 9),
            .sensor_expected = db_int(s, 10),
            .full_disk_access = db_int(s, 11),
            .pppc = db_int(s, 12),
            .sip = db_int(s, 13),
            .filevault = db_int(s, 14),
            .os_version = db_text(s, 15),
            .os_build = db_text(s, 16),
            .source = db_text(s, 17),
            .last_checkin_ns = db_int(s, 18),
            .imported_ns = db_int(s, 19),
            .is_retired = db_int(s, 20) == 1,
        };
        (*count)++;
        take(context, &asset);
    }
    db_reset(s);
    return status == END ? OK : status;
}

enum status assets_names(struct db *db, assets_take_name *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT asset, name FROM asset_name ORDER BY asset, name, kind", &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK)
        take(context, db_text(s, 0), db_text(s, 1));
    db_reset(s);
    return status == END ? OK : status;
}

str assets_criticality(int64_t criticality)
{
    static const str names[] = { STR_INIT(""), STR_INIT("low"), STR_INIT("medium"),
                                 STR_INIT("high"), STR_INIT("critical") };
    return criticality < 0 || (uint64_t)criticality >= COUNT_OF(names) ? STR_EMPTY
                                                                       : names[criticality];
}
