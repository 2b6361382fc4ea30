// A STIX 2.x bundle of any size as a stream: the exact octets of one object after the other, out of the list
// "objects" of the outermost object. In memory is one object at a time.
//
// Of an object only where it ends is understood here: who takes it parses it. Around the objects commas,
// colons and brackets have to stand where JSON has them, and "type" has to say that it is a bundle.

#ifndef ATTACK_BUNDLE_H
#define ATTACK_BUNDLE_H

#include "base/err.h"
#include "base/str.h"

#include <stdio.h>

#define BUNDLE_OBJECT_MAX   (16u * 1024u * 1024u)
#define BUNDLE_SHA256_BYTES 32u

struct bundle;

// `stream` is borrowed.
struct bundle *bundle_new(FILE *stream);
void bundle_free(struct bundle *b);

// `*raw` lives until the next call, and begins at `*line` of the stream. END behind the last object, when all
// of the stream was read. ERR_FORMAT where it is no bundle or is cut short, ERR_LIMIT for an object that is
// too large, ERR_IO; the sentence begins with the line.
MUST_CHECK enum status bundle_next(struct bundle *b, str *raw, uint64_t *line, struct err *err);
// Of all octets of the stream; when bundle_next() said END.
MUST_CHECK bool bundle_sha256(struct bundle *b, uint8_t out[BUNDLE_SHA256_BYTES]);

#endif
