#include "cli/rules_list.h"

#include "cli/review_stats.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_OCTETS 65536u

// Statistics of all rules of a store, in the order of their names' octets.
struct told {
    struct arena arena;
    struct finding_statistics *rules;
    size_t count;
    size_t capacity;
};

static int read_statistics(struct store_options *store, struct told *told);
static void take(void *context, const struct finding_statistics *s);
static int compare(const void *a, const void *b);
static struct finding_statistics find(const struct told *told, str rule);
static void add_line(struct buf *b, const struct rule_facts *facts,
                     const struct finding_statistics *s);
static void add_object(struct buf *b, const struct rule_facts *facts,
                       const struct finding_statistics *s);

int rules_list_print(const struct rules *rules, struct rules_list_options *options)
{
    const bool has_store = options->store.name.len > 0;
    struct told told = { .count = 0 };
    struct buf b;
    int code = has_store ? read_statistics(&options->store, &told) : EXIT_DONE;
    buf_init(&b, LINE_MAX_OCTETS);
    if (code == EXIT_DONE && has_store && !options->is_ndjson)
        (void)printf("%-14s %-13s %8s %8s %11s %12s  %s\n", "rule", "level", "findings", "open",
                     "precision", "triage", "title");
    for (size_t i = 0; code == EXIT_DONE && i < rules_count(rules); i++) {
        const struct rule_facts *facts = rules_facts(rules, i);
        const struct finding_statistics s = find(&told, facts->id);
        buf_reset(&b);
        if (options->is_ndjson)
            add_object(&b, facts, has_store ? &s : NULL);
        else
            add_line(&b, facts, has_store ? &s : NULL);
        (void)fwrite(b.at, 1, b.len, stdout);
    }
    buf_done(&b);
    free(told.rules);
    arena_done(&told.arena);
    return code;
}

static int read_statistics(struct store_options *store, struct told *told)
{
    struct db *db = NULL;
    struct err err;
    int code = store_options_open(store, DB_READ, &db);
    if (code == EXIT_DONE && findings_statistics(db, take, told, &err) != OK)
        code = cli_fail(EXIT_INPUT, "%.*s: %s", STR_ARG(store->name), err.text);
    db_close(db);
    // A database has an order of its own.
    if (told->count > 0)
        qsort(told->rules, told->count, sizeof *told->rules, compare);
    return code;
}

static void take(void *context, const struct finding_statistics *s)
{
    struct told *told = context;
    if (told->count == told->capacity) {
        told->capacity = told->capacity == 0 ? 128 : 2 * told->capacity;
        told->rules = memory_resize(told->rules, told->capacity * sizeof *told->rules);
    }
    told->rules[told->count] = *s;
    told->rules[told->count++].rule = arena_str(&told->arena, s->rule);
}

static int compare(const void *a, const void *b)
{
    const struct finding_statistics *x = a;
    const struct finding_statistics *y = b;
    return str_cmp(x->rule, y->rule);
}

// Of a rule that told nothing: nothing.
static struct finding_statistics find(const struct told *told, str rule)
{
    const struct finding_statistics wanted = { .rule = rule, .triage_ns = -1 };
    const struct finding_statistics *found =
        told->count == 0 ? NULL
                         : bsearch(&wanted, told->rules, told->count, sizeof *told->rules, compare);
    return found == NULL ? wanted : *found;
}

static void add_line(struct buf *b, const struct rule_facts *facts,
                     const struct finding_statistics *s)
{
    const str level = level_name(facts->level);
    if (s == NULL) {
        buf_printf(b, "%-8.*s %-13.*s %.*s\n", STR_ARG(facts->id), STR_ARG(level),
                   STR_ARG(facts->title));
        return;
    }
    buf_printf(b, "%-14.*s %-13.*s %8" PRId64 " %8" PRId64, STR_ARG(facts->id), STR_ARG(level),
               s->count, s->closed[DISPOSITION_NONE]);
    review_stats_add_columns(b, s);
    buf_printf(b, "  %.*s\n", STR_ARG(facts->title));
}

static void add_object(struct buf *b, const struct rule_facts *facts,
                       const struct finding_statistics *s)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("rule"), facts->id);
    sink_json_int(b, STR("version"), facts->version);
    sink_json_text(b, STR("level"), level_name(facts->level));
    sink_json_text(b, STR("title"), facts->title);
    if (s != NULL)
        review_stats_add_members(b, s);
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}
