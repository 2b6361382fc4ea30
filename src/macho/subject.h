// The name of a certificate's subject as text.

#ifndef MACHO_SUBJECT_H
#define MACHO_SUBJECT_H

#include "base/arena.h"

// In its own order, as openssl(1) does: "CN = …, OU = …, O = …, C = …". `name` is encoded, with its
// header; empty where it is damaged.
str subject_text(bytes name, struct arena *a);

enum subject_part {
    SUBJECT_ORGANIZATION,
    SUBJECT_UNIT,  // In which Apple writes the team.
};

// How many such parts the name has, and the first of them; 0 and empty where it is damaged.
size_t subject_count(bytes name, enum subject_part part, struct arena *a, str *out_first);
// The first organizational unit; empty where there is none.
str subject_unit(bytes name, struct arena *a);

#endif
