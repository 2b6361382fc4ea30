// Regular expressions in Lucene's syntax, run by PCRE2.
//
// Lucene matches the whole text, knows no anchors (^ and $ are plain characters) and no classes
// by letter. What it has beyond PCRE2's meaning of the same sign (~ complement, & intersection,
// < > intervals, @ any text, # nothing, "quoted") is refused rather than misread.

#include "eql/scratch.h"
#include "eql/set.h"

#include "base/buf.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

// Steps and memory of one match. A pattern that backtracks without end is cut off here.
#define MATCH_STEPS_MAX  100000u
#define MATCH_HEAP_KB    (16u * 1024u)
#define JIT_STACK_MIN    (32u * 1024u)
#define JIT_STACK_MAX    (1024u * 1024u)
#define REPEAT_MAX       1000u   // In {n,m}.
#define PATTERN_TEXT_MAX 65536u  // Of the translation.

struct eql_regex {
    pcre2_code *code;
};

static enum status translate(str in, struct buf *out, struct err *err);
static enum status translate_next(str in, size_t *pos, struct buf *out, struct err *err);
static enum status translate_class(str in, size_t *pos, struct buf *out, struct err *err);
static enum status translate_repeat(str in, size_t *pos, struct buf *out, struct err *err);
static enum status translate_escape(str in, size_t *pos, bool in_class, struct buf *out,
                                    struct err *err);
static enum status translate_quoted(str in, size_t *pos, struct buf *out, struct err *err);
static void wrap(struct buf *out, size_t from);
static void add_literal(struct buf *out, char c);

enum status regex_new(str text, bool folds, struct eql_regex **out, struct err *err)
{
    struct buf pattern;
    buf_init(&pattern, PATTERN_TEXT_MAX);
    enum status status = translate(text, &pattern, err);
    if (status == OK && pattern.failed)
        status = fail(err, ERR_LIMIT, "the regular expression is too long");
    if (status != OK) {
        buf_done(&pattern);
        return status;
    }
    int code = 0;
    PCRE2_SIZE offset = 0;
    const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL |
                             PCRE2_NO_AUTO_CAPTURE | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
                             PCRE2_NEVER_BACKSLASH_C | (folds ? PCRE2_CASELESS : 0u);
    const str translated = buf_str(&pattern);
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)translated.at, translated.len, options, &code, &offset, NULL);
    buf_done(&pattern);
    if (compiled == NULL) {
        PCRE2_UCHAR why[128] = { 0 };
        (void)pcre2_get_error_message(code, why, sizeof why);
        return fail(err, ERR_CONFIG, "the regular expression is wrong: %s", (const char *)why);
    }
    struct eql_regex *r = memory_zeroed(1, sizeof *r);
    r->code = compiled;
    // Where there is no JIT, pcre2_match() interprets.
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    *out = r;
    return OK;
}

void regex_free(struct eql_regex *r)
{
    if (r == NULL)
        return;
    pcre2_code_free(r->code);
    free(r);
}

bool regex_matches(const struct eql_regex *r, str text, struct eql_scratch *scratch)
{
    const int code = pcre2_match(r->code, (PCRE2_SPTR)text.at, text.len, 0, 0, scratch->regex_match,
                                 scratch->regex_limits);
    // Neither matched nor found not to: a limit was reached.
    scratch->patterns_cut += code < 0 && code != PCRE2_ERROR_NOMATCH;
    return code >= 0;
}

void regex_scratch_init(struct eql_scratch *s)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    s->regex_match = pcre2_match_data_create(1, NULL);
    if (limits == NULL || s->regex_match == NULL)
        memory_out(sizeof limits);
    (void)pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
    (void)pcre2_set_heap_limit(limits, MATCH_HEAP_KB);
    s->regex_stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    pcre2_jit_stack_assign(limits, NULL, s->regex_stack);
    s->regex_limits = limits;
}

void regex_scratch_done(struct eql_scratch *s)
{
    pcre2_match_data_free(s->regex_match);
    pcre2_match_context_free(s->regex_limits);
    pcre2_jit_stack_free(s->regex_stack);
}

static enum status translate(str in, struct buf *out, struct err *err)
{
    size_t groups[EQL_DEPTH_MAX];  // Where each open group begins in `out`.
    size_t open = 0;
    size_t atom = 0;  // Where what a repetition repeats begins.
    bool after_repeat = false;
    for (size_t i = 0; i < in.len;) {
        const char c = in.at[i];
        const bool repeats = c == '*' || c == '+' || c == '?' || c == '{';
        // `a+?` is (a+)? here, but lazy in PCRE2.
        if (repeats && after_repeat)
            wrap(out, atom);
        if (c == '(' && open == EQL_DEPTH_MAX)
            return fail(err, ERR_LIMIT, "the regular expression has more than %u groups",
                        EQL_DEPTH_MAX);
        if (c == '(')
            groups[open++] = out->len;
        const bool continues = ((unsigned char)c & 0xc0) == 0x80;  // A character, in UTF-8.
        if (!repeats && !continues && c != ')')
            atom = out->len;
        else if (c == ')' && open > 0)
            atom = groups[--open];
        const enum status status = translate_next(in, &i, out, err);
        if (status != OK)
            return status;
        after_repeat = repeats;
    }
    return OK;
}

// What was written from there on becomes a group.
static void wrap(struct buf *out, size_t from)
{
    struct buf group;
    buf_init(&group, out->max);
    buf_printf(&group, "(?:%.*s)", STR_ARG(str_from(buf_str(out), from)));
    out->len = from;
    buf_add(out, buf_str(&group));
    out->failed = out->failed || group.failed;
    buf_done(&group);
}

