#include "decode/ocsf_fixture.h"

// What each class and activity puts into an event.

static void decode_ocsf__takes_a_launch(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, LAUNCH);
    assert_non_null(event);
    const struct process_facts *p = &event->process;
    assert_int_equal(p->id.pid, 600);
    assert_int_equal(p->id.pidversion, -1);
    assert_str(p->id.entity, "life-600");
    assert_int_equal(p->id.start_ns, 1767323040000000000);
    assert_int_equal(p->parent.pid, 40);
    assert_str(p->parent.entity, "life-40");
    assert_int_equal(p->euid, 501);
    assert_str(p->executable, "/opt/tool");
    assert_str(p->signing_id, "org.invented.tool");
    assert_str(p->team_id, "INVENTED01");
    assert_str(p->cdhash, CDHASH);
    assert_true(p->cs_told && !p->is_platform);
    assert_int_equal(p->cs_flags, CS_SIGNED | CS_VALID);
    assert_false(event->previous.present || event->target.present);
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /tmp/a");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 3);
    assert_text(event, FIELD_PROCESS_HASH_SHA256, SHA256);
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/Users/u");
    assert_text(event, FIELD_USER_NAME, "u");
    assert_text(event, FIELD_PARENT_EXECUTABLE, "/bin/zsh");
    assert_text(event, FIELD_PARENT_NAME, "zsh");
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 2);
    assert_str(value_str(event->slots[FIELD_PROCESS_DYLD_ENV].list[0]),
               "DYLD_INSERT_LIBRARIES=/tmp/a.dylib");
    close_fixture(&f);
}

static void decode_ocsf__tells_spawn_fork_and_exec_apart(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_with(&f, LAUNCH, "\"actor\"", "\"launch_type_id\":2,\"actor\"");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_FORK);
    assert_int_equal(event->process.id.pid, 600);
    assert_int_equal(event->previous.id.pid, 500);
    assert_str(event->previous.executable, "/bin/bash");

    // The image before has the same pid, and is no parent.
    event = decode_line(&f, HEAD_OF("1007", "1", "100701") "\"launch_type_id\":3,\"actor\":{"
                                                           "\"process\":{\"pid\":600,\"file\":{"
                                                           "\"path\":\"/bin/bash\"}}},"
                                                           "\"process\":{\"pid\":600}}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_true(event->previous.present);
    assert_str(event->previous.executable, "/bin/bash");
    assert_int_equal(event->process.parent.pid, -1);

    event = decode_with(&f, LAUNCH, "\"actor\"", "\"launch_type_id\":1,\"actor\"");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_false(event->previous.present);

    // Without a parent it is who launched it.
    event = decode_line(&f, HEAD_OF("1007", "1", "100701") ACTOR ",\"process\":{\"pid\":601,"
                                                                 "\"name\":\"x\"}}");
    assert_non_null(event);
    assert_str(event->process.parent.entity, "life-500");
    assert_text(event, FIELD_PARENT_EXECUTABLE, "/bin/bash");
    assert_text(event, FIELD_PROCESS_NAME, "x");
    assert_int_equal(event->process.euid, -1);
    close_fixture(&f);
}

static void decode_ocsf__takes_what_is_done_to_a_process(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_with(&f, OPEN, "\"actor\"", "\"api\":{\"operation\":\"task_for_pid\"},\"actor\"");
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->target.id.pid, 600);
    assert_str(event->target.executable, "/opt/tool");
    assert_text(event, FIELD_API_NAME, "task_for_pid");
    assert_missing(event, FIELD_API_PORT);

    // Other injections than a thread: the process was reached into, with this library.
    event = decode_with(&f, INJECT, "\"injection_type_id\":1",
                        "\"injection_type_id\":2,\"module\":{\"file\":{\"path\":\"/tmp/i.so\"}}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_PROCESS_OPEN);
    assert_text(event, FIELD_DLL_PATH, "/tmp/i.so");
    event =
        decode_with(&f, INJECT, "\"injection_type_id\":1", "\"injection_type\":\"Remote thread\"");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_REMOTE_THREAD);

    event = decode_line(&f, END);
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 600);
    assert_int(event, FIELD_PROCESS_EXIT_CODE, 3);
    event = decode_line(&f, POKE);
    assert_non_null(event);
    assert_int_equal(event->target.id.pid, 600);
    close_fixture(&f);
}

