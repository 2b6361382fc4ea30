// A tar.zst, in memory: written the same for the same members, and read within bounds.

#ifndef EVIDENCE_ARCHIVE_H
#define EVIDENCE_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"

#define EVIDENCE_MEMBERS_MAX 4096u
#define EVIDENCE_NAME_MAX    100u                    // What every tar has room for.
#define EVIDENCE_MEMBER_MAX  (256u * 1024u * 1024u)  // Octets of one.
#define EVIDENCE_TOTAL_MAX   (UINT64_C(1) << 30)     // Of all.
#define EVIDENCE_PACK_MAX    (512u * 1024u * 1024u)  // Compressed.
// How much more than what is compressed may come out of it, beyond the first octets.
#define EVIDENCE_RATIO_MAX  10000u
#define EVIDENCE_RATIO_FREE (16u * 1024u * 1024u)

struct evidence_member {
    str name;
    str content;
};

// Parts of letters, digits and "._-" with '/' between; none is empty or begins with a dot: what is unpacked stays
// below where it is unpacked.
bool evidence_name_is_safe(str name);

// In the order that is given, with one time, owner and mode for all.
MUST_CHECK enum status evidence_archive_write(const struct evidence_member *members, size_t count,
                                              int64_t time_s, struct buf *out, struct err *err);

struct evidence_archive;

// `whole` is borrowed.
MUST_CHECK enum status evidence_archive_open(bytes whole, struct evidence_archive **out,
                                             struct err *err);
void evidence_archive_close(struct evidence_archive *a);  // NULL is fine.
// The next member's name, valid until the next call; END behind the last.
MUST_CHECK enum status evidence_archive_next(struct evidence_archive *a, str *name,
                                             struct err *err);
// The next piece of it, valid until the next call; END behind the last.
MUST_CHECK enum status evidence_archive_read(struct evidence_archive *a, bytes *piece,
                                             struct err *err);

#endif
