// The way of a record: octets before its brace are skipped, it is parsed where it lies, taken
// out of its envelope where it is in one and apart where it is a list, recognised, and decoded by
// its dialect. A line that is no JSON is shown to the dialects of text.
//
// Parsing in place saves copying a record and every text of it. It wants some zeros behind the
// record, where the next one begins: those octets are saved, and put back.

#include "decode/dialects.h"
#include "decode/tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX_MAX    64u  // Octets before the first brace that are looked through.
#define POOL_SIZE_MIN (256u * 1024u)
#define POOL_KEPT_MAX (4u * 1024u * 1024u)  // A larger pool is given back after its record.

_Static_assert(RECORD_PADDING >= YYJSON_PADDING_SIZE, "the parser's zeros fit behind a record");

struct decoder {
    const struct projection *projection;
    struct decode_options options;
    struct decode_tally tally;
    bool wanted_ever[FIELD_COUNT];
    char *pool;
    size_t pool_size;
    struct value categories[ACTION_COUNT];
    struct value category_lists[ACTION_COUNT][CATEGORY_COUNT];
};

// A record that was given, and what is known of it before it is taken apart.
struct given {
    struct decoder *decoder;
    struct batch *batch;
    const struct record *record;
    struct host_told host;  // By an envelope.
    size_t count;           // Records that were in it so far.
};

static void note_wanted(struct decoder *d);
static void list_categories(struct decoder *d);
static size_t prefix_len(str text);
static void take_line(struct given *g, str line);
static yyjson_doc *parse(struct given *g, char *at, size_t len);
static void make_room(struct decoder *d, size_t len);
static void refuse_parse(struct given *g, const yyjson_read_err *err);
static void take_value(struct given *g, yyjson_val *val);
static bool take_envelope(struct given *g, struct decoding *c, struct json_index *members);
static bool take_host(struct given *g, struct decoding *c, yyjson_val *host);
static void take_lists(struct given *g, yyjson_val *lists, const struct json_index *whole);
static void take_rows(struct given *g, yyjson_val *list, const struct json_index *whole);
static void take_record(struct given *g, const struct json_index *record,
                        const struct json_index *whole);
static size_t recognise(const struct decoder *d, const struct json_index *record);
static void run(struct given *g, struct decoding *c, size_t dialect,
                const struct json_index *record, str line);
static struct decoding begin(const struct given *g);
static void finish(struct decoder *d, struct event *event);
static void drop(struct given *g, const struct decoding *c);
static void drop_unmade(struct given *g, enum decode_drop reason, const char *sentence);

struct decoder *decoder_new(const struct projection *projection,
                            const struct decode_options *options)
{
    struct decoder *d = memory_zeroed(1, sizeof *d);
    d->projection = projection;
    if (options != NULL)
        d->options = *options;
    d->pool_size = POOL_SIZE_MIN;
    d->pool = memory_new(d->pool_size);
    note_wanted(d);
    list_categories(d);
    return d;
}

static void note_wanted(struct decoder *d)
{
    for (size_t action = 0; action < ACTION_COUNT; action++)
        for (size_t field = 0; field < FIELD_COUNT; field++)
            d->wanted_ever[field] |= d->projection->wanted[action][field];
}

static void list_categories(struct decoder *d)
{
    for (size_t action = 0; action < ACTION_COUNT; action++) {
        struct value *list = d->category_lists[action];
        size_t count = 0;
        for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
            if ((action_traits[action].categories & (1u << i)) != 0)
                list[count++] = value_of_text(category_name(1u << i));
        d->categories[action] = value_of_list(list, count);
    }
}

void decoder_free(struct decoder *d)
{
    if (d == NULL)
        return;
    free(d->pool);
    decode_tally_done(&d->tally);
    free(d);
}

void decode_batch(struct decoder *d, struct batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++)
        decode(d, &batch->records[i], batch);
}

void decode(struct decoder *d, struct record *record, struct batch *batch)
{
    struct given given = { .decoder = d, .batch = batch, .record = record };
    const str text = { .at = record->at, .len = record->len };
    const size_t prefix = prefix_len(text);
    d->tally.counts.control_bytes += prefix > 0;

    const char first = record->len > prefix ? record->at[prefix] : '\0';
    if (first != '{') {
        take_line(&given, text);
        if (given.count > 0)
            return;
    }
    yyjson_doc *doc = parse(&given, record->at + prefix, record->len - prefix);
    if (doc != NULL)
        take_value(&given, yyjson_doc_get_root(doc));
}

