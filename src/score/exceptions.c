#include "score/exceptions.h"

#include "base/document.h"
#include "base/map.h"

#include <stdlib.h>

#define STORE_TEXT_MAX (EXCEPTIONS_STORE_BYTES_MAX + EXCEPTIONS_MAX)

// The exceptions that name a rule, in order: found once, when the rule is met first.
struct of_rule {
    str rule;
    uint32_t *at;
    size_t count;
};

// What an exception met in this run.
struct run_hits {
    uint64_t count;
    int64_t first_ns;
    int64_t last_ns;
};

struct wanted {
    const struct exceptions *of;
    str rule;
};

struct exceptions {
    struct arena arena;
    struct arena scratch;  // Of one question, however many exceptions are asked.
    struct exception_file file;
    str path;
    bool is_stored;
    struct run_hits *hits;  // Of each.
    struct of_rule *rules;
    size_t rule_count;
    size_t rule_capacity;
    struct map by_rule;  // Numbers of `rules`.
    uint64_t in;
    uint64_t excepted;
    int64_t last_ns;  // Of the findings that were judged.
};

static const struct document_kind kind = { "a file of exceptions", EXCEPTION_FILE_MAX };

static struct exceptions *new_of(str path);
static enum status end_load(struct exceptions *e, enum status status, struct exceptions **out);
static enum status load_rows(struct exceptions *e, struct db *db,
                             const struct exception_rules *rules, struct err *err);
static enum status parse(struct exceptions *e, str text, const struct exception_rules *rules,
                         struct err *err);
static void take_rows(struct exceptions *e, const struct exception_row *rows, size_t count);
static const struct of_rule *rule_of(struct exceptions *e, str rule);
static bool is_rule(const void *context, uint32_t value);
static void count_hit(struct exceptions *e, size_t i, int64_t time_ns);
static const struct exception_row *rows_of(const struct exceptions *e, struct arena *arena);

enum status exceptions_load(str name, const struct exception_rules *rules, struct exceptions **out,
                            struct err *err)
{
    struct arena arena = { 0 };
    str text;
    if (exceptions_store_is(name))
        return exceptions_load_store(name, rules, out, err);
    enum status status = document_text(name, &kind, &arena, &text, err);
    if (status == OK)
        status = exceptions_load_text(name, text, rules, out, err);
    arena_done(&arena);
    return status;
}

enum status exceptions_load_text(str path, str text, const struct exception_rules *rules,
                                 struct exceptions **out, struct err *err)
{
    struct exceptions *e = new_of(path);
    return end_load(e, parse(e, text, rules, err), out);
}

enum status exceptions_load_store(str name, const struct exception_rules *rules,
                                  struct exceptions **out, struct err *err)
{
    struct db *db = NULL;
    enum status status = store_open(name, DB_READ, &db, err);
    if (status == OK)
        status = exceptions_load_from(db, name, rules, out, err);
    db_close(db);
    return status;
}

enum status exceptions_load_from(struct db *db, str name, const struct exception_rules *rules,
                                 struct exceptions **out, struct err *err)
{
    struct exceptions *e = new_of(name);
    e->is_stored = true;
    return end_load(e, load_rows(e, db, rules, err), out);
}

static struct exceptions *new_of(str path)
{
    struct exceptions *e = memory_zeroed(1, sizeof *e);
    e->path = arena_str(&e->arena, path);
    e->last_ns = INT64_MIN;
    return e;
}

static enum status end_load(struct exceptions *e, enum status status, struct exceptions **out)
{
    if (status == OK)
        *out = e;
    else
        exceptions_free(e);
    return status;
}

