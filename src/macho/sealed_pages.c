// The pages of an image against their hashes, in one walk over the file for each code directory. What
// is in memory does not grow with the file: a piece of it, and the hashes of some pages.

#include "macho/sealing.h"

#define PIECE_BYTES    (256u * 1024)
#define SLOTS_AT_ONCE  256u
#define PAGE_SHIFT_MIN 12u
#define PAGE_SHIFT_MAX 14u

// The piece of the slice that is in memory.
struct piece {
    uint8_t *at;
    uint64_t offset;
    size_t len;
};

struct result {
    enum macho_seal seal;
    size_t broken;
    uint64_t first_broken;
};

static bool can_be_checked(const struct macho_code_directory *directory);
static void check_coverage(struct sealing *s, const struct macho_code_directory *directory);
static struct result check_directory(struct sealing *s, struct piece *piece,
                                     const struct macho_code_directory *directory);
static bool take_slots(struct sealing *s, const struct macho_code_directory *directory,
                       uint32_t page, uint8_t *out);
static bool add_page(struct sealing *s, struct piece *piece, uint64_t offset, uint64_t len,
                     uint64_t limit);
static void tell(struct sealing *s, const struct macho_code_directory *directory,
                 struct result result);

void sealing_check_pages(struct sealing *s, bool with_pages)
{
    const struct macho_signature *signature = &s->reading.image->signature;
    struct macho_seals *seals = s->seals;
    struct piece piece = { .at = NULL };

    seals->page_count = signature->best != NULL ? signature->best->code_count : 0;
    for (size_t i = 0; i < signature->directory_count; i++) {
        const struct macho_code_directory *directory = &signature->directories[i];
        if (!can_be_checked(directory)) {
            sealing_worsen(&seals->pages, MACHO_SEAL_NOT_READ);
            continue;
        }
        check_coverage(s, directory);
        if (!with_pages) {
            sealing_worsen(&seals->pages,
                           directory->code_count > 0 ? MACHO_SEAL_NOT_READ : MACHO_SEAL_NONE);
            continue;
        }
        if (piece.at == NULL)
            piece.at = arena_alloc(s->reading.arena, PIECE_BYTES);
        tell(s, directory, check_directory(s, &piece, directory));
    }
    // The kernel takes the strongest. Where that has no hashes, nothing is sealed.
    if (seals->page_count == 0 && seals->pages == MACHO_SEAL_HOLDS)
        seals->pages = MACHO_SEAL_NONE;
}

// Scattered pages lie elsewhere than in order; no Mach-O file of today has them. Other sizes of
// pages and limits past the file were refused when the directory was read.
static bool can_be_checked(const struct macho_code_directory *directory)
{
    return directory->scatter_offset == 0 && directory->page_shift >= PAGE_SHIFT_MIN &&
           directory->page_shift <= PAGE_SHIFT_MAX;
}

// What is before the signature must be sealed, all of it.
static void check_coverage(struct sealing *s, const struct macho_code_directory *directory)
{
    const uint64_t end = s->reading.image->signature.extent.offset;
    const uint64_t limit = directory->code_limit;
    const uint64_t pages = (limit >> directory->page_shift) +
                           ((limit & ((UINT64_C(1) << directory->page_shift) - 1)) != 0);
    if (limit < end)
        sealing_break(s, "the code directory seals %llu of the %llu octets before the signature",
                      (unsigned long long)limit, (unsigned long long)end);
    if (directory->code_count < pages)
        sealing_break(s, "the code directory has hashes for %u of its %llu pages",
                      (unsigned)directory->code_count, (unsigned long long)pages);
}

static struct result check_directory(struct sealing *s, struct piece *piece,
                                     const struct macho_code_directory *directory)
{
    struct result result = { .seal = MACHO_SEAL_NONE };
    const uint64_t page_size = UINT64_C(1) << directory->page_shift;
    const uint64_t limit = directory->code_limit;
    uint8_t slots[SLOTS_AT_ONCE * MACHO_DIGEST_MAX];

    for (uint32_t page = 0; page < directory->code_count; page++) {
        const uint64_t offset = page * page_size;
        if (offset >= limit)
            break;  // Hashes of nothing.
        const uint64_t len = page_size < limit - offset ? page_size : limit - offset;
        const uint8_t *expected = slots + (size_t)(page % SLOTS_AT_ONCE) * directory->hash_size;
        if ((page % SLOTS_AT_ONCE == 0 && !take_slots(s, directory, page, slots)) ||
            !sealing_begin(s, directory) || !add_page(s, piece, offset, len, limit)) {
            sealing_worsen(&result.seal, MACHO_SEAL_NOT_READ);
            break;
        }
        const enum macho_seal seal = sealing_end(s, directory, expected);
        sealing_worsen(&result.seal, seal);
        if (seal == MACHO_SEAL_BROKEN && result.broken++ == 0)
            result.first_broken = offset;
    }
    return result;
}

static bool take_slots(struct sealing *s, const struct macho_code_directory *directory,
                       uint32_t page, uint8_t *out)
{
    const uint32_t rest = directory->code_count - page;
    const uint32_t count = rest < SLOTS_AT_ONCE ? rest : SLOTS_AT_ONCE;
    const uint64_t offset =
        directory->extent.offset + directory->hash_offset + (uint64_t)page * directory->hash_size;
    return macho_take_into(&s->reading, offset, out, (size_t)count * directory->hash_size);
}

// A page may begin in one piece and end in the next.
static bool add_page(struct sealing *s, struct piece *piece, uint64_t offset, uint64_t len,
                     uint64_t limit)
{
    while (len > 0) {
        if (offset < piece->offset || offset - piece->offset >= piece->len) {
            piece->offset = offset;
            piece->len = limit - offset < PIECE_BYTES ? (size_t)(limit - offset) : PIECE_BYTES;
            if (!macho_take_into(&s->reading, offset, piece->at, piece->len)) {
                piece->len = 0;
                return false;
            }
        }
        const size_t from = (size_t)(offset - piece->offset);
        const size_t part = len < piece->len - from ? (size_t)len : piece->len - from;
        if (!digest_add(&s->digest, (bytes){ .at = piece->at + from, .len = part }))
            return false;
        offset += part;
        len -= part;
    }
    return true;
}

static void tell(struct sealing *s, const struct macho_code_directory *directory,
                 struct result result)
{
    struct macho_seals *seals = s->seals;
    const str hash = macho_hash_name(directory->hash);
    sealing_worsen(&seals->pages, result.seal);
    if (result.broken == 0)
        return;
    if (seals->pages_broken == 0 || result.first_broken < seals->first_broken)
        seals->first_broken = result.first_broken;
    if (result.broken > seals->pages_broken)
        seals->pages_broken = result.broken;
    sealing_break(s, "%zu of %u pages do not fit their %.*s, the first is at %llu", result.broken,
                  (unsigned)directory->code_count, STR_ARG(hash),
                  (unsigned long long)result.first_broken);
}
