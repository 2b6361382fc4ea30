// The link inventory: what `pomona inspect --save` read from images, kept in one SQLite file so
// that `pomona detect --links` can say what a process links on a Mac that is not this one. One
// row a slice, found by code directory hash (sure) or by path (a guess: the file may differ).

#ifndef STORE_LINKS_H
#define STORE_LINKS_H

#include "base/arena.h"
#include "base/err.h"

#define LINKS_TEXT_MAX      (64u * 1024)  // Octets of one text; a longer one is not kept.
#define LINKS_PATH_ROWS_MAX 65u           // Slices of one path.
#define LINKS_CDHASH_HEX    40u

struct links;

enum links_mode {
    LINKS_READ,   // Must be there.
    LINKS_WRITE,  // Made where it is not there; everything until links_close() is one transaction.
};

// Zero and empty mean "not told". Text is borrowed.
struct link_facts {
    str path;
    uint32_t slice;
    uint64_t size;  // Of the file.
    int64_t mtime_ns;
    str arch;
    str file_type;
    str cdhash;  // Lower-case hex; empty where the slice is unsigned.
    str identifier;
    str team_id;
    uint32_t flags;
    str native_api;    // "yes", "no", "bridge", "unknown"
    str because;       // One reason a line.
    str frameworks;    // One name a line, umbrellas closed over.
    str entitlements;  // A JSON object.
    bool jit_declared;
    bool get_task_allow;
    bool disable_library_validation;
    bool allow_dyld_environment;
};

// Fails with ERR_IO where the file cannot be opened, ERR_FORMAT where it is no inventory or was
// made by a newer program. The caller adds the file's name.
MUST_CHECK enum status links_open(str path, enum links_mode mode, struct links **out,
                                  struct err *err);

// Ends the transaction; what was put is not kept before. NULL is fine.
MUST_CHECK enum status links_commit(struct links *links, struct err *err);
void links_close(struct links *links);

// In place of the row of the same path and slice. ERR_LIMIT where a text is too long.
MUST_CHECK enum status links_put(struct links *links, const struct link_facts *facts,
                                 struct err *err);
// Forgets all slices of a path.
MUST_CHECK enum status links_remove(struct links *links, str path, struct err *err);

// END where there is none. `cdhash` may be in either case. Text lives in the arena.
MUST_CHECK enum status links_find_by_cdhash(struct links *links, str cdhash, struct arena *a,
                                            struct link_facts *out, struct err *err);
// All slices of a path, in order; END where there is none.
MUST_CHECK enum status links_find_by_path(struct links *links, str path, struct arena *a,
                                          struct link_facts **out, size_t *out_count,
                                          struct err *err);

// Every row, by path and slice; text lives until the callback returns.
typedef enum status links_visit(void *context, const struct link_facts *facts, struct err *err);
MUST_CHECK enum status links_each(struct links *links, links_visit *visit, void *context,
                                  struct err *err);

#endif
