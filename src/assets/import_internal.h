// What the files of an import share: the rows that were read, and the assets that there are.

#ifndef ASSETS_IMPORT_INTERNAL_H
#define ASSETS_IMPORT_INTERNAL_H

#include "assets/import.h"
#include "base/map.h"

struct import {
    struct arena arena;
    struct import_row *rows;
    size_t count;
    size_t capacity;
    struct asset_row *known;
    size_t known_count;
    size_t known_capacity;
    str unread[IMPORT_UNREAD_MAX];
    size_t unread_count;
};

// One row out of one record: normalised, with what makes no sense in its remark.
void import_read_row(struct import *i, const struct columns *c,
                     const struct inventory_record *record, struct import_row *out);

#endif
