#include "validate/exercise.h"

static void gather_parts(const struct validation *v, struct arena *arena, struct exercise *out);
static const struct judged *find(const struct validation *v, str name);
static void score_part(struct exercise *e, const struct exercise_part *part);
static void score_attack(struct exercise *e, const struct exercise_part *part);
static void score_record(struct exercise *e, const struct exercise_part *part);
static void score_file(struct exercise *e);
static bool is_right_level(const struct exercise *e, const struct judged_expect *expect);
static bool has_technique(const struct judged_expect *expect);
static bool is_critical(const struct exercise *e, const struct judged *j);
static void add(struct exercise *e, enum exercise_line line, bool is_good);
static void add_answer(struct exercise *e, enum exercise_line line, enum exercise_answer answer);
static void total(struct exercise *e);

static const uint32_t line_points[LINE_COUNT] = {
    [LINE_DETECTION] = 20, [LINE_TELEMETRY] = 15,    [LINE_SEVERITY] = 10,
    [LINE_TRIAGE] = 15,    [LINE_LOOK_ALIKES] = 10,  [LINE_CONTAINMENT] = 10,
    [LINE_PRESERVED] = 5,  [LINE_COMMUNICATION] = 5, [LINE_SUPPRESSION] = 5,
    [LINE_ACTIONS] = 5,
};

// Two look-alikes have to be decided; fewer than these bring fewer points.
#define LOOK_ALIKES_WANTED 2u

void exercise_score(const struct validation *v, const struct exercise_file *file,
                    struct arena *arena, struct exercise *out)
{
    *out = (struct exercise){ .file = file, .rules = v->rules };
    gather_parts(v, arena, out);
    for (size_t i = 0; i < out->part_count; i++)
        score_part(out, &out->parts[i]);
    if (file != NULL)
        score_file(out);
    total(out);
}

static void gather_parts(const struct validation *v, struct arena *arena, struct exercise *out)
{
    const struct exercise_file *file = out->file;
    const bool has_own = file != NULL && file->record_count > 0;
    const size_t count = has_own ? file->record_count : v->count;
    str *strangers = arena_alloc(arena, (count + 1) * sizeof *strangers);
    out->parts = arena_zalloc(arena, (count + 1) * sizeof *out->parts);
    for (size_t i = 0; i < count; i++) {
        const struct exercise_record *record = has_own ? &file->records[i] : NULL;
        const struct judged *judged = has_own ? find(v, record->scenario) : &v->results[i];
        if (judged == NULL && record != NULL)
            strangers[out->stranger_count++] = record->scenario;
        else if (judged != NULL)
            out->parts[out->part_count++] =
                (struct exercise_part){ .judged = judged, .record = record };
    }
    out->strangers = strangers;
}

// By its name, or by the end of it where only one ends so.
static const struct judged *find(const struct validation *v, str name)
{
    const struct judged *found = NULL;
    for (size_t i = 0; i < v->count; i++) {
        const str full = v->results[i].scenario.name;
        if (str_eq(full, name))
            return &v->results[i];
        if (!str_ends_with(full, name) || full.at[full.len - name.len - 1] != '/')
            continue;
        if (found != NULL)
            return NULL;
        found = &v->results[i];
    }
    return found;
}

static void score_part(struct exercise *e, const struct exercise_part *part)
{
    if (part->judged->scenario.kind == SCENARIO_ATTACK)
        score_attack(e, part);
    if (part->record != NULL)
        score_record(e, part);
}

// What the replay knows.
static void score_attack(struct exercise *e, const struct exercise_part *part)
{
    const struct judged *j = part->judged;
    if (j->outcome == OUTCOME_FAILED) {
        add(e, LINE_DETECTION, false);
        add(e, LINE_TELEMETRY, false);
        return;
    }
    for (size_t i = 0; i < j->expect_count; i++) {
        const struct judged_expect *expect = &j->expects[i];
        const bool is_found = expect->miss == MISS_NONE;
        add(e, LINE_DETECTION, is_found && has_technique(expect));
        add(e, LINE_TELEMETRY, expect->gaps == 0 && j->replay.damaged == 0);
        add(e, LINE_SEVERITY, is_found && is_right_level(e, expect));
        if (!is_found && e->missed_critical == NULL && is_critical(e, j))
            e->missed_critical = j;
    }
}

