#include "validate/scenario.h"

#include "validate/reading.h"

static enum status read_kind(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_level(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_names(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_lists_name(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_root(struct reading *r);
static enum status check(struct reading *r, const yaml_node_t *root, bool has_kind);
static void expect_rule(struct reading *r);

// `kind` says nothing as long as it is this.
#define KIND_NOT_TOLD SCENARIO_KIND_COUNT

static const str kind_names[SCENARIO_KIND_COUNT] = {
    [SCENARIO_ATTACK] = STR_INIT("attack"),
    [SCENARIO_NEAR_MISS] = STR_INIT("near_miss"),
    [SCENARIO_BENIGN] = STR_INIT("benign"),
};

_Static_assert(offsetof(struct scenario, allow_count) ==
                   offsetof(struct scenario, allow) + offsetof(struct reading_texts, count),
               "a list and its count stand as struct reading_texts has them");

#define AT(member) offsetof(struct scenario, member)

static const struct reading_key keys[] = {
    { STR_INIT("title"), reading_text, AT(title) },
    { STR_INIT("description"), reading_text, AT(description) },
    { STR_INIT("synthetic"), reading_bool, AT(is_synthetic) },
    { STR_INIT("source"), reading_text, AT(source) },
    { STR_INIT("kind"), read_kind, AT(kind) },
    { STR_INIT("rule"), reading_text, AT(rule) },
    { STR_INIT("behaviour"), reading_text, AT(behaviour) },
    { STR_INIT("variant"), reading_text, AT(variant) },
    { STR_INIT("sensor"), reading_text, AT(sensor) },
    { STR_INIT("recordings"), read_names, 0 },
    { STR_INIT("host"), reading_text, AT(host) },
    { STR_INIT("lists"), read_lists_name, 0 },
    { STR_INIT("images"), reading_images, 0 },
    { STR_INIT("expect"), reading_expects, 0 },
    { STR_INIT("allow"), reading_rules, AT(allow) },
    { STR_INIT("max_level"), read_level, AT(max_level) },
};
_Static_assert(COUNT_OF(keys) <= 64, "keys that were seen are a word of bits");

enum status scenario_read(str name, str directory, struct arena *arena, struct scenario *out,
                          struct err *err)
{
    static const struct document_kind kind = { .name = "a scenario",
                                               .bytes_max = SCENARIO_BYTES_MAX };
    struct reading r = { .scenario = out };
    *out = (struct scenario){
        .name = name,
        .directory = directory,
        .is_synthetic = true,
        .kind = KIND_NOT_TOLD,
        .max_level = LEVEL_LOW,
    };
    const str path = arena_printf(arena, "%.*s/" SCENARIO_FILE, STR_ARG(directory));
    enum status status = document_read(path, &kind, arena, &r.document, err);
    if (status == OK) {
        status = read_root(&r);
        document_done(&r.document);
    }
    if (status == OK)
        status = reading_find_files(&r, err);
    if (out->kind == KIND_NOT_TOLD)
        out->kind = SCENARIO_ATTACK;
    str *warnings = arena_alloc(arena, (r.warning_count + 1) * sizeof *warnings);
    memcpy(warnings, r.warnings, r.warning_count * sizeof *warnings);
    out->warnings = warnings;
    out->warning_count = r.warning_count;
    return status;
}

static enum status read_root(struct reading *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document.yaml);
    const enum status status = reading_mapping(r, root, keys, COUNT_OF(keys), r->scenario);
    return status == OK ? check(r, root, r->scenario->kind != KIND_NOT_TOLD) : status;
}

static enum status check(struct reading *r, const yaml_node_t *root, bool has_kind)
{
    struct scenario *s = r->scenario;
    if (!has_kind)
        return document_refuse(&r->document, root, "the scenario has no", STR("kind"));
    if (s->title.len == 0)
        s->title = s->name;
    if (s->kind == SCENARIO_NEAR_MISS && s->rule.len == 0)
        return document_refuse(&r->document, root, "a near-miss says in `rule` which rule it is of",
                               STR_EMPTY);
    if (s->kind == SCENARIO_ATTACK && s->expect_count == 0 && s->rule.len == 0)
        return document_refuse(&r->document, root,
                               "an attack says in `expect` or `rule` what has to be found",
                               STR_EMPTY);
    if (s->kind != SCENARIO_ATTACK && s->expect_count > 0)
        return document_refuse(&r->document, root, "only an attack expects something", STR_EMPTY);
    if (s->kind == SCENARIO_ATTACK && s->expect_count == 0)
        expect_rule(r);
    // An attack is counted under the rule that is hoped for.
    if (s->kind == SCENARIO_ATTACK && s->rule.len == 0)
        s->rule = s->expects[0].rules[0];
    return OK;
}

static void expect_rule(struct reading *r)
{
    struct scenario *s = r->scenario;
    struct scenario_expect *one = arena_zalloc(r->document.arena, sizeof *one);
    *one = (struct scenario_expect){ .rules = &s->rule, .rule_count = 1, .pid = -1 };
    s->expects = one;
    s->expect_count = 1;
}

str scenario_kind_name(enum scenario_kind kind)
{
    return kind_names[kind];
}

static enum status read_kind(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    for (size_t i = 0; status == OK && i < SCENARIO_KIND_COUNT; i++)
        if (str_eq(kind_names[i], text)) {
            *(enum scenario_kind *)place = (enum scenario_kind)i;
            return OK;
        }
    return status != OK ? status
                        : document_refuse(&r->document, node,
                                          "kind is attack, near_miss or benign, not", text);
}

static enum status read_level(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    if (status == OK && !level_of(text, place))
        return document_refuse(&r->document, node,
                               "a level is informational, low, medium, high or critical, not",
                               text);
    return status;
}

// What is not the scenario's yet: the paths are found when all of the file is read.
static enum status read_names(struct reading *r, const yaml_node_t *node, void *place)
{
    (void)place;
    struct reading_texts names = { .count = 0 };
    const enum status status = reading_texts(r, node, &names);
    if (status == OK && names.count > SCENARIO_RECORDINGS_MAX)
        return document_refuse(&r->document, node, "a scenario has at most 256 recordings",
                               STR_EMPTY);
    r->names = names.at;
    r->name_count = names.count;
    return status;
}

static enum status read_lists_name(struct reading *r, const yaml_node_t *node, void *place)
{
    (void)place;
    return reading_text(r, node, &r->lists_name);
}
