#include "macho/sealed.h"

#include "macho/test_signed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define INFO  \
    "<plist " \
    "version=\"1.0\"><dict><key>CFBundleExecutable</key><string>tool</string></dict></plist>"

static const struct test_directory sha256 = { 0x2, 2, 32, "tool", NULL };
static const struct test_directory sha1 = { 0x2, 1, 20, "tool", NULL };
static const char resources[] = "<plist>resources</plist>";

static struct arena arena;
static struct macho_image *image;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const bytes *in = context;
    if (offset > in->len || len > in->len - offset)
        return (fail)(err, ERR_IO, "the disk is gone");
    memcpy(to, in->at + offset, len);
    return OK;
}

// A bundle in memory; a part of length 0 is not there, one with `is_broken` cannot be read.
struct shelf {
    bytes parts[MACHO_BUNDLE_PARTS];
    bool is_broken;
    bool is_closed_to_us;
    bool is_around;
    size_t open_count;
};

static enum status open_shelf(void *context, enum macho_bundle_part part, struct macho_source *out,
                              struct err *err)
{
    struct shelf *shelf = context;
    if (shelf->is_closed_to_us)
        return (fail)(err, ERR_IO, "permission denied");
    if (shelf->parts[part].len == 0)
        return END;
    shelf->open_count++;
    *out = (struct macho_source){ .read = read_at,
                                  .context = &shelf->parts[part],
                                  .size = shelf->parts[part].len + shelf->is_broken };
    return OK;
}

static void close_shelf(void *context, struct macho_source *source)
{
    struct shelf *shelf = context;
    assert_non_null(source->read);
    shelf->open_count--;
}

static bytes text(const char *of)
{
    return (bytes){ .at = (const uint8_t *)of, .len = strlen(of) };
}

static struct macho_seals seals_of(const struct test_signed *s, struct shelf *shelf,
                                   const struct macho_extent *section, bool with_pages)
{
    static struct macho_file file;
    struct err err;
    struct macho_seals seals;
    bytes in = test_bytes(&s->t);
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };
    const struct macho_bundle bundle = { .open = open_shelf,
                                         .close = close_shelf,
                                         .context = shelf,
                                         .is_around = shelf != NULL && shelf->is_around };
    assert_int_equal(macho_read(&source, &arena, &file, &err), OK);
    image = &file.images[0];
    if (section != NULL)
        image->info_plist = *section;
    macho_read_seals(&source, image, STR("tool"), shelf != NULL ? &bundle : NULL, with_pages,
                     &arena, &seals);
    assert_true(shelf == NULL || shelf->open_count == 0);
    return seals;
}

static void assert_sound(void)
{
    assert_int_equal(image->error_count, 0);
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);
}

static void assert_broken(const char *reason)
{
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_true(image->error_count > 0);
    assert_string_equal(image->errors[0].reason.at, reason);
}

static void begin_two(struct test_signed *s)
{
    test_signed_begin(s);
    (void)test_signed_blob(s, 2, 0xfade0c01, "\0\0\0", 4);
    (void)test_signed_blob(s, 5, 0xfade7171, "<plist><dict></dict></plist>", 28);
    (void)test_signed_blob(s, 7, 0xfade7172, "\x70\x05\x02\x01\x01\xb0\x00", 7);
    (void)test_signed_directory(s, 0, sha1);
    (void)test_signed_directory(s, 0x1000, sha256);
    test_signed_end(s);
}

static void macho_read_seals__holds_where_nothing_was_changed(void **state)
{
    (void)state;
    static struct test_signed s;
    begin_two(&s);
    struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_sound();
    assert_int_equal(seals.pages, MACHO_SEAL_HOLDS);
    assert_int_equal(seals.page_count, 3);
    assert_int_equal(seals.pages_broken, 0);
    assert_int_equal(seals.requirements, MACHO_SEAL_HOLDS);
    assert_int_equal(seals.entitlements, MACHO_SEAL_HOLDS);
    assert_int_equal(seals.der_entitlements, MACHO_SEAL_HOLDS);
    assert_int_equal(seals.info, MACHO_SEAL_NONE);
    assert_int_equal(seals.resources, MACHO_SEAL_NONE);
    seals = seals_of(&s, NULL, NULL, false);
    assert_int_equal(seals.pages, MACHO_SEAL_NOT_READ);
}

