// First what the columns tell, then, in its place, what the object tells.

#include "inspect/slice.h"

#include "base/buf.h"
#include "decode/json.h"
#include "inspect/diff.h"
#include "macho/print.h"

#include <stdlib.h>

// Where a text or a set stands in the object: in the object `outer`, or in the slice's own.
struct place {
    const char *outer;
    const char *key;
};

static const struct place field_places[SLICE_FIELD_COUNT] = {
    [SLICE_ARCH] = { NULL, "arch" },
    [SLICE_SIZE] = { NULL, "size" },
    [SLICE_HIDDEN] = { NULL, "hidden" },
    [SLICE_FILE_TYPE] = { NULL, "file_type" },
    [SLICE_UUID] = { NULL, "uuid" },
    [SLICE_PLATFORM] = { NULL, "platform" },
    [SLICE_MIN_OS] = { NULL, "min_os" },
    [SLICE_INSTALL_NAME] = { NULL, "install_name" },
    [SLICE_ENCRYPTED] = { NULL, "encrypted" },
    [SLICE_NATIVE_API] = { "native_api", "verdict" },
    [SLICE_SIGNATURE] = { "signature", "state" },
    [SLICE_IDENTIFIER] = { "signature", "identifier" },
    [SLICE_TEAM] = { "signature", "team_id" },
    [SLICE_CDHASH] = { "signature", "cdhash" },
    [SLICE_CHAIN] = { "signature", "chain" },
    [SLICE_INJECTION] = { "injection", "verdict" },
};

static const struct place set_places[SLICE_SET_COUNT] = {
    [SLICE_LINKS] = { NULL, "links" },
    [SLICE_RPATHS] = { NULL, "rpaths" },
    [SLICE_ENVIRONMENT] = { NULL, "environment" },
    [SLICE_WATCHED] = { "imports", "watched" },
    [SLICE_FLAGS] = { "signature", "flags" },
    [SLICE_ENTITLEMENTS] = { "signature", "entitlements" },
};

static void read_columns(const struct link_facts *facts, struct arena *a, struct slice *out);
static struct slice_items flag_names(uint32_t flags, struct arena *a);
static enum status read_json(const struct link_facts *facts, str before, str text, struct arena *a,
                             struct slice *out, struct err *err);
static const char *read_object(yyjson_val *root, struct arena *a, struct slice *out);
static const char *read_der_entitlements(yyjson_val *root, struct arena *a,
                                         struct slice_items *items);
static const char *read_place(yyjson_val *root, const struct place *place, yyjson_val **out);
static bool read_field(yyjson_val *val, struct arena *a, struct slice_text *out);
static bool read_set(yyjson_val *val, struct arena *a, struct slice_items *out);
static bool read_item(yyjson_val *val, struct arena *a, struct slice_item *out);
static bool read_members(yyjson_val *val, struct arena *a, struct slice_items *out);
static str json_text(yyjson_val *val, struct arena *a);
static void put_in_order(struct slice_items *items);
static int by_name(const void *a, const void *b);
static enum status fail_damaged(const struct link_facts *facts, const char *why, struct err *err);

enum status slice_read(const struct link_facts *facts, struct arena *a, struct slice *out,
                       struct err *err)
{
    *out = (struct slice){ .number = facts->slice };
    read_columns(facts, a, out);
    if (facts->object.len > 0)
        return read_json(facts, STR("{"), facts->object, a, out, err);
    if (facts->entitlements.len > 0)
        return read_json(facts, STR("{\"signature\":{\"entitlements\":"),
                         arena_printf(a, "%.*s}}", STR_ARG(facts->entitlements)), a, out, err);
    return OK;
}

