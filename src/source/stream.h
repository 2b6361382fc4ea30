// Octets of one input, decompressed: plain, gzip or zstd, told apart by their first octets.

#ifndef SOURCE_STREAM_H
#define SOURCE_STREAM_H

#include "base/err.h"
#include "base/str.h"

#include <signal.h>

struct stream;

// "-" is standard input. `idle_ms`: how long to wait for octets; 0: for ever. Fails with ERR_IO
// where it cannot be opened or is a directory.
MUST_CHECK enum status stream_open(str path, const volatile sig_atomic_t *stop, uint32_t idle_ms,
                                   struct stream **out, struct err *err);
struct stream *stream_of_memory(bytes input);
void stream_close(struct stream *s);

// At least one octet, waiting for it where there is none yet, and at most `max`; none where the
// input gave nothing for so long. END at the end of the input, or when `stop` was set. ERR_FORMAT
// where compressed data is damaged or cut.
MUST_CHECK enum status stream_read(struct stream *s, char *out, size_t max, size_t *got,
                                   struct err *err);

#endif
