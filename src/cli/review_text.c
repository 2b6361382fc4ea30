#include "cli/review_text.h"

#include "cli/review_playbook.h"
#include "cli/review_read.h"
#include "sink/form.h"
#include "sink/json.h"
#include "sink/page.h"

#define SHOWN_MAX 160u

static void add_playbook(struct buf *out, const struct finding *finding, str rules,
                         struct arena *arena);
static enum status add_fields(struct buf *out, struct db *db, str id, struct err *err);
static void take_note(void *context, const struct finding_note *note);
static void take_deed(void *context, const struct finding_deed *deed);
static void add_stamp(struct buf *out, int64_t at_ns, str who);

enum status review_text_add(struct buf *out, struct db *db, const struct finding_row *row,
                            str rules, unsigned width, struct err *err)
{
    const struct sink_options options = { .form = SINK_TABLE, .width = width };
    struct arena arena = { 0 };
    struct finding *finding = NULL;
    enum status status = review_read(row->record, &arena, &finding, err);
    if (status == OK) {
        sink_add_table(out, finding, &options);
        status = review_text_add_decisions(out, db, row, err);
    }
    if (status == OK)
        add_playbook(out, finding, rules, &arena);
    arena_done(&arena);
    return status;
}

static void add_playbook(struct buf *out, const struct finding *finding, str rules,
                         struct arena *arena)
{
    str text;
    struct err err;
    if (!review_playbook_is_file(finding->rule->playbook))
        return;
    buf_add(out, STR("\n"));
    if (review_playbook_read(rules, finding->rule->playbook, arena, &text, &err) == OK)
        buf_add_printable(out, text);
    else
        buf_add_printable(out, str_of(err.text));
    buf_add_char(out, '\n');
}

enum status review_text_add_decisions(struct buf *out, struct db *db, const struct finding_row *row,
                                      struct err *err)
{
    buf_add(out,
            row->status == FINDING_OPEN ? STR("decided      nothing yet") : STR("decided     "));
    review_text_add_state(out, row);
    enum status status = add_fields(out, db, row->id, err);
    buf_add_char(out, '\n');
    if (status == OK)
        status = findings_notes(db, row->id, take_note, out, err);
    if (status == OK)
        status = findings_history(db, row->id, take_deed, out, err);
    return status;
}

static enum status add_fields(struct buf *out, struct db *db, str id, struct err *err)
{
    struct arena arena = { 0 };
    str fields;
    const enum status status = findings_close_out(db, id, &arena, &fields, err);
    if (status == OK) {
        buf_add_char(out, ' ');
        buf_add_printable(out, fields);
    }
    arena_done(&arena);
    return status == END ? OK : status;
}

void review_text_add_state(struct buf *out, const struct finding_row *row)
{
    if (row->status == FINDING_OPEN)
        return;
    buf_printf(out, " (%.*s", STR_ARG(finding_status_name(row->status)));
    if (row->status == FINDING_CLOSED)
        buf_printf(out, ": %.*s", STR_ARG(disposition_name(row->disposition)));
    if (row->assignee.len > 0) {
        buf_add(out, STR(", "));
        sink_add_escaped(out, str_to(row->assignee, SHOWN_MAX));
    }
    buf_add_char(out, ')');
}

static void take_note(void *context, const struct finding_note *note)
{
    struct buf *out = context;
    add_stamp(out, note->at_ns, note->who);
    buf_add(out, STR(": "));
    buf_add_printable(out, note->text);
    buf_add_char(out, '\n');
}

static void take_deed(void *context, const struct finding_deed *deed)
{
    struct buf *out = context;
    // Notes are told whole before.
    if (str_eq(deed->action, STR("review.note")))
        return;
    add_stamp(out, deed->at_ns, deed->who);
    buf_add(out, STR("  "));
    buf_add_printable(out, deed->action);
    if (deed->detail.len > 0) {
        buf_add_char(out, ' ');
        buf_add_printable(out, deed->detail);
    }
    if (deed->why.len > 0) {
        buf_add(out, STR(" because: "));
        buf_add_printable(out, deed->why);
    }
    buf_add_char(out, '\n');
}

static void add_stamp(struct buf *out, int64_t at_ns, str who)
{
    sink_add_time(out, at_ns, ' ', 3);
    buf_add(out, STR("  "));
    sink_add_escaped(out, str_to(who, SHOWN_MAX));
}
