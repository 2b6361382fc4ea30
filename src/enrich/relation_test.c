// How processes stand to one another, and what lists of signers say of each.

#include "enrich/fixture.h"

static const str installers[] = { STR_INIT("com.apple.installd"), STR_INIT("MDM0000001/agent*") };
static const str updaters[] = { STR_INIT("*/org.sparkle-project.*") };
static const str plugin_hosts[] = { STR_INIT("com.apple.qlmanage") };
static const str variables[] = { STR_INIT("NODE_OPTIONS"), STR_INIT("R_PROFILE*") };

static struct enrich_options with_lists(void)
{
    struct enrich_options options = plain;
    struct enrich_texts *of = options.lists.of;
    of[ENRICH_LIST_INSTALLERS] = (struct enrich_texts){ installers, 2 };
    of[ENRICH_LIST_UPDATERS] = (struct enrich_texts){ updaters, 1 };
    of[ENRICH_LIST_PLUGIN_HOSTS] = (struct enrich_texts){ plugin_hosts, 1 };
    of[ENRICH_LIST_RUNTIME_VARIABLES] = (struct enrich_texts){ variables, 2 };
    return options;
}

enum kind {
    PLATFORM,
    OF_TEAM_A,
    OF_TEAM_B,
    SELF_SIGNED,
    INVALID,
    ADHOC,
    UNSIGNED,
    NOT_TOLD,
};

static struct process_facts made_by(enum kind kind, int64_t pid)
{
    const uint32_t sound = CS_VALID | CS_SIGNED;
    struct process_facts facts = facts_of(pid, pid, "/opt/a");
    facts.cs_flags = kind == ADHOC ? sound | CS_ADHOC : kind == INVALID ? CS_SIGNED : sound;
    facts.is_platform = kind == PLATFORM;
    facts.cs_told = kind != NOT_TOLD;
    facts.team_id = kind == OF_TEAM_B                      ? STR("TEAMB00001")
                    : kind == OF_TEAM_A || kind == INVALID ? STR("TEAMA00001")
                                                           : STR_EMPTY;
    if (kind == UNSIGNED || kind == NOT_TOLD)
        facts.cs_flags = 0;
    return facts;
}

static void signer__is_told_against_the_parent(void **state)
{
    (void)state;
    static const struct {
        enum kind parent;
        enum kind child;
        const char *signer;
    } pairs[] = {
        { PLATFORM, PLATFORM, "platform" },  { ADHOC, PLATFORM, "platform" },
        { NOT_TOLD, PLATFORM, "platform" },  { OF_TEAM_A, OF_TEAM_A, "same_team" },
        { OF_TEAM_B, OF_TEAM_A, "foreign" }, { PLATFORM, OF_TEAM_A, "foreign" },
        { ADHOC, OF_TEAM_A, "foreign" },     { UNSIGNED, OF_TEAM_A, "foreign" },
        { NOT_TOLD, OF_TEAM_A, "unknown" },  { INVALID, OF_TEAM_A, "foreign" },
        { OF_TEAM_A, INVALID, "unknown" },   { OF_TEAM_A, ADHOC, "adhoc" },
        { NOT_TOLD, ADHOC, "adhoc" },        { OF_TEAM_A, UNSIGNED, "unsigned" },
        { OF_TEAM_A, NOT_TOLD, "unknown" },  { SELF_SIGNED, SELF_SIGNED, "unknown" },
    };
    struct bench b;
    open_bench(&b, &plain);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const int64_t pid = 100 + 10 * (int64_t)i;
        struct process_facts parent = made_by(pairs[i].parent, pid);
        struct process_facts child = made_by(pairs[i].child, pid + 1);
        child.parent = parent.id;
        next(&b, ACTION_EXEC, parent);
        go(&b);
        next(&b, ACTION_EXEC, child);
        go(&b);
        assert_text(&b, FIELD_PROCESS_SIGNER, pairs[i].signer);
    }
    // Without a parent there is nothing to compare with, but what needs no comparison is said.
    struct process_facts orphan = made_by(OF_TEAM_A, 90);
    orphan.parent = PROCESS_ID_NONE;
    next(&b, ACTION_MPROTECT, orphan);
    go(&b);
    assert_text(&b, FIELD_PROCESS_SIGNER, "unknown");
    orphan = made_by(UNSIGNED, 91);
    orphan.parent = PROCESS_ID_NONE;
    next(&b, ACTION_MPROTECT, orphan);
    go(&b);
    assert_text(&b, FIELD_PROCESS_SIGNER, "unsigned");
    close_bench(&b);
}

static struct process_facts signed_as(int64_t pid, const char *team, const char *id)
{
    struct process_facts facts = made_by(team == NULL ? PLATFORM : OF_TEAM_A, pid);
    facts.team_id = str_of(team);
    facts.signing_id = str_of(id);
    return facts;
}

