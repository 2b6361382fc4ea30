#include "source/source.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

struct fixture {
    char directory[64];
    struct hosts hosts;
    struct source *source;
    struct batch batch;
    struct err err;
    struct source_options options;
};

static void open_fixture(struct fixture *f)
{
    *f = (struct fixture){ .directory = "/tmp/pomona-source-XXXXXX" };
    assert_non_null(mkdtemp(f->directory));
    hosts_init(&f->hosts);
    batch_init(&f->batch);
}

static void close_fixture(struct fixture *f)
{
    source_close(f->source);
    f->source = NULL;
    batch_done(&f->batch);
    hosts_done(&f->hosts);
    (void)rmdir(f->directory);
}

static void write_file(const struct fixture *f, const char *name, const void *at, size_t len,
                       char *path)
{
    (void)snprintf(path, 128, "%s/%s", f->directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(at, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

// Every record of the inputs, joined by '|'.
static void read_all(struct fixture *f, const str *paths, size_t count, char *out, size_t max)
{
    size_t len = 0;
    out[0] = '\0';
    assert_int_equal(source_open(paths, count, &f->options, &f->hosts, &f->source, &f->err), OK);
    for (;;) {
        batch_reset(&f->batch);
        const enum status status = source_read(f->source, &f->batch, &f->err);
        if (status == END)
            break;
        assert_int_equal(status, OK);
        for (size_t i = 0; i < f->batch.record_count; i++) {
            const struct record r = f->batch.records[i];
            len += (size_t)snprintf(out + len, max - len, "%.*s|", (int)(r.len < 40 ? r.len : 40),
                                    r.at);
        }
        assert_int_equal(source_commit(f->source, f->batch.number, &f->err), OK);
    }
}

static size_t gzip(const char *text, uint8_t *out, size_t max)
{
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const union {
        const char *borrowed;
        Bytef *at;
    } in = { .borrowed = text };
    z.next_in = in.at;
    z.avail_in = (uInt)strlen(text);
    z.next_out = out;
    z.avail_out = (uInt)max;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t len = max - z.avail_out;
    (void)deflateEnd(&z);
    return len;
}

static void source_read__gives_lines_of_several_files(void **state)
{
    (void)state;
    struct fixture f;
    char a[128];
    char b[128];
    char all[256];
    open_fixture(&f);
    write_file(&f, "mac-1.ndjson", "one\r\n\ntwo\n", 10, a);
    write_file(&f, "mac-2.json.gz", "three", 5, b);  // Told apart by content, not by name.
    f.options.host_from_filename = true;
    read_all(&f, (const str[]){ str_of(a), str_of(b) }, 2, all, sizeof all);
    assert_string_equal(all, "one|two|three|");
    assert_int_equal(source_counts(f.source)->records, 3);
    assert_int_equal(source_counts(f.source)->empty_lines, 1);
    assert_int_equal(f.batch.record_count, 0);
    assert_true(str_eq(f.hosts.at[0].id, STR("mac-1")));
    assert_true(str_eq(f.hosts.at[1].id, STR("mac-2")));
    (void)unlink(a);
    (void)unlink(b);
    close_fixture(&f);
}

static void source_read__decompresses_by_content(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t packed[256];
    char a[128];
    char b[128];
    char all[256];
    open_fixture(&f);
    size_t len = gzip("one\n", packed, sizeof packed);
    len += gzip("two\n", packed + len, sizeof packed - len);  // Two members, one file.
    write_file(&f, "a", packed, len, a);
    len = ZSTD_compress(packed, sizeof packed, "three\nfour", 10, 3);
    assert_false(ZSTD_isError(len));
    write_file(&f, "b", packed, len, b);
    read_all(&f, (const str[]){ str_of(a), str_of(b) }, 2, all, sizeof all);
    assert_string_equal(all, "one|two|three|four|");
    (void)unlink(a);
    (void)unlink(b);
    close_fixture(&f);
}

// Two lines of four whole blocks, so placed that the batch's buffer is full when the last block
// has been taken in and not yet been given out.
static void source_read__takes_all_that_zstd_holds_back(void **state)
{
    (void)state;
    enum {
        BLOCK = 128 * 1024,
        LINES = 2
    };
    static char text[4 * BLOCK];
    static uint8_t packed[BLOCK];
    struct fixture f;
    char a[128];
    open_fixture(&f);
    memset(text, 'x', sizeof text);
    text[2 * BLOCK - 145] = '\n';
    text[sizeof text - 1] = '\n';
    const size_t len = ZSTD_compress(packed, sizeof packed, text, sizeof text, 3);
    assert_false(ZSTD_isError(len));
    write_file(&f, "a", packed, len, a);
    const str paths[] = { str_of(a) };
    assert_int_equal(source_open(paths, 1, &f.options, &f.hosts, &f.source, &f.err), OK);
    while (source_read(f.source, &f.batch, &f.err) == OK)
        batch_reset(&f.batch);
    assert_int_equal(source_counts(f.source)->records, LINES);
    assert_int_equal(source_counts(f.source)->bytes, sizeof text);
    assert_int_equal(source_counts(f.source)->inputs_failed, 0);
    (void)unlink(a);
    close_fixture(&f);
}

// Each truncation hands over what it holds, says that it is cut, and the next input is read.
static void source_read__says_that_compressed_data_is_cut(void **state)
{
    (void)state;
    uint8_t packed[256];
    const size_t len = gzip("one\ntwo\nthree\n", packed, sizeof packed);
    for (size_t cut = 3; cut < len; cut++) {
        struct fixture f;
        char a[128];
        char b[128];
        char all[256];
        size_t failures;
        open_fixture(&f);
        write_file(&f, "a", packed, cut, a);
        write_file(&f, "b", "next\n", 5, b);
        read_all(&f, (const str[]){ str_of(a), str_of(b) }, 2, all, sizeof all);
        const struct source_input_failure *failure = source_failures(f.source, &failures);
        assert_int_equal(failures, 1);
        assert_true(
            str_eq(failure->why, STR("gzip data ends in the middle; what came before was read")));
        assert_true(str_ends_with(str_of(all), STR("next|")));
        (void)unlink(a);
        (void)unlink(b);
        close_fixture(&f);
    }
}

static void source_open__goes_on_past_what_cannot_be_read(void **state)
{
    (void)state;
    struct fixture f;
    char a[128];
    char all[256];
    size_t failures;
    open_fixture(&f);
    write_file(&f, "a", "one\n", 4, a);
    read_all(&f, (const str[]){ STR("/nonexistent/file"), str_of(f.directory), str_of(a) }, 3, all,
             sizeof all);
    assert_string_equal(all, "one|");
    const struct source_input_failure *failure = source_failures(f.source, &failures);
    assert_int_equal(failures, 2);
    assert_true(str_eq(failure[0].why, STR("No such file or directory")));
    assert_true(str_eq(failure[1].why, STR("is a directory; name the files in it")));
    assert_int_equal(source_counts(f.source)->inputs_failed, 2);
    (void)unlink(a);
    close_fixture(&f);
}

static void source_read__skips_a_line_that_is_too_long(void **state)
{
    (void)state;
    struct fixture f;
    size_t records = 0;
    open_fixture(&f);
    const size_t len = 2 * (size_t)SOURCE_LINE_MAX;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text + len - 9, "\nafter it", 9);
    memcpy(text, "before\n", 7);
    assert_int_equal(source_open_memory((bytes){ (const uint8_t *)text, len }, &f.options, &f.hosts,
                                        &f.source, &f.err),
                     OK);
    for (;;) {
        batch_reset(&f.batch);
        if (source_read(f.source, &f.batch, &f.err) == END)
            break;
        for (size_t i = 0; i < f.batch.record_count; i++) {
            const struct record r = f.batch.records[i];
            const str line = { .at = r.at, .len = r.len };
            assert_true(str_eq(line, records == 0 ? STR("before") : STR("after it")));
            assert_int_equal(r.line, records == 0 ? 1 : 3);
            records++;
        }
    }
    assert_int_equal(records, 2);
    assert_int_equal(source_counts(f.source)->records, 3);
    assert_int_equal(source_counts(f.source)->dropped[SOURCE_DROP_TOO_LONG], 1);
    free(text);
    close_fixture(&f);
}

static size_t numbered_line(size_t i, char *out)
{
    const size_t len = 8 + i * 31 % 700;
    memset(out, 'a' + (int)(i % 26), len);
    (void)snprintf(out, 8, "%07zu", i);
    out[7] = ':';
    return len;
}

// Three batches in turn: each is looked at, and written to, only when the two after it have been
// read.
static void source_read__leaves_the_records_of_other_batches_alone(void **state)
{
    (void)state;
    enum {
        LINES = 6000,
        BATCHES = 3
    };
    struct fixture f;
    struct batch batches[BATCHES];
    char line[1024];
    size_t len = 0;
    size_t seen = 0;
    open_fixture(&f);
    char *text = malloc((size_t)LINES * sizeof line);
    assert_non_null(text);
    for (size_t i = 0; i < LINES; i++) {
        len += numbered_line(i, text + len);
        text[len++] = '\n';
    }
    for (size_t i = 0; i < BATCHES; i++)
        batch_init(&batches[i]);
    assert_int_equal(source_open_memory((bytes){ (const uint8_t *)text, len }, &f.options, &f.hosts,
                                        &f.source, &f.err),
                     OK);
    uint64_t reads = 0;
    for (enum status status = OK; reads < BATCHES || batches[reads % BATCHES].record_count > 0;) {
        struct batch *batch = &batches[reads % BATCHES];
        for (size_t i = 0; i < batch->record_count; i++, seen++) {
            const struct record r = batch->records[i];
            assert_int_equal(r.line, seen + 1);
            assert_int_equal(r.len, numbered_line(seen, line));
            assert_memory_equal(r.at, line, r.len);
            const bool is_last = i + 1 == batch->record_count;  // Its padding is nobody's.
            memset(r.at, '!', r.len + (is_last ? RECORD_PADDING : 0));
        }
        batch_reset(batch);
        if (status == OK) {
            status = source_read(f.source, batch, &f.err);
            assert_int_equal(batch->number, reads);
        }
        reads++;
    }
    assert_int_equal(seen, LINES);
    assert_true(reads > 2 * (uint64_t)BATCHES);
    for (size_t i = 0; i < BATCHES; i++)
        batch_done(&batches[i]);
    free(text);
    close_fixture(&f);
}

// What follows a very long line in the same batch is not lost with the buffer.
static void batch_reset__gives_a_grown_buffer_back(void **state)
{
    (void)state;
    enum {
        LONG = 9 * 1024 * 1024
    };
    struct fixture f;
    open_fixture(&f);
    char *text = malloc(LONG + 64);
    assert_non_null(text);
    memset(text, 'x', LONG);
    memcpy(text + LONG, "\nafter it\nlast", 14);
    assert_int_equal(source_open_memory((bytes){ (const uint8_t *)text, LONG + 14 }, &f.options,
                                        &f.hosts, &f.source, &f.err),
                     OK);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);
    assert_int_equal(f.batch.record_count, 2);
    assert_int_equal(f.batch.records[0].len, LONG);
    assert_true(f.batch.octet_capacity >= LONG);
    batch_reset(&f.batch);
    assert_int_equal(f.batch.octet_capacity, 0);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);
    assert_int_equal(f.batch.record_count, 1);
    assert_memory_equal(f.batch.records[0].at, "last", 4);
    assert_true(f.batch.octet_capacity < LONG / 8);
    free(text);
    close_fixture(&f);
}

