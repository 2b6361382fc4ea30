// The rules: their files as they are, what is known of each, and the techniques that they are of.

#include "match/rules.h"
#include "evidence/gather.h"
#include "match/rule_paths.h"
#include "sink/json.h"

#include <stdlib.h>

struct technique {
    str id;
    size_t rules;
};

static enum status add_files(str root, struct evidence_members *m, struct err *err);
static str member_name_of(str root, str path, struct arena *arena);
static enum status add_table(const struct rules *rules, str root, struct evidence_members *m,
                             struct err *err);
static enum status add_layer(struct evidence_gathering *g, struct err *err);
static void add_gradient(struct buf *b, const struct technique *at, size_t count);
static struct technique *count_techniques(const struct rules *rules, size_t *count);
static int by_id(const void *a, const void *b);

enum status evidence_gather_rules(struct evidence_gathering *g, struct err *err)
{
    size_t problems = 0;
    const struct rule_problem *at = rules_problems(g->rules, &problems);
    g->counts->rules = rules_count(g->rules);
    for (size_t i = 0; i < problems; i++)
        g->counts->rules_refused += at[i].is_warning ? 0 : 1;
    enum status status = add_files(g->o->rules, g->m, err);
    if (status == OK)
        status = add_table(g->rules, g->o->rules, g->m, err);
    return status == OK ? add_layer(g, err) : status;
}

static enum status add_files(str root, struct evidence_members *m, struct err *err)
{
    struct arena arena = { 0 };
    struct rule_paths paths = { 0 };
    enum status status = rule_paths_add(&paths, root, &arena, err);
    for (size_t i = 0; i < paths.count && status == OK; i++)
        status = evidence_members_add_file(m, member_name_of(root, paths.at[i], &arena),
                                           paths.at[i], err);
    rule_paths_done(&paths);
    arena_done(&arena);
    return status;
}

static str member_name_of(str root, str path, struct arena *arena)
{
    str below = str_base_name(path);
    if (path.len > root.len && str_starts_with(path, root))
        below = str_from(path, root.len);
    while (str_starts_with(below, STR("/")))
        below = str_from(below, 1);
    return arena_printf(arena, "rules/%.*s", STR_ARG(below));
}

static enum status add_table(const struct rules *rules, str root, struct evidence_members *m,
                             struct err *err)
{
    struct arena arena = { 0 };
    struct buf *b = evidence_members_begin(m, STR("rules.csv"));
    buf_add(b, STR("id,version,level,title,techniques,file,sha256\n"));
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        const str name = member_name_of(root, rule->path, &arena);
        const struct evidence_member *file = evidence_members_find(m, name);
        str techniques = STR_EMPTY;
        for (size_t j = 0; j < rule->facts.technique_count; j++)
            techniques = arena_printf(&arena, "%.*s%s%.*s", STR_ARG(techniques), j > 0 ? " " : "",
                                      STR_ARG(rule->facts.techniques[j]));
        evidence_add_cell(b, rule->facts.id, false);
        buf_printf(b, "%u,", rule->facts.version);
        evidence_add_cell(b, level_name(rule->facts.level), false);
        evidence_add_cell(b, rule->facts.title, false);
        evidence_add_cell(b, techniques, false);
        evidence_add_cell(b, name, false);
        evidence_add_cell(b, file == NULL ? STR_EMPTY : str_of(file->sha256), true);
    }
    arena_done(&arena);
    return evidence_members_end(m, err);
}

// In the form of ATT&CK Navigator's layers, 4.5. The score is the number of rules, which says nothing of how
// good they are.
static enum status add_layer(struct evidence_gathering *g, struct err *err)
{
    const struct evidence_options *o = g->o;
    struct technique *at = count_techniques(g->rules, &g->counts->techniques);
    struct buf *b = evidence_members_begin(g->m, STR("navigator.json"));
    str release = g->attack.snapshot.release;
    str major = STR_EMPTY;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("name"), STR("Pomona: techniques of the rules"));
    sink_json_open(b, STR("versions"), '{');
    if (str_take_until(&release, '.', &major))
        sink_json_text(b, STR("attack"), major);
    sink_json_text(b, STR("navigator"), STR("4.9.0"));
    sink_json_text(b, STR("layer"), STR("4.5"));
    sink_json_close(b, '}');
    sink_json_text(b, STR("domain"), STR("enterprise-attack"));
    buf_printf(b, ",\"description\":\"%.*s to %.*s. The score is the number of rules.\"",
               STR_ARG(o->about.from), STR_ARG(o->about.to));
    sink_json_open(b, STR("filters"), '{');
    sink_json_texts(b, STR("platforms"), &STR("macOS"), 1);
    sink_json_close(b, '}');
    sink_json_open(b, STR("techniques"), '[');
    for (size_t i = 0; i < g->counts->techniques; i++) {
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("techniqueID"), at[i].id);
        sink_json_int(b, STR("score"), (int64_t)at[i].rules);
        sink_json_bool(b, STR("enabled"), true);
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
    add_gradient(b, at, g->counts->techniques);
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    free(at);
    return evidence_members_end(g->m, err);
}

// Without one of its own a layer's scores are taken for percent.
static void add_gradient(struct buf *b, const struct technique *at, size_t count)
{
    static const str colours[] = { STR_INIT("#e8f0ff"), STR_INIT("#1f4e9c") };
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = at[i].rules > most ? at[i].rules : most;
    sink_json_open(b, STR("gradient"), '{');
    sink_json_texts(b, STR("colors"), colours, COUNT_OF(colours));
    sink_json_int(b, STR("minValue"), 0);
    sink_json_int(b, STR("maxValue"), (int64_t)most);
    sink_json_close(b, '}');
}

// In the order of their ids.
static struct technique *count_techniques(const struct rules *rules, size_t *count)
{
    size_t total = 0;
    size_t kept = 0;
    for (size_t i = 0; i < rules->count; i++)
        total += rules->at[i].facts.technique_count;
    struct technique *at = memory_zeroed(total + 1, sizeof *at);
    total = 0;
    for (size_t i = 0; i < rules->count; i++)
        for (size_t j = 0; j < rules->at[i].facts.technique_count; j++)
            at[total++] = (struct technique){ .id = rules->at[i].facts.techniques[j], .rules = 1 };
    qsort(at, total, sizeof *at, by_id);
    for (size_t i = 0; i < total; i++) {
        if (kept > 0 && str_eq(at[kept - 1].id, at[i].id))
            at[kept - 1].rules++;
        else
            at[kept++] = at[i];
    }
    *count = kept;
    return at;
}

static int by_id(const void *a, const void *b)
{
    const struct technique *left = a;
    const struct technique *right = b;
    return str_cmp(left->id, right->id);
}
