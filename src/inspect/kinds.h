// The kinds of change: their names, and what is said of each.

#ifndef INSPECT_KINDS_H
#define INSPECT_KINDS_H

#include "inspect/diff.h"

str kinds_sentence(enum diff_kind kind, const str *from, const str *to, struct arena *a);

#endif
