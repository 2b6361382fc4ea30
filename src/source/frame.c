#include "source/frame.h"

#define LEVELS_MAX 64u  // Deeper brackets are counted and not told apart.

// Blanks are three: a line's end is more than a blank.
enum octet {
    OCTET_PLAIN,
    OCTET_BLANK,
    OCTET_NEWLINE,
    OCTET_QUOTE,
    OCTET_BRACKET
};

static const uint8_t octets[256] = {
    [' '] = OCTET_BLANK,    ['\t'] = OCTET_BLANK,  ['\r'] = OCTET_BLANK,
    ['\n'] = OCTET_NEWLINE, ['"'] = OCTET_QUOTE,   ['{'] = OCTET_BRACKET,
    ['}'] = OCTET_BRACKET,  ['['] = OCTET_BRACKET, [']'] = OCTET_BRACKET,
};

static bool look_at(struct framer *f, str text, size_t *len);
static void pass_separators(struct framer *f, str text);
static size_t look_at_object(struct framer *f, str text);
static size_t pass_indent(struct framer *f, str text);
static bool look_at_bracket(struct framer *f, char bracket);
static bool may_stand(const struct framer *f, char bracket);
static void look_at_string(struct framer *f, str text);
static size_t find_in_string(str text, size_t from);
static void look_at_escape(struct framer *f, str text);
static size_t look_at_damage(struct framer *f, str text);
static size_t look_at_other(struct framer *f, str text);
static void look_for_object(struct framer *f, str text);
static void pass_line(struct framer *f, str text);
static void note(struct framer *f, char c);
static enum octet octet_of(char c);
static bool is_space(char c);

enum frame_form frame_form_of(str head)
{
    const str first = str_to(head, FRAME_HEAD_MAX);
    const enum frame_form if_short = head.len < FRAME_HEAD_MAX ? FRAME_UNDECIDED : FRAME_LINES;
    size_t i = frame_mark_len(head);
    while (i < first.len && is_space(first.at[i]))
        i++;
    if (i == first.len)
        return if_short;
    const char opening = first.at[i++];
    if (opening != '{' && opening != '[')
        return FRAME_LINES;
    bool has_newline = false;
    for (; i < first.len && is_space(first.at[i]); i++)
        has_newline |= first.at[i] == '\n';
    if (opening == '{' && has_newline)
        return FRAME_STREAM;
    if (i == first.len)
        return if_short;
    const bool is_array = opening == '[' && (first.at[i] == '{' || first.at[i] == ']');
    return is_array ? FRAME_STREAM : FRAME_LINES;
}

size_t frame_mark_len(str head)
{
    const str mark = STR("\xef\xbb\xbf");
    const str first = str_to(head, mark.len);
    return str_starts_with(mark, first) ? first.len : 0;
}

void framer_init(struct framer *f)
{
    *f = (struct framer){ .line = 1, .is_start = true };
}

bool framer_take(struct framer *f, str *rest, str *record)
{
    while (f->seen < rest->len) {
        const bool is_passing = f->state == FRAMER_BETWEEN || f->state == FRAMER_LOST;
        size_t len = 0;
        const bool is_whole = look_at(f, *rest, &len);
        if (is_whole) {
            *record = str_to(*rest, len);
            f->state = FRAMER_BETWEEN;
        }
        const size_t taken = is_passing ? f->seen : len;
        rest->at += taken;
        rest->len -= taken;
        f->seen -= taken;
        if (is_whole)
            return true;
    }
    return false;
}

void framer_give_up(struct framer *f)
{
    f->state = FRAMER_LOST;
    f->seen = 0;
}

uint64_t framer_line(const struct framer *f)
{
    return f->begin_line;
}

// True when a record is whole, which is the first `len` octets of the text.
static bool look_at(struct framer *f, str text, size_t *len)
{
    switch (f->state) {
    case FRAMER_BETWEEN:
        pass_separators(f, text);
        return false;
    case FRAMER_OBJECT:
        *len = look_at_object(f, text);
        return *len > 0;
    case FRAMER_STRING:
        look_at_string(f, text);
        return false;
    case FRAMER_ESCAPE:
        look_at_escape(f, text);
        return false;
    case FRAMER_DAMAGED:
        *len = look_at_damage(f, text);
        return *len > 0;
    case FRAMER_OTHER:
        *len = look_at_other(f, text);
        return *len > 0;
    case FRAMER_LOST:
        look_for_object(f, text);
        return false;
    }
    return false;
}

static void pass_separators(struct framer *f, str text)
{
    for (; f->seen < text.len; f->seen++) {
        const char c = text.at[f->seen];
        if (!is_space(c) && c != ',' && c != '[' && c != ']')
            break;
        note(f, c);
    }
    if (f->seen == text.len)
        return;
    f->state = text.at[f->seen] == '{' ? FRAMER_OBJECT : FRAMER_OTHER;
    f->begin_line = f->line;
    f->begin_indent = f->indent;
    f->depth = 0;
}