static void read_columns(const struct link_facts *facts, struct arena *a, struct slice *out)
{
    // Of these an empty column says that there is none; the others were not told.
    const struct {
        enum slice_field field;
        bool may_be_empty;
        str text;
    } columns[] = {
        { SLICE_ARCH, true, facts->arch },
        { SLICE_SIZE, true, arena_printf(a, "%llu", (unsigned long long)facts->size) },
        { SLICE_FILE_TYPE, false, facts->file_type },
        { SLICE_NATIVE_API, false, facts->native_api },
        { SLICE_SIGNATURE, false, facts->signature },
        { SLICE_IDENTIFIER, true, facts->identifier },
        { SLICE_TEAM, true, facts->team_id },
        { SLICE_CDHASH, true, facts->cdhash },
        { SLICE_CHAIN, false, facts->chain },
        { SLICE_INJECTION, false, facts->injection },
    };
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].may_be_empty || columns[i].text.len > 0)
            out->fields[columns[i].field] =
                (struct slice_text){ .is_told = true, .text = columns[i].text };
    out->sets[SLICE_FLAGS] = flag_names(facts->flags, a);
    out->sets[SLICE_ENTITLEMENTS].is_told = true;
}

// As inspect prints them.
static struct slice_items flag_names(uint32_t flags, struct arena *a)
{
    struct slice_items names = { .is_told = true, .at = arena_alloc(a, 32 * sizeof *names.at) };
    for (unsigned shift = 0; shift < 32; shift++) {
        const uint32_t bit = flags & (uint32_t)1 << shift;
        const str name = macho_flag_name(bit);
        if (bit != 0)
            names.at[names.count++] = (struct slice_item){
                .name = name.len > 0 ? name : arena_printf(a, "0x%x", (unsigned)bit),
                .value = STR_EMPTY,
            };
    }
    put_in_order(&names);
    return names;
}

static enum status read_json(const struct link_facts *facts, str before, str text, struct arena *a,
                             struct slice *out, struct err *err)
{
    char *whole = memory_new(before.len + text.len);
    memcpy(whole, before.at, before.len);
    memcpy(whole + before.len, text.at, text.len);
    yyjson_read_err why;
    yyjson_doc *doc =
        yyjson_read_opts(whole, before.len + text.len, YYJSON_READ_NOFLAG, NULL, &why);
    const char *damage = doc == NULL ? why.msg : read_object(yyjson_doc_get_root(doc), a, out);
    yyjson_doc_free(doc);
    free(whole);
    return damage == NULL ? OK : fail_damaged(facts, damage, err);
}

// NULL, or what is wrong with it.
static const char *read_object(yyjson_val *root, struct arena *a, struct slice *out)
{
    yyjson_val *ends[DIFF_DEPTH_MAX];
    if (!json_is_within_depth(root, ends, COUNT_OF(ends)))
        return "nested too deep";
    for (size_t i = 0; i < SLICE_FIELD_COUNT; i++) {
        yyjson_val *val;
        const char *damage = read_place(root, &field_places[i], &val);
        if (damage == NULL && val != NULL && !read_field(val, a, &out->fields[i]))
            damage = field_places[i].key;
        if (damage != NULL)
            return damage;
    }
    for (size_t i = 0; i < SLICE_SET_COUNT; i++) {
        yyjson_val *val;
        const char *damage = read_place(root, &set_places[i], &val);
        const bool is_object = i == SLICE_ENTITLEMENTS;
        if (damage == NULL && val != NULL &&
            !(is_object ? read_members : read_set)(val, a, &out->sets[i]))
            damage = set_places[i].key;
        if (damage != NULL)
            return damage;
    }
    return read_der_entitlements(root, a, &out->sets[SLICE_ENTITLEMENTS]);
}

// What the DER form says otherwise counts beside what the XML says: new systems read it.
static const char *read_der_entitlements(yyjson_val *root, struct arena *a,
                                         struct slice_items *items)
{
    static const struct place place = { "signature", "entitlements_der" };
    struct slice_items more = { .count = 0 };
    yyjson_val *val;
    const char *damage = read_place(root, &place, &val);
    if (damage != NULL || val == NULL || yyjson_is_null(val))
        return damage;
    if (!read_members(val, a, &more))
        return place.key;
    struct slice_item *both = arena_alloc(a, (items->count + more.count) * sizeof *both);
    if (items->count > 0)
        memcpy(both, items->at, items->count * sizeof *both);
    if (more.count > 0)
        memcpy(both + items->count, more.at, more.count * sizeof *both);
    items->at = both;
    items->count += more.count;
    put_in_order(items);
    return NULL;
}