static void installer__is_inherited_and_answered_for(void **state)
{
    (void)state;
    const struct enrich_options options = with_lists();
    struct bench b;
    open_bench(&b, &options);
    const struct process_facts daemon = signed_as(10, NULL, "com.apple.installd");
    struct process_facts script = made_by(ADHOC, 11);
    struct process_facts below = made_by(ADHOC, 12);
    script.parent = daemon.id;
    below.parent = script.id;
    next(&b, ACTION_EXEC, daemon);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, true);
    next(&b, ACTION_EXEC, script);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, true);
    next(&b, ACTION_EXEC, below);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, true);

    struct process_facts other = made_by(ADHOC, 20);
    next(&b, ACTION_EXEC, other);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, false);
    const struct process_facts agent = signed_as(30, "MDM0000001", "agent.daemon");
    next(&b, ACTION_EXEC, agent);
    go(&b);
    other.responsible = agent.id;
    next(&b, ACTION_CREATION, other);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, true);

    // The name alone makes none.
    struct process_facts liar = made_by(ADHOC, 40);
    liar.signing_id = STR("com.apple.installd");
    next(&b, ACTION_EXEC, liar);
    go(&b);
    assert_flag(&b, FIELD_PROCESS_INSTALLER, false);
    close_bench(&b);
}

static void lists__say_what_a_program_is(void **state)
{
    (void)state;
    const struct enrich_options options = with_lists();
    struct bench b;
    open_bench(&b, &options);
    next(&b, ACTION_EXEC, signed_as(10, NULL, "com.apple.qlmanage"));
    go(&b);
    assert_flag(&b, FIELD_PROCESS_PLUGIN_HOST, true);
    assert_flag(&b, FIELD_PROCESS_UPDATER, false);
    next(&b, ACTION_EXEC, signed_as(11, "VENDOR0001", "org.sparkle-project.Sparkle.Updater"));
    go(&b);
    assert_flag(&b, FIELD_PROCESS_PLUGIN_HOST, false);
    assert_flag(&b, FIELD_PROCESS_UPDATER, true);
    close_bench(&b);
}

static void parent__is_told_where_it_is_known(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts parent = signed_as(10, NULL, "com.apple.debugserver");
    parent.executable = STR("/private/tmp/debugserver");
    parent.cs_flags |= CS_GET_TASK_ALLOW;
    struct process_facts child = made_by(ADHOC, 11);
    child.parent = parent.id;
    next(&b, ACTION_EXEC, child);
    go(&b);
    for (enum field f = FIELD_PARENT_PATH_CLASS; f <= FIELD_PARENT_CS_GET_TASK_ALLOW; f++)
        assert_int_equal(b.slots[f].type, VALUE_MISSING);
    next(&b, ACTION_EXEC, parent);
    go(&b);
    next(&b, ACTION_MPROTECT, child);
    go(&b);
    assert_text(&b, FIELD_PARENT_PATH_CLASS, "tmp");
    assert_flag(&b, FIELD_PARENT_PLATFORM, true);
    assert_flag(&b, FIELD_PARENT_DEBUGGER, true);
    assert_flag(&b, FIELD_PARENT_CS_GET_TASK_ALLOW, true);
    close_bench(&b);
}

static void open_port(struct bench *b, struct process_facts actor, struct process_facts target)
{
    next(b, ACTION_PROCESS_OPEN, actor)->target = target;
    go(b);
}

static void target__is_compared_with_the_actor(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts actor = made_by(OF_TEAM_A, 10);
    struct process_facts target = made_by(OF_TEAM_A, 11);
    open_port(&b, actor, target);
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, true);
    assert_flag(&b, FIELD_TARGET_PLATFORM, false);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, false);
    open_port(&b, actor, made_by(OF_TEAM_B, 12));
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, false);
    open_port(&b, actor, made_by(INVALID, 13));
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, false);
    open_port(&b, made_by(INVALID, 14), target);
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, false);
    // Parts of macOS have no team.
    open_port(&b, made_by(PLATFORM, 15), made_by(PLATFORM, 16));
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, false);
    assert_flag(&b, FIELD_TARGET_PLATFORM, true);

    // The record names the target, and the table knows it.
    struct process_facts named = event_nobody;
    named.present = true;
    named.id = target.id;
    open_port(&b, actor, named);
    assert_flag(&b, FIELD_TARGET_SAME_TEAM, true);
    named.id = (struct process_id){ .pid = 16, .pidversion = 16 };
    open_port(&b, actor, named);
    assert_flag(&b, FIELD_TARGET_PLATFORM, true);
    close_bench(&b);
}

