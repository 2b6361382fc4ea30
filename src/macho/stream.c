#include "macho/stream.h"

#include <assert.h>

struct macho_stream macho_stream_of(struct macho_reading *reading, struct macho_extent extent,
                                    uint8_t *buffer, size_t ahead)
{
    assert(ahead <= MACHO_STREAM_BYTES);
    return (struct macho_stream){
        .reading = reading, .extent = extent, .buffer = buffer, .ahead = ahead
    };
}

bytes macho_stream_at(struct macho_stream *stream, uint64_t offset, size_t wanted)
{
    const bytes nothing = { .at = stream->buffer, .len = 0 };
    if (stream->failed || offset >= stream->extent.size)
        return nothing;
    const uint64_t rest = stream->extent.size - offset;
    const size_t len = rest < wanted ? (size_t)rest : wanted;
    assert(len <= MACHO_STREAM_BYTES);

    if (offset < stream->begin || offset + len > stream->begin + stream->len) {
        const size_t fetched = len > stream->ahead ? len : stream->ahead;
        stream->begin = offset;
        stream->len = rest < fetched ? (size_t)rest : fetched;
        if (!macho_take_into(stream->reading, stream->extent.offset + offset, stream->buffer,
                             stream->len)) {
            stream->failed = true;
            return nothing;
        }
    }
    return (bytes){ .at = stream->buffer + (offset - stream->begin), .len = len };
}
