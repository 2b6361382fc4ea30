#include "store/exceptions.h"

#include "base/buf.h"
#include "store/audit.h"

#include <fcntl.h>
#include <unistd.h>

// A text with all its octets escaped, twice.
#define DETAIL_MAX (16u * EXCEPTIONS_STORE_BYTES_MAX)
#define HITS_MAX   (INT64_MAX / 2)

static enum status replace(struct db *db, const struct store_act *act,
                           const struct exception_row *rows, size_t count,
                           struct exception_changes *out, struct err *err);
static enum status put(struct db *db, const struct store_act *act, const struct exception_row *row,
                       int64_t place, struct exception_changes *out, struct err *err);
static enum status find_text(struct db *db, str id, struct arena *a, str *out, struct err *err);
static enum status write_row(struct db *db, const struct store_act *act,
                             const struct exception_row *row, int64_t place, struct err *err);
static enum status set_place(struct db *db, str id, int64_t place, struct err *err);
static enum status remove_unplaced(struct db *db, const struct store_act *act,
                                   struct exception_changes *out, struct err *err);
static enum status add(struct db *db, const struct store_act *act, const struct exception_row *rows,
                       size_t count, struct err *err);
static enum status remove_all(struct db *db, const struct store_act *act, const str *ids,
                              size_t count, struct err *err);
static enum status audit(struct db *db, const struct store_act *act, str action, str id, str was,
                         str is, struct err *err);
static enum status check_size(struct db *db, struct err *err);
static enum status add_hits(struct db *db, const struct exception_row *rows, size_t count,
                            struct err *err);

bool exceptions_store_is(str name)
{
    static const char magic[] = "SQLite format 3";
    char front[sizeof magic] = { 0 };
    struct arena arena = { 0 };
    if (db_is_url(name))
        return true;
    const char *path = cstr_of(&arena, name);
    const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const bool is = fd >= 0 && pread(fd, front, sizeof front, 0) == (ssize_t)sizeof front &&
                    memcmp(front, magic, sizeof magic) == 0;
    if (fd >= 0)
        (void)close(fd);
    arena_done(&arena);
    return is;
}

