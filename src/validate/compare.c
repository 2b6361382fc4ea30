#include "validate/compare.h"

#include "base/buf.h"
#include "decode/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct comparing {
    const struct judged *results;
    size_t count;
    bool *met;
    struct arena *arena;
    struct changes *out;
};

static enum status read_file(str path, struct buf *out, struct err *err);
static void compare_all(struct comparing *c, yyjson_val *scenarios);
static const struct judged *find(const struct comparing *c, str name);
static void compare_one(struct comparing *c, yyjson_val *then, const struct judged *now);
static void compare_expects(struct comparing *c, yyjson_val *then, const struct judged *now);
static void compare_expect(struct comparing *c, yyjson_val *then, const struct judged *j,
                           const struct judged_expect *now);
static void compare_found(struct comparing *c, yyjson_val *then, const struct judged *j,
                          const struct judged_expect *now);
static void compare_raised(struct comparing *c, yyjson_val *then, const struct judged *now);
static bool was_wrong(yyjson_val *raised, const struct raised *now);
static bool is_wrong(const struct judged *now, str rule, str process);
static void add(struct comparing *c, bool is_worse, str scenario, str what);
static str text_of(yyjson_val *object, const char *key);
static uint64_t number_of(yyjson_val *object, const char *key);
static str rules_of(struct comparing *c, const struct scenario_expect *expect);

enum status compare_with(str path, const struct judged *results, size_t count, struct arena *arena,
                         struct changes *out, struct err *err)
{
    struct buf text;
    buf_init(&text, COMPARE_FILE_MAX);
    enum status status = read_file(path, &text, err);
    yyjson_doc *doc = status == OK ? yyjson_read(text.at, text.len, 0) : NULL;
    yyjson_val *scenarios = yyjson_obj_get(yyjson_doc_get_root(doc), "scenarios");
    *out = (struct changes){ 0 };
    if (status == OK && !yyjson_is_arr(scenarios))
        status = fail(err, ERR_CONFIG, "%.*s: is not what `pomona validate --output json` writes",
                      STR_ARG(path));
    if (status == OK) {
        struct comparing c = { .results = results, .count = count, .arena = arena, .out = out };
        c.met = arena_zalloc(arena, count + 1);
        out->at = arena_alloc(arena, COMPARE_CHANGES_MAX * sizeof *out->at);
        compare_all(&c, scenarios);
    }
    yyjson_doc_free(doc);
    buf_done(&text);
    return status;
}

static enum status read_file(str path, struct buf *out, struct err *err)
{
    struct arena arena = { 0 };
    struct stat st;
    char chunk[16384];
    size_t got;
    const char *name = cstr_of(&arena, path);
    const bool is_odd = name != NULL && stat(name, &st) == 0 && !S_ISREG(st.st_mode);
    FILE *f = name == NULL || is_odd ? NULL : fopen(name, "rb");
    const int number = errno;
    arena_done(&arena);
    if (is_odd)
        return fail(err, ERR_IO, "%.*s: is not a regular file", STR_ARG(path));
    if (f == NULL)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(number));
    while ((got = fread(chunk, 1, sizeof chunk, f)) > 0 && !out->failed)
        buf_add(out, (str){ .at = chunk, .len = got });
    const bool failed = ferror(f) != 0;
    (void)fclose(f);
    if (failed)
        return fail(err, ERR_IO, "%.*s: cannot be read", STR_ARG(path));
    return out->failed ? fail(err, ERR_LIMIT, "%.*s: has more than %u octets", STR_ARG(path),
                              COMPARE_FILE_MAX)
                       : OK;
}

static void compare_all(struct comparing *c, yyjson_val *scenarios)
{
    struct json_elements each = json_elements_of(scenarios);
    while (json_take_element(&each)) {
        const struct judged *now = find(c, text_of(each.val, "scenario"));
        if (now == NULL) {
            c->out->gone++;
            continue;
        }
        if (c->met[now - c->results])
            continue;
        c->met[now - c->results] = true;
        c->out->compared++;
        compare_one(c, each.val, now);
    }
    c->out->fresh = c->count - c->out->compared;
}

