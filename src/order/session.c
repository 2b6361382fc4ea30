// Which session of its sensor a record is of, and what its numbers say there.
//
// A sensor that begins anew counts from 0 again, and nothing but that tells of it: so a number
// that was seen with another stamp, or a low one with a stamp later than all, is of a new session.
// The session before is kept, since records of it may still come: they are known by their stamps.

#include "base/arena.h"
#include "order/internal.h"

#include <stdlib.h>

#define JITTER_NS      ORDER_SECOND_NS          // Stamps of one session that are out of order.
#define NEAR_JITTER_NS (ORDER_SECOND_NS / 100)  // The same where the number is as good as 0.
#define FINE_JITTER_NS (ORDER_SECOND_NS / 1000)
#define NEAR_ZERO      64u
#define TYPES_STEP     16u
#define WILD_JUMP      1000000u  // A number so far ahead is believed when another is near it.

// The count by which a record is known, and its number there.
struct identity {
    struct order_line *line;  // NULL: it has none.
    uint64_t number;
};

enum verdict {
    OF_CURRENT,
    OF_PREVIOUS,
    OF_NEW,
    REPEAT,
    WILD,
    LOST,  // So late that its place is not known any more.
};

static void begin(struct order *o, struct order_sensor *s, struct order_entry *e);
static enum verdict judge(struct order *o, struct order_sensor *s, const struct order_entry *e,
                          const struct identity *id);
static enum verdict judge_past(struct order_sensor *s, const struct order_entry *e,
                               const struct identity *id);
static enum verdict judge_jump(struct order *o, struct order_sensor *s, const struct order_entry *e,
                               const struct identity *id);
static bool is_straggler(const struct order_sensor *s, const struct order_entry *e,
                         const struct identity *id, const struct order_line *before);
static bool is_anew(const struct order_session *now, const struct order_entry *e,
                    const struct identity *id);
static void join(struct order *o, struct order_sensor *s, struct order_session *session,
                 struct order_entry *e);
static void join_type(struct order *o, struct order_sensor *s, struct order_session *session,
                      struct order_entry *e);
static void end(struct order *o, struct order_sensor *s, struct order_session *session);
static struct identity identity_of(struct order_sensor *s, struct order_session *session,
                                   const struct order_entry *e);
static uint32_t type_index(struct order_sensor *s, const struct order_entry *e);
static struct order_line *type_line(struct order_sensor *s, struct order_session *session,
                                    uint32_t type);
static void add(struct order *o, struct order_sensor *s, struct order_line *line, uint32_t type,
                uint64_t number);
static void give(struct order *o, struct order_sensor *s, const struct order_session *session,
                 struct order_line *line, uint32_t type, uint64_t number);
static void tally(struct order *o, struct order_sensor *s, uint32_t type, uint64_t gaps,
                  uint64_t missed);

bool order_place(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    struct order_session *now = &s->sessions[s->current];
    s->has_global = s->has_global || e->has_number;
    if (now->ordinal == 0) {
        begin(o, s, e);
        return true;
    }
    const struct identity id = identity_of(s, now, e);
    struct order_session *before = &s->sessions[1 - s->current];
    switch (id.line == NULL ? OF_CURRENT : judge(o, s, e, &id)) {
    case REPEAT:
        return false;
    case OF_CURRENT:
        if (id.line != NULL && id.line->begun && id.number < id.line->newest.last)
            e->behind = id.line->newest.last - id.number;
        join(o, s, now, e);
        return true;
    case OF_PREVIOUS:
        e->behind = now->records;
        join(o, s, before, e);
        return true;
    case OF_NEW:
        begin(o, s, e);
        return true;
    case WILD:
        e->has_number = false;
        e->has_type = e->has_type && s->has_global;
        join(o, s, now, e);
        return true;
    case LOST:
        break;
    }
    e->behind = id.line->newest.last - id.number;
    e->has_number = e->has_type = false;
    e->session = now->ordinal;
    return true;
}

