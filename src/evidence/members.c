#include "evidence/members.h"

#include "macho/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPILL_BYTES ((size_t)1024u * 1024u)
#define PIECE_BYTES (64u * 1024u)

struct evidence_members {
    struct evidence_member at[EVIDENCE_MEMBERS_MAX];
    size_t count;
    struct arena names;
    int fd;
    uint64_t total;
    // Of the one that was begun.
    struct evidence_member member;
    struct buf pending;
    struct digest digest;
    enum status status;
    struct err err;
};

static enum status check_name(const struct evidence_members *m, str name, struct err *err);
static void spill(struct evidence_members *m);
static enum status add_octets(struct evidence_members *m, str octets, struct err *err);
static int by_name(const void *a, const void *b);
static enum status copy_file(struct evidence_members *m, int fd, struct err *err);
static ssize_t read_some(int fd, uint8_t *at, size_t len);
static bool is_safe_part(str part);

enum status evidence_members_open(str beside, struct evidence_members **out, struct err *err)
{
    struct arena arena = { 0 };
    const char *name = NULL;
    int fd = -1;
    const enum status status = evidence_make_beside(beside, &arena, &name, &fd, err);
    if (status == OK && name != NULL) {
        (void)unlink(name);
        *out = memory_zeroed(1, sizeof **out);
        (*out)->fd = fd;
        buf_init(&(*out)->pending, EVIDENCE_ROW_MAX);
        digest_init(&(*out)->digest);
    }
    arena_done(&arena);
    return status;
}

enum status evidence_make_beside(str path, struct arena *arena, const char **name, int *fd,
                                 struct err *err)
{
    const str directory = str_directory(path);
    const str made =
        arena_printf(arena, "%.*s%s.pomona-XXXXXX", STR_ARG(directory),
                     directory.len == 0 || str_ends_with(directory, STR("/")) ? "" : "/");
    char *template = arena_alloc(arena, made.len + 1);
    memcpy(template, made.at, made.len + 1);
    *fd = strlen(template) == made.len ? mkstemp(template) : -1;
    if (*fd < 0)
        return fail(err, ERR_IO, "beside %.*s: %s", STR_ARG(path), strerror(errno));
    (void)fcntl(*fd, F_SETFD, FD_CLOEXEC);
    *name = template;
    return OK;
}

void evidence_members_free(struct evidence_members *m)
{
    if (m == NULL)
        return;
    (void)close(m->fd);
    buf_done(&m->pending);
    digest_done(&m->digest);
    arena_done(&m->names);
    free(m);
}

size_t evidence_members_count(const struct evidence_members *m)
{
    return m->count;
}

const struct evidence_member *evidence_members_at(const struct evidence_members *m, size_t i)
{
    return &m->at[i];
}

const struct evidence_member *evidence_members_find(const struct evidence_members *m, str name)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(m->at[i].name, name))
            return &m->at[i];
    return NULL;
}

enum status evidence_members_sort(struct evidence_members *m, struct err *err)
{
    qsort(m->at, m->count, sizeof *m->at, by_name);
    for (size_t i = 1; i < m->count; i++)
        if (str_eq(m->at[i].name, m->at[i - 1].name))
            return fail(err, ERR_CONFIG, "two members have the name %.*s", STR_ARG(m->at[i].name));
    return OK;
}

static int by_name(const void *a, const void *b)
{
    const struct evidence_member *left = a;
    const struct evidence_member *right = b;
    return str_cmp(left->name, right->name);
}

enum status evidence_members_read(const struct evidence_members *m,
                                  const struct evidence_member *member, uint64_t offset,
                                  uint8_t *at, size_t len, size_t *got, struct err *err)
{
    const uint64_t left = offset < member->size ? member->size - offset : 0;
    const size_t want = left < len ? (size_t)left : len;
    ssize_t done = 0;
    while (want > 0 && (done = pread(m->fd, at, want, (off_t)(member->at + offset))) < 0)
        if (errno != EINTR)
            return fail(err, ERR_IO, "%.*s: %s", STR_ARG(member->name), strerror(errno));
    if (want > 0 && done == 0)
        return fail(err, ERR_IO, "%.*s: the file that holds it is gone", STR_ARG(member->name));
    *got = (size_t)done;
    return OK;
}

struct buf *evidence_members_begin(struct evidence_members *m, str name)
{
    m->member = (struct evidence_member){ .name = arena_str(&m->names, name), .at = m->total };
    buf_reset(&m->pending);
    m->status = check_name(m, name, &m->err);
    if (m->status == OK && !digest_begin(&m->digest, EVP_sha256()))
        m->status = fail(&m->err, ERR_IO, "libcrypto has no SHA-256");
    return &m->pending;
}

static enum status check_name(const struct evidence_members *m, str name, struct err *err)
{
    if (m->count == EVIDENCE_MEMBERS_MAX)
        return fail(err, ERR_LIMIT, "a pack has at most %u members", EVIDENCE_MEMBERS_MAX);
    return evidence_name_is_safe(name)
               ? OK
               : fail(err, ERR_CONFIG,
                      "\"%.*s\" is no name for a member of a pack: letters, digits, and ._- behind "
                      "the first",
                      STR_ARG(name));
}

void evidence_members_spill(struct evidence_members *m)
{
    if (m->pending.len >= SPILL_BYTES || m->pending.failed)
        spill(m);
}

static void spill(struct evidence_members *m)
{
    if (m->status == OK && m->pending.failed)
        m->status = fail(&m->err, ERR_LIMIT, "%.*s has a row of more than %zu octets",
                         STR_ARG(m->member.name), EVIDENCE_ROW_MAX);
    if (m->status == OK)
        m->status = add_octets(m, buf_str(&m->pending), &m->err);
    buf_reset(&m->pending);
}

