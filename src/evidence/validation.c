// The rules of the pack through labelled scenarios, and what these were: the hash of every file that was read.

#include "evidence/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum status run(struct evidence_gathering *g, struct err *err);
static enum status add_results(struct evidence_gathering *g, struct err *err);
static enum status add_inputs(struct evidence_gathering *g, struct err *err);
static enum status add_scenario(struct evidence_gathering *g, struct buf *b,
                                const struct scenario *s, struct err *err);
static enum status add_input(struct evidence_gathering *g, struct buf *b, const struct scenario *s,
                             const char *what, str path, struct err *err);

enum status evidence_gather_validation(struct evidence_gathering *g, struct err *err)
{
    if (g->o->scenarios.len == 0)
        return OK;
    enum status status = run(g, err);
    if (status == OK)
        status = add_results(g, err);
    return status == OK ? add_inputs(g, err) : status;
}

static enum status run(struct evidence_gathering *g, struct err *err)
{
    const struct rules_options strict = { .lenient = false };
    const struct validate_options options = {
        .replay = { .pipeline = g->o->pipeline,
                    .rules = g->rules,
                    .rule_paths = &g->o->rules,
                    .rule_path_count = 1,
                    .load = &strict },
    };
    g->validation = memory_zeroed(1, sizeof *g->validation);
    const enum status status = validate_run(&options, &g->o->scenarios, 1, g->validation, err);
    if (status != OK)
        return status;
    const struct matrix *matrix = &g->validation->matrix;
    struct evidence_counts *counts = g->counts;
    counts->scenarios = matrix->scenario_count;
    counts->scenarios_failed = matrix->failed;
    counts->attacks = matrix->attacks.total;
    counts->attacks_found = matrix->attacks.good;
    counts->falsely_raised = matrix->wrong;
    return OK;
}

static enum status add_results(struct evidence_gathering *g, struct err *err)
{
    FILE *file = tmpfile();
    if (file == NULL)
        return fail(err, ERR_IO, "a temporary file: %s", strerror(errno));
    enum status status = validate_print(g->validation, VALIDATE_JSON, 0, false, file, err);
    if (status == OK && (fflush(file) != 0 || lseek(fileno(file), 0, SEEK_SET) != 0))
        status = fail(err, ERR_IO, "a temporary file: %s", strerror(errno));
    if (status == OK)
        status = evidence_members_add_fd(g->m, STR("validation/results.json"), fileno(file), err);
    (void)fclose(file);
    return status;
}

static enum status add_inputs(struct evidence_gathering *g, struct err *err)
{
    struct buf *b = evidence_members_begin(g->m, STR("validation/inputs.csv"));
    enum status status = OK;
    buf_add(b, STR("scenario,what,file,size,sha256\n"));
    for (size_t i = 0; i < g->validation->count && status == OK; i++) {
        status = add_scenario(g, b, &g->validation->results[i].scenario, err);
        evidence_members_spill(g->m);
    }
    if (status == OK)
        return evidence_members_end(g->m, err);
    evidence_members_drop(g->m);
    return status;
}

static enum status add_scenario(struct evidence_gathering *g, struct buf *b,
                                const struct scenario *s, struct err *err)
{
    struct arena arena = { 0 };
    const str file = arena_printf(&arena, "%.*s/%s", STR_ARG(s->directory), SCENARIO_FILE);
    enum status status = add_input(g, b, s, "scenario", file, err);
    for (size_t i = 0; i < s->recording_count && status == OK; i++)
        status = add_input(g, b, s, "recording", s->recordings[i], err);
    if (status == OK && s->lists.len > 0)
        status = add_input(g, b, s, "lists", s->lists, err);
    arena_done(&arena);
    return status;
}

static enum status add_input(struct evidence_gathering *g, struct buf *b, const struct scenario *s,
                             const char *what, str path, struct err *err)
{
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    uint64_t size = 0;
    const enum status status = evidence_hash_file(path, &size, hash, err);
    if (status != OK) {
        err_prefix(err, "%.*s", STR_ARG(path));
        return status;
    }
    str below = str_starts_with(path, s->directory) ? str_from(path, s->directory.len) : path;
    while (str_starts_with(below, STR("/")))
        below = str_from(below, 1);
    g->counts->inputs++;
    evidence_add_cell(b, s->name, false);
    evidence_add_cell(b, str_of(what), false);
    evidence_add_cell(b, below, false);
    evidence_add_number(b, size, false);
    evidence_add_cell(b, str_of(hash), true);
    return OK;
}
