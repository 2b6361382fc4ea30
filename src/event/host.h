// The Macs that records came from, each known by a small number while the program runs.

#ifndef EVENT_HOST_H
#define EVENT_HOST_H

#include "base/arena.h"
#include "base/map.h"

#define HOSTS_MAX     100000u
#define HOST_NONE     UINT32_MAX
#define HOST_TEXT_MAX 256u  // Longest id or name that is kept; a longer one is refused.

struct host {
    str id;
    str name;  // Empty where nobody told.
};

struct hosts {
    struct host *at;
    uint32_t count;
    uint32_t capacity;
    struct map by_id;
    struct arena arena;
};

void hosts_init(struct hosts *h);
void hosts_done(struct hosts *h);

// The number of the host, which is added (its text copied) where it is new. HOST_NONE where
// the table is full or the text is too long or empty.
uint32_t hosts_keep(struct hosts *h, str id, str name);

#endif
