#include "decode/damage.h"

// Santa: one message of each kind, what has to come of it, and what it can do without.

#define TIME_NS 1767323045678901234LL

#define MESSAGE(event)                                          \
    "{\"machine_id\":\"5C0FFEE0-0000-4000-8000-0000000000AA\"," \
    "\"event_time\":\"2026-01-02T03:04:05.678901234Z\","        \
    "\"processed_time\":\"2026-01-02T03:04:06Z\","              \
    "\"boot_session_uuid\":\"5C0FFEE0-0000-4000-8000-0000000000BB\"," event "}"
#define LIGHT(pid, version, path)                                                            \
    "{\"id\":{\"pid\":" pid ",\"pidversion\":" version                                       \
    "},\"parent_id\":{\"pid\":40,\"pidversion\":41},\"original_parent_pid\":40,"             \
    "\"group_id\":500,\"session_id\":500,\"effective_user\":{\"uid\":501,\"name\":\"ada\"}," \
    "\"effective_group\":{\"gid\":20,\"name\":\"staff\"},"                                   \
    "\"real_user\":{\"uid\":502,\"name\":\"bob\"},\"executable\":{\"path\":\"" path          \
    "\",\"truncated\":false}}"
#define SHELL    LIGHT("500", "1000", "/bin/zsh")
#define BY_SHELL "\"instigator\":" SHELL
#define FILE_INFO(path)                                                                     \
    "{\"path\":\"" path "\",\"truncated\":false,\"stat\":{\"size\":\"4096\",\"ino\":\"1\"}" \
    ",\"hash\":{\"type\":\"HASH_ALGO_SHA256\",\"hash\":\"00ff\"}}"
#define TARGET                                                                                \
    "{\"id\":{\"pid\":500,\"pidversion\":1001},\"parent_id\":{\"pid\":40,\"pidversion\":41}," \
    "\"responsible_id\":{\"pid\":50,\"pidversion\":51},\"original_parent_pid\":40,"           \
    "\"effective_user\":{\"uid\":-2,\"name\":\"nobody\"},\"is_platform_binary\":true,"        \
    "\"is_es_client\":true,\"code_signature\":{\"cdhash\":\"ABEiM0RVZneImaq7zN3u/wEjRWc=\","  \
    "\"signing_id\":\"org.invented.tool\",\"team_id\":\"INVENTED00\"},\"cs_flags\":570425345" \
    ",\"executable\":" FILE_INFO("/opt/tool") ",\"start_time\":\"2026-01-02T03:04:05.5Z\"}"
#define EXECUTION_OF(decision)                                                                     \
    MESSAGE("\"execution\":{" BY_SHELL ",\"target\":" TARGET                                       \
            ",\"working_directory\":{\"path\":\"/Users/u\"},"                                      \
            "\"args\":[\"dG9vbA==\",\"LXg=\",\"L2EgYg==\"],\"envs\":[\"SE9NRT0vVXNlcnMvdQ==\","    \
            "\"RFlMRF9JTlNFUlRfTElCUkFSSUVTPS90bXAvYS5keWxpYg==\"],"                               \
            "\"decision\":\"" decision "\",\"reason\":\"REASON_CERT\",\"mode\":\"MODE_LOCKDOWN\"," \
            "\"explain\":\"not of us\",\"entitlement_info\":{\"entitlements_filtered\":false,"     \
            "\"entitlements\":[{\"key\":\"x\",\"value\":\"true\"},"                                \
            "{\"key\":\"com.apple.security.cs.allow-jit\",\"value\":\"true\"}]}}")
#define EXECUTION EXECUTION_OF("DECISION_ALLOW")

