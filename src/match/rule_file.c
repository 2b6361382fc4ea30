#include "match/rule_file.h"

#include "match/suppress.h"

enum key_kind {
    KEY_TEXT,
    KEY_TEXTS,
    KEY_COUNT,
    KEY_LEVEL,
    KEY_SUPPRESS,
    KEY_QUERY
};

// The keys of a rule. Those without a place are for readers of the file only.
struct rule_key {
    str name;
    enum key_kind kind;
    bool required;
    size_t offset;        // Of the text, list or number in struct rule_file.
    size_t count_offset;  // TEXTS: of how many.
};

const struct document_kind rule_file_kind = { "a rule file", RULE_FILE_MAX };

_Static_assert(RULE_LIST_ITEMS_MAX == DOCUMENT_ITEMS_MAX, "the list is read by document.c");

#define NOWHERE    SIZE_MAX
#define AT(member) offsetof(struct rule_file, member)

static const struct rule_key rule_keys[] = {
    { STR_INIT("id"), KEY_TEXT, true, AT(facts.id), 0 },
    { STR_INIT("title"), KEY_TEXT, true, AT(facts.title), 0 },
    { STR_INIT("version"), KEY_COUNT, true, AT(facts.version), 0 },
    { STR_INIT("status"), KEY_TEXT, false, NOWHERE, 0 },
    { STR_INIT("description"), KEY_TEXT, true, AT(facts.description), 0 },
    { STR_INIT("references"), KEY_TEXTS, false, NOWHERE, NOWHERE },
    { STR_INIT("author"), KEY_TEXT, false, NOWHERE, 0 },
    { STR_INIT("date"), KEY_TEXT, false, NOWHERE, 0 },
    { STR_INIT("modified"), KEY_TEXT, false, NOWHERE, 0 },
    { STR_INIT("tags"), KEY_TEXTS, false, AT(facts.techniques), AT(facts.technique_count) },
    { STR_INIT("level"), KEY_LEVEL, true, AT(facts.level), 0 },
    { STR_INIT("falsepositives"), KEY_TEXTS, false, AT(facts.falsepositives),
      AT(facts.falsepositive_count) },
    { STR_INIT("playbook"), KEY_TEXT, false, AT(facts.playbook), 0 },
    { STR_INIT("suppress"), KEY_SUPPRESS, false, NOWHERE, 0 },
    { STR_INIT("query"), KEY_QUERY, true, AT(query), 0 },
};

static enum status read_rule(struct document *d, struct rule_file *out);
static enum status read_pair(struct document *d, const yaml_node_pair_t *pair,
                             struct rule_file *out, bool *seen);
static enum status read_value(struct document *d, const struct rule_key *key,
                              const yaml_node_t *node, struct rule_file *out);
static enum status read_count(struct document *d, const yaml_node_t *node, uint32_t *out);
static enum status read_level(struct document *d, const yaml_node_t *node, enum level *out);
static void place_query(const struct document *d, const yaml_node_t *node, struct rule_file *out);
static void keep_techniques(struct rule_facts *facts, struct arena *arena);
static size_t keep_ids(const str *tags, size_t count, str kind, struct arena *arena,
                       const str **out);
static enum status read_lists(struct document *d, struct rule_list **out, size_t *count);

enum status rule_file_read(str path, struct arena *arena, struct rule_file *out, struct err *err)
{
    struct document d;
    struct rule_file file = { .query_line = 1 };
    enum status status = document_read(path, &rule_file_kind, arena, &d, err);
    if (status != OK)
        return status;
    status = read_rule(&d, &file);
    document_done(&d);
    if (status != OK)
        return status;
    keep_techniques(&file.facts, arena);
    *out = file;
    return OK;
}

enum status rule_file_read_lists(str path, struct arena *arena, struct rule_list **out,
                                 size_t *count, struct err *err)
{
    struct document d;
    enum status status = document_read(path, &rule_file_kind, arena, &d, err);
    if (status != OK)
        return status;
    status = read_lists(&d, out, count);
    document_done(&d);
    return status;
}

