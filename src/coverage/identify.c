#include "coverage/identify.h"

#include <stdlib.h>

enum strength {
    SURELY,
    BY_NAME,
    BY_SHORT,
    STRENGTH_COUNT
};

struct entry {
    str name;
    enum strength strength;
    uint32_t asset;
    bool has_domain;  // Of a short one: there was one that is left out.
};

struct identify {
    const struct kept *kept;
    struct entry *entries;
    size_t count;
};

static void add(struct identify *i, str name, enum strength strength, uint32_t asset);
static void add_name(struct identify *i, str name, uint32_t asset);
static str without_domain(str name, bool *has_domain);
static int by_name(const void *a, const void *b);
static void look_up(const struct identify *i, str name, enum strength strength,
                    struct identify_result *out);
static void look_up_short(const struct identify *i, str name, struct identify_result *out);
static size_t first_of(const struct identify *i, str name, enum strength strength);
static void add_result(const struct identify *i, uint32_t asset, struct identify_result *out);

struct identify *identify_new(const struct kept *k)
{
    struct identify *i = memory_zeroed(1, sizeof *i);
    i->kept = k;
    // Serial, UUID and id; of a host name and each further name the whole and the short one.
    i->entries = memory_zeroed(5 * k->asset_count + 2 * k->name_count + 1, sizeof *i->entries);
    for (uint32_t a = 0; a < k->asset_count; a++) {
        add(i, k->assets[a].serial, SURELY, a);
        add(i, k->assets[a].hardware_uuid, SURELY, a);
        add(i, k->assets[a].id, SURELY, a);
        add_name(i, k->assets[a].host_name, a);
    }
    for (size_t n = 0; n < k->name_count; n++)
        add_name(i, k->names[n].name, k->names[n].asset);
    qsort(i->entries, i->count, sizeof *i->entries, by_name);
    return i;
}

void identify_free(struct identify *i)
{
    if (i == NULL)
        return;
    free(i->entries);
    free(i);
}

static void add(struct identify *i, str name, enum strength strength, uint32_t asset)
{
    if (name.len > 0)
        i->entries[i->count++] =
            (struct entry){ .name = name, .strength = strength, .asset = asset };
}

static void add_name(struct identify *i, str name, uint32_t asset)
{
    bool has_domain;
    const str short_name = without_domain(name, &has_domain);
    add(i, name, BY_NAME, asset);
    add(i, short_name, BY_SHORT, asset);
    if (short_name.len > 0)
        i->entries[i->count - 1].has_domain = has_domain;
}

// An address is no name with a domain.
static str without_domain(str name, bool *has_domain)
{
    const size_t dot = str_find_char(name, '.');
    const str domain = str_from(name, dot);
    const bool is_address =
        name.len > 0 && name.at[name.len - 1] >= '0' && name.at[name.len - 1] <= '9';
    *has_domain = domain.len > 1 && !str_eq_nocase(domain, STR(".local")) &&
                  !str_eq_nocase(domain, STR(".lan"));
    return is_address && *has_domain ? name : str_to(name, dot);
}

struct identify_result identify_host(const struct identify *i,
                                     const struct coverage_kept_host *host)
{
    struct identify_result out = { .count = 0 };
    for (enum strength strength = SURELY; strength <= BY_NAME && out.count == 0; strength++) {
        look_up(i, host->id, strength, &out);
        look_up(i, host->name, strength, &out);
    }
    if (out.count == 0) {
        look_up_short(i, host->id, &out);
        look_up_short(i, host->name, &out);
    }
    return out;
}

static void look_up(const struct identify *i, str name, enum strength strength,
                    struct identify_result *out)
{
    if (name.len == 0)
        return;
    for (size_t n = first_of(i, name, strength); n < i->count; n++) {
        const struct entry *e = &i->entries[n];
        if (e->strength != strength || !str_eq_nocase(e->name, name))
            return;
        add_result(i, e->asset, out);
    }
}

// Of two domains that differ nobody knows whether they are one Mac's.
static void look_up_short(const struct identify *i, str name, struct identify_result *out)
{
    bool has_domain;
    const str short_name = without_domain(name, &has_domain);
    if (short_name.len == 0)
        return;
    for (size_t n = first_of(i, short_name, BY_SHORT); n < i->count; n++) {
        const struct entry *e = &i->entries[n];
        if (e->strength != BY_SHORT || !str_eq_nocase(e->name, short_name))
            return;
        if (!has_domain || !e->has_domain)
            add_result(i, e->asset, out);
    }
}

static size_t first_of(const struct identify *i, str name, enum strength strength)
{
    const struct entry wanted = { .name = name, .strength = strength };
    size_t from = 0;
    size_t to = i->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (by_name(&i->entries[middle], &wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int by_name(const void *a, const void *b)
{
    const struct entry *one = a;
    const struct entry *other = b;
    const int order = str_cmp_nocase(one->name, other->name);
    if (order != 0)
        return order;
    if (one->strength != other->strength)
        return one->strength < other->strength ? -1 : 1;
    return (one->asset > other->asset) - (one->asset < other->asset);
}

static void add_result(const struct identify *i, uint32_t asset, struct identify_result *out)
{
    const bool is_retired = i->kept->assets[asset].is_retired;
    for (size_t n = 0; n < out->count && n < IDENTIFY_ASSETS_MAX; n++)
        if (out->assets[n] == asset)
            return;
    if (is_retired && out->count > 0)
        return;
    if (out->is_retired)
        out->count = 0;
    out->is_retired = is_retired;
    if (out->count < IDENTIFY_ASSETS_MAX)
        out->assets[out->count] = asset;
    out->count++;
}
