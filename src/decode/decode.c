// The way of a record: octets before its brace are skipped, it is parsed where it lies, taken
// out of what pipelines put around it and apart where it is a list, recognised, and decoded by
// its dialect. A line that is no JSON is shown to the dialects of text.
//
// Parsing in place saves copying a record and every text of it. It wants some zeros behind the
// record, where the next one begins: those octets are saved, and put back.

#include "decode/dialects.h"
#include "decode/tally.h"
#include "decode/wrapper.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX_MAX    64u  // Octets before the first brace that are looked through.
#define POOL_SIZE_MIN (256u * 1024u)
#define POOL_KEPT_MAX (4u * 1024u * 1024u)  // A larger pool is given back after its record.

_Static_assert(RECORD_PADDING >= YYJSON_PADDING_SIZE, "the parser's zeros fit behind a record");

// Where values of one parse lie: of the record, and of each text in it that is a record.
struct pool {
    char *at;
    size_t size;
};

struct decoder {
    const struct projection *projection;
    struct decode_options options;
    struct decode_tally tally;
    bool wanted_ever[FIELD_COUNT];
    struct pool pools[1 + DECODE_TEXTS_MAX];
    struct value categories[ACTION_COUNT];
    struct value category_lists[ACTION_COUNT][CATEGORY_COUNT];
};

// A record that was given, and what is known of it before it is taken apart.
struct given {
    struct decoder *decoder;
    struct batch *batch;
    const struct record *record;
    struct host_told host;     // By an envelope.
    struct host_told wrapper;  // By what else was around it: where the record tells none.
    size_t count;              // Records that were in it so far.
    uint32_t wraps;            // Around what is taken now.
    uint32_t texts;            // Likewise, parsed within one another.
};

static void note_wanted(struct decoder *d);
static void list_categories(struct decoder *d);
static size_t prefix_len(str text);
static bool is_json(str text);
static void take_line(struct given *g, str line);
static void take_json(struct given *g, char *at, size_t len);
static yyjson_doc *parse(struct given *g, char *at, size_t *len);
static void make_room(struct pool *pool, size_t len);
static void refuse_parse(struct given *g, const yyjson_read_err *err);
static void take_value(struct given *g, yyjson_val *val);
static bool take_envelope(struct given *g, struct decoding *c, struct json_index *members);
static bool take_host(struct given *g, struct decoding *c, yyjson_val *host);
static bool take_wrapped(struct given *g, const struct json_index *members, size_t dialect);
static void take_inner(struct given *g, yyjson_val *inner);
static void take_text(struct given *g, str text);
static void take_list(struct given *g, yyjson_val *list);
static bool is_element(struct given *g, yyjson_val *val);
static void take_lists(struct given *g, yyjson_val *lists, size_t dialect,
                       const struct json_index *whole);
static void take_rows(struct given *g, yyjson_val *list, size_t dialect,
                      const struct json_index *whole);
static void take_record(struct given *g, const struct json_index *record, size_t dialect,
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
    d->pools[0] = (struct pool){ .at = memory_new(POOL_SIZE_MIN), .size = POOL_SIZE_MIN };
    note_wanted(d);
    list_categories(d);
    return d;
}

