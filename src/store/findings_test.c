#include "store/findings.h"

#include "base/str.h"
#include "store/audit.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY    400u
#define ID_OCTS 32u
#define MINUTE  INT64_C(60000000000)

static struct db *db;
static struct arena arena;

struct seen {
    char ids[MANY][ID_OCTS + 1];
    int64_t scores[MANY];
    int64_t times[MANY];
    size_t count;
};

static int open_store(void **state)
{
    struct err err;
    if (test_store_make(state) != 0)
        return -1;
    return store_open(str_of(test_store), DB_CREATE, &db, &err) == OK ? 0 : -1;
}

static int close_store(void **state)
{
    db_close(db);
    arena_done(&arena);
    return test_store_remove(state);
}

static void put(const struct finding_row *row, int64_t now_ns)
{
    struct err err = { .text = "" };
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(db_end(db, findings_put(db, row, now_ns, &err), &err), OK);
}

static struct finding_row find(const char *id)
{
    struct err err = { .text = "" };
    struct finding_row row = { .id = STR_EMPTY };
    const enum status status = findings_find(db, str_of(id), &arena, &row, &err);
    if (status != OK)
        fail_msg("%s: %s", id, err.text);
    return row;
}

static struct store_act at(int64_t now_ns)
{
    return (struct store_act){ .who = STR("ada"), .now_ns = now_ns };
}

