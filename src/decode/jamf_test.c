#include "decode/damage.h"

#include <stdio.h>

// Telemetry of Jamf Protect: eslogger's shape, and what is Jamf's own.

#define JAMF_TOKEN(pid, version)                                                                  \
    "{\"asid\":100010,\"auid\":501,\"e_username\":\"tess\",\"egid\":20,\"euid\":501,\"pid\":" pid \
    ",\"pidversion\":" version                                                                    \
    ",\"rgid\":20,\"ruid\":501,\"uuid\":\"00000000-0000-5000-8000-000000000001\"}"
#define JAMF_PROCESS(pid, version, path)                                                        \
    "{\"audit_token\":" JAMF_TOKEN(                                                             \
        pid, version) ",\"cdhash\":\"00112233445566778899aabbccddeeff00112233\",\"codesigning_" \
                      "flags\":570425345,"                                                      \
                      "\"executable\":{\"path\":\"" path                                        \
                      "\",\"path_truncated\":false,\"sha1\":\"01\",\"sha256\":\""               \
                      "aa11\"},\"group_id\":" pid                                               \
                      ",\"is_es_client\":false,\"is_platform_binary\":true,"                    \
                      "\"parent_audit_token\":" JAMF_TOKEN(                                     \
                          "40", "41") ",\"ppid\":40,"                                           \
                                      "\"signing_id\":\"org.invented.tool\",\"start_time\":"    \
                                      "\"2026-01-02T03:04:05.000Z\"}"
#define JAMF_HOST                                                                           \
    "\"host\":{\"hostname\":\"mac-of-tess\",\"ips\":[\"192.0.2.7\"],\"os\":\"Version 26.1 " \
    "(Build 25B1)\",\"protectVersion\":\"8.1.0.1\",\"provisioningUDID\":\"00009999-AA\","   \
    "\"serial\":\"INVENTED01\"}"
#define JAMF_METADATA                               \
    "\"metadata\":{\"product\":\"Device Telemetry " \
    "Stream\",\"schemaVersion\":\"1.0\",\"vendor\":\"Jamf\"}"
#define JAMF_RECORD(type, event)                                                                  \
    "{\"action\":{\"result\":{\"result\":{\"auth\":0},\"result_type\":0}},\"action_type\":1,"     \
    "\"deadline\":0,\"event\":{" event "},\"event_type\":" type ",\"glob_seq_num\":77," JAMF_HOST \
    ",\"mach_time\":5," JAMF_METADATA ",\"process\":" JAMF_PROCESS(                               \
        "500", "1000", "/bin/zsh") ",\"seq_num\":3,\"time\":\"2026-01-02T03:04:05.678Z\","        \
                                   "\"uuid\":\"U\",\"version\":10}"
#define JAMF_TIME_NS 1767323045678000000LL
#define JAMF_OWN(type, event)                                                     \
    "{\"event\":{" event "},\"event_type\":" type "," JAMF_HOST "," JAMF_METADATA \
    ",\"time\":\"2026-01-02T03:04:05.678Z\",\"uuid\":\"U\"}"

#define TARGET "\"target\":" JAMF_PROCESS("500", "1001", "/opt/tool")
#define EXEC                                                                               \
    JAMF_RECORD("9", "\"exec\":{\"args\":[\"tool\",\"-x\"],\"cwd\":{\"path\":\"/\"},"      \
                     "\"dyld_exec_path\":\"/opt/tool\",\"env\":[\"DYLD_X=1\"],\"fds\":[]," \
                     "\"image_cputype\":16777228,\"last_fd\":2," TARGET "}")
#define INVALIDATED JAMF_RECORD("94", "\"cs_invalidate\":{}")
#define CONNECT                                                                            \
    JAMF_OWN("9005", "\"network_connect\":{\"instigator\":" JAMF_PROCESS(                  \
                         "600", "2000", "/usr/bin/curl") ",\"remote_endpoint\":{\"host\":" \
                                                         "\"192.0.2.9\",\"port\":443},"    \
                                                         "\"remote_hostname\":"            \
                                                         "\"invented.example\","           \
                                                         "\"socket_protocol\":6}")

static void decode__takes_what_every_record_of_jamf_has(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, INVALIDATED);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CS_INVALIDATED);
    assert_text(event, FIELD_EVENT_MODULE, "jamf");
    assert_int_equal(event->time_ns, JAMF_TIME_NS);
    assert_int_equal(event->numbering, NUMBERING_TYPES);
    assert_true(event->has_sequence && event->has_type_sequence);
    assert_int_equal(event->sequence, 77);
    assert_int_equal(event->type_sequence, 3);
    assert_int_equal(event->type_number, 94);
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "INVENTED01");
    assert_str(event->host_told.name, "mac-of-tess");
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.id.pidversion, 1000);
    assert_int_equal(event->process.id.start_ns, 1767323045000000000LL);
    assert_int_equal(event->process.parent.pidversion, 41);
    assert_true(event->process.cs_told && event->process.is_platform);
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "aa11");
    assert_text(event, FIELD_USER_NAME, "tess");
    assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 0);
    close_fixture(&f);
}

