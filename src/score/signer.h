// Who a process or a library is, for exceptions and the baseline: an identity that nobody can take on
// without the keys of whoever signed it, or without being the very same code.
//
//     platform:SIGNING_ID   a part of macOS
//     TEAMID/SIGNING_ID     validly signed by a team
//     cdhash:HEX            ad-hoc or unsigned: that code, and no other
//
// Everything else has no identity: what the sensor does not tell, a signature that does not hold, a
// signer without a team. What has no identity can be neither learned nor excepted.

#ifndef SCORE_SIGNER_H
#define SCORE_SIGNER_H

#include "base/arena.h"
#include "event/finding.h"
#include "event/projection.h"

#define SIGNER_ID_MAX \
    256u  // Octets of a signing identifier; what has a longer one has no identity.
#define SIGNER_TEAM_MAX 32u
#define SIGNER_MAX      (SIGNER_TEAM_MAX + 1u + SIGNER_ID_MAX)  // Of an identity.

enum signer_role {
    SIGNER_PROCESS,
    SIGNER_PARENT,
    SIGNER_TARGET,
    SIGNER_LIBRARY,
    SIGNER_ROLE_COUNT
};

// Where fields are asked for: an event, or a step of a finding, which shows some of them.
struct signer_facts {
    const struct event *event;
    const struct finding_step *step;
};
static inline struct signer_facts signer_facts_of_event(const struct event *event)
{
    return (struct signer_facts){ .event = event };
}
static inline struct signer_facts signer_facts_of_step(const struct finding_step *step)
{
    return (struct signer_facts){ .step = step };
}
struct value signer_fact(struct signer_facts facts, enum field field);
// Empty where the field is missing or no text.
str signer_fact_text(struct signer_facts facts, enum field field);
// False where it is missing.
bool signer_fact_is(struct signer_facts facts, enum field field, bool expected);

// The identity, in the arena; empty where there is none.
str signer_identity(struct signer_facts facts, enum signer_role role, struct arena *arena);
// The fields that the identity is made of.
void signer_want(struct projection *projection, enum action action, enum signer_role role);

#endif
