// How `pomona assets` prints what the store has of them.

#ifndef CLI_ASSETS_LIST_H
#define CLI_ASSETS_LIST_H

#include "cli/store_options.h"
#include "store/assets.h"

enum assets_form {
    ASSETS_TABLE,
    ASSETS_NDJSON,
    ASSETS_CSV,  // With our own names of columns, so that it can be changed and imported again.
};

// All of them, or those of the role. Returns the code, and says why it is not EXIT_DONE.
int assets_list(struct db *db, str role, enum assets_form form);
// Those that telemetry may mean by the name.
int assets_show(struct db *db, str name, enum assets_form form);

#endif
