// What canaries say of assets: a signal of which a canary's own record came back is proved, and one that is seen, but of
// which it did not come back, though its time is over and telemetry behind it was looked through, is blind in part.
//
//     proved         the last canary that asked for the signal had its record come back, within the age that
//                    kept.h says; since the first of those that did so one after the other, without one
//                    between that did not, and without a longer time between two
//     blind in part  the last canary that asked for it had not
//
// Losses that are known stay what they are, and so does a steady signal that fell silent behind the proof. What
// no sensor's profile shows, and what a Mac may do without for days, is proved by the record nonetheless.

#ifndef COVERAGE_PROOF_H
#define COVERAGE_PROOF_H

#include "coverage/posture.h"

// When all Macs are joined. `places`: of each asset its place among those of the posture, or UINT32_MAX.
void proof_lay_over(const struct identify *names, const uint32_t *places, struct posture *p);

str proof_answer_name(enum posture_answer answer);
// The check that fails where a canary's record of the signal does not come back.
str proof_check_of(enum signal s);
// What its Mac is called: by telemetry, else by who emitted it, else the nonce.
str proof_name_of(const struct posture_canary *canary);
// What is to be said of a canary that is not answered, in the arena: which signals, or that nobody looked.
str proof_reason(const struct posture *p, const struct posture_canary *canary, struct arena *arena);

#endif
