// Ages, writers, history and ranges, as the fields of events tell them.

#include "enrich/fixture.h"

#include "store/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_NS (86400 * SECOND_NS)
#define APP    "/Applications/Invented.app/Contents/MacOS/Invented"
#define HASH_1 "1134567890123456789012345678901234567890"
#define HASH_2 "2234567890123456789012345678901234567890"

static struct process_facts of_team(int64_t pid, const char *team)
{
    struct process_facts facts = facts_of(pid, 1, "/opt/program");
    facts.cs_flags = CS_VALID | CS_SIGNED;
    facts.team_id = str_of(team);
    return facts;
}

static void start(struct bench *b, struct process_facts facts, int64_t born_ns)
{
    struct process_facts old = facts_of(facts.id.pid, facts.id.pidversion - 1, "/bin/zsh");
    next(b, ACTION_EXEC, facts)->previous = old;
    b->event.executable_born_ns = born_ns;
    go(b);
}

static void load(struct bench *b, struct process_facts facts, const char *path, int64_t born_ns)
{
    next(b, ACTION_LOAD, facts)->library.born_ns = born_ns;
    b->slots[FIELD_DLL_PATH] = value_of_text(str_of(path));
    go(b);
}

static void touch(struct bench *b, enum action action, struct process_facts facts, const char *path,
                  const char *old_path)
{
    (void)next(b, action, facts);
    b->slots[FIELD_FILE_PATH] = value_of_text(str_of(path));
    if (old_path != NULL)
        b->slots[FIELD_FILE_ORIGINAL_PATH] = value_of_text(str_of(old_path));
    go(b);
}

static void assert_int(const struct bench *b, enum field field, int64_t n)
{
    assert_int_equal(b->slots[field].type, VALUE_INT);
    assert_int_equal(b->slots[field].integer, n);
}

static void enrich__tells_how_old_files_are(void **state)
{
    (void)state;
    static const struct {
        int64_t before_ns;  // So long before the start; 0: not told.
        int64_t seconds;    // -1: missing.
        const char *age;
    } cases[] = {
        { 0, -1, "unknown" },
        { SECOND_NS, 1, "new" },
        { SECOND_NS - 1, 0, "new" },
        { DAY_NS - 1, 86399, "new" },
        { DAY_NS, 86400, "old" },
        { 1000 * DAY_NS, 86400000, "old" },
        { -5 * SECOND_NS, 0, "new" },  // Stamped in the future.
        { -INT64_MAX / 2, 0, "new" },
        { 2000 * DAY_NS + 990 * SECOND_NS, -1, "unknown" },  // Before 1970: no such stamp.
    };
    struct bench b;
    open_bench(&b, &plain);
    b.time_ns += 2000 * DAY_NS;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct process_facts facts = facts_of(10 + (int64_t)i, 5, "/opt/program");
        const int64_t at = b.time_ns + SECOND_NS;
        int64_t born_ns = cases[i].before_ns == 0 ? 0 : at - cases[i].before_ns;
        if (born_ns > at + DAY_NS)
            born_ns = INT64_MAX;
        if (cases[i].seconds < 0)
            born_ns = cases[i].before_ns == 0 ? 0 : -1;
        start(&b, facts, born_ns);
        for (int later = 0; later < 2; later++) {
            const struct value seconds = b.slots[FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME];
            assert_int_equal(seconds.type, cases[i].seconds < 0 ? VALUE_MISSING : VALUE_INT);
            if (cases[i].seconds >= 0)
                assert_int_equal(seconds.integer, cases[i].seconds);
            assert_text(&b, FIELD_PROCESS_IMAGE_AGE, cases[i].age);
            next(&b, ACTION_MPROTECT, facts);  // Counted to the start, not to now.
            go(&b);
        }
        const int64_t mapped = b.time_ns + SECOND_NS;
        load(&b, facts, "/opt/lib.dylib",
             born_ns <= 0 || born_ns == INT64_MAX ? born_ns : mapped - cases[i].before_ns);
        assert_text(&b, FIELD_DLL_IMAGE_AGE, cases[i].age);
    }
    load(&b, facts_of(99, 5, "/usr/bin/true"), "/usr/lib/libSystem.dylib", 0);
    assert_text(&b, FIELD_DLL_IMAGE_AGE, "old");
    assert_text(&b, FIELD_PROCESS_IMAGE_AGE, "old");
    assert_int_equal(b.slots[FIELD_DLL_RELATIVE_FILE_CREATION_TIME].type, VALUE_MISSING);
    close_bench(&b);
}

