#include "score/exception_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define PRINT_MAX (64u * 1024u * 1024u)
#define WHO       "  signer: PRL0XMPL88/com.example.parlo\n"

static bool knows_s09(const void *context, str rule)
{
    (void)context;
    return str_eq(rule, STR("S09"));
}

static struct exceptions *load(str text)
{
    static const struct exception_rules rules = { .knows = knows_s09 };
    struct exceptions *e = NULL;
    struct err err;
    return exceptions_load_text(STR("e.yaml"), text, &rules, &e, &err) == OK ? e : NULL;
}

static void print(const struct exceptions *e, struct buf *out)
{
    buf_init(out, PRINT_MAX);
    for (size_t i = 0; i < exceptions_count(e); i++)
        exception_add_yaml(out, exceptions_at(e, i));
}

static const struct refusal {
    const char *text;
    const char *sentences[3];
} refusals[] = {
    { HEAD "  path: /Applications/Parlo.app/**\n",
      { "e.yaml:7:9: a path is anybody's to write: name the signer (TEAM/SIGNING_ID) or cdhash as "
        "well" } },
    { HEAD, { "e.yaml:1:3: nobody is named: a signer (TEAM/SIGNING_ID) or cdhash belongs here" } },
    { HEAD "  signer: PRL0XMPL88\n",
      { "e.yaml:7:11: a team or an identifier alone is not enough: a signer is TEAM/SIGNING_ID or "
        "platform:SIGNING_ID, not \"PRL0XMPL88\"" } },
    { HEAD "  signer: com.example.parlo\n",
      { "e.yaml:7:11: a team or an identifier alone is not enough: a signer is TEAM/SIGNING_ID or "
        "platform:SIGNING_ID, not \"com.example.parlo\"" } },
    { HEAD "  signer: PRL*/com.example.parlo\n",
      { "e.yaml:7:11: a team is ten capital letters and digits, and has no star: not \"PRL*\"" } },
    { HEAD "  signer: '*/com.example.parlo'\n",
      { "e.yaml:7:11: a team is ten capital letters and digits, and has no star: not \"*\"" } },
    { HEAD "  signer: PRL0XMPL88/com.*.parlo\n",
      { "e.yaml:7:11: a signing identifier is whole, or ends in its only star: not "
        "\"com.*.parlo\"" } },
    { HEAD "  signer: PRL0XMPL88/**\n",
      { "e.yaml:7:11: a signing identifier is whole, or ends in its only star: not \"**\"" } },
    { HEAD "  signer: PRL0XMPL88/\n",
      { "e.yaml:7:11: a signing identifier is whole, or ends in its only star: not" } },
    { HEAD "  signer: 'platform:*'\n",
      { "e.yaml:7:11: that is all of macOS: name the identifier, or how it begins, behind "
        "\"platform:\"" } },
    { HEAD "  signer: [PRL0XMPL88/x]\n", { "e.yaml:7:11: a text belongs here" } },
    { HEAD WHO "  signer: PRL0XMPL88/x\n", { "e.yaml:8:3: the key stands twice: \"signer\"" } },
    { HEAD "  cdhash: [3f5a]\n",
      { "e.yaml:7:11: a cdhash is 40 hexadecimal digits, and not zeros: not \"3f5a\"" } },
    { HEAD "  cdhash: 0000000000000000000000000000000000000000\n",
      { "e.yaml:7:11: a cdhash is 40 hexadecimal digits, and not zeros: not "
        "\"0000000000000000000000000000000000000000\"" } },
    { HEAD "  cdhash: []\n", { "e.yaml:7:11: the list is empty" } },
    { HEAD WHO "  path: Applications\n",
      { "e.yaml:8:9: a path begins with a slash, not as \"Applications\"" } },
    { HEAD WHO "  step: child\n",
      { "e.yaml:8:9: step is acting, any, library, target, parent or a number from 1 to 64, not "
        "\"child\"" } },
    { HEAD WHO "  step: 65\n",
      { "e.yaml:8:9: step is acting, any, library, target, parent or a number from 1 to 64, not "
        "\"65\"" } },
    { HEAD "  cdhash: " CDHASH "\n  step: parent\n",
      { "e.yaml:1:3: no record tells the cdhash of a parent: name its signer" } },
    { HEAD WHO "  library: KWT0XMPL77/x\n",
      { "e.yaml:8:12: signer, cdhash and path belong here, as in { signer: TEAM/SIGNING_ID }" } },
    { HEAD WHO "  library: { path: /opt/** }\n",
      { "e.yaml:8:12: a path is anybody's to write: name the signer (TEAM/SIGNING_ID) or cdhash as "
        "well" } },
    { HEAD WHO "  library: {}\n",
      { "e.yaml:8:12: nobody is named: a signer (TEAM/SIGNING_ID) or cdhash belongs here" } },
    { HEAD WHO "  target: { signer: KWT0XMPL77/x, owner: me }\n",
      { "e.yaml:8:35: a process or library has no key \"owner\"" } },
    { HEAD WHO "  library: { cdhash: " CDHASH ", cdhash: " CDHASH " }\n",
      { "e.yaml:8:72: the key stands twice: \"cdhash\"" } },
    { HEAD WHO "  library: { signer: KWT0XMPL77/x }\n  any_library: true\n",
      { "e.yaml:1:3: any_library, and yet a library is named: leave one of them out" } },
    { HEAD WHO "  any_library: yes\n", { "e.yaml:8:16: true or false belongs here, not \"yes\"" } },
    { HEAD WHO "  critical: 1\n", { "e.yaml:8:13: true or false belongs here, not \"1\"" } },
    { HEAD WHO "  hosts: []\n", { "e.yaml:8:10: the list is empty" } },
    { HEAD WHO "  contexts: [dev, lab]\n",
      { "e.yaml:8:13: contexts are dev, test and prod, not \"lab\"" } },
    { HEAD WHO "  note: x\n", { "e.yaml:8:3: an exception has no key \"note\"" } },
    { HEAD WHO "  owner: me\n", { "e.yaml:8:3: the key stands twice: \"owner\"" } },
    { "- signer: PRL0XMPL88/x\n",
      { "e.yaml:1:3: the exception has no \"id\"", "e.yaml:1:3: the exception has no \"rules\"",
        "e.yaml:1:3: the exception has no \"owner\"" } },
    { "- {id: 'E 1', rules: [], owner: '', reason: r, created: 2026-01-01, expires: 2026-02-30, "
      "signer: PRL0XMPL88/x}\n",
      { "e.yaml:1:8: an id has letters, digits, dots, underscores and hyphens, not \"E 1\"",
        "e.yaml:1:22: the list is empty", "e.yaml:1:33: a text belongs here" } },
    { "- {id: E, rules: ['S*'], owner: o, reason: r, created: 2026-01-01, expires: 2025-12-31, "
      "signer: PRL0XMPL88/x}\n",
      { "e.yaml:1:18: rules are ids, or one star for every rule, not \"S*\"",
        "e.yaml:1:77: it expires before it was created, on \"2025-12-31\"" } },
    { "- {id: E, rules: S09, owner: o, reason: r, created: 2026-01-01, expires: 2028-01-03, "
      "signer: PRL0XMPL88/x}\n",
      { "e.yaml:1:74: an exception holds for two years at most from its creation, not until "
        "\"2028-01-03\"" } },
    { "- {id: E, rules: S09, owner: o, reason: r, created: today, expires: 1/2/27, signer: "
      "PRL0XMPL88/x}\n",
      { "e.yaml:1:53: a date is like 2026-11-01, not \"today\"",
        "e.yaml:1:69: a date is like 2026-11-01, not \"1/2/27\"" } },
    { HEAD WHO "\n" HEAD WHO, { "e.yaml:9:3: another exception has the id \"E-1\"" } },
    { "- S09\n", { "e.yaml:1:3: an exception is a mapping of keys" } },
    { "- &a { library: *a }\n",
      { "e.yaml:1:8: a process or library has no key \"library\"",
        "e.yaml:1:3: nobody is named: a signer (TEAM/SIGNING_ID) or cdhash belongs here" } },
};

