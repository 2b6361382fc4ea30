#include "query/query.h"

#include "base/buf.h"
#include "match/explain.h"

#include <stdio.h>
#include <stdlib.h>

static struct eql_schema schema_of(struct pomona_eql *q);
static bool find_field(void *context, str name, uint16_t *slot, enum eql_type *type);
static bool find_rows(void *context, str name, const str *paths, uint32_t path_count,
                      uint16_t *slot);
static bool knows(const struct pomona_eql *q, str name, enum eql_type *type);
static bool same_paths(const struct query_field *field, const str *paths, uint32_t path_count);
static bool add_field(struct pomona_eql *q, str name, const str *paths, uint32_t path_count,
                      uint16_t *slot);
static str nearest_field(void *context, str name);
static uint32_t find_category(void *context, str name);
static str nearest_category(void *context, str name);
static str category_list(struct pomona_eql *q);

static str str_from_public(struct pomona_str s)
{
    return (str){ .at = s.at, .len = s.len };
}

static struct pomona_str public_of(str s)
{
    return (struct pomona_str){ .at = s.at, .len = s.len };
}

bool pomona_eql_compile(const char *text, size_t len, const struct pomona_eql_schema *schema,
                        struct pomona_eql **out, struct pomona_eql_error *error)
{
    static const struct pomona_eql_schema open = { 0 };
    struct pomona_eql *q = memory_zeroed(1, sizeof *q);
    q->schema = schema == NULL ? &open : schema;
    q->entity_slot = q->parent_slot = QUERY_SLOT_NONE;
    const struct eql_schema names = schema_of(q);
    const struct eql_options options = { .schema = &names, .allows_pipes = true };
    struct eql_place place = { .line = 1, .column = 1, .length = 1 };
    struct err err;
    if (eql_compile((str){ .at = text, .len = len }, &options, &q->plan, &place, &err) != OK) {
        *error = (struct pomona_eql_error){ place.line, place.column, place.length, "" };
        if (q->is_full)
            (void)snprintf(error->text, sizeof error->text,
                           "a query names at most %u categories and %u fields",
                           QUERY_CATEGORIES_MAX, EQL_SLOT_COUNT_MAX);
        else
            (void)snprintf(error->text, sizeof error->text, "%s", err.text);
        pomona_eql_free(q);
        return false;
    }
    enum eql_type type;
    if (q->plan->pool->lineage_count > 0) {
        (void)find_field(q, STR("process.entity_id"), &q->entity_slot, &type);
        (void)find_field(q, STR("process.parent.entity_id"), &q->parent_slot, &type);
    }
    q->schema = NULL;
    *out = q;
    return true;
}

void pomona_eql_free(struct pomona_eql *q)
{
    if (q == NULL)
        return;
    eql_plan_free(q->plan);
    free(q->fields);
    arena_done(&q->arena);
    free(q);
}

size_t pomona_eql_field_count(const struct pomona_eql *q)
{
    return q->field_count;
}

struct pomona_str pomona_eql_field_name(const struct pomona_eql *q, size_t index)
{
    return public_of(index < q->field_count ? q->fields[index].name : STR_EMPTY);
}

size_t pomona_eql_field_path_count(const struct pomona_eql *q, size_t index)
{
    return index < q->field_count ? q->fields[index].path_count : 0;
}

struct pomona_str pomona_eql_field_path(const struct pomona_eql *q, size_t index, size_t path)
{
    const bool is_there = index < q->field_count && path < q->fields[index].path_count;
    return public_of(is_there ? q->fields[index].paths[path] : STR_EMPTY);
}

static str name_of_slot(const void *context, uint16_t slot)
{
    const struct pomona_eql *q = context;
    return slot < q->field_count ? q->fields[slot].name : STR("(no field)");
}

char *pomona_eql_explain(const struct pomona_eql *q)
{
    const struct explain_names names = { .context = q, .of = name_of_slot };
    struct buf b;
    buf_init(&b, 4 * EQL_TEXT_MAX);
    explain_query(q->plan, &names, &b);
    for (uint32_t stage = 0; stage < q->plan->stage_count; stage++)
        explain_stage(q->plan, stage, &names, &b);
    if (q->plan->has_until)
        explain_stage(q->plan, STAGE_UNTIL, &names, &b);
    char *text = memory_new(b.len + 1);
    memcpy(text, b.at, b.len);
    text[b.len] = '\0';
    buf_done(&b);
    return text;
}

bool pomona_eql_is_sequence(const struct pomona_eql *q)
{
    return q->plan->is_sequence;
}

// --- What names mean

static struct eql_schema schema_of(struct pomona_eql *q)
{
    return (struct eql_schema){
        .context = q,
        .field = find_field,
        .rows = find_rows,
        .nearest_field = nearest_field,
        .category = find_category,
        .nearest_category = nearest_category,
        .categories = category_list(q),
    };
}

static bool find_field(void *context, str name, uint16_t *slot, enum eql_type *type)
{
    return knows(context, name, type) && add_field(context, name, NULL, 0, slot);
}

