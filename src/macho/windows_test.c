// Reads through windows give what the source gives, and ask it less often.

#include "macho/windows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SOURCE_BYTES ((MACHO_WINDOWS + 2) * MACHO_WINDOW_BYTES + 100)

static uint8_t octets[SOURCE_BYTES];
static struct macho_windows windows;

// A source that counts, and of which what lies behind `readable` cannot be read.
struct counting {
    uint64_t readable;
    unsigned reads;
    size_t last_len;
};

static enum status count_read(void *context, uint64_t offset, uint8_t *to, size_t len,
                              struct err *err)
{
    struct counting *counting = context;
    counting->reads++;
    counting->last_len = len;
    if (offset > counting->readable || len > counting->readable - offset)
        return (fail)(err, ERR_IO, "no %zu octets at %llu", len, (unsigned long long)offset);
    memcpy(to, octets + offset, len);
    return OK;
}

static struct macho_source open_windows(struct counting *counting)
{
    static struct macho_source source;
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 7 + i / 251);
    source = (struct macho_source){ .read = count_read, .context = counting, .size = SOURCE_BYTES };
    return macho_windows_init(&windows, &source);
}

static void assert_read(const struct macho_source *through, uint64_t offset, size_t len)
{
    static uint8_t to[SOURCE_BYTES];
    struct err err;
    memset(to, 0xee, sizeof to);
    assert_int_equal(through->read(through->context, offset, to, len, &err), OK);
    assert_memory_equal(to, octets + offset, len);
}

static void windows__give_what_the_source_gives(void **state)
{
    (void)state;
    static const size_t lens[] = { 0,    1,
                                   12,   100,
                                   1025, MACHO_WINDOW_READ_MAX,
                                   4097, MACHO_WINDOW_BYTES,
                                   8193, 2 * MACHO_WINDOW_BYTES };
    struct counting counting = { .readable = SOURCE_BYTES };
    const struct macho_source through = open_windows(&counting);
    assert_int_equal(through.size, SOURCE_BYTES);
    // Steps that have nothing in common with the windows, forwards and backwards.
    for (size_t i = 0; i < COUNT_OF(lens); i++)
        for (size_t at = 0; at + lens[i] <= SOURCE_BYTES; at += 379)
            assert_read(&through, at, lens[i]);
    for (size_t i = 0; i < COUNT_OF(lens); i++)
        for (size_t at = SOURCE_BYTES - lens[i]; at >= 383; at -= 383)
            assert_read(&through, at, lens[i]);
}

static void windows__ask_once_for_what_stands_together(void **state)
{
    (void)state;
    struct counting counting = { .readable = SOURCE_BYTES };
    const struct macho_source through = open_windows(&counting);
    for (size_t at = 0; at < MACHO_WINDOW_BYTES; at += 8)
        assert_read(&through, at, 8);
    assert_int_equal(counting.reads, 1);
    assert_int_equal(counting.last_len, MACHO_WINDOW_BYTES);
    assert_read(&through, MACHO_WINDOW_BYTES - 4, 8);  // Across its end.
    assert_int_equal(counting.reads, 2);
    assert_read(&through, 100, 8);
    assert_int_equal(counting.reads, 2);
    assert_read(&through, 0, MACHO_WINDOW_BYTES);  // Large, but there.
    assert_int_equal(counting.reads, 2);
}

static void windows__are_as_many_as_max_and_the_oldest_goes(void **state)
{
    (void)state;
    struct counting counting = { .readable = SOURCE_BYTES };
    const struct macho_source through = open_windows(&counting);
    for (size_t i = 0; i < MACHO_WINDOWS; i++)
        assert_read(&through, i * MACHO_WINDOW_BYTES + 9, 8);
    assert_int_equal(counting.reads, MACHO_WINDOWS);
    assert_read(&through, 9, 8);
    assert_int_equal(counting.reads, MACHO_WINDOWS);
    assert_read(&through, MACHO_WINDOWS * MACHO_WINDOW_BYTES, 8);
    assert_int_equal(counting.reads, MACHO_WINDOWS + 1);
    assert_read(&through, MACHO_WINDOW_BYTES + 9, 8);  // The second is still there.
    assert_int_equal(counting.reads, MACHO_WINDOWS + 1);
    assert_read(&through, 9, 8);
    assert_int_equal(counting.reads, MACHO_WINDOWS + 2);
}

static void windows__let_large_reads_pass(void **state)
{
    (void)state;
    struct counting counting = { .readable = SOURCE_BYTES };
    const struct macho_source through = open_windows(&counting);
    assert_read(&through, 0, MACHO_WINDOW_READ_MAX + 1);
    assert_int_equal(counting.last_len, MACHO_WINDOW_READ_MAX + 1);
    assert_read(&through, 0, 8);
    assert_int_equal(counting.reads, 2);
}

static void windows__read_what_there_is_where_the_rest_is_gone(void **state)
{
    (void)state;
    uint8_t to[64];
    struct err err;
    struct counting counting = { .readable = 1000 };
    const struct macho_source through = open_windows(&counting);
    assert_read(&through, 900, 64);
    assert_read(&through, 936, 64);
    assert_int_equal(through.read(through.context, 937, to, sizeof to, &err), ERR_IO);
    assert_string_equal(err.text, "no 64 octets at 937");
    // What was in a window that could not be moved is not taken for anything else.
    counting.readable = SOURCE_BYTES;
    assert_read(&through, 937, 64);
}

static void windows__end_where_the_source_ends(void **state)
{
    (void)state;
    uint8_t to[64];
    struct err err;
    struct counting counting = { .readable = SOURCE_BYTES };
    const struct macho_source through = open_windows(&counting);
    assert_read(&through, SOURCE_BYTES - 64, 64);
    assert_int_equal(counting.last_len, 100);  // From the start of the page.
    assert_int_equal(through.read(through.context, SOURCE_BYTES - 63, to, sizeof to, &err), ERR_IO);
    assert_int_equal(through.read(through.context, UINT64_MAX, to, 1, &err), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows__give_what_the_source_gives),
        cmocka_unit_test(windows__ask_once_for_what_stands_together),
        cmocka_unit_test(windows__are_as_many_as_max_and_the_oldest_goes),
        cmocka_unit_test(windows__let_large_reads_pass),
        cmocka_unit_test(windows__read_what_there_is_where_the_rest_is_gone),
        cmocka_unit_test(windows__end_where_the_source_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
