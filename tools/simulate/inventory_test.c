// The inventory: the rows belong to the stream, and a seed gives the same ones.

#include "attacks.h"
#include "fleet.h"

#include "base/arena.h"
#include "store/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <yyjson.h>

static char path[sizeof "simulate-XXXXXX"];  // Of the inventory.

struct row_counts {
    uint64_t hash;  // Of all that the rows say.
    size_t rows;
    size_t hosts;
    size_t by_verdict[4];  // yes, no, bridge, unknown; invented images have no strings
    size_t declare_jit;
};

static uint64_t hash_of_row(const struct link_facts *f, uint64_t hash)
{
    const str texts[] = { f->host,    f->path,       f->arch,        f->file_type,  f->cdhash,
                          f->team_id, f->identifier, f->because,     f->frameworks, f->native_api,
                          f->chain,   f->signature,  f->entitlements };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        hash = str_hash(texts[i], hash);
    return hash + f->flags + f->size + (uint64_t)f->mtime_ns;
}

static void count_row(struct row_counts *counts, const struct link_facts *facts)
{
    static const str verdicts[] = { STR_INIT("yes"), STR_INIT("no"), STR_INIT("bridge"),
                                    STR_INIT("unknown") };
    counts->hash = hash_of_row(facts, counts->hash);
    counts->rows++;
    counts->declare_jit += facts->jit_declared;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++)
        counts->by_verdict[i] += str_eq(facts->native_api, verdicts[i]);
}

// An empty file, for each test anew.
static int make_file(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "simulate-XXXXXX");
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

// Runs with the inventory where `links` is given; the stream is the caller's to free.
static str simulate(uint64_t seed, const char *links)
{
    struct fleet_options options = { .hosts = 3, .minutes = 10, .seed = seed, .links = links };
    struct fleet_counts counts;
    struct err err;
    assert_true(attacks_parse(STR("all"), &options.attacks));
    options.out = tmpfile();
    assert_non_null(options.out);
    assert_int_equal(fleet_run(&options, &counts, &err), OK);
    char *at = memory_new(counts.bytes + 1);
    rewind(options.out);
    assert_int_equal(fread(at, 1, counts.bytes, options.out), counts.bytes);
    assert_int_equal(fclose(options.out), 0);
    return (str){ .at = at, .len = counts.bytes };
}

static void release(str stream)
{
    const union {
        const char *borrowed;
        void *owned;
    } at = { .borrowed = stream.at };
    free(at.owned);
}

static struct row_counts count_rows(void)
{
    struct row_counts counts = { 0 };
    struct arena arena = { 0 };
    struct links *links;
    struct err err;
    str *hosts;
    assert_int_equal(links_open(str_of(path), LINKS_READ, &links, &err), OK);
    assert_int_equal(links_hosts(links, &arena, &hosts, &counts.hosts, &err), OK);
    for (size_t i = 0; i < counts.hosts; i++) {
        struct links_rows *rows;
        const struct link_facts *slices;
        size_t count;
        assert_int_equal(links_rows_open(links, hosts[i], &rows, &err), OK);
        while (links_rows_next(rows, &slices, &count, &err) == OK)
            for (size_t j = 0; j < count; j++)
                count_row(&counts, &slices[j]);
        links_rows_close(rows);
    }
    links_close(links);
    arena_done(&arena);
    return counts;
}

static void inventory_write__same_seed_same_rows(void **state)
{
    (void)state;
    release(simulate(7, path));
    const struct row_counts first = count_rows();
    release(simulate(8, path));  // In place of the first: no row of it stays.
    const struct row_counts other = count_rows();
    release(simulate(7, path));
    const struct row_counts again = count_rows();

    assert_true(first.hash == again.hash);
    assert_true(first.hash != other.hash);
    assert_int_equal(first.rows, again.rows);
    assert_int_equal(first.hosts, 3);
    for (size_t i = 0; i < COUNT_OF(first.by_verdict); i++)
        assert_true(first.by_verdict[i] > 0);
    assert_true(first.declare_jit > 0);
}

// One image, on whatever Macs.
static void find_one(struct links *links, const char *of, struct arena *a, struct link_facts *out)
{
    struct link_facts *rows;
    size_t count;
    struct err err;
    assert_int_equal(links_find_on_any_host(links, str_of(of), a, &rows, &count, &err), OK);
    assert_int_equal(count, 1);
    *out = rows[0];
}

