// Entitlements in DER, as macOS 12 and later read them:
//
//   [APPLICATION 16] { INTEGER 1, [CONTEXT 16] { SEQUENCE { UTF8String key, value }* } }
//
// A value is a BOOLEAN, INTEGER, UTF8String or OCTET STRING, a SEQUENCE (an array) or a
// [CONTEXT 16] (a dictionary). An early form, still written by some tools, has no version and has a
// SET for a dictionary.

#include "macho/ber.h"
#include "macho/entitlement.h"

#include <inttypes.h>

#define FORM_VERSION      1u
#define INTEGER_BYTES_MAX 9u  // 64 bits, and a zero before them where the first is set.

static void read_root(struct entitlement_tree *tree, struct reader *r);
static void add_dictionary(struct entitlement_tree *tree, struct entitlement *to, struct reader *r,
                           unsigned depth);
static void add_value(struct entitlement_tree *tree, struct entitlement *parent, str key,
                      struct reader *r, unsigned depth);
static void add_container(struct entitlement_tree *tree, struct entitlement *parent, str key,
                          struct ber value, unsigned depth, struct reader *outer);
static struct ber take_definite(struct reader *r);
static str integer_text(bytes content, struct reader *r, struct arena *a);

const struct entitlement *entitlement_read_der(struct macho_reading *reading, bytes der)
{
    struct entitlement_tree tree = { .arena = reading->arena };
    struct reader r = reader_of(der);
    read_root(&tree, &r);
    if (tree.failed) {
        macho_add_error(reading, "DER entitlements nest deeper than %u or have more than %u values",
                        ENTITLEMENT_NESTING_MAX, ENTITLEMENT_VALUES_MAX);
        return NULL;
    }
    if (r.failed || r.pos != der.len) {
        macho_add_error(reading, "DER entitlements of %zu octets are damaged", der.len);
        return NULL;
    }
    if (entitlement_has_repeated_key(tree.root))
        macho_add_error(reading, "DER entitlements have a key twice");
    return tree.root;
}

static void read_root(struct entitlement_tree *tree, struct reader *r)
{
    struct ber dictionary = take_definite(r);
    if (dictionary.tag == BER_APPLICATION_16) {
        struct reader inner = reader_of(dictionary.content);
        const struct ber version = ber_expect(&inner, BER_INTEGER);
        if (version.content.len != 1 || version.content.at[0] != FORM_VERSION)
            inner.failed = true;
        dictionary = take_definite(&inner);
        r->failed = r->failed || !ber_at_end(&inner) || inner.failed;
    }
    if (dictionary.tag == BER_CONTEXT_16 || dictionary.tag == BER_SET)
        add_container(tree, NULL, STR_EMPTY, dictionary, 0, r);
    else
        r->failed = true;
}

// The readers of inner values fail those of outer ones: one damaged value spoils the whole.
static void add_container(struct entitlement_tree *tree, struct entitlement *parent, str key,
                          struct ber value, unsigned depth, struct reader *outer)
{
    const bool is_array = value.tag == BER_SEQUENCE;
    struct reader inner = reader_of(value.content);
    if (depth > ENTITLEMENT_NESTING_MAX) {
        tree->failed = true;
        return;
    }
    struct entitlement *added = entitlement_add(
        tree, parent, key, is_array ? ENTITLEMENT_ARRAY : ENTITLEMENT_DICTIONARY, STR_EMPTY);
    if (added == NULL)
        return;
    if (!is_array)
        add_dictionary(tree, added, &inner, depth);
    while (is_array && !ber_at_end(&inner) && !tree->failed)
        add_value(tree, added, STR_EMPTY, &inner, depth);
    outer->failed = outer->failed || inner.failed;
    entitlement_close(tree, added);
}

static void add_dictionary(struct entitlement_tree *tree, struct entitlement *to, struct reader *r,
                           unsigned depth)
{
    while (!ber_at_end(r) && !tree->failed) {
        const struct ber entry = take_definite(r);
        struct reader inner = reader_of(entry.content);
        if (entry.tag != BER_SEQUENCE)
            inner.failed = true;
        const struct ber key = ber_expect(&inner, BER_UTF8);
        const str name = arena_str(tree->arena, str_of_bytes(key.content));
        if (!inner.failed)
            add_value(tree, to, name, &inner, depth);
        r->failed = r->failed || inner.failed || (!tree->failed && inner.pos != inner.in.len);
    }
}

static void add_value(struct entitlement_tree *tree, struct entitlement *parent, str key,
                      struct reader *r, unsigned depth)
{
    const struct ber value = take_definite(r);
    const bytes content = value.content;
    switch (r->failed ? 0 : value.tag) {
    case BER_SEQUENCE:
    case BER_SET:
    case BER_CONTEXT_16:
        add_container(tree, parent, key, value, depth + 1, r);
        break;
    case BER_BOOLEAN:
        r->failed = content.len != 1;
        (void)entitlement_add(tree, parent, key, ENTITLEMENT_BOOLEAN,
                              !r->failed && content.at[0] != 0 ? STR("true") : STR("false"));
        break;
    case BER_INTEGER:
        (void)entitlement_add(tree, parent, key, ENTITLEMENT_NUMBER,
                              integer_text(content, r, tree->arena));
        break;
    case BER_UTF8:
        (void)entitlement_add(tree, parent, key, ENTITLEMENT_TEXT,
                              arena_str(tree->arena, str_of_bytes(content)));
        break;
    case BER_OCTETS:
        (void)entitlement_add(tree, parent, key, ENTITLEMENT_OCTETS,
                              macho_hex(content, tree->arena));
        break;
    default:
        r->failed = true;
        break;
    }
}

static struct ber take_definite(struct reader *r)
{
    const struct ber value = ber_take(r);
    if (value.is_indefinite)
        r->failed = true;
    return value;
}

static str integer_text(bytes content, struct reader *r, struct arena *a)
{
    uint64_t n = content.len > 0 && content.at[0] & 0x80u ? UINT64_MAX : 0;
    const bool has_zero = content.len == INTEGER_BYTES_MAX && content.at[0] == 0;
    if (content.len == 0 || (content.len >= INTEGER_BYTES_MAX && !has_zero)) {
        r->failed = true;
        return STR_EMPTY;
    }
    for (size_t i = 0; i < content.len; i++)
        n = n << 8 | content.at[i];
    return arena_printf(a, "%" PRId64, (int64_t)n);
}
