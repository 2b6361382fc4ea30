// What is kept of findings, and how they are found.

#include "store/findings.h"

#include "base/buf.h"
#include "event/finding.h"

#define SQL_MAX     4096u
#define PATTERN_MAX (2u * FINDINGS_TEXT_MAX + 2u)
#define LIST_NAMES                                                                          \
    "id, rule, rule_version, title, level, score, confidence, time_ns, host_id, host_name," \
    " executable, verdict, verdict_by, revision, repeats, stored_ns, status, disposition,"  \
    " assignee, triaged_ns, closed_ns"

// The one in the middle, or the mean of the two. Of findings that wait for weeks a few would move a mean.
// What a clock that was put back makes negative took no time.
#define MEDIANS                                                                        \
    "SELECT rule, avg(took) AS triage FROM (SELECT rule, took,"                        \
    " row_number() OVER (PARTITION BY rule ORDER BY took) AS place,"                   \
    " count(*) OVER (PARTITION BY rule) AS total FROM (SELECT rule,"                   \
    " CASE WHEN triaged_ns > stored_ns THEN triaged_ns - stored_ns ELSE 0 END AS took" \
    " FROM finding WHERE triaged_ns > 0) AS triaged) AS ranked"                        \
    " WHERE place >= total / 2.0 AND place <= total / 2.0 + 1 GROUP BY rule"

static void add_conditions(struct buf *sql, const struct findings_filter *f);
static void add_level(struct buf *sql, int64_t least);
static void bind_conditions(struct db_statement *s, const struct findings_filter *f,
                            struct buf *pattern);
static void add_pattern(struct buf *b, str text);
static void read_row(struct db_statement *s, struct finding_row *out);
static void keep_row(struct arena *arena, struct finding_row *row);
static enum status add_statistics(struct db_statement *s, findings_take_statistics *take,
                                  void *context, struct err *err);

static const str status_names[] = {
    [FINDING_OPEN] = STR_INIT("open"),
    [FINDING_ASSIGNED] = STR_INIT("assigned"),
    [FINDING_CLOSED] = STR_INIT("closed"),
};

static const str disposition_names[] = {
    [DISPOSITION_NONE] = STR_INIT("none"),
    [DISPOSITION_TRUE_POSITIVE] = STR_INIT("true-positive"),
    [DISPOSITION_BENIGN_EXPECTED] = STR_INIT("benign-expected"),
    [DISPOSITION_BENIGN_UNEXPECTED] = STR_INIT("benign-unexpected"),
    [DISPOSITION_FALSE_POSITIVE] = STR_INIT("false-positive"),
    [DISPOSITION_UNDETERMINED] = STR_INIT("undetermined"),
};

str finding_status_name(enum finding_status status)
{
    return status_names[status];
}

bool finding_status_of(str name, enum finding_status *out)
{
    for (size_t i = 0; i < COUNT_OF(status_names); i++) {
        if (!str_eq(status_names[i], name))
            continue;
        *out = (enum finding_status)i;
        return true;
    }
    return false;
}

str disposition_name(enum disposition disposition)
{
    return disposition_names[disposition];
}

bool disposition_of(str name, enum disposition *out)
{
    for (size_t i = DISPOSITION_NONE + 1; i < COUNT_OF(disposition_names); i++) {
        if (!str_eq(disposition_names[i], name))
            continue;
        *out = (enum disposition)i;
        return true;
    }
    return false;
}

enum status findings_put(struct db *db, const struct finding_row *row, int64_t now_ns,
                         struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db,
        "INSERT INTO finding (id, rule, rule_version, title, level, score, confidence, time_ns,"
        " host_id, host_name, executable, verdict, verdict_by, revision, repeats, record,"
        " stored_ns, status, disposition, assignee, triaged_ns, closed_ns)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
        " 0, 0, '', 0, 0)"
        " ON CONFLICT (id) DO UPDATE SET rule = excluded.rule,"
        " rule_version = excluded.rule_version, title = excluded.title, level = excluded.level,"
        " score = excluded.score, confidence = excluded.confidence, time_ns = excluded.time_ns,"
        " host_id = excluded.host_id, host_name = excluded.host_name,"
        " executable = excluded.executable, verdict = excluded.verdict,"
        " verdict_by = excluded.verdict_by, revision = excluded.revision,"
        " repeats = excluded.repeats, record = excluded.record"
        " WHERE excluded.revision >= finding.revision",
        &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, row->id);
    db_bind_text(s, 2, row->rule);
    db_bind_int(s, 3, row->rule_version);
    db_bind_text(s, 4, row->title);
    db_bind_int(s, 5, row->level);
    db_bind_int(s, 6, row->score);
    db_bind_int(s, 7, row->confidence);
    db_bind_int(s, 8, row->time_ns);
    db_bind_text(s, 9, row->host_id);
    db_bind_text(s, 10, row->host_name);
    db_bind_text(s, 11, row->executable);
    db_bind_int(s, 12, row->verdict);
    db_bind_text(s, 13, row->verdict_by);
    db_bind_int(s, 14, row->revision);
    db_bind_int(s, 15, row->repeats);
    db_bind_octets(s, 16, bytes_of_str(row->record));
    db_bind_int(s, 17, now_ns);
    return db_do(s, err);
}

