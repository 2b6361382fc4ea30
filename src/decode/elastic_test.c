#include "decode/damage.h"
#include "decode/elastic_fixture.h"
#include "decode/fixture.h"

#include <stdio.h>

// What has to come of events of Elastic Defend and of others that write ECS.

static const struct event *decode_one(struct fixture *f, const char *record)
{
    const struct event *event = decode_line(f, record);
    assert_non_null(event);
    return event;
}

static void decode__knows_what_happened(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(elastic_samples); i++) {
        const struct event *event = decode_one(&f, elastic_samples[i].record);
        assert_int_equal(event->action, elastic_samples[i].action);
        assert_int_equal(event->time_ns, TIME_NS);
        assert_int_equal(event->numbering, NUMBERING_ORDER);
        assert_true(event->process.present);
        assert_text(event, FIELD_EVENT_MODULE, "elastic");
    }
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

static void decode__takes_an_exec_with_what_was_before(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, EXEC);
    const struct process_facts *p = &event->process;
    assert_true(event->has_sequence && event->sequence == 4711);
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "0A1B2C3D-1111-5222-8333-444455556666");
    assert_str(event->host_told.name, "orchard.example");
    assert_int_equal(p->id.pid, 500);
    assert_int_equal(p->id.pidversion, -1);
    assert_int_equal(p->id.start_ns, 1767323045600000000);
    assert_str(p->id.entity, ENTITY_SELF);
    assert_str(p->executable, "/opt/tool");
    assert_int_equal(p->euid, 501);
    assert_true(p->cs_told && p->is_platform);
    assert_int_equal(p->cs_flags, CS_SIGNED | CS_VALID);
    assert_str(p->signing_id, "com.apple.tool");
    assert_str(p->team_id, "");
    // The parent's entity is that of the image before.
    assert_int_equal(p->parent.pid, 40);
    assert_str(p->parent.entity, "");
    assert_true(event->previous.present);
    assert_int_equal(event->previous.id.pid, 500);
    assert_str(event->previous.id.entity, ENTITY_BEFORE);
    assert_str(event->previous.executable, "");
    assert_int_equal(p->responsible.pid, 50);
    assert_str(p->responsible.entity, "E50");
    assert_false(event->target.present);
    assert_text(event, FIELD_USER_NAME, "mara");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /a b");
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/Users/mara");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 3);
    assert_int(event, FIELD_PROCESS_START, 1767323045600000000);
    assert_str(value_str(event->slots[FIELD_PROCESS_ARGS].list[2]), "/a b");
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 2);
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    assert_text(event, FIELD_PROCESS_HASH_SHA256,
                "00000000000000000000000000000000000000000000000000000000000000aa");
    assert_text(event, FIELD_PARENT_EXECUTABLE, "/bin/zsh");
    assert_text(event, FIELD_PARENT_NAME, "zsh");
    assert_text(event, FIELD_PARENT_SIGNING_ID, "com.apple.zsh");
    assert_bool(event, FIELD_PARENT_SIGNATURE_TRUSTED, true);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    assert_missing(event, FIELD_FILE_PATH);
    close_fixture(&f);
}

static void decode__takes_an_entity_as_the_parents_where_it_names_no_pid(void **state)
{
    static const struct {
        const char *entity;
        const char *parent;
        bool has_previous;
    } cases[] = {
        { ENTITY_PARENT, ENTITY_PARENT, false },
        { ENTITY_BEFORE, "", true },
        { "opaque", "opaque", false },
        { "", "", false },
        { "LTUwMC0x", "", true },           // "-500-1"
        { "NTAwLTE=", "NTAwLTE=", false },  // "500-1"
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        char record[1024];
        open_fixture(&f);
        (void)snprintf(record, sizeof record,
                       "{" TIME "," AGENT ",%s,\"process\":{\"pid\":500,\"parent\":{\"pid\":40,"
                       "\"entity_id\":\"%s\"}}}",
                       EVENT("process", "process", "start", "exec"), cases[i].entity);
        const struct event *event = decode_one(&f, record);
        assert_true(str_eq(event->process.parent.entity, str_of(cases[i].parent)));
        assert_int_equal(event->process.parent.pid, 40);
        assert_int_equal(event->previous.present, cases[i].has_previous);
        close_fixture(&f);
    }
}

