#include "cli/exceptions_list.h"

#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>

#define OUTPUT_MAX (256u * 1024u * 1024u)

enum state {
    STATE_ACTIVE,
    STATE_SOON,
    STATE_EXPIRED,
    STATE_COUNT
};

static enum state state_of(const struct exception *x, int64_t on_day);
static void add_line(struct buf *b, const struct exceptions *e, const struct exception *x,
                     enum state state);
static void add_hits(struct buf *b, const struct exceptions *e, const struct exception *x);
static void add_who(struct buf *b, const struct exception_who *who);
static void add_places(struct buf *b, const struct exception *x);
static void add_object(struct buf *b, const struct exceptions *e, const struct exception *x,
                       enum state state);
static void add_who_object(struct buf *b, str key, const struct exception_who *who);
static void add_summary(struct buf *b, const struct exceptions *e, const size_t *counts,
                        size_t never_hit);

static const str state_names[STATE_COUNT] = {
    [STATE_ACTIVE] = STR_INIT("active"),
    [STATE_SOON] = STR_INIT("expires soon"),
    [STATE_EXPIRED] = STR_INIT("expired"),
};

void exceptions_list_print(const struct exceptions *e,
                           const struct exceptions_list_options *options, FILE *stream)
{
    size_t counts[STATE_COUNT] = { 0 };
    size_t never_hit = 0;
    struct buf b;
    buf_init(&b, OUTPUT_MAX);
    for (size_t i = 0; i < exceptions_count(e); i++) {
        const struct exception *x = exceptions_at(e, i);
        const enum state state = state_of(x, options->on_day);
        counts[state]++;
        never_hit += x->hits == 0;
        if (options->is_table)
            add_line(&b, e, x, state);
        else
            add_object(&b, e, x, state);
    }
    if (options->is_table)
        add_summary(&b, e, counts, never_hit);
    (void)fwrite(b.at, 1, b.len, stream);
    buf_done(&b);
}

static enum state state_of(const struct exception *x, int64_t on_day)
{
    if (x->expires_day < on_day)
        return STATE_EXPIRED;
    return x->expires_day - on_day < EXCEPTIONS_SOON_DAYS ? STATE_SOON : STATE_ACTIVE;
}

// "E-1  expires soon, on 2026-11-20  never hit  S09, S01  TEAM/id, library TEAM/id  ann: reason"
static void add_line(struct buf *b, const struct exceptions *e, const struct exception *x,
                     enum state state)
{
    buf_printf(b, "%-12.*s  %-12.*s  %.*s  ", STR_ARG(x->id), STR_ARG(state_names[state]),
               STR_ARG(x->expires));
    add_hits(b, e, x);
    for (size_t i = 0; i < x->rule_count; i++) {
        buf_add(b, i > 0 ? STR(", ") : STR_EMPTY);
        sink_add_escaped(b, x->rules[i]);
    }
    buf_add(b, x->rule_count == 0 ? STR("every rule  ") : STR("  "));
    add_who(b, &x->who);
    if (x->step == EXCEPTION_NUMBER)
        buf_printf(b, " in step %" PRIu32, x->step_number);
    else if (x->step != EXCEPTION_ACTING) {
        const str step = exception_step_name(x->step);
        buf_printf(b, " as %.*s", STR_ARG(step));
    }
    if (x->has_library) {
        buf_add(b, STR(", library "));
        add_who(b, &x->library);
    }
    if (x->has_target) {
        buf_add(b, STR(", target "));
        add_who(b, &x->target);
    }
    buf_add(b, x->any_library ? STR(", any library") : STR_EMPTY);
    buf_add(b, x->critical ? STR(", also critical") : STR_EMPTY);
    add_places(b, x);
    buf_add(b, STR("\n              "));
    sink_add_escaped(b, x->owner);
    buf_add(b, STR(": "));
    sink_add_escaped(b, x->reason);
    if (x->put_by.len > 0) {
        buf_add(b, STR("; put there by "));
        sink_add_escaped(b, x->put_by);
        buf_add_char(b, ' ');
        sink_add_time(b, x->put_ns, ' ', 3);
    }
    buf_add_char(b, '\n');
}

// A file counts nothing, so it cannot say that there were none.
static void add_hits(struct buf *b, const struct exceptions *e, const struct exception *x)
{
    if (!exceptions_are_stored(e))
        return;
    if (x->hits == 0) {
        buf_add(b, STR("never hit  "));
        return;
    }
    buf_printf(b, "%" PRIu64 " %s, last ", x->hits, x->hits == 1 ? "hit" : "hits");
    sink_add_time(b, x->last_hit_ns, ' ', 3);
    buf_add(b, STR("  "));
}

