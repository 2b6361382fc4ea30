// For people: what was found, about which process, then what happened step by step, why each
// step counts, and what could not be seen.

#include "sink/form.h"
#include "sink/json.h"
#include "sink/page.h"
#include "sink/summary.h"

#include <inttypes.h>
#include <math.h>

#define INDENT        2u
#define LABEL_COLUMNS 13u   // "responsible  "
#define STEP_COLUMNS  15u   // "12  +123.456 s "
#define WHY_MAX       240u  // Octets of a condition that are shown.
#define LABEL_MAX     48u
#define NS_PER_SECOND 1e9

static const struct {
    str word;
    enum sink_style style;
} level_looks[LEVEL_COUNT] = {
    { STR_INIT("INFORMATIONAL"), SINK_DIM }, { STR_INIT("LOW"), SINK_CYAN },
    { STR_INIT("MEDIUM"), SINK_YELLOW },     { STR_INIT("HIGH"), SINK_RED },
    { STR_INIT("CRITICAL"), SINK_RED },
};

// One finding on its way to the page. `text` is what the next paragraph says, as it came.
struct table {
    struct sink_page page;
    struct buf text;
    const struct finding *finding;
};

static void add_brief(struct table *t);
static void add_heading(struct table *t);
static void add_process(struct table *t);
static void add_lineage(struct table *t, const struct finding_step *step);
static void add_target(struct table *t);
static void add_steps(struct table *t);
static void add_step(struct table *t, size_t index);
static void write_label(size_t number, int64_t time_ns, int64_t first_ns,
                        char label[static LABEL_MAX]);
static void add_actor(struct table *t, const struct finding_step *step);
static void add_fields(struct table *t, const struct finding_step *step, str summary);
static bool is_said(enum field field);
static void add_why(struct table *t, const struct finding_step *step);
static void add_verdict(struct table *t);
static void add_said(struct table *t);
static void add_others(struct table *t);
static void add_pid(struct buf *out, struct value pid);
static void add_list(struct buf *out, const str *texts, size_t count);
static void add_folded(struct buf *out, str s);
static void put(struct table *t, str label);
static void put_under_step(struct table *t, str label);

void sink_add_table(struct buf *out, const struct finding *f, const struct sink_options *options)
{
    struct table t = { .finding = f };
    buf_init(&t.text, SINK_FINDING_MAX);
    sink_page_init(&t.page, out, options->width, options->colour);

    if (options->brief && f->verdict == VERDICT_EXCEPTED) {
        add_brief(&t);
        sink_page_done(&t.page);
        buf_done(&t.text);
        return;
    }
    add_heading(&t);
    sink_page_blank(&t.page);
    add_process(&t);
    add_target(&t);
    sink_page_blank(&t.page);
    add_steps(&t);
    sink_page_blank(&t.page);
    add_verdict(&t);
    sink_page_blank(&t.page);

    sink_page_done(&t.page);
    buf_done(&t.text);
}

// What is known already: enough to find it by.
static void add_brief(struct table *t)
{
    const struct finding *f = t->finding;
    const str dot = sink_page_separator(&t->page);
    const struct finding_step *step = sink_last_step(f);
    const str program = step == NULL ? STR_EMPTY : sink_text_of(step, FIELD_PROCESS_EXECUTABLE);
    const str parts[] = { f->rule->id, f->host_name.len > 0 ? f->host_name : f->host_id, program,
                          str_of(f->id) };

    buf_add(&t->text, STR("excepted"));
    if (f->verdict_by.len > 0)
        buf_printf(&t->text, " by %.*s", STR_ARG(f->verdict_by));
    buf_printf(&t->text, "%.*s", STR_ARG(dot));
    sink_add_time(&t->text, f->time_ns, ' ', 3);
    buf_add(&t->text, STR(" UTC"));
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_add(&t->text, dot);
        buf_add(&t->text, parts[i]);
    }
    sink_page_paragraph(&t->page, &(struct sink_margin){ .text_style = SINK_DIM },
                        buf_str(&t->text));
}