// A birth that comes with a later record is the image's; a fork's child has that of its parent.
static void enrich__takes_a_birth_from_whatever_record_tells_it(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts facts = facts_of(10, 5, "/opt/program");
    start(&b, facts, 0);
    assert_text(&b, FIELD_PROCESS_IMAGE_AGE, "unknown");
    const int64_t started = b.time_ns;
    next(&b, ACTION_MPROTECT, facts)->executable_born_ns = started - 9 * SECOND_NS;
    go(&b);
    assert_int(&b, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME, 9);
    run_fork(&b, facts, facts_of(11, 6, "/opt/program"));
    assert_text(&b, FIELD_PROCESS_IMAGE_AGE, "new");

    struct process_facts met = facts_of(20, 5, "/opt/other");
    met.id.start_ns = b.time_ns;
    next(&b, ACTION_MPROTECT, met)->executable_born_ns = met.id.start_ns - 3 * SECOND_NS;
    go(&b);
    assert_int(&b, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME, 3);
    close_bench(&b);
}

static void enrich__takes_births_from_what_was_seen_of_files(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts writer = facts_of(10, 5, "/bin/cp");
    touch(&b, ACTION_CREATION, writer, "/opt/new", NULL);
    touch(&b, ACTION_MODIFICATION, writer, "/opt/new", NULL);
    touch(&b, ACTION_RENAME, writer, "/opt/program", "/opt/new");
    start(&b, facts_of(20, 5, "/opt/program"), 0);
    assert_int(&b, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME, 3);
    // What comes there later is another file.
    touch(&b, ACTION_CREATION, writer, "/opt/program", NULL);
    next(&b, ACTION_MPROTECT, facts_of(20, 5, "/opt/program"));
    go(&b);
    assert_int(&b, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME, 3);
    load(&b, facts_of(20, 5, "/opt/program"), "/opt/program", 0);
    assert_int(&b, FIELD_DLL_RELATIVE_FILE_CREATION_TIME, 2);
    touch(&b, ACTION_DELETION, writer, "/opt/program", NULL);
    load(&b, facts_of(20, 5, "/opt/program"), "/opt/program", 0);
    assert_text(&b, FIELD_DLL_IMAGE_AGE, "unknown");
    close_bench(&b);
}

static void enrich__tells_who_wrote_a_library(void **state)
{
    (void)state;
    struct bench b;
    struct process_facts host = of_team(10, "ALPHA00001");
    struct process_facts other = of_team(11, "BETA000001");
    struct process_facts apple = facts_of(12, 1, "/bin/cp");
    apple.is_platform = true;
    const struct {
        const struct process_facts facts;
        const char *written_by;
    } cases[] = {
        { host, "self" },      { of_team(13, "ALPHA00001"), "same_team" }, { other, "other" },
        { apple, "platform" }, { facts_of(14, 1, "/opt/adhoc"), "other" },
    };
    open_bench(&b, &plain);
    load(&b, host, "/opt/lib", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "unknown");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        touch(&b, ACTION_WRITE, cases[i].facts, "/opt/lib", NULL);
        load(&b, host, "/opt/lib", 0);
        assert_text(&b, FIELD_DLL_WRITTEN_BY, cases[i].written_by);
    }
    // Who renames it has put it there.
    touch(&b, ACTION_RENAME, other, "/opt/lib2", "/opt/lib");
    load(&b, host, "/opt/lib2", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "other");
    load(&b, host, "/opt/lib", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "unknown");
    // Looking is not writing, but a close may say that it wrote.
    touch(&b, ACTION_OPEN, host, "/opt/lib2", NULL);
    touch(&b, ACTION_CLOSE, host, "/opt/lib2", NULL);
    load(&b, host, "/opt/lib2", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "other");
    next(&b, ACTION_CLOSE, host);
    b.slots[FIELD_FILE_PATH] = value_of_text(STR("/opt/lib2"));
    b.slots[FIELD_FILE_MODIFIED] = value_of_bool(true);
    go(&b);
    load(&b, host, "/opt/lib2", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "self");
    // Of a file that nobody is named for.
    touch(&b, ACTION_CREATION, event_nobody, "/opt/lib2", NULL);
    load(&b, host, "/opt/lib2", 0);
    assert_text(&b, FIELD_DLL_WRITTEN_BY, "unknown");
    close_bench(&b);
}

