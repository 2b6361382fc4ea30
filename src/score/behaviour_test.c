#include "score/behaviour.h"

#include "score/fixture.h"

static struct arena arena;

static int done(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// "name actor -> object", "?" where it is not known; one after the other.
static str told_of(const struct shown_step *s)
{
    struct behaviour out[BEHAVIOURS_MAX];
    str told = STR_EMPTY;
    const size_t count =
        behaviour_find_all(s->step.action, signer_facts_of_step(&s->step), &arena, out);
    for (size_t i = 0; i < count; i++)
        told = arena_printf(&arena, "%.*s%s%.*s %.*s -> %.*s%s", STR_ARG(told), i > 0 ? "; " : "",
                            STR_ARG(out[i].name), STR_ARG(out[i].actor), STR_ARG(out[i].object),
                            out[i].is_known ? "" : "?");
    return told;
}

static void assert_told(const struct shown_step *s, const char *expected)
{
    const str told = told_of(s);
    if (!str_eq(told, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(told), expected);
}

#define HOST "TEAM000001/com.example.host"

static void behaviour_find_all__memory(void **state)
{
    static const struct {
        const char *protection;
        const char *expected;
    } cases[] = {
        { "R-X", "memory-execute " HOST " -> " },
        { "--X", "memory-execute " HOST " -> " },
        { "RWX", "memory-writable-execute " HOST " -> " },
        { "RW-", "" },
        { "", "" },
    };
    struct shown_step s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin_step(&s, ACTION_MPROTECT);
        show_text(&s, FIELD_API_PROTECTION, cases[i].protection);
        assert_told(&s, cases[i].expected);
    }
    begin_step(&s, ACTION_CS_INVALIDATED);
    assert_told(&s, "page-invalidated " HOST " -> ");
}

static void behaviour_find_all__libraries(void **state)
{
    static const struct {
        const char *signer;
        const char *path;
        const char *expected;
    } cases[] = {
        { "same_team", "/Applications/A.app/Contents/Frameworks/a", "" },
        { "platform", "/usr/lib/a.dylib", "" },
        { "foreign", "/opt/a.dylib", "library-foreign " HOST " -> TEAM000002/lib" },
        { "adhoc", "/opt/a.dylib", "library-foreign " HOST " -> cdhash:" CDHASH_A },
        { "unsigned", "/opt/a.dylib", "library-foreign " HOST " -> cdhash:" CDHASH_A },
        { "unknown", "/opt/a.dylib", "library-foreign " HOST " -> ?" },
        { "unsigned", "/private/tmp/NSCreateObjectFileImageFromMemory-ab12",
          "library-foreign " HOST " -> cdhash:" CDHASH_A "; bundle-from-memory " HOST " -> " },
        { "platform", "/System/Library/Components/AppleScript.component/Contents/MacOS/AppleScript",
          "script-engine " HOST " -> " },
    };
    struct shown_step s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin_step(&s, ACTION_LOAD);
        show_library(&s, cases[i].signer, "TEAM000002", "lib", CDHASH_A);
        show_text(&s, FIELD_DLL_PATH, cases[i].path);
        assert_told(&s, cases[i].expected);
    }
    begin_step(&s, ACTION_LOAD);  // Of which nothing is told.
    assert_told(&s, "library-foreign " HOST " -> ?");
}

static void show_target(struct shown_step *s)
{
    show_text(s, FIELD_TARGET_SIGNING_ID, "com.example.target");
    show_text(s, FIELD_TARGET_TEAM_ID, "TEAM000003");
    show_bool(s, FIELD_TARGET_SIGNATURE_TRUSTED, true);
}

static void behaviour_find_all__other_processes(void **state)
{
    static const struct {
        enum action action;
        const char *port;
        const char *expected;
    } cases[] = {
        { ACTION_PROCESS_OPEN, "control",
          "task-port-control " HOST " -> TEAM000003/com.example.target" },
        { ACTION_PROCESS_OPEN, "", "task-port-control " HOST " -> TEAM000003/com.example.target" },
        { ACTION_PROCESS_OPEN, "name", "" },
        { ACTION_REMOTE_THREAD, "", "remote-thread " HOST " -> TEAM000003/com.example.target" },
        { ACTION_TRACE, "", "trace " HOST " -> TEAM000003/com.example.target" },
        { ACTION_SIGNAL, "", "" },
    };
    struct shown_step s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin_step(&s, cases[i].action);
        show_text(&s, FIELD_API_PORT, cases[i].port);
        show_target(&s);
        assert_told(&s, cases[i].expected);
    }
    begin_step(&s, ACTION_TRACE);
    assert_told(&s, "trace " HOST " -> ?");
}

