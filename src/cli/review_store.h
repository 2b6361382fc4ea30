// What `pomona review` does with a store: the queue, and what is decided of a finding.

#ifndef CLI_REVIEW_STORE_H
#define CLI_REVIEW_STORE_H

#include "cli/review_propose.h"
#include "cli/review_show.h"
#include "cli/store_options.h"
#include "review/close_out.h"

struct review_store {
    struct store_options store;
    struct findings_filter filter;
    bool is_table;
    str after;  // The id at which the page before ended.
    struct review_show *show;
    struct close_out close_out;     // Of `close`.
    enum review_proposal proposal;  // `close`, `show`: prints one for it.
};

// `verb` is one of `pomona review`'s; the arguments stand behind it.
int review_store_run(struct review_store *r, str verb, char **arguments, int count);

#endif
