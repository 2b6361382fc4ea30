// The sheet of an exercise in Markdown: what is scored and how it came out, objective by objective, inject by
// inject. What nobody has filled in says what belongs there.

#include "base/utf8.h"
#include "validate/exercise.h"
#include "validate/form.h"

#include <inttypes.h>

#define NS_PER_MINUTE INT64_C(60000000000)
#define BLANK         "____"

struct line_text {
    const char *what;
    const char *evidence;
    const char *enter;  // NULL: the replay fills it.
};

static const struct line_text line_texts[LINE_COUNT] = {
    [LINE_DETECTION] = { "Detection fired with the right entity and technique",
                         "findings of the replay that name the process and a technique", NULL },
    [LINE_TELEMETRY] = { "Telemetry was complete for each step",
                         "acts of which the recordings show every signal that the rule needs",
                         NULL },
    [LINE_SEVERITY] = { "Severity and the reason for it were right",
                        "findings of the level that the rule has", NULL },
    [LINE_TRIAGE] = { "Triage used signature, memory, lineage and log",
                      "kinds of evidence that were used", "`evidence` of each attack" },
    [LINE_LOOK_ALIKES] = { "Two benign look-alikes were decided rightly",
                           "look-alikes that were called benign",
                           "`classified_as` of two look-alikes" },
    [LINE_CONTAINMENT] = { "Containment was correct and can be taken back", "attacks contained so",
                           "`contained_correctly` and `reversible` of each attack" },
    [LINE_PRESERVED] = { "Evidence was preserved with hashes",
                         "attacks of which every piece has its hash",
                         "`evidence` with `sha256` of each attack" },
    [LINE_COMMUNICATION] = { "Communication and escalation followed the plan",
                             "scenarios in which they did", "`communicated` of each scenario" },
    [LINE_SUPPRESSION] = { "Suppressions have a scope and an end", "suppressions that have both",
                           "`suppression` of look-alikes" },
    [LINE_ACTIONS] = { "Actions of the review have an owner", "actions that have one",
                       "`actions`" },
};

static const struct {
    const char *name;
    const char *target;
    enum exercise_line lines[3];
    size_t line_count;
} objectives[] = {
    { "See", "The telemetry shows every step of the act", { LINE_TELEMETRY }, 1 },
    { "Detect",
      "The act is alerted, with its process, technique and severity",
      { LINE_DETECTION, LINE_SEVERITY },
      2 },
    { "Decide",
      "Triage tells an intrusion from what only looks like one, by evidence",
      { LINE_TRIAGE, LINE_LOOK_ALIKES },
      2 },
    { "Contain",
      "The act is stopped, what shows it is kept, and those who must know do",
      { LINE_CONTAINMENT, LINE_PRESERVED, LINE_COMMUNICATION },
      3 },
    { "Learn",
      "What is harmless is excused for a time, what was weak is mended by somebody",
      { LINE_SUPPRESSION, LINE_ACTIONS },
      2 },
};

static const char *const time_names[EXERCISE_TIME_COUNT] = {
    [EXERCISE_SIMULATED] = "simulated",           [EXERCISE_ALERTED] = "alerted",
    [EXERCISE_TRIAGED] = "triage begun",          [EXERCISE_CLASSIFIED] = "classified",
    [EXERCISE_CONTAINED] = "containment ordered",
};

static void add_head(struct buf *b, const struct exercise *e);
static void add_rating(struct buf *b, const struct exercise *e);
static void add_lines(struct buf *b, const struct exercise *e);
static void add_line(struct buf *b, const struct exercise *e, enum exercise_line line);
static void add_objectives(struct buf *b, const struct exercise *e);
static void add_injects(struct buf *b, const struct exercise *e);
static void add_inject(struct buf *b, const struct exercise *e, const char *what, const char *enter,
                       bool (*is_one)(const struct exercise_part *part));
