// `pomona review` on a terminal: the queue, worked by keys.

#ifndef CLI_REVIEW_SCREEN_H
#define CLI_REVIEW_SCREEN_H

#include "cli/review_store.h"

// Returns the code. A signal that ends it is raised again when the terminal is as it was.
int review_screen_run(struct review_store *r);

#endif
