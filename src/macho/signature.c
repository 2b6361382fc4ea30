// The embedded code signature: a table of blobs, always big-endian, whatever the image is. What
// it says is checked as XNU checks it when it takes a signature (cs_blobs.h, ubc_subr.c); the
// hash of a code directory is computed over its octets, a piece at a time.

#include "base/reader.h"
#include "macho/internal.h"

#include <openssl/evp.h>

// <kern/cs_blobs.h>
#define MAGIC_EMBEDDED_SIGNATURE 0xfade0cc0u
#define MAGIC_CODE_DIRECTORY     0xfade0c02u
#define MAGIC_ENTITLEMENTS       0xfade7171u
#define MAGIC_DER_ENTITLEMENTS   0xfade7172u
#define MAGIC_WRAPPER            0xfade0b01u
#define SLOT_CODE_DIRECTORY      0u
#define SLOT_REQUIREMENTS        2u
#define SLOT_ENTITLEMENTS        5u
#define SLOT_DER_ENTITLEMENTS    7u
#define SLOT_ALTERNATES          0x1000u
#define SLOT_ALTERNATES_END      0x1005u
#define SLOT_CMS                 0x10000u
#define SLOT_TICKET              0x10002u
#define FLAG_ADHOC               0x2u
#define FLAG_LINKER_SIGNED       0x20000u

#define BLOB_HEADER_BYTES        8u
#define SUPERBLOB_BYTES          12u
#define INDEX_BYTES              8u
#define DIRECTORY_BYTES          88u  // Up to and with execSegFlags; an older one is shorter.
#define DIRECTORY_BYTES_MIN      44u
#define VERSION_TEAM             0x20200u
#define VERSION_EXEC             0x20400u
#define TEAM_BYTES_MIN           52u
#define EXEC_BYTES_MIN           88u
#define CDHASH_BYTES             20u
#define PIECE_BYTES              65536u

struct blob {
    uint32_t slot;
    uint32_t magic;
    struct macho_extent extent;  // Of the slice; the header of the blob with it.
};

// A code directory's own words about where its parts lie, all counted from its start.
struct layout {
    uint32_t hash_offset;
    uint32_t identifier_offset;
    uint32_t special_count;
    uint32_t code_count;
    uint32_t team_offset;
    uint8_t hash_size;
    uint8_t hash_type;
};

static bool read_superblob(struct macho_reading *reading, struct macho_extent extent);
static bool read_index(struct macho_reading *reading, struct macho_extent extent, uint32_t count);
static bool read_blob_header(struct macho_reading *reading, struct macho_extent whole,
                             uint32_t offset, struct blob *blob);
static bool read_blob(struct macho_reading *reading, struct blob blob);
static bool read_entitlements_blob(struct macho_reading *reading, struct blob blob);
static bool read_directory(struct macho_reading *reading, struct blob blob);
static struct layout read_layout(bytes head, struct macho_code_directory *directory);
static bool check_hash(struct macho_reading *reading, const struct layout *layout, uint64_t size,
                       struct macho_code_directory *directory);
static bool read_names(struct macho_reading *reading, struct blob blob, const struct layout *layout,
                       struct macho_code_directory *directory);
static bool text_at(struct macho_reading *reading, const char *what, struct blob blob,
                    uint32_t offset, str *out);
static bool compute_cdhash(struct macho_reading *reading, struct blob blob,
                           struct macho_code_directory *directory);
static bool digest_extent(struct macho_reading *reading, struct macho_extent extent,
                          EVP_MD_CTX *digest);
static const struct macho_code_directory *best_of(const struct macho_signature *signature);
static enum macho_signature_state state_of(struct macho_reading *reading);

// Hash types of <kern/cs_blobs.h>; later ones rank higher.
static const struct {
    enum macho_hash hash;
    uint8_t type;
    uint8_t size;
    const EVP_MD *(*digest)(void);
} hashes[] = {
    { MACHO_HASH_SHA1, 1, 20, EVP_sha1 },
    { MACHO_HASH_SHA256_TRUNCATED, 3, 20, EVP_sha256 },
    { MACHO_HASH_SHA256, 2, 32, EVP_sha256 },
    { MACHO_HASH_SHA384, 4, 48, EVP_sha384 },
};

void macho_read_signature(struct macho_reading *reading, struct macho_extent extent)
{
    struct macho_signature *signature = &reading->image->signature;
    struct blob bare;
    bool is_sound;

    signature->state = MACHO_SIGNATURE_INVALID;
    if (!read_blob_header(reading, extent, 0, &bare))
        return;
    if (bare.magic == MAGIC_CODE_DIRECTORY) {
        bare.slot = SLOT_CODE_DIRECTORY;
        is_sound = read_blob(reading, bare);
    } else {
        is_sound = read_superblob(reading, bare.extent);
    }
    signature->best = best_of(signature);
    if (is_sound)
        signature->state = state_of(reading);
}

