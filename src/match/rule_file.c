#include "match/rule_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <yaml.h>

struct document {
    str path;
    str text;
    yaml_document_t yaml;
    struct arena *arena;
    struct err *err;
};

enum key_kind {
    KEY_TEXT,
    KEY_TEXTS,
    KEY_COUNT,
    KEY_LEVEL,
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
    { STR_INIT("query"), KEY_QUERY, true, AT(query), 0 },
};

static enum status document_read(str path, struct arena *arena, struct document *d,
                                 struct err *err);
static size_t nesting_of(str text);
static enum status read_rule(struct document *d, struct rule_file *out);
static enum status read_pair(struct document *d, const yaml_node_pair_t *pair,
                             struct rule_file *out, bool *seen);
static enum status read_value(struct document *d, const struct rule_key *key,
                              const yaml_node_t *node, struct rule_file *out);
static enum status read_texts(struct document *d, const yaml_node_t *node, const str **out,
                              size_t *count);
static enum status read_count(struct document *d, const yaml_node_t *node, uint32_t *out);
static enum status read_level(struct document *d, const yaml_node_t *node, enum level *out);
static void place_query(const struct document *d, const yaml_node_t *node, struct rule_file *out);
static void keep_techniques(struct rule_facts *facts, struct arena *arena);
static enum status read_lists(struct document *d, struct rule_list **out, size_t *count);
static enum status refuse(struct document *d, const yaml_node_t *node, const char *what, str name);

enum status rule_file_read(str path, struct arena *arena, struct rule_file *out, struct err *err)
{
    struct document d;
    struct rule_file file = { .query_line = 1 };
    enum status status = document_read(path, arena, &d, err);
    if (status != OK)
        return status;
    status = read_rule(&d, &file);
    yaml_document_delete(&d.yaml);
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
    enum status status = document_read(path, arena, &d, err);
    if (status != OK)
        return status;
    status = read_lists(&d, out, count);
    yaml_document_delete(&d.yaml);
    return status;
}

static enum status read_text(str path, struct arena *arena, str *out, struct err *err)
{
    struct stat st;
    const char *name = cstr_of(arena, path);
    if (name != NULL && stat(name, &st) == 0 && !S_ISREG(st.st_mode))
        return fail(err, ERR_IO, "%.*s: is not a regular file", STR_ARG(path));
    FILE *f = name == NULL ? NULL : fopen(name, "rb");
    if (f == NULL)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    char *text = memory_new(RULE_FILE_MAX + 1);
    const size_t len = fread(text, 1, RULE_FILE_MAX + 1, f);
    const bool failed = ferror(f) != 0;
    (void)fclose(f);
    *out = arena_str(arena, (str){ .at = text, .len = len });
    free(text);
    if (failed)
        return fail(err, ERR_IO, "%.*s: cannot be read", STR_ARG(path));
    if (len > RULE_FILE_MAX)
        return fail(err, ERR_LIMIT, "%.*s: a rule file has at most %u octets", STR_ARG(path),
                    RULE_FILE_MAX);
    return OK;
}

enum status rule_file_read_query(str path, struct arena *arena, struct rule_file *out,
                                 struct err *err)
{
    str text;
    const enum status status = read_text(path, arena, &text, err);
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

static enum status document_read(str path, struct arena *arena, struct document *d, struct err *err)
{
    *d = (struct document){ .path = path, .arena = arena, .err = err };
    const enum status status = read_text(path, arena, &d->text, err);
    if (status != OK)
        return status;

