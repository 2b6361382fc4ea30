#include "coverage/change.h"

#include <stdlib.h>

struct line_list {
    str *at;
    size_t count;
};

static struct line_list lines_of(str text);
static void read_counts(str text, struct change *out);
static void read_standing(str line, struct change *out);
static int in_order(const void *a, const void *b);
static struct change_line line_of(str line);

bool change_write(const struct posture *p, const struct blind_list *list, const struct sight *sight,
                  struct buf *out)
{
    buf_printf(out, "assets\t%zu\n", p->asset_count);
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        buf_printf(out, "standing\t%.*s\t%zu\n", STR_ARG(sight_standing_name(i)),
                   sight->standings[i]);
    for (size_t i = 0; i < list->count; i++) {
        const struct blind_spot *spot = &list->at[i];
        buf_add(out, STR("blind\t"));
        buf_add(out, blind_kind_name(spot->kind));
        buf_add_char(out, '\t');
        buf_add_json(out, spot->id);
        buf_add_char(out, '\n');
    }
    return !out->failed;
}

void change_find(str before, str after, struct change *out)
{
    *out = (struct change){ 0 };
    read_counts(before, out);
    struct line_list old = lines_of(before);
    struct line_list new = lines_of(after);
    out->came = memory_zeroed(new.count + 1, sizeof *out->came);
    out->went = memory_zeroed(old.count + 1, sizeof *out->went);
    size_t o = 0;
    size_t n = 0;
    while (o < old.count || n < new.count) {
        const int order = o == old.count ? 1 : n == new.count ? -1 : str_cmp(old.at[o], new.at[n]);
        if (order < 0)
            out->went[out->went_count++] = line_of(old.at[o]);
        if (order > 0)
            out->came[out->came_count++] = line_of(new.at[n]);
        o += order <= 0 ? 1 : 0;
        n += order >= 0 ? 1 : 0;
    }
    free(old.at);
    free(new.at);
}

void change_done(struct change *c)
{
    free(c->came);
    free(c->went);
    *c = (struct change){ 0 };
}

// The lines of blind spots, in order, without their first column. What is no such line is passed over.
static struct line_list lines_of(str text)
{
    struct line_list out = { 0 };
    size_t room = 0;
    for (str line; str_take_until(&text, '\n', &line);) {
        if (!str_starts_with(line, STR("blind\t")))
            continue;
        if (out.count == room) {
            room = room == 0 ? 64 : 2 * room;
            out.at = memory_resize(out.at, room * sizeof *out.at);
        }
        out.at[out.count++] = str_from(line, 6);
    }
    if (out.count > 0)
        qsort(out.at, out.count, sizeof *out.at, in_order);
    return out;
}

static void read_counts(str text, struct change *out)
{
    for (str line; str_take_until(&text, '\n', &line);) {
        if (str_starts_with(line, STR("assets\t")))
            (void)str_to_u64(str_from(line, 7), &out->assets_before);
        if (str_starts_with(line, STR("standing\t")))
            read_standing(str_from(line, 9), out);
    }
}

static void read_standing(str line, struct change *out)
{
    str name;
    if (!str_take_until(&line, '\t', &name))
        return;
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        if (str_eq(sight_standing_name(i), name))
            (void)str_to_u64(line, &out->standings_before[i]);
}

static int in_order(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static struct change_line line_of(str line)
{
    struct change_line out = { .id = line };
    (void)str_take_until(&out.id, '\t', &out.kind);
    return out;
}
