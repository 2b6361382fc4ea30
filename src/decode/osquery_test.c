#include "decode/damage.h"

// osquery's results: one row of each table, in each form of log, and what has to come of it.

#define TIME_NS  1767323045000000000LL
#define ASKED_NS 1767323100000000000LL
#define UUID     "5C0FFEE0-0000-4000-8000-0000000000AA"

#define AROUND                                                                             \
    "\"name\":\"pack_invented_starts\",\"hostIdentifier\":\"" UUID "\",\"calendarTime\":"  \
    "\"Fri Jan  2 03:05:00 2026 UTC\",\"unixTime\":1767323100,\"epoch\":0,\"counter\":12," \
    "\"numerics\":false,\"decorations\":{\"host_uuid\":\"" UUID "\",\"hostname\":\"mac-1\"}"
#define RESULT(columns) "{" AROUND ",\"columns\":" columns ",\"action\":\"added\"}"
#define COMMON                                                                       \
    "\"version\":\"10\",\"seq_num\":\"3\",\"global_seq_num\":\"7\",\"pid\":\"500\"," \
    "\"parent\":\"40\",\"path\":\"/opt/tool\",\"time\":\"1767323045\",\"eid\":\"0000001\""
#define ES(type, more)                                                                         \
    "{" COMMON ",\"event_type\":\"" type "\",\"original_parent\":\"39\",\"cwd\":\"/Users/u\"," \
    "\"uid\":\"501\",\"euid\":\"20\",\"gid\":\"20\",\"egid\":\"20\",\"username\":\"ada\","     \
    "\"signing_id\":\"org.invented.tool\",\"team_id\":\"INVENTED00\",\"cdhash\":"              \
    "\"0123456789abcdef0123456789abcdef01234567\",\"platform_binary\":\"0\","                  \
    "\"codesigning_flags\":\"NOT_RUNTIME\"" more "}"
#define NO_ARGS ",\"cmdline\":\"\",\"cmdline_count\":\"0\",\"env\":\"\",\"env_count\":\"0\""
#define EXEC_ROW                                                                         \
    ES("exec", ",\"cmdline\":\"tool -x \\\"/a b\\\" \\\"say \\\\\\\"hi\\\\\\\"\\\"  \"," \
               "\"cmdline_count\":\"5\",\"env\":\"HOME=/Users/u \\\"A=b c\\\" "          \
               "DYLD_INSERT_LIBRARIES=/tmp/a.dylib \",\"env_count\":\"3\"")
#define FORK_ROW ES("fork", NO_ARGS ",\"child_pid\":\"501\"")
#define EXIT_ROW ES("exit", NO_ARGS ",\"exit_code\":\"768\"")
#define FILE_ROW(type, name, other)                                             \
    "{" COMMON ",\"event_type\":\"" type "\",\"filename\":\"" name "\",\"dest_" \
    "filename\":\"" other "\"}"
#define AUDIT_OF(status)                                                                     \
    "{\"pid\":\"500\",\"path\":\"/opt/tool\",\"mode\":\"0100755\",\"cmdline\":\"tool -x \"," \
    "\"cmdline_size\":\"8\",\"cwd\":\"\",\"auid\":\"501\",\"uid\":\"501\",\"euid\":\"0\","   \
    "\"gid\":\"20\",\"egid\":\"20\",\"owner_uid\":\"0\",\"owner_gid\":\"0\",\"parent\":"     \
    "\"40\",\"time\":\"1767323045\",\"uptime\":\"900\",\"status\":\"" status "\"}"
#define AUDIT AUDIT_OF("0")
#define SOCKET(action)                                                                         \
    "{\"action\":\"" action "\",\"pid\":\"500\",\"path\":\"/opt/tool\",\"fd\":\"4\",\"auid\":" \
    "\"501\",\"status\":\"succeeded\",\"family\":\"2\",\"local_address\":\"\","                \
    "\"remote_address\":\"192.0.2.7\",\"local_port\":\"0\",\"remote_port\":\"443\","           \
    "\"time\":\"1767323045\",\"uptime\":\"900\"}"
#define RUNNING                                                                               \
    "{\"pid\":\"500\",\"name\":\"tool\",\"path\":\"/opt/tool\",\"cmdline\":\"tool\",\"uid\":" \
    "\"501\",\"on_disk\":\"1\",\"resident_size\":\"9\",\"start_time\":\"1767320000\","        \
    "\"parent\":\"40\"}"

