// The two halves of the mac-monitor dialect, for each other.

#ifndef DECODE_MAC_MONITOR_H
#define DECODE_MAC_MONITOR_H

#include "decode/eslogger.h"

// mac_monitor_old.c: a flat record of Mac Monitor 1.x.
bool decode_mac_monitor_old(struct decoding *c, const struct json_index *record);

#endif
