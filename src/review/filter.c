#include "review/filter.h"

#include "decode/dialect.h"
#include "event/finding.h"
#include "score/exception.h"
#include "sink/json.h"

#define DAY_NS   (INT64_C(86400) * 1000000000)
#define UNCLOSED STR("unclosed")

static bool take_word(str *rest, struct buf *word, bool *is_quoted);
static enum status take(struct filter *f, str word, bool is_quoted, str me, struct err *err);
static enum status take_value(struct filter *f, str key, str value, str me, struct err *err);
static enum status take_level(struct filter *f, str value, struct err *err);
static enum status take_state(struct filter *f, str value, struct err *err);
static enum status keep(struct filter *f, enum filter_part part, str value, struct err *err);
static void add_word(struct buf *out, str key, str value);
static void add_state(struct buf *out, const struct filter *f);

static const struct {
    str key;
    enum filter_part part;
} parts[] = {
    { STR_INIT("rule"), FILTER_RULE },
    { STR_INIT("host"), FILTER_HOST },
    { STR_INIT("assignee"), FILTER_ASSIGNEE },
};

void filter_of(const struct findings_filter *asked, struct filter *out)
{
    *out = (struct filter){
        .shows_closed = !asked->only_unclosed,
        .has_status = asked->has_status,
        .status = asked->status,
        .least_level = asked->least_level,
        .since_ns = asked->since_ns,
    };
    filter_set(out, FILTER_RULE, asked->rule);
    filter_set(out, FILTER_HOST, asked->host);
    filter_set(out, FILTER_ASSIGNEE, asked->assignee);
}

enum status filter_read(str line, str me, struct filter *out, struct err *err)
{
    struct filter f = { .has_status = false };
    struct buf word;
    bool is_quoted;
    enum status status = OK;
    buf_init(&word, 4 * FILTER_VALUE_MAX);
    while (status == OK && take_word(&line, &word, &is_quoted))
        status = take(&f, buf_str(&word), is_quoted, me, err);
    if (status == OK && word.failed)
        status =
            fail(err, ERR_CONFIG, "a word of a filter has at most %u octets", FILTER_VALUE_MAX);
    buf_done(&word);
    if (status == OK)
        *out = f;
    return status;
}

// Quotes may stand anywhere in a word, and keep blanks in it. `*is_quoted`: it began with one, and is text.
static bool take_word(str *rest, struct buf *word, bool *is_quoted)
{
    bool is_inside = false;
    size_t at = 0;
    while (at < rest->len && rest->at[at] == ' ')
        at++;
    *is_quoted = at < rest->len && rest->at[at] == '"';
    const size_t first = at;
    buf_reset(word);
    for (; at < rest->len && (is_inside || rest->at[at] != ' '); at++) {
        if (rest->at[at] == '"')
            is_inside = !is_inside;
        else
            buf_add_char(word, rest->at[at]);
    }
    *rest = str_from(*rest, at);
    return at > first && !word->failed;
}

static enum status take(struct filter *f, str word, bool is_quoted, str me, struct err *err)
{
    const size_t colon = str_find_char(word, ':');
    const bool has_key = !is_quoted && colon > 0 && colon < word.len;
    if (has_key)
        return take_value(f, str_to(word, colon), str_from(word, colon + 1), me, err);
    struct buf joined;
    buf_init(&joined, 8 * FILTER_VALUE_MAX);
    buf_add(&joined, filter_value(f, FILTER_TEXT));
    if (joined.len > 0)
        buf_add_char(&joined, ' ');
    buf_add(&joined, word);
    const enum status status = keep(f, FILTER_TEXT, buf_str(&joined), err);
    buf_done(&joined);
    return status;
}

static enum status take_value(struct filter *f, str key, str value, str me, struct err *err)
{
    struct findings_filter since = { .since_ns = 0 };
    if (str_eq(key, STR("state")))
        return take_state(f, value, err);
    if (str_eq(key, STR("level")))
        return take_level(f, value, err);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (str_eq(key, parts[i].key))
            return keep(f, parts[i].part,
                        parts[i].part == FILTER_ASSIGNEE && str_eq(value, STR("me")) ? me : value,
                        err);
    if (!str_eq(key, STR("since")))
        return fail(err, ERR_CONFIG,
                    "a filter has state, level, rule, host, assignee and since, not \"%.*s\"",
                    STR_ARG(str_to(key, FILTER_VALUE_MAX)));
    if (!filter_since(&since, value))
        return fail(err, ERR_CONFIG, "since: takes a date or a time, like 2026-11-01, not \"%.*s\"",
                    STR_ARG(str_to(value, FILTER_VALUE_MAX)));
    f->since_ns = since.since_ns;
    return OK;
}

