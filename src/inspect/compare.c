#include "inspect/compare.h"

#include "inspect/kinds.h"

// Fields that are told as "was …, is …", in the order in which they are told.
struct watched_field {
    enum slice_field field;
    enum diff_kind kind;
};

static const struct watched_field of_image[] = {
    { SLICE_FILE_TYPE, DIFF_CHANGED_FILE_TYPE },  { SLICE_PLATFORM, DIFF_CHANGED_PLATFORM },
    { SLICE_MIN_OS, DIFF_CHANGED_MIN_OS },        { SLICE_INSTALL_NAME, DIFF_CHANGED_INSTALL_NAME },
    { SLICE_ENCRYPTED, DIFF_CHANGED_ENCRYPTION }, { SLICE_NATIVE_API, DIFF_NATIVE_API_CHANGED },
    { SLICE_INJECTION, DIFF_INJECTION_CHANGED },
};

// Of the signature, where there is one on both sides.
static const struct watched_field of_signature[] = {
    { SLICE_TEAM, DIFF_CHANGED_TEAM },
    { SLICE_IDENTIFIER, DIFF_CHANGED_IDENTIFIER },
    { SLICE_CHAIN, DIFF_CHAIN_CHANGED },
};

// A set, and what is told of an element that is new, gone, or has another value.
struct watched_set {
    enum slice_set set;
    enum diff_kind gained;
    enum diff_kind lost;
    enum diff_kind changed;
};

static const struct watched_set sets[] = {
    { SLICE_LINKS, DIFF_NEW_LINK, DIFF_LOST_LINK, DIFF_CHANGED_LINK },
    { SLICE_RPATHS, DIFF_NEW_RPATH, DIFF_LOST_RPATH, DIFF_NEW_RPATH },
    { SLICE_ENVIRONMENT, DIFF_NEW_ENVIRONMENT, DIFF_LOST_ENVIRONMENT, DIFF_NEW_ENVIRONMENT },
    { SLICE_WATCHED, DIFF_NEW_IMPORT, DIFF_LOST_IMPORT, DIFF_NEW_IMPORT },
    { SLICE_ENTITLEMENTS, DIFF_NEW_ENTITLEMENT, DIFF_LOST_ENTITLEMENT, DIFF_CHANGED_ENTITLEMENT },
};

// A pair, while it is compared. What failed stays so.
struct pair {
    struct compare *c;
    const struct slice *a;
    const struct slice *b;
    enum status status;
    struct err *err;
};

static void compare_fields(struct pair *p, const struct watched_field *fields, size_t count);
static void compare_signature(struct pair *p);
static str state_of(const struct slice *slice);
static bool is_unsigned(str state);
static void compare_flags(struct pair *p);
static str joined(struct compare *c, const struct slice_items *flags);
static void compare_set(struct pair *p, const struct watched_set *set);
static str item_text(struct compare *c, enum slice_set set, const struct slice_item *item,
                     bool with_value);
static void compare_build(struct pair *p, bool is_same_otherwise);
static bool differs(const struct pair *p, enum slice_field field);
static void tell(struct pair *p, enum diff_kind kind, const str *from, const str *to);
static struct diff_change change_of(struct compare *c, enum diff_kind kind,
                                    const struct slice *slice, const str *from, const str *to);
static str cut(struct compare *c, str text);

enum status compare_slices(struct compare *c, const struct slice *a, const struct slice *b,
                           struct err *err)
{
    struct pair p = { .c = c, .a = a, .b = b, .status = OK, .err = err };
    const size_t told = c->told;
    compare_signature(&p);
    compare_fields(&p, of_image, COUNT_OF(of_image));
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        compare_set(&p, &sets[i]);
    compare_build(&p, c->told == told);
    return p.status;
}

static void compare_fields(struct pair *p, const struct watched_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const enum slice_field field = fields[i].field;
        if (differs(p, field))
            tell(p, fields[i].kind, &p->a->fields[field].text, &p->b->fields[field].text);
    }
}

// Who signed, and how, says nothing more where the signature came or went.
static void compare_signature(struct pair *p)
{
    const str from = state_of(p->a);
    const str to = state_of(p->b);
    const bool is_lost = is_unsigned(to) && !is_unsigned(from);
    const bool is_gained = is_unsigned(from) && !is_unsigned(to);
    if (is_lost || is_gained)
        tell(p, is_lost ? DIFF_LOST_SIGNATURE : DIFF_GAINED_SIGNATURE, &from, &to);
    else if (differs(p, SLICE_SIGNATURE))
        tell(p, DIFF_SIGNATURE_CHANGED, &from, &to);
    if (is_lost || is_gained)
        return;
    compare_fields(p, of_signature, COUNT_OF(of_signature));
    compare_flags(p);
}

// An old inventory tells only whether there is one.
static str state_of(const struct slice *slice)
{
    if (slice->fields[SLICE_SIGNATURE].is_told)
        return slice->fields[SLICE_SIGNATURE].text;
    return slice->fields[SLICE_CDHASH].text.len > 0 ? STR("there") : STR("unsigned");
}

static bool is_unsigned(str state)
{
    return str_eq(state, STR("unsigned"));
}

static void compare_flags(struct pair *p)
{
    const struct slice_items *from = &p->a->sets[SLICE_FLAGS];
    const struct slice_items *to = &p->b->sets[SLICE_FLAGS];
    if (!from->is_told || !to->is_told)
        return;
    const str before = joined(p->c, from);
    const str now = joined(p->c, to);
    if (!str_eq(before, now))
        tell(p, DIFF_CHANGED_FLAGS, &before, &now);
}