static void osquery__takes_an_exec(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RESULT(EXEC_ROW));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->time_ns, TIME_NS);
    assert_text(event, FIELD_EVENT_MODULE, "osquery");
    assert_int_equal(event->host_told.kind, HOST_BY_HARDWARE);
    assert_str(event->host_told.id, UUID);
    assert_str(event->host_told.name, "mac-1");
    assert_int_equal(event->numbering, NUMBERING_ORDER);
    assert_true(event->has_sequence && event->has_type_sequence);
    assert_int_equal(event->sequence, 7);
    assert_int_equal(event->type_sequence, 3);
    assert_int_equal(event->type_number, 9);

    const struct process_facts *p = &event->process;
    assert_true(p->present && p->cs_told);
    assert_false(p->is_platform || event->previous.present);
    assert_int_equal(p->id.pid, 500);
    assert_int_equal(p->id.pidversion, -1);
    assert_int_equal(p->parent.pid, 40);
    assert_int_equal(p->euid, -1);
    assert_int_equal(p->cs_flags, CS_SIGNED | CS_VALID);
    assert_str(p->executable, "/opt/tool");
    assert_str(p->signing_id, "org.invented.tool");
    assert_str(p->team_id, "INVENTED00");
    assert_str(p->cdhash, "0123456789abcdef0123456789abcdef01234567");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 5);
    const struct value *args = event->slots[FIELD_PROCESS_ARGS].list;
    assert_str(value_str(args[2]), "/a b");
    assert_str(value_str(args[3]), "say \"hi\"");
    assert_str(value_str(args[4]), "");
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /a b say \"hi\" ");
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 3);
    assert_str(value_str(event->slots[FIELD_PROCESS_ENV_VARS].list[1]), "A=b c");
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/Users/u");
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

static const struct {
    const char *record;
    enum action action;
} results[] = {
    { RESULT(EXEC_ROW), ACTION_EXEC },
    { RESULT(FORK_ROW), ACTION_FORK },
    { RESULT(EXIT_ROW), ACTION_END },
    { RESULT(FILE_ROW("create", "/f.txt", "")), ACTION_CREATION },
    { RESULT(FILE_ROW("rename", "/old", "/f.txt")), ACTION_RENAME },
    { RESULT(FILE_ROW("write", "/f.txt", "")), ACTION_WRITE },
    { RESULT(FILE_ROW("truncate", "/f.txt", "")), ACTION_MODIFICATION },
    { RESULT(FILE_ROW("open", "/f.txt", "")), ACTION_OPEN },
    { RESULT(FILE_ROW("close", "/f.txt", "")), ACTION_CLOSE },
    { RESULT(FILE_ROW("unlink", "/f.txt", "")), ACTION_DELETION },
    { RESULT(AUDIT), ACTION_EXEC },
    { RESULT(SOCKET("connect")), ACTION_CONNECT },
    { RESULT(SOCKET("accept")), ACTION_ACCEPT },
};

static void osquery__takes_an_event_of_each_table(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        const struct event *event = decode_line(&f, results[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, results[i].action);
        assert_int_equal(event->time_ns, TIME_NS);
        assert_int_equal(event->process.id.pid, i == 1 ? 501 : 500);
        assert_true(str_eq(event->process.executable, i == 1 ? STR_EMPTY : STR("/opt/tool")));
        if (event->categories == CATEGORY_FILE) {
            assert_text(event, FIELD_FILE_PATH, "/f.txt");
            assert_false(event->has_sequence);
            assert_true(event->has_type_sequence);
        }
    }
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    assert_int_equal(damage_seen_by(&f, "osquery"), COUNT_OF(results));
    close_fixture(&f);
}

