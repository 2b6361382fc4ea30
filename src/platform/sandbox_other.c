// macOS, and systems that have no barrier of their own.

#ifndef __linux__

#include "platform/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY           ((uid_t)-2)
#define DESCRIPTORS_KEPT 16u
#define DESCRIPTORS_MAX  10240

#ifdef __APPLE__
// <sandbox.h>, which calls them deprecated and offers nothing in their place.
#define SANDBOX_NAMED 1u
extern const char kSBXProfilePureComputation[];
int sandbox_init(const char *profile, uint64_t flags, char **out_error);
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLOSES_STDERR false
#endif
#endif
#ifndef CLOSES_STDERR
#define CLOSES_STDERR true
#endif

static bool restrict_files(void);

enum status sandbox_enter(uint32_t *out_held, struct err *err)
{
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
    const struct rlimit few = { .rlim_cur = DESCRIPTORS_KEPT, .rlim_max = DESCRIPTORS_KEPT };
    if (setrlimit(RLIMIT_CORE, &none) != 0 || setrlimit(RLIMIT_FSIZE, &none) != 0 ||
        setrlimit(RLIMIT_NOFILE, &few) != 0)
        return fail(err, ERR_IO, "setrlimit: %s", strerror(errno));
    const bool is_held = restrict_files();
    if (geteuid() == 0 && (setgid((gid_t)NOBODY) != 0 || setuid(NOBODY) != 0))
        return fail(err, ERR_IO, "setuid: %s", strerror(errno));
    *out_held = is_held ? SANDBOX_ALL : 0;
    return OK;
}

static bool restrict_files(void)
{
#ifdef __APPLE__
    char *error = NULL;
    return sandbox_init(kSBXProfilePureComputation, SANDBOX_NAMED, &error) == 0;
#else
    return false;
#endif
}

const char *sandbox_missing(uint32_t held)
{
    return (held & SANDBOX_ALL) == SANDBOX_ALL
               ? ""
               : "no sandbox on this system: the readers are processes of their own, and no more";
}

void sandbox_close_others(int keep)
{
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        if (fd != keep && (fd != STDERR_FILENO || CLOSES_STDERR))
            (void)close(fd);
}

void sandbox_end_with_parent(void)
{
    // The socket to it says so.
}

#else

typedef int sandbox_other_is_elsewhere;

#endif