static bool read_superblob(struct macho_reading *reading, struct macho_extent extent)
{
    uint8_t head[SUPERBLOB_BYTES];
    if (extent.size < sizeof head) {
        macho_add_error(reading, "code signature of %llu octets is too short",
                        (unsigned long long)extent.size);
        return false;
    }
    if (!macho_take_into(reading, extent.offset, head, sizeof head))
        return false;
    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    const uint32_t magic = reader_u32be(&r);
    (void)reader_u32be(&r);  // length
    const uint32_t count = reader_u32be(&r);
    if (magic != MAGIC_EMBEDDED_SIGNATURE) {
        macho_add_error(reading, "not a code signature (magic 0x%08x)", (unsigned)magic);
        return false;
    }
    if (count > MACHO_BLOBS_MAX) {
        macho_add_error(reading, "%u blobs in the code signature; at most %u are read",
                        (unsigned)count, MACHO_BLOBS_MAX);
        return false;
    }
    if (count * INDEX_BYTES > extent.size - sizeof head) {
        macho_add_error(reading,
                        "index of %u blobs does not fit in the code signature of %llu octets",
                        (unsigned)count, (unsigned long long)extent.size);
        return false;
    }
    return read_index(reading, extent, count);
}

// Reads every blob, also behind one that is damaged: what is there is told.
static bool read_index(struct macho_reading *reading, struct macho_extent extent, uint32_t count)
{
    uint8_t index[MACHO_BLOBS_MAX * INDEX_BYTES];
    uint32_t slots[MACHO_BLOBS_MAX];
    bool is_sound = true;

    if (!macho_take_into(reading, extent.offset + SUPERBLOB_BYTES, index, count * INDEX_BYTES))
        return false;
    struct reader r = reader_of((bytes){ .at = index, .len = count * INDEX_BYTES });
    for (uint32_t i = 0; i < count; i++) {
        struct blob blob = { .slot = 0 };
        slots[i] = reader_u32be(&r);
        const uint32_t offset = reader_u32be(&r);
        bool is_repeated = false;
        for (uint32_t before = 0; before < i; before++)
            is_repeated = is_repeated || slots[before] == slots[i];
        if (is_repeated) {
            macho_add_error(reading, "slot 0x%x stands twice in the code signature",
                            (unsigned)slots[i]);
            is_sound = false;
            continue;
        }
        const bool is_read = read_blob_header(reading, extent, offset, &blob);
        blob.slot = slots[i];
        is_sound = is_read && read_blob(reading, blob) && is_sound;
    }
    return is_sound;
}

static bool read_blob_header(struct macho_reading *reading, struct macho_extent whole,
                             uint32_t offset, struct blob *blob)
{
    uint8_t head[BLOB_HEADER_BYTES];
    if (offset > whole.size || sizeof head > whole.size - offset) {
        macho_add_error(reading, "blob at %u lies outside the code signature of %llu octets",
                        (unsigned)offset, (unsigned long long)whole.size);
        return false;
    }
    if (!macho_take_into(reading, whole.offset + offset, head, sizeof head))
        return false;
    struct reader r = reader_of((bytes){ .at = head, .len = sizeof head });
    const uint32_t magic = reader_u32be(&r);
    const uint32_t len = reader_u32be(&r);
    if (len < sizeof head || len > whole.size - offset) {
        macho_add_error(reading, "blob of %u octets at %u ends past the code signature of %llu",
                        (unsigned)len, (unsigned)offset, (unsigned long long)whole.size);
        return false;
    }
    *blob =
        (struct blob){ .magic = magic, .extent = { .offset = whole.offset + offset, .size = len } };
    return true;
}

static bool read_blob(struct macho_reading *reading, struct blob blob)
{
    struct macho_signature *signature = &reading->image->signature;
    if (blob.slot == SLOT_CODE_DIRECTORY ||
        (blob.slot >= SLOT_ALTERNATES && blob.slot < SLOT_ALTERNATES_END))
        return read_directory(reading, blob);
    switch (blob.slot) {
    case SLOT_REQUIREMENTS:
        signature->has_requirements = true;
        break;
    case SLOT_ENTITLEMENTS:
        return read_entitlements_blob(reading, blob);
    case SLOT_DER_ENTITLEMENTS:
        signature->has_der_entitlements = blob.magic == MAGIC_DER_ENTITLEMENTS;
        break;
    case SLOT_CMS:
        // An ad-hoc signature may have the wrapper with nothing in it.
        signature->has_cms = blob.magic == MAGIC_WRAPPER && blob.extent.size > BLOB_HEADER_BYTES;
        break;
    case SLOT_TICKET:
        signature->has_ticket = true;
        break;
    default:
        break;
    }
    return true;
}