static bool find_rows(void *context, str name, const str *paths, uint32_t path_count,
                      uint16_t *slot)
{
    enum eql_type type;
    return path_count > 0 && knows(context, name, &type) &&
           add_field(context, name, paths, path_count, slot);
}

static bool knows(const struct pomona_eql *q, str name, enum eql_type *type)
{
    static const enum eql_type types[] = {
        [POMONA_EQL_ANY] = EQL_TYPE_ANY,
        [POMONA_EQL_BOOL] = EQL_TYPE_BOOL,
        [POMONA_EQL_NUMBER] = EQL_TYPE_NUMBER,
        [POMONA_EQL_TEXT] = EQL_TYPE_TEXT,
    };
    *type = EQL_TYPE_ANY;
    if (q->schema->fields == NULL)
        return true;
    for (size_t i = 0; i < q->schema->field_count; i++) {
        if (!str_eq(str_from_public(q->schema->fields[i].name), name))
            continue;
        *type = types[q->schema->fields[i].type];
        return true;
    }
    return false;
}

// The slot that the name has already, or a new one.
static bool add_field(struct pomona_eql *q, str name, const str *paths, uint32_t path_count,
                      uint16_t *slot)
{
    for (uint32_t i = 0; i < q->field_count; i++) {
        *slot = (uint16_t)i;
        if (str_eq(q->fields[i].name, name) && same_paths(&q->fields[i], paths, path_count))
            return true;
    }
    q->is_full |= q->field_count == EQL_SLOT_COUNT_MAX;
    if (q->is_full)
        return false;
    struct query_field field = { .name = arena_str(&q->arena, name), .path_count = path_count };
    field.paths = path_count == 0 ? NULL : arena_zalloc(&q->arena, path_count * sizeof(str));
    for (uint32_t i = 0; i < path_count; i++)
        field.paths[i] = arena_str(&q->arena, paths[i]);
    q->fields = memory_resize(q->fields, (q->field_count + 1) * sizeof *q->fields);
    *slot = (uint16_t)q->field_count;
    q->fields[q->field_count++] = field;
    return true;
}

static bool same_paths(const struct query_field *field, const str *paths, uint32_t path_count)
{
    if (field->path_count != path_count)
        return false;
    for (uint32_t i = 0; i < path_count; i++)
        if (!str_eq(field->paths[i], paths[i]))
            return false;
    return true;
}

// More edits than this make another word.
static size_t edits_max(str name)
{
    return name.len < 6 ? 2 : name.len / 3;
}

static str nearest_field(void *context, str name)
{
    const struct pomona_eql *q = context;
    size_t best = edits_max(name) + 1;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < q->schema->field_count; i++) {
        const str other = str_from_public(q->schema->fields[i].name);
        const size_t distance = str_distance(other, name, best);
        if (distance < best) {
            best = distance;
            nearest = other;
        }
    }
    return nearest;
}

static uint32_t find_category(void *context, str name)
{
    struct pomona_eql *q = context;
    bool known = q->schema->categories == NULL;
    if (str_eq(name, STR("any")))
        return UINT32_MAX;
    for (size_t i = 0; i < q->schema->category_count && !known; i++)
        known = str_eq(str_from_public(q->schema->categories[i]), name);
    if (!known)
        return 0;
    for (uint32_t i = 0; i < q->category_count; i++)
        if (str_eq(q->categories[i], name))
            return 1u << i;
    q->is_full |= q->category_count == QUERY_CATEGORIES_MAX;
    if (q->is_full)
        return 0;
    q->categories[q->category_count] = arena_str(&q->arena, name);
    return 1u << q->category_count++;
}

static str nearest_category(void *context, str name)
{
    const struct pomona_eql *q = context;
    size_t best = edits_max(name) + 1;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < q->schema->category_count; i++) {
        const str other = str_from_public(q->schema->categories[i]);
        const size_t distance = str_distance(other, name, best);
        if (distance < best) {
            best = distance;
            nearest = other;
        }
    }
    return nearest;
}

// "process, file and any", for a sentence.
static str category_list(struct pomona_eql *q)
{
    if (q->schema->categories == NULL)
        return STR_EMPTY;
    struct buf b;
    buf_init(&b, ERR_TEXT_MAX);
    for (size_t i = 0; i < q->schema->category_count; i++) {
        buf_add(&b, i == 0 ? STR_EMPTY : STR(", "));
        buf_add(&b, str_from_public(q->schema->categories[i]));
    }
    buf_add(&b, q->schema->category_count > 0 ? STR(" and any") : STR("any"));
    const str list = arena_str(&q->arena, buf_str(&b));
    buf_done(&b);
    return list;
}

uint32_t query_categories(const struct pomona_eql *q, const struct pomona_str *names, size_t count)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = 0; c < q->category_count; c++)
            if (str_eq(q->categories[c], str_from_public(names[i])))
                bits |= 1u << c;
    return bits == 0 ? QUERY_CATEGORY_OTHER : bits;
}
