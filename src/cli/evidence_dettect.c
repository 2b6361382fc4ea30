// pomona evidence dettect: one of DeTT&CT's files by itself.

#include "cli/evidence_pack.h"

#include "evidence/dettect.h"
#include "pipeline_fidelity.h"
#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX ((size_t)64 * 1024 * 1024)

struct printing {
    struct evidence_measure measure;
    struct evidence_attack attack;
    struct evidence_dettect dettect;
};

static enum status load_rules(const struct evidence_pack_options *o, struct rules **out,
                              struct err *err);
static enum status print(struct db *db, const struct rules *rules, int64_t at_ns,
                         int64_t retention_days, bool is_sources, struct err *err);
static enum status read_all(struct printing *p, int64_t at_ns, struct err *err);
static void see_entry(void *context, const struct audit_entry *entry);

int evidence_dettect_print(struct evidence_pack_options *o, str which)
{
    const bool is_sources = str_eq(which, STR("data-sources"));
    struct evidence_options e = { .to_ns = 0 };
    struct rules *rules = NULL;
    struct db *db = NULL;
    struct err err;
    if (!is_sources && !str_eq(which, STR("techniques")))
        return cli_fail(EXIT_USAGE,
                        "evidence dettect takes data-sources or techniques, not \"%.*s\"",
                        STR_ARG(which));
    enum status status = evidence_pack_retention(o->retention, &e.retention_days, &err);
    if (status == OK && o->period.len > 0)
        status = evidence_pack_period(o->period, &e, &err);
    if (status == OK)
        status = load_rules(o, &rules, &err);
    if (status != OK)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    int code = store_options_open(&o->store, DB_READ, &db);
    if (code == EXIT_DONE) {
        status = print(db, rules, e.to_ns, e.retention_days, is_sources, &err);
        code = status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
    }
    db_close(db);
    rules_free(rules);
    return code;
}

static enum status load_rules(const struct evidence_pack_options *o, struct rules **out,
                              struct err *err)
{
    struct arena arena = { 0 };
    const str path = o->rules.len > 0 ? o->rules : cli_default_rules(&arena);
    const enum status status =
        path.len == 0 ? fail(err, ERR_CONFIG, "no rules came with the program; give --rules PATH")
                      : rules_load(&path, 1, NULL, out, err);
    arena_done(&arena);
    return status;
}

static enum status print(struct db *db, const struct rules *rules, int64_t at_ns,
                         int64_t retention_days, bool is_sources, struct err *err)
{
    struct buf out;
    struct fidelity *fidelity = pipeline_fidelity_new(rules, NULL);
    struct printing *p = memory_zeroed(1, sizeof *p);
    p->dettect = (struct evidence_dettect){ .measure = &p->measure,
                                            .rules = rules,
                                            .needs = coverage_options(fidelity),
                                            .attack = &p->attack,
                                            .db = db,
                                            .retention_days = retention_days };
    buf_init(&out, TEXT_MAX);
    enum status status = store_evidence_begin(db, err);
    if (status == OK) {
        status = read_all(p, at_ns, err);
        if (status == OK && is_sources)
            evidence_dettect_sources(&p->dettect, &out);
        else if (status == OK)
            status = evidence_dettect_techniques(&p->dettect, &out, err);
        store_evidence_end(db);
    }
    if (status == OK && out.failed)
        status = fail(err, ERR_LIMIT, "more than %zu octets", TEXT_MAX);
    if (status == OK)
        (void)fwrite(out.at, 1, out.len, stdout);
    buf_done(&out);
    evidence_attack_done(&p->attack);
    evidence_measure_done(&p->measure);
    fidelity_free(fidelity);
    free(p);
    return status;
}

static enum status read_all(struct printing *p, int64_t at_ns, struct err *err)
{
    struct db *db = p->dettect.db;
    enum status status = evidence_measure_read(db, at_ns, &p->measure, err);
    if (status == OK)
        status = evidence_attack_read(db, p->dettect.rules, &p->attack, err);
    return status == OK ? audit_list(db, see_entry, p, err) : status;
}

static void see_entry(void *context, const struct audit_entry *entry)
{
    struct printing *p = context;
    if (p->dettect.registered_ns == 0 && str_eq(entry->action, STR("coverage.keep")))
        p->dettect.registered_ns = entry->at_ns;
}