static void osquery__takes_what_is_of_one_table_only(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RESULT(FORK_ROW));
    assert_int_equal(event->previous.id.pid, 500);
    assert_str(event->previous.executable, "/opt/tool");
    assert_int_equal(event->previous.parent.pid, 40);
    assert_int_equal(event->process.parent.pid, 500);
    event = decode_line(&f, RESULT(EXIT_ROW));
    assert_int(event, FIELD_PROCESS_EXIT_CODE, 3);
    event = decode_line(&f, RESULT(ES("exit", ",\"exit_code\":\"9\"")));
    assert_int(event, FIELD_PROCESS_EXIT_SIGNAL, 9);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    event = decode_line(&f, RESULT(FILE_ROW("rename", "/old", "/f.txt")));
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/old");
    event = decode_line(&f, RESULT(AUDIT));
    assert_int_equal(event->process.euid, 0);
    assert_false(event->process.cs_told || event->has_sequence);
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x");
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 2);
    event = decode_line(&f, RESULT(SOCKET("connect")));
    assert_text(event, FIELD_DESTINATION_IP, "192.0.2.7");
    assert_int(event, FIELD_DESTINATION_PORT, 443);
    close_fixture(&f);
}

// Flags are named where they are unusual.
static void osquery__reads_flags_by_their_absence(void **state)
{
    static const struct {
        const char *row;
        bool is_told;
        uint32_t flags;
    } cases[] = {
        { "\"cdhash\":\"00\",\"codesigning_flags\":\"\"", true, CS_SIGNED | CS_VALID | CS_RUNTIME },
        { "\"cdhash\":\"00\",\"codesigning_flags\":\"ADHOC, NOT_RUNTIME\"", true,
          CS_SIGNED | CS_VALID | CS_ADHOC },
        { "\"cdhash\":\"\",\"codesigning_flags\":\"NOT_VALID, NOT_RUNTIME\"", true, 0 },
        { "\"cdhash\":\"00\",\"codesigning_flags\":\"NOT_VALID\"", true, CS_SIGNED | CS_RUNTIME },
        { "\"cdhash\":\"00\"", false, 0 },
        { "\"cdhash\":\"00\",\"platform_binary\":\"1\",\"codesigning_flags\":null", false, 0 },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char record[512];
        (void)snprintf(record, sizeof record,
                       "{\"hostIdentifier\":\"h\",\"columns\":{\"event_type\":\"exec\",\"pid\":"
                       "\"5\",\"time\":\"1\",%s}}",
                       cases[i].row);
        const struct event *event = decode_line(&f, record);
        assert_non_null(event);
        assert_int_equal(event->process.cs_told, cases[i].is_told);
        assert_int_equal(event->process.cs_flags, cases[i].flags);
        assert_int_equal(event->process.is_platform, i == 5);
    }
    close_fixture(&f);
}

// Where the count says that quotes do not tell where an argument ends, blanks do.
static void osquery__splits_arguments_as_the_count_allows(void **state)
{
    static const struct {
        const char *columns;
        int64_t count;
        const char *line;
    } cases[] = {
        { "\"event_type\":\"exec\",\"cmdline\":\"a \\\"b c\\\" \",\"cmdline_count\":2", 2,
          "a b c" },
        { "\"event_type\":\"exec\",\"cmdline\":\"a \\\"b c\\\" \"", 2, "a b c" },
        { "\"event_type\":\"exec\",\"cmdline\":\"a b c \",\"cmdline_count\":\"2\"", 3, "a b c" },
        { "\"event_type\":\"exec\",\"cmdline\":\"a b \",\"cmdline_count\":\"9\"", 2, "a b" },
        { "\"event_type\":\"exec\",\"cmdline\":\"a b \",\"cmdline_count\":\"-7\"", 2, "a b" },
        { "\"event_type\":\"exec\",\"cmdline\":\"a \\\"b\",\"cmdline_count\":\"2\"", 2, "a b" },
        { "\"event_type\":\"exec\",\"cmdline\":\"\\\"\\\\\",\"cmdline_count\":\"1\"", 1, "\\" },
        { "\"cmdline\":\"a \\\"b c\\\" \",\"auid\":\"1\",\"path\":\"/a\"", 3, "a \"b c\"" },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char record[512];
        (void)snprintf(record, sizeof record,
                       "{\"hostIdentifier\":\"h\",\"columns\":{\"pid\":\"5\",\"time\":\"1\",%s}}",
                       cases[i].columns);
        const struct event *event = decode_line(&f, record);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_EXEC);
        assert_int(event, FIELD_PROCESS_ARGS_COUNT, cases[i].count);
        assert_text(event, FIELD_PROCESS_COMMAND_LINE, cases[i].line);
    }
    close_fixture(&f);
}

