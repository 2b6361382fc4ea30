// The union of what the tables have, its order and limits, and the watch list.

#include "macho/imports.h"

#include "macho/import_set.h"
#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// "_both" stands in all three tables, and one more name in each.
static void build_union(struct test_image *t)
{
    static const char binds[] = "\x40_both\0\x90\x40_bind\0\x90";
    static const char names[] = "\0_symbol\0_both";
    static const char chained[] = "\0_both\0_fixup";
    test_begin(t, TEST_ARM64, TEST_EXECUTE);
    const size_t bind_numbers = test_number_at(t, 0);
    test_command(t, 0x22, (uint32_t[10]){ 0 }, 10, NULL);
    const size_t symbol_numbers = test_number_at(t, 0);
    test_command(t, 0x2, (uint32_t[4]){ 0 }, 4, NULL);
    const size_t fixup_numbers = test_number_at(t, 0);
    test_command(t, 0x80000034, (uint32_t[2]){ 0 }, 2, NULL);
    test_end_commands(t);

    test_patch(t, bind_numbers + 8, test_here(t));
    test_patch(t, bind_numbers + 12, sizeof binds);
    test_octets(t, binds, sizeof binds);
    test_patch(t, symbol_numbers, test_here(t));
    test_patch(t, symbol_numbers + 4, 2);
    for (uint32_t i = 0; i < 2; i++) {
        test_u32(t, i == 0 ? 1 : 9);
        test_octets(t, (const uint8_t[]){ 1, 0, 0, 0 }, 4);
        test_word(t, 0);
    }
    test_patch(t, symbol_numbers + 8, test_here(t));
    test_patch(t, symbol_numbers + 12, sizeof names);
    test_octets(t, names, sizeof names);
    const uint32_t begin = test_here(t);
    const uint32_t header[] = { 0, 28, 28, 36, 2, 1, 0, 1 << 9, 7 << 9 };
    for (size_t i = 0; i < COUNT_OF(header); i++)
        test_u32(t, header[i]);
    test_octets(t, chained, sizeof chained);
    test_patch(t, fixup_numbers, begin);
    test_patch(t, fixup_numbers + 4, test_here(t) - begin);
}