static void source_read__gives_what_a_pipe_has_without_waiting_for_more(void **state)
{
    (void)state;
    struct fixture f;
    int ends[2];
    open_fixture(&f);
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    const str paths[] = { STR("-") };
    assert_int_equal(source_open(paths, 1, &f.options, &f.hosts, &f.source, &f.err), OK);
    assert_int_equal(write(ends[1], "one\nhal", 7), 7);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);  // Would hang if it wanted more.
    assert_int_equal(f.batch.record_count, 1);
    assert_int_equal(write(ends[1], "f\n", 2), 2);
    batch_reset(&f.batch);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);
    assert_int_equal(f.batch.record_count, 1);
    assert_memory_equal(f.batch.records[0].at, "half", 4);
    (void)close(ends[1]);
    batch_reset(&f.batch);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), END);
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    (void)close(ends[0]);
    close_fixture(&f);
}

// Each step of `octets` is followed by silence, which is a reading of nothing.
static void assert_idles(bytes octets, const size_t *steps, size_t step_count, size_t records)
{
    struct fixture f;
    int ends[2];
    size_t at = 0;
    size_t idle = 0;
    size_t seen = 0;
    open_fixture(&f);
    f.options.idle_ms = 1;
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    const str paths[] = { STR("-") };
    assert_int_equal(source_open(paths, 1, &f.options, &f.hosts, &f.source, &f.err), OK);
    for (size_t i = 0; i < step_count; i++) {
        assert_int_equal(write(ends[1], octets.at + at, steps[i]), steps[i]);
        at += steps[i];
        bool is_idle = false;
        while (!is_idle) {
            batch_reset(&f.batch);
            assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);
            seen += f.batch.record_count;
            is_idle = f.batch.record_count == 0;
            idle += is_idle;
        }
    }
    assert_int_equal(idle, step_count);
    assert_int_equal(seen, records);
    (void)close(ends[1]);
    batch_reset(&f.batch);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), END);
    assert_int_equal(source_counts(f.source)->inputs_failed, 0);
    assert_int_equal(source_counts(f.source)->bytes, 14);
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    (void)close(ends[0]);
    close_fixture(&f);
}