enum status rule_file_read_query(str path, struct arena *arena, struct rule_file *out,
                                 struct err *err)
{
    str text;
    const enum status status = document_text(path, &rule_file_kind, arena, &text, err);
    if (status != OK)
        return status;
    const str name = str_base_name(path);
    const str stem = str_to(name, name.len - STR(".eql").len);
    *out = (struct rule_file){
        .facts = { .id = stem, .title = stem, .version = 1, .level = LEVEL_MEDIUM },
        .query = text,
        .query_line = 1,
        .query_column = 1,
        .query_is_block = true,
    };
    return OK;
}

static enum status read_rule(struct document *d, struct rule_file *out)
{
    bool seen[COUNT_OF(rule_keys)] = { false };
    const yaml_node_t *root = yaml_document_get_root_node(&d->yaml);
    if (root->type != YAML_MAPPING_NODE)
        return document_refuse(d, root, "a rule is a mapping of keys", STR_EMPTY);
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        const enum status status = read_pair(d, pair, out, seen);
        if (status != OK)
            return status;
    }
    for (size_t i = 0; i < COUNT_OF(rule_keys); i++)
        if (rule_keys[i].required && !seen[i])
            return document_refuse(d, root, "the rule has no", rule_keys[i].name);
    return OK;
}

static enum status read_pair(struct document *d, const yaml_node_pair_t *pair,
                             struct rule_file *out, bool *seen)
{
    const yaml_node_t *name = yaml_document_get_node(&d->yaml, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&d->yaml, pair->value);
    if (name->type != YAML_SCALAR_NODE)
        return document_refuse(d, name, "a key is a word", STR_EMPTY);
    for (size_t i = 0; i < COUNT_OF(rule_keys); i++) {
        if (!str_eq(rule_keys[i].name, document_scalar(name)))
            continue;
        if (seen[i])
            return document_refuse(d, name, "the key stands twice:", rule_keys[i].name);
        seen[i] = true;
        return read_value(d, &rule_keys[i], value, out);
    }
    return document_refuse(d, name, "a rule has no key", document_scalar(name));
}

static enum status read_value(struct document *d, const struct rule_key *key,
                              const yaml_node_t *node, struct rule_file *out)
{
    char *place = key->offset == NOWHERE ? NULL : (char *)out + key->offset;
    if (key->kind == KEY_TEXTS) {
        const str *texts = NULL;
        size_t count = 0;
        const enum status status = document_texts(d, node, &texts, &count);
        if (status == OK && place != NULL) {
            memcpy(place, &texts, sizeof texts);
            memcpy((char *)out + key->count_offset, &count, sizeof count);
        }
        return status;
    }
    if (key->kind == KEY_SUPPRESS)
        return suppress_read(d, node, &out->facts);
    if (node->type != YAML_SCALAR_NODE || document_scalar(node).len == 0)
        return document_refuse(d, node, "a text belongs to the key", key->name);
    if (key->kind == KEY_COUNT)
        return read_count(d, node, &out->facts.version);
    if (key->kind == KEY_LEVEL)
        return read_level(d, node, &out->facts.level);
    if (key->kind == KEY_QUERY)
        place_query(d, node, out);
    if (place != NULL) {
        str text = document_scalar(node);
        // A block ends in a newline that nobody means in a sentence.
        while (key->kind == KEY_TEXT && text.len > 0 && text.at[text.len - 1] == '\n')
            text.len--;
        text = arena_str(d->arena, text);
        memcpy(place, &text, sizeof text);
    }
    return OK;
}

static enum status read_count(struct document *d, const yaml_node_t *node, uint32_t *out)
{
    uint64_t n;
    if (!str_to_u64(document_scalar(node), &n) || n == 0 || n > UINT32_MAX)
        return document_refuse(d, node, "version is a number from 1, not", document_scalar(node));
    *out = (uint32_t)n;
    return OK;
}

