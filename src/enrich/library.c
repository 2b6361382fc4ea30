#include "enrich/library.h"

#include "enrich/host_links.h"
#include "enrich/on_disk.h"
#include "enrich/recent.h"

#include <stdlib.h>

// What is remembered under a path. From the disk it holds for as long as the mark does, and not
// at all where the file was fresh.
struct known {
    struct on_disk_mark mark;
    bool is_of_disk;
    struct library library;
    char text[];
};

struct libraries {
    struct host_links *links;
    bool read_images;
    struct recent by_path;
    struct arena arena;  // For one look-up.
};

// An answer is remembered under the host whose it is, and the path.
#define KEY_MAX (sizeof(uint32_t) + PROGRAM_PATH_MAX)

// Of a directory in a variable; what is deeper is given up.
#define SEARCH_PARTS_MAX 64u

static const struct library library_unknown = { .signature = LIBRARY_UNKNOWN };
static const struct library library_platform = { .signature = LIBRARY_PLATFORM };

static bool is_still_so(const struct known *known, bool is_there, const struct on_disk_mark *mark);
static struct library read_library(struct libraries *l, str path);
static struct library library_of_file(const struct macho_file *file);
static str cdhashes_of(struct arena *a, const struct macho_file *file);
static str type_of(str file_type);
static struct library library_of_image(const struct macho_image *image);
static str make_key(char key[KEY_MAX], uint32_t asked, str path);
static struct library find_in_inventory(struct libraries *l, uint32_t asked, str path);
static struct library library_of_row(const struct link_facts *row);
static enum library_signature signature_of_row(const struct link_facts *row);
static struct known *keep(const struct library *library);
static str keep_text(char **at, str text);
static bool is_search_path(str name);
static bool is_same_name(str path, str part);
static bool is_below(str path, str directory);
static bool begins_with_parts(str path, const str *parts, size_t count);
static str without_private(str path);

struct libraries *libraries_new(struct host_links *links, bool read_images)
{
    struct libraries *l = memory_zeroed(1, sizeof *l);
    l->links = links;
    l->read_images = read_images;
    recent_init(&l->by_path, LIBRARIES_REMEMBERED_MAX, free);
    return l;
}

void libraries_free(struct libraries *l)
{
    if (l == NULL)
        return;
    recent_done(&l->by_path);
    arena_done(&l->arena);
    free(l);
}

const struct library *libraries_find(struct libraries *l, uint32_t host, str path,
                                     enum path_class class)
{
    // Rosetta writes its translations where nobody else may.
    if (class == PATH_CLASS_SEALED || class == PATH_CLASS_ROSETTA_AOT)
        return &library_platform;
    if ((l->links == NULL && !l->read_images) || path.len > PROGRAM_PATH_MAX)
        return &library_unknown;

    struct on_disk_mark mark;
    const bool is_there = l->read_images && on_disk_mark_of(path, &mark);
    const uint32_t asked = l->links == NULL ? HOST_LINKS_ANY : host_links_asked(l->links, host);
    char at[KEY_MAX];
    const str key = make_key(at, asked, path);
    const struct known *known = recent_find(&l->by_path, key);
    if (known != NULL && is_still_so(known, is_there, &mark))
        return &known->library;

    struct library library = library_unknown;
    if (is_there)
        library = read_library(l, path);
    const bool is_image = !str_eq(library.macho_type, STR("none"));
    if (library.signature == LIBRARY_UNKNOWN && is_image)
        library = find_in_inventory(l, asked, path);
    struct known *fresh = keep(&library);
    if (is_there) {
        fresh->is_of_disk = true;
        fresh->mark = mark;
        fresh->library.born_ns = mark.born_ns;
        fresh->library.quarantine = on_disk_quarantine_of(path);
    }
    arena_reset(&l->arena);
    recent_put_own(&l->by_path, key, fresh);
    return &fresh->library;
}

static bool is_still_so(const struct known *known, bool is_there, const struct on_disk_mark *mark)
{
    if (!is_there || !known->is_of_disk)
        return is_there == known->is_of_disk;
    const struct on_disk_mark *then = &known->mark;
    return !then->is_fresh && then->device == mark->device && then->inode == mark->inode &&
           then->size == mark->size && then->modified == mark->modified &&
           then->changed == mark->changed;
}

