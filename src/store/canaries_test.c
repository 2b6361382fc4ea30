// Canaries of a store, in a file or on the server that tests/postgres.sh started.

#include "store/canaries.h"

#include "base/buf.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const str nonce = STR_INIT("0123456789abcdef0123456789abcdef");
static const str other = STR_INIT("fedcba9876543210fedcba9876543210");

static struct db *open_store(void)
{
    struct err err;
    struct db *db = NULL;
    assert_int_equal(store_open(str_of(test_store), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    return db;
}

static enum status emit(struct db *db, str of, const char *host, int64_t at_ns, struct err *err)
{
    const struct canaries_row row = {
        .nonce = of, .host = str_of(host), .emitted_ns = at_ns, .acts = CANARIES_SIGNALS
    };
    return canaries_put(db, &row, err);
}

static void see(struct db *db, const char *id, const char *name, int64_t at_ns, bool is_new)
{
    struct err err;
    struct arena arena = { 0 };
    bool was_new = false;
    const struct canaries_seen seen = {
        .nonce = nonce, .host_id = str_of(id), .host_name = str_of(name), .at_ns = at_ns
    };
    struct canaries_proof proof = { .nonce = nonce,
                                    .signal = SIGNAL_EXEC,
                                    .host_id = seen.host_id,
                                    .host_name = seen.host_name,
                                    .at_ns = at_ns,
                                    .sensor = STR("eslogger"),
                                    .evidence = STR("record 5") };
    assert_int_equal(canaries_seen_on(db, &seen, &arena, &proof.host, &err), OK);
    assert_int_equal(canaries_prove(db, &proof, &was_new, &err), OK);
    assert_int_equal(was_new, is_new);
    arena_done(&arena);
}

static void add_row(void *context, const struct canaries_row *row)
{
    buf_printf(context, "%.2s %.*s %d %d %d;", row->nonce.at, STR_ARG(row->host),
               (int)row->emitted_ns, (int)row->looked_ns, (int)row->looked_to_ns);
    assert_int_equal(row->acts, CANARIES_SIGNALS);
}

static void add_proof(void *context, const struct canaries_proof *proof)
{
    const str signal = signal_traits[proof->signal].name;
    buf_printf(context, " %.*s=%.*s/%.*s %.*s %d;", STR_ARG(proof->host), STR_ARG(proof->host_id),
               STR_ARG(proof->host_name), STR_ARG(signal), (int)proof->at_ns);
    assert_true(str_eq(proof->sensor, STR("eslogger")));
    assert_true(str_eq(proof->evidence, STR("record 5")));
}

static void assert_kept(struct db *db, const char *expected)
{
    struct err err;
    struct buf text;
    buf_init(&text, 4096);
    assert_int_equal(canaries_each(db, STR_EMPTY, add_row, &text, &err), OK);
    assert_int_equal(canaries_proofs(db, STR_EMPTY, add_proof, &text, &err), OK);
    if (!str_eq(buf_str(&text), str_of(expected)))
        fail_msg("%.*s, not %s", STR_ARG(buf_str(&text)), expected);
    buf_done(&text);
}

static void canaries_seen_on__finds_the_mac(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *emitted[2];
        struct {
            const char *id;
            const char *name;
        } seen[2];
        const char *kept;
    } cases[] = {
        { "by its name",
          { "MAC-1" },
          { { "id-1", "mac-1" } },
          "01 MAC-1 7 0 0; MAC-1=id-1/mac-1 exec 9;" },
        { "by its id",
          { "id-1", "id-2" },
          { { "ID-2", "" } },
          "01 id-1 7 0 0;01 id-2 7 0 0; id-2=ID-2/ exec 9;" },
        { "the only one", { "mac-1" }, { { "id-1", "" } }, "01 mac-1 7 0 0; mac-1=id-1/ exec 9;" },
        { "one more than was said",
          { "mac-1" },
          { { "id-1", "mac-1" }, { "id-2", "mac-2" } },
          "01 id-2 9 0 0;01 mac-1 7 0 0; id-2=id-2/mac-2 exec 9; mac-1=id-1/mac-1 exec 9;" },
        { "any of two",
          { "mac-1", "mac-2" },
          { { "id-3", "" } },
          "01 id-3 9 0 0;01 mac-1 7 0 0;01 mac-2 7 0 0; id-3=id-3/ exec 9;" },
        { "nobody said so", { NULL }, { { "id-1", "" } }, "01 id-1 9 0 0; id-1=id-1/ exec 9;" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct db *db = open_store();
        for (size_t n = 0; n < 2 && cases[i].emitted[n] != NULL; n++)
            assert_int_equal(emit(db, nonce, cases[i].emitted[n], 7, &err), OK);
        for (size_t n = 0; n < 2 && cases[i].seen[n].id != NULL; n++)
            see(db, cases[i].seen[n].id, cases[i].seen[n].name, 9, true);
        print_message("%s\n", cases[i].what);
        assert_kept(db, cases[i].kept);
        db_close(db);  // Takes back what was not committed.
    }
}

static void canaries_prove__keeps_the_first(void **state)
{
    (void)state;
    struct db *db = open_store();
    see(db, "id-1", "mac-1", 9, true);
    see(db, "id-1", "mac-1", 12, false);
    assert_kept(db, "01 id-1 9 0 0; id-1=id-1/mac-1 exec 9;");
    db_close(db);
}

static void canaries_look__says_how_far(void **state)
{
    (void)state;
    struct err err;
    struct db *db = open_store();
    assert_int_equal(emit(db, other, "mac-9", 3, &err), OK);
    assert_int_equal(canaries_look(db, other, 20, 15, &err), OK);
    assert_int_equal(canaries_look(db, other, 30, 10, &err), OK);
    assert_int_equal(canaries_look(db, other, 10, 18, &err), OK);
    assert_kept(db, "fe mac-9 3 30 18;");
    // One that nobody kept is kept now, and gets its Mac when it comes back.
    assert_int_equal(canaries_look(db, nonce, 40, 35, &err), OK);
    assert_kept(db, "01  40 40 35;fe mac-9 3 30 18;");
    see(db, "id-1", "mac-1", 37, true);
    assert_kept(db, "01 id-1 37 40 35;fe mac-9 3 30 18; id-1=id-1/mac-1 exec 37;");
    db_close(db);
}

static void canaries_put__refuses_a_second(void **state)
{
    (void)state;
    struct err err;
    struct db *db = open_store();
    assert_int_equal(emit(db, nonce, "mac-1", 3, &err), OK);
    assert_int_equal(emit(db, nonce, "mac-2", 3, &err), OK);
    assert_int_equal(emit(db, nonce, "mac-1", 4, &err), ERR_CONFIG);
    assert_string_equal(err.text,
                        "the canary 0123456789abcdef0123456789abcdef of \"mac-1\" is kept "
                        "already; a nonce is for once");
    db_close(db);
}

static void canaries_forget__takes_proofs_along(void **state)
{
    (void)state;
    struct err err;
    uint64_t count = 0;
    struct db *db = open_store();
    see(db, "id-1", "mac-1", 9, true);
    assert_int_equal(emit(db, other, "mac-9", 12, &err), OK);
    assert_int_equal(canaries_forget(db, 12, &count, &err), OK);
    assert_int_equal(count, 1);
    assert_kept(db, "fe mac-9 12 0 0;");
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(canaries_seen_on__finds_the_mac, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(canaries_prove__keeps_the_first, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(canaries_look__says_how_far, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(canaries_put__refuses_a_second, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(canaries_forget__takes_proofs_along, test_store_make,
                                        test_store_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
