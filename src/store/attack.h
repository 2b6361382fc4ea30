// Snapshots of ATT&CK: which objects a bundle had, and of each its octets, kept once however many snapshots
// have them.

#ifndef STORE_ATTACK_H
#define STORE_ATTACK_H

#include "store/store.h"

#define ATTACK_SHA256_BYTES 32u
#define ATTACK_STATE_MAX    2  // Of what object.h knows.

struct attack_snapshot {
    int64_t id;
    str collection;  // STIX id of what it is a release of; empty where the bundle has no collection.
    str release;     // As the collection of the bundle says: "18.1"; empty where it does not.
    str source;      // The file.
    uint8_t sha256[ATTACK_SHA256_BYTES];
    int64_t imported_ns;
    int64_t objects;
};

struct attack_row {
    str stix_id;
    str type;
    str attack_id;
    str name;
    str version;
    str modified;
    int64_t state;                        // attack/object.h
    str raw;                              // Given out by attack_find() only.
    uint8_t sha256[ATTACK_SHA256_BYTES];  // Given out only.
};

// In the transaction that is open. A number for the snapshot, whose objects come next.
MUST_CHECK enum status attack_begin(struct db *db, int64_t *snapshot, struct err *err);
// Twice the same id in one snapshot is ERR_FORMAT.
MUST_CHECK enum status attack_put(struct db *db, int64_t snapshot, const struct attack_row *row,
                                  struct err *err);
// END where this bundle was imported before: the caller takes all of it back.
MUST_CHECK enum status attack_finish(struct db *db, const struct attack_snapshot *snapshot,
                                     struct err *err);

// By release, or the newest where that is empty; END where there is none. In the arena.
MUST_CHECK enum status attack_snapshot_find(struct db *db, str release, struct arena *arena,
                                            struct attack_snapshot *out, struct err *err);
// The newest that has an object of this ATT&CK id or STIX id, of those that are the newest of their collection
// (and of the release, where that is not empty); END where none has. In the arena.
MUST_CHECK enum status attack_snapshot_with(struct db *db, str release, str id, struct arena *arena,
                                            struct attack_snapshot *out, struct err *err);
// Two of one collection: the newest of the release `to` that has one of the release `from` beside it, and the
// newest of these. Where `to` is empty: any, and where `from` is empty: the one before. END where there are none.
MUST_CHECK enum status attack_snapshot_pair(struct db *db, str from, str to, struct arena *arena,
                                            struct attack_snapshot out[2], struct err *err);

typedef void attack_take(void *context, const struct attack_row *row);
// With their octets: of an ATT&CK id ("AN1467") or a STIX id, current ones first; of a type.
MUST_CHECK enum status attack_find(struct db *db, int64_t snapshot, str id, attack_take *take,
                                   void *context, struct err *err);
MUST_CHECK enum status attack_of_type(struct db *db, int64_t snapshot, str type, attack_take *take,
                                      void *context, struct err *err);
// Objects but relationships that are in one only, or are not the same in both.
struct attack_change {
    struct attack_row row;  // Of `to`; of `from` where it is gone.
    bool is_new;
    bool is_gone;
    str was_version;  // Of `from`, as the next two; where it is in both.
    str was_modified;
    int64_t was_state;
};
typedef void attack_take_change(void *context, const struct attack_change *change);
MUST_CHECK enum status attack_diff(struct db *db, int64_t from, int64_t to,
                                   attack_take_change *take, void *context, struct err *err);

#endif
