#include "cli/problems.h"

#include "cli/cli.h"
#include "cli/excerpt.h"

#include <stdio.h>

#define PROBLEM_MAX (16u * 1024u)

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
    return counts;
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
