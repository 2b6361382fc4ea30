// Which findings are expected here: those of which every behaviour, by the same actor and of the same
// object, is an entry of the baseline that somebody promoted and that has not expired by the time of
// the event.
//
// One step that is no such entry makes the finding new: a baselined application that maps another
// library than those it is known for, or one whose signer is not known. A step that is no behaviour at
// all (score/behaviour.h) decides nothing, and a finding without behaviours is new. A finding of level
// critical is expected only where all its entries were promoted for that as well.
//
// All entries are held in memory as an array in the order of their keys, 28 octets each. Only findings
// are looked up, not events.

#ifndef SCORE_BASELINE_H
#define SCORE_BASELINE_H

#include "base/arena.h"
#include "base/err.h"
#include "event/finding.h"

#define BASELINE_NAMED_MAX 8u  // Entries that a verdict names; of more it says how many.

struct baseline;

// All of the baseline that is in the store, which is closed again.
MUST_CHECK enum status baseline_open(str store, struct baseline **out, struct err *err);
void baseline_free(struct baseline *b);
// Sets verdict and verdict_by where it is expected and nobody has excepted it before, and the rarity of
// its rarest behaviour always. Texts are in the arena. Nothing where `b` is NULL.
void baseline_judge(const struct baseline *b, struct finding *finding, struct arena *arena);
size_t baseline_entry_count(const struct baseline *b);
uint64_t baseline_expected_count(
    const struct baseline *b);  // Of them, also those that have expired.

#endif