// The texts one behind the other are a file.
static enum status load_rows(struct exceptions *e, struct db *db,
                             const struct exception_rules *rules, struct err *err)
{
    struct exception_row *rows = NULL;
    size_t count = 0;
    enum status status = exceptions_store_rows(db, &e->arena, &rows, &count, err);
    if (status != OK) {
        err_prefix(err, "%.*s", STR_ARG(e->path));
        return status;
    }
    struct buf text;
    buf_init(&text, STORE_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_add(&text, rows[i].text);
        buf_add_char(&text, '\n');
    }
    if (count == 0)
        buf_add(&text, STR("[]"));
    status = parse(e, buf_str(&text), rules, err);
    buf_done(&text);
    if (status == OK)
        take_rows(e, rows, count);
    return status;
}

static enum status parse(struct exceptions *e, str text, const struct exception_rules *rules,
                         struct err *err)
{
    const enum status status = exception_file_parse(e->path, text, rules, &e->arena, &e->file, err);
    if (status == OK)
        e->hits = arena_zalloc(&e->arena, (e->file.count + 1) * sizeof *e->hits);
    return status;
}

// Both are in the same order; a row may hold none that is sound.
static void take_rows(struct exceptions *e, const struct exception_row *rows, size_t count)
{
    size_t row = 0;
    for (size_t i = 0; i < e->file.count; i++) {
        struct exception *x = &e->file.at[i];
        size_t at = row;
        while (at < count && !str_eq(rows[at].id, x->id))
            at++;
        if (at == count)
            continue;
        x->hits = rows[at].hits;
        x->first_hit_ns = rows[at].first_hit_ns;
        x->last_hit_ns = rows[at].last_hit_ns;
        x->put_by = rows[at].put_by;
        x->put_ns = rows[at].put_ns;
        row = at + 1;
    }
}

void exceptions_free(struct exceptions *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->rule_count; i++)
        free(e->rules[i].at);
    free(e->rules);
    map_done(&e->by_rule);
    arena_done(&e->scratch);
    arena_done(&e->arena);
    free(e);
}

void exceptions_judge(struct exceptions *e, struct finding *finding)
{
    if (e == NULL || finding->verdict != VERDICT_NEW)
        return;
    const struct of_rule *of = rule_of(e, finding->rule->id);
    const enum level level =
        finding->level > finding->rule->level ? finding->level : finding->rule->level;
    e->in++;
    if (finding->time_ns > e->last_ns)
        e->last_ns = finding->time_ns;
    for (size_t i = 0; i < of->count; i++) {
        struct exception *x = &e->file.at[of->at[i]];
        arena_reset(&e->scratch);
        if ((level == LEVEL_CRITICAL && !x->critical) || !exception_covers(x, finding, &e->scratch))
            continue;
        if (finding->time_ns >= exception_end_ns(x)) {
            x->late_hits++;
            continue;
        }
        finding->verdict = VERDICT_EXCEPTED;
        finding->verdict_by = x->id;
        e->excepted++;
        count_hit(e, of->at[i], finding->time_ns);
        return;
    }
}

// Which of them are asked is found once a rule.
static const struct of_rule *rule_of(struct exceptions *e, str rule)
{
    const struct wanted wanted = { e, rule };
    const uint64_t hash = str_hash(rule, 0);
    const uint32_t found = map_find(&e->by_rule, hash, is_rule, &wanted);
    if (found != MAP_NONE)
        return &e->rules[found];
    if (e->rule_count == e->rule_capacity) {
        e->rule_capacity = e->rule_capacity == 0 ? 32 : 2 * e->rule_capacity;
        e->rules = memory_resize(e->rules, e->rule_capacity * sizeof *e->rules);
    }
    struct of_rule *of = &e->rules[e->rule_count];
    *of = (struct of_rule){ .rule = arena_str(&e->arena, rule) };
    of->at = memory_zeroed(e->file.count + 1, sizeof *of->at);
    for (size_t i = 0; i < e->file.count; i++)
        if (exception_names_rule(&e->file.at[i], rule))
            of->at[of->count++] = (uint32_t)i;
    map_add(&e->by_rule, hash, (uint32_t)e->rule_count++);
    return of;
}

static bool is_rule(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    return str_eq(wanted->of->rules[value].rule, wanted->rule);
}

