// The load commands of one image. A command that is damaged is told and passed over; one whose
// size is damaged ends the walk, because nothing says where the next one begins.

#include "base/reader.h"
#include "macho/internal.h"

// <mach-o/loader.h>
#define LC_SEGMENT              0x1u
#define LC_LOAD_DYLIB           0xcu
#define LC_ID_DYLIB             0xdu
#define LC_LOAD_DYLINKER        0xeu
#define LC_SEGMENT_64           0x19u
#define LC_UUID                 0x1bu
#define LC_CODE_SIGNATURE       0x1du
#define LC_LAZY_LOAD_DYLIB      0x20u
#define LC_ENCRYPTION_INFO      0x21u
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
#define LC_LOAD_UPWARD_DYLIB    0x80000023u

#define PLATFORM_MACOS          1u
#define PLATFORM_IOS            2u
#define PLATFORM_TVOS           3u
#define PLATFORM_WATCHOS        4u

#define MH_EXECUTE              2u
#define COMMAND_HEADER_BYTES    8u
#define COMMAND_ALIGNMENT       4u
#define SEGMENT_NAME_BYTES      16u
#define UUID_BYTES              16u

// struct dylib_use_command: stands where a dylib_command stands, marked by its timestamp.
#define DYLIB_USE_MARKER      0x1a741800u
#define DYLIB_USE_NAME_OFFSET 28u
#define DYLIB_USE_WEAK        0x1u
#define DYLIB_USE_REEXPORT    0x2u
#define DYLIB_USE_UPWARD      0x4u
#define DYLIB_USE_DELAYED     0x8u

// What LC_LAZY_LOAD_DYLIB_INFO points to begins with the offset of the path in it.
#define LAZY_INFO_BYTES 28u

#define UNSIGNED_EXTENT ((struct macho_extent){ .offset = UINT64_MAX })

struct walk {
    struct macho_reading *reading;
    uint32_t (*u32)(struct reader *);
    struct macho_extent signature;
    size_t capacity;  // Of each list of the image: as many as there can be commands.
    uint32_t lazy_count;
};

static bool take_command(struct walk *walk, struct reader *r);
static void read_command(struct walk *walk, uint32_t command, bytes body);
static void read_dylib(struct walk *walk, uint32_t kind, bytes body);
static enum macho_link_kind kind_of_use(uint32_t use);
static void read_install_name(struct walk *walk, uint32_t unused, bytes body);
static void read_dylinker(struct walk *walk, uint32_t unused, bytes body);
static void read_rpath(struct walk *walk, uint32_t unused, bytes body);
static void read_environment(struct walk *walk, uint32_t unused, bytes body);
static void add_text(struct walk *walk, const char *what, struct macho_text_list *list, bytes body);
static bool text_at(struct walk *walk, const char *what, bytes body, uint32_t offset, str *out);
static void read_segment(struct walk *walk, uint32_t unused, bytes body);
static void read_uuid(struct walk *walk, uint32_t unused, bytes body);
static void read_version_min(struct walk *walk, uint32_t platform, bytes body);
static void read_build_version(struct walk *walk, uint32_t unused, bytes body);
static void add_build(struct walk *walk, struct macho_build build);
static void read_encryption(struct walk *walk, uint32_t unused, bytes body);
static void read_lazy_info(struct walk *walk, uint32_t unused, bytes body);
static bool read_lazy_path(struct walk *walk, struct macho_extent extent, str *out);
static void read_signature_extent(struct walk *walk, uint32_t unused, bytes body);
static bool read_extent(struct walk *walk, const char *what, bytes body, struct macho_extent *out);
static void add_too_short(struct walk *walk, const char *what, bytes body);

