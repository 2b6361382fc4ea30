#include "eql/eql.h"

#include "base/buf.h"
#include "eql/ast.h"
#include "eql/fixture.h"

#define REFUSE(cases) fixture_refuse(cases, COUNT_OF(cases))

static struct eql_plan *compile_text(str text)
{
    struct eql_plan *plan = NULL;
    struct err err;
    if (eql_compile(text, &fixture_options, &plan, NULL, &err) != OK)
        fail_msg("%.*s: %s", STR_ARG(str_to(text, 200)), err.text);
    return plan;
}

static void refuse_built(const struct buf *query, enum status status, const char *sentence)
{
    struct eql_plan *plan = NULL;
    struct err err;
    assert_false(query->failed);
    assert_int_equal(eql_compile(buf_str(query), &fixture_options, &plan, NULL, &err), status);
    assert_string_equal(err.text, sentence);
}

static void eql_compile__says_where_a_token_is_wrong(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "", "line 1, column 1: the query is empty" },
        { " // nothing\n", "line 2, column 1: the query is empty" },
        { "any where /* x", "line 1, column 11: the comment does not end" },
        { "any where process.name == \"a", "line 1, column 27: the text does not end" },
        { "any where process.name == \"a\nb\"", "line 1, column 27: the text does not end" },
        { "any where process.name == \"\"\"a\"", "line 1, column 27: the raw text does not end" },
        { "any where process.name == 'a'", "line 1, column 27: text stands in double quotes" },
        { "any where process.name == \"a\\q\"",
          "line 1, column 29: no such escape in text; a backslash itself is \\\\" },
        { "any where process.name == \"\\u{d800}\"",
          "line 1, column 28: \\u{...} needs 2 to 8 hexadecimal digits of a Unicode character" },
        { "any where process.name == \"\\u{1}\"",
          "line 1, column 28: \\u{...} needs 2 to 8 hexadecimal digits of a Unicode character" },
        { "any where process.name == \"\\u{110000}\"",
          "line 1, column 28: \\u{...} needs 2 to 8 hexadecimal digits of a Unicode character" },
        { "any where `process.name == 1", "line 1, column 11: the name in backticks does not end" },
        { "any where `` == 1", "line 1, column 11: a name in backticks is empty" },
        { "any where process.pid == 99999999999999999999",
          "line 1, column 26: the number does not fit in 64 bits" },
        { "any where process.pid == 1e999", "line 1, column 26: the number is too large" },
        { "any where process.pid == 1 & true",
          "line 1, column 28: this character has no meaning here" },
        { "any\nwhere \"\xc3\xab\" == \xc3\xab",
          "line 2, column 14: this character has no meaning here" },
    };
    REFUSE(cases);
}

static void eql_compile__says_what_was_expected(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "any", "line 1, column 4: expected where, found the end of the query" },
        { "where true", "line 1, column 7: expected where, found `true`" },
        { "5 where true", "line 1, column 1: expected a category, found `5`" },
        { "any where", "line 1, column 10: expected a value, found the end of the query" },
        { "any where and", "line 1, column 11: expected a value, found `and`" },
        { "any where true true", "line 1, column 16: expected the end of the query, found `true`" },
        { "any where true AND true", "line 1, column 16: expected the end of the query, found "
                                     "`AND`; keywords are lower-case" },
        { "any where process.pid = 1",
          "line 1, column 23: two values are compared with ==, not with =" },
        { "any where (true", "line 1, column 16: expected ), found the end of the query" },
        { "any where true)", "line 1, column 15: expected the end of the query, found `)`" },
        { "any where process.pid in ()", "line 1, column 27: the list is empty" },
        { "any where process.pid in (1 2)",
          "line 1, column 29: expected , or ) in the list, found `2`" },
        { "any where process.name not == \"x\"",
          "line 1, column 24: expected in, like or regex after not" },
        { "any where ?5 == 1", "line 1, column 11: expected a field after ?" },
        { "any where ?length(process.name) == 1", "line 1, column 11: expected a field after ?" },
        { "any where process.name~ == \"x\"",
          "line 1, column 11: only in, like, regex and functions take a ~" },
        { "any where process.args[0] == \"x\"",
          "line 1, column 23: a field of several values is compared as a whole, without [ ]" },
        { "any where length(process.name == 1",
          "line 1, column 35: expected , or ) after the argument, found the end of the query" },
        { "any where 1 == 1 == 1", "line 1, column 18: expected the end of the query, found `==`" },
    };
    REFUSE(cases);
}

