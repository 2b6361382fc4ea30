// The same question, put to the library.

#ifndef MODEL_ENGINE_H
#define MODEL_ENGINE_H

#include "trial.h"

// What breaks the library's own contract is the outcome's complaint.
void engine_run(const struct trial *trial, struct outcome *out);

#endif
