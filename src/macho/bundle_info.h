// Which file a bundle's Info.plist names as its executable.

#ifndef MACHO_BUNDLE_INFO_H
#define MACHO_BUNDLE_INFO_H

#include "base/arena.h"
#include "base/err.h"

// XML or binary. Empty where it names none; text lives in the arena. ERR_FORMAT, ERR_LIMIT.
MUST_CHECK enum status bundle_info_executable(bytes in, struct arena *a, str *out, struct err *err);

#endif
