// Hashes of code directories: what each type is, and a running hash that is set up once and used
// for many pages.

#ifndef MACHO_DIGEST_H
#define MACHO_DIGEST_H

#include "macho/internal.h"

#include <openssl/evp.h>

struct digest {
    EVP_MD_CTX *context;
    const EVP_MD *kind;  // The last one; starting it again costs no look-up.
};

// By value. Running out of memory ends the process, as everywhere.
void digest_init(struct digest *d);
void digest_done(struct digest *d);

// False where libcrypto refuses; `out` has room for EVP_MAX_MD_SIZE octets.
bool digest_begin(struct digest *d, const EVP_MD *kind);
bool digest_add(struct digest *d, bytes in);
bool digest_end(struct digest *d, uint8_t *out);

// Adds a part of the slice, a piece at a time. False and an error of the image where it could not
// be read.
bool digest_add_extent(struct digest *d, struct macho_reading *reading, struct macho_extent extent);

// The hash of a type and size as <kern/cs_blobs.h> numbers them; MACHO_HASH_NONE for others.
enum macho_hash digest_hash_of(uint8_t type, uint8_t size);
const EVP_MD *digest_kind_of(enum macho_hash hash);
// The hash that ASN.1 names so, of those that code is signed with; NULL for others.
const EVP_MD *digest_kind_of_object(bytes object);
// Which of two code directories the kernel takes: the higher one.
unsigned digest_rank_of(enum macho_hash hash);

#endif
