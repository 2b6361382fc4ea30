// pomona query: one EQL query over any NDJSON.

#include "cli/cli.h"
#include "cli/query_report.h"
#include "query/held.h"
#include "query/path.h"
#include "query/show.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#define FIELDS_MAX 256u  // Of --fields.
// Of a record's JSON, which grows threefold at most, and the names of --fields.
#define SHOWN_MAX (4u * RECORDS_LEN_MAX)

static const char help[] =
    "usage: pomona query [options] 'EQL' FILE...|-\n"
    "\n"
    "Prints what an EQL query matches in any NDJSON, one JSON object a line: {\"event\":...}, or\n"
    "for a sequence {\"events\":[...],\"join_keys\":[...]}, where null stands for a missing "
    "event.\n"
    "FILE is plain, gzip or zstd, and may be one list of objects as well; - is standard input.\n"
    "\n"
    "  --timestamp-field NAME       default @timestamp\n"
    "  --timestamp-unit UNIT        ns, us, ms, s, filetime (100 ns since 1601), iso (8601, UTC\n"
    "                               where it has no zone), or auto (default): iso where it looks\n"
    "                               like that, else ms\n"
    "  --tiebreaker-field NAME      orders events of one time (default: order of arrival)\n"
    "  --event-category-field NAME  default event.category\n"
    "  --fields A,B                 print only these of each event, as one flat object\n"
    "  --count                      print only the number of matches\n"
    "  --assume-sorted              the input is in order of time: read it as a stream, in little\n"
    "                               memory (so is standard input always)\n"
    "\n"
    "A NAME is a path: process.name is found in {\"process\":{\"name\":...}} and in\n"
    "{\"process.name\":...}; a list gives all of its values; of a key that is there twice, the "
    "first\n"
    "counts. All files are one stream, sorted by time, then tiebreaker (those without one last), "
    "then\n"
    "as they came. What cannot be read as an event is counted, and the counters go to standard "
    "error.\n"
    "\n"
    "Exit: 0 done, 2 usage error or a query that is refused, 3 an input or the output failed (the\n"
    "other inputs have been read).\n";

struct query {
    struct arena arena;
    struct input_options input_options;
    str shown[FIELDS_MAX];
    str text;
    str *paths;
    size_t path_count;
    bool counts_only;
    bool is_stream;

    struct pomona_eql *compiled;
    struct pomona_eql_run *run;
    struct records *records;
    struct input *input;
    struct held held;
    struct buf out;  // What is shown of one event, or a match's keys.
    uint64_t match_count;
};

static volatile sig_atomic_t stop_wanted;

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status take_fields(struct query *q, str list, struct err *err);
static enum status take_arguments(struct query *q, char **arguments, int count, struct err *err);
static int run(struct query *q);
static enum status check_paths(struct query *q, struct input_field **fields, size_t *count,
                               struct err *err);
static str eql_str(struct pomona_str s);
static void read_stream(struct query *q);
static enum status read_sorted(struct query *q, size_t field_count, struct err *err);
static bool take_record(struct query *q, struct records_item *out);
static void *keep_event(void *context, const struct pomona_eql_event *event, size_t *size_bytes);
static void release_event(void *context, void *kept);
static void print_matches(struct query *q);
static void print_match(struct query *q, const struct pomona_eql_match *match);
static void print_event(const struct held_shown *shown);
static int finish(struct query *q, enum status status, const struct err *err);
static void stop_on_signals(void);

enum {
    OPT_TIMESTAMP = 256,
    OPT_UNIT,
    OPT_TIEBREAKER,
    OPT_CATEGORY,
    OPT_FIELDS,
    OPT_COUNT,
    OPT_SORTED,
};

