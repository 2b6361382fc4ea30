#include "enrich/on_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_LEN_MAX 4096u
#define FRESH_S      2

// With a NUL, in `out`; false where the path is too long or holds one already.
static bool terminate(str path, char out[PATH_LEN_MAX + 1]);
static bool is_of_other_kind(int fd);

bool on_disk_mark_of(str path, struct on_disk_mark *out)
{
    char terminated[PATH_LEN_MAX + 1];
    struct stat facts;
    if (!terminate(path, terminated) || stat(terminated, &facts) != 0 || !S_ISREG(facts.st_mode))
        return false;
    *out = (struct on_disk_mark){
        .device = (uint64_t)facts.st_dev,
        .inode = (uint64_t)facts.st_ino,
        .size = (uint64_t)facts.st_size,
        .modified = (int64_t)facts.st_mtime,
        .changed = (int64_t)facts.st_ctime,
        .born_ns = platform_born_ns(&facts),
        .is_fresh = (int64_t)facts.st_ctime > (int64_t)time(NULL) - FRESH_S,
    };
    return true;
}

enum platform_mark on_disk_quarantine_of(str path)
{
    char terminated[PATH_LEN_MAX + 1];
    return terminate(path, terminated) ? platform_quarantine_of(terminated) : PLATFORM_MARK_UNKNOWN;
}

bool on_disk_open(str path, struct arena *a, struct on_disk_image *out)
{
    char terminated[PATH_LEN_MAX + 1];
    struct err err;
    out->is_other = false;
    if (!terminate(path, terminated))
        return false;
    out->fd = open(terminated, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (out->fd < 0)
        return false;
    if (macho_source_of_fd(&out->fd, &out->source, &err) == OK &&
        macho_read(&out->source, a, &out->file, &err) == OK && out->file.image_count > 0)
        return true;
    out->is_other = is_of_other_kind(out->fd);
    on_disk_close(out);
    return false;
}

void on_disk_close(struct on_disk_image *image)
{
    (void)close(image->fd);
    image->fd = -1;
}

// What begins like an image and is none is a damaged one, of whatever kind.
static bool is_of_other_kind(int fd)
{
    uint8_t head[MACHO_HEAD_BYTES];
    struct stat facts;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return false;
    const ssize_t len = pread(fd, head, sizeof head, 0);
    return len >= 0 && !macho_is_image((bytes){ .at = head, .len = (size_t)len });
}

static bool terminate(str path, char out[PATH_LEN_MAX + 1])
{
    if (path.len == 0 || path.len > PATH_LEN_MAX || memchr(path.at, '\0', path.len) != NULL)
        return false;
    memcpy(out, path.at, path.len);
    out[path.len] = '\0';
    return true;
}
