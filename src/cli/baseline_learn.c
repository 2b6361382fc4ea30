// pomona baseline learn: the whole engine runs over telemetry, and what passes is counted.

#include "cli/baseline_options.h"
#include "cli/run_options.h"
#include "report.h"
#include "score/learner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const char help[] =
    "usage: pomona baseline learn [options] FILE...|-\n"
    "\n"
    "Counts who does what in telemetry of a time that is thought to be normal, and adds it to\n"
    "the baseline in the store as proposals. FILE is as for `pomona detect`. The rules run as\n"
    "well: what they matched is told with the proposal, and what a critical one matched is\n"
    "promoted only by name. The same telemetry learned twice adds to the events, not to hosts\n"
    "and days.\n"
    "\n" STORE_HELP "\n" RUN_HELP RUN_HELP_LIMITS "\n"
    "Exit: 0 done, 2 usage, configuration or rule error, 3 an input or the store failed (what\n"
    "was read of the inputs has been learned, or where the store failed nothing).\n";

struct learn {
    struct run_options run;
    struct store_options store;
    struct learner *learner;
};

static enum status set_option(int option, str value, void *context, struct err *err);
static int run(struct learn *l);
static int run_rules(struct learn *l, const struct rules *rules);
static int save(void *context, const struct pipeline *p, int code);
static void say(const struct learner_counts *counts);
static void see(void *context, const struct hosts *hosts, const struct event *event);
static void take(void *context, const struct finding *finding);

int baseline_learn(int argc, char **argv)
{
    static const struct option known[] = { RUN_OPTIONS, STORE_OPTIONS, { NULL, 0, NULL, 0 } };
    static const struct cli_command command = {
        .verb = "baseline learn",
        .help = help,
        .needs = "a file, or - for standard input",
        .known = known,
    };
    struct learn l = { 0 };
    struct err err;
    bool helped;
    run_options_init(&l.run);
    const enum status status = cli_parse(&command, argc, argv, set_option, &l, &helped, &err);
    int code = EXIT_DONE;
    if (status != OK) {
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    } else if (!helped) {
        run_options_take_paths(&l.run, argv + optind, argc - optind);
        code = run(&l);
    }
    run_options_done(&l.run);
    return code;
}

static enum status set_option(int option, str value, void *context, struct err *err)
{
    struct learn *l = context;
    if (store_options_take(&l->store, option, value))
        return OK;
    return run_options_set(&l->run, option, value, err);
}

static int run(struct learn *l)
{
    struct rules *rules = NULL;
    struct db *db = NULL;
    size_t refused;
    // A store that cannot be written is told before an hour of reading, not after it.
    int code = store_options_open(&l->store, DB_CREATE, &db);
    db_close(db);
    if (code == EXIT_DONE)
        code = run_options_load(&l->run, &rules, &refused);
    if (code != EXIT_DONE)
        return code;
    code = run_rules(l, rules);
    rules_free(rules);
    return code == EXIT_DONE && refused > 0 ? EXIT_USAGE : code;
}

static int run_rules(struct learn *l, const struct rules *rules)
{
    const struct rule_list contexts = rules_list(rules, STR("execution_contexts"));
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        return cli_fail(EXIT_INPUT, "/dev/null: %s", strerror(errno));
    l->learner = learner_new(contexts.at, contexts.count);
    l->run.pipeline.learn =
        (struct pipeline_learn){ .see = see, .take = take, .context = l->learner };
    const int code = run_options_run(&l->run, rules, nowhere, save, l);
    learner_free(l->learner);
    (void)fclose(nowhere);
    return code;
}

static void see(void *context, const struct hosts *hosts, const struct event *event)
{
    learner_see(context, hosts, event);
}

static void take(void *context, const struct finding *finding)
{
    learner_take(context, finding);
}

static int save(void *context, const struct pipeline *p, int code)
{
    struct learn *l = context;
    struct db *db = NULL;
    struct err err;
    report_print(p, l->run.paths, l->run.path_count, matcher_rule_count(p->matcher), stderr);
    const int opened = store_options_open(&l->store, DB_CREATE, &db);
    if (opened != EXIT_DONE)
        return opened;
    const enum status status = learner_save(l->learner, db, &l->store.act, &err);
    db_close(db);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    say(learner_counts(l->learner));
    return code;
}

static void say(const struct learner_counts *counts)
{
    (void)fprintf(stderr,
                  "learned      %" PRIu64 " entries of %" PRIu64 " acts on %" PRIu64
                  " hosts; not learned: %" PRIu64 " without an identity, %" PRIu64
                  " in another context, %" PRIu64 " beyond the limit\n",
                  counts->entries, counts->behaviours, counts->hosts, counts->without_identity,
                  counts->other_context, counts->beyond_limit);
    if (counts->expected_before > 0)
        (void)fprintf(stderr, "             %" PRIu64 " of them are expected already\n",
                      counts->expected_before);
    if (counts->critical > 0)
        (void)fprintf(stderr,
                      "critical     %" PRIu64
                      " entries were matched by a rule of level critical; %" PRIu64
                      " of them are expected, which somebody should look at\n",
                      counts->critical, counts->critical_but_expected);
}
