// The Macs that records came from, each known by a small number while the program runs.
//
// A Mac has one id here, and as many other names as sensors give it: a file's name, a serial number,
// a number of the sensor's own. Two sensors are joined by the Mac's name, since that is all that
// they share, and only where it can be no other: as soon as one sensor has told of two Macs with the
// same name, or names of two domains were told, that name joins nothing any more. An address is no
// name that a part of could stand for, and "localhost" is nobody's.

#ifndef EVENT_HOST_H
#define EVENT_HOST_H

#include "base/arena.h"
#include "base/map.h"
#include "event/event.h"

#define HOSTS_MAX        100000u
#define HOST_ALIASES_MAX (4u * HOSTS_MAX)
#define HOST_NONE        UINT32_MAX
#define HOST_TEXT_MAX    256u  // Longest id or name that is kept; a longer one is refused.
#define HOST_SENSORS_MAX 32u   // Sensors that are told apart when names are joined.

struct host {
    str id;
    str name;          // Empty where nobody told.
    uint32_t sensors;  // One bit for each that gave this Mac an id of its own.
};

struct hosts {
    struct host *at;
    uint32_t count;
    uint32_t capacity;
    bool is_forced;            // Every record is of its input's Mac, whatever it says: --host.
    uint64_t ambiguous_names;  // Names that two Macs of one sensor have.
    struct map by_id;          // Of all ids: numbers in `aliases`.
    struct map by_name;        // Numbers in `names`.
    struct host_alias *aliases;
    uint32_t alias_count;
    uint32_t last_alias;  // Found last: records of one Mac come in runs.
    uint32_t alias_capacity;
    struct host_name *names;
    uint32_t name_count;
    uint32_t name_capacity;
    struct arena arena;
};

struct host_alias {
    str id;
    uint32_t host;
};

struct host_name {
    str name;       // In lower case, up to its first dot.
    str domain;     // Behind the dot, in lower case; empty: none was told yet.
    uint32_t host;  // HOST_NONE: ambiguous.
};

void hosts_init(struct hosts *h);
void hosts_done(struct hosts *h);

// The number of the host, which is added (its text copied) where it is new. HOST_NONE where
// the table is full or the text is too long or empty.
uint32_t hosts_keep(struct hosts *h, str id, str name);

// The Mac that a record of `sensor` is from: the one it says, or else `input`, that of its input.
// HOST_NONE as with hosts_keep().
uint32_t hosts_resolve(struct hosts *h, uint32_t input, uint32_t sensor,
                       const struct host_told *told);

// Whether a site's list that says `name` means the host: by its id or its name, letters in either
// case. A name without a dot also means a host whose domain was told.
bool hosts_is_called(const struct host *host, str name);

#endif
