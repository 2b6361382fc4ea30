// The hosts on which something was seen, and how often on each: exact for the first HOST_SET_MAX,
// beyond which their number is estimated (base/hyperloglog.h) and those that are kept are the ones
// that did it most often (Space-Saving: Metwally, Agrawal, El Abbadi 2005). What is told of the
// noisiest host is then at most too much, by no more than an equal share.

#ifndef STORE_HOST_SET_H
#define STORE_HOST_SET_H

#include "base/buf.h"
#include "base/hyperloglog.h"

#define HOST_SET_MAX 64u

struct host_seen {
    uint64_t host;  // Hash of its id.
    uint64_t events;
    int32_t first_day;
};

struct host_set {
    struct host_seen *at;
    uint32_t count;
    uint32_t capacity;
    struct hyperloglog *more;  // NULL: `at` is all of them.
};

// By value; a zeroed one is empty.
void host_set_done(struct host_set *s);
void host_set_add(struct host_set *s, struct host_seen seen);
void host_set_merge(struct host_set *into, const struct host_set *from);
uint64_t host_set_count(const struct host_set *s);
// Events on the host that did it most.
uint64_t host_set_noisiest(const struct host_set *s);

void host_set_write(const struct host_set *s, struct buf *out);
// False where these are no hosts; `*s` is empty then.
bool host_set_read(struct host_set *s, bytes in);

#endif
