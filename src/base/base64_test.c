#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void base64_decode__reads_the_vectors_of_the_rfc(void **state)
{
    static const struct {
        str text;
        str octets;
    } cases[] = {
        { STR_INIT(""), STR_INIT("") },
        { STR_INIT("Zg=="), STR_INIT("f") },
        { STR_INIT("Zm8="), STR_INIT("fo") },
        { STR_INIT("Zm9v"), STR_INIT("foo") },
        { STR_INIT("Zm9vYg=="), STR_INIT("foob") },
        { STR_INIT("Zm9vYmE="), STR_INIT("fooba") },
        { STR_INIT("Zm9vYmFy"), STR_INIT("foobar") },
        { STR_INIT("AAAA"), STR_INIT("\0\0\0") },
        { STR_INIT("+/+/"), STR_INIT("\xfb\xff\xbf") },
        { STR_INIT("////"), STR_INIT("\xff\xff\xff") },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t out[8];
        size_t len = 99;
        assert_true(BASE64_DECODED_MAX(cases[i].text.len) <= sizeof out);
        assert_true(base64_decode(cases[i].text, out, &len));
        assert_true(str_eq((str){ .at = (const char *)out, .len = len }, cases[i].octets));
    }
}

static void base64_decode__refuses_all_else(void **state)
{
    static const str cases[] = {
        STR_INIT("Z"),        STR_INIT("Zg"),       STR_INIT("Zg="),      STR_INIT("Zm9"),
        STR_INIT("Zg==Zg=="), STR_INIT("Zm8=Zm8="), STR_INIT("===="),     STR_INIT("Z==="),
        STR_INIT("Zg=a"),     STR_INIT("Zm 8"),     STR_INIT("Zm9v\n"),   STR_INIT("Zm9v\n\n\n\n"),
        STR_INIT("Zh=="),     STR_INIT("Zm9="),     STR_INIT("-_-_"),     STR_INIT("Zm9\0"),
        STR_INIT("Zm9\xc3"),  STR_INIT("=g=="),     STR_INIT("Zm9vYmF="), STR_INIT("\"m9v"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t out[8];
        size_t len;
        assert_false(base64_decode(cases[i], out, &len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_decode__reads_the_vectors_of_the_rfc),
        cmocka_unit_test(base64_decode__refuses_all_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
