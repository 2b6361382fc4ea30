#include "source/stream.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#define RAW_SIZE            (128u * 1024u)
#define MAGIC_LEN           4u
#define STOP_POLL_MS        200u  // A stop that comes just before poll() is seen after this long.
#define WINDOW_BITS         (15 + 16)  // zlib's words for: gzip only.
#define ZSTD_WINDOW_LOG_MAX 27         // 128 MB; a frame that wants more is refused.

enum form {
    FORM_UNKNOWN,
    FORM_PLAIN,
    FORM_GZIP,
    FORM_ZSTD
};

struct stream {
    int fd;  // -1: memory.
    bytes memory;
    const volatile sig_atomic_t *stop;
    uint32_t idle_ms;
    enum form form;
    // Octets as they lie in the input, read but not yet used.
    uint8_t raw[RAW_SIZE];
    size_t raw_pos;
    size_t raw_len;
    bool at_end;
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool in_frame;  // Compressed data has begun and its end has not come.
    bool is_full;   // The last reading filled its room: zstd may hold more than it has given.
};

static enum status recognise(struct stream *s, struct err *err);
static enum status refill(struct stream *s, struct err *err);
static enum status read_raw(struct stream *s, uint8_t *out, size_t max, size_t *got,
                            struct err *err);
static enum status read_plain(struct stream *s, char *out, size_t max, size_t *got,
                              struct err *err);
static enum status read_gzip(struct stream *s, char *out, size_t max, size_t *got, struct err *err);
static enum status read_zstd(struct stream *s, char *out, size_t max, size_t *got, struct err *err);
static enum status begin_gzip(struct stream *s, struct err *err);
static enum status wait_for_input(struct stream *s, bool *is_idle, struct err *err);

enum status stream_open(str path, const volatile sig_atomic_t *stop, uint32_t idle_ms,
                        struct stream **out, struct err *err)
{
    struct arena arena = { 0 };
    struct stat st;
    int fd = STDIN_FILENO;
    if (!str_eq(path, STR("-"))) {
        const char *name = cstr_of(&arena, path);
        fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
        arena_done(&arena);
        if (fd < 0)
            return fail(err, ERR_IO, "%s", strerror(errno));
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        (void)close(fd);
        return fail(err, ERR_IO, "is a directory; name the files in it");
    }
    struct stream *s = memory_zeroed(1, sizeof *s);
    s->fd = fd;
    s->stop = stop;
    s->idle_ms = idle_ms;
    *out = s;
    return OK;
}

struct stream *stream_of_memory(bytes input)
{
    struct stream *s = memory_zeroed(1, sizeof *s);
    s->fd = -1;
    s->memory = input;
    return s;
}

void stream_close(struct stream *s)
{
    if (s == NULL)
        return;
    if (s->form == FORM_GZIP)
        (void)inflateEnd(&s->gzip);
    (void)ZSTD_freeDStream(s->zstd);
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd);
    free(s);
}

enum status stream_read(struct stream *s, char *out, size_t max, size_t *got, struct err *err)
{
    *got = 0;
    if (s->form == FORM_UNKNOWN) {
        const enum status status = recognise(s, err);
        if (status != OK)
            return status;
    }
    switch (s->form) {
    case FORM_UNKNOWN:
        return OK;  // Idle.
    case FORM_GZIP:
        return read_gzip(s, out, max, got, err);
    case FORM_ZSTD:
        return read_zstd(s, out, max, got, err);
    case FORM_PLAIN:
        return read_plain(s, out, max, got, err);
    }
    return OK;
}

// Looks at the first octets, reading on while they could still be the beginning of a magic. Where
// the input idles it stays unknown.
static enum status recognise(struct stream *s, struct err *err)
{
    static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
    static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

    for (;;) {
        const size_t there = s->raw_len;
        const enum status status = refill(s, err);
        if (status != OK && status != END)
            return status;
        if (status == OK && s->raw_len == there)
            return OK;
        const size_t len = s->raw_len < MAGIC_LEN ? s->raw_len : MAGIC_LEN;
        const size_t gzip_len = len < sizeof gzip_magic ? len : sizeof gzip_magic;
        const bool is_gzip = memcmp(s->raw, gzip_magic, gzip_len) == 0;
        const bool is_zstd = memcmp(s->raw, zstd_magic, len) == 0;
        if (is_gzip && gzip_len == sizeof gzip_magic)
            return begin_gzip(s, err);
        if (is_zstd && len == MAGIC_LEN) {
            s->form = FORM_ZSTD;
            s->zstd = ZSTD_createDStream();
            if (s->zstd == NULL)
                memory_out(sizeof s->zstd);
            (void)ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
            return OK;
        }
        if (status == END || (!is_gzip && !is_zstd)) {
            s->form = FORM_PLAIN;
            return OK;
        }
    }
}

static enum status begin_gzip(struct stream *s, struct err *err)
{
    if (inflateInit2(&s->gzip, WINDOW_BITS) != Z_OK)
        return fail(err, ERR_IO, "zlib does not start");
    s->form = FORM_GZIP;
    return OK;
}

