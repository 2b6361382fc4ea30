// Files: who wrote them, what they are, how old they are, whether they were downloaded.

#ifndef ENRICH_FILES_H
#define ENRICH_FILES_H

#include "enrich/enricher.h"

// What an event does to files. Before any value of it is asked for, and after all were.
void files_follow(struct view *v);
void files_follow_end(struct view *v);

// Fields of the executable, the library and the file; VALUE_MISSING where there is none.
struct value files_of_process(struct view *v, enum field field);
struct value files_of_library(struct view *v, const struct library *library, str path,
                              enum field field);
struct value files_macho_type(struct view *v, str path);

#endif
