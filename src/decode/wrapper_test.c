// What pipelines put around records: whatever it is, the same events come out.

#include "decode/wrapper.h"

#include "base/buf.h"
#include "decode/told.h"

#include <dirent.h>
#include <stdio.h>

#define CORPUS   "src/decode/corpus"
#define TEXT_MAX (1024u * 1024u)
#define EXIT     RECORD("15", "\"exit\":{\"stat\":256}")

// '%' stands for the record, '$' for it as text.
// clang-format off
static const char *const wrappers[] = {
    "{\"_index\":\"i\",\"_id\":\"1\",\"_source\":%}",
    "{\"took\":1,\"_shards\":{},\"hits\":{\"hits\":[{\"_index\":\"i\",\"_source\":%}]}}",
    "{\"time\":1.5,\"source\":\"s\",\"sourcetype\":\"t\",\"index\":\"main\",\"event\":%}",
    "{\"time\":1.5,\"source\":\"s\",\"sourcetype\":\"t\",\"event\":$}",
    "{\"preview\":false,\"result\":{\"_raw\":$,\"_time\":\"x\",\"event_simpleName\":\"Wrong\"}}",
    "{\"preview\":false,\"results\":[{\"_raw\":$}]}",
    "{\"@timestamp\":\"2026-01-02T03:04:05.678Z\",\"@version\":\"1\",\"message\":$}",
    "{\"@timestamp\":\"2026-01-02T03:04:05.678Z\",\"ecs\":{\"version\":\"8.0.0\"},\"input\":{},\"agent\":{\"type\":\"filebeat\"},\"message\":$}",
    "{\"@timestamp\":\"2026-01-02T03:04:05.678Z\",\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"dataset\":\"generic\",\"original\":$}}",
    "{\"@timestamp\":\"2026-01-02T03:04:05.678Z\",\"ecs.version\":\"8.0.0\",\"event.original\":$}",
    "{\"@timestamp\":\"2026-01-02T03:04:05.678Z\",\"ecs\":{\"version\":\"8.0.0\"},\"json\":%}",
    "{\"_index\":\"i\",\"_source\":{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"ecs\":{\"version\":\"8\"},\"message\":$}}",
    "{\"file\":\"/x\",\"message\":$,\"source_type\":\"file\",\"timestamp\":\"2026-01-02T03:04:05Z\"}",
    "{\"schema\":{\"type\":\"struct\"},\"payload\":%}",
    "{\"topic\":\"t\",\"partition\":0,\"offset\":5,\"key\":null,\"payload\":$}",
    "{\"topic\":\"t\",\"value\":$,\"timestamp\":1}",
    "{\"Records\":[%]}",
    "{\"records\":[%]}",
    "[%]",
    "%",
    "{\"log\":$}",
    "[{\"event\":$}]",
    "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":1,\"message\":$}]}",
    "{\"events\":[{\"timestamp\":1,\"message\":$,\"eventId\":\"1\"}]}",
    "{\"@timestamp\":\"2026-01-02 03:04:05.000\",\"@message\":$,\"@ptr\":\"x\"}",
    "{\"log\":$,\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}",
    "{\"Type\":\"Notification\",\"Message\":$}",
    "{\"MessageId\":\"1\",\"Body\":$}",
    "{\"insertId\":\"1\",\"jsonPayload\":%}",
};
// clang-format on

static str read_whole(const char *path, char *room)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t len = fread(room, 1, TEXT_MAX, stream);
    (void)fclose(stream);
    while (len > 0 && (unsigned char)room[len - 1] <= ' ')
        len--;
    return (str){ .at = room, .len = len };
}

static void quote(struct buf *b, str text)
{
    buf_add_char(b, '"');
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        if (c < ' ')
            buf_printf(b, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else
            buf_add_char(b, text.at[i]);
    }
    buf_add_char(b, '"');
}

static void wrap(struct buf *b, const char *wrapper, str record)
{
    buf_reset(b);
    for (const char *at = wrapper; *at != '\0'; at++)
        if (*at == '$')
            quote(b, record);
        else if (*at == '%')
            buf_add(b, record);
        else
            buf_add_char(b, *at);
}

// All events of a record, and why there are no others.
static void tell(struct buf *b, struct fixture *f, str text)
{
    uint64_t before[DECODE_DROP_COUNT];
    const struct decode_counts *counts = decoder_counts(f->decoder);
    memcpy(before, counts->dropped, sizeof before);
    (void)decode_record_of(f, text);
    buf_reset(b);
    for (size_t i = 0; i < f->batch.event_count; i++)
        if (f->batch.events[i]->action < ACTION_COUNT) {
            told_event(b, f->batch.events[i]);
            buf_add_char(b, '\n');
        }
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        if (counts->dropped[i] > before[i])
            buf_printf(b, "%.*s: %d\n", STR_ARG(decode_drop_name((enum decode_drop)i)),
                       (int)(counts->dropped[i] - before[i]));
}

