// The load commands of one image. A command that is damaged is told and passed over; one whose
// size is damaged ends the walk, because nothing says where the next one begins.

#include "macho/commands.h"

// <mach-o/loader.h>
#define LC_REQ_DYLD             0x80000000u
#define LC_MAIN                 0x80000028u
#define LC_DYLD_EXPORTS_TRIE    0x80000033u
#define LC_FILESET_ENTRY        0x80000035u
#define LC_SEGMENT              0x1u
#define LC_SYMTAB               0x2u
#define LC_DYSYMTAB             0xbu
#define LC_LOAD_DYLIB           0xcu
#define LC_ID_DYLIB             0xdu
#define LC_LOAD_DYLINKER        0xeu
#define LC_SEGMENT_64           0x19u
#define LC_UUID                 0x1bu
#define LC_CODE_SIGNATURE       0x1du
#define LC_LAZY_LOAD_DYLIB      0x20u
#define LC_ENCRYPTION_INFO      0x21u
#define LC_DYLD_INFO            0x22u
#define LC_VERSION_MIN_MACOSX   0x24u
#define LC_VERSION_MIN_IPHONEOS 0x25u
#define LC_DYLD_ENVIRONMENT     0x27u
#define LC_ENCRYPTION_INFO_64   0x2cu
#define LC_VERSION_MIN_TVOS     0x2fu
#define LC_VERSION_MIN_WATCHOS  0x30u
#define LC_BUILD_VERSION        0x32u
#define LC_LAZY_LOAD_DYLIB_INFO 0x3au
#define LC_LOAD_WEAK_DYLIB      0x80000018u
#define LC_RPATH                0x8000001cu
#define LC_REEXPORT_DYLIB       0x8000001fu
#define LC_DYLD_INFO_ONLY       0x80000022u
#define LC_LOAD_UPWARD_DYLIB    0x80000023u
#define LC_DYLD_CHAINED_FIXUPS  0x80000034u

#define PLATFORM_MACOS          1u
#define PLATFORM_IOS            2u
#define PLATFORM_TVOS           3u
#define PLATFORM_WATCHOS        4u

#define MH_EXECUTE              2u
#define COMMAND_ALIGNMENT       4u
#define UUID_BYTES              16u

#define UNSIGNED_EXTENT         ((struct macho_extent){ .offset = UINT64_MAX })

static void read_signature(struct macho_walk *walk);
static bool take_command(struct macho_walk *walk, struct reader *r);
static void read_command(struct macho_walk *walk, uint32_t command, bytes body);
static void check_required(struct macho_walk *walk, uint32_t command);
static void read_uuid(struct macho_walk *walk, uint32_t unused, bytes body);
static void read_version_min(struct macho_walk *walk, uint32_t platform, bytes body);
static void read_build_version(struct macho_walk *walk, uint32_t unused, bytes body);
static void add_build(struct macho_walk *walk, struct macho_build build);
static void read_encryption(struct macho_walk *walk, uint32_t unused, bytes body);
static void read_signature_extent(struct macho_walk *walk, uint32_t unused, bytes body);

