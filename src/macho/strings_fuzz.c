// Fuzz target of macho_find_framework_path(): any octets as text, of C's kind or another.

#include "macho/strings.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str frameworks[] = { STR_INIT("F"), STR_INIT("Foundation") };
    const struct macho_wanted_paths wanted = {
        .frameworks = frameworks, .framework_count = 2, .wholes = frameworks, .whole_count = 1
    };
    struct arena arena = { 0 };
    struct macho_strings strings;
    bytes in = { .at = data, .len = size };
    const struct macho_source source = macho_source_of_bytes(&in);
    struct macho_extent section = { .offset = size > 0, .size = size > 0 ? size - 1 : 0 };
    const struct macho_sections sections = { .at = &section, .count = 1 };
    struct macho_image image = { .size = size, .sections_complete = true };

    if (size > 0 && (data[0] & 1) != 0)
        image.text_sections = sections;
    else
        image.constant_sections = sections;
    macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
    if (!strings.is_complete || !str_contains(str_of_bytes(in), strings.path) ||
        (strings.path.len == 0 && strings.looked != section.size))
        abort();
    arena_done(&arena);
    return 0;
}
