#include "eql/lexer.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_TEXT_MAX 64u  // Digits of a number; more say nothing that a double could hold.

static bool skip_blank(struct lexer *l);
static struct token take_name(struct lexer *l);
static struct token take_number(struct lexer *l);
static struct token take_text(struct lexer *l);
static struct token take_raw_text(struct lexer *l);
static bool take_escape(struct lexer *l, struct buf *out);
static bool take_code_point(struct lexer *l, struct buf *out);
static void add_utf8(struct buf *out, uint32_t code_point);
static struct token take_sign(struct lexer *l);
static struct token token_of(const struct lexer *l, enum token_kind kind, size_t from);
static struct token wrong(struct lexer *l, size_t at, const char *why);
static char peek(const struct lexer *l, size_t ahead);
static size_t step(str text, size_t at);
static size_t end_of_token(str text, uint32_t at);

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@';
}

static bool is_name_part(char c)
{
    return is_name_start(c) || is_digit(c);
}

struct token lexer_next(struct lexer *l)
{
    if (l->status != OK || !skip_blank(l))
        return (struct token){ .kind = TOKEN_WRONG, .at = l->wrong_at, .end = l->wrong_at };
    if (l->pos == l->text.len)
        return token_of(l, TOKEN_END, l->pos);

    const char c = peek(l, 0);
    if (is_name_start(c) || c == '`')
        return take_name(l);
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
        return take_number(l);
    if (c == '"' || c == '\'')
        return str_starts_with(str_from(l->text, l->pos), STR("\"\"\"")) ? take_raw_text(l)
                                                                         : take_text(l);
    if (c == '$' && is_name_start(peek(l, 1))) {
        const size_t from = l->pos++;
        while (is_name_part(peek(l, 0)) || (peek(l, 0) == '.' && is_name_start(peek(l, 1))))
            l->pos++;
        struct token t = token_of(l, TOKEN_LIST_NAME, from);
        t.text = str_from(t.text, 1);
        return t;
    }
    return take_sign(l);
}

// White space and comments. False where a comment does not end.
static bool skip_blank(struct lexer *l)
{
    if (l->pos == 0 && str_starts_with(l->text, STR("\xef\xbb\xbf")))
        l->pos += 3;  // A byte order mark.
    for (;;) {
        const char c = peek(l, 0);
        if (l->pos < l->text.len && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            l->pos++;
        } else if (c == '/' && peek(l, 1) == '/') {
            const str rest = str_from(l->text, l->pos);
            l->pos += str_find_char(rest, '\n');
        } else if (c == '/' && peek(l, 1) == '*') {
            const size_t from = l->pos;
            l->pos += 2;
            while (l->pos < l->text.len && !(peek(l, 0) == '*' && peek(l, 1) == '/'))
                l->pos++;
            if (l->pos == l->text.len) {
                (void)wrong(l, from, "the comment does not end");
                return false;
            }
            l->pos += 2;
        } else {
            return true;
        }
    }
}

// Parts joined by dots; a part in backticks may hold anything but a backtick.
static struct token take_name(struct lexer *l)
{
    const size_t from = l->pos;
    struct buf name;
    buf_init(&name, EQL_TEXT_MAX);
    bool quoted = false;
    for (;;) {
        const size_t part = l->pos;
        if (peek(l, 0) == '`') {
            quoted = true;
            const str rest = str_from(l->text, part + 1);
            const size_t len = str_find_char(rest, '`');
            if (len == rest.len || len == 0) {
                buf_done(&name);
                return wrong(l, part,
                             len == 0 ? "a name in backticks is empty"
                                      : "the name in backticks does not end");
            }
            buf_add(&name, str_to(rest, len));
            l->pos = part + len + 2;
        } else {
            while (is_name_part(peek(l, 0)))
                l->pos++;
            buf_add(&name, str_to(str_from(l->text, part), l->pos - part));
        }
        if (peek(l, 0) != '.' || !(is_name_start(peek(l, 1)) || peek(l, 1) == '`'))
            break;
        buf_add_char(&name, '.');
        l->pos++;
    }
    struct token t = token_of(l, TOKEN_NAME, from);
    t.quoted = quoted;
    t.text = quoted ? arena_str(l->arena, buf_str(&name)) : t.text;
    t.folds = peek(l, 0) == '~';
    l->pos += t.folds;
    t.end = (uint32_t)l->pos;
    buf_done(&name);
    return t;
}

