#include "evidence/archive.h"

#include "base/arena.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#define PIECE_BYTES (64u * 1024u)

struct evidence_archive {
    struct archive *in;
    size_t compressed;
    uint64_t total;   // Octets of all members so far.
    uint64_t member;  // Of this one.
    size_t count;
    uint8_t piece[PIECE_BYTES];
};

static bool is_safe_part(str part);
static enum status write_member(struct archive *a, struct archive_entry *entry,
                                const struct evidence_member *member, int64_t time_s,
                                struct err *err);
static la_ssize_t put(struct archive *a, void *context, const void *at, size_t len);
static enum status told(struct archive *a, enum status status, struct err *err);

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

enum status evidence_archive_write(const struct evidence_member *members, size_t count,
                                   int64_t time_s, struct buf *out, struct err *err)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    if (a == NULL || entry == NULL)
        memory_out(sizeof(struct evidence_archive));
    enum status status = OK;
    // The last block is not filled up: what is compressed ends where the archive does.
    if (archive_write_set_format_ustar(a) != ARCHIVE_OK ||
        archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, out, NULL, put, NULL) != ARCHIVE_OK)
        status = told(a, ERR_IO, err);
    for (size_t i = 0; i < count && status == OK; i++)
        status = write_member(a, entry, &members[i], time_s, err);
    if (status == OK && archive_write_close(a) != ARCHIVE_OK)
        status = told(a, ERR_IO, err);
    archive_entry_free(entry);
    (void)archive_write_free(a);
    if (status == OK && out->failed)
        status = fail(err, ERR_LIMIT, "a pack has at most %u octets", EVIDENCE_PACK_MAX);
    return status;
}

static enum status write_member(struct archive *a, struct archive_entry *entry,
                                const struct evidence_member *member, int64_t time_s,
                                struct err *err)
{
    char name[EVIDENCE_NAME_MAX + 1];
    if (!evidence_name_is_safe(member->name))
        return fail(err, ERR_CONFIG, "\"%.*s\" is no name for a member of a pack",
                    STR_ARG(member->name));
    memcpy(name, member->name.at, member->name.len);
    name[member->name.len] = '\0';
    (void)archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, (time_t)time_s, 0);
    archive_entry_set_size(entry, (la_int64_t)member->content.len);
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        return told(a, ERR_IO, err);
    return member->content.len == 0 ||
                   archive_write_data(a, member->content.at, member->content.len) ==
                       (la_ssize_t)member->content.len
               ? OK
               : told(a, ERR_IO, err);
}

// A buffer that is full takes no more, and says so in the end.
static la_ssize_t put(struct archive *a, void *context, const void *at, size_t len)
{
    (void)a;
    buf_add(context, (str){ .at = at, .len = len });
    return (la_ssize_t)len;
}

static enum status told(struct archive *a, enum status status, struct err *err)
{
    const char *why = archive_error_string(a);
    return fail(err, status, "%s", why == NULL ? "libarchive gives no reason" : why);
}

enum status evidence_archive_open(bytes whole, struct evidence_archive **out, struct err *err)
{
    struct evidence_archive *a = memory_zeroed(1, sizeof *a);
    a->compressed = whole.len;
    a->in = archive_read_new();
    if (a->in == NULL)
        memory_out(sizeof *a);
    if (archive_read_support_filter_zstd(a->in) != ARCHIVE_OK ||
        archive_read_support_format_tar(a->in) != ARCHIVE_OK ||
        archive_read_open_memory(a->in, whole.at, whole.len) != ARCHIVE_OK) {
        const enum status status = told(a->in, ERR_FORMAT, err);
        evidence_archive_close(a);
        return status;
    }
    *out = a;
    return OK;
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
    if (a->member > EVIDENCE_MEMBER_MAX || a->total > EVIDENCE_TOTAL_MAX)
        return fail(err, ERR_LIMIT, "a member of more than %u octets, or all of more than %llu",
                    EVIDENCE_MEMBER_MAX, (unsigned long long)EVIDENCE_TOTAL_MAX);
    if (a->total > EVIDENCE_RATIO_FREE &&
        a->total - EVIDENCE_RATIO_FREE > (uint64_t)a->compressed * EVIDENCE_RATIO_MAX)
        return fail(err, ERR_LIMIT, "more than %u times as large as what is compressed",
                    EVIDENCE_RATIO_MAX);
    *piece = (bytes){ .at = a->piece, .len = (size_t)got };
    return OK;
}
