// Every rule's cases: tests/cases/FAMILY/NAME/input.ndjson goes through the whole engine with all
// rules, and what is found must be what expected.txt says, a line a finding:
//
//     S01 pid=501 pidversion=7 steps=creation,load,deletion
//
// A family is a rule and its variants: S01, S01-weak. Beside an input, images.txt says what a link
// inventory has, a file a line: path|signature|team|cdhash|jit. Of every rule a case that fires and a
// near-miss that does not are asked among its family's. POMONA_BLESS=1 rewrites the expected
// files; the diff is what gets reviewed.

#include "base/buf.h"
#include "pipeline.h"
#include "store/links.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define CASES         "tests/cases"
#define NAMES_MAX     64
#define TEXT_MAX      65536u
#define PATH_TEXT_MAX 1024

struct named {
    char name[PATH_TEXT_MAX];
};

static struct rules *rules;

static size_t list(const char *directory, struct named *out);
static void run_case(const char *directory, struct buf *found);
static void add_findings(struct pipeline *p, struct buf *found);
static void add_finding(const struct finding *finding, struct buf *found);
static bool speaks(str found, str rule);
static bool make_inventory(const char *directory, const char *path);
static void put_image(struct links *links, str line);
static void read_text(const char *path, struct buf *out);
static void bless(const char *path, str text);

static int load_rules(void **state)
{
    (void)state;
    const str paths[] = { STR("rules") };
    struct err err;
    size_t problems;
    if (rules_load(paths, 1, NULL, &rules, &err) != OK)
        fail_msg("%s", err.text);
    const struct rule_problem *problem = rules_problems(rules, &problems);
    if (problems > 0)
        fail_msg("%.*s", STR_ARG(problem[0].text));
    return 0;
}

static int free_rules(void **state)
{
    (void)state;
    rules_free(rules);
    return 0;
}

static void cases__find_what_they_expect(void **state)
{
    (void)state;
    struct named rule_names[NAMES_MAX];
    struct named case_names[NAMES_MAX];
    const size_t rule_count = list(CASES, rule_names);
    assert_true(rule_count > 0);
    for (size_t i = 0; i < rule_count; i++) {
        char directory[PATH_TEXT_MAX * 2];
        (void)snprintf(directory, sizeof directory, CASES "/%s", rule_names[i].name);
        const size_t case_count = list(directory, case_names);
        for (size_t j = 0; j < case_count; j++) {
            char path[PATH_TEXT_MAX * 4];
            struct buf found;
            struct buf expected;
            buf_init(&found, TEXT_MAX);
            buf_init(&expected, TEXT_MAX);
            (void)snprintf(path, sizeof path, "%s/%s", directory, case_names[j].name);
            run_case(path, &found);
            (void)snprintf(path, sizeof path, "%s/%s/expected.txt", directory, case_names[j].name);
            if (getenv("POMONA_BLESS") != NULL)
                bless(path, buf_str(&found));
            read_text(path, &expected);
            if (!str_eq(buf_str(&found), buf_str(&expected)))
                fail_msg("%s: found\n%.*swhere expected was\n%.*s", path, STR_ARG(buf_str(&found)),
                         STR_ARG(buf_str(&expected)));
            buf_done(&found);
            buf_done(&expected);
        }
    }
}

// A rule without a case that fires, or without a near-miss, is not tested.
static void every_rule__has_a_case_that_fires_and_a_near_miss(void **state)
{
    (void)state;
    for (size_t i = 0; i < rules_count(rules); i++) {
        const str id = rules_facts(rules, i)->id;
        const str family = str_to(id, str_find_char(id, '-'));
        char directory[PATH_TEXT_MAX];
        struct named names[NAMES_MAX];
        size_t fires = 0;
        size_t silent = 0;
        (void)snprintf(directory, sizeof directory, CASES "/%.*s", STR_ARG(family));
        const size_t count = list(directory, names);
        for (size_t j = 0; j < count; j++) {
            char path[PATH_TEXT_MAX * 3];
            struct buf expected;
            buf_init(&expected, TEXT_MAX);
            (void)snprintf(path, sizeof path, "%s/%s/expected.txt", directory, names[j].name);
            read_text(path, &expected);
            if (speaks(buf_str(&expected), id))
                fires++;
            else
                silent++;
            buf_done(&expected);
        }
        if (fires == 0 || silent == 0)
            fail_msg("rule %.*s has %zu cases that fire and %zu near-misses", STR_ARG(id), fires,
                     silent);
    }
}

static bool speaks(str found, str rule)
{
    str line;
    while (str_take_until(&found, '\n', &line))
        if (str_starts_with(line, rule) && line.len > rule.len && line.at[rule.len] == ' ')
            return true;
    return false;
}

