#include "inspect/disk.h"

#include "inspect/disk_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP_STAFF 20u  // Every user of a Mac is in it,
#define GROUP_ADMIN 80u  // and every administrator in this one.

static struct macho_place look_at_copy(const struct disk *disk, str path);
static struct macho_place look_here(str path);
static size_t cut_into_parts(str path, size_t out_ends[DISK_STEPS_MAX]);
static bool stat_prefix(char *path, size_t len, struct stat *out);
static bool is_free(const struct stat *st);
static int open_file(const struct disk *disk, str path, uint64_t *out_size);
static str part_path(str place, enum macho_bundle_part part, const char *inside, struct arena *a);
static bool bundle_around(str place, str *out_base, bool *out_is_versioned);
static bool is_bundle(str directory);
static str below_root(const struct disk *disk, str named, struct arena *a);

enum status disk_resolve(const struct disk *disk, str path, struct arena *a, str *out,
                         struct err *err)
{
    struct disk_path w;
    if (path.len > DISK_PATH_MAX || str_find_char(path, '\0') < path.len)
        return fail(err, ERR_LIMIT, "a path of %zu octets", path.len);
    if (disk->root.len == 0) {
        *out = arena_str(a, path);
        return OK;
    }
    const enum status status = disk_path_walk(&w, disk, path, err);
    if (status == OK)
        *out = arena_printf(a, "%.*s%.*s", STR_ARG(disk->root), (int)w.done_len, w.done);
    disk_path_done(&w);
    return status;
}

enum status disk_open(const struct disk *disk, str path, int flags, int *out, struct err *err)
{
    const int wanted = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    int fd = -1;
    int reason = 0;
    if (disk->root.len > 0) {
        struct disk_path w;
        const enum status status = disk_path_walk(&w, disk, path, err);
        if (status == OK)
            fd = openat(w.directory, w.name, wanted | O_NOFOLLOW);
        reason = errno;
        disk_path_done(&w);
        if (status != OK)
            return status;
    } else {
        struct arena a = { 0 };
        fd = open(arena_str(&a, path).at, wanted | flags);
        reason = errno;
        arena_done(&a);
    }
    if (fd < 0)
        return reason == ENOENT || reason == ENOTDIR ? END
                                                     : fail(err, ERR_IO, "%s", strerror(reason));
    *out = fd;
    return OK;
}

struct macho_place disk_look(const struct disk *disk, str path)
{
    const struct macho_place unknown = { .is_known = false };
    if (path.len == 0 || path.len > DISK_PATH_MAX || path.at[0] != '/' ||
        str_find_char(path, '\0') < path.len)
        return unknown;
    return disk->root.len > 0 ? look_at_copy(disk, path) : look_here(path);
}

// What is missing belongs to the nearest directory above it that is there.
static struct macho_place look_at_copy(const struct disk *disk, str path)
{
    struct disk_path w;
    struct err err;
    const enum status status = disk_path_walk(&w, disk, path, &err);
    struct macho_place place = {
        .is_known = w.directory >= 0 && (status == OK || status == END),
        .is_there = status == OK,
    };
    place.is_writable = place.is_known && is_free(&w.st);
    disk_path_done(&w);
    return place;
}

// Where something is missing, all behind it is too: the last that is there is found by halving.
static struct macho_place look_here(str path)
{
    struct macho_place place = { .is_known = false };
    size_t ends[DISK_STEPS_MAX];
    char text[DISK_PATH_MAX + 1];
    struct stat st;
    const size_t count = cut_into_parts(path, ends);
    memcpy(text, path.at, path.len);
    if (count > 0 && stat_prefix(text, path.len, &st))
        return (
            struct macho_place){ .is_known = true, .is_there = true, .is_writable = is_free(&st) };
    if (count == 0 || (errno != ENOENT && errno != ENOTDIR))
        return place;
    size_t there = 0;
    size_t gone = count;
    while (gone - there > 1) {
        memcpy(text, path.at, path.len);
        const size_t middle = there + (gone - there) / 2;
        if (stat_prefix(text, ends[middle - 1], &st))
            there = middle;
        else if (errno == ENOENT || errno == ENOTDIR)
            gone = middle;
        else
            return place;
    }
    memcpy(text, path.at, path.len);
    place.is_known = stat_prefix(text, there > 0 ? ends[there - 1] : 1, &st);
    place.is_writable = place.is_known && is_free(&st);
    return place;
}

// Where each of its names ends; 1 for the root alone, 0 for more than are walked.
static size_t cut_into_parts(str path, size_t out_ends[DISK_STEPS_MAX])
{
    size_t count = 0;
    for (size_t i = 1; i <= path.len; i++) {
        if (path.at[i - 1] == '/' || (i < path.len && path.at[i] != '/'))
            continue;
        if (count == DISK_STEPS_MAX)
            return 0;
        out_ends[count++] = i;
    }
    return count > 0 ? count : 1;
}

