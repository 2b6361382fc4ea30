#include "validate/form.h"

#include "base/utf8.h"

#include <inttypes.h>

static void add_signals(struct buf *out, uint32_t signals);
static bool is_xml(uint32_t code_point);

void form_add_miss(struct buf *out, const struct judged_expect *expect)
{
    const struct scenario_expect *wanted = expect->expect;
    buf_add(out, STR("missed: "));
    form_add_rules(out, wanted);
    if (wanted->process.len > 0)
        buf_printf(out, " of %.*s", STR_ARG(wanted->process));
    if (wanted->pid >= 0)
        buf_printf(out, " (pid %" PRId64 ")", wanted->pid);
    const struct raised *by = expect->by;
    if (expect->miss == MISS_SILENT)
        buf_add(out, STR(": none of these spoke"));
    else if (expect->miss == MISS_NOT_LOADED)
        buf_add(out, STR(": there is no such rule among those loaded"));
    else if (expect->miss == MISS_OTHER_PROCESS)
        buf_printf(out, ": %.*s spoke, but of %.*s", STR_ARG(by->rule), STR_ARG(by->process));
    else
        buf_printf(out, ": %.*s spoke, but was %.*s by %.*s", STR_ARG(by->rule),
                   STR_ARG(verdict_name(by->verdict)), STR_ARG(by->verdict_by));
    if (expect->blind == 0)
        return;
    buf_add(out, STR("; the recordings do not show: "));
    add_signals(out, expect->blind);
}

static void add_signals(struct buf *out, uint32_t signals)
{
    bool is_first = true;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if ((signals & SIGNAL_BIT(i)) == 0)
            continue;
        buf_printf(out, "%s%.*s", is_first ? "" : ", ", STR_ARG(signal_traits[i].name));
        is_first = false;
    }
}

void form_add_wrong(struct buf *out, const struct raised *raised)
{
    buf_printf(out, "falsely raised: %.*s (%.*s, confidence %" PRIu32 ")", STR_ARG(raised->rule),
               STR_ARG(level_name(raised->level)), raised->confidence);
    if (raised->process.len > 0)
        buf_printf(out, " of %.*s", STR_ARG(raised->process));
    if (raised->pid >= 0)
        buf_printf(out, " (pid %" PRId64 ")", raised->pid);
    if (raised->event > 0)
        buf_printf(out, " at event %" PRIu64, raised->event);
    if (raised->host_name.len > 0)
        buf_printf(out, " of %.*s", STR_ARG(raised->host_name));
}

void form_add_rules(struct buf *out, const struct scenario_expect *expect)
{
    for (size_t i = 0; i < expect->rule_count; i++)
        buf_printf(out, "%s%.*s", i == 0 ? "" : " or ", STR_ARG(expect->rules[i]));
}

void form_add_xml(struct buf *out, str text)
{
    while (text.len > 0) {
        const size_t len = utf8_len(text);
        const char c = text.at[0];
        if (len == 0 || !is_xml(utf8_code_point(text)))
            buf_add(out, STR("\xef\xbf\xbd"));
        else if (c == '&')
            buf_add(out, STR("&amp;"));
        else if (c == '<')
            buf_add(out, STR("&lt;"));
        else if (c == '>')
            buf_add(out, STR("&gt;"));
        else if (c == '"')
            buf_add(out, STR("&quot;"));
        else if (c == '\n' || c == '\t' || c == '\r')  // An attribute would lose them.
            buf_printf(out, "&#%d;", c);
        else
            buf_add(out, str_to(text, len));
        text = str_from(text, len == 0 ? 1 : len);
    }
}

// Char of XML 1.0, and none that its authors advise against (C1 controls).
static bool is_xml(uint32_t code_point)
{
    if (code_point < 0x20)
        return code_point == '\n' || code_point == '\t' || code_point == '\r';
    return !(code_point >= 0x7f && code_point <= 0x9f) && code_point != 0xfffe &&
           code_point != 0xffff;
}
