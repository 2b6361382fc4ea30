#include "store/attack.h"

#include "macho/digest.h"

static enum status put_raw(struct db *db, const struct attack_row *row,
                           const uint8_t sha256[ATTACK_SHA256_BYTES], struct err *err);
static bool hash_of(str raw, uint8_t out[ATTACK_SHA256_BYTES]);
static enum status take_snapshot(struct db_statement *s, struct arena *arena,
                                 struct attack_snapshot *out, struct err *err);
static enum status check_raw(const struct attack_row *row, struct err *err);
static int64_t state_at(struct db_statement *s, int column);
static void read_row(struct db_statement *s, struct attack_row *out);
static enum status take_rows(struct db_statement *s, attack_take *take, void *context,
                             struct err *err);

// The row of the snapshot comes first, since objects point to it, and is filled in at the end.
enum status attack_begin(struct db *db, int64_t *snapshot, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_number(db, "SELECT coalesce(max(id), 0) + 1 FROM attack_snapshot", snapshot, err);
    if (status == OK)
        status =
            db_statement(db,
                         "INSERT INTO attack_snapshot (id, collection, release, source, sha256,"
                         " imported_ns, objects) VALUES ($1, '', '', '', $2, 0, 0)",
                         &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, *snapshot);
    db_bind_octets(s, 2, (bytes){ .at = NULL, .len = 0 });
    return db_do(s, err);
}

enum status attack_put(struct db *db, int64_t snapshot, const struct attack_row *row,
                       struct err *err)
{
    uint8_t sha256[ATTACK_SHA256_BYTES];
    struct db_statement *s = NULL;
    if (!hash_of(row->raw, sha256))
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    enum status status = put_raw(db, row, sha256, err);
    if (status == OK)
        status = db_statement(db,
                              "INSERT INTO attack_object (snapshot, stix_id, type, attack_id, name,"
                              " version, modified, state, sha256)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                              " ON CONFLICT (snapshot, stix_id) DO NOTHING",
                              &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, snapshot);
    db_bind_text(s, 2, row->stix_id);
    db_bind_text(s, 3, row->type);
    db_bind_text(s, 4, row->attack_id);
    db_bind_text(s, 5, row->name);
    db_bind_text(s, 6, row->version);
    db_bind_text(s, 7, row->modified);
    db_bind_int(s, 8, row->state);
    db_bind_octets(s, 9, (bytes){ .at = sha256, .len = sizeof sha256 });
    status = db_do(s, err);
    return status == OK && db_changed(db) == 0
               ? fail(err, ERR_FORMAT, "the bundle has two objects \"%.*s\"",
                      STR_ARG(str_to(row->stix_id, 100)))
               : status;
}

static enum status put_raw(struct db *db, const struct attack_row *row,
                           const uint8_t sha256[ATTACK_SHA256_BYTES], struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(db,
                                            "INSERT INTO attack_raw (sha256, octets)"
                                            " VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
                                            &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, (bytes){ .at = sha256, .len = ATTACK_SHA256_BYTES });
    db_bind_octets(s, 2, bytes_of_str(row->raw));
    return db_do(s, err);
}

static bool hash_of(str raw, uint8_t out[ATTACK_SHA256_BYTES])
{
    uint8_t whole[EVP_MAX_MD_SIZE] = { 0 };
    struct digest d;
    digest_init(&d);
    const bool is_made = digest_begin(&d, EVP_sha256()) && digest_add(&d, bytes_of_str(raw)) &&
                         digest_end(&d, whole);
    digest_done(&d);
    memcpy(out, whole, ATTACK_SHA256_BYTES);
    return is_made;
}

