// Who signed: the certificates of the CMS signature, and whether they lead to a root that the
// caller trusts. Without roots whatever they say is a claim, and called so.
//
// What needs no root is checked without one. Where it does not hold that is an error of the image,
// and the signature is invalid:
//
//   - always: the signature has one signer, whose certificate is there and whose signed attributes
//     have the hash of the code directory in slot 0; all code directories are in the attributes that
//     Apple made for them (hash agility, 1.2.840.113635.100.9.1 and .2) where there is one, and
//     these name no directory that is not there; without them there is no other directory;
//   - where it is asked for, and with anchors: the signature over the attributes is that of the
//     leaf's key; without attributes, it is over the code directory. Where the key or the algorithm
//     is not read here, nothing is known, and `why` says so.
//
// VERIFIED means all of that, and this:
//
//   - the leaf leads to an anchor, through certificates that may issue others, no more than
//     MACHO_CHAIN_MAX; it may sign code; of critical extensions that libcrypto does not know there
//     are only Apple's own (1.2.840.113635.100.6);
//   - all certificates were valid when it was signed. That is what the timestamp says where there
//     is one: it must be over this signature, by a certificate for timestamps that leads to an
//     anchor too and was valid at that time. Without one, the signer's own word is all there is,
//     so whoever has a key whose certificate has expired could sign in the past.
//
// Revocation is not asked: that needs the network. Keys are RSA up to 8192 bits or on the curves
// P-256, P-384 and P-521; others would take too long, or nobody uses them here.

#ifndef MACHO_SIGNERS_H
#define MACHO_SIGNERS_H

#include "macho/macho.h"

#define MACHO_CMS_BYTES_MAX    (64u * 1024)    // Apple's own have about 9 KB.
#define MACHO_CERTIFICATES_MAX 16u             // In one CMS signature, and in its timestamp.
#define MACHO_CHAIN_MAX        8               // Certificates between the leaf and the anchor.
#define MACHO_ANCHORS_MAX      64u             // Roots of one file.
#define MACHO_ANCHOR_BYTES_MAX (1024u * 1024)  // Of that file.

struct macho_anchors;  // Roots that are trusted. An intermediate one is trusted as it stands.

enum macho_chain {
    MACHO_CHAIN_NONE,      // There is no CMS signature.
    MACHO_CHAIN_CLAIMED,   // There is one; no anchors were given, or it does not hold.
    MACHO_CHAIN_VERIFIED,  // Signature, chain and code directories hold, up to an anchor.
};

struct macho_signers {
    // Subjects: the leaf, its issuer and so on, then the others as they stand. Each is written in
    // its own order, as openssl(1) does: "CN = …, OU = …, O = …, C = …".
    struct macho_text_list names;
    enum macho_chain chain;
    // What speaks against the chain. Empty where nothing does: it is verified, or it is a claim
    // because no anchors were given.
    str why;
    str leaf_team;     // OU of the leaf; empty where it has none.
    str signing_time;  // "2024-05-06T07:08:09Z" as the signature says; empty where it does not.
};

// Certificates in PEM or DER, one or several. ERR_IO, ERR_FORMAT, ERR_LIMIT.
MUST_CHECK enum status macho_anchors_open(str path, struct macho_anchors **out, struct err *err);
void macho_anchors_close(struct macho_anchors *anchors);

// `anchors` may be NULL. With `checks_signature` the signature is verified without them too; it
// costs a certificate and an operation with its key. What is damaged becomes an error of the image;
// so does a team that the code directory claims and that is not the leaf certificate's one
// organizational unit, and then the signature is invalid. Of certificates that Apple issues to
// itself (organization "Apple Inc." of both leaf and issuer) the unit is no team: those of the App
// Store, "Apple Mac OS Application Signing", sign for all teams. There the team stays a claim,
// without an error. A team in a code directory that nobody signed is an error too; a Mac runs it
// all the same.
void macho_read_signers(const struct macho_source *source, struct macho_image *image,
                        const struct macho_anchors *anchors, bool checks_signature, struct arena *a,
                        struct macho_signers *out);

str macho_chain_name(enum macho_chain chain);  // "none", "claimed", "verified"

// What must be done once before a process gives up the right to open files: libcrypto's set-up,
// without its configuration.
void macho_signers_prepare(void);

#endif
