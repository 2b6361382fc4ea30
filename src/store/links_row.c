// The columns of an image stand in one list, which makes the statements, the binding, the hash and the
// reading.

#include "store/links_internal.h"

// A word is one of ours (TEXT), octets come out of a file (BYTEA).
enum column_kind {
    WORD,
    NUMBER,
    FLAG,
    OCTETS,
};

// X(name, kind, number of the parameter): the hash is the first parameter, the object the last.
#define FACTS(X)                            \
    X(arch, WORD, 2)                        \
    X(file_type, WORD, 3)                   \
    X(cdhash, WORD, 4)                      \
    X(signature, WORD, 5)                   \
    X(chain, WORD, 6)                       \
    X(injection, WORD, 7)                   \
    X(native_api, WORD, 8)                  \
    X(flags, NUMBER, 9)                     \
    X(jit_declared, FLAG, 10)               \
    X(get_task_allow, FLAG, 11)             \
    X(disable_library_validation, FLAG, 12) \
    X(allow_dyld_environment, FLAG, 13)     \
    X(identifier, OCTETS, 14)               \
    X(team_id, OCTETS, 15)                  \
    X(because, OCTETS, 16)                  \
    X(frameworks, OCTETS, 17)               \
    X(entitlements, OCTETS, 18)

#define NAMED(name, kind, number)    #name ", "
#define NUMBERED(name, kind, number) "$" #number ", "
#define COMPARED(name, kind, number) #name " = $" #number " AND "
#define LISTED(name, kind, number)   { kind, offsetof(struct link_facts, name) },

struct column {
    enum column_kind kind;
    size_t offset;  // In struct link_facts.
};

static const struct column columns[] = { FACTS(LISTED){ OCTETS,
                                                        offsetof(struct link_facts, object) } };
_Static_assert(COUNT_OF(columns) == LINKS_COLUMN_COUNT, "the object is the last");

const char links_sql_add_image[] = "INSERT INTO link_image (hash, " FACTS(
    NAMED) "object, id) VALUES ($1, " FACTS(NUMBERED) "$19, $20)";
const char links_sql_find_image[] =
    "SELECT id FROM (SELECT * FROM link_image WHERE hash = $1 ORDER BY id LIMIT 16) AS same"
    " WHERE " FACTS(COMPARED) "object = $19 ORDER BY id LIMIT 1";

// Of a selected row, before those of the image; how many hosts have it is behind them.
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

#define AT_OBJECT (AT_IMAGE + (int)LINKS_COLUMN_COUNT - 1)
#define AT_HOSTS  (AT_OBJECT + 1)

#define STAMP     "SELECT h.name, p.path, p.slice, p.size, p.mtime_ns, p.ctime_ns, p.run, "
#define HOSTS                                                                      \
    " CASE i.cdhash WHEN '' THEN (SELECT count(DISTINCT q.host) FROM link_place q" \
    " WHERE q.image = i.id) ELSE (SELECT count(DISTINCT q.host) FROM link_image j" \
    " JOIN link_place q ON q.image = j.id WHERE j.cdhash = i.cdhash) END "
#define JOINED \
    " FROM link_host h JOIN link_place p ON p.host = h.id JOIN link_image i ON i.id = p.image "

const char links_sql_by_cdhash[] = STAMP "'', " FACTS(
    NAMED) "''," HOSTS JOINED "WHERE i.id = (SELECT k.id FROM link_image k WHERE k.cdhash = $1"
           " AND EXISTS (SELECT 1 FROM link_place r WHERE r.image = k.id)"
           " ORDER BY k.native_api = 'no', k.signature = 'invalid', k.jit_declared, k.id LIMIT 1)"
           " ORDER BY p.host, p.path, p.slice LIMIT 1";
const char links_sql_by_path[] = STAMP
    "'', " FACTS(NAMED) "''," HOSTS JOINED "WHERE h.name = $1 AND p.path = $2 ORDER BY p.slice";
const char links_sql_with_objects[] =
    STAMP "p.around, " FACTS(NAMED) "i.object, 0" JOINED
                                    "WHERE h.name = $1 AND p.path = $2 ORDER BY p.slice";
const char links_sql_on_any_host[] = "SELECT '', '', 0, 0, 0, 0, 0, '', " FACTS(
    NAMED) "''," HOSTS "FROM link_image i WHERE i.id IN (SELECT image FROM link_place WHERE path = "
           "$1) ORDER BY i.id";

static bool is_object(const struct column *column);
static const str *text_at(const struct link_facts *facts, const struct column *column);
static uint32_t number_at(const struct link_facts *facts, const struct column *column);
static uint64_t hash_of(const struct link_facts *facts);
static bool is_word(str text);
static void read_column(struct db_statement *s, int at, const struct column *column,
                        struct arena *a, struct link_facts *out);
static str text_of(str text, size_t max, struct arena *a);
static str whole_text_of(str text, size_t max, struct arena *a);

// An object that is too long is left out by whoever puts.
enum status links_row_check(const struct link_facts *facts, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const struct column *column = &columns[i];
        if ((column->kind != WORD && column->kind != OCTETS) || is_object(column))
            continue;
        if (text_at(facts, column)->len > LINKS_TEXT_MAX)
            return fail(err, ERR_LIMIT, "a text of slice %u is longer than %u octets",
                        (unsigned)facts->slice, LINKS_TEXT_MAX);
        if (column->kind == WORD && !is_word(*text_at(facts, column)))
            return fail(err, ERR_LIMIT, "a word of slice %u is none of ours",
                        (unsigned)facts->slice);
    }
    return OK;
}

