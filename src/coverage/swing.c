#include "coverage/swing.h"

#include <stdlib.h>

// An asset by its id as a change has it.
struct known {
    str id;
    const struct asset_row *asset;
};

static struct swing_mac *put_lines(struct swing_mac *at, const struct change_line *lines,
                                   size_t count, bool came);
static enum blind_kind kind_of(str name);
static void join_macs(struct swing *s);
static struct known *assets_by_id(const struct posture *p, struct arena *arena);
static void name_macs(struct swing *s, const struct known *known, size_t count);
static void count_teams(struct swing *s);
static int by_id(const void *a, const void *b);
static int known_by_id(const void *a, const void *b);
static int worst_first(const void *a, const void *b);
static int team_by_name(const void *a, const void *b);
static int worst_team_first(const void *a, const void *b);

void swing_find(const struct change *c, const struct posture *p, struct swing *out)
{
    struct arena arena = { 0 };
    *out = (struct swing){
        .macs = memory_zeroed(c->came_count + c->went_count + 1, sizeof *out->macs),
        .count = c->came_count + c->went_count,
    };
    struct swing_mac *next = put_lines(out->macs, c->came, c->came_count, true);
    (void)put_lines(next, c->went, c->went_count, false);
    join_macs(out);
    struct known *known = assets_by_id(p, &arena);
    name_macs(out, known, p->asset_count);
    free(known);
    arena_done(&arena);
    count_teams(out);
    if (out->count > 0)
        qsort(out->macs, out->count, sizeof *out->macs, worst_first);
}

void swing_done(struct swing *s)
{
    free(s->macs);
    free(s->teams);
    *s = (struct swing){ 0 };
}

static struct swing_mac *put_lines(struct swing_mac *at, const struct change_line *lines,
                                   size_t count, bool came)
{
    for (size_t i = 0; i < count; i++)
        *at++ = (struct swing_mac){
            .id = lines[i].id,
            .came = came ? kind_of(lines[i].kind) : BLIND_KIND_COUNT,
            .went = came ? BLIND_KIND_COUNT : kind_of(lines[i].kind),
        };
    return at;
}

// What a report of another program told, and this one does not know, is the least grave.
static enum blind_kind kind_of(str name)
{
    enum blind_kind kind = 0;
    while (kind + 1 < BLIND_KIND_COUNT && !str_eq(blind_kind_name(kind), name))
        kind++;
    return kind;
}

// One of each id.
static void join_macs(struct swing *s)
{
    size_t kept = 0;
    if (s->count > 0)
        qsort(s->macs, s->count, sizeof *s->macs, by_id);
    for (size_t i = 0; i < s->count; i++) {
        const struct swing_mac *mac = &s->macs[i];
        struct swing_mac *last = kept > 0 ? &s->macs[kept - 1] : NULL;
        if (last != NULL && str_eq(last->id, mac->id)) {
            last->came = mac->came < last->came ? mac->came : last->came;
            last->went = mac->went < last->went ? mac->went : last->went;
        } else {
            s->macs[kept++] = *mac;
        }
    }
    s->count = kept;
    for (size_t i = 0; i < s->count; i++) {
        s->worse += swing_is_worse(&s->macs[i]) ? 1 : 0;
        s->better += swing_is_worse(&s->macs[i]) ? 0 : 1;
    }
}

bool swing_is_worse(const struct swing_mac *mac)
{
    return mac->came <= mac->went;
}

static struct known *assets_by_id(const struct posture *p, struct arena *arena)
{
    struct known *known = memory_zeroed(p->asset_count + 1, sizeof *known);
    struct buf b;
    buf_init(&b, CHANGE_TEXT_MAX);
    for (size_t i = 0; i < p->asset_count; i++) {
        buf_reset(&b);
        buf_add_json(&b, p->assets[i].asset->id);
        known[i] =
            (struct known){ .id = arena_str(arena, buf_str(&b)), .asset = p->assets[i].asset };
    }
    buf_done(&b);
    if (p->asset_count > 0)
        qsort(known, p->asset_count, sizeof *known, known_by_id);
    return known;
}

static void name_macs(struct swing *s, const struct known *known, size_t count)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct known wanted = { .id = s->macs[i].id };
        const struct known *found =
            count == 0 ? NULL : bsearch(&wanted, known, count, sizeof *known, known_by_id);
        s->macs[i].asset = found == NULL ? NULL : found->asset;
    }
}

static void count_teams(struct swing *s)
{
    struct swing_team *teams = memory_zeroed(s->count + 1, sizeof *teams);
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        teams[i] = (struct swing_team){
            .name = s->macs[i].asset == NULL ? STR_EMPTY : s->macs[i].asset->team,
            .worse = swing_is_worse(&s->macs[i]) ? 1 : 0,
            .better = swing_is_worse(&s->macs[i]) ? 0 : 1,
        };
    if (s->count > 0)
        qsort(teams, s->count, sizeof *teams, team_by_name);
    for (size_t i = 0; i < s->count; i++) {
        if (kept > 0 && str_eq(teams[kept - 1].name, teams[i].name)) {
            teams[kept - 1].worse += teams[i].worse;
            teams[kept - 1].better += teams[i].better;
        } else {
            teams[kept++] = teams[i];
        }
    }
    if (kept > 0)
        qsort(teams, kept, sizeof *teams, worst_team_first);
    s->teams = teams;
    s->team_count = kept;
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct swing_mac *)a)->id, ((const struct swing_mac *)b)->id);
}

static int known_by_id(const void *a, const void *b)
{
    return str_cmp(((const struct known *)a)->id, ((const struct known *)b)->id);
}

static int worst_first(const void *a, const void *b)
{
    const struct swing_mac *x = a;
    const struct swing_mac *y = b;
    if (swing_is_worse(x) != swing_is_worse(y))
        return swing_is_worse(x) ? -1 : 1;
    // Of what is no asset nobody knows how much it is worth: it comes before all, as in blind.h.
    const int64_t one = x->asset == NULL ? INT64_MAX : x->asset->criticality;
    const int64_t two = y->asset == NULL ? INT64_MAX : y->asset->criticality;
    return one != two ? (one < two) - (one > two) : str_cmp(x->id, y->id);
}

static int team_by_name(const void *a, const void *b)
{
    return str_cmp(((const struct swing_team *)a)->name, ((const struct swing_team *)b)->name);
}

static int worst_team_first(const void *a, const void *b)
{
    const struct swing_team *x = a;
    const struct swing_team *y = b;
    if (x->worse != y->worse)
        return (x->worse < y->worse) - (x->worse > y->worse);
    if (x->better != y->better)
        return (x->better < y->better) - (x->better > y->better);
    return str_cmp(x->name, y->name);
}
