// For tests: the name of a store that is not there yet, and its removal with what SQLite lays beside it.

#ifndef STORE_TEST_FILE_H
#define STORE_TEST_FILE_H

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char test_file[64];

static inline int test_file_make(void **state)
{
    (void)state;
    (void)snprintf(test_file, sizeof test_file, "/tmp/pomona-store-XXXXXX");
    const int fd = mkstemp(test_file);
    return fd < 0 || close(fd) != 0 || unlink(test_file) != 0 ? -1 : 0;
}

static inline int test_file_remove(void **state)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s%s", test_file, endings[i]);
        (void)unlink(name);
    }
    return 0;
}

#endif
