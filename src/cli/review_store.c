#include "cli/review_store.h"

#include "cli/review_editor.h"
#include "cli/review_propose.h"
#include "cli/review_read.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_MAX_OCTETS (1024u * 1024u)
#define FIELDS_MAX      (4u * FINDINGS_NOTE_MAX * 6u)
#define SHOWN_MAX       160u
#define NS_PER_MINUTE   INT64_C(60000000000)

static int list(struct review_store *r, struct db *db, char **arguments);
static int show(struct review_store *r, struct db *db, char **arguments);
static int propose(struct review_store *r, struct db *db, const char *id);
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
static const char *lacking(const struct review_store *r);
static void add_fields(struct buf *b, const struct review_store *r);
static void add_state(struct buf *b, const struct finding_row *row);

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
        add_state(b, row);
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

static void add_state(struct buf *b, const struct finding_row *row)
{
    if (row->status == FINDING_OPEN)
        return;
    buf_printf(b, " (%.*s", STR_ARG(finding_status_name(row->status)));
    if (row->status == FINDING_CLOSED)
        buf_printf(b, ": %.*s", STR_ARG(disposition_name(row->disposition)));
    if (row->assignee.len > 0) {
        buf_add(b, STR(", "));
        sink_add_escaped(b, str_to(row->assignee, SHOWN_MAX));
    }
    buf_add_char(b, ')');
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

static void print_note(void *context, const struct finding_note *note)
{
    struct buf *b = context;
    buf_reset(b);
    sink_add_time(b, note->at_ns, ' ', 3);
    buf_add(b, STR("  "));
    sink_add_escaped(b, str_to(note->who, SHOWN_MAX));
    buf_add(b, STR(": "));
    buf_add_printable(b, note->text);
    buf_add_char(b, '\n');
    (void)fwrite(b->at, 1, b->len, stdout);
}

static int show(struct review_store *r, struct db *db, char **arguments)
{
    if (r->proposes)
        return propose(r, db, arguments[0]);
    struct arena arena = { 0 };
    struct finding_row row;
    struct finding *finding = NULL;
    struct err err;
    struct buf b;
    str fields;
    int code = find(r, db, arguments[0], &arena, &row);
    if (code == EXIT_DONE)
        code = done(r, review_read(row.record, &arena, &finding, &err), &err);
    if (code == EXIT_DONE) {
        r->show->wanted = row.id;
        review_show_keep(r->show, finding, row.record);
        code = review_show_print(r->show, stdout);
    }
    if (code == EXIT_DONE && !r->show->is_playbook_only) {
        buf_init(&b, LINE_MAX_OCTETS);
        buf_add(&b,
                row.status == FINDING_OPEN ? STR("decided      nothing yet") : STR("decided     "));
        add_state(&b, &row);
        if (findings_close_out(db, row.id, &arena, &fields, &err) == OK) {
            buf_add_char(&b, ' ');
            buf_add_printable(&b, fields);
        }
        (void)printf("%.*s\n", STR_ARG(buf_str(&b)));
        code = done(r, findings_notes(db, row.id, print_note, &b, &err), &err);
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
        (row.status != FINDING_CLOSED || !review_propose_is_benign(row.disposition)))
        code = cli_fail(EXIT_USAGE,
                        "an exception is proposed for a finding that was closed as "
                        "benign-expected or benign-unexpected; %.*s was not",
                        STR_ARG(row.id));
    if (code == EXIT_DONE)
        code = done(r, findings_close_out(db, row.id, &arena, &fields, &err), &err);
    if (code == EXIT_DONE)
        code = review_propose(&row, review_propose_cause(fields, &arena), &r->store.act, &arena,
                              &text);
    if (code == EXIT_DONE)
        (void)fwrite(text.at, 1, text.len, stdout);
    buf_done(&text);
    arena_done(&arena);
    return code;
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
    const char *lacks = lacking(r);
    if (lacks != NULL)
        return cli_fail(EXIT_USAGE, "review close needs %s", lacks);
    buf_init(&fields, FIELDS_MAX);
    buf_init(&proposal, LINE_MAX_OCTETS);
    add_fields(&fields, r);
    int code = find(r, db, arguments[0], &arena, &row);
    // Before, so that it is closed and proposed, or neither.
    if (code == EXIT_DONE && r->proposes)
        code = review_propose(&row, r->cause, &r->store.act, &arena, &proposal);
    if (code == EXIT_DONE)
        code = done(
            r, findings_close(db, &r->store.act, row.id, r->disposition, buf_str(&fields), &err),
            &err);
    if (code == EXIT_DONE && proposal.len > 0)
        (void)fwrite(proposal.at, 1, proposal.len, stdout);
    buf_done(&proposal);
    buf_done(&fields);
    arena_done(&arena);
    return code;
}

// What a close-out has to say: always why it came to be; of an attack also how far it went and what was
// done about it.
static const char *lacking(const struct review_store *r)
{
    const str texts[] = { r->cause, r->scope, r->containment, r->hypothesis };
    if (r->disposition == DISPOSITION_NONE)
        return "--disposition true-positive, benign-expected, benign-unexpected, false-positive or "
               "undetermined";
    if (r->cause.len == 0)
        return r->disposition == DISPOSITION_UNDETERMINED
                   ? "--cause TEXT: what could not be found out, and why"
                   : "--cause TEXT: why it came to be";
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].len > FINDINGS_NOTE_MAX)
            return "texts of at most 65536 octets";
    if (r->proposes && !review_propose_is_benign(r->disposition))
        return "--disposition benign-expected or benign-unexpected with --propose";
    if (r->disposition != DISPOSITION_TRUE_POSITIVE)
        return NULL;
    if (r->scope.len == 0)
        return "--scope TEXT of a true positive: which Macs and which code";
    return r->containment.len == 0 ? "--containment TEXT of a true positive: what was done about it"
                                   : NULL;
}