static bool is_reflective(const struct exercise_part *part);
static bool is_hijack(const struct exercise_part *part);
static bool is_jit(const struct exercise_part *part);
static bool is_audio(const struct exercise_part *part);
static bool is_degraded(const struct exercise_part *part);
static bool is_ambiguous(const struct exercise_part *part);
static bool has_technique(const struct exercise_part *part, str technique);
static bool speaks_of(const struct exercise_part *part, const str *words, size_t count);
static void add_times(struct buf *b, const struct exercise *e);
static void add_time_row(struct buf *b, const struct exercise *e, const struct exercise_part *part);
static void add_minutes(struct buf *b, const struct exercise_record *r, enum exercise_time which,
                        uint32_t bar);
static enum level level_of_part(const struct exercise *e, const struct exercise_part *part);
static void add_scenarios(struct buf *b, const struct exercise *e);
static void add_scenario(struct buf *b, const struct exercise_part *part);
static void add_actions(struct buf *b, const struct exercise *e);
static void add_strangers(struct buf *b, const struct exercise *e);
static void add_text(struct buf *b, str text);
static void add_known(struct buf *b, str text);

void exercise_print(const struct exercise *e, FILE *stream)
{
    struct buf b;
    buf_init(&b, FORM_TEXT_MAX);
    add_head(&b, e);
    add_rating(&b, e);
    add_lines(&b, e);
    add_objectives(&b, e);
    add_injects(&b, e);
    add_times(&b, e);
    add_scenarios(&b, e);
    add_actions(&b, e);
    add_strangers(&b, e);
    (void)fwrite(b.at, 1, b.len, stream);
    buf_done(&b);
}

static void add_head(struct buf *b, const struct exercise *e)
{
    const struct exercise_file *f = e->file;
    buf_add(b, STR("# Exercise"));
    if (f != NULL && f->title.len > 0) {
        buf_add(b, STR(": "));
        add_text(b, f->title);
    }
    buf_add(b, STR("\n\nDate: "));
    add_known(b, f == NULL ? STR_EMPTY : f->date);
    buf_add(b, STR("  \nEvaluator: "));
    add_known(b, f == NULL ? STR_EMPTY : f->evaluator);
    buf_printf(b, "  \nScenarios: %zu\n\n", e->part_count);
}

static void add_rating(struct buf *b, const struct exercise *e)
{
    buf_printf(b, "**%" PRIu32 " of 100 points", e->points);
    if (e->open > 0)
        buf_printf(b, ", %" PRIu32 " still open**: rated when every line is filled", e->open);
    else
        buf_printf(b, ", rating %c**", e->rating);
    if (e->is_capped)
        buf_add(b, STR(" (more points, but M is the best that is possible here)"));
    buf_add(b, STR("\n\n"));
    if (e->missed_critical != NULL) {
        buf_add(b, STR("A critical rule was missed, so M is the best rating that is possible: "));
        add_text(b, e->missed_critical->scenario.name);
        buf_add(b, STR("\n\n"));
    }
    if (e->is_falsified)
        buf_add(b, STR("Evidence was falsified, so M is the best rating that is possible.\n\n"));
    buf_add(b, STR("P: performed without challenges (from 90), S: with some challenges (from 75), "
                   "M: with major challenges (from 50), U: unable.\n\n"));
}

static void add_lines(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("## Scoring\n\n| | Points | Of | Rating | Evidence |\n"
                   "|---|---:|---:|:---:|---|\n"));
    for (size_t i = 0; i < LINE_COUNT; i++)
        add_line(b, e, (enum exercise_line)i);
    buf_add_char(b, '\n');
}

static void add_line(struct buf *b, const struct exercise *e, enum exercise_line line)
{
    const struct exercise_score *score = &e->lines[line];
    const struct line_text *text = &line_texts[line];
    const uint32_t most = exercise_line_points(line);
    if (score->is_filled)
        buf_printf(b, "| %s | %" PRIu32 " | %" PRIu32 " | %c | %" PRIu32 " of %" PRIu32 " %s |\n",
                   text->what, score->points, most, exercise_rating(score->points, most),
                   score->good, score->total, text->evidence);
    else
        buf_printf(b, "| %s | " BLANK " | %" PRIu32 " | " BLANK " | %s%s |\n", text->what, most,
                   text->enter == NULL ? "no attack was replayed" : "to be entered: ",
                   text->enter == NULL ? "" : text->enter);
}

