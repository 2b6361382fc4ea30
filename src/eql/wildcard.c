#include "base/utf8.h"
#include "eql/set.h"

static bool ends_with(str text, const struct eql_pattern *p);
static bool contains(str text, const struct eql_pattern *p);
static bool matches_general(str text, const struct eql_pattern *p);
static bool same(char text, char pattern, bool folds);
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
    }
    return p;
}

bool wildcard_matches(const struct eql_pattern *p, str text)
{
    switch (p->form) {
    case PATTERN_ANY:
        return true;
    case PATTERN_EXACT:
        return p->folds ? str_eq_nocase(text, p->text) : str_eq(text, p->text);
    case PATTERN_PREFIX:
        return text.len >= p->text.len &&
               (p->folds ? str_eq_nocase(str_to(text, p->text.len), p->text)
                         : str_starts_with(text, p->text));
    case PATTERN_SUFFIX:
        return ends_with(text, p);
    case PATTERN_INFIX:
        return p->folds ? contains(text, p) : str_contains(text, p->text);
    case PATTERN_GENERAL:
        return matches_general(text, p);
    case PATTERN_REGEX:
        break;
    }
    return false;
}

static bool ends_with(str text, const struct eql_pattern *p)
{
    if (text.len < p->text.len)
        return false;
    const str end = str_from(text, text.len - p->text.len);
    return p->folds ? str_eq_nocase(end, p->text) : str_eq(end, p->text);
}

// The pattern's text is folded already.
static bool contains(str text, const struct eql_pattern *p)
{
    const char first = p->text.at[0];
    for (size_t i = 0; i + p->text.len <= text.len; i++) {
        if (fold(text.at[i]) != first)
            continue;
        size_t n = 1;
        while (n < p->text.len && fold(text.at[i + n]) == p->text.at[n])
            n++;
        if (n == p->text.len)
            return true;
    }
    return false;
}

// Where a later part fails, only the last star needs to take one more character: what the
// earlier ones took is as good as anything else.
static bool matches_general(str text, const struct eql_pattern *p)
{
    size_t t = 0;
    size_t n = 0;
    size_t star = SIZE_MAX;
    size_t taken = 0;
    while (t < text.len) {
        if (n < p->text.len && p->text.at[n] == '*') {
            star = n++;
            taken = t;
        } else if (n < p->text.len && p->text.at[n] == '?') {
            t += character_len(text, t);
            n++;
        } else if (n < p->text.len && same(text.at[t], p->text.at[n], p->folds)) {
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

static bool same(char text, char pattern, bool folds)
{
    return text == pattern || (folds && fold(text) == pattern);
}

// An octet that begins no character counts as one.
static size_t character_len(str text, size_t at)
{
    if ((unsigned char)text.at[at] < 0x80)
        return 1;
    const size_t len = utf8_len(str_from(text, at));
    return len == 0 ? 1 : len;
}
