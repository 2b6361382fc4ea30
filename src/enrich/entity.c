#include "enrich/entity.h"

#include "base/arena.h"

#include <stdlib.h>

static void set_hash(struct entity *e, str seed_text, bytes octets);
static void set_text(struct entity *e, str text);

str identity_name(enum identity identity)
{
    static const str names[] = {
        [IDENTITY_PID] = STR_INIT("pid"),
        [IDENTITY_START] = STR_INIT("start_time"),
        [IDENTITY_SENSOR] = STR_INIT("sensor"),
        [IDENTITY_PIDVERSION] = STR_INIT("pidversion"),
    };
    return names[identity];
}

void entity_set(struct entity *e, str host_id, const struct process_id *id, bool is_again)
{
    if (id->entity.len > ENTITY_TOLD_MAX) {
        set_hash(e, host_id, (bytes){ (const uint8_t *)id->entity.at, id->entity.len });
    } else if (id->entity.len > 0) {
        set_text(e, id->entity);
    } else if ((id->pidversion >= 0 && !is_again) || id->start_ns == 0) {
        const int64_t numbers[] = { id->pid, id->pidversion };
        set_hash(e, host_id, (bytes){ (const uint8_t *)numbers, sizeof numbers });
    } else {
        const int64_t numbers[] = { id->pid, id->pidversion, id->start_ns };
        set_hash(e, host_id, (bytes){ (const uint8_t *)numbers, sizeof numbers });
    }
}

void entity_copy(struct entity *e, const struct entity *from)
{
    if (e != from)
        set_text(e, entity_str(from));
}

void entity_done(struct entity *e)
{
    if (e->len > ENTITY_HASH_LEN)
        free(e->longer);
    *e = (struct entity){ 0 };
}

// Two hashes of the same octets with different seeds; hex is the usual way to show an id.
static void set_hash(struct entity *e, str seed_text, bytes octets)
{
    static const char digits[] = "0123456789abcdef";
    char text[ENTITY_HASH_LEN];
    for (size_t half = 0; half < 2; half++) {
        uint64_t hash = bytes_hash(octets, str_hash(seed_text, half));
        for (size_t i = 0; i < ENTITY_HASH_LEN / 2; i++) {
            text[half * (ENTITY_HASH_LEN / 2) + i] = digits[hash >> 60];
            hash <<= 4;
        }
    }
    set_text(e, (str){ .at = text, .len = sizeof text });
}

static void set_text(struct entity *e, str text)
{
    entity_done(e);
    char *at = e->at;
    if (text.len > sizeof e->at)
        at = e->longer = memory_new(text.len);
    memcpy(at, text.at, text.len);
    e->len = (uint16_t)text.len;
}