static void eql_compile__suggests_the_nearest_name(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "proces where true", "line 1, column 1: no category `proces`; did you mean `process`?" },
        { "registry where true", "line 1, column 1: no category `registry`; there are process, "
                                 "library, api, file, network, "
                                 "configuration and any" },
        { "any where proces.name == \"x\"",
          "line 1, column 11: no field `proces.name`; did you mean `process.name`?" },
        { "any where qqqqqq == 1", "line 1, column 11: no field `qqqqqq`" },
        { "any where lenght(process.name) == 1",
          "line 1, column 11: no function `lenght`; did you mean `length`?" },
        { "any where wildcard(process.name, \"x\")",
          "line 1, column 11: no function `wildcard`; use like" },
        { "any where process.name in $shell",
          "line 1, column 27: no list $shell; did you mean $shells?" },
        { "any where process.name in $other", "line 1, column 27: no list $other" },
        { "sequence by proces.pid [any where true] [any where true]",
          "line 1, column 13: no field `proces.pid`; did you mean `process.pid`?" },
        { "sequence\n  [any where true]\n  [any where true] by user.ids",
          "line 3, column 23: no field `user.ids`; did you mean `user.id`?" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_types(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "any where process.name == 1", "line 1, column 11: text is compared with a number" },
        { "any where process.pid == \"1\"", "line 1, column 11: a number is compared with text" },
        { "any where process.Ext.cs_hard == \"true\"",
          "line 1, column 11: a boolean is compared with text" },
        { "any where process.Ext.cs_hard > false", "line 1, column 11: booleans have no order" },
        { "any where process.pid > null",
          "line 1, column 11: null is compared with == or != only" },
        { "any where null in (\"x\")", "line 1, column 11: null is compared with == or != only" },
        { "any where process.pid : \"1*\"",
          "line 1, column 11: : compares text, and this is a number; use == or in" },
        { "any where process.pid like \"1*\"",
          "line 1, column 11: like compares text, and this is a number; use == or in" },
        { "any where process.Ext.cs_hard regex \"t.*\"",
          "line 1, column 11: regex compares text, and this is a boolean; use == or in" },
        { "any where process.pid in (1, \"2\")",
          "line 1, column 30: a number is compared with text" },
        { "any where process.pid in $shells", "line 1, column 26: a number is compared with text" },
        { "any where process.name : (\"a\", 5)",
          "line 1, column 32: : compares text, and this is a number; use == or in" },
        { "any where process.name in (process.executable)",
          "line 1, column 28: only texts, numbers and booleans can be listed here; compare with "
          "==" },
        { "any where process.name in (null)", "line 1, column 28: only texts, numbers and booleans "
                                              "can be listed here; compare with ==" },
        { "any where process.name == $shells",
          "line 1, column 27: the list $shells can only stand behind in, like, regex or :" },
        { "any where process.name", "line 1, column 11: expected a condition, found text" },
        { "any where 5", "line 1, column 11: expected a condition, found a number" },
        { "any where not length(process.name)",
          "line 1, column 15: expected a condition, found a number" },
        { "any where null", "line 1, column 11: expected a condition, found null" },
        { "any where process.name + 1 == 1",
          "line 1, column 11: + needs numbers, and this is text" },
        { "any where length(process.pid) == 1",
          "line 1, column 18: argument 1 of `length` is a number, and must be text" },
        { "any where length() == 1", "line 1, column 11: `length` takes 1 argument, not 0" },
        { "any where length~(process.name) == 1",
          "line 1, column 11: `length` has no form with ~" },
        { "any where (true and false) == true",
          "line 1, column 12: a condition (and, or, not, !=, child of, _arraysearch) cannot stand "
          "inside a value" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_sequences(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "sequence",
          "line 1, column 9: expected by, with maxspan or [, found the end of the query" },
        { "sequence [any where true]", "line 1, column 26: a sequence has at least two stages" },
        { "sequence by [any where true] [any where true]",
          "line 1, column 13: expected a field after by, found `[`" },
        { "sequence with maxspan=5 [any where true] [any where true]",
          "line 1, column 23: maxspan is a whole number above 0 with its unit: ms, s, m, h or d" },
        { "sequence with maxspan=0s [any where true] [any where true]",
          "line 1, column 23: maxspan is a whole number above 0 with its unit: ms, s, m, h or d" },
        { "sequence with maxspan=5w [any where true] [any where true]",
          "line 1, column 23: maxspan is a whole number above 0 with its unit: ms, s, m, h or d" },
        { "sequence with maxspan=99999999d [any where true] [any where true]",
          "line 1, column 23: maxspan is at most 366d" },
        { "sequence with maxspan=9223372036854775807d [any where true] [any where true]",
          "line 1, column 23: maxspan is at most 366d" },
        { "sequence [any where true] with runs=0",
          "line 1, column 37: runs is a whole number from 1 to 100" },
        { "sequence [any where true] with runs=101",
          "line 1, column 37: runs is a whole number from 1 to 100" },
        { "sequence [any where true] with runs=100 [any where true] with runs=100 "
          "[any where true] with runs=100",
          "line 1, column 72: a sequence has at most 256 stages" },
        { "sequence [any where true] by user.id [any where true]",
          "line 1, column 38: this stage has 0 fields after by, and the first stage has 1" },
        { "sequence [any where true] [any where true] by user.id, host.id",
          "line 1, column 44: this stage has 2 fields after by, and the first stage has 0" },
        { "sequence [any where true] by user.id [any where true] by process.pid",
          "line 1, column 58: `process.pid` is a number, and `user.id` of the first stage is text: "
          "they "
          "are never equal" },
        { "sequence [any where true] [any where true] until",
          "line 1, column 49: expected [ after until, found the end of the query" },
        { "sequence by user.id [any where true] [any where true] until [any where true] by host.id",
          "line 1, column 78: this stage has 1 fields after by, and the first stage has 0" },
        { "sequence [any where true] [any where true] until [any where true] with runs=2",
          "line 1, column 50: until takes no runs" },
        { "sequence [any where true [any where true]",
          "line 1, column 26: expected ] or `and` or `or`, found `[`" },
    };
    REFUSE(cases);
}

