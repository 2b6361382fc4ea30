#include "match/rules.h"

#include "match/evidence.h"
#include "match/rule_paths.h"
#include "match/sensor_file.h"

#include <stdlib.h>

// What is said of a query while it is compiled.
struct compiling {
    struct rules *rules;
    const struct rule *rule;
    bool is_block;         // Its lines are lines of the file.
    size_t first_problem;  // Of those that are its own.
};

static void load_files(struct rules *r, const struct rule_paths *files,
                       const struct rules_options *options);
static void load_lists(struct rules *r, str path);
static void load_rule(struct rules *r, str path, const struct rules_options *options);
static enum status check_new(const struct rules *r, const struct rule *rule, struct err *err);
static void compile_rule(struct rules *r, struct rule *rule, bool is_block,
                         const struct rules_options *options);
static void keep_warning(void *context, struct eql_place place, const char *sentence);
static void keep_place(const struct compiling *c, struct eql_place place, const char *sentence,
                       bool is_warning);
static void keep_problem(struct rules *r, struct rule_problem problem);
static void build_dispatch(struct rules *r);
static void note_suppressed(const struct rules *r, struct dispatch *dispatch);
static void warn_of_unmet(struct rules *r);
static void warn_of_stage(struct rules *r, struct rule_stage stage);
static bool needs_each(const struct eql_plan *plan);
static bool is_letter_of_name(str text);
static bool find_list(const void *context, str name, const str **at, size_t *count);
static str nearest_list(const void *context, str name);

enum status rules_load(const str *paths, size_t count, const struct rules_options *options,
                       struct rules **out, struct err *err)
{
    static const struct rules_options none = { 0 };
    struct rules *r = memory_zeroed(1, sizeof *r);
    struct rule_paths files = { 0 };
    enum status status = OK;
    r->pool = eql_pool_new();
    for (size_t i = 0; i < count; i++)
        if (rule_paths_add(&files, paths[i], &r->arena, err) != OK)
            keep_problem(r, (struct rule_problem){ .text = str_of(err->text) });
    load_files(r, &files, options == NULL ? &none : options);
    const size_t file_count = files.count;
    rule_paths_done(&files);
    if (r->count == 0 && (r->problem_count == 0 || file_count == 0))
        status = r->problem_count > 0
                     ? ERR_CONFIG
                     : fail(err, ERR_CONFIG, "there is no rule in %.*s", STR_ARG(paths[0]));
    if (status != OK) {
        rules_free(r);
        return status;
    }
    build_dispatch(r);
    if (options == NULL || !options->lenient)
        warn_of_unmet(r);
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
        dispatch_done(&r->dispatch[i]);
    eql_pool_free(r->pool);
    free(r->at);
    free(r->lists);
    free(r->problems);
    arena_done(&r->arena);
    free(r);
}

// Lists first, whatever the order of the files: rules use them by name.
static void load_files(struct rules *r, const struct rule_paths *files,
                       const struct rules_options *options)
{
    for (size_t i = 0; i < files->count; i++)
        if (rule_path_is_lists(files->at[i]))
            load_lists(r, files->at[i]);
    for (size_t i = 0; i < files->count; i++) {
        const str path = files->at[i];
        struct err err;
        if (rule_path_is_sensors(path)) {
            if (rules_load_profiles(r, path, &err) != OK)
                keep_problem(r, (struct rule_problem){ .text = str_of(err.text) });
        } else if (!rule_path_is_lists(path)) {
            load_rule(r, path, options);
        }
    }
}

enum status rules_load_profiles(struct rules *r, str path, struct err *err)
{
    return sensor_file_read(path, &r->arena, &r->profiles, err);
}

const struct sensor_profiles *rules_profiles(const struct rules *r)
{
    return &r->profiles;
}

static void load_lists(struct rules *r, str path)
{
    struct rule_list *lists;
    size_t count;
    struct err err;
    if (rule_file_read_lists(path, &r->arena, &lists, &count, &err) != OK) {
        keep_problem(r, (struct rule_problem){ .text = str_of(err.text) });
        return;
    }
    r->lists = memory_resize(r->lists, (r->list_count + count) * sizeof *r->lists);
    if (count > 0)
        memcpy(r->lists + r->list_count, lists, count * sizeof *lists);
    r->list_count += count;
}

static void load_rule(struct rules *r, str path, const struct rules_options *options)
{
    struct rule_file file;
    struct err err;
    enum status status = rule_path_is_query(path)
                             ? rule_file_read_query(path, &r->arena, &file, &err)
                             : rule_file_read(path, &r->arena, &file, &err);
    struct rule rule = { .path = path };
    if (status == OK) {
        rule = (struct rule){ .facts = file.facts,
                              .query = file.query,
                              .path = path,
                              .line = file.query_line,
                              .column = file.query_column };
        status = check_new(r, &rule, &err);
    }
    if (status == OK)
        compile_rule(r, &rule, file.query_is_block, options);
    else
        keep_problem(r, (struct rule_problem){ .text = str_of(err.text) });
}

