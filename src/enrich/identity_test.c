// Which life of which process an event is about, whatever its sensor tells of that.

#include "enrich/fixture.h"

#define ESLOGGER 0u
#define ELASTIC  1u

struct kept {
    char text[128];
    size_t len;
};

static struct kept entity_now(const struct bench *b)
{
    struct kept kept = { .len = b->slots[FIELD_PROCESS_ENTITY_ID].len };
    assert_int_equal(b->slots[FIELD_PROCESS_ENTITY_ID].type, VALUE_TEXT);
    assert_in_range(kept.len, 1, sizeof kept.text);
    memcpy(kept.text, b->slots[FIELD_PROCESS_ENTITY_ID].text, kept.len);
    return kept;
}

static bool is_same_entity(const struct bench *b, struct kept kept)
{
    const struct kept now = entity_now(b);
    return now.len == kept.len && memcmp(now.text, kept.text, now.len) == 0;
}

// As a sensor tells it that has no pidversions and says nothing of signatures.
static struct process_facts weak(int64_t pid, const char *entity, int64_t start_s, const char *path)
{
    struct process_facts facts = event_nobody;
    facts.present = true;
    facts.id.pid = pid;
    facts.id.entity = str_of(entity);
    facts.id.start_ns = start_s * SECOND_NS;
    facts.executable = str_of(path);
    return facts;
}

static void happen(struct bench *b, uint32_t sensor, enum action action, struct process_facts facts)
{
    next(b, action, facts)->sensor = sensor;
    go(b);
}

static void enrich__joins_two_sensors_at_the_process_that_both_see(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    happen(&b, ESLOGGER, ACTION_EXEC, facts_of(70, 700, "/opt/tool"));
    const struct kept entity = entity_now(&b);
    assert_text(&b, FIELD_PROCESS_IDENTITY, "pidversion");

    // The other sensor's record of the same start, and of what follows.
    happen(&b, ELASTIC, ACTION_EXEC, weak(70, "their-70", 0, "/opt/tool"));
    assert_true(is_same_entity(&b, entity));
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TOLD, true);  // By the first; the second tells nothing.
    happen(&b, ELASTIC, ACTION_LOAD, weak(-1, "their-70", 0, ""));
    assert_true(is_same_entity(&b, entity));
    assert_text(&b, FIELD_PROCESS_EXECUTABLE, "/opt/tool");
    assert_int_equal(b.slots[FIELD_PROCESS_PID].integer, 70);
    assert_int_equal(enricher_counts(b.enricher)->process_count, 1);
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 0);
    close_bench(&b);
}

static void enrich__joins_them_in_the_other_order_too(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    happen(&b, ELASTIC, ACTION_EXEC, weak(70, "their-70", 0, "/opt/tool"));
    const struct kept entity = entity_now(&b);
    assert_text(&b, FIELD_PROCESS_ENTITY_ID, "their-70");
    assert_text(&b, FIELD_PROCESS_IDENTITY, "sensor");
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TOLD, false);
    happen(&b, ESLOGGER, ACTION_EXEC, facts_of(70, 700, "/opt/tool"));
    assert_true(is_same_entity(&b, entity));
    assert_text(&b, FIELD_PROCESS_IDENTITY, "pidversion");
    assert_flag(&b, FIELD_PROCESS_SIGNATURE_TOLD, true);
    happen(&b, ESLOGGER, ACTION_MPROTECT, facts_of(70, 700, "/opt/tool"));
    assert_true(is_same_entity(&b, entity));
    close_bench(&b);
}

// What is put together must be one: not another image, not a later start, not another sensor's life.
static void enrich__joins_nothing_that_may_be_two(void **state)
{
    static const struct {
        const char *why;
        const char *path;
        int64_t seconds_later;
    } others[] = {
        { "another image", "/opt/other", 0 },
        { "long after", "/opt/tool", 60 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct bench b;
        open_bench(&b, &plain);
        happen(&b, ESLOGGER, ACTION_EXEC, facts_of(70, 700, "/opt/tool"));
        const struct kept entity = entity_now(&b);
        b.time_ns += others[i].seconds_later * SECOND_NS;
        happen(&b, ELASTIC, ACTION_EXEC, weak(70, "their-70", 0, others[i].path));
        if (is_same_entity(&b, entity))
            fail_msg("%s was joined", others[i].why);
        close_bench(&b);
    }
}

static void enrich__tells_lives_apart_by_their_start(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    happen(&b, ELASTIC, ACTION_EXEC, weak(71, "", 900, "/opt/tool"));
    const struct kept first = entity_now(&b);
    assert_text(&b, FIELD_PROCESS_IDENTITY, "start_time");
    assert_int_equal(b.slots[FIELD_PROCESS_START].integer, 900 * SECOND_NS);
    happen(&b, ELASTIC, ACTION_LOAD, weak(71, "", 901, "/opt/tool"));  // Measured elsewhere.
    assert_true(is_same_entity(&b, first));
    happen(&b, ELASTIC, ACTION_LOAD, weak(71, "", 0, ""));
    assert_true(is_same_entity(&b, first));
    happen(&b, ELASTIC, ACTION_EXEC, weak(71, "", 950, "/opt/tool"));
    assert_false(is_same_entity(&b, first));
    close_bench(&b);
}

// Nothing but a pid, which comes again: after the end of the one before it, or under another parent.
static void enrich__tells_lives_of_a_bare_pid_apart_by_their_end(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts facts = weak(72, "", 0, "/opt/tool");
    facts.parent.pid = 5;
    happen(&b, ELASTIC, ACTION_EXEC, facts);
    const struct kept first = entity_now(&b);
    assert_text(&b, FIELD_PROCESS_IDENTITY, "start_time");  // Its start was seen.
    happen(&b, ELASTIC, ACTION_LOAD, facts);
    assert_true(is_same_entity(&b, first));
    happen(&b, ELASTIC, ACTION_END, facts);
    assert_true(is_same_entity(&b, first));
    b.time_ns += 5 * SECOND_NS;
    happen(&b, ELASTIC, ACTION_EXEC, facts);
    const struct kept second = entity_now(&b);
    assert_false(is_same_entity(&b, first));
    b.time_ns += 20 * SECOND_NS;
    facts.parent.pid = 6;
    happen(&b, ELASTIC, ACTION_EXEC, facts);
    assert_false(is_same_entity(&b, second));

    happen(&b, ELASTIC, ACTION_LOAD, weak(73, "", 0, "/opt/never-seen-to-start"));
    assert_text(&b, FIELD_PROCESS_IDENTITY, "pid");
    close_bench(&b);
}

// After a restart of the Mac pid and pidversion begin anew.
static void enrich__tells_starts_of_the_mac_apart(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    struct process_facts facts = facts_of(80, 81, "/usr/libexec/logd");
    facts.id.start_ns = 500 * SECOND_NS;
    happen(&b, ESLOGGER, ACTION_MPROTECT, facts);
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 1);
    const struct kept before = entity_now(&b);
    facts.id.start_ns = 99999 * SECOND_NS;
    happen(&b, ESLOGGER, ACTION_MPROTECT, facts);
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 2);
    assert_false(is_same_entity(&b, before));
    happen(&b, ESLOGGER, ACTION_MPROTECT, facts);
    assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 2);
    close_bench(&b);
}

