// What the code directory seals: pages of the image, requirements, entitlements, and, of a
// bundle, its Info.plist and CodeResources. A slot whose hash is not that of what lies there
// means that it was changed after it was signed.

#ifndef MACHO_SEALED_H
#define MACHO_SEALED_H

#include "macho/macho.h"

enum macho_seal {
    MACHO_SEAL_NONE,      // The code directory has no such slot.
    MACHO_SEAL_HOLDS,     // The hash is right.
    MACHO_SEAL_BROKEN,    // The hash is of something else.
    MACHO_SEAL_MISSING,   // There is a hash, and nothing that it could be of.
    MACHO_SEAL_NOT_READ,  // Nobody asked (pages without --verify), or it could not be read.
};

enum macho_bundle_part {
    MACHO_BUNDLE_INFO,       // Info.plist
    MACHO_BUNDLE_RESOURCES,  // _CodeSignature/CodeResources
    MACHO_BUNDLE_TICKET,     // CodeResources: a stapled notarisation ticket.
    MACHO_BUNDLE_PARTS,
};

#define MACHO_BUNDLE_PART_MAX (16u * 1024 * 1024)  // Octets of one; a larger one is not read.

// The bundle around an image. `open` gives a source for one part, or END where the bundle has
// none or the image is in no bundle; `close` ends it. NULL in place of the struct: no bundle.
struct macho_bundle {
    enum status (*open)(void *context, enum macho_bundle_part part, struct macho_source *out,
                        struct err *err);
    void (*close)(void *context, struct macho_source *source);
    void *context;
};

struct macho_seals {
    enum macho_seal pages;
    size_t page_count;                 // Hashes of pages.
    size_t pages_broken;               // Of those that were looked at.
    uint64_t first_broken;             // Offset in the slice of the first page that does not fit.
    enum macho_seal info;              // Slot -1
    enum macho_seal requirements;      // -2
    enum macho_seal resources;         // -3
    enum macho_seal entitlements;      // -5
    enum macho_seal der_entitlements;  // -7
    bool has_stapled_ticket;  // Of the bundle; one in the signature is signature.has_ticket.
    bool is_main_of_bundle;   // The bundle's Info.plist names this file as its executable.
};

// `name` is the file's own, without directory: what Info.plist is asked for. With `with_pages`
// every page is read and hashed, a piece at a time. Broken seals become errors of the image, and
// then the signature is invalid.
void macho_read_seals(const struct macho_source *source, struct macho_image *image, str name,
                      const struct macho_bundle *bundle, bool with_pages, struct arena *a,
                      struct macho_seals *out);

str macho_seal_name(enum macho_seal seal);  // "none", "holds", "broken", "missing", "not_read"

#endif
