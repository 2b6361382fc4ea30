// The playbook that a finding names, from the rules that are here.

#ifndef CLI_REVIEW_PLAYBOOK_H
#define CLI_REVIEW_PLAYBOOK_H

#include "base/arena.h"
#include "base/err.h"

#define REVIEW_PLAYBOOK_MAX (256u * 1024u)  // Octets.

// Whether it is the name of a file, "playbooks/NAME.md", and not what to do in so many words.
bool review_playbook_is_file(str playbook);
// The text, in the arena. A finding may come from anywhere, so nothing outside of playbooks/ is read.
MUST_CHECK enum status review_playbook_read(str rules, str playbook, struct arena *arena, str *out,
                                            struct err *err);

#endif