static void add_objectives(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("## Objectives\n\n| Objective | Target | Rating | Observation |\n"
                   "|---|---|:---:|---|\n"));
    for (size_t i = 0; i < COUNT_OF(objectives); i++) {
        uint32_t points = 0;
        uint32_t most = 0;
        bool is_filled = true;
        for (size_t k = 0; k < objectives[i].line_count; k++) {
            const enum exercise_line line = objectives[i].lines[k];
            points += e->lines[line].points;
            most += exercise_line_points(line);
            is_filled &= e->lines[line].is_filled;
        }
        buf_printf(b, "| %s | %s | ", objectives[i].name, objectives[i].target);
        if (is_filled)
            buf_add_char(b, exercise_rating(points, most));
        else
            buf_add(b, STR(BLANK));
        buf_add(b, STR(" | " BLANK " |\n"));
    }
    buf_add_char(b, '\n');
}

static void add_injects(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("## Injects\n\n| Inject | Played |\n|---|---|\n"));
    add_inject(b, e, "Attack: code loaded from memory (T1620)",
               "none: add an attack of a rule with T1620", is_reflective);
    add_inject(b, e, "Attack: library put into another's process (T1574.006)",
               "none: add an attack of a rule with T1574.006", is_hijack);
    add_inject(b, e, "Look-alike: code made at run time (Node, VS Code)",
               "none: add a benign scenario of such a program", is_jit);
    add_inject(b, e, "Look-alike: licence protection of audio software",
               "none: add a benign scenario of such a program", is_audio);
    add_inject(b, e, "Degraded sensor: is it noticed?",
               "none: mute a signal, and enter `inject: degraded`", is_degraded);
    add_inject(b, e, "Ambiguous case", "none: enter `inject: ambiguous` for one", is_ambiguous);
    buf_add_char(b, '\n');
}

static void add_inject(struct buf *b, const struct exercise *e, const char *what, const char *enter,
                       bool (*is_one)(const struct exercise_part *part))
{
    size_t count = 0;
    buf_printf(b, "| %s | ", what);
    for (size_t i = 0; i < e->part_count; i++) {
        if (!is_one(&e->parts[i]) || count++ >= 3)
            continue;
        buf_add(b, count > 1 ? STR(", ") : STR_EMPTY);
        add_text(b, e->parts[i].judged->scenario.name);
        const struct exercise_record *r = e->parts[i].record;
        if (r != NULL && r->is_noticed != ANSWER_NOT_TOLD)
            buf_add(b, r->is_noticed == ANSWER_YES ? STR(" (noticed)") : STR(" (not noticed)"));
    }
    if (count > 3)
        buf_printf(b, " and %zu more", count - 3);
    buf_printf(b, "%s |\n", count == 0 ? enter : "");
}

static bool is_reflective(const struct exercise_part *part)
{
    return has_technique(part, STR("T1620"));
}

static bool is_hijack(const struct exercise_part *part)
{
    return has_technique(part, STR("T1574.006"));
}

static bool is_jit(const struct exercise_part *part)
{
    static const str words[] = { STR_INIT("jit"), STR_INIT("v8"), STR_INIT("node"),
                                 STR_INIT("electron"), STR_INIT("vs code") };
    return speaks_of(part, words, COUNT_OF(words));
}

static bool is_audio(const struct exercise_part *part)
{
    static const str words[] = { STR_INIT("audio"), STR_INIT("licen") };
    return speaks_of(part, words, COUNT_OF(words));
}

static bool is_degraded(const struct exercise_part *part)
{
    return part->record != NULL && part->record->inject == INJECT_DEGRADED;
}

