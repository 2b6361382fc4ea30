#include "report.h"

#include "base/buf.h"

#include <inttypes.h>

#define REPORT_MAX           (64u * 1024u)
#define EXCEPTIONS_SHOWN_MAX 10u

static void add_number(struct buf *b, uint64_t n);
static void add_count(struct buf *b, uint64_t n, const char *one, const char *many);
static void add_source(struct buf *b, const struct source *source, uint64_t ambiguous_names);
static void add_decode(struct buf *b, const struct pipeline *p, const str *paths,
                       size_t path_count);
static void add_dialects(struct buf *b, const struct decode_counts *counts);
static void add_examples(struct buf *b, const struct decoder *decoder, const str *paths,
                         size_t path_count);
static void add_unknown_events(struct buf *b, const struct decoder *decoder);
static void add_order(struct buf *b, const struct order_counts *counts);
static void add_enrich(struct buf *b, const struct enrich_counts *counts);
static void add_match(struct buf *b, const struct pipeline *p, size_t rule_count);
static void add_findings(struct buf *b, const struct group_counts *counts, uint64_t left_out);
static void add_exceptions(struct buf *b, const struct exceptions *e);
static void add_used(struct buf *b, const struct exceptions *e);
static void add_late(struct buf *b, const struct exceptions *e);
static void add_nonzero(struct buf *b, uint64_t n, const char *what);

void report_print(const struct pipeline *p, const str *paths, size_t path_count, size_t rule_count,
                  FILE *stream)
{
    struct buf b;
    buf_init(&b, REPORT_MAX);
    add_source(&b, p->source, p->hosts.ambiguous_names);
    add_decode(&b, p, paths, path_count);
    add_order(&b, order_counts(p->order));
    add_enrich(&b, enricher_counts(p->enricher));
    if (p->watch.see == NULL)
        add_match(&b, p, rule_count);
    if (p->watch.see == NULL && p->exceptions != NULL)
        add_exceptions(&b, p->exceptions);
    buf_add(
        &b,
        STR("never seen   anonymous and MAP_JIT mappings, Mach VM calls, thread_set_state, ports "
            "passed in messages,\n             loads out of the shared cache\n"));

    struct buf shown;  // Names in it come from files and records.
    buf_init(&shown, 4 * REPORT_MAX);
    buf_add_printable(&shown, buf_str(&b));
    (void)fwrite(shown.at, 1, shown.len, stream);
    (void)fflush(stream);
    buf_done(&shown);
    buf_done(&b);
}

static void add_source(struct buf *b, const struct source *source, uint64_t ambiguous_names)
{
    const struct source_counts *counts = source_counts(source);
    buf_add(b, STR("in           "));
    add_count(b, counts->records, "record", "records");
    buf_printf(b, ", %.1f MB, from ", (double)counts->bytes / 1e6);
    add_count(b, counts->inputs_read, "input", "inputs");
    add_nonzero(b, counts->inputs_failed, "failed");
    add_nonzero(b, counts->inputs_framed, "of them JSON over many lines");
    add_nonzero(b, ambiguous_names, "names that two Macs have, and that join nothing");
    if (counts->stopped)
        buf_add(b, STR("; stopped before the end"));
    for (size_t i = 0; i < SOURCE_DROP_COUNT; i++)
        if (counts->dropped[i] > 0) {
            const str name = source_drop_name((enum source_drop)i);
            buf_add(b, STR("; dropped "));
            add_number(b, counts->dropped[i]);
            buf_printf(b, " %.*s", STR_ARG(name));
        }
    buf_add_char(b, '\n');
}

