// One object of ATT&CK, as far as Pomona asks. Names of keys are those of STIX 2.1 and of ATT&CK's own
// extensions (x_mitre_…), which the ATT&CK data model describes.

#ifndef ATTACK_OBJECT_H
#define ATTACK_OBJECT_H

#include "base/arena.h"
#include "base/err.h"

#define ATTACK_DEPTH_MAX 64u
#define ATTACK_LIST_MAX  1024u  // Of each list of an object; the rest is left out, and counted.

enum attack_state {
    ATTACK_CURRENT,
    ATTACK_DEPRECATED,
    ATTACK_REVOKED,
};
str attack_state_name(enum attack_state state);

struct attack_log_source {
    str name;
    str channel;
    str component;  // STIX id of the data component.
};

struct attack_mutable {
    str field;
    str description;
};

struct attack_reference {
    str source;
    str url;
};

// Text is in the arena that it was read into; empty where it is not told.
struct attack_object {
    str stix_id;
    str type;       // "attack-pattern", "x-mitre-analytic", "x-mitre-detection-strategy" …
    str attack_id;  // "T1106", "AN1467" …
    str name;       // Of a relationship its type, what it comes from and what it leads to.
    str version;
    str modified;
    str description;
    enum attack_state state;
    const str *platforms;
    size_t platform_count;
    const struct attack_log_source *log_sources;
    size_t log_source_count;
    const struct attack_mutable *mutables;
    size_t mutable_count;
    const struct attack_reference *references;
    size_t reference_count;
    const str *analytics;  // STIX ids; of a detection strategy.
    size_t analytic_count;
    uint64_t left_out;
};

// ERR_FORMAT where it is no object of STIX: JSON, with "id" and "type".
MUST_CHECK enum status attack_read(str raw, struct arena *arena, struct attack_object *out,
                                   struct err *err);

#endif
