// `expect` and `images` of a scenario.yaml.

#include "decode/dialect.h"
#include "validate/reading.h"

static enum status read_expect(struct reading *r, const yaml_node_t *node,
                               struct scenario_expect *out);
static enum status read_process(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_pid(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_begins(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_ends(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_time(struct reading *r, const yaml_node_t *node, int64_t *out);
static enum status read_image(struct reading *r, const yaml_node_t *node, struct link_facts *out);
static enum status read_cdhash(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_signature(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_native_api(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_frameworks(struct reading *r, const yaml_node_t *node, void *place);
static enum status read_word(struct reading *r, const yaml_node_t *node, const str *words,
                             size_t count, str *out);

static const struct reading_key expect_keys[] = {
    { STR_INIT("rules"), reading_rules, offsetof(struct scenario_expect, rules) },
    { STR_INIT("process"), read_process, 0 },
    { STR_INIT("pid"), read_pid, offsetof(struct scenario_expect, pid) },
    { STR_INIT("begins"), read_begins, 0 },
    { STR_INIT("ends"), read_ends, 0 },
};
_Static_assert(offsetof(struct scenario_expect, rule_count) ==
                   offsetof(struct scenario_expect, rules) + offsetof(struct reading_texts, count),
               "a list and its count stand as struct reading_texts has them");

#define AT(member) offsetof(struct link_facts, member)

static const struct reading_key image_keys[] = {
    { STR_INIT("path"), reading_text, AT(path) },
    { STR_INIT("cdhash"), read_cdhash, AT(cdhash) },
    { STR_INIT("team_id"), reading_text, AT(team_id) },
    { STR_INIT("identifier"), reading_text, AT(identifier) },
    { STR_INIT("signature"), read_signature, AT(signature) },
    { STR_INIT("native_api"), read_native_api, AT(native_api) },
    { STR_INIT("jit_declared"), reading_bool, AT(jit_declared) },
    { STR_INIT("get_task_allow"), reading_bool, AT(get_task_allow) },
    { STR_INIT("disable_library_validation"), reading_bool, AT(disable_library_validation) },
    { STR_INIT("allow_dyld_environment"), reading_bool, AT(allow_dyld_environment) },
    { STR_INIT("frameworks"), read_frameworks, AT(frameworks) },
    { STR_INIT("because"), reading_text, AT(because) },
    { STR_INIT("file_type"), reading_text, AT(file_type) },
};

enum status reading_expects(struct reading *r, const yaml_node_t *node, void *place)
{
    (void)place;
    const bool is_list = node->type == YAML_SEQUENCE_NODE;
    const size_t count = is_list ? reading_count(node) : 1;
    if (count > SCENARIO_EXPECTS_MAX)
        return document_refuse(&r->document, node, "a scenario expects at most 64 findings",
                               STR_EMPTY);
    struct scenario_expect *expects =
        arena_zalloc(r->document.arena, (count + 1) * sizeof *expects);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = is_list ? reading_item(r, node, i) : node;
        const enum status status = read_expect(r, item, &expects[i]);
        if (status != OK)
            return status;
    }
    r->scenario->expects = expects;
    r->scenario->expect_count = count;
    return OK;
}

// A word alone is a rule.
static enum status read_expect(struct reading *r, const yaml_node_t *node,
                               struct scenario_expect *out)
{
    out->pid = -1;
    enum status status;
    if (node->type == YAML_SCALAR_NODE) {
        struct reading_texts rules;
        status = reading_rules(r, node, &rules);
        out->rules = rules.at;
        out->rule_count = rules.count;
    } else {
        status = reading_mapping(r, node, expect_keys, COUNT_OF(expect_keys), out);
    }
    if (status == OK && out->rule_count == 0)
        return document_refuse(&r->document, node, "what is expected has no", STR("rules"));
    return status;
}

// Its path, or its pid.
static enum status read_process(struct reading *r, const yaml_node_t *node, void *place)
{
    struct scenario_expect *out = place;
    str text = STR_EMPTY;
    int64_t pid;
    const enum status status = reading_text(r, node, &text);
    if (status == OK && str_to_i64(text, &pid))
        out->pid = pid;
    else
        out->process = text;
    return status;
}

static enum status read_pid(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    int64_t pid = 0;
    const enum status status = reading_text(r, node, &text);
    if (status == OK && (!str_to_i64(text, &pid) || pid < 0))
        return document_refuse(&r->document, node, "a pid is a number, not", text);
    *(int64_t *)place = pid;
    return status;
}

static enum status read_begins(struct reading *r, const yaml_node_t *node, void *place)
{
    struct scenario_expect *out = place;
    out->has_begins = true;
    return read_time(r, node, &out->begins_ns);
}

static enum status read_ends(struct reading *r, const yaml_node_t *node, void *place)
{
    struct scenario_expect *out = place;
    out->has_ends = true;
    return read_time(r, node, &out->ends_ns);
}

static enum status read_time(struct reading *r, const yaml_node_t *node, int64_t *out)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    if (status == OK && !decode_time_loose(text, out))
        return document_refuse(&r->document, node,
                               "a time is written as 2026-03-02T09:00:10.5Z, not", text);
    return status;
}

enum status reading_images(struct reading *r, const yaml_node_t *node, void *place)
{
    (void)place;
    const size_t count = reading_count(node);
    if (node->type != YAML_SEQUENCE_NODE)
        return document_refuse(&r->document, node, "a list of images belongs here", STR_EMPTY);
    if (count > SCENARIO_IMAGES_MAX)
        return document_refuse(&r->document, node, "a scenario has at most 4096 images", STR_EMPTY);
    struct link_facts *images = arena_zalloc(r->document.arena, (count + 1) * sizeof *images);
    for (size_t i = 0; i < count; i++) {
        const enum status status = read_image(r, reading_item(r, node, i), &images[i]);
        if (status != OK)
            return status;
    }
    r->scenario->images = images;
    r->scenario->image_count = count;
    return OK;
}

static enum status read_image(struct reading *r, const yaml_node_t *node, struct link_facts *out)
{
    *out = (struct link_facts){
        .native_api = STR("unknown"),
        .arch = STR("arm64"),
        .file_type = STR("execute"),
    };
    const enum status status = reading_mapping(r, node, image_keys, COUNT_OF(image_keys), out);
    if (status != OK)
        return status;
    if (out->path.len == 0)
        return document_refuse(&r->document, node, "an image has no", STR("path"));
    if (out->signature.len == 0)
        out->signature = out->team_id.len > 0  ? STR("signed")
                         : out->cdhash.len > 0 ? STR("adhoc")
                                               : STR("unsigned");
    if (out->because.len == 0 && out->frameworks.len > 0)
        out->because = STR("links what the scenario says");
    return OK;
}

static enum status read_cdhash(struct reading *r, const yaml_node_t *node, void *place)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    if (status != OK)
        return status;
    bool is_hex = text.len == LINKS_CDHASH_HEX;
    char *hex = arena_alloc(r->document.arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        hex[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        is_hex &= (hex[i] >= '0' && hex[i] <= '9') || (hex[i] >= 'a' && hex[i] <= 'f');
    }
    if (!is_hex)
        return document_refuse(&r->document, node, "a cdhash has 40 hex digits, not", text);
    *(str *)place = (str){ .at = hex, .len = text.len };
    return OK;
}

static enum status read_signature(struct reading *r, const yaml_node_t *node, void *place)
{
    static const str words[] = { STR_INIT("signed"), STR_INIT("adhoc"), STR_INIT("linker_signed"),
                                 STR_INIT("unsigned"), STR_INIT("invalid") };
    return read_word(r, node, words, COUNT_OF(words), place);
}

static enum status read_native_api(struct reading *r, const yaml_node_t *node, void *place)
{
    static const str words[] = { STR_INIT("yes"), STR_INIT("no"), STR_INIT("bridge"),
                                 STR_INIT("string"), STR_INIT("unknown") };
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    // Who writes with a YAML library may mean the words and get the booleans.
    if (status == OK && (str_eq(text, STR("true")) || str_eq(text, STR("false")))) {
        *(str *)place = str_eq(text, STR("true")) ? words[0] : words[1];
        return OK;
    }
    return status == OK ? read_word(r, node, words, COUNT_OF(words), place) : status;
}

// One name a line, as the inventory has it.
static enum status read_frameworks(struct reading *r, const yaml_node_t *node, void *place)
{
    struct reading_texts names = { .count = 0 };
    const enum status status = reading_texts(r, node, &names);
    size_t len = 0;
    for (size_t i = 0; i < names.count; i++)
        len += names.at[i].len + 1;
    char *lines = arena_alloc(r->document.arena, len + 1);
    size_t at = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (at > 0)
            lines[at++] = '\n';
        if (names.at[i].len > 0)
            memcpy(lines + at, names.at[i].at, names.at[i].len);
        at += names.at[i].len;
    }
    *(str *)place = (str){ .at = lines, .len = at };
    return status;
}

static enum status read_word(struct reading *r, const yaml_node_t *node, const str *words,
                             size_t count, str *out)
{
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (str_eq(words[i], text)) {
            *out = words[i];
            return OK;
        }
    str known = STR_EMPTY;
    for (size_t i = 0; i < count; i++)
        known = arena_printf(r->document.arena, "%.*s%s%.*s", STR_ARG(known), i == 0 ? "" : ", ",
                             STR_ARG(words[i]));
    const str what = arena_printf(r->document.arena, "this is one of %.*s, not", STR_ARG(known));
    return document_refuse(&r->document, node, what.at, text);
}
