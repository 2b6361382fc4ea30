// process.macho.*: does the image link one of $api_frameworks, and does it declare a JIT?
//
// Asked once per exec, and answered by, in this order: the link inventory under the cdhash; the
// image itself, where it may be read and has the cdhash of the record; the inventory under the
// path, which is a guess and so never says "no". What was found out is remembered by cdhash, a guess
// by host as well, so a compiler that runs ten thousand times is looked up once.

#ifndef ENRICH_LINKAGE_H
#define ENRICH_LINKAGE_H

#include "enrich/program.h"

struct host_links;

#define LINKAGE_REMEMBERED_MAX 65536u
#define LINKAGE_BECAUSE_MAX    512u  // Octets; what is longer is cut.
#define LINKAGE_FRAMEWORKS_MAX 256u

enum linkage_verdict {
    LINKAGE_YES,
    LINKAGE_NO,
    LINKAGE_BRIDGE,
    LINKAGE_STRING,
    LINKAGE_UNKNOWN,
    LINKAGE_COUNT
};
enum linkage_jit {
    LINKAGE_JIT_UNKNOWN,
    LINKAGE_JIT_NO,
    LINKAGE_JIT_YES,
    LINKAGE_JIT_COUNT
};

// Shared by whoever holds it.
struct linkage {
    uint32_t references;
    enum linkage_verdict verdict;
    enum linkage_jit jit;  // By the image's entitlements.
    str because;
    const struct value *frameworks;  // Names, umbrellas closed over.
    size_t framework_count;
};

struct linkages;

// `options` and `links` (NULL: no inventory) are borrowed.
struct linkages *linkages_new(const struct enrich_options *options, struct host_links *links);
void linkages_free(struct linkages *l);

// Never NULL. The caller holds one reference.
struct linkage *linkages_find(struct linkages *l, uint32_t host, const struct program *program);
void linkage_release(struct linkage *linkage);  // NULL does nothing.

str linkage_verdict_name(enum linkage_verdict verdict);
str linkage_jit_name(enum linkage_jit jit);

#endif
