// Events as a decoder hands them over, through the whole room: lineage, linkage, fields.

#include "enrich/fixture.h"

#include "store/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void enrich__follows_fork_and_exec(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts shell = facts_of(10, 100, "/bin/zsh");
    const struct process_facts child = facts_of(11, 101, "/bin/zsh");
    struct process_facts tool = facts_of(11, 102, "/opt/tool");
    tool.parent = shell.id;

    run_exec(&b, facts_of(10, 99, "/sbin/launchd"), shell);
    const struct value shell_entity = b.slots[FIELD_PROCESS_ENTITY_ID];
    char shell_text[32];
    memcpy(shell_text, shell_entity.text, sizeof shell_text);
    assert_flag(&b, FIELD_PROCESS_KNOWN, true);
    assert_flag(&b, FIELD_PARENT_KNOWN, false);
    run_fork(&b, shell, child);
    assert_text(&b, FIELD_PROCESS_NAME, "zsh");
    assert_text(&b, FIELD_PARENT_EXECUTABLE, "/bin/zsh");
    assert_memory_equal(b.slots[FIELD_PARENT_ENTITY_ID].text, shell_text, sizeof shell_text);

    run_exec(&b, child, tool);
    assert_text(&b, FIELD_PROCESS_NAME, "tool");
    assert_text(&b, FIELD_PARENT_NAME, "zsh");
    assert_memory_equal(b.slots[FIELD_PARENT_ENTITY_ID].text, shell_text, sizeof shell_text);
    assert_flag(&b, FIELD_PARENT_KNOWN, true);
    assert_text(&b, FIELD_PROCESS_HASH_CDHASH, "ab34567890123456789012345678901234567890");

    // The parent ends and launchd takes its place: what mattered stays.
    next(&b, ACTION_END, shell);
    go(&b);
    b.time_ns += 600 * SECOND_NS;
    tool.parent = (struct process_id){ .pid = 1, .pidversion = 1 };
    next(&b, ACTION_MPROTECT, tool);
    go(&b);
    assert_text(&b, FIELD_PARENT_NAME, "zsh");
    assert_int_equal(b.slots[FIELD_PARENT_PID].integer, 10);

    // The two of launchd's that were never met: once as parent of an exec.
    assert_int_equal(enricher_counts(b.enricher)->parents_unknown, 1);
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 0);
    close_bench(&b);
}

static void enrich__marks_what_it_met_in_the_middle(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    next(&b, ACTION_MPROTECT, facts_of(20, 200, "/Users/Shared/.a/b"));
    go(&b);
    assert_flag(&b, FIELD_PROCESS_KNOWN, false);
    assert_flag(&b, FIELD_PARENT_KNOWN, false);
    assert_int_equal(b.slots[FIELD_PARENT_PID].integer, 1);
    assert_int_equal(b.slots[FIELD_PARENT_SIGNATURE_TRUSTED].type, VALUE_MISSING);
    assert_text(&b, FIELD_PROCESS_PATH_CLASS, "hidden");
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");
    assert_text(&b, FIELD_MACHO_NATIVE_API, "unknown");
    assert_text(&b, FIELD_MACHO_JIT_DECLARED, "unknown");
    assert_text(&b, FIELD_USER_ID, "501");
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 1);

    // The parent shows itself later.
    next(&b, ACTION_MPROTECT, facts_of(1, 1, "/sbin/launchd"));
    go(&b);
    next(&b, ACTION_MPROTECT, facts_of(20, 200, "/Users/Shared/.a/b"));
    go(&b);
    assert_text(&b, FIELD_PARENT_NAME, "launchd");
    close_bench(&b);
}

// A pid comes again: another version is another process.
static void enrich__tells_lives_of_a_pid_apart(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    next(&b, ACTION_MPROTECT, facts_of(30, 300, "/opt/first"));
    go(&b);
    char first[32];
    memcpy(first, b.slots[FIELD_PROCESS_ENTITY_ID].text, sizeof first);
    next(&b, ACTION_MPROTECT, facts_of(30, 301, "/opt/second"));
    go(&b);
    assert_memory_not_equal(b.slots[FIELD_PROCESS_ENTITY_ID].text, first, sizeof first);
    assert_text(&b, FIELD_PROCESS_NAME, "second");
    assert_int_equal(enricher_counts(b.enricher)->process_count, 2);
    close_bench(&b);
}

