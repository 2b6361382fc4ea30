// A case as text: the query for the engine, and all of it for the reader.

#ifndef MODEL_WRITE_H
#define MODEL_WRITE_H

#include <stdio.h>

#include "trial.h"

#define QUERY_TEXT_MAX 8192u

struct query_text {
    size_t len;
    char at[QUERY_TEXT_MAX];
};

void write_query(const struct trial *t, struct query_text *out);
void write_trial(const struct trial *t, FILE *to);
void write_outcome(const char *who, const struct outcome *outcome, FILE *to);

const char *name_of_field(enum field field);
const char *name_of_category(unsigned category);

#endif
