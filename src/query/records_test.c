#include "query/records.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SHOWN_LEN_MAX 4096u

// Every record as "line:text|", its text less the blanks around it.
static void show_records(struct records *r, char *out)
{
    struct records_item item;
    size_t len = 0;
    out[0] = '\0';
    while (records_take(r, &item)) {
        str text = item.text;
        while (text.len > 0 && strchr(" \n\r\t", text.at[0]) != NULL)
            text = str_from(text, 1);
        while (text.len > 0 && strchr(" \n\r\t", text.at[text.len - 1]) != NULL)
            text = str_to(text, text.len - 1);
        len += (size_t)snprintf(out + len, SHOWN_LEN_MAX - len, "%llu:%.*s|",
                                (unsigned long long)item.line, STR_ARG(text));
    }
}

static size_t show_text(str text, char *out)
{
    size_t failures;
    struct records *r = records_open_memory(bytes_of_str(text));
    show_records(r, out);
    (void)records_failures(r, &failures);
    records_close(r);
    return failures;
}

static void records_take__gives_lines(void **state)
{
    char out[SHOWN_LEN_MAX];
    (void)state;
    assert_int_equal(show_text(STR("{\"a\":1}\r\n\n  \t\n{\"b\":\n[2]"), out), 0);
    assert_string_equal(out, "1:{\"a\":1}|4:{\"b\":|5:[2]|");
    assert_int_equal(show_text(STR(""), out), 0);
    assert_string_equal(out, "");
    assert_int_equal(show_text(STR(" \n\n"), out), 0);
    assert_string_equal(out, "");
    assert_int_equal(show_text(STR("\xef\xbb\xbf{}\n"), out), 0);
    assert_string_equal(out, "1:{}|");
    assert_int_equal(show_text(STR("1"), out), 0);
    assert_string_equal(out, "1:1|");
}

static void records_take__gives_elements_of_a_list(void **state)
{
    char out[SHOWN_LEN_MAX];
    (void)state;
    assert_int_equal(
        show_text(STR("\n[\n  {\"a\": [1, \"],}\\\"\\\\\"]},\n\n  {\n \"b\":2}\n]\n"), out), 0);
    assert_string_equal(out, "3:{\"a\": [1, \"],}\\\"\\\\\"]}|5:{\n \"b\":2}|");
    assert_int_equal(show_text(STR("\xef\xbb\xbf[]"), out), 0);
    assert_string_equal(out, "");
    assert_int_equal(show_text(STR("[ {} ]\n{\"c\":3}\n[4]"), out), 0);
    assert_string_equal(out, "1:{}|2:{\"c\":3}|3:[4]|");
}

// What is no list at all is damaged in as few records as can be.
static void records_take__gives_the_parts_of_a_damaged_list(void **state)
{
    char out[SHOWN_LEN_MAX];
    (void)state;
    assert_int_equal(show_text(STR("[1,,2,]"), out), 0);
    assert_string_equal(out, "1:1|1:|1:2|1:|");
    assert_int_equal(show_text(STR("[1}2] x\n3"), out), 0);
    assert_string_equal(out, "1:1}2|1:x|2:3|");
    assert_int_equal(show_text(STR("[[[[["), out), 1);
    assert_string_equal(out, "1:[[[[|");
    assert_int_equal(show_text(STR("[{\"a\":\"b],c"), out), 1);
    assert_string_equal(out, "1:{\"a\":\"b],c|");
    assert_int_equal(show_text(STR("["), out), 1);
    assert_string_equal(out, "");
}

static void records_take__says_that_a_list_was_cut(void **state)
{
    const str whole = STR("[{\"a\":1},\n{\"b\":\"]\"}]");
    (void)state;
    for (size_t len = 1; len < whole.len; len++) {
        size_t count;
        char out[SHOWN_LEN_MAX];
        struct records *r = records_open_memory(bytes_of_str(str_to(whole, len)));
        show_records(r, out);
        const struct records_failure *failure = records_failures(r, &count);
        assert_int_equal(count, 1);
        assert_string_equal(failure->why, "the list ends in the middle; what came before was read");
        records_close(r);
    }
}

// Two records around one that is too long; each of `around` has one %s.
static void check_too_long(const char *before, const char *after, uint64_t line_after)
{
    const size_t len = RECORDS_LEN_MAX + 2;
    struct records_item item;
    char *text = memory_new(len + 64);
    size_t at = (size_t)snprintf(text, 32, "%s", before);
    memset(text + at, 'x', len);
    at += len;
    at += (size_t)snprintf(text + at, 32, "%s", after);
    struct records *r = records_open_memory((bytes){ .at = (const uint8_t *)text, .len = at });
    assert_true(records_take(r, &item));
    assert_int_equal(item.text.len, 1);
    assert_true(records_take(r, &item));
    assert_true(item.is_too_long);
    assert_int_equal(item.text.len, 0);
    assert_int_equal(item.line, 2);
    assert_true(records_take(r, &item));
    assert_false(item.is_too_long);
    assert_int_equal(item.text.len, 1);
    assert_int_equal(item.line, line_after);
    assert_false(records_take(r, &item));
    assert_int_equal(records_counts(r).records, 3);
    records_close(r);
    free(text);
}

static void records_take__refuses_more_than_max(void **state)
{
    (void)state;
    check_too_long("1\n", "\n3\n", 3);
    check_too_long("[1,\n\"", ",],\\\"\n\",3]", 3);
}

static void records_take__goes_on_past_what_cannot_be_read(void **state)
{
    char directory[] = "/tmp/pomona-records-XXXXXX";
    char path[64];
    char out[SHOWN_LEN_MAX];
    size_t count;
    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/list", directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    (void)fputs("[1,\n2]", file);
    assert_int_equal(fclose(file), 0);
    const str paths[] = { STR("/nonexistent/a"), str_of(path), str_of(directory), str_of(path) };
    struct records *r = records_open(paths, COUNT_OF(paths), NULL);
    show_records(r, out);
    assert_string_equal(out, "1:1|2:2|1:1|2:2|");
    const struct records_failure *failures = records_failures(r, &count);
    assert_int_equal(count, 2);
    assert_true(str_eq(failures[0].path, paths[0]));
    assert_string_equal(failures[0].why, "No such file or directory");
    assert_true(str_eq(failures[1].path, paths[2]));
    assert_int_equal(records_counts(r).inputs_read, 2);
    records_close(r);
    (void)unlink(path);
    (void)rmdir(directory);
}

static void records_take__ends_where_it_is_told_to_stop(void **state)
{
    static volatile sig_atomic_t stop = 1;
    const str paths[] = { STR("-") };
    struct records_item item;
    (void)state;
    struct records *r = records_open(paths, 1, &stop);
    assert_false(records_take(r, &item));
    assert_true(records_counts(r).stopped);
    records_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_take__gives_lines),
        cmocka_unit_test(records_take__gives_elements_of_a_list),
        cmocka_unit_test(records_take__gives_the_parts_of_a_damaged_list),
        cmocka_unit_test(records_take__says_that_a_list_was_cut),
        cmocka_unit_test(records_take__refuses_more_than_max),
        cmocka_unit_test(records_take__goes_on_past_what_cannot_be_read),
        cmocka_unit_test(records_take__ends_where_it_is_told_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
