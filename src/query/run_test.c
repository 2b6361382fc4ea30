// The public library as another program uses it: compile, feed, take what matches, keep and release.

#include "pomona/eql.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND     1000000000LL
#define FIELDS_MAX 16u
#define KEPT_MAX   100000u

struct named {
    const char *name;
    struct pomona_eql_value value;
};

// A query and a run of it. What is kept of an event is a number from 1, in order of keeping.
struct bench {
    struct pomona_eql *query;
    struct pomona_eql_run *run;
    int64_t time_ns;
    size_t kept;
    size_t released;
    bool is_kept[KEPT_MAX];
    size_t size_bytes;  // Of one, as the caller says.
};

static struct pomona_eql_value text(const char *s)
{
    return (struct pomona_eql_value){ .type = POMONA_EQL_STRING,
                                      .len = (uint32_t)strlen(s),
                                      .string = s };
}

static struct pomona_eql_value integer(int64_t n)
{
    return (struct pomona_eql_value){ .type = POMONA_EQL_INTEGER, .integer = n };
}

static void *keep(void *context, const struct pomona_eql_event *event, size_t *size_bytes)
{
    struct bench *b = context;
    assert_non_null(event->categories);
    assert_int_equal(*size_bytes, 0);
    *size_bytes = b->size_bytes;
    assert_true(++b->kept < KEPT_MAX);
    b->is_kept[b->kept] = true;
    return &b->is_kept[b->kept];
}

static size_t number_of(const struct bench *b, const void *kept)
{
    return kept == NULL ? 0 : (size_t)((const bool *)kept - b->is_kept);
}

static void release(void *context, void *kept)
{
    struct bench *b = context;
    const size_t number = number_of(b, kept);
    assert_true(number > 0 && b->is_kept[number]);  // Once, and nothing that was not kept.
    b->is_kept[number] = false;
    b->released++;
}

static void compile(struct bench *b, const char *query)
{
    struct pomona_eql_error error;
    if (!pomona_eql_compile(query, strlen(query), NULL, &b->query, &error))
        fail_msg("%u:%u: %s", error.line, error.column, error.text);
}

static struct bench *open_with(const char *query, struct pomona_eql_options options)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    compile(b, query);
    options.keep = keep;
    options.release = release;
    options.context = b;
    b->run = pomona_eql_run_new(b->query, &options);
    return b;
}

static struct bench *open_bench(const char *query)
{
    return open_with(query, (struct pomona_eql_options){ 0 });
}

// All that was kept has been released by now.
static void close_bench(struct bench *b)
{
    pomona_eql_run_free(b->run);
    assert_int_equal(b->released, b->kept);
    pomona_eql_free(b->query);
    free(b);
}

static bool name_is(struct pomona_str a, const char *b)
{
    return str_eq((str){ .at = a.at, .len = a.len }, str_of(b));
}

// A second after the last event. Values that the query does not ask for are left out, as a caller does.
static bool feed(struct bench *b, const char *category, const struct named *values, size_t count)
{
    struct pomona_eql_value in_order[FIELDS_MAX] = { 0 };
    const struct pomona_str categories[] = { { category, strlen(category) } };
    const size_t fields = pomona_eql_field_count(b->query);
    assert_true(fields <= FIELDS_MAX);
    for (size_t i = 0; i < fields; i++)
        for (size_t v = 0; v < count; v++)
            if (name_is(pomona_eql_field_name(b->query, i), values[v].name))
                in_order[i] = values[v].value;
    b->time_ns += SECOND;
    return pomona_eql_feed(b->run, &(struct pomona_eql_event){ .time_ns = b->time_ns,
                                                               .categories = categories,
                                                               .category_count = 1,
                                                               .values = in_order });
}

// An event of one number.
static bool feed_n(struct bench *b, const char *category, int64_t n)
{
    const struct named values[] = { { "n", integer(n) } };
    return feed(b, category, values, 1);
}

