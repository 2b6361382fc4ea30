// The objects of ATT&CK that the analytic and its rules are about: what they cite, the strategies that these belong to,
// the techniques that those detect, the other analytics beside them, and the data components of their log sources.

#ifndef EVIDENCE_SNAPSHOT_H
#define EVIDENCE_SNAPSHOT_H

#include "base/map.h"
#include "match/match.h"
#include "store/attack.h"

#define EVIDENCE_ANALYTIC    "AN1467"
#define EVIDENCE_OBJECTS_MAX 2000u

struct evidence_object {
    str stix_id;
    str attack_id;
    str type;
    str name;
};

struct evidence_attack {
    struct arena arena;
    bool is_there;  // A snapshot that has any of it.
    struct attack_snapshot snapshot;
    struct evidence_object at[EVIDENCE_OBJECTS_MAX];
    size_t count;
    struct map by_stix_id;  // Numbers of `at`.
    size_t left_out;
    str *absent;  // Ids that are cited, and that the snapshot does not have.
    size_t absent_count;
    str *components;  // Names of all data components that are current.
    size_t component_count;
};

MUST_CHECK enum status evidence_attack_read(struct db *db, const struct rules *rules,
                                            struct evidence_attack *out, struct err *err);
void evidence_attack_done(struct evidence_attack *a);
// Of an ATT&CK id; empty where it is not there.
str evidence_attack_name(const struct evidence_attack *a, str attack_id);
bool evidence_attack_has_component(const struct evidence_attack *a, str name);

#endif
