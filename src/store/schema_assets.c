#include "store/schema.h"

// asset: a Mac that the organisation owns. asset_name: every name by which telemetry may know it (serial,
// hardware UUID, host name, host id), lower case. Of yes-or-no columns: 1 yes, 0 no, -1 not told.
// coverage_span: how long a signal of a host was in one state, by event time; a state that goes on
// makes its span longer, so that history grows with what changes and not with days.
// canary: one for each Mac that a nonce was emitted on, as whoever emitted it calls that Mac, or else the telemetry.
// canary_proof: the first record of each of its signals that came back.
const char schema_assets[] =
    "CREATE TABLE asset (id TEXT PRIMARY KEY, serial TEXT NOT NULL, hardware_uuid TEXT NOT NULL,"
    " host_name TEXT NOT NULL, owner TEXT NOT NULL, team TEXT NOT NULL, role TEXT NOT NULL,"
    " criticality BIGINT NOT NULL, in_scope BIGINT NOT NULL, managed BIGINT NOT NULL,"
    " sensor_expected BIGINT NOT NULL, full_disk_access BIGINT NOT NULL, pppc BIGINT NOT NULL,"
    " sip BIGINT NOT NULL, filevault BIGINT NOT NULL, os_version TEXT NOT NULL,"
    " os_build TEXT NOT NULL, source TEXT NOT NULL, last_checkin_ns BIGINT NOT NULL,"
    " imported_ns BIGINT NOT NULL, retired BIGINT NOT NULL);"
    "CREATE TABLE asset_name (name TEXT NOT NULL, kind BIGINT NOT NULL,"
    " asset TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (name, kind, "
    "asset));"
    "CREATE INDEX asset_name_by_asset ON asset_name (asset);"
    "CREATE TABLE coverage_host (host_id TEXT PRIMARY KEY, host_name TEXT NOT NULL,"
    " sensors TEXT NOT NULL, first_ns BIGINT NOT NULL, last_ns BIGINT NOT NULL,"
    " events BIGINT NOT NULL, lost BIGINT NOT NULL);"
    "CREATE TABLE coverage_span (host_id TEXT NOT NULL REFERENCES coverage_host (host_id)"
    " ON DELETE CASCADE, signal TEXT NOT NULL, from_ns BIGINT NOT NULL, to_ns BIGINT NOT NULL,"
    " state BIGINT NOT NULL, check_id TEXT NOT NULL, figure TEXT NOT NULL, reason TEXT NOT NULL,"
    " PRIMARY KEY (host_id, signal, from_ns));"
    "CREATE TABLE coverage_report (id BIGINT PRIMARY KEY, made_ns BIGINT NOT NULL,"
    " from_ns BIGINT NOT NULL, to_ns BIGINT NOT NULL, summary TEXT NOT NULL);"
    "CREATE TABLE canary (nonce TEXT NOT NULL, host TEXT NOT NULL, emitted_ns BIGINT NOT NULL,"
    " acts TEXT NOT NULL, looked_ns BIGINT NOT NULL, looked_to_ns BIGINT NOT NULL,"
    " PRIMARY KEY (nonce, host));"
    "CREATE TABLE canary_proof (nonce TEXT NOT NULL, host TEXT NOT NULL, signal TEXT NOT NULL,"
    " host_id TEXT NOT NULL, host_name TEXT NOT NULL, at_ns BIGINT NOT NULL, sensor TEXT NOT NULL,"
    " evidence TEXT NOT NULL, PRIMARY KEY (nonce, host, signal),"
    " FOREIGN KEY (nonce, host) REFERENCES canary (nonce, host) ON DELETE CASCADE);";
