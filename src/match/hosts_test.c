// Each host is answered as if it were alone, however far its clock is from the others'.

#include "match/fixture.h"

#define SPAN        "sequence by process.entity_id with maxspan=10s "
#define A           "[process where event.action == \"exec\"] "
#define B           "[process where event.action == \"trace\"] "
#define NO_C        "![process where event.action == \"signal\"] "
#define NO_D        "![process where event.action == \"suspend\"] "

#define HOSTS       3u
#define EVENTS_MAX  120u
#define RESULTS_MAX 500u

struct random {
    uint64_t state;
};

struct happening {
    uint32_t host;
    enum action action;
    uint32_t process;
    int64_t second;
};

// The seconds of a finding's steps.
struct result {
    int64_t seconds[2];
};

struct results {
    struct result at[RESULTS_MAX];
    size_t count;
};

static uint32_t below(struct random *r, uint32_t max)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->state >> 33) % max;
}

static void collect(const struct fixture *f, uint32_t host, struct results *out)
{
    for (size_t i = 0; i < f->batch.finding_count; i++) {
        const struct finding *finding = f->batch.findings[i];
        if (finding->host != host)
            continue;
        assert_true(finding->step_count <= 2 && out->count < RESULTS_MAX);
        struct result *result = &out->at[out->count++];
        *result = (struct result){ { -1, -1 } };
        for (size_t step = 0; step < finding->step_count; step++)
            result->seconds[step] = finding->steps[step].time_ns / FIXTURE_SECOND_NS;
    }
}

// What the rule finds on one host, with what happens on the others or without.
static void run(const char *query, const struct happening *events, size_t count, uint32_t host,
                bool alone, struct results *out)
{
    static const char *const names[HOSTS] = { "mac-1", "mac-2", "mac-3" };
    struct fixture f;
    fixture_load_one(&f, query);
    out->count = 0;
    for (size_t i = 0; i < HOSTS; i++)
        (void)hosts_keep(&f.hosts, str_of(names[i]), STR_EMPTY);
    for (size_t i = 0; i < count; i++) {
        char entity[16];
        if (alone && events[i].host != host)
            continue;
        (void)fixture_go_on(&f, names[events[i].host], events[i].action,
                            fixture_entity((int)events[i].process, entity), events[i].second);
        collect(&f, host, out);
    }
    (void)fixture_end(&f);
    collect(&f, host, out);
    fixture_unload(&f);
}

static bool same_results(const struct results *a, const struct results *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof a->at[0]) == 0);
}

// Clocks that are apart by nothing, by seconds and by half an hour; each goes on by itself.
static size_t make_events(struct random *r, struct happening *events)
{
    static const enum action actions[] = { ACTION_EXEC, ACTION_TRACE, ACTION_SIGNAL, ACTION_END,
                                           ACTION_SUSPEND };
    int64_t now[HOSTS] = { 1, 1 + 1800 * (int64_t)below(r, 2), below(r, 20) };
    const size_t count = 20 + below(r, EVENTS_MAX - 20);
    for (size_t i = 0; i < count; i++) {
        const uint32_t host = below(r, HOSTS);
        now[host] += below(r, 3);
        events[i] = (struct happening){ .host = host,
                                        .action = actions[below(r, COUNT_OF(actions))],
                                        .process = below(r, 3),
                                        .second = now[host] };
    }
    return count;
}

static void check_hosts(const char *query, uint64_t seed)
{
    struct random r = { seed };
    struct happening events[EVENTS_MAX];
    for (int round = 0; round < 15; round++) {
        const size_t count = make_events(&r, events);
        for (uint32_t host = 0; host < HOSTS; host++) {
            struct results together;
            struct results alone;
            run(query, events, count, host, false, &together);
            run(query, events, count, host, true, &alone);
            if (!same_results(&together, &alone))
                fail_msg("%s: round %d, host %u: %zu, alone %zu", query, round, host,
                         together.count, alone.count);
        }
    }
}

static void match__answers_each_host_as_if_it_were_alone(void **state)
{
    (void)state;
    static const char *const queries[] = {
        SPAN A B,
        SPAN A NO_C B "until [process where event.action == \"end\"]",
        SPAN NO_C A B,
    };
    for (size_t i = 0; i < COUNT_OF(queries); i++)
        check_hosts(queries[i], i);
}

static void match__waits_on_each_host_as_if_it_were_alone(void **state)
{
    (void)state;
    static const char *const queries[] = { SPAN A NO_C, SPAN NO_C A NO_D, SPAN A B NO_D };
    for (size_t i = 0; i < COUNT_OF(queries); i++)
        check_hosts(queries[i], 10 + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__answers_each_host_as_if_it_were_alone),
        cmocka_unit_test(match__waits_on_each_host_as_if_it_were_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
