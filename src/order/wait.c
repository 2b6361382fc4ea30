// What waits on a host: a list for each sensor, in the order in which its records go on, of which
// the one goes first whose first record is the oldest.
//
// A sensor that leaves no number out is put in order by its numbers, whatever its stamps say, and
// its records wait only for numbers that are missing. All others are put in order by their stamps,
// and wait for as long as records come late.

#include "base/arena.h"
#include "order/internal.h"

#include <stdlib.h>

#define START_RECORDS_MAX 64u  // Of a session, that wait for what may come before its first.
#define LIVE_WAIT_MIN_NS  (ORDER_SECOND_NS / 4)  // By the wall clock.
#define LIVE_WAIT_MAX_NS  ORDER_SECOND_NS

static struct order_entry *hold(struct order *o, struct order_sensor *s,
                                const struct order_entry *e);
static void insert(struct order_sensor *s, struct order_entry *e);
static void borrow_time(struct order_entry *e);
static bool is_before(const struct order_sensor *s, const struct order_entry *a,
                      const struct order_entry *b);
static struct order_sensor *oldest(const struct order_host *h);
static bool may_go(struct order_sensor *s, const struct order_entry *e);
static bool has_place(struct order_sensor *s, const struct order_entry *e, bool is_due);
static void let_go(struct order *o, struct order_sensor *s);
static void relieve(struct order *o);

void order_accept(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    struct order_host *h = s->host;
    if (!order_place(o, s, e)) {
        if (e->item.event != NULL) {
            o->counts.held--;
            o->counts.duplicates++;
            s->counts.duplicates++;
        }
        order_drop(&e->item);
        return;
    }
    s->counts.disordered += e->behind > 0;
    o->counts.disordered += e->behind > 0;
    order_follow_time(o, s, e);
    h->training -= h->training > 0;
    if (h->waiting == 0 && may_go(s, e)) {
        order_give(o, s, e);
        return;
    }
    insert(s, hold(o, s, e));
    order_release(o, h, false);
    if (o->waiting > o->options.held_max)
        order_make_room(o);
}

static struct order_entry *hold(struct order *o, struct order_sensor *s,
                                const struct order_entry *e)
{
    struct order_entry *held = o->spare;
    if (held == NULL)
        held = memory_new(sizeof *held);
    else
        o->spare = held->next;
    *held = *e;
    held->since_ns = o->now_ns;
    order_borrow(o, held);
    o->waiting++;
    s->host->waiting++;
    order_list(o, s->host);
    return held;
}

// From the end: late records are rarely very late.
static void insert(struct order_sensor *s, struct order_entry *e)
{
    struct order_entry *at = s->last;
    while (at != NULL && is_before(s, e, at))
        at = at->previous;
    e->previous = at;
    e->next = at == NULL ? s->first : at->next;
    *(e->next == NULL ? &s->last : &e->next->previous) = e;
    *(at == NULL ? &s->first : &at->next) = e;
    borrow_time(e);
}

// One without a stamp happened at the latest when the one behind it did.
static void borrow_time(struct order_entry *e)
{
    if (!e->has_time && e->next != NULL && e->next->time_ns < e->time_ns)
        e->time_ns = e->next->time_ns;
    for (struct order_entry *at = e->previous;
         at != NULL && !at->has_time && at->time_ns > e->time_ns; at = at->previous)
        at->time_ns = e->time_ns;
}

