#include "store/schema.h"

// finding: the newest revision of each, as a record of Pomona's own form (docs/finding.schema.json), and of
// it the columns by which lists are filtered and sorted. status: 0 open, 1 assigned, 2 closed.
// disposition: 0 none, 1 true positive, 2 benign expected, 3 benign unexpected, 4 false positive,
// 5 undetermined. Times are nanoseconds since 1970.
//
// Indexes of lists have the order of lists, and behind it what else is asked of a row: where a filter lets
// few rows pass, those that it does not are passed over without being read. Those of a state have its rows only,
// since few of a million findings are in work, and cost nothing when a finding is put. So has that of the log, most of
// whose entries may be of findings that came.
const char schema_review[] =
    "CREATE TABLE finding (id TEXT PRIMARY KEY, rule TEXT NOT NULL, rule_version BIGINT NOT NULL,"
    " title TEXT NOT NULL, level BIGINT NOT NULL, score BIGINT NOT NULL,"
    " confidence BIGINT NOT NULL, time_ns BIGINT NOT NULL, host_id TEXT NOT NULL,"
    " host_name TEXT NOT NULL, executable TEXT NOT NULL, verdict BIGINT NOT NULL,"
    " verdict_by TEXT NOT NULL, revision BIGINT NOT NULL, repeats BIGINT NOT NULL,"
    " stored_ns BIGINT NOT NULL, status BIGINT NOT NULL, disposition BIGINT NOT NULL,"
    " assignee TEXT NOT NULL, triaged_ns BIGINT NOT NULL, closed_ns BIGINT NOT NULL,"
    " record BYTEA NOT NULL);"
    "CREATE INDEX finding_by_score ON finding (score DESC, time_ns, level);"
    "CREATE INDEX finding_unclosed ON finding (score DESC, time_ns, level) WHERE status < 2;"
    "CREATE INDEX finding_assigned ON finding (score DESC, time_ns, level) WHERE status = 1;"
    "CREATE INDEX finding_decided ON finding (score DESC, time_ns, level) WHERE status = 2;"
    "CREATE INDEX finding_by_level ON finding (level, score);"
    "CREATE INDEX finding_by_rule ON finding (rule, score DESC, time_ns, status, level);"
    "CREATE INDEX finding_by_assignee ON finding (assignee, score DESC, time_ns, status, level)"
    " WHERE assignee <> '';"
    "CREATE INDEX finding_by_host ON finding (host_id);"
    "CREATE INDEX finding_by_host_name ON finding (host_name) WHERE host_name <> host_id;"
    "CREATE INDEX finding_closed ON finding (closed_ns) WHERE status = 2;"
    "CREATE TABLE review_note (finding TEXT NOT NULL REFERENCES finding (id) ON DELETE CASCADE,"
    " seq BIGINT NOT NULL, at_ns BIGINT NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (finding, seq));"
    "CREATE TABLE review_close (finding TEXT PRIMARY KEY REFERENCES finding (id) ON DELETE CASCADE,"
    " at_ns BIGINT NOT NULL, who TEXT NOT NULL, fields TEXT NOT NULL);"
    "CREATE TABLE audit_log (seq BIGINT PRIMARY KEY, at_ns BIGINT NOT NULL, who TEXT NOT NULL,"
    " action TEXT NOT NULL, subject TEXT NOT NULL, why TEXT NOT NULL, detail TEXT NOT NULL,"
    " previous BYTEA NOT NULL, hash BYTEA NOT NULL);"
    "CREATE INDEX audit_log_by_subject ON audit_log (subject, seq) WHERE action <> "
    "'findings.keep';";
