// dyld tries the rpaths of the image in their order (those of the program that loads a library
// come behind its own), and takes the first that is there. A name that is missing where dyld
// looks first is a place for a library of somebody else.

#include "macho/hijack.h"

#include "base/buf.h"

#define MH_EXECUTE     2u
#define CANDIDATES_MAX 256u  // Told of one image.
#define TRIES_MAX      64u   // Places for one link.
#define PATH_LEN_MAX   4096u

#define RPATH          "@rpath/"
#define LOADER_PATH    "@loader_path"
#define EXECUTABLE     "@executable_path"

enum looked {
    LOOKED_UNKNOWN,  // The place, or what lies there, is not known.
    LOOKED_MISSING,
    LOOKED_THERE,
};

struct
try {
    str place;
    enum looked looked;
    bool is_writable;
};

struct search {
    const struct macho_image *image;
    str directory;   // Of the image; empty where it is not known.
    str executable;  // Directory of the program that it belongs to; empty where not known.
    const struct macho_disk *disk;
    struct arena *arena;
    struct macho_injection *out;
    size_t looks;
    struct try tries[TRIES_MAX];  // For the link at hand, in dyld's order.
    size_t try_count;
};

static str executable_directory(const struct macho_image *image, str path, struct arena *a);
static void search_link(struct search *s, const struct macho_link *link);
static void try_rpaths(struct search *s, const struct macho_link *link, str name);
static void try_place(struct search *s, str text);
static bool place_of(const struct search *s, str text, str *out);
static enum looked look_at(struct search *s, str place, bool is_near, bool *out_writable);
static void judge_tries(struct search *s, const struct macho_link *link);
static void add(struct search *s, enum macho_candidate_kind kind, str link, str path,
                bool is_writable);
static str normal_path(struct arena *a, str path);
static bool is_relative(str text);

void macho_find_candidates(const struct macho_image *image, str path, const struct macho_disk *disk,
                           struct arena *a, struct macho_injection *out)
{
    const bool is_absolute = str_starts_with(path, STR("/"));
    struct search s = {
        .image = image,
        .directory = is_absolute ? str_directory(path) : STR_EMPTY,
        .executable = is_absolute ? executable_directory(image, path, a) : STR_EMPTY,
        .disk = disk,
        .arena = a,
        .out = out,
    };
    out->candidates = arena_alloc(a, CANDIDATES_MAX * sizeof *out->candidates);
    for (size_t i = 0; i < image->link_count; i++)
        search_link(&s, &image->links[i]);
}

// A library in an application belongs to the program in its Contents/MacOS.
static str executable_directory(const struct macho_image *image, str path, struct arena *a)
{
    static const char contents[] = ".app/Contents/";
    if (image->file_type == MH_EXECUTE)
        return str_directory(path);
    const size_t at = str_find(path, STR(".app/Contents/"));
    if (at == path.len)
        return STR_EMPTY;
    return arena_printf(a, "%.*sMacOS", STR_ARG(str_to(path, at + sizeof contents - 1)));
}

static void search_link(struct search *s, const struct macho_link *link)
{
    s->try_count = 0;
    if (macho_is_sealed_path(link->name))
        return;
    if (str_starts_with(link->name, STR(RPATH)))
        try_rpaths(s, link, str_from(link->name, sizeof RPATH - 1));
    else if (is_relative(link->name))
        add(s, MACHO_CANDIDATE_RELATIVE, link->name, link->name, true);
    else
        try_place(s, link->name);
    judge_tries(s, link);
}

static void try_rpaths(struct search *s, const struct macho_link *link, str name)
{
    const struct macho_text_list *rpaths = &s->image->rpaths;
    for (size_t i = 0; i < rpaths->count; i++) {
        const str rpath = rpaths->at[i];
        const str whole = arena_printf(s->arena, "%.*s%s%.*s", STR_ARG(rpath),
                                       str_ends_with(rpath, STR("/")) ? "" : "/", STR_ARG(name));
        if (is_relative(rpath))
            add(s, MACHO_CANDIDATE_RELATIVE, link->name, whole, true);
        else
            try_place(s, whole);
    }
    // Behind those of a library come the rpaths of whoever loads it.
    if (s->image->file_type != MH_EXECUTE && s->try_count < TRIES_MAX)
        s->tries[s->try_count++] = (struct try){ .looked = LOOKED_UNKNOWN };
}

static void try_place(struct search *s, str text)
{
    struct try try = { .looked = LOOKED_UNKNOWN };
    if (place_of(s, text, &try.place))
        try.looked = look_at(s, try.place, str_starts_with(text, STR("@")), &try.is_writable);
    if (s->try_count < TRIES_MAX)
        s->tries[s->try_count++] = try;
    else
        s->out->looks_exhausted = true;
}