static void eql_compile__refuses_by_name_what_it_does_not_do(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "any where true | count",
          "line 1, column 18: the pipe `count` is not part of this language; there are head and "
          "tail" },
        { "sample by user.id [any where true]",
          "line 1, column 1: `sample` is not part of this language" },
        { "join by user.id [any where true]",
          "line 1, column 1: `join` is not part of this language" },
        { "macro X() true", "line 1, column 1: `macro` is not part of this language" },
        { "sequence [any where true] fork [any where true]",
          "line 1, column 27: `fork` is not part of this language" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_missing_events(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "sequence [any where true] ![any where true]",
          "line 1, column 27: a sequence with a missing event (![ ]) needs `with maxspan`" },
        { "sequence with maxspan=5s ![any where true] ![any where true]",
          "line 1, column 26: at least one stage must be without !" },
        { "sequence with maxspan=5s [any where true] ![any where true] as e0",
          "line 1, column 64: a missing event has no values: ![ ] takes no alias" },
        { "sequence with maxspan=5s [any where true] [any where true] until ![any where true]",
          "line 1, column 66: until takes no missing event (![ ])" },
        { "![any where true]", "line 1, column 1: expected a category, found `![`" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_aliases(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "sequence [any where e0.process.pid == 1] as e0 [any where true]",
          "line 1, column 21: the alias `e0` can be used in later stages only" },
        { "sequence [any where e1.process.pid == 1] as e0 [any where true] as e1",
          "line 1, column 21: the alias `e1` can be used in later stages only" },
        { "sequence [any where true] as e0 [any where true] as e0",
          "line 1, column 53: another stage has the alias `e0`" },
        { "sequence [any where true] as e0 [any where e0.process.pit == 1]",
          "line 1, column 44: no field `process.pit` of the alias e0; did you mean "
          "`process.pid`?" },
        { "sequence [any where true] as e0 [any where process.pid == e0.process.name]",
          "line 1, column 44: a number is compared with text" },
        { "sequence [any where true] as a.b [any where true]",
          "line 1, column 30: expected a name without dots after as, found `a.b`" },
        { "sequence [any where true] as e0 [any where true] until [any where true] as e1",
          "line 1, column 76: until takes no alias" },
        { "sequence [any where true] as e0 "
          "[process where child of [process where process.pid == e0.process.pid]]",
          "line 1, column 87: no field `e0.process.pid`; did you mean `process.pid`?" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_lineage_and_searches(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "process where child of process", "line 1, column 24: expected [, found `process`" },
        { "process where child of [proces where true]",
          "line 1, column 25: no category `proces`; did you mean `process`?" },
        { "process where child of [process where descendant of [process where true]]",
          "line 1, column 39: `descendant of` cannot stand inside another `child of` or "
          "`descendant of`" },
        { "process where length(child of [process where true]) == 1",
          "line 1, column 22: a condition (and, or, not, !=, child of, _arraysearch) cannot stand "
          "inside a value" },
        { "any where _arraysearch(\"a\", $x, true)",
          "line 1, column 24: _arraysearch looks through a field" },
        { "any where _arraysearch(process.args, x, true)",
          "line 1, column 38: expected a variable such as $x, found `x`" },
        { "any where _arraysearch(process.args, $x)",
          "line 1, column 40: expected , after the variable, found `)`" },
        { "any where _arraysearch(process.args, $x, $x.name == \"a\")",
          "line 1, column 24: the elements of `process.args` have no parts" },
        { "any where _arraysearch(process.args, $x, $y.name == \"a\")",
          "line 1, column 42: no variable $y here" },
        { "any where _arraysearch(process.args, $x, _arraysearch(process.args, $y, true))",
          "line 1, column 42: _arraysearch cannot stand inside another one" },
        { "any where _arraysearch(process.arg, $x, $x == \"a\")",
          "line 1, column 24: no field `process.arg`; did you mean `process.args`?" },
    };
    REFUSE(cases);
}

static void eql_compile__checks_pipes(void **state)
{
    (void)state;
    static const struct fixture_refusal cases[] = {
        { "any where true | head", "line 1, column 22: expected a whole number, 0 or more, found "
                                   "the end of the query" },
        { "any where true | head -1",
          "line 1, column 23: expected a whole number, 0 or more, found `-`" },
        { "any where true | ",
          "line 1, column 17: expected head or tail, found the end of the query" },
        { "any where true head 5",
          "line 1, column 16: expected the end of the query, found `head`" },
    };
    REFUSE(cases);

    struct eql_plan *plan;
    struct eql_place place;
    struct err err;
    assert_int_equal(eql_compile(STR("any where true | tail 5"), NULL, &plan, &place, &err),
                     ERR_CONFIG);
    assert_string_equal(err.text, "a rule has no pipes: head and tail are for `pomona query`");
    assert_int_equal(place.column, 16);
}

struct warnings {
    char text[1024];
    size_t count;
};

static void note_warning(void *context, struct eql_place place, const char *sentence)
{
    struct warnings *w = context;
    const size_t len = strlen(w->text);
    (void)snprintf(w->text + len, sizeof w->text - len, "%u+%u %s; ", place.column, place.length,
                   sentence);
    w->count++;
}

static void eql_compile__warns_of_unknown_names_where_it_may(void **state)
{
    (void)state;
    struct warnings warnings = { .text = "" };
    const struct eql_options options = {
        .lists = &fixture_lists, .lenient = true, .warn = note_warning, .warn_context = &warnings
    };
    struct eql_plan *plan;
    struct err err;
    const str query = STR("sequence [registry where registry.path : \"x\"] "
                          "[process where process.name in ($shels) and not a.b == 1]");
    assert_int_equal(eql_compile(query, &options, &plan, NULL, &err), OK);
    assert_string_equal(warnings.text,
                        "11+8 no category `registry`; there are process, library, api, file, "
                        "network, configuration and any; "
                        "26+13 no field `registry.path`; "
                        "79+6 no list $shels; did you mean $shells?; "
                        "95+3 no field `a.b`; ");
    assert_int_equal(plan->stages[0].categories, 0);
    eql_plan_free(plan);
}

static void eql_compile__says_how_long_the_wrong_part_is(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        uint32_t column;
        uint32_t length;
    } cases[] = {
        { "any where process.nam == 1", 11, 11 },
        { "any where process.pid == \"f\\u{e9}\"", 11, 11 },
        { "any where process.name in (\"Zo\xc3\xab\", 5)", 35, 1 },
        { "any where", 10, 1 },
        { "any where \"abc", 11, 1 },
        { "any where process.name == \"a\" %%", 32, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct eql_plan *plan;
        struct eql_place place;
        struct err err;
        assert_int_equal(eql_compile(str_of(cases[i].query), NULL, &plan, &place, &err),
                         ERR_CONFIG);
        if (place.column != cases[i].column || place.length != cases[i].length)
            fail_msg("%s: %u+%u", cases[i].query, place.column, place.length);
    }
}

// Two rules, the same question: it stands in the pool once.
static void eql_compile__shares_questions(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "process where process.name in (\"a\", \"b\") and not user.id == \"0\"",
        ("sequence by process.pid [process where process.name in (\"a\",\"b\")] "
         "[file where `user.id` == \"0\" and length(file.path) > 3]"),
        "any where process.name in (\"b\", \"a\") or length( file.path )>3",
    };
    struct eql_pool *pool = eql_pool_new();
    const struct eql_options options = { .pool = pool };
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct eql_plan *plan;
        struct err err;
        if (eql_compile(str_of(queries[i]), &options, &plan, NULL, &err) != OK)
            fail_msg("%s", err.text);
        eql_plan_free(plan);
    }
    assert_int_equal(pool->leaf_count, 4);
    assert_int_equal(pool->leaves[0].uses, 2);
    assert_int_equal(pool->leaves[1].uses, 2);
    assert_int_equal(pool->leaves[2].uses, 2);
    assert_int_equal(pool->leaves[3].uses, 1);
    eql_pool_free(pool);
}

