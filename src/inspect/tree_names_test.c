// A directory of more names than are read. No disk holds one for a test: readdir() is ours here.

#include "inspect/tree.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned names_given;
static unsigned names_there;

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system keeps the other.
struct dirent *readdir(DIR *directory)
{
    static struct dirent entry;
    (void)directory;
    if (names_given == names_there)
        return NULL;
    (void)snprintf(entry.d_name, sizeof entry.d_name, "%u", names_given++);
    return &entry;
}

static void tree_next__refuses_more_names_than_max(void **state)
{
    (void)state;
    static const struct disk own = { .root = STR_INIT("") };
    const str path = STR("/");
    struct tree *t = tree_new(&path, 1, &own);
    struct tree_file file;
    str place;
    names_there = TREE_NAMES_MAX + 10;
    assert_int_equal(tree_next(t, &file), OK);
    assert_true(str_eq(file.why, STR("more names in one directory than are read")));
    assert_true(str_eq(file.path, STR("/")));
    assert_true(str_eq(file.place, STR("/")));
    assert_int_equal(names_given, TREE_NAMES_MAX + 1);
    assert_int_equal(tree_next(t, &file), END);
    assert_false(tree_walked(t, 0, &place));
    tree_free(t);
}

// And goes on where they are as many as that: none of them is there.
static void tree_next__takes_as_many_names_as_a_big_directory_has(void **state)
{
    (void)state;
    static const struct disk own = { .root = STR_INIT("") };
    const str path = STR("/");
    struct tree *t = tree_new(&path, 1, &own);
    struct tree_file file;
    unsigned count = 0;
    names_given = 0;
    names_there = 100000;
    while (tree_next(t, &file) == OK) {
        assert_true(file.is_other);
        count++;
    }
    assert_int_equal(count, names_there);
    tree_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_next__refuses_more_names_than_max),
        cmocka_unit_test(tree_next__takes_as_many_names_as_a_big_directory_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
