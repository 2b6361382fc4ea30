// A CMS signature as a table of slices: which certificates are in it, and which of them signed.
// Nothing is decoded or verified, so it costs little and cannot be made to cost more; signatures of
// Apple's own tools are in BER.

#ifndef MACHO_CMS_VIEW_H
#define MACHO_CMS_VIEW_H

#include "base/err.h"
#include "macho/signers.h"

struct cms_certificate {
    bytes whole;
    bytes serial;
    bytes issuer;  // Names as they are encoded, with their own header.
    bytes subject;
};

// Signed attributes that are looked at.
enum cms_attribute_kind {
    CMS_SIGNING_TIME,
    CMS_MESSAGE_DIGEST,
    CMS_LISTED_DIRECTORIES,  // Apple's, a property list with hashes of code directories,
    CMS_HASHED_DIRECTORIES,  // and the same as values SEQUENCE { OBJECT kind, OCTETS hash }.
    CMS_ATTRIBUTES,
};

struct cms_attribute {
    bytes values;  // Those of the last one of its kind.
    size_t count;  // Of attributes of this kind.
};

struct cms_view {
    struct cms_certificate certificates[MACHO_CERTIFICATES_MAX];
    size_t count;
    size_t leaf;      // `count` where the signer's is not among them.
    bytes hash_kind;  // The object that names the hash that was signed,
    bytes algorithm;  // and the one that names how; without headers.
    bytes signature;
    bytes attributes;  // The signed ones, without their header; empty where there are none.
    struct cms_attribute known[CMS_ATTRIBUTES];
    bool has_signing_time;
    int64_t signing_time;  // Seconds since 1970, as the signer says.
};

// Slices point into `in`. ERR_FORMAT, ERR_LIMIT.
MUST_CHECK enum status cms_view_of(bytes in, struct cms_view *out, struct err *err);

#endif