static enum status take_level(struct filter *f, str value, struct err *err)
{
    enum level level;
    if (!level_of(value, &level))
        return fail(err, ERR_CONFIG,
                    "level: takes informational, low, medium, high or critical, not \"%.*s\"",
                    STR_ARG(str_to(value, FILTER_VALUE_MAX)));
    f->least_level = (int64_t)level;
    return OK;
}

static enum status take_state(struct filter *f, str value, struct err *err)
{
    struct findings_filter asked = { .only_unclosed = true };
    if (!str_eq(value, UNCLOSED) && !filter_status(&asked, value))
        return fail(err, ERR_CONFIG,
                    "state: takes unclosed, open, assigned, closed or all, not \"%.*s\"",
                    STR_ARG(str_to(value, FILTER_VALUE_MAX)));
    f->shows_closed = !asked.only_unclosed;
    f->has_status = asked.has_status;
    f->status = asked.status;
    return OK;
}

static enum status keep(struct filter *f, enum filter_part part, str value, struct err *err)
{
    if (value.len > FILTER_VALUE_MAX)
        return fail(err, ERR_CONFIG, "a word of a filter has at most %u octets", FILTER_VALUE_MAX);
    filter_set(f, part, value);
    return OK;
}

void filter_set(struct filter *f, enum filter_part part, str value)
{
    f->lens[part] = value.len < FILTER_VALUE_MAX ? value.len : FILTER_VALUE_MAX;
    if (f->lens[part] > 0)
        memmove(f->values[part], value.at, f->lens[part]);
}

str filter_value(const struct filter *f, enum filter_part part)
{
    return (str){ .at = f->values[part], .len = f->lens[part] };
}

void filter_add(struct buf *out, const struct filter *f)
{
    add_state(out, f);
    if (f->least_level > 0)
        add_word(out, STR("level"), level_name((enum level)f->least_level));
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (f->lens[parts[i].part] > 0)
            add_word(out, parts[i].key, filter_value(f, parts[i].part));
    if (f->since_ns > 0) {
        struct buf time;
        buf_init(&time, FILTER_VALUE_MAX);
        sink_add_time(&time, f->since_ns, 'T', 3);
        buf_add_char(&time, 'Z');
        add_word(out, STR("since"), buf_str(&time));
        buf_done(&time);
    }
    if (f->lens[FILTER_TEXT] > 0)
        buf_printf(out, " \"%.*s\"", STR_ARG(filter_value(f, FILTER_TEXT)));
}

static void add_word(struct buf *out, str key, str value)
{
    const bool is_quoted = str_find_char(value, ' ') < value.len;
    const char *quote = is_quoted ? "\"" : "";
    buf_printf(out, " %.*s:%s%.*s%s", STR_ARG(key), quote, STR_ARG(value), quote);
}

static void add_state(struct buf *out, const struct filter *f)
{
    const str name = f->has_status     ? finding_status_name(f->status)
                     : f->shows_closed ? STR("all")
                                       : UNCLOSED;
    buf_printf(out, "state:%.*s", STR_ARG(name));
}

struct findings_filter filter_ask(const struct filter *f)
{
    return (struct findings_filter){
        .only_unclosed = !f->shows_closed,
        .has_status = f->has_status,
        .status = f->status,
        .least_level = f->least_level,
        .since_ns = f->since_ns,
        .rule = filter_value(f, FILTER_RULE),
        .host = filter_value(f, FILTER_HOST),
        .assignee = filter_value(f, FILTER_ASSIGNEE),
        .text = filter_value(f, FILTER_TEXT),
    };
}

bool filter_status(struct findings_filter *f, str value)
{
    enum finding_status status = FINDING_OPEN;
    const bool is_all = str_eq(value, STR("all"));
    if (!is_all && !finding_status_of(value, &status))
        return false;
    f->only_unclosed = false;
    f->has_status = !is_all;
    f->status = status;
    return true;
}

bool filter_since(struct findings_filter *f, str value)
{
    int64_t day;
    if (!exception_date(value, &day))
        return decode_time(value, &f->since_ns);
    f->since_ns = day * DAY_NS;
    return true;
}
