#include "decode/tally.h"

#include <stdio.h>
#include <stdlib.h>

#define UNKNOWN_NAME_MAX 64u  // Octets of an unknown event's name that are kept.

// What is looked for in a tally's unknown events.
struct wanted_name {
    const struct decode_tally *tally;
    str name;
};

static void count_unknown(struct decode_tally *t, str name, uint64_t count);
static void count_others(struct decode_tally *t, uint64_t count);
static bool is_same_name(const void *context, uint32_t value);
static void add_counts(struct decode_counts *to, const struct decode_counts *from);
static void take_examples(struct decode_tally *t, const struct decode_tally *from);
static int more_frequent(const void *a, const void *b);

void decode_tally_done(struct decode_tally *t)
{
    map_done(&t->unknown_by_name);
    arena_done(&t->names);
}

void decode_tally_drop(struct decode_tally *t, const struct decoding *c,
                       const struct record *record)
{
    static const char *const says[DECODE_DROP_COUNT] = {
        [DECODE_DROP_MISSING_KEY] = " is missing",
        [DECODE_DROP_WRONG_TYPE] = " is of another type",
        [DECODE_DROP_OUT_OF_RANGE] = " is out of range",
        [DECODE_DROP_BAD_TIME] = " is no time",
    };
    struct decode_example *example = &t->examples[c->drop];

    if (c->drop == DECODE_DROP_UNKNOWN_EVENT)
        count_unknown(t, c->unknown_event, 1);
    if (t->counts.dropped[c->drop]++ > 0)
        return;
    example->input = record->input;
    example->line = record->line;
    (void)snprintf(example->why, sizeof example->why, "%s%s%s%s", c->where,
                   c->key == NULL ? "" : ".", c->key == NULL ? "" : c->key,
                   says[c->drop] == NULL ? "" : says[c->drop]);
}

static void count_unknown(struct decode_tally *t, str name, uint64_t count)
{
    const struct wanted_name wanted = { .tally = t, .name = str_to(name, UNKNOWN_NAME_MAX) };
    const uint64_t hash = str_hash(wanted.name, 0);
    const uint32_t known = map_find(&t->unknown_by_name, hash, is_same_name, &wanted);
    if (known != MAP_NONE) {
        t->unknown[known].count += count;
        return;
    }
    if (t->unknown_count < DECODE_TYPES_MAX) {
        map_add(&t->unknown_by_name, hash, (uint32_t)t->unknown_count);
        t->unknown[t->unknown_count++] =
            (struct unknown_event){ .name = arena_str(&t->names, wanted.name), .count = count };
        return;
    }
    count_others(t, count);
}

static void count_others(struct decode_tally *t, uint64_t count)
{
    t->unknown[DECODE_TYPES_MAX].name = STR("(others)");
    t->unknown[DECODE_TYPES_MAX].count += count;
}

static bool is_same_name(const void *context, uint32_t value)
{
    const struct wanted_name *wanted = context;
    return str_eq(wanted->tally->unknown[value].name, wanted->name);
}

void decode_tally_oddities(struct decode_tally *t, const struct decoding *c)
{
    t->counts.unknown_versions += c->is_version_unknown;
    t->counts.lists_cut += c->is_list_cut;
    t->counts.texts_cut += c->is_text_cut;
    t->counts.invalid_utf8 += c->is_invalid_utf8;
    t->counts.odd_values += c->is_value_odd;
    t->counts.texts_hidden += c->is_text_hidden;
}

void decode_tally_take(struct decode_tally *t, struct decode_tally *from)
{
    take_examples(t, from);
    add_counts(&t->counts, &from->counts);
    for (size_t i = 0; i < from->unknown_count; i++)
        count_unknown(t, from->unknown[i].name, from->unknown[i].count);
    if (from->unknown[DECODE_TYPES_MAX].count > 0)
        count_others(t, from->unknown[DECODE_TYPES_MAX].count);
    decode_tally_done(from);
    *from = (struct decode_tally){ 0 };
}

void decode_tally_sort(struct decode_tally *t)
{
    qsort(t->unknown, t->unknown_count, sizeof t->unknown[0], more_frequent);
    map_reset(&t->unknown_by_name);
    for (size_t i = 0; i < t->unknown_count; i++)
        map_add(&t->unknown_by_name, str_hash(t->unknown[i].name, 0), (uint32_t)i);
}

static int more_frequent(const void *a, const void *b)
{
    const struct unknown_event *x = a;
    const struct unknown_event *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return str_cmp(x->name, y->name);
}

// The example of a reason is the first in the order of inputs and lines.
static void take_examples(struct decode_tally *t, const struct decode_tally *from)
{
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++) {
        const struct decode_example *mine = &t->examples[i];
        const struct decode_example *theirs = &from->examples[i];
        const bool is_earlier =
            theirs->input != mine->input ? theirs->input < mine->input : theirs->line < mine->line;
        if (theirs->line > 0 && (mine->line == 0 || is_earlier))
            t->examples[i] = *theirs;
    }
}

static void add_counts(struct decode_counts *to, const struct decode_counts *from)
{
    to->in += from->in;
    to->unpacked += from->unpacked;
    to->out += from->out;
    to->unknown_versions += from->unknown_versions;
    to->control_bytes += from->control_bytes;
    to->lists_cut += from->lists_cut;
    to->texts_cut += from->texts_cut;
    to->invalid_utf8 += from->invalid_utf8;
    to->odd_values += from->odd_values;
    to->texts_hidden += from->texts_hidden;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        to->dropped[i] += from->dropped[i];
    for (size_t i = 0; i < ACTION_COUNT; i++)
        to->by_action[i] += from->by_action[i];
    for (size_t i = 0; i < DIALECTS_MAX; i++) {
        to->by_dialect[i].in += from->by_dialect[i].in;
        to->by_dialect[i].out += from->by_dialect[i].out;
    }
}