// What was written down.
static void score_record(struct exercise *e, const struct exercise_part *part)
{
    const struct exercise_record *r = part->record;
    const bool is_attack = part->judged->scenario.kind == SCENARIO_ATTACK;
    e->is_falsified |= r->is_falsified;
    add_answer(e, LINE_COMMUNICATION, r->is_communicated);
    if (r->has_suppression)
        add(e, LINE_SUPPRESSION, r->scope.len > 0 && r->expires.len > 0);
    if (!is_attack) {
        if (r->is_malicious != ANSWER_NOT_TOLD)
            add(e, LINE_LOOK_ALIKES, r->is_malicious == ANSWER_NO);
        return;
    }
    for (size_t i = 0; r->has_evidence && i < EVIDENCE_KIND_COUNT; i++)
        add(e, LINE_TRIAGE, (r->kinds >> i & 1) != 0);
    if (r->is_contained_well != ANSWER_NOT_TOLD || r->is_reversible != ANSWER_NOT_TOLD)
        add(e, LINE_CONTAINMENT,
            r->is_contained_well == ANSWER_YES && r->is_reversible == ANSWER_YES);
    if (r->has_evidence)
        add(e, LINE_PRESERVED, r->evidence_count > 0 && r->hashed_count == r->evidence_count);
}

static void score_file(struct exercise *e)
{
    const struct exercise_file *file = e->file;
    for (size_t i = 0; i < file->action_count; i++)
        add(e, LINE_ACTIONS, file->actions[i].action.len > 0 && file->actions[i].owner.len > 0);
    struct exercise_score *look_alikes = &e->lines[LINE_LOOK_ALIKES];
    if (look_alikes->is_filled && look_alikes->total < LOOK_ALIKES_WANTED)
        look_alikes->total = LOOK_ALIKES_WANTED;
}

// As grave as the rule that is hoped for says.
static bool is_right_level(const struct exercise *e, const struct judged_expect *expect)
{
    const size_t rule = rules_find(e->rules, expect->expect->rules[0]);
    return rule < rules_count(e->rules) && expect->by->level >= rules_facts(e->rules, rule)->level;
}

static bool has_technique(const struct judged_expect *expect)
{
    return expect->by->technique_count > 0;
}

static bool is_critical(const struct exercise *e, const struct judged *j)
{
    const size_t rule = rules_find(e->rules, j->scenario.rule);
    return rule < rules_count(e->rules) && rules_facts(e->rules, rule)->level == LEVEL_CRITICAL;
}

static void add(struct exercise *e, enum exercise_line line, bool is_good)
{
    e->lines[line].is_filled = true;
    e->lines[line].good += is_good;
    e->lines[line].total++;
}

static void add_answer(struct exercise *e, enum exercise_line line, enum exercise_answer answer)
{
    if (answer != ANSWER_NOT_TOLD)
        add(e, line, answer == ANSWER_YES);
}

static void total(struct exercise *e)
{
    for (size_t i = 0; i < LINE_COUNT; i++) {
        struct exercise_score *line = &e->lines[i];
        if (!line->is_filled) {
            e->open += line_points[i];
            continue;
        }
        line->points = line_points[i] * line->good / line->total;
        e->points += line->points;
    }
    if (e->open > 0)
        return;
    e->rating = exercise_rating(e->points, 100);
    e->is_capped =
        (e->missed_critical != NULL || e->is_falsified) && (e->rating == 'P' || e->rating == 'S');
    if (e->is_capped)
        e->rating = 'M';
}

uint32_t exercise_line_points(enum exercise_line line)
{
    return line_points[line];
}

char exercise_rating(uint32_t points, uint32_t of)
{
    const uint32_t share = of == 0 ? 0 : points * 100 / of;
    return share >= 90 ? 'P' : share >= 75 ? 'S' : share >= 50 ? 'M' : 'U';
}

struct exercise_bar exercise_bar_of(enum level level)
{
    struct exercise_bar bar = { .minutes = { 0 } };
    if (level >= LEVEL_HIGH)
        bar = (struct exercise_bar){ .minutes = { [EXERCISE_ALERTED] = 5,
                                                  [EXERCISE_TRIAGED] = 15,
                                                  [EXERCISE_CONTAINED] = 30 } };
    else if (level == LEVEL_MEDIUM)
        bar = (struct exercise_bar){ .minutes = { [EXERCISE_ALERTED] = 15,
                                                  [EXERCISE_TRIAGED] = 60,
                                                  [EXERCISE_CONTAINED] = 240 } };
    return bar;
}