static void count_hit(struct exceptions *e, size_t i, int64_t time_ns)
{
    struct exception *x = &e->file.at[i];
    struct run_hits *run = &e->hits[i];
    if (x->hits == 0 || time_ns < x->first_hit_ns)
        x->first_hit_ns = time_ns;
    if (x->hits == 0 || time_ns > x->last_hit_ns)
        x->last_hit_ns = time_ns;
    if (run->count == 0 || time_ns < run->first_ns)
        run->first_ns = time_ns;
    if (run->count == 0 || time_ns > run->last_ns)
        run->last_ns = time_ns;
    x->hits++;
    run->count++;
}

size_t exceptions_count(const struct exceptions *e)
{
    return e->file.count;
}

const struct exception *exceptions_at(const struct exceptions *e, size_t i)
{
    return &e->file.at[i];
}

size_t exceptions_refused(const struct exceptions *e)
{
    return e->file.refused;
}

const struct exception_problem *exceptions_problems(const struct exceptions *e, size_t *count)
{
    *count = e->file.problem_count;
    return e->file.problems;
}

bool exceptions_are_stored(const struct exceptions *e)
{
    return e->is_stored;
}

uint64_t exceptions_hits(const struct exceptions *e, size_t i)
{
    return e->hits[i].count;
}

struct exceptions_counts exceptions_counts(const struct exceptions *e)
{
    struct exceptions_counts counts = { .in = e->in, .excepted = e->excepted };
    for (size_t i = 0; i < e->file.count; i++) {
        const struct exception *x = &e->file.at[i];
        if (e->hits[i].count > 0)
            counts.used++;
        else if (exception_end_ns(x) <= e->last_ns)
            counts.expired++;
        else
            counts.never_hit += x->hits == 0;
    }
    return counts;
}

enum status exceptions_save_hits(const struct exceptions *e, struct err *err)
{
    if (!e->is_stored || e->excepted == 0)
        return OK;
    struct db *db = NULL;
    struct exception_row *rows = memory_zeroed(e->file.count, sizeof *rows);
    for (size_t i = 0; i < e->file.count; i++)
        rows[i] = (struct exception_row){
            .id = e->file.at[i].id,
            .hits = e->hits[i].count,
            .first_hit_ns = e->hits[i].first_ns,
            .last_hit_ns = e->hits[i].last_ns,
        };
    enum status status = store_open(e->path, DB_CHANGE, &db, err);
    if (status == OK) {
        status = exceptions_store_add_hits(db, rows, e->file.count, err);
        if (status != OK)
            err_prefix(err, "hits of exceptions cannot be kept in the store");
    }
    db_close(db);
    free(rows);
    return status;
}

enum status exceptions_replace_in(const struct exceptions *e, struct db *db,
                                  const struct store_act *act, struct exception_changes *out,
                                  struct err *err)
{
    struct arena arena = { 0 };
    const struct exception_row *rows = rows_of(e, &arena);
    const enum status status = exceptions_store_replace(db, act, rows, e->file.count, out, err);
    arena_done(&arena);
    return status;
}

enum status exceptions_add_to(const struct exceptions *e, struct db *db,
                              const struct store_act *act, struct err *err)
{
    struct arena arena = { 0 };
    const struct exception_row *rows = rows_of(e, &arena);
    const enum status status = exceptions_store_add(db, act, rows, e->file.count, err);
    arena_done(&arena);
    return status;
}

static const struct exception_row *rows_of(const struct exceptions *e, struct arena *arena)
{
    struct exception_row *rows = arena_zalloc(arena, (e->file.count + 1) * sizeof *rows);
    for (size_t i = 0; i < e->file.count; i++) {
        struct buf text;
        buf_init(&text, EXCEPTIONS_STORE_BYTES_MAX);
        exception_add_yaml(&text, &e->file.at[i]);
        rows[i].id = e->file.at[i].id;
        rows[i].text = arena_str(arena, buf_str(&text));
        buf_done(&text);
    }
    return rows;
}
