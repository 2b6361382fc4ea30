#include "macho/chain.h"

#include <openssl/err.h>

struct verification {
    const struct macho_anchors *anchors;
    const struct cms_view *view;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    CMS_SignerInfo *signer;
    X509 *leaf;
};

static enum status verify(struct verification *v, bytes cms, struct err *err);
static enum status open_cms(struct verification *v, bytes cms, struct err *err);
static enum status time_of(struct verification *v, int64_t *out, struct err *err);

enum status chain_verify(bytes cms, const struct cms_view *view,
                         const struct macho_anchors *anchors, struct err *err)
{
    struct verification v = { .anchors = anchors, .view = view };
    const enum status status = verify(&v, cms, err);
    X509_free(v.leaf);
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
    v->leaf = chain_leaf_of(v->view);
    return v->leaf != NULL ? OK
                           : fail(err, ERR_FORMAT, "the signer's certificate could not be decoded");
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
