// osquery's tables of events, and what a row of each puts into the slots.

#include "decode/osquery.h"

// es_event_type_t, of which "seq_num" is counted.
#define ES_EXEC     9u
#define ES_OPEN     10u
#define ES_FORK     11u
#define ES_CLOSE    12u
#define ES_CREATE   13u
#define ES_EXIT     15u
#define ES_RENAME   25u
#define ES_TRUNCATE 28u
#define ES_UNLINK   32u
#define ES_WRITE    33u
#define ES_NONE     UINT32_MAX

struct es_event {
    str type;  // As the column "event_type" has it.
    uint32_t number;
    enum action action;
    bool (*decode)(struct decoding *c, const struct json_index *columns);
};

static const struct es_event *es_event_of(str type);
static bool is_started(const struct json_index *columns);
static bool is_running(const struct json_index *columns);
static bool take_time(struct decoding *c, const struct json_index *columns);
static void take_numbers(struct decoding *c, const struct json_index *columns,
                         const struct es_event *of);
static int64_t number_or_none(struct decoding *c, yyjson_val *val, int64_t max);

static bool exec(struct decoding *c, const struct json_index *columns);
static bool fork_child(struct decoding *c, const struct json_index *columns);
static bool exit_status(struct decoding *c, const struct json_index *columns);
static bool file(struct decoding *c, const struct json_index *columns);
static bool rename_file(struct decoding *c, const struct json_index *columns);
static bool audited_exec(struct decoding *c, const struct json_index *columns);
static bool connection(struct decoding *c, const struct json_index *columns);

static bool take_process(struct decoding *c, const struct json_index *columns,
                         struct process_facts *out);
static void take_signature(struct decoding *c, const struct json_index *columns,
                           struct process_facts *out);
static void take_lists(struct decoding *c, const struct json_index *columns, bool is_quoted);
static struct value *split(struct decoding *c, str joined, yyjson_val *told, bool is_quoted,
                           size_t *out_count);
static str take_part(struct decoding *c, str *rest);
static str without_quotes(struct decoding *c, str quoted);

static const struct es_event es_events[] = {
    { STR_INIT("exec"), ES_EXEC, ACTION_EXEC, exec },
    { STR_INIT("fork"), ES_FORK, ACTION_FORK, fork_child },
    { STR_INIT("exit"), ES_EXIT, ACTION_END, exit_status },
    { STR_INIT("create"), ES_CREATE, ACTION_CREATION, file },
    { STR_INIT("rename"), ES_RENAME, ACTION_RENAME, rename_file },
    { STR_INIT("write"), ES_WRITE, ACTION_WRITE, file },
    { STR_INIT("truncate"), ES_TRUNCATE, ACTION_MODIFICATION, file },
    { STR_INIT("open"), ES_OPEN, ACTION_OPEN, file },
    { STR_INIT("close"), ES_CLOSE, ACTION_CLOSE, file },
    { STR_INIT("unlink"), ES_UNLINK, ACTION_DELETION, file },
};

bool decode_osquery_row(struct decoding *c, const struct json_index *columns)
{
    const str type = decode_osquery_text(c, JSON_GET(columns, "event_type"));
    const str socket_action = decode_osquery_text(c, JSON_GET(columns, "action"));
    const struct es_event *es = es_event_of(type);
    const bool is_other = JSON_GET(columns, "syscall") != NULL ||
                          JSON_GET(columns, "probe_error") != NULL || is_running(columns);
    take_numbers(c, columns, es);
    if (!is_other && es != NULL) {
        c->event->action = es->action;
        return take_time(c, columns) && es->decode(c, columns);
    }
    if (!is_other && type.len > 0 && JSON_GET(columns, "pid") != NULL) {
        c->unknown_event = type;
        return decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
    }
    if (!is_other && is_started(columns)) {
        c->event->action = ACTION_EXEC;
        return take_time(c, columns) && audited_exec(c, columns);
    }
    if (JSON_GET(columns, "remote_address") != NULL && socket_action.len > 0)
        return take_time(c, columns) && connection(c, columns);
    return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a row of no table of events", NULL);
}

