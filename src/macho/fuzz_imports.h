// What must hold of the imports that are told, whatever the octets were.

#ifndef MACHO_FUZZ_IMPORTS_H
#define MACHO_FUZZ_IMPORTS_H

#include "macho/imports.h"

#include <stdlib.h>

static inline void fuzz_check(bool holds)
{
    if (!holds)
        abort();
}

// Reads the imports of `image`, whose one table lies in `in`.
static inline void fuzz_imports(bytes in, struct macho_image *image)
{
    struct arena arena = { 0 };
    struct macho_imports imports;
    const struct macho_source source = macho_source_of_bytes(&in);
    size_t octets = 0;
    size_t watched = 0;

    image->size = in.len;
    image->tables.is_complete = true;
    macho_read_imports(&source, image, &arena, &imports);
    fuzz_check(imports.is_complete == (image->error_count == 0));
    fuzz_check(imports.count == imports.all.count);
    for (size_t i = 0; i < imports.count; i++) {
        const str name = imports.all.at[i];
        fuzz_check(name.len > 0 && str_find_char(name, '\0') == name.len);
        fuzz_check(i == 0 || str_cmp(imports.all.at[i - 1], name) < 0);
        octets += name.len;
        watched += macho_is_watched(name);
    }
    // Names lie in the file, and none of them is told for octets of others.
    fuzz_check(octets <= in.len);
    fuzz_check(imports.count == 0 || str_contains(str_of_bytes(in), imports.all.at[0]));
    fuzz_check(watched == imports.watched.count);
    arena_done(&arena);
}

#endif
