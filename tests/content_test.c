// What every rule of rules/ has to bring besides its query, for whoever reads what it found; and that
// no list of lists.yaml is there for nothing.

#include "base/buf.h"
#include "match/rules.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define RULES         "rules"
#define TEXT_MAX      (1024u * 1024)
#define PATH_TEXT_MAX 1024

static struct rules *rules;

static void read_text(const char *path, struct buf *out);
static void read_rules(struct buf *out);
static bool is_list_used(str name, str texts);

static int load_rules(void **state)
{
    (void)state;
    const str paths[] = { STR(RULES) };
    struct err err;
    if (rules_load(paths, 1, NULL, &rules, &err) != OK)
        fail_msg("%s", err.text);
    return 0;
}

static int free_rules(void **state)
{
    (void)state;
    rules_free(rules);
    return 0;
}

static void rules_load__has_nothing_to_say_of_ours(void **state)
{
    (void)state;
    size_t count;
    const struct rule_problem *problems = rules_problems(rules, &count);
    if (count > 0)
        fail_msg("%.*s", STR_ARG(problems[0].text));
}

static void every_rule__says_what_its_reader_needs(void **state)
{
    (void)state;
    assert_true(rules_count(rules) >= 18);
    for (size_t i = 0; i < rules_count(rules); i++) {
        const struct rule_facts *facts = rules_facts(rules, i);
        char playbook[PATH_TEXT_MAX];
        (void)snprintf(playbook, sizeof playbook, RULES "/%.*s", STR_ARG(facts->playbook));
        if (facts->playbook.len == 0 || access(playbook, R_OK) != 0)
            fail_msg("%.*s: no playbook %s", STR_ARG(facts->id), playbook);
        if (facts->technique_count == 0 || facts->falsepositive_count == 0)
            fail_msg("%.*s: no technique, or no false positives", STR_ARG(facts->id));
        if (!str_contains(facts->description, STR("context")))
            fail_msg("%.*s: not said in which contexts it applies", STR_ARG(facts->id));
    }
}

static void every_stage__needs_a_signal(void **state)
{
    (void)state;
    for (size_t i = 0; i < rules_count(rules); i++)
        for (uint32_t stage = 0; stage < rules_stage_count(rules, i); stage++)
            if (rules_need(rules, i, stage).any_of == 0)
                fail_msg("%.*s: stage %u needs nothing", STR_ARG(rules_facts(rules, i)->id),
                         stage + 1);
}

// By a rule, or by the engine, as is then said above it.
static void every_list__is_used(void **state)
{
    (void)state;
    struct buf lists;
    struct buf texts;
    str comment = STR_EMPTY;
    str line;
    size_t count = 0;
    buf_init(&lists, TEXT_MAX);
    buf_init(&texts, TEXT_MAX);
    read_text(RULES "/lists.yaml", &lists);
    read_rules(&texts);
    str rest = buf_str(&lists);
    while (str_take_until(&rest, '\n', &line)) {
        const size_t colon = str_find_char(line, ':');
        if (line.len == 0) {
            comment = STR_EMPTY;
        } else if (line.at[0] == '#') {
            comment.at = comment.len == 0 ? line.at : comment.at;
            comment.len = (size_t)(line.at + line.len - comment.at);
        } else if (line.at[0] != ' ' && colon < line.len) {
            const str name = str_to(line, colon);
            if (!str_contains(comment, STR("(engine")) && !is_list_used(name, buf_str(&texts)))
                fail_msg("nobody uses $%.*s", STR_ARG(name));
            count++;
        }
    }
    assert_true(count > 10);
    buf_done(&lists);
    buf_done(&texts);
}

static bool is_list_used(str name, str texts)
{
    char text[128];
    const int len = snprintf(text, sizeof text, "$%.*s", STR_ARG(name));
    assert_true(len > 0 && (size_t)len < sizeof text);
    return str_contains(texts, (str){ .at = text, .len = (size_t)len });
}

static void read_rules(struct buf *out)
{
    DIR *d = opendir(RULES);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char path[PATH_TEXT_MAX];
        if (entry->d_name[0] != 'S')
            continue;
        (void)snprintf(path, sizeof path, RULES "/%s", entry->d_name);
        read_text(path, out);
    }
    (void)closedir(d);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_load__has_nothing_to_say_of_ours),
        cmocka_unit_test(every_rule__says_what_its_reader_needs),
        cmocka_unit_test(every_stage__needs_a_signal),
        cmocka_unit_test(every_list__is_used),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
