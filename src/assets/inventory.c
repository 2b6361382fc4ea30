#include "assets/inventory.h"

#include "assets/csv.h"
#include "base/arena.h"
#include "decode/json.h"

#include <inttypes.h>
#include <stdlib.h>

#define WRAPPERS_MAX 4u     // Of lists and answers around a record.
#define WINDOW_MIN   4096u  // Octets that a document is looked for in.

struct inventory {
    str text;
    bool is_json;
    struct arena arena;  // Of one record; of CSV, the names too.
    struct csv *csv;
    str names[INVENTORY_NAMES_MAX];
    str values[INVENTORY_NAMES_MAX];
    size_t count;
    size_t at;      // JSON: behind the document that was read.
    size_t window;  // Of the next one.
    uint64_t line;
    yyjson_doc *doc;
    yyjson_val **found;  // The records of the document.
    size_t found_count;
    size_t found_capacity;
    size_t next;
    bool is_list;
};

static enum status next_row(struct inventory *r, struct inventory_record *out, struct err *err);
static enum status read_names(struct inventory *r, struct err *err);
static str without_blanks(str name);
static enum status next_object(struct inventory *r, struct inventory_record *out, struct err *err);
static enum status read_document(struct inventory *r, struct err *err);
static size_t column_of(str text, size_t at);
static yyjson_doc *parse(struct inventory *r, str rest, yyjson_read_err *problem);
static void skip_space(struct inventory *r);
static void find_records(struct inventory *r, yyjson_val *val, unsigned depth);
static yyjson_val *wrapped(yyjson_val *object);
static void add_found(struct inventory *r, yyjson_val *val);
static enum status flatten(struct inventory *r, str path, yyjson_val *val, struct err *err);
static enum status add_value(struct inventory *r, str path, yyjson_val *val, struct err *err);
static str text_of(struct inventory *r, yyjson_val *val);

struct inventory *inventory_new(str text)
{
    struct inventory *r = memory_zeroed(1, sizeof *r);
    if (str_starts_with(text, STR("\xef\xbb\xbf")))
        text = str_from(text, 3);
    r->text = text;
    r->line = 1;
    skip_space(r);
    const char first = r->at < text.len ? text.at[r->at] : '\0';
    r->is_json = first == '{' || first == '[';
    if (!r->is_json)
        r->csv = csv_new(text);
    return r;
}

void inventory_free(struct inventory *r)
{
    if (r == NULL)
        return;
    csv_free(r->csv);
    yyjson_doc_free(r->doc);
    free(r->found);
    arena_done(&r->arena);
    free(r);
}

enum status inventory_next(struct inventory *r, struct inventory_record *out, struct err *err)
{
    if (r->is_json)
        return next_object(r, out, err);
    const enum status status = r->count == 0 ? read_names(r, err) : OK;
    return status == OK ? next_row(r, out, err) : status;
}

static enum status read_names(struct inventory *r, struct err *err)
{
    struct csv_row row;
    const enum status status = csv_next(r->csv, &row, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < row.count; i++)
        r->names[i] = arena_str(&r->arena, without_blanks(row.cells[i]));
    r->count = row.count;
    return OK;
}

static str without_blanks(str name)
{
    while (name.len > 0 && name.at[0] == ' ')
        name = str_from(name, 1);
    while (name.len > 0 && name.at[name.len - 1] == ' ')
        name.len--;
    return name;
}

static enum status next_row(struct inventory *r, struct inventory_record *out, struct err *err)
{
    struct csv_row row;
    const enum status status = csv_next(r->csv, &row, err);
    if (status != OK)
        return status;
    if (row.count != r->count) {
        const size_t at = row.count < r->count ? row.count - 1 : r->count;
        return fail(err, ERR_FORMAT,
                    "%" PRIu64 ":%" PRIu64 ": this row has %zu cells, the first row has %zu",
                    row.line, row.columns[at], row.count, r->count);
    }
    *out = (struct inventory_record){
        .names = r->names, .values = row.cells, .count = row.count, .line = row.line
    };
    return OK;
}