static struct library read_library(struct libraries *l, str path)
{
    struct on_disk_image image;
    if (!on_disk_open(path, &l->arena, &image))
        return (struct library){ .macho_type = image.is_other ? STR("none") : STR_EMPTY };
    on_disk_close(&image);
    struct library library = library_of_file(&image.file);
    library.cdhashes = cdhashes_of(&l->arena, &image.file);
    library.macho_type = type_of(macho_file_type_name(image.file.images[0].file_type));
    return library;
}

static str cdhashes_of(struct arena *a, const struct macho_file *file)
{
    str all = STR_EMPTY;
    for (size_t i = 0; i < file->image_count; i++)
        for (size_t j = 0; j < file->images[i].signature.directory_count; j++)
            all = arena_printf(a, "%.*s%.*s\n", STR_ARG(all),
                               STR_ARG(file->images[i].signature.directories[j].cdhash));
    return all;
}

// file.Ext.macho_type tells no more kinds than these.
static str type_of(str file_type)
{
    static const str types[] = { STR_INIT("execute"), STR_INIT("dylib"), STR_INIT("bundle") };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_eq(file_type, types[i]))
            return types[i];
    return file_type.len > 0 ? STR("other") : STR_EMPTY;
}

// Slices that were signed by different people are nobody's.
static struct library library_of_file(const struct macho_file *file)
{
    const struct library first = library_of_image(&file->images[0]);
    for (size_t i = 1; i < file->image_count; i++) {
        const struct library other = library_of_image(&file->images[i]);
        if (other.signature != first.signature || !str_eq(other.team_id, first.team_id))
            return library_unknown;
    }
    return first;
}

static struct library library_of_image(const struct macho_image *image)
{
    const struct macho_signature *signature = &image->signature;
    struct library library = { .signature = LIBRARY_UNSIGNED };
    if (signature->best == NULL)
        return library;
    library.team_id = signature->best->team_id;
    library.signing_id = signature->best->identifier;
    library.cdhash = signature->best->cdhash;
    if (signature->state == MACHO_SIGNED_ADHOC || signature->state == MACHO_SIGNED_BY_LINKER)
        library.signature = LIBRARY_ADHOC;
    else if (signature->state == MACHO_SIGNED)
        library.signature = library.team_id.len > 0 ? LIBRARY_SIGNED : LIBRARY_UNKNOWN;
    return library;
}

static str make_key(char key[KEY_MAX], uint32_t asked, str path)
{
    memcpy(key, &asked, sizeof asked);
    if (path.len > 0)
        memcpy(key + sizeof asked, path.at, path.len);
    return (str){ .at = key, .len = sizeof asked + path.len };
}

static struct library find_in_inventory(struct libraries *l, uint32_t asked, str path)
{
    struct link_facts *rows;
    size_t count;
    if (l->links == NULL || !host_links_find(l->links, asked, path, &l->arena, &rows, &count))
        return library_unknown;
    const struct library first = library_of_row(&rows[0]);
    for (size_t i = 1; i < count; i++) {
        const struct library other = library_of_row(&rows[i]);
        if (other.signature != first.signature || !str_eq(other.team_id, first.team_id))
            return library_unknown;
    }
    return first;
}

static struct library library_of_row(const struct link_facts *row)
{
    return (struct library){
        .signature = signature_of_row(row),
        .team_id = row->team_id,
        .signing_id = row->identifier,
        .cdhash = row->cdhash,
        .macho_type = type_of(row->file_type),
    };
}

// As library_of_image() has it. Old inventories do not tell the state, only what hints at it.
static enum library_signature signature_of_row(const struct link_facts *row)
{
    const enum library_signature signed_by =
        row->team_id.len > 0 ? LIBRARY_SIGNED : LIBRARY_UNKNOWN;
    if (row->cdhash.len == 0)
        return LIBRARY_UNSIGNED;
    if (row->signature.len == 0)
        return (row->flags & CS_ADHOC) != 0 ? LIBRARY_ADHOC : signed_by;
    if (str_eq(row->signature, macho_signature_state_name(MACHO_SIGNED)))
        return signed_by;
    if (str_eq(row->signature, macho_signature_state_name(MACHO_SIGNED_ADHOC)) ||
        str_eq(row->signature, macho_signature_state_name(MACHO_SIGNED_BY_LINKER)))
        return LIBRARY_ADHOC;
    return LIBRARY_UNSIGNED;
}

