#include "store/store.h"

#include "store/schema.h"

#define APPLICATION_ID 0x504f4d53  // "POMS", in PRAGMA application_id

// What leads from the version before to this one; the first is 1.
static const char *const migrations[] = { schema_review, schema_assets, schema_attack, schema_links,
                                          schema_behaviours };

// Files that were written before there was one store for all of it.
static const struct {
    int64_t application;
    const char *sentence;
} earlier[] = {
    { 0x504f4d4c,  // POML
      "is a link inventory in a file of its own, and the store keeps it now: make it anew with"
      " `pomona inspect --save NAME`" },
    { 0x504f4d42,  // POMB
      "is a baseline in a file of its own, and the store keeps it now: export it with the"
      " pomona that made it, then `pomona baseline import --store NAME`" },
    { 0x504f4d58, "has exceptions in a file of their own, and the store keeps them now: export them"
                  " with the pomona that made it, then `pomona exceptions import --store NAME`" },
};

static str place_of(str name);
static enum status check_kind(struct db *db, bool *is_empty, struct err *err);
static enum status check_version(struct db *db, enum db_mode mode, struct err *err);
static enum status refuse_other(int64_t application, struct err *err);
static enum status migrate(struct db *db, int from, int to, struct err *err);

int store_version(void)
{
    return (int)COUNT_OF(migrations);
}

enum status store_open(str name, enum db_mode mode, struct db **out, struct err *err)
{
    struct db *db = NULL;
    enum status status = db_open(name, mode, &db, err);
    if (status == OK)
        status = check_version(db, mode, err);
    // Only what is ours: the mode is written into the file.
    if (status == OK && mode != DB_READ && db_kind(db) == DB_SQLITE)
        status = db_run(db, "PRAGMA journal_mode = WAL", err);
    if (status != OK) {
        store_prefix(err, name);
        db_close(db);
        return status;
    }
    *out = db;
    return OK;
}

void store_prefix(struct err *err, str name)
{
    struct arena arena = { 0 };
    const str shown = store_shown(&arena, name);
    err_prefix(err, "%.*s", STR_ARG(shown));
    arena_done(&arena);
}

str store_shown(struct arena *a, str name)
{
    const str place = place_of(name);
    return db_is_url(name) ? arena_printf(a, "postgresql://%.*s", STR_ARG(place)) : name;
}

// A URL without its scheme, its user and its options: there a password may stand, and hold any character.
static str place_of(str name)
{
    if (!db_is_url(name))
        return name;
    const size_t at = str_rfind_char(name, '@');
    const size_t question = str_find_char(name, '?');
    if (at < name.len && question < at)
        return STR("...");
    const str place = str_from(name, at < name.len ? at + 1 : str_find(name, STR("://")) + 3);
    return str_to(place, str_find_char(place, '?'));
}

// Of a database that may be written to all is read and made in one transaction: of two programs that make it
// at once the second finds it made.
static enum status check_version(struct db *db, enum db_mode mode, struct err *err)
{
    bool is_empty = false;
    int64_t version = 0;
    enum status status = mode == DB_READ ? OK : db_begin(db, err);
    if (status == OK)
        status = check_kind(db, &is_empty, err);
    if (status == OK && !is_empty)
        status = db_number(db, "SELECT max(version) FROM store_version", &version, err);
    if (status == OK && is_empty && mode != DB_CREATE)
        status = fail(err, ERR_FORMAT, "is empty, and no store");
    if (status == OK && version > store_version())
        status =
            fail(err, ERR_FORMAT,
                 "made by a newer pomona (store version %lld, this one reads %d); use that one",
                 (long long)version, store_version());
    if (status == OK && version < store_version())
        status = mode == DB_READ
                     ? fail(err, ERR_FORMAT,
                            "is of version %lld, and this program reads %d; `pomona store migrate` "
                            "brings it up to date",
                            (long long)version, store_version())
                     : migrate(db, (int)version, store_version(), err);
    return mode == DB_READ ? status : db_end(db, status, err);
}

static enum status check_kind(struct db *db, bool *is_empty, struct err *err)
{
    int64_t tables = 0;
    if (db_kind(db) == DB_POSTGRES) {
        const enum status status =
            db_number(db,
                      "SELECT count(*) FROM information_schema.tables"
                      " WHERE table_schema = current_schema() AND table_name = 'store_version'",
                      &tables, err);
        *is_empty = tables == 0;
        return status;
    }
    int64_t application = 0;
    enum status status = db_number(db, "PRAGMA application_id", &application, err);
    if (status == OK)
        status = db_number(db, "SELECT count(*) FROM sqlite_master", &tables, err);
    *is_empty = tables == 0 && application == 0;
    if (status == OK && !*is_empty && application != APPLICATION_ID)
        status = refuse_other(application, err);
    return status;
}

static enum status refuse_other(int64_t application, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(earlier); i++)
        if (earlier[i].application == application)
            return fail(err, ERR_FORMAT, "%s", earlier[i].sentence);
    return fail(err, ERR_FORMAT, "is no store (application id 0x%llx)",
                (unsigned long long)application);
}

static enum status migrate(struct db *db, int from, int to, struct err *err)
{
    enum status status = OK;
    if (from == 0)
        status = db_run(db, "CREATE TABLE store_version (version BIGINT PRIMARY KEY)", err);
    if (status == OK && from == 0 && db_kind(db) == DB_SQLITE)
        status = db_run(db, "PRAGMA application_id = 1347374419", err);
    for (int version = from + 1; status == OK && version <= to; version++) {
        struct db_statement *s = NULL;
        status = db_run(db, migrations[version - 1], err);
        if (status == OK)
            status = db_statement(db, "INSERT INTO store_version (version) VALUES ($1)", &s, err);
        if (status != OK)
            break;
        db_bind_int(s, 1, version);
        status = db_do(s, err);
    }
    return status;
}

_Static_assert(APPLICATION_ID == 1347374419, "the number in the pragma");
