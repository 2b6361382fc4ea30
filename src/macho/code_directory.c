// One code directory: what it says of itself, and where its hashes lie. It is checked as XNU does
// in cs_validate_codedirectory() (ubc_subr.c); its hash is computed over its octets.

#include "base/reader.h"
#include "macho/digest.h"

// <kern/cs_blobs.h>
#define MAGIC_CODE_DIRECTORY 0xfade0c02u
#define DIRECTORY_BYTES      108u  // Up to and with linkageSize; an older one is shorter.
#define DIRECTORY_BYTES_MIN  44u
#define VERSION_SCATTER      0x20100u
#define VERSION_TEAM         0x20200u
#define VERSION_LIMIT_64     0x20300u
#define VERSION_EXEC         0x20400u
#define VERSION_LINKAGE      0x20600u
#define PAGE_SHIFT_4K        12u
#define PAGE_SHIFT_16K       14u
#define CDHASH_BYTES         20u

// What of a code directory is only needed while it is read.
struct layout {
    uint32_t identifier_offset;
    uint32_t team_offset;
    uint32_t linkage_offset;
    uint32_t linkage_size;
    uint8_t hash_type;
    uint8_t linkage_hash_type;
};

static bool read_layout(struct macho_reading *reading, struct macho_code_directory *directory,
                        struct layout *layout);
static void read_newer_fields(struct reader *r, struct macho_code_directory *directory,
                              struct layout *layout);
static bool check_hashes(struct macho_reading *reading, const struct layout *layout,
                         struct macho_code_directory *directory);
static bool text_at(struct macho_reading *reading, const char *what, struct macho_extent blob,
                    uint32_t offset, str *out);
static bool compute_cdhash(struct macho_reading *reading, struct macho_code_directory *directory);
static bool check_pages(struct macho_reading *reading,
                        const struct macho_code_directory *directory);
static bool check_scatter(struct macho_reading *reading,
                          const struct macho_code_directory *directory);
static bool check_linkage(struct macho_reading *reading, const struct layout *layout,
                          struct macho_extent blob);

bool macho_read_code_directory(struct macho_reading *reading, uint32_t slot,
                               struct macho_extent blob)
{
    struct macho_signature *signature = &reading->image->signature;
    struct macho_code_directory directory = { .slot = slot, .extent = blob };
    struct layout layout = { .team_offset = 0 };

    if (!read_layout(reading, &directory, &layout) || !check_hashes(reading, &layout, &directory) ||
        !text_at(reading, "identifier", blob, layout.identifier_offset, &directory.identifier))
        return false;
    if (layout.team_offset != 0 &&
        !text_at(reading, "team identifier", blob, layout.team_offset, &directory.team_id))
        return false;
    if (!compute_cdhash(reading, &directory))
        return false;
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].hash == directory.hash) {
            macho_add_error(reading, "two code directories of hash type %u",
                            (unsigned)layout.hash_type);
            return false;
        }
    signature->directories[signature->directory_count++] = directory;  // Each slot stands once.
    return check_pages(reading, &directory) && check_scatter(reading, &directory) &&
           check_linkage(reading, &layout, blob);
}

// struct __CodeDirectory, field by field.
static bool read_layout(struct macho_reading *reading, struct macho_code_directory *directory,
                        struct layout *layout)
{
    uint8_t head[DIRECTORY_BYTES];
    const uint64_t size = directory->extent.size;
    const size_t len = size < sizeof head ? (size_t)size : sizeof head;
    if (!macho_take_into(reading, directory->extent.offset, head, len))
        return false;
    struct reader r = reader_of((bytes){ .at = head, .len = len });
    const uint32_t magic = reader_u32be(&r);
    (void)reader_u32be(&r);  // length
    if (magic != MAGIC_CODE_DIRECTORY || size < DIRECTORY_BYTES_MIN) {
        macho_add_error(reading, "slot 0x%x holds no code directory (magic 0x%08x, %llu octets)",
                        (unsigned)directory->slot, (unsigned)magic, (unsigned long long)size);
        return false;
    }
    directory->version = reader_u32be(&r);
    directory->flags = reader_u32be(&r);
    directory->hash_offset = reader_u32be(&r);
    layout->identifier_offset = reader_u32be(&r);
    directory->special_count = reader_u32be(&r);
    directory->code_count = reader_u32be(&r);
    directory->code_limit = reader_u32be(&r);
    directory->hash_size = reader_u8(&r);
    layout->hash_type = reader_u8(&r);
    (void)reader_u8(&r);  // platform
    directory->page_shift = reader_u8(&r);
    (void)reader_u32be(&r);  // spare2
    read_newer_fields(&r, directory, layout);
    if (r.failed) {
        macho_add_error(reading, "code directory of %llu octets is too short for version 0x%x",
                        (unsigned long long)size, (unsigned)directory->version);
        return false;
    }
    return true;
}

