// An evidence pack: one file, that `zstd -d | tar -x` unpacks and one public key vouches for.
//
//     tar.zst   manifest.json   name, size and SHA-256 of every member behind these three
//               manifest.sig    the Ed25519 signature of manifest.json, 64 octets
//               public-key.pem  of the key that signed
//               ...             the members, in the order of their names
//     seal      a frame that readers of zstd skip: the public key, and the signature of all octets before it
//
// The manifest vouches for what was unpacked, the seal for every octet of the file.

#ifndef EVIDENCE_PACK_H
#define EVIDENCE_PACK_H

#include "evidence/archive.h"
#include "evidence/key.h"

#define EVIDENCE_MANIFEST_MAX (4u * 1024u * 1024u)
#define EVIDENCE_SEAL_BYTES   (8u + 8u + EVIDENCE_PUBLIC_BYTES + EVIDENCE_SIGNATURE_BYTES)

// What the manifest says beside the members.
struct evidence_about {
    str from;  // Days, as 2026-01-31; both are in the period.
    str to;
    int64_t end_s;  // The first second behind it. Not in the manifest: the members' time.
    str program;    // "pomona 0.1.0"
    int64_t audit_count;
    str audit_head;  // The hash of the audit log's last entry, in hexadecimal digits.
};

// Members in any order; no two have one name. The same are written the same.
MUST_CHECK enum status evidence_pack_write(const struct evidence_about *about,
                                           const struct evidence_member *members, size_t count,
                                           const struct evidence_key *key, struct buf *out,
                                           struct err *err);
// Puts the seal behind what is in the buffer.
MUST_CHECK enum status evidence_pack_seal(const struct evidence_key *key, struct buf *out,
                                          struct err *err);

struct evidence_verified {
    struct evidence_about about;  // In the arena.
    size_t members;               // Behind the first three.
    uint64_t octets;
};
// Fails with ERR_FORMAT or ERR_LIMIT where anything is not as it was signed, ERR_CONFIG where another key
// signed it.
MUST_CHECK enum status evidence_pack_verify(bytes pack, const struct evidence_key *key,
                                            struct arena *arena, struct evidence_verified *out,
                                            struct err *err);

#endif
