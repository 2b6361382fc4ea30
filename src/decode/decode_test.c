#include "decode/fixture.h"

#include "base/buf.h"

#include <stdio.h>

// What becomes of records that are damaged, strange, hostile or somebody else's.

#define SLEEP  PROCESS("600", "2000", "\\/bin\\/sleep")
#define EXIT   RECORD("15", "\"exit\":{\"stat\":256}")
#define THREAD RECORD("97", "\"remote_thread_create\":{\"target\":" SLEEP ",\"thread_state\":null}")
#define EXEC                                                                             \
    RECORD("9", "\"exec\":{\"target\":" SLEEP                                            \
                ",\"args\":[\"sleep\",\"1\"],\"env\":[\"A=\xc3\xa9\"],\"cwd\":" FILE_AT( \
                    "\\/") ",\"script\":null,\"last_fd\":2,\"entitlements\":{\"a\":true}}")
#define FORK                                                             \
    RECORD_OF("10", "11", PROCESS_OF(TOKEN_LIST("500", "1000"), "\\/a"), \
              "\"fork\":{\"child\":" PROCESS_OF(TOKEN_LIST("501", "1001"), "\\/a") "}")
#define CREATE                                                                                   \
    RECORD("13",                                                                                 \
           "\"create\":{\"destination_type\":1,\"destination\":{\"new_path\":{\"dir\":" FILE_AT( \
               "\\/t") ",\"filename\":\"x\",\"mode\":420}}}")
#define ENVELOPE "{\"host\":{\"id\":\"mac-7\",\"name\":\"Mac of seven\"},\"record\":" EXIT "}"

static const char *const samples[] = { EXIT, THREAD, EXEC, FORK, CREATE, ENVELOPE };

static uint64_t dropped(const struct fixture *f, enum decode_drop drop)
{
    return decoder_counts(f->decoder)->dropped[drop];
}

static void assert_dropped(struct fixture *f, str line, enum decode_drop drop)
{
    const uint64_t before = dropped(f, drop);
    assert_null(decode_record_of(f, line));
    assert_int_equal(dropped(f, drop), before + 1);
}

// `whole` with the first `part` in it replaced.
static str replaced(struct arena *arena, str whole, str part, str other)
{
    for (size_t at = 0; at + part.len <= whole.len; at++)
        if (str_starts_with(str_from(whole, at), part)) {
            const str rest = str_from(whole, at + part.len);
            const str text = arena_printf(arena, "%.*s%.*s%.*s", (int)at, whole.at, STR_ARG(other),
                                          STR_ARG(rest));
            return text;
        }
    fail_msg("there is no %.*s", STR_ARG(part));
    return STR_EMPTY;
}

static void decode__counts_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct fixture f;
        open_fixture(&f);
        const str whole = str_of(samples[i]);
        for (size_t len = 0; len < whole.len; len++)
            assert_null(decode_record_of(&f, str_to(whole, len)));
        // All but the empty one; and nothing else is wrong with them.
        assert_int_equal(dropped(&f, DECODE_DROP_CUT), whole.len - 1);
        assert_int_equal(dropped(&f, DECODE_DROP_NOT_JSON), 1);
        assert_non_null(decode_record_of(&f, whole));
        close_fixture(&f);
    }
}

