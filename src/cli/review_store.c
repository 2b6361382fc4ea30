#include "cli/review_store.h"

#include "cli/review_editor.h"
#include "cli/review_propose.h"
#include "cli/review_read.h"
#include "cli/review_stats.h"
#include "cli/review_text.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_MAX_OCTETS (1024u * 1024u)
#define FIELDS_MAX      (4u * FINDINGS_NOTE_MAX * 6u)
#define SHOWN_MAX       160u

static int list(struct review_store *r, struct db *db, char **arguments);
static int show(struct review_store *r, struct db *db, char **arguments);
static int propose(struct review_store *r, struct db *db, const char *id);
static int make_proposal(struct review_store *r, const struct finding_row *row, str cause,
                         struct arena *arena, struct buf *out);
static int assign(struct review_store *r, struct db *db, char **arguments);
static int note(struct review_store *r, struct db *db, char **arguments);
static int write_note(struct review_store *r, struct review_editor *editor, struct arena *arena,
                      str *out);
static int close_out(struct review_store *r, struct db *db, char **arguments);
static int reopen(struct review_store *r, struct db *db, char **arguments);
static int statistics(struct review_store *r, struct db *db, char **arguments);
static int find(struct review_store *r, struct db *db, const char *id, struct arena *arena,
                struct finding_row *out);
static str lower(str id, struct arena *arena);
static int done(const struct review_store *r, enum status status, const struct err *err);

static const struct {
    str verb;
    int least;  // Arguments.
    int most;
    const char *needs;
    enum db_mode mode;
    int (*run)(struct review_store *r, struct db *db, char **arguments);
} verbs[] = {
    { STR_INIT("list"), 0, 0, "no file with --store", DB_READ, list },
    { STR_INIT("show"), 1, 1, "an id", DB_READ, show },
    { STR_INIT("assign"), 2, 2, "an id and who has it now", DB_CHANGE, assign },
    { STR_INIT("note"), 1, 2, "an id and a text", DB_CHANGE, note },
    { STR_INIT("close"), 1, 1, "an id", DB_CHANGE, close_out },
    { STR_INIT("reopen"), 1, 1, "an id", DB_CHANGE, reopen },
    { STR_INIT("stats"), 0, 0, "no file", DB_READ, statistics },
};

int review_store_run(struct review_store *r, str verb, char **arguments, int count)
{
    struct db *db = NULL;
    size_t which = 0;
    while (which < COUNT_OF(verbs) && !str_eq(verbs[which].verb, verb))
        which++;
    if (which == COUNT_OF(verbs))
        return cli_fail(EXIT_USAGE,
                        "review takes list, show, assign, note, close, reopen or stats; "
                        "see `pomona review --help`");
    if (count < verbs[which].least || count > verbs[which].most)
        return cli_fail(EXIT_USAGE, "review %.*s needs %s", STR_ARG(verb), verbs[which].needs);
    int code = store_options_open(&r->store, verbs[which].mode, &db);
    if (code == EXIT_DONE)
        code = verbs[which].run(r, db, arguments);
    db_close(db);
    return code;
}

struct listing {
    struct buf text;
    bool is_table;
};

static void print_row(void *context, const struct finding_row *row)
{
    struct listing *l = context;
    struct buf *b = &l->text;
    const str level = level_name((enum level)row->level);
    buf_reset(b);
    if (l->is_table) {
        sink_add_time(b, row->time_ns, ' ', 3);
        buf_printf(b, "  %-13.*s %3" PRId64 "  ", STR_ARG(level), row->score);
        sink_add_escaped(b,
                         str_to(row->host_name.len > 0 ? row->host_name : row->host_id, SHOWN_MAX));
        buf_add(b, STR("  "));
        sink_add_escaped(b, str_to(row->rule, SHOWN_MAX));
        buf_add(b, STR("  "));
        sink_add_escaped(b, str_to(row->title, SHOWN_MAX));
        review_text_add_state(b, row);
        buf_printf(b, "  %.*s\n", STR_ARG(row->id));
    } else {
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("id"), row->id);
        sink_json_time(b, STR("time"), row->time_ns);
        sink_json_text(b, STR("rule"), row->rule);
        sink_json_text(b, STR("title"), row->title);
        sink_json_text(b, STR("level"), level);
        sink_json_int(b, STR("score"), row->score);
        sink_json_int(b, STR("confidence"), row->confidence);
        sink_json_text(b, STR("host"), row->host_id);
        sink_json_text(b, STR("host_name"), row->host_name);
        sink_json_text(b, STR("executable"), row->executable);
        sink_json_text(b, STR("verdict"), verdict_name((enum verdict)row->verdict));
        sink_json_text(b, STR("status"), finding_status_name(row->status));
        sink_json_text(b, STR("disposition"), disposition_name(row->disposition));
        sink_json_text(b, STR("assignee"), row->assignee);
        sink_json_close(b, '}');
        buf_add_char(b, '\n');
    }
    (void)fwrite(b->at, 1, b->len, stdout);
}

