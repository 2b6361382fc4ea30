// A step that a test fills field by field.

#ifndef SCORE_FIXTURE_H
#define SCORE_FIXTURE_H

#include "score/behaviour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHOWN_MAX 16u
#define CDHASH_A  "0123456789abcdef0123456789abcdef01234567"
#define CDHASH_B  "89abcdef0123456789abcdef0123456789abcdef"

struct shown_step {
    struct finding_step step;
    struct finding_field fields[SHOWN_MAX];
};

static inline void show_value(struct shown_step *s, enum field field, struct value value)
{
    assert_true(s->step.field_count < SHOWN_MAX);
    s->fields[s->step.field_count++] = (struct finding_field){ .field = field, .value = value };
    s->step.fields = s->fields;
}

static inline void show_text(struct shown_step *s, enum field field, const char *text)
{
    show_value(s, field, value_of_text(str_of(text)));
}

static inline void show_bool(struct shown_step *s, enum field field, bool value)
{
    show_value(s, field, value_of_bool(value));
}

// A step of a process that a team has signed.
static inline void begin_step(struct shown_step *s, enum action action)
{
    *s = (struct shown_step){ .step = { .time_ns = 1000, .action = action } };
    show_text(s, FIELD_PROCESS_SIGNING_ID, "com.example.host");
    show_text(s, FIELD_PROCESS_TEAM_ID, "TEAM000001");
    show_bool(s, FIELD_PROCESS_SIGNATURE_TRUSTED, true);
    show_bool(s, FIELD_PROCESS_CS_PLATFORM, false);
}

static inline void show_library(struct shown_step *s, const char *signer, const char *team,
                                const char *id, const char *cdhash)
{
    show_text(s, FIELD_DLL_SIGNER, signer);
    show_text(s, FIELD_DLL_TEAM_ID, team);
    show_text(s, FIELD_DLL_SIGNING_ID, id);
    show_text(s, FIELD_DLL_HASH_CDHASH, cdhash);
}

#endif
