// The tables: version 2, and how version 1 is read and brought up to date.

#include "store/internal.h"

#define APPLICATION_ID 0x504f4d4c  // "POML", in PRAGMA application_id
#define FORMAT_VERSION 2

// The hash is of all that is told of an image. Whoever makes many images of one hash gains
// nothing but that they are no longer looked for among each other (put.c).
#define SCHEMA                                                                               \
    "CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"                  \
    " run INTEGER NOT NULL);"                                                                \
    "CREATE TABLE image (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL,"                     \
    " arch TEXT NOT NULL, file_type TEXT NOT NULL, cdhash TEXT NOT NULL,"                    \
    " identifier TEXT NOT NULL, team_id TEXT NOT NULL, flags INTEGER NOT NULL,"              \
    " native_api TEXT NOT NULL, because TEXT NOT NULL, frameworks TEXT NOT NULL,"            \
    " entitlements TEXT NOT NULL, jit_declared INTEGER NOT NULL,"                            \
    " get_task_allow INTEGER NOT NULL, disable_library_validation INTEGER NOT NULL,"         \
    " allow_dyld_environment INTEGER NOT NULL, signature TEXT NOT NULL,"                     \
    " chain TEXT NOT NULL, injection TEXT NOT NULL, object TEXT NOT NULL);"                  \
    "CREATE INDEX image_by_hash ON image (hash);"                                            \
    "CREATE INDEX image_by_cdhash ON image (cdhash);"                                        \
    "CREATE TABLE place (host INTEGER NOT NULL, path TEXT NOT NULL, slice INTEGER NOT NULL," \
    " size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,"          \
    " run INTEGER NOT NULL, image INTEGER NOT NULL, around TEXT NOT NULL,"                   \
    " PRIMARY KEY (host, path, slice)) WITHOUT ROWID;"                                       \
    "CREATE TABLE walk (host INTEGER NOT NULL, path TEXT NOT NULL, run INTEGER NOT NULL,"    \
    " PRIMARY KEY (host, path)) WITHOUT ROWID;"                                              \
    "CREATE INDEX place_by_image ON place (image);"                                          \
    "CREATE INDEX place_by_path ON place (path, image);"

#define HOSTS_OF_ROW                                                                              \
    " CASE cdhash WHEN '' THEN (SELECT count(DISTINCT q.host) FROM place q WHERE q.image = i.id)" \
    " ELSE (SELECT count(DISTINCT q.host) FROM image j CROSS JOIN place q"                        \
    " ON q.image = j.id WHERE j.cdhash = i.cdhash) END "
#define STAMP_OF_2 "h.name, p.path, p.slice, p.size, p.mtime_ns, p.ctime_ns, p.run, "
#define PLACE_OF_2 STAMP_OF_2 "'', "
#define WHOLE_OF_2 STAMP_OF_2 "p.around, "
#define PLACE_OF_1 "'', path, slice, size, mtime_ns, 0, 0, '', "
#define JOINED                                        \
    "FROM host h CROSS JOIN place p ON p.host = h.id" \
    " CROSS JOIN image i ON i.id = p.image "

// What stands before the columns of the image in a statement that selects rows, and behind them.
struct selection {
    enum statement statement;
    bool with_object;
    const char *before;
    const char *behind;
};

static const struct selection selections_of_1[] = {
    { FIND_BY_CDHASH, false, PLACE_OF_1,
      "1 FROM links WHERE cdhash = ?1 ORDER BY native_api = 'no', jit_declared, path, slice LIMIT "
      "1" },
    { FIND_BY_PATH, false, PLACE_OF_1, "1 FROM links WHERE ?1 = '' AND path = ?2 ORDER BY slice" },
    { FIND_ON_ANY_HOST, false, "'', path, 0, 0, 0, 0, 0, '', ",
      "1 FROM links WHERE path = ?1 ORDER BY slice" },
};

static const struct selection selections_of_2[] = {
    { FIND_BY_CDHASH, false, PLACE_OF_2,
      HOSTS_OF_ROW
      "FROM image i CROSS JOIN place p ON p.image = i.id CROSS JOIN host h ON h.id = p.host"
      " WHERE i.id = (SELECT k.id FROM image k WHERE k.cdhash = ?1"
      " AND EXISTS (SELECT 1 FROM place r WHERE r.image = k.id)"
      " ORDER BY k.native_api = 'no', k.signature = 'invalid', k.jit_declared, k.id LIMIT 1)"
      " ORDER BY p.host, p.path, p.slice LIMIT 1" },
    { FIND_BY_PATH, false, PLACE_OF_2,
      HOSTS_OF_ROW JOINED "WHERE h.name = ?1 AND p.path = ?2 ORDER BY p.slice" },
    { FIND_ON_ANY_HOST, false, "'', ?1, 0, 0, 0, 0, 0, '', ",
      HOSTS_OF_ROW "FROM image i WHERE i.id IN (SELECT image FROM place WHERE path = ?1)"
                   " ORDER BY i.id" },
};

