#include "match/rules.h"

#include "match/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILES_MAX RULES_MAX

struct files {
    str *at;
    size_t count;
};

static enum status find_files(struct rules *r, str path, struct files *out, struct err *err);
static enum status list_directory(struct rules *r, const char *directory, struct files *out,
                                  struct err *err);
static void load_files(struct rules *r, const struct files *files);
static void load_lists(struct rules *r, str path);
static void load_rule(struct rules *r, str path);
static enum status compile_rule(struct rules *r, str path, const struct rule_file *file,
                                struct err *err);
static bool is_lists_file(str path);
static void keep_problem(struct rules *r, const struct err *err);
static void build_dispatch(struct rules *r);
static void dispatch_stage(struct rules *r, enum action action, struct rule_stage stage,
                           struct eql_scratch *scratch);
static bool find_list(const void *context, str name, const str **at, size_t *count);
static str nearest_list(const void *context, str name);

enum status rules_load(const str *paths, size_t count, struct rules **out, struct err *err)
{
    struct rules *r = memory_zeroed(1, sizeof *r);
    struct files files = { .at = memory_zeroed(FILES_MAX, sizeof(str)) };
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++)
        status = find_files(r, paths[i], &files, err);
    if (status == OK)
        load_files(r, &files);
    free(files.at);
    if (status == OK && r->count == 0 && r->problem_count == 0)
        status = fail(err, ERR_CONFIG, "there is no rule in %.*s", STR_ARG(paths[0]));
    if (status != OK) {
        rules_free(r);
        return status;
    }
    build_dispatch(r);
    *out = r;
    return OK;
}

void rules_free(struct rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        eql_plan_free(r->at[i].plan);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        free(r->dispatch[i].at);
    free(r->at);
    free(r->lists);
    free(r->problems);
    arena_done(&r->arena);
    free(r);
}

static enum status find_files(struct rules *r, str path, struct files *out, struct err *err)
{
    struct stat st;
    const char *name = cstr_of(&r->arena, path);
    if (name == NULL || stat(name, &st) != 0)
        return fail(err, ERR_CONFIG, "%.*s: %s", STR_ARG(path), strerror(errno));
    if (S_ISDIR(st.st_mode))
        return list_directory(r, name, out, err);
    if (out->count == FILES_MAX)
        return fail(err, ERR_LIMIT, "there are more than %u rule files", FILES_MAX);
    out->at[out->count++] = str_of(name);
    return OK;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static enum status list_directory(struct rules *r, const char *directory, struct files *out,
                                  struct err *err)
{
    const size_t first = out->count;
    DIR *d = opendir(directory);
    if (d == NULL)
        return fail(err, ERR_CONFIG, "%s: %s", directory, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
        const str name = str_of(entry->d_name);
        if (!str_ends_with(name, STR(".yaml")) || name.at[0] == '.')
            continue;
        if (out->count == FILES_MAX) {
            (void)closedir(d);
            return fail(err, ERR_LIMIT, "there are more than %u rule files", FILES_MAX);
        }
        out->at[out->count++] = arena_printf(&r->arena, "%s/%.*s", directory, STR_ARG(name));
    }
    (void)closedir(d);
    qsort(out->at + first, out->count - first, sizeof *out->at, by_name);
    return OK;
}

static bool is_lists_file(str path)
{
    return str_eq(str_base_name(path), STR("lists.yaml"));
}

// Lists first, whatever the order of the files: rules use them by name.
static void load_files(struct rules *r, const struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (is_lists_file(files->at[i]))
            load_lists(r, files->at[i]);
    for (size_t i = 0; i < files->count; i++)
        if (!is_lists_file(files->at[i]))
            load_rule(r, files->at[i]);
}

static void load_lists(struct rules *r, str path)
{
    struct rule_list *lists;
    size_t count;
    struct err err;
    if (rule_file_read_lists(path, &r->arena, &lists, &count, &err) != OK) {
        keep_problem(r, &err);
        return;
    }
    r->lists = memory_resize(r->lists, (r->list_count + count) * sizeof *r->lists);
    if (count > 0)
        memcpy(r->lists + r->list_count, lists, count * sizeof *lists);
    r->list_count += count;
}

static void load_rule(struct rules *r, str path)
{
    struct rule_file file;
    struct err err;
    enum status status = rule_file_read(path, &r->arena, &file, &err);
    if (status == OK)
        status = compile_rule(r, path, &file, &err);
    if (status != OK)
        keep_problem(r, &err);
}

static enum status compile_rule(struct rules *r, str path, const struct rule_file *file,
                                struct err *err)
{
    const struct eql_lists lists = { .context = r, .find = find_list, .nearest = nearest_list };
    struct eql_plan *plan;
    struct eql_place place = { .line = 1, .column = 1 };

