#include "eql/set.h"

#include <math.h>

static bool has_constant(const struct eql_set *s, struct value v);
static bool has_in_table(const struct eql_set *s, struct value v);
static bool is_same(struct value constant, struct value v);
static bool is_number(struct value v);
static double number_of(struct value v);
static uint64_t hash_of(struct value v);

struct eql_set *set_new(struct arena *arena, uint32_t capacity, bool folds)
{
    struct eql_set *s = arena_zalloc(arena, sizeof *s);
    s->folds = folds;
    s->constants = arena_zalloc(arena, capacity * sizeof *s->constants);
    s->patterns = arena_zalloc(arena, capacity * sizeof *s->patterns);
    return s;
}

void set_add(struct eql_set *s, struct arena *arena, struct value constant)
{
    if (constant.type == VALUE_TEXT) {
        const str text = value_str(constant);
        constant = value_of_text(s->folds ? wildcard_fold(arena, text) : text);
        if (text.len > s->longest)
            s->longest = text.len;
    }
    s->constants[s->constant_count++] = constant;
}

void set_add_wildcard(struct eql_set *s, struct arena *arena, str pattern)
{
    const struct eql_pattern p = wildcard_of(arena, pattern, s->folds);
    if (p.form == PATTERN_EXACT)
        set_add(s, arena, value_of_text(pattern));
    else
        s->patterns[s->pattern_count++] = p;
}

void set_add_affix(struct eql_set *s, struct arena *arena, enum pattern_form form, str text)
{
    s->patterns[s->pattern_count++] = (struct eql_pattern){
        .form = form,
        .folds = s->folds,
        .text = s->folds ? wildcard_fold(arena, text) : arena_str(arena, text),
    };
}

enum status set_add_regex(struct eql_set *s, str pattern, struct err *err)
{
    struct eql_pattern p = { .form = PATTERN_REGEX, .folds = s->folds, .text = pattern };
    const enum status status = regex_new(pattern, s->folds, &p.regex, err);
    if (status == OK)
        s->patterns[s->pattern_count++] = p;
    return status;
}

void set_finish(struct eql_set *s, struct arena *arena)
{
    if (s->constant_count <= SET_LINEAR_MAX)
        return;
    uint32_t capacity = 2 * SET_LINEAR_MAX;
    while (capacity < 2 * s->constant_count)
        capacity *= 2;
    s->table = arena_zalloc(arena, capacity * sizeof *s->table);
    s->table_mask = capacity - 1;
    for (uint32_t i = 0; i < s->constant_count; i++) {
        uint32_t at = (uint32_t)hash_of(s->constants[i]) & s->table_mask;
        while (s->table[at] != 0)
            at = (at + 1) & s->table_mask;
        s->table[at] = i + 1;
    }
}

void set_done(struct eql_set *s)
{
    for (uint32_t i = 0; i < s->pattern_count; i++)
        regex_free(s->patterns[i].regex);
}

// Regular expressions fold by themselves, and stand in sets of their own.
bool set_wants_lower(const struct eql_set *s)
{
    return s->folds && (s->pattern_count == 0 || s->patterns[0].form != PATTERN_REGEX);
}

bool set_has(const struct eql_set *s, struct value v, struct eql_scratch *scratch)
{
    if (s->table != NULL ? has_in_table(s, v) : has_constant(s, v))
        return true;
    if (v.type != VALUE_TEXT)
        return false;
    for (uint32_t i = 0; i < s->pattern_count; i++) {
        const struct eql_pattern *p = &s->patterns[i];
        if (p->form == PATTERN_REGEX ? regex_matches(p->regex, value_str(v), scratch)
                                     : wildcard_matches(p, value_str(v), scratch))
            return true;
    }
    return false;
}

static bool has_constant(const struct eql_set *s, struct value v)
{
    for (uint32_t i = 0; i < s->constant_count; i++)
        if (is_same(s->constants[i], v))
            return true;
    return false;
}

static bool has_in_table(const struct eql_set *s, struct value v)
{
    if (v.type == VALUE_TEXT && v.len > s->longest)
        return false;
    for (uint32_t at = (uint32_t)hash_of(v) & s->table_mask; s->table[at] != 0;
         at = (at + 1) & s->table_mask)
        if (is_same(s->constants[s->table[at] - 1], v))
            return true;
    return false;
}

static bool is_same(struct value constant, struct value v)
{
    if (constant.type == VALUE_TEXT)
        return v.type == VALUE_TEXT && constant.len == v.len &&
               (v.len == 0 ||
                (constant.text[0] == v.text[0] && memcmp(constant.text, v.text, v.len) == 0));
    if (constant.type == VALUE_BOOL)
        return v.type == VALUE_BOOL && constant.boolean == v.boolean;
    if (constant.type == VALUE_INT && v.type == VALUE_INT)
        return constant.integer == v.integer;
    return is_number(constant) && is_number(v) && number_of(constant) <= number_of(v) &&
           number_of(constant) >= number_of(v);
}

static bool is_number(struct value v)
{
    return v.type == VALUE_INT || v.type == VALUE_FLOAT;
}

static double number_of(struct value v)
{
    return v.type == VALUE_INT ? (double)v.integer : v.real;
}

// Numbers that compare as the same have the same hash, whichever type they are of.
static uint64_t hash_of(struct value v)
{
    if (v.type == VALUE_TEXT)
        return str_hash(value_str(v), 0);
    const double number = v.type == VALUE_BOOL ? (double)v.boolean : number_of(v) + 0.0;
    return bytes_hash((bytes){ .at = (const uint8_t *)&number, .len = sizeof number }, 1);
}
