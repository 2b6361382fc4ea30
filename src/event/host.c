#include "event/host.h"

#include <stdlib.h>

#define COUNT_MIN 16u

struct wanted_text {
    const struct hosts *hosts;
    str text;
};

static uint32_t find_alias(struct hosts *h, str id, uint64_t hash);
static bool is_same_alias(const void *context, uint32_t value);
static uint32_t add_host(struct hosts *h, str id, str name);
static void add_alias(struct hosts *h, str id, uint64_t hash, uint32_t host);
static struct host_name *find_name(struct hosts *h, str name);
static struct host_name *find_own_name(struct hosts *h, str name);
static str domain_of(char *out, str name);
static str lower_case(char *out, str text);
static bool is_address(str name);
// As find_name(), and the name is ambiguous where another domain was told with it.
static struct host_name *find_own_name(struct hosts *h, str name)
{
    char lower[HOST_TEXT_MAX];
    struct host_name *found = find_name(h, name);
    const str domain = domain_of(lower, name);
    if (found == NULL || found->host == HOST_NONE || domain.len == 0)
        return found;
    if (found->domain.len == 0) {
        found->domain = arena_str(&h->arena, domain);
    } else if (!str_eq(found->domain, domain)) {
        found->host = HOST_NONE;
        h->ambiguous_names++;
    }
    return found;
}

static bool is_same_name(const void *context, uint32_t value);
static void note_name(struct hosts *h, str name, uint32_t host);
static str short_name(char *out, str name);
static uint32_t join(struct hosts *h, uint32_t sensor, const struct host_told *told);
static void *grow(void *at, uint32_t count, uint32_t *capacity, size_t size);

void hosts_init(struct hosts *h)
{
    *h = (struct hosts){ 0 };
}

void hosts_done(struct hosts *h)
{
    free(h->at);
    free(h->aliases);
    free(h->names);
    map_done(&h->by_id);
    map_done(&h->by_name);
    arena_done(&h->arena);
    *h = (struct hosts){ 0 };
}

uint32_t hosts_keep(struct hosts *h, str id, str name)
{
    const uint32_t known = find_alias(h, id, str_hash(id, 0));
    return known != HOST_NONE ? known : add_host(h, id, name);
}

uint32_t hosts_resolve(struct hosts *h, uint32_t input, uint32_t sensor,
                       const struct host_told *told)
{
    const bool has_id = told->kind > HOST_BY_NAME && told->id.len > 0;
    if (h->is_forced || (!has_id && told->name.len == 0))
        return input;
    if (!has_id) {
        const struct host_name *name = find_own_name(h, told->name);
        return name != NULL && name->host != HOST_NONE ? name->host
                                                       : hosts_keep(h, told->name, told->name);
    }
    if (h->last_alias < h->alias_count && str_eq(h->aliases[h->last_alias].id, told->id))
        return h->aliases[h->last_alias].host;
    const uint64_t hash = str_hash(told->id, 0);
    const uint32_t known = find_alias(h, told->id, hash);
    if (known != HOST_NONE)
        return known;
    const uint32_t joined = join(h, sensor, told);
    if (joined == HOST_NONE)
        return HOST_NONE;
    if (h->alias_count < HOST_ALIASES_MAX && find_alias(h, told->id, hash) == HOST_NONE)
        add_alias(h, told->id, hash, joined);
    h->at[joined].sensors |= UINT32_C(1) << (sensor % HOST_SENSORS_MAX);
    return joined;
}

bool hosts_is_called(const struct host *host, str name)
{
    if (name.len == 0)
        return false;
    const bool has_dot = str_find_char(name, '.') < name.len;
    const str own = has_dot ? host->name : str_to(host->name, str_find_char(host->name, '.'));
    return str_eq_nocase(name, host->id) || str_eq_nocase(name, own);
}

// A Mac that has the name already and no id of this sensor; or a new one.
static uint32_t join(struct hosts *h, uint32_t sensor, const struct host_told *told)
{
    struct host_name *name = find_own_name(h, told->name);
    if (name == NULL || name->host == HOST_NONE)
        return add_host(h, told->id, told->name);
    struct host *same = &h->at[name->host];
    if ((same->sensors >> (sensor % HOST_SENSORS_MAX) & 1) == 0 && told->id.len <= HOST_TEXT_MAX &&
        told->id.len > 0) {
        if (same->name.len == 0)
            same->name = arena_str(&h->arena, told->name);
        return name->host;
    }
    name->host = HOST_NONE;
    h->ambiguous_names++;
    return add_host(h, told->id, told->name);
}