// Of the last event of the next match; 0: there is none.
static size_t next_number(struct bench *b)
{
    const struct pomona_eql_match *match = pomona_eql_next(b->run);
    size_t number = 0;
    for (size_t i = 0; match != NULL && i < match->event_count; i++)
        if (match->events[i] != NULL)
            number = number_of(b, match->events[i]);
    return number;
}

// The numbers of the events that matches end in, until there is none.
static void assert_matches(struct bench *b, const size_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(next_number(b), numbers[i]);
    assert_int_equal(next_number(b), 0);
}

// --- Queries

static const struct pomona_eql_field door_fields[] = {
    { { "door.name", 9 }, POMONA_EQL_TEXT },
    { { "count", 5 }, POMONA_EQL_NUMBER },
    { { "open", 4 }, POMONA_EQL_BOOL },
    { { "any", 3 }, POMONA_EQL_ANY },
};
static const struct pomona_str door_categories[] = { { "door", 4 }, { "badge", 5 } };
static const struct pomona_eql_schema doors = { door_fields, COUNT_OF(door_fields), door_categories,
                                                COUNT_OF(door_categories) };

static void pomona_eql_compile__refuses_what_a_schema_does_not_have(void **state)
{
    (void)state;
    const struct {
        const char *query;
        uint32_t column;
        uint32_t length;
        const char *sentence;
    } cases[] = {
        { "door where door.nam == \"x\"", 12, 8, "no field `door.nam`; did you mean `door.name`?" },
        { "door where zzzzz == 1", 12, 5, "no field `zzzzz`" },
        { "dor where true", 1, 3, "no category `dor`; did you mean `door`?" },
        { "window where true", 1, 6, "no category `window`; there are door, badge and any" },
        { "door where count == \"x\"", 12, 5, "a number is compared with text" },
        { "door where door.name > 3", 12, 9, "text is compared with a number" },
        { "door where open == 1", 12, 4, "a boolean is compared with a number" },
        { "door where count", 12, 5, "expected a condition, found a number" },
        { "sequence by nam [door where true] [door where true]", 13, 3, "no field `nam`" },
        { "door where true | sort count", 19, 4,
          "the pipe `sort` is not part of this language; there are head and tail" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pomona_eql *query = NULL;
        struct pomona_eql_error error;
        assert_false(
            pomona_eql_compile(cases[i].query, strlen(cases[i].query), &doors, &query, &error));
        assert_null(query);
        assert_string_equal(error.text, cases[i].sentence);
        assert_int_equal(error.line, 1);
        assert_int_equal(error.column, cases[i].column);
        assert_int_equal(error.length, cases[i].length);
    }
}

static void pomona_eql_compile__takes_what_a_schema_has(void **state)
{
    (void)state;
    const struct {
        const char *query;
        size_t fields;
    } cases[] = {
        { "any where true", 0 },
        { "door where open and door.name == \"x\" and count > 1.5", 3 },
        { "door where any == \"x\" or any == 1 or any", 1 },
        { "door where ?nam == null", 0 },  // Nobody has it: nobody need bring it.
        { "sequence by ?nam, any [door where true] [badge where true]", 1 },
        { "door where _arraysearch(any, $a, $a.b == 1)", 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pomona_eql *query;
        struct pomona_eql_error error;
        if (!pomona_eql_compile(cases[i].query, strlen(cases[i].query), &doors, &query, &error))
            fail_msg("%s: %s", cases[i].query, error.text);
        assert_int_equal(pomona_eql_field_count(query), cases[i].fields);
        assert_int_equal(pomona_eql_is_sequence(query), cases[i].query[0] == 's');
        pomona_eql_free(query);
    }
}

static void pomona_eql_field_name__gives_each_field_once_in_order(void **state)
{
    (void)state;
    static const char *const names[] = { "b", "a.c", "A.c", "list", "list" };
    struct bench *b = open_bench("any where b == 1 and `a.c` == 2 and ?a.c == b and A.c == 3 and "
                                 "list == 1 and _arraysearch(list, $x, $x == 1 or $x.y == 2)");
    assert_int_equal(pomona_eql_field_count(b->query), COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_true(name_is(pomona_eql_field_name(b->query, i), names[i]));
        assert_int_equal(pomona_eql_field_path_count(b->query, i), i == 4 ? 2 : 0);
    }
    assert_true(name_is(pomona_eql_field_path(b->query, 4, 0), ""));
    assert_true(name_is(pomona_eql_field_path(b->query, 4, 1), "y"));
    assert_int_equal(pomona_eql_field_path(b->query, 4, 2).len, 0);
    assert_int_equal(pomona_eql_field_name(b->query, COUNT_OF(names)).len, 0);
    assert_int_equal(pomona_eql_field_path_count(b->query, COUNT_OF(names)), 0);
    close_bench(b);
}

static void pomona_eql_compile__refuses_more_categories_than_max(void **state)
{
    (void)state;
    for (int count = 31; count <= 32; count++) {
        char query[2048] = "sequence ";
        struct pomona_eql *compiled;
        struct pomona_eql_error error;
        for (int i = 0; i < count; i++)
            (void)snprintf(query + strlen(query), sizeof query - strlen(query), "[c%d where true] ",
                           i);
        // Neither `any` nor one that was named before is another one.
        (void)snprintf(query + strlen(query), sizeof query - strlen(query),
                       "[any where true] [c30 where true]");
        const bool taken = pomona_eql_compile(query, strlen(query), NULL, &compiled, &error);
        assert_int_equal(taken, count == 31);
        if (taken)
            pomona_eql_free(compiled);
        else
            assert_string_equal(error.text, "a query names at most 31 categories and 16384 fields");
    }
}

static void pomona_eql_feed__keeps_31_categories_apart(void **state)
{
    (void)state;
    char query[2048] = "sequence ";
    char name[16];
    for (int i = 0; i < 31; i++)
        (void)snprintf(query + strlen(query), sizeof query - strlen(query), "[c%d where true] ", i);
    struct bench *b = open_bench(query);
    for (int i = 0; i < 31; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        assert_true(feed_n(b, "c31", i));
        assert_true(feed_n(b, "other", i));
        assert_null(pomona_eql_next(b->run));
        assert_true(feed_n(b, name, i));
    }
    const struct pomona_eql_match *match = pomona_eql_next(b->run);
    assert_non_null(match);
    assert_int_equal(match->event_count, 31);
    for (size_t i = 0; i < 31; i++)
        assert_int_equal(number_of(b, match->events[i]), i + 1);
    close_bench(b);
}

// An event may be of several categories, or of none.
static void pomona_eql_feed__takes_events_of_any_number_of_categories(void **state)
{
    (void)state;
    const struct pomona_str categories[] = { { "x", 1 }, { "door", 4 }, { "badge", 5 } };
    const char *const queries[] = { "door where true", "badge where true", "any where true",
                                    "y where true" };
    const bool expected[][4] = { { false, false, true, false },
                                 { false, false, true, false },
                                 { true, false, true, false },
                                 { true, true, true, false } };
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        struct bench *b = open_bench(queries[q]);
        for (size_t count = 0; count <= 3; count++) {
            assert_true(
                pomona_eql_feed(b->run, &(struct pomona_eql_event){ .categories = categories,
                                                                    .category_count = count }));
            assert_int_equal(pomona_eql_next(b->run) != NULL, expected[count][q]);
        }
        close_bench(b);
    }
}

// --- Matches

static void pomona_eql_next__gives_stages_and_keys(void **state)
{
    (void)state;
    struct bench *b = open_bench("sequence by who, ?n, real, flag with maxspan=1m "
                                 "[a where true] ![b where true] [c where true]");
    const struct pomona_eql_value real = { .type = POMONA_EQL_REAL, .real = 2.5 };
    const struct pomona_eql_value flag = { .type = POMONA_EQL_BOOLEAN, .boolean = true };
    const struct named values[] = { { "who", text("ana") }, { "real", real }, { "flag", flag } };
    assert_true(feed(b, "a", values, 3));
    assert_null(pomona_eql_next(b->run));
    assert_true(feed(b, "c", values, 2));  // Without the last key.
    assert_null(pomona_eql_next(b->run));
    assert_true(feed(b, "c", values, 3));
    const struct pomona_eql_match *match = pomona_eql_next(b->run);
    assert_non_null(match);
    assert_int_equal(match->event_count, 3);
    assert_int_equal(number_of(b, match->events[0]), 1);
    assert_null(match->events[1]);
    assert_int_equal(number_of(b, match->events[2]), 2);
    assert_int_equal(match->join_key_count, 4);
    assert_int_equal(match->join_keys[0].len, 3);
    assert_memory_equal(match->join_keys[0].string, "ana", 3);
    assert_int_equal(match->join_keys[1].type, POMONA_EQL_MISSING);
    assert_int_equal(match->join_keys[2].type, POMONA_EQL_REAL);
    assert_true(match->join_keys[2].real > 2.4 && match->join_keys[2].real < 2.6);
    assert_int_equal(match->join_keys[3].type, POMONA_EQL_BOOLEAN);
    assert_true(match->join_keys[3].boolean);
    assert_null(pomona_eql_next(b->run));
    close_bench(b);
}

static void pomona_eql_feed__ends_with_what_head_asks_for(void **state)
{
    (void)state;
    struct bench *b = open_bench("a where n > 0 | head 2");
    assert_true(feed_n(b, "a", 1));
    assert_true(feed_n(b, "a", 0));
    assert_false(feed_n(b, "a", 2));
    assert_false(feed_n(b, "a", 3));  // Looked at no more.
    assert_int_equal(b->kept, 2);
    assert_int_equal(pomona_eql_run_counts(b->run).matches, 2);
    pomona_eql_end(b->run);
    assert_matches(b, (const size_t[]){ 1, 2 }, 2);
    assert_int_equal(b->released, 2);
    close_bench(b);

    b = open_bench("a where true | head 0");
    assert_false(feed_n(b, "a", 1));
    pomona_eql_end(b->run);
    assert_matches(b, NULL, 0);
    close_bench(b);
}

static void pomona_eql_end__gives_what_tail_held(void **state)
{
    (void)state;
    struct bench *b = open_bench("a where true | tail 2");
    for (int i = 0; i < 5; i++) {
        assert_true(feed_n(b, "a", i));
        assert_null(pomona_eql_next(b->run));
    }
    assert_int_equal(b->released, 3);  // What can be the last no more.
    pomona_eql_end(b->run);
    assert_matches(b, (const size_t[]){ 4, 5 }, 2);
    close_bench(b);

    b = open_bench("a where true | tail 0");
    assert_true(feed_n(b, "a", 1));
    pomona_eql_end(b->run);
    assert_matches(b, NULL, 0);
    close_bench(b);
}

static void pomona_eql_next__passes_matches_through_all_pipes_in_order(void **state)
{
    (void)state;
    const struct {
        const char *query;
        size_t numbers[3];
        size_t count;
    } cases[] = {
        { "a where true | head 4 | tail 2", { 3, 4 }, 2 },
        { "a where true | tail 4 | head 2", { 3, 4 }, 2 },
        { "a where true | head 4 | tail 3 | head 1", { 2 }, 1 },
        { "a where true | tail 3 | tail 1", { 6 }, 1 },
        { "a where true | head 9 | head 3", { 1, 2, 3 }, 3 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench *b = open_bench(cases[i].query);
        for (int n = 0; n < 6; n++)
            (void)feed_n(b, "a", n);
        pomona_eql_end(b->run);
        // What head refused was not kept, and so has no number.
        assert_matches(b, cases[i].numbers, cases[i].count);
        close_bench(b);
    }
}

static void pomona_eql_run_free__releases_matches_that_were_not_taken(void **state)
{
    (void)state;
    const char *const queries[] = { "a where true", "a where true | tail 3",
                                    "a where true | head 3",
                                    "sequence [a where true] [a where true] | tail 2" };
    for (size_t taken = 0; taken < 4; taken++)
        for (size_t q = 0; q < COUNT_OF(queries); q++)
            for (int ended = 0; ended < 2; ended++) {
                struct bench *b = open_bench(queries[q]);
                for (int n = 0; n < 6; n++)
                    (void)feed_n(b, "a", n);
                if (ended > 0)
                    pomona_eql_end(b->run);
                for (size_t i = 0; i < taken; i++)
                    (void)pomona_eql_next(b->run);
                close_bench(b);  // The run is freed with one in the caller's hand.
            }
}

// Sequences that have begun, that wait, that are done and that gave way; the run ends anywhere.
static void pomona_eql_run__keeps_and_releases_every_event_once(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "sequence by n with maxspan=20s [a where true] [b where true] [a where true]",
        "sequence by n with maxspan=20s [a where true] as x ![c where true] [b where n == x.n]",
        "sequence by n with maxspan=20s ![c where true] [a where true] ![b where true]",
        "sequence with maxspan=20s [a where true] with runs=3 until [c where true]",
        "sequence by n [any where true] [any where true] | tail 3",
    };
    static const char *const categories[] = { "a", "b", "c" };
    uint64_t seed = 3;
    for (size_t round = 0; round < 20 * COUNT_OF(queries); round++) {
        struct bench *b = open_with(queries[round % COUNT_OF(queries)],
                                    (struct pomona_eql_options){ .partials_max = 5 });
        uint64_t matches = 0;
        for (size_t i = 0; i < 37 * round % 1000; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            assert_true(feed_n(b, categories[(seed >> 33) % 3], (int64_t)(seed >> 40) % 8));
            while (round % 2 == 0 && pomona_eql_next(b->run) != NULL)
                matches++;
            assert_true(pomona_eql_run_counts(b->run).partials_open <= 5);
        }
        if (round % 3 == 0)
            pomona_eql_end(b->run);
        while (pomona_eql_next(b->run) != NULL)
            matches++;
        assert_true(matches <= pomona_eql_run_counts(b->run).matches);
        close_bench(b);
    }
}

// What an event costs to keep is counted with what the run needs itself.
static void pomona_eql_run__stays_within_memory_that_counts_what_is_kept(void **state)
{
    (void)state;
    struct bench *b = open_with("sequence by n [a where true] [b where true]",
                                (struct pomona_eql_options){ .memory_max_bytes = 1000000 });
    b->size_bytes = 10000;
    for (int i = 0; i < 1000; i++) {
        assert_true(feed_n(b, "a", i));
        assert_true(pomona_eql_run_counts(b->run).memory_bytes < 1020000);
    }
    const struct pomona_eql_counts counts = pomona_eql_run_counts(b->run);
    assert_true(counts.partials_open > 50 && counts.partials_open < 100);
    assert_int_equal(counts.partials_evicted, 1000 - counts.partials_open);
    assert_int_equal(b->kept - b->released, counts.partials_open);
    close_bench(b);
}

static void pomona_eql_run__gives_the_callers_own_where_nothing_is_kept(void **state)
{
    (void)state;
    struct bench b = { 0 };
    int events[2];
    compile(&b, "sequence [a where true] [a where true]");
    b.run = pomona_eql_run_new(b.query, NULL);
    const struct pomona_str category = { "a", 1 };
    for (size_t i = 0; i < 2; i++)
        assert_true(pomona_eql_feed(b.run, &(struct pomona_eql_event){ .time_ns = (int64_t)i,
                                                                       .categories = &category,
                                                                       .category_count = 1,
                                                                       .own = &events[i] }));
    const struct pomona_eql_match *match = pomona_eql_next(b.run);
    assert_non_null(match);
    assert_ptr_equal(match->events[0], &events[0]);
    assert_ptr_equal(match->events[1], &events[1]);
    assert_int_equal(match->join_key_count, 0);
    pomona_eql_run_free(b.run);
    pomona_eql_free(b.query);
}

// After the end nothing is lost that was found, and more events do no harm.
static void pomona_eql_end__bears_events_that_follow(void **state)
{
    (void)state;
    const char *const queries[] = {
        "a where true",
        "a where true | tail 2",
        "a where true | head 2 | tail 2",
        "sequence by n with maxspan=10s [a where true] ![b where true]",
    };
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        struct bench *b = open_bench(queries[q]);
        assert_true(feed_n(b, "a", 1));
        pomona_eql_end(b->run);
        pomona_eql_end(b->run);
        for (int i = 2; i < 6; i++)
            (void)feed_n(b, "a", i);
        assert_int_equal(next_number(b), 1);
        pomona_eql_end(b->run);
        while (pomona_eql_next(b->run) != NULL)
            continue;
        close_bench(b);
    }
}

