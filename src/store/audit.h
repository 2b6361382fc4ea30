// The audit log: every change of state, who made it, when, what, and why. Append-only, and each entry
// holds the hash of the one before, so that an edit, a removal or a change of order is found.

#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

#define AUDIT_HASH_BYTES 32u

struct audit_entry {
    int64_t seq;  // From 1, without gaps. Given out only.
    int64_t at_ns;
    str who;
    str action;   // "review.close", "assets.import", "store.migrate" …: room and verb.
    str subject;  // What was changed: the id of a finding, of an exception …
    str why;
    str detail;  // A JSON object of what it was and what it is; may be empty.
    uint8_t previous[AUDIT_HASH_BYTES];  // Given out only, as is the next.
    uint8_t hash[AUDIT_HASH_BYTES];
};

// In the transaction that changes the state, which is open. A stamp that lies before the last entry's (a
// clock that was put back) is kept as told, and told by audit_verify() as a remark, not as damage.
MUST_CHECK enum status audit_append(struct db *db, const struct store_act *act, str action,
                                    str subject, str detail, struct err *err);

// When the last entry was made; 0 where there is none.
MUST_CHECK enum status audit_last_time(struct db *db, int64_t *out, struct err *err);

// What a walk over the whole log says. The head is what somebody has to keep elsewhere to be able to tell that
// entries were taken off the end.
struct audit_report {
    int64_t count;
    uint8_t head[AUDIT_HASH_BYTES];  // Of the last entry; zeros where there is none.
    int64_t bad_seq;                 // The first entry that does not hold; 0: all hold.
    const char *why;                 // What is wrong with it.
    int64_t clock_set_back;          // Entries that are over a minute older than the one before.
};
// OK also where an entry does not hold: the report says so.
MUST_CHECK enum status audit_verify(struct db *db, struct audit_report *out, struct err *err);

// How many findings are closed or open, have notes, or are gone otherwise than the log says, and the first of them:
// somebody changed them past it. Behind a log that does not hold this says nothing.
MUST_CHECK enum status audit_decisions(struct db *db, struct arena *arena, uint64_t *count,
                                       str *first, struct err *err);

typedef void audit_take(void *context, const struct audit_entry *entry);
// All of it, in order.
MUST_CHECK enum status audit_list(struct db *db, audit_take *take, void *context, struct err *err);

#endif
