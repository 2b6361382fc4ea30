// pomona coverage: what the telemetry of each Mac shows, what it does not, and for which rules.

#include "cli/coverage_keep.h"
#include "cli/coverage_report.h"
#include "cli/run_options.h"
#include "cli/store_options.h"

#include <errno.h>
#include <unistd.h>

static const char help[] =
    "usage: pomona coverage [options] FILE...|-\n"
    "\n"
    "Reads telemetry as detect does and tells, for each Mac and signal, whether it was seen,\n"
    "degraded, blind in part, silent, never seen or impossible with the sensor, and why; which\n"
    "checks fail; and which rules can see. Findings are not printed. docs/COVERAGE.md says what\n"
    "the words mean. What no sensor ever shows is always printed.\n"
    "\n"
    // clang-format off
    RUN_HELP
    // clang-format on
    "  --output FORM          table, ndjson or html (default: table on a terminal, else ndjson)\n"
    "  --all                  of many Macs, show each and not the worst only (ndjson has "
    "all)\n" RUN_HELP_LIMITS "  --color WHEN           auto, always or never\n"
    "\n"
    "Kept over time (docs/COVERAGE.md):\n" STORE_HELP "\n"
    "Exit: 0 done, 2 usage, configuration or rule error, 3 an input or the output failed (what\n"
    "could be read is reported).\n";

struct coverage {
    struct run_options run;
    struct store_options store;
    struct db *db;  // NULL: nothing is kept.
    coverage_print *print;
    bool all;
    bool colour;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static bool form_of(str name, coverage_print **out);
static int run(struct coverage *c);
static int print_report(void *context, const struct pipeline *p, int code);

enum {
    OPT_OUTPUT = RUN_OPT_OTHER,
    OPT_ALL,
    OPT_COLOR,
};

int cmd_coverage(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        STORE_OPTIONS,
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "all", no_argument, NULL, OPT_ALL },
        { "color", required_argument, NULL, OPT_COLOR },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "coverage",
        .help = help,
        .needs = "a file, or - for standard input",
        .known = known,
    };
    struct coverage c = { 0 };
    struct err err;
    bool helped;

    run_options_init(&c.run);
    c.print = isatty(STDOUT_FILENO) == 1 ? coverage_print_table : coverage_print_ndjson;
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &c.colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        run_options_take_paths(&c.run, argv + optind, argc - optind);
        code = run(&c);
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = cli_fail(EXIT_INPUT, "the output cannot be written: %s", strerror(errno));
    run_options_done(&c.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct coverage *c = context;
    switch (option) {
    case OPT_OUTPUT:
        return form_of(value, &c->print)
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table, ndjson or html, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_ALL:
        c->all = true;
        return OK;
    case OPT_COLOR:
        return cli_colour_of(value, STDOUT_FILENO, &c->colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    default:
        if (store_options_take(&c->store, option, value))
            return OK;
        return run_options_set(&c->run, option, value, err);
    }
}

static bool form_of(str name, coverage_print **out)
{
    static const struct {
        str name;
        coverage_print *print;
    } forms[] = {
        { STR_INIT("table"), coverage_print_table },
        { STR_INIT("ndjson"), coverage_print_ndjson },
        { STR_INIT("html"), coverage_print_html },
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (!str_eq(forms[i].name, name))
            continue;
        *out = forms[i].print;
        return true;
    }
    return false;
}

static int run(struct coverage *c)
{
    struct rules *rules = NULL;
    size_t refused;
    int code = run_options_load(&c->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    // The whole engine runs, so that what is told here is told of what detect does.
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        code = cli_fail(EXIT_INPUT, "/dev/null: %s", strerror(errno));
    else if (c->store.name.len > 0)
        code = store_options_open(&c->store, DB_CREATE, &c->db);
    if (code == EXIT_DONE)
        code = run_options_run(&c->run, rules, nowhere, print_report, c);
    db_close(c->db);
    if (nowhere != NULL)
        (void)fclose(nowhere);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static int print_report(void *context, const struct pipeline *p, int code)
{
    const struct coverage *c = context;
    struct coverage_report report = {
        .fidelity = p->fidelity,
        .records = source_counts(p->source)->records + decoder_counts(p->decoder)->unpacked,
        .too_long = source_counts(p->source)->dropped[SOURCE_DROP_TOO_LONG],
        .duplicates = order_counts(p->order)->duplicates,
        .merged = order_counts(p->order)->merged,
        .hostless = order_counts(p->order)->hostless,
        .all = c->all,
        .colour = c->colour,
        .width = cli_width_of(STDOUT_FILENO),
    };
    fleet_count(p->fidelity, &report.fleet);
    c->print(&report, stdout);
    fleet_done(&report.fleet);
    const int kept = c->db == NULL ? EXIT_DONE : coverage_keep(c->db, &c->store.act, p->fidelity);
    return kept == EXIT_DONE ? code : kept;
}
