// For tests: a fleet of 5,000 assets and 30 days, written straight into the tables, with blind spots of every kind
// planted.

#ifndef COVERAGE_FIXTURE_H
#define COVERAGE_FIXTURE_H

#include "coverage/blind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ASSETS   5000u
#define EVERY    500u  // Each plant is made in one asset of so many.
#define STRAYS   10u   // Macs that no asset is.
#define HOUR_NS  INT64_C(3600000000000)
#define DAY_NS   (24 * HOUR_NS)
#define BEGIN_NS (INT64_C(20500) * DAY_NS)
#define END_NS   (BEGIN_NS + 30 * DAY_NS)

// By what the telemetry of an asset calls it.
enum called {
    BY_SERIAL,
    BY_UUID_LOWER,
    BY_HOST_NAME_UPPER,
    BY_SHORT_NAME,
    BY_LOCAL_NAME,
    BY_FURTHER_NAME,
    BY_TWIN_NAME,  // Which it shares with the next asset.
    BY_NOTHING,    // No telemetry comes.
};

// What is planted, and what has to be told of it: NULL where nothing.
static const struct plant {
    unsigned at;
    enum called called;
    int64_t expected;
    int64_t disk;
    int64_t pppc;
    int64_t ends_before_ns;  // So long before the newest event the telemetry stops.
    bool is_retired;
    enum signal signal;  // That has the state, for the last day; SIGNAL_COUNT: none.
    enum coverage_state state;
    bool recovers;  // Half a day later.
    int kind;       // -1: nothing is to be told.
    const char *reason;
    int second_kind;  // -1: none.
} plants[] = {
    { 0, BY_NOTHING, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, BLIND_UNMONITORED,
      "a sensor is expected, and no telemetry of it ever came", -1 },
    { 1, BY_NOTHING, -1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, BLIND_UNMONITORED,
      "no telemetry of it ever came, and nobody says that none is expected", -1 },
    { 2, BY_NOTHING, 0, 0, 0, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 3, BY_SERIAL, 1, 1, 1, 3 * DAY_NS, false, SIGNAL_COUNT, 0, false, BLIND_SILENT,
      "nothing came of it for 3 d 0 h, while other Macs went on", -1 },
    { 4, BY_SERIAL, 1, 1, 1, 48 * HOUR_NS, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 5, BY_SERIAL, 1, 0, 1, 0, false, SIGNAL_COUNT, 0, false, BLIND_PERMISSIONS,
      "no Full Disk Access: the sensor may not start, or not see all", -1 },
    { 6, BY_SERIAL, 1, 1, 0, 0, false, SIGNAL_COUNT, 0, false, BLIND_PERMISSIONS,
      "the PPPC profile is not granted", -1 },
    { 7, BY_SERIAL, 1, -1, -1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 8, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_MEMORY_MAP, COVERAGE_DEGRADED, false, BLIND_DEGRADED,
      "memory map is degraded: planted", -1 },
    { 9, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_EXEC, COVERAGE_SILENT, false, BLIND_DEGRADED,
      "exec is silent: planted", -1 },
    { 10, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_TRACE, COVERAGE_SILENT, false, -1, NULL, -1 },
    { 11, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_NETWORK, COVERAGE_IMPOSSIBLE, false, -1, NULL, -1 },
    { 12, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_FILE, COVERAGE_BLIND_IN_PART, true, -1, NULL, -1 },
    { 13, BY_TWIN_NAME, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, BLIND_AMBIGUOUS,
      "it may be any of 2 assets:", -1 },
    { 14, BY_NOTHING, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 15, BY_SERIAL, 1, 1, 1, 0, true, SIGNAL_COUNT, 0, false, BLIND_UNMANAGED,
      "telemetry comes of an asset that was retired", -1 },
    { 16, BY_NOTHING, 1, 0, 0, 0, true, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 17, BY_UUID_LOWER, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 18, BY_HOST_NAME_UPPER, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 19, BY_SHORT_NAME, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 20, BY_LOCAL_NAME, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 21, BY_FURTHER_NAME, 1, 1, 1, 0, false, SIGNAL_COUNT, 0, false, -1, NULL, -1 },
    { 22, BY_SERIAL, 1, 0, 0, 10 * DAY_NS, false, SIGNAL_COUNT, 0, false, BLIND_SILENT,
      "nothing came of it for 10 d 0 h, while other Macs went on", BLIND_PERMISSIONS },
    { 23, BY_SERIAL, 0, 1, 0, 0, false, SIGNAL_COUNT, 0, false, BLIND_PERMISSIONS,
      "the PPPC profile is not granted", -1 },
    { 24, BY_SERIAL, 1, 1, 1, 0, false, SIGNAL_CDHASH, COVERAGE_BLIND_IN_PART, false,
      BLIND_DEGRADED, "cdhash is blind in part: planted", -1 },
};
static const struct plant sound = { 0, BY_SERIAL, 1,  1,    1, 0, false, SIGNAL_COUNT,
                                    0, false,     -1, NULL, -1 };

static const char *const roles[] = { "kiosk", "developer", "office", "executive", "" };

static inline const struct plant *plant_of(unsigned asset)
{
    return asset % EVERY < COUNT_OF(plants) ? &plants[asset % EVERY] : &sound;
}

static inline struct db_statement *statement(struct db *db, const char *sql)
{
    struct err err;
    struct db_statement *s = NULL;
    assert_int_equal(db_statement(db, sql, &s, &err), OK);
    return s;
}

