// A matcher for lines of the log that some printf() has written: text and what is put into it.
// Each part of a pattern is looked for once, behind the part before, so a line costs a few walks
// over it whatever it holds.

#include "decode/unified_log.h"

static bool take_pid(str *rest, struct log_captures *out);
static void keep(char kind, str text, struct log_captures *out);
static void keep_name_and_pid(str text, struct log_captures *out);
static void keep_path(str text, struct log_captures *out);
static str unhidden(str text);
static str team_of(str text);

bool decode_log_match(str pattern, str message, struct log_captures *out)
{
    struct log_captures captures = LOG_NOTHING;
    while (pattern.len > 0) {
        const str text = str_to(pattern, str_find_char(pattern, '%'));
        if (!str_starts_with(message, text))
            return false;
        message = str_from(message, text.len);
        pattern = str_from(pattern, text.len);
        if (pattern.len < 2)
            break;

        const char kind = pattern.at[1];
        pattern = str_from(pattern, 2);
        if (kind == 'p') {
            if (!take_pid(&message, &captures))
                return false;
            continue;
        }
        const str behind = str_to(pattern, str_find_char(pattern, '%'));
        const size_t end = behind.len == 0 ? message.len : str_find(message, behind);
        if (behind.len > 0 && end == message.len)
            return false;
        keep(kind, str_to(message, end), &captures);
        message = str_from(message, end);
    }
    *out = captures;
    return true;
}

static bool take_pid(str *rest, struct log_captures *out)
{
    uint64_t pid;
    size_t len = 0;
    while (len < rest->len && rest->at[len] >= '0' && rest->at[len] <= '9')
        len++;
    if (!str_to_u64(str_to(*rest, len), &pid) || pid > INT32_MAX)
        return false;
    out->pid = (int64_t)pid;
    *rest = str_from(*rest, len);
    return true;
}

static void keep(char kind, str text, struct log_captures *out)
{
    switch (kind) {
    case 'n':
        out->name = unhidden(text);
        break;
    case 'q':
        keep_name_and_pid(text, out);
        break;
    case 'f':
        keep_path(text, out);
        break;
    case 't':
        out->team_id = team_of(text);
        break;
    case 'T':
        out->process_team_id = team_of(text);
        break;
    case 'y':
        out->is_platform = str_eq(text, STR("yes"));
        break;
    case 'Y':
        out->is_process_platform = str_eq(text, STR("yes"));
        break;
    case 'r':
        out->reason = unhidden(text);
        break;
    default:
        break;
    }
}

// "Some (Helper)(123)": the last bracket is the pid's. Some versions give the name alone.
static void keep_name_and_pid(str text, struct log_captures *out)
{
    const size_t bracket = str_rfind_char(text, '(');
    str pid = str_from(text, bracket + 1);
    const bool has_pid = take_pid(&pid, out) && str_eq(pid, STR(")"));
    out->name = unhidden(has_pid ? str_to(text, bracket) : text);
    if (!has_pid)
        out->pid = -1;
}

static void keep_path(str text, struct log_captures *out)
{
    const str path = unhidden(text);
    if (path.len > 0 && path.at[0] == '/')
        out->path = path;
    else
        out->file = path;
}

// Less blanks before it. What the log hides, as "<private>", is empty, and what there was none of,
// as "<nil>" and "(null)".
static str unhidden(str text)
{
    while (text.len > 0 && text.at[0] == ' ')
        text = str_from(text, 1);
    return str_starts_with(text, STR("<")) || str_eq(text, STR("(null)")) ? STR_EMPTY : text;
}

static str team_of(str text)
{
    return str_eq(text, STR("none")) || str_eq(text, STR("N/A")) ? STR_EMPTY : unhidden(text);
}
