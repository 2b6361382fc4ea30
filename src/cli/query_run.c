#include "cli/query_run.h"

#include "cli/cli.h"
#include "cli/query_report.h"
#include "query/held.h"
#include "query/path.h"
#include "query/show.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

// Of a record's JSON, which grows threefold at most, and the names of --fields.
#define SHOWN_MAX (4u * RECORDS_LEN_MAX)

struct query_state {
    const struct query_options *options;
    struct arena arena;
    struct pomona_eql *compiled;
    struct pomona_eql_run *run;
    struct input_field *fields;
    size_t field_count;
    struct records *records;
    struct input *input;
    volatile sig_atomic_t *stop;  // Set by Ctrl-C.
    struct held held;
    struct buf out;  // What is shown of one event, or a match's keys.
    uint64_t match_count;
};

static int explain(const struct pomona_eql *query);
static enum status take_fields(struct query_state *q, struct err *err);
static str eql_str(struct pomona_str s);
static int run(struct query_state *q);
static void read_stream(struct query_state *q);
static enum status read_sorted(struct query_state *q, struct err *err);
static bool take_record(struct query_state *q, struct records_item *out);
static void *keep_event(void *context, const struct pomona_eql_event *event, size_t *size_bytes);
static void release_event(void *context, void *kept);
static void print_matches(struct query_state *q);
static void print_match(struct query_state *q, const struct pomona_eql_match *match);
static void print_event(const struct held_shown *shown);
static int finish(struct query_state *q, enum status status, const struct err *err);

