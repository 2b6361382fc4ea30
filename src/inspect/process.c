#include "inspect/process.h"

#include "base/reader.h"
#include "inspect/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A file's slices, and a message that is cut.
#define IN_MAX      (TOLD_FILE_MAX + WIRE_MESSAGE_MAX)
#define STEP_US_MAX 20000L  // Between two looks at whether a process has ended.

static enum status deal_with(struct process *p, const struct process_ear *ear,
                             const struct wire_message *message, struct err *err);
static enum status answer_look(struct process *p, const struct process_ear *ear,
                               struct around *around, bytes paths, struct err *err);
static enum status say(struct process *p, enum wire_kind kind, int fd, struct err *err);
static enum status answer_open(struct process *p, struct around *around, bytes body,
                               struct err *err);
static enum status deal_with_ready(const struct process_ear *ear, bytes body, struct err *err);
static bool deal_with_done(const struct process_ear *ear, bytes body);
static pid_t wait_for_end(pid_t pid, int *out_ended);
static void drop_front(struct buf *b, size_t len);
static void add_u64(struct buf *b, uint64_t value);
static void add_text(struct buf *b, str text);

enum status process_start(struct process *p, const struct reader_options *options,
                          const struct disk *disk, struct err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return fail(err, ERR_IO, "socketpair: %s", strerror(errno));
    const pid_t pid = fork();
    if (pid < 0) {
        const int reason = errno;
        (void)close(pair[0]);
        (void)close(pair[1]);
        return fail(err, ERR_IO, "fork: %s", strerror(reason));
    }
    if (pid == 0) {
        (void)close(pair[0]);
        serve_jobs(pair[1], options, disk->is_whole);
    }
    (void)close(pair[1]);
    (void)fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    // What is sent to it is small; a reader that does not take it must not keep us waiting.
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    p->pid = pid;
    p->socket = pair[0];
    buf_init(&p->in, IN_MAX);
    buf_init(&p->body, WIRE_MESSAGE_MAX);
    buf_init(&p->out, WIRE_MESSAGE_MAX + WIRE_HEADER_BYTES);
    return OK;
}

enum status process_send(struct process *p, const struct reader_job *job, struct err *err)
{
    buf_reset(&p->body);
    add_u64(&p->body, job->size);
    add_text(&p->body, job->path);
    add_text(&p->body, job->place);
    return say(p, WIRE_JOB, job->fd, err);
}

static enum status say(struct process *p, enum wire_kind kind, int fd, struct err *err)
{
    buf_reset(&p->out);
    wire_add(&p->out, kind, bytes_of_str(buf_str(&p->body)));
    return wire_send(p->socket, &p->out, fd, err);
}

static void add_u64(struct buf *b, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        buf_add_char(b, (char)(unsigned char)(value >> (8 * i)));
}

static void add_text(struct buf *b, str text)
{
    for (unsigned i = 0; i < 4; i++)
        buf_add_char(b, (char)(unsigned char)((uint32_t)text.len >> (8 * i)));
    buf_add(b, text);
}

enum status process_hear(struct process *p, const struct process_ear *ear, struct err *err)
{
    enum status filled = wire_fill(p->socket, &p->in, err);
    size_t done = 0;
    enum status status = OK;
    // Also where it has ended: what it said before counts.
    while (status == OK) {
        struct buf rest = p->in;
        struct wire_message message;
        size_t len = 0;
        rest.at += done;
        rest.len -= done;
        status = wire_first(&rest, &message, &len, err);
        if (status == OK) {
            status = deal_with(p, ear, &message, err);
            filled = status == END ? END : filled;
        }
        if (status == OK)
            done += len;
    }
    drop_front(&p->in, done);
    if (status != END)
        return status;
    return filled;
}

static void drop_front(struct buf *b, size_t len)
{
    if (len == 0)
        return;
    memmove(b->at, b->at + len, b->len - len);
    b->len -= len;
}

static enum status deal_with(struct process *p, const struct process_ear *ear,
                             const struct wire_message *message, struct err *err)
{
    struct around *around = ear->around(ear->context);
    bool makes_sense = true;
    enum status status = OK;
    if ((message->kind == WIRE_READY) == p->is_ready)
        return fail(err, ERR_FORMAT, "its reader said what makes no sense");
    switch (message->kind) {
    case WIRE_READY:
        p->is_ready = true;
        return deal_with_ready(ear, message->body, err);
    case WIRE_LOOK:
        makes_sense = around != NULL;
        if (makes_sense)
            status = answer_look(p, ear, around, message->body, err);
        break;
    case WIRE_OPEN:
        makes_sense = around != NULL;
        if (makes_sense)
            status = answer_open(p, around, message->body, err);
        break;
    case WIRE_TOLD:
        makes_sense = ear->told(ear->context, message->body);
        break;
    case WIRE_DONE:
        makes_sense = deal_with_done(ear, message->body);
        break;
    default:
        makes_sense = false;
        break;
    }
    // A reader that asks and does not wait for the answer has ended, or should.
    if (status == ERR_IO)
        return END;
    return makes_sense && status == OK
               ? OK
               : fail(err, ERR_FORMAT, "its reader said what makes no sense");
}

