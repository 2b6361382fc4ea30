// Messages between the process that walks and writes and those that read images: a kind, a
// length, octets, and perhaps a descriptor that goes with them. A reader is sent the next file
// while it reads one, so that it need not wait.
//
//   walker → reader   JOB    a file to read: its path, its size, its descriptor
//                     PLACE  what lies at the paths that were asked for
//                     PART   a part of the bundle that was asked for: size and descriptor
//   reader → walker   READY  once: what holds the reader (sandbox.h)
//                     LOOK   paths
//                     OPEN   a part of the bundle
//                     TOLD   one slice
//                     DONE   the file is read: a status and a sentence

#ifndef INSPECT_WIRE_H
#define INSPECT_WIRE_H

#include "base/buf.h"
#include "base/err.h"

#define WIRE_HEADER_BYTES 8u
#define WIRE_MESSAGE_MAX  (64u * 1024 * 1024)
#define WIRE_PART_CLOSED  UINT64_MAX  // In place of a size: the part is there and may not be read.

enum wire_kind {
    WIRE_JOB = 1,
    WIRE_PLACE,
    WIRE_PART,
    WIRE_READY,
    WIRE_LOOK,
    WIRE_OPEN,
    WIRE_TOLD,
    WIRE_DONE,
};

struct wire_message {
    enum wire_kind kind;
    bytes body;  // Borrowed from the buffer.
    int fd;      // -1 where none came with it; otherwise the receiver closes it.
};

// Appends a message to what will be sent.
void wire_add(struct buf *b, enum wire_kind kind, bytes body);
// Sends what was added, and empties it. `fd` goes with the first octet, and stays the caller's; -1:
// none. ERR_IO where the other end is gone or does not take it.
MUST_CHECK enum status wire_send(int socket, struct buf *b, int fd, struct err *err);

// Waits for a whole message. END where the other end is gone; ERR_FORMAT where it is none.
MUST_CHECK enum status wire_receive(int socket, struct buf *b, struct wire_message *out,
                                    struct err *err);

// For the side that must not wait: takes what is there into `b`. END where the other end is gone.
MUST_CHECK enum status wire_fill(int socket, struct buf *b, struct err *err);
// The first whole message of `b`, without a descriptor, and how much of `b` it is; END where there
// is none yet.
MUST_CHECK enum status wire_first(const struct buf *b, struct wire_message *out, size_t *out_len,
                                  struct err *err);

#endif
