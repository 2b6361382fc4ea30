// pomona exceptions: whether exceptions are sound, which of them are of use, and the store that counts
// how often each is met.

#include "cli/exceptions_list.h"
#include "cli/problems.h"
#include "cli/store_options.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct exceptions_command {
    struct arena arena;
    struct exceptions_list_options list;
    bool has_form;
    str rules;  // --rules
    struct store_options store;
};

static const char help[] =
    "usage: pomona exceptions check [--rules PATH] FILE\n"
    "       pomona exceptions list [--on DATE] [--output FORM] [FILE]\n"
    "       pomona exceptions import FILE\n"
    "       pomona exceptions add FILE\n"
    "       pomona exceptions remove ID...\n"
    "       pomona exceptions export\n"
    "\n"
    "FILE is a list of exceptions in YAML; those of the store (--store NAME, or $POMONA_STORE)\n"
    "are what `pomona detect --store NAME` goes by. docs/EXCEPTIONS.md says what an exception is\n"
    "like.\n"
    "\n"
    "check    prints FILE:LINE:COL: sentence for everything that is refused, and warns of rules\n"
    "         that there are not\n"
    "list     prints one line an exception, of FILE or of the store: whether it is active,\n"
    "         expires within 30 days or has expired, and how often it was met; a file has no\n"
    "         count, a store has\n"
    "import   puts the exceptions of FILE into the store, in place of those that it had; one\n"
    "         whose id stays keeps its count\n"
    "add      puts them behind those that it has: what `pomona review close --propose` prints\n"
    "remove   takes those with these ids out of it\n"
    "export   prints the exceptions of the store as YAML\n"
    "\n"
    "  --on DATE        the day to look from, as 2026-11-01 (default: today)\n"
    "  --output FORM    table or ndjson (default: table on a terminal, else ndjson)\n"
    "  --rules PATH     the rules whose ids check knows (default: those that came with the\n"
    "                   program)\n" STORE_HELP "\n"
    "Exit: 0 done, 2 usage, or some are refused (the store is then left as it was), 3 the store\n"
    "or the output failed.\n";

enum {
    OPT_ON = 256,
    OPT_OUTPUT,
    OPT_RULES,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct exceptions_command *c, char **arguments, int count);
static int run_check(struct exceptions_command *c, str path);
static bool knows_rule(const void *context, str rule);
static int run_list(struct exceptions_command *c, str path);
static int run_put(struct exceptions_command *c, str path, bool adds);
static int put_all(struct exceptions_command *c, const struct exceptions *e, bool adds);
static int run_remove(struct exceptions_command *c, char **ids, int count);
static int run_export(struct exceptions_command *c);
static int load_file(str path, const struct exception_rules *rules, struct exceptions **out);
static int load_store(struct exceptions_command *c, struct exceptions **out);
static int64_t today(void);

int cmd_exceptions(int argc, char **argv)
{
    static const struct option known[] = {
        { "on", required_argument, NULL, OPT_ON },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "rules", required_argument, NULL, OPT_RULES },
        STORE_OPTIONS,
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "exceptions",
        .help = help,
        .needs = "check, list, import, add, remove or export",
        .known = known,
    };
    struct exceptions_command c = { .list = { .on_day = today() } };
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, &c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&c, argv + optind, argc - optind);
    arena_done(&c.arena);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct exceptions_command *c = context;
    if (store_options_take(&c->store, option, value))
        return OK;
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
    default:
        c->rules = value;
        return OK;
    }
}

static int run(struct exceptions_command *c, char **arguments, int count)
{
    const str verb = str_of(arguments[0]);
    const str file = str_of(count > 1 ? arguments[1] : "");
    const bool is_put = str_eq(verb, STR("import")) || str_eq(verb, STR("add"));
    if (str_eq(verb, STR("remove")))
        return count > 1 ? run_remove(c, arguments + 1, count - 1)
                         : cli_fail(EXIT_USAGE, "exceptions remove needs ids");
    if (str_eq(verb, STR("list")) && count <= 2)
        return run_list(c, file);
    if (str_eq(verb, STR("export")))
        return count == 1 ? run_export(c)
                          : cli_fail(EXIT_USAGE, "exceptions export takes no file: it prints those "
                                                 "of --store NAME");
    if (!is_put && !str_eq(verb, STR("check")) && !str_eq(verb, STR("list")))
        return cli_fail(EXIT_USAGE, "exceptions takes check, list, import, add, remove or export; "
                                    "see `pomona exceptions --help`");
    if (count != 2)
        return cli_fail(EXIT_USAGE, "exceptions %.*s needs one file", STR_ARG(verb));
    return is_put ? run_put(c, file, str_eq(verb, STR("add"))) : run_check(c, file);
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
    int code = load_file(path, rules == NULL ? NULL : &known, &e);
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
    const int code = path.len > 0 ? load_file(path, NULL, &e) : load_store(c, &e);
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
static int run_put(struct exceptions_command *c, str path, bool adds)
{
    struct exceptions *e = NULL;
    int code = store_options_find(&c->store);
    if (code == EXIT_DONE)
        code = load_file(path, NULL, &e);
    if (e == NULL)
        return code;
    if (problems_print_exceptions(e).refused > 0)
        code = cli_fail(EXIT_USAGE, "the store is left as it was: some exceptions are refused");
    else
        code = put_all(c, e, adds);
    exceptions_free(e);
    return code;
}

static int put_all(struct exceptions_command *c, const struct exceptions *e, bool adds)
{
    struct exception_changes changes = { .added = exceptions_count(e) };
    struct db *db = NULL;
    struct err err;
    const int code = store_options_open(&c->store, DB_CREATE, &db);
    if (code != EXIT_DONE)
        return code;
    const enum status status = adds ? exceptions_add_to(e, db, &c->store.act, &err)
                                    : exceptions_replace_in(e, db, &c->store.act, &changes, &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    (void)printf("%zu added, %zu changed, %zu removed\n", changes.added, changes.changed,
                 changes.removed);
    return EXIT_DONE;
}

static int run_remove(struct exceptions_command *c, char **ids, int count)
{
    struct db *db = NULL;
    struct err err;
    str *names = arena_alloc(&c->arena, (size_t)count * sizeof *names);
    for (int i = 0; i < count; i++)
        names[i] = str_of(ids[i]);
    const int code = store_options_open(&c->store, DB_CHANGE, &db);
    if (code != EXIT_DONE)
        return code;
    const enum status status =
        exceptions_store_remove(db, &c->store.act, names, (size_t)count, &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    (void)printf("%d removed\n", count);
    return EXIT_DONE;
}

static int run_export(struct exceptions_command *c)
{
    struct exceptions *e = NULL;
    const int code = load_store(c, &e);
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

// `*out` stays NULL where it failed, here and below.
static int load_file(str path, const struct exception_rules *rules, struct exceptions **out)
{
    struct err err;
    if (exceptions_store_is(path))
        return cli_fail(EXIT_USAGE, "%.*s: is a database; a store is named by --store",
                        STR_ARG(path));
    const enum status status = exceptions_load(path, rules, out, &err);
    return status == OK ? EXIT_DONE : cli_fail(EXIT_USAGE, "%s", err.text);
}

static int load_store(struct exceptions_command *c, struct exceptions **out)
{
    struct err err;
    const int code = store_options_find(&c->store);
    if (code != EXIT_DONE)
        return code;
    const enum status status = exceptions_load_store(c->store.name, NULL, out, &err);
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

// A list is for people, who have a clock; judging has none.
static int64_t today(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec / 86400;
}
