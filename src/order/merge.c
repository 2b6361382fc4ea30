#include "order/merge.h"

#include "base/arena.h"

#include <stdlib.h>

#define NONE       UINT32_MAX
#define HOSTS_STEP 16u

// What a process did last, where that was one of the events that are merged. A place in the table
// is the process's by its hash: another process with the same place takes it, and what waited goes on.
struct run {
    uint64_t process;   // 0: none.
    uint64_t contents;  // Of the first, roughly: a second that has the same is held back.
    int64_t begun_ns;
    int64_t since_ns;        // By the wall clock.
    struct order_item last;  // Held back. No event: none is.
    uint64_t swallowed;
    uint32_t host;
    uint32_t previous;  // Among those of the host that hold something back, by age.
    uint32_t next;
};

struct host_runs {
    uint32_t first;
    uint32_t last;
};

struct order_merge {
    struct order_outlet *out;
    struct order_counts *counts;
    struct run runs[ORDER_MERGE_PROCESSES];
    uint32_t used;  // Places that are a process's.
    uint32_t held;  // Of them, those that hold something back.
    struct host_runs *hosts;
    uint32_t host_count;
};

static bool is_mergeable(const struct event *event);
static uint64_t process_of(uint32_t host, const struct process_id *id);
static uint64_t contents_of(const struct event *event);
static uint64_t slot_hash(const struct event *event, enum field field, uint64_t seed);
static void go_on_before(struct order_merge *m, const struct event *event);
static void go_on(struct order_merge *m, struct run *run);
static void go_on_of(struct order_merge *m, uint32_t host, const struct process_facts *process);
static bool hold_back(struct order_merge *m, struct run *run, struct order_item item,
                      int64_t now_ns, struct order_sensor_counts *sensor);
static void enlist(struct order_merge *m, struct run *run);
static void delist(struct order_merge *m, struct run *run);
static bool is_small(const struct event *event);
static bool are_same(const struct event *a, const struct event *b);
static bool are_same_slots(const struct event *a, const struct event *b);
static bool is_same_value(const struct value *a, const struct value *b);
static bool is_same_process(const struct process_facts *a, const struct process_facts *b);
static bool is_same_id(const struct process_id *a, const struct process_id *b);

struct order_merge *order_merge_new(struct order_outlet *out, struct order_counts *counts)
{
    struct order_merge *m = memory_zeroed(1, sizeof *m);
    m->out = out;
    m->counts = counts;
    return m;
}

void order_merge_free(struct order_merge *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(m->runs); i++)
        order_drop(&m->runs[i].last);
    free(m->hosts);
    free(m);
}

void order_merge_take(struct order_merge *m, struct order_item item, int64_t now_ns,
                      struct order_sensor_counts *sensor)
{
    const struct event *event = item.event;
    if (m->held > 0)
        go_on_before(m, event);
    const bool may_begin = is_mergeable(event);
    const uint64_t process =
        may_begin || m->used > 0 ? process_of(event->host, &event->process.id) : 0;
    if (process == 0) {
        order_outlet_add(m->out, item);
        return;
    }
    struct run *run = &m->runs[process % ORDER_MERGE_PROCESSES];
    const bool is_own = run->process == process;
    if (is_own && may_begin && hold_back(m, run, item, now_ns, sensor))
        return;
    if (is_own || may_begin) {
        go_on(m, run);
        m->used += (uint32_t)may_begin - (uint32_t)(run->process != 0);
        run->process = may_begin ? process : 0;
    }
    if (may_begin) {
        run->contents = contents_of(event);
        run->begun_ns = event->time_ns;
        run->host = event->host;
    }
    order_outlet_add(m->out, item);
}

static bool is_mergeable(const struct event *event)
{
    return event->action == ACTION_MMAP || event->action == ACTION_MPROTECT ||
           event->action == ACTION_LOAD;
}

