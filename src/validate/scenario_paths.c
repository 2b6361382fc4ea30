// Where a scenario's files are. A scenario may come from anywhere: what it names lies in its own
// directory, links followed, or it is refused.

#include "validate/reading.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PATH_ROOM 8192u

static enum status list_recordings(struct reading *r, struct err *err);
static bool is_recording(str name);
static int by_text(const void *a, const void *b);
static enum status find_file(struct reading *r, str name, str *out, struct err *err);
static bool leaves(str name);
static bool is_below(struct reading *r, const char *path);

enum status reading_find_files(struct reading *r, struct err *err)
{
    struct scenario *s = r->scenario;
    enum status status = r->name_count == 0 ? list_recordings(r, err) : OK;
    if (status != OK)
        return status;
    str *paths = arena_zalloc(r->document.arena, (r->name_count + 1) * sizeof *paths);
    for (size_t i = 0; i < r->name_count && status == OK; i++)
        status = find_file(r, r->names[i], &paths[i], err);
    s->recordings = paths;
    s->recording_count = status == OK ? r->name_count : 0;
    if (status != OK || r->lists_name.len == 0)
        return status;
    if (!str_eq(str_base_name(r->lists_name), STR("lists.yaml")))
        return fail(err, ERR_CONFIG, "%.*s: a file of lists is named lists.yaml, not \"%.*s\"",
                    STR_ARG(r->document.path), STR_ARG(str_to(r->lists_name, 80)));
    return find_file(r, r->lists_name, &s->lists, err);
}

// Every recording in the directory, in the order of names.
static enum status list_recordings(struct reading *r, struct err *err)
{
    const char *directory = cstr_of(r->document.arena, r->scenario->directory);
    str *names = arena_alloc(r->document.arena, SCENARIO_RECORDINGS_MAX * sizeof *names);
    size_t count = 0;
    DIR *d = directory == NULL ? NULL : opendir(directory);
    if (d == NULL)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(r->scenario->directory), strerror(errno));
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        if (!is_recording(str_of(entry->d_name)))
            continue;
        if (count == SCENARIO_RECORDINGS_MAX) {
            (void)closedir(d);
            return fail(err, ERR_LIMIT, "%.*s: a scenario has at most %u recordings",
                        STR_ARG(r->scenario->directory), SCENARIO_RECORDINGS_MAX);
        }
        names[count++] = arena_str(r->document.arena, str_of(entry->d_name));
    }
    (void)closedir(d);
    if (count == 0)
        return fail(err, ERR_CONFIG,
                    "%.*s: there is no recording beside it (*.ndjson, *.ndjson.gz "
                    "or *.ndjson.zst), and it names none",
                    STR_ARG(r->document.path));
    qsort(names, count, sizeof *names, by_text);
    r->names = names;
    r->name_count = count;
    return OK;
}

static bool is_recording(str name)
{
    return name.len > 0 && name.at[0] != '.' &&
           (str_ends_with(name, STR(".ndjson")) || str_ends_with(name, STR(".ndjson.gz")) ||
            str_ends_with(name, STR(".ndjson.zst")));
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static enum status find_file(struct reading *r, str name, str *out, struct err *err)
{
    const str shown = str_to(name, 80);
    if (leaves(name))
        return fail(err, ERR_CONFIG, "%.*s: \"%.*s\" does not lie in the scenario's directory",
                    STR_ARG(r->document.path), STR_ARG(shown));
    const str path = arena_printf(r->document.arena, "%.*s/%.*s", STR_ARG(r->scenario->directory),
                                  STR_ARG(name));
    struct stat st;
    if (stat(path.at, &st) != 0)
        return fail(err, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    if (!S_ISREG(st.st_mode))  // Opening a pipe would wait for ever.
        return fail(err, ERR_IO, "%.*s: is not a regular file", STR_ARG(path));
    if (!is_below(r, path.at))
        return fail(err, ERR_CONFIG, "%.*s: \"%.*s\" is a link out of the scenario's directory",
                    STR_ARG(r->document.path), STR_ARG(shown));
    *out = path;
    return OK;
}

// Names a place that is not below here, or none.
static bool leaves(str name)
{
    str rest = name;
    str part;
    if (name.len == 0 || name.len > PATH_ROOM || name.at[0] == '/' ||
        memchr(name.at, '\0', name.len) != NULL)
        return true;
    while (str_take_until(&rest, '/', &part))
        if (str_eq(part, STR("..")))
            return true;
    return false;
}

static bool is_below(struct reading *r, const char *path)
{
    const char *directory = cstr_of(r->document.arena, r->scenario->directory);
    char *top = directory == NULL ? NULL : realpath(directory, NULL);
    char *file = realpath(path, NULL);
    const str top_text = str_of(top);
    const str file_text = str_of(file);
    const bool is = top_text.len > 0 && str_starts_with(file_text, top_text) &&
                    (str_eq(top_text, STR("/")) ||
                     (file_text.len > top_text.len && file_text.at[top_text.len] == '/'));
    free(top);
    free(file);
    return is;
}
