// What a CMS signature covers: the code directory in slot 0, by its hash, and all directories by the
// lists that Apple made for them. It costs a few comparisons, and no certificate is read.

#ifndef MACHO_COVER_H
#define MACHO_COVER_H

#include "macho/cms_view.h"
#include "macho/digest.h"

// ERR_FORMAT: the image's code directories are not those that were signed; ERR_IO: they could not
// be read.
MUST_CHECK enum status cover_check(struct macho_reading *reading, const struct cms_view *view,
                                   struct err *err);

// The hash of the code directory in slot 0, which is what was signed. The same failures; `out` has
// room for EVP_MAX_MD_SIZE octets.
MUST_CHECK enum status cover_hash(struct macho_reading *reading, const EVP_MD *kind, uint8_t *out,
                                  struct err *err);

#endif
