#include "eql/functions.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "eql/address.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_TEXT_MAX 64u

static function_call call_add, call_subtract, call_multiply, call_divide, call_modulo, call_between,
    call_cidr_match, call_concat, call_ends_with, call_index_of, call_length, call_number,
    call_starts_with, call_string, call_string_contains, call_substring;

static struct value compute_integers(enum ast_op op, int64_t a, int64_t b);
static struct value compute_reals(enum ast_op op, double a, double b);
static size_t find(str s, str needle, bool last, bool folds, struct eql_scratch *scratch);
static const uint32_t *borders_of(str needle, bool folds, struct eql_scratch *scratch);
static bool same_octet(char a, char b, bool folds);
static bool whole_of(struct value v, int64_t *out);
static size_t count_characters(str s);
static size_t count_ascii(str s);
static size_t offset_of_character(str s, size_t index);
static bool is_same(str a, str b, bool folds);
static void add_text_of(struct buf *out, struct value v);
static struct value keep(const struct buf *b, struct eql_scratch *scratch);

static const struct value missing = { .type = VALUE_MISSING };

#define NUMBERS                                                            \
    {                                                                      \
        EQL_TYPE_NUMBER, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER \
    }
#define TEXTS                                                      \
    {                                                              \
        EQL_TYPE_TEXT, EQL_TYPE_TEXT, EQL_TYPE_TEXT, EQL_TYPE_TEXT \
    }
#define ANY                                                    \
    {                                                          \
        EQL_TYPE_ANY, EQL_TYPE_ANY, EQL_TYPE_ANY, EQL_TYPE_ANY \
    }

// clang-format off
const struct eql_function eql_functions[] = {
    { STR_INIT("add"), 2, 2, 2, false, EQL_TYPE_NUMBER, NUMBERS, call_add },
    { STR_INIT("between"), 3, 4, 3, true, EQL_TYPE_TEXT, { EQL_TYPE_TEXT, EQL_TYPE_TEXT, EQL_TYPE_TEXT, EQL_TYPE_BOOL }, call_between },
    { STR_INIT("cidrMatch"), 2, EQL_ARGUMENTS_MAX, EQL_ARGUMENTS_MAX, true, EQL_TYPE_BOOL, TEXTS, call_cidr_match },
    { STR_INIT("concat"), 1, EQL_ARGUMENTS_MAX, EQL_ARGUMENTS_MAX, false, EQL_TYPE_TEXT, ANY, call_concat },
    { STR_INIT("divide"), 2, 2, 2, false, EQL_TYPE_NUMBER, NUMBERS, call_divide },
    { STR_INIT("endsWith"), 2, 2, 2, true, EQL_TYPE_BOOL, TEXTS, call_ends_with },
    { STR_INIT("indexOf"), 2, 3, 2, true, EQL_TYPE_NUMBER, { EQL_TYPE_TEXT, EQL_TYPE_TEXT, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER }, call_index_of },
    { STR_INIT("length"), 1, 1, 1, false, EQL_TYPE_NUMBER, TEXTS, call_length },
    { STR_INIT("modulo"), 2, 2, 2, false, EQL_TYPE_NUMBER, NUMBERS, call_modulo },
    { STR_INIT("multiply"), 2, 2, 2, false, EQL_TYPE_NUMBER, NUMBERS, call_multiply },
    { STR_INIT("number"), 1, 2, 1, false, EQL_TYPE_NUMBER, { EQL_TYPE_TEXT, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER }, call_number },
    { STR_INIT("startsWith"), 2, 2, 2, true, EQL_TYPE_BOOL, TEXTS, call_starts_with },
    { STR_INIT("string"), 1, 1, 1, false, EQL_TYPE_TEXT, ANY, call_string },
    { STR_INIT("stringContains"), 2, 2, 2, true, EQL_TYPE_BOOL, TEXTS, call_string_contains },
    { STR_INIT("substring"), 2, 3, 2, false, EQL_TYPE_TEXT, { EQL_TYPE_TEXT, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER, EQL_TYPE_NUMBER }, call_substring },
    { STR_INIT("subtract"), 2, 2, 2, false, EQL_TYPE_NUMBER, NUMBERS, call_subtract },
};
// clang-format on

