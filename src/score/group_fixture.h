// Findings that come one event after the other, and what is told of them, as text.

#ifndef SCORE_GROUP_FIXTURE_H
#define SCORE_GROUP_FIXTURE_H

#include "score/group.h"

#include "base/buf.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND       INT64_C(1000000000)
#define START        (INT64_C(1770110047) * SECOND)
#define TEXT_MAX     65536u
#define ARRIVALS_MAX 24u
#define FIELDS_MAX   10u

// A finding of one step. NULL: the step does not show it.
struct arrival {
    int64_t seconds;  // After the first event; the same as before: of the same event.
    const char *rule;
    enum level level;
    const char *process;
    const char *cdhash;
    const char *executable;
    const char *library;
    const char *target;
    bool is_platform;
    bool is_target_platform;
    enum verdict verdict;
    const char *host;  // NULL: "mac".
    const char *parent;
    const char *command_line;
    const char *before;  // The process of a step before it, a part of macOS.
    int64_t time_ns;     // Not 0: instead of `seconds`.
};

struct rig {
    struct grouper *grouper;
    struct batch batch;
    struct rule_facts rules[ARRIVALS_MAX];
    size_t rule_count;
    struct buf told;
    uint32_t made;
    uint64_t written;
    int64_t window_ns;
    const enum field *by;
    size_t by_count;
};

static inline void begin(struct rig *r, struct grouper *grouper)
{
    *r = (struct rig){ .grouper = grouper };
    batch_init(&r->batch);
    buf_init(&r->told, TEXT_MAX);
}

// The books agree, whatever came.
static inline void done(struct rig *r)
{
    const struct group_counts *counts = grouper_counts(r->grouper);
    uint64_t levels = 0;
    assert_int_equal(r->made,
                     counts->told + counts->joined + counts->repeats + counts->repeats_told);
    assert_int_equal(r->written, counts->told + counts->revisions);
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        levels += counts->by_level[i];
    assert_int_equal(levels, counts->told);
    grouper_free(r->grouper);
    batch_done(&r->batch);
    buf_done(&r->told);
}

static inline const struct rule_facts *rule_of(struct rig *r, const char *id)
{
    for (size_t i = 0; i < r->rule_count; i++)
        if (str_eq(r->rules[i].id, str_of(id)))
            return &r->rules[i];
    assert_true(r->rule_count < ARRIVALS_MAX);
    r->rules[r->rule_count] = (struct rule_facts){ .id = str_of(id),
                                                   .suppress_window_ns = r->window_ns,
                                                   .suppress_by = r->by,
                                                   .suppress_by_count = r->by_count };
    return &r->rules[r->rule_count++];
}

static inline int64_t time_of(const struct arrival *a)
{
    return a->time_ns != 0 ? a->time_ns : START + a->seconds * SECOND;
}

static inline void show(struct finding_step *step, struct finding_field *fields, enum field field,
                        const char *text)
{
    if (text == NULL)
        return;
    assert_true(step->field_count < FIELDS_MAX);
    fields[step->field_count++] =
        (struct finding_field){ .field = field, .value = value_of_text(str_of(text)) };
}

static inline struct finding_step step_of(struct rig *r, const struct arrival *a,
                                          const char *process, bool is_platform)
{
    struct finding_field *fields = arena_zalloc(&r->batch.arena, (FIELDS_MAX + 2) * sizeof *fields);
    struct finding_step step = { .time_ns = time_of(a), .fields = fields };
    show(&step, fields, FIELD_PROCESS_ENTITY_ID, process);
    show(&step, fields, FIELD_PROCESS_HASH_CDHASH, a->cdhash);
    show(&step, fields, FIELD_PROCESS_EXECUTABLE, a->executable);
    show(&step, fields, FIELD_DLL_PATH, a->library);
    show(&step, fields, FIELD_PARENT_EXECUTABLE, a->parent);
    show(&step, fields, FIELD_PROCESS_COMMAND_LINE, a->command_line);
    show(&step, fields, FIELD_TARGET_ENTITY_ID, a->target);
    show(&step, fields, FIELD_TARGET_EXECUTABLE, a->target);
    fields[step.field_count++] = (struct finding_field){ .field = FIELD_PROCESS_CS_PLATFORM,
                                                         .value = value_of_bool(is_platform) };
    fields[step.field_count++] =
        (struct finding_field){ .field = FIELD_TARGET_PLATFORM,
                                .value = value_of_bool(a->is_target_platform) };
    return step;
}