// Where the sensor tells no versions, forks and execs say that a new life began.
static void enrich__does_without_versions(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts parent = facts_of(40, -1, "/bin/zsh");
    const struct process_facts child = facts_of(41, -1, "/bin/zsh");
    run_fork(&b, parent, child);
    run_exec(&b, child, facts_of(41, -1, "/opt/tool"));
    assert_text(&b, FIELD_PROCESS_NAME, "tool");
    assert_text(&b, FIELD_PARENT_NAME, "zsh");
    next(&b, ACTION_END, facts_of(41, -1, "/opt/tool"));
    go(&b);
    run_fork(&b, parent, child);
    assert_text(&b, FIELD_PROCESS_NAME, "zsh");
    next(&b, ACTION_MPROTECT, facts_of(41, -1, "/opt/unseen"));
    go(&b);
    assert_text(&b, FIELD_PROCESS_NAME, "unseen");
    assert_int_equal(b.slots[FIELD_PROCESS_PIDVERSION].type, VALUE_MISSING);
    close_bench(&b);
}

static void enrich__forgets_and_counts_when_the_table_is_full(void **state)
{
    (void)state;
    struct bench b;
    struct enrich_options few = plain;
    few.processes_max = 4;
    open_bench(&b, &few);
    for (int64_t i = 0; i < 50; i++) {
        run_fork(&b, facts_of(100 + i, 1, "/bin/zsh"), facts_of(500 + i, 1, "/bin/zsh"));
        run_exec(&b, facts_of(500 + i, 1, "/bin/zsh"), facts_of(500 + i, 2, "/opt/tool"));
        assert_text(&b, FIELD_PARENT_NAME, "zsh");
    }
    assert_int_equal(enricher_counts(b.enricher)->process_count, 4);
    assert_int_equal(enricher_counts(b.enricher)->evicted, 146);
    close_bench(&b);
}

static void enrich__keeps_arguments_for_later_events(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    char *text = memory_new(3000);
    memset(text, 'x', 3000);
    const struct value args[] = { value_of_text(STR("tool")), value_of_text(STR("-v")),
                                  value_of_text((str){ text, 3000 }), value_of_text(STR("end")) };
    const struct value env[] = { value_of_text(STR("DYLD_INSERT_LIBRARIES=/tmp/x.dylib")) };
    struct event *event = next(&b, ACTION_EXEC, facts_of(50, 500, "/opt/tool"));
    event->slots[FIELD_PROCESS_ARGS] = value_of_list(args, 4);
    event->slots[FIELD_PROCESS_DYLD_ENV] = value_of_list(env, 1);
    go(&b);
    memset(text, 'y', 3000);
    free(text);
    batch_reset(&b.batch);

    next(&b, ACTION_LOAD, facts_of(50, 500, "/opt/tool"));
    b.slots[FIELD_DLL_PATH] = value_of_text(STR("/private/tmp/x.dylib"));
    go(&b);
    assert_int_equal(b.slots[FIELD_PROCESS_ARGS_COUNT].integer, 4);
    assert_int_equal(b.slots[FIELD_PROCESS_ARGS].len, 3);
    assert_true(str_eq(value_str(b.slots[FIELD_PROCESS_ARGS].list[1]), STR("-v")));
    assert_int_equal(b.slots[FIELD_PROCESS_COMMAND_LINE].len, 1024);
    assert_true(
        str_starts_with(value_str(b.slots[FIELD_PROCESS_COMMAND_LINE]), STR("tool -v xxx")));
    assert_flag(&b, FIELD_DLL_FROM_ENV, true);
    assert_text(&b, FIELD_DLL_SIGNER, "unknown");
    assert_text(&b, FIELD_DLL_PATH_CLASS, "tmp");
    assert_int_equal(enricher_counts(b.enricher)->libraries_unknown, 1);

    // A child carries them until it execs.
    run_fork(&b, facts_of(50, 500, "/opt/tool"), facts_of(51, 501, "/opt/tool"));
    assert_int_equal(b.slots[FIELD_PROCESS_DYLD_ENV].len, 1);
    run_exec(&b, facts_of(51, 501, "/opt/tool"), facts_of(51, 502, "/opt/tool"));
    assert_int_equal(b.slots[FIELD_PROCESS_DYLD_ENV].type, VALUE_MISSING);
    assert_int_equal(b.slots[FIELD_PROCESS_ARGS_COUNT].type, VALUE_MISSING);
    close_bench(&b);
}

