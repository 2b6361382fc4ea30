#include "evidence/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE_BYTES (64u * 1024u)

struct writing {
    const struct evidence_members *members;
    int fd;
    struct digest *digest;
    struct archive *a;
    struct archive_entry *entry;
    struct err err;  // Why the file does not take what is written.
    bool has_failed;
    uint8_t piece[PIECE_BYTES];
};

struct evidence_archive {
    struct archive *in;
    int fd;
    uint64_t at;
    uint64_t compressed;
    struct digest *digest;
    uint64_t total;   // Octets of all members so far.
    uint64_t member;  // Of this one.
    size_t count;
    uint8_t octets[PIECE_BYTES];  // As they are in the file.
    uint8_t piece[PIECE_BYTES];
};

static enum status write_all(struct writing *w, size_t first, int64_t time_s, struct err *err);
static enum status write_member(struct writing *w, const struct evidence_member *member,
                                int64_t time_s, struct err *err);
static enum status write_content(struct writing *w, const struct evidence_member *member,
                                 struct err *err);
static la_ssize_t put(struct archive *a, void *context, const void *at, size_t len);
static enum status told(struct archive *a, enum status status, struct err *err);
static la_ssize_t get(struct archive *a, void *context, const void **out);
static enum status check_ratio(const struct evidence_archive *a, struct err *err);

enum status evidence_archive_write(const struct evidence_members *members, size_t first,
                                   int64_t time_s, int fd, struct digest *digest, struct err *err)
{
    struct writing *w = memory_zeroed(1, sizeof *w);
    w->members = members;
    w->fd = fd;
    w->digest = digest;
    w->a = archive_write_new();
    w->entry = archive_entry_new();
    if (w->a == NULL || w->entry == NULL)
        memory_out(sizeof *w);
    enum status status = write_all(w, first, time_s, err);
    if (status != OK && w->has_failed)
        *err = w->err;
    archive_entry_free(w->entry);
    (void)archive_write_free(w->a);
    free(w);
    return status;
}

static enum status write_all(struct writing *w, size_t first, int64_t time_s, struct err *err)
{
    const size_t count = evidence_members_count(w->members);
    enum status status = OK;
    // The last block is not filled up: what is compressed ends where the archive does.
    if (archive_write_set_format_ustar(w->a) != ARCHIVE_OK ||
        archive_write_add_filter_zstd(w->a) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(w->a, 1) != ARCHIVE_OK ||
        archive_write_open(w->a, w, NULL, put, NULL) != ARCHIVE_OK)
        status = told(w->a, ERR_IO, err);
    for (size_t i = 0; i < count && status == OK; i++)
        status = write_member(w, evidence_members_at(w->members, (first + i) % count), time_s, err);
    if (status == OK && archive_write_close(w->a) != ARCHIVE_OK)
        status = told(w->a, ERR_IO, err);
    return status;
}

static enum status write_member(struct writing *w, const struct evidence_member *member,
                                int64_t time_s, struct err *err)
{
    char name[EVIDENCE_NAME_MAX + 1];
    memcpy(name, member->name.at, member->name.len);
    name[member->name.len] = '\0';
    (void)archive_entry_clear(w->entry);
    archive_entry_set_pathname(w->entry, name);
    archive_entry_set_filetype(w->entry, AE_IFREG);
    archive_entry_set_perm(w->entry, 0644);
    archive_entry_set_uid(w->entry, 0);
    archive_entry_set_gid(w->entry, 0);
    archive_entry_set_mtime(w->entry, (time_t)time_s, 0);
    archive_entry_set_size(w->entry, (la_int64_t)member->size);
    return archive_write_header(w->a, w->entry) == ARCHIVE_OK ? write_content(w, member, err)
                                                              : told(w->a, ERR_IO, err);
}

static enum status write_content(struct writing *w, const struct evidence_member *member,
                                 struct err *err)
{
    size_t got = 0;
    for (uint64_t at = 0; at < member->size; at += got) {
        const enum status status =
            evidence_members_read(w->members, member, at, w->piece, sizeof w->piece, &got, err);
        if (status != OK)
            return status;
        if (archive_write_data(w->a, w->piece, got) != (la_ssize_t)got)
            return told(w->a, ERR_IO, err);
    }
    return OK;
}

static la_ssize_t put(struct archive *a, void *context, const void *at, size_t len)
{
    struct writing *w = context;
    const bytes what = { .at = at, .len = len };
    w->has_failed = evidence_put(w->fd, what, &w->err) != OK || !digest_add(w->digest, what);
    if (w->has_failed)
        archive_set_error(a, EIO, "%s", w->err.text);
    return w->has_failed ? -1 : (la_ssize_t)len;
}

