#include "macho/entitlement.h"

#include "base/buf.h"

#include <stdlib.h>

#define JSON_MAX (4u * 1024 * 1024)  // Escapes make six octets of one.

static int by_key(const void *a, const void *b);
static void add_json(struct buf *b, const struct entitlement *of);
static void add_parts(struct buf *b, const struct entitlement *of);

struct entitlement *entitlement_add(struct entitlement_tree *tree, struct entitlement *parent,
                                    str key, enum entitlement_kind kind, str text)
{
    if (tree->values == ENTITLEMENT_VALUES_MAX) {
        tree->failed = true;
        return NULL;
    }
    tree->values++;
    struct entitlement *added = arena_zalloc(tree->arena, sizeof *added);
    added->kind = kind;
    added->key = key;
    added->text = text;
    if (parent == NULL) {
        tree->root = added;
        return added;
    }
    if (parent->last == NULL)
        parent->first = added;
    else
        parent->last->next = added;
    parent->last = added;
    parent->count++;
    return added;
}

void entitlement_close(struct entitlement_tree *tree, struct entitlement *of)
{
    size_t i = 0;
    of->parts = arena_alloc(tree->arena, (of->count + 1) * sizeof(struct entitlement *));
    for (struct entitlement *part = of->first; part != NULL; part = part->next)
        of->parts[i++] = part;
    if (of->kind == ENTITLEMENT_DICTIONARY && of->count > 1)
        qsort(of->parts, of->count, sizeof(struct entitlement *), by_key);
}

static int by_key(const void *a, const void *b)
{
    const struct entitlement *const *left = a;
    const struct entitlement *const *right = b;
    return str_cmp((*left)->key, (*right)->key);
}

bool entitlement_has_repeated_key(const struct entitlement *dictionary)
{
    for (size_t i = 1; i < dictionary->count; i++)
        if (str_eq(dictionary->parts[i - 1]->key, dictionary->parts[i]->key))
            return true;
    return false;
}

// As deep as the readers allow, no deeper.
bool entitlement_same(const struct entitlement *a, const struct entitlement *b)
{
    if (a->kind != b->kind || !str_eq(a->key, b->key) || !str_eq(a->text, b->text) ||
        a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!entitlement_same(a->parts[i], b->parts[i]))
            return false;
    return true;
}

str entitlement_json(const struct entitlement *of, struct arena *a)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    add_json(&b, of);
    const str json = b.failed ? STR_EMPTY : arena_str(a, buf_str(&b));
    buf_done(&b);
    return json;
}

static void add_json(struct buf *b, const struct entitlement *of)
{
    switch (of->kind) {
    case ENTITLEMENT_DICTIONARY:
    case ENTITLEMENT_ARRAY:
        add_parts(b, of);
        break;
    case ENTITLEMENT_TEXT:
    case ENTITLEMENT_OCTETS:
        buf_add_char(b, '"');
        buf_add_json(b, of->text);
        buf_add_char(b, '"');
        break;
    case ENTITLEMENT_BOOLEAN:
    case ENTITLEMENT_NUMBER:
    case ENTITLEMENT_OTHER:
        buf_add(b, of->text);
        break;
    }
}

static void add_parts(struct buf *b, const struct entitlement *of)
{
    const bool is_dictionary = of->kind == ENTITLEMENT_DICTIONARY;
    buf_add_char(b, is_dictionary ? '{' : '[');
    for (size_t i = 0; i < of->count; i++) {
        if (i > 0)
            buf_add_char(b, ',');
        if (is_dictionary) {
            buf_add_char(b, '"');
            buf_add_json(b, of->parts[i]->key);
            buf_add(b, STR("\":"));
        }
        add_json(b, of->parts[i]);
    }
    buf_add_char(b, is_dictionary ? '}' : ']');
}
