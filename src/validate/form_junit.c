// For CI: JUnit's XML, one test case a scenario. No times: results are the same whenever they are made.

#include "validate/form.h"

static void add_case(struct buf *out, const struct judged *j);
static void add_attribute(struct buf *out, const char *name, str text);
static void add_failure(struct buf *out, const struct judged *j);
static void add_changes(struct buf *out, const struct changes *changes);
static size_t count_outcome(const struct validation *v, enum judged_outcome outcome);

void form_print_junit(const struct validation *v, FILE *stream)
{
    struct buf out;
    buf_init(&out, FORM_TEXT_MAX);
    const struct changes *changes = v->changes;
    const size_t extra = changes == NULL ? 0 : 1;
    const size_t failures =
        count_outcome(v, OUTCOME_WRONG) + (changes != NULL && changes->worse > 0 ? 1 : 0);
    const size_t errors = count_outcome(v, OUTCOME_FAILED);
    const size_t skipped = count_outcome(v, OUTCOME_NOT_ASKED);
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", stream);
    (void)fprintf(stream, "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
                  v->count + extra, failures, errors);
    (void)fprintf(stream,
                  "<testsuite name=\"pomona validate\" tests=\"%zu\" failures=\"%zu\" "
                  "errors=\"%zu\" skipped=\"%zu\">\n",
                  v->count + extra, failures, errors, skipped);
    for (size_t i = 0; i < v->count; i++) {
        buf_reset(&out);
        add_case(&out, &v->results[i]);
        (void)fwrite(out.at, 1, out.len, stream);
    }
    buf_reset(&out);
    if (changes != NULL)
        add_changes(&out, changes);
    buf_add(&out, STR("</testsuite>\n</testsuites>\n"));
    (void)fwrite(out.at, 1, out.len, stream);
    buf_done(&out);
}

static void add_case(struct buf *out, const struct judged *j)
{
    const struct scenario *s = &j->scenario;
    buf_add(out, STR("<testcase"));
    add_attribute(out, "classname",
                  s->rule.len > 0        ? s->rule
                  : s->behaviour.len > 0 ? s->behaviour
                                         : scenario_kind_name(s->kind));
    add_attribute(out, "name", s->name);
    if (j->outcome == OUTCOME_AS_LABELLED) {
        buf_add(out, STR("/>\n"));
        return;
    }
    buf_add(out, STR(">\n"));
    if (j->outcome == OUTCOME_FAILED) {
        buf_add(out, STR("<error"));
        add_attribute(out, "message", j->failure);
        buf_add(out, STR("/>\n"));
    } else if (j->outcome == OUTCOME_NOT_ASKED) {
        buf_add(out, STR("<skipped message=\"its rule is not among those loaded\"/>\n"));
    } else {
        add_failure(out, j);
    }
    buf_add(out, STR("</testcase>\n"));
}

static void add_attribute(struct buf *out, const char *name, str text)
{
    buf_printf(out, " %s=\"", name);
    form_add_xml(out, text);
    buf_add_char(out, '"');
}

// One element, because readers take no more: the sentences in it, with the steps of what was raised.
static void add_failure(struct buf *out, const struct judged *j)
{
    struct buf text;
    buf_init(&text, FORM_TEXT_MAX / 4);
    for (size_t i = 0; i < j->expect_count; i++) {
        if (j->expects[i].miss == MISS_NONE)
            continue;
        form_add_miss(&text, &j->expects[i]);
        buf_add_char(&text, '\n');
    }
    for (size_t i = 0; i < j->wrong_count; i++) {
        form_add_wrong(&text, j->wrong[i]);
        buf_add_char(&text, '\n');
        for (size_t k = 0; k < j->wrong[i]->step_count; k++)
            buf_printf(&text, "    %zu. %.*s\n", k + 1, STR_ARG(j->wrong[i]->steps[k]));
    }
    const str all = buf_str(&text);
    buf_add(out, STR("<failure"));
    add_attribute(out, "message", str_to(all, str_find_char(all, '\n')));
    buf_add_char(out, '>');
    form_add_xml(out, all);
    buf_add(out, STR("</failure>\n"));
    buf_done(&text);
}

static void add_changes(struct buf *out, const struct changes *changes)
{
    buf_add(out, STR("<testcase classname=\"against\" name=\"the run before\">\n"));
    if (changes->worse > 0) {
        buf_printf(out, "<failure message=\"%zu regressions\">", changes->worse);
        for (size_t i = 0; i < changes->count; i++) {
            if (!changes->at[i].is_worse)
                continue;
            form_add_xml(out, changes->at[i].scenario);
            buf_add(out, STR(": "));
            form_add_xml(out, changes->at[i].what);
            buf_add_char(out, '\n');
        }
        buf_add(out, STR("</failure>\n"));
    }
    buf_add(out, STR("</testcase>\n"));
}

static size_t count_outcome(const struct validation *v, enum judged_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++)
        count += v->results[i].outcome == outcome;
    return count;
}
