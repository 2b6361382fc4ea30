// Attacks in which a program is exchanged, or starts what it should not.

#include "acts.h"

#define RANGE_SIZE 65536u
#define STOWBOX    "/Applications/Stowbox.app/Contents/MacOS/Stowbox"

static const struct program stand_in = { .path =
                                             "/Applications/Ledgerly.app/Contents/MacOS/Ledgerly",
                                         .signing_id = "com.example.ledgerly",
                                         .linked = LINKED_COCOA,
                                         .signer = SIGNER_ADHOC };
static const struct program ledgerly = { .path =
                                             "/Applications/Ledgerly.app/Contents/MacOS/Ledgerly",
                                         .signing_id = "com.example.ledgerly",
                                         .linked = LINKED_COCOA,
                                         .team = "LDGR1YEX4M",
                                         .signer = SIGNER_STORE };
static const struct program added_library = { .signer = SIGNER_ADHOC, .linked = LINKED_FOUNDATION };
static const struct program hidden_helper = { .path = DROP_HIDDEN,
                                              .signing_id = "fseventsd2",
                                              .linked = LINKED_FOUNDATION,
                                              .signer = SIGNER_ADHOC };
// From a disk image: an application that somebody added a library to, and signed again.
static const struct program pirated = {
    .path = "/Volumes/Etchline/Etchline.app/Contents/MacOS/Etchline",
    .signing_id = "com.example.etchline",
    .linked = LINKED_COCOA,
    .signer = SIGNER_ADHOC
};
static const struct program reporter = { .path = DROP_SCRIPT,
                                         .signing_id = "reporter",
                                         .linked = LINKED_FOUNDATION,
                                         .signer = SIGNER_ADHOC };
static const struct program viewer = { .path = DROP_PAYLOAD,
                                       .signing_id = "statement-viewer",
                                       .linked = LINKED_COCOA,
                                       .signer = SIGNER_ADHOC };
static const struct program electron_app = {
    .path = "/Applications/Chirple.app/Contents/MacOS/Chirple",
    .signing_id = "com.example.chirple",
    .linked = LINKED_COCOA,
    .claims = CLAIM_JIT,
    .team = "CH1RPLEX5M",
    .signer = SIGNER_DEVELOPER,
};
static const struct program helper = { .path = DROP_CHILD,
                                       .signing_id = "gpu-helper",
                                       .linked = LINKED_FOUNDATION,
                                       .signer = SIGNER_ADHOC };
static const struct program swapped = { .path = STOWBOX,
                                        .signing_id = "stowbox-new-5555494495a1",
                                        .linked = LINKED_FOUNDATION,
                                        .signer = SIGNER_ADHOC };
static const struct program mv = { .path = "/bin/mv", .signing_id = "com.apple.mv" };

static void move(struct host *h, const char *from, const char *to, bool replaces);

// The application had its maker's signature; it is written over, and has none of a team any more.
struct deed act_rewrite_app(struct host *h, const char *drop)
{
    const struct process before = host_spawn(h, NULL, &(struct launch){ .program = &ledgerly });
    host_wait(h, SECOND_NS);
    host_exit(h, &before, 0);
    struct deed d = { .start_ns = h->place.now_ns };
    move(h, drop, ledgerly.path, true);
    host_wait(h, 2 * SECOND_NS);
    d.process = host_spawn(
        h, NULL, &(struct launch){ .program = &stand_in, .code = h->place.salt, .is_new = true });
    const struct file f = place_new_file(
        &h->place, &h->rng, "/Applications/Ledgerly.app/Contents/Frameworks/libLedgerCore2.dylib");
    host_open(h, &d.process, &f);
    d.end_ns = h->place.now_ns;
    host_map_foreign(h, &d.process, &f, &added_library);
    return d;
}

struct deed act_start_hidden_helper(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process app = host_spawn(
        h, NULL, &(struct launch){ .program = &pirated, .code = h->place.salt, .is_new = true });
    const struct file f = place_new_file(
        &h->place, &h->rng, "/Volumes/Etchline/Etchline.app/Contents/Frameworks/libConf.dylib");
    host_open(h, &app, &f);
    host_map_foreign(h, &app, &f, &added_library);
    host_wait(h, 3 * SECOND_NS);
    d.end_ns = h->place.now_ns;
    d.process = host_spawn(
        h, &app,
        &(struct launch){ .program = &hidden_helper, .code = h->place.salt, .is_new = true });
    host_exit(h, &app, 0);
    return d;
}

struct deed act_run_script_engine(struct host *h, const char *drop)
{
    (void)drop;
    static const char *const args[] = { "sh", "-c", "security find-generic-password -wa Chirple",
                                        NULL };
    static const char *const components[] = {
        "/System/Library/Components/JavaScript.component/Contents/MacOS/JavaScript",
        "/System/Library/ScriptingAdditions/StandardAdditions.osax/Contents/MacOS/"
        "StandardAdditions",
    };
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process p = act_run(h, &reporter);
    for (size_t i = 0; i < COUNT_OF(components); i++) {
        const struct file f = place_file(&h->place, &h->rng, components[i]);
        host_open(h, &p, &f);
        host_map(h, &p, &f);
        host_wait(h, 200 * MILLISECOND_NS);
    }
    static const struct program sh = { .path = "/bin/sh", .signing_id = "com.apple.sh" };
    d.end_ns = h->place.now_ns;
    d.process = host_spawn(h, &p, &(struct launch){ .program = &sh, .args = args });
    host_exit(h, &p, 0);
    return d;
}

struct deed act_run_payload(struct host *h, const char *drop)
{
    (void)drop;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = act_run(h, &viewer);
    host_wait(h, 40 * SECOND_NS);
    d.end_ns = h->place.now_ns;
    host_protect(h, &d.process, host_any_address(h), RANGE_SIZE, PROTECT_READ | PROTECT_EXECUTE);
    return d;
}

// A browser's own switch starts any program in place of its helper.
struct deed act_debug_app(struct host *h, const char *drop)
{
    (void)drop;
    static const char *const args[] = { "Chirple", "--gpu-launcher=" DROP_CHILD, NULL };
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process app =
        host_spawn(h, h->shell, &(struct launch){ .program = &electron_app, .args = args });
    host_wait(h, SECOND_NS);
    d.end_ns = h->place.now_ns;
    d.process = host_spawn(
        h, &app, &(struct launch){ .program = &helper, .code = h->place.salt, .is_new = true });
    host_exit(h, &app, 0);
    return d;
}

// The application makes room for a moment, and is back before anybody looks.
struct deed act_swap_app(struct host *h, const char *drop)
{
    struct deed d = { .start_ns = h->place.now_ns };
    move(h, STOWBOX, STOWBOX ".lock", false);
    move(h, drop, STOWBOX, false);
    const struct process p = host_spawn(
        h, NULL, &(struct launch){ .program = &swapped, .code = h->place.salt, .is_new = true });
    host_wait(h, 2 * SECOND_NS);
    const struct file aside = place_file(&h->place, &h->rng, STOWBOX ".lock");
    const struct file back = place_file(&h->place, &h->rng, STOWBOX);
    d.end_ns = h->place.now_ns;
    host_rename(h, &p, &aside, &back, true);
    d.process = p;
    return d;
}

static void move(struct host *h, const char *from, const char *to, bool replaces)
{
    const char *const args[] = { "mv", from, to, NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &mv, .args = args });
    const struct file source = place_file(&h->place, &h->rng, from);
    const struct file target = place_file(&h->place, &h->rng, to);
    host_rename(h, &p, &source, &target, replaces);
    host_exit(h, &p, 0);
}
