// Entitlements from a property list in XML. A Mac reads them with several parsers (of the kernel, of
// Core Foundation, of XPC), and where these disagree one program has two sets of entitlements: the
// Psychic Paper of 2020. So only what all of them read alike is read here. All else is refused by
// name, and whoever judges the program takes it for a program that may claim anything.

#include "macho/entitlement.h"
#include "macho/xml.h"

#define DIGITS_MAX 18u  // Fit in 64 bits.

static void read_root(struct xml *xml, struct entitlement_tree *tree);
static void add_value(struct xml *xml, struct entitlement_tree *tree, struct entitlement *parent,
                      str key, struct xml_tag tag, unsigned depth);
static void add_container(struct xml *xml, struct entitlement_tree *tree, struct entitlement *to,
                          struct xml_tag tag, unsigned depth);
static void add_entry(struct xml *xml, struct entitlement_tree *tree, struct entitlement *to,
                      struct xml_tag tag, unsigned depth);
static bool find_kind(str name, enum entitlement_kind *out);
static str take_value(struct xml *xml, struct xml_tag tag, enum entitlement_kind kind);
static bool is_plain_number(str text, bool is_real);
static bool is_digits(str text);
static str octets_text(struct xml *xml, str text);
static bool take_sextet(char c, uint32_t *bits, size_t *padding);

const struct entitlement *entitlement_read_xml(struct macho_reading *reading, bytes in)
{
    struct entitlement_tree tree = { .arena = reading->arena };
    struct xml xml = { .rest = str_of_bytes(in), .arena = reading->arena };
    xml_begin(&xml);
    read_root(&xml, &tree);
    if (tree.failed) {
        macho_add_error(reading, "entitlements nest deeper than %u or have more than %u values",
                        ENTITLEMENT_NESTING_MAX, ENTITLEMENT_VALUES_MAX);
        return NULL;
    }
    if (xml.oddity != NULL) {
        macho_add_error(reading, "entitlements hold %s, which parsers read differently",
                        xml.oddity);
        return NULL;
    }
    if (xml.failed) {
        macho_add_error(reading,
                        "entitlements of %zu octets are not a property list with a dictionary",
                        in.len);
        return NULL;
    }
    if (entitlement_has_repeated_key(tree.root))
        macho_add_error(reading, "entitlements have a key twice");
    return tree.root;
}

// The kernel also takes a dictionary without <plist> around it.
static void read_root(struct xml *xml, struct entitlement_tree *tree)
{
    struct xml_tag tag = xml_take_tag(xml);
    const bool is_wrapped = !tag.is_end && str_eq(tag.name, STR("plist"));
    if (is_wrapped)
        tag = xml_take_tag(xml);
    if (tag.is_end || !str_eq(tag.name, STR("dict"))) {
        xml_fail(xml);
        return;
    }
    add_value(xml, tree, NULL, STR_EMPTY, tag, 0);
    if (is_wrapped && !tree->failed)
        xml_take_end(xml, STR("plist"));
    if (!tree->failed)
        xml_end(xml);
}

static void add_value(struct xml *xml, struct entitlement_tree *tree, struct entitlement *parent,
                      str key, struct xml_tag tag, unsigned depth)
{
    enum entitlement_kind kind;
    if (xml->failed)
        return;
    if (tag.is_end || !find_kind(tag.name, &kind)) {
        xml_refuse(xml, "an element of no property list");
        return;
    }
    if (depth > ENTITLEMENT_NESTING_MAX) {
        tree->failed = true;
        return;
    }
    const bool is_container = kind == ENTITLEMENT_ARRAY || kind == ENTITLEMENT_DICTIONARY;
    const str text = is_container ? STR_EMPTY : take_value(xml, tag, kind);
    struct entitlement *added = entitlement_add(tree, parent, key, kind, text);
    if (added != NULL && is_container)
        add_container(xml, tree, added, tag, depth);
}

static void add_container(struct xml *xml, struct entitlement_tree *tree, struct entitlement *to,
                          struct xml_tag tag, unsigned depth)
{
    while (!tag.is_empty && !xml->failed && !tree->failed) {
        const struct xml_tag inner = xml_take_tag(xml);
        if (inner.is_end) {
            if (!str_eq(inner.name, tag.name))
                xml_fail(xml);
            break;
        }
        if (to->kind == ENTITLEMENT_DICTIONARY)
            add_entry(xml, tree, to, inner, depth);
        else
            add_value(xml, tree, to, STR_EMPTY, inner, depth + 1);
    }
    entitlement_close(tree, to);
}

