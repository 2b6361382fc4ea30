// Canaries laid over what telemetry told: proved, not come back, nobody looked; and of Macs of which nobody knows which
// asset they are.

#include "coverage/blind.h"
#include "coverage/proof.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_NS   (INT64_C(86400) * 1000000000)
#define BEGIN_NS (INT64_C(20500) * DAY_NS)
#define DAY(n)   (BEGIN_NS + (n)*DAY_NS)

struct emitted {
    int on;     // Day; 0: none.
    bool exec;  // Came back.
    bool file;
    bool memory;
    int looked;  // Day.
};

static struct db *db;

static void run(const char *sql)
{
    struct err err;
    const enum status status = db_run(db, sql, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
}

static void put_asset(const char *id, const char *name)
{
    struct err err;
    const struct asset_row asset = { .id = str_of(id),
                                     .serial = str_of(id),
                                     .host_name = str_of(name),
                                     .sensor_expected = 1,
                                     .full_disk_access = -1,
                                     .pppc = -1 };
    assert_int_equal(assets_put(db, &asset, &err), OK);
}

static void put_span(const char *host, enum signal s, int from, int to, enum coverage_state state)
{
    struct err err;
    const struct coverage_span span = { .host_id = str_of(host),
                                        .signal = signal_traits[s].name,
                                        .from_ns = DAY(from),
                                        .to_ns = DAY(to),
                                        .state = (int64_t)state };
    assert_int_equal(coverage_put_span(db, &span, &err), OK);
}

static void put_host(const char *id, const char *name, enum coverage_state exec,
                     enum coverage_state file, enum coverage_state memory)
{
    struct err err;
    const struct coverage_kept_host host = {
        .id = str_of(id), .name = str_of(name), .first_ns = DAY(1), .last_ns = DAY(60)
    };
    assert_int_equal(coverage_put_host(db, &host, &err), OK);
    put_span(id, SIGNAL_EXEC, 1, 60, exec);
    put_span(id, SIGNAL_FILE, 1, 60, file);
    put_span(id, SIGNAL_MEMORY_PROTECTION, 1, 60, memory);
}

static void prove(str nonce, const char *row, const char *host, enum signal s, int day)
{
    struct err err;
    bool is_new;
    const struct canaries_proof proof = { .nonce = nonce,
                                          .host = str_of(row),
                                          .signal = s,
                                          .host_id = str_of(host),
                                          .at_ns = DAY(day),
                                          .sensor = STR("eslogger"),
                                          .evidence = STR("record 5") };
    assert_int_equal(canaries_prove(db, &proof, &is_new, &err), OK);
}

static void put_canary(const char *row, const char *host, const struct emitted *e)
{
    struct err err;
    struct arena arena = { 0 };
    const struct canaries_row canary = {
        .nonce = arena_printf(&arena, "n%d", e->on),
        .host = str_of(row),
        .emitted_ns = DAY(e->on),
        .acts = SIGNAL_BIT(SIGNAL_EXEC) | SIGNAL_BIT(SIGNAL_FILE) |
                SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION),
        .looked_ns = e->looked > 0 ? DAY(e->looked) : 0,
        .looked_to_ns = e->looked > 0 ? DAY(e->looked) : 0,
    };
    assert_int_equal(canaries_put(db, &canary, &err), OK);
    if (e->exec)
        prove(canary.nonce, row, host, SIGNAL_EXEC, e->on);
    if (e->file)
        prove(canary.nonce, row, host, SIGNAL_FILE, e->on);
    if (e->memory)
        prove(canary.nonce, row, host, SIGNAL_MEMORY_PROTECTION, e->on);
    arena_done(&arena);
}

static int begin(void **state)
{
    struct err err;
    if (test_store_make(state) != 0)
        return -1;
    return store_open(str_of(test_store), DB_CREATE, &db, &err) == OK && db_begin(db, &err) == OK
               ? 0
               : -1;
}

static int end(void **state)
{
    db_close(db);
    return test_store_remove(state);
}

struct told {
    struct kept kept;
    struct posture posture;
    struct blind_list list;
    struct arena arena;
};

static void tell(struct told *t, int now)
{
    struct err err;
    *t = (struct told){ 0 };
    assert_int_equal(kept_read(db, &t->kept, &err), OK);
    t->kept.now_ns = DAY(now);
    posture_join(&t->kept, POSTURE_SILENT_AFTER_NS, &t->posture);
    blind_find(&t->posture, &t->arena, &t->list);
}

static void tell_done(struct told *t)
{
    blind_done(&t->list);
    posture_done(&t->posture);
    kept_done(&t->kept);
    arena_done(&t->arena);
}

static const struct blind_spot *canary_spot(const struct told *t, const char *id)
{
    for (size_t i = 0; i < t->list.count; i++)
        if (t->list.at[i].kind == BLIND_CANARY && str_eq(t->list.at[i].id, str_of(id)))
            return &t->list.at[i];
    return NULL;
}