// Walks over one JSON value; the text is known to be well formed.
static size_t value_end(str text, size_t at)
{
    size_t depth = 0;
    bool in_text = false;
    for (; at < text.len; at++) {
        const char c = text.at[at];
        if (in_text) {
            if (c == '\\')
                at++;
            else if (c == '"')
                in_text = false;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        in_text = c == '"';
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
    }
    return at;
}

// Every value of every sample in turn becomes each of these; every key becomes another. Nothing
// may crash, and what decode_record_of() checks must hold.
static void decode__survives_any_one_value_or_key(void **state)
{
    static const str others[] = {
        STR_INIT("null"),
        STR_INIT("true"),
        STR_INIT("-1"),
        STR_INIT("\"\""),
        STR_INIT("\"x\\u0000y\""),
        STR_INIT("[]"),
        STR_INIT("{}"),
        STR_INIT("[1,[2]]"),
        STR_INIT("{\"a\":{\"b\":1}}"),
        STR_INIT("1.5"),
        STR_INIT("1e300"),
        STR_INIT("4294967296"),
        STR_INIT("18446744073709551615"),
        STR_INIT("99999999999999999999999999"),
        STR_INIT("-9223372036854775808"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct fixture f;
        struct arena arena = { 0 };
        open_fixture(&f);
        const str whole = str_of(samples[i]);
        for (size_t at = 0; at + 1 < whole.len; at++) {
            if (whole.at[at] != '"' || whole.at[at + 1] != ':')
                continue;
            const size_t begin = at + 2;
            const str after = str_from(whole, value_end(whole, begin));
            for (size_t k = 0; k < COUNT_OF(others); k++) {
                const str text = arena_printf(&arena, "%.*s%.*s%.*s", (int)begin, whole.at,
                                              STR_ARG(others[k]), STR_ARG(after));
                (void)decode_record_of(&f, text);
            }
            char *renamed = memory_new(whole.len);
            memcpy(renamed, whole.at, whole.len);
            renamed[at - 1] = '?';
            (void)decode_record_of(&f, (str){ .at = renamed, .len = whole.len });
            free(renamed);
            batch_reset(&f.batch);
            arena_reset(&arena);
        }
        assert_int_equal(dropped(&f, DECODE_DROP_NOT_JSON) + dropped(&f, DECODE_DROP_CUT), 0);
        arena_done(&arena);
        close_fixture(&f);
    }
}

static const struct {
    const char *sample;
    str part;
    str other;
    enum decode_drop drop;
    const char *why;
} refusals[] = {
    { EXIT, STR_INIT("\"time\":"), STR_INIT("\"emit\":"), DECODE_DROP_MISSING_KEY,
      "time is missing" },
    { EXIT, STR_INIT("\"time\":\"2026"), STR_INIT("\"time\":\"1926"), DECODE_DROP_BAD_TIME,
      "time is no time" },
    { EXIT, STR_INIT("\"time\":"), STR_INIT("\"time\":5,\"x\":"), DECODE_DROP_WRONG_TYPE,
      "time is of another type" },
    { EXIT, STR_INIT("\"process\":"), STR_INIT("\"x\":"), DECODE_DROP_MISSING_KEY,
      "process is missing" },
    { EXIT, STR_INIT("\"process\":"), STR_INIT("\"process\":[],\"x\":"), DECODE_DROP_WRONG_TYPE,
      "process is of another type" },
    { EXIT, STR_INIT("\"audit_token\":"), STR_INIT("\"audit_tokem\":"), DECODE_DROP_MISSING_KEY,
      "process.audit_token is missing" },
    { EXIT, STR_INIT("\"audit_token\":"), STR_INIT("\"audit_token\":[1,2],\"x\":"),
      DECODE_DROP_WRONG_TYPE, "process.audit_token is of another type" },
    { EXIT, STR_INIT("\"pid\":500"), STR_INIT("\"pid\":-500"), DECODE_DROP_OUT_OF_RANGE,
      "process.audit_token is out of range" },
    { EXIT, STR_INIT("\"pid\":500"), STR_INIT("\"pid\":2147483648"), DECODE_DROP_OUT_OF_RANGE,
      "process.audit_token is out of range" },
    { EXIT, STR_INIT("\"pid\":500"), STR_INIT("\"pid\":99999999999999999999"),
      DECODE_DROP_OUT_OF_RANGE, "process.audit_token is out of range" },
    { EXIT, STR_INIT("\"pid\":500"), STR_INIT("\"pid\":\"500\""), DECODE_DROP_WRONG_TYPE,
      "process.audit_token is of another type" },
    { EXIT, STR_INIT("\"pid\":500"), STR_INIT("\"pid\":500.5"), DECODE_DROP_WRONG_TYPE,
      "process.audit_token is of another type" },
    { EXIT, STR_INIT("\"event\":"), STR_INIT("\"evens\":"), DECODE_DROP_MISSING_KEY,
      "event is missing" },
    { EXIT, STR_INIT("\"event\":"), STR_INIT("\"event\":7,\"x\":"), DECODE_DROP_WRONG_TYPE,
      "event is of another type" },
    { EXIT, STR_INIT("\"exit\":{"), STR_INIT("\"exit\":5,\"x\":{"), DECODE_DROP_WRONG_TYPE,
      "what \"event\" holds is of another type" },
    { EXIT, STR_INIT("\"stat\":256"), STR_INIT("\"stop\":256"), DECODE_DROP_MISSING_KEY,
      "event.exit.stat is missing" },
    { EXEC, STR_INIT("\"target\":"), STR_INIT("\"targot\":"), DECODE_DROP_MISSING_KEY,
      "event.exec.target is missing" },
    { FORK, STR_INIT("\"child\":"), STR_INIT("\"child\":null,\"x\":"), DECODE_DROP_MISSING_KEY,
      "event.fork.child is missing" },
    { THREAD, STR_INIT("\"target\":"), STR_INIT("\"targot\":"), DECODE_DROP_MISSING_KEY,
      "target is missing" },
    { CREATE, STR_INIT("\"filename\":"), STR_INIT("\"x\":"), DECODE_DROP_MISSING_KEY,
      "destination.new_path is missing" },
    { CREATE, STR_INIT("\"destination\":"), STR_INIT("\"destination\":1,\"x\":"),
      DECODE_DROP_WRONG_TYPE, "destination is of another type" },
    { EXIT, STR_INIT("\"exit\""), STR_INIT("\"mmap\""), DECODE_DROP_MISSING_KEY,
      "event.protection is missing" },
    { EXIT, STR_INIT("\"exit\""), STR_INIT("\"write\""), DECODE_DROP_MISSING_KEY,
      "target is missing" },
    { EXIT, STR_INIT("\"exit\":{"), STR_INIT("\"open\":{\"file\":3,"), DECODE_DROP_WRONG_TYPE,
      "event.open.file is of another type" },
    { EXIT, STR_INIT("\"exit\""), STR_INIT("\"mount\""), DECODE_DROP_NOT_NEEDED,
      "nothing that is looked for" },
    { EXIT, STR_INIT("\"exit\""), STR_INIT("\"brand_new\""), DECODE_DROP_UNKNOWN_EVENT,
      "an event type that is not known" },
    { ENVELOPE, STR_INIT("\"id\":\"mac-7\""), STR_INIT("\"id\":7"), DECODE_DROP_BAD_HOST,
      "the envelope's host has no id" },
    { ENVELOPE, STR_INIT("\"id\":\"mac-7\""), STR_INIT("\"id\":\"\""), DECODE_DROP_BAD_HOST,
      "the envelope's host has no id" },
    { ENVELOPE, STR_INIT("\"host\":"), STR_INIT("\"hort\":"), DECODE_DROP_BAD_HOST,
      "the envelope's host has no id" },
    { ENVELOPE, STR_INIT("\"record\":"), STR_INIT("\"record\":\"{}\",\"x\":"),
      DECODE_DROP_WRONG_TYPE, "record is of another type" },
    { "{\"some\":\"thing\"}", STR_INIT("some"), STR_INIT("any"), DECODE_DROP_NO_DIALECT,
      "keys of no sensor that is known" },
    { "[1]", STR_INIT("1"), STR_INIT("2"), DECODE_DROP_WRONG_TYPE,
      "an element of a list is of another type" },
    { "7", STR_INIT("7"), STR_INIT("8"), DECODE_DROP_NOT_JSON, "not an object" },
    { "[1]", STR_INIT("1"), STR_INIT(""), DECODE_DROP_EMPTY,
      "a list of records with nothing in it" },
};

static void decode__says_why_there_is_no_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct fixture f;
        struct arena arena = { 0 };
        open_fixture(&f);
        assert_dropped(
            &f, replaced(&arena, str_of(refusals[i].sample), refusals[i].part, refusals[i].other),
            refusals[i].drop);
        const struct decode_example *example = decoder_example(f.decoder, refusals[i].drop);
        assert_string_equal(example->why, refusals[i].why);
        assert_int_equal(example->line, 12);
        assert_int_equal(example->input, 1);
        arena_done(&arena);
        close_fixture(&f);
    }
}

