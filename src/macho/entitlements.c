// Entitlements: a property list in XML, told as JSON. The parser is libplist's; what it is
// given is bounded before (octets, containers), because it frees trees by recursion.

#include "base/buf.h"
#include "macho/internal.h"

#include <inttypes.h>
#include <plist/plist.h>
#include <stdlib.h>

#define NESTING_MAX 32u                 // Of the JSON; entitlements are rarely deeper than 2.
#define JSON_MAX    (4u * 1024 * 1024)  // Escapes make six octets of one.
#define PREFIX      "com.apple.security."

static size_t count_containers(str xml);
static size_t count_of(str text, str needle);
static void add_node(struct buf *b, plist_t node, unsigned depth);
static void add_dictionary(struct buf *b, plist_t node, unsigned depth);
static void add_array(struct buf *b, plist_t node, unsigned depth);
static void add_text(struct buf *b, plist_t node);
static void add_octets(struct buf *b, plist_t node);
static void add_number(struct buf *b, plist_t node);
static struct macho_claims claims_of(plist_t root);

void macho_read_entitlements(struct macho_reading *reading, bytes xml)
{
    struct macho_signature *signature = &reading->image->signature;
    const size_t containers = count_containers(str_of_bytes(xml));
    plist_t root = NULL;
    struct buf b;

    if (containers > MACHO_ENTITLEMENTS_NESTED_MAX) {
        macho_add_error(reading,
                        "%zu dictionaries and arrays in the entitlements; at most %u are read",
                        containers, MACHO_ENTITLEMENTS_NESTED_MAX);
        return;
    }
    // Each costs libplist a move of all text behind it.
    const size_t escapes = count_of(str_of_bytes(xml), STR("&"));
    if (escapes > MACHO_ENTITLEMENTS_ESCAPES_MAX) {
        macho_add_error(reading, "%zu escapes in the entitlements; at most %u are read", escapes,
                        MACHO_ENTITLEMENTS_ESCAPES_MAX);
        return;
    }
    // The caller's maximum is far below 4 GiB.
    plist_from_xml((const char *)xml.at, (uint32_t)xml.len, &root);
    if (root == NULL || plist_get_node_type(root) != PLIST_DICT) {
        macho_add_error(reading,
                        "entitlements of %zu octets are not a property list with a dictionary",
                        xml.len);
        plist_free(root);
        return;
    }
    buf_init(&b, JSON_MAX);
    add_node(&b, root, 0);
    if (b.failed) {
        macho_add_error(reading, "entitlements nest deeper than %u or fill more than %u octets",
                        NESTING_MAX, JSON_MAX);
    } else {
        signature->entitlements = arena_str(reading->arena, buf_str(&b));
        signature->claims = claims_of(root);
    }
    buf_done(&b);
    plist_free(root);
}

// At least as many as the parser will find, whatever is written between the tags.
static size_t count_containers(str xml)
{
    return count_of(xml, STR("<dict")) + count_of(xml, STR("<array"));
}

static size_t count_of(str text, str needle)
{
    size_t count = 0;
    for (size_t i = 0; i + needle.len <= text.len; i++)
        count += memcmp(text.at + i, needle.at, needle.len) == 0;
    return count;
}

static void add_node(struct buf *b, plist_t node, unsigned depth)
{
    uint8_t is_true = 0;
    if (depth > NESTING_MAX) {
        b->failed = true;
        return;
    }
    switch (plist_get_node_type(node)) {
    case PLIST_DICT:
        add_dictionary(b, node, depth);
        break;
    case PLIST_ARRAY:
        add_array(b, node, depth);
        break;
    case PLIST_BOOLEAN:
        plist_get_bool_val(node, &is_true);
        buf_add(b, is_true ? STR("true") : STR("false"));
        break;
    case PLIST_STRING:
        add_text(b, node);
        break;
    case PLIST_DATA:
        add_octets(b, node);
        break;
    default:
        add_number(b, node);
        break;
    }
}

static void add_dictionary(struct buf *b, plist_t node, unsigned depth)
{
    plist_dict_iter iter = NULL;
    const char *separator = "";

    plist_dict_new_iter(node, &iter);
    buf_add_char(b, '{');
    for (;;) {
        char *key = NULL;
        plist_t value = NULL;
        plist_dict_next_item(node, iter, &key, &value);
        if (value == NULL) {
            free(key);
            break;
        }
        buf_printf(b, "%s\"", separator);
        buf_add_json(b, str_of(key));
        buf_add(b, STR("\":"));
        add_node(b, value, depth + 1);
        separator = ",";
        free(key);
    }
    buf_add_char(b, '}');
    free(iter);
}

// By its iterator: plist_array_get_item() walks from the start each time.
static void add_array(struct buf *b, plist_t node, unsigned depth)
{
    plist_array_iter iter = NULL;
    const char *separator = "";

    plist_array_new_iter(node, &iter);
    buf_add_char(b, '[');
    for (;;) {
        plist_t value = NULL;
        plist_array_next_item(node, iter, &value);
        if (value == NULL)
            break;
        buf_add(b, str_of(separator));
        add_node(b, value, depth + 1);
        separator = ",";
    }
    buf_add_char(b, ']');
    free(iter);
}

static void add_text(struct buf *b, plist_t node)
{
    uint64_t len = 0;
    const char *text = plist_get_string_ptr(node, &len);
    buf_add_char(b, '"');
    if (text != NULL)
        buf_add_json(b, (str){ .at = text, .len = (size_t)len });
    buf_add_char(b, '"');
}

// As hex: JSON has no octets.
static void add_octets(struct buf *b, plist_t node)
{
    uint64_t len = 0;
    const char *octets = plist_get_data_ptr(node, &len);
    buf_add_char(b, '"');
    for (uint64_t i = 0; octets != NULL && i < len; i++)
        buf_printf(b, "%02x", (unsigned)(unsigned char)octets[i]);
    buf_add_char(b, '"');
}

static void add_number(struct buf *b, plist_t node)
{
    uint64_t n = 0;
    double real = 0;
    switch (plist_get_node_type(node)) {
    case PLIST_UINT:
        plist_get_uint_val(node, &n);
        buf_printf(b, "%" PRIu64, n);
        break;
    case PLIST_REAL:
        plist_get_real_val(node, &real);
        if (real - real == 0)  // JSON has neither infinity nor NaN.
            buf_printf(b, "%.17g", real);
        else
            buf_add(b, STR("null"));
        break;
    default:
        buf_add(b, STR("null"));  // Dates and the like say nothing in an entitlement.
        break;
    }
}

static struct macho_claims claims_of(plist_t root)
{
    struct macho_claims claims = { .allow_jit = false };
    const struct {
        const char *key;
        bool *claim;
    } known[] = {
        { PREFIX "cs.allow-jit", &claims.allow_jit },
        { PREFIX "cs.allow-unsigned-executable-memory", &claims.allow_unsigned_executable_memory },
        { PREFIX "cs.disable-executable-page-protection",
          &claims.disable_executable_page_protection },
        { PREFIX "cs.disable-library-validation", &claims.disable_library_validation },
        { PREFIX "cs.allow-dyld-environment-variables", &claims.allow_dyld_environment },
        { PREFIX "get-task-allow", &claims.get_task_allow },
        { PREFIX "cs.debugger", &claims.debugger },
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        uint8_t is_true = 0;
        const plist_t value = plist_dict_get_item(root, known[i].key);
        if (value != NULL && plist_get_node_type(value) == PLIST_BOOLEAN)
            plist_get_bool_val(value, &is_true);
        *known[i].claim = is_true != 0;
    }
    return claims;
}
