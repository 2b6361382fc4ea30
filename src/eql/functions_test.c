#include "eql/functions.h"

#include "eql/fixture.h"

#define CHECK(cases) fixture_check(cases, COUNT_OF(cases))

static void functions__compute_with_numbers(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "add(process.pid, 1) == 502", true },
        { "subtract(process.pid, 1.5) == 499.5", true },
        { "multiply(process.pid, 2) == 1002", true },
        { "divide(process.pid, 2) == 250", true },
        { "divide(-7, 2) == -3", true },
        { "divide(process.pid, 2.0) == 250.5", true },
        { "divide(process.pid, 0) == null", true },
        { "divide(process.pid, 0.0) == null", true },
        { "modulo(process.pid, 100) == 1", true },
        { "modulo(process.pid, 0) == null", true },
        { "modulo(5.5, 2) == 1.5", true },
        { "process.pid + 1 * 2 == 503", true },
        { "(process.pid + 1) * 2 == 1004", true },
        { "process.pid - 1 - 1 == 499", true },
        { "process.pid % 2 == 1", true },
        { "-process.pid == -501", true },
        { "- - 5 == 5", true },
        { "process.exit_code + 1 == null", true },
        { "add(process.pid, null) == null", true },
        { "9223372036854775807 + process.pid == null", true },
        { "-9223372036854775807 - process.pid == null", true },
        { "9223372036854775807 * process.pid == null", true },
        { "1e308 * 10 == null", true },
        { "ADD(process.pid, 1) == 502", true },
    };
    CHECK(cases);
}

static void functions__take_text_apart(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "between(process.executable, \"/\", \"/\") == \"bin\"", true },
        { "between(process.executable, \"/\", \"Z\") == null", true },
        { "between~(process.executable, \"/\", \"Z\") == \"bin/\"", true },
        { "between(\"a-b-c-d\", \"-\", \"-\") == \"b\"", true },
        { "between(\"a-b-c-d\", \"-\", \"-\", true) == \"b-c\"", true },
        { "between(\"a-b-c-d\", \"-\", \"-\", false) == \"b\"", true },
        { "between(process.name, \"x\", \"y\") == null", true },
        { "between(user.id, \"x\", \"y\") == null", true },
        { "indexOf(process.executable, \"/\") == 0", true },
        { "indexOf(process.executable, \"/\", 1) == 4", true },
        { "indexOf(process.executable, \"/\", 5) == null", true },
        { "indexOf(process.executable, \"/\", -3) == 0", true },
        { "indexOf(process.executable, \"/\", 500) == null", true },
        { "indexOf(process.executable, \"ZSH\") == null", true },
        { "indexOf~(process.executable, \"ZSH\") == 5", true },
        { "indexOf(process.working_directory, \"/a\") == 10", true },
        { "length(process.name) == 3", true },
        { "length(process.working_directory) == 16", true },
        { "length(process.parent.name) == 0", true },
        { "length(user.id) == null", true },
        { "substring(process.name, 1) == \"sh\"", true },
        { "substring(process.name, 0, 1) == \"z\"", true },
        { "substring(process.name, -2) == \"sh\"", true },
        { "substring(process.name, -2, -1) == \"s\"", true },
        { "substring(process.name, -50, 50) == \"zsh\"", true },
        { "substring(process.name, 2, 1) == \"\"", true },
        { "substring(process.name, 50) == \"\"", true },
        { "substring(process.name, null) == null", true },
        { "substring(process.working_directory, 9, 10) == \"\\u{00eb}\"", true },
    };
    CHECK(cases);
}

