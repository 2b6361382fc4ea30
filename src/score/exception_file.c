#include "score/exception_file.h"

#include "score/exception_path.h"
#include "score/exception_reading.h"

enum key {
    KEY_ID,
    KEY_RULES,
    KEY_SIGNER,
    KEY_CDHASH,
    KEY_PATH,
    KEY_STEP,
    KEY_LIBRARY,
    KEY_TARGET,
    KEY_ANY_LIBRARY,
    KEY_CRITICAL,
    KEY_HOSTS,
    KEY_CONTEXTS,
    KEY_OWNER,
    KEY_REASON,
    KEY_CREATED,
    KEY_EXPIRES,
    KEY_COUNT
};

static const struct {
    str name;
    bool is_required;
} keys[KEY_COUNT] = {
    [KEY_ID] = { STR_INIT("id"), true },
    [KEY_RULES] = { STR_INIT("rules"), true },
    [KEY_SIGNER] = { STR_INIT("signer"), false },
    [KEY_CDHASH] = { STR_INIT("cdhash"), false },
    [KEY_PATH] = { STR_INIT("path"), false },
    [KEY_STEP] = { STR_INIT("step"), false },
    [KEY_LIBRARY] = { STR_INIT("library"), false },
    [KEY_TARGET] = { STR_INIT("target"), false },
    [KEY_ANY_LIBRARY] = { STR_INIT("any_library"), false },
    [KEY_CRITICAL] = { STR_INIT("critical"), false },
    [KEY_HOSTS] = { STR_INIT("hosts"), false },
    [KEY_CONTEXTS] = { STR_INIT("contexts"), false },
    [KEY_OWNER] = { STR_INIT("owner"), true },
    [KEY_REASON] = { STR_INIT("reason"), true },
    [KEY_CREATED] = { STR_INIT("created"), true },
    [KEY_EXPIRES] = { STR_INIT("expires"), true },
};

static void read_entry(struct exception_reading *r, const yaml_node_t *node);
static void read_pair(struct exception_reading *r, const yaml_node_pair_t *pair,
                      const yaml_node_t **seen);
static void read_value(struct exception_reading *r, enum key key, const yaml_node_t *node);
static void read_plain(struct exception_reading *r, enum key key, const yaml_node_t *node);
static void read_id(struct exception_reading *r, const yaml_node_t *node);
static bool is_word(str text);
static void read_rules(struct exception_reading *r, const yaml_node_t *node);
static void read_step(struct exception_reading *r, const yaml_node_t *node);
static void read_contexts(struct exception_reading *r, const yaml_node_t *node);
static void read_truth(struct exception_reading *r, const yaml_node_t *node, bool *out);
static void read_date(struct exception_reading *r, const yaml_node_t *node, str *out);
static void check_entry(struct exception_reading *r, const yaml_node_t *node,
                        const yaml_node_t *const *seen);
static bool has_id(const void *context, uint32_t value);
static void check_time(struct exception_reading *r, const yaml_node_t *expires);
static void add_problem(struct exception_reading *r, str text, bool is_warning);

enum status exception_file_parse(str path, str text, const struct exception_rules *rules,
                                 struct arena *arena, struct exception_file *out, struct err *err)
{
    struct exception_reading r = { .rules = rules, .texts_left = EXCEPTION_TEXTS_MAX };
    struct exception_file file = { 0 };
    enum status status = document_parse(path, text, arena, &r.document, err);
    if (status != OK)
        return status;
    r.document.err = &r.err;
    r.file = &file;
    const yaml_node_t *root = yaml_document_get_root_node(&r.document.yaml);
    if (root->type != YAML_SEQUENCE_NODE) {
        r.document.err = err;
        status = document_refuse(&r.document, root, "a list of exceptions belongs here", STR_EMPTY);
        document_done(&r.document);
        return status;
    }
    const size_t len = (size_t)(root->data.sequence.items.top - root->data.sequence.items.start);
    const size_t count = len < EXCEPTIONS_MAX ? len : EXCEPTIONS_MAX;
    file.at = arena_zalloc(arena, (count + 1) * sizeof *file.at);
    file.problems = arena_zalloc(arena, (EXCEPTION_PROBLEMS_MAX + 1) * sizeof *file.problems);
    for (size_t i = 0; i < count; i++)
        read_entry(&r, exception_reading_node(&r, root->data.sequence.items.start[i]));
    if (len > count) {
        const yaml_node_t *next =
            exception_reading_node(&r, root->data.sequence.items.start[count]);
        (void)exception_reading_refuse(
            &r, next, "a file has at most 10000 exceptions: left out are those from here on",
            STR_EMPTY);
        file.refused += len - count;
    }
    map_done(&r.ids);
    document_done(&r.document);
    *out = file;
    return OK;
}