static void pomona_eql_run__shares_a_query_with_other_runs(void **state)
{
    (void)state;
    struct bench *b = open_bench("sequence by n [a where true] [b where true]");
    struct pomona_eql_run *const first = b->run;
    struct pomona_eql_run *const second = pomona_eql_run_new(
        b->query, &(struct pomona_eql_options){ .keep = keep, .release = release, .context = b });
    assert_true(feed_n(b, "a", 1));
    b->run = second;
    assert_true(feed_n(b, "b", 1));
    assert_int_equal(next_number(b), 0);
    assert_true(feed_n(b, "a", 2));
    assert_true(feed_n(b, "b", 2));
    assert_int_equal(next_number(b), 3);
    b->run = first;
    assert_true(feed_n(b, "b", 2));
    assert_int_equal(next_number(b), 0);
    assert_true(feed_n(b, "b", 1));
    assert_int_equal(next_number(b), 4);
    pomona_eql_run_free(second);
    close_bench(b);
}

// Ancestors are known by process.entity_id and process.parent.entity_id.
static void pomona_eql_feed__follows_ancestors(void **state)
{
    (void)state;
    struct bench *b = open_bench("process where descendant of [process where name == \"sh\"]");
    const struct {
        const char *entity;
        const char *parent;
        const char *name;
        bool found;
    } events[] = {
        { "1", "0", "launchd", false }, { "2", "1", "sh", false }, { "3", "2", "ls", true },
        { "4", "3", "cat", true },      { "5", "1", "ls", false }, { "3", "1", "ls", true },
        { "2", "1", "sh", false },      { "6", "6", "sh", false }, { "6", "6", "sh", false },
        { "7", "8", "ls", false },      { "8", "2", "ls", true },  { "7", "8", "ls", true },
    };
    assert_int_equal(pomona_eql_field_count(b->query), 3);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        const struct named values[] = { { "process.entity_id", text(events[i].entity) },
                                        { "process.parent.entity_id", text(events[i].parent) },
                                        { "name", text(events[i].name) } };
        assert_true(feed(b, "process", values, 3));
        if ((pomona_eql_next(b->run) != NULL) != events[i].found)
            fail_msg("event %zu", i);
    }
    close_bench(b);
}

