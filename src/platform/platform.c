#include "platform/platform.h"

#include <sys/resource.h>
#include <unistd.h>

#ifdef __APPLE__
#include <errno.h>
#include <mach-o/dyld.h>

// <sys/xattr.h>, which is not among the headers that `make check-macos` has.
ssize_t getxattr(const char *path, const char *name, void *value, size_t size, uint32_t position,
                 int options);
#endif

#define PATH_BYTES_MAX 4096u
#define HOST_BYTES_MAX 255u
#define PROCESSORS_MAX 4096

str platform_program_directory(struct arena *a)
{
    char path[PATH_BYTES_MAX];
#ifdef __APPLE__
    uint32_t size = sizeof path;
    if (_NSGetExecutablePath(path, &size) != 0)
        return STR_EMPTY;
    return arena_str(a, str_directory(str_of(path)));
#else
    const ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    if (len <= 0 || (size_t)len == sizeof path)
        return STR_EMPTY;
    return arena_str(a, str_directory((str){ .at = path, .len = (size_t)len }));
#endif
}

#ifdef __APPLE__
#define MODIFIED(st) ((st)->st_mtimespec)
#define CHANGED(st)  ((st)->st_ctimespec)
#else
#define MODIFIED(st) ((st)->st_mtim)
#define CHANGED(st)  ((st)->st_ctim)
#endif

static int64_t ns_of(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t platform_modified_ns(const struct stat *st)
{
    return ns_of(MODIFIED(st));
}

int64_t platform_changed_ns(const struct stat *st)
{
    return ns_of(CHANGED(st));
}

int64_t platform_born_ns(const struct stat *st)
{
#ifdef __APPLE__
    return ns_of(st->st_birthtimespec);
#else
    (void)st;
    return 0;
#endif
}

enum platform_mark platform_quarantine_of(const char *path)
{
#ifdef __APPLE__
    if (getxattr(path, "com.apple.quarantine", NULL, 0, 0, 0) >= 0)
        return PLATFORM_MARK_YES;
    return errno == ENOATTR ? PLATFORM_MARK_NO : PLATFORM_MARK_UNKNOWN;
#else
    (void)path;
    return PLATFORM_MARK_UNKNOWN;
#endif
}

str platform_host_name(struct arena *a)
{
    char name[HOST_BYTES_MAX + 1];
    if (gethostname(name, sizeof name - 1) != 0)
        return STR_EMPTY;
    name[sizeof name - 1] = '\0';
    const str whole = str_of(name);
    return arena_str(a, str_to(whole, str_find_char(whole, '.')));
}

bool platform_is_mac(void)
{
#ifdef __APPLE__
    return true;
#else
    return false;
#endif
}

unsigned platform_processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 && count < PROCESSORS_MAX ? (unsigned)count : 1;
}

uint64_t platform_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
#ifdef __APPLE__
    return (uint64_t)usage.ru_maxrss;  // Octets there, kibibytes elsewhere.
#else
    return (uint64_t)usage.ru_maxrss * 1024;
#endif
}