static void santa__takes_an_execution_with_both_images(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXECUTION);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->time_ns, TIME_NS);
    assert_text(event, FIELD_EVENT_MODULE, "santa");
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "5C0FFEE0-0000-4000-8000-0000000000AA");
    assert_false(event->has_sequence || event->has_type_sequence);

    const struct process_facts *p = &event->process;
    assert_true(p->present && p->is_platform && p->is_es_client && p->cs_told);
    assert_int_equal(p->id.pid, 500);
    assert_int_equal(p->id.pidversion, 1001);
    assert_int_equal(p->id.start_ns, 1767323045500000000);
    assert_int_equal(p->parent.pid, 40);
    assert_int_equal(p->parent.pidversion, 41);
    assert_int_equal(p->responsible.pid, 50);
    assert_int_equal(p->euid, 4294967294);
    assert_int_equal(p->cs_flags, CS_VALID | CS_SIGNED | 0x2000000u);
    assert_str(p->executable, "/opt/tool");
    assert_str(p->signing_id, "org.invented.tool");
    assert_str(p->team_id, "INVENTED00");
    assert_str(p->cdhash, "00112233445566778899aabbccddeeff01234567");
    assert_true(event->previous.present);
    assert_int_equal(event->previous.id.pidversion, 1000);
    assert_int_equal(event->previous.euid, 501);
    assert_false(event->previous.cs_told);
    assert_str(event->previous.executable, "/bin/zsh");

    assert_text(event, FIELD_USER_NAME, "nobody");
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "00ff");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /a b");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 3);
    assert_str(value_str(event->slots[FIELD_PROCESS_ARGS].list[2]), "/a b");
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 2);
    assert_str(value_str(event->slots[FIELD_PROCESS_ENV_VARS].list[0]), "HOME=/Users/u");
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/Users/u");
    assert_true(event->entitlements_told && event->entitlements_jit);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    assert_int_equal(decoder_counts(f.decoder)->invalid_utf8, 0);
    close_fixture(&f);
}

// Variables of dyld are always looked for, others only where somebody asks.
static void santa__finds_variables_of_dyld_whatever_is_wanted(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    decoder_free(f.decoder);
    memset(&f.projection, 0, sizeof f.projection);
    projection_want(&f.projection, ACTION_LOAD, FIELD_PROCESS_DYLD_ENV);
    f.decoder = decoder_new(&f.projection, NULL);
    const struct event *event = decode_line(&f, EXECUTION);
    assert_non_null(event);
    assert_missing(event, FIELD_PROCESS_ENV_VARS);
    assert_missing(event, FIELD_PROCESS_ARGS);
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    assert_str(value_str(event->slots[FIELD_PROCESS_DYLD_ENV].list[0]),
               "DYLD_INSERT_LIBRARIES=/tmp/a.dylib");
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 0);
    close_fixture(&f);
}

static void santa__takes_a_denied_execution_for_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXECUTION_OF("DECISION_DENY"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ALERT);
    assert_str(event->process.executable, "/opt/tool");
    assert_false(event->previous.present);
    assert_text(event, FIELD_RULE_NAME, "santa: execution denied");
    assert_text(event, FIELD_RULE_ID, "REASON_CERT");
    assert_text(event, FIELD_MESSAGE, "not of us");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /a b");

    event = decode_line(&f, EXECUTION_OF("DECISION_ALLOW_COMPILER"));
    assert_int_equal(event->action, ACTION_EXEC);
    event = decode_line(&f, EXECUTION_OF("DECISION_UNKNOWN"));
    assert_int_equal(event->action, ACTION_EXEC);
    event = decode_line(
        &f, MESSAGE("\"execution\":{\"target\":" TARGET
                    ",\"decision\":2,\"reason\":\"REASON_BINARY\",\"rule_id\":\"77\"}"));
    assert_int_equal(event->action, ACTION_ALERT);
    assert_text(event, FIELD_MESSAGE, "REASON_BINARY");
    assert_text(event, FIELD_RULE_ID, "77");
    close_fixture(&f);
}

// What a posix_spawn came from is another process, not the image before.
static void santa__takes_no_other_pid_for_the_image_before(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, MESSAGE("\"execution\":{\"instigator\":" LIGHT(
                            "40", "41", "/bin/sh") ",\"target\":" TARGET "}"));
    assert_non_null(event);
    assert_false(event->previous.present);
    assert_false(event->entitlements_told);
    close_fixture(&f);
}

static void santa__says_of_filtered_entitlements_what_it_knows(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, MESSAGE("\"execution\":{\"target\":" TARGET ",\"entitlement_info\":{"
                                "\"entitlements_filtered\":true,\"entitlements\":[{\"key\":\"x\","
                                "\"value\":\"true\"}]}}"));
    assert_false(event->entitlements_told || event->entitlements_jit);
    event = decode_line(&f, MESSAGE("\"execution\":{\"target\":" TARGET ",\"entitlement_info\":{"
                                    "\"entitlements_filtered\":true,\"entitlements\":[{\"key\":"
                                    "\"com.apple.security.cs.allow-jit\",\"value\":\"true\"}]}}"));
    assert_true(event->entitlements_told && event->entitlements_jit);
    event = decode_line(&f, MESSAGE("\"execution\":{\"target\":" TARGET ",\"entitlement_info\":{"
                                    "\"entitlements\":[{\"key\":"
                                    "\"com.apple.security.cs.allow-jit\",\"value\":\"false\"}]}}"));
    assert_true(event->entitlements_told);
    assert_false(event->entitlements_jit);
    close_fixture(&f);
}