uint16_t eql_function_of(str name)
{
    for (size_t i = 0; i < COUNT_OF(eql_functions); i++)
        if (str_eq_nocase(eql_functions[i].name, name))
            return (uint16_t)i;
    return FUNCTION_NONE;
}

str eql_function_nearest(str name)
{
    size_t best = name.len < 6 ? 3 : name.len / 3 + 1;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(eql_functions); i++) {
        const size_t distance = str_distance(eql_functions[i].name, name, best);
        if (distance < best) {
            best = distance;
            nearest = eql_functions[i].name;
        }
    }
    return nearest;
}

// What overflows, like what is divided by zero, is null: there is no number that it could be.
struct value eql_function_arithmetic(enum ast_op op, struct value left, struct value right)
{
    if (left.type == VALUE_INT && right.type == VALUE_INT)
        return compute_integers(op, left.integer, right.integer);
    if (left.type != VALUE_INT && left.type != VALUE_FLOAT)
        return missing;
    if (right.type != VALUE_INT && right.type != VALUE_FLOAT)
        return missing;
    const double a = left.type == VALUE_INT ? (double)left.integer : left.real;
    const double b = right.type == VALUE_INT ? (double)right.integer : right.real;
    return compute_reals(op, a, b);
}

static struct value compute_integers(enum ast_op op, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool overflows = false;
    if (op == OP_ADD)
        overflows = __builtin_add_overflow(a, b, &result);
    else if (op == OP_SUBTRACT)
        overflows = __builtin_sub_overflow(a, b, &result);
    else if (op == OP_MULTIPLY)
        overflows = __builtin_mul_overflow(a, b, &result);
    else if (b == 0 || (a == INT64_MIN && b == -1))
        overflows = true;
    else
        result = op == OP_DIVIDE ? a / b : a % b;
    return overflows ? missing : value_of_int(result);
}

static struct value compute_reals(enum ast_op op, double a, double b)
{
    double result = 0;
    if (op == OP_ADD)
        result = a + b;
    else if (op == OP_SUBTRACT)
        result = a - b;
    else if (op == OP_MULTIPLY)
        result = a * b;
    else
        result = op == OP_DIVIDE ? a / b : fmod(a, b);
    return isfinite(result) ? value_of_float(result) : missing;
}

static struct value call_add(const struct value *v, uint32_t count, bool folds,
                             struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return eql_function_arithmetic(OP_ADD, v[0], v[1]);
}

static struct value call_subtract(const struct value *v, uint32_t count, bool folds,
                                  struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return eql_function_arithmetic(OP_SUBTRACT, v[0], v[1]);
}

static struct value call_multiply(const struct value *v, uint32_t count, bool folds,
                                  struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return eql_function_arithmetic(OP_MULTIPLY, v[0], v[1]);
}

static struct value call_divide(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return eql_function_arithmetic(OP_DIVIDE, v[0], v[1]);
}

static struct value call_modulo(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return eql_function_arithmetic(OP_MODULO, v[0], v[1]);
}

// What stands between the first `left` and the first `right` after it, or the last where greedy.
static struct value call_between(const struct value *v, uint32_t count, bool folds,
                                 struct eql_scratch *scratch)
{
    const str source = value_str(v[0]);
    const str left = value_str(v[1]);
    const str right = value_str(v[2]);
    const bool greedy = count > 3 && v[3].type == VALUE_BOOL && v[3].boolean;

    size_t start = find(source, left, false, folds, scratch);
    if (start == SIZE_MAX)
        return missing;
    start += left.len;
    const str rest = str_from(source, start);
    const size_t end = find(rest, right, greedy, folds, scratch);
    return end == SIZE_MAX ? missing : value_of_text(str_to(rest, end));
}

static struct value call_cidr_match(const struct value *v, uint32_t count, bool folds,
                                    struct eql_scratch *scratch)
{
    (void)folds, (void)scratch;
    struct address address;
    if (!address_of(value_str(v[0]), &address))
        return missing;
    for (uint32_t i = 1; i < count; i++)
        if (address_is_in(&address, value_str(v[i])))
            return value_of_bool(true);
    return value_of_bool(false);
}