static bool is_ambiguous(const struct exercise_part *part)
{
    return part->record != NULL && part->record->inject == INJECT_AMBIGUOUS;
}

// Of an attack that was found.
static bool has_technique(const struct exercise_part *part, str technique)
{
    const struct judged *j = part->judged;
    for (size_t i = 0; i < j->expect_count; i++) {
        const struct raised *by = j->expects[i].miss == MISS_NONE ? j->expects[i].by : NULL;
        for (size_t k = 0; by != NULL && k < by->technique_count; k++)
            if (str_eq(by->techniques[k], technique))
                return true;
    }
    return false;
}

static bool speaks_of(const struct exercise_part *part, const str *words, size_t count)
{
    const struct scenario *s = &part->judged->scenario;
    if (s->kind == SCENARIO_ATTACK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_contains_nocase(s->behaviour, words[i]) || str_contains_nocase(s->title, words[i]))
            return true;
    return false;
}

static void add_times(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("## Times\n\nMinutes after the act was simulated, beside what is the most for "
                   "a finding of its level.\n\n| Scenario | Level |"));
    for (size_t i = EXERCISE_ALERTED; i < EXERCISE_TIME_COUNT; i++)
        buf_printf(b, " %s |", time_names[i]);
    buf_add(b, STR("\n|---|---|---|---|---|---|\n"));
    for (size_t i = 0; i < e->part_count; i++)
        if (e->parts[i].judged->scenario.kind == SCENARIO_ATTACK)
            add_time_row(b, e, &e->parts[i]);
    buf_add_char(b, '\n');
}

static void add_time_row(struct buf *b, const struct exercise *e, const struct exercise_part *part)
{
    const enum level level = level_of_part(e, part);
    const struct exercise_bar bar = exercise_bar_of(level);
    buf_add(b, STR("| "));
    add_text(b, part->judged->scenario.name);
    buf_printf(b, " | %.*s |", STR_ARG(level_name(level)));
    for (size_t i = EXERCISE_ALERTED; i < EXERCISE_TIME_COUNT; i++)
        add_minutes(b, part->record, (enum exercise_time)i, bar.minutes[i]);
    buf_add_char(b, '\n');
}

static void add_minutes(struct buf *b, const struct exercise_record *r, enum exercise_time which,
                        uint32_t bar)
{
    buf_add_char(b, ' ');
    if (r == NULL || !r->has_time[which] || !r->has_time[EXERCISE_SIMULATED]) {
        buf_add(b, STR(BLANK));
    } else if (r->time_ns[which] < r->time_ns[EXERCISE_SIMULATED]) {
        buf_add(b, STR("before it was simulated: cannot be"));
    } else {
        // Stamps lie between 1970 and 2262, so the difference fits.
        const int64_t took = r->time_ns[which] - r->time_ns[EXERCISE_SIMULATED];
        buf_printf(b, "%" PRId64 ".%" PRId64, took / NS_PER_MINUTE,
                   took % NS_PER_MINUTE / (NS_PER_MINUTE / 10));
        if (bar > 0)
            buf_add(b, took <= bar * NS_PER_MINUTE ? STR(" in time") : STR(" **too late**"));
    }
    if (bar > 0)
        buf_printf(b, " (%" PRIu32 ")", bar);
    if (which == EXERCISE_CLASSIFIED && r != NULL && r->is_malicious == ANSWER_NO)
        buf_add(b, STR(" **wrongly, as benign**"));
    buf_add(b, STR(" |"));
}

// Of what was found, or of the rule that should have found it.
static enum level level_of_part(const struct exercise *e, const struct exercise_part *part)
{
    const struct judged *j = part->judged;
    enum level level = LEVEL_INFORMATIONAL;
    for (size_t i = 0; i < j->expect_count; i++)
        if (j->expects[i].miss == MISS_NONE && j->expects[i].by->level > level)
            level = j->expects[i].by->level;
    const size_t rule = rules_find(e->rules, j->scenario.rule);
    if (level == LEVEL_INFORMATIONAL && rule < rules_count(e->rules))
        level = rules_facts(e->rules, rule)->level;
    return level;
}

