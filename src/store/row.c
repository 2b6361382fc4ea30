// The columns of an image stand in one list, which makes the statements, the binding, the hash
// and the reading.

#include "store/internal.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER,
    COLUMN_FLAG,
};

struct column {
    const char *name;
    enum column_kind kind;
    int since;      // The version of the file that has it.
    size_t offset;  // In struct link_facts.
};

#define COLUMN(name, kind, since)                             \
    {                                                         \
#name, kind, since, offsetof(struct link_facts, name) \
    }

static const struct column columns[] = {
    COLUMN(arch, COLUMN_TEXT, 1),
    COLUMN(file_type, COLUMN_TEXT, 1),
    COLUMN(cdhash, COLUMN_TEXT, 1),
    COLUMN(identifier, COLUMN_TEXT, 1),
    COLUMN(team_id, COLUMN_TEXT, 1),
    COLUMN(flags, COLUMN_NUMBER, 1),
    COLUMN(native_api, COLUMN_TEXT, 1),
    COLUMN(because, COLUMN_TEXT, 1),
    COLUMN(frameworks, COLUMN_TEXT, 1),
    COLUMN(entitlements, COLUMN_TEXT, 1),
    COLUMN(jit_declared, COLUMN_FLAG, 1),
    COLUMN(get_task_allow, COLUMN_FLAG, 1),
    COLUMN(disable_library_validation, COLUMN_FLAG, 1),
    COLUMN(allow_dyld_environment, COLUMN_FLAG, 1),
    COLUMN(signature, COLUMN_TEXT, 2),
    COLUMN(chain, COLUMN_TEXT, 2),
    COLUMN(injection, COLUMN_TEXT, 2),
    COLUMN(object, COLUMN_TEXT, 2),  // Last, since it is the longest.
};

// Of a selected row, before those of the image; `hosts` is behind them.
enum {
    AT_HOST,
    AT_PATH,
    AT_SLICE,
    AT_SIZE,
    AT_MTIME,
    AT_CTIME,
    AT_RUN,
    AT_AROUND,
    AT_IMAGE,
};

#define AT_HOSTS ((int)(AT_IMAGE + COUNT_OF(columns)))

static bool is_object(const struct column *column);
static const str *text_at(const struct link_facts *facts, const struct column *column);
static uint32_t number_at(const struct link_facts *facts, const struct column *column);
static str text_of(sqlite3_stmt *statement, int column, size_t max, struct arena *a);
static void read_column(sqlite3_stmt *statement, int index, const struct column *column,
                        struct arena *a, struct link_facts *out);
static str whole_text_of(sqlite3_stmt *statement, int column, size_t max, struct arena *a);

void row_add_names(struct buf *sql)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        buf_printf(sql, "%s%s", i == 0 ? "" : ", ", columns[i].name);
}

void row_add_numbers(struct buf *sql)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        buf_printf(sql, "%s?%zu", i == 0 ? "" : ", ", i + 2);
}

void row_add_same(struct buf *sql)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        buf_printf(sql, "%s%s = ?%zu", i == 0 ? "" : " AND ", columns[i].name, i + 2);
}

void row_add_selected(struct buf *sql, int version, bool with_object)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const bool is_there =
            columns[i].since <= version && (with_object || !is_object(&columns[i]));
        buf_printf(sql, "%s%s", i == 0 ? "" : ", ", is_there ? columns[i].name : "''");
    }
}

// An object that is too long is left out by whoever puts.
bool row_fits(const struct link_facts *facts)
{
    if (facts->path.len > LINKS_TEXT_MAX)
        return false;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].kind == COLUMN_TEXT && !is_object(&columns[i]) &&
            text_at(facts, &columns[i])->len > LINKS_TEXT_MAX)
            return false;
    return true;
}

bool row_bind_image(sqlite3_stmt *statement, const struct link_facts *facts)
{
    bool is_bound = sqlite3_bind_int64(statement, 1, (int64_t)row_hash(facts)) == SQLITE_OK;
    for (size_t i = 0; is_bound && i < COUNT_OF(columns); i++) {
        const struct column *column = &columns[i];
        const int index = (int)i + 2;
        is_bound =
            column->kind == COLUMN_TEXT
                ? sql_bind_text(statement, index, *text_at(facts, column))
                : sqlite3_bind_int64(statement, index, number_at(facts, column)) == SQLITE_OK;
    }
    return is_bound;
}

