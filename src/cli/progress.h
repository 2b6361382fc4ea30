// One line on a terminal that says how far a long run is, drawn over itself.

#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/str.h"

struct progress {
    bool is_shown;    // Standard error is a terminal.
    bool is_drawn;    // There is a line to wipe away.
    int64_t next_ms;  // Not drawn before.
};

// `by_request`: false where the user asked for silence.
void progress_init(struct progress *p, bool by_request);
// Draws it, if the last time is long enough ago: a bar of `done` (0 to 1), and what goes on.
void progress_draw(struct progress *p, double done, str what);
// Before anything else is written to the terminal, and at the end.
void progress_wipe(struct progress *p);

#endif
