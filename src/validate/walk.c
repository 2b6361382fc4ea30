#include "validate/walk.h"

#include "validate/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct walking {
    struct walk *walk;
    struct arena *arena;
    struct err *err;
};

static enum status walk_into(struct walking *w, str name, str directory, unsigned depth);
static enum status add(struct walking *w, str name, str directory);
static str name_of(struct arena *arena, str directory);
static int by_name(const void *a, const void *b);
static void drop_repeats(struct walk *w);

enum status walk_find(struct walk *w, const str *directories, size_t count, struct arena *arena,
                      struct err *err)
{
    struct walking walking = { .walk = w, .arena = arena, .err = err };
    for (size_t i = 0; i < count; i++) {
        str directory = directories[i];
        while (directory.len > 1 && directory.at[directory.len - 1] == '/')
            directory.len--;
        const enum status status = walk_into(&walking, name_of(arena, directory), directory, 0);
        if (status != OK)
            return status;
    }
    if (w->count == 0)
        return fail(err, ERR_CONFIG, "%.*s: there is no " SCENARIO_FILE " at or below it",
                    STR_ARG(directories[0]));
    qsort(w->at, w->count, sizeof *w->at, by_name);
    drop_repeats(w);
    return OK;
}

void walk_done(struct walk *w)
{
    free(w->at);
    *w = (struct walk){ 0 };
}

static enum status walk_into(struct walking *w, str name, str directory, unsigned depth)
{
    const char *path = cstr_of(w->arena, directory);
    DIR *d = path == NULL ? NULL : opendir(path);
    enum status status = OK;
    if (d == NULL)
        return fail(w->err, ERR_IO, "%.*s: %s", STR_ARG(directory), strerror(errno));
    if (depth > WALK_DEPTH_MAX)
        status = fail(w->err, ERR_LIMIT, "%.*s: more than %u directories in one another",
                      STR_ARG(directory), WALK_DEPTH_MAX);
    for (struct dirent *entry; status == OK && (entry = readdir(d)) != NULL;) {
        struct stat st;
        const str base = str_of(entry->d_name);
        if (str_eq(base, STR(SCENARIO_FILE))) {
            status = add(w, name, directory);
            continue;
        }
        const str below = arena_printf(w->arena, "%.*s/%.*s", STR_ARG(directory), STR_ARG(base));
        if (base.at[0] != '.' && lstat(below.at, &st) == 0 && S_ISDIR(st.st_mode))
            status = walk_into(w, arena_printf(w->arena, "%.*s/%.*s", STR_ARG(name), STR_ARG(base)),
                               below, depth + 1);
    }
    (void)closedir(d);
    return status;
}

static enum status add(struct walking *w, str name, str directory)
{
    struct walk *walk = w->walk;
    if (walk->count == WALK_SCENARIOS_MAX)
        return fail(w->err, ERR_LIMIT, "more than %u scenarios", WALK_SCENARIOS_MAX);
    if (walk->count == walk->capacity) {
        walk->capacity = walk->capacity == 0 ? 64 : 2 * walk->capacity;
        walk->at = memory_resize(walk->at, walk->capacity * sizeof *walk->at);
    }
    walk->at[walk->count++] = (struct walk_place){ .name = name, .directory = directory };
    return OK;
}

// The same whatever way leads there: "scenarios" for "./scenarios/" and for "." in it.
static str name_of(struct arena *arena, str directory)
{
    const char *path = cstr_of(arena, directory);
    char *real = path == NULL ? NULL : realpath(path, NULL);
    const str name = str_base_name(real == NULL ? directory : str_of(real));
    const str kept = arena_str(arena, name.len == 0 ? STR("/") : name);
    free(real);
    return kept;
}

static int by_name(const void *a, const void *b)
{
    const struct walk_place *left = a;
    const struct walk_place *right = b;
    const int order = str_cmp(left->name, right->name);
    return order != 0 ? order : str_cmp(left->directory, right->directory);
}

static void drop_repeats(struct walk *w)
{
    size_t kept = 1;
    for (size_t i = 1; i < w->count; i++)
        if (!str_eq(w->at[i].directory, w->at[kept - 1].directory))
            w->at[kept++] = w->at[i];
    w->count = kept;
}