static void decode__takes_a_fork_with_its_parent(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, FORK);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.parent.pid, 40);
    assert_str(event->process.parent.entity, ENTITY_PARENT);
    assert_true(event->previous.present && event->previous.is_platform);
    assert_int_equal(event->previous.id.pid, 40);
    assert_str(event->previous.id.entity, ENTITY_PARENT);
    assert_str(event->previous.executable, "/bin/zsh");
    assert_false(event->process.cs_told);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    close_fixture(&f);
}

static void decode__takes_what_belongs_to_each_kind(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, END);
    assert_int(event, FIELD_PROCESS_EXIT_CODE, 3);
    assert_true(event->process.cs_told && !event->process.is_platform);
    assert_int_equal(event->process.cs_flags, CS_SIGNED);

    event = decode_one(&f, LOAD);
    assert_text(event, FIELD_DLL_PATH, "/opt/lib/libx.dylib");
    assert_text(event, FIELD_DLL_NAME, "libx.dylib");
    assert_text(event, FIELD_DLL_TEAM_ID, "ZZ99");
    assert_text(event, FIELD_DLL_SIGNING_ID, "libx");
    assert_true(event->library.told && event->library.is_signed);
    assert_false(event->library.is_platform || event->library.is_adhoc);
    assert_int_equal(event->process.responsible.pid, 51);
    assert_str(event->process.team_id, "AB12CD34EF");

    event = decode_one(&f, THREAD);
    assert_int_equal(event->target.id.pid, 600);
    assert_str(event->target.id.entity, "T600");
    assert_str(event->target.executable, "/bin/sleep");

    event = decode_one(&f, OPEN_TASK);
    assert_true(event->target.present);
    assert_text(event, FIELD_API_NAME, "task_for_pid");
    assert_text(event, FIELD_API_PORT, "control");
    assert_int(event, FIELD_API_ADDRESS, 4096);
    assert_int(event, FIELD_API_SIZE, 16384);
    assert_text(event, FIELD_API_PROTECTION, "R-X");

    close_fixture(&f);
}

static void decode__takes_files_and_connections(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, FILE_EVENT("creation", "creation"));
    assert_text(event, FIELD_FILE_PATH, "/Users/mara/a.tar.gz");
    assert_text(event, FIELD_FILE_EXTENSION, "gz");
    assert_int(event, FIELD_FILE_SIZE, 77);

    event = decode_one(&f, RENAME);
    assert_text(event, FIELD_FILE_PATH, "/Users/mara/new");
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/Users/mara/old");

    event = decode_one(&f, LAUNCH_ITEM);
    assert_text(event, FIELD_FILE_NAME, "org.invented.plist");

    event = decode_one(&f, CONNECTION("connection_attempted"));
    assert_text(event, FIELD_DESTINATION_IP, "192.0.2.80");
    assert_int(event, FIELD_DESTINATION_PORT, 443);
    assert_text(event, FIELD_DESTINATION_DOMAIN, "www.example");

    event = decode_one(&f, SECURITY("gatekeeper_override"));
    assert_int_equal(event->process.id.pid, -1);
    assert_text(event, FIELD_FILE_PATH, "/Applications/Tool.app");
    close_fixture(&f);
}

