// A smaller case that still shows the difference.

#ifndef MODEL_SHRINK_H
#define MODEL_SHRINK_H

#include "trial.h"

// Whether the case shows what is looked for.
typedef bool shrink_shows(const struct trial *t);

void shrink(struct trial *t, shrink_shows *shows);

#endif
