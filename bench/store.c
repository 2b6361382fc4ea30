// What the store costs: findings into it in batches, and pages of a long queue.
//
// usage: bench_store DB FINDINGS [RATE]
// Makes DB, which must not be there. Findings are put beside bare rows of the same octets, which is
// as fast as the file is; each page of the queue is asked for by a new filter. With RATE it puts so many findings
// a second and does nothing else.

#include "store/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH         1000u
#define RECORD_OCTETS 3000u  // About what a finding of three steps has.
#define PAGES         400u
#define PAGE          100u
#define HOSTS         5000u
#define RULES         71u
#define LEVELS        5u
#define DECIDED       40u

// What the texts of a finding are in.
struct names {
    char id[33];
    char rule[8];
    char host[32];
};

static double put_findings(struct db *db, uint64_t count, uint64_t rate);
static double put_bare(struct db *db, uint64_t count);
static struct finding_row make_finding(uint64_t i, str record, struct names *names);
typedef struct findings_filter choose_filter(uint64_t page, uint64_t count, char room[64]);
static void ask(struct db *db, const char *what, choose_filter *choose, uint64_t count);
static struct findings_filter filter_of(uint64_t page, uint64_t count, char room[64]);
static struct findings_filter rare_filter_of(uint64_t page, uint64_t count, char room[64]);
static void decide_few(struct db *db);
static void name_finding(uint64_t i, char out[33]);
static void take(void *context, const struct finding_row *row);
static int compare(const void *a, const void *b);
static void wait_until(double when);
static double now(void);
static void check(enum status status, const struct err *err);

int main(int argc, char **argv)
{
    uint64_t count = 0;
    uint64_t rate = 0;
    struct db *db = NULL;
    struct err err;
    if (argc < 3 || argc > 4 || !str_to_u64(str_of(argv[2]), &count) || count < BATCH ||
        (argc == 4 && !str_to_u64(str_of(argv[3]), &rate))) {
        (void)fputs("usage: bench_store DB FINDINGS [RATE] (1000 or more)\n", stderr);
        return 2;
    }
    check(store_open(str_of(argv[1]), DB_CREATE, &db, &err), &err);
    if (rate > 0) {
        (void)put_findings(db, count, rate);
        db_close(db);
        return 0;
    }
    check(db_run(db, "CREATE TABLE bench_bare (id TEXT PRIMARY KEY, record BYTEA NOT NULL)", &err),
          &err);
    const double bare = put_bare(db, count < 100000 ? count : 100000);
    check(db_run(db, "DROP TABLE bench_bare", &err), &err);
    const double findings = put_findings(db, count, 0);
    (void)printf("put            %7.0f findings a second, batches of %u: %.2f of bare rows; over "
                 "10,000\n",
                 findings, BATCH, findings / bare);
    ask(db, "queue", filter_of, count);
    decide_few(db);
    ask(db, "rare", rare_filter_of, count);
    db_close(db);
    return 0;
}

static double put_bare(struct db *db, uint64_t count)
{
    char record[RECORD_OCTETS];
    struct err err;
    memset(record, 'x', sizeof record);
    const double began = now();
    for (uint64_t i = 0; i < count; i++) {
        char id[33];
        struct db_statement *s = NULL;
        name_finding(i, id);
        if (i % BATCH == 0)
            check(db_begin(db, &err), &err);
        check(db_statement(db, "INSERT INTO bench_bare (id, record) VALUES ($1, $2)", &s, &err),
              &err);
        db_bind_text(s, 1, str_of(id));
        db_bind_octets(s, 2, (bytes){ .at = (const uint8_t *)record, .len = sizeof record });
        check(db_do(s, &err), &err);
        if ((i + 1) % BATCH == 0 || i + 1 == count)
            check(db_commit(db, &err), &err);
    }
    return (double)count / (now() - began);
}

// As the sink does, with the entries of the audit log.
static double put_findings(struct db *db, uint64_t count, uint64_t rate)
{
    static struct finding_row rows[BATCH];
    static struct names names[BATCH];
    const struct store_act act = { .who = STR("bench"), .now_ns = 1 };
    char record[RECORD_OCTETS];
    struct err err;
    memset(record, 'x', sizeof record);
    const double began = now();
    for (uint64_t i = 0; i < count; i++) {
        rows[i % BATCH] =
            make_finding(i, (str){ .at = record, .len = sizeof record }, &names[i % BATCH]);
        if ((i + 1) % BATCH == 0 || i + 1 == count)
            check(findings_keep(db, &act, rows, (size_t)(i % BATCH) + 1, &err), &err);
        if ((i + 1) % BATCH == 0 && rate > 0)
            wait_until(began + (double)(i + 1) / (double)rate);
    }
    return (double)count / (now() - began);
}

