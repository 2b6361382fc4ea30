// Runs a command and tells what it used: processor time, time on the wall, and memory at its peak.
// A program of its own because a process begins with the peak of the one that started it, and
// nothing that could start it is smaller than what is to be measured.
//
// usage: usage COMMAND [ARGUMENT...]
//
// The command's own output goes nowhere. Prints "STATUS CPU_US WALL_US PEAK": its exit status, or
// 128 and the number of the signal that ended it; the peak as the system counts it, which is in KiB
// on Linux and in octets on macOS.

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOT_RUN     127  // As shells tell it.
#define BY_A_SIGNAL 128

static int run(char **command, int *out_status);
static void become(char **command);
static int64_t us_of(struct timeval time);

int main(int argc, char **argv)
{
    struct timespec before;
    struct timespec after;
    struct rusage used;
    int status;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: usage COMMAND [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    if (run(argv + 1, &status) != 0 || getrusage(RUSAGE_CHILDREN, &used) != 0) {
        perror("usage");
        return EXIT_FAILURE;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    const int64_t wall_us = (int64_t)(after.tv_sec - before.tv_sec) * 1000000 +
                            (int64_t)(after.tv_nsec - before.tv_nsec) / 1000;
    (void)printf("%d %" PRId64 " %" PRId64 " %ld\n",
                 WIFEXITED(status) ? WEXITSTATUS(status) : BY_A_SIGNAL + WTERMSIG(status),
                 us_of(used.ru_utime) + us_of(used.ru_stime), wall_us, used.ru_maxrss);
    return EXIT_SUCCESS;
}

static int run(char **command, int *out_status)
{
    const pid_t child = fork();
    if (child < 0)
        return -1;
    if (child == 0)
        become(command);
    return waitpid(child, out_status, 0) == child ? 0 : -1;
}

static void become(char **command)
{
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0)
        (void)execvp(command[0], command);
    _exit(NOT_RUN);
}

static int64_t us_of(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + (int64_t)time.tv_usec;
}
