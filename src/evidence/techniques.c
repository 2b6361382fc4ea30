// DeTT&CT's administration of techniques: how well each that a rule is of can be seen, and found.

#include "evidence/dettect.h"

#include "evidence/yaml.h"
#include "match/rules.h"
#include "store/findings.h"

#include <inttypes.h>
#include <stdlib.h>

#define COMMENT_BYTES 1024u

struct technique {
    str id;
    size_t *rules;  // By number.
    size_t count;
    struct evidence_sight sight;
    uint64_t attacks;  // Of the scenarios of its rules, and how many were found.
    uint64_t found;
    uint64_t closed;  // Findings of its rules, and how many were false.
    uint64_t falsely;
};

struct listing {
    const struct evidence_dettect *d;
    struct technique *at;
    size_t count;
};

static void list(struct listing *l);
static struct technique *find(struct listing *l, str id);
static int by_id(const void *a, const void *b);
static void count_sight(struct listing *l);
static void count_attacks(struct listing *l);
static void take_statistics(void *context, const struct finding_statistics *s);
static bool has_rule(const struct listing *l, const struct technique *t, str rule);
static void add(const struct listing *l, const struct technique *t, struct buf *out);
static unsigned visibility(const struct technique *t, size_t macs);
static int detection(const struct listing *l, const struct technique *t, size_t macs);
static void add_detection(const struct listing *l, const struct technique *t, struct buf *out);
static void add_visibility(const struct listing *l, const struct technique *t, struct buf *out);
static uint64_t percent(const struct technique *t, size_t macs);
static int64_t date_of(const struct evidence_measure *m);

enum status evidence_dettect_techniques(const struct evidence_dettect *d, struct buf *out,
                                        struct err *err)
{
    struct listing l = { .d = d };
    list(&l);
    count_sight(&l);
    count_attacks(&l);
    const enum status status = findings_statistics(d->db, take_statistics, &l, err);
    buf_add(out, STR("version: 1.2\nfile_type: technique-administration\nname: pomona\n"
                     "domain: enterprise-attack\nplatform: [macOS]\ntechniques:\n"));
    for (size_t i = 0; i < l.count; i++) {
        if (status == OK)
            add(&l, &l.at[i], out);
        free(l.at[i].rules);
    }
    free(l.at);
    return status;
}

// In the order of their ids.
static void list(struct listing *l)
{
    const struct rules *rules = l->d->rules;
    size_t total = 0;
    for (size_t i = 0; i < rules->count; i++)
        total += rules->at[i].facts.technique_count;
    l->at = memory_zeroed(total + 1, sizeof *l->at);
    for (size_t i = 0; i < rules->count; i++)
        for (size_t k = 0; k < rules->at[i].facts.technique_count; k++) {
            struct technique *t = find(l, rules->at[i].facts.techniques[k]);
            t->rules[t->count++] = i;
        }
    if (l->count > 0)
        qsort(l->at, l->count, sizeof *l->at, by_id);
}

static struct technique *find(struct listing *l, str id)
{
    for (size_t i = 0; i < l->count; i++)
        if (str_eq(l->at[i].id, id))
            return &l->at[i];
    l->at[l->count] = (struct technique){
        .id = id,
        .rules = memory_zeroed(l->d->rules->count, sizeof *l->at[l->count].rules),
    };
    return &l->at[l->count++];
}

static int by_id(const void *a, const void *b)
{
    const struct technique *left = a;
    const struct technique *right = b;
    return str_cmp(left->id, right->id);
}

static void count_sight(struct listing *l)
{
    struct evidence_sight_set *sets = memory_zeroed(l->count + 1, sizeof *sets);
    struct evidence_sight *sight = memory_zeroed(l->count + 1, sizeof *sight);
    for (size_t i = 0; i < l->count; i++)
        sets[i] = (struct evidence_sight_set){ .rules = l->at[i].rules, .count = l->at[i].count };
    evidence_measure_sight(l->d->measure, l->d->needs->rules, sets, l->count, sight);
    for (size_t i = 0; i < l->count; i++)
        l->at[i].sight = sight[i];
    free(sets);
    free(sight);
}

static void count_attacks(struct listing *l)
{
    const struct validation *v = l->d->validation;
    for (size_t r = 0; v != NULL && r < v->matrix.row_count; r++) {
        const struct matrix_row *row = &v->matrix.rows[r];
        for (size_t i = 0; i < l->count; i++) {
            const bool is_of_it = has_rule(l, &l->at[i], row->rule);
            l->at[i].attacks += is_of_it ? row->attacks.total : 0;
            l->at[i].found += is_of_it ? row->attacks.good : 0;
        }
    }
}

static void take_statistics(void *context, const struct finding_statistics *s)
{
    struct listing *l = context;
    for (size_t i = 0; i < l->count; i++) {
        if (!has_rule(l, &l->at[i], s->rule))
            continue;
        for (size_t k = DISPOSITION_NONE + 1; k < DISPOSITION_COUNT; k++)
            l->at[i].closed += (uint64_t)s->closed[k];
        l->at[i].falsely += (uint64_t)s->closed[DISPOSITION_FALSE_POSITIVE];
    }
}