static struct finding_row make_finding(uint64_t i, str record, struct names *names)
{
    name_finding(i, names->id);
    (void)snprintf(names->rule, sizeof names->rule, "S%02u", (unsigned)(i % RULES));
    (void)snprintf(names->host, sizeof names->host, "mac-%04u", (unsigned)(i * 7919 % HOSTS));
    return (struct finding_row){
        .id = str_of(names->id),
        .rule = str_of(names->rule),
        .rule_version = 1,
        .title = STR("Trusted process maps a library of unknown signer from a writable place"),
        .level = (int64_t)(i % LEVELS),
        .score = (int64_t)(i * 31 % 101),
        .confidence = 90,
        .time_ns = (int64_t)i * 1000000,
        .host_id = str_of(names->host),
        .host_name = str_of(names->host),
        .executable = STR("/Applications/Example.app/Contents/MacOS/Example"),
        .record = record,
    };
}

static void ask(struct db *db, const char *what, choose_filter *choose, uint64_t count)
{
    double took[PAGES];
    struct err err;
    uint64_t rows = 0;
    for (uint64_t i = 0; i < PAGES; i++) {
        char room[64];
        const struct findings_filter filter = choose(i, count, room);
        const double began = now();
        check(findings_list(db, &filter, take, &rows, &err), &err);
        took[i] = now() - began;
    }
    qsort(took, PAGES, sizeof *took, compare);
    (void)printf("%-14s %7.2f ms      a page of %u of %" PRIu64
                 " findings at p95 (half under %.2f, worst %.2f; %" PRIu64 " rows); under 100\n",
                 what, took[PAGES * 95 / 100] * 1e3, PAGE, count, took[PAGES / 2] * 1e3,
                 took[PAGES - 1] * 1e3, rows);
}

// The first page and later ones, of all, of a rule, of a Mac, of a level, of what nobody has.
static struct findings_filter filter_of(uint64_t page, uint64_t count, char room[64])
{
    struct findings_filter f = { .limit = PAGE, .only_unclosed = page % 2 == 0 };
    if (page % 5 == 1) {
        (void)snprintf(room, 64, "S%02u", (unsigned)(page % RULES));
        f.rule = str_of(room);
    } else if (page % 5 == 2) {
        (void)snprintf(room, 64, "mac-%04u", (unsigned)(page * 13 % HOSTS));
        f.host = str_of(room);
    } else if (page % 5 == 3) {
        f.least_level = (int64_t)(page % 5);
    } else if (page % 5 == 4) {
        f.after_score = (int64_t)(page % 101);
        f.after_time_ns = (int64_t)(page * count / PAGES) * 1000000;
        f.after_id = STR("8");
    }
    return f;
}

// What few findings or none are: those would be looked for among all.
static struct findings_filter rare_filter_of(uint64_t page, uint64_t count, char room[64])
{
    static const struct findings_filter rare[] = {
        { .limit = PAGE, .only_unclosed = true, .assignee = STR_INIT("bob") },
        { .limit = PAGE, .has_status = true, .status = FINDING_ASSIGNED },
        { .limit = PAGE, .has_status = true, .status = FINDING_CLOSED },
        { .limit = PAGE, .has_status = true, .status = FINDING_CLOSED, .rule = STR_INIT("S03") },
        { .limit = PAGE, .only_unclosed = true, .least_level = LEVELS },
        { .limit = PAGE, .only_unclosed = true, .since_ns = INT64_MAX },
        { .limit = PAGE, .only_unclosed = true, .rule = STR_INIT("S03"), .least_level = LEVELS },
    };
    (void)count;
    (void)room;
    return rare[page % COUNT_OF(rare)];
}

static void decide_few(struct db *db)
{
    const struct store_act act = { .who = STR("bench"), .now_ns = 2 };
    struct err err;
    for (uint64_t i = 0; i < DECIDED; i++) {
        char id[33];
        name_finding(i, id);
        check(findings_assign(db, &act, str_of(id), STR("bob"), &err), &err);
        if (i % 2 == 0)
            check(findings_close(db, &act, str_of(id), DISPOSITION_FALSE_POSITIVE, STR("{}"), &err),
                  &err);
    }
}

static void name_finding(uint64_t i, char out[33])
{
    (void)snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, i * UINT64_C(0x9e3779b97f4a7c15), i);
}

static void take(void *context, const struct finding_row *row)
{
    uint64_t *rows = context;
    *rows += row->id.len > 0;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void wait_until(double when)
{
    const double seconds = when - now();
    if (seconds <= 0)
        return;
    const struct timespec t = { .tv_sec = (time_t)seconds,
                                .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    (void)nanosleep(&t, NULL);
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
    (void)fprintf(stderr, "bench_store: %s\n", err->text);
    exit(1);
}
