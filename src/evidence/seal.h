// The last octets of a pack, and what they vouch for: a frame that readers of zstd skip, with the public key, and the
// signature of the seal's name and the SHA-512 of all octets before the frame.

#ifndef EVIDENCE_SEAL_H
#define EVIDENCE_SEAL_H

#include "evidence/key.h"
#include "macho/digest.h"

#define EVIDENCE_SEAL_BYTES   (8u + 8u + EVIDENCE_PUBLIC_BYTES + EVIDENCE_SIGNATURE_BYTES)
#define EVIDENCE_PACK_MAX     (UINT64_C(16) << 30)  // Octets of a pack.

#define EVIDENCE_SHA512_BYTES 64u

// Puts the seal where the file is, for the digest of all before.
MUST_CHECK enum status evidence_seal_put(const struct evidence_key *key, int fd,
                                         const uint8_t digest[EVIDENCE_SHA512_BYTES],
                                         struct err *err);

// Which octets of the file the seal vouches for, and their digest. Fails with ERR_FORMAT where it does not,
// ERR_CONFIG where another key sealed it.
struct evidence_sealed {
    uint64_t len;
    uint8_t digest[EVIDENCE_SHA512_BYTES];
};
MUST_CHECK enum status evidence_seal_check(int fd, const struct evidence_key *key,
                                           struct evidence_sealed *out, struct err *err);

#endif
