// A scenario: a directory with labelled recordings, and what has to be found in them, or not.
// docs/SCENARIOS.md is the format for those who write them.
//
// Scenario files come from anywhere. What they name lies in their own directory or is refused; every
// list has a maximum; a key that is not known is a warning and no more.

#ifndef VALIDATE_SCENARIO_H
#define VALIDATE_SCENARIO_H

#include "base/arena.h"
#include "base/err.h"
#include "event/finding.h"
#include "store/links.h"

#define SCENARIO_FILE           "scenario.yaml"
#define SCENARIO_BYTES_MAX      (1u * 1024u * 1024u)
#define SCENARIO_RECORDINGS_MAX 256u
#define SCENARIO_IMAGES_MAX     4096u
#define SCENARIO_EXPECTS_MAX    64u
#define SCENARIO_RULES_MAX      64u  // Of one list of rules.
#define SCENARIO_WARNINGS_MAX   32u  // Kept; counted beyond.

enum scenario_kind {
    SCENARIO_ATTACK,
    SCENARIO_NEAR_MISS,
    SCENARIO_BENIGN,
    SCENARIO_KIND_COUNT
};
str scenario_kind_name(enum scenario_kind kind);

struct scenario_expect {
    const str *rules;  // Any of these counts; the first is the one that is hoped for.
    size_t rule_count;
    str process;  // Executable of the finding's entity; empty: any.
    int64_t pid;  // -1: any.
    bool has_begins;
    bool has_ends;
    int64_t begins_ns;
    int64_t ends_ns;
};

struct scenario {
    str name;  // Of the directory, from the one that was named on.
    str directory;
    str title;
    str description;
    str source;
    bool is_synthetic;
    enum scenario_kind kind;
    str rule;
    str behaviour;
    str variant;
    str sensor;
    const str *recordings;  // Paths, in the order of names where the file names none.
    size_t recording_count;
    str host;   // Empty: by file name where there are several.
    str lists;  // Path of a site's lists, or empty.
    const struct link_facts *images;
    size_t image_count;
    const struct scenario_expect *expects;
    size_t expect_count;
    const str *allow;
    size_t allow_count;
    enum level max_level;
    const str *warnings;  // "FILE:LINE:COL: sentence"
    size_t warning_count;
};

// Text lives in the arena. `name` and `directory` are borrowed, and set also where it fails:
// ERR_CONFIG, ERR_LIMIT or ERR_IO, with a sentence that begins with the file's name and, where there is
// one, the place in it.
MUST_CHECK enum status scenario_read(str name, str directory, struct arena *arena,
                                     struct scenario *out, struct err *err);

#endif
