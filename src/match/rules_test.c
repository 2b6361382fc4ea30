// Loading rules: which files are read, in which order, what is refused or warned of and where; and queries
// that are made to hurt.

#include "match/fixture.h"

#include "base/buf.h"

#include <sys/stat.h>

// A directory with files in it, that goes again.
struct folder {
    char path[64];
    char names[64][128];  // Relative; in the order of making.
    size_t count;
    struct rules *rules;
    const struct rule_problem *problems;
    size_t problem_count;
    enum status status;
    struct err err;
};

static void make_folder(struct folder *f)
{
    *f = (struct folder){ .path = "/tmp/pomona-rules-XXXXXX" };
    assert_non_null(mkdtemp(f->path));
}

static char *remember(struct folder *f, const char *name)
{
    assert_true(f->count < COUNT_OF(f->names));
    (void)snprintf(f->names[f->count], sizeof f->names[0], "%s", name);
    return f->names[f->count++];
}

static void add_file(struct folder *f, const char *name, const char *text)
{
    fixture_write(f->path, remember(f, name), text);
}

static void add_directory(struct folder *f, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", f->path, remember(f, name));
    assert_int_equal(mkdir(path, 0700), 0);
}

static void add_link(struct folder *f, const char *name, const char *to)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", f->path, remember(f, name));
    assert_int_equal(symlink(to, path), 0);
}

static void load_path(struct folder *f, const char *path, bool lenient)
{
    const struct rules_options options = { .lenient = lenient };
    const str paths[] = { str_of(path) };
    rules_free(f->rules);
    f->rules = NULL;
    f->status = rules_load(paths, 1, &options, &f->rules, &f->err);
    f->problem_count = 0;
    if (f->status == OK)
        f->problems = rules_problems(f->rules, &f->problem_count);
}

static void load_folder(struct folder *f, bool lenient)
{
    load_path(f, f->path, lenient);
}

static void remove_folder(struct folder *f)
{
    rules_free(f->rules);
    while (f->count > 0) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", f->path, f->names[--f->count]);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(f->path), 0);
}

// The folder's path stands before the sentence, and is not part of what is expected.
static void assert_problem(const struct folder *f, size_t i, bool is_warning, const char *sentence)
{
    assert_true(i < f->problem_count);
    const str text = str_from(f->problems[i].text, strlen(f->path) + 1);
    if (!str_eq(text, str_of(sentence)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(text), sentence);
    assert_int_equal(f->problems[i].is_warning, is_warning);
}

static void assert_rules(const struct folder *f, const char *const *ids, size_t count)
{
    assert_int_equal(f->status, OK);
    assert_int_equal(rules_count(f->rules), count);
    for (size_t i = 0; i < count; i++)
        assert_true(str_eq(rules_facts(f->rules, i)->id, str_of(ids[i])));
}

#define SOUND "process where true"
#define YAML(id)                                                                         \
    "id: " id "\ntitle: A title\nversion: 3\ndescription: Test\nlevel: high\nquery: |\n" \
    "  process where true\n"

// --- Files

static void rules_load__takes_the_id_of_a_query_from_its_name(void **state)
{
    (void)state;
    const char *const ids[] = { "a.b", "curl then sh", "Z1" };
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.b.eql", "process where process.pid == 1");
    add_file(&f, "curl then sh.eql", "\n  process where true  // said\n\n");
    add_file(&f, "z.yaml", YAML("Z1"));
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 0);
    const struct rule_facts *facts = rules_facts(f.rules, 1);
    assert_true(str_eq(facts->title, STR("curl then sh")));
    assert_int_equal(facts->level, LEVEL_MEDIUM);
    assert_int_equal(rules_facts(f.rules, 2)->level, LEVEL_HIGH);
    assert_int_equal(rules_facts(f.rules, 2)->version, 3);
    assert_true(str_eq(rules_query(f.rules, 0), STR("process where process.pid == 1")));
    assert_int_equal(rules_find(f.rules, STR("Z1")), 2);
    assert_int_equal(rules_find(f.rules, STR("Z")), 3);
    remove_folder(&f);
}

