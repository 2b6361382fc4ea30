// Segments and their sections: which parts of the file hold text and constants. Addresses are
// of no interest here, only where octets lie in the file.

#include "macho/commands.h"

// <mach-o/loader.h>
#define SEGMENT_NAME_BYTES     16u
#define SECTION_BYTES          68u
#define SECTION_64_BYTES       80u
#define SECTION_TYPE_MASK      0xffu
#define S_REGULAR              0x0u
#define S_ZEROFILL             0x1u
#define S_CSTRING_LITERALS     0x2u
#define S_GB_ZEROFILL          0xcu
#define S_THREAD_ZEROFILL      0x12u
#define S_INSTRUCTIONS         0x80000400u  // S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS
#define SG_PROTECTED_VERSION_1 0x8u

#define GAP_MIN                10u  // Shorter ones have no room for ".framework".

struct segment {
    str name;
    uint64_t offset;
    uint64_t size;
    uint32_t section_count;
    uint32_t flags;
};

struct section {
    str name;
    str segment;
    uint64_t offset;
    uint64_t size;
    uint32_t type;
    bool is_code;
};

static uint64_t read_word(struct macho_walk *walk, struct reader *r, uint32_t is_64);
static struct segment read_segment(struct macho_walk *walk, struct reader *r, uint32_t is_64);
static void read_sections(struct macho_walk *walk, struct reader *r, const struct segment *segment,
                          uint32_t is_64);
static bool has_place(const struct section *section);
static uint64_t keep_gap(struct macho_walk *walk, const struct segment *segment, uint64_t covered,
                         const struct section *section);
static struct section read_section(struct macho_walk *walk, struct reader *r, uint32_t is_64);
static void keep_section(struct macho_walk *walk, const struct section *section);
static bool is_for_unwinding(const struct section *section);
static void keep_other(struct macho_walk *walk, uint64_t offset, uint64_t size);
static bool holds_text(const struct section *section, bool *out_is_text);
static void add_section(struct macho_walk *walk, struct macho_sections *to,
                        struct macho_extent extent);

void macho_command_segment(struct macho_walk *walk, uint32_t is_64, bytes body)
{
    struct macho_image *image = walk->reading->image;
    const size_t section_bytes = is_64 ? SECTION_64_BYTES : SECTION_BYTES;
    struct reader r = reader_of(body);
    struct segment segment = read_segment(walk, &r, is_64);
    if (r.failed) {
        macho_command_too_short(walk, "segment", body);
        image->sections_complete = false;
        return;
    }
    // Only Apple's own programs of old; dyld sees the pages in clear, the file does not have them.
    if (segment.flags & SG_PROTECTED_VERSION_1)
        image->is_encrypted = true;
    if (!macho_command_lies_inside(walk, "segment", segment.offset, segment.size)) {
        image->sections_complete = false;
        segment.size = 0;
    } else if (segment.size > 0 && segment.offset + segment.size > walk->segments_end) {
        walk->segments_end = segment.offset + segment.size;
    }
    if (segment.section_count > (body.len - r.pos) / section_bytes) {
        macho_add_error(walk->reading, "segment of %u sections ends past its command of %zu octets",
                        (unsigned)segment.section_count, body.len + MACHO_COMMAND_HEADER_BYTES);
        image->sections_complete = false;
        return;
    }
    read_sections(walk, &r, &segment, is_64);
}

static uint64_t read_word(struct macho_walk *walk, struct reader *r, uint32_t is_64)
{
    return is_64 ? walk->u64(r) : walk->u32(r);
}

static struct segment read_segment(struct macho_walk *walk, struct reader *r, uint32_t is_64)
{
    struct segment segment = { .name = reader_text(r, SEGMENT_NAME_BYTES) };
    (void)read_word(walk, r, is_64);  // vmaddr
    (void)read_word(walk, r, is_64);  // vmsize
    segment.offset = read_word(walk, r, is_64);
    segment.size = read_word(walk, r, is_64);
    (void)reader_take(r, 8);  // maxprot, initprot
    segment.section_count = walk->u32(r);
    segment.flags = walk->u32(r);
    return segment;
}

// The whole segment is in memory when the image runs, whatever its sections say: what none of them
// covers is kept as well.
static void read_sections(struct macho_walk *walk, struct reader *r, const struct segment *segment,
                          uint32_t is_64)
{
    uint64_t covered = segment->offset;
    for (uint32_t i = 0; i < segment->section_count; i++) {
        const struct section section = read_section(walk, r, is_64);
        // dyld asks for both names.
        if (str_eq(segment->name, STR("__RESTRICT")) && str_eq(section.name, STR("__restrict")))
            walk->reading->image->has_restrict = true;
        if (!has_place(&section))
            continue;
        if (segment->size > 0)  // Otherwise nothing of the file is in memory.
            covered = keep_gap(walk, segment, covered, &section);
        keep_section(walk, &section);
    }
    // Tables of the linker stand there, of which each has a reader of its own.
    if (str_eq(segment->name, STR("__LINKEDIT")) && !walk->has_linkedit)
        walk->has_linkedit = true;
    else if (segment->size > covered - segment->offset)
        keep_other(walk, covered, segment->size - (covered - segment->offset));
}