static void read_entry(struct exception_reading *r, const yaml_node_t *node)
{
    const yaml_node_t *seen[KEY_COUNT] = { NULL };
    r->exception = &r->file->at[r->file->count];
    *r->exception = (struct exception){ 0 };
    r->is_refused = false;
    if (node->type != YAML_MAPPING_NODE) {
        (void)exception_reading_refuse(r, node, "an exception is a mapping of keys", STR_EMPTY);
    } else {
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++)
            read_pair(r, pair, seen);
        check_entry(r, node, seen);
    }
    r->file->count += !r->is_refused;
    r->file->refused += r->is_refused;
}

static void read_pair(struct exception_reading *r, const yaml_node_pair_t *pair,
                      const yaml_node_t **seen)
{
    const yaml_node_t *name = exception_reading_node(r, pair->key);
    const str word = name->type == YAML_SCALAR_NODE ? document_scalar(name) : STR_EMPTY;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (!str_eq(keys[i].name, word))
            continue;
        if (seen[i] != NULL) {
            (void)exception_reading_refuse(r, name, "the key stands twice:", word);
            return;
        }
        seen[i] = exception_reading_node(r, pair->value);
        read_value(r, (enum key)i, seen[i]);
        return;
    }
    (void)exception_reading_refuse(r, name, "an exception has no key", word);
}

static void read_value(struct exception_reading *r, enum key key, const yaml_node_t *node)
{
    struct exception *x = r->exception;
    switch (key) {
    case KEY_ID:
        read_id(r, node);
        return;
    case KEY_RULES:
        read_rules(r, node);
        return;
    case KEY_SIGNER:
    case KEY_CDHASH:
    case KEY_PATH:
        (void)exception_reading_who_key(r, keys[key].name, node, &x->who);
        return;
    case KEY_STEP:
        read_step(r, node);
        return;
    case KEY_LIBRARY:
        x->has_library = true;
        exception_reading_who(r, node, &x->library);
        return;
    case KEY_TARGET:
        x->has_target = true;
        exception_reading_who(r, node, &x->target);
        return;
    default:
        read_plain(r, key, node);
    }
}

// Values that have no parts.
static void read_plain(struct exception_reading *r, enum key key, const yaml_node_t *node)
{
    struct exception *x = r->exception;
    if (key == KEY_ANY_LIBRARY)
        read_truth(r, node, &x->any_library);
    else if (key == KEY_CRITICAL)
        read_truth(r, node, &x->critical);
    else if (key == KEY_HOSTS)
        (void)exception_reading_texts(r, node, EXCEPTION_HOSTS_MAX, &x->hosts, &x->host_count);
    else if (key == KEY_CONTEXTS)
        read_contexts(r, node);
    else if (key == KEY_OWNER)
        (void)exception_reading_text(r, node, EXCEPTION_TEXT_MAX, &x->owner);
    else if (key == KEY_REASON)
        (void)exception_reading_text(r, node, EXCEPTION_REASON_MAX, &x->reason);
    else if (key == KEY_CREATED)
        read_date(r, node, &x->created);
    else if (key == KEY_EXPIRES)
        read_date(r, node, &x->expires);
}

static void read_id(struct exception_reading *r, const yaml_node_t *node)
{
    str *id = &r->exception->id;
    if (!exception_reading_text(r, node, EXCEPTION_ID_MAX, id))
        return;
    if (!is_word(*id))
        (void)exception_reading_refuse(
            r, node, "an id has letters, digits, dots, underscores and hyphens, not", *id);
}

