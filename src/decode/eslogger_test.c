#include "decode/damage.h"

#include <stdio.h>

// One event of each kind, and what has to come of it.

#define SLEEP   PROCESS("600", "2000", "\\/bin\\/sleep")
#define TARGET  "\"target\":" SLEEP
#define FILE_A  FILE_AT("\\/Users\\/u\\/a.tar.gz")
#define BUNDLED FILE_AT("\\/opt\\/lib\\/libx.dylib")

static void decode__takes_what_every_record_has(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RECORD("94", "\"cs_invalidated\":{}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CS_INVALIDATED);
    assert_int_equal(event->categories, CATEGORY_PROCESS);
    assert_int_equal(event->time_ns, RECORD_TIME_NS);
    assert_true(event->has_sequence && event->has_type_sequence);
    assert_int_equal(event->sequence, 7);
    assert_int_equal(event->type_sequence, 3);
    assert_int_equal(event->type_number, 94);
    assert_int_equal(event->host, 3);
    assert_int_equal(event->host_told.kind, HOST_NOT_TOLD);
    assert_int_equal(event->numbering, NUMBERING_ALL);
    assert_int_equal(event->slot_count, FIELD_COUNT);
    assert_text(event, FIELD_EVENT_ACTION, "cs_invalidated");
    assert_text(event, FIELD_EVENT_TYPE, "change");
    assert_text(event, FIELD_EVENT_MODULE, "eslogger");
    assert_missing(event, FIELD_HOST_NAME);
    assert_int(event, FIELD_TIMESTAMP, RECORD_TIME_NS);
    assert_int(event, FIELD_EVENT_SEQUENCE, 7);
    assert_int_equal(event->slots[FIELD_EVENT_CATEGORY].len, 1);
    assert_str(value_str(event->slots[FIELD_EVENT_CATEGORY].list[0]), "process");
    close_fixture(&f);
}

static void decode__takes_all_facts_of_a_process(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RECORD("94", "\"cs_invalidated\":{}"));
    assert_non_null(event);
    const struct process_facts *p = &event->process;
    assert_true(p->present && p->is_platform);
    assert_false(p->is_es_client || p->path_truncated);
    assert_int_equal(p->id.pid, 500);
    assert_int_equal(p->id.pidversion, 1000);
    assert_int_equal(p->parent.pid, 40);
    assert_int_equal(p->parent.pidversion, 41);
    assert_int_equal(p->responsible.pid, 50);
    assert_int_equal(p->responsible.pidversion, 51);
    assert_int_equal(p->euid, 502);
    assert_int_equal(p->cs_flags, CS_VALID | CS_SIGNED | 0x2000000u);
    assert_int_equal(p->cs_validation_category, 6);
    assert_int_equal(p->id.start_ns, 1767323045678901000);
    assert_str(p->executable, "/bin/zsh");
    assert_str(p->signing_id, "org.invented.tool");
    assert_str(p->team_id, "");
    assert_str(p->cdhash, "0123456789ABCDEF0123456789ABCDEF01234567");
    assert_false(event->previous.present || event->target.present);
    close_fixture(&f);
}

static void decode__takes_audit_tokens_that_are_lists(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD_OF("10", "94", PROCESS_OF(TOKEN_LIST("500", "1000"), "\\/a"),
                                  "\"cs_invalidated\":{}"));
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 500);
    assert_int_equal(event->process.id.pidversion, 1000);
    assert_int_equal(event->process.euid, 502);
    close_fixture(&f);
}

#define EXEC                                                                                       \
    RECORD_OF(                                                                                     \
        "11", "9", PROCESS("500", "1000", "\\/bin\\/zsh"),                                         \
        "\"exec\":{\"target\":" PROCESS(                                                           \
            "500", "1001", "\\/opt\\/tool") ",\"args\":[\"tool\",\"-x\",\"\\/a "                   \
                                            "b\"],\"env\":[\"HOME=\\/Users\\/u\",\"DYLD_X=1\","    \
                                            "\"dyld_no=1\",\"DYLD_INSERT_LIBRARIES=\\/tmp\\/"      \
                                            "a.dylib\"],\"cwd\":" FILE_A                           \
                                            ",\"script\":null,\"dyld_exec_path\":\"\\/opt\\/"      \
                                            "tool\",\"image_cputype\":16777228,"                   \
                                            "\"image_cpusubtype\":-2147483646,\"fds\":[{\"fd\":0," \
                                            "\"fdtype\":1}],\"last_fd\":0,"                        \
                                            "\"entitlements\":{\"com.apple.security.cs.allow-"     \
                                            "jit\":true,\"x\":[1]}}")

