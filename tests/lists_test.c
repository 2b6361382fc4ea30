// rules/lists.yaml against those who read it: each list is read by the engine or by a rule, each says
// so, and each entry of the engine's lists does what it is there for. Run from the top of the tree.

#include "enrich/fixture.h"

#include "match/match.h"
#include "match/rule_file.h"
#include "pipeline_lists.h"

#include <stdio.h>

#define LISTS     "rules/lists.yaml"
#define LISTS_MAX (256u * 1024)  // Octets.

struct lists {
    struct rules *rules;
    struct arena arena;
    struct rule_list *at;
    size_t count;
    str text;
    struct enrich_options options;
};

static str text_of_lists(struct arena *a)
{
    char *text = arena_alloc(a, LISTS_MAX);
    FILE *file = fopen(LISTS, "rb");
    assert_non_null(file);
    const size_t len = fread(text, 1, LISTS_MAX, file);
    assert_int_equal(fclose(file), 0);
    assert_in_range(len, 1, LISTS_MAX - 1);
    return (str){ .at = text, .len = len };
}

static void open_lists(struct lists *l)
{
    const str path = STR("rules");
    struct err err;
    *l = (struct lists){ .options = { .processes_max = 10000 } };
    if (rules_load(&path, 1, NULL, &l->rules, &err) != OK ||
        rule_file_read_lists(STR(LISTS), &l->arena, &l->at, &l->count, &err) != OK)
        fail_msg("%s", err.text);
    l->text = text_of_lists(&l->arena);
    for (size_t i = 0; i < ENRICH_LIST_COUNT; i++) {
        const struct rule_list list = rules_list(l->rules, enrich_list_name((enum enrich_list)i));
        l->options.lists.of[i] = (struct enrich_texts){ .at = list.at, .count = list.count };
    }
}

static void close_lists(struct lists *l)
{
    rules_free(l->rules);
    arena_done(&l->arena);
}

// The comment above the list, with those of lists between them that have none of their own.
static bool is_marked(const struct lists *l, str name)
{
    str rest = l->text;
    str line;
    bool is_marked = false;
    bool was_comment = false;
    while (str_take_until(&rest, '\n', &line)) {
        const bool is_comment = str_starts_with(line, STR("#"));
        if (is_comment && !was_comment)
            is_marked = false;
        is_marked |= is_comment && str_contains(line, STR("(engine"));
        was_comment = is_comment;
        if (str_starts_with(line, name) && line.len > name.len && line.at[name.len] == ':')
            return is_marked;
    }
    fail_msg("no list %.*s", STR_ARG(name));
    return false;
}

static void lists__are_read_by_those_they_say(void **state)
{
    (void)state;
    struct lists l;
    open_lists(&l);
    for (size_t i = 0; i < l.count; i++) {
        const str name = l.at[i].name;
        const bool is_engines = pipeline_lists_is_read(name);
        if (is_marked(&l, name) != is_engines)
            fail_msg("$%.*s is %s the engine", STR_ARG(name),
                     is_engines ? "not said to be read by" : "not read by");
        if (!is_engines && !rules_name_list(l.rules, name))
            fail_msg("$%.*s is read by nobody", STR_ARG(name));
    }
    close_lists(&l);
}

static void lists__are_all_there(void **state)
{
    (void)state;
    struct lists l;
    open_lists(&l);
    for (size_t i = 0; i < ENRICH_LIST_COUNT; i++) {
        const str name = enrich_list_name((enum enrich_list)i);
        size_t found = 0;
        for (size_t k = 0; k < l.count; k++)
            found += str_eq(l.at[k].name, name);
        if (found != 1)
            fail_msg("$%.*s is there %zu times", STR_ARG(name), found);
    }
    close_lists(&l);
}

// What a site says of itself is nobody else's.
static void lists__leave_a_sites_own_to_the_site(void **state)
{
    (void)state;
    static const char *const own[] = { "developer_hosts", "developer_users", "test_hosts",
                                       "test_users",      "test_tools",      "critical_hosts" };
    struct lists l;
    open_lists(&l);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        assert_int_equal(rules_list(l.rules, str_of(own[i])).count, 0);
    close_lists(&l);
}

// A name that the entry stands for. A star that is not the last letter would be one of the name.
static str example_of(struct arena *a, str entry)
{
    assert_true(str_find_char(entry, '*') + 1 >= entry.len);
    if (!str_ends_with(entry, STR("*")))
        return entry;
    return arena_printf(a, "%.*sx1", STR_ARG(str_to(entry, entry.len - 1)));
}

// The signer that the entry names.
static struct process_facts signer_of(struct arena *a, int64_t pid, str entry)
{
    struct process_facts facts = facts_of(pid, pid, "/opt/program");
    facts.cs_flags = CS_VALID | CS_SIGNED;
    const size_t slash = str_find_char(entry, '/');
    facts.is_platform = slash == entry.len;
    facts.signing_id = example_of(a, facts.is_platform ? entry : str_from(entry, slash + 1));
    if (!facts.is_platform)
        facts.team_id =
            str_eq(str_to(entry, slash), STR("*")) ? STR("ANYTEAM001") : str_to(entry, slash);
    return facts;
}

