#include "enrich/process_table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND_NS 1000000000LL

static struct process_id id_of(int64_t pid)
{
    return (struct process_id){ .pid = pid, .pidversion = pid + 1000 };
}

static struct process *find(const struct process_table *t, uint32_t host, struct process_id id)
{
    return process_table_find(t, host, &id, 0);
}

static struct process *add(struct process_table *t, uint32_t host, struct process_id id,
                           const struct process *keep)
{
    return process_table_add(t, host, &id, keep);
}

static void process_table_find__tells_hosts_pids_and_versions_apart(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 100, 0);
    struct process *p = add(&t, 0, id_of(1), NULL);
    assert_ptr_equal(find(&t, 0, id_of(1)), p);
    assert_null(find(&t, 1, id_of(1)));
    assert_null(find(&t, 0, id_of(2)));
    assert_null(find(&t, 0, (struct process_id){ .pid = 1, .pidversion = 2 }));
    process_table_done(&t);
}

static void process_table_add__keeps_entries_where_they_are(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 10000, 0);
    const struct process *first = add(&t, 0, id_of(1), NULL);
    for (int64_t pid = 2; pid <= 5000; pid++)
        (void)add(&t, 0, id_of(pid), NULL);
    assert_ptr_equal(find(&t, 0, id_of(1)), first);
    for (int64_t pid = 1; pid <= 5000; pid++)
        assert_int_equal(find(&t, 0, id_of(pid))->id.pid, pid);
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
            struct process *p = add(&t, host, id_of(pid), NULL);
            if (pid < 3)
                process_table_end(&t, p, pid * SECOND_NS);
        }
    process_table_expire(&t, 0, SECOND_NS + EXIT_GRACE_NS - 1);
    assert_int_equal(t.count, 6);
    process_table_expire(&t, 0, SECOND_NS + EXIT_GRACE_NS);
    assert_null(find(&t, 0, id_of(1)));
    assert_non_null(find(&t, 0, id_of(2)));
    process_table_expire(&t, 0, 3600 * SECOND_NS);
    assert_null(find(&t, 0, id_of(2)));
    assert_non_null(find(&t, 0, id_of(3)));
    assert_non_null(find(&t, 1, id_of(1)));
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
        process_table_see(&t, add(&t, 0, id_of(pid), NULL), pid * 10 * SECOND_NS);
    process_table_end(&t, find(&t, 0, id_of(3)), 50 * SECOND_NS);
    process_table_end(&t, find(&t, 0, id_of(2)), 51 * SECOND_NS);
    process_table_see(&t, find(&t, 0, id_of(1)), 60 * SECOND_NS);

    static const int64_t order[] = { 3, 2, 4, 1 };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_non_null(find(&t, 0, id_of(order[i])));
        (void)add(&t, 0, id_of(100 + (int64_t)i), NULL);
        assert_null(find(&t, 0, id_of(order[i])));
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
    struct process *keep = add(&t, 0, id_of(1), NULL);
    (void)add(&t, 0, id_of(2), NULL);
    (void)add(&t, 0, id_of(3), keep);
    assert_ptr_equal(find(&t, 0, id_of(1)), keep);
    assert_null(find(&t, 0, id_of(2)));
    process_table_end(&t, keep, 0);
    (void)add(&t, 0, id_of(4), keep);
    assert_ptr_equal(find(&t, 0, id_of(1)), keep);
    assert_null(find(&t, 0, id_of(3)));
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
        p[i] = add(&t, 0, id_of(i), NULL);
        process_table_end(&t, p[i], i);
    }
    (void)add(&t, 0, id_of(10), p[0]);
    assert_null(find(&t, 0, id_of(1)));
    assert_int_equal(t.count, 3);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 10);
    assert_int_equal(t.count, 1);
    process_table_end(&t, find(&t, 0, id_of(10)), 20);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 20);
    assert_int_equal(t.count, 0);
    process_table_done(&t);
}

static void process_table_end__ends_once(void **state)
{
    (void)state;
    struct process_table t;
    process_table_init(&t, 3, 0);
    struct process *p = add(&t, 0, id_of(1), NULL);
    process_table_end(&t, p, 5);
    process_table_end(&t, p, 9);
    process_table_see(&t, p, 100 * SECOND_NS);
    assert_int_equal(p->ended_ns, 5);
    process_table_expire(&t, 0, EXIT_GRACE_NS + 5);
    assert_int_equal(t.count, 0);
    process_table_done(&t);
}

static void assert_entity(str host, struct process_id id, const char *text, bool is_same)
{
    struct entity e = { 0 };
    entity_set(&e, host, &id, false);
    assert_int_equal(str_eq(entity_str(&e), str_of(text)), is_same);
    entity_done(&e);
}

static void entity_set__is_of_host_and_the_strongest_that_is_told(void **state)
{
    (void)state;
    // Written down so that a change of it, which would break what was stored, is seen.
    static const char text[] = "db4db9c6efdb94e5139f448ee46fb3f9";
    struct process_id id = id_of(1);
    assert_entity(STR("mac-1"), id, text, true);
    assert_entity(STR("mac-2"), id, text, false);
    assert_entity(STR("mac-1"), id_of(2), text, false);
    assert_entity(STR("mac-1"), (struct process_id){ .pid = 1, .pidversion = 7 }, text, false);
    id.start_ns = 5;  // Not in it: parents are named without.
    assert_entity(STR("mac-1"), id, text, true);
    id.entity = STR("a name of the sensor's own, and a long one");
    assert_entity(STR("mac-1"), id, "a name of the sensor's own, and a long one", true);
}

static void entity_set__hashes_a_name_that_is_too_long(void **state)
{
    (void)state;
    char name[ENTITY_TOLD_MAX + 1];
    memset(name, 'n', sizeof name);
    struct entity e = { 0 };
    struct process_id id = { .pid = 1, .pidversion = -1, .entity = { name, sizeof name } };
    entity_set(&e, STR("mac-1"), &id, false);
    assert_int_equal(entity_str(&e).len, ENTITY_HASH_LEN);
    id.entity.len--;
    entity_set(&e, STR("mac-1"), &id, false);
    assert_int_equal(entity_str(&e).len, ENTITY_TOLD_MAX);
    entity_done(&e);
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
        cmocka_unit_test(entity_set__is_of_host_and_the_strongest_that_is_told),
        cmocka_unit_test(entity_set__hashes_a_name_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
