// A record with one of its members gone, null, or of another type: each member in turn, at each
// level. For tests that say what an event can do without.

#ifndef DECODE_DAMAGE_H
#define DECODE_DAMAGE_H

#include "decode/fixture.h"

#include <stdio.h>
#include <string.h>
#include <yyjson.h>

#define DAMAGE_PATH_MAX 512u

// Called for each: `path` is the member's place, as "/event/exec/target"; `how` is its new value, or
// "" where it is gone. The text lives for the call.
struct damage_visitor {
    void (*visit)(struct fixture *f, str record, const char *path, const char *how);
};

static inline void damage_write(struct fixture *f, yyjson_mut_doc *doc, const char *path,
                                const char *how, const struct damage_visitor *v)
{
    size_t len;
    char *text = yyjson_mut_write(doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, &len);
    assert_non_null(text);
    v->visit(f, (str){ .at = text, .len = len }, path, how);
    free(text);
}

// Puts each value in the place of `val`, which is put back.
static inline void damage_value(struct fixture *f, yyjson_mut_doc *doc, yyjson_mut_val *val,
                                const char *path, const struct damage_visitor *v)
{
    static const char *const others[] = { "null",
                                          "true",
                                          "-1",
                                          "\"\"",
                                          "\"\\u0000x\"",
                                          "1.5",
                                          "[]",
                                          "[1,[2]]",
                                          "{}",
                                          "{\"a\":{\"b\":1}}",
                                          "18446744073709551615" };
    const yyjson_mut_val kept = *val;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        yyjson_doc *other = yyjson_read(others[i], strlen(others[i]), 0);
        yyjson_mut_val *copy = yyjson_val_mut_copy(doc, yyjson_doc_get_root(other));
        val->tag = copy->tag;
        val->uni = copy->uni;
        damage_write(f, doc, path, others[i], v);
        yyjson_doc_free(other);
        val->tag = kept.tag;
        val->uni = kept.uni;
    }
}

// Objects in lists are visited as well, under the number of the element.
static inline void damage_level(struct fixture *f, yyjson_mut_doc *doc, yyjson_mut_val *at,
                                const char *path, const struct damage_visitor *v)
{
    char inner[DAMAGE_PATH_MAX];
    size_t i;
    size_t max;
    yyjson_mut_val *key;
    yyjson_mut_val *val;
    if (yyjson_mut_is_arr(at))
        yyjson_mut_arr_foreach(at, i, max, val)
        {
            (void)snprintf(inner, sizeof inner, "%s/%zu", path, i);
            damage_level(f, doc, val, inner, v);
        }
    if (!yyjson_mut_is_obj(at))
        return;
    yyjson_mut_obj_foreach(at, i, max, key, val)
    {
        (void)snprintf(inner, sizeof inner, "%s/%s", path, yyjson_mut_get_str(key));
        damage_value(f, doc, val, inner, v);
        // Under another name it is as good as gone, and every place stays where it was.
        const yyjson_mut_val kept = *key;
        yyjson_mut_set_str(key, "?");
        damage_write(f, doc, inner, "", v);
        key->tag = kept.tag;
        key->uni = kept.uni;
        damage_level(f, doc, val, inner, v);
    }
}

static inline void damage_each(struct fixture *f, const char *record,
                               void (*visit)(struct fixture *f, str record, const char *path,
                                             const char *how))
{
    yyjson_doc *doc = yyjson_read(record, strlen(record), 0);
    assert_non_null(doc);
    yyjson_mut_doc *copy = yyjson_doc_mut_copy(doc, NULL);
    const struct damage_visitor v = { visit };
    damage_level(f, copy, yyjson_mut_doc_get_root(copy), "", &v);
    yyjson_mut_doc_free(copy);
    yyjson_doc_free(doc);
}

// Whether `path` is one of those, or "" ends the list.
static inline bool damage_is_one_of(const char *path, const char *const *paths)
{
    for (; **paths != '\0'; paths++)
        if (strcmp(path, *paths) == 0)
            return true;
    return false;
}

// The dialect by which all records so far were recognised.
static inline uint64_t damage_seen_by(const struct fixture *f, const char *dialect)
{
    const size_t i = dialects_find(str_of(dialect));
    assert_true(i < dialects_count());
    return decoder_counts(f->decoder)->by_dialect[i].in;
}

#endif
