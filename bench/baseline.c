// What a large baseline costs: to load, in memory, and for each finding. Events do not meet it at all.
//
// usage: bench_baseline STORE ENTRIES [FINDINGS]
// Fills a store that has no baseline with so many entries, every second of them expected.

#include "score/baseline.h"
#include "platform/platform.h"
#include "store/baseline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FINDINGS_DEFAULT 1000000u
#define DAY              20514

static const struct store_act act = { .who = STR_INIT("bench"), .now_ns = 1 };

static bool is_filled(const char *store);
static void fill(const char *store, uint64_t entries);
static void put(struct db *db, const struct baseline_hosts *hosts, uint64_t i);
static uint64_t judge_all(const struct baseline *b, uint64_t entries, uint64_t findings);
static double now(void);
static void check(enum status status, const struct err *err);

int main(int argc, char **argv)
{
    uint64_t entries = 0;
    uint64_t findings = FINDINGS_DEFAULT;
    struct baseline *b = NULL;
    struct err err;
    if (argc < 3 || !str_to_u64(str_of(argv[2]), &entries) || entries == 0 ||
        (argc > 3 && !str_to_u64(str_of(argv[3]), &findings))) {
        (void)fputs("usage: bench_baseline STORE ENTRIES [FINDINGS]\n", stderr);
        return 2;
    }
    if (!is_filled(argv[1])) {
        fill(argv[1], entries);
        return 0;  // A second run measures, with no memory in use but what it needs.
    }
    const uint64_t before = platform_peak_memory();
    double began = now();
    check(baseline_open(str_of(argv[1]), &b, &err), &err);
    const double load = now() - began;
    const double octets = (double)(platform_peak_memory() - before);
    began = now();
    const uint64_t expected = judge_all(b, entries, findings);
    const double judged = now() - began;
    (void)printf(
        "baseline       %7zu entries   loaded in %.2f s, %.0f octets each; a finding is judged "
        "in %.2f us (%" PRIu64 " of %" PRIu64 " expected)\n",
        baseline_entry_count(b), load, octets / (double)baseline_entry_count(b),
        judged * 1e6 / (double)findings, expected, findings);
    baseline_free(b);
    return 0;
}

static bool is_filled(const char *store)
{
    struct db *db = NULL;
    struct baseline_meta meta = { 0 };
    struct err err;
    const bool is_read = store_open(str_of(store), DB_READ, &db, &err) == OK &&
                         baseline_store_meta(db, &meta, &err) == OK;
    db_close(db);
    return is_read && meta.entries[BASELINE_PROPOSAL] > 0;
}

static void fill(const char *store, uint64_t entries)
{
    struct db *db = NULL;
    struct baseline_hosts *hosts = NULL;
    struct err err;
    const struct baseline_run run = { .entries = entries, .events = entries, .last_ns = 1 };
    check(store_open(str_of(store), DB_CREATE, &db, &err), &err);
    check(db_begin(db, &err), &err);
    check(baseline_hosts_open(db, &hosts, &err), &err);
    for (uint64_t i = 0; i < entries; i++)
        put(db, hosts, i);
    check(baseline_store_put_run(db, &act, &run, &err), &err);
    check(db_commit(db, &err), &err);
    baseline_hosts_close(hosts);
    db_close(db);
}

static str actor_of(uint64_t i, char out[64])
{
    const int len = snprintf(out, 64, "TEAM%06" PRIu64 "/com.example.app%" PRIu64, i % 1000, i);
    return (str){ .at = out, .len = (size_t)len };
}

static void put(struct db *db, const struct baseline_hosts *hosts, uint64_t i)
{
    char actor[64];
    bool was_expected;
    struct err err;
    struct baseline_evidence e = { .behaviour = STR("memory-execute"),
                                   .actor = actor_of(i, actor),
                                   .actor_path = STR("/Applications/A.app/Contents/MacOS/A"),
                                   .events = 12,
                                   .first_ns = 1,
                                   .last_ns = 2 };
    day_set_add(&e.days, DAY);
    host_set_add(&e.hosts, (struct host_seen){ .host = i % 50, .events = 12, .first_day = DAY });
    check(baseline_store_put(db, hosts, &e, &was_expected, &err), &err);
    host_set_done(&e.hosts);
    if (i % 2 == 0)
        return;
    struct baseline_row row = { .state = BASELINE_EXPECTED };
    baseline_key_of(e.actor, e.behaviour, e.object, row.key);
    const struct baseline_promotion p = { .owner = STR("bench"),
                                          .reason = STR("bench"),
                                          .expires_s = UINT32_MAX };
    check(baseline_store_promote(db, &act, &row, &p, &err), &err);
}

// Findings of one step, of applications all over the baseline.
static uint64_t judge_all(const struct baseline *b, uint64_t entries, uint64_t findings)
{
    struct arena arena = { 0 };
    uint64_t expected = 0;
    for (uint64_t i = 0; i < findings; i++) {
        char actor[64];
        const str whole = actor_of(i * 7919 % entries, actor);
        const struct rule_facts rule = { .level = LEVEL_HIGH };
        const struct finding_field fields[] = {
            { FIELD_PROCESS_SIGNING_ID, value_of_text(str_from(whole, 11)) },
            { FIELD_PROCESS_TEAM_ID, value_of_text(str_to(whole, 10)) },
            { FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(true) },
            { FIELD_API_PROTECTION, value_of_text(STR("R-X")) },
        };
        const struct finding_step step = { .action = ACTION_MPROTECT,
                                           .fields = fields,
                                           .field_count = COUNT_OF(fields) };
        struct finding finding = { .rule = &rule, .steps = &step, .step_count = 1 };
        baseline_judge(b, &finding, &arena);
        expected += finding.verdict == VERDICT_EXPECTED;
        arena_reset(&arena);
    }
    arena_done(&arena);
    return expected;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(enum status status, const struct err *err)
{
    if (status == OK)
        return;
    (void)fprintf(stderr, "bench_baseline: %s\n", err->text);
    exit(1);
}
