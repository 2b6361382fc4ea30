// The members of a pack while they are put together: their octets lie in one file without a name, so that memory
// does not follow what a pack holds, and are hashed as they come.

#ifndef EVIDENCE_MEMBERS_H
#define EVIDENCE_MEMBERS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "evidence/key.h"

#define EVIDENCE_MEMBERS_MAX 4096u
#define EVIDENCE_NAME_MAX    100u                            // What every tar has room for.
#define EVIDENCE_MEMBER_MAX  ((UINT64_C(8) << 30) - 1)       // Octets of one: likewise.
#define EVIDENCE_TOTAL_MAX   (UINT64_C(32) << 30)            // Of all.
#define EVIDENCE_FILE_MAX    (256u * 1024u * 1024u)          // Of one that is read into memory,
#define EVIDENCE_ROW_MAX     ((size_t)256u * 1024u * 1024u)  // or of one row.

struct evidence_member {
    str name;
    uint64_t at;  // Where in the file its octets begin.
    uint64_t size;
    char sha256[EVIDENCE_FINGERPRINT_SIZE];
};

struct evidence_members;

// `beside`: the file of the pack, in whose directory there is room.
MUST_CHECK enum status evidence_members_open(str beside, struct evidence_members **out,
                                             struct err *err);
void evidence_members_free(struct evidence_members *m);  // NULL is fine.
size_t evidence_members_count(const struct evidence_members *m);
const struct evidence_member *evidence_members_at(const struct evidence_members *m, size_t i);
// NULL where there is none.
const struct evidence_member *evidence_members_find(const struct evidence_members *m, str name);
// Puts them in the order of their names. ERR_CONFIG where two have one name.
MUST_CHECK enum status evidence_members_sort(struct evidence_members *m, struct err *err);
// The octets of one from `offset` on; `*got` is 0 at its end.
MUST_CHECK enum status evidence_members_read(const struct evidence_members *m,
                                             const struct evidence_member *member, uint64_t offset,
                                             uint8_t *at, size_t len, size_t *got, struct err *err);

// One after the other: what is put into the buffer between the two is the member. What is wrong on the way is
// told at the end.
struct buf *evidence_members_begin(struct evidence_members *m, str name);
// To be called now and then: the buffer may be emptied.
void evidence_members_spill(struct evidence_members *m);
MUST_CHECK enum status evidence_members_end(struct evidence_members *m, struct err *err);
// What was begun is no member.
void evidence_members_drop(struct evidence_members *m);

MUST_CHECK enum status evidence_members_add(struct evidence_members *m, str name, str content,
                                            struct err *err);
// A whole file, under the name.
MUST_CHECK enum status evidence_members_add_file(struct evidence_members *m, str name, str path,
                                                 struct err *err);
// What is left of the open file.
MUST_CHECK enum status evidence_members_add_fd(struct evidence_members *m, str name, int fd,
                                               struct err *err);
// SHA-256 of a whole file, and how large it is.
MUST_CHECK enum status evidence_hash_file(str path, uint64_t *size,
                                          char out[EVIDENCE_FINGERPRINT_SIZE], struct err *err);
// A regular file, for reading. `*fd` is -1 where it fails.
MUST_CHECK enum status evidence_open_file(str path, int *fd, struct err *err);
// A file in the directory of `path`, for its owner alone, open for reading and writing. Its name is in the arena.
MUST_CHECK enum status evidence_make_beside(str path, struct arena *arena, const char **name,
                                            int *fd, struct err *err);
MUST_CHECK enum status evidence_put(int fd, bytes what, struct err *err);

// Parts of letters, digits and "._-" with '/' between; none is empty or begins with a dot: what is unpacked stays
// below where it is unpacked.
bool evidence_name_is_safe(str name);

#endif