static struct value call_concat(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    (void)folds;
    struct buf out;
    buf_init(&out, EQL_TEXT_VALUE_MAX);
    for (uint32_t i = 0; i < count; i++)
        add_text_of(&out, v[i]);
    const struct value result = keep(&out, scratch);
    buf_done(&out);
    return result;
}

static struct value call_ends_with(const struct value *v, uint32_t count, bool folds,
                                   struct eql_scratch *scratch)
{
    (void)count, (void)scratch;
    const str s = value_str(v[0]);
    const str end = value_str(v[1]);
    return value_of_bool(s.len >= end.len && is_same(str_from(s, s.len - end.len), end, folds));
}

// Counts characters, from 0.
static struct value call_index_of(const struct value *v, uint32_t count, bool folds,
                                  struct eql_scratch *scratch)
{
    const str s = value_str(v[0]);
    int64_t start;
    size_t from = 0;
    if (count > 2 && whole_of(v[2], &start) && start > 0)
        from = offset_of_character(s, (uint64_t)start);
    const size_t at = find(str_from(s, from), value_str(v[1]), false, folds, scratch);
    return at == SIZE_MAX ? missing : value_of_int((int64_t)count_characters(str_to(s, from + at)));
}

static struct value call_length(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    (void)count, (void)folds, (void)scratch;
    return value_of_int((int64_t)count_characters(value_str(v[0])));
}

// Text of a number in base 10, or 16 after 0x, or the base given; null where it is none.
static struct value call_number(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    (void)folds, (void)scratch;
    char copy[NUMBER_TEXT_MAX];
    const str text = value_str(v[0]);
    int64_t given = 0;
    const bool has_base = count > 1 && whole_of(v[1], &given);
    if (text.len == 0 || text.len >= sizeof copy || (has_base && (given < 2 || given > 36)))
        return missing;
    // What strtoll() would pass over; and NUL, where a copy would end.
    if (memchr(text.at, '\0', text.len) != NULL || strchr(" \t\n\v\f\r", text.at[0]) != NULL)
        return missing;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';

    char *end;
    const str digits = str_from(text, text.at[0] == '-' || text.at[0] == '+');
    const bool is_hex = str_starts_with(digits, STR("0x")) || str_starts_with(digits, STR("0X"));
    const int base = has_base ? (int)given : is_hex ? 16 : 10;
    const long long integer = strtoll(copy, &end, base);
    if (end == copy + text.len && integer != INT64_MAX && integer != INT64_MIN)
        return value_of_int(integer);
    if (has_base || is_hex || digits.len == 0 || digits.at[0] > '9')
        return missing;
    const double real = strtod(copy, &end);
    return end == copy + text.len && isfinite(real) ? value_of_float(real) : missing;
}

static struct value call_starts_with(const struct value *v, uint32_t count, bool folds,
                                     struct eql_scratch *scratch)
{
    (void)count, (void)scratch;
    const str s = value_str(v[0]);
    const str start = value_str(v[1]);
    return value_of_bool(s.len >= start.len && is_same(str_to(s, start.len), start, folds));
}

static struct value call_string(const struct value *v, uint32_t count, bool folds,
                                struct eql_scratch *scratch)
{
    return v[0].type == VALUE_TEXT ? v[0] : call_concat(v, count, folds, scratch);
}

static struct value call_string_contains(const struct value *v, uint32_t count, bool folds,
                                         struct eql_scratch *scratch)
{
    (void)count;
    return value_of_bool(find(value_str(v[0]), value_str(v[1]), false, folds, scratch) != SIZE_MAX);
}

// Characters from start up to, not with, end; negative ones count from the end.
static struct value call_substring(const struct value *v, uint32_t count, bool folds,
                                   struct eql_scratch *scratch)
{
    (void)folds, (void)scratch;
    const str s = value_str(v[0]);
    const int64_t len = (int64_t)count_characters(s);
    int64_t bounds[2] = { 0, len };
    for (uint32_t i = 1; i < count && i < 3; i++) {
        int64_t bound;
        if (!whole_of(v[i], &bound))
            continue;
        if (bound < 0)
            bound = bound < -len ? 0 : len + bound;
        bounds[i - 1] = bound > len ? len : bound;
    }
    if (bounds[0] >= bounds[1])
        return value_of_text(STR_EMPTY);
    const size_t from = offset_of_character(s, (uint64_t)bounds[0]);
    const size_t to = offset_of_character(s, (uint64_t)bounds[1]);
    return value_of_text(str_to(str_from(s, from), to - from));
}

