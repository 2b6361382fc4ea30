#include "evidence/yaml.h"

#include "sink/json.h"

#define DATE_LEN 10u

void yaml_add_quoted(struct buf *b, str text)
{
    buf_add_char(b, '"');
    buf_add_json(b, text);
    buf_add_char(b, '"');
}

void yaml_add_text(struct buf *b, const char *key, str text)
{
    buf_printf(b, "%s: ", key);
    yaml_add_quoted(b, text);
    buf_add_char(b, '\n');
}

void yaml_add_date(struct buf *b, const char *key, int64_t time_ns)
{
    struct buf time;
    buf_init(&time, 64);
    if (time_ns != 0)
        sink_add_time(&time, time_ns, 'T', 0);
    const str date = str_to(buf_str(&time), DATE_LEN);
    buf_printf(b, "%s:%s%.*s\n", key, date.len > 0 ? " " : "", STR_ARG(date));
    buf_done(&time);
}
