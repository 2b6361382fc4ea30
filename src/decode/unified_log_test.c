#include "decode/damage.h"

// Lines of the log, of the forms that macOS 11 to 26 write (and a few older), about invented files.

#define LINE_OF(path, message)                                                                  \
    "{\"timezoneName\":\"\",\"messageType\":\"Default\",\"eventType\":\"logEvent\",\"source\":" \
    "null,\"formatString\":\"%s\",\"userID\":501,\"activityIdentifier\":0,\"subsystem\":\"\","  \
    "\"category\":\"\",\"threadID\":77,\"senderImageUUID\":\"00000000-0000-4000-8000-"          \
    "000000000001\",\"bootUUID\":\"\",\"processImagePath\":\"" path                             \
    "\",\"senderImagePath\":\"" path "\",\"timestamp\":\"2026-01-02 05:04:05.678901+0200\","    \
    "\"machTimestamp\":99,\"eventMessage\":\"" message                                          \
    "\",\"traceID\":5,\"processID\":321,\"senderProgramCounter\":1,"                            \
    "\"parentActivityIdentifier\":0}"
#define KERNEL(message)     LINE_OF("\\/kernel", message)
#define AMFID(message)      LINE_OF("\\/usr\\/libexec\\/amfid", message)
#define SYSPOLICYD(message) LINE_OF("\\/usr\\/libexec\\/syspolicyd", message)
#define PROGRAM(message)    LINE_OF("\\/opt\\/tool", message)

#define REJECTED                                                                               \
    "Library Validation failed: Rejecting '/tmp/a.dylib' (Team ID: INVENTED02, platform: no) " \
    "for process 'To (ol)(500)' (Team ID: INVENTED01, platform: no), reason: mapping process " \
    "and mapped file (non-platform) have different Team IDs"

struct expected {
    const char *line;
    enum action action;
    int64_t pid;  // -1: nobody is named.
    const char *name;
    enum field field;  // FIELD_COUNT: none.
    const char *path;
};

