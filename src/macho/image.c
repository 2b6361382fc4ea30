// One image: its header, and the load commands behind it.

#include "base/reader.h"
#include "macho/internal.h"

// <mach-o/loader.h>
#define MH_MAGIC         0xfeedfaceu
#define MH_MAGIC_64      0xfeedfacfu
#define MH_CIGAM         0xcefaedfeu
#define MH_CIGAM_64      0xcffaedfeu
#define MH_EXECUTE       2u
#define MH_DYLIB         6u
#define MH_BUNDLE        8u
#define HEADER_BYTES     28u
#define HEADER_64_BYTES  32u
#define CPU_SUBTYPE_MASK 0x00ffffffu
#define LIBSYSTEM_PREFIX "/usr/lib/libSystem."

static bool read_header(struct macho_reading *reading, uint32_t *out_count, uint32_t *out_size);
static void take_commands(struct macho_reading *reading, uint32_t count, uint32_t size);
static bool implies_libsystem(const struct macho_image *image);

void macho_read_image(struct macho_reading *reading)
{
    struct macho_image *image = reading->image;
    uint32_t count;
    uint32_t size;
    if (read_header(reading, &count, &size)) {
        // Until a damaged command says otherwise.
        image->commands_complete = true;
        image->links_complete = true;
        image->sections_complete = true;
        image->tables.is_complete = true;
        take_commands(reading, count, size);
    }
    if (!image->commands_complete) {
        image->links_complete = false;
        image->sections_complete = false;
        image->tables.is_complete = false;
        if (image->signature.state == MACHO_UNSIGNED)
            image->signature.state = MACHO_SIGNATURE_INVALID;
    }
    image->implies_libsystem = implies_libsystem(image);
}

static bool read_header(struct macho_reading *reading, uint32_t *out_count, uint32_t *out_size)
{
    struct macho_image *image = reading->image;
    uint8_t head[HEADER_BYTES];
    if (!macho_take_into(reading, 0, head, sizeof head))
        return false;

    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    const uint32_t magic = reader_u32le(&r);
    image->is_big_endian = magic == MH_CIGAM || magic == MH_CIGAM_64;
    image->is_64 = magic == MH_MAGIC_64 || magic == MH_CIGAM_64;
    if (!image->is_big_endian && magic != MH_MAGIC && magic != MH_MAGIC_64) {
        macho_add_error(reading, "not a Mach-O image (magic 0x%08x)", (unsigned)magic);
        return false;
    }
    uint32_t (*const u32)(struct reader *) = image->is_big_endian ? reader_u32be : reader_u32le;
    image->cpu_type = u32(&r);
    image->cpu_subtype = u32(&r) & CPU_SUBTYPE_MASK;
    image->file_type = u32(&r);
    *out_count = u32(&r);
    *out_size = u32(&r);
    image->flags = u32(&r);
    image->arch = macho_arch_name(image->cpu_type, image->cpu_subtype, reading->arena);
    return true;
}

// The load commands, as many octets of them as there are and as we care to read.
static void take_commands(struct macho_reading *reading, uint32_t count, uint32_t size)
{
    struct macho_image *image = reading->image;
    const uint64_t start = image->is_64 ? HEADER_64_BYTES : HEADER_BYTES;
    const uint64_t rest = image->size > start ? image->size - start : 0;

    if (size > rest) {
        macho_add_error(reading, "load commands of %u octets end past the image of %llu",
                        (unsigned)size, (unsigned long long)image->size);
        image->commands_complete = false;
        size = (uint32_t)rest;
    }
    if (size > MACHO_COMMANDS_BYTES_MAX) {
        macho_add_error(reading, "load commands of %u octets; at most %u are read", (unsigned)size,
                        MACHO_COMMANDS_BYTES_MAX);
        image->commands_complete = false;
        size = MACHO_COMMANDS_BYTES_MAX;
    }
    if (count > MACHO_COMMANDS_MAX) {
        macho_add_error(reading, "%u load commands; at most %u are read", (unsigned)count,
                        MACHO_COMMANDS_MAX);
        image->commands_complete = false;
        count = MACHO_COMMANDS_MAX;
    }
    bytes commands;
    if (macho_take(reading, start, size, &commands))
        macho_read_commands(reading, commands, count);
    else
        image->commands_complete = false;
}

static bool implies_libsystem(const struct macho_image *image)
{
    const bool is_loaded = image->file_type == MH_EXECUTE || image->file_type == MH_DYLIB ||
                           image->file_type == MH_BUNDLE;
    return is_loaded && image->links_complete && image->is_dynamic && image->link_count == 0 &&
           !str_starts_with(image->install_name, STR(LIBSYSTEM_PREFIX));
}
