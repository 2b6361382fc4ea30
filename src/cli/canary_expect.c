// The canary's side where telemetry is read: which of its acts came back.

#include "cli/canary.h"

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX   100000u  // Macs and processes with the nonce. Past it they are counted only.
#define ENTITY_MAX 512u
#define SHOWN_MAX  256u

// One process whose arguments hold the nonce.
struct seen {
    uint32_t host;
    uint32_t signals;
    int64_t time_ns;
    char entity[ENTITY_MAX];
    size_t entity_len;
};

struct reading {
    const struct canary_expect *expect;
    struct seen *seen;
    size_t count;
    size_t capacity;
    uint64_t left_out;
    bool is_missing;  // Something did not come back.
};

static void see(void *context, const struct event *event);
static void see_exec(struct reading *r, const struct event *event);
static struct seen *find(const struct reading *r, uint32_t host, str entity);
static str text_of(const struct event *event, enum field field);
static bool list_has(const struct event *event, enum field field, str text);
static int tell(void *context, const struct pipeline *p, int code);
static void print_table(struct reading *r, const struct host *host, const struct seen *s);
static void print_ndjson(struct reading *r, const struct host *host, const struct seen *s);

int canary_expect(const struct canary_expect *e)
{
    struct rules *rules = NULL;
    struct reading r = { .expect = e };
    size_t refused;
    int code = run_options_load(e->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    e->run->pipeline.watch = (struct pipeline_watch){ .see = see, .context = &r };
    code = run_options_run(e->run, rules, stdout, tell, &r);
    free(r.seen);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static void see(void *context, const struct event *event)
{
    struct reading *r = context;
    if (event->action == ACTION_EXEC && list_has(event, FIELD_PROCESS_ARGS, r->expect->nonce)) {
        see_exec(r, event);
        return;
    }
    struct seen *s =
        r->count == 0 ? NULL : find(r, event->host, text_of(event, FIELD_PROCESS_ENTITY_ID));
    const enum signal signal =
        event->action < ACTION_COUNT ? signal_of_action(event->action) : SIGNAL_COUNT;
    if (s != NULL && signal < SIGNAL_COUNT)
        s->signals |= SIGNAL_BIT(signal) & CANARY_SIGNALS;
}

// emit's own process has no nonce in its arguments unless it was told one; what it starts always has.
static void see_exec(struct reading *r, const struct event *event)
{
    struct arena arena = { 0 };
    const str entity = text_of(event, FIELD_PROCESS_ENTITY_ID);
    if (!list_has(event, FIELD_PROCESS_ARGS, STR("act")) || entity.len > ENTITY_MAX ||
        find(r, event->host, entity) != NULL)
        return;
    if (r->count == SEEN_MAX) {
        r->left_out++;
        return;
    }
    if (r->count == r->capacity) {
        r->capacity = r->capacity == 0 ? 16 : r->capacity * 2;
        r->seen = memory_resize(r->seen, r->capacity * sizeof *r->seen);
    }
    struct seen *s = &r->seen[r->count++];
    *s = (struct seen){ .host = event->host,
                        .time_ns = event->time_ns,
                        .entity_len = entity.len,
                        .signals = SIGNAL_BIT(SIGNAL_EXEC) | SIGNAL_BIT(SIGNAL_ARGUMENTS) };
    memcpy(s->entity, entity.at, entity.len);
    if (list_has(event, FIELD_PROCESS_ENV_VARS,
                 arena_printf(&arena, CANARY_VARIABLE "=%.*s", STR_ARG(r->expect->nonce))))
        s->signals |= SIGNAL_BIT(SIGNAL_ENVIRONMENT);
    if (text_of(event, FIELD_PARENT_EXECUTABLE).len > 0)
        s->signals |= SIGNAL_BIT(SIGNAL_PARENT);
    if (text_of(event, FIELD_PROCESS_HASH_CDHASH).len > 0)
        s->signals |= SIGNAL_BIT(SIGNAL_CDHASH);
    arena_done(&arena);
}

// A canary runs for a moment: the last ones are looked at first.
static struct seen *find(const struct reading *r, uint32_t host, str entity)
{
    for (size_t i = r->count; entity.len > 0 && i > 0; i--) {
        struct seen *s = &r->seen[i - 1];
        if (s->host == host && str_eq((str){ .at = s->entity, .len = s->entity_len }, entity))
            return s;
    }
    return NULL;
}

static str text_of(const struct event *event, enum field field)
{
    const struct value v = event->slots[field];
    return v.type == VALUE_TEXT ? value_str(v) : STR_EMPTY;
}

static bool list_has(const struct event *event, enum field field, str text)
{
    const struct value v = event->slots[field];
    if (v.type != VALUE_LIST)
        return v.type == VALUE_TEXT && str_eq(value_str(v), text);
    for (uint32_t i = 0; i < v.len; i++)
        if (v.list[i].type == VALUE_TEXT && str_eq(value_str(v.list[i]), text))
            return true;
    return false;
}

static int tell(void *context, const struct pipeline *p, int code)
{
    struct reading *r = context;
    for (size_t i = 0; i < r->count; i++) {
        const struct host *host = &p->hosts.at[r->seen[i].host];
        if (r->expect->is_table)
            print_table(r, host, &r->seen[i]);
        else
            print_ndjson(r, host, &r->seen[i]);
    }
    if (r->count == 0)
        (void)cli_fail(EXIT_DONE, "no process with the nonce %.*s: its exec did not come back",
                       STR_ARG(r->expect->nonce));
    if (r->left_out > 0)
        (void)cli_fail(EXIT_DONE, "%llu more processes have the nonce and are left out",
                       (unsigned long long)r->left_out);
    const bool is_short = r->count == 0 || r->is_missing;
    return code == EXIT_DONE && r->expect->is_strict && is_short ? EXIT_FINDINGS : code;
}

static void print_table(struct reading *r, const struct host *host, const struct seen *s)
{
    struct buf b;
    buf_init(&b, 4 * SHOWN_MAX);
    buf_add_printable(&b, str_to(host->name.len > 0 ? host->name : host->id, SHOWN_MAX));
    (void)printf("%.*s\n", STR_ARG(buf_str(&b)));
    buf_done(&b);
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        if ((CANARY_SIGNALS & SIGNAL_BIT(signal)) == 0)
            continue;
        const bool is_proved = (s->signals & SIGNAL_BIT(signal)) != 0;
        r->is_missing |= !is_proved;
        (void)printf("  %-20.*s %s\n", STR_ARG(signal_traits[signal].name),
                     is_proved ? "proved" : "did not come back");
    }
}

static void print_ndjson(struct reading *r, const struct host *host, const struct seen *s)
{
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        struct buf b;
        if ((CANARY_SIGNALS & SIGNAL_BIT(signal)) == 0)
            continue;
        const bool is_proved = (s->signals & SIGNAL_BIT(signal)) != 0;
        r->is_missing |= !is_proved;
        buf_init(&b, 64u * 1024u);
        buf_printf(&b, "{\"nonce\":\"%.*s\",\"host\":{\"id\":\"", STR_ARG(r->expect->nonce));
        buf_add_json(&b, host->id);
        buf_add(&b, STR("\",\"name\":\""));
        buf_add_json(&b, host->name);
        buf_printf(&b, "\"},\"signal\":\"%.*s\",\"state\":\"%s\"}\n",
                   STR_ARG(signal_traits[signal].name), is_proved ? "proved" : "not seen");
        (void)fwrite(b.at, 1, b.len, stdout);
        buf_done(&b);
    }
}
