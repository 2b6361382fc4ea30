// pomona validate: labelled scenarios through the live path; what is found, missed and falsely raised.

#include "cli/progress.h"
#include "cli/run_options.h"
#include "validate/exercise.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct validate {
    struct run_options run;
    struct validate_options options;
    struct progress progress;
    enum validate_form form;
    bool colour;
    str against;
    bool is_exercise;
    str exercise;  // The file of what was written down; empty: none.
};

static const char help[] =
    "usage: pomona validate [options] DIR...\n"
    "\n"
    "Replays labelled scenarios, every directory with a scenario.yaml at or below DIR, through "
    "the\n"
    "same way as live telemetry, and prints what was found, missed and falsely raised: by rule,\n"
    "variant, sensor and signal, with the events it took. docs/SCENARIOS.md says how scenarios "
    "are\n"
    "written.\n"
    "\n"
    "  --rules PATH           rule file or directory; may be given again (default: those that\n"
    "                         came with the program)\n"
    "  --lenient              rules made for other sensors: see `pomona detect --help`\n"
    "  --links NAME           link inventory for scenarios that bring no images of their own\n"
    "  --output FORM          table, ndjson, junit or json (default: table on a terminal, else\n"
    "                         ndjson)\n"
    "  --without SIGNAL       also run as if no sensor told the signal (\"memory protection\",\n"
    "                         \"library identity\", ...), and say what is lost; may be given "
    "again:\n"
    "                         they are left out together. `each`: every signal alone\n"
    "  --against FILE         compare with what --output json has written before\n"
    "  --exercise[=FILE]      an exercise sheet in Markdown instead: 100 points, filled from the\n"
    "                         replay and from the times and decisions that FILE has; a *.yaml\n"
    "                         among the arguments is that FILE, too\n"
    "  --partials-max N, --processes-max N\n"
    "                         as in `pomona detect`\n"
    "  --color WHEN           auto, always or never\n"
    "\n"
    "Exit: 0 all is as labelled, 1 something was missed or falsely raised, or is worse than\n"
    "--against, 2 usage, a rule or a scenario makes no sense (the others have run), 3 an input or\n"
    "the output failed. 3 comes before 2, and 2 before 1.\n";

static enum status set_option(int option, str value, void *context, struct err *err);
static enum status add_without(struct validate *v, str name, struct err *err);
static int run(struct validate *v, char **paths, int count);
static int run_scenarios(struct validate *v, const struct rules *rules, const str *directories,
                         size_t count);
static int report(struct validate *v, struct validation *result, const struct rules *rules);
static bool is_yaml_file(str path);
static int print_exercise(struct validate *v, struct validation *result, int code);
static void tell_progress(void *context, double done, str what);
static void say_warnings(const struct validation *result, const struct rules *rules);
static void say_unknown_rules(const struct scenario *s, const struct rules *rules);
static int worse(int a, int b);

enum {
    OPT_OUTPUT = RUN_OPT_OTHER,
    OPT_COLOR,
    OPT_WITHOUT,
    OPT_AGAINST,
    OPT_EXERCISE,
};