enum status attack_finish(struct db *db, const struct attack_snapshot *snapshot, struct err *err)
{
    struct db_statement *s = NULL;
    const bytes sha256 = { .at = snapshot->sha256, .len = sizeof snapshot->sha256 };
    enum status status =
        db_statement(db, "SELECT id FROM attack_snapshot WHERE sha256 = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, sha256);
    status = db_step(s, err);
    db_reset(s);
    if (status != END)
        return status == OK ? END : status;
    status = db_statement(db,
                          "UPDATE attack_snapshot SET release = $1, source = $2, sha256 = $3,"
                          " imported_ns = $4, objects = $5, collection = $6 WHERE id = $7",
                          &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, snapshot->release);
    db_bind_text(s, 2, snapshot->source);
    db_bind_octets(s, 3, sha256);
    db_bind_int(s, 4, snapshot->imported_ns);
    db_bind_int(s, 5, snapshot->objects);
    db_bind_text(s, 6, snapshot->collection);
    db_bind_int(s, 7, snapshot->id);
    return db_do(s, err);
}

#define SNAPSHOT_WHERE                                                                         \
    "SELECT s.id, s.collection, s.release, s.source, s.sha256, s.imported_ns, s.objects FROM " \
    "attack_snapshot s WHERE "
#define NEWEST " ORDER BY s.id DESC LIMIT 1"

enum status attack_snapshot_find(struct db *db, str release, struct arena *arena,
                                 struct attack_snapshot *out, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db, SNAPSHOT_WHERE "($1 = '' OR s.release = $1)" NEWEST, &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, release);
    return take_snapshot(s, arena, out, err);
}

enum status attack_snapshot_with(struct db *db, str release, str id, struct arena *arena,
                                 struct attack_snapshot *out, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db,
        SNAPSHOT_WHERE "($1 = '' OR s.release = $1) AND NOT EXISTS (SELECT 1 FROM attack_snapshot n"
                       " WHERE n.id > s.id AND n.collection = s.collection"
                       " AND ($1 = '' OR n.release = $1))"
                       " AND EXISTS (SELECT 1 FROM attack_object o WHERE o.snapshot = s.id"
                       " AND (o.attack_id = $2 OR o.stix_id = $2))" NEWEST,
        &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, release);
    db_bind_text(s, 2, id);
    return take_snapshot(s, arena, out, err);
}

// Whether o may be what s is compared with.
#define IS_OTHER                                    \
    "o.id <> s.id AND o.collection = s.collection " \
    "AND (($1 = '' AND o.id < s.id) OR ($1 <> '' AND o.release = $1))"

enum status attack_snapshot_pair(struct db *db, str from, str to, struct arena *arena,
                                 struct attack_snapshot out[2], struct err *err)
{
    struct attack_snapshot two[2];
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     SNAPSHOT_WHERE "($2 = '' OR s.release = $2) AND EXISTS (SELECT 1 FROM"
                                    " attack_snapshot o WHERE " IS_OTHER ")" NEWEST,
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, from);
    db_bind_text(s, 2, to);
    status = take_snapshot(s, arena, &two[1], err);
    if (status != OK)
        return status;
    status = db_statement(db,
                          "SELECT o.id, o.collection, o.release, o.source, o.sha256, o.imported_ns,"
                          " o.objects FROM attack_snapshot o JOIN attack_snapshot s ON s.id = $2"
                          " WHERE " IS_OTHER " ORDER BY o.id DESC LIMIT 1",
                          &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, from);
    db_bind_int(s, 2, two[1].id);
    status = take_snapshot(s, arena, &two[0], err);
    if (status == OK)
        memcpy(out, two, sizeof two);
    return status;
}

static enum status take_snapshot(struct db_statement *s, struct arena *arena,
                                 struct attack_snapshot *out, struct err *err)
{
    const enum status status = db_step(s, err);
    if (status == OK) {
        const bytes sha256 = db_octets(s, 4);
        *out = (struct attack_snapshot){
            .id = db_int(s, 0),
            .collection = arena_str(arena, db_text(s, 1)),
            .release = arena_str(arena, db_text(s, 2)),
            .source = arena_str(arena, db_text(s, 3)),
            .imported_ns = db_int(s, 5),
            .objects = db_int(s, 6),
        };
        if (sha256.len == sizeof out->sha256)
            memcpy(out->sha256, sha256.at, sha256.len);
    }
    db_reset(s);
    return status;
}

#define ROW_OF(where)                                                                          \
    "SELECT o.stix_id, o.type, o.attack_id, o.name, o.version, o.modified, o.state, o.sha256," \
    " r.octets FROM attack_object o JOIN attack_raw r ON r.sha256 = o.sha256 WHERE " where     \
    " ORDER BY o.state, o.stix_id"

