#include "inspect/tree.h"

#include "inspect/disk_path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Where the volume of the user's files lies beside its own place in the tree.
#define DATA_VOLUME "/System/Volumes/Data"

// Where a Mac shows what lies in it. The first is there wherever these are.
static const char *const joined[] = { "/Users",       "/Applications", "/Library",
                                      "/private/var", "/usr/local",    "/opt" };

// A directory on the way down.
struct level {
    DIR *directory;
    struct arena names;
    const char **at;  // Sorted.
    size_t count;
    size_t next;
    size_t path_len;   // Of tree.path, up to and with this directory.
    size_t place_len;  // Of tree.place.
};

struct tree {
    const str *paths;
    size_t count;
    size_t next;  // Of the paths.
    const struct disk *disk;
    struct level levels[TREE_DEPTH_MAX];
    size_t depth;
    char path[2 * DISK_PATH_MAX];
    char place[2 * DISK_PATH_MAX];
    struct arena arena;   // Of the file at hand.
    struct arena walked;  // What tree_walked() tells.
    str *walked_at;       // By path; empty where it was no directory, or not read whole.
    bool has_passed_data;
};

static void open_named(struct tree *t, struct tree_file *out);
static void open_below_root(struct tree *t, str place, struct tree_file *out);
static bool set_text(char *to, size_t size, str text);
static void open_entry(struct tree *t, struct tree_file *out);
static bool lies_elsewhere(const struct disk *disk);
static bool has_entries(const struct disk *disk, const char *before, const char *name);
static bool append_name(struct tree *t, const struct level *level, const char *name);
static void open_file(struct tree *t, int directory, const char *name, int flags,
                      struct tree_file *out);
static void fail_to_open(struct tree *t, struct tree_file *out);
static void descend(struct tree *t, int fd, struct tree_file *out);
static bool read_names(struct level *level, struct tree_file *out);
static int compare_names(const void *a, const void *b);
static void ascend(struct tree *t);
static void fail_file(struct tree *t, struct tree_file *out, const char *why);

struct tree *tree_new(const str *paths, size_t count, const struct disk *disk)
{
    struct tree *t = memory_zeroed(1, sizeof *t);
    t->paths = paths;
    t->count = count;
    t->disk = disk;
    t->walked_at = memory_zeroed(count, sizeof *t->walked_at);
    return t;
}

void tree_free(struct tree *t)
{
    if (t == NULL)
        return;
    while (t->depth > 0)
        ascend(t);
    arena_done(&t->arena);
    arena_done(&t->walked);
    free(t->walked_at);
    free(t);
}

enum status tree_next(struct tree *t, struct tree_file *out)
{
    for (;;) {
        while (t->depth > 0 && t->levels[t->depth - 1].next == t->levels[t->depth - 1].count)
            ascend(t);
        if (t->depth == 0 && t->next == t->count)
            return END;
        *out = (struct tree_file){ .fd = -1, .why = STR_EMPTY };
        arena_reset(&t->arena);
        if (t->depth == 0)
            open_named(t, out);
        else
            open_entry(t, out);
        if (out->fd >= 0 || out->is_other || out->why.len > 0)
            return OK;
        // It was a directory: its entries are next.
    }
}

static void open_named(struct tree *t, struct tree_file *out)
{
    const size_t index = t->next++;
    const str named = t->paths[index];
    const str place = disk_place_of(t->disk, named, &t->arena);
    const str told = t->disk->root.len > 0 && place.len > 0 ? place : named;

    out->is_named = true;
    out->path = told;
    out->place = place;
    if (!set_text(t->path, sizeof t->path, told) || !set_text(t->place, sizeof t->place, place)) {
        fail_file(t, out, "the path is too long");
        return;
    }
    if (t->disk->root.len > 0)
        open_below_root(t, place, out);
    else
        open_file(t, AT_FDCWD, arena_str(&t->arena, named).at, 0, out);
    if (t->depth > 0)
        t->walked_at[index] = arena_str(&t->walked, place);
}

static void open_below_root(struct tree *t, str place, struct tree_file *out)
{
    struct disk_path w;
    struct err err;
    if (place.len == 0) {
        fail_file(t, out, strerror(ENOENT));
        return;
    }
    const enum status status = disk_path_walk(&w, t->disk, place, &err);
    if (status == OK)
        open_file(t, w.directory, w.name, O_NOFOLLOW, out);
    else
        fail_file(t, out, status == END ? strerror(ENOENT) : err.text);
    disk_path_done(&w);
}

static bool set_text(char *to, size_t size, str text)
{
    if (text.len >= size)
        return false;
    memcpy(to, text.at, text.len);
    to[text.len] = '\0';
    return true;
}

static void open_entry(struct tree *t, struct tree_file *out)
{
    struct level *level = &t->levels[t->depth - 1];
    const char *name = level->at[level->next++];
    if (!append_name(t, level, name)) {
        out->path = str_of(t->path);
        out->place = str_of(t->place);
        fail_file(t, out, "a path in it is too long");
        return;
    }
    out->path = str_of(t->path);
    out->place = str_of(t->place);
    out->is_other = str_eq(out->place, STR(DATA_VOLUME)) && lies_elsewhere(t->disk);
    t->has_passed_data = t->has_passed_data || out->is_other;
    if (!out->is_other)
        open_file(t, dirfd(level->directory), name, O_NOFOLLOW, out);
}