static const struct es_event *es_event_of(str type)
{
    for (size_t i = 0; i < COUNT_OF(es_events); i++)
        if (str_eq(es_events[i].type, type))
            return &es_events[i];
    return NULL;
}

// process_events, which has nothing but starts, and of es_process_events only starts have arguments.
static bool is_started(const struct json_index *columns)
{
    const bool has_table = JSON_GET(columns, "auid") != NULL || JSON_GET(columns, "time") != NULL ||
                           JSON_GET(columns, "uptime") != NULL;
    return has_table && JSON_GET(columns, "pid") != NULL && JSON_GET(columns, "path") != NULL &&
           JSON_GET(columns, "cmdline") != NULL;
}

// A row of "processes", which says that a process was there, not that it came.
static bool is_running(const struct json_index *columns)
{
    return JSON_GET(columns, "resident_size") != NULL || JSON_GET(columns, "start_time") != NULL ||
           JSON_GET(columns, "on_disk") != NULL;
}

static bool take_time(struct decoding *c, const struct json_index *columns)
{
    int64_t seconds;
    yyjson_val *time = JSON_GET(columns, "time");
    const enum decode_drop drop = decode_osquery_int(time, 1, INT64_MAX / 1000000000, &seconds);
    if (drop == DECODE_KEPT)
        c->event->time_ns = seconds * 1000000000;
    else if (c->event->time_ns == 0)
        return decode_refuse(c, drop == DECODE_DROP_MISSING_KEY ? drop : DECODE_DROP_BAD_TIME,
                             "time", NULL);
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    return true;
}

// Queries choose among events, and osquery forgets those that nobody asks for in time, so numbers are
// left out as a rule. Files are watched by another client of Endpoint Security, which counts anew.
static void take_numbers(struct decoding *c, const struct json_index *columns,
                         const struct es_event *of)
{
    struct event *event = c->event;
    int64_t n;
    event->numbering = NUMBERING_ORDER;
    event->type_number = of == NULL ? ES_NONE : of->number;
    if (of == NULL)
        return;
    const bool is_of_process = of->decode != file && of->decode != rename_file;
    if (decode_osquery_int(JSON_GET(columns, "seq_num"), 0, INT64_MAX, &n) == DECODE_KEPT) {
        event->has_type_sequence = true;
        event->type_sequence = (uint64_t)n;
    }
    if (is_of_process &&
        decode_osquery_int(JSON_GET(columns, "global_seq_num"), 0, INT64_MAX, &n) == DECODE_KEPT) {
        event->has_sequence = true;
        event->sequence = (uint64_t)n;
    }
}

static bool exec(struct decoding *c, const struct json_index *columns)
{
    if (!take_process(c, columns, &c->event->process))
        return false;
    take_lists(c, columns, true);
    return true;
}

// All columns but one are the parent's.
static bool fork_child(struct decoding *c, const struct json_index *columns)
{
    struct event *event = c->event;
    const enum decode_drop drop =
        decode_osquery_int(JSON_GET(columns, "child_pid"), 0, INT32_MAX, &event->process.id.pid);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "child_pid", NULL);
    event->process.present = true;
    if (!take_process(c, columns, &event->previous))
        return false;
    event->process.parent = event->previous.id;
    return true;
}

// A word of wait(2), whatever the column is called.
static bool exit_status(struct decoding *c, const struct json_index *columns)
{
    int64_t word;
    yyjson_val *val = JSON_GET(columns, "exit_code");
    const enum decode_drop drop = decode_osquery_int(val, INT32_MIN, UINT32_MAX, &word);
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    const int64_t ended_by = drop == DECODE_KEPT ? word & 0x7f : 0x7f;
    if (ended_by == 0)
        decode_set(c, FIELD_PROCESS_EXIT_CODE, value_of_int((word >> 8) & 0xff));
    else if (ended_by != 0x7f)
        decode_set(c, FIELD_PROCESS_EXIT_SIGNAL, value_of_int(ended_by));
    return take_process(c, columns, &c->event->process);
}

static bool file(struct decoding *c, const struct json_index *columns)
{
    decode_set_file(c, decode_osquery_text(c, JSON_GET(columns, "filename")));
    return take_process(c, columns, &c->event->process);
}