#define SEEN  COVERAGE_SEEN
#define PART  COVERAGE_BLIND_IN_PART
#define GOOD  COVERAGE_PROVED
#define QUIET COVERAGE_SILENT

// States by telemetry of exec, file and memory protection; canaries; and what is then told on day 61.
static const struct following {
    const char *what;
    enum coverage_state told[3];
    struct emitted canaries[3];
    enum coverage_state then[3];
    int exec_since;
    const char *spot;  // NULL: none.
} follows[] = {
    { "one that came back",
      { SEEN, SEEN, QUIET },
      { { 50, true, true, true, 52 } },
      { GOOD, GOOD, GOOD },
      50,
      NULL },
    { "one after the other",
      { SEEN, SEEN, SEEN },
      { { 10, true, true, true, 12 }, { 35, true, true, true, 36 }, { 59, true, true, true, 60 } },
      { GOOD, GOOD, GOOD },
      10,
      NULL },
    { "with too long a time between",
      { SEEN, SEEN, SEEN },
      { { 10, true, true, true, 12 }, { 59, true, true, true, 60 } },
      { GOOD, GOOD, GOOD },
      59,
      NULL },
    { "one between that did not",
      { SEEN, SEEN, SEEN },
      { { 40, true, true, true, 42 }, { 45, false, true, true, 47 }, { 50, true, true, true, 52 } },
      { GOOD, GOOD, GOOD },
      50,
      NULL },
    { "too old",
      { SEEN, SEEN, QUIET },
      { { 20, true, true, true, 22 } },
      { SEEN, SEEN, QUIET },
      1,
      NULL },
    { "in part",
      { SEEN, SEEN, SEEN },
      { { 50, true, true, false, 52 } },
      { GOOD, GOOD, PART },
      50,
      "memory protection of canary n50 of " },
    { "the last one did not",
      { SEEN, SEEN, SEEN },
      { { 40, true, true, true, 42 }, { 50, false, false, false, 52 } },
      { PART, PART, PART },
      50,
      "exec, memory protection, file of canary n50 of " },
    { "too old to be told",
      { SEEN, SEEN, SEEN },
      { { 20, false, false, false, 22 } },
      { SEEN, SEEN, SEEN },
      1,
      NULL },
    { "nobody looked",
      { SEEN, SEEN, SEEN },
      { { 50, false, false, false, 0 } },
      { SEEN, SEEN, SEEN },
      1,
      "nobody looked for canary n50 of " },
    { "looked too early",
      { SEEN, SEEN, SEEN },
      { { 50, false, false, false, 50 } },
      { SEEN, SEEN, SEEN },
      1,
      "nobody looked for canary n50 of " },
    { "what is looked at ends before",
      { SEEN, SEEN, SEEN },
      { { 50, false, false, false, 49 } },
      { SEEN, SEEN, SEEN },
      1,
      "nobody looked for canary n50 of " },
    { "still on its way",
      { SEEN, SEEN, SEEN },
      { { 61, false, false, false, 0 } },
      { SEEN, SEEN, SEEN },
      1,
      NULL },
    { "known losses stay",
      { PART, COVERAGE_DEGRADED, SEEN },
      { { 50, true, true, true, 52 } },
      { PART, COVERAGE_DEGRADED, GOOD },
      1,
      NULL },
    { "a steady signal that fell silent",
      { QUIET, SEEN, QUIET },
      { { 50, true, true, true, 52 } },
      { GOOD, GOOD, GOOD },
      50,
      NULL },
    { "the sensor shows it after all",
      { SEEN, COVERAGE_IMPOSSIBLE, COVERAGE_NEVER_SEEN },
      { { 50, true, true, true, 52 } },
      { GOOD, GOOD, GOOD },
      50,
      NULL },
    { "the sensor cannot show it",
      { SEEN, SEEN, COVERAGE_IMPOSSIBLE },
      { { 50, true, true, false, 52 } },
      { GOOD, GOOD, COVERAGE_IMPOSSIBLE },
      50,
      NULL },
};

static void follow(const struct following *c)
{
    static const enum signal signals[] = { SIGNAL_EXEC, SIGNAL_FILE, SIGNAL_MEMORY_PROTECTION };
    struct told t;
    print_message("%s\n", c->what);
    run("DELETE FROM canary; DELETE FROM coverage_host; DELETE FROM asset");
    put_asset("SER1", "mac-1");
    put_host("ser1", "", c->told[0], c->told[1], c->told[2]);
    for (size_t n = 0; n < 3 && c->canaries[n].on > 0; n++)
        put_canary("mac-1", "ser1", &c->canaries[n]);
    tell(&t, 61);
    for (size_t s = 0; s < 3; s++)
        assert_int_equal(t.posture.assets[0].signals[signals[s]].state, c->then[s]);
    assert_int_equal(t.posture.assets[0].signals[SIGNAL_EXEC].since_ns, DAY(c->exec_since));
    const struct blind_spot *spot = canary_spot(&t, "SER1");
    assert_int_equal(spot != NULL, c->spot != NULL);
    if (spot != NULL && !str_starts_with(spot->reason, str_of(c->spot)))
        fail_msg("%.*s", STR_ARG(spot->reason));
    if (spot != NULL && t.posture.assets[0].signals[SIGNAL_MEMORY_PROTECTION].state == PART)
        assert_true(
            str_eq(t.posture.assets[0].signals[SIGNAL_MEMORY_PROTECTION].check, STR("T04")));
    tell_done(&t);
}