static void osquery__takes_numbers_as_numbers(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, "{\"hostIdentifier\":\"h\",\"unixTime\":\"1767323100\",\"numerics\":true,\"columns\":"
            "{\"event_type\":\"exec\",\"pid\":5,\"parent\":-1,\"time\":1767323045,\"seq_num\":0,"
            "\"global_seq_num\":0,\"platform_binary\":1}}");
    assert_non_null(event);
    assert_int_equal(event->time_ns, TIME_NS);
    assert_int_equal(event->process.parent.pid, -1);
    assert_true(event->process.is_platform && event->has_sequence);
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

// A query that does not select the time leaves that at which it was made.
static void osquery__takes_the_time_of_the_query_where_the_row_has_none(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, "{" AROUND ",\"columns\":{\"event_type\":\"fork\",\"pid\":\"5\",\"child_pid\":\"6\"}}");
    assert_non_null(event);
    assert_int_equal(event->time_ns, ASKED_NS);
    assert_null(decode_line(&f, "{\"hostIdentifier\":\"h\",\"columns\":{\"event_type\":\"exec\","
                                "\"pid\":\"5\"}}"));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_MISSING_KEY], 1);
    assert_null(decode_line(&f, "{\"hostIdentifier\":\"h\",\"columns\":{\"event_type\":\"exec\","
                                "\"pid\":\"5\",\"time\":\"x\"}}"));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_BAD_TIME], 1);
    close_fixture(&f);
}

static void osquery__takes_every_form_of_log_apart(void **state)
{
    static const struct {
        const char *record;
        uint64_t in;
        uint64_t events;
        enum decode_drop drop;  // Of all others.
    } cases[] = {
        { RESULT(EXEC_ROW), 1, 1, DECODE_DROP_COUNT },
        { "{" AROUND ",\"diffResults\":{\"added\":[" EXEC_ROW "," FORK_ROW
          "],\"removed\":[" EXIT_ROW "]}}",
          3, 2, DECODE_DROP_NOT_NEEDED },
        { "{" AROUND ",\"diffResults\":{\"removed\":[" EXIT_ROW "],\"added\":\"\"}}", 1, 0,
          DECODE_DROP_NOT_NEEDED },
        { "{" AROUND ",\"diffResults\":{\"removed\":[],\"added\":[]}}", 1, 0, DECODE_DROP_EMPTY },
        { "{" AROUND ",\"diffResults\":{\"added\":[" EXEC_ROW ",7]}}", 2, 1,
          DECODE_DROP_WRONG_TYPE },
        { "{" AROUND ",\"diffResults\":\"\"}", 1, 0, DECODE_DROP_MISSING_KEY },
        { "{" AROUND ",\"columns\":" EXEC_ROW ",\"action\":\"removed\"}", 1, 0,
          DECODE_DROP_NOT_NEEDED },
        { "{" AROUND ",\"columns\":" EXEC_ROW ",\"action\":\"snapshot\"}", 1, 1,
          DECODE_DROP_COUNT },
        { "{" AROUND ",\"snapshot\":[" RUNNING "," RUNNING "," EXEC_ROW
          "],\"action\":\"snapshot\"}",
          3, 1, DECODE_DROP_NOT_NEEDED },
        { "{" AROUND ",\"snapshot\":[],\"action\":\"snapshot\"}", 1, 0, DECODE_DROP_EMPTY },
        { EXEC_ROW, 1, 1, DECODE_DROP_COUNT },
        { FILE_ROW("write", "/a", ""), 1, 1, DECODE_DROP_COUNT },
        { AUDIT, 1, 1, DECODE_DROP_COUNT },
        { "[" EXEC_ROW "," AUDIT "]", 2, 2, DECODE_DROP_COUNT },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        open_fixture(&f);
        (void)decode_line(&f, cases[i].record);
        const struct decode_counts *counts = decoder_counts(f.decoder);
        assert_int_equal(counts->in, cases[i].in);
        assert_int_equal(counts->out, cases[i].events);
        if (cases[i].drop != DECODE_DROP_COUNT)
            assert_int_equal(counts->dropped[cases[i].drop], cases[i].in - cases[i].events);
        for (size_t k = 0; k < f.batch.event_count; k++)
            if (i < 10 && f.batch.events[k]->action != ACTION_COUNT)
                assert_str(f.batch.events[k]->host_told.id, UUID);
        close_fixture(&f);
    }
}