static void macho_read_seals__finds_pages_that_were_changed(void **state)
{
    (void)state;
    static struct test_signed s;
    begin_two(&s);
    s.t.at[TEST_CODE_LIMIT - 1] ^= 1;  // In the part of a page at the end.
    struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_broken("1 of 3 pages do not fit their sha1, the first is at 8192");
    assert_string_equal(image->errors[1].reason.at,
                        "1 of 3 pages do not fit their sha256, the first is at 8192");
    assert_int_equal(seals.pages, MACHO_SEAL_BROKEN);
    assert_int_equal(seals.pages_broken, 1);
    assert_int_equal(seals.first_broken, 8192);
    s.t.at[4096] ^= 1;
    seals = seals_of(&s, NULL, NULL, true);
    assert_int_equal(seals.pages_broken, 2);
    assert_int_equal(seals.first_broken, 4096);
    (void)seals_of(&s, NULL, NULL, false);
    assert_sound();
}

// Both directories count, whichever the kernel takes.
static void macho_read_seals__tells_the_worst_of_the_directories(void **state)
{
    (void)state;
    static struct test_signed s;
    begin_two(&s);
    const size_t directory = test_signed_offset(&s, 3);
    s.t.at[directory + s.blobs[3].len - 1] ^= 1;  // The last page's SHA-1.
    const struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_broken("1 of 3 pages do not fit their sha1, the first is at 8192");
    assert_int_equal(image->error_count, 1);
    assert_int_equal(seals.pages, MACHO_SEAL_BROKEN);
}

static void macho_read_seals__finds_blobs_that_were_changed(void **state)
{
    (void)state;
    static const char *const reasons[] = {
        "the requirements are not those that the code directory seals",
        "the entitlements are not those that the code directory seals",
        "the DER entitlements are not those that the code directory seals",
    };
    static struct test_signed s;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        begin_two(&s);
        // The last octet of XML and of requirements; in DER a number that is not looked at would
        // do, but there is none: the error of its reader comes first.
        s.t.at[test_signed_offset(&s, i) + s.blobs[i].len - 1] ^= i == 1 ? 0x20 : 1;
        const struct macho_seals seals = seals_of(&s, NULL, NULL, false);
        assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
        assert_string_equal(image->errors[image->error_count - 1].reason.at, reasons[i]);
        assert_int_equal(seals.requirements == MACHO_SEAL_BROKEN, i == 0);
        assert_int_equal(seals.entitlements == MACHO_SEAL_BROKEN, i == 1);
        assert_int_equal(seals.der_entitlements == MACHO_SEAL_BROKEN, i == 2);
    }
}

static void macho_read_seals__asks_that_blobs_are_there_and_sealed(void **state)
{
    (void)state;
    static struct test_signed s;
    begin_two(&s);
    // The index calls the entitlements something that nobody knows.
    test_put(&s.t, TEST_CODE_LIMIT + 12 + 8, 99, 4, true);
    struct macho_seals seals = seals_of(&s, NULL, NULL, false);
    assert_broken("the code directory seals entitlements that are not there");
    assert_int_equal(seals.entitlements, MACHO_SEAL_MISSING);

    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, sha256);
    (void)test_signed_blob(&s, 5, 0xfade7171, "<plist><dict></dict></plist>", 28);
    test_signed_end(&s);
    seals = seals_of(&s, NULL, NULL, false);
    assert_broken("the entitlements are not those that the code directory seals");
    assert_int_equal(seals.entitlements, MACHO_SEAL_BROKEN);
}

