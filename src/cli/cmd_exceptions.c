// pomona exceptions: whether exceptions are sound, which of them are of use, and the store that counts
// how often each is met.

#include "cli/cli.h"
#include "cli/exceptions_list.h"
#include "cli/problems.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct exceptions_command {
    struct arena arena;
    struct exceptions_list_options list;
    bool has_form;
    str rules;  // --rules
    str store;  // --store
};

static const char help[] =
    "usage: pomona exceptions check [--rules PATH] FILE\n"
    "       pomona exceptions list [--on DATE] [--output FORM] FILE\n"
    "       pomona exceptions import --store STORE FILE\n"
    "       pomona exceptions export STORE\n"
    "\n"
    "FILE is a list of exceptions in YAML, or a store; `pomona detect --exceptions FILE` takes\n"
    "either. docs/EXCEPTIONS.md says what an exception is like.\n"
    "\n"
    "check    prints FILE:LINE:COL: sentence for everything that is refused, and warns of rules\n"
    "         that there are not\n"
    "list     prints one line an exception: whether it is active, expires within 30 days or has\n"
    "         expired, and how often it was met; a file has no count, a store has\n"
    "import   puts the exceptions of FILE into the store, in place of those that it had; one\n"
    "         whose id stays keeps its count\n"
    "export   prints the exceptions of the store as YAML\n"
    "\n"
    "  --on DATE       the day to look from, as 2026-11-01 (default: today)\n"
    "  --output FORM   table or ndjson (default: table on a terminal, else ndjson)\n"
    "  --rules PATH    the rules whose ids check knows (default: those that came with the\n"
    "                  program)\n"
    "  --store STORE   the file of the store; made where it is not there\n"
    "\n"
    "Exit: 0 done, 2 usage, or some are refused (import then changes nothing), 3 the store or\n"
    "the output failed.\n";

enum {
    OPT_ON = 256,
    OPT_OUTPUT,
    OPT_RULES,
    OPT_STORE,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct exceptions_command *c, str verb, str path);
static int run_check(struct exceptions_command *c, str path);
static bool knows_rule(const void *context, str rule);
static int run_list(struct exceptions_command *c, str path);
static int run_import(struct exceptions_command *c, str path);
static int run_export(str path);
static int load(str path, const struct exception_rules *rules, struct exceptions **out);
static int64_t today(void);

int cmd_exceptions(int argc, char **argv)
{
    static const struct option known[] = {
        { "on", required_argument, NULL, OPT_ON },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "rules", required_argument, NULL, OPT_RULES },
        { "store", required_argument, NULL, OPT_STORE },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "exceptions", .help = help, .needs = "check, list, import or export", .known = known
    };
    struct exceptions_command c = { .list = { .on_day = today() } };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped && argc - optind != 2)
        code = cli_fail(EXIT_USAGE, "exceptions %s needs one file", argv[optind]);
    else if (!helped)
        code = run(&c, str_of(argv[optind]), str_of(argv[optind + 1]));
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        code = cli_fail(EXIT_INPUT, "the output cannot be written: %s", strerror(errno));
    arena_done(&c.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct exceptions_command *c = context;
    switch (option) {
    case OPT_ON:
        return exception_date(value, &c->list.on_day)
                   ? OK
                   : fail(err, ERR_CONFIG, "--on takes a date like 2026-11-01, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_OUTPUT:
        c->has_form = true;
        c->list.is_table = str_eq(value, STR("table"));
        return c->list.is_table || str_eq(value, STR("ndjson"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_RULES:
        c->rules = value;
        return OK;
    default:
        c->store = value;
        return OK;
    }
}

static int run(struct exceptions_command *c, str verb, str path)
{
    if (str_eq(verb, STR("check")))
        return run_check(c, path);
    if (str_eq(verb, STR("list")))
        return run_list(c, path);
    if (str_eq(verb, STR("import")))
        return run_import(c, path);
    if (str_eq(verb, STR("export")))
        return run_export(path);
    return cli_fail(EXIT_USAGE, "exceptions takes check, list, import or export; see `pomona "
                                "exceptions --help`");
}

static int run_check(struct exceptions_command *c, str path)
{
    struct rules *rules = NULL;
    struct exceptions *e = NULL;
    struct err err;
    if (c->rules.len == 0)
        c->rules = cli_default_rules(&c->arena);
    if (c->rules.len > 0 && rules_load(&c->rules, 1, NULL, &rules, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    const struct exception_rules known = { .knows = knows_rule, .context = rules };
    int code = load(path, rules == NULL ? NULL : &known, &e);
    if (e != NULL) {
        const struct problem_counts problems = problems_print_exceptions(e);
        (void)printf("%zu sound, %zu refused", exceptions_count(e), problems.refused);
        if (problems.warnings > 0)
            (void)printf(", %zu %s", problems.warnings,
                         problems.warnings == 1 ? "warning" : "warnings");
        (void)printf("\n");
        code = problems.refused > 0 ? EXIT_USAGE : EXIT_DONE;
    }
    exceptions_free(e);
    rules_free(rules);
    return code;
}

static bool knows_rule(const void *context, str rule)
{
    const struct rules *rules = context;
    return rules_find(rules, rule) < rules_count(rules);
}

static int run_list(struct exceptions_command *c, str path)
{
    struct exceptions *e = NULL;
    const int code = load(path, NULL, &e);
    if (e == NULL)
        return code;
    if (!c->has_form)
        c->list.is_table = isatty(STDOUT_FILENO) == 1;
    const struct problem_counts problems = problems_print_exceptions(e);
    exceptions_list_print(e, &c->list, stdout);
    exceptions_free(e);
    return problems.refused > 0 ? EXIT_USAGE : EXIT_DONE;
}

// All of the file or nothing: half a list would stand for the whole.
static int run_import(struct exceptions_command *c, str path)
{
    struct exceptions *e = NULL;
    struct err err;
    if (c->store.len == 0)
        return cli_fail(EXIT_USAGE, "exceptions import needs --store STORE");
    int code = load(path, NULL, &e);
    if (e == NULL)
        return code;
    if (problems_print_exceptions(e).refused > 0)
        code = cli_fail(EXIT_USAGE, "the store is left as it was: some exceptions are refused");
    else if (exceptions_save(e, c->store, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%s", err.text);
    else
        (void)printf("%zu %s\n", exceptions_count(e),
                     exceptions_count(e) == 1 ? "exception" : "exceptions");
    exceptions_free(e);
    return code;
}

static int run_export(str path)
{
    struct exceptions *e = NULL;
    const int code = load(path, NULL, &e);
    if (e == NULL)
        return code;
    const struct problem_counts problems = problems_print_exceptions(e);
    struct buf b;
    buf_init(&b, 4 * EXCEPTION_FILE_MAX);
    for (size_t i = 0; i < exceptions_count(e); i++)
        exception_add_yaml(&b, exceptions_at(e, i));
    if (exceptions_count(e) == 0)
        buf_add(&b, STR("[]\n"));
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
    exceptions_free(e);
    return problems.refused > 0 ? EXIT_USAGE : EXIT_DONE;
}

// `*out` stays NULL where it failed.
static int load(str path, const struct exception_rules *rules, struct exceptions **out)
{
    struct err err;
    const enum status status = exceptions_load(path, rules, out, &err);
    return status == OK ? EXIT_DONE : cli_fail(EXIT_USAGE, "%s", err.text);
}

// A list is for people, who have a clock; judging has none.
static int64_t today(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec / 86400;
}
