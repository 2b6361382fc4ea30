// Records and their reading, for the tests of this directory.

#ifndef DECODE_FIXTURE_H
#define DECODE_FIXTURE_H

#include "decode/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

// Parts of a record, as eslogger writes them: with each '/' escaped.
#define TOKEN(pid, version)                                 \
    "{\"asid\":100009,\"ruid\":501,\"pidversion\":" version \
    ",\"egid\":20,\"rgid\":20,\"pid\":" pid ",\"euid\":502,\"auid\":501}"
#define TOKEN_LIST(pid, version) "[501,502,20,501,20," pid ",100009," version "]"
#define FILE_AT(path)                                                                   \
    "{\"stat\":{\"st_size\":4096,\"st_mtimespec\":\"2026-01-02T03:04:05.000000000Z\"}," \
    "\"path_truncated\":false,\"path\":\"" path "\"}"
#define PROCESS_OF(token, path)                                                                \
    "{\"signing_id\":\"org.invented.tool\",\"team_id\":null,\"tty\":null,\"ppid\":1,"          \
    "\"cdhash\":\"0123456789ABCDEF0123456789ABCDEF01234567\",\"codesigning_flags\":570425345," \
    "\"is_platform_binary\":true,\"is_es_client\":false,\"audit_token\":" token                \
    ",\"parent_audit_token\":" TOKEN("40", "41") ",\"responsible_audit_token\":" TOKEN(        \
        "50",                                                                                  \
        "51") ",\"start_time\":\"2026-01-02T03:04:05.678901Z\",\"cs_validation_category\":6,"  \
              "\"executable\":" FILE_AT(path) "}"
#define PROCESS(pid, version, path) PROCESS_OF(TOKEN(pid, version), path)
#define RECORD_OF(version, type, process, event)                                                  \
    "{\"schema_version\":1,\"event_type\":" type ",\"process\":" process                          \
    ",\"thread\":{\"thread_id\":9},"                                                              \
    "\"action\":{\"result\":{\"result\":{\"auth\":0},\"result_type\":0}},\"mach_time\":77,\"seq_" \
    "num\":3,"                                                                                    \
    "\"global_seq_num\":7,\"time\":\"2026-01-02T03:04:05.678901234Z\",\"version\":" version       \
    ",\"action_type\":1,\"event\":{" event "}}"
#define RECORD(type, event) RECORD_OF("10", type, PROCESS("500", "1000", "\\/bin\\/zsh"), event)
#define RECORD_TIME_NS      1767323045678901234LL

struct fixture {
    struct projection projection;
    struct batch batch;
    struct decoder *decoder;
    char *octets;  // Of the last record.
};

static inline void open_fixture(struct fixture *f)
{
    *f = (struct fixture){ .octets = NULL };
    projection_want_all(&f->projection);
    projection_compile(&f->projection);
    batch_init(&f->batch);
    f->decoder = decoder_new(&f->projection, NULL);
}

static inline void close_fixture(struct fixture *f)
{
    decoder_free(f->decoder);
    batch_done(&f->batch);
    free(f->octets);
}

static inline uint64_t dropped_in_all(const struct fixture *f)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        sum += decoder_counts(f->decoder)->dropped[i];
    return sum;
}

// Decodes a copy with other octets right behind it, and checks what holds for every record: none
// is lost from the counts, and the octets behind it stay. The first event, which lives until the next
// call; f->batch.events has all.
static inline struct event *decode_record_of(struct fixture *f, str text)
{
    static const char behind[RECORD_PADDING] = "{\"next\":";
    free(f->octets);
    f->octets = memory_new(text.len + RECORD_PADDING);
    memcpy(f->octets, text.at, text.len);
    memcpy(f->octets + text.len, behind, RECORD_PADDING);
    struct record record = { .at = f->octets, .len = text.len, .line = 12, .host = 3, .input = 1 };
    batch_reset(&f->batch);
    decode(f->decoder, &record, &f->batch);

    const struct decode_counts *counts = decoder_counts(f->decoder);
    assert_memory_equal(f->octets + text.len, behind, RECORD_PADDING);
    assert_int_equal(counts->in, counts->out + dropped_in_all(f));
    struct event *event = f->batch.event_count == 0 ? NULL : f->batch.events[0];
    return event == NULL || event->action == ACTION_COUNT ? NULL : event;
}

static inline struct event *decode_line(struct fixture *f, const char *line)
{
    return decode_record_of(f, str_of(line));
}

static inline void assert_text(const struct event *event, enum field field, const char *expected)
{
    const struct value v = event->slots[field];
    assert_int_equal(v.type, VALUE_TEXT);
    assert_int_equal(v.len, strlen(expected));
    assert_memory_equal(v.text, expected, v.len);
}

static inline void assert_int(const struct event *event, enum field field, int64_t expected)
{
    assert_int_equal(event->slots[field].type, VALUE_INT);
    assert_int_equal(event->slots[field].integer, expected);
}

static inline void assert_bool(const struct event *event, enum field field, bool expected)
{
    assert_int_equal(event->slots[field].type, VALUE_BOOL);
    assert_int_equal(event->slots[field].boolean, expected);
}

static inline void assert_missing(const struct event *event, enum field field)
{
    assert_int_equal(event->slots[field].type, VALUE_MISSING);
}

#define assert_str(s, expected) assert_true(str_eq((s), STR(expected)))

#endif