static void add_fields(struct buf *b, const struct review_store *r)
{
    const struct {
        str key;
        str text;
    } fields[] = {
        { STR("cause"), r->cause },
        { STR("scope"), r->scope },
        { STR("containment"), r->containment },
        { STR("hypothesis"), r->hypothesis },
    };
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("disposition"), disposition_name(r->disposition));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (fields[i].text.len > 0)
            sink_json_text(b, fields[i].key, fields[i].text);
    sink_json_close(b, '}');
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

// Precision: true positives among what was decided to be true or not. What is benign but was rightly
// told counts neither way.
static void print_statistics(void *context, const struct finding_statistics *s)
{
    const bool is_table = *(const bool *)context;
    const int64_t right = s->closed[DISPOSITION_TRUE_POSITIVE];
    const int64_t judged = right + s->closed[DISPOSITION_FALSE_POSITIVE];
    struct buf b;
    buf_init(&b, LINE_MAX_OCTETS);
    if (is_table) {
        buf_printf(&b, "%-16.*s %8" PRId64, STR_ARG(str_to(s->rule, SHOWN_MAX)), s->count);
        for (size_t i = 0; i < DISPOSITION_COUNT; i++)
            buf_printf(&b, " %8" PRId64, s->closed[i]);
        if (judged > 0)
            buf_printf(&b, " %8.0f %%", 100.0 * (double)right / (double)judged);
        else
            buf_add(&b, STR("          -"));
        if (s->triage_ns >= 0)
            buf_printf(&b, " %8" PRId64 " min\n", s->triage_ns / NS_PER_MINUTE);
        else
            buf_add(&b, STR("            -\n"));
    } else {
        sink_json_open(&b, STR_EMPTY, '{');
        sink_json_text(&b, STR("rule"), s->rule);
        sink_json_int(&b, STR("findings"), s->count);
        sink_json_int(&b, STR("not_closed"), s->closed[DISPOSITION_NONE]);
        for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
            sink_json_int(&b, disposition_name((enum disposition)i), s->closed[i]);
        sink_json_value(&b, STR("precision"),
                        judged > 0 ? value_of_float((double)right / (double)judged)
                                   : (struct value){ .type = VALUE_MISSING });
        sink_json_value(&b, STR("triage_seconds"),
                        s->triage_ns >= 0 ? value_of_int(s->triage_ns / 1000000000)
                                          : (struct value){ .type = VALUE_MISSING });
        sink_json_close(&b, '}');
        buf_add_char(&b, '\n');
    }
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
}

static int statistics(struct review_store *r, struct db *db, char **arguments)
{
    struct err err;
    (void)arguments;
    if (r->is_table)
        (void)printf("%-16s %8s %8s %8s %8s %8s %8s %8s %10s %12s\n", "rule", "findings", "open",
                     "true", "expected", "unexp.", "false", "undet.", "precision", "triage");
    return done(r, findings_statistics(db, print_statistics, &r->is_table, &err), &err);
}
