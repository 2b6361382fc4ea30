// Records out of streams. A batch's octets are read straight into its own buffer, so records are
// never copied singly. Only the front of a record that is not whole yet is kept between two
// readings, and is put before what the next batch reads.

#include "source/source.h"

#include "base/buf.h"
#include "source/frame.h"
#include "source/stream.h"

#include <stdlib.h>

#define BATCH_SIZE     (256u * 1024u)        // What a batch holds, unless one record is longer.
#define FRONT_KEPT_MAX (4u * 1024u * 1024u)  // More memory than this is given back once used.

struct source {
    struct source_options options;
    struct source_counts counts;
    uint32_t *hosts;     // Of each path.
    struct arena arena;  // Failures' sentences.
    struct source_input_failure *failures;
    size_t failure_count;

    const str *paths;
    size_t path_count;
    size_t next_path;  // The input after the open one.
    struct stream *stream;
    uint32_t host;
    enum frame_form form;
    struct framer framer;  // Of a JSON stream.
    uint64_t line;         // Of lines: the last one's number,
    bool skipping;         // and whether the next one is too long.

    uint64_t next_number;
    struct buf front;  // Of the record that is not whole yet, between two readings.
    // In the buffer of the batch that is being read into:
    size_t begin;  // Start of the record that is not whole yet.
    size_t end;
};

static struct source *source_new(const struct source_options *options);
static void put_front(struct source *s, struct batch *batch);
static void keep_front(struct source *s, const struct batch *batch);
static enum status fill(struct source *s, struct batch *batch, struct err *err);
static void open_next(struct source *s);
static void close_stream(struct source *s, struct batch *batch);
static void keep_failure(struct source *s, str path, const struct err *err);
static void make_room(struct source *s, struct batch *batch);
static size_t room_for_reading(const struct source *s, const struct batch *batch);
static void take_records(struct source *s, size_t fresh, struct batch *batch);
static bool recognise(struct source *s, const struct batch *batch);
static void take_objects(struct source *s, struct batch *batch);
static void take_lines(struct source *s, size_t from, struct batch *batch);
static void add_line(struct source *s, size_t begin, size_t end, struct batch *batch);
static void add_record(struct source *s, size_t begin, size_t end, uint64_t line,
                       struct batch *batch);
static str host_name_of(const struct source *s, str path);

enum status source_open(const str *paths, size_t count, const struct source_options *options,
                        struct hosts *hosts, struct source **out, struct err *err)
{
    if (count == 0)
        return fail(err, ERR_CONFIG, "there is no input");
    struct source *s = source_new(options);
    s->paths = paths;
    s->path_count = count;
    // All of them now: `hosts` is another's as soon as reading has begun.
    s->hosts = memory_new(count * sizeof *s->hosts);
    for (size_t i = 0; i < count; i++)
        s->hosts[i] = hosts_keep(hosts, host_name_of(s, paths[i]), STR_EMPTY);
    *out = s;
    return OK;
}

enum status source_open_memory(bytes input, const struct source_options *options,
                               struct hosts *hosts, struct source **out, struct err *err)
{
    struct source *s = source_new(options);
    s->host = hosts_keep(hosts, host_name_of(s, STR("-")), STR_EMPTY);
    if (s->host == HOST_NONE) {
        source_close(s);
        return fail(err, ERR_CONFIG, "the host has no usable name");
    }
    s->stream = stream_of_memory(input);
    s->counts.inputs_read = 1;
    *out = s;
    return OK;
}

static struct source *source_new(const struct source_options *options)
{
    struct source *s = memory_zeroed(1, sizeof *s);
    s->options = *options;
    buf_init(&s->front, SOURCE_LINE_MAX);
    return s;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    stream_close(s->stream);
    arena_done(&s->arena);
    free(s->failures);
    free(s->hosts);
    buf_done(&s->front);
    free(s);
}

enum status source_read(struct source *s, struct batch *batch, struct err *err)
{
    batch->number = s->next_number++;
    put_front(s, batch);
    const enum status status = fill(s, batch, err);
    keep_front(s, batch);
    return status;
}

