// The parts of the SentinelOne dialect, for each other.

#ifndef DECODE_SENTINELONE_H
#define DECODE_SENTINELONE_H

#include "decode/edr.h"

// What an event does to the facts, whatever the shape of its record.
enum sentinelone_form {
    SENTINELONE_NOTHING,    // Known and nothing to us.
    SENTINELONE_CREATED,    // The target is the new process, and the source its parent.
    SENTINELONE_ENDED,      // Of the source, or where there is none, the target.
    SENTINELONE_ON_TARGET,  // The source does it to the target.
    SENTINELONE_LIBRARY,
    SENTINELONE_FILE,
    SENTINELONE_NETWORK,
    SENTINELONE_INDICATOR,
};

struct sentinelone_kind {
    str name;  // Small letters and digits alone: the shapes differ in the rest.
    enum action action;
    enum sentinelone_form form;
};

// NULL where there is none of that name.
const struct sentinelone_kind *decode_sentinelone_kind(str name);
// The kind of the event that `val` names; NULL (refused) for none, or one that is nothing to us.
const struct sentinelone_kind *decode_sentinelone_find(struct decoding *c, yyjson_val *val);

// False (refused) where the system is another. "osx" and "macos" are Macs, and so is no word at all.
bool decode_sentinelone_is_mac(struct decoding *c, str system);
// The signature's words: "signed", "verified", "<Type=Apple/ID=com.apple.curl>". Any may be empty.
void decode_sentinelone_sign(struct process_facts *process, str is_signed, str verified,
                             str publisher);

// sentinelone_nested.c: records with objects in them: Cloud Funnel 1, and alerts of custom rules.
bool decode_sentinelone_is_nested(const struct json_index *record);
bool decode_sentinelone_nested(struct decoding *c, const struct json_index *record);
bool decode_sentinelone_is_alert(const struct json_index *record);
bool decode_sentinelone_alert(struct decoding *c, const struct json_index *record);

#endif
