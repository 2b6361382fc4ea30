// Entitlements as a tree, whichever form they were read from: XML and DER of the same claims make
// the same tree, and are told as the same JSON.

#ifndef MACHO_ENTITLEMENT_H
#define MACHO_ENTITLEMENT_H

#include "macho/internal.h"

#define ENTITLEMENT_NESTING_MAX 32u    // Entitlements are rarely deeper than 2.
#define ENTITLEMENT_VALUES_MAX  8192u  // Of one tree.

enum entitlement_kind {
    ENTITLEMENT_BOOLEAN,
    ENTITLEMENT_NUMBER,
    ENTITLEMENT_TEXT,
    ENTITLEMENT_OCTETS,
    ENTITLEMENT_OTHER,  // Dates and the like say nothing in an entitlement.
    ENTITLEMENT_ARRAY,
    ENTITLEMENT_DICTIONARY,
};

struct entitlement {
    enum entitlement_kind kind;
    str key;   // In a dictionary.
    str text;  // "true", "12", the text itself, octets as hex.
    struct entitlement *next;
    struct entitlement *first;
    struct entitlement *last;
    struct entitlement **parts;  // By key in a dictionary, as they stand in an array.
    size_t count;
};

// A tree that is being read. `failed` is sticky, and says that a limit was met.
struct entitlement_tree {
    struct arena *arena;
    struct entitlement *root;
    size_t values;
    bool failed;
};

// A value behind the others of `parent`, or the root where that is NULL. NULL: too many values.
struct entitlement *entitlement_add(struct entitlement_tree *tree, struct entitlement *parent,
                                    str key, enum entitlement_kind kind, str text);
// Fills in `parts` of an array or dictionary; called once, when all are there.
void entitlement_close(struct entitlement_tree *tree, struct entitlement *of);

// Of the outermost dictionary, which has the claims. Both stay in it, so that either may claim.
bool entitlement_has_repeated_key(const struct entitlement *dictionary);
bool entitlement_same(const struct entitlement *a, const struct entitlement *b);
// Empty where it fills more than 4 MiB.
str entitlement_json(const struct entitlement *of, struct arena *a);

// Both give a dictionary, closed, or NULL and an error of the image. They take no more than all
// readers of a Mac take alike: what is refused may claim anything.
const struct entitlement *entitlement_read_xml(struct macho_reading *reading, bytes in);
const struct entitlement *entitlement_read_der(struct macho_reading *reading, bytes der);

#endif
