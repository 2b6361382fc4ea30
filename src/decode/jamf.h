// What the two dialects of Jamf Protect share.

#ifndef DECODE_JAMF_H
#define DECODE_JAMF_H

#include "decode/eslogger.h"

// "host": the serial number, or what the Mac is provisioned under; and its name.
void decode_jamf_host(struct decoding *c, yyjson_val *host);
// The name that goes with the effective user of an audit token.
void decode_jamf_user(struct decoding *c, yyjson_val *process);

// jamf_alert_old.c: what an alert of a client before the Unified Data Model is about. `alert` has
// "match" and "related". False (refused) where it has no time or no process.
bool decode_jamf_alert_old(struct decoding *c, const struct json_index *alert);

#endif
