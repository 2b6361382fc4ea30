// santa-log: the lines that Santa writes to a file or to the system's log.
//
//     [2026-01-02T03:04:05.678Z] I santad: action=EXEC|decision=ALLOW|...|args=a b|machineid=M
//
// A pipe in a value is written as <pipe>, though not in every value, so what cannot be a key is part
// of the value before it. Who did it stands behind what the user may choose; hence the last of two
// alike keys is the one that Santa wrote.

#include "decode/santa_log.h"

#define PREFIX_MAX 256u  // Octets before the action: time, host, process.
#define KEY_MAX    32u

static bool is_santa_line(str line);
static size_t action_at(str line);
static bool is_other_line(str line);
static bool decode_line(struct decoding *c, str line);
static str time_of(str line);
static void take_pairs(struct decoding *c, str body, struct santa_line *out);
static bool is_pair(str part, struct santa_pair *out);
static const struct santa_action *find_action(struct decoding *c, str name);
static str with_pipes(struct decoding *c, str value);

const struct dialect decode_santa_log = {
    .name = STR_INIT("santa-log"),
    .recognises_line = is_santa_line,
    .decode_line = decode_line,
};

static bool is_santa_line(str line)
{
    return action_at(line) < line.len || is_other_line(line);
}

// Where "action=" stands behind a name of the daemon, or behind the time alone; the line's length
// where it does not.
static size_t action_at(str line)
{
    const str front = str_to(line, PREFIX_MAX);
    const size_t at = str_find(front, STR("action="));
    const str prefix = str_to(front, at);
    const bool is_bare = at >= 2 && front.at[0] == '[' && str_ends_with(prefix, STR("] "));
    if (at == front.len || (!is_bare && !str_contains(prefix, STR("santa"))))
        return line.len;
    return at;
}

// What the daemon says of itself.
static bool is_other_line(str line)
{
    const size_t end = str_find_char(str_to(line, PREFIX_MAX), ']');
    return line.len > 0 && line.at[0] == '[' && end + 3 < line.len &&
           str_starts_with(str_from(line, end + 3), STR(" santad: "));
}

static bool decode_line(struct decoding *c, str line)
{
    struct santa_line parts;
    const size_t at = action_at(line);
    if (at == line.len)
        return is_other_line(line)
                   ? decode_refuse(c, DECODE_DROP_NOT_NEEDED, "a message of the daemon", NULL)
                   : decode_refuse(c, DECODE_DROP_NO_DIALECT, "a line of no event", NULL);
    parts.time = time_of(str_to(line, at));
    take_pairs(c, str_from(line, at), &parts);
    parts.action = parts.count > 0 ? parts.pairs[0].value : STR_EMPTY;
    const str machine = decode_santa_log_text(c, &parts, STR("machineid"));
    if (machine.len > 0)
        c->event->host_told = (struct host_told){ .kind = HOST_BY_HARDWARE, .id = machine };

    const struct santa_action *action = find_action(c, parts.action);
    if (action == NULL)
        return false;
    if (!decode_time_loose(parts.time, &c->event->time_ns))
        return decode_refuse(c, DECODE_DROP_BAD_TIME, "the front of the line", NULL);
    c->event->action = action->action;
    return action->decode(c, &parts);
}

// In brackets, or the line's first word, or its first two, where a blank stands for the T.
static str time_of(str line)
{
    if (line.len > 0 && line.at[0] == '[')
        return str_to(str_from(line, 1), str_find_char(str_from(line, 1), ']'));
    const size_t day = str_find_char(line, ' ');
    if (day > sizeof "2026-01-02" - 1)
        return str_to(line, day);
    return str_to(line, day + 1 + str_find_char(str_from(line, day + 1), ' '));
}