// As collectors leave records that keep a part of them.
static void decode__needs_no_pidversion(void **state)
{
    static const struct {
        const char *token;
        bool is_odd;
    } tokens[] = {
        { "{\"pid\":500,\"euid\":502}", false },
        { "{\"pid\":500,\"pidversion\":null}", false },
        { "{\"pid\":500,\"pidversion\":\"x\"}", true },
        { "{\"pid\":500,\"pidversion\":-1}", true },
    };
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        const uint64_t before = decoder_counts(f.decoder)->odd_values;
        const struct event *event = decode_record_of(
            &f, arena_printf(&arena,
                             "{\"event_type\":15,\"time\":\"2026-01-02T03:04:05Z\",\"process\":"
                             "{\"audit_token\":%s,\"start_time\":\"2026-01-02T03:04:05.678901Z\"},"
                             "\"event\":{\"exit\":{\"stat\":0}}}",
                             tokens[i].token));
        assert_non_null(event);
        assert_int_equal(event->process.id.pid, 500);
        assert_int_equal(event->process.id.pidversion, -1);
        assert_int_equal(event->process.id.start_ns, 1767323045678901000);
        assert_int_equal(decoder_counts(f.decoder)->odd_values - before, tokens[i].is_odd);
    }
    arena_done(&arena);
    close_fixture(&f);
}

static void decode__needs_no_image_before_a_start(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, "{\"global_seq_num\":1,\"time\":\"2026-01-02T03:04:05Z\",\"event\":{\"exec\":{"
            "\"target\":" PROCESS("600", "2000", "\\/bin\\/sleep") ",\"args\":[\"sleep\"]}}}");
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 600);
    assert_false(event->previous.present);
    event = decode_line(
        &f, "{\"global_seq_num\":2,\"time\":\"2026-01-02T03:04:05Z\",\"process\":null,\"event\":{"
            "\"fork\":{\"child\":" PROCESS("601", "2001", "\\/bin\\/sleep") "}}}");
    assert_non_null(event);
    assert_int_equal(event->process.id.pid, 601);
    assert_int_equal(event->process.parent.pid, 40);
    assert_false(event->previous.present);
    close_fixture(&f);
}

static void decode__takes_a_time_with_an_offset(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f,
        "{\"event_type\":15,\"time\":\"2026-01-02T05:04:05.678901234+02:00\",\"process\":" PROCESS(
            "600", "2000", "\\/a") ",\"event\":{\"exit\":{\"stat\":0}}}");
    assert_non_null(event);
    assert_int_equal(event->time_ns, RECORD_TIME_NS);
    close_fixture(&f);
}

static void decode__takes_an_exec_with_both_images(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, EXEC);
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_EXEC);
    assert_int_equal(event->process.id.pidversion, 1001);
    assert_str(event->process.executable, "/opt/tool");
    assert_int_equal(event->previous.id.pidversion, 1000);
    assert_str(event->previous.executable, "/bin/zsh");
    assert_true(event->entitlements_told && event->entitlements_jit);
    assert_int(event, FIELD_PROCESS_ARGS_COUNT, 3);
    assert_text(event, FIELD_PROCESS_COMMAND_LINE, "tool -x /a b");
    assert_text(event, FIELD_PROCESS_WORKING_DIRECTORY, "/Users/u/a.tar.gz");
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, 3);
    assert_str(value_str(event->slots[FIELD_PROCESS_ARGS].list[2]), "/a b");
    assert_int_equal(event->slots[FIELD_PROCESS_ENV_VARS].len, 4);
    const struct value dyld = event->slots[FIELD_PROCESS_DYLD_ENV];
    assert_int_equal(dyld.type, VALUE_LIST);
    assert_int_equal(dyld.len, 2);
    assert_str(value_str(dyld.list[0]), "DYLD_X=1");
    assert_str(value_str(dyld.list[1]), "DYLD_INSERT_LIBRARIES=/tmp/a.dylib");
    close_fixture(&f);
}

