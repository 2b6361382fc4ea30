// Which Mac a record is from, where sensors give it names of their own.

#include "event/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define JAMF   1u
#define FALCON 2u

static struct host_told told(enum host_kind kind, const char *id, const char *name)
{
    return (struct host_told){ .kind = kind, .id = str_of(id), .name = str_of(name) };
}

static uint32_t resolve(struct hosts *h, uint32_t sensor, struct host_told host)
{
    return hosts_resolve(h, 0, sensor, &host);
}

static void open_hosts(struct hosts *h)
{
    hosts_init(h);
    assert_int_equal(hosts_keep(h, STR("local"), STR_EMPTY), 0);
}

static void hosts_resolve__takes_the_inputs_mac_where_none_is_told(void **state)
{
    (void)state;
    struct hosts h;
    open_hosts(&h);
    assert_int_equal(resolve(&h, JAMF, told(HOST_NOT_TOLD, "", "")), 0);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_SENSOR, "", "")), 0);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "anna")), 1);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "renamed")), 1);
    h.is_forced = true;
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "anna")), 0);
    hosts_done(&h);
}

static void hosts_resolve__joins_sensors_by_the_macs_name(void **state)
{
    (void)state;
    struct hosts h;
    open_hosts(&h);
    const uint32_t mac = resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "Anna.example.org"));
    assert_int_equal(resolve(&h, FALCON, told(HOST_BY_SENSOR, "aid-1", "anna")), mac);
    assert_int_equal(resolve(&h, FALCON, told(HOST_BY_SENSOR, "aid-1", "")), mac);
    assert_int_equal(resolve(&h, FALCON, told(HOST_BY_NAME, "", "ANNA.local")), mac);
    assert_int_equal(h.count, 2);
    assert_true(str_eq(h.at[mac].id, STR("C02")));
    // A file that is named after the Mac.
    const uint32_t file = hosts_keep(&h, STR("berta"), STR_EMPTY);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C03", "Berta")), file);
    hosts_done(&h);
}

// Half of all Macs are called MacBookPro.
static void hosts_resolve__joins_nothing_by_a_name_that_two_have(void **state)
{
    (void)state;
    struct hosts h;
    open_hosts(&h);
    const uint32_t first = resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "MacBookPro"));
    const uint32_t second = resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C03", "MacBookPro"));
    assert_int_not_equal(first, second);
    assert_int_equal(h.ambiguous_names, 1);
    const uint32_t third = resolve(&h, FALCON, told(HOST_BY_SENSOR, "aid-1", "macbookpro"));
    assert_int_not_equal(third, first);
    assert_int_not_equal(third, second);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "MacBookPro")), first);
    assert_int_equal(h.ambiguous_names, 1);
    hosts_done(&h);
}

static void hosts_resolve__joins_no_addresses_and_no_two_domains(void **state)
{
    (void)state;
    struct hosts h;
    open_hosts(&h);
    const uint32_t five = resolve(&h, JAMF, told(HOST_BY_NAME, "", "192.0.2.5"));
    assert_int_not_equal(resolve(&h, JAMF, told(HOST_BY_NAME, "", "192.0.2.6")), five);
    assert_int_equal(resolve(&h, FALCON, told(HOST_BY_NAME, "", "192.0.2.5")), five);

    const uint32_t here = resolve(&h, JAMF, told(HOST_BY_NAME, "", "mac-7.here.example"));
    assert_int_equal(resolve(&h, FALCON, told(HOST_BY_NAME, "", "MAC-7.local")), here);
    const uint32_t there = resolve(&h, JAMF, told(HOST_BY_NAME, "", "mac-7.there.example"));
    assert_int_not_equal(there, here);
    assert_int_equal(h.ambiguous_names, 1);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_NAME, "", "mac-7.here.example")), here);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_NAME, "", "mac-7.there.example")), there);

    const uint32_t one = resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C02", "localhost"));
    assert_int_not_equal(resolve(&h, FALCON, told(HOST_BY_SENSOR, "aid-1", "localhost")), one);
    hosts_done(&h);
}

static void hosts_resolve__refuses_what_is_too_long_and_more_than_max(void **state)
{
    (void)state;
    struct hosts h;
    char text[HOST_TEXT_MAX + 2];
    open_hosts(&h);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, text, "a")), HOST_NONE);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "C1", text)), HOST_NONE);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_NAME, "", text)), HOST_NONE);
    for (uint32_t i = h.count; i < HOSTS_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "h%u", i);
        assert_int_equal(hosts_keep(&h, str_of(id), STR_EMPTY), i);
    }
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "one more", "")), HOST_NONE);
    assert_int_equal(resolve(&h, JAMF, told(HOST_BY_HARDWARE, "h77", "")), 77);
    hosts_done(&h);
}

static void hosts_is_called__knows_id_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_called;
    } cases[] = {
        { "C02XK0AAJG5H", true },
        { "c02xk0aajg5h", true },
        { "mac-7", true },
        { "Mac-7", true },
        { "MAC-7.example.org", true },
        { "mac-7.example.net", false },
        { "mac-7.", false },
        { "mac", false },
        { "example", false },
        { "", false },
    };
    const struct host host = { .id = STR("C02XK0AAJG5H"), .name = STR("mac-7.example.org") };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (hosts_is_called(&host, str_of(cases[i].name)) != cases[i].is_called)
            fail_msg("%s", cases[i].name);
    const struct host nameless = { .id = STR("a.b"), .name = STR_EMPTY };
    assert_true(hosts_is_called(&nameless, STR("A.B")));
    assert_false(hosts_is_called(&nameless, STR("a")));
    assert_false(hosts_is_called(&nameless, STR_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_resolve__takes_the_inputs_mac_where_none_is_told),
        cmocka_unit_test(hosts_resolve__joins_sensors_by_the_macs_name),
        cmocka_unit_test(hosts_resolve__joins_nothing_by_a_name_that_two_have),
        cmocka_unit_test(hosts_resolve__joins_no_addresses_and_no_two_domains),
        cmocka_unit_test(hosts_resolve__refuses_what_is_too_long_and_more_than_max),
        cmocka_unit_test(hosts_is_called__knows_id_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
