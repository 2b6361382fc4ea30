// How findings come into the store, and what is decided of them: each change with its entry of the audit log,
// in one transaction.

#include "store/findings.h"

#include "base/buf.h"
#include "macho/digest.h"
#include "store/audit.h"

#define DETAIL_MAX    (1024u * 1024u)
#define FORGOTTEN_MAX 1000u  // In one go.

static enum status append_kept(struct db *db, const struct store_act *act,
                               const struct finding_row *rows, size_t count, struct err *err);
static bool hash_records(const struct finding_row *rows, size_t count, struct buf *hex);
static enum status mark_triaged(struct db *db, const struct store_act *act, str id,
                                struct err *err);
static enum status append(struct db *db, const struct store_act *act, str action, str id, str key,
                          str value, struct err *err);
static enum status assign(struct db *db, const struct store_act *act, str id, str assignee,
                          struct err *err);
static enum status note(struct db *db, const struct store_act *act, str id, str text,
                        struct err *err);
static enum status close_finding(struct db *db, const struct store_act *act, str id,
                                 enum disposition disposition, str fields, struct err *err);
static enum status reopen(struct db *db, const struct store_act *act, str id, struct err *err);
static enum status list_oldest(struct db *db, int64_t before_ns, uint64_t most, struct arena *arena,
                               str *ids, size_t *count, struct err *err);
static enum status do_with_id(struct db *db, const char *sql, str id, struct err *err);

enum status findings_keep(struct db *db, const struct store_act *act,
                          const struct finding_row *rows, size_t count, struct err *err)
{
    enum status status = db_begin(db, err);
    if (status != OK)
        return status;
    for (size_t i = 0; status == OK && i < count; i++)
        status = findings_put(db, &rows[i], act->now_ns, err);
    if (status == OK)
        status = append_kept(db, act, rows, count, err);
    return db_end(db, status, err);
}

static enum status append_kept(struct db *db, const struct store_act *act,
                               const struct finding_row *rows, size_t count, struct err *err)
{
    struct buf detail;
    enum status status = OK;
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail, "{\"findings\":%zu,\"sha256\":\"", count);
    if (!hash_records(rows, count, &detail))
        status = fail(err, ERR_IO, "libcrypto has no SHA-256");
    buf_add(&detail, STR("\"}"));
    if (status == OK)
        status =
            audit_append(db, act, STR("findings.keep"), STR("findings"), buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

// As sha256sum has it of what `pomona detect --output ndjson` printed of them.
static bool hash_records(const struct finding_row *rows, size_t count, struct buf *hex)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    struct digest digest;
    digest_init(&digest);
    bool is_done = digest_begin(&digest, EVP_sha256());
    for (size_t i = 0; i < count; i++)
        is_done = is_done && digest_add(&digest, bytes_of_str(rows[i].record)) &&
                  digest_add(&digest, bytes_of_str(STR("\n")));
    is_done = is_done && digest_end(&digest, hash);
    digest_done(&digest);
    for (size_t i = 0; is_done && i < AUDIT_HASH_BYTES; i++)
        buf_printf(hex, "%02x", hash[i]);
    return is_done;
}

enum status findings_assign(struct db *db, const struct store_act *act, str id, str assignee,
                            struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, assign(db, act, id, assignee, err), err) : status;
}

static enum status assign(struct db *db, const struct store_act *act, str id, str assignee,
                          struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db, "UPDATE finding SET status = 1, assignee = $1 WHERE id = $2 AND status < 2", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, assignee);
    db_bind_text(s, 2, id);
    status = db_do(s, err);
    if (status == OK && db_changed(db) == 0)
        return fail(err, ERR_CONFIG, "finding %.*s is closed; reopen it first", STR_ARG(id));
    if (status == OK)
        status = mark_triaged(db, act, id, err);
    return status == OK ? append(db, act, STR("review.assign"), id, STR("assignee"), assignee, err)
                        : status;
}

// Somebody did something about it; the first time counts.
static enum status mark_triaged(struct db *db, const struct store_act *act, str id, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db, "UPDATE finding SET triaged_ns = $1 WHERE id = $2 AND triaged_ns = 0", &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, act->now_ns);
    db_bind_text(s, 2, id);
    return db_do(s, err);
}

static enum status append(struct db *db, const struct store_act *act, str action, str id, str key,
                          str value, struct err *err)
{
    struct buf detail;
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail, "{\"%.*s\":\"", STR_ARG(key));
    buf_add_json(&detail, value);
    buf_add(&detail, STR("\"}"));
    const enum status status = detail.failed
                                   ? fail(err, ERR_LIMIT, "longer than the audit log keeps")
                                   : audit_append(db, act, action, id, buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

enum status findings_note(struct db *db, const struct store_act *act, str id, str text,
                          struct err *err)
{
    if (text.len == 0 || text.len > FINDINGS_NOTE_MAX)
        return fail(err, ERR_CONFIG, "a note has 1 to %u octets", FINDINGS_NOTE_MAX);
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, note(db, act, id, text, err), err) : status;
}

static enum status note(struct db *db, const struct store_act *act, str id, str text,
                        struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "INSERT INTO review_note (finding, seq, at_ns, who, text) VALUES ($1,"
                     " (SELECT coalesce(max(seq), 0) + 1 FROM review_note WHERE finding = $1),"
                     " $2, $3, $4)",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    db_bind_int(s, 2, act->now_ns);
    db_bind_text(s, 3, act->who);
    db_bind_text(s, 4, text);
    status = db_do(s, err);
    if (status == OK)
        status = mark_triaged(db, act, id, err);
    return status == OK ? append(db, act, STR("review.note"), id, STR("text"), text, err) : status;
}