static void enrich__joins_short_arguments_whole(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct value args[] = { value_of_text(STR("tool")), value_of_text(STR_EMPTY),
                                  value_of_text(STR("a b")) };
    struct event *event = next(&b, ACTION_EXEC, facts_of(50, 500, "/opt/tool"));
    event->slots[FIELD_PROCESS_ARGS] = value_of_list(args, 3);
    go(&b);
    assert_text(&b, FIELD_PROCESS_COMMAND_LINE, "tool  a b");
    event = next(&b, ACTION_EXEC, facts_of(50, 501, "/opt/tool"));
    event->slots[FIELD_PROCESS_ARGS] = value_of_list(args, 0);
    go(&b);
    assert_int_equal(b.slots[FIELD_PROCESS_ARGS_COUNT].integer, 0);
    assert_int_equal(b.slots[FIELD_PROCESS_COMMAND_LINE].type, VALUE_MISSING);
    close_bench(&b);
}

static void enrich__knows_developers_by_lineage_and_signer(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts tool = facts_of(60, 600, "/Applications/Xcode.app/Contents/MacOS/Xcode");
    tool.signing_id = STR("com.apple.dt.Xcode");
    const struct process_facts child = facts_of(61, 601, "/anywhere/a");
    run_fork(&b, tool, child);
    // It only bears the name.
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");

    tool.id.pidversion = 610;
    tool.is_platform = true;
    run_fork(&b, tool, facts_of(62, 611, "/Applications/Xcode.app/Contents/MacOS/Xcode"));
    run_exec(&b, b.event.process, facts_of(62, 612, "/anywhere/built"));
    assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");
    assert_flag(&b, FIELD_PARENT_SIGNATURE_TRUSTED, true);
    run_fork(&b, facts_of(62, 612, "/anywhere/built"), facts_of(63, 613, "/anywhere/built"));
    assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");

    struct process_facts user = facts_of(70, 700, "/anywhere/b");
    user.euid = 777;
    next(&b, ACTION_MPROTECT, user);
    go(&b);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "test");
    close_bench(&b);
}

static void enrich__leaves_what_the_record_filled(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    next(&b, ACTION_MPROTECT, facts_of(80, 800, "/opt/tool"));
    b.slots[FIELD_PROCESS_ENTITY_ID] = value_of_text(STR("given"));
    go(&b);
    assert_text(&b, FIELD_PROCESS_ENTITY_ID, "given");
    assert_text(&b, FIELD_EVENT_ACTION, "mprotect");
    assert_text(&b, FIELD_EVENT_CATEGORY, "api");
    assert_text(&b, FIELD_HOST_NAME, "one");
    next(&b, ACTION_LOAD, facts_of(80, 800, "/opt/tool"));
    go(&b);
    assert_int_equal(b.slots[FIELD_EVENT_CATEGORY].len, 2);
    assert_int_equal(b.slots[FIELD_DLL_SIGNER].type, VALUE_MISSING);
    close_bench(&b);
}

static void enrich__believes_what_the_sensor_says_of_a_library(void **state)
{
    static const struct {
        struct library_facts facts;
        const char *team;
        const char *signer;
    } told[] = {
        { { .told = true, .is_signed = true, .is_platform = true }, NULL, "platform" },
        { { .told = true, .is_signed = true }, "TEAM000001", "foreign" },
        { { .told = true, .is_signed = true }, "TEAM000002", "same_team" },
        { { .told = true, .is_signed = true }, NULL, "unknown" },
        { { .told = true, .is_adhoc = true, .is_signed = true }, NULL, "adhoc" },
        { { .told = true }, NULL, "unsigned" },
        { { .told = false }, NULL, "unknown" },
    };
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct process_facts facts = facts_of(90, 900, "/opt/tool");
        facts.cs_flags = CS_VALID | CS_SIGNED;
        facts.team_id = STR("TEAM000002");
        next(&b, ACTION_LOAD, facts)->library = told[i].facts;
        b.slots[FIELD_DLL_PATH] = value_of_text(STR("/private/tmp/x.dylib"));
        if (told[i].team != NULL)
            b.slots[FIELD_DLL_TEAM_ID] = value_of_text(str_of(told[i].team));
        go(&b);
        assert_text(&b, FIELD_DLL_SIGNER, told[i].signer);
    }
    assert_int_equal(enricher_counts(b.enricher)->libraries_unknown, 2);
    close_bench(&b);
}

