#include "order/order.h"

#include "base/arena.h"
#include "event/host.h"
#include "order/internal.h"

#include <stdlib.h>

#define HOSTS_STEP       16u
#define TRAINING_RECORDS 64u  // After a further sensor began.

static struct order_host *host_of(struct order *o, uint32_t number);
static struct order_sensor *sensor_of(struct order *o, struct order_host *h, uint32_t number);
static struct order_entry entry_of(struct order *o, struct order_sensor *s, struct event *event);
static int64_t stamp_of(const struct event *event);
static uint64_t slot_hash(const struct event *event, enum field field, uint64_t seed);
static void take(struct order *o, struct order_sensor *s, struct order_entry *e);
static bool hear_of_doubt(struct order *o, struct order_sensor *s, const struct order_entry *e);
static void tell_all_missed(struct order *o);
static void drop_given(struct order *o);
static void end_doubt(struct order *o, struct order_host *h, bool is_true);

struct order *order_new(const struct order_options *options)
{
    struct order *o = memory_zeroed(1, sizeof *o);
    if (options != NULL)
        o->options = *options;
    if (o->options.held_max == 0)
        o->options.held_max = ORDER_HELD_MAX_DEFAULT;
    if (o->options.merges)
        o->merge = order_merge_new(&o->outlet, &o->counts);
    order_look_at_clock(o);
    return o;
}

void order_free(struct order *o)
{
    if (o == NULL)
        return;
    for (uint32_t i = 0; i < o->sensor_count; i++) {
        struct order_entry *next;
        for (struct order_entry *e = o->sensors[i]->first; e != NULL; e = next) {
            next = e->next;
            order_drop(&e->item);
            free(e);
        }
        order_sensor_done(o->sensors[i]);
        free(o->sensors[i]);
    }
    for (uint32_t i = 0; i < o->host_count; i++) {
        if (o->hosts[i] != NULL)
            order_drop(&o->hosts[i]->doubt.item);
        free(o->hosts[i]);
    }
    while (o->spare != NULL) {
        struct order_entry *e = o->spare;
        o->spare = e->next;
        free(e);
    }
    order_merge_free(o->merge);
    for (struct order_item item; order_outlet_take(&o->outlet, &item);)
        order_drop(&item);
    order_outlet_done(&o->outlet);
    drop_given(o);
    order_outlet_done(&o->given);
    free(o->sensors);
    free(o->hosts);
    free(o->borrowed);
    free(o);
}

void order_add(struct order *o, struct event *event)
{
    const bool is_event = event->action != ACTION_COUNT;
    o->counts.in += is_event;
    o->counts.held += is_event;
    struct order_host *h = host_of(o, event->host);
    struct order_sensor *s = h == NULL ? NULL : sensor_of(o, h, event->sensor);
    if (s != NULL && event->lost > 0) {
        order_note_lost(o, s, event->lost);
    } else if (s != NULL) {
        struct order_entry e = entry_of(o, s, event);
        take(o, s, &e);
    } else if (is_event && h == NULL) {
        o->counts.held--;
        o->counts.hostless++;
    } else if (is_event) {
        o->counts.unplaced++;
        order_outlet_add(&o->outlet, (struct order_item){ .event = event, .missed = h->missed });
    }
}

static struct order_host *host_of(struct order *o, uint32_t number)
{
    if (number < o->host_count && o->hosts[number] != NULL)
        return o->hosts[number];
    if (number >= HOSTS_MAX)
        return NULL;
    if (number >= o->host_count) {
        const uint32_t count = (number / HOSTS_STEP + 1) * HOSTS_STEP;
        o->hosts = memory_resize(o->hosts, count * sizeof(*o->hosts));
        for (uint32_t i = o->host_count; i < count; i++)
            o->hosts[i] = NULL;
        o->host_count = count;
    }
    struct order_host *h = memory_zeroed(1, sizeof *h);
    h->number = number;
    order_bound_init(&h->bound);
    o->hosts[number] = h;
    return h;
}

