// Fuzz target of macho_add_binds(): any octets as binding opcodes; the first says of which kind.

#include "macho/fuzz_imports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct macho_image image = { .tables = { .has_binds = true } };
    image.tables.binds[data[0] % MACHO_BIND_KINDS] =
        (struct macho_extent){ .offset = 1, .size = size - 1 };
    fuzz_imports((bytes){ .at = data, .len = size }, &image);
    return 0;
}
