#include "inspect/serve.h"

#include "base/reader.h"
#include "inspect/disk.h"
#include "inspect/wire.h"
#include "platform/sandbox.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define SEND_AT (256u * 1024)  // Octets that are kept back at most, to be sent together.

struct server {
    int socket;
    const struct reader_options *options;
    struct buf in;
    struct buf out;   // To be sent.
    struct buf body;  // Of one message.
    struct buf next;  // The job that came while one was at hand.
    int next_fd;
    struct arena arena;  // Of the file at hand.
    bool has_bundle;     // Around it.
    int part_fd;         // Of the bundle, while it is looked at.
    bool has_failed;     // The other end is gone.
};

static enum status next_job(struct server *s, struct err *err);
static void keep_next(struct server *s, const struct wire_message *message);
static void serve_one(struct server *s, bool is_whole);
static enum status tell(void *context, const struct told *told, struct err *err);
static void look(void *context, const str *paths, size_t count, struct macho_place *out);
static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err);
static void close_part(void *context, struct macho_source *source);
static bool ask(struct server *s, enum wire_kind kind, bytes body, enum wire_kind answer_kind,
                struct wire_message *out);
static void send_all(struct server *s);
static str take_text(struct reader *r, struct arena *a);

void serve_jobs(int socket, const struct reader_options *options, bool disk_is_whole)
{
    struct server s = { .socket = socket, .options = options, .next_fd = -1, .part_fd = -1 };
    struct err err = { .text = "" };
    uint32_t held = 0;

    // Ctrl-C goes to all processes of the terminal; the walker decides what follows from it.
    (void)signal(SIGINT, SIG_IGN);
    sandbox_end_with_parent();
    sandbox_close_others(socket);
    buf_init(&s.in, WIRE_MESSAGE_MAX);
    buf_init(&s.out, WIRE_MESSAGE_MAX + SEND_AT);
    buf_init(&s.body, WIRE_MESSAGE_MAX);
    buf_init(&s.next, WIRE_MESSAGE_MAX);
    enum status status = sandbox_enter(&held, &err);
    const uint8_t ready[] = { (uint8_t)held, status == OK };
    wire_add(&s.out, WIRE_READY, (bytes){ .at = ready, .len = sizeof ready });
    send_all(&s);
    while (status == OK && !s.has_failed) {
        status = next_job(&s, &err);
        if (status == OK)
            serve_one(&s, disk_is_whole);
    }
    _exit(EXIT_SUCCESS);  // Not exit(): what is buffered is the walker's to write.
}

static enum status next_job(struct server *s, struct err *err)
{
    struct wire_message message;
    if (s->next_fd >= 0)
        return OK;
    const enum status status = wire_receive(s->socket, &s->in, &message, err);
    if (status != OK)
        return status;
    if (message.kind != WIRE_JOB || message.fd < 0)
        return fail(err, ERR_FORMAT, "not a job");
    keep_next(s, &message);
    return OK;
}

static void keep_next(struct server *s, const struct wire_message *message)
{
    buf_reset(&s->next);
    buf_add(&s->next, str_of_bytes(message->body));
    s->next_fd = message->fd;
}

static void serve_one(struct server *s, bool is_whole)
{
    struct reader_disk disk = {
        .disk = { .look = look, .context = s, .is_whole = is_whole },
        .bundle = { .open = open_part, .close = close_part, .context = s },
        .tell = tell,
        .context = s,
    };
    arena_reset(&s->arena);
    struct reader r = reader_of(bytes_of_str(buf_str(&s->next)));
    struct reader_job job = { .fd = s->next_fd, .size = reader_u64le(&r) };
    job.path = take_text(&r, &s->arena);
    job.place = take_text(&r, &s->arena);
    s->has_bundle = disk_has_bundle(job.place);
    disk.bundle.is_around = s->has_bundle;
    s->next_fd = -1;

    struct err why = { .text = "" };
    const enum status status = reader_read(s->options, &job, &disk, &s->arena, &why);
    (void)close(job.fd);
    buf_reset(&s->body);
    buf_add_char(&s->body, (char)status);
    buf_add(&s->body, status == OK || status == END ? STR_EMPTY : str_of(why.text));
    wire_add(&s->out, WIRE_DONE, bytes_of_str(buf_str(&s->body)));
    send_all(s);
}

static str take_text(struct reader *r, struct arena *a)
{
    const uint32_t len = reader_u32le(r);
    return arena_str(a, str_of_bytes(reader_take(r, len)));
}

static enum status tell(void *context, const struct told *told, struct err *err)
{
    struct server *s = context;
    buf_reset(&s->body);
    told_write(&s->body, told);
    if (s->body.failed)
        return fail(err, ERR_LIMIT, "more to tell of slice %u than fits",
                    (unsigned)told->facts.slice);
    wire_add(&s->out, WIRE_TOLD, bytes_of_str(buf_str(&s->body)));
    if (s->out.len >= SEND_AT)
        send_all(s);
    return OK;
}

static void look(void *context, const str *paths, size_t count, struct macho_place *out)
{
    struct server *s = context;
    struct wire_message answer;
    buf_reset(&s->body);
    for (size_t i = 0; i < count; i++) {
        buf_add(&s->body, paths[i]);
        buf_add_char(&s->body, '\0');
    }
    if (s->body.failed || !ask(s, WIRE_LOOK, bytes_of_str(buf_str(&s->body)), WIRE_PLACE, &answer))
        return;
    struct reader r = reader_of(answer.body);
    for (size_t i = 0; i < count; i++) {
        out[i].is_known = reader_u8(&r) != 0;
        out[i].is_there = reader_u8(&r) != 0;
        out[i].is_writable = reader_u8(&r) != 0;
    }
}

static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err)
{
    struct server *s = context;
    struct wire_message answer;
    const uint8_t wanted = (uint8_t)part;
    if (!s->has_bundle)
        return END;  // Nearly all files; asking would be most of their time.
    if (!ask(s, WIRE_OPEN, (bytes){ .at = &wanted, .len = 1 }, WIRE_PART, &answer))
        return fail(err, ERR_IO, "nobody answers");
    struct reader r = reader_of(answer.body);
    const uint64_t size = reader_u64le(&r);
    if (answer.fd < 0 && size == WIRE_PART_CLOSED)
        return fail(err, ERR_IO, "is there and may not be read");
    if (answer.fd < 0)
        return END;
    s->part_fd = answer.fd;
    *out = macho_source_of_open(&s->part_fd, size);
    return OK;
}

static void close_part(void *context, struct macho_source *source)
{
    struct server *s = context;
    (void)source;
    (void)close(s->part_fd);
    s->part_fd = -1;
}

static bool ask(struct server *s, enum wire_kind kind, bytes body, enum wire_kind answer_kind,
                struct wire_message *out)
{
    struct err err;
    wire_add(&s->out, kind, body);
    send_all(s);
    while (!s->has_failed && wire_receive(s->socket, &s->in, out, &err) == OK) {
        if (out->kind == answer_kind)
            return true;
        // The next job does not wait for the answer.
        if (out->kind != WIRE_JOB || s->next_fd >= 0)
            break;
        keep_next(s, out);
    }
    s->has_failed = true;
    return false;
}

static void send_all(struct server *s)
{
    struct err err;
    s->has_failed = s->has_failed || wire_send(s->socket, &s->out, -1, &err) != OK;
}