static const struct selection with_objects = {
    FIND_WITH_OBJECTS, true, WHOLE_OF_2,
    "0 " JOINED "WHERE h.name = ?1 AND p.path = ?2 ORDER BY p.slice"
};
static const struct selection rows_of_1 = { FIND_WITH_OBJECTS, true, PLACE_OF_1,
                                            "0 FROM links WHERE ?1 = '' ORDER BY path, slice" };
static const struct selection rows_of_2 = { FIND_WITH_OBJECTS, true, WHOLE_OF_2,
                                            "0 " JOINED
                                            "WHERE h.name = ?1 ORDER BY p.path, p.slice" };

static enum status make_tables(struct links *links, struct err *err);
static enum status prepare_reading(struct links *links, struct err *err);
static enum status prepare_writing(struct links *links, struct err *err);
static enum status prepare_images(struct links *links, struct err *err);
static enum status prepare_selection(struct links *links, const struct selection *selection,
                                     int version, sqlite3_stmt **out, struct err *err);
static enum status copy_rows(struct links *links, sqlite3_stmt *old, struct err *err);

enum status format_check(struct links *links, struct err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;

    if (links->mode == LINKS_WRITE) {
        const enum status status = sql_run(links, "BEGIN IMMEDIATE", err);
        if (status != OK)
            return status;
    }
    if (sql_number(links, "PRAGMA application_id", &application, err) != OK ||
        sql_number(links, "PRAGMA user_version", &version, err) != OK ||
        sql_number(links, "SELECT count(*) FROM sqlite_master", &tables, err) != OK)
        return ERR_FORMAT;
    links->version = FORMAT_VERSION;
    if (application == 0 && version == 0 && tables == 0 && links->mode == LINKS_WRITE)
        return make_tables(links, err);
    if (application != APPLICATION_ID)
        return fail(err, ERR_FORMAT, "not a link inventory (application id 0x%llx)",
                    (unsigned long long)application);
    if (version > FORMAT_VERSION)
        return fail(err, ERR_FORMAT,
                    "made by a newer pomona (inventory version %lld, this one reads %d)",
                    (long long)version, FORMAT_VERSION);
    if (version == 1 && links->mode == LINKS_WRITE) {
        links->is_to_upgrade = true;
        return make_tables(links, err);
    }
    links->version = (int)version;
    return version == 1 || version == FORMAT_VERSION
               ? OK
               : fail(err, ERR_FORMAT, "inventory version %lld is not known", (long long)version);
}

static enum status make_tables(struct links *links, struct err *err)
{
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; " SCHEMA,
               APPLICATION_ID, FORMAT_VERSION);
    buf_add_char(&sql, '\0');
    const enum status status = sql_run(links, sql.at, err);
    buf_done(&sql);
    return status;
}

enum status format_prepare(struct links *links, struct err *err)
{
    enum status status = prepare_reading(links, err);
    if (status == OK && links->mode == LINKS_WRITE)
        status = prepare_writing(links, err);
    return status;
}

static enum status prepare_reading(struct links *links, struct err *err)
{
    const bool is_old = links->version == 1;
    const struct selection *selections = is_old ? selections_of_1 : selections_of_2;
    enum status status = OK;
    for (size_t i = 0; status == OK && i < COUNT_OF(selections_of_2); i++)
        status = prepare_selection(links, &selections[i], links->version,
                                   &links->statements[selections[i].statement], err);
    if (status == OK)
        status = sql_prepare(links,
                             is_old ? "SELECT 1 WHERE ?1 = ''"
                                    : "SELECT 1 FROM host h WHERE name = ?1 AND EXISTS"
                                      " (SELECT 1 FROM place p WHERE p.host = h.id)",
                             &links->statements[FIND_HOST], err);
    if (status == OK)
        status = sql_prepare(links,
                             is_old ? "SELECT 1 FROM links WHERE ?1 = '' AND cdhash = ?2"
                                    : "SELECT 1 FROM image i CROSS JOIN place p ON p.image = i.id"
                                      " CROSS JOIN host h ON h.id = p.host"
                                      " WHERE i.cdhash = ?2 AND h.name = ?1",
                             &links->statements[FIND_CDHASH_ON_HOST], err);
    return status;
}