static const struct expected lines[] = {
    { KERNEL(REJECTED), ACTION_LOAD_DENIED, 500, "To (ol)", FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("Library Validation failed: Rejecting '/tmp/a.dylib' (Team ID: none, platform: no) "
             "for process 'tool(500)' (Team ID: N/A, platform: yes), reason: mapping process is a "
             "platform binary, but mapped file is not"),
      ACTION_LOAD_DENIED, 500, "tool", FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("AMFI: Library Validation failed: Rejecting '/tmp/a.dylib' (Team ID: none, platform: "
             "no) for process 'tool(500)' (Team ID: INVENTED01, platform: no), reason: mapped file "
             "has no cdhash, completely unsigned? Code has to be at least ad-hoc signed."),
      ACTION_LOAD_DENIED, 500, "tool", FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("Library Validation failed: Rejecting '/tmp/a.dylib' for process 'tool(500)'."),
      ACTION_LOAD_DENIED, 500, "tool", FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("Library Validation failed: Rejecting '/tmp/a.so' (Team ID: none, platform: no) for "
             "process 'to(ol' (Team ID: N/A, platform: yes), reason: mapping process is a platform "
             "binary, but mapped file is not"),
      ACTION_LOAD_DENIED, -1, "to(ol", FIELD_DLL_PATH, "/tmp/a.so" },
    { KERNEL("AMFI: tool(pid 500) - [deny-mmap] mapped file does not have a matching team "
             "identifier: /tmp/a.dylib"),
      ACTION_LOAD_DENIED, 500, "tool", FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("AMFI:(pid 500) - [deny-mmap] mapped file has no cdhash, completely unsigned? Code "
             "has to be at least ad-hoc signed."),
      ACTION_LOAD_DENIED, 500, NULL, FIELD_COUNT, NULL },
    { KERNEL("[deny-mmap] mapped file has no team identifier and is not a platform binary: "
             "/tmp/a.dylib"),
      ACTION_LOAD_DENIED, -1, NULL, FIELD_DLL_PATH, "/tmp/a.dylib" },
    { KERNEL("[deny-mmap] mapped file has no cdhash, completely unsigned? Code has to be at least "
             "ad-hoc signed."),
      ACTION_LOAD_DENIED, -1, NULL, FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: cs_invalid_page(0x104ccc000): p=500[tool] final status 0x23020200, "
             "denying page sending SIGKILL"),
      ACTION_CS_KILLED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: cs_invalid_page(0x104ccc000): p=500[tool] final status 0x23020200, "
             "denying page"),
      ACTION_SIGNATURE_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: cs_invalid_page(0x104ccc000): p=500[tool] final status 0x2200, "
             "allowing (remove VALID) page"),
      ACTION_CS_INVALIDATED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: cs_invalid_page(0x1000): p=500[tool] final status 0x0, allow (remove "
             "VALID)ing page"),
      ACTION_CS_INVALIDATED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: process 500[tool]: rejecting invalid page at address 0x104ccc000 from "
             "offset 0x4000 in file \\\"/opt/to\\\"ol\\\" (cs_mtime:1.2 == mtime:1.2) (signed:1 "
             "validated:1 tainted:1 nx:0 wpmapped:0 dirty:0 depth:0)"),
      ACTION_SIGNATURE_DENIED, 500, "tool", FIELD_FILE_PATH, "/opt/to\"ol" },
    { KERNEL("CODE SIGNING: process 500[tool]: rejecting invalid page at address 0x1000 from "
             "offset 0x0 in file \\\"<nil>\\\" (cs_mtime:0.0 == mtime:0.0)"),
      ACTION_SIGNATURE_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: 500[tool] vm_map_protect:6120(0x0,0x0,0x7) can't have both write and "
             "exec at the same time"),
      ACTION_MAP_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: 500[tool] vm_map_enter: curprot cannot be write+execute. turning off "
             "execute"),
      ACTION_MAP_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("CODE SIGNING: 500[tool] vm_map_enter: code signing monitor denies JIT mapping"),
      ACTION_MAP_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("AMFI: hook..execve() killing pid 500: Attempt to execute completely unsigned code "
             "(must be at least ad-hoc signed)."),
      ACTION_SIGNATURE_DENIED, 500, NULL, FIELD_COUNT, NULL },
    { KERNEL("AMFI: hook..execve() killing tool (pid 500): Attempt to execute completely unsigned "
             "code (must be at least ad-hoc signed)."),
      ACTION_SIGNATURE_DENIED, 500, "tool", FIELD_COUNT, NULL },
    { KERNEL("AMFI: hook..execve() killing xpcproxy: dyld signature cannot be verified."),
      ACTION_SIGNATURE_DENIED, -1, "xpcproxy", FIELD_COUNT, NULL },
    { KERNEL("AMFI: '/opt/tool': Unrecoverable CT signature issue, bailing out."),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL("AMFI: '/opt/tool': unsuitable CT policy 0 for this platform/device, rejecting "
             "signature."),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL("AMFI: code signature validation failed."), ACTION_SIGNATURE_DENIED, -1, NULL,
      FIELD_COUNT, NULL },
    { KERNEL("AMFI: When validating /opt/a:b/tool:\\n  Code has restricted entitlements, but the "
             "validation of its code signature failed.\\nUnsatisfied Entitlements: x"),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/a:b/tool" },
    { KERNEL("AMFI: When validating /opt/tool: The code contains a Team ID, but validating its "
             "signature failed."),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL("AMFI: Code has restricted entitlements, but the validation of its code signature "
             "failed."),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_COUNT, NULL },
    { KERNEL("mac_vnode_check_signature: /opt/tool: code signature validation failed fatally: x"),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL("proc 500: load code signature error 4 for file \\\"tool\\\""),
      ACTION_SIGNATURE_DENIED, 500, NULL, FIELD_FILE_NAME, "tool" },
    { KERNEL("ASP: Security policy would not allow process: 500, /opt/tool"),
      ACTION_SIGNATURE_DENIED, 500, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL("ASP: Security policy would not allow process: /opt/tool"), ACTION_SIGNATURE_DENIED,
      -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { KERNEL(
          "something of '/private/var/folders/xx/T/NSCreateObjectFileImageFromMemory-Ab12' here"),
      ACTION_LOADER_LOG, -1, NULL, FIELD_DLL_PATH,
      "/private/var/folders/xx/T/NSCreateObjectFileImageFromMemory-Ab12" },
    { KERNEL("AMFI: NSCreateObjectFileImageFromMemory-Ab12: seen"), ACTION_LOADER_LOG, -1, NULL,
      FIELD_DLL_NAME, "NSCreateObjectFileImageFromMemory-Ab12" },
    { AMFID("/opt/tool not valid: Error Domain=AppleMobileFileIntegrityError Code=-423 \\\"The "
            "file is adhoc signed or signed by an unknown certificate chain\\\" UserInfo={}"),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_FILE_PATH, "/opt/tool" },
    { AMFID("/opt/tool signature not valid: -67050"), ACTION_SIGNATURE_DENIED, -1, NULL,
      FIELD_FILE_PATH, "/opt/tool" },
    { AMFID("<private> not valid: Error Domain=AppleMobileFileIntegrityError Code=-413"),
      ACTION_SIGNATURE_DENIED, -1, NULL, FIELD_COUNT, NULL },
    { SYSPOLICYD("Terminating process due to Gatekeeper rejection: 500, <private>"),
      ACTION_SIGNATURE_DENIED, 500, NULL, FIELD_COUNT, NULL },
    { SYSPOLICYD("Terminating process due to Gatekeeper rejection"), ACTION_SIGNATURE_DENIED, -1,
      NULL, FIELD_COUNT, NULL },
    { PROGRAM("dyld[321]: Library not loaded: @rpath/b.dylib\\n  Referenced from: <0> /opt/tool\\n"
              "  Reason: tried: '/opt/b.dylib' (no such file)"),
      ACTION_LOADER_LOG, 321, NULL, FIELD_DLL_NAME, "b.dylib" },
    { PROGRAM("dyld[321]: Library not loaded: /opt/b.dylib\\n  Reason: tried: '/opt/b.dylib' (code "
              "signature in <00000000-0000-3000-8000-000000000002> '/opt/c/b.dylib' not valid for "
              "use in process: mapping process and mapped file have different Team IDs)"),
      ACTION_LOAD_DENIED, 321, NULL, FIELD_DLL_PATH, "/opt/c/b.dylib" },
    { PROGRAM("dyld: warning: could not load inserted library '/tmp/a.dylib' into process because "
              "it was not there"),
      ACTION_LOADER_LOG, 321, NULL, FIELD_DLL_PATH, "/tmp/a.dylib" },
    { PROGRAM("dyld: could not load inserted library '/tmp/a.dylib' because no suitable image "
              "found.  Did find: /tmp/a.dylib: code signature in (/tmp/a.dylib) not valid for use "
              "in process using Library Validation: mapped file has no Team ID"),
      ACTION_LOAD_DENIED, 321, NULL, FIELD_DLL_PATH, "/tmp/a.dylib" },
    { PROGRAM("dyld[322]: Library not loaded: /opt/b.dylib"), ACTION_LOADER_LOG, 322, NULL,
      FIELD_DLL_PATH, "/opt/b.dylib" },
    { PROGRAM("dyld[321]: Library not loaded: /opt/b.dylib\\n Reason: library load disallowed by "
              "system policy"),
      ACTION_LOAD_DENIED, 321, NULL, FIELD_DLL_PATH, "/opt/b.dylib" },
};

static const struct {
    const char *line;
    enum decode_drop drop;
} nothings[] = {
    { PROGRAM("hello"), DECODE_DROP_NOT_NEEDED },
    { KERNEL(""), DECODE_DROP_NOT_NEEDED },
    { KERNEL("AMFI: '/opt/tool' has no CMS blob?"), DECODE_DROP_NOT_NEEDED },
    { KERNEL("AMFI: '/opt/tool' is adhoc signed."), DECODE_DROP_NOT_NEEDED },
    { KERNEL("AMFI: tool(pid 500) - [deny-mmap] process has team identifier A: /tmp/a"),
      DECODE_DROP_NOT_NEEDED },
    { KERNEL("AMFI: tool(pid 500) - [deny-mmap] mapped file has team identifier A: /tmp/a"),
      DECODE_DROP_NOT_NEEDED },
    { KERNEL("[deny-mmap] process has team identifier A: /tmp/a"), DECODE_DROP_NOT_NEEDED },
    { KERNEL("[deny-mmap] mapped file has team identifier A: /tmp/a"), DECODE_DROP_NOT_NEEDED },
    { KERNEL("CODE SIGNING: cs_invalid_page(0x104ccc000): p=500[tool]"), DECODE_DROP_NOT_NEEDED },
    { KERNEL("proc 99999999999: load code signature error 4 for file \\\"tool\\\""),
      DECODE_DROP_NOT_NEEDED },
    { KERNEL("proc x: load code signature error 4"), DECODE_DROP_NOT_NEEDED },
    { AMFID("Certificate not valid: expired"), DECODE_DROP_NOT_NEEDED },
    // What the kernel says is not believed of others.
    { PROGRAM("AMFI: code signature validation failed."), DECODE_DROP_NOT_NEEDED },
    { PROGRAM(REJECTED), DECODE_DROP_NOT_NEEDED },
    { AMFID(REJECTED), DECODE_DROP_NOT_NEEDED },
    { PROGRAM("NSCreateObjectFileImageFromMemory-Ab12"), DECODE_DROP_NOT_NEEDED },
    { LINE_OF("\\/opt\\/kernel", REJECTED), DECODE_DROP_NOT_NEEDED },
    { "{\"eventType\":\"lossEvent\",\"machTimestamp\":9,\"lossCount\":7}", DECODE_DROP_LOSS },
    { "{\"eventType\":\"signpostEvent\",\"eventMessage\":\"\",\"machTimestamp\":9}",
      DECODE_DROP_NOT_NEEDED },
    { "{\"eventType\":\"newEvent\",\"eventMessage\":\"\",\"machTimestamp\":9}",
      DECODE_DROP_UNKNOWN_EVENT },
    { "{\"eventMessage\":null}", DECODE_DROP_NOT_NEEDED },
    { "{\"eventMessage\":[]}", DECODE_DROP_WRONG_TYPE },
    { "{\"machTimestamp\":9}", DECODE_DROP_MISSING_KEY },
    { "{\"count\":48055,\"finished\":1}", DECODE_DROP_NOT_NEEDED },
    { "Filtering the log data using \"process == \\\"kernel\\\"\"", DECODE_DROP_NOT_NEEDED },
    { "Skipping info and debug messages, pass --info and/or --debug to include.",
      DECODE_DROP_NOT_NEEDED },
    { "log: warning: nothing", DECODE_DROP_NOT_NEEDED },
};

static uint64_t dropped(const struct fixture *f, enum decode_drop reason)
{
    return decoder_counts(f->decoder)->dropped[reason];
}

static void decode_unified_log__makes_events_of_what_was_refused(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const struct expected *e = &lines[i];
        const struct event *event = decode_line(&f, e->line);
        if (event == NULL || event->action != e->action || event->process.id.pid != e->pid)
            fail_msg("%s", e->line);
        assert_int_equal(event->process.present, e->pid >= 0);
        assert_int_equal(event->process.id.pidversion, -1);
        assert_int_equal(event->time_ns, 1767323045678901000);
        assert_int_equal(event->slots[FIELD_MESSAGE].type, VALUE_TEXT);
        assert_text(event, FIELD_EVENT_MODULE, "unified-log");
        if (e->name != NULL)
            assert_text(event, FIELD_PROCESS_NAME, e->name);
        else
            assert_missing(event, FIELD_PROCESS_NAME);
        if (e->field != FIELD_COUNT)
            assert_text(event, e->field, e->path);
        if (e->field != FIELD_DLL_PATH)
            assert_missing(event, FIELD_DLL_PATH);
        if (e->field != FIELD_FILE_PATH)
            assert_missing(event, FIELD_FILE_PATH);
    }
    assert_int_equal(damage_seen_by(&f, "unified-log"), COUNT_OF(lines));
    assert_int_equal(decoder_counts(f.decoder)->odd_values, 0);
    close_fixture(&f);
}

