// Lines of YAML, as far as DeTT&CT's files need them.

#ifndef EVIDENCE_YAML_H
#define EVIDENCE_YAML_H

#include "base/buf.h"

// Between quotes, as JSON has it, which YAML reads the same.
void yaml_add_quoted(struct buf *b, str text);
// "KEY: "text"", a line; `key` with what stands before it.
void yaml_add_text(struct buf *b, const char *key, str text);
// "KEY: 2026-01-31", or nothing behind the colon for 0.
void yaml_add_date(struct buf *b, const char *key, int64_t time_ns);

#endif
