// Retention by size. What a finding takes is known only when its room was given back: so some are forgotten, as
// many as those before took, and what is left is measured.

#include "store/audit.h"
#include "store/findings.h"
#include "store/upkeep.h"

#include <stdio.h>

#define DETAIL_MAX      160u
#define ROUNDS_MAX      32
#define PER_FINDING     4096u  // Octets: before the first ones were forgotten.
#define PER_FINDING_MIN 256u

static enum status forget_oldest(struct db *db, const struct store_act *act, uint64_t count,
                                 uint64_t octets, uint64_t *out, struct err *err);
static enum status give_back(struct db *db, struct err *err);

enum status upkeep_forget_to_size(struct db *db, const struct store_act *act, uint64_t octets,
                                  struct upkeep_forgotten *out, uint64_t *left, struct err *err)
{
    uint64_t per_finding = PER_FINDING;
    *out = (struct upkeep_forgotten){ 0 };
    enum status status = give_back(db, err);
    if (status == OK)
        status = upkeep_size(db, left, err);
    for (int round = 0; status == OK && *left > octets && round < ROUNDS_MAX; round++) {
        const uint64_t before = *left;
        const uint64_t wanted = (before - octets + per_finding - 1) / per_finding;
        uint64_t count = 0;
        status = forget_oldest(db, act, wanted, octets, &count, err);
        if (status != OK || count == 0)
            return status;
        out->findings += count;
        status = give_back(db, err);
        if (status == OK)
            status = upkeep_size(db, left, err);
        if (status == OK && *left < before && (before - *left) / count > PER_FINDING_MIN)
            per_finding = (before - *left) / count;
    }
    return status;
}

static enum status forget_oldest(struct db *db, const struct store_act *act, uint64_t count,
                                 uint64_t octets, uint64_t *out, struct err *err)
{
    char detail[DETAIL_MAX];
    enum status status = db_begin(db, err);
    if (status != OK)
        return status;
    status = findings_forget(db, act, INT64_MAX, count, out, err);
    if (status == OK && *out > 0) {
        (void)snprintf(detail, sizeof detail, "{\"findings\":%llu,\"keep_octets\":%llu}",
                       (unsigned long long)*out, (unsigned long long)octets);
        status = audit_append(db, act, STR("store.forget"), STR("findings"), str_of(detail), err);
    }
    return db_end(db, status, err);
}

// A server keeps what is free in its files unless it is told to write them anew, for which nobody else may use the table.
static enum status give_back(struct db *db, struct err *err)
{
    static const char *const tables[] = { "VACUUM FULL review_note", "VACUUM FULL review_close",
                                          "VACUUM FULL finding" };
    if (db_kind(db) == DB_SQLITE)
        return upkeep_vacuum(db, err);
    enum status status = OK;
    for (size_t i = 0; i < COUNT_OF(tables) && status == OK; i++)
        status = db_run(db, tables[i], err);
    return status;
}

enum status upkeep_size(struct db *db, uint64_t *out, struct err *err)
{
    int64_t used = 0;
    int64_t page = 1;
    enum status status = OK;
    if (db_kind(db) == DB_SQLITE) {
        status = db_number(db,
                           "SELECT page_count - freelist_count FROM pragma_page_count,"
                           " pragma_freelist_count",
                           &used, err);
        if (status == OK)
            status = db_number(db, "PRAGMA page_size", &page, err);
    } else {
        status = db_number(db,
                           "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
                           " WHERE relkind = 'r' AND relnamespace ="
                           " (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
                           &used, err);
    }
    if (status == OK)
        *out = (uint64_t)(used * page);
    return status;
}
