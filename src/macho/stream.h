// A part of an image, read piece by piece: tables of tens of megabytes pass through one buffer.
//
// Reading is linear as long as the offsets that are asked for do not fall: a piece that is
// fetched anew begins where the last one had too little left.

#ifndef MACHO_STREAM_H
#define MACHO_STREAM_H

#include "macho/internal.h"

#define MACHO_STREAM_BYTES 65536u  // Of the buffer.

struct macho_stream {
    struct macho_reading *reading;
    struct macho_extent extent;
    uint8_t *buffer;  // Of MACHO_STREAM_BYTES.
    size_t ahead;     // How much is fetched at once.
    uint64_t begin;   // Of what the buffer holds, counted from the extent's start.
    size_t len;
    bool failed;  // Something could not be read; an error of the image says why.
};

// `extent` lies in the image.
struct macho_stream macho_stream_of(struct macho_reading *reading, struct macho_extent extent,
                                    uint8_t *buffer, size_t ahead);

// The `wanted` octets at `offset`, or what there is of them before the end; at most
// MACHO_STREAM_BYTES. Valid until the next call.
bytes macho_stream_at(struct macho_stream *stream, uint64_t offset, size_t wanted);

#endif
