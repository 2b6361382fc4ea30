// Whose application a file lies in, and who may write there.

#include "enrich/fixture.h"

#include "enrich/owners.h"
#include "store/links.h"

#include <stdio.h>
#include <unistd.h>

static const str installers[] = { STR_INIT("com.apple.installd") };

static void owners_application_of__is_the_outermost(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *application;
    } cases[] = {
        { "/Applications/A.app/Contents/MacOS/A", "/Applications/A.app" },
        { "/Applications/A.app", "/Applications/A.app" },
        { "/Applications/A.app/", "/Applications/A.app" },
        { "/A.app/Contents/Frameworks/B.app/Contents/MacOS/B", "/A.app" },
        { "A.app/x", "A.app" },
        { "/Applications/A.application/x", "" },
        { "/Applications/.app/x", "" },
        { "/Applications/A.appx", "" },
        { "/opt/tool", "" },
        { "/", "" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const str found = owners_application_of(str_of(cases[i].path));
        if (!str_eq(found, str_of(cases[i].application)))
            fail_msg("%s: \"%.*s\"", cases[i].path, STR_ARG(found));
    }
}

static void owners__forget_the_first_and_count_it(void **state)
{
    (void)state;
    struct owners *o = owners_new(NULL);
    char path[32];
    for (uint32_t i = 0; i <= OWNERS_MAX; i++) {
        const int len = snprintf(path, sizeof path, "/%u.app", i);
        owners_note(o, 0, (str){ .at = path, .len = (size_t)len }, STR("TEAMA00001"));
    }
    assert_int_equal(owners_evicted(o), 1);
    assert_int_equal(owners_find(o, 0, STR("/0.app/x")).len, 0);
    assert_true(str_eq(owners_find(o, 0, STR("/9.app/x")), STR("TEAMA00001")));
    owners_free(o);
    owners_free(NULL);
}

static struct process_facts of_team(int64_t pid, const char *team, const char *path)
{
    struct process_facts facts = facts_of(pid, pid, path);
    facts.cs_flags = team == NULL ? CS_VALID | CS_SIGNED | CS_ADHOC : CS_VALID | CS_SIGNED;
    facts.team_id = str_of(team);
    return facts;
}

static void start(struct bench *b, struct process_facts facts)
{
    next(b, ACTION_EXEC, facts);
    go(b);
}

static void assert_owner(struct bench *b, struct process_facts facts, const char *path, bool is)
{
    next(b, ACTION_CREATION, facts);
    b->slots[FIELD_FILE_PATH] = value_of_text(str_of(path));
    go(b);
    if (b->slots[FIELD_FILE_BY_OWNER].boolean != is)
        fail_msg("%s: expected %d", path, is);
    assert_flag(b, FIELD_FILE_BY_OWNER, is);
}

#define IN_A "/Applications/A.app/Contents/Frameworks/libx.dylib"

static void by_owner__is_learned_from_what_runs(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts updater = of_team(10, "TEAMA00001", "/opt/updater");
    const struct process_facts stranger = of_team(11, "TEAMB00001", "/opt/stranger");
    const struct process_facts adhoc = of_team(12, NULL, "/opt/adhoc");
    // Nothing has run from there: it is nobody's.
    assert_owner(&b, updater, IN_A, false);
    start(&b, of_team(20, "TEAMA00001", "/Applications/A.app/Contents/MacOS/A"));
    assert_owner(&b, updater, IN_A, true);
    assert_owner(&b, updater, "/Applications/A.app", true);
    assert_owner(&b, updater, "/Applications/B.app/Contents/MacOS/B", false);
    assert_owner(&b, updater, "/opt/x", false);
    assert_owner(&b, stranger, IN_A, false);
    assert_owner(&b, adhoc, IN_A, false);
    // Who has lost his signature has lost his team.
    struct process_facts broken = updater;
    broken.cs_flags = CS_SIGNED;
    assert_owner(&b, broken, IN_A, false);

    // What is ad-hoc claims nothing; another team's program makes it nobody's, not its own.
    start(&b, of_team(21, NULL, "/Applications/A.app/Contents/MacOS/x"));
    assert_owner(&b, updater, IN_A, true);
    start(&b, of_team(22, "TEAMB00001", "/Applications/A.app/Contents/MacOS/y"));
    assert_owner(&b, stranger, IN_A, false);
    assert_owner(&b, updater, IN_A, false);
    close_bench(&b);
}

static void by_owner__is_a_matter_of_each_mac(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    assert_int_equal(hosts_keep(&b.hosts, STR("mac-2"), STR_EMPTY), 1);
    const struct process_facts app =
        of_team(20, "TEAMA00001", "/Applications/A.app/Contents/MacOS/A");
    start(&b, app);
    assert_owner(&b, app, IN_A, true);
    next(&b, ACTION_CREATION, of_team(21, "TEAMA00001", "/opt/updater"))->host = 1;
    b.slots[FIELD_FILE_PATH] = value_of_text(STR(IN_A));
    go(&b);
    assert_flag(&b, FIELD_FILE_BY_OWNER, false);
    close_bench(&b);
}

