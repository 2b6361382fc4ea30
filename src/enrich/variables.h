// Variables of the environment by which a runtime is made to load code: $runtime_variables.

#ifndef ENRICH_VARIABLES_H
#define ENRICH_VARIABLES_H

#include "enrich/enrich.h"

// By value.
struct variables {
    struct enrich_texts names;  // Names, or beginnings of names that end in '*'.
    bool begins[256];           // Whether one of them begins with the octet: most variables do not.
};

// `names` is borrowed.
void variables_init(struct variables *v, struct enrich_texts names);

// Whether "NAME=value" is one of them. One without a value makes no runtime load anything.
bool variables_is_listed(const struct variables *v, str variable);

#endif
