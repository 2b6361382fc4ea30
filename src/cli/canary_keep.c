// What is kept of canaries: that one was emitted, and what of it came back.

#include "cli/canary.h"

#include "fidelity/coverage.h"
#include "sink/json.h"
#include "store/audit.h"

#define DETAIL_MAX 4096u
#define PATH_SHOWN 512u

struct keeping {
    struct db *db;
    const struct canary_found *found;
    const struct pipeline *pipeline;
    struct arena arena;
    int64_t to_ns;  // Of the telemetry.
    int64_t proved;
    int64_t missing;
};

static enum status keep_all(struct keeping *k, struct err *err);
static enum status keep_seen(struct keeping *k, const struct canary_seen *seen, struct err *err);
static enum status note(struct keeping *k, struct err *err);
static enum status put_emitted(struct db *db, const struct canary_emit *e, uint32_t acts,
                               struct arena *arena, struct err *err);
static void add_acts(struct buf *b, str key, uint32_t acts);

int canary_keep(struct db *db, const struct canary_found *found, const struct pipeline *p)
{
    struct keeping k = { .db = db, .found = found, .pipeline = p };
    struct err err;
    int64_t from_ns;
    (void)coverage_window(p->fidelity, &from_ns, &k.to_ns);
    enum status status = db_begin(db, &err);
    if (status == OK)
        status = db_end(db, keep_all(&k, &err), &err);
    arena_done(&k.arena);
    return status == OK
               ? EXIT_DONE
               : cli_fail(cli_exit_of(status), "the store: %s; nothing was kept", err.text);
}

static enum status keep_all(struct keeping *k, struct err *err)
{
    const struct canary_expect *e = k->found->expect;
    enum status status = OK;
    for (size_t i = 0; i < k->found->count && status == OK; i++)
        status = keep_seen(k, &k->found->seen[i], err);
    if (status == OK)
        status = canaries_look(k->db, e->nonce, e->store->act.now_ns, k->to_ns, err);
    return status == OK ? note(k, err) : status;
}

static enum status keep_seen(struct keeping *k, const struct canary_seen *seen, struct err *err)
{
    const struct host *host = &k->pipeline->hosts.at[seen->host];
    const struct canary_expect *e = k->found->expect;
    struct canaries_proof proof = {
        .nonce = e->nonce,
        .host_id = db_printable(&k->arena, host->id),
        .host_name = db_printable(&k->arena, host->name),
        .sensor = dialects_name(seen->sensor),
    };
    const struct canaries_seen on = { .nonce = proof.nonce,
                                      .host_id = proof.host_id,
                                      .host_name = proof.host_name,
                                      .at_ns = seen->records[SIGNAL_EXEC].at_ns };
    enum status status = canaries_seen_on(k->db, &on, &k->arena, &proof.host, err);
    for (enum signal s = 0; s < SIGNAL_COUNT && status == OK; s++) {
        bool is_new = false;
        if ((CANARIES_SIGNALS & SIGNAL_BIT(s)) == 0)
            continue;
        if ((seen->signals & SIGNAL_BIT(s)) == 0) {
            k->missing++;
            continue;
        }
        proof.signal = s;
        proof.at_ns = seen->records[s].at_ns;
        proof.evidence = db_printable(&k->arena, canary_evidence(e, &seen->records[s], &k->arena));
        status = canaries_prove(k->db, &proof, &is_new, err);
        k->proved += is_new ? 1 : 0;
    }
    return status;
}

str canary_evidence(const struct canary_expect *e, const struct canary_record *record,
                    struct arena *arena)
{
    const struct run_options *run = e->run;
    const str path = str_to(run->paths[0], PATH_SHOWN);
    const str number = arena_printf(arena, "record %llu %s", (unsigned long long)record->number,
                                    record->numbering);
    if (run->path_count == 1)
        return arena_printf(arena, "%.*s, in %.*s", STR_ARG(number), STR_ARG(path));
    return arena_printf(arena, "%.*s, in %.*s and %zu more", STR_ARG(number), STR_ARG(path),
                        run->path_count - 1);
}

static enum status note(struct keeping *k, struct err *err)
{
    const struct canary_expect *e = k->found->expect;
    struct buf detail;
    buf_init(&detail, DETAIL_MAX);
    sink_json_open(&detail, STR_EMPTY, '{');
    if (k->to_ns != 0)
        sink_json_time(&detail, STR("telemetry_to"), k->to_ns);
    sink_json_int(&detail, STR("processes"), (int64_t)k->found->count);
    sink_json_int(&detail, STR("newly_proved"), k->proved);
    sink_json_int(&detail, STR("not_seen"), k->missing);
    sink_json_close(&detail, '}');
    const enum status status =
        audit_append(k->db, &e->store->act, STR("canary.expect"), e->nonce, buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

int canary_keep_emitted(struct db *db, const struct canary_emit *e, uint32_t acts)
{
    struct arena arena = { 0 };
    struct err err;
    enum status status = db_begin(db, &err);
    if (status == OK)
        status = db_end(db, put_emitted(db, e, acts, &arena, &err), &err);
    arena_done(&arena);
    return status == OK
               ? EXIT_DONE
               : cli_fail(cli_exit_of(status),
                          "the canary was emitted, but that is not kept: the store: %s", err.text);
}

static enum status put_emitted(struct db *db, const struct canary_emit *e, uint32_t acts,
                               struct arena *arena, struct err *err)
{
    struct buf detail;
    const struct canaries_row row = { .nonce = e->nonce,
                                      .host = db_printable(arena, e->host),
                                      .emitted_ns = e->store->act.now_ns,
                                      .acts = acts };
    enum status status = canaries_put(db, &row, err);
    if (status != OK)
        return status;
    buf_init(&detail, DETAIL_MAX);
    sink_json_open(&detail, STR_EMPTY, '{');
    sink_json_text(&detail, STR("host"), row.host);
    add_acts(&detail, STR("signals"), acts);
    sink_json_close(&detail, '}');
    status = audit_append(db, &e->store->act, STR("canary.emit"), e->nonce, buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

static void add_acts(struct buf *b, str key, uint32_t acts)
{
    sink_json_open(b, key, '[');
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if ((acts & SIGNAL_BIT(s)) != 0)
            sink_json_text(b, STR_EMPTY, signal_traits[s].name);
    sink_json_close(b, ']');
}
