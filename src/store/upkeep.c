#include "store/upkeep.h"

#include "store/audit.h"
#include "store/canaries.h"
#include "store/findings.h"

#include <stdio.h>
#include <unistd.h>

#define DETAIL_MAX 128u

static enum status check_with(struct db *db, const char *sql, upkeep_tell *tell, void *context,
                              size_t *problems, struct err *err);
static enum status forget(struct db *db, const struct store_act *act, int64_t before_ns,
                          struct upkeep_forgotten *out, struct err *err);

enum status upkeep_check(struct db *db, upkeep_tell *tell, void *context, size_t *problems,
                         struct err *err)
{
    *problems = 0;
    if (db_kind(db) != DB_SQLITE)
        return OK;
    enum status status =
        check_with(db, "PRAGMA integrity_check(100)", tell, context, problems, err);
    if (status == OK)
        status = check_with(db,
                            "SELECT 'a row of ' || \"table\" || ' points to one of ' || parent ||"
                            " ' that is not there' FROM pragma_foreign_key_check",
                            tell, context, problems, err);
    return status;
}

static enum status check_with(struct db *db, const char *sql, upkeep_tell *tell, void *context,
                              size_t *problems, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_prepare(db, sql, &s, err);
    while (status == OK && *problems < UPKEEP_PROBLEMS_MAX && (status = db_step(s, err)) == OK) {
        const str text = db_text(s, 0);
        if (str_eq(text, STR("ok")))
            continue;
        tell(context, text);
        ++*problems;
    }
    db_finish(s);
    return status == END ? OK : status;
}

enum status upkeep_backup(struct db *db, str path, struct err *err)
{
    struct arena arena = { 0 };
    struct db_statement *s = NULL;
    const char *name = path.len == 0 ? NULL : cstr_of(&arena, path);
    enum status status = OK;
    if (db_kind(db) != DB_SQLITE)
        status = fail(err, ERR_CONFIG, "PostgreSQL's stores are copied by pg_dump");
    else if (name == NULL)
        status = fail(err, ERR_CONFIG, "a copy needs the name of a file");
    else if (access(name, F_OK) == 0)
        status = fail(err, ERR_CONFIG, "%s: is there already; a copy is a new file", name);
    if (status == OK)
        status = db_prepare(db, "VACUUM INTO $1", &s, err);
    if (status == OK) {
        db_bind_text(s, 1, path);
        status = db_do(s, err);
        if (status != OK && name != NULL)
            (void)unlink(name);  // What there is of it is no copy.
    }
    db_finish(s);
    arena_done(&arena);
    return status;
}

enum status upkeep_forget(struct db *db, const struct store_act *act, int64_t before_ns,
                          struct upkeep_forgotten *out, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, forget(db, act, before_ns, out, err), err) : status;
}

static enum status forget(struct db *db, const struct store_act *act, int64_t before_ns,
                          struct upkeep_forgotten *out, struct err *err)
{
    char detail[DETAIL_MAX];
    *out = (struct upkeep_forgotten){ 0 };
    enum status status = findings_forget(db, act, before_ns, UINT64_MAX, &out->findings, err);
    if (status == OK)
        status = canaries_forget(db, before_ns, &out->canaries, err);
    if (status != OK || (out->findings == 0 && out->canaries == 0))
        return status;
    (void)snprintf(
        detail, sizeof detail, "{\"findings\":%llu,\"canaries\":%llu,\"before_ns\":%lld}",
        (unsigned long long)out->findings, (unsigned long long)out->canaries, (long long)before_ns);
    return audit_append(db, act, STR("store.forget"), STR("findings"), str_of(detail), err);
}

enum status upkeep_vacuum(struct db *db, struct err *err)
{
    return db_run(db, "VACUUM", err);
}
