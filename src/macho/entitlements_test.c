#include "macho/test_signed.h"

#include "macho/entitlement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define JIT         "com.apple.security.cs.allow-jit"
#define TASK        "com.apple.security.get-task-allow"
#define TRUE        "\x01\x01\xff"
#define FALSE       "\x01\x01\x00"
#define XML(inside) "<plist version=\"1.0\"><dict>" inside "</dict></plist>"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void assert_text(str actual, const char *expected)
{
    assert_string_equal(arena_str(&arena, actual).at, expected);
}

// DER under way, grown from the inside: `test_wrap` puts a header before what there is.
struct der {
    uint8_t at[65536];
    size_t len;
};

static void add(struct der *d, const void *octets, size_t len)
{
    memcpy(d->at + d->len, octets, len);
    d->len += len;
}

static void wrap_from(struct der *d, size_t from, uint8_t tag)
{
    const size_t len = d->len - from;
    const uint8_t head[4] = { tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len };
    memmove(d->at + from + 4, d->at + from, len);
    memcpy(d->at + from, head, 4);
    d->len += 4;
}

// SEQUENCE { UTF8String key, value } with a value that is already encoded.
static void add_entry(struct der *d, const char *key, const char *value, size_t len)
{
    const size_t from = d->len;
    const uint8_t head[2] = { 0x0c, (uint8_t)strlen(key) };
    add(d, head, 2);
    add(d, key, strlen(key));
    add(d, value, len);
    wrap_from(d, from, 0x30);
}

static void end_der(struct der *d)
{
    wrap_from(d, 0, 0xb0);
    memmove(d->at + 3, d->at, d->len);
    memcpy(d->at, "\x02\x01\x01", 3);
    d->len += 3;
    wrap_from(d, 0, 0x70);
}

static const struct macho_image *read_both(const char *xml, const struct der *d)
{
    static struct test_signed s;
    struct macho_file file;
    struct err err;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, (struct test_directory){ 2, 2, 32, "x", NULL });
    if (xml != NULL)
        (void)test_signed_blob(&s, 5, 0xfade7171, xml, strlen(xml));
    if (d != NULL)
        (void)test_signed_blob(&s, 7, 0xfade7172, d->at, d->len);
    test_signed_end(&s);
    assert_int_equal(macho_read_bytes(test_bytes(&s.t), &arena, &file, &err), OK);
    return &file.images[0];
}

static void macho_read__tells_both_forms_alike(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, JIT, TRUE, 3);
    add_entry(&d, "a", "\x30\x06\x0c\x01x\x0c\x01y", 8);
    add_entry(&d, "b", "\xb0\x08\x30\x06\x0c\x01k\x02\x01\x05", 10);
    add_entry(&d, "c", "\x04\x02\x0f\xa0", 4);
    add_entry(&d, "d", "\x02\x02\xff\x00", 4);
    add_entry(&d, "e", "\x0c\x00", 2);
    add_entry(&d, "f", FALSE, 3);
    end_der(&d);
    const struct macho_image *image = read_both(
        XML("<key>f</key><false/><key>e</key><string></string><key>d</key><integer>-256</integer>"
            "<key>c</key><data>D6A=</data><key>b</key><dict><key>k</key><integer>5</integer></dict>"
            "<key>a</key><array><string>x</string><string>y</string></array><key>" JIT
            "</key><true/>"),
        &d);
    const char *json = "{\"a\":[\"x\",\"y\"],\"b\":{\"k\":5},\"c\":\"0fa0\",\"" JIT
                       "\":true,\"d\":-256,\"e\":\"\",\"f\":false}";
    assert_int_equal(image->error_count, 0);
    assert_text(image->signature.entitlements, json);
    assert_text(image->signature.der_entitlements, json);
    assert_int_equal(image->signature.entitlements_differ.count, 0);
    assert_true(image->signature.claims.allow_jit);
    assert_true(image->signature.has_der_entitlements);
}

