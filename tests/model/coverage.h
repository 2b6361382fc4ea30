// What the generator has reached: a comparison of cases that never match proves nothing.

#ifndef MODEL_COVERAGE_H
#define MODEL_COVERAGE_H

#include "trial.h"

void coverage_add(const struct trial *t, const struct outcome *expected);

// False where something was never seen in a case with a match.
bool coverage_print(void);

#endif