static void inventory_write__tells_who_signed_what_attacks_bring(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct links *links;
    struct link_facts row;
    struct link_facts *rows;
    size_t count;
    struct err err;
    release(simulate(7, path));
    assert_int_equal(links_open(str_of(path), LINKS_READ, &links, &err), OK);

    find_one(links, "/private/tmp/libhelper.dylib", &arena, &row);
    assert_int_equal(row.flags & CS_FLAG_ADHOC, CS_FLAG_ADHOC);
    assert_int_equal(row.team_id.len, 0);
    assert_true(str_eq(row.signature, STR("adhoc")) && str_eq(row.chain, STR("none")));
    assert_int_equal(row.hosts, 1);
    // Of the three it was the second that was attacked.
    assert_int_equal(links_find_by_path(links, STR("mac-0002"), STR("/private/tmp/libhelper.dylib"),
                                        &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(links_find_by_path(links, STR("mac-0001"), STR("/private/tmp/libhelper.dylib"),
                                        &arena, &rows, &count, &err),
                     END);
    find_one(links, "/Users/Shared/libstatus.dylib", &arena, &row);
    assert_int_equal(row.cdhash.len, 0);
    assert_true(str_eq(row.signature, STR("unsigned")));
    find_one(links, "/Users/Shared/.sync/syncagent", &arena, &row);
    assert_true(str_eq(row.because, STR("links Foundation")));
    find_one(links, "/Library/Spotlight/Ledgerly.mdimporter/Contents/MacOS/Ledgerly", &arena, &row);
    assert_true(str_eq(row.team_id, STR("LDGR1YEX4M")));
    assert_true(str_eq(row.signature, STR("signed")) && str_eq(row.chain, STR("claimed")));
    // It removed itself.
    assert_int_equal(
        links_find_on_any_host(links, STR("/private/tmp/.fontcached"), &arena, &rows, &count, &err),
        END);

    links_close(links);
    arena_done(&arena);
}

// Whether the row of the process's cdhash is there, and is that of its executable.
static bool has_row(struct links *links, yyjson_val *process, struct arena *a)
{
    struct link_facts row;
    struct err err;
    const str cdhash = str_of(yyjson_get_str(yyjson_obj_get(process, "cdhash")));
    const enum status status = links_find_by_cdhash(links, cdhash, a, &row, &err);
    if (status == END)
        return false;
    assert_int_equal(status, OK);
    yyjson_val *file = yyjson_obj_get(process, "executable");
    assert_true(str_eq(row.path, str_of(yyjson_get_str(yyjson_obj_get(file, "path")))));
    return true;
}

static void inventory_write__has_the_hashes_of_the_stream(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct links *links;
    struct err err;
    size_t known = 0;
    size_t unknown = 0;
    const str stream = simulate(7, path);
    assert_int_equal(links_open(str_of(path), LINKS_READ, &links, &err), OK);
    str rest = stream;
    str line;
    while (str_take_until(&rest, '\n', &line)) {
        yyjson_doc *doc = yyjson_read(line.at, line.len, YYJSON_READ_NOFLAG);
        yyjson_val *record = yyjson_obj_get(yyjson_doc_get_root(doc), "record");
        *(has_row(links, yyjson_obj_get(record, "process"), &arena) ? &known : &unknown) += 1;
        arena_reset(&arena);
        yyjson_doc_free(doc);
    }
    assert_true(known > 20 * unknown);  // Builds that were built over, and the one that hid.
    assert_true(unknown > 0);
    links_close(links);
    arena_done(&arena);
    release(stream);
}

static void inventory_write__taking_notes_changes_nothing(void **state)
{
    (void)state;
    const str with = simulate(7, path);
    const str without = simulate(7, NULL);
    assert_true(str_eq(with, without));
    release(with);
    release(without);
}

static void inventory_write__says_which_file_cannot_be_written(void **state)
{
    (void)state;
    struct fleet_options options = { .hosts = 1, .minutes = 1, .links = "no/such.db" };
    struct fleet_counts counts;
    struct err err;
    options.out = tmpfile();
    assert_non_null(options.out);
    assert_int_equal(fleet_run(&options, &counts, &err), ERR_IO);
    assert_string_equal(err.text, "no/such.db cannot be written");
    assert_int_equal(fclose(options.out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(inventory_write__same_seed_same_rows, make_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(inventory_write__tells_who_signed_what_attacks_bring,
                                        make_file, remove_file),
        cmocka_unit_test_setup_teardown(inventory_write__has_the_hashes_of_the_stream, make_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(inventory_write__taking_notes_changes_nothing, make_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(inventory_write__says_which_file_cannot_be_written,
                                        make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