static void macho_read__counts_what_either_form_claims(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, TASK, TRUE, 3);
    add_entry(&d, "same", TRUE, 3);
    end_der(&d);
    const struct macho_image *image = read_both(
        XML("<key>" JIT "</key><true/><key>same</key><true/><key>" TASK "</key><false/>"), &d);
    assert_int_equal(image->signature.entitlements_differ.count, 2);
    assert_text(image->signature.entitlements_differ.at[0], JIT);
    assert_text(image->signature.entitlements_differ.at[1], TASK);
    assert_text(image->errors[0].reason, "XML and DER entitlements differ: " JIT ", " TASK);
    assert_true(image->signature.claims.allow_jit && image->signature.claims.get_task_allow);
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);

    const struct macho_image *alone = read_both(NULL, &d);
    assert_int_equal(alone->error_count, 0);
    assert_int_equal(alone->signature.entitlements.len, 0);
    assert_text(alone->signature.der_entitlements, "{\"" TASK "\":true,\"same\":true}");
    assert_true(alone->signature.claims.get_task_allow && !alone->signature.claims.allow_jit);
}

// 1, "1", true and octets are four different values, and so are lists of another length.
static void macho_read__compares_entitlements_by_type(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, "k1", TRUE, 3);
    add_entry(&d, "k2", "\x02\x01\x01", 3);
    add_entry(&d, "k3",
              "\x0c\x02"
              "01",
              4);
    add_entry(&d, "k4", "\x30\x03\x0c\x01x", 5);
    add_entry(&d, "k5", "\x0c\x01x", 3);
    add_entry(&d, "k6", "\x0c\x01x", 3);
    end_der(&d);
    const struct macho_image *image = read_both(
        XML("<key>k1</key><integer>1</integer><key>k2</key><string>1</string><key>k3</key>"
            "<data>AQ==</data><key>k4</key><array><string>x</string><string>x</string></array>"
            "<key>k5</key><string>y</string><key>k6</key><string>x</string>"),
        &d);
    assert_int_equal(image->signature.entitlements_differ.count, 5);
    assert_text(image->errors[0].reason,
                "XML and DER entitlements differ: k1, k2, k3, k4 and 1 more");
}

static void macho_read__reads_early_form_of_der(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, TASK, TRUE, 3);
    wrap_from(&d, 0, 0x31);
    const struct macho_image *image = read_both(NULL, &d);
    assert_int_equal(image->error_count, 0);
    assert_true(image->signature.claims.get_task_allow);
}

static void macho_read__refuses_keys_that_stand_twice(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, TASK, FALSE, 3);
    add_entry(&d, TASK, TRUE, 3);
    end_der(&d);
    const struct macho_image *image = read_both(NULL, &d);
    assert_text(image->errors[0].reason, "DER entitlements have a key twice");
    assert_true(image->signature.claims.get_task_allow);
}

static void assert_damaged(const struct der *d)
{
    char sentence[64];
    const struct macho_image *image = read_both(NULL, d);
    (void)snprintf(sentence, sizeof sentence, "DER entitlements of %zu octets are damaged", d->len);
    assert_int_equal(image->error_count, 1);
    assert_text(image->errors[0].reason, sentence);
    assert_int_equal(image->signature.der_entitlements.len, 0);
}

static void macho_read__refuses_der_that_is_none(void **state)
{
    (void)state;
    const struct {
        const char *at;
        size_t len;
    } values[] = {
        { "\x01\x02\xff\xff", 4 },                               // A boolean of two octets.
        { "\x01\x00", 2 },                                       // And of none.
        { "\x02\x00", 2 },                                       // A number of none.
        { "\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", 11 },  // And of 65 bits.
        { "\x17\x00", 2 },                                       // A time.
        { "\x1f\x00\x00", 3 },                                   // A tag of two octets.
        { "\x30\x80\x00\x00", 4 },                               // BER's length that is not told.
        { "\x01\x01\xff\x01\x01\xff", 6 },                       // Two values for a key.
        { "\x30\x02\x0c\x01", 4 },                               // A text that ends past its list.
        { "\xb0\x03\x0c\x01k", 5 },                              // A dictionary of texts.
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct der d = { .len = 0 };
        add_entry(&d, "k", values[i].at, values[i].len);
        end_der(&d);
        assert_damaged(&d);
    }
    struct der d = { .len = 0 };
    end_der(&d);
    add(&d, "\0", 1);
    assert_damaged(&d);
    d = (struct der){ .len = 9 };
    memcpy(d.at, "\x70\x07\x02\x01\x02\xb0\x00\x00\x00", 9);  // Version 2.
    assert_damaged(&d);
}

