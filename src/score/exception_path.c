#include "score/exception_path.h"

#define VERSION       STR("{version}")
#define TRANSLOCATION STR("/AppTranslocation/")
#define MOUNT         STR("/d/")

// A place in the pattern, and what of a {version} that begins there was taken.
enum taken {
    NOTHING = 1,
    DIGIT = 2,
    SEPARATOR = 4,
};

struct places {
    uint8_t at[EXCEPTION_PATH_MAX + 1];
};

static str without(str path, str front);
static bool follow(str pattern, struct places *p);
static bool take(str pattern, const struct places *from, char c, struct places *to);
static uint8_t take_version(uint8_t taken, char c);

str exception_path_shortest(str path, struct arena *arena)
{
    static const str linked[] = { STR_INIT("/var"), STR_INIT("/tmp"), STR_INIT("/etc") };
    path = without(path, STR("/System/Volumes/Data"));
    const str public = without(path, STR("/private"));
    for (size_t i = 0; i < COUNT_OF(linked); i++)
        if (without(public, linked[i]).len < public.len || str_eq(public, linked[i]))
            path = public;

    const str inside = str_from(path, str_find(path, TRANSLOCATION) + TRANSLOCATION.len);
    const str mounted = str_from(inside, str_find_char(inside, '/'));
    if (!str_starts_with(path, STR("/var/folders/")) || !str_starts_with(mounted, MOUNT))
        return path;
    const str application = str_from(mounted, MOUNT.len);
    return arena_printf(arena, "/AppTranslocation/%.*s", STR_ARG(application));
}

// Whole parts only: /private and what is below it, but not /privates.
static str without(str path, str front)
{
    const bool is_below =
        str_starts_with(path, front) && path.len > front.len && path.at[front.len] == '/';
    return is_below ? str_from(path, front.len) : path;
}

bool exception_path_matches(str pattern, str path)
{
    struct places places[2] = { 0 };
    if (pattern.len > EXCEPTION_PATH_MAX || path.len > EXCEPTION_PATH_MAX)
        return false;
    places[0].at[0] = NOTHING;
    bool goes_on = follow(pattern, &places[0]);
    for (size_t i = 0; i < path.len && goes_on; i++) {
        struct places *to = &places[(i + 1) % 2];
        memset(to->at, 0, pattern.len + 1);
        goes_on = take(pattern, &places[i % 2], path.at[i], to) && follow(pattern, to);
    }
    return goes_on && places[path.len % 2].at[pattern.len] != 0;
}

static bool is_version(str pattern, size_t i)
{
    return pattern.at[i] == '{' && str_starts_with(str_from(pattern, i), VERSION);
}

static bool is_star(str pattern, size_t i)
{
    return pattern.at[i] == '*';
}

// Places that are reached without taking anything lie further on. False where there is no place.
static bool follow(str pattern, struct places *p)
{
    bool is_any = p->at[pattern.len] != 0;
    for (size_t i = 0; i < pattern.len; i++) {
        is_any |= p->at[i] != 0;
        if (is_star(pattern, i) && p->at[i] != 0)
            p->at[i + 1] |= NOTHING;
        else if ((p->at[i] & DIGIT) != 0)
            p->at[i + VERSION.len] |= NOTHING;
    }
    return is_any;
}

static bool take(str pattern, const struct places *from, char c, struct places *to)
{
    bool is_any = false;
    for (size_t i = 0; i < pattern.len; i++) {
        if (from->at[i] == 0)
            continue;
        // Of two stars the first passes over everything, the second stops at a slash like one alone.
        const bool is_deep = is_star(pattern, i) && i + 1 < pattern.len && is_star(pattern, i + 1);
        if (is_star(pattern, i))
            to->at[i] |= c != '/' || is_deep ? NOTHING : 0;
        else if (is_version(pattern, i))
            to->at[i] |= take_version(from->at[i], c);
        else if (pattern.at[i] == c)
            to->at[i + 1] |= NOTHING;
        is_any |= to->at[i] != 0 || to->at[i + 1] != 0;
    }
    return is_any;
}

static uint8_t take_version(uint8_t taken, char c)
{
    if (c >= '0' && c <= '9')
        return DIGIT;
    const bool separates = c == '.' || c == ',' || c == '_' || c == '-';
    return separates && (taken & DIGIT) != 0 ? SEPARATOR : 0;
}