static void eql_compile__refuses_regexes_that_would_be_misread(void **state)
{
    (void)state;
#define ANY_REGEX(text) "any where process.name regex \"\"\"" text "\"\"\""
#define WRONG(sentence) "line 1, column 30: " sentence
    static const struct fixture_refusal cases[] = {
        { ANY_REGEX("\\d+x\\b"),
          WRONG("\\b is not part of this syntax of regular expressions; there are \\d, \\s and "
                "\\w") },
        { ANY_REGEX("a\"b"), WRONG("a \" in the regular expression is not closed; write \\\" for "
                                   "the character") },
        { ANY_REGEX("a~b"),
          WRONG("~ in a regular expression is not supported; write \\~ for the character") },
        { ANY_REGEX("a&b"),
          WRONG("& in a regular expression is not supported; write \\& for the character") },
        { ANY_REGEX("(?i)x"), WRONG("(? is not part of this syntax of regular expressions") },
        { ANY_REGEX("(*UTF)x"), WRONG("(* is not part of this syntax of regular expressions") },
        { ANY_REGEX("[abc"), WRONG("a [ in the regular expression is not closed") },
        { ANY_REGEX("[]"), WRONG("a [ in the regular expression has nothing inside") },
        { ANY_REGEX("a{x}"),
          WRONG("a { in the regular expression needs the form {n}, {n,} or {n,m}") },
        { ANY_REGEX("a{3,2}"),
          WRONG("a { in the regular expression needs the form {n}, {n,} or {n,m}") },
        { ANY_REGEX("a{1"),
          WRONG("a { in the regular expression needs the form {n}, {n,} or {n,m}") },
        { ANY_REGEX("a{1001}"), WRONG("a repetition in the regular expression is above 1000") },
        { ANY_REGEX("(a"), WRONG("the regular expression is wrong: missing closing parenthesis") },
        { ANY_REGEX("a)"),
          WRONG("the regular expression is wrong: unmatched closing parenthesis") },
        { ANY_REGEX("a\\"), WRONG("the regular expression ends in a backslash") },
    };
    REFUSE(cases);
}

