// What the files of the link inventory share: what is open, what waits to be written, and how a row is read.

#ifndef STORE_LINKS_INTERNAL_H
#define STORE_LINKS_INTERNAL_H

#include "base/map.h"
#include "store/links.h"

// One thing to write. Texts live in the queue's arena.
enum links_task_kind {
    LINKS_TASK_PUT,         // The slices of a file.
    LINKS_TASK_TAKE,        // The same of another inventory, where ours are older.
    LINKS_TASK_REMOVE,      // A path.
    LINKS_TASK_TOUCH,       // A path.
    LINKS_TASK_TOUCH_TREE,  // And what lies below.
    LINKS_TASK_PRUNE,
};

struct links_task {
    enum links_task_kind kind;
    str host;
    str path;
    const struct link_facts *slices;
    size_t count;
};

// What waits for the next transaction, so that none is open while images are read.
struct links_queue {
    struct arena arena;
    struct links_task *tasks;
    size_t count;
    size_t bytes;
    struct map paths;  // Of tasks, by the path's hash.
    bool prunes;       // What is known of a path may hang on another's task.
};

// A host that was used since the inventory was opened.
struct links_host {
    str name;
    int64_t id;
    int64_t run;
    bool has_begun;         // The run. Else the next use begins one.
    uint64_t batch_number;  // In which it has begun.
};

struct links_hosts {
    struct arena arena;
    struct links_host *at;
    uint32_t count;
    uint32_t capacity;
    struct map by_name;
};

// Images that lost a place, and may have no other.
struct links_loose {
    int64_t *ids;
    size_t count;
    size_t capacity;
};

struct links_counts {
    uint64_t put;        // Slices.
    uint64_t forgotten;  // Slices, of what is no longer there.
};

struct links {
    struct db *db;
    enum links_mode mode;
    struct arena arena;  // What lives as long as it is open.
    str name;
    // Who writes, for the audit log.
    struct store_act act;
    const char *action;  // NULL: nobody was told.
    str subject;
    struct links_counts counts;  // Of the run, what was committed of it.
    bool has_entry;              // The audit log knows that the run has begun.
    int64_t now_s;               // As it was given; 0: not.
    uint64_t failed_count;
    struct links_hosts hosts;
    struct links_queue queue;
    // Of the batch that is being written.
    struct links_loose loose;
    uint64_t batch_number;
    int64_t next_image;
    struct links_counts batch;
};

// links_queue.c
MUST_CHECK enum status links_queue_add(struct links *links, const struct links_task *task,
                                       struct err *err);
// Writes what waits, in one transaction.
MUST_CHECK enum status links_queue_write(struct links *links, struct err *err);
// The same in a transaction that is open.
MUST_CHECK enum status links_queue_do(struct links *links, struct err *err);
// Where what is known of the path hangs on what waits, writes that first.
MUST_CHECK enum status links_queue_settle(struct links *links, str path, struct err *err);
// Whether it may be written to, and for such a host.
MUST_CHECK enum status links_check_host(const struct links *links, str host, struct err *err);

// links_put.c: in the transaction that is open.
MUST_CHECK enum status links_batch_begin(struct links *links, struct err *err);
// Commits where `status` is OK, else takes back. `is_last`: of the run.
MUST_CHECK enum status links_batch_end(struct links *links, bool is_last, enum status status,
                                       struct err *err);
// Whether something was written that the audit log does not know.
bool links_owes_entry(const struct links *links);
// Begins a run of the host where none has begun. Borrowed until the next use of a host.
MUST_CHECK enum status links_use_host(struct links *links, str name, struct links_host **out,
                                      struct err *err);
MUST_CHECK enum status links_put_file(struct links *links, const struct links_host *host,
                                      const struct links_task *task, struct err *err);
MUST_CHECK enum status links_remove_path(struct links *links, const struct links_host *host,
                                         str path, struct err *err);
MUST_CHECK enum status links_touch_path(struct links *links, const struct links_host *host,
                                        str path, struct err *err);
void links_loosen(struct links *links, int64_t image);

// links_walk.c: in the transaction that is open.
MUST_CHECK enum status links_touch_tree(struct links *links, const struct links_host *host,
                                        str path, struct err *err);
MUST_CHECK enum status links_prune_tree(struct links *links, const struct links_host *host,
                                        str path, struct err *err);
// Takes over the walks of the host; forgets what a newer walk did not see.
MUST_CHECK enum status links_take_walks(struct links *into, const struct links_host *host,
                                        struct links *from, struct err *err);
MUST_CHECK enum status links_forget_gone(struct links *links, const struct links_host *host,
                                         struct err *err);

// links_row.c: one list of columns makes statements, binds and reads. Literals, by which the database
// knows statements.
#define LINKS_COLUMN_COUNT 18u
extern const char links_sql_add_image[];
extern const char links_sql_find_image[];
extern const char links_sql_by_cdhash[];
extern const char links_sql_by_path[];
extern const char links_sql_on_any_host[];
extern const char links_sql_with_objects[];
void links_row_bind(struct db_statement *s, const struct link_facts *facts);
// OK, or ERR_LIMIT and why it is not kept.
MUST_CHECK enum status links_row_check(const struct link_facts *facts, struct err *err);
size_t links_row_bytes(const struct link_facts *facts);
// With texts in the arena.
struct link_facts links_row_copy(const struct link_facts *facts, struct arena *a);
// Steps; END behind the last row.
MUST_CHECK enum status links_row_next(struct db_statement *s, struct arena *a,
                                      struct link_facts *out, struct err *err);
// Steps to the end and resets; ERR_LIMIT past LINKS_PATH_ROWS_MAX, END where there is no row.
MUST_CHECK enum status links_row_all(struct db_statement *s, struct arena *a,
                                     struct link_facts **out, size_t *out_count, struct err *err);
// All slices of a path of the host, with their objects.
MUST_CHECK enum status links_row_whole(struct links *links, str host, str path, struct arena *a,
                                       struct link_facts **out, size_t *out_count, struct err *err);

#endif
