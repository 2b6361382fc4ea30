// What learning and deciding share: one entry as it is kept, and how it is bound.

#ifndef STORE_BASELINE_ENTRY_H
#define STORE_BASELINE_ENTRY_H

#include "store/baseline.h"

// What is known already of what was learned or imported again. Texts are in the arena; the set of hosts needs
// host_set_done().
struct baseline_known {
    bool is_there;
    enum baseline_state state;
    bool is_imported;
    bool allows_critical;
    int64_t expires_s;
    str owner;
    str reason;
    struct baseline_evidence evidence;  // Numbers, sets and rules.
};
MUST_CHECK enum status baseline_entry_known(struct db *db, const uint8_t key[BASELINE_KEY_BYTES],
                                            struct arena *arena, struct baseline_known *out,
                                            struct err *err);

// A text as the store keeps it: shortened, and of no octets that a database refuses.
str baseline_entry_text(struct arena *arena, str text);
// Parameters 1 to 13: key, behaviour, actor, object, actor_signing_id, actor_path, object_signing_id,
// object_path, events, first_ns, last_ns, rules, is_critical.
void baseline_entry_bind(struct db_statement *s, const uint8_t key[BASELINE_KEY_BYTES],
                         const struct baseline_evidence *e, struct arena *arena);

// How many of the hosts that are kept came late to it, and on how many different days.
struct baseline_late {
    int64_t hosts;
    int64_t days;
};
struct baseline_late baseline_hosts_late(const struct baseline_hosts *h,
                                         const struct host_set *hosts);

// ERR_LIMIT where there are more entries or hosts than may be kept.
MUST_CHECK enum status baseline_entry_check_counts(struct db *db, struct err *err);

#endif
