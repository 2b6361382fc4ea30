#include "macho/sealing.h"

#include <stdarg.h>
#include <stdio.h>

bool sealing_take_slot(struct sealing *s, const struct macho_code_directory *directory,
                       uint32_t slot, uint8_t out[MACHO_DIGEST_MAX], enum macho_seal *seal)
{
    static const uint8_t zeros[MACHO_DIGEST_MAX];
    const uint32_t size = directory->hash_size;
    *seal = MACHO_SEAL_NONE;
    if (slot > directory->special_count)
        return false;
    // Inside the directory, by its own check.
    const uint64_t offset = directory->extent.offset + directory->hash_offset - slot * size;
    if (!macho_take_into(&s->reading, offset, out, size)) {
        *seal = MACHO_SEAL_NOT_READ;
        return false;
    }
    return memcmp(out, zeros, size) != 0;
}

enum macho_seal sealing_check_extent(struct sealing *s,
                                     const struct macho_code_directory *directory, uint32_t slot,
                                     struct macho_extent extent)
{
    uint8_t expected[MACHO_DIGEST_MAX];
    enum macho_seal seal;
    const bool is_sealed = sealing_take_slot(s, directory, slot, expected, &seal);
    if (seal == MACHO_SEAL_NOT_READ)
        return seal;
    if (extent.size == 0)
        return is_sealed ? MACHO_SEAL_MISSING : MACHO_SEAL_NONE;
    if (!is_sealed)  // csblob_find_special_slot_blob() of XNU refuses what is not sealed.
        return slot == SEALING_SLOT_INFO ? MACHO_SEAL_NONE : MACHO_SEAL_BROKEN;
    if (!sealing_begin(s, directory) || !digest_add_extent(&s->digest, &s->reading, extent))
        return MACHO_SEAL_NOT_READ;
    return sealing_end(s, directory, expected);
}

bool sealing_begin(struct sealing *s, const struct macho_code_directory *directory)
{
    return digest_begin(&s->digest, digest_kind_of(directory->hash));
}

enum macho_seal sealing_end(struct sealing *s, const struct macho_code_directory *directory,
                            const uint8_t *expected)
{
    uint8_t value[EVP_MAX_MD_SIZE] = { 0 };
    if (!digest_end(&s->digest, value))
        return MACHO_SEAL_NOT_READ;
    return memcmp(value, expected, directory->hash_size) == 0 ? MACHO_SEAL_HOLDS
                                                              : MACHO_SEAL_BROKEN;
}

void sealing_worsen(enum macho_seal *seal, enum macho_seal other)
{
    static const unsigned badness[] = {
        [MACHO_SEAL_NONE] = 0,    [MACHO_SEAL_HOLDS] = 1,  [MACHO_SEAL_NOT_READ] = 2,
        [MACHO_SEAL_MISSING] = 3, [MACHO_SEAL_BROKEN] = 4,
    };
    if (badness[other] > badness[*seal])
        *seal = other;
}

void sealing_break(struct sealing *s, const char *format, ...)
{
    struct err err;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    macho_add_error(&s->reading, "%s", err.text);
    s->reading.image->signature.state = MACHO_SIGNATURE_INVALID;
}

str macho_seal_name(enum macho_seal seal)
{
    static const str names[] = {
        [MACHO_SEAL_NONE] = STR_INIT("none"),         [MACHO_SEAL_HOLDS] = STR_INIT("holds"),
        [MACHO_SEAL_BROKEN] = STR_INIT("broken"),     [MACHO_SEAL_MISSING] = STR_INIT("missing"),
        [MACHO_SEAL_NOT_READ] = STR_INIT("not_read"),
    };
    return names[seal];
}
