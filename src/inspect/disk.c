#include "inspect/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP_STAFF 20u  // Every user of a Mac is in it,
#define GROUP_ADMIN 80u  // and every administrator in this one.

// A walk over a path in which links are followed: what is done, and what is still to do.
struct walk {
    const struct disk *disk;
    char done[DISK_PATH_MAX + 1];  // On the Mac; no slash at its end.
    size_t done_len;
    char rest[2 * DISK_PATH_MAX + 2];
    size_t rest_len;
    unsigned links;
};

static enum status step(struct walk *w, str part, struct err *err);
static enum status follow(struct walk *w, str target, struct err *err);
static bool here(const struct walk *w, char out[2 * DISK_PATH_MAX + 2]);
static str parent_of(str path);
static bool is_free(const struct stat *st);
static int open_file(const struct disk *disk, str path, uint64_t *out_size, struct arena *a);
static str part_path(str place, enum macho_bundle_part part, const char *inside, struct arena *a);
static bool bundle_around(str place, str *out_base, bool *out_is_versioned);
static bool is_bundle(str directory);
static str below_root(const struct disk *disk, str named, struct arena *a);

enum status disk_resolve(const struct disk *disk, str path, struct arena *a, str *out,
                         struct err *err)
{
    struct walk w = { .disk = disk };
    char whole[2 * DISK_PATH_MAX + 2];
    if (path.len > DISK_PATH_MAX || str_find_char(path, '\0') < path.len)
        return fail(err, ERR_LIMIT, "a path of %zu octets", path.len);
    if (disk->root.len == 0) {
        *out = arena_str(a, path);
        return OK;
    }
    memcpy(w.rest, path.at, path.len);
    w.rest_len = path.len;
    while (w.rest_len > 0) {
        str rest = { .at = w.rest, .len = w.rest_len };
        str part;
        char name[DISK_PATH_MAX + 1];
        if (!str_take_until(&rest, '/', &part))
            break;
        memcpy(name, part.at, part.len);
        part.at = name;
        memmove(w.rest, rest.at, rest.len);
        w.rest_len = rest.len;
        const enum status status = step(&w, part, err);
        if (status != OK)
            return status;
    }
    if (!here(&w, whole))
        return fail(err, ERR_LIMIT, "a path longer than %u octets", DISK_PATH_MAX);
    *out = arena_str(a, str_of(whole));
    return OK;
}

static enum status step(struct walk *w, str part, struct err *err)
{
    char whole[2 * DISK_PATH_MAX + 2];
    char target[DISK_PATH_MAX + 1];
    if (part.len == 0 || str_eq(part, STR(".")))
        return OK;
    if (str_eq(part, STR(".."))) {
        while (w->done_len > 0 && w->done[--w->done_len] != '/') {
        }
        return OK;
    }
    const size_t before = w->done_len;
    if (part.len + 1 > DISK_PATH_MAX - w->done_len)
        return fail(err, ERR_LIMIT, "a path longer than %u octets", DISK_PATH_MAX);
    w->done[w->done_len++] = '/';
    memcpy(w->done + w->done_len, part.at, part.len);
    w->done_len += part.len;
    if (!here(w, whole))
        return fail(err, ERR_LIMIT, "a path longer than %u octets", DISK_PATH_MAX);
    struct stat st;
    if (lstat(whole, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? END : fail(err, ERR_IO, "%s", strerror(errno));
    if (!S_ISLNK(st.st_mode))
        return OK;
    const ssize_t len = readlink(whole, target, sizeof target - 1);
    if (len < 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    w->done_len = before;
    return follow(w, (str){ .at = target, .len = (size_t)len }, err);
}

// The target stands before what is still to do; an absolute one begins at the root again.
static enum status follow(struct walk *w, str target, struct err *err)
{
    if (++w->links > DISK_LINKS_MAX)
        return fail(err, ERR_LIMIT, "more than %u links on the way", DISK_LINKS_MAX);
    if (target.len + 1 + w->rest_len > sizeof w->rest)
        return fail(err, ERR_LIMIT, "a path longer than %u octets", DISK_PATH_MAX);
    if (str_starts_with(target, STR("/")))
        w->done_len = 0;
    memmove(w->rest + target.len + 1, w->rest, w->rest_len);
    memcpy(w->rest, target.at, target.len);
    w->rest[target.len] = '/';
    w->rest_len += target.len + 1;
    return OK;
}

static bool here(const struct walk *w, char out[2 * DISK_PATH_MAX + 2])
{
    const str root = w->disk->root;
    if (root.len > DISK_PATH_MAX)
        return false;
    memcpy(out, root.at, root.len);
    memcpy(out + root.len, w->done, w->done_len);
    const size_t len = root.len + w->done_len;
    out[len] = '\0';
    if (len == 0)
        memcpy(out, "/", 2);
    return true;
}

struct macho_place disk_look(const struct disk *disk, str path)
{
    struct macho_place place = { .is_known = false };
    struct arena a = { 0 };
    struct stat st;
    struct err err;
    bool is_asked = false;

    // What is missing belongs to the nearest directory above it that is there.
    for (str at = path; !is_asked && at.len > 0; at = parent_of(at)) {
        str resolved;
        if (at.at[0] != '/')
            break;
        const enum status status = disk_resolve(disk, at, &a, &resolved, &err);
        if (status != OK && status != END)
            break;
        is_asked = status == OK && stat(resolved.at, &st) == 0;
        if (!is_asked && status == OK && errno != ENOENT && errno != ENOTDIR)
            break;
        place.is_there = is_asked && str_eq(at, path);
    }
    arena_done(&a);
    place.is_known = is_asked;
    place.is_writable = is_asked && is_free(&st);
    return place;
}

// "/" above "/a", and nothing above "/".
static str parent_of(str path)
{
    const str directory = str_directory(path);
    return directory.len > 0 || path.len <= 1 ? directory : STR("/");
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
    int fd = open_file(disk, part_path(place, part, "", &a), out_size, &a);
    // Frameworks without versions may have it where those with versions have it.
    if (fd == DISK_PART_MISSING && part == MACHO_BUNDLE_INFO &&
        str_ends_with(base, STR(".framework")))
        fd = open_file(disk, part_path(place, part, "Resources/", &a), out_size, &a);
    arena_done(&a);
    return fd;
}

static int open_file(const struct disk *disk, str path, uint64_t *out_size, struct arena *a)
{
    struct stat st;
    struct err err;
    str here;
    if (path.len == 0)
        return DISK_PART_MISSING;
    const enum status status = disk_resolve(disk, path, a, &here, &err);
    if (status != OK)
        return status == END ? DISK_PART_MISSING : DISK_PART_CLOSED;
    const int fd = open(here.at, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? DISK_PART_MISSING : DISK_PART_CLOSED;
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
