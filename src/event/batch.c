#include "event/batch.h"

#include <stdlib.h>

void batch_init(struct batch *b)
{
    *b = (struct batch){ 0 };
}

void batch_done(struct batch *b)
{
    arena_done(&b->arena);
    free(b->records);
    free(b->findings);
    *b = (struct batch){ 0 };
}

void batch_reset(struct batch *b)
{
    arena_reset(&b->arena);
    b->record_count = 0;
    b->finding_count = 0;
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
