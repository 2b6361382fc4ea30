#include "cli/review_read.h"

#include "decode/dialect.h"

#include <stdlib.h>

#define ID_LEN 32u

// What is being read goes to the arena.
struct reading {
    struct arena *arena;
    struct finding *finding;
    struct rule_facts *rule;
    size_t strange_steps;  // Of which nothing can be said here.
};

static enum status read_document(yyjson_val *root, struct arena *arena, struct finding **out,
                                 struct err *err);
static struct finding *read_finding(yyjson_val *object, struct arena *arena);
static void add_strange(struct reading *r);
static void read_key(struct reading *r, str key, yyjson_val *val);
static void read_rule(struct reading *r, yyjson_val *object);
static void read_host(struct reading *r, yyjson_val *object);
static void read_steps(struct reading *r, yyjson_val *list);
static bool read_step(struct reading *r, yyjson_val *object, struct finding_step *out);
static void read_fields(struct reading *r, yyjson_val *object, struct finding_step *out);
static bool value_of_json(struct reading *r, enum field field, yyjson_val *val, struct value *out);
static void read_also(struct reading *r, yyjson_val *list);
static const str *texts_of(struct reading *r, yyjson_val *list, size_t *count);
static str text_of(struct reading *r, yyjson_val *val);
static uint32_t number_of(yyjson_val *val, uint32_t max);

enum status review_read(str json, struct arena *arena, struct finding **out, struct err *err)
{
    yyjson_read_err why;
    yyjson_alc pool;
    union {
        const char *borrowed;
        char *at;
    } text = { .borrowed = json.len == 0 ? "" : json.at };  // Written to by READ_INSITU only.
    const size_t size = yyjson_read_max_memory_usage(json.len, YYJSON_READ_NOFLAG);
    void *memory = memory_new(size);
    enum status status;
    if (!yyjson_alc_pool_init(&pool, memory, size))
        memory_out(size);
    yyjson_doc *doc = yyjson_read_opts(text.at, json.len, YYJSON_READ_NOFLAG, &pool, &why);
    if (doc == NULL)
        status = fail(err, ERR_FORMAT, "no JSON: %s", why.msg);
    else
        status = read_document(yyjson_doc_get_root(doc), arena, out, err);
    free(memory);
    return status;
}

static enum status read_document(yyjson_val *root, struct arena *arena, struct finding **out,
                                 struct err *err)
{
    yyjson_val *ends[REVIEW_DEPTH_MAX];
    if (!yyjson_is_obj(root) || !json_is_within_depth(root, ends, REVIEW_DEPTH_MAX))
        return fail(err, ERR_FORMAT, "no object, or one within another too often");
    struct finding *finding = read_finding(root, arena);
    if (finding->id[0] == '\0')
        return fail(err, ERR_FORMAT, "no finding: it has no \"id\" of 32 hexadecimal digits");
    if (finding->rule->id.len == 0)
        return fail(err, ERR_FORMAT, "no finding in the native form: it has no \"rule\"");
    *out = finding;
    return OK;
}

static struct finding *read_finding(yyjson_val *object, struct arena *arena)
{
    struct reading r = {
        .arena = arena,
        .finding = arena_zalloc(arena, sizeof *r.finding),
        .rule = arena_zalloc(arena, sizeof *r.rule),
    };
    r.finding->rule = r.rule;
    for (struct json_members m = json_members_of(object); json_take_member(&m);)
        read_key(&r, m.key, m.val);
    if (r.strange_steps > 0)
        add_strange(&r);
    return r.finding;
}

// A newer program may know more.
static void add_strange(struct reading *r)
{
    struct finding *f = r->finding;
    str *unseen = arena_zalloc(r->arena, (f->unseen_count + 1) * sizeof *unseen);
    for (size_t i = 0; i < f->unseen_count; i++)
        unseen[i] = f->unseen[i];
    unseen[f->unseen_count++] =
        arena_printf(r->arena, "%zu steps are of actions that are not known here, and not shown",
                     r->strange_steps);
    f->unseen = unseen;
}

static void read_id(struct reading *r, yyjson_val *val)
{
    const str id = text_of(r, val);
    if (id.len != ID_LEN)
        return;
    for (size_t i = 0; i < id.len; i++)
        if (strchr("0123456789abcdef", id.at[i]) == NULL || id.at[i] == '\0')
            return;
    memcpy(r->finding->id, id.at, id.len);
    r->finding->id[id.len] = '\0';
}

static void read_verdict(struct reading *r, yyjson_val *val)
{
    const str name = text_of(r, val);
    for (int v = VERDICT_NEW; v <= VERDICT_EXCEPTED; v++)
        if (str_eq(name, verdict_name((enum verdict)v)))
            r->finding->verdict = (enum verdict)v;
}

