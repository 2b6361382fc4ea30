#include "decode/damage.h"

#include <stdio.h>

// Exports of Mac Monitor: eslogger's shape from 2.0 on, flat before.

#define MM_TOKEN(pid, version)                                                                  \
    "{\"asid\":1,\"auid\":501,\"egid\":20,\"euid\":501,\"pid\":" pid ",\"pidversion\":" version \
    ",\"rgid\":20,\"ruid\":501}"
#define MM_PROCESS(pid, version, path)                                                            \
    "{\"audit_token\":" MM_TOKEN(                                                                 \
        pid,                                                                                      \
        version) ",\"audit_token_string\":\"pid:" pid "\","                                       \
                 "\"cdhash\":\"00112233445566778899AABBCCDDEEFF00112233\",\"codesigning_flags\":" \
                 "570425345,"                                                                     \
                 "\"codesigning_type\":\"PLATFORM\",\"euid\":501,\"euid_human\":\"tess\","        \
                 "\"executable\":{"                                                               \
                 "\"name\":\"n\",\"path\":\"" path "\",\"path_truncated\":false},\"id\":\"X\","   \
                 "\"is_adhoc_signed\":false,\"is_es_client\":false,\"is_platform_binary\":true,"  \
                 "\"parent_audit_token\":" MM_TOKEN(                                              \
                     "40", "41") ",\"pid\":" pid ",\"ppid\":40,"                                  \
                                 "\"signing_id\":\"org.invented.tool\",\"start_time\":\"2026-01-" \
                                 "02T03:04:05.000001Z\","                                         \
                                 "\"team_id\":null}"
#define MM_RECORD(es, type, event)                                                                 \
    "{\"action_type\":1,\"action_type_string\":\"ES_ACTION_TYPE_NOTIFY\",\"context\":\"c\","       \
    "\"es_event_type\":\"ES_EVENT_TYPE_NOTIFY_" es "\",\"event\":{" event "},\"event_type\":" type \
    ",\"global_seq_num\":76,\"macOS\":\"26.0 (Build 25A1)\",\"mach_time\":1,"                      \
    "\"process\":" MM_PROCESS(                                                                     \
        "500", "1000",                                                                             \
        "/bin/zsh") ",\"schema_version\":1,"                                                       \
                    "\"sensor_id\":\"SENSOR-1\",\"seq_num\":2,\"target_path\":\"/"                 \
                    "t\",\"telemetry_version\":"                                                   \
                    "\"1.0.0\",\"time\":\"2026-01-02T03:04:05.678Z\",\"version\":10}"
#define MM_EXEC                                                                               \
    MM_RECORD("EXEC", "9",                                                                    \
              "\"exec\":{\"args\":[\"tool\",\"-x\"],\"command_line\":\"tool -x\",\"env\":[]," \
              "\"target\":" MM_PROCESS("500", "1001", "/opt/tool") "}")

#define FLAT_OF(head, es, body)                                                             \
    "{" head "\"parent_audit_token\":\"501-501-20-501-20-40-1-41\","                        \
    "\"responsible_audit_token\":\"501-501-20-501-20-50-1-51\",\"initiating_pid\":40,"      \
    "\"initiating_process_path\":\"/bin/zsh\",\"initiating_process_name\":\"zsh\","         \
    "\"initiating_process_signing_id\":\"org.invented.zsh\",\"initiating_process_cdhash\":" \
    "\"ab12\",\"initiating_is_platform_binary\":true,\"initiating_euid\":501,"              \
    "\"initiating_euid_human\":\"tess\",\"path_is_truncated\":false,\"macOS\":\"13.2.1\","  \
    "\"sensor_id\":\"SENSOR-1\",\"activity_at_ts\":\"2026-01-02T03:04:05.678Z\","           \
    "\"es_event_type\":\"ES_EVENT_TYPE_NOTIFY_" es "\"" body "}"
#define FLAT(es, body) FLAT_OF("\"audit_token\":\"501-501-20-501-20-500-1-1000\",", es, body)
#define FLAT_TIME_NS   1767323045678000000LL
#define NEW_PROCESS(pid, version)                                                       \
    "\"audit_token\":\"501-0-20-501-20-" pid "-1-" version "\",\"parent_audit_token\":" \
    "\"501-501-20-501-20-40-1-41\",\"process_path\":\"/opt/tool\",\"signing_id\":"      \
    "\"org.invented.tool\",\"team_id\":\"TEAM000001\",\"cdhash\":\"cd34\","             \
    "\"is_platform_binary\":false,\"euid_human\":\"root\",\"start_time\":"              \
    "\"2026-01-02T03:04:05.000Z\""