// A terminal puts control octets before the first record, or shows one that was typed as "^D";
// editors put a byte order mark. 0 where anything else stands before the brace.
static size_t prefix_len(str text)
{
    const str bom = STR("\xef\xbb\xbf");
    size_t i = str_starts_with(text, bom) ? bom.len : 0;
    for (; i < text.len && i < PREFIX_MAX && text.at[i] != '{'; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        const bool is_shown =
            c == '^' && i + 1 < text.len && text.at[i + 1] >= '@' && text.at[i + 1] <= '_';
        if (is_shown)
            i++;
        else if (c > ' ' && c != 0x7f)
            return 0;
    }
    return i < text.len && text.at[i] == '{' ? i : 0;
}

// What no dialect of text knows is left for the parser to refuse.
static void take_line(struct given *g, str line)
{
    for (size_t i = 0; i < dialects_count(); i++) {
        const struct dialect *dialect = decode_dialect(i);
        if (dialect->recognises_line == NULL ||
            (g->decoder->options.is_forced ? i != g->decoder->options.dialect
                                           : !dialect->recognises_line(line)))
            continue;
        struct decoding c = begin(g);
        run(g, &c, i, NULL, line);
        return;
    }
}

static yyjson_doc *parse(struct given *g, char *at, size_t len)
{
    struct decoder *d = g->decoder;
    char behind[YYJSON_PADDING_SIZE];
    yyjson_alc pool;
    yyjson_read_err err;

    make_room(d, len);
    if (!yyjson_alc_pool_init(&pool, d->pool, d->pool_size))
        memory_out(d->pool_size);

    memcpy(behind, at + len, sizeof behind);
    memset(at + len, 0, sizeof behind);
    yyjson_doc *doc = yyjson_read_opts(
        at, len, YYJSON_READ_INSITU | YYJSON_READ_ALLOW_INVALID_UNICODE, &pool, &err);
    memcpy(at + len, behind, sizeof behind);
    if (doc == NULL)
        refuse_parse(g, &err);
    return doc;
}

// Room for the worst that `len` octets may hold, up to the maximum: it is far more than ordinary
// records of that size take, and what is not touched costs nothing.
static void make_room(struct decoder *d, size_t len)
{
    const size_t most = len > DECODE_POOL_MAX
                            ? DECODE_POOL_MAX
                            : yyjson_read_max_memory_usage(len, YYJSON_READ_INSITU);
    const size_t wanted = most > DECODE_POOL_MAX ? DECODE_POOL_MAX : most;
    const bool is_too_small = wanted > d->pool_size;
    const bool is_too_large = d->pool_size > POOL_KEPT_MAX && wanted <= POOL_KEPT_MAX;
    if (!is_too_small && !is_too_large)
        return;
    free(d->pool);
    d->pool_size = wanted < POOL_SIZE_MIN ? POOL_SIZE_MIN : wanted;
    d->pool = memory_new(d->pool_size);
}