static bool stat_prefix(char *path, size_t len, struct stat *out)
{
    path[len] = '\0';
    return stat(path, out) == 0;
}

// Files of root that only root may write are out of the reach of a user, and so of what runs as
// one. Where nothing is yet, the directory decides.
static bool is_free(const struct stat *st)
{
    if (st->st_uid != 0 || (st->st_mode & S_IWOTH) != 0)
        return true;
    return (st->st_mode & S_IWGRP) != 0 && (st->st_gid == GROUP_STAFF || st->st_gid == GROUP_ADMIN);
}

int disk_open_part(const struct disk *disk, str place, enum macho_bundle_part part,
                   uint64_t *out_size)
{
    struct arena a = { 0 };
    const str base = str_directory(place);
    int fd = open_file(disk, part_path(place, part, "", &a), out_size);
    // Frameworks without versions may have it where those with versions have it.
    if (fd == DISK_PART_MISSING && part == MACHO_BUNDLE_INFO &&
        str_ends_with(base, STR(".framework")))
        fd = open_file(disk, part_path(place, part, "Resources/", &a), out_size);
    arena_done(&a);
    return fd;
}

static int open_file(const struct disk *disk, str path, uint64_t *out_size)
{
    struct stat st;
    struct err err;
    int fd = -1;
    if (path.len == 0)
        return DISK_PART_MISSING;
    const enum status status = disk_open(disk, path, O_NOFOLLOW, &fd, &err);
    if (status != OK)
        return status == END ? DISK_PART_MISSING : DISK_PART_CLOSED;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return DISK_PART_CLOSED;
    }
    *out_size = (uint64_t)st.st_size;
    return fd;
}

bool disk_has_bundle(str place)
{
    bool is_versioned;
    str base;
    return bundle_around(place, &base, &is_versioned);
}

// Empty where no bundle is around it.
static str part_path(str place, enum macho_bundle_part part, const char *inside, struct arena *a)
{
    static const char *const names[MACHO_BUNDLE_PARTS] = {
        [MACHO_BUNDLE_INFO] = "Info.plist",
        [MACHO_BUNDLE_RESOURCES] = "_CodeSignature/CodeResources",
        [MACHO_BUNDLE_TICKET] = "CodeResources",
    };
    bool is_versioned;
    str base;
    if (!bundle_around(place, &base, &is_versioned))
        return STR_EMPTY;
    if (is_versioned && part == MACHO_BUNDLE_INFO)
        inside = "Resources/";
    return arena_printf(a, "%.*s/%s%s", STR_ARG(base), inside, names[part]);
}

// The directory in which the parts lie, empty for the disk's own root; of a framework that of a
// version.
static bool bundle_around(str place, str *out_base, bool *out_is_versioned)
{
    const str base = str_directory(place);
    *out_base = base;
    *out_is_versioned = false;
    if (str_ends_with(base, STR(".framework/Versions")) || base.len == 0)
        return false;
    if (str_ends_with(base, STR("/Contents/MacOS"))) {
        *out_base = str_directory(base);
        return true;
    }
    *out_is_versioned = str_ends_with(str_directory(base), STR(".framework/Versions"));
    return *out_is_versioned || is_bundle(base);
}

// The flat kind, with everything at its top.
static bool is_bundle(str directory)
{
    static const char *const endings[] = { ".app", ".appex", ".framework", ".bundle",
                                           ".xpc", ".kext",  ".plugin",    ".dext" };
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (str_ends_with(directory, str_of(endings[i])))
            return true;
    return false;
}

str disk_place_of(const struct disk *disk, str named, struct arena *a)
{
    if (disk->root.len > 0)
        return below_root(disk, named, a);
    char *real = realpath(arena_str(a, named).at, NULL);
    const str place = arena_str(a, str_of(real));
    free(real);
    return place;
}

static str below_root(const struct disk *disk, str named, struct arena *a)
{
    struct err err;
    str resolved = STR_EMPTY;
    const str absolute =
        str_starts_with(named, STR("/")) ? named : arena_printf(a, "/%.*s", STR_ARG(named));
    if (disk_resolve(disk, absolute, a, &resolved, &err) == OK)
        return resolved.len > disk->root.len ? str_from(resolved, disk->root.len) : STR("/");
    // The root's own path may stand before it: a shell completes names of this machine.
    char *real = realpath(arena_str(a, named).at, NULL);
    const str here = arena_str(a, str_of(real));
    free(real);
    if (!str_starts_with(here, disk->root) ||
        (here.len > disk->root.len && here.at[disk->root.len] != '/'))
        return STR_EMPTY;
    return here.len > disk->root.len ? str_from(here, disk->root.len) : STR("/");
}
