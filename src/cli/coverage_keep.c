#include "cli/coverage_keep.h"

#include "cli/cli.h"
#include "sink/json.h"
#include "store/audit.h"
#include "store/coverage.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX 4096u

struct keeping {
    struct db *db;
    const struct fidelity *fidelity;
    struct arena arena;
    int64_t end_ns;  // Of the telemetry of all Macs.
    int64_t kept;
    int64_t older;      // Of which later telemetry is kept,
    int64_t eventless;  // and which told no event, so that nobody knows of when they are.
};

static enum status keep_all(struct keeping *k, struct err *err);
static enum status keep_host(struct keeping *k, uint32_t number, struct err *err);
static bool find_window(const struct coverage_host *host, int64_t *first_ns, int64_t *last_ns);
static enum status keep_signal(const struct keeping *k, const struct coverage_host *host,
                               enum signal s, const struct coverage_kept_host *row,
                               struct err *err);
static enum status note(const struct keeping *k, const struct store_act *act, struct err *err);
static void say_left(int64_t count, const char *why);

int coverage_keep(struct db *db, const struct store_act *act, const struct fidelity *f)
{
    struct keeping k = { .db = db, .fidelity = f };
    struct err err;
    int64_t start_ns;
    // Without any event there is nothing that could be kept.
    (void)coverage_window(f, &start_ns, &k.end_ns);
    // All telemetry has been read for this.
    enum status status = db_set_patience(db, DB_PATIENCE_MS, &err);
    if (status == OK)
        status = db_begin(db, &err);
    if (status == OK) {
        status = keep_all(&k, &err);
        if (status == OK && k.kept > 0)
            status = note(&k, act, &err);
        status = db_end(db, status, &err);
    }
    arena_done(&k.arena);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "the store: %s; nothing was kept", err.text);
    say_left(k.older, "later telemetry of theirs is kept");
    say_left(k.eventless, "they told no event");
    return EXIT_DONE;
}

static enum status keep_all(struct keeping *k, struct err *err)
{
    const uint32_t end = coverage_host_count(k->fidelity);
    enum status status = OK;
    for (uint32_t i = 0; i < end && status == OK; i++) {
        if (coverage_has_host(k->fidelity, i))
            status = keep_host(k, i, err);
        arena_reset(&k->arena);
    }
    return status;
}

static enum status keep_host(struct keeping *k, uint32_t number, struct err *err)
{
    struct coverage_host host;
    coverage_judge(k->fidelity, number, &k->arena, &host);
    struct coverage_kept_host row = {
        .id = db_printable(&k->arena, host.id),
        .name = db_printable(&k->arena, host.name),
        .sensors = host.sensors,
        .events = host.events > INT64_MAX ? INT64_MAX : (int64_t)host.events,
        .lost = host.lost > INT64_MAX ? INT64_MAX : (int64_t)host.lost,
    };
    if (!find_window(&host, &row.first_ns, &row.last_ns)) {
        k->eventless++;
        return OK;
    }
    enum status status = coverage_put_host(k->db, &row, err);
    if (status != OK) {
        k->older += status == END ? 1 : 0;
        return status == END ? OK : status;
    }
    k->kept++;
    for (enum signal s = 0; s < SIGNAL_COUNT && status == OK; s++)
        status = keep_signal(k, &host, s, &row, err);
    return status;
}

static bool find_window(const struct coverage_host *host, int64_t *first_ns, int64_t *last_ns)
{
    bool is_found = false;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        const struct coverage_signal *signal = &host->signals[s];
        if (signal->events == 0 || signal_traits[s].kind == SIGNAL_FACT)
            continue;
        if (!is_found || signal->first_ns < *first_ns)
            *first_ns = signal->first_ns;
        if (!is_found || signal->last_ns > *last_ns)
            *last_ns = signal->last_ns;
        is_found = true;
    }
    return is_found;
}

// A signal that stopped is silent since its last event, and until the end of the telemetry of all Macs.
static enum status keep_signal(const struct keeping *k, const struct coverage_host *host,
                               enum signal s, const struct coverage_kept_host *row, struct err *err)
{
    const struct coverage_signal *signal = &host->signals[s];
    const bool stopped = signal->state == COVERAGE_SILENT && signal->events > 0 &&
                         signal_traits[s].kind != SIGNAL_FACT;
    const struct coverage_span span = {
        .host_id = row->id,
        .signal = signal_traits[s].name,
        .from_ns = stopped ? signal->last_ns : row->first_ns,
        .to_ns = stopped ? k->end_ns : row->last_ns,
        .state = (int64_t)signal->state,
        .check = signal->state > COVERAGE_SEEN ? signal->check : STR_EMPTY,
        .figure = signal->figure,
        .reason = signal->reason,
    };
    return coverage_put_span(k->db, &span, err);
}

static enum status note(const struct keeping *k, const struct store_act *act, struct err *err)
{
    struct buf detail;
    int64_t from_ns = 0;
    int64_t to_ns = 0;
    (void)coverage_window(k->fidelity, &from_ns, &to_ns);
    buf_init(&detail, TEXT_MAX);
    sink_json_open(&detail, STR_EMPTY, '{');
    sink_json_time(&detail, STR("from"), from_ns);
    sink_json_time(&detail, STR("to"), to_ns);
    sink_json_int(&detail, STR("macs"), k->kept);
    sink_json_int(&detail, STR("older"), k->older);
    sink_json_int(&detail, STR("without_events"), k->eventless);
    sink_json_close(&detail, '}');
    const enum status status =
        audit_append(k->db, act, STR("coverage.keep"), STR("coverage"), buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

static void say_left(int64_t count, const char *why)
{
    char text[160];
    if (count == 0)
        return;
    (void)snprintf(text, sizeof text, "pomona: coverage of %" PRId64 " %s was not kept: %s", count,
                   count == 1 ? "Mac" : "Macs", why);
    cli_say(str_of(text));
}