static void decode__keeps_only_what_is_wanted_of_an_exec(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    decoder_free(f.decoder);
    memset(&f.projection, 0, sizeof f.projection);
    projection_want(&f.projection, ACTION_LOAD, FIELD_PROCESS_ARGS);  // By a later event of it.
    f.decoder = decoder_new(&f.projection, NULL);
    const struct event *event = decode_line(&f, EXEC);
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_PROCESS_ARGS].len, 3);
    assert_int_equal(event->slots[FIELD_PROCESS_DYLD_ENV].len, 2);
    assert_missing(event, FIELD_PROCESS_ENV_VARS);
    assert_missing(event, FIELD_PROCESS_COMMAND_LINE);
    assert_missing(event, FIELD_PROCESS_ARGS_COUNT);
    assert_missing(event, FIELD_PROCESS_WORKING_DIRECTORY);
    close_fixture(&f);
}

static void decode__says_where_entitlements_are_not_told(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RECORD("9", "\"exec\":{" TARGET "}"));
    assert_non_null(event);
    assert_false(event->entitlements_told || event->entitlements_jit);
    assert_missing(event, FIELD_PROCESS_ARGS);
    assert_missing(event, FIELD_PROCESS_DYLD_ENV);
    event = decode_line(&f, RECORD("9", "\"exec\":{" TARGET ",\"entitlements\":{"
                                        "\"com.apple.security.cs.allow-jit\":false}}"));
    assert_non_null(event);
    assert_true(event->entitlements_told);
    assert_false(event->entitlements_jit);
    close_fixture(&f);
}

