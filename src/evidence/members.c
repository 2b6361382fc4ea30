#include "evidence/members.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (64u * 1024u)

static enum status read_file(const char *path, struct buf *b, struct err *err);

struct evidence_members *evidence_members_new(void)
{
    return memory_zeroed(1, sizeof(struct evidence_members));
}

void evidence_members_free(struct evidence_members *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->count; i++)
        buf_done(&m->bufs[i]);
    arena_done(&m->names);
    free(m);
}

enum status evidence_members_add(struct evidence_members *m, str name, struct buf *b,
                                 struct err *err)
{
    enum status status = OK;
    if (b->failed)
        status =
            fail(err, ERR_LIMIT, "%.*s has more than %u octets; a shorter period makes it smaller",
                 STR_ARG(name), EVIDENCE_MEMBER_MAX);
    else if (m->count == EVIDENCE_MEMBERS_MAX)
        status = fail(err, ERR_LIMIT, "a pack has at most %u members", EVIDENCE_MEMBERS_MAX);
    else if (!evidence_name_is_safe(name))
        status = fail(err, ERR_CONFIG,
                      "\"%.*s\" is no name for a member of a pack: letters, digits, and ._- behind "
                      "the first",
                      STR_ARG(name));
    if (status != OK) {
        buf_done(b);
        return status;
    }
    m->bufs[m->count] = *b;
    m->at[m->count].name = arena_str(&m->names, name);
    m->at[m->count].content = buf_str(b);
    m->count++;
    return OK;
}

enum status evidence_members_add_file(struct evidence_members *m, str name, str path,
                                      struct err *err)
{
    struct buf b;
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    const enum status status = evidence_read_file(path, &b, err);
    if (status == OK)
        return evidence_members_add(m, name, &b, err);
    buf_done(&b);
    err_prefix(err, "%.*s", STR_ARG(path));
    return status;
}

enum status evidence_read_file(str path, struct buf *b, struct err *err)
{
    struct arena arena = { 0 };
    const char *file = cstr_of(&arena, path);
    const enum status status =
        file == NULL ? fail(err, ERR_CONFIG, "a path has no NUL in it") : read_file(file, b, err);
    arena_done(&arena);
    return status;
}

static enum status read_file(const char *path, struct buf *b, struct err *err)
{
    struct stat st;
    uint8_t piece[PIECE_BYTES];
    ssize_t got = -1;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return fail(err, ERR_IO, "is no regular file");
    }
    while (!b->failed && ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)))
        buf_add(b, (str){ .at = (const char *)piece, .len = got > 0 ? (size_t)got : 0 });
    const int number = errno;
    (void)close(fd);
    return got < 0 && !b->failed ? fail(err, ERR_IO, "%s", strerror(number)) : OK;
}

str evidence_members_find(const struct evidence_members *m, str name)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(m->at[i].name, name))
            return m->at[i].content;
    return STR_EMPTY;
}
