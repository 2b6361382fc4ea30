// What the files of the baseline share: the open file and its statements.

#ifndef STORE_BASELINE_FILE_H
#define STORE_BASELINE_FILE_H

#include "store/baseline.h"
#include "store/guard.h"

enum baseline_statement {
    PUT_HOST,
    FIND_HOST_DAYS,
    PUT_SIGNER,
    FIND_LEARNED,
    PUT_ENTRY,
    IMPORT_ENTRY,
    PROMOTE_ENTRY,
    REFUSE_ENTRY,
    BASELINE_STATEMENT_COUNT
};

struct baseline_file {
    struct guard guard;
    sqlite3_stmt *statements[BASELINE_STATEMENT_COUNT];
    int64_t host_count;  // -1: not counted yet.
    int64_t entry_count;
};

// One more of them is to be kept; ERR_LIMIT where there are as many as may be.
enum status baseline_file_add_host(struct baseline_file *f, struct err *err);
enum status baseline_file_add_entry(struct baseline_file *f, struct err *err);

// Prepared when it is used first.
enum status baseline_file_statement(struct baseline_file *f, enum baseline_statement which,
                                    const char *sql, sqlite3_stmt **out, struct err *err);
// A bound text or octets that do not fit are a mistake of ours, and end as a failed statement.
static inline str baseline_column_text(sqlite3_stmt *s, int column)
{
    const char *at = (const char *)sqlite3_column_text(s, column);
    return (str){ .at = at == NULL ? "" : at, .len = (size_t)sqlite3_column_bytes(s, column) };
}
static inline bytes baseline_column_octets(sqlite3_stmt *s, int column)
{
    const uint8_t *at = sqlite3_column_blob(s, column);
    return (bytes){ .at = at, .len = at == NULL ? 0 : (size_t)sqlite3_column_bytes(s, column) };
}

#endif