// Damaged ones, and those that are many already in a form of their own, are not wrapped here.
static bool is_whole(str text)
{
    yyjson_doc *doc = yyjson_read(text.at, text.len, YYJSON_READ_ALLOW_INVALID_UNICODE);
    const bool is_object = yyjson_is_obj(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return is_object;
}

static void assert_same_in_wrappers(struct fixture *f, const char *name, str text)
{
    struct buf alone;
    struct buf wrapped;
    struct buf told;
    buf_init(&alone, TEXT_MAX);
    buf_init(&wrapped, TEXT_MAX);
    buf_init(&told, TEXT_MAX);
    const bool is_json = is_whole(text);
    tell(&alone, f, text);
    for (size_t i = 0; i < COUNT_OF(wrappers); i++) {
        const bool is_text = strchr(wrappers[i], '$') != NULL;
        if ((!is_json && !is_text) || (!is_json && !decode_is_record_text(text)))
            continue;
        wrap(&wrapped, wrappers[i], text);
        tell(&told, f, buf_str(&wrapped));
        if (!str_eq(buf_str(&alone), buf_str(&told)))
            fail_msg("%s in %s\n%.*s\nbut\n%.*s", name, wrappers[i], STR_ARG(buf_str(&alone)),
                     STR_ARG(buf_str(&told)));
    }
    buf_done(&alone);
    buf_done(&wrapped);
    buf_done(&told);
}

static void decode__finds_each_record_in_each_wrapper(void **state)
{
    struct fixture f;
    char *room = memory_new(TEXT_MAX);
    (void)state;
    open_fixture(&f);
    DIR *dir = opendir(CORPUS);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[512];
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, "wrapper", 7) == 0)
            continue;
        (void)snprintf(path, sizeof path, CORPUS "/%s", entry->d_name);
        const str text = read_whole(path, room);
        if (is_whole(text) || decode_is_record_text(text))
            assert_same_in_wrappers(&f, entry->d_name, text);
    }
    (void)closedir(dir);
    free(room);
    close_fixture(&f);
}

#define EXIT_TEXT(pid)                                                                  \
    "{\\\"event_type\\\":15,\\\"time\\\":\\\"2026-01-02T03:04:05Z\\\",\\\"process\\\":" \
    "{\\\"audit_token\\\":{\\\"pid\\\":" pid ",\\\"pidversion\\\":7}},\\\"event\\\":"   \
    "{\\\"exit\\\":{\\\"stat\\\":0}}}"
#define LINE \
    "[2026-01-02T03:04:05.678Z] I santad: action=FORK|pid=5|pidversion=6|ppid=1|uid=0|gid=0"

// Which Mac a wrapper says it is from counts where the record itself says nothing.
static const struct {
    const char *record;
    enum host_kind kind;
    const char *id;
    const char *name;
} hosts[] = {
    { "{\"event\":" EXIT ",\"host\":\"mac-1\"}", HOST_BY_NAME, "", "mac-1" },
    { "{\"event\":" EXIT ",\"host\":7}", HOST_NOT_TOLD, "", "" },
    { "{\"event\":" EXIT ",\"host\":{\"name\":\"mac-1\"}}", HOST_BY_NAME, "", "mac-1" },
    { "{\"message\":\"" EXIT_TEXT("5") "\",\"host\":{\"id\":\"A-1\",\"name\":\"mac-1\"}}",
      HOST_BY_HARDWARE, "A-1", "mac-1" },
    { "{\"message\":\"" LINE "\",\"host\":\"mac-1\"}", HOST_BY_NAME, "", "mac-1" },
    { "{\"message\":\"" LINE "|machineid=M-1\",\"host\":\"mac-1\"}", HOST_BY_HARDWARE, "M-1", "" },
    { "{\"_source\":{\"@timestamp\":1,\"ecs\":{\"version\":\"8\"},\"host\":{\"name\":\"mac-1\"},"
      "\"message\":\"" LINE "\"}}",
      HOST_BY_NAME, "", "mac-1" },
    { "{\"host\":\"outer\",\"records\":[{\"host\":\"mac-1\",\"event\":" EXIT "}]}", HOST_BY_NAME,
      "", "mac-1" },
    { "{\"host\":\"outer\",\"records\":[" EXIT "]}", HOST_BY_NAME, "", "outer" },
    { "{\"host\":\"outer\",\"event\":{\"host\":{\"id\":\"m\",\"name\":\"n\"},\"record\":" EXIT "}}",
      HOST_BY_HARDWARE, "m", "n" },
};