enum status attack_find(struct db *db, int64_t snapshot, str id, attack_take *take, void *context,
                        struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db, ROW_OF("o.snapshot = $1 AND (o.attack_id = $2 OR o.stix_id = $2)"), &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, snapshot);
    db_bind_text(s, 2, id);
    return take_rows(s, take, context, err);
}

enum status attack_of_type(struct db *db, int64_t snapshot, str type, attack_take *take,
                           void *context, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(db, ROW_OF("o.snapshot = $1 AND o.type = $2"), &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, snapshot);
    db_bind_text(s, 2, type);
    return take_rows(s, take, context, err);
}

static enum status take_rows(struct db_statement *s, attack_take *take, void *context,
                             struct err *err)
{
    enum status status;
    while ((status = db_step(s, err)) == OK) {
        struct attack_row row;
        read_row(s, &row);
        row.raw = str_of_bytes(db_octets(s, 8));
        status = check_raw(&row, err);
        if (status != OK)
            break;
        take(context, &row);
    }
    db_reset(s);
    return status == END ? OK : status;
}

// What was imported is given back octet for octet, or not at all.
static enum status check_raw(const struct attack_row *row, struct err *err)
{
    uint8_t sha256[ATTACK_SHA256_BYTES];
    if (!hash_of(row->raw, sha256))
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    return memcmp(sha256, row->sha256, sizeof sha256) == 0
               ? OK
               : fail(err, ERR_FORMAT,
                      "an object is no longer as it was imported: its octets have another SHA-256");
}

static void read_row(struct db_statement *s, struct attack_row *out)
{
    const bytes sha256 = db_octets(s, 7);
    *out = (struct attack_row){
        .stix_id = db_text(s, 0),
        .type = db_text(s, 1),
        .attack_id = db_text(s, 2),
        .name = db_text(s, 3),
        .version = db_text(s, 4),
        .modified = db_text(s, 5),
        .state = state_at(s, 6),
    };
    if (sha256.len == sizeof out->sha256)
        memcpy(out->sha256, sha256.at, sha256.len);
}

// As enum attack_state has them (attack/object.h).
static int64_t state_at(struct db_statement *s, int column)
{
    const int64_t state = db_int(s, column);
    return state >= 0 && state <= ATTACK_STATE_MAX ? state : 0;
}

enum status attack_diff(struct db *db, int64_t from, int64_t to, attack_take_change *take,
                        void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "SELECT n.stix_id, n.type, n.attack_id, n.name, n.version, n.modified, n.state, n.sha256,"
        " CASE WHEN o.stix_id IS NULL THEN 1 ELSE 0 END AS is_new, 0 AS is_gone,"
        " coalesce(o.version, ''), coalesce(o.modified, ''), coalesce(o.state, 0)"
        " FROM attack_object n LEFT JOIN attack_object o"
        " ON o.snapshot = $1 AND o.stix_id = n.stix_id WHERE n.snapshot = $2"
        " AND n.type <> 'relationship' AND (o.stix_id IS NULL OR o.sha256 <> n.sha256)"
        " UNION ALL SELECT o.stix_id, o.type, o.attack_id, o.name, o.version, o.modified, o.state,"
        " o.sha256, 0, 1, o.version, o.modified, o.state FROM attack_object o LEFT JOIN "
        "attack_object n"
        " ON n.snapshot = $2 AND n.stix_id = o.stix_id WHERE o.snapshot = $1"
        " AND o.type <> 'relationship' AND n.stix_id IS NULL ORDER BY 3, 1",
        &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, from);
    db_bind_int(s, 2, to);
    while ((status = db_step(s, err)) == OK) {
        struct attack_change change = {
            .is_new = db_int(s, 8) == 1,
            .is_gone = db_int(s, 9) == 1,
            .was_version = db_text(s, 10),
            .was_modified = db_text(s, 11),
            .was_state = state_at(s, 12),
        };
        read_row(s, &change.row);
        take(context, &change);
    }
    db_reset(s);
    return status == END ? OK : status;
}
