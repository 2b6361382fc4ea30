#include "decode/damage.h"

#include <stdio.h>

// Alerts of Jamf Protect: those with a record of eslogger's shape, and those before.

#define ALERT_TOKEN(pid, version)                                                            \
    "{\"asid\":1,\"auid\":501,\"e_username\":\"tess\",\"egid\":20,\"euid\":501,\"pid\":" pid \
    ",\"pidversion\":" version ",\"rgid\":20,\"ruid\":501}"
#define ALERT_PROCESS(pid, version, path)                                                          \
    "{\"audit_token\":" ALERT_TOKEN(                                                               \
        pid,                                                                                       \
        version) ",\"cdhash\":\"00112233445566778899aabbccddeeff00112233\",\"codesigning_flags\":" \
                 "570425345,"                                                                      \
                 "\"executable\":{\"path\":\"" path                                                \
                 "\",\"path_truncated\":false,\"sha256\":\"bb22\"},"                               \
                 "\"is_es_client\":false,\"is_platform_binary\":true,\"parent_audit_"              \
                 "token\":" ALERT_TOKEN(                                                           \
                     "40",                                                                         \
                     "41") ",\"ppid\":40,\"signing_id\":\"org.invented.tool\",\"team_id\":null}"
#define ALERT_HOST                                                                       \
    "\"host\":{\"hostname\":\"mac-of-tess\",\"os\":\"26.1\",\"protectVersion\":\"8.1\"," \
    "\"provisioningUDID\":\"P1\",\"serial\":\"INVENTED01\"}"
#define FACT(name, severity, human, reason)                                                    \
    "{\"context\":[],\"human\":\"" human "\",\"match_reason\":\"" reason "\",\"name\":\"" name \
    "\",\"severity\":" severity ",\"tags\":[],\"uuid\":\"F-" name "\"}"
#define ALERT_OF(match, type, process, event)                                                 \
    "{\"caid\":\"c-1\",\"certid\":\"c-2\",\"version\":10,\"topicType\":\"alert\",\"topic\":"  \
    "\"t\",\"timestamp\":1767323999000,\"action\":{},\"action_type\":0,\"alert_type\":"       \
    "\"UDM\",\"event\":{" event "},\"event_type\":" type ",\"global_seq_num\":70," ALERT_HOST \
    ",\"match\":{" match "},\"metadata\":{\"product\":\"Jamf Protect Alerts (UDM)\","         \
    "\"vendor\":\"Jamf\"},\"process\":" process                                               \
    ",\"related\":{},\"seq_num\":3,\"time\":\"2026-01-02T03:04:05.678Z\",\"uuid\":\"U\"}"
#define MATCH                                                                              \
    "\"blocked\":true,\"facts\":[" FACT("First", "1", "Something was done.", "") "," FACT( \
        "Gravest", "3", "Worse", "A reason") "],\"severity\":3,\"tags\":[],\"type\":"      \
                                             "\"Threat Signature\",\"uuid\":\"M-1\","      \
                                             "\"value\":\"invented_b\""
#define ZSH                ALERT_PROCESS("500", "1000", "/bin/zsh")
#define ALERT(type, event) ALERT_OF(MATCH, type, ZSH, event)
#define ALERT_TIME_NS      1767323045678000000LL
#define TARGET             "\"target\":" ALERT_PROCESS("500", "1001", "/opt/tool")
#define EXEC_ALERT         ALERT("0", "\"exec\":{\"args\":[\"tool\",\"-x\"]," TARGET "}")

static uint64_t dropped(const struct fixture *f, enum decode_drop drop)
{
    return decoder_counts(f->decoder)->dropped[drop];
}

