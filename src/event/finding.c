#include "event/finding.h"

static const str level_names[LEVEL_COUNT] = {
    STR_INIT("informational"), STR_INIT("low"),      STR_INIT("medium"),
    STR_INIT("high"),          STR_INIT("critical"),
};

bool level_of(str name, enum level *out)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (str_eq(level_names[i], name)) {
            *out = (enum level)i;
            return true;
        }
    }
    return false;
}

str level_name(enum level level)
{
    return level_names[level];
}

str verdict_name(enum verdict verdict)
{
    static const str names[VERDICT_COUNT] = { STR_INIT("new"), STR_INIT("expected"),
                                              STR_INIT("excepted") };
    return names[verdict];
}

struct value finding_step_value(const struct finding_step *step, enum field field)
{
    for (size_t i = 0; i < step->field_count; i++)
        if (step->fields[i].field == field)
            return step->fields[i].value;
    return (struct value){ .type = VALUE_MISSING };
}