// Commands that are not listed here are of no use to us.
static const struct {
    uint32_t command;
    void (*read)(struct walk *walk, uint32_t argument, bytes body);
    uint32_t argument;
} commands_read[] = {
    { LC_LOAD_DYLIB, read_dylib, MACHO_LINK_LOAD },
    { LC_LOAD_WEAK_DYLIB, read_dylib, MACHO_LINK_WEAK },
    { LC_REEXPORT_DYLIB, read_dylib, MACHO_LINK_REEXPORT },
    { LC_LOAD_UPWARD_DYLIB, read_dylib, MACHO_LINK_UPWARD },
    { LC_LAZY_LOAD_DYLIB, read_dylib, MACHO_LINK_LAZY },
    { LC_LAZY_LOAD_DYLIB_INFO, read_lazy_info, 0 },
    { LC_ID_DYLIB, read_install_name, 0 },
    { LC_LOAD_DYLINKER, read_dylinker, 0 },
    { LC_RPATH, read_rpath, 0 },
    { LC_DYLD_ENVIRONMENT, read_environment, 0 },
    { LC_SEGMENT, read_segment, 0 },
    { LC_SEGMENT_64, read_segment, 0 },
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
    struct walk walk = {
        .reading = reading,
        .u32 = image->is_big_endian ? reader_u32be : reader_u32le,
        .signature = UNSIGNED_EXTENT,
        .capacity = commands.len / COMMAND_HEADER_BYTES,
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
    if (walk.signature.offset != UNSIGNED_EXTENT.offset)
        macho_read_signature(reading, walk.signature);
}

static bool take_command(struct walk *walk, struct reader *r)
{
    const uint32_t command = walk->u32(r);
    const uint32_t size = walk->u32(r);
    if (r->failed) {
        macho_add_error(walk->reading, "load command begins past the load commands");
        return false;
    }
    // A smaller size would leave the cursor where it was, and the walk would never advance.
    if (size < COMMAND_HEADER_BYTES) {
        macho_add_error(walk->reading, "load command 0x%x has a size of %u", (unsigned)command,
                        (unsigned)size);
        return false;
    }
    const bytes body = reader_take(r, size - COMMAND_HEADER_BYTES);
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

static void read_command(struct walk *walk, uint32_t command, bytes body)
{
    for (size_t i = 0; i < COUNT_OF(commands_read); i++)
        if (commands_read[i].command == command) {
            commands_read[i].read(walk, commands_read[i].argument, body);
            return;
        }
}

// struct dylib_command, or dylib_use_command in its place.
static void read_dylib(struct walk *walk, uint32_t kind, bytes body)
{
    struct macho_image *image = walk->reading->image;
    struct macho_link link = { .kind = (enum macho_link_kind)kind };
    struct reader r = reader_of(body);
    const uint32_t name_offset = walk->u32(&r);
    const uint32_t timestamp = walk->u32(&r);
    link.current_version = walk->u32(&r);
    link.compatibility_version = walk->u32(&r);

    if (r.failed) {
        add_too_short(walk, "dylib", body);
        image->links_complete = false;
        return;
    }
    if (timestamp == DYLIB_USE_MARKER && name_offset == DYLIB_USE_NAME_OFFSET) {
        const uint32_t use = walk->u32(&r);
        if (!r.failed)
            link.kind = kind_of_use(use);
    }
    if (text_at(walk, "dylib name", body, name_offset, &link.name))
        image->links[image->link_count++] = link;
    else
        image->links_complete = false;
}

// Several may be set; the one that says most about whose code runs is told.
static enum macho_link_kind kind_of_use(uint32_t use)
{
    if (use & DYLIB_USE_REEXPORT)
        return MACHO_LINK_REEXPORT;
    if (use & DYLIB_USE_UPWARD)
        return MACHO_LINK_UPWARD;
    if (use & DYLIB_USE_DELAYED)
        return MACHO_LINK_DELAYED;
    return use & DYLIB_USE_WEAK ? MACHO_LINK_WEAK : MACHO_LINK_LOAD;
}

static void read_install_name(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    (void)text_at(walk, "install name", body, offset, &walk->reading->image->install_name);
}

static void read_dylinker(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    (void)body;
    walk->reading->image->is_dynamic = true;
}

static void read_rpath(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    add_text(walk, "rpath", &walk->reading->image->rpaths, body);
}

static void read_environment(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    add_text(walk, "environment", &walk->reading->image->environment, body);
}

static void add_text(struct walk *walk, const char *what, struct macho_text_list *list, bytes body)
{
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    str text;
    if (text_at(walk, what, body, offset, &text))
        list->at[list->count++] = text;
}

// A string of a command: its offset is counted from the command's start, and it ends, by a NUL,
// inside the command.
static bool text_at(struct walk *walk, const char *what, bytes body, uint32_t offset, str *out)
{
    if (offset < COMMAND_HEADER_BYTES + sizeof offset ||
        offset - COMMAND_HEADER_BYTES >= body.len) {
        macho_add_error(walk->reading, "%s at %u lies outside its command of %zu octets", what,
                        (unsigned)offset, body.len + COMMAND_HEADER_BYTES);
        return false;
    }
    const str rest = str_from(str_of_bytes(body), offset - COMMAND_HEADER_BYTES);
    const str text = str_to(rest, str_find_char(rest, '\0'));
    if (text.len == rest.len) {
        macho_add_error(walk->reading, "%s does not end inside its command", what);
        return false;
    }
    if (text.len > MACHO_PATH_MAX) {
        macho_add_error(walk->reading, "%s of %zu octets; at most %u are read", what, text.len,
                        MACHO_PATH_MAX);
        return false;
    }
    *out = text;
    return true;
}

static void read_segment(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    const str name = reader_text(&r, SEGMENT_NAME_BYTES);
    if (r.failed)
        add_too_short(walk, "segment", body);
    else if (str_eq(name, STR("__RESTRICT")))
        walk->reading->image->has_restrict = true;
}

static void read_uuid(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct reader r = reader_of(body);
    const bytes uuid = reader_take(&r, UUID_BYTES);
    if (r.failed) {
        add_too_short(walk, "uuid", body);
        return;
    }
    if (image->has_uuid) {
        macho_add_error(walk->reading, "a second uuid");
        return;
    }
    memcpy(image->uuid, uuid.at, UUID_BYTES);
    image->has_uuid = true;
}

static void read_version_min(struct walk *walk, uint32_t platform, bytes body)
{
    struct macho_build build = { .platform = platform };
    struct reader r = reader_of(body);
    build.min_os = walk->u32(&r);
    build.sdk = walk->u32(&r);
    if (r.failed)
        add_too_short(walk, "minimum version", body);
    else
        add_build(walk, build);
}

static void read_build_version(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    struct macho_build build = { .platform = walk->u32(&r) };
    build.min_os = walk->u32(&r);
    build.sdk = walk->u32(&r);
    if (r.failed)
        add_too_short(walk, "build version", body);
    else
        add_build(walk, build);
}

static void add_build(struct walk *walk, struct macho_build build)
{
    struct macho_image *image = walk->reading->image;
    if (image->build_count == MACHO_BUILDS_MAX)
        macho_add_error(walk->reading, "more than %u platforms", MACHO_BUILDS_MAX);
    else
        image->builds[image->build_count++] = build;
}

// struct encryption_info_command: cryptid says whether the pages are encrypted as they lie here.
static void read_encryption(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    (void)reader_take(&r, 8);  // cryptoff, cryptsize
    const uint32_t scheme = walk->u32(&r);
    if (r.failed)
        add_too_short(walk, "encryption info", body);
    else if (scheme != 0)
        walk->reading->image->is_encrypted = true;
}

// dyld's LazyLoadDylib.h: the path stands outside the load commands, in LINKEDIT.
static void read_lazy_info(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct macho_link link = { .kind = MACHO_LINK_LAZY };
    struct macho_extent extent;

    if (walk->lazy_count == MACHO_LAZY_LINKS_MAX)
        macho_add_error(walk->reading, "more than %u lazy links", MACHO_LAZY_LINKS_MAX);
    else if (read_extent(walk, "lazy load info", body, &extent) &&
             read_lazy_path(walk, extent, &link.name)) {
        walk->lazy_count++;
        image->links[image->link_count++] = link;
        return;
    }
    image->links_complete = false;
}

static bool read_lazy_path(struct walk *walk, struct macho_extent extent, str *out)
{
    char text[MACHO_PATH_MAX + 1];
    uint8_t head[LAZY_INFO_BYTES];

    if (extent.size < sizeof head) {
        macho_add_error(walk->reading, "lazy load info of %llu octets is too short",
                        (unsigned long long)extent.size);
        return false;
    }
    if (!macho_take_into(walk->reading, extent.offset, head, sizeof head))
        return false;
    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    const uint32_t offset = walk->u32(&r);
    if (offset < sizeof head || offset >= extent.size) {
        macho_add_error(walk->reading, "lazy path at %u lies outside its %llu octets",
                        (unsigned)offset, (unsigned long long)extent.size);
        return false;
    }
    const uint64_t rest = extent.size - offset;
    const size_t len = rest < sizeof text ? (size_t)rest : sizeof text;
    if (!macho_take_into(walk->reading, extent.offset + offset, (uint8_t *)text, len))
        return false;
    const size_t end = str_find_char((str){ .at = text, .len = len }, '\0');
    if (end == len) {
        macho_add_error(walk->reading, "lazy path does not end within %zu octets", len);
        return false;
    }
    *out = arena_str(walk->reading->arena, (str){ .at = text, .len = end });
    return true;
}

static void read_signature_extent(struct walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct macho_extent extent;
    // Whatever it says, the image means to be signed; only reading it through makes that more.
    image->signature.state = MACHO_SIGNATURE_INVALID;
    if (walk->signature.offset != UNSIGNED_EXTENT.offset)
        macho_add_error(walk->reading, "a second code signature");
    else if (read_extent(walk, "code signature", body, &extent))
        walk->signature = extent;
}

// struct linkedit_data_command: a part of the image.
static bool read_extent(struct walk *walk, const char *what, bytes body, struct macho_extent *out)
{
    const struct macho_image *image = walk->reading->image;
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    const uint32_t size = walk->u32(&r);
    if (r.failed) {
        add_too_short(walk, what, body);
        return false;
    }
    if (offset > image->size || size > image->size - offset) {
        macho_add_error(walk->reading, "%s of %u octets at %u ends past the image of %llu", what,
                        (unsigned)size, (unsigned)offset, (unsigned long long)image->size);
        return false;
    }
    *out = (struct macho_extent){ .offset = offset, .size = size };
    return true;
}

static void add_too_short(struct walk *walk, const char *what, bytes body)
{
    macho_add_error(walk->reading, "%s command of %zu octets is too short", what,
                    body.len + COMMAND_HEADER_BYTES);
}