// An absolute path; false where @… stands for a directory that is not known.
static bool place_of(const struct search *s, str text, str *out)
{
    str base = STR_EMPTY;
    size_t skipped = 0;
    if (str_starts_with(text, STR(LOADER_PATH))) {
        base = s->directory;
        skipped = sizeof LOADER_PATH - 1;
    } else if (str_starts_with(text, STR(EXECUTABLE))) {
        base = s->executable;
        skipped = sizeof EXECUTABLE - 1;
    }
    if (skipped > 0 && base.len == 0)
        return false;
    const str rest = str_from(text, skipped);
    if (base.len + rest.len > PATH_LEN_MAX || !str_starts_with(rest, STR("/")))
        return false;
    *out = normal_path(s->arena, arena_printf(s->arena, "%.*s%.*s", STR_ARG(base), STR_ARG(rest)));
    return true;
}

// `is_near`: told from where the image or its program lies.
static enum looked look_at(struct search *s, str place, bool is_near, bool *out_writable)
{
    // What is not there itself lies in the shared cache; of that, only Swift's runtime is linked
    // by an rpath.
    if (macho_is_sealed_path(place))
        return str_starts_with(str_base_name(place), STR("libswift")) ? LOOKED_THERE
                                                                      : LOOKED_MISSING;
    if (s->disk == NULL || (!s->disk->is_whole && !is_near))
        return LOOKED_UNKNOWN;
    if (s->looks == MACHO_LOOKS_MAX) {
        s->out->looks_exhausted = true;
        return LOOKED_UNKNOWN;
    }
    s->looks++;
    const struct macho_place found = s->disk->look(s->disk->context, place);
    if (!found.is_known)
        return LOOKED_UNKNOWN;
    *out_writable = found.is_writable;
    return found.is_there ? LOOKED_THERE : LOOKED_MISSING;
}

// What was missing before it was found is a place to be first in. Where nothing was found, every
// place is, unless dyld looks further where we cannot.
static void judge_tries(struct search *s, const struct macho_link *link)
{
    size_t found = 0;
    bool all_known = true;
    while (found < s->try_count && s->tries[found].looked != LOOKED_THERE) {
        all_known = all_known && s->tries[found].looked != LOOKED_UNKNOWN;
        found++;
    }
    const bool is_found = found < s->try_count;
    if (!is_found && !all_known)
        return;
    enum macho_candidate_kind kind = MACHO_CANDIDATE_MISSING;
    if (is_found)
        kind = MACHO_CANDIDATE_RPATH;
    else if (link->kind == MACHO_LINK_WEAK)
        kind = MACHO_CANDIDATE_WEAK;
    for (size_t i = 0; i < found; i++) {
        const struct try *try = &s->tries[i];
        if (try->looked == LOOKED_MISSING && !macho_is_sealed_path(try->place))
            add(s, kind, link->name, try->place, try->is_writable);
    }
    if (is_found && s->tries[found].is_writable)
        add(s, MACHO_CANDIDATE_WRITABLE, link->name, s->tries[found].place, true);
}

static void add(struct search *s, enum macho_candidate_kind kind, str link, str path,
                bool is_writable)
{
    struct macho_injection *out = s->out;
    if (out->candidate_count == CANDIDATES_MAX) {
        out->looks_exhausted = true;
        return;
    }
    out->candidates[out->candidate_count++] = (struct macho_candidate){
        .kind = kind, .link = link, .path = path, .is_writable = is_writable
    };
}

// Without "." and "..", as dyld prints it. For a directory that is a link, the system may go
// elsewhere; who looks it up is given what is told.
static str normal_path(struct arena *a, str path)
{
    char *at = arena_alloc(a, path.len + 1);
    size_t len = 0;
    str part;
    while (str_take_until(&path, '/', &part)) {
        if (part.len == 0 || str_eq(part, STR(".")))
            continue;
        if (str_eq(part, STR(".."))) {
            while (len > 0 && at[--len] != '/') {
            }
            continue;
        }
        at[len++] = '/';
        memcpy(at + len, part.at, part.len);
        len += part.len;
    }
    return len > 0 ? (str){ .at = at, .len = len } : STR("/");
}

static bool is_relative(str text)
{
    return !str_starts_with(text, STR("/")) && !str_starts_with(text, STR("@"));
}

bool macho_is_sealed_path(str path)
{
    static const char *const sealed[] = { "/System/", "/usr/", "/bin/", "/sbin/",
                                          "/Library/Apple/" };
    if (str_starts_with(path, STR("/usr/local/")) || str_starts_with(path, STR("/System/Volumes/")))
        return false;
    for (size_t i = 0; i < COUNT_OF(sealed); i++)
        if (str_starts_with(path, str_of(sealed[i])))
            return true;
    return false;
}
