#include "match/sensor_file.h"

#include "match/rule_file.h"

// One sensor on its way: its sources by name, and which of them an entry has named.
struct reading {
    struct document *document;
    struct sensor_profile *profile;
    const yaml_node_t *sources;
    bool *used;
};

typedef enum status read_pair(struct reading *r, const yaml_node_t *name, const yaml_node_t *value);

static enum status each_pair(struct reading *r, const yaml_node_t *node, const char *what,
                             read_pair *read);
static enum status read_sensor(struct reading *r, const yaml_node_t *name,
                               const yaml_node_t *value);
static enum status check_sensor(struct reading *r, const yaml_node_t *name,
                                const struct sensor_profiles *before);
static enum status read_key(struct reading *r, const yaml_node_t *name, const yaml_node_t *value);
static enum status read_text(struct reading *r, const yaml_node_t *value, str key, str *out);
static enum status keep_sources(struct reading *r, const yaml_node_t *value);
static enum status read_signals(struct reading *r, const yaml_node_t *value);
static enum status read_signal(struct reading *r, const yaml_node_t *name,
                               const yaml_node_t *value);
static enum status read_entry(struct reading *r, const yaml_node_t *value,
                              struct sensor_entry *out);
static enum status find_source(struct reading *r, const yaml_node_t *value, str *out);
static enum status check_used(struct reading *r);

enum status sensor_file_read(str path, struct arena *arena, struct sensor_profiles *out,
                             struct err *err)
{
    struct document d;
    enum status status = document_read(path, &rule_file_kind, arena, &d, err);
    if (status != OK)
        return status;
    struct sensor_profile *profiles = arena_zalloc(arena, sensor_count() * sizeof *profiles);
    struct sensor_profiles found = { .at = profiles };
    const yaml_node_t *root = yaml_document_get_root_node(&d.yaml);
    if (root->type != YAML_MAPPING_NODE)
        status = document_refuse(&d, root, "sensors.yaml is a mapping of sensors", STR_EMPTY);
    const yaml_node_pair_t *pair = status == OK ? root->data.mapping.pairs.start : NULL;
    for (; status == OK && pair < root->data.mapping.pairs.top; pair++) {
        struct reading r = { .document = &d, .profile = &profiles[found.count] };
        const yaml_node_t *name = yaml_document_get_node(&d.yaml, pair->key);
        status = check_sensor(&r, name, &found);
        if (status == OK)
            status = read_sensor(&r, name, yaml_document_get_node(&d.yaml, pair->value));
        found.count += status == OK;
    }
    document_done(&d);
    if (status == OK)
        *out = found;
    return status;
}

// Each at most once, so that there is room for all.
static enum status check_sensor(struct reading *r, const yaml_node_t *name,
                                const struct sensor_profiles *before)
{
    if (name->type != YAML_SCALAR_NODE)
        return document_refuse(r->document, name, "a sensor's name is a word", STR_EMPTY);
    const str sensor = document_scalar(name);
    if (!sensor_is_known(sensor))
        return document_refuse(r->document, name, "there is no sensor", sensor);
    if (sensor_profile_find(before, sensor) != NULL)
        return document_refuse(r->document, name, "the sensor stands twice:", sensor);
    return OK;
}

static enum status read_sensor(struct reading *r, const yaml_node_t *name, const yaml_node_t *value)
{
    r->profile->sensor = arena_str(r->document->arena, document_scalar(name));
    enum status status = each_pair(r, value, "a sensor is a mapping of keys", read_key);
    if (status == OK && r->profile->product.len == 0)
        status = document_refuse(r->document, value, "the sensor has no", STR("product"));
    return status == OK ? check_used(r) : status;
}