static void run_case(const char *directory, struct buf *found)
{
    char input[PATH_TEXT_MAX * 5];
    char inventory[64];
    (void)snprintf(inventory, sizeof inventory, "/tmp/pomona-cases-%d.db", (int)getpid());
    const bool has_inventory = make_inventory(directory, inventory);
    (void)snprintf(input, sizeof input, "%s/input.ndjson", directory);
    const str paths[] = { str_of(input) };
    const struct pipeline_options options = {
        .match = { .partials_max = 1000 },
        .sink = { .form = SINK_NDJSON },
        .links_path = has_inventory ? str_of(inventory) : STR_EMPTY,
        .processes_max = 10000,
    };
    struct pipeline p;
    struct err err;
    size_t failures;
    FILE *null = fopen("/dev/null", "w");
    assert_non_null(null);
    assert_int_equal(pipeline_open(&p, &options, rules, null, &err), OK);
    assert_int_equal(source_open(paths, 1, &options.source, &p.hosts, &p.source, &err), OK);
    enum status status;
    do {  // What was waited for comes with the end.
        status = pipeline_run_batch(&p, &err);
        add_findings(&p, found);
    } while (status == OK);
    assert_int_equal(status, END);
    (void)source_failures(p.source, &failures);
    assert_int_equal(failures, 0);
    // A fixture that does not decode would make any near-miss pass.
    assert_int_equal(decoder_counts(p.decoder)->in, decoder_counts(p.decoder)->out);
    assert_true(decoder_counts(p.decoder)->out > 0);
    pipeline_close(&p);
    (void)fclose(null);
    (void)unlink(inventory);
}

// False where the case has none.
static bool make_inventory(const char *directory, const char *path)
{
    char name[PATH_TEXT_MAX * 5];
    struct links *links;
    struct err err;
    struct buf text;
    (void)snprintf(name, sizeof name, "%s/images.txt", directory);
    if (access(name, R_OK) != 0)
        return false;
    (void)unlink(path);
    assert_int_equal(links_open(str_of(path), LINKS_WRITE, &links, &err), OK);
    buf_init(&text, TEXT_MAX);
    read_text(name, &text);
    str rest = buf_str(&text);
    str line;
    while (str_take_until(&rest, '\n', &line))
        put_image(links, line);
    assert_int_equal(links_commit(links, &err), OK);
    links_close(links);
    buf_done(&text);
    return true;
}

static void put_image(struct links *links, str line)
{
    str parts[5] = { 0 };
    struct err err;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        (void)str_take_until(&line, '|', &parts[i]);
    const struct link_facts facts = {
        .path = parts[0],
        .file_type = STR("dylib"),
        .arch = STR("arm64"),
        .signature = parts[1],
        .team_id = parts[2],
        .cdhash = parts[3],
        .native_api = STR("yes"),
        .jit_declared = parts[4].len > 0,
    };
    assert_int_equal(links_put(links, STR("mac-of-robin"), &facts, 1, &err), OK);
}

// Each rule that was completed, also those that are told in another's finding.
static void add_findings(struct pipeline *p, struct buf *found)
{
    for (size_t i = 0; i < p->batch.finding_count; i++) {
        const struct finding *finding = p->batch.findings[i];
        add_finding(finding, found);
        for (size_t k = 0; k < finding->also_count; k++)
            if (finding->also[k]->step_count > 0)  // Not told before.
                add_finding(finding->also[k], found);
    }
}

static void add_finding(const struct finding *finding, struct buf *found)
{
    const struct finding_step *last = &finding->steps[finding->step_count - 1];
    buf_printf(found,
               "%.*s pid=%" PRId64 " pidversion=%" PRId64 " steps=", STR_ARG(finding->rule->id),
               finding_step_value(last, FIELD_PROCESS_PID).integer,
               finding_step_value(last, FIELD_PROCESS_PIDVERSION).integer);
    for (size_t j = 0; j < finding->step_count; j++) {
        const str name = action_traits[finding->steps[j].action].name;
        buf_printf(found, "%s%.*s", j == 0 ? "" : ",", STR_ARG(name));
    }
    buf_add_char(found, '\n');
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

// Entries of a directory by name, at most NAMES_MAX; 0 where there is none.
static size_t list(const char *directory, struct named *out)
{
    DIR *d = opendir(directory);
    size_t count = 0;
    for (struct dirent *entry; d != NULL && count < NAMES_MAX && (entry = readdir(d)) != NULL;) {
        if (entry->d_name[0] == '.' || str_contains(str_of(entry->d_name), STR(".")))
            continue;
        (void)snprintf(out[count].name, sizeof out[count].name, "%s", entry->d_name);
        count++;
    }
    if (d != NULL)
        (void)closedir(d);
    qsort(out, count, sizeof *out, by_name);
    return count;
}

static void read_text(const char *path, struct buf *out)
{
    char chunk[4096];
    size_t got;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is not there", path);
    while ((got = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, (str){ .at = chunk, .len = got });
    (void)fclose(f);
}

static void bless(const char *path, str text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.at, 1, text.len, f), text.len);
    assert_int_equal(fclose(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases__find_what_they_expect),
        cmocka_unit_test(every_rule__has_a_case_that_fires_and_a_near_miss),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
