#include "macho/chain.h"

#include "macho/ber.h"
#include "macho/digest.h"

#include <openssl/err.h>

#define HEADER_BYTES_MAX 5u

struct verification {
    struct macho_reading *reading;
    const struct macho_anchors *anchors;
    const struct cms_view *view;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    CMS_SignerInfo *signer;
    X509 *leaf;
};

static enum status verify(struct verification *v, bytes cms, struct err *err);
static enum status open_cms(struct verification *v, bytes cms, struct err *err);
static enum status find_leaf(struct verification *v, struct err *err);
static enum status check_signature(struct verification *v, struct err *err);
static size_t set_header(size_t len, uint8_t out[HEADER_BYTES_MAX]);
static enum status check_primary_directory(struct verification *v, struct err *err);
static enum status time_of(struct verification *v, int64_t *out, struct err *err);

enum status chain_verify(struct macho_reading *reading, bytes cms, const struct cms_view *view,
                         const struct macho_anchors *anchors, struct err *err)
{
    struct verification v = { .reading = reading, .anchors = anchors, .view = view };
    const enum status status = verify(&v, cms, err);
    sk_X509_pop_free(v.certificates, X509_free);
    CMS_ContentInfo_free(v.cms);
    ERR_clear_error();
    return status;
}

static enum status verify(struct verification *v, bytes cms, struct err *err)
{
    int64_t at = 0;
    enum status status = open_cms(v, cms, err);
    if (status == OK)
        status = chain_check_keys(v->certificates, err);
    if (status == OK)
        status = check_signature(v, err);
    if (status == OK)
        status = check_primary_directory(v, err);
    if (status == OK)
        status = chain_check_directories(v->reading, v->signer, err);
    if (status == OK)
        status = time_of(v, &at, err);
    if (status == OK)
        status = chain_lead(v->leaf, v->certificates, v->anchors, CHAIN_SIGNS_CODE, at,
                            "the signer's certificate", err);
    return status;
}

static enum status open_cms(struct verification *v, bytes cms, struct err *err)
{
    const uint8_t *at = cms.at;
    v->cms = d2i_CMS_ContentInfo(NULL, &at, (long)cms.len);
    if (v->cms == NULL)
        return fail(err, ERR_FORMAT, "CMS signature of %zu octets is damaged", cms.len);
    v->certificates = CMS_get1_certs(v->cms);
    const STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(v->cms);
    if (sk_CMS_SignerInfo_num(signers) != 1)
        return fail(err, ERR_FORMAT, "CMS signature does not have one signer");
    v->signer = sk_CMS_SignerInfo_value(signers, 0);
    return find_leaf(v, err);
}

static enum status find_leaf(struct verification *v, struct err *err)
{
    for (int i = 0; i < sk_X509_num(v->certificates); i++)
        if (CMS_SignerInfo_cert_cmp(v->signer, sk_X509_value(v->certificates, i)) == 0) {
            v->leaf = sk_X509_value(v->certificates, i);
            return OK;
        }
    return fail(err, ERR_FORMAT, "the signer's certificate is not in the CMS signature");
}

// That of the leaf's key over the signed attributes, as they stand. libcrypto would encode them
// again, and put the values of an attribute in an order in which Apple's tools did not sign them.
static enum status check_signature(struct verification *v, struct err *err)
{
    const bytes attributes = v->view->attributes;
    const ASN1_OCTET_STRING *told = CMS_SignerInfo_get0_signature(v->signer);
    X509_ALGOR *algorithm = NULL;
    uint8_t header[HEADER_BYTES_MAX];

    CMS_SignerInfo_get0_algs(v->signer, NULL, NULL, &algorithm, NULL);
    const EVP_MD *kind = chain_digest_of(algorithm);
    if (attributes.len == 0 || kind == NULL)
        return fail(err, ERR_FORMAT, "CMS signature has no attributes that can be verified");
    const size_t len = set_header(attributes.len, header);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL)
        memory_out(sizeof context);
    const bool is_good =
        EVP_DigestVerifyInit(context, NULL, kind, NULL, X509_get0_pubkey(v->leaf)) == 1 &&
        EVP_DigestVerifyUpdate(context, header, len) == 1 &&
        EVP_DigestVerifyUpdate(context, attributes.at, attributes.len) == 1 &&
        EVP_DigestVerifyFinal(context, ASN1_STRING_get0_data(told),
                              (size_t)ASN1_STRING_length(told)) == 1;
    EVP_MD_CTX_free(context);
    return is_good ? OK : fail(err, ERR_FORMAT, "the signature is not that of its signer");
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

// The message is the code directory in slot 0, which may be large: it is hashed in pieces.
static enum status check_primary_directory(struct verification *v, struct err *err)
{
    const struct macho_signature *signature = &v->reading->image->signature;
    X509_ALGOR *algorithm = NULL;
    uint8_t value[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;

    CMS_SignerInfo_get0_algs(v->signer, NULL, NULL, &algorithm, NULL);
    const EVP_MD *kind = chain_digest_of(algorithm);
    const ASN1_OCTET_STRING *told = CMS_signed_get0_data_by_OBJ(
        v->signer, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
    const struct macho_code_directory *primary = NULL;
    for (size_t i = 0; i < signature->directory_count; i++)
        if (signature->directories[i].slot == 0)
            primary = &signature->directories[i];
    if (primary == NULL)
        return fail(err, ERR_FORMAT, "there is no code directory in slot 0");
    if (kind == NULL || told == NULL || ASN1_STRING_length(told) != EVP_MD_get_size(kind))
        return fail(err, ERR_FORMAT, "CMS signature has no hash of the code directory");
    digest_init(&digest);
    const bool is_done = digest_begin(&digest, kind) &&
                         digest_add_extent(&digest, v->reading, primary->extent) &&
                         digest_end(&digest, value);
    digest_done(&digest);
    if (!is_done)
        return fail(err, ERR_FORMAT, "the code directory could not be read");
    if (memcmp(ASN1_STRING_get0_data(told), value, (size_t)ASN1_STRING_length(told)) != 0)
        return fail(err, ERR_FORMAT, "the code directory is not the one that was signed");
    return OK;
}

static enum status time_of(struct verification *v, int64_t *out, struct err *err)
{
    const int index = CMS_unsigned_get_attr_by_NID(v->signer, NID_id_smime_aa_timeStampToken, -1);
    if (index < 0) {
        *out = v->view->signing_time;
        return v->view->has_signing_time
                   ? OK
                   : fail(err, ERR_FORMAT, "CMS signature does not say when it was made");
    }
    X509_ATTRIBUTE *attribute = CMS_unsigned_get_attr(v->signer, index);
    const ASN1_STRING *token = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);
    if (token == NULL)
        return fail(err, ERR_FORMAT, "the timestamp is damaged");
    const bytes in = { .at = ASN1_STRING_get0_data(token),
                       .len = (size_t)ASN1_STRING_length(token) };
    return chain_read_timestamp(v->signer, in, v->anchors, out, err);
}

const EVP_MD *chain_digest_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    switch (OBJ_obj2nid(object)) {
    case NID_sha1:
        return EVP_sha1();
    case NID_sha256:
        return EVP_sha256();
    case NID_sha384:
        return EVP_sha384();
    case NID_sha512:
        return EVP_sha512();
    default:
        return NULL;
    }
}