    if (nesting_of(d->text) > RULE_NESTING_MAX)
        return fail(err, ERR_LIMIT, "%.*s: more than %u brackets inside one another", STR_ARG(path),
                    RULE_NESTING_MAX);

    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0)
        memory_out(sizeof parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)d->text.at, d->text.len);
    const bool loaded = yaml_parser_load(&parser, &d->yaml) == 1;
    const yaml_mark_t mark = parser.problem_mark;
    const char *problem = parser.problem == NULL ? "cannot be read as YAML" : parser.problem;
    enum status result = OK;
    if (!loaded)
        result = fail(err, ERR_CONFIG, "%.*s:%zu:%zu: %s", STR_ARG(path), mark.line + 1,
                      mark.column + 1, problem);
    yaml_parser_delete(&parser);
    if (result == OK && yaml_document_get_root_node(&d->yaml) == NULL) {
        yaml_document_delete(&d->yaml);
        return fail(err, ERR_CONFIG, "%.*s:1:1: the file is empty", STR_ARG(path));
    }
    return result;
}

// How many brackets are open at once, at most. Roughly: those in texts count as well.
static size_t nesting_of(str text)
{
    size_t open = 0;
    size_t most = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '[' || text.at[i] == '{')
            open++;
        else if ((text.at[i] == ']' || text.at[i] == '}') && open > 0)
            open--;
        most = open > most ? open : most;
    }
    return most;
}

static str scalar_of(const yaml_node_t *node)
{
    return (str){ .at = (const char *)node->data.scalar.value, .len = node->data.scalar.length };
}

static enum status read_rule(struct document *d, struct rule_file *out)
{
    bool seen[COUNT_OF(rule_keys)] = { false };
    const yaml_node_t *root = yaml_document_get_root_node(&d->yaml);
    if (root->type != YAML_MAPPING_NODE)
        return refuse(d, root, "a rule is a mapping of keys", STR_EMPTY);
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        const enum status status = read_pair(d, pair, out, seen);
        if (status != OK)
            return status;
    }
    for (size_t i = 0; i < COUNT_OF(rule_keys); i++)
        if (rule_keys[i].required && !seen[i])
            return refuse(d, root, "the rule has no", rule_keys[i].name);
    return OK;
}

static enum status read_pair(struct document *d, const yaml_node_pair_t *pair,
                             struct rule_file *out, bool *seen)
{
    const yaml_node_t *name = yaml_document_get_node(&d->yaml, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&d->yaml, pair->value);
    if (name->type != YAML_SCALAR_NODE)
        return refuse(d, name, "a key is a word", STR_EMPTY);
    for (size_t i = 0; i < COUNT_OF(rule_keys); i++) {
        if (!str_eq(rule_keys[i].name, scalar_of(name)))
            continue;
        if (seen[i])
            return refuse(d, name, "the key stands twice:", rule_keys[i].name);
        seen[i] = true;
        return read_value(d, &rule_keys[i], value, out);
    }
    return refuse(d, name, "a rule has no key", scalar_of(name));
}

static enum status read_value(struct document *d, const struct rule_key *key,
                              const yaml_node_t *node, struct rule_file *out)
{
    char *place = key->offset == NOWHERE ? NULL : (char *)out + key->offset;
    if (key->kind == KEY_TEXTS) {
        const str *texts = NULL;
        size_t count = 0;
        const enum status status = read_texts(d, node, &texts, &count);
        if (status == OK && place != NULL) {
            memcpy(place, &texts, sizeof texts);
            memcpy((char *)out + key->count_offset, &count, sizeof count);
        }
        return status;
    }
    if (node->type != YAML_SCALAR_NODE || scalar_of(node).len == 0)
        return refuse(d, node, "a text belongs to the key", key->name);
    if (key->kind == KEY_COUNT)
        return read_count(d, node, &out->facts.version);
    if (key->kind == KEY_LEVEL)
        return read_level(d, node, &out->facts.level);
    if (key->kind == KEY_QUERY)
        place_query(d, node, out);
    if (place != NULL) {
        str text = scalar_of(node);
        // A block ends in a newline that nobody means in a sentence.
        while (key->kind == KEY_TEXT && text.len > 0 && text.at[text.len - 1] == '\n')
            text.len--;
        text = arena_str(d->arena, text);
        memcpy(place, &text, sizeof text);
    }
    return OK;
}

