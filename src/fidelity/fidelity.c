#include "fidelity/counters.h"

#include <stdlib.h>

#define HOSTS_STEP 64u
#define MINUTE_NS  (60LL * 1000000000LL)

static void *copy(struct fidelity *f, const void *from, size_t size);
static void copy_rules(struct fidelity *f, const struct fidelity_options *options);
static struct host_row *host_of(struct fidelity *f, uint32_t host);
static struct sensor_row *row_of(struct host_row *host, uint32_t sensor);
static struct signal_count *count_of(struct sensor_row *row, enum signal signal);
static void follow(struct span *span, bool is_first, int64_t time_ns);
static void count_minute(struct signal_count *count, int64_t time_ns);
static void see_exec(struct sensor_row *row, const struct event *event);
static void see_load(struct sensor_row *row, const struct event *event);
static void count_fact(struct sensor_row *row, enum signal fact, bool is_told);
static void set_kinds(struct fidelity *f, struct sensor_row *row,
                      const struct fidelity_stream *stream);
static void add_kind(struct sensor_row *row, enum signal signal,
                     const struct fidelity_stream_kind *kind);

struct fidelity *fidelity_new(const struct fidelity_options *options)
{
    struct fidelity *f = memory_zeroed(1, sizeof *f);
    f->options = *options;
    f->options.sensors = copy(f, options->sensors, options->sensor_count * sizeof(str));
    f->options.drops =
        copy(f, options->drops, options->drop_count * sizeof(struct fidelity_drop_kind));
    copy_rules(f, options);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        f->signal_of[i] = (uint8_t)signal_of_action((enum action)i);
    for (size_t i = 0; i < options->sensor_count && i < FIDELITY_SENSORS_MAX; i++)
        f->profiles[i] = sensor_profile_find(options->profiles, options->sensors[i]);
    return f;
}

void fidelity_free(struct fidelity *f)
{
    if (f == NULL)
        return;
    for (uint32_t i = 0; i < f->host_count; i++) {
        struct host_row *host = f->hosts[i];
        for (size_t k = 0; host != NULL && k < host->sensor_count; k++)
            free(host->sensors[k].signals);
        if (host != NULL)
            free(host->sensors);
        free(host);
    }
    free(f->hosts);
    arena_done(&f->arena);
    free(f);
}

static void *copy(struct fidelity *f, const void *from, size_t size)
{
    void *to = arena_alloc(&f->arena, size + 1);
    if (size > 0)
        memcpy(to, from, size);
    return to;
}

static void copy_rules(struct fidelity *f, const struct fidelity_options *options)
{
    struct fidelity_rule *rules =
        copy(f, options->rules, options->rule_count * sizeof *options->rules);
    for (size_t i = 0; i < options->rule_count; i++)
        rules[i].needs = copy(f, rules[i].needs, rules[i].need_count * sizeof(struct signal_need));
    f->options.rules = rules;
}

void fidelity_want(struct projection *projection)
{
    projection_want(projection, ACTION_EXEC, FIELD_PROCESS_ARGS_COUNT);
    projection_want(projection, ACTION_EXEC, FIELD_PROCESS_ENV_VARS);
    projection_want(projection, ACTION_EXEC, FIELD_PARENT_KNOWN);
    projection_want(projection, ACTION_EXEC, FIELD_MACHO_NATIVE_API);
    projection_want(projection, ACTION_LOAD, FIELD_DLL_SIGNER);
}