static enum status deal_with_ready(const struct process_ear *ear, bytes body, struct err *err)
{
    struct reader r = reader_of(body);
    const uint8_t held = reader_u8(&r);
    if (reader_u8(&r) != 1 || r.failed)
        return fail(err, ERR_IO,
                    "its reader could not give up its rights; --no-sandbox reads without");
    ear->ready(ear->context, held);
    return OK;
}

static bool deal_with_done(const struct process_ear *ear, bytes body)
{
    struct reader r = reader_of(body);
    const uint8_t status = reader_u8(&r);
    const str why = str_of_bytes(reader_take(&r, body.len > 0 ? body.len - 1 : 0));
    // A file that could not be read must not pass for one that was, nor without a reason.
    const bool is_fine = status == OK || status == END;
    return !r.failed && status <= ERR_CONFIG && why.len < ERR_TEXT_MAX &&
           is_fine == (why.len == 0) && ear->done(ear->context, (enum status)status, why);
}

static enum status answer_look(struct process *p, const struct process_ear *ear,
                               struct around *around, bytes paths, struct err *err)
{
    str rest = str_of_bytes(paths);
    str path;
    size_t count = 0;
    buf_reset(&p->body);
    while (str_take_until(&rest, '\0', &path)) {
        if (count++ == MACHO_LOOKS_MAX)
            return fail(err, ERR_LIMIT, "more than %u places", MACHO_LOOKS_MAX);
        struct macho_place place = { .is_known = false };
        if (ear->may_look(ear->context))
            place = around_look(around, path);
        else
            around->is_partial = true;  // What was not looked at may be another next time.
        buf_add_char(&p->body, place.is_known);
        buf_add_char(&p->body, place.is_there);
        buf_add_char(&p->body, place.is_writable);
    }
    return say(p, WIRE_PLACE, -1, err);
}

// Only parts of the bundle around the file at hand, by a number: no path of the reader's counts.
static enum status answer_open(struct process *p, struct around *around, bytes body,
                               struct err *err)
{
    struct reader r = reader_of(body);
    const uint8_t part = reader_u8(&r);
    uint64_t size = 0;
    int fd = DISK_PART_MISSING;
    if (part < MACHO_BUNDLE_PARTS && !r.failed)
        fd = around_open_part(around, (enum macho_bundle_part)part, &size);
    buf_reset(&p->body);
    add_u64(&p->body, fd == DISK_PART_CLOSED ? WIRE_PART_CLOSED : size);
    const enum status status = say(p, WIRE_PART, fd >= 0 ? fd : -1, err);
    if (fd >= 0)
        (void)close(fd);
    return status;
}

bool process_end(struct process *p, char *out_sentence, size_t size)
{
    int ended = 0;
    if (p->pid == 0)
        return true;
    // One that has ended already keeps its own reason; the others get none by a closed socket.
    pid_t got = waitpid(p->pid, &ended, WNOHANG);
    const bool was_alive = got == 0;
    if (was_alive) {
        (void)kill(p->pid, SIGKILL);
        got = wait_for_end(p->pid, &ended);
    }
    (void)close(p->socket);
    if (got == 0)
        (void)snprintf(out_sentence, size, "its reader could not be ended");
    else if (was_alive && got == p->pid && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL)
        (void)snprintf(out_sentence, size, "its reader had to be ended");
    else if (got == p->pid && WIFSIGNALED(ended))
        (void)snprintf(out_sentence, size, "its reader crashed (signal %d)", WTERMSIG(ended));
    else
        (void)snprintf(out_sentence, size, "its reader ended (code %d)",
                       got == p->pid ? WEXITSTATUS(ended) : -1);
    buf_done(&p->in);
    buf_done(&p->body);
    buf_done(&p->out);
    *p = (struct process){ .pid = 0 };
    return got != 0;
}

// 0 where it has not ended in time. A killed process takes a fraction of a millisecond.
static pid_t wait_for_end(pid_t pid, int *out_ended)
{
    pid_t got = 0;
    long step_us = 50;
    for (long waited_us = 0; waited_us < 1000L * PROCESS_END_MS_MAX; waited_us += step_us) {
        got = waitpid(pid, out_ended, WNOHANG);
        if (got != 0)
            break;
        const struct timespec step = { .tv_nsec = step_us * 1000 };
        (void)nanosleep(&step, NULL);
        step_us = 2 * step_us < STEP_US_MAX ? 2 * step_us : STEP_US_MAX;
    }
    return got;
}
