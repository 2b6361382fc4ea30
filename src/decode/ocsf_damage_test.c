#include "decode/ocsf_fixture.h"

#include "base/buf.h"

// What becomes of records in OCSF that are damaged, strange, or somebody else's.

static const struct {
    const char *record;
    enum action action;
    // Without these there is no event; "" ends the list.
    const char *essential[8];
} samples[] = {
    { LAUNCH, ACTION_EXEC, { "/process", "" } },
    { END, ACTION_END, { "/process", "" } },
    { OPEN, ACTION_PROCESS_OPEN, { "/process", "/actor", "/actor/process", "" } },
    { INJECT, ACTION_REMOTE_THREAD, { "/process", "/actor", "/actor/process", "" } },
    { SETUID, ACTION_SETUID, { "" } },
    { LOAD, ACTION_LOAD, { "/actor", "/actor/process", "" } },
    { MEMORY("1"), ACTION_MMAP, { "/process", "" } },
    { MEMORY("2"), ACTION_MPROTECT, { "/process", "" } },
    { MEMORY("9"), ACTION_MMAP, { "/process", "" } },
    { POKE, ACTION_PROCESS_OPEN, { "/process", "/actor", "/actor/process", "" } },
    { CREATE, ACTION_CREATION, { "/actor", "/actor/process", "" } },
    { RENAME, ACTION_RENAME, { "/actor", "/actor/process", "" } },
    { CONNECT, ACTION_CONNECT, { "/actor", "/actor/process", "" } },
    { FINDING, ACTION_ALERT, { "" } },
};
// Numbers that say what it is, or that it did not happen: other numbers say other things.
static const char *const deciding[] = { "/time",      "/class_uid",         "/activity_id",
                                        "/type_uid",  "/action_id",         "/status_id",
                                        "/device/os", "/device/os/type_id", "" };

static void decode_ocsf__makes_an_event_of_each_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct fixture f;
        open_fixture(&f);
        const struct event *event = decode_line(&f, samples[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, samples[i].action);
        assert_int_equal(event->time_ns, 1767323045678000000);
        assert_true(event->has_sequence && !event->has_type_sequence);
        assert_int_equal(event->sequence, 41);
        assert_int_equal(event->numbering, NUMBERING_ORDER);
        assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
        assert_str(event->host_told.id, "C0INVENTED7");
        assert_str(event->host_told.name, "mac-7.invented");
        assert_text(event, FIELD_EVENT_MODULE, "ocsf");
        assert_true(event->process.present);
        assert_int_equal(damage_seen_by(&f, "ocsf"), 1);
        assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 0);
        assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
        close_fixture(&f);
    }
}

static const struct {
    const char *part;
    const char *other;
    enum decode_drop drop;
} refusals[] = {
    { "\"class_uid\":1007", "\"class_uid\":3002", DECODE_DROP_NOT_NEEDED },
    { "\"class_uid\":1007", "\"class_uid\":2005", DECODE_DROP_NOT_NEEDED },
    { "\"class_uid\":1007", "\"class_uid\":201001", DECODE_DROP_NOT_NEEDED },
    { "\"class_uid\":1007", "\"class_uid\":0", DECODE_DROP_NOT_NEEDED },
    { "\"class_uid\":1007", "\"class_uid\":1099", DECODE_DROP_UNKNOWN_EVENT },
    { "\"class_uid\":1007", "\"class_uid\":9999", DECODE_DROP_UNKNOWN_EVENT },
    { "\"activity_id\":1", "\"activity_id\":0", DECODE_DROP_NOT_NEEDED },
    { "\"activity_id\":1", "\"activity_id\":99", DECODE_DROP_NOT_NEEDED },
    { "\"activity_id\":1", "\"activity_id\":6", DECODE_DROP_UNKNOWN_EVENT },
    { "\"type_id\":300", "\"type_id\":100", DECODE_DROP_NOT_NEEDED },
    { "\"type_id\":300", "\"type_id\":301", DECODE_DROP_NOT_NEEDED },
    { "\"type_id\":300,\"type\":\"macOS\"", "\"type_id\":0,\"type\":\"linux\"",
      DECODE_DROP_NOT_NEEDED },
    { "\"status_id\":1", "\"status_id\":2", DECODE_DROP_NOT_NEEDED },
    { "\"status_id\":1", "\"action_id\":2", DECODE_DROP_NOT_NEEDED },
    { "\"time\":1767323045678", "\"time\":-1", DECODE_DROP_BAD_TIME },
    { "\"time\":1767323045678", "\"time\":true", DECODE_DROP_WRONG_TYPE },
    { "\"time\":1767323045678", "\"time\":null", DECODE_DROP_MISSING_KEY },
    { "\"pid\":600,\"uid\":\"life-600\"", "\"pid\":\"x\"", DECODE_DROP_WRONG_TYPE },
    { "\"pid\":600,\"uid\":\"life-600\"", "\"uid\":\"\"", DECODE_DROP_MISSING_KEY },
    { "\"pid\":600,\"uid\":\"life-600\"", "\"pid\":4294967296", DECODE_DROP_OUT_OF_RANGE },
};