// More raw octets behind those that are there; none where the input idles. END at its end.
static enum status refill(struct stream *s, struct err *err)
{
    if (s->raw_pos == s->raw_len)
        s->raw_pos = s->raw_len = 0;
    if (s->raw_len == RAW_SIZE)
        return OK;
    size_t got = 0;
    const enum status status = read_raw(s, s->raw + s->raw_len, RAW_SIZE - s->raw_len, &got, err);
    s->raw_len += got;
    return status;
}

// What is there now, at most `max` octets of it, waiting only while there is nothing, and not
// longer than an input may idle.
static enum status read_raw(struct stream *s, uint8_t *out, size_t max, size_t *got,
                            struct err *err)
{
    if (s->at_end)
        return END;
    if (s->fd < 0) {
        const size_t len = s->memory.len < max ? s->memory.len : max;
        if (len > 0)
            memcpy(out, s->memory.at, len);
        s->memory = (bytes){ .at = s->memory.at + len, .len = s->memory.len - len };
        s->at_end = len == 0;
        *got = len;
        return len == 0 ? END : OK;
    }
    ssize_t len = -1;
    while (len < 0) {
        bool is_idle = false;
        const enum status status = wait_for_input(s, &is_idle, err);
        if (status != OK || is_idle)
            return status;
        len = read(s->fd, out, max);
        if (len < 0 && errno != EINTR && errno != EAGAIN)
            return fail(err, ERR_IO, "cannot be read: %s", strerror(errno));
    }
    s->at_end = len == 0;
    *got = (size_t)len;
    return len == 0 ? END : OK;
}

// Until there is something to read. A signal ends the wait early, and its flag is looked at.
static enum status wait_for_input(struct stream *s, bool *is_idle, struct err *err)
{
    const bool may_idle = s->idle_ms > 0;
    uint32_t left_ms = s->idle_ms;
    for (;;) {
        struct pollfd wanted = { .fd = s->fd, .events = POLLIN };
        const uint32_t wait_ms = may_idle && left_ms < STOP_POLL_MS ? left_ms : STOP_POLL_MS;
        if (s->stop != NULL && *s->stop)
            return END;
        const int ready = poll(&wanted, 1, s->stop == NULL && !may_idle ? -1 : (int)wait_ms);
        if (ready > 0)
            return OK;
        if (ready < 0 && errno != EINTR)
            return fail(err, ERR_IO, "cannot be waited for: %s", strerror(errno));
        if (ready == 0 && may_idle)
            left_ms -= wait_ms;
        *is_idle = may_idle && left_ms == 0;
        if (*is_idle)
            return OK;
    }
}

// Straight to where it is wanted, after the octets that were read to recognise it.
static enum status read_plain(struct stream *s, char *out, size_t max, size_t *got, struct err *err)
{
    const size_t there = s->raw_len - s->raw_pos;
    if (there == 0)
        return read_raw(s, (uint8_t *)out, max, got, err);
    const size_t len = there < max ? there : max;
    memcpy(out, s->raw + s->raw_pos, len);
    s->raw_pos += len;
    *got = len;
    return OK;
}

static enum status read_gzip(struct stream *s, char *out, size_t max, size_t *got, struct err *err)
{
    const uInt room = max < UINT_MAX ? (uInt)max : UINT_MAX;
    s->gzip.next_out = (Bytef *)out;
    s->gzip.avail_out = room;
    while (s->gzip.avail_out == room) {
        if (s->raw_pos == s->raw_len) {
            const enum status status = refill(s, err);
            if (status == END && s->in_frame && s->at_end)
                return fail(err, ERR_FORMAT,
                            "gzip data ends in the middle; what came before was read");
            if (status != OK || s->raw_len == 0)
                return status;
        }
        s->gzip.next_in = s->raw + s->raw_pos;
        s->gzip.avail_in = (uInt)(s->raw_len - s->raw_pos);
        const int result = inflate(&s->gzip, Z_NO_FLUSH);
        s->raw_pos = s->raw_len - s->gzip.avail_in;
        s->in_frame = result != Z_STREAM_END;
        if (result == Z_STREAM_END)
            (void)inflateReset(&s->gzip);  // Another member may follow.
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return fail(err, ERR_FORMAT, "gzip data is damaged; what came before was read");
    }
    *got = room - s->gzip.avail_out;
    return OK;
}

static enum status read_zstd(struct stream *s, char *out, size_t max, size_t *got, struct err *err)
{
    ZSTD_outBuffer to = { .dst = out, .size = max };
    while (to.pos == 0) {
        if (s->raw_pos == s->raw_len && !s->is_full) {
            const enum status status = refill(s, err);
            if (status == END && s->in_frame && s->at_end)
                return fail(err, ERR_FORMAT,
                            "zstd data ends in the middle; what came before was read");
            if (status != OK || s->raw_len == 0)
                return status;
        }
        ZSTD_inBuffer from = { .src = s->raw, .size = s->raw_len, .pos = s->raw_pos };
        const size_t result = ZSTD_decompressStream(s->zstd, &to, &from);
        s->raw_pos = from.pos;
        s->in_frame = result != 0;
        s->is_full = to.pos == to.size && s->in_frame;
        if (ZSTD_isError(result))
            return fail(err, ERR_FORMAT, "zstd data is damaged (%s); what came before was read",
                        ZSTD_getErrorName(result));
    }
    *got = to.pos;
    return OK;
}
