#include "enrich/owners.h"

#include "base/arena.h"
#include "enrich/host_links.h"
#include "enrich/program.h"
#include "enrich/recent.h"
#include "macho/macho.h"

#include <stdlib.h>

struct owner {
    bool is_contested;  // By two teams.
    bool was_asked;     // The inventory.
    uint8_t len;        // 0: no team is known.
    char team_id[OWNER_TEAM_MAX];
};

struct owners {
    struct host_links *links;
    struct recent by_application;
    struct arena arena;  // For one look-up.
};

// Hosts have applications at the same paths, which need not be of the same team.
#define KEY_MAX (sizeof(uint32_t) + PROGRAM_PATH_MAX)

static struct owner *owner_of(struct owners *o, uint32_t host, str application);
static void claim(struct owner *owner, str team_id);
static void ask_inventory(struct owners *o, struct owner *owner, uint32_t host, str application,
                          str path);
static str team_at(struct owners *o, uint32_t asked, str path);
static bool is_signed(const struct link_facts *row);
static bool is_program(const struct link_facts *row);

struct owners *owners_new(struct host_links *links)
{
    struct owners *o = memory_zeroed(1, sizeof *o);
    o->links = links;
    recent_init(&o->by_application, OWNERS_MAX, free);
    return o;
}

void owners_free(struct owners *o)
{
    if (o == NULL)
        return;
    recent_done(&o->by_application);
    arena_done(&o->arena);
    free(o);
}

str owners_application_of(str path)
{
    const str suffix = STR(".app");
    for (size_t at = 0; at < path.len;) {
        const size_t end = at + str_find_char(str_from(path, at), '/');
        const str part = { .at = path.at + at, .len = end - at };
        if (part.len > suffix.len && str_ends_with(part, suffix))
            return str_to(path, end);
        at = end + 1;
    }
    return STR_EMPTY;
}

void owners_note(struct owners *o, uint32_t host, str application, str team_id)
{
    if (application.len > 0 && application.len <= PROGRAM_PATH_MAX)
        claim(owner_of(o, host, application), team_id);
}

str owners_find(struct owners *o, uint32_t host, str path)
{
    const str application = owners_application_of(path);
    if (application.len == 0 || application.len > PROGRAM_PATH_MAX)
        return STR_EMPTY;
    struct owner *owner = owner_of(o, host, application);
    if (o->links != NULL && !owner->was_asked)
        ask_inventory(o, owner, host, application, path);
    return owner->is_contested ? STR_EMPTY : (str){ .at = owner->team_id, .len = owner->len };
}

uint64_t owners_evicted(const struct owners *o)
{
    return o->by_application.evicted;
}

static struct owner *owner_of(struct owners *o, uint32_t host, str application)
{
    char at[KEY_MAX];
    memcpy(at, &host, sizeof host);
    memcpy(at + sizeof host, application.at, application.len);
    const str key = { .at = at, .len = sizeof host + application.len };
    struct owner *owner = recent_find(&o->by_application, key);
    if (owner == NULL) {
        owner = memory_zeroed(1, sizeof *owner);
        recent_put_own(&o->by_application, key, owner);
    }
    return owner;
}

static void claim(struct owner *owner, str team_id)
{
    if (team_id.len == 0 || team_id.len > OWNER_TEAM_MAX)
        return;
    if (owner->len == 0) {
        memcpy(owner->team_id, team_id.at, team_id.len);
        owner->len = (uint8_t)team_id.len;
    } else if (!str_eq(team_id, (str){ .at = owner->team_id, .len = owner->len })) {
        owner->is_contested = true;
    }
}

// The main executable has the application's name as a rule. Where it has not, the file that is
// asked about may be it. Of another file its signer owns nothing: whoever plants one has signed it.
static void ask_inventory(struct owners *o, struct owner *owner, uint32_t host, str application,
                          str path)
{
    const uint32_t asked = host_links_asked(o->links, host);
    const str name = str_base_name(application);
    const str executable = arena_printf(&o->arena, "%.*s/Contents/MacOS/%.*s", STR_ARG(application),
                                        STR_ARG(str_to(name, name.len - (sizeof ".app" - 1))));
    str team_id = team_at(o, asked, executable);
    if (team_id.len == 0 && str_eq(str_directory(path), str_directory(executable)))
        team_id = team_at(o, asked, path);
    claim(owner, team_id);
    owner->was_asked = true;
    arena_reset(&o->arena);
}

// Of all slices; empty where one is of nobody or of another.
static str team_at(struct owners *o, uint32_t asked, str path)
{
    struct link_facts *rows;
    size_t count;
    if (!host_links_find(o->links, asked, path, &o->arena, &rows, &count))
        return STR_EMPTY;
    for (size_t i = 0; i < count; i++)
        if (!is_signed(&rows[i]) || !is_program(&rows[i]) ||
            !str_eq(rows[i].team_id, rows[0].team_id))
            return STR_EMPTY;
    return count == 0 ? STR_EMPTY : rows[0].team_id;
}

// Old inventories do not tell the state.
static bool is_signed(const struct link_facts *row)
{
    if (row->cdhash.len == 0 || row->team_id.len == 0)
        return false;
    if (row->signature.len == 0)
        return (row->flags & CS_ADHOC) == 0;
    return str_eq(row->signature, macho_signature_state_name(MACHO_SIGNED));
}

static bool is_program(const struct link_facts *row)
{
    return row->file_type.len == 0 || str_eq(row->file_type, STR("execute"));
}
