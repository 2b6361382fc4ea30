// Events and their values live on the heap for one call of pomona_eql_feed() only, and kept events
// until they are released: a sanitizer sees whoever looks at them later.

#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "pomona/eql.h"
#include "write.h"

struct kept {
    size_t event;
};

struct session {
    const struct trial *trial;
    struct outcome *out;
    struct pomona_eql *query;
    struct pomona_eql_run *run;
    size_t numbers[EVENTS_MAX];  // What `own` points to.
    unsigned kept_times[EVENTS_MAX];
    size_t kept_count;
};

// An event as the library sees it, in one block.
struct fed {
    struct pomona_eql_event event;
    struct pomona_str categories[CATEGORY_COUNT];
    struct pomona_eql_value values[FIELD_COUNT];
    struct pomona_eql_value items[FIELD_COUNT][VALUES_MAX];
    char texts[FIELD_COUNT][VALUES_MAX][8];
};

static bool compile(struct session *s);
static void feed_all(struct session *s);
static bool feed(struct session *s, size_t event);
static void fill(struct session *s, size_t event, struct fed *fed);
static void fill_value(const struct values *v, size_t slot, struct fed *fed);
static void *keep(void *context, const struct pomona_eql_event *event, size_t *size_bytes);
static void release(void *context, void *kept);
static void take_matches(struct session *s);
static void take_match(struct session *s, const struct pomona_eql_match *match);
static bool take_joins(const struct pomona_eql_match *match, struct join *out);
static struct scalar known_text(const struct pomona_eql_value *v);
static void complain(struct session *s, const char *what, const char *detail);

void engine_run(const struct trial *trial, struct outcome *out)
{
    struct session s = { .trial = trial, .out = out };
    const struct pomona_eql_options options = { .keep = keep, .release = release, .context = &s };
    out->complaint = NULL;
    out->detail[0] = '\0';
    out->match_count = 0;
    if (!compile(&s))
        return;
    s.run = pomona_eql_run_new(s.query, trial->keeps ? &options : NULL);
    feed_all(&s);
    pomona_eql_run_free(s.run);
    if (s.kept_count > 0)
        complain(&s, "events that were kept are never released", "");
    pomona_eql_free(s.query);
}

static bool compile(struct session *s)
{
    struct query_text text;
    struct pomona_eql_error error;
    write_query(s->trial, &text);
    if (!pomona_eql_compile(text.at, text.len, NULL, &s->query, &error)) {
        complain(s, "the query is refused:", error.text);
        return false;
    }
    if (!pomona_eql_is_sequence(s->query))
        complain(s, "the sequence is no sequence", "");
    if (pomona_eql_field_count(s->query) > FIELD_COUNT)
        complain(s, "the query names more fields than there are", "");
    if (s->out->complaint != NULL)
        pomona_eql_free(s->query);
    return s->out->complaint == NULL;
}

static void feed_all(struct session *s)
{
    bool wants_more = true;
    size_t fed = 0;
    while (fed < s->trial->event_count && wants_more) {
        wants_more = feed(s, fed++);
        if (!s->trial->takes_last)
            take_matches(s);
    }
    pomona_eql_end(s->run);
    take_matches(s);

    const struct pomona_eql_counts counts = pomona_eql_run_counts(s->run);
    if (counts.events != fed)
        complain(s, "not all events are counted", "");
    if (counts.partials_evicted != 0)
        complain(s, "sequences are evicted for lack of room", "");
    if (counts.keys_cut != 0)
        complain(s, "join keys are cut", "");
    bool has_head = false;
    for (size_t i = 0; i < s->trial->query.pipe_count; i++)
        has_head = has_head || s->trial->query.pipes[i].head;
    if (!wants_more && !has_head)
        complain(s, "no more events are wanted, without head", "");
}

static bool feed(struct session *s, size_t event)
{
    struct fed *fed = calloc(1, sizeof *fed);
    if (fed == NULL)
        abort();
    fill(s, event, fed);
    const bool wants_more = pomona_eql_feed(s->run, &fed->event);
    memset(fed, 0xa5, sizeof *fed);
    free(fed);
    return wants_more;
}

static void fill(struct session *s, size_t event, struct fed *fed)
{
    const struct event *e = &s->trial->events[event];
    s->numbers[event] = event;
    for (size_t i = 0; i < pomona_eql_field_count(s->query); i++) {
        const struct pomona_str name = pomona_eql_field_name(s->query, i);
        bool known = false;
        for (unsigned f = 0; f < FIELD_COUNT; f++) {
            const char *ours = name_of_field((enum field)f);
            if (strlen(ours) == name.len && memcmp(ours, name.at, name.len) == 0) {
                fill_value(&e->fields[f], i, fed);
                known = true;
            }
        }
        if (!known)
            complain(s, "a field is asked for that the query does not name", "");
    }
    size_t categories = 0;
    for (unsigned c = 0; c < CATEGORY_COUNT; c++)
        if ((e->categories & (1u << c)) != 0)
            fed->categories[categories++] =
                (struct pomona_str){ name_of_category(c), strlen(name_of_category(c)) };
    fed->event = (struct pomona_eql_event){
        .time_ns = e->time_ns,
        .tiebreaker = e->has_tiebreaker ? e->tiebreaker : 0,
        .has_tiebreaker = e->has_tiebreaker,
        .categories = fed->categories,
        .category_count = categories,
        .values = fed->values,
        .own = &s->numbers[event],
    };
}