static void target__is_a_child_of_who_started_it(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    const struct process_facts actor = made_by(ADHOC, 10);
    struct process_facts child = made_by(PLATFORM, 11);
    next(&b, ACTION_EXEC, actor);
    go(&b);
    run_fork(&b, actor, made_by(ADHOC, 11));
    child.id.pidversion = 12;
    child.parent = actor.id;
    run_exec(&b, made_by(ADHOC, 11), child);
    open_port(&b, actor, child);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, true);
    open_port(&b, child, actor);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, false);
    open_port(&b, actor, actor);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, false);
    open_port(&b, made_by(ADHOC, 20), child);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, false);

    // Told by pid only, and met before its parent.
    struct process_facts early = made_by(PLATFORM, 31);
    early.parent = (struct process_id){ .pid = 30, .pidversion = -1 };
    next(&b, ACTION_MPROTECT, early);
    go(&b);
    open_port(&b, made_by(ADHOC, 30), early);
    assert_flag(&b, FIELD_TARGET_IS_CHILD, true);
    close_bench(&b);
}

static void exec_with(struct bench *b, int64_t pid, const struct value *list, size_t count)
{
    next(b, ACTION_EXEC, made_by(ADHOC, pid));
    b->slots[FIELD_PROCESS_ENV_VARS] = value_of_list(list, count);
    go(b);
}

static void runtime_env__keeps_what_has_a_value(void **state)
{
    (void)state;
    const struct value list[] = {
        value_of_text(STR("HOME=/Users/ada")),
        value_of_text(STR("NODE_OPTIONS=--require=/tmp/x")),
        value_of_text(STR("NODE_OPTIONS=")),
        value_of_text(STR("NODE_OPTIONS")),
        value_of_text(STR("NODE_OPTIONS_X=1")),
        value_of_text(STR("R_PROFILE_USER=/tmp/r")),
        value_of_text(STR("XR_PROFILE=1")),
        value_of_text(STR_EMPTY),
        value_of_text(STR("=")),
    };
    const struct enrich_options options = with_lists();
    struct bench b;
    open_bench(&b, &options);
    exec_with(&b, 10, list, COUNT_OF(list));
    for (size_t again = 0; again < 2; again++) {
        const struct value kept = b.slots[FIELD_PROCESS_RUNTIME_ENV];
        assert_int_equal(kept.type, VALUE_LIST);
        assert_int_equal(kept.len, 2);
        assert_true(str_eq(value_str(kept.list[0]), STR("NODE_OPTIONS=--require=/tmp/x")));
        assert_true(str_eq(value_str(kept.list[1]), STR("R_PROFILE_USER=/tmp/r")));
        next(&b, ACTION_MPROTECT, made_by(ADHOC, 10));
        go(&b);
    }
    exec_with(&b, 11, list, 1);
    assert_int_equal(b.slots[FIELD_PROCESS_RUNTIME_ENV].type, VALUE_MISSING);
    close_bench(&b);
}

static void runtime_env__has_a_limit(void **state)
{
    (void)state;
    static char text[2000] = "NODE_OPTIONS=";
    memset(text + 13, 'x', sizeof text - 13);
    struct value list[20];
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_text((str){ .at = text, .len = i < 2 ? sizeof text : 20 });
    const struct enrich_options options = with_lists();
    struct bench b;
    open_bench(&b, &options);
    exec_with(&b, 10, list, COUNT_OF(list));
    const struct value kept = b.slots[FIELD_PROCESS_RUNTIME_ENV];
    assert_int_equal(kept.len, 2);
    assert_int_equal(kept.list[0].len, 2000);
    assert_int_equal(kept.list[1].len, 48);
    exec_with(&b, 11, list + 2, 18);
    assert_int_equal(b.slots[FIELD_PROCESS_RUNTIME_ENV].len, 16);
    close_bench(&b);
}

// Where nobody asks for it, nothing is kept; where somebody does, the record has to bring it.
static void runtime_env__is_kept_for_who_wants_it(void **state)
{
    (void)state;
    const struct enrich_options options = with_lists();
    struct projection projection = { 0 };
    projection_want(&projection, ACTION_MPROTECT, FIELD_PROCESS_NAME);
    enrich_want(&options.lists, &projection);
    assert_false(projection_wants(&projection, ACTION_EXEC, FIELD_PROCESS_ENV_VARS));
    projection_want(&projection, ACTION_MPROTECT, FIELD_PROCESS_RUNTIME_ENV);
    enrich_want(&options.lists, &projection);
    assert_true(projection_wants(&projection, ACTION_EXEC, FIELD_PROCESS_ENV_VARS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signer__is_told_against_the_parent),
        cmocka_unit_test(installer__is_inherited_and_answered_for),
        cmocka_unit_test(lists__say_what_a_program_is),
        cmocka_unit_test(parent__is_told_where_it_is_known),
        cmocka_unit_test(target__is_compared_with_the_actor),
        cmocka_unit_test(target__is_a_child_of_who_started_it),
        cmocka_unit_test(runtime_env__keeps_what_has_a_value),
        cmocka_unit_test(runtime_env__has_a_limit),
        cmocka_unit_test(runtime_env__is_kept_for_who_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
