#include "macho/import_set.h"

#include <stdlib.h>

#define FIRST_CAPACITY   64u
#define NAME_USUAL_BYTES 512u
#define NAMES_AHEAD      8192u

struct lookup;

static void *grown(void *array, size_t *capacity, size_t member_bytes);
static bool has_name(const void *context, uint32_t value);
static bool are_in_order(const uint32_t *offsets, size_t count);
static int by_offset(const void *left, const void *right);
static str name_at(struct lookup *lookup, uint32_t offset);
static void damage(struct lookup *lookup, uint32_t offset, const char *how);

void macho_import_set_init(struct macho_import_set *set, struct macho_reading *reading)
{
    *set = (struct macho_import_set){
        .reading = reading,
        .is_complete = true,
        .buffer = arena_alloc(reading->arena, MACHO_STREAM_BYTES),
    };
}

void macho_import_set_done(struct macho_import_set *set)
{
    free(set->names);
    free(set->offsets);
    map_done(&set->by_name);
}

struct wanted {
    const str *names;
    str name;
};

void macho_import_set_add(struct macho_import_set *set, str name)
{
    const struct wanted wanted = { .names = set->names, .name = name };
    if (set->expected < set->count && str_eq(set->names[set->expected], name)) {
        set->expected++;
        return;
    }
    const uint64_t hash = str_hash(name, 0);
    const uint32_t found = map_find(&set->by_name, hash, has_name, &wanted);
    if (found != MAP_NONE)
        set->expected = found + 1;
    if (name.len == 0 || found != MAP_NONE)
        return;
    if (set->count == MACHO_IMPORTS_MAX || name.len > MACHO_IMPORTS_TEXT_MAX - set->text_bytes) {
        if (set->is_complete)
            macho_add_error(set->reading, "more than %zu imports of %zu octets are not read",
                            set->count, set->text_bytes);
        set->is_complete = false;
        return;
    }
    if (set->count == set->capacity)
        set->names = grown(set->names, &set->capacity, sizeof *set->names);
    set->text_bytes += name.len;
    map_add(&set->by_name, hash, (uint32_t)set->count);
    set->names[set->count++] = arena_str(set->reading->arena, name);
}

static bool has_name(const void *context, uint32_t value)
{
    const struct wanted *wanted = context;
    return str_eq(wanted->names[value], wanted->name);
}

static void *grown(void *array, size_t *capacity, size_t member_bytes)
{
    *capacity = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    return memory_resize(array, *capacity * member_bytes);
}

bool macho_import_set_note(struct macho_import_set *set, uint32_t offset)
{
    if (set->offset_count == MACHO_IMPORTS_MAX)
        return false;
    if (set->offset_count == set->offset_capacity)
        set->offsets = grown(set->offsets, &set->offset_capacity, sizeof *set->offsets);
    set->offsets[set->offset_count++] = offset;
    return true;
}

// One table of names, while the offsets into it are looked up.
struct lookup {
    struct macho_reading *reading;
    struct macho_stream stream;
    const char *what;
    uint64_t budget;  // Names that do not overlap are together no longer than their table.
    bool is_spent;
    bool is_damaged;  // Told once a table.
};

void macho_import_set_look_up(struct macho_import_set *set, struct macho_extent names,
                              const char *what)
{
    struct lookup lookup = {
        .reading = set->reading,
        .stream = macho_stream_of(set->reading, names, set->buffer, NAMES_AHEAD),
        .what = what,
        .budget = names.size,
    };
    const size_t count = set->offset_count;

    set->offset_count = 0;
    if (set->count == 0)
        map_reserve(&set->by_name, (uint32_t)count);
    // As linkers write them.
    if (!are_in_order(set->offsets, count))
        qsort(set->offsets, count, sizeof *set->offsets, by_offset);
    for (size_t i = 0; i < count && !lookup.is_spent; i++)
        if (i == 0 || set->offsets[i] != set->offsets[i - 1])
            macho_import_set_add(set, name_at(&lookup, set->offsets[i]));
    if (lookup.is_damaged || lookup.stream.failed)
        set->is_complete = false;
}

static bool are_in_order(const uint32_t *offsets, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (offsets[i] < offsets[i - 1])
            return false;
    return true;
}

static int by_offset(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

// Empty where there is none.
static str name_at(struct lookup *lookup, uint32_t offset)
{
    if (offset >= lookup->stream.extent.size) {
        damage(lookup, offset, "lies outside them");
        return STR_EMPTY;
    }
    size_t wanted = NAME_USUAL_BYTES;
    str rest = str_of_bytes(macho_stream_at(&lookup->stream, offset, wanted));
    str name = str_to(rest, str_find_char(rest, '\0'));
    if (name.len == wanted) {
        wanted = MACHO_SYMBOL_MAX + 1;
        rest = str_of_bytes(macho_stream_at(&lookup->stream, offset, wanted));
        name = str_to(rest, str_find_char(rest, '\0'));
    }
    if (name.len > lookup->budget) {
        damage(lookup, offset, "shares its octets with too many others");
        lookup->is_spent = true;
        return STR_EMPTY;
    }
    lookup->budget -= name.len;
    if (name.len < rest.len || lookup->stream.failed)
        return name;
    damage(lookup, offset, name.len == wanted ? "is too long" : "does not end inside them");
    return STR_EMPTY;
}

static void damage(struct lookup *lookup, uint32_t offset, const char *how)
{
    if (!lookup->is_damaged)
        macho_add_error(lookup->reading, "the name at %u of the %s (%llu octets) %s",
                        (unsigned)offset, lookup->what,
                        (unsigned long long)lookup->stream.extent.size, how);
    lookup->is_damaged = true;
}
