// Evidence packs on the command line: keys, export, and whether a pack is as it was signed.

#ifndef CLI_EVIDENCE_PACK_H
#define CLI_EVIDENCE_PACK_H

#include "cli/store_options.h"
#include "evidence/gather.h"

#define EVIDENCE_FILES_MAX 64u  // That one option is given.

struct evidence_pack_options {
    struct store_options store;
    str period;
    str key;
    str output;
    str rules;
    str public_key;
    str exceptions;
    str baseline;
    str scenarios;
    str retention;  // Days; empty: EVIDENCE_RETENTION_DAYS.
    str configs[EVIDENCE_FILES_MAX];
    size_t config_count;
    str attachments[EVIDENCE_FILES_MAX];
    size_t attachment_count;
};

// Each says what is wrong, and returns the code.
int evidence_pack_keygen(const struct evidence_pack_options *o);
int evidence_pack_export(struct evidence_pack_options *o);
// "data-sources" or "techniques", as DeTT&CT reads them.
int evidence_dettect_print(struct evidence_pack_options *o, str which);
// What the manifest says is in the arena.
int evidence_pack_check(const struct evidence_pack_options *o, str path, struct arena *arena,
                        struct evidence_verified *out);

// FROM..TO as the options have it, and the days that telemetry should be at hand.
MUST_CHECK enum status evidence_pack_period(str period, struct evidence_options *out,
                                            struct err *err);
MUST_CHECK enum status evidence_pack_retention(str days, int64_t *out, struct err *err);

#endif