static void exception_file_parse__says_what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const struct refusal *r = &refusals[i];
        struct exceptions *e = load(str_of(r->text));
        size_t count;
        assert_non_null(e);
        const struct exception_problem *problems = exceptions_problems(e, &count);
        assert_int_equal(exceptions_refused(e), 1);
        for (size_t k = 0; k < COUNT_OF(r->sentences) && r->sentences[k] != NULL; k++) {
            assert_true(k < count);
            assert_string_equal(problems[k].text.at, r->sentences[k]);
            assert_false(problems[k].is_warning);
        }
        exceptions_free(e);
    }
}

static void exception_file_parse__keeps_the_sound_ones(void **state)
{
    (void)state;
    struct exceptions *e = load(STR("- nonsense\n" HEAD WHO "- { id: E-2 }\n"));
    assert_int_equal(exceptions_count(e), 1);
    assert_int_equal(exceptions_refused(e), 2);
    assert_string_equal(exceptions_at(e, 0)->id.at, "E-1");
    exceptions_free(e);
}

static void exception_file_parse__fails_where_there_is_no_list(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        { "", "e.yaml:1:1: the file is empty" },
        { "# nothing\n", "e.yaml:1:1: the file is empty" },
        { "exceptions: []\n", "e.yaml:1:1: a list of exceptions belongs here" },
        { "- a\n b: {\n", "e.yaml:2:3: mapping values are not allowed in this context" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exceptions *e = NULL;
        struct err err;
        assert_int_equal(exceptions_load_text(STR("e.yaml"), str_of(cases[i].text), NULL, &e, &err),
                         ERR_CONFIG);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

static void exception_file_parse__warns(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        { "- {id: E, rules: [S09, S77], owner: o, reason: r, created: 2026-01-01, expires: "
          "2026-12-31, signer: PRL0XMPL88/x}\n",
          "e.yaml:1:18: warning: there is no rule \"S77\"" },
        { "- {id: E, rules: '*', owner: o, reason: r, created: 2026-01-01, expires: 2026-12-31, "
          "signer: PRL0XMPL88/*}\n",
          "e.yaml:1:3: warning: this is every rule for all that the team signs, on every Mac: "
          "\"PRL0XMPL88/\"" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exceptions *e = load(str_of(cases[i].text));
        size_t count;
        const struct exception_problem *problems = exceptions_problems(e, &count);
        assert_int_equal(exceptions_count(e), 1);
        assert_int_equal(count, 1);
        assert_true(problems[0].is_warning);
        assert_string_equal(problems[0].text.at, cases[i].sentence);
        exceptions_free(e);
    }
}

// What two years are: of a leap year as well.
static void exception_file_parse__takes_two_years(void **state)
{
    (void)state;
    struct exceptions *e =
        load(STR("- {id: E, rules: S09, owner: o, reason: r, created: 2027-03-01, expires: "
                 "2029-03-01, signer: PRL0XMPL88/x}\n"));
    assert_int_equal(exceptions_count(e), 1);
    exceptions_free(e);
}

static void exception_file_parse__bears_every_truncation(void **state)
{
    static char text[16384];
    (void)state;
    FILE *f = fopen("examples/exceptions.yaml", "rb");
    assert_non_null(f);
    const size_t len = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    assert_true(len > 1000 && len < sizeof text);
    for (size_t i = 0; i <= len; i++) {
        char *exact = memory_new(i + 1);  // So that a read past its end is seen.
        memcpy(exact, text, i);
        struct exceptions *e = load((str){ .at = exact, .len = i });
        for (size_t k = 0; e != NULL && k < exceptions_count(e); k++)
            assert_true(exceptions_at(e, k)->expires_day > 20000);
        if (i == len)
            assert_int_equal(exceptions_count(e), 3);
        exceptions_free(e);
        free(exact);
    }
}

static void exception_add_yaml__reads_back_as_the_same(void **state)
{
    static const char text[] =
        HEAD "  signer: PRL0XMPL88/com.example.*\n"
             "  cdhash: [" CDHASH_2 ", 3F5A90C2D17B48E6A0C4F1829B6D7E35A8C01F24]\n"
             "  path: \"/Applications/Parlo {version}.app/**\"\n"
             "  step: 2\n"
             "  library: { cdhash: " CDHASH ", path: '/opt/it''s \"here\"/\\*' }\n"
             "  target: { signer: platform:com.apple.* }\n"
             "  critical: true\n"
             "  hosts: [mac-07, \"\\u202ecam\", \"\\U0001F600\\0\"]\n"
             "  contexts: dev\n";
    struct buf once;
    struct buf twice;
    (void)state;
    struct exceptions *first = load_good(text);
    print(first, &once);
    buf_add_char(&once, '\0');
    struct exceptions *second = load_good(once.at);
    print(second, &twice);
    assert_string_equal(
        once.at, "- id: \"E-1\"\n"
                 "  rules: [\"S09\"]\n"
                 "  signer: \"PRL0XMPL88/com.example.*\"\n"
                 "  cdhash: [\"" CDHASH "\", \"" CDHASH_2 "\"]\n"
                 "  path: \"/Applications/Parlo {version}.app/**\"\n"
                 "  step: 2\n"
                 "  library:\n"
                 "    cdhash: [\"" CDHASH "\"]\n"
                 "    path: \"/opt/it's \\\"here\\\"/\\\\*\"\n"
                 "  target:\n"
                 "    signer: \"platform:com.apple.*\"\n"
                 "  critical: true\n"
                 "  hosts: [\"mac-07\", \"\\U0000202Ecam\", \"\xf0\x9f\x98\x80\\U00000000\"]\n"
                 "  contexts: [\"dev\"]\n"
                 "  owner: \"ann@example.org\"\n"
                 "  reason: \"Known.\"\n"
                 "  created: \"2026-10-01\"\n"
                 "  expires: \"2026-12-31\"\n");
    assert_int_equal(twice.len, once.len - 1);
    assert_memory_equal(once.at, twice.at, twice.len);
    buf_done(&once);
    buf_done(&twice);
    exceptions_free(first);
    exceptions_free(second);
}

static void exception_file_parse__refuses_more_than_max(void **state)
{
    (void)state;
    struct buf text;
    size_t count;
    buf_init(&text, EXCEPTION_FILE_MAX);
    for (unsigned i = 0; i < EXCEPTIONS_MAX + 5; i++)
        buf_printf(&text,
                   "- {id: E-%u, rules: S09, owner: o, reason: r, created: 2026-01-01, expires: "
                   "2026-12-31, signer: PRL0XMPL88/x}\n",
                   i);
    struct exceptions *e = load(buf_str(&text));
    const struct exception_problem *problems = exceptions_problems(e, &count);
    assert_int_equal(exceptions_count(e), EXCEPTIONS_MAX);
    assert_int_equal(exceptions_refused(e), 5);
    assert_int_equal(count, 1);
    assert_string_equal(problems[0].text.at, "e.yaml:10001:3: a file has at most 10000 exceptions: "
                                             "left out are those from here on");
    exceptions_free(e);
    buf_done(&text);
}

// An alias is the list once more: what is kept has a bound, not only the file.
static void exception_file_parse__refuses_too_many_texts(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, EXCEPTION_FILE_MAX);
    buf_add(&text, STR("- &list ["));
    for (unsigned i = 0; i < 1000; i++)
        buf_printf(&text, "%shost-%u", i > 0 ? ", " : "", i);
    buf_add(&text, STR("]\n"));
    for (unsigned i = 0; i < 300; i++)
        buf_printf(&text,
                   "- {id: E-%u, rules: S09, owner: o, reason: r, created: 2026-01-01, expires: "
                   "2026-12-31, signer: PRL0XMPL88/x, hosts: *list}\n",
                   i);
    struct exceptions *e = load(buf_str(&text));
    assert_int_equal(exceptions_count(e), 199);
    assert_int_equal(exceptions_refused(e), 102);
    exceptions_free(e);
    buf_done(&text);
}

static void exception_file_parse__tells_a_thousand_problems(void **state)
{
    (void)state;
    struct buf text;
    size_t count;
    buf_init(&text, EXCEPTION_FILE_MAX);
    for (unsigned i = 0; i < 2000; i++)
        buf_add(&text, STR("- x\n"));
    struct exceptions *e = load(buf_str(&text));
    const struct exception_problem *problems = exceptions_problems(e, &count);
    assert_int_equal(exceptions_refused(e), 2000);
    assert_int_equal(count, EXCEPTION_PROBLEMS_MAX + 1);
    assert_string_equal(problems[count - 1].text.at,
                        "e.yaml: more than 1000 problems: the others are not told");
    exceptions_free(e);
    buf_done(&text);
}

static void exception_file_parse__refuses_long_texts(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, EXCEPTION_FILE_MAX);
    buf_add(&text, STR("- {id: E, rules: S09, created: 2026-01-01, expires: 2026-12-31, signer: "
                       "PRL0XMPL88/x, owner: o, reason: "));
    for (size_t i = 0; i < EXCEPTION_REASON_MAX; i++)
        buf_add_char(&text, 'r');
    const size_t len = text.len;
    buf_add(&text, STR("}\n"));
    struct exceptions *e = load(buf_str(&text));
    assert_int_equal(exceptions_count(e), 1);
    exceptions_free(e);
    text.len = len;
    buf_add(&text, STR("r}\n"));
    e = load(buf_str(&text));
    assert_int_equal(exceptions_count(e), 0);
    exceptions_free(e);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exception_file_parse__says_what_is_refused),
        cmocka_unit_test(exception_file_parse__keeps_the_sound_ones),
        cmocka_unit_test(exception_file_parse__fails_where_there_is_no_list),
        cmocka_unit_test(exception_file_parse__warns),
        cmocka_unit_test(exception_file_parse__takes_two_years),
        cmocka_unit_test(exception_file_parse__bears_every_truncation),
        cmocka_unit_test(exception_add_yaml__reads_back_as_the_same),
        cmocka_unit_test(exception_file_parse__refuses_more_than_max),
        cmocka_unit_test(exception_file_parse__refuses_too_many_texts),
        cmocka_unit_test(exception_file_parse__tells_a_thousand_problems),
        cmocka_unit_test(exception_file_parse__refuses_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