static void macho_read_seals__asks_that_all_of_the_code_is_sealed(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    s.code_limit = 8192;
    s.code_count = 2;
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    (void)seals_of(&s, NULL, NULL, false);
    assert_broken("the code directory seals 8192 of the 9000 octets before the signature");

    test_signed_begin(&s);
    s.code_count = 2;
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    (void)seals_of(&s, NULL, NULL, true);
    assert_broken("the code directory has hashes for 2 of its 3 pages");
}

static void macho_read_seals__leaves_hashes_of_nothing_alone(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    s.code_count = 5;
    struct test_blob *blob = test_signed_directory(&s, 0, sha256);
    blob->at[blob->len - 1] ^= 1;
    test_signed_end(&s);
    const struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_sound();
    assert_int_equal(seals.pages, MACHO_SEAL_HOLDS);
}

// Whatever a weaker directory seals: the kernel takes the strongest.
static void macho_read_seals__says_that_no_page_is_sealed(void **state)
{
    (void)state;
    static struct test_signed s;
    for (uint32_t count = 0; count <= 3; count += 3) {
        test_signed_begin(&s);
        s.code_count = count;
        (void)test_signed_directory(&s, 0, sha1);
        s.code_count = 0;
        (void)test_signed_directory(&s, 0x1000, sha256);
        test_signed_end(&s);
        const struct macho_seals seals = seals_of(&s, NULL, NULL, true);
        assert_broken("the code directory has hashes for 0 of its 3 pages");
        assert_int_equal(seals.page_count, 0);
        assert_int_equal(seals.pages, MACHO_SEAL_NONE);
    }
    // Hashes of nothing.
    test_signed_begin(&s);
    s.code_limit = 0;
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    assert_int_equal(seals_of(&s, NULL, NULL, true).pages, MACHO_SEAL_NONE);
    assert_broken("the code directory seals 0 of the 9000 octets before the signature");
}

static void macho_read_seals__does_not_check_scattered_pages(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    const size_t directory = test_signed_offset(&s, 0);
    const uint32_t scatter = (uint32_t)s.blobs[0].len - 24;
    test_put(&s.t, directory + 44, scatter, 4, true);
    test_put(&s.t, directory + scatter, 0, 4, true);
    const struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_broken("pages are scattered: what is sealed cannot be told");
    assert_int_equal(seals.pages, MACHO_SEAL_NOT_READ);
}

static void macho_read_seals__says_what_could_not_be_read(void **state)
{
    (void)state;
    static struct test_signed s;
    static struct macho_file file;
    struct macho_seals seals;
    struct err err;
    begin_two(&s);
    bytes in = test_bytes(&s.t);
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };
    assert_int_equal(macho_read(&source, &arena, &file, &err), OK);
    in.len = 4096;  // The file shrank.
    macho_read_seals(&source, &file.images[0], STR("tool"), NULL, true, &arena, &seals);
    assert_int_equal(seals.pages, MACHO_SEAL_NOT_READ);
    assert_int_equal(seals.requirements, MACHO_SEAL_NOT_READ);
    assert_string_equal(file.images[0].errors[0].reason.at, "the disk is gone");
    assert_int_equal(file.images[0].signature.state, MACHO_SIGNED_ADHOC);
}

static void macho_read_seals__checks_section_with_info(void **state)
{
    (void)state;
    static struct test_signed s;
    const struct macho_extent section = { .offset = 1000, .size = 500 };
    test_signed_begin(&s);
    s.info = (bytes){ .at = s.t.at + 1000, .len = 500 };
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    struct macho_seals seals = seals_of(&s, NULL, &section, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_HOLDS);
    s.t.at[1499] ^= 1;
    seals = seals_of(&s, NULL, &section, false);
    assert_int_equal(seals.info, MACHO_SEAL_BROKEN);
    assert_broken("Info.plist is not the one that the code directory seals");
    // What is sealed may be in a bundle that nobody showed us.
    seals = seals_of(&s, NULL, NULL, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_MISSING);
}

