#include "cli/query_report.h"

#include "cli/excerpt.h"

#include <inttypes.h>

#define REPORT_MAX  (64u * 1024u)
#define EXCERPT_MAX (4u * 1024u)

static str line_of(str text, uint32_t line);
static void add_in(struct buf *b, const struct query_report *r);
static void add_events(struct buf *b, const struct query_report *r);
static void add_time(struct buf *b, const struct query_report *r);
static void add_examples(struct buf *b, const struct query_report *r);
static void add_matched(struct buf *b, const struct query_report *r);
static void add_count(struct buf *b, uint64_t n, const char *one, const char *many);
static void add_nonzero(struct buf *b, uint64_t n, const char *what);
static void print(struct buf *b, FILE *stream);

void query_report_error(str query, const struct pomona_eql_error *error, FILE *stream)
{
    struct buf b;
    buf_init(&b, EXCERPT_MAX);
    buf_printf(&b, "pomona: line %" PRIu32 ", column %" PRIu32 ": %s\n", error->line, error->column,
               error->text);
    excerpt_add(&b, line_of(query, error->line), error->column, error->length);
    print(&b, stream);
}

static str line_of(str text, uint32_t line)
{
    while (line > 1 && text.len > 0) {
        text = str_from(text, str_find_char(text, '\n') + 1);
        line--;
    }
    return str_to(text, str_find_char(text, '\n'));
}

void query_report_print(const struct query_report *report, FILE *stream)
{
    struct buf b;
    buf_init(&b, REPORT_MAX);
    add_in(&b, report);
    add_events(&b, report);
    add_examples(&b, report);
    add_time(&b, report);
    add_matched(&b, report);
    print(&b, stream);
}

static void add_in(struct buf *b, const struct query_report *r)
{
    const struct records_counts counts = records_counts(r->records);
    size_t failed;
    (void)records_failures(r->records, &failed);
    buf_add(b, STR("in           "));
    add_count(b, counts.records, "record", "records");
    buf_printf(b, ", %.1f MB, from ", (double)counts.bytes / 1e6);
    add_count(b, counts.inputs_read, "input", "inputs");
    add_nonzero(b, failed, "failed");
    if (counts.stopped)
        buf_add(b, STR("; stopped before the end"));
    buf_add_char(b, '\n');
}

static void add_events(struct buf *b, const struct query_report *r)
{
    const struct input_counts *counts = input_counts(r->input);
    uint64_t dropped = 0;
    for (size_t i = 0; i < INPUT_DROP_COUNT; i++)
        dropped += counts->dropped[i];
    buf_add(b, STR("read         "));
    add_count(b, counts->events, "event", "events");
    buf_printf(b, ", %" PRIu64 " dropped", dropped);
    const char *separator = ": ";
    for (size_t i = 0; i < INPUT_DROP_COUNT; i++) {
        if (counts->dropped[i] == 0)
            continue;
        const str name = input_drop_name((enum input_drop)i);
        buf_printf(b, "%s%" PRIu64 " %.*s", separator, counts->dropped[i], STR_ARG(name));
        separator = ", ";
    }
    add_nonzero(b, counts->invalid_utf8, "with text that is not UTF-8");
    // When sorting, a number of any kind orders, and so does a text.
    if (!r->is_sorted)
        add_nonzero(b, counts->odd_tiebreakers, "with a tiebreaker that is no whole number");
    buf_add_char(b, '\n');
}

// Shows at a glance that times were read in the wrong unit.
static void add_time(struct buf *b, const struct query_report *r)
{
    const struct input_counts *counts = input_counts(r->input);
    if (counts->events == 0)
        return;
    buf_add(b, STR("time         "));
    stamp_add(b, counts->first_ns);
    buf_add(b, STR(" to "));
    stamp_add(b, counts->last_ns);
    buf_add_char(b, '\n');
}

// The first record of each reason, so that it can be looked at.
static void add_examples(struct buf *b, const struct query_report *r)
{
    const struct input_counts *counts = input_counts(r->input);
    for (size_t i = 0; i < INPUT_DROP_COUNT; i++) {
        const struct input_example *example = input_example(r->input, (enum input_drop)i);
        const str name = input_drop_name((enum input_drop)i);
        if (counts->dropped[i] == 0)
            continue;
        buf_printf(b, "             %.*s:%" PRIu64 ": %.*s%s%s\n",
                   STR_ARG(r->paths[example->input]), example->line, STR_ARG(name),
                   example->why == NULL ? "" : ": ", example->why == NULL ? "" : example->why);
    }
}

static void add_matched(struct buf *b, const struct query_report *r)
{
    const struct pomona_eql_counts counts = pomona_eql_run_counts(r->run);
    buf_add(b, STR("matched      "));
    add_count(b, r->match_count, "match", "matches");
    add_nonzero(b, counts.matches - r->match_count, "left out by head or tail");
    add_nonzero(b, counts.partials_begun, "sequences begun");
    add_nonzero(b, counts.partials_open, "open at the end");
    add_nonzero(b, counts.partials_expired, "older than maxspan");
    add_nonzero(b, counts.partials_replaced, "replaced by newer ones");
    add_nonzero(b, counts.partials_killed, "ended by until");
    add_nonzero(b, counts.partials_spoiled, "spoiled by an event that must be missing");
    add_nonzero(b, counts.partials_evicted, "given up for lack of room: matches may be missing");
    add_nonzero(b, counts.keys_cut, "times an event had more keys than are joined");
    add_nonzero(b, counts.combinations_cut, "times a comparison had too many values");
    add_nonzero(b, counts.patterns_cut, "times a pattern took too many steps");
    add_nonzero(b, counts.processes_evicted, "processes forgotten for lack of room");
    buf_add_char(b, '\n');
}

static void add_nonzero(struct buf *b, uint64_t n, const char *what)
{
    if (n > 0)
        buf_printf(b, "; %" PRIu64 " %s", n, what);
}

static void add_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
    buf_printf(b, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

// Names and texts in it come from anywhere.
static void print(struct buf *b, FILE *stream)
{
    struct buf shown;
    buf_init(&shown, 4 * REPORT_MAX);
    buf_add_printable(&shown, buf_str(b));
    (void)fwrite(shown.at, 1, shown.len, stream);
    (void)fflush(stream);
    buf_done(&shown);
    buf_done(b);
}
