// What every form of a sink promises: nothing is written of nothing, what is written is there
// when sink_write() returns, everything of a batch is written once and in order, and a stream
// that refuses is ERR_IO with a sentence, never silence.

#include "sink/fixture.h"
#include "sink/sink.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT_MAX (256u * 1024u)
#define FULL     "/dev/full"  // Linux: takes nothing, says ENOSPC.

static struct sink *open_sink(enum sink_form form, FILE *stream)
{
    const struct sink_options options = { .form = form };
    struct sink *sink = NULL;
    struct err err;
    assert_int_equal(sink_new(&options, stream, &sink, &err), OK);
    return sink;
}

// What has reached the file, whatever the stream still holds.
static size_t read_file(const char *path, char *out)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t len = fread(out, 1, TEXT_MAX, file);
    (void)fclose(file);
    return len;
}

static void sink_write__writes_nothing_of_an_empty_batch(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        struct batch batch;
        struct err err;
        FILE *stream = tmpfile();
        assert_non_null(stream);
        batch_init(&batch);
        struct sink *sink = open_sink(form, stream);
        assert_int_equal(sink_write(sink, &batch, &err), OK);
        assert_int_equal(ftell(stream), 0);
        sink_free(sink);
        batch_done(&batch);
        (void)fclose(stream);
    }
}

static void sink_write__has_flushed_when_it_returns(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        char path[] = "pomona-sink-XXXXXX";
        const int fd = mkstemp(path);
        assert_true(fd >= 0);
        FILE *stream = fdopen(fd, "wb");
        assert_non_null(stream);
        char *text = memory_new(TEXT_MAX);
        struct batch batch;
        struct err err;
        batch_init(&batch);
        fixture_fill(&batch);
        struct sink *sink = open_sink(form, stream);

        assert_int_equal(sink_write(sink, &batch, &err), OK);
        const size_t once = read_file(path, text);
        (void)remove(path);
        assert_true(once > 0);
        assert_int_equal(text[once - 1], '\n');
        sink_free(sink);
        batch_done(&batch);
        (void)fclose(stream);
        free(text);
    }
}

// Two writes of the same batch are the same text twice: a sink keeps nothing between them.
static void sink_write__writes_every_finding_once_and_in_order(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        FILE *stream = tmpfile();
        assert_non_null(stream);
        char *text = memory_new(TEXT_MAX);
        struct batch batch;
        struct err err;
        batch_init(&batch);
        fixture_fill(&batch);
        struct sink *sink = open_sink(form, stream);
        assert_int_equal(sink_write(sink, &batch, &err), OK);
        assert_int_equal(sink_write(sink, &batch, &err), OK);

        rewind(stream);
        const size_t len = fread(text, 1, TEXT_MAX, stream);
        assert_true(len > 0 && len % 2 == 0 && len < TEXT_MAX);
        assert_memory_equal(text, text + len / 2, len / 2);
        str rest = { .at = text, .len = len / 2 };
        for (size_t f = 0; f < batch.finding_count; f++) {
            const str id = str_of(batch.findings[f]->id);
            size_t at = 0;
            while (at < rest.len && !str_starts_with(str_from(rest, at), id))
                at++;
            assert_true(at < rest.len);
            rest = str_from(rest, at + id.len);
        }
        sink_free(sink);
        batch_done(&batch);
        (void)fclose(stream);
        free(text);
    }
}

static void sink_write__says_when_the_stream_refuses(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        FILE *stream = fopen(FULL, "wb");
        if (stream == NULL) {
            print_message("skipped: this system has no %s\n", FULL);
            skip();
        }
        struct batch batch;
        struct err err;
        char expected[ERR_TEXT_MAX];
        batch_init(&batch);
        fixture_fill(&batch);
        struct sink *sink = open_sink(form, stream);
        assert_int_equal(sink_write(sink, &batch, &err), ERR_IO);
        (void)snprintf(expected, sizeof expected, "findings cannot be written: %s",
                       strerror(ENOSPC));
        assert_string_equal(err.text, expected);
        sink_free(sink);
        batch_done(&batch);
        (void)fclose(stream);
    }
}

// The same where there is no /dev/full: a stream that may only be read.
static void sink_write__says_when_the_stream_is_for_reading(void **state)
{
    (void)state;
    for (enum sink_form form = 0; form < SINK_FORM_COUNT; form++) {
        FILE *stream = fopen("/dev/null", "rb");
        assert_non_null(stream);
        struct batch batch;
        struct err err = { .text = "" };
        batch_init(&batch);
        fixture_fill(&batch);
        struct sink *sink = open_sink(form, stream);
        assert_int_equal(sink_write(sink, &batch, &err), ERR_IO);
        assert_true(str_starts_with(str_of(err.text), STR("findings cannot be written: ")));
        sink_free(sink);
        batch_done(&batch);
        (void)fclose(stream);
    }
}

static void sink_free__accepts_none(void **state)
{
    (void)state;
    sink_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_write__writes_nothing_of_an_empty_batch),
        cmocka_unit_test(sink_write__has_flushed_when_it_returns),
        cmocka_unit_test(sink_write__writes_every_finding_once_and_in_order),
        cmocka_unit_test(sink_write__says_when_the_stream_refuses),
        cmocka_unit_test(sink_write__says_when_the_stream_is_for_reading),
        cmocka_unit_test(sink_free__accepts_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
