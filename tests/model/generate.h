// A random case that depends on (seed, number) alone.

#ifndef MODEL_GENERATE_H
#define MODEL_GENERATE_H

#include "prng.h"
#include "trial.h"

void generate_trial(uint64_t seed, uint64_t number, struct trial *out);

// The two halves, for generate_trial().
void generate_query(struct prng *p, struct trial *t);
void generate_events(struct prng *p, struct trial *t);

// A value that a field may have: what conditions ask for and what events bring are drawn alike.
struct scalar generate_scalar(struct prng *p, enum field field);

#endif
