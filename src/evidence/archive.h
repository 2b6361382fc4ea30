// A tar.zst in a file: written the same for the same members, and read within bounds. Every octet that passes is
// hashed, so that the seal is of what was read and written and not of what the file holds later.

#ifndef EVIDENCE_ARCHIVE_H
#define EVIDENCE_ARCHIVE_H

#include "evidence/members.h"
#include "macho/digest.h"

// How much more than what is compressed may come out of it, beyond the first octets.
#define EVIDENCE_RATIO_MAX  10000u
#define EVIDENCE_RATIO_FREE (UINT64_C(16) << 20)

// In the order in which they stand, with one time, owner and mode for all, to where the file is. The digest, which
// was begun, takes what is written.
MUST_CHECK enum status evidence_archive_write(const struct evidence_members *members, size_t first,
                                              int64_t time_s, int fd, struct digest *digest,
                                              struct err *err);

struct evidence_archive;

// The first `len` octets of the file. `digest`, which was begun, takes what is read; NULL: nobody asks.
MUST_CHECK enum status evidence_archive_open(int fd, uint64_t len, struct digest *digest,
                                             struct evidence_archive **out, struct err *err);
void evidence_archive_close(struct evidence_archive *a);  // NULL is fine.
// The next member's name, valid until the next call; END behind the last.
MUST_CHECK enum status evidence_archive_next(struct evidence_archive *a, str *name,
                                             struct err *err);
// The next piece of it, valid until the next call; END behind the last.
MUST_CHECK enum status evidence_archive_read(struct evidence_archive *a, bytes *piece,
                                             struct err *err);
// Reads what is left of the octets, whatever they are.
MUST_CHECK enum status evidence_archive_drain(struct evidence_archive *a, struct err *err);

#endif
