// The canary's side where telemetry is read: which of its acts came back.

#include "cli/canary.h"

#include "report.h"
#include "sink/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX  100000u  // Macs and processes with the nonce. Past it they are counted only.
#define SHOWN_MAX 256u

struct telling {
    struct canary_found found;
    struct db *db;  // NULL: nothing is kept.
};

static void see(void *context, const struct event *event);
static void prove(struct canary_seen *s, enum signal signal, const struct event *event);
static void see_exec(struct canary_found *r, const struct event *event);
static struct canary_seen *find(const struct canary_found *r, uint32_t host, str entity);
static str text_of(const struct event *event, enum field field);
static bool list_has(const struct event *event, enum field field, str text);
static int tell(void *context, const struct pipeline *p, int code);
static void print_table(struct canary_found *r, const struct host *host,
                        const struct canary_seen *s);
static void print_ndjson(struct canary_found *r, const struct host *host,
                         const struct canary_seen *s);

int canary_expect(const struct canary_expect *e)
{
    struct rules *rules = NULL;
    struct telling t = { .found = { .expect = e } };
    size_t refused;
    int code = run_options_load(e->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    e->run->pipeline.watch = (struct pipeline_watch){ .see = see, .context = &t.found };
    // What is in the environment only is not written to unasked.
    if (e->store->name.len > 0)
        code = store_options_open(e->store, DB_CREATE, &t.db);
    if (code == EXIT_DONE)
        code = run_options_run(e->run, rules, stdout, tell, &t);
    db_close(t.db);
    free(t.found.seen);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static void see(void *context, const struct event *event)
{
    struct canary_found *r = context;
    if (event->action == ACTION_EXEC && list_has(event, FIELD_PROCESS_ARGS, r->expect->nonce)) {
        see_exec(r, event);
        return;
    }
    struct canary_seen *s =
        r->count == 0 ? NULL : find(r, event->host, text_of(event, FIELD_PROCESS_ENTITY_ID));
    const enum signal signal =
        event->action < ACTION_COUNT ? signal_of_action(event->action) : SIGNAL_COUNT;
    if (s != NULL && signal < SIGNAL_COUNT && (CANARIES_SIGNALS & SIGNAL_BIT(signal)) != 0)
        prove(s, signal, event);
}

// The first record of a signal is its proof.
static void prove(struct canary_seen *s, enum signal signal, const struct event *event)
{
    if ((s->signals & SIGNAL_BIT(signal)) != 0)
        return;
    s->signals |= SIGNAL_BIT(signal);
    s->records[signal] = (struct canary_record){
        .at_ns = event->time_ns,
        .number = event->has_sequence        ? event->sequence
                  : event->has_type_sequence ? event->type_sequence
                                             : event->arrival,
        .numbering = event->has_sequence        ? "by the sensor's number"
                     : event->has_type_sequence ? "by the sensor's number of its kind"
                                                : "of the events that were read, from 0",
    };
}

// emit's own process has no nonce in its arguments unless it was told one; what it starts always has.
static void see_exec(struct canary_found *r, const struct event *event)
{
    struct arena arena = { 0 };
    const str entity = text_of(event, FIELD_PROCESS_ENTITY_ID);
    if (!list_has(event, FIELD_PROCESS_ARGS, STR("act")) || entity.len > CANARY_ENTITY_MAX ||
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
    struct canary_seen *s = &r->seen[r->count++];
    *s = (struct canary_seen){ .host = event->host,
                               .sensor = event->sensor,
                               .entity_len = entity.len };
    prove(s, SIGNAL_EXEC, event);
    prove(s, SIGNAL_ARGUMENTS, event);
    memcpy(s->entity, entity.at, entity.len);
    if (list_has(event, FIELD_PROCESS_ENV_VARS,
                 arena_printf(&arena, CANARY_VARIABLE "=%.*s", STR_ARG(r->expect->nonce))))
        prove(s, SIGNAL_ENVIRONMENT, event);
    if (text_of(event, FIELD_PARENT_EXECUTABLE).len > 0)
        prove(s, SIGNAL_PARENT, event);
    if (text_of(event, FIELD_PROCESS_HASH_CDHASH).len > 0)
        prove(s, SIGNAL_CDHASH, event);
    arena_done(&arena);
}

// A canary runs for a moment: the last ones are looked at first.
static struct canary_seen *find(const struct canary_found *r, uint32_t host, str entity)
{
    for (size_t i = r->count; entity.len > 0 && i > 0; i--) {
        struct canary_seen *s = &r->seen[i - 1];
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
    struct telling *t = context;
    struct canary_found *r = &t->found;
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
    const int kept = t->db == NULL ? EXIT_DONE : canary_keep(t->db, r, p);
    if (kept != EXIT_DONE)
        return kept;
    const bool is_short = r->count == 0 || r->is_missing;
    return code == EXIT_DONE && r->expect->is_strict && is_short ? EXIT_FINDINGS : code;
}

static void print_table(struct canary_found *r, const struct host *host,
                        const struct canary_seen *s)
{
    struct buf b;
    buf_init(&b, 4 * SHOWN_MAX);
    buf_add_printable(&b, str_to(host->name.len > 0 ? host->name : host->id, SHOWN_MAX));
    (void)printf("%.*s\n", STR_ARG(buf_str(&b)));
    buf_done(&b);
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        if ((CANARIES_SIGNALS & SIGNAL_BIT(signal)) == 0)
            continue;
        const bool is_proved = (s->signals & SIGNAL_BIT(signal)) != 0;
        r->is_missing |= !is_proved;
        (void)printf("  %-20.*s %s\n", STR_ARG(signal_traits[signal].name),
                     is_proved ? "proved" : "did not come back");
    }
}

static void print_ndjson(struct canary_found *r, const struct host *host,
                         const struct canary_seen *s)
{
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        if ((CANARIES_SIGNALS & SIGNAL_BIT(signal)) == 0)
            continue;
        const bool is_proved = (s->signals & SIGNAL_BIT(signal)) != 0;
        struct arena arena = { 0 };
        struct buf b;
        r->is_missing |= !is_proved;
        buf_init(&b, 64u * 1024u);
        sink_json_open(&b, STR_EMPTY, '{');
        sink_json_text(&b, STR("nonce"), r->expect->nonce);
        sink_json_open(&b, STR("host"), '{');
        sink_json_text(&b, STR("id"), host->id);
        sink_json_text(&b, STR("name"), host->name);
        sink_json_close(&b, '}');
        sink_json_text(&b, STR("signal"), signal_traits[signal].name);
        sink_json_text(&b, STR("state"), is_proved ? STR("proved") : STR("not seen"));
        if (is_proved) {
            sink_json_time(&b, STR("at"), s->records[signal].at_ns);
            sink_json_text(&b, STR("sensor"), dialects_name(s->sensor));
            sink_json_text(&b, STR("evidence"),
                           canary_evidence(r->expect, &s->records[signal], &arena));
        }
        sink_json_close(&b, '}');
        buf_add_char(&b, '\n');
        (void)fwrite(b.at, 1, b.len, stdout);
        buf_done(&b);
        arena_done(&arena);
    }
}
