#include "attack/object.h"

#include "decode/dialect.h"
#include "decode/json.h"

#include <stdlib.h>

static void read_member(struct attack_object *o, str key, yyjson_val *val, struct arena *a);
static void read_references(struct attack_object *o, yyjson_val *list, struct arena *a);
static void read_log_sources(struct attack_object *o, yyjson_val *list, struct arena *a);
static void read_mutables(struct attack_object *o, yyjson_val *list, struct arena *a);
static const str *read_texts(struct attack_object *o, yyjson_val *list, struct arena *a,
                             size_t *count);
static size_t room_of(struct attack_object *o, yyjson_val *list);
static str text_of(yyjson_val *val, struct arena *a);
static void name_relationship(struct attack_object *o, yyjson_val *root, struct arena *a);

str attack_state_name(enum attack_state state)
{
    static const str names[] = {
        [ATTACK_CURRENT] = STR_INIT("current"),
        [ATTACK_DEPRECATED] = STR_INIT("deprecated"),
        [ATTACK_REVOKED] = STR_INIT("revoked"),
    };
    return names[state];
}

enum status attack_read(str raw, struct arena *arena, struct attack_object *out, struct err *err)
{
    yyjson_val *ends[ATTACK_DEPTH_MAX];
    struct attack_object o = { .state = ATTACK_CURRENT };
    union {
        const char *borrowed;
        char *at;
    } text = { .borrowed = raw.len == 0 ? "" : raw.at };  // Written to by READ_INSITU only.
    yyjson_doc *doc = yyjson_read_opts(text.at, raw.len, YYJSON_READ_NOFLAG, NULL, NULL);
    yyjson_val *root = yyjson_doc_get_root(doc);
    enum status status = OK;
    if (!yyjson_is_obj(root) || !json_is_within_depth(root, ends, ATTACK_DEPTH_MAX))
        status = fail(err, ERR_FORMAT, "no JSON object, or one within another too often");
    struct json_members m = json_members_of(status == OK ? root : NULL);
    while (json_take_member(&m))
        read_member(&o, m.key, m.val, arena);
    if (status == OK && (o.stix_id.len == 0 || o.type.len == 0))
        status = fail(err, ERR_FORMAT, "no object of STIX: it has no \"id\" or no \"type\"");
    if (status == OK && str_eq(o.type, STR("relationship")))
        name_relationship(&o, root, arena);
    yyjson_doc_free(doc);
    if (status == OK)
        *out = o;
    return status;
}

