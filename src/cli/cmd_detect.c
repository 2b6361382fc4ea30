// pomona detect: the rules over telemetry.

#include "cli/run_options.h"
#include "cli/store_options.h"
#include "report.h"
#include "store/baseline.h"
#include "store/links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct detect {
    struct run_options run;
    struct store_options store;
    bool uses_links;  // Of the store, as nobody named another inventory.
    bool fails_on;
    enum level fail_on;
    bool uses_exceptions;  // Of the store, as nobody named others.
    bool uses_baseline;
};

static const char help[] =
    "usage: pomona detect [options] FILE...|-\n"
    "\n"
    "Runs the rules over telemetry and prints findings. FILE holds records of any\n"
    "sensor (--dialect lists them), one JSON object a line or over many lines, or log lines; "
    "plain,\n"
    "gzip or zstd; - is standard input. On a Mac, live:\n"
    "\n"
    "  sudo eslogger exec fork exit mmap mprotect get_task remote_thread_create cs_invalidated \\\n"
    "      trace create close rename unlink btm_launch_item_add | pomona detect -\n"
    "\n" RUN_HELP RUN_BASELINE_HELP
    "  --exceptions NAME      what is known already, and told as such: a file of YAML, or a store\n"
    "                         with exceptions, which then counts their hits\n"
    "  --store NAME           keep findings there as well, for `pomona review`: a file, made where "
    "it\n"
    "                         is not there, or postgresql://HOST/NAME. Its exceptions, its "
    "baseline\n"
    "                         and its link inventory hold, unless others are named\n"
    "  --as WHO, --why TEXT   for the audit log of the store (default: the user of this session)\n"
    "  --output FORM          table, ndjson, ocsf or ecs (default: table on a terminal, else\n"
    "                         ndjson)\n"
    "  --level LEVEL          tell findings of this level and above; the others are counted\n"
    "  --fail-on LEVEL        exit 1 if there is a finding of this level or above that is\n"
    "                         neither expected nor excepted: informational, low, medium,\n"
    "                         high, critical\n" RUN_HELP_LIMITS
    "  --color WHEN           auto, always or never\n"
    "\n"
    "Counters go to standard error when it ends; Ctrl-C ends it. Exit: 0 done, 1 by --fail-on,\n"
    "2 usage, configuration or rule error (sound rules have run), 3 an input or the output failed\n"
    "(the other inputs have been read). 3 comes before 2, and 2 before 1.\n";

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status set_level(const char *option, str value, enum level *out, struct err *err);
static int run(struct detect *d);
static int open_store(struct detect *d);
static bool is_baseline(const struct baseline_meta *meta);
static void use(bool *uses, str store, str *name);
static int say(void *context, const struct pipeline *p, int code);
static void say_used(const struct detect *d, const struct pipeline *p);

enum {
    OPT_OUTPUT = RUN_OPT_OTHER,
    OPT_FAIL_ON,
    OPT_LEVEL,
    OPT_EXCEPTIONS,
    OPT_COLOR,
};

