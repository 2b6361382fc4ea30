// What the pack was made with: each file that was read, with its hash, and each setting that something in it follows
// from. The site's own files stand beside, as they are.

#include "evidence/gather.h"
#include "match/rule_paths.h"
#include "sink/json.h"
#include "store/exceptions.h"

#define NS_PER_HOUR INT64_C(3600000000000)

static enum status add_configs(struct evidence_gathering *g, struct err *err);
static enum status add_about(struct evidence_gathering *g, struct err *err);
static enum status add_rules(struct evidence_gathering *g, struct buf *b, struct err *err);
static enum status add_source(struct buf *b, const char *key, str name, struct err *err);
static void add_member(struct buf *b, const struct evidence_member *member);
static void add_settings(const struct evidence_gathering *g, struct buf *b);

enum status evidence_gather_configuration(struct evidence_gathering *g, struct err *err)
{
    const enum status status = add_configs(g, err);
    return status == OK ? add_about(g, err) : status;
}

static enum status add_configs(struct evidence_gathering *g, struct err *err)
{
    struct arena arena = { 0 };
    enum status status = OK;
    for (size_t i = 0; i < g->o->config_count && status == OK; i++) {
        const str base = str_base_name(g->o->configs[i]);
        const str name = arena_printf(&arena, "configuration/%.*s", STR_ARG(base));
        status = evidence_members_add_file(g->m, name, g->o->configs[i], err);
    }
    arena_done(&arena);
    return status;
}

static enum status add_about(struct evidence_gathering *g, struct err *err)
{
    const struct evidence_options *o = g->o;
    struct buf *b = evidence_members_begin(g->m, STR("configuration.json"));
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("program"), o->about.program);
    sink_json_text(b, STR("from"), o->about.from);
    sink_json_text(b, STR("to"), o->about.to);
    sink_json_open(b, STR("store"), '{');
    sink_json_text(b, STR("kind"),
                   db_kind(g->db) == DB_POSTGRES ? STR("postgresql") : STR("sqlite"));
    sink_json_int(b, STR("version"), store_version());
    sink_json_close(b, '}');
    enum status status = add_rules(g, b, err);
    if (status == OK)
        status = add_source(b, "exceptions", o->exceptions, err);
    if (status == OK)
        status = add_source(b, "baseline", o->baseline, err);
    if (status != OK) {
        evidence_members_drop(g->m);
        return status;
    }
    sink_json_text_known(b, STR("scenarios"), o->scenarios);
    sink_json_open(b, STR("configuration"), '[');
    for (size_t i = 0; i < evidence_members_count(g->m); i++)
        if (str_starts_with(evidence_members_at(g->m, i)->name, STR("configuration/")))
            add_member(b, evidence_members_at(g->m, i));
    sink_json_close(b, ']');
    add_settings(g, b);
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    return evidence_members_end(g->m, err);
}

// One hash for all files of the rules, and each of those that are no rules by itself.
static enum status add_rules(struct evidence_gathering *g, struct buf *b, struct err *err)
{
    const struct evidence_members *m = g->m;
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    struct buf list;
    size_t files = 0;
    buf_init(&list, EVIDENCE_FILE_MAX);
    sink_json_open(b, STR("rules"), '{');
    sink_json_text(b, STR("path"), g->o->rules);
    sink_json_open(b, STR("lists_and_sensors"), '[');
    for (size_t i = 0; i < evidence_members_count(m); i++) {
        const struct evidence_member *member = evidence_members_at(m, i);
        if (!str_starts_with(member->name, STR("rules/")))
            continue;
        files++;
        buf_printf(&list, "%s  %.*s\n", member->sha256, STR_ARG(member->name));
        if (rule_path_is_lists(member->name) || rule_path_is_sensors(member->name))
            add_member(b, member);
    }
    sink_json_close(b, ']');
    evidence_sha256(bytes_of_str(buf_str(&list)), hash);
    sink_json_int(b, STR("files"), (int64_t)files);
    sink_json_text(b, STR("sha256_of_sums"), str_of(hash));
    sink_json_close(b, '}');
    const bool is_whole = !list.failed;
    buf_done(&list);
    return is_whole ? OK : fail(err, ERR_LIMIT, "the names of the rules are too long");
}

static void add_member(struct buf *b, const struct evidence_member *member)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("member"), member->name);
    sink_json_int(b, STR("size"), (int64_t)member->size);
    sink_json_text(b, STR("sha256"), str_of(member->sha256));
    sink_json_close(b, '}');
}

// A store changes meanwhile: of it only the name is told.
static enum status add_source(struct buf *b, const char *key, str name, struct err *err)
{
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    uint64_t size = 0;
    if (name.len == 0 || exceptions_store_is(name)) {
        sink_json_text(b, str_of(key), name.len > 0 ? name : STR("the store"));
        return OK;
    }
    const enum status status = evidence_hash_file(name, &size, hash, err);
    if (status != OK) {
        err_prefix(err, "%.*s", STR_ARG(name));
        return status;
    }
    sink_json_open(b, str_of(key), '{');
    sink_json_text(b, STR("path"), name);
    sink_json_int(b, STR("size"), (int64_t)size);
    sink_json_text(b, STR("sha256"), str_of(hash));
    sink_json_close(b, '}');
    return OK;
}

static void add_settings(const struct evidence_gathering *g, struct buf *b)
{
    const struct pipeline_options *p = g->o->pipeline;
    sink_json_open(b, STR("settings"), '{');
    sink_json_int(b, STR("silent_after_hours"), POSTURE_SILENT_AFTER_NS / NS_PER_HOUR);
    sink_json_int(b, STR("coverage_gap_hours"), COVERAGE_GAP_NS / NS_PER_HOUR);
    sink_json_int(b, STR("retention_days"), g->o->retention_days);
    sink_json_int(b, STR("validation_partials_max"), p->match.partials_max);
    sink_json_int(b, STR("validation_processes_max"), p->processes_max);
    sink_json_close(b, '}');
}
