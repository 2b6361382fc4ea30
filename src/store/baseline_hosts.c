// The hosts that were learned from.

#include "store/baseline_entry.h"

#include <stdlib.h>

// A host that did something first so many days after it was first learned from came late to it.
#define LATE_DAYS 3

struct first {
    int64_t hash;
    int64_t day;
};

struct baseline_hosts {
    struct first *at;  // In the order of their hashes.
    size_t count;
};

static enum status find_days(struct db *db, uint64_t hash, struct day_set *days, int64_t *first_day,
                             struct err *err);
static const struct first *find(const struct baseline_hosts *h, int64_t hash);

enum status baseline_store_put_host(struct db *db, uint64_t hash, str name,
                                    const struct day_set *days, struct err *err)
{
    struct db_statement *s = NULL;
    struct arena arena = { 0 };
    struct day_set all = *days;
    struct day_set known = { 0 };
    uint8_t octets[DAY_SET_BYTES];
    int64_t first_day = days->first;
    enum status status = find_days(db, hash, &known, &first_day, err);
    if (status == OK)
        day_set_merge(&all, &known);
    if (status == OK || status == END)
        status = db_statement(db,
                              "INSERT INTO baseline_host (hash, name, first_day, day_count, days)"
                              " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash) DO UPDATE SET"
                              " name = excluded.name, first_day = excluded.first_day,"
                              " day_count = excluded.day_count, days = excluded.days",
                              &s, err);
    if (status != OK)
        return status;
    day_set_write(&all, octets);
    db_bind_int(s, 1, (int64_t)hash);
    db_bind_text(s, 2, baseline_entry_text(&arena, name));
    db_bind_int(s, 3, first_day < days->first ? first_day : days->first);
    db_bind_int(s, 4, day_set_count(&all));
    db_bind_octets(s, 5, (bytes){ .at = octets, .len = sizeof octets });
    status = db_do(s, err);
    arena_done(&arena);
    return status;
}

// END where nothing was learned from the host yet. Days that can be none are left out.
static enum status find_days(struct db *db, uint64_t hash, struct day_set *days, int64_t *first_day,
                             struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT days, first_day FROM baseline_host WHERE hash = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, (int64_t)hash);
    status = db_step(s, err);
    if (status == OK) {
        if (!day_set_read(days, db_octets(s, 0)))
            *days = (struct day_set){ 0 };
        *first_day = db_int(s, 1);
    }
    db_reset(s);
    return status;
}

enum status baseline_hosts_open(struct db *db, struct baseline_hosts **out, struct err *err)
{
    struct db_statement *s = NULL;
    struct baseline_hosts *h = memory_zeroed(1, sizeof *h);
    size_t capacity = 0;
    enum status status =
        db_statement(db, "SELECT hash, first_day FROM baseline_host ORDER BY hash", &s, err);
    while (status == OK && (status = db_step(s, err)) == OK) {
        if (h->count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            h->at = memory_resize(h->at, capacity * sizeof *h->at);
        }
        h->at[h->count++] = (struct first){ .hash = db_int(s, 0), .day = db_int(s, 1) };
        // More are refused when all is put.
        if (h->count > 2 * (size_t)BASELINE_HOSTS_MAX)
            status =
                fail(err, ERR_LIMIT, "more than %u hosts were learned from", BASELINE_HOSTS_MAX);
    }
    if (s != NULL)
        db_reset(s);
    if (status != END) {
        baseline_hosts_close(h);
        return status;
    }
    *out = h;
    return OK;
}

void baseline_hosts_close(struct baseline_hosts *h)
{
    if (h == NULL)
        return;
    free(h->at);
    free(h);
}

struct baseline_late baseline_hosts_late(const struct baseline_hosts *h,
                                         const struct host_set *hosts)
{
    struct baseline_late late = { 0 };
    struct day_set days = { 0 };
    for (uint32_t i = 0; i < hosts->count; i++) {
        const struct first *first = find(h, (int64_t)hosts->at[i].host);
        if (first == NULL || hosts->at[i].first_day - first->day < LATE_DAYS)
            continue;
        late.hosts++;
        day_set_add(&days, hosts->at[i].first_day);
    }
    late.days = day_set_count(&days);
    return late;
}

static const struct first *find(const struct baseline_hosts *h, int64_t hash)
{
    size_t from = 0;
    size_t to = h->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (h->at[middle].hash == hash)
            return &h->at[middle];
        if (h->at[middle].hash < hash)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