static int list(struct review_store *r, struct db *db, char **arguments)
{
    struct listing l = { .is_table = r->is_table };
    struct arena arena = { 0 };
    struct finding_row last;
    struct err err;
    int code = EXIT_DONE;
    (void)arguments;
    if (r->after.len > 0) {
        code = find(r, db, cstr_of(&arena, r->after), &arena, &last);
        r->filter.after_score = last.score;
        r->filter.after_time_ns = last.time_ns;
        r->filter.after_id = last.id;
    }
    buf_init(&l.text, LINE_MAX_OCTETS);
    if (code == EXIT_DONE)
        code = done(r, findings_list(db, &r->filter, print_row, &l, &err), &err);
    buf_done(&l.text);
    arena_done(&arena);
    return code;
}

// END, and so no finding, is said as a sentence too.
static int find(struct review_store *r, struct db *db, const char *id, struct arena *arena,
                struct finding_row *out)
{
    struct err err;
    *out = (struct finding_row){ .id = STR_EMPTY };
    if (id == NULL || !review_show_is_id(str_of(id)))
        return cli_fail(EXIT_USAGE, "an id is up to 32 hexadecimal digits, not \"%s\"",
                        id == NULL ? "" : id);
    const enum status status = findings_find(db, lower(str_of(id), arena), arena, out, &err);
    if (status == END)
        return cli_fail(EXIT_USAGE, "no finding of the store has an id that begins \"%s\"", id);
    return done(r, status, &err);
}

// As the store has them.
static str lower(str id, struct arena *arena)
{
    char *text = arena_alloc(arena, id.len + 1);
    for (size_t i = 0; i < id.len; i++)
        text[i] = id.at[i] >= 'A' && id.at[i] <= 'F' ? (char)(id.at[i] - 'A' + 'a') : id.at[i];
    return (str){ .at = text, .len = id.len };
}

static int done(const struct review_store *r, enum status status, const struct err *err)
{
    if (status == OK)
        return EXIT_DONE;
    if (status == ERR_CONFIG)
        return cli_fail(EXIT_USAGE, "%s", err->text);
    return cli_fail(cli_exit_of(status), "%.*s: %s", STR_ARG(r->store.name), err->text);
}

static int show(struct review_store *r, struct db *db, char **arguments)
{
    if (r->proposal != REVIEW_NO_PROPOSAL)
        return propose(r, db, arguments[0]);
    struct arena arena = { 0 };
    struct finding_row row;
    struct finding *finding = NULL;
    struct err err;
    struct buf b;
    int code = find(r, db, arguments[0], &arena, &row);
    if (code == EXIT_DONE)
        code = done(r, review_read(row.record, &arena, &finding, &err), &err);
    if (code == EXIT_DONE) {
        r->show->wanted = row.id;
        review_show_keep(r->show, finding, row.record);
        code = review_show_print(r->show, stdout);
    }
    if (code == EXIT_DONE && !r->show->is_playbook_only) {
        buf_init(&b, REVIEW_TEXT_MAX);
        code = done(r, review_text_add_decisions(&b, db, &row, &err), &err);
        (void)fwrite(b.at, 1, b.len, stdout);
        buf_done(&b);
    }
    arena_done(&arena);
    return code;
}

static int propose(struct review_store *r, struct db *db, const char *id)
{
    struct arena arena = { 0 };
    struct finding_row row;
    struct err err;
    struct buf text;
    str fields = STR_EMPTY;
    buf_init(&text, LINE_MAX_OCTETS);
    int code = find(r, db, id, &arena, &row);
    if (code == EXIT_DONE &&
        (row.status != FINDING_CLOSED || !close_out_is_benign(row.disposition)))
        code = cli_fail(EXIT_USAGE,
                        "something is proposed for a finding that was closed as "
                        "benign-expected or benign-unexpected; %.*s was not",
                        STR_ARG(row.id));
    if (code == EXIT_DONE)
        code = done(r, findings_close_out(db, row.id, &arena, &fields, &err), &err);
    if (code == EXIT_DONE)
        code = make_proposal(r, &row, review_propose_cause(fields, &arena), &arena, &text);
    if (code == EXIT_DONE)
        (void)fwrite(text.at, 1, text.len, stdout);
    buf_done(&text);
    arena_done(&arena);
    return code;
}

