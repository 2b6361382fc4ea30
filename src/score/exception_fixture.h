// Findings made by hand for tests of exceptions: a program of a team that maps a library of another.

#ifndef SCORE_EXCEPTION_FIXTURE_H
#define SCORE_EXCEPTION_FIXTURE_H

#include "score/exceptions.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FIELDS_MAX 32u
#define STEPS_MAX  3u
#define DAY_NS     (INT64_C(86400) * 1000000000)
#define NOON_NS    (INT64_C(1793016000) * 1000000000)  // 2026-10-26T12:00:00Z
#define CDHASH     "3f5a90c2d17b48e6a0c4f1829b6d7e35a8c01f24"
#define CDHASH_2   "91b7e2046fd35ac8817e02c9d4b3f6a05c7d18e9"

// An entry without whom it is about, which follows.
#define HEAD                     \
    "- id: E-1\n"                \
    "  rules: [S09]\n"           \
    "  owner: ann@example.org\n" \
    "  reason: Known.\n"         \
    "  created: 2026-10-01\n"    \
    "  expires: 2026-12-31\n"

struct sample {
    struct rule_facts rule;
    struct finding_step steps[STEPS_MAX];
    struct finding_field fields[STEPS_MAX][FIELDS_MAX];
    struct finding finding;
};

static inline void show(struct sample *s, size_t step, enum field field, struct value value)
{
    struct finding_step *at = &s->steps[step];
    for (size_t i = 0; i < at->field_count; i++)
        if (s->fields[step][i].field == field) {
            s->fields[step][i].value = value;
            return;
        }
    assert_true(at->field_count < FIELDS_MAX);
    s->fields[step][at->field_count++] = (struct finding_field){ field, value };
}

static inline void show_text(struct sample *s, size_t step, enum field field, const char *text)
{
    show(s, step, field, value_of_text(str_of(text)));
}

// Every step is of the same program, and has no library.
static inline void begin(struct sample *s, size_t step_count)
{
    *s = (struct sample){ .rule = { .id = STR("S09"), .level = LEVEL_HIGH } };
    for (size_t i = 0; i < step_count; i++) {
        s->steps[i].fields = s->fields[i];
        show_text(s, i, FIELD_PROCESS_EXECUTABLE,
                  "/Applications/Parlo 4.11.app/Contents/MacOS/Parlo");
        show_text(s, i, FIELD_PROCESS_SIGNING_ID, "com.example.parlo");
        show_text(s, i, FIELD_PROCESS_TEAM_ID, "PRL0XMPL88");
        show_text(s, i, FIELD_PROCESS_HASH_CDHASH, CDHASH);
        show_text(s, i, FIELD_PROCESS_CONTEXT, "prod");
        show(s, i, FIELD_PROCESS_SIGNATURE_TOLD, value_of_bool(true));
        show(s, i, FIELD_PROCESS_SIGNATURE_EXISTS, value_of_bool(true));
        show(s, i, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(true));
        show(s, i, FIELD_PROCESS_CS_PLATFORM, value_of_bool(false));
        show(s, i, FIELD_PROCESS_CS_ADHOC, value_of_bool(false));
    }
    s->finding = (struct finding){
        .rule = &s->rule,
        .host_id = STR("A1B2C3D4-0000-4000-8000-000000000007"),
        .host_name = STR("mac-07"),
        .time_ns = NOON_NS,
        .steps = s->steps,
        .step_count = step_count,
    };
}

static inline void add_library(struct sample *s, size_t step)
{
    show_text(s, step, FIELD_DLL_PATH, "/Users/Shared/kwartet/plug.dylib");
    show_text(s, step, FIELD_DLL_SIGNER, "foreign");
    show_text(s, step, FIELD_DLL_TEAM_ID, "KWT0XMPL77");
    show_text(s, step, FIELD_DLL_SIGNING_ID, "com.example.kwartet.plug");
    show_text(s, step, FIELD_DLL_HASH_CDHASH, CDHASH_2);
}

static inline void add_target(struct sample *s, size_t step)
{
    show(s, step, FIELD_TARGET_PID, value_of_int(77));
    show_text(s, step, FIELD_TARGET_EXECUTABLE, "/Applications/Koor.app/Contents/MacOS/Koor");
    show_text(s, step, FIELD_TARGET_TEAM_ID, "KRX0XMPL55");
    show_text(s, step, FIELD_TARGET_SIGNING_ID, "com.example.koor");
    show(s, step, FIELD_TARGET_SIGNATURE_TRUSTED, value_of_bool(true));
    show(s, step, FIELD_TARGET_PLATFORM, value_of_bool(false));
}

static inline void add_parent(struct sample *s, size_t step)
{
    show_text(s, step, FIELD_PARENT_EXECUTABLE, "/bin/zsh");
    show_text(s, step, FIELD_PARENT_SIGNING_ID, "com.apple.zsh");
    show(s, step, FIELD_PARENT_SIGNATURE_TRUSTED, value_of_bool(true));
    show(s, step, FIELD_PARENT_PLATFORM, value_of_bool(true));
}

static inline struct exceptions *load_good(const char *text)
{
    struct exceptions *e = NULL;
    struct err err = { .text = "" };
    size_t count;
    if (exceptions_load_text(STR("e.yaml"), str_of(text), NULL, &e, &err) != OK)
        fail_msg("%s", err.text);
    const struct exception_problem *problems = exceptions_problems(e, &count);
    if (count > 0)
        fail_msg("%s", problems[0].text.at);
    return e;
}

#endif