static void assert_example(struct bench *b, struct process_facts facts, enum field field, bool is)
{
    next(b, ACTION_EXEC, facts);
    go(b);
    if (b->slots[field].boolean != is)
        fail_msg("%.*s of %.*s is not %d", STR_ARG(field_name(field)), STR_ARG(facts.signing_id),
                 is);
}

// Each entry names its signer, and nobody who took the name without the signature.
static void signers__are_known_by_each_entry(void **state)
{
    (void)state;
    static const struct {
        enum enrich_list list;
        enum field field;
    } lists[] = {
        { ENRICH_LIST_DEBUGGERS, FIELD_PROCESS_DEBUGGER },
        { ENRICH_LIST_PLUGIN_HOSTS, FIELD_PROCESS_PLUGIN_HOST },
        { ENRICH_LIST_INSTALLERS, FIELD_PROCESS_INSTALLER },
        { ENRICH_LIST_UPDATERS, FIELD_PROCESS_UPDATER },
    };
    struct lists l;
    struct bench b;
    int64_t pid = 100;
    open_lists(&l);
    open_bench(&b, &l.options);
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct enrich_texts list = l.options.lists.of[lists[i].list];
        assert_true(list.count > 0);
        for (size_t k = 0; k < list.count; k++) {
            struct process_facts facts = signer_of(&l.arena, ++pid, list.at[k]);
            assert_example(&b, facts, lists[i].field, true);
            facts.id.pid = facts.id.pidversion = ++pid;
            facts.responsible = facts.id;
            facts.is_platform = false;
            facts.cs_flags |= CS_ADHOC;
            assert_example(&b, facts, lists[i].field, false);
        }
    }
    close_bench(&b);
    close_lists(&l);
}

static void developer_tools__have_dev_below_them(void **state)
{
    (void)state;
    struct lists l;
    struct bench b;
    int64_t pid = 100;
    open_lists(&l);
    open_bench(&b, &l.options);
    const struct enrich_texts list = l.options.lists.of[ENRICH_LIST_DEVELOPER_TOOLS];
    for (size_t k = 0; k < list.count; k++) {
        const struct process_facts tool = signer_of(&l.arena, ++pid, list.at[k]);
        struct process_facts child = facts_of(++pid, -1, "/opt/child");
        child.id.pidversion = child.id.pid;
        child.parent = tool.id;
        next(&b, ACTION_EXEC, tool);
        go(&b);
        next(&b, ACTION_EXEC, child);
        go(&b);
        assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");
    }
    close_bench(&b);
    close_lists(&l);
}

static void interpreters__are_known_by_each_entry(void **state)
{
    (void)state;
    struct lists l;
    struct bench b;
    int64_t pid = 100;
    open_lists(&l);
    open_bench(&b, &l.options);
    const struct enrich_texts list = l.options.lists.of[ENRICH_LIST_INTERPRETERS];
    for (size_t k = 0; k < list.count; k++) {
        const str name = example_of(&l.arena, list.at[k]);
        struct process_facts facts = facts_of(++pid, -1, "");
        facts.executable = arena_printf(&l.arena, "/opt/%.*s", STR_ARG(name));
        facts.id.pidversion = facts.id.pid;
        assert_example(&b, facts, FIELD_PROCESS_INTERPRETER, true);
        facts.executable = arena_printf(&l.arena, "/opt/%.*s/other", STR_ARG(name));
        facts.id.pid = facts.id.pidversion = ++pid;
        assert_example(&b, facts, FIELD_PROCESS_INTERPRETER, false);
    }
    close_bench(&b);
    close_lists(&l);
}

static void variables__are_known_by_each_entry(void **state)
{
    (void)state;
    struct lists l;
    struct bench b;
    open_lists(&l);
    open_bench(&b, &l.options);
    const struct enrich_texts list = l.options.lists.of[ENRICH_LIST_RUNTIME_VARIABLES];
    for (size_t k = 0; k < list.count; k++) {
        const str name = example_of(&l.arena, list.at[k]);
        const struct value variable =
            value_of_text(arena_printf(&l.arena, "%.*s=1", STR_ARG(name)));
        next(&b, ACTION_EXEC, facts_of(100 + (int64_t)k, 100 + (int64_t)k, "/opt/a"));
        b.slots[FIELD_PROCESS_ENV_VARS] = value_of_list(&variable, 1);
        go(&b);
        if (b.slots[FIELD_PROCESS_RUNTIME_ENV].len != 1)
            fail_msg("%.*s", STR_ARG(name));
    }
    close_bench(&b);
    close_lists(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists__are_read_by_those_they_say),
        cmocka_unit_test(lists__are_all_there),
        cmocka_unit_test(lists__leave_a_sites_own_to_the_site),
        cmocka_unit_test(signers__are_known_by_each_entry),
        cmocka_unit_test(developer_tools__have_dev_below_them),
        cmocka_unit_test(interpreters__are_known_by_each_entry),
        cmocka_unit_test(variables__are_known_by_each_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