static void osquery__takes_the_host_that_is_told_best(void **state)
{
    static const struct {
        const char *around;
        enum host_kind kind;
        const char *id;
        const char *name;
    } cases[] = {
        { "\"hostIdentifier\":\"mac-2.local\"", HOST_BY_NAME, "", "mac-2.local" },
        { "\"hostIdentifier\":\"" UUID "\"", HOST_BY_HARDWARE, UUID, "" },
        { "\"hostIdentifier\":\"5c0ffee0-0000-4000-8000-0000000000bb\"", HOST_BY_SENSOR,
          "5c0ffee0-0000-4000-8000-0000000000bb", "" },
        { "\"hostIdentifier\":\"5c0ffee0-0000-4000-8000-0000000000bb\",\"decorations\":"
          "{\"hardware_serial\":\"C0INVENTED\",\"computer_name\":\"mac-3\"}",
          HOST_BY_HARDWARE, "C0INVENTED", "mac-3" },
        { "\"hostIdentifier\":\"x\",\"host_uuid\":\"" UUID "\",\"hostname\":\"mac-4\"",
          HOST_BY_HARDWARE, UUID, "mac-4" },
        { "\"hostIdentifier\":\"5C0FFEE0_0000-4000-8000-0000000000AA\"", HOST_BY_NAME, "",
          "5C0FFEE0_0000-4000-8000-0000000000AA" },
        { "\"calendarTime\":\"x\"", HOST_NOT_TOLD, "", "" },
        { "\"hostIdentifier\":7,\"decorations\":[]", HOST_NOT_TOLD, "", "" },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char record[512];
        (void)snprintf(record, sizeof record,
                       "{%s,\"columns\":{\"event_type\":\"exec\",\"pid\":\"5\",\"time\":\"1\"}}",
                       cases[i].around);
        const struct event *event = decode_line(&f, record);
        assert_non_null(event);
        assert_int_equal(event->host_told.kind, cases[i].kind);
        assert_true(str_eq(event->host_told.id, str_of(cases[i].id)));
        assert_true(str_eq(event->host_told.name, str_of(cases[i].name)));
    }
    close_fixture(&f);
}

static void osquery__says_why_there_is_no_event(void **state)
{
    static const struct {
        const char *record;
        enum decode_drop drop;
    } cases[] = {
        { RESULT(RUNNING), DECODE_DROP_NOT_NEEDED },
        { RESULT(AUDIT_OF("2")), DECODE_DROP_NOT_NEEDED },
        { RESULT(SOCKET("bind")), DECODE_DROP_NOT_NEEDED },
        { RESULT("{\"device\":\"/dev/disk1\",\"path\":\"/\"}"), DECODE_DROP_NOT_NEEDED },
        { RESULT("{\"target_path\":\"/a\",\"action\":\"CREATED\",\"time\":\"1\"}"),
          DECODE_DROP_NOT_NEEDED },
        // Linux.
        { RESULT("{\"pid\":\"5\",\"path\":\"/a\",\"cmdline\":\"a\",\"auid\":\"1\",\"time\":\"1\","
                 "\"syscall\":\"execve\"}"),
          DECODE_DROP_NOT_NEEDED },
        { RESULT(ES("teleport", "")), DECODE_DROP_UNKNOWN_EVENT },
        { RESULT("{\"event_type\":\"exec\",\"time\":\"1\"}"), DECODE_DROP_MISSING_KEY },
        { RESULT("{\"event_type\":\"exec\",\"time\":\"1\",\"pid\":\"\"}"),
          DECODE_DROP_MISSING_KEY },
        { RESULT("{\"event_type\":\"exec\",\"time\":\"1\",\"pid\":\"x\"}"),
          DECODE_DROP_WRONG_TYPE },
        { RESULT("{\"event_type\":\"exec\",\"time\":\"1\",\"pid\":\"-1\"}"),
          DECODE_DROP_OUT_OF_RANGE },
        { RESULT("{\"event_type\":\"fork\",\"time\":\"1\",\"pid\":\"5\"}"),
          DECODE_DROP_MISSING_KEY },
        { RESULT("7"), DECODE_DROP_WRONG_TYPE },
        { RESULT("null"), DECODE_DROP_MISSING_KEY },
        { "{\"hostIdentifier\":\"h\",\"calendarTime\":\"x\",\"severity\":\"0\",\"filename\":"
          "\"scheduler.cpp\",\"line\":\"83\",\"message\":\"Executing\",\"version\":\"5\"}",
          DECODE_DROP_NOT_NEEDED },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        open_fixture(&f);
        assert_null(decode_line(&f, cases[i].record));
        assert_int_equal(decoder_counts(f.decoder)->dropped[cases[i].drop], 1);
        assert_int_equal(damage_seen_by(&f, "osquery"), 1);
        close_fixture(&f);
    }
}