static void enrich__reads_the_state_of_the_signature(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts facts = facts_of(90, 900, "/opt/tool");
    facts.cs_flags = CS_VALID | CS_SIGNED | CS_KILL | CS_RUNTIME;
    facts.team_id = STR("TEAM000001");
    next(&b, ACTION_MPROTECT, facts)->target = facts_of(91, 901, "/opt/target");
    go(&b);
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TRUSTED, true);
    assert_flag(&b, FIELD_PROCESS_CS_HARD, false);  // Killed later is not refused.
    assert_flag(&b, FIELD_PROCESS_CS_ADHOC, false);
    assert_flag(&b, FIELD_TARGET_SIGNATURE_TRUSTED, false);
    assert_text(&b, FIELD_TARGET_NAME, "target");
    assert_int_equal(b.slots[FIELD_PROCESS_CS_FLAGS].len, 4);
    facts.cs_flags = CS_SIGNED | CS_DEBUGGED | CS_HARD;
    next(&b, ACTION_CS_INVALIDATED, facts);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_CS_HARD, true);
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TRUSTED, false);
    assert_flag(&b, FIELD_PROCESS_CS_DEBUGGED, true);
    // A record without flags: those of the process's start.
    facts.cs_told = false;
    facts.cs_flags = 0;
    next(&b, ACTION_MPROTECT, facts);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TRUSTED, true);
    close_bench(&b);
}

// Forks, execs and exits in any order, of few pids in a small table: nothing is lost or kept twice
// (the sanitizers see that), and what is always set is set.
static void enrich__stands_any_order_of_events(void **state)
{
    (void)state;
    static const enum action actions[] = { ACTION_FORK, ACTION_EXEC, ACTION_END, ACTION_MPROTECT };
    static const char *const paths[] = { "/bin/zsh", "/opt/tool", "" };
    struct bench b;
    struct enrich_options few = plain;
    few.processes_max = 5;
    open_bench(&b, &few);
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t r = seed >> 20;
        const char *path = paths[(r >> 4) % 3];
        struct process_facts facts =
            facts_of((int64_t)(r >> 8 & 3), (int64_t)(r >> 10 & 3) - 1, path);
        facts.parent = (struct process_id){ .pid = (int64_t)(r >> 12 & 3) - 1,
                                            .pidversion = (int64_t)(r >> 14 & 3) - 1 };
        struct event *event = next(&b, actions[r & 3], facts);
        if ((r & 1u << 16) != 0)
            event->previous =
                facts_of((int64_t)(r >> 17 & 3), (int64_t)(r >> 19 & 3) - 1, "/bin/zsh");
        b.time_ns += (int64_t)(r >> 21 & 15) * SECOND_NS;
        go(&b);
        assert_int_equal(b.slots[FIELD_PROCESS_ENTITY_ID].len, 32);
        assert_int_equal(b.slots[FIELD_MACHO_NATIVE_API].type, VALUE_TEXT);
        assert_int_equal(b.slots[FIELD_PARENT_KNOWN].type, VALUE_BOOL);
        assert_true(enricher_counts(b.enricher)->process_count <= 5);
        batch_reset(&b.batch);
    }
    assert_true(enricher_counts(b.enricher)->evicted > 0);
    close_bench(&b);
}