#define CLOSE                                                   \
    MESSAGE("\"close\":{" BY_SHELL                              \
            ",\"target\":" FILE_INFO("/Users/u/a.tar.gz") ",\"" \
                                                          "modified\":true}")
#define FILE_ACCESS                                                                            \
    MESSAGE("\"file_access\":{\"instigator\":" TARGET ",\"target\":{\"path\":\"/Users/u/a\"}," \
            "\"policy_version\":\"v7\",\"policy_name\":\"cookies\",\"access_type\":"           \
            "\"ACCESS_TYPE_OPEN\",\"policy_decision\":\"POLICY_DECISION_DENIED\","             \
            "\"operation_id\":\"o\"}")
#define REMEDIATED                                                                     \
    MESSAGE("\"xprotect\":{\"remediated\":{" BY_SHELL ",\"signature_version\":\"5\","  \
            "\"malware_identifier\":\"InventedWorm\",\"action_type\":\"path_delete\"," \
            "\"success\":true,\"result_description\":\"removed\",\"remediated_path\":" \
            "\"/tmp/w\",\"remediated_process_id\":{\"pid\":700,\"pidversion\":7}}}")
#define SUSPEND(type)                                                               \
    MESSAGE("\"proc_suspend_resume\":{" BY_SHELL                                    \
            ",\"target\":{\"id\":{\"pid\":600,\"pidversion\":2000},\"cs_flags\":0," \
            "\"executable\":{\"path\":\"/bin/sleep\"}},\"type\":\"" type "\"}")

static const struct {
    const char *record;
    enum action action;
    const char *file;
} messages[] = {
    { EXECUTION, ACTION_EXEC, NULL },
    { EXECUTION_OF("DECISION_DENY"), ACTION_ALERT, NULL },
    { MESSAGE("\"fork\":{" BY_SHELL ",\"child\":" LIGHT("501", "1002", "/bin/zsh") "}"),
      ACTION_FORK, NULL },
    { MESSAGE("\"exit\":{" BY_SHELL ",\"exited\":{\"exit_status\":3}}"), ACTION_END, NULL },
    { MESSAGE("\"exit\":{" BY_SHELL ",\"signaled\":{\"signal\":9}}"), ACTION_END, NULL },
    { CLOSE, ACTION_MODIFICATION, "/Users/u/a.tar.gz" },
    { MESSAGE("\"close\":{" BY_SHELL ",\"target\":{\"path\":\"/a\"},\"modified\":false}"),
      ACTION_CLOSE, "/a" },
    { MESSAGE("\"rename\":{" BY_SHELL ",\"source\":" FILE_INFO("/old") ",\"target\":\"/new\","
                                                                       "\"target_existed\":false}"),
      ACTION_RENAME, "/new" },
    { MESSAGE("\"unlink\":{" BY_SHELL ",\"target\":" FILE_INFO("/gone") "}"), ACTION_DELETION,
      "/gone" },
    { MESSAGE("\"open\":{" BY_SHELL ",\"target\":" FILE_INFO("/read") ",\"flags\":1}"), ACTION_OPEN,
      "/read" },
    { MESSAGE("\"codesigning_invalidated\":{" BY_SHELL "}"), ACTION_CS_INVALIDATED, NULL },
    { FILE_ACCESS, ACTION_ALERT, "/Users/u/a" },
    { MESSAGE("\"gatekeeper_override\":{" BY_SHELL ",\"target\":{\"path\":\"/tmp/x.app\"}}"),
      ACTION_GATEKEEPER_OVERRIDE, "/tmp/x.app" },
    { MESSAGE("\"launch_item\":{" BY_SHELL ",\"action\":\"ACTION_ADD\",\"item_type\":"
              "\"ITEM_TYPE_AGENT\",\"item_path\":\"/l.plist\",\"executable_path\":\"/l\"}"),
      ACTION_LAUNCH_ITEM_ADD, "/l" },
    { MESSAGE("\"tcc_modification\":{" BY_SHELL ",\"service\":\"s\",\"event_type\":"
              "\"EVENT_TYPE_CREATE\"}"),
      ACTION_TCC_MODIFY, NULL },
    { MESSAGE("\"xprotect\":{\"detected\":{" BY_SHELL ",\"malware_identifier\":\"InventedWorm\","
              "\"detected_path\":\"/tmp/w\"}}"),
      ACTION_ALERT, "/tmp/w" },
    { REMEDIATED, ACTION_ALERT, "/tmp/w" },
    { SUSPEND("TYPE_SUSPEND"), ACTION_SUSPEND, NULL },
    { SUSPEND("TYPE_RESUME"), ACTION_RESUME, NULL },
    { SUSPEND("TYPE_SHUTDOWN_SOCKETS"), ACTION_SHUTDOWN_SOCKETS, NULL },
};

