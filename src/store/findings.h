// Findings in the store, and what was decided of them: who has them, whether they are closed, how, and
// what was noted. Changes of a decision are audited in the transaction that makes them.

#ifndef STORE_FINDINGS_H
#define STORE_FINDINGS_H

#include "store/store.h"

#define FINDINGS_PAGE_MAX 100000u
#define FINDINGS_NOTE_MAX (64u * 1024u)  // Octets of one note, or of one field of a close-out.
#define FINDINGS_LEVELS   5              // Of event/finding.h: informational to critical.
#define FINDINGS_TEXT_MAX 256u           // Octets that are searched for; of more the beginning.
#define FINDINGS_ID_MIN   4u             // Digits of an id that a person writes.

enum finding_status {
    FINDING_OPEN,
    FINDING_ASSIGNED,
    FINDING_CLOSED,
    FINDING_STATUS_COUNT
};
str finding_status_name(enum finding_status status);
bool finding_status_of(str name, enum finding_status *out);

enum disposition {
    DISPOSITION_NONE,
    DISPOSITION_TRUE_POSITIVE,
    DISPOSITION_BENIGN_EXPECTED,
    DISPOSITION_BENIGN_UNEXPECTED,
    DISPOSITION_FALSE_POSITIVE,
    DISPOSITION_UNDETERMINED,
    DISPOSITION_COUNT
};
str disposition_name(enum disposition disposition);  // "true-positive" …
bool disposition_of(str name, enum disposition *out);

// Levels and verdicts are numbers of event/finding.h. Times are nanoseconds since 1970; 0: not yet.
struct finding_row {
    str id;
    str rule;
    int64_t rule_version;
    str title;
    int64_t level;
    int64_t score;
    int64_t confidence;
    int64_t time_ns;
    str host_id;
    str host_name;
    str executable;
    int64_t verdict;
    str verdict_by;
    int64_t revision;
    int64_t repeats;
    str record;  // The finding in Pomona's own form. Not given out by lists.
    // Given out only:
    int64_t stored_ns;
    enum finding_status status;
    enum disposition disposition;
    str assignee;
    int64_t triaged_ns;  // When somebody first did something about it.
    int64_t closed_ns;
};

// All of them in a transaction of its own, with its entry of the audit log: how many, and the SHA-256 of
// their records, a line each.
MUST_CHECK enum status findings_keep(struct db *db, const struct store_act *act,
                                     const struct finding_row *rows, size_t count, struct err *err);
// In the transaction that is open, without an entry. What was told again takes the place of what was told
// before and keeps what was decided; an earlier revision changes nothing.
MUST_CHECK enum status findings_put(struct db *db, const struct finding_row *row, int64_t now_ns,
                                    struct err *err);

struct findings_filter {
    int64_t least_level;
    int64_t least_score;
    bool only_unclosed;
    bool has_status;
    enum finding_status status;
    str rule;  // Empty: any.
    str host;  // Id or name.
    str assignee;
    int64_t since_ns;  // Of the finding's own time.
    str text;          // Part of title, rule, host, program or id, whatever its ASCII case.
    // Where the page before ended; an empty id: at the beginning.
    int64_t after_score;
    int64_t after_time_ns;
    str after_id;
    bool is_backward;  // What stands before that place (or the end), the nearest first.
    uint32_t limit;    // At most FINDINGS_PAGE_MAX.
};

typedef void findings_take(void *context, const struct finding_row *row);
// The gravest first, then the oldest.
MUST_CHECK enum status findings_list(struct db *db, const struct findings_filter *filter,
                                     findings_take *take, void *context, struct err *err);
// By a whole id or the first digits of one: END where there is none, ERR_CONFIG where there are several.
MUST_CHECK enum status findings_find(struct db *db, str id, struct arena *arena,
                                     struct finding_row *out, struct err *err);

struct finding_note {
    int64_t at_ns;
    str who;
    str text;
};
typedef void findings_take_note(void *context, const struct finding_note *note);
MUST_CHECK enum status findings_notes(struct db *db, str id, findings_take_note *take,
                                      void *context, struct err *err);

// What the audit log has of it by itself, from the beginning.
struct finding_deed {
    int64_t at_ns;
    str who;
    str action;  // "review.assign" …
    str why;
    str detail;
};
typedef void findings_take_deed(void *context, const struct finding_deed *deed);
MUST_CHECK enum status findings_history(struct db *db, str id, findings_take_deed *take,
                                        void *context, struct err *err);

// Each in a transaction of its own, with its entry of the audit log. `id` is whole.
MUST_CHECK enum status findings_assign(struct db *db, const struct store_act *act, str id,
                                       str assignee, struct err *err);
MUST_CHECK enum status findings_note(struct db *db, const struct store_act *act, str id, str text,
                                     struct err *err);
// `fields` is a JSON object of the close-out. ERR_CONFIG where it is closed already.
MUST_CHECK enum status findings_close(struct db *db, const struct store_act *act, str id,
                                      enum disposition disposition, str fields, struct err *err);
// ERR_CONFIG where it is not closed.
MUST_CHECK enum status findings_reopen(struct db *db, const struct store_act *act, str id,
                                       struct err *err);
// In the transaction that is open: forgets findings that were closed before the time, those first that were closed
// longest ago, `most` of them at most, with their notes. Each has its entry of the log.
MUST_CHECK enum status findings_forget(struct db *db, const struct store_act *act,
                                       int64_t before_ns, uint64_t most, uint64_t *out,
                                       struct err *err);
// The fields of the close-out, in the arena; END where it is not closed.
MUST_CHECK enum status findings_close_out(struct db *db, str id, struct arena *arena, str *out,
                                          struct err *err);

struct finding_statistics {
    str rule;
    int64_t count;
    int64_t closed[DISPOSITION_COUNT];  // [DISPOSITION_NONE]: not closed.
    // The median time from the store's taking it to somebody's doing something; -1: nobody did.
    int64_t triage_ns;
};
typedef void findings_take_statistics(void *context, const struct finding_statistics *statistics);
// A rule a call, in the order of their names.
MUST_CHECK enum status findings_statistics(struct db *db, findings_take_statistics *take,
                                           void *context, struct err *err);

// Of all findings of the store together.
struct finding_totals {
    int64_t count;
    int64_t open;      // Nobody has them.
    int64_t assigned;  // Somebody has them.
    int64_t grave;     // Of these two, of a high level or a critical one.
    int64_t closed[DISPOSITION_COUNT];
    int64_t triage_ns;  // The median, as above, of all.
    int64_t first_ns;   // When the first and the last happened; 0 where there is none.
    int64_t last_ns;
    int64_t stored_since;  // That the store took, and that were closed, since then.
    int64_t closed_since;
};
MUST_CHECK enum status findings_totals(struct db *db, int64_t since_ns, struct finding_totals *out,
                                       struct err *err);

#endif
