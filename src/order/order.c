// Sequence numbers, per host. A sensor numbers every record (global) and every record of a
// type; a number left out is a record lost before it reached us.

#include "order/order.h"

#include "base/arena.h"

#include <stdlib.h>

// A sensor that counts from 0 again began anew. Numbers this near to 0, below the last one, are that.
#define RESTART_NUMBERS_MAX 64u
// One gap claims at most so many lost records: a wild number must not drown the honest ones.
#define GAP_MISSED_MAX 1000000000u
#define CLOCK_JUMP_NS  (3600ull * 1000000000)  // Further back than records come late.
#define HOSTS_STEP     16u

struct counter {
    uint64_t last;
    bool begun;
    bool is_wild;  // `last` came by a jump past belief: a smaller number after it is the true one.
};

struct host_order {
    struct counter global;
    int64_t newest_ns;
    int64_t last_ns;  // Stamp of the record with the last global number.
    uint64_t missed;
    struct counter *types;  // ORDER_TYPES_MAX of them, made when a type's number first comes.
};

struct order {
    struct order_counts counts;
    struct host_order *hosts;
    uint32_t host_count;
};

enum step {
    STEP_NEXT,
    STEP_GAP,
    STEP_RESTART,
    STEP_BEHIND
};

static void follow_clock(struct order *o, struct host_order *host, int64_t time_ns);
static struct host_order *host_of(struct order *o, uint32_t host);
static enum step numbering_step(struct counter *n, uint64_t number, uint64_t *missed);
static bool is_duplicate(const struct host_order *host, const struct event *event);
static void follow(struct order *o, struct host_order *host, const struct event *event);
static void follow_type(struct order *o, struct host_order *host, const struct event *event);
static void follow_numbers(struct order *o, struct host_order *host, struct counter *n,
                           uint64_t number);
static void count_gap(struct order *o, struct host_order *host, uint64_t missed);

struct order *order_new(void)
{
    return memory_zeroed(1, sizeof(struct order));
}

void order_free(struct order *o)
{
    if (o == NULL)
        return;
    for (uint32_t i = 0; i < o->host_count; i++)
        free(o->hosts[i].types);
    free(o->hosts);
    free(o);
}

bool order_admit(struct order *o, struct event *event)
{
    struct host_order *host = host_of(o, event->host);
    o->counts.in++;
    if (is_duplicate(host, event)) {
        o->counts.duplicates++;
        return false;
    }
    follow(o, host, event);
    follow_clock(o, host, event->time_ns);
    event->arrival = o->counts.out++;
    return true;
}

// A clock that fell far back is right from now on: it was the one before that was wrong, and one
// wild stamp must not make all that follow late.
static void follow_clock(struct order *o, struct host_order *host, int64_t time_ns)
{
    const bool is_late = time_ns < host->newest_ns;
    const bool is_jump = is_late && (uint64_t)host->newest_ns - (uint64_t)time_ns > CLOCK_JUMP_NS;
    o->counts.late += is_late && !is_jump;
    o->counts.jumps += is_jump;
    if (!is_late || is_jump)
        host->newest_ns = time_ns;
}

void order_skip(struct order *o, const struct event *event)
{
    follow(o, host_of(o, event->host), event);
}

static struct host_order *host_of(struct order *o, uint32_t host)
{
    if (host >= o->host_count) {
        const uint32_t count = (host / HOSTS_STEP + 1) * HOSTS_STEP;
        o->hosts = memory_resize(o->hosts, count * sizeof *o->hosts);
        for (uint32_t i = o->host_count; i < count; i++)
            o->hosts[i] = (struct host_order){ .newest_ns = INT64_MIN };
        o->host_count = count;
    }
    return &o->hosts[host];
}

// The last number again, with the same stamp.
static bool is_duplicate(const struct host_order *host, const struct event *event)
{
    return event->has_sequence && host->global.begun && event->sequence == host->global.last &&
           event->time_ns == host->last_ns;
}

static void follow(struct order *o, struct host_order *host, const struct event *event)
{
    if (!event->has_sequence) {
        if (event->has_type_sequence)
            follow_type(o, host, event);
        return;
    }
    follow_numbers(o, host, &host->global, event->sequence);
    host->last_ns = event->time_ns;
}

// Only where there is no global number: it would count the same loss twice.
static void follow_type(struct order *o, struct host_order *host, const struct event *event)
{
    if (event->type_number >= ORDER_TYPES_MAX)
        return;
    if (host->types == NULL)
        host->types = memory_zeroed(ORDER_TYPES_MAX, sizeof *host->types);
    follow_numbers(o, host, &host->types[event->type_number], event->type_sequence);
}

static void follow_numbers(struct order *o, struct host_order *host, struct counter *n,
                           uint64_t number)
{
    uint64_t missed = 0;
    const enum step step = numbering_step(n, number, &missed);
    if (step == STEP_GAP)
        count_gap(o, host, missed);
    else if (step == STEP_RESTART)
        o->counts.restarts++;
}

static enum step numbering_step(struct counter *n, uint64_t number, uint64_t *missed)
{
    const struct counter before = *n;
    const bool is_back = before.begun && number < before.last;
    if (is_back && number >= RESTART_NUMBERS_MAX && !before.is_wild)
        return STEP_BEHIND;  // Late, or from another reading of the same records: the count stays.
    *n = (struct counter){ .last = number, .begun = true };
    if (!before.begun || number == before.last || (is_back && before.is_wild))
        return STEP_NEXT;  // The first number says nothing of what was before it.
    if (is_back)
        return STEP_RESTART;
    if (number == before.last + 1)
        return STEP_NEXT;
    *missed = number - before.last - 1;
    n->is_wild = *missed > GAP_MISSED_MAX;
    return STEP_GAP;
}

static void count_gap(struct order *o, struct host_order *host, uint64_t missed)
{
    const uint64_t counted = missed < GAP_MISSED_MAX ? missed : GAP_MISSED_MAX;
    o->counts.gaps++;
    o->counts.missed += counted;
    host->missed += counted;
}

const struct order_counts *order_counts(const struct order *o)
{
    return &o->counts;
}

uint64_t order_missed(const struct order *o, uint32_t host)
{
    return host < o->host_count ? o->hosts[host].missed : 0;
}
