// pomona_eql_feed(): whatever the query and the order of events, and however little room there is,
// what is kept is released once, the counts add up, matches are what the query says, and a second
// run finds the same.
//
// An input says how much room there is; then comes a query, as text up to an octet 0xff or as
// choices of a small grammar; then events.

#include "base/arena.h"
#include "base/buf.h"
#include "match/partials.h"
#include "query/query.h"

#include <stdlib.h>

#define EVENTS_MAX   200u
#define FIELDS_MAX   24u
#define LIST_MAX     3u
#define SEPARATOR    0xff
#define POOL_STEP    1024u         // Partials or steps that a pool begins with.
#define LARGEST_KEPT (4u << 20)    // What keep() says at most.
#define SLACK_BYTES  (2u << 20)    // Pools of so few partials, keys, and what one event adds.
#define MOST_MEMORY  (256u << 20)  // Never reached by so few events of that size.

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct octets {
    const uint8_t *at;
    size_t left;
};

// The caller's own of an event.
struct own {
    uint32_t index;
    uint32_t kept;
    uint32_t released;
    uint32_t size_bytes;
};

struct fed {
    struct pomona_eql_event event;
    struct own own;
};

struct watched {
    const struct pomona_eql *query;
    const struct eql_plan *plan;
    struct fed *events;
    size_t event_count;
    struct pomona_eql_run *run;
    struct pomona_eql_options options;
    const struct fed *given;
    uint64_t alive;        // Kept and not released.
    uint64_t alive_bytes;  // As keep() said.
    uint64_t matches;
    uint64_t digest;  // Of all matches.
};

static bool take_query(struct octets *o, struct pomona_eql **out);
static void write_query(struct octets *o, struct buf *out);
static void write_stage(struct octets *o, struct buf *out, uint32_t index);
static void write_condition(struct octets *o, struct buf *out, bool has_alias);
static size_t take_events(struct octets *o, const struct pomona_eql *query, struct arena *arena,
                          struct fed *out);
static int64_t take_time(struct octets *o, int64_t before_ns);
static struct pomona_eql_value take_value(struct octets *o, struct arena *arena, uint32_t depth);
static struct pomona_eql_value take_rows(struct octets *o, struct arena *arena, size_t path_count);
static struct pomona_eql_counts run(struct watched *w);
static void *keep(void *context, const struct pomona_eql_event *event, size_t *size_bytes);
static void release(void *context, void *kept);
static void drain(struct watched *w);
static void check_match(const struct watched *w, const struct pomona_eql_match *match);
static void check_counts(const struct watched *w, bool at_end);
static uint8_t take(struct octets *o);

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t rooms[] = { 1, 4096, 300000, 1000000 };
    struct octets o = { .at = data, .left = size };
    struct arena arena = { 0 };
    struct pomona_eql *query = NULL;
    const uint8_t room = take(&o);
    if (!take_query(&o, &query))
        return 0;
    if (pomona_eql_field_count(query) <= FIELDS_MAX) {
        struct fed *events = memory_zeroed(EVENTS_MAX, sizeof *events);
        struct watched w = { .query = query, .plan = query->plan, .events = events };
        w.event_count = take_events(&o, query, &arena, events);
        w.options = (struct pomona_eql_options){ .partials_max = room % 16 + 1u,
                                                 .memory_max_bytes = rooms[room / 16 % 4],
                                                 .keep = keep,
                                                 .release = release };
        struct watched again = w;
        struct watched wide = w;
        wide.options.partials_max = 1u << 20;
        wide.options.memory_max_bytes = MOST_MEMORY * (uint64_t)EVENTS_MAX;
        const struct pomona_eql_counts counts = run(&w);
        const struct pomona_eql_counts same = run(&again);
        const struct pomona_eql_counts all = run(&wide);
        expect(memcmp(&counts, &same, sizeof counts) == 0 && w.digest == again.digest);
        expect(all.partials_evicted == 0);
        if (counts.partials_evicted == 0)
            expect(memcmp(&counts, &all, sizeof counts) == 0 && w.digest == wide.digest);
        free(events);
    }
    pomona_eql_free(query);
    arena_done(&arena);
    return 0;
}

// --- Queries

static bool take_query(struct octets *o, struct pomona_eql **out)
{
    struct pomona_eql_error error;
    if ((take(o) & 1) == 0) {
        struct buf text;
        buf_init(&text, EQL_TEXT_MAX);
        write_query(o, &text);
        const str made = buf_str(&text);
        const bool compiles = pomona_eql_compile(made.at, made.len, NULL, out, &error);
        buf_done(&text);
        return compiles;
    }
    const uint8_t *end = o->left == 0 ? NULL : memchr(o->at, SEPARATOR, o->left);
    const size_t len = end == NULL ? o->left : (size_t)(end - o->at);
    const char *text = len == 0 ? "" : (const char *)o->at;
    const bool compiles = pomona_eql_compile(text, len, NULL, out, &error);
    expect(compiles || (error.line > 0 && error.column > 0 && error.length > 0));
    o->at += len;
    o->left -= len;
    (void)take(o);
    return compiles;
}

