#include "cli/run_options.h"

#include "cli/problems.h"
#include "platform/platform.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MIN       1024u
#define THREADS_DEFAULT_MAX 8u
#define IDLE_MS \
    250  // A pipe that gives nothing for so long makes nobody wait for what was held back.

static bool is_live_input(str path);
static int64_t now_ns(void *context);
static enum status take_count(str value, const char *name, uint32_t min, uint32_t max,
                              uint32_t *out, struct err *err);
static int finish(const struct pipeline *p, enum status status, const struct err *err);
static bool knows_rule(const void *context, str rule);
static enum status load_exceptions(struct run_options *r, const struct rules *rules,
                                   size_t *refused, struct err *err);
static enum status load_profiles(struct run_options *r, struct rules *rules, struct err *err);

void run_options_init(struct run_options *r)
{
    const unsigned processors = platform_processors();
    r->pipeline = (struct pipeline_options){
        .source = { .stop = cli_stop_on_signals(), .idle_ms = IDLE_MS },
        .match = { .partials_max = PARTIALS_MAX_DEFAULT },
        .processes_max = PROCESSES_MAX_DEFAULT,
        .threads = processors < THREADS_DEFAULT_MAX ? processors : THREADS_DEFAULT_MAX,
    };
}

void run_options_done(struct run_options *r)
{
    free(r->paths);
    exceptions_free(r->exceptions);
    arena_done(&r->arena);
}

void run_options_take_paths(struct run_options *r, char **paths, int count)
{
    r->path_count = (size_t)count;
    r->paths = memory_zeroed(r->path_count, sizeof *r->paths);
    bool is_here = false;
    for (int i = 0; i < count; i++) {
        r->paths[i] = str_of(paths[i]);
        is_here |= str_eq(r->paths[i], STR("-"));
        r->pipeline.order.is_live |= is_live_input(r->paths[i]);
    }
    r->pipeline.order.now_ns = now_ns;
    // Several files are several Macs unless --host says otherwise: two of them have the same pids.
    struct source_options *source = &r->pipeline.source;
    source->host_from_filename |= count > 1 && source->host.len == 0;
    // What lies at a path here says something of this Mac only (decision 0004).
    if (!r->images_chosen)
        r->pipeline.read_images = is_here && source->host.len == 0;
}

// Standard input that may wait for more: a pipe, a terminal, a socket.
static bool is_live_input(str path)
{
    struct stat st;
    return str_eq(path, STR("-")) && fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
}

