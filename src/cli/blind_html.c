// The report of a store as one page: what a manager asks fits one screen, and behind it stands what an auditor asks.

#include "cli/blind_html.h"

static const char first_style[] =
    "body { font-size: 14px; }\n"
    ".first { max-width: 80rem; }\n"
    ".first h1 { margin: .15rem 0 .35rem; font-size: 1.55rem; letter-spacing: -.01em; }\n"
    ".eyebrow { margin: 0; color: var(--dim); font-size: .85rem; }\n"
    ".claim { margin: 0 0 .25rem; font-size: 1.05rem; max-width: 75rem; }\n"
    ".limit { margin: 0 0 .8rem; color: var(--dim); font-size: .88rem; max-width: 75rem; }\n"
    ".cards { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);\n"
    "  gap: .9rem 2rem; }\n"
    ".card { border-top: 2px solid var(--text); padding-top: .5rem; min-width: 0; }\n"
    ".card h2 { margin: 0 0 .35rem; font-size: 1.05rem; }\n"
    ".card h2 span { color: var(--dim); font-weight: 400; }\n"
    ".card p { margin: .3rem 0; }\n"
    ".big { display: flex; align-items: baseline; gap: .6rem; margin: 0 0 .3rem; }\n"
    ".big b { font-size: 2rem; line-height: 1.1; font-weight: 650; letter-spacing: -.02em;\n"
    "  font-variant-numeric: tabular-nums; white-space: nowrap; }\n"
    ".legend { list-style: none; margin: .4rem 0 .5rem; padding: 0; display: grid;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0 1.2rem;\n"
    "  font-size: .9rem; }\n"
    ".legend b { font-weight: 600; font-variant-numeric: tabular-nums; }\n"
    ".caption { color: var(--dim); font-size: .88rem; }\n"
    ".short { table-layout: fixed; font-size: .9rem; }\n"
    ".short td, .short th { white-space: nowrap; overflow: hidden; text-overflow: ellipsis;\n"
    "  padding: .16rem .8rem .16rem 0; }\n"
    ".short thead th { font-size: .82rem; } .short td:last-child { padding-right: 0; }\n"
    ".blind th:first-child { width: 9.8rem; } .blind th:nth-child(3) { width: 32%; }\n"
    ".blind th:last-child { width: 5.6rem; } .teams th.n { width: 4.5rem; }\n"
    ".more { color: var(--dim); font-size: .88rem; }\n"
    ".next { margin: .8rem 0 0; font-size: .88rem; color: var(--dim); }\n"
    "a { color: inherit; text-underline-offset: 2px; }\n";

static const char detail_style[] =
    ".detail { margin-top: 3rem; border-top: 1px solid var(--line); }\n"
    ".scroll { overflow: auto; max-height: 92vh; border-bottom: 1px solid var(--line); }\n"
    ".wide { overflow-x: auto; } .wide table { min-width: 56rem; }\n"
    ".spots { table-layout: fixed; } .spots th:nth-child(1) { width: 3.4rem; }\n"
    ".spots th:nth-child(2) { width: 7rem; } .spots th:nth-child(3) { width: 23%; }\n"
    ".spots th:nth-child(4) { width: 23%; } .spots th:nth-child(5) { width: 9rem; }\n"
    ".spots th:nth-child(6) { width: 4rem; } .rules th { overflow-wrap: normal; }\n"
    "details { border-top: 1px solid var(--line); } summary { cursor: pointer;\n"
    "  padding: .45rem 0; } summary b { font-weight: 600; }\n"
    ".states { width: 10rem; } .rules td:nth-child(3) { width: 9rem; }\n"
    ".matrix { font-size: .82rem; border-collapse: separate; border-spacing: 0; }\n"
    ".matrix th, .matrix td { padding: .14rem .2rem; }\n"
    ".matrix tbody td { text-align: center; color: var(--dim); overflow-wrap: normal; }\n"
    ".matrix thead th { position: sticky; top: 0; background: var(--back); z-index: 1;\n"
    "  vertical-align: bottom; color: var(--text); }\n"
    ".matrix .v span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9.5rem;\n"
    "  font-weight: 400; line-height: 1.05; }\n"
    ".matrix tbody th { position: sticky; left: 0; background: var(--back); font-weight: 500;\n"
    "  min-width: 9rem; max-width: 20rem; }\n"
    ".matrix thead th:first-child { left: 0; z-index: 2; }\n"
    ".matrix small { color: var(--dim); font-weight: 400; }\n"
    ".matrix tbody td.l { text-align: left; white-space: nowrap; color: var(--text);\n"
    "  padding-right: .6rem; }\n"
    ".matrix tbody td.y { text-align: left; color: var(--text); min-width: 16rem;\n"
    "  padding-left: .6rem; }\n"
    ".matrix tbody td.p { color: var(--good); font-weight: 700; }\n"
    ".matrix tbody td.d { color: var(--fair); font-weight: 700; }\n"
    ".matrix tbody td.b, .matrix tbody td.x { color: var(--bad); font-weight: 700; }\n"
    ".matrix tbody td.x { background: var(--soft); }\n"
    "@media (max-width: 62rem) { body { padding: 1rem; }\n"
    "  .cards { grid-template-columns: minmax(0, 1fr); } }\n"
    "@media (max-width: 36rem) { .first h1 { font-size: 1.3rem; }\n"
    "  .short .o { display: none; } .matrix tbody th { max-width: 10rem; } }\n"
    "@media print { @page { size: A4 landscape; margin: 12mm; } :root { font-size: 12.5px; }\n"
    "  body { font-size: 11.5px; } .wide table { min-width: 0; }\n"
    "  .first { break-after: page; } .detail { margin-top: 0; border: 0; break-before: page; }\n"
    "  .scroll, .wide { overflow: visible; max-height: none; border: 0; } .next { display: none; "
    "}\n"
    "  .matrix { font-size: 7pt; } .matrix thead th, .matrix tbody th { position: static; }\n"
    "  .card, details summary { break-inside: avoid; } }\n";

