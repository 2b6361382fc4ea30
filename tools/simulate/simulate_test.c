// What the simulator promises: the same octets for the same seed, and records like eslogger's.

#include "attacks.h"
#include "fleet.h"
#include "json.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <yyjson.h>

#define HOSTS        5u  // All message versions are among them.
#define MINUTES      3u
#define EVENT_IDS    128u
#define RECORD_MIN   1200u
#define RECORD_MAX   3800u  // But for exec.
#define EXEC_MIN     3000u
#define EXEC_MAX     7000u
#define LABELS_COUNT 19u  // Eighteen attacks on one Mac, of which one meets two rules.

struct output {
    str stream;
    str labels;
};

// What one record says, picked out of it.
struct record {
    size_t host;
    yyjson_val *host_id;
    yyjson_val *root;
    yyjson_val *process;
    const char *kind;
    yyjson_val *event;
    size_t len;
};

typedef void each_record(const struct record *r, void *context);

static const char *const envelope_keys[] = {
    "schema_version", "version", "event_type", "action_type",    "action",  "time",
    "mach_time",      "seq_num", "thread",     "global_seq_num", "process", "event",
};
// The last came with version 10.
static const char *const process_keys[] = {
    "audit_token",
    "parent_audit_token",
    "responsible_audit_token",
    "ppid",
    "original_ppid",
    "group_id",
    "session_id",
    "codesigning_flags",
    "is_platform_binary",
    "is_es_client",
    "cdhash",
    "signing_id",
    "team_id",
    "executable",
    "tty",
    "start_time",
    "cs_validation_category",
};
static const char *const stat_keys[] = {
    "st_dev",       "st_ino",       "st_mode",      "st_nlink",         "st_uid",    "st_gid",
    "st_rdev",      "st_size",      "st_flags",     "st_gen",           "st_blocks", "st_blksize",
    "st_atimespec", "st_mtimespec", "st_ctimespec", "st_birthtimespec",
};

static struct output output;  // Of seed 7, made once for all tests.

static str contents(FILE *f)
{
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    const long size = ftell(f);
    assert_true(size >= 0);
    char *at = memory_new((size_t)size + 1);
    rewind(f);
    assert_int_equal(fread(at, 1, (size_t)size, f), size);
    assert_int_equal(fclose(f), 0);
    return (str){ .at = at, .len = (size_t)size };
}

static struct output simulate(uint64_t seed, uint64_t min_bytes)
{
    struct fleet_options options = {
        .hosts = HOSTS, .minutes = MINUTES, .seed = seed, .min_bytes = min_bytes
    };
    struct fleet_counts counts;
    struct err err;
    assert_true(attacks_parse(STR("all"), &options.attacks));
    options.out = tmpfile();
    options.labels = tmpfile();
    assert_non_null(options.out);
    assert_non_null(options.labels);
    assert_int_equal(fleet_run(&options, &counts, &err), OK);
    const struct output made = { .stream = contents(options.out),
                                 .labels = contents(options.labels) };
    assert_int_equal(counts.bytes, made.stream.len);
    return made;
}

static void release(struct output made)
{
    const union {
        const char *borrowed;
        void *owned;
    } stream = { .borrowed = made.stream.at }, labels = { .borrowed = made.labels.at };
    free(stream.owned);
    free(labels.owned);
}

