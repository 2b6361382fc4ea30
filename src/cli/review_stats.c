#include "cli/review_stats.h"

#include "sink/json.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_MAX_OCTETS 65536u
#define RULE_MAX        160u
#define NS_PER_S        INT64_C(1000000000)
#define NS_PER_MINUTE   (60 * NS_PER_S)

void review_stats_print_heading(void)
{
    (void)printf("%-16s %8s %8s %8s %8s %8s %8s %8s %10s %12s\n", "rule", "findings", "open",
                 "true", "expected", "unexp.", "false", "undet.", "precision", "triage");
}

void review_stats_print(void *context, const struct finding_statistics *s)
{
    const bool is_table = *(const bool *)context;
    struct buf b;
    buf_init(&b, LINE_MAX_OCTETS);
    if (is_table) {
        buf_printf(&b, "%-16.*s %8" PRId64, STR_ARG(str_to(s->rule, RULE_MAX)), s->count);
        for (size_t i = 0; i < DISPOSITION_COUNT; i++)
            buf_printf(&b, " %8" PRId64, s->closed[i]);
        review_stats_add_columns(&b, s);
    } else {
        sink_json_open(&b, STR_EMPTY, '{');
        sink_json_text(&b, STR("rule"), s->rule);
        review_stats_add_members(&b, s);
        sink_json_close(&b, '}');
    }
    buf_add_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
}

bool review_stats_precision(const struct finding_statistics *s, double *out)
{
    const int64_t right = s->closed[DISPOSITION_TRUE_POSITIVE];
    const int64_t judged = right + s->closed[DISPOSITION_FALSE_POSITIVE];
    if (judged > 0)
        *out = (double)right / (double)judged;
    return judged > 0;
}

void review_stats_add_members(struct buf *out, const struct finding_statistics *s)
{
    static const struct value missing = { .type = VALUE_MISSING };
    double precision;
    sink_json_int(out, STR("findings"), s->count);
    sink_json_int(out, STR("not_closed"), s->closed[DISPOSITION_NONE]);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        sink_json_int(out, disposition_name((enum disposition)i), s->closed[i]);
    sink_json_value(out, STR("precision"),
                    review_stats_precision(s, &precision) ? value_of_float(precision) : missing);
    sink_json_value(out, STR("triage_seconds"),
                    s->triage_ns >= 0 ? value_of_int(s->triage_ns / NS_PER_S) : missing);
}

void review_stats_add_columns(struct buf *out, const struct finding_statistics *s)
{
    double precision;
    if (review_stats_precision(s, &precision))
        buf_printf(out, " %8.0f %%", 100.0 * precision);
    else
        buf_add(out, STR("          -"));
    if (s->triage_ns >= 0)
        buf_printf(out, " %8" PRId64 " min", s->triage_ns / NS_PER_MINUTE);
    else
        buf_add(out, STR("            -"));
}