static void add_decode(struct buf *b, const struct pipeline *p, const str *paths, size_t path_count)
{
    const struct decoder *decoder = p->decoder;
    const struct decode_counts *counts = decoder_counts(decoder);
    uint64_t dropped = 0;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        dropped += counts->dropped[i];

    buf_add(b, STR("decoded      "));
    add_count(b, counts->out, "event", "events");
    buf_add(b, STR(", "));
    add_number(b, dropped);
    buf_add(b, STR(" dropped"));
    const char *separator = ": ";
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++) {
        if (counts->dropped[i] == 0)
            continue;
        const str name = decode_drop_name((enum decode_drop)i);
        buf_printf(b, "%s%" PRIu64 " %.*s", separator, counts->dropped[i], STR_ARG(name));
        separator = ", ";
    }
    add_nonzero(b, counts->unpacked, "more records than lines, from lists");
    add_nonzero(b, counts->odd_values, "with a value of another type that was left out");
    add_nonzero(b, counts->texts_hidden, "with a text that the log hides");
    add_nonzero(b, counts->unknown_versions, "of a message version that is not known");
    add_nonzero(b, counts->control_bytes, "with control bytes in front");
    add_nonzero(b, counts->lists_cut, "with a list too long to keep whole");
    add_nonzero(b, counts->texts_cut, "with a text too long to keep whole");
    add_nonzero(b, counts->invalid_utf8, "with text that is not UTF-8");
    buf_add_char(b, '\n');
    add_dialects(b, counts);
    add_examples(b, decoder, paths, path_count);
    add_unknown_events(b, decoder);
}

// Which sensors the records are of; nothing where they are all Apple's own.
static void add_dialects(struct buf *b, const struct decode_counts *counts)
{
    const char *separator = "sensors      ";
    for (size_t i = 0; i < dialects_count(); i++) {
        const struct dialect_counts *of = &counts->by_dialect[i];
        const bool is_plain = of->in == counts->in && str_eq(dialects_name(i), STR("eslogger"));
        if (of->in == 0 || is_plain)
            continue;
        buf_add(b, str_of(separator));
        add_count(b, of->in, "record", "records");
        buf_printf(b, " of %.*s", STR_ARG(dialects_name(i)));
        separator = ", ";
    }
    if (separator[0] == ',')
        buf_add_char(b, '\n');
}

// The first record of each damage, so that it can be looked at.
static void add_examples(struct buf *b, const struct decoder *decoder, const str *paths,
                         size_t path_count)
{
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++) {
        const struct decode_example *example = decoder_example(decoder, (enum decode_drop)i);
        if (example == NULL || example->line == 0 || example->input >= path_count)
            continue;
        const str path = paths[example->input];
        buf_printf(b, "             %.*s:%" PRIu64 ": %s\n", STR_ARG(path), example->line,
                   example->why);
    }
}

static void add_unknown_events(struct buf *b, const struct decoder *decoder)
{
    str name;
    uint64_t count;
    for (size_t i = 0; decoder_unknown_event(decoder, i, &name, &count); i++) {
        buf_add(b, i == 0 ? STR("             unknown event types: ") : STR(", "));
        buf_add_json(b, name);
        buf_printf(b, " %" PRIu64, count);
    }
    if (decoder_unknown_event(decoder, 0, &name, &count))
        buf_add_char(b, '\n');
}

static void add_order(struct buf *b, const struct order_counts *counts)
{
    buf_add(b, STR("order        "));
    add_count(b, counts->gaps, "gap", "gaps");
    if (counts->gaps > 0) {
        buf_add(b, STR(" (at least "));
        add_number(b, counts->missed);
        buf_add(b, STR(" records lost before us)"));
    }
    add_nonzero(b, counts->duplicates, "dropped as duplicates");
    add_nonzero(b, counts->merged, "merged into others that are the same");
    add_nonzero(b, counts->restarts, "restarted numbering of the sensor");
    add_nonzero(b, counts->disordered, "out of order");
    add_nonzero(b, counts->late, "too late for their place");
    add_nonzero(b, counts->released_early, "let go early for lack of room");
    add_nonzero(b, counts->wild, "with a number that cannot be");
    add_nonzero(b, counts->future, "stamped in the future");
    add_nonzero(b, counts->clamped, "with a stamp that cannot be");
    add_nonzero(b, counts->jumps, "jumps of a clock");
    add_nonzero(b, counts->hostless, "dropped: of no host that can be kept");
    add_nonzero(b, counts->unplaced, "of too many sensors on one host to be put in order");
    buf_add_char(b, '\n');
}

