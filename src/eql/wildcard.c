#include "base/utf8.h"
#include "eql/scratch.h"
#include "eql/set.h"

// Of a wildcard with `?` on one text: it may be tried at each place anew.
#define STEPS_MAX 10000000u

static bool matches_parts(str text, str pattern);
static bool matches_general(str text, const struct eql_pattern *p, struct eql_scratch *scratch);
static size_t character_len(str text, size_t at);

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

str wildcard_fold(struct arena *arena, str text)
{
    char *at = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        at[i] = fold(text.at[i]);
    return (str){ .at = at, .len = text.len };
}

struct eql_pattern wildcard_of(struct arena *arena, str text, bool folds)
{
    const str whole = folds ? wildcard_fold(arena, text) : text;
    struct eql_pattern p = { .form = PATTERN_GENERAL, .folds = folds, .text = whole };
    size_t stars = 0;
    for (size_t i = 0; i < whole.len; i++) {
        if (whole.at[i] == '?')
            return p;
        stars += whole.at[i] == '*';
    }
    const bool leads = str_starts_with(whole, STR("*"));
    const bool trails = whole.len > 1 && str_ends_with(whole, STR("*"));
    if (stars == 0) {
        p.form = PATTERN_EXACT;
    } else if (stars == whole.len) {
        p.form = PATTERN_ANY;
    } else if (stars == 1 && (leads || trails)) {
        p.form = leads ? PATTERN_SUFFIX : PATTERN_PREFIX;
        p.text = leads ? str_from(whole, 1) : str_to(whole, whole.len - 1);
    } else if (stars == 2 && leads && trails) {
        p.form = PATTERN_INFIX;
        p.text = str_to(str_from(whole, 1), whole.len - 2);
    } else {
        p.form = PATTERN_PARTS;
    }
    return p;
}

bool wildcard_matches(const struct eql_pattern *p, str text, struct eql_scratch *scratch)
{
    switch (p->form) {
    case PATTERN_ANY:
        return true;
    case PATTERN_EXACT:
        return str_eq(text, p->text);
    case PATTERN_PREFIX:
        return str_starts_with(text, p->text);
    case PATTERN_SUFFIX:
        return str_ends_with(text, p->text);
    case PATTERN_INFIX:
        return str_contains(text, p->text);
    case PATTERN_PARTS:
        return matches_parts(text, p->text);
    case PATTERN_GENERAL:
        return matches_general(text, p, scratch);
    case PATTERN_REGEX:
        break;
    }
    return false;
}

// Parts with stars between them: the first at the beginning, the last at the end, each other one as
// early as there is room for it.
static bool matches_parts(str text, str pattern)
{
    const str first = str_to(pattern, str_find_char(pattern, '*'));
    const str last = str_from(pattern, str_rfind_char(pattern, '*') + 1);
    if (text.len < first.len + last.len || !str_starts_with(text, first) ||
        !str_ends_with(text, last))
        return false;
    str rest = str_to(str_from(text, first.len), text.len - first.len - last.len);
    str parts = str_to(pattern, pattern.len - last.len);
    str part;
    (void)str_take_until(&parts, '*', &part);  // The first.
    while (str_take_until(&parts, '*', &part)) {
        const size_t at = str_find(rest, part);
        if (at == rest.len && part.len > 0)
            return false;
        rest = str_from(rest, at + part.len);
    }
    return true;
}

// Where a later part fails, only the last star needs to take one more character: what the
// earlier ones took is as good as anything else.
static bool matches_general(str text, const struct eql_pattern *p, struct eql_scratch *scratch)
{
    size_t t = 0;
    size_t n = 0;
    size_t star = SIZE_MAX;
    size_t taken = 0;
    for (uint32_t steps = 0; t < text.len; steps++) {
        if (steps == STEPS_MAX) {
            scratch->patterns_cut++;
            return false;
        }
        if (n < p->text.len && p->text.at[n] == '*') {
            star = n++;
            taken = t;
        } else if (n < p->text.len && p->text.at[n] == '?') {
            t += character_len(text, t);
            n++;
        } else if (n < p->text.len && text.at[t] == p->text.at[n]) {
            t++;
            n++;
        } else if (star != SIZE_MAX) {
            taken += character_len(text, taken);
            t = taken;
            n = star + 1;
        } else {
            return false;
        }
    }
    while (n < p->text.len && p->text.at[n] == '*')
        n++;
    return n == p->text.len;
}

// An octet that begins no character counts as one.
static size_t character_len(str text, size_t at)
{
    if ((unsigned char)text.at[at] < 0x80)
        return 1;
    const size_t len = utf8_len(str_from(text, at));
    return len == 0 ? 1 : len;
}
