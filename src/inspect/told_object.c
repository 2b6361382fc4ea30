// Whether a text is what a printer writes behind the comma of a slice's path. No parser: nothing is
// kept of it. It holds what makes one line of it one object, of the file that the walker named.

#include "base/utf8.h"
#include "inspect/told.h"

enum want {
    WANT_KEY,
    WANT_VALUE,
    WANT_NEXT
};

struct scan {
    str in;
    size_t at;
    char ends[TOLD_DEPTH_MAX];  // What closes each that is open.
    size_t depth;
};

static bool scan_key(struct scan *s);
static bool scan_value(struct scan *s, enum want *want);
static bool open_one(struct scan *s, enum want *want);
static bool scan_next(struct scan *s, enum want *want);
static bool scan_string(struct scan *s);
static size_t escape_len(str rest);
static bool scan_number(struct scan *s);
static size_t scan_digits(struct scan *s);
static bool take_text(struct scan *s, str text);
static char peek(const struct scan *s);

bool told_is_object(str object)
{
    struct scan s = { .in = object, .ends = { '}' }, .depth = 1 };
    enum want want = WANT_KEY;
    bool is_fine = str_starts_with(object, STR("\"size\":"));
    while (is_fine && s.depth > 0) {
        switch (want) {
        case WANT_KEY:
            is_fine = scan_key(&s);
            want = WANT_VALUE;
            break;
        case WANT_VALUE:
            is_fine = scan_value(&s, &want);
            break;
        case WANT_NEXT:
            is_fine = scan_next(&s, &want);
            break;
        }
    }
    return is_fine && s.at == object.len;
}

// At the top a name stands as it is, so that "path" has no second spelling.
static bool scan_key(struct scan *s)
{
    const size_t from = s->at;
    if (!scan_string(s) || !take_text(s, STR(":")))
        return false;
    const str key = str_to(str_from(s->in, from), s->at - 1 - from);
    return s->depth > 1 || (!str_eq(key, STR("\"path\"")) && str_find_char(key, '\\') == key.len);
}

static bool scan_value(struct scan *s, enum want *want)
{
    *want = WANT_NEXT;
    switch (peek(s)) {
    case '{':
    case '[':
        return open_one(s, want);
    case '"':
        return scan_string(s);
    case 't':
        return take_text(s, STR("true"));
    case 'f':
        return take_text(s, STR("false"));
    case 'n':
        return take_text(s, STR("null"));
    default:
        return scan_number(s);
    }
}

static bool open_one(struct scan *s, enum want *want)
{
    const bool is_object = peek(s) == '{';
    const char end = is_object ? '}' : ']';
    s->at++;
    if (peek(s) == end) {
        s->at++;
        return true;
    }
    if (s->depth == TOLD_DEPTH_MAX)
        return false;
    s->ends[s->depth++] = end;
    *want = is_object ? WANT_KEY : WANT_VALUE;
    return true;
}

static bool scan_next(struct scan *s, enum want *want)
{
    const char end = s->ends[s->depth - 1];
    const char c = peek(s);
    s->at++;
    if (c == end) {
        s->depth--;
        return true;
    }
    *want = end == '}' ? WANT_KEY : WANT_VALUE;
    return c == ',';
}

static bool scan_string(struct scan *s)
{
    if (!take_text(s, STR("\"")))
        return false;
    while (s->at < s->in.len) {
        const unsigned char c = (unsigned char)s->in.at[s->at];
        // Nearly all of it.
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            s->at++;
            continue;
        }
        const str rest = str_from(s->in, s->at);
        size_t len = 1;
        if (c == '\\')
            len = escape_len(rest);
        else if (c >= 0x80)
            len = utf8_len(rest);
        // What buf_add_json() writes by number may steer a terminal.
        if (len == 0 || c < 0x20 || c == 0x7f ||
            (c >= 0x80 && !utf8_is_shown(utf8_code_point(rest))))
            return false;
        s->at += len;
        if (c == '"')
            return true;
    }
    return false;
}

static size_t escape_len(str rest)
{
    size_t i = 2;
    if (rest.len < 2)
        return 0;
    if (rest.at[1] != 'u')
        return str_find_char(STR("\"\\/bfnrt"), rest.at[1]) < 8 ? 2 : 0;
    while (i < rest.len && i < 6 && str_find_char(STR("0123456789abcdefABCDEF"), rest.at[i]) < 22)
        i++;
    return i == 6 ? 6 : 0;
}

static bool scan_number(struct scan *s)
{
    if (peek(s) == '-')
        s->at++;
    const bool is_zero = peek(s) == '0';
    const size_t len = scan_digits(s);
    if (len == 0 || (is_zero && len > 1))
        return false;
    if (peek(s) == '.') {
        s->at++;
        if (scan_digits(s) == 0)
            return false;
    }
    if (peek(s) != 'e' && peek(s) != 'E')
        return true;
    s->at++;
    if (peek(s) == '+' || peek(s) == '-')
        s->at++;
    return scan_digits(s) > 0;
}

static size_t scan_digits(struct scan *s)
{
    const size_t from = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at - from;
}

static bool take_text(struct scan *s, str text)
{
    if (!str_starts_with(str_from(s->in, s->at), text))
        return false;
    s->at += text.len;
    return true;
}

// '\0' at the end, which nothing in an object begins with.
static char peek(const struct scan *s)
{
    return s->at < s->in.len ? s->in.at[s->at] : '\0';
}
