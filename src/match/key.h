// What joins the events of a sequence: the values of its key fields, as octets that can be
// hashed, compared and kept. A field with several values makes a key of each.

#ifndef MATCH_KEY_H
#define MATCH_KEY_H

#include "base/buf.h"
#include "eql/plan.h"

// Octets of one value; of a longer one the rest is stood in for by its length and two hashes.
#define KEY_VALUE_MAX 1024u
// Different values of one field, and keys of one event and stage; those beyond are not joined, but
// counted.
#define KEY_COMBINATIONS_MAX 64u
#define KEY_LIST_MAX         1024u  // Values of one field that are looked at for different ones.

struct key {
    uint64_t hash;
    uint32_t len;
    char at[];
};

// By value; a zeroed one is an empty one.
struct key_builder {
    const struct eql_stage *stage;
    const struct event *event;
    struct key_values {
        struct value at[KEY_COMBINATIONS_MAX];
        uint32_t count;
        uint32_t next;       // Which one comes next.
    } fields[EQL_KEYS_MAX];  // The different values of each.
    uint32_t given;
    bool at_end;
    uint64_t cut;  // How often an event had more keys than KEY_COMBINATIONS_MAX.
    struct key *key;
    size_t capacity;
};

void key_builder_begin(struct key_builder *b, const struct eql_stage *stage,
                       const struct event *event);
// The next key, borrowed until the next call; NULL after the last one. A field without a value
// makes no key, unless the stage says that it is optional.
const struct key *key_builder_next(struct key_builder *b);
void key_builder_done(struct key_builder *b);

struct key *key_keep(const struct key *key);

// The values again, texts borrowed from the key; of a long one what is left of it. Returns how
// many, at most EQL_KEYS_MAX.
uint32_t key_values(const struct key *key, struct value *out);

static inline uint64_t key_hash(const struct key *key)
{
    return key->hash;
}

static inline size_t key_bytes(const struct key *key)
{
    return sizeof *key + key->len;
}

static inline bool key_eq(const struct key *a, const struct key *b)
{
    return a->hash == b->hash && a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

#endif
