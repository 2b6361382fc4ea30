// Which slots anybody needs, per action: the union of what rules, evidence and sinks name.
// A decoder and enrich fill a slot only where the projection wants it for that action.

#ifndef EVENT_PROJECTION_H
#define EVENT_PROJECTION_H

#include "event/event.h"

struct projection {
    bool wanted[ACTION_COUNT][FIELD_COUNT];
    // The same as dense lists, made by projection_compile().
    uint8_t count[ACTION_COUNT];
    uint8_t list[ACTION_COUNT][FIELD_COUNT];
};

// Wants `field` for one action, or for all actions of the categories.
void projection_want(struct projection *p, enum action action, enum field field);
void projection_want_categories(struct projection *p, uint32_t categories, enum field field);
// Everything, for ad-hoc use and tests.
void projection_want_all(struct projection *p);
void projection_compile(struct projection *p);

static inline bool projection_wants(const struct projection *p, enum action action,
                                    enum field field)
{
    return p->wanted[action][field];
}

// Whether the field is wanted of any action.
static inline bool projection_wants_ever(const struct projection *p, enum field field)
{
    for (size_t action = 0; action < ACTION_COUNT; action++)
        if (p->wanted[action][field])
            return true;
    return false;
}

#endif
