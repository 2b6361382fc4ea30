// A file as a whole: thin, fat or fat64, and which part of it each slice is.

#include "macho/macho.h"

#include "base/reader.h"
#include "macho/internal.h"

#include <stdarg.h>
#include <stdio.h>

// <mach-o/fat.h>, <mach-o/loader.h>. Fat headers are always big-endian.
#define FAT_MAGIC         0xcafebabeu
#define FAT_MAGIC_64      0xcafebabfu
#define MH_MAGIC          0xfeedfaceu
#define MH_MAGIC_64       0xfeedfacfu
#define MH_CIGAM          0xcefaedfeu
#define MH_CIGAM_64       0xcffaedfeu
#define FAT_HEADER_BYTES  8u
#define FAT_ARCH_BYTES    20u
#define FAT_ARCH64_BYTES  32u
#define MACH_HEADER_BYTES 28u  // struct mach_header, the shorter one.
#define CPU_TYPE_LOW      0x00ffffffu

#define JAVA_MAJOR_MIN    45u  // Of the first Java there was.
#define JAVA_UTF8         1u

struct fat_arch {
    uint32_t cpu_type;
    uint32_t cpu_subtype;
    uint64_t offset;
    uint64_t size;
};

static bool is_thin_magic(uint32_t magic);
static bool is_fat_magic(uint32_t magic);
static bool is_java_class(bytes head);
static bool take_constant(struct reader *r);
static enum status read_thin(const struct macho_source *source, struct arena *a,
                             struct macho_file *file, struct err *err);
static enum status read_fat(const struct macho_source *source, uint32_t count, struct arena *a,
                            struct macho_file *file, struct err *err);
static bool is_archive(const struct macho_source *source, struct fat_arch arch);
static struct fat_arch read_arch(struct reader *r, bool is_64);
static void add_slice(const struct macho_source *source, struct fat_arch arch, bool is_hidden,
                      struct arena *a, struct macho_file *file);
static bool clip_slice(struct macho_reading *reading, const struct macho_file *file);
static bool is_hidden_slice(const struct macho_source *source, struct fat_arch arch,
                            uint64_t headers_end);
static void check_arch(struct macho_reading *reading, struct fat_arch arch);

bool macho_is_image(bytes head)
{
    struct reader r = reader_of(head);
    const uint32_t magic = reader_u32be(&r);
    return is_thin_magic(magic) || (is_fat_magic(magic) && !is_java_class(head));
}

static bool is_thin_magic(uint32_t magic)
{
    return magic == MH_MAGIC || magic == MH_MAGIC_64 || magic == MH_CIGAM || magic == MH_CIGAM_64;
}

static bool is_fat_magic(uint32_t magic)
{
    return magic == FAT_MAGIC || magic == FAT_MAGIC_64;
}

// Both begin with 0xcafebabe. What the kernel and dyld look for in a fat header is the entry of
// their own CPU, so the first may say anything. A class file has its version where the count of
// slices stands, and behind it its constants, each with a tag that says how long it is (The Java
// Virtual Machine Specification, 4.1 and 4.4). As many are looked at as `head` has.
static bool is_java_class(bytes head)
{
    struct reader r = reader_of(head);
    const uint32_t magic = reader_u32be(&r);
    (void)reader_u16be(&r);  // The minor version.
    const uint16_t major = reader_u16be(&r);
    const uint16_t count = reader_u16be(&r);  // One more than there are.
    if (magic != FAT_MAGIC || r.failed || major < JAVA_MAJOR_MIN || count < 2 || r.pos == r.in.len)
        return false;
    for (uint16_t i = 1; i < count && !r.failed && r.pos < r.in.len; i++)
        if (!take_constant(&r))
            return false;
    return true;
}

// False where its tag is none. The last one may end behind what there is to see.
static bool take_constant(struct reader *r)
{
    static const uint8_t lens[] = {
        [3] = 4,  [4] = 4,  [5] = 8,  [6] = 8,  [7] = 2,  [8] = 2,  [9] = 4,  [10] = 4,
        [11] = 4, [12] = 4, [15] = 3, [16] = 2, [17] = 4, [18] = 4, [19] = 2, [20] = 2,
    };
    const uint8_t tag = reader_u8(r);
    if (tag == JAVA_UTF8) {
        (void)reader_take(r, reader_u16be(r));
    } else {
        if (tag >= COUNT_OF(lens) || lens[tag] == 0)
            return false;
        (void)reader_take(r, lens[tag]);
    }
    return true;
}

