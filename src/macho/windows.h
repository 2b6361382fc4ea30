// Small reads of a source out of a few pieces of it: headers, blobs and hashes stand close
// together and are asked for one by one, and each question to the system costs as much as reading
// a whole piece. What is larger than MACHO_WINDOW_READ_MAX passes by.

#ifndef MACHO_WINDOWS_H
#define MACHO_WINDOWS_H

#include "macho/macho.h"

#define MACHO_WINDOWS         8u     // Of two slices: start, signature's start and end, a table.
#define MACHO_WINDOW_BYTES    8192u  // Of one.
#define MACHO_WINDOW_READ_MAX 4096u  // Of a read for which a window is moved.

struct macho_window {
    uint64_t offset;
    size_t len;  // 0: it is nowhere yet.
    uint8_t octets[MACHO_WINDOW_BYTES];
};

struct macho_windows {
    const struct macho_source *source;
    unsigned oldest;  // The next one to be moved.
    struct macho_window at[MACHO_WINDOWS];
};

// Looks at `source`, which must stay where it is. What was read once is not read again, so a file
// that changes meanwhile may be told in part as it was.
struct macho_source macho_windows_init(struct macho_windows *w, const struct macho_source *source);

#endif
