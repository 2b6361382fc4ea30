#include "event/batch.h"

#include <stdlib.h>

#define OCTETS_KEPT_MAX (4u * 1024u * 1024u)  // An empty batch holds on to no more than this.

static void give_back(struct batch *b);

void batch_init(struct batch *b)
{
    *b = (struct batch){ 0 };
}

void batch_done(struct batch *b)
{
    arena_done(&b->arena);
    give_back(b);
    free(b->records);
    free(b->events);
    free(b->drops);
    free(b->findings);
    *b = (struct batch){ 0 };
}

void batch_reset(struct batch *b)
{
    arena_reset(&b->arena);
    b->record_count = 0;
    b->event_count = 0;
    b->spare_event = NULL;
    b->drop_count = 0;
    b->finding_count = 0;
    if (b->octet_capacity > OCTETS_KEPT_MAX)
        give_back(b);
}

static void give_back(struct batch *b)
{
    free(b->octets);
    b->octets = NULL;
    b->octet_capacity = 0;
}

void batch_make_room(struct batch *b, size_t size)
{
    if (size <= b->octet_capacity)
        return;
    b->octets = memory_resize(b->octets, size + RECORD_PADDING);
    b->octet_capacity = size;
}

void batch_add_record(struct batch *b, struct record record)
{
    if (b->record_count == b->record_capacity) {
        b->record_capacity = b->record_capacity == 0 ? 256 : b->record_capacity * 2;
        b->records = memory_resize(b->records, b->record_capacity * sizeof *b->records);
    }
    b->records[b->record_count++] = record;
}

struct event *batch_add_event(struct batch *b, size_t slot_count)
{
    if (b->event_count == b->event_capacity) {
        b->event_capacity = b->event_capacity == 0 ? 256 : b->event_capacity * 2;
        b->events = memory_resize(b->events, b->event_capacity * sizeof(struct event *));
    }
    struct event *event = b->spare_event;
    if (event == NULL || event->slot_count != slot_count) {
        event = arena_alloc(&b->arena, sizeof *event);
        event->slots = arena_alloc(&b->arena, slot_count * sizeof *event->slots);
    }
    struct value *slots = event->slots;
    *event = (struct event){
        .action = ACTION_COUNT,
        .process = event_nobody,
        .previous = event_nobody,
        .target = event_nobody,
        .slot_count = slot_count,
        .slots = slots,
    };
    memset(slots, 0, slot_count * sizeof *slots);
    b->spare_event = NULL;
    b->events[b->event_count++] = event;
    return event;
}

void batch_withdraw_event(struct batch *b)
{
    b->spare_event = b->events[--b->event_count];
}

// Damage comes in runs, so that the last entry is nearly always the one.
void batch_add_drop(struct batch *b, uint32_t host, uint32_t reason)
{
    if (b->drop_count > 0) {
        struct batch_drops *last = &b->drops[b->drop_count - 1];
        if (last->host == host && last->reason == reason) {
            last->count++;
            return;
        }
    }
    if (b->drop_count == b->drop_capacity) {
        b->drop_capacity = b->drop_capacity == 0 ? 16 : b->drop_capacity * 2;
        b->drops = memory_resize(b->drops, b->drop_capacity * sizeof *b->drops);
    }
    b->drops[b->drop_count++] = (struct batch_drops){ .host = host, .reason = reason, .count = 1 };
}

struct finding *batch_add_finding(struct batch *b)
{
    if (b->finding_count == b->finding_capacity) {
        b->finding_capacity = b->finding_capacity == 0 ? 16 : b->finding_capacity * 2;
        b->findings = memory_resize(b->findings, b->finding_capacity * sizeof(struct finding *));
    }
    struct finding *finding = arena_zalloc(&b->arena, sizeof *finding);
    b->findings[b->finding_count++] = finding;
    return finding;
}
