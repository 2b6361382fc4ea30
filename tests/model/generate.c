// Few fields of few values, so that most sequences come to something; and what is rare in real
// telemetry (equal times, no tiebreaker, several values, none) is common here.

#include "generate.h"

#include "meaning.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define STEP_MAX        6u  // Units between an event and the next.
#define HOUR_NS         INT64_C(3600000000000)
#define ROOM_NS         ((int64_t)(EVENTS_MAX + 1) * (int64_t)STEP_MAX * HOUR_NS)

static void choose_times(struct prng *p, struct trial *t);
static void generate_event(struct prng *p, struct event *e);
static void generate_values(struct prng *p, enum field field, struct values *out);
static void move_some_back(struct prng *p, struct trial *t);
static void sort_events(struct trial *t);

void generate_trial(uint64_t seed, uint64_t number, struct trial *out)
{
    struct prng p = prng_of(seed, number);
    *out = (struct trial){ .seed = seed, .number = number };
    out->late = prng_chance(&p, 20);
    out->keeps = prng_chance(&p, 50);
    out->takes_last = prng_chance(&p, 50);
    choose_times(&p, out);
    generate_query(&p, out);
    generate_events(&p, out);
}

static void choose_times(struct prng *p, struct trial *t)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        { "s", INT64_C(1000000000) },
        { "ms", 1000000 },
        { "m", INT64_C(60000000000) },
        { "h", HOUR_NS },
    };
    // The last two leave no more room than the longest case needs.
    static const int64_t bases[] = {
        0, INT64_C(1700000000123456789), 1, -1, INT64_MAX - ROOM_NS, INT64_MIN + ROOM_NS,
    };
    const size_t unit = prng_below(p, COUNT_OF(units));
    t->unit = units[unit].name;
    t->unit_ns = units[unit].ns;
    t->base_ns = bases[prng_below(p, COUNT_OF(bases))];
}

void generate_events(struct prng *p, struct trial *t)
{
    static const unsigned steps[] = { 0, 0, 0, 0, 1, 1, 1, 2, 3, STEP_MAX };
    t->event_count = 5 + prng_below(p, EVENTS_MAX - 5 + 1);
    int64_t units = 0;
    for (size_t i = 0; i < t->event_count; i++) {
        units += steps[prng_below(p, COUNT_OF(steps))];
        generate_event(p, &t->events[i]);
        // A nanosecond beside the unit now and then, so that a window's edge is met exactly.
        const int64_t off = prng_chance(p, 5) ? (int64_t)prng_below(p, 3) - 1 : 0;
        t->events[i].time_ns = t->base_ns + units * t->unit_ns + off;
    }
    if (t->late)
        move_some_back(p, t);
    if (prng_chance(p, 3))
        t->events[0].time_ns = INT64_MIN;
    if (prng_chance(p, 3))
        t->events[t->event_count - 1].time_ns = INT64_MAX;
    if (!t->late)
        sort_events(t);
}

static void generate_event(struct prng *p, struct event *e)
{
    *e = (struct event){ .has_tiebreaker = prng_chance(p, 70) };
    if (e->has_tiebreaker)
        e->tiebreaker = prng_chance(p, 3) ? UINT64_MAX : prng_below(p, 4);
    e->categories = 1u << prng_below(p, CATEGORY_COUNT);
    if (prng_chance(p, 6))
        e->categories = prng_below(p, 1u << CATEGORY_COUNT);
    for (unsigned f = 0; f < FIELD_COUNT; f++)
        generate_values(p, (enum field)f, &e->fields[f]);
}

static void generate_values(struct prng *p, enum field field, struct values *out)
{
    *out = (struct values){ .count = 1, .as_list = prng_chance(p, 20) };
    if (prng_chance(p, 20))
        out->count = prng_chance(p, 40) ? 0 : 2 + prng_below(p, VALUES_MAX - 1);
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = generate_scalar(p, field);
}

struct scalar generate_scalar(struct prng *p, enum field field)
{
    static const char *const texts[] = { "p", "q", "pq" };
    const bool as_real = prng_chance(p, 10);
    // The third key is of either type: 1 and "1" are different values.
    static const struct scalar mixed[] = {
        { .number = 1 },
        { .number = 2 },
        { .is_text = true, .text = "1" },
        { .is_text = true, .text = "x" },
    };
    switch (field) {
    case FIELD_KEY_A:
        return (struct scalar){ .number = 1 + prng_below(p, 2), .as_real = as_real };
    case FIELD_KEY_B:
        return (struct scalar){ .number = 1 + prng_below(p, 3), .as_real = as_real };
    case FIELD_KEY_C:
        return mixed[prng_below(p, COUNT_OF(mixed))];
    case FIELD_TEXT:
        return (struct scalar){ .is_text = true, .text = texts[prng_below(p, COUNT_OF(texts))] };
    case FIELD_NUMBER:
    case FIELD_COUNT:
        break;
    }
    return (struct scalar){ .number = (int64_t)prng_below(p, 5) - 1, .as_real = as_real };
}

static void move_some_back(struct prng *p, struct trial *t)
{
    for (size_t i = 0; i < t->event_count; i++)
        if (prng_chance(p, 25))
            t->events[i].time_ns -= (1 + (int64_t)prng_below(p, 5)) * t->unit_ns;
}

// By insertion, which leaves events that are equal in the order of arrival.
static void sort_events(struct trial *t)
{
    for (size_t i = 1; i < t->event_count; i++) {
        for (size_t j = i; j > 0 && event_is_before(t, j, j - 1); j--) {
            const struct event swapped = t->events[j];
            t->events[j] = t->events[j - 1];
            t->events[j - 1] = swapped;
        }
    }
}