enum status macho_read(const struct macho_source *source, struct arena *a, struct macho_file *out,
                       struct err *err)
{
    uint8_t head[MACHO_HEAD_BYTES];
    struct macho_file file = { .size = source->size };
    const size_t len = source->size < sizeof head ? (size_t)source->size : sizeof head;

    enum status status = source->read(source->context, 0, head, len, err);
    if (status != OK)
        return status;
    struct reader r = reader_of((bytes){ .at = head, .len = len });
    const uint32_t magic = reader_u32be(&r);
    const uint32_t count = reader_u32be(&r);
    if (len < sizeof magic)
        return fail(err, ERR_FORMAT, "not a Mach-O file (%zu octets)", len);
    if (!macho_is_image(r.in))
        return fail(err, ERR_FORMAT, "not a Mach-O file (magic 0x%08x)", (unsigned)magic);

    if (is_fat_magic(magic)) {
        file.fat = magic == FAT_MAGIC_64 ? MACHO_FAT64 : MACHO_FAT;
        status = r.failed ? fail(err, ERR_FORMAT, "fat header does not fit in %zu octets", len)
                          : read_fat(source, count, a, &file, err);
    } else {
        status = read_thin(source, a, &file, err);
    }
    if (status == OK)
        *out = file;
    return status;
}

static enum status read_thin(const struct macho_source *source, struct arena *a,
                             struct macho_file *file, struct err *err)
{
    if (source->size < MACH_HEADER_BYTES)
        return fail(err, ERR_FORMAT, "mach header does not fit in %llu octets",
                    (unsigned long long)source->size);
    file->images = arena_zalloc(a, sizeof *file->images);
    file->image_count = 1;
    file->images[0].size = source->size;
    struct macho_reading reading = {
        .source = source, .arena = a, .image = &file->images[0], .command = -1
    };
    macho_read_image(&reading);
    return OK;
}

static enum status read_fat(const struct macho_source *source, uint32_t count, struct arena *a,
                            struct macho_file *file, struct err *err)
{
    const bool is_64 = file->fat == MACHO_FAT64;
    const size_t arch_bytes = is_64 ? FAT_ARCH64_BYTES : FAT_ARCH_BYTES;
    uint8_t archs[(MACHO_SLICES_MAX + 1) * FAT_ARCH64_BYTES];

    if (count == 0)
        return fail(err, ERR_FORMAT, "fat header without slices");
    if (count > MACHO_SLICES_MAX)
        return fail(err, ERR_LIMIT, "fat header of %u slices; at most %u are read", (unsigned)count,
                    MACHO_SLICES_MAX);
    const size_t told_bytes = count * arch_bytes;
    if (told_bytes > source->size - FAT_HEADER_BYTES)
        return fail(err, ERR_FORMAT, "fat header of %u slices does not fit in %llu octets",
                    (unsigned)count, (unsigned long long)source->size);
    // One entry more than is told: lipo(1) used to hide arm64 slices there from old readers.
    const uint64_t rest = source->size - FAT_HEADER_BYTES;
    const size_t wanted = told_bytes + arch_bytes;
    const size_t len = rest < wanted ? (size_t)rest : wanted;
    const enum status status = source->read(source->context, FAT_HEADER_BYTES, archs, len, err);
    if (status != OK)
        return status;

    struct reader r = reader_of((bytes){ .at = archs, .len = len });
    uint32_t archives = 0;
    for (uint32_t i = 0; i < count; i++)
        archives += is_archive(source, read_arch(&r, is_64)) ? 1 : 0;
    const struct fat_arch hidden = read_arch(&r, is_64);
    const bool has_hidden = !r.failed && is_hidden_slice(source, hidden, FAT_HEADER_BYTES + wanted);
    if (archives == count && !has_hidden)
        return END;
    r = reader_of((bytes){ .at = archs, .len = len });
    file->images = arena_zalloc(a, (count + 1) * sizeof *file->images);
    for (uint32_t i = 0; i < count; i++)
        add_slice(source, read_arch(&r, is_64), false, a, file);
    if (has_hidden)
        add_slice(source, hidden, true, a, file);
    return OK;
}