static void read_key(struct reading *r, str key, yyjson_val *val)
{
    struct finding *f = r->finding;
    if (str_eq(key, STR("id")))
        read_id(r, val);
    else if (str_eq(key, STR("time")))
        (void)decode_time(text_of(r, val), &f->time_ns);
    else if (str_eq(key, STR("rule")))
        read_rule(r, val);
    else if (str_eq(key, STR("level")))
        (void)level_of(text_of(r, val), &f->level);
    else if (str_eq(key, STR("score")))
        f->score = number_of(val, 100);
    else if (str_eq(key, STR("confidence")))
        f->confidence = number_of(val, 100);
    else if (str_eq(key, STR("unseen")))
        f->unseen = texts_of(r, val, &f->unseen_count);
    else if (str_eq(key, STR("reasons")))
        f->reasons = texts_of(r, val, &f->reason_count);
    else if (str_eq(key, STR("host")))
        read_host(r, val);
    else if (str_eq(key, STR("steps")))
        read_steps(r, val);
    else if (str_eq(key, STR("verdict")))
        read_verdict(r, val);
    else if (str_eq(key, STR("verdict_by")))
        f->verdict_by = text_of(r, val);
    else if (str_eq(key, STR("revision")))
        f->revision = number_of(val, UINT32_MAX);
    else if (str_eq(key, STR("repeats")))
        f->repeats = number_of(val, UINT32_MAX);
    else if (str_eq(key, STR("also")))
        read_also(r, val);
    else if (str_eq(key, STR("attack")))
        r->rule->techniques =
            texts_of(r, yyjson_obj_get(val, "techniques"), &r->rule->technique_count);
    else if (str_eq(key, STR("playbook")))
        r->rule->playbook = text_of(r, val);
}

static void read_rule(struct reading *r, yyjson_val *object)
{
    r->rule->id = text_of(r, yyjson_obj_get(object, "id"));
    r->rule->title = text_of(r, yyjson_obj_get(object, "title"));
    r->rule->version = number_of(yyjson_obj_get(object, "version"), UINT32_MAX);
    (void)level_of(text_of(r, yyjson_obj_get(object, "level")), &r->rule->level);
}

static void read_host(struct reading *r, yyjson_val *object)
{
    r->finding->host_id = text_of(r, yyjson_obj_get(object, "id"));
    r->finding->host_name = text_of(r, yyjson_obj_get(object, "name"));
}

static void read_steps(struct reading *r, yyjson_val *list)
{
    struct finding_step *steps =
        arena_zalloc(r->arena, (yyjson_arr_size(list) + 1) * sizeof *steps);
    size_t count = 0;
    for (struct json_elements e = json_elements_of(list); json_take_element(&e);) {
        const bool is_known = read_step(r, e.val, &steps[count]);
        count += is_known;
        r->strange_steps += !is_known;
    }
    r->finding->steps = steps;
    r->finding->step_count = count;
}

// A step whose action is not known here has nothing that could be said of it.
static bool read_step(struct reading *r, yyjson_val *object, struct finding_step *out)
{
    *out =
        (struct finding_step){ .action = action_of(text_of(r, yyjson_obj_get(object, "action"))) };
    if (out->action == ACTION_COUNT)
        return false;
    (void)decode_time(text_of(r, yyjson_obj_get(object, "time")), &out->time_ns);
    out->categories = category_of(text_of(r, yyjson_obj_get(object, "category")));
    out->why = text_of(r, yyjson_obj_get(object, "why"));
    read_fields(r, yyjson_obj_get(object, "fields"), out);
    return true;
}

static void read_fields(struct reading *r, yyjson_val *object, struct finding_step *out)
{
    struct finding_field *fields =
        arena_zalloc(r->arena, (yyjson_obj_size(object) + 1) * sizeof *fields);
    size_t count = 0;
    for (struct json_members m = json_members_of(object); json_take_member(&m);) {
        const enum field field = field_of(m.key);
        if (field == FIELD_COUNT || !value_of_json(r, field, m.val, &fields[count].value))
            continue;
        fields[count++].field = field;
    }
    out->fields = fields;
    out->field_count = count;
}

static bool value_of_json(struct reading *r, enum field field, yyjson_val *val, struct value *out)
{
    switch (field_type_of(field)) {
    case FIELD_TYPE_TEXT:
        *out = value_of_text(text_of(r, val));
        return yyjson_is_str(val);
    case FIELD_TYPE_INT:
        *out = value_of_int(yyjson_get_sint(val));
        return yyjson_is_int(val);
    case FIELD_TYPE_BOOL:
        *out = value_of_bool(yyjson_get_bool(val));
        return yyjson_is_bool(val);
    case FIELD_TYPE_TEXTS:
        break;
    }
    size_t count;
    const str *texts = texts_of(r, val, &count);
    struct value *list = arena_zalloc(r->arena, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = value_of_text(texts[i]);
    *out = value_of_list(list, (uint32_t)count);
    return count > 0;
}

// Each is a finding, with less of it.
static void read_also(struct reading *r, yyjson_val *list)
{
    const struct finding **also = arena_zalloc(r->arena, REVIEW_ALSO_MAX * sizeof *also);
    size_t count = 0;
    for (struct json_elements e = json_elements_of(list);
         json_take_element(&e) && count < REVIEW_ALSO_MAX;)
        if (yyjson_is_obj(e.val))
            also[count++] = read_finding(e.val, r->arena);
    r->finding->also = also;
    r->finding->also_count = count;
}

static const str *texts_of(struct reading *r, yyjson_val *list, size_t *count)
{
    str *texts = arena_zalloc(r->arena, (yyjson_arr_size(list) + 1) * sizeof *texts);
    *count = 0;
    for (struct json_elements e = json_elements_of(list); json_take_element(&e);)
        if (yyjson_is_str(e.val))
            texts[(*count)++] = text_of(r, e.val);
    return texts;
}

static str text_of(struct reading *r, yyjson_val *val)
{
    return yyjson_is_str(val) ? arena_str(r->arena, json_str(val)) : STR_EMPTY;
}

static uint32_t number_of(yyjson_val *val, uint32_t max)
{
    const uint64_t n = yyjson_is_uint(val) ? yyjson_get_uint(val) : 0;
    return n < max ? (uint32_t)n : max;
}