// The session that was current is kept, and the one before it is over.
static void begin(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    const bool is_restart = s->sessions[s->current].ordinal != 0;
    if (is_restart) {
        s->current = 1 - s->current;
        end(o, s, &s->sessions[s->current]);
        o->counts.restarts++;
    }
    struct order_session *session = &s->sessions[s->current];
    order_line_reset(&session->line);
    for (uint32_t i = 0; i < session->type_count; i++)
        order_line_reset(&session->types[i]);
    *session = (struct order_session){
        .line = session->line,
        .types = session->types,
        .type_count = session->type_count,
        .ordinal = (uint32_t)++s->counts.sessions,
        .is_restart = is_restart,
        .is_starting = is_restart || e->number != 0 || s->host->sensor_count > 1,
    };
    s->has_wild = false;
    join(o, s, session, e);
}

static enum verdict judge(struct order *o, struct order_sensor *s, const struct order_entry *e,
                          const struct identity *id)
{
    struct order_session *before = &s->sessions[1 - s->current];
    if (before->ordinal != 0 && e->has_time) {
        const struct order_line *line = identity_of(s, before, e).line;
        if (line->begun && order_line_is_repeat(line, id->number, e->stamp_ns))
            return REPEAT;
        if (line->begun && is_straggler(s, e, id, line))
            return OF_PREVIOUS;
    }
    if (!id->line->begun || id->number == id->line->newest.last + 1)
        return OF_CURRENT;
    if (order_line_is_repeat(id->line, id->number, e->stamp_ns))
        return REPEAT;
    if (id->number < id->line->newest.last || order_line_find(id->line, id->number) == SPOT_SEEN)
        return judge_past(s, e, id);
    if (id->number - id->line->newest.last > WILD_JUMP)
        return judge_jump(o, s, e, id);
    return OF_CURRENT;
}

// A number that is not higher than the last: late, or of a sensor that began anew.
static enum verdict judge_past(struct order_sensor *s, const struct order_entry *e,
                               const struct identity *id)
{
    const struct order_session *now = &s->sessions[s->current];
    const enum order_spot spot = order_line_find(id->line, id->number);
    if (!e->has_time)  // Then it is no event, and nothing is lost.
        return spot == SPOT_HOLE ? OF_CURRENT : REPEAT;
    if (spot == SPOT_SEEN && order_line_remembers(id->line, id->number))
        return OF_NEW;
    if (is_anew(now, e, id))
        return OF_NEW;
    return spot == SPOT_HOLE ? OF_CURRENT : LOST;
}

// A number far ahead is believed when the next one is near it.
static enum verdict judge_jump(struct order *o, struct order_sensor *s, const struct order_entry *e,
                               const struct identity *id)
{
    const uint32_t type = e->has_number ? ORDER_NO_TYPE : type_index(s, e);
    if (s->has_wild && s->wild_type == type) {
        if (id->number == s->wild && e->stamp_ns == s->wild_stamp_ns)
            return REPEAT;
        const bool is_higher = id->number > s->wild;
        const uint64_t far = is_higher ? id->number - s->wild : s->wild - id->number;
        if (far > 0 && far <= (is_higher ? WILD_JUMP : ORDER_FRONT_MAX)) {
            add(o, s, id->line, type, s->wild);
            order_line_note(id->line, s->wild, s->wild_stamp_ns);
            s->has_wild = false;
            s->counts.wild--;
            o->counts.wild--;
            return OF_CURRENT;
        }
    }
    s->has_wild = true;
    s->wild = id->number;
    s->wild_stamp_ns = e->stamp_ns;
    s->wild_type = type;
    s->counts.wild++;
    o->counts.wild++;
    return WILD;
}

// Of the session before: older than all of this one, and with a place there.
static bool is_straggler(const struct order_sensor *s, const struct order_entry *e,
                         const struct identity *id, const struct order_line *before)
{
    const struct order_session *now = &s->sessions[s->current];
    const struct order_session *previous = &s->sessions[1 - s->current];
    if (!now->has_stamps || !previous->has_stamps || e->time_ns >= now->oldest_ns)
        return false;
    // Later than all that came of the one before, it is the end of that or the front of this.
    if (e->time_ns > previous->newest_ns &&
        (!id->line->begun || id->number <= order_line_first(id->line) ||
         order_span_ns(e->time_ns, now->oldest_ns) < (uint64_t)FINE_JITTER_NS))
        return false;
    const enum order_spot spot = order_line_find(before, id->number);
    return spot == SPOT_HOLE || spot == SPOT_NEXT ||
           (spot == SPOT_AHEAD && id->number - before->newest.last <= ORDER_FRONT_MAX);
}

