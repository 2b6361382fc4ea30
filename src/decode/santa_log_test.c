#include "decode/damage.h"

// Lines of Santa's log: one of each kind, what has to come of it, and what it can do without.

#define TIME_NS    1767323045678000000LL

#define LINE(rest) "[2026-01-02T03:04:05.678Z] I santad: " rest
#define BY                                                                               \
    "|pid=500|pidversion=1000|ppid=40|process=zsh|processpath=/bin/zsh|uid=501|user=ada" \
    "|gid=20|group=staff"
#define EXEC_OF(decision, rest)                                                                  \
    LINE("action=EXEC|decision=" decision "|reason=CERT|explain=of no team|sha256=00ff|"         \
         "cert_sha256=11ff|cert_cn=Invented|teamid=INVENTED00|quarantine_url=https://u.invalid/" \
         "|pid=500|pidversion=1001|ppid=40|uid=501|user=ada|gid=20|group=staff|mode=L|"          \
         "path=/opt/a<pipe>b/tool" rest)
#define EXEC EXEC_OF("ALLOW", "|args=tool -x a<pipe>b pid=7|machineid=5C0FFEE0-0000-4000-8000-AA")

static void santa_log__takes_an_exec(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXEC);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->time_ns, TIME_NS);
    assert_text(event, FIELD_EVENT_MODULE, "santa-log");
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, "5C0FFEE0-0000-4000-8000-AA");
    assert_true(event->process.present);
    assert_false(event->previous.present || event->process.cs_told);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_int_equal(event->process.parent.pid, 40);
    assert_int_equal(event->process.parent.pidversion, -1);
    assert_int_equal(event->process.euid, -1);
    assert_str(event->process.executable, "/opt/a|b/tool");
    assert_str(event->process.team_id, "INVENTED00");
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "00ff");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x a|b pid=7");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 4);
    assert_missing(event, FIELD_RULE_NAME);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

static void santa_log__takes_a_denied_exec_for_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXEC_OF("DENY", ""));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ALERT);
    assert_text(event, FIELD_RULE_NAME, "santa: execution denied");
    assert_text(event, FIELD_RULE_ID, "CERT");
    assert_text(event, FIELD_MESSAGE, "of no team");
    assert_str(event->process.executable, "/opt/a|b/tool");
    event = decode_line(&f, LINE("action=EXEC|decision=DENY|reason=BINARY|pid=5|path=/a"));
    assert_int_equal(event->action, ACTION_ALERT);
    assert_text(event, FIELD_MESSAGE, "BINARY");
    static const char *const others[] = { EXEC_OF("ALLOW_COMPILER", ""), EXEC_OF("UNKNOWN", "") };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(decode_line(&f, others[i])->action, ACTION_EXEC);
    close_fixture(&f);
}

// Old sensors, and the newest but for starts and ends, tell no generation.
static void santa_log__goes_by_pid_where_no_version_is_told(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, LINE("action=DELETE|path=/a|pid=584|ppid=1|process=e|processpath=/opt/e|"
                             "uid=0|user=root|gid=0|group=wheel"));
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 584);
    assert_int_equal(event->process.id.pidversion, -1);
    assert_str(event->process.executable, "/opt/e");
    assert_text(event, FIELD_FILE_PATH, "/a");
    assert_int_equal(event->host_told.kind, HOST_NOT_TOLD);
    close_fixture(&f);
}

