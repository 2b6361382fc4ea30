// What changed between two looks at images: two inventories, or two files.
//
// Slices of one path are paired by architecture, not by number, since a new slice moves the others.
// A slice is told by the JSON object that `pomona inspect` prints of it, or, where the inventory has
// none, by the columns. What one side does not tell is not compared: an older program is no change.
//
// Hosts of two inventories are paired by name; where each has one host, these two are the pair,
// whatever their names. A host without a pair is one change, and its images are none. Both sides are
// read in step, one path at a time.

#ifndef INSPECT_DIFF_H
#define INSPECT_DIFF_H

#include "base/buf.h"
#include "store/links.h"

#define DIFF_VALUE_MAX 1024u  // Octets of a value that are told; what is longer is cut.
#define DIFF_DEPTH_MAX 64u    // Of objects and lists in one another in a slice's object.

enum diff_kind {
    DIFF_HOST_ADDED,
    DIFF_HOST_REMOVED,
    DIFF_ADDED,
    DIFF_HIDDEN_SLICE,  // Added where only a reader that looks past the count finds it.
    DIFF_REMOVED,
    DIFF_CHANGED_FILE_TYPE,
    DIFF_CHANGED_PLATFORM,
    DIFF_CHANGED_MIN_OS,
    DIFF_CHANGED_INSTALL_NAME,
    DIFF_CHANGED_ENCRYPTION,
    DIFF_NEW_LINK,
    DIFF_LOST_LINK,
    DIFF_CHANGED_LINK,  // Another kind of link.
    DIFF_NEW_RPATH,
    DIFF_LOST_RPATH,
    DIFF_NEW_ENVIRONMENT,
    DIFF_LOST_ENVIRONMENT,
    DIFF_NEW_IMPORT,  // Of the watch list.
    DIFF_LOST_IMPORT,
    DIFF_NATIVE_API_CHANGED,
    DIFF_LOST_SIGNATURE,
    DIFF_GAINED_SIGNATURE,
    DIFF_SIGNATURE_CHANGED,
    DIFF_CHANGED_TEAM,
    DIFF_CHANGED_IDENTIFIER,
    DIFF_CHAIN_CHANGED,
    DIFF_CHANGED_FLAGS,
    DIFF_NEW_ENTITLEMENT,
    DIFF_LOST_ENTITLEMENT,
    DIFF_CHANGED_ENTITLEMENT,
    DIFF_INJECTION_CHANGED,
    DIFF_CHANGED_CDHASH,
    DIFF_CHANGED_UUID,  // Told only where the cdhash does not say it: unsigned builds.
    DIFF_CHANGED_SIZE,  // Told only where nothing else changed.
    DIFF_KIND_COUNT,
};

// Text lives until the callback returns, and may hold any octet.
struct diff_change {
    enum diff_kind kind;
    str host;
    str path;        // The later side's, where it has one.
    uint32_t slice;  // Likewise.
    str arch;
    bool has_from;
    bool has_to;
    str from;
    str to;
    str says;  // A sentence without its end, for which path and arch are the subject.
};

typedef enum status diff_tell(void *context, const struct diff_change *change, struct err *err);

// All slices of two files, which are taken for the same subject whatever their paths. ERR_FORMAT
// where an object is damaged; otherwise fails only as `tell` does.
MUST_CHECK enum status diff_files(const struct link_facts *a, size_t a_count,
                                  const struct link_facts *b, size_t b_count, diff_tell *tell,
                                  void *context, struct err *err);

// `a` is the earlier one. Changes come by host, path, slice.
MUST_CHECK enum status diff_inventories(struct links *a, struct links *b, diff_tell *tell,
                                        void *context, struct err *err);

// "new_link"
str diff_kind_name(enum diff_kind kind);
// "/path (arm64): links Foundation now", without a line end; safe for a terminal.
void diff_print_line(struct buf *b, const struct diff_change *change);
// One object without a line end: host, path, slice, arch, change, from, to, says; what is not told
// is null.
void diff_print_json(struct buf *b, const struct diff_change *change);

#endif