static void decode_unified_log__knows_what_is_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(nothings); i++) {
        struct fixture f;
        open_fixture(&f);
        if (decode_line(&f, nothings[i].line) != NULL || dropped(&f, nothings[i].drop) != 1)
            fail_msg("%s", nothings[i].line);
        assert_int_equal(damage_seen_by(&f, "unified-log"), 1);
        // There are no numbers; a loss is told all the same.
        assert_int_equal(f.batch.event_count, nothings[i].drop == DECODE_DROP_LOSS);
        close_fixture(&f);
    }
}

static void decode_unified_log__tells_who_signed(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(&f, lines[0].line);
    assert_non_null(event);
    assert_str(event->process.team_id, "INVENTED01");
    assert_text(event, FIELD_DLL_TEAM_ID, "INVENTED02");
    assert_text(event, FIELD_MESSAGE, REJECTED);
    assert_true(event->library.told && event->library.is_signed && !event->library.is_platform);
    assert_false(event->process.is_platform || event->process.cs_told);
    event = decode_line(&f, lines[1].line);
    assert_non_null(event);
    assert_true(event->process.is_platform);
    assert_str(event->process.team_id, "");
    assert_false(event->library.told);
    event = decode_line(&f, lines[2].line);
    assert_non_null(event);
    assert_true(event->library.told && !event->library.is_signed);
    assert_missing(event, FIELD_DLL_TEAM_ID);
    close_fixture(&f);
}