static void refuse_parse(struct given *g, const yyjson_read_err *err)
{
    if (err->code == YYJSON_READ_ERROR_UNEXPECTED_END)
        drop_unmade(g, DECODE_DROP_CUT, "ends in the middle of a value");
    else if (err->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        drop_unmade(g, DECODE_DROP_TOO_LARGE, "has too many values");
    else
        drop_unmade(g, DECODE_DROP_NOT_JSON, err->msg);  // The parser's literals.
}

// The record itself: what was parsed, or the "record" in it, or each element of a list.
static void take_value(struct given *g, yyjson_val *val)
{
    struct json_index members;
    struct decoding c = { .batch = g->batch, .drop = DECODE_KEPT };
    json_index_of(val, &members);
    if (!take_envelope(g, &c, &members)) {
        g->decoder->tally.counts.in++;
        drop(g, &c);
        return;
    }
    // Event hubs put what they are given into a list of this name.
    yyjson_val *records = JSON_GET(&members, "records");
    if (yyjson_is_arr(members.object) || yyjson_is_arr(records))
        take_rows(g, yyjson_is_arr(records) ? records : members.object, NULL);
    else
        take_record(g, &members, NULL);
}

// Leaves the record in `members`.
static bool take_envelope(struct given *g, struct decoding *c, struct json_index *members)
{
    yyjson_val *record = JSON_GET(members, "record");
    if (record != NULL) {
        if (!take_host(g, c, JSON_GET(members, "host")))
            return false;
        json_index_of(record, members);
    }
    if (yyjson_is_obj(members->object))
        return true;
    if (!decode_is_shallow(c, members->object))
        return false;
    if (yyjson_is_arr(members->object))
        return true;
    return record != NULL ? decode_refuse(c, DECODE_DROP_WRONG_TYPE, "record", NULL)
                          : decode_refuse(c, DECODE_DROP_NOT_JSON, "not an object", NULL);
}

static bool take_host(struct given *g, struct decoding *c, yyjson_val *host)
{
    g->host = (struct host_told){
        .kind = HOST_BY_HARDWARE,
        .id = decode_text(c, yyjson_obj_get(host, "id")),
        .name = decode_text(c, yyjson_obj_get(host, "name")),
    };
    if (g->host.id.len == 0)
        return decode_refuse(c, DECODE_DROP_BAD_HOST, "the envelope's host has no id", NULL);
    return (g->host.id.len <= HOST_TEXT_MAX && g->host.name.len <= HOST_TEXT_MAX) ||
           decode_refuse(c, DECODE_DROP_BAD_HOST, "the host's id or name is too long", NULL);
}

// Rows may lie in several lists, which are then the members of one object.
static void take_lists(struct given *g, yyjson_val *lists, const struct json_index *whole)
{
    const size_t before = g->count;
    struct json_members m = json_members_of(lists);
    while (json_take_member(&m))
        if (yyjson_arr_size(m.val) > 0)
            take_rows(g, m.val, whole);
    if (g->count == before)
        take_rows(g, lists, whole);
}

static void take_rows(struct given *g, yyjson_val *list, const struct json_index *whole)
{
    struct json_elements rows = json_elements_of(list);
    if (rows.left == 0)
        drop_unmade(g, DECODE_DROP_EMPTY, "a list of records with nothing in it");
    while (json_take_element(&rows)) {
        struct json_index row;
        if (g->count >= DECODE_ROWS_MAX) {
            drop_unmade(g, DECODE_DROP_TOO_MANY, "holds more records than are taken apart");
            continue;
        }
        json_index_of(rows.val, &row);
        take_record(g, &row, whole);
    }
}

// A row is of the dialect of its whole.
static void take_record(struct given *g, const struct json_index *record,
                        const struct json_index *whole)
{
    if (!yyjson_is_obj(record->object)) {
        drop_unmade(g, DECODE_DROP_WRONG_TYPE, "an element of a list");
        return;
    }
    const size_t dialect = recognise(g->decoder, whole == NULL ? record : whole);
    const struct dialect *of = dialect < dialects_count() ? decode_dialect(dialect) : NULL;
    const bool may_be_many = of != NULL && of->rows != NULL && whole == NULL;
    yyjson_val *rows = may_be_many ? of->rows(record) : NULL;
    if (rows != NULL) {
        take_lists(g, rows, record);
        return;
    }
    struct decoding c = begin(g);
    c.whole = whole;
    run(g, &c, dialect, record, STR_EMPTY);
}

static size_t recognise(const struct decoder *d, const struct json_index *record)
{
    if (d->options.is_forced)
        return decode_dialect(d->options.dialect)->decode == NULL ? dialects_count()
                                                                  : d->options.dialect;
    for (size_t i = 0; i < dialects_count(); i++)
        if (decode_dialect(i)->claims != NULL && decode_dialect(i)->claims(record))
            return i;
    for (size_t i = 0; i < dialects_count(); i++)
        if (decode_dialect(i)->recognises != NULL && decode_dialect(i)->recognises(record))
            return i;
    return dialects_count();
}

// One record through its dialect, where it has one.
static void run(struct given *g, struct decoding *c, size_t dialect,
                const struct json_index *record, str line)
{
    struct decode_counts *counts = &g->decoder->tally.counts;
    bool is_event = false;
    counts->in++;
    counts->unpacked += g->count++ > 0;
    if (dialect < dialects_count()) {
        const struct dialect *of = decode_dialect(dialect);
        c->event->sensor = (uint32_t)dialect;
        counts->by_dialect[dialect].in++;
        is_event = record == NULL ? of->decode_line(c, line) : of->decode(c, record);
        counts->by_dialect[dialect].out += is_event;
    } else if (record == NULL || decode_is_shallow(c, record->object)) {
        (void)decode_refuse(c, DECODE_DROP_NO_DIALECT, "keys of no sensor that is known", NULL);
    }
    decode_tally_oddities(&g->decoder->tally, c);
    if (is_event) {
        finish(g->decoder, c->event);
        return;
    }
    c->event->action = ACTION_COUNT;
    if (!c->event->has_sequence && !c->event->has_type_sequence && c->event->lost == 0)
        batch_withdraw_event(g->batch);
    drop(g, c);
}

static struct decoding begin(const struct given *g)
{
    struct decoding c = {
        .batch = g->batch,
        .event = batch_add_event(g->batch, FIELD_COUNT),
        .projection = g->decoder->projection,
        .wanted_ever = g->decoder->wanted_ever,
        .drop = DECODE_KEPT,
    };
    c.event->host = g->record->host;
    c.event->host_told = g->host;
    return c;
}

static void finish(struct decoder *d, struct event *event)
{
    struct value *slots = event->slots;
    const bool *wanted = d->projection->wanted[event->action];

    event->categories = action_traits[event->action].categories;
    slots[FIELD_EVENT_CATEGORY] = d->categories[event->action];
    slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[event->action].name);
    slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[event->action].type);
    slots[FIELD_EVENT_MODULE] = value_of_text(dialects_name(event->sensor));
    slots[FIELD_TIMESTAMP] = value_of_int(event->time_ns);
    if (wanted[FIELD_EVENT_SEQUENCE] && event->has_sequence && event->sequence <= INT64_MAX)
        slots[FIELD_EVENT_SEQUENCE] = value_of_int((int64_t)event->sequence);
    d->tally.counts.out++;
    d->tally.counts.by_action[event->action]++;
}