static bool rename_file(struct decoding *c, const struct json_index *columns)
{
    decode_set_file(c, decode_osquery_text(c, JSON_GET(columns, "dest_filename")));
    decode_set_text(c, FIELD_FILE_ORIGINAL_PATH,
                    decode_osquery_text(c, JSON_GET(columns, "filename")));
    return take_process(c, columns, &c->event->process);
}

// process_events of OpenBSM, whose "euid" is right. What failed is in it as well, by "status".
static bool audited_exec(struct decoding *c, const struct json_index *columns)
{
    int64_t status;
    if (decode_osquery_int(JSON_GET(columns, "status"), INT64_MIN, INT64_MAX, &status) ==
            DECODE_KEPT &&
        status != 0)
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "an exec that failed", NULL);
    if (!take_process(c, columns, &c->event->process))
        return false;
    take_lists(c, columns, false);
    const int64_t born = number_or_none(c, JSON_GET(columns, "btime"), INT64_MAX / 1000000000);
    if (born > 0)
        c->event->executable_born_ns = born * 1000000000;
    if (JSON_GET(columns, "auid") != NULL)
        c->event->process.euid = number_or_none(c, JSON_GET(columns, "euid"), UINT32_MAX);
    return true;
}

// socket_events
static bool connection(struct decoding *c, const struct json_index *columns)
{
    const str action = decode_osquery_text(c, JSON_GET(columns, "action"));
    const str status = decode_osquery_text(c, JSON_GET(columns, "status"));
    const bool is_accept = str_eq(action, STR("accept"));
    if ((!is_accept && !str_eq(action, STR("connect"))) || str_eq(status, STR("no_client")))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a socket without a connection", NULL);
    c->event->action = is_accept ? ACTION_ACCEPT : ACTION_CONNECT;
    decode_set_text(c, FIELD_DESTINATION_IP,
                    decode_osquery_text(c, JSON_GET(columns, "remote_address")));
    const int64_t port = number_or_none(c, JSON_GET(columns, "remote_port"), UINT16_MAX);
    if (port > 0)
        decode_set(c, FIELD_DESTINATION_PORT, value_of_int(port));
    return take_process(c, columns, &c->event->process);
}

// "uid" and "username" are of the real user, whom no field has, and "euid" of es_process_events is
// the effective group.
static bool take_process(struct decoding *c, const struct json_index *columns,
                         struct process_facts *out)
{
    const enum decode_drop drop =
        decode_osquery_int(JSON_GET(columns, "pid"), 0, INT32_MAX, &out->id.pid);
    if (drop != DECODE_KEPT)
        return decode_refuse(c, drop, "pid", NULL);
    out->present = true;
    out->executable = decode_osquery_text(c, JSON_GET(columns, "path"));
    out->parent.pid = number_or_none(c, JSON_GET(columns, "parent"), INT32_MAX);
    take_signature(c, columns, out);
    return true;
}

// "platform_binary" is Endpoint Security's own word for what is part of macOS. The flags are named
// where they are unusual, so that none named says something too; those that never are stay unset.
static void take_signature(struct decoding *c, const struct json_index *columns,
                           struct process_facts *out)
{
    yyjson_val *named = JSON_GET(columns, "codesigning_flags");
    out->signing_id = decode_osquery_text(c, JSON_GET(columns, "signing_id"));
    out->team_id = decode_osquery_text(c, JSON_GET(columns, "team_id"));
    out->cdhash = decode_osquery_text(c, JSON_GET(columns, "cdhash"));
    out->is_platform = number_or_none(c, JSON_GET(columns, "platform_binary"), 1) == 1;
    if (!yyjson_is_str(named))
        return;
    const str flags = json_str(named);
    const bool is_signed = out->signing_id.len > 0 || out->cdhash.len > 0;
    out->cs_told = true;
    if (is_signed)
        out->cs_flags |= CS_SIGNED;
    if (is_signed && !str_contains(flags, STR("NOT_VALID")))
        out->cs_flags |= CS_VALID;
    if (is_signed && !str_contains(flags, STR("NOT_RUNTIME")))
        out->cs_flags |= CS_RUNTIME;
    if (str_contains(flags, STR("ADHOC")))
        out->cs_flags |= CS_ADHOC;
}