static enum status check_new(const struct rules *r, const struct rule *rule, struct err *err)
{
    if (r->count == RULES_MAX)
        return fail(err, ERR_LIMIT, "%.*s:1:1: there are more than %u rules", STR_ARG(rule->path),
                    RULES_MAX);
    for (size_t i = 0; i < r->count; i++)
        if (str_eq(r->at[i].facts.id, rule->facts.id))
            return fail(err, ERR_CONFIG, "%.*s:1:1: another rule has the id %.*s",
                        STR_ARG(rule->path), STR_ARG(rule->facts.id));
    return OK;
}

static void compile_rule(struct rules *r, struct rule *rule, bool is_block,
                         const struct rules_options *options)
{
    struct compiling compiling = {
        .rules = r, .rule = rule, .is_block = is_block, .first_problem = r->problem_count
    };
    const struct eql_lists lists = { .context = r, .find = find_list, .nearest = nearest_list };
    const struct eql_options how = { .lists = &lists,
                                     .pool = r->pool,
                                     .lenient = options->lenient,
                                     .warn = keep_warning,
                                     .warn_context = &compiling };
    struct eql_place place;
    struct err err;
    if (eql_compile(rule->query, &how, &rule->plan, &place, &err) != OK) {
        keep_place(&compiling, place, err.text, false);
        return;
    }
    for (uint32_t i = 0; i < rule->plan->stage_count; i++)
        dispatch_shows(rule->plan, i, rule->shows);
    for (size_t i = 0; i < rule->facts.suppress_by_count; i++)
        rule->shows[rule->facts.suppress_by[i]] = true;
    r->at = memory_resize(r->at, (r->count + 1) * sizeof *r->at);
    r->at[r->count++] = *rule;
}

// Each once for a rule: a name that means nothing here may stand in it a hundred times.
static void keep_warning(void *context, struct eql_place place, const char *sentence)
{
    const struct compiling *c = context;
    const struct rules *r = c->rules;
    const bool is_name = str_starts_with(str_of(sentence), STR("no "));
    for (size_t i = is_name ? c->first_problem : r->problem_count; i < r->problem_count; i++)
        if (str_ends_with(r->problems[i].text, str_of(sentence)))
            return;
    keep_place(c, place, sentence, true);
}

static void keep_place(const struct compiling *c, struct eql_place place, const char *sentence,
                       bool is_warning)
{
    const struct rule *rule = c->rule;
    str rest = rule->query;
    str line = STR_EMPTY;
    for (uint32_t i = 0; i < place.line; i++)
        if (!str_take_until(&rest, '\n', &line))
            line = STR_EMPTY;
    const uint32_t at_line = rule->line + (c->is_block ? place.line - 1 : 0);
    const uint32_t at_column = rule->column + (c->is_block ? place.column - 1 : 0);
    keep_problem(c->rules, (struct rule_problem){
                               .text = arena_printf(&c->rules->arena, "%.*s:%u:%u: %s%s",
                                                    STR_ARG(rule->path), at_line, at_column,
                                                    is_warning ? "warning: " : "", sentence),
                               .line = line,
                               .column = place.column,
                               .length = place.length,
                               .is_warning = is_warning,
                           });
}

static void keep_problem(struct rules *r, struct rule_problem problem)
{
    problem.text = arena_str(&r->arena, problem.text);
    // Room is made in powers of two.
    if ((r->problem_count & (r->problem_count - 1)) == 0)
        r->problems = memory_resize(r->problems, (r->problem_count + 1) * 2 * sizeof *r->problems);
    r->problems[r->problem_count++] = problem;
}

static void build_dispatch(struct rules *r)
{
    const struct eql_plan **plans = memory_zeroed(r->count + 1, sizeof *plans);
    for (size_t i = 0; i < r->count; i++)
        plans[i] = r->at[i].plan;
    for (size_t action = 0; action < ACTION_COUNT; action++)
        dispatch_init(&r->dispatch[action], plans, (uint32_t)r->count, r->pool,
                      (enum action)action);
    free(plans);
    for (size_t action = 0; action < ACTION_COUNT; action++)
        note_suppressed(r, &r->dispatch[action]);
}

// A finding shows what makes it a repeat.
static void note_suppressed(const struct rules *r, struct dispatch *dispatch)
{
    for (uint32_t i = 0; i < dispatch->count; i++) {
        const struct rule_facts *facts = &r->at[dispatch->stages[i].rule].facts;
        for (size_t k = 0; k < facts->suppress_by_count; k++)
            dispatch->shows[facts->suppress_by[k]] = true;
    }
}