static void read_imports__tells_each_name_of_all_tables_once_and_in_order(void **state)
{
    (void)state;
    static const char *const names[] = { "_bind", "_both", "_fixup", "_symbol" };
    struct test_image t = { .is_64 = true };
    struct test_read read;
    build_union(&t);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    assert_int_equal(read.image->error_count, 0);
    assert_true(read.imports.is_complete);
    assert_int_equal(read.imports.count, COUNT_OF(names));
    assert_int_equal(read.imports.all.count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_string_equal(read.imports.all.at[i].at, names[i]);
    assert_int_equal(read.imports.watched.count, 0);
}

static void gather_imports__tells_the_same_names_as_the_tables_have_them(void **state)
{
    (void)state;
    static const char *const names[] = { "_both", "_fixup", "_bind", "_symbol" };
    struct test_image t = { .is_64 = true };
    struct test_read read;
    struct macho_imports imports;
    build_union(&t);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    macho_gather_imports(&read.source, read.image, &arena, &imports);
    assert_true(imports.is_complete);
    assert_int_equal(imports.count, COUNT_OF(names));
    assert_int_equal(imports.all.count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_string_equal(imports.all.at[i].at, names[i]);
}

#define MANY       10000u  // Of each table: more than one piece of it holds.
#define MANY_BYTES 10u     // Of a name and its end: "_x" or "_s", and seven digits.

static void put_names(uint8_t *to, const char *prefix)
{
    for (unsigned i = 0; i < MANY; i++)
        (void)snprintf((char *)to + (size_t)i * MANY_BYTES, MANY_BYTES, "%s%07u", prefix, i);
}

static void read_imports__reads_tables_longer_than_a_piece(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    const size_t symbol_numbers = test_number_at(&t, 0);
    test_command(&t, 0x2, (uint32_t[4]){ 0 }, 4, NULL);
    const size_t fixup_numbers = test_number_at(&t, 0);
    test_command(&t, 0x80000034, (uint32_t[2]){ 0 }, 2, NULL);
    test_end_commands(&t);

    const size_t symbols = t.len;
    const size_t symbol_names = symbols + MANY * 16;
    const size_t fixups = symbol_names + 1 + MANY * MANY_BYTES;
    const size_t fixup_names = fixups + 28 + MANY * 8;
    const size_t len = fixup_names + MANY * MANY_BYTES;
    const uint64_t numbers[] = { symbols, MANY, symbol_names, 1 + MANY * MANY_BYTES };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        test_patch(&t, symbol_numbers + 4 * i, numbers[i]);
    test_patch(&t, fixup_numbers, fixups);
    test_patch(&t, fixup_numbers + 4, len - fixups);

    struct test_image head = { .is_64 = true };
    const uint32_t header[] = { 0, 28, 28, (uint32_t)(fixup_names - fixups), MANY, 2, 0 };
    for (size_t i = 0; i < COUNT_OF(header); i++)
        test_u32(&head, header[i]);
    uint8_t *large = test_calloc(1, len);
    memcpy(large, t.at, t.len);
    memcpy(large + fixups, head.at, head.len);
    put_names(large + symbol_names + 1, "_s");
    put_names(large + fixup_names, "_x");
    for (uint32_t i = 0; i < MANY; i++) {
        const uint32_t at[] = { 1 + i * MANY_BYTES, i * MANY_BYTES << 9 };
        for (unsigned octet = 0; octet < 4; octet++) {
            large[symbols + (size_t)i * 16 + octet] = (uint8_t)(at[0] >> 8 * octet);
            large[fixups + 28 + (size_t)i * 8 + octet] = (uint8_t)(at[1] >> 8 * octet);
        }
        large[symbols + (size_t)i * 16 + 4] = 1;  // N_EXT
    }
    struct test_read read;
    assert_true(test_open(&read, (bytes){ .at = large, .len = len }, &arena));
    assert_int_equal(read.image->error_count, 0);
    assert_true(read.imports.is_complete);
    assert_int_equal(read.imports.count, 2 * MANY);
    assert_string_equal(read.imports.all.at[MANY - 1].at, "_s0009999");
    assert_string_equal(read.imports.all.at[MANY].at, "_x0000000");
    assert_string_equal(read.imports.all.at[2 * MANY - 1].at, "_x0009999");
    test_free(large);
}

static void read_imports__survives_every_change_of_one_octet(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    build_union(&t);
    for (size_t at = 0; at < t.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct test_read read;
            t.at[at] ^= (uint8_t)(1u << bit);
            if (test_open(&read, test_bytes(&t), &arena) && read.image->error_count > 0)
                assert_true(read.image->errors[0].reason.len > 0);
            t.at[at] ^= (uint8_t)(1u << bit);
            arena_reset(&arena);
        }
}

struct refusing {
    struct macho_source whole;
    uint64_t from;  // What lies behind cannot be read.
};

static enum status refuse(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const struct refusing *refusing = context;
    if (offset + len > refusing->from)
        return (fail)(err, ERR_IO, "no more");  // Not cmocka's macro.
    return refusing->whole.read(refusing->whole.context, offset, to, len, err);
}

static void read_imports__are_incomplete_where_the_file_cannot_be_read(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    struct test_read read;
    build_union(&t);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    for (uint64_t from = read.image->tables.binds[0].offset; from < t.len; from++) {
        struct refusing refusing = { .whole = read.source, .from = from };
        const struct macho_source source = { .read = refuse,
                                             .context = &refusing,
                                             .size = read.source.size };
        struct macho_image image = *read.image;
        struct macho_imports imports;
        macho_read_imports(&source, &image, &arena, &imports);
        assert_false(imports.is_complete);
        assert_true(image.error_count > 0);
        assert_string_equal(image.errors[0].reason.at, "no more");
    }
}

static struct macho_import_set set_of(struct macho_reading *reading, struct macho_image *image)
{
    struct macho_import_set set;
    *image = (struct macho_image){ .size = 0 };
    *reading = (struct macho_reading){ .arena = &arena, .image = image, .command = -1 };
    macho_import_set_init(&set, reading);
    return set;
}

static void import_set_add__refuses_more_than_max(void **state)
{
    (void)state;
    struct macho_reading reading;
    struct macho_image image;
    struct macho_import_set set = set_of(&reading, &image);
    char name[16];
    for (unsigned i = 0; i < MACHO_IMPORTS_MAX + 2; i++) {
        if (i == MACHO_IMPORTS_MAX)
            assert_true(set.is_complete);
        const int len = snprintf(name, sizeof name, "_%x", i);
        macho_import_set_add(&set, (str){ .at = name, .len = (size_t)len });
    }
    assert_false(set.is_complete);
    assert_int_equal(set.count, MACHO_IMPORTS_MAX);
    assert_int_equal(image.error_count, 1);
    assert_string_equal(image.errors[0].reason.at,
                        "more than 1048576 imports of 6221552 octets are not read");
    // What is there already is none too many.
    const size_t before = set.text_bytes;
    macho_import_set_add(&set, STR("_0"));
    macho_import_set_add(&set, STR_EMPTY);
    assert_int_equal(set.text_bytes, before);
    macho_import_set_done(&set);
}

static void import_set_add__refuses_more_text_than_max(void **state)
{
    (void)state;
    struct macho_reading reading;
    struct macho_image image;
    struct macho_import_set set = set_of(&reading, &image);
    char *name = test_malloc(MACHO_SYMBOL_MAX);
    memset(name, 'a', MACHO_SYMBOL_MAX);
    for (unsigned i = 0; i <= MACHO_IMPORTS_TEXT_MAX / MACHO_SYMBOL_MAX; i++) {
        assert_true(set.is_complete);
        (void)snprintf(name, 8, "%x", i);
        macho_import_set_add(&set, (str){ .at = name, .len = MACHO_SYMBOL_MAX });
    }
    assert_false(set.is_complete);
    assert_string_equal(image.errors[0].reason.at,
                        "more than 2048 imports of 67108864 octets are not read");
    macho_import_set_done(&set);
    test_free(name);
}

static void is_watched__knows_families_and_their_neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *symbol;
        const char *family;
    } cases[] = {
        { "_mmap", "memory" },
        { "_mmap$UNIX2003", "memory" },
        { "_mprotect", "memory" },
        { "_mach_vm_region", "memory" },
        { "_mach_vm_remap", "memory" },
        { "_vm_allocate", "memory" },
        { "_task_for_pid", "task port" },
        { "_processor_set_tasks", "task port" },
        { "_pthread_create", "thread" },
        { "_thread_create_running", "thread" },
        { "_thread_set_state", "thread" },
        { "_dlopen", "loader" },
        { "_dlsym", "loader" },
        { "_NSLinkModule", "loader" },
        { "_NSCreateObjectFileImageFromMemory", "loader" },
        { "_pthread_jit_write_protect_np", "jit" },
        { "_sys_icache_invalidate", "jit" },
        { "_ptrace", "debug" },
        { "_posix_spawn", "spawn" },
        { "_posix_spawnattr_setflags", "spawn" },
        { "_munmap", "" },
        { "_madvise", "" },
        { "_mach_make_memory_entry_64", "" },
        { "_vm_deallocate", "" },
        { "_vm_region_64", "" },
        { "_task_info", "" },
        { "_task_set_exception_ports", "" },
        { "_thread_info", "" },
        { "_pthread_join", "" },
        { "_pthread_mach_thread_np", "" },
        { "_dlclose", "" },
        { "_dladdr", "" },
        { "_dlerror", "" },
        { "_NSLog", "" },
        { "_execve", "" },
        { "_fork", "" },
        { "_mmap2", "" },
        { "mmap", "" },
        { "__mmap", "" },
        { "_", "" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const str symbol = str_of(cases[i].symbol);
        if (!str_eq(macho_watch_family(symbol), str_of(cases[i].family)))
            fail_msg("%s", cases[i].symbol);
        assert_int_equal(macho_is_watched(symbol), cases[i].family[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(read_imports__tells_each_name_of_all_tables_once_and_in_order,
                                  forget),
        cmocka_unit_test_teardown(gather_imports__tells_the_same_names_as_the_tables_have_them,
                                  forget),
        cmocka_unit_test_teardown(read_imports__reads_tables_longer_than_a_piece, forget),
        cmocka_unit_test_teardown(read_imports__survives_every_change_of_one_octet, forget),
        cmocka_unit_test_teardown(read_imports__are_incomplete_where_the_file_cannot_be_read,
                                  forget),
        cmocka_unit_test_teardown(import_set_add__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(import_set_add__refuses_more_text_than_max, forget),
        cmocka_unit_test(is_watched__knows_families_and_their_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
