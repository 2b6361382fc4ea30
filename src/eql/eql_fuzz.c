// eql_compile(), eql_holds(), eql_may_hold(): what parses prints back to a text that parses to the
// same print and compiles to the same plan, whoever else is in the pool; and whatever the event, a
// condition is true or its opposite is, written in whichever way.
//
// An input is a query, the octet 0xff, and octets that choose the values of events.

#include "base/buf.h"
#include "eql/ast.h"
#include "eql/plan.h"

#include <math.h>
#include <stdlib.h>

#define EVENTS_MAX  4u
#define LIST_MAX    6u
#define LONG_TEXT   (EQL_TEXT_VALUE_MAX + 100u)
#define SEPARATOR   0xff
#define QUERIES_MAX 8u  // Compiled for one stage.

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct octets {
    const uint8_t *at;
    size_t left;
};

// One query, compiled by itself.
struct asked {
    struct eql_plan *plan;
    struct eql_scratch *scratch;
};

struct fuzzed {
    str text;
    struct octets values;
    struct eql_options options;
    struct eql_plan *plan;
    struct eql_scratch *scratch;
    struct arena arena;  // Of events.
    bool has_alias;      // What it stands for is not known to a condition that stands alone.
};

static void check_print(struct fuzzed *f);
static void check_plans(const struct eql_plan *a, const struct eql_plan *b);
static void check_pool(struct fuzzed *f);
static void check_stages(struct fuzzed *f);
static void check_stage(struct fuzzed *f, const struct ast *condition, const struct eql_stage *s);
static void check_events(struct fuzzed *f, const struct eql_stage *s, const struct asked *same,
                         const struct asked *opposite);
static void check_may_hold(struct fuzzed *f, const struct eql_stage *s, struct value *slots);
static void check_bound(struct fuzzed *f, const struct eql_stage *s);
static void in_to_equals(struct arena *arena, struct ast *n);
static struct asked ask(const struct fuzzed *f, const char *before, str condition,
                        const char *after);
static void ask_done(struct asked *a);
static bool holds(const struct asked *a, const struct event *event);
static void fill(struct fuzzed *f, const bool *fields, struct value *slots);
static struct value take_value(struct fuzzed *f, bool in_list);
static struct value take_text(struct fuzzed *f);
static uint8_t take(struct octets *o);

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

static bool find_list(const void *context, str name, const str **at, size_t *count)
{
    static const str shells[] = { STR_INIT("sh"), STR_INIT("bash"), STR_INIT("zsh*") };
    (void)context;
    *at = shells;
    *count = str_eq(name, STR("none")) ? 0 : COUNT_OF(shells);
    return str_eq(name, STR("none")) || str_eq(name, STR("shells")) || str_eq(name, STR("x"));
}