static void decode__takes_alerts_of_sensor_and_engine(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, BEHAVIOR);
    assert_text(event, FIELD_RULE_NAME, "Invented Behaviour");
    assert_text(event, FIELD_RULE_ID, "r-1");
    assert_text(event, FIELD_MESSAGE, "Malicious Behavior Detection Alert");
    assert_int(event, FIELD_EVENT_SEVERITY, 73);
    assert_text(event, FIELD_FILE_PATH, "/tmp/x");
    assert_text(event, FIELD_DLL_PATH, "/tmp/y.dylib");
    assert_int_equal(event->process.id.pid, 500);

    event = decode_one(&f, MALWARE);
    assert_text(event, FIELD_RULE_NAME, "malicious_file");
    assert_missing(event, FIELD_RULE_ID);

    event = decode_one(&f, KIBANA);
    assert_text(event, FIELD_RULE_NAME, "Invented Rule");
    assert_text(event, FIELD_RULE_ID, "u-1");
    assert_text(event, FIELD_MESSAGE, "a reason");
    assert_int(event, FIELD_EVENT_SEVERITY, 73);

    event = decode_one(
        &f,
        "{\"@timestamp\":\"2026-01-02T03:09:00Z\",\"signal\":{\"reason\":\"why\",\"rule\":{"
        "\"name\":\"Old\",\"id\":\"o-1\",\"risk_score\":21},\"original_time\":"
        "\"2026-01-02T03:04:05.678901234Z\"}," AGENT ",\"event\":{\"kind\":\"signal\"}," ACTOR "}");
    assert_int_equal(event->time_ns, TIME_NS);
    assert_text(event, FIELD_RULE_NAME, "Old");
    assert_text(event, FIELD_RULE_ID, "o-1");
    assert_int(event, FIELD_EVENT_SEVERITY, 21);
    assert_text(event, FIELD_MESSAGE, "why");

    event = decode_one(&f, "{" TIME ",\"kibana\":{\"alert\":{\"reason\":\"why\",\"risk_score\":47,"
                           "\"rule\":{\"name\":\"New\",\"uuid\":\"n-1\"}}}," AGENT
                           ",\"event\":{\"kind\":\"event\"}," ACTOR "}");
    assert_int_equal(event->action, ACTION_ALERT);
    assert_text(event, FIELD_RULE_NAME, "New");
    assert_text(event, FIELD_RULE_ID, "n-1");
    assert_int(event, FIELD_EVENT_SEVERITY, 47);
    close_fixture(&f);
}

static void decode__takes_plain_ecs(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_one(&f, BEAT);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.euid, 0);
    assert_int_equal(event->process.parent.pid, 40);
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, 1);
    assert_int_equal(event->host_told.kind, HOST_BY_NAME);
    assert_str(event->host_told.id, "");
    assert_str(event->host_told.name, "orchard");
    assert_false(event->process.cs_told || event->previous.present || event->has_sequence);
    close_fixture(&f);
}

#define ECS_OF(event, rest) \
    "{" TIME ",\"ecs\":{\"version\":\"9.0.0\"},\"event\":{" event "}" rest "}"
#define PID ",\"process\":{\"pid\":7}"