static void fill_value(const struct values *v, size_t slot, struct fed *fed)
{
    for (size_t i = 0; i < v->count; i++) {
        struct pomona_eql_value *item = &fed->items[slot][i];
        if (v->at[i].as_real) {
            *item = (struct pomona_eql_value){ .type = POMONA_EQL_REAL,
                                               .real = (double)v->at[i].number };
            continue;
        }
        if (!v->at[i].is_text) {
            *item =
                (struct pomona_eql_value){ .type = POMONA_EQL_INTEGER, .integer = v->at[i].number };
            continue;
        }
        const size_t len = strlen(v->at[i].text);
        memcpy(fed->texts[slot][i], v->at[i].text, len);
        *item = (struct pomona_eql_value){ .type = POMONA_EQL_STRING,
                                           .len = (uint32_t)len,
                                           .string = fed->texts[slot][i] };
    }
    if (v->count > 1 || v->as_list)
        fed->values[slot] = (struct pomona_eql_value){ .type = POMONA_EQL_LIST,
                                                       .len = (uint32_t)v->count,
                                                       .list = fed->items[slot] };
    else if (v->count == 1)
        fed->values[slot] = fed->items[slot][0];
    else
        fed->values[slot] = (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
}

static void *keep(void *context, const struct pomona_eql_event *event, size_t *size_bytes)
{
    struct session *s = context;
    struct kept *kept = malloc(sizeof *kept);
    if (kept == NULL)
        abort();
    *size_bytes = sizeof *kept;
    kept->event = *(const size_t *)event->own;
    if (s->kept_times[kept->event]++ > 0)
        complain(s, "an event is kept twice", "");
    s->kept_count++;
    return kept;
}

static void release(void *context, void *kept)
{
    struct session *s = context;
    s->kept_count--;
    free(kept);
}

static void take_matches(struct session *s)
{
    const struct pomona_eql_match *match;
    while ((match = pomona_eql_next(s->run)) != NULL)
        take_match(s, match);
}

static void take_match(struct session *s, const struct pomona_eql_match *match)
{
    if (s->out->match_count == MATCHES_MAX || match->event_count > ROWS_MAX) {
        complain(s, "there are more matches, or more events in one, than can be", "");
        return;
    }
    struct match *m = &s->out->matches[s->out->match_count++];
    *m = (struct match){ .row_count = match->event_count };
    for (size_t i = 0; i < match->event_count; i++) {
        const void *event = match->events[i];
        m->events[i] = EVENT_NONE;
        if (event != NULL && s->trial->keeps)
            m->events[i] = ((const struct kept *)event)->event;
        else if (event != NULL)
            m->events[i] = *(const size_t *)event;
    }
    if (!take_joins(match, &m->join))
        complain(s, "a join key is of a type that no event has, or there are too many", "");
}

static bool take_joins(const struct pomona_eql_match *match, struct join *out)
{
    if (match->join_key_count > KEYS_MAX)
        return false;
    out->count = match->join_key_count;
    for (size_t i = 0; i < match->join_key_count; i++) {
        const struct pomona_eql_value *v = &match->join_keys[i];
        out->at[i] = (struct component){ .null = v->type == POMONA_EQL_MISSING };
        if (v->type == POMONA_EQL_INTEGER)
            out->at[i].value.number = v->integer;
        else if (v->type == POMONA_EQL_REAL)
            out->at[i].value.number = (int64_t)v->real;
        else if (v->type == POMONA_EQL_STRING)
            out->at[i].value = known_text(v);
        else if (!out->at[i].null)
            return false;
    }
    return true;
}

// A text as the literal that it was made from: what the library has lent may soon be gone.
static struct scalar known_text(const struct pomona_eql_value *v)
{
    static const char *const literals[] = { "1", "x", "p", "q", "pq" };
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++)
        if (strlen(literals[i]) == v->len && memcmp(literals[i], v->string, v->len) == 0)
            return (struct scalar){ .is_text = true, .text = literals[i] };
    return (struct scalar){ .is_text = true, .text = "(no text of any event)" };
}

// The first one stands.
static void complain(struct session *s, const char *what, const char *detail)
{
    if (s->out->complaint != NULL)
        return;
    s->out->complaint = what;
    snprintf(s->out->detail, sizeof s->out->detail, "%s", detail);
}