static void santa__takes_an_event_of_each_kind(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        const struct event *event = decode_line(&f, messages[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, messages[i].action);
        assert_int_equal(event->time_ns, TIME_NS);
        assert_true(event->process.present && event->process.id.pid >= 0);
        if (messages[i].file == NULL)
            assert_missing(event, FIELD_FILE_PATH);
        else
            assert_text(event, FIELD_FILE_PATH, messages[i].file);
    }
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    assert_int_equal(damage_seen_by(&f, "santa"), COUNT_OF(messages));
    close_fixture(&f);
}

static void santa__takes_what_is_of_one_kind_only(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, messages[2].record);
    assert_int_equal(event->process.id.pid, 501);
    assert_int_equal(event->previous.id.pid, 500);
    event = decode_line(&f, messages[3].record);
    assert_int(event, FIELD_PROCESS_EXIT_CODE, 3);
    assert_text(event, FIELD_USER_NAME, "ada");
    event = decode_line(&f, messages[4].record);
    assert_int(event, FIELD_PROCESS_EXIT_SIGNAL, 9);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    event = decode_line(&f, CLOSE);
    assert_bool(event, FIELD_FILE_MODIFIED, true);
    assert_int(event, FIELD_FILE_SIZE, 4096);
    assert_text(event, FIELD_FILE_EXTENSION, "gz");
    event = decode_line(&f, messages[7].record);
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/old");
    assert_int(event, FIELD_FILE_SIZE, 4096);
    event = decode_line(&f, FILE_ACCESS);
    assert_text(event, FIELD_RULE_NAME, "cookies");
    assert_text(event, FIELD_RULE_ID, "v7");
    assert_text(event, FIELD_MESSAGE, "ACCESS_TYPE_OPEN: POLICY_DECISION_DENIED");
    assert_str(event->process.team_id, "INVENTED00");
    event = decode_line(&f, REMEDIATED);
    assert_int_equal(event->process.id.pid, 700);
    assert_int_equal(event->process.id.pidversion, 7);
    assert_text(event, FIELD_RULE_NAME, "InventedWorm");
    assert_text(event, FIELD_MESSAGE, "removed");
    event = decode_line(&f, SUSPEND("TYPE_SUSPEND"));
    assert_int_equal(event->target.id.pid, 600);
    assert_true(event->target.cs_told);
    assert_str(event->target.executable, "/bin/sleep");
    close_fixture(&f);
}

