// The identity of a finding: see score.h for what it is made of.

#ifndef SCORE_ID_H
#define SCORE_ID_H

#include "event/finding.h"

// Writes finding->id, 32 hex digits and a NUL.
void score_id(struct finding *finding);

#endif