static void by_owner__is_any_installer(void **state)
{
    (void)state;
    struct enrich_options options = plain;
    options.lists.of[ENRICH_LIST_INSTALLERS] = (struct enrich_texts){ installers, 1 };
    struct bench b;
    open_bench(&b, &options);
    struct process_facts daemon = of_team(10, NULL, "/usr/libexec/installd");
    daemon.is_platform = true;
    daemon.signing_id = STR("com.apple.installd");
    assert_owner(&b, daemon, IN_A, true);
    assert_owner(&b, daemon, "/opt/x", true);
    close_bench(&b);
}

static char inventory[] = "/tmp/pomona-owners-XXXXXX";

static int make_inventory(void **state)
{
    (void)state;
    struct links *links;
    struct err err;
    const struct link_facts rows[] = {
        { .path = STR_INIT("/Applications/A.app/Contents/MacOS/A"),
          .cdhash = STR_INIT("ab01"),
          .team_id = STR_INIT("TEAMA00001"),
          .signature = STR_INIT("signed") },
        { .path = STR_INIT("/Applications/Odd.app/Contents/MacOS/other"),
          .cdhash = STR_INIT("ab02"),
          .team_id = STR_INIT("TEAMA00001"),
          .signature = STR_INIT("signed") },
        { .path = STR_INIT("/Applications/Ad.app/Contents/MacOS/Ad"),
          .cdhash = STR_INIT("ab03"),
          .team_id = STR_INIT("TEAMA00001"),
          .signature = STR_INIT("adhoc") },
        { .path = STR_INIT("/Applications/Planted.app/Contents/Frameworks/x.dylib"),
          .cdhash = STR_INIT("ab04"),
          .team_id = STR_INIT("TEAMA00001"),
          .signature = STR_INIT("signed") },
        { .path = STR_INIT("/Applications/Planted.app/Contents/MacOS/x.dylib"),
          .cdhash = STR_INIT("ab05"),
          .team_id = STR_INIT("TEAMA00001"),
          .signature = STR_INIT("signed"),
          .file_type = STR_INIT("dylib") },
    };
    const int file = mkstemp(inventory);
    if (file < 0 || close(file) != 0 || unlink(inventory) != 0 ||
        links_open(str_of(inventory), LINKS_WRITE, &links, &err) != OK)
        return -1;
    enum status status = OK;
    for (size_t i = 0; i < COUNT_OF(rows) && status == OK; i++)
        status = links_put(links, STR("mac-1"), &rows[i], 1, &err);
    if (status == OK)
        status = links_commit(links, &err);
    links_close(links);
    return status == OK ? 0 : -1;
}

static int remove_inventory(void **state)
{
    (void)state;
    return unlink(inventory);
}

static void by_owner__asks_the_inventory(void **state)
{
    (void)state;
    struct enrich_options options = plain;
    options.links_path = str_of(inventory);
    struct bench b;
    open_bench(&b, &options);
    const struct process_facts updater = of_team(10, "TEAMA00001", "/opt/updater");
    assert_owner(&b, updater, IN_A, true);
    assert_owner(&b, updater, "/Applications/Odd.app/Contents/MacOS/other", true);
    assert_owner(&b, updater, "/Applications/Ad.app/Contents/MacOS/Ad", false);
    assert_owner(&b, updater, "/Applications/None.app/x", false);
    // Who signed what he planted does not own the application by it.
    assert_owner(&b, updater, "/Applications/Planted.app/Contents/Frameworks/x.dylib", false);
    assert_owner(&b, updater, "/Applications/Planted.app/Contents/MacOS/x.dylib", false);
    // Two that disagree: another team's program ran there before anybody asked.
    close_bench(&b);
    open_bench(&b, &options);
    start(&b, of_team(20, "TEAMB00001", "/Applications/A.app/Contents/MacOS/y"));
    assert_owner(&b, of_team(11, "TEAMB00001", "/opt/stranger"), IN_A, false);
    assert_owner(&b, updater, IN_A, false);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_application_of__is_the_outermost),
        cmocka_unit_test(owners__forget_the_first_and_count_it),
        cmocka_unit_test(by_owner__is_learned_from_what_runs),
        cmocka_unit_test(by_owner__is_a_matter_of_each_mac),
        cmocka_unit_test(by_owner__is_any_installer),
        cmocka_unit_test_setup_teardown(by_owner__asks_the_inventory, make_inventory,
                                        remove_inventory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
