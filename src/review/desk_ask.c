// Questions of the desk: what is answered by one key, and what by a line.

#include "review/desk_internal.h"

#include "event/finding.h"

#include <stdio.h>

#define LINE_MAX_OCTETS 8192u

static enum desk_wish take_line(struct desk *d);
static enum desk_wish take_choice(struct desk *d, uint32_t key);
static enum desk_wish take_filter(struct desk *d, str line);
static enum desk_wish take_filter_by(struct desk *d, uint32_t key);
static enum desk_wish take_state(struct desk *d, uint32_t key);
static enum desk_wish take_level(struct desk *d, uint32_t key);
static enum desk_wish take_disposition(struct desk *d, uint32_t key);
static enum desk_wish take_proposal(struct desk *d, uint32_t key);
static enum desk_wish take_answer(struct desk *d, str line);
static enum desk_wish take_file(struct desk *d, str line);
static enum desk_wish apply(struct desk *d);

static const struct desk_choice dispositions[] = {
    { 't', "true positive" },  { 'e', "benign, expected" }, { 'b', "benign, unexpected" },
    { 'f', "false positive" }, { 'u', "undetermined" },
};
const enum disposition desk_disposition_of_choice[] = {
    DISPOSITION_TRUE_POSITIVE,  DISPOSITION_BENIGN_EXPECTED, DISPOSITION_BENIGN_UNEXPECTED,
    DISPOSITION_FALSE_POSITIVE, DISPOSITION_UNDETERMINED,
};
static const struct desk_choice filters[] = {
    { 's', "state" },     { 'l', "level" }, { 'r', "this rule" },
    { 'h', "this host" }, { 'm', "mine" },  { 'x', "none" },
};
static const struct desk_choice states[] = {
    { 'u', "unclosed" }, { 'o', "open" }, { 'a', "assigned" }, { 'c', "closed" }, { 'x', "all" },
};
static const struct desk_choice levels[] = {
    { 'i', "informational" }, { 'l', "low" },      { 'm', "medium" },
    { 'h', "high" },          { 'c', "critical" },
};
static const struct desk_choice proposals[] = {
    { 'e', "exception" },
    { 'b', "baseline entry" },
};

const struct desk_choice *desk_choices(enum desk_question question, size_t *count)
{
    static const struct {
        const struct desk_choice *choices;
        size_t count;
    } all[] = {
        [DESK_ASKS_DISPOSITION] = { dispositions, COUNT_OF(dispositions) },
        [DESK_ASKS_FILTER_BY] = { filters, COUNT_OF(filters) },
        [DESK_ASKS_STATE] = { states, COUNT_OF(states) },
        [DESK_ASKS_LEVEL] = { levels, COUNT_OF(levels) },
        [DESK_ASKS_PROPOSAL] = { proposals, COUNT_OF(proposals) },
    };
    *count = (size_t)question < COUNT_OF(all) ? all[question].count : 0;
    return *count > 0 ? all[question].choices : NULL;
}

bool desk_asks_line(enum desk_question question)
{
    return question >= DESK_ASKS_FILTER;
}

const char *desk_label(const struct desk *d)
{
    static const char *const labels[] = {
        [DESK_ASKS_NOTHING] = "",
        [DESK_ASKS_DISPOSITION] = "close as",
        [DESK_ASKS_FILTER_BY] = "filter by",
        [DESK_ASKS_STATE] = "state",
        [DESK_ASKS_LEVEL] = "this level and above",
        [DESK_ASKS_PROPOSAL] = "propose",
        [DESK_ASKS_FILTER] = "filter:",
        [DESK_ASKS_CAUSE] = "cause:",
        [DESK_ASKS_SCOPE] = "scope (which Macs, which code):",
        [DESK_ASKS_CONTAINMENT] = "containment (what was done):",
        [DESK_ASKS_FILE] = "into the new file:",
    };
    return labels[d->question];
}

enum desk_wish desk_ask(struct desk *d, enum desk_question question)
{
    struct buf b;
    d->question = question;
    d->said[0] = '\0';
    if (!desk_asks_line(question))
        return DESK_WAITS;
    buf_init(&b, LINE_MAX_OCTETS);
    if (question == DESK_ASKS_FILTER) {
        filter_add(&b, &d->filter);
        buf_add_char(&b, ' ');
    }
    if (question == DESK_ASKS_FILE)
        buf_printf(&b, "%s-%.12s.%s", d->proposes_baseline ? "baseline" : "exception", d->target.id,
                   d->proposes_baseline ? "ndjson" : "yaml");
    prompt_begin(&d->prompt, buf_str(&b));
    buf_done(&b);
    return DESK_WAITS;
}

