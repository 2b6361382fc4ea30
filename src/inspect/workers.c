#include "inspect/workers.h"

#include "base/reader.h"
#include "inspect/around.h"
#include "inspect/here.h"
#include "inspect/process.h"
#include "platform/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JOBS_PER_WORKER   2u  // One is read, one waits: a reader keeps one (serve.c).
#define SLOTS_PER_WORKER  8u
#define SLOTS_MAX         (SLOTS_PER_WORKER * WORKERS_MAX)
#define HASHED_PER_SECOND (8u * 1024 * 1024)  // Octets: what a slow disk gives.
#define STARTS_MAX        3u  // In a row, of processes that end before they are ready.
#define SENTENCE_MAX      96u
#define TOLD_KEPT_MAX     (1024u * 1024)  // Octets of a slot's buffer that wait for its next file.
#define NS_PER_MS         1000000
#define WAIT_MS_MAX       1000

// A file that was given, until it is taken.
struct slot {
    uint64_t ticket;
    struct reader_job job;  // Its text is in the slot's arena.
    bool is_done;
    enum status status;
    str why;
    struct buf told;  // What told_write() wrote of each slice, behind its length.
    size_t told_count;
    str around;
    struct arena arena;
};

struct worker {
    struct workers *all;
    struct process process;
    struct slot *jobs[JOBS_PER_WORKER];  // The first is read, the others wait.
    unsigned job_count;
    unsigned sent_count;   // Of the jobs, those that the process has been sent.
    int64_t left_ns;       // Of the first's time.
    int64_t heard_ns;      // When what it says was begun to be dealt with.
    unsigned looks;        // For the first.
    struct around around;  // The first.
};

struct workers {
    struct workers_options options;
    struct worker workers[WORKERS_MAX];
    unsigned worker_count;
    struct slot slots[SLOTS_MAX];  // A ring of `capacity`.
    size_t capacity;
    size_t first;
    size_t count;
    size_t held_bytes;
    struct slot *taken;  // The last one.
    const char *missing;
    uint64_t left_count;
    struct arena arena;       // Of the file that was taken last.
    struct arena read_arena;  // Of the one that is read here.
    struct around around;     // The same.
};

static struct slot *add_slot(struct workers *w, uint64_t ticket);
static struct worker *freest_worker(struct workers *w);
static enum status hand_over(struct worker *worker, struct slot *slot, struct err *err);
static void begin_first(struct worker *worker);
static void end_process(struct worker *worker, char out_sentence[SENTENCE_MAX]);
static int64_t time_for(const struct workers *w, const struct reader_job *job);
static void read_here(struct workers *w, struct slot *slot);
static enum status tell_here(void *context, const struct told *told, struct err *err);
static void hear_all(struct workers *w, int timeout_ms);
static int wait_ms(const struct workers *w);
static void hear(struct worker *worker);
static void hear_ready(void *context, uint32_t held);
static struct around *hear_around(void *context);
static bool may_look(void *context);
static bool hear_told(void *context, bytes body);
static bool hear_done(void *context, enum status status, str why);
static struct slot *take_job(struct worker *worker);
static void give_up(struct worker *worker, const char *why);
static void finish_slot(struct slot *slot, enum status status, str why);
static bool add_told(struct workers *w, struct slot *slot, bytes body);
static bool makes_sense(const struct workers *w, const struct slot *slot, const struct told *told);
static void give_out(struct workers *w, struct slot *slot, struct workers_result *out);
static int64_t now_ns(void);

struct workers *workers_new(const struct workers_options *options)
{
    struct workers *w = memory_zeroed(1, sizeof *w);
    w->options = *options;
    w->worker_count = options->jobs < WORKERS_MAX ? options->jobs : WORKERS_MAX;
    w->capacity = SLOTS_PER_WORKER * (w->worker_count > 0 ? w->worker_count : 1);
    w->missing = "";
    for (unsigned i = 0; i < w->worker_count; i++)
        w->workers[i].all = w;
    for (size_t i = 0; i < w->capacity; i++)
        w->slots[i].job.fd = -1;
    macho_signers_prepare();
    return w;
}

void workers_free(struct workers *w)
{
    char sentence[SENTENCE_MAX];
    if (w == NULL)
        return;
    for (unsigned i = 0; i < w->worker_count; i++) {
        (void)process_end(&w->workers[i].process, sentence, sizeof sentence);
        around_done(&w->workers[i].around);
    }
    around_done(&w->around);
    for (size_t i = 0; i < w->capacity; i++) {
        if (w->slots[i].job.fd >= 0)
            (void)close(w->slots[i].job.fd);
        buf_done(&w->slots[i].told);
        arena_done(&w->slots[i].arena);
    }
    arena_done(&w->arena);
    arena_done(&w->read_arena);
    free(w);
}

