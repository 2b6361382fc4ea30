// Writes the store of which tests/report_test.py looks at the report: the planted fleet, and findings of which most
// were decided.
//
// usage: report_store FILE

#include "coverage/fixture.h"
#include "event/finding.h"
#include "store/findings.h"

#include <stdio.h>
#include <stdlib.h>

#define FINDINGS 240u
#define MIN_NS   INT64_C(60000000000)

static void put_findings(struct db *db);
static void decide(struct db *db, unsigned i, str id);
static void must(enum status status, const struct err *err);

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: report_store FILE\n", stderr);
        return 2;
    }
    struct db *db = make_fleet(str_of(argv[1]));
    put_findings(db);
    db_close(db);
    return 0;
}

static void put_findings(struct db *db)
{
    struct err err;
    struct arena arena = { 0 };
    must(db_begin(db, &err), &err);
    for (unsigned i = 0; i < FINDINGS; i++) {
        const struct finding_row row = {
            .id = text_of(&arena, "00000000000000000000000000f", i, ""),
            .rule = i % 3 == 0 ? STR("S01") : STR("S05"),
            .title = STR("Planted"),
            .level = i / 10 % LEVEL_COUNT,
            .score = i % 100,
            .time_ns = BEGIN_NS + i * 3 * HOUR_NS,
            .host_id = text_of(&arena, "test", i, ""),
            .record = STR("{}"),
        };
        must(findings_put(db, &row, row.time_ns + MIN_NS, &err), &err);
    }
    must(db_commit(db, &err), &err);
    for (unsigned i = 0; i < FINDINGS; i++)
        decide(db, i, text_of(&arena, "00000000000000000000000000f", i, ""));
    arena_done(&arena);
}

// Of ten, one is open and one is assigned; the others are closed, in every way.
static void decide(struct db *db, unsigned i, str id)
{
    struct err err;
    const struct store_act act = { .who = STR("robin"),
                                   .now_ns = BEGIN_NS + i * 3 * HOUR_NS + (i % 90) * MIN_NS };
    if (i % 10 == 0)
        return;
    if (i % 10 == 1)
        must(findings_assign(db, &act, id, STR("robin"), &err), &err);
    else
        must(findings_close(db, &act, id,
                            (enum disposition)(1 + i / 2 % 7 % (DISPOSITION_COUNT - 1)), STR("{}"),
                            &err),
             &err);
}

static void must(enum status status, const struct err *err)
{
    if (status == OK)
        return;
    (void)fprintf(stderr, "report_store: %s\n", err->text);
    exit(1);
}
