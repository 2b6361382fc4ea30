// What the simulator promises of Elastic Defend's records: that they tell of the same happenings, and
// that the decoder understands them.

#include "fleet.h"

#include "base/arena.h"
#include "decode/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <yyjson.h>

#define HOSTS   3u
#define MINUTES 3u

struct output {
    char *stream;
    size_t stream_len;
    char *labels;
    size_t labels_len;
};

static char *contents(FILE *f, size_t *out_len)
{
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    const long size = ftell(f);
    assert_true(size > 0);
    *out_len = (size_t)size;
    char *at = memory_zeroed(1, *out_len + RECORD_PADDING);
    rewind(f);
    assert_int_equal(fread(at, 1, *out_len, f), size);
    assert_int_equal(fclose(f), 0);
    return at;
}

static struct output simulate(bool is_elastic)
{
    struct output made;
    struct fleet_counts counts;
    struct err err;
    struct fleet_options options = { .hosts = HOSTS,
                                     .minutes = MINUTES,
                                     .seed = 7,
                                     .attacks = UINT32_MAX,
                                     .is_elastic = is_elastic };
    options.out = tmpfile();
    options.labels = tmpfile();
    assert_non_null(options.out);
    assert_non_null(options.labels);
    assert_int_equal(fleet_run(&options, &counts, &err), OK);
    made.stream = contents(options.out, &made.stream_len);
    made.labels = contents(options.labels, &made.labels_len);
    assert_int_equal(counts.bytes, made.stream_len);
    return made;
}

static void release(struct output made)
{
    free(made.stream);
    free(made.labels);
}

// How many of each action, as the decoder understands them.
static void decode_all(struct output made, uint64_t by_action[ACTION_COUNT], uint64_t *out_records)
{
    struct projection projection;
    struct batch batch;
    str rest = { .at = made.stream, .len = made.stream_len };
    size_t from = 0;
    projection_want_all(&projection);
    projection_compile(&projection);
    batch_init(&batch);
    struct decoder *decoder = decoder_new(&projection, NULL);
    for (str line; str_take_until(&rest, '\n', &line); from += line.len + 1) {
        struct record record = { .at = made.stream + from, .len = line.len, .line = 1 };
        batch_reset(&batch);
        decode(decoder, &record, &batch);
    }
    const struct decode_counts *counts = decoder_counts(decoder);
    assert_int_equal(counts->in, counts->out);
    assert_int_equal(counts->odd_values + counts->lists_cut + counts->texts_cut, 0);
    memcpy(by_action, counts->by_action, sizeof counts->by_action);
    *out_records = counts->out;
    decoder_free(decoder);
    batch_done(&batch);
}

static void fleet_run__elastic_tells_of_the_same_happenings(void **state)
{
    static const enum action shown[] = { ACTION_EXEC,         ACTION_FORK,   ACTION_END,
                                         ACTION_LOAD,         ACTION_RENAME, ACTION_DELETION,
                                         ACTION_REMOTE_THREAD };
    uint64_t elastic[ACTION_COUNT];
    uint64_t eslogger[ACTION_COUNT];
    uint64_t records;
    uint64_t total = 0;
    (void)state;
    const struct output ours = simulate(true);
    const struct output theirs = simulate(false);
    assert_int_equal(ours.labels_len, theirs.labels_len);
    assert_memory_equal(ours.labels, theirs.labels, ours.labels_len);

    decode_all(theirs, eslogger, &records);
    decode_all(ours, elastic, &records);
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        assert_true(elastic[shown[i]] > 0);
        assert_int_equal(elastic[shown[i]], eslogger[shown[i]]);
        total += elastic[shown[i]];
    }
    // Ports for reading only are not shown, nor is a change before its file is closed.
    assert_true(elastic[ACTION_PROCESS_OPEN] > 0);
    assert_true(elastic[ACTION_PROCESS_OPEN] < eslogger[ACTION_PROCESS_OPEN]);
    assert_int_equal(total + elastic[ACTION_PROCESS_OPEN] + elastic[ACTION_MODIFICATION], records);
    release(ours);
    release(theirs);
}

static void fleet_run__elastic_is_the_same_for_the_same_seed(void **state)
{
    (void)state;
    const struct output one = simulate(true);
    const struct output other = simulate(true);
    assert_int_equal(one.stream_len, other.stream_len);
    assert_memory_equal(one.stream, other.stream, one.stream_len);
    release(one);
    release(other);
}

static const char *text_at(yyjson_doc *doc, const char *pointer)
{
    yyjson_val *val = yyjson_doc_ptr_get(doc, pointer);
    if (!yyjson_is_str(val))
        fail_msg("there is no %s", pointer);
    return yyjson_get_str(val);
}

static void fleet_run__elastic_has_what_every_record_has(void **state)
{
    static const char *const texts[] = {
        "/@timestamp",
        "/agent/id",
        "/agent/type",
        "/agent/version",
        "/ecs/version",
        "/event/action",
        "/event/category/0",
        "/event/type/0",
        "/event/dataset",
        "/event/module",
        "/host/id",
        "/host/name",
        "/host/os/type",
        "/user/name",
        "/process/entity_id",
        "/process/executable",
        "/process/name",
        "/process/parent/entity_id",
        "/process/hash/sha256",
        "/process/code_signature/signing_id",
        "/process/Ext/ancestry/0",
        "/data_stream/dataset",
    };
    uint64_t next[HOSTS] = { 0 };
    const struct output made = simulate(true);
    str rest = { .at = made.stream, .len = made.stream_len };
    (void)state;
    for (str line; str_take_until(&rest, '\n', &line);) {
        yyjson_doc *doc = yyjson_read(line.at, line.len, YYJSON_READ_NOFLAG);
        assert_non_null(doc);
        for (size_t i = 0; i < COUNT_OF(texts); i++)
            (void)text_at(doc, texts[i]);
        const size_t host = (size_t)strtoul(text_at(doc, "/host/id") + 4, NULL, 10) - 1;
        assert_true(host < HOSTS);
        assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(doc, "/event/sequence")), next[host]++);
        // An exec makes another entity, and names the one before.
        const char *own = text_at(doc, "/process/entity_id");
        const char *parent = text_at(doc, "/process/parent/entity_id");
        assert_true(strcmp(own, parent) != 0);
        assert_string_equal(parent, text_at(doc, "/process/Ext/ancestry/0"));
        yyjson_doc_free(doc);
    }
    release(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fleet_run__elastic_tells_of_the_same_happenings),
        cmocka_unit_test(fleet_run__elastic_is_the_same_for_the_same_seed),
        cmocka_unit_test(fleet_run__elastic_has_what_every_record_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