uint64_t row_hash(const struct link_facts *facts)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        hash = columns[i].kind == COLUMN_TEXT ? str_hash(*text_at(facts, &columns[i]), hash + 1)
                                              : hash * 31 + number_at(facts, &columns[i]);
    return hash;
}

size_t row_bytes(const struct link_facts *facts)
{
    size_t sum = facts->path.len + facts->around.len;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        sum += columns[i].kind == COLUMN_TEXT ? text_at(facts, &columns[i])->len : 0;
    return sum;
}

static bool is_object(const struct column *column)
{
    return column->offset == offsetof(struct link_facts, object);
}

static const str *text_at(const struct link_facts *facts, const struct column *column)
{
    return (const str *)(const void *)((const char *)facts + column->offset);
}

static uint32_t number_at(const struct link_facts *facts, const struct column *column)
{
    const char *at = (const char *)facts + column->offset;
    return column->kind == COLUMN_FLAG ? *(const bool *)(const void *)at
                                       : *(const uint32_t *)(const void *)at;
}

enum status row_all(struct links *links, sqlite3_stmt *statement, struct arena *a,
                    struct link_facts **out, size_t *out_count, struct err *err)
{
    struct link_facts *rows = arena_alloc(a, LINKS_PATH_ROWS_MAX * sizeof *rows);
    struct link_facts one_more;
    enum status status = OK;
    size_t count = 0;
    while (status == OK && count < LINKS_PATH_ROWS_MAX) {
        status = row_next(links, statement, a, &rows[count], err);
        count += status == OK;
    }
    if (status == OK)
        status = row_next(links, statement, a, &one_more, err);
    (void)sqlite3_reset(statement);
    if (status == OK)
        return fail(err, ERR_LIMIT, "more than %u different slices of one path",
                    LINKS_PATH_ROWS_MAX);
    if (status != END || count == 0)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

enum status row_next(struct links *links, sqlite3_stmt *statement, struct arena *a,
                     struct link_facts *out, struct err *err)
{
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return END;
    if (code != SQLITE_ROW)
        return sql_fail(links, err);
    *out = (struct link_facts){
        .host = text_of(statement, AT_HOST, LINKS_HOST_MAX, a),
        .path = text_of(statement, AT_PATH, LINKS_TEXT_MAX, a),
        .slice = (uint32_t)sqlite3_column_int64(statement, AT_SLICE),
        .size = (uint64_t)sqlite3_column_int64(statement, AT_SIZE),
        .mtime_ns = sqlite3_column_int64(statement, AT_MTIME),
        .ctime_ns = sqlite3_column_int64(statement, AT_CTIME),
        .run = sqlite3_column_int64(statement, AT_RUN),
        .around = whole_text_of(statement, AT_AROUND, LINKS_AROUND_MAX, a),
        .hosts = (uint32_t)sqlite3_column_int64(statement, AT_HOSTS),
    };
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        read_column(statement, AT_IMAGE + (int)i, &columns[i], a, out);
    return OK;
}

static void read_column(sqlite3_stmt *statement, int index, const struct column *column,
                        struct arena *a, struct link_facts *out)
{
    void *at = (char *)out + column->offset;
    if (column->kind == COLUMN_FLAG)
        *(bool *)at = sqlite3_column_int(statement, index) != 0;
    else if (column->kind == COLUMN_NUMBER)
        *(uint32_t *)at = (uint32_t)sqlite3_column_int64(statement, index);
    else if (!is_object(column))
        *(str *)at = text_of(statement, index, LINKS_TEXT_MAX, a);
    else
        *(str *)at = whole_text_of(statement, index, LINKS_OBJECT_MAX, a);
}

static str whole_text_of(sqlite3_stmt *statement, int column, size_t max, struct arena *a)
{
    const bool is_whole = sqlite3_column_bytes(statement, column) <= (int)max;
    return is_whole ? text_of(statement, column, max, a) : STR_EMPTY;
}

static str text_of(sqlite3_stmt *statement, int column, size_t max, struct arena *a)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    const int len = sqlite3_column_bytes(statement, column);
    if (text == NULL || len <= 0)
        return STR_EMPTY;
    return arena_str(a, str_to((str){ .at = (const char *)text, .len = (size_t)len }, max));
}