const char *workers_missing(const struct workers *w)
{
    return w->missing;
}

uint64_t workers_left(const struct workers *w)
{
    return w->left_count;
}

size_t workers_room(const struct workers *w)
{
    return w->capacity;
}

bool workers_have_room(const struct workers *w)
{
    bool is_free = w->worker_count == 0;
    for (unsigned i = 0; i < w->worker_count; i++)
        is_free = is_free || w->workers[i].job_count < JOBS_PER_WORKER;
    return is_free && w->count < w->capacity && w->held_bytes < WORKERS_HELD_MAX;
}

void workers_pass(struct workers *w, uint64_t ticket)
{
    finish_slot(add_slot(w, ticket), OK, STR_EMPTY);
}

enum status workers_give(struct workers *w, uint64_t ticket, const struct reader_job *job,
                         struct err *err)
{
    struct slot *slot = add_slot(w, ticket);
    slot->job = (struct reader_job){
        .fd = job->fd,
        .size = job->size,
        .path = arena_str(&slot->arena, job->path),
        .place = arena_str(&slot->arena, job->place),
    };
    enum status status = OK;
    if (w->worker_count == 0)
        read_here(w, slot);
    else
        status = hand_over(freest_worker(w), slot, err);
    return status;
}

static struct slot *add_slot(struct workers *w, uint64_t ticket)
{
    struct slot *slot = &w->slots[(w->first + w->count++) % w->capacity];
    struct arena arena = slot->arena;
    struct buf told = slot->told;
    w->taken = w->taken == slot ? NULL : w->taken;
    arena_reset(&arena);
    if (told.max == 0)
        buf_init(&told, TOLD_FILE_MAX);
    buf_reset(&told);
    *slot = (struct slot){ .ticket = ticket, .job = { .fd = -1 }, .arena = arena, .told = told };
    return slot;
}

// With the fewest files; of several, one that runs already.
static struct worker *freest_worker(struct workers *w)
{
    struct worker *found = &w->workers[0];
    for (unsigned i = 1; i < w->worker_count; i++) {
        struct worker *worker = &w->workers[i];
        if (worker->job_count < found->job_count ||
            (worker->job_count == found->job_count && found->process.pid == 0))
            found = worker;
    }
    return found;
}

// A process that ended while it waited is found out here, and another takes its place.
static enum status hand_over(struct worker *worker, struct slot *slot, struct err *err)
{
    struct workers *w = worker->all;
    enum status status = ERR_IO;
    for (unsigned i = 0; i < STARTS_MAX && status != OK; i++) {
        char sentence[SENTENCE_MAX];
        status = OK;
        if (worker->process.pid == 0)
            status = process_start(&worker->process, &w->options.reader, w->options.disk, err);
        if (status == OK)
            status = process_send(&worker->process, &slot->job, err);
        // With a file at hand it is heard out first: what it read may have been told.
        if (status != OK && worker->job_count > 0)
            break;
        if (status != OK)
            end_process(worker, sentence);
    }
    if (status != OK && worker->job_count == 0) {
        finish_slot(slot, status, arena_str(&slot->arena, str_of(err->text)));
        return status;
    }
    worker->jobs[worker->job_count++] = slot;
    worker->sent_count += status == OK;
    if (worker->job_count == 1)
        begin_first(worker);
    return OK;
}

static void begin_first(struct worker *worker)
{
    const struct workers *w = worker->all;
    const struct reader_job *job = &worker->jobs[0]->job;
    worker->left_ns = time_for(w, job);
    worker->heard_ns = now_ns();
    worker->looks = 0;
    around_begin(&worker->around, w->options.disk, job->place);
}

static void end_process(struct worker *worker, char out_sentence[SENTENCE_MAX])
{
    worker->all->left_count += !process_end(&worker->process, out_sentence, SENTENCE_MAX);
}

static int64_t time_for(const struct workers *w, const struct reader_job *job)
{
    const uint64_t hashing = w->options.reader.with_pages ? job->size / HASHED_PER_SECOND : 0;
    return (int64_t)(w->options.timeout_s + hashing) * 1000 * NS_PER_MS;
}

struct here_slot {
    struct workers *workers;
    struct slot *slot;
};

