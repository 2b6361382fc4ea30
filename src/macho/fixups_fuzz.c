// Fuzz target of macho_add_fixups(): any octets as the chained fixups of an image; the first says
// in which byte order.

#include "macho/fuzz_imports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct macho_image image = {
        .is_big_endian = (data[0] & 1) != 0,
        .tables = { .has_fixups = true, .fixups = { .offset = 1, .size = size - 1 } },
    };
    fuzz_imports((bytes){ .at = data, .len = size }, &image);
    return 0;
}