static void show_parent(struct shown_step *s, bool is_platform, const char *id)
{
    show_bool(s, FIELD_PARENT_PLATFORM, is_platform);
    show_bool(s, FIELD_PARENT_SIGNATURE_TRUSTED, true);
    show_text(s, FIELD_PARENT_SIGNING_ID, id);
    show_text(s, FIELD_PARENT_TEAM_ID, is_platform ? "" : "TEAM000009");
}

static void behaviour_find_all__children(void **state)
{
    static const struct {
        const char *signer;
        bool is_platform;
        const char *parent;
        const char *expected;
    } cases[] = {
        { "foreign", false, "org.p", "child-foreign TEAM000009/org.p -> " HOST },
        { "unknown", false, "org.p", "child-foreign TEAM000009/org.p -> " HOST },
        { "same_team", false, "org.p", "" },
        { "platform", false, "org.p", "" },
        { "foreign", true, "com.apple.xpc.launchd", "" },
        { "adhoc", true, "com.apple.xpc.launchd",
          "child-foreign platform:com.apple.xpc.launchd -> " HOST },
        { "foreign", true, "com.apple.zsh", "child-foreign platform:com.apple.zsh -> " HOST },
        { "foreign", true, "", "child-foreign  -> " HOST "?" },
    };
    struct shown_step s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin_step(&s, ACTION_EXEC);
        show_text(&s, FIELD_PROCESS_SIGNER, cases[i].signer);
        show_parent(&s, cases[i].is_platform, cases[i].parent);
        assert_told(&s, cases[i].expected);
    }
}

static void behaviour_find_all__variables_by_their_names(void **state)
{
    const struct value two[] = { value_of_text(STR("DYLD_LIBRARY_PATH=/b")),
                                 value_of_text(STR("DYLD_INSERT_LIBRARIES=/a")),
                                 value_of_text(STR("DYLD_LIBRARY_PATH=/c")) };
    struct value many[BEHAVIOUR_NAMES_MAX + 1];
    struct shown_step s;
    (void)state;
    begin_step(&s, ACTION_EXEC);
    show_value(&s, FIELD_PROCESS_DYLD_ENV, value_of_list(two, COUNT_OF(two)));
    show_value(&s, FIELD_PROCESS_RUNTIME_ENV, value_of_list(two, 1));
    assert_told(&s, "loader-environment " HOST " -> DYLD_INSERT_LIBRARIES,DYLD_LIBRARY_PATH; "
                    "runtime-environment " HOST " -> DYLD_LIBRARY_PATH");
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = value_of_text(STR("DYLD_A=1"));
    begin_step(&s, ACTION_EXEC);
    show_value(&s, FIELD_PROCESS_DYLD_ENV, value_of_list(many, COUNT_OF(many)));
    assert_told(&s, "loader-environment " HOST " -> ?");
}

static void behaviour_find_all__files(void **state)
{
    static const struct {
        enum action action;
        const char *path;
        bool by_owner;
        const char *expected;
    } cases[] = {
        { ACTION_CREATION, "/Applications/A.app/Contents/MacOS/a", false,
          "file-in-application " HOST " -> A.app" },
        { ACTION_RENAME, "/Applications/A.app/Contents/Frameworks/B.app/Contents/b", false,
          "file-in-application " HOST " -> A.app" },
        { ACTION_MODIFICATION, "/Applications/A.app/Contents/MacOS/a", true, "" },
        { ACTION_CREATION, "/Applications/A.app/other", false, "" },
        { ACTION_DELETION, "/Applications/A.app/Contents/MacOS/a", false, "" },
        { ACTION_CREATION, "/private/tmp/NSCreateObjectFileImageFromMemory-1", true,
          "bundle-from-memory " HOST " -> " },
        { ACTION_LAUNCH_ITEM_ADD, "", true, "launch-item-added " HOST " -> " },
    };
    struct shown_step s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin_step(&s, cases[i].action);
        show_text(&s, FIELD_FILE_PATH, cases[i].path);
        show_bool(&s, FIELD_FILE_BY_OWNER, cases[i].by_owner);
        assert_told(&s, cases[i].expected);
    }
}

// Whatever behaviours ask for, a rule that looks at such events at all must get it to see.
static void behaviour_want__is_of_every_action(void **state)
{
    static struct projection projection;
    (void)state;
    behaviour_want(&projection);
    for (size_t a = 0; a < ACTION_COUNT; a++)
        assert_true(projection_wants(&projection, (enum action)a, FIELD_PROCESS_SIGNING_ID) ==
                    behaviour_is_of((enum action)a));
    assert_true(behaviour_is_of(ACTION_LOAD) && !behaviour_is_of(ACTION_FORK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_find_all__memory),
        cmocka_unit_test(behaviour_find_all__libraries),
        cmocka_unit_test(behaviour_find_all__other_processes),
        cmocka_unit_test(behaviour_find_all__children),
        cmocka_unit_test(behaviour_find_all__variables_by_their_names),
        cmocka_unit_test(behaviour_find_all__files),
        cmocka_unit_test(behaviour_want__is_of_every_action),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