// A universal static library: what libtool(1) makes is one archive for each architecture.
static bool is_archive(const struct macho_source *source, struct fat_arch arch)
{
    static const char magic[] = "!<arch>\n";  // <ar.h>
    uint8_t head[sizeof magic - 1];
    struct err err;
    return arch.offset <= source->size && source->size - arch.offset >= sizeof head &&
           source->read(source->context, arch.offset, head, sizeof head, &err) == OK &&
           memcmp(head, magic, sizeof head) == 0;
}

static struct fat_arch read_arch(struct reader *r, bool is_64)
{
    struct fat_arch arch = { .cpu_type = reader_u32be(r), .cpu_subtype = 0 };
    arch.cpu_subtype = reader_u32be(r);
    arch.offset = is_64 ? reader_u64be(r) : reader_u32be(r);
    arch.size = is_64 ? reader_u64be(r) : reader_u32be(r);
    (void)reader_take(r, is_64 ? 8 : 4);  // align, reserved
    return arch;
}

static bool is_hidden_slice(const struct macho_source *source, struct fat_arch arch,
                            uint64_t headers_end)
{
    uint8_t head[sizeof(uint32_t)];
    struct err err;
    if (arch.offset < headers_end || arch.offset > source->size ||
        source->size - arch.offset < MACH_HEADER_BYTES)
        return false;
    if (source->read(source->context, arch.offset, head, sizeof head, &err) != OK)
        return false;
    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    return is_thin_magic(reader_u32be(&r));
}

static void add_slice(const struct macho_source *source, struct fat_arch arch, bool is_hidden,
                      struct arena *a, struct macho_file *file)
{
    struct macho_image *image = &file->images[file->image_count];
    struct macho_reading reading = { .source = source, .arena = a, .image = image, .command = -1 };

    image->offset = arch.offset;
    image->size = arch.size;
    image->is_hidden = is_hidden;
    image->cpu_type = arch.cpu_type;
    image->cpu_subtype = arch.cpu_subtype & CPU_TYPE_LOW;
    image->arch = macho_arch_name(image->cpu_type, image->cpu_subtype, a);
    if (is_hidden)
        macho_add_error(&reading, "this slice is hidden: the fat header counts %zu",
                        file->image_count);
    if (clip_slice(&reading, file)) {
        macho_read_image(&reading);
        check_arch(&reading, arch);
    } else {
        image->signature.state = MACHO_SIGNATURE_INVALID;
    }
    file->image_count++;
}

// Cuts the slice to what the file has of it. False when there is nothing to read: slices that
// overlap are refused by the kernel too, and would make our work grow with their number.
static bool clip_slice(struct macho_reading *reading, const struct macho_file *file)
{
    struct macho_image *image = reading->image;
    if (image->offset > file->size || image->size > file->size - image->offset) {
        macho_add_error(reading, "slice of %llu octets at %llu ends past the file of %llu",
                        (unsigned long long)image->size, (unsigned long long)image->offset,
                        (unsigned long long)file->size);
        image->size = image->offset > file->size ? 0 : file->size - image->offset;
    }
    for (size_t i = 0; i < file->image_count; i++) {
        const struct macho_image *other = &file->images[i];
        if (image->offset < other->offset + other->size &&
            other->offset < image->offset + image->size) {
            macho_add_error(reading, "slice at %llu overlaps slice %zu",
                            (unsigned long long)image->offset, i);
            return false;
        }
    }
    if (image->size < MACH_HEADER_BYTES) {
        macho_add_error(reading, "mach header does not fit in %llu octets",
                        (unsigned long long)image->size);
        return false;
    }
    return true;
}

static void check_arch(struct macho_reading *reading, struct fat_arch arch)
{
    const struct macho_image *image = reading->image;
    if (image->cpu_type == arch.cpu_type && image->cpu_subtype == (arch.cpu_subtype & CPU_TYPE_LOW))
        return;
    const str told =
        macho_arch_name(arch.cpu_type, arch.cpu_subtype & CPU_TYPE_LOW, reading->arena);
    macho_add_error(reading, "the fat header says %.*s, the image says %.*s", STR_ARG(told),
                    STR_ARG(image->arch));
}

void macho_add_error(struct macho_reading *reading, const char *format, ...)
{
    struct macho_image *image = reading->image;
    struct err err;
    va_list args;

    if (image->error_count == MACHO_ERRORS_MAX) {
        image->errors_untold++;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    image->errors[image->error_count++] = (struct macho_error){
        .index = reading->command,
        .reason = arena_str(reading->arena, str_of(err.text)),
    };
}
