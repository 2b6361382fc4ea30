#include "match/rule_paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum status add_path(struct rule_paths *p, const char *path, unsigned depth,
                            struct arena *arena, struct err *err);
static enum status add_directory(struct rule_paths *p, const char *directory, unsigned depth,
                                 struct arena *arena, struct err *err);
static enum status list_names(const char *directory, struct arena *arena, struct rule_paths *out,
                              struct err *err);
static enum status keep(struct rule_paths *p, str path, struct err *err);

enum status rule_paths_add(struct rule_paths *p, str path, struct arena *arena, struct err *err)
{
    struct stat st;
    const char *name = cstr_of(arena, path);
    if (name == NULL || stat(name, &st) != 0)
        return fail(err, ERR_CONFIG, "%.*s: %s", STR_ARG(path),
                    name == NULL ? "a path has no NUL in it" : strerror(errno));
    if (S_ISDIR(st.st_mode))
        return add_directory(p, name, 0, arena, err);
    return keep(p, str_of(name), err);
}

void rule_paths_done(struct rule_paths *p)
{
    free(p->at);
    *p = (struct rule_paths){ 0 };
}

bool rule_path_is_query(str path)
{
    return str_ends_with(path, STR(".eql"));
}

bool rule_path_is_lists(str path)
{
    return str_eq(str_base_name(path), STR("lists.yaml"));
}

bool rule_path_is_sensors(str path)
{
    return str_eq(str_base_name(path), STR("sensors.yaml"));
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static enum status add_directory(struct rule_paths *p, const char *directory, unsigned depth,
                                 struct arena *arena, struct err *err)
{
    struct rule_paths names = { 0 };
    enum status status = list_names(directory, arena, &names, err);
    if (names.count > 0)
        qsort(names.at, names.count, sizeof *names.at, by_name);
    for (size_t i = 0; i < names.count && status == OK; i++)
        status = add_path(p, names.at[i].at, depth, arena, err);
    rule_paths_done(&names);
    return status;
}

// Whole paths, NUL-terminated.
static enum status list_names(const char *directory, struct arena *arena, struct rule_paths *out,
                              struct err *err)
{
    DIR *d = opendir(directory);
    if (d == NULL)
        return fail(err, ERR_CONFIG, "%s: %s", directory, strerror(errno));
    enum status status = OK;
    for (const struct dirent *entry; status == OK && (entry = readdir(d)) != NULL;)
        if (entry->d_name[0] != '.')
            status = keep(out, arena_printf(arena, "%s/%s", directory, entry->d_name), err);
    (void)closedir(d);
    return status;
}

static enum status add_path(struct rule_paths *p, const char *path, unsigned depth,
                            struct arena *arena, struct err *err)
{
    const str name = str_of(path);
    struct stat st;
    // A link to a directory is not followed: it may lead back up.
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (depth + 1 < RULE_DEPTH_MAX)
            return add_directory(p, path, depth + 1, arena, err);
        return fail(err, ERR_LIMIT, "%s: directories are more than %u deep", path, RULE_DEPTH_MAX);
    }
    if (stat(path, &st) != 0 || S_ISDIR(st.st_mode))
        return OK;  // Gone since, or a link to nowhere or to a directory.
    const bool is_rule = str_ends_with(name, STR(".yaml")) || str_ends_with(name, STR(".yml")) ||
                         rule_path_is_query(name);
    return is_rule ? keep(p, name, err) : OK;
}

static enum status keep(struct rule_paths *p, str path, struct err *err)
{
    if (p->count == RULE_FILES_MAX)
        return fail(err, ERR_LIMIT, "there are more than %u rule files", RULE_FILES_MAX);
    p->at = memory_resize(p->at, (p->count + 1) * sizeof *p->at);
    p->at[p->count++] = path;
    return OK;
}