static void source_read__reads_nothing_where_a_pipe_idles(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\nthree\n";
    uint8_t packed[256];
    bytes octets = { .at = (const uint8_t *)text, .len = sizeof text - 1 };
    assert_idles(octets, (const size_t[]){ 0, 2, 0, 4, 8 }, 5, 3);
    octets = (bytes){ .at = packed, .len = gzip(text, packed, sizeof packed) };
    assert_idles(octets, (const size_t[]){ 1, 5, octets.len - 7, 1 }, 4, 3);
    octets.len = ZSTD_compress(packed, sizeof packed, text, sizeof text - 1, 3);
    assert_false(ZSTD_isError(octets.len));
    assert_idles(octets, (const size_t[]){ 1, 2, 3, octets.len - 7, 1 }, 5, 3);
}

static void source_read__does_not_idle_at_files(void **state)
{
    (void)state;
    struct fixture f;
    char a[128];
    char all[256];
    open_fixture(&f);
    f.options.idle_ms = 1;
    write_file(&f, "a", "one\ntwo", 7, a);
    read_all(&f, (const str[]){ str_of(a) }, 1, all, sizeof all);
    assert_string_equal(all, "one|two|");
    assert_int_equal(f.batch.number, 2);  // Two lines that were read apart, and the end.
    (void)unlink(a);
    close_fixture(&f);
}