static int set_up(void **state)
{
    (void)state;
    output = simulate(7, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    release(output);
    return 0;
}

static void for_each(str stream, each_record *visit, void *context)
{
    str line;
    while (str_take_until(&stream, '\n', &line)) {
        yyjson_doc *doc = yyjson_read(line.at, line.len, YYJSON_READ_NOFLAG);
        assert_non_null(doc);
        yyjson_val *host = yyjson_obj_get(yyjson_doc_get_root(doc), "host");
        struct record r = { .root = yyjson_obj_get(yyjson_doc_get_root(doc), "record"),
                            .host_id = yyjson_obj_get(host, "id"),
                            .len = line.len };
        r.process = yyjson_obj_get(r.root, "process");
        yyjson_val *event = yyjson_obj_get(r.root, "event");
        assert_int_equal(yyjson_obj_size(event), 1);
        yyjson_obj_iter iter = yyjson_obj_iter_with(event);
        yyjson_val *key = yyjson_obj_iter_next(&iter);
        r.kind = yyjson_get_str(key);
        r.event = yyjson_obj_iter_get_val(key);
        r.host = (size_t)strtoul(yyjson_get_str(r.host_id) + sizeof "mac-" - 1, NULL, 10) - 1;
        assert_true(r.host < HOSTS);
        visit(&r, context);
        yyjson_doc_free(doc);
    }
}

static void assert_keys(yyjson_val *object, const char *const *keys, size_t count)
{
    assert_int_equal(yyjson_obj_size(object), count);
    for (size_t i = 0; i < count; i++) {
        if (yyjson_obj_get(object, keys[i]) == NULL)
            fail_msg("%s is missing", keys[i]);
    }
}

static void check_file(yyjson_val *file)
{
    assert_int_equal(yyjson_obj_size(file), 3);
    assert_true(yyjson_is_str(yyjson_obj_get(file, "path")));
    assert_true(yyjson_is_false(yyjson_obj_get(file, "path_truncated")));
    assert_keys(yyjson_obj_get(file, "stat"), stat_keys, COUNT_OF(stat_keys));
}

static void check_process(yyjson_val *process, uint64_t version)
{
    assert_keys(process, process_keys, COUNT_OF(process_keys) - (version >= 10 ? 0 : 1));
    assert_int_equal(yyjson_get_len(yyjson_obj_get(process, "cdhash")), 40);
    assert_int_equal(yyjson_get_len(yyjson_obj_get(process, "start_time")),
                     sizeof "2026-03-02T09:00:00.000000Z" - 1);
    yyjson_val *token = yyjson_obj_get(process, "audit_token");
    assert_int_equal(yyjson_is_arr(token) ? yyjson_arr_size(token) : yyjson_obj_size(token), 8);
    check_file(yyjson_obj_get(process, "executable"));
}

static void check_keys(const struct record *r, void *context)
{
    uint32_t *versions = context;
    const uint64_t version = yyjson_get_uint(yyjson_obj_get(r->root, "version"));
    assert_keys(r->root, envelope_keys, COUNT_OF(envelope_keys));
    check_process(r->process, version);
    yyjson_val *target = yyjson_obj_get(r->event, "target");
    if (target != NULL && yyjson_obj_get(target, "audit_token") != NULL)
        check_process(target, version);
    else if (target != NULL)
        check_file(target);
    if (strcmp(r->kind, "exec") == 0)
        assert_int_equal(yyjson_obj_size(r->event), 10);
    assert_true(version < 32);
    *versions |= 1u << version;
}

static void fleet_run__records_have_every_key(void **state)
{
    (void)state;
    uint32_t versions = 0;
    for_each(output.stream, check_keys, &versions);
    assert_int_equal(versions, 1u << 7 | 1u << 8 | 1u << 9 | 1u << 10);
}

struct numbers {
    uint64_t next[HOSTS][EVENT_IDS];
    uint64_t next_overall[HOSTS];
    uint64_t ticks[HOSTS];
    char last_time[JSON_TIME_SIZE];
};

static void check_numbers(const struct record *r, void *context)
{
    struct numbers *n = context;
    const uint64_t id = yyjson_get_uint(yyjson_obj_get(r->root, "event_type"));
    const uint64_t ticks = yyjson_get_uint(yyjson_obj_get(r->root, "mach_time"));
    const char *time = yyjson_get_str(yyjson_obj_get(r->root, "time"));
    assert_true(id < EVENT_IDS);
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(r->root, "seq_num")), n->next[r->host][id]++);
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(r->root, "global_seq_num")),
                     n->next_overall[r->host]++);
    assert_true(ticks > n->ticks[r->host]);
    n->ticks[r->host] = ticks;
    assert_true(strcmp(time, n->last_time) >= 0);  // Of all Macs together.
    (void)snprintf(n->last_time, sizeof n->last_time, "%s", time);
}

static void fleet_run__numbers_have_no_gaps_and_time_rises(void **state)
{
    (void)state;
    struct numbers numbers = { 0 };
    for_each(output.stream, check_numbers, &numbers);
    for (size_t i = 0; i < HOSTS; i++)
        assert_true(numbers.next_overall[i] > 100);
}

struct sizes {
    uint64_t execs;
    uint64_t exec_octets;
    uint64_t others;
    uint64_t other_octets;
};

static void check_size(const struct record *r, void *context)
{
    struct sizes *sizes = context;
    const bool is_exec = strcmp(r->kind, "exec") == 0;
    assert_in_range(r->len, is_exec ? EXEC_MIN : RECORD_MIN, is_exec ? EXEC_MAX : RECORD_MAX);
    *(is_exec ? &sizes->execs : &sizes->others) += 1;
    *(is_exec ? &sizes->exec_octets : &sizes->other_octets) += r->len;
}

