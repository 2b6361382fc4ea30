// What the tests of this room share: a directory of scenarios that goes again.

#ifndef VALIDATE_FIXTURE_H
#define VALIDATE_FIXTURE_H

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE_FILES_MAX 512u

struct fixture {
    char top[64];
    char paths[FIXTURE_FILES_MAX][256];  // In the order of making.
    size_t count;
    struct arena arena;
};

static inline void fixture_make(struct fixture *f)
{
    *f = (struct fixture){ .top = "/tmp/pomona-scenarios-XXXXXX" };
    assert_non_null(mkdtemp(f->top));
}

static inline const char *fixture_path(struct fixture *f, const char *name)
{
    assert_true(f->count < FIXTURE_FILES_MAX);
    char *path = f->paths[f->count++];
    (void)snprintf(path, sizeof f->paths[0], "%s/%s", f->top, name);
    return path;
}

static inline void fixture_directory(struct fixture *f, const char *name)
{
    assert_int_equal(mkdir(fixture_path(f, name), 0700), 0);
}

// Anew, where it is there.
static inline void fixture_write(const char *path, str text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.at, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static inline void fixture_file(struct fixture *f, const char *name, const char *text)
{
    fixture_write(fixture_path(f, name), str_of(text));
}

static inline void fixture_remove(struct fixture *f)
{
    while (f->count > 0) {
        const char *path = f->paths[--f->count];
        struct stat st;
        if (lstat(path, &st) == 0)
            assert_int_equal(S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path), 0);
    }
    assert_int_equal(rmdir(f->top), 0);
    arena_done(&f->arena);
}

#endif
