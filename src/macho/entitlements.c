// What a signature claims for its process, in XML, in DER, or in both. Where both are there they
// must say the same: old systems read the one and new systems the other.

#include "macho/entitlement.h"

#define PREFIX          "com.apple.security."
#define KEYS_TOLD_MAX   4u
#define KEY_TOLD_LENGTH 64u

static void compare(struct macho_reading *reading, const struct entitlement *xml,
                    const struct entitlement *der);
static void tell_differences(struct macho_reading *reading);
static void add_claims(struct macho_claims *claims, const struct entitlement *dictionary);
static str json_of(struct macho_reading *reading, const struct entitlement *of);

void macho_read_entitlements(struct macho_reading *reading, bytes xml, bytes der)
{
    struct macho_signature *signature = &reading->image->signature;
    const struct entitlement *from_xml = xml.len > 0 ? entitlement_read_xml(reading, xml) : NULL;
    const struct entitlement *from_der = der.len > 0 ? entitlement_read_der(reading, der) : NULL;

    if ((xml.len > 0 && from_xml == NULL) || (der.len > 0 && from_der == NULL))
        signature->entitlements_unread = true;
    if (from_xml != NULL) {
        signature->entitlements = json_of(reading, from_xml);
        add_claims(&signature->claims, from_xml);
    }
    if (from_der != NULL) {
        signature->der_entitlements = json_of(reading, from_der);
        add_claims(&signature->claims, from_der);
    }
    if (from_xml != NULL && from_der != NULL)
        compare(reading, from_xml, from_der);
}

static str json_of(struct macho_reading *reading, const struct entitlement *of)
{
    const str json = entitlement_json(of, reading->arena);
    if (json.len == 0)
        macho_add_error(reading, "entitlements fill too much as JSON");
    return json;
}

// Both are in the order of their keys.
static void compare(struct macho_reading *reading, const struct entitlement *xml,
                    const struct entitlement *der)
{
    struct macho_text_list *list = &reading->image->signature.entitlements_differ;
    size_t x = 0;
    size_t d = 0;
    list->at = arena_alloc(reading->arena, (xml->count + der->count + 1) * sizeof *list->at);
    while (x < xml->count || d < der->count) {
        const struct entitlement *left = x < xml->count ? xml->parts[x] : NULL;
        const struct entitlement *right = d < der->count ? der->parts[d] : NULL;
        if (right == NULL || (left != NULL && str_cmp(left->key, right->key) < 0)) {
            list->at[list->count++] = xml->parts[x++]->key;
        } else if (left == NULL || str_cmp(left->key, right->key) > 0) {
            list->at[list->count++] = der->parts[d++]->key;
        } else {
            if (!entitlement_same(left, right))
                list->at[list->count++] = left->key;
            x++;
            d++;
        }
    }
    if (list->count > 0)
        tell_differences(reading);
}

static void tell_differences(struct macho_reading *reading)
{
    const struct macho_text_list *list = &reading->image->signature.entitlements_differ;
    const size_t told = list->count < KEYS_TOLD_MAX ? list->count : KEYS_TOLD_MAX;
    str keys = STR_EMPTY;
    for (size_t i = 0; i < told; i++)
        keys = arena_printf(reading->arena, "%.*s%s%.*s", STR_ARG(keys), i > 0 ? ", " : "",
                            STR_ARG(str_to(list->at[i], KEY_TOLD_LENGTH)));
    if (told < list->count)
        macho_add_error(reading, "XML and DER entitlements differ: %.*s and %zu more",
                        STR_ARG(keys), list->count - told);
    else
        macho_add_error(reading, "XML and DER entitlements differ: %.*s", STR_ARG(keys));
}

static void add_claims(struct macho_claims *claims, const struct entitlement *dictionary)
{
    const struct {
        str key;
        bool *claim;
    } known[] = {
        { STR(PREFIX "cs.allow-jit"), &claims->allow_jit },
        { STR(PREFIX "cs.allow-unsigned-executable-memory"),
          &claims->allow_unsigned_executable_memory },
        { STR(PREFIX "cs.disable-executable-page-protection"),
          &claims->disable_executable_page_protection },
        { STR(PREFIX "cs.disable-library-validation"), &claims->disable_library_validation },
        { STR(PREFIX "cs.allow-dyld-environment-variables"), &claims->allow_dyld_environment },
        { STR(PREFIX "get-task-allow"), &claims->get_task_allow },
        { STR(PREFIX "cs.debugger"), &claims->debugger },
    };
    for (size_t i = 0; i < dictionary->count; i++) {
        const struct entitlement *part = dictionary->parts[i];
        if (part->kind != ENTITLEMENT_BOOLEAN || !str_eq(part->text, STR("true")))
            continue;
        for (size_t k = 0; k < COUNT_OF(known); k++)
            if (str_eq(part->key, known[k].key))
                *known[k].claim = true;
    }
}
