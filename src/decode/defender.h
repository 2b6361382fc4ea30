// The parts of the Microsoft Defender dialect, for each other.

#ifndef DECODE_DEFENDER_H
#define DECODE_DEFENDER_H

#include "decode/edr.h"

// What "ActionType" may hold. `decode` is NULL for what is known and nothing to us.
struct defender_kind {
    str name;
    enum action action;
    bool (*decode)(struct decoding *c, const struct decode_keys *row);
};

// NULL where there is none of that name.
const struct defender_kind *decode_defender_kind(str name);

// The row's "AdditionalFields", or another column of JSON, as an object or a list; as
// decode_edr_parse().
yyjson_val *decode_defender_json(struct decoding *c, const struct decode_keys *row, str column,
                                 char *pool);

// defender_alert.c: rows of AlertEvidence, and Sentinel's SecurityAlert.
bool decode_defender_evidence(struct decoding *c, const struct decode_keys *row);
bool decode_defender_security_alert(struct decoding *c, const struct decode_keys *row);

#endif
