// What lies beside an SQLite file: its write-ahead log (-wal), the log's index (-shm), a journal (-journal). SQLite
// writes to them, plays them back and unlinks them, so they have to be ours.

#ifndef STORE_BESIDE_H
#define STORE_BESIDE_H

#include "base/err.h"
#include "base/str.h"

#include <sqlite3.h>

// After opening, which has read no more than the header, and before the first statement, which would play
// back what lies there. ERR_FORMAT, ERR_IO where that would harm files of others.
MUST_CHECK enum status beside_check(sqlite3 *sqlite, bool writes, struct err *err);

// Whether the file is kept with a log, none lies there, and none can be made: only reading it as one that nobody
// writes to is possible.
bool beside_is_closed(sqlite3 *sqlite);

// Closes. Who may only read leaves an empty log behind, which is taken away if nobody else has it open.
void beside_close(sqlite3 *sqlite);

#endif
