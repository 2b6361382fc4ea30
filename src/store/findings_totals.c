// What the queue comes to, for reports.

#include "store/findings.h"

// Levels are numbers of event/finding.h: 3 is high, 4 critical.
#define COUNTS                                                               \
    "SELECT count(*), coalesce(min(time_ns), 0), coalesce(max(time_ns), 0)," \
    " sum(CASE WHEN status = 0 THEN 1 ELSE 0 END),"                          \
    " sum(CASE WHEN status = 1 THEN 1 ELSE 0 END),"                          \
    " sum(CASE WHEN status < 2 AND level >= 3 THEN 1 ELSE 0 END),"           \
    " sum(CASE WHEN status = 2 AND disposition = 1 THEN 1 ELSE 0 END),"      \
    " sum(CASE WHEN status = 2 AND disposition = 2 THEN 1 ELSE 0 END),"      \
    " sum(CASE WHEN status = 2 AND disposition = 3 THEN 1 ELSE 0 END),"      \
    " sum(CASE WHEN status = 2 AND disposition = 4 THEN 1 ELSE 0 END),"      \
    " sum(CASE WHEN status = 2 AND disposition = 5 THEN 1 ELSE 0 END),"      \
    " sum(CASE WHEN stored_ns >= $1 THEN 1 ELSE 0 END),"                     \
    " sum(CASE WHEN status = 2 AND closed_ns >= $1 THEN 1 ELSE 0 END) FROM finding"

#define MEDIAN                                                                         \
    "SELECT avg(took) FROM (SELECT took, row_number() OVER (ORDER BY took) AS place,"  \
    " count(*) OVER () AS total FROM (SELECT"                                          \
    " CASE WHEN triaged_ns > stored_ns THEN triaged_ns - stored_ns ELSE 0 END AS took" \
    " FROM finding WHERE triaged_ns > 0) AS triaged) AS ranked"                        \
    " WHERE place >= total / 2.0 AND place <= total / 2.0 + 1"

static enum status read_counts(struct db_statement *s, struct finding_totals *out, struct err *err);
static enum status read_median(struct db *db, int64_t *out, struct err *err);

enum status findings_totals(struct db *db, int64_t since_ns, struct finding_totals *out,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, COUNTS, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, since_ns);
    *out = (struct finding_totals){ 0 };
    status = read_counts(s, out, err);
    return status == OK ? read_median(db, &out->triage_ns, err) : status;
}

static enum status read_counts(struct db_statement *s, struct finding_totals *out, struct err *err)
{
    const enum status status = db_step(s, err);
    if (status == OK) {
        out->count = db_int(s, 0);
        out->first_ns = db_int(s, 1);
        out->last_ns = db_int(s, 2);
        out->open = db_int(s, 3);
        out->assigned = db_int(s, 4);
        out->grave = db_int(s, 5);
        out->closed[DISPOSITION_NONE] = out->open + out->assigned;
        for (int i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
            out->closed[i] = db_int(s, 5 + i);
        out->stored_since = db_int(s, 11);
        out->closed_since = db_int(s, 12);
    }
    db_reset(s);
    return status;
}

static enum status read_median(struct db *db, int64_t *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, MEDIAN, &s, err);
    if (status != OK)
        return status;
    status = db_step(s, err);
    if (status == OK)
        *out = db_is_null(s, 0) ? -1 : (int64_t)db_real(s, 0);
    db_reset(s);
    return status;
}