static void decode__takes_the_host_of_a_wrapper_where_there_is_no_other(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        const struct event *event = decode_line(&f, hosts[i].record);
        if (event == NULL)
            fail_msg("%s is no event", hosts[i].record);
        assert_int_equal(event->host_told.kind, hosts[i].kind);
        assert_true(str_eq(event->host_told.id, str_of(hosts[i].id)));
        assert_true(str_eq(event->host_told.name, str_of(hosts[i].name)));
    }
    close_fixture(&f);
}

static void decode__forgets_the_host_of_one_element_with_the_next(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, "[{\"host\":{\"id\":\"m\"},\"record\":" EXIT
                                    "},{\"host\":\"n\",\"event\":" EXIT "}," EXIT "]"));
    assert_int_equal(f.batch.event_count, 3);
    assert_str(f.batch.events[0]->host_told.id, "m");
    assert_int_equal(f.batch.events[1]->host_told.kind, HOST_BY_NAME);
    assert_int_equal(f.batch.events[2]->host_told.kind, HOST_NOT_TOLD);
    assert_int_equal(decoder_counts(f.decoder)->unpacked, 2);
    close_fixture(&f);
}

// As streams are stored that write no line between.
static void decode__takes_objects_one_behind_another(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, EXIT EXIT " " EXIT "\r\n"));
    assert_int_equal(f.batch.event_count, 3);
    assert_non_null(decode_line(&f, "{\"message\":\"" EXIT_TEXT("5") EXIT_TEXT("6") "\"}" EXIT));
    assert_int_equal(f.batch.event_count, 3);
    assert_int_equal(f.batch.events[1]->process.id.pid, 6);
    // What is wrong with one is not wrong with those before it.
    assert_non_null(decode_line(&f, EXIT "{\"a\":"));
    assert_int_equal(f.batch.event_count, 1);
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_CUT], 1);
    // But a line that goes on with something else is no record.
    assert_null(decode_line(&f, EXIT "x"));
    assert_null(decode_line(&f, EXIT ",{}"));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_NOT_JSON], 2);
    close_fixture(&f);
}

static const struct {
    const char *record;
    enum decode_drop drop;
} none[] = {
    { "{\"message\":\"a line of somebody\"}", DECODE_DROP_NO_DIALECT },
    { "{\"message\":\"{\\\"a\\\":1}\"}", DECODE_DROP_NO_DIALECT },
    { "{\"message\":\"{\\\"a\\\":\"}", DECODE_DROP_CUT },
    { "{\"message\":\"{]\"}", DECODE_DROP_NOT_JSON },
    { "{\"message\":\"\"}", DECODE_DROP_NO_DIALECT },
    { "{\"event\":[]}", DECODE_DROP_EMPTY },
    { "{\"event\":[7]}", DECODE_DROP_WRONG_TYPE },
    { "{\"event\":7}", DECODE_DROP_NO_DIALECT },
    // More of them than are taken off.
    { "{\"event\":{\"event\":{\"event\":{\"event\":{\"event\":{\"event\":{\"event\":" EXIT
      "}}}}}}}",
      DECODE_DROP_NO_DIALECT },
    { "{\"log\":\"{\\\"log\\\":\\\"{\\\\\\\"log\\\\\\\":\\\\\\\"{}\\\\\\\"}\\\"}\"}",
      DECODE_DROP_TOO_DEEP },
    // Of a sensor, with text in it that looks like another record.
    { "{\"@timestamp\":1,\"ecs\":{\"version\":\"8\"},\"event\":{\"category\":\"host\",\"original\":"
      "\"" EXIT_TEXT("5") "\"}}",
      DECODE_DROP_NOT_NEEDED },
    { "{\"hostIdentifier\":\"h\",\"columns\":{\"data\":\"" EXIT_TEXT("5") "\"}}",
      DECODE_DROP_NOT_NEEDED },
    { "{\"eventMessage\":\"" EXIT_TEXT("5") "\",\"processImagePath\":\"/x\"}",
      DECODE_DROP_NOT_NEEDED },
};

static void decode__counts_what_is_in_no_wrapper(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        const uint64_t before = decoder_counts(f.decoder)->dropped[none[i].drop];
        assert_null(decode_line(&f, none[i].record));
        if (decoder_counts(f.decoder)->dropped[none[i].drop] != before + 1)
            fail_msg("%s", none[i].record);
    }
    close_fixture(&f);
}

// Both are there: what the collector made of it, and what it was given.
static void decode__keeps_a_document_with_an_event_of_its_own(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, "{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"ecs\":{\"version\":\"8\"},"
            "\"event\":{\"category\":[\"process\"],\"type\":[\"start\"],\"action\":\"exec\","
            "\"original\":\"" EXIT_TEXT("5") "\"},\"process\":{\"pid\":9,\"executable\":\"/x\"}}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->process.id.pid, 9);
    close_fixture(&f);
}