static void decode__finds_the_action_of_others_words(void **state)
{
    static const struct {
        const char *record;
        enum action action;
    } cases[] = {
        { ECS_OF("\"category\":\"process\",\"type\":\"start\"", PID), ACTION_EXEC },
        { ECS_OF("\"category\":[\"process\"],\"type\":[\"info\",\"end\"]", PID), ACTION_END },
        { ECS_OF("\"category\":[\"host\",\"process\"],\"type\":[\"start\"],\"action\":\"odd\"",
                 PID),
          ACTION_EXEC },
        { ECS_OF("\"category\":[\"file\"],\"action\":[\"attributes_modified\",\"updated\"]", PID),
          ACTION_MODIFICATION },
        { ECS_OF("\"category\":[\"file\"],\"type\":[\"access\"]", PID), ACTION_OPEN },
        { ECS_OF("\"category\":[\"library\"],\"type\":[\"start\"]", PID), ACTION_LOAD },
        { ECS_OF("\"category\":[\"network\"],\"type\":[\"connection\",\"start\"]",
                 PID ",\"network\":{\"direction\":\"egress\"}"),
          ACTION_CONNECT },
        { ECS_OF("\"category\":[\"network\"],\"type\":[\"start\"]",
                 PID ",\"network\":{\"direction\":\"inbound\"}"),
          ACTION_ACCEPT },
        { ECS_OF("\"category\":[\"process\"],\"type\":[\"change\"],\"action\":\"cs_invalidated\"",
                 PID),
          ACTION_CS_INVALIDATED },
        { ECS_OF("\"category\":[\"process\"],\"action\":\"exit\"", PID), ACTION_END },
        { ECS_OF("\"category\":[\"api\"],\"action\":\"mprotect\"", PID), ACTION_MPROTECT },
        { ECS_OF("\"category\":[\"api\",\"intrusion_detection\"],\"action\":\"x\"",
                 ",\"process\":{\"pid\":7,\"Ext\":{\"api\":{\"name\":\"task_for_pid\"}}}"),
          ACTION_PROCESS_OPEN },
        { ECS_OF("\"action\":\"exec\"", PID), ACTION_EXEC },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(decode_one(&f, cases[i].record)->action, cases[i].action);
    close_fixture(&f);
}

static const struct {
    const char *record;
    enum decode_drop drop;
    const char *name;
} no_events[] = {
    { ECS_OF("\"category\":[\"authentication\"],\"action\":\"logged-in\"", PID),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"category\":[\"package\",\"host\"]", PID), DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"dataset\":\"system.syslog\"", ""), DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"kind\":\"metric\",\"category\":[\"process\"],\"type\":[\"start\"]", PID),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"category\":[\"network\"],\"type\":[\"start\"]", PID), DECODE_DROP_NOT_NEEDED,
      NULL },
    { ECS_OF("\"category\":[\"file\"],\"action\":\"creation\"", ",\"file\":{\"path\":\"/a\"}"),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"kind\":\"alert\",\"category\":[\"network\"]", ""), DECODE_DROP_NOT_NEEDED, NULL },
    { CONNECTION("disconnect_received"), DECODE_DROP_NOT_NEEDED, NULL },
    { CONNECTION("lookup_result"), DECODE_DROP_NOT_NEEDED, NULL },
    { RECORD_WITH(EVENT("process", "process", "info", "already_running"), ACTOR),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"action\":\"exec\"", PID ",\"host\":{\"os\":{\"type\":\"windows\"}}"),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"action\":\"exec\"", PID ",\"host\":{\"os\":{\"family\":\"debian\"}}"),
      DECODE_DROP_NOT_NEEDED, NULL },
    { ECS_OF("\"category\":[\"gardening\"],\"action\":\"dug\"", PID), DECODE_DROP_UNKNOWN_EVENT,
      "gardening" },
    { ECS_OF("\"category\":[\"process\"],\"type\":[\"change\"],\"action\":\"pruned\"", PID),
      DECODE_DROP_UNKNOWN_EVENT, "pruned" },
    { ECS_OF("\"action\":\"pruned\"", PID), DECODE_DROP_UNKNOWN_EVENT, "pruned" },
    { RECORD_WITH(EVENT("process", "process", "start", "pruned"), ACTOR), DECODE_DROP_UNKNOWN_EVENT,
      "pruned" },
    { ECS_OF("\"action\":\"exec\"", ""), DECODE_DROP_MISSING_KEY, NULL },
    { ECS_OF("\"action\":\"exec\"", ",\"process\":{\"pid\":\"seven\"}"), DECODE_DROP_WRONG_TYPE,
      NULL },
    { ECS_OF("\"action\":\"exec\"", ",\"process\":{\"pid\":4294967296}"), DECODE_DROP_OUT_OF_RANGE,
      NULL },
    { ECS_OF("\"action\":\"creation\"", ",\"process\":{\"name\":\"a\"}"), DECODE_DROP_MISSING_KEY,
      NULL },
    { "{\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"kind\":\"event\",\"action\":\"exec\"}" PID "}",
      DECODE_DROP_MISSING_KEY, NULL },
    { "{\"@timestamp\":\"yesterday\",\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"action\":"
      "\"exec\"}" PID "}",
      DECODE_DROP_BAD_TIME, NULL },
    { "{\"@timestamp\":true,\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"action\":\"exec\"}" PID
      "}",
      DECODE_DROP_WRONG_TYPE, NULL },
};

