// Compares the engine with a naive model of the language on random sequences and random events.
//
// usage: model [--cases N] [--seed S] [--case K] [--show] [--trace]
//
// Each case depends on the seed and its number alone. At the first difference the case is printed,
// made smaller, printed again, and the exit status is 1; so it is where the cases have not reached
// everything that the table at the end lists.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "engine.h"
#include "generate.h"
#include "reference.h"
#include "shrink.h"
#include "trial.h"
#include "write.h"

#define CASES_DEFAULT 2000u
#define COMPLETE_FROM 1000u  // With fewer cases the table says nothing.

struct arguments {
    uint64_t cases;
    uint64_t seed;
    uint64_t only;  // Or UINT64_MAX.
    bool show;      // Each case, in full.
    bool trace;     // Each case's number before it is run, for one that does not come back.
};

static struct outcome expected;
static struct outcome given;

static bool read_arguments(int argc, char **argv, struct arguments *out);
static bool read_number(const char *text, uint64_t *out);
static int run(const struct arguments *a);
static bool compare(const struct trial *t, bool show);
static bool differs(const struct trial *t);
static bool differs_alike(const struct trial *t);
static void print_difference(const struct trial *t);

int main(int argc, char **argv)
{
    struct arguments arguments = { .cases = CASES_DEFAULT, .seed = 1, .only = UINT64_MAX };
    if (!read_arguments(argc, argv, &arguments)) {
        fprintf(stderr, "usage: model [--cases N] [--seed S] [--case K] [--show] [--trace]\n");
        return 2;
    }
    return run(&arguments);
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    for (int i = 1; i < argc; i++) {
        uint64_t *number = NULL;
        const bool show = strcmp(argv[i], "--show") == 0;
        const bool trace = strcmp(argv[i], "--trace") == 0;
        out->show = out->show || show;
        out->trace = out->trace || trace;
        if (show || trace)
            continue;
        if (strcmp(argv[i], "--cases") == 0)
            number = &out->cases;
        else if (strcmp(argv[i], "--seed") == 0)
            number = &out->seed;
        else if (strcmp(argv[i], "--case") == 0)
            number = &out->only;
        if (number == NULL || ++i == argc || !read_number(argv[i], number))
            return false;
    }
    return true;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static int run(const struct arguments *a)
{
    static struct trial trial;
    if (a->only != UINT64_MAX) {
        generate_trial(a->seed, a->only, &trial);
        return compare(&trial, a->show) ? 0 : 1;
    }
    printf("%" PRIu64 " cases of seed %" PRIu64 "\n", a->cases, a->seed);
    for (uint64_t number = 0; number < a->cases; number++) {
        if (a->trace)
            fprintf(stderr, "case %" PRIu64 "\n", number);
        generate_trial(a->seed, number, &trial);
        if (!compare(&trial, a->show))
            return 1;
    }
    const bool complete = coverage_print();
    if (a->cases >= COMPLETE_FROM && !complete) {
        printf("what is marked NEVER was not compared\n");
        return 1;
    }
    return 0;
}

static bool compare(const struct trial *t, bool show)
{
    const bool same = !differs(t);
    coverage_add(t, &expected);
    if (show && same) {
        write_trial(t, stdout);
        write_outcome("both", &given, stdout);
    }
    if (!same)
        print_difference(t);
    return same;
}

static bool differs(const struct trial *t)
{
    reference_run(t, &expected);
    engine_run(t, &given);
    return !outcome_equals(&expected, &given);
}

// What the difference was that is being made smaller: another one must not take its place.
static const char *complaint_sought;

static bool differs_alike(const struct trial *t)
{
    return differs(t) && (given.complaint == NULL) == (complaint_sought == NULL) &&
           (given.complaint == NULL || strcmp(given.complaint, complaint_sought) == 0);
}

static void print_difference(const struct trial *t)
{
    static struct trial smaller;
    printf("\nDIFFERENCE in case %" PRIu64 " of seed %" PRIu64 "\n", t->number, t->seed);
    write_trial(t, stdout);
    write_outcome("model", &expected, stdout);
    write_outcome("engine", &given, stdout);

    smaller = *t;
    complaint_sought = given.complaint;
    shrink(&smaller, differs_alike);
    differs(&smaller);
    printf("\nmade smaller:\n");
    write_trial(&smaller, stdout);
    write_outcome("model", &expected, stdout);
    write_outcome("engine", &given, stdout);
    printf("\nthis case alone: model --seed %" PRIu64 " --case %" PRIu64 "\n", t->seed, t->number);
}