static void put_front(struct source *s, struct batch *batch)
{
    s->begin = 0;
    s->end = s->front.len;
    batch_make_room(batch, s->end > BATCH_SIZE ? s->end : BATCH_SIZE);
    if (s->end > 0)
        memcpy(batch->octets, s->front.at, s->end);
    if (s->front.capacity > FRONT_KEPT_MAX) {
        buf_done(&s->front);
        buf_init(&s->front, SOURCE_LINE_MAX);
    }
}

// The batch is its owner's from here on.
static void keep_front(struct source *s, const struct batch *batch)
{
    buf_reset(&s->front);
    buf_add(&s->front, (str){ .at = batch->octets + s->begin, .len = s->end - s->begin });
}

static enum status fill(struct source *s, struct batch *batch, struct err *err)
{
    while (batch->record_count == 0) {
        if (s->options.stop != NULL && *s->options.stop) {
            s->counts.stopped = true;
            // What only the front was read of is not a record that was cut.
            s->begin = s->end;
            close_stream(s, batch);
            s->next_path = s->path_count;
            return END;
        }
        if (s->stream == NULL) {
            if (s->next_path == s->path_count)
                return END;
            open_next(s);
            continue;
        }
        make_room(s, batch);
        size_t got = 0;
        const enum status status =
            stream_read(s->stream, batch->octets + s->end, room_for_reading(s, batch), &got, err);
        if (status == OK && got == 0)
            return OK;  // Idle.
        if (status == OK) {
            take_records(s, got, batch);
            continue;
        }
        if (status != END)
            keep_failure(s, s->next_path > 0 ? s->paths[s->next_path - 1] : STR("-"), err);
        if (s->options.stop == NULL || !*s->options.stop)
            close_stream(s, batch);
    }
    return OK;
}

static void open_next(struct source *s)
{
    const str path = s->paths[s->next_path++];
    struct err err;
    s->form = FRAME_UNDECIDED;
    s->line = 0;
    s->skipping = false;
    s->host = s->hosts[s->next_path - 1];
    enum status status = OK;
    if (s->host == HOST_NONE)
        status = fail(&err, ERR_CONFIG, "gives its host no usable name (1 to %u octets, %u hosts)",
                      HOST_TEXT_MAX, HOSTS_MAX);
    else
        status = stream_open(path, s->options.stop, s->options.idle_ms, &s->stream, &err);
    if (status != OK)
        keep_failure(s, path, &err);
    else
        s->counts.inputs_read++;
}

// The last record may have no end: it is a record like the others.
static void close_stream(struct source *s, struct batch *batch)
{
    if (s->form == FRAME_UNDECIDED) {
        s->form = FRAME_LINES;
        take_lines(s, s->begin, batch);
    }
    if (s->end > s->begin && s->form == FRAME_STREAM)
        add_record(s, s->begin, s->end, framer_line(&s->framer), batch);
    else if (s->end > s->begin && !s->skipping)
        add_line(s, s->begin, s->end, batch);
    s->begin = s->end;
    stream_close(s->stream);
    s->stream = NULL;
}

static void keep_failure(struct source *s, str path, const struct err *err)
{
    s->failures = memory_resize(s->failures, (s->failure_count + 1) * sizeof *s->failures);
    s->failures[s->failure_count++] = (struct source_input_failure){
        .path = path,
        .why = arena_str(&s->arena, str_of(err->text)),
    };
    s->counts.inputs_failed++;
}

// Moves the unfinished record to the front, and lets the buffer grow where it fills it: there is
// no record yet that points into it.
static void make_room(struct source *s, struct batch *batch)
{
    const size_t kept = s->end - s->begin;
    if (s->begin > 0 && kept > 0)
        memmove(batch->octets, batch->octets + s->begin, kept);
    s->begin = 0;
    s->end = kept;
    if (kept < batch->octet_capacity)
        return;
    if (kept < SOURCE_LINE_MAX) {
        batch_make_room(batch, 2 * kept < SOURCE_LINE_MAX ? 2 * kept : SOURCE_LINE_MAX);
        return;
    }
    s->counts.records++;
    s->counts.dropped[SOURCE_DROP_TOO_LONG]++;
    s->end = 0;
    if (s->form == FRAME_STREAM)
        framer_give_up(&s->framer);
    else
        s->skipping = true;
}

