#include "sink/keep.h"

#include "sink/form.h"
#include "sink/summary.h"
#include "store/findings.h"

static enum status put_all(struct db *store, int64_t now_ns, const struct batch *batch,
                           struct buf *text, struct err *err);
static enum status put(struct db *store, int64_t now_ns, const struct finding *f, str record,
                       struct err *err);

enum status sink_keep(struct db *store, int64_t now_ns, const struct batch *batch, struct buf *text,
                      struct err *err)
{
    if (batch->finding_count == 0)
        return OK;
    enum status status = db_begin(store, err);
    if (status == OK)
        status = db_end(store, put_all(store, now_ns, batch, text, err), err);
    if (status != OK)
        err_prefix(err, "findings cannot be kept in the store");
    return status;
}

static enum status put_all(struct db *store, int64_t now_ns, const struct batch *batch,
                           struct buf *text, struct err *err)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < batch->finding_count; i++) {
        const struct finding *f = batch->findings[i];
        buf_reset(text);
        sink_add_ndjson(text, f, NULL);
        status = text->failed ? fail(err, ERR_LIMIT, "finding %s is longer than %u octets", f->id,
                                     SINK_FINDING_MAX)
                              : put(store, now_ns, f, str_to(buf_str(text), text->len - 1), err);
    }
    return status;
}

static enum status put(struct db *store, int64_t now_ns, const struct finding *f, str record,
                       struct err *err)
{
    const struct finding_step *last = sink_last_step(f);
    struct value executable = { .type = VALUE_MISSING };
    if (last != NULL)
        executable = finding_step_value(last, FIELD_PROCESS_EXECUTABLE);
    struct arena arena = { 0 };
    const struct finding_row row = {
        .id = str_of(f->id),
        .rule = f->rule->id,
        .rule_version = f->rule->version,
        .title = f->rule->title,
        .level = (int64_t)f->level,
        .score = f->score,
        .confidence = f->confidence,
        .time_ns = f->time_ns,
        .host_id = db_printable(&arena, f->host_id),
        .host_name = db_printable(&arena, f->host_name),
        .executable =
            db_printable(&arena, executable.type == VALUE_TEXT ? value_str(executable) : STR_EMPTY),
        .verdict = (int64_t)f->verdict,
        .verdict_by = f->verdict_by,
        .revision = f->revision,
        .repeats = f->repeats > INT64_MAX ? INT64_MAX : (int64_t)f->repeats,
        .record = record,
    };
    const enum status status = findings_put(store, &row, now_ns, err);
    arena_done(&arena);
    return status;
}