static void decode__says_why_there_is_no_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(no_events); i++) {
        struct fixture f;
        str name = STR_EMPTY;
        uint64_t count;
        open_fixture(&f);
        assert_null(decode_line(&f, no_events[i].record));
        if (decoder_counts(f.decoder)->dropped[no_events[i].drop] != 1)
            fail_msg("case %zu: %s", i, no_events[i].record);
        assert_int_equal(decoder_unknown_event(f.decoder, 0, &name, &count),
                         no_events[i].name != NULL);
        if (no_events[i].name != NULL)
            assert_true(str_eq(name, str_of(no_events[i].name)));
        close_fixture(&f);
    }
}

static void decode__tells_the_number_of_what_it_skips(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_null(decode_line(&f, CONNECTION("lookup_result")));
    assert_int_equal(f.batch.event_count, 1);
    assert_int_equal(f.batch.events[0]->action, ACTION_COUNT);
    assert_int_equal(f.batch.events[0]->sequence, 4711);
    assert_int_equal(f.batch.events[0]->numbering, NUMBERING_ORDER);
    assert_int_equal(f.batch.events[0]->host_told.kind, HOST_BY_HARDWARE);
    close_fixture(&f);
}

static void decode__takes_what_a_signature_says(void **state)
{
    static const struct {
        const char *signature;
        bool told;
        bool is_platform;
        uint32_t flags;
    } cases[] = {
        { "{}", false, false, 0 },
        { "{\"subject_name\":\"Software Signing\"}", false, false, 0 },
        { "{\"exists\":null}", false, false, 0 },
        { "{\"exists\":false,\"status\":\"code object is not signed at all\"}", true, false, 0 },
        { "{\"exists\":true}", true, false, CS_SIGNED },
        { "{\"exists\":true,\"valid\":true}", true, false, CS_SIGNED | CS_VALID },
        { "{\"exists\":\"true\",\"trusted\":[true]}", true, false, CS_SIGNED | CS_VALID },
        { "{\"exists\":true,\"trusted\":true,\"subject_name\":\"Software Signing\"}", true, true,
          CS_SIGNED | CS_VALID },
        { "{\"exists\":true,\"trusted\":false,\"subject_name\":\"Software Signing\"}", true, false,
          CS_SIGNED },
        { "{\"exists\":true,\"trusted\":true,\"subject_name\":\"Software Signing\",\"team_id\":"
          "\"AB12CD34EF\"}",
          true, false, CS_SIGNED | CS_VALID },
        { "{\"flags\":\"570522385\"}", true, false, 570522385 },
        { "{\"flags\":637623057}", true, true, 637623057 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        char record[512];
        open_fixture(&f);
        (void)snprintf(record, sizeof record,
                       "{" TIME ",\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"action\":\"end\"},"
                       "\"process\":{\"pid\":7,\"code_signature\":%s}}",
                       cases[i].signature);
        const struct event *event = decode_one(&f, record);
        assert_int_equal(event->process.cs_told, cases[i].told);
        assert_int_equal(event->process.is_platform, cases[i].is_platform);
        assert_int_equal(event->process.cs_flags, cases[i].flags);
        close_fixture(&f);
    }
}

static void decode__takes_the_best_that_names_the_host(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_one(&f, "{" TIME "," AGENT
                       ",\"event\":{\"action\":\"exec\"},\"host\":{\"name\":\"n\"}" PID "}");
    assert_int_equal(event->host_told.kind, HOST_BY_SENSOR);
    assert_str(event->host_told.id, "11111111-2222-4333-8444-555555555555");
    assert_str(event->host_told.name, "n");
    event = decode_one(&f, ECS_OF("\"action\":\"exec\"", PID));
    assert_int_equal(event->host_told.kind, HOST_NOT_TOLD);
    event = decode_one(&f, "{\"host\":{\"id\":\"mac-7\",\"name\":\"seven\"},\"record\":" EXEC "}");
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "mac-7");
    close_fixture(&f);
}

