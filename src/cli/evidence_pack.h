// Evidence packs on the command line: keys, export, and whether a pack is as it was signed.

#ifndef CLI_EVIDENCE_PACK_H
#define CLI_EVIDENCE_PACK_H

#include "cli/store_options.h"
#include "evidence/pack.h"

#define EVIDENCE_ATTACHMENTS_MAX 64u

struct evidence_pack_options {
    struct store_options store;
    str period;
    str key;
    str output;
    str rules;
    str public_key;
    str attachments[EVIDENCE_ATTACHMENTS_MAX];
    size_t attachment_count;
};

// Each says what is wrong, and returns the code.
int evidence_pack_keygen(const struct evidence_pack_options *o);
int evidence_pack_export(struct evidence_pack_options *o);
// What the manifest says is in the arena.
int evidence_pack_check(const struct evidence_pack_options *o, str path, struct arena *arena,
                        struct evidence_verified *out);

#endif