static enum status next_object(struct inventory *r, struct inventory_record *out, struct err *err)
{
    while (r->next == r->found_count) {
        const enum status status = read_document(r, err);
        if (status != OK)
            return status;
    }
    const size_t number = r->next++;
    arena_reset(&r->arena);
    r->count = 0;
    enum status status = OK;
    if (!yyjson_is_obj(r->found[number]))
        status = fail(err, ERR_FORMAT, "this is no object");
    else
        status = flatten(r, STR_EMPTY, r->found[number], err);
    if (status != OK) {
        if (r->is_list)
            err_prefix(err, "record %zu", number + 1);
        err_prefix(err, "%" PRIu64, r->line);
        return status;
    }
    *out = (struct inventory_record){ .names = r->names,
                                      .values = r->values,
                                      .count = r->count,
                                      .line = r->line,
                                      .number = r->is_list ? number + 1 : 0 };
    return OK;
}

static enum status read_document(struct inventory *r, struct err *err)
{
    yyjson_read_err problem;
    yyjson_val *ends[INVENTORY_DEPTH_MAX];
    skip_space(r);
    if (r->at == r->text.len)
        return END;
    const str rest = str_from(r->text, r->at);
    yyjson_doc_free(r->doc);
    r->found_count = 0;
    r->next = 0;
    r->doc = parse(r, rest, &problem);
    if (r->doc == NULL) {
        r->at += problem.pos < rest.len ? problem.pos : rest.len;
        for (size_t i = 0; i < problem.pos && i < rest.len; i++)
            r->line += rest.at[i] == '\n' ? 1 : 0;
        return fail(err, ERR_FORMAT, "%" PRIu64 ":%zu: this is no JSON: %s", r->line,
                    column_of(r->text, r->at), problem.msg);
    }
    yyjson_val *root = yyjson_doc_get_root(r->doc);
    if (!json_is_within_depth(root, ends, INVENTORY_DEPTH_MAX))
        return fail(err, ERR_LIMIT, "%" PRIu64 ": nested deeper than %u", r->line,
                    INVENTORY_DEPTH_MAX);
    r->is_list = yyjson_is_arr(root) || wrapped(root) != NULL;
    find_records(r, root, 0);
    r->at += yyjson_doc_get_read_size(r->doc);
    return OK;
}

// From 1, in characters: an octet that goes on with one is none.
static size_t column_of(str text, size_t at)
{
    size_t column = 1;
    for (size_t i = at; i > 0 && text.at[i - 1] != '\n'; i--)
        column += ((unsigned char)text.at[i - 1] & 0xc0u) != 0x80u ? 1 : 0;
    return column;
}

// The parser copies all that it is given: of many documents one behind the other each is looked for in a piece
// that is as large as the one before, and in larger ones where it does not end there.
static yyjson_doc *parse(struct inventory *r, str rest, yyjson_read_err *problem)
{
    union {
        const char *borrowed;
        char *at;
    } text = { .borrowed = rest.at };  // Written to by READ_INSITU only.
    size_t window = r->window < WINDOW_MIN ? WINDOW_MIN : r->window;
    yyjson_doc *doc = NULL;
    for (;;) {
        const size_t len = window < rest.len ? window : rest.len;
        doc = yyjson_read_opts(text.at, len, YYJSON_READ_STOP_WHEN_DONE, NULL, problem);
        if (doc != NULL || len == rest.len)
            break;
        window *= 4;
    }
    r->window = 2 * yyjson_doc_get_read_size(doc);
    return doc;
}

