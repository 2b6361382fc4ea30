#include "event/projection.h"

_Static_assert(FIELD_COUNT <= UINT8_MAX, "projection lists hold fields in one octet");

void projection_want(struct projection *p, enum action action, enum field field)
{
    p->wanted[action][field] = true;
}

void projection_want_categories(struct projection *p, uint32_t categories, enum field field)
{
    for (size_t action = 0; action < ACTION_COUNT; action++)
        if ((action_traits[action].categories & categories) != 0)
            p->wanted[action][field] = true;
}

void projection_want_all(struct projection *p)
{
    for (size_t action = 0; action < ACTION_COUNT; action++)
        for (size_t field = 0; field < FIELD_COUNT; field++)
            p->wanted[action][field] = true;
}

void projection_compile(struct projection *p)
{
    for (size_t action = 0; action < ACTION_COUNT; action++) {
        p->count[action] = 0;
        for (size_t field = 0; field < FIELD_COUNT; field++)
            if (p->wanted[action][field])
                p->list[action][p->count[action]++] = (uint8_t)field;
    }
}