// Commands that are not listed here are of no use to us.
static const struct {
    uint32_t command;
    macho_command *read;
    uint32_t argument;
} commands_read[] = {
    { LC_LOAD_DYLIB, macho_command_dylib, MACHO_LINK_LOAD },
    { LC_LOAD_WEAK_DYLIB, macho_command_dylib, MACHO_LINK_WEAK },
    { LC_REEXPORT_DYLIB, macho_command_dylib, MACHO_LINK_REEXPORT },
    { LC_LOAD_UPWARD_DYLIB, macho_command_dylib, MACHO_LINK_UPWARD },
    { LC_LAZY_LOAD_DYLIB, macho_command_dylib, MACHO_LINK_LAZY },
    { LC_LAZY_LOAD_DYLIB_INFO, macho_command_lazy_info, 0 },
    { LC_ID_DYLIB, macho_command_install_name, 0 },
    { LC_LOAD_DYLINKER, macho_command_dylinker, 0 },
    { LC_RPATH, macho_command_rpath, 0 },
    { LC_DYLD_ENVIRONMENT, macho_command_environment, 0 },
    { LC_SEGMENT, macho_command_segment, false },
    { LC_SEGMENT_64, macho_command_segment, true },
    { LC_SYMTAB, macho_command_symbols, 0 },
    { LC_DYSYMTAB, macho_command_symbol_ranges, 0 },
    { LC_DYLD_INFO, macho_command_binds, 0 },
    { LC_DYLD_INFO_ONLY, macho_command_binds, 0 },
    { LC_DYLD_CHAINED_FIXUPS, macho_command_fixups, 0 },
    { LC_UUID, read_uuid, 0 },
    { LC_BUILD_VERSION, read_build_version, 0 },
    { LC_VERSION_MIN_MACOSX, read_version_min, PLATFORM_MACOS },
    { LC_VERSION_MIN_IPHONEOS, read_version_min, PLATFORM_IOS },
    { LC_VERSION_MIN_TVOS, read_version_min, PLATFORM_TVOS },
    { LC_VERSION_MIN_WATCHOS, read_version_min, PLATFORM_WATCHOS },
    { LC_ENCRYPTION_INFO, read_encryption, 0 },
    { LC_ENCRYPTION_INFO_64, read_encryption, 0 },
    { LC_CODE_SIGNATURE, read_signature_extent, 0 },
};

void macho_read_commands(struct macho_reading *reading, bytes commands, uint32_t count)
{
    struct macho_image *image = reading->image;
    struct macho_walk walk = {
        .reading = reading,
        .u32 = image->is_big_endian ? reader_u32be : reader_u32le,
        .u64 = image->is_big_endian ? reader_u64be : reader_u64le,
        .signature = UNSIGNED_EXTENT,
        .capacity = commands.len / MACHO_COMMAND_HEADER_BYTES,
    };
    if (walk.capacity > count)
        walk.capacity = count;
    image->links = arena_alloc(reading->arena, walk.capacity * sizeof *image->links);
    image->rpaths.at = arena_alloc(reading->arena, walk.capacity * sizeof *image->rpaths.at);
    image->environment.at =
        arena_alloc(reading->arena, walk.capacity * sizeof *image->environment.at);
    image->is_dynamic = image->file_type != MH_EXECUTE;

    struct reader r = reader_of(commands);
    for (uint32_t i = 0; i < count; i++) {
        reading->command = i;
        if (!take_command(&walk, &r)) {
            image->commands_complete = false;
            break;
        }
    }
    reading->command = -1;
    macho_command_tables_end(&walk);
    read_signature(&walk);
}

static void read_signature(struct macho_walk *walk)
{
    if (walk->signature.offset == UNSIGNED_EXTENT.offset)
        return;
    macho_read_signature(walk->reading, walk->signature);
    macho_check_signature_end(walk);
    // The kernel reads one and dyld may read the other.
    if (walk->signature_count > 1)
        walk->reading->image->signature.state = MACHO_SIGNATURE_INVALID;
}

static bool take_command(struct macho_walk *walk, struct reader *r)
{
    const uint32_t command = walk->u32(r);
    const uint32_t size = walk->u32(r);
    if (r->failed) {
        macho_add_error(walk->reading, "load command begins past the load commands");
        return false;
    }
    // A smaller size would leave the cursor where it was, and the walk would never advance.
    if (size < MACHO_COMMAND_HEADER_BYTES) {
        macho_add_error(walk->reading, "load command 0x%x has a size of %u", (unsigned)command,
                        (unsigned)size);
        return false;
    }
    const bytes body = reader_take(r, size - MACHO_COMMAND_HEADER_BYTES);
    if (r->failed) {
        macho_add_error(walk->reading, "load command 0x%x of %u octets ends past the load commands",
                        (unsigned)command, (unsigned)size);
        return false;
    }
    if (size % COMMAND_ALIGNMENT != 0)
        macho_add_error(walk->reading, "load command 0x%x has an odd size of %u", (unsigned)command,
                        (unsigned)size);
    read_command(walk, command, body);
    return true;
}

