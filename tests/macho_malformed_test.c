// The small images of tests/macho cut off at every octet and with every octet changed, read as a
// whole: read, judged and printed as `pomona inspect` does. The sanitizers see what is touched that
// should not be; here it is held that the file is never asked for what it does not have, and that
// what is read and what is kept grow no faster than the file, which needs no clock.

#include "macho/frameworks.h"
#include "macho/macho.h"
#include "macho/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define IMAGES          "tests/macho/images/"
#define IMAGE_BYTES_MAX (64u * 1024)

// In a longer run of zeros, which is padding, only so many at either end are visited.
#define PADDING_VISITED 16u

// Octets read of a file of N, and kept of it: at most N times this and the constant (of a slice).
// Each slice and each step of the reader may look at a part again.
#define READ_FACTOR 16u
#define READ_BYTES  (64u * 1024)
#define KEPT_FACTOR 64u
#define KEPT_BYTES  (1024u * 1024)  // Buffers of a fixed size.

struct counted {
    const uint8_t *at;
    size_t len;
    uint64_t read_bytes;
    bool was_asked_outside;
};

struct sweep {
    uint8_t image[IMAGE_BYTES_MAX];
    size_t len;
    struct arena arena;
    struct buf text;
    size_t runs;
    size_t refused;  // Not read at all, with a sentence.
    size_t damaged;  // Read, with errors.
    uint64_t most_read_bytes;
    size_t most_kept_bytes;
};

static void sweep_image(struct sweep *sweep, const char *name);
static void load(struct sweep *sweep, const char *name);
static bool is_visited(const struct sweep *sweep, size_t at);
static void run(struct sweep *sweep, size_t len);
static void judge(struct sweep *sweep, const struct macho_source *source, struct macho_file *file);
static void print(struct sweep *sweep, const struct macho_subject *subject);
static enum status read_counted(void *context, uint64_t offset, uint8_t *to, size_t len,
                                struct err *err);

// Small, and between them every table that is read.
static const char *const images[] = {
    "arm64_32",
    "broken_entitlements",
    "bundle",
    "entitled_differ",
    "environment",
    "fat_four",
    "hidden",
    "i386",
    "imports_bound_bare",
    "imports_chained_1_bare",
    "imports_chained_2_bare",
    "imports_chained_3_bare",
    "imports_symbols",
    "kext",
    "links_kinds",
    "links_lazy_info",
    "object",
    "ppc",
    "ppc64",
    "signed_both",
    "static",
    "version_min_ios",
    "zippered",
};

static void macho_read__survives_every_truncation_and_every_changed_octet(void **state)
{
    (void)state;
    struct sweep *sweep = memory_zeroed(1, sizeof *sweep);
    buf_init(&sweep->text, MACHO_PRINT_MAX);
    for (size_t i = 0; i < COUNT_OF(images); i++)
        sweep_image(sweep, images[i]);

    print_message("malformed: %zu runs over %zu images: %zu refused, %zu damaged; at most %llu "
                  "octets read and %zu kept\n",
                  sweep->runs, COUNT_OF(images), sweep->refused, sweep->damaged,
                  (unsigned long long)sweep->most_read_bytes, sweep->most_kept_bytes);
    // Were nothing found, nothing would have been changed.
    assert_true(sweep->runs > 50000);
    assert_true(sweep->refused > 500);
    assert_true(sweep->damaged > 10000);
    buf_done(&sweep->text);
    arena_done(&sweep->arena);
    free(sweep);
}

static void sweep_image(struct sweep *sweep, const char *name)
{
    static const uint8_t changes[] = { 0x01, 0xff };

    load(sweep, name);
    for (size_t len = 0; len <= sweep->len; len++)
        if (is_visited(sweep, len))
            run(sweep, len);
    for (size_t at = 0; at < sweep->len; at++) {
        if (!is_visited(sweep, at))
            continue;
        for (size_t i = 0; i < COUNT_OF(changes); i++) {
            sweep->image[at] ^= changes[i];
            run(sweep, sweep->len);
            sweep->image[at] ^= changes[i];
        }
    }
}

