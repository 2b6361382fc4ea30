// pomona query: one EQL query over any NDJSON.

#include "cli/cli.h"
#include "cli/query_run.h"

#include <stdlib.h>

#define FIELDS_MAX 256u  // Of --fields.

static const char help[] =
    "usage: pomona query [options] 'EQL' FILE...|-\n"
    "       pomona query --explain 'EQL'\n"
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
    "  --explain                    print what the query was compiled to, and read nothing\n"
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
    struct query_options options;
    str shown[FIELDS_MAX];
    str *paths;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status take_fields(struct query *q, str list, struct err *err);
static enum status take_arguments(struct query *q, char **arguments, int count, struct err *err);

enum {
    OPT_TIMESTAMP = 256,
    OPT_UNIT,
    OPT_TIEBREAKER,
    OPT_CATEGORY,
    OPT_FIELDS,
    OPT_COUNT,
    OPT_EXPLAIN,
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
        { "explain", no_argument, NULL, OPT_EXPLAIN },
        { "assume-sorted", no_argument, NULL, OPT_SORTED },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "query",
        .help = help,
        .needs = "an EQL query and a file, or - for standard input",
        .known = known,
    };
    struct query q = { 0 };
    struct err err;
    bool helped;

    q.options.input = (struct input_options){
        .timestamp_field = STR("@timestamp"),
        .category_field = STR("event.category"),
        .shown = q.shown,
    };
    enum status status = cli_parse(&command, argc, argv, set_option, &q, &helped, &err);
    if (status == OK && !helped)
        status = take_arguments(&q, argv + optind, argc - optind, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = query_run(&q.options);
    free(q.paths);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct query *q = context;
    struct input_options *o = &q->options.input;
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
        q->options.counts_only = true;
        return OK;
    case OPT_EXPLAIN:
        q->options.explains = true;
        return OK;
    default:
        q->options.is_stream = true;
        return OK;
    }
}

static enum status take_fields(struct query *q, str list, struct err *err)
{
    size_t *count = &q->options.input.shown_count;
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
    if (count < 1 || (count < 2 && !q->options.explains))
        return fail(err, ERR_CONFIG,
                    "query needs a file behind the query, or - for standard input");
    q->options.text = str_of(arguments[0]);
    q->options.path_count = (size_t)count - 1;
    q->options.paths = q->paths = memory_zeroed((size_t)count, sizeof *q->paths);
    for (size_t i = 0; i < q->options.path_count; i++) {
        q->paths[i] = str_of(arguments[i + 1]);
        q->options.is_stream |= str_eq(q->paths[i], STR("-"));
    }
    return OK;
}