// Arguments are the last but for the machine, and may hold what looks like pairs.
static void take_pairs(struct decoding *c, str body, struct santa_line *out)
{
    const str machine = STR("|machineid=");
    str rest = body;
    str part;
    out->count = 0;
    while (str_take_until(&rest, '|', &part)) {
        struct santa_pair pair;
        struct santa_pair *last = out->count == 0 ? NULL : &out->pairs[out->count - 1];
        if (!is_pair(part, &pair)) {
            if (last != NULL)
                last->value.len = (size_t)(part.at + part.len - last->value.at);
            continue;
        }
        if (out->count == SANTA_LOG_PAIRS_MAX) {
            c->is_list_cut = true;
            return;
        }
        out->pairs[out->count++] = pair;
        if (!str_eq(pair.key, STR("args")))
            continue;
        const str all = { .at = pair.value.at, .len = pair.value.len + rest.len + (rest.len > 0) };
        const size_t end = str_rfind_char(all, '|');
        const bool is_machine = end < all.len && str_starts_with(str_from(all, end), machine);
        out->pairs[out->count - 1].value = is_machine ? str_to(all, end) : all;
        rest = is_machine ? str_from(all, end + 1) : STR_EMPTY;
    }
}

static bool is_pair(str part, struct santa_pair *out)
{
    const size_t equals = str_find_char(str_to(part, KEY_MAX + 1), '=');
    if (equals == 0 || equals > KEY_MAX || equals >= part.len)
        return false;
    for (size_t i = 0; i < equals; i++) {
        const char c = part.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    *out = (struct santa_pair){ .key = str_to(part, equals),
                                .value = { .at = part.at + equals + 1,
                                           .len = part.len - equals - 1 } };
    return true;
}

static const struct santa_action *find_action(struct decoding *c, str name)
{
    const struct santa_action *action = decode_santa_log_action(name);
    if (action != NULL && action->decode != NULL)
        return action;
    if (action != NULL) {
        (void)decode_refuse(c, DECODE_DROP_NOT_NEEDED, "nothing that is looked for", NULL);
    } else if (name.len == 0) {
        (void)decode_refuse(c, DECODE_DROP_MISSING_KEY, "action", NULL);
    } else {
        c->unknown_event = name;
        (void)decode_refuse(c, DECODE_DROP_UNKNOWN_EVENT, "an event type that is not known", NULL);
    }
    return NULL;
}

str decode_santa_log_raw(const struct santa_line *line, str key)
{
    for (size_t i = line->count; i-- > 0;)
        if (str_eq(line->pairs[i].key, key))
            return line->pairs[i].value;
    return STR_EMPTY;
}

str decode_santa_log_text(struct decoding *c, const struct santa_line *line, str key)
{
    const str value = decode_santa_log_raw(line, key);
    if (str_eq(value, STR("(null)")))
        return STR_EMPTY;
    return decode_text_of(c, with_pipes(c, value));
}

static str with_pipes(struct decoding *c, str value)
{
    const str pipe = STR("<pipe>");
    size_t at = str_find(value, pipe);
    if (at == value.len)
        return value;
    char *out = arena_alloc(&c->batch->arena, value.len);
    size_t len = 0;
    for (str rest = value; rest.len > 0;) {
        at = str_find(rest, pipe);
        memcpy(out + len, rest.at, at);
        len += at;
        if (at < rest.len)
            out[len++] = '|';
        rest = str_from(rest, at + pipe.len);
    }
    return (str){ .at = out, .len = len };
}

enum decode_drop decode_santa_log_number(const struct santa_line *line, str key, int64_t min,
                                         int64_t max, int64_t *out)
{
    int64_t n;
    const str value = decode_santa_log_raw(line, key);
    if (value.len == 0)
        return DECODE_DROP_MISSING_KEY;
    if (!str_to_i64(value, &n))
        return DECODE_DROP_WRONG_TYPE;
    if (n < min || n > max)
        return DECODE_DROP_OUT_OF_RANGE;
    *out = n;
    return DECODE_KEPT;
}