static inline void do_statement(struct db_statement *s)
{
    struct err err;
    const enum status status = db_do(s, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
}

static inline str text_of(struct arena *a, const char *before, unsigned i, const char *behind)
{
    return arena_printf(a, "%s%05u%s", before, i, behind);
}

static inline void put_asset(struct db *db, struct arena *a, unsigned i)
{
    const struct plant *p = plant_of(i);
    const bool is_twin = i % EVERY == 13 || i % EVERY == 14;
    struct db_statement *s = statement(
        db, "INSERT INTO asset (id, serial, hardware_uuid, host_name, owner, team, role,"
            " criticality, in_scope, managed, sensor_expected, full_disk_access, pppc, sip,"
            " filevault, os_version, os_build, source, last_checkin_ns, imported_ns, retired)"
            " VALUES ($1, $2, $3, $4, 'robin', 'blue', $5, $6, 1, 1, $7, $8, $9, 1, 1, '', '',"
            " 'test', 0, 0, $10)");
    db_bind_text(s, 1, text_of(a, "asset-", i, ""));
    db_bind_text(s, 2, text_of(a, "TEST", i, ""));
    db_bind_text(s, 3, text_of(a, "00000000-AAAA-4BBB-8CCC-0000000", i, ""));
    db_bind_text(s, 4,
                 is_twin ? text_of(a, "twin-", i / EVERY, ".example")
                         : text_of(a, "mac-", i, ".corp.example"));
    db_bind_text(s, 5, str_of(roles[i % COUNT_OF(roles)]));
    db_bind_int(s, 6, i % 4);
    db_bind_int(s, 7, p->expected);
    db_bind_int(s, 8, p->disk);
    db_bind_int(s, 9, p->pppc);
    db_bind_int(s, 10, p->is_retired ? 1 : 0);
    do_statement(s);
    s = statement(db, "INSERT INTO asset_name (name, kind, asset) VALUES ($1, 3, $2)");
    db_bind_text(s, 1, text_of(a, "known-as-", i, ""));
    db_bind_text(s, 2, text_of(a, "asset-", i, ""));
    do_statement(s);
}

static inline void put_span(struct db *db, str host, enum signal signal, int64_t from_ns,
                            int64_t to_ns, enum coverage_state state)
{
    struct db_statement *s = statement(
        db, "INSERT INTO coverage_span (host_id, signal, from_ns, to_ns, state, check_id, figure,"
            " reason) VALUES ($1, $2, $3, $4, $5, $6, '5 events', $7)");
    db_bind_text(s, 1, host);
    db_bind_text(s, 2, signal_traits[signal].name);
    db_bind_int(s, 3, from_ns);
    db_bind_int(s, 4, to_ns);
    db_bind_int(s, 5, (int64_t)state);
    db_bind_text(s, 6, state > COVERAGE_SEEN ? STR("T10") : STR_EMPTY);
    db_bind_text(s, 7, state > COVERAGE_SEEN ? STR("planted") : STR_EMPTY);
    do_statement(s);
}

static inline void put_host(struct db *db, str id, str name, const struct plant *p)
{
    const int64_t end_ns = END_NS - p->ends_before_ns;
    struct db_statement *s =
        statement(db, "INSERT INTO coverage_host (host_id, host_name, sensors, first_ns, last_ns,"
                      " events, lost) VALUES ($1, $2, 'eslogger', $3, $4, 1000, 0)");
    db_bind_text(s, 1, id);
    db_bind_text(s, 2, name);
    db_bind_int(s, 3, BEGIN_NS);
    db_bind_int(s, 4, end_ns);
    do_statement(s);
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        if (signal != p->signal) {
            put_span(db, id, signal, BEGIN_NS, end_ns, COVERAGE_SEEN);
            continue;
        }
        put_span(db, id, signal, BEGIN_NS, end_ns - DAY_NS, COVERAGE_SEEN);
        put_span(db, id, signal, end_ns - DAY_NS, end_ns, p->state);
        if (p->recovers)
            put_span(db, id, signal, end_ns - DAY_NS / 2, end_ns, COVERAGE_SEEN);
    }
}

static inline void put_telemetry(struct db *db, struct arena *a, unsigned i)
{
    const struct plant *p = plant_of(i);
    const str number = text_of(a, "host-", i, "");
    switch (p->called) {
    case BY_SERIAL:
        put_host(db, text_of(a, "test", i, ""), STR_EMPTY, p);
        return;
    case BY_UUID_LOWER:
        put_host(db, text_of(a, "00000000-aaaa-4bbb-8ccc-0000000", i, ""), STR("Robin's Mac"), p);
        return;
    case BY_HOST_NAME_UPPER:
        put_host(db, number, text_of(a, "MAC-", i, ".CORP.EXAMPLE"), p);
        return;
    case BY_SHORT_NAME:
        put_host(db, number, text_of(a, "mac-", i, ""), p);
        return;
    case BY_LOCAL_NAME:
        put_host(db, number, text_of(a, "Mac-", i, ".local"), p);
        return;
    case BY_FURTHER_NAME:
        put_host(db, text_of(a, "Known-As-", i, ""), STR_EMPTY, p);
        return;
    case BY_TWIN_NAME:
        put_host(db, number, text_of(a, "twin-", i / EVERY, ""), p);
        return;
    case BY_NOTHING:
        return;
    }
}

static inline struct db *make_fleet(str file)
{
    struct err err;
    struct db *db = NULL;
    struct arena arena = { 0 };
    assert_int_equal(store_open(file, DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    for (unsigned i = 0; i < ASSETS; i++) {
        put_asset(db, &arena, i);
        put_telemetry(db, &arena, i);
        arena_reset(&arena);
    }
    for (unsigned i = 0; i < STRAYS; i++)
        put_host(db, text_of(&arena, "stray-", i, ""),
                 text_of(&arena, "mac-", i + 100, ".other.example"), &sound);
    assert_int_equal(db_commit(db, &err), OK);
    arena_done(&arena);
    return db;
}

#endif