static void decode__takes_an_alert_of_an_exec(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXEC_ALERT);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ALERT);
    assert_int_equal(event->categories, CATEGORY_ALERT);
    assert_text(event, FIELD_EVENT_MODULE, "jamf-alert");
    assert_int_equal(event->time_ns, ALERT_TIME_NS);
    assert_int_equal(event->numbering, NUMBERING_ORDER);
    assert_false(event->has_sequence || event->has_type_sequence);
    assert_int(event, FIELD_EVENT_SEQUENCE, 70);
    assert_str(event->host_told.id, "INVENTED01");
    assert_str(event->process.executable, "/opt/tool");
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_false(event->previous.present);
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x");
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "bb22");
    assert_text(event, FIELD_USER_NAME, "tess");
    assert_text(event, FIELD_RULE_NAME, "Gravest");
    assert_text(event, FIELD_RULE_ID, "F-Gravest");
    assert_int(event, FIELD_EVENT_SEVERITY, 3);
    assert_text(event, FIELD_MESSAGE, "Worse: A reason Threat Signature: invented_b");
    close_fixture(&f);
}

static void decode__takes_alerts_of_every_type(void **state)
{
    static const struct {
        const char *record;
        const char *file;
        const char *library;
        int64_t target;  // -1: none.
    } alerts[] = {
        { ALERT("7", "\"signal\":{\"sig\":9," TARGET "}"), NULL, NULL, 500 },
        { ALERT("87", "\"get_task\":{\"type\":0," TARGET "}"), NULL, NULL, 500 },
        { ALERT("3", "\"mmap\":{\"protection\":5,\"source\":{\"path\":\"/a/b.dylib\"}}"), NULL,
          "/a/b.dylib", -1 },
        { ALERT("1", "\"open\":{\"file\":{\"path\":\"/a/f\"}}"), "/a/f", NULL, -1 },
        { ALERT("47", "\"setflags\":{\"flags\":0,\"target\":{\"path\":\"/a/f\"}}"), "/a/f", NULL,
          -1 },
        { ALERT("112", "\"xp_malware_detected\":{\"detected_path\":\"/a/f\"}"), "/a/f", NULL, -1 },
        { ALERT("118", "\"screensharing_attach\":{\"success\":true}"), NULL, NULL, -1 },
        { ALERT("11", "\"fork\":{\"child\":" ALERT_PROCESS("501", "1002", "/bin/zsh") "}"), NULL,
          NULL, 501 },
        { ALERT("900", "\"never_seen\":{" TARGET "}"), NULL, NULL, 500 },
        { ALERT("900", "\"never_seen\":7"), NULL, NULL, -1 },
        { ALERT("3", "\"mmap\":{}"), NULL, NULL, -1 },  // Nothing of it is told.
        { ALERT("0", "\"exec\":{}"), NULL, NULL, -1 },
        { ALERT("11", "\"fork\":{}"), NULL, NULL, -1 },
        { ALERT("0", ""), NULL, NULL, -1 },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(alerts); i++) {
        const struct event *event = decode_line(&f, alerts[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_ALERT);
        assert_str(event->process.executable, "/bin/zsh");
        assert_false(event->previous.present);
        assert_int_equal(event->target.id.pid, alerts[i].target);
        if (alerts[i].file != NULL)
            assert_text(event, FIELD_FILE_PATH, alerts[i].file);
        else
            assert_missing(event, FIELD_FILE_PATH);
        if (alerts[i].library != NULL)
            assert_text(event, FIELD_DLL_PATH, alerts[i].library);
        else
            assert_missing(event, FIELD_DLL_PATH);
        assert_text(event, FIELD_RULE_NAME, "Gravest");
    }
    assert_int_equal(dropped_in_all(&f), 0);
    close_fixture(&f);
}

static void decode__tells_an_alert_by_what_it_has(void **state)
{
    static const struct {
        const char *match;
        const char *name;  // NULL: missing.
        const char *id;
        const char *message;
    } verdicts[] = {
        { "\"facts\":[" FACT("A", "1", "Done.", "Why") "]", "A", "F-A", "Done. Why" },
        { "\"facts\":[" FACT("A", "1", "Done", "") "," FACT("B", "1", "x", "y") "]", "A", "F-A",
          "Done" },
        { "\"facts\":[],\"uuid\":\"M\",\"type\":\"signingID\",\"value\":\"v\"", "v", "M",
          "signingID: v" },
        { "\"facts\":[7,null]", NULL, NULL, NULL },
        { "\"facts\":{}", NULL, NULL, NULL },
        { "\"facts\":[{\"human\":\"h\",\"severity\":\"high\"}]", NULL, NULL, "h" },
    };
    struct fixture f;
    char line[4096];
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        (void)snprintf(line, sizeof line,
                       "{\"caid\":\"c\",\"match\":{%s},\"process\":%s,\"time\":"
                       "\"2026-01-02T03:04:05.678Z\"}",
                       verdicts[i].match, ZSH);
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        const struct {
            enum field field;
            const char *text;
        } texts[] = { { FIELD_RULE_NAME, verdicts[i].name },
                      { FIELD_RULE_ID, verdicts[i].id },
                      { FIELD_MESSAGE, verdicts[i].message } };
        for (size_t k = 0; k < COUNT_OF(texts); k++)
            if (texts[k].text == NULL)
                assert_missing(event, texts[k].field);
            else
                assert_text(event, texts[k].field, texts[k].text);
    }
    close_fixture(&f);
}