static void eql_compile__refuses_more_than_max(void **state)
{
    (void)state;
    struct buf query;
    buf_init(&query, 4 * EQL_TEXT_MAX);

    buf_add(&query, STR("any where "));
    for (unsigned i = 0; i < 1000; i++)
        buf_add_char(&query, '(');
    refuse_built(&query, ERR_LIMIT, "line 1, column 268: more than 256 open parentheses");

    buf_reset(&query);
    buf_add(&query, STR("any where 1"));
    for (unsigned i = 0; i < 1000; i++)
        buf_add(&query, STR("+1"));
    refuse_built(&query, ERR_LIMIT, "line 1, column 268: more than 128 levels of nesting");

    buf_reset(&query);
    buf_add(&query, STR("any where process.pid in (1"));
    for (unsigned i = 0; i < EQL_LIST_MAX; i++)
        buf_add(&query, STR(",1"));
    buf_add(&query, STR(")"));
    refuse_built(&query, ERR_LIMIT, "line 1, column 26: a list has at most 16384 items");

    buf_reset(&query);
    buf_add(&query, STR("any where true"));
    for (unsigned i = 0; i < EQL_NODES_MAX; i++)
        buf_add(&query, STR(" or true"));
    refuse_built(&query, ERR_LIMIT,
                 "line 1, column 800003: more than 100000 conditions and values");

    buf_reset(&query);
    for (size_t i = 0; i <= EQL_TEXT_MAX; i++)
        buf_add_char(&query, ' ');
    refuse_built(&query, ERR_LIMIT, "line 1, column 1: a query has at most 1048576 octets");

    buf_reset(&query);
    buf_add(&query, STR("any where process.name : \"*"));
    for (size_t i = 0; i < EQL_PATTERN_MAX; i++)
        buf_add_char(&query, 'a');
    buf_add(&query, STR("\""));
    refuse_built(&query, ERR_LIMIT, "line 1, column 26: a pattern has at most 4096 octets");

    buf_reset(&query);
    buf_add(&query, STR("any where process.name : concat(\"\""));
    for (size_t i = 0; i < EQL_ARGUMENTS_MAX; i++)
        buf_add(&query, STR(",1"));
    buf_add(&query, STR(")"));
    refuse_built(&query, ERR_LIMIT, "line 1, column 26: a function takes at most 1024 arguments");

    buf_reset(&query);
    buf_add(&query, STR("sequence by user.id"));
    for (size_t i = 0; i < EQL_KEYS_MAX; i++)
        buf_add(&query, STR(",user.id"));
    refuse_built(&query, ERR_LIMIT, "line 1, column 141: at most 16 fields may follow by");

    buf_reset(&query);
    buf_add(&query,
            STR("any where concat(user.id, host.id, host.name, process.name, process.executable, "
                "process.args, file.path, file.name, dll.path) == \"x\""));
    refuse_built(&query, ERR_LIMIT, "line 1, column 117: one comparison names at most 8 fields");
    buf_done(&query);
}

