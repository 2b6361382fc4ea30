#include "enrich/writers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static str path_of(char text[32], uint32_t n)
{
    (void)snprintf(text, 32, "/opt/file-%u", n);
    return str_of(text);
}

static void writers_find__tells_hosts_and_paths_apart(void **state)
{
    (void)state;
    struct writers w;
    writers_init(&w, 100);
    assert_null(writers_find(&w, 0, STR("/opt/a")));
    writers_note(&w, 0, STR("/opt/a"))->team = 5;
    assert_int_equal(writers_find(&w, 0, STR("/opt/a"))->team, 5);
    assert_int_equal(writers_note(&w, 0, STR("/opt/a"))->team, 5);
    assert_null(writers_find(&w, 1, STR("/opt/a")));
    assert_null(writers_find(&w, 0, STR("/opt/b")));
    writers_remove(&w, 0, STR("/opt/a"));
    writers_remove(&w, 0, STR("/opt/a"));
    assert_null(writers_find(&w, 0, STR("/opt/a")));
    writers_done(&w);
}

static void writers_find__sees_through_private(void **state)
{
    (void)state;
    struct writers w;
    writers_init(&w, 100);
    writers_note(&w, 0, STR("/private/tmp/a"))->team = 1;
    writers_note(&w, 0, STR("/var/folders/b"))->team = 2;
    writers_note(&w, 0, STR("/private/opt"))->team = 3;
    assert_int_equal(writers_find(&w, 0, STR("/tmp/a"))->team, 1);
    assert_int_equal(writers_find(&w, 0, STR("/private/var/folders/b"))->team, 2);
    assert_null(writers_find(&w, 0, STR("/opt")));
    writers_done(&w);
}

static void writers_move__takes_along_what_is_known(void **state)
{
    (void)state;
    struct writers w;
    writers_init(&w, 100);
    struct writer *writer = writers_note(&w, 0, STR("/a"));
    writer->born_ns = 9;
    writer->type = MACHO_TYPE_DYLIB;
    writers_note(&w, 0, STR("/b"))->born_ns = 1;
    writer = writers_move(&w, 0, STR("/a"), STR("/b"));
    assert_true(writer->born_ns == 9 && writer->type == MACHO_TYPE_DYLIB);
    assert_null(writers_find(&w, 0, STR("/a")));
    assert_ptr_equal(writers_find(&w, 0, STR("/b")), writer);
    // Onto itself it stays; from where nothing is known, what lay there is forgotten.
    assert_int_equal(writers_move(&w, 0, STR("/b"), STR("/b"))->born_ns, 9);
    assert_int_equal(writers_move(&w, 0, STR("/unknown"), STR("/b"))->born_ns, 0);
    assert_int_equal(writers_move(&w, 0, STR(""), STR("/c"))->born_ns, 0);
    assert_int_equal(w.by_key.count, 2);
    writers_done(&w);
}

static void writers_note__spares_what_was_written_lately(void **state)
{
    (void)state;
    char text[32];
    struct writers w;
    writers_init(&w, 100);
    for (uint32_t n = 0; n < 10000; n++) {
        (void)writers_note(&w, 0, path_of(text, n));
        (void)writers_note(&w, 0, STR("/opt/log"));
        if (n % 7 == 0)
            writers_remove(&w, 0, path_of(text, n));
        assert_true(w.by_key.count <= 100 && w.count <= 100);
        assert_non_null(writers_find(&w, 0, STR("/opt/log")));
    }
    assert_non_null(writers_find(&w, 0, path_of(text, 9999)));
    assert_null(writers_find(&w, 0, path_of(text, 1)));
    assert_int_equal(w.evicted + w.by_key.count, 10001 - (9999 / 7 + 1));
    writers_done(&w);
}

// Where all were written lately, one goes all the same.
static void writers_note__does_with_the_least_room(void **state)
{
    (void)state;
    char text[32];
    struct writers w;
    writers_init(&w, 0);
    for (uint32_t n = 0; n < 10; n++)
        for (uint32_t again = 0; again < 2; again++)
            (void)writers_note(&w, 0, path_of(text, n));
    assert_int_equal(w.by_key.count, 2);
    assert_int_equal(w.evicted, 8);
    writers_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_find__tells_hosts_and_paths_apart),
        cmocka_unit_test(writers_find__sees_through_private),
        cmocka_unit_test(writers_move__takes_along_what_is_known),
        cmocka_unit_test(writers_note__spares_what_was_written_lately),
        cmocka_unit_test(writers_note__does_with_the_least_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