int cmd_validate(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        RUN_BASELINE_OPTION,
        { "output", required_argument, NULL, OPT_OUTPUT },
        { "color", required_argument, NULL, OPT_COLOR },
        { "without", required_argument, NULL, OPT_WITHOUT },
        { "against", required_argument, NULL, OPT_AGAINST },
        { "exercise", optional_argument, NULL, OPT_EXERCISE },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "validate",
        .help = help,
        .needs = "a directory with scenarios",
        .known = known,
    };
    struct validate v = { .form = isatty(STDOUT_FILENO) == 1 ? VALIDATE_TABLE : VALIDATE_NDJSON };
    struct err err;
    bool helped;

    run_options_init(&v.run);
    (void)cli_colour_of(STR("auto"), STDOUT_FILENO, &v.colour);
    const enum status status = cli_parse(&command, argc, argv, set_option, &v, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    else if (!helped)
        code = run(&v, argv + optind, argc - optind);
    run_options_done(&v.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct validate *v = context;
    switch (option) {
    case OPT_OUTPUT:
        return validate_form_of(value, &v->form)
                   ? OK
                   : fail(err, ERR_CONFIG,
                          "--output takes table, ndjson, junit or json, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_COLOR:
        return cli_colour_of(value, STDOUT_FILENO, &v->colour)
                   ? OK
                   : fail(err, ERR_CONFIG, "--color takes auto, always or never, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_WITHOUT:
        return add_without(v, value, err);
    case OPT_AGAINST:
        v->against = value;
        return OK;
    case OPT_EXERCISE:
        v->is_exercise = true;
        v->exercise = value;
        return OK;
    case RUN_OPT_HOST:
    case RUN_OPT_HOST_FROM:
    case RUN_OPT_DIALECT:
    case RUN_OPT_IMAGES:
    case RUN_OPT_NO_IMAGES:
        return fail(err, ERR_CONFIG,
                    "validate takes no --host, --dialect or --images: a scenario says such things");
    default:
        return run_options_set(&v->run, option, value, err);
    }
}

static enum status add_without(struct validate *v, str name, struct err *err)
{
    if (str_eq(name, STR("each"))) {
        v->options.without_each = true;
        return OK;
    }
    const enum signal signal = signal_of(name);
    if (signal < SIGNAL_COUNT) {
        v->options.without |= SIGNAL_BIT(signal);
        return OK;
    }
    const str nearest = signal_nearest(name);
    if (nearest.len > 0)
        return fail(err, ERR_CONFIG, "--without: no signal \"%.*s\"; did you mean \"%.*s\"?",
                    STR_ARG(name), STR_ARG(nearest));
    return fail(err, ERR_CONFIG,
                "--without: no signal \"%.*s\"; `pomona coverage` lists them by name",
                STR_ARG(name));
}

static int run(struct validate *v, char **paths, int count)
{
    struct rules *rules = NULL;
    size_t refused = 0;
    size_t directory_count = 0;
    str *directories = memory_zeroed((size_t)count, sizeof *directories);
    for (int i = 0; i < count; i++) {
        const str path = str_of(paths[i]);
        if (v->is_exercise && v->exercise.len == 0 && is_yaml_file(path))
            v->exercise = path;
        else
            directories[directory_count++] = path;
    }
    int code = directory_count > 0
                   ? run_options_load(&v->run, &rules, &refused)
                   : cli_fail(EXIT_USAGE, "validate needs a directory with scenarios");
    if (code == EXIT_DONE) {
        code = run_scenarios(v, rules, directories, directory_count);
        code = refused > 0 ? worse(code, EXIT_USAGE) : code;
        rules_free(rules);
    }
    free(directories);
    return code;
}

static int run_scenarios(struct validate *v, const struct rules *rules, const str *directories,
                         size_t count)
{
    struct validation result;
    struct err err;
    v->options.replay = (struct replay_options){
        .pipeline = &v->run.pipeline,
        .rules = rules,
        .rule_paths = v->run.rule_paths,
        .rule_path_count = v->run.rule_path_count,
        .load = &v->run.rules,
    };
    v->options.progress = (struct validate_progress){ .tell = tell_progress, .context = v };
    progress_init(&v->progress, true);
    const enum status status = validate_run(&v->options, directories, count, &result, &err);
    progress_wipe(&v->progress);
    const int code =
        status == OK ? report(v, &result, rules) : cli_fail(cli_exit_of(status), "%s", err.text);
    validate_done(&result);
    return code;
}

static int report(struct validate *v, struct validation *result, const struct rules *rules)
{
    struct err err;
    int code = matrix_exit(&result->matrix);
    say_warnings(result, rules);
    if (v->against.len > 0) {
        struct changes *changes = arena_zalloc(&result->arena, sizeof *changes);
        const enum status status =
            compare_with(v->against, result->results, result->count, &result->arena, changes, &err);
        if (status == OK) {
            result->changes = changes;
            code = worse(code, changes->worse > 0 ? EXIT_FINDINGS : EXIT_DONE);
        } else {
            code = worse(code, cli_fail(cli_exit_of(status), "%s", err.text));
        }
    }
    if (v->is_exercise)
        return print_exercise(v, result, code);
    if (validate_print(result, v->form, cli_width_of(STDOUT_FILENO), v->colour, stdout, &err) != OK)
        code = worse(code, cli_fail(EXIT_INPUT, "%s", err.text));
    return code;
}

static bool is_yaml_file(str path)
{
    struct stat st;
    return (str_ends_with(path, STR(".yaml")) || str_ends_with(path, STR(".yml"))) &&
           stat(path.at, &st) == 0 && S_ISREG(st.st_mode);
}

static int print_exercise(struct validate *v, struct validation *result, int code)
{
    struct exercise_file file;
    struct exercise exercise;
    struct err err;
    if (v->exercise.len > 0) {
        const enum status status = exercise_read(v->exercise, &result->arena, &file, &err);
        if (status != OK)
            return worse(code, cli_fail(cli_exit_of(status), "%s", err.text));
        for (size_t i = 0; i < file.warning_count; i++)
            (void)cli_fail(EXIT_DONE, "warning: %.*s", STR_ARG(file.warnings[i]));
    }
    exercise_score(result, v->exercise.len > 0 ? &file : NULL, &result->arena, &exercise);
    for (size_t i = 0; i < exercise.stranger_count; i++)
        (void)cli_fail(EXIT_DONE, "warning: %.*s: \"%.*s\" is none of the scenarios, or several",
                       STR_ARG(v->exercise), STR_ARG(exercise.strangers[i]));
    exercise_print(&exercise, stdout);
    const bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
    return failed ? worse(code, cli_fail(EXIT_INPUT, "the output refuses to be written")) : code;
}

static void tell_progress(void *context, double done, str what)
{
    struct validate *v = context;
    progress_draw(&v->progress, done, what);
}

// What failed stands in the results too; here it is seen whatever the form.
static void say_warnings(const struct validation *result, const struct rules *rules)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct judged *j = &result->results[i];
        const struct scenario *s = &j->scenario;
        for (size_t k = 0; k < s->warning_count; k++)
            (void)cli_fail(EXIT_DONE, "warning: %.*s", STR_ARG(s->warnings[k]));
        if (j->outcome == OUTCOME_FAILED) {
            (void)cli_fail(EXIT_DONE, "%.*s", STR_ARG(j->failure));
            continue;
        }
        say_unknown_rules(s, rules);
        if (j->replay.damaged > 0)
            (void)cli_fail(EXIT_DONE, "warning: %.*s: %llu of %llu records made no event",
                           STR_ARG(s->name), (unsigned long long)j->replay.damaged,
                           (unsigned long long)j->replay.records);
        if (j->replay.raised_beyond > 0)
            (void)cli_fail(EXIT_DONE, "warning: %.*s: %llu findings more than are kept",
                           STR_ARG(s->name), (unsigned long long)j->replay.raised_beyond);
    }
}

static void say_unknown_rules(const struct scenario *s, const struct rules *rules)
{
    for (size_t i = 0; i < s->expect_count; i++)
        for (size_t k = 0; k < s->expects[i].rule_count; k++)
            if (rules_find(rules, s->expects[i].rules[k]) == rules_count(rules))
                (void)cli_fail(EXIT_DONE, "warning: %.*s expects %.*s, which is not loaded",
                               STR_ARG(s->name), STR_ARG(s->expects[i].rules[k]));
}

// 3 comes before 2, and 2 before 1.
static int worse(int a, int b)
{
    return a > b ? a : b;
}