static void eql_compile__takes_lists_of_the_largest_size(void **state)
{
    (void)state;
    struct buf query;
    buf_init(&query, EQL_TEXT_MAX);
    buf_add(&query, STR("any where process.name in (\"zsh\""));
    for (unsigned i = 1; i < EQL_LIST_MAX; i++)
        buf_printf(&query, ",\"%u\"", i);
    buf_add(&query, STR(")"));
    struct eql_plan *plan = compile_text(buf_str(&query));
    assert_int_equal(plan->pool->node_count, 1);
    assert_int_equal(plan->pool->nodes[0].op, PLAN_FIELD_IN);
    assert_non_null(plan->pool->nodes[0].set->table);
    eql_plan_free(plan);
    buf_done(&query);
}

static void eql_compile__takes_long_chains_as_one_node(void **state)
{
    (void)state;
    struct buf query;
    buf_init(&query, EQL_TEXT_MAX);
    buf_add(&query, STR("any where process.pid == 0"));
    for (unsigned i = 1; i < 5000; i++)
        buf_printf(&query, " or process.pid == %u and true", i);
    struct eql_plan *plan = compile_text(buf_str(&query));
    const struct plan_node *top = &plan->pool->nodes[plan->stages[0].condition];
    assert_int_equal(top->op, PLAN_ANY);
    assert_int_equal(top->count, 5000);
    eql_plan_free(plan);
    buf_done(&query);
}