static const struct {
    const char *line;
    enum action action;
    const char *file;
} lines[] = {
    { LINE("action=FORK|pid=500|pidversion=1000|ppid=40|uid=0|gid=0"), ACTION_FORK, NULL },
    { LINE("action=EXIT|pid=500|pidversion=1000|ppid=40|uid=0|gid=0"), ACTION_END, NULL },
    { LINE("action=WRITE|path=/w.txt" BY), ACTION_MODIFICATION, "/w.txt" },
    { LINE("action=DELETE|path=/d" BY), ACTION_DELETION, "/d" },
    { LINE("action=RENAME|path=/old|newpath=/new" BY), ACTION_RENAME, "/new" },
    { LINE("action=RENAME|path=/old|newpath=(null)" BY), ACTION_RENAME, NULL },
    { LINE("action=CODESIGNING_INVALIDATED" BY "|codesigning_flags=0x22000001"),
      ACTION_CS_INVALIDATED, NULL },
    { LINE("action=FILE_ACCESS|policy_version=v7|policy_name=cookies|path=/Users/u/a|x|access_type="
           "OPEN|decision=DENIED|operation_id=o" BY),
      ACTION_ALERT, "/Users/u/a|x" },
    { LINE("action=GATEKEEPER_OVERRIDE|target=/tmp/"
           "x.app|hash=00|team_id=T|signing_id=s|cdhash=11" BY),
      ACTION_GATEKEEPER_OVERRIDE, "/tmp/x.app" },
    { LINE("action=LAUNCH_ITEM_ADD|item_type=AGENT|legacy=true|managed=false|item_user=ada|"
           "item_uid=501|exec_path=/l|item_path=/l.plist|event_pid=9|event_pidver=8" BY),
      ACTION_LAUNCH_ITEM_ADD, "/l" },
    { LINE("action=TCC_MODIFICATION|event_type=CREATE|service=s|identity=i|identity_type="
           "BUNDLE_ID|auth_right=ALLOWED|auth_reason=USER_CONSENT|event_pid=9" BY),
      ACTION_TCC_MODIFY, NULL },
    { LINE("action=PROC_SUSPEND_RESUME|type=SUSPEND|targetpid=600|targetpath=/bin/sleep" BY),
      ACTION_SUSPEND, NULL },
    { LINE("action=PROC_SUSPEND_RESUME|type=RESUME" BY), ACTION_RESUME, NULL },
    { LINE("action=PROC_SUSPEND_RESUME|type=SHUTDOWN_SOCKETS" BY), ACTION_SHUTDOWN_SOCKETS, NULL },
    { LINE("action=XPROTECT_DETECTED|signature_version=5|malware_identifier=InventedWorm|"
           "incident_identifier=i|detected_path=/tmp/w" BY),
      ACTION_ALERT, "/tmp/w" },
    { LINE("action=XPROTECT_REMEDIATED|signature_version=5|malware_identifier=InventedWorm|"
           "action_type=path_delete|success=true|result_description=removed|remediated_path=/tmp/w|"
           "remediated_pid=500"),
      ACTION_ALERT, "/tmp/w" },
};

static void santa_log__takes_an_event_of_each_kind(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const struct event *event = decode_line(&f, lines[i].line);
        assert_non_null(event);
        assert_int_equal(event->action, lines[i].action);
        assert_int_equal(event->time_ns, TIME_NS);
        assert_int_equal(event->process.id.pid, 500);
        if (lines[i].file == NULL)
            assert_missing(event, FIELD_FILE_PATH);
        else
            assert_text(event, FIELD_FILE_PATH, lines[i].file);
    }
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    assert_int_equal(damage_seen_by(&f, "santa-log"), COUNT_OF(lines));
    close_fixture(&f);
}

static void santa_log__takes_what_is_of_one_kind_only(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, lines[2].line);
    assert_bool(event, FIELD_FILE_MODIFIED, true);
    event = decode_line(&f, lines[4].line);
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/old");
    event = decode_line(&f, lines[6].line);
    assert_true(event->process.cs_told);
    assert_int_equal(event->process.cs_flags, 0x22000001u);
    event = decode_line(&f, lines[7].line);
    assert_text(event, FIELD_RULE_NAME, "cookies");
    assert_text(event, FIELD_RULE_ID, "v7");
    assert_text(event, FIELD_MESSAGE, "OPEN: DENIED");
    event = decode_line(&f, lines[8].line);
    assert_str(event->process.team_id, "");
    event = decode_line(&f, lines[11].line);
    assert_true(event->target.present);
    assert_int_equal(event->target.id.pid, 600);
    assert_str(event->target.executable, "/bin/sleep");
    event = decode_line(&f, lines[15].line);
    assert_text(event, FIELD_RULE_NAME, "InventedWorm");
    assert_text(event, FIELD_MESSAGE, "removed");
    event = decode_line(&f, LINE("action=CODESIGNING_INVALIDATED" BY "|codesigning_flags=0xzz"));
    assert_false(event->process.cs_told);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 1);
    close_fixture(&f);
}