static void rules_load__keeps_techniques_and_analytics_of_tags(void **state)
{
    (void)state;
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.yaml",
             "tags: [attack.t1106, attack.an1467, attack.execution, attack.t1574.006, attack.an,"
             " attack.an0840, attack.analysis, an0001, attack.ta0002, x.t1106]\n" YAML("A"));
    load_folder(&f, false);
    assert_int_equal(f.problem_count, 0);
    const struct rule_facts *facts = rules_facts(f.rules, 0);
    assert_int_equal(facts->technique_count, 2);
    assert_true(str_eq(facts->techniques[0], STR("T1106")));
    assert_true(str_eq(facts->techniques[1], STR("T1574.006")));
    assert_int_equal(facts->analytic_count, 2);
    assert_true(str_eq(facts->analytics[0], STR("AN1467")));
    assert_true(str_eq(facts->analytics[1], STR("AN0840")));
    remove_folder(&f);
}

static void rules_load__reads_directories_in_the_order_of_names(void **state)
{
    (void)state;
    const char *const ids[] = { "A", "b1", "deep", "one", "c", "d" };
    struct folder f;
    make_folder(&f);
    add_file(&f, "d.eql", SOUND);
    add_file(&f, "c.yml", YAML("c"));
    add_directory(&f, "b");
    add_file(&f, "b/one.eql", SOUND);
    add_directory(&f, "b/a");
    add_file(&f, "b/a/deep.eql", SOUND);
    add_file(&f, "b/Z.yaml", YAML("b1"));
    add_file(&f, "A.eql", SOUND);
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    remove_folder(&f);
}

static void rules_load__skips_hidden_files_and_others(void **state)
{
    (void)state;
    const char *const ids[] = { "seen" };
    struct folder f;
    make_folder(&f);
    add_file(&f, ".hidden.eql", "nonsense");
    add_directory(&f, ".git");
    add_file(&f, ".git/x.eql", "nonsense");
    add_file(&f, "README.md", "nonsense");
    add_file(&f, "x.eql.bak", "nonsense");
    add_file(&f, "eql", "nonsense");
    add_file(&f, "seen.eql", SOUND);
    add_link(&f, "gone.eql", "nowhere.eql");
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 0);
    remove_folder(&f);
}

static void rules_load__reads_a_file_that_is_named_whatever_its_name(void **state)
{
    (void)state;
    const char *const ids[] = { ".one" };
    char path[128];
    struct folder f;
    make_folder(&f);
    add_file(&f, ".one.eql", SOUND);
    (void)snprintf(path, sizeof path, "%s/.one.eql", f.path);
    load_path(&f, path, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    remove_folder(&f);
}

static void rules_load__refuses_a_second_rule_of_the_same_id(void **state)
{
    (void)state;
    const char *const ids[] = { "one" };
    struct folder f;
    make_folder(&f);
    add_directory(&f, "a");
    add_file(&f, "a/one.eql", SOUND);
    add_directory(&f, "b");
    add_file(&f, "b/one.eql", "process where process.pid == 1");
    add_file(&f, "c.yaml", YAML("one"));
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 2);
    assert_problem(&f, 0, false, "b/one.eql:1:1: another rule has the id one");
    assert_problem(&f, 1, false, "c.yaml:1:1: another rule has the id one");
    remove_folder(&f);
}

static void rules_load__ends_where_directories_go_round(void **state)
{
    (void)state;
    const char *const ids[] = { "one" };
    struct folder f;
    make_folder(&f);
    add_directory(&f, "a");
    add_file(&f, "a/one.eql", SOUND);
    add_link(&f, "a/again", "..");
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 0);
    remove_folder(&f);
}

