#include "cli/html.h"

#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>

#define PERMILLE   1000u
#define LABELLED   120u  // Thousandths of a bar from which a part has room for its number.
#define DAY_LEN    10u
#define MINUTE_LEN 16u

static void add_time(struct buf *out, int64_t time_ns, size_t len);
static void add_description(struct buf *out, const struct html_part *parts, size_t count);

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<title>";

static const char style[] =
    "</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; --line: #d9dce1; --dim: #59626e; --good: #1d6b3a;\n"
    "  --fair: #8a5a00; --bad: #a61b1b; --back: #ffffff; --soft: #f4f5f7; --text: #16191d;\n"
    "  --on: #ffffff; }\n"
    "@media (prefers-color-scheme: dark) { :root { --line: #333a42; --dim: #9aa4b0;\n"
    "  --good: #63c486; --fair: #e5b454; --bad: #ff8b80; --back: #14171a; --soft: #1c2025;\n"
    "  --text: #e6e8eb; --on: #0d0f11; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0 auto; max-width: 80rem; padding: 1.5rem 2rem; background: var(--back);\n"
    "  color: var(--text); font: 15px/1.45 system-ui, -apple-system, \"Segoe UI\", Roboto,\n"
    "  \"Helvetica Neue\", \"Noto Sans\", Arial, sans-serif; overflow-wrap: anywhere; }\n"
    "h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }\n"
    "h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }\n"
    "h1, h2, h3 { line-height: 1.25; font-weight: 600; text-wrap: balance; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;\n"
    "  border-bottom: 1px solid var(--line); }\n"
    "th { font-weight: 600; } thead th { color: var(--dim); font-weight: 500; }\n"
    "td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }\n"
    ".good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); }\n"
    ".dim { color: var(--dim); } .good, .fair, .bad { white-space: nowrap; }\n"
    ".bar { display: block; border-radius: 3px; } .swatch { vertical-align: -2px; }\n"
    ".bar rect, .swatch rect { stroke: var(--back); stroke-width: 1; }\n"
    ".bar text { fill: var(--text); font-size: 13px; font-weight: 600; text-anchor: middle;\n"
    "  paint-order: stroke; stroke: var(--back); stroke-width: 4px; stroke-linejoin: round; }\n"
    ".defs { position: absolute; }\n"
    ".g { fill: var(--good); } .f { fill: var(--fair); } .b { fill: var(--bad); }\n"
    ".d { fill: var(--dim); } .s { fill: var(--soft); } .w { fill: var(--back); }\n"
    "rect.ringed { fill: url(#ringed); } rect.solid { fill: var(--good); }\n"
    "rect.slanted { fill: url(#slanted); } rect.crossed { fill: url(#crossed); }\n"
    "rect.dotted { fill: url(#dotted); } rect.striped { fill: url(#striped); }\n"
    ".bar rect.hollow, .swatch rect.hollow { fill: var(--back); stroke: var(--dim); }\n"
    ".bar rect.pale, .swatch rect.pale { fill: var(--line); stroke: var(--back); }\n"
    "@media print { * { print-color-adjust: exact; } :root { --line: #bbb; --dim: #444; --good: "
    "#000; --fair: #000; --bad: #000;\n"
    "  --back: #fff; --soft: #fff; --text: #000; --on: #fff; }\n"
    "  body { max-width: none; padding: 0; font-size: 10pt; }\n"
    "  .bad, .fair { font-weight: 700; } tr, h2, h3 { break-inside: avoid; }\n"
    "  h2, h3 { break-after: avoid; } thead { display: table-header-group; } }\n";

// Known to every page by their names, so that they are drawn with the colours of its style.
static const char patterns[] =
    "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n"
    "<pattern id=\"ringed\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"g\" width=\"8\" height=\"8\"/><circle class=\"w\" cx=\"4\" cy=\"4\" "
    "r=\"1.6\"/></pattern>\n"
    "<pattern id=\"slanted\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"s\" width=\"6\" height=\"6\"/>"
    "<rect class=\"f\" width=\"3.6\" height=\"6\"/></pattern>\n"
    "<pattern id=\"crossed\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"b\" width=\"5\" height=\"5\"/>"
    "<rect class=\"s\" x=\"1\" y=\"1\" width=\"2.6\" height=\"2.6\"/></pattern>\n"
    "<pattern id=\"dotted\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"s\" width=\"6\" height=\"6\"/><circle class=\"b\" cx=\"3\" cy=\"3\" "
    "r=\"2\"/></pattern>\n"
    "<pattern id=\"striped\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"s\" width=\"5\" height=\"5\"/><rect class=\"d\" width=\"2.2\" "
    "height=\"5\"/></pattern>\n"
    "</defs></svg>\n";

void html_add_head(struct buf *out, str title, const char *const *styles)
{
    buf_add(out, str_of(head));
    html_add_text(out, title);
    buf_add(out, str_of(style));
    for (size_t i = 0; styles[i] != NULL; i++)
        buf_add(out, str_of(styles[i]));
    buf_add(out, STR("</style>\n</head>\n<body>\n"));
    buf_add(out, str_of(patterns));
}