static int make_proposal(struct review_store *r, const struct finding_row *row, str cause,
                         struct arena *arena, struct buf *out)
{
    struct err err;
    str remark;
    const enum status status =
        review_propose(r->proposal, row, cause, &r->store.act, arena, out, &remark, &err);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    if (remark.len > 0)
        cli_say(remark);
    return EXIT_DONE;
}

static int assign(struct review_store *r, struct db *db, char **arguments)
{
    struct arena arena = { 0 };
    struct finding_row row;
    struct err err;
    const str who = str_of(arguments[1]);
    int code = find(r, db, arguments[0], &arena, &row);
    if (code == EXIT_DONE && (who.len == 0 || who.len > SHOWN_MAX))
        code = cli_fail(EXIT_USAGE, "a name has 1 to %u octets", SHOWN_MAX);
    if (code == EXIT_DONE)
        code = done(r, findings_assign(db, &r->store.act, row.id, who, &err), &err);
    arena_done(&arena);
    return code;
}

static int note(struct review_store *r, struct db *db, char **arguments)
{
    struct arena arena = { 0 };
    struct review_editor editor = { .path = "" };
    struct finding_row row;
    struct err err;
    str text = arguments[1] == NULL ? STR_EMPTY : str_of(arguments[1]);
    if (arguments[1] == NULL && !review_editor_is_there())
        return cli_fail(EXIT_USAGE, "review note needs an id and a text");
    int code = find(r, db, arguments[0], &arena, &row);
    if (code == EXIT_DONE && arguments[1] == NULL)
        code = write_note(r, &editor, &arena, &text);
    if (code == EXIT_DONE)
        code = done(r, findings_note(db, &r->store.act, row.id, text, &err), &err);
    if (code != EXIT_DONE && editor.path[0] != '\0' && text.len > 0)
        (void)cli_fail(EXIT_DONE, "what was written is in %s", editor.path);
    else
        review_editor_done(&editor);
    arena_done(&arena);
    return code;
}

// Others may have decided something meanwhile: the log would go back in time by the stamp from before.
static int write_note(struct review_store *r, struct review_editor *editor, struct arena *arena,
                      str *out)
{
    struct err err;
    enum status status = review_editor_write(editor, FINDINGS_NOTE_MAX, arena, out, &err);
    if (status == OK && out->len == 0)
        status = fail(&err, ERR_CONFIG, "nothing was written, and no note was added");
    if (status == OK)
        status = store_options_now(&r->store, &err);
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

static int close_out(struct review_store *r, struct db *db, char **arguments)
{
    struct arena arena = { 0 };
    struct finding_row row;
    struct err err;
    struct buf fields;
    struct buf proposal;
    const char *lacks = close_out_lacks(&r->close_out);
    if (lacks == NULL && r->proposal != REVIEW_NO_PROPOSAL &&
        !close_out_is_benign(r->close_out.disposition))
        lacks = "--disposition benign-expected or benign-unexpected with --propose";
    if (lacks != NULL)
        return cli_fail(EXIT_USAGE, "review close needs %s", lacks);
    buf_init(&fields, FIELDS_MAX);
    buf_init(&proposal, LINE_MAX_OCTETS);
    close_out_add(&fields, &r->close_out);
    int code = find(r, db, arguments[0], &arena, &row);
    // Before, so that it is closed and proposed, or neither.
    if (code == EXIT_DONE && r->proposal != REVIEW_NO_PROPOSAL)
        code = make_proposal(r, &row, r->close_out.cause, &arena, &proposal);
    if (code == EXIT_DONE)
        code = done(r,
                    findings_close(db, &r->store.act, row.id, r->close_out.disposition,
                                   buf_str(&fields), &err),
                    &err);
    if (code == EXIT_DONE && proposal.len > 0)
        (void)fwrite(proposal.at, 1, proposal.len, stdout);
    buf_done(&proposal);
    buf_done(&fields);
    arena_done(&arena);
    return code;
}

static int reopen(struct review_store *r, struct db *db, char **arguments)
{
    struct arena arena = { 0 };
    struct finding_row row;
    struct err err;
    int code = find(r, db, arguments[0], &arena, &row);
    if (code == EXIT_DONE)
        code = done(r, findings_reopen(db, &r->store.act, row.id, &err), &err);
    arena_done(&arena);
    return code;
}

static int statistics(struct review_store *r, struct db *db, char **arguments)
{
    struct err err;
    (void)arguments;
    if (r->is_table)
        review_stats_print_heading();
    return done(r, findings_statistics(db, review_stats_print, &r->is_table, &err), &err);
}