// Where there are not as many as are told, nobody can tell them apart: process_events puts nothing in
// quotes.
static void take_lists(struct decoding *c, const struct json_index *columns, bool is_quoted)
{
    size_t count;
    const str line = decode_osquery_text(c, JSON_GET(columns, "cmdline"));
    const str env = decode_osquery_text(c, JSON_GET(columns, "env"));
    const struct value *args =
        split(c, line, JSON_GET(columns, "cmdline_count"), is_quoted, &count);
    if (args != NULL)
        decode_args_of(c, args, count);
    else
        decode_command_line(c, str_ends_with(line, STR(" ")) ? str_to(line, line.len - 1) : line);
    const struct value *variables =
        split(c, env, JSON_GET(columns, "env_count"), is_quoted, &count);
    if (variables != NULL)
        decode_env_of(c, variables, count);
    c->is_list_cut |= variables == NULL && env.len > 0;
    decode_set_text(c, FIELD_PROCESS_WORKING_DIRECTORY,
                    decode_osquery_text(c, JSON_GET(columns, "cwd")));
}

// Each part has a blank behind it. NULL where there are none, or not as many as are told.
static struct value *split(struct decoding *c, str joined, yyjson_val *told, bool is_quoted,
                           size_t *out_count)
{
    const int64_t expected = number_or_none(c, told, INT64_MAX);
    size_t room = 1;
    size_t count = 0;
    for (size_t i = 0; i < joined.len; i++)
        room += joined.at[i] == ' ';
    if (joined.len == 0 || (expected < 0 && !is_quoted))
        return NULL;
    if (expected >= 0 && (uint64_t)expected < room)
        room = (size_t)expected;
    if (room > DECODE_LIST_MAX)
        room = DECODE_LIST_MAX;
    struct value *parts = arena_alloc(&c->batch->arena, (room + 1) * sizeof *parts);
    str rest = joined;
    for (; rest.len > 0 && count < room; count++)
        parts[count] = value_of_text(take_part(c, &rest));
    *out_count = count;
    return rest.len == 0 && (expected < 0 || (int64_t)count == expected) ? parts : NULL;
}

// One with a blank or a quote in it stands in quotes, where a backslash guards quotes and itself.
static str take_part(struct decoding *c, str *rest)
{
    str part;
    size_t end = 0;
    if (rest->at[0] != '"') {
        (void)str_take_until(rest, ' ', &part);
        return part;
    }
    for (end = 1; end < rest->len && rest->at[end] != '"'; end++)
        end += rest->at[end] == '\\' && end + 1 < rest->len;
    part = str_to(str_from(*rest, 1), end - 1);
    *rest = str_from(*rest, end + 2);
    return without_quotes(c, part);
}

static str without_quotes(struct decoding *c, str quoted)
{
    if (str_find_char(quoted, '\\') == quoted.len)
        return quoted;
    char *out = arena_alloc(&c->batch->arena, quoted.len);
    size_t len = 0;
    for (size_t i = 0; i < quoted.len; i++) {
        i += quoted.at[i] == '\\' && i + 1 < quoted.len;
        out[len++] = quoted.at[i];
    }
    return (str){ .at = out, .len = len };
}

static int64_t number_or_none(struct decoding *c, yyjson_val *val, int64_t max)
{
    int64_t n;
    const enum decode_drop drop = decode_osquery_int(val, -1, max, &n);
    c->is_value_odd |= drop != DECODE_KEPT && drop != DECODE_DROP_MISSING_KEY;
    return drop == DECODE_KEPT ? n : -1;
}

// Text that is empty is what a column without a value looks like.
enum decode_drop decode_osquery_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out)
{
    int64_t n;
    if (!yyjson_is_str(val))
        return decode_int(val, min, max, out);
    if (yyjson_get_len(val) == 0)
        return DECODE_DROP_MISSING_KEY;
    if (!str_to_i64(json_str(val), &n))
        return DECODE_DROP_WRONG_TYPE;
    if (n < min || n > max)
        return DECODE_DROP_OUT_OF_RANGE;
    *out = n;
    return DECODE_KEPT;
}

str decode_osquery_text(struct decoding *c, yyjson_val *val)
{
    c->is_value_odd |= val != NULL && !yyjson_is_null(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}
