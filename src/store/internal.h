// What the files of this room share: the open inventory, its statements, and how a row is read.

#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "base/buf.h"
#include "store/guard.h"
#include "store/links.h"

#define SQL_MAX  16384u  // Octets of one statement.
#define SQL_NOUN "link inventory"

enum statement {
    FIND_BY_CDHASH,
    FIND_BY_PATH,
    FIND_ON_ANY_HOST,
    FIND_HOST,
    FIND_CDHASH_ON_HOST,
    READING_COUNT,  // Those below are prepared for writing only.
    FIND_WITH_OBJECTS = READING_COUNT,
    FIND_IMAGE,
    ADD_IMAGE,
    ADD_PLACE,
    LOOSEN_PATH,
    REMOVE_PATH,
    TOUCH_PATH,
    FIND_RUN,
    STATEMENT_COUNT,
};

struct links {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    enum links_mode mode;
    int version;         // Of the file, as it is read.
    bool is_to_upgrade;  // The rows are still those of version 1.
    char *name;          // Of the file.
    // The host in use, which is nearly always the one of the last call.
    bool has_host;
    char host[LINKS_HOST_MAX];
    size_t host_len;
    int64_t host_id;
    int64_t run;
    int64_t now_s;  // As it was given; 0: not.
    size_t batch_files;
    size_t batch_bytes;
};

// sql.c: calling SQLite.
enum status sql_prepare(struct links *links, const char *sql, sqlite3_stmt **out, struct err *err);
enum status sql_run(struct links *links, const char *sql, struct err *err);
enum status sql_number(struct links *links, const char *sql, int64_t *out, struct err *err);
enum status sql_fail(struct links *links, struct err *err);
// Borrowed: the statement must be reset or stepped to its end before the text goes.
bool sql_bind_text(sqlite3_stmt *statement, int index, str text);
// Steps a statement that gives no rows, and resets it.
enum status sql_do(struct links *links, sqlite3_stmt *statement, struct err *err);

// format.c: the tables, and what came before them.
enum status format_check(struct links *links, struct err *err);
enum status format_prepare(struct links *links, struct err *err);
enum status format_upgrade(struct links *links, struct err *err);
// All rows of a host: its name is the first parameter.
enum status format_prepare_rows(struct links *links, sqlite3_stmt **out, struct err *err);

// row.c: one list of columns makes statements, binds and reads.
void row_add_names(struct buf *sql);    // "arch, file_type, …" of an image.
void row_add_numbers(struct buf *sql);  // "?2, ?3, …" for them; ?1 is the hash.
void row_add_same(struct buf *sql);     // "arch = ?2 AND …"
// The same columns of a table in the order that row_next() reads, of the version; without the
// object, empty in its place.
void row_add_selected(struct buf *sql, int version, bool with_object);
bool row_bind_image(sqlite3_stmt *statement, const struct link_facts *facts);
uint64_t row_hash(const struct link_facts *facts);
bool row_fits(const struct link_facts *facts);
size_t row_bytes(const struct link_facts *facts);
// Steps; END behind the last row.
enum status row_next(struct links *links, sqlite3_stmt *statement, struct arena *a,
                     struct link_facts *out, struct err *err);
// Steps to the end and resets; ERR_LIMIT past LINKS_PATH_ROWS_MAX, END where there is no row.
enum status row_all(struct links *links, sqlite3_stmt *statement, struct arena *a,
                    struct link_facts **out, size_t *out_count, struct err *err);

// put.c: one slice, in the transaction that is open.
enum status put_slice(struct links *links, const struct link_facts *facts, struct err *err);
// Ready to write for the host: a full batch is written first, and a transaction is open.
enum status put_begin(struct links *links, str host, struct err *err);
enum status put_use_host(struct links *links, str host, struct err *err);
// The slices of a path, in place of what was known of it, as seen in the run.
enum status put_file(struct links *links, const struct link_facts *slices, size_t count,
                     int64_t run, str around, struct err *err);
// Images that no place has any more.
enum status put_drop_loose(struct links *links, struct err *err);

// walk.c: takes over the walks of the host, which is in use; forgets what a newer walk did not see.
enum status walk_merge(struct links *into, struct links *from, str host, struct err *err);
enum status walk_forget_gone(struct links *links, str host, struct err *err);

#endif
