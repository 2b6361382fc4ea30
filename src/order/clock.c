// Stamps that cannot be, and clocks that are set.

#include "order/internal.h"

#define FUTURE_NS (300 * ORDER_SECOND_NS)  // A clock may be so far ahead of ours.
#define JUMP_NS \
    (3600 * ORDER_SECOND_NS)  // Further than records come late, or a busy host is silent.
#define DOUBT_MAX 64u         // Records that say nothing of a doubt, before it is taken for true.

static void fall_back(struct order *o, struct order_sensor *s, const struct order_entry *e);

void order_look_at_clock(struct order *o)
{
    if (o->options.now_ns != NULL)
        o->now_ns = o->options.now_ns(o->options.context);
}

// A clock that is wrong by the same all the time keeps its differences.
void order_clamp_future(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    struct order_host *h = s->host;
    if (o->options.now_ns == NULL || !e->has_time)
        return;
    if (order_span_ns(o->now_ns, e->time_ns) > (uint64_t)FUTURE_NS)
        order_look_at_clock(o);
    const uint64_t ahead_ns = order_span_ns(o->now_ns, e->time_ns);
    if (ahead_ns <= (uint64_t)FUTURE_NS || ahead_ns > INT64_MAX) {
        h->is_ahead = h->is_ahead && ahead_ns > (uint64_t)FUTURE_NS;
        if (ahead_ns <= (uint64_t)FUTURE_NS)
            return;
        e->time_ns = o->now_ns;  // Further than any clock: the stamp is none.
    } else {
        if (!h->is_ahead || (int64_t)ahead_ns - h->ahead_ns > FUTURE_NS)
            h->ahead_ns = (int64_t)ahead_ns;
        h->is_ahead = true;
        e->time_ns -= h->ahead_ns;
    }
    s->counts.clamped++;
    o->counts.clamped++;
}

bool order_is_doubtful(const struct order *o, const struct order_host *h,
                       const struct order_entry *e)
{
    return e->has_time && h->has_newest && !o->options.is_live &&
           order_span_ns(h->newest_ns, e->time_ns) > (uint64_t)JUMP_NS;
}

enum order_word order_word_on_doubt(struct order_host *h, const struct order_sensor *s,
                                    const struct order_entry *e)
{
    const struct order_entry *doubt = &h->doubt;
    const bool is_numbered = s == h->doubt_sensor && e->has_number && doubt->has_number;
    if (is_numbered && e->number == doubt->number && e->stamp_ns == doubt->stamp_ns)
        return ORDER_WORD_SAME;
    if (e->has_time && order_span_ns(h->newest_ns, e->time_ns) > (uint64_t)JUMP_NS)
        return ORDER_WORD_FOR;
    // One without a stamp, or from before the doubtful one, was not there to see.
    if ((!e->has_time || (is_numbered && e->number < doubt->number)) && h->doubt_age < DOUBT_MAX) {
        h->doubt_age++;
        return ORDER_WORD_NONE;
    }
    return e->has_time ? ORDER_WORD_AGAINST : ORDER_WORD_FOR;
}

void order_follow_time(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    struct order_host *h = s->host;
    if (!e->has_time) {
        // Where numbers give the order, the one behind it tells.
        e->time_ns = order_waits_by_time(s) && h->has_newest ? h->newest_ns : INT64_MAX;
        return;
    }
    const uint64_t late_ns = h->has_newest ? order_span_ns(e->time_ns, h->newest_ns) : 0;
    if (late_ns == 0) {
        h->newest_ns = e->time_ns;
        h->has_newest = true;
        return;
    }
    if (late_ns > (uint64_t)JUMP_NS && e->behind == 0) {
        fall_back(o, s, e);
        return;
    }
    s->counts.lateness_ns = late_ns > s->counts.lateness_ns ? late_ns : s->counts.lateness_ns;
    if (e->behind == 0 && h->sensor_count == 1 && !order_waits_by_time(s))
        return;  // As its numbers are, so is the order.
    const uint64_t newer = order_waiting_since(h, e->time_ns);
    order_bound_late(&h->bound, (int64_t)(late_ns < INT64_MAX ? late_ns : INT64_MAX),
                     newer > e->behind ? newer : e->behind);
}

// A clock that fell far back is right from now on: it was the one before that was wrong, and one
// wild stamp must not make all that follow late.
static void fall_back(struct order *o, struct order_sensor *s, const struct order_entry *e)
{
    struct order_host *h = s->host;
    struct order_session *session = order_session_of(s, e->session);
    s->counts.jumps++;
    o->counts.jumps++;
    order_release(o, h, true);
    h->newest_ns = e->time_ns;
    for (struct order_sensor *at = h->sensors; at != NULL; at = at->next)
        at->given_ns = e->time_ns < at->given_ns ? e->time_ns : at->given_ns;
    if (session != NULL)
        session->newest_ns = e->time_ns;
}
