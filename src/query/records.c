#include "query/records.h"

#include "base/arena.h"
#include "source/stream.h"

#include <stdlib.h>

#define BUFFER_SIZE (256u * 1024u)
#define BOM         "\xef\xbb\xbf"

enum mode {
    MODE_BEGIN,  // Not known yet whether the input is a list.
    MODE_LINES,
    MODE_LIST,
};

struct records {
    const str *paths;
    size_t path_count;
    size_t next_path;  // The input after the open one.
    const volatile sig_atomic_t *stop;
    struct stream *stream;
    struct records_counts counts;
    struct records_failure *failures;
    size_t failure_count;
    struct arena sentences;

    char *buffer;
    size_t capacity;
    size_t begin;  // Of the record that is not whole yet.
    size_t pos;    // What is before it has been looked at.
    size_t end;

    enum mode mode;
    bool is_ended;     // There is nothing more to read.
    bool is_skipping;  // Inside a record that is too long.
    bool has_text;     // The record has something in it.
    bool has_comma;    // An element must follow.
    bool in_string;
    bool is_escaped;
    uint64_t depth;      // Of brackets inside the list.
    uint64_t line;       // Of `pos`.
    uint64_t item_line;  // Where the record begins.
};

enum step {
    STEP_ON,
    STEP_ELEMENT,
    STEP_LIST_END,
};

static struct records *records_new(void);
static bool open_next(struct records *r);
static void begin_input(struct records *r);
static bool fill(struct records *r);
static void make_room(struct records *r);
static void keep_failure(struct records *r, const char *why);
static void recognise(struct records *r, bool at_end);
static bool scan(struct records *r, struct records_item *out);
static bool scan_lines(struct records *r, struct records_item *out);
static bool scan_list(struct records *r, struct records_item *out);
static enum step step_over(struct records *r, char c);
static void note_text(struct records *r, char c);
static bool finish_input(struct records *r, struct records_item *out);
static bool give(struct records *r, size_t end, struct records_item *out);
static bool is_blank(char c);

struct records *records_open(const str *paths, size_t count, const volatile sig_atomic_t *stop)
{
    struct records *r = records_new();
    r->paths = paths;
    r->path_count = count;
    r->stop = stop;
    return r;
}

struct records *records_open_memory(bytes input)
{
    struct records *r = records_new();
    r->stream = stream_of_memory(input);
    begin_input(r);
    return r;
}

static struct records *records_new(void)
{
    struct records *r = memory_zeroed(1, sizeof *r);
    r->capacity = BUFFER_SIZE;
    r->buffer = memory_new(r->capacity);
    return r;
}

void records_close(struct records *r)
{
    if (r == NULL)
        return;
    stream_close(r->stream);
    arena_done(&r->sentences);
    free(r->failures);
    free(r->buffer);
    free(r);
}

bool records_take(struct records *r, struct records_item *out)
{
    for (;;) {
        if (r->stream == NULL && !open_next(r))
            return false;
        if (scan(r, out))
            return true;
        if (fill(r))
            continue;
        if (r->stop != NULL && *r->stop) {
            r->counts.stopped = true;
            r->next_path = r->path_count;
            stream_close(r->stream);
            r->stream = NULL;
            return false;
        }
        recognise(r, true);
        if (scan(r, out) || finish_input(r, out))
            return true;
    }
}

// False when there is no other input.
static bool open_next(struct records *r)
{
    while (r->next_path < r->path_count) {
        struct err err;
        if (stream_open(r->paths[r->next_path++], r->stop, 0, &r->stream, &err) == OK) {
            begin_input(r);
            return true;
        }
        r->stream = NULL;
        keep_failure(r, err.text);
    }
    return false;
}

static void begin_input(struct records *r)
{
    r->counts.inputs_read++;
    r->mode = MODE_BEGIN;
    r->begin = r->pos = r->end = 0;
    r->is_ended = r->is_skipping = r->has_text = false;
    r->has_comma = r->in_string = r->is_escaped = false;
    r->depth = 0;
    r->line = r->item_line = 1;
}

// False at the end of the input, or where it breaks.
static bool fill(struct records *r)
{
    struct err err;
    size_t got = 0;
    if (r->is_ended)
        return false;
    make_room(r);
    const enum status status =
        stream_read(r->stream, r->buffer + r->end, r->capacity - r->end, &got, &err);
    if (status != OK && status != END)
        keep_failure(r, err.text);
    r->is_ended = status != OK;
    if (r->is_ended)
        return false;
    r->end += got;
    r->counts.bytes += got;
    return true;
}

// Moves the unfinished record to the front, and lets the buffer grow where it fills it.
static void make_room(struct records *r)
{
    const size_t kept = r->is_skipping ? 0 : r->end - r->begin;
    if (r->begin > 0 && kept > 0)
        memmove(r->buffer, r->buffer + r->begin, kept);
    r->pos = r->is_skipping ? 0 : r->pos - r->begin;
    r->begin = 0;
    r->end = kept;
    if (kept < r->capacity)
        return;
    if (r->capacity >= RECORDS_LEN_MAX) {
        r->is_skipping = true;
        r->pos = r->end = 0;
        return;
    }
    r->capacity *= 2;
    r->buffer = memory_resize(r->buffer, r->capacity);
}