static void add_heading(struct table *t)
{
    const struct finding *f = t->finding;
    const str dot = sink_page_separator(&t->page);
    const str host = f->host_name.len > 0 ? f->host_name : f->host_id;

    buf_add(&t->text, level_looks[f->level].word);
    if (f->revision > 0)
        buf_printf(&t->text, "  UPDATE %" PRIu32, f->revision);
    buf_add(&t->text, STR("  "));
    buf_add(&t->text, f->rule->id);
    buf_add(&t->text, STR("  "));
    add_folded(&t->text, f->rule->title);
    sink_page_heading(&t->page, level_looks[f->level].style, buf_str(&t->text));

    buf_reset(&t->text);
    buf_add(&t->text, STR("on "));
    buf_add(&t->text, host);
    buf_printf(&t->text, "%.*s", STR_ARG(dot));
    sink_add_time(&t->text, f->time_ns, ' ', 3);
    buf_printf(&t->text, " UTC%.*sscore %u%.*sconfidence %u of 100", STR_ARG(dot), f->score,
               STR_ARG(dot), f->confidence);
    if (f->verdict != VERDICT_NEW) {
        const str verdict = verdict_name(f->verdict);
        buf_printf(&t->text, "%.*s%.*s", STR_ARG(dot), STR_ARG(verdict));
        if (f->verdict_by.len > 0)
            buf_printf(&t->text, " by %.*s", STR_ARG(f->verdict_by));
    }
    if (f->repeats > 0)
        buf_printf(&t->text, "%.*sthe same %" PRIu64 " times more", STR_ARG(dot), f->repeats);
    const struct sink_margin margin = { .indent = INDENT, .text_style = SINK_BOLD };
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));

    buf_reset(&t->text);
    add_folded(&t->text, f->rule->description);
    sink_page_paragraph(&t->page, &(struct sink_margin){ .indent = INDENT, .text_style = SINK_DIM },
                        buf_str(&t->text));
    buf_reset(&t->text);
}

static void add_process(struct table *t)
{
    const struct finding_step *step = sink_last_step(t->finding);
    if (step == NULL)
        return;

    sink_add_value(&t->text, FIELD_PROCESS_EXECUTABLE,
                   finding_step_value(step, FIELD_PROCESS_EXECUTABLE));
    add_pid(&t->text, finding_step_value(step, FIELD_PROCESS_PID));
    put(t, STR("process"));

    sink_add_signer(&t->text, step);
    put(t, STR("signer"));
    add_lineage(t, step);

    const struct sink_linkage linkage = sink_linkage_of(t->finding);
    buf_add(&t->text, linkage.verdict);
    if (linkage.because.len > 0)
        buf_add(&t->text, STR(": "));
    buf_add(&t->text, linkage.because);
    put(t, STR("native API"));
}

static void add_lineage(struct table *t, const struct finding_step *step)
{
    const struct value parent = finding_step_value(step, FIELD_PARENT_EXECUTABLE);
    const struct value parent_pid = finding_step_value(step, FIELD_PARENT_PID);
    if (parent.type != VALUE_MISSING || parent_pid.type != VALUE_MISSING) {
        sink_add_value(&t->text, FIELD_PARENT_EXECUTABLE, parent);
        add_pid(&t->text, parent_pid);
        put(t, STR("parent"));
    }

    const struct value responsible = finding_step_value(step, FIELD_EFFECTIVE_EXECUTABLE);
    if (responsible.type == VALUE_MISSING)
        return;
    sink_add_value(&t->text, FIELD_EFFECTIVE_EXECUTABLE, responsible);
    add_pid(&t->text, finding_step_value(step, FIELD_EFFECTIVE_PID));
    put(t, STR("responsible"));
}

