// Property lists in XML, read by libplist after what would cost it too much was counted. It frees
// trees by recursion, and each escape costs a move of all the text behind it.

#ifndef MACHO_PROPERTY_LIST_H
#define MACHO_PROPERTY_LIST_H

#include "base/err.h"
#include "base/str.h"

#include <plist/plist.h>

#define PROPERTY_LIST_BYTES_MAX   (1024u * 1024)
#define PROPERTY_LIST_ESCAPES_MAX 1024u  // &amp; and the like.

// A property list that is a dictionary; the caller frees it with plist_free(). `what` names it in
// the sentence: "entitlements". ERR_LIMIT, ERR_FORMAT.
MUST_CHECK enum status property_list_read(bytes xml, const char *what, size_t containers_max,
                                          plist_t *out, struct err *err);

#endif