// The value there, NULL where there is no such key; or the name of what is no object.
static const char *read_place(yyjson_val *root, const struct place *place, yyjson_val **out)
{
    *out = NULL;
    yyjson_val *in = place->outer == NULL ? root : yyjson_obj_get(root, place->outer);
    if (in == NULL || yyjson_is_null(in))
        return NULL;
    if (!yyjson_is_obj(in))
        return place->outer == NULL ? "no object" : place->outer;
    *out = yyjson_obj_get(in, place->key);
    return NULL;
}

static bool read_field(yyjson_val *val, struct arena *a, struct slice_text *out)
{
    *out = (struct slice_text){ .is_told = true, .text = STR_EMPTY };
    if (yyjson_is_str(val))
        out->text = arena_str(a, json_str(val));
    else if (yyjson_is_bool(val))
        out->text = yyjson_get_bool(val) ? STR("true") : STR("false");
    else if (yyjson_is_uint(val))
        out->text = arena_printf(a, "%llu", (unsigned long long)yyjson_get_uint(val));
    else
        return yyjson_is_null(val);
    return true;
}

static bool read_set(yyjson_val *val, struct arena *a, struct slice_items *out)
{
    struct json_elements elements = json_elements_of(val);
    *out = (struct slice_items){ .is_told = true };
    if (!yyjson_is_arr(val))
        return yyjson_is_null(val);
    out->at = arena_alloc(a, elements.left * sizeof *out->at);
    while (json_take_element(&elements))
        if (!read_item(elements.val, a, &out->at[out->count++]))
            return false;
    put_in_order(out);
    return true;
}

// A name, or an object that has one, and perhaps a kind.
static bool read_item(yyjson_val *val, struct arena *a, struct slice_item *out)
{
    *out = (struct slice_item){ .name = STR_EMPTY, .value = STR_EMPTY };
    if (yyjson_is_obj(val)) {
        yyjson_val *kind = yyjson_obj_get(val, "kind");
        if (yyjson_is_str(kind))
            out->value = arena_str(a, json_str(kind));
        val = yyjson_obj_get(val, "name");
    }
    if (!yyjson_is_str(val))
        return false;
    out->name = arena_str(a, json_str(val));
    return true;
}

static bool read_members(yyjson_val *val, struct arena *a, struct slice_items *out)
{
    struct json_members members = json_members_of(val);
    *out = (struct slice_items){ .is_told = true };
    if (!yyjson_is_obj(val))
        return yyjson_is_null(val);
    out->at = arena_alloc(a, members.left * sizeof *out->at);
    while (json_take_member(&members))
        out->at[out->count++] = (struct slice_item){
            .name = arena_str(a, members.key),
            .value = json_text(members.val, a),
        };
    put_in_order(out);
    return true;
}

// Written without spaces, so that equal values of one program are equal texts.
static str json_text(yyjson_val *val, struct arena *a)
{
    size_t len = 0;
    char *text = yyjson_val_write(val, YYJSON_WRITE_NOFLAG, &len);
    if (text == NULL)
        memory_out(len);
    const str kept = arena_str(a, (str){ .at = text, .len = len });
    free(text);
    return kept;
}

static void put_in_order(struct slice_items *items)
{
    size_t kept = 0;
    if (items->count > 1)
        qsort(items->at, items->count, sizeof *items->at, by_name);
    for (size_t i = 0; i < items->count; i++)
        if (kept == 0 || by_name(&items->at[kept - 1], &items->at[i]) != 0)
            items->at[kept++] = items->at[i];
    items->count = kept;
}

static int by_name(const void *a, const void *b)
{
    const struct slice_item *left = a;
    const struct slice_item *right = b;
    const int order = str_cmp(left->name, right->name);
    return order != 0 ? order : str_cmp(left->value, right->value);
}

static enum status fail_damaged(const struct link_facts *facts, const char *why, struct err *err)
{
    struct buf path;
    buf_init(&path, ERR_TEXT_MAX * 4);
    macho_print_text(&path, str_to(facts->path, ERR_TEXT_MAX / 2));
    const enum status status =
        fail(err, ERR_FORMAT, "what is kept of %.*s, slice %u, is damaged: %s",
             STR_ARG(buf_str(&path)), (unsigned)facts->slice, why);
    buf_done(&path);
    return status;
}