static void decode_ocsf__takes_a_library(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, LOAD);
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 500);
    assert_text(event, FIELD_DLL_PATH, "/tmp/a.dylib");
    assert_text(event, FIELD_DLL_NAME, "a.dylib");
    assert_text(event, FIELD_DLL_TEAM_ID, "INVENTED01");
    assert_text(event, FIELD_DLL_HASH_CDHASH, CDHASH);
    assert_int(event, FIELD_API_ADDRESS, 0x104ccc000);
    assert_true(event->library.told && event->library.is_signed && !event->library.is_platform);
    event = decode_with(&f, LOAD, "\"module\":{\"file\":", "\"module\":{\"fila\":");
    assert_non_null(event);
    assert_missing(event, FIELD_DLL_PATH);
    assert_false(event->library.told);
    close_fixture(&f);
}

static void decode_ocsf__reads_protections(void **state)
{
    static const struct {
        const char *written;
        const char *expected;  // NULL: none.
    } cases[] = {
        { "5", "R-X" },
        { "0", "---" },
        { "7", "RWX" },
        { "\"3\"", "RW-" },
        { "\"r-x\"", "R-X" },
        { "\"RWX\"", "RWX" },
        { "\"VM_PROT_READ | VM_PROT_EXECUTE\"", "R-X" },
        { "\"write\"", "-W-" },
        { "\"PROT_NONE\"", "---" },
        { "null", "R--" },  // What was granted, then.
        { "\"some\"", NULL },
        { "\"\"", NULL },
        { "[5]", NULL },
        { "-1", NULL },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = { 0 };
        const str part = arena_printf(
            &arena, "\"requested_permissions\":%s,\"actual_permissions\":1", cases[i].written);
        const char *text = cstr_of(&arena, part);
        const struct event *event = decode_with(
            &f, MEMORY("2"), "\"requested_permissions\":5,\"actual_permissions\":5", text);
        assert_non_null(event);
        if (cases[i].expected == NULL)
            assert_missing(event, FIELD_API_PROTECTION);
        else
            assert_text(event, FIELD_API_PROTECTION, cases[i].expected);
        assert_int(event, FIELD_API_ADDRESS, 0x104ccc000);
        assert_int(event, FIELD_API_SIZE, 16384);
        arena_done(&arena);
    }
    close_fixture(&f);
}

static void decode_ocsf__reads_addresses(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_with(&f, MEMORY("2"), "\"0x104ccc000\"", "\"0xFFFFfffffffff000\"");
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_API_ADDRESS].type, VALUE_FLOAT);
    event = decode_with(&f, MEMORY("2"), "\"0x104ccc000\"", "4096");
    assert_non_null(event);
    assert_int(event, FIELD_API_ADDRESS, 4096);
    static const char *const none[] = { "\"0x\"", "\"0xg\"", "\"0x00000000000000000\"",
                                        "\"\"",   "{}",      "null" };
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        event = decode_with(&f, MEMORY("2"), "\"0x104ccc000\"", none[i]);
        assert_non_null(event);
        assert_missing(event, FIELD_API_ADDRESS);
    }
    close_fixture(&f);
}