enum status exceptions_store_rows(struct db *db, struct arena *a, struct exception_row **out,
                                  size_t *out_count, struct err *err)
{
    struct db_statement *s = NULL;
    size_t count = 0;
    size_t octets = 0;
    enum status status = db_statement(db,
                                      "SELECT id, text, put_by, put_ns, hits, first_hit_ns,"
                                      " last_hit_ns FROM exceptions_entry ORDER BY place, id",
                                      &s, err);
    struct exception_row *rows = arena_alloc(a, (EXCEPTIONS_STORE_ROWS_MAX + 1) * sizeof *rows);
    while (status == OK && (status = db_step(s, err)) == OK) {
        octets += db_text(s, 0).len + db_text(s, 1).len;
        if (count == EXCEPTIONS_STORE_ROWS_MAX || octets > EXCEPTIONS_STORE_BYTES_MAX) {
            status = fail(err, ERR_LIMIT, "more than %u exceptions, or %u octets of them",
                          EXCEPTIONS_STORE_ROWS_MAX, EXCEPTIONS_STORE_BYTES_MAX);
            break;
        }
        const int64_t hits = db_int(s, 4);
        rows[count++] = (struct exception_row){
            .id = arena_str(a, db_text(s, 0)),
            .text = arena_str(a, db_text(s, 1)),
            .put_by = arena_str(a, db_text(s, 2)),
            .put_ns = db_int(s, 3),
            .hits = hits < 0          ? 0
                    : hits > HITS_MAX ? (uint64_t)HITS_MAX
                                      : (uint64_t)hits,
            .first_hit_ns = db_int(s, 5),
            .last_hit_ns = db_int(s, 6),
        };
    }
    if (s != NULL)
        db_reset(s);
    if (status != END)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

enum status exceptions_store_count(struct db *db, int64_t *out, struct err *err)
{
    return db_number(db, "SELECT count(*) FROM exceptions_entry", out, err);
}

enum status exceptions_store_replace(struct db *db, const struct store_act *act,
                                     const struct exception_row *rows, size_t count,
                                     struct exception_changes *out, struct err *err)
{
    const enum status status = db_begin(db, err);
    *out = (struct exception_changes){ 0 };
    return status == OK ? db_end(db, replace(db, act, rows, count, out, err), err) : status;
}

// What is put again gets its place back; what has none at the end was not.
static enum status replace(struct db *db, const struct store_act *act,
                           const struct exception_row *rows, size_t count,
                           struct exception_changes *out, struct err *err)
{
    struct buf detail;
    enum status status = db_run(db, "UPDATE exceptions_entry SET place = -1", err);
    for (size_t i = 0; i < count && status == OK; i++)
        status = put(db, act, &rows[i], (int64_t)i, out, err);
    if (status == OK)
        status = remove_unplaced(db, act, out, err);
    if (status == OK)
        status = check_size(db, err);
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail, "{\"count\":%zu,\"added\":%zu,\"changed\":%zu,\"removed\":%zu}", count,
               out->added, out->changed, out->removed);
    if (status == OK)
        status = audit_append(db, act, STR("exceptions.import"), STR("exceptions"),
                              buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

static enum status put(struct db *db, const struct store_act *act, const struct exception_row *row,
                       int64_t place, struct exception_changes *out, struct err *err)
{
    struct arena a = { 0 };
    str was = STR_EMPTY;
    enum status status = find_text(db, row->id, &a, &was, err);
    const bool is_new = status == END;
    if (status == OK && str_eq(was, row->text)) {
        status = set_place(db, row->id, place, err);
    } else if (status == OK || is_new) {
        status = write_row(db, act, row, place, err);
        if (status == OK)
            status = audit(db, act, is_new ? STR("exceptions.add") : STR("exceptions.change"),
                           row->id, was, row->text, err);
        out->added += is_new;
        out->changed += !is_new;
    }
    arena_done(&a);
    return status;
}

// END where there is none.
static enum status find_text(struct db *db, str id, struct arena *a, str *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT text FROM exceptions_entry WHERE id = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    status = db_step(s, err);
    if (status == OK)
        *out = arena_str(a, db_text(s, 0));
    db_reset(s);
    return status;
}

static enum status write_row(struct db *db, const struct store_act *act,
                             const struct exception_row *row, int64_t place, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db,
                     "INSERT INTO exceptions_entry (id, place, text, put_by, put_ns, hits,"
                     " first_hit_ns, last_hit_ns) VALUES ($1, $2, $3, $4, $5, 0, 0, 0)"
                     " ON CONFLICT (id) DO UPDATE SET place = excluded.place,"
                     " text = excluded.text, put_by = excluded.put_by, put_ns = excluded.put_ns",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, row->id);
    db_bind_int(s, 2, place);
    db_bind_text(s, 3, row->text);
    db_bind_text(s, 4, act->who);
    db_bind_int(s, 5, act->now_ns);
    return db_do(s, err);
}

static enum status set_place(struct db *db, str id, int64_t place, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_statement(db, "UPDATE exceptions_entry SET place = $2 WHERE id = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, id);
    db_bind_int(s, 2, place);
    return db_do(s, err);
}

static enum status remove_unplaced(struct db *db, const struct store_act *act,
                                   struct exception_changes *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db, "SELECT id, text FROM exceptions_entry WHERE place < 0 ORDER BY id", &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK) {
        status =
            audit(db, act, STR("exceptions.remove"), db_text(s, 0), db_text(s, 1), STR_EMPTY, err);
        if (status != OK)
            break;
        out->removed++;
    }
    db_reset(s);
    return status == END ? db_run(db, "DELETE FROM exceptions_entry WHERE place < 0", err) : status;
}

enum status exceptions_store_add(struct db *db, const struct store_act *act,
                                 const struct exception_row *rows, size_t count, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, add(db, act, rows, count, err), err) : status;
}