static void decode__reads_what_eslogger_writes_into_the_log(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, "{\"subsystem\":\"com.apple.eslogger\",\"eventMessage\":\"" EXIT_TEXT(
                            "5") "\",\"processImagePath\":\"\\/usr\\/bin\\/eslogger\"}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_END);
    assert_int_equal(event->process.id.pid, 5);
    close_fixture(&f);
}

// Rows of osquery among the fields of a document, and a record of CrowdStrike beside what all have.
static void decode__finds_records_among_the_fields_of_others(void **state)
{
    static const struct {
        const char *record;
        const char *dialect;
    } records[] = {
        { "{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"ecs\":{\"version\":\"8\"},\"agent\":{"
          "\"type\":"
          "\"osquerybeat\"},\"host\":{\"id\":\"A-1\"},\"osquery\":{\"event_type\":\"exec\",\"pid\":"
          "7,"
          "\"cmdline_count\":1,\"path\":\"/x\",\"time\":1767323045}}",
          "osquery" },
        { "{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"ecs\":{\"version\":\"8\"},\"osquery\":{"
          "\"result\":{"
          "\"action\":\"added\",\"host_identifier\":\"h\",\"columns\":{\"event_type\":\"exec\","
          "\"pid\":"
          "\"7\",\"path\":\"/x\",\"time\":\"1767323045\"}}}}",
          "osquery" },
        { "{\"event_simpleName\":\"ProcessRollup2\",\"event_platform\":\"Mac\",\"aid\":\"a\","
          "\"event\":{"
          "\"event_simpleName\":\"ProcessRollup2\",\"event_platform\":\"Mac\",\"aid\":\"a\","
          "\"timestamp\":"
          "\"1767323045000\",\"TargetProcessId\":\"9\",\"RawProcessId\":\"7\"}}",
          "crowdstrike" },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        const struct event *event = decode_line(&f, records[i].record);
        if (event == NULL)
            fail_msg("%s is no event", records[i].record);
        assert_int_equal(event->action, ACTION_EXEC);
        assert_int_equal(event->process.id.pid, 7);
        assert_int_equal(event->sensor, dialects_find(str_of(records[i].dialect)));
        assert_int_equal(event->time_ns, 1767323045000000000);
    }
    close_fixture(&f);
}

// A dialect that is forced takes every record, but not a wrapper that it does not know.
static void decode__looks_into_wrappers_for_the_dialect_that_is_forced(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < 2; i++) {
        const struct decode_options options = {
            .is_forced = true,
            .dialect = dialects_find(i == 0 ? STR("eslogger") : STR("santa-log")),
        };
        decoder_free(f.decoder);
        f.decoder = decoder_new(&f.projection, &options);
        const bool is_exit = decode_line(&f, "{\"message\":\"" EXIT_TEXT("5") "\"}") != NULL;
        const bool is_line = decode_line(&f, "{\"message\":\"" LINE "\"}") != NULL;
        assert_true(is_exit == (i == 0));
        assert_true(is_line == (i == 1));
    }
    close_fixture(&f);
}

static void decode__survives_every_truncation_of_a_wrapped_record(void **state)
{
    struct fixture f;
    struct buf wrapped;
    (void)state;
    open_fixture(&f);
    buf_init(&wrapped, TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(wrappers); i++) {
        wrap(&wrapped, wrappers[i], STR(EXIT));
        for (size_t len = 0; len < buf_str(&wrapped).len; len++)
            assert_null(decode_record_of(&f, str_to(buf_str(&wrapped), len)));
        // Also of the record in it.
        for (size_t len = 0; strchr(wrappers[i], '$') != NULL && len < sizeof EXIT - 1; len++) {
            wrap(&wrapped, wrappers[i], str_to(STR(EXIT), len));
            assert_null(decode_record_of(&f, buf_str(&wrapped)));
        }
    }
    buf_done(&wrapped);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__finds_each_record_in_each_wrapper),
        cmocka_unit_test(decode__takes_the_host_of_a_wrapper_where_there_is_no_other),
        cmocka_unit_test(decode__forgets_the_host_of_one_element_with_the_next),
        cmocka_unit_test(decode__takes_objects_one_behind_another),
        cmocka_unit_test(decode__counts_what_is_in_no_wrapper),
        cmocka_unit_test(decode__keeps_a_document_with_an_event_of_its_own),
        cmocka_unit_test(decode__reads_what_eslogger_writes_into_the_log),
        cmocka_unit_test(decode__finds_records_among_the_fields_of_others),
        cmocka_unit_test(decode__looks_into_wrappers_for_the_dialect_that_is_forced),
        cmocka_unit_test(decode__survives_every_truncation_of_a_wrapped_record),
    };
    return cmocka_run_group_tests_name("wrapper", tests, NULL, NULL);
}
