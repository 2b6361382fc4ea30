// Sections pass through a window of 64 KB that moves on by less than its length, so that a path
// which lies across a border is seen whole. In it dots are searched for, and only around those of
// ".framework" and ".dylib" is looked closer. Literals of C end in a NUL; those of Rust and Go
// follow one another without anything between, so the end of a path is found by the names in it.

#include "macho/strings.h"

#include "macho/places.h"
#include "macho/stream.h"
#include "macho/umbrellas.h"

#define AROUND_MAX     256u  // Octets before and behind a word that may belong to its path.
#define NAME_MAX_BYTES 64u   // Of a framework's name; those of the system are half as long.
#define SYSTEM_PREFIX  "/System/Library/"
#define CRYPTEX        "/System/Cryptexes/OS"
#define SUFFIX         ".framework"
#define LIBRARY        ".dylib"

struct search {
    const struct macho_wanted_paths *wanted;
    struct macho_reading reading;
    struct macho_strings found;
    uint8_t *buffer;
    uint64_t budget;
    bool is_literal;  // Of C: what stands before a path is not part of another.
};

static void look_through_all(struct search *search, const struct macho_sections *sections,
                             uint64_t each_max);
static void look_through(struct search *search, struct macho_extent section);
static void look_at_window(struct search *search, str window, size_t from, size_t to);
static str path_around(const struct search *search, str text, size_t at);
static str framework_around(const struct search *search, str text, size_t at);
static bool leads_to_system(str path);
static str name_before(str text, size_t at);
static size_t begin_of(const struct search *search, str text, size_t at);
static size_t end_of(str text, size_t at, str name);
static str library_around(str text, size_t at);
static bool is_wanted(const struct search *search, str path);
static bool is_among(str name, const str *names, size_t count);
static bool is_of_path(char c);

void macho_find_framework_path(const struct macho_source *source, const struct macho_image *image,
                               const struct macho_wanted_paths *wanted, struct arena *a,
                               struct macho_strings *out)
{
    struct macho_image scratch =
        *image;  // Its errors are nobody's: the verdict says what it lacks.
    struct search search = {
        .wanted = wanted,
        .reading = { .source = source, .arena = a, .image = &scratch, .command = -1 },
        .found = { .path = STR_EMPTY, .is_complete = image->sections_complete },
        .buffer = arena_alloc(a, MACHO_STREAM_BYTES),
        // Sections that do not overlap are together no larger than the image.
        .budget = image->size < MACHO_STRINGS_MAX ? image->size : MACHO_STRINGS_MAX,
        .is_literal = true,
    };
    look_through_all(&search, &image->text_sections, UINT64_MAX);
    search.is_literal = false;
    look_through_all(&search, &image->constant_sections,
                     wanted->only_literals ? MACHO_STRINGS_OTHER_MAX : UINT64_MAX);
    if (wanted->in_others)
        look_through_all(&search, &image->other_sections, MACHO_STRINGS_OTHER_MAX);
    *out = search.found;
}

static void look_through_all(struct search *search, const struct macho_sections *sections,
                             uint64_t each_max)
{
    for (size_t i = 0; i < sections->count && search->found.path.len == 0; i++) {
        struct macho_extent section = sections->at[i];
        if (section.size > each_max)
            section.size = each_max;
        if (section.size > search->budget) {
            section.size = search->budget;
            search->found.is_complete = false;
        }
        search->budget -= section.size;
        look_through(search, section);
    }
}

static void look_through(struct search *search, struct macho_extent section)
{
    struct macho_stream stream =
        macho_stream_of(&search->reading, section, search->buffer, MACHO_STREAM_BYTES);
    uint64_t at = 0;
    bool is_last = section.size == 0;
    while (!is_last && search->found.path.len == 0) {
        const str window = str_of_bytes(macho_stream_at(&stream, at, MACHO_STREAM_BYTES));
        if (stream.failed) {
            search->found.is_complete = false;
            return;
        }
        is_last = at + window.len == section.size;
        look_at_window(search, window, at == 0 ? 0 : AROUND_MAX,
                       is_last ? window.len : window.len - AROUND_MAX);
        search->found.looked += is_last ? section.size - at : window.len - 2 * AROUND_MAX;
        at += window.len - 2 * (size_t)AROUND_MAX;
    }
}

// Dots in [from, to) of the window.
static void look_at_window(struct search *search, str window, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++) {
        at += str_find_char(str_from(str_to(window, to), at), '.');
        if (at == to)
            return;
        const str path = path_around(search, window, at);
        if (path.len > 0) {
            search->found.path = arena_str(search->reading.arena, path);
            return;
        }
    }
}

