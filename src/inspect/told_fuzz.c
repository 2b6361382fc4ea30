// Fuzz target of process_hear() and told_read(): any octets as what a reader says that was taken
// over by the file it read. Nothing of it may steer a terminal, name another file than the bundle's
// parts, or leave a descriptor open; and what is noted of the disk holds, since nobody changes it.

#include "inspect/process.h"
#include "inspect/told_sample.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLACE STR("/absent-of-pomona/X.app/X")
#define PIECE 4096u  // Of what is said at a time; the socket takes it.

static const struct disk disk = { .root = STR_INIT("/absent-of-pomona") };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_ready(void *context, uint32_t held)
{
    (void)context;
    (void)held;
}

static struct around *around_of(void *context)
{
    return context;
}

static bool may_look(void *context)
{
    (void)context;
    return true;
}

static bool on_told(void *context, bytes body)
{
    struct told told;
    struct buf again;
    (void)context;
    if (!told_read(body, &told))
        return false;
    if (told_is_printable(&told, true) && !told_shows_no_control(&told))
        abort();
    // What is read is what is written: one form only.
    buf_init(&again, TOLD_FILE_MAX);
    told_write(&again, &told);
    if (!str_eq(buf_str(&again), str_of_bytes(body)))
        abort();
    buf_done(&again);
    return true;
}

static bool on_done(void *context, enum status status, str why)
{
    (void)context;
    if ((status == OK || status == END) != (why.len == 0))
        abort();
    return true;
}

// The reader's end is read empty, as by a reader that waits for its answers.
static enum status say(struct process *p, struct around *around, int reader, bytes said)
{
    const struct process_ear ear = {
        .ready = on_ready,
        .around = around_of,
        .may_look = may_look,
        .told = on_told,
        .done = on_done,
        .context = around,
    };
    struct err err = { .text = "" };
    char answer[PIECE];
    if (said.len > 0 && write(reader, said.at, said.len) != (ssize_t)said.len)
        abort();
    const enum status status = process_hear(p, &ear, &err);
    if (status != OK && status != END && err.text[0] == '\0')
        abort();
    while (recv(reader, answer, sizeof answer, MSG_DONTWAIT) > 0) {
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    struct process p = { .pid = 0 };
    struct around around = { .is_partial = false };
    enum status status = OK;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        abort();
    const int next = dup(ends[1]);
    (void)close(next);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    p.socket = ends[0];
    around_begin(&around, &disk, PLACE);
    p.is_ready = size == 0 || data[0] != WIRE_READY;  // Messages alone are inputs too.
    buf_init(&p.in, TOLD_FILE_MAX);
    buf_init(&p.body, WIRE_MESSAGE_MAX);
    buf_init(&p.out, WIRE_MESSAGE_MAX);
    for (size_t done = 0; done < size && status == OK; done += PIECE) {
        const size_t len = size - done < PIECE ? size - done : PIECE;
        status = say(&p, &around, ends[1], (bytes){ .at = data + done, .len = len });
    }
    if (around_text(&around).len > 0 && !around_holds(&disk, PLACE, around_text(&around)))
        abort();
    around_done(&around);
    const int again = dup(ends[1]);
    if (again != next)
        abort();
    (void)close(again);
    (void)close(ends[0]);
    (void)close(ends[1]);
    buf_done(&p.in);
    buf_done(&p.body);
    buf_done(&p.out);
    return 0;
}
