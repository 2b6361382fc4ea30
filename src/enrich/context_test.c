// The decision table of context.h, and what the process table and a site's lists make of it.

#include "enrich/fixture.h"

#include "enrich/context.h"

static const str developer_hosts[] = { STR_INIT("DEV-1"), STR_INIT("mac-7"),
                                       STR_INIT("mac-9.example.org") };
static const str developer_users[] = { STR_INIT("601"), STR_INIT("ada") };
static const str test_hosts[] = { STR_INIT("lab-1") };
static const str package_managers[] = { STR_INIT("PKG0000001/manager*") };
static const str test_tools[] = { STR_INIT("LAB0000001/injector"),
                                  STR_INIT("cdhash:00112233445566778899AABBCCDDEEFF00112233") };

static struct enrich_options with_site(void)
{
    struct enrich_options options = plain;
    struct enrich_texts *of = options.lists.of;
    of[ENRICH_LIST_DEVELOPER_HOSTS] = (struct enrich_texts){ developer_hosts, 3 };
    of[ENRICH_LIST_DEVELOPER_USERS] = (struct enrich_texts){ developer_users, 2 };
    of[ENRICH_LIST_TEST_HOSTS] = (struct enrich_texts){ test_hosts, 1 };
    of[ENRICH_LIST_PACKAGE_MANAGERS] = (struct enrich_texts){ package_managers, 1 };
    of[ENRICH_LIST_TEST_TOOLS] = (struct enrich_texts){ test_tools, 2 };
    return options;
}

// One fact after the other, as the table of the header has them.
static void context_of__follows_the_table(void **state)
{
    (void)state;
    static const struct {
        struct context_facts facts;
        enum context context;
    } rows[] = {
        { { .is_trusted = true, .is_on_test_asset = true }, CONTEXT_TEST },
        { { .is_below_test_tool = true }, CONTEXT_PROD },
        { { .is_below_test_tool = true, .is_on_developers_asset = true }, CONTEXT_TEST },
        { { .is_below_test_tool = true, .is_on_developers_asset = true, .is_trusted = true },
          CONTEXT_PROD },
        { { .is_below_developer_tool = true }, CONTEXT_DEV },
        { { .is_below_developer_tool = true, .is_trusted = true }, CONTEXT_PROD },
        { { .is_below_developer_tool = true, .is_trusted = true, .is_debuggable = true },
          CONTEXT_DEV },
        { { .is_below_developer_tool = true, .is_trusted = true, .is_developer_tool = true },
          CONTEXT_DEV },
        { { .is_developer_tool = true, .is_trusted = true }, CONTEXT_PROD },
        { { .is_below_package_manager = true }, CONTEXT_PROD },
        { { .is_below_package_manager = true, .is_on_developers_asset = true }, CONTEXT_DEV },
        { { .is_below_package_manager = true, .is_on_developers_asset = true, .is_trusted = true },
          CONTEXT_PROD },
        { { .is_on_developers_asset = true, .path_class = PATH_CLASS_USER_HOME }, CONTEXT_PROD },
        { { .is_linker_signed = true, .path_class = PATH_CLASS_USER_HOME }, CONTEXT_PROD },
        { { .is_on_developers_asset = true, .is_linker_signed = true }, CONTEXT_PROD },
        { { .is_on_developers_asset = true,
            .is_linker_signed = true,
            .path_class = PATH_CLASS_USER_HOME },
          CONTEXT_DEV },
        { { .is_on_developers_asset = true,
            .is_debuggable = true,
            .is_trusted = true,
            .path_class = PATH_CLASS_DEVELOPER },
          CONTEXT_DEV },
        { { 0 }, CONTEXT_PROD },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (context_of(&rows[i].facts) != rows[i].context)
            fail_msg("row %zu", i);
}

// No place of the usual droppers is a workplace, and none gives a context by itself.
static void context_of__gives_nothing_for_a_path(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "/private/tmp/a",
        "/var/folders/ab/cd/T/a",
        "/Users/Shared/a",
        "/Users/ada/Downloads/a",
        "/Users/ada/Library/LaunchAgents/a",
        "/Volumes/Disk/a",
        "/Users/ada/.hidden/a",
        "/Applications/A.app/Contents/MacOS/a",
        "/Library/a",
        "/Users/ada/Downloads/.cargo/a",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct context_facts facts = { .path_class = path_class_of(str_of(refused[i])),
                                       .is_on_developers_asset = true,
                                       .is_linker_signed = true };
        if (context_of(&facts) != CONTEXT_PROD)
            fail_msg("%s", refused[i]);
    }
    for (size_t class = 0; class < PATH_CLASS_COUNT; class ++) {
        struct context_facts facts = { .path_class = (enum path_class) class };
        assert_int_equal(context_of(&facts), CONTEXT_PROD);
        facts.is_on_developers_asset = true;
        assert_int_equal(context_of(&facts), CONTEXT_PROD);
    }
}

