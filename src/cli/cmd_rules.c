// pomona rules: what rules there are, and whether rule files are sound.

#include "cli/cli.h"
#include "match/match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: pomona rules list [PATH...]\n"
    "       pomona rules check PATH...\n"
    "\n"
    "list prints one line a rule; check prints FILE:LINE:COL: sentence for every rule\n"
    "that is refused. PATH is a rule file or a directory (list without one: the rules\n"
    "that came with the program). Exit: 0 all sound, 2 some are refused.\n";

static int run(str verb, const str *paths, size_t count);
static void print_list(const struct rules *rules);

int cmd_rules(int argc, char **argv)
{
    const str verb = argc > 1 ? str_of(argv[1]) : STR_EMPTY;
    if (str_eq(verb, STR("--help")) || str_eq(verb, STR("-h"))) {
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    if (!str_eq(verb, STR("list")) && !str_eq(verb, STR("check")))
        return cli_fail(EXIT_USAGE, "rules takes list or check; see `pomona rules --help`");

    struct arena arena = { 0 };
    size_t count = (size_t)argc - 2;
    str *paths = memory_zeroed(count + 1, sizeof *paths);
    for (size_t i = 0; i < count; i++)
        paths[i] = str_of(argv[i + 2]);
    if (count == 0 && str_eq(verb, STR("list"))) {
        paths[0] = cli_default_rules(&arena);
        count = paths[0].len > 0;
    }
    const int code = count == 0 ? cli_fail(EXIT_USAGE, "rules needs a rule file or a directory")
                                : run(verb, paths, count);
    free(paths);
    arena_done(&arena);
    return code;
}

static int run(str verb, const str *paths, size_t count)
{
    struct rules *rules = NULL;
    struct err err;
    const enum status status = rules_load(paths, count, NULL, &rules, &err);
    if (status != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);

    size_t problem_count;
    const struct rule_problem *problems = rules_problems(rules, &problem_count);
    for (size_t i = 0; i < problem_count; i++)
        cli_say(problems[i].text);
    if (str_eq(verb, STR("list")))
        print_list(rules);
    else
        (void)printf("%zu sound, %zu refused\n", rules_count(rules), problem_count);
    rules_free(rules);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return cli_fail(EXIT_INPUT, "the list cannot be written: %s", strerror(errno));
    return problem_count > 0 ? EXIT_USAGE : EXIT_DONE;
}

static void print_list(const struct rules *rules)
{
    for (size_t i = 0; i < rules_count(rules); i++) {
        const struct rule_facts *facts = rules_facts(rules, i);
        const str level = level_name(facts->level);
        (void)printf("%-8.*s %-13.*s %.*s\n", STR_ARG(facts->id), STR_ARG(level),
                     STR_ARG(facts->title));
    }
}