static enum status add_octets(struct evidence_members *m, str octets, struct err *err)
{
    m->member.size += octets.len;
    if (m->member.size > EVIDENCE_MEMBER_MAX || m->member.at + m->member.size > EVIDENCE_TOTAL_MAX)
        return fail(err, ERR_LIMIT,
                    "%.*s makes the pack too large; a shorter period makes a smaller one",
                    STR_ARG(m->member.name));
    if (!digest_add(&m->digest, bytes_of_str(octets)))
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    return evidence_put(m->fd, bytes_of_str(octets), err);
}

enum status evidence_members_end(struct evidence_members *m, struct err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    spill(m);
    if (m->status == OK && !digest_end(&m->digest, hash))
        m->status = fail(&m->err, ERR_IO, "libcrypto has no SHA-256");
    if (m->status != OK) {
        evidence_members_drop(m);
        return fail(err, m->status, "%s", m->err.text);
    }
    evidence_hex(hash, EVIDENCE_SHA256_BYTES, m->member.sha256);
    m->total += m->member.size;
    m->at[m->count++] = m->member;
    return OK;
}

void evidence_members_drop(struct evidence_members *m)
{
    m->total = m->member.at + m->member.size;
    buf_reset(&m->pending);
}

enum status evidence_members_add(struct evidence_members *m, str name, str content, struct err *err)
{
    (void)evidence_members_begin(m, name);
    if (m->status == OK)
        m->status = add_octets(m, content, &m->err);
    return evidence_members_end(m, err);
}

enum status evidence_members_add_file(struct evidence_members *m, str name, str path,
                                      struct err *err)
{
    int fd = -1;
    enum status status = evidence_open_file(path, &fd, err);
    if (status == OK) {
        status = evidence_members_add_fd(m, name, fd, err);
        (void)close(fd);
    }
    if (status != OK)
        err_prefix(err, "%.*s", STR_ARG(path));
    return status;
}

enum status evidence_members_add_fd(struct evidence_members *m, str name, int fd, struct err *err)
{
    (void)evidence_members_begin(m, name);
    if (m->status == OK)
        m->status = copy_file(m, fd, &m->err);
    return evidence_members_end(m, err);
}

static enum status copy_file(struct evidence_members *m, int fd, struct err *err)
{
    uint8_t piece[PIECE_BYTES];
    ssize_t got = 0;
    enum status status = OK;
    while (status == OK && (got = read_some(fd, piece, sizeof piece)) > 0)
        status = add_octets(m, (str){ .at = (const char *)piece, .len = (size_t)got }, err);
    return status == OK && got < 0 ? fail(err, ERR_IO, "%s", strerror(errno)) : status;
}

static ssize_t read_some(int fd, uint8_t *at, size_t len)
{
    ssize_t got;
    do
        got = read(fd, at, len);
    while (got < 0 && errno == EINTR);
    return got;
}

enum status evidence_open_file(str path, int *fd, struct err *err)
{
    struct arena arena = { 0 };
    struct stat st;
    const char *name = cstr_of(&arena, path);
    enum status status = OK;
    *fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (name == NULL)
        status = fail(err, ERR_CONFIG, "a path has no NUL in it");
    else if (*fd < 0)
        status = fail(err, ERR_IO, "%s", strerror(errno));
    else if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(*fd);
        *fd = -1;
        status = fail(err, ERR_IO, "is no regular file");
    }
    arena_done(&arena);
    return status;
}

enum status evidence_hash_file(str path, uint64_t *size, char out[EVIDENCE_FINGERPRINT_SIZE],
                               struct err *err)
{
    uint8_t piece[PIECE_BYTES];
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;
    ssize_t got = -1;
    int fd = -1;
    enum status status = evidence_open_file(path, &fd, err);
    if (status != OK)
        return status;
    digest_init(&digest);
    *size = 0;
    bool works = digest_begin(&digest, EVP_sha256());
    while (works && (got = read_some(fd, piece, sizeof piece)) > 0) {
        works = digest_add(&digest, (bytes){ .at = piece, .len = (size_t)got });
        *size += (uint64_t)got;
    }
    if (got < 0)
        status = fail(err, ERR_IO, "%s", works ? strerror(errno) : "libcrypto has no SHA-256");
    else if (!works || !digest_end(&digest, hash))
        status = fail(err, ERR_IO, "libcrypto has no SHA-256");
    digest_done(&digest);
    (void)close(fd);
    evidence_hex(hash, EVIDENCE_SHA256_BYTES, out);
    return status;
}

enum status evidence_put(int fd, bytes what, struct err *err)
{
    while (what.len > 0) {
        const ssize_t done = write(fd, what.at, what.len);
        if (done < 0 && errno != EINTR)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (done > 0)
            what = (bytes){ .at = what.at + done, .len = what.len - (size_t)done };
    }
    return OK;
}

bool evidence_name_is_safe(str name)
{
    str rest = name;
    str part;
    bool is_safe = name.len > 0 && name.len <= EVIDENCE_NAME_MAX && name.at[name.len - 1] != '/';
    while (is_safe && str_take_until(&rest, '/', &part))
        is_safe = is_safe_part(part);
    return is_safe;
}

static bool is_safe_part(str part)
{
    if (part.len == 0 || part.at[0] == '.' || part.at[0] == '-')
        return false;
    for (size_t i = 0; i < part.len; i++) {
        const char c = part.at[i];
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!is_plain)
            return false;
    }
    return true;
}
