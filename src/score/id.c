#include "score/id.h"

#include <inttypes.h>
#include <stdio.h>

// Two chains of a 64-bit hash; any two different seeds will do, but changing them changes
// every id that was ever written.
#define SEED_HIGH 0x706f6d6f6e612d31u
#define SEED_LOW  0x66696e64696e6721u

struct chain {
    uint64_t high;
    uint64_t low;
};

static void add_text(struct chain *c, str s);
static void add_number(struct chain *c, uint64_t n);
static void add_octets(struct chain *c, str s);

void score_id(struct finding *finding)
{
    struct chain c = { .high = SEED_HIGH, .low = SEED_LOW };

    add_text(&c, finding->rule->id);
    add_number(&c, finding->rule->version);
    add_text(&c, finding->host_id);
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        const struct value entity = finding_step_value(step, FIELD_PROCESS_ENTITY_ID);
        add_number(&c, (uint64_t)step->time_ns);
        add_number(&c, step->sequence);
        // By name, not by number: new actions may come to stand between the old ones.
        add_text(&c, action_traits[step->action].name);
        add_text(&c, entity.type == VALUE_TEXT ? value_str(entity) : STR_EMPTY);
    }
    (void)snprintf(finding->id, sizeof finding->id, "%016" PRIx64 "%016" PRIx64, c.high, c.low);
}

static void add_text(struct chain *c, str s)
{
    add_number(c, s.len);
    add_octets(c, s);
}

// Eight octets in a fixed order, so that an id does not depend on the machine.
static void add_number(struct chain *c, uint64_t n)
{
    char octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(unsigned char)(n >> (8 * i));
    add_octets(c, (str){ .at = octets, .len = sizeof octets });
}

static void add_octets(struct chain *c, str s)
{
    c->high = str_hash(s, c->high);
    c->low = str_hash(s, c->low);
}