static struct token take_number(struct lexer *l)
{
    const size_t from = l->pos;
    bool is_real = false;
    while (is_digit(peek(l, 0)))
        l->pos++;
    if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
        is_real = true;
        for (l->pos++; is_digit(peek(l, 0));)
            l->pos++;
    }
    const bool has_sign = peek(l, 1) == '+' || peek(l, 1) == '-';
    if ((peek(l, 0) == 'e' || peek(l, 0) == 'E') && is_digit(peek(l, has_sign ? 2 : 1))) {
        is_real = true;
        for (l->pos += has_sign ? 2 : 1; is_digit(peek(l, 0));)
            l->pos++;
    }
    if (is_name_start(peek(l, 0))) {
        while (is_name_part(peek(l, 0)))
            l->pos++;
        return token_of(l, TOKEN_SPAN, from);
    }

    struct token t = token_of(l, is_real ? TOKEN_FLOAT : TOKEN_INT, from);
    if (!is_real) {
        uint64_t number;
        if (!str_to_u64(t.text, &number) || number > (uint64_t)INT64_MAX + 1)
            return wrong(l, from, "the number does not fit in 64 bits");
        // The one more that only a minus sign makes a number of 64 bits wraps to it.
        t.integer = (int64_t)number;
        return t;
    }
    char digits[NUMBER_TEXT_MAX];
    if (t.text.len >= sizeof digits)
        return wrong(l, from, "the number has too many digits");
    memcpy(digits, t.text.at, t.text.len);
    digits[t.text.len] = '\0';
    t.real = strtod(digits, NULL);
    if (t.real > 1.7976931348623157e308)
        return wrong(l, from, "the number is too large");
    return t;
}

static struct token take_text(struct lexer *l)
{
    const size_t from = l->pos;
    if (peek(l, 0) == '\'')
        return wrong(l, from, "text stands in double quotes");
    struct buf out;
    buf_init(&out, EQL_TEXT_MAX);
    l->pos++;
    while (l->status == OK && l->pos < l->text.len && peek(l, 0) != '"' && peek(l, 0) != '\n') {
        if (peek(l, 0) == '\\') {
            if (!take_escape(l, &out))
                break;
        } else {
            buf_add_char(&out, peek(l, 0));
            l->pos++;
        }
    }
    struct token t;
    if (l->status != OK) {
        t = (struct token){ .kind = TOKEN_WRONG };
    } else if (peek(l, 0) != '"') {
        t = wrong(l, from, "the text does not end");
    } else {
        l->pos++;
        t = token_of(l, TOKEN_TEXT, from);
        t.text = arena_str(l->arena, buf_str(&out));
    }
    buf_done(&out);
    return t;
}

// """as it stands"""; quotes right before the closing ones belong to the text.
static struct token take_raw_text(struct lexer *l)
{
    const size_t from = l->pos;
    l->pos += 3;
    while (l->pos < l->text.len && !str_starts_with(str_from(l->text, l->pos), STR("\"\"\"")))
        l->pos++;
    if (l->pos == l->text.len)
        return wrong(l, from, "the raw text does not end");
    l->pos += 3;
    for (int extra = 0; extra < 2 && peek(l, 0) == '"'; extra++)
        l->pos++;
    struct token t = token_of(l, TOKEN_TEXT, from);
    t.text = str_to(str_from(t.text, 3), t.text.len - 6);
    return t;
}

static bool take_escape(struct lexer *l, struct buf *out)
{
    static const char letters[] = "btnrf\"'\\";
    static const char meanings[] = "\b\t\n\r\f\"'\\";

    const char c = peek(l, 1);
    if (c == 'u' && peek(l, 2) == '{')
        return take_code_point(l, out);
    const char *letter = c == '\0' ? NULL : strchr(letters, c);
    if (letter == NULL) {
        (void)wrong(l, l->pos, "no such escape in text; a backslash itself is \\\\");
        return false;
    }
    buf_add_char(out, meanings[letter - letters]);
    l->pos += 2;
    return true;
}