static void add_enrich(struct buf *b, const struct enrich_counts *counts)
{
    buf_add(b, STR("linkage      of the images started: "));
    buf_printf(b,
               "%" PRIu64 " yes, %" PRIu64 " no, %" PRIu64 " by bridge, %" PRIu64
               " by string, %" PRIu64 " unknown\n",
               counts->linkage[0], counts->linkage[1], counts->linkage[2], counts->linkage[3],
               counts->linkage[4]);
    buf_add(b, STR("unknown      "));
    add_count(b, counts->parents_unknown, "parent", "parents");
    add_nonzero(b, counts->starts_unseen, "starts of processes not seen");
    add_nonzero(b, counts->libraries_unknown, "signers of mapped libraries");
    add_nonzero(b, counts->lookups_failed, "look-ups in the link inventory that failed");
    add_nonzero(b, counts->evicted, "processes forgotten for lack of room");
    add_nonzero(b, counts->owners_evicted, "owners of applications forgotten for lack of room");
    add_nonzero(b, counts->writers_evicted, "writers of files forgotten for lack of room");
    add_nonzero(b, counts->cdhashes_evicted, "images forgotten that were seen before");
    add_nonzero(b, counts->signers_evicted, "signers of executables forgotten");
    add_nonzero(b, counts->ranges_evicted, "writable ranges of memory forgotten");
    buf_add_char(b, '\n');
}

// Which rules gave up sequences, where any did.
static void add_evicted(struct buf *b, const struct pipeline *p)
{
    static const char *const reasons[EVICT_REASON_COUNT] = {
        [EVICT_RULE] = "rule full",
        [EVICT_TOTAL] = "all full",
        [EVICT_MEMORY] = "memory full",
    };
    for (size_t i = 0; i < matcher_rule_count(p->matcher); i++) {
        const struct sequence_counts *counts = matcher_rule_counts(p->matcher, i);
        const char *separator = ": ";
        if (counts->evicted[EVICT_RULE] + counts->evicted[EVICT_TOTAL] +
                counts->evicted[EVICT_MEMORY] ==
            0)
            continue;
        const str id = matcher_rule(p->matcher, i)->id;
        buf_printf(b, "\n             given up of %.*s", STR_ARG(id));
        for (size_t r = 0; r < EVICT_REASON_COUNT; r++) {
            if (counts->evicted[r] == 0)
                continue;
            buf_printf(b, "%s%" PRIu64 " (%s)", separator, counts->evicted[r], reasons[r]);
            separator = ", ";
        }
    }
}

static void add_match(struct buf *b, const struct pipeline *p, size_t rule_count)
{
    static const char *const evict_texts[EVICT_REASON_COUNT] = {
        [EVICT_RULE] = "given up for lack of room in their rule: findings may be missing",
        [EVICT_TOTAL] = "given up for lack of room: findings may be missing",
        [EVICT_MEMORY] = "given up for lack of memory: findings may be missing",
    };
    const struct match_counts counts = matcher_counts(p->matcher);
    const struct sequence_counts *partials = &counts.partials;
    buf_add(b, STR("matched      "));
    add_count(b, rule_count, "rule", "rules");
    buf_add(b, STR(", "));
    add_count(b, partials->begun, "sequence begun", "sequences begun");
    buf_add(b, STR(", "));
    add_number(b, partials->open);
    buf_add(b, STR(" open at the end"));
    for (size_t i = 0; i < EVICT_REASON_COUNT; i++)
        add_nonzero(b, partials->evicted[i], evict_texts[i]);
    add_nonzero(b, counts.keys_cut, "times an event had more keys than are joined");
    add_nonzero(b, counts.combinations_cut, "times a comparison had too many values");
    add_nonzero(b, counts.patterns_cut,
                "times a pattern took too many steps: findings may be missing");
    add_evicted(b, p);
    buf_add_char(b, '\n');
    add_findings(b, grouper_counts(p->grouper), p->left_out);
}

