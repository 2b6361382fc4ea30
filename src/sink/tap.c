#include "sink/tap.h"

#include "sink/json.h"
#include "sink/nest.h"
#include "sink/summary.h"

#define LINE_MAX_OCTETS (64u * 1024u)
#define TIME_DECIMALS   3u

static size_t take_fields(const struct event *event, struct finding_field out[FIELD_COUNT]);
static str text_of(const struct event *event, enum field field);
static void add_who(struct buf *out, const struct event *event);
static size_t columns_fit(str line, unsigned width);

void sink_add_event(struct buf *out, const struct event *event)
{
    struct finding_field fields[FIELD_COUNT];
    const size_t count = take_fields(event, fields);
    sink_json_open(out, STR_EMPTY, '{');
    sink_json_time(out, STR("@timestamp"), event->time_ns);
    sink_add_nested(out, fields, count, STR_EMPTY);
    sink_json_close(out, '}');
    buf_add_char(out, '\n');
}

// The time is written as one, and so is no field here.
static size_t take_fields(const struct event *event, struct finding_field out[FIELD_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (event->slots[i].type != VALUE_MISSING && i != FIELD_TIMESTAMP)
            out[count++] =
                (struct finding_field){ .field = (enum field)i, .value = event->slots[i] };
    return count;
}

void sink_add_event_line(struct buf *out, const struct event *event, unsigned width)
{
    struct finding_field fields[FIELD_COUNT];
    const struct finding_step step = {
        .time_ns = event->time_ns,
        .action = event->action,
        .categories = event->categories,
        .fields = fields,
        .field_count = take_fields(event, fields),
    };
    struct buf line;
    struct buf shown;
    buf_init(&line, LINE_MAX_OCTETS);
    buf_init(&shown, 4 * LINE_MAX_OCTETS);
    sink_add_time(&line, event->time_ns, ' ', TIME_DECIMALS);
    buf_printf(&line, "  %.*s  %-10.*s  ", STR_ARG(text_of(event, FIELD_HOST_ID)),
               STR_ARG(text_of(event, FIELD_EVENT_MODULE)));
    add_who(&line, event);
    sink_add_summary(&line, &step);
    // A path may hold a newline; here it is one event a line.
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] == '\n')
            line.at[i] = ' ';
    buf_add_printable(&shown, buf_str(&line));
    buf_add(out, str_to(buf_str(&shown), columns_fit(buf_str(&shown), width)));
    buf_add_char(out, '\n');
    buf_done(&line);
    buf_done(&shown);
}

static str text_of(const struct event *event, enum field field)
{
    const struct value slot = event->slots[field];
    return slot.type == VALUE_TEXT ? value_str(slot) : STR_EMPTY;
}

static void add_who(struct buf *out, const struct event *event)
{
    const str name = text_of(event, FIELD_PROCESS_NAME);
    const struct value pid = event->slots[FIELD_PROCESS_PID];
    buf_add(out, name.len > 0 ? name : STR("?"));
    if (pid.type == VALUE_INT)
        buf_printf(out, "(%lld)", (long long)pid.integer);
    buf_add_char(out, ' ');
}

// Octets of the line that fill the columns: a character counts as one.
static size_t columns_fit(str line, unsigned width)
{
    size_t columns = 0;
    for (size_t i = 0; i < line.len; i++) {
        const bool is_begin = ((unsigned char)line.at[i] & 0xc0) != 0x80;
        if (is_begin && width > 0 && columns++ == width)
            return i;
    }
    return line.len;
}
