// The timestamp of a signature (RFC 3161): another CMS signature, over the hash of the first.

#include "macho/chain.h"

#include "base/date.h"
#include "macho/digest.h"

#include <openssl/evp.h>
#include <openssl/ts.h>

struct stamp {
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    STACK_OF(X509) * signers;
    TS_TST_INFO *content;
};

static enum status open_stamp(struct stamp *stamp, bytes token, struct err *err);
static enum status check_stamp(struct stamp *stamp, CMS_SignerInfo *signer,
                               const struct macho_anchors *anchors, int64_t *out, struct err *err);
static bool is_of(TS_TST_INFO *content, CMS_SignerInfo *signer);
static bool seconds_of(const ASN1_GENERALIZEDTIME *time, int64_t *out);

enum status chain_read_timestamp(CMS_SignerInfo *signer, bytes token,
                                 const struct macho_anchors *anchors, int64_t *out, struct err *err)
{
    struct stamp stamp = { .cms = NULL };
    enum status status = open_stamp(&stamp, token, err);
    if (status == OK)
        status = check_stamp(&stamp, signer, anchors, out, err);
    TS_TST_INFO_free(stamp.content);
    sk_X509_free(stamp.signers);
    sk_X509_pop_free(stamp.certificates, X509_free);
    CMS_ContentInfo_free(stamp.cms);
    return status;
}

static enum status open_stamp(struct stamp *stamp, bytes token, struct err *err)
{
    struct cms_view view;
    const uint8_t *at = token.at;
    struct err why;
    // Counts the certificates before libcrypto decodes each.
    if (cms_view_of(token, &view, &why) != OK)
        return fail(err, ERR_FORMAT, "timestamp: %s", why.text);
    stamp->cms = d2i_CMS_ContentInfo(NULL, &at, (long)token.len);
    if (stamp->cms == NULL ||
        OBJ_obj2nid(CMS_get0_eContentType(stamp->cms)) != NID_id_smime_ct_TSTInfo)
        return fail(err, ERR_FORMAT, "the timestamp is damaged");
    ASN1_OCTET_STRING **content = CMS_get0_content(stamp->cms);
    if (content == NULL || *content == NULL)
        return fail(err, ERR_FORMAT, "the timestamp is empty");
    at = ASN1_STRING_get0_data(*content);
    stamp->content = d2i_TS_TST_INFO(NULL, &at, ASN1_STRING_length(*content));
    stamp->certificates = CMS_get1_certs(stamp->cms);
    if (stamp->content == NULL)
        return fail(err, ERR_FORMAT, "the timestamp is damaged");
    return chain_check_keys(stamp->certificates, err);
}

static enum status check_stamp(struct stamp *stamp, CMS_SignerInfo *signer,
                               const struct macho_anchors *anchors, int64_t *out, struct err *err)
{
    int64_t at = 0;
    if (!is_of(stamp->content, signer))
        return fail(err, ERR_FORMAT, "the timestamp is of another signature");
    if (!seconds_of(TS_TST_INFO_get_time(stamp->content), &at))
        return fail(err, ERR_FORMAT, "the timestamp says no time");
    // Its chain is looked at below; this is the signature and the content.
    if (CMS_verify(stamp->cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) != 1)
        return fail(err, ERR_FORMAT, "the timestamp is not that of its signer");
    stamp->signers = CMS_get0_signers(stamp->cms);
    if (sk_X509_num(stamp->signers) != 1)
        return fail(err, ERR_FORMAT, "the timestamp does not have one signer");
    const enum status status =
        chain_lead(sk_X509_value(stamp->signers, 0), stamp->certificates, anchors, CHAIN_SIGNS_TIME,
                   at, "the timestamp's certificate", err);
    if (status == OK)
        *out = at;
    return status;
}

static bool is_of(TS_TST_INFO *content, CMS_SignerInfo *signer)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(content);
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const EVP_MD *kind =
        digest_kind_of_object((bytes){ .at = OBJ_get0_data(object), .len = OBJ_length(object) });
    const ASN1_OCTET_STRING *told = TS_MSG_IMPRINT_get_msg(imprint);
    const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return kind != NULL &&
           EVP_Digest(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature),
                      value, &len, kind, NULL) == 1 &&
           ASN1_STRING_length(told) == (int)len &&
           memcmp(ASN1_STRING_get0_data(told), value, len) == 0;
}

static bool seconds_of(const ASN1_GENERALIZEDTIME *time, int64_t *out)
{
    struct tm tm;
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1 ||
        !date_exists(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday))
        return false;
    *out = date_days_since_1970(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 +
           tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    return true;
}
