// pomona tap: events as they pass, complete as rules see them.

#include "cli/run_options.h"
#include "eql/plan.h"
#include "report.h"
#include "sink/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_MAX (64u * 1024u * 1024u)  // Of one event.

static const char help[] =
    "usage: pomona tap [options] FILE...|-\n"
    "\n"
    "Prints events as rules see them: decoded, in order, with what the process table, the link\n"
    "inventory and the lists add. To see what a rule could ask, and to try it.\n"
    "\n"
    "  --where EQL            only events that answer to it: 'process where process.name == "
    "\"sh\"',\n"
    "                         or a condition alone, 'process.name == \"sh\"'\n"
    "  --limit N              stop after N events\n"
    // clang-format off
    RUN_HELP
    // clang-format on
    "  --output FORM          table or ndjson, nested as ECS is (default: table on a terminal, "
    "else\n"
    "                         ndjson)\n" RUN_HELP_LIMITS "\n"
    "Counters go to standard error when it ends. Exit: 0 done, 2 usage, configuration or rule "
    "error,\n"
    "3 an input or the output failed.\n";

struct tap {
    struct run_options run;
    str where;
    uint64_t limit;  // 0: none.
    bool is_table;
    unsigned width;
    struct eql_plan *plan;  // NULL: every event.
    struct eql_scratch *scratch;
    struct buf text;
    uint64_t printed;
    bool has_failed;
    volatile sig_atomic_t *stop;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct tap *t);
static int say(void *context, const struct pipeline *p, int code);
static void see(void *context, const struct event *event);
static bool answers(const struct tap *t, const struct event *event);

enum {
    OPT_WHERE = RUN_OPT_OTHER,
    OPT_LIMIT,
    OPT_OUTPUT,
};

int cmd_tap(int argc, char **argv)
{
    static const struct option known[] = {
        RUN_OPTIONS,
        { "where", required_argument, NULL, OPT_WHERE },
        { "limit", required_argument, NULL, OPT_LIMIT },
        { "output", required_argument, NULL, OPT_OUTPUT },
        { NULL, 0, NULL, 0 },
    };
    static const struct cli_command command = {
        .verb = "tap",
        .help = help,
        .needs = "a file, or - for standard input",
        .known = known,
    };
    struct tap t = { .is_table = isatty(STDOUT_FILENO) == 1, .width = cli_width_of(STDOUT_FILENO) };
    struct err err;
    bool helped;

    run_options_init(&t.run);
    t.stop = cli_stop_on_signals();
    buf_init(&t.text, TEXT_MAX);
    const enum status status = cli_parse(&command, argc, argv, set_option, &t, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        run_options_take_paths(&t.run, argv + optind, argc - optind);
        code = run(&t);
    }
    buf_done(&t.text);
    run_options_done(&t.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct tap *t = context;
    switch (option) {
    case OPT_WHERE:
        t->where = value;
        return OK;
    case OPT_LIMIT:
        return str_to_u64(value, &t->limit) && t->limit > 0
                   ? OK
                   : fail(err, ERR_CONFIG, "--limit takes a number from 1 on, not \"%.*s\"",
                          STR_ARG(value));
    case OPT_OUTPUT:
        t->is_table = str_eq(value, STR("table"));
        return t->is_table || str_eq(value, STR("ndjson"))
                   ? OK
                   : fail(err, ERR_CONFIG, "--output takes table or ndjson, not \"%.*s\"",
                          STR_ARG(value));
    default:
        return run_options_set(&t->run, option, value, err);
    }
}

static int run(struct tap *t)
{
    struct rules *rules = NULL;
    struct err err;
    size_t refused;
    int code = run_options_load(&t->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    if (t->where.len > 0 && rules_compile_question(rules, t->where, &t->plan, &err) != OK) {
        code = cli_fail(EXIT_USAGE, "--where: %s", err.text);
    } else {
        t->scratch = t->plan == NULL ? NULL : eql_scratch_new(t->plan->pool);
        t->run.pipeline.watch = (struct pipeline_watch){ .see = see, .context = t };
        code = run_options_run(&t->run, rules, stdout, say, t);
    }
    eql_scratch_free(t->scratch);
    eql_plan_free(t->plan);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static int say(void *context, const struct pipeline *p, int code)
{
    const struct tap *t = context;
    if (fflush(stdout) != 0 || t->has_failed)
        code = cli_fail(EXIT_INPUT, "events cannot be written: %s", strerror(errno));
    report_print(p, t->run.paths, t->run.path_count, 0, stderr);
    return code;
}

static void see(void *context, const struct event *event)
{
    struct tap *t = context;
    const bool is_enough = t->has_failed || (t->limit > 0 && t->printed == t->limit);
    if (is_enough || !answers(t, event))
        return;
    buf_reset(&t->text);
    if (t->is_table)
        sink_add_event_line(&t->text, event, t->width);
    else
        sink_add_event(&t->text, event);
    t->has_failed = fwrite(t->text.at, 1, t->text.len, stdout) != t->text.len;
    t->printed++;
    if (t->has_failed || t->printed == t->limit)
        *t->stop = 1;
}

static bool answers(const struct tap *t, const struct event *event)
{
    if (t->plan == NULL)
        return true;
    const struct eql_stage *stage = &t->plan->stages[0];
    if ((event->categories & stage->categories) == 0)
        return false;
    eql_look_at(t->scratch, event);
    return eql_holds(t->scratch, stage->condition, NULL);
}
