// The parts of the CrowdStrike dialect, for each other.

#ifndef DECODE_CROWDSTRIKE_H
#define DECODE_CROWDSTRIKE_H

#include "decode/edr.h"

// What "event_simpleName" may hold. `decode` is NULL for what is known and nothing to us.
struct crowdstrike_kind {
    str name;
    enum action action;
    bool (*decode)(struct decoding *c, const struct decode_keys *keys);
};

// NULL where there is none of that name.
const struct crowdstrike_kind *decode_crowdstrike_kind(str name);

// crowdstrike_alert.c: detections, in the stream's envelope or without. `metadata` may be NULL.
bool decode_crowdstrike_is_alert(const struct json_index *record);
bool decode_crowdstrike_alert(struct decoding *c, yyjson_val *event, yyjson_val *metadata);

// The value of that name, or of the name that Falcon's older searches give to numbers.
yyjson_val *decode_crowdstrike_find(const struct decode_keys *keys, str name, str decimal);
#define CROWDSTRIKE_FIND(keys, name) \
    decode_crowdstrike_find((keys), STR(name), STR(name "_decimal"))

#endif
