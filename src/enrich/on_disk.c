#include "enrich/on_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_LEN_MAX 4096u
#define FRESH_S      2

// With a NUL, in `out`; false where the path is too long or holds one already.
static bool terminate(str path, char out[PATH_LEN_MAX + 1]);

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
        .is_fresh = (int64_t)facts.st_ctime > (int64_t)time(NULL) - FRESH_S,
    };
    return true;
}

bool on_disk_read(str path, struct arena *a, struct macho_file *out)
{
    char terminated[PATH_LEN_MAX + 1];
    struct stat facts;
    struct err err;
    if (!terminate(path, terminated))
        return false;
    const int fd = open(terminated, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool is_read = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
                         macho_read_fd(fd, a, out, &err) == OK && out->image_count > 0;
    (void)close(fd);
    return is_read;
}

static bool terminate(str path, char out[PATH_LEN_MAX + 1])
{
    if (path.len == 0 || path.len > PATH_LEN_MAX || memchr(path.at, '\0', path.len) != NULL)
        return false;
    memcpy(out, path.at, path.len);
    out[path.len] = '\0';
    return true;
}
