// Fuzz target of macho_add_undefined_symbols(): the first octet says width and byte order, the
// second how many symbols there are; their names are what is left.

#include "macho/fuzz_imports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct macho_image image = { .is_64 = (data[0] & 1) != 0, .is_big_endian = (data[0] & 2) != 0 };
    const size_t symbols = (size_t)data[1] * (image.is_64 ? 16 : 12);
    if (symbols > size - 2)
        return 0;
    image.tables.has_symbols = true;
    image.tables.symbol_count = data[1];
    image.tables.symbols = (struct macho_extent){ .offset = 2, .size = symbols };
    image.tables.symbol_names =
        (struct macho_extent){ .offset = 2 + symbols, .size = size - 2 - symbols };
    fuzz_imports((bytes){ .at = data, .len = size }, &image);
    return 0;
}
