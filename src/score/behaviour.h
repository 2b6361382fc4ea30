// What the baseline counts: things that a process does that findings are made of, each told by one
// event, and who does it to whom. docs/BASELINE.md has the table in words.
//
// An entry of the baseline is (actor, behaviour, object): two identities of score/signer.h, or in the
// place of the second a text of the behaviour's own, and nothing at all where the behaviour has no
// object. Who has no identity is "", and is neither learned nor expected.

#ifndef SCORE_BEHAVIOUR_H
#define SCORE_BEHAVIOUR_H

#include "score/signer.h"

#define BEHAVIOURS_MAX 4u  // Of one event.
#define BEHAVIOUR_NAMES_MAX \
    16u  // Variables that are named of one exec; of more nothing is learned.
#define BEHAVIOUR_OBJECT_MAX 512u

struct behaviour {
    str name;
    str actor;
    str object;
    bool is_known;  // Actor and object are, as far as the behaviour has them.
    // Evidence for who reviews it; may be empty.
    str actor_signing_id;
    str actor_path;
    str object_signing_id;
    str object_path;
};

// The behaviours of an event or step, their texts in the arena or borrowed from it; how many.
size_t behaviour_find_all(enum action action, struct signer_facts facts, struct arena *arena,
                          struct behaviour out[BEHAVIOURS_MAX]);
// Whether events of the action have any.
bool behaviour_is_of(enum action action);
// The fields that behaviour_find_all() asks for, of every action that has behaviours.
void behaviour_want(struct projection *projection);
size_t behaviour_count(void);

#endif
