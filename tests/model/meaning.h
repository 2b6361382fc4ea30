// What one event means to one stage: whether it meets the condition, and under which join keys.

#ifndef MODEL_MEANING_H
#define MODEL_MEANING_H

#include "trial.h"

// `bound[stage]` is the event that the sequence has for an earlier stage, or EVENT_NONE.
bool stage_accepts(const struct trial *t, const struct stage *stage, size_t event,
                   const size_t *bound);

// Every combination of the key's values. None where a field that is not optional has no value.
size_t stage_joins(const struct trial *t, const struct stage *stage, size_t event,
                   struct join *joins);

// (time, tiebreaker, arrival); an event without tiebreaker comes after those with one.
bool event_is_before(const struct trial *t, size_t a, size_t b);

#endif