enum desk_wish desk_answer(struct desk *d, uint32_t key)
{
    d->said[0] = '\0';
    if (!desk_asks_line(d->question))
        return take_choice(d, key);
    switch (prompt_press(&d->prompt, key)) {
    case PROMPT_TAKEN:
        return take_line(d);
    case PROMPT_GIVEN_UP:
        d->question = DESK_ASKS_NOTHING;
        desk_say(d, "nothing was changed");
        return DESK_WAITS;
    default:
        return DESK_WAITS;
    }
}

static enum desk_wish take_line(struct desk *d)
{
    const str line = prompt_text(&d->prompt);
    if (d->question == DESK_ASKS_FILTER)
        return take_filter(d, line);
    return d->question == DESK_ASKS_FILE ? take_file(d, line) : take_answer(d, line);
}

static enum desk_wish take_filter(struct desk *d, str line)
{
    struct err err;
    if (filter_read(line, d->me, &d->filter, &err) == OK)
        return apply(d);
    desk_say(d, "%s", err.text);
    return DESK_WAITS;
}

static enum desk_wish apply(struct desk *d)
{
    d->question = DESK_ASKS_NOTHING;
    return desk_load(d, QUEUE_LOAD_FIRST);
}

static enum desk_wish take_choice(struct desk *d, uint32_t key)
{
    size_t count;
    size_t i = 0;
    const struct desk_choice *choices = desk_choices(d->question, &count);
    while (i < count && choices[i].key != key)
        i++;
    if (i == count) {
        d->question = DESK_ASKS_NOTHING;
        desk_say(d, "nothing was changed");
        return DESK_WAITS;
    }
    switch (d->question) {
    case DESK_ASKS_FILTER_BY:
        return take_filter_by(d, key);
    case DESK_ASKS_STATE:
        return take_state(d, key);
    case DESK_ASKS_LEVEL:
        return take_level(d, key);
    case DESK_ASKS_DISPOSITION:
        d->close_out = (struct close_out){ .disposition = desk_disposition_of_choice[i] };
        return take_disposition(d, key);
    default:
        return take_proposal(d, key);
    }
}

static enum desk_wish take_filter_by(struct desk *d, uint32_t key)
{
    const struct finding_row *row = queue_chosen(&d->queue);
    if (key == 's' || key == 'l')
        return desk_ask(d, key == 's' ? DESK_ASKS_STATE : DESK_ASKS_LEVEL);
    if (key == 'x')
        d->filter = (struct filter){ .has_status = false };
    if (key == 'm')
        filter_set(&d->filter, FILTER_ASSIGNEE, d->me);
    if (key == 'r' && row != NULL)
        filter_set(&d->filter, FILTER_RULE, row->rule);
    if (key == 'h' && row != NULL)
        filter_set(&d->filter, FILTER_HOST, row->host_name.len > 0 ? row->host_name : row->host_id);
    return apply(d);
}

static enum desk_wish take_state(struct desk *d, uint32_t key)
{
    d->filter.shows_closed = key == 'c' || key == 'x';
    d->filter.has_status = key == 'o' || key == 'a' || key == 'c';
    d->filter.status = key == 'o' ? FINDING_OPEN : key == 'a' ? FINDING_ASSIGNED : FINDING_CLOSED;
    return apply(d);
}

static enum desk_wish take_level(struct desk *d, uint32_t key)
{
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        if (levels[i].key == key)
            d->filter.least_level = (int64_t)i;
    return apply(d);
}

static enum desk_wish take_disposition(struct desk *d, uint32_t key)
{
    (void)key;
    return desk_ask(d, DESK_ASKS_CAUSE);
}

static enum desk_wish take_proposal(struct desk *d, uint32_t key)
{
    d->proposes_baseline = key == 'b';
    return desk_ask(d, DESK_ASKS_FILE);
}

// Of a close-out: what it needs is asked for until it is there.
static enum desk_wish take_answer(struct desk *d, str line)
{
    const size_t which = (size_t)(d->question - DESK_ASKS_CAUSE);
    str *const fields[] = { &d->close_out.cause, &d->close_out.scope, &d->close_out.containment };
    while (line.len > 0 && line.at[line.len - 1] == ' ')
        line.len--;
    if (line.len == 0) {
        desk_say(d, "this has to be said; Esc gives up");
        return DESK_WAITS;
    }
    memcpy(d->answers[which], line.at, line.len);
    *fields[which] = (str){ .at = d->answers[which], .len = line.len };
    if (d->question != DESK_ASKS_CONTAINMENT && close_out_needs_scope(d->close_out.disposition))
        return desk_ask(d, d->question + 1);
    d->question = DESK_ASKS_NOTHING;
    return DESK_CLOSE;
}

static enum desk_wish take_file(struct desk *d, str line)
{
    if (line.len == 0) {
        desk_say(d, "a file needs a name; Esc gives up");
        return DESK_WAITS;
    }
    memcpy(d->file, line.at, line.len);
    d->file[line.len] = '\0';
    d->question = DESK_ASKS_NOTHING;
    return DESK_PROPOSE;
}