static void decode_unified_log__leaves_out_what_is_hidden(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event = decode_line(
        &f,
        KERNEL("Library Validation failed: Rejecting '<private>' (Team ID: <private>, platform: "
               "no) for process '<private>' (Team ID: <private>, platform: no), reason: "
               "<private>"));
    assert_non_null(event);
    assert_int_equal(event->action, ACTION_LOAD_DENIED);
    assert_false(event->process.present || event->library.told);
    assert_missing(event, FIELD_DLL_PATH);
    assert_missing(event, FIELD_DLL_TEAM_ID);
    assert_missing(event, FIELD_PROCESS_NAME);
    assert_str(event->process.team_id, "");
    close_fixture(&f);
}

static void decode_unified_log__takes_the_process_that_loads(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    const struct event *event =
        decode_line(&f, PROGRAM("dyld[321]: Library not loaded: /opt/b.dylib"));
    assert_non_null(event);
    assert_str(event->process.executable, "/opt/tool");
    assert_int_equal(event->process.euid, 501);
    // Of another process's loader, as one that shows it writes it.
    event = decode_line(&f, PROGRAM("dyld[322]: Library not loaded: /opt/b.dylib"));
    assert_non_null(event);
    assert_str(event->process.executable, "");
    assert_int_equal(event->process.euid, -1);
    event = decode_line(&f, SYSPOLICYD("Terminating process due to Gatekeeper rejection: 5, /a/b"));
    assert_non_null(event);
    assert_str(event->process.executable, "/a/b");
    close_fixture(&f);
}