static void begin_bundled(struct test_signed *s, struct shelf *shelf)
{
    *shelf = (struct shelf){ .parts = { text(INFO), text(resources) } };
    test_signed_begin(s);
    s->info = text(INFO);
    s->resources = text(resources);
    (void)test_signed_directory(s, 0, sha1);
    (void)test_signed_directory(s, 0x1000, sha256);
    test_signed_end(s);
}

static void macho_read_seals__checks_bundle_of_its_main_executable(void **state)
{
    (void)state;
    static struct test_signed s;
    struct shelf shelf;
    begin_bundled(&s, &shelf);
    struct macho_seals seals = seals_of(&s, &shelf, NULL, false);
    assert_sound();
    assert_true(seals.is_main_of_bundle && !seals.has_stapled_ticket);
    assert_int_equal(seals.info, MACHO_SEAL_HOLDS);
    assert_int_equal(seals.resources, MACHO_SEAL_HOLDS);

    shelf.parts[MACHO_BUNDLE_TICKET] = text("ticket");
    shelf.parts[MACHO_BUNDLE_RESOURCES] = text("other");
    seals = seals_of(&s, &shelf, NULL, false);
    assert_true(seals.has_stapled_ticket);
    assert_broken("CodeResources is not the one that the code directory seals");
    assert_int_equal(seals.resources, MACHO_SEAL_BROKEN);

    shelf.parts[MACHO_BUNDLE_RESOURCES] = text("");
    seals = seals_of(&s, &shelf, NULL, false);
    assert_broken("the code directory seals CodeResources, and there is none");
    assert_int_equal(seals.resources, MACHO_SEAL_MISSING);

    shelf.parts[MACHO_BUNDLE_RESOURCES] = text(resources);
    shelf.parts[MACHO_BUNDLE_INFO] = text(INFO " ");
    seals = seals_of(&s, &shelf, NULL, false);
    assert_broken("Info.plist is not the one that the code directory seals");
    assert_int_equal(seals.info, MACHO_SEAL_BROKEN);
}

// Whoever alters it could name another file, or none.
static void macho_read_seals__checks_info_whoever_it_names(void **state)
{
    (void)state;
    static const char differs[] = "Info.plist is not the one that the code directory seals";
    static const char *const infos[] = {
        "<plist><dict><key>CFBundleExecutable</key><string>app</string></dict></plist>",
        "<plist><dict></dict></plist>",
    };
    static struct test_signed s;
    struct shelf shelf;
    begin_bundled(&s, &shelf);
    struct macho_seals seals;
    for (size_t i = 0; i < COUNT_OF(infos); i++) {
        shelf.parts[MACHO_BUNDLE_INFO] = text(infos[i]);
        seals = seals_of(&s, &shelf, NULL, false);
        assert_broken(differs);
        assert_false(seals.is_main_of_bundle);
        assert_int_equal(seals.info, MACHO_SEAL_BROKEN);
        assert_int_equal(seals.resources, MACHO_SEAL_HOLDS);
    }
    shelf.parts[MACHO_BUNDLE_INFO] = text("nothing");
    seals = seals_of(&s, &shelf, NULL, false);
    assert_broken("contents of Info.plist of 7 octets are not a property list with a dictionary");
    assert_string_equal(image->errors[1].reason.at, differs);
    assert_false(seals.is_main_of_bundle);
    // It was signed so: then it is the right one.
    begin_bundled(&s, &shelf);
    test_signed_begin(&s);
    s.info = text(infos[0]);
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    shelf.parts[MACHO_BUNDLE_INFO] = text(infos[0]);
    seals = seals_of(&s, &shelf, NULL, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_HOLDS);
}