static void add_who(struct buf *b, const struct exception_who *who)
{
    sink_add_escaped(b, who->signer);
    buf_add(b, who->is_prefix ? STR("*") : STR_EMPTY);
    if (who->cdhash_count > 0)
        buf_printf(b, "%scdhash %.*s", who->signer.len > 0 ? " and " : "",
                   STR_ARG(who->cdhashes[0]));
    if (who->cdhash_count > 1)
        buf_printf(b, " and %zu more", who->cdhash_count - 1);
    if (who->path.len > 0) {
        buf_add(b, STR(" at "));
        sink_add_escaped(b, who->path);
    }
}

static void add_places(struct buf *b, const struct exception *x)
{
    if (x->host_count > 0) {
        buf_add(b, STR(", on "));
        sink_add_escaped(b, x->hosts[0]);
    }
    if (x->host_count > 1)
        buf_printf(b, " and %zu more", x->host_count - 1);
    for (size_t i = 0; i < x->context_count; i++) {
        buf_add(b, i == 0 ? STR(", in ") : STR(" and "));
        buf_add(b, x->contexts[i]);
    }
}

static void add_summary(struct buf *b, const struct exceptions *e, const size_t *counts,
                        size_t never_hit)
{
    buf_printf(b, "%zu active, %zu %s within %d days, %zu expired", counts[STATE_ACTIVE],
               counts[STATE_SOON], counts[STATE_SOON] == 1 ? "expires" : "expire",
               EXCEPTIONS_SOON_DAYS, counts[STATE_EXPIRED]);
    if (exceptions_are_stored(e))
        buf_printf(b, "; %zu never hit", never_hit);
    buf_add_char(b, '\n');
}

static void add_object(struct buf *b, const struct exceptions *e, const struct exception *x,
                       enum state state)
{
    static const str every[] = { STR_INIT("*") };
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), x->id);
    sink_json_text(b, STR("state"), state == STATE_SOON ? STR("expires_soon") : state_names[state]);
    sink_json_texts(b, STR("rules"), x->rule_count == 0 ? every : x->rules,
                    x->rule_count == 0 ? 1 : x->rule_count);
    add_who_object(b, STR("who"), &x->who);
    if (x->step == EXCEPTION_NUMBER)
        sink_json_int(b, STR("step"), x->step_number);
    else
        sink_json_text(b, STR("step"), exception_step_name(x->step));
    if (x->has_library)
        add_who_object(b, STR("library"), &x->library);
    if (x->has_target)
        add_who_object(b, STR("target"), &x->target);
    sink_json_bool(b, STR("any_library"), x->any_library);
    sink_json_bool(b, STR("critical"), x->critical);
    sink_json_texts(b, STR("hosts"), x->hosts, x->host_count);
    sink_json_texts(b, STR("contexts"), x->contexts, x->context_count);
    sink_json_text(b, STR("owner"), x->owner);
    sink_json_text(b, STR("reason"), x->reason);
    sink_json_text(b, STR("created"), x->created);
    sink_json_text(b, STR("expires"), x->expires);
    if (exceptions_are_stored(e)) {
        sink_json_text(b, STR("put_by"), x->put_by);
        sink_json_time(b, STR("put"), x->put_ns);
        sink_json_int(b, STR("hits"), (int64_t)x->hits);
        if (x->hits > 0) {
            sink_json_time(b, STR("first_hit"), x->first_hit_ns);
            sink_json_time(b, STR("last_hit"), x->last_hit_ns);
        }
    }
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

static void add_who_object(struct buf *b, str key, const struct exception_who *who)
{
    sink_json_open(b, key, '{');
    if (who->signer.len > 0) {
        struct buf signer;
        buf_init(&signer, EXCEPTION_REASON_MAX);
        buf_add(&signer, who->signer);
        buf_add(&signer, who->is_prefix ? STR("*") : STR_EMPTY);
        sink_json_text(b, STR("signer"), buf_str(&signer));
        buf_done(&signer);
    }
    if (who->cdhash_count > 0)
        sink_json_texts(b, STR("cdhash"), who->cdhashes, who->cdhash_count);
    sink_json_text_known(b, STR("path"), who->path);
    sink_json_close(b, '}');
}
