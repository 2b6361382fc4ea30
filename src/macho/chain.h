// Whether a CMS signature holds, up to an anchor: what signers.h says of MACHO_CHAIN_VERIFIED.

#ifndef MACHO_CHAIN_H
#define MACHO_CHAIN_H

#include "macho/anchors.h"
#include "macho/cms_view.h"
#include "macho/internal.h"

#include <openssl/cms.h>

// OK, or ERR_FORMAT and the reason.
MUST_CHECK enum status chain_verify(struct macho_reading *reading, bytes cms,
                                    const struct cms_view *view,
                                    const struct macho_anchors *anchors, struct err *err);

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
MUST_CHECK enum status chain_check_keys(const STACK_OF(X509) * certificates, struct err *err);
// The time that the timestamp of the signer says, once it was verified.
MUST_CHECK enum status chain_read_timestamp(CMS_SignerInfo *signer, bytes token,
                                            const struct macho_anchors *anchors, int64_t *out,
                                            struct err *err);
// Whether the signed attributes cover each code directory, and no other.
MUST_CHECK enum status chain_check_directories(struct macho_reading *reading,
                                               CMS_SignerInfo *signer, struct err *err);
// One of the hashes that code is signed with; NULL for others.
const EVP_MD *chain_digest_of(const X509_ALGOR *algorithm);

#endif
