// Where dyld would look for the libraries of an image, and what of that is free for others.

#ifndef MACHO_HIJACK_H
#define MACHO_HIJACK_H

#include "macho/injection.h"

// Adds the candidates to `out`. Without a disk only what needs no look is told.
void macho_find_candidates(const struct macho_image *image, str path, const struct macho_disk *disk,
                           struct arena *a, struct macho_injection *out);

#endif
