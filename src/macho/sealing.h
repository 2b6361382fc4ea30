// What the checks of seals share: one hash of a code directory, held against what lies there.

#ifndef MACHO_SEALING_H
#define MACHO_SEALING_H

#include "macho/digest.h"
#include "macho/sealed.h"

// CSSLOT_* of <kern/cs_blobs.h>: counted back from the hashes of the pages.
#define SEALING_SLOT_INFO         1u
#define SEALING_SLOT_REQUIREMENTS 2u
#define SEALING_SLOT_RESOURCES    3u
#define SEALING_SLOT_ENTITLEMENTS 5u
#define SEALING_SLOT_DER          7u

struct sealing {
    struct macho_reading reading;
    struct digest digest;
    const struct macho_bundle *bundle;
    str name;
    struct macho_seals *seals;
};

// False where the directory has no such slot or only zeros in it (`seal`: NONE), or it could not
// be read (NOT_READ).
bool sealing_take_slot(struct sealing *s, const struct macho_code_directory *directory,
                       uint32_t slot, uint8_t out[MACHO_DIGEST_MAX], enum macho_seal *seal);
// A slot against a part of the slice; size 0: there is none. Info.plist need not be sealed, the
// blobs of a signature must.
enum macho_seal sealing_check_extent(struct sealing *s,
                                     const struct macho_code_directory *directory, uint32_t slot,
                                     struct macho_extent extent);

// One hash: begin, digest_add(), end.
bool sealing_begin(struct sealing *s, const struct macho_code_directory *directory);
enum macho_seal sealing_end(struct sealing *s, const struct macho_code_directory *directory,
                            const uint8_t *expected);

// Of two directories' word the worse one counts.
void sealing_worsen(enum macho_seal *seal, enum macho_seal other);
// An error of the image, whose signature is invalid with it.
void sealing_break(struct sealing *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void sealing_check_pages(struct sealing *s, bool with_pages);

#endif
