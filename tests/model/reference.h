// What a sequence means, said as plainly as a program can: arrays, and a search through all of them.

#ifndef MODEL_REFERENCE_H
#define MODEL_REFERENCE_H

#include "trial.h"

void reference_run(const struct trial *trial, struct outcome *out);

#endif
