// Linux: rights are dropped in the order in which each needs those before it.

#ifdef __linux__

#include "platform/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY           65534u
#define DESCRIPTORS_KEPT 16u
#define DESCRIPTORS_MAX  65536  // Closed one by one where the kernel has no close_range().

// <linux/landlock.h>, which may be older than the kernel.
#define LANDLOCK_CREATE_RULESET         444
#define LANDLOCK_RESTRICT_SELF          446
#define LANDLOCK_CREATE_RULESET_VERSION 1u
#define LANDLOCK_FILES_1                ((UINT64_C(1) << 13) - 1)
#define LANDLOCK_FILES_2                (UINT64_C(1) << 13)  // refer
#define LANDLOCK_FILES_3                (UINT64_C(1) << 14)  // truncate
#define LANDLOCK_FILES_5                (UINT64_C(1) << 15)  // ioctl of devices
#define LANDLOCK_NETWORK_4              UINT64_C(3)          // bind, connect
#define LANDLOCK_SCOPE_6                UINT64_C(3)          // abstract sockets, signals

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

#ifdef IS_SANITIZED
#define STANDARD_CLOSED STDERR_FILENO
#else
#define STANDARD_CLOSED (STDERR_FILENO + 1)
#endif

struct landlock_ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scope;
};

static enum status limit_resources(struct err *err);
static enum status drop_user(struct err *err);
static bool restrict_files(void);
static enum status restrict_calls(bool *out_held, struct err *err);
static int add_rules(scmp_filter_ctx filter);

enum status sandbox_enter(uint32_t *out_held, struct err *err)
{
    uint32_t held = 0;
    bool calls_held = false;
    enum status status = limit_resources(err);
    if (status == OK)
        status = drop_user(err);
    if (status != OK)
        return status;
    sandbox_end_with_parent();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(err, ERR_IO, "no_new_privs: %s", strerror(errno));
    if (restrict_files())
        held |= SANDBOX_FILES;
    status = restrict_calls(&calls_held, err);
    if (status != OK)
        return status;
    if (calls_held)
        held |= SANDBOX_SYSTEM_CALLS;
    *out_held = held;
    return OK;
}

static enum status limit_resources(struct err *err)
{
    const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        { RLIMIT_CORE, 0 },
        { RLIMIT_FSIZE, 0 },
        { RLIMIT_NOFILE, DESCRIPTORS_KEPT },
#ifndef IS_SANITIZED
        { RLIMIT_AS, SANDBOX_MEMORY_MAX },
#endif
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct rlimit limit = { .rlim_cur = limits[i].most, .rlim_max = limits[i].most };
        if (setrlimit(limits[i].resource, &limit) != 0)
            return fail(err, ERR_IO, "setrlimit: %s", strerror(errno));
    }
    return OK;
}

// Root, in a name space of its own or not, becomes nobody. In a container that has no such user
// the other barriers hold.
static enum status drop_user(struct err *err)
{
    if (geteuid() != 0)
        return OK;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) != 0) {
        if (errno == EINVAL || errno == EPERM)
            return OK;
        return fail(err, ERR_IO, "setresuid: %s", strerror(errno));
    }
    return OK;
}

// Landlock without a single rule: nothing may be opened. False where the kernel has none.
static bool restrict_files(void)
{
    const long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    struct landlock_ruleset ruleset = { .files = LANDLOCK_FILES_1 };
    ruleset.files |= version >= 2 ? LANDLOCK_FILES_2 : 0;
    ruleset.files |= version >= 3 ? LANDLOCK_FILES_3 : 0;
    ruleset.files |= version >= 5 ? LANDLOCK_FILES_5 : 0;
    ruleset.network = version >= 4 ? LANDLOCK_NETWORK_4 : 0;
    ruleset.scope = version >= 6 ? LANDLOCK_SCOPE_6 : 0;
    size_t size = sizeof ruleset.files;
    if (version >= 6)
        size = sizeof ruleset;
    else if (version >= 4)
        size = sizeof ruleset.files + sizeof ruleset.network;

    const long fd = syscall(LANDLOCK_CREATE_RULESET, &ruleset, size, 0);
    if (fd < 0)
        return false;
    const bool is_held = syscall(LANDLOCK_RESTRICT_SELF, (int)fd, 0) == 0;
    (void)close((int)fd);
    return is_held;
}

// What is not allowed answers EPERM, so that a library that asks for more goes on without.
static enum status restrict_calls(bool *out_held, struct err *err)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return fail(err, ERR_IO, "seccomp: no filter could be made");
    int code = add_rules(filter);
    if (code != 0) {
        seccomp_release(filter);
        return fail(err, ERR_IO, "seccomp: %s", strerror(-code));
    }
    code = seccomp_load(filter);
    seccomp_release(filter);
    // A kernel without it, or one that does not let us.
    *out_held = code == 0;
    return OK;
}

static int add_rules(scmp_filter_ctx filter)
{
    static const int allowed[] = {
        SCMP_SYS(read),
        SCMP_SYS(pread64),
        SCMP_SYS(write),
        SCMP_SYS(sendmsg),
        SCMP_SYS(recvmsg),
        SCMP_SYS(close),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(brk),
        SCMP_SYS(futex),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(sigaltstack),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_gettime64),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(time),
        SCMP_SYS(getrandom),
        SCMP_SYS(sched_yield),
        SCMP_SYS(restart_syscall),
    };
    int code = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    // Memory, but none that can be run; signals, but to nobody else (abort).
    const struct scmp_arg_cmp no_exec = { .arg = 2,
                                          .op = SCMP_CMP_MASKED_EQ,
                                          .datum_a = PROT_EXEC };
    const struct scmp_arg_cmp self = { .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid() };
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, self);
    return code;
}

const char *sandbox_missing(uint32_t held)
{
    switch (held & SANDBOX_ALL) {
    case SANDBOX_ALL:
        return "";
    case SANDBOX_SYSTEM_CALLS:
        return "no Landlock in this kernel: the readers are held by seccomp alone";
    case SANDBOX_FILES:
        return "no seccomp in this kernel: the readers are held by Landlock alone";
    default:
        return "neither seccomp nor Landlock in this kernel: the readers are processes of their "
               "own, "
               "and no more";
    }
}

void sandbox_close_others(int keep)
{
    for (int fd = 0; fd < STANDARD_CLOSED; fd++)
        if (fd != keep)
            (void)close(fd);
    const unsigned rest = STDERR_FILENO + 1;
    const unsigned kept = keep < 0 ? 0 : (unsigned)keep;
    if ((kept <= rest || close_range(rest, kept - 1, 0) == 0) &&
        close_range(kept < rest ? rest : kept + 1, ~0u, 0) == 0)
        return;
    for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++)
        if (fd != keep)
            (void)close(fd);
}

void sandbox_end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

#else

typedef int sandbox_linux_is_elsewhere;

#endif
