// Which frameworks an image reaches through the libraries it links, and by which way. System
// frameworks lie in the shared cache, so who re-exports whom is a table here.

#ifndef MACHO_UMBRELLAS_H
#define MACHO_UMBRELLAS_H

#include "base/map.h"
#include "macho/frameworks.h"

// One framework reached, and from where.
struct macho_reached {
    str name;
    str inside;                     // The outermost framework around it, where it is a part of one.
    const struct macho_link *link;  // NULL where it is re-exported by `parent`.
    size_t parent;
    bool is_system;
};

struct macho_closure {
    struct macho_reached *at;
    size_t count;
    struct map by_name;
    struct arena *arena;
};

void macho_closure_init(struct macho_closure *closure, const struct macho_image *image,
                        struct arena *a);
void macho_closure_done(struct macho_closure *closure);

// Each framework and how it was reached, into `out`.
void macho_closure_tell(const struct macho_closure *closure, struct macho_linkage *out);
// Whether a system framework of that name, or a part of it, is reached; and how, as a sentence.
bool macho_closure_reaches(const struct macho_closure *closure, str api, str *out);

// ".../X.framework/Versions/A/X" and ".../X.framework/X" are X, and Swift's library over X is.
// `out_inside` is the outermost framework of the path where that is another: LaunchServices lies
// inside CoreServices.
// A suffix of dyld's changes nothing: Foundation_debug.
bool macho_framework_of(str path, str *out_name, str *out_inside);

// The frameworks themselves, and the umbrellas by which one of them is reached.
size_t macho_umbrellas_over(const str *frameworks, size_t count, struct arena *a, str **out);

#endif