int cmd_detect(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        RUN_BASELINE_OPTION,
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "fail-on", required_argument, NULL, OPT_FAIL_ON },
        { "level", required_argument, NULL, OPT_LEVEL },
        { "exceptions", required_argument, NULL, OPT_EXCEPTIONS },
        STORE_OPTIONS,
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "detect",
        .help = help,
        .needs = "a file, or - for standard input",
        .known = known,
    };
    struct detect d = { 0 };
    struct err err;
    bool helped;

    run_options_init(&d.run);
    struct sink_options *sink = &d.run.pipeline.sink;
    sink->form = isatty(STDOUT_FILENO) == 1 ? SINK_TABLE : SINK_NDJSON;
    sink->width = cli_width_of(STDOUT_FILENO);
    sink->brief = true;
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &sink->colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &d, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        run_options_take_paths(&d.run, argv + optind, argc - optind);
        code = run(&d);
    }
    run_options_done(&d.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct detect *d = context;
    struct sink_options *sink = &d->run.pipeline.sink;
    switch (option) {
    case OPT_OUTPUT:
        return sink_form_of(value, &sink->form)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--output takes table, ndjson, ocsf or ecs, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_FAIL_ON:
        d->fails_on = true;
        return set_level("--fail-on", value, &d->fail_on, err);
    case OPT_LEVEL:
        return set_level("--level", value, &d->run.pipeline.least, err);
    case OPT_EXCEPTIONS:
        d->run.exceptions_path = value;
        return OK;
    case OPT_COLOR:
        return cli_colour_of(value, STDOUT_FILENO, &sink->colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    default:
        if (store_options_take(&d->store, option, value))
            return OK;
        return run_options_set(&d->run, option, value, err);
    }
}

static enum status set_level(const char *option, str value, enum level *out, struct err *err)
{
    return level_of(value, out)
               ? OK
               : fail(err, ERR_CONFIG,
                      "%s takes informational, low, medium, high or critical, not \"%.*s\"", option,
                      STR_ARG(value));
}

static int run(struct detect *d)
{
    struct rules *rules = NULL;
    struct sink_options *sink = &d->run.pipeline.sink;
    size_t refused = 0;
    int code = d->store.name.len > 0 ? open_store(d) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = run_options_load(&d->run, &rules, &refused);
    sink->act = d->store.act;
    sink->clock = store_options_clock();
    if (code == EXIT_DONE)
        code = run_options_run(&d->run, rules, stdout, say, d);
    db_close(sink->store);
    rules_free(rules);
    return code != EXIT_INPUT && refused > 0 ? EXIT_USAGE : code;
}

// What the store knows of this site holds where nobody names another, and is said at the end.
static int open_store(struct detect *d)
{
    struct db **db = &d->run.pipeline.sink.store;
    struct baseline_meta meta = { 0 };
    int64_t exceptions = 0;
    struct err err;
    const int code = store_options_open(&d->store, DB_CREATE, db);
    if (code != EXIT_DONE)
        return code;
    enum status status = exceptions_store_count(*db, &exceptions, &err);
    if (status == OK)
        status = baseline_store_meta(*db, &meta, &err);
    if (status == OK)
        status = links_are_kept(*db, &d->uses_links, &err);
    if (status != OK) {
        store_prefix(&err, d->store.name);
        return cli_fail(cli_exit_of(status), "%s", err.text);
    }
    d->uses_exceptions = exceptions > 0;
    d->uses_baseline = is_baseline(&meta);
    use(&d->uses_exceptions, d->store.name, &d->run.exceptions_path);
    use(&d->uses_baseline, d->store.name, &d->run.pipeline.baseline_path);
    use(&d->uses_links, d->store.name, &d->run.pipeline.links_path);
    return EXIT_DONE;
}

// Where the store has it, and nobody named another.
static void use(bool *uses, str store, str *name)
{
    *uses = *uses && name->len == 0;
    if (*uses)
        *name = store;
}

// Learned here, or imported.
static bool is_baseline(const struct baseline_meta *meta)
{
    uint64_t entries = 0;
    for (size_t i = 0; i < BASELINE_STATE_COUNT; i++)
        entries += meta->entries[i];
    return meta->hosts > 0 || entries > 0;
}

static int say(void *context, const struct pipeline *p, int code)
{
    const struct detect *d = context;
    report_print(p, d->run.paths, d->run.path_count, matcher_rule_count(p->matcher), stderr);
    say_used(d, p);
    return code == EXIT_DONE && d->fails_on && p->has_worst && p->worst >= d->fail_on
               ? EXIT_FINDINGS
               : code;
}

static void say_used(const struct detect *d, const struct pipeline *p)
{
    if (d->uses_links)
        (void)fprintf(stderr, "store        its link inventory is asked\n");
    if (d->uses_exceptions)
        (void)fprintf(stderr, "store        its exceptions are heeded: %zu\n",
                      exceptions_count(d->run.exceptions));
    if (d->uses_baseline)
        (void)fprintf(stderr,
                      "store        its baseline is heeded: %zu entries, %" PRIu64 " expected\n",
                      baseline_entry_count(p->baseline), baseline_expected_count(p->baseline));
}
