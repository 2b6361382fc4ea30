// Rows are first compared with one another, then with the assets of the store, and what is left is what will
// be written.

#include "assets/import_internal.h"
#include "assets/normal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum key_kind {
    KEY_SERIAL,
    KEY_UUID,
    KEY_HOST,
    KEY_ID,
    KEY_NAMED,  // Host names of rows that also have a serial number or a hardware UUID.
};

// Of whom each text is: the first that had it.
struct key {
    str text;
    enum key_kind kind;
    uint32_t value;
};

struct keys {
    struct map map;
    struct key *at;
    uint32_t count;
    uint32_t capacity;
};

struct plan {
    struct import *import;
    str source;
    int64_t now_ns;
    struct keys rows;
    struct keys known;
    bool *is_shared;     // Of assets: others have the same host name.
    uint32_t *taken_by;  // Of assets: the row that is of it.
    uint32_t *same_as;   // Of rows: the row before it.
    uint32_t *asset_of;  // Of rows: the asset that it is of.
};

static void compare_rows(struct plan *p);
static void compare_keys(struct plan *p, uint32_t row);
static void meet(struct plan *p, uint32_t row, uint32_t before);
static void compare_names(struct plan *p);
static void index_known(struct plan *p);
static void index_host(struct plan *p, uint32_t asset);
static void decide(struct plan *p, uint32_t row);
static void make(struct plan *p, uint32_t row);
static uint32_t find_asset(struct plan *p, uint32_t row);
static uint32_t find_by_host(struct plan *p, uint32_t row);
static bool is_told_otherwise(struct plan *p, uint32_t row, uint32_t asset);
static void make_new(struct plan *p, uint32_t row);
static void make_changed(struct plan *p, uint32_t row, uint32_t asset);
static bool overlay(const struct import_row *row, struct asset_row *asset);
static bool overlay_text(str told, str *kept);
static bool overlay_number(int64_t told, int64_t nothing, int64_t *kept);
static bool is_alike(const struct import_row *one, const struct import_row *other);
static void follow_duplicates(struct plan *p);
static void conflict(struct plan *p, uint32_t row, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static str place_of(struct plan *p, uint32_t row);
static bool has_number(const struct asset_row *asset);
static uint32_t keys_find(const struct keys *k, enum key_kind kind, str text);
static bool is_key(const void *context, uint32_t value);
static void keys_add(struct keys *k, enum key_kind kind, str text, uint32_t value);
static void keys_done(struct keys *k);

void import_plan(struct import *i, str source, int64_t now_ns)
{
    struct plan p = {
        .import = i,
        .source = source,
        .now_ns = now_ns,
        .is_shared = memory_zeroed(i->known_count + 1, sizeof(bool)),
        .taken_by = memory_new((i->known_count + 1) * sizeof(uint32_t)),
        .same_as = memory_new((i->count + 1) * sizeof(uint32_t)),
        .asset_of = memory_new((i->count + 1) * sizeof(uint32_t)),
    };
    for (size_t a = 0; a < i->known_count; a++)
        p.taken_by[a] = MAP_NONE;
    for (size_t r = 0; r < i->count; r++)
        p.same_as[r] = MAP_NONE;
    compare_rows(&p);
    index_known(&p);
    for (uint32_t r = 0; r < i->count; r++)
        if (i->rows[r].fate == IMPORT_NEW)
            decide(&p, r);
    for (uint32_t r = 0; r < i->count; r++)
        if (i->rows[r].fate == IMPORT_NEW)
            make(&p, r);
    follow_duplicates(&p);
    for (size_t r = 0; r < i->count; r++)
        if (i->rows[r].fate == IMPORT_NAMELESS)
            i->rows[r].reason = STR("it has no serial number, hardware UUID or host name");
    keys_done(&p.rows);
    keys_done(&p.known);
    free(p.is_shared);
    free(p.taken_by);
    free(p.same_as);
    free(p.asset_of);
}

static void compare_rows(struct plan *p)
{
    for (uint32_t r = 0; r < p->import->count; r++)
        if (p->import->rows[r].fate == IMPORT_NEW)
            compare_keys(p, r);
    compare_names(p);
}

static void compare_keys(struct plan *p, uint32_t row)
{
    const struct asset_row *asset = &p->import->rows[row].asset;
    const str host = normal_lower(asset->host_name, &p->import->arena);
    const bool is_named = has_number(asset);
    const struct {
        enum key_kind kind;
        str text;
    } keys[] = {
        { KEY_SERIAL, asset->serial },
        { KEY_UUID, asset->hardware_uuid },
        { KEY_HOST, is_named ? STR_EMPTY : host },
        { KEY_NAMED, is_named ? host : STR_EMPTY },
    };
    for (size_t k = 0; k < COUNT_OF(keys); k++) {
        if (keys[k].text.len == 0)
            continue;
        const uint32_t before = keys_find(&p->rows, keys[k].kind, keys[k].text);
        if (before == MAP_NONE)
            keys_add(&p->rows, keys[k].kind, keys[k].text, row);
        else if (keys[k].kind != KEY_NAMED)
            meet(p, row, before);
    }
}

// Two Macs may share a host name, but no serial number.
static void meet(struct plan *p, uint32_t row, uint32_t before)
{
    struct import_row *this = &p->import->rows[row];
    if (is_alike(this, &p->import->rows[before])) {
        if (this->fate == IMPORT_NEW) {
            this->fate = IMPORT_DUPLICATE;
            this->reason =
                arena_printf(&p->import->arena, "the same as %.*s", STR_ARG(place_of(p, before)));
            p->same_as[row] = before;
        }
        return;
    }
    const str here = place_of(p, row);
    const str there = place_of(p, before);
    conflict(p, row, "%.*s is of the same Mac and says something else", STR_ARG(there));
    conflict(p, before, "%.*s is of the same Mac and says something else", STR_ARG(here));
}

static void compare_names(struct plan *p)
{
    for (uint32_t r = 0; r < p->import->count; r++) {
        const struct import_row *row = &p->import->rows[r];
        if (row->fate != IMPORT_NEW || has_number(&row->asset))
            continue;
        const str host = normal_lower(row->asset.host_name, &p->import->arena);
        const uint32_t named = keys_find(&p->rows, KEY_NAMED, host);
        if (named != MAP_NONE)
            conflict(
                p, r,
                "it has a host name only, which %.*s has too; nobody knows whether they are one "
                "Mac",
                STR_ARG(place_of(p, named)));
    }
}

static void index_known(struct plan *p)
{
    const struct import *i = p->import;
    for (uint32_t a = 0; a < i->known_count; a++) {
        const struct asset_row *asset = &i->known[a];
        keys_add(&p->known, KEY_ID, asset->id, a);
        if (asset->serial.len > 0)
            keys_add(&p->known, KEY_SERIAL, asset->serial, a);
        if (asset->hardware_uuid.len > 0)
            keys_add(&p->known, KEY_UUID, asset->hardware_uuid, a);
        if (!asset->is_retired)
            index_host(p, a);
    }
    // One that was retired is thought of only where no other has the name.
    for (uint32_t a = 0; a < i->known_count; a++) {
        const str host = normal_lower(i->known[a].host_name, &p->import->arena);
        const uint32_t other = keys_find(&p->known, KEY_HOST, host);
        if (i->known[a].is_retired && (other == MAP_NONE || i->known[other].is_retired))
            index_host(p, a);
    }
}

static void index_host(struct plan *p, uint32_t asset)
{
    const str host = normal_lower(p->import->known[asset].host_name, &p->import->arena);
    if (host.len == 0)
        return;
    const uint32_t other = keys_find(&p->known, KEY_HOST, host);
    if (other == MAP_NONE)
        keys_add(&p->known, KEY_HOST, host, asset);
    else
        p->is_shared[other] = true;
}

static void decide(struct plan *p, uint32_t row)
{
    const uint32_t asset = find_asset(p, row);
    p->asset_of[row] = asset;
    if (p->import->rows[row].fate == IMPORT_CONFLICT || asset == MAP_NONE ||
        is_told_otherwise(p, row, asset))
        return;
    const uint32_t before = p->taken_by[asset];
    if (before == MAP_NONE) {
        p->taken_by[asset] = row;
        return;
    }
    const str id = p->import->known[asset].id;
    const str here = place_of(p, row);
    conflict(p, row, "%.*s is of the same asset %.*s", STR_ARG(place_of(p, before)), STR_ARG(id));
    conflict(p, before, "%.*s is of the same asset %.*s", STR_ARG(here), STR_ARG(id));
}

static void make(struct plan *p, uint32_t row)
{
    if (p->asset_of[row] == MAP_NONE)
        make_new(p, row);
    else
        make_changed(p, row, p->asset_of[row]);
}

static uint32_t find_asset(struct plan *p, uint32_t row)
{
    const struct asset_row *told = &p->import->rows[row].asset;
    const uint32_t serial = keys_find(&p->known, KEY_SERIAL, told->serial);
    const uint32_t uuid = keys_find(&p->known, KEY_UUID, told->hardware_uuid);
    if (serial != MAP_NONE && uuid != MAP_NONE && serial != uuid) {
        conflict(p, row, "its serial number is that of asset %.*s, its hardware UUID that of %.*s",
                 STR_ARG(p->import->known[serial].id), STR_ARG(p->import->known[uuid].id));
        return MAP_NONE;
    }
    if (serial != MAP_NONE || uuid != MAP_NONE)
        return serial != MAP_NONE ? serial : uuid;
    return find_by_host(p, row);
}

static uint32_t find_by_host(struct plan *p, uint32_t row)
{
    const struct asset_row *told = &p->import->rows[row].asset;
    const str host = normal_lower(told->host_name, &p->import->arena);
    const uint32_t asset = keys_find(&p->known, KEY_HOST, host);
    if (asset == MAP_NONE)
        return MAP_NONE;
    // A Mac with another number may have the same name; one that has no number is this one.
    if (has_number(told) && has_number(&p->import->known[asset]))
        return MAP_NONE;
    if (p->is_shared[asset]) {
        conflict(p, row, "several assets have its host name, %.*s among them",
                 STR_ARG(p->import->known[asset].id));
        return MAP_NONE;
    }
    return asset;
}

static bool is_told_otherwise(struct plan *p, uint32_t row, uint32_t asset)
{
    const struct asset_row *told = &p->import->rows[row].asset;
    const struct asset_row *kept = &p->import->known[asset];
    if (told->serial.len > 0 && kept->serial.len > 0 && !str_eq(told->serial, kept->serial)) {
        conflict(p, row, "asset %.*s has its hardware UUID and another serial number, %.*s",
                 STR_ARG(kept->id), STR_ARG(kept->serial));
        return true;
    }
    if (told->hardware_uuid.len > 0 && kept->hardware_uuid.len > 0 &&
        !str_eq(told->hardware_uuid, kept->hardware_uuid)) {
        conflict(p, row, "asset %.*s has its serial number and another hardware UUID, %.*s",
                 STR_ARG(kept->id), STR_ARG(kept->hardware_uuid));
        return true;
    }
    return false;
}

static void make_new(struct plan *p, uint32_t row)
{
    struct asset_row *asset = &p->import->rows[row].asset;
    asset->id = asset->serial.len > 0          ? asset->serial
                : asset->hardware_uuid.len > 0 ? asset->hardware_uuid
                                               : normal_lower(asset->host_name, &p->import->arena);
    const uint32_t known = keys_find(&p->known, KEY_ID, asset->id);
    const uint32_t before = keys_find(&p->rows, KEY_ID, asset->id);
    if (known != MAP_NONE) {
        conflict(p, row, "asset %.*s has its name as an id, and is another", STR_ARG(asset->id));
    } else if (before != MAP_NONE) {
        conflict(p, row, "%.*s would get the same id", STR_ARG(place_of(p, before)));
    } else {
        keys_add(&p->rows, KEY_ID, asset->id, row);
        asset->source = p->source;
        asset->imported_ns = p->now_ns;
        asset->is_retired = p->import->rows[row].retired == 1;
    }
}

static void make_changed(struct plan *p, uint32_t row, uint32_t asset)
{
    struct import_row *this = &p->import->rows[row];
    struct asset_row kept = p->import->known[asset];
    this->fate = overlay(this, &kept) ? IMPORT_CHANGED : IMPORT_SAME;
    kept.source = p->source;
    kept.imported_ns = p->now_ns;
    this->asset = kept;
}

// Whether anything but the last contact is told that was not known.
static bool overlay(const struct import_row *row, struct asset_row *asset)
{
    const struct asset_row *told = &row->asset;
    int64_t retired = asset->is_retired ? 1 : 0;
    bool is_changed = false;
    is_changed |= overlay_text(told->serial, &asset->serial);
    is_changed |= overlay_text(told->hardware_uuid, &asset->hardware_uuid);
    if (!str_eq_nocase(told->host_name, asset->host_name))
        is_changed |= overlay_text(told->host_name, &asset->host_name);
    is_changed |= overlay_text(told->owner, &asset->owner);
    is_changed |= overlay_text(told->team, &asset->team);
    is_changed |= overlay_text(told->role, &asset->role);
    is_changed |= overlay_text(told->os_version, &asset->os_version);
    is_changed |= overlay_text(told->os_build, &asset->os_build);
    is_changed |= overlay_number(told->criticality, 0, &asset->criticality);
    is_changed |= overlay_number(told->in_scope, -1, &asset->in_scope);
    is_changed |= overlay_number(told->managed, -1, &asset->managed);
    is_changed |= overlay_number(told->sensor_expected, -1, &asset->sensor_expected);
    is_changed |= overlay_number(told->full_disk_access, -1, &asset->full_disk_access);
    is_changed |= overlay_number(told->pppc, -1, &asset->pppc);
    is_changed |= overlay_number(told->sip, -1, &asset->sip);
    is_changed |= overlay_number(told->filevault, -1, &asset->filevault);
    is_changed |= overlay_number(row->retired, -1, &retired);
    (void)overlay_number(told->last_checkin_ns, 0, &asset->last_checkin_ns);
    asset->host_id = told->host_id;
    asset->is_retired = retired == 1;
    return is_changed;
}

static bool overlay_text(str told, str *kept)
{
    if (told.len == 0 || str_eq(told, *kept))
        return false;
    *kept = told;
    return true;
}

static bool overlay_number(int64_t told, int64_t nothing, int64_t *kept)
{
    if (told == nothing || told == *kept)
        return false;
    *kept = told;
    return true;
}

static bool is_alike(const struct import_row *one, const struct import_row *other)
{
    const struct asset_row *a = &one->asset;
    const struct asset_row *b = &other->asset;
    return str_eq(a->serial, b->serial) && str_eq(a->hardware_uuid, b->hardware_uuid) &&
           str_eq(a->host_name, b->host_name) && str_eq(a->host_id, b->host_id) &&
           str_eq(a->owner, b->owner) && str_eq(a->team, b->team) && str_eq(a->role, b->role) &&
           str_eq(a->os_version, b->os_version) && str_eq(a->os_build, b->os_build) &&
           a->criticality == b->criticality && a->in_scope == b->in_scope &&
           a->managed == b->managed && a->sensor_expected == b->sensor_expected &&
           a->full_disk_access == b->full_disk_access && a->pppc == b->pppc && a->sip == b->sip &&
           a->filevault == b->filevault && a->last_checkin_ns == b->last_checkin_ns &&
           one->retired == other->retired;
}

// The row that one is the same as was not taken, so this one was not, either.
static void follow_duplicates(struct plan *p)
{
    for (uint32_t r = 0; r < p->import->count; r++) {
        struct import_row *row = &p->import->rows[r];
        if (row->fate != IMPORT_DUPLICATE || p->same_as[r] == MAP_NONE)
            continue;
        const struct import_row *before = &p->import->rows[p->same_as[r]];
        if (before->fate != IMPORT_CONFLICT)
            continue;
        row->fate = IMPORT_CONFLICT;
        row->reason = before->reason;
    }
}

// The first reason stays.
static void conflict(struct plan *p, uint32_t row, const char *format, ...)
{
    struct import_row *this = &p->import->rows[row];
    char sentence[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (this->fate != IMPORT_CONFLICT)
        this->reason = arena_str(&p->import->arena, str_of(sentence));
    this->fate = IMPORT_CONFLICT;
}

static str place_of(struct plan *p, uint32_t row)
{
    const struct import_row *this = &p->import->rows[row];
    return this->number > 0 ? arena_printf(&p->import->arena, "record %" PRIu64, this->number)
                            : arena_printf(&p->import->arena, "line %" PRIu64, this->line);
}

static bool has_number(const struct asset_row *asset)
{
    return asset->serial.len > 0 || asset->hardware_uuid.len > 0;
}

struct wanted {
    const struct keys *keys;
    enum key_kind kind;
    str text;
};

static uint32_t keys_find(const struct keys *k, enum key_kind kind, str text)
{
    const struct wanted wanted = { .keys = k, .kind = kind, .text = text };
    if (text.len == 0)
        return MAP_NONE;
    const uint32_t found = map_find(&k->map, str_hash(text, (uint64_t)kind), is_key, &wanted);
    return found == MAP_NONE ? MAP_NONE : k->at[found].value;
}

static bool is_key(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    const struct key *key = &wanted->keys->at[value];
    return key->kind == wanted->kind && str_eq(key->text, wanted->text);
}

static void keys_add(struct keys *k, enum key_kind kind, str text, uint32_t value)
{
    if (k->count == k->capacity) {
        k->capacity = k->capacity == 0 ? 256 : k->capacity * 2;
        k->at = memory_resize(k->at, k->capacity * sizeof *k->at);
    }
    k->at[k->count] = (struct key){ .text = text, .kind = kind, .value = value };
    map_add(&k->map, str_hash(text, (uint64_t)kind), k->count++);
}

static void keys_done(struct keys *k)
{
    free(k->at);
    map_done(&k->map);
}
