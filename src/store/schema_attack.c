#include "store/schema.h"

// attack_raw: the octets of each object as the bundle had them, once, by their SHA-256.
// attack_snapshot: one imported bundle; collection is the STIX id of what it is a release of, which Enterprise, Mobile
// and ICS have each of their own. attack_object: which objects it had.
const char schema_attack[] =
    "CREATE TABLE attack_raw (sha256 BYTEA PRIMARY KEY, octets BYTEA NOT NULL);"
    "CREATE TABLE attack_snapshot (id BIGINT PRIMARY KEY, collection TEXT NOT NULL,"
    " release TEXT NOT NULL, source TEXT NOT NULL, sha256 BYTEA NOT NULL,"
    " imported_ns BIGINT NOT NULL, objects BIGINT NOT NULL);"
    "CREATE TABLE attack_object (snapshot BIGINT NOT NULL REFERENCES attack_snapshot (id)"
    " ON DELETE CASCADE, stix_id TEXT NOT NULL, type TEXT NOT NULL, attack_id TEXT NOT NULL,"
    " name TEXT NOT NULL, version TEXT NOT NULL, modified TEXT NOT NULL, state BIGINT NOT NULL,"
    " sha256 BYTEA NOT NULL REFERENCES attack_raw (sha256), PRIMARY KEY (snapshot, stix_id));"
    "CREATE INDEX attack_object_by_attack_id ON attack_object (attack_id, snapshot);";