static enum status each_pair(struct reading *r, const yaml_node_t *node, const char *what,
                             read_pair *read)
{
    yaml_document_t *yaml = &r->document->yaml;
    if (node->type != YAML_MAPPING_NODE)
        return document_refuse(r->document, node, what, STR_EMPTY);
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(yaml, pair->key);
        if (name->type != YAML_SCALAR_NODE)
            return document_refuse(r->document, name, "a key is a word", STR_EMPTY);
        for (const yaml_node_pair_t *other = first; other < pair; other++)
            if (str_eq(document_scalar(yaml_document_get_node(yaml, other->key)),
                       document_scalar(name)))
                return document_refuse(r->document, name,
                                       "the key stands twice:", document_scalar(name));
        const enum status status = read(r, name, yaml_document_get_node(yaml, pair->value));
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status read_key(struct reading *r, const yaml_node_t *name, const yaml_node_t *value)
{
    const str key = document_scalar(name);
    if (str_eq(key, STR("product")))
        return read_text(r, value, key, &r->profile->product);
    if (str_eq(key, STR("versions")))
        return read_text(r, value, key, &r->profile->versions);
    if (str_eq(key, STR("caveat")))
        return read_text(r, value, key, &r->profile->caveat);
    if (str_eq(key, STR("omissions")))
        return read_text(r, value, key, &r->profile->omissions);
    if (str_eq(key, STR("sources")))
        return keep_sources(r, value);
    if (str_eq(key, STR("signals")))
        return read_signals(r, value);
    return document_refuse(r->document, name, "a sensor has no key", key);
}

static enum status read_text(struct reading *r, const yaml_node_t *value, str key, str *out)
{
    if (value->type != YAML_SCALAR_NODE || document_scalar(value).len == 0)
        return document_refuse(r->document, value, "a text belongs to the key", key);
    str text = document_scalar(value);
    while (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;  // A block ends in a newline that nobody means in a sentence.
    *out = arena_str(r->document->arena, text);
    return OK;
}

static enum status keep_sources(struct reading *r, const yaml_node_t *value)
{
    if (value->type != YAML_MAPPING_NODE)
        return document_refuse(r->document, value, "sources is a mapping of names to texts",
                               STR_EMPTY);
    const size_t count = (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start);
    r->sources = value;
    r->used = arena_zalloc(r->document->arena, (count + 1) * sizeof *r->used);
    return OK;
}

static enum status read_signals(struct reading *r, const yaml_node_t *value)
{
    if (r->sources == NULL)
        return document_refuse(r->document, value, "sources come before signals", STR_EMPTY);
    return each_pair(r, value, "signals is a mapping of signals to what is shown", read_signal);
}

static enum status read_signal(struct reading *r, const yaml_node_t *name, const yaml_node_t *value)
{
    const str word = document_scalar(name);
    const enum signal signal = signal_of(word);
    if (signal != SIGNAL_COUNT)
        return read_entry(r, value, &r->profile->signals[signal]);
    const str nearest = signal_nearest(word);
    if (nearest.len == 0)
        return document_refuse(r->document, name, "there is no signal", word);
    const str what = arena_printf(r->document->arena, "did you mean \"%.*s\"? There is no signal",
                                  STR_ARG(nearest));
    return document_refuse(r->document, name, what.at, word);
}

static enum status read_entry(struct reading *r, const yaml_node_t *value, struct sensor_entry *out)
{
    yaml_document_t *yaml = &r->document->yaml;
    bool is_told = false;
    if (value->type != YAML_MAPPING_NODE)
        return document_refuse(r->document, value, "a signal's entry is { is: ..., source: ... }",
                               STR_EMPTY);
    const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
    for (; pair < value->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(yaml, pair->key);
        const yaml_node_t *text = yaml_document_get_node(yaml, pair->value);
        const str key = name->type == YAML_SCALAR_NODE ? document_scalar(name) : STR_EMPTY;
        const bool is_text = text->type == YAML_SCALAR_NODE;
        enum status status = OK;
        if (str_eq(key, STR("is"))) {
            is_told = is_text && sensor_shows_of(document_scalar(text), &out->shows);
            if (!is_told)
                return document_refuse(r->document, text, "is: shown, partly, not or unknown",
                                       STR_EMPTY);
        } else if (str_eq(key, STR("how"))) {
            status = read_text(r, text, key, &out->how);
        } else if (str_eq(key, STR("source"))) {
            status = find_source(r, text, &out->source);
        } else {
            status = document_refuse(r->document, name, "a signal's entry has no key", key);
        }
        if (status != OK)
            return status;
    }
    if (!is_told)
        return document_refuse(r->document, value, "the entry has no", STR("is"));
    if (out->shows != SENSOR_UNKNOWN && out->source.len == 0)
        return document_refuse(r->document, value, "the entry has no", STR("source"));
    if (out->shows == SENSOR_PARTLY && out->how.len == 0)
        return document_refuse(r->document, value, "the entry has no", STR("how"));
    return OK;
}

static enum status find_source(struct reading *r, const yaml_node_t *value, str *out)
{
    yaml_document_t *yaml = &r->document->yaml;
    const str wanted = value->type == YAML_SCALAR_NODE ? document_scalar(value) : STR_EMPTY;
    const yaml_node_pair_t *first = r->sources->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < r->sources->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(yaml, pair->key);
        if (name->type != YAML_SCALAR_NODE || !str_eq(document_scalar(name), wanted))
            continue;
        r->used[pair - first] = true;
        return read_text(r, yaml_document_get_node(yaml, pair->value), wanted, out);
    }
    return document_refuse(r->document, value, "there is no source", wanted);
}

static enum status check_used(struct reading *r)
{
    if (r->sources == NULL)
        return OK;
    const yaml_node_pair_t *first = r->sources->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < r->sources->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&r->document->yaml, pair->key);
        if (!r->used[pair - first])
            return document_refuse(r->document, name, "no entry names the source",
                                   name->type == YAML_SCALAR_NODE ? document_scalar(name)
                                                                  : STR_EMPTY);
    }
    return OK;
}