static void decode__takes_an_exec_of_jamf(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXEC);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_str(event->process.executable, "/opt/tool");
    assert_str(event->previous.executable, "/bin/zsh");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x");
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "aa11");
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    close_fixture(&f);
}

// What stands in "event", and what becomes of it.
static const struct {
    const char *record;
    enum action action;
    enum decode_drop drop;
} types[] = {
    { JAMF_RECORD("94", "\"cs_invalidated\":{}"), ACTION_CS_INVALIDATED, DECODE_DROP_COUNT },
    { JAMF_RECORD("15", "\"exit\":{\"stat\":0}"), ACTION_END, DECODE_DROP_COUNT },
    { JAMF_RECORD("11", "\"fork\":{\"child\":" JAMF_PROCESS("501", "1002", "/bin/zsh") "}"),
      ACTION_FORK, DECODE_DROP_COUNT },
    { JAMF_RECORD("16", "\"get_task\":{\"type\":0," TARGET "}"), ACTION_PROCESS_OPEN,
      DECODE_DROP_COUNT },
    { JAMF_RECORD("97", "\"remote_thread_create\":{" TARGET "}"), ACTION_REMOTE_THREAD,
      DECODE_DROP_COUNT },
    { JAMF_RECORD("20", "\"mmap\":{\"protection\":5,\"source\":{\"path\":\"/a.dylib\"}}"),
      ACTION_LOAD, DECODE_DROP_COUNT },
    { JAMF_RECORD("124", "\"btm_launch_item_add\":{\"executable_path\":\"/a\",\"item\":{}}"),
      ACTION_LAUNCH_ITEM_ADD, DECODE_DROP_COUNT },
    { JAMF_RECORD("22", "\"mount\":{}"), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_RECORD("131", "\"sudo\":{}"), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("9001", "\"system_performance\":{\"metrics\":{}}"), ACTION_COUNT,
      DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("9002", "\"file_collection\":{\"contents\":\"x\"}"), ACTION_COUNT,
      DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("9003", "\"log_collection\":[]"), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("9004", "\"bios_uefi\":\"\""), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("9099", "\"never_seen\":{}"), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_OWN("null", "\"bios_uefi\":{}"), ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { JAMF_RECORD("9", "\"never_seen\":{}"), ACTION_COUNT, DECODE_DROP_UNKNOWN_EVENT },
    { "{\"event\":{\"metadata\":{\"vendor\":\"Jamf\",\"product\":\"Network Traffic Stream\"}}}",
      ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { "{\"metadata\":{\"vendor\":\"Jamf\",\"product\":\"Another Stream\"},\"message\":\"x\"}",
      ACTION_COUNT, DECODE_DROP_NOT_NEEDED },
    { "{\"metadata\":{\"vendor\":\"Jamf\",\"product\":\"Device Telemetry Stream\"}}", ACTION_COUNT,
      DECODE_DROP_MISSING_KEY },
};

static void decode__knows_the_event_types_of_jamf(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const struct event *event = decode_line(&f, types[i].record);
        if (types[i].drop != DECODE_DROP_COUNT) {
            assert_null(event);
            assert_true(decoder_counts(f.decoder)->dropped[types[i].drop] > 0);
        } else {
            assert_non_null(event);
            assert_int_equal(event->action, types[i].action);
        }
    }
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_NOT_NEEDED], 10);
    assert_int_equal(damage_seen_by(&f, "jamf"), COUNT_OF(types));
    close_fixture(&f);
}

static void decode__takes_an_absent_thread_state_of_jamf_as_null(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, JAMF_RECORD("97", "\"remote_thread_create\":{" TARGET "}"));
    assert_non_null(event);
    assert_bool(event, FIELD_API_THREAD_STATE, false);
    assert_text(event, FIELD_API_NAME, "thread_create");
    event = decode_line(&f, JAMF_RECORD("97", "\"remote_thread_create\":{\"thread_state\":"
                                              "{\"flavor\":6}," TARGET "}"));
    assert_non_null(event);
    assert_bool(event, FIELD_API_THREAD_STATE, true);
    close_fixture(&f);
}

static void decode__takes_a_connection_of_jamf(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, CONNECT);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CONNECT);
    assert_str(event->process.executable, "/usr/bin/curl");
    assert_text(event, FIELD_DESTINATION_IP, "192.0.2.9");
    assert_int(event, FIELD_DESTINATION_PORT, 443);
    assert_text(event, FIELD_DESTINATION_DOMAIN, "invented.example");
    assert_text(event, FIELD_USER_NAME, "tess");
    assert_false(event->has_sequence || event->has_type_sequence);
    assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 0);
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
                                             "/event/cs_invalidate",
                                             "/event/network_connect",
                                             "/event/network_connect/instigator",
                                             "/event/network_connect/instigator/audit_token",
                                             "/event/network_connect/instigator/audit_token/pid",
                                             ("/event/network_connect/instigator/audit_token/"
                                              "pidversion"),
                                             "/process",
                                             "/process/audit_token",
                                             "/process/audit_token/pid",
                                             "/process/audit_token/pidversion",
                                             "/time",
                                             "" };
    const uint64_t before = damage_seen_by(f, "jamf");
    const struct event *event = decode_record_of(f, record);
    (void)how;
    assert_int_equal(damage_seen_by(f, "jamf"), before + 1);
    if (!damage_is_one_of(path, essential))
        assert_non_null(event);
}

