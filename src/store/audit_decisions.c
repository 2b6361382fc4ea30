#include "store/audit.h"

// Of an entry: it is behind the last time that its finding was forgotten. What was told again since is new.
#define STILL_HOLDS                                                                     \
    " e.seq > coalesce((SELECT max(g.seq) FROM audit_log g WHERE g.subject = e.subject" \
    " AND g.action = 'review.forget' AND g.action <> 'findings.keep'), 0)"

static const char disagreeing[] =
    "SELECT f.id FROM finding f LEFT JOIN review_close c ON c.finding = f.id"
    " LEFT JOIN (SELECT e.subject,"
    " max(CASE WHEN e.action = 'review.close' THEN e.seq ELSE 0 END) AS closed,"
    " max(CASE WHEN e.action = 'review.reopen' THEN e.seq ELSE 0 END) AS reopened,"
    " sum(CASE WHEN e.action = 'review.note' THEN 1 ELSE 0 END) AS notes"
    " FROM audit_log e WHERE e.action IN ('review.close', 'review.reopen', 'review.note')"
    " AND" STILL_HOLDS
    " GROUP BY e.subject) l ON l.subject = f.id LEFT JOIN audit_log a ON a.seq = l.closed"
    " LEFT JOIN (SELECT finding, count(*) AS notes FROM review_note GROUP BY finding) n"
    " ON n.finding = f.id"
    " WHERE (f.status = 2) <> (coalesce(l.closed, 0) > coalesce(l.reopened, 0))"
    " OR coalesce(n.notes, 0) <> coalesce(l.notes, 0)"
    " OR f.status = 2 AND (c.finding IS NULL OR c.who <> a.who OR c.at_ns <> a.at_ns"
    " OR c.fields <> a.detail OR f.closed_ns <> c.at_ns"
    " OR c.fields NOT LIKE '{\"disposition\":\"' || CASE f.disposition"
    " WHEN 1 THEN 'true-positive' WHEN 2 THEN 'benign-expected' WHEN 3 THEN 'benign-unexpected'"
    " WHEN 4 THEN 'false-positive' WHEN 5 THEN 'undetermined' ELSE '' END || '\"%')"
    // And what was decided of is there, or was forgotten.
    " UNION SELECT e.subject FROM audit_log e WHERE e.action IN ('review.assign', 'review.close',"
    " 'review.reopen', 'review.note') AND" STILL_HOLDS
    " AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = e.subject)"
    " ORDER BY 1";

enum status audit_decisions(struct db *db, struct arena *arena, uint64_t *count, str *first,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, disagreeing, &s, err);
    *count = 0;
    *first = STR_EMPTY;
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK)
        if (++*count == 1)
            *first = db_printable(arena, arena_str(arena, db_text(s, 0)));
    db_reset(s);
    return status == END ? OK : status;
}
