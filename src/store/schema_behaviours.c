#include "store/schema.h"

// baseline_meta: one row, of all learning together. baseline_host: whom was learned from, and on which days (as
// store/day_set.h writes them). baseline_signer: who vouches for which signing identifier; two for one make a
// twin. baseline_entry: (actor, behaviour, object) with its evidence and its state: 0 proposal, 1 expected,
// 2 refused. key is made by baseline_key_of(); its second index holds all that judging asks for.
//
// exceptions_entry: the text of each exception, in the order of their places, who put it there, and how often it
// was met.
const char schema_behaviours[] =
    "CREATE TABLE baseline_meta (id BIGINT PRIMARY KEY, runs BIGINT NOT NULL,"
    " events BIGINT NOT NULL, first_ns BIGINT NOT NULL, last_ns BIGINT NOT NULL);"
    "CREATE TABLE baseline_host (hash BIGINT PRIMARY KEY, name TEXT NOT NULL,"
    " first_day BIGINT NOT NULL, day_count BIGINT NOT NULL, days BYTEA NOT NULL);"
    "CREATE TABLE baseline_signer (signing_id TEXT NOT NULL, voucher TEXT NOT NULL,"
    " PRIMARY KEY (signing_id, voucher));"
    "CREATE TABLE baseline_entry (key BYTEA PRIMARY KEY, state BIGINT NOT NULL,"
    " expires_s BIGINT NOT NULL, hosts BIGINT NOT NULL, days BIGINT NOT NULL,"
    " allows_critical BIGINT NOT NULL, is_critical BIGINT NOT NULL, is_imported BIGINT NOT NULL,"
    " behaviour TEXT NOT NULL, actor TEXT NOT NULL, object TEXT NOT NULL,"
    " actor_signing_id TEXT NOT NULL, actor_path TEXT NOT NULL, object_signing_id TEXT NOT NULL,"
    " object_path TEXT NOT NULL, events BIGINT NOT NULL, first_ns BIGINT NOT NULL,"
    " last_ns BIGINT NOT NULL, noisiest BIGINT NOT NULL, late_hosts BIGINT NOT NULL,"
    " late_days BIGINT NOT NULL, rules TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL,"
    " promoted_by TEXT NOT NULL, promoted_s BIGINT NOT NULL, day_set BYTEA NOT NULL,"
    " host_set BYTEA NOT NULL);"
    "CREATE INDEX baseline_entry_fact ON baseline_entry"
    " (key, state, expires_s, hosts, days, allows_critical);"
    "CREATE TABLE exceptions_entry (id TEXT PRIMARY KEY, place BIGINT NOT NULL,"
    " text TEXT NOT NULL, put_by TEXT NOT NULL, put_ns BIGINT NOT NULL, hits BIGINT NOT NULL,"
    " first_hit_ns BIGINT NOT NULL, last_hit_ns BIGINT NOT NULL);";
