// unified-log: lines of Apple's unified log as log(1) prints them in the styles ndjson and json.
// Nearly all are nothing to us, so a line is first asked who wrote it.

#include "decode/unified_log.h"

static bool is_unified_log(const struct json_index *record);
static bool is_trailer(const struct json_index *record);
static bool decode_record(struct decoding *c, const struct json_index *record);
static bool is_header(str line);
static bool decode_header(struct decoding *c, str line);
static bool is_log_event(struct decoding *c, const struct json_index *record);
static bool refuse_loss(struct decoding *c, const struct json_index *record);
static uint32_t writer_of(const struct json_index *record, str message);
static uint32_t named_writer(str path);
static bool is_of_dyld(const struct json_index *record, str message);
static bool take_time(struct decoding *c, yyjson_val *time);
static void take_process(struct decoding *c, const struct log_captures *captures);
static void take_loading_process(struct decoding *c, const struct json_index *record);

const struct dialect decode_unified_log = {
    .name = STR_INIT("unified-log"),
    .recognises = is_unified_log,
    .decode = decode_record,
    .recognises_line = is_header,
    .decode_line = decode_header,
};

// Any of these will do.
static bool is_unified_log(const struct json_index *record)
{
    return JSON_GET(record, "eventMessage") != NULL || JSON_GET(record, "machTimestamp") != NULL ||
           JSON_GET(record, "processImagePath") != NULL ||
           JSON_GET(record, "senderImagePath") != NULL || is_trailer(record);
}

// {"count":48055,"finished":1}, the last line of log show.
static bool is_trailer(const struct json_index *record)
{
    return yyjson_obj_size(record->object) == 2 && JSON_GET(record, "finished") != NULL &&
           JSON_GET(record, "count") != NULL;
}

static bool decode_record(struct decoding *c, const struct json_index *record)
{
    yyjson_val *val = JSON_GET(record, "eventMessage");
    struct log_captures captures = LOG_NOTHING;
    c->event->numbering = NUMBERING_ORDER;  // And there are no numbers.
    if (is_trailer(record))
        return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "the end of a log", NULL);
    if (!is_log_event(c, record))
        return false;
    if (val == NULL)
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "eventMessage", NULL);
    if (!yyjson_is_str(val) && !yyjson_is_null(val))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "eventMessage", NULL);

    const str message = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    const uint32_t writer = writer_of(record, message);
    if (!decode_log_message(c, message, writer, &captures) ||
        !take_time(c, JSON_GET(record, "timestamp")))
        return false;
    decode_set_text(c, FIELD_MESSAGE, decode_text(c, val));
    c->is_text_hidden = str_contains(message, STR("<private>"));
    take_process(c, &captures);
    if ((writer & LOG_DYLD) != 0)
        take_loading_process(c, record);
    return true;
}

// What log(1) says before the first record.
static bool is_header(str line)
{
    return str_starts_with(line, STR("Filtering the log data using ")) ||
           str_starts_with(line, STR("Skipping info and debug messages")) ||
           str_starts_with(line, STR("log: warning: "));
}

static bool decode_header(struct decoding *c, str line)
{
    (void)line;
    return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "what stands before a log", NULL);
}

static bool is_log_event(struct decoding *c, const struct json_index *record)
{
    yyjson_val *type = JSON_GET(record, "eventType");
    static const str others[] = {
        STR_INIT("activityCreateEvent"), STR_INIT("activityTransitionEvent"),
        STR_INIT("signpostEvent"),       STR_INIT("stateEvent"),
        STR_INIT("timesyncEvent"),       STR_INIT("traceEvent"),
        STR_INIT("userActionEvent"),
    };
    const str name = yyjson_is_str(type) ? json_str(type) : STR_EMPTY;
    if (name.len == 0 || str_eq(name, STR("logEvent")))
        return true;
    if (str_eq(name, STR("lossEvent")))
        return refuse_loss(c, record);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_eq(name, others[i]))
            return decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
    c->unknown_event = decode_text_of(c, name);
    return decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
}