static void decode__takes_a_fork_as_of_the_child(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RECORD("11", "\"fork\":{\"child\":" SLEEP "}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_FORK);
    assert_int_equal(event->process.id.pid, 600);
    assert_int_equal(event->previous.id.pid, 500);
    close_fixture(&f);
}

static void decode__tells_exit_codes_from_signals(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, RECORD("15", "\"exit\":{\"stat\":768}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_END);
    assert_int(event, FIELD_PROCESS_EXIT_CODE, 3);
    assert_missing(event, FIELD_PROCESS_EXIT_SIGNAL);
    event = decode_line(&f, RECORD("15", "\"exit\":{\"stat\":139}"));  // 11, with a core dump.
    assert_non_null(event);
    assert_int(event, FIELD_PROCESS_EXIT_SIGNAL, 11);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    event = decode_line(&f, RECORD("15", "\"exit\":{\"stat\":127}"));  // Stopped: not an end.
    assert_non_null(event);
    assert_missing(event, FIELD_PROCESS_EXIT_SIGNAL);
    assert_missing(event, FIELD_PROCESS_EXIT_CODE);
    close_fixture(&f);
}

static void decode__takes_code_from_a_file_as_a_library(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD("20", "\"mmap\":{\"protection\":5,\"max_protection\":7,\"flags\":18,"
                                     "\"file_pos\":0,\"source\":" BUNDLED "}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_LOAD);
    assert_int_equal(event->categories, CATEGORY_LIBRARY | CATEGORY_API);
    assert_int_equal(event->slots[FIELD_EVENT_CATEGORY].len, 2);
    assert_text(event, FIELD_API_NAME, "mmap");
    assert_text(event, FIELD_API_PROTECTION, "R-X");
    assert_text(event, FIELD_API_MAX_PROTECTION, "RWX");
    assert_int(event, FIELD_API_FLAGS, 18);
    assert_text(event, FIELD_DLL_PATH, "/opt/lib/libx.dylib");
    assert_text(event, FIELD_DLL_NAME, "libx.dylib");
    assert_missing(event, FIELD_FILE_PATH);
    close_fixture(&f);
}

static void decode__takes_other_mappings_as_calls(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f,
        RECORD("3", "\"mmap\":{\"protection\":1,\"max_protection\":3,\"flags\":2,\"source\":" FILE_A
                    "}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_MMAP);
    assert_text(event, FIELD_API_PROTECTION, "R--");
    assert_text(event, FIELD_API_MAX_PROTECTION, "RW-");
    assert_text(event, FIELD_FILE_PATH, "/Users/u/a.tar.gz");
    assert_missing(event, FIELD_DLL_PATH);
    event =
        decode_line(&f, RECORD("20", "\"mmap\":{\"protection\":7,\"flags\":4098,\"source\":null}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_MMAP);  // Code, but of no file.
    assert_missing(event, FIELD_API_MAX_PROTECTION);
    assert_missing(event, FIELD_FILE_PATH);
    close_fixture(&f);
}

static void decode__names_all_eight_protections(void **state)
{
    static const char *const texts[] = { "---", "R--", "-W-", "RW-", "--X", "R-X", "-WX", "RWX" };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (unsigned bits = 0; bits < 8; bits++) {
        char line[4096];
        (void)snprintf(
            line, sizeof line,
            RECORD("21", "\"mprotect\":{\"protection\":%u,\"address\":4096,\"size\":16384}"),
            bits + 256);  // Other bits are no part of it.
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        assert_int_equal(event->action, ACTION_MPROTECT);
        assert_text(event, FIELD_API_NAME, "mprotect");
        assert_text(event, FIELD_API_PROTECTION, texts[bits]);
        assert_int(event, FIELD_API_ADDRESS, 4096);
        assert_int(event, FIELD_API_SIZE, 16384);
    }
    close_fixture(&f);
}

static void decode__keeps_an_address_of_64_bits(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD("21",
                   "\"mprotect\":{\"protection\":7,\"address\":18446744073709551615,\"size\":1}"));
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_API_ADDRESS].type, VALUE_FLOAT);
    assert_true(event->slots[FIELD_API_ADDRESS].real > 1.8e19);
    close_fixture(&f);
}

static void decode__tells_task_ports_apart(void **state)
{
    static const struct {
        const char *key;
        const char *port;
    } ports[] = {
        { "get_task", "control" },
        { "get_task_name", "name" },
        { "get_task_read", "read" },
        { "get_task_inspect", "inspect" },
    };
    static const char *const calls[] = { "task_for_pid", "expose_task", "identity_token" };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(ports); i++)
        for (unsigned type = 0; type <= COUNT_OF(calls); type++) {
            char line[8192];
            (void)snprintf(line, sizeof line, RECORD("16", "\"%s\":{" TARGET ",\"type\":%u}"),
                           ports[i].key, type);
            const struct event *event = decode_line(&f, line);
            assert_non_null(event);
            assert_int_equal(event->action, ACTION_PROCESS_OPEN);
            assert_int_equal(event->target.id.pid, 600);
            assert_str(event->target.executable, "/bin/sleep");
            assert_text(event, FIELD_API_PORT, ports[i].port);
            if (type < COUNT_OF(calls))
                assert_text(event, FIELD_API_NAME, calls[type]);
            else
                assert_missing(event, FIELD_API_NAME);
        }
    close_fixture(&f);
}

static void decode__tells_suspend_resume_and_shutdown_apart(void **state)
{
    static const struct {
        const char *type;
        enum action action;
    } types[] = {
        { "0", ACTION_SUSPEND },
        { "1", ACTION_RESUME },
        { "3", ACTION_SHUTDOWN_SOCKETS },
    };
    struct fixture f;
    char line[8192];
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        (void)snprintf(line, sizeof line,
                       RECORD("93", "\"proc_suspend_resume\":{" TARGET ",\"type\":%s}"),
                       types[i].type);
        const struct event *event = decode_line(&f, line);
        assert_non_null(event);
        assert_int_equal(event->action, types[i].action);
        assert_int_equal(event->target.id.pid, 600);
    }
    const struct event *event =
        decode_line(&f, RECORD("93", "\"proc_suspend_resume\":{\"target\":null,\"type\":3}"));
    assert_non_null(event);
    assert_false(event->target.present);
    assert_null(
        decode_line(&f, RECORD("93", "\"proc_suspend_resume\":{\"target\":null,\"type\":2}")));
    assert_int_equal(decoder_counts(f.decoder)->dropped[DECODE_DROP_OUT_OF_RANGE], 1);
    close_fixture(&f);
}

static void decode__tells_whether_a_remote_thread_runs(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD("97", "\"remote_thread_create\":{" TARGET ",\"thread_state\":null}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_REMOTE_THREAD);
    assert_int_equal(event->target.id.pid, 600);
    assert_text(event, FIELD_API_NAME, "thread_create");
    assert_bool(event, FIELD_API_THREAD_STATE, false);
    event = decode_line(&f, RECORD("97", "\"remote_thread_create\":{" TARGET
                                         ",\"thread_state\":{\"flavor\":6,\"state\":null}}"));
    assert_non_null(event);
    assert_text(event, FIELD_API_NAME, "thread_create_running");
    assert_bool(event, FIELD_API_THREAD_STATE, true);
    close_fixture(&f);
}

static void decode__takes_signals_checks_and_traces(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD("31", "\"signal\":{\"sig\":9," TARGET ",\"instigator\":null}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_SIGNAL);
    assert_int_equal(event->target.id.pid, 600);
    assert_int(event, FIELD_PROCESS_SIGNAL, 9);
    event = decode_line(&f, RECORD("96", "\"trace\":{" TARGET "}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_TRACE);
    assert_int_equal(event->target.id.pid, 600);
    event =
        decode_line(&f, RECORD("86", "\"proc_check\":{\"target\":null,\"type\":1,\"flavor\":0}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_PROC_CHECK);
    assert_false(event->target.present);  // And not the one of the record before.
    close_fixture(&f);
}

static void decode__tells_a_changed_file_from_a_closed_one(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD("12", "\"close\":{\"target\":" FILE_A
                                     ",\"modified\":true,\"was_mapped_writable\":false}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_MODIFICATION);
    assert_bool(event, FIELD_FILE_MODIFIED, true);
    assert_text(event, FIELD_FILE_PATH, "/Users/u/a.tar.gz");
    assert_text(event, FIELD_FILE_NAME, "a.tar.gz");
    assert_text(event, FIELD_FILE_DIRECTORY, "/Users/u");
    assert_text(event, FIELD_FILE_EXTENSION, "gz");
    assert_int(event, FIELD_FILE_SIZE, 4096);
    event = decode_line(
        &f, RECORD("12", "\"close\":{\"target\":" FILE_AT("\\/.profile") ",\"modified\":false}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CLOSE);
    assert_bool(event, FIELD_FILE_MODIFIED, false);
    assert_text(event, FIELD_FILE_NAME, ".profile");
    assert_missing(event, FIELD_FILE_EXTENSION);
    close_fixture(&f);
}

static void decode__takes_both_forms_of_a_destination(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD("13",
                   "\"create\":{\"destination_type\":1,\"acl\":null,\"destination\":{\"new_path\":{"
                   "\"dir\":" FILE_AT(
                       "\\/Library\\/LaunchAgents") ",\"filename\":\"x.plist\",\"mode\":420}}}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_CREATION);
    assert_text(event, FIELD_FILE_PATH, "/Library/LaunchAgents/x.plist");
    assert_text(event, FIELD_FILE_DIRECTORY, "/Library/LaunchAgents");
    assert_text(event, FIELD_FILE_EXTENSION, "plist");
    event = decode_line(
        &f,
        RECORD("13", "\"create\":{\"destination_type\":0,\"destination\":{\"existing_file\":" FILE_A
                     "}}"));
    assert_non_null(event);
    assert_text(event, FIELD_FILE_PATH, "/Users/u/a.tar.gz");
    event =
        decode_line(&f, RECORD("13", "\"create\":{\"destination\":{\"new_path\":{\"dir\":" FILE_AT(
                                         "\\/") ",\"filename\":\"x\"}}}"));
    assert_non_null(event);
    assert_text(event, FIELD_FILE_PATH, "/x");
    close_fixture(&f);
}

static void decode__takes_old_and_new_path_of_a_rename(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD("25", "\"rename\":{\"source\":" FILE_A
                         ",\"destination_type\":1,\"destination\":{\"new_path\":{\"dir\":" FILE_AT(
                             "\\/b") ",\"filename\":\"c\"}}}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_RENAME);
    assert_text(event, FIELD_FILE_PATH, "/b/c");
    assert_text(event, FIELD_FILE_ORIGINAL_PATH, "/Users/u/a.tar.gz");
    assert_int(event, FIELD_FILE_SIZE, 4096);
    close_fixture(&f);
}

static void decode__takes_the_other_events_about_files(void **state)
{
    static const struct {
        const char *line;
        enum action action;
    } events[] = {
        { RECORD("10", "\"open\":{\"file\":" FILE_A ",\"fflag\":1}"), ACTION_OPEN },
        { RECORD("32", "\"unlink\":{\"parent_dir\":" BUNDLED ",\"target\":" FILE_A "}"),
          ACTION_DELETION },
        { RECORD("33", "\"write\":{\"target\":" FILE_A "}"), ACTION_WRITE },
        { RECORD("124", "\"btm_launch_item_add\":{\"item\":{\"item_type\":3},\"executable_path\":"
                        "\"\\/Users\\/u\\/a.tar.gz\"}"),
          ACTION_LAUNCH_ITEM_ADD },
        { RECORD("146",
                 "\"gatekeeper_user_override\":{\"file_type\":1,\"file\":{\"file\":" FILE_A "}}"),
          ACTION_GATEKEEPER_OVERRIDE },
        { RECORD("146", "\"gatekeeper_user_override\":{\"file_type\":0,\"file\":{\"file_path\":"
                        "\"\\/Users\\/u\\/a.tar.gz\"}}"),
          ACTION_GATEKEEPER_OVERRIDE },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        const struct event *event = decode_line(&f, events[i].line);
        assert_non_null(event);
        assert_int_equal(event->action, events[i].action);
        assert_text(event, FIELD_FILE_PATH, "/Users/u/a.tar.gz");
        assert_int_equal(decoder_counts(f.decoder)->by_action[events[i].action] > 0, 1);
    }
    close_fixture(&f);
}

static void decode__takes_what_xprotect_found_as_an_alert(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD("112", "\"xp_malware_detected\":{\"signature_version\":\"5300\",\"malware_"
                          "identifier\":\"MACOS.INVENTED\",\"incident_identifier\":\"i-1\","
                          "\"detected_path\":\"\\/Users\\/u\\/a.tar.gz\"}"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_ALERT);
    assert_int_equal(event->categories, CATEGORY_ALERT);
    assert_text(event, FIELD_RULE_NAME, "MACOS.INVENTED");
    assert_text(event, FIELD_RULE_ID, "i-1");
    assert_text(event, FIELD_FILE_PATH, "/Users/u/a.tar.gz");
    close_fixture(&f);
}

static void decode__takes_events_that_are_only_an_action(void **state)
{
    static const struct {
        const char *line;
        enum action action;
    } events[] = {
        { RECORD("103", "\"setuid\":{\"uid\":0}"), ACTION_SETUID },
        { RECORD("145", "\"xpc_connect\":{\"service_name\":\"x\",\"service_domain_type\":1}"),
          ACTION_XPC_CONNECT },
        { RECORD("147", "\"tcc_modify\":{\"service\":\"x\"}"), ACTION_TCC_MODIFY },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        const struct event *event = decode_line(&f, events[i].line);
        assert_non_null(event);
        assert_int_equal(event->action, events[i].action);
    }
    close_fixture(&f);
}

static void decode__takes_what_others_add_to_a_process(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f, RECORD_OF("7", "94",
                      "{\"audit_token\":" TOKEN("500", "1000") ",\"ppid\":40,\"executable\":{"
                                                               "\"path\":\"\\/a\",\"sha256\":"
                                                               "\"aa11\"}}",
                      "\"cs_invalidated\":{}"));
    assert_non_null(event);
    assert_text(event, FIELD_PROCESS_HASH_SHA256, "aa11");
    assert_int_equal(event->process.parent.pid, 40);  // Where its token is not told.
    assert_int_equal(event->process.parent.pidversion, -1);
    event = decode_line(&f, EXEC);
    assert_non_null(event);
    assert_missing(event, FIELD_PROCESS_HASH_SHA256);
    close_fixture(&f);
}

// What came and went with the versions of a message, and the ids of questions (AUTH).
static void decode__takes_records_of_all_versions(void **state)
{
    static const struct {
        const char *record;
        enum action action;
    } records[] = {
        { RECORD_OF("6", "9", PROCESS("500", "1000", "\\/a"), "\"exec\":{" TARGET ",\"args\":[]}"),
          ACTION_EXEC },
        { RECORD_OF("7", "9", PROCESS("500", "1000", "\\/a"),
                    "\"exec\":{" TARGET ",\"dyld_exec_path\":\"\\/a\",\"image_cputype\":-1}"),
          ACTION_EXEC },
        { RECORD_OF("8", "31", PROCESS("500", "1000", "\\/a"), "\"signal\":{\"sig\":9," TARGET "}"),
          ACTION_SIGNAL },
        { RECORD_OF("9", "31", PROCESS("500", "1000", "\\/a"),
                    "\"signal\":{\"sig\":9," TARGET ",\"instigator\":" SLEEP "}"),
          ACTION_SIGNAL },
        { RECORD_OF("10", "0", PROCESS_OF(TOKEN_LIST("500", "1000"), "\\/a"),
                    "\"exec\":{\"target\":" PROCESS_OF(TOKEN_LIST("500", "1001"), "\\/b") "}"),
          ACTION_EXEC },
        { RECORD("4", "\"mprotect\":{\"protection\":5,\"address\":1,\"size\":2}"),
          ACTION_MPROTECT },
        { RECORD("87", "\"get_task\":{" TARGET ",\"type\":0}"), ACTION_PROCESS_OPEN },
    };
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        const struct event *event = decode_line(&f, records[i].record);
        assert_non_null(event);
        assert_int_equal(event->action, records[i].action);
        assert_int_equal(event->process.id.pid,
                         records[i].action == ACTION_EXEC && i != 4 ? 600 : 500);
    }
    assert_int_equal(decoder_counts(f.decoder)->unknown_versions, 0);
    close_fixture(&f);
}

static void decode__tells_no_thread_state_without_a_key(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, RECORD("97", "\"remote_thread_create\":{" TARGET "}"));
    assert_non_null(event);
    assert_missing(event, FIELD_API_THREAD_STATE);
    assert_missing(event, FIELD_API_NAME);
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
                                             "" };
    const uint64_t before = damage_seen_by(f, "eslogger");
    const struct event *event = decode_record_of(f, record);
    (void)how;
    assert_int_equal(damage_seen_by(f, "eslogger"), before + 1);
    if (!damage_is_one_of(path, essential))
        assert_non_null(event);
}

// And no other dialect takes it for its own.
static void decode__needs_little_of_a_record_of_eslogger(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    damage_each(&f, EXEC, check_damage);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_what_every_record_has),
        cmocka_unit_test(decode__takes_all_facts_of_a_process),
        cmocka_unit_test(decode__takes_audit_tokens_that_are_lists),
        cmocka_unit_test(decode__needs_no_pidversion),
        cmocka_unit_test(decode__needs_no_image_before_a_start),
        cmocka_unit_test(decode__takes_a_time_with_an_offset),
        cmocka_unit_test(decode__takes_an_exec_with_both_images),
        cmocka_unit_test(decode__keeps_only_what_is_wanted_of_an_exec),
        cmocka_unit_test(decode__says_where_entitlements_are_not_told),
        cmocka_unit_test(decode__takes_a_fork_as_of_the_child),
        cmocka_unit_test(decode__tells_exit_codes_from_signals),
        cmocka_unit_test(decode__takes_code_from_a_file_as_a_library),
        cmocka_unit_test(decode__takes_other_mappings_as_calls),
        cmocka_unit_test(decode__names_all_eight_protections),
        cmocka_unit_test(decode__keeps_an_address_of_64_bits),
        cmocka_unit_test(decode__tells_task_ports_apart),
        cmocka_unit_test(decode__tells_suspend_resume_and_shutdown_apart),
        cmocka_unit_test(decode__tells_whether_a_remote_thread_runs),
        cmocka_unit_test(decode__takes_signals_checks_and_traces),
        cmocka_unit_test(decode__tells_a_changed_file_from_a_closed_one),
        cmocka_unit_test(decode__takes_both_forms_of_a_destination),
        cmocka_unit_test(decode__takes_old_and_new_path_of_a_rename),
        cmocka_unit_test(decode__takes_the_other_events_about_files),
        cmocka_unit_test(decode__takes_what_xprotect_found_as_an_alert),
        cmocka_unit_test(decode__takes_events_that_are_only_an_action),
        cmocka_unit_test(decode__takes_what_others_add_to_a_process),
        cmocka_unit_test(decode__takes_records_of_all_versions),
        cmocka_unit_test(decode__tells_no_thread_state_without_a_key),
        cmocka_unit_test(decode__needs_little_of_a_record_of_eslogger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