// The names that printers of protobuf write by default; numbers of 32 bits may be text as well.
static void santa__takes_lower_camel_case(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, "{\"machineId\":\"m\",\"eventTime\":\"2026-01-02T05:04:05.678901234+02:00\","
            "\"bootSessionUuid\":\"b\",\"execution\":{\"target\":{\"id\":{\"pid\":\"5\","
            "\"pidversion\":\"-1\"},\"parentId\":{\"pid\":4},\"responsibleId\":{\"pid\":3},"
            "\"effectiveUser\":{\"uid\":0,\"name\":\"root\"},\"isPlatformBinary\":true,"
            "\"isEsClient\":true,\"codeSignature\":{\"cdhash\":"
            "\"00112233445566778899AABBCCDDEEFF01234567\",\"signingId\":\"s\",\"teamId\":\"t\"},"
            "\"csFlags\":1,\"startTime\":\"2026-01-02T03:04:05Z\"},\"workingDirectory\":"
            "{\"path\":\"/w\"},\"entitlementInfo\":{\"entitlements\":[]}}}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->time_ns, TIME_NS);
    assert_str(event->host_told.id, "m");
    const struct process_facts *p = &event->process;
    assert_int_equal(p->id.pid, 5);
    assert_int_equal(p->id.pidversion, 4294967295);
    assert_int_equal(p->parent.pid, 4);
    assert_int_equal(p->parent.pidversion, -1);
    assert_int_equal(p->responsible.pid, 3);
    assert_true(p->is_platform && p->is_es_client && p->cs_told && p->euid == 0);
    assert_str(p->cdhash, "00112233445566778899AABBCCDDEEFF01234567");
    assert_str(p->team_id, "t");
    assert_true(p->id.start_ns > 0 && event->entitlements_told);
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/w");

    event = decode_line(&f, "{\"eventTime\":\"2026-01-02T03:04:05Z\",\"codesigningInvalidated\":"
                            "{\"instigator\":{\"id\":{\"pid\":5},\"originalParentPid\":6}}}");
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CS_INVALIDATED);
    assert_int_equal(event->process.id.pidversion, -1);
    assert_int_equal(event->process.parent.pid, 6);
    assert_int_equal(event->host_told.kind, HOST_NOT_TOLD);
    close_fixture(&f);
}

static void santa__takes_a_batch_apart(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, "{\"messages\":[" CLOSE "," EXECUTION ",7]}"));
    const struct decode_counts *counts = decoder_counts(f.decoder);
    assert_int_equal(counts->in, 3);
    assert_int_equal(counts->unpacked, 2);
    assert_int_equal(counts->by_action[ACTION_EXEC], 1);
    assert_int_equal(counts->by_action[ACTION_MODIFICATION], 1);
    assert_int_equal(counts->dropped[DECODE_DROP_WRONG_TYPE], 1);
    assert_null(decode_line(&f, "{\"messages\":[{\"a\":1}]}"));
    assert_int_equal(counts->dropped[DECODE_DROP_NO_DIALECT], 1);
    close_fixture(&f);
}

static void santa__says_why_there_is_no_event(void **state)
{
    static const struct {
        const char *record;
        enum decode_drop drop;
    } cases[] = {
        { MESSAGE("\"link\":{" BY_SHELL "}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"exchangedata\":{" BY_SHELL "}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"clone\":{" BY_SHELL "}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"copyfile\":{" BY_SHELL "}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"disk\":{\"action\":\"ACTION_APPEARED\"}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"bundle\":{\"path\":\"/a\"}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"allowlist\":{" BY_SHELL "}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"authentication\":{\"success\":true}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"login_logout\":{\"login\":{" BY_SHELL "}}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"login_window_session\":{\"lock\":{}}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"open_ssh\":{\"login\":{}}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"screen_sharing\":{\"attach\":{}}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"network_activity\":{\"processes\":[]}"), DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"launch_item\":{" BY_SHELL ",\"action\":\"ACTION_REMOVE\"}"),
          DECODE_DROP_NOT_NEEDED },
        { MESSAGE("\"launch_item\":{" BY_SHELL "}"), DECODE_DROP_MISSING_KEY },
        { MESSAGE("\"teleport\":{" BY_SHELL "}"), DECODE_DROP_UNKNOWN_EVENT },
        { MESSAGE("\"note\":\"x\""), DECODE_DROP_MISSING_KEY },
        { MESSAGE("\"fork\":null"), DECODE_DROP_MISSING_KEY },
        { MESSAGE("\"fork\":7"), DECODE_DROP_WRONG_TYPE },
        { MESSAGE("\"fork\":{" BY_SHELL "}"), DECODE_DROP_MISSING_KEY },
        { MESSAGE("\"fork\":{\"child\":[]}"), DECODE_DROP_WRONG_TYPE },
        { MESSAGE("\"fork\":{\"child\":{\"id\":{\"pid\":-4}}}"), DECODE_DROP_OUT_OF_RANGE },
        { MESSAGE("\"fork\":{\"child\":{\"id\":{\"pid\":\"x\"}}}"), DECODE_DROP_WRONG_TYPE },
        { SUSPEND("TYPE_UNKNOWN"), DECODE_DROP_OUT_OF_RANGE },
        { MESSAGE("\"xprotect\":{\"other\":{" BY_SHELL "}}"), DECODE_DROP_MISSING_KEY },
        { "{\"event_time\":\"yesterday\",\"exit\":{" BY_SHELL "}}", DECODE_DROP_BAD_TIME },
        { "{\"event_time\":7,\"exit\":{" BY_SHELL "}}", DECODE_DROP_WRONG_TYPE },
        { "{\"event_time\":null,\"exit\":{" BY_SHELL "}}", DECODE_DROP_MISSING_KEY },
        // Bare events, as tests of Santa have them, tell no time.
        { "{" BY_SHELL "}", DECODE_DROP_MISSING_KEY },
        { "{" BY_SHELL ",\"target\":" TARGET ",\"args\":[]}", DECODE_DROP_MISSING_KEY },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        open_fixture(&f);
        assert_null(decode_line(&f, cases[i].record));
        assert_int_equal(decoder_counts(f.decoder)->dropped[cases[i].drop], 1);
        assert_int_equal(damage_seen_by(&f, "santa"), 1);
        close_fixture(&f);
    }
}