static void put_link(struct links *links, const char *path, const char *cdhash, const char *verdict,
                     const char *frameworks)
{
    struct err err;
    const struct link_facts facts = {
        .path = str_of(path),
        .cdhash = str_of(cdhash),
        .identifier = STR("program"),
        .team_id = STR("TEAM000001"),
        .native_api = str_of(verdict),
        .because = STR("links what it links\nand more"),
        .frameworks = str_of(frameworks),
        .jit_declared = true,
    };
    assert_int_equal(links_put(links, STR_EMPTY, &facts, 1, &err), OK);
}

// A new inventory, under the name that becomes of `path`.
static void put_three_links(char *path)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(path);
    struct links *links = NULL;
    struct err err;
    assert_int_equal(links_open(str_of(path), LINKS_WRITE, &links, &err), OK);
    put_link(links, "/opt/yes", "ab34567890123456789012345678901234567890", "yes",
             "AppKit\nFoundation");
    put_link(links, "/opt/string", "ef34567890123456789012345678901234567890", "string", "IOKit");
    put_link(links, "/opt/no", "cd34567890123456789012345678901234567890", "no", "IOKit");
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);
}

static void enrich__asks_the_link_inventory(void **state)
{
    (void)state;
    char path[] = "enrich_test.XXXXXX";
    put_three_links(path);
    struct bench b;
    struct enrich_options options = plain;
    options.links_path = str_of(path);
    open_bench(&b, &options);
    run_exec(&b, facts_of(10, 1, "/bin/zsh"), facts_of(10, 2, "/opt/yes"));
    assert_text(&b, FIELD_MACHO_NATIVE_API, "yes");
    assert_text(&b, FIELD_MACHO_JIT_DECLARED, "yes");
    assert_text(&b, FIELD_MACHO_BECAUSE,
                "links what it links (link inventory, by cdhash, on 1 host)");
    assert_int_equal(b.slots[FIELD_MACHO_FRAMEWORKS].len, 2);

    struct process_facts no = facts_of(11, 2, "/opt/no");
    no.cdhash = STR("CD34567890123456789012345678901234567890");
    run_exec(&b, facts_of(11, 1, "/bin/zsh"), no);
    assert_text(&b, FIELD_MACHO_NATIVE_API, "no");
    // Another build of the same signer: a guess, which never says no.
    no.id = (struct process_id){ .pid = 12, .pidversion = 2 };
    no.cdhash = STR("EE34567890123456789012345678901234567890");
    no.team_id = STR("TEAM000001");
    run_exec(&b, facts_of(12, 1, "/bin/zsh"), no);
    assert_text(&b, FIELD_MACHO_NATIVE_API, "unknown");
    // An interpreter that links none reaches them all the same.
    no.id = (struct process_id){ .pid = 13, .pidversion = 2 };
    no.cdhash = STR("CD34567890123456789012345678901234567890");
    no.executable = STR("/opt/python3.13");
    run_exec(&b, facts_of(13, 1, "/bin/zsh"), no);
    assert_text(&b, FIELD_MACHO_NATIVE_API, "bridge");

    // One that names a framework and can load it, of the inventory's own saying.
    struct process_facts string = facts_of(15, 2, "/opt/string");
    string.cdhash = STR("EF34567890123456789012345678901234567890");
    run_exec(&b, facts_of(15, 1, "/bin/zsh"), string);
    assert_text(&b, FIELD_MACHO_NATIVE_API, "string");

    struct process_facts host = facts_of(14, 1, "/opt/host");
    next(&b, ACTION_LOAD, host);
    b.slots[FIELD_DLL_PATH] = value_of_text(STR("/opt/yes"));
    go(&b);
    assert_text(&b, FIELD_DLL_SIGNER, "foreign");
    host.team_id = STR("TEAM000001");
    next(&b, ACTION_LOAD, host);
    b.slots[FIELD_DLL_PATH] = value_of_text(STR("/opt/yes"));
    go(&b);
    assert_text(&b, FIELD_DLL_SIGNER, "same_team");
    assert_text(&b, FIELD_DLL_TEAM_ID, "TEAM000001");

    const struct enrich_counts *counts = enricher_counts(b.enricher);
    assert_int_equal(counts->linkage[0], 1);
    assert_int_equal(counts->linkage[1], 1);
    assert_int_equal(counts->linkage[2], 1);
    assert_int_equal(counts->linkage[3], 1);
    assert_int_equal(counts->linkage[4], 1);
    close_bench(&b);
    (void)unlink(path);
}

