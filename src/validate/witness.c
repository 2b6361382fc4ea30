#include "validate/witness.h"

#include "sink/summary.h"

#include <stdlib.h>

#define SENTENCE_MAX 2000u

// Who a finding is about, while it is gathered.
struct about {
    str paths[REPLAY_ENTITIES_MAX];
    size_t path_count;
    int64_t pids[REPLAY_ENTITIES_MAX];
    size_t pid_count;
};

static void see_event(void *context, const struct event *event, const struct batch *batch);
static void see_findings(void *context, const struct batch *batch);
static struct replay_host *host_of(struct witness *w, uint32_t host);
static void mark(const struct scenario *s, struct replay_host *host, int64_t time_ns);
static void note_made(struct witness *w, uint64_t event);
static void keep(struct witness *w, const struct finding *told, const struct finding *finding,
                 uint64_t event);
static struct raised *find(struct witness *w, str id, str rule);
static struct raised copy(struct witness *w, const struct finding *told,
                          const struct finding *finding, uint64_t event);
static void gather_about(const struct finding *finding, struct about *about);
static void add_path(struct about *about, struct value v);
static void add_pid(struct about *about, struct value v);
static const str *copy_texts(struct arena *arena, const str *texts, size_t count);
static const str *copy_steps(struct arena *arena, const struct finding *finding, size_t count);

void witness_init(struct witness *w, const struct scenario *s, struct arena *arena)
{
    *w = (struct witness){ .scenario = s, .arena = arena };
}

void witness_done(struct witness *w)
{
    free(w->hosts);
    free(w->raised);
    free(w->made_at);
    *w = (struct witness){ 0 };
}

struct pipeline_witness witness_for(struct witness *w)
{
    return (struct pipeline_witness){ .passed = see_event, .told = see_findings, .context = w };
}

static void see_event(void *context, const struct event *event, const struct batch *batch)
{
    struct witness *w = context;
    struct replay_host *host = host_of(w, event->host);
    if (host != NULL) {
        host->events++;
        mark(w->scenario, host, event->time_ns);
    }
    while (w->made_count < batch->finding_count)
        note_made(w, host == NULL ? 0 : host->events);
}

static struct replay_host *host_of(struct witness *w, uint32_t host)
{
    if (host >= REPLAY_HOSTS_MAX)
        return NULL;
    if (host >= w->host_capacity) {
        const size_t capacity = (host / 64 + 1) * (size_t)64;
        w->hosts = memory_resize(w->hosts, capacity * sizeof *w->hosts);
        memset(w->hosts + w->host_capacity, 0, (capacity - w->host_capacity) * sizeof *w->hosts);
        w->host_capacity = capacity;
    }
    if (host >= w->host_count)
        w->host_count = host + 1;
    struct replay_host *found = &w->hosts[host];
    if (found->marks == NULL)
        found->marks =
            arena_zalloc(w->arena, (w->scenario->expect_count + 1) * sizeof *found->marks);
    return found;
}

static void mark(const struct scenario *s, struct replay_host *host, int64_t time_ns)
{
    for (size_t i = 0; i < s->expect_count; i++) {
        const struct scenario_expect *expect = &s->expects[i];
        struct replay_mark *m = &host->marks[i];
        if (m->begins == 0 && (!expect->has_begins || time_ns >= expect->begins_ns)) {
            m->begins = host->events;
            m->begins_ns = expect->has_begins ? expect->begins_ns : time_ns;
        }
        if (m->ends == 0 && expect->has_ends && time_ns >= expect->ends_ns)
            m->ends = host->events;
    }
}

static void note_made(struct witness *w, uint64_t event)
{
    if (w->made_count == w->made_capacity) {
        w->made_capacity = w->made_capacity == 0 ? 16 : 2 * w->made_capacity;
        w->made_at = memory_resize(w->made_at, w->made_capacity * sizeof *w->made_at);
    }
    w->made_at[w->made_count++] = event;
}

// What was made behind the last event was made at the end of its Mac.
static void see_findings(void *context, const struct batch *batch)
{
    struct witness *w = context;
    for (size_t i = 0; i < batch->finding_count; i++) {
        const struct finding *told = batch->findings[i];
        const struct replay_host *host = host_of(w, told->host);
        const uint64_t at = i < w->made_count ? w->made_at[i] : host == NULL ? 0 : host->events;
        keep(w, told, told, at);
        for (size_t j = 0; j < told->also_count; j++)
            keep(w, told, told->also[j], at);
    }
    w->made_count = 0;
}

static void keep(struct witness *w, const struct finding *told, const struct finding *finding,
                 uint64_t event)
{
    struct raised *known = find(w, str_of(told->id), finding->rule->id);
    if (known != NULL) {  // Told again: when it came first is what counts.
        known->level = finding->level > known->level ? finding->level : known->level;
        return;
    }
    if (w->raised_count == REPLAY_RAISED_MAX) {
        w->raised_beyond++;
        return;
    }
    if (w->raised_count == w->raised_capacity) {
        w->raised_capacity = w->raised_capacity == 0 ? 8 : 2 * w->raised_capacity;
        w->raised = memory_resize(w->raised, w->raised_capacity * sizeof *w->raised);
    }
    w->raised[w->raised_count++] = copy(w, told, finding, event);
}