static bool read_entitlements_blob(struct macho_reading *reading, struct blob blob)
{
    const uint64_t len = blob.extent.size - BLOB_HEADER_BYTES;
    bytes xml;
    if (blob.magic != MAGIC_ENTITLEMENTS) {
        macho_add_error(reading, "entitlements have the magic 0x%08x", (unsigned)blob.magic);
        return false;
    }
    if (len > MACHO_ENTITLEMENTS_BYTES_MAX) {
        macho_add_error(reading, "entitlements of %llu octets; at most %u are read",
                        (unsigned long long)len, MACHO_ENTITLEMENTS_BYTES_MAX);
        return true;
    }
    if (!macho_take(reading, blob.extent.offset + BLOB_HEADER_BYTES, (size_t)len, &xml))
        return false;
    macho_read_entitlements(reading, xml);
    return true;
}

static bool read_directory(struct macho_reading *reading, struct blob blob)
{
    struct macho_signature *signature = &reading->image->signature;
    struct macho_code_directory directory = { .hash = MACHO_HASH_NONE };
    uint8_t head[DIRECTORY_BYTES];

    if (blob.magic != MAGIC_CODE_DIRECTORY || blob.extent.size < DIRECTORY_BYTES_MIN) {
        macho_add_error(reading, "slot 0x%x holds no code directory (magic 0x%08x, %llu octets)",
                        (unsigned)blob.slot, (unsigned)blob.magic,
                        (unsigned long long)blob.extent.size);
        return false;
    }
    const size_t len = blob.extent.size < sizeof head ? (size_t)blob.extent.size : sizeof head;
    if (!macho_take_into(reading, blob.extent.offset, head, len))
        return false;
    const struct layout layout = read_layout((bytes){ .at = head, .len = len }, &directory);
    if (!check_hash(reading, &layout, blob.extent.size, &directory) ||
        !read_names(reading, blob, &layout, &directory) ||
        !compute_cdhash(reading, blob, &directory))
        return false;
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].hash == directory.hash) {
            macho_add_error(reading, "two code directories of hash type %u",
                            (unsigned)layout.hash_type);
            return false;
        }
    signature->directories[signature->directory_count++] = directory;  // Each slot stands once.
    return true;
}

// struct __CodeDirectory, field by field.
static struct layout read_layout(bytes head, struct macho_code_directory *directory)
{
    struct layout layout = { .team_offset = 0 };
    struct reader r = reader_of(head);
    (void)reader_take(&r, 8);  // magic, length
    directory->version = reader_u32be(&r);
    directory->flags = reader_u32be(&r);
    layout.hash_offset = reader_u32be(&r);
    layout.identifier_offset = reader_u32be(&r);
    layout.special_count = reader_u32be(&r);
    layout.code_count = reader_u32be(&r);
    (void)reader_u32be(&r);  // codeLimit
    layout.hash_size = reader_u8(&r);
    layout.hash_type = reader_u8(&r);
    (void)reader_take(&r, 10);  // platform, pageSize, spare2, scatterOffset
    if (directory->version >= VERSION_TEAM && head.len >= TEAM_BYTES_MIN)
        layout.team_offset = reader_u32be(&r);
    if (directory->version >= VERSION_EXEC && head.len >= EXEC_BYTES_MIN) {
        (void)reader_take(&r, 28);  // spare3, codeLimit64, execSegBase, execSegLimit
        directory->exec_segment_flags = reader_u64be(&r);
    }
    return layout;
}

static bool check_hash(struct macho_reading *reading, const struct layout *layout, uint64_t size,
                       struct macho_code_directory *directory)
{
    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        if (hashes[i].type == layout->hash_type && hashes[i].size == layout->hash_size)
            directory->hash = hashes[i].hash;
    if (directory->hash == MACHO_HASH_NONE) {
        macho_add_error(reading, "code directory of hash type %u and size %u",
                        (unsigned)layout->hash_type, (unsigned)layout->hash_size);
        return false;
    }
    // Special slots stand before the offset, those of the pages behind it.
    const uint64_t special_bytes = (uint64_t)layout->special_count * layout->hash_size;
    const uint64_t code_bytes = (uint64_t)layout->code_count * layout->hash_size;
    if (layout->hash_offset < DIRECTORY_BYTES_MIN || layout->hash_offset > size ||
        special_bytes > layout->hash_offset || code_bytes > size - layout->hash_offset) {
        macho_add_error(reading,
                        "%u and %u hashes at %u lie outside the code directory of %llu octets",
                        (unsigned)layout->special_count, (unsigned)layout->code_count,
                        (unsigned)layout->hash_offset, (unsigned long long)size);
        return false;
    }
    return true;
}

