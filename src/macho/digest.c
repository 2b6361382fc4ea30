#include "macho/digest.h"

#define PIECE_BYTES 65536u

// Hash types of <kern/cs_blobs.h>; later ones rank higher.
static const struct {
    enum macho_hash hash;
    uint8_t type;
    uint8_t size;
    const EVP_MD *(*kind)(void);
} hashes[] = {
    { MACHO_HASH_SHA1, 1, 20, EVP_sha1 },
    { MACHO_HASH_SHA256_TRUNCATED, 3, 20, EVP_sha256 },
    { MACHO_HASH_SHA256, 2, 32, EVP_sha256 },
    { MACHO_HASH_SHA384, 4, 48, EVP_sha384 },
};

// 1.3.14.3.2.26, and 2.16.840.1.101.3.4.2.1 to .4 (RFC 5754).
static const struct {
    str object;
    const EVP_MD *(*kind)(void);
} objects[] = {
    { STR_INIT("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), EVP_sha256 },
    { STR_INIT("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), EVP_sha384 },
    { STR_INIT("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), EVP_sha512 },
    { STR_INIT("\x60\x86\x48\x01\x65\x03\x04\x02\x04"), EVP_sha224 },
    { STR_INIT("\x2b\x0e\x03\x02\x1a"), EVP_sha1 },
};

void digest_init(struct digest *d)
{
    *d = (struct digest){ .context = EVP_MD_CTX_new() };
    if (d->context == NULL)
        memory_out(EVP_MAX_MD_SIZE);
}

void digest_done(struct digest *d)
{
    EVP_MD_CTX_free(d->context);
}

bool digest_begin(struct digest *d, const EVP_MD *kind)
{
    // libcrypto looks the implementation up again only where it is told the kind.
    const bool is_same = d->kind == kind;
    d->kind = kind;
    return EVP_DigestInit_ex(d->context, is_same ? NULL : kind, NULL) == 1;
}

bool digest_add(struct digest *d, bytes in)
{
    return EVP_DigestUpdate(d->context, in.at, in.len) == 1;
}

bool digest_end(struct digest *d, uint8_t *out)
{
    return EVP_DigestFinal_ex(d->context, out, NULL) == 1;
}

bool digest_add_extent(struct digest *d, struct macho_reading *reading, struct macho_extent extent)
{
    uint8_t piece[PIECE_BYTES];
    for (uint64_t done = 0; done < extent.size;) {
        const uint64_t rest = extent.size - done;
        const size_t len = rest < sizeof piece ? (size_t)rest : sizeof piece;
        if (!macho_take_into(reading, extent.offset + done, piece, len) ||
            !digest_add(d, (bytes){ .at = piece, .len = len }))
            return false;
        done += len;
    }
    return true;
}

enum macho_hash digest_hash_of(uint8_t type, uint8_t size)
{
    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        if (hashes[i].type == type && hashes[i].size == size)
            return hashes[i].hash;
    return MACHO_HASH_NONE;
}

const EVP_MD *digest_kind_of(enum macho_hash hash)
{
    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        if (hashes[i].hash == hash)
            return hashes[i].kind();
    return NULL;
}

const EVP_MD *digest_kind_of_object(bytes object)
{
    for (size_t i = 0; i < COUNT_OF(objects); i++)
        if (str_eq(str_of_bytes(object), objects[i].object))
            return objects[i].kind();
    return NULL;
}

unsigned digest_rank_of(enum macho_hash hash)
{
    for (unsigned i = 0; i < COUNT_OF(hashes); i++)
        if (hashes[i].hash == hash)
            return i + 1;
    return 0;
}
