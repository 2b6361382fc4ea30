#include "validate/validate.h"

#include "validate/form.h"

#include <stdlib.h>

static void read_all(struct validation *v);
static enum status replay_all(const struct validate_options *options, uint32_t without,
                              struct judged *results, double from, double to, struct validation *v,
                              struct err *err);
static bool is_stopped(const struct validate_options *options);
static bool is_same_without(const struct judged *whole, uint32_t without);
static enum status replay_without(const struct validate_options *options, struct validation *v,
                                  struct err *err);
static struct judged *copy_scenarios(struct validation *v, struct arena *arena);

enum status validate_run(const struct validate_options *options, const str *directories,
                         size_t count, struct validation *v, struct err *err)
{
    *v = (struct validation){ .rules = options->replay.rules };
    enum status status = walk_find(&v->walk, directories, count, &v->arena, err);
    if (status != OK)
        return status;
    read_all(v);
    const bool has_more = options->without_each || options->without != 0;
    const double share = options->without_each ? 0.1 : has_more ? 0.5 : 1;
    status = replay_all(options, 0, v->results, 0, share, v, err);
    if (status != OK)
        return status;
    matrix_make(v->results, v->count, &v->arena, &v->matrix);
    return has_more ? replay_without(options, v, err) : OK;
}

void validate_done(struct validation *v)
{
    walk_done(&v->walk);
    arena_done(&v->arena);
    *v = (struct validation){ 0 };
}

static void read_all(struct validation *v)
{
    v->count = v->walk.count;
    v->results = arena_zalloc(&v->arena, (v->count + 1) * sizeof *v->results);
    for (size_t i = 0; i < v->count; i++) {
        struct judged *j = &v->results[i];
        struct err err;
        const enum status status = scenario_read(v->walk.at[i].name, v->walk.at[i].directory,
                                                 &v->arena, &j->scenario, &err);
        if (status != OK)
            judge_failed(j, status, err.text, &v->arena);
    }
}

// Those that failed to be read stay so.
static enum status replay_all(const struct validate_options *options, uint32_t without,
                              struct judged *results, double from, double to, struct validation *v,
                              struct err *err)
{
    struct replay_options replay = options->replay;
    replay.without = without;
    for (size_t i = 0; i < v->count; i++) {
        struct judged *j = &results[i];
        struct err why;
        if (j->outcome == OUTCOME_FAILED)
            continue;
        if (is_stopped(options))
            return fail(err, ERR_IO, "stopped before all scenarios were run");
        if (options->progress.tell != NULL)
            options->progress.tell(options->progress.context,
                                   from + (to - from) * (double)i / (double)v->count,
                                   j->scenario.name);
        if (without != 0 && is_same_without(&v->results[i], without)) {
            *j = v->results[i];
            continue;
        }
        const enum status status = replay_run(&replay, &j->scenario, &v->arena, &j->replay, &why);
        if (status == OK)
            judge(j, replay.rules, &v->arena);
        else
            judge_failed(j, status, why.text, &v->arena);
    }
    return OK;
}

static bool is_stopped(const struct validate_options *options)
{
    const volatile sig_atomic_t *stop = options->replay.pipeline->source.stop;
    return stop != NULL && *stop != 0;
}

// No event of the signals came. Facts may have had a part in what was derived, so they are not skipped.
static bool is_same_without(const struct judged *whole, uint32_t without)
{
    const uint32_t facts = ~(SIGNAL_BIT(SIGNAL_LINKAGE) - 1);
    return whole->outcome == OUTCOME_FAILED ||
           ((without & facts) == 0 && (without & whole->replay.seen) == 0);
}

static enum status replay_without(const struct validate_options *options, struct validation *v,
                                  struct err *err)
{
    const size_t runs = options->without_each ? SIGNAL_COUNT : 1;
    struct losses *losses = &v->losses;
    losses->at = arena_zalloc(&v->arena, SIGNAL_COUNT * sizeof *losses->at);
    losses->is_each = options->without_each;
    const double from = options->without_each ? 0.1 : 0.5;
    for (size_t i = 0; i < runs; i++) {
        const uint32_t signals = options->without_each ? SIGNAL_BIT(i) : options->without;
        struct judged *results = copy_scenarios(v, &v->arena);
        const double share = (1 - from) / (double)runs;
        const enum status status = replay_all(options, signals, results, from + share * (double)i,
                                              from + share * (double)(i + 1), v, err);
        if (status != OK)
            return status;
        lost_compare(v->results, results, v->count, signals, &v->arena,
                     &losses->at[losses->count++]);
    }
    return OK;
}

static struct judged *copy_scenarios(struct validation *v, struct arena *arena)
{
    struct judged *results = arena_zalloc(arena, (v->count + 1) * sizeof *results);
    for (size_t i = 0; i < v->count; i++) {
        results[i].scenario = v->results[i].scenario;
        if (v->results[i].outcome == OUTCOME_FAILED)
            results[i] = v->results[i];
    }
    return results;
}

bool validate_form_of(str name, enum validate_form *out)
{
    static const str names[VALIDATE_FORM_COUNT] = {
        [VALIDATE_TABLE] = STR_INIT("table"),
        [VALIDATE_NDJSON] = STR_INIT("ndjson"),
        [VALIDATE_JUNIT] = STR_INIT("junit"),
        [VALIDATE_JSON] = STR_INIT("json"),
    };
    for (size_t i = 0; i < VALIDATE_FORM_COUNT; i++)
        if (str_eq(names[i], name)) {
            *out = (enum validate_form)i;
            return true;
        }
    return false;
}

enum status validate_print(const struct validation *v, enum validate_form form, unsigned width,
                           bool colour, FILE *stream, struct err *err)
{
    if (form == VALIDATE_TABLE)
        form_print_table(v, width, colour, stream);
    else if (form == VALIDATE_JUNIT)
        form_print_junit(v, stream);
    else
        form_print_json(v, form == VALIDATE_NDJSON, stream);
    return fflush(stream) != 0 || ferror(stream) != 0
               ? fail(err, ERR_IO, "the output refuses to be written")
               : OK;
}
