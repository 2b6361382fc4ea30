// What fields.def promises: a field that is always set has a value in every event in which its
// object occurs, also where the parent, the signer or the target is not known.

#include "enrich/fixture.h"

// The decoder's own.
static const enum field set_by_decode[] = { FIELD_EVENT_MODULE };

static const enum value_type types[] = {
    [FIELD_TYPE_TEXT] = VALUE_TEXT,
    [FIELD_TYPE_TEXTS] = VALUE_LIST,
    [FIELD_TYPE_INT] = VALUE_INT,
    [FIELD_TYPE_BOOL] = VALUE_BOOL,
};

static bool is_among(enum field field, const enum field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

// Whether the event has the object that the field is of.
static bool occurs(const struct event *event, enum field field)
{
    const str meaning = field_meaning(field);
    if (str_contains(meaning, STR("Always set with a target")))
        return event->target.present;
    if (str_contains(meaning, STR("Always set with a library")))
        return event->slots[FIELD_DLL_PATH].type != VALUE_MISSING;
    if (str_contains(meaning, STR("Always set with a file")))
        return event->slots[FIELD_FILE_PATH].type != VALUE_MISSING;
    if (str_contains(meaning, STR("Always set with an address")))
        return event->slots[FIELD_API_ADDRESS].type != VALUE_MISSING;
    if (str_contains(meaning, STR("Always set where the record names a parent")))
        return event->process.parent.pid >= 0 || event->process.parent.entity.len > 0;
    return event->process.present && str_contains(meaning, STR("Always set"));
}

// Returns how many fields of the event were looked at.
static size_t assert_promises(struct bench *b)
{
    size_t count = 0;
    go(b);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const enum field field = (enum field)i;
        if (!occurs(&b->event, field) || is_among(field, set_by_decode, COUNT_OF(set_by_decode)))
            continue;
        const str name = field_name(field);
        const str action = action_traits[b->event.action].name;
        if (b->slots[field].type != types[field_type_of(field)])
            fail_msg("%.*s has type %u in %.*s", STR_ARG(name), b->slots[field].type,
                     STR_ARG(action));
        count++;
    }
    return count;
}

static struct process_facts nearly_nothing(int64_t pid)
{
    struct process_facts facts = event_nobody;
    facts.present = true;
    facts.id.pid = pid;
    return facts;
}

static void add_objects(struct bench *b)
{
    b->slots[FIELD_DLL_PATH] = value_of_text(STR("lib"));
    b->slots[FIELD_FILE_PATH] = value_of_text(STR("a"));
    b->slots[FIELD_API_ADDRESS] = value_of_int(4096);
}

// Each action, of a process of which nothing is known, of one that is known, and of nobody.
static void fields__are_set_as_promised(void **state)
{
    (void)state;
    const struct process_facts known = facts_of(10, 100, "/opt/a");
    struct bench b;
    open_bench(&b, &plain);
    size_t least = FIELD_COUNT;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        const enum action action = (enum action)i;
        next(&b, action, nearly_nothing(1000 + (int64_t)i))->target = nearly_nothing(77);
        add_objects(&b);
        const size_t count = assert_promises(&b);
        least = count < least ? count : least;
        next(&b, action, known)->target = facts_of(11, 101, "/opt/b");
        add_objects(&b);
        (void)assert_promises(&b);
        next(&b, action, known);
        (void)assert_promises(&b);
        next(&b, action, event_nobody);
        add_objects(&b);
        (void)assert_promises(&b);
    }
    assert_in_range(least, 30, FIELD_COUNT);
    close_bench(&b);
}

// Likewise where no list is given at all.
static void fields__are_set_without_lists(void **state)
{
    (void)state;
    const struct enrich_options bare = { .processes_max = 10 };
    struct bench b;
    open_bench(&b, &bare);
    next(&b, ACTION_PROCESS_OPEN, nearly_nothing(5))->target = nearly_nothing(6);
    add_objects(&b);
    (void)assert_promises(&b);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields__are_set_as_promised),
        cmocka_unit_test(fields__are_set_without_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
