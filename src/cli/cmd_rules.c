// pomona rules: what rules there are, whether rule files are sound, and what a rule does.

#include "cli/explain.h"
#include "cli/problems.h"
#include "cli/rules_list.h"

#include <stdio.h>
#include <stdlib.h>

#define PATHS_MAX 4096u

struct rules_command {
    struct arena arena;
    str verb;
    struct rules_options options;
    struct rules_list_options list;
    str rules[PATHS_MAX];  // --rules
    size_t rule_count;
    str files[PATHS_MAX];  // --against
    size_t file_count;
};

static const char help[] =
    "usage: pomona rules list [--store NAME] [--output FORM] [PATH...]\n"
    "       pomona rules check [--lenient] PATH...\n"
    "       pomona rules explain [--rules PATH] [--against FILE]... RULE\n"
    "\n"
    "PATH is a rule (*.yaml), a query (*.eql), or a directory with such files in it or below\n"
    "it; without one: the rules that came with the program.\n"
    "\n"
    "list     prints one line a rule; of a store also how many findings there are, how many are "
    "not\n"
    "         closed, how precise the rule is, and the time until somebody looked\n"
    "check    prints FILE:LINE:COL: sentence, and the place underlined, for every rule that\n"
    "         is refused\n"
    "explain  prints what the rule with that id (or the file RULE) was compiled to: stages,\n"
    "         keys, questions it shares with others, fields and signals it needs, the size of\n"
    "         its state; and against telemetry which stages were met, and what the nearest\n"
    "         event lacked\n"
    "\n"
    "  --lenient       for rules made for other sensors: a field, a category or a list that\n"
    "                  there is not, or a field of another type, is a warning; no event has it\n"
    "  --rules PATH    where explain looks for the rule; may be given again\n"
    "  --against FILE  telemetry, as for `pomona detect`; may be given again\n"
    "  --store NAME    list: the store with the findings: a file, or postgresql://HOST/NAME\n"
    "  --output FORM   list: table (default) or ndjson\n"
    "\n"
    "Exit: 0 all sound, 2 usage, or some are refused (the others have been listed or\n"
    "explained), 3 telemetry, the store or the output failed.\n";

enum {
    OPT_LENIENT = 256,
    OPT_RULES,
    OPT_AGAINST,
    OPT_OUTPUT,
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct rules_command *c, char **arguments, int count);
static int run_explain(struct rules_command *c, str what);
static int load_and_run(struct rules_command *c, const str *paths, size_t count, str id);
static int print_check(const struct rules *rules, struct problem_counts problems);

int cmd_rules(int argc, char **argv)
{
    static const struct option known[] = {
        { "lenient", no_argument, NULL, OPT_LENIENT },
        { "rules", required_argument, NULL, OPT_RULES },
        { "against", required_argument, NULL, OPT_AGAINST },
        { "store", required_argument, NULL, STORE_OPT_STORE },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "rules", .help = help, .needs = "list, check or explain", .known = known
    };
    struct rules_command *c = memory_zeroed(1, sizeof *c);
    struct err err;
    bool helped;
    const enum status status = cli_parse(&command, argc, argv, set_option, c, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(c, argv + optind, argc - optind);
    arena_done(&c->arena);
    free(c);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct rules_command *c = context;
    str *const list = option == OPT_RULES ? c->rules : c->files;
    size_t *const count = option == OPT_RULES ? &c->rule_count : &c->file_count;
    if (store_options_take(&c->list.store, option, value))
        return OK;
    if (option == OPT_OUTPUT) {
        c->list.is_ndjson = str_eq(value, STR("ndjson"));
        return c->list.is_ndjson || str_eq(value, STR("table"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    }
    if (option == OPT_LENIENT) {
        c->options.lenient = true;
        return OK;
    }
    if (*count == PATHS_MAX)
        return fail(err, ERR_CONFIG, "at most %u files can be named", PATHS_MAX);
    list[(*count)++] = value;
    return OK;
}

static int run(struct rules_command *c, char **arguments, int count)
{
    c->verb = str_of(arguments[0]);
    const bool is_list = str_eq(c->verb, STR("list"));
    if (str_eq(c->verb, STR("explain")))
        return count == 2 ? run_explain(c, str_of(arguments[1]))
                          : cli_fail(EXIT_USAGE, "rules explain needs one rule: its id, or a file");
    if (!is_list && !str_eq(c->verb, STR("check")))
        return cli_fail(EXIT_USAGE,
                        "rules takes list, check or explain; see `pomona rules --help`");
    str *paths = memory_zeroed((size_t)count, sizeof *paths);
    size_t path_count = 0;
    for (int i = 1; i < count; i++)
        paths[path_count++] = str_of(arguments[i]);
    if (path_count == 0 && is_list) {
        paths[0] = cli_default_rules(&c->arena);
        path_count = paths[0].len > 0;
    }
    const int code = path_count == 0
                         ? cli_fail(EXIT_USAGE, "rules needs a rule file or a directory")
                         : load_and_run(c, paths, path_count, STR_EMPTY);
    free(paths);
    return code;
}

// A file is explained with the rules that came with the program nowhere near it.
static int run_explain(struct rules_command *c, str what)
{
    const bool is_file = str_ends_with(what, STR(".eql")) || str_ends_with(what, STR(".yaml"));
    if (is_file) {
        if (c->rule_count == PATHS_MAX)
            return cli_fail(EXIT_USAGE, "at most %u files can be named", PATHS_MAX);
        c->rules[c->rule_count++] = what;
    } else if (c->rule_count == 0) {
        c->rules[c->rule_count++] = cli_default_rules(&c->arena);
    }
    if (c->rules[0].len == 0)
        return cli_fail(EXIT_USAGE, "no rules beside the program; name some with --rules PATH");
    return load_and_run(c, c->rules, c->rule_count, is_file ? STR_EMPTY : what);
}

static int load_and_run(struct rules_command *c, const str *paths, size_t count, str id)
{
    struct rules *rules = NULL;
    struct err err;
    if (rules_load(paths, count, &c->options, &rules, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    const struct problem_counts problems = problems_print(rules);
    const struct explain_options explain = { .id = id,
                                             .files = c->files,
                                             .file_count = c->file_count };
    int code = EXIT_DONE;
    if (str_eq(c->verb, STR("explain")))
        code = explain_run(rules, &explain);
    else if (str_eq(c->verb, STR("check")))
        code = print_check(rules, problems);
    else
        code = rules_list_print(rules, &c->list);
    rules_free(rules);
    return code == EXIT_DONE && problems.refused > 0 ? EXIT_USAGE : code;
}

static int print_check(const struct rules *rules, struct problem_counts problems)
{
    (void)printf("%zu sound, %zu refused", rules_count(rules), problems.refused);
    if (problems.warnings > 0)
        (void)printf(", %zu %s", problems.warnings,
                     problems.warnings == 1 ? "warning" : "warnings");
    (void)printf("\n");
    return EXIT_DONE;
}
