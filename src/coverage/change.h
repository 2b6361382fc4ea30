// What changed since the last report that was kept: blind spots that are new, and those that are gone.
//
// A report is kept as text, one line each, in order, with a tab between columns and names as the inside of a JSON
// string:
//
//     assets    COUNT
//     standing  STANDING  COUNT
//     blind     KIND  ID

#ifndef COVERAGE_CHANGE_H
#define COVERAGE_CHANGE_H

#include "base/buf.h"
#include "coverage/blind.h"
#include "coverage/sight.h"

#define CHANGE_TEXT_MAX (64u * 1024 * 1024)

// Of a report. False where it is longer than CHANGE_TEXT_MAX: it cannot be kept.
bool change_write(const struct posture *p, const struct blind_list *list, const struct sight *sight,
                  struct buf *out);

struct change_line {
    str kind;
    str id;  // Names as the inside of a JSON string.
};

struct change {
    struct change_line *came;
    size_t came_count;
    struct change_line *went;
    size_t went_count;
    uint64_t assets_before;
    uint64_t standings_before[SIGHT_STANDING_COUNT];
};

// Of two texts that change_write() made, which the lines point into. `*out` needs change_done().
void change_find(str before, str after, struct change *out);
void change_done(struct change *c);

#endif