static void decode__goes_on_without_what_is_not_essential(void **state)
{
    static const struct {
        str part;
        str other;
    } cases[] = {
        { STR_INIT("\"parent_audit_token\":"), STR_INIT("\"x\":") },
        { STR_INIT("\"responsible_audit_token\":"),
          STR_INIT("\"responsible_audit_token\":null,\"x\":") },
        { STR_INIT("\"executable\":"), STR_INIT("\"executable\":\"a\",\"x\":") },
        { STR_INIT("\"signing_id\":\"org.invented.tool\""), STR_INIT("\"signing_id\":null") },
        { STR_INIT("\"team_id\":null"), STR_INIT("\"team_id\":12") },
        { STR_INIT("\"cdhash\":"), STR_INIT("\"x\":") },
        { STR_INIT("\"codesigning_flags\":570425345"), STR_INIT("\"codesigning_flags\":-1") },
        { STR_INIT("\"start_time\":\"2026"), STR_INIT("\"start_time\":\"never") },
        { STR_INIT("\"thread\":{\"thread_id\":9}"), STR_INIT("\"thread\":null") },
        { STR_INIT("\"seq_num\":3"), STR_INIT("\"seq_num\":\"3\"") },
        { STR_INIT("\"global_seq_num\":7"), STR_INIT("\"global_seq_num\":-7") },
        { STR_INIT("\"event_type\":15"), STR_INIT("\"event_type\":null") },
        { STR_INIT("\"schema_version\":1"), STR_INIT("\"schema_version\":2") },
        { STR_INIT("\"action\":"), STR_INIT("\"x\":") },
    };
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_non_null(
            decode_record_of(&f, replaced(&arena, STR(EXIT), cases[i].part, cases[i].other)));
    assert_int_equal(dropped_in_all(&f), 0);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__forgets_what_the_record_before_told(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, EXEC));
    assert_null(
        decode_record_of(&f, replaced(&arena, STR(THREAD), STR("\"time\":"), STR("\"x\":"))));
    const struct event *event =
        decode_record_of(&f, replaced(&arena, STR(EXIT), STR("\"global_seq_num\":7,"),
                                      STR("\"cs_validation_category\":2,")));
    assert_non_null(event);
    assert_false(event->previous.present || event->target.present);
    assert_int_equal(event->previous.id.pid, -1);
    assert_int_equal(event->previous.id.start_ns, 0);
    assert_false(event->entitlements_told || event->has_sequence);
    assert_missing(event, FIELD_PROCESS_ARGS);
    assert_missing(event, FIELD_EVENT_SEQUENCE);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__takes_all_versions_and_counts_the_unknown(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (int version = 4; version <= 13; version++) {
        const str text = arena_printf(&arena, "\"version\":%d,\"action_type\"", version);
        const uint64_t unknown = decoder_counts(f.decoder)->unknown_versions;
        assert_non_null(decode_record_of(
            &f, replaced(&arena, STR(EXIT), STR("\"version\":10,\"action_type\""), text)));
        assert_int_equal(decoder_counts(f.decoder)->unknown_versions - unknown,
                         version < 6 || version > 11);
    }
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__counts_unknown_events_by_name(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    str name;
    uint64_t count;
    (void)state;
    open_fixture(&f);
    assert_false(decoder_unknown_event(f.decoder, 0, &name, &count));
    for (unsigned i = 0; i < DECODE_TYPES_MAX + 3; i++)
        for (unsigned k = 0; k < 2; k++) {
            const str text = arena_printf(&arena, "\"new_%u\"", i);
            assert_dropped(&f, replaced(&arena, STR(EXIT), STR("\"exit\""), text),
                           DECODE_DROP_UNKNOWN_EVENT);
        }
    assert_true(decoder_unknown_event(f.decoder, 0, &name, &count));
    assert_str(name, "new_0");
    assert_int_equal(count, 2);
    assert_true(decoder_unknown_event(f.decoder, DECODE_TYPES_MAX, &name, &count));
    assert_str(name, "(others)");
    assert_int_equal(count, 6);
    assert_false(decoder_unknown_event(f.decoder, DECODE_TYPES_MAX + 1, &name, &count));
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__tells_the_numbers_of_what_it_skips(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_null(decode_line(&f, RECORD("22", "\"mount\":{}")));
    assert_int_equal(f.batch.event_count, 1);
    const struct event *skipped = f.batch.events[0];
    assert_int_equal(skipped->action, ACTION_COUNT);
    assert_int_equal(skipped->sequence, 7);
    assert_int_equal(skipped->type_number, 22);
    assert_int_equal(skipped->host, 3);
    assert_int_equal(f.batch.drops[0].reason, DECODE_DROP_NOT_NEEDED);
    assert_non_null(decode_line(&f, EXIT));
    assert_int_equal(f.batch.drop_count, 0);
    assert_null(decode_line(&f, "{\"a\":1}"));
    assert_int_equal(f.batch.event_count, 0);
    assert_int_equal(f.batch.drops[0].count, 1);
    close_fixture(&f);
}

static void decode__takes_the_host_from_an_envelope(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, ENVELOPE);
    assert_non_null(event);
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "mac-7");
    assert_str(event->host_told.name, "Mac of seven");
    event = decode_record_of(
        &f, replaced(&arena, STR(ENVELOPE), STR(",\"name\":\"Mac of seven\""), STR("")));
    assert_non_null(event);
    assert_str(event->host_told.id, "mac-7");
    event = decode_line(&f, "{\"record\":" EXIT ",\"more\":1,\"host\":{\"id\":\"mac-8\"}}");
    assert_non_null(event);
    assert_str(event->host_told.name, "");

    char id[HOST_TEXT_MAX + 2];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_dropped(&f, replaced(&arena, STR(ENVELOPE), STR("mac-7"), str_of(id)),
                   DECODE_DROP_BAD_HOST);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__skips_what_terminals_put_before_a_record(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    static const char *const prefixes[] = { "\x04\b\b",     "^D\b\b", "\r\n\t ",
                                            "\xef\xbb\xbf", "\x1b",   "\x7f\x01" };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        assert_non_null(decode_record_of(&f, arena_printf(&arena, "%s%s", prefixes[i], EXIT)));
    assert_int_equal(decoder_counts(f.decoder)->control_bytes, COUNT_OF(prefixes));
    assert_dropped(&f, STR("x" EXIT), DECODE_DROP_NOT_JSON);
    assert_dropped(&f, STR("\b\b"), DECODE_DROP_NOT_JSON);
    assert_dropped(&f, arena_printf(&arena, "%65s%s", "\b", EXIT), DECODE_DROP_NOT_JSON);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__keeps_text_that_is_not_utf8(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD_OF("10", "15", PROCESS("500", "1000", "\\/tmp\\/a\xff\xc3z"),
                                  "\"exit\":{\"stat\":0}"));
    assert_non_null(event);
    assert_str(event->process.executable, "/tmp/a\xff\xc3z");
    assert_int_equal(decoder_counts(f.decoder)->invalid_utf8, 1);
    assert_non_null(decode_line(&f, EXEC));  // Has an é in its environment.
    assert_int_equal(decoder_counts(f.decoder)->invalid_utf8, 1);
    close_fixture(&f);
}

static char *nested(size_t levels, const char *open, const char *close, size_t *out_len)
{
    const size_t open_len = strlen(open);
    const size_t close_len = strlen(close);
    char *text = memory_new(levels * (open_len + close_len) + 2);
    char *at = text;
    for (size_t i = 0; i < levels; i++, at += open_len)
        memcpy(at, open, open_len);
    *at++ = '1';
    for (size_t i = 0; i < levels; i++, at += close_len)
        memcpy(at, close, close_len);
    *at = '\0';
    *out_len = (size_t)(at - text);
    return text;
}

static void decode__refuses_what_is_nested_too_deep(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    size_t len;
    (void)state;
    open_fixture(&f);
    for (size_t levels = 65; levels <= 1000000; levels = levels * 5 / 2) {
        char *objects = nested(levels, "{\"a\":", "}", &len);
        assert_dropped(&f, (str){ .at = objects, .len = len }, DECODE_DROP_TOO_DEEP);
        free(objects);
        char *lists = nested(levels, "[", "]", &len);
        assert_dropped(&f, (str){ .at = lists, .len = len }, DECODE_DROP_TOO_DEEP);
        free(lists);
    }
    char *shallow = nested(DECODE_DEPTH_MAX, "{\"a\":", "}", &len);
    assert_dropped(&f, (str){ .at = shallow, .len = len }, DECODE_DROP_NO_DIALECT);
    free(shallow);

    char *lists = nested(1000, "[", "]", &len);
    const str unknown = arena_printf(&arena, "\"new\":%s,\"x\"", lists);
    assert_dropped(&f, replaced(&arena, STR(EXIT), STR("\"exit\""), unknown), DECODE_DROP_TOO_DEEP);
    // Where nobody looks it does no harm.
    const str thread = arena_printf(&arena, "\"thread\":%s,\"x\":", lists);
    assert_non_null(decode_record_of(&f, replaced(&arena, STR(EXIT), STR("\"thread\":"), thread)));
    free(lists);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__refuses_more_values_than_max(void **state)
{
    struct fixture f;
    const size_t len = 14u * 1024u * 1024u;
    char *text = memory_new(len);
    (void)state;
    open_fixture(&f);
    memset(text, '[', len);
    for (size_t i = 1; i < len; i++)
        text[i] = i % 2 == 0 ? ',' : '0';
    text[len - 1] = ']';
    assert_dropped(&f, (str){ .at = text, .len = len }, DECODE_DROP_TOO_LARGE);
    assert_non_null(decode_line(&f, EXIT));
    free(text);
    close_fixture(&f);
}

static void decode__keeps_no_more_of_a_list_than_max(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    struct buf list;
    (void)state;
    open_fixture(&f);
    buf_init(&list, 1u << 20);
    buf_add(&list, STR("\"args\":[\"a\""));
    for (size_t i = 0; i < DECODE_LIST_MAX; i++)
        buf_add(&list, STR(",\"b\""));
    buf_add(&list, STR("],\"env\":[\"A=1\",5]"));
    const str text =
        replaced(&arena, STR(EXEC), STR("\"args\":[\"sleep\",\"1\"],\"env\":[\"A=\xc3\xa9\"]"),
                 buf_str(&list));
    const struct event *event = decode_record_of(&f, text);
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, DECODE_LIST_MAX);
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, DECODE_LIST_MAX + 1);
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 1);
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 1);
    buf_done(&list);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__keeps_no_more_of_a_text_than_max(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    char *name = memory_new(DECODE_TEXT_MAX + 9);
    memset(name, 'n', DECODE_TEXT_MAX + 8);
    name[DECODE_TEXT_MAX + 8] = '\0';
    const struct event *event =
        decode_record_of(&f, replaced(&arena, STR(EXIT), STR("org.invented.tool"), str_of(name)));
    assert_non_null(event);
    assert_int_equal(event->process.signing_id.len, DECODE_TEXT_MAX);
    assert_int_equal(decoder_counts(f.decoder)->texts_cut, 1);
    free(name);
    arena_done(&arena);
    close_fixture(&f);
}