// Where the needle first stands, or last; SIZE_MAX for nowhere. Knuth, Morris and Pratt: each octet
// is looked at a bounded number of times, whatever the two texts are.
static size_t find(str s, str needle, bool last, bool folds, struct eql_scratch *scratch)
{
    size_t found = SIZE_MAX;
    if (needle.len == 0)
        return last ? s.len : 0;
    if (needle.len > s.len)
        return SIZE_MAX;
    const uint32_t *borders = borders_of(needle, folds, scratch);
    size_t matched = 0;
    for (size_t i = 0; i < s.len; i++) {
        while (matched > 0 && !same_octet(s.at[i], needle.at[matched], folds))
            matched = borders[matched - 1];
        matched += same_octet(s.at[i], needle.at[matched], folds);
        if (matched < needle.len)
            continue;
        found = i + 1 - needle.len;
        if (!last)
            return found;
        matched = borders[matched - 1];
    }
    return found;
}

// Of each beginning of the needle, how much of its end is also its beginning.
static const uint32_t *borders_of(str needle, bool folds, struct eql_scratch *scratch)
{
    uint32_t *borders = arena_zalloc(&scratch->arena, needle.len * sizeof *borders);
    uint32_t border = 0;
    for (size_t i = 1; i < needle.len; i++) {
        while (border > 0 && !same_octet(needle.at[i], needle.at[border], folds))
            border = borders[border - 1];
        border += same_octet(needle.at[i], needle.at[border], folds);
        borders[i] = border;
    }
    return borders;
}

static bool same_octet(char a, char b, bool folds)
{
    return a == b || (folds && str_eq_nocase((str){ &a, 1 }, (str){ &b, 1 }));
}

// A position may be a real number, where it is whole.
static bool whole_of(struct value v, int64_t *out)
{
    if (v.type == VALUE_FLOAT && fabs(v.real) < 9e18 && v.real == floor(v.real))
        v = value_of_int((int64_t)v.real);
    if (v.type == VALUE_INT)
        *out = v.integer;
    return v.type == VALUE_INT;
}

static bool is_same(str a, str b, bool folds)
{
    return folds ? str_eq_nocase(a, b) : str_eq(a, b);
}

static size_t count_characters(str s)
{
    const size_t plain = count_ascii(s);
    size_t count = plain;
    for (size_t i = plain; i < s.len; count++) {
        const size_t len = utf8_len(str_from(s, i));
        i += len == 0 ? 1 : len;
    }
    return count;
}

// Octets at the beginning that are a character each: nearly always all of them, so eight at a time.
static size_t count_ascii(str s)
{
    size_t i = 0;
    for (uint64_t eight; i + sizeof eight <= s.len; i += sizeof eight) {
        memcpy(&eight, s.at + i, sizeof eight);
        if ((eight & 0x8080808080808080u) != 0)
            break;
    }
    while (i < s.len && (unsigned char)s.at[i] < 0x80)
        i++;
    return i;
}

static size_t offset_of_character(str s, size_t index)
{
    size_t i = 0;
    for (; index > 0 && i < s.len; index--) {
        const size_t len = utf8_len(str_from(s, i));
        i += len == 0 ? 1 : len;
    }
    return i;
}

static void add_text_of(struct buf *out, struct value v)
{
    if (v.type == VALUE_TEXT)
        buf_add(out, value_str(v));
    else if (v.type == VALUE_BOOL)
        buf_add(out, v.boolean ? STR("true") : STR("false"));
    else if (v.type == VALUE_INT)
        buf_printf(out, "%" PRId64, v.integer);
    else if (fabs(v.real) < 1e15 && v.real == floor(v.real))
        buf_printf(out, "%.1f", v.real);
    else
        buf_printf(out, "%.15g", v.real);
}

static struct value keep(const struct buf *b, struct eql_scratch *scratch)
{
    return b->failed ? missing : value_of_text(arena_str(&scratch->arena, buf_str(b)));
}
