// Entitlements from a property list in XML.

#include "macho/entitlement.h"
#include "macho/property_list.h"

#include <inttypes.h>
#include <stdlib.h>

static void add_value(struct entitlement_tree *tree, struct entitlement *parent, str key,
                      plist_t node, unsigned depth);
static void add_dictionary(struct entitlement_tree *tree, struct entitlement *to, plist_t node,
                           unsigned depth);
static void add_array(struct entitlement_tree *tree, struct entitlement *to, plist_t node,
                      unsigned depth);
static enum entitlement_kind kind_of(plist_t node);
static str text_of(plist_t node, struct arena *a);

const struct entitlement *entitlement_read_xml(struct macho_reading *reading, bytes xml)
{
    struct entitlement_tree tree = { .arena = reading->arena };
    plist_t root = NULL;
    struct err err;
    if (property_list_read(xml, "entitlements", MACHO_ENTITLEMENTS_NESTED_MAX, &root, &err) != OK) {
        macho_add_error(reading, "%s", err.text);
        return NULL;
    }
    add_value(&tree, NULL, STR_EMPTY, root, 0);
    plist_free(root);
    if (tree.failed) {
        macho_add_error(reading, "entitlements nest deeper than %u or have more than %u values",
                        ENTITLEMENT_NESTING_MAX, ENTITLEMENT_VALUES_MAX);
        return NULL;
    }
    return tree.root;
}

static void add_value(struct entitlement_tree *tree, struct entitlement *parent, str key,
                      plist_t node, unsigned depth)
{
    if (depth > ENTITLEMENT_NESTING_MAX) {
        tree->failed = true;
        return;
    }
    struct entitlement *added =
        entitlement_add(tree, parent, key, kind_of(node), text_of(node, tree->arena));
    if (added == NULL)
        return;
    if (added->kind == ENTITLEMENT_DICTIONARY)
        add_dictionary(tree, added, node, depth);
    else if (added->kind == ENTITLEMENT_ARRAY)
        add_array(tree, added, node, depth);
}

static void add_dictionary(struct entitlement_tree *tree, struct entitlement *to, plist_t node,
                           unsigned depth)
{
    plist_dict_iter iter = NULL;
    plist_dict_new_iter(node, &iter);
    for (;;) {
        char *key = NULL;
        plist_t value = NULL;
        plist_dict_next_item(node, iter, &key, &value);
        if (value != NULL)
            add_value(tree, to, arena_str(tree->arena, str_of(key)), value, depth + 1);
        free(key);
        if (value == NULL || tree->failed)
            break;
    }
    free(iter);
    entitlement_close(tree, to);
}

// By its iterator: plist_array_get_item() walks from the start each time.
static void add_array(struct entitlement_tree *tree, struct entitlement *to, plist_t node,
                      unsigned depth)
{
    plist_array_iter iter = NULL;
    plist_array_new_iter(node, &iter);
    for (;;) {
        plist_t value = NULL;
        plist_array_next_item(node, iter, &value);
        if (value == NULL || tree->failed)
            break;
        add_value(tree, to, STR_EMPTY, value, depth + 1);
    }
    free(iter);
    entitlement_close(tree, to);
}

static enum entitlement_kind kind_of(plist_t node)
{
    switch (plist_get_node_type(node)) {
    case PLIST_DICT:
        return ENTITLEMENT_DICTIONARY;
    case PLIST_ARRAY:
        return ENTITLEMENT_ARRAY;
    case PLIST_BOOLEAN:
        return ENTITLEMENT_BOOLEAN;
    case PLIST_STRING:
        return ENTITLEMENT_TEXT;
    case PLIST_DATA:
        return ENTITLEMENT_OCTETS;
    case PLIST_UINT:
    case PLIST_REAL:
        return ENTITLEMENT_NUMBER;
    default:
        return ENTITLEMENT_OTHER;
    }
}

static str text_of(plist_t node, struct arena *a)
{
    uint8_t is_true = 0;
    uint64_t n = 0;
    double real = 0;
    const char *at = NULL;
    switch (plist_get_node_type(node)) {
    case PLIST_DICT:
    case PLIST_ARRAY:
        return STR_EMPTY;
    case PLIST_BOOLEAN:
        plist_get_bool_val(node, &is_true);
        return is_true ? STR("true") : STR("false");
    case PLIST_STRING:
        at = plist_get_string_ptr(node, &n);
        return at == NULL ? STR_EMPTY : arena_str(a, (str){ .at = at, .len = (size_t)n });
    case PLIST_DATA:
        at = plist_get_data_ptr(node, &n);
        return at == NULL ? STR_EMPTY
                          : macho_hex((bytes){ .at = (const uint8_t *)at, .len = (size_t)n }, a);
    case PLIST_UINT:
        plist_get_uint_val(node, &n);
        // libplist keeps a negative number as its two's complement.
        return arena_printf(a, "%" PRId64, (int64_t)n);
    case PLIST_REAL:
        plist_get_real_val(node, &real);
        // JSON has neither infinity nor NaN.
        return real - real == 0 ? arena_printf(a, "%.17g", real) : STR("null");
    default:
        return STR("null");
    }
}
