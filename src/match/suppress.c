#include "match/suppress.h"

#define WINDOW_MAX_DAYS 366

static enum status read_window(struct document *d, const yaml_node_t *node, int64_t *out);
static enum status read_fields(struct document *d, const yaml_node_t *node, struct rule_facts *out);

enum status suppress_read(struct document *d, const yaml_node_t *node, struct rule_facts *out)
{
    if (node->type != YAML_MAPPING_NODE ||
        node->data.mapping.pairs.start == node->data.mapping.pairs.top)
        return document_refuse(d, node, "suppress has the keys window and by", STR_EMPTY);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&d->yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&d->yaml, pair->value);
        const str key = name->type == YAML_SCALAR_NODE ? document_scalar(name) : STR_EMPTY;
        enum status status;
        if (str_eq(key, STR("window")) && out->suppress_window_ns == 0)
            status = read_window(d, value, &out->suppress_window_ns);
        else if (str_eq(key, STR("by")) && out->suppress_by == NULL)
            status = read_fields(d, value, out);
        else
            status = document_refuse(d, name, "suppress has the keys window and by, each once, not",
                                     key);
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status read_window(struct document *d, const yaml_node_t *node, int64_t *out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    const str text = node->type == YAML_SCALAR_NODE ? document_scalar(node) : STR_EMPTY;
    uint64_t number;
    for (size_t i = 0; i < COUNT_OF(units) && text.len > 1; i++) {
        if (text.at[text.len - 1] != units[i].letter ||
            !str_to_u64(str_to(text, text.len - 1), &number) || number == 0 ||
            number > (uint64_t)(WINDOW_MAX_DAYS * 86400 / units[i].seconds))
            continue;
        *out = (int64_t)number * units[i].seconds * 1000000000;
        return OK;
    }
    return document_refuse(
        d, node, "window is a whole number above 0 with its unit, s, m, h or d, up to 366d, not",
        text);
}

static enum status read_fields(struct document *d, const yaml_node_t *node, struct rule_facts *out)
{
    const str *names;
    size_t count;
    const enum status status = document_texts(d, node, &names, &count);
    if (status != OK)
        return status;
    if (count == 0 || count > SUPPRESS_FIELDS_MAX)
        return document_refuse(d, node, "by has one to eight fields", STR_EMPTY);
    enum field *fields = arena_alloc(d->arena, count * sizeof *fields);
    for (size_t i = 0; i < count; i++) {
        fields[i] = field_of(names[i]);
        if (fields[i] != FIELD_COUNT)
            continue;
        const enum field nearest = field_nearest(names[i]);
        return nearest == FIELD_COUNT
                   ? document_refuse(d, node, "by names no field:", names[i])
                   : document_refuse(d, node, "by names a field that there is not; it may mean",
                                     field_name(nearest));
    }
    out->suppress_by = fields;
    out->suppress_by_count = count;
    return OK;
}
