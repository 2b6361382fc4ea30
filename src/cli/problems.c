#include "cli/problems.h"

#include "cli/cli.h"
#include "cli/excerpt.h"
#include "pipeline_lists.h"

#include <stdio.h>

#define PROBLEM_MAX (16u * 1024u)

static size_t print_lists(const struct rules *rules);
static bool is_mistyped(const struct rules *rules, str name);

struct problem_counts problems_print(const struct rules *rules)
{
    struct problem_counts counts = { 0 };
    size_t count;
    const struct rule_problem *problems = rules_problems(rules, &count);
    for (size_t i = 0; i < count; i++) {
        const struct rule_problem *p = &problems[i];
        counts.refused += !p->is_warning;
        counts.warnings += p->is_warning;
        cli_say(p->text);
        if (p->length == 0)
            continue;
        struct buf b;
        buf_init(&b, PROBLEM_MAX);
        excerpt_add(&b, p->line, p->column, p->length);
        (void)fwrite(b.at, 1, b.len, stderr);
        buf_done(&b);
    }
    counts.warnings += print_lists(rules);
    return counts;
}

// A list that nobody reads does no harm, but one that was meant for another name does no good. Returns
// how many there are.
static size_t print_lists(const struct rules *rules)
{
    size_t warnings = 0;
    size_t count;
    const struct rule_list *lists = rules_lists(rules, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_mistyped(rules, lists[i].name))
            continue;
        struct buf b;
        buf_init(&b, PROBLEM_MAX);
        buf_printf(&b, "warning: nobody reads the list $%.*s; did you mean $%.*s?",
                   STR_ARG(lists[i].name), STR_ARG(pipeline_lists_nearest(lists[i].name)));
        cli_say(buf_str(&b));
        buf_done(&b);
        warnings++;
    }
    return warnings;
}

static bool is_mistyped(const struct rules *rules, str name)
{
    return !pipeline_lists_is_read(name) && !rules_name_list(rules, name) &&
           pipeline_lists_nearest(name).len > 0;
}

struct problem_counts problems_print_exceptions(const struct exceptions *exceptions)
{
    struct problem_counts counts = { .refused = exceptions_refused(exceptions) };
    size_t count;
    const struct exception_problem *problems = exceptions_problems(exceptions, &count);
    for (size_t i = 0; i < count; i++) {
        counts.warnings += problems[i].is_warning;
        cli_say(problems[i].text);
    }
    return counts;
}
