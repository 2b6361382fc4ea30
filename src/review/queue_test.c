#include "review/queue.h"

#include "review/fixture.h"

#define HEIGHT  20u
#define MILLION INT64_C(1000000)

static void follow(struct queue *q, struct pretend *p, enum queue_load load, size_t height)
{
    for (int turns = 0; load != QUEUE_LOAD_NONE; turns++) {
        struct findings_filter ask = { .limit = 0 };
        assert_true(turns < 20);
        queue_begin(q, load, &ask);
        pretend_list(p, &ask, q);
        load = queue_end(q, height);
    }
}

// What is shown is one row after the other, and the chosen one is among it.
static void assert_window(const struct queue *q, const struct pretend *p, size_t height)
{
    assert_true(q->count <= QUEUE_ROWS_MAX);
    for (size_t i = 1; i < q->count; i++)
        assert_int_equal(pretend_number(&q->rows[i].row), pretend_number(&q->rows[i - 1].row) + 1);
    if (q->count == 0)
        return;
    assert_true(q->chosen >= q->top && q->chosen < q->top + height && q->chosen < q->count);
    const int64_t there = p->count - p->gone;
    assert_true(q->count - q->top >= height || (int64_t)q->count == there ||
                q->count - q->top == height);
}

static void move(struct queue *q, struct pretend *p, int64_t by, int64_t expected)
{
    follow(q, p, queue_move(q, by, HEIGHT), HEIGHT);
    assert_int_equal(pretend_number(queue_chosen(q)), expected);
    assert_window(q, p, HEIGHT);
}

static void queue_move__loads_what_is_lacking(void **state)
{
    struct queue q = { .count = 0 };
    struct pretend p = { .count = MILLION };
    (void)state;
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    assert_int_equal(p.rows_given, QUEUE_CHUNK);
    move(&q, &p, 1, 1);
    move(&q, &p, -5, 0);
    move(&q, &p, 500, 500);
    for (int64_t n = 520; n < 3000; n += 20)
        move(&q, &p, 20, n);
    for (int64_t n = 2979; n > 1000; n -= 1)
        move(&q, &p, -1, n);
    assert_true(p.rows_given < 6000);
    queue_done(&q);
}

static void queue_move__reaches_both_ends(void **state)
{
    struct queue q = { .count = 0 };
    struct pretend p = { .count = MILLION };
    (void)state;
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    follow(&q, &p, QUEUE_LOAD_LAST, HEIGHT);
    assert_int_equal(pretend_number(queue_chosen(&q)), MILLION - 1);
    assert_int_equal(q.top + HEIGHT, q.count);
    move(&q, &p, 1, MILLION - 1);
    move(&q, &p, -700, MILLION - 701);
    move(&q, &p, 5000, MILLION - 1);
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    assert_int_equal(pretend_number(queue_chosen(&q)), 0);
    assert_true(p.rows_given < 4000);
    queue_done(&q);
}

static void queue_end__of_few(void **state)
{
    (void)state;
    for (int64_t count = 0; count < 2 * HEIGHT; count++) {
        struct queue q = { .count = 0 };
        struct pretend p = { .count = count };
        follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
        assert_int_equal(pretend_number(queue_chosen(&q)), count > 0 ? 0 : -1);
        move(&q, &p, 100, count - 1);
        move(&q, &p, -100, count > 0 ? 0 : -1);
        follow(&q, &p, QUEUE_LOAD_LAST, HEIGHT);
        move(&q, &p, 0, count - 1);
        follow(&q, &p, QUEUE_LOAD_AGAIN, HEIGHT);
        move(&q, &p, 0, count - 1);
        queue_done(&q);
    }
}

// The same rows are shown again, though those before are not held.
static void queue_begin__reads_again_from_where_one_is(void **state)
{
    struct queue q = { .count = 0 };
    struct pretend p = { .count = MILLION };
    (void)state;
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    move(&q, &p, 5, 5);
    follow(&q, &p, QUEUE_LOAD_AGAIN, HEIGHT);
    move(&q, &p, 0, 5);
    move(&q, &p, 3000, 3005);
    move(&q, &p, -10, 2995);
    const int64_t top = pretend_number(&q.rows[q.top].row);
    follow(&q, &p, QUEUE_LOAD_AGAIN, HEIGHT);
    move(&q, &p, 0, 2995);
    assert_int_equal(pretend_number(&q.rows[q.top].row), top);
    p.gone = MILLION;
    follow(&q, &p, QUEUE_LOAD_AGAIN, HEIGHT);
    assert_null(queue_chosen(&q));
    assert_int_equal(q.count, 0);
    queue_done(&q);
}

static void queue_settle__fits_the_terminal(void **state)
{
    struct queue q = { .count = 0 };
    struct pretend p = { .count = 1000 };
    (void)state;
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    move(&q, &p, 199, 199);
    follow(&q, &p, queue_settle(&q, 3), 3);
    assert_window(&q, &p, 3);
    follow(&q, &p, queue_settle(&q, 500), 500);
    assert_window(&q, &p, 500);
    follow(&q, &p, queue_settle(&q, 0), 1);
    assert_window(&q, &p, 1);
    assert_int_equal(pretend_number(queue_chosen(&q)), 199);
    queue_done(&q);
}

static void queue_give_up__asks_for_nothing_more(void **state)
{
    struct queue q = { .count = 0 };
    struct pretend p = { .count = 1000 };
    struct findings_filter ask = { .limit = 0 };
    (void)state;
    follow(&q, &p, QUEUE_LOAD_FIRST, HEIGHT);
    assert_int_equal(queue_move(&q, 300, HEIGHT), QUEUE_LOAD_BELOW);
    queue_begin(&q, QUEUE_LOAD_BELOW, &ask);
    pretend_list(&p, &ask, &q);
    queue_give_up(&q);
    assert_int_equal(q.count, QUEUE_CHUNK);
    assert_int_equal(queue_move(&q, 5, HEIGHT), QUEUE_LOAD_NONE);
    queue_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_move__loads_what_is_lacking),
        cmocka_unit_test(queue_move__reaches_both_ends),
        cmocka_unit_test(queue_end__of_few),
        cmocka_unit_test(queue_begin__reads_again_from_where_one_is),
        cmocka_unit_test(queue_settle__fits_the_terminal),
        cmocka_unit_test(queue_give_up__asks_for_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
