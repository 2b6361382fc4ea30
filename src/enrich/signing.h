// What the kernel's code-signing flags mean, and whom a list of signers names.

#ifndef ENRICH_SIGNING_H
#define ENRICH_SIGNING_H

#include "event/event.h"

#define SIGNING_FLAGS_MAX 32u  // As many names as the flags have bits.

// A part of macOS; or signed, still valid, not ad hoc, and by a team.
bool signing_is_trusted(uint32_t cs_flags, bool is_platform, str team_id);

// Apple's names of the bits that are set, lower case and without CS_. Returns how many. Bits
// without a name are left out.
size_t signing_flag_names(uint32_t cs_flags, struct value out[SIGNING_FLAGS_MAX]);

// Whether `list` names the signer. "ID" names a part of macOS, "TEAM/ID" what is validly signed
// by that team, "*/ID" by any team; a '*' at the end stands for anything. "cdhash:HEX" names one
// build, which is all that can be said of an ad-hoc one: who only took the name of a debugger is none.
bool signing_is_listed(const str *list, size_t count, const struct process_facts *facts);

// Whether `name` is `pattern`, or begins with it where that ends in '*'.
bool signing_name_fits(str name, str pattern);

#endif