static void drop(struct given *g, const struct decoding *c)
{
    decode_tally_drop(&g->decoder->tally, c, g->record);
    batch_add_drop(g->batch, g->record->host, (uint32_t)c->drop);
}

// A record of which no event was begun. `sentence` must be a literal.
static void drop_unmade(struct given *g, enum decode_drop reason, const char *sentence)
{
    struct decoding c = { .drop = reason, .where = sentence };
    g->decoder->tally.counts.in++;
    g->decoder->tally.counts.unpacked += g->count++ > 0;
    drop(g, &c);
}

bool decode_refuse(struct decoding *c, enum decode_drop drop_reason, const char *where,
                   const char *key)
{
    c->drop = drop_reason;
    c->where = where;
    c->key = key;
    return false;
}

void decoder_take_counts(struct decoder *d, struct decoder *from)
{
    decode_tally_take(&d->tally, &from->tally);
}

const struct decode_counts *decoder_counts(const struct decoder *d)
{
    return &d->tally.counts;
}

const struct decode_example *decoder_example(const struct decoder *d, enum decode_drop reason)
{
    return &d->tally.examples[reason];
}

bool decoder_unknown_event(const struct decoder *d, size_t i, str *name, uint64_t *count)
{
    if (i > DECODE_TYPES_MAX || d->tally.unknown[i].count == 0)
        return false;
    *name = d->tally.unknown[i].name;
    *count = d->tally.unknown[i].count;
    return true;
}

str decode_drop_name(enum decode_drop reason)
{
    static const str names[DECODE_DROP_COUNT] = {
        [DECODE_DROP_NOT_JSON] = STR_INIT("not JSON"),
        [DECODE_DROP_CUT] = STR_INIT("cut short"),
        [DECODE_DROP_TOO_DEEP] = STR_INIT("nested too deep"),
        [DECODE_DROP_TOO_LARGE] = STR_INIT("with too many values"),
        [DECODE_DROP_NO_DIALECT] = STR_INIT("of no known sensor"),
        [DECODE_DROP_UNKNOWN_EVENT] = STR_INIT("of an unknown event type"),
        [DECODE_DROP_NOT_NEEDED] = STR_INIT("of an event type not needed"),
        [DECODE_DROP_MISSING_KEY] = STR_INIT("missing a key"),
        [DECODE_DROP_WRONG_TYPE] = STR_INIT("with a value of another type"),
        [DECODE_DROP_OUT_OF_RANGE] = STR_INIT("with a number out of range"),
        [DECODE_DROP_BAD_TIME] = STR_INIT("with a bad time"),
        [DECODE_DROP_BAD_HOST] = STR_INIT("with a bad host"),
        [DECODE_DROP_EMPTY] = STR_INIT("of an empty list"),
        [DECODE_DROP_LOSS] = STR_INIT("telling of records lost"),
        [DECODE_DROP_TOO_MANY] = STR_INIT("too many in one"),
    };
    return names[reason];
}
