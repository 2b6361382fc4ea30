// Imports of chained fixups (<mach-o/fixup-chains.h>): a header, a table of imports in one of
// three formats, and the names. The chains themselves, which say where an import is written to,
// are of no interest here.

#include "base/reader.h"
#include "macho/import_set.h"

#define HEADER_BYTES 28u

// One for each import format; the name's offset stands in the upper bits.
static const struct {
    size_t bytes;
    unsigned shift;
} formats[] = {
    [1] = { 4, 9 },    // DYLD_CHAINED_IMPORT: ordinal 8, weak 1, name 23
    [2] = { 8, 9 },    // DYLD_CHAINED_IMPORT_ADDEND: the same, and an addend
    [3] = { 16, 32 },  // DYLD_CHAINED_IMPORT_ADDEND64: ordinal 16, weak 1, 15 unused, name 32
};

struct header {
    uint32_t version;
    uint32_t starts_offset;
    uint32_t imports_offset;
    uint32_t names_offset;
    uint32_t import_count;
    uint32_t import_format;
    uint32_t names_format;
};

static bool read_header(struct macho_import_set *set, struct header *out);
static bool is_understood(struct macho_reading *reading, const struct header *header);
static bool lies_inside(struct macho_reading *reading, const struct header *header);
static bool note_imports(struct macho_import_set *set, const struct header *header);
static bool note_piece(struct macho_import_set *set, const struct header *header, bytes piece);

void macho_add_fixups(struct macho_import_set *set)
{
    const struct macho_image *image = set->reading->image;
    const struct macho_extent *fixups = &image->tables.fixups;
    struct header header;

    if (!image->tables.has_fixups || fixups->size == 0)
        return;
    if (!read_header(set, &header)) {
        set->is_complete = false;
        return;
    }
    if (header.import_count == 0)
        return;
    if (!is_understood(set->reading, &header) || !lies_inside(set->reading, &header) ||
        !note_imports(set, &header))
        set->is_complete = false;
    const struct macho_extent names = { .offset = fixups->offset + header.names_offset,
                                        .size = fixups->size - header.names_offset };
    macho_import_set_look_up(set, names, "names of chained imports");
}

static bool read_header(struct macho_import_set *set, struct header *out)
{
    struct macho_reading *reading = set->reading;
    const struct macho_extent *fixups = &reading->image->tables.fixups;
    uint8_t head[HEADER_BYTES];
    if (fixups->size < sizeof head) {
        macho_add_error(reading, "chained fixups of %llu octets are too short",
                        (unsigned long long)fixups->size);
        return false;
    }
    if (!macho_take_into(reading, fixups->offset, head, sizeof head))
        return false;
    uint32_t (*const u32)(struct reader *) =
        reading->image->is_big_endian ? reader_u32be : reader_u32le;
    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    out->version = u32(&r);
    out->starts_offset = u32(&r);
    out->imports_offset = u32(&r);
    out->names_offset = u32(&r);
    out->import_count = u32(&r);
    out->import_format = u32(&r);
    out->names_format = u32(&r);
    return true;
}

static bool is_understood(struct macho_reading *reading, const struct header *header)
{
    if (header->version != 0)
        macho_add_error(reading, "chained fixups of version %u", (unsigned)header->version);
    else if (header->names_format != 0)
        macho_add_error(reading, "names of chained imports are compressed (format %u)",
                        (unsigned)header->names_format);
    else if (header->import_format == 0 || header->import_format >= COUNT_OF(formats))
        macho_add_error(reading, "chained imports of format %u", (unsigned)header->import_format);
    else
        return true;
    return false;
}

static bool lies_inside(struct macho_reading *reading, const struct header *header)
{
    const uint64_t size = reading->image->tables.fixups.size;
    const uint64_t table = (uint64_t)header->import_count * formats[header->import_format].bytes;
    if (header->imports_offset > size || table > size - header->imports_offset) {
        macho_add_error(reading, "%u chained imports at %u end past the %llu octets of the fixups",
                        (unsigned)header->import_count, (unsigned)header->imports_offset,
                        (unsigned long long)size);
        return false;
    }
    if (header->names_offset > size) {
        macho_add_error(reading, "names of chained imports at %u lie outside the %llu octets",
                        (unsigned)header->names_offset, (unsigned long long)size);
        return false;
    }
    return true;
}

static bool note_imports(struct macho_import_set *set, const struct header *header)
{
    const size_t bytes_each = formats[header->import_format].bytes;
    const struct macho_extent fixups = set->reading->image->tables.fixups;
    const struct macho_extent table = { .offset = fixups.offset + header->imports_offset,
                                        .size = header->import_count * (uint64_t)bytes_each };
    struct macho_stream stream =
        macho_stream_of(set->reading, table, set->buffer, MACHO_STREAM_BYTES);

    for (uint64_t at = 0; at < table.size; at += MACHO_STREAM_BYTES) {
        // Whole entries: their sizes are powers of two.
        const bytes piece = macho_stream_at(&stream, at, MACHO_STREAM_BYTES);
        if (stream.failed || !note_piece(set, header, piece))
            return false;
    }
    return true;
}

static bool note_piece(struct macho_import_set *set, const struct header *header, bytes piece)
{
    const bool is_big_endian = set->reading->image->is_big_endian;
    const size_t bytes_each = formats[header->import_format].bytes;
    for (size_t at = 0; at < piece.len; at += bytes_each) {
        struct reader r = reader_of((bytes){ .at = piece.at + at, .len = bytes_each });
        uint64_t entry;
        if (bytes_each == 16)
            entry = is_big_endian ? reader_u64be(&r) : reader_u64le(&r);
        else
            entry = is_big_endian ? reader_u32be(&r) : reader_u32le(&r);
        if (!macho_import_set_note(set,
                                   (uint32_t)(entry >> formats[header->import_format].shift))) {
            macho_add_error(set->reading, "%u chained imports; at most %u are read",
                            (unsigned)header->import_count, MACHO_IMPORTS_MAX);
            return false;
        }
    }
    return true;
}