// Two tables of the connection: images that lost a place, and may have no other, wait in `loose` until
// the batch ends; hosts of which a run has begun stand in `used`.
static enum status prepare_writing(struct links *links, struct err *err)
{
    static const struct {
        enum statement statement;
        const char *sql;
    } plain[] = {
        { ADD_PLACE, "INSERT OR REPLACE INTO place (host, path, slice, size, mtime_ns, ctime_ns,"
                     " run, image, around) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
        { LOOSEN_PATH, "INSERT OR IGNORE INTO temp.loose SELECT image FROM place"
                       " WHERE host = ?1 AND path = ?2" },
        { REMOVE_PATH, "DELETE FROM place WHERE host = ?1 AND path = ?2" },
        { TOUCH_PATH, "UPDATE place SET run = ?3 WHERE host = ?1 AND path = ?2" },
        { FIND_RUN, "SELECT max(run) FROM place WHERE host = ?1 AND path = ?2" },
    };
    enum status status = sql_run(links,
                                 "CREATE TEMP TABLE loose (id INTEGER PRIMARY KEY);"
                                 "CREATE TEMP TABLE used (id INTEGER PRIMARY KEY)",
                                 err);
    for (size_t i = 0; status == OK && i < COUNT_OF(plain); i++)
        status = sql_prepare(links, plain[i].sql, &links->statements[plain[i].statement], err);
    if (status == OK)
        status = prepare_selection(links, &with_objects, FORMAT_VERSION,
                                   &links->statements[FIND_WITH_OBJECTS], err);
    return status == OK ? prepare_images(links, err) : status;
}

static enum status prepare_images(struct links *links, struct err *err)
{
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_add(&sql, STR("SELECT id FROM (SELECT * FROM image WHERE hash = ?1 LIMIT 16) WHERE "));
    row_add_same(&sql);
    buf_add_char(&sql, '\0');
    enum status status = sql_prepare(links, sql.at, &links->statements[FIND_IMAGE], err);

    buf_reset(&sql);
    buf_add(&sql, STR("INSERT INTO image (hash, "));
    row_add_names(&sql);
    buf_add(&sql, STR(") VALUES (?1, "));
    row_add_numbers(&sql);
    buf_add(&sql, STR(")\0"));
    if (status == OK)
        status = sql_prepare(links, sql.at, &links->statements[ADD_IMAGE], err);
    buf_done(&sql);
    return status;
}

static enum status prepare_selection(struct links *links, const struct selection *selection,
                                     int version, sqlite3_stmt **out, struct err *err)
{
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "SELECT %s", selection->before);
    row_add_selected(&sql, version, selection->with_object);
    buf_printf(&sql, ", %s", selection->behind);
    buf_add_char(&sql, '\0');
    const enum status status = sql_prepare(links, sql.at, out, err);
    buf_done(&sql);
    return status;
}

enum status format_prepare_rows(struct links *links, sqlite3_stmt **out, struct err *err)
{
    return prepare_selection(links, links->version == 1 ? &rows_of_1 : &rows_of_2, links->version,
                             out, err);
}

// In the transaction that made the tables: all of it, or nothing.
enum status format_upgrade(struct links *links, struct err *err)
{
    sqlite3_stmt *old = NULL;
    enum status status = prepare_selection(links, &rows_of_1, 1, &old, err);
    if (status == OK && !sql_bind_text(old, 1, STR_EMPTY))
        status = sql_fail(links, err);
    if (status == OK)
        status = put_use_host(links, STR_EMPTY, err);
    if (status == OK)
        status = copy_rows(links, old, err);
    links->has_host = false;
    (void)sqlite3_finalize(old);
    if (status == OK)
        status = sql_run(links, "DROP TABLE links", err);
    if (status == OK)
        status = links_commit(links, err);
    links->is_to_upgrade = false;
    return status;
}

static enum status copy_rows(struct links *links, sqlite3_stmt *old, struct err *err)
{
    struct arena arena = { 0 };
    struct link_facts facts;
    enum status status;
    while ((status = row_next(links, old, &arena, &facts, err)) == OK) {
        status = put_slice(links, &facts, err);
        if (status != OK)
            break;
        arena_reset(&arena);
    }
    arena_done(&arena);
    return status == END ? OK : status;
}