static struct order_sensor *sensor_of(struct order *o, struct order_host *h, uint32_t number)
{
    struct order_sensor **at = &h->sensors;
    for (; *at != NULL; at = &(*at)->next)
        if ((*at)->counts.sensor == number)
            return *at;
    if (h->sensor_count == ORDER_SENSORS_MAX)
        return NULL;
    struct order_sensor *s = memory_zeroed(1, sizeof *s);
    s->counts.host = h->number;
    s->counts.sensor = number;
    s->host = h;
    *at = s;
    h->training = ++h->sensor_count > 1 ? TRAINING_RECORDS : 0;
    if (o->sensor_count == o->sensor_capacity) {
        o->sensor_capacity = o->sensor_capacity == 0 ? 16 : 2 * o->sensor_capacity;
        o->sensors = memory_resize(o->sensors, o->sensor_capacity * sizeof(*o->sensors));
    }
    o->sensors[o->sensor_count++] = s;
    return s;
}

static struct order_entry entry_of(struct order *o, struct order_sensor *s, struct event *event)
{
    const bool is_event = event->action != ACTION_COUNT;
    struct order_entry e = {
        .item = { .event = is_event ? event : NULL },
        .time_ns = event->time_ns,
        .stamp_ns = stamp_of(event),
        .number = event->sequence,
        .type_sequence = event->type_sequence,
        .type_number = event->type_number,
        .borrowed = ORDER_BORROWED_NONE,
        .action = event->action,
        .has_time = is_event || event->time_ns != 0,
        .has_number = event->has_sequence && event->sequence <= INT64_MAX,
        .has_type = event->has_type_sequence && event->type_sequence <= INT64_MAX &&
                    event->type_number < ORDER_TYPES_MAX,
    };
    s->counts.records++;
    s->numbering = event->numbering;
    if (event->has_sequence && !e.has_number) {
        s->counts.wild++;
        o->counts.wild++;
    }
    return e;
}

// Numbers that promise nothing but order may be those of a moment, counted anew in the next, and
// stamps may be of milliseconds: there, a repeat must tell the same as well. A finer stamp is enough.
static int64_t stamp_of(const struct event *event)
{
    if (event->numbering != NUMBERING_ORDER || event->action == ACTION_COUNT ||
        event->time_ns % 1000000 != 0)
        return event->time_ns;
    static const enum field told[] = {
        FIELD_PROCESS_COMMAND_LINE, FIELD_DLL_PATH,       FIELD_FILE_PATH, FIELD_API_ADDRESS,
        FIELD_API_PROTECTION,       FIELD_DESTINATION_IP, FIELD_RULE_NAME, FIELD_MESSAGE,
    };
    uint64_t hash = (uint64_t)event->action;
    const struct process_facts *processes[] = { &event->process, &event->previous, &event->target };
    for (size_t i = 0; i < COUNT_OF(processes); i++) {
        hash = hash * 31 + (uint64_t)processes[i]->id.pid;
        hash = str_hash(processes[i]->id.entity, hash);
        hash = str_hash(processes[i]->executable, hash);
    }
    for (size_t i = 0; i < COUNT_OF(told); i++)
        hash = slot_hash(event, told[i], hash);
    return (int64_t)(hash ^ (uint64_t)event->time_ns);
}

static uint64_t slot_hash(const struct event *event, enum field field, uint64_t seed)
{
    const struct value *value = (size_t)field < event->slot_count ? &event->slots[field] : NULL;
    if (value != NULL && value->type == VALUE_TEXT)
        return str_hash(value_str(*value), seed);
    return seed * 31 + (value != NULL && value->type == VALUE_INT ? (uint64_t)value->integer : 0);
}

static void take(struct order *o, struct order_sensor *s, struct order_entry *e)
{
    order_clamp_future(o, s, e);
    if (s->host->has_doubt && !hear_of_doubt(o, s, e))
        return;
    if (s->host->has_doubt || !order_is_doubtful(o, s->host, e)) {
        order_accept(o, s, e);
        return;
    }
    s->host->has_doubt = true;
    s->host->doubt = *e;
    s->host->doubt_age = 0;
    s->host->doubt_sensor = s;
    order_borrow(o, &s->host->doubt);
    order_list(o, s->host);
}

