#include "assets/csv.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHOWN_MAX 512u

// Cells in brackets, rows with their line, and how it ended.
static enum status show(str text, char out[static SHOWN_MAX], struct err *err)
{
    struct csv *c = csv_new(text);
    struct csv_row row;
    enum status status;
    size_t used = 0;
    out[0] = '\0';
    err->text[0] = '\0';
    while ((status = csv_next(c, &row, err)) == OK) {
        used += (size_t)snprintf(out + used, SHOWN_MAX - used, "%u", (unsigned)row.line);
        for (size_t i = 0; i < row.count; i++)
            used += (size_t)snprintf(out + used, SHOWN_MAX - used, "[%.*s]", STR_ARG(row.cells[i]));
    }
    csv_free(c);
    return status;
}

static void csv_next__reads_what_spreadsheets_write(void **state)
{
    static const struct {
        str text;
        const char *rows;
    } cases[] = {
        { STR_INIT(""), "" },
        { STR_INIT("a,b\nc,d\n"), "1[a][b]2[c][d]" },
        { STR_INIT("a,b\r\nc,d"), "1[a][b]2[c][d]" },
        { STR_INIT("a,b\rc,d\r"), "1[a][b]2[c][d]" },
        { STR_INIT("a;b,c\n\n\nd;e\n"), "1[a][b,c]4[d][e]" },
        { STR_INIT("a\tb\n\"c\td\"\te\n"), "1[a][b]2[c\td][e]" },
        { STR_INIT("\xef\xbb\xbf\"a\",b\n"), "1[a][b]" },
        { STR_INIT("a,\"b \"\"c\"\", d\"\n"), "1[a][b \"c\", d]" },
        { STR_INIT("a,\"b\r\nc\"\nd,e\n"), "1[a][b\r\nc]3[d][e]" },
        { STR_INIT(",\n,\n"), "1[][]2[][]" },
        { STR_INIT("\"\"\na\n"), "1[]2[a]" },
        { STR_INIT("n\xc3\xa4me\n"), "1[n\xc3\xa4me]" },
        { STR_INIT("one\ntwo;three\n"), "1[one]2[two;three]" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[SHOWN_MAX];
        struct err err;
        assert_int_equal(show(cases[i].text, out, &err), END);
        assert_string_equal(out, cases[i].rows);
    }
}

static void csv_next__says_where_and_what_is_wrong(void **state)
{
    static const struct {
        str text;
        const char *sentence;
    } cases[] = {
        { STR_INIT("\xff\xfe"
                   "a\0"),
          "1:1: this is UTF-16; save it as UTF-8" },
        { STR_INIT("\xfe\xff\0a"), "1:1: this is UTF-16; save it as UTF-8" },
        { STR_INIT("a\0b\0"), "1:2: a NUL, which no text has; is it UTF-16? Save it as UTF-8" },
        { STR_INIT("a,b\nn\xe4me,c\n"), "2:2: this is not UTF-8; save the file as UTF-8" },
        { STR_INIT("\xc3\xa4,\xc3\n"), "1:3: this is not UTF-8; save the file as UTF-8" },
        { STR_INIT("a,b\nc,\"d\ne\n"), "2:3: the quote that opens here is never closed" },
        { STR_INIT("a,b\n\"c\"d,e\n"), "2:4: there is text behind the closing quote of a cell" },
        { STR_INIT("a,b\n13\" Mac,e\n"),
          "2:3: a quote within a cell that does not begin with one; put the cell in quotes and "
          "double this one" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[SHOWN_MAX];
        struct err err;
        assert_int_equal(show(cases[i].text, out, &err), ERR_FORMAT);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

// A cell of 10 MB, quoted or not.
static void csv_next__refuses_more_than_max(void **state)
{
    static const size_t large = 10u * 1024u * 1024u;
    char out[SHOWN_MAX];
    struct err err;
    (void)state;
    char *text = memory_new(large);
    memset(text, 'x', large);
    assert_int_equal(show((str){ .at = text, .len = large }, out, &err), ERR_LIMIT);
    assert_string_equal(err.text,
                        "1:1: the cell that begins here is larger than 64 KiB; is a quote not "
                        "closed?");
    text[0] = '"';
    assert_int_equal(show((str){ .at = text, .len = large }, out, &err), ERR_LIMIT);
    for (size_t i = 0; i < large; i += CSV_CELL_MAX)
        text[i] = ',';
    assert_int_equal(show((str){ .at = text, .len = large }, out, &err), ERR_LIMIT);
    assert_non_null(strstr(err.text, "the row is larger than 1 MiB"));
    memset(text, ',', large);
    assert_int_equal(show((str){ .at = text, .len = large }, out, &err), ERR_LIMIT);
    assert_string_equal(err.text, "1:1025: a row has at most 1024 cells");
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_next__reads_what_spreadsheets_write),
        cmocka_unit_test(csv_next__says_where_and_what_is_wrong),
        cmocka_unit_test(csv_next__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