// What a user names a file cannot make another of the process.
static void santa_log__takes_the_process_that_santa_wrote(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, LINE("action=FILE_ACCESS|policy_version=v7|policy_name=p|path=/a|pid=1|"
                             "action=EXIT|processpath=/sbin/launchd|access_type=OPEN" BY));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ALERT);
    assert_int_equal(event->process.id.pid, 500);
    assert_str(event->process.executable, "/bin/zsh");
    close_fixture(&f);
}

static void santa_log__reads_every_front_of_a_line(void **state)
{
    static const struct {
        const char *front;
        int64_t time_ns;
    } fronts[] = {
        { "[2026-01-02T03:04:05.678Z] I santad: ", TIME_NS },
        { "[2026-01-02T03:04:05.678Z] ", TIME_NS },
        { "2026-01-02T03:04:05.678Z santad: ", TIME_NS },
        { "2026-01-02 03:04:05.678+0000 mac santad[77]: ", TIME_NS },
        { "2026-01-02 05:04:05.678000+0200 0x1f2 Default 0x0 77 0 santad: ", TIME_NS },
        { "2026-01-02T03:04:05.678000Z mac com.northpolesec.santa.daemon[77]: ", TIME_NS },
        { "Jan  2 03:04:05 mac santad[77]: ", 0 },
        { "santad: ", 0 },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(fronts); i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "%saction=EXIT|pid=5|pidversion=6|ppid=1",
                       fronts[i].front);
        const struct event *event = decode_line(&f, line);
        if (fronts[i].time_ns == 0) {
            assert_null(event);
            continue;
        }
        assert_non_null(event);
        assert_int_equal(event->time_ns, fronts[i].time_ns);
    }
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_BAD_TIME], 2);
    assert_int_equal(damage_seen_by(&f, "santa-log"), COUNT_OF(fronts));
    close_fixture(&f);
}

static void santa_log__says_why_there_is_no_event(void **state)
{
    static const struct {
        const char *line;
        enum decode_drop drop;
    } cases[] = {
        { LINE("action=LINK|path=/a|newpath=/b" BY), DECODE_DROP_NOT_NEEDED },
        { LINE("action=ALLOWLIST|pid=5|pidversion=6|path=/a|sha256=0"), DECODE_DROP_NOT_NEEDED },
        { LINE("action=BUNDLE|sha256=0|bundlehash=0"), DECODE_DROP_NOT_NEEDED },
        { LINE("action=DISKAPPEAR|mount=/Volumes/a"), DECODE_DROP_NOT_NEEDED },
        { LINE("action=DISKDISAPPEAR|mount=/Volumes/a"), DECODE_DROP_NOT_NEEDED },
        { LINE("action=LOGIN_WINDOW_SESSION_LOCK" BY), DECODE_DROP_NOT_NEEDED },
        { LINE("action=OPENSSH_LOGIN|success=true" BY), DECODE_DROP_NOT_NEEDED },
        { LINE("action=AUTHENTICATION_OD|success=true" BY), DECODE_DROP_NOT_NEEDED },
        { LINE("action=LAUNCH_ITEM_REMOVE|item_type=AGENT" BY), DECODE_DROP_NOT_NEEDED },
        { LINE("Starting, version 2026.1"), DECODE_DROP_NOT_NEEDED },
        { LINE("action=TELEPORT|pid=5"), DECODE_DROP_UNKNOWN_EVENT },
        { LINE("action="), DECODE_DROP_MISSING_KEY },
        { LINE("action=EXIT"), DECODE_DROP_MISSING_KEY },
        { LINE("action=EXIT|pid="), DECODE_DROP_MISSING_KEY },
        { LINE("action=EXIT|pid=x"), DECODE_DROP_WRONG_TYPE },
        { LINE("action=EXIT|pid=-1"), DECODE_DROP_OUT_OF_RANGE },
        { LINE("action=EXIT|pid=99999999999999999999"), DECODE_DROP_WRONG_TYPE },
        { LINE("action=PROC_SUSPEND_RESUME" BY), DECODE_DROP_MISSING_KEY },
        { LINE("action=PROC_SUSPEND_RESUME|type=UNKNOWN" BY), DECODE_DROP_OUT_OF_RANGE },
        { LINE("action=XPROTECT_REMEDIATED|success=true"), DECODE_DROP_MISSING_KEY },
        { "[2026-13-02T03:04:05.678Z] I santad: action=EXIT|pid=5", DECODE_DROP_BAD_TIME },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        open_fixture(&f);
        assert_null(decode_line(&f, cases[i].line));
        assert_int_equal(decoder_counts(f.decoder)->dropped[cases[i].drop], 1);
        assert_int_equal(damage_seen_by(&f, "santa-log"), 1);
        close_fixture(&f);
    }
}

