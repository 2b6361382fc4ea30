// What `pomona exceptions list` prints.

#ifndef CLI_EXCEPTIONS_LIST_H
#define CLI_EXCEPTIONS_LIST_H

#include "score/exceptions.h"

#include <stdio.h>

#define EXCEPTIONS_SOON_DAYS 30

struct exceptions_list_options {
    int64_t on_day;  // Since 1970.
    bool is_table;   // Else an object a line.
};

void exceptions_list_print(const struct exceptions *e,
                           const struct exceptions_list_options *options, FILE *stream);

#endif