static void write_query(struct octets *o, struct buf *out)
{
    static const char *const keys[] = { "", " by k", " by k, ?j", " by ?k", " by k, j" };
    static const char *const spans[] = { "",
                                         " with maxspan=1ms",
                                         " with maxspan=3ms",
                                         "",
                                         " with maxspan=10ms",
                                         " with maxspan=366d",
                                         " with maxspan=1s" };
    static const char *const pipes[] = {
        "", "", "", " | head 2", " | tail 2", " | tail 3 | head 1"
    };
    buf_add(out, STR("sequence"));
    buf_add(out, str_of(keys[take(o) % COUNT_OF(keys)]));
    buf_add(out, str_of(spans[take(o) % COUNT_OF(spans)]));
    const uint32_t count = 2 + take(o) % 3u;
    for (uint32_t i = 0; i < count; i++)
        write_stage(o, out, i);
    if (take(o) % 4 == 3) {
        buf_add(out, STR(" until [any where "));
        write_condition(o, out, false);
        buf_add(out, STR("]"));
    }
    buf_add(out, str_of(pipes[take(o) % COUNT_OF(pipes)]));
}

// The first stage that there must be has an alias where it is the first of all.
static void write_stage(struct octets *o, struct buf *out, uint32_t index)
{
    static const char *const categories[] = { "any", "c0", "c1", "any" };
    const uint8_t choice = take(o);
    const bool is_missing = choice % 4 == 3;
    buf_add(out, is_missing ? STR(" ![") : STR(" ["));
    buf_add(out, str_of(categories[choice / 4 % COUNT_OF(categories)]));
    buf_add(out, STR(" where "));
    write_condition(o, out, index > 0 && (choice & 0x40) != 0);
    buf_add(out, STR("]"));
    if (index == 0 && !is_missing)
        buf_add(out, STR(" as e0"));
    if ((choice & 0x80) != 0)
        buf_printf(out, " with runs=%u", 1 + choice / 16 % 3u);
}

static void write_condition(struct octets *o, struct buf *out, bool has_alias)
{
    static const char *const conditions[] = {
        "true",
        "s == 0",
        "s == 1",
        "s == 2",
        "s != 1",
        "t : \"x*\"",
        "not ?t == \"x\"",
        "length(t) > 1",
        "child of [any where s == 1]",
        "descendant of [c0 where true]",
        "_arraysearch(r, $x, $x.a == 1 and $x.b == 2)",
    };
    const uint8_t choice = take(o);
    if (has_alias)
        buf_add(out, choice % 2 == 0 ? STR("e0.t == t") : STR("not e0.s < s and s != 1"));
    else
        buf_add(out, str_of(conditions[choice % COUNT_OF(conditions)]));
}

// --- Events

static size_t take_events(struct octets *o, const struct pomona_eql *query, struct arena *arena,
                          struct fed *out)
{
    static const struct pomona_str names[] = { { "c0", 2 }, { "c1", 2 }, { "file", 4 } };
    static const uint32_t sizes[] = { 0, 1, 1000, LARGEST_KEPT };
    const size_t field_count = pomona_eql_field_count(query);
    int64_t time_ns = 0;
    size_t count = 0;
    for (; o->left > 0 && count < EVENTS_MAX; count++) {
        struct pomona_eql_value *values = arena_zalloc(arena, (field_count + 1) * sizeof *values);
        const uint8_t choice = take(o);
        time_ns = take_time(o, time_ns);
        for (size_t i = 0; i < field_count; i++) {
            const size_t path_count = pomona_eql_field_path_count(query, i);
            values[i] = path_count == 0 ? take_value(o, arena, 0) : take_rows(o, arena, path_count);
        }
        out[count] = (struct fed){
            .event = { .time_ns = time_ns,
                       .has_tiebreaker = (choice & 1) != 0,
                       .tiebreaker = (choice & 2) != 0 ? UINT64_MAX : choice >> 6,
                       .categories = &names[choice / 4 % 2],
                       .category_count = choice / 8 % 3,
                       .values = values },
            .own = { .index = (uint32_t)count, .size_bytes = sizes[choice / 16 % 4] },
        };
        out[count].event.own = &out[count].own;
    }
    return count;
}

