#include "inspect/wire.h"

#include "base/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE_BYTES (64u * 1024)
#define FILL_BYTES  (1024u * 1024)  // Taken at a time: others want to be heard too.

union control {
    struct cmsghdr header;
    char octets[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_some(int socket, const uint8_t *octets, size_t len, int fd);
static enum status receive_all(int socket, uint8_t *to, size_t len, int *fd, struct err *err);
static ssize_t receive_some(int socket, void *to, size_t len, int *fd);
static enum status read_header(bytes header, enum wire_kind *out_kind, size_t *out_len,
                               struct err *err);

void wire_add(struct buf *b, enum wire_kind kind, bytes body)
{
    const uint32_t numbers[] = { (uint32_t)kind, (uint32_t)body.len };
    if (body.len > WIRE_MESSAGE_MAX)
        b->failed = true;
    for (unsigned i = 0; i < WIRE_HEADER_BYTES; i++)
        buf_add_char(b, (char)(unsigned char)(numbers[i / 4] >> (8 * (i % 4))));
    buf_add(b, str_of_bytes(body));
}

enum status wire_send(int socket, struct buf *b, int fd, struct err *err)
{
    const bytes all = bytes_of_str(buf_str(b));
    if (b->failed)
        return fail(err, ERR_LIMIT, "messages of more than %zu octets", b->max);
    for (size_t done = 0; done < all.len;) {
        const ssize_t sent = send_some(socket, all.at + done, all.len - done, done == 0 ? fd : -1);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return fail(err, ERR_IO, "%s", strerror(errno));
        done += (size_t)sent;
    }
    buf_reset(b);
    return OK;
}

static ssize_t send_some(int socket, const uint8_t *octets, size_t len, int fd)
{
    union control control;
    // sendmsg() does not write through what it is given.
    struct iovec part = { .iov_base = (void *)(uintptr_t)octets, .iov_len = len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.octets;
        message.msg_controllen = sizeof control.octets;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

enum status wire_receive(int socket, struct buf *b, struct wire_message *out, struct err *err)
{
    uint8_t header[WIRE_HEADER_BYTES];
    size_t len = 0;
    int fd = -1;
    enum wire_kind kind = WIRE_JOB;

    enum status status = receive_all(socket, header, sizeof header, &fd, err);
    if (status == OK)
        status = read_header((bytes){ .at = header, .len = sizeof header }, &kind, &len, err);
    buf_reset(b);
    uint8_t piece[PIECE_BYTES];
    while (status == OK && b->len < len) {
        const size_t rest = len - b->len;
        const size_t wanted = rest < sizeof piece ? rest : sizeof piece;
        status = receive_all(socket, piece, wanted, NULL, err);
        if (status == OK)
            buf_add(b, (str){ .at = (const char *)piece, .len = wanted });
        if (status == OK && b->failed)
            status = fail(err, ERR_LIMIT, "a message of %zu octets", len);
    }
    if (status != OK) {
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    *out = (struct wire_message){ .kind = kind, .body = bytes_of_str(buf_str(b)), .fd = fd };
    return OK;
}

static enum status receive_all(int socket, uint8_t *to, size_t len, int *fd, struct err *err)
{
    for (size_t done = 0; done < len;) {
        const ssize_t got = receive_some(socket, to + done, len - done, fd);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno != ECONNRESET)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (got <= 0)
            return END;
        done += (size_t)got;
    }
    return OK;
}

// A descriptor comes with the first octet that it was sent with.
static ssize_t receive_some(int socket, void *to, size_t len, int *fd)
{
    union control control;
    struct iovec part = { .iov_base = to, .iov_len = len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd != NULL) {
        message.msg_control = control.octets;
        message.msg_controllen = sizeof control.octets;
    }
    const ssize_t got = recvmsg(socket, &message, 0);
    if (got <= 0 || fd == NULL)
        return got;
    const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
        rights->cmsg_len == CMSG_LEN(sizeof *fd))
        memcpy(fd, CMSG_DATA(rights), sizeof *fd);
    return got;
}

enum status wire_fill(int socket, struct buf *b, struct err *err)
{
    const size_t before = b->len;
    char piece[PIECE_BYTES];
    for (size_t taken = 0; taken < FILL_BYTES; taken = b->len - before) {
        const ssize_t got = recv(socket, piece, sizeof piece, MSG_DONTWAIT);
        // Reset: it ended with something of ours unread. What it said before is still there.
        if (got < 0 && (errno == EINTR || errno == ECONNRESET))
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return OK;
        if (got < 0)
            return fail(err, ERR_IO, "%s", strerror(errno));
        if (got == 0)
            return END;
        buf_add(b, (str){ .at = piece, .len = (size_t)got });
        if (b->failed)
            return fail(err, ERR_LIMIT, "messages of more than %zu octets", b->max);
        if ((size_t)got < sizeof piece)
            return OK;
    }
    return OK;
}

enum status wire_first(const struct buf *b, struct wire_message *out, size_t *out_len,
                       struct err *err)
{
    const bytes all = bytes_of_str(buf_str(b));
    enum wire_kind kind = WIRE_JOB;
    size_t len = 0;
    if (all.len < WIRE_HEADER_BYTES)
        return END;
    const enum status status =
        read_header((bytes){ .at = all.at, .len = WIRE_HEADER_BYTES }, &kind, &len, err);
    if (status != OK)
        return status;
    if (all.len - WIRE_HEADER_BYTES < len)
        return END;
    *out = (struct wire_message){ .kind = kind,
                                  .body = { .at = all.at + WIRE_HEADER_BYTES, .len = len },
                                  .fd = -1 };
    *out_len = WIRE_HEADER_BYTES + len;
    return OK;
}

static enum status read_header(bytes header, enum wire_kind *out_kind, size_t *out_len,
                               struct err *err)
{
    struct reader r = reader_of(header);
    const uint32_t kind = reader_u32le(&r);
    const uint32_t len = reader_u32le(&r);
    if (kind < WIRE_JOB || kind > WIRE_DONE || len > WIRE_MESSAGE_MAX)
        return fail(err, ERR_FORMAT, "a message of kind %u and %u octets", (unsigned)kind,
                    (unsigned)len);
    *out_kind = (enum wire_kind)kind;
    *out_len = len;
    return OK;
}
