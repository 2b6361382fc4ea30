// The way of a record: octets before its brace are skipped, it is parsed where it lies, taken
// out of its envelope where it is in one, recognised, and decoded by its dialect.
//
// Parsing in place saves copying a record and every text of it. It wants some zeros behind the
// record, where the next one begins: those octets are saved, and put back.

#include "base/map.h"
#include "decode/dialect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX_MAX       64u  // Octets before the first brace that are looked through.
#define POOL_SIZE_MIN    (256u * 1024u)
#define POOL_KEPT_MAX    (4u * 1024u * 1024u)  // A larger pool is given back after its record.
#define UNKNOWN_NAME_MAX 64u                   // Octets of an unknown event's name that are kept.

_Static_assert(RECORD_PADDING >= YYJSON_PADDING_SIZE, "the parser's zeros fit behind a record");

struct unknown_event {
    str name;
    uint64_t count;
};

// What is looked for in a decoder's unknown events.
struct wanted_name {
    const struct decoder *decoder;
    str name;
};

struct decoder {
    const struct projection *projection;
    struct hosts *hosts;
    struct decode_counts counts;
    struct decode_example examples[DECODE_DROP_COUNT];
    bool wanted_ever[FIELD_COUNT];

    bool is_skipped;  // The last record made no event.
    char *pool;
    size_t pool_size;
    struct event event;
    struct value slots[FIELD_COUNT];
    struct value categories[ACTION_COUNT];
    struct value category_lists[ACTION_COUNT][CATEGORY_COUNT];

    struct unknown_event unknown[DECODE_TYPES_MAX + 1];  // The last stands for all further ones.
    size_t unknown_count;
    struct map unknown_by_name;
    struct arena names;
};

static const struct process_facts nobody = {
    .id = { -1, -1 },
    .parent = { -1, -1 },
    .responsible = { -1, -1 },
    .cs_validation_category = -1,
    .euid = -1,
    .start_time_ns = -1,
    .executable = STR_INIT(""),
    .signing_id = STR_INIT(""),
    .team_id = STR_INIT(""),
    .cdhash = STR_INIT(""),
};

static const struct dialect *const dialects[] = { &decode_eslogger };

static void note_wanted(struct decoder *d);
static void list_categories(struct decoder *d);
static void begin(struct decoder *d, struct decoding *c, struct batch *batch,
                  const struct record *record);
static void clear_facts(struct process_facts *facts);
static bool decode_record(struct decoder *d, struct decoding *c, struct record *record);
static size_t prefix_len(str text);
static yyjson_doc *parse(struct decoder *d, struct decoding *c, char *at, size_t len);
static void make_room(struct decoder *d, size_t len);
static bool refuse_parse(struct decoding *c, const yyjson_read_err *err);
static bool open_envelope(struct decoder *d, struct decoding *c, yyjson_val **root,
                          struct json_index *members);
static bool take_host(struct decoder *d, struct decoding *c, yyjson_val *host);
static void finish(struct decoder *d, struct decoding *c);
static void drop(struct decoder *d, const struct decoding *c, const struct record *record);
static void count_unknown(struct decoder *d, str name);
static bool is_same_name(const void *context, uint32_t value);
static void count_oddities(struct decoder *d, const struct decoding *c);

struct decoder *decoder_new(const struct projection *projection, struct hosts *hosts)
{
    struct decoder *d = memory_zeroed(1, sizeof *d);
    d->projection = projection;
    d->hosts = hosts;
    d->pool_size = POOL_SIZE_MIN;
    d->pool = memory_new(d->pool_size);
    d->event = (struct event){
        .process = nobody,
        .previous = nobody,
        .target = nobody,
        .slot_count = FIELD_COUNT,
        .slots = d->slots,
    };
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
    map_done(&d->unknown_by_name);
    arena_done(&d->names);
    free(d);
}

struct event *decode(struct decoder *d, struct record *record, struct batch *batch)
{
    struct decoding c;
    d->counts.in++;
    begin(d, &c, batch, record);
    const bool is_event = decode_record(d, &c, record);
    count_oddities(d, &c);
    d->is_skipped = !is_event;
    if (!is_event) {
        drop(d, &c, record);
        return NULL;
    }
    finish(d, &c);
    return c.event;
}