static void add_target(struct table *t)
{
    const struct finding_step *step = sink_target_step(t->finding);
    if (step == NULL)
        return;
    const str team = sink_text_of(step, FIELD_TARGET_TEAM_ID);
    const str identifier = sink_text_of(step, FIELD_TARGET_SIGNING_ID);

    sink_add_value(&t->text, FIELD_TARGET_EXECUTABLE,
                   finding_step_value(step, FIELD_TARGET_EXECUTABLE));
    add_pid(&t->text, finding_step_value(step, FIELD_TARGET_PID));
    if (team.len > 0) {
        buf_add(&t->text, STR(", team "));
        buf_add(&t->text, team);
    }
    if (identifier.len > 0) {
        buf_add(&t->text, STR(", identifier "));
        buf_add(&t->text, identifier);
    }
    put(t, STR("target"));
}

static void add_steps(struct table *t)
{
    for (size_t i = 0; i < t->finding->step_count; i++)
        add_step(t, i);
}

static void add_step(struct table *t, size_t index)
{
    const struct finding_step *step = &t->finding->steps[index];
    char label[LABEL_MAX];
    write_label(index + 1, step->time_ns, t->finding->steps[0].time_ns, label);
    const struct sink_margin margin = {
        .indent = INDENT,
        .label = str_of(label),
        .label_columns = STEP_COLUMNS,
        .label_style = SINK_CYAN,
        .text_style = SINK_BOLD,
    };

    sink_add_summary(&t->text, step);
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));

    struct buf summary = t->text;  // Kept, to leave out what it says.
    buf_init(&t->text, SINK_FINDING_MAX);
    add_actor(t, step);
    add_fields(t, step, buf_str(&summary));
    add_why(t, step);
    buf_done(&summary);
}

// "12  +0.013 s ": the number of the step, and how long after the first it was.
static void write_label(size_t number, int64_t time_ns, int64_t first_ns,
                        char label[static LABEL_MAX])
{
    // As floating point, so that times from the ends of the range cannot overflow.
    const double seconds = ((double)time_ns - (double)first_ns) / NS_PER_SECOND;
    const double size = fabs(seconds);

    if (size < 1000)
        (void)snprintf(label, LABEL_MAX, "%2zu  %+.3f s ", number, seconds);
    else if (size < 60000)
        (void)snprintf(label, LABEL_MAX, "%2zu  %+.1f min ", number, seconds / 60);
    else
        (void)snprintf(label, LABEL_MAX, "%2zu  %+.1f h ", number, seconds / 3600);
}

// Who did it, where that is another process than the one the finding is about.
static void add_actor(struct table *t, const struct finding_step *step)
{
    const struct finding_step *last = sink_last_step(t->finding);
    if (str_eq(sink_text_of(step, FIELD_PROCESS_ENTITY_ID),
               sink_text_of(last, FIELD_PROCESS_ENTITY_ID)))
        return;
    sink_add_value(&t->text, FIELD_PROCESS_EXECUTABLE,
                   finding_step_value(step, FIELD_PROCESS_EXECUTABLE));
    add_pid(&t->text, finding_step_value(step, FIELD_PROCESS_PID));
    buf_add(&t->text, STR(", "));
    sink_add_signer(&t->text, step);
    put_under_step(t, STR("by   "));
}

// The fields that the condition names, without those whose value has been said.
static void add_fields(struct table *t, const struct finding_step *step, str summary)
{
    struct buf value;
    buf_init(&value, SINK_FINDING_MAX);
    for (size_t i = 0; i < step->field_count; i++) {
        const struct finding_field *shown = &step->fields[i];
        const str name = field_name(shown->field);
        if (shown->value.type == VALUE_MISSING || is_said(shown->field) ||
            !str_contains(step->why, name))
            continue;
        buf_reset(&value);
        sink_add_value(&value, shown->field, shown->value);
        if (str_contains(summary, buf_str(&value)))
            continue;
        if (t->text.len > 0)
            buf_add(&t->text, sink_page_separator(&t->page));
        buf_add(&t->text, name);
        buf_add_char(&t->text, '=');
        buf_add(&t->text, buf_str(&value));
    }
    buf_done(&value);
    put_under_step(t, STR("with "));
}

// By the lines about the process, or by the sentence of the step.
static bool is_said(enum field field)
{
    return field == FIELD_EVENT_ACTION || field == FIELD_EVENT_CATEGORY ||
           field == FIELD_EVENT_TYPE || field == FIELD_PROCESS_ENTITY_ID ||
           field == FIELD_MACHO_NATIVE_API;
}

