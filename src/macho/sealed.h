// What the code directory seals: pages of the image, requirements, entitlements, and, of a
// bundle, its Info.plist and CodeResources. A slot whose hash is not that of what lies there
// means that it was changed after it was signed. Every code directory is held to it, whatever its
// hash; what is told is the worst of what they say. A slot of zeros is no slot, as in the kernel;
// a page has no such exception.
//
// CodeResources is checked as a file. The files that it lists are not.

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

// Octets of a part; a larger one is not read. An Info.plist is kept in memory, so it has its own.
#define MACHO_BUNDLE_PART_MAX (16u * 1024 * 1024)
#define MACHO_BUNDLE_INFO_MAX (1024u * 1024)

// The bundle around an image. `open` gives a source for one part, or END where the bundle has
// none or the image is in no bundle, or fails where it is there and may not be read; `close` ends
// it. NULL in place of the struct: no bundle.
struct macho_bundle {
    enum status (*open)(void *context, enum macho_bundle_part part, struct macho_source *out,
                        struct err *err);
    void (*close)(void *context, struct macho_source *source);
    void *context;
    bool is_around;  // The image lies where a bundle has its programs.
};

// Info.plist is the bundle's where that names this file as its executable, else the section
// __TEXT,__info_plist. Where there is no such section, or another than the one that was sealed, it
// is the bundle's all the same: an altered one may name any file. CodeResources are always the
// bundle's. MISSING is an error where there is a bundle, by the place of the image or by its other
// parts; else it only means that what was sealed is elsewhere.
struct macho_seals {
    enum macho_seal pages;             // NOT_READ also where the pages are scattered.
    size_t page_count;                 // Hashes of pages, of the strongest code directory. Of 0
                                       // pages none are sealed, whatever a weaker one says.
    size_t pages_broken;               // Of the directory with the most.
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
// then the signature is invalid; so does a code directory that seals less than all that lies before
// the signature, which dyld refuses.
void macho_read_seals(const struct macho_source *source, struct macho_image *image, str name,
                      const struct macho_bundle *bundle, bool with_pages, struct arena *a,
                      struct macho_seals *out);

str macho_seal_name(enum macho_seal seal);  // "none", "holds", "broken", "missing", "not_read"

#endif
