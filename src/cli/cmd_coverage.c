// pomona coverage: what the telemetry of each Mac shows, what it does not, and for which rules.

#include "cli/blind_report.h"
#include "cli/coverage_keep.h"
#include "cli/coverage_report.h"
#include "cli/run_options.h"
#include "cli/store_options.h"

#include <errno.h>
#include <unistd.h>

#define NS_PER_HOUR INT64_C(3600000000000)
#define HOURS_MAX   (INT64_C(24) * 3650)

static const char help[] =
    "usage: pomona coverage [options] FILE...|-\n"
    "       pomona coverage [options] --store NAME FILE...|-\n"
    "       pomona coverage [options] --store NAME\n"
    "\n"
    "Reads telemetry as detect does and tells, for each Mac and signal, whether it was seen,\n"
    "degraded, blind in part, silent, never seen or impossible with the sensor, and why; which\n"
    "checks fail; and which rules can see. Findings are not printed. docs/COVERAGE.md says what\n"
    "the words mean. What no sensor ever shows is always printed.\n"
    "\n"
    "With --store what is told of each Mac is kept as well. Without a file what is kept is joined\n"
    "with the assets: blind spots, the most critical first, and since when; signals and rules by\n"
    "how many assets; and what changed since the last report that was kept.\n"
    "\n"
    // clang-format off
    RUN_HELP
    // clang-format on
    "  --output FORM          table, ndjson or html; without a file also json, csv or md\n"
    "                         (default: table on a terminal, else ndjson)\n"
    "  --all                  of many Macs or blind spots, show each and not the worst only\n"
    "                         (ndjson has all)\n" RUN_HELP_LIMITS
    "  --color WHEN           auto, always or never\n"
    "\n"
    "What is kept (docs/COVERAGE.md):\n" STORE_HELP
    "  --silent-after TIME    an asset is silent without telemetry for longer, before the newest\n"
    "                         event of all: a number of days (2d) or hours (36h) (default 2d)\n"
    "  --proved-for TIME      a signal of which a canary came back is proved for so long (default\n"
    "                         30d)\n"
    "  --answer-within TIME   a canary's records take no longer to come back (default 1d)\n"
    "  --keep                 keeps this report, so that the next says what changed since\n"
    "\n"
    "Exit: 0 done, 2 usage, configuration or rule error, 3 an input or the output failed (what\n"
    "could be read is reported).\n";

struct coverage {
    struct run_options run;
    struct store_options store;
    struct db *db;  // NULL: nothing is kept.
    str form;       // Empty: what suits where it goes.
    int64_t silent_after_ns;
    int64_t proved_for_ns;
    int64_t answer_within_ns;
    bool keep;
    bool all;
    bool colour;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status read_time(const char *option, str text, int64_t *out, struct err *err);
static int run(struct coverage *c, bool has_files);
static int run_kept(struct coverage *c, const struct rules *rules);
static int run_files(struct coverage *c, const struct rules *rules);
static coverage_print *form_of_files(str name);
static blind_print *form_of_kept(str name);
static int print_report(void *context, const struct pipeline *p, int code);

enum {
    OPT_OUTPUT = RUN_OPT_OTHER,
    OPT_ALL,
    OPT_COLOR,
    OPT_KEEP,
    OPT_SILENT_AFTER,
    OPT_PROVED_FOR,
    OPT_ANSWER_WITHIN,
};

int cmd_coverage(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        STORE_OPTIONS,
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "all", no_argument, NULL, OPT_ALL },
        { "color", required_argument, NULL, OPT_COLOR },
        { "keep", no_argument, NULL, OPT_KEEP },
        { "silent-after", required_argument, NULL, OPT_SILENT_AFTER },
        { "proved-for", required_argument, NULL, OPT_PROVED_FOR },
        { "answer-within", required_argument, NULL, OPT_ANSWER_WITHIN },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = { .verb = "coverage", .help = help, .known = known };
    struct coverage c = { .silent_after_ns = POSTURE_SILENT_AFTER_NS,
                          .proved_for_ns = KEPT_PROVED_FOR_NS,
                          .answer_within_ns = KEPT_ANSWER_WITHIN_NS };
    struct err err;
    bool helped;