static void rules_load__fails_where_there_is_nothing(void **state)
{
    (void)state;
    struct folder f;
    char path[128];
    make_folder(&f);
    load_folder(&f, false);
    assert_int_equal(f.status, ERR_CONFIG);
    assert_non_null(strstr(f.err.text, "there is no rule in "));
    (void)snprintf(path, sizeof path, "%s/absent", f.path);
    load_path(&f, path, false);
    assert_int_equal(f.status, ERR_CONFIG);
    assert_non_null(strstr(f.err.text, "absent: "));
    remove_folder(&f);
}

static void fill_file(struct folder *f, const char *name, size_t size)
{
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, SOUND, sizeof SOUND - 1);
    text[size] = '\0';
    add_file(f, name, text);
    free(text);
}

static void rules_load__refuses_more_octets_than_max(void **state)
{
    (void)state;
    const char *const ids[] = { "full" };
    struct folder f;
    make_folder(&f);
    fill_file(&f, "full.eql", RULE_FILE_MAX);
    fill_file(&f, "more.eql", RULE_FILE_MAX + 1);
    fill_file(&f, "more.yaml", RULE_FILE_MAX + 1);
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 2);
    assert_problem(&f, 0, false, "more.eql: a rule file has at most 1048576 octets");
    assert_problem(&f, 1, false, "more.yaml: a rule file has at most 1048576 octets");
    remove_folder(&f);
}

static void rules_load__reads_lists_first(void **state)
{
    (void)state;
    const char *const ids[] = { "a" };
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.eql", "process where process.name in $shells");
    add_file(&f, "b.eql", "process where process.name in $shell");
    add_file(&f, "lists.yaml", "shells: [sh, zsh]\n");
    load_folder(&f, false);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(rules_list(f.rules, STR("shells")).count, 2);
    assert_int_equal(rules_list(f.rules, STR("shell")).count, 0);
    assert_int_equal(f.problem_count, 1);
    assert_true(str_contains(f.problems[0].text, STR("b.eql:1:31: ")));
    assert_true(str_contains(f.problems[0].text, STR("$shells")));
    remove_folder(&f);
}

// --- What is said of queries

static void rules_load__places_a_problem_in_its_line(void **state)
{
    (void)state;
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.eql", "// \xc3\xa4\nprocess where\n  \"\xc3\xbc\" == process.executible");
    load_folder(&f, false);
    assert_int_equal(f.problem_count, 1);
    assert_true(str_contains(f.problems[0].text, STR("a.eql:3:10: ")));
    assert_true(str_contains(f.problems[0].text, STR("process.executable")));
    assert_true(str_eq(f.problems[0].line, STR("  \"\xc3\xbc\" == process.executible")));
    assert_int_equal(f.problems[0].column, 10);
    assert_int_equal(f.problems[0].length, strlen("process.executible"));
    assert_int_equal(rules_count(f.rules), 0);
    remove_folder(&f);
}

static void rules_load__warns_where_it_is_lenient(void **state)
{
    (void)state;
    const char *const ids[] = { "a" };
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.eql",
             "process where process.name == \"sh\" and\n  not dns.question.name : \"*.test\"");
    add_file(&f, "b.eql", "process where process.name ==");
    load_folder(&f, true);
    assert_rules(&f, ids, COUNT_OF(ids));
    assert_int_equal(f.problem_count, 2);
    assert_true(f.problems[0].is_warning);
    assert_true(str_contains(f.problems[0].text, STR("a.eql:2:7: warning: ")));
    assert_true(str_contains(f.problems[0].text, STR("dns.question.name")));
    assert_int_equal(f.problems[0].column, 7);
    // What is wrong whatever the names mean is wrong all the same.
    assert_false(f.problems[1].is_warning);
    assert_true(str_contains(f.problems[1].text, STR("b.eql:1:")));
    load_folder(&f, false);
    assert_int_equal(f.status, OK);
    assert_int_equal(rules_count(f.rules), 0);
    assert_false(f.problems[0].is_warning);
    remove_folder(&f);
}

