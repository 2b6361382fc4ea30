// What a process may and may not do behind the barriers, tried one by one, each in a child of its
// own. An attempt gives what it is refused with, or 0 where it is not.

#include "platform/sandbox.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/ptrace.h>
#include <sys/syscall.h>
#endif

#include <cmocka.h>

#define WAIT_MS 20000

static pid_t parent;
static int given = -1;  // A file that is open for reading and writing.
static int far_end = -1;
static int near_end = -1;

static int reason_of(long result)
{
    return result < 0 ? errno : 0;
}

static int open_for_reading(void)
{
    return reason_of(open("/etc/passwd", O_RDONLY));
}

static int open_directory(void)
{
    return reason_of(open("/", O_RDONLY));
}

static int make_file(void)
{
    return reason_of(open("/tmp/sandbox_test_made", O_WRONLY | O_CREAT, 0600));
}

static int remove_file(void)
{
    return reason_of(unlink("/tmp/sandbox_test_absent"));
}

static int change_mode(void)
{
    return reason_of(chmod("/tmp/sandbox_test_absent", 0600));
}

static int look_at_file(void)
{
    struct stat st;
    return reason_of(stat("/", &st));
}

static int make_socket(void)
{
    return reason_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_local_socket(void)
{
    return reason_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int connect_socket(void)
{
    const struct sockaddr none = { .sa_family = AF_UNSPEC };
    return reason_of(connect(near_end, &none, sizeof none));
}

static int make_process(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return reason_of(pid);
}

static int execute(void)
{
    char name[] = "/bin/true";
    char *const arguments[] = { name, NULL };
    char *const environment[] = { NULL };
    return reason_of(execve(name, arguments, environment));
}

static int signal_parent(void)
{
    return reason_of(kill(parent, 0));
}

static int map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : reason_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int write_file(void)
{
    return reason_of(write(given, "x", 1));
}

static int copy_descriptor(void)
{
    return reason_of(dup(given));
}

#ifdef __linux__
static int trace_parent(void)
{
    return reason_of(ptrace(PTRACE_ATTACH, parent, NULL, NULL));
}

static int signal_thread_of_parent(void)
{
    return reason_of(syscall(SYS_tgkill, parent, parent, 0));
}

static int read_memory_of_parent(void)
{
    return reason_of(syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0));
}

static int make_thread(void)
{
    return reason_of(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int make_name_space(void)
{
    return reason_of(syscall(SYS_unshare, 0x10000000));
}

static int push_into_terminal(void)
{
    return reason_of(syscall(SYS_ioctl, given, 0x5412, "x"));
}

static int make_code_by_key(void)
{
    return reason_of(syscall(SYS_pkey_mprotect, NULL, 4096, PROT_EXEC, -1));
}
#endif

static int read_given(void)
{
    char octets[6];
    return pread(given, octets, sizeof octets, 0) == 6 && memcmp(octets, "octets", 6) == 0 ? 0 : -1;
}

static int take_memory(void)
{
    // So that the compiler cannot leave it out.
    char *volatile at = malloc(32 * 1024 * 1024);
    if (at == NULL)
        return -1;
    at[32 * 1024 * 1024 - 1] = 1;
    free(at);
    return 0;
}

static int take_more_memory(void)
{
    return mmap(NULL, SANDBOX_MEMORY_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? errno
               : 0;
}

static int ask_time(void)
{
    struct timespec now;
    return reason_of(clock_gettime(CLOCK_MONOTONIC, &now));
}

static int send_octets(void)
{
    struct iovec part = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
    const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    return reason_of(sendmsg(near_end, &message, 0));
}

// -1: it did not even get there.
static int attempt(int (*what)(void), uint32_t *out_held)
{
    int pipe_ends[2];
    struct {
        uint32_t held;
        int reason;
    } said = { .reason = -1 };
    assert_int_equal(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct err err;
        (void)signal(SIGXFSZ, SIG_IGN);
        if (sandbox_enter(&said.held, &err) == OK)
            said.reason = what();
        (void)!write(pipe_ends[1], &said, sizeof said);
        _exit(0);
    }
    (void)close(pipe_ends[1]);
    const ssize_t len = read(pipe_ends[0], &said, sizeof said);
    (void)close(pipe_ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    if (len != (ssize_t)sizeof said)
        fail_msg("the child ended before it could say what it met");
    *out_held = said.held;
    return said.reason;
}

struct trial {
    const char *name;
    int (*what)(void);
    int reason;  // 0: allowed.
};

static void try_all(const struct trial *trials, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t held = 0;
        const int reason = attempt(trials[i].what, &held);
        if (trials[i].reason != 0 && held != SANDBOX_ALL) {
            print_message("skipped: %s\n", sandbox_missing(held));
            skip();
        }
        if (reason != trials[i].reason)
            fail_msg("%s: %s, expected %s", trials[i].name, strerror(reason),
                     strerror(trials[i].reason));
    }
}

static void sandbox_enter__refuses_what_reading_does_not_need(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        { "open a file", open_for_reading, EPERM },
        { "open a directory", open_directory, EPERM },
        { "make a file", make_file, EPERM },
        { "remove a file", remove_file, EPERM },
        { "change a mode", change_mode, EPERM },
        { "look at a file", look_at_file, EPERM },
        { "make a socket", make_socket, EPERM },
        { "make a local socket", make_local_socket, EPERM },
        { "connect", connect_socket, EPERM },
        { "fork", make_process, EPERM },
        { "execve", execute, EPERM },
        { "signal the parent", signal_parent, EPERM },
        { "map code", map_code, EPERM },
        { "make code of memory", make_code, EPERM },
        { "copy a descriptor", copy_descriptor, EPERM },
        { "write into a file", write_file, EFBIG },
#ifdef __linux__
        { "trace the parent", trace_parent, EPERM },
        { "signal a thread of the parent", signal_thread_of_parent, EPERM },
        { "read the parent's memory", read_memory_of_parent, EPERM },
        { "clone", make_thread, EPERM },
        { "make a name space", make_name_space, EPERM },
        { "push into a terminal", push_into_terminal, EPERM },
        { "make code of memory by a key", make_code_by_key, EPERM },
#endif
    };
    try_all(trials, COUNT_OF(trials));
}

static void sandbox_enter__allows_what_reading_needs(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        { "read what is given", read_given, 0 },
        { "take memory", take_memory, 0 },
        { "ask for the time", ask_time, 0 },
        { "send", send_octets, 0 },
    };
    try_all(trials, COUNT_OF(trials));
}

static void sandbox_enter__limits_memory(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    print_message("skipped: a sanitizer needs more address space than there is memory\n");
    skip();
#endif
    uint32_t held;
    assert_int_equal(attempt(take_more_memory, &held), ENOMEM);
}

static int wait_for_end(void)
{
    char octet;
    return read(near_end, &octet, 1) == 0 ? 0 : -1;
}

// The line "Uid:" of a process: real, effective, saved and for files.
static void assert_is_nobody(pid_t pid, const char *name)
{
    char path[64];
    char text[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    const int fd = open(path, O_RDONLY);
    if (fd < 0) {
        print_message("skipped: no /proc that would say who a process is\n");
        skip();
    }
    const ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    assert_true(len > 0);
    const str whole = { .at = text, .len = (size_t)len };
    str line = str_from(whole, str_find(whole, str_of(name)) + 1);
    line = str_to(line, str_find_char(line, '\n'));
    if (!str_ends_with(line, STR("\t65534\t65534\t65534\t65534")))
        fail_msg("%.*s", STR_ARG(line));
}

static void sandbox_enter__takes_root_from_root(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: not run by root\n");
        skip();
    }
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct err err;
        uint32_t held;
        (void)close(far_end);
        if (sandbox_enter(&held, &err) == OK)
            (void)!write(ready[1], "x", 1);
        (void)wait_for_end();
        _exit(0);
    }
    char octet;
    assert_int_equal(read(ready[0], &octet, 1), 1);
    assert_is_nobody(child, "\nUid:");
    assert_is_nobody(child, "\nGid:");
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

// Whoever holds `held_open` says "ready" and never ends by itself.
static _Noreturn void stay(int held_open)
{
    struct err err;
    uint32_t held;
    volatile bool for_ever = true;
    sandbox_close_others(held_open);
    if (sandbox_enter(&held, &err) == OK)
        (void)!write(held_open, "x", 1);
    while (for_ever)
        (void)take_memory();
    _exit(0);
}

// Also where the reader hangs and does not see that its socket was closed.
static void sandbox_enter__ends_the_process_with_its_parent(void **state)
{
    (void)state;
#ifndef __linux__
    print_message("skipped: the system has no such thing\n");
    skip();
#endif
    int ends[2];
    char octet;
    assert_int_equal(pipe(ends), 0);
    const pid_t middle = fork();
    if (middle == 0) {
        if (fork() == 0)
            stay(ends[1]);
        (void)close(ends[1]);
        (void)pause();
        _exit(0);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &octet, 1), 1);
    assert_int_equal(kill(middle, SIGKILL), 0);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    struct pollfd end = { .fd = ends[0], .events = POLLIN };
    assert_int_equal(poll(&end, 1, WAIT_MS), 1);
    assert_int_equal(read(ends[0], &octet, 1), 0);
    (void)close(ends[0]);
}

static unsigned still_open(int keep)
{
    int said[2];
    unsigned count = 0;
    assert_int_equal(pipe(said), 0);
    const pid_t child = fork();
    if (child == 0) {
        const int at = dup2(said[1], keep);
        sandbox_close_others(at);
        for (int fd = 0; fd < 1024; fd++)
            count += fcntl(fd, F_GETFD) >= 0;
        (void)!write(at, &count, sizeof count);
        _exit(0);
    }
    (void)close(said[1]);
    assert_int_equal(read(said[0], &count, sizeof count), sizeof count);
    (void)close(said[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return count;
}

static void sandbox_close_others__leaves_one(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    const unsigned others = 1;  // Standard error, for the report.
#else
    const unsigned others = 0;
#endif
    static const int kept[] = { 0, 1, 3, 4, 200 };
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        assert_int_equal(still_open(kept[i]), 1 + others);
    assert_int_equal(still_open(2), 1);
}

static void sandbox_missing__says_what_is_missing(void **state)
{
    (void)state;
    assert_string_equal(sandbox_missing(SANDBOX_ALL), "");
    for (uint32_t held = 0; held < SANDBOX_ALL; held++)
        assert_non_null(strstr(sandbox_missing(held), "the readers are "));
}

static int prepare(void **state)
{
    (void)state;
    int pair[2];
    char name[] = "/tmp/sandbox_test_XXXXXX";
    given = mkstemp(name);
    if (given < 0 || unlink(name) != 0 || write(given, "octets", 6) != 6 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return -1;
    near_end = pair[0];
    far_end = pair[1];
    parent = getpid();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sandbox_enter__refuses_what_reading_does_not_need),
        cmocka_unit_test(sandbox_enter__allows_what_reading_needs),
        cmocka_unit_test(sandbox_enter__limits_memory),
        cmocka_unit_test(sandbox_enter__takes_root_from_root),
        cmocka_unit_test(sandbox_enter__ends_the_process_with_its_parent),
        cmocka_unit_test(sandbox_close_others__leaves_one),
        cmocka_unit_test(sandbox_missing__says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
