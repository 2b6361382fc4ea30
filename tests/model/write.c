#include "write.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void add(struct query_text *q, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_keys(struct query_text *q, const struct key *keys, size_t count);
static void add_stage(struct query_text *q, const struct stage *stage, size_t index);
static void add_leaf(struct query_text *q, const struct leaf *leaf);
static void add_scalar(struct query_text *q, struct scalar s);
static void write_event(const struct trial *t, size_t index, FILE *to);
static void write_time(const struct trial *t, int64_t time_ns, FILE *to);
static void write_values(const struct values *v, FILE *to);
static void write_scalar(struct scalar s, FILE *to);
static void write_match(const struct match *m, FILE *to);

const char *name_of_field(enum field field)
{
    static const char *const names[] = {
        [FIELD_KEY_A] = "key.a", [FIELD_KEY_B] = "key.b", [FIELD_KEY_C] = "key.c",
        [FIELD_NUMBER] = "num",  [FIELD_TEXT] = "txt",
    };
    return names[field];
}

const char *name_of_category(unsigned category)
{
    static const char *const names[] = { "red", "blue", "any" };
    return names[category];
}

// --- The query

void write_query(const struct trial *t, struct query_text *out)
{
    const struct query *q = &t->query;
    out->len = 0;
    add(out, "sequence");
    add_keys(out, q->common, q->common_count);
    if (q->span_units != SPAN_NONE)
        add(out, " with maxspan=%" PRId64 "%s", q->span_units, t->unit);
    for (size_t i = 0; i < q->stage_count; i++)
        add_stage(out, &q->stages[i], i);
    if (q->has_until) {
        add(out, "\n  until");
        add_stage(out, &q->until, q->stage_count);
    }
    for (size_t i = 0; i < q->pipe_count; i++)
        add(out, "\n  | %s %u", q->pipes[i].head ? "head" : "tail", q->pipes[i].count);
}

static void add_keys(struct query_text *q, const struct key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(q, "%s%s%s", i == 0 ? " by " : ", ", keys[i].optional ? "?" : "",
            name_of_field(keys[i].field));
}

static void add_stage(struct query_text *q, const struct stage *stage, size_t index)
{
    const struct condition *c = &stage->condition;
    add(q, "\n  %s[%s where ", stage->missing ? "!" : "", name_of_category(stage->category));
    if (c->leaf_count == 0)
        add(q, "true");
    for (size_t i = 0; i < c->leaf_count; i++) {
        if (i > 0)
            add(q, c->any_of ? " or " : " and ");
        add_leaf(q, &c->leaves[i]);
    }
    add(q, "]");
    add_keys(q, stage->keys, stage->key_count);
    if (stage->runs > 1)
        add(q, " with runs=%u", stage->runs);
    if (stage->has_alias)
        add(q, " as e%zu", index);
}

static void add_leaf(struct query_text *q, const struct leaf *leaf)
{
    static const char *const signs[] = {
        [COMPARISON_EQUAL] = "==",
        [COMPARISON_UNEQUAL] = "!=",
        [COMPARISON_LESS] = "<",
        [COMPARISON_NOT_LESS] = ">=",
        [COMPARISON_IN] = "in",
        [COMPARISON_IS_NULL] = "== null",
        [COMPARISON_IS_NOT_NULL] = "!= null",
    };
    // `not` binds less tightly than a comparison.
    add(q, "%s%s %s", leaf->negated ? "not " : "", name_of_field(leaf->field),
        signs[leaf->comparison]);
    if (leaf->operand == OPERAND_FIELD)
        add(q, " %s", name_of_field(leaf->other_field));
    if (leaf->operand == OPERAND_REFERENCE)
        add(q, " e%zu.%s", leaf->other_stage, name_of_field(leaf->other_field));
    const bool is_list = leaf->comparison == COMPARISON_IN;
    for (size_t i = 0; i < leaf->constant_count; i++) {
        add(q, "%s", i > 0 ? ", " : is_list ? " (" : " ");
        add_scalar(q, leaf->constants[i]);
    }
    if (is_list)
        add(q, ")");
}

