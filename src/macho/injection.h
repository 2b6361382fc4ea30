// How code of others could get into a process of this image: what the signature and the
// entitlements allow, and where dyld would look for libraries that are not there.
//
//   open     whoever runs it, or may write where it looks, has code in it
//   limited  hardened, with exceptions; or it is no program and who loads it decides
//   closed   hardened, without exceptions that were found

#ifndef MACHO_INJECTION_H
#define MACHO_INJECTION_H

#include "macho/signers.h"

#define MACHO_LOOKS_MAX 2048u  // Places that are looked at for one image.

enum macho_injection_verdict {
    MACHO_INJECTION_CLOSED,
    MACHO_INJECTION_LIMITED,
    MACHO_INJECTION_OPEN,
};

// What lies at a path.
struct macho_place {
    bool is_known;  // False: nobody could say.
    bool is_there;
    // By others than root: what lies there; where nothing does, the nearest directory above.
    bool is_writable;
};

// Looks at absolute paths, as the image's own path is, all those of an image at once: whoever is
// asked may be another process. NULL in place of the struct: nothing is looked up, and what would
// have been is not told.
struct macho_disk {
    void (*look)(void *context, const str *paths, size_t count, struct macho_place *out);
    void *context;
    bool is_whole;  // All of the Mac's disk; otherwise only what lies by the image is asked for.
};

enum macho_candidate_kind {
    MACHO_CANDIDATE_RPATH,     // Found in a later rpath, missing in an earlier one.
    MACHO_CANDIDATE_MISSING,   // Linked strongly and found nowhere.
    MACHO_CANDIDATE_WEAK,      // Linked weakly and found nowhere.
    MACHO_CANDIDATE_RELATIVE,  // Looked for below the working directory.
    MACHO_CANDIDATE_WRITABLE,  // There, where others than root may write.
};

struct macho_candidate {
    enum macho_candidate_kind kind;
    str link;  // As linked.
    str path;  // Where a library would have to be put.
    bool is_writable;
};

struct macho_injection {
    enum macho_injection_verdict verdict;
    struct macho_text_list reasons;
    struct macho_candidate *candidates;
    size_t candidate_count;
    bool looks_exhausted;  // MACHO_LOOKS_MAX was reached: there may be more candidates.
};

// `signers` are those of the image; NULL: nobody looked, and it is not taken for Apple's. `path` is
// the image's own, absolute, on its Mac; empty where it is not known.
void macho_judge_injection(const struct macho_image *image, const struct macho_signers *signers,
                           str path, const struct macho_disk *disk, struct arena *a,
                           struct macho_injection *out);

str macho_injection_name(enum macho_injection_verdict verdict);  // "open", "limited", "closed"
str macho_candidate_name(enum macho_candidate_kind kind);

#endif
