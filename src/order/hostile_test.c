// Records that make no sense at all: nothing is lost, nothing grows without bound, and the sums agree.

#include "order/fixture.h"

#define SEEDS   120u
#define RECORDS 3000u

static uint64_t seed_state;

static uint32_t draw(uint32_t below)
{
    seed_state = seed_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed_state >> 33) % below);
}

static uint64_t any_number(uint64_t near)
{
    static const uint64_t odd[] = { 0,         1,          63,        64,
                                    65,        4095,       4096,      1000000,
                                    1000001,   5000000000, INT64_MAX, UINT64_MAX - 1,
                                    UINT32_MAX };
    switch (draw(8)) {
    case 0:
        return odd[draw(COUNT_OF(odd))];
    case 1:
        return draw(100);
    case 2:
        return near + draw(3000000);
    default:
        return near + draw(40);
    }
}

static int64_t any_time(int64_t near)
{
    static const int64_t odd[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX };
    switch (draw(10)) {
    case 0:
        return odd[draw(COUNT_OF(odd))];
    case 1:
        return near + (int64_t)draw(100000) * SECOND;
    case 2:
        return near - (int64_t)draw(100000) * SECOND;
    default:
        return near + (int64_t)draw(2000) * MS;
    }
}

static void add_any(struct feed *f, uint32_t i, uint32_t sanity)
{
    struct told t = {
        .host = draw(50) == 0 ? UINT32_MAX : draw(4),
        .sensor = draw(100) == 0 ? draw(60) : draw(3),
        .number = draw(4) == 0 ? NO_NUMBER : any_number(i),
        .type = draw(4) == 0 ? 0 : 1 + draw(300),
        .type_sequence = any_number(i / 8),
        .numbering = (enum numbering)draw(3),
        .action = draw(2) == 0 ? ACTION_MMAP : (enum action)draw(ACTION_COUNT),
        .is_mark = draw(5) == 0,
        .pid = draw(3),
        .id = i / 8,
    };
    if (draw(100) < sanity) {
        t.number = i + draw(10);
        t.numbering = NUMBERING_ALL;
    }
    struct event *event = feed_make(f, &t);
    event->time_ns = draw(100) < sanity ? START + i * MS : any_time(START + i * MS);
    event->slots[FIELD_TIMESTAMP] = value_of_int(event->time_ns);
    order_add(f->o, event);
}

static void run(uint64_t seed)
{
    struct feed f;
    seed_state = seed * 0x9e3779b97f4a7c15u;
    const struct order_options options = {
        .now_ns = draw(2) == 0 ? feed_now : NULL,
        .context = &f,
        .is_live = draw(2) == 0,
        .merges = draw(2) == 0,
        .held_max = draw(3) == 0 ? 1 + draw(50) : 0,
    };
    const uint32_t sanity = draw(100);
    f.now_ns = START;
    feed_open(&f, &options);
    const struct order_counts *counts = order_counts(f.o);
    for (uint32_t i = 0; i < RECORDS; i++) {
        add_any(&f, i, sanity);
        f.now_ns += draw(3) * MS;
        if (draw(20) == 0)
            order_tick(f.o);
        if (draw(500) == 0)
            order_flush(f.o);
        if (draw(3) == 0)
            (void)feed_drain(&f);
        if (draw(50) == 0)
            feed_cut(&f);
        if (counts->in !=
            counts->out + counts->duplicates + counts->merged + counts->hostless + counts->held) {
            print_error("seed %llu: record %u\n", (unsigned long long)seed, i);
            fail();
        }
    }
    feed_end(&f);
    uint64_t missed = 0;
    for (size_t i = 0; order_sensor_counts(f.o, i) != NULL; i++)
        missed += order_sensor_counts(f.o, i)->missed;
    assert_int_equal(counts->missed, missed);
    assert_in_range(counts->missed, 0, RECORDS * 1000000000ull);
    assert_in_range(counts->gaps, 0, 2 * RECORDS);
    feed_close(&f);
}

static void order__survives_anything(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order__survives_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
