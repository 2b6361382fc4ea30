// The closing report: what came in, what became of it, and what could not be seen. In plain
// words on a stream for people; never left out.

#ifndef REPORT_H
#define REPORT_H

#include "pipeline.h"

// `paths`: the inputs as they were named, for saying where a damaged record stands.
void report_print(const struct pipeline *p, const str *paths, size_t path_count, size_t rule_count,
                  FILE *stream);

#endif