static void macho_read__refuses_every_truncation_of_der(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, JIT, TRUE, 3);
    add_entry(&d, "a", "\x30\x06\x0c\x01x\x0c\x01y", 8);
    end_der(&d);
    for (const size_t whole = d.len; d.len > 1; arena_reset(&arena)) {
        d.len--;
        assert_damaged(&d);
        assert_true(d.len < whole);
    }
}

static struct macho_image image;

static const struct entitlement *read_der(const struct der *d)
{
    struct macho_reading reading = { .arena = &arena, .image = &image, .command = -1 };
    image = (struct macho_image){ .size = 0 };
    return entitlement_read_der(&reading, (bytes){ .at = d->at, .len = d->len });
}

static void entitlement_read__refuses_more_than_max(void **state)
{
    (void)state;
    static struct der d;
    const char *sentence = "DER entitlements nest deeper than 32 or have more than 8192 values";
    d.len = 0;
    for (size_t i = 0; i < ENTITLEMENT_NESTING_MAX; i++)
        wrap_from(&d, 0, 0x30);
    static struct der entry;
    entry.len = 0;
    add_entry(&entry, "k", (const char *)d.at, d.len);
    end_der(&entry);
    assert_non_null(read_der(&entry));
    wrap_from(&d, 0, 0x30);
    entry.len = 0;
    add_entry(&entry, "k", (const char *)d.at, d.len);
    end_der(&entry);
    assert_null(read_der(&entry));
    assert_text(image.errors[0].reason, sentence);

    for (size_t extra = 0; extra < 2; extra++) {
        d.len = 0;
        // The dictionary and the array are values too.
        for (size_t i = 0; i < ENTITLEMENT_VALUES_MAX - 2 + extra; i++)
            add(&d, "\x0c\x00", 2);
        wrap_from(&d, 0, 0x30);
        entry.len = 0;
        add_entry(&entry, "k", (const char *)d.at, d.len);
        end_der(&entry);
        assert_int_equal(read_der(&entry) == NULL, extra);
    }
    assert_text(image.errors[0].reason, sentence);
}

static void macho_read__says_when_either_form_is_unread(void **state)
{
    (void)state;
    struct der d = { .len = 0 };
    add_entry(&d, JIT, TRUE, 3);
    end_der(&d);
    assert_false(read_both(NULL, NULL)->signature.entitlements_unread);
    assert_false(read_both(XML(""), &d)->signature.entitlements_unread);
    const struct macho_image *read = read_both(XML("<![CDATA[]]>"), &d);
    assert_true(read->signature.entitlements_unread && read->signature.claims.allow_jit);
    d.at[d.len - 2] = 7;  // A boolean of seven octets.
    read = read_both(XML("<key>" TASK "</key><true/>"), &d);
    assert_true(read->signature.entitlements_unread && read->signature.claims.get_task_allow);
}

static void macho_read__counts_a_claim_that_any_of_two_keys_makes(void **state)
{
    (void)state;
    static const char *const twice[] = {
        XML("<key>" TASK "</key><true/><key>" TASK "</key><false/>"),
        XML("<key>" TASK "</key><false/><key>" TASK "</key><true/>"),
    };
    for (size_t i = 0; i < COUNT_OF(twice); i++) {
        const struct macho_image *read = read_both(twice[i], NULL);
        assert_text(read->errors[0].reason, "entitlements have a key twice");
        assert_true(read->signature.claims.get_task_allow);
        assert_false(read->signature.entitlements_unread);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read__tells_both_forms_alike, forget),
        cmocka_unit_test_teardown(macho_read__counts_what_either_form_claims, forget),
        cmocka_unit_test_teardown(macho_read__compares_entitlements_by_type, forget),
        cmocka_unit_test_teardown(macho_read__reads_early_form_of_der, forget),
        cmocka_unit_test_teardown(macho_read__refuses_keys_that_stand_twice, forget),
        cmocka_unit_test_teardown(macho_read__refuses_der_that_is_none, forget),
        cmocka_unit_test_teardown(macho_read__refuses_every_truncation_of_der, forget),
        cmocka_unit_test_teardown(entitlement_read__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(macho_read__says_when_either_form_is_unread, forget),
        cmocka_unit_test_teardown(macho_read__counts_a_claim_that_any_of_two_keys_makes, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