    for (size_t i = 0; i < r->count; i++)
        if (str_eq(r->at[i].facts.id, file->facts.id))
            return fail(err, ERR_CONFIG, "%.*s:1:1: another rule has the id %.*s", STR_ARG(path),
                        STR_ARG(file->facts.id));
    const enum status status = eql_compile(file->query, &lists, &plan, &place, err);
    if (status != OK) {
        const uint32_t line = file->query_line + (file->query_is_block ? place.line - 1 : 0);
        const uint32_t column = file->query_column + (file->query_is_block ? place.column - 1 : 0);
        err_prefix(err, "%.*s:%u:%u", STR_ARG(path), line, column);
        return status;
    }
    r->at = memory_resize(r->at, (r->count + 1) * sizeof *r->at);
    r->at[r->count++] = (struct rule){ .facts = file->facts, .query = file->query, .plan = plan };
    return OK;
}

static void keep_problem(struct rules *r, const struct err *err)
{
    r->problems = memory_resize(r->problems, (r->problem_count + 1) * sizeof *r->problems);
    r->problems[r->problem_count++].text = arena_str(&r->arena, str_of(err->text));
}

// For each action, the stages whose condition can hold for it, whatever the other fields are.
static void build_dispatch(struct rules *r)
{
    struct eql_scratch *scratch = eql_scratch_new();
    for (size_t action = 0; action < ACTION_COUNT; action++) {
        for (uint32_t rule = 0; rule < r->count; rule++) {
            const struct eql_plan *plan = r->at[rule].plan;
            for (uint32_t stage = plan->stage_count; stage > 0; stage--)
                dispatch_stage(r, (enum action)action, (struct rule_stage){ rule, stage - 1 },
                               scratch);
            if (plan->has_until)
                dispatch_stage(r, (enum action)action, (struct rule_stage){ rule, STAGE_UNTIL },
                               scratch);
        }
    }
    eql_scratch_free(scratch);
}

static void dispatch_stage(struct rules *r, enum action action, struct rule_stage stage,
                           struct eql_scratch *scratch)
{
    static const bool known[FIELD_COUNT] = {
        [FIELD_EVENT_ACTION] = true, [FIELD_EVENT_TYPE] = true
    };

    struct value slots[FIELD_COUNT] = { 0 };
    struct event event = { .action = action,
                           .categories = action_traits[action].categories,
                           .slots = slots,
                           .slot_count = FIELD_COUNT };
    const struct eql_stage *wanted = rule_stage_of(r, stage);
    struct rule_dispatch *dispatch = &r->dispatch[action];
    slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[action].type);
    const struct eql_plan *plan = r->at[stage.rule].plan;
    if ((wanted->categories & event.categories) == 0 ||
        !eql_may_hold(plan, wanted->condition, &event, known, scratch))
        return;

    dispatch->at = memory_resize(dispatch->at, (dispatch->count + 1) * sizeof *dispatch->at);
    dispatch->at[dispatch->count++] = stage;
    eql_fields(plan, wanted->condition, dispatch->shows);
    for (uint32_t i = 0; i < wanted->key_count; i++)
        if (wanted->keys[i].field != PLAN_FIELD_NONE)
            dispatch->shows[wanted->keys[i].field] = true;
}

void rules_want(const struct rules *r, struct projection *projection)
{
    for (size_t action = 0; action < ACTION_COUNT; action++) {
        const struct rule_dispatch *dispatch = &r->dispatch[action];
        if (dispatch->count == 0)
            continue;
        evidence_want(projection, (enum action)action);
        for (size_t field = 0; field < FIELD_COUNT; field++)
            if (dispatch->shows[field])
                projection_want(projection, (enum action)action, (enum field)field);
    }
}

// A later list of the same name replaces an earlier one.
static const struct rule_list *list_of(const struct rules *r, str name)
{
    for (size_t i = r->list_count; i > 0; i--)
        if (str_eq(r->lists[i - 1].name, name))
            return &r->lists[i - 1];
    return NULL;
}

struct rule_list rules_list(const struct rules *r, str name)
{
    const struct rule_list *list = list_of(r, name);
    return list == NULL ? (struct rule_list){ .name = name } : *list;
}

static bool find_list(const void *context, str name, const str **at, size_t *count)
{
    const struct rule_list *list = list_of(context, name);
    if (list == NULL)
        return false;
    *at = list->at;
    *count = list->count;
    return true;
}

static str nearest_list(const void *context, str name)
{
    const struct rules *r = context;
    size_t best = 4;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < r->list_count; i++) {
        const size_t distance = str_distance(r->lists[i].name, name, best);
        if (distance < best) {
            best = distance;
            nearest = r->lists[i].name;
        }
    }
    return nearest;
}

const struct rule_problem *rules_problems(const struct rules *r, size_t *count)
{
    *count = r->problem_count;
    return r->problems;
}

size_t rules_count(const struct rules *r)
{
    return r->count;
}

const struct rule_facts *rules_facts(const struct rules *r, size_t i)
{
    return &r->at[i].facts;
}

str rules_query(const struct rules *r, size_t i)
{
    return r->at[i].query;
}