static size_t room_for_reading(const struct source *s, const struct batch *batch)
{
    const size_t room = batch->octet_capacity - s->end;
    const size_t max = s->options.read_max > 0 ? s->options.read_max : BATCH_SIZE;
    return room < max ? room : max;
}

// Makes records of what `fresh` octets at the end complete.
static void take_records(struct source *s, size_t fresh, struct batch *batch)
{
    size_t from = s->end;
    s->end += fresh;
    s->counts.bytes += fresh;
    if (s->form == FRAME_UNDECIDED) {
        if (!recognise(s, batch))
            return;
        from = s->begin;
    }
    if (s->form == FRAME_STREAM)
        take_objects(s, batch);
    else
        take_lines(s, from, batch);
}

static bool recognise(struct source *s, const struct batch *batch)
{
    const str head = { .at = batch->octets + s->begin, .len = s->end - s->begin };
    s->form = frame_form_of(head);
    if (s->form == FRAME_STREAM) {
        s->begin += frame_mark_len(head);
        s->counts.inputs_framed++;
        framer_init(&s->framer);
    }
    return s->form != FRAME_UNDECIDED;
}

static void take_objects(struct source *s, struct batch *batch)
{
    str rest = { .at = batch->octets + s->begin, .len = s->end - s->begin };
    str record;
    while (framer_take(&s->framer, &rest, &record)) {
        const size_t begin = (size_t)(record.at - batch->octets);
        add_record(s, begin, begin + record.len, framer_line(&s->framer), batch);
    }
    s->begin = s->end - rest.len;
}

// No line ends before `from`.
static void take_lines(struct source *s, size_t from, struct batch *batch)
{
    for (;;) {
        const char *newline = memchr(batch->octets + from, '\n', s->end - from);
        if (newline == NULL)
            break;
        const size_t at = (size_t)(newline - batch->octets);
        if (s->skipping)
            s->line++;
        else
            add_line(s, s->begin, at, batch);
        s->skipping = false;
        s->begin = from = at + 1;
    }
    if (s->skipping)
        s->begin = s->end;
}

static void add_line(struct source *s, size_t begin, size_t end, struct batch *batch)
{
    s->line++;
    if (end > begin && batch->octets[end - 1] == '\r')
        end--;
    if (end == begin) {
        s->counts.empty_lines++;
        return;
    }
    add_record(s, begin, end, s->line, batch);
}

static void add_record(struct source *s, size_t begin, size_t end, uint64_t line,
                       struct batch *batch)
{
    s->counts.records++;
    batch_add_record(
        batch, (struct record){ .at = batch->octets + begin,
                                .len = end - begin,
                                .line = line,
                                .host = s->host,
                                .input = s->next_path > 0 ? (uint32_t)(s->next_path - 1) : 0 });
}

// --host; or the file's name less its endings; or "local".
static str host_name_of(const struct source *s, str path)
{
    static const str endings[] = { STR_INIT(".gz"),    STR_INIT(".zst"),  STR_INIT(".ndjson"),
                                   STR_INIT(".jsonl"), STR_INIT(".json"), STR_INIT(".log") };

    if (s->options.host.len > 0)
        return s->options.host;
    if (!s->options.host_from_filename || str_eq(path, STR("-")))
        return STR("local");
    str name = str_base_name(path);
    // Compression first, then the form: the order of the table.
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (name.len > endings[i].len && str_ends_with(name, endings[i]))
            name = str_to(name, name.len - endings[i].len);
    return name;
}

enum status source_commit(struct source *s, uint64_t number, struct err *err)
{
    (void)number;
    (void)s;  // Files and pipes remember nothing: a replay begins at their start.
    (void)err;
    return OK;
}

const struct source_counts *source_counts(const struct source *s)
{
    return &s->counts;
}

const struct source_input_failure *source_failures(const struct source *s, size_t *count)
{
    *count = s->failure_count;
    return s->failures;
}

str source_drop_name(enum source_drop drop)
{
    return drop == SOURCE_DROP_TOO_LONG ? STR("longer than 16 MB") : STR("?");
}
