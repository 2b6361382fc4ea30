#include "store/evidence.h"

#define PAGE_ROWS 5000

static enum status take_page(struct db_statement *s, int64_t limit, store_evidence_take *take,
                             void *context, struct arena *arena, int64_t *time_ns, str *id,
                             struct err *err);
static void read_finding(struct db_statement *s, struct store_evidence_finding *out);

const struct store_evidence_table store_evidence_assets = {
    .columns = { { STR_INIT("id"), STORE_CELL_TEXT },
                 { STR_INIT("serial"), STORE_CELL_TEXT },
                 { STR_INIT("hardware_uuid"), STORE_CELL_TEXT },
                 { STR_INIT("host_name"), STORE_CELL_TEXT },
                 { STR_INIT("owner"), STORE_CELL_TEXT },
                 { STR_INIT("team"), STORE_CELL_TEXT },
                 { STR_INIT("role"), STORE_CELL_TEXT },
                 { STR_INIT("criticality"), STORE_CELL_TEXT },
                 { STR_INIT("in_scope"), STORE_CELL_FLAG },
                 { STR_INIT("managed"), STORE_CELL_FLAG },
                 { STR_INIT("sensor_expected"), STORE_CELL_FLAG },
                 { STR_INIT("full_disk_access"), STORE_CELL_FLAG },
                 { STR_INIT("pppc"), STORE_CELL_FLAG },
                 { STR_INIT("sip"), STORE_CELL_FLAG },
                 { STR_INIT("filevault"), STORE_CELL_FLAG },
                 { STR_INIT("os_version"), STORE_CELL_TEXT },
                 { STR_INIT("os_build"), STORE_CELL_TEXT },
                 { STR_INIT("source"), STORE_CELL_TEXT },
                 { STR_INIT("last_checkin"), STORE_CELL_TIME },
                 { STR_INIT("imported"), STORE_CELL_TIME },
                 { STR_INIT("retired"), STORE_CELL_FLAG } },
    .count = 21,
    // Whoever imports them knows when: the period has no part in it.
    .sql = "SELECT id, serial, hardware_uuid, host_name, owner, team, role, CASE criticality WHEN 1"
           " THEN 'low' WHEN 2 THEN 'medium' WHEN 3 THEN 'high' WHEN 4 THEN 'critical' ELSE '' END,"
           " in_scope,"
           " managed, sensor_expected, full_disk_access, pppc, sip, filevault, os_version,"
           " os_build, source, last_checkin_ns, imported_ns, retired FROM asset"
           " WHERE $1 <= $2 ORDER BY id",
};

const struct store_evidence_table store_evidence_coverage = {
    .columns = { { STR_INIT("host_id"), STORE_CELL_TEXT },
                 { STR_INIT("host_name"), STORE_CELL_TEXT },
                 { STR_INIT("sensors"), STORE_CELL_TEXT },
                 { STR_INIT("signal"), STORE_CELL_TEXT },
                 { STR_INIT("from"), STORE_CELL_TIME },
                 { STR_INIT("to"), STORE_CELL_TIME },
                 { STR_INIT("state"), STORE_CELL_STATE },
                 { STR_INIT("check"), STORE_CELL_TEXT },
                 { STR_INIT("figure"), STORE_CELL_TEXT },
                 { STR_INIT("reason"), STORE_CELL_TEXT } },
    .count = 10,
    .sql = "SELECT s.host_id, h.host_name, h.sensors, s.signal, s.from_ns, s.to_ns, s.state,"
           " s.check_id, s.figure, s.reason FROM coverage_span s"
           " JOIN coverage_host h ON h.host_id = s.host_id"
           " WHERE s.to_ns >= $1 AND s.from_ns < $2 ORDER BY s.host_id, s.signal, s.from_ns",
};

const struct store_evidence_table store_evidence_hosts = {
    .columns = { { STR_INIT("host_id"), STORE_CELL_TEXT },
                 { STR_INIT("host_name"), STORE_CELL_TEXT },
                 { STR_INIT("sensors"), STORE_CELL_TEXT },
                 { STR_INIT("first_event"), STORE_CELL_TIME },
                 { STR_INIT("last_event"), STORE_CELL_TIME },
                 { STR_INIT("events_of_last_run"), STORE_CELL_TEXT },
                 { STR_INIT("records_lost_of_last_run"), STORE_CELL_TEXT } },
    .count = 7,
    .sql = "SELECT host_id, host_name, sensors, first_ns, last_ns, events, lost FROM coverage_host"
           " WHERE last_ns >= $1 AND first_ns < $2 ORDER BY host_id",
};