#define FLAT_EXEC                                                                       \
    FLAT("EXEC", ",\"exec_event\":{" NEW_PROCESS(                                       \
                     "500", "1001") ",\"command_line\":\"tool -x\",\"allow_jit\":true," \
                                    "\"is_adhoc_signed\":true,\"get_task_allow\":true," \
                                    "\"env_variables\":\"\",\"is_es_client\":false}")
#define OTHER(prefix)                                                              \
    "\"" prefix "process_audit_token\":\"501-501-20-501-20-600-1-2000\",\"" prefix \
    "process_path\":\"/bin/sleep\",\"" prefix "process_signing_id\":\"org.invented.sleep\""
#define FLAT_TRACE FLAT("TRACE", ",\"process_trace_event\":{" OTHER("") "}")

static void decode__takes_a_record_of_mac_monitor_2(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, MM_EXEC);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_text(event, FIELD_EVENT_MODULE, "mac-monitor");
    assert_int_equal(event->time_ns, FLAT_TIME_NS);
    assert_int_equal(event->numbering, NUMBERING_ALL);
    assert_int_equal(event->sequence, 76);
    assert_int_equal(event->type_sequence, 2);
    assert_int_equal(event->host_told.kind, HOST_BY_SENSOR);
    assert_str(event->host_told.id, "SENSOR-1");
    assert_str(event->process.executable, "/opt/tool");
    assert_str(event->previous.executable, "/bin/zsh");
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_int_equal(event->process.id.entity.len, 0);
    assert_text(event, FIELD_USER_NAME, "tess");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x");
    event = decode_line(&f, MM_RECORD("EXIT", "15", "\"exit\":{\"stat\":9}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_END);
    assert_int(event, FIELD_PROCESS_EXIT_SIGNAL, 9);
    assert_null(decode_line(&f, MM_RECORD("MOUNT", "22", "\"mount\":{}")));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_NOT_NEEDED], 1);
    assert_int_equal(damage_seen_by(&f, "mac-monitor"), 3);
    close_fixture(&f);
}

static void decode__takes_who_acted_from_the_token_of_a_flat_record(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, FLAT("CS_INVALIDATED", ",\"code_signature_invalidated_event\":{}"));
    assert_non_null(event);
    const struct process_facts *p = &event->process;
    assert_int_equal(event->action, ACTION_CS_INVALIDATED);
    assert_int_equal(event->time_ns, FLAT_TIME_NS);
    assert_int_equal(event->numbering, NUMBERING_ORDER);
    assert_false(event->has_sequence || event->has_type_sequence);
    assert_str(event->host_told.id, "SENSOR-1");
    assert_int_equal(p->id.pid, 500);
    assert_int_equal(p->id.pidversion, 1000);
    assert_int_equal(p->parent.pid, 40);
    assert_int_equal(p->parent.pidversion, 41);
    assert_int_equal(p->responsible.pid, 50);
    assert_int_equal(p->euid, 501);
    assert_str(p->executable, "/bin/zsh");
    assert_str(p->signing_id, "org.invented.zsh");
    assert_str(p->cdhash, "ab12");
    assert_true(p->present && p->is_platform && !p->cs_told);
    assert_text(event, FIELD_USER_NAME, "tess");
    close_fixture(&f);
}