// The unknown field is missing in every event.
static void rules_load__takes_unknown_fields_for_missing_where_it_is_lenient(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where process.pid == 1 and not dns.name == \"x\"",
        "process where dns.name == \"x\" or process.pid == 2",
        "process where dns.name != null",
        "dns where true",
        "sequence by dns.name [process where true] [process where true]",
        "sequence by ?dns.name [process where process.pid == 7] [process where process.pid == 8]",
        "sequence [any where process.pid == 7] as e [any where e.d == null and process.pid == 9]",
    };
    const int64_t pids[] = { 1, 2, 3, 7, 8, 9 };
    const size_t found[] = { 1, 1, 0, 0, 1, 1 };
    struct folder f;
    make_folder(&f);
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "r%zu.eql", i);
        add_file(&f, name, rules[i]);
    }
    load_folder(&f, true);
    for (size_t i = 0; i < f.problem_count; i++)
        if (!f.problems[i].is_warning)
            fail_msg("%.*s", STR_ARG(f.problems[i].text));
    assert_int_equal(rules_count(f.rules), COUNT_OF(rules));
    struct fixture x = { .rules = f.rules };
    const struct match_options options = { 0 };
    hosts_init(&x.hosts);
    batch_init(&x.batch);
    x.matcher = matcher_new(f.rules, &x.hosts, &options);
    f.rules = NULL;
    for (size_t i = 0; i < COUNT_OF(pids); i++) {
        fixture_next(&x, ACTION_EXEC, (int64_t)i);
        x.slots[FIELD_PROCESS_PID] = value_of_int(pids[i]);
        if (fixture_feed(&x) != found[i])
            fail_msg("pid %d: %zu", (int)pids[i], x.batch.finding_count);
    }
    fixture_unload(&x);
    remove_folder(&f);
}

static void rules_load__warns_of_a_stage_that_no_event_can_meet(void **state)
{
    (void)state;
    struct folder f;
    make_folder(&f);
    add_file(&f, "a.eql", "process where event.action == \"exce\"");
    add_file(&f, "b.eql",
             "sequence by process.entity_id [process where event.action == \"exec\"]\n"
             "  [process where event.action == \"exec\" and event.type == \"end\"]");
    add_file(&f, "c.eql", "process where event.action : \"EX*\"");
    add_file(&f, "d.eql", "file where event.action == \"exec\" or file.path == \"/x\"");
    load_folder(&f, false);
    assert_int_equal(rules_count(f.rules), 4);
    assert_int_equal(f.problem_count, 2);
    assert_problem(&f, 0, true,
                   "a.eql:1:1: warning: no event can meet stage 1: event.action == \"exce\"");
    assert_problem(&f, 1, true,
                   "b.eql:1:1: warning: no event can meet stage 2: event.action == \"exec\" and "
                   "event.type == \"end\"");
    load_folder(&f, true);  // Rules made for other sensors have many of them.
    assert_int_equal(f.problem_count, 0);
    remove_folder(&f);
}

// --- Queries that are made to hurt

// Text of `head`, `count` times `part` (a %d in it is the number), and `tail`; the caller frees it.
static char *repeated(const char *head, const char *part, int count, const char *tail)
{
    struct buf b;
    const char *percent = strstr(part, "%d");
    buf_init(&b, 16u * 1024u * 1024u);
    buf_add(&b, str_of(head));
    for (int i = 0; i < count; i++) {
        if (percent == NULL) {
            buf_add(&b, str_of(part));
            continue;
        }
        buf_add(&b, (str){ .at = part, .len = (size_t)(percent - part) });
        buf_printf(&b, "%d", i);
        buf_add(&b, str_of(percent + 2));
    }
    buf_add(&b, str_of(tail));
    buf_add_char(&b, '\0');
    assert_false(b.failed);
    return b.at;
}

