// Everything that writes: the slices of a file, and what is forgotten.
//
// A batch is one transaction. It ends only between two files, so that whatever ends the program,
// the inventory knows of a file all of its slices or none.

#include "store/internal.h"

#include <assert.h>

static enum status put_all(struct links *links, const struct link_facts *slices, size_t count,
                           int64_t run, str around, struct err *err);
static enum status remove_path(struct links *links, str path, struct err *err);
static enum status do_path(struct links *links, enum statement which, str path, struct err *err);
static enum status image_of(struct links *links, const struct link_facts *facts, int64_t *out,
                            struct err *err);
static enum status touch(struct links *links, str path, struct err *err);
static bool is_as_it_was(const struct link_facts *row, struct links_stamp stamp);

enum status links_put(struct links *links, str host, const struct link_facts *slices, size_t count,
                      struct err *err)
{
    if (count == 0 || count > LINKS_PATH_ROWS_MAX)
        return fail(err, ERR_LIMIT, "%zu slices of one file; 1 to %u are kept", count,
                    LINKS_PATH_ROWS_MAX);
    if (slices[0].path.len > LINKS_TEXT_MAX)
        return fail(err, ERR_LIMIT, "a path is longer than %u octets", LINKS_TEXT_MAX);
    const enum status status = put_begin(links, host, err);
    return status == OK ? put_file(links, slices, count, links->run, slices[0].around, err)
                        : status;
}

enum status put_file(struct links *links, const struct link_facts *slices, size_t count,
                     int64_t run, str around, struct err *err)
{
    enum status status = remove_path(links, slices[0].path, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (!row_fits(&slices[i]))
            return fail(err, ERR_LIMIT, "a text of slice %u is longer than %u octets",
                        (unsigned)slices[i].slice, LINKS_TEXT_MAX);
    status = put_all(links, slices, count, run, around, err);
    if (status != OK) {
        struct err ignored;  // Half a file would pass for the whole.
        (void)remove_path(links, slices[0].path, &ignored);
    }
    return status;
}

static enum status put_all(struct links *links, const struct link_facts *slices, size_t count,
                           int64_t run, str around, struct err *err)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < count; i++) {
        assert(str_eq(slices[i].path, slices[0].path));
        struct link_facts facts = slices[i];
        if (facts.object.len > LINKS_OBJECT_MAX)
            facts.object = STR_EMPTY;
        facts.around = i == 0 && around.len <= LINKS_AROUND_MAX ? around : STR_EMPTY;
        facts.run = run;
        links->batch_bytes += row_bytes(&facts);
        status = put_slice(links, &facts, err);
    }
    return status;
}

