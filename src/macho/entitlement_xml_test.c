#include "macho/entitlement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define TYPE \
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/x.dtd\">\n"
#define TASK   "com.apple.security.get-task-allow"
#define CLAIM  "<key>" TASK "</key><true/>"
#define IN(of) "<plist version=\"1.0\"><dict>" of "</dict></plist>"
#define SAMPLE                                                                                   \
    XML "<!-- of a - program -->\n" TYPE                                                         \
        "<plist version=\"1.0\">\n<dict>\n<key>a</key> <true />\n<!-- <key>n</key> -->\n"        \
        "<key>b</key><array><false/><array/><dict><key/><string/></dict></array>"                \
        "<key>c&amp;d</key><string> &lt;x&gt; &quot;y&apos;\n</string>"                          \
        "<key>e</key ><integer>-12</integer><key>f</key><integer>0</integer>"                    \
        "<key>g</key><data>\n\tAQID\n\tBA==\n</data><key>h</key><data></data>"                   \
        "<key>i</key><real>-0.50</real><key>j</key><date>2020-01-01T00:00:00Z</date>\n</dict>\n" \
        "</plist>"

static struct arena arena;
static struct macho_image image;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct entitlement *read_octets(const char *at, size_t len)
{
    struct macho_reading reading = { .arena = &arena, .image = &image, .command = -1 };
    image = (struct macho_image){ .size = 0 };
    return entitlement_read_xml(&reading, (bytes){ .at = (const uint8_t *)at, .len = len });
}

static void assert_refused(const char *xml, const char *sentence)
{
    assert_null(read_octets(xml, strlen(xml)));
    assert_int_equal(image.error_count, 1);
    assert_string_equal(arena_str(&arena, image.errors[0].reason).at, sentence);
}

static void assert_oddity(const char *xml, const char *oddity)
{
    char sentence[128];
    (void)snprintf(sentence, sizeof sentence,
                   "entitlements hold %s, which parsers read differently", oddity);
    assert_refused(xml, sentence);
}

static void assert_none(const char *xml)
{
    char sentence[128];
    (void)snprintf(sentence, sizeof sentence,
                   "entitlements of %zu octets are not a property list with a dictionary",
                   strlen(xml));
    assert_refused(xml, sentence);
}

static void assert_json(const char *xml, size_t len, const char *json)
{
    const struct entitlement *of = read_octets(xml, len);
    assert_non_null(of);
    assert_int_equal(image.error_count, 0);
    assert_string_equal(entitlement_json(of, &arena).at, json);
}

static void entitlement_read_xml__reads_each_kind(void **state)
{
    (void)state;
    assert_json(SAMPLE, strlen(SAMPLE),
                "{\"a\":true,\"b\":[false,[],{\"\":\"\"}],\"c&d\":\" <x> \\\"y'\\n\",\"e\":-12,"
                "\"f\":0,\"g\":\"01020304\",\"h\":\"\",\"i\":-0.50,\"j\":null}");
}

static void entitlement_read_xml__takes_what_all_parsers_take_around_it(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "<dict>" CLAIM "</dict>",
        " " XML IN(CLAIM) "\n",
        "<?xml version='1.0' encoding='utf-8'?>" IN(CLAIM),
        IN(CLAIM) "\n</xml>\n<!-- the end -->",
    };
    const char *json = "{\"" TASK "\":true}";
    for (size_t i = 0; i < COUNT_OF(whole); i++)
        assert_json(whole[i], strlen(whole[i]), json);
    assert_json(IN(CLAIM) "\0", sizeof IN(CLAIM) + 1, json);  // The NUL that ends C's text.
}

