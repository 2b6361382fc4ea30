#include "cli/blind_report.h"

#include "pipeline_fidelity.h"
#include "sink/json.h"
#include "store/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define DETAIL_MAX 4096u

static enum status make(const struct blind_options *options, struct db *db, struct kept *kept,
                        struct blind_report *r, struct arena *arena, struct err *err);
static enum status compare(const struct blind_options *options, struct db *db,
                           struct blind_report *r, struct arena *arena, struct err *err);
static enum status keep(const struct store_act *act, struct db *db, const struct blind_report *r,
                        str text, struct err *err);
static enum status put(const struct store_act *act, struct db *db, const struct blind_report *r,
                       str text, struct err *err);

int blind_report(const struct blind_options *options, const struct rules *rules)
{
    struct db *db = NULL;
    struct err err;
    struct kept kept = { 0 };
    struct arena arena = { 0 };
    const int code = store_options_open(options->store, options->keep ? DB_CHANGE : DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    // Made only for what each rule needs.
    struct fidelity *fidelity = pipeline_fidelity_new(rules, NULL);
    struct blind_report r = {
        .kept = &kept,
        .rules = coverage_options(fidelity)->rules,
        .rule_count = coverage_options(fidelity)->rule_count,
        .all = options->all,
        .colour = options->colour,
        .width = cli_width_of(STDOUT_FILENO),
        .made_ns = options->store->act.now_ns,
    };
    const enum status status = make(options, db, &kept, &r, &arena, &err);
    if (status == OK)
        options->print(&r, stdout);
    swing_done(&r.swing);
    change_done(&r.change);
    sight_done(&r.sight);
    blind_done(&r.spots);
    posture_done(&r.posture);
    kept_done(&kept);
    arena_done(&arena);
    fidelity_free(fidelity);
    db_close(db);
    return status == OK
               ? EXIT_DONE
               : cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(options->store->name), err.text);
}

static enum status make(const struct blind_options *options, struct db *db, struct kept *kept,
                        struct blind_report *r, struct arena *arena, struct err *err)
{
    const enum status status = kept_read(db, kept, err);
    if (status != OK)
        return status;
    if (kept->strange > 0) {
        char text[160];
        (void)snprintf(text, sizeof text,
                       "pomona: %zu spans are of a signal or a state that this program does not"
                       " know, and are not counted",
                       kept->strange);
        cli_say(str_of(text));
    }
    kept->now_ns = options->store->act.now_ns;
    kept->proved_for_ns = options->proved_for_ns;
    kept->answer_within_ns = options->answer_within_ns;
    posture_join(kept, options->silent_after_ns, &r->posture);
    blind_find(&r->posture, arena, &r->spots);
    sight_find(&r->posture, r->rules, r->rule_count, &r->sight);
    return compare(options, db, r, arena, err);
}

static enum status compare(const struct blind_options *options, struct db *db,
                           struct blind_report *r, struct arena *arena, struct err *err)
{
    struct coverage_kept_report before;
    struct buf text;
    buf_init(&text, CHANGE_TEXT_MAX);
    const bool fits = change_write(&r->posture, &r->spots, &r->sight, &text);
    const str after = arena_str(arena, buf_str(&text));
    buf_done(&text);
    if (!fits)
        return fail(err, ERR_LIMIT, "more blind spots than a report can say");
    enum status status = coverage_last_report(db, arena, &before, err);
    r->has_before = status == OK;
    if (status == OK) {
        r->before_ns = before.made_ns;
        change_find(before.summary, after, &r->change);
        swing_find(&r->change, &r->posture, &r->swing);
    }
    if (status == OK || status == END)
        status = findings_totals(db, r->before_ns, &r->findings, err);
    return status == OK && options->keep ? keep(&options->store->act, db, r, after, err) : status;
}

static enum status keep(const struct store_act *act, struct db *db, const struct blind_report *r,
                        str text, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, put(act, db, r, text, err), err) : status;
}

static enum status put(const struct store_act *act, struct db *db, const struct blind_report *r,
                       str text, struct err *err)
{
    struct buf detail;
    const struct coverage_kept_report report = {
        .made_ns = act->now_ns,
        .from_ns = r->posture.oldest_ns,
        .to_ns = r->posture.newest_ns,
        .summary = text,
    };
    const enum status status = coverage_put_report(db, &report, err);
    if (status != OK)
        return status;
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail, "{\"assets\":%zu,\"blind_spots\":%zu}", r->posture.asset_count,
               r->spots.count);
    const enum status noted =
        audit_append(db, act, STR("coverage.report"), STR("coverage"), buf_str(&detail), err);
    buf_done(&detail);
    return noted;
}

size_t blind_count(const struct blind_report *r, enum signal s, enum coverage_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < r->posture.asset_count; i++)
        count += r->posture.assets[i].signals[s].state == state ? 1 : 0;
    return count;
}

bool blind_tells_canary(const struct posture_canary *canary)
{
    return canary->is_last && canary->is_recent;
}

void blind_add_span(struct buf *b, int64_t span_ns)
{
    const int64_t minutes = span_ns / INT64_C(60000000000);
    if (minutes < 1)
        buf_add(b, STR("under a minute"));
    else if (minutes < 60)
        buf_printf(b, "%" PRId64 " min", minutes);
    else if (minutes < 24 * 60)
        buf_printf(b, "%" PRId64 " h %" PRId64 " min", minutes / 60, minutes % 60);
    else
        buf_printf(b, "%" PRId64 " d %" PRId64 " h", minutes / 1440, minutes / 60 % 24);
}
