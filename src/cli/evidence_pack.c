#include "cli/evidence_pack.h"

#include "cli/run_options.h"
#include "score/exception.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define S_PER_DAY     INT64_C(86400)
#define NS_PER_S      INT64_C(1000000000)
#define DATE_LEN      10u  // "2026-11-01"
#define PERIOD_LEN    (2u * DATE_LEN + 2u)
#define RETENTION_MAX 36500

static int write_pack(struct evidence_pack_options *o, struct evidence_options *e,
                      const struct evidence_key *key);
static int put(struct evidence_pack_options *o, const struct evidence_options *e,
               struct evidence_members *m, const struct evidence_counts *counts,
               const struct evidence_key *key);
static int failed(enum status status, const struct err *err);

int evidence_pack_keygen(const struct evidence_pack_options *o)
{
    struct evidence_key *key = NULL;
    struct err err;
    char fingerprint[EVIDENCE_FINGERPRINT_SIZE];
    if (o->key.len == 0)
        return cli_fail(EXIT_USAGE, "evidence keygen needs --key FILE");
    enum status status = evidence_key_make(&key, &err);
    if (status == OK)
        status = evidence_key_write(key, o->key, &err);
    if (status == OK) {
        evidence_fingerprint_of(evidence_key_public(key), fingerprint);
        (void)printf("key %s\n", fingerprint);
    }
    evidence_key_free(key);
    return status == OK ? EXIT_DONE : failed(status, &err);
}

int evidence_pack_export(struct evidence_pack_options *o)
{
    struct arena arena = { 0 };
    struct evidence_key *key = NULL;
    struct run_options run = { .path_count = 0 };
    struct err err;
    if (o->period.len == 0 || o->key.len == 0 || o->output.len == 0)
        return cli_fail(EXIT_USAGE, "evidence export needs --period FROM..TO, --key FILE and "
                                    "--output PACK");
    struct evidence_options e = {
        .about = { .program = STR("pomona " POMONA_VERSION) },
        .rules = o->rules.len > 0 ? o->rules : cli_default_rules(&arena),
        .exceptions = o->exceptions,
        .baseline = o->baseline,
        .scenarios = o->scenarios,
        .pipeline = &run.pipeline,
        .configs = o->configs,
        .config_count = o->config_count,
        .attachments = o->attachments,
        .attachment_count = o->attachment_count,
    };
    int code = EXIT_DONE;
    run_options_init(&run);
    enum status status = evidence_pack_period(o->period, &e, &err);
    if (status == OK)
        status = evidence_pack_retention(o->retention, &e.retention_days, &err);
    if (status == OK)
        status = evidence_key_read(o->key, EVIDENCE_KEY_PRIVATE, &key, &err);
    if (status != OK)
        code = failed(status, &err);
    else if (e.rules.len == 0)
        code = cli_fail(EXIT_USAGE, "no rules came with the program; give --rules PATH");
    else
        code = write_pack(o, &e, key);
    evidence_key_free(key);
    run_options_done(&run);
    arena_done(&arena);
    return code;
}

enum status evidence_pack_period(str period, struct evidence_options *out, struct err *err)
{
    int64_t from = 0;
    int64_t to = 0;
    const str first = str_to(period, DATE_LEN);
    const str last = str_from(period, DATE_LEN + 2);
    if (period.len != PERIOD_LEN || !str_eq(str_to(str_from(period, DATE_LEN), 2), STR("..")) ||
        !exception_date(first, &from) || !exception_date(last, &to) || from > to)
        return fail(err, ERR_CONFIG,
                    "--period takes two days like 2026-01-01..2026-03-31, not \"%.*s\"",
                    STR_ARG(period));
    out->about.from = first;
    out->about.to = last;
    out->about.end_s = (to + 1) * S_PER_DAY;
    out->from_ns = from * S_PER_DAY * NS_PER_S;
    out->to_ns = (to + 1) * S_PER_DAY * NS_PER_S;
    return OK;
}

enum status evidence_pack_retention(str days, int64_t *out, struct err *err)
{
    *out = EVIDENCE_RETENTION_DAYS;
    if (days.len > 0 && (!str_to_i64(days, out) || *out < 1 || *out > RETENTION_MAX))
        return fail(err, ERR_CONFIG, "--retention takes a number of days, 1 to %d, not \"%.*s\"",
                    RETENTION_MAX, STR_ARG(days));
    return OK;
}

static int write_pack(struct evidence_pack_options *o, struct evidence_options *e,
                      const struct evidence_key *key)
{
    struct db *db = NULL;
    struct err err;
    struct evidence_counts counts;
    int code = store_options_open(&o->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    // What is still to come would seem not to have been.
    if (o->store.act.now_ns < e->to_ns - S_PER_DAY * NS_PER_S) {
        db_close(db);
        return cli_fail(EXIT_USAGE, "--period ends on %.*s, which is still to come",
                        STR_ARG(e->about.to));
    }
    struct evidence_members *m = NULL;
    enum status status = evidence_members_open(o->output, &m, &err);
    if (status == OK)
        status = evidence_gather(db, e, m, &counts, &err);
    db_close(db);
    code = status == OK ? put(o, e, m, &counts, key) : failed(status, &err);
    evidence_members_free(m);
    return code;
}

static int put(struct evidence_pack_options *o, const struct evidence_options *e,
               struct evidence_members *m, const struct evidence_counts *counts,
               const struct evidence_key *key)
{
    struct err err;
    char fingerprint[EVIDENCE_FINGERPRINT_SIZE];
    const size_t members = evidence_members_count(m);
    const enum status status = evidence_pack_write(&e->about, m, key, o->output, &err);
    if (status != OK)
        return failed(status, &err);
    evidence_fingerprint_of(evidence_key_public(key), fingerprint);
    (void)printf("%zu members, %" PRIu64 " %s, %" PRId64 " entries of the audit log\n", members,
                 counts->findings, counts->findings == 1 ? "finding" : "findings",
                 e->about.audit_count);
    (void)printf("key %s\n", fingerprint);
    return EXIT_DONE;
}

int evidence_pack_check(const struct evidence_pack_options *o, str path, struct arena *arena,
                        struct evidence_verified *out)
{
    struct evidence_key *key = NULL;
    struct err err;
    int fd = -1;
    if (o->public_key.len == 0)
        return cli_fail(EXIT_USAGE, "which key should have signed it? Give --public-key FILE");
    enum status status = evidence_key_read(o->public_key, EVIDENCE_KEY_PUBLIC, &key, &err);
    if (status != OK)
        return failed(status, &err);
    status = evidence_open_file(path, &fd, &err);
    if (status == OK)
        status = evidence_pack_verify(fd, key, arena, out, &err);
    if (fd >= 0)
        (void)close(fd);
    evidence_key_free(key);
    if (status == OK)
        return EXIT_DONE;
    const enum exit_code code = status == ERR_CONFIG ? EXIT_USAGE : EXIT_INPUT;
    return cli_fail(code, "%.*s: %s", STR_ARG(path), err.text);
}

static int failed(enum status status, const struct err *err)
{
    return cli_fail(cli_exit_of(status), "%s", err->text);
}