static void decode__takes_an_exec_of_a_flat_record(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, FLAT_EXEC);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_int_equal(event->process.id.start_ns, 1767323045000000000LL);
    assert_int_equal(event->process.parent.pid, 40);
    assert_int_equal(event->process.euid, 0);
    assert_str(event->process.team_id, "TEAM000001");
    assert_true(event->process.cs_told);
    assert_int_equal(event->process.cs_flags, CS_SIGNED | CS_ADHOC | CS_GET_TASK_ALLOW);
    assert_true(event->entitlements_told && event->entitlements_jit);
    assert_true(event->previous.present);
    assert_int_equal(event->previous.id.pidversion, 1000);
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 2);
    assert_text(event, FIELD_USER_NAME, "root");
    // Of another process: no image before this one.
    event = decode_line(&f, FLAT("EXEC", ",\"exec_event\":{" NEW_PROCESS("501", "9") "}"));
    assert_non_null(event);
    assert_false(event->previous.present);
    assert_false(event->process.cs_told || event->entitlements_told);
    event = decode_line(&f, FLAT("FORK", ",\"fork_event\":{" NEW_PROCESS("501", "9") "}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_FORK);
    assert_int_equal(event->process.id.pid, 501);
    assert_int_equal(event->previous.id.pid, 500);
    close_fixture(&f);
}

static const struct {
    const char *record;
    enum action action;
    int64_t target;
    const char *file;
    const char *call;
} flat_types[] = {
    { FLAT("EXIT", ",\"exit_event\":{\"exit_code\":256}"), ACTION_END, -1, NULL, NULL },
    { FLAT("MMAP", ",\"mmap_event\":{\"path\":\"/a/b\"}"), ACTION_MMAP, -1, "/a/b", "mmap" },
    { FLAT("CREATE", ",\"file_event\":{\"destination_path\":\"/a/b\"}"), ACTION_CREATION, -1,
      "/a/b", NULL },
    { FLAT("RENAME", ",\"file_rename_event\":{\"destination_path\":\"/a/b\",\"source_path\":"
                     "\"/c\"}"),
      ACTION_RENAME, -1, "/a/b", NULL },
    { FLAT("UNLINK", ",\"file_delete_event\":{\"file_path\":\"/a/b\"}"), ACTION_DELETION, -1,
      "/a/b", NULL },
    { FLAT("OPEN", ",\"file_open_event\":{\"file_path\":\"/a/b\"}"), ACTION_OPEN, -1, "/a/b",
      NULL },
    { FLAT("WRITE", ",\"file_write_event\":{\"file_path\":\"/a/b\"}"), ACTION_WRITE, -1, "/a/b",
      NULL },
    { FLAT("CLOSE", ",\"file_close_event\":{\"file_path\":\"/a/b\"}"), ACTION_CLOSE, -1, "/a/b",
      NULL },
    { FLAT("BTM_LAUNCH_ITEM_ADD", ",\"btm_launch_item_add_event\":{\"file_path\":\"/a/b\"}"),
      ACTION_LAUNCH_ITEM_ADD, -1, "/a/b", NULL },
    { FLAT("SIGNAL", ",\"process_signal_event\":{\"signal_id\":9,\"process_path\":"
                     "\"/bin/sleep\",\"audit_token\":\"1-1-1-1-1-600-1-2000\"}"),
      ACTION_SIGNAL, 600, NULL, NULL },
    { FLAT("GET_TASK", ",\"get_task_event\":{" OTHER("") ",\"type\":\"ES_GET_TASK_TYPE_TASK_"
                                                         "FOR_PID\"}"),
      ACTION_PROCESS_OPEN, 600, NULL, "task_for_pid" },
    { FLAT("GET_TASK", ",\"get_task_event\":{" OTHER("") ",\"type\":\"?\"}"), ACTION_PROCESS_OPEN,
      600, NULL, NULL },
    { FLAT("PROC_CHECK", ",\"process_check_event\":{" OTHER("") ",\"flavor\":1}"),
      ACTION_PROC_CHECK, 600, NULL, NULL },
    { FLAT("PROC_CHECK", ",\"process_check_event\":{\"process_audit_token\":\"\"}"),
      ACTION_PROC_CHECK, -1, NULL, NULL },
    { FLAT_TRACE, ACTION_TRACE, 600, NULL, NULL },
    { FLAT("REMOTE_THREAD_CREATE",
           ",\"remote_thread_create_event\":{" OTHER("target_") ",\"thread_state\":\"?\"}"),
      ACTION_REMOTE_THREAD, 600, NULL, NULL },
    { FLAT("PROC_SUSPEND_RESUME",
           ",\"process_socket_event\":{" OTHER("target_") ",\"type\":\"ES_PROC_SUSPEND_RESUME_TYPE_"
                                                          "SUSPEND\"}"),
      ACTION_SUSPEND, 600, NULL, NULL },
    { FLAT("PROC_SUSPEND_RESUME",
           ",\"process_socket_event\":{" OTHER("target_") ",\"type\":\"Resume\"}"),
      ACTION_RESUME, 600, NULL, NULL },
    { FLAT("PROC_SUSPEND_RESUME", ",\"process_socket_event\":{\"type\":\"TYPE_SHUTDOWN_SOCKETS\"}"),
      ACTION_SHUTDOWN_SOCKETS, -1, NULL, NULL },
};

static void decode__takes_every_type_of_a_flat_record(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(flat_types); i++) {
        const struct event *event = decode_line(&f, flat_types[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, flat_types[i].action);
        assert_int_equal(event->process.id.pid, 500);
        assert_int_equal(event->target.id.pid, flat_types[i].target);
        assert_int_equal(event->target.present, flat_types[i].target >= 0);
        if (flat_types[i].file != NULL)
            assert_text(event, FIELD_FILE_PATH, flat_types[i].file);
        if (flat_types[i].call != NULL)
            assert_text(event, FIELD_API_NAME, flat_types[i].call);
        assert_missing(event, FIELD_PROCESS_EXIT_CODE);
        assert_missing(event, FIELD_API_THREAD_STATE);
    }
    assert_int_equal(damage_seen_by(&f, "mac-monitor"), COUNT_OF(flat_types));
    close_fixture(&f);
}

static void decode__says_why_a_flat_record_is_no_event(void **state)
{
    static const struct {
        const char *record;
        enum decode_drop drop;
    } records[] = {
        { FLAT("MOUNT", ",\"mount_event\":{}"), DECODE_DROP_NOT_NEEDED },
        { FLAT("OPENSSH_LOGIN", ""), DECODE_DROP_NOT_NEEDED },
        { FLAT("NEVER_SEEN", ""), DECODE_DROP_UNKNOWN_EVENT },
        { FLAT("A_NAME_THAT_IS_LONGER_THAN_ANY_OF_ENDPOINT_SECURITY_AND_GOES_ON_AND_ON", ""),
          DECODE_DROP_UNKNOWN_EVENT },
        { FLAT_OF("", "TRACE", ""), DECODE_DROP_MISSING_KEY },
        { FLAT_OF("\"audit_token\":\"\",", "TRACE", ""), DECODE_DROP_WRONG_TYPE },
        { FLAT_OF("\"audit_token\":\"1-2-3-4-5-6-7\",", "TRACE", ""), DECODE_DROP_WRONG_TYPE },
        { FLAT_OF("\"audit_token\":\"1-2-3-4-5-6-7-8-9\",", "TRACE", ""), DECODE_DROP_WRONG_TYPE },
        { FLAT_OF("\"audit_token\":\"1-2-3-4-5--6-7-8\",", "TRACE", ""), DECODE_DROP_WRONG_TYPE },
        { FLAT_OF("\"audit_token\":\"1-2-3-4-5-2147483648-7-8\",", "TRACE", ""),
          DECODE_DROP_OUT_OF_RANGE },
        { FLAT_OF("\"audit_token\":\"1-2-3-4-5-6-7-4294967296\",", "TRACE", ""),
          DECODE_DROP_OUT_OF_RANGE },
        { FLAT("EXEC", ""), DECODE_DROP_MISSING_KEY },
        { FLAT("TRACE", ",\"process_trace_event\":7"), DECODE_DROP_MISSING_KEY },
        { FLAT("PROC_SUSPEND_RESUME", ",\"process_socket_event\":{\"type\":\"halt\"}"),
          DECODE_DROP_OUT_OF_RANGE },
        { FLAT("PROC_SUSPEND_RESUME", ""), DECODE_DROP_MISSING_KEY },
        { "{\"sensor_id\":\"s\",\"macOS\":\"13\"}", DECODE_DROP_MISSING_KEY },
        { "{\"es_event_type\":7,\"macOS\":\"13\"}", DECODE_DROP_WRONG_TYPE },
        { "{\"es_event_type\":\"ES_EVENT_TYPE_NOTIFY_EXIT\",\"macOS\":\"13\",\"activity_at_ts\":"
          "\"then\"}",
          DECODE_DROP_BAD_TIME },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        const uint64_t before = decoder_counts(f.decoder)->dropped[records[i].drop];
        assert_null(decode_line(&f, records[i].record));
        assert_int_equal(decoder_counts(f.decoder)->dropped[records[i].drop], before + 1);
    }
    assert_int_equal(damage_seen_by(&f, "mac-monitor"), COUNT_OF(records));
    close_fixture(&f);
}

static void check_damage(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/event",
                                             "/event/exec",
                                             "/event/exec/target",
                                             "/event/exec/target/audit_token",
                                             "/event/exec/target/audit_token/pid",
                                             "/event/exec/target/audit_token/pidversion",
                                             "/process",
                                             "/process/audit_token",
                                             "/process/audit_token/pid",
                                             "/process/audit_token/pidversion",
                                             "/time",
                                             "/audit_token",
                                             "/activity_at_ts",
                                             "/exec_event",
                                             "/exec_event/audit_token",
                                             "/process_trace_event",
                                             "/process_trace_event/process_audit_token",
                                             "" };
    const uint64_t before = damage_seen_by(f, "mac-monitor");
    const struct event *event = decode_record_of(f, record);
    assert_int_equal(damage_seen_by(f, "mac-monitor"), before + 1);
    // A name of a type that is none is no loss of a name.
    const bool is_other_type =
        strcmp(path, "/es_event_type") == 0 && how[0] == '"' && strncmp(path, "/event", 6) != 0;
    if (!damage_is_one_of(path, essential) && !is_other_type)
        assert_non_null(event);
}

