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
    free(b->findings);
    *b = (struct batch){ 0 };
}

void batch_reset(struct batch *b)
{
    arena_reset(&b->arena);
    b->record_count = 0;
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
