// What the files of the reader share: one image being read.

#ifndef MACHO_INTERNAL_H
#define MACHO_INTERNAL_H

#include "macho/macho.h"

struct macho_reading {
    const struct macho_source *source;
    struct arena *arena;
    struct macho_image *image;
    int64_t command;  // Index of the load command at hand, or -1.
};

void macho_add_error(struct macho_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Octets of the slice into the arena, or an empty slice and an error of the image. The caller has
// compared `len` with a maximum.
bool macho_take(struct macho_reading *reading, uint64_t offset, size_t len, bytes *out);
// The same into memory of the caller.
bool macho_take_into(struct macho_reading *reading, uint64_t offset, uint8_t *to, size_t len);

void macho_read_image(struct macho_reading *reading);
void macho_read_commands(struct macho_reading *reading, bytes commands, uint32_t count);
void macho_read_signature(struct macho_reading *reading, struct macho_extent extent);
// One blob of a signature, header and all, as a code directory. False and an error of the image
// where the kernel would refuse it; it is told all the same where it could be read.
bool macho_read_code_directory(struct macho_reading *reading, uint32_t slot,
                               struct macho_extent blob);
// XML and DER entitlements, either of them empty where there is none.
void macho_read_entitlements(struct macho_reading *reading, bytes xml, bytes der);

// Lower-case, two letters an octet.
str macho_hex(bytes in, struct arena *a);
str macho_arch_name(uint32_t cpu_type, uint32_t cpu_subtype, struct arena *a);

#endif