static void add_why(struct table *t, const struct finding_step *step)
{
    add_folded(&t->text, step->why);
    if (t->text.len > WHY_MAX) {
        // Not inside a character: octets 10xxxxxx continue one.
        size_t end = WHY_MAX;
        while (end > 0 && ((unsigned char)t->text.at[end] & 0xc0) == 0x80)
            end--;
        t->text.len = end;
        buf_add(&t->text, STR(" ..."));
    }
    put_under_step(t, STR("why  "));
}

static void add_verdict(struct table *t)
{
    const struct finding *f = t->finding;

    buf_printf(&t->text, "%u%s", f->score, f->reason_count > 0 ? ": " : "");
    add_list(&t->text, f->reasons, f->reason_count);
    put(t, STR("score"));

    add_said(t);
    add_others(t);

    add_list(&t->text, f->unseen, f->unseen_count);
    put(t, STR("not seen"));

    add_list(&t->text, f->rule->falsepositives, f->rule->falsepositive_count);
    put(t, STR("also done by"));

    add_folded(&t->text, f->rule->playbook);
    put(t, STR("what to do"));

    buf_add(&t->text, STR(SINK_ANALYTIC));
    for (size_t i = 0; i < f->rule->technique_count; i++)
        buf_printf(&t->text, ", %.*s", STR_ARG(f->rule->techniques[i]));
    put(t, STR("ATT&CK"));

    buf_add(&t->text, str_of(f->id));
    put(t, STR("id"));
}

// Who has spoken for it.
static void add_said(struct table *t)
{
    const struct finding *f = t->finding;
    if (f->verdict == VERDICT_NEW)
        return;
    const str verdict = verdict_name(f->verdict);
    buf_add(&t->text, verdict);
    if (f->verdict_by.len > 0) {
        buf_add(&t->text, STR(", by "));
        add_folded(&t->text, f->verdict_by);
    }
    put(t, STR("here"));
}

// What other rules say of the same act.
static void add_others(struct table *t)
{
    for (size_t i = 0; i < t->finding->also_count; i++) {
        const struct finding *other = t->finding->also[i];
        const str level = level_name(other->level);
        buf_add(&t->text, other->rule->id);
        buf_add(&t->text, STR("  "));
        add_folded(&t->text, other->rule->title);
        buf_printf(&t->text, " (%.*s, score %u)", STR_ARG(level), other->score);
        put(t, STR("also"));
    }
}

static void add_pid(struct buf *out, struct value pid)
{
    if (pid.type == VALUE_INT)
        buf_printf(out, " (pid %" PRId64 ")", pid.integer);
}

static void add_list(struct buf *out, const str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add(out, STR("; "));
        const size_t len = texts[i].len;
        add_folded(out, str_ends_with(texts[i], STR(".")) ? str_to(texts[i], len - 1) : texts[i]);
    }
}

// Text of a rule: every run of blanks and line ends is one space.
static void add_folded(struct buf *out, str s)
{
    bool begun = false;
    bool blank = false;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.at[i];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            blank = begun;
            continue;
        }
        if (blank)
            buf_add_char(out, ' ');
        buf_add_char(out, c);
        begun = true;
        blank = false;
    }
}

// The text so far, as a paragraph of the finding.
static void put(struct table *t, str label)
{
    const struct sink_margin margin = {
        .indent = INDENT,
        .label = label,
        .label_columns = label.len < LABEL_COLUMNS ? LABEL_COLUMNS : (unsigned)label.len + 1,
        .label_style = SINK_DIM,
    };
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));
    buf_reset(&t->text);
}

static void put_under_step(struct table *t, str label)
{
    const struct sink_margin margin = {
        .indent = INDENT + STEP_COLUMNS,
        .label = label,
        .label_columns = (unsigned)label.len,
        .label_style = SINK_DIM,
        .text_style = SINK_DIM,
    };
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));
    buf_reset(&t->text);
}