// 0 where the record names none.
static uint64_t process_of(uint32_t host, const struct process_id *id)
{
    if (id->pid < 0 && id->entity.len == 0)
        return 0;
    uint64_t hash = ((uint64_t)id->pid * 0x9e3779b97f4a7c15u) ^
                    ((uint64_t)id->pidversion * 0xd6e8feb86659fd93u) ^ (uint64_t)id->start_ns ^
                    ((uint64_t)host << 32);
    if (id->entity.len > 0)
        hash ^= str_hash(id->entity, host);
    hash = (hash ^ (hash >> 32)) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
    return hash == 0 ? 1 : hash;
}

static uint64_t contents_of(const struct event *event)
{
    uint64_t hash = slot_hash(event, FIELD_DLL_PATH, event->action);
    hash = slot_hash(event, FIELD_API_ADDRESS, hash);
    hash = slot_hash(event, FIELD_API_SIZE, hash);
    return slot_hash(event, FIELD_API_PROTECTION, hash);
}

static uint64_t slot_hash(const struct event *event, enum field field, uint64_t seed)
{
    if ((size_t)field >= event->slot_count)
        return seed;
    const struct value *value = &event->slots[field];
    if (value->type == VALUE_TEXT)
        return str_hash(value_str(*value), seed);
    return (seed ^ (value->type == VALUE_INT ? (uint64_t)value->integer : value->type)) *
           0x9e3779b97f4a7c15u;
}

// What is over: runs that are a second old, and those of processes that something is done to.
static void go_on_before(struct order_merge *m, const struct event *event)
{
    if (event->host < m->host_count)
        for (uint32_t i; (i = m->hosts[event->host].first) != NONE;) {
            const int64_t begun_ns = m->runs[i].begun_ns;
            if (event->time_ns < begun_ns ||
                (uint64_t)event->time_ns - (uint64_t)begun_ns <= ORDER_MERGE_NS)
                break;
            go_on(m, &m->runs[i]);
        }
    go_on_of(m, event->host, &event->previous);
    go_on_of(m, event->host, &event->target);
}

static void go_on_of(struct order_merge *m, uint32_t host, const struct process_facts *process)
{
    if (!process->present)
        return;
    const uint64_t hash = process_of(host, &process->id);
    struct run *run = &m->runs[hash % ORDER_MERGE_PROCESSES];
    if (hash != 0 && run->process == hash)
        go_on(m, run);
}

// What is held back goes on. The place stays the process's.
static void go_on(struct order_merge *m, struct run *run)
{
    struct event *event = run->last.event;
    if (event == NULL)
        return;
    if (run->swallowed > 0 && event->slot_count > FIELD_EVENT_MERGED)
        event->slots[FIELD_EVENT_MERGED] = value_of_int((int64_t)run->swallowed);
    delist(m, run);
    order_outlet_add(m->out, run->last);
    run->last = (struct order_item){ 0 };
    run->swallowed = 0;
    run->contents = 0;
}

static bool hold_back(struct order_merge *m, struct run *run, struct order_item item,
                      int64_t now_ns, struct order_sensor_counts *sensor)
{
    const struct event *event = item.event;
    const bool is_soon = event->time_ns >= run->begun_ns &&
                         (uint64_t)event->time_ns - (uint64_t)run->begun_ns <= ORDER_MERGE_NS;
    if (!is_soon || contents_of(event) != run->contents)
        return false;
    if (run->last.event == NULL) {
        if (!is_small(event))
            return false;
        run->since_ns = now_ns;
        run->last = item;
        enlist(m, run);
        return true;
    }
    if (!are_same(run->last.event, event))
        return false;
    sensor->merged[event->action]++;
    m->counts->merged++;
    m->counts->held--;
    run->swallowed++;
    order_drop(&run->last);
    run->last = item;
    return true;
}

static void enlist(struct order_merge *m, struct run *run)
{
    if (run->host >= m->host_count) {
        const uint32_t count = (run->host / HOSTS_STEP + 1) * HOSTS_STEP;
        m->hosts = memory_resize(m->hosts, count * sizeof *m->hosts);
        for (uint32_t i = m->host_count; i < count; i++)
            m->hosts[i] = (struct host_runs){ NONE, NONE };
        m->host_count = count;
    }
    struct host_runs *list = &m->hosts[run->host];
    const uint32_t index = (uint32_t)(run - m->runs);
    run->previous = list->last;
    run->next = NONE;
    *(list->last == NONE ? &list->first : &m->runs[list->last].next) = index;
    list->last = index;
    m->held++;
}