// Tools beside the program seal nothing of the bundle, or what is in themselves.
static void macho_read_seals__leaves_bundle_of_others_alone(void **state)
{
    (void)state;
    static const char other[] =
        "<plist><dict><key>CFBundleExecutable</key><string>app</string></dict></plist>";
    static struct test_signed s;
    const struct macho_extent section = { .offset = 1000, .size = 500 };
    struct shelf shelf = { .parts = { text(other), text(resources) }, .is_around = true };
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    struct macho_seals seals = seals_of(&s, &shelf, NULL, false);
    assert_sound();
    assert_false(seals.is_main_of_bundle);
    assert_int_equal(seals.info, MACHO_SEAL_NONE);
    assert_int_equal(seals.resources, MACHO_SEAL_NONE);

    test_signed_begin(&s);
    s.info = (bytes){ .at = s.t.at + 1000, .len = 500 };
    (void)test_signed_directory(&s, 0, sha256);
    test_signed_end(&s);
    seals = seals_of(&s, &shelf, &section, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_HOLDS);
    // Neither the section nor the bundle has it.
    s.t.at[1499] ^= 1;
    (void)seals_of(&s, &shelf, &section, false);
    assert_broken("Info.plist is not the one that the code directory seals");
    shelf.parts[MACHO_BUNDLE_INFO] = text("");
    seals = seals_of(&s, &shelf, &section, false);
    assert_broken("Info.plist is not the one that the code directory seals");
    assert_int_equal(seals.info, MACHO_SEAL_BROKEN);
}

// The section is another than the bundle's, as it often is, and the bundle's was sealed.
static void macho_read_seals__takes_info_of_bundle_before_another_section(void **state)
{
    (void)state;
    static struct test_signed s;
    struct shelf shelf;
    const struct macho_extent section = { .offset = 1000, .size = 500 };
    begin_bundled(&s, &shelf);
    assert_int_equal(seals_of(&s, &shelf, &section, false).info, MACHO_SEAL_HOLDS);
    assert_sound();
}

static void macho_read_seals__misses_info_where_there_is_a_bundle(void **state)
{
    (void)state;
    static const char no_info[] = "the code directory seals Info.plist, and there is none";
    static struct test_signed s;
    struct shelf shelf;
    begin_bundled(&s, &shelf);
    shelf.parts[MACHO_BUNDLE_INFO] = text("");
    struct macho_seals seals = seals_of(&s, &shelf, NULL, false);
    assert_broken(no_info);  // CodeResources say that there is one,
    assert_int_equal(image->error_count, 1);
    assert_int_equal(seals.info, MACHO_SEAL_MISSING);
    assert_int_equal(seals.resources, MACHO_SEAL_HOLDS);
    shelf.parts[MACHO_BUNDLE_RESOURCES] = text("");
    shelf.parts[MACHO_BUNDLE_TICKET] = text("ticket");
    (void)seals_of(&s, &shelf, NULL, false);
    assert_broken(no_info);  // as does a ticket,
    shelf = (struct shelf){ .is_around = true };
    seals = seals_of(&s, &shelf, NULL, false);
    assert_broken(no_info);  // and the place.
    assert_string_equal(image->errors[1].reason.at,
                        "the code directory seals CodeResources, and there is none");
    assert_int_equal(seals.resources, MACHO_SEAL_MISSING);
    shelf = (struct shelf){ .is_around = false };
    seals = seals_of(&s, &shelf, NULL, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_MISSING);
    assert_int_equal(seals.resources, MACHO_SEAL_MISSING);
    seals = seals_of(&s, NULL, NULL, false);
    assert_sound();
    assert_int_equal(seals.info, MACHO_SEAL_MISSING);
}