// Two, since a compiler need not take longer ones.
static const char *const styles[] = { first_style, detail_style, NULL };

static void add_first(const struct blind_report *r, struct buf *out);
static void add_when(const struct blind_report *r, struct buf *out);
static void add_claim(const struct blind_report *r, struct buf *out);
static void add_limit(struct buf *out);

void blind_print_html(const struct blind_report *r, FILE *stream)
{
    struct buf out;
    buf_init(&out, HTML_TEXT_MAX);
    html_add_head(&out, STR("Coverage of AN1467"), styles);
    add_first(r, &out);
    html_flush(&out, stream);
    buf_add(&out, STR("<main>\n"));
    blind_html_add_spots(r, &out, stream);
    blind_html_add_signals(r, &out);
    html_flush(&out, stream);
    blind_html_add_rules(r, &out, stream);
    blind_html_add_matrix(r, &out, stream);
    blind_html_add_limits(&out);
    buf_add(&out, STR("</main>\n"));
    html_add_end(&out);
    html_flush(&out, stream);
    buf_done(&out);
}

static void add_first(const struct blind_report *r, struct buf *out)
{
    buf_add(out, STR("<section class=\"first\" id=\"first\">\n"));
    add_when(r, out);
    buf_add(out, STR("<h1>Would we see foreign code running inside a program on our Macs?</h1>\n"));
    add_claim(r, out);
    add_limit(out);
    blind_html_add_cards(r, out);
    buf_add(out,
            STR("<p class=\"next\">Below: <a href=\"#spots\">every blind spot</a>, <a "
                "href=\"#signals\">signals</a>, <a href=\"#rules\">rules</a>, <a "
                "href=\"#matrix\">each Mac by signal</a>, <a href=\"#limits\">limits</a>.</p>\n"
                "</section>\n"));
}

static void add_when(const struct blind_report *r, struct buf *out)
{
    buf_add(out, STR("<p class=\"eyebrow\">Coverage of ATT&amp;CK analytic AN1467, as of "));
    html_add_minute(out, r->made_ns);
    buf_add(out, STR(" UTC. "));
    if (r->posture.host_count > 0) {
        buf_add(out, STR("Telemetry from "));
        html_add_minute(out, r->posture.oldest_ns);
        buf_add(out, STR(" to "));
        html_add_minute(out, r->posture.newest_ns);
        buf_add(out, STR(" UTC."));
    } else {
        buf_add(out, STR("No telemetry is kept."));
    }
    buf_add(out, STR("</p>\n"));
}

static void add_claim(const struct blind_report *r, struct buf *out)
{
    const size_t *standings = r->sight.standings;
    const size_t total = r->posture.asset_count;
    buf_add(out, STR("<p class=\"claim\">"));
    if (total == 0) {
        buf_add(out, STR("Nobody can say: the store knows no assets. Import the inventory first."
                         "</p>\n"));
        return;
    }
    const size_t well = standings[SIGHT_ALL] + standings[SIGHT_MOST];
    buf_add(out, STR("On <b>"));
    html_add_count(out, well);
    buf_add(out, STR(" of "));
    html_add_count(out, total);
    buf_add(out, total == 1 ? STR(" Mac (") : STR(" Macs ("));
    html_add_share(out, well, total);
    buf_printf(out, ")</b> yes, by most of our %zu rules, on ", r->rule_count);
    html_add_count(out, standings[SIGHT_ALL]);
    buf_add(out, STR(" of them by all; on "));
    html_add_count(out, standings[SIGHT_FEW]);
    buf_add(out, STR(" by few, or not well; on "));
    html_add_count(out, total - well - standings[SIGHT_FEW]);
    buf_add(out, STR(" not at all.</p>\n"));
}

static void add_limit(struct buf *out)
{
    buf_add(out,
            STR("<p class=\"limit\">This says where such an attack would be seen, not that there"
                " was none. It rests on the telemetry that came and on the inventory: a Mac that"
                " is in neither is in no number here. What no sensor shows stands under <a "
                "href=\"#limits\">limits</a>.</p>\n"));
}

str blind_html_name(str name, str id)
{
    return name.len > 0 ? name : id;
}

void blind_html_add_who(struct buf *out, const struct asset_row *asset)
{
    const struct {
        const char *before;
        str text;
        const char *behind;
    } parts[] = {
        { "", asset->owner, ": " },  // First, as a narrow column cuts the end.
        { "", asset->role.len > 0 ? asset->role : STR("Mac"), "" },
        { " (", assets_criticality(asset->criticality), ")" },
        { ", team ", asset->team, "" },
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].text.len == 0)
            continue;
        buf_add(out, str_of(parts[i].before));
        html_add_cut(out, parts[i].text, HTML_NAME_MAX);
        buf_add(out, str_of(parts[i].behind));
    }
}
