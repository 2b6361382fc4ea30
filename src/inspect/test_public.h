// What the tests of the public library share: committed images, read, and every question asked.

#ifndef INSPECT_TEST_PUBLIC_H
#define INSPECT_TEST_PUBLIC_H

#include "pomona/macho.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define IMAGES          "tests/macho/images/"
#define TEST_FILE_MAX   65536u
#define TEST_TEXTS      (POMONA_MACHO_TEXT_SIGNING_TIME + 1)
#define TEST_NUMBERS    (POMONA_MACHO_NUMBER_ERRORS_UNTOLD + 1)
#define TEST_MARKS      (POMONA_MACHO_MARK_DEBUGGER + 1)
#define TEST_SEALED     (POMONA_MACHO_SEALED_DER_ENTITLEMENTS + 1)
#define TEST_TEXT_LISTS (POMONA_MACHO_LIST_INJECTION_REASONS + 1)
#define TEST_LISTS      (POMONA_MACHO_LIST_ERRORS + 1)
#define TEST_OPTIONS(...) \
    (&(struct pomona_macho_options){ .size = sizeof(struct pomona_macho_options), __VA_ARGS__ })

static inline struct pomona_macho *test_read(const char *path,
                                             const struct pomona_macho_options *options)
{
    struct pomona_macho *file = NULL;
    struct pomona_macho_error error;
    if (!pomona_macho_read_path(path, options, &file, &error))
        fail_msg("%s: %s", path, error.text);
    return file;
}

static inline size_t test_load(const char *path, uint8_t out[TEST_FILE_MAX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    const size_t len = fread(out, 1, TEST_FILE_MAX, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static inline void test_equal(struct pomona_str text, const char *expected)
{
    if (!str_eq((str){ .at = text.at, .len = text.len }, str_of(expected)))
        fail_msg("\"%.*s\", not \"%s\"", (int)text.len, text.at, expected);
}

static inline void test_has(struct pomona_str text, const char *expected)
{
    if (!str_contains((str){ .at = text.at, .len = text.len }, str_of(expected)))
        fail_msg("no \"%s\" in \"%.*s\"", expected, (int)text.len, text.at);
}

// Reads every octet, for the sanitizer to see; none may be NUL.
static inline size_t test_touch(struct pomona_str text)
{
    assert_non_null(text.at);
    for (size_t i = 0; i < text.len; i++)
        assert_int_not_equal(text.at[i], '\0');
    return text.len;
}

// Every question there is, for every index and the one past the end, which must be empty. Returns
// the octets of all texts.
static inline size_t test_ask_all(const struct pomona_macho_slice *s)
{
    size_t sum = 0;
    for (unsigned i = 0; i < TEST_TEXTS; i++)
        sum += test_touch(pomona_macho_text_of(s, (enum pomona_macho_text)i));
    for (unsigned i = 0; i < TEST_NUMBERS; i++)
        sum += pomona_macho_number_of(s, (enum pomona_macho_number)i) != 0;
    for (unsigned i = 0; i < TEST_MARKS; i++)
        sum += pomona_macho_mark_of(s, (enum pomona_macho_mark)i);
    for (unsigned i = 0; i < TEST_SEALED; i++)
        sum +=
            *pomona_macho_seal_name(pomona_macho_seal_of(s, (enum pomona_macho_sealed)i)) != '\0';
    for (unsigned list = 0; list < TEST_LISTS; list++) {
        const size_t count = pomona_macho_count_of(s, (enum pomona_macho_list)list);
        for (size_t i = 0; i <= count; i++) {
            const struct pomona_str texts[] = {
                pomona_macho_item_at(s, (enum pomona_macho_list)list, i),
                pomona_macho_link_at(s, i).name,
                pomona_macho_framework_at(s, i).name,
                pomona_macho_framework_at(s, i).how,
                pomona_macho_code_directory_at(s, i).identifier,
                pomona_macho_code_directory_at(s, i).team_id,
                pomona_macho_code_directory_at(s, i).cdhash,
                pomona_macho_candidate_at(s, i).link,
                pomona_macho_candidate_at(s, i).path,
                pomona_macho_error_at(s, i).reason,
            };
            for (size_t text = 0; text < COUNT_OF(texts); text++)
                sum += test_touch(texts[text]);
            sum += pomona_macho_build_at(s, i).platform != 0;
            if (i == count)
                assert_int_equal(texts[0].len, 0);
        }
    }
    return sum;
}

#endif