static void santa__leaves_out_what_is_no_base64(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, MESSAGE("\"execution\":{\"target\":{\"id\":{\"pid\":5},\"code_signature\":"
                    "{\"cdhash\":\"AAAA\"}},\"args\":[\"LXg=\",\"!\",7,\"Y2Fmw6l8/w==\"]}"));
    assert_non_null(event);
    assert_str(event->process.cdhash, "");
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, 2);
    assert_str(value_str(event->slots[FIELD_PROCESS_ARGS].list[1]), "caf\xc3\xa9|\xff");
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 1);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 1);
    assert_int_equal(decoder_counts(f.decoder)->invalid_utf8, 1);
    close_fixture(&f);
}

static void check_damage(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/event_time",
                                             "/execution",
                                             "/fork",
                                             "/exit",
                                             "/close",
                                             "/rename",
                                             "/unlink",
                                             "/open",
                                             "/codesigning_invalidated",
                                             "/file_access",
                                             "/gatekeeper_override",
                                             "/launch_item",
                                             "/tcc_modification",
                                             "/xprotect",
                                             "/proc_suspend_resume",
                                             "/execution/target",
                                             "/execution/target/id",
                                             "/execution/target/id/pid",
                                             "/fork/child",
                                             "/fork/child/id",
                                             "/fork/child/id/pid",
                                             "/launch_item/action",
                                             "/xprotect/detected",
                                             "/xprotect/remediated",
                                             "/proc_suspend_resume/type",
                                             "" };
    const char *instigator = strstr(path, "/instigator");
    const bool is_actor =
        instigator != NULL && strncmp(path, "/execution", 10) != 0 &&
        strncmp(path, "/fork", 5) != 0 &&
        (strcmp(instigator, "/instigator") == 0 || strcmp(instigator, "/instigator/id") == 0 ||
         strcmp(instigator, "/instigator/id/pid") == 0);
    const struct event *event = decode_record_of(f, record);
    if (!is_actor && !damage_is_one_of(path, essential) && event == NULL)
        fail_msg("no event without %s (%s)", path, how);
}

static void santa__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        damage_each(&f, messages[i].record, check_damage);
    assert_int_equal(decoder_counts(f.decoder)->by_dialect[dialects_find(STR("santa"))].in,
                     decoder_counts(f.decoder)->in);
    close_fixture(&f);
}

static void santa__counts_every_truncation(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t len = 0; len + 1 < sizeof EXECUTION; len++)
        assert_null(decode_record_of(&f, (str){ .at = EXECUTION, .len = len }));
    assert_int_equal(dropped_in_all(&f), sizeof EXECUTION - 1);
    close_fixture(&f);
}

static void santa__is_no_other_dialects_record(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, RECORD("94", "\"cs_invalidated\":{}")));
    assert_null(decode_line(&f, "{\"event_time\":\"2026-01-02T03:04:05Z\",\"a\":{}}"));
    assert_null(decode_line(&f, "{\"fork\":{\"a\":1}}"));
    assert_int_equal(damage_seen_by(&f, "santa"), 0);
    assert_int_equal(damage_seen_by(&f, "eslogger"), 1);
    close_fixture(&f);
}

#define GOLDEN "../shared/data/telemetry/santa/protobuf-golden.ndjson"

static str recorded(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: %s\n", path);
        skip();
    }
    const size_t len = fread(text, 1, size, file);
    (void)fclose(file);
    return (str){ .at = text, .len = len };
}