// Facts and slots keep their place from record to record; only what the last one filled is cleared,
// and the process not even then: there is no event without one, and it is filled as a whole.
static void begin(struct decoder *d, struct decoding *c, struct batch *batch,
                  const struct record *record)
{
    struct event *event = &d->event;
    clear_facts(&event->previous);
    clear_facts(&event->target);
    memset(event->slots, 0, event->slot_count * sizeof *event->slots);
    event->action = ACTION_COUNT;
    event->host = record->host;
    event->arrival = d->counts.out;
    event->time_ns = 0;
    event->has_sequence = false;
    event->has_type_sequence = false;
    event->entitlements_told = false;
    event->entitlements_jit = false;
    *c = (struct decoding){
        .batch = batch,
        .event = event,
        .projection = d->projection,
        .wanted_ever = d->wanted_ever,
        .drop = DECODE_KEPT,
    };
}

static void clear_facts(struct process_facts *facts)
{
    if (facts->present)
        *facts = nobody;
}

static bool decode_record(struct decoder *d, struct decoding *c, struct record *record)
{
    const size_t prefix = prefix_len((str){ .at = record->at, .len = record->len });
    if (prefix > 0)
        d->counts.control_bytes++;
    yyjson_doc *doc = parse(d, c, record->at + prefix, record->len - prefix);
    if (doc == NULL)
        return false;

    struct json_index members;
    yyjson_val *root = yyjson_doc_get_root(doc);
    if (!open_envelope(d, c, &root, &members))
        return false;
    for (size_t i = 0; i < COUNT_OF(dialects); i++)
        if (dialects[i]->recognises(&members))
            return dialects[i]->decode(c, &members);
    return decode_is_shallow(c, root) &&
           decode_refuse(c, DECODE_DROP_NO_DIALECT, "keys of no sensor that is known", NULL);
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

static yyjson_doc *parse(struct decoder *d, struct decoding *c, char *at, size_t len)
{
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
        (void)refuse_parse(c, &err);
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

static bool refuse_parse(struct decoding *c, const yyjson_read_err *err)
{
    if (err->code == YYJSON_READ_ERROR_UNEXPECTED_END)
        return decode_refuse(c, DECODE_DROP_CUT, "ends in the middle of a value", NULL);
    if (err->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return decode_refuse(c, DECODE_DROP_TOO_LARGE, "has too many values", NULL);
    return decode_refuse(c, DECODE_DROP_NOT_JSON, err->msg, NULL);  // The parser's literals.
}

// The record itself: what was parsed, or the "record" in it.
static bool open_envelope(struct decoder *d, struct decoding *c, yyjson_val **root,
                          struct json_index *members)
{
    json_index_of(*root, members);
    yyjson_val *record = JSON_GET(members, "record");
    if (record != NULL) {
        if (!take_host(d, c, JSON_GET(members, "host")))
            return false;
        *root = record;
        json_index_of(record, members);
    }
    if (yyjson_is_obj(*root))
        return true;
    if (!decode_is_shallow(c, *root))
        return false;
    return record != NULL ? decode_refuse(c, DECODE_DROP_WRONG_TYPE, "record", NULL)
                          : decode_refuse(c, DECODE_DROP_NOT_JSON, "not an object", NULL);
}

static bool take_host(struct decoder *d, struct decoding *c, yyjson_val *host)
{
    const str id = decode_text(c, yyjson_obj_get(host, "id"));
    const str name = decode_text(c, yyjson_obj_get(host, "name"));
    if (id.len == 0)
        return decode_refuse(c, DECODE_DROP_BAD_HOST, "the envelope's host has no id", NULL);
    c->event->host = hosts_keep(d->hosts, id, name);
    return c->event->host != HOST_NONE ||
           decode_refuse(c, DECODE_DROP_BAD_HOST, "the host's id is too long, or one too many",
                         NULL);
}

bool decode_refuse(struct decoding *c, enum decode_drop drop_reason, const char *where,
                   const char *key)
{
    c->drop = drop_reason;
    c->where = where;
    c->key = key;
    return false;
}

static void finish(struct decoder *d, struct decoding *c)
{
    struct event *event = c->event;
    const struct action_traits *traits = &action_traits[event->action];
    const bool *wanted = d->projection->wanted[event->action];
    const struct host *host = event->host < d->hosts->count ? &d->hosts->at[event->host] : NULL;

    event->categories = traits->categories;
    event->slots[FIELD_EVENT_CATEGORY] = d->categories[event->action];
    event->slots[FIELD_EVENT_ACTION] = value_of_text(traits->name);
    event->slots[FIELD_EVENT_TYPE] = value_of_text(traits->type);
    event->slots[FIELD_TIMESTAMP] = value_of_int(event->time_ns);
    if (wanted[FIELD_EVENT_SEQUENCE] && event->has_sequence && event->sequence <= INT64_MAX)
        event->slots[FIELD_EVENT_SEQUENCE] = value_of_int((int64_t)event->sequence);
    if (host != NULL) {
        event->slots[FIELD_HOST_ID] = value_of_text(host->id);
        if (host->name.len > 0)
            event->slots[FIELD_HOST_NAME] = value_of_text(host->name);
    }
    d->counts.out++;
    d->counts.by_action[event->action]++;
}

static void drop(struct decoder *d, const struct decoding *c, const struct record *record)
{
    static const char *const says[DECODE_DROP_COUNT] = {
        [DECODE_DROP_MISSING_KEY] = " is missing",
        [DECODE_DROP_WRONG_TYPE] = " is of another type",
        [DECODE_DROP_OUT_OF_RANGE] = " is out of range",
        [DECODE_DROP_BAD_TIME] = " is no time",
    };
    struct decode_example *example = &d->examples[c->drop];

    if (c->drop == DECODE_DROP_UNKNOWN_EVENT)
        count_unknown(d, c->unknown_event);
    if (d->counts.dropped[c->drop]++ > 0)
        return;
    example->input = record->input;
    example->line = record->line;
    (void)snprintf(example->why, sizeof example->why, "%s%s%s%s", c->where,
                   c->key == NULL ? "" : ".", c->key == NULL ? "" : c->key,
                   says[c->drop] == NULL ? "" : says[c->drop]);
}

static void count_unknown(struct decoder *d, str name)
{
    const struct wanted_name wanted = { .decoder = d, .name = str_to(name, UNKNOWN_NAME_MAX) };
    const uint64_t hash = str_hash(wanted.name, 0);
    const uint32_t known = map_find(&d->unknown_by_name, hash, is_same_name, &wanted);
    if (known != MAP_NONE) {
        d->unknown[known].count++;
        return;
    }
    if (d->unknown_count < DECODE_TYPES_MAX) {
        map_add(&d->unknown_by_name, hash, (uint32_t)d->unknown_count);
        d->unknown[d->unknown_count++] =
            (struct unknown_event){ .name = arena_str(&d->names, wanted.name), .count = 1 };
        return;
    }
    d->unknown[DECODE_TYPES_MAX].name = STR("(others)");
    d->unknown[DECODE_TYPES_MAX].count++;
}

static bool is_same_name(const void *context, uint32_t value)
{
    const struct wanted_name *wanted = context;
    return str_eq(wanted->decoder->unknown[value].name, wanted->name);
}

static void count_oddities(struct decoder *d, const struct decoding *c)
{
    d->counts.unknown_versions += c->is_version_unknown;
    d->counts.lists_cut += c->is_list_cut;
    d->counts.texts_cut += c->is_text_cut;
    d->counts.invalid_utf8 += c->is_invalid_utf8;
}

const struct event *decoder_skipped(const struct decoder *d)
{
    const bool has_numbers = d->event.has_sequence || d->event.has_type_sequence;
    return d->is_skipped && has_numbers ? &d->event : NULL;
}

const struct decode_counts *decoder_counts(const struct decoder *d)
{
    return &d->counts;
}

const struct decode_example *decoder_example(const struct decoder *d, enum decode_drop reason)
{
    return &d->examples[reason];
}

bool decoder_unknown_event(const struct decoder *d, size_t i, str *name, uint64_t *count)
{
    if (i > DECODE_TYPES_MAX || d->unknown[i].count == 0)
        return false;
    *name = d->unknown[i].name;
    *count = d->unknown[i].count;
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
    };
    return names[reason];
}