static void decode__needs_little_of_a_record_of_mac_monitor(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    damage_each(&f, MM_EXEC, check_damage);
    damage_each(&f, FLAT_EXEC, check_damage);
    damage_each(&f, FLAT_TRACE, check_damage);
    close_fixture(&f);
}

static void decode__counts_every_truncation_of_mac_monitor(void **state)
{
    static const char *const samples[] = { MM_EXEC, FLAT_EXEC };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct fixture f;
        open_fixture(&f);
        const str whole = str_of(samples[i]);
        for (size_t len = 0; len < whole.len; len++)
            assert_null(decode_record_of(&f, str_to(whole, len)));
        assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_CUT], whole.len - 1);
        close_fixture(&f);
    }
}

static const struct event *read_real(struct fixture *f, const char *path)
{
    static char text[64 * 1024];
    str line;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: %s\n", path);
        skip();
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(f);
    assert_true(str_take_until(&rest, '\n', &line));
    return decode_record_of(f, line);
}

static void decode__reads_real_records_of_mac_monitor(void **state)
{
    struct fixture f;
    (void)state;
    const struct event *event =
        read_real(&f, "../shared/data/telemetry/mac-monitor/v2.1-exit.ndjson");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_END);
    assert_int(event, FIELD_PROCESS_EXIT_SIGNAL, 9);
    assert_int_equal(event->process.id.pid, 4444);
    assert_int_equal(event->process.id.pidversion, 4445);
    assert_int_equal(event->process.parent.pid, 1);
    assert_str(event->process.executable, "/usr/libexec/exampled");
    assert_str(event->host_told.id, "SYNTHETIC-SENSOR-ID");
    assert_int_equal(event->sequence, 76);
    assert_text(event, FIELD_USER_NAME, "root");
    assert_int_equal(damage_seen_by(&f, "mac-monitor"), 1);
    close_fixture(&f);

    event = read_real(&f, "../shared/data/telemetry/mac-monitor/v1.0.4-mmap.ndjson");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_MMAP);
    assert_int_equal(event->time_ns, 1678745317569000000LL);
    assert_int_equal(event->process.id.pid, 13051);
    assert_int_equal(event->process.id.pidversion, 1885479);
    assert_int_equal(event->process.parent.pid, 13018);
    assert_int_equal(event->process.responsible.pid, 12327);
    assert_true(str_ends_with(event->process.executable, STR("/nsapplescript_example")));
    assert_text(event, FIELD_FILE_NAME, "AppleScript");
    assert_int_equal(event->host_told.id.len, 128);
    assert_int_equal(damage_seen_by(&f, "mac-monitor"), 1);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_a_record_of_mac_monitor_2),
        cmocka_unit_test(decode__takes_who_acted_from_the_token_of_a_flat_record),
        cmocka_unit_test(decode__takes_an_exec_of_a_flat_record),
        cmocka_unit_test(decode__takes_every_type_of_a_flat_record),
        cmocka_unit_test(decode__says_why_a_flat_record_is_no_event),
        cmocka_unit_test(decode__needs_little_of_a_record_of_mac_monitor),
        cmocka_unit_test(decode__counts_every_truncation_of_mac_monitor),
        cmocka_unit_test(decode__reads_real_records_of_mac_monitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