static void decode__takes_time_as_elasticsearch_does(void **state)
{
    static const struct {
        const char *time;
        int64_t ns;
    } cases[] = {
        { "\"2026-01-02T03:04:05.60906Z\"", 1767323045609060000 },
        { "\"2026-01-02T05:04:05.6+02:00\"", 1767323045600000000 },
        { "1767323045678", 1767323045678000000 },
        { "\"1767323045678\"", 1767323045678000000 },
        { "[\"2026-01-02T03:04:05Z\"]", 1767323045000000000 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        char record[256];
        open_fixture(&f);
        (void)snprintf(record, sizeof record,
                       "{\"@timestamp\":%s,\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"action\":"
                       "\"exec\"}" PID "}",
                       cases[i].time);
        assert_int_equal(decode_one(&f, record)->time_ns, cases[i].ns);
        close_fixture(&f);
    }
}

static void decode__takes_apart_what_a_search_returns(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    (void)decode_one(&f, "{\"took\":1,\"_shards\":{\"total\":1},\"hits\":{\"total\":{\"value\":3},"
                         "\"hits\":[{\"_index\":\"i\",\"_id\":\"1\",\"_source\":" EXEC
                         "},{\"_index\":\"i\",\"_id\":\"2\",\"_source\":" END "},7]}}");
    assert_int_equal(decoder_counts(f.decoder)->in, 3);
    assert_int_equal(decoder_counts(f.decoder)->out, 2);
    assert_int_equal(f.batch.events[1]->action, ACTION_END);
    (void)decode_one(&f, "{\"rawResponse\":{\"hits\":{\"hits\":[{\"_source\":" FORK "}]}}}");
    assert_int_equal(f.batch.events[0]->action, ACTION_FORK);
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_WRONG_TYPE], 1);
    close_fixture(&f);
}

// What is damaged and whether an event can do without it.
static bool is_essential(const char *path)
{
    static const char *const paths[] = {
        "/@timestamp",
        "/process",
        "/event",
        "/event/kind",
        "/event/action",
        "/event/category",
        "/event/type",
        "/host",
        "/host/os",
        "/host/os/type",
        "/process/pid",
        "/process/entity_id",
        "/host/os/family",
        "/host/os/platform",
        "/kibana.alert.original_time",
        "",
    };
    return damage_is_one_of(path, paths);
}

static void decode_damaged(struct fixture *f, str record, const char *path, const char *how)
{
    const struct event *event = decode_record_of(f, record);
    const size_t own = dialects_find(STR("elastic"));
    if (event == NULL && !is_essential(path))
        fail_msg("%s, now %s: no event: %.*s", path, how, STR_ARG(record));
    assert_int_equal(decoder_counts(f->decoder)->by_dialect[own].in,
                     decoder_counts(f->decoder)->in);
}

static void decode__survives_damage_of_each_member(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(elastic_samples); i++) {
        struct fixture f;
        open_fixture(&f);
        damage_each(&f, elastic_samples[i].record, decode_damaged);
        assert_true(decoder_counts(f.decoder)->out > 200);
        close_fixture(&f);
    }
}

static void decode__counts_every_truncation(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const str whole = STR(EXEC);
    for (size_t len = 1; len < whole.len; len++)
        assert_null(decode_record_of(&f, str_to(whole, len)));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_CUT], whole.len - 1);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__knows_what_happened),
        cmocka_unit_test(decode__takes_an_exec_with_what_was_before),
        cmocka_unit_test(decode__takes_an_entity_as_the_parents_where_it_names_no_pid),
        cmocka_unit_test(decode__takes_a_fork_with_its_parent),
        cmocka_unit_test(decode__takes_what_belongs_to_each_kind),
        cmocka_unit_test(decode__takes_files_and_connections),
        cmocka_unit_test(decode__takes_alerts_of_sensor_and_engine),
        cmocka_unit_test(decode__takes_plain_ecs),
        cmocka_unit_test(decode__finds_the_action_of_others_words),
        cmocka_unit_test(decode__says_why_there_is_no_event),
        cmocka_unit_test(decode__tells_the_number_of_what_it_skips),
        cmocka_unit_test(decode__takes_what_a_signature_says),
        cmocka_unit_test(decode__takes_the_best_that_names_the_host),
        cmocka_unit_test(decode__takes_time_as_elasticsearch_does),
        cmocka_unit_test(decode__takes_apart_what_a_search_returns),
        cmocka_unit_test(decode__survives_damage_of_each_member),
        cmocka_unit_test(decode__counts_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