static void context_name__has_three(void **state)
{
    (void)state;
    assert_true(str_eq(context_name(CONTEXT_PROD), STR("prod")));
    assert_true(str_eq(context_name(CONTEXT_DEV), STR("dev")));
    assert_true(str_eq(context_name(CONTEXT_TEST), STR("test")));
}

// What a compiler left in a home, started by a shell.
static void start_build(struct bench *b, uint32_t host, int64_t euid, const char *user)
{
    const int64_t pid = b->time_ns / SECOND_NS;
    struct process_facts built = facts_of(pid, pid, "/Users/ada/src/app/target/debug/app");
    built.cs_flags |= CS_LINKER_SIGNED;
    built.euid = euid;
    built.cdhash = STR_EMPTY;
    next(b, ACTION_EXEC, built)->host = host;
    if (user != NULL)
        b->slots[FIELD_USER_NAME] = value_of_text(str_of(user));
    go(b);
}

static void enrich__knows_a_sites_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *name;
        const char *context;
    } hosts[] = {
        { "dev-1", "", "dev" },         { "A1", "Mac-7", "dev" },
        { "A2", "MAC-7.local", "dev" }, { "A3", "mac-9.example.org", "dev" },
        { "A4", "mac-9", "prod" },      { "A5", "mac-70", "prod" },
        { "A6", "", "prod" },           { "LAB-1", "mac-7", "test" },
    };
    const struct enrich_options options = with_site();
    struct bench b;
    open_bench(&b, &options);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        const uint32_t host = hosts_keep(&b.hosts, str_of(hosts[i].id), str_of(hosts[i].name));
        for (size_t again = 0; again < 2; again++) {
            start_build(&b, host, 501, NULL);
            assert_text(&b, FIELD_PROCESS_CONTEXT, hosts[i].context);
        }
    }
    // A name that is told later counts from then on.
    const uint32_t nameless = hosts_keep(&b.hosts, STR("A6"), STR_EMPTY);
    b.hosts.at[nameless].name = STR("mac-7");
    start_build(&b, nameless, 501, NULL);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");
    close_bench(&b);
}

static void enrich__knows_a_sites_users(void **state)
{
    (void)state;
    const struct enrich_options options = with_site();
    struct bench b;
    open_bench(&b, &options);
    start_build(&b, 0, 601, NULL);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");
    start_build(&b, 0, 502, "Ada");
    assert_text(&b, FIELD_PROCESS_CONTEXT, "dev");
    start_build(&b, 0, 502, "adam");
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");
    start_build(&b, 0, -1, NULL);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");
    start_build(&b, 0, 777, "ada");
    assert_text(&b, FIELD_PROCESS_CONTEXT, "test");

    // Where it counts, the name of a user is asked for.
    struct projection projection = { 0 };
    enrich_want(&plain.lists, &projection);
    assert_true(projection_wants(&projection, ACTION_EXEC, FIELD_USER_NAME));
    struct enrich_lists none = { 0 };
    projection = (struct projection){ 0 };
    enrich_want(&none, &projection);
    assert_false(projection_wants(&projection, ACTION_EXEC, FIELD_USER_NAME));
    close_bench(&b);
}

static struct process_facts tool_of(int64_t pid, const char *team, const char *signing_id)
{
    struct process_facts tool = facts_of(pid, pid, "/opt/tool");
    tool.cs_flags = CS_VALID | CS_SIGNED;
    tool.team_id = str_of(team);
    tool.signing_id = str_of(signing_id);
    tool.cdhash = STR_EMPTY;
    return tool;
}

