// The embedded code signature: a table of blobs, always big-endian, whatever the image is. What
// it says is checked as XNU checks it when it takes a signature (cs_validate_csblob() in
// ubc_subr.c). Slots that we do not know are left alone, as there.

#include "base/reader.h"
#include "macho/digest.h"

// <kern/cs_blobs.h>
#define MAGIC_EMBEDDED_SIGNATURE 0xfade0cc0u
#define MAGIC_CODE_DIRECTORY     0xfade0c02u
#define MAGIC_ENTITLEMENTS       0xfade7171u
#define MAGIC_DER_ENTITLEMENTS   0xfade7172u
#define MAGIC_CONSTRAINT         0xfade8181u
#define MAGIC_WRAPPER            0xfade0b01u
#define SLOT_CODE_DIRECTORY      0u
#define SLOT_REQUIREMENTS        2u
#define SLOT_ENTITLEMENTS        5u
#define SLOT_DER_ENTITLEMENTS    7u
#define SLOT_CONSTRAINTS         8u  // Launch constraints: self, parent, responsible; library.
#define SLOT_CONSTRAINTS_END     12u
#define SLOT_ALTERNATES          0x1000u
#define SLOT_ALTERNATES_END      0x1005u
#define SLOT_CMS                 0x10000u
#define SLOT_TICKET              0x10002u
#define FLAG_ADHOC               0x2u
#define FLAG_LINKER_SIGNED       0x20000u

#define BLOB_HEADER_BYTES        8u
#define SUPERBLOB_BYTES          12u
#define INDEX_BYTES              8u

struct blob {
    uint32_t slot;
    uint32_t magic;
    struct macho_extent extent;  // Of the slice; the header of the blob with it.
};

static bool read_superblob(struct macho_reading *reading, struct macho_extent extent);
static bool read_index(struct macho_reading *reading, struct macho_extent extent, uint32_t count);
static bool read_blob_header(struct macho_reading *reading, struct macho_extent whole,
                             uint32_t offset, struct blob *blob);
static bool read_blob(struct macho_reading *reading, struct blob blob);
static bool is_directory_slot(uint32_t slot);
static bool is_single_slot(uint32_t slot);
static bool check_magic(struct macho_reading *reading, const char *what, struct blob blob,
                        uint32_t magic);
static void read_entitlements(struct macho_reading *reading);
static bytes take_entitlements(struct macho_reading *reading, const char *what,
                               struct macho_extent blob);
static const struct macho_code_directory *best_of(const struct macho_signature *signature);
static bool has_first_directory(const struct macho_signature *signature);
static enum macho_signature_state state_of(struct macho_reading *reading);

void macho_read_signature(struct macho_reading *reading, struct macho_extent extent)
{
    struct macho_signature *signature = &reading->image->signature;
    struct blob bare;
    bool is_sound;

    signature->state = MACHO_SIGNATURE_INVALID;
    signature->extent = extent;
    if (!read_blob_header(reading, extent, 0, &bare))
        return;
    if (bare.magic == MAGIC_CODE_DIRECTORY) {
        bare.slot = SLOT_CODE_DIRECTORY;
        is_sound = read_blob(reading, bare);
    } else {
        is_sound = read_superblob(reading, bare.extent);
    }
    read_entitlements(reading);
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
        if (is_repeated && !is_single_slot(slots[i]))
            continue;
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
    if (is_directory_slot(blob.slot))
        return macho_read_code_directory(reading, blob.slot, blob.extent);
    if (blob.slot >= SLOT_CONSTRAINTS && blob.slot < SLOT_CONSTRAINTS_END)
        return check_magic(reading, "launch constraints", blob, MAGIC_CONSTRAINT);
    switch (blob.slot) {
    case SLOT_REQUIREMENTS:
        signature->has_requirements = true;
        signature->requirements = blob.extent;
        break;
    case SLOT_ENTITLEMENTS:
        signature->xml = blob.extent;
        return check_magic(reading, "entitlements", blob, MAGIC_ENTITLEMENTS);
    case SLOT_DER_ENTITLEMENTS:
        signature->has_der_entitlements = true;
        signature->der = blob.extent;
        return check_magic(reading, "DER entitlements", blob, MAGIC_DER_ENTITLEMENTS);
    case SLOT_CMS:
        // An ad-hoc signature may have the wrapper with nothing in it.
        signature->has_cms = blob.magic == MAGIC_WRAPPER && blob.extent.size > BLOB_HEADER_BYTES;
        signature->cms = blob.extent;
        break;
    case SLOT_TICKET:
        signature->has_ticket = true;
        signature->ticket = blob.extent;
        break;
    default:
        break;
    }
    return true;
}

