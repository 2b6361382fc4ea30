#include "evidence/seal.h"

#include "evidence/members.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (256u * 1024u)
#define SEAL_SKIP   "\x5e\x2a\x4d\x18"  // A skippable frame of zstd, and the size of what is in it.
#define SEAL_SIZE   "\x68\x00\x00\x00"
#define SEAL_NAME   "POMSEAL1"
#define SEAL_LEAD   SEAL_SKIP SEAL_SIZE SEAL_NAME

_Static_assert(EVIDENCE_SEAL_BYTES - 8 == 0x68, "the size in the frame");

// What is signed. The name says what a signature is for, so that one of a manifest is none of a pack.
struct statement {
    uint8_t at[8 + EVIDENCE_SHA512_BYTES];
};

static struct statement statement_of(const uint8_t digest[EVIDENCE_SHA512_BYTES]);
static enum status read_seal(int fd, uint64_t *len, uint8_t *seal, struct err *err);
static enum status read_at(int fd, uint64_t at, uint8_t *to, size_t len, struct err *err);
static enum status hash_to(int fd, uint64_t len, uint8_t out[EVIDENCE_SHA512_BYTES],
                           struct err *err);
static enum status add_pieces(int fd, uint64_t len, struct digest *digest, struct err *err);

enum status evidence_seal_put(const struct evidence_key *key, int fd,
                              const uint8_t digest[EVIDENCE_SHA512_BYTES], struct err *err)
{
    uint8_t seal[EVIDENCE_SEAL_BYTES];
    const str lead = STR(SEAL_LEAD);
    const struct statement s = statement_of(digest);
    memcpy(seal, lead.at, lead.len);
    memcpy(seal + lead.len, evidence_key_public(key), EVIDENCE_PUBLIC_BYTES);
    const enum status status = evidence_sign(key, (bytes){ .at = s.at, .len = sizeof s.at },
                                             seal + lead.len + EVIDENCE_PUBLIC_BYTES, err);
    return status == OK ? evidence_put(fd, (bytes){ .at = seal, .len = sizeof seal }, err) : status;
}

static struct statement statement_of(const uint8_t digest[EVIDENCE_SHA512_BYTES])
{
    struct statement s;
    memcpy(s.at, SEAL_NAME, 8);
    memcpy(s.at + 8, digest, EVIDENCE_SHA512_BYTES);
    return s;
}

// Nothing of the pack is read before every octet of it is known to be the signer's.
enum status evidence_seal_check(int fd, const struct evidence_key *key, struct evidence_sealed *out,
                                struct err *err)
{
    uint8_t seal[EVIDENCE_SEAL_BYTES];
    struct evidence_sealed sealed = { .len = 0 };
    const str lead = STR(SEAL_LEAD);
    const uint8_t *signer = seal + lead.len;
    enum status status = read_seal(fd, &sealed.len, seal, err);
    if (status != OK)
        return status;
    if (memcmp(seal, lead.at, lead.len) != 0)
        return fail(err, ERR_FORMAT,
                    "does not end with a seal: it is no evidence pack, was cut off, or has octets "
                    "behind its end");
    if (memcmp(signer, evidence_key_public(key), EVIDENCE_PUBLIC_BYTES) != 0) {
        char theirs[EVIDENCE_FINGERPRINT_SIZE];
        char ours[EVIDENCE_FINGERPRINT_SIZE];
        evidence_fingerprint_of(signer, theirs);
        evidence_fingerprint_of(evidence_key_public(key), ours);
        return fail(err, ERR_CONFIG, "was sealed with another key (%s) than the given one (%s)",
                    theirs, ours);
    }
    status = hash_to(fd, sealed.len, sealed.digest, err);
    if (status != OK)
        return status;
    const struct statement s = statement_of(sealed.digest);
    if (!evidence_is_signed(key, (bytes){ .at = s.at, .len = sizeof s.at },
                            signer + EVIDENCE_PUBLIC_BYTES))
        return fail(err, ERR_FORMAT, "was changed after it was sealed");
    *out = sealed;
    return OK;
}

static enum status read_seal(int fd, uint64_t *len, uint8_t *seal, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    const uint64_t size = st.st_size < 0 ? 0 : (uint64_t)st.st_size;
    if (size <= EVIDENCE_SEAL_BYTES)
        return fail(err, ERR_FORMAT, "is no evidence pack, or was cut off");
    if (size > EVIDENCE_PACK_MAX)
        return fail(err, ERR_LIMIT, "a pack has at most %llu octets",
                    (unsigned long long)EVIDENCE_PACK_MAX);
    *len = size - EVIDENCE_SEAL_BYTES;
    return read_at(fd, *len, seal, EVIDENCE_SEAL_BYTES, err);
}

static enum status read_at(int fd, uint64_t at, uint8_t *to, size_t len, struct err *err)
{
    while (len > 0) {
        const ssize_t got = pread(fd, to, len, (off_t)at);
        if (got < 0 && errno != EINTR)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (got == 0)
            return fail(err, ERR_FORMAT, "became shorter while it was read");
        if (got > 0) {
            at += (uint64_t)got;
            to += got;
            len -= (size_t)got;
        }
    }
    return OK;
}

static enum status hash_to(int fd, uint64_t len, uint8_t out[EVIDENCE_SHA512_BYTES],
                           struct err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;
    digest_init(&digest);
    enum status status = digest_begin(&digest, EVP_sha512())
                             ? add_pieces(fd, len, &digest, err)
                             : fail(err, ERR_IO, "libcrypto has no SHA-512");
    if (status == OK && !digest_end(&digest, hash))
        status = fail(err, ERR_IO, "libcrypto has no SHA-512");
    digest_done(&digest);
    memcpy(out, hash, EVIDENCE_SHA512_BYTES);
    return status;
}

static enum status add_pieces(int fd, uint64_t len, struct digest *digest, struct err *err)
{
    uint8_t *piece = memory_new(PIECE_BYTES);
    enum status status = OK;
    for (uint64_t at = 0; at < len && status == OK;) {
        const size_t want = len - at < PIECE_BYTES ? (size_t)(len - at) : PIECE_BYTES;
        status = read_at(fd, at, piece, want, err);
        if (status == OK && !digest_add(digest, (bytes){ .at = piece, .len = want }))
            status = fail(err, ERR_IO, "libcrypto has no SHA-512");
        at += want;
    }
    free(piece);
    return status;
}
