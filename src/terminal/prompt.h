// One line that somebody types, and may change before it counts.

#ifndef TERMINAL_PROMPT_H
#define TERMINAL_PROMPT_H

#include "terminal/frame.h"
#include "terminal/key.h"

#define PROMPT_MAX 4096u  // Octets.

struct prompt {
    char text[PROMPT_MAX];
    size_t len;
    size_t at;  // Where the next character goes.
};

enum prompt_end {
    PROMPT_GOES_ON,
    PROMPT_TAKEN,
    PROMPT_GIVEN_UP,
};

// What is longer than a line may be is cut.
void prompt_begin(struct prompt *p, str text);
enum prompt_end prompt_press(struct prompt *p, uint32_t key);
str prompt_text(const struct prompt *p);
// The label and as much of the line as fits, with the cursor in it.
void prompt_draw(const struct prompt *p, str label, struct frame *f, unsigned row);

#endif