static bool is_word(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return text.len > 0;
}

// A star stands for every rule, and none is kept.
static void read_rules(struct exception_reading *r, const yaml_node_t *node)
{
    struct exception *x = r->exception;
    if (!exception_reading_texts(r, node, EXCEPTION_RULES_MAX, &x->rules, &x->rule_count))
        return;
    if (x->rule_count == 1 && str_eq(x->rules[0], STR("*"))) {
        x->rule_count = 0;
        return;
    }
    for (size_t i = 0; i < x->rule_count; i++)
        if (!is_word(x->rules[i]))
            (void)exception_reading_refuse(
                r, node, "rules are ids, or one star for every rule, not", x->rules[i]);
        else if (r->rules != NULL && !r->rules->knows(r->rules->context, x->rules[i]))
            exception_reading_warn(r, node, "warning: there is no rule", x->rules[i]);
}

static void read_step(struct exception_reading *r, const yaml_node_t *node)
{
    struct exception *x = r->exception;
    str text;
    uint64_t number;
    if (!exception_reading_text(r, node, EXCEPTION_TEXT_MAX, &text))
        return;
    for (x->step = EXCEPTION_ACTING; x->step < EXCEPTION_NUMBER; x->step++)
        if (str_eq(text, exception_step_name(x->step)))
            return;
    if (!str_to_u64(text, &number) || number == 0 || number > EXCEPTION_STEPS_MAX)
        (void)exception_reading_refuse(
            r, node, "step is acting, any, library, target, parent or a number from 1 to 64, not",
            text);
    else
        x->step_number = (uint32_t)number;
}

static void read_contexts(struct exception_reading *r, const yaml_node_t *node)
{
    static const str known[] = { STR_INIT("dev"), STR_INIT("test"), STR_INIT("prod") };
    struct exception *x = r->exception;
    if (!exception_reading_texts(r, node, COUNT_OF(known), &x->contexts, &x->context_count))
        return;
    for (size_t i = 0; i < x->context_count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(known); k++)
            is_known |= str_eq(known[k], x->contexts[i]);
        if (!is_known)
            (void)exception_reading_refuse(r, node, "contexts are dev, test and prod, not",
                                           x->contexts[i]);
    }
}

static void read_truth(struct exception_reading *r, const yaml_node_t *node, bool *out)
{
    str text;
    if (!exception_reading_text(r, node, EXCEPTION_TEXT_MAX, &text))
        return;
    *out = str_eq(text, STR("true"));
    if (!*out && !str_eq(text, STR("false")))
        (void)exception_reading_refuse(r, node, "true or false belongs here, not", text);
}

static void read_date(struct exception_reading *r, const yaml_node_t *node, str *out)
{
    int64_t day;
    if (exception_reading_text(r, node, EXCEPTION_TEXT_MAX, out) && !exception_date(*out, &day))
        (void)exception_reading_refuse(r, node, "a date is like 2026-11-01, not", *out);
}

static void check_entry(struct exception_reading *r, const yaml_node_t *node,
                        const yaml_node_t *const *seen)
{
    const struct exception *x = r->exception;
    if (seen[KEY_SIGNER] == NULL && seen[KEY_CDHASH] == NULL)
        exception_reading_refuse_nobody(r, seen[KEY_PATH] == NULL ? node : seen[KEY_PATH], &x->who);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].is_required && seen[i] == NULL)
            (void)exception_reading_refuse(r, node, "the exception has no", keys[i].name);
    if (x->step == EXCEPTION_PARENT && x->who.cdhash_count > 0)
        (void)exception_reading_refuse(
            r, node, "no record tells the cdhash of a parent: name its signer", STR_EMPTY);
    if (x->any_library && (x->has_library || x->step == EXCEPTION_LIBRARY))
        (void)exception_reading_refuse(
            r, node, "any_library, and yet a library is named: leave one of them out", STR_EMPTY);
    const uint64_t hash = str_hash(x->id, 0);
    if (x->id.len > 0 && map_find(&r->ids, hash, has_id, r) != MAP_NONE)
        (void)exception_reading_refuse(r, node, "another exception has the id", x->id);
    if (seen[KEY_EXPIRES] != NULL)
        check_time(r, seen[KEY_EXPIRES]);
    if (!r->is_refused)
        map_add(&r->ids, hash, (uint32_t)r->file->count);
    if (!r->is_refused && x->rule_count == 0 && x->host_count == 0 && x->who.is_prefix &&
        str_ends_with(x->who.signer, STR("/")))
        exception_reading_warn(
            r, node, "warning: this is every rule for all that the team signs, on every Mac:",
            x->who.signer);
}