static void enrich__tells_extension_and_application_of_a_library(void **state)
{
    (void)state;
    static const struct {
        const char *executable;
        const char *path;
        const char *extension;
        bool is_bundled;
    } cases[] = {
        { APP, "/Applications/Invented.app/Contents/Frameworks/x.DYLIB", "dylib", true },
        { APP, "/Applications/Invented.app/Contents/PlugIns/In.app/Contents/MacOS/x", "", true },
        { "/Applications/Invented.app/Contents/Frameworks/Helper.app/Contents/MacOS/Helper",
          "/Applications/Invented.app/Contents/Frameworks/x.so", "so", true },
        { APP, "/Applications/Invented.application/x.so.1", "1", false },
        { APP, "/Applications/Other.app/Contents/x.", "", false },
        { "/opt/tool", "/opt/lib.d/x", "", true },  // In no application: what lies beside it.
        { "/opt/tool", "/opt/.hidden", "hidden", true },
        { "/opt/a/tool", "/opt/ab/x", "", false },
        { "/opt/x.app", "/opt/x.app", "app", true },
    };
    struct bench b;
    open_bench(&b, &plain);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        load(&b, facts_of(10 + (int64_t)i, 5, cases[i].executable), cases[i].path, 0);
        assert_text(&b, FIELD_DLL_EXTENSION, cases[i].extension);
        assert_flag(&b, FIELD_DLL_BUNDLED, cases[i].is_bundled);
        assert_text(&b, FIELD_DLL_QUARANTINE, "unknown");
    }
    close_bench(&b);
}

static void enrich__keeps_the_mark_of_a_download(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts facts = facts_of(10, 5, "/opt/program");
    next(&b, ACTION_EXEC, facts);
    b.slots[FIELD_PROCESS_QUARANTINE] = value_of_text(STR("yes"));
    go(&b);
    next(&b, ACTION_MPROTECT, facts);
    go(&b);
    assert_text(&b, FIELD_PROCESS_QUARANTINE, "yes");
    start(&b, facts_of(11, 5, "/opt/program"), 0);
    assert_text(&b, FIELD_PROCESS_QUARANTINE, "unknown");
    close_bench(&b);
}

static void enrich__tells_when_an_executable_changed_hands(void **state)
{
    (void)state;
    struct process_facts adhoc = facts_of(0, 5, APP);
    struct process_facts team = of_team(0, "ALPHA00001");
    struct process_facts other = of_team(0, "BETA000001");
    struct process_facts apple = facts_of(0, 5, APP);
    struct process_facts unsigned_one = facts_of(0, 5, APP);
    struct process_facts untold = facts_of(0, 5, APP);
    apple.is_platform = true;
    unsigned_one.cs_flags = 0;
    untold.cs_told = false;
    untold.cs_flags = 0;
    const struct {
        const struct process_facts *facts;
        bool is_changed;
    } steps[] = {
        { &team, false },        { &team, false },         { &other, true },   { &adhoc, true },
        { &adhoc, false },       { &unsigned_one, false }, { &untold, false }, { &apple, true },
        { &apple, false },       { &team, true },          { &untold, false }, { &team, false },
        { &unsigned_one, true },
    };
    struct bench b;
    open_bench(&b, &plain);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct process_facts facts = *steps[i].facts;
        facts.executable = STR(APP);
        facts.id = (struct process_id){ .pid = 10 + (int64_t)i, .pidversion = 5 };
        start(&b, facts, 0);
        assert_flag(&b, FIELD_PROCESS_TEAM_CHANGED, steps[i].is_changed);
        next(&b, ACTION_MPROTECT, facts);
        go(&b);
        assert_flag(&b, FIELD_PROCESS_TEAM_CHANGED, steps[i].is_changed);
    }
    close_bench(&b);
}

// A second sensor's record of the same exec is no second exec.
static void enrich__does_not_take_one_exec_for_two(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts facts = of_team(10, "ALPHA00001");
    struct process_facts adhoc = facts_of(9, 5, "/opt/program");
    start(&b, adhoc, 0);
    for (uint32_t sensor = 1; sensor <= 2; sensor++) {
        next(&b, ACTION_EXEC, facts)->sensor = sensor;
        b.event.process.cdhash = STR(HASH_1);
        b.event.executable_born_ns = sensor == 1 ? b.time_ns - SECOND_NS : 0;
        go(&b);
        assert_flag(&b, FIELD_PROCESS_TEAM_CHANGED, true);
        assert_flag(&b, FIELD_PROCESS_CDHASH_NEW, true);
        assert_int(&b, FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME, 1);
    }
    close_bench(&b);
}

