// What the files of the desk share.

#ifndef REVIEW_DESK_INTERNAL_H
#define REVIEW_DESK_INTERNAL_H

#include "review/desk.h"

// A key, what the help says of it, and what it does. The same table is followed, told and shown as a footer.
struct desk_binding {
    uint32_t key;
    const char *shown;  // NULL: another key for what the one before does.
    const char *brief;  // In the footer; NULL: not there.
    const char *what;
    enum desk_wish (*act)(struct desk *d);
    bool is_of_list;
    bool is_of_finding;
};
extern const struct desk_binding desk_bindings[];
extern const size_t desk_binding_count;

// One of the answers to a question that a key gives.
struct desk_choice {
    uint32_t key;
    const char *what;
};
const struct desk_choice *desk_choices(enum desk_question question, size_t *count);
// Which one each choice of DESK_ASKS_DISPOSITION is.
extern const enum disposition desk_disposition_of_choice[];
bool desk_asks_line(enum desk_question question);
const char *desk_label(const struct desk *d);

// Of a question that is open.
enum desk_wish desk_answer(struct desk *d, uint32_t key);
enum desk_wish desk_ask(struct desk *d, enum desk_question question);

bool desk_is_marked(const struct desk *d, str id);
enum desk_wish desk_load(struct desk *d, enum queue_load wanted);
enum desk_wish desk_help(struct desk *d);
// The chosen finding in place of the one that is shown, where they are not the same.
enum desk_wish desk_show_other(struct desk *d);
bool desk_has_marks(const struct desk *d);
struct desk_target desk_target_of(const struct finding_row *row);
// Rows of the list, or of a text.
unsigned desk_height(const struct desk *d);
unsigned desk_head(const struct desk *d);

#endif
