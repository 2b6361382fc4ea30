// A record goes on: what it says of losses, lateness and silence is counted, and its event is put
// where order_next() finds it.

#include "order/internal.h"

static bool is_late(struct order_sensor *s, const struct order_entry *e);
static void note_stamp(struct order_sensor *s, const struct order_entry *e);
static void correct_stamp(const struct order_entry *e);

void order_give(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    if (e->has_time && is_late(s, e)) {
        s->counts.late++;
        o->counts.late++;
    }
    order_give_numbers(o, s, e);
    s->given_session = e->session;
    if (e->has_time)
        note_stamp(s, e);
    if (e->item.event == NULL)
        return;
    correct_stamp(e);
    e->item.missed = s->host->missed;
    if (o->merge == NULL)
        order_outlet_add(&o->outlet, e->item);
    else
        order_merge_take(o->merge, e->item, o->now_ns, &s->counts);
}

// After one that it belongs before: by number where the sensor leaves none out, else by time.
static bool is_late(struct order_sensor *s, const struct order_entry *e)
{
    if (s->numbering == NUMBERING_ALL && s->has_global) {
        const struct order_session *session = order_session_of(s, e->session);
        const bool is_below = e->has_number && session != NULL && e->number < session->given;
        if (is_below || e->session < s->given_session || (!e->has_number && e->behind > 0))
            return true;
    } else if (s->has_given && e->time_ns < s->given_ns) {
        return true;
    }
    if (s->host->sensor_count > 1)
        for (const struct order_sensor *at = s->host->sensors; at != NULL; at = at->next)
            if (at != s && at->has_given && e->time_ns < at->given_ns)
                return true;
    return false;
}

static void note_stamp(struct order_sensor *s, const struct order_entry *e)
{
    struct order_sensor_counts *counts = &s->counts;
    const uint64_t silence_ns = s->has_given ? order_span_ns(s->given_ns, e->time_ns) : 0;
    counts->silence_ns = silence_ns > counts->silence_ns ? silence_ns : counts->silence_ns;
    if (!counts->has_stamps || e->time_ns < counts->first_ns)
        counts->first_ns = e->time_ns;
    if (!counts->has_stamps || e->time_ns > counts->last_ns)
        counts->last_ns = e->time_ns;
    counts->has_stamps = true;
    if (!s->has_given || e->time_ns > s->given_ns)
        s->given_ns = e->time_ns;
    s->has_given = true;
}

// The stamp is told in two places.
static void correct_stamp(const struct order_entry *e)
{
    struct event *event = e->item.event;
    if (event->time_ns == e->time_ns)
        return;
    event->time_ns = e->time_ns;
    if (event->slot_count > FIELD_TIMESTAMP && event->slots[FIELD_TIMESTAMP].type == VALUE_INT)
        event->slots[FIELD_TIMESTAMP].integer = e->time_ns;
}