static void enrich__tells_what_was_never_seen(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const uint32_t two = hosts_keep(&b.hosts, STR("id-2"), STR("two"));
    for (int64_t i = 0; i < 3; i++) {
        next(&b, ACTION_EXEC, facts_of(10 + i, 5, "/opt/program"))->host = i == 2 ? two : 0;
        go(&b);
        assert_flag(&b, FIELD_PROCESS_CDHASH_NEW, i != 1);
    }
    next(&b, ACTION_MPROTECT, facts_of(20, 5, "/opt/met"));
    b.event.process.cdhash = STR(HASH_2);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_CDHASH_NEW, false);

    static const struct {
        const char *path;
        const char *cdhash;
        bool is_new;
    } loads[] = {
        { "/opt/a", HASH_1, true }, { "/opt/b", HASH_1, false }, { "/opt/a", "", true },
        { "/opt/a", "", false },    { "/opt/b", "", true },      { "/usr/lib/x.dylib", "", false },
        { "/opt/c", "AB", true },   { "/opt/c", "ab", false },
    };
    for (size_t i = 0; i < COUNT_OF(loads); i++) {
        next(&b, ACTION_LOAD, facts_of(30, 5, "/opt/host"))->library.told = true;
        b.slots[FIELD_DLL_PATH] = value_of_text(str_of(loads[i].path));
        if (loads[i].cdhash[0] != '\0')
            b.slots[FIELD_DLL_HASH_CDHASH] = value_of_text(str_of(loads[i].cdhash));
        go(&b);
        assert_flag(&b, FIELD_DLL_CDHASH_NEW, loads[i].is_new);
    }
    close_bench(&b);
}

static void put_image(struct links *links, const char *host, const char *path, const char *cdhash,
                      const char *type)
{
    struct err err;
    const struct link_facts facts = {
        .path = str_of(path),
        .cdhash = str_of(cdhash),
        .file_type = str_of(type),
        .signature = STR("adhoc"),
    };
    assert_int_equal(links_put(links, str_of(host), &facts, 1, &err), OK);
}

static void enrich__asks_the_inventory_of_the_mac(void **state)
{
    (void)state;
    char path[] = "files_test.XXXXXX";
    const int fd = mkstemp(path);
    struct links *links = NULL;
    struct err err;
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(links_open(str_of(path), LINKS_WRITE, &links, &err), OK);
    put_image(links, "mac-1", "/opt/program", HASH_1, "execute");
    put_image(links, "two", "/opt/lib", HASH_2, "dylib");
    put_image(links, "mac-1", "/opt/kernel", "", "core");
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);

    struct enrich_options options = plain;
    struct bench b;
    options.links_path = str_of(path);
    open_bench(&b, &options);
    const uint32_t two = hosts_keep(&b.hosts, STR("id-2"), STR("two"));
    const uint32_t other = hosts_keep(&b.hosts, STR("id-3"), STR("three"));
    const struct {
        uint32_t host;
        bool is_program_new;
        bool is_library_new;
        const char *type;
    } cases[] = {
        { 0, false, true, "unknown" },
        { two, true, false, "dylib" },
        { other, false, false, "dylib" },  // Not in it: any of its hosts will do.
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct process_facts facts = facts_of(10, 5, "/opt/elsewhere");
        facts.cdhash = STR(HASH_1);
        next(&b, ACTION_EXEC, facts)->host = cases[i].host;
        go(&b);
        assert_flag(&b, FIELD_PROCESS_CDHASH_NEW, cases[i].is_program_new);
        next(&b, ACTION_LOAD, facts)->host = cases[i].host;
        b.slots[FIELD_DLL_PATH] = value_of_text(STR("/opt/lib"));
        go(&b);
        assert_flag(&b, FIELD_DLL_CDHASH_NEW, cases[i].is_library_new);
        next(&b, ACTION_CREATION, facts)->host = cases[i].host;
        b.slots[FIELD_FILE_PATH] = value_of_text(STR("/opt/lib"));
        go(&b);
        assert_text(&b, FIELD_FILE_MACHO_TYPE, cases[i].type);
    }
    touch(&b, ACTION_CREATION, facts_of(10, 5, "/opt/x"), "/opt/kernel", NULL);
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "other");
    close_bench(&b);
    (void)unlink(path);
}

