// Roots that are trusted, as libcrypto keeps them.

#ifndef MACHO_ANCHORS_H
#define MACHO_ANCHORS_H

#include "macho/signers.h"

#include <openssl/x509.h>

struct macho_anchors {
    X509_STORE *store;
    size_t count;
};

#endif