    run_options_init(&c.run);
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &c.colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        run_options_take_paths(&c.run, argv + optind, argc - optind);
        code = run(&c, optind < argc);
    }
    run_options_done(&c.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct coverage *c = context;
    switch (option) {
    case OPT_OUTPUT:
        c->form = value;
        return OK;
    case OPT_ALL:
        c->all = true;
        return OK;
    case OPT_KEEP:
        c->keep = true;
        return OK;
    case OPT_SILENT_AFTER:
        return read_time("--silent-after", value, &c->silent_after_ns, err);
    case OPT_PROVED_FOR:
        return read_time("--proved-for", value, &c->proved_for_ns, err);
    case OPT_ANSWER_WITHIN:
        return read_time("--answer-within", value, &c->answer_within_ns, err);
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

static enum status read_time(const char *option, str text, int64_t *out, struct err *err)
{
    const bool is_hours = str_ends_with(text, STR("h"));
    const bool is_days = str_ends_with(text, STR("d"));
    int64_t count = 0;
    if ((!is_hours && !is_days) || !str_to_i64(str_to(text, text.len - 1), &count) || count < 1 ||
        count > HOURS_MAX / (is_hours ? 1 : 24))
        return fail(err, ERR_CONFIG,
                    "%s takes a number of days or hours, like 2d or 36h, not \"%.*s\"", option,
                    STR_ARG(text));
    *out = count * (is_hours ? 1 : 24) * NS_PER_HOUR;
    return OK;
}

static int run(struct coverage *c, bool has_files)
{
    if (!has_files && !store_options_has(&c->store))
        return cli_fail(EXIT_USAGE, "coverage needs a file, or - for standard input; or --store for"
                                    " what is kept");
    if (has_files && c->keep)
        return cli_fail(EXIT_USAGE, "--keep keeps the report that coverage makes without a file");
    if (c->form.len == 0)
        c->form = isatty(STDOUT_FILENO) == 1 ? STR("table") : STR("ndjson");
    if (has_files && form_of_files(c->form) == NULL)
        return cli_fail(EXIT_USAGE, "--output takes table, ndjson or html, not \"%.*s\"",
                        STR_ARG(c->form));
    if (!has_files && form_of_kept(c->form) == NULL)
        return cli_fail(EXIT_USAGE,
                        "--output without a file takes table, ndjson, json, csv, md or html, not"
                        " \"%.*s\"",
                        STR_ARG(c->form));
    struct rules *rules = NULL;
    size_t refused;
    int code = run_options_load(&c->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    code = has_files ? run_files(c, rules) : run_kept(c, rules);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static coverage_print *form_of_files(str name)
{
    if (str_eq(name, STR("table")))
        return coverage_print_table;
    if (str_eq(name, STR("ndjson")))
        return coverage_print_ndjson;
    return str_eq(name, STR("html")) ? coverage_print_html : NULL;
}

static blind_print *form_of_kept(str name)
{
    static const struct {
        str name;
        blind_print *print;
    } forms[] = {
        { STR_INIT("table"), blind_print_table }, { STR_INIT("ndjson"), blind_print_ndjson },
        { STR_INIT("json"), blind_print_json },   { STR_INIT("csv"), blind_print_csv },
        { STR_INIT("md"), blind_print_md },       { STR_INIT("html"), blind_print_html },
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (str_eq(forms[i].name, name))
            return forms[i].print;
    return NULL;
}

static int run_kept(struct coverage *c, const struct rules *rules)
{
    const struct blind_options options = {
        .store = &c->store,
        .print = form_of_kept(c->form),
        .silent_after_ns = c->silent_after_ns,
        .proved_for_ns = c->proved_for_ns,
        .answer_within_ns = c->answer_within_ns,
        .keep = c->keep,
        .all = c->all,
        .colour = c->colour,
    };
    return blind_report(&options, rules);
}

static int run_files(struct coverage *c, const struct rules *rules)
{
    // The whole engine runs, so that what is told here is told of what detect does.
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        return cli_fail(EXIT_INPUT, "/dev/null: %s", strerror(errno));
    // What is in the environment only is not written to unasked.
    int code = c->store.name.len > 0 ? store_options_open(&c->store, DB_CREATE, &c->db) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = run_options_run(&c->run, rules, nowhere, print_report, c);
    db_close(c->db);
    (void)fclose(nowhere);
    return code;
}

static int print_report(void *context, const struct pipeline *p, int code)
{
    struct coverage *c = context;
    struct err err;
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
    form_of_files(c->form)(&report, stdout);
    fleet_done(&report.fleet);
    // The telemetry may have taken days to come.
    if (c->db != NULL && store_options_now(&c->store, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    const int kept = c->db == NULL ? EXIT_DONE : coverage_keep(c->db, &c->store.act, p->fidelity);
    return kept == EXIT_DONE ? code : kept;
}