// The line with the pair from `at` to `end` gone (NULL), or its value another.
static void damage_pair(struct fixture *f, str line, size_t at, size_t end, const char *value)
{
    char damaged[1024];
    const str pair = str_to(str_from(line, at + 1), end - at - 1);
    const str key = str_to(pair, str_find_char(pair, '='));
    const bool is_essential =
        str_eq(key, STR("pid")) || str_eq(key, STR("type")) || str_eq(key, STR("remediated_pid"));
    if (value == NULL)
        (void)snprintf(damaged, sizeof damaged, "%.*s%.*s", (int)at, line.at,
                       STR_ARG(str_from(line, end)));
    else
        (void)snprintf(damaged, sizeof damaged, "%.*s|%.*s=%s%.*s", (int)at, line.at, STR_ARG(key),
                       value, STR_ARG(str_from(line, end)));
    if (decode_line(f, damaged) == NULL && !is_essential)
        fail_msg("no event of %s", damaged);
}

static void damage_line(struct fixture *f, str line)
{
    static const char *const values[] = { NULL, "", "x=y", "(null)", "-1", "<pipe><pipe", "\xff" };
    for (size_t at = str_find_char(line, '|'); at < line.len;) {
        const size_t end = at + 1 + str_find_char(str_from(line, at + 1), '|');
        for (size_t k = 0; k < COUNT_OF(values); k++)
            damage_pair(f, line, at, end, values[k]);
        at = end;
    }
}

// Each pair in turn is gone, empty, or something else.
static void santa_log__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        damage_line(&f, str_of(lines[i].line));
    damage_line(&f, STR(EXEC));
    close_fixture(&f);
}

// A line that is cut is a line still, of which the front counts.
static void santa_log__survives_every_truncation(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t len = 0; len < sizeof EXEC - 1; len++)
        (void)decode_record_of(&f, (str){ .at = EXEC, .len = len });
    assert_int_equal(decoder_counts(f.decoder)->in, sizeof EXEC - 1);
    close_fixture(&f);
}

static void santa_log__keeps_no_more_pairs_than_max(void **state)
{
    char line[1024];
    struct fixture f;
    size_t len = (size_t)snprintf(line, sizeof line, "%s", LINE("action=EXIT|pid=5"));
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < 60; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, "|k%zu=1", i);
    const struct event *event = decode_line(&f, line);
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 5);
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 1);
    close_fixture(&f);
}

