// What is kept of coverage and of assets, given out row by row.

#include "store/coverage.h"

enum status coverage_hosts(struct db *db, coverage_take_host *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT host_id, host_name, sensors, first_ns, last_ns,"
                                      " events, lost FROM coverage_host ORDER BY host_id",
                                      &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK) {
        const struct coverage_kept_host host = {
            .id = db_text(s, 0),
            .name = db_text(s, 1),
            .sensors = db_text(s, 2),
            .first_ns = db_int(s, 3),
            .last_ns = db_int(s, 4),
            .events = db_int(s, 5),
            .lost = db_int(s, 6),
        };
        take(context, &host);
    }
    db_reset(s);
    return status == END ? OK : status;
}

enum status coverage_spans(struct db *db, coverage_take_span *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT host_id, signal, from_ns, to_ns, state, check_id,"
                                      " figure, reason FROM coverage_span"
                                      " ORDER BY host_id, signal, from_ns",
                                      &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK) {
        const struct coverage_span span = {
            .host_id = db_text(s, 0),
            .signal = db_text(s, 1),
            .from_ns = db_int(s, 2),
            .to_ns = db_int(s, 3),
            .state = db_int(s, 4),
            .check = db_text(s, 5),
            .figure = db_text(s, 6),
            .reason = db_text(s, 7),
        };
        take(context, &span);
    }
    db_reset(s);
    return status == END ? OK : status;
}
