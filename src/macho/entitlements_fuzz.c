// Fuzz target of macho_read_entitlements(): two octets say how much of what follows is XML; the rest
// is DER. What is told is JSON without control characters, and both forms of one tree are the same.

#include "macho/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(str json);
static void check(bool holds);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct macho_image image;
    struct arena arena = { 0 };
    if (size < 2 || size > MACHO_ENTITLEMENTS_BYTES_MAX)
        return 0;
    const size_t rest = size - 2;
    const size_t told = (size_t)data[0] << 8 | data[1];
    const size_t xml_len = told < rest ? told : rest;
    const bytes xml = { .at = data + 2, .len = xml_len };
    const bytes der = { .at = data + 2 + xml_len, .len = rest - xml_len };

    image = (struct macho_image){ .size = 0 };
    struct macho_reading reading = { .arena = &arena, .image = &image, .command = -1 };
    macho_read_entitlements(&reading, xml, der);
    const struct macho_signature *signature = &image.signature;
    check_json(signature->entitlements);
    check_json(signature->der_entitlements);
    // A form that is there is told, or there is an error.
    check(xml.len == 0 || signature->entitlements.len > 0 || image.error_count > 0);
    check(der.len == 0 || signature->der_entitlements.len > 0 || image.error_count > 0);
    check(!signature->entitlements_unread || image.error_count > 0);
    check(signature->entitlements_differ.count == 0 || image.error_count > 0);
    if (signature->entitlements.len > 0 && signature->der_entitlements.len > 0 &&
        !str_eq(signature->entitlements, signature->der_entitlements))
        check(signature->entitlements_differ.count > 0);
    arena_done(&arena);
    return 0;
}

static void check_json(str json)
{
    check(json.len == 0 || (json.at[0] == '{' && json.at[json.len - 1] == '}'));
    for (size_t i = 0; i < json.len; i++)
        check((unsigned char)json.at[i] >= 0x20);
}

static void check(bool holds)
{
    if (!holds)
        abort();
}
