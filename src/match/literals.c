#include "match/literals.h"

#include <stdlib.h>

#define HEADS_COUNT 4096u  // A power of two.
#define TRIPLE_LEN  3u
#define NONE        UINT32_MAX

// A triple, and a question that it leads to.
struct entry {
    uint32_t triple;
    uint32_t question;
    uint32_t next;  // Of the same head.
};

struct literals {
    uint32_t heads[HEADS_COUNT];
    struct entry *entries;
    uint32_t count;
};

// How often each triple stands in the constants and patterns of a field.
struct census {
    uint16_t *counts;  // By head: rough, but near enough to choose by.
};

typedef void each_text(void *context, str literal);

struct chooser {
    struct literals *literals;
    const struct census *census;
    uint32_t question;
};

static bool each_literal(const struct plan_node *n, each_text *take, void *context);
static str longest_run(str pattern);
static void take_census(void *context, str literal);
static void choose(void *context, str literal);

static uint32_t fold(char c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static uint32_t head_of(uint32_t triple)
{
    return triple * 0x9e3779b1u >> 20;
}

static void take_nothing(void *context, str literal)
{
    (void)context;
    (void)literal;
}

bool literals_can_find(const struct eql_pool *pool, uint32_t condition)
{
    return each_literal(&pool->nodes[condition], take_nothing, NULL);
}

// False where one of the question's constants and patterns has no three letters in a row.
static bool each_literal(const struct plan_node *n, each_text *take, void *context)
{
    bool all = true;
    if (n->op == PLAN_FIELD_EQUAL && n->value.type == VALUE_TEXT && n->value.len >= TRIPLE_LEN) {
        take(context, value_str(n->value));
        return true;
    }
    if (n->op != PLAN_FIELD_IN)
        return false;
    for (uint32_t i = 0; i < n->set->constant_count && all; i++) {
        const struct value v = n->set->constants[i];
        all = v.type == VALUE_TEXT && v.len >= TRIPLE_LEN;
        if (all)
            take(context, value_str(v));
    }
    for (uint32_t i = 0; i < n->set->pattern_count && all; i++) {
        const struct eql_pattern *p = &n->set->patterns[i];
        const bool has_literal = p->form != PATTERN_ANY && p->form != PATTERN_REGEX;
        const str run = has_literal ? longest_run(p->text) : STR_EMPTY;
        all = run.len >= TRIPLE_LEN;
        if (all)
            take(context, run);
    }
    return all;
}

// Of letters between wildcards.
static str longest_run(str pattern)
{
    str longest = STR_EMPTY;
    size_t from = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        if (i < pattern.len && pattern.at[i] != '*' && pattern.at[i] != '?')
            continue;
        if (i - from > longest.len)
            longest = str_to(str_from(pattern, from), i - from);
        from = i + 1;
    }
    return longest;
}

struct literals *literals_new(const struct eql_pool *pool, const uint32_t *conditions,
                              uint32_t count)
{
    struct census census = { .counts = memory_zeroed(HEADS_COUNT, sizeof *census.counts) };
    struct literals *l = memory_zeroed(1, sizeof *l);
    for (uint32_t i = 0; i < HEADS_COUNT; i++)
        l->heads[i] = NONE;
    for (uint32_t i = 0; i < count; i++)
        (void)each_literal(&pool->nodes[conditions[i]], take_census, &census);
    for (uint32_t i = 0; i < count; i++) {
        struct chooser chooser = { .literals = l, .census = &census, .question = i };
        (void)each_literal(&pool->nodes[conditions[i]], choose, &chooser);
    }
    free(census.counts);
    if (l->count <= LITERALS_MAX)
        return l;
    literals_free(l);
    return NULL;
}

void literals_free(struct literals *l)
{
    if (l == NULL)
        return;
    free(l->entries);
    free(l);
}

static uint32_t triple_at(str text, size_t i)
{
    return fold(text.at[i]) << 16 | fold(text.at[i + 1]) << 8 | fold(text.at[i + 2]);
}

static void take_census(void *context, str literal)
{
    const struct census *census = context;
    for (size_t i = 0; i + TRIPLE_LEN <= literal.len; i++) {
        uint16_t *count = &census->counts[head_of(triple_at(literal, i))];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
}

static void choose(void *context, str literal)
{
    const struct chooser *c = context;
    struct literals *l = c->literals;
    uint32_t best = triple_at(literal, 0);
    for (size_t i = 1; i + TRIPLE_LEN <= literal.len; i++) {
        const uint32_t triple = triple_at(literal, i);
        if (c->census->counts[head_of(triple)] < c->census->counts[head_of(best)])
            best = triple;
    }
    if (l->count > LITERALS_MAX)
        return;
    // Room is made in powers of two.
    if ((l->count & (l->count - 1)) == 0)
        l->entries =
            memory_resize(l->entries, (l->count == 0 ? 1 : 2 * l->count) * sizeof *l->entries);
    uint32_t *head = &l->heads[head_of(best)];
    l->entries[l->count] = (struct entry){ .triple = best, .question = c->question, .next = *head };
    *head = l->count++;
}

void literals_find(const struct literals *l, str text, struct literals_found *out)
{
    if (text.len < TRIPLE_LEN)
        return;
    uint32_t triple = fold(text.at[0]) << 8 | fold(text.at[1]);
    for (size_t i = TRIPLE_LEN - 1; i < text.len; i++) {
        triple = (triple << 8 | fold(text.at[i])) & 0xffffffu;
        for (uint32_t e = l->heads[head_of(triple)]; e != NONE; e = l->entries[e].next) {
            if (l->entries[e].triple != triple)
                continue;
            if (out->count == out->max) {
                out->overflowed = true;
                return;
            }
            out->at[out->count++] = l->entries[e].question;
        }
    }
}