// What the sentence ends with; empty: the query is accepted.
static void check_query(const char *query, const char *sentence)
{
    struct eql_plan *plan = NULL;
    struct err err = { "" };
    (void)!eql_compile(str_of(query), NULL, &plan, NULL, &err);
    const str said = str_of(plan == NULL ? err.text : "");
    if ((said.len == 0) != (sentence[0] == '\0') || !str_ends_with(said, str_of(sentence)))
        fail_msg("%.60s...: \"%s\"", query, err.text);
    eql_plan_free(plan);
}

static void check_repeated(const char *head, const char *part, int count, const char *tail,
                           const char *sentence)
{
    char *query = repeated(head, part, count, tail);
    check_query(query, sentence);
    free(query);
}

static void eql_compile__refuses_a_query_of_more_than_1_mib(void **state)
{
    (void)state;
    const int rest = (int)(EQL_TEXT_MAX - strlen("any where process.name == \"\""));
    check_repeated("any where process.name == \"", "x", rest, "\"", "");
    check_repeated("any where process.name == \"", "x", rest + 1, "\"",
                   "line 1, column 1: a query has at most 1048576 octets");
    check_repeated("any where true //", "x", 1000000, "", "");
    check_repeated("any where true", " ", 1000000, "", "");
}

static void eql_compile__takes_lists_of_10000_items(void **state)
{
    (void)state;
    check_repeated("any where process.name in (\"n\"", ", \"n%d\"", 10000, ")", "");
    check_repeated("any where process.name : (\"n*\"", ", \"*n%d*\"", 10000, ")", "");
    check_repeated("any where process.pid in (1", ", %d", EQL_LIST_MAX - 1, ")", "");
    check_repeated("any where process.pid in (1", ", %d", EQL_LIST_MAX, ")",
                   "line 1, column 26: a list has at most 16384 items");
    check_repeated("any where process.pid == -1", " or process.pid == %d", 10000, "", "");
    check_repeated("any where process.pid == -1", " and process.pid != %d", 40000, "",
                   ": more than 100000 conditions and values");
}

static void eql_compile__refuses_a_thousand_levels(void **state)
{
    (void)state;
    char *closing = repeated("true", ")", EQL_PARENTHESES_MAX, "");
    check_repeated("any where ", "(", EQL_PARENTHESES_MAX, closing, "");
    check_repeated("any where ", "(", 1000, closing, ": more than 256 open parentheses");
    check_repeated("any where 1 == ", "1 + ", 1000, "1", ": more than 128 levels of nesting");
    check_repeated("any where length(", "concat(", 1000, "", ": more than 256 open parentheses");
    check_repeated("sequence ", "[", 1000, "", "line 1, column 11: expected a category, found `[`");
    free(closing);
}