// A line that does not tell who wrote it is believed.
static void decode_unified_log__goes_on_without_its_writer(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct arena arena = { 0 };
        const str line = str_of(lines[i].line);
        const size_t at = str_find(line, STR("processImagePath"));
        const str text = arena_printf(&arena, "%.*s?%s", (int)at, line.at, line.at + at + 1);
        const struct event *event = decode_record_of(&f, text);
        if (event == NULL || event->action != lines[i].action)
            fail_msg("%s", lines[i].line);
        arena_done(&arena);
    }
    const struct event *event = decode_line(
        &f, "{\"eventMessage\":\"AMFI: code signature validation failed.\",\"process\":\"kernel\","
            "\"timestamp\":\"2026-01-02 03:04:05.678901+0000\"}");
    assert_non_null(event);
    assert_null(decode_line(&f,
                            "{\"eventMessage\":\"AMFI: code signature validation failed.\","
                            "\"process\":\"tool\",\"timestamp\":\"2026-01-02 03:04:05+0000\"}"));
    close_fixture(&f);
}

static void check_damaged(struct fixture *f, str record, const char *path, const char *how)
{
    static const char *const essential[] = { "/eventMessage", "/timestamp", "/eventType",
                                             "/processImagePath", "" };
    if (decode_record_of(f, record) == NULL && !damage_is_one_of(path, essential))
        fail_msg("%s as \"%s\" is nothing that an event is in need of", path, how);
}