static void source_read__ends_when_it_is_told_to_stop(void **state)
{
    (void)state;
    struct fixture f;
    volatile sig_atomic_t stop = 0;
    open_fixture(&f);
    f.options.stop = &stop;
    assert_int_equal(source_open_memory((bytes){ (const uint8_t *)"one\ntw", 6 }, &f.options,
                                        &f.hosts, &f.source, &f.err),
                     OK);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), OK);
    stop = 1;
    batch_reset(&f.batch);
    assert_int_equal(source_read(f.source, &f.batch, &f.err), END);
    assert_true(source_counts(f.source)->stopped);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_read__gives_lines_of_several_files),
        cmocka_unit_test(source_read__decompresses_by_content),
        cmocka_unit_test(source_read__takes_all_that_zstd_holds_back),
        cmocka_unit_test(source_read__says_that_compressed_data_is_cut),
        cmocka_unit_test(source_open__goes_on_past_what_cannot_be_read),
        cmocka_unit_test(source_read__skips_a_line_that_is_too_long),
        cmocka_unit_test(source_read__leaves_the_records_of_other_batches_alone),
        cmocka_unit_test(batch_reset__gives_a_grown_buffer_back),
        cmocka_unit_test(source_read__gives_what_a_pipe_has_without_waiting_for_more),
        cmocka_unit_test(source_read__reads_nothing_where_a_pipe_idles),
        cmocka_unit_test(source_read__does_not_idle_at_files),
        cmocka_unit_test(source_read__ends_when_it_is_told_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