static void add_entry(struct xml *xml, struct entitlement_tree *tree, struct entitlement *to,
                      struct xml_tag tag, unsigned depth)
{
    if (!str_eq(tag.name, STR("key"))) {
        xml_fail(xml);
        return;
    }
    const str key = xml_take_text(xml, tag);
    add_value(xml, tree, to, key, xml_take_tag(xml), depth + 1);
}

static bool find_kind(str name, enum entitlement_kind *out)
{
    static const struct {
        str name;
        enum entitlement_kind kind;
    } kinds[] = {
        { STR_INIT("true"), ENTITLEMENT_BOOLEAN },    { STR_INIT("false"), ENTITLEMENT_BOOLEAN },
        { STR_INIT("string"), ENTITLEMENT_TEXT },     { STR_INIT("array"), ENTITLEMENT_ARRAY },
        { STR_INIT("dict"), ENTITLEMENT_DICTIONARY }, { STR_INIT("integer"), ENTITLEMENT_NUMBER },
        { STR_INIT("data"), ENTITLEMENT_OCTETS },     { STR_INIT("real"), ENTITLEMENT_NUMBER },
        { STR_INIT("date"), ENTITLEMENT_OTHER },
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i].name, name)) {
            *out = kinds[i].kind;
            return true;
        }
    return false;
}

static str take_value(struct xml *xml, struct xml_tag tag, enum entitlement_kind kind)
{
    if (kind == ENTITLEMENT_BOOLEAN) {
        // The kernel takes <true/> only, others also <true></true>.
        if (!tag.is_empty)
            xml_refuse(xml, "a boolean with content");
        return tag.name;
    }
    const str text = xml_take_text(xml, tag);
    if (xml->failed)
        return STR_EMPTY;
    switch (kind) {
    case ENTITLEMENT_NUMBER:
        if (!is_plain_number(text, str_eq(tag.name, STR("real"))))
            xml_refuse(xml, "a number that is not plain");
        return text;
    case ENTITLEMENT_OCTETS:
        return octets_text(xml, text);
    case ENTITLEMENT_OTHER:
        return STR("null");
    default:
        return text;
    }
}

// Decimal, as the DER's are told, and in 64 bits for sure: some take 0x10 or 010 for 16 or 8.
static bool is_plain_number(str text, bool is_real)
{
    const str size = str_starts_with(text, STR("-")) ? str_from(text, 1) : text;
    const size_t point = is_real ? str_find_char(size, '.') : size.len;
    const str whole = str_to(size, point);
    if (!is_digits(whole) || (point < size.len && !is_digits(str_from(size, point + 1))))
        return false;
    return whole.at[0] != '0' || (whole.len == 1 && (whole.len == text.len || is_real));
}

static bool is_digits(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.len > 0 && text.len <= DIGITS_MAX;
}

// Base64 as hex; white space may stand anywhere in it.
static str octets_text(struct xml *xml, str text)
{
    uint8_t *octets = arena_alloc(xml->arena, text.len + 1);
    size_t len = 0;
    size_t count = 0;
    size_t padding = 0;
    uint32_t bits = 0;
    bool is_sound = true;
    for (size_t i = 0; i < text.len && is_sound; i++) {
        if (xml_is_space(text.at[i]))
            continue;
        is_sound = take_sextet(text.at[i], &bits, &padding);
        if (++count % 4 != 0)
            continue;
        octets[len++] = (uint8_t)(bits >> 16);
        octets[len++] = (uint8_t)(bits >> 8);
        octets[len++] = (uint8_t)bits;
    }
    if (!is_sound || count % 4 != 0) {
        xml_refuse(xml, "octets that are not base64");
        return STR_EMPTY;
    }
    return macho_hex((bytes){ .at = octets, .len = len - padding }, xml->arena);
}

static bool take_sextet(char c, uint32_t *bits, size_t *padding)
{
    static const str letters =
        STR_INIT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    const size_t value = c == '=' ? 0 : str_find_char(letters, c);
    *padding += c == '=';
    *bits = *bits << 6 | (uint32_t)value;
    return value < letters.len && *padding <= 2 && (c == '=' || *padding == 0);
}
