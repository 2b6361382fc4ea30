#include "cli/review_propose.h"

#include "cli/baseline_exchange.h"
#include "cli/review_read.h"
#include "decode/json.h"
#include "score/baseline_propose.h"
#include "score/exception_propose.h"

static enum status propose_entries(const struct finding *finding, const struct baseline_wish *wish,
                                   struct arena *arena, struct buf *out, str *remark,
                                   struct err *err);
static str remark_of(const struct finding *f, struct arena *arena);

enum status review_propose(enum review_proposal kind, const struct finding_row *row, str cause,
                           const struct store_act *act, struct arena *arena, struct buf *out,
                           str *remark, struct err *err)
{
    struct finding *finding = NULL;
    const str owner = row->assignee.len > 0 ? row->assignee : act->who;
    *remark = STR_EMPTY;
    enum status status = review_read(row->record, arena, &finding, err);
    if (status == OK && kind == REVIEW_EXCEPTION)
        status = exception_propose(
            finding,
            &(struct exception_wish){ .owner = owner, .reason = cause, .now_ns = act->now_ns },
            arena, out, err);
    if (status == OK && kind == REVIEW_BASELINE)
        status = propose_entries(
            finding,
            &(struct baseline_wish){ .owner = owner, .reason = cause, .now_ns = act->now_ns },
            arena, out, remark, err);
    if (status != OK)
        err_prefix(err, "no %s can be proposed for finding %.*s",
                   kind == REVIEW_BASELINE ? "entry of the baseline" : "exception",
                   STR_ARG(row->id));
    return status;
}

static enum status propose_entries(const struct finding *finding, const struct baseline_wish *wish,
                                   struct arena *arena, struct buf *out, str *remark,
                                   struct err *err)
{
    struct baseline_proposed proposed;
    enum status status = baseline_propose(finding, wish, arena, &proposed, err);
    if (status == OK)
        status = baseline_exchange_add(out, proposed.rows, proposed.count, err);
    if (status == OK)
        *remark = remark_of(finding, arena);
    return status;
}

// What entries do not do, though one may think so.
static str remark_of(const struct finding *f, struct arena *arena)
{
    str remark = STR_EMPTY;
    if (f->rule->level == LEVEL_CRITICAL)
        remark = arena_printf(arena,
                              "rule %.*s is of level critical: what is imported stays a proposal "
                              "until `pomona baseline promote --critical`",
                              STR_ARG(f->rule->id));
    for (size_t i = 0; i < f->also_count; i++)
        remark =
            arena_printf(arena, "%.*s%s%.*s", STR_ARG(remark),
                         i > 0 ? ", "
                               : (remark.len > 0 ? "; of the same act, and judged by themselves: "
                                                 : "of the same act, and judged by themselves: "),
                         STR_ARG(f->also[i]->rule->id));
    return remark;
}

str review_propose_cause(str fields, struct arena *arena)
{
    str cause = STR_EMPTY;
    yyjson_doc *doc = yyjson_read(fields.at, fields.len, YYJSON_READ_NOFLAG);
    yyjson_val *text = yyjson_obj_get(yyjson_doc_get_root(doc), "cause");
    if (yyjson_is_str(text))
        cause = arena_str(arena, json_str(text));
    yyjson_doc_free(doc);
    return cause;
}
