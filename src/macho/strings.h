// Looks through the text of an image for paths of frameworks: what a program names that it does
// not link, to load it when it runs.

#ifndef MACHO_STRINGS_H
#define MACHO_STRINGS_H

#include "macho/macho.h"

#define MACHO_STRINGS_MAX (64u * 1024 * 1024)  // Octets of one image that are looked through.
// Of each part in which compilers put no text: most of what is there is numbers, and reading all of
// it would cost as much again as all text does. What is cut here is not called incomplete.
#define MACHO_STRINGS_OTHER_MAX (16u * 1024)

struct macho_wanted_paths {
    const str *frameworks;  // Names: a path of one of these is looked for,
    size_t framework_count;
    const str *wholes;  // or of a framework inside one of these.
    size_t whole_count;
    bool only_literals;  // Of constants no more than MACHO_STRINGS_OTHER_MAX each.
    bool in_others;      // Look also where compilers put no text.
};

struct macho_strings {
    str path;          // The first that was found, in the arena; empty where there is none.
    uint64_t looked;   // Octets that were looked through.
    bool is_complete;  // False where some text was not looked at: a limit, or damage.
};

// C's literals are looked through first, then other constants, then what else is
// asked for. Memory is one buffer; time is
// linear in MACHO_STRINGS_MAX or the image, whichever is less.
void macho_find_framework_path(const struct macho_source *source, const struct macho_image *image,
                               const struct macho_wanted_paths *wanted, struct arena *a,
                               struct macho_strings *out);

#endif
