#include "query/path.h"

#include "base/arena.h"

#include <stdlib.h>

#define FOUND_MIN 16u

static void walk(yyjson_val *val, str path, size_t from, struct path_found *out);
static void walk_members(yyjson_val *object, str path, size_t from, struct path_found *out);
static size_t part_of(str path, size_t end);
static void add(struct path_found *f, yyjson_val *val);

void path_found_done(struct path_found *f)
{
    free(f->at);
    *f = (struct path_found){ 0 };
}

bool path_is_sound(str path)
{
    return part_of(path, path.len) < PATH_PARTS_MAX;
}

void path_find(yyjson_val *val, str path, struct path_found *out)
{
    out->count = 0;
    walk(val, path, path.len == 0 ? 1 : 0, out);
}

// `from` is where the part begins that is looked for; past the end of `path` nothing is left of it.
static void walk(yyjson_val *val, str path, size_t from, struct path_found *out)
{
    if (yyjson_is_arr(val)) {
        struct json_elements e = json_elements_of(val);
        while (json_take_element(&e))
            walk(e.val, path, from, out);
    } else if (from <= path.len) {
        walk_members(val, path, from, out);
    } else if (!yyjson_is_null(val)) {
        add(out, val);
    }
}

static void walk_members(yyjson_val *object, str path, size_t from, struct path_found *out)
{
    const str rest = str_from(path, from);
    struct json_members m = json_members_of(object);
    uint64_t seen = 0;  // One bit for each number of parts that a key had.
    while (json_take_member(&m)) {
        if (!str_starts_with(rest, m.key) || (m.key.len < rest.len && rest.at[m.key.len] != '.'))
            continue;
        const uint64_t bit = UINT64_C(1) << part_of(path, from + m.key.len);
        if ((seen & bit) == 0)
            walk(m.val, path, from + m.key.len + 1, out);
        seen |= bit;
    }
}

// The index of the part that ends at `end`.
static size_t part_of(str path, size_t end)
{
    size_t part = 0;
    for (size_t i = 0; i < end; i++)
        part += path.at[i] == '.';
    return part;
}

static void add(struct path_found *f, yyjson_val *val)
{
    if (f->count == f->capacity) {
        f->capacity = f->capacity == 0 ? FOUND_MIN : 2 * f->capacity;
        f->at = memory_resize(f->at, f->capacity * sizeof *f->at);
    }
    f->at[f->count++] = val;
}