static void decode_ocsf__takes_files_and_connections(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, CREATE);
    assert_non_null(event);
    assert_text(event, FIELD_FILE_PATH, "/tmp/a.tar.gz");
    assert_text(event, FIELD_FILE_EXTENSION, "gz");
    assert_int(event, FIELD_FILE_SIZE, 4096);
    event = decode_line(&f, RENAME);
    assert_non_null(event);
    assert_text(event, FIELD_FILE_PATH, "/tmp/b.txt");
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/tmp/a");
    event = decode_line(&f, CONNECT);
    assert_non_null(event);
    assert_text(event, FIELD_DESTINATION_IP, "192.0.2.2");
    assert_text(event, FIELD_DESTINATION_DOMAIN, "host.invented");
    assert_int(event, FIELD_DESTINATION_PORT, 443);
    event = decode_with(&f, CONNECT, "\"direction_id\":2", "\"direction_id\":1");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ACCEPT);
    assert_text(event, FIELD_DESTINATION_IP, "192.0.2.1");
    static const struct {
        const char *activity;
        enum action action;
    } activities[] = {
        { "2", ACTION_OPEN },   { "3", ACTION_MODIFICATION }, { "4", ACTION_DELETION },
        { "14", ACTION_OPEN },  { "6", ACTION_COUNT },        { "99", ACTION_COUNT },
        { "13", ACTION_COUNT },
    };
    for (size_t i = 0; i < COUNT_OF(activities); i++) {
        struct arena arena = { 0 };
        const char *text =
            cstr_of(&arena, arena_printf(&arena, "\"activity_id\":%s", activities[i].activity));
        event = decode_with(&f, CREATE, "\"activity_id\":1", text);
        assert_true(activities[i].action == ACTION_COUNT ? event == NULL
                                                         : event->action == activities[i].action);
        arena_done(&arena);
    }
    assert_int_equal(dropped(&f, DECODE_DROP_NOT_NEEDED), 3);
    close_fixture(&f);
}

static void decode_ocsf__takes_a_finding_as_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, FINDING);
    assert_non_null(event);
    assert_text(event, FIELD_RULE_NAME, "A title");
    assert_text(event, FIELD_RULE_ID, "rule-9");
    assert_text(event, FIELD_MESSAGE, "A sentence.");
    assert_int(event, FIELD_EVENT_SEVERITY, 1);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->target.id.pid, 600);
    assert_text(event, FIELD_FILE_PATH, "/tmp/a");
    assert_text(event, FIELD_API_NAME, "task_for_pid");

    // What the actor launched is what the alert is about.
    event = decode_with(&f, FINDING, "\"actor\":{\"process\":{\"pid\":500,\"uid\":\"life-500\"",
                        "\"actor\":{\"process\":{\"pid\":40,\"uid\":\"life-40\"");
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 600);
    assert_false(event->target.present);

    // Of the first version: the process beside the finding.
    event =
        decode_line(&f, HEAD_OF("2001", "1", "200101") "\"finding\":{\"uid\":\"f-2\",\"title\":"
                                                       "\"Old\",\"desc\":\"Text\"}," TARGET "}");
    assert_non_null(event);
    assert_text(event, FIELD_RULE_NAME, "Old");
    assert_text(event, FIELD_RULE_ID, "f-2");
    assert_text(event, FIELD_MESSAGE, "Text");
    assert_int_equal(event->process.id.pid, 600);

    assert_null(decode_with(&f, FINDING, "\"activity_id\":1", "\"activity_id\":3"));
    assert_int_equal(dropped(&f, DECODE_DROP_NOT_NEEDED), 1);
    close_fixture(&f);
}

// What this program itself writes.
static void decode_ocsf__reads_our_own_findings(void **state)
{
    static char text[64 * 1024];
    struct fixture f;
    size_t count = 0;
    (void)state;
    FILE *file = fopen("tests/golden/findings.ocsf.ndjson", "rb");
    assert_non_null(file);
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);
    for (str line; str_take_until(&rest, '\n', &line); count++) {
        const struct event *event = decode_record_of(&f, line);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_ALERT);
        assert_int_equal(event->host_told.kind, HOST_BY_SENSOR);
        assert_int_equal(event->slots[FIELD_RULE_ID].type, VALUE_TEXT);
        if (count == 0) {
            assert_text(event, FIELD_RULE_ID, "AN1467/S01");
            assert_text(event, FIELD_RULE_NAME, "A bundle is written by dyld, mapped and removed");
            assert_int(event, FIELD_EVENT_SEVERITY, 4);
            assert_int_equal(event->time_ns, 1770110048623000000);
            assert_str(event->process.executable, "/Users/Shared/.cache/dropper");
            assert_str(event->process.id.entity, "mac-07/501/7");
            assert_str(event->process.parent.entity, "mac-07/400/3");
            assert_int_equal(event->process.cs_flags, CS_SIGNED | CS_VALID);
            assert_false(event->target.present);
            assert_str(event->host_told.name, "mac-07");
        }
        if (count == 1) {
            assert_int_equal(event->process.id.pid, 66);
            assert_int_equal(event->target.id.pid, 77);
            assert_text(event, FIELD_API_NAME, "task_for_pid");
        }
        if (count == 2)
            assert_false(event->process.present);
    }
    assert_int_equal(count, 4);
    assert_int_equal(dropped_in_all(&f), 0);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

