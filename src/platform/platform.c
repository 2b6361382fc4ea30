#include "platform/platform.h"

#include <sys/resource.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#define PATH_BYTES_MAX 4096u

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