// A row for each record that came back, and one for a canary of which none did.
const struct store_evidence_table store_evidence_canaries = {
    .columns = { { STR_INIT("nonce"), STORE_CELL_TEXT },
                 { STR_INIT("emitted_on"), STORE_CELL_TEXT },
                 { STR_INIT("emitted"), STORE_CELL_TIME },
                 { STR_INIT("expected"), STORE_CELL_TEXT },
                 { STR_INIT("looked"), STORE_CELL_TIME },
                 { STR_INIT("telemetry_to"), STORE_CELL_TIME },
                 { STR_INIT("signal"), STORE_CELL_TEXT },
                 { STR_INIT("host_id"), STORE_CELL_TEXT },
                 { STR_INIT("host_name"), STORE_CELL_TEXT },
                 { STR_INIT("came_back"), STORE_CELL_TIME },
                 { STR_INIT("sensor"), STORE_CELL_TEXT },
                 { STR_INIT("record"), STORE_CELL_TEXT } },
    .count = 12,
    .sql = "SELECT c.nonce, c.host, c.emitted_ns, c.acts, c.looked_ns, c.looked_to_ns, p.signal,"
           " p.host_id, p.host_name, p.at_ns, p.sensor, p.evidence FROM canary c"
           " LEFT JOIN canary_proof p ON p.nonce = c.nonce AND p.host = c.host"
           " WHERE c.emitted_ns >= $1 AND c.emitted_ns < $2"
           " ORDER BY c.emitted_ns, c.nonce, c.host, p.signal",
};

enum status store_evidence_begin(struct db *db, struct err *err)
{
    return db_run(db,
                  db_kind(db) == DB_POSTGRES ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                             : "BEGIN",
                  err);
}

// Nothing was changed: there is nothing that could be lost.
void store_evidence_end(struct db *db)
{
    struct err err;
    if (db_run(db, "ROLLBACK", &err) != OK)
        return;
}

// In pages from a server, whose results come whole; a file gives rows one by one, sorted once.
enum status store_evidence_findings(struct db *db, int64_t from_ns, int64_t to_ns,
                                    store_evidence_take *take, void *context, struct err *err)
{
    struct arena arena = { 0 };
    int64_t after_ns = from_ns;
    str after_id = STR_EMPTY;
    const int64_t limit = db_kind(db) == DB_POSTGRES ? PAGE_ROWS : INT64_MAX;
    enum status status = OK;
    while (status == OK) {
        struct db_statement *s = NULL;
        status = db_statement(db,
                              "SELECT f.id, f.record, f.status, f.disposition, f.assignee,"
                              " f.time_ns, f.triaged_ns, f.closed_ns, c.who, c.fields"
                              " FROM finding f LEFT JOIN review_close c ON c.finding = f.id"
                              " WHERE f.time_ns >= $1 AND (f.time_ns > $1 OR f.id > $2)"
                              " AND f.time_ns < $3 ORDER BY f.time_ns, f.id LIMIT $4",
                              &s, err);
        if (status != OK)
            break;
        db_bind_int(s, 1, after_ns);
        db_bind_text(s, 2, after_id);
        db_bind_int(s, 3, to_ns);
        db_bind_int(s, 4, limit);
        status = take_page(s, limit, take, context, &arena, &after_ns, &after_id, err);
    }
    arena_done(&arena);
    return status == END ? OK : status;
}

// OK where there may be another page.
static enum status take_page(struct db_statement *s, int64_t limit, store_evidence_take *take,
                             void *context, struct arena *arena, int64_t *time_ns, str *id,
                             struct err *err)
{
    struct arena last = { 0 };
    enum status status = OK;
    int64_t rows = 0;
    while (status == OK && (status = db_step(s, err)) == OK) {
        struct store_evidence_finding row;
        read_finding(s, &row);
        if (++rows == limit) {
            *time_ns = row.time_ns;
            *id = arena_str(&last, row.id);
        }
        status = take(context, &row, err);
    }
    db_reset(s);
    // The id that was bound is let go of only now.
    arena_done(arena);
    *arena = last;
    return status == END && rows == limit ? OK : status;
}

static void read_finding(struct db_statement *s, struct store_evidence_finding *out)
{
    const int64_t status = db_int(s, 2);
    const int64_t disposition = db_int(s, 3);
    *out = (struct store_evidence_finding){
        .id = db_text(s, 0),
        .record = str_of_bytes(db_octets(s, 1)),
        .status = status >= 0 && status < FINDING_STATUS_COUNT ? (enum finding_status)status
                                                               : FINDING_OPEN,
        .disposition = disposition >= 0 && disposition < DISPOSITION_COUNT
                           ? (enum disposition)disposition
                           : DISPOSITION_NONE,
        .assignee = db_text(s, 4),
        .time_ns = db_int(s, 5),
        .triaged_ns = db_int(s, 6),
        .closed_ns = db_int(s, 7),
        .closed_by = db_text(s, 8),
        .close_out = db_text(s, 9),
    };
}

enum status store_evidence_rows(struct db *db, const struct store_evidence_table *table,
                                int64_t from_ns, int64_t to_ns, store_evidence_take_cells *take,
                                void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, table->sql, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, from_ns);
    db_bind_int(s, 2, to_ns);
    while ((status = db_step(s, err)) == OK) {
        str cells[STORE_EVIDENCE_COLUMNS_MAX];
        for (size_t i = 0; i < table->count; i++)
            cells[i] = db_text(s, (int)i);
        take(context, cells);
    }
    db_reset(s);
    return status == END ? OK : status;
}
