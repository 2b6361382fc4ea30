#include "inspect/serve.h"

#include "base/reader.h"
#include "inspect/wire.h"
#include "platform/sandbox.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct server {
    int socket;
    const struct reader_options *options;
    struct buf in;
    struct buf out;
    struct arena arena;  // Of the file at hand.
    int part_fd;         // Of the bundle, while it is looked at.
    bool has_failed;     // The other end is gone.
};

static enum status serve_one(struct server *s, const struct wire_message *message, bool is_whole,
                             struct err *err);
static enum status tell(void *context, const struct told *told, struct err *err);
static struct macho_place look(void *context, str path);
static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err);
static void close_part(void *context, struct macho_source *source);
static bool ask(struct server *s, enum wire_kind kind, bytes body, enum wire_kind answer_kind,
                struct wire_message *out);
static void say(struct server *s, enum wire_kind kind, bytes body);
static str take_text(struct reader *r, struct arena *a);

void serve_jobs(int socket, const struct reader_options *options, bool disk_is_whole)
{
    struct server s = { .socket = socket, .options = options, .part_fd = -1 };
    struct wire_message message;
    struct err err = { .text = "" };
    uint32_t held = 0;

    // Ctrl-C goes to all processes of the terminal; the walker decides what follows from it.
    (void)signal(SIGINT, SIG_IGN);
    sandbox_end_with_parent();
    sandbox_close_others(socket);
    buf_init(&s.in, WIRE_MESSAGE_MAX);
    buf_init(&s.out, WIRE_MESSAGE_MAX);
    enum status status = sandbox_enter(&held, &err);
    const uint8_t ready[] = { (uint8_t)held, status == OK };
    say(&s, WIRE_READY, (bytes){ .at = ready, .len = sizeof ready });
    while (status == OK && !s.has_failed) {
        status = wire_receive(socket, &s.in, &message, &err);
        if (status == OK)
            status = serve_one(&s, &message, disk_is_whole, &err);
    }
    _exit(EXIT_SUCCESS);  // Not exit(): what is buffered is the walker's to write.
}

static enum status serve_one(struct server *s, const struct wire_message *message, bool is_whole,
                             struct err *err)
{
    const struct reader_disk disk = {
        .disk = { .look = look, .context = s, .is_whole = is_whole },
        .bundle = { .open = open_part, .close = close_part, .context = s },
        .tell = tell,
        .context = s,
    };
    if (message->kind != WIRE_JOB || message->fd < 0)
        return fail(err, ERR_FORMAT, "not a job");
    arena_reset(&s->arena);
    struct reader r = reader_of(message->body);
    struct reader_job job = { .fd = message->fd, .size = reader_u64le(&r) };
    job.path = take_text(&r, &s->arena);
    job.place = take_text(&r, &s->arena);

    struct err why = { .text = "" };
    const enum status status = reader_read(s->options, &job, &disk, &s->arena, &why);
    (void)close(job.fd);
    buf_reset(&s->out);
    buf_add_char(&s->out, (char)status);
    buf_add(&s->out, status == OK ? STR_EMPTY : str_of(why.text));
    say(s, WIRE_DONE, bytes_of_str(buf_str(&s->out)));
    return OK;
}

static str take_text(struct reader *r, struct arena *a)
{
    const uint32_t len = reader_u32le(r);
    return arena_str(a, str_of_bytes(reader_take(r, len)));
}

static enum status tell(void *context, const struct told *told, struct err *err)
{
    struct server *s = context;
    buf_reset(&s->out);
    told_write(&s->out, told);
    if (s->out.failed)
        return fail(err, ERR_LIMIT, "more to tell of slice %u than fits", told->facts.slice);
    say(s, WIRE_TOLD, bytes_of_str(buf_str(&s->out)));
    return OK;
}

static struct macho_place look(void *context, str path)
{
    struct wire_message answer;
    struct macho_place place = { .is_known = false };
    if (!ask(context, WIRE_LOOK, bytes_of_str(path), WIRE_PLACE, &answer))
        return place;
    struct reader r = reader_of(answer.body);
    place.is_known = reader_u8(&r) != 0;
    place.is_there = reader_u8(&r) != 0;
    place.is_writable = reader_u8(&r) != 0;
    return place;
}

static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err)
{
    struct server *s = context;
    struct wire_message answer;
    const uint8_t wanted = (uint8_t)part;
    if (!ask(s, WIRE_OPEN, (bytes){ .at = &wanted, .len = 1 }, WIRE_PART, &answer))
        return fail(err, ERR_IO, "nobody answers");
    if (answer.fd < 0)
        return END;
    struct reader r = reader_of(answer.body);
    s->part_fd = answer.fd;
    *out = macho_source_of_open(&s->part_fd, reader_u64le(&r));
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
    say(s, kind, body);
    if (s->has_failed || wire_receive(s->socket, &s->in, out, &err) != OK ||
        out->kind != answer_kind) {
        s->has_failed = true;
        return false;
    }
    return true;
}

static void say(struct server *s, enum wire_kind kind, bytes body)
{
    struct err err;
    s->has_failed = s->has_failed || wire_send(s->socket, kind, body, -1, &err) != OK;
}
