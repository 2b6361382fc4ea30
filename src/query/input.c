#include "query/input.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "query/path.h"
#include "query/show.h"

#include <stdlib.h>

#define POOL_SIZE_MIN (256u * 1024u)
#define POOL_KEPT_MAX (4u * 1024u * 1024u)  // A larger pool is given back after its record.
#define READ_FLAGS    (YYJSON_READ_ALLOW_INVALID_UNICODE | YYJSON_READ_BIGNUM_AS_RAW)

struct input {
    const struct input_options *options;
    const struct input_field *fields;
    size_t field_count;
    struct input_counts counts;
    struct input_example examples[INPUT_DROP_COUNT];

    char *pool;  // Of the parser: lives as long as the record.
    size_t pool_size;
    struct arena arena;  // Lists of the record.
    struct path_found found;
    struct path_found rows;

    struct input_event event;
    struct pomona_eql_value *values;
    str text;  // The record's.
    yyjson_val *root;
};

static yyjson_val *parse(struct input *in, const struct records_item *record);
static const char *why_not(const yyjson_read_err *err, size_t len);
static void make_room(struct input *in, size_t len);
static const struct input_event *refuse(struct input *in, const struct records_item *record,
                                        enum input_drop reason, const char *why);
static bool take_time(struct input *in, const struct records_item *record);
static bool stamp_of(const struct pomona_eql_value *value, enum stamp_unit unit, int64_t *out_ns);
static void take_tiebreaker(struct input *in);
static void take_categories(struct input *in);
static struct pomona_eql_value field_value(struct input *in, const struct input_field *field);
static struct pomona_eql_value row_of(struct input *in, const struct input_field *field,
                                      yyjson_val *element);
static struct pomona_eql_value value_at(struct input *in, yyjson_val *val, str path);
static struct pomona_eql_value scalar_of(struct input *in, yyjson_val *val);
static struct pomona_eql_value real_of(struct input *in, yyjson_val *raw);
static void count_event(struct input *in);
static bool is_utf8(str text);

struct input *input_new(const struct input_options *options, const struct input_field *fields,
                        size_t field_count)
{
    struct input *in = memory_zeroed(1, sizeof *in);
    in->options = options;
    in->fields = fields;
    in->field_count = field_count;
    in->pool_size = POOL_SIZE_MIN;
    in->pool = memory_new(in->pool_size);
    in->values = memory_zeroed(field_count, sizeof *in->values);
    return in;
}

void input_free(struct input *in)
{
    if (in == NULL)
        return;
    free(in->pool);
    free(in->values);
    arena_done(&in->arena);
    path_found_done(&in->found);
    path_found_done(&in->rows);
    free(in);
}

const struct input_event *input_take(struct input *in, const struct records_item *record)
{
    arena_reset(&in->arena);
    in->event = (struct input_event){ .event = { .values = in->values } };
    in->text = record->text;
    if (record->is_too_long)
        return refuse(in, record, INPUT_DROP_TOO_LONG, NULL);
    in->root = parse(in, record);
    if (in->root == NULL)
        return NULL;
    if (!yyjson_is_obj(in->root))
        return refuse(in, record, INPUT_DROP_NOT_OBJECT, NULL);
    yyjson_val *ends[INPUT_DEPTH_MAX];
    if (!json_is_within_depth(in->root, ends, INPUT_DEPTH_MAX))
        return refuse(in, record, INPUT_DROP_TOO_DEEP, NULL);
    if (!take_time(in, record))
        return NULL;
    take_tiebreaker(in);
    take_categories(in);
    for (size_t i = 0; i < in->field_count; i++)
        in->values[i] = field_value(in, &in->fields[i]);
    count_event(in);
    return &in->event;
}

// The record's text stays as it is: it is what is shown later.
static yyjson_val *parse(struct input *in, const struct records_item *record)
{
    yyjson_alc pool;
    yyjson_read_err err;
    union {
        const char *borrowed;
        char *at;
    } text = { .borrowed = record->text.at };  // Written to by READ_INSITU only.

    make_room(in, record->text.len);
    if (!yyjson_alc_pool_init(&pool, in->pool, in->pool_size))
        memory_out(in->pool_size);
    yyjson_doc *doc = yyjson_read_opts(text.at, record->text.len, READ_FLAGS, &pool, &err);
    if (doc != NULL)
        return yyjson_doc_get_root(doc);
    (void)refuse(in, record, INPUT_DROP_NOT_JSON, why_not(&err, record->text.len));
    return NULL;
}

