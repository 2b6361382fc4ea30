// Records out of a JSON stream: objects in one array or one after the other, over as many lines as
// their writer liked. What is looked for is where an object begins and ends, no more: strings,
// escapes and nesting are known, numbers and names are not. Each octet is looked at once.
//
// Objects are divided by whitespace, commas and brackets. Any other octets between them are a
// record too, line by line, so that somebody counts them.
//
// Damage. A line's end within a string, a bracket that closes another, and an object or array
// where none can stand mean that octets are missing. The record then goes on to the next line that
// begins no further right than the line on which the record began, with a bracket, a brace or a
// comma: there the next object may begin. (In a stream all on one line, that is its end.)

#ifndef SOURCE_FRAME_H
#define SOURCE_FRAME_H

#include "base/str.h"

#define FRAME_HEAD_MAX 4096u  // Octets after which an input has shown what it is.

enum frame_form {
    FRAME_UNDECIDED,  // So short that it could still be either.
    FRAME_LINES,
    FRAME_STREAM
};

enum framer_state {
    FRAMER_BETWEEN,  // Objects.
    FRAMER_OBJECT,
    FRAMER_STRING,
    FRAMER_ESCAPE,   // In a string, after a backslash.
    FRAMER_DAMAGED,  // In an object of which octets are missing.
    FRAMER_OTHER,    // In a line of what is not an object.
    FRAMER_LOST      // Past the front of a record that became too long.
};

struct framer {
    enum framer_state state;
    size_t seen;    // Octets of the unfinished record that were looked at.
    uint64_t line;  // Of the octet that is next, from 1.
    size_t indent;  // Blanks at the beginning of that line,
    bool is_start;  // which has had nothing else yet.
    // Of the record that has begun.
    uint64_t begin_line;
    size_t begin_indent;
    size_t depth;
    uint64_t objects;  // Bit n: level n is an object, not an array.
    char previous;     // The last octet that is no blank, outside strings.
};

// What an input is by its first octets: a stream where it begins with an array of objects, or
// with an object whose brace stands at the end of its line. Anything else is lines.
enum frame_form frame_form_of(str head);
// How much of the head is a byte order mark, or its front. It is not for the framer.
size_t frame_mark_len(str head);

void framer_init(struct framer *f);
// Takes the next record off the front of `rest`, and what divides it from the one before. False
// when there is no whole one: `rest` is the front of one then, or empty, and is given again with
// more octets behind it, or is the last record where there are none.
bool framer_take(struct framer *f, str *rest, str *record);
// The record that has begun is too long, and its front is given up. What is left of it is passed
// over, up to a line that begins with a brace that opens, or has only closing ones, brackets and
// commas before it.
void framer_give_up(struct framer *f);
// Of the record taken last, and of the unfinished one.
uint64_t framer_line(const struct framer *f);

#endif