static void check_damage(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/columns",
                                             "/columns/pid",
                                             "/columns/child_pid",
                                             "/columns/event_type",
                                             "/columns/action",
                                             "/columns/remote_address",
                                             "" };
    // What says that it did not happen; osquery's audit rows are told by these two.
    static const char *const telling[] = { "/columns/status", "/columns/path", "/columns/cmdline",
                                           "" };
    const struct event *event = decode_record_of(f, record);
    if (event == NULL && !damage_is_one_of(path, essential) && !damage_is_one_of(path, telling))
        fail_msg("no event without %s (%s)", path, how);
}

static void osquery__goes_on_without_what_is_not_essential(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(results); i++)
        damage_each(&f, results[i].record, check_damage);
    assert_int_equal(damage_seen_by(&f, "osquery"), decoder_counts(f.decoder)->in);
    close_fixture(&f);
}

static void osquery__counts_every_truncation(void **state)
{
    static const char record[] =
        "{" AROUND ",\"diffResults\":{\"added\":[" EXEC_ROW "],\"removed\":[" EXIT_ROW "]}}";
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t len = 0; len < sizeof record - 1; len++)
        assert_null(decode_record_of(&f, (str){ .at = record, .len = len }));
    assert_int_equal(dropped_in_all(&f), sizeof record - 1);
    close_fixture(&f);
}

static void osquery__keeps_no_more_arguments_than_max(void **state)
{
    static char record[3 * DECODE_LIST_MAX + 512];
    struct fixture f;
    size_t len = (size_t)snprintf(record, sizeof record, "%s",
                                  "{\"hostIdentifier\":\"h\",\"columns\":{\"event_type\":\"exec\","
                                  "\"pid\":\"5\",\"time\":\"1\",\"cmdline\":\"");
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < DECODE_LIST_MAX + 5; i++)
        len += (size_t)snprintf(record + len, sizeof record - len, "a ");
    (void)snprintf(record + len, sizeof record - len, "\",\"cmdline_count\":\"%u\"}}",
                   DECODE_LIST_MAX + 5u);
    const struct event *event = decode_line(&f, record);
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, DECODE_LIST_MAX);
    assert_int_equal(decoder_counts(f.decoder)->lists_cut, 1);
    close_fixture(&f);
}

static void osquery__is_no_other_dialects_record(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, RECORD("94", "\"cs_invalidated\":{}")));
    assert_null(decode_line(&f, "{\"columns\":[1],\"name\":\"x\",\"action\":\"added\"}"));
    assert_int_equal(damage_seen_by(&f, "osquery"), 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(osquery__takes_an_exec),
        cmocka_unit_test(osquery__takes_an_event_of_each_table),
        cmocka_unit_test(osquery__takes_what_is_of_one_table_only),
        cmocka_unit_test(osquery__reads_flags_by_their_absence),
        cmocka_unit_test(osquery__splits_arguments_as_the_count_allows),
        cmocka_unit_test(osquery__takes_numbers_as_numbers),
        cmocka_unit_test(osquery__takes_the_time_of_the_query_where_the_row_has_none),
        cmocka_unit_test(osquery__takes_every_form_of_log_apart),
        cmocka_unit_test(osquery__takes_the_host_that_is_told_best),
        cmocka_unit_test(osquery__says_why_there_is_no_event),
        cmocka_unit_test(osquery__goes_on_without_what_is_not_essential),
        cmocka_unit_test(osquery__counts_every_truncation),
        cmocka_unit_test(osquery__keeps_no_more_arguments_than_max),
        cmocka_unit_test(osquery__is_no_other_dialects_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
