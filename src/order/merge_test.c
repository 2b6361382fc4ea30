// Repeated events of memory and libraries.

#include "order/fixture.h"
#include "order/merge.h"

static const struct order_options merging = { .merges = true };

static const struct order_counts *counts(const struct feed *f)
{
    return order_counts(f->o);
}

// The path stands for all that tells one from another.
static struct event *add(struct feed *f, enum action action, int64_t pid, const char *path,
                         int64_t at_ns)
{
    const struct told t = { .number = order_counts(f->o)->in,
                            .at_ns = at_ns,
                            .numbering = NUMBERING_ORDER,
                            .action = action,
                            .pid = pid };
    struct event *event = feed_make(f, &t);
    event->slots[FIELD_DLL_PATH] = value_of_text(str_of(path));
    order_add(f->o, event);
    return event;
}

// How many the next event stands for beside itself; its stamp in `*out_at_ns`.
static int64_t next(struct feed *f, int64_t *out_at_ns)
{
    const struct event *event = order_next(f->o);
    assert_non_null(event);
    *out_at_ns = event->time_ns - START;
    const struct value *merged = &event->slots[FIELD_EVENT_MERGED];
    return merged->type == VALUE_INT ? merged->integer : 0;
}

static void expect(struct feed *f, int64_t at_ns, int64_t merged)
{
    int64_t given_ns;
    assert_int_equal(next(f, &given_ns), merged);
    assert_int_equal(given_ns, at_ns);
}

static void order_next__gives_the_first_and_the_last_of_a_run(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t i = 0; i < 10; i++) {
        add(&f, ACTION_MMAP, 7, "/a", i * MS);
        if (i == 5)
            feed_cut(&f);
    }
    add(&f, ACTION_OPEN, 7, "", 20 * MS);
    order_flush(f.o);
    expect(&f, 0, 0);
    expect(&f, 9 * MS, 8);
    expect(&f, 20 * MS, 0);
    EXPECT_NONE(&f);
    assert_int_equal(counts(&f)->merged, 8);
    assert_int_equal(order_sensor_counts(f.o, 0)->merged[ACTION_MMAP], 8);
    feed_close(&f);
}

static void order_next__gives_two_as_they_are(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    add(&f, ACTION_LOAD, 7, "/a", 0);
    add(&f, ACTION_LOAD, 7, "/a", 1 * MS);
    order_flush(f.o);
    expect(&f, 0, 0);
    expect(&f, 1 * MS, 0);
    EXPECT_NONE(&f);
    feed_close(&f);
}

static void order_next__merges_only_what_is_the_same(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    add(&f, ACTION_MMAP, 7, "/a", 0);
    add(&f, ACTION_MMAP, 7, "/b", 1 * MS);
    add(&f, ACTION_MMAP, 7, "/a", 2 * MS);
    add(&f, ACTION_LOAD, 7, "/a", 3 * MS);
    for (int64_t i = 0; i < 4; i++) {
        struct event *event = add(&f, ACTION_LOAD, 7, "/a", (4 + i) * MS);
        event->slots[FIELD_API_FLAGS] = value_of_int(i);  // Told apart, though alike at a glance.
    }
    for (int64_t i = 0; i < 4; i++) {
        struct event *event = add(&f, ACTION_LOAD, 7, "/a", (8 + i) * MS);
        event->process.euid = i;
    }
    order_flush(f.o);
    for (int64_t i = 0; i < 12; i++)
        expect(&f, i * MS, 0);
    assert_int_equal(counts(&f)->merged, 0);
    feed_close(&f);
}

static void order_next__merges_no_other_actions(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t i = 0; i < 10; i++)
        add(&f, ACTION_TRACE, 7, "/a", i * MS);
    order_flush(f.o);
    assert_int_equal(feed_drain(&f), 10);
    feed_close(&f);
}

static void order_next__ends_a_run_after_a_second(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t i = 0; i <= 12; i++)
        add(&f, ACTION_MPROTECT, 7, "/a", i * 100 * MS);
    order_flush(f.o);
    expect(&f, 0, 0);
    expect(&f, 1000 * MS, 9);
    expect(&f, 1100 * MS, 0);
    expect(&f, 1200 * MS, 0);
    EXPECT_NONE(&f);
    feed_close(&f);
}

// Another process of the host does not end the run, but its time does.
static void order_next__follows_each_process(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t i = 0; i < 6; i++)
        add(&f, ACTION_MMAP, 7 + i % 2, "/a", i * MS);
    add(&f, ACTION_OPEN, 9, "", 1001 * MS);
    add(&f, ACTION_OPEN, 9, "", 1002 * MS);
    order_flush(f.o);
    expect(&f, 0, 0);
    expect(&f, 1 * MS, 0);
    expect(&f, 4 * MS, 1);
    expect(&f, 1001 * MS, 0);
    expect(&f, 5 * MS, 1);
    expect(&f, 1002 * MS, 0);
    feed_close(&f);
}

static void order_next__ends_the_run_of_a_process_that_something_is_done_to(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t i = 0; i < 3; i++)
        add(&f, ACTION_MMAP, 7, "/a", i * MS);
    struct event *event = add(&f, ACTION_TRACE, 8, "", 3 * MS);
    event->target.present = true;
    event->target.id.pid = 7;
    order_flush(f.o);
    expect(&f, 0, 0);
    expect(&f, 2 * MS, 1);
    expect(&f, 3 * MS, 0);
    feed_close(&f);
}

static void order_next__merges_for_more_processes_than_are_followed(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, &merging);
    for (int64_t round = 0; round < 3; round++)
        for (int64_t pid = 0; pid < 3 * (int64_t)ORDER_MERGE_PROCESSES; pid++)
            add(&f, ACTION_MMAP, pid, "/a", round * 100 * MS + pid);
    feed_end(&f);
    assert_in_range(counts(&f)->merged, 0, 3 * ORDER_MERGE_PROCESSES);
    feed_close(&f);
}

static void order_tick__lets_go_of_the_last_of_a_run(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = {
        .now_ns = feed_now, .context = &f, .is_live = true, .merges = true
    };
    f.now_ns = START;
    feed_open(&f, &options);
    for (uint64_t i = 0; i < 3; i++)
        feed_add(&f, (struct told){ .number = i,
                                    .at_ns = (int64_t)i * MS,
                                    .numbering = NUMBERING_ALL,
                                    .action = ACTION_MMAP,
                                    .id = 5 });
    feed_cut(&f);
    EXPECT(&f, 5);
    f.now_ns += SECOND;
    order_tick(f.o);
    expect(&f, 2 * MS, 1);
    feed_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_next__gives_the_first_and_the_last_of_a_run),
        cmocka_unit_test(order_next__gives_two_as_they_are),
        cmocka_unit_test(order_next__merges_only_what_is_the_same),
        cmocka_unit_test(order_next__merges_no_other_actions),
        cmocka_unit_test(order_next__ends_a_run_after_a_second),
        cmocka_unit_test(order_next__follows_each_process),
        cmocka_unit_test(order_next__ends_the_run_of_a_process_that_something_is_done_to),
        cmocka_unit_test(order_next__merges_for_more_processes_than_are_followed),
        cmocka_unit_test(order_tick__lets_go_of_the_last_of_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