static void fleet_run__records_have_real_sizes(void **state)
{
    (void)state;
    struct sizes sizes = { 0 };
    for_each(output.stream, check_size, &sizes);
    assert_in_range(sizes.exec_octets / sizes.execs, 3500, 5000);
    assert_in_range(sizes.other_octets / sizes.others, 1400, 2300);
}

static uint64_t number_in_token(yyjson_val *process, const char *key, size_t index)
{
    yyjson_val *token = yyjson_obj_get(process, "audit_token");
    return yyjson_get_uint(yyjson_is_arr(token) ? yyjson_arr_get(token, index)
                                                : yyjson_obj_get(token, key));
}

static void check_exec(const struct record *r, void *context)
{
    size_t *execs = context;
    if (strcmp(r->kind, "exec") != 0)
        return;
    yyjson_val *target = yyjson_obj_get(r->event, "target");
    assert_int_equal(number_in_token(target, "pid", 5), number_in_token(r->process, "pid", 5));
    assert_int_equal(number_in_token(target, "pidversion", 7),
                     number_in_token(r->process, "pidversion", 7) + 1);
    (*execs)++;
}

static void fleet_run__exec_raises_the_pidversion(void **state)
{
    (void)state;
    size_t execs = 0;
    for_each(output.stream, check_exec, &execs);
    assert_true(execs > 50);
}

static void fleet_run__every_slash_is_escaped(void **state)
{
    (void)state;
    for (size_t i = 1; i < output.stream.len; i++) {
        if (output.stream.at[i] == '/')
            assert_int_equal(output.stream.at[i - 1], '\\');
    }
}

static void note_first_key(const struct record *r, void *context)
{
    uint32_t *seen = context;
    yyjson_obj_iter iter = yyjson_obj_iter_with(r->root);
    const char *key = yyjson_get_str(yyjson_obj_iter_next(&iter));
    for (size_t i = 0; i < COUNT_OF(envelope_keys); i++) {
        if (strcmp(key, envelope_keys[i]) == 0)
            *seen |= 1u << i;
    }
}

static void fleet_run__any_key_may_come_first(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for_each(output.stream, note_first_key, &seen);
    assert_int_equal(seen, (1u << COUNT_OF(envelope_keys)) - 1);
}

// The process that a label names.
struct wanted {
    const char *host;
    uint64_t pid;
    uint64_t pidversion;
    size_t found;
};

static void look_for(const struct record *r, void *context)
{
    struct wanted *w = context;
    if (strcmp(r->kind, "exec") != 0 || strcmp(yyjson_get_str(r->host_id), w->host) != 0)
        return;
    yyjson_val *target = yyjson_obj_get(r->event, "target");
    w->found += number_in_token(target, "pid", 5) == w->pid &&
                number_in_token(target, "pidversion", 7) == w->pidversion;
}

static void fleet_run__labels_name_processes_of_the_stream(void **state)
{
    (void)state;
    str rest = output.labels;
    str line;
    size_t count = 0;
    for (; str_take_until(&rest, '\n', &line); count++) {
        yyjson_doc *doc = yyjson_read(line.at, line.len, YYJSON_READ_NOFLAG);
        yyjson_val *label = yyjson_doc_get_root(doc);
        struct wanted w = { .host = yyjson_get_str(yyjson_obj_get(label, "host")),
                            .pid = yyjson_get_uint(yyjson_obj_get(label, "pid")),
                            .pidversion = yyjson_get_uint(yyjson_obj_get(label, "pidversion")) };
        for_each(output.stream, look_for, &w);
        assert_int_equal(w.found, 1);
        yyjson_doc_free(doc);
    }
    assert_int_equal(count, LABELS_COUNT);
}

static void fleet_run__same_seed_same_octets(void **state)
{
    (void)state;
    const struct output same = simulate(7, 0);
    const struct output other = simulate(8, 0);
    assert_true(str_eq(same.stream, output.stream));
    assert_true(str_eq(same.labels, output.labels));
    assert_false(str_eq(other.stream, output.stream));
    release(same);
    release(other);
}

static void fleet_run__goes_on_to_the_size_without_more_attacks(void **state)
{
    (void)state;
    const struct output longer = simulate(7, output.stream.len * 2);
    assert_true(longer.stream.len >= output.stream.len * 2);
    assert_true(str_eq(longer.labels, output.labels));
    release(longer);
}