enum status put_begin(struct links *links, str host, struct err *err)
{
    if (links->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    if (host.len > LINKS_HOST_MAX)
        return fail(err, ERR_LIMIT, "a host's name is longer than %u octets", LINKS_HOST_MAX);
    enum status status = OK;
    if (links->batch_files >= LINKS_BATCH_FILES_MAX || links->batch_bytes >= LINKS_BATCH_BYTES_MAX)
        status = links_commit(links, err);
    if (status == OK && sqlite3_get_autocommit(links->db) != 0) {
        links->has_host = false;  // Where SQLite took a transaction back, the host went with it.
        status = sql_run(links, "BEGIN IMMEDIATE", err);
    }
    if (status == OK)
        status = put_use_host(links, host, err);
    links->batch_files++;
    return status;
}

// The first use of a host begins a run of it, which lasts until the inventory is closed. A number
// that no run can have is left as it is, and refused.
enum status put_use_host(struct links *links, str host, struct err *err)
{
    static const char begin_run[] = "INSERT INTO host (name, run) VALUES (?1, max(1, ?2))"
                                    " ON CONFLICT (name) DO UPDATE SET run = max(run + 1, ?2)"
                                    " WHERE id NOT IN (SELECT id FROM temp.used)"
                                    " AND run BETWEEN 0 AND ?3";
    static const char *const statements[] = {
        begin_run,
        "INSERT OR IGNORE INTO temp.used SELECT id FROM host WHERE name = ?1",
        "SELECT id, run FROM host WHERE name = ?1",
    };
    if (links->has_host && str_eq(host, (str){ .at = links->host, .len = links->host_len }))
        return OK;
    enum status status = OK;
    for (size_t i = 0; status == OK && i < COUNT_OF(statements); i++) {
        sqlite3_stmt *statement = NULL;
        status = sql_prepare(links, statements[i], &statement, err);
        bool is_bound = status == OK && sql_bind_text(statement, 1, host);
        if (is_bound && i == 0)
            is_bound = sqlite3_bind_int64(statement, 2, links->now_s) == SQLITE_OK &&
                       sqlite3_bind_int64(statement, 3, LINKS_RUN_MAX - 1) == SQLITE_OK;
        const int code = is_bound ? sqlite3_step(statement) : SQLITE_ERROR;
        if (code == SQLITE_ROW) {
            links->host_id = sqlite3_column_int64(statement, 0);
            links->run = sqlite3_column_int64(statement, 1);
        } else if (status == OK && code != SQLITE_DONE) {
            status = sql_fail(links, err);
        }
        (void)sqlite3_finalize(statement);
    }
    if (status == OK && (links->run < 0 || links->run >= LINKS_RUN_MAX))
        status = fail(err, ERR_FORMAT, "damaged link inventory: a host's last run is %lld",
                      (long long)links->run);
    links->has_host = status == OK;
    links->host_len = host.len;
    if (host.len > 0)
        memcpy(links->host, host.at, host.len);
    return status;
}

enum status put_slice(struct links *links, const struct link_facts *facts, struct err *err)
{
    int64_t image = 0;
    const enum status status = image_of(links, facts, &image, err);
    if (status != OK)
        return status;
    sqlite3_stmt *add = links->statements[ADD_PLACE];
    const int64_t numbers[] = { facts->slice,    (int64_t)facts->size, facts->mtime_ns,
                                facts->ctime_ns, facts->run,           image };
    bool is_bound = sqlite3_bind_int64(add, 1, links->host_id) == SQLITE_OK &&
                    sql_bind_text(add, 2, facts->path);
    for (size_t i = 0; is_bound && i < COUNT_OF(numbers); i++)
        is_bound = sqlite3_bind_int64(add, (int)i + 3, numbers[i]) == SQLITE_OK;
    is_bound = is_bound && sql_bind_text(add, (int)COUNT_OF(numbers) + 3, facts->around);
    return is_bound ? sql_do(links, add, err) : sql_fail(links, err);
}

// The image of which all this is told, added where there is none. Hashes of images can be made to
// agree: then the first few are compared, and what is not among them stands twice.
static enum status image_of(struct links *links, const struct link_facts *facts, int64_t *out,
                            struct err *err)
{
    sqlite3_stmt *find = links->statements[FIND_IMAGE];
    sqlite3_stmt *add = links->statements[ADD_IMAGE];
    if (!row_bind_image(find, facts))
        return sql_fail(links, err);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(find, 0);
    const enum status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? OK : sql_fail(links, err);
    (void)sqlite3_reset(find);
    if (status != OK || code == SQLITE_ROW)
        return status;
    const enum status added =
        row_bind_image(add, facts) ? sql_do(links, add, err) : sql_fail(links, err);
    *out = sqlite3_last_insert_rowid(links->db);
    return added;
}

enum status links_remove(struct links *links, str host, str path, struct err *err)
{
    const enum status status = put_begin(links, host, err);
    return status == OK ? remove_path(links, path, err) : status;
}

static enum status remove_path(struct links *links, str path, struct err *err)
{
    const enum status status = do_path(links, LOOSEN_PATH, path, err);
    return status == OK ? do_path(links, REMOVE_PATH, path, err) : status;
}

static enum status do_path(struct links *links, enum statement which, str path, struct err *err)
{
    sqlite3_stmt *statement = links->statements[which];
    if (path.len > LINKS_TEXT_MAX)
        return OK;  // It cannot have been put.
    return sqlite3_bind_int64(statement, 1, links->host_id) == SQLITE_OK &&
                   sql_bind_text(statement, 2, path)
               ? sql_do(links, statement, err)
               : sql_fail(links, err);
}

enum status put_drop_loose(struct links *links, struct err *err)
{
    return sql_run(links,
                   "DELETE FROM image WHERE id IN (SELECT id FROM temp.loose)"
                   " AND NOT EXISTS (SELECT 1 FROM place WHERE place.image = image.id);"
                   "DELETE FROM temp.loose",
                   err);
}

static enum status touch(struct links *links, str path, struct err *err)
{
    if (sqlite3_bind_int64(links->statements[TOUCH_PATH], 3, links->run) != SQLITE_OK)
        return sql_fail(links, err);
    return do_path(links, TOUCH_PATH, path, err);
}

enum status links_unchanged(struct links *links, str host, str path, struct links_stamp stamp,
                            struct arena *a, struct link_facts **out, size_t *out_count,
                            struct err *err)
{
    struct link_facts *rows = NULL;
    size_t count = 0;
    enum status status = put_begin(links, host, err);
    if (status != OK)
        return status;
    if (path.len > LINKS_TEXT_MAX)
        return END;
    sqlite3_stmt *find = links->statements[FIND_WITH_OBJECTS];
    if (!sql_bind_text(find, 1, host) || !sql_bind_text(find, 2, path))
        return sql_fail(links, err);
    status = row_all(links, find, a, &rows, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = is_as_it_was(&rows[i], stamp) && rows[i].object.len > 0 ? OK : END;
    if (status == OK)
        status = touch(links, path, err);
    if (status != OK)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

// Whoever exchanges a file can give the new one the size and the time of the old one, but its
// status changed now.
static bool is_as_it_was(const struct link_facts *row, struct links_stamp stamp)
{
    return row->size == stamp.size && row->mtime_ns == stamp.mtime_ns &&
           (row->ctime_ns == stamp.ctime_ns || row->ctime_ns == 0 || stamp.ctime_ns == 0);
}