static void note_wanted(struct decoder *d)
{
    for (size_t field = 0; field < FIELD_COUNT; field++)
        d->wanted_ever[field] = projection_wants_ever(d->projection, (enum field)field);
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
    for (size_t i = 0; i < COUNT_OF(d->pools); i++)
        free(d->pools[i].at);
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

    if (!is_json(str_from(text, prefix))) {
        take_line(&given, text);
        if (given.count > 0)
            return;
    }
    take_json(&given, record->at + prefix, record->len - prefix);
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

// A line may begin with a bracket, as Santa's do, but not with a list of objects.
static bool is_json(str text)
{
    size_t i = 0;
    while (i < text.len && (text.at[i] == '[' || text.at[i] == ' '))
        i++;
    return i < text.len && text.at[i] == '{';
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

// Streams that are stored as they come have objects one behind another, without a line between.
static void take_json(struct given *g, char *at, size_t len)
{
    do {
        size_t read = len;
        yyjson_doc *doc = parse(g, at, &read);
        if (doc == NULL)
            return;
        if (g->count < DECODE_ROWS_MAX)
            take_value(g, yyjson_doc_get_root(doc));
        else
            drop_unmade(g, DECODE_DROP_TOO_MANY, "holds more records than are taken apart");
        at += read;
        len -= read;
    } while (len > 0);
}

// The first value of `len` octets. Leaves in `len` how many are before the next one.
static yyjson_doc *parse(struct given *g, char *at, size_t *len)
{
    static const uint32_t how =
        YYJSON_READ_INSITU | YYJSON_READ_ALLOW_INVALID_UNICODE | YYJSON_READ_STOP_WHEN_DONE;
    struct pool *room = &g->decoder->pools[g->texts];
    char behind[YYJSON_PADDING_SIZE];
    yyjson_alc pool;
    yyjson_read_err err;

    make_room(room, *len);
    if (!yyjson_alc_pool_init(&pool, room->at, room->size))
        memory_out(room->size);

    memcpy(behind, at + *len, sizeof behind);
    memset(at + *len, 0, sizeof behind);
    yyjson_doc *doc = yyjson_read_opts(at, *len, how, &pool, &err);
    memcpy(at + *len, behind, sizeof behind);
    if (doc == NULL) {
        refuse_parse(g, &err);
        return NULL;
    }
    size_t next = yyjson_doc_get_read_size(doc);
    while (next < *len && (unsigned char)at[next] <= ' ')
        next++;
    if (next < *len && at[next] != '{') {
        drop_unmade(g, DECODE_DROP_NOT_JSON, "has something behind its value");
        return NULL;
    }
    *len = next;
    return doc;
}

// Room for the worst that `len` octets may hold, up to the maximum: it is far more than ordinary
// records of that size take, and what is not touched costs nothing.
static void make_room(struct pool *pool, size_t len)
{
    const size_t most = len > DECODE_POOL_MAX
                            ? DECODE_POOL_MAX
                            : yyjson_read_max_memory_usage(len, YYJSON_READ_INSITU);
    const size_t wanted = most > DECODE_POOL_MAX ? DECODE_POOL_MAX : most;
    const bool is_too_small = pool->at == NULL || wanted > pool->size;
    const bool is_too_large = pool->size > POOL_KEPT_MAX && wanted <= POOL_KEPT_MAX;
    if (!is_too_small && !is_too_large)
        return;
    free(pool->at);
    pool->size = wanted < POOL_SIZE_MIN ? POOL_SIZE_MIN : wanted;
    pool->at = memory_new(pool->size);
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

// The record itself: what was parsed, or the "record" in it, or what a wrapper holds, or each
// element of a list.
static void take_value(struct given *g, yyjson_val *val)
{
    struct json_index members;
    struct decoding c = { .batch = g->batch, .drop = DECODE_KEPT };
    json_index_of(val, &members);
    if (!take_envelope(g, &c, &members)) {
        g->decoder->tally.counts.in++;
        g->decoder->tally.counts.unpacked += g->count++ > 0;
        drop(g, &c);
    } else if (yyjson_is_arr(members.object)) {
        take_list(g, members.object);
    } else {
        const size_t dialect = recognise(g->decoder, &members);
        if (!take_wrapped(g, &members, dialect))
            take_record(g, &members, dialect, NULL);
    }
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

// False where the record is none but itself.
static bool take_wrapped(struct given *g, const struct json_index *members, size_t dialect)
{
    const struct dialect *of = dialect < dialects_count() ? decode_dialect(dialect) : NULL;
    struct decode_wrapped w;
    // A dialect that is forced takes every record; it does not know every one.
    if (g->decoder->options.is_forced && of != NULL && !of->recognises(members))
        of = NULL;
    if (g->wraps >= DECODE_WRAPS_MAX || !decode_is_wrapper(members, of, &w))
        return false;
    const struct host_told outer = g->wrapper;
    if (w.host.kind != HOST_NOT_TOLD)
        g->wrapper = w.host;
    g->wraps++;
    take_inner(g, w.inner);
    g->wraps--;
    g->wrapper = outer;
    return true;
}

static void take_inner(struct given *g, yyjson_val *inner)
{
    if (!yyjson_is_str(inner)) {
        take_value(g, inner);
    } else if (g->texts >= DECODE_TEXTS_MAX) {
        drop_unmade(g, DECODE_DROP_TOO_DEEP, "is text in text in text");
    } else {
        g->texts++;
        take_text(g, json_str(inner));
        g->texts--;
    }
}

// The text lies in the record's octets, and nothing else reads it there.
static void take_text(struct given *g, str text)
{
    while (text.len > 0 && (unsigned char)text.at[0] <= ' ')
        text = str_from(text, 1);
    while (text.len > 0 && (unsigned char)text.at[text.len - 1] <= ' ')
        text = str_to(text, text.len - 1);
    if (!str_starts_with(text, STR("{"))) {
        const size_t before = g->count;
        take_line(g, text);
        if (g->count == before)
            drop_unmade(g, DECODE_DROP_NO_DIALECT, "a line of no sensor that is known");
        return;
    }
    char *at = g->record->at + (text.at - g->record->at);
    take_json(g, at, text.len);
}

// Of records, each of which may be in wrappers of its own.
static void take_list(struct given *g, yyjson_val *list)
{
    struct json_elements elements = json_elements_of(list);
    const struct host_told outer = g->host;
    if (elements.left == 0)
        drop_unmade(g, DECODE_DROP_EMPTY, "a list of records with nothing in it");
    while (json_take_element(&elements)) {
        if (is_element(g, elements.val))
            take_value(g, elements.val);
        g->host = outer;
    }
}

// False (counted) where there is no more room, or no object.
static bool is_element(struct given *g, yyjson_val *val)
{
    if (g->count >= DECODE_ROWS_MAX)
        drop_unmade(g, DECODE_DROP_TOO_MANY, "holds more records than are taken apart");
    else if (!yyjson_is_obj(val))
        drop_unmade(g, DECODE_DROP_WRONG_TYPE, "an element of a list");
    else
        return true;
    return false;
}

// Rows may lie in several lists, which are then the members of one object.
static void take_lists(struct given *g, yyjson_val *lists, size_t dialect,
                       const struct json_index *whole)
{
    const size_t before = g->count;
    struct json_members m = json_members_of(lists);
    while (json_take_member(&m))
        if (yyjson_arr_size(m.val) > 0)
            take_rows(g, m.val, dialect, whole);
    if (g->count == before)
        take_rows(g, lists, dialect, whole);
}

static void take_rows(struct given *g, yyjson_val *list, size_t dialect,
                      const struct json_index *whole)
{
    struct json_elements rows = json_elements_of(list);
    if (rows.left == 0)
        drop_unmade(g, DECODE_DROP_EMPTY, "a list of records with nothing in it");
    while (json_take_element(&rows)) {
        struct json_index row;
        if (!is_element(g, rows.val))
            continue;
        json_index_of(rows.val, &row);
        // A search engine returns what it was given, which need not be of its own schema.
        const bool is_hit = yyjson_is_obj(JSON_GET(&row, "_source"));
        if (!is_hit || !take_wrapped(g, &row, recognise(g->decoder, &row)))
            take_record(g, &row, dialect, whole);
    }
}

// A row is of the dialect of its whole.
static void take_record(struct given *g, const struct json_index *record, size_t dialect,
                        const struct json_index *whole)
{
    const struct dialect *of = dialect < dialects_count() ? decode_dialect(dialect) : NULL;
    const bool may_be_many = of != NULL && of->rows != NULL && whole == NULL;
    yyjson_val *rows = may_be_many ? of->rows(record) : NULL;
    if (rows != NULL) {
        take_lists(g, rows, dialect, record);
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
    if (c->event->host_told.kind == HOST_NOT_TOLD)
        c->event->host_told = g->wrapper;
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

void decoder_end(struct decoder *d)
{
    decode_tally_sort(&d->tally);
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