// An inventory in a file of its own, for each test anew.
static char inventory[sizeof "enrich_test.XXXXXX"];

static int make_inventory(void **state)
{
    (void)state;
    (void)snprintf(inventory, sizeof inventory, "enrich_test.XXXXXX");
    const int fd = mkstemp(inventory);
    return fd < 0 ? -1 : close(fd);
}

static int remove_inventory(void **state)
{
    (void)state;
    return unlink(inventory);
}

#define HASH_OF(two) two "34567890123456789012345678901234567890"

struct row {
    const char *host;
    const char *path;
    const char *cdhash;
    const char *team;
    const char *signature;
    const char *native_api;
};

static void put_rows(const struct row *rows, size_t count)
{
    struct links *links = NULL;
    struct err err;
    assert_int_equal(links_open(str_of(inventory), LINKS_WRITE, &links, &err), OK);
    for (size_t i = 0; i < count; i++) {
        const str api = str_of(rows[i].native_api);
        const struct link_facts facts = {
            .path = str_of(rows[i].path),
            .cdhash = str_of(rows[i].cdhash),
            .identifier = STR("program"),
            .team_id = str_of(rows[i].team),
            .signature = str_of(rows[i].signature),
            .native_api = api,
            .frameworks = str_eq(api, STR("yes")) ? STR("Foundation") : STR("IOKit"),
        };
        assert_int_equal(links_put(links, str_of(rows[i].host), &facts, 1, &err), OK);
    }
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);
}

static void open_with_inventory(struct bench *b)
{
    struct enrich_options options = plain;
    options.links_path = str_of(inventory);
    open_bench(b, &options);
}

// What is told of a library that `host` maps into a process of team "ALPHA00001".
static void assert_signer(struct bench *b, uint32_t host, const char *library, const char *signer)
{
    struct process_facts facts = facts_of(900, 1, "/opt/host");
    facts.team_id = STR("ALPHA00001");
    next(b, ACTION_LOAD, facts)->host = host;
    b->slots[FIELD_DLL_PATH] = value_of_text(str_of(library));
    go(b);
    assert_text(b, FIELD_DLL_SIGNER, signer);
}

// The verdict on a build of "program" by "ALPHA00001" that no inventory knows, so by its path.
static void assert_guess(struct bench *b, uint32_t host, int64_t pid, const char *path,
                         const char *cdhash, const char *verdict)
{
    struct process_facts facts = facts_of(pid, 2, path);
    facts.team_id = STR("ALPHA00001");
    facts.cdhash = str_of(cdhash);
    next(b, ACTION_EXEC, facts)->host = host;
    b->event.previous = facts_of(pid, 1, "/bin/zsh");
    go(b);
    assert_text(b, FIELD_MACHO_NATIVE_API, verdict);
}