static inline void add_arrival(struct rig *r, const struct arrival *a)
{
    struct finding_step *steps = arena_alloc(&r->batch.arena, 2 * sizeof *steps);
    size_t count = 0;
    if (a->before != NULL)
        steps[count++] = step_of(r, a, a->before, true);
    steps[count++] = step_of(r, a, a->process, a->is_platform);

    struct finding *f = batch_add_finding(&r->batch);
    f->rule = rule_of(r, a->rule);
    f->host_id = a->host == NULL ? STR("mac") : str_of(a->host);
    f->host = a->host == NULL ? 0 : (uint32_t)a->host[0];
    f->time_ns = steps[count - 1].time_ns;
    f->steps = steps;
    f->step_count = count;
    f->level = a->level;
    f->score = 10 + 20 * (uint32_t)a->level;
    f->confidence = 80;
    f->verdict = a->verdict;
    (void)snprintf(f->id, sizeof f->id, "%032" PRIx32, r->made++);
}

static inline void add_verdict(struct buf *out, enum verdict verdict)
{
    const str name = verdict_name(verdict);
    if (verdict != VERDICT_NEW)
        buf_printf(out, " %.*s", STR_ARG(name));
}

// "S05#0 excepted u1 r10 (S09, S08 excepted)": the rule, the number of the finding whose id it is, the
// revision and repeats, and the other rules; "." where nothing is told of an event.
static inline void add_told(struct rig *r, size_t from)
{
    r->written += r->batch.finding_count - from;
    if (r->batch.finding_count == from)
        buf_add(&r->told, STR("."));
    for (size_t i = from; i < r->batch.finding_count; i++) {
        const struct finding *f = r->batch.findings[i];
        buf_printf(&r->told, "%s%.*s#%ld", i > from ? " & " : "", STR_ARG(f->rule->id),
                   strtol(f->id, NULL, 16));
        add_verdict(&r->told, f->verdict);
        if (f->revision > 0)
            buf_printf(&r->told, " u%" PRIu32, f->revision);
        if (f->repeats > 0)
            buf_printf(&r->told, " r%" PRIu64, f->repeats);
        for (size_t k = 0; k < f->also_count; k++) {
            const struct finding *other = f->also[k];
            buf_printf(&r->told, "%s%.*s", k == 0 ? " (" : ", ", STR_ARG(other->rule->id));
            add_verdict(&r->told, other->verdict);
        }
        buf_add(&r->told, f->also_count > 0 ? STR(")") : STR_EMPTY);
    }
    buf_add(&r->told, STR("; "));
}

static inline void assert_told(const struct rig *r, const char *name, const char *told)
{
    if (!str_eq(buf_str(&r->told), str_of(told)))
        fail_msg("%s: %.*s", name, STR_ARG(buf_str(&r->told)));
}

// Each event in a batch of its own where `is_divided`, else all in one.
static inline void run(struct rig *r, const struct arrival *arrivals, size_t count, bool is_divided)
{
    for (size_t i = 0; i < count;) {
        const size_t from = r->batch.finding_count;
        const size_t first = i;
        for (; i < count && arrivals[i].seconds == arrivals[first].seconds; i++)
            add_arrival(r, &arrivals[i]);
        group(r->grouper, &r->batch, from);
        add_told(r, from);
        if (is_divided)
            batch_reset(&r->batch);
    }
}

#define BY(at, of, how, who, hash) \
    .seconds = (at), .rule = (of), .level = (how), .process = (who), .cdhash = (hash)
#define HIGH     LEVEL_HIGH
#define CRITICAL LEVEL_CRITICAL
#define LOW      LEVEL_LOW
#define HOUR     INT64_C(3600)

#endif
