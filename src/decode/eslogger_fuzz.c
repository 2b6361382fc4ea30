// decode(): whatever the octets, a record becomes an event or a counted drop, the octets behind it
// are as they were, and every text of the event can be read.

#include "decode/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static uint64_t touch(struct value v);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static const char behind[RECORD_PADDING] = "{next}";
    struct projection *projection = memory_zeroed(1, sizeof *projection);
    struct batch batch;
    projection_want_all(projection);
    projection_compile(projection);
    batch_init(&batch);
    struct decoder *d = decoder_new(projection, NULL);

    char *at = memory_new(size + RECORD_PADDING);
    if (size > 0)
        memcpy(at, octets, size);
    memcpy(at + size, behind, sizeof behind);
    struct record record = { .at = at, .len = size, .line = 1, .host = HOST_NONE };
    decode(d, &record, &batch);

    const struct decode_counts *counts = decoder_counts(d);
    uint64_t dropped = 0;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        dropped += counts->dropped[i];
    size_t events = 0;
    uint64_t sum = 0;
    for (size_t k = 0; k < batch.event_count; k++) {
        const struct event *event = batch.events[k];
        events += event->action != ACTION_COUNT;
        for (size_t i = 0; event->action != ACTION_COUNT && i < event->slot_count; i++)
            sum += touch(event->slots[i]);
    }
    uint64_t noted = 0;
    for (size_t i = 0; i < batch.drop_count; i++)
        noted += batch.drops[i].count;
    if (counts->in != 1 + counts->unpacked || counts->out + dropped != counts->in ||
        counts->out != events || noted != dropped || sum == UINT64_MAX ||
        memcmp(at + size, behind, sizeof behind) != 0)
        abort();

    free(at);
    decoder_free(d);
    batch_done(&batch);
    free(projection);
    return 0;
}

static uint64_t touch(struct value v)
{
    uint64_t sum = 0;
    if (v.type == VALUE_LIST)
        for (size_t i = 0; i < v.len; i++)
            sum += touch(v.list[i]);
    if (v.type == VALUE_TEXT)
        for (size_t i = 0; i < v.len; i++)
            sum += (unsigned char)v.text[i];
    return sum;
}