static int64_t now_ns(void *context)
{
    struct timespec now;
    (void)context;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum status run_options_set(struct run_options *r, int option, str value, struct err *err)
{
    struct pipeline_options *o = &r->pipeline;
    switch (option) {
    case RUN_OPT_RULES:
        if (r->rule_path_count == RUN_RULE_PATHS_MAX)
            return fail(err, ERR_CONFIG, "--rules may be given %u times", RUN_RULE_PATHS_MAX);
        r->rule_paths[r->rule_path_count++] = value;
        return OK;
    case RUN_OPT_LENIENT:
        r->rules.lenient = true;
        return OK;
    case RUN_OPT_HOST:
        if (value.len == 0 || value.len > HOST_TEXT_MAX)
            return fail(err, ERR_CONFIG, "--host takes a name of 1 to %u octets", HOST_TEXT_MAX);
        o->source.host = value;
        return OK;
    case RUN_OPT_HOST_FROM:
        o->source.host_from_filename = true;
        return OK;
    case RUN_OPT_LINKS:
        o->links_path = value;
        return OK;
    case RUN_OPT_PARTIALS:
        return take_count(value, "--partials-max", 1, INT32_MAX, &o->match.partials_max, err);
    case RUN_OPT_DIALECT:
        o->decode.is_forced = true;
        o->decode.dialect = dialects_find(value);
        return o->decode.dialect < dialects_count()
                   ? OK
                   : fail(err, ERR_CONFIG, "--dialect knows no sensor \"%.*s\"; --help lists them",
                          STR_ARG(value));
    case RUN_OPT_BASELINE:
        o->baseline_path = value;
        return OK;
    case RUN_OPT_THREADS:
        return take_count(value, "--threads", 1, PIPELINE_THREADS_MAX, &o->threads, err);
    case RUN_OPT_PROCESSES:
        return take_count(value, "--processes-max", PROCESSES_MIN, INT32_MAX, &o->processes_max,
                          err);
    default:
        o->read_images = option == RUN_OPT_IMAGES;
        r->images_chosen = true;
        return OK;
    }
}

static enum status take_count(str value, const char *name, uint32_t min, uint32_t max,
                              uint32_t *out, struct err *err)
{
    uint64_t n;
    if (!str_to_u64(value, &n) || n < min || n > max)
        return fail(err, ERR_CONFIG, "%s takes a number from %u to %u, not \"%.*s\"", name, min,
                    max, STR_ARG(value));
    *out = (uint32_t)n;
    return OK;
}

int run_options_load(struct run_options *r, struct rules **out, size_t *refused)
{
    struct rules *rules = NULL;
    struct err err;

    if (r->rule_path_count == 0) {
        r->rule_paths[0] = cli_default_rules(&r->arena);
        if (r->rule_paths[0].len == 0)
            return cli_fail(EXIT_USAGE, "no rules beside the program; name some with --rules PATH");
        r->rule_path_count = 1;
    }
    if (rules_load(r->rule_paths, r->rule_path_count, &r->rules, &rules, &err) != OK)
        return cli_fail(EXIT_USAGE, "%s", err.text);
    *refused = problems_print(rules).refused;
    int code = rules_count(rules) == 0 ? cli_fail(EXIT_USAGE, "no rule is left to run") : EXIT_DONE;
    if (code == EXIT_DONE && load_profiles(r, rules, &err) != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    if (code == EXIT_DONE && load_exceptions(r, rules, refused, &err) != OK)
        code = cli_fail(EXIT_USAGE, "%s", err.text);
    if (code == EXIT_DONE)
        *out = rules;
    else
        rules_free(rules);
    return code;
}

static enum status load_exceptions(struct run_options *r, const struct rules *rules,
                                   size_t *refused, struct err *err)
{
    const struct exception_rules known = { .knows = knows_rule, .context = rules };
    if (r->exceptions_path.len == 0)
        return OK;
    const enum status status = exceptions_load(r->exceptions_path, &known, &r->exceptions, err);
    if (status != OK)
        return status;
    (void)problems_print_exceptions(r->exceptions);
    *refused += exceptions_refused(r->exceptions);
    r->pipeline.exceptions = r->exceptions;
    return OK;
}

static bool knows_rule(const void *context, str rule)
{
    const struct rules *rules = context;
    return rules_find(rules, rule) < rules_count(rules);
}

// What sensors can show is the same whatever rules a site runs.
static enum status load_profiles(struct run_options *r, struct rules *rules, struct err *err)
{
    struct stat st;
    const str directory = cli_default_rules(&r->arena);
    if (rules_profiles(rules)->count > 0 || directory.len == 0)
        return OK;
    const str path = arena_printf(&r->arena, "%.*s/sensors.yaml", STR_ARG(directory));
    return stat(path.at, &st) == 0 ? rules_load_profiles(rules, path, err) : OK;
}

int run_options_run(const struct run_options *r, const struct rules *rules, FILE *stream,
                    run_done *done, void *context)
{
    struct pipeline p;
    struct err err = { .text = "" };
    int code;

    enum status status = pipeline_open(&p, &r->pipeline, rules, stream, &err);
    if (status == OK)
        status =
            source_open(r->paths, r->path_count, &r->pipeline.source, &p.hosts, &p.source, &err);
    if (status != OK) {
        code = cli_fail(cli_exit_of(status), "%s", err.text);
    } else {
        status = pipeline_run(&p, &err);
        code = done(context, &p, finish(&p, status, &err));
        // Only a run that has ended has counted.
        if (r->exceptions != NULL && exceptions_save_hits(r->exceptions, &err) != OK)
            code = cli_fail(EXIT_INPUT, "%s", err.text);
    }
    pipeline_close(&p);
    return code;
}

static int finish(const struct pipeline *p, enum status status, const struct err *err)
{
    size_t count;
    const struct source_input_failure *failures = source_failures(p->source, &count);
    for (size_t i = 0; i < count; i++)
        (void)cli_fail(EXIT_INPUT, "%.*s: %.*s", STR_ARG(failures[i].path),
                       STR_ARG(failures[i].why));
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err->text);
    return count > 0 ? EXIT_INPUT : EXIT_DONE;
}