static enum status read_texts(struct document *d, const yaml_node_t *node, const str **out,
                              size_t *count)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return refuse(d, node, "a list of texts belongs here", STR_EMPTY);
    const size_t len = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (len > RULE_LIST_ITEMS_MAX)
        return refuse(d, node, "the list has more than 16384 items", STR_EMPTY);
    str *texts = arena_zalloc(d->arena, (len + 1) * sizeof *texts);
    for (size_t i = 0; i < len; i++) {
        const yaml_node_t *item =
            yaml_document_get_node(&d->yaml, node->data.sequence.items.start[i]);
        if (item->type != YAML_SCALAR_NODE)
            return refuse(d, item, "a list has texts only", STR_EMPTY);
        texts[i] = arena_str(d->arena, scalar_of(item));
    }
    *out = texts;
    *count = len;
    return OK;
}

static enum status read_count(struct document *d, const yaml_node_t *node, uint32_t *out)
{
    uint64_t n;
    if (!str_to_u64(scalar_of(node), &n) || n == 0 || n > UINT32_MAX)
        return refuse(d, node, "version is a number from 1, not", scalar_of(node));
    *out = (uint32_t)n;
    return OK;
}

static enum status read_level(struct document *d, const yaml_node_t *node, enum level *out)
{
    if (!level_of(scalar_of(node), out))
        return refuse(d, node, "level is informational, low, medium, high or critical, not",
                      scalar_of(node));
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

// Of the tags those that name a technique, "attack.t1106", as "T1106".
static void keep_techniques(struct rule_facts *facts, struct arena *arena)
{
    str *techniques = arena_zalloc(arena, (facts->technique_count + 1) * sizeof *techniques);
    size_t count = 0;
    for (size_t i = 0; i < facts->technique_count; i++) {
        const str tag = facts->techniques[i];
        if (str_starts_with(tag, STR("attack.t")) && tag.len > 8 && tag.at[8] >= '0' &&
            tag.at[8] <= '9') {
            const str number = str_from(tag, 8);
            techniques[count++] = arena_printf(arena, "T%.*s", STR_ARG(number));
        }
    }
    facts->techniques = techniques;
    facts->technique_count = count;
}

static enum status read_lists(struct document *d, struct rule_list **out, size_t *count)
{
    const yaml_node_t *root = yaml_document_get_root_node(&d->yaml);
    if (root->type != YAML_MAPPING_NODE)
        return refuse(d, root, "lists.yaml is a mapping of names to lists", STR_EMPTY);
    const size_t len = (size_t)(root->data.mapping.pairs.top - root->data.mapping.pairs.start);
    if (len > RULE_LISTS_MAX)
        return refuse(d, root, "there are more than 256 lists", STR_EMPTY);
    struct rule_list *lists = arena_zalloc(d->arena, (len + 1) * sizeof *lists);
    for (size_t i = 0; i < len; i++) {
        const yaml_node_pair_t *pair = &root->data.mapping.pairs.start[i];
        const yaml_node_t *name = yaml_document_get_node(&d->yaml, pair->key);
        const yaml_node_t *items = yaml_document_get_node(&d->yaml, pair->value);
        if (name->type != YAML_SCALAR_NODE)
            return refuse(d, name, "a list's name is a word", STR_EMPTY);
        lists[i].name = arena_str(d->arena, scalar_of(name));
        const enum status status = read_texts(d, items, &lists[i].at, &lists[i].count);
        if (status != OK)
            return status;
    }
    *out = lists;
    *count = len;
    return OK;
}

static enum status refuse(struct document *d, const yaml_node_t *node, const char *what, str name)
{
    const char *quote = name.len == 0 ? "" : "\"";
    const str shown = str_to(name, 80);
    return fail(d->err, ERR_CONFIG, "%.*s:%zu:%zu: %s%s%s%.*s%s", STR_ARG(d->path),
                node->start_mark.line + 1, node->start_mark.column + 1, what,
                name.len == 0 ? "" : " ", quote, STR_ARG(shown), quote);
}
