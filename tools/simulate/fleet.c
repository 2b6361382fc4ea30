#include "fleet.h"

#include "attacks.h"
#include "ordinary.h"

#include "base/arena.h"

#include <stdlib.h>

#define SLICE_NS       (10u * SECOND_NS)  // Simulated before anything is written.
#define ACTIVITY_NS    (8u * SECOND_NS)   // Between two activities, at most.
#define LABELS_MAX     (1u << 24)
#define FILE_PATH_SIZE 4096

struct member {
    struct host host;
    struct attack_plan plan;
    struct buf labels;
    size_t written;  // Octets of the host's `out` that are done with.
    size_t marks_written;
};

// A record that is to be written now.
struct turn {
    uint64_t time_ns;
    uint32_t host;
    size_t from;
    size_t len;
};

struct fleet {
    const struct fleet_options *options;
    struct member *members;
    struct turn *turns;
    size_t turn_count;
    size_t turn_capacity;
    struct fleet_counts counts;
    struct inventory inventory;
};

static void begin(struct fleet *f);
static void end(struct fleet *f);
static void run_host(struct member *m, uint64_t until_ns, uint32_t busy_percent);
static enum status write_stream(struct fleet *f, uint64_t until_ns, struct err *err);
static enum status write_files(struct fleet *f, bool is_first, struct err *err);
static enum status write_labels(struct fleet *f, struct err *err);
static void take_turns(struct fleet *f, uint32_t index, uint64_t until_ns);
static void forget_written(struct member *m);
static int by_time(const void *a, const void *b);

enum status fleet_run(const struct fleet_options *options, struct fleet_counts *out,
                      struct err *err)
{
    struct fleet f = { .options = options };
    const uint64_t span_ns = 60 * SECOND_NS * options->minutes;
    enum status status = OK;

    begin(&f);
    for (uint64_t at = 0; status == OK && (at < span_ns || f.counts.bytes < options->min_bytes);
         at += SLICE_NS) {
        const uint64_t until_ns = HOST_START_NS + at + SLICE_NS;
        for (uint32_t i = 0; i < options->hosts; i++) {
            struct member *m = &f.members[i];
            run_host(m, until_ns, options->busy_percent == 0 ? 100 : options->busy_percent);
            // In a short span they would not all end by themselves.
            if (at + 2 * SLICE_NS == span_ns)
                attacks_finish(&m->host, &m->plan, &m->labels);
        }
        status =
            options->out != NULL ? write_stream(&f, until_ns, err) : write_files(&f, at == 0, err);
        f.counts.seconds = (at + SLICE_NS) / SECOND_NS;
    }
    // What an activity did past the end of the last slice belongs to it.
    if (status == OK && options->out != NULL)
        status = write_stream(&f, UINT64_MAX, err);
    if (status == OK)
        status = write_labels(&f, err);
    if (status == OK && options->links != NULL)
        status = inventory_write(&f.inventory, options->links, err);
    *out = f.counts;
    end(&f);
    return status;
}

static void begin(struct fleet *f)
{
    const struct fleet_options *o = f->options;
    const uint64_t span_ns = 60 * SECOND_NS * o->minutes;
    f->members = memory_zeroed(o->hosts, sizeof *f->members);
    for (uint32_t i = 0; i < o->hosts; i++) {
        struct member *m = &f->members[i];
        const bool is_attacked = o->hosts == 1 || i % ATTACKED_OF == ATTACKED_INDEX;
        host_init(&m->host, o->seed, i, o->out != NULL, o->links != NULL ? &f->inventory : NULL);
        if (o->is_elastic)
            host_use_elastic(&m->host);
        attacks_plan(&m->host, is_attacked ? o->attacks : 0, span_ns, &m->plan);
        buf_init(&m->labels, LABELS_MAX);
        ordinary_begin(&m->host);
    }
}

static void end(struct fleet *f)
{
    for (uint32_t i = 0; i < f->options->hosts; i++) {
        buf_done(&f->members[i].labels);
        host_done(&f->members[i].host);
    }
    inventory_done(&f->inventory);
    free(f->members);
    free(f->turns);
}

