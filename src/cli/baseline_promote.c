// pomona baseline promote and refuse: all that was asked for, or nothing.

#include "cli/baseline_options.h"

#include <inttypes.h>
#include <stdio.h>

struct change {
    struct baseline_options *options;
    struct db *db;
    struct baseline_meta meta;
    uint64_t changed;
    uint64_t left;  // By --all, of what passed the filters.
};

static int finish(struct change *c, enum status status, int code, const char *done,
                  struct err *err);
static enum status begin(struct change *c, struct err *err);
static enum status refuse_named(struct change *c, str id, int *code, struct err *err);
static enum status promote_named(struct change *c, str id, int *code, struct err *err);
static enum status promote_all(struct change *c, struct err *err);
static enum status promote_row(struct change *c, const struct baseline_row *row, struct err *err);

int baseline_promote(struct baseline_options *o, char **ids, int count)
{
    struct change c = { .options = o };
    struct err err;
    int code = store_options_open(&o->store, DB_CHANGE, &c.db);
    if (code != EXIT_DONE)
        return code;
    enum status status = begin(&c, &err);
    for (int i = 0; status == OK && i < count; i++)
        status = promote_named(&c, str_of(ids[i]), &code, &err);
    if (status == OK && o->all)
        status = promote_all(&c, &err);
    return finish(&c, status, code, "promoted", &err);
}

int baseline_refuse(struct baseline_options *o, char **ids, int count)
{
    struct change c = { .options = o };
    struct err err;
    int code = store_options_open(&o->store, DB_CHANGE, &c.db);
    if (code != EXIT_DONE)
        return code;
    enum status status = begin(&c, &err);
    for (int i = 0; status == OK && i < count; i++)
        status = refuse_named(&c, str_of(ids[i]), &code, &err);
    return finish(&c, status, code, "refused", &err);
}

static enum status begin(struct change *c, struct err *err)
{
    const enum status status = db_begin(c->db, err);
    return status == OK ? baseline_store_meta(c->db, &c->meta, err) : status;
}

// Without a commit nothing has changed.
static int finish(struct change *c, enum status status, int code, const char *done, struct err *err)
{
    if (status == OK && code == EXIT_DONE)
        status = db_commit(c->db, err);
    db_close(c->db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err->text);
    if (code != EXIT_DONE)
        return cli_fail((enum exit_code)code, "nothing was changed");
    (void)fprintf(stderr, "%s %" PRIu64 " %s", done, c->changed,
                  c->changed == 1 ? "entry" : "entries");
    if (c->left > 0)
        (void)fprintf(stderr, "; %" PRIu64 " left for somebody to look at", c->left);
    (void)fputc('\n', stderr);
    return EXIT_DONE;
}

static enum status refuse_named(struct change *c, str id, int *code, struct err *err)
{
    struct baseline_row row;
    const enum status status = baseline_store_find(c->db, id, &c->options->arena, &row, err);
    if (status == END) {
        *code = cli_fail(EXIT_USAGE, "no entry begins with \"%.*s\"", STR_ARG(id));
        return OK;
    }
    c->changed++;
    return status == OK ? baseline_store_refuse(c->db, &c->options->store.act, &row, err) : status;
}

static enum status promote_named(struct change *c, str id, int *code, struct err *err)
{
    struct baseline_row row;
    const enum status status = baseline_store_find(c->db, id, &c->options->arena, &row, err);
    if (status == END) {
        *code = cli_fail(EXIT_USAGE, "no entry begins with \"%.*s\"", STR_ARG(id));
        return OK;
    }
    if (status != OK)
        return status;
    struct proposal_consent consent = c->options->consent;
    consent.is_named = true;
    const str why = proposal_refusal(&row, &c->meta, consent);
    if (why.len > 0) {
        *code = cli_fail(EXIT_USAGE, "%s is not promoted: %.*s", row.id, STR_ARG(why));
        return OK;
    }
    return promote_row(c, &row, err);
}

// Which they are is found before the first of them changes.
static enum status promote_all(struct change *c, struct err *err)
{
    struct baseline_filter filter = c->options->filter;
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct arena arena = { 0 };
    filter.has_state = true;
    filter.state = BASELINE_PROPOSAL;
    enum status status = baseline_rows_open(c->db, &filter, true, &rows, err);
    while (status == OK) {
        arena_reset(&arena);
        status = baseline_rows_next(rows, &arena, &row, err);
        if (status != OK)
            break;
        if (proposal_refusal(&row, &c->meta, c->options->consent).len > 0)
            c->left++;
        else
            status = promote_row(c, &row, err);
    }
    baseline_rows_close(rows);
    arena_done(&arena);
    return status == END ? OK : status;
}

static enum status promote_row(struct change *c, const struct baseline_row *row, struct err *err)
{
    c->changed++;
    return baseline_store_promote(c->db, &c->options->store.act, row, &c->options->promotion, err);
}
