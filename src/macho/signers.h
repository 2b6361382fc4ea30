// Who signed: the certificates of the CMS signature, and whether they lead to a root that the
// caller trusts. Without roots whatever they say is a claim, and called so.

#ifndef MACHO_SIGNERS_H
#define MACHO_SIGNERS_H

#include "macho/macho.h"

struct macho_anchors;  // Roots that are trusted.

enum macho_chain {
    MACHO_CHAIN_NONE,      // There is no CMS signature.
    MACHO_CHAIN_CLAIMED,   // There is one; no anchors were given, or it does not hold.
    MACHO_CHAIN_VERIFIED,  // Signature, chain and code directories hold, up to an anchor.
};

struct macho_signers {
    struct macho_text_list names;  // Subjects, leaf first: "CN = …, OU = …, O = …, C = …".
    enum macho_chain chain;
    str why;           // Why a chain is not verified; empty where it is, or nobody asked.
    str leaf_team;     // OU of the leaf; empty where it has none.
    str signing_time;  // "2024-05-06T07:08:09Z" as the signature says; empty where it does not.
};

// Certificates in PEM or DER, one or several. ERR_IO, ERR_FORMAT, ERR_LIMIT.
MUST_CHECK enum status macho_anchors_open(str path, struct macho_anchors **out, struct err *err);
void macho_anchors_close(struct macho_anchors *anchors);

// `anchors` may be NULL. What is damaged becomes an error of the image; so does a team that the
// code directory claims and the leaf certificate denies, and then the signature is invalid.
void macho_read_signers(const struct macho_source *source, struct macho_image *image,
                        const struct macho_anchors *anchors, struct arena *a,
                        struct macho_signers *out);

str macho_chain_name(enum macho_chain chain);  // "none", "claimed", "verified"

// What must be done once before a process gives up the right to open files: libcrypto's set-up.
void macho_signers_prepare(void);

#endif