static str joined(struct compare *c, const struct slice_items *flags)
{
    struct buf b;
    buf_init(&b, LINKS_OBJECT_MAX);
    for (size_t i = 0; i < flags->count; i++)
        buf_printf(&b, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(flags->at[i].name));
    const str kept = arena_str(c->arena, buf_str(&b));
    buf_done(&b);
    return kept;
}

// Both are in order, so one walk over both is enough.
static void compare_set(struct pair *p, const struct watched_set *set)
{
    const struct slice_items *from = &p->a->sets[set->set];
    const struct slice_items *to = &p->b->sets[set->set];
    size_t i = 0;
    size_t j = 0;
    if (!from->is_told || !to->is_told)
        return;
    while (p->status == OK && (i < from->count || j < to->count)) {
        const int order = i == from->count ? 1
                          : j == to->count ? -1
                                           : str_cmp(from->at[i].name, to->at[j].name);
        const bool is_both = order == 0;
        const bool has_other_value = is_both && !str_eq(from->at[i].value, to->at[j].value);
        const bool with_value = has_other_value || set->set == SLICE_ENTITLEMENTS;
        const str before =
            order <= 0 ? item_text(p->c, set->set, &from->at[i], with_value) : STR_EMPTY;
        const str now = order >= 0 ? item_text(p->c, set->set, &to->at[j], with_value) : STR_EMPTY;
        if (order < 0)
            tell(p, set->lost, &before, NULL);
        else if (order > 0)
            tell(p, set->gained, NULL, &now);
        else if (has_other_value)
            tell(p, set->changed, &before, &now);
        i += order <= 0;
        j += order >= 0;
    }
}

static str item_text(struct compare *c, enum slice_set set, const struct slice_item *item,
                     bool with_value)
{
    if (!with_value)
        return item->name;
    return set == SLICE_ENTITLEMENTS
               ? arena_printf(c->arena, "%.*s=%.*s", STR_ARG(item->name), STR_ARG(item->value))
               : arena_printf(c->arena, "%.*s (%.*s)", STR_ARG(item->name), STR_ARG(item->value));
}

// The same program, made anew, has another cdhash and uuid, and that is one thing to say.
static void compare_build(struct pair *p, bool is_same_otherwise)
{
    const bool is_rebuilt = differs(p, SLICE_CDHASH) || differs(p, SLICE_UUID);
    const enum slice_field field = p->a->fields[SLICE_CDHASH].text.len > 0 &&
                                           p->b->fields[SLICE_CDHASH].text.len > 0 &&
                                           differs(p, SLICE_CDHASH)
                                       ? SLICE_CDHASH
                                   : is_rebuilt ? SLICE_UUID
                                                : SLICE_SIZE;
    if (!differs(p, field) || (field == SLICE_SIZE && !is_same_otherwise) || p->status != OK)
        return;
    const enum diff_kind kind = field == SLICE_CDHASH ? DIFF_CHANGED_CDHASH
                                : field == SLICE_UUID ? DIFF_CHANGED_UUID
                                                      : DIFF_CHANGED_SIZE;
    struct diff_change change =
        change_of(p->c, kind, p->b, &p->a->fields[field].text, &p->b->fields[field].text);
    if (is_same_otherwise && field != SLICE_SIZE)
        change.says = arena_printf(p->c->arena, "was built anew and tells the same: %.*s",
                                   STR_ARG(change.says));
    p->c->told++;
    p->status = p->c->tell(p->c->context, &change, p->err);
}

static bool differs(const struct pair *p, enum slice_field field)
{
    const struct slice_text *a = &p->a->fields[field];
    const struct slice_text *b = &p->b->fields[field];
    return a->is_told && b->is_told && !str_eq(a->text, b->text);
}

static void tell(struct pair *p, enum diff_kind kind, const str *from, const str *to)
{
    if (p->status == OK)
        p->status = compare_tell(p->c, kind, p->b, from, to, p->err);
}

enum status compare_tell(struct compare *c, enum diff_kind kind, const struct slice *slice,
                         const str *from, const str *to, struct err *err)
{
    const struct diff_change change = change_of(c, kind, slice, from, to);
    c->told++;
    return c->tell(c->context, &change, err);
}

// An empty text is none.
static struct diff_change change_of(struct compare *c, enum diff_kind kind,
                                    const struct slice *slice, const str *from, const str *to)
{
    struct diff_change change = {
        .kind = kind,
        .host = c->host,
        .path = c->path,
        .slice = slice->number,
        .arch = slice->fields[SLICE_ARCH].text,
        .has_from = from != NULL && from->len > 0,
        .has_to = to != NULL && to->len > 0,
    };
    change.from = change.has_from ? cut(c, *from) : STR_EMPTY;
    change.to = change.has_to ? cut(c, *to) : STR_EMPTY;
    change.says = kinds_sentence(kind, from != NULL ? &change.from : NULL,
                                 to != NULL ? &change.to : NULL, c->arena);
    return change;
}

static str cut(struct compare *c, str text)
{
    return text.len <= DIFF_VALUE_MAX
               ? text
               : arena_printf(c->arena, "%.*s...", STR_ARG(str_to(text, DIFF_VALUE_MAX)));
}