static struct raised *find(struct witness *w, str id, str rule)
{
    for (size_t i = 0; i < w->raised_count; i++)
        if (str_eq(w->raised[i].id, id) && str_eq(w->raised[i].rule, rule))
            return &w->raised[i];
    return NULL;
}

static struct raised copy(struct witness *w, const struct finding *told,
                          const struct finding *finding, uint64_t event)
{
    struct about about = { .path_count = 0 };
    gather_about(finding, &about);
    const struct finding_step *last = sink_last_step(finding);
    const size_t steps =
        finding->step_count < REPLAY_STEPS_MAX ? finding->step_count : REPLAY_STEPS_MAX;
    int64_t *pids = arena_alloc(w->arena, (about.pid_count + 1) * sizeof *pids);
    memcpy(pids, about.pids, about.pid_count * sizeof *pids);
    const struct value pid = last == NULL ? (struct value){ .type = VALUE_MISSING }
                                          : finding_step_value(last, FIELD_PROCESS_PID);
    const struct rule_facts *rule = finding->rule;
    return (struct raised){
        .id = arena_str(w->arena, str_of(told->id)),
        .rule = arena_str(w->arena, rule->id),
        .level = finding->level,
        .score = finding->score,
        .confidence = finding->confidence,
        .verdict = finding->verdict,
        .verdict_by = arena_str(w->arena, finding->verdict_by),
        .host = told->host,
        .host_name = arena_str(w->arena, told->host_name.len > 0 ? told->host_name : told->host_id),
        .event = event,
        .time_ns = finding->time_ns,
        .process = last == NULL ? STR_EMPTY
                                : arena_str(w->arena, sink_text_of(last, FIELD_PROCESS_EXECUTABLE)),
        .pid = pid.type == VALUE_INT ? pid.integer : -1,
        .paths = copy_texts(w->arena, about.paths, about.path_count),
        .path_count = about.path_count,
        .pids = pids,
        .pid_count = about.pid_count,
        .steps = copy_steps(w->arena, finding, steps),
        .step_count = steps,
        .techniques = copy_texts(w->arena, rule->techniques, rule->technique_count),
        .technique_count = rule->technique_count,
    };
}

static void gather_about(const struct finding *finding, struct about *about)
{
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        add_path(about, finding_step_value(step, FIELD_PROCESS_EXECUTABLE));
        add_path(about, finding_step_value(step, FIELD_TARGET_EXECUTABLE));
        add_path(about, finding_step_value(step, FIELD_PROCESS_NAME));
        add_pid(about, finding_step_value(step, FIELD_PROCESS_PID));
        add_pid(about, finding_step_value(step, FIELD_TARGET_PID));
    }
}

static void add_path(struct about *about, struct value v)
{
    if (v.type != VALUE_TEXT || v.len == 0 || about->path_count == REPLAY_ENTITIES_MAX)
        return;
    for (size_t i = 0; i < about->path_count; i++)
        if (str_eq(about->paths[i], value_str(v)))
            return;
    about->paths[about->path_count++] = value_str(v);
}

static void add_pid(struct about *about, struct value v)
{
    if (v.type != VALUE_INT || about->pid_count == REPLAY_ENTITIES_MAX)
        return;
    for (size_t i = 0; i < about->pid_count; i++)
        if (about->pids[i] == v.integer)
            return;
    about->pids[about->pid_count++] = v.integer;
}

static const str *copy_texts(struct arena *arena, const str *texts, size_t count)
{
    str *out = arena_alloc(arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = arena_str(arena, texts[i]);
    return out;
}

static const str *copy_steps(struct arena *arena, const struct finding *finding, size_t count)
{
    str *out = arena_alloc(arena, (count + 1) * sizeof *out);
    struct buf sentence;
    buf_init(&sentence, 64u * 1024);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&sentence);
        sink_add_summary(&sentence, &finding->steps[i]);
        out[i] = arena_str(arena, str_to(buf_str(&sentence), SENTENCE_MAX));
    }
    buf_done(&sentence);
    return out;
}

bool raised_is_about(const struct raised *r, str process, int64_t pid)
{
    bool is_path = process.len == 0;
    for (size_t i = 0; i < r->path_count && !is_path; i++)
        is_path = str_eq(r->paths[i], process) ||
                  (str_find_char(process, '/') == process.len &&
                   str_eq(str_base_name(r->paths[i]), process)) ||
                  str_eq(r->paths[i], str_base_name(process));
    bool is_pid = pid < 0;
    for (size_t i = 0; i < r->pid_count && !is_pid; i++)
        is_pid = r->pids[i] == pid;
    return is_path && is_pid;
}