static uint32_t add_host(struct hosts *h, str id, str name)
{
    if (id.len == 0 || id.len > HOST_TEXT_MAX || name.len > HOST_TEXT_MAX || h->count == HOSTS_MAX)
        return HOST_NONE;
    const uint32_t host = h->count++;
    h->at = grow(h->at, host, &h->capacity, sizeof *h->at);
    h->at[host] =
        (struct host){ .id = arena_str(&h->arena, id), .name = arena_str(&h->arena, name) };
    add_alias(h, id, str_hash(id, 0), host);
    note_name(h, name.len > 0 ? name : id, host);
    return host;
}

static uint32_t find_alias(struct hosts *h, str id, uint64_t hash)
{
    const struct wanted_text wanted = { .hosts = h, .text = id };
    const uint32_t alias = map_find(&h->by_id, hash, is_same_alias, &wanted);
    if (alias == MAP_NONE)
        return HOST_NONE;
    h->last_alias = alias;
    return h->aliases[alias].host;
}

static bool is_same_alias(const void *context, uint32_t value)
{
    const struct wanted_text *wanted = context;
    return str_eq(wanted->hosts->aliases[value].id, wanted->text);
}

static void add_alias(struct hosts *h, str id, uint64_t hash, uint32_t host)
{
    h->aliases = grow(h->aliases, h->alias_count, &h->alias_capacity, sizeof *h->aliases);
    h->aliases[h->alias_count] =
        (struct host_alias){ .id = arena_str(&h->arena, id), .host = host };
    map_add(&h->by_id, hash, h->alias_count++);
}

static struct host_name *find_name(struct hosts *h, str name)
{
    char lower[HOST_TEXT_MAX];
    const struct wanted_text wanted = { .hosts = h, .text = short_name(lower, name) };
    if (wanted.text.len == 0)
        return NULL;
    const uint32_t at = map_find(&h->by_name, str_hash(wanted.text, 0), is_same_name, &wanted);
    return at == MAP_NONE ? NULL : &h->names[at];
}

static bool is_same_name(const void *context, uint32_t value)
{
    const struct wanted_text *wanted = context;
    return str_eq(wanted->hosts->names[value].name, wanted->text);
}

// The first Mac of a name has it.
static void note_name(struct hosts *h, str name, uint32_t host)
{
    char lower[HOST_TEXT_MAX];
    const str key = short_name(lower, name);
    if (key.len == 0 || find_name(h, name) != NULL)
        return;
    h->names = grow(h->names, h->name_count, &h->name_capacity, sizeof *h->names);
    struct host_name *added = &h->names[h->name_count];
    *added = (struct host_name){ .name = arena_str(&h->arena, key), .host = host };
    added->domain = arena_str(&h->arena, domain_of(lower, name));
    map_add(&h->by_name, str_hash(added->name, 0), h->name_count++);
}

// "Mac-7.example.org" and "mac-7" are one: some sensors add the domain.
static str short_name(char *out, str name)
{
    const size_t dot = is_address(name) ? name.len : str_find_char(name, '.');
    const str front = lower_case(out, str_to(name, dot));
    return str_eq(front, STR("localhost")) ? STR_EMPTY : front;
}

// "local" is what every Mac says of itself in its own network.
static str domain_of(char *out, str name)
{
    const size_t dot = str_find_char(name, '.');
    if (is_address(name) || dot >= name.len)
        return STR_EMPTY;
    const str domain = lower_case(out, str_from(name, dot + 1));
    return str_eq(domain, STR("local")) ? STR_EMPTY : domain;
}

static str lower_case(char *out, str text)
{
    const str front = str_to(text, HOST_TEXT_MAX);
    for (size_t i = 0; i < front.len; i++)
        out[i] = (char)(front.at[i] >= 'A' && front.at[i] <= 'Z' ? front.at[i] - 'A' + 'a'
                                                                 : front.at[i]);
    return (str){ .at = out, .len = front.len };
}

// Of version 4: nothing but numbers and dots. One of version 6 has no dots, or has them behind colons.
static bool is_address(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == ':')
            return true;
        if (name.at[i] != '.' && (name.at[i] < '0' || name.at[i] > '9'))
            return false;
    }
    return true;
}

static void *grow(void *at, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return at;
    *capacity = *capacity == 0 ? COUNT_MIN : *capacity * 2;
    return memory_resize(at, *capacity * size);
}
