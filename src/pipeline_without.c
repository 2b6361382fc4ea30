#include "pipeline_without.h"

static uint32_t take_from_slots(const struct pipeline_without *w, struct event *event);
static uint32_t take_from_facts(const struct pipeline_without *w, struct process_facts *facts);
static bool lacks(const struct pipeline_without *w, enum signal signal);

void pipeline_without_init(struct pipeline_without *w, uint32_t signals)
{
    *w = (struct pipeline_without){ .signals = signals };
    for (size_t i = 0; i < ACTION_COUNT; i++)
        w->of_action[i] = signal_of_action((enum action)i);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        w->of_field[i] = signal_of_field((enum field)i);
}

bool pipeline_without_keeps(struct pipeline_without *w, struct event *event)
{
    const enum signal signal =
        event->action < ACTION_COUNT ? w->of_action[event->action] : SIGNAL_COUNT;
    if (lacks(w, signal)) {
        w->left_out[signal]++;
        return false;
    }
    uint32_t taken = take_from_slots(w, event) | take_from_facts(w, &event->process) |
                     take_from_facts(w, &event->previous) | take_from_facts(w, &event->target);
    if (lacks(w, SIGNAL_LIBRARY_IDENTITY) && event->library.told) {
        event->library = (struct library_facts){ .told = false };
        taken |= SIGNAL_BIT(SIGNAL_LIBRARY_IDENTITY);
    }
    if (lacks(w, SIGNAL_LINKAGE) && event->entitlements_told) {
        event->entitlements_told = false;
        event->entitlements_jit = false;
        taken |= SIGNAL_BIT(SIGNAL_LINKAGE);
    }
    for (size_t i = SIGNAL_LINKAGE; i < SIGNAL_COUNT; i++)
        w->left_out[i] += taken >> i & 1;
    return true;
}

static uint32_t take_from_slots(const struct pipeline_without *w, struct event *event)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < FIELD_COUNT && i < event->slot_count; i++) {
        if (!lacks(w, w->of_field[i]) || event->slots[i].type == VALUE_MISSING)
            continue;
        event->slots[i] = (struct value){ .type = VALUE_MISSING };
        taken |= SIGNAL_BIT(w->of_field[i]);
    }
    return taken;
}

static uint32_t take_from_facts(const struct pipeline_without *w, struct process_facts *facts)
{
    uint32_t taken = 0;
    if (!facts->present)
        return 0;
    if (lacks(w, SIGNAL_CDHASH) && facts->cdhash.len > 0) {
        facts->cdhash = STR_EMPTY;
        taken |= SIGNAL_BIT(SIGNAL_CDHASH);
    }
    if (lacks(w, SIGNAL_PARENT) && (facts->parent.pid >= 0 || facts->parent.entity.len > 0)) {
        facts->parent = PROCESS_ID_NONE;
        facts->responsible = PROCESS_ID_NONE;
        taken |= SIGNAL_BIT(SIGNAL_PARENT);
    }
    const bool is_signed =
        facts->cs_told || facts->is_platform || facts->signing_id.len > 0 || facts->team_id.len > 0;
    if (lacks(w, SIGNAL_SIGNATURE) && is_signed) {
        facts->cs_told = false;
        facts->is_platform = false;
        facts->cs_flags = 0;
        facts->cs_validation_category = event_nobody.cs_validation_category;
        facts->signing_id = STR_EMPTY;
        facts->team_id = STR_EMPTY;
        taken |= SIGNAL_BIT(SIGNAL_SIGNATURE);
    }
    return taken;
}

static bool lacks(const struct pipeline_without *w, enum signal signal)
{
    return signal < SIGNAL_COUNT && (w->signals & SIGNAL_BIT(signal)) != 0;
}