static void eql_compile__keeps_what_a_sequence_says(void **state)
{
    (void)state;
    struct eql_plan *plan = compile_text(
        STR("sequence with maxspan=2m by process.entity_id, ?user.id // who\n"
            "  [file where /* what */ true and false] by file.path\n"
            "  [library where process.name : \"x\"] by ?dll.path with runs=3\n"
            "until [\"process\" where event.action == \"end\"] by process.executable"));
    assert_true(plan->is_sequence && plan->has_until);
    assert_int_equal(plan->maxspan_ns, 120 * INT64_C(1000000000));
    assert_int_equal(plan->stage_count, 4);
    assert_int_equal(plan->stages[0].categories, CATEGORY_FILE);
    assert_int_equal(plan->stages[3].categories, CATEGORY_LIBRARY);
    assert_int_equal(plan->until.categories, CATEGORY_PROCESS);
    assert_int_equal(plan->stages[0].key_count, 3);
    assert_int_equal(plan->stages[0].keys[0].field, FIELD_PROCESS_ENTITY_ID);
    assert_false(plan->stages[0].keys[0].optional);
    assert_true(plan->stages[0].keys[1].optional);
    assert_int_equal(plan->stages[0].keys[2].field, FIELD_FILE_PATH);
    assert_int_equal(plan->stages[1].keys[2].field, FIELD_DLL_PATH);
    assert_true(plan->stages[1].keys[2].optional);
    assert_true(str_eq(plan->stages[0].text, STR("true and false")));
    assert_true(str_eq(plan->stages[1].text, STR("process.name : \"x\"")));
    assert_true(str_eq(plan->until.text, STR("event.action == \"end\"")));
    eql_plan_free(plan);
}

static void eql_compile__reads_every_spelling(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "`process.name` == \"zsh\"", true },
        { "process.`name` == \"zsh\"", true },
        { "`process`.`name` == \"zsh\"", true },
        { "process.name == \"\"\"zsh\"\"\"", true },
        { "\"\"\"a\\n\"\"\" == \"a\\\\n\"", true },
        { "\"\"\"say \"x\"\"\"\" == \"say \\\"x\\\"\"", true },
        { "\"\\t\\r\\n\\b\\f\\'\\\\\\u{0041}\" == \"\t\r\\n\b\f'\\\\A\"", true },
        { "\"\\u{1f600}\" == \"\xf0\x9f\x98\x80\"", true },
        { "length(\"\\u{1f600}\\u{00e9}\\u{20ac}\") == 3", true },
        { "1e3 == 1000 and 1.5e-1 == 0.15 and .5 == 0.5", true },
        { "+5 == 5", true },
        { "process.name in(\"zsh\")and true", true },
        { "process.name/* c */==// d\n\"zsh\"", true },
    };
    fixture_check(cases, COUNT_OF(cases));
}