static void macho_read_seals__says_what_of_bundle_could_not_be_read(void **state)
{
    (void)state;
    static struct test_signed s;
    struct shelf shelf;
    begin_bundled(&s, &shelf);
    shelf.is_broken = true;
    struct macho_seals seals = seals_of(&s, &shelf, NULL, false);
    assert_string_equal(image->errors[0].reason.at, "Info.plist: the disk is gone");
    assert_false(seals.is_main_of_bundle);
    assert_int_equal(seals.info, MACHO_SEAL_NOT_READ);
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);
    shelf = (struct shelf){ .is_closed_to_us = true, .is_around = true };
    seals = seals_of(&s, &shelf, NULL, false);
    assert_int_equal(seals.info, MACHO_SEAL_NOT_READ);
    assert_int_equal(seals.resources, MACHO_SEAL_NOT_READ);
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);
    assert_string_equal(image->errors[0].reason.at, "CodeResources: permission denied");
    assert_string_equal(image->errors[1].reason.at, "Info.plist: permission denied");

    const size_t len = MACHO_BUNDLE_PART_MAX + 1;
    uint8_t *large = calloc(1, len);
    begin_bundled(&s, &shelf);
    shelf.parts[MACHO_BUNDLE_RESOURCES] = (bytes){ .at = large, .len = len };
    seals = seals_of(&s, &shelf, NULL, false);
    assert_int_equal(seals.resources, MACHO_SEAL_NOT_READ);
    assert_string_equal(image->errors[0].reason.at,
                        "CodeResources of 16777217 octets; at most 16777216 are read");
    shelf.parts[MACHO_BUNDLE_INFO] = (bytes){ .at = large, .len = MACHO_BUNDLE_INFO_MAX + 1 };
    (void)seals_of(&s, &shelf, NULL, false);
    assert_string_equal(image->errors[0].reason.at,
                        "Info.plist of 1048577 octets; at most 1048576 are read");
    free(large);
}

static void macho_read_seals__says_nothing_of_unsigned_images(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    test_put(&s.t, 16, 0, 8, false);
    const struct macho_seals seals = seals_of(&s, NULL, NULL, true);
    assert_int_equal(image->signature.state, MACHO_UNSIGNED);
    assert_int_equal(seals.pages, MACHO_SEAL_NONE);
    assert_int_equal(seals.page_count, 0);
}

static void macho_seal_name__names_each(void **state)
{
    (void)state;
    static const char *const names[] = { "none", "holds", "broken", "missing", "not_read" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_true(str_eq(macho_seal_name((enum macho_seal)i), str_of(names[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read_seals__holds_where_nothing_was_changed, forget),
        cmocka_unit_test_teardown(macho_read_seals__finds_pages_that_were_changed, forget),
        cmocka_unit_test_teardown(macho_read_seals__tells_the_worst_of_the_directories, forget),
        cmocka_unit_test_teardown(macho_read_seals__finds_blobs_that_were_changed, forget),
        cmocka_unit_test_teardown(macho_read_seals__asks_that_blobs_are_there_and_sealed, forget),
        cmocka_unit_test_teardown(macho_read_seals__asks_that_all_of_the_code_is_sealed, forget),
        cmocka_unit_test_teardown(macho_read_seals__leaves_hashes_of_nothing_alone, forget),
        cmocka_unit_test_teardown(macho_read_seals__says_that_no_page_is_sealed, forget),
        cmocka_unit_test_teardown(macho_read_seals__does_not_check_scattered_pages, forget),
        cmocka_unit_test_teardown(macho_read_seals__says_what_could_not_be_read, forget),
        cmocka_unit_test_teardown(macho_read_seals__checks_section_with_info, forget),
        cmocka_unit_test_teardown(macho_read_seals__checks_bundle_of_its_main_executable, forget),
        cmocka_unit_test_teardown(macho_read_seals__checks_info_whoever_it_names, forget),
        cmocka_unit_test_teardown(macho_read_seals__leaves_bundle_of_others_alone, forget),
        cmocka_unit_test_teardown(macho_read_seals__takes_info_of_bundle_before_another_section,
                                  forget),
        cmocka_unit_test_teardown(macho_read_seals__misses_info_where_there_is_a_bundle, forget),
        cmocka_unit_test_teardown(macho_read_seals__says_what_of_bundle_could_not_be_read, forget),
        cmocka_unit_test_teardown(macho_read_seals__says_nothing_of_unsigned_images, forget),
        cmocka_unit_test_teardown(macho_seal_name__names_each, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
