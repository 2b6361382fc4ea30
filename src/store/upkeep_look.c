// Whether a store is whole, looked at by who opens it to write: seldom, since that reads all of a file.
//
// When somebody last looked stands in the file's user_version, as minutes since 1970: it goes with the file, also into
// a copy, and needs no table.

#include "store/upkeep.h"

#include <stdio.h>

#define NS_PER_MINUTE INT64_C(60000000000)
#define SOON_MINUTES  60
#define LATE_MINUTES  ((int64_t)UPKEEP_LOOK_DAYS * 24 * 60)
#define REASON_MAX    256u

static enum status look(struct db *db, struct err *err);

enum status upkeep_look(struct db *db, int64_t now_ns, struct err *err)
{
    int64_t last = 0;
    uint64_t size = 0;
    const int64_t now = now_ns / NS_PER_MINUTE;
    if (db_kind(db) != DB_SQLITE)
        return OK;
    enum status status = db_number(db, "PRAGMA user_version", &last, err);
    if (status != OK)
        return status;
    // A clock that was put back says nothing of how long it is.
    const int64_t passed = now > last ? now - last : last - now;
    if (passed < (db_was_left_open(db) ? SOON_MINUTES : LATE_MINUTES))
        return OK;
    status = upkeep_size(db, &size, err);
    if (status == OK && size > UPKEEP_LOOK_OCTETS)
        return passed < LATE_MINUTES ? OK : END;
    if (status == OK)
        status = look(db, err);
    return status == OK ? upkeep_looked(db, now_ns, err) : status;
}

static enum status look(struct db *db, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_prepare(db, "PRAGMA quick_check(1)", &s, err);
    if (status == OK)
        status = db_step(s, err);
    if (status == OK) {
        const str told = db_text(s, 0);
        // A heading may stand before it: "*** in database main ***".
        const size_t end = str_find_char(told, '\n');
        const str rest =
            str_starts_with(told, STR("***")) && end < told.len ? str_from(told, end + 1) : told;
        const str line = str_to(str_to(rest, str_find_char(rest, '\n')), REASON_MAX);
        if (!str_eq(told, STR("ok")))
            status = fail(err, ERR_FORMAT,
                          "is damaged (%.*s), and nothing was written to it; `pomona store check` "
                          "says more",
                          STR_ARG(line));
    }
    db_finish(s);
    return status;
}

enum status upkeep_looked(struct db *db, int64_t now_ns, struct err *err)
{
    char sql[64];
    const int64_t minutes = now_ns / NS_PER_MINUTE;
    if (db_kind(db) != DB_SQLITE || minutes < 0 || minutes > INT32_MAX)
        return OK;
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", (int)minutes);
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, db_run(db, sql, err), err) : status;
}

// A copy has no write-ahead log until it is opened to write.
enum status upkeep_is_live(struct db *db, bool *out, struct err *err)
{
    struct db_statement *s = NULL;
    *out = false;
    if (db_kind(db) != DB_SQLITE)
        return OK;
    enum status status = db_prepare(db, "PRAGMA journal_mode", &s, err);
    if (status == OK)
        status = db_step(s, err);
    if (status == OK)
        *out = str_eq(db_text(s, 0), STR("wal"));
    db_finish(s);
    return status;
}
