// Whose Mac and whose user it is: what a site says in $developer_hosts, $developer_users,
// $test_hosts and $test_users.
//
// A host is listed by its id or its name, letters in either case; a name without a dot is also that
// of a host whose domain is told. A user is listed by id or by name, as far as the sensor tells
// these. A host is looked up once, since a site may list thousands.

#ifndef ENRICH_ASSET_H
#define ENRICH_ASSET_H

#include "base/err.h"
#include "enrich/enrich.h"

#define ASSET_USERS_MAX 1024u  // Of one list.

// Bits.
enum asset {
    ASSET_OF_DEVELOPERS = 1u << 0,
    ASSET_OF_TESTS = 1u << 1,
};
#define ASSET_KINDS 2u

struct asset_users {
    int64_t ids[ASSET_USERS_MAX];
    size_t id_count;
    str names[ASSET_USERS_MAX];
    size_t name_count;
};

struct asset_host {
    uint8_t assets;
    bool was_asked;
    bool had_name;  // When it was asked; a name may be told later.
};

struct assets {
    const struct enrich_lists *lists;
    const struct hosts *hosts;
    struct asset_host *known;  // By the host's number.
    uint32_t known_count;
    struct asset_users users[ASSET_KINDS];
};

// Both are borrowed. Fails with ERR_CONFIG where a list has too many users.
MUST_CHECK enum status assets_init(struct assets *a, const struct enrich_lists *lists,
                                   const struct hosts *hosts, struct err *err);
void assets_done(struct assets *a);

// What the host and the user are, together. `euid` -1 and an empty `user`: not told.
uint8_t assets_of(struct assets *a, uint32_t host, int64_t euid, str user);

#endif
