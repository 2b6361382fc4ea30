#include "inspect/disk_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum status begin_at_root(struct disk_path *w, struct err *err);
static enum status step(struct disk_path *w, str part, struct err *err);
static enum status go_up(struct disk_path *w, struct err *err);
static enum status enter(struct disk_path *w, struct err *err);
static enum status follow(struct disk_path *w, struct err *err);
static enum status put_before(struct disk_path *w, str text, struct err *err);
static enum status missing(struct err *err);
static enum status too_long(struct err *err);

enum status disk_path_walk(struct disk_path *w, const struct disk *disk, str path, struct err *err)
{
    w->disk = disk;
    w->directory = -1;
    w->rest_at = sizeof w->rest;
    w->links = 0;
    w->steps = 0;
    if (path.len > DISK_PATH_MAX || str_find_char(path, '\0') < path.len)
        return fail(err, ERR_LIMIT, "a path of %zu octets", path.len);
    enum status status = begin_at_root(w, err);
    if (status == OK)
        status = put_before(w, path, err);
    while (status == OK && w->rest_at < sizeof w->rest) {
        const str rest = { .at = w->rest + w->rest_at, .len = sizeof w->rest - w->rest_at };
        const size_t len = str_find_char(rest, '/');
        w->rest_at += len < rest.len ? len + 1 : len;
        status = step(w, str_to(rest, len), err);
    }
    if (w->name[0] == '\0')
        memcpy(w->name, ".", 2);
    return status;
}

void disk_path_done(struct disk_path *w)
{
    if (w->directory >= 0)
        (void)close(w->directory);
    w->directory = -1;
}

static enum status begin_at_root(struct disk_path *w, struct err *err)
{
    disk_path_done(w);
    w->done_len = 0;
    w->name[0] = '\0';
    w->directory = open(w->disk->root.at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->directory < 0 || fstat(w->directory, &w->st) != 0)
        return missing(err);
    return OK;
}

// `name` is what was walked to, in `directory`; empty where it is the directory itself.
static enum status step(struct disk_path *w, str part, struct err *err)
{
    struct stat st;
    if (part.len == 0 || str_eq(part, STR(".")))
        return OK;
    if (str_eq(part, STR("..")))
        return go_up(w, err);
    const enum status status = enter(w, err);
    if (status != OK)
        return status;
    if (part.len + 1 > DISK_PATH_MAX - w->done_len)
        return too_long(err);
    memcpy(w->name, part.at, part.len);
    w->name[part.len] = '\0';
    if (fstatat(w->directory, w->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return missing(err);
    if (S_ISLNK(st.st_mode))
        return follow(w, err);
    w->st = st;
    w->done[w->done_len++] = '/';
    memcpy(w->done + w->done_len, w->name, part.len);
    w->done_len += part.len;
    return OK;
}

// By walking to the parent again: the directory's own ".." may be another by now, outside.
static enum status go_up(struct disk_path *w, struct err *err)
{
    char parent[DISK_PATH_MAX + 1];
    if (!S_ISDIR(w->st.st_mode))
        return END;
    size_t len = w->done_len;
    while (len > 0 && w->done[--len] != '/') {
    }
    memcpy(parent, w->done, len);
    const enum status status = begin_at_root(w, err);
    return status == OK ? put_before(w, (str){ .at = parent, .len = len }, err) : status;
}

static enum status enter(struct disk_path *w, struct err *err)
{
    if (w->name[0] == '\0')
        return OK;
    if (!S_ISDIR(w->st.st_mode))
        return END;
    if (++w->steps > DISK_STEPS_MAX)
        return fail(err, ERR_LIMIT, "more than %u directories on the way", DISK_STEPS_MAX);
    const int fd = openat(w->directory, w->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return missing(err);
    (void)close(w->directory);
    w->directory = fd;
    w->name[0] = '\0';
    return OK;
}

// The target stands before what is still to do; an absolute one begins at the root again.
static enum status follow(struct disk_path *w, struct err *err)
{
    char target[DISK_PATH_MAX + 1];
    if (++w->links > DISK_LINKS_MAX)
        return fail(err, ERR_LIMIT, "more than %u links on the way", DISK_LINKS_MAX);
    const ssize_t len = readlinkat(w->directory, w->name, target, sizeof target);
    if (len < 0)
        return missing(err);
    w->name[0] = '\0';
    if (len > 0 && target[0] == '/') {
        const enum status status = begin_at_root(w, err);
        if (status != OK)
            return status;
    }
    return put_before(w, (str){ .at = target, .len = (size_t)len }, err);
}

static enum status put_before(struct disk_path *w, str text, struct err *err)
{
    if (text.len + 1 > w->rest_at)
        return too_long(err);
    w->rest[--w->rest_at] = '/';
    w->rest_at -= text.len;
    memcpy(w->rest + w->rest_at, text.at, text.len);
    return OK;
}

// ELOOP, EINVAL: it was replaced since it was looked at.
static enum status missing(struct err *err)
{
    const bool is_gone = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EINVAL;
    return is_gone ? END : fail(err, ERR_IO, "%s", strerror(errno));
}

static enum status too_long(struct err *err)
{
    return fail(err, ERR_LIMIT, "a path longer than %u octets", DISK_PATH_MAX);
}