static void santa_log__is_no_other_line(void **state)
{
    static const char *const others[] = {
        "action=EXEC|pid=5",
        "[info] action",
        "[",
        "]",
        "[2026-01-02T03:04:05.678Z] I other: action=EXIT|pid=5",
        "2026-01-02 03:04:05.678+0000 mac sudo: action=EXIT",
        "",
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_null(decode_line(&f, others[i]));
    assert_non_null(decode_line(&f, RECORD("94", "\"cs_invalidated\":{}")));
    assert_int_equal(damage_seen_by(&f, "santa-log"), 0);
    close_fixture(&f);
}

static void santa_log__reads_real_records(void **state)
{
    static const struct {
        int64_t time_ns;
        enum action action;
        int64_t pid;
        int64_t pidversion;
        int64_t parent;
        const char *executable;
        const char *file;
        const char *line;
    } expected[] = {
        { 1652355483923000000, ACTION_EXEC, 71993, 1097732, 1, "/usr/libexec/xpcproxy", NULL,
          "xpcproxy com.apple.CoreAuthentication.agent" },
        { 1652355522781000000, ACTION_EXEC, 72012, 1097765, 1,
          "/System/Library/PrivateFrameworks/TrustEvaluationAgent.framework/Versions/A/Resources/"
          "trustevaluationagent",
          NULL, "trustevaluationagent" },
        { 1652355236696000000, ACTION_DELETION, 377, 833, 1, "/usr/libexec/syspolicyd",
          "/private/var/db/SystemPolicy-journal", NULL },
        { 1652355485278000000, ACTION_MODIFICATION, 1, 521, 0, "/sbin/launchd",
          "/private/var/log/com.apple.xpc.launchd/launchd.log", NULL },
        { 1727250790284000000, ACTION_DELETION, 584, -1, 1,
          "/Library/Elastic/Endpoint/elastic-endpoint.app/Contents/MacOS/elastic-endpoint",
          "/Library/Elastic/Endpoint/state/last-document-id.json", NULL },
        { 1727250677738000000, ACTION_FORK, 90689, 410153, 1, "", NULL, NULL },
        { 1727769893270000000, ACTION_EXEC, 901, 2280, 1, "/usr/sbin/spindump", NULL,
          "/usr/sbin/spindump" },
    };
    static char text[16 * 1024];
    struct fixture f;
    size_t i = 0;
    (void)state;
    FILE *file = fopen("../shared/data/telemetry/santa/santa.log", "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: santa.log\n");
        skip();
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);
    for (str line; str_take_until(&rest, '\n', &line); i++) {
        assert_true(i < COUNT_OF(expected));
        const struct event *event = decode_record_of(&f, line);
        assert_non_null(event);
        assert_int_equal(event->time_ns, expected[i].time_ns);
        assert_int_equal(event->action, expected[i].action);
        assert_int_equal(event->process.id.pid, expected[i].pid);
        assert_int_equal(event->process.id.pidversion, expected[i].pidversion);
        assert_int_equal(event->process.parent.pid, expected[i].parent);
        assert_true(str_eq(event->process.executable, str_of(expected[i].executable)));
        if (expected[i].file != NULL)
            assert_text(event, FIELD_FILE_PATH, expected[i].file);
        if (expected[i].line != NULL)
            assert_text(event, FIELD_PROCESS_COMMAND_LINE, expected[i].line);
        if (i < 2)
            assert_int_equal(event->slots[FIELD_PROCESS_HASH_SHA256].len, 64);
    }
    assert_int_equal(i, COUNT_OF(expected));
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(santa_log__takes_an_exec),
        cmocka_unit_test(santa_log__takes_a_denied_exec_for_an_alert),
        cmocka_unit_test(santa_log__goes_by_pid_where_no_version_is_told),
        cmocka_unit_test(santa_log__takes_an_event_of_each_kind),
        cmocka_unit_test(santa_log__takes_what_is_of_one_kind_only),
        cmocka_unit_test(santa_log__takes_the_process_that_santa_wrote),
        cmocka_unit_test(santa_log__reads_every_front_of_a_line),
        cmocka_unit_test(santa_log__says_why_there_is_no_event),
        cmocka_unit_test(santa_log__goes_on_without_what_is_not_essential),
        cmocka_unit_test(santa_log__survives_every_truncation),
        cmocka_unit_test(santa_log__keeps_no_more_pairs_than_max),
        cmocka_unit_test(santa_log__is_no_other_line),
        cmocka_unit_test(santa_log__reads_real_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