static void assert_text(str text, const char *expected)
{
    if (!str_eq(text, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(text), expected);
}

static void findings_put__keeps_what_was_decided(void **state)
{
    (void)state;
    static const char id[] = "0123456789abcdef0123456789abcdef";
    struct err err;
    const struct store_act act = at(9);
    struct finding_row row = { .id = str_of(id), .rule = STR("S01"), .record = STR("{\"a\":1}") };
    put(&row, 5);
    assert_int_equal(findings_assign(db, &act, row.id, STR("grace"), &err), OK);
    assert_int_equal(findings_close(db, &act, row.id, DISPOSITION_BENIGN_EXPECTED, STR("{}"), &err),
                     OK);

    row.revision = 2;
    row.level = 4;
    row.record = STR("{\"a\":2}");
    put(&row, 50);
    struct finding_row kept = find(id);
    assert_text(kept.record, "{\"a\":2}");
    assert_int_equal(kept.level, 4);
    assert_int_equal(kept.status, FINDING_CLOSED);
    assert_int_equal(kept.disposition, DISPOSITION_BENIGN_EXPECTED);
    assert_text(kept.assignee, "grace");
    assert_int_equal(kept.stored_ns, 5);
    assert_int_equal(kept.triaged_ns, 9);

    row.revision = 1;
    row.record = STR("{\"a\":1.5}");
    put(&row, 60);
    assert_text(find(id).record, "{\"a\":2}");
}

static void see_entry(void *context, const struct audit_entry *entry)
{
    unsigned *count = context;
    (*count)++;
    assert_int_equal(entry->at_ns, 7);
    assert_text(entry->who, "ada");
    assert_text(entry->action, "findings.keep");
    // Of the two lines {"a":1} and {}.
    assert_text(entry->detail,
                "{\"findings\":2,\"sha256\":"
                "\"e1b3d9b97e5341da0111643d5bf665b473afe3f05da587a0fc6549b2caa282ff\"}");
}

static void findings_keep__is_in_the_log(void **state)
{
    (void)state;
    struct err err;
    unsigned entries = 0;
    const struct store_act act = at(7);
    const struct finding_row rows[] = {
        { .id = STR("0123456789abcdef0123456789abcdef"), .record = STR("{\"a\":1}") },
        { .id = STR("1123456789abcdef0123456789abcdef"), .record = STR("{}") },
    };
    assert_int_equal(findings_keep(db, &act, rows, COUNT_OF(rows), &err), OK);
    assert_int_equal(find("0123").stored_ns, 7);
    assert_int_equal(audit_list(db, see_entry, &entries, &err), OK);
    assert_int_equal(entries, 1);
}

static void findings_find__takes_the_first_digits(void **state)
{
    (void)state;
    static const char *const ids[] = { "abcd0000000000000000000000000000",
                                       "abcd1000000000000000000000000000",
                                       "abcf0000000000000000000000000000" };
    struct err err;
    struct finding_row row;
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        put(&(struct finding_row){ .id = str_of(ids[i]), .rule = STR("S01"), .record = STR("{}") },
            1);
    assert_text(find("abcd1").id, ids[1]);
    assert_text(find("abcf").id, ids[2]);
    assert_int_equal(findings_find(db, STR("abcd"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "several findings have an id that begins \"abcd\"");
    assert_int_equal(findings_find(db, STR("abc"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "an id needs its first 4 digits, not \"abc\"");
    assert_int_equal(findings_find(db, STR("abce"), &arena, &row, &err), END);
}

static void keep(void *context, const struct finding_row *row)
{
    struct seen *seen = context;
    assert_true(seen->count < MANY);
    assert_int_equal(row->id.len, ID_OCTS);
    memcpy(seen->ids[seen->count], row->id.at, ID_OCTS);
    seen->scores[seen->count] = row->score;
    seen->times[seen->count++] = row->time_ns;
}

// Few scores and few times, so that pages end among equals.
static void put_many(void)
{
    struct err err = { .text = "" };
    assert_int_equal(db_begin(db, &err), OK);
    for (uint32_t i = 0; i < MANY; i++) {
        char id[ID_OCTS + 1];
        const str host = arena_printf(&arena, "mac-%02u", i % 13);
        (void)snprintf(id, sizeof id, "%08x%024x", i * UINT32_C(2654435761), i);
        assert_int_equal(findings_put(db,
                                      &(struct finding_row){
                                          .id = str_of(id),
                                          .rule = i % 3 == 0 ? STR("S01") : STR("S05"),
                                          .level = i % 5,
                                          .score = i % 7,
                                          .time_ns = i % 11,
                                          .host_id = host,
                                          .host_name = i % 2 == 0 ? STR("even") : STR("odd"),
                                          .record = STR("{}"),
                                      },
                                      1, &err),
                         OK);
    }
    assert_int_equal(db_commit(db, &err), OK);
}

static size_t list(const struct findings_filter *filter, struct seen *seen)
{
    struct err err = { .text = "" };
    const size_t before = seen->count;
    if (findings_list(db, filter, keep, seen, &err) != OK)
        fail_msg("%s", err.text);
    return seen->count - before;
}

static void assert_pages(struct findings_filter filter, size_t expected)
{
    struct seen *whole = memory_zeroed(1, sizeof *whole);
    struct seen *paged = memory_zeroed(1, sizeof *paged);
    filter.limit = MANY;
    assert_int_equal(list(&filter, whole), expected);
    for (size_t i = 1; i < whole->count; i++)
        assert_true(whole->scores[i] < whole->scores[i - 1] ||
                    (whole->scores[i] == whole->scores[i - 1] &&
                     (whole->times[i] > whole->times[i - 1] ||
                      (whole->times[i] == whole->times[i - 1] &&
                       strcmp(whole->ids[i], whole->ids[i - 1]) > 0))));
    filter.limit = 7;
    while (list(&filter, paged) > 0) {
        filter.after_id = str_of(paged->ids[paged->count - 1]);
        filter.after_score = paged->scores[paged->count - 1];
        filter.after_time_ns = paged->times[paged->count - 1];
    }
    assert_memory_equal(whole, paged, sizeof *whole);
    filter.after_id = STR_EMPTY;
    filter.is_backward = true;
    memset(paged, 0, sizeof *paged);
    while (list(&filter, paged) > 0) {
        filter.after_id = str_of(paged->ids[paged->count - 1]);
        filter.after_score = paged->scores[paged->count - 1];
        filter.after_time_ns = paged->times[paged->count - 1];
    }
    assert_int_equal(paged->count, whole->count);
    for (size_t i = 0; i < whole->count; i++)
        assert_string_equal(paged->ids[i], whole->ids[whole->count - 1 - i]);
    free(whole);
    free(paged);
}

static void findings_list__pages_are_the_whole_list(void **state)
{
    (void)state;
    struct err err;
    const struct store_act act = at(9);
    put_many();
    struct seen *few = memory_zeroed(1, sizeof *few);
    (void)list(&(struct findings_filter){ .limit = 30, .rule = STR("S05") }, few);
    for (size_t i = 0; i < 30; i++) {
        const str id = str_of(few->ids[i]);
        assert_int_equal(findings_assign(db, &act, id, i < 20 ? STR("bob") : STR("eve"), &err), OK);
        if (i < 10)
            assert_int_equal(
                findings_close(db, &act, id, DISPOSITION_FALSE_POSITIVE, STR("{}"), &err), OK);
    }
    free(few);
    assert_pages((struct findings_filter){ .least_level = 0 }, 400);
    assert_pages((struct findings_filter){ .least_level = 3 }, 160);
    assert_pages((struct findings_filter){ .least_score = 6 }, 57);
    assert_pages((struct findings_filter){ .rule = STR("S01") }, 134);
    assert_pages((struct findings_filter){ .host = STR("mac-04") }, 31);
    assert_pages((struct findings_filter){ .host = STR("odd"), .rule = STR("S01") }, 67);
    assert_pages((struct findings_filter){ .host = STR("mac-4") }, 0);
    assert_pages((struct findings_filter){ .since_ns = 10 }, 36);
    assert_pages((struct findings_filter){ .assignee = STR("bob") }, 20);
    assert_pages((struct findings_filter){ .assignee = STR("bob"), .only_unclosed = true }, 10);
    assert_pages((struct findings_filter){ .only_unclosed = true }, 390);
    assert_pages((struct findings_filter){ .has_status = true, .status = FINDING_OPEN }, 370);
    assert_pages((struct findings_filter){ .has_status = true, .status = FINDING_ASSIGNED }, 20);
    assert_pages((struct findings_filter){ .has_status = true, .status = FINDING_CLOSED }, 10);
}

// Wildcards of the database are text like any other.
static void findings_list__searches_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *found;  // The last digits of ids, the highest score first.
    } cases[] = {
        { "curl", "2" }, { "CURL", "2" },    { "kids'", "1" },  { "mac-07", "21" },
        { "100%", "1" }, { "0_", "2" },      { "s0", "21" },    { "%", "1" },
        { "!", "" },     { "0000001", "1" }, { "nothing", "" }, { "' OR 1=1 --", "" },
    };
    const struct finding_row rows[] = {
        { .id = STR("00000000000000000000000000000001"),
          .rule = STR("S01"),
          .score = 1,
          .title = STR("100% of the Kids' sums"),
          .host_name = STR("mac-07"),
          .record = STR("{}") },
        { .id = STR("00000000000000000000000000000002"),
          .rule = STR("S05"),
          .score = 2,
          .executable = STR("/usr/bin/Curl10_2"),
          .host_id = STR("MAC-07"),
          .record = STR("{}") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        put(&rows[i], 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen *seen = memory_zeroed(1, sizeof *seen);
        const struct findings_filter filter = { .text = str_of(cases[i].text), .limit = 9 };
        (void)list(&filter, seen);
        if (seen->count != strlen(cases[i].found))
            fail_msg("%s: %zu found", cases[i].text, seen->count);
        for (size_t k = 0; k < seen->count; k++)
            assert_int_equal(seen->ids[k][ID_OCTS - 1], cases[i].found[k]);
        free(seen);
    }
}

static void keep_deed(void *context, const struct finding_deed *deed)
{
    str *told = context;
    *told = arena_printf(&arena, "%.*s%.*s by %.*s at %d; ", STR_ARG(*told), STR_ARG(deed->action),
                         STR_ARG(deed->who), (int)deed->at_ns);
}

static void findings_history__is_of_the_one(void **state)
{
    (void)state;
    const str id = STR("0123456789abcdef0123456789abcdef");
    const str other = STR("0123456789abcdef0123456789abcdee");
    struct store_act act = at(9);
    struct err err = { .text = "" };
    str told = STR_EMPTY;
    put(&(struct finding_row){ .id = id, .rule = STR("S01"), .record = STR("{}") }, 1);
    put(&(struct finding_row){ .id = other, .rule = STR("S01"), .record = STR("{}") }, 1);
    assert_int_equal(findings_assign(db, &act, id, STR("bob"), &err), OK);
    assert_int_equal(findings_note(db, &act, other, STR("seen"), &err), OK);
    act = at(11);
    assert_int_equal(findings_close(db, &act, id, DISPOSITION_UNDETERMINED, STR("{}"), &err), OK);
    assert_int_equal(findings_history(db, id, keep_deed, &told, &err), OK);
    assert_text(told, "review.assign by ada at 9; review.close by ada at 11; ");
}

static void findings_close__is_undone_by_reopening(void **state)
{
    (void)state;
    static const char id[] = "0123456789abcdef0123456789abcdef";
    const struct store_act act = at(9);
    struct err err;
    str fields;
    put(&(struct finding_row){ .id = str_of(id), .rule = STR("S01"), .record = STR("{}") }, 1);
    assert_int_equal(findings_reopen(db, &act, str_of(id), &err), ERR_CONFIG);
    assert_string_equal(err.text, "finding 0123456789abcdef0123456789abcdef is not closed");
    assert_int_equal(
        findings_close(db, &act, str_of(id), DISPOSITION_UNDETERMINED, STR("{\"cause\":1}"), &err),
        OK);
    assert_int_equal(findings_close_out(db, str_of(id), &arena, &fields, &err), OK);
    assert_text(fields, "{\"cause\":1}");
    assert_int_equal(findings_reopen(db, &act, str_of(id), &err), OK);
    const struct finding_row row = find(id);
    assert_int_equal(row.status, FINDING_OPEN);
    assert_int_equal(row.disposition, DISPOSITION_NONE);
    assert_int_equal(row.closed_ns, 0);
    assert_int_equal(row.triaged_ns, 9);
    assert_int_equal(findings_close_out(db, str_of(id), &arena, &fields, &err), END);
}

static void keep_triage(void *context, const struct finding_statistics *statistics)
{
    int64_t *triage = context;
    triage[statistics->rule.at[2] - '0'] = statistics->triage_ns;
    if (str_eq(statistics->rule, STR("S01"))) {
        assert_int_equal(statistics->count, 6);
        assert_int_equal(statistics->closed[DISPOSITION_NONE], 5);
        assert_int_equal(statistics->closed[DISPOSITION_TRUE_POSITIVE], 1);
    }
}

// One that waited for weeks does not move it; of an even count the two in the middle do.
static void findings_statistics__tells_the_median(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        int64_t triaged_ns;  // 0: nobody did.
    } cases[] = {
        { "S01", 13 * MINUTE },    { "S01", 11 * MINUTE }, { "S01", 40000 * MINUTE },
        { "S01", 5 * MINUTE },     { "S01", 12 * MINUTE }, { "S01", 0 },
        { "S02", 30 * MINUTE },    { "S02", 20 * MINUTE }, { "S03", 0 },
        { "S04", 10 * MINUTE - 1 }  // The clock was put back.
    };
    struct err err = { .text = "" };
    int64_t triage[5] = { 0 };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char id[ID_OCTS + 1];
        (void)snprintf(id, sizeof id, "%032zx", i);
        put(&(struct finding_row){ .id = str_of(id),
                                   .rule = str_of(cases[i].rule),
                                   .record = STR("{}") },
            10 * MINUTE);
        const struct store_act act = at(cases[i].triaged_ns);
        if (act.now_ns > 0)
            assert_int_equal(findings_note(db, &act, str_of(id), STR("seen"), &err), OK);
        if (i == 0)
            assert_int_equal(
                findings_close(db, &act, str_of(id), DISPOSITION_TRUE_POSITIVE, STR("{}"), &err),
                OK);
    }
    assert_int_equal(findings_statistics(db, keep_triage, triage, &err), OK);
    assert_int_equal(triage[1], 2 * MINUTE);
    assert_int_equal(triage[2], 15 * MINUTE);
    assert_int_equal(triage[3], -1);
    assert_int_equal(triage[4], 0);
    struct finding_totals totals;
    assert_int_equal(findings_totals(db, 13 * MINUTE, &totals, &err), OK);
    assert_int_equal(totals.count, COUNT_OF(cases));
    assert_int_equal(totals.open, COUNT_OF(cases) - 1);
    assert_int_equal(totals.assigned, 0);
    assert_int_equal(totals.closed[DISPOSITION_TRUE_POSITIVE], 1);
    assert_int_equal(totals.triage_ns, (2 + 3) * MINUTE / 2);
    assert_int_equal(totals.stored_since, 0);
    assert_int_equal(totals.closed_since, 1);
}

static void findings_totals__are_of_nothing_too(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    struct finding_totals totals;
    assert_int_equal(findings_totals(db, 0, &totals, &err), OK);
    assert_int_equal(totals.count, 0);
    assert_int_equal(totals.open, 0);
    assert_int_equal(totals.first_ns, 0);
    assert_int_equal(totals.triage_ns, -1);
}

static void findings_totals__are_those_of_the_list(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    struct finding_totals totals;
    put_many();
    assert_int_equal(findings_totals(db, 1, &totals, &err), OK);
    assert_int_equal(totals.count, MANY);
    assert_int_equal(totals.open, MANY);
    assert_int_equal(totals.grave, MANY / 5 * 2);
    assert_int_equal(totals.last_ns, 10);
    assert_int_equal(totals.stored_since, MANY);
    assert_int_equal(totals.triage_ns, -1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(findings_put__keeps_what_was_decided),    CASE(findings_find__takes_the_first_digits),
        CASE(findings_list__pages_are_the_whole_list), CASE(findings_close__is_undone_by_reopening),
        CASE(findings_statistics__tells_the_median),   CASE(findings_totals__are_of_nothing_too),
        CASE(findings_totals__are_those_of_the_list),  CASE(findings_list__searches_text),
        CASE(findings_history__is_of_the_one),         CASE(findings_keep__is_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