static void decode__refuses_what_is_no_alert(void **state)
{
    static const struct {
        const char *record;
        enum decode_drop drop;
    } records[] = {
        { "{\"caid\":\"c\",\"topicType\":\"computer\"}", DECODE_DROP_NOT_NEEDED },
        { "{\"caid\":\"c\",\"topicType\":\"alert\"}", DECODE_DROP_MISSING_KEY },
        { "{\"caid\":\"c\",\"match\":[]}", DECODE_DROP_WRONG_TYPE },
        { "{\"caid\":\"c\",\"match\":{},\"process\":" ZSH "}", DECODE_DROP_MISSING_KEY },
        { "{\"caid\":\"c\",\"match\":{},\"time\":\"2026-01-02T03:04:05Z\"}",
          DECODE_DROP_MISSING_KEY },
        { "{\"caid\":\"c\",\"match\":{\"event\":{}}}", DECODE_DROP_MISSING_KEY },
        { "{\"caid\":\"c\",\"match\":{\"event\":{\"timestamp\":1}}}", DECODE_DROP_MISSING_KEY },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        const uint64_t before = dropped(&f, records[i].drop);
        assert_null(decode_line(&f, records[i].record));
        assert_int_equal(dropped(&f, records[i].drop), before + 1);
    }
    assert_int_equal(damage_seen_by(&f, "jamf-alert"), COUNT_OF(records));
    close_fixture(&f);
}

#define SIGNED_BY(type, status, authority)                                              \
    "\"signingInfo\":{\"appid\":\"org.invented.tool\",\"cdhash\":"                      \
    "\"ABEiM0RVZneImaq7zN3u/wARIjM=\",\"status\":" status ",\"teamid\":\"TEAM000001\"," \
    "\"signerType\":" type ",\"authorities\":[\"" authority "\"]}"
#define OLD_PROCESS(pid, path, signing)                                                          \
    "{\"args\":[\"tool\",\"a b\"],\"gid\":0,\"pid\":" pid ",\"uid\":501,\"ruid\":0,\"ppid\":40," \
    "\"name\":\"n\",\"path\":\"" path "\",\"uuid\":\"P\",\"responsiblePID\":50,"                 \
    "\"startTimestamp\":1767323000," signing "}"
#define OLD_RELATED(signing)                                                                  \
    "\"related\":{\"binaries\":[{\"path\":\"/x\",\"sha256hex\":\"00\"},{\"path\":\"/opt/"     \
    "tool\",\"sha256hex\":\"cc33\"}],\"files\":[],\"users\":[{\"uid\":0,\"name\":\"root\"},{" \
    "\"uid\":501,\"name\":\"tess\"}],\"processes\":[" OLD_PROCESS(                            \
        "7", "/opt/tool", signing) "," OLD_PROCESS("40", "/bin/zsh", signing) "]}"