static void pomona_eql_run_counts__count_keys_that_were_cut(void **state)
{
    (void)state;
    struct pomona_eql_value list[65];
    struct bench *b = open_bench("sequence by n [a where true] [b where true]");
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = integer((int64_t)i);
    struct named values[] = {
        { "n", { .type = POMONA_EQL_LIST, .len = 64, .list = list } },
    };
    assert_true(feed(b, "a", values, 1));
    assert_int_equal(pomona_eql_run_counts(b->run).keys_cut, 0);
    assert_int_equal(pomona_eql_run_counts(b->run).partials_open, 64);
    values[0].value.len = 65;
    assert_true(feed(b, "a", values, 1));
    assert_int_equal(pomona_eql_run_counts(b->run).keys_cut, 1);
    assert_int_equal(pomona_eql_run_counts(b->run).partials_open, 64);
    assert_int_equal(pomona_eql_run_counts(b->run).partials_replaced, 64);
    assert_int_equal(b->kept, 2);  // One event, however many sequences it is in.
    assert_int_equal(b->released, 1);
    close_bench(b);
}

static void pomona_eql_free__takes_null(void **state)
{
    (void)state;
    pomona_eql_free(NULL);
    pomona_eql_run_free(NULL);
}

// After a gap longer than the span nothing is from the future yet: what waits keeps its order.
static void pomona_eql_next__keeps_the_order_of_keys_after_a_gap(void **state)
{
    (void)state;
    const struct pomona_eql_value keys[] = { text("x"), text("y"), text("z") };
    const struct pomona_eql_value list = { .type = POMONA_EQL_LIST,
                                           .len = COUNT_OF(keys),
                                           .list = keys };
    const struct named several[] = { { "k", list } };
    struct bench *b = open_bench("sequence by k with maxspan=10s [a where true] ![b where true]");
    (void)feed(b, "c", NULL, 0);
    b->time_ns += 500 * SECOND;
    (void)feed(b, "a", several, COUNT_OF(several));
    b->time_ns += 20 * SECOND;
    (void)feed(b, "c", NULL, 0);
    (void)feed(b, "c", NULL, 0);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct pomona_eql_match *match = pomona_eql_next(b->run);
        assert_non_null(match);
        assert_memory_equal(match->join_keys[0].string, keys[i].string, 1);
    }
    assert_null(pomona_eql_next(b->run));
    close_bench(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pomona_eql_next__keeps_the_order_of_keys_after_a_gap),
        cmocka_unit_test(pomona_eql_compile__refuses_what_a_schema_does_not_have),
        cmocka_unit_test(pomona_eql_compile__takes_what_a_schema_has),
        cmocka_unit_test(pomona_eql_field_name__gives_each_field_once_in_order),
        cmocka_unit_test(pomona_eql_compile__refuses_more_categories_than_max),
        cmocka_unit_test(pomona_eql_feed__keeps_31_categories_apart),
        cmocka_unit_test(pomona_eql_feed__takes_events_of_any_number_of_categories),
        cmocka_unit_test(pomona_eql_next__gives_stages_and_keys),
        cmocka_unit_test(pomona_eql_feed__ends_with_what_head_asks_for),
        cmocka_unit_test(pomona_eql_end__gives_what_tail_held),
        cmocka_unit_test(pomona_eql_next__passes_matches_through_all_pipes_in_order),
        cmocka_unit_test(pomona_eql_run_free__releases_matches_that_were_not_taken),
        cmocka_unit_test(pomona_eql_run__keeps_and_releases_every_event_once),
        cmocka_unit_test(pomona_eql_run__stays_within_memory_that_counts_what_is_kept),
        cmocka_unit_test(pomona_eql_run__gives_the_callers_own_where_nothing_is_kept),
        cmocka_unit_test(pomona_eql_end__bears_events_that_follow),
        cmocka_unit_test(pomona_eql_run__shares_a_query_with_other_runs),
        cmocka_unit_test(pomona_eql_feed__follows_ancestors),
        cmocka_unit_test(pomona_eql_run_counts__count_keys_that_were_cut),
        cmocka_unit_test(pomona_eql_free__takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