static enum status translate_next(str in, size_t *pos, struct buf *out, struct err *err)
{
    const char c = in.at[*pos];
    const char after = *pos + 1 < in.len ? in.at[*pos + 1] : '\0';
    if (c == '\\')
        return translate_escape(in, pos, false, out, err);
    if (c == '[')
        return translate_class(in, pos, out, err);
    if (c == '{')
        return translate_repeat(in, pos, out, err);
    if (c == '(' && (after == '?' || after == '*'))
        return fail(err, ERR_CONFIG, "(%c is not part of this syntax of regular expressions",
                    after);
    if (c == '"')
        return translate_quoted(in, pos, out, err);
    if (c != '\0' && strchr("~&<>@#", c) != NULL)
        return fail(err, ERR_CONFIG,
                    "%c in a regular expression is not supported; write \\%c for the character", c,
                    c);
    if (c != '\0' && strchr("*+?.|()", c) != NULL)
        buf_add_char(out, c);
    else
        add_literal(out, c);
    *pos += 1;
    return OK;
}

// "..." as it stands, quotes and all left out.
static enum status translate_quoted(str in, size_t *pos, struct buf *out, struct err *err)
{
    const str inside = str_from(in, *pos + 1);
    const size_t len = str_find_char(inside, '"');
    if (len == inside.len)
        return fail(err, ERR_CONFIG,
                    "a \" in the regular expression is not closed; write \\\" for the character");
    buf_add(out, STR("(?:"));
    for (size_t i = 0; i < len; i++)
        add_literal(out, inside.at[i]);
    buf_add_char(out, ')');
    *pos += len + 2;
    return OK;
}

static enum status translate_class(str in, size_t *pos, struct buf *out, struct err *err)
{
    size_t i = *pos + 1;
    buf_add_char(out, '[');
    if (i < in.len && in.at[i] == '^') {
        buf_add_char(out, '^');
        i++;
    }
    const size_t first = i;
    while (i < in.len && in.at[i] != ']') {
        if (in.at[i] == '\\') {
            const enum status status = translate_escape(in, &i, true, out, err);
            if (status != OK)
                return status;
            continue;
        }
        if (in.at[i] == '-')
            buf_add_char(out, '-');
        else
            add_literal(out, in.at[i]);
        i++;
    }
    if (i == in.len || i == first)
        return fail(err, ERR_CONFIG, "a [ in the regular expression %s",
                    i == in.len ? "is not closed" : "has nothing inside");
    buf_add_char(out, ']');
    *pos = i + 1;
    return OK;
}

// {n}, {n,} or {n,m}
static enum status translate_repeat(str in, size_t *pos, struct buf *out, struct err *err)
{
    const str inside = str_from(in, *pos + 1);
    const size_t len = str_find_char(inside, '}');
    str rest = str_to(inside, len);
    str low = STR_EMPTY;
    uint64_t from = 0;
    uint64_t to = 0;
    const bool has_comma = str_find_char(rest, ',') < rest.len;
    const bool has_low = str_take_until(&rest, ',', &low) && str_to_u64(low, &from);
    const bool has_high = rest.len > 0 && str_to_u64(rest, &to);
    if (len == inside.len || !has_low || (rest.len > 0 && !has_high) || (has_high && to < from))
        return fail(err, ERR_CONFIG,
                    "a { in the regular expression needs the form {n}, {n,} or {n,m}");
    if (from > REPEAT_MAX || to > REPEAT_MAX)
        return fail(err, ERR_LIMIT, "a repetition in the regular expression is above %u",
                    REPEAT_MAX);
    buf_printf(out, "{%u%s", (unsigned)from, has_comma ? "," : "");
    if (has_high)
        buf_printf(out, "%u", (unsigned)to);
    buf_add_char(out, '}');
    *pos += len + 2;
    return OK;
}

// Lucene's classes are of ASCII, and its white space is less than PCRE2's.
static enum status translate_escape(str in, size_t *pos, bool in_class, struct buf *out,
                                    struct err *err)
{
    static const struct {
        char letter;
        const char *alone;
        const char *in_class;
    } classes[] = {
        { 'd', "[0-9]", "0-9" },
        { 'D', "[^0-9]", "\\D" },
        { 'w', "[A-Za-z0-9_]", "A-Za-z0-9_" },
        { 'W', "[^A-Za-z0-9_]", "\\W" },
        { 's', "[ \\t\\n\\r]", " \\t\\n\\r" },
        { 'S', "[^ \\t\\n\\r]", "\\S\\x{b}\\x{c}" },
    };
    const size_t i = *pos + 1;
    if (i >= in.len)
        return fail(err, ERR_CONFIG, "the regular expression ends in a backslash");
    const char c = in.at[i];
    *pos = i + 1;
    for (size_t k = 0; k < COUNT_OF(classes); k++) {
        if (classes[k].letter != c)
            continue;
        buf_add(out, str_of(in_class ? classes[k].in_class : classes[k].alone));
        return OK;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return fail(err, ERR_CONFIG,
                    "\\%c is not part of this syntax of regular expressions; there are \\d, \\s "
                    "and \\w",
                    c);
    add_literal(out, c);
    return OK;
}

static void add_literal(struct buf *out, char c)
{
    const unsigned char octet = (unsigned char)c;
    const bool is_plain = octet >= 0x80 || (octet >= '0' && octet <= '9') ||
                          (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') ||
                          octet == '_';
    if (is_plain)
        buf_add_char(out, c);
    else if (octet < 0x20 || octet == 0x7f)
        buf_printf(out, "\\x{%x}", octet);
    else
        buf_printf(out, "\\%c", c);
}