static void decode_unified_log__survives_each_member_damaged(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    damage_each(&f, lines[0].line, check_damaged);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (lines[i].action == ACTION_LOADER_LOG)
            damage_each(&f, lines[i].line, check_damaged);
    assert_int_equal(damage_seen_by(&f, "unified-log"), decoder_counts(f.decoder)->in);
    close_fixture(&f);
}

// A message that ends anywhere: no event is made up of what is behind it.
static void decode_unified_log__survives_every_shorter_message(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct arena arena = { 0 };
        const str line = str_of(lines[i].line);
        const str behind = STR("\",\"traceID\"");
        const size_t begin = str_find(line, STR("eventMessage\":\"")) + 15;
        const size_t end = str_find(line, behind);
        for (size_t at = begin; at < end; at++)
            if (line.at[at - 1] != '\\')
                (void)decode_record_of(
                    &f, arena_printf(&arena, "%.*s%s", (int)at, line.at, line.at + end));
        arena_done(&arena);
    }
    assert_int_equal(dropped(&f, DECODE_DROP_NOT_JSON) + dropped(&f, DECODE_DROP_CUT), 0);
    const str whole = str_of(lines[0].line);
    for (size_t len = 0; len < whole.len; len++)
        assert_null(decode_record_of(&f, str_to(whole, len)));
    close_fixture(&f);
}

static void decode_unified_log__looks_at_the_front_of_a_message(void **state)
{
    struct fixture f;
    struct arena arena = { 0 };
    (void)state;
    open_fixture(&f);
    for (int blanks = 3000; blanks <= 5000; blanks += 2000) {
        const str text = arena_printf(&arena, "%.*s%*s%s", (int)strlen("{\"eventMessage\":\""),
                                      "{\"eventMessage\":\"", blanks, "",
                                      "NSCreateObjectFileImageFromMemory-A\",\"timestamp\":"
                                      "\"2026-01-02 03:04:05.678901+0000\"}");
        assert_int_equal(decode_record_of(&f, text) != NULL, blanks == 3000);
    }
    arena_done(&arena);
    close_fixture(&f);
}

static void decode_unified_log__leaves_others_alone(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_non_null(decode_line(&f, RECORD("15", "\"exit\":{\"stat\":0}")));
    assert_null(decode_line(&f, "{\"count\":1,\"finished\":1,\"other\":1}"));
    assert_null(decode_line(&f, "{\"class_uid\":1007}"));
    assert_null(decode_line(&f, "Some line"));
    assert_int_equal(damage_seen_by(&f, "unified-log"), 0);
    close_fixture(&f);
}

static void decode_unified_log__reads_a_real_line(void **state)
{
    static const char path[] = "../shared/data/telemetry/unified-log/log-stream.ndjson";
    static char text[16 * 1024];
    struct fixture f;
    (void)state;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no recorded telemetry here: %s\n", path);
        skip();
    }
    str rest = { .at = text, .len = fread(text, 1, sizeof text, file) };
    (void)fclose(file);
    open_fixture(&f);
    // A line of logger(1), which nobody looks for.
    for (str line; str_take_until(&rest, '\n', &line);)
        assert_null(decode_record_of(&f, line));
    assert_int_equal(damage_seen_by(&f, "unified-log"), 1);
    assert_int_equal(dropped(&f, DECODE_DROP_NOT_NEEDED), 1);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_unified_log__makes_events_of_what_was_refused),
        cmocka_unit_test(decode_unified_log__knows_what_is_nothing),
        cmocka_unit_test(decode_unified_log__tells_who_signed),
        cmocka_unit_test(decode_unified_log__leaves_out_what_is_hidden),
        cmocka_unit_test(decode_unified_log__takes_the_process_that_loads),
        cmocka_unit_test(decode_unified_log__goes_on_without_its_writer),
        cmocka_unit_test(decode_unified_log__survives_each_member_damaged),
        cmocka_unit_test(decode_unified_log__survives_every_shorter_message),
        cmocka_unit_test(decode_unified_log__looks_at_the_front_of_a_message),
        cmocka_unit_test(decode_unified_log__leaves_others_alone),
        cmocka_unit_test(decode_unified_log__reads_a_real_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