void html_add_end(struct buf *out)
{
    buf_add(out, STR("</body>\n</html>\n"));
}

void html_flush(struct buf *out, FILE *stream)
{
    (void)fwrite(out->len > 0 ? out->at : "", 1, out->len, stream);
    buf_reset(out);
}

void html_add_text(struct buf *out, str text)
{
    struct buf safe;
    buf_init(&safe, HTML_TEXT_MAX);
    sink_add_escaped(&safe, text);
    for (size_t i = 0; i < safe.len; i++) {
        const char c = safe.at[i];
        if (c == '&')
            buf_add(out, STR("&amp;"));
        else if (c == '<')
            buf_add(out, STR("&lt;"));
        else if (c == '>')
            buf_add(out, STR("&gt;"));
        else if (c == '"')
            buf_add(out, STR("&quot;"));
        else if (c == '\'')
            buf_add(out, STR("&#39;"));
        else
            buf_add_char(out, c);
    }
    buf_done(&safe);
}

void html_add_cut(struct buf *out, str text, size_t max)
{
    size_t len = text.len < max ? text.len : max;
    while (len < text.len && len > 0 && ((unsigned char)text.at[len] & 0xC0u) == 0x80u)
        len--;  // Not within a character.
    html_add_text(out, str_to(text, len));
    if (len < text.len)
        buf_add(out, STR("…"));
}

void html_add_cell(struct buf *out, const char *class, str text)
{
    if (class == NULL)
        buf_add(out, STR("<td>"));
    else
        buf_printf(out, "<td class=\"%s\">", class);
    html_add_text(out, text);
    buf_add(out, STR("</td>"));
}

void html_add_count(struct buf *out, uint64_t count)
{
    if (count >= 1000) {
        html_add_count(out, count / 1000);
        buf_printf(out, ",%03" PRIu64, count % 1000);
    } else {
        buf_printf(out, "%" PRIu64, count);
    }
}

void html_add_share(struct buf *out, uint64_t part, uint64_t whole)
{
    uint64_t permille = whole == 0 ? 0 : (part * PERMILLE + whole / 2) / whole;
    if (part < whole && permille == PERMILLE)
        permille = PERMILLE - 1;
    if (part > 0 && permille == 0)
        buf_add(out, STR("under 0.1 %"));
    else if (permille % 10 == 0)
        buf_printf(out, "%" PRIu64 " %%", permille / 10);
    else
        buf_printf(out, "%" PRIu64 ".%" PRIu64 " %%", permille / 10, permille % 10);
}

void html_add_day(struct buf *out, int64_t time_ns)
{
    add_time(out, time_ns, DAY_LEN);
}

void html_add_minute(struct buf *out, int64_t time_ns)
{
    add_time(out, time_ns, MINUTE_LEN);
}

static void add_time(struct buf *out, int64_t time_ns, size_t len)
{
    struct buf whole;
    buf_init(&whole, HTML_NAME_MAX);
    sink_add_time(&whole, time_ns, ' ', 0);
    buf_add(out, str_to(buf_str(&whole), len));
    buf_done(&whole);
}

void html_add_bar(struct buf *out, str title, const struct html_part *parts, size_t count,
                  unsigned height)
{
    uint64_t whole = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++)
        whole += parts[i].count;
    buf_printf(out, "<svg class=\"bar\" role=\"img\" width=\"100%%\" height=\"%u\"><title>",
               height);
    html_add_text(out, title);
    buf_add(out, STR("</title><desc>"));
    add_description(out, parts, count);
    buf_add(out, STR("</desc>"));
    for (size_t i = 0; i < count && whole > 0; i++) {
        const double x = 100.0 * (double)before / (double)whole;
        const double width = 100.0 * (double)parts[i].count / (double)whole;
        before += parts[i].count;
        if (parts[i].count == 0)
            continue;
        buf_printf(out, "<rect class=\"%s\" x=\"%.3f%%\" width=\"%.3f%%\" height=\"%u\"/>",
                   parts[i].kind, x, width, height);
        if (height < 20 || parts[i].count * PERMILLE < LABELLED * whole)
            continue;
        buf_printf(out, "<text x=\"%.3f%%\" y=\"%u\">", x + width / 2, height / 2 + 5);
        html_add_count(out, parts[i].count);
        buf_add(out, STR("</text>"));
    }
    buf_add(out, STR("</svg>"));
}

static void add_description(struct buf *out, const struct html_part *parts, size_t count)
{
    bool has_any = false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].count == 0)
            continue;
        buf_add(out, has_any ? STR(", ") : STR_EMPTY);
        html_add_count(out, parts[i].count);
        buf_add_char(out, ' ');
        html_add_text(out, parts[i].name);
        has_any = true;
    }
    if (!has_any)
        buf_add(out, STR("none"));
}

void html_add_swatch(struct buf *out, const char *kind)
{
    buf_printf(out,
               "<svg class=\"swatch\" width=\"14\" height=\"14\" aria-hidden=\"true\">"
               "<rect class=\"%s\" x=\".5\" y=\".5\" width=\"13\" height=\"13\"/></svg>",
               kind);
}