// A path means on each Mac what lies on that Mac.
static void enrich__asks_the_rows_of_the_records_own_host(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "mac-1", "/opt/lib", HASH_OF("a1"), "ALPHA00001", "signed", "no" },
        { "two", "/opt/lib", HASH_OF("a2"), "EVIL000001", "signed", "no" },
        { "mac-1", "/opt/same", HASH_OF("a3"), "ALPHA00001", "signed", "no" },
        { "two", "/opt/same", HASH_OF("a4"), "ALPHA00001", "signed", "no" },
        { "mac-1", "/opt/only", HASH_OF("a5"), "ALPHA00001", "signed", "yes" },
        { "mac-1", "/opt/mixed", HASH_OF("a6"), "ALPHA00001", "signed", "no" },
        { "two", "/opt/mixed", HASH_OF("a7"), "ALPHA00001", "invalid", "no" },
        { "mac-1", "/opt/torn", HASH_OF("a8"), "ALPHA00001", "signed", "yes" },
        { "two", "/opt/torn", HASH_OF("a9"), "ALPHA00001", "invalid", "yes" },
    };
    struct bench b;
    put_rows(rows, COUNT_OF(rows));
    open_with_inventory(&b);
    const uint32_t two = hosts_keep(&b.hosts, STR("id-2"), STR("two"));
    const uint32_t three = hosts_keep(&b.hosts, STR("id-3"), STR("three"));
    assert_signer(&b, 0, "/opt/lib", "same_team");
    assert_signer(&b, two, "/opt/lib", "foreign");
    assert_signer(&b, three, "/opt/lib", "unknown");
    assert_signer(&b, three, "/opt/same", "same_team");
    // Where it lies not, nobody else's does.
    assert_signer(&b, two, "/opt/only", "unknown");
    assert_signer(&b, three, "/opt/only", "same_team");
    assert_signer(&b, 0, "/opt/mixed", "same_team");
    assert_signer(&b, two, "/opt/mixed", "unsigned");
    assert_signer(&b, three, "/opt/mixed", "unknown");

    assert_guess(&b, two, 10, "/opt/only", HASH_OF("EE"), "unknown");
    assert_guess(&b, 0, 11, "/opt/only", HASH_OF("EE"), "yes");
    assert_guess(&b, three, 12, "/opt/only", HASH_OF("EE"), "yes");
    assert_guess(&b, two, 13, "/opt/only", HASH_OF("EE"), "unknown");
    assert_guess(&b, 0, 16, "/opt/torn", HASH_OF("EF"), "yes");
    assert_guess(&b, three, 17, "/opt/torn", HASH_OF("EF"), "unknown");
    // By cdhash it is the same image wherever it lies.
    assert_guess(&b, two, 14, "/opt/only", HASH_OF("A5"), "yes");
    assert_guess(&b, three, 15, "/opt/elsewhere", HASH_OF("A5"), "yes");
    close_bench(&b);
}

// Which of the two the inventory means, nobody can tell; so both get what all hosts agree on.
static void enrich__trusts_no_name_that_two_hosts_bear(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "MacBook", "/opt/lib", HASH_OF("a1"), "ALPHA00001", "signed", "no" },
        { "other", "/opt/lib", HASH_OF("a2"), "EVIL000001", "signed", "no" },
        { "MacBook", "/opt/tool", HASH_OF("a3"), "ALPHA00001", "signed", "yes" },
        { "other", "/opt/tool", HASH_OF("a4"), "EVIL000001", "signed", "no" },
    };
    struct bench b;
    put_rows(rows, COUNT_OF(rows));
    open_with_inventory(&b);
    const uint32_t first = hosts_keep(&b.hosts, STR("id-2"), STR("MacBook"));
    assert_signer(&b, first, "/opt/lib", "same_team");
    assert_guess(&b, first, 10, "/opt/tool", HASH_OF("EE"), "yes");
    const uint32_t second = hosts_keep(&b.hosts, STR("id-3"), STR("MacBook"));
    assert_signer(&b, second, "/opt/lib", "unknown");
    assert_signer(&b, first, "/opt/lib", "unknown");
    assert_guess(&b, second, 11, "/opt/tool", HASH_OF("EE"), "unknown");
    assert_guess(&b, first, 12, "/opt/tool", HASH_OF("EE"), "unknown");
    close_bench(&b);
}

static void enrich__takes_an_invalid_signature_for_none(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "mac-1", "/opt/forged", HASH_OF("a1"), "ALPHA00001", "invalid", "yes" },
        { "mac-1", "/opt/adhoc", HASH_OF("a2"), "", "adhoc", "no" },
        { "mac-1", "/opt/linker", HASH_OF("a3"), "", "linker_signed", "no" },
        { "mac-1", "/opt/nobody", HASH_OF("a4"), "", "signed", "no" },
        { "mac-1", "/opt/plain", "", "", "unsigned", "no" },
        { "mac-1", "/opt/strange", HASH_OF("a5"), "ALPHA00001", "no such state", "no" },
        { "mac-1", "/opt/false", HASH_OF("a6"), "ALPHA00001", "invalid", "no" },
        { "mac-1", "/opt/true", HASH_OF("a7"), "ALPHA00001", "signed", "no" },
    };
    struct bench b;
    put_rows(rows, COUNT_OF(rows));
    open_with_inventory(&b);
    assert_signer(&b, 0, "/opt/forged", "unsigned");
    assert_signer(&b, 0, "/opt/adhoc", "adhoc");
    assert_signer(&b, 0, "/opt/linker", "adhoc");
    assert_signer(&b, 0, "/opt/nobody", "unknown");
    assert_signer(&b, 0, "/opt/plain", "unsigned");
    assert_signer(&b, 0, "/opt/strange", "unsigned");
    // It ran, so it is not what was read.
    assert_guess(&b, 0, 9, "/opt/forged", HASH_OF("a1"), "yes");
    assert_guess(&b, 0, 8, "/opt/false", HASH_OF("a6"), "unknown");
    assert_guess(&b, 0, 7, "/opt/true", HASH_OF("a7"), "no");
    // That somebody says to be of the signer is no reason to think that it links what his does.
    assert_guess(&b, 0, 10, "/opt/forged", HASH_OF("EE"), "unknown");
    close_bench(&b);
}