// A stage that no event can meet: a misspelt event.action, or clauses that contradict each other.
static void warn_of_unmet(struct rules *r)
{
    for (uint32_t rule = 0; rule < r->count; rule++) {
        const struct rule *what = &r->at[rule];
        for (uint32_t i = 0; i < what->plan->stage_count + what->plan->has_until; i++) {
            const bool is_until = i == what->plan->stage_count;
            const struct rule_stage stage = { rule, is_until ? STAGE_UNTIL : i };
            bool is_asked = false;
            for (size_t action = 0; action < ACTION_COUNT; action++)
                is_asked |= dispatch_has(&r->dispatch[action], stage);
            if (!is_asked)
                warn_of_stage(r, stage);
        }
    }
}

static void warn_of_stage(struct rules *r, struct rule_stage stage)
{
    const struct rule *rule = &r->at[stage.rule];
    const str place = arena_printf(&r->arena, "%.*s:%u:%u: warning: no event can meet",
                                   STR_ARG(rule->path), rule->line, rule->column);
    const str text = rule_stage_of(r, stage)->text;
    const str sentence =
        stage.stage == STAGE_UNTIL
            ? arena_printf(&r->arena, "%.*s `until`: %.*s", STR_ARG(place), STR_ARG(text))
            : arena_printf(&r->arena, "%.*s stage %u: %.*s", STR_ARG(place), stage.stage + 1,
                           STR_ARG(text));
    keep_problem(r, (struct rule_problem){ .text = sentence, .is_warning = true });
}

void rules_want(const struct rules *r, struct projection *projection)
{
    for (size_t action = 0; action < ACTION_COUNT; action++) {
        const struct dispatch *dispatch = &r->dispatch[action];
        if (dispatch->count > 0)
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

const struct rule_list *rules_lists(const struct rules *r, size_t *count)
{
    *count = r->list_count;
    return r->lists;
}

bool rules_name_list(const struct rules *r, str name)
{
    for (size_t i = 0; i < r->count; i++) {
        str rest = rules_query(r, i);
        str before;
        while (str_take_until(&rest, '$', &before))
            if (str_starts_with(rest, name) && !is_letter_of_name(str_from(rest, name.len)))
                return true;
    }
    return false;
}

// Whether the text goes on as a name does.
static bool is_letter_of_name(str text)
{
    if (text.len == 0)
        return false;
    const char c = text.at[0];
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
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

size_t rules_find(const struct rules *r, str id)
{
    size_t i = 0;
    while (i < r->count && !str_eq(r->at[i].facts.id, id))
        i++;
    return i;
}

uint32_t rules_lineage_count(const struct rules *r)
{
    return eql_lineage_count(r->pool);
}

bool rules_need_each(const struct rules *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (needs_each(r->at[i].plan))
            return true;
    return false;
}

// Of a run of events that are alike the first and the last go on, each in its place among those of its
// process: a third stage may want the one between, and one by another key its place among all.
static bool needs_each(const struct eql_plan *plan)
{
    uint32_t merged = 0;
    bool is_of_process = true;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const struct eql_stage *stage = &plan->stages[i];
        const bool is_merged = (stage->categories & (CATEGORY_LIBRARY | CATEGORY_API)) != 0;
        if (i > 0 && is_merged && stage->condition == plan->stages[i - 1].condition)
            return true;  // Runs stand singly: `with runs` counts them.
        merged += is_merged;
        bool has_process = false;
        for (uint32_t k = 0; k < stage->key_count; k++)
            has_process |= stage->keys[k].field == FIELD_PROCESS_ENTITY_ID ||
                           stage->keys[k].field == FIELD_TARGET_ENTITY_ID;
        is_of_process &= has_process;
    }
    return plan->is_sequence && merged > 0 && (merged > 2 || !is_of_process);
}

enum status rules_compile_question(const struct rules *r, str text, struct eql_plan **out,
                                   struct err *err)
{
    const struct eql_lists lists = { .context = r, .find = find_list, .nearest = nearest_list };
    const struct eql_options how = { .lists = &lists };
    struct arena arena = { 0 };
    struct eql_plan *plan = NULL;
    const bool is_bare =
        !str_contains_nocase(text, STR(" where ")) && !str_contains_nocase(text, STR("where\n"));
    const str whole = is_bare ? arena_printf(&arena, "any where %.*s", STR_ARG(text)) : text;
    enum status status = eql_compile(whole, &how, &plan, NULL, err);
    arena_done(&arena);
    if (status != OK)
        return status;
    if (plan->is_sequence)
        status = fail(err, ERR_CONFIG, "a sequence is of several events; ask about one");
    else if (eql_asks_ancestors(plan->pool, plan->stages[0].condition))
        status = fail(err, ERR_CONFIG, "only rules can ask of ancestors");
    if (status == OK)
        *out = plan;
    else
        eql_plan_free(plan);
    return status;
}