static void run_host(struct member *m, uint64_t until_ns, uint32_t busy_percent)
{
    struct host *h = &m->host;
    while (h->place.now_ns < until_ns) {
        const uint64_t from_ns = h->place.now_ns;
        if (!attacks_step(h, &m->plan, &m->labels))
            ordinary_step(h);
        host_wait(h, ACTIVITY_NS);
        h->place.now_ns += (h->place.now_ns - from_ns) * (100 - busy_percent) / busy_percent;
    }
}

static enum status write_stream(struct fleet *f, uint64_t until_ns, struct err *err)
{
    f->turn_count = 0;
    for (uint32_t i = 0; i < f->options->hosts; i++)
        take_turns(f, i, until_ns);
    if (f->turn_count > 0)
        qsort(f->turns, f->turn_count, sizeof *f->turns, by_time);
    for (size_t i = 0; i < f->turn_count; i++) {
        const struct turn *t = &f->turns[i];
        const char *at = f->members[t->host].host.out.at + t->from;
        if (fwrite(at, 1, t->len, f->options->out) != t->len)
            return fail(err, ERR_IO, "the output cannot be written past octet %llu",
                        (unsigned long long)f->counts.bytes);
        f->counts.bytes += t->len;
    }
    f->counts.records += f->turn_count;
    for (uint32_t i = 0; i < f->options->hosts; i++)
        forget_written(&f->members[i]);
    return OK;
}

static void take_turns(struct fleet *f, uint32_t index, uint64_t until_ns)
{
    struct member *m = &f->members[index];
    const struct host *h = &m->host;
    while (m->marks_written < h->mark_count && h->marks[m->marks_written].time_ns < until_ns) {
        const struct mark *mark = &h->marks[m->marks_written++];
        if (f->turn_count == f->turn_capacity) {
            f->turn_capacity = f->turn_capacity == 0 ? 4096 : f->turn_capacity * 2;
            f->turns = memory_resize(f->turns, f->turn_capacity * sizeof *f->turns);
        }
        f->turns[f->turn_count++] = (struct turn){
            .time_ns = mark->time_ns,
            .host = index,
            .from = m->written,
            .len = mark->end - m->written,
        };
        m->written = mark->end;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct turn *x = a;
    const struct turn *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->host < y->host ? -1 : x->host > y->host;
}

// Moves what is left to the front.
static void forget_written(struct member *m)
{
    struct host *h = &m->host;
    const size_t mark_count = h->mark_count - m->marks_written;
    for (size_t i = 0; i < mark_count; i++) {
        h->marks[i] = h->marks[i + m->marks_written];
        h->marks[i].end -= m->written;
    }
    h->mark_count = mark_count;
    h->out.len -= m->written;
    if (h->out.len > 0)
        memmove(h->out.at, h->out.at + m->written, h->out.len);
    m->written = m->marks_written = 0;
}

static enum status write_files(struct fleet *f, bool is_first, struct err *err)
{
    for (uint32_t i = 0; i < f->options->hosts; i++) {
        struct host *h = &f->members[i].host;
        char path[FILE_PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s.ndjson", f->options->directory, h->id);
        FILE *file = fopen(path, is_first ? "wb" : "ab");
        if (file == NULL)
            return fail(err, ERR_IO, "%s cannot be written", path);
        const size_t written = fwrite(h->out.at, 1, h->out.len, file);
        if (fclose(file) != 0 || written != h->out.len)
            return fail(err, ERR_IO, "%s takes no more than %zu octets", path, written);
        f->counts.bytes += h->out.len;
        f->counts.records += h->mark_count;
        h->out.len = h->mark_count = 0;
    }
    return OK;
}

static enum status write_labels(struct fleet *f, struct err *err)
{
    for (uint32_t i = 0; i < f->options->hosts; i++) {
        const str labels = buf_str(&f->members[i].labels);
        for (size_t k = 0; k < labels.len; k++)
            f->counts.labels += labels.at[k] == '\n';
        if (f->options->labels != NULL &&
            fwrite(labels.at, 1, labels.len, f->options->labels) != labels.len)
            return fail(err, ERR_IO, "the labels cannot be written");
    }
    return OK;
}