static void read_member(struct attack_object *o, str key, yyjson_val *val, struct arena *a)
{
    const struct {
        str key;
        str *to;
    } texts[] = {
        { STR("id"), &o->stix_id },        { STR("type"), &o->type },
        { STR("name"), &o->name },         { STR("description"), &o->description },
        { STR("modified"), &o->modified }, { STR("x_mitre_version"), &o->version },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (str_eq(texts[i].key, key))
            *texts[i].to = text_of(val, a);
    if (str_eq(key, STR("revoked")) && yyjson_is_true(val))
        o->state = ATTACK_REVOKED;
    else if (str_eq(key, STR("x_mitre_deprecated")) && yyjson_is_true(val) &&
             o->state == ATTACK_CURRENT)
        o->state = ATTACK_DEPRECATED;
    else if (str_eq(key, STR("external_references")))
        read_references(o, val, a);
    else if (str_eq(key, STR("x_mitre_log_source_references")))
        read_log_sources(o, val, a);
    else if (str_eq(key, STR("x_mitre_mutable_elements")))
        read_mutables(o, val, a);
    else if (str_eq(key, STR("x_mitre_platforms")))
        o->platforms = read_texts(o, val, a, &o->platform_count);
    else if (str_eq(key, STR("x_mitre_analytic_refs")))
        o->analytics = read_texts(o, val, a, &o->analytic_count);
}

static str text_of(yyjson_val *val, struct arena *a)
{
    return yyjson_is_str(val) ? arena_str(a, json_str(val)) : STR_EMPTY;
}

// How many of its elements are kept.
static size_t room_of(struct attack_object *o, yyjson_val *list)
{
    const size_t count = yyjson_is_arr(list) ? unsafe_yyjson_get_len(list) : 0;
    o->left_out += count > ATTACK_LIST_MAX ? count - ATTACK_LIST_MAX : 0;
    return count < ATTACK_LIST_MAX ? count : ATTACK_LIST_MAX;
}

// The reference of ATT&CK itself has the object's id.
static void read_references(struct attack_object *o, yyjson_val *list, struct arena *a)
{
    const size_t room = room_of(o, list);
    struct attack_reference *kept = arena_alloc(a, (room + 1) * sizeof *kept);
    struct json_elements e = json_elements_of(list);
    o->references = kept;
    o->reference_count = 0;
    while (o->reference_count < room && json_take_element(&e)) {
        struct attack_reference *r = &kept[o->reference_count++];
        *r = (struct attack_reference){ .source = STR_EMPTY };
        str id = STR_EMPTY;
        struct json_members m = json_members_of(e.val);
        while (json_take_member(&m)) {
            if (str_eq(m.key, STR("source_name")))
                r->source = text_of(m.val, a);
            else if (str_eq(m.key, STR("url")))
                r->url = text_of(m.val, a);
            else if (str_eq(m.key, STR("external_id")))
                id = text_of(m.val, a);
        }
        if (str_eq(r->source, STR("mitre-attack")) && o->attack_id.len == 0)
            o->attack_id = id;
    }
}

static void read_log_sources(struct attack_object *o, yyjson_val *list, struct arena *a)
{
    const size_t room = room_of(o, list);
    struct attack_log_source *kept = arena_alloc(a, (room + 1) * sizeof *kept);
    struct json_elements e = json_elements_of(list);
    o->log_sources = kept;
    o->log_source_count = 0;
    while (o->log_source_count < room && json_take_element(&e)) {
        struct attack_log_source *s = &kept[o->log_source_count++];
        *s = (struct attack_log_source){ .name = STR_EMPTY };
        struct json_members m = json_members_of(e.val);
        while (json_take_member(&m)) {
            if (str_eq(m.key, STR("name")))
                s->name = text_of(m.val, a);
            else if (str_eq(m.key, STR("channel")))
                s->channel = text_of(m.val, a);
            else if (str_eq(m.key, STR("x_mitre_data_component_ref")))
                s->component = text_of(m.val, a);
        }
    }
}

static void read_mutables(struct attack_object *o, yyjson_val *list, struct arena *a)
{
    const size_t room = room_of(o, list);
    struct attack_mutable *kept = arena_alloc(a, (room + 1) * sizeof *kept);
    struct json_elements e = json_elements_of(list);
    o->mutables = kept;
    o->mutable_count = 0;
    while (o->mutable_count < room && json_take_element(&e)) {
        struct attack_mutable *mutable = &kept[o->mutable_count++];
        *mutable = (struct attack_mutable){ .field = STR_EMPTY };
        struct json_members m = json_members_of(e.val);
        while (json_take_member(&m)) {
            if (str_eq(m.key, STR("field")))
                mutable->field = text_of(m.val, a);
            else if (str_eq(m.key, STR("description")))
                mutable->description = text_of(m.val, a);
        }
    }
}

static const str *read_texts(struct attack_object *o, yyjson_val *list, struct arena *a,
                             size_t *count)
{
    const size_t room = room_of(o, list);
    str *kept = arena_alloc(a, (room + 1) * sizeof *kept);
    struct json_elements e = json_elements_of(list);
    *count = 0;
    while (*count < room && json_take_element(&e))
        kept[(*count)++] = text_of(e.val, a);
    return kept;
}

static void name_relationship(struct attack_object *o, yyjson_val *root, struct arena *a)
{
    str kind = STR_EMPTY;
    str from = STR_EMPTY;
    str to = STR_EMPTY;
    struct json_members m = json_members_of(root);
    while (json_take_member(&m)) {
        if (str_eq(m.key, STR("relationship_type")))
            kind = text_of(m.val, a);
        else if (str_eq(m.key, STR("source_ref")))
            from = text_of(m.val, a);
        else if (str_eq(m.key, STR("target_ref")))
            to = text_of(m.val, a);
    }
    o->name = arena_printf(a, "%.*s %.*s %.*s", STR_ARG(kind), STR_ARG(from), STR_ARG(to));
}