static void enrich__finds_parents_and_targets_by_the_sensors_names(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    happen(&b, ELASTIC, ACTION_EXEC, weak(90, "their-90", 0, "/bin/zsh"));
    struct process_facts child = weak(91, "their-91", 0, "/opt/tool");
    child.parent = (struct process_id){ .pid = 90, .pidversion = -1, .entity = STR("their-90") };
    happen(&b, ELASTIC, ACTION_EXEC, child);
    assert_text(&b, FIELD_PARENT_NAME, "zsh");
    assert_text(&b, FIELD_PARENT_ENTITY_ID, "their-90");
    next(&b, ACTION_TRACE, child)->target = weak(-1, "their-90", 0, "");
    go(&b);
    assert_text(&b, FIELD_TARGET_ENTITY_ID, "their-90");
    child = weak(92, "their-92", 0, "/opt/tool");
    child.parent = (struct process_id){ .pid = 8, .pidversion = -1, .entity = STR("never-met") };
    happen(&b, ELASTIC, ACTION_EXEC, child);
    assert_text(&b, FIELD_PARENT_ENTITY_ID, "never-met");
    assert_flag(&b, FIELD_PARENT_KNOWN, false);
    close_bench(&b);
}

// One sensor tells of the port, the other of the thread, and the target does nothing itself.
static void enrich__joins_two_sensors_at_a_target_that_both_see(void **state)
{
    (void)state;
    for (size_t first = 0; first < 2; first++) {
        struct bench b;
        open_bench(&b, &plain);
        str entities[2];
        for (size_t i = 0; i < 2; i++) {
            const bool is_elastic = i != first;
            struct event *event = next(&b, ACTION_TRACE, facts_of(70, 700, "/opt/tool"));
            event->sensor = is_elastic ? ELASTIC : ESLOGGER;
            event->target =
                is_elastic ? weak(80, "their-80", 0, "/opt/app") : facts_of(80, 801, "/opt/app");
            go(&b);
            entities[i] = arena_str(&b.batch.arena, value_str(b.slots[FIELD_TARGET_ENTITY_ID]));
        }
        assert_true(str_eq(entities[0], entities[1]));
        assert_int_equal(enricher_counts(b.enricher)->process_count, 2);
        happen(&b, ELASTIC, ACTION_LOAD, weak(-1, "their-80", 0, ""));
        assert_text(&b, FIELD_PROCESS_EXECUTABLE, "/opt/app");
        assert_flag(&b, FIELD_PROCESS_KNOWN, false);
        assert_int_equal(enricher_counts(b.enricher)->starts_unseen, 2);
        close_bench(&b);
    }
}

// Another program under the pid of one that was met: it has its own name.
static void enrich__joins_no_target_of_another_image(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &plain);
    next(&b, ACTION_TRACE, facts_of(70, 700, "/opt/tool"))->target = facts_of(80, 801, "/opt/app");
    go(&b);
    next(&b, ACTION_TRACE, facts_of(70, 700, "/opt/tool"))->target =
        weak(80, "their-80", 0, "/opt/other");
    go(&b);
    happen(&b, ELASTIC, ACTION_LOAD, weak(80, "their-80", 0, "/opt/other"));
    assert_text(&b, FIELD_PROCESS_EXECUTABLE, "/opt/other");
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrich__joins_two_sensors_at_the_process_that_both_see),
        cmocka_unit_test(enrich__joins_them_in_the_other_order_too),
        cmocka_unit_test(enrich__joins_nothing_that_may_be_two),
        cmocka_unit_test(enrich__tells_lives_apart_by_their_start),
        cmocka_unit_test(enrich__tells_lives_of_a_bare_pid_apart_by_their_end),
        cmocka_unit_test(enrich__tells_starts_of_the_mac_apart),
        cmocka_unit_test(enrich__finds_parents_and_targets_by_the_sensors_names),
        cmocka_unit_test(enrich__joins_two_sensors_at_a_target_that_both_see),
        cmocka_unit_test(enrich__joins_no_target_of_another_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
