// pomona detect: the rules over telemetry.

#include "cli/cli.h"
#include "cli/problems.h"
#include "platform/platform.h"
#include "report.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define RULE_PATHS_MAX      64u
#define PROCESSES_MIN       1024u
#define THREADS_DEFAULT_MAX 8u
#define IDLE_MS \
    250  // A pipe that gives nothing for so long makes nobody wait for what was held back.

struct detect {
    struct arena arena;
    struct pipeline_options options;
    struct rules_options rules;
    str *paths;
    size_t path_count;
    str rule_paths[RULE_PATHS_MAX];
    size_t rule_path_count;
    bool fails_on;
    bool images_chosen;  // By --images or --no-images.
    enum level fail_on;
};

static const char help[] =
    "usage: pomona detect [options] FILE...|-\n"
    "\n"
    "Runs the rules over telemetry and prints findings. FILE is NDJSON as eslogger writes it,\n"
    "plain, gzip or zstd; - is standard input. On a Mac, live:\n"
    "\n"
    "  sudo eslogger exec fork exit mmap mprotect get_task remote_thread_create cs_invalidated \\\n"
    "      trace create close rename unlink | pomona detect -\n"
    "\n"
    "  --rules PATH           rule file or directory; may be given again (default: those that\n"
    "                         came with the program)\n"
    "  --lenient              rules made for other sensors: a field, category or list that there "
    "is\n"
    "                         not is a warning, and no event has it\n"
    "  --host NAME            the Mac that every input is from\n"
    "  --host-from-filename   each file's name, without its endings, is its Mac (so it is where\n"
    "                         there are several files and no --host)\n"
    "  --links FILE           link inventory, made by `pomona inspect --save FILE`\n"
    "  --images, --no-images  look at images that are on this machine, or do not (default: only\n"
    "                         for standard input without --host: telemetry of this Mac)\n"
    "  --output FORM          table, ndjson, ocsf or ecs (default: table on a terminal, else\n"
    "                         ndjson)\n"
    "  --fail-on LEVEL        exit 1 if there is a finding of this level or above:\n"
    "                         informational, low, medium, high, critical\n"
    "  --partials-max N       open sequences at a time (default 2000000)\n"
    "  --dialect NAME         every record is of this sensor (default: told apart by content):\n"
    "                         eslogger, jamf, jamf-alert, mac-monitor, elastic, santa, santa-log,\n"
    "                         osquery, ocsf, unified-log, defender, crowdstrike, sentinelone\n"
    "  --threads N            threads at the work (default: as many as there are processors, at\n"
    "                         most 8; results do not depend on it)\n"
    "  --processes-max N      processes remembered at a time (default 500000)\n"
    "  --color WHEN           auto, always or never\n"
    "\n"
    "Counters go to standard error when it ends; Ctrl-C ends it. Exit: 0 done, 1 by --fail-on,\n"
    "2 usage, configuration or rule error (sound rules have run), 3 an input or the output failed\n"
    "(the other inputs have been read). 3 comes before 2, and 2 before 1.\n";

static void take_paths(struct detect *d, char **paths, int count);
static enum status set_option(int option, str value, void *context, struct err *err);
static enum status take_count(str value, const char *name, uint32_t min, uint32_t max,
                              uint32_t *out, struct err *err);
static void set_defaults(struct detect *d);
static int run(struct detect *d);
static int run_rules(struct detect *d, const struct rules *rules);
static int finish(struct detect *d, const struct pipeline *p, enum status status,
                  const struct err *err);

enum {
    OPT_RULES = 256,
    OPT_LENIENT,
    OPT_HOST,
    OPT_HOST_FROM,
    OPT_LINKS,
    OPT_IMAGES,
    OPT_NO_IMAGES,
    OPT_OUTPUT,
    OPT_FAIL_ON,
    OPT_PARTIALS,
    OPT_PROCESSES,
    OPT_COLOR,
    OPT_DIALECT,
    OPT_THREADS,
};

int cmd_detect(int argc, char **argv)
{
    static const struct option known[] = {
        { "rules", required_argument, NULL, OPT_RULES },
        { "lenient", no_argument, NULL, OPT_LENIENT },
        { "host", required_argument, NULL, OPT_HOST },
        { "host-from-filename", no_argument, NULL, OPT_HOST_FROM },
        { "links", required_argument, NULL, OPT_LINKS },
        { "images", no_argument, NULL, OPT_IMAGES },
        { "no-images", no_argument, NULL, OPT_NO_IMAGES },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "fail-on", required_argument, NULL, OPT_FAIL_ON },
        { "partials-max", required_argument, NULL, OPT_PARTIALS },
        { "processes-max", required_argument, NULL, OPT_PROCESSES },
        { "color", required_argument, NULL, OPT_COLOR },
        { "dialect", required_argument, NULL, OPT_DIALECT },
        { "threads", required_argument, NULL, OPT_THREADS },
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

    set_defaults(&d);
    const enum status status = cli_parse(&command, argc, argv, set_option, &d, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        take_paths(&d, argv + optind, argc - optind);
        code = run(&d);
    }
    free(d.paths);
    arena_done(&d.arena);
    return code;
}

static void set_defaults(struct detect *d)
{
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    const unsigned processors = platform_processors();
    d->options = (struct pipeline_options){
        .source = { .stop = cli_stop_on_signals(), .idle_ms = IDLE_MS },
        .match = { .partials_max = PARTIALS_MAX_DEFAULT },
        .sink = { .form = is_terminal ? SINK_TABLE : SINK_NDJSON,
                  .width = cli_width_of(STDOUT_FILENO) },
        .processes_max = PROCESSES_MAX_DEFAULT,
        .threads = processors < THREADS_DEFAULT_MAX ? processors : THREADS_DEFAULT_MAX,
    };
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &d->options.sink.colour);
}