static void functions__ask_about_text(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "startsWith(process.executable, \"/bin\")", true },
        { "startsWith(process.executable, \"/BIN\")", false },
        { "startsWith~(process.executable, \"/BIN\")", true },
        { "startswith~(process.executable, \"/BIN\")", true },
        { "endsWith(process.executable, \"zsh\")", true },
        { "endsWith(process.executable, \"a long text that is no end\")", false },
        { "endsWith~(process.executable, \"ZSH\")", true },
        { "stringContains(process.executable, \"in/z\")", true },
        { "stringContains(process.executable, \"IN/Z\")", false },
        { "stringContains~(process.executable, \"IN/Z\")", true },
        { "stringContains(process.executable, process.name)", true },
        { "startsWith(user.id, \"\")", false },
        { "not startsWith(user.id, \"\")", true },
        { "startsWith(user.id, \"\") == null", true },
        { "startsWith(process.name, \"z\") == true", true },
        { "concat(process.name, \":\", process.pid, \":\", true, \":\", 1.5) == "
          "\"zsh:501:true:1.5\"",
          true },
        { "concat(process.name, null) == null", true },
        { "concat(process.name, user.id) == null", true },
        { "string(process.pid) == \"501\"", true },
        { "string(2.0) == \"2.0\"", true },
        { "string(user.id) == null", true },
        { "number(\"12\") == 12", true },
        { "number(\"-1.5\") == -1.5", true },
        { "number(\"0x1f\") == 31", true },
        { "number(\"1f\", 16) == 31", true },
        { "number(\"1f\", 1) == null", true },
        { "number(\"1f\") == null", true },
        { "number(\"\") == null", true },
        { "number(\"nan\") == null", true },
        { "number(\"inf\") == null", true },
        { "number(\" 1\") == null", true },
        { "number(string(process.pid), null) == 501", true },
        { "number(process.name) == null", true },
        { "number(\"99999999999999999999\") == 1e20", true },
    };
    CHECK(cases);
}

static void functions__know_ranges_of_addresses(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "cidrMatch(host.name, \"10.0.0.0/8\")", true },
        { "cidrmatch(host.name, \"10.0.0.0/8\")", true },
        { "cidrMatch(host.name, \"192.168.0.0/16\", \"10.1.2.0/30\")", true },
        { "cidrMatch(host.name, \"10.1.2.0/31\")", false },
        { "cidrMatch(host.name, \"10.1.2.3/32\")", true },
        { "cidrMatch(host.name, \"0.0.0.0/0\")", true },
        { "cidrMatch(host.name, \"::/0\")", false },
        { "cidrMatch(host.id, \"2001:db8::/32\")", true },
        { "cidrMatch(host.id, \"2001:db9::/32\")", false },
        { "cidrMatch(host.id, \"2001:db8::1/128\")", true },
        { "cidrMatch(process.name, \"10.0.0.0/8\")", false },
        { "cidrMatch(process.name, \"10.0.0.0/8\") == null", true },
        { "cidrMatch(user.id, \"10.0.0.0/8\")", false },
    };
    CHECK(cases);
}

// What would build more text than a value may have is null.
static void functions__do_not_build_endless_text(void **state)
{
    (void)state;
    struct eql_pool *pool = eql_pool_new();
    struct eql_scratch *scratch = eql_scratch_new(pool);
    char *text = memory_zeroed(1, EQL_TEXT_VALUE_MAX);
    memset(text, 'a', EQL_TEXT_VALUE_MAX);
    const struct value half = value_of_text((str){ .at = text, .len = EQL_TEXT_VALUE_MAX / 2 });
    const struct value values[] = { half, half, value_of_text(STR("x")) };
    const struct eql_function *concat = &eql_functions[eql_function_of(STR("concat"))];
    assert_int_equal(concat->call(values, 2, false, scratch).len, EQL_TEXT_VALUE_MAX);
    assert_int_equal(concat->call(values, 3, false, scratch).type, VALUE_MISSING);
    free(text);
    eql_scratch_free(scratch);
    eql_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions__compute_with_numbers),
        cmocka_unit_test(functions__take_text_apart),
        cmocka_unit_test(functions__ask_about_text),
        cmocka_unit_test(functions__know_ranges_of_addresses),
        cmocka_unit_test(functions__do_not_build_endless_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