static void read_here(struct workers *w, struct slot *slot)
{
    struct here_slot to = { .workers = w, .slot = slot };
    struct err err = { .text = "" };
    arena_reset(&w->read_arena);
    around_begin(&w->around, w->options.disk, slot->job.place);
    const enum status status =
        here_read(&w->options.reader, &slot->job, &w->around, tell_here, &to, &w->read_arena, &err);
    slot->around = arena_str(&slot->arena, around_text(&w->around));
    finish_slot(slot, status, arena_str(&slot->arena, status == OK ? STR_EMPTY : str_of(err.text)));
}

static enum status tell_here(void *context, const struct told *told, struct err *err)
{
    const struct here_slot *to = context;
    struct buf b;
    buf_init(&b, TOLD_FILE_MAX);
    told_write(&b, told);
    const bool is_added = !b.failed && add_told(to->workers, to->slot, bytes_of_str(buf_str(&b)));
    buf_done(&b);
    return is_added ? OK
                    : fail(err, ERR_LIMIT, "more to tell of slice %u than fits",
                           (unsigned)told->facts.slice);
}

bool workers_take(struct workers *w, struct workers_result *out)
{
    struct slot *slot = &w->slots[w->first];
    if (w->taken != NULL && w->taken->told.capacity > TOLD_KEPT_MAX)
        buf_done(&w->taken->told);
    w->taken = NULL;
    if (w->count == 0 || !slot->is_done)
        return false;
    give_out(w, slot, out);
    w->taken = slot;
    w->held_bytes -= slot->told.len;
    w->first = (w->first + 1) % w->capacity;
    w->count--;
    return true;
}

void workers_hear(struct workers *w)
{
    hear_all(w, 0);
}

void workers_wait(struct workers *w)
{
    hear_all(w, wait_ms(w));
}

bool workers_are_busy(const struct workers *w)
{
    return w->count > 0;
}

// Deals with what readers have said, and ends those whose time is up. Their time passes while
// they are waited for, and no more of it than was to be waited: a reader that asks must not pay
// for a walker that could not answer, because the terminal took no more or the night fell. It does
// pay for what the walker does for it alone.
static void hear_all(struct workers *w, int timeout_ms)
{
    const int64_t before = now_ns();
    struct pollfd polled[WORKERS_MAX];
    struct worker *asked[WORKERS_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < w->worker_count; i++) {
        struct worker *worker = &w->workers[i];
        if (worker->job_count == 0)
            continue;
        polled[count] = (struct pollfd){ .fd = worker->process.socket, .events = POLLIN };
        asked[count++] = worker;
    }
    const int said = poll(polled, count, timeout_ms);
    const int64_t most = (int64_t)timeout_ms * NS_PER_MS;
    int64_t waited = now_ns() - before;
    waited = waited < most ? waited : most;
    for (nfds_t i = 0; i < count; i++)
        asked[i]->left_ns -= waited;
    if (said > 0)
        for (nfds_t i = 0; i < count; i++)
            if (polled[i].revents != 0)
                hear(asked[i]);
    for (nfds_t i = 0; i < count; i++)
        if (asked[i]->job_count > 0 && asked[i]->left_ns <= 0)
            give_up(asked[i], "not read in the time for one file; --timeout gives it more");
}

static int wait_ms(const struct workers *w)
{
    int64_t least = WAIT_MS_MAX;
    for (unsigned i = 0; i < w->worker_count; i++)
        if (w->workers[i].job_count > 0 && w->workers[i].left_ns / NS_PER_MS < least)
            least = w->workers[i].left_ns / NS_PER_MS + 1;
    return (int)least;
}

static void hear(struct worker *worker)
{
    const struct process_ear ear = {
        .ready = hear_ready,
        .around = hear_around,
        .may_look = may_look,
        .told = hear_told,
        .done = hear_done,
        .context = worker,
    };
    struct err err = { .text = "" };
    worker->heard_ns = now_ns();
    const enum status status = process_hear(&worker->process, &ear, &err);
    worker->left_ns -= now_ns() - worker->heard_ns;  // Of the file that is first by now.
    if (status != OK)
        give_up(worker, status == END ? NULL : err.text);
    else if (worker->job_count > 0 && worker->sent_count == 0)
        give_up(worker, NULL);  // It took no more, so it gets no more.
}

static void hear_ready(void *context, uint32_t held)
{
    const struct worker *worker = context;
    worker->all->missing = sandbox_missing(held);
}

static struct around *hear_around(void *context)
{
    struct worker *worker = context;
    return worker->sent_count > 0 ? &worker->around : NULL;
}