static void add_findings(struct buf *b, const struct group_counts *counts, uint64_t left_out)
{
    buf_add(b, STR("findings     "));
    add_number(b, counts->told);
    const char *separator = ": ";
    for (size_t i = LEVEL_COUNT; i > 0; i--) {
        if (counts->by_level[i - 1] == 0)
            continue;
        const str name = level_name((enum level)(i - 1));
        buf_printf(b, "%s%" PRIu64 " %.*s", separator, counts->by_level[i - 1], STR_ARG(name));
        separator = ", ";
    }
    add_nonzero(b, left_out, "times a lesser one was not told");
    add_nonzero(b, counts->joined, "told as part of another");
    add_nonzero(b, counts->revisions, "times one was told anew with more");
    add_nonzero(b, counts->repeats, "repeats not told");
    add_nonzero(b, counts->groups_evicted,
                "acts forgotten for lack of room: one may be told twice");
    add_nonzero(b, counts->repeats_evicted,
                "findings forgotten for lack of room: repeats may be told");
    buf_add_char(b, '\n');
}

static void add_exceptions(struct buf *b, const struct exceptions *e)
{
    const struct exceptions_counts counts = exceptions_counts(e);
    buf_add(b, STR("exceptions   "));
    add_number(b, counts.used);
    buf_add(b, STR(" used"));
    add_used(b, e);
    buf_add(b, STR("; "));
    add_number(b, counts.expired);
    buf_add(b, STR(" expired; "));
    add_number(b, counts.never_hit);
    buf_add(b, STR(" never hit"));
    add_nonzero(b, exceptions_refused(e), "refused");
    add_late(b, e);
    buf_add_char(b, '\n');
}

// " (E-1 12, E-2 3, and 4 more)"
static void add_used(struct buf *b, const struct exceptions *e)
{
    size_t shown = 0;
    size_t used = 0;
    for (size_t i = 0; i < exceptions_count(e); i++) {
        if (exceptions_hits(e, i) == 0 || used++ >= EXCEPTIONS_SHOWN_MAX)
            continue;
        const str id = exceptions_at(e, i)->id;
        buf_printf(b, "%s%.*s ", shown++ == 0 ? " (" : ", ", STR_ARG(id));
        add_number(b, exceptions_hits(e, i));
    }
    if (used > shown)
        buf_printf(b, ", and %zu more", used - shown);
    if (shown > 0)
        buf_add_char(b, ')');
}

// Those that would have covered a finding, had they been renewed.
static void add_late(struct buf *b, const struct exceptions *e)
{
    size_t shown = 0;
    for (size_t i = 0; i < exceptions_count(e) && shown < EXCEPTIONS_SHOWN_MAX; i++) {
        const struct exception *x = exceptions_at(e, i);
        if (x->late_hits == 0)
            continue;
        buf_add(b, shown++ == 0 ? STR("\n             met after their end: ") : STR(", "));
        buf_printf(b, "%.*s (%.*s) ", STR_ARG(x->id), STR_ARG(x->expires));
        add_number(b, x->late_hits);
    }
}

static void add_nonzero(struct buf *b, uint64_t n, const char *what)
{
    if (n == 0)
        return;
    buf_add(b, STR("; "));
    add_number(b, n);
    buf_printf(b, " %s", what);
}

static void add_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
    add_number(b, n);
    buf_printf(b, " %s", n == 1 ? one : many);
}

// With commas between thousands.
static void add_number(struct buf *b, uint64_t n)
{
    char digits[32];
    const int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_add_char(b, ',');
        buf_add_char(b, digits[i]);
    }
}
