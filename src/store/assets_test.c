// The assets of a store: what is kept, and by which names it is found. In a file, or in the database of the
// server that tests/postgres.sh started.

#include "store/assets.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[512];

static int make_path(void **state)
{
    (void)state;
    const char *server = getenv("POMONA_TEST_POSTGRES");
    if (server != NULL)
        return snprintf(path, sizeof path, "%s", server) < (int)sizeof path ? 0 : -1;
    (void)snprintf(path, sizeof path, "/tmp/pomona-assets-XXXXXX");
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 || unlink(path) != 0 ? -1 : 0;
}

static int remove_path(void **state)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings) && getenv("POMONA_TEST_POSTGRES") == NULL; i++) {
        char name[sizeof path + 16];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
    return 0;
}

static void put(struct db *db, const struct asset_row *asset)
{
    struct err err;
    const enum status status = assets_put(db, asset, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
}

static void take_id(void *context, const struct asset_row *asset)
{
    buf_printf(context, "%.*s ", STR_ARG(asset->id));
}

static void assert_found(struct db *db, const char *name, const char *ids)
{
    struct buf found;
    struct err err;
    buf_init(&found, 256);
    assert_int_equal(assets_find(db, str_of(name), take_id, &found, &err), OK);
    if (!str_eq(buf_str(&found), str_of(ids)))
        print_error("%s: %.*s\n", name, STR_ARG(buf_str(&found)));
    assert_true(str_eq(buf_str(&found), str_of(ids)));
    buf_done(&found);
}

static const struct asset_row macs[] = {
    { .id = STR_INIT("SERA"),
      .serial = STR_INIT("SERA"),
      .hardware_uuid = STR_INIT("AAAAAAAA-0000-4000-8000-00000000000A"),
      .host_name = STR_INIT("Mac-A.corp.example"),
      .host_id = STR_INIT("sensor-17"),
      .role = STR_INIT("developer"),
      .criticality = 3,
      .managed = 1,
      .sip = -1,
      .last_checkin_ns = 5 },
    { .id = STR_INIT("SERB"), .serial = STR_INIT("SERB"), .host_name = STR_INIT("mac-b") },
    { .id = STR_INIT("SERC"),
      .serial = STR_INIT("SERC"),
      .host_name = STR_INIT("mac-a.lab.example") },
};

static void assets_find__knows_every_name(void **state)
{
    struct err err;
    struct db *db = NULL;
    (void)state;
    assert_int_equal(store_open(str_of(path), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    for (size_t i = 0; i < COUNT_OF(macs); i++)
        put(db, &macs[i]);
    assert_int_equal(db_commit(db, &err), OK);
    assert_found(db, "SERA", "SERA ");
    assert_found(db, "sera", "SERA ");
    assert_found(db, "aaaaaaaa-0000-4000-8000-00000000000a", "SERA ");
    assert_found(db, "SENSOR-17", "SERA ");
    assert_found(db, "MAC-A.CORP.EXAMPLE", "SERA ");
    assert_found(db, "mac-b.local", "SERB ");
    assert_found(db, "mac-a", "SERA SERC ");
    assert_found(db, "mac-a.other.example", "");
    assert_found(db, "mac", "");
    assert_found(db, "mac-_", "");
    assert_found(db, "", "");
    db_close(db);
}

static void take_one(void *context, const struct asset_row *asset)
{
    struct asset_row *out = context;
    *out = (struct asset_row){ .criticality = asset->criticality,
                               .managed = asset->managed,
                               .sip = asset->sip,
                               .last_checkin_ns = asset->last_checkin_ns,
                               .is_retired = asset->is_retired };
}

// Names that are told no more are forgotten, but for the sensor's own.
static void assets_put__is_as_it_was_told_last(void **state)
{
    struct asset_row asset = macs[0];
    struct asset_row kept;
    struct err err;
    struct db *db = NULL;
    (void)state;
    assert_int_equal(store_open(str_of(path), DB_CREATE, &db, &err), OK);
    asset.host_name = STR("mac-renamed");
    asset.host_id = STR_EMPTY;
    asset.sip = 0;
    asset.is_retired = true;
    assert_int_equal(db_begin(db, &err), OK);
    put(db, &asset);
    assert_int_equal(db_commit(db, &err), OK);
    assert_found(db, "mac-a", "SERC ");
    assert_found(db, "mac-renamed", "SERA ");
    assert_found(db, "sensor-17", "SERA ");
    assert_int_equal(assets_each(db, STR("developer"), take_one, &kept, &err), OK);
    assert_int_equal(kept.criticality, 3);
    assert_int_equal(kept.managed, 1);
    assert_int_equal(kept.sip, 0);
    assert_int_equal(kept.last_checkin_ns, 5);
    assert_true(kept.is_retired);
    db_close(db);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(assets_find__knows_every_name),
        cmocka_unit_test(assets_put__is_as_it_was_told_last),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
