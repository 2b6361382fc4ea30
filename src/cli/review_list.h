// The findings of a run as a list: the last that was told of each id, the gravest first.

#ifndef CLI_REVIEW_LIST_H
#define CLI_REVIEW_LIST_H

#include "base/map.h"
#include "event/finding.h"

#include <stdio.h>

#define REVIEW_LIST_MAX 1000000u  // Findings; others are counted.

struct review_row;

// By value; a zeroed one is empty.
struct review_list {
    struct review_row *rows;
    size_t count;
    size_t capacity;
    struct map by_id;  // Numbers of `rows`.
    uint64_t left_out;
};

void review_list_done(struct review_list *list);
void review_list_keep(struct review_list *list, const struct finding *finding);
// Sorts, and is the end of keeping.
void review_list_print(struct review_list *list, FILE *stream);

#endif