int cmd_query(int argc, char **argv)
{
    static const struct option known[] = {
        { "timestamp-field", required_argument, NULL, OPT_TIMESTAMP },
        { "timestamp-unit", required_argument, NULL, OPT_UNIT },
        { "tiebreaker-field", required_argument, NULL, OPT_TIEBREAKER },
        { "event-category-field", required_argument, NULL, OPT_CATEGORY },
        { "fields", required_argument, NULL, OPT_FIELDS },
        { "count", no_argument, NULL, OPT_COUNT },
        { "assume-sorted", no_argument, NULL, OPT_SORTED },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "query",
        .help = help,
        .needs = "an EQL query and a file, or - for standard input",
        .known = known,
    };
    struct query *q = memory_zeroed(1, sizeof *q);
    struct err err;
    bool helped;

    q->input_options = (struct input_options){
        .timestamp_field = STR("@timestamp"),
        .category_field = STR("event.category"),
        .shown = q->shown,
    };
    held_init(&q->held, HELD_MAX_BYTES);
    buf_init(&q->out, SHOWN_MAX);
    enum status status = cli_parse(&command, argc, argv, set_option, q, &helped, &err);
    if (status == OK && !helped)
        status = take_arguments(q, argv + optind, argc - optind, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(q);
    held_done(&q->held);
    buf_done(&q->out);
    arena_done(&q->arena);
    free(q);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct query *q = context;
    struct input_options *o = &q->input_options;
    switch (option) {
    case OPT_TIMESTAMP:
        o->timestamp_field = value;
        return OK;
    case OPT_UNIT:
        return stamp_unit_of(value, &o->timestamp_unit)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--timestamp-unit takes auto, ns, us, ms, s, filetime or iso, not "
                          "\"%.*s\"",
                          STR_ARG(value));
    case OPT_TIEBREAKER:
        o->tiebreaker_field = value;
        return OK;
    case OPT_CATEGORY:
        o->category_field = value;
        return OK;
    case OPT_FIELDS:
        return take_fields(q, value, err);
    case OPT_COUNT:
        q->counts_only = true;
        return OK;
    default:
        q->is_stream = true;
        return OK;
    }
}

static enum status take_fields(struct query *q, str list, struct err *err)
{
    size_t *count = &q->input_options.shown_count;
    str name;
    while (str_take_until(&list, ',', &name)) {
        if (name.len == 0)
            return fail(err, ERR_CONFIG, "--fields has a name that is empty");
        if (*count == FIELDS_MAX)
            return fail(err, ERR_CONFIG, "--fields takes at most %u names", FIELDS_MAX);
        for (size_t i = 0; i < *count; i++)
            if (str_eq(q->shown[i], name))
                return fail(err, ERR_CONFIG, "--fields names %.*s twice", STR_ARG(name));
        q->shown[(*count)++] = name;
    }
    return *count > 0 ? OK : fail(err, ERR_CONFIG, "--fields needs the name of a field");
}

static enum status take_arguments(struct query *q, char **arguments, int count, struct err *err)
{
    if (count < 2)
        return fail(err, ERR_CONFIG,
                    "query needs a file behind the query, or - for standard input");
    q->text = str_of(arguments[0]);
    q->path_count = (size_t)count - 1;
    q->paths = arena_alloc(&q->arena, q->path_count * sizeof *q->paths);
    for (size_t i = 0; i < q->path_count; i++) {
        q->paths[i] = str_of(arguments[i + 1]);
        q->is_stream |= str_eq(q->paths[i], STR("-"));
    }
    return OK;
}

static int run(struct query *q)
{
    struct pomona_eql_error error;
    struct input_field *fields;
    size_t field_count;
    struct err err;
    if (!pomona_eql_compile(q->text.at, q->text.len, NULL, &q->compiled, &error)) {
        query_report_error(q->text, &error, stderr);
        return EXIT_USAGE;
    }
    enum status status = check_paths(q, &fields, &field_count, &err);
    int code;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else {
        const struct pomona_eql_options options = {
            .keep = q->is_stream ? keep_event : NULL,
            .release = q->is_stream ? release_event : NULL,
            .context = q,
        };
        stop_on_signals();
        q->records = records_open(q->paths, q->path_count, &stop_wanted);
        q->input = input_new(&q->input_options, fields, field_count);
        q->run = pomona_eql_run_new(q->compiled, &options);
        if (q->is_stream)
            read_stream(q);
        else
            status = read_sorted(q, field_count, &err);
        pomona_eql_end(q->run);
        print_matches(q);
        code = finish(q, status, &err);
        pomona_eql_run_free(q->run);
        input_free(q->input);
        records_close(q->records);
    }
    pomona_eql_free(q->compiled);
    return code;
}