static void delist(struct order_merge *m, struct run *run)
{
    struct host_runs *list = &m->hosts[run->host];
    *(run->previous == NONE ? &list->first : &m->runs[run->previous].next) = run->next;
    *(run->next == NONE ? &list->last : &m->runs[run->next].previous) = run->previous;
    m->held--;
}

void order_merge_settle(struct order_merge *m)
{
    uint32_t left = m->held;
    for (size_t i = 0; left > 0; i++) {
        if (m->runs[i].last.event == NULL)
            continue;
        order_keep(&m->runs[i].last);
        left--;
    }
}

void order_merge_tick(struct order_merge *m, int64_t since_ns)
{
    uint32_t left = m->held;
    for (size_t i = 0; left > 0; i++) {
        if (m->runs[i].last.event == NULL)
            continue;
        left--;
        if (since_ns == INT64_MAX || m->runs[i].since_ns <= since_ns)
            go_on(m, &m->runs[i]);
    }
}

static bool is_small(const struct event *event)
{
    size_t size = event->slot_count * sizeof *event->slots;
    for (size_t i = 0; i < event->slot_count; i++)
        if (event->slots[i].type == VALUE_TEXT)
            size += event->slots[i].len;
        else if (event->slots[i].type == VALUE_LIST)
            size += event->slots[i].len * (sizeof(struct value) + 64);
    return size <= ORDER_MERGE_BYTES_MAX;
}

static bool are_same(const struct event *a, const struct event *b)
{
    return a->host == b->host && a->sensor == b->sensor && a->action == b->action &&
           a->slot_count == b->slot_count && are_same_slots(a, b) &&
           is_same_process(&a->process, &b->process) &&
           is_same_process(&a->previous, &b->previous) && is_same_process(&a->target, &b->target) &&
           a->library.told == b->library.told && a->library.is_signed == b->library.is_signed &&
           a->library.is_adhoc == b->library.is_adhoc &&
           a->library.is_platform == b->library.is_platform &&
           a->library.born_ns == b->library.born_ns &&
           a->executable_born_ns == b->executable_born_ns;
}

static bool are_same_slots(const struct event *a, const struct event *b)
{
    for (size_t i = 0; i < a->slot_count; i++)
        if (i != FIELD_TIMESTAMP && i != FIELD_EVENT_SEQUENCE &&
            !is_same_value(&a->slots[i], &b->slots[i]))
            return false;
    return true;
}

static bool is_same_value(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_INT:
        return a->integer == b->integer;
    case VALUE_FLOAT:
        return a->real == b->real;
    case VALUE_TEXT:
        return str_eq(value_str(*a), value_str(*b));
    case VALUE_LIST:
        break;
    default:
        return true;
    }
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)  // Lists hold no lists.
        if (a->list[i].type == VALUE_LIST || !is_same_value(&a->list[i], &b->list[i]))
            return false;
    return true;
}

static bool is_same_process(const struct process_facts *a, const struct process_facts *b)
{
    return a->present == b->present && a->is_platform == b->is_platform &&
           a->is_es_client == b->is_es_client && a->path_truncated == b->path_truncated &&
           a->cs_told == b->cs_told && a->cs_flags == b->cs_flags &&
           a->cs_validation_category == b->cs_validation_category && a->euid == b->euid &&
           is_same_id(&a->id, &b->id) && is_same_id(&a->parent, &b->parent) &&
           is_same_id(&a->responsible, &b->responsible) && str_eq(a->executable, b->executable) &&
           str_eq(a->signing_id, b->signing_id) && str_eq(a->team_id, b->team_id) &&
           str_eq(a->cdhash, b->cdhash);
}

static bool is_same_id(const struct process_id *a, const struct process_id *b)
{
    return a->pid == b->pid && a->pidversion == b->pidversion && a->start_ns == b->start_ns &&
           str_eq(a->entity, b->entity);
}