static enum status read_level(struct document *d, const yaml_node_t *node, enum level *out)
{
    if (!level_of(document_scalar(node), out))
        return document_refuse(d, node,
                               "level is informational, low, medium, high or critical, not",
                               document_scalar(node));
    return OK;
}

// A literal block begins on the line after its `|`, indented; anything else where its node does.
static void place_query(const struct document *d, const yaml_node_t *node, struct rule_file *out)
{
    out->query_line = (uint32_t)node->start_mark.line + 1;
    out->query_column = (uint32_t)node->start_mark.column + 1;
    out->query_is_block = node->data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
    if (!out->query_is_block)
        return;
    str rest =
        d->text;  // libyaml's marks count characters, so the line is found by counting lines.
    for (size_t line = 0; line <= node->start_mark.line; line++)
        rest = str_from(rest, str_find_char(rest, '\n') + 1);
    uint32_t column = 1;
    out->query_line++;
    for (size_t i = 0; i < rest.len && (rest.at[i] == ' ' || rest.at[i] == '\n'); i++)
        column = rest.at[i] == ' ' ? column + 1 : 1;  // Blank lines first belong to the block.
    out->query_column = column;
}

// Of the tags those that name a technique, "attack.t1106", as "T1106", or an analytic.
static void keep_techniques(struct rule_facts *facts, struct arena *arena)
{
    const str *tags = facts->techniques;
    const size_t count = facts->technique_count;
    facts->technique_count = keep_ids(tags, count, STR("T"), arena, &facts->techniques);
    facts->analytic_count = keep_ids(tags, count, STR("AN"), arena, &facts->analytics);
}

static size_t keep_ids(const str *tags, size_t count, str kind, struct arena *arena,
                       const str **out)
{
    const size_t front = STR("attack.").len + kind.len;
    str *kept = arena_zalloc(arena, (count + 1) * sizeof *kept);
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++) {
        const str number = str_from(tags[i], front);
        if (str_starts_with(tags[i], STR("attack.")) && number.len > 0 && number.at[0] >= '0' &&
            number.at[0] <= '9' &&
            str_eq_nocase(str_from(str_to(tags[i], front), front - kind.len), kind))
            kept[kept_count++] = arena_printf(arena, "%.*s%.*s", STR_ARG(kind), STR_ARG(number));
    }
    *out = kept;
    return kept_count;
}

static enum status read_lists(struct document *d, struct rule_list **out, size_t *count)
{
    const yaml_node_t *root = yaml_document_get_root_node(&d->yaml);
    if (root->type != YAML_MAPPING_NODE)
        return document_refuse(d, root, "lists.yaml is a mapping of names to lists", STR_EMPTY);
    const size_t len = (size_t)(root->data.mapping.pairs.top - root->data.mapping.pairs.start);
    if (len > RULE_LISTS_MAX)
        return document_refuse(d, root, "there are more than 256 lists", STR_EMPTY);
    struct rule_list *lists = arena_zalloc(d->arena, (len + 1) * sizeof *lists);
    for (size_t i = 0; i < len; i++) {
        const yaml_node_pair_t *pair = &root->data.mapping.pairs.start[i];
        const yaml_node_t *name = yaml_document_get_node(&d->yaml, pair->key);
        const yaml_node_t *items = yaml_document_get_node(&d->yaml, pair->value);
        if (name->type != YAML_SCALAR_NODE)
            return document_refuse(d, name, "a list's name is a word", STR_EMPTY);
        lists[i].name = arena_str(d->arena, document_scalar(name));
        const enum status status = document_texts(d, items, &lists[i].at, &lists[i].count);
        if (status != OK)
            return status;
    }
    *out = lists;
    *count = len;
    return OK;
}