static bool has_rule(const struct listing *l, const struct technique *t, str rule)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(l->d->rules->at[t->rules[i]].facts.id, rule))
            return true;
    return false;
}

static void add(const struct listing *l, const struct technique *t, struct buf *out)
{
    const str name = l->d->attack == NULL ? STR_EMPTY : evidence_attack_name(l->d->attack, t->id);
    buf_printf(out, "  - technique_id: %.*s\n", STR_ARG(t->id));
    yaml_add_text(out, "    technique_name", name);
    add_detection(l, t, out);
    add_visibility(l, t, out);
}

static void add_detection(const struct listing *l, const struct technique *t, struct buf *out)
{
    const size_t macs = l->d->measure->mac_count;
    struct buf b;
    buf_init(&b, COMMENT_BYTES);
    buf_add(out, STR("    detection:\n      - applicable_to: [Macs]\n        location: ["));
    for (size_t i = 0; i < t->count; i++) {
        buf_add(out, i > 0 ? STR(", ") : STR_EMPTY);
        yaml_add_quoted(out, l->d->rules->at[t->rules[i]].facts.id);
    }
    buf_add(out, STR("]\n        comment: \"rules of Pomona\"\n        score_logbook:\n"));
    yaml_add_date(out, "          - date", date_of(l->d->measure));
    buf_printf(out, "            score: %d\n", detection(l, t, macs));
    buf_printf(&b, "measured: %zu %s, seen in full or in part on %zu and %zu of %zu Macs", t->count,
               t->count == 1 ? "rule" : "rules", t->sight.macs[COVERAGE_SEES],
               t->sight.macs[COVERAGE_SEES_BADLY], macs);
    if (l->d->validation == NULL)
        buf_add(&b, STR("; not validated"));
    else
        buf_printf(&b, "; %" PRIu64 " of %" PRIu64 " attacks of scenarios found", t->found,
                   t->attacks);
    if (t->closed > 0)
        buf_printf(&b, "; %" PRIu64 " of %" PRIu64 " closed findings were false", t->falsely,
                   t->closed);
    yaml_add_text(out, "            comment", buf_str(&b));
    buf_done(&b);
}

static void add_visibility(const struct listing *l, const struct technique *t, struct buf *out)
{
    const size_t macs = l->d->measure->mac_count;
    struct buf b;
    buf_init(&b, COMMENT_BYTES);
    buf_printf(&b, "measured: %" PRIu64 " %% of the Macs, in part counting half", percent(t, macs));
    buf_add(out, STR("    visibility:\n      - applicable_to: [Macs]\n        comment: \"\"\n"
                     "        score_logbook:\n"));
    yaml_add_date(out, "          - date", date_of(l->d->measure));
    buf_printf(out, "            score: %u\n", visibility(t, macs));
    yaml_add_text(out, "            comment", buf_str(&b));
    buf_add(out, STR("            auto_generated: true\n"));
    buf_done(&b);
}

// Of the Macs on which some rule of it can see; where it sees in part, half.
static uint64_t percent(const struct technique *t, size_t macs)
{
    const uint64_t halves =
        2 * (uint64_t)t->sight.macs[COVERAGE_SEES] + t->sight.macs[COVERAGE_SEES_BADLY];
    return macs == 0 ? 0 : 50 * halves / macs;
}

// The last day that was measured: a period ends with the first moment behind it.
static int64_t date_of(const struct evidence_measure *m)
{
    return m->at_ns > 0 ? m->at_ns - 1 : 0;
}

static unsigned visibility(const struct technique *t, size_t macs)
{
    const uint64_t share = percent(t, macs);
    if (t->sight.macs[COVERAGE_SEES] + t->sight.macs[COVERAGE_SEES_BADLY] == 0)
        return 0;
    return share < 50 ? 1 : share < 75 ? 2 : share < 100 ? 3 : 4;
}

// What is excellent (5) nobody measures: it would say that no way of doing it is missed.
static int detection(const struct listing *l, const struct technique *t, size_t macs)
{
    const uint64_t share = percent(t, macs);
    enum level level = LEVEL_INFORMATIONAL;
    for (size_t i = 0; i < t->count; i++) {
        const enum level own = l->d->rules->at[t->rules[i]].facts.level;
        level = own > level ? own : level;
    }
    if (t->sight.macs[COVERAGE_SEES] + t->sight.macs[COVERAGE_SEES_BADLY] == 0)
        return -1;
    int score = share < 50 ? 1 : 2;
    if (share >= 75 && level >= LEVEL_MEDIUM)
        score = t->attacks > 0 && t->found == t->attacks ? 4 : 3;
    return score > 1 && 2 * t->falsely > t->closed ? score - 1 : score;
}
