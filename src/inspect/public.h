// What a handle of include/pomona/macho.h holds: all that was read, in one arena.

#ifndef INSPECT_PUBLIC_H
#define INSPECT_PUBLIC_H

#include "pomona/macho.h"

#include "macho/report.h"

#define PUBLIC_UUID_LEN 32u

// Public constants have the values of our own, so that they are views of these.
#define PUBLIC_SAME(theirs, ours) \
    _Static_assert((int)(theirs) == (int)(ours), #theirs " has another value than " #ours)

struct pomona_macho_slice {
    const struct pomona_macho *file;
    size_t index;
    const struct macho_image *image;
    const struct macho_report *report;
    const struct macho_code_directory *best;  // One of zeros where there is none.
    char uuid[PUBLIC_UUID_LEN + 1];           // Empty where it has none.
};

struct pomona_macho {
    struct arena arena;
    str path;  // As it is told.
    struct macho_file file;
    struct macho_report *reports;
    struct macho_verdicts worst;
    struct pomona_macho_slice *slices;
};

struct pomona_macho_anchors {
    struct macho_anchors *roots;
};

// The caller's callbacks in the words of the reader, while it reads.
struct public_around {
    const struct pomona_macho_surroundings *given;
    struct pomona_macho_source part;  // While it is open.
    struct arena arena;
};

// Both borrow `around`, and are zeros where the caller gave no such function.
struct macho_disk public_around_places(struct public_around *around);
struct macho_bundle public_around_bundle(struct public_around *around);
void public_around_done(struct public_around *around);
struct macho_source public_source_of(struct pomona_macho_source *given);

// `error` may be NULL.
void public_tell_error(enum status status, const struct err *err, struct pomona_macho_error *error);

static inline struct pomona_str public_str(str s)
{
    return (struct pomona_str){ .at = s.at == NULL ? "" : s.at, .len = s.len };
}

#endif