static enum status told(struct archive *a, enum status status, struct err *err)
{
    const char *why = archive_error_string(a);
    return fail(err, status, "%s", why == NULL ? "libarchive gives no reason" : why);
}

enum status evidence_archive_open(int fd, uint64_t len, struct digest *digest,
                                  struct evidence_archive **out, struct err *err)
{
    struct evidence_archive *a = memory_zeroed(1, sizeof *a);
    a->fd = fd;
    a->compressed = len;
    a->digest = digest;
    a->in = archive_read_new();
    if (a->in == NULL)
        memory_out(sizeof *a);
    if (archive_read_support_filter_zstd(a->in) != ARCHIVE_OK ||
        archive_read_support_format_tar(a->in) != ARCHIVE_OK ||
        // What stands behind the archive's end some programs unpack: it is looked at as well.
        archive_read_set_format_option(a->in, "tar", "read_concatenated_archives", "1") !=
            ARCHIVE_OK ||
        archive_read_open(a->in, a, NULL, get, NULL) != ARCHIVE_OK) {
        const enum status status = told(a->in, ERR_FORMAT, err);
        evidence_archive_close(a);
        return status;
    }
    *out = a;
    return OK;
}

static la_ssize_t get(struct archive *a, void *context, const void **out)
{
    struct evidence_archive *r = context;
    const uint64_t left = r->compressed - r->at;
    const size_t want = left < sizeof r->octets ? (size_t)left : sizeof r->octets;
    ssize_t got = 0;
    while (want > 0 && (got = pread(r->fd, r->octets, want, (off_t)r->at)) < 0)
        if (errno != EINTR) {
            archive_set_error(a, errno, "%s", strerror(errno));
            return -1;
        }
    if (got > 0 && r->digest != NULL)
        (void)digest_add(r->digest, (bytes){ .at = r->octets, .len = (size_t)got });
    r->at += (uint64_t)got;
    *out = r->octets;
    return got;
}

void evidence_archive_close(struct evidence_archive *a)
{
    if (a == NULL)
        return;
    (void)archive_read_free(a->in);
    free(a);
}

enum status evidence_archive_next(struct evidence_archive *a, str *name, struct err *err)
{
    struct archive_entry *entry = NULL;
    const int got = archive_read_next_header(a->in, &entry);
    if (got == ARCHIVE_EOF)
        return END;
    if (got != ARCHIVE_OK)
        return told(a->in, ERR_FORMAT, err);
    a->member = 0;
    if (++a->count > EVIDENCE_MEMBERS_MAX)
        return fail(err, ERR_LIMIT, "more than %u members", EVIDENCE_MEMBERS_MAX);
    *name = str_of(archive_entry_pathname(entry));
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL)
        return fail(err, ERR_FORMAT, "member %zu is no plain file", a->count);
    if (!evidence_name_is_safe(*name))
        return fail(err, ERR_FORMAT, "member %zu has a name that may lead elsewhere", a->count);
    return OK;
}

enum status evidence_archive_read(struct evidence_archive *a, bytes *piece, struct err *err)
{
    const la_ssize_t got = archive_read_data(a->in, a->piece, sizeof a->piece);
    if (got < 0)
        return told(a->in, ERR_FORMAT, err);
    if (got == 0)
        return END;
    a->member += (uint64_t)got;
    a->total += (uint64_t)got;
    *piece = (bytes){ .at = a->piece, .len = (size_t)got };
    return check_ratio(a, err);
}

static enum status check_ratio(const struct evidence_archive *a, struct err *err)
{
    if (a->member > EVIDENCE_MEMBER_MAX || a->total > EVIDENCE_TOTAL_MAX)
        return fail(err, ERR_LIMIT, "a member of more than %llu octets, or all of more than %llu",
                    (unsigned long long)EVIDENCE_MEMBER_MAX,
                    (unsigned long long)EVIDENCE_TOTAL_MAX);
    if (a->total > EVIDENCE_RATIO_FREE &&
        (a->total - EVIDENCE_RATIO_FREE) / EVIDENCE_RATIO_MAX > a->compressed)
        return fail(err, ERR_LIMIT, "more than %u times as large as what is compressed",
                    EVIDENCE_RATIO_MAX);
    return OK;
}

enum status evidence_archive_drain(struct evidence_archive *a, struct err *err)
{
    const void *at;
    la_ssize_t got;
    do
        got = get(a->in, a, &at);
    while (got > 0);
    return got < 0 ? told(a->in, ERR_IO, err) : OK;
}
