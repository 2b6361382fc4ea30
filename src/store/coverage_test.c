// How spans grow, part and are replaced, as days come in.

#include "store/coverage.h"

#include "base/buf.h"
#include "store/test_store.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_NS  (INT64_C(86400) * 1000000000)
#define DAYS(n) ((int64_t)(DAY_NS * (n)))

static struct db *open_store(void)
{
    struct err err;
    struct db *db = NULL;
    assert_int_equal(store_open(str_of(test_store), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    return db;
}

static enum status put_host(struct db *db, int64_t from_ns, int64_t to_ns)
{
    struct err err;
    const struct coverage_kept_host host = {
        .id = STR("mac"), .name = STR("mac.example"), .first_ns = from_ns, .last_ns = to_ns
    };
    return coverage_put_host(db, &host, &err);
}

static void put_span(struct db *db, int64_t from_ns, int64_t to_ns, int64_t state)
{
    struct err err;
    const struct coverage_span span = {
        .host_id = STR("mac"),
        .signal = STR("exec"),
        .from_ns = from_ns,
        .to_ns = to_ns,
        .state = state,
        .check = STR("T10"),
    };
    assert_int_equal(coverage_put_span(db, &span, &err), OK);
}

static void add_span(void *context, const struct coverage_span *span)
{
    buf_printf(context, "%g-%g:%d ", (double)span->from_ns / (double)DAY_NS,
               (double)span->to_ns / (double)DAY_NS, (int)span->state);
}

// What is put, and the spans that are then there: FROM-TO:STATE, in days.
static void coverage_put_span__keeps_what_changes(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct {
            double from;
            double to;
            int64_t state;
        } put[4];
        const char *then;
    } cases[] = {
        { "a state that goes on", { { 1, 2, 1 }, { 2, 3, 1 }, { 3, 4, 1 } }, "1-4:1 " },
        { "another state", { { 1, 2, 1 }, { 2, 3, 4 } }, "1-2:1 2-3:4 " },
        { "and back", { { 1, 2, 1 }, { 2, 3, 4 }, { 3, 4, 1 } }, "1-2:1 2-3:4 3-4:1 " },
        { "a night without telemetry", { { 1, 1.5, 1 }, { 2, 3, 1 } }, "1-3:1 " },
        { "a week without telemetry", { { 1, 2, 1 }, { 9, 10, 1 } }, "1-2:1 9-10:1 " },
        { "the same telemetry again", { { 1, 2, 1 }, { 1, 2, 1 } }, "1-2:1 " },
        { "judged anew", { { 1, 2, 1 }, { 1, 2, 2 } }, "1-2:2 " },
        { "that covers a part again", { { 1, 3, 1 }, { 2, 4, 2 } }, "1-2:1 2-4:2 " },
        { "the same state over a part", { { 1, 3, 1 }, { 2, 4, 1 } }, "1-4:1 " },
        { "all that came before", { { 2, 3, 1 }, { 3, 4, 2 }, { 1, 5, 3 } }, "1-5:3 " },
        { "that begins earlier", { { 2, 3, 1 }, { 1, 4, 1 } }, "1-4:1 " },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct db *db = open_store();
        struct err err;
        struct buf spans;
        buf_init(&spans, 1024);
        assert_int_equal(put_host(db, DAYS(1), DAYS(2)), OK);
        for (size_t n = 0; n < COUNT_OF(cases[i].put) && cases[i].put[n].to > 0; n++)
            put_span(db, DAYS(cases[i].put[n].from), DAYS(cases[i].put[n].to),
                     cases[i].put[n].state);
        assert_int_equal(coverage_spans(db, add_span, &spans, &err), OK);
        if (!str_eq(buf_str(&spans), str_of(cases[i].then)))
            fail_msg("%s: %.*s, not %s", cases[i].what, STR_ARG(buf_str(&spans)), cases[i].then);
        buf_done(&spans);
        db_close(db);  // Takes back what was not committed.
    }
}

static void take_window(void *context, const struct coverage_kept_host *host)
{
    buf_printf(context, "%.*s %g-%g", STR_ARG(host->id), (double)host->first_ns / (double)DAY_NS,
               (double)host->last_ns / (double)DAY_NS);
}

static void coverage_put_host__refuses_what_is_older(void **state)
{
    (void)state;
    struct db *db = open_store();
    struct err err;
    struct buf out;
    buf_init(&out, 1024);
    assert_int_equal(put_host(db, DAYS(5), DAYS(6)), OK);
    assert_int_equal(put_host(db, DAYS(1), DAYS(2)), END);
    assert_int_equal(put_host(db, DAYS(4), DAYS(6)), OK);
    assert_int_equal(put_host(db, DAYS(6), DAYS(7)), OK);
    assert_int_equal(coverage_hosts(db, take_window, &out, &err), OK);
    assert_true(str_eq(buf_str(&out), STR("mac 4-7")));
    buf_done(&out);
    db_close(db);
}

static void coverage_last_report__is_the_newest(void **state)
{
    (void)state;
    struct db *db = open_store();
    struct err err;
    struct arena arena = { 0 };
    struct coverage_kept_report report;
    assert_int_equal(coverage_last_report(db, &arena, &report, &err), END);
    report = (struct coverage_kept_report){ .made_ns = 1, .summary = STR("one") };
    assert_int_equal(coverage_put_report(db, &report, &err), OK);
    report = (struct coverage_kept_report){
        .made_ns = 2, .from_ns = 3, .to_ns = 4, .summary = STR("two")
    };
    assert_int_equal(coverage_put_report(db, &report, &err), OK);
    assert_int_equal(coverage_last_report(db, &arena, &report, &err), OK);
    assert_true(str_eq(report.summary, STR("two")));
    assert_true(report.id == 2 && report.made_ns == 2 && report.from_ns == 3 && report.to_ns == 4);
    arena_done(&arena);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(coverage_put_span__keeps_what_changes, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(coverage_put_host__refuses_what_is_older, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(coverage_last_report__is_the_newest, test_store_make,
                                        test_store_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