static struct known *keep(const struct library *library)
{
    size_t len = library->team_id.len + library->signing_id.len + library->cdhash.len +
                 library->cdhashes.len;
    const bool is_long = len > LIBRARY_TEXT_MAX;
    if (is_long)
        len = 0;
    struct known *known = memory_zeroed(1, sizeof *known + len);
    char *at = known->text;
    known->library.signature = is_long ? LIBRARY_UNKNOWN : library->signature;
    known->library.macho_type = library->macho_type;  // A name of ours.
    if (is_long)
        return known;
    known->library.team_id = keep_text(&at, library->team_id);
    known->library.signing_id = keep_text(&at, library->signing_id);
    known->library.cdhash = keep_text(&at, library->cdhash);
    known->library.cdhashes = keep_text(&at, library->cdhashes);
    return known;
}

static str keep_text(char **at, str text)
{
    const str out = { .at = *at, .len = text.len };
    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *at += text.len;
    return out;
}

str library_signer(const struct library *library, str process_team_id)
{
    switch (library->signature) {
    case LIBRARY_PLATFORM:
        return STR("platform");
    case LIBRARY_SIGNED:
        return str_eq(library->team_id, process_team_id) ? STR("same_team") : STR("foreign");
    case LIBRARY_ADHOC:
        return STR("adhoc");
    case LIBRARY_UNSIGNED:
        return STR("unsigned");
    case LIBRARY_UNKNOWN:
        break;
    }
    return STR("unknown");
}

bool library_is_from_env(str path, const struct value *variables, size_t count)
{
    const str whole = without_private(path);
    for (size_t i = 0; i < count; i++) {
        str rest = value_str(variables[i]);
        str name;
        str part;
        if (!str_take_until(&rest, '=', &name))
            continue;
        const bool is_library = str_eq(name, STR("DYLD_INSERT_LIBRARIES"));
        if (!is_library && !is_search_path(name))
            continue;
        while (str_take_until(&rest, ':', &part))
            if (is_library ? is_same_name(whole, part) : is_below(whole, part))
                return true;
    }
    return false;
}

// Fallback paths are left out: they count only where a library is nowhere else, so a library
// that lies there proves nothing.
static bool is_search_path(str name)
{
    return str_ends_with(name, STR("_PATH")) && !str_contains(name, STR("_FALLBACK_"));
}

// The record has the resolved path; the variable may be relative, begin with @executable_path, go
// through links and "..", or be spelled in another case. What it cannot change is the last part.
static bool is_same_name(str path, str part)
{
    const str name = str_base_name(part);
    return name.len > 0 && str_eq_nocase(str_base_name(path), name);
}

// File systems of Macs heed no case as a rule, and dyld takes "//", "." and ".." as they come. A relative
// directory is below one that nobody told, so its parts may lie anywhere.
static bool is_below(str path, str directory)
{
    str parts[SEARCH_PARTS_MAX];
    size_t count = 0;
    str rest = directory;
    str part;
    while (str_take_until(&rest, '/', &part)) {
        if (part.len == 0 || str_eq(part, STR(".")))
            continue;
        if (str_eq(part, STR("..")))
            count -= count > 0;
        else if (count == COUNT_OF(parts))
            return false;
        else
            parts[count++] = part;
    }
    const bool is_relative = directory.len > 0 && directory.at[0] != '/';
    const size_t first = !is_relative && count > 1 && str_eq_nocase(parts[0], STR("private"));
    if (count == 0)
        return false;
    do
        if (begins_with_parts(path, parts + first, count - first))
            return true;
    while (is_relative && str_take_until(&path, '/', &part));
    return false;
}

// And has more parts.
static bool begins_with_parts(str path, const str *parts, size_t count)
{
    str part;
    size_t found = 0;
    while (found < count && str_take_until(&path, '/', &part)) {
        if (part.len == 0)
            continue;
        if (!str_eq_nocase(part, parts[found++]))
            return false;
    }
    return found == count && path.len > 0;
}

// The variable may say /tmp, /var or /etc, which are links; records have the resolved path.
static str without_private(str path)
{
    if (str_starts_with(path, STR("/private/")))
        return str_from(path, sizeof "/private" - 1);
    return path;
}