static void eql_compile__refuses_clauses_that_contradict_each_other(void **state)
{
    (void)state;
    const struct {
        const char *query;
        const char *sentence;
    } cases[] = {
        { "sequence with maxspan=1s with maxspan=2s [any where true] [any where true]",
          "line 1, column 26: expected by, with maxspan or [, found `with`" },
        { "sequence by user.id by process.pid [any where true] [any where true]",
          "line 1, column 21: expected by, with maxspan or [, found `by`" },
        { "sequence by user.id with maxspan=1s by process.pid [any where true] [any where true]",
          "line 1, column 37: expected by, with maxspan or [, found `by`" },
        { "sequence [any where true] with runs=2 with runs=3",
          "line 1, column 39: expected the end of the query, found `with`" },
        { "sequence [any where true] by user.id [any where true] by user.id, process.pid",
          "line 1, column 55: this stage has 2 fields after by, and the first stage has 1" },
        { "sequence [any where true] by user.id [any where true] by user.id until [any where true]",
          "line 1, column 72: this stage has 0 fields after by, and the first stage has 1" },
        { "sequence [any where true] [any where true] until [any where true] until [any where "
          "true]",
          "line 1, column 67: expected the end of the query, found `until`" },
        { "sequence [any where true] as a [any where true] as a",
          "line 1, column 52: another stage has the alias `a`" },
        { "sequence [any where true] [any where true] with runs=101",
          "line 1, column 54: runs is a whole number from 1 to 100" },
        { "sequence with maxspan=366d [any where true] [any where true]", "" },
        { "sequence with maxspan=367d [any where true] [any where true]",
          "line 1, column 23: maxspan is at most 366d" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_query(cases[i].query, cases[i].sentence);
}

// The answer of `process.command_line OPERATOR`, of a text of 100,000 times "a", but for "baab" in the
// middle (so that looking for a letter that must be there is no help) and "!" at the end.
static bool holds_of_many(const char *operator)
{
    static char text[100001];
    char query[8192];
    struct fixture f;
    (void)snprintf(query, sizeof query, "process where process.command_line %s", operator);
    fixture_load_one(&f, query);
    memset(text, 'a', sizeof text - 1);
    memcpy(text + sizeof text / 2, "baab", 4);
    text[sizeof text - 2] = '!';
    fixture_next(&f, ACTION_EXEC, 1);
    fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, text);
    const bool holds = fixture_feed(&f) > 0;
    fixture_unload(&f);
    return holds;
}

// Their time must not grow with powers of the text; what is not answered within the limits is no match.
static void match__answers_catastrophic_patterns_in_bounded_time(void **state)
{
    (void)state;
    const char *const hard[] = {
        "regex \"(a*)*b\"",
        "regex \"(a|aa)+b\"",
        "regex \"(a|a)*b(a|a)*\"",
        "regex \"((a+)+)+\"",
        "regex~ \"(.*)(.*)(.*)(.*)(.*)(.*)(.*)x\"",
        "regex \"(.?){900}a{900}\"",
        "like \"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\"",
        "like~ \"*A?*A?*A?*A?*A?*A?*A?*A?*A?*A?*b\"",
        "like \"*aaaaaaaaaaaaaaaaaaa?aaaaaaaaaaaaaaaaaaabb*\"",
    };
    for (size_t i = 0; i < COUNT_OF(hard); i++)
        assert_false(holds_of_many(hard[i]));
    assert_true(holds_of_many("regex \"a*baaba*!\""));
    assert_true(holds_of_many("like \"a*a*a*!\""));
    assert_true(holds_of_many("like~ \"*A?*A?*?!\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_load__takes_the_id_of_a_query_from_its_name),
        cmocka_unit_test(rules_load__keeps_techniques_and_analytics_of_tags),
        cmocka_unit_test(rules_load__reads_directories_in_the_order_of_names),
        cmocka_unit_test(rules_load__skips_hidden_files_and_others),
        cmocka_unit_test(rules_load__reads_a_file_that_is_named_whatever_its_name),
        cmocka_unit_test(rules_load__refuses_a_second_rule_of_the_same_id),
        cmocka_unit_test(rules_load__ends_where_directories_go_round),
        cmocka_unit_test(rules_load__fails_where_there_is_nothing),
        cmocka_unit_test(rules_load__refuses_more_octets_than_max),
        cmocka_unit_test(rules_load__reads_lists_first),
        cmocka_unit_test(rules_load__places_a_problem_in_its_line),
        cmocka_unit_test(rules_load__warns_where_it_is_lenient),
        cmocka_unit_test(rules_load__takes_unknown_fields_for_missing_where_it_is_lenient),
        cmocka_unit_test(rules_load__warns_of_a_stage_that_no_event_can_meet),
        cmocka_unit_test(eql_compile__refuses_a_query_of_more_than_1_mib),
        cmocka_unit_test(eql_compile__takes_lists_of_10000_items),
        cmocka_unit_test(eql_compile__refuses_a_thousand_levels),
        cmocka_unit_test(eql_compile__refuses_clauses_that_contradict_each_other),
        cmocka_unit_test(match__answers_catastrophic_patterns_in_bounded_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
