// The terminal itself: the one file that knows ncurses. It draws frames and reads keys.

#ifndef TERMINAL_SCREEN_H
#define TERMINAL_SCREEN_H

#include "base/err.h"
#include "terminal/frame.h"
#include "terminal/key.h"

// Standard input and output must be a terminal. ERR_CONFIG where they are none, or nobody knows how it is
// driven (TERM). There is one at a time.
MUST_CHECK enum status screen_open(bool has_colour, struct err *err);
// The terminal is as it was before.
void screen_close(void);
void screen_size(unsigned *out_rows, unsigned *out_columns);
// Whether it shows characters beyond ASCII.
bool screen_is_unicode(void);
void screen_draw(const struct frame *f);
// Waits for the next key. KEY_OF_NOTHING where the size has changed or a signal came.
uint32_t screen_key(void);
// For who wants the terminal for a while, as an editor does.
void screen_leave(void);
void screen_return(void);

// The signal that asked us to end; 0: none did.
int screen_signal(void);

#endif
