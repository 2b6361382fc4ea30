// What `pomona attack` prints of the snapshots in the store.

#ifndef CLI_ATTACK_SHOW_H
#define CLI_ATTACK_SHOW_H

#include "cli/store_options.h"
#include "match/match.h"
#include "store/attack.h"

// Each returns the code, and says why it is not EXIT_DONE. An empty release is the last import of each collection.
int attack_show(struct db *db, str release, str id, bool is_raw);
// Both empty: the last import, and the one before of the same collection. `rules` may be NULL.
int attack_show_diff(struct db *db, str from, str to, const struct rules *rules);

#endif
