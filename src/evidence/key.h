// Ed25519 keys, in PEM files as OpenSSL writes them, and what is signed with them.

#ifndef EVIDENCE_KEY_H
#define EVIDENCE_KEY_H

#include "base/arena.h"
#include "base/err.h"

#define EVIDENCE_PUBLIC_BYTES     32u
#define EVIDENCE_SIGNATURE_BYTES  64u
#define EVIDENCE_SHA256_BYTES     32u
#define EVIDENCE_FINGERPRINT_SIZE (2u * EVIDENCE_SHA256_BYTES + 1u)
#define EVIDENCE_KEY_FILE_MAX     (16u * 1024u)

struct evidence_key;

enum evidence_key_part {
    EVIDENCE_KEY_PUBLIC,
    EVIDENCE_KEY_PRIVATE,
};

MUST_CHECK enum status evidence_key_make(struct evidence_key **out, struct err *err);
// Fails with ERR_IO where the file cannot be read, ERR_FORMAT where it holds no such key, ERR_CONFIG where a
// private one may be read by others. The sentence begins with the path.
MUST_CHECK enum status evidence_key_read(str path, enum evidence_key_part part,
                                         struct evidence_key **out, struct err *err);
// The private key to PATH, for its owner alone, and the public one to PATH.pub. Never over a file that is there.
MUST_CHECK enum status evidence_key_write(const struct evidence_key *key, str path,
                                          struct err *err);
void evidence_key_free(struct evidence_key *key);  // NULL is fine.

// SHA-256 of the public key's 32 octets, in hexadecimal digits.
void evidence_fingerprint_of(const uint8_t key[EVIDENCE_PUBLIC_BYTES],
                             char out[EVIDENCE_FINGERPRINT_SIZE]);
const uint8_t *evidence_key_public(const struct evidence_key *key);
MUST_CHECK enum status evidence_key_public_pem(const struct evidence_key *key, struct arena *arena,
                                               str *out, struct err *err);

MUST_CHECK enum status evidence_sign(const struct evidence_key *key, bytes what,
                                     uint8_t out[EVIDENCE_SIGNATURE_BYTES], struct err *err);
bool evidence_is_signed(const struct evidence_key *key, bytes what,
                        const uint8_t signature[EVIDENCE_SIGNATURE_BYTES]);

// In hexadecimal digits.
void evidence_hex(const uint8_t *at, size_t len, char *out);
void evidence_sha256(bytes what, char out[EVIDENCE_FINGERPRINT_SIZE]);

#endif
