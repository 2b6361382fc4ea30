// One exception, as it was written: whom it is about, for which rules, until when, and whose it is.
//
//     - id: E-2026-014
//       rules: [S09, S09-weak]
//       signer: PRL0XMPL88/com.example.parlo
//       library: { signer: KWT0XMPL77/com.example.kwartet.plugin }
//       path: /Applications/Parlo {version}.app/**
//       owner: ann@example.org
//       reason: Parlo loads the plug-in of Kwartet, which the choir needs.
//       created: 2026-11-01
//       expires: 2027-02-01
//
// docs/EXCEPTIONS.md is the reference.

#ifndef SCORE_EXCEPTION_H
#define SCORE_EXCEPTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "event/finding.h"

#define EXCEPTION_ID_MAX       64u
#define EXCEPTION_TEXT_MAX     256u  // Octets of an owner, a host, …
#define EXCEPTION_REASON_MAX   4096u
#define EXCEPTION_RULES_MAX    256u
#define EXCEPTION_HOSTS_MAX    1000u
#define EXCEPTION_CDHASHES_MAX 10000u
#define EXCEPTION_CDHASH_HEX   40u
#define EXCEPTION_STEPS_MAX    64u
#define EXCEPTION_DAYS_MAX     731  // From `created` to `expires`: two years.

// A process or a library. Whatever is asked must hold; of signer and cdhash at least one is.
struct exception_who {
    str signer;           // "TEAM/SIGNING_ID" or "platform:SIGNING_ID", without the star.
    bool is_prefix;       // There was a star.
    const str *cdhashes;  // In order, lower-case hex.
    size_t cdhash_count;
    str path;  // A pattern of exception_path.h.
};

// Which processes of a finding are asked for.
enum exception_step {
    EXCEPTION_ACTING,   // Those that act, in every step: the default.
    EXCEPTION_ANY,      // One that acts or is acted upon, in any step.
    EXCEPTION_LIBRARY,  // Libraries, in every step that has one.
    EXCEPTION_TARGET,   // Those acted upon, in every step that has one.
    EXCEPTION_PARENT,   // Parents of those that act, in every step.
    EXCEPTION_NUMBER,   // The one that acts in the step of this number.
};

struct exception {
    str id;
    const str *rules;  // None: every rule.
    size_t rule_count;
    struct exception_who who;
    enum exception_step step;
    uint32_t step_number;          // From 1.
    struct exception_who library;  // And of every library of the finding.
    bool has_library;
    struct exception_who target;  // And of every process acted upon.
    bool has_target;
    bool any_library;  // Whatever library the process maps.
    bool critical;     // Also of a finding of that level.
    const str *hosts;  // Ids or names; none: every Mac.
    size_t host_count;
    const str *contexts;  // Execution contexts; none: each.
    size_t context_count;
    str owner;
    str reason;
    str created;  // As dates: "2026-11-01".
    str expires;
    int64_t expires_day;  // The last on which it holds, since 1970.

    // How often it was met, in this run or, in a list from the store, ever.
    uint64_t hits;
    int64_t first_hit_ns;
    int64_t last_hit_ns;
    uint64_t late_hits;  // After it had expired: these were told.

    // Of the store: who put it there, and when. Empty and 0 in a file.
    str put_by;
    int64_t put_ns;
};

// Whether what the exception says is so of the finding; its rules, level and end are not looked at.
bool exception_covers(const struct exception *x, const struct finding *finding,
                      struct arena *arena);
bool exception_names_rule(const struct exception *x, str rule);
// The first nanosecond in which it does not hold any more.
int64_t exception_end_ns(const struct exception *x);
// As an entry of a list that reads back as the same.
void exception_add_yaml(struct buf *b, const struct exception *x);
// "acting", "any", …; empty for EXCEPTION_NUMBER.
str exception_step_name(enum exception_step step);

// Days since 1970 of "2026-11-01"; false where that is no date from 1970 to 2261.
bool exception_date(str text, int64_t *out_days);

#endif
