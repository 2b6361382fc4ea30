// Mappings and values of a scenario.yaml, by tables of keys.

#include "validate/reading.h"

static const struct reading_key *find(const struct reading_key *keys, size_t count, str name);
static bool is_null(const yaml_node_t *node);
static enum status count_kept(struct reading *r, const yaml_node_t *node, size_t len);

enum status reading_mapping(struct reading *r, const yaml_node_t *node,
                            const struct reading_key *keys, size_t key_count, void *out)
{
    uint64_t seen = 0;
    if (node->type != YAML_MAPPING_NODE)
        return document_refuse(&r->document, node, "a mapping of keys belongs here", STR_EMPTY);
    const ptrdiff_t pair_count = node->data.mapping.pairs.top - node->data.mapping.pairs.start;
    if (pair_count > READING_PAIRS_MAX)
        return document_refuse(&r->document, node, "a mapping has at most 2048 keys", STR_EMPTY);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&r->document.yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&r->document.yaml, pair->value);
        if (name->type != YAML_SCALAR_NODE)
            return document_refuse(&r->document, name, "a key is a word", STR_EMPTY);
        const struct reading_key *key = find(keys, key_count, document_scalar(name));
        if (key == NULL) {
            reading_warn(r, name, "nothing is made of the key", document_scalar(name));
            continue;
        }
        const uint64_t bit = UINT64_C(1) << (key - keys);
        if ((seen & bit) != 0)
            return document_refuse(&r->document, name, "the key stands twice:", key->name);
        seen |= bit;
        if (is_null(value))
            continue;  // As if it were not there.
        const enum status status = key->read(r, value, (char *)out + key->offset);
        if (status != OK)
            return status;
    }
    return OK;
}

static const struct reading_key *find(const struct reading_key *keys, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(keys[i].name, name))
            return &keys[i];
    return NULL;
}

static bool is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const str text = document_scalar(node);
    return text.len == 0 || str_eq(text, STR("~")) || str_eq(text, STR("null"));
}

const yaml_node_t *reading_item(struct reading *r, const yaml_node_t *list, size_t i)
{
    return yaml_document_get_node(&r->document.yaml, list->data.sequence.items.start[i]);
}

size_t reading_count(const yaml_node_t *list)
{
    if (list->type != YAML_SEQUENCE_NODE)
        return 0;
    return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
}

enum status reading_text(struct reading *r, const yaml_node_t *node, void *place)
{
    if (node->type != YAML_SCALAR_NODE)
        return document_refuse(&r->document, node, "a text belongs here", STR_EMPTY);
    str text = document_scalar(node);
    // A block ends in a newline that nobody means in a sentence.
    while (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    const enum status status = count_kept(r, node, text.len);
    if (status == OK)
        *(str *)place = arena_str(r->document.arena, text);
    return status;
}

static enum status count_kept(struct reading *r, const yaml_node_t *node, size_t len)
{
    r->kept_bytes += len;
    return r->kept_bytes <= READING_KEPT_MAX
               ? OK
               : document_refuse(&r->document, node,
                                 "the file says more than 4 MiB, counted with its aliases",
                                 STR_EMPTY);
}

enum status reading_texts(struct reading *r, const yaml_node_t *node, void *place)
{
    struct reading_texts *out = place;
    const bool is_list = node->type == YAML_SEQUENCE_NODE;
    const size_t count = is_list ? reading_count(node) : 1;
    str *texts = NULL;
    enum status status = count_kept(r, node, count * sizeof *texts);
    if (status == OK)
        texts = arena_zalloc(r->document.arena, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count && status == OK; i++)
        status = reading_text(r, is_list ? reading_item(r, node, i) : node, &texts[i]);
    if (status != OK)
        return status;
    out->at = texts;
    out->count = count;
    return OK;
}

enum status reading_rules(struct reading *r, const yaml_node_t *node, void *place)
{
    const struct reading_texts *out = place;
    const enum status status = reading_texts(r, node, place);
    if (status == OK && out->count > SCENARIO_RULES_MAX)
        return document_refuse(&r->document, node, "a list of rules has at most 64", STR_EMPTY);
    return status;
}

enum status reading_bool(struct reading *r, const yaml_node_t *node, void *place)
{
    static const struct {
        str word;
        bool is_true;
    } words[] = { { STR_INIT("true"), true },
                  { STR_INIT("yes"), true },
                  { STR_INIT("false"), false },
                  { STR_INIT("no"), false } };
    str text = STR_EMPTY;
    const enum status status = reading_text(r, node, &text);
    for (size_t i = 0; status == OK && i < COUNT_OF(words); i++)
        if (str_eq_nocase(words[i].word, text)) {
            *(bool *)place = words[i].is_true;
            return OK;
        }
    return status != OK
               ? status
               : document_refuse(&r->document, node, "true or false belongs here, not", text);
}

void reading_warn(struct reading *r, const yaml_node_t *node, const char *what, str name)
{
    if (r->warning_count == SCENARIO_WARNINGS_MAX)
        return;
    const bool is_last = r->warning_count == SCENARIO_WARNINGS_MAX - 1;
    const str shown = is_last ? STR_EMPTY : str_to(name, 80);
    const char *quote = shown.len == 0 ? "" : "\"";
    if (is_last)
        what = "there is more; it is not listed";
    r->warnings[r->warning_count++] =
        arena_printf(r->document.arena, "%.*s:%zu:%zu: %s%s%s%.*s%s", STR_ARG(r->document.path),
                     node->start_mark.line + 1, node->start_mark.column + 1, what,
                     shown.len == 0 ? "" : " ", quote, STR_ARG(shown), quote);
}