int query_run(const struct query_options *options)
{
    struct query_state q = { .options = options };
    struct pomona_eql_error error;
    struct err err;
    int code;
    if (!pomona_eql_compile(options->text.at, options->text.len, NULL, &q.compiled, &error)) {
        query_report_error(options->text, &error, stderr);
        return EXIT_USAGE;
    }
    if (options->explains) {
        code = explain(q.compiled);
        pomona_eql_free(q.compiled);
        return code;
    }
    if (take_fields(&q, &err) != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else
        code = run(&q);
    arena_done(&q.arena);
    pomona_eql_free(q.compiled);
    return code;
}

// Every name is used as a path; those of the query are listed.
static int explain(const struct pomona_eql *query)
{
    char *text = pomona_eql_explain(query);
    struct buf b;
    buf_init(&b, 4 * SHOWN_MAX);
    buf_add_printable(&b, str_of(text));
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
    free(text);
    return fflush(stdout) == 0
               ? EXIT_DONE
               : cli_fail(EXIT_INPUT, "the plan cannot be written: %s", strerror(errno));
}

static enum status take_fields(struct query_state *q, struct err *err)
{
    const struct input_options *o = &q->options->input;
    const str named[] = { o->timestamp_field, o->tiebreaker_field, o->category_field };
    const str *bad = NULL;
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (!path_is_sound(named[i]))
            bad = &named[i];
    for (size_t i = 0; i < o->shown_count; i++)
        if (!path_is_sound(o->shown[i]))
            bad = &o->shown[i];

    q->field_count = pomona_eql_field_count(q->compiled);
    q->fields = arena_zalloc(&q->arena, q->field_count * sizeof *q->fields);
    for (size_t i = 0; i < q->field_count; i++) {
        struct input_field *field = &q->fields[i];
        field->name = eql_str(pomona_eql_field_name(q->compiled, i));
        field->path_count = pomona_eql_field_path_count(q->compiled, i);
        str *paths = arena_alloc(&q->arena, field->path_count * sizeof *paths);
        for (size_t p = 0; p < field->path_count; p++) {
            paths[p] = eql_str(pomona_eql_field_path(q->compiled, i, p));
            if (!path_is_sound(paths[p]))
                bad = &paths[p];
        }
        field->paths = paths;
        if (!path_is_sound(field->name))
            bad = &field->name;
    }
    if (bad != NULL)
        return fail(err, ERR_CONFIG, "the field \"%.*s\" has more than %u parts", STR_ARG(*bad),
                    PATH_PARTS_MAX);
    return OK;
}

static str eql_str(struct pomona_str s)
{
    return (str){ .at = s.at, .len = s.len };
}

static int run(struct query_state *q)
{
    const bool is_stream = q->options->is_stream;
    const struct pomona_eql_options options = {
        .keep = is_stream ? keep_event : NULL,
        .release = is_stream ? release_event : NULL,
        .context = q,
    };
    enum status status = OK;
    struct err err;

    held_init(&q->held, HELD_MAX_BYTES);
    buf_init(&q->out, SHOWN_MAX);
    q->records =
        records_open(q->options->paths, q->options->path_count, (q->stop = cli_stop_on_signals()));
    q->input = input_new(&q->options->input, q->fields, q->field_count);
    q->run = pomona_eql_run_new(q->compiled, &options);
    if (is_stream)
        read_stream(q);
    else
        status = read_sorted(q, &err);
    pomona_eql_end(q->run);
    print_matches(q);
    const int code = finish(q, status, &err);

    pomona_eql_run_free(q->run);
    input_free(q->input);
    records_close(q->records);
    buf_done(&q->out);
    held_done(&q->held);
    return code;
}

static void read_stream(struct query_state *q)
{
    struct records_item record;
    bool goes_on = true;
    while (goes_on && take_record(q, &record)) {
        const struct input_event *event = input_take(q->input, &record);
        if (event == NULL)
            continue;
        goes_on = pomona_eql_feed(q->run, &event->event);
        print_matches(q);
    }
}

static enum status read_sorted(struct query_state *q, struct err *err)
{
    struct records_item record;
    while (take_record(q, &record)) {
        const struct input_event *event = input_take(q->input, &record);
        if (event == NULL)
            continue;
        buf_reset(&q->out);
        if (!q->options->counts_only)
            input_show(q->input, &q->out);
        if (!held_keep(&q->held, event, q->field_count, buf_str(&q->out)))
            return fail(
                err, ERR_LIMIT,
                "events to be sorted have more than %u GB; where they are in order of time, "
                "--assume-sorted reads them as a stream",
                HELD_MAX_GB);
    }
    held_sort(&q->held);
    bool goes_on = true;
    for (size_t i = 0; i < q->held.count && goes_on && ferror(stdout) == 0; i++) {
        if (*q->stop != 0)
            break;
        goes_on = pomona_eql_feed(q->run, &q->held.at[i].event);
        print_matches(q);
    }
    return OK;
}

// What was found is not held back while there is nothing to read.
static bool take_record(struct query_state *q, struct records_item *out)
{
    if (q->options->is_stream && records_are_dry(q->records))
        (void)fflush(stdout);
    return ferror(stdout) == 0 && records_take(q->records, out);
}

// Called for the event that was read last.
static void *keep_event(void *context, const struct pomona_eql_event *event, size_t *size_bytes)
{
    struct query_state *q = context;
    (void)event;
    buf_reset(&q->out);
    if (!q->options->counts_only)
        input_show(q->input, &q->out);
    *size_bytes = sizeof(struct held_shown) + q->out.len;
    struct held_shown *shown = memory_new(*size_bytes);
    shown->len = q->out.len;
    if (q->out.len > 0)
        memcpy(shown->at, q->out.at, q->out.len);
    return shown;
}

static void release_event(void *context, void *kept)
{
    (void)context;
    free(kept);
}

static void print_matches(struct query_state *q)
{
    const struct pomona_eql_match *match;
    while ((match = pomona_eql_next(q->run)) != NULL) {
        q->match_count++;
        if (!q->options->counts_only)
            print_match(q, match);
    }
}

static void print_match(struct query_state *q, const struct pomona_eql_match *match)
{
    if (!pomona_eql_is_sequence(q->compiled)) {
        (void)fputs("{\"event\":", stdout);
        print_event(match->events[0]);
        (void)fputs("}\n", stdout);
        return;
    }
    (void)fputs("{\"events\":[", stdout);
    for (size_t i = 0; i < match->event_count; i++) {
        if (i > 0)
            (void)fputc(',', stdout);
        print_event(match->events[i]);
    }
    buf_reset(&q->out);
    for (size_t i = 0; i < match->join_key_count; i++) {
        if (i > 0)
            buf_add_char(&q->out, ',');
        show_value(&q->out, &match->join_keys[i]);
    }
    (void)fputs("],\"join_keys\":[", stdout);
    (void)fwrite(q->out.at, 1, q->out.len, stdout);
    (void)fputs("]}\n", stdout);
}

static void print_event(const struct held_shown *shown)
{
    if (shown == NULL)
        (void)fputs("null", stdout);
    else
        (void)fwrite(shown->at, 1, shown->len, stdout);
}

static int finish(struct query_state *q, enum status status, const struct err *err)
{
    size_t count;
    const struct records_failure *failures = records_failures(q->records, &count);
    if (q->options->counts_only)
        (void)printf("%" PRIu64 "\n", q->match_count);
    const bool is_printed = fflush(stdout) == 0 && ferror(stdout) == 0;
    if (!is_printed)
        (void)cli_fail(EXIT_INPUT, "the output failed: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        (void)cli_fail(EXIT_INPUT, "%.*s: %s", STR_ARG(failures[i].path), failures[i].why);
    if (status != OK)
        (void)cli_fail(EXIT_INPUT, "%s", err->text);
    const struct query_report report = {
        .records = q->records,
        .input = q->input,
        .run = q->run,
        .paths = q->options->paths,
        .match_count = q->match_count,
        .is_sorted = !q->options->is_stream,
    };
    query_report_print(&report, stderr);
    return is_printed && count == 0 && status == OK ? EXIT_DONE : EXIT_INPUT;
}
