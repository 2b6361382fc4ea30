// dyld attempts the rpaths of the image in their order (those of the program that loads a library
// come behind its own), and takes the first that is there. A name that is missing where dyld
// looks first is a place for a library of somebody else.
//
// First all places are written down where dyld would look, then all are looked at, then each link
// is judged.

#include "macho/hijack.h"

#include "macho/places.h"

#define MH_EXECUTE     2u
#define CANDIDATES_MAX 256u  // Told of one image.
#define PATH_LEN_MAX   4096u

#define RPATH          "@rpath/"
#define LOADER_PATH    "@loader_path"
#define EXECUTABLE     "@executable_path"

// One place for one link.
struct attempt {
    size_t link;
    str place;          // Empty where it is not known.
    bool is_relative;   // To the working directory.
    bool is_looked_at;  // The disk is asked.
    struct macho_place found;
};

struct search {
    const struct macho_image *image;
    str directory;   // Of the image; empty where it is not known.
    str executable;  // Directory of the program that it belongs to; empty where not known.
    const struct macho_disk *disk;
    struct arena *arena;
    struct macho_injection *out;
    struct attempt *attempts;  // In dyld's order, link by link.
    size_t attempt_count;
    size_t attempt_max;
};

static str executable_directory(const struct macho_image *image, str path, struct arena *a);
static str directory_of(str path);
static void add_attempts(struct search *s, size_t link);
static void add_rpath_attempts(struct search *s, size_t link, str name);
static void add_attempt(struct search *s, size_t link, str text, bool is_relative);
static bool place_of(const struct search *s, str text, str *out);
static void look_at_all(struct search *s);
static void judge_link(struct search *s, size_t from, size_t to);
static void add(struct search *s, enum macho_candidate_kind kind, const struct attempt *attempt);
static bool is_relative(str text);

void macho_find_candidates(const struct macho_image *image, str path, const struct macho_disk *disk,
                           struct arena *a, struct macho_injection *out)
{
    const bool is_absolute = str_starts_with(path, STR("/"));
    struct search s = {
        .image = image,
        .directory = is_absolute ? directory_of(path) : STR_EMPTY,
        .executable = is_absolute ? executable_directory(image, path, a) : STR_EMPTY,
        .disk = disk,
        .arena = a,
        .out = out,
    };
    // An rpath more than there are stands for those of whoever loads a library.
    const size_t wanted = image->link_count * (image->rpaths.count + 1);
    s.attempt_max = wanted < MACHO_LOOKS_MAX ? wanted : MACHO_LOOKS_MAX;
    s.attempts = arena_alloc(a, s.attempt_max * sizeof *s.attempts);
    for (size_t i = 0; i < image->link_count && !out->looks_exhausted; i++)
        add_attempts(&s, i);
    look_at_all(&s);

    const size_t most = s.attempt_count < CANDIDATES_MAX ? s.attempt_count : CANDIDATES_MAX;
    out->candidates = arena_alloc(a, most * sizeof *out->candidates);
    for (size_t from = 0, to = 0; from < s.attempt_count; from = to) {
        while (to < s.attempt_count && s.attempts[to].link == s.attempts[from].link)
            to++;
        judge_link(&s, from, to);
    }
}

// A library in an application belongs to the program in its Contents/MacOS.
static str executable_directory(const struct macho_image *image, str path, struct arena *a)
{
    static const char contents[] = ".app/Contents/";
    if (image->file_type == MH_EXECUTE)
        return directory_of(path);
    const size_t at = str_find(path, STR(".app/Contents/"));
    if (at == path.len)
        return STR_EMPTY;
    return arena_printf(a, "%.*sMacOS", STR_ARG(str_to(path, at + sizeof contents - 1)));
}

// Of an absolute path. What lies directly below the root has the root.
static str directory_of(str path)
{
    const str directory = str_directory(path);
    return directory.len > 0 ? directory : STR("/");
}

static void add_attempts(struct search *s, size_t link)
{
    const str name = s->image->links[link].name;
    if (macho_is_sealed_path(name))
        return;
    if (str_starts_with(name, STR(RPATH)))
        add_rpath_attempts(s, link, str_from(name, sizeof RPATH - 1));
    else
        add_attempt(s, link, name, is_relative(name));
}

