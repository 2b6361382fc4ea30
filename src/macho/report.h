// All that is told of an image, in one call: what `pomona inspect` prints and the public library
// gives out. The parts have headers of their own.

#ifndef MACHO_REPORT_H
#define MACHO_REPORT_H

#include "macho/frameworks.h"
#include "macho/imports.h"
#include "macho/injection.h"
#include "macho/sealed.h"
#include "macho/signers.h"

struct macho_report_options {
    str path;  // The image's own, absolute on its Mac; may be empty or only a name.
    const str *api_frameworks;
    size_t api_framework_count;
    const struct macho_anchors *anchors;  // May be NULL.
    const struct macho_bundle *bundle;    // May be NULL.
    const struct macho_disk *disk;        // May be NULL.
    bool with_pages;                      // Hash every page, and verify the signature itself.
    bool only_watched;                    // Imports need not be in order: not all are told.
};

struct macho_report {
    struct macho_imports imports;
    struct macho_linkage linkage;
    struct macho_signers signers;
    struct macho_seals seals;
    struct macho_injection injection;
};

// The worst of a file: dyld takes one slice of it, and which one depends on the Mac.
struct macho_verdicts {
    enum macho_signature_state signature;
    enum macho_injection_verdict injection;
    enum macho_native_api native_api;
};

// One report an image, in the arena. `source` is what the file was read from.
struct macho_report *macho_report_on(const struct macho_source *source, struct macho_file *file,
                                     const struct macho_report_options *options, struct arena *a);
struct macho_verdicts macho_worst_of(const struct macho_file *file,
                                     const struct macho_report *reports);

#endif