static void warn(void *context, struct eql_place place, const char *sentence)
{
    (void)context;
    expect(place.line > 0 && place.column > 0 && place.length > 0 && sentence[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eql_lists lists = { .find = find_list };
    const uint8_t *end = size == 0 ? NULL : memchr(data, SEPARATOR, size);
    const size_t text_len = end == NULL ? size : (size_t)(end - data);
    for (uint32_t i = 0; i < 3; i++) {
        struct fuzzed f = { .text = str_of_bytes((bytes){ .at = data, .len = text_len }) };
        if (end != NULL)
            f.values = (struct octets){ .at = end + 1, .left = size - text_len - 1 };
        f.options = (struct eql_options){ .allows_pipes = true, .lenient = i > 0, .warn = warn };
        f.options.lists = i == 2 ? NULL : &lists;
        struct err err;
        if (eql_compile(f.text, &f.options, &f.plan, NULL, &err) != OK)
            f.plan = NULL;
        if (i == 0 || f.plan != NULL)
            check_print(&f);
        if (f.plan != NULL) {
            f.scratch = eql_scratch_new(f.plan->pool);
            check_stages(&f);
            check_pool(&f);
        }
        eql_scratch_free(f.scratch);
        eql_plan_free(f.plan);
        arena_done(&f.arena);
    }
    return 0;
}

static bool print(str text, struct buf *out)
{
    struct arena arena = { 0 };
    struct err err;
    struct lexer l = { .text = text, .arena = &arena, .err = &err };
    struct ast_query query;
    const bool parses = ast_parse(&l, &query) == OK;
    if (parses)
        ast_print(&query, out);
    arena_done(&arena);
    return parses;
}

// A print may be too long to be a query; then there is nothing to compare.
static void check_print(struct fuzzed *f)
{
    struct buf once;
    struct buf twice;
    buf_init(&once, EQL_TEXT_MAX);
    buf_init(&twice, EQL_TEXT_MAX);
    if (print(f->text, &once) && !once.failed) {
        struct eql_plan *plan = NULL;
        struct err err;
        expect(print(buf_str(&once), &twice) && str_eq(buf_str(&once), buf_str(&twice)));
        const bool compiles = eql_compile(buf_str(&once), &f->options, &plan, NULL, &err) == OK;
        expect(compiles == (f->plan != NULL));
        if (compiles)
            check_plans(f->plan, plan);
        eql_plan_free(plan);
    }
    buf_done(&once);
    buf_done(&twice);
}

static void check_condition(const struct eql_plan *a, uint32_t of_a, const struct eql_plan *b,
                            uint32_t of_b)
{
    struct buf texts[2];
    buf_init(&texts[0], 64 * EQL_TEXT_MAX);
    buf_init(&texts[1], 64 * EQL_TEXT_MAX);
    eql_describe(a->pool, of_a, &texts[0]);
    eql_describe(b->pool, of_b, &texts[1]);
    expect(str_eq(buf_str(&texts[0]), buf_str(&texts[1])));
    buf_done(&texts[0]);
    buf_done(&texts[1]);
}

static void check_plans(const struct eql_plan *a, const struct eql_plan *b)
{
    expect(a->is_sequence == b->is_sequence && a->has_until == b->has_until);
    expect(a->maxspan_ns == b->maxspan_ns && a->stage_count == b->stage_count);
    expect(a->binding_count == b->binding_count && a->pipe_count == b->pipe_count);
    expect(a->pool->leaf_count == b->pool->leaf_count);
    for (uint32_t i = 0; i < a->stage_count + a->has_until; i++) {
        const struct eql_stage *x = i < a->stage_count ? &a->stages[i] : &a->until;
        const struct eql_stage *y = i < a->stage_count ? &b->stages[i] : &b->until;
        expect(x->categories == y->categories && x->missing == y->missing);
        expect(x->binds == y->binds && x->depends == y->depends && x->key_count == y->key_count);
        for (uint32_t k = 0; k < x->key_count; k++)
            expect(x->keys[k].field == y->keys[k].field &&
                   x->keys[k].optional == y->keys[k].optional);
        check_condition(a, x->condition, b, y->condition);
    }
    for (uint32_t i = 0; i < a->binding_count; i++)
        expect(a->bindings[i].stage == b->bindings[i].stage &&
               a->bindings[i].field == b->bindings[i].field);
    for (uint32_t i = 0; i < a->pipe_count; i++)
        expect(a->pipes[i].is_tail == b->pipes[i].is_tail &&
               a->pipes[i].count == b->pipes[i].count);
}

// Twice in one pool: it grows by questions only that depend on more than the event. And a condition
// means what it means alone, whoever was in the pool before.
static void check_pool(struct fuzzed *f)
{
    struct eql_pool *pool = eql_pool_new();
    struct eql_options options = f->options;
    struct eql_plan *plans[2] = { NULL };
    struct err err;
    options.pool = pool;
    expect(eql_compile(f->text, &options, &plans[0], NULL, &err) == OK);
    const uint32_t leaf_count = pool->leaf_count;
    const uint32_t lineage_count = pool->lineage_count;
    expect(eql_compile(f->text, &options, &plans[1], NULL, &err) == OK);
    for (uint32_t i = leaf_count; i < pool->leaf_count && !f->has_alias; i++)
        expect(pool->nodes[pool->leaves[i].node].depends != 0);
    expect(pool->lineage_count == lineage_count);

    for (uint32_t i = 0; i < f->plan->stage_count && i < QUERIES_MAX; i++) {
        struct fuzzed shared = *f;
        shared.options = options;
        shared.arena = (struct arena){ 0 };
        struct asked alone = ask(f, "any where ", f->plan->stages[i].text, "");
        struct asked among = ask(&shared, "any where ", f->plan->stages[i].text, "");
        expect((alone.plan == NULL) == (among.plan == NULL));
        if (alone.plan != NULL) {
            shared.plan = alone.plan;
            shared.scratch = alone.scratch;
            check_events(&shared, &alone.plan->stages[0], &among, NULL);
        }
        arena_done(&shared.arena);
        ask_done(&alone);
        ask_done(&among);
    }
    eql_plan_free(plans[0]);
    eql_plan_free(plans[1]);
    eql_pool_free(pool);
}

static void check_stages(struct fuzzed *f)
{
    struct arena arena = { 0 };
    struct err err;
    struct lexer l = { .text = f->text, .arena = &arena, .err = &err };
    struct ast_query query;
    uint32_t index = 0;
    expect(ast_parse(&l, &query) == OK);
    for (const struct ast_stage *s = query.stages; s != NULL; s = s->next)
        f->has_alias |= s->alias.len > 0;
    for (const struct ast_stage *s = query.stages; s != NULL; s = s->next) {
        if (index < QUERIES_MAX) {
            check_bound(f, &f->plan->stages[index]);
            if (!f->has_alias)
                check_stage(f, s->condition, &f->plan->stages[index]);
        }
        index += s->runs;
    }
    arena_done(&arena);
}

static void check_stage(struct fuzzed *f, const struct ast *condition, const struct eql_stage *s)
{
    struct arena arena = { 0 };
    struct err err;
    struct lexer l = { .arena = &arena, .err = &err };
    struct ast_query query;
    struct buf text;
    buf_init(&text, EQL_TEXT_MAX);
    ast_print_condition(condition, &text);
    // Deeper or longer than a query may be: nothing to compare with.
    struct asked same = ask(f, "any where ", buf_str(&text), "");
    struct asked opposite = ask(f, "any where not (", s->text, ")");
    if (same.plan != NULL && !text.failed)
        check_events(f, s, &same, opposite.plan == NULL ? NULL : &opposite);

    struct buf whole;
    buf_init(&whole, EQL_TEXT_MAX);
    buf_printf(&whole, "any where %.*s", STR_ARG(buf_str(&text)));
    l.text = buf_str(&whole);
    if (!text.failed && !whole.failed && ast_parse(&l, &query) == OK) {
        in_to_equals(&arena, query.stages->condition);
        buf_reset(&text);
        ast_print_condition(query.stages->condition, &text);
        struct asked rewritten = ask(f, "any where ", buf_str(&text), "");
        if (rewritten.plan != NULL && !text.failed)
            check_events(f, s, &rewritten, NULL);
        ask_done(&rewritten);
    }
    buf_done(&whole);
    buf_done(&text);
    ask_done(&same);
    ask_done(&opposite);
    arena_done(&arena);
}

static void check_events(struct fuzzed *f, const struct eql_stage *s, const struct asked *same,
                         const struct asked *opposite)
{
    struct fuzzed copy = *f;  // Each check begins with the first octet.
    bool fields[FIELD_COUNT] = { false };
    eql_fields(f->plan->pool, s->condition, fields);
    copy.arena = (struct arena){ 0 };
    for (uint32_t i = 0; i < EVENTS_MAX && (i == 0 || copy.values.left > 0); i++) {
        struct value slots[FIELD_COUNT] = { 0 };
        uint64_t marks[3] = { 0, take(&copy.values), 0 };  // Own, parent's, any ancestor's.
        marks[2] = marks[1] | take(&copy.values);
        struct lineage lineage = { .bits = marks, .words = 1 };
        fill(&copy, fields, slots);
        const struct event event = { .slot_count = FIELD_COUNT,
                                     .slots = slots,
                                     .lineage = marks[2] > 1 ? &lineage : NULL };
        eql_look_at(f->scratch, &event);
        const bool is_met = eql_holds(f->scratch, s->condition, NULL);
        expect(is_met == eql_holds(f->scratch, s->condition, NULL));
        // A mark's number is its pool's: another one may have it for something else.
        if (f->plan->pool->lineage_count <= 1 && same->plan->pool->lineage_count <= 1) {
            expect(holds(same, &event) == is_met);
            expect(opposite == NULL || holds(opposite, &event) != is_met);
        }
        if (!s->depends)
            expect(eql_may_hold(f->scratch, s->condition, NULL) == is_met);
        check_may_hold(&copy, s, slots);
    }
    arena_done(&copy.arena);
}

// Of an event of which some fields are known, no answer may change with the rest but "perhaps".
static void check_may_hold(struct fuzzed *f, const struct eql_stage *s, struct value *slots)
{
    bool known[FIELD_COUNT];
    bool fields[FIELD_COUNT] = { false };
    struct value others[FIELD_COUNT];
    eql_fields(f->plan->pool, s->condition, fields);
    for (uint32_t i = 0; i < FIELD_COUNT; i++) {
        known[i] = fields[i] && (take(&f->values) & 1) != 0;
        fields[i] = fields[i] && !known[i];
    }
    const bool is_met = eql_holds(f->scratch, s->condition, NULL);
    const bool may = eql_may_hold(f->scratch, s->condition, known);
    expect(may || !is_met);
    memcpy(others, slots, sizeof others);
    fill(f, fields, others);
    const struct event event = { .slot_count = FIELD_COUNT, .slots = others };
    eql_look_at(f->scratch, &event);
    expect(may || !eql_holds(f->scratch, s->condition, NULL));
    expect(eql_may_hold(f->scratch, s->condition, known) == may);
}

// Whatever earlier stages bound.
static void check_bound(struct fuzzed *f, const struct eql_stage *s)
{
    struct fuzzed copy = *f;
    bool fields[FIELD_COUNT] = { false };
    struct value slots[FIELD_COUNT] = { 0 };
    struct value bound[EQL_BINDINGS_MAX] = { 0 };
    const struct event event = { .slot_count = FIELD_COUNT, .slots = slots };
    copy.arena = (struct arena){ 0 };
    eql_fields(f->plan->pool, s->condition, fields);
    fill(&copy, fields, slots);
    for (uint32_t i = 0; i < f->plan->binding_count; i++)
        bound[i] = take_value(&copy, false);
    eql_look_at(f->scratch, &event);
    const bool is_met = eql_holds(f->scratch, s->condition, bound);
    expect(is_met == eql_holds(f->scratch, s->condition, bound));
    expect(!is_met || eql_may_hold(f->scratch, s->condition, NULL));
    arena_done(&copy.arena);
}

// `a in (1, 2)` to `a == 1 or a == 2`, which must mean the same.
static void in_to_equals(struct arena *arena, struct ast *n)
{
    if (n->kind == AST_AND || n->kind == AST_OR || n->kind == AST_NOT)
        for (struct ast *child = n->first; child != NULL; child = child->next)
            in_to_equals(arena, child);
    if (n->kind != AST_MATCH || n->op != OP_IN || n->folds)
        return;
    const struct ast *list = n->last;
    struct ast all = { .kind = AST_OR };
    for (const struct ast *item = list->first; item != NULL; item = item->next) {
        if (item->kind == AST_LIST_NAME)
            return;
        struct ast *parts = arena_zalloc(arena, 3 * sizeof *parts);
        parts[0] = *n;
        parts[0].kind = AST_COMPARE;
        parts[0].op = OP_EQUAL;
        parts[0].first = &parts[1];
        parts[0].last = &parts[2];
        parts[0].next = NULL;
        parts[1] = *n->first;
        parts[1].next = &parts[2];
        parts[2] = *item;
        parts[2].next = NULL;
        if (all.last == NULL)
            all.first = parts;
        else
            all.last->next = parts;
        all.last = parts;
        all.count++;
    }
    all.next = n->next;
    *n = all;
}

static struct asked ask(const struct fuzzed *f, const char *before, str condition,
                        const char *after)
{
    struct asked a = { 0 };
    struct buf text;
    struct err err;
    buf_init(&text, EQL_TEXT_MAX);
    buf_add(&text, str_of(before));
    buf_add(&text, condition);
    buf_add(&text, str_of(after));
    if (!text.failed && eql_compile(buf_str(&text), &f->options, &a.plan, NULL, &err) == OK)
        a.scratch = eql_scratch_new(a.plan->pool);
    buf_done(&text);
    return a;
}

static void ask_done(struct asked *a)
{
    eql_scratch_free(a->scratch);
    eql_plan_free(a->plan);
}

static bool holds(const struct asked *a, const struct event *event)
{
    eql_look_at(a->scratch, event);
    return eql_holds(a->scratch, a->plan->stages[0].condition, NULL);
}

static void fill(struct fuzzed *f, const bool *fields, struct value *slots)
{
    for (uint32_t i = 0; i < FIELD_COUNT; i++)
        if (fields[i])
            slots[i] = take_value(f, false);
}

static struct value take_value(struct fuzzed *f, bool in_list)
{
    static const int64_t integers[] = { 0, 1, -1, 5, 501, INT64_MAX, INT64_MIN, 9007199254740993 };
    static const double reals[] = { 0.0, -0.0, 5.0, 0.5, 1e308, -1e-320, NAN, INFINITY };
    struct octets *o = &f->values;
    const uint8_t choice = take(o);
    struct value *list;
    switch (choice % 12) {
    case 0:
        return in_list ? value_of_bool(false) : (struct value){ .type = VALUE_MISSING };
    case 1:
        return value_of_bool((choice & 0x80) != 0);
    case 2:
        return value_of_int((int8_t)take(o));
    case 3:
        return value_of_int(integers[take(o) % COUNT_OF(integers)]);
    case 4:
        return value_of_float(reals[take(o) % COUNT_OF(reals)]);
    case 5:
    case 6:
        if (in_list)
            break;
        list = arena_alloc(&f->arena, LIST_MAX * sizeof *list);
        for (uint32_t i = 0; i < LIST_MAX; i++)
            list[i] = take_value(f, true);
        return value_of_list(list, choice / 12 % (LIST_MAX + 1));
    default:
        break;
    }
    return take_text(f);
}

static struct value take_text(struct fuzzed *f)
{
    static const str texts[] = {
        STR_INIT(""),         STR_INIT("zsh"),         STR_INIT("ZSH"),  STR_INIT("/bin/zsh"),
        STR_INIT("10.1.2.3"), STR_INIT("2001:db8::1"), STR_INIT("a*b?"), STR_INIT("Zo\xc3\xab"),
        STR_INIT("\xff\xc3"), STR_INIT("0x1f"),        STR_INIT("-5"),   STR_INIT("1e5"),
    };
    struct octets *o = &f->values;
    const uint8_t choice = take(o);
    const uint8_t which = take(o);
    if (choice < 0x40)
        return value_of_text(texts[which % COUNT_OF(texts)]);
    if (choice < 0xa0) {
        // A piece of the query, which likely compares with it.
        const str from = str_from(f->text, f->text.len * which / 256);
        return value_of_text(str_to(from, choice % 24));
    }
    if (choice == 0xff) {
        char *at = arena_alloc(&f->arena, LONG_TEXT);
        memset(at, which, LONG_TEXT);
        return value_of_text((str){ .at = at, .len = LONG_TEXT });
    }
    const size_t len = which % 16 < o->left ? which % 16 : o->left;
    const str text = len == 0 ? STR_EMPTY : (str){ .at = (const char *)o->at, .len = len };
    o->at += len;
    o->left -= len;
    return value_of_text(text);
}

static uint8_t take(struct octets *o)
{
    if (o->left == 0)
        return 0;
    o->left--;
    return *o->at++;
}