static void decode_ocsf__knows_what_is_part_of_macos(void **state)
{
    static const struct {
        const char *certificate;
        bool is_platform;
    } cases[] = {
        { "\"subject\":\"CN=Software Signing, O=Apple Inc., C=US\",\"issuer\":\"CN=Apple Code "
          "Signing Certification Authority, O=Apple Inc.\"",
          true },
        { "\"subject\":\"Software Signing\",\"issuer\":\"Apple Code Signing Certification "
          "Authority\"",
          true },
        { "\"subject\":\"CN=Software Signing\",\"issuer\":\"CN=Nobody\"", false },
        { "\"subject\":\"CN=Software Signing\"", false },
        { "\"subject\":7", false },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        struct arena arena = { 0 };
        const bool is_valid = i < COUNT_OF(cases);
        const str text =
            arena_printf(&arena,
                         "%s\"process\":{\"pid\":7,\"file\":{\"path\":\"/bin/ls\",\"signature\":{"
                         "\"state_id\":%d,\"certificate\":{%s}}}}}",
                         HEAD_OF("1007", "1", "100701"), is_valid ? 1 : 9,
                         cases[i % COUNT_OF(cases)].certificate);
        const struct event *event = decode_record_of(&f, text);
        assert_non_null(event);
        assert_int_equal(event->process.is_platform,
                         is_valid && cases[i % COUNT_OF(cases)].is_platform);
        assert_int_equal(event->process.cs_flags, CS_SIGNED | (is_valid ? CS_VALID : 0));
        arena_done(&arena);
    }
    close_fixture(&f);
}

static void decode_ocsf__takes_what_the_schema_has_no_place_for(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, HEAD_OF("1007", "1", "100701") "\"process\":{\"pid\":7,\"file\":{\"path\":\"/bin/ls\","
                                           "\"is_system\":true,\"signature\":{\"state\":\"Valid\"}"
                                           "}},\"unmapped\":{\"process\":{\"cdhash\":\"" CDHASH
                                           "\"}}}");
    assert_non_null(event);
    assert_true(event->process.is_platform && event->process.cs_told);
    assert_str(event->process.cdhash, CDHASH);
    event = decode_line(&f, HEAD_OF("1007", "1", "100701") "\"process\":{\"pid\":7,\"file\":{"
                                                           "\"path\":\"/bin/ls\",\"is_system\":"
                                                           "true}}}");
    assert_non_null(event);
    assert_false(event->process.is_platform || event->process.cs_told);
    event = decode_line(
        &f,
        HEAD_OF("1007", "1",
                "100701") "\"process\":{\"pid\":7,\"path\":\"/bin/ls\",\"xattributes\":{"
                          "\"codesigning_flags\":570490369,\"team_id\":\"INVENTED01\",\"cdhash\":"
                          "\"" CDHASH "\",\"is_platform_binary\":true}}}");
    assert_non_null(event);
    assert_str(event->process.executable, "/bin/ls");
    assert_int_equal(event->process.cs_flags, 570490369);
    assert_true(event->process.cs_told && event->process.is_platform);
    assert_str(event->process.team_id, "INVENTED01");
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_ocsf__takes_a_launch),
        cmocka_unit_test(decode_ocsf__tells_spawn_fork_and_exec_apart),
        cmocka_unit_test(decode_ocsf__takes_what_is_done_to_a_process),
        cmocka_unit_test(decode_ocsf__takes_a_library),
        cmocka_unit_test(decode_ocsf__reads_protections),
        cmocka_unit_test(decode_ocsf__reads_addresses),
        cmocka_unit_test(decode_ocsf__takes_files_and_connections),
        cmocka_unit_test(decode_ocsf__takes_a_finding_as_an_alert),
        cmocka_unit_test(decode_ocsf__reads_our_own_findings),
        cmocka_unit_test(decode_ocsf__knows_what_is_part_of_macos),
        cmocka_unit_test(decode_ocsf__takes_what_the_schema_has_no_place_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