static void load(struct sweep *sweep, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, IMAGES "%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s is not there", path);
    sweep->len = fread(sweep->image, 1, sizeof sweep->image, file);
    (void)fclose(file);
    assert_in_range(sweep->len, 1, sizeof sweep->image - 1);
}

static bool is_visited(const struct sweep *sweep, size_t at)
{
    bool has_before = false;
    bool has_behind = false;
    for (size_t i = 0; i < PADDING_VISITED; i++) {
        has_before = has_before || at < i + 1 || sweep->image[at - i - 1] != 0;
        has_behind = has_behind || at + i >= sweep->len || sweep->image[at + i] != 0;
    }
    return has_before || has_behind;
}

static void run(struct sweep *sweep, size_t len)
{
    struct counted counted = { .at = sweep->image, .len = len };
    const struct macho_source source = { .read = read_counted, .context = &counted, .size = len };
    struct macho_file file;
    struct err err;
    bool is_damaged = false;

    arena_done(&sweep->arena);  // Not reset: that keeps memory, and what is kept is counted.
    const enum status status = macho_read(&source, &sweep->arena, &file, &err);
    if (status != OK) {
        assert_true(status == ERR_FORMAT || status == ERR_LIMIT);
        assert_true(err.text[0] != '\0');
        sweep->refused++;
    }
    if (status == OK)
        judge(sweep, &source, &file);
    for (size_t i = 0; status == OK && i < file.image_count; i++)
        is_damaged = is_damaged || file.images[i].error_count > 0;
    sweep->damaged += is_damaged;
    sweep->runs++;

    assert_false(counted.was_asked_outside);
    assert_true(counted.read_bytes <= (uint64_t)READ_FACTOR * len + READ_BYTES);
    // Every slice has pieces of its own that tables are read through.
    const uint64_t slices = status == OK ? file.image_count : 0;
    assert_true(sweep->arena.total_bytes <=
                (uint64_t)KEPT_FACTOR * len + (slices + 1) * KEPT_BYTES);
    if (counted.read_bytes > sweep->most_read_bytes)
        sweep->most_read_bytes = counted.read_bytes;
    if (sweep->arena.total_bytes > sweep->most_kept_bytes)
        sweep->most_kept_bytes = sweep->arena.total_bytes;
}

static void judge(struct sweep *sweep, const struct macho_source *source, struct macho_file *file)
{
    struct macho_report_options options = { .path = STR("image"), .with_pages = true };
    options.api_frameworks = macho_default_api_frameworks(&options.api_framework_count);
    const struct macho_report *reports = macho_report_on(source, file, &options, &sweep->arena);
    const struct macho_verdicts worst = macho_worst_of(file, reports);
    for (size_t i = 0; i < file->image_count; i++)
        print(sweep, &(struct macho_subject){ .path = options.path,
                                              .file = file,
                                              .index = i,
                                              .report = &reports[i],
                                              .worst = &worst,
                                              .with_imports = true });
}

static void print(struct sweep *sweep, const struct macho_subject *subject)
{
    buf_reset(&sweep->text);
    macho_print_json(&sweep->text, subject, &sweep->arena);
    assert_false(sweep->text.failed);
    // One object on one line, whatever the file put into its text.
    assert_int_equal(sweep->text.at[0], '{');
    assert_int_equal(sweep->text.at[sweep->text.len - 1], '}');
    assert_null(memchr(sweep->text.at, '\n', sweep->text.len));
    buf_reset(&sweep->text);
    macho_print_page(&sweep->text, subject, false, &sweep->arena);
    assert_false(sweep->text.failed);
    assert_null(memchr(sweep->text.at, '\x1b', sweep->text.len));
}

static enum status read_counted(void *context, uint64_t offset, uint8_t *to, size_t len,
                                struct err *err)
{
    struct counted *counted = context;
    if (offset > counted->len || len > counted->len - offset) {
        counted->was_asked_outside = true;
        return (fail)(err, ERR_IO, "asked outside");  // cmocka has a macro of this name.
    }
    counted->read_bytes += len;
    memcpy(to, counted->at + offset, len);
    return OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macho_read__survives_every_truncation_and_every_changed_octet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
