#include "base/str.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NAME_MAX_LEN 64  // Longest name that str_distance() measures.

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

int str_cmp(str a, str b)
{
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = len == 0 ? 0 : memcmp(a.at, b.at, len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int str_cmp_nocase(str a, str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        const int order = fold(a.at[i]) - fold(b.at[i]);
        if (order != 0)
            return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_eq_nocase(str a, str b)
{
    return a.len == b.len && str_cmp_nocase(a, b) == 0;
}

bool str_contains(str s, str needle)
{
    return needle.len == 0 || str_find(s, needle) < s.len;
}

size_t str_find(str s, str needle)
{
    if (needle.len == 0)
        return 0;
    for (size_t from = 0; from + needle.len <= s.len; from++) {
        const char *at = memchr(s.at + from, needle.at[0], s.len - needle.len + 1 - from);
        if (at == NULL)
            break;
        if (memcmp(at, needle.at, needle.len) == 0)
            return (size_t)(at - s.at);
        from = (size_t)(at - s.at);
    }
    return s.len;
}

bool str_contains_nocase(str s, str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (str_cmp_nocase(str_to(str_from(s, i), needle.len), needle) == 0)
            return true;
    return false;
}

size_t str_find_char(str s, char c)
{
    const char *at = s.len == 0 ? NULL : memchr(s.at, c, s.len);
    return at == NULL ? s.len : (size_t)(at - s.at);
}

size_t str_rfind_char(str s, char c)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.at[i - 1] == c)
            return i - 1;
    return s.len;
}

str str_base_name(str path)
{
    const size_t slash = str_rfind_char(path, '/');
    return slash == path.len ? path : str_from(path, slash + 1);
}

str str_directory(str path)
{
    const size_t slash = str_rfind_char(path, '/');
    return slash == path.len ? STR_EMPTY : str_to(path, slash);
}

bool str_take_until(str *rest, char separator, str *out)
{
    if (rest->len == 0)
        return false;
    const size_t end = str_find_char(*rest, separator);
    *out = str_to(*rest, end);
    *rest = str_from(*rest, end + 1);
    return true;
}

bool str_to_u64(str s, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(s.at[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (s.len == 0)
        return false;
    *out = value;
    return true;
}

bool str_to_i64(str s, int64_t *out)
{
    const bool negative = s.len > 0 && s.at[0] == '-';
    uint64_t size;
    if (!str_to_u64(str_from(s, negative ? 1 : 0), &size) ||
        size > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

size_t str_distance(str a, str b, size_t max)
{
    size_t row[NAME_MAX_LEN + 1];
    if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN)
        return max + 1;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];  // The cell up and to the left.
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t changed = diagonal + (fold(a.at[i - 1]) != fold(b.at[j - 1]));
            const size_t removed = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = changed < removed ? changed : removed;
        }
    }
    return row[b.len] <= max ? row[b.len] : max + 1;
}

uint64_t str_hash(str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.at, s.len, seed);
}

uint64_t bytes_hash(bytes b, uint64_t seed)
{
    return XXH3_64bits_withSeed(b.at, b.len, seed);
}
