#include "cli/review_propose.h"

#include "cli/cli.h"
#include "cli/review_read.h"
#include "decode/json.h"
#include "score/exception_propose.h"

bool review_propose_is_benign(enum disposition disposition)
{
    return disposition == DISPOSITION_BENIGN_EXPECTED ||
           disposition == DISPOSITION_BENIGN_UNEXPECTED;
}

int review_propose(const struct finding_row *row, str cause, const struct store_act *act,
                   struct arena *arena, struct buf *out)
{
    struct finding *finding = NULL;
    struct err err;
    const struct exception_wish wish = {
        .owner = row->assignee.len > 0 ? row->assignee : act->who,
        .reason = cause,
        .now_ns = act->now_ns,
    };
    enum status status = review_read(row->record, arena, &finding, &err);
    if (status == OK)
        status = exception_propose(finding, &wish, arena, out, &err);
    return status == OK
               ? EXIT_DONE
               : cli_fail(cli_exit_of(status), "no exception can be proposed for finding %.*s: %s",
                          STR_ARG(row->id), err.text);
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
