// What a scenario says of images, as a link inventory that lasts for one replay.

#ifndef VALIDATE_IMAGES_H
#define VALIDATE_IMAGES_H

#include "validate/scenario.h"

struct images {
    char *directory;  // NULL: nothing was made.
    char *path;
};

// A file in a directory of its own, below $TMPDIR. ERR_IO where it cannot be made. `*out` needs
// images_done() also where it failed.
MUST_CHECK enum status images_put(const struct scenario *s, struct images *out, struct err *err);
// Removes the file and its directory.
void images_done(struct images *images);

#endif