// Counts the lines of the document that was read, too.
static void skip_space(struct inventory *r)
{
    static const str spaces = STR_INIT(" \t\r\n");
    const size_t read = r->doc == NULL ? 0 : yyjson_doc_get_read_size(r->doc);
    for (size_t i = r->at - read; i < r->at; i++)
        r->line += r->text.at[i] == '\n' ? 1 : 0;
    while (r->at < r->text.len && str_find_char(spaces, r->text.at[r->at]) < spaces.len)
        r->line += r->text.at[r->at++] == '\n' ? 1 : 0;
}

static void find_records(struct inventory *r, yyjson_val *val, unsigned depth)
{
    struct json_elements e = json_elements_of(val);
    yyjson_val *within = wrapped(val);
    if (depth < WRAPPERS_MAX && within != NULL)
        find_records(r, within, depth + 1);
    else if (depth < WRAPPERS_MAX && yyjson_is_arr(val))
        while (json_take_element(&e))
            find_records(r, e.val, depth + 1);
    else
        add_found(r, val);
}

// What an answer holds, or NULL where the object is a record itself.
static yyjson_val *wrapped(yyjson_val *object)
{
    static const char *const lists[] = { "hosts",   "results",  "computers",
                                         "devices", "response", "value" };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        yyjson_val *list = yyjson_obj_get(object, lists[i]);
        if (yyjson_is_arr(list))
            return list;
    }
    yyjson_val *spec = yyjson_obj_get(object, "spec");
    yyjson_val *host = yyjson_obj_get(object, "host");
    return yyjson_is_obj(spec) ? spec : yyjson_is_obj(host) ? host : NULL;
}

static void add_found(struct inventory *r, yyjson_val *val)
{
    if (r->found_count == r->found_capacity) {
        r->found_capacity = r->found_capacity == 0 ? 64 : r->found_capacity * 2;
        r->found = memory_resize(r->found, r->found_capacity * sizeof(yyjson_val *));
    }
    r->found[r->found_count++] = val;
}

static enum status flatten(struct inventory *r, str path, yyjson_val *val, struct err *err)
{
    struct json_members m = json_members_of(val);
    enum status status = OK;
    while (status == OK && json_take_member(&m)) {
        if (m.key.len > INVENTORY_VALUE_MAX)
            return fail(err, ERR_LIMIT, "a name is longer than 64 KiB");
        const str name = path.len == 0
                             ? m.key
                             : arena_printf(&r->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(m.key));
        status =
            yyjson_is_obj(m.val) ? flatten(r, name, m.val, err) : add_value(r, name, m.val, err);
    }
    return status;
}

static enum status add_value(struct inventory *r, str path, yyjson_val *val, struct err *err)
{
    if (yyjson_is_null(val) || yyjson_is_arr(val))
        return OK;
    const str text = text_of(r, val);
    if (r->count == INVENTORY_NAMES_MAX)
        return fail(err, ERR_LIMIT, "more than %u values", INVENTORY_NAMES_MAX);
    if (text.len > INVENTORY_VALUE_MAX)
        return fail(err, ERR_LIMIT, "\"%.*s\" is longer than 64 KiB", STR_ARG(str_to(path, 100)));
    if (str_find_char(text, '\0') < text.len)
        return fail(err, ERR_FORMAT, "\"%.*s\" has a NUL, which no text has",
                    STR_ARG(str_to(path, 100)));
    r->names[r->count] = path;
    r->values[r->count++] = text;
    return OK;
}

static str text_of(struct inventory *r, yyjson_val *val)
{
    if (yyjson_is_str(val))
        return json_str(val);
    if (yyjson_is_bool(val))
        return yyjson_get_bool(val) ? STR("true") : STR("false");
    if (yyjson_is_uint(val))
        return arena_printf(&r->arena, "%" PRIu64, yyjson_get_uint(val));
    if (yyjson_is_int(val))
        return arena_printf(&r->arena, "%" PRId64, yyjson_get_sint(val));
    return arena_printf(&r->arena, "%.3f", yyjson_get_real(val));
}