// \u{1f600}: two to eight hexadecimal digits.
static bool take_code_point(struct lexer *l, struct buf *out)
{
    const size_t from = l->pos;
    uint64_t code_point = 0;
    size_t digits = 0;
    for (l->pos += 3; digits < 9 && peek(l, 0) != '}'; digits++, l->pos++) {
        const char c = peek(l, 0);
        const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit(c) && !is_letter)
            break;
        code_point = code_point * 16 + (uint64_t)(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (peek(l, 0) != '}' || digits < 2 || digits > 8 || code_point > 0x10ffff || is_surrogate) {
        (void)wrong(l, from, "\\u{...} needs 2 to 8 hexadecimal digits of a Unicode character");
        return false;
    }
    l->pos++;
    add_utf8(out, (uint32_t)code_point);
    return true;
}

static void add_utf8(struct buf *out, uint32_t code_point)
{
    if (code_point < 0x80) {
        buf_add_char(out, (char)code_point);
        return;
    }
    const unsigned count = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    static const unsigned lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    buf_add_char(out, (char)(lead[count] | code_point >> (6 * count)));
    for (unsigned i = count; i > 0; i--)
        buf_add_char(out, (char)(0x80 | (code_point >> (6 * (i - 1)) & 0x3f)));
}

static struct token take_sign(struct lexer *l)
{
    static const str signs[] = {
        STR_INIT("=="), STR_INIT("!="), STR_INIT("<="), STR_INIT(">="), STR_INIT("!["),
        STR_INIT("<"),  STR_INIT(">"),  STR_INIT("="),  STR_INIT(":"),  STR_INIT("("),
        STR_INIT(")"),  STR_INIT("["),  STR_INIT("]"),  STR_INIT(","),  STR_INIT("+"),
        STR_INIT("-"),  STR_INIT("*"),  STR_INIT("/"),  STR_INIT("%"),  STR_INIT("?"),
        STR_INIT("|"),  STR_INIT("."),
    };
    const str rest = str_from(l->text, l->pos);
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (!str_starts_with(rest, signs[i]))
            continue;
        const size_t from = l->pos;
        l->pos += signs[i].len;
        return token_of(l, TOKEN_SIGN, from);
    }
    static const struct {
        str text;
        const char *sentence;
    } hints[] = {
        { STR_INIT("&&"), "conditions are joined by `and`" },
        { STR_INIT("!"), "`not` stands before a condition; ! only in != and ![" },
        { STR_INIT("\xe2\x80\x9c"), "text stands in plain double quotes" },
        { STR_INIT("\xe2\x80\x9d"), "text stands in plain double quotes" },
        { STR_INIT(";"), "a query ends without a semicolon" },
    };
    for (size_t i = 0; i < COUNT_OF(hints); i++)
        if (str_starts_with(rest, hints[i].text))
            return wrong(l, l->pos, hints[i].sentence);
    return wrong(l, l->pos, "this character has no meaning here");
}

static struct token token_of(const struct lexer *l, enum token_kind kind, size_t from)
{
    return (struct token){
        .kind = kind,
        .at = (uint32_t)from,
        .end = (uint32_t)l->pos,
        .text = str_to(str_from(l->text, from), l->pos - from),
    };
}

static struct token wrong(struct lexer *l, size_t at, const char *why)
{
    (void)lexer_refuse(l, ERR_CONFIG, (uint32_t)at, "%s", why);
    return (struct token){ .kind = TOKEN_WRONG, .at = (uint32_t)at, .end = (uint32_t)at };
}

// NUL past the end; a NUL in the text has no meaning anywhere, so the two need not be told apart
// except where text runs to its closing quote.
static char peek(const struct lexer *l, size_t ahead)
{
    return l->pos + ahead < l->text.len ? l->text.at[l->pos + ahead] : '\0';
}

enum status lexer_refuse(struct lexer *l, enum status status, uint32_t at, const char *format, ...)
{
    if (l->status != OK)
        return l->status;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(l->err->text, sizeof l->err->text, format, arguments);
    va_end(arguments);
    l->status = status;
    l->wrong_at = at;
    return status;
}

struct eql_place lexer_place(str text, uint32_t at)
{
    struct eql_place place = { .line = 1, .column = 1 };
    for (size_t i = 0; i < at && i < text.len; i += step(text, i)) {
        if (text.at[i] == '\n') {
            place.line++;
            place.column = 1;
        } else {
            place.column++;
        }
    }
    const size_t end = end_of_token(text, at);
    for (size_t i = at; i < end; i += step(text, i))
        place.length++;
    if (place.length == 0)
        place.length = 1;
    return place;
}

// Octets of the character.
static size_t step(str text, size_t at)
{
    const size_t len = utf8_len(str_from(text, at));
    return len == 0 ? 1 : len;
}

// Of the token that begins there; of its first line, where it has several.
static size_t end_of_token(str text, uint32_t at)
{
    struct err err;
    struct arena arena = { 0 };
    struct lexer l = { .text = text, .pos = at, .arena = &arena, .err = &err };
    const struct token t = lexer_next(&l);
    arena_done(&arena);
    const size_t line = at + str_find_char(str_from(text, at), '\n');
    return t.kind == TOKEN_WRONG || t.at != at ? at : t.end < line ? t.end : line;
}