static bool has_id(const void *context, uint32_t value)
{
    const struct exception_reading *r = context;
    return str_eq(r->file->at[value].id, r->exception->id);
}

static void check_time(struct exception_reading *r, const yaml_node_t *expires)
{
    struct exception *x = r->exception;
    int64_t created_day = 0;
    if (!exception_date(x->created, &created_day) || !exception_date(x->expires, &x->expires_day))
        return;
    if (x->expires_day < created_day)
        (void)exception_reading_refuse(r, expires, "it expires before it was created, on",
                                       x->expires);
    else if (x->expires_day - created_day > EXCEPTION_DAYS_MAX)
        (void)exception_reading_refuse(
            r, expires, "an exception holds for two years at most from its creation, not until",
            x->expires);
}

bool exception_reading_refuse(struct exception_reading *r, const yaml_node_t *node,
                              const char *what, str name)
{
    (void)document_refuse(&r->document, node, what, name);
    r->is_refused = true;
    add_problem(r, str_of(r->err.text), false);
    return false;
}

void exception_reading_warn(struct exception_reading *r, const yaml_node_t *node, const char *what,
                            str name)
{
    (void)document_refuse(&r->document, node, what, name);
    add_problem(r, str_of(r->err.text), true);
}

static void add_problem(struct exception_reading *r, str text, bool is_warning)
{
    struct exception_file *file = r->file;
    if (file->problem_count > EXCEPTION_PROBLEMS_MAX)
        return;
    if (file->problem_count == EXCEPTION_PROBLEMS_MAX) {
        text =
            arena_printf(r->document.arena, "%.*s: more than %u problems: the others are not told",
                         STR_ARG(r->document.path), EXCEPTION_PROBLEMS_MAX);
        is_warning = false;
    }
    file->problems[file->problem_count++] =
        (struct exception_problem){ arena_str(r->document.arena, text), is_warning };
}

const yaml_node_t *exception_reading_node(struct exception_reading *r, int index)
{
    return yaml_document_get_node(&r->document.yaml, index);
}

bool exception_reading_text(struct exception_reading *r, const yaml_node_t *node, size_t max,
                            str *out)
{
    const bool is_text = node->type == YAML_SCALAR_NODE;
    str text = is_text ? document_scalar(node) : STR_EMPTY;
    while (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;  // A block ends in one that nobody means.
    if (text.len == 0)
        return exception_reading_refuse(r, node, "a text belongs here", STR_EMPTY);
    if (text.len > max)
        return exception_reading_refuse(r, node, "the text is too long:", str_to(text, 40));
    *out = arena_str(r->document.arena, text);
    return true;
}

bool exception_reading_texts(struct exception_reading *r, const yaml_node_t *node, size_t max,
                             const str **out, size_t *count)
{
    const bool is_list = node->type == YAML_SEQUENCE_NODE;
    const size_t len =
        is_list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 1;
    if (len == 0)
        return exception_reading_refuse(r, node, "the list is empty", STR_EMPTY);
    if (len > max || len > r->texts_left)
        return exception_reading_refuse(r, node, "the list has too many items", STR_EMPTY);
    r->texts_left -= len;
    str *texts = arena_zalloc(r->document.arena, len * sizeof *texts);
    for (size_t i = 0; i < len; i++) {
        const yaml_node_t *item =
            is_list ? exception_reading_node(r, node->data.sequence.items.start[i]) : node;
        if (!exception_reading_text(r, item, EXCEPTION_TEXT_MAX, &texts[i]))
            return false;
    }
    *out = texts;
    *count = len;
    return true;
}
