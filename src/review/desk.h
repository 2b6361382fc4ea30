// Where a person works through findings: what stands on the terminal, and what each key does to it. Keys go in and a
// frame comes out. What only the world can do (read the store, keep a decision, start an editor) is handed out as a
// wish, and its outcome handed in again; so all of it runs in a test without a terminal and a database.
//
//     key ──► desk_press() ──► wish ──► who has the store ──► desk_say(), desk_show(), queue …
//                                │
//                                └──► desk_draw() ──► frame ──► terminal, or a test

#ifndef REVIEW_DESK_H
#define REVIEW_DESK_H

#include "review/close_out.h"
#include "review/filter.h"
#include "review/queue.h"
#include "terminal/frame.h"
#include "terminal/prompt.h"
#include "terminal/view.h"

#define DESK_MARKS_MAX 1000u
#define DESK_ID_MAX    33u

// What the world is asked for. Whoever fulfils one asks for the next with desk_done().
enum desk_wish {
    DESK_WAITS,    // For the next key.
    DESK_LOAD,     // Rows: queue_begin(), queue_take(), queue_end() with `load`.
    DESK_OPEN,     // The chosen finding's text, by desk_show().
    DESK_NOTE,     // A note for the chosen one, from an editor.
    DESK_ASSIGN,   // All targets to whom `me` is.
    DESK_CLOSE,    // All targets, as `close_out` says.
    DESK_REOPEN,   // The chosen one.
    DESK_PROPOSE,  // An exception, or an entry of the baseline, for the chosen one, into `file`.
    DESK_QUIT,
};

enum desk_mode {
    DESK_LIST,
    DESK_FINDING,
    DESK_HELP,
};

enum desk_question {
    DESK_ASKS_NOTHING,
    DESK_ASKS_DISPOSITION,  // By one key, as do the next.
    DESK_ASKS_FILTER_BY,
    DESK_ASKS_STATE,
    DESK_ASKS_LEVEL,
    DESK_ASKS_PROPOSAL,
    DESK_ASKS_FILTER,  // By a line, as do the next.
    DESK_ASKS_CAUSE,
    DESK_ASKS_SCOPE,
    DESK_ASKS_CONTAINMENT,
    DESK_ASKS_FILE,
};

// What is to be decided of, as it was when somebody saw it.
struct desk_target {
    char id[DESK_ID_MAX];
    enum finding_status status;
    enum disposition disposition;
    uint64_t assignee_hash;
};

// By value, by desk_init().
struct desk {
    str me;
    str store;  // As it is named.
    int64_t now_ns;
    enum desk_mode mode;
    enum desk_mode mode_before;  // DESK_HELP.
    enum desk_question question;
    struct filter filter;
    struct queue queue;
    enum queue_load load;
    struct view finding;
    struct view help;
    struct prompt prompt;
    struct desk_target marks[DESK_MARKS_MAX];
    size_t mark_count;
    struct desk_target target;  // The chosen one, or the one that is shown.
    // Of a close-out that is being asked for; the texts are in `answers`.
    struct close_out close_out;
    char answers[3][PROMPT_MAX];
    bool proposes_baseline;
    char file[PROMPT_MAX + 1];
    char said[ERR_TEXT_MAX];
    unsigned rows;
    unsigned columns;
    bool keeps_place;    // Of the text that is opened next.
    bool waits_to_show;  // The finding that is chosen when rows have come.
};

// Texts are borrowed.
void desk_init(struct desk *d, const struct filter *filter, str me, str store);
void desk_done(struct desk *d);
// The first wish, or what is lacking now that the terminal has another size.
enum desk_wish desk_resize(struct desk *d, unsigned rows, unsigned columns);
enum desk_wish desk_press(struct desk *d, uint32_t key);
void desk_draw(struct desk *d, struct frame *f);

// What somebody did with the store has come to its end: one sentence for who sits there.
void desk_say(struct desk *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
// What is shown is read again, and the marks of what was decided are gone.
enum desk_wish desk_decided(struct desk *d);
void desk_show(struct desk *d, const struct finding_row *row, str text);
// The finding cannot be shown.
enum desk_wish desk_hide(struct desk *d);
// Rows came, or (not `is_good`) did not.
enum desk_wish desk_loaded(struct desk *d, bool is_good);

// What DESK_ASSIGN and DESK_CLOSE are about: what is marked in the list, else the chosen one.
size_t desk_target_count(const struct desk *d);
const struct desk_target *desk_target(const struct desk *d, size_t index);
// Whether the row is as the target was when it was chosen.
bool desk_target_holds(const struct desk_target *target, const struct finding_row *row);

#endif