static void read_command(struct macho_walk *walk, uint32_t command, bytes body)
{
    for (size_t i = 0; i < COUNT_OF(commands_read); i++)
        if (commands_read[i].command == command) {
            commands_read[i].read(walk, commands_read[i].argument, body);
            return;
        }
    check_required(walk, command);
}

// dyld refuses an image with a command that it must know and does not. One that is newer than this
// reader may say anything, also what is linked.
static void check_required(struct macho_walk *walk, uint32_t command)
{
    static const uint32_t known[] = { LC_MAIN, LC_DYLD_EXPORTS_TRIE, LC_FILESET_ENTRY };
    if ((command & LC_REQ_DYLD) == 0)
        return;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i] == command)
            return;
    macho_add_error(walk->reading, "load command 0x%x must be known to dyld, and is not known here",
                    (unsigned)command);
    walk->reading->image->links_complete = false;
}

static void read_uuid(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct reader r = reader_of(body);
    const bytes uuid = reader_take(&r, UUID_BYTES);
    if (r.failed) {
        macho_command_too_short(walk, "uuid", body);
        return;
    }
    if (image->has_uuid) {
        macho_add_error(walk->reading, "a second uuid");
        return;
    }
    memcpy(image->uuid, uuid.at, UUID_BYTES);
    image->has_uuid = true;
}

static void read_version_min(struct macho_walk *walk, uint32_t platform, bytes body)
{
    struct macho_build build = { .platform = platform };
    struct reader r = reader_of(body);
    build.min_os = walk->u32(&r);
    build.sdk = walk->u32(&r);
    if (r.failed)
        macho_command_too_short(walk, "minimum version", body);
    else
        add_build(walk, build);
}

static void read_build_version(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    struct macho_build build = { .platform = walk->u32(&r) };
    build.min_os = walk->u32(&r);
    build.sdk = walk->u32(&r);
    if (r.failed)
        macho_command_too_short(walk, "build version", body);
    else
        add_build(walk, build);
}

static void add_build(struct macho_walk *walk, struct macho_build build)
{
    struct macho_image *image = walk->reading->image;
    if (image->build_count == MACHO_BUILDS_MAX)
        macho_add_error(walk->reading, "more than %u platforms", MACHO_BUILDS_MAX);
    else
        image->builds[image->build_count++] = build;
}

// struct encryption_info_command: cryptid says whether the pages are encrypted as they lie here.
static void read_encryption(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    (void)reader_take(&r, 8);  // cryptoff, cryptsize
    const uint32_t scheme = walk->u32(&r);
    if (r.failed)
        macho_command_too_short(walk, "encryption info", body);
    else if (scheme != 0)
        walk->reading->image->is_encrypted = true;
}

static void read_signature_extent(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct macho_extent extent;
    // Whatever it says, the image means to be signed; only reading it through makes that more.
    image->signature.state = MACHO_SIGNATURE_INVALID;
    if (++walk->signature_count > 1)
        macho_add_error(walk->reading, "a second code signature");
    if (walk->signature.offset != UNSIGNED_EXTENT.offset)
        return;
    if (macho_command_extent(walk, "code signature", body, &extent))
        walk->signature = extent;
}

bool macho_command_extent(struct macho_walk *walk, const char *what, bytes body,
                          struct macho_extent *out)
{
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    const uint32_t size = walk->u32(&r);
    if (r.failed) {
        macho_command_too_short(walk, what, body);
        return false;
    }
    if (!macho_command_lies_inside(walk, what, offset, size))
        return false;
    *out = (struct macho_extent){ .offset = offset, .size = size };
    return true;
}

bool macho_command_lies_inside(struct macho_walk *walk, const char *what, uint64_t offset,
                               uint64_t size)
{
    const struct macho_image *image = walk->reading->image;
    if (offset <= image->size && size <= image->size - offset)
        return true;
    macho_add_error(walk->reading, "%s of %llu octets at %llu ends past the image of %llu", what,
                    (unsigned long long)size, (unsigned long long)offset,
                    (unsigned long long)image->size);
    return false;
}

void macho_command_too_short(struct macho_walk *walk, const char *what, bytes body)
{
    macho_add_error(walk->reading, "%s command of %zu octets is too short", what,
                    body.len + MACHO_COMMAND_HEADER_BYTES);
}