static void decode__needs_little_of_a_record_of_jamf(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    damage_each(&f, EXEC, check_damage);
    damage_each(&f, INVALIDATED, check_damage);
    damage_each(&f, CONNECT, check_damage);
    close_fixture(&f);
}

static void decode__counts_every_truncation_of_jamf(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const str whole = STR(EXEC);
    for (size_t len = 0; len < whole.len; len++)
        assert_null(decode_record_of(&f, str_to(whole, len)));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_CUT], whole.len - 1);
    close_fixture(&f);
}

static void decode__names_a_host_of_jamf_by_what_is_told(void **state)
{
    static const struct {
        const char *host;
        enum host_kind kind;
        const char *id;
    } hosts[] = {
        { "\"host\":{\"serial\":\"S1\",\"provisioningUDID\":\"P1\",\"hostname\":\"n\"}",
          HOST_BY_HARDWARE, "S1" },
        { "\"host\":{\"serial\":\"\",\"provisioningUDID\":\"P1\"}", HOST_BY_HARDWARE, "P1" },
        { "\"host\":{\"hostname\":\"n\"}", HOST_BY_NAME, "" },
        { "\"host\":{\"serial\":7}", HOST_NOT_TOLD, "" },
        { "\"host\":[]", HOST_NOT_TOLD, "" },
    };
    struct fixture f;
    char line[4096];
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        (void)snprintf(line, sizeof line,
                       "{\"event\":{\"cs_invalidated\":{}},\"glob_seq_num\":1,%s,\"process\":%s,"
                       "\"time\":\"2026-01-02T03:04:05.678Z\"}",
                       hosts[i].host, JAMF_PROCESS("5", "6", "/a"));
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        assert_int_equal(event->host_told.kind, hosts[i].kind);
        assert_true(str_eq(event->host_told.id, str_of(hosts[i].id)));
    }
    close_fixture(&f);
}

static void decode__reads_real_records_of_jamf(void **state)
{
    static const char path[] = "../shared/data/telemetry/jamf/telemetry-v2.ndjson";
    static char text[64 * 1024];
    struct fixture f;
    str line;
    (void)state;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: %s\n", path);
        skip();
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);

    assert_true(str_take_until(&rest, '\n', &line));
    const struct event *event = decode_record_of(&f, line);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CS_INVALIDATED);
    assert_int_equal(event->time_ns, 1713540868834000000LL);
    assert_str(event->host_told.id, "123ABC456DJ");
    assert_int_equal(event->sequence, 13820);
    assert_int_equal(event->process.id.pid, 55767);
    assert_int_equal(event->process.id.pidversion, 128858);
    assert_int_equal(event->process.parent.pid, 55484);
    assert_int_equal(event->process.parent.pidversion, 128242);
    assert_str(event->process.signing_id, "sleep");
    assert_false(event->process.is_platform);
    assert_text(event, FIELD_PROCESS_HASH_SHA256,
                "d4791b942dbd4dd0eee0b31e46424fe673df586e2fdd166b6fe4f303a19767b4");

    assert_true(str_take_until(&rest, '\n', &line));
    event = decode_record_of(&f, line);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->type_sequence, 190);
    assert_int_equal(event->process.id.pidversion, 546968);
    assert_str(event->process.executable, "/bin/zsh");
    assert_true(event->process.is_platform);
    assert_str(event->previous.executable, "/Applications/JamfCheck.app/Contents/MacOS/JamfCheck");
    assert_str(event->previous.team_id, "CLQKFNPCCP");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 3);
    assert_missing(event, FIELD_PROCESS_HASH_SHA256);
    assert_int_equal(dropped_in_all(&f), 0);
    assert_int_equal(damage_seen_by(&f, "jamf"), 2);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_what_every_record_of_jamf_has),
        cmocka_unit_test(decode__takes_an_exec_of_jamf),
        cmocka_unit_test(decode__knows_the_event_types_of_jamf),
        cmocka_unit_test(decode__takes_an_absent_thread_state_of_jamf_as_null),
        cmocka_unit_test(decode__takes_a_connection_of_jamf),
        cmocka_unit_test(decode__needs_little_of_a_record_of_jamf),
        cmocka_unit_test(decode__counts_every_truncation_of_jamf),
        cmocka_unit_test(decode__names_a_host_of_jamf_by_what_is_told),
        cmocka_unit_test(decode__reads_real_records_of_jamf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
