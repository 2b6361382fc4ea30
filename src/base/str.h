// Slices: text and octets that somebody else owns.
//
// A `str` or `bytes` is passed by value, owns nothing and does not end in NUL. How long
// it lives is said by the function that gives it out.

#ifndef BASE_STR_H
#define BASE_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *at;
    size_t len;
} str;

typedef struct {
    const uint8_t *at;
    size_t len;
} bytes;

// clang-format off
#define STR(literal) ((str){ .at = "" literal, .len = sizeof(literal) - 1 })
// The same inside an initializer of static storage, where a compound literal may not stand.
#define STR_INIT(literal) { .at = "" literal, .len = sizeof(literal) - 1 }
#define STR_EMPTY ((str){ .at = "", .len = 0 })
// The two arguments of a "%.*s".
#define STR_ARG(s) ((s).len > INT_MAX ? INT_MAX : (int)(s).len), ((s).len == 0 ? "" : (s).at)
// clang-format on

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// A view of a NUL-terminated string; an empty one for NULL.
static inline str str_of(const char *s)
{
    return s == NULL ? STR_EMPTY : (str){ .at = s, .len = strlen(s) };
}

static inline str str_of_bytes(bytes b)
{
    return (str){ .at = (const char *)b.at, .len = b.len };
}

static inline bytes bytes_of_str(str s)
{
    return (bytes){ .at = (const uint8_t *)s.at, .len = s.len };
}

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_starts_with(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static inline bool str_ends_with(str s, str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.at + (s.len - suffix.len), suffix.at, suffix.len) == 0);
}

// The part from `from` to the end; empty where `from` is past it.
static inline str str_from(str s, size_t from)
{
    return from >= s.len ? STR_EMPTY : (str){ .at = s.at + from, .len = s.len - from };
}

// At most the first `len` octets.
static inline str str_to(str s, size_t len)
{
    return (str){ .at = s.at, .len = len < s.len ? len : s.len };
}

// Comparisons below fold ASCII only: paths and names are octets here, never locale text.
bool str_eq_nocase(str a, str b);
// As memcmp: negative, zero, positive.
int str_cmp(str a, str b);
int str_cmp_nocase(str a, str b);
bool str_contains(str s, str needle);
// Position of the first one, or `s.len` where there is none.
size_t str_find(str s, str needle);
bool str_contains_nocase(str s, str needle);

// Position of the octet, or `s.len` where there is none.
size_t str_find_char(str s, char c);
size_t str_rfind_char(str s, char c);

// What follows the last '/', and what stands before it.
str str_base_name(str path);
str str_directory(str path);

// Takes the next part up to `separator` off the front of `rest`. False when `rest` is empty.
bool str_take_until(str *rest, char separator, str *out);

// Whole of `s` as a number; false when it is empty, has other characters or does not fit.
bool str_to_u64(str s, uint64_t *out);
bool str_to_i64(str s, int64_t *out);

// Edits needed to turn one into the other (Levenshtein, ASCII folded), at most `max` + 1.
// Used to suggest the nearest name. Names longer than 64 octets count as far away.
size_t str_distance(str a, str b, size_t max);

// 64-bit hash (XXH3). `seed` chains several parts. Not for storage of secrets; stable across runs.
uint64_t str_hash(str s, uint64_t seed);
uint64_t bytes_hash(bytes b, uint64_t seed);

#endif