// A low number, later than all that this session had: no late record, since those are older.
static bool is_anew(const struct order_session *now, const struct order_entry *e,
                    const struct identity *id)
{
    if (!now->has_stamps || e->time_ns <= now->newest_ns || id->number >= id->line->dated)
        return false;
    const uint64_t later_ns = order_span_ns(now->newest_ns, e->time_ns);
    return later_ns > (uint64_t)JITTER_NS ||
           (id->number < NEAR_ZERO && later_ns > (uint64_t)NEAR_JITTER_NS) ||
           id->line->newest.last - id->number > ORDER_FRONT_MAX;
}

static void join(struct order *o, struct order_sensor *s, struct order_session *session,
                 struct order_entry *e)
{
    e->session = session->ordinal;
    session->records++;
    if (e->has_number) {
        add(o, s, &session->line, ORDER_NO_TYPE, e->number);
        order_line_note(&session->line, e->number, e->stamp_ns);
        if (e->has_time && e->number > session->line.dated)
            session->line.dated = e->number;
    }
    if (e->has_type)
        join_type(o, s, session, e);
    if (!e->has_time)
        return;
    if (!session->has_stamps || e->time_ns < session->oldest_ns)
        session->oldest_ns = e->time_ns;
    if (!session->has_stamps || e->time_ns > session->newest_ns)
        session->newest_ns = e->time_ns;
    session->has_stamps = true;
}

// Beside a global number, that of the type is not what the record is known by: where it does not
// fit, it is left.
static void join_type(struct order *o, struct order_sensor *s, struct order_session *session,
                      struct order_entry *e)
{
    const uint32_t type = type_index(s, e);
    struct order_line *line = type_line(s, session, type);
    e->type = type;
    s->types[type].records++;
    if (e->action != ACTION_COUNT)
        s->types[type].action = e->action;
    if (s->has_global && line->begun) {
        const enum order_spot spot = order_line_find(line, e->type_sequence);
        if (spot == SPOT_AHEAD && e->type_sequence - line->newest.last > WILD_JUMP)
            order_line_reset(line);
        e->has_type = spot != SPOT_SEEN && spot != SPOT_CLOSED;
        if (!e->has_type)
            return;
    }
    add(o, s, line, type, e->type_sequence);
    if (s->has_global)
        return;
    order_line_note(line, e->type_sequence, e->stamp_ns);
    if (e->has_time && e->type_sequence > line->dated)
        line->dated = e->type_sequence;
}

static struct identity identity_of(struct order_sensor *s, struct order_session *session,
                                   const struct order_entry *e)
{
    if (e->has_number)
        return (struct identity){ &session->line, e->number };
    if (e->has_type && !s->has_global)
        return (struct identity){ type_line(s, session, type_index(s, e)), e->type_sequence };
    return (struct identity){ 0 };
}

static uint32_t type_index(struct order_sensor *s, const struct order_entry *e)
{
    if (s->index_of_type == NULL)
        s->index_of_type = memory_zeroed(ORDER_TYPES_MAX, sizeof *s->index_of_type);
    uint16_t *index = &s->index_of_type[e->type_number];
    if (*index == 0) {
        if (s->type_count % TYPES_STEP == 0)
            s->types = memory_resize(s->types, (s->type_count + TYPES_STEP) * sizeof *s->types);
        s->types[s->type_count] =
            (struct order_type_counts){ .type_number = e->type_number, .action = ACTION_COUNT };
        *index = (uint16_t)++s->type_count;
    }
    return *index - 1u;
}

static struct order_line *type_line(struct order_sensor *s, struct order_session *session,
                                    uint32_t type)
{
    if (type >= session->type_count) {
        const uint32_t count = s->type_count;
        session->types = memory_resize(session->types, count * sizeof *session->types);
        memset(&session->types[session->type_count], 0,
               (count - session->type_count) * sizeof *session->types);
        session->type_count = count;
    }
    return &session->types[type];
}