static bool is_word(str text)
{
    bool is_plain = text.len <= LINKS_WORD_MAX;
    for (size_t i = 0; is_plain && i < text.len; i++)
        is_plain = text.at[i] >= ' ' && text.at[i] <= '~';
    return is_plain;
}

void links_row_bind(struct db_statement *s, const struct link_facts *facts)
{
    db_bind_int(s, 1, (int64_t)hash_of(facts));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const struct column *column = &columns[i];
        const int at = (int)i + 2;
        if (column->kind == WORD)
            db_bind_text(s, at, *text_at(facts, column));
        else if (column->kind == OCTETS)
            db_bind_octets(s, at, bytes_of_str(*text_at(facts, column)));
        else
            db_bind_int(s, at, number_at(facts, column));
    }
}

static uint64_t hash_of(const struct link_facts *facts)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        hash = columns[i].kind == WORD || columns[i].kind == OCTETS
                   ? str_hash(*text_at(facts, &columns[i]), hash + 1)
                   : hash * 31 + number_at(facts, &columns[i]);
    return hash;
}

size_t links_row_bytes(const struct link_facts *facts)
{
    size_t sum = facts->path.len + facts->around.len;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].kind == WORD || columns[i].kind == OCTETS)
            sum += text_at(facts, &columns[i])->len;
    return sum;
}

struct link_facts links_row_copy(const struct link_facts *facts, struct arena *a)
{
    struct link_facts copy = *facts;
    copy.path = arena_str(a, facts->path);
    copy.around = arena_str(a, facts->around);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].kind == WORD || columns[i].kind == OCTETS)
            *(str *)(void *)((char *)&copy + columns[i].offset) =
                arena_str(a, *text_at(facts, &columns[i]));
    return copy;
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
    return column->kind == FLAG ? *(const bool *)(const void *)at
                                : *(const uint32_t *)(const void *)at;
}

enum status links_row_whole(struct links *links, str host, str path, struct arena *a,
                            struct link_facts **out, size_t *out_count, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(links->db, links_sql_with_objects, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host));
    db_bind_octets(s, 2, bytes_of_str(path));
    return links_row_all(s, a, out, out_count, err);
}

enum status links_row_all(struct db_statement *s, struct arena *a, struct link_facts **out,
                          size_t *out_count, struct err *err)
{
    struct link_facts *rows = NULL;
    struct link_facts row;
    enum status status = OK;
    size_t count = 0;
    while ((status = links_row_next(s, a, &row, err)) == OK && count < LINKS_PATH_ROWS_MAX) {
        if (rows == NULL)
            rows = arena_alloc(a, LINKS_PATH_ROWS_MAX * sizeof *rows);
        rows[count++] = row;
    }
    db_reset(s);
    if (status == OK)
        return fail(err, ERR_LIMIT, "more than %u different slices of one path",
                    LINKS_PATH_ROWS_MAX);
    if (status != END || count == 0)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

enum status links_row_next(struct db_statement *s, struct arena *a, struct link_facts *out,
                           struct err *err)
{
    const enum status status = db_step(s, err);
    if (status != OK)
        return status;
    *out = (struct link_facts){
        .host = text_of(str_of_bytes(db_octets(s, AT_HOST)), LINKS_HOST_MAX, a),
        .path = text_of(str_of_bytes(db_octets(s, AT_PATH)), LINKS_TEXT_MAX, a),
        .slice = (uint32_t)db_int(s, AT_SLICE),
        .size = (uint64_t)db_int(s, AT_SIZE),
        .mtime_ns = db_int(s, AT_MTIME),
        .ctime_ns = db_int(s, AT_CTIME),
        .run = db_int(s, AT_RUN),
        .around = whole_text_of(str_of_bytes(db_octets(s, AT_AROUND)), LINKS_AROUND_MAX, a),
        .hosts = (uint32_t)db_int(s, AT_HOSTS),
    };
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        read_column(s, AT_IMAGE + (int)i, &columns[i], a, out);
    return OK;
}

static void read_column(struct db_statement *s, int at, const struct column *column,
                        struct arena *a, struct link_facts *out)
{
    void *to = (char *)out + column->offset;
    if (column->kind == FLAG)
        *(bool *)to = db_int(s, at) != 0;
    else if (column->kind == NUMBER)
        *(uint32_t *)to = (uint32_t)db_int(s, at);
    else if (column->kind == WORD)
        *(str *)to = text_of(db_text(s, at), LINKS_TEXT_MAX, a);
    else if (!is_object(column))
        *(str *)to = text_of(str_of_bytes(db_octets(s, at)), LINKS_TEXT_MAX, a);
    else
        *(str *)to = whole_text_of(str_of_bytes(db_octets(s, at)), LINKS_OBJECT_MAX, a);
}

static str whole_text_of(str text, size_t max, struct arena *a)
{
    return text.len <= max ? text_of(text, max, a) : STR_EMPTY;
}

static str text_of(str text, size_t max, struct arena *a)
{
    return text.len == 0 ? STR_EMPTY : arena_str(a, str_to(text, max));
}