// Starts `tool`, and what it starts: an untrusted program, and one of a team.
static void assert_below(struct bench *b, struct process_facts tool, uint32_t host,
                         const char *untrusted, const char *trusted)
{
    struct process_facts child = facts_of(tool.id.pid + 1, tool.id.pid + 1, "/private/tmp/a");
    struct process_facts vendor = tool_of(tool.id.pid + 2, "VENDOR0001", "org.vendor");
    child.cdhash = STR_EMPTY;
    child.parent = vendor.parent = tool.id;
    next(b, ACTION_EXEC, tool)->host = host;
    go(b);
    next(b, ACTION_EXEC, child)->host = host;
    go(b);
    assert_text(b, FIELD_PROCESS_CONTEXT, untrusted);
    next(b, ACTION_EXEC, vendor)->host = host;
    go(b);
    assert_text(b, FIELD_PROCESS_CONTEXT, trusted);
}

// A package manager and a tool of a laboratory count where the site says that such people work.
static void enrich__believes_tools_on_listed_assets_only(void **state)
{
    (void)state;
    const struct enrich_options options = with_site();
    struct bench b;
    open_bench(&b, &options);
    const uint32_t dev = hosts_keep(&b.hosts, STR("dev-1"), STR_EMPTY);
    assert_below(&b, tool_of(10, "PKG0000001", "manager-2"), 0, "prod", "prod");
    assert_below(&b, tool_of(20, "PKG0000001", "manager-2"), dev, "dev", "prod");
    assert_below(&b, tool_of(30, "OTHER00001", "manager-2"), dev, "prod", "prod");
    assert_below(&b, tool_of(40, "LAB0000001", "injector"), 0, "prod", "prod");
    assert_below(&b, tool_of(50, "LAB0000001", "injector"), dev, "test", "prod");

    // An ad-hoc tool is known by its build, whatever it is called.
    struct process_facts adhoc = facts_of(60, 60, "/opt/frida");
    adhoc.signing_id = STR("LAB0000001/injector");
    adhoc.cdhash = STR("00112233445566778899aabbccddeeff00112233");
    assert_below(&b, adhoc, dev, "test", "prod");
    adhoc.id = (struct process_id){ .pid = 70, .pidversion = 70 };
    adhoc.cdhash = STR("00112233445566778899aabbccddeeff00112234");
    assert_below(&b, adhoc, dev, "prod", "prod");
    close_bench(&b);
}

// Another sensor tells of the same start once more: the tool is not below itself.
static void enrich__puts_no_tool_below_itself(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts tool = facts_of(10, 100, "/Applications/Xcode.app/Contents/MacOS/Xcode");
    tool.is_platform = true;
    tool.signing_id = STR("com.apple.dt.Xcode");
    next(&b, ACTION_EXEC, tool)->sensor = 1;
    go(&b);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");
    next(&b, ACTION_EXEC, tool)->sensor = 2;
    go(&b);
    assert_text(&b, FIELD_PROCESS_CONTEXT, "prod");
    close_bench(&b);
}

static void enricher_new__refuses_too_many_users(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct err err;
    struct enrich_options options = plain;
    options.lists.of[ENRICH_LIST_DEVELOPER_USERS].count = 1025;
    assert_int_equal(enricher_new(&options, &b.projection, &b.hosts, &b.enricher, &err),
                     ERR_CONFIG);
    assert_string_equal(err.text, "$developer_users has 1025 users; at most 1024 are read");
    assert_null(b.enricher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_of__follows_the_table),
        cmocka_unit_test(context_of__gives_nothing_for_a_path),
        cmocka_unit_test(context_name__has_three),
        cmocka_unit_test(enrich__knows_a_sites_hosts),
        cmocka_unit_test(enrich__knows_a_sites_users),
        cmocka_unit_test(enrich__believes_tools_on_listed_assets_only),
        cmocka_unit_test(enrich__puts_no_tool_below_itself),
        cmocka_unit_test(enricher_new__refuses_too_many_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
