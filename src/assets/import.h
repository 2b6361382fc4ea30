// An inventory against what the store has: which Macs are new, which are told differently, and which rows
// nobody can say of which Mac they are. Such a row is shown and not taken; nothing is guessed.
//
// A row is of the asset that has its serial number or its hardware UUID. Where these are of two assets, or one
// of them is told differently than the asset has it, that is a conflict. The host name decides only
// where there is neither, or where the asset has neither. Two rows that are of one Mac are one where they say
// the same, else both are conflicts. What a row does not tell stays as the store has it.

#ifndef ASSETS_IMPORT_H
#define ASSETS_IMPORT_H

#include "assets/columns.h"
#include "store/assets.h"

#define IMPORT_ROWS_MAX ASSETS_MAX

enum import_fate {
    IMPORT_NEW,
    IMPORT_CHANGED,
    IMPORT_SAME,       // As the store has it.
    IMPORT_DUPLICATE,  // As a row before it.
    IMPORT_CONFLICT,
    IMPORT_NAMELESS,  // No serial number, hardware UUID or host name.
    IMPORT_OTHER,     // No Mac.
    IMPORT_FATES,
};

struct import_row {
    struct asset_row asset;  // As it is to be kept; of rows that are not taken, as they tell it.
    enum import_fate fate;
    int64_t retired;  // As told: 1 yes, 0 no, -1 not told.
    uint64_t line;
    uint64_t number;  // As of struct inventory_record.
    str reason;       // Why it is not taken; empty where it is.
    str remark;       // What of it makes no sense, and counts as not told.
};

#define IMPORT_UNREAD_MAX 8u

struct import;

struct import *import_new(void);
void import_free(struct import *i);

// All rows of the text, which is borrowed for the call. `c` says the format, or has FORMAT_OWN and `is_told`
// is false: then the first record tells it, and `c` says it afterwards. Sentences begin with the line.
MUST_CHECK enum status import_read(struct import *i, str text, struct columns *c, bool is_told,
                                   struct err *err);
// An asset of the store; copied. All of them come before import_plan().
void import_known(struct import *i, const struct asset_row *asset);
// Decides every row. `source` and `now_ns` are those of the rows that are kept.
void import_plan(struct import *i, str source, int64_t now_ns);

size_t import_count(const struct import *i);
// How many columns of the first record are not read; the names of the first ones, IMPORT_UNREAD_MAX at most.
size_t import_unread(const struct import *i, const str **names);
const struct import_row *import_at(const struct import *i, size_t index);
size_t import_count_of(const struct import *i, enum import_fate fate);
str import_fate_name(enum import_fate fate);

#endif