enum status findings_list(struct db *db, const struct findings_filter *filter, findings_take *take,
                          void *context, struct err *err)
{
    struct buf sql;
    struct buf pattern;
    struct db_statement *s = NULL;
    buf_init(&sql, SQL_MAX);
    buf_add(&sql, STR("SELECT " LIST_NAMES " FROM finding"));
    add_conditions(&sql, filter);
    buf_add(&sql, filter->is_backward ? STR(" ORDER BY score, time_ns DESC, id DESC LIMIT $9\0")
                                      : STR(" ORDER BY score DESC, time_ns, id LIMIT $9\0"));
    enum status status = db_prepare(db, sql.at, &s, err);
    buf_init(&pattern, PATTERN_MAX);
    if (status == OK)
        bind_conditions(s, filter, &pattern);
    while (status == OK && (status = db_step(s, err)) == OK) {
        struct finding_row row;
        read_row(s, &row);
        take(context, &row);
    }
    db_finish(s);
    buf_done(&pattern);
    buf_done(&sql);
    return status == END ? OK : status;
}

// Every parameter is there, so that they are those of bind_conditions(); one that nobody asked for is 0 or
// empty, which is asked once and not of each row. An index of some rows only is used where its own condition
// stands here word by word (schema_review.c), so some is said twice.
static void add_conditions(struct buf *sql, const struct findings_filter *f)
{
    buf_add(sql, STR(" WHERE score >= $2"));
    add_level(sql, f->least_level);
    buf_add(sql, f->since_ns > 0 ? STR(" AND time_ns >= $3") : STR(" AND $3 = 0"));
    buf_add(sql, f->rule.len > 0 ? STR(" AND rule = $4") : STR(" AND $4 = ''"));
    buf_add(sql, f->host.len > 0
                     ? STR(" AND (host_id = $5 OR (host_name = $5 AND host_name <> host_id))")
                     : STR(" AND $5 = ''"));
    buf_add(sql, f->assignee.len > 0 ? STR(" AND assignee = $6 AND assignee <> ''")
                                     : STR(" AND $6 = ''"));
    if (f->has_status)
        buf_printf(sql, " AND status = %d", (int)f->status);
    if (f->only_unclosed || (f->has_status && f->status == FINDING_OPEN))
        buf_add(sql, STR(" AND status < 2"));
    buf_add(sql, f->text.len > 0
                     ? STR(" AND lower(title || '|' || rule || '|' || host_name || '|' || host_id"
                           " || '|' || executable || '|' || id) LIKE $11 ESCAPE '!'")
                     : STR(" AND $11 = ''"));
    // As one condition on the score it can be looked up in the index.
    if (f->after_id.len == 0)
        buf_add(sql, STR(" AND $7 = 0 AND $8 = 0 AND $10 = ''"));
    else if (f->is_backward)
        buf_add(sql, STR(" AND score >= $7 AND (score > $7 OR time_ns < $8"
                         " OR (time_ns = $8 AND id < $10))"));
    else
        buf_add(sql, STR(" AND score <= $7 AND (score < $7 OR time_ns > $8"
                         " OR (time_ns = $8 AND id > $10))"));
}

// No finding of a level has a lesser score than the least of the levels: below it nothing is looked for. The
// least of one level is one step into an index.
static void add_level(struct buf *sql, int64_t least)
{
    if (least <= 0) {
        buf_add(sql, STR(" AND $1 = 0"));
        return;
    }
    buf_add(sql, STR(" AND level >= $1 AND score >= (SELECT min(score) FROM ("));
    for (int64_t level = least; level == least || level < FINDINGS_LEVELS; level++)
        buf_printf(sql, "%sSELECT min(score) AS score FROM finding WHERE level = %lld",
                   level == least ? "" : " UNION ALL ", (long long)level);
    buf_add(sql, STR(") AS levels)"));
}

static void bind_conditions(struct db_statement *s, const struct findings_filter *f,
                            struct buf *pattern)
{
    const bool is_after = f->after_id.len > 0;
    db_bind_int(s, 1, f->least_level > 0 ? f->least_level : 0);
    db_bind_int(s, 2, f->least_score);
    db_bind_int(s, 3, f->since_ns > 0 ? f->since_ns : 0);
    db_bind_text(s, 4, f->rule);
    db_bind_text(s, 5, f->host);
    db_bind_text(s, 6, f->assignee);
    db_bind_int(s, 7, is_after ? f->after_score : 0);
    db_bind_int(s, 8, is_after ? f->after_time_ns : 0);
    db_bind_int(s, 9, f->limit < FINDINGS_PAGE_MAX ? f->limit : FINDINGS_PAGE_MAX);
    db_bind_text(s, 10, f->after_id);
    if (f->text.len > 0)
        add_pattern(pattern, str_to(f->text, FINDINGS_TEXT_MAX));
    db_bind_text(s, 11, buf_str(pattern));
}