// Every name is used as a path; those of the query are listed.
static enum status check_paths(struct query *q, struct input_field **fields, size_t *count,
                               struct err *err)
{
    const struct input_options *o = &q->input_options;
    const str named[] = { o->timestamp_field, o->tiebreaker_field, o->category_field };
    const str *bad = NULL;
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (!path_is_sound(named[i]))
            bad = &named[i];
    for (size_t i = 0; i < o->shown_count; i++)
        if (!path_is_sound(o->shown[i]))
            bad = &o->shown[i];

    *count = pomona_eql_field_count(q->compiled);
    *fields = arena_zalloc(&q->arena, *count * sizeof **fields);
    for (size_t i = 0; i < *count; i++) {
        struct input_field *field = &(*fields)[i];
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

static void read_stream(struct query *q)
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

static enum status read_sorted(struct query *q, size_t field_count, struct err *err)
{
    struct records_item record;
    while (take_record(q, &record)) {
        const struct input_event *event = input_take(q->input, &record);
        if (event == NULL)
            continue;
        buf_reset(&q->out);
        if (!q->counts_only)
            input_show(q->input, &q->out);
        if (!held_keep(&q->held, event, field_count, buf_str(&q->out)))
            return fail(
                err, ERR_LIMIT,
                "events to be sorted have more than %u GB; where they are in order of time, "
                "--assume-sorted reads them as a stream",
                HELD_MAX_GB);
    }
    held_sort(&q->held);
    bool goes_on = true;
    for (size_t i = 0; i < q->held.count && goes_on && ferror(stdout) == 0; i++) {
        goes_on = pomona_eql_feed(q->run, &q->held.at[i].event);
        print_matches(q);
    }
    return OK;
}

// What was found is not held back while there is nothing to read.
static bool take_record(struct query *q, struct records_item *out)
{
    if (q->is_stream && records_are_dry(q->records))
        (void)fflush(stdout);
    return ferror(stdout) == 0 && records_take(q->records, out);
}

// Called for the event that was read last.
static void *keep_event(void *context, const struct pomona_eql_event *event, size_t *size_bytes)
{
    struct query *q = context;
    (void)event;
    buf_reset(&q->out);
    if (!q->counts_only)
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

static void print_matches(struct query *q)
{
    const struct pomona_eql_match *match;
    while ((match = pomona_eql_next(q->run)) != NULL) {
        q->match_count++;
        if (!q->counts_only)
            print_match(q, match);
    }
}

static void print_match(struct query *q, const struct pomona_eql_match *match)
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

static int finish(struct query *q, enum status status, const struct err *err)
{
    size_t count;
    const struct records_failure *failures = records_failures(q->records, &count);
    if (q->counts_only)
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
        .paths = q->paths,
        .match_count = q->match_count,
        .is_sorted = !q->is_stream,
    };
    query_report_print(&report, stderr);
    return is_printed && count == 0 && status == OK ? EXIT_DONE : EXIT_INPUT;
}

static void on_stop(int signal_number)
{
    (void)signal_number;
    stop_wanted = 1;
}

// Ctrl-C ends the reading, not the report; a second one ends the program.
static void stop_on_signals(void)
{
    struct sigaction stop = { .sa_handler = on_stop };
    (void)sigemptyset(&stop.sa_mask);
    stop.sa_flags = (int)SA_RESETHAND;
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
}