static void proof_lay_over__follows_canaries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(follows); i++)
        follow(&follows[i]);
}

// Macs that only a canary told of, and those of which nobody knows what they are.
static void proof_lay_over__guesses_nothing(void **state)
{
    (void)state;
    static const struct emitted back = { 50, true, true, true, 52 };
    static const struct emitted lost = { 51, false, false, false, 53 };
    static const struct emitted again = { 52, false, false, false, 54 };
    static const struct {
        const char *id;
        enum blind_kind kind;
        const char *reason;
        const char *ends;
    } spots[] = {
        { "stray", BLIND_UNMANAGED, "a canary came back from it, and no asset is known", "" },
        { "twin", BLIND_AMBIGUOUS, "it may be any of 2 assets: T1, T2", "" },
        { "gone", BLIND_CANARY, "exec, memory protection, file of canary n52 of ",
          " did not come back within 24 h; no asset is known by this name" },
        { "twin.example", BLIND_CANARY, "exec, memory protection, file of canary n51 of ",
          "; it may be any of 2 assets: T1, T2" },
        { "n51", BLIND_CANARY, "exec, memory protection, file of canary n51 of ",
          "; nobody knows on which Mac it was" },
        { "SER9", BLIND_CANARY, "exec, memory protection, file of canary n51 of ",
          " did not come back within 24 h" },
        { "SER9", BLIND_UNMONITORED, "a sensor is expected, and no telemetry of it ever came", "" },
    };
    struct told t;
    put_asset("SER1", "mac-1");
    put_asset("SER9", "mac-9");
    put_asset("T1", "twin.example");
    put_asset("T2", "twin.example");
    put_canary("mac-1", "ser1", &back);
    put_canary("stray", "stray", &back);
    put_canary("twin", "twin", &back);
    put_canary("gone", "", &lost);
    put_canary("gone", "", &again);
    put_canary("twin.example", "", &lost);
    put_canary("", "", &lost);
    put_canary("mac-9", "", &lost);
    tell(&t, 61);
    // An asset of which only a canary told: that is proved, and nothing else is known of it.
    assert_true(str_eq(t.posture.assets[0].asset->id, STR("SER1")));
    assert_int_equal(t.posture.assets[0].signals[SIGNAL_EXEC].state, COVERAGE_PROVED);
    assert_true(
        str_starts_with(t.posture.assets[0].signals[SIGNAL_EXEC].reason, STR("canary n50 of ")));
    assert_true(str_ends_with(t.posture.assets[0].signals[SIGNAL_EXEC].reason,
                              STR(": its record came back by eslogger, record 5")));
    assert_int_equal(t.posture.assets[0].signals[SIGNAL_NETWORK].state, COVERAGE_NEVER_SEEN);
    for (size_t i = 0; i < t.list.count; i++) {
        const struct blind_spot *spot = &t.list.at[i];
        bool is_expected = false;
        for (size_t n = 0; n < COUNT_OF(spots); n++)
            is_expected |= str_eq(spot->id, str_of(spots[n].id)) && spot->kind == spots[n].kind &&
                           str_starts_with(spot->reason, str_of(spots[n].reason)) &&
                           str_ends_with(spot->reason, str_of(spots[n].ends));
        if (!is_expected)
            fail_msg("%.*s: %.*s: %.*s", STR_ARG(blind_kind_name(spot->kind)), STR_ARG(spot->id),
                     STR_ARG(spot->reason));
    }
    assert_int_equal(t.list.count, COUNT_OF(spots));
    tell_done(&t);
}

// Times that no clock tells are no harm.
static void proof_lay_over__takes_any_time(void **state)
{
    (void)state;
    struct told t;
    put_asset("SER1", "mac-1");
    run("INSERT INTO canary VALUES ('a', 'mac-1', -9223372036854775807, 'exec', "
        "9223372036854775807, "
        "9223372036854775807), ('b', 'mac-1', 9223372036854775807, 'exec,nonsense,', 0, "
        "-9223372036854775807)");
    run("INSERT INTO canary_proof VALUES ('a', 'mac-1', 'exec', 'ser1', '', -9223372036854775807, "
        "'', ''), ('b', 'mac-1', 'exec', 'ser1', '', 9223372036854775807, '', '')");
    tell(&t, 61);
    assert_int_equal(t.posture.canary_count, 2);
    tell_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(proof_lay_over__follows_canaries, begin, end),
        cmocka_unit_test_setup_teardown(proof_lay_over__guesses_nothing, begin, end),
        cmocka_unit_test_setup_teardown(proof_lay_over__takes_any_time, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
