#include "store/day_set.h"

#include "base/reader.h"

#define DAY_NS (INT64_C(86400) * 1000000000)
#define WORDS  (DAY_SET_SPAN / 64u)

static bool is_empty(const struct day_set *s);
static void set_first(struct day_set *s, int32_t first);
static bool has(const struct day_set *s, uint32_t at);
static int32_t last_of(const struct day_set *s);

void day_set_add(struct day_set *s, int32_t day)
{
    const int32_t span = (int32_t)DAY_SET_SPAN;
    if (is_empty(s))
        s->first = day;
    // The window follows the newest day, and goes back where that loses none.
    if (day < s->first && last_of(s) - day < span)
        set_first(s, day);
    else if ((int64_t)day - s->first >= span)
        set_first(s, day - span + 1);
    if (day >= s->first)
        s->bits[(uint32_t)(day - s->first) / 64u] |= UINT64_C(1)
                                                     << (uint32_t)(day - s->first) % 64u;
}

static bool is_empty(const struct day_set *s)
{
    for (size_t i = 0; i < WORDS; i++)
        if (s->bits[i] != 0)
            return false;
    return true;
}

static void set_first(struct day_set *s, int32_t first)
{
    const struct day_set old = *s;
    memset(s->bits, 0, sizeof s->bits);
    s->first = first;
    for (uint32_t i = 0; i < DAY_SET_SPAN; i++) {
        const int64_t at = (int64_t)old.first + i - first;
        if (!has(&old, i))
            continue;
        if (at < 0)
            s->earlier++;
        else
            s->bits[(uint32_t)at / 64u] |= UINT64_C(1) << (uint32_t)at % 64u;
    }
}

static bool has(const struct day_set *s, uint32_t at)
{
    return (s->bits[at / 64u] >> at % 64u & 1u) != 0;
}

static int32_t last_of(const struct day_set *s)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < DAY_SET_SPAN; i++)
        if (has(s, i))
            last = i;
    return s->first + (int32_t)last;
}

void day_set_merge(struct day_set *into, const struct day_set *from)
{
    for (uint32_t i = 0; i < DAY_SET_SPAN; i++)
        if (has(from, i))
            day_set_add(into, from->first + (int32_t)i);
    into->earlier =
        into->earlier > from->earlier ? into->earlier : from->earlier;  // They may be the same.
}

uint32_t day_set_count(const struct day_set *s)
{
    uint32_t count = s->earlier;
    for (size_t i = 0; i < WORDS; i++)
        count += (uint32_t)__builtin_popcountll(s->bits[i]);
    return count;
}

int32_t day_set_day_of(int64_t time_ns)
{
    const int64_t day = time_ns / DAY_NS;
    return (int32_t)(time_ns % DAY_NS < 0 ? day - 1 : day);
}

void day_set_write(const struct day_set *s, uint8_t out[DAY_SET_BYTES])
{
    const uint32_t head[] = { (uint32_t)s->first, s->earlier };
    for (uint32_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(head[i / 4] >> i % 4 * 8);
    for (uint32_t i = 0; i < DAY_SET_SPAN / 8u; i++)
        out[8 + i] = (uint8_t)(s->bits[i / 8] >> i % 8 * 8);
}

bool day_set_read(struct day_set *s, bytes in)
{
    const int32_t limit = 1 << 24;  // A time in nanoseconds of 64 bits is of no such day.
    struct reader r = reader_of(in);
    *s = (struct day_set){ 0 };
    s->first = (int32_t)reader_u32le(&r);
    s->earlier = reader_u32le(&r);
    for (size_t i = 0; i < WORDS; i++)
        s->bits[i] = reader_u64le(&r);
    return !r.failed && in.len == DAY_SET_BYTES && s->first > -limit && s->first < limit &&
           s->earlier < (uint32_t)limit;
}
