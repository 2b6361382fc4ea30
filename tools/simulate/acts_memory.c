// Attacks that make code in memory.

#include "acts.h"

#define RANGE_SIZE 65536u

static const struct program bundle_loader = { .path = DROP_BUNDLE,
                                              .signing_id = "syncagent",
                                              .linked = LINKED_FOUNDATION,
                                              .signer = SIGNER_ADHOC };
// Removes itself, so what it links stays unknown.
static const struct program stager = {
    .path = DROP_STAGER, .signing_id = "a.out", .linked = LINKED_UNSEEN, .signer = SIGNER_LINKER
};
static const struct program fresh = { .path = DROP_FRESH,
                                      .signing_id = "update-helper",
                                      .linked = LINKED_FOUNDATION,
                                      .signer = SIGNER_ADHOC };

// NSCreateObjectFileImageFromMemory and NSLinkModule: dyld writes the image to a file after all.
struct deed act_link_from_memory(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = act_run(h, &bundle_loader);
    const struct file f =
        host_write_file(h, &d.process, "$/NSCreateObjectFileImageFromMemory-********");
    host_open(h, &d.process, &f);
    host_map_foreign(h, &d.process, &f, NULL);
    host_wait(h, 30 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_unlink(h, &d.process, &f);
    return d;
}

struct deed act_write_then_execute(struct host *h, const char *drop)
{
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = act_run(h, &stager);
    const uint64_t address = host_any_address(h);
    host_protect(h, &d.process, address, RANGE_SIZE, PROTECT_READ | PROTECT_WRITE);
    host_wait(h, 900 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_protect(h, &d.process, address, RANGE_SIZE, PROTECT_READ | PROTECT_EXECUTE);
    const struct file self = place_new_file(&h->place, &h->rng, drop);
    host_unlink(h, &d.process, &self);
    return d;
}

// What is written comes through another mapping, so that only the second request is seen.
struct deed act_execute_when_fresh(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = act_run(h, &fresh);
    host_wait(h, 2 * SECOND_NS);
    d.end_ns = h->place.now_ns;
    host_protect(h, &d.process, host_any_address(h), RANGE_SIZE, PROTECT_READ | PROTECT_EXECUTE);
    return d;
}

struct deed act_lose_signature(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(h, NULL, &(struct launch){ .program = &act_loose_app });
    host_wait(h, 3 * SECOND_NS);
    d.process.flags &= ~CS_FLAG_VALID;
    d.end_ns = h->place.now_ns;
    host_invalidate(h, &d.process);
    return d;
}