// A copied disk may lack what the Mac had joined: then it is only there. So may its places be there
// and empty, as the system's own volume has them.
static bool lies_elsewhere(const struct disk *disk)
{
    if (disk->root.len == 0 && disk->is_whole)
        return true;
    bool is_all = has_entries(disk, "", joined[0]);
    for (size_t i = 1; i < COUNT_OF(joined) && is_all; i++)
        is_all = has_entries(disk, "", joined[i]) || !has_entries(disk, DATA_VOLUME, joined[i]);
    return is_all;
}

static bool has_entries(const struct disk *disk, const char *before, const char *name)
{
    struct arena a = { 0 };
    struct err err;
    bool has_one = false;
    int fd = -1;
    DIR *directory = NULL;
    if (disk_open(disk, arena_printf(&a, "%s%s", before, name), 0, &fd, &err) == OK)
        directory = fdopendir(fd);
    if (directory == NULL && fd >= 0)
        (void)close(fd);
    arena_done(&a);
    for (const struct dirent *entry; directory != NULL && !has_one;) {
        entry = readdir(directory);
        if (entry == NULL)
            break;
        has_one = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    if (directory != NULL)
        (void)closedir(directory);
    return has_one;
}

bool tree_passed_data(const struct tree *t)
{
    return t->has_passed_data;
}

static bool append_name(struct tree *t, const struct level *level, const char *name)
{
    const size_t len = strlen(name);
    t->path[level->path_len] = '\0';
    t->place[level->place_len] = '\0';
    if (level->path_len + 1 + len >= sizeof t->path ||
        level->place_len + 1 + len >= sizeof t->place)
        return false;
    size_t path_len = level->path_len;
    if (path_len > 0 && t->path[path_len - 1] != '/')
        t->path[path_len++] = '/';
    memcpy(t->path + path_len, name, len + 1);
    size_t place_len = level->place_len;
    if (place_len == 0)
        return true;  // It is not known: nor is that of what lies in it.
    if (t->place[place_len - 1] != '/')
        t->place[place_len++] = '/';
    memcpy(t->place + place_len, name, len + 1);
    return true;
}

// A named pipe must not keep us waiting, and what is no regular file is not opened at all where
// it was found.
static void open_file(struct tree *t, int directory, const char *name, int flags,
                      struct tree_file *out)
{
    struct stat st;
    if (fstatat(directory, name, &st, flags != 0 ? AT_SYMLINK_NOFOLLOW : 0) != 0) {
        fail_to_open(t, out);
        return;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        out->is_other = true;
        return;
    }
    out->st = st;
    const int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
    // Again, of what was opened: it may have been replaced in between.
    if (fd < 0 || fstat(fd, &out->st) != 0) {
        fail_to_open(t, out);
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    if (S_ISDIR(out->st.st_mode)) {
        descend(t, fd, out);
    } else if (S_ISREG(out->st.st_mode)) {
        out->fd = fd;
    } else {
        out->is_other = true;
        (void)close(fd);
    }
}

// What was found in a directory and is gone since is no failure: files come and go, the journal of
// our own inventory among them.
static void fail_to_open(struct tree *t, struct tree_file *out)
{
    out->is_other = errno == ENOENT && !out->is_named;
    if (!out->is_other)
        fail_file(t, out, strerror(errno));
}

static void descend(struct tree *t, int fd, struct tree_file *out)
{
    if (t->depth == TREE_DEPTH_MAX) {
        (void)close(fd);
        fail_file(t, out, "more directories inside one another than are walked");
        return;
    }
    struct level *level = &t->levels[t->depth];
    *level = (struct level){ .directory = fdopendir(fd),
                             .path_len = strlen(t->path),
                             .place_len = strlen(t->place) };
    if (level->directory == NULL) {
        (void)close(fd);
        fail_file(t, out, strerror(errno));
        return;
    }
    t->depth++;
    if (!read_names(level, out)) {
        out->path = arena_str(&t->arena, str_of(t->path));
        ascend(t);
    }
}

// All of them at once, since they are told in order.
static bool read_names(struct level *level, struct tree_file *out)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(level->directory);
        if (entry == NULL)
            break;
        const str name = str_of(entry->d_name);
        if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
            continue;
        if (level->count == TREE_NAMES_MAX) {
            out->why = STR("more names in one directory than are read");
            return false;
        }
        if (level->count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            level->at = memory_resize(level->at, capacity * sizeof *level->at);
        }
        level->at[level->count++] = arena_str(&level->names, name).at;
    }
    if (errno != 0) {
        out->why = str_of(strerror(errno));
        return false;
    }
    if (level->count > 0)
        qsort(level->at, level->count, sizeof *level->at, compare_names);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static void ascend(struct tree *t)
{
    struct level *level = &t->levels[--t->depth];
    (void)closedir(level->directory);
    arena_done(&level->names);
    free(level->at);
    *level = (struct level){ .directory = NULL };
}

static void fail_file(struct tree *t, struct tree_file *out, const char *why)
{
    out->why = arena_str(&t->arena, str_of(why));
}

double tree_progress(const struct tree *t)
{
    double done = 0;
    double share = 1;
    if (t->count > 0) {
        done = (double)(t->next > 0 ? t->next - 1 : 0) / (double)t->count;
        share = 1 / (double)t->count;
    }
    for (size_t i = 0; i < t->depth; i++) {
        const struct level *level = &t->levels[i];
        if (level->count == 0)
            break;
        done += share * (double)(level->next > 0 ? level->next - 1 : 0) / (double)level->count;
        share /= (double)level->count;
    }
    return t->depth == 0 && t->next == t->count ? 1 : done;
}

bool tree_walked(const struct tree *t, size_t index, str *out_place)
{
    *out_place = t->walked_at[index];
    return out_place->len > 0;
}