// Slices that link different things: the one that reaches the interfaces speaks.
static void enrich__lets_the_slice_speak_that_reaches_most(void **state)
{
    (void)state;
    struct links *links = NULL;
    struct err err;
    struct link_facts slices[] = {
        { .slice = 0, .native_api = STR("no"), .frameworks = STR("IOKit") },
        { .slice = 1, .native_api = STR("yes"), .frameworks = STR("Foundation") },
        { .slice = 2, .native_api = STR("unknown") },
    };
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        slices[i].path = STR("/opt/fat");
        slices[i].cdhash = STR(HASH_OF("a1"));
        slices[i].identifier = STR("program");
        slices[i].team_id = STR("ALPHA00001");
        slices[i].signature = STR("signed");
    }
    assert_int_equal(links_open(str_of(inventory), LINKS_WRITE, &links, &err), OK);
    assert_int_equal(links_put(links, STR("mac-1"), slices, COUNT_OF(slices), &err), OK);
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);
    struct bench b;
    open_with_inventory(&b);
    assert_guess(&b, 0, 10, "/opt/fat", HASH_OF("EE"), "yes");
    close_bench(&b);
}

static void enricher_new__refuses_what_it_cannot_read(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct err err;
    struct enrich_options options = plain;
    options.links_path = STR("no/such/inventory");
    assert_int_not_equal(enricher_new(&options, &b.projection, &b.hosts, &b.enricher, &err), OK);
    assert_true(str_starts_with(str_of(err.text), STR("no/such/inventory: ")));

    options = plain;
    options.lists.of[ENRICH_LIST_TEST_USERS].count = 1025;
    assert_int_equal(enricher_new(&options, &b.projection, &b.hosts, &b.enricher, &err),
                     ERR_CONFIG);
    assert_string_equal(err.text, "$test_users has 1025 users; at most 1024 are read");
    assert_null(b.enricher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrich__follows_fork_and_exec),
        cmocka_unit_test(enrich__marks_what_it_met_in_the_middle),
        cmocka_unit_test(enrich__tells_lives_of_a_pid_apart),
        cmocka_unit_test(enrich__does_without_versions),
        cmocka_unit_test(enrich__forgets_and_counts_when_the_table_is_full),
        cmocka_unit_test(enrich__keeps_arguments_for_later_events),
        cmocka_unit_test(enrich__joins_short_arguments_whole),
        cmocka_unit_test(enrich__knows_developers_by_lineage_and_signer),
        cmocka_unit_test(enrich__leaves_what_the_record_filled),
        cmocka_unit_test(enrich__believes_what_the_sensor_says_of_a_library),
        cmocka_unit_test(enrich__reads_the_state_of_the_signature),
        cmocka_unit_test(enrich__stands_any_order_of_events),
        cmocka_unit_test(enrich__asks_the_link_inventory),
        cmocka_unit_test_setup_teardown(enrich__asks_the_rows_of_the_records_own_host,
                                        make_inventory, remove_inventory),
        cmocka_unit_test_setup_teardown(enrich__trusts_no_name_that_two_hosts_bear, make_inventory,
                                        remove_inventory),
        cmocka_unit_test_setup_teardown(enrich__takes_an_invalid_signature_for_none, make_inventory,
                                        remove_inventory),
        cmocka_unit_test_setup_teardown(enrich__lets_the_slice_speak_that_reaches_most,
                                        make_inventory, remove_inventory),
        cmocka_unit_test(enricher_new__refuses_what_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