// Keys of strangers may stand where a key that is wanted has its place.
static void decode__finds_keys_among_many_others(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    struct buf keys;
    (void)state;
    open_fixture(&f);
    buf_init(&keys, 1u << 20);
    for (unsigned i = 0; i < 500; i++)
        buf_printf(&keys, "\"k%u\":[%u],\"\":0,\"i\":1,", i * 7919, i);
    buf_add(&keys, STR("\"euid\":"));
    const struct event *event =
        decode_record_of(&f, replaced(&arena, STR(EXIT), STR("\"euid\":"), buf_str(&keys)));
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.euid, 502);
    buf_done(&keys);
    arena_done(&arena);
    close_fixture(&f);
}

static void decode_drop_name__has_a_name_for_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        assert_true(decode_drop_name((enum decode_drop)i).len > 0);
}

static void decode__reads_real_records(void **state)
{
    static const struct {
        const char *path;
        uint64_t records;
    } files[] = {
        { "../shared/data/telemetry/eslogger/v9-v11.ndjson", 4 },
        { "../shared/data/telemetry/eslogger/v8-exec.ndjson", 2 },
        { "../shared/data/telemetry/eslogger/v10-remote-thread-create.ndjson", 1 },
    };
    static char text[256 * 1024];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct fixture f;
        FILE *file = fopen(files[i].path, "rb");
        if (file == NULL) {
            print_message("no recorded telemetry here: %s\n", files[i].path);
            skip();
        }
        str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
        (void)fclose(file);
        open_fixture(&f);
        for (str line; str_take_until(&rest, '\n', &line);)
            if (line.len > 0) {
                const struct event *event = decode_record_of(&f, line);
                assert_non_null(event);
                assert_true(event->process.executable.len > 0 && event->process.cdhash.len == 40);
                assert_true(event->process.parent.pid >= 0);
            }
        assert_int_equal(decoder_counts(f.decoder)->out, files[i].records);
        assert_int_equal(dropped_in_all(&f), 0);
        assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 0);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__counts_every_truncation),
        cmocka_unit_test(decode__survives_any_one_value_or_key),
        cmocka_unit_test(decode__says_why_there_is_no_event),
        cmocka_unit_test(decode__goes_on_without_what_is_not_essential),
        cmocka_unit_test(decode__forgets_what_the_record_before_told),
        cmocka_unit_test(decode__takes_all_versions_and_counts_the_unknown),
        cmocka_unit_test(decode__counts_unknown_events_by_name),
        cmocka_unit_test(decode__tells_the_numbers_of_what_it_skips),
        cmocka_unit_test(decode__takes_the_host_from_an_envelope),
        cmocka_unit_test(decode__skips_what_terminals_put_before_a_record),
        cmocka_unit_test(decode__keeps_text_that_is_not_utf8),
        cmocka_unit_test(decode__refuses_what_is_nested_too_deep),
        cmocka_unit_test(decode__refuses_more_values_than_max),
        cmocka_unit_test(decode__keeps_no_more_of_a_list_than_max),
        cmocka_unit_test(decode__keeps_no_more_of_a_text_than_max),
        cmocka_unit_test(decode__finds_keys_among_many_others),
        cmocka_unit_test(decode_drop_name__has_a_name_for_each),
        cmocka_unit_test(decode__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
