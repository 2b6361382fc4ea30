// One life of one process, as text.

#ifndef ENRICH_ENTITY_H
#define ENRICH_ENTITY_H

#include "event/event.h"

// 128 bits in hex: a hash of host id, pid and pidversion. The same process has the same text in
// every run and on every machine that looks at its records.
#define ENTITY_TEXT_LEN 32u

struct entity_text {
    char at[ENTITY_TEXT_LEN];
};

struct entity_text entity_text_of(str host_id, struct process_id id);

static inline str entity_str(const struct entity_text *text)
{
    return (str){ .at = text->at, .len = ENTITY_TEXT_LEN };
}

#endif
