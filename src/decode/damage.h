// One member of a record at a time is taken away or made another value, at every level, for the tests
// of dialects: none may crash, none may be lost from the counts, and most must still be an event.

#ifndef DECODE_DAMAGE_H
#define DECODE_DAMAGE_H

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <yyjson.h>

#define DAMAGE_PATH_SIZE 512u

enum damage {
    DAMAGE_REMOVED,
    DAMAGE_NULL,
    DAMAGE_BOOL,
    DAMAGE_NUMBER,
    DAMAGE_NEGATIVE,
    DAMAGE_HUGE,
    DAMAGE_REAL,
    DAMAGE_TEXT,
    DAMAGE_EMPTY,
    DAMAGE_LIST,
    DAMAGE_MIXED_LIST,
    DAMAGE_OBJECT,
    DAMAGE_COUNT
};

// `path` is that of the member, with dots between names and elements of lists as their number.
typedef void damage_visit(str record, const char *path, enum damage how, void *context);

static inline yyjson_mut_val *damage_value(yyjson_mut_doc *doc, enum damage how)
{
    static const char *const texts[DAMAGE_COUNT] = {
        [DAMAGE_NULL] = "null",
        [DAMAGE_BOOL] = "true",
        [DAMAGE_NUMBER] = "77",
        [DAMAGE_NEGATIVE] = "-9223372036854775808",
        [DAMAGE_REAL] = "1.5",
        [DAMAGE_HUGE] = "18446744073709551615",
        [DAMAGE_TEXT] = "\"damage\"",
        [DAMAGE_EMPTY] = "\"\"",
        [DAMAGE_LIST] = "[]",
        [DAMAGE_MIXED_LIST] = "[null,{\"a\":[]},\"b\",3]",
        [DAMAGE_OBJECT] = "{\"a\":{\"b\":1}}",
    };
    yyjson_doc *value = yyjson_read(texts[how], strlen(texts[how]), YYJSON_READ_NOFLAG);
    yyjson_mut_val *copy = yyjson_val_mut_copy(doc, yyjson_doc_get_root(value));
    yyjson_doc_free(value);
    return copy;
}

// Damages the member with the number `*n`, counted from 0 in the order of the text, and writes its
// path; `*n` is less by as many members as there were.
static inline bool damage_member(yyjson_mut_doc *doc, yyjson_mut_val *val, size_t *n,
                                 enum damage how, char *path, size_t len)
{
    yyjson_mut_obj_iter members = yyjson_mut_obj_iter_with(val);
    for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&members)) != NULL;) {
        const int more = snprintf(path + len, DAMAGE_PATH_SIZE - len, "%s%s", len > 0 ? "." : "",
                                  yyjson_mut_get_str(key));
        assert_true(more > 0 && len + (size_t)more < DAMAGE_PATH_SIZE);
        if (*n == 0 && how == DAMAGE_REMOVED) {
            (void)yyjson_mut_obj_iter_remove(&members);
            return true;
        }
        if (*n == 0) {
            const char *name = yyjson_mut_get_str(key);
            (void)yyjson_mut_obj_replace(val, yyjson_mut_str(doc, name), damage_value(doc, how));
            return true;
        }
        --*n;
        if (damage_member(doc, yyjson_mut_obj_iter_get_val(key), n, how, path, len + (size_t)more))
            return true;
    }
    yyjson_mut_arr_iter elements = yyjson_mut_arr_iter_with(val);
    for (yyjson_mut_val *each; (each = yyjson_mut_arr_iter_next(&elements)) != NULL;) {
        const int more = snprintf(path + len, DAMAGE_PATH_SIZE - len, ".%zu", elements.idx - 1);
        assert_true(more > 0 && len + (size_t)more < DAMAGE_PATH_SIZE);
        if (damage_member(doc, each, n, how, path, len + (size_t)more))
            return true;
    }
    return false;
}

static inline void damage_each(const char *record, damage_visit *visit, void *context)
{
    yyjson_doc *whole = yyjson_read(record, strlen(record), YYJSON_READ_NOFLAG);
    assert_non_null(whole);
    bool is_past = false;
    for (size_t i = 0; !is_past; i++)
        for (unsigned how = 0; how < DAMAGE_COUNT && !is_past; how++) {
            char path[DAMAGE_PATH_SIZE];
            size_t n = i;
            size_t len;
            yyjson_mut_doc *doc = yyjson_doc_mut_copy(whole, NULL);
            is_past =
                !damage_member(doc, yyjson_mut_doc_get_root(doc), &n, (enum damage)how, path, 0);
            char *text = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, &len);
            assert_non_null(text);
            if (!is_past)
                visit((str){ .at = text, .len = len }, path, (enum damage)how, context);
            free(text);
            yyjson_mut_doc_free(doc);
        }
    yyjson_doc_free(whole);
}

#endif