void fidelity_see(struct fidelity *f, const struct event *event)
{
    if (event->host >= HOSTS_MAX || event->sensor >= FIDELITY_SENSORS_MAX)
        return;
    struct host_row *host = host_of(f, event->host);
    struct sensor_row *row = row_of(host, event->sensor);
    struct signal_count *count = count_of(row, (enum signal)f->signal_of[event->action]);
    follow(&f->span, f->events++ == 0, event->time_ns);
    host->events++;
    row->is_numbered |= event->has_sequence && event->numbering == NUMBERING_ALL;
    row->is_numbered_by_kind |= event->has_type_sequence && event->numbering >= NUMBERING_TYPES;
    follow(&row->span, row->events++ == 0, event->time_ns);
    follow(&count->span, count->events++ == 0, event->time_ns);
    count_minute(count, event->time_ns);
    const struct value merged = event->slots[FIELD_EVENT_MERGED];
    if (merged.type == VALUE_INT && merged.integer > 0)
        count->merged += (uint64_t)merged.integer;
    if (event->action == ACTION_EXEC)
        see_exec(row, event);
    else if (event->action == ACTION_LOAD)
        see_load(row, event);
}

static struct host_row *host_of(struct fidelity *f, uint32_t host)
{
    if (host >= f->host_count) {
        const uint32_t count = (host / HOSTS_STEP + 1) * HOSTS_STEP;
        f->hosts = memory_resize(f->hosts, count * sizeof *f->hosts);
        memset(f->hosts + f->host_count, 0, (count - f->host_count) * sizeof *f->hosts);
        f->host_count = count;
    }
    if (f->hosts[host] == NULL) {
        f->hosts[host] = memory_zeroed(1, sizeof **f->hosts);
        memset(f->hosts[host]->row_of, NONE, sizeof f->hosts[host]->row_of);
    }
    return f->hosts[host];
}

static struct sensor_row *row_of(struct host_row *host, uint32_t sensor)
{
    if (host->row_of[sensor] != NONE)
        return &host->sensors[host->row_of[sensor]];
    host->sensors = memory_resize(host->sensors, (host->sensor_count + 1u) * sizeof *host->sensors);
    struct sensor_row *row = &host->sensors[host->sensor_count];
    *row = (struct sensor_row){ .sensor = sensor };
    memset(row->entry_of, NONE, sizeof row->entry_of);
    host->row_of[sensor] = host->sensor_count++;
    return row;
}

static struct signal_count *count_of(struct sensor_row *row, enum signal signal)
{
    if (row->entry_of[signal] != NONE)
        return &row->signals[row->entry_of[signal]];
    if (row->signal_count == row->signal_capacity) {
        row->signal_capacity = (uint8_t)(row->signal_capacity + 4);
        row->signals = memory_resize(row->signals, row->signal_capacity * sizeof *row->signals);
    }
    row->entry_of[signal] = row->signal_count;
    row->signals[row->signal_count] = (struct signal_count){ .minute_ns = INT64_MIN };
    return &row->signals[row->signal_count++];
}

// What is late moves no end and makes no silence.
static void follow(struct span *span, bool is_first, int64_t time_ns)
{
    if (is_first) {
        *span = (struct span){ .first_ns = time_ns, .last_ns = time_ns };
        return;
    }
    if (time_ns > span->last_ns) {
        const uint64_t silence = (uint64_t)time_ns - (uint64_t)span->last_ns;
        span->silence_ns = silence > span->silence_ns ? silence : span->silence_ns;
        span->last_ns = time_ns;
    } else if (time_ns < span->first_ns) {
        span->first_ns = time_ns;
    }
}

// What is late counts for the minute that is being counted.
static void count_minute(struct signal_count *count, int64_t time_ns)
{
    const bool is_next = count->minute_ns == INT64_MIN ||
                         (time_ns > count->minute_ns &&
                          (uint64_t)time_ns - (uint64_t)count->minute_ns >= (uint64_t)MINUTE_NS);
    if (is_next) {
        count->minute_ns = time_ns - (time_ns % MINUTE_NS + MINUTE_NS) % MINUTE_NS;
        count->in_minute = 0;
    }
    count->in_minute++;
    if (count->in_minute > count->minute_max)
        count->minute_max = count->in_minute;
}

static bool is_unknown(struct value v)
{
    return v.type != VALUE_TEXT || str_eq(value_str(v), STR("unknown"));
}

static bool is_listed(struct value v)
{
    return (v.type == VALUE_INT && v.integer > 0) || (v.type == VALUE_LIST && v.len > 0);
}