static const struct judged *find(const struct comparing *c, str name)
{
    size_t low = 0;
    size_t high = c->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = str_cmp(c->results[middle].scenario.name, name);
        if (order == 0)
            return &c->results[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void compare_one(struct comparing *c, yyjson_val *then, const struct judged *now)
{
    const bool failed = str_eq(text_of(then, "outcome"), judged_outcome_name(OUTCOME_FAILED));
    const bool fails = now->outcome == OUTCOME_FAILED;
    if (failed || fails) {
        if (failed != fails)
            add(c, fails, now->scenario.name,
                fails ? STR("could be run and cannot") : STR("could not be run and can"));
        return;
    }
    const str label = text_of(then, "label");
    if (!str_eq(label, scenario_kind_name(now->scenario.kind)))
        return;  // It is another scenario under the same name.
    if (now->scenario.kind == SCENARIO_ATTACK)
        compare_expects(c, then, now);
    compare_raised(c, then, now);
}

static void compare_expects(struct comparing *c, yyjson_val *then, const struct judged *now)
{
    struct json_elements each = json_elements_of(yyjson_obj_get(then, "expect"));
    for (size_t i = 0; i < now->expect_count && json_take_element(&each); i++)
        compare_expect(c, each.val, now, &now->expects[i]);
}

static void compare_expect(struct comparing *c, yyjson_val *then, const struct judged *j,
                           const struct judged_expect *now)
{
    const bool was_found = yyjson_get_bool(yyjson_obj_get(then, "found"));
    const bool is_found = now->miss == MISS_NONE;
    const str rules = rules_of(c, now->expect);
    if (was_found && !is_found)
        add(c, true, j->scenario.name,
            arena_printf(c->arena, "%.*s was found and is missed", STR_ARG(rules)));
    else if (!was_found && is_found)
        add(c, false, j->scenario.name,
            arena_printf(c->arena, "%.*s was missed and is found", STR_ARG(rules)));
    else if (is_found)
        compare_found(c, then, j, now);
}

static void compare_found(struct comparing *c, yyjson_val *then, const struct judged *j,
                          const struct judged_expect *now)
{
    const str rule = now->by->rule;
    const uint64_t events = number_of(then, "events");
    const uint64_t confidence = number_of(then, "confidence");
    const uint64_t choice = number_of(then, "choice");
    if (now->choice != choice)
        add(c, now->choice > choice, j->scenario.name,
            arena_printf(c->arena, "is found by %.*s and was by %.*s", STR_ARG(rule),
                         STR_ARG(text_of(then, "rule"))));
    if (now->events > 0 && events > 0 && now->events != events)
        add(c, now->events > events, j->scenario.name,
            arena_printf(c->arena, "%.*s is found after %" PRIu64 " events and was after %" PRIu64,
                         STR_ARG(rule), now->events, events));
    if (now->by->confidence != confidence)
        add(c, now->by->confidence < confidence, j->scenario.name,
            arena_printf(c->arena,
                         "%.*s is found with confidence %" PRIu32 " and was with %" PRIu64,
                         STR_ARG(rule), now->by->confidence, confidence));
}

static void compare_raised(struct comparing *c, yyjson_val *then, const struct judged *now)
{
    yyjson_val *raised = yyjson_obj_get(then, "raised");
    for (size_t i = 0; i < now->wrong_count; i++)
        if (!was_wrong(raised, now->wrong[i]))
            add(c, true, now->scenario.name,
                arena_printf(c->arena, "%.*s was silent and is falsely raised (%.*s)",
                             STR_ARG(now->wrong[i]->rule), STR_ARG(now->wrong[i]->process)));
    struct json_elements each = json_elements_of(raised);
    while (json_take_element(&each)) {
        const str rule = text_of(each.val, "rule");
        const str process = text_of(each.val, "process");
        if (yyjson_get_bool(yyjson_obj_get(each.val, "wrong")) && !is_wrong(now, rule, process))
            add(c, false, now->scenario.name,
                arena_printf(c->arena, "%.*s was falsely raised and is silent (%.*s)",
                             STR_ARG(rule), STR_ARG(process)));
    }
}

static bool was_wrong(yyjson_val *raised, const struct raised *now)
{
    struct json_elements each = json_elements_of(raised);
    while (json_take_element(&each))
        if (yyjson_get_bool(yyjson_obj_get(each.val, "wrong")) &&
            str_eq(text_of(each.val, "rule"), now->rule) &&
            str_eq(text_of(each.val, "process"), now->process))
            return true;
    return false;
}

static bool is_wrong(const struct judged *now, str rule, str process)
{
    for (size_t i = 0; i < now->wrong_count; i++)
        if (str_eq(now->wrong[i]->rule, rule) && str_eq(now->wrong[i]->process, process))
            return true;
    return false;
}

static void add(struct comparing *c, bool is_worse, str scenario, str what)
{
    struct changes *out = c->out;
    out->worse += is_worse;
    out->better += !is_worse;
    if (out->count == COMPARE_CHANGES_MAX)
        out->beyond++;
    else
        out->at[out->count++] =
            (struct change){ .is_worse = is_worse, .scenario = scenario, .what = what };
}

static str text_of(yyjson_val *object, const char *key)
{
    yyjson_val *val = yyjson_obj_get(object, key);
    return yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
}

static uint64_t number_of(yyjson_val *object, const char *key)
{
    return yyjson_get_uint(yyjson_obj_get(object, key));
}

static str rules_of(struct comparing *c, const struct scenario_expect *expect)
{
    str text = STR_EMPTY;
    for (size_t i = 0; i < expect->rule_count; i++)
        text = arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(text), i == 0 ? "" : " or ",
                            STR_ARG(expect->rules[i]));
    return text;
}