// The log had no room and dropped lines. How many is told by some versions only, and of what nobody knows.
static bool refuse_loss(struct decoding *c, const struct json_index *record)
{
    const int64_t lost = decode_int_or_none(JSON_GET(record, "lossCount"), INT32_MAX);
    (void)take_time(c, JSON_GET(record, "timestamp"));
    c->event->lost = lost > 0 ? (uint64_t)lost : 1;
    return decode_refuse(c, DECODE_DROP_LOSS, "lines that the log lost", NULL);
}

static uint32_t writer_of(const struct json_index *record, str message)
{
    yyjson_val *path = JSON_GET(record, "processImagePath");
    yyjson_val *name = JSON_GET(record, "process");
    yyjson_val *told = yyjson_is_str(path) ? path : name;
    const uint32_t writer = yyjson_is_str(told)
                                ? named_writer(json_str(told))
                                : LOG_KERNEL | LOG_AMFID | LOG_SYSPOLICYD | LOG_OTHERS;
    const bool may_be_dyld = (writer & LOG_OTHERS) != 0 && is_of_dyld(record, message);
    return writer | (may_be_dyld ? LOG_DYLD : 0);
}

static uint32_t named_writer(str path)
{
    static const struct {
        str path;
        enum log_writer writer;
    } writers[] = {
        { STR_INIT("/kernel"), LOG_KERNEL },
        { STR_INIT("kernel"), LOG_KERNEL },
        { STR_INIT("/usr/libexec/amfid"), LOG_AMFID },
        { STR_INIT("amfid"), LOG_AMFID },
        { STR_INIT("/usr/libexec/syspolicyd"), LOG_SYSPOLICYD },
        { STR_INIT("syspolicyd"), LOG_SYSPOLICYD },
    };
    for (size_t i = 0; i < COUNT_OF(writers); i++)
        if (str_eq(path, writers[i].path))
            return writers[i].writer;
    return LOG_OTHERS;
}

static bool is_of_dyld(const struct json_index *record, str message)
{
    yyjson_val *subsystem = JSON_GET(record, "subsystem");
    return str_starts_with(message, STR("dyld[")) || str_starts_with(message, STR("dyld: ")) ||
           (yyjson_is_str(subsystem) && str_eq(json_str(subsystem), STR("com.apple.dyld")));
}

static bool take_time(struct decoding *c, yyjson_val *time)
{
    if (time == NULL || yyjson_is_null(time))
        return decode_refuse(c, DECODE_DROP_MISSING_KEY, "timestamp", NULL);
    if (!yyjson_is_str(time))
        return decode_refuse(c, DECODE_DROP_WRONG_TYPE, "timestamp", NULL);
    if (!decode_time_loose(json_str(time), &c->event->time_ns))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "timestamp", NULL);
    return true;
}

// Whom the message is about, not who wrote it. Some name a file and nobody.
static void take_process(struct decoding *c, const struct log_captures *captures)
{
    struct process_facts *process = &c->event->process;
    if (process->executable.len == 0)
        decode_set_text(c, FIELD_PROCESS_NAME, captures->name);
    if (captures->pid < 0)
        return;
    process->present = true;
    process->id.pid = captures->pid;
    process->team_id = captures->process_team_id;
    process->is_platform = captures->is_process_platform;
}

// dyld writes in the process that it loads for, unless the line names another.
static void take_loading_process(struct decoding *c, const struct json_index *record)
{
    struct process_facts *process = &c->event->process;
    const int64_t pid = decode_int_or_none(JSON_GET(record, "processID"), INT32_MAX);
    if (pid < 0 || (process->present && process->id.pid != pid))
        return;
    process->present = true;
    process->id.pid = pid;
    process->euid = decode_int_or_none(JSON_GET(record, "userID"), UINT32_MAX);
    process->executable = decode_text(c, JSON_GET(record, "processImagePath"));
}