static bool is_before(const struct order_sensor *s, const struct order_entry *a,
                      const struct order_entry *b)
{
    const bool is_numbered = a->has_number && b->has_number;
    if ((!is_numbered || order_waits_by_time(s)) && a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (a->session != b->session)
        return a->session < b->session;
    return is_numbered && a->number < b->number;
}

bool order_waits_by_time(const struct order_sensor *s)
{
    return s->numbering != NUMBERING_ALL || !s->has_global;
}

uint64_t order_waiting_since(const struct order_host *h, int64_t time_ns)
{
    uint64_t count = 0;
    for (const struct order_sensor *s = h->sensors; s != NULL; s = s->next)
        for (const struct order_entry *e = s->last; e != NULL && e->time_ns > time_ns;
             e = e->previous)
            count++;
    return count;
}

void order_release(struct order *o, struct order_host *h, bool is_forced)
{
    while (h->waiting > 0) {
        struct order_sensor *s = oldest(h);
        if (!is_forced && !may_go(s, s->first))
            return;
        let_go(o, s);
    }
    if (!h->has_doubt)
        order_unlist(o, h);
}

void order_release_waited(struct order *o, struct order_host *h)
{
    int64_t wait_ns = h->bound.ns < LIVE_WAIT_MAX_NS ? h->bound.ns : LIVE_WAIT_MAX_NS;
    if (wait_ns < LIVE_WAIT_MIN_NS)
        wait_ns = LIVE_WAIT_MIN_NS;
    while (h->waiting > 0 && o->now_ns - oldest(h)->first->since_ns >= wait_ns)
        let_go(o, oldest(h));
    order_release(o, h, false);
}

// Call only where something waits.
static struct order_sensor *oldest(const struct order_host *h)
{
    struct order_sensor *found = NULL;
    for (struct order_sensor *s = h->sensors; s != NULL; s = s->next)
        if (s->first != NULL && (found == NULL || s->first->time_ns < found->first->time_ns))
            found = s;
    return found;
}

static bool may_go(struct order_sensor *s, const struct order_entry *e)
{
    struct order_host *h = s->host;
    const bool by_time = order_waits_by_time(s);
    const uint64_t passed_ns = order_span_ns(e->time_ns, h->newest_ns);
    const bool is_due = passed_ns >= (uint64_t)h->bound.ns ||
                        h->waiting > (by_time ? h->bound.count / 2 : h->bound.count);
    if (by_time) {
        if (is_due)
            order_bound_calm(&h->bound);
        return is_due;
    }
    if (!has_place(s, e, is_due))
        return false;
    if (h->sensor_count == 1 || is_due)
        return true;
    // Several sensors wait for each other by as much as they were seen to be apart.
    const int64_t apart_ns =
        2 * h->bound.late_ns < h->bound.ns ? 2 * h->bound.late_ns : h->bound.ns;
    return h->training == 0 && passed_ns >= (uint64_t)apart_ns;
}

// Nothing is missing before the record, or has been waited for long enough.
static bool has_place(struct order_sensor *s, const struct order_entry *e, bool is_due)
{
    struct order_session *session = order_session_of(s, e->session);
    if (!e->has_number || session == NULL)
        return true;
    struct order_bound *bound = &s->host->bound;
    if (session->is_starting) {
        const uint32_t late = 2 * bound->late_count;
        if (!is_due && session->records < (late > START_RECORDS_MAX ? late : START_RECORDS_MAX))
            return false;
        session->is_starting = false;
    }
    if (!session->line.has_next || order_line_reaches(&session->line, e->number))
        return true;
    if (is_due)
        order_bound_in_vain(bound);
    return is_due;
}

static void let_go(struct order *o, struct order_sensor *s)
{
    struct order_entry *e = s->first;
    s->first = e->next;
    *(e->next == NULL ? &s->last : &e->next->previous) = NULL;
    order_return(o, e);
    o->waiting--;
    s->host->waiting--;
    order_give(o, s, e);
    e->next = o->spare;
    o->spare = e;
}

void order_make_room(struct order *o)
{
    const uint32_t enough = o->options.held_max - o->options.held_max / 4;
    while (o->waiting > enough || (o->kept_bytes > ORDER_HELD_BYTES_MAX && o->waiting > 0))
        relieve(o);
}

// The hosts where most waits let go of half of it, so that this is rare.
static void relieve(struct order *o)
{
    uint32_t most = 0;
    for (const struct order_host *h = o->listed; h != NULL; h = h->next)
        most = h->waiting > most ? h->waiting : most;
    struct order_host *next;
    for (struct order_host *h = o->listed; h != NULL; h = next) {
        next = h->next;
        const uint32_t count = h->waiting >= (most + 1) / 2 ? (h->waiting + 1) / 2 : 0;
        for (uint32_t i = 0; i < count; i++)
            let_go(o, oldest(h));
        o->counts.released_early += count;
        order_release(o, h, false);
    }
}

void order_borrow(struct order *o, struct order_entry *e)
{
    e->borrowed = ORDER_BORROWED_NONE;
    o->kept_bytes += e->item.kept_bytes;
    if (e->item.event == NULL || e->item.kept_bytes > 0)
        return;
    if (o->borrowed_count == o->borrowed_capacity) {
        o->borrowed_capacity = o->borrowed_capacity == 0 ? 64 : 2 * o->borrowed_capacity;
        o->borrowed = memory_resize(o->borrowed, o->borrowed_capacity * sizeof(*o->borrowed));
    }
    e->borrowed = o->borrowed_count;
    o->borrowed[o->borrowed_count++] = e;
}

void order_return(struct order *o, struct order_entry *e)
{
    o->kept_bytes -= e->item.kept_bytes;
    if (e->borrowed == ORDER_BORROWED_NONE)
        return;
    struct order_entry *last = o->borrowed[--o->borrowed_count];
    last->borrowed = e->borrowed;
    o->borrowed[e->borrowed] = last;
    e->borrowed = ORDER_BORROWED_NONE;
}

void order_list(struct order *o, struct order_host *h)
{
    if (h->is_listed)
        return;
    h->is_listed = true;
    h->previous = NULL;
    h->next = o->listed;
    if (o->listed != NULL)
        o->listed->previous = h;
    o->listed = h;
}

void order_unlist(struct order *o, struct order_host *h)
{
    if (!h->is_listed)
        return;
    h->is_listed = false;
    *(h->previous == NULL ? &o->listed : &h->previous->next) = h->next;
    if (h->next != NULL)
        h->next->previous = h->previous;
}
