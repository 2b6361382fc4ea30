// Which of the lists of lists.yaml the engine itself reads. A site's list under any other name does
// nothing unless a query names it.

#ifndef PIPELINE_LISTS_H
#define PIPELINE_LISTS_H

#include "base/str.h"

bool pipeline_lists_is_read(str name);
// The name that was meant, where it is near enough to suggest; empty otherwise.
str pipeline_lists_nearest(str name);

#endif
