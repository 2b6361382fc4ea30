// The memory of sequences: partials and their steps in pools, their slots in one hash table, their
// lines, and who gives way when there is no more room. What happens to them is in sequence.c.

#ifndef MATCH_PARTIALS_H
#define MATCH_PARTIALS_H

#include "base/map.h"
#include "match/sequence.h"
#include "match/shape.h"

#define NONE UINT32_MAX

// In which line: of its rule (there `after` also links free ones), and of its rule and host.
enum link_kind {
    LINK_RULE,
    LINK_HOST,
    LINK_COUNT
};

struct link {
    uint32_t before;
    uint32_t after;
};

// Values that later stages refer to, with their lists and texts in one block.
struct bound;

struct partial {
    struct key *key;  // Own copy.
    struct bound *bound;
    uint64_t hash;  // Of its slot.
    struct moment start;
    struct moment hit;  // The earliest event since the last step that must be missing.
    int64_t lead_ns;    // The latest event before the start that must be missing.
    int64_t until_ns;   // Complete: how long something may still spoil it,
    int64_t latest_ns;  // or any of those behind it in its slot.
    uint32_t rule;
    uint32_t stage;  // Of its slot; NONE: in none.
    uint32_t host;
    uint32_t step;  // Last one, in s->steps; NONE: only remembers an event before a first stage.
    struct link links[LINK_COUNT];
    uint32_t older;  // Complete ones of one slot, from the newest on.
    uint32_t newer;
    bool is_complete;
    bool is_spoilt;
    bool has_hit;
    bool has_lead;
};

struct step {
    struct held *held;
    uint32_t before;  // `before` links the free ones.
};

struct line {
    uint32_t first;
    uint32_t last;
    uint32_t count;
    enum link_kind kind;
};

struct rule_state {
    struct shape shape;
    struct line line;          // Those that wait, in order of beginning.
    struct line queue;         // Those that are complete, in order of completion.
    struct line *host_queues;  // The same, of each host.
    uint32_t host_count;
    uint32_t *waiting;  // How many wait in each stage.
    struct sequence_counts counts;
};

struct clock {
    int64_t last_ns;
    int64_t before_ns;
};

// The rule that gave way last, and what it held when it was chosen.
struct victim {
    uint32_t rule;
    uint64_t held;
};

struct sequences {
    struct sequences_options options;
    struct sequence_counts total;
    struct rule_state *rules;
    struct map slots;
    struct partial *partials;
    uint32_t partial_capacity;
    uint32_t free_partial;
    struct step *steps;
    uint32_t step_capacity;
    uint32_t free_step;
    uint32_t next_line;  // Whose front is looked at with the next event.
    uint32_t *trailing;  // Rules that end in ![ ].
    uint32_t trailing_count;
    uint32_t next_trailing;
    struct victim victims[EVICT_REASON_COUNT];
    struct clock *clocks;  // One a host.
    uint32_t host_count;
    int64_t newest_ns;  // The furthest of the hosts' times.
    uint64_t arrivals;
    struct held *held;  // Of the event that is taken; NULL: nobody needed it yet.
    struct key_builder keys;
    uint32_t outcomes[TAKE_OUTCOME_COUNT];  // Of what is taken.
};

// In the rule's line, in no slot. May make another give way.
uint32_t partials_new(struct sequences *s, uint32_t rule, uint32_t host, const struct key *key);
void partials_free_one(struct sequences *s, uint32_t partial);
// The oldest give way where all hold more memory than they may; for one there is always room.
void partials_keep_within(struct sequences *s);
void partials_count_expired(struct sequences *s, uint32_t partial);

void step_add(struct sequences *s, uint32_t partial, struct held *held);

// Keeps those values of the event that later stages refer to.
void bound_add(struct sequences *s, uint32_t partial, uint32_t stage, const struct event *event);
void bound_free(struct sequences *s, struct partial *p);
// By number of the plan's bindings; NULL where nothing is bound.
const struct value *bound_values(const struct partial *p);

uint32_t partials_find(const struct sequences *s, uint32_t rule, uint32_t stage, uint32_t host,
                       const struct key *key);
// Another one that is there goes.
void partials_put(struct sequences *s, uint32_t partial, uint32_t stage);
// Others that are there stay, behind it.
void partials_put_complete(struct sequences *s, uint32_t partial, uint32_t stage);
void partials_take(struct sequences *s, uint32_t partial);

// Of the rule and host, for complete ones.
struct line *partials_queue_of(struct rule_state *rule, uint32_t host);
void line_add(struct sequences *s, struct line *line, uint32_t partial);
void line_remove(struct sequences *s, struct line *line, uint32_t partial);

#endif
