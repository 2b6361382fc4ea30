// Attacks that one process makes upon another.

#include "acts.h"

static const struct program injector = { .path = DROP_INJECT,
                                         .signing_id = "attachd-55554944a3f1",
                                         .linked = LINKED_CORE_SERVICES,
                                         .signer = SIGNER_ADHOC };
static const struct program loader = { .path = DROP_LOADER,
                                       .signing_id = "meeting-helper",
                                       .linked = LINKED_FOUNDATION,
                                       .claims = CLAIM_GET_TASK_ALLOW,
                                       .signer = SIGNER_DEBUG_BUILD };
static const struct program tracer = { .path = DROP_TRACER,
                                       .signing_id = "tracehelper",
                                       .linked = LINKED_FOUNDATION,
                                       .signer = SIGNER_ADHOC };

struct deed act_start_thread(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process target = *host_any_app(h);
    d.process = act_run(h, &injector);
    host_access(h, EVENT_GET_TASK, &d.process, &target);
    host_wait(h, 700 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_access(h, EVENT_REMOTE_THREAD_CREATE, &d.process, &target);
    return d;
}

// A harmless program is started, held, and filled with other code: all that is seen is the port.
struct deed act_take_child(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = act_run(h, &loader);
    const struct process child =
        host_spawn(h, &d.process, &(struct launch){ .program = &act_loose_app });
    host_wait(h, 300 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_access(h, EVENT_GET_TASK, &d.process, &child);
    host_wait(h, 2 * SECOND_NS);
    host_exit(h, &child, 0);
    return d;
}

// ptrace(2) lets the signature of both be broken; then a page of the traced one changes.
struct deed act_trace_and_change(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    struct process victim = host_spawn(h, NULL, &(struct launch){ .program = &act_loose_app });
    const struct process p = act_run(h, &tracer);
    host_access(h, EVENT_TRACE, &p, &victim);
    victim.flags |= CS_FLAG_DEBUGGED;
    host_wait(h, SECOND_NS);
    victim.flags &= ~CS_FLAG_VALID;
    d.end_ns = h->place.now_ns;
    host_invalidate(h, &victim);
    host_exit(h, &p, 0);
    d.process = victim;
    return d;
}