// One without a place in the file is of a companion file (dSYM), or empty.
static bool has_place(const struct section *section)
{
    return section->offset != 0 && section->size != 0 && section->type != S_ZEROFILL &&
           section->type != S_GB_ZEROFILL && section->type != S_THREAD_ZEROFILL;
}

// What lies before the section, and where the segment goes on behind it. Linkers write sections in
// the order in which they lie, inside their segment; one that does not may cover something up.
static uint64_t keep_gap(struct macho_walk *walk, const struct segment *segment, uint64_t covered,
                         const struct section *section)
{
    const uint64_t rest = segment->size - (covered - segment->offset);
    if (section->offset < covered || section->offset - covered > rest ||
        section->size > rest - (section->offset - covered)) {
        walk->reading->image->sections_complete = false;
        return covered;
    }
    keep_other(walk, covered, section->offset - covered);
    return section->offset + section->size;
}

static struct section read_section(struct macho_walk *walk, struct reader *r, uint32_t is_64)
{
    struct section section = { .name = reader_text(r, SEGMENT_NAME_BYTES) };
    section.segment = reader_text(r, SEGMENT_NAME_BYTES);
    (void)read_word(walk, r, is_64);  // addr
    section.size = read_word(walk, r, is_64);
    section.offset = walk->u32(r);
    (void)reader_take(r, 12);  // align, reloff, nreloc
    const uint32_t flags = walk->u32(r);
    section.type = flags & SECTION_TYPE_MASK;
    section.is_code = (flags & S_INSTRUCTIONS) != 0;
    (void)reader_take(r, is_64 ? 12 : 8);  // reserved1 to reserved3
    return section;
}

static void keep_section(struct macho_walk *walk, const struct section *section)
{
    struct macho_image *image = walk->reading->image;
    const struct macho_extent extent = { .offset = section->offset, .size = section->size };
    bool is_text;

    if (str_eq(section->segment, STR("__TEXT")) && str_eq(section->name, STR("__info_plist"))) {
        if (image->info_plist.size > 0)
            macho_add_error(walk->reading, "a second section __info_plist");
        else if (macho_command_lies_inside(walk, "section __info_plist", extent.offset,
                                           extent.size))
            image->info_plist = extent;
    } else if (holds_text(section, &is_text)) {
        if (macho_command_lies_inside(walk, "section of constants", extent.offset, extent.size))
            add_section(walk, is_text ? &image->text_sections : &image->constant_sections, extent);
        else
            image->sections_complete = false;
    } else if (!section->is_code && !is_for_unwinding(section)) {
        if (macho_command_lies_inside(walk, "section", extent.offset, extent.size))
            keep_other(walk, extent.offset, extent.size);
        else
            image->sections_complete = false;
    }
}

// Much of what C++ and Rust make, and nothing that a program reads itself.
static bool is_for_unwinding(const struct section *section)
{
    return str_eq(section->segment, STR("__TEXT")) &&
           (str_eq(section->name, STR("__eh_frame")) ||
            str_eq(section->name, STR("__gcc_except_tab")) ||
            str_eq(section->name, STR("__unwind_info")));
}

// Joined to the one before where that ends here: a path may lie across.
static void keep_other(struct macho_walk *walk, uint64_t offset, uint64_t size)
{
    struct macho_sections *others = &walk->reading->image->other_sections;
    struct macho_extent *last = others->count > 0 ? &others->at[others->count - 1] : NULL;
    if (last != NULL && last->offset + last->size == offset)
        last->size += size;
    else if (size >= GAP_MIN)
        add_section(walk, others, (struct macho_extent){ .offset = offset, .size = size });
}

// C's literals lie in sections of a type of their own; those of Rust and Go, and arrays of
// char, among other constants. What Objective-C calls its classes and methods names no file.
static bool holds_text(const struct section *section, bool *out_is_text)
{
    *out_is_text = section->type == S_CSTRING_LITERALS;
    if (*out_is_text)
        return !str_starts_with(section->name, STR("__objc_"));
    return section->type == S_REGULAR &&
           (str_eq(section->name, STR("__const")) || str_eq(section->name, STR("__rodata")));
}

static void add_section(struct macho_walk *walk, struct macho_sections *to,
                        struct macho_extent extent)
{
    if (to->count == MACHO_SECTIONS_MAX) {
        walk->reading->image->sections_complete = false;
        return;
    }
    if (to->at == NULL)
        to->at = arena_alloc(walk->reading->arena, MACHO_SECTIONS_MAX * sizeof *to->at);
    to->at[to->count++] = extent;
}