static const char *const samples[] = {
    "process where process.name : (\"a*\", $shells) and not (process.pid in (1, 2.5) or "
    "-process.pid < 3)",
    "sequence by process.entity_id, ?user.id with maxspan=30s\n"
    "  [file where file.name like~ \"x\\\"*\" and length(file.path) + 1 % 2 >= 3] by file.path\n"
    "  [library where dll.path regex \"\"\"a\\\\.b\"\"\" or ?a.b == null] by dll.path with runs=2\n"
    "until [any where indexOf~(process.name, \"q\", 1) != null and true] by process.name",
};

// What the parser makes of a text is printed in a form that parses to the same.
static void ast_print__parses_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct buf printed[2];
        str text = str_of(samples[i]);
        for (size_t pass = 0; pass < 2; pass++) {
            struct arena arena = { 0 };
            struct err err;
            struct lexer l = { .text = text, .arena = &arena, .err = &err };
            struct ast_query query;
            assert_int_equal(ast_parse(&l, &query), OK);
            buf_init(&printed[pass], EQL_TEXT_MAX);
            ast_print(&query, &printed[pass]);
            text = buf_str(&printed[pass]);
            arena_done(&arena);
            eql_plan_free(compile_text(text));
        }
        assert_true(str_eq(buf_str(&printed[0]), buf_str(&printed[1])));
        buf_done(&printed[0]);
        buf_done(&printed[1]);
    }
}

// Every front part of a query is compiled or refused, each in memory of its own size.
static void eql_compile__survives_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        for (size_t len = 0; len < strlen(samples[i]); len++) {
            char *exact = memory_new(len + 1);
            memcpy(exact, samples[i], len);
            char *text = memory_resize(exact, len == 0 ? 1 : len);
            struct eql_plan *plan = NULL;
            struct err err;
            if (eql_compile((str){ .at = text, .len = len }, &fixture_options, &plan, NULL, &err) ==
                OK)
                eql_plan_free(plan);
            else
                assert_true(str_starts_with(str_of(err.text), STR("line ")));
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eql_compile__says_where_a_token_is_wrong),
        cmocka_unit_test(eql_compile__says_what_was_expected),
        cmocka_unit_test(eql_compile__suggests_the_nearest_name),
        cmocka_unit_test(eql_compile__checks_types),
        cmocka_unit_test(eql_compile__checks_sequences),
        cmocka_unit_test(eql_compile__refuses_by_name_what_it_does_not_do),
        cmocka_unit_test(eql_compile__checks_missing_events),
        cmocka_unit_test(eql_compile__checks_aliases),
        cmocka_unit_test(eql_compile__checks_lineage_and_searches),
        cmocka_unit_test(eql_compile__checks_pipes),
        cmocka_unit_test(eql_compile__warns_of_unknown_names_where_it_may),
        cmocka_unit_test(eql_compile__says_how_long_the_wrong_part_is),
        cmocka_unit_test(eql_compile__shares_questions),
        cmocka_unit_test(eql_compile__refuses_regexes_that_would_be_misread),
        cmocka_unit_test(eql_compile__refuses_more_than_max),
        cmocka_unit_test(eql_compile__takes_lists_of_the_largest_size),
        cmocka_unit_test(eql_compile__takes_long_chains_as_one_node),
        cmocka_unit_test(eql_compile__keeps_what_a_sequence_says),
        cmocka_unit_test(eql_compile__reads_every_spelling),
        cmocka_unit_test(ast_print__parses_to_the_same),
        cmocka_unit_test(eql_compile__survives_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
