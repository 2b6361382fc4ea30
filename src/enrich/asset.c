#include "enrich/asset.h"

#include "base/arena.h"
#include "event/host.h"

#include <stdlib.h>

#define COUNT_MIN 16u

static const struct {
    enum asset asset;
    enum enrich_list hosts;
    enum enrich_list users;
} kinds[ASSET_KINDS] = {
    { ASSET_OF_DEVELOPERS, ENRICH_LIST_DEVELOPER_HOSTS, ENRICH_LIST_DEVELOPER_USERS },
    { ASSET_OF_TESTS, ENRICH_LIST_TEST_HOSTS, ENRICH_LIST_TEST_USERS },
};

static enum status read_users(struct asset_users *users, const struct enrich_lists *lists,
                              enum enrich_list list, struct err *err);
static uint8_t assets_of_host(struct assets *a, uint32_t host);
static struct asset_host *known_of(struct assets *a, uint32_t host);
static bool is_host_listed(struct enrich_texts list, const struct host *host);
static bool is_user_listed(const struct asset_users *users, int64_t euid, str user);

enum status assets_init(struct assets *a, const struct enrich_lists *lists,
                        const struct hosts *hosts, struct err *err)
{
    *a = (struct assets){ .lists = lists, .hosts = hosts };
    enum status status = OK;
    for (size_t i = 0; i < ASSET_KINDS && status == OK; i++)
        status = read_users(&a->users[i], lists, kinds[i].users, err);
    return status;
}

void assets_done(struct assets *a)
{
    free(a->known);
    *a = (struct assets){ 0 };
}

uint8_t assets_of(struct assets *a, uint32_t host, int64_t euid, str user)
{
    uint8_t assets = assets_of_host(a, host);
    for (size_t i = 0; i < ASSET_KINDS; i++)
        if (is_user_listed(&a->users[i], euid, user))
            assets |= (uint8_t)kinds[i].asset;
    return assets;
}

static enum status read_users(struct asset_users *users, const struct enrich_lists *lists,
                              enum enrich_list list, struct err *err)
{
    const struct enrich_texts texts = lists->of[list];
    if (texts.count > ASSET_USERS_MAX)
        return fail(err, ERR_CONFIG, "$%.*s has %zu users; at most %u are read",
                    STR_ARG(enrich_list_name(list)), texts.count, ASSET_USERS_MAX);
    for (size_t i = 0; i < texts.count; i++) {
        if (str_to_i64(texts.at[i], &users->ids[users->id_count]))
            users->id_count++;
        else
            users->names[users->name_count++] = texts.at[i];
    }
    return OK;
}

static uint8_t assets_of_host(struct assets *a, uint32_t host)
{
    const struct host *of = &a->hosts->at[host];
    struct asset_host *known = known_of(a, host);
    const bool has_name = of->name.len > 0;
    if (known->was_asked && known->had_name == has_name)
        return known->assets;
    *known = (struct asset_host){ .was_asked = true, .had_name = has_name };
    for (size_t i = 0; i < ASSET_KINDS; i++)
        if (is_host_listed(a->lists->of[kinds[i].hosts], of))
            known->assets |= (uint8_t)kinds[i].asset;
    return known->assets;
}

static struct asset_host *known_of(struct assets *a, uint32_t host)
{
    if (host >= a->known_count) {
        uint32_t count = a->known_count == 0 ? COUNT_MIN : a->known_count;
        while (count <= host)
            count *= 2;
        a->known = memory_resize(a->known, count * sizeof *a->known);
        memset(a->known + a->known_count, 0, (count - a->known_count) * sizeof *a->known);
        a->known_count = count;
    }
    return &a->known[host];
}

static bool is_host_listed(struct enrich_texts list, const struct host *host)
{
    for (size_t i = 0; i < list.count; i++)
        if (hosts_is_called(host, list.at[i]))
            return true;
    return false;
}

static bool is_user_listed(const struct asset_users *users, int64_t euid, str user)
{
    for (size_t i = 0; i < users->id_count; i++)
        if (users->ids[i] == euid)
            return true;
    for (size_t i = 0; i < users->name_count; i++)
        if (user.len > 0 && str_eq_nocase(users->names[i], user))
            return true;
    return false;
}