static void fleet_run__a_minute_is_enough_for_every_attack(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct fleet_options options = { .hosts = 1, .minutes = 1, .seed = seed };
        struct fleet_counts counts;
        struct err err;
        assert_true(attacks_parse(STR("all"), &options.attacks));
        options.out = tmpfile();
        assert_non_null(options.out);
        assert_int_equal(fleet_run(&options, &counts, &err), OK);
        assert_int_equal(counts.labels, LABELS_COUNT);
        assert_int_equal(fclose(options.out), 0);
    }
}

static void fleet_run__writes_one_file_a_mac(void **state)
{
    (void)state;
    char directory[] = "simulate-XXXXXX";
    assert_non_null(mkdtemp(directory));
    const struct fleet_options options = { .hosts = 2, .minutes = 1, .directory = directory };
    struct fleet_counts counts;
    struct err err;
    assert_int_equal(fleet_run(&options, &counts, &err), OK);
    uint64_t total = 0;
    for (unsigned i = 1; i <= 2; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/mac-%04u.ndjson", directory, i);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        const struct output file = { .stream = contents(f) };
        assert_int_equal(file.stream.at[file.stream.len - 1], '\n');
        total += file.stream.len;
        release(file);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(total, counts.bytes);
    assert_int_equal(rmdir(directory), 0);
}

static void fleet_run__says_which_file_cannot_be_written(void **state)
{
    (void)state;
    const struct fleet_options options = { .hosts = 1, .minutes = 1, .directory = "no/such" };
    struct fleet_counts counts;
    struct err err;
    assert_int_equal(fleet_run(&options, &counts, &err), ERR_IO);
    assert_string_equal(err.text, "no/such/mac-0001.ndjson cannot be written");
}

static void attacks_parse__knows_all_none_and_names(void **state)
{
    (void)state;
    uint32_t kinds = 99;
    assert_true(attacks_parse(STR("none"), &kinds));
    assert_int_equal(kinds, 0);
    assert_true(attacks_parse(STR("S01,S05"), &kinds));
    assert_int_equal(kinds, 1u << 0 | 1u << 4);
    assert_false(attacks_parse(STR("S01,S99"), &kinds));
    assert_false(attacks_parse(STR(""), &kinds));
}

static void json_text__escapes_what_json_and_eslogger_escape(void **state)
{
    (void)state;
    struct buf out;
    struct json j = { .out = &out };
    buf_init(&out, 256);
    json_text(&j, STR("a/b \"c\"\\\n\t\x01 caf\xc3\xa9"));
    assert_true(str_eq(buf_str(&out), STR("\"a\\/b \\\"c\\\"\\\\\\n\\t\\u0001 caf\xc3\xa9\"")));
    buf_done(&out);
}

static void json_time__knows_the_calendar(void **state)
{
    (void)state;
    char text[JSON_TIME_SIZE];
    assert_true(str_eq(json_time(0, 9, text), STR("1970-01-01T00:00:00.000000000Z")));
    assert_true(
        str_eq(json_time(1709208000123456789u, 9, text), STR("2024-02-29T12:00:00.123456789Z")));
    assert_true(
        str_eq(json_time(1772442000000001999u, 6, text), STR("2026-03-02T09:00:00.000001Z")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fleet_run__records_have_every_key),
        cmocka_unit_test(fleet_run__numbers_have_no_gaps_and_time_rises),
        cmocka_unit_test(fleet_run__records_have_real_sizes),
        cmocka_unit_test(fleet_run__exec_raises_the_pidversion),
        cmocka_unit_test(fleet_run__every_slash_is_escaped),
        cmocka_unit_test(fleet_run__any_key_may_come_first),
        cmocka_unit_test(fleet_run__labels_name_processes_of_the_stream),
        cmocka_unit_test(fleet_run__same_seed_same_octets),
        cmocka_unit_test(fleet_run__goes_on_to_the_size_without_more_attacks),
        cmocka_unit_test(fleet_run__a_minute_is_enough_for_every_attack),
        cmocka_unit_test(fleet_run__writes_one_file_a_mac),
        cmocka_unit_test(fleet_run__says_which_file_cannot_be_written),
        cmocka_unit_test(attacks_parse__knows_all_none_and_names),
        cmocka_unit_test(json_text__escapes_what_json_and_eslogger_escape),
        cmocka_unit_test(json_time__knows_the_calendar),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