static bool is_directory_slot(uint32_t slot)
{
    return slot == SLOT_CODE_DIRECTORY || (slot >= SLOT_ALTERNATES && slot < SLOT_ALTERNATES_END);
}

// Slots that the kernel reads: where one stands twice, readers could disagree on which counts. Of
// others the first counts.
static bool is_single_slot(uint32_t slot)
{
    return is_directory_slot(slot) || slot == SLOT_REQUIREMENTS || slot == SLOT_ENTITLEMENTS ||
           slot == SLOT_DER_ENTITLEMENTS ||
           (slot >= SLOT_CONSTRAINTS && slot < SLOT_CONSTRAINTS_END);
}

static bool check_magic(struct macho_reading *reading, const char *what, struct blob blob,
                        uint32_t magic)
{
    if (blob.magic == magic)
        return true;
    macho_add_error(reading, "%s have the magic 0x%08x", what, (unsigned)blob.magic);
    return false;
}

// Also where the magic is wrong: what is there is told.
static void read_entitlements(struct macho_reading *reading)
{
    const struct macho_signature *signature = &reading->image->signature;
    const bytes xml = take_entitlements(reading, "entitlements", signature->xml);
    const bytes der = take_entitlements(reading, "DER entitlements", signature->der);
    macho_read_entitlements(reading, xml, der);
}

static bytes take_entitlements(struct macho_reading *reading, const char *what,
                               struct macho_extent blob)
{
    bytes in = { .len = 0 };
    if (blob.size <= BLOB_HEADER_BYTES)
        return in;
    const uint64_t len = blob.size - BLOB_HEADER_BYTES;
    if (len > MACHO_ENTITLEMENTS_BYTES_MAX)
        macho_add_error(reading, "%s of %llu octets; at most %u are read", what,
                        (unsigned long long)len, MACHO_ENTITLEMENTS_BYTES_MAX);
    else if (macho_take(reading, blob.offset + BLOB_HEADER_BYTES, (size_t)len, &in))
        return in;
    reading->image->signature.entitlements_unread = true;
    return (bytes){ .len = 0 };
}

static const struct macho_code_directory *best_of(const struct macho_signature *signature)
{
    const struct macho_code_directory *best = NULL;
    for (size_t i = 0; i < signature->directory_count; i++) {
        const struct macho_code_directory *directory = &signature->directories[i];
        if (best == NULL || digest_rank_of(directory->hash) > digest_rank_of(best->hash))
            best = directory;
    }
    return best;
}

static bool has_first_directory(const struct macho_signature *signature)
{
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].slot == SLOT_CODE_DIRECTORY)
            return true;
    return false;
}

static enum macho_signature_state state_of(struct macho_reading *reading)
{
    const struct macho_signature *signature = &reading->image->signature;
    if (signature->best == NULL) {
        macho_add_error(reading, "code signature without a code directory");
        return MACHO_SIGNATURE_INVALID;
    }
    // Alternates are only looked at beside it (cs_validate_csblob()).
    if (!has_first_directory(signature)) {
        macho_add_error(reading, "code signature without a code directory in slot 0");
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
