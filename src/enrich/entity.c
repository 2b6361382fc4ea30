#include "enrich/entity.h"

// Two hashes of the same octets with different seeds; hex is the usual way to show an id.
struct entity_text entity_text_of(str host_id, struct process_id id)
{
    static const char digits[] = "0123456789abcdef";
    const int64_t numbers[] = { id.pid, id.pidversion };
    const bytes octets = { .at = (const uint8_t *)numbers, .len = sizeof numbers };
    struct entity_text text;
    for (size_t half = 0; half < 2; half++) {
        uint64_t hash = bytes_hash(octets, str_hash(host_id, half));
        for (size_t i = 0; i < ENTITY_TEXT_LEN / 2; i++) {
            text.at[half * (ENTITY_TEXT_LEN / 2) + i] = digits[hash >> 60];
            hash <<= 4;
        }
    }
    return text;
}