static const char *why_not(const yyjson_read_err *err, size_t len)
{
    if (err->code == YYJSON_READ_ERROR_UNEXPECTED_END ||
        err->code == YYJSON_READ_ERROR_EMPTY_CONTENT || len == 0)
        return "ends in the middle";
    // There is room for all that is sound.
    if (err->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return "brackets without end";
    return err->msg;  // The parser's literals.
}

// Room for the worst that `len` octets may hold; what of it is not touched costs nothing.
static void make_room(struct input *in, size_t len)
{
    const size_t wanted = yyjson_read_max_memory_usage(len, READ_FLAGS);
    const bool is_too_small = wanted > in->pool_size;
    const bool is_too_large = in->pool_size > POOL_KEPT_MAX && wanted <= POOL_KEPT_MAX;
    if (!is_too_small && !is_too_large)
        return;
    free(in->pool);
    in->pool_size = wanted < POOL_SIZE_MIN ? POOL_SIZE_MIN : wanted;
    in->pool = memory_new(in->pool_size);
}

static const struct input_event *refuse(struct input *in, const struct records_item *record,
                                        enum input_drop reason, const char *why)
{
    if (in->counts.dropped[reason]++ == 0)
        in->examples[reason] = (struct input_example){
            .line = record->line,
            .input = record->input,
            .why = why,
        };
    return NULL;
}

static bool take_time(struct input *in, const struct records_item *record)
{
    path_find(in->root, in->options->timestamp_field, &in->found);
    for (size_t i = 0; i < in->found.count; i++) {
        const struct pomona_eql_value value = scalar_of(in, in->found.at[i]);
        if (stamp_of(&value, in->options->timestamp_unit, &in->event.event.time_ns))
            return true;
    }
    (void)refuse(in, record, in->found.count == 0 ? INPUT_DROP_NO_TIME : INPUT_DROP_BAD_TIME, NULL);
    return false;
}

static bool stamp_of(const struct pomona_eql_value *value, enum stamp_unit unit, int64_t *out_ns)
{
    switch (value->type) {
    case POMONA_EQL_INTEGER:
        return stamp_of_int(value->integer, unit, out_ns);
    case POMONA_EQL_REAL:
        return stamp_of_real(value->real, unit, out_ns);
    case POMONA_EQL_STRING:
        return stamp_of_text((str){ .at = value->string, .len = value->len }, unit, out_ns);
    default:
        return false;
    }
}

static void take_tiebreaker(struct input *in)
{
    struct pomona_eql_value *tiebreaker = &in->event.tiebreaker;
    if (in->options->tiebreaker_field.len == 0)
        return;
    path_find(in->root, in->options->tiebreaker_field, &in->found);
    if (in->found.count > 0)
        *tiebreaker = scalar_of(in, in->found.at[0]);
    if (tiebreaker->type == POMONA_EQL_BOOLEAN)
        *tiebreaker = (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
    if (tiebreaker->type == POMONA_EQL_INTEGER) {
        // Signed into unsigned, in the same order.
        in->event.event.tiebreaker = (uint64_t)tiebreaker->integer ^ (UINT64_C(1) << 63);
        in->event.event.has_tiebreaker = true;
    }
    in->counts.odd_tiebreakers += in->found.count > 0 && !in->event.event.has_tiebreaker;
}

static void take_categories(struct input *in)
{
    path_find(in->root, in->options->category_field, &in->found);
    struct pomona_str *list = arena_alloc(&in->arena, in->found.count * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < in->found.count; i++)
        if (yyjson_is_str(in->found.at[i])) {
            const str name = json_str(in->found.at[i]);
            list[count++] = (struct pomona_str){ .at = name.at, .len = name.len };
        }
    in->event.event.categories = list;
    in->event.event.category_count = count;
}

static struct pomona_eql_value field_value(struct input *in, const struct input_field *field)
{
    if (field->path_count == 0)
        return value_at(in, in->root, field->name);
    path_find(in->root, field->name, &in->rows);
    if (in->rows.count == 0)
        return (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
    struct pomona_eql_value *rows = arena_alloc(&in->arena, in->rows.count * sizeof *rows);
    for (size_t i = 0; i < in->rows.count; i++)
        rows[i] = row_of(in, field, in->rows.at[i]);
    return (struct pomona_eql_value){
        .type = POMONA_EQL_LIST,
        .len = (uint32_t)in->rows.count,
        .list = rows,
    };
}

static struct pomona_eql_value row_of(struct input *in, const struct input_field *field,
                                      yyjson_val *element)
{
    struct pomona_eql_value *row = arena_alloc(&in->arena, field->path_count * sizeof *row);
    for (size_t i = 0; i < field->path_count; i++)
        row[i] = value_at(in, element, field->paths[i]);
    return (struct pomona_eql_value){
        .type = POMONA_EQL_LIST,
        .len = (uint32_t)field->path_count,
        .list = row,
    };
}

// One value stands for itself, several are a list.
static struct pomona_eql_value value_at(struct input *in, yyjson_val *val, str path)
{
    struct pomona_eql_value one = { .type = POMONA_EQL_MISSING };
    path_find(val, path, &in->found);
    size_t count = 0;
    struct pomona_eql_value *list = NULL;
    if (in->found.count > 1)
        list = arena_alloc(&in->arena, in->found.count * sizeof *list);
    for (size_t i = 0; i < in->found.count; i++) {
        const struct pomona_eql_value value = scalar_of(in, in->found.at[i]);
        if (value.type == POMONA_EQL_MISSING)
            continue;
        one = value;
        if (list != NULL)
            list[count] = value;
        count++;
    }
    if (count <= 1)
        return one;
    return (struct pomona_eql_value){
        .type = POMONA_EQL_LIST,
        .len = (uint32_t)count,
        .list = list,
    };
}

// A missing value for what is none.
static struct pomona_eql_value scalar_of(struct input *in, yyjson_val *val)
{
    switch (yyjson_get_type(val)) {
    case YYJSON_TYPE_STR:
        return (struct pomona_eql_value){
            .type = POMONA_EQL_STRING,
            .len = (uint32_t)unsafe_yyjson_get_len(val),
            .string = unsafe_yyjson_get_str(val),
        };
    case YYJSON_TYPE_BOOL:
        return (struct pomona_eql_value){
            .type = POMONA_EQL_BOOLEAN,
            .boolean = unsafe_yyjson_get_bool(val),
        };
    case YYJSON_TYPE_RAW:
        return real_of(in, val);
    case YYJSON_TYPE_NUM:
        if (yyjson_is_real(val) || (yyjson_is_uint(val) && yyjson_get_uint(val) > INT64_MAX))
            return (struct pomona_eql_value){
                .type = POMONA_EQL_REAL,
                .real = yyjson_get_num(val),
            };
        return (struct pomona_eql_value){
            .type = POMONA_EQL_INTEGER,
            .integer = yyjson_get_sint(val),
        };
    default:
        return (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
    }
}

// A number that is beyond the parser's: infinite where it is beyond a double as well.
static struct pomona_eql_value real_of(struct input *in, yyjson_val *raw)
{
    const str text = { .at = yyjson_get_raw(raw), .len = yyjson_get_len(raw) };
    return (struct pomona_eql_value){
        .type = POMONA_EQL_REAL,
        .real = strtod(arena_str(&in->arena, text).at, NULL),
    };
}

void input_show(struct input *in, struct buf *b)
{
    if (in->options->shown_count == 0) {
        show_compact(b, in->text);
        return;
    }
    bool is_first = true;
    buf_add_char(b, '{');
    for (size_t i = 0; i < in->options->shown_count; i++) {
        const str name = in->options->shown[i];
        const struct pomona_eql_value value = value_at(in, in->root, name);
        if (value.type == POMONA_EQL_MISSING)
            continue;
        buf_add(b, is_first ? STR("\"") : STR(",\""));
        buf_add_json(b, name);
        buf_add(b, STR("\":"));
        show_value(b, &value);
        is_first = false;
    }
    buf_add_char(b, '}');
}

const struct input_counts *input_counts(const struct input *in)
{
    return &in->counts;
}

const struct input_example *input_example(const struct input *in, enum input_drop reason)
{
    return &in->examples[reason];
}

str input_drop_name(enum input_drop reason)
{
    static const str names[INPUT_DROP_COUNT] = {
        [INPUT_DROP_TOO_LONG] = STR_INIT("longer than 16 MB"),
        [INPUT_DROP_NOT_JSON] = STR_INIT("not JSON"),
        [INPUT_DROP_NOT_OBJECT] = STR_INIT("not an object"),
        [INPUT_DROP_TOO_DEEP] = STR_INIT("nested too deep"),
        [INPUT_DROP_NO_TIME] = STR_INIT("without a time"),
        [INPUT_DROP_BAD_TIME] = STR_INIT("with a time that is none"),
    };
    return names[reason];
}

static void count_event(struct input *in)
{
    struct input_counts *counts = &in->counts;
    const int64_t time_ns = in->event.event.time_ns;
    if (counts->events == 0 || time_ns < counts->first_ns)
        counts->first_ns = time_ns;
    if (counts->events == 0 || time_ns > counts->last_ns)
        counts->last_ns = time_ns;
    counts->events++;
    counts->invalid_utf8 += !is_utf8(in->text);
}

static bool is_utf8(str text)
{
    while (text.len > 0) {
        const size_t len = (unsigned char)text.at[0] < 0x80 ? 1 : utf8_len(text);
        if (len == 0)
            return false;
        text = str_from(text, len);
    }
    return true;
}