static void decode_ocsf__says_why_there_is_no_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct fixture f;
        open_fixture(&f);
        assert_null(decode_with(&f, LAUNCH, refusals[i].part, refusals[i].other));
        assert_int_equal(dropped(&f, refusals[i].drop), 1);
        // Its number counts all the same.
        assert_int_equal(f.batch.event_count, 1);
        assert_int_equal(f.batch.events[0]->sequence, 41);
        close_fixture(&f);
    }
}

static void decode_ocsf__takes_other_spellings(void **state)
{
    static const struct {
        const char *part;
        const char *other;
    } cases[] = {
        { "\"class_uid\":1007,", "" },
        { "\"activity_id\":1,", "" },
        { "\"class_uid\":1007", "\"class_uid\":\"1007\"" },
        { "\"class_uid\":1007,\"class_name\":\"?\",\"category_uid\":1,\"activity_id\":1,\"type_"
          "uid\":"
          "100701",
          "\"class_name\":\"Process Activity\",\"category_uid\":1,\"activity_name\":\"Launch\"" },
        { "\"time\":1767323045678", "\"time\":\"1767323045678\"" },
        { "\"time\":1767323045678", "\"time_dt\":\"2026-01-02T03:04:05.678Z\"" },
        { "\"time\":1767323045678", "\"time_dt\":7,\"time\":1767323045678" },
        { "\"pid\":600", "\"pid\":\"600\"" },
        { "\"pid\":600,", "" },
        { ",\"uid\":\"life-600\"", "" },
        { "\"created_time\":1767323040000", "\"created_time\":\"never\"" },
        { "\"created_time\":1767323040000", "\"created_time_dt\":\"2026-01-02T03:04:00Z\"" },
        { "\"version\":\"1.5.0\"", "\"version\":\"1.1.0\"" },
        { METADATA ",", "" },
        { DEVICE ",", "" },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct event *event = decode_with(&f, LAUNCH, cases[i].part, cases[i].other);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_EXEC);
        assert_int_equal(event->time_ns, 1767323045678000000);
    }
    assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 1);
    assert_non_null(decode_with(&f, LAUNCH, "\"version\":\"1.5.0\"", "\"version\":\"2.0.0\""));
    assert_non_null(decode_with(&f, LAUNCH, "\"version\":\"1.5.0\"", "\"version\":\"1.x\""));
    assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 3);
    close_fixture(&f);
}

static size_t sample_at;

// Whatever becomes of one member, it is counted; and most of them an event can do without.
static void check_damaged(struct fixture *f, str record, const char *path, const char *how)
{
    const struct event *event = decode_record_of(f, record);
    assert_int_equal(decoder_counts(f->decoder)->odd_values <= decoder_counts(f->decoder)->in, 1);
    if (event != NULL || damage_is_one_of(path, samples[sample_at].essential) ||
        damage_is_one_of(path, deciding))
        return;
    fail_msg("%s as \"%s\" is nothing that an event is in need of", path, how);
}

static void decode_ocsf__survives_each_member_damaged(void **state)
{
    (void)state;
    for (sample_at = 0; sample_at < COUNT_OF(samples); sample_at++) {
        struct fixture f;
        open_fixture(&f);
        damage_each(&f, samples[sample_at].record, check_damaged);
        // A record with one key lost is still one of this dialect.
        assert_int_equal(damage_seen_by(&f, "ocsf"), decoder_counts(f.decoder)->in);
        close_fixture(&f);
    }
}

static void decode_ocsf__survives_every_truncation(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const str whole = STR(FINDING);
    for (size_t len = 0; len < whole.len; len++)
        assert_null(decode_record_of(&f, str_to(whole, len)));
    assert_non_null(decode_record_of(&f, whole));
    close_fixture(&f);
}

static void decode_ocsf__leaves_others_alone(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, RECORD("15", "\"exit\":{\"stat\":0}")));
    assert_null(decode_line(&f, "{\"class_name\":\"a\"}"));
    assert_null(decode_line(&f, "{\"process\":{\"pid\":1},\"time\":1}"));
    assert_int_equal(damage_seen_by(&f, "ocsf"), 0);
    close_fixture(&f);
}

static void decode_ocsf__cuts_a_long_environment(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    struct buf text;
    (void)state;
    open_fixture(&f);
    buf_init(&text, 1u << 20);
    buf_add(&text, STR(HEAD_OF("1007", "1", "100701") "\"process\":{\"pid\":7,"
                                                      "\"environment_variables\":["));
    for (size_t i = 0; i <= DECODE_LIST_MAX; i++)
        buf_add(&text, i == 0 ? STR("{\"name\":\"A\"}") : STR(",{\"name\":\"A\"}"));
    buf_add(&text, STR("]}}"));
    const struct event *event = decode_record_of(&f, buf_str(&text));
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, DECODE_LIST_MAX);
    assert_str(value_str(event->slots[FIELD_PROCESS_ENV_VARS].list[0]), "A=");
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 1);
    buf_done(&text);
    arena_done(&arena);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_ocsf__makes_an_event_of_each_sample),
        cmocka_unit_test(decode_ocsf__says_why_there_is_no_event),
        cmocka_unit_test(decode_ocsf__takes_other_spellings),
        cmocka_unit_test(decode_ocsf__survives_each_member_damaged),
        cmocka_unit_test(decode_ocsf__survives_every_truncation),
        cmocka_unit_test(decode_ocsf__leaves_others_alone),
        cmocka_unit_test(decode_ocsf__cuts_a_long_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