static void take_paths(struct detect *d, char **paths, int count)
{
    d->path_count = (size_t)count;
    d->paths = memory_zeroed(d->path_count, sizeof *d->paths);
    bool is_live = false;
    for (int i = 0; i < count; i++) {
        d->paths[i] = str_of(paths[i]);
        is_live |= str_eq(d->paths[i], STR("-"));
    }
    // Several files are several Macs unless --host says otherwise: two of them have the same pids.
    struct source_options *source = &d->options.source;
    source->host_from_filename |= count > 1 && source->host.len == 0;
    // What lies at a path here says something of this Mac only (decision 0004).
    if (!d->images_chosen)
        d->options.read_images = is_live && source->host.len == 0;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct detect *d = context;
    struct pipeline_options *o = &d->options;
    switch (option) {
    case OPT_RULES:
        if (d->rule_path_count == RULE_PATHS_MAX)
            return fail(err, ERR_CONFIG, "--rules may be given %u times", RULE_PATHS_MAX);
        d->rule_paths[d->rule_path_count++] = value;
        return OK;
    case OPT_LENIENT:
        d->rules.lenient = true;
        return OK;
    case OPT_HOST:
        if (value.len == 0 || value.len > HOST_TEXT_MAX)
            return fail(err, ERR_CONFIG, "--host takes a name of 1 to %u octets", HOST_TEXT_MAX);
        o->source.host = value;
        return OK;
    case OPT_HOST_FROM:
        o->source.host_from_filename = true;
        return OK;
    case OPT_LINKS:
        o->links_path = value;
        return OK;
    case OPT_IMAGES:
    case OPT_NO_IMAGES:
        o->read_images = option == OPT_IMAGES;
        d->images_chosen = true;
        return OK;
    case OPT_OUTPUT:
        return sink_form_of(value, &o->sink.form)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--output takes table, ndjson, ocsf or ecs, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_FAIL_ON:
        d->fails_on = true;
        return level_of(value, &d->fail_on)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--fail-on takes informational, low, medium, high or "
                          "critical, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_PARTIALS:
        return take_count(value, "--partials-max", 1, INT32_MAX, &o->match.partials_max, err);
    case OPT_DIALECT:
        o->decode.is_forced = true;
        o->decode.dialect = dialects_find(value);
        return o->decode.dialect < dialects_count()
                   ? OK
                   : fail(err, ERR_CONFIG, "--dialect knows no sensor \"%.*s\"; --help lists them",
                          STR_ARG(value));
    case OPT_THREADS:
        return take_count(value, "--threads", 1, PIPELINE_THREADS_MAX, &o->threads, err);
    case OPT_PROCESSES:
        return take_count(value, "--processes-max", PROCESSES_MIN, INT32_MAX, &o->processes_max,
                          err);
    default:
        return cli_colour_of(value, STDOUT_FILENO, &o->sink.colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    }
}

static enum status take_count(str value, const char *name, uint32_t min, uint32_t max,
                              uint32_t *out, struct err *err)
{
    uint64_t n;
    if (!str_to_u64(value, &n) || n < min || n > max)
        return fail(err, ERR_CONFIG, "%s takes a number from %u to %u, not \"%.*s\"", name, min,
                    max, STR_ARG(value));
    *out = (uint32_t)n;
    return OK;
}

static int run(struct detect *d)
{
    struct rules *rules = NULL;
    struct err err;

    if (d->rule_path_count == 0) {
        d->rule_paths[0] = cli_default_rules(&d->arena);
        if (d->rule_paths[0].len == 0)
            return cli_fail(EXIT_USAGE, "no rules beside the program; name some with --rules PATH");
        d->rule_path_count = 1;
    }
    if (rules_load(d->rule_paths, d->rule_path_count, &d->rules, &rules, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);

    const size_t problems = problems_print(rules).refused;
    const int code = rules_count(rules) == 0 ? cli_fail(EXIT_USAGE, "no rule is left to run")
                                             : run_rules(d, rules);
    rules_free(rules);
    return code != EXIT_INPUT && problems > 0 ? EXIT_USAGE : code;
}

static int run_rules(struct detect *d, const struct rules *rules)
{
    struct pipeline p;
    struct err err = { .text = "" };
    int code;

    enum status status = pipeline_open(&p, &d->options, rules, stdout, &err);
    if (status == OK)
        status =
            source_open(d->paths, d->path_count, &d->options.source, &p.hosts, &p.source, &err);
    if (status != OK) {
        code = cli_fail(cli_exit_of(status), "%s", err.text);
    } else {
        status = pipeline_run(&p, &err);
        code = finish(d, &p, status, &err);
        report_print(&p, d->paths, d->path_count, rules_count(rules), stderr);
    }
    pipeline_close(&p);
    return code;
}

static int finish(struct detect *d, const struct pipeline *p, enum status status,
                  const struct err *err)
{
    size_t count;
    const struct source_input_failure *failures = source_failures(p->source, &count);
    for (size_t i = 0; i < count; i++)
        (void)cli_fail(EXIT_INPUT, "%.*s: %.*s", STR_ARG(failures[i].path),
                       STR_ARG(failures[i].why));
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err->text);
    if (count > 0)
        return EXIT_INPUT;
    const bool has_findings = matcher_counts(p->matcher).findings > 0;
    return d->fails_on && has_findings && p->worst >= d->fail_on ? EXIT_FINDINGS : EXIT_DONE;
}
