// Undefined symbols of the symbol table (<mach-o/nlist.h>): all that images without dyld info
// have to say of their imports, and as a rule a repetition in the others.

#include "base/reader.h"
#include "macho/import_set.h"

#define NLIST_BYTES    12u
#define NLIST_64_BYTES 16u
#define N_STAB         0xe0u
#define N_TYPE         0x0eu
#define N_EXT          0x01u
#define N_UNDF         0x0u
#define N_PBUD         0xcu

struct symbol {
    uint32_t name;
    uint8_t type;
    uint64_t value;
};

static bool note_undefined(struct macho_import_set *set, bytes piece);
static struct symbol read_symbol(bytes in, bool is_64, bool is_big_endian);
static bool is_undefined(struct symbol symbol);

void macho_add_undefined_symbols(struct macho_import_set *set)
{
    const struct macho_image *image = set->reading->image;
    const struct macho_tables *tables = &image->tables;
    const size_t nlist_bytes = image->is_64 ? NLIST_64_BYTES : NLIST_BYTES;
    uint32_t first = 0;
    uint32_t count = tables->has_symbols ? tables->symbol_count : 0;
    // Where binding has tables of its own dyld takes no name from here, and the range will do.
    // Elsewhere any symbol may be bound, whatever the range says.
    if (tables->has_undefined && (tables->has_binds || tables->has_fixups)) {
        first = tables->undefined_first;
        count = tables->undefined_count;
    }

    // Nothing behind the range is fetched. It lies in the table.
    const struct macho_extent range = { .offset = tables->symbols.offset + first * nlist_bytes,
                                        .size = count * nlist_bytes };
    struct macho_stream stream =
        macho_stream_of(set->reading, range, set->buffer, MACHO_STREAM_BYTES);
    bytes piece = { .len = 0 };
    for (uint64_t at = 0; at < range.size; at += piece.len) {
        piece = macho_stream_at(&stream, at, MACHO_STREAM_BYTES / nlist_bytes * nlist_bytes);
        if (stream.failed || !note_undefined(set, piece)) {
            set->is_complete = false;
            break;
        }
    }
    macho_import_set_look_up(set, tables->symbol_names, "names of symbols");
}

// `piece` is made of whole entries. False where there are too many.
static bool note_undefined(struct macho_import_set *set, bytes piece)
{
    const struct macho_image *image = set->reading->image;
    const size_t nlist_bytes = image->is_64 ? NLIST_64_BYTES : NLIST_BYTES;
    for (size_t at = 0; at < piece.len; at += nlist_bytes) {
        const bytes in = { .at = piece.at + at, .len = nlist_bytes };
        const struct symbol symbol = read_symbol(in, image->is_64, image->is_big_endian);
        // A name at 0 is none.
        if (!is_undefined(symbol) || symbol.name == 0)
            continue;
        if (!macho_import_set_note(set, symbol.name)) {
            macho_add_error(set->reading, "more than %u undefined symbols", MACHO_IMPORTS_MAX);
            return false;
        }
    }
    return true;
}

// struct nlist, struct nlist_64
static struct symbol read_symbol(bytes in, bool is_64, bool is_big_endian)
{
    struct reader r = reader_of(in);
    struct symbol symbol = { .name = is_big_endian ? reader_u32be(&r) : reader_u32le(&r) };
    symbol.type = reader_u8(&r);
    (void)reader_take(&r, 3);  // n_sect, n_desc
    // Whether the value is 0 is the same in both byte orders.
    symbol.value = is_64 ? reader_u64le(&r) : reader_u32le(&r);
    return symbol;
}

// One with a value is common: memory of its own that the linker of an object file makes room for.
static bool is_undefined(struct symbol symbol)
{
    if ((symbol.type & N_STAB) != 0 || (symbol.type & N_EXT) == 0)
        return false;
    const unsigned type = symbol.type & N_TYPE;
    return (type == N_UNDF && symbol.value == 0) || type == N_PBUD;
}