static bool may_look(void *context)
{
    struct worker *worker = context;
    const volatile sig_atomic_t *stop = worker->all->options.stop;
    return worker->sent_count > 0 && worker->looks++ < DISK_LOOKS_MAX &&
           now_ns() - worker->heard_ns < worker->left_ns && (stop == NULL || *stop == 0);
}

// Of a file that it was not sent yet it can know nothing.
static bool hear_told(void *context, bytes body)
{
    const struct worker *worker = context;
    return worker->sent_count > 0 && add_told(worker->all, worker->jobs[0], body);
}

// Looked at now, so that a reader that says nonsense loses its file and not the whole run.
static bool add_told(struct workers *w, struct slot *slot, bytes body)
{
    struct told told;
    const size_t before = slot->told.len;
    if (!told_read(body, &told) || !makes_sense(w, slot, &told))
        return false;
    const uint32_t len = (uint32_t)body.len;  // At most WIRE_MESSAGE_MAX.
    buf_add(&slot->told, (str){ .at = (const char *)&len, .len = sizeof len });
    buf_add(&slot->told, str_of_bytes(body));
    slot->told_count++;
    w->held_bytes += slot->told.len - before;
    return !slot->told.failed;
}

// Only what was asked for, of this file, and its slices one after the other.
static bool makes_sense(const struct workers *w, const struct slot *slot, const struct told *told)
{
    const struct reader_options *asked = &w->options.reader;
    return told->facts.slice == slot->told_count && slot->told_count <= MACHO_SLICES_MAX &&
           (told->shown.len == 0 || (asked->with_imports && !asked->with_page)) &&
           (told->page.len > 0) == asked->with_page &&
           (told->page.len == 0 || told_is_page_of(told->page, slot->job.path)) &&
           told_is_printable(told, asked->in_colour);
}

static bool hear_done(void *context, enum status status, str why)
{
    struct worker *worker = context;
    if (worker->sent_count == 0)
        return false;
    // An image has a slice at least, and what is none has none.
    const size_t told = worker->jobs[0]->told_count;
    if ((status == OK && told == 0) || (status == END && told > 0))
        return false;
    struct slot *slot = worker->jobs[0];
    slot->around = arena_str(&slot->arena, around_text(&worker->around));
    (void)take_job(worker);
    finish_slot(slot, status, arena_str(&slot->arena, why));
    return true;
}

// The next one's time begins.
static struct slot *take_job(struct worker *worker)
{
    struct slot *first = worker->jobs[0];
    worker->job_count--;
    memmove(worker->jobs, worker->jobs + 1, worker->job_count * sizeof worker->jobs[0]);
    worker->sent_count -= worker->sent_count > 0;
    if (worker->job_count > 0)
        begin_first(worker);
    return first;
}

// The process is of no more use; the next file gets another. `why` NULL: as it ended.
static void give_up(struct worker *worker, const char *why)
{
    char sentence[SENTENCE_MAX];
    end_process(worker, sentence);
    if (worker->sent_count > 0) {
        struct slot *slot = take_job(worker);
        finish_slot(slot, ERR_IO, arena_str(&slot->arena, str_of(why != NULL ? why : sentence)));
    }
    worker->sent_count = 0;
    // The file that waited has done nothing wrong.
    if (worker->job_count > 0) {
        struct err err = { .text = "" };
        (void)hand_over(worker, take_job(worker), &err);
    }
}

static void finish_slot(struct slot *slot, enum status status, str why)
{
    if (slot->job.fd >= 0)
        (void)close(slot->job.fd);
    slot->job.fd = -1;
    slot->is_done = true;
    slot->status = status;
    slot->why = why;
}

static void give_out(struct workers *w, struct slot *slot, struct workers_result *out)
{
    arena_reset(&w->arena);
    struct told *told = arena_alloc(&w->arena, slot->told_count * sizeof *told);
    const bytes all = bytes_of_str(buf_str(&slot->told));
    size_t at = 0;
    size_t count = 0;
    while (count < slot->told_count) {
        uint32_t len;
        memcpy(&len, all.at + at, sizeof len);
        at += sizeof len;
        if (!told_read((bytes){ .at = all.at + at, .len = len }, &told[count]))
            break;  // add_told() has read it before.
        at += len;
        count++;
    }
    *out = (struct workers_result){
        .ticket = slot->ticket,
        .status = slot->status,
        .why = slot->why,
        .told = told,
        .told_count = count,
        .around = slot->around,
    };
}

static int64_t now_ns(void)
{
    struct timespec now = { .tv_sec = 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}
