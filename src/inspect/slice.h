// A slice as it is compared: single texts, and sets of names that may have a value.

#ifndef INSPECT_SLICE_H
#define INSPECT_SLICE_H

#include "store/links.h"

enum slice_field {
    SLICE_ARCH,
    SLICE_SIZE,
    SLICE_HIDDEN,
    SLICE_FILE_TYPE,
    SLICE_UUID,
    SLICE_PLATFORM,
    SLICE_MIN_OS,
    SLICE_INSTALL_NAME,
    SLICE_ENCRYPTED,
    SLICE_NATIVE_API,
    SLICE_SIGNATURE,
    SLICE_IDENTIFIER,
    SLICE_TEAM,
    SLICE_CDHASH,
    SLICE_CHAIN,
    SLICE_INJECTION,
    SLICE_FIELD_COUNT,
};

enum slice_set {
    SLICE_LINKS,  // The value is the kind.
    SLICE_RPATHS,
    SLICE_ENVIRONMENT,
    SLICE_WATCHED,
    SLICE_FLAGS,
    SLICE_ENTITLEMENTS,  // The value is JSON.
    SLICE_SET_COUNT,
};

struct slice_text {
    bool is_told;  // "Not there" is told: an empty text.
    str text;
};

struct slice_item {
    str name;
    str value;
};

// By name and value in order of octets, each once.
struct slice_items {
    bool is_told;
    struct slice_item *at;
    size_t count;
};

struct slice {
    uint32_t number;
    struct slice_text fields[SLICE_FIELD_COUNT];
    struct slice_items sets[SLICE_SET_COUNT];
};

// Text lives in the arena, or is that of `facts`. ERR_FORMAT where the object or the entitlements
// are no JSON, are too deep, or have something in an unexpected place.
MUST_CHECK enum status slice_read(const struct link_facts *facts, struct arena *a,
                                  struct slice *out, struct err *err);

#endif
