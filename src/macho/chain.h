// Whether a CMS signature holds, up to an anchor: what signers.h says of MACHO_CHAIN_VERIFIED.

#ifndef MACHO_CHAIN_H
#define MACHO_CHAIN_H

#include "macho/anchors.h"
#include "macho/cms_view.h"
#include "macho/internal.h"

#include <openssl/cms.h>

// Whether the key of the signer's certificate, which is among those of `view`, made the signature.
// ERR_FORMAT: it did not; ERR_LIMIT: that cannot be told here; ERR_IO: what it is over could not be
// read.
MUST_CHECK enum status chain_check_signature(struct macho_reading *reading,
                                             const struct cms_view *view, struct err *err);
// The rest: OK, or the reason why the certificates are not trusted.
MUST_CHECK enum status chain_verify(bytes cms, const struct cms_view *view,
                                    const struct macho_anchors *anchors, struct err *err);

// NULL where libcrypto cannot decode it; the caller's.
X509 *chain_leaf_of(const struct cms_view *view);

// What a certificate is used for.
enum chain_use {
    CHAIN_SIGNS_CODE,
    CHAIN_SIGNS_TIME,
};

// Whether `leaf` leads to an anchor and was valid at that time, seconds since 1970. `who` names it
// in the reason.
MUST_CHECK enum status chain_lead(X509 *leaf, STACK_OF(X509) * others,
                                  const struct macho_anchors *anchors, enum chain_use use,
                                  int64_t at, const char *who, struct err *err);
// Whether all keys are of a kind and size that do not take long.
bool chain_is_key_bounded(const EVP_PKEY *key);
MUST_CHECK enum status chain_check_keys(const STACK_OF(X509) * certificates, struct err *err);
// The time that the timestamp of the signer says, once it was verified.
MUST_CHECK enum status chain_read_timestamp(CMS_SignerInfo *signer, bytes token,
                                            const struct macho_anchors *anchors, int64_t *out,
                                            struct err *err);

#endif