static void add_rpath_attempts(struct search *s, size_t link, str name)
{
    const struct macho_text_list *rpaths = &s->image->rpaths;
    for (size_t i = 0; i < rpaths->count && !s->out->looks_exhausted; i++) {
        const str rpath = rpaths->at[i];
        if (rpath.len + name.len > PATH_LEN_MAX)
            continue;
        add_attempt(s, link,
                    arena_printf(s->arena, "%.*s%s%.*s", STR_ARG(rpath),
                                 str_ends_with(rpath, STR("/")) ? "" : "/", STR_ARG(name)),
                    is_relative(rpath));
    }
    // Behind those of a library come the rpaths of whoever loads it.
    if (s->image->file_type != MH_EXECUTE)
        add_attempt(s, link, STR_EMPTY, false);
}

static void add_attempt(struct search *s, size_t link, str text, bool is_relative)
{
    struct attempt attempt = { .link = link, .is_relative = is_relative };
    if (s->attempt_count == s->attempt_max) {
        s->out->looks_exhausted = true;
        return;
    }
    if (is_relative) {
        attempt.place = text;
    } else if (place_of(s, text, &attempt.place)) {
        // What is sealed lies in the shared cache and not on a disk; of that, only Swift's runtime
        // is linked by an rpath.
        const bool is_sealed = macho_is_sealed_path(attempt.place);
        attempt.found.is_known = is_sealed;
        attempt.found.is_there = str_eq(str_directory(attempt.place), STR("/usr/lib/swift")) &&
                                 macho_is_swift_runtime(str_base_name(attempt.place));
        attempt.is_looked_at =
            !is_sealed && s->disk != NULL && (s->disk->is_whole || str_starts_with(text, STR("@")));
    }
    s->attempts[s->attempt_count++] = attempt;
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
    *out = macho_normal_path(s->arena,
                             arena_printf(s->arena, "%.*s%.*s", STR_ARG(base), STR_ARG(rest)));
    return true;
}

static void look_at_all(struct search *s)
{
    str *paths = arena_alloc(s->arena, s->attempt_count * sizeof *paths);
    struct macho_place *found = arena_zalloc(s->arena, s->attempt_count * sizeof *found);
    size_t count = 0;
    for (size_t i = 0; i < s->attempt_count; i++)
        if (s->attempts[i].is_looked_at)
            paths[count++] = s->attempts[i].place;
    if (count == 0)
        return;
    s->disk->look(s->disk->context, paths, count, found);
    count = 0;
    for (size_t i = 0; i < s->attempt_count; i++)
        if (s->attempts[i].is_looked_at)
            s->attempts[i].found = found[count++];
}

// What was missing before it was found is a place to be first in. Where nothing was found, every
// place is, unless dyld looks further where we cannot.
static void judge_link(struct search *s, size_t from, size_t to)
{
    size_t found = from;
    bool all_known = true;
    while (found < to && !s->attempts[found].found.is_there) {
        const struct attempt *attempt = &s->attempts[found++];
        all_known = all_known && attempt->found.is_known;
        if (attempt->is_relative)
            add(s, MACHO_CANDIDATE_RELATIVE, attempt);
    }
    const bool is_found = found < to;
    if (!is_found && !all_known)
        return;
    enum macho_candidate_kind kind = MACHO_CANDIDATE_MISSING;
    if (is_found)
        kind = MACHO_CANDIDATE_RPATH;
    else if (s->image->links[s->attempts[from].link].kind == MACHO_LINK_WEAK)
        kind = MACHO_CANDIDATE_WEAK;
    for (size_t i = from; i < found; i++) {
        const struct attempt *attempt = &s->attempts[i];
        if (attempt->found.is_known && !macho_is_sealed_path(attempt->place))
            add(s, kind, attempt);
    }
    if (is_found && s->attempts[found].found.is_writable)
        add(s, MACHO_CANDIDATE_WRITABLE, &s->attempts[found]);
}

static void add(struct search *s, enum macho_candidate_kind kind, const struct attempt *attempt)
{
    struct macho_injection *out = s->out;
    if (out->candidate_count == CANDIDATES_MAX) {
        out->looks_exhausted = true;
        return;
    }
    out->candidates[out->candidate_count++] = (struct macho_candidate){
        .kind = kind,
        .link = s->image->links[attempt->link].name,
        .path = attempt->place,
        .is_writable = attempt->is_relative || attempt->found.is_writable,
    };
}

// An empty name is looked for nowhere, and an empty rpath is the root.
static bool is_relative(str text)
{
    return text.len > 0 && !str_starts_with(text, STR("/")) && !str_starts_with(text, STR("@"));
}
