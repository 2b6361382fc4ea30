#include "store/host_set.h"

#include "base/arena.h"
#include "base/reader.h"

#include <stdlib.h>

#define CAPACITY_MIN 2u

static struct host_seen *find(const struct host_set *s, uint64_t host);
static void join(struct host_seen *into, const struct host_seen *from);
static void append(struct host_set *s, struct host_seen seen);
static void replace_least(struct host_set *s, struct host_seen seen);
static void begin_estimate(struct host_set *s);
static void add_number(struct buf *out, uint64_t n, unsigned octets);

void host_set_done(struct host_set *s)
{
    free(s->at);
    free(s->more);
    *s = (struct host_set){ 0 };
}

void host_set_add(struct host_set *s, struct host_seen seen)
{
    struct host_seen *known = find(s, seen.host);
    if (known != NULL) {
        join(known, &seen);
        return;
    }
    if (s->count == HOST_SET_MAX && s->more == NULL)
        begin_estimate(s);
    if (s->more != NULL)
        hyperloglog_add(s->more, seen.host);
    if (s->count < HOST_SET_MAX)
        append(s, seen);
    else
        replace_least(s, seen);
}

static struct host_seen *find(const struct host_set *s, uint64_t host)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->at[i].host == host)
            return &s->at[i];
    return NULL;
}

static void join(struct host_seen *into, const struct host_seen *from)
{
    into->events += from->events;
    if (from->first_day < into->first_day)
        into->first_day = from->first_day;
}

static void append(struct host_set *s, struct host_seen seen)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity == 0 ? CAPACITY_MIN : 2 * s->capacity;
        s->at = memory_resize(s->at, s->capacity * sizeof *s->at);
    }
    s->at[s->count++] = seen;
}

// Whoever comes takes over the count of the one that goes: it may have been seen so often before.
static void replace_least(struct host_set *s, struct host_seen seen)
{
    struct host_seen *least = &s->at[0];
    for (uint32_t i = 1; i < s->count; i++)
        if (s->at[i].events < least->events)
            least = &s->at[i];
    seen.events += least->events;
    *least = seen;
}

static void begin_estimate(struct host_set *s)
{
    s->more = memory_zeroed(1, sizeof *s->more);
    for (uint32_t i = 0; i < s->count; i++)
        hyperloglog_add(s->more, s->at[i].host);
}

void host_set_merge(struct host_set *into, const struct host_set *from)
{
    if (from->more != NULL && into->more == NULL)
        begin_estimate(into);
    if (from->more != NULL)
        hyperloglog_merge(into->more, from->more);
    for (uint32_t i = 0; i < from->count; i++)
        host_set_add(into, from->at[i]);
}

uint64_t host_set_count(const struct host_set *s)
{
    const uint64_t estimated = s->more == NULL ? 0 : hyperloglog_count(s->more);
    return estimated > s->count ? estimated : s->count;
}

uint64_t host_set_noisiest(const struct host_set *s)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->at[i].events > most)
            most = s->at[i].events;
    return most;
}

void host_set_write(const struct host_set *s, struct buf *out)
{
    add_number(out, s->count, 1);
    for (uint32_t i = 0; i < s->count; i++) {
        add_number(out, s->at[i].host, 8);
        add_number(out, s->at[i].events, 8);
        add_number(out, (uint32_t)s->at[i].first_day, 4);
    }
    if (s->more != NULL)
        buf_add(out, (str){ .at = (const char *)s->more->registers, .len = sizeof *s->more });
}

static void add_number(struct buf *out, uint64_t n, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++)
        buf_add_char(out, (char)(n >> 8 * i));
}

bool host_set_read(struct host_set *s, bytes in)
{
    struct reader r = reader_of(in);
    *s = (struct host_set){ 0 };
    const uint8_t count = reader_u8(&r);
    if (count > HOST_SET_MAX)
        return false;
    for (uint8_t i = 0; i < count; i++) {
        struct host_seen seen = { .host = reader_u64le(&r) };
        seen.events = reader_u64le(&r);
        seen.first_day = (int32_t)reader_u32le(&r);
        append(s, seen);
    }
    if (!r.failed && r.pos < in.len) {
        s->more = memory_zeroed(1, sizeof *s->more);
        const bytes registers = reader_take(&r, sizeof *s->more);
        if (registers.len == sizeof *s->more)
            memcpy(s->more, registers.at, sizeof *s->more);
    }
    if (!r.failed && r.pos == in.len)
        return true;
    host_set_done(s);
    return false;
}