static enum status add(struct db *db, const struct store_act *act, const struct exception_row *rows,
                       size_t count, struct err *err)
{
    struct arena a = { 0 };
    struct exception_changes ignored = { 0 };
    int64_t place = 0;
    enum status status =
        db_number(db, "SELECT coalesce(max(place), -1) + 1 FROM exceptions_entry", &place, err);
    for (size_t i = 0; i < count && status == OK; i++) {
        str was;
        status = find_text(db, rows[i].id, &a, &was, err);
        if (status == OK)
            status = fail(err, ERR_CONFIG, "there is an exception \"%.*s\" already",
                          STR_ARG(rows[i].id));
        else if (status == END)
            status = put(db, act, &rows[i], place + (int64_t)i, &ignored, err);
    }
    arena_done(&a);
    return status == OK ? check_size(db, err) : status;
}

enum status exceptions_store_remove(struct db *db, const struct store_act *act, const str *ids,
                                    size_t count, struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, remove_all(db, act, ids, count, err), err) : status;
}

static enum status remove_all(struct db *db, const struct store_act *act, const str *ids,
                              size_t count, struct err *err)
{
    struct arena a = { 0 };
    struct db_statement *s = NULL;
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++) {
        str was = STR_EMPTY;
        status = find_text(db, ids[i], &a, &was, err);
        if (status == END)
            status = fail(err, ERR_CONFIG, "there is no exception \"%.*s\"", STR_ARG(ids[i]));
        if (status == OK)
            status = db_statement(db, "DELETE FROM exceptions_entry WHERE id = $1", &s, err);
        if (status == OK) {
            db_bind_text(s, 1, ids[i]);
            status = db_do(s, err);
        }
        if (status == OK)
            status = audit(db, act, STR("exceptions.remove"), ids[i], was, STR_EMPTY, err);
    }
    arena_done(&a);
    return status;
}

static enum status audit(struct db *db, const struct store_act *act, str action, str id, str was,
                         str is, struct err *err)
{
    struct buf b;
    buf_init(&b, DETAIL_MAX);
    buf_add(&b, STR("{\"was\":\""));
    buf_add_json(&b, was);
    buf_add(&b, STR("\",\"is\":\""));
    buf_add_json(&b, is);
    buf_add(&b, STR("\"}"));
    const enum status status = b.failed ? fail(err, ERR_LIMIT, "longer than the audit log keeps")
                                        : audit_append(db, act, action, id, buf_str(&b), err);
    buf_done(&b);
    return status;
}

// What could not be read again is not kept.
static enum status check_size(struct db *db, struct err *err)
{
    struct arena a = { 0 };
    struct exception_row *rows;
    size_t count;
    const enum status status = exceptions_store_rows(db, &a, &rows, &count, err);
    arena_done(&a);
    return status;
}

enum status exceptions_store_add_hits(struct db *db, const struct exception_row *rows, size_t count,
                                      struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, add_hits(db, rows, count, err), err) : status;
}

static enum status add_hits(struct db *db, const struct exception_row *rows, size_t count,
                            struct err *err)
{
    _Static_assert(HITS_MAX == 4611686018427387903, "the number in the statement");
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "UPDATE exceptions_entry SET hits = CASE WHEN hits <= 0 THEN $2"
        " WHEN hits > 4611686018427387903 - $2 THEN 4611686018427387903 ELSE hits + $2 END,"
        " first_hit_ns = CASE WHEN hits > 0 AND first_hit_ns < $3 THEN first_hit_ns ELSE $3 END,"
        " last_hit_ns = CASE WHEN hits > 0 AND last_hit_ns > $4 THEN last_hit_ns ELSE $4 END"
        " WHERE id = $1",
        &s, err);
    for (size_t i = 0; i < count && status == OK; i++) {
        if (rows[i].hits == 0)
            continue;
        db_bind_text(s, 1, rows[i].id);
        db_bind_int(s, 2, rows[i].hits > (uint64_t)HITS_MAX ? HITS_MAX : (int64_t)rows[i].hits);
        db_bind_int(s, 3, rows[i].first_hit_ns);
        db_bind_int(s, 4, rows[i].last_hit_ns);
        status = db_do(s, err);
    }
    return status;
}
