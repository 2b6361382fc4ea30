// What lies behind the code signature. Nothing can seal it: the signature cannot hold hashes of
// what is written after it, and so Apple's tools put it last, at the end of __LINKEDIT; Security
// calls an image suspicious whose __LINKEDIT does not end where the image does.

#include "macho/commands.h"

#define PADDING_MAX 16384u  // Up to the next page. Zeros say nothing, whoever reads them.
#define PIECE_BYTES 1024u

static bool is_padding(struct macho_reading *reading, uint64_t offset, uint64_t len);

void macho_check_signature_end(struct macho_walk *walk)
{
    struct macho_reading *reading = walk->reading;
    struct macho_image *image = reading->image;
    const uint64_t end = walk->signature.offset + walk->signature.size;  // Inside the image.
    if (image->size == end || is_padding(reading, end, image->size - end))
        return;
    if (walk->segments_end > end) {
        macho_add_error(reading, "%llu octets of segments behind the code signature are not sealed",
                        (unsigned long long)(walk->segments_end - end));
        image->signature.state = MACHO_SIGNATURE_INVALID;
    } else {
        // No segment brings them into memory, so they do no harm there; the kernel runs it.
        macho_add_error(reading, "%llu octets behind the code signature are not sealed",
                        (unsigned long long)(image->size - end));
    }
}

static bool is_padding(struct macho_reading *reading, uint64_t offset, uint64_t len)
{
    uint8_t piece[PIECE_BYTES];
    if (len > PADDING_MAX)
        return false;
    for (uint64_t at = 0; at < len; at += sizeof piece) {
        const size_t part = len - at < sizeof piece ? (size_t)(len - at) : sizeof piece;
        if (!macho_take_into(reading, offset + at, piece, part))
            return false;
        for (size_t i = 0; i < part; i++)
            if (piece[i] != 0)
                return false;
    }
    return true;
}