static void add_scalar(struct query_text *q, struct scalar s)
{
    if (s.is_text)
        add(q, "\"%s\"", s.text);
    else
        add(q, "%" PRId64 "%s", s.number, s.as_real ? ".0" : "");
}

static void add(struct query_text *q, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(q->at + q->len, sizeof q->at - q->len, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof q->at - q->len);
    q->len += (size_t)len;
}

// --- The whole case

void write_trial(const struct trial *t, FILE *to)
{
    struct query_text query;
    write_query(t, &query);
    fprintf(to, "query:\n  %.*s\n", (int)query.len, query.at);
    fprintf(to, "events, %s (times after %" PRId64 " ns):\n",
            t->late ? "late ones among them" : "in order", t->base_ns);
    for (size_t i = 0; i < t->event_count; i++)
        write_event(t, i, to);
}

static void write_event(const struct trial *t, size_t index, FILE *to)
{
    const struct event *e = &t->events[index];
    fprintf(to, "  #%-2zu ", index);
    write_time(t, e->time_ns, to);
    if (e->has_tiebreaker)
        fprintf(to, " tie %" PRIu64, e->tiebreaker);
    for (unsigned c = 0; c < CATEGORY_COUNT; c++)
        if ((e->categories & (1u << c)) != 0)
            fprintf(to, " %s", name_of_category(c));
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        if (e->fields[f].count == 0 && !e->fields[f].as_list)
            continue;
        fprintf(to, " %s=", name_of_field((enum field)f));
        write_values(&e->fields[f], to);
    }
    fprintf(to, "\n");
}

// But for the first and the last of all times, they lie at most a nanosecond beside a unit.
static void write_time(const struct trial *t, int64_t time_ns, FILE *to)
{
    if (time_ns == INT64_MIN || time_ns == INT64_MAX) {
        fprintf(to, "the %s of time", time_ns == INT64_MIN ? "beginning" : "end");
        return;
    }
    const int64_t since = time_ns - t->base_ns;
    const int64_t units = (since + (since < 0 ? -1 : 1)) / t->unit_ns;
    fprintf(to, "%3" PRId64 "%s", units, t->unit);
    if (since != units * t->unit_ns)
        fprintf(to, "%+" PRId64 "ns", since - units * t->unit_ns);
}

static void write_values(const struct values *v, FILE *to)
{
    const bool as_list = v->as_list || v->count != 1;
    fprintf(to, "%s", as_list ? "[" : "");
    for (size_t i = 0; i < v->count; i++) {
        fprintf(to, "%s", i > 0 ? "," : "");
        write_scalar(v->at[i], to);
    }
    fprintf(to, "%s", as_list ? "]" : "");
}

static void write_scalar(struct scalar s, FILE *to)
{
    if (s.is_text)
        fprintf(to, "\"%s\"", s.text);
    else
        fprintf(to, "%" PRId64 "%s", s.number, s.as_real ? ".0" : "");
}

void write_outcome(const char *who, const struct outcome *outcome, FILE *to)
{
    fprintf(to, "%s: %zu matches", who, outcome->match_count);
    if (outcome->complaint != NULL)
        fprintf(to, "; %s %s", outcome->complaint, outcome->detail);
    fprintf(to, "\n");
    for (size_t i = 0; i < outcome->match_count; i++)
        write_match(&outcome->matches[i], to);
}

static void write_match(const struct match *m, FILE *to)
{
    fprintf(to, "  ");
    for (size_t i = 0; i < m->row_count; i++) {
        if (m->events[i] == EVENT_NONE)
            fprintf(to, " -");
        else
            fprintf(to, " #%zu", m->events[i]);
    }
    for (size_t i = 0; i < m->join.count; i++) {
        fprintf(to, "%s", i == 0 ? "  by " : ", ");
        if (m->join.at[i].null)
            fprintf(to, "null");
        else
            write_scalar(m->join.at[i].value, to);
    }
    fprintf(to, "\n");
}