static bool read_names(struct macho_reading *reading, struct blob blob, const struct layout *layout,
                       struct macho_code_directory *directory)
{
    return text_at(reading, "identifier", blob, layout->identifier_offset,
                   &directory->identifier) &&
           (layout->team_offset == 0 ||
            text_at(reading, "team identifier", blob, layout->team_offset, &directory->team_id));
}

static bool text_at(struct macho_reading *reading, const char *what, struct blob blob,
                    uint32_t offset, str *out)
{
    char text[MACHO_IDENTIFIER_MAX + 1];
    if (offset < DIRECTORY_BYTES_MIN || offset >= blob.extent.size) {
        macho_add_error(reading, "%s at %u lies outside the code directory of %llu octets", what,
                        (unsigned)offset, (unsigned long long)blob.extent.size);
        return false;
    }
    const uint64_t rest = blob.extent.size - offset;
    const size_t len = rest < sizeof text ? (size_t)rest : sizeof text;
    if (!macho_take_into(reading, blob.extent.offset + offset, (uint8_t *)text, len))
        return false;
    const size_t end = str_find_char((str){ .at = text, .len = len }, '\0');
    if (end == len) {
        macho_add_error(reading, "%s does not end within %zu octets", what, len);
        return false;
    }
    *out = arena_str(reading->arena, (str){ .at = text, .len = end });
    return true;
}

static bool compute_cdhash(struct macho_reading *reading, struct blob blob,
                           struct macho_code_directory *directory)
{
    static const char hex[] = "0123456789abcdef";
    const EVP_MD *kind = NULL;
    uint8_t value[EVP_MAX_MD_SIZE];
    char text[2 * CDHASH_BYTES];

    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        if (hashes[i].hash == directory->hash)
            kind = hashes[i].digest();
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL)
        memory_out(sizeof value);
    const bool is_done = EVP_DigestInit_ex(digest, kind, NULL) == 1 &&
                         digest_extent(reading, blob.extent, digest) &&
                         EVP_DigestFinal_ex(digest, value, NULL) == 1;
    EVP_MD_CTX_free(digest);
    if (!is_done) {
        macho_add_error(reading, "the hash of the code directory could not be computed");
        return false;
    }
    for (size_t i = 0; i < CDHASH_BYTES; i++) {
        text[2 * i] = hex[value[i] >> 4];
        text[2 * i + 1] = hex[value[i] & 0xf];
    }
    directory->cdhash = arena_str(reading->arena, (str){ .at = text, .len = sizeof text });
    return true;
}

static bool digest_extent(struct macho_reading *reading, struct macho_extent extent,
                          EVP_MD_CTX *digest)
{
    uint8_t piece[PIECE_BYTES];
    for (uint64_t done = 0; done < extent.size;) {
        const uint64_t rest = extent.size - done;
        const size_t len = rest < sizeof piece ? (size_t)rest : sizeof piece;
        if (!macho_take_into(reading, extent.offset + done, piece, len) ||
            EVP_DigestUpdate(digest, piece, len) != 1)
            return false;
        done += len;
    }
    return true;
}

static const struct macho_code_directory *best_of(const struct macho_signature *signature)
{
    const struct macho_code_directory *best = NULL;
    for (size_t rank = 0; rank < COUNT_OF(hashes); rank++)
        for (size_t i = 0; i < signature->directory_count; i++)
            if (signature->directories[i].hash == hashes[rank].hash)
                best = &signature->directories[i];
    return best;
}

static enum macho_signature_state state_of(struct macho_reading *reading)
{
    const struct macho_signature *signature = &reading->image->signature;
    if (signature->best == NULL) {
        macho_add_error(reading, "code signature without a code directory");
        return MACHO_SIGNATURE_INVALID;
    }
    if (signature->best->flags & FLAG_LINKER_SIGNED)
        return MACHO_SIGNED_BY_LINKER;
    if (signature->best->flags & FLAG_ADHOC)
        return MACHO_SIGNED_ADHOC;
    if (signature->has_cms)
        return MACHO_SIGNED;
    macho_add_error(reading, "code signature is neither ad-hoc nor made with a certificate");
    return MACHO_SIGNATURE_INVALID;
}
