// An evidence pack: one file, that `zstd -d | tar -x` unpacks and one public key vouches for.
//
//     tar.zst   manifest.json   name, size and SHA-256 of every member behind these three
//               manifest.sig    the Ed25519 signature of manifest.json, 64 octets
//               public-key.pem  of the key that signed
//               ...             the members, in the order of their names
//     seal      a frame that readers of zstd skip: the public key, and what it vouches for all octets before it
//
// The manifest vouches for what was unpacked, the seal for every octet of the file.

#ifndef EVIDENCE_PACK_H
#define EVIDENCE_PACK_H

#include "evidence/archive.h"
#include "evidence/seal.h"

#define EVIDENCE_MANIFEST_MAX (4u * 1024u * 1024u)

// What the manifest says beside the members.
struct evidence_about {
    str from;  // Days, as 2026-01-31; both are in the period.
    str to;
    int64_t end_s;  // The first second behind it. Not in the manifest: the members' time.
    str program;    // "pomona 0.1.0"
    int64_t audit_count;
    str audit_head;  // The hash of the audit log's last entry, in hexadecimal digits.
};

// Whole or not at all, and never over a file that is there: it may be the only copy of another pack. Members in any
// order; no two have one name; the first three are added to them. The same are written the same.
MUST_CHECK enum status evidence_pack_write(const struct evidence_about *about,
                                           struct evidence_members *members,
                                           const struct evidence_key *key, str path,
                                           struct err *err);
// The archive of the members as they stand, the one with the number first, and the seal behind, to where the file
// is.
MUST_CHECK enum status evidence_pack_put(const struct evidence_members *members, size_t first,
                                         int64_t time_s, const struct evidence_key *key, int fd,
                                         struct err *err);

struct evidence_verified {
    struct evidence_about about;  // In the arena.
    size_t members;               // Behind the first three.
    uint64_t octets;
};
// A regular file, from its beginning. Fails with ERR_FORMAT or ERR_LIMIT where anything is not as it was signed,
// ERR_CONFIG where another key signed it.
MUST_CHECK enum status evidence_pack_verify(int fd, const struct evidence_key *key,
                                            struct arena *arena, struct evidence_verified *out,
                                            struct err *err);

#endif