// False where the record is the doubtful one again.
static bool hear_of_doubt(struct order *o, struct order_sensor *s, const struct order_entry *e)
{
    switch (order_word_on_doubt(s->host, s, e)) {
    case ORDER_WORD_NONE:
        return true;
    case ORDER_WORD_FOR:
        end_doubt(o, s->host, true);
        return true;
    case ORDER_WORD_AGAINST:
        end_doubt(o, s->host, false);
        return true;
    case ORDER_WORD_SAME:
        break;
    }
    if (e->item.event != NULL) {
        o->counts.held--;
        o->counts.duplicates++;
        s->counts.duplicates++;
    }
    return false;
}

static void end_doubt(struct order *o, struct order_host *h, bool is_true)
{
    struct order_sensor *s = h->doubt_sensor;
    order_return(o, &h->doubt);
    struct order_entry e = h->doubt;
    h->doubt.item = (struct order_item){ 0 };
    h->has_doubt = false;
    if (!is_true) {
        e.time_ns = h->newest_ns;
        s->counts.clamped++;
        o->counts.clamped++;
    }
    order_list(o, h);
    order_accept(o, s, &e);
    order_release(o, h, false);
}

struct event *order_next(struct order *o)
{
    struct order_item item;
    if (!order_outlet_take(&o->outlet, &item)) {
        if (o->is_flushed)
            tell_all_missed(o);
        return NULL;
    }
    o->hosts[item.event->host]->missed_before = item.missed;
    if (item.kept_bytes > 0)
        order_outlet_add(&o->given, item);
    item.event->arrival = o->counts.out++;
    o->counts.held--;
    return item.event;
}

static void tell_all_missed(struct order *o)
{
    for (uint32_t i = 0; i < o->host_count; i++)
        if (o->hosts[i] != NULL)
            o->hosts[i]->missed_before = o->hosts[i]->missed;
}

void order_settle(struct order *o)
{
    drop_given(o);
    for (uint32_t i = 0; i < o->borrowed_count; i++) {
        struct order_entry *e = o->borrowed[i];
        order_keep(&e->item);
        o->kept_bytes += e->item.kept_bytes;
        e->borrowed = ORDER_BORROWED_NONE;
    }
    o->borrowed_count = 0;
    order_make_room(o);
    if (o->merge != NULL)
        order_merge_settle(o->merge);
    for (size_t i = o->outlet.begin; i < o->outlet.count; i++)
        order_keep(&o->outlet.items[i]);
    if (o->options.is_live)
        order_look_at_clock(o);
}

static void drop_given(struct order *o)
{
    for (struct order_item item; order_outlet_take(&o->given, &item);)
        order_drop(&item);
}

void order_tick(struct order *o)
{
    if (o->options.now_ns == NULL || !o->options.is_live)
        return;
    order_look_at_clock(o);
    struct order_host *next;
    for (struct order_host *h = o->listed; h != NULL; h = next) {
        next = h->next;
        order_release_waited(o, h);
    }
    if (o->merge != NULL)
        order_merge_tick(o->merge, o->now_ns - ORDER_MERGE_NS);
}

void order_flush(struct order *o)
{
    struct order_host *next;
    for (struct order_host *h = o->listed; h != NULL; h = next) {
        next = h->next;
        if (h->has_doubt)
            end_doubt(o, h, true);
        order_release(o, h, true);
    }
    for (uint32_t i = 0; i < o->sensor_count; i++)
        order_end_numbers(o, o->sensors[i]);
    if (o->merge != NULL)
        order_merge_tick(o->merge, INT64_MAX);
    o->is_flushed = true;
}

const struct order_counts *order_counts(const struct order *o)
{
    return &o->counts;
}

uint64_t order_missed(const struct order *o, uint32_t host)
{
    return host < o->host_count && o->hosts[host] != NULL ? o->hosts[host]->missed_before : 0;
}

const struct order_sensor_counts *order_sensor_counts(const struct order *o, size_t i)
{
    return i < o->sensor_count ? &o->sensors[i]->counts : NULL;
}

bool order_type_counts(const struct order *o, size_t sensor, size_t i,
                       struct order_type_counts *out)
{
    if (sensor >= o->sensor_count || i >= o->sensors[sensor]->type_count)
        return false;
    *out = o->sensors[sensor]->types[i];
    return true;
}
