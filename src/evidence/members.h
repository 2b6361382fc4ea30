// The members of a pack while they are put together.

#ifndef EVIDENCE_MEMBERS_H
#define EVIDENCE_MEMBERS_H

#include "evidence/archive.h"

#include "base/arena.h"

struct evidence_members {
    struct evidence_member at[EVIDENCE_MEMBERS_MAX];
    struct buf bufs[EVIDENCE_MEMBERS_MAX];
    size_t count;
    struct arena names;
};

struct evidence_members *evidence_members_new(void);
void evidence_members_free(struct evidence_members *m);  // NULL is fine.

// What was put into the buffer, which is the list's from now on.
MUST_CHECK enum status evidence_members_add(struct evidence_members *m, str name, struct buf *b,
                                            struct err *err);
// A whole file, under the name.
MUST_CHECK enum status evidence_members_add_file(struct evidence_members *m, str name, str path,
                                                 struct err *err);
// All of a regular file, into the buffer: which fails where it is larger than that may be.
MUST_CHECK enum status evidence_read_file(str path, struct buf *b, struct err *err);
// The content of one that was added; empty where there is none.
str evidence_members_find(const struct evidence_members *m, str name);

#endif