static void see_exec(struct sensor_row *row, const struct event *event)
{
    const struct value *slots = event->slots;
    const struct process_facts *process = &event->process;
    const bool knows_parent =
        slots[FIELD_PARENT_KNOWN].type == VALUE_BOOL && slots[FIELD_PARENT_KNOWN].boolean;
    count_fact(row, SIGNAL_PARENT, knows_parent);
    if (event->time_ns - row->span.first_ns >= FIDELITY_WARM_UP_NS) {
        row->settled_parents.asked++;
        row->settled_parents.told += knows_parent;
    }
    count_fact(row, SIGNAL_CDHASH, process->cdhash.len > 0);
    count_fact(row, SIGNAL_SIGNATURE, process->cs_told);
    count_fact(row, SIGNAL_ARGUMENTS, is_listed(slots[FIELD_PROCESS_ARGS_COUNT]));
    count_fact(row, SIGNAL_ENVIRONMENT, is_listed(slots[FIELD_PROCESS_ENV_VARS]));
    count_fact(row, SIGNAL_LINKAGE, !is_unknown(slots[FIELD_MACHO_NATIVE_API]));
    row->paths_truncated += process->path_truncated;
    const struct process_id *id = &process->id;
    row->basis[id->pidversion >= 0  ? BASIS_PIDVERSION
               : id->entity.len > 0 ? BASIS_SENSOR
               : id->start_ns > 0   ? BASIS_START
                                    : BASIS_PID]++;
}

static void see_load(struct sensor_row *row, const struct event *event)
{
    count_fact(row, SIGNAL_LIBRARY_IDENTITY, !is_unknown(event->slots[FIELD_DLL_SIGNER]));
}

static void count_fact(struct sensor_row *row, enum signal fact, bool is_told)
{
    row->facts[fact - SIGNAL_LINKAGE].asked++;
    row->facts[fact - SIGNAL_LINKAGE].told += is_told;
}

void fidelity_drop(struct fidelity *f, uint32_t host, uint32_t reason, uint64_t count)
{
    const uint32_t at = reason < FIDELITY_DROPS_MAX ? reason : FIDELITY_DROPS_MAX - 1;
    f->drops[at] += count;
    if (host < HOSTS_MAX)
        host_of(f, host)->drops[at] += count;
}

void fidelity_set_stream(struct fidelity *f, const struct fidelity_stream *stream)
{
    if (stream->host >= HOSTS_MAX || stream->sensor >= FIDELITY_SENSORS_MAX)
        return;
    struct sensor_row *row = row_of(host_of(f, stream->host), stream->sensor);
    row->has_stream = true;
    row->stream = *stream;
    row->stream.kinds = NULL;
    row->stream.kind_count = 0;
    set_kinds(f, row, stream);
}

static void set_kinds(struct fidelity *f, struct sensor_row *row,
                      const struct fidelity_stream *stream)
{
    for (size_t i = 0; i < row->signal_count; i++)
        row->signals[i].numbered = row->signals[i].missed = 0;
    row->kinds_in = row->kinds_missed = 0;
    for (size_t i = 0; i < stream->kind_count; i++) {
        const struct fidelity_stream_kind *kind = &stream->kinds[i];
        row->kinds_in += kind->in;
        row->kinds_missed += kind->missed;
        if (kind->action >= ACTION_COUNT)
            continue;
        const enum signal signal = (enum signal)f->signal_of[kind->action];
        add_kind(row, signal, kind);
        // A file is mapped by one kind of record, whether it will be executed or not.
        if (signal == SIGNAL_LIBRARY_LOAD)
            add_kind(row, SIGNAL_MEMORY_MAP, kind);
        else if (signal == SIGNAL_MEMORY_MAP)
            add_kind(row, SIGNAL_LIBRARY_LOAD, kind);
    }
}

static void add_kind(struct sensor_row *row, enum signal signal,
                     const struct fidelity_stream_kind *kind)
{
    struct signal_count *count = count_of(row, signal);
    count->numbered += kind->in;
    count->missed += kind->missed;
}
