// Pairing: hosts, then paths, then slices.

#include "inspect/diff.h"

#include "inspect/compare.h"

// The slices of one path on one side; none where the path is not there.
struct side {
    const struct link_facts *slices;
    size_t count;
};

// One inventory, read in step with the other.
struct stream {
    struct links_rows *rows;
    struct side next;
};

static enum status diff_paths(struct compare *c, struct side a, struct side b, struct err *err);
static bool are_same(struct side a, struct side b);
static enum status read_side(struct side side, struct arena *a, struct slice **out,
                             struct err *err);
static size_t find_partner(const struct slice *slice, const struct slice *others, size_t count,
                           const bool *is_taken);
static bool is_hidden(const struct slice *slice);
static enum status diff_host(struct compare *c, struct links *a, str host_a, struct links *b,
                             str host_b, struct err *err);
static enum status diff_streams(struct compare *c, struct stream *a, struct stream *b,
                                struct err *err);
static enum status advance(struct stream *s, struct err *err);
static enum status tell_host(struct compare *c, enum diff_kind kind, str host, struct err *err);

enum status diff_files(const struct link_facts *a, size_t a_count, const struct link_facts *b,
                       size_t b_count, diff_tell *tell, void *context, struct err *err)
{
    struct arena arena = { 0 };
    struct compare c = { .tell = tell, .context = context, .arena = &arena };
    const enum status status = diff_paths(&c, (struct side){ .slices = a, .count = a_count },
                                          (struct side){ .slices = b, .count = b_count }, err);
    arena_done(&arena);
    return status;
}

// Each slice of `a` finds the first one of `b` of its architecture that no other has found.
static enum status diff_paths(struct compare *c, struct side a, struct side b, struct err *err)
{
    struct slice *from = NULL;
    struct slice *to = NULL;
    bool is_taken[LINKS_PATH_ROWS_MAX] = { false };

    if (a.count > LINKS_PATH_ROWS_MAX || b.count > LINKS_PATH_ROWS_MAX)
        return fail(err, ERR_LIMIT, "more than %u slices of one file", LINKS_PATH_ROWS_MAX);
    if (are_same(a, b))
        return OK;
    c->path = b.count > 0 ? b.slices[0].path : a.slices[0].path;
    enum status status = read_side(a, c->arena, &from, err);
    if (status == OK)
        status = read_side(b, c->arena, &to, err);
    for (size_t i = 0; status == OK && i < a.count; i++) {
        const size_t partner = find_partner(&from[i], to, b.count, is_taken);
        if (partner == b.count) {
            status = compare_tell(c, DIFF_REMOVED, &from[i], NULL, NULL, err);
            continue;
        }
        is_taken[partner] = true;
        status = compare_slices(c, &from[i], &to[partner], err);
    }
    for (size_t i = 0; status == OK && i < b.count; i++)
        if (!is_taken[i])
            status = compare_tell(c, is_hidden(&to[i]) ? DIFF_HIDDEN_SLICE : DIFF_ADDED, &to[i],
                                  NULL, NULL, err);
    return status;
}

// Most files do not change, and then nothing of them need be read.
static bool are_same(struct side a, struct side b)
{
    for (size_t i = 0; i < a.count && a.count == b.count; i++)
        if (a.slices[i].object.len == 0 || !str_eq(a.slices[i].object, b.slices[i].object))
            return false;
    return a.count == b.count;
}

static enum status read_side(struct side side, struct arena *a, struct slice **out, struct err *err)
{
    enum status status = OK;
    *out = arena_alloc(a, side.count * sizeof **out);
    for (size_t i = 0; status == OK && i < side.count; i++)
        status = slice_read(&side.slices[i], a, &(*out)[i], err);
    return status;
}

// A slice that is hidden now is not the one that was there for all to see.
static size_t find_partner(const struct slice *slice, const struct slice *others, size_t count,
                           const bool *is_taken)
{
    size_t i = 0;
    while (i < count &&
           (is_taken[i] || is_hidden(&others[i]) != is_hidden(slice) ||
            !str_eq(others[i].fields[SLICE_ARCH].text, slice->fields[SLICE_ARCH].text)))
        i++;
    return i;
}

static bool is_hidden(const struct slice *slice)
{
    return str_eq(slice->fields[SLICE_HIDDEN].text, STR("true"));
}

enum status diff_inventories(struct links *a, struct links *b, diff_tell *tell, void *context,
                             struct err *err)
{
    struct arena names = { 0 };
    struct arena arena = { 0 };
    struct compare c = { .tell = tell, .context = context, .arena = &arena };
    str *of_a = NULL;
    str *of_b = NULL;
    size_t a_count = 0;
    size_t b_count = 0;
    enum status status = links_hosts(a, &names, &of_a, &a_count, err);
    if (status == OK)
        status = links_hosts(b, &names, &of_b, &b_count, err);
    const bool are_alone = a_count == 1 && b_count == 1;
    for (size_t i = 0, j = 0; status == OK && (i < a_count || j < b_count);) {
        const int order = are_alone      ? 0
                          : i == a_count ? 1
                          : j == b_count ? -1
                                         : str_cmp(of_a[i], of_b[j]);
        if (order < 0)
            status = tell_host(&c, DIFF_HOST_REMOVED, of_a[i], err);
        else if (order > 0)
            status = tell_host(&c, DIFF_HOST_ADDED, of_b[j], err);
        else
            status = diff_host(&c, a, of_a[i], b, of_b[j], err);
        i += order <= 0;
        j += order >= 0;
    }
    arena_done(&arena);
    arena_done(&names);
    return status;
}

static enum status diff_host(struct compare *c, struct links *a, str host_a, struct links *b,
                             str host_b, struct err *err)
{
    struct stream from = { 0 };
    struct stream to = { 0 };
    c->host = host_b;
    enum status status = links_rows_open(a, host_a, &from.rows, err);
    if (status == OK)
        status = links_rows_open(b, host_b, &to.rows, err);
    if (status == OK)
        status = diff_streams(c, &from, &to, err);
    links_rows_close(from.rows);
    links_rows_close(to.rows);
    return status;
}

static enum status diff_streams(struct compare *c, struct stream *a, struct stream *b,
                                struct err *err)
{
    const struct side none = { 0 };
    enum status status = advance(a, err);
    if (status == OK)
        status = advance(b, err);
    while (status == OK && (a->next.count > 0 || b->next.count > 0)) {
        const int order = a->next.count == 0 ? 1
                          : b->next.count == 0
                              ? -1
                              : str_cmp(a->next.slices[0].path, b->next.slices[0].path);
        arena_reset(c->arena);
        status = diff_paths(c, order <= 0 ? a->next : none, order >= 0 ? b->next : none, err);
        if (status == OK && order <= 0)
            status = advance(a, err);
        if (status == OK && order >= 0)
            status = advance(b, err);
    }
    return status;
}

// Behind the last path there are no slices.
static enum status advance(struct stream *s, struct err *err)
{
    s->next = (struct side){ 0 };
    const enum status status = links_rows_next(s->rows, &s->next.slices, &s->next.count, err);
    return status == END ? OK : status;
}

static enum status tell_host(struct compare *c, enum diff_kind kind, str host, struct err *err)
{
    const struct slice none = { 0 };
    c->host = host;
    c->path = STR_EMPTY;
    arena_reset(c->arena);
    return kind == DIFF_HOST_ADDED ? compare_tell(c, kind, &none, NULL, &host, err)
                                   : compare_tell(c, kind, &none, &host, NULL, err);
}