static void enrich__remembers_what_a_file_was_said_to_be(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts facts = facts_of(10, 5, "/opt/program");
    touch(&b, ACTION_CREATION, facts, "/opt/a", NULL);
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "unknown");
    next(&b, ACTION_MODIFICATION, facts);
    b.slots[FIELD_FILE_PATH] = value_of_text(STR("/opt/a"));
    b.slots[FIELD_FILE_MACHO_TYPE] = value_of_text(STR("bundle"));
    go(&b);
    touch(&b, ACTION_RENAME, facts, "/opt/b", "/opt/a");
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "bundle");
    touch(&b, ACTION_OPEN, facts, "/opt/b", NULL);
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "bundle");
    touch(&b, ACTION_DELETION, facts, "/opt/b", NULL);
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "bundle");
    touch(&b, ACTION_OPEN, facts, "/opt/b", NULL);
    assert_text(&b, FIELD_FILE_MACHO_TYPE, "unknown");
    close_bench(&b);
}

static void protect(struct bench *b, struct process_facts facts, int64_t address, int64_t size,
                    const char *protection, int64_t number)
{
    next(b, ACTION_MPROTECT, facts);
    b->slots[FIELD_API_ADDRESS] = value_of_int(address);
    if (size != INT64_MIN)
        b->slots[FIELD_API_SIZE] = value_of_int(size);
    b->slots[FIELD_API_PROTECTION] = value_of_text(str_of(protection));
    go(b);
    assert_int(b, FIELD_API_RANGE_ID, number);
}

static void enrich__numbers_ranges_of_each_process(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts one = facts_of(10, 5, "/opt/one");
    const struct process_facts child = facts_of(11, 6, "/opt/one");
    protect(&b, one, 0x4000, 0x4000, "RW-", 1);
    protect(&b, one, 0x6000, 0x4000, "R-X", 1);
    protect(&b, one, -16, -1, "RWX", 2);  // As signed numbers have it.
    protect(&b, one, -1, INT64_MIN, "R-X", 2);
    protect(&b, one, INT64_MAX, 0, "R-X", 3);
    run_fork(&b, one, child);
    assert_int_equal(b.slots[FIELD_API_RANGE_ID].type, VALUE_MISSING);
    protect(&b, child, 0x6000, 0x4000, "R-X", 1);
    protect(&b, child, 0x6000, 0x4000, "R-X", 2);
    // An exec that leaves the process its name empties it, but gives no number twice.
    struct process_facts same = facts_of(12, -1, "/opt/one");
    protect(&b, same, 0x4000, 0x4000, "RW-", 1);
    run_exec(&b, same, same);
    protect(&b, same, 0x4000, 0x4000, "R-X", 2);
    close_bench(&b);
}

// Nobody asks, so nothing is kept.
static void enrich__keeps_nothing_that_nobody_asks_for(void **state)
{
    (void)state;
    struct projection nothing = { 0 };
    struct enricher *enricher = NULL;
    struct err err;
    struct bench b;
    open_bench(&b, &plain);
    projection_want(&nothing, ACTION_EXEC, FIELD_PROCESS_PID);
    projection_compile(&nothing);
    assert_int_equal(enricher_new(&plain, &nothing, &b.hosts, &enricher, &err), OK);
    next(&b, ACTION_MPROTECT, facts_of(10, 5, "/opt/one"));
    b.slots[FIELD_API_ADDRESS] = value_of_int(1);
    enrich(enricher, &b.event, &b.batch);
    assert_int_equal(b.slots[FIELD_API_RANGE_ID].type, VALUE_MISSING);
    enricher_free(enricher);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrich__tells_how_old_files_are),
        cmocka_unit_test(enrich__takes_a_birth_from_whatever_record_tells_it),
        cmocka_unit_test(enrich__takes_births_from_what_was_seen_of_files),
        cmocka_unit_test(enrich__tells_who_wrote_a_library),
        cmocka_unit_test(enrich__tells_extension_and_application_of_a_library),
        cmocka_unit_test(enrich__keeps_the_mark_of_a_download),
        cmocka_unit_test(enrich__tells_when_an_executable_changed_hands),
        cmocka_unit_test(enrich__does_not_take_one_exec_for_two),
        cmocka_unit_test(enrich__tells_what_was_never_seen),
        cmocka_unit_test(enrich__asks_the_inventory_of_the_mac),
        cmocka_unit_test(enrich__remembers_what_a_file_was_said_to_be),
        cmocka_unit_test(enrich__numbers_ranges_of_each_process),
        cmocka_unit_test(enrich__keeps_nothing_that_nobody_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
