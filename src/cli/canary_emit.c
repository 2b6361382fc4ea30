// The canary's side on the Mac: one process, whose acts harm nothing and leave nothing behind.

#include "cli/canary.h"

#include "platform/platform.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127
// What could not be done, of the exit code of the canary's process.
#define EXIT_ACTS       64
#define EXIT_NO_FILE    1
#define EXIT_NO_LIBRARY 2

static bool choose_nonce(char out[CANARY_NONCE_HEX + 1]);
static str own_library(struct arena *a);
static int emit(struct arena *a, const struct canary_emit *e, struct db *db);
static int start(struct arena *a, const char *nonce, str library);
static bool touch_file(str nonce);
static bool protect_page(int fd);
static bool map_library(str library);

bool canary_is_nonce(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("0123456789abcdef", text.at[i]) == NULL)
            return false;
    return text.len == CANARY_NONCE_HEX;
}

int canary_emit(const struct canary_emit *e)
{
    struct arena arena = { 0 };
    struct db *db = NULL;
    struct canary_emit all = *e;
    char chosen[CANARY_NONCE_HEX + 1] = { 0 };
    if (all.nonce.len == CANARY_NONCE_HEX)
        memcpy(chosen, all.nonce.at, CANARY_NONCE_HEX);
    else if (!choose_nonce(chosen))
        return cli_fail(EXIT_INPUT, "/dev/urandom: %s", strerror(errno));
    // What is in the environment only is not written to unasked.
    int code = e->store->name.len > 0 ? store_options_open(e->store, DB_CREATE, &db) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    all.nonce = str_of(chosen);
    all.library = all.library.len > 0 ? all.library : own_library(&arena);
    all.host = all.host.len > 0 ? all.host : platform_host_name(&arena);
    code = emit(&arena, &all, db);
    db_close(db);
    arena_done(&arena);
    return code;
}

static int emit(struct arena *a, const struct canary_emit *e, struct db *db)
{
    const int told = start(a, e->nonce.at, e->library);
    if (told != EXIT_DONE && (told & ~(EXIT_NO_FILE | EXIT_NO_LIBRARY)) != EXIT_ACTS)
        return cli_fail(EXIT_INPUT, "the canary's process cannot be started");
    (void)puts(e->nonce.at);
    uint32_t acts = CANARIES_SIGNALS;
    if ((told & EXIT_NO_FILE) != 0)
        acts &= ~(SIGNAL_BIT(SIGNAL_FILE) | SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION));
    if ((told & EXIT_NO_LIBRARY) != 0)
        acts &= ~SIGNAL_BIT(SIGNAL_LIBRARY_LOAD);
    const int kept = db == NULL ? EXIT_DONE : canary_keep_emitted(db, e, acts);
    return told == EXIT_DONE ? kept : EXIT_INPUT;
}

static bool choose_nonce(char out[CANARY_NONCE_HEX + 1])
{
    uint8_t octets[CANARY_NONCE_HEX / 2];
    const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    const bool is_read = fd >= 0 && read(fd, octets, sizeof octets) == (ssize_t)sizeof octets;
    if (fd >= 0)
        (void)close(fd);
    for (size_t i = 0; is_read && i < sizeof octets; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", octets[i]);
    return is_read;
}

// Installed beside the program, or in the tree it was built in. Empty where there is none.
static str own_library(struct arena *a)
{
    static const char *const places[] = { "/../lib/libpomona.dylib", "/../lib/libpomona.so.0",
                                          "/src/libpomona.dylib", "/src/libpomona.so.0" };
    const str directory = platform_program_directory(a);
    for (size_t i = 0; directory.len > 0 && i < COUNT_OF(places); i++) {
        const str path = arena_printf(a, "%.*s%s", STR_ARG(directory), places[i]);
        if (access(path.at, R_OK) == 0)
            return path;
    }
    return STR_EMPTY;
}

static int start(struct arena *a, const char *nonce, str library)
{
    const str directory = platform_program_directory(a);
    const str program = arena_printf(a, "%.*s/pomona", STR_ARG(directory));
    const char *mapped = cstr_of(a, library);
    if (mapped == NULL || setenv(CANARY_VARIABLE, nonce, 1) != 0)
        return EXIT_NOT_STARTED;
    const pid_t child = fork();
    if (child == 0) {
        (void)execl(program.at, "pomona", "canary", "act", nonce, mapped, (char *)NULL);
        _exit(EXIT_NOT_STARTED);
    }
    int how = 0;
    if (child < 0 || waitpid(child, &how, 0) != child || !WIFEXITED(how))
        return EXIT_NOT_STARTED;
    return WEXITSTATUS(how);
}

int canary_act(str nonce, str library)
{
    int failed = 0;
    if (!touch_file(nonce)) {
        (void)cli_fail(EXIT_INPUT, "file: not written, made read-only in memory and removed: %s",
                       strerror(errno));
        failed |= EXIT_NO_FILE;
    }
    if (library.len > 0 && map_library(library))
        return failed == 0 ? EXIT_DONE : EXIT_ACTS | failed;
    if (library.len == 0)
        (void)cli_fail(EXIT_INPUT, "library load: the program's own library is not beside it; name "
                                   "one with --library FILE");
    else
        (void)cli_fail(EXIT_INPUT, "library load: %s", dlerror());
    return EXIT_ACTS | failed | EXIT_NO_LIBRARY;
}

static bool touch_file(str nonce)
{
    struct arena arena = { 0 };
    const str given = str_of(getenv("TMPDIR"));
    const str directory = given.len > 0 ? given : STR("/tmp");
    const str path =
        arena_printf(&arena, "%.*s/pomona-canary-%.*s", STR_ARG(directory), STR_ARG(nonce));
    const int fd = open(path.at, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_done = fd >= 0 && write(fd, nonce.at, nonce.len) == (ssize_t)nonce.len;
    if (is_done)
        is_done = protect_page(fd);
    if (fd >= 0) {
        is_done = close(fd) == 0 && is_done;
        is_done = unlink(path.at) == 0 && is_done;
    }
    arena_done(&arena);
    return is_done;
}

// Of the canary's own file: read and write becomes read only, never executable.
static bool protect_page(int fd)
{
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (page == MAP_FAILED)
        return false;
    const bool is_done = mprotect(page, size, PROT_READ) == 0;
    (void)munmap(page, size);
    return is_done;
}

static bool map_library(str library)
{
    void *handle = dlopen(library.at, RTLD_NOW | RTLD_LOCAL);
    return handle != NULL && dlclose(handle) == 0;
}
