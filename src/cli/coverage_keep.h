// What a run told of the coverage of each Mac, kept in the store.

#ifndef CLI_COVERAGE_KEEP_H
#define CLI_COVERAGE_KEEP_H

#include "fidelity/coverage.h"
#include "store/store.h"

// All of it in one transaction, with an entry in the audit log. Says on standard error of how many
// Macs nothing was kept and why. EXIT_DONE, or says what failed and returns the code.
int coverage_keep(struct db *db, const struct store_act *act, const struct fidelity *f);

#endif