enum status findings_close(struct db *db, const struct store_act *act, str id,
                           enum disposition disposition, str fields, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, close_finding(db, act, id, disposition, fields, err), err)
                        : status;
}

static enum status close_finding(struct db *db, const struct store_act *act, str id,
                                 enum disposition disposition, str fields, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "UPDATE finding SET status = 2, disposition = $1, closed_ns = $2"
                     " WHERE id = $3 AND status < 2",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, (int64_t)disposition);
    db_bind_int(s, 2, act->now_ns);
    db_bind_text(s, 3, id);
    status = db_do(s, err);
    if (status == OK && db_changed(db) == 0)
        return fail(err, ERR_CONFIG, "finding %.*s is closed already; reopen it first",
                    STR_ARG(id));
    if (status == OK)
        status = mark_triaged(db, act, id, err);
    if (status == OK)
        status = db_statement(db,
                              "INSERT INTO review_close (finding, at_ns, who, fields)"
                              " VALUES ($1, $2, $3, $4) ON CONFLICT (finding) DO UPDATE SET"
                              " at_ns = excluded.at_ns, who = excluded.who,"
                              " fields = excluded.fields",
                              &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    db_bind_int(s, 2, act->now_ns);
    db_bind_text(s, 3, act->who);
    db_bind_text(s, 4, fields);
    status = db_do(s, err);
    return status == OK ? audit_append(db, act, STR("review.close"), id, fields, err) : status;
}

enum status findings_reopen(struct db *db, const struct store_act *act, str id, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, reopen(db, act, id, err), err) : status;
}

// What was said when it was closed stays in the audit log.
static enum status reopen(struct db *db, const struct store_act *act, str id, struct err *err)
{
    enum status status =
        do_with_id(db,
                   "UPDATE finding SET status = CASE assignee WHEN '' THEN 0 ELSE 1 END,"
                   " disposition = 0, closed_ns = 0 WHERE id = $1 AND status = 2",
                   id, err);
    if (status == OK && db_changed(db) == 0)
        return fail(err, ERR_CONFIG, "finding %.*s is not closed", STR_ARG(id));
    if (status == OK)
        status = do_with_id(db, "DELETE FROM review_close WHERE finding = $1", id, err);
    return status == OK ? audit_append(db, act, STR("review.reopen"), id, STR_EMPTY, err) : status;
}

enum status findings_forget(struct db *db, const struct store_act *act, int64_t before_ns,
                            uint64_t most, uint64_t *out, struct err *err)
{
    str ids[FORGOTTEN_MAX];
    struct arena arena = { 0 };
    size_t count = 0;
    enum status status;
    *out = 0;
    do {
        arena_reset(&arena);
        status = list_oldest(db, before_ns, most - *out, &arena, ids, &count, err);
        for (size_t i = 0; i < count && status == OK; i++) {
            status = do_with_id(db, "DELETE FROM finding WHERE id = $1", ids[i], err);
            if (status == OK)
                status = audit_append(db, act, STR("review.forget"), ids[i], STR_EMPTY, err);
        }
        *out += count;
    } while (status == OK && count == FORGOTTEN_MAX);
    arena_done(&arena);
    return status;
}

static enum status list_oldest(struct db *db, int64_t before_ns, uint64_t most, struct arena *arena,
                               str *ids, size_t *count, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT id FROM finding WHERE status = 2 AND closed_ns < $1"
                                      " ORDER BY closed_ns, id LIMIT $2",
                                      &s, err);
    *count = 0;
    if (status != OK)
        return status;
    db_bind_int(s, 1, before_ns);
    db_bind_int(s, 2, most < FORGOTTEN_MAX ? (int64_t)most : FORGOTTEN_MAX);
    while ((status = db_step(s, err)) == OK)
        ids[(*count)++] = arena_str(arena, db_text(s, 0));
    db_reset(s);
    return status == END ? OK : status;
}

static enum status do_with_id(struct db *db, const char *sql, str id, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(db, sql, &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    return db_do(s, err);
}

enum status findings_notes(struct db *db, str id, findings_take_note *take, void *context,
                           struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db, "SELECT at_ns, who, text FROM review_note WHERE finding = $1 ORDER BY seq", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    while ((status = db_step(s, err)) == OK) {
        const struct finding_note taken = { .at_ns = db_int(s, 0),
                                            .who = db_text(s, 1),
                                            .text = db_text(s, 2) };
        take(context, &taken);
    }
    db_reset(s);
    return status == END ? OK : status;
}

enum status findings_history(struct db *db, str id, findings_take_deed *take, void *context,
                             struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "SELECT at_ns, who, action, why, detail FROM audit_log WHERE subject = $1"
                     " AND action <> 'findings.keep' ORDER BY seq",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    while ((status = db_step(s, err)) == OK) {
        const struct finding_deed deed = { .at_ns = db_int(s, 0),
                                           .who = db_text(s, 1),
                                           .action = db_text(s, 2),
                                           .why = db_text(s, 3),
                                           .detail = db_text(s, 4) };
        take(context, &deed);
    }
    db_reset(s);
    return status == END ? OK : status;
}

enum status findings_close_out(struct db *db, str id, struct arena *arena, str *out,
                               struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT fields FROM review_close WHERE finding = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    status = db_step(s, err);
    if (status == OK)
        *out = arena_str(arena, db_text(s, 0));
    db_reset(s);
    return status;
}