// Santa's own expectations are events without their message. As they are they tell no time; in a
// message of ours they have to be what their author says that they are.
static void santa__reads_real_records(void **state)
{
    static const struct {
        const char *name;
        enum action action;
        int64_t pid;
        int64_t pidversion;
        const char *executable;
    } expected[] = {
        { "execution", ACTION_EXEC, 23, 45, "fooexec" },
        { "fork", ACTION_FORK, 12, 34, "foo_child" },
        { "exit", ACTION_END, 12, 34, "foo" },
        { "codesigning_invalidated", ACTION_CS_INVALIDATED, 12, 34, "foo" },
        { "proc_suspend_resume", ACTION_SUSPEND, 12, 34, "foo" },
    };
    static char text[64 * 1024];
    static char wrapped[64 * 1024];
    struct fixture f;
    size_t i = 0;
    (void)state;
    str rest = recorded(GOLDEN, text, sizeof text);
    open_fixture(&f);
    for (str line; str_take_until(&rest, '\n', &line); i++) {
        assert_true(i < COUNT_OF(expected));
        assert_null(decode_record_of(&f, line));
        const int len = snprintf(wrapped, sizeof wrapped, MESSAGE("\"%s\":%.*s"), expected[i].name,
                                 STR_ARG(line));
        assert_true(len > 0 && (size_t)len < sizeof wrapped);
        const struct event *event = decode_line(&f, wrapped);
        assert_non_null(event);
        assert_int_equal(event->action, expected[i].action);
        assert_int_equal(event->process.id.pid, expected[i].pid);
        assert_int_equal(event->process.id.pidversion, expected[i].pidversion);
        assert_int_equal(event->process.euid, 4294967294);
        assert_true(str_eq(event->process.executable, str_of(expected[i].executable)));
        assert_text(event, FIELD_USER_NAME, "nobody");
        if (expected[i].action == ACTION_EXEC) {
            assert_false(event->previous.present);
            assert_int_equal(event->process.parent.pid, 67);
            assert_int_equal(event->process.parent.pidversion, 89);
            assert_true(event->process.is_platform && event->process.is_es_client);
            assert_true(event->process.cs_told && event->process.cs_flags == 536871680);
            assert_str(event->process.cdhash, "4141414141414141414141414141414141414141");
            assert_str(event->process.signing_id, "my_signing_id");
            assert_str(event->process.team_id, "my_team_id");
            assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "cwd");
            assert_text(event, FIELD_PROCESS_HASH_SHA256, "1234_file_hash");
        } else {
            assert_int_equal(event->process.parent.pid, 56);
            assert_int_equal(event->process.parent.pidversion, 78);
        }
        if (expected[i].action == ACTION_FORK)
            assert_str(event->previous.executable, "foo");
        if (expected[i].action == ACTION_END)
            assert_int(event, FIELD_PROCESS_EXIT_CODE, 1);
        if (expected[i].action == ACTION_SUSPEND) {
            assert_int_equal(event->target.id.pid, 99);
            assert_int_equal(event->target.id.pidversion, 100);
            assert_str(event->target.executable, "targetpath");
        }
    }
    assert_int_equal(i, COUNT_OF(expected));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_MISSING_KEY], i);
    assert_int_equal(damage_seen_by(&f, "santa"), 2 * i);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(santa__takes_an_execution_with_both_images),
        cmocka_unit_test(santa__finds_variables_of_dyld_whatever_is_wanted),
        cmocka_unit_test(santa__takes_a_denied_execution_for_an_alert),
        cmocka_unit_test(santa__takes_no_other_pid_for_the_image_before),
        cmocka_unit_test(santa__says_of_filtered_entitlements_what_it_knows),
        cmocka_unit_test(santa__takes_an_event_of_each_kind),
        cmocka_unit_test(santa__takes_what_is_of_one_kind_only),
        cmocka_unit_test(santa__takes_lower_camel_case),
        cmocka_unit_test(santa__takes_a_batch_apart),
        cmocka_unit_test(santa__says_why_there_is_no_event),
        cmocka_unit_test(santa__leaves_out_what_is_no_base64),
        cmocka_unit_test(santa__goes_on_without_what_is_not_essential),
        cmocka_unit_test(santa__counts_every_truncation),
        cmocka_unit_test(santa__is_no_other_dialects_record),
        cmocka_unit_test(santa__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