struct order_session *order_session_of(struct order_sensor *s, uint32_t ordinal)
{
    for (size_t i = 0; i < COUNT_OF(s->sessions); i++)
        if (ordinal != 0 && s->sessions[i].ordinal == ordinal)
            return &s->sessions[i];
    return NULL;
}

void order_give_numbers(struct order *o, struct order_sensor *s, const struct order_entry *e)
{
    struct order_session *session = order_session_of(s, e->session);
    if (session == NULL)
        return;  // It is over, and all that it missed is counted.
    if (e->has_number) {
        give(o, s, session, &session->line, ORDER_NO_TYPE, e->number);
        if (e->number > session->given)
            session->given = e->number;
    }
    if (e->has_type)
        give(o, s, session, &session->types[e->type], e->type, e->type_sequence);
}

void order_end_numbers(struct order *o, struct order_sensor *s)
{
    for (size_t i = 0; i < COUNT_OF(s->sessions); i++)
        end(o, s, &s->sessions[i]);
}

static void end(struct order *o, struct order_sensor *s, struct order_session *session)
{
    session->is_starting = false;
    if (session->line.begun)
        give(o, s, session, &session->line, ORDER_NO_TYPE, session->line.newest.last);
    for (uint32_t i = 0; i < session->type_count; i++)
        if (session->types[i].begun)
            give(o, s, session, &session->types[i], i, session->types[i].newest.last);
}

static void add(struct order *o, struct order_sensor *s, struct order_line *line, uint32_t type,
                uint64_t number)
{
    const uint64_t gaps = line->gaps;
    const uint64_t missed = line->missed;
    order_line_add(line, number, type == ORDER_NO_TYPE ? ORDER_RUNS_MAX : ORDER_TYPE_RUNS_MAX);
    if (line->gaps == gaps && line->missed == missed)
        return;
    tally(o, s, type, line->gaps - gaps, line->missed - missed);
    if (type == ORDER_NO_TYPE && line->missed > missed)
        order_bound_in_vain(&s->host->bound);  // Holes were closed that somebody waited for.
}

// A sensor that begins anew begins at 0, so what is missing from there is missed.
static void give(struct order *o, struct order_sensor *s, const struct order_session *session,
                 struct order_line *line, uint32_t type, uint64_t number)
{
    const uint64_t gaps = line->gaps;
    const uint64_t missed = line->missed;
    const uint64_t first = line->has_next ? 0 : order_line_first(line);
    order_line_give(line, number, session->is_restart && first <= NEAR_ZERO ? 0 : first);
    if (line->gaps != gaps || line->missed != missed)
        tally(o, s, type, line->gaps - gaps, line->missed - missed);
}

// Differences, which may be below 0. A loss is counted once: by the global number where that
// promises to leave none out, otherwise by those of the types.
static void tally(struct order *o, struct order_sensor *s, uint32_t type, uint64_t gaps,
                  uint64_t missed)
{
    if (s->numbering == NUMBERING_ORDER)
        return;
    if (type != ORDER_NO_TYPE) {
        s->types[type].gaps += gaps;
        s->types[type].missed += missed;
    }
    const bool is_by_type = s->numbering == NUMBERING_TYPES || !s->has_global;
    if (is_by_type != (type != ORDER_NO_TYPE))
        return;
    s->counts.gaps += gaps;
    s->counts.missed += missed;
    s->host->missed += missed;
    o->counts.gaps += gaps;
    o->counts.missed += missed;
}

// Without numbers of its own nobody knows which.
void order_note_lost(struct order *o, struct order_sensor *s, uint64_t lost)
{
    s->counts.records++;
    s->counts.gaps++;
    s->counts.missed += lost;
    s->host->missed += lost;
    o->counts.gaps++;
    o->counts.missed += lost;
}

void order_sensor_done(struct order_sensor *s)
{
    for (size_t i = 0; i < COUNT_OF(s->sessions); i++) {
        order_line_done(&s->sessions[i].line);
        for (uint32_t k = 0; k < s->sessions[i].type_count; k++)
            order_line_done(&s->sessions[i].types[k]);
        free(s->sessions[i].types);
    }
    free(s->index_of_type);
    free(s->types);
}
