// One life of one process, as text.
//
// Where the sensor gives a life a name of its own, that is it, so that it can be looked up there.
// Otherwise it is 128 bits in hex: a hash of host id, pid and pidversion, or of host id, pid and
// start. The same process has the same text in every run and on every machine that looks at its records.

#ifndef ENRICH_ENTITY_H
#define ENRICH_ENTITY_H

#include "event/event.h"

#define ENTITY_HASH_LEN 32u   // Octets of a text that is made here.
#define ENTITY_TOLD_MAX 256u  // Of one that is a sensor's; a longer one is hashed.

// What a text is made of, and so how surely it is one life. The order is that of strength.
enum identity {
    IDENTITY_PID,  // Of whatever had the pid at the time.
    IDENTITY_START,
    IDENTITY_SENSOR,
    IDENTITY_PIDVERSION,
};
str identity_name(enum identity identity);  // "pid", "start_time", ...

// Owns its text; zeroed it is an empty one.
struct entity {
    union {
        char at[ENTITY_HASH_LEN];
        char *longer;  // Where `len` says so.
    };
    uint16_t len;
};

// Replaces the text by that of `id`. Copies. `is_again`: pid and pidversion were another life's, before
// the Mac was started anew, so that the start is needed as well.
void entity_set(struct entity *e, str host_id, const struct process_id *id, bool is_again);
void entity_copy(struct entity *e, const struct entity *from);
void entity_done(struct entity *e);

static inline str entity_str(const struct entity *e)
{
    return (str){ .at = e->len > ENTITY_HASH_LEN ? e->longer : e->at, .len = e->len };
}

#endif
