#include "store/coverage.h"

// Of the spans of one signal.
struct last_span {
    int64_t from_ns;
    int64_t to_ns;
    int64_t state;
};

static enum status find_last(struct db *db, const struct coverage_span *span, struct last_span *out,
                             struct err *err);
static enum status drop_from(struct db *db, const struct coverage_span *span, struct err *err);
static enum status lengthen(struct db *db, const struct coverage_span *span, int64_t from_ns,
                            struct err *err);
static enum status cut(struct db *db, const struct coverage_span *span, int64_t from_ns,
                       struct err *err);
static enum status insert(struct db *db, const struct coverage_span *span, struct err *err);
static enum status is_older(struct db *db, const struct coverage_kept_host *host, bool *out,
                            struct err *err);

enum status coverage_put_host(struct db *db, const struct coverage_kept_host *host, struct err *err)
{
    struct db_statement *s = NULL;
    bool older = false;
    enum status status = is_older(db, host, &older, err);
    if (status != OK || older)
        return status == OK ? END : status;
    status = db_statement(
        db,
        "INSERT INTO coverage_host (host_id, host_name, sensors, first_ns, last_ns, events, lost)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (host_id) DO UPDATE SET"
        " host_name = excluded.host_name, sensors = excluded.sensors,"
        " first_ns = CASE WHEN excluded.first_ns < coverage_host.first_ns THEN excluded.first_ns"
        " ELSE coverage_host.first_ns END, last_ns = excluded.last_ns,"
        " events = excluded.events, lost = excluded.lost",
        &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, host->id);
    db_bind_text(s, 2, host->name);
    db_bind_text(s, 3, host->sensors);
    db_bind_int(s, 4, host->first_ns);
    db_bind_int(s, 5, host->last_ns);
    db_bind_int(s, 6, host->events);
    db_bind_int(s, 7, host->lost);
    return db_do(s, err);
}

static enum status is_older(struct db *db, const struct coverage_kept_host *host, bool *out,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT last_ns FROM coverage_host WHERE host_id = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, host->id);
    status = db_step(s, err);
    *out = status == OK && db_int(s, 0) > host->last_ns;
    db_reset(s);
    return status == END ? OK : status;
}

enum status coverage_put_span(struct db *db, const struct coverage_span *span, struct err *err)
{
    struct last_span last;
    enum status status = drop_from(db, span, err);
    if (status != OK)
        return status;
    status = find_last(db, span, &last, err);
    if (status != OK)
        return status == END ? insert(db, span, err) : status;
    const bool goes_on =
        last.state == span->state &&
        (last.to_ns >= span->from_ns || span->from_ns - last.to_ns <= COVERAGE_GAP_NS);
    if (goes_on)
        return lengthen(db, span, last.from_ns, err);
    if (last.to_ns > span->from_ns)
        status = cut(db, span, last.from_ns, err);
    return status == OK ? insert(db, span, err) : status;
}

// What was told of this time or of a later one is told anew.
static enum status drop_from(struct db *db, const struct coverage_span *span, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db, "DELETE FROM coverage_span WHERE host_id = $1 AND signal = $2 AND from_ns >= $3", &s,
        err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, span->host_id);
    db_bind_text(s, 2, span->signal);
    db_bind_int(s, 3, span->from_ns);
    return db_do(s, err);
}

static enum status find_last(struct db *db, const struct coverage_span *span, struct last_span *out,
                             struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT from_ns, to_ns, state FROM coverage_span"
                                      " WHERE host_id = $1 AND signal = $2"
                                      " ORDER BY from_ns DESC LIMIT 1",
                                      &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, span->host_id);
    db_bind_text(s, 2, span->signal);
    status = db_step(s, err);
    if (status == OK)
        *out = (struct last_span){ .from_ns = db_int(s, 0),
                                   .to_ns = db_int(s, 1),
                                   .state = db_int(s, 2) };
    db_reset(s);
    return status;
}

static enum status lengthen(struct db *db, const struct coverage_span *span, int64_t from_ns,
                            struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db,
                     "UPDATE coverage_span SET to_ns = $4, check_id = $5, figure = $6, reason = $7"
                     " WHERE host_id = $1 AND signal = $2 AND from_ns = $3",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, span->host_id);
    db_bind_text(s, 2, span->signal);
    db_bind_int(s, 3, from_ns);
    db_bind_int(s, 4, span->to_ns);
    db_bind_text(s, 5, span->check);
    db_bind_text(s, 6, span->figure);
    db_bind_text(s, 7, span->reason);
    return db_do(s, err);
}

static enum status cut(struct db *db, const struct coverage_span *span, int64_t from_ns,
                       struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(db,
                                            "UPDATE coverage_span SET to_ns = $4"
                                            " WHERE host_id = $1 AND signal = $2 AND from_ns = $3",
                                            &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, span->host_id);
    db_bind_text(s, 2, span->signal);
    db_bind_int(s, 3, from_ns);
    db_bind_int(s, 4, span->from_ns);
    return db_do(s, err);
}

static enum status insert(struct db *db, const struct coverage_span *span, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db,
                     "INSERT INTO coverage_span (host_id, signal, from_ns, to_ns, state, check_id,"
                     " figure, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, span->host_id);
    db_bind_text(s, 2, span->signal);
    db_bind_int(s, 3, span->from_ns);
    db_bind_int(s, 4, span->to_ns);
    db_bind_int(s, 5, span->state);
    db_bind_text(s, 6, span->check);
    db_bind_text(s, 7, span->figure);
    db_bind_text(s, 8, span->reason);
    return db_do(s, err);
}

enum status coverage_put_report(struct db *db, const struct coverage_kept_report *report,
                                struct err *err)
{
    struct db_statement *s = NULL;
    int64_t id;
    enum status status =
        db_number(db, "SELECT coalesce(max(id), 0) + 1 FROM coverage_report", &id, err);
    if (status == OK)
        status = db_statement(db,
                              "INSERT INTO coverage_report (id, made_ns, from_ns, to_ns, summary)"
                              " VALUES ($1, $2, $3, $4, $5)",
                              &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, id);
    db_bind_int(s, 2, report->made_ns);
    db_bind_int(s, 3, report->from_ns);
    db_bind_int(s, 4, report->to_ns);
    db_bind_text(s, 5, report->summary);
    return db_do(s, err);
}

enum status coverage_last_report(struct db *db, struct arena *arena,
                                 struct coverage_kept_report *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT id, made_ns, from_ns, to_ns, summary"
                                      " FROM coverage_report ORDER BY id DESC LIMIT 1",
                                      &s, err);
    if (status != OK)
        return status;
    status = db_step(s, err);
    if (status == OK)
        *out = (struct coverage_kept_report){
            .id = db_int(s, 0),
            .made_ns = db_int(s, 1),
            .from_ns = db_int(s, 2),
            .to_ns = db_int(s, 3),
            .summary = arena_str(arena, db_text(s, 4)),
        };
    db_reset(s);
    return status;
}
