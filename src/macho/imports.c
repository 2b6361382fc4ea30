#include "macho/imports.h"

#include "macho/import_set.h"

#include <stdlib.h>

static void tell(const struct macho_import_set *set, struct macho_imports *out);
static void find_watched(struct macho_imports *imports, struct arena *a);
static void put_in_order(struct macho_text_list *list);
static int by_octets(const void *left, const void *right);

void macho_read_imports(const struct macho_source *source, struct macho_image *image,
                        struct arena *a, struct macho_imports *out)
{
    macho_gather_imports(source, image, a, out);
    put_in_order(&out->all);
}

void macho_gather_imports(const struct macho_source *source, struct macho_image *image,
                          struct arena *a, struct macho_imports *out)
{
    struct macho_reading reading = { .source = source, .arena = a, .image = image, .command = -1 };
    struct macho_import_set set;

    macho_import_set_init(&set, &reading);
    macho_add_fixups(&set);
    macho_add_binds(&set);
    macho_add_undefined_symbols(&set);
    tell(&set, out);
    macho_import_set_done(&set);
}

static void tell(const struct macho_import_set *set, struct macho_imports *out)
{
    struct arena *a = set->reading->arena;
    struct macho_imports imports = {
        .count = set->count,
        .all = { .at = arena_alloc(a, set->count * sizeof(str)), .count = set->count },
        .is_complete = set->is_complete && set->reading->image->tables.is_complete,
    };
    if (set->count > 0)
        memcpy(imports.all.at, set->names, set->count * sizeof *set->names);
    find_watched(&imports, a);
    *out = imports;
}

static void find_watched(struct macho_imports *imports, struct arena *a)
{
    struct macho_text_list *watched = &imports->watched;
    watched->at = arena_alloc(a, imports->count * sizeof(str));
    for (size_t i = 0; i < imports->count; i++)
        if (macho_is_watched(imports->all.at[i]))
            watched->at[watched->count++] = imports->all.at[i];
    put_in_order(watched);
}

static void put_in_order(struct macho_text_list *list)
{
    if (list->count > 0)
        qsort(list->at, list->count, sizeof *list->at, by_octets);
}

static int by_octets(const void *left, const void *right)
{
    return str_cmp(*(const str *)left, *(const str *)right);
}
