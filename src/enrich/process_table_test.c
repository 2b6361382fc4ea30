#include "enrich/process_table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND_NS 1000000000LL

static struct process_id id_of(int64_t pid)
{
    return (struct process_id){ .pid = pid, .pidversion = pid + 1000 };
}

static void process_table_find__tells_hosts_pids_and_versions_apart(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 100, 0);
    struct process *p = process_table_add(&t, 0, id_of(1), NULL);
    assert_ptr_equal(process_table_find(&t, 0, id_of(1)), p);
    assert_null(process_table_find(&t, 1, id_of(1)));
    assert_null(process_table_find(&t, 0, id_of(2)));
    assert_null(process_table_find(&t, 0, (struct process_id){ .pid = 1, .pidversion = 2 }));
    process_table_done(&t);
}

static void process_table_add__keeps_entries_where_they_are(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 10000, 0);
    const struct process *first = process_table_add(&t, 0, id_of(1), NULL);
    for (int64_t pid = 2; pid <= 5000; pid++)
        (void)process_table_add(&t, 0, id_of(pid), NULL);
    assert_ptr_equal(process_table_find(&t, 0, id_of(1)), first);
    for (int64_t pid = 1; pid <= 5000; pid++)
        assert_int_equal(process_table_find(&t, 0, id_of(pid))->id.pid, pid);
    assert_int_equal(t.count, 5000);
    process_table_done(&t);
}

static void process_table_expire__forgets_after_the_grace_of_the_same_host(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 100, 0);
    for (uint32_t host = 0; host < 2; host++)
        for (int64_t pid = 1; pid <= 3; pid++) {
            struct process *p = process_table_add(&t, host, id_of(pid), NULL);
            if (pid < 3)
                process_table_end(&t, p, pid * SECOND_NS);
        }
    process_table_expire(&t, 0, SECOND_NS + EXIT_GRACE_NS - 1);
    assert_int_equal(t.count, 6);
    process_table_expire(&t, 0, SECOND_NS + EXIT_GRACE_NS);
    assert_null(process_table_find(&t, 0, id_of(1)));
    assert_non_null(process_table_find(&t, 0, id_of(2)));
    process_table_expire(&t, 0, 3600 * SECOND_NS);
    assert_null(process_table_find(&t, 0, id_of(2)));
    assert_non_null(process_table_find(&t, 0, id_of(3)));
    assert_non_null(process_table_find(&t, 1, id_of(1)));
    assert_int_equal(t.count, 4);
    assert_int_equal(t.evicted, 0);
    process_table_expire(&t, 77, 3600 * SECOND_NS);
    process_table_done(&t);
}

// The ended first, then whoever was seen least recently.
static void process_table_add__evicts_when_there_are_more_than_max(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 4, 0);
    for (int64_t pid = 1; pid <= 4; pid++)
        process_table_see(&t, process_table_add(&t, 0, id_of(pid), NULL), pid * 10 * SECOND_NS);
    process_table_end(&t, process_table_find(&t, 0, id_of(3)), 50 * SECOND_NS);
    process_table_end(&t, process_table_find(&t, 0, id_of(2)), 51 * SECOND_NS);
    process_table_see(&t, process_table_find(&t, 0, id_of(1)), 60 * SECOND_NS);

    static const int64_t order[] = { 3, 2, 4, 1 };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_non_null(process_table_find(&t, 0, id_of(order[i])));
        (void)process_table_add(&t, 0, id_of(100 + (int64_t)i), NULL);
        assert_null(process_table_find(&t, 0, id_of(order[i])));
        assert_int_equal(t.count, 4);
        assert_int_equal(t.evicted, i + 1);
    }
    process_table_done(&t);
}

static void process_table_add__spares_the_one_that_is_needed(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 2, 0);
    struct process *keep = process_table_add(&t, 0, id_of(1), NULL);
    (void)process_table_add(&t, 0, id_of(2), NULL);
    (void)process_table_add(&t, 0, id_of(3), keep);
    assert_ptr_equal(process_table_find(&t, 0, id_of(1)), keep);
    assert_null(process_table_find(&t, 0, id_of(2)));
    process_table_end(&t, keep, 0);
    (void)process_table_add(&t, 0, id_of(4), keep);
    assert_ptr_equal(process_table_find(&t, 0, id_of(1)), keep);
    assert_null(process_table_find(&t, 0, id_of(3)));
    process_table_done(&t);
}

// An ended one that is spared no longer stands first in its host's queue when others leave.
static void process_table_add__evicts_from_the_middle_of_a_hosts_queue(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 3, 0);
    struct process *p[3];
    for (int64_t i = 0; i < 3; i++) {
        p[i] = process_table_add(&t, 0, id_of(i), NULL);
        process_table_end(&t, p[i], i);
    }
    (void)process_table_add(&t, 0, id_of(10), p[0]);
    assert_null(process_table_find(&t, 0, id_of(1)));
    assert_int_equal(t.count, 3);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 10);
    assert_int_equal(t.count, 1);
    process_table_end(&t, process_table_find(&t, 0, id_of(10)), 20);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 20);
    assert_int_equal(t.count, 0);
    process_table_done(&t);
}

static void process_table_end__ends_once(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 3, 0);
    struct process *p = process_table_add(&t, 0, id_of(1), NULL);
    process_table_end(&t, p, 5);
    process_table_end(&t, p, 9);
    process_table_see(&t, p, 100 * SECOND_NS);
    assert_int_equal(p->ended_ns, 5);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 5);
    assert_int_equal(t.count, 0);
    process_table_done(&t);
}

static void entity_text_of__is_of_host_pid_and_version(void **state)
{
    (void)state;
    const struct entity_text a = entity_text_of(STR("mac-1"), id_of(1));
    const struct entity_text same = entity_text_of(STR("mac-1"), id_of(1));
    const struct entity_text host = entity_text_of(STR("mac-2"), id_of(1));
    const struct entity_text pid = entity_text_of(STR("mac-1"), id_of(2));
    const struct entity_text version =
        entity_text_of(STR("mac-1"), (struct process_id){ .pid = 1, .pidversion = 7 });
    // Written down so that a change of it, which would break what was stored, is seen.
    assert_memory_equal(a.at, "db4db9c6efdb94e5139f448ee46fb3f9", ENTITY_TEXT_LEN);
    assert_memory_equal(a.at, same.at, ENTITY_TEXT_LEN);
    assert_memory_not_equal(a.at, host.at, ENTITY_TEXT_LEN);
    assert_memory_not_equal(a.at, pid.at, ENTITY_TEXT_LEN);
    assert_memory_not_equal(a.at, version.at, ENTITY_TEXT_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_table_find__tells_hosts_pids_and_versions_apart),
        cmocka_unit_test(process_table_add__keeps_entries_where_they_are),
        cmocka_unit_test(process_table_expire__forgets_after_the_grace_of_the_same_host),
        cmocka_unit_test(process_table_add__evicts_when_there_are_more_than_max),
        cmocka_unit_test(process_table_add__spares_the_one_that_is_needed),
        cmocka_unit_test(process_table_add__evicts_from_the_middle_of_a_hosts_queue),
        cmocka_unit_test(process_table_end__ends_once),
        cmocka_unit_test(entity_text_of__is_of_host_pid_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
