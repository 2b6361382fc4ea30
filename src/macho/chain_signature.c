// The signature itself: whether the key of the signer's certificate made it. Only that one
// certificate is decoded, so that this can be asked where no anchors are given.

#include "macho/chain.h"

#include "macho/ber.h"
#include "macho/cover.h"

#include <openssl/err.h>

#define HEADER_BYTES_MAX 5u
#define RSA_PREFIX       "\x2a\x86\x48\x86\xf7\x0d\x01\x01"  // 1.2.840.113549.1.1 (RFC 8017)
#define EC_PREFIX        "\x2a\x86\x48\xce\x3d"              // 1.2.840.10045 (RFC 5758)

static enum status check_leaf(struct macho_reading *reading, const struct cms_view *view,
                              X509 *leaf, struct err *err);
static bool is_read(bytes algorithm);
static enum status hash_message(struct macho_reading *reading, const struct cms_view *view,
                                const EVP_MD *kind, uint8_t *out, struct err *err);
static bool hash_attributes(bytes attributes, const EVP_MD *kind, uint8_t *out);
static size_t set_header(size_t len, uint8_t out[HEADER_BYTES_MAX]);
static enum status check_hash(EVP_PKEY *key, const EVP_MD *kind, bytes hash, bytes signature,
                              struct err *err);

enum status chain_check_signature(struct macho_reading *reading, const struct cms_view *view,
                                  struct err *err)
{
    X509 *leaf = chain_leaf_of(view);
    const enum status status =
        leaf == NULL ? fail(err, ERR_LIMIT, "the signer's certificate could not be decoded")
                     : check_leaf(reading, view, leaf, err);
    X509_free(leaf);
    ERR_clear_error();
    return status;
}

X509 *chain_leaf_of(const struct cms_view *view)
{
    const bytes whole = view->certificates[view->leaf].whole;
    const uint8_t *at = whole.at;
    return d2i_X509(NULL, &at, (long)whole.len);
}

static enum status check_leaf(struct macho_reading *reading, const struct cms_view *view,
                              X509 *leaf, struct err *err)
{
    const EVP_MD *kind = digest_kind_of_object(view->hash_kind);
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    if (!chain_is_key_bounded(X509_get0_pubkey(leaf)))
        return fail(err, ERR_LIMIT,
                    "the signer's certificate has a key of a kind or size that is not read");
    if (kind == NULL || !is_read(view->algorithm))
        return fail(err, ERR_LIMIT, "the signature is of an algorithm that is not read");
    const enum status status = hash_message(reading, view, kind, hash, err);
    if (status != OK)
        return status;
    return check_hash(X509_get0_pubkey(leaf), kind,
                      (bytes){ .at = hash, .len = (size_t)EVP_MD_get_size(kind) }, view->signature,
                      err);
}

// RSA as PKCS #1 did it first, by itself or with a hash, and ECDSA. Others have parameters.
static bool is_read(bytes algorithm)
{
    static const uint8_t rsa[] = { 1, 5, 11, 12, 13, 14 };
    const str object = str_of_bytes(algorithm);
    if (str_starts_with(object, STR(EC_PREFIX)))
        return true;
    if (!str_starts_with(object, STR(RSA_PREFIX)) || object.len != sizeof RSA_PREFIX)
        return false;
    return memchr(rsa, algorithm.at[algorithm.len - 1], sizeof rsa) != NULL;
}

// Over the signed attributes where there are any, as they stand: libcrypto would encode them again,
// and put the values of an attribute in an order in which Apple's tools did not sign them.
static enum status hash_message(struct macho_reading *reading, const struct cms_view *view,
                                const EVP_MD *kind, uint8_t *out, struct err *err)
{
    if (view->attributes.len == 0)
        return cover_hash(reading, kind, out, err);
    return hash_attributes(view->attributes, kind, out)
               ? OK
               : fail(err, ERR_LIMIT, "the signed attributes could not be hashed");
}

static bool hash_attributes(bytes attributes, const EVP_MD *kind, uint8_t *out)
{
    uint8_t header[HEADER_BYTES_MAX];
    struct digest digest;
    const size_t len = set_header(attributes.len, header);
    digest_init(&digest);
    const bool is_done = digest_begin(&digest, kind) &&
                         digest_add(&digest, (bytes){ .at = header, .len = len }) &&
                         digest_add(&digest, attributes) && digest_end(&digest, out);
    digest_done(&digest);
    return is_done;
}

// They stand under a tag of the CMS and are signed as the SET that they are (RFC 5652, 5.4).
static size_t set_header(size_t len, uint8_t out[HEADER_BYTES_MAX])
{
    size_t count = 0;
    out[count++] = BER_SET;
    if (len < 0x80) {
        out[count++] = (uint8_t)len;
        return count;
    }
    // No more than MACHO_CMS_BYTES_MAX: three octets.
    const size_t octets = len > UINT16_MAX ? 3 : len > UINT8_MAX ? 2 : 1;
    out[count++] = (uint8_t)(0x80 | octets);
    for (size_t i = octets; i > 0; i--)
        out[count++] = (uint8_t)(len >> (8 * (i - 1)));
    return count;
}

static enum status check_hash(EVP_PKEY *key, const EVP_MD *kind, bytes hash, bytes signature,
                              struct err *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (context == NULL)
        memory_out(sizeof context);
    const bool is_set =
        EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_signature_md(context, kind) == 1;
    const bool is_good =
        is_set && EVP_PKEY_verify(context, signature.at, signature.len, hash.at, hash.len) == 1;
    EVP_PKEY_CTX_free(context);
    if (!is_set)
        return fail(err, ERR_LIMIT, "the signature is of an algorithm that is not read");
    return is_good ? OK : fail(err, ERR_FORMAT, "the signature is not that of its signer");
}