static void read_newer_fields(struct reader *r, struct macho_code_directory *directory,
                              struct layout *layout)
{
    if (directory->version >= VERSION_SCATTER)
        directory->scatter_offset = reader_u32be(r);
    if (directory->version >= VERSION_TEAM)
        layout->team_offset = reader_u32be(r);
    if (directory->version >= VERSION_LIMIT_64) {
        (void)reader_u32be(r);  // spare3
        const uint64_t limit = reader_u64be(r);
        if (limit != 0)
            directory->code_limit = limit;
    }
    if (directory->version >= VERSION_EXEC) {
        (void)reader_take(r, 16);  // execSegBase, execSegLimit
        directory->exec_segment_flags = reader_u64be(r);
    }
    if (directory->version >= VERSION_LINKAGE) {
        (void)reader_take(r, 8);  // runtime, preEncryptOffset
        layout->linkage_hash_type = reader_u8(r);
        (void)reader_take(r, 3);  // linkageApplicationType, linkageApplicationSubType
        layout->linkage_offset = reader_u32be(r);
        layout->linkage_size = reader_u32be(r);
    }
}

static bool check_hashes(struct macho_reading *reading, const struct layout *layout,
                         struct macho_code_directory *directory)
{
    const uint64_t size = directory->extent.size;
    directory->hash = digest_hash_of(layout->hash_type, (uint8_t)directory->hash_size);
    if (directory->hash == MACHO_HASH_NONE) {
        macho_add_error(reading, "code directory of hash type %u and size %u",
                        (unsigned)layout->hash_type, (unsigned)directory->hash_size);
        return false;
    }
    // Special slots stand before the offset, those of the pages behind it.
    const uint64_t special_bytes = (uint64_t)directory->special_count * directory->hash_size;
    const uint64_t code_bytes = (uint64_t)directory->code_count * directory->hash_size;
    if (directory->hash_offset < DIRECTORY_BYTES_MIN || directory->hash_offset > size ||
        special_bytes > directory->hash_offset || code_bytes > size - directory->hash_offset) {
        macho_add_error(reading,
                        "%u and %u hashes at %u lie outside the code directory of %llu octets",
                        (unsigned)directory->special_count, (unsigned)directory->code_count,
                        (unsigned)directory->hash_offset, (unsigned long long)size);
        return false;
    }
    return true;
}

static bool text_at(struct macho_reading *reading, const char *what, struct macho_extent blob,
                    uint32_t offset, str *out)
{
    char text[MACHO_IDENTIFIER_MAX + 1];
    if (offset < DIRECTORY_BYTES_MIN || offset >= blob.size) {
        macho_add_error(reading, "%s at %u lies outside the code directory of %llu octets", what,
                        (unsigned)offset, (unsigned long long)blob.size);
        return false;
    }
    const uint64_t rest = blob.size - offset;
    const size_t len = rest < sizeof text ? (size_t)rest : sizeof text;
    if (!macho_take_into(reading, blob.offset + offset, (uint8_t *)text, len))
        return false;
    const size_t end = str_find_char((str){ .at = text, .len = len }, '\0');
    if (end == len) {
        macho_add_error(reading, "%s does not end within %zu octets", what, len);
        return false;
    }
    *out = arena_str(reading->arena, (str){ .at = text, .len = end });
    return true;
}

static bool compute_cdhash(struct macho_reading *reading, struct macho_code_directory *directory)
{
    uint8_t value[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;

    digest_init(&digest);
    const bool is_done = digest_begin(&digest, digest_kind_of(directory->hash)) &&
                         digest_add_extent(&digest, reading, directory->extent) &&
                         digest_end(&digest, value);
    digest_done(&digest);
    if (!is_done) {
        macho_add_error(reading, "the hash of the code directory could not be computed");
        return false;
    }
    memcpy(directory->digest, value, sizeof directory->digest);
    directory->cdhash = macho_hex((bytes){ .at = value, .len = CDHASH_BYTES }, reading->arena);
    return true;
}

// The kernel knows pages of 4 KiB and its own, and no infinite ones.
static bool check_pages(struct macho_reading *reading, const struct macho_code_directory *directory)
{
    const uint64_t size = reading->image->size;
    if (directory->page_shift != PAGE_SHIFT_4K && directory->page_shift != PAGE_SHIFT_16K) {
        macho_add_error(reading, "code directory with pages of 2^%u octets",
                        (unsigned)directory->page_shift);
        return false;
    }
    if (directory->code_limit > size) {
        macho_add_error(reading, "code directory seals %llu octets of an image of %llu",
                        (unsigned long long)directory->code_limit, (unsigned long long)size);
        return false;
    }
    return true;
}

// The kernel looks each page up in the scatter and has no hash for one that is not there (hashes()
// in ubc_subr.c). No tool of today writes any.
static bool check_scatter(struct macho_reading *reading,
                          const struct macho_code_directory *directory)
{
    if (directory->scatter_offset == 0)
        return true;
    macho_add_error(reading, "pages are scattered: what is sealed cannot be told");
    return false;
}

static bool check_linkage(struct macho_reading *reading, const struct layout *layout,
                          struct macho_extent blob)
{
    if (layout->linkage_hash_type == 0 ||
        (layout->linkage_offset <= blob.size &&
         layout->linkage_size <= blob.size - layout->linkage_offset))
        return true;
    macho_add_error(reading, "linkage of %u octets at %u ends past the code directory of %llu",
                    (unsigned)layout->linkage_size, (unsigned)layout->linkage_offset,
                    (unsigned long long)blob.size);
    return false;
}