static void entitlement_read_xml__refuses_what_parsers_read_differently(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        const char *oddity;
    } cases[] = {
        // Psychic Paper, both ways.
        { IN("<!--->" CLAIM "<!-- -->"), "a comment with an uncertain end" },
        { IN("<!---><!-->" CLAIM "<!-- -->"), "a comment with an uncertain end" },
        { IN("<!-->" CLAIM "<!-- -->"), "a comment with an uncertain end" },
        { IN("<!---->" CLAIM), "a comment with an uncertain end" },
        { IN("<!-- a -- b -->" CLAIM), "a comment with an uncertain end" },
        { IN("<!-- a --->" CLAIM), "a comment with an uncertain end" },
        { IN("<!-- never ends"), "a comment with an uncertain end" },
        { IN("<key>" TASK "<!-- x --></key><true/>"), "a comment inside a value" },
        { IN("<key><![CDATA[" TASK "]]></key><true/>"), "CDATA" },
        { IN("<![CDATA[" CLAIM "]]>"), "CDATA" },
        { IN("<!ELEMENT x>"), "a declaration" },
        { "<plist>" TYPE "<dict/></plist>", "a declaration" },
        { IN("<?x?>" CLAIM), "a processing instruction" },
        { "<!DOCTYPE plist [<!ENTITY a \"" TASK "\">]>" IN("<key>&a;</key><true/>"),
          "a document type of their own" },
        { "<!DOCTYPE plist \">\">" IN(CLAIM), "a document type of their own" },
        { "<!DOCTYPE plist '>'>" IN(CLAIM), "a document type of their own" },
        { "<!DOCTYPE plist", "a document type of their own" },
        { "<!DOCTYPE plist [>" IN(CLAIM), "a document type of their own" },
        { IN("<key>&a;</key><true/>"), "an entity" },
        { IN("<key>com.apple.security.get&#45;task-allow</key><true/>"), "an entity" },
        { IN("<key>k</key><string>a&</string>"), "an entity" },
        { IN("<key>" TASK "</key><true ID=\"1\"/>"), "an attribute" },
        { "<dict ID=\"0\">" CLAIM "</dict>", "an attribute" },
        { IN("<key>" TASK "</key><true></true>"), "a boolean with content" },
        { IN("<key>k</key><set/>"), "an element of no property list" },
        { IN("<key>k</key>"), "an element of no property list" },
        { IN("<key>k</key></true>"), "an element of no property list" },
        { IN("<key>k</key><integer>0x10</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer>010</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer>-0</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer>-</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer>1.5</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer>1234567890123456789</integer>"), "a number that is not plain" },
        { IN("<key>k</key><integer/>"), "a number that is not plain" },
        { IN("<key>k</key><real>nan</real>"), "a number that is not plain" },
        { IN("<key>k</key><real>1.</real>"), "a number that is not plain" },
        { IN("<key>k</key><data>A</data>"), "octets that are not base64" },
        { IN("<key>k</key><data>AQ==AQID</data>"), "octets that are not base64" },
        { IN("<key>k</key><data>A===</data>"), "octets that are not base64" },
        { IN("<key>k</key><data>AQ-_</data>"), "octets that are not base64" },
        { IN("") IN(CLAIM), "something behind the property list" },
        { IN("") "<dict>" CLAIM "</dict>", "something behind the property list" },
        { "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" IN(CLAIM), "an encoding that is not UTF-8" },
        { "<?xml ><dict/><x ?>" IN(CLAIM), "an encoding that is not UTF-8" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_oddity(cases[i].xml, cases[i].oddity);
    const char nul[] = IN("<key>a\0b</key><true/>");
    assert_null(read_octets(nul, sizeof nul - 1));
    assert_string_equal(arena_str(&arena, image.errors[0].reason).at,
                        "entitlements hold a NUL, which parsers read differently");
}

static void entitlement_read_xml__refuses_what_is_no_dictionary(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",
        "bplist00",
        "\xff\xfe<",
        "\xef\xbb\xbf" IN(CLAIM),
        "<plist/>",
        "</plist>" IN(CLAIM),
        "<plist><array/></plist>",
        "<plist></dict>",
        "<dict>" CLAIM "</array>",
        IN("text" CLAIM),
        IN("<true/>"),
        IN("<key>k</string><true/>"),
        IN("<key>k</key><string>s</key>"),
        IN(CLAIM "</key>"),
        "<plist><dict></dict><dict/></plist>",
        "<dict>" CLAIM "< /dict>",
        IN("") "text",
        "<Dict>",
    };
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_none(none[i]);
}

static void entitlement_read_xml__keeps_both_of_a_key_that_stands_twice(void **state)
{
    (void)state;
    static const char *const twice[] = {
        IN("<key>k</key><true/><key>a</key><true/><key>k</key><false/>"),
        IN("<key>k</key><false/><key>a</key><true/><key>k</key><true/>"),
    };
    for (size_t i = 0; i < COUNT_OF(twice); i++) {
        const struct entitlement *of = read_octets(twice[i], strlen(twice[i]));
        assert_int_equal(of->count, 3);
        assert_int_equal(image.error_count, 1);
        assert_string_equal(arena_str(&arena, image.errors[0].reason).at,
                            "entitlements have a key twice");
    }
}

static void entitlement_read_xml__refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(SAMPLE); len++) {
        char *exact = malloc(len + 1);
        memcpy(exact, SAMPLE, len);
        // Without the last tag's end it is no list.
        assert_null(read_octets(exact, len));
        assert_int_equal(image.error_count, 1);
        free(exact);
        arena_reset(&arena);
    }
}

static void entitlement_read_xml__refuses_more_than_max(void **state)
{
    (void)state;
    static char xml[65536 + 64];
    const char *sentence = "entitlements nest deeper than 32 or have more than 8192 values";
    for (size_t extra = 0; extra < 2; extra++) {
        size_t len = (size_t)snprintf(xml, sizeof xml, "<dict><key>k</key>");
        for (size_t i = 0; i < ENTITLEMENT_NESTING_MAX - 1 + extra; i++, len += 7)
            memcpy(xml + len, "<array>", 7);
        len += (size_t)snprintf(xml + len, sizeof xml - len, "<true/>");
        for (size_t i = 0; i < ENTITLEMENT_NESTING_MAX - 1 + extra; i++, len += 8)
            memcpy(xml + len, "</array>", 8);
        (void)snprintf(xml + len, sizeof xml - len, "</dict>");
        if (extra == 0)
            assert_non_null(read_octets(xml, strlen(xml)));
        else
            assert_refused(xml, sentence);

        len = (size_t)snprintf(xml, sizeof xml, "<dict><key>k</key><array>");
        // The dictionary and the array are values too.
        for (size_t i = 0; i < ENTITLEMENT_VALUES_MAX - 2 + extra; i++, len += 7)
            memcpy(xml + len, "<true/>", 7);
        (void)snprintf(xml + len, sizeof xml - len, "</array></dict>");
        if (extra == 0)
            assert_non_null(read_octets(xml, strlen(xml)));
        else
            assert_refused(xml, sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(entitlement_read_xml__reads_each_kind, forget),
        cmocka_unit_test_teardown(entitlement_read_xml__takes_what_all_parsers_take_around_it,
                                  forget),
        cmocka_unit_test_teardown(entitlement_read_xml__refuses_what_parsers_read_differently,
                                  forget),
        cmocka_unit_test_teardown(entitlement_read_xml__refuses_what_is_no_dictionary, forget),
        cmocka_unit_test_teardown(entitlement_read_xml__keeps_both_of_a_key_that_stands_twice,
                                  forget),
        cmocka_unit_test_teardown(entitlement_read_xml__refuses_every_truncation, forget),
        cmocka_unit_test_teardown(entitlement_read_xml__refuses_more_than_max, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