#define OLD_ALERT(type, event, related)                                       \
    "{\"eventType\":\"" type "\"," ALERT_HOST ",\"match\":{\"event\":{" event \
    "},\"facts\":[" FACT("Old", "2", "It was done", "") "],\"severity\":2}," related "}"
#define OLD_FILE                                                                         \
    OLD_ALERT("GPFSEvent",                                                               \
              "\"pid\":7,\"path\":\"/Library/a.plist\",\"prevFile\":null,\"timestamp\":" \
              "1767323045.5",                                                            \
              OLD_RELATED(SIGNED_BY("2", "0", "Developer ID Application: Tess")))

static void decode__takes_an_alert_of_an_older_client(void **state)
{
    static const char *const shapes[] = { OLD_FILE, "{\"caid\":\"c\",\"input\":" OLD_FILE "}" };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const struct event *event = decode_line(&f, shapes[i]);
        assert_non_null(event);
        const struct process_facts *p = &event->process;
        assert_int_equal(event->action, ACTION_ALERT);
        assert_int_equal(event->time_ns, 1767323045500000000LL);
        assert_str(event->host_told.id, "INVENTED01");
        assert_int_equal(p->id.pid, 7);
        assert_int_equal(p->id.pidversion, -1);
        assert_int_equal(p->id.start_ns, 1767323000000000000LL);
        assert_int_equal(p->id.entity.len, 0);
        assert_int_equal(p->parent.pid, 40);
        assert_int_equal(p->responsible.pid, 50);
        assert_int_equal(p->euid, 501);
        assert_str(p->executable, "/opt/tool");
        assert_str(p->cdhash, "00112233445566778899aabbccddeeff00112233");
        assert_str(p->team_id, "TEAM000001");
        assert_true(p->cs_told && !p->is_platform);
        assert_int_equal(p->cs_flags, CS_SIGNED | CS_VALID);
        assert_int(event, FIELD_PROCESS_ARGS_COUNT, 2);
        assert_text(event, FIELD_PROCESS_HASH_SHA256, "cc33");
        assert_text(event, FIELD_USER_NAME, "tess");
        assert_text(event, FIELD_FILE_PATH, "/Library/a.plist");
        assert_text(event, FIELD_RULE_NAME, "Old");
        assert_text(event, FIELD_MESSAGE, "It was done");
    }
    close_fixture(&f);
}

static void decode__finds_the_process_of_an_older_alert(void **state)
{
    static const struct {
        const char *record;
        int64_t pid;
        const char *path;
    } alerts[] = {
        { OLD_ALERT("GPThreatMatchExecEvent",
                    "\"timestamp\":1767323045.5,\"matchType\":\"Threat Signature\","
                    "\"matchValue\":\"v\",\"process\":" OLD_PROCESS("9", "/opt/bad",
                                                                    SIGNED_BY("4", "-67062", "")),
                    "\"related\":{}"),
          9, "/opt/bad" },
        { OLD_ALERT("auth-mount", "\"timestamp\":1767323045,\"process\":\"some-uuid\"",
                    OLD_RELATED(SIGNED_BY("0", "0", "Software Signing"))),
          7, "/opt/tool" },
        { OLD_ALERT("GPGatekeeperEvent",
                    "\"timestamp\":1767323045,\"pid\":40,\"processIdentifier\":0,\"path\":"
                    "\"/bin/zsh\",\"processImagePath\":\"/kernel\"",
                    OLD_RELATED(SIGNED_BY("0", "0", "Software Signing"))),
          40, "/bin/zsh" },
        { OLD_ALERT("GPProcessEvent", "\"timestamp\":1767323045,\"pid\":99,\"type\":1",
                    OLD_RELATED(SIGNED_BY("0", "0", "Software Signing"))),
          99, "" },
        { OLD_ALERT("GPUnifiedLogEvent",
                    "\"timestamp\":1767323045,\"processIdentifier\":12,\"processImagePath\":"
                    "\"/usr/libexec/logs\",\"composedMessage\":\"m\"",
                    "\"related\":{\"processes\":[]}"),
          12, "/usr/libexec/logs" },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(alerts); i++) {
        const struct event *event = decode_line(&f, alerts[i].record);
        assert_non_null(event);
        assert_int_equal(event->process.id.pid, alerts[i].pid);
        assert_true(str_eq(event->process.executable, str_of(alerts[i].path)));
        assert_missing(event, FIELD_FILE_PATH);
    }
    close_fixture(&f);
}