// Of LIKE, which takes the text as it stands.
static void add_pattern(struct buf *b, str text)
{
    buf_add_char(b, '%');
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if (c == '%' || c == '_' || c == '!')
            buf_add_char(b, '!');
        buf_add_char(b, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    buf_add_char(b, '%');
}

// In the order of LIST_NAMES.
static void read_row(struct db_statement *s, struct finding_row *out)
{
    const int64_t level = db_int(s, 4);
    const int64_t verdict = db_int(s, 11);
    const int64_t status = db_int(s, 16);
    const int64_t disposition = db_int(s, 17);
    *out = (struct finding_row){
        .id = db_text(s, 0),
        .rule = db_text(s, 1),
        .rule_version = db_int(s, 2),
        .title = db_text(s, 3),
        .level = level >= 0 && level < LEVEL_COUNT ? level : LEVEL_INFORMATIONAL,
        .score = db_int(s, 5),
        .confidence = db_int(s, 6),
        .time_ns = db_int(s, 7),
        .host_id = db_text(s, 8),
        .host_name = db_text(s, 9),
        .executable = db_text(s, 10),
        .verdict = verdict >= 0 && verdict < VERDICT_COUNT ? verdict : VERDICT_NEW,
        .verdict_by = db_text(s, 12),
        .revision = db_int(s, 13),
        .repeats = db_int(s, 14),
        .stored_ns = db_int(s, 15),
        .status = status >= 0 && status < FINDING_STATUS_COUNT ? (enum finding_status)status
                                                               : FINDING_OPEN,
        .disposition = disposition >= 0 && disposition < DISPOSITION_COUNT
                           ? (enum disposition)disposition
                           : DISPOSITION_NONE,
        .assignee = db_text(s, 18),
        .triaged_ns = db_int(s, 19),
        .closed_ns = db_int(s, 20),
    };
}

enum status findings_find(struct db *db, str id, struct arena *arena, struct finding_row *out,
                          struct err *err)
{
    struct db_statement *s = NULL;
    if (id.len < FINDINGS_ID_MIN)
        return fail(err, ERR_CONFIG, "an id needs its first %u digits, not \"%.*s\"",
                    FINDINGS_ID_MIN, STR_ARG(id));
    // All ids that begin so lie from the id itself to the id with the highest letter behind it.
    enum status status = db_statement(
        db,
        "SELECT " LIST_NAMES ", record FROM finding WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 2",
        &s, err);
    if (status != OK)
        return status;
    const str behind = arena_printf(arena, "%.*sg", STR_ARG(id));
    db_bind_text(s, 1, id);
    db_bind_text(s, 2, behind);
    status = db_step(s, err);
    if (status == OK) {
        read_row(s, out);
        out->record = str_of_bytes(db_octets(s, 21));
        keep_row(arena, out);
        status = db_step(s, err);
        if (status == OK)
            status = fail(err, ERR_CONFIG, "several findings have an id that begins \"%.*s\"",
                          STR_ARG(id));
        else if (status == END)
            status = OK;
    }
    db_reset(s);
    return status;
}

static void keep_row(struct arena *arena, struct finding_row *row)
{
    str *const texts[] = { &row->id,       &row->rule,       &row->title,
                           &row->host_id,  &row->host_name,  &row->executable,
                           &row->assignee, &row->verdict_by, &row->record };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = arena_str(arena, *texts[i]);
}

enum status findings_statistics(struct db *db, findings_take_statistics *take, void *context,
                                struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db,
                     "SELECT f.rule, f.told, f.unclosed, f.one, f.two, f.three, f.four, f.five,"
                     " m.triage FROM (SELECT rule, count(*) AS told,"
                     " sum(CASE WHEN status < 2 THEN 1 ELSE 0 END) AS unclosed,"
                     " sum(CASE WHEN status = 2 AND disposition = 1 THEN 1 ELSE 0 END) AS one,"
                     " sum(CASE WHEN status = 2 AND disposition = 2 THEN 1 ELSE 0 END) AS two,"
                     " sum(CASE WHEN status = 2 AND disposition = 3 THEN 1 ELSE 0 END) AS three,"
                     " sum(CASE WHEN status = 2 AND disposition = 4 THEN 1 ELSE 0 END) AS four,"
                     " sum(CASE WHEN status = 2 AND disposition = 5 THEN 1 ELSE 0 END) AS five"
                     " FROM finding GROUP BY rule) AS f LEFT JOIN (" MEDIANS ") AS m"
                     " ON m.rule = f.rule ORDER BY f.rule",
                     &s, err);
    return status == OK ? add_statistics(s, take, context, err) : status;
}

static enum status add_statistics(struct db_statement *s, findings_take_statistics *take,
                                  void *context, struct err *err)
{
    enum status status;
    while ((status = db_step(s, err)) == OK) {
        struct finding_statistics statistics = {
            .rule = db_text(s, 0),
            .count = db_int(s, 1),
            .triage_ns = db_is_null(s, 8) ? -1 : (int64_t)db_real(s, 8),
        };
        for (int i = 0; i < DISPOSITION_COUNT; i++)
            statistics.closed[i] = db_int(s, 2 + i);
        take(context, &statistics);
    }
    db_reset(s);
    return status == END ? OK : status;
}