static void add_scenarios(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("## Scenarios\n\n"));
    for (size_t i = 0; i < e->part_count; i++)
        add_scenario(b, &e->parts[i]);
}

static void add_scenario(struct buf *b, const struct exercise_part *part)
{
    const struct judged *j = part->judged;
    struct buf sentence;
    buf_init(&sentence, FORM_TEXT_MAX / 4);
    buf_add(b, STR("- **"));
    add_text(b, j->scenario.title);
    buf_add(b, STR("** ("));
    add_text(b, j->scenario.name);
    buf_printf(b, ", %.*s): %.*s", STR_ARG(scenario_kind_name(j->scenario.kind)),
               STR_ARG(judged_outcome_name(j->outcome)));
    for (size_t i = 0; i < j->expect_count; i++) {
        const struct judged_expect *expect = &j->expects[i];
        buf_reset(&sentence);
        if (expect->miss != MISS_NONE)
            form_add_miss(&sentence, expect);
        else
            buf_printf(&sentence,
                       "%.*s found it (%.*s, confidence %" PRIu32 "), after %" PRIu64 " events",
                       STR_ARG(expect->by->rule), STR_ARG(level_name(expect->by->level)),
                       expect->by->confidence, expect->events);
        buf_add(b, STR("\n  - "));
        add_text(b, buf_str(&sentence));
    }
    for (size_t i = 0; i < j->wrong_count; i++) {
        buf_reset(&sentence);
        form_add_wrong(&sentence, j->wrong[i]);
        buf_add(b, STR("\n  - "));
        add_text(b, buf_str(&sentence));
    }
    if (part->record != NULL && part->record->notes.len > 0) {
        buf_add(b, STR("\n  - "));
        add_text(b, part->record->notes);
    }
    buf_add_char(b, '\n');
    buf_done(&sentence);
}

static void add_actions(struct buf *b, const struct exercise *e)
{
    buf_add(b, STR("\n## Actions\n\n| Action | Owner | Due |\n|---|---|---|\n"));
    const size_t count = e->file == NULL ? 0 : e->file->action_count;
    for (size_t i = 0; i < count; i++) {
        buf_add(b, STR("| "));
        add_known(b, e->file->actions[i].action);
        buf_add(b, STR(" | "));
        add_known(b, e->file->actions[i].owner);
        buf_add(b, STR(" | "));
        add_known(b, e->file->actions[i].due);
        buf_add(b, STR(" |\n"));
    }
    if (count == 0)
        buf_add(b, STR("| " BLANK " | " BLANK " | " BLANK " |\n"));
}

static void add_strangers(struct buf *b, const struct exercise *e)
{
    for (size_t i = 0; i < e->stranger_count; i++) {
        buf_add(b,
                i == 0 ? STR("\nWritten down, but not replayed, or not clear which: ") : STR(", "));
        add_text(b, e->strangers[i]);
    }
    if (e->stranger_count > 0)
        buf_add_char(b, '\n');
}

static void add_known(struct buf *b, str text)
{
    if (text.len == 0)
        buf_add(b, STR(BLANK));
    else
        add_text(b, text);
}

// One line, with nothing in it that Markdown or HTML would make something of.
static void add_text(struct buf *b, str text)
{
    while (text.len > 0) {
        const size_t len = utf8_len(text);
        const char c = text.at[0];
        if (c == '\n' || c == '\t' || c == '\r')
            buf_add_char(b, ' ');
        else if (len == 0 || !utf8_is_shown(utf8_code_point(text)))
            buf_add(b, STR("\xef\xbf\xbd"));
        else if (memchr("\\`*<>[]|&#", c, 10) != NULL)
            buf_printf(b, "\\%c", c);
        else
            buf_add(b, str_to(text, len));
        text = str_from(text, len == 0 ? 1 : len);
    }
}
