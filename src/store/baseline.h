// The baseline in the store: what was learned of signers and their behaviours, as evidence for
// who reviews it, and what a person said of it.
//
//     baseline_meta    one row: how much was learned, and from when to when
//     baseline_host    the hosts that were learned from, and on which days
//     baseline_signer  who vouches for which signing identifier: two for one make a twin
//     baseline_entry   (actor, behaviour, object): evidence, and its state
//
// What is learned is a proposal and changes nothing. `expected` is what somebody promoted, with owner,
// reason and expiry; `refused` is what somebody does not want to be asked about again. Who learned, promoted,
// refused or imported is in the audit log.
//
// The key of an entry is made with SHA-256, so that nobody can choose names that fall on the key of
// another's entry. Its id is the first half of the key. It is made of the names as they are, which the store
// keeps as text: what is no UTF-8 in them becomes visible (db_printable()).
//
// Whatever writes does so in the transaction that is open.

#ifndef STORE_BASELINE_H
#define STORE_BASELINE_H

#include "store/day_set.h"
#include "store/host_set.h"
#include "store/store.h"

#define BASELINE_KEY_BYTES   16u
#define BASELINE_ID_HEX      16u
#define BASELINE_ID_HEX_MIN  6u  // Of an id that a person writes.
#define BASELINE_TEXT_MAX    1024u
#define BASELINE_RULES_MAX   16u  // Rules that are named with an entry.
#define BASELINE_ENTRIES_MAX 4000000u
#define BASELINE_HOSTS_MAX   100000u

enum baseline_state {
    BASELINE_PROPOSAL,
    BASELINE_EXPECTED,
    BASELINE_REFUSED,
    BASELINE_STATE_COUNT
};
str baseline_state_name(enum baseline_state state);
bool baseline_state_of(str name, enum baseline_state *out);

// What an entry is of, and what was seen of it. Text is borrowed.
struct baseline_evidence {
    str behaviour;
    str actor;
    str object;  // Empty where the behaviour has none.
    str actor_signing_id;
    str actor_path;  // Of the first event.
    str object_signing_id;
    str object_path;
    uint64_t events;
    int64_t first_ns;
    int64_t last_ns;
    struct day_set days;
    struct host_set hosts;
    str rules;         // Ids of rules that matched while it was learned, with a space between.
    bool is_critical;  // One of them at level critical.
};

struct baseline_row {
    uint8_t key[BASELINE_KEY_BYTES];
    char id[BASELINE_ID_HEX + 1];
    struct baseline_evidence evidence;  // Of imported ones without the sets.
    enum baseline_state state;
    bool allows_critical;
    bool is_imported;  // The counts are those of another baseline.
    uint64_t host_count;
    uint64_t day_count;
    uint64_t noisiest;    // Events on the host that did it most.
    uint64_t late_hosts;  // That did it first some days after they were first learned from.
    uint64_t late_days;   // Different days on which they did.
    bool has_actor_twin;  // Somebody else vouches for the same signing identifier.
    bool has_object_twin;
    str owner;
    str reason;
    str promoted_by;  // Who said so, or imported it.
    int64_t promoted_s;
    int64_t expires_s;
};

struct baseline_meta {
    uint64_t runs;
    uint64_t events;  // That had behaviours.
    int64_t first_ns;
    int64_t last_ns;
    uint64_t hosts;
    uint64_t host_days;
    uint64_t entries[BASELINE_STATE_COUNT];
};

// What judging needs of an entry.
struct baseline_fact {
    uint8_t key[BASELINE_KEY_BYTES];
    uint32_t expires_s;
    uint32_t hosts;
    uint16_t days;
    uint8_t state;
    bool allows_critical;
};
_Static_assert(sizeof(struct baseline_fact) <= 32, "a million of them fit into 32 MB");

struct baseline_filter {
    bool has_state;
    enum baseline_state state;
    str signer;  // Part of the actor or the object.
    str behaviour;
    uint64_t min_hosts;
    uint64_t min_days;
};

struct baseline_promotion {
    str owner;
    str reason;
    int64_t expires_s;
    bool allows_critical;
};

// What one run learned.
struct baseline_run {
    uint64_t entries;
    uint64_t hosts;
    uint64_t events;  // That had behaviours.
    int64_t first_ns;
    int64_t last_ns;
};

void baseline_key_of(str actor, str behaviour, str object, uint8_t out[BASELINE_KEY_BYTES]);
void baseline_id_of(const uint8_t key[BASELINE_KEY_BYTES], char out[BASELINE_ID_HEX + 1]);

// Learning: adds to what is known. Hosts come before the entries that were seen on them, and the run is put
// last: ERR_LIMIT where there would be more than may be kept.
MUST_CHECK enum status baseline_store_put_host(struct db *db, uint64_t hash, str name,
                                               const struct day_set *days, struct err *err);
// When each of them was first learned from, as it is now.
struct baseline_hosts;
MUST_CHECK enum status baseline_hosts_open(struct db *db, struct baseline_hosts **out,
                                           struct err *err);
void baseline_hosts_close(struct baseline_hosts *h);
// `*was_expected`: somebody has promoted it already.
MUST_CHECK enum status baseline_store_put(struct db *db, const struct baseline_hosts *learned_from,
                                          const struct baseline_evidence *evidence,
                                          bool *was_expected, struct err *err);
MUST_CHECK enum status baseline_store_put_run(struct db *db, const struct store_act *act,
                                              const struct baseline_run *run, struct err *err);

// One entry as another baseline has it; counts are not added. What is refused here stays refused, and
// what a critical rule matched here is expected only where the other allows that: END then.
MUST_CHECK enum status baseline_store_import(struct db *db, const struct store_act *act,
                                             const struct baseline_row *row, struct err *err);
// When all of them are: `source` tells what they are from. ERR_LIMIT as above.
MUST_CHECK enum status baseline_store_end_import(struct db *db, const struct store_act *act,
                                                 str source, uint64_t taken, uint64_t left,
                                                 struct err *err);

MUST_CHECK enum status baseline_store_promote(struct db *db, const struct store_act *act,
                                              const struct baseline_row *row,
                                              const struct baseline_promotion *promotion,
                                              struct err *err);
MUST_CHECK enum status baseline_store_refuse(struct db *db, const struct store_act *act,
                                             const struct baseline_row *row, struct err *err);

MUST_CHECK enum status baseline_store_meta(struct db *db, struct baseline_meta *out,
                                           struct err *err);
// By a whole id or the first digits of one: END where there is none, ERR_CONFIG where there are several.
MUST_CHECK enum status baseline_store_find(struct db *db, str id, struct arena *arena,
                                           struct baseline_row *out, struct err *err);

// Rows that pass the filter, the most widespread first, or (by_key) in the order of their keys. Which they are
// is found at once, and each is read when it comes.
struct baseline_rows;
MUST_CHECK enum status baseline_rows_open(struct db *db, const struct baseline_filter *filter,
                                          bool by_key, struct baseline_rows **out, struct err *err);
// END behind the last. Texts are in the arena; sets are not given out.
MUST_CHECK enum status baseline_rows_next(struct baseline_rows *rows, struct arena *arena,
                                          struct baseline_row *out, struct err *err);
void baseline_rows_close(struct baseline_rows *rows);

// All facts, in the order of their keys; free()d by the caller. ERR_LIMIT past BASELINE_ENTRIES_MAX.
MUST_CHECK enum status baseline_store_facts(struct db *db, struct baseline_fact **out,
                                            size_t *out_count, struct err *err);

#endif
