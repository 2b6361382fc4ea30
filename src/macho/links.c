// The commands that name libraries, or say where they are looked for.

#include "macho/commands.h"

#include "base/reader.h"

// struct dylib_use_command of <mach-o/loader.h>: stands where a dylib_command stands, marked by
// its timestamp.
#define DYLIB_USE_MARKER      0x1a741800u
#define DYLIB_USE_NAME_OFFSET 28u
#define DYLIB_USE_WEAK        0x1u
#define DYLIB_USE_REEXPORT    0x2u
#define DYLIB_USE_UPWARD      0x4u
#define DYLIB_USE_DELAYED     0x8u

// What LC_LAZY_LOAD_DYLIB_INFO points to begins with the offset of the path in it.
#define LAZY_INFO_BYTES 28u

static enum macho_link_kind kind_of_use(uint32_t use);
static bool add_text(struct macho_walk *walk, const char *what, struct macho_text_list *list,
                     bytes body);
static bool text_at(struct macho_walk *walk, const char *what, bytes body, uint32_t offset,
                    str *out);
static bool read_lazy_path(struct macho_walk *walk, struct macho_extent extent, str *out);

// struct dylib_command, or dylib_use_command in its place.
void macho_command_dylib(struct macho_walk *walk, uint32_t kind, bytes body)
{
    struct macho_image *image = walk->reading->image;
    struct macho_link link = { .kind = (enum macho_link_kind)kind };
    struct reader r = reader_of(body);
    const uint32_t name_offset = walk->u32(&r);
    const uint32_t timestamp = walk->u32(&r);
    link.current_version = walk->u32(&r);
    link.compatibility_version = walk->u32(&r);

    if (r.failed) {
        macho_command_too_short(walk, "dylib", body);
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

void macho_command_install_name(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    (void)text_at(walk, "install name", body, offset, &walk->reading->image->install_name);
}

void macho_command_dylinker(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    (void)body;
    walk->reading->image->is_dynamic = true;
}

void macho_command_rpath(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    (void)add_text(walk, "rpath", &walk->reading->image->rpaths, body);
}

void macho_command_environment(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    // It may have said what else is loaded.
    if (!add_text(walk, "environment", &walk->reading->image->environment, body))
        walk->reading->image->links_complete = false;
}

static bool add_text(struct macho_walk *walk, const char *what, struct macho_text_list *list,
                     bytes body)
{
    struct reader r = reader_of(body);
    const uint32_t offset = walk->u32(&r);
    str text;
    if (!text_at(walk, what, body, offset, &text))
        return false;
    list->at[list->count++] = text;
    return true;
}

// A string of a command: its offset is counted from the command's start, and it ends, by a NUL,
// inside the command.
static bool text_at(struct macho_walk *walk, const char *what, bytes body, uint32_t offset,
                    str *out)
{
    if (offset < MACHO_COMMAND_HEADER_BYTES + sizeof offset ||
        offset - MACHO_COMMAND_HEADER_BYTES >= body.len) {
        macho_add_error(walk->reading, "%s at %u lies outside its command of %zu octets", what,
                        (unsigned)offset, body.len + MACHO_COMMAND_HEADER_BYTES);
        return false;
    }
    const str rest = str_from(str_of_bytes(body), offset - MACHO_COMMAND_HEADER_BYTES);
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

// dyld's LazyLoadDylib.h: the path stands outside the load commands, in LINKEDIT.
void macho_command_lazy_info(struct macho_walk *walk, uint32_t unused, bytes body)
{
    (void)unused;
    struct macho_image *image = walk->reading->image;
    struct macho_link link = { .kind = MACHO_LINK_LAZY };
    struct macho_extent extent;

    if (walk->lazy_count == MACHO_LAZY_LINKS_MAX)
        macho_add_error(walk->reading, "more than %u lazy links", MACHO_LAZY_LINKS_MAX);
    else if (macho_command_extent(walk, "lazy load info", body, &extent) &&
             read_lazy_path(walk, extent, &link.name)) {
        walk->lazy_count++;
        image->links[image->link_count++] = link;
        return;
    }
    image->links_complete = false;
}

static bool read_lazy_path(struct macho_walk *walk, struct macho_extent extent, str *out)
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