static void decode__judges_signatures_of_older_alerts(void **state)
{
    static const struct {
        const char *signing;
        bool told;
        bool platform;
        uint32_t flags;
    } signatures[] = {
        { SIGNED_BY("0", "0", "Software Signing"), true, true, CS_SIGNED | CS_VALID },
        { SIGNED_BY("0", "-67061", "Software Signing"), true, false, CS_SIGNED },
        { SIGNED_BY("0", "0", "Apple Mac OS Application Signing"), true, false,
          CS_SIGNED | CS_VALID },
        { SIGNED_BY("3", "0", ""), true, false, CS_SIGNED | CS_VALID | CS_ADHOC },
        { SIGNED_BY("4", "-67062", ""), true, false, 0 },
        { SIGNED_BY("5", "0", ""), false, false, 0 },
        { SIGNED_BY("null", "0", ""), false, false, 0 },
        { "\"signingInfo\":null", false, false, 0 },
    };
    struct fixture f;
    char line[4096];
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        (void)snprintf(line, sizeof line,
                       "{\"caid\":\"c\",\"match\":{\"event\":{\"timestamp\":1,\"process\":{"
                       "\"pid\":1,%s}}}}",
                       signatures[i].signing);
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        assert_int_equal(event->process.cs_told, signatures[i].told);
        assert_int_equal(event->process.is_platform, signatures[i].platform);
        assert_int_equal(event->process.cs_flags, signatures[i].flags);
    }
    close_fixture(&f);
}

// Whatever the octets of it, base64 makes a cdhash or none.
static void decode__takes_only_a_cdhash_of_base64(void **state)
{
    static const char *const others[] = { "",
                                          "ABEiM0RVZneImaq7zN3u/wARIjM",
                                          "ABEiM0RVZneImaq7zN3u/wARIjMA",
                                          "ABEiM0RVZneImaq7zN3u_wARIjM=",
                                          "=BEiM0RVZneImaq7zN3u/wARIjM=",
                                          "\\u0000BEiM0RVZneImaq7zN3u/wARIjM=" };
    struct fixture f;
    char line[1024];
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        (void)snprintf(line, sizeof line,
                       "{\"caid\":\"c\",\"match\":{\"event\":{\"timestamp\":1,\"process\":{"
                       "\"pid\":1,\"signingInfo\":{\"cdhash\":\"%s\"}}}}}",
                       others[i]);
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        assert_int_equal(event->process.cdhash.len, 0);
    }
    close_fixture(&f);
}

static void check_damage(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/match",
                                             "/time",
                                             "/match/event",
                                             "/match/event/timestamp",
                                             "/match/event/pid",
                                             "/process",
                                             "/process/audit_token",
                                             "/process/audit_token/pid",
                                             "/process/audit_token/pidversion",
                                             "/related/processes/0/pid",
                                             "" };
    const uint64_t before = damage_seen_by(f, "jamf-alert");
    const struct event *event = decode_record_of(f, record);
    (void)how;
    if (strcmp(path, "/match") != 0 && strcmp(path, "/match/facts") != 0)
        assert_int_equal(damage_seen_by(f, "jamf-alert"), before + 1);
    if (!damage_is_one_of(path, essential) && event != NULL)
        assert_int_equal(event->action, ACTION_ALERT);
    if (!damage_is_one_of(path, essential) && strcmp(path, "/match/facts") != 0)
        assert_non_null(event);
}

