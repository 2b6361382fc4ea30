// The part of a long list that is looked at: some hundred rows around the one that is chosen. What is further up or
// down is asked for when somebody goes there, by the place of the row at the end, so that a list of a
// million costs what a list of a hundred does.

#ifndef REVIEW_QUEUE_H
#define REVIEW_QUEUE_H

#include "store/findings.h"

#define QUEUE_CHUNK    200u  // Rows that are asked for at once.
#define QUEUE_ROWS_MAX 800u  // That are held.

// A row's own copy of a finding's columns.
struct queue_row {
    struct finding_row row;
    char *text;
};

enum queue_load {
    QUEUE_LOAD_NONE,
    QUEUE_LOAD_FIRST,  // From the beginning.
    QUEUE_LOAD_LAST,   // The end.
    QUEUE_LOAD_BELOW,  // What follows the last row that is held.
    QUEUE_LOAD_ABOVE,  // What stands before the first.
    QUEUE_LOAD_AGAIN,  // From the row above the highest that is shown.
};

// By value; a zeroed one is empty.
struct queue {
    struct queue_row *rows;
    size_t count;
    size_t chosen;
    size_t top;
    bool is_begin;  // Nothing stands before the first row.
    bool is_end;
    int64_t moves;  // What is left of a move that waits for rows.
    enum queue_load load;
    size_t loaded;
};

void queue_done(struct queue *q);
const struct finding_row *queue_chosen(const struct queue *q);  // NULL where there is none.
// Down by so many rows, up where it is negative; what has to be loaded first. `height`: rows that are shown.
enum queue_load queue_move(struct queue *q, int64_t by, size_t height);
// Whether rows are lacking where the window stands, after its size changed.
enum queue_load queue_settle(struct queue *q, size_t height);
// Sets the place from which to list, and forgets what is not held on to. Rows come by queue_take().
void queue_begin(struct queue *q, enum queue_load load, struct findings_filter *ask);
void queue_take(void *context, const struct finding_row *row);
// All have come. What is still lacking, as above.
enum queue_load queue_end(struct queue *q, size_t height);
// They did not: what is held stays, and nothing more is asked for by itself.
void queue_give_up(struct queue *q);

#endif
