// The name of a certificate's subject as text.

#ifndef MACHO_SUBJECT_H
#define MACHO_SUBJECT_H

#include "base/arena.h"

// In its own order, as openssl(1) does: "CN = …, OU = …, O = …, C = …". `name` is encoded, with its
// header; empty where it is damaged.
str subject_text(bytes name, struct arena *a);
// The first organizational unit, in which Apple writes the team; empty where there is none.
str subject_unit(bytes name, struct arena *a);

#endif