static void decode__needs_little_of_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    damage_each(&f, EXEC_ALERT, check_damage);
    damage_each(&f, ALERT("47", "\"setflags\":{\"target\":{\"path\":\"/a\"}}"), check_damage);
    damage_each(&f, OLD_FILE, check_damage);
    close_fixture(&f);
}

static void decode__counts_every_truncation_of_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const str whole = STR(OLD_FILE);
    for (size_t len = 0; len < whole.len; len++)
        assert_null(decode_record_of(&f, str_to(whole, len)));
    assert_int_equal(dropped(&f, DECODE_DROP_CUT), whole.len - 1);
    close_fixture(&f);
}

static void decode__reads_real_alerts_of_jamf(void **state)
{
    static const struct {
        int64_t pid;
        int64_t pidversion;
        const char *path_end;
        const char *rule;
        int64_t severity;
        const char *file;
        int64_t time_ns;
    } expected[] = {
        { 38670, 109664, "/Desktop/eicar", "ThreatMatchExecEvent", 1, NULL, 1777991634954000000LL },
        { 7116, 16988, "/MacOS/Brave Browser", "PreventedExecution", 1, NULL,
          1779173013544000000LL },
        { 3374, 6477, "/usr/bin/chflags", "TamperSetflagsAttempt", 1,
          "/Applications/JamfProtect.app", 1779112566101000000LL },
        { 17649, 67894918, "/MacOS/screensharingd", "ScreenSharingFromExternalSource", 2, NULL,
          1777284645366000000LL },
    };
    static const char path[] = "../shared/data/telemetry/jamf/protect-alerts.ndjson";
    static char text[256 * 1024];
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
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(str_take_until(&rest, '\n', &line));
        const struct event *event = decode_record_of(&f, line);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_ALERT);
        assert_int_equal(event->time_ns, expected[i].time_ns);
        assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
        assert_int_equal(event->process.id.pid, expected[i].pid);
        assert_int_equal(event->process.id.pidversion, expected[i].pidversion);
        assert_true(str_ends_with(event->process.executable, str_of(expected[i].path_end)));
        assert_int_equal(event->slots[FIELD_PROCESS_HASH_SHA256].len, 64);
        assert_text(event, FIELD_RULE_NAME, expected[i].rule);
        assert_int(event, FIELD_EVENT_SEVERITY, expected[i].severity);
        assert_int_equal(event->slots[FIELD_MESSAGE].type, VALUE_TEXT);
        if (expected[i].file != NULL)
            assert_text(event, FIELD_FILE_PATH, expected[i].file);
        else
            assert_missing(event, FIELD_FILE_PATH);
    }
    assert_int_equal(damage_seen_by(&f, "jamf-alert"), COUNT_OF(expected));
    assert_int_equal(dropped_in_all(&f), 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_an_alert_of_an_exec),
        cmocka_unit_test(decode__takes_alerts_of_every_type),
        cmocka_unit_test(decode__tells_an_alert_by_what_it_has),
        cmocka_unit_test(decode__refuses_what_is_no_alert),
        cmocka_unit_test(decode__takes_an_alert_of_an_older_client),
        cmocka_unit_test(decode__finds_the_process_of_an_older_alert),
        cmocka_unit_test(decode__judges_signatures_of_older_alerts),
        cmocka_unit_test(decode__takes_only_a_cdhash_of_base64),
        cmocka_unit_test(decode__needs_little_of_an_alert),
        cmocka_unit_test(decode__counts_every_truncation_of_an_alert),
        cmocka_unit_test(decode__reads_real_alerts_of_jamf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
