// Events, sensors and streams for the tests of this room.

#ifndef FIDELITY_FIXTURE_H
#define FIDELITY_FIXTURE_H

#include "fidelity/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1772442000) * SECOND)

enum {
    FULL,    // Shows everything but alerts, and numbers its records.
    SMALL,   // Shows exec, and files in part; not memory protection.
    SILENT,  // Has no profile.
    SENSORS,
};

struct fixture {
    struct hosts hosts;
    struct sensor_profile profiles[2];
    struct sensor_profiles all;
    struct signal_need needs[3];
    struct fidelity_rule rules[2];
    struct fidelity *f;
    struct arena arena;
    struct event event;
    struct value slots[FIELD_COUNT];
};

static const str fixture_sensors[SENSORS] = { STR_INIT("eslogger"), STR_INIT("santa"),
                                              STR_INIT("ocsf") };
static const struct fidelity_drop_kind fixture_drops[] = {
    { STR_INIT("cut short"), true },
    { STR_INIT("not needed"), false },
};
static const struct rule_facts fixture_facts[] = {
    { .id = STR_INIT("R1"), .title = STR_INIT("exec, then memory protection") },
    { .id = STR_INIT("R2"), .title = STR_INIT("load or map, with arguments") },
};

static inline void fixture_open(struct fixture *x)
{
    *x = (struct fixture){ 0 };
    hosts_init(&x->hosts);
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        x->profiles[FULL].signals[s].shows = SENSOR_SHOWN;
        x->profiles[SMALL].signals[s].shows = SENSOR_NOT;
    }
    x->profiles[FULL].sensor = fixture_sensors[FULL];
    x->profiles[FULL].signals[SIGNAL_ALERT].shows = SENSOR_NOT;
    x->profiles[SMALL].sensor = fixture_sensors[SMALL];
    x->profiles[SMALL].signals[SIGNAL_EXEC].shows = SENSOR_SHOWN;
    x->profiles[SMALL].signals[SIGNAL_FILE] =
        (struct sensor_entry){ .shows = SENSOR_PARTLY, .how = STR("closed ones") };
    x->all = (struct sensor_profiles){ .at = x->profiles, .count = 2 };
    x->needs[0] = (struct signal_need){ .any_of = SIGNAL_BIT(SIGNAL_EXEC) };
    x->needs[1] = (struct signal_need){ .any_of = SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION) };
    x->needs[2] = (struct signal_need){ .any_of = SIGNAL_BIT(SIGNAL_LIBRARY_LOAD) |
                                                  SIGNAL_BIT(SIGNAL_MEMORY_MAP),
                                        .facts = SIGNAL_BIT(SIGNAL_ARGUMENTS) };
    x->rules[0] = (struct fidelity_rule){ &fixture_facts[0], x->needs, 2 };
    x->rules[1] = (struct fidelity_rule){ &fixture_facts[1], x->needs + 2, 1 };
    const struct fidelity_options options = {
        .profiles = &x->all,
        .sensors = fixture_sensors,
        .sensor_count = SENSORS,
        .drops = fixture_drops,
        .drop_count = COUNT_OF(fixture_drops),
        .rules = x->rules,
        .rule_count = COUNT_OF(x->rules),
        .hosts = &x->hosts,
    };
    x->f = fidelity_new(&options);
}

static inline void fixture_close(struct fixture *x)
{
    fidelity_free(x->f);
    arena_done(&x->arena);
    hosts_done(&x->hosts);
}

// An event that tells everything; tests take away what they are about before fixture_see().
static inline struct event *fixture_event(struct fixture *x, uint32_t host, uint32_t sensor,
                                          enum action action, int64_t second)
{
    memset(x->slots, 0, sizeof x->slots);
    x->event = (struct event){
        .time_ns = START + second * SECOND,
        .sensor = sensor,
        .action = action,
        .host = host,
        .process = event_nobody,
        .has_sequence = sensor == FULL,
        .has_type_sequence = sensor == FULL,
        .numbering = sensor == FULL ? NUMBERING_ALL : NUMBERING_ORDER,
        .slot_count = FIELD_COUNT,
        .slots = x->slots,
    };
    x->event.process.id = (struct process_id){ .pid = 7, .pidversion = 8 };
    x->event.process.cs_told = true;
    x->event.process.cdhash = STR("aa");
    x->slots[FIELD_PARENT_KNOWN] = value_of_bool(true);
    x->slots[FIELD_MACHO_NATIVE_API] = value_of_text(STR("yes"));
    x->slots[FIELD_PROCESS_ARGS_COUNT] = value_of_int(2);
    static const struct value variable = { .text = "A=b", .len = 3, .type = VALUE_TEXT };
    x->slots[FIELD_PROCESS_ENV_VARS] = value_of_list(&variable, 1);
    x->slots[FIELD_DLL_SIGNER] = value_of_text(STR("platform"));
    return &x->event;
}

static inline void fixture_see(struct fixture *x, uint32_t host, uint32_t sensor,
                               enum action action, int64_t from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        fidelity_see(x->f, fixture_event(x, host, sensor, action, from + i));
}

static inline struct coverage_host fixture_judge(struct fixture *x, uint32_t host)
{
    struct coverage_host out;
    coverage_judge(x->f, host, &x->arena, &out);
    return out;
}

static inline void assert_state(const struct coverage_host *host, enum signal signal,
                                enum coverage_state state, const char *check)
{
    const struct coverage_signal *s = &host->signals[signal];
    if (s->state != state || !str_eq(s->check, str_of(check)))
        fail_msg("%.*s is %.*s by \"%.*s\", not %.*s by \"%s\": %.*s; %.*s",
                 STR_ARG(signal_traits[signal].name), STR_ARG(coverage_state_name(s->state)),
                 STR_ARG(s->check), STR_ARG(coverage_state_name(state)), check, STR_ARG(s->figure),
                 STR_ARG(s->reason));
}

static inline const struct coverage_check *fixture_check(const struct coverage_host *host,
                                                         const char *id, const char *what)
{
    for (size_t i = 0; i < host->check_count; i++)
        if (str_eq(host->checks[i].id, str_of(id)) &&
            str_starts_with(host->checks[i].what, str_of(what)))
            return &host->checks[i];
    fail_msg("no check %s", id);
    return NULL;
}

#endif