static void keep_failure(struct records *r, const char *why)
{
    r->failures = memory_resize(r->failures, (r->failure_count + 1) * sizeof *r->failures);
    r->failures[r->failure_count++] = (struct records_failure){
        .path = r->next_path > 0 ? r->paths[r->next_path - 1] : STR("-"),
        .why = arena_str(&r->sentences, str_of(why)).at,
    };
}

// Looks at the first octets. Nothing happens where there are too few of them to tell.
static void recognise(struct records *r, bool at_end)
{
    const str bom = STR(BOM);
    const str text = { .at = r->buffer, .len = r->end };
    if (r->mode != MODE_BEGIN || (text.len < bom.len && !at_end))
        return;
    if (r->pos == 0 && str_starts_with(text, bom))
        r->pos = bom.len;
    for (; r->pos < r->end && is_blank(r->buffer[r->pos]); r->pos++)
        r->line += r->buffer[r->pos] == '\n';
    r->begin = r->pos;
    r->item_line = r->line;
    if (r->pos == r->end && !at_end)
        return;
    r->mode = r->pos < r->end && r->buffer[r->pos] == '[' ? MODE_LIST : MODE_LINES;
    if (r->mode == MODE_LIST)
        r->begin = ++r->pos;
}

static bool scan(struct records *r, struct records_item *out)
{
    recognise(r, false);
    while (r->pos < r->end && r->mode != MODE_BEGIN)
        if (r->mode == MODE_LIST ? scan_list(r, out) : scan_lines(r, out))
            return true;
    return false;
}

static bool scan_lines(struct records *r, struct records_item *out)
{
    const char *newline = memchr(r->buffer + r->pos, '\n', r->end - r->pos);
    const size_t stop = newline == NULL ? r->end : (size_t)(newline - r->buffer);
    for (; !r->has_text && r->pos < stop; r->pos++)
        note_text(r, r->buffer[r->pos]);
    r->pos = stop;
    if (newline == NULL)
        return false;
    r->pos++;
    r->line++;
    return give(r, stop, out);
}

static bool scan_list(struct records *r, struct records_item *out)
{
    while (r->pos < r->end) {
        const enum step step = step_over(r, r->buffer[r->pos++]);
        if (step == STEP_ON)
            continue;
        // "[]" has no element, but the one behind the last comma is there, and empty.
        r->has_text |= step == STEP_ELEMENT || r->has_comma;
        r->has_comma = step == STEP_ELEMENT;
        if (step == STEP_LIST_END)
            r->mode = MODE_LINES;
        return give(r, r->pos - 1, out);
    }
    return false;
}

static enum step step_over(struct records *r, char c)
{
    note_text(r, c);
    r->line += c == '\n';
    if (r->in_string) {
        r->in_string = c != '"' || r->is_escaped;
        r->is_escaped = c == '\\' && !r->is_escaped;
        return STEP_ON;
    }
    switch (c) {
    case '"':
        r->in_string = true;
        return STEP_ON;
    case '[':
    case '{':
        r->depth++;
        return STEP_ON;
    case ']':
    case '}':
        if (r->depth > 0)
            r->depth--;
        else if (c == ']')
            return STEP_LIST_END;
        return STEP_ON;
    default:
        return c == ',' && r->depth == 0 ? STEP_ELEMENT : STEP_ON;
    }
}

// What ends an element is not in it.
static void note_text(struct records *r, char c)
{
    if (r->has_text || is_blank(c) || (r->mode == MODE_LIST && (c == ',' || c == ']')))
        return;
    r->has_text = true;
    r->item_line = r->line;
}

// The last line may have no end: it is a record like the others. A list that has none was cut.
static bool finish_input(struct records *r, struct records_item *out)
{
    const bool is_cut = r->mode == MODE_LIST;
    r->pos = r->end;
    const bool is_given = give(r, r->end, out);
    if (is_cut)
        keep_failure(r, "the list ends in the middle; what came before was read");
    stream_close(r->stream);
    r->stream = NULL;
    return is_given;
}

// Hands over what is before `end`, if anything is, and begins the next record at `pos`.
static bool give(struct records *r, size_t end, struct records_item *out)
{
    const bool is_given = r->has_text;
    if (is_given) {
        r->counts.records++;
        *out = (struct records_item){
            .text = { .at = r->buffer + r->begin, .len = r->is_skipping ? 0 : end - r->begin },
            .line = r->item_line,
            .input = r->next_path > 0 ? (uint32_t)(r->next_path - 1) : 0,
            .is_too_long = r->is_skipping,
        };
    }
    r->is_skipping = false;
    r->has_text = false;
    r->begin = r->pos;
    r->item_line = r->line;
    return is_given;
}

bool records_are_dry(const struct records *r)
{
    return r->mode == MODE_LIST
               ? r->pos == r->end
               : r->stream == NULL || memchr(r->buffer + r->pos, '\n', r->end - r->pos) == NULL;
}

struct records_counts records_counts(const struct records *r)
{
    return r->counts;
}

const struct records_failure *records_failures(const struct records *r, size_t *count)
{
    *count = r->failure_count;
    return r->failures;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