static int64_t take_time(struct octets *o, int64_t before_ns)
{
    static const int64_t times[] = { INT64_MIN, INT64_MAX, 0, INT64_MIN + 1, INT64_MAX - 1 };
    const uint8_t choice = take(o);
    int64_t step = 1000000;
    if (choice < 0x60)
        step *= choice % 8;
    else if (choice < 0x80)
        step = choice % 8;
    else if (choice < 0xc0)
        step *= -(choice % 8);
    else if (choice < 0xf0)
        step *= INT64_C(1) << (choice % 32);
    else
        return times[choice % COUNT_OF(times)];
    int64_t time_ns;
    return __builtin_add_overflow(before_ns, step, &time_ns) ? INT64_MAX : time_ns;
}

static struct pomona_eql_value take_value(struct octets *o, struct arena *arena, uint32_t depth)
{
    static const double reals[] = { 0.0, -0.0, 1.0, 0.5, 1e300, -1e300 };
    static const struct pomona_str texts[] = { { "x", 1 }, { "xy", 2 }, { "", 0 }, { "\xff", 1 } };
    const uint8_t choice = take(o);
    struct pomona_eql_value v = { .type = POMONA_EQL_INTEGER, .integer = choice % 3 };
    if (choice < 0x60)
        return v;
    if (choice < 0x70 && depth == 0)
        return (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
    if (choice < 0x80)
        return (struct pomona_eql_value){ .type = POMONA_EQL_BOOLEAN, .boolean = choice % 2 == 0 };
    if (choice < 0x90)
        return (struct pomona_eql_value){ .type = POMONA_EQL_REAL,
                                          .real = reals[choice % COUNT_OF(reals)] };
    if (choice < 0xe0 || depth > 0) {
        const struct pomona_str text = texts[choice % COUNT_OF(texts)];
        v.type = POMONA_EQL_STRING;
        v.len = (uint32_t)text.len;
        v.string = text.at;
        if (choice == 0xff) {  // Of which a key holds a part only.
            char *at = arena_alloc(arena, 2 * KEY_VALUE_MAX);
            memset(at, 'x', 2 * KEY_VALUE_MAX);
            v.string = at;
            v.len = KEY_VALUE_MAX + choice % 3u;
        }
        return v;
    }
    struct pomona_eql_value *list = arena_alloc(arena, LIST_MAX * sizeof *list);
    for (uint32_t i = 0; i < LIST_MAX; i++)
        list[i] = take_value(o, arena, depth + 1);
    return (struct pomona_eql_value){ .type = POMONA_EQL_LIST,
                                      .len = choice % (LIST_MAX + 1),
                                      .list = list };
}

static struct pomona_eql_value take_rows(struct octets *o, struct arena *arena, size_t path_count)
{
    const uint32_t count = take(o) % (LIST_MAX + 1);
    struct pomona_eql_value *rows = arena_zalloc(arena, (LIST_MAX + 1) * sizeof *rows);
    for (uint32_t i = 0; i < count; i++) {
        struct pomona_eql_value *row = arena_zalloc(arena, path_count * sizeof *row);
        for (size_t k = 0; k < path_count; k++)
            row[k] = take_value(o, arena, 0);
        rows[i] = (struct pomona_eql_value){ .type = POMONA_EQL_LIST,
                                             .len = (uint32_t)path_count,
                                             .list = row };
    }
    return (struct pomona_eql_value){ .type = POMONA_EQL_LIST, .len = count, .list = rows };
}

// --- Runs

static struct pomona_eql_counts run(struct watched *w)
{
    bool goes_on = true;
    for (size_t i = 0; i < w->event_count; i++)
        w->events[i].own.kept = w->events[i].own.released = 0;
    w->options.context = w;
    w->run = pomona_eql_run_new(w->query, &w->options);
    for (size_t i = 0; i < w->event_count && goes_on; i++) {
        w->given = &w->events[i];
        goes_on = pomona_eql_feed(w->run, &w->events[i].event);
        w->given = NULL;
        // Whoever looks later finds the same.
        if (i % 4 != 3)
            continue;
        drain(w);
        check_counts(w, false);
    }
    pomona_eql_end(w->run);
    drain(w);
    check_counts(w, true);
    const struct pomona_eql_counts counts = pomona_eql_run_counts(w->run);
    pomona_eql_run_free(w->run);
    expect(w->alive == 0 && w->alive_bytes == 0);
    for (size_t i = 0; i < w->event_count; i++)
        expect(w->events[i].own.kept == w->events[i].own.released);
    return counts;
}

static void *keep(void *context, const struct pomona_eql_event *event, size_t *size_bytes)
{
    struct watched *w = context;
    struct own *own = event->own;
    expect(w->given != NULL && event == &w->given->event && own->kept == 0 && *size_bytes == 0);
    own->kept = 1;
    *size_bytes = own->size_bytes;
    w->alive++;
    w->alive_bytes += own->size_bytes;
    return own;
}

static void release(void *context, void *kept)
{
    struct watched *w = context;
    struct own *own = kept;
    expect(own->kept == 1 && own->released == 0);
    own->released = 1;
    w->alive--;
    w->alive_bytes -= own->size_bytes;
}

static void drain(struct watched *w)
{
    for (const struct pomona_eql_match *m; (m = pomona_eql_next(w->run)) != NULL;) {
        check_match(w, m);
        w->matches++;
        for (size_t i = 0; i < m->event_count; i++) {
            const struct own *own = m->events[i];
            w->digest = (w->digest ^ (own == NULL ? 0xffffu : own->index)) * 0x100000001b3u;
        }
    }
}

static bool is_before(const struct fed *a, const struct fed *b)
{
    if (a->event.time_ns != b->event.time_ns)
        return a->event.time_ns < b->event.time_ns;
    if (a->event.has_tiebreaker != b->event.has_tiebreaker)
        return a->event.has_tiebreaker;
    if (a->event.has_tiebreaker && a->event.tiebreaker != b->event.tiebreaker)
        return a->event.tiebreaker < b->event.tiebreaker;
    return a->own.index < b->own.index;
}

static void check_match(const struct watched *w, const struct pomona_eql_match *match)
{
    const struct eql_plan *plan = w->plan;
    const struct fed *first = NULL;
    const struct fed *last = NULL;
    expect(match->event_count == plan->stage_count);
    for (size_t i = 0; i < match->event_count; i++) {
        const struct own *own = match->events[i];
        expect((own == NULL) == plan->stages[i].missing);
        if (own == NULL)
            continue;
        const struct fed *event = &w->events[own->index];
        expect(own == &event->own && own->kept == 1 && own->released == 0);
        expect(last == NULL || is_before(last, event));
        first = first == NULL ? event : first;
        last = event;
    }
    if (last == NULL)
        abort();  // A match has an event.
    const uint64_t span = (uint64_t)last->event.time_ns - (uint64_t)first->event.time_ns;
    expect(plan->maxspan_ns < 0 || span <= (uint64_t)plan->maxspan_ns);
    expect(match->join_key_count == (plan->is_sequence ? plan->stages[0].key_count : 0));
    for (size_t i = 0; i < match->join_key_count; i++) {
        bool is_optional = true;  // Of a stage that is there.
        for (uint32_t s = 0; s < plan->stage_count; s++)
            is_optional &= plan->stages[s].keys[i].optional || plan->stages[s].missing;
        expect(is_optional || match->join_keys[i].type != POMONA_EQL_MISSING);
        expect(match->join_keys[i].type != POMONA_EQL_LIST);
    }
}

// Partials of at most one step of growth, and steps of any number.
static bool are_pools(uint64_t size_bytes)
{
    const uint64_t partials = POOL_STEP * sizeof(struct partial);
    const uint64_t steps = POOL_STEP * sizeof(struct step);
    return size_bytes % steps == 0 ||
           (size_bytes >= partials && (size_bytes - partials) % steps == 0);
}

// All matches that are ready are taken. What began is open, or ended in one of the ways that are
// counted; memories of ![ ] before a first stage are open, and may be evicted, but never began.
static void check_counts(const struct watched *w, bool at_end)
{
    const struct pomona_eql_counts c = pomona_eql_run_counts(w->run);
    const struct eql_plan *plan = w->plan;
    const bool is_single = !plan->is_sequence;
    const uint64_t ended = (is_single ? 0 : c.matches) + c.partials_expired + c.partials_replaced +
                           c.partials_killed + c.partials_spoiled + c.partials_evicted;
    if (plan->stages[0].missing)
        expect(c.partials_begun <= ended + c.partials_open);
    else
        expect(c.partials_begun == ended + c.partials_open);
    expect(c.events <= w->event_count && c.partials_open <= w->options.partials_max);
    expect(w->matches <= c.matches && (plan->pipe_count > 0 || w->matches == c.matches));
    if (plan->pipe_count > 0 && !at_end)
        return;  // `tail` holds what it may have to show.
    expect(w->alive <= c.partials_open * plan->stage_count);
    expect(c.memory_bytes >= w->alive_bytes);
    if (c.partials_open == 0) {
        expect(w->alive == 0);
        expect(w->options.partials_max > POOL_STEP || are_pools(c.memory_bytes));
    }
    if (c.partials_open > 1)
        expect(c.memory_bytes <= w->options.memory_max_bytes + LARGEST_KEPT + SLACK_BYTES);
}

static uint8_t take(struct octets *o)
{
    if (o->left == 0)
        return 0;
    o->left--;
    return *o->at++;
}