// Outside strings. The object's length when its last brace was found.
static size_t look_at_object(struct framer *f, str text)
{
    size_t i = f->seen;
    for (; i < text.len && f->state == FRAMER_OBJECT; i++) {
        const char c = text.at[i];
        switch (octet_of(c)) {
        case OCTET_BLANK:
            note(f, c);
            continue;
        case OCTET_NEWLINE:
            note(f, c);
            i += pass_indent(f, str_from(text, i + 1));
            continue;
        case OCTET_BRACKET:
            if (!look_at_bracket(f, c)) {
                f->state = FRAMER_DAMAGED;
                f->seen = i;  // It is looked at again: the next object may begin with it.
                return 0;
            }
            break;
        case OCTET_QUOTE:
            f->state = FRAMER_STRING;
            f->seen = i + 1;
            look_at_string(f, text);  // Most are whole and have no escapes.
            i = f->seen - 1;
            break;
        case OCTET_PLAIN:
            break;
        }
        f->is_start = false;
        f->previous = c;
        if (f->depth == 0) {
            f->seen = i + 1;
            return f->seen;
        }
    }
    f->seen = i;
    return 0;
}

// Most of what is printed prettily is this.
static size_t pass_indent(struct framer *f, str text)
{
    size_t i = 0;
    while (i < text.len && text.at[i] == ' ')
        i++;
    f->indent = i;
    return i;
}

static bool look_at_bracket(struct framer *f, char bracket)
{
    if (!may_stand(f, bracket))
        return false;
    if (bracket == '}' || bracket == ']') {
        f->depth--;
        return true;
    }
    if (f->depth < LEVELS_MAX) {
        const uint64_t level = (uint64_t)1 << f->depth;
        f->objects = bracket == '{' ? f->objects | level : f->objects & ~level;
    }
    f->depth++;
    return true;
}

// A bracket that closes must be of the kind that is open; one that opens must follow a name's
// colon, or be an array's element.
static bool may_stand(const struct framer *f, char bracket)
{
    if (f->depth == 0 || f->depth > LEVELS_MAX)
        return true;
    const bool is_in_object = (f->objects >> (f->depth - 1) & 1) != 0;
    if (bracket == '}' || bracket == ']')
        return is_in_object == (bracket == '}');
    return is_in_object ? f->previous == ':' : f->previous == ',' || f->previous == '[';
}

static void look_at_string(struct framer *f, str text)
{
    f->seen = find_in_string(text, f->seen);
    if (f->seen == text.len)
        return;
    switch (text.at[f->seen]) {
    case '"':
        f->state = FRAMER_OBJECT;
        f->seen++;
        break;
    case '\\':
        f->state = FRAMER_ESCAPE;
        f->seen++;
        break;
    default:
        f->state = FRAMER_DAMAGED;
    }
}

// The next quote, backslash or end of a line, by eight octets at a time.
static size_t find_in_string(str text, size_t from)
{
    const uint64_t ones = UINT64_MAX / 255;
    const uint64_t highs = ones << 7;
    size_t i = from;
    for (; text.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.at + i, sizeof word);
        // What is looked for becomes zero. The lowest zero's highest bit goes from clear to set.
        const uint64_t quote = word ^ ones * '"';
        const uint64_t backslash = word ^ ones * '\\';
        const uint64_t newline = word ^ ones * '\n';
        const uint64_t found = (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                                ((newline - ones) & ~newline)) &
                               highs;
        if (found != 0 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            return i + (size_t)__builtin_ctzll(found) / 8;
        if (found != 0)
            break;
    }
    while (i < text.len && text.at[i] != '"' && text.at[i] != '\\' && text.at[i] != '\n')
        i++;
    return i;
}

static void look_at_escape(struct framer *f, str text)
{
    const bool is_damaged = text.at[f->seen] == '\n';
    f->state = is_damaged ? FRAMER_DAMAGED : FRAMER_STRING;
    f->seen += !is_damaged;
}

// The record's length when a line was found that cannot be of it. A closing brace in that place
// is the record's own.
static size_t look_at_damage(struct framer *f, str text)
{
    while (f->seen < text.len) {
        const char c = text.at[f->seen];
        const bool is_outer = f->is_start && f->indent <= f->begin_indent;
        if (is_outer && (c == '{' || c == '[' || c == ']' || c == ','))
            return f->seen;
        note(f, c);
        f->seen++;
        if (is_outer && c == '}')
            return f->seen;
        if (!f->is_start)
            pass_line(f, text);
    }
    return 0;
}

static size_t look_at_other(struct framer *f, str text)
{
    f->is_start = false;
    pass_line(f, text);
    if (f->seen == text.len)
        return 0;
    return f->seen - (f->seen > 1 && text.at[f->seen - 1] == '\r');
}

static void look_for_object(struct framer *f, str text)
{
    for (; f->seen < text.len; f->seen++) {
        if (!f->is_start)
            pass_line(f, text);
        if (f->seen == text.len)
            return;
        const char c = text.at[f->seen];
        if (c == '{' && f->is_start) {
            f->state = FRAMER_BETWEEN;
            return;
        }
        if (c != ',' && c != '[' && c != ']' && c != '}')
            note(f, c);
    }
}

// To the end of the line that is looked at, which is looked at next.
static void pass_line(struct framer *f, str text)
{
    const char *end = memchr(text.at + f->seen, '\n', text.len - f->seen);
    f->seen = end == NULL ? text.len : (size_t)(end - text.at);
}

static void note(struct framer *f, char c)
{
    if (c == '\n') {
        f->line++;
        f->indent = 0;
        f->is_start = true;
    } else if (octet_of(c) != OCTET_BLANK) {
        f->is_start = false;
    } else if (f->is_start) {
        f->indent++;
    }
}

static enum octet octet_of(char c)
{
    return (enum octet)octets[(unsigned char)c];
}

static bool is_space(char c)
{
    return octet_of(c) == OCTET_BLANK || octet_of(c) == OCTET_NEWLINE;
}