// What is wanted, and has its dot at `at`; empty where there is none.
static str path_around(const struct search *search, str text, size_t at)
{
    const str rest = str_from(text, at);
    str path = STR_EMPTY;
    // Before anything is called: dots are many.
    if (rest.len < 2 || (rest.at[1] != SUFFIX[1] && rest.at[1] != LIBRARY[1]))
        return path;
    if (str_starts_with(rest, STR(SUFFIX)))
        path = framework_around(search, text, at);
    else if (str_starts_with(rest, STR(LIBRARY)))
        path = library_around(text, at);
    return is_wanted(search, path) ? path : STR_EMPTY;
}

// "…/X.framework/Versions/A/X", "…/X.framework/X", or "…/X.framework" where text ends behind it.
static str framework_around(const struct search *search, str text, size_t at)
{
    const str name = name_before(text, at);
    const size_t end = name.len == 0 ? 0 : end_of(text, at + sizeof SUFFIX - 1, name);
    if (end == 0)
        return STR_EMPTY;
    // Only a part of another framework is looked at for more than its name.
    if (!is_among(name, search->wanted->frameworks, search->wanted->framework_count) &&
        !str_ends_with(str_to(text, at - name.len), STR("/Frameworks/")))
        return STR_EMPTY;
    const size_t begin = begin_of(search, text, at);
    const str path = str_from(str_to(text, end), begin);
    // dlopen() finds a path that begins with the framework's name among the system's.
    return begin + name.len == at || leads_to_system(path) ? path : STR_EMPTY;
}

// However it is spelled: dlopen() and the system take "//", "/./" and "/../" out of it.
static bool leads_to_system(str path)
{
    char at[2 * AROUND_MAX + 1];
    if (str_starts_with(path, STR(SYSTEM_PREFIX)))
        return true;
    if (!str_starts_with(path, STR("/")) || path.len >= sizeof at)
        return false;
    const str normal = macho_normal_path_into(at, path);
    const bool is_of_cryptex = str_starts_with(normal, STR(CRYPTEX));
    return str_starts_with(is_of_cryptex ? str_from(normal, sizeof CRYPTEX - 1) : normal,
                           STR(SYSTEM_PREFIX));
}

// Of the framework whose suffix begins at `at`.
static str name_before(str text, size_t at)
{
    size_t begin = at;
    while (begin > 0 && at - begin < NAME_MAX_BYTES && text.at[begin - 1] != '/' &&
           is_of_path(text.at[begin - 1]))
        begin--;
    return str_from(str_to(text, at), begin);
}

// Where the path begins in which `at` stands.
static size_t begin_of(const struct search *search, str text, size_t at)
{
    size_t begin = at;
    while (begin > 0 && at - begin < AROUND_MAX && is_of_path(text.at[begin - 1]))
        begin--;
    if (search->is_literal)
        return begin;
    // Another text may end where this one begins: the last beginning that is one counts.
    for (size_t i = at; i-- > begin;)
        if (text.at[i] == '/' && str_starts_with(str_from(str_to(text, at), i), STR("/System/")))
            return i;
    return begin;
}

// `at` is behind ".framework". 0 where what follows names no library. Versions have any name, and
// "/", "/." and a directory that ".." takes back change nothing.
static size_t end_of(str text, size_t at, str name)
{
    str rest = str_from(str_to(text, at + AROUND_MAX), at);
    str part;
    rest = str_to(rest, str_find_char(rest, '\0'));
    if (rest.len == 0)
        return at;
    while (rest.len > 0 && rest.at[0] == '/') {
        rest = str_from(rest, 1);
        if (str_starts_with(rest, name))
            return (size_t)(rest.at - text.at) + name.len;
        if (rest.len == 0)
            return at;
        part = str_to(rest, str_find_char(rest, '/'));
        rest = str_from(rest, part.len);
        if (part.len == 0 || str_eq(part, STR(".")))
            continue;
        // The version, or "..".
        if (!str_eq(part, STR("Versions")) && !str_starts_with(rest, STR("/../")))
            return 0;
        while (rest.len > 0 && rest.at[0] == '/')
            rest = str_from(rest, 1);
        rest = str_from(rest, str_find_char(rest, '/'));
    }
    return 0;
}

// The name alone: what stands before "libswiftFoundation.dylib" is one of several directories.
static str library_around(str text, size_t at)
{
    const size_t begin = at > NAME_MAX_BYTES ? at - NAME_MAX_BYTES : 0;
    const str name = str_from(str_to(text, at + sizeof LIBRARY - 1), begin);
    return str_from(name, str_find(name, STR("libswift")));
}

static bool is_wanted(const struct search *search, str path)
{
    const struct macho_wanted_paths *wanted = search->wanted;
    // A directory stands for the library in it.
    const bool is_directory = str_ends_with(path, STR(SUFFIX));
    str name = str_base_name(path);
    str inside = STR_EMPTY;
    if (is_directory)
        name = str_to(name, name.len - (sizeof SUFFIX - 1));
    else if (!macho_framework_of(path, &name, &inside))
        return false;
    return is_among(name, wanted->frameworks, wanted->framework_count) ||
           is_among(inside, wanted->wholes, wanted->whole_count);
}

static bool is_among(str name, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

static bool is_of_path(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
}
