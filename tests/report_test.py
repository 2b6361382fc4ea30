#!/usr/bin/env python3
"""The report of a store of 5,000 assets and 30 days as a browser shows it: nothing sticks out at any width, what a
manager asks fits one screen, nothing is fetched, it can be read in either brightness, and it can be printed.

usage: report_test.py POMONA REPORT_STORE
Run from the top of the tree. Where POMONA_REPORT_PICTURES names a directory the pictures are left there. Prints what
is not so, and a closing line of counts. Where no Chromium is installed it exits with 77, or fails if
POMONA_NEEDS_CHROMIUM is set.
"""

import csv
import io
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import browser  # noqa: E402

SIZES = [(1280, 800), (800, 900), (390, 844)]
PAPER = (1032, 703)  # A4 on its side within the margins of the style, in CSS pixels.
SECONDS_MAX = 30     # Also with sanitizers on a slow machine.
OCTETS_MAX = 4 << 20
CONTRAST_MIN = 4.5

# What the inventory of somebody hostile says.
NAMES = {
    "asset-00500": '<img src="https://attacker.example/x.png" onerror="alert(1)">',
    "asset-01000": "'\"><script>alert(2)</script>",
    "asset-01500": "m" * 5000,
    "asset-02000": "\u202egpj.exe \u2066\u0007&amp;</style></table></details>",
    "asset-02500": "\u5bb6\u306e\u30de\u30c3\u30af" * 60,
}
TEAMS = ["Design & Research", "Field Sales EMEA", "Finance", "Platform Engineering",
         "People and Places", "</summary><svg onload=alert(3)>"]

# Elements that stick out of the window and are not in something that scrolls of itself.
STICKS_OUT = """[...document.body.querySelectorAll('*')].filter(e => !e.closest('.scroll, .wide, .defs') &&
    !e.closest('svg > *') && e.getBoundingClientRect().right > innerWidth + 0.5)
    .slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""

# Text of the first screen with too little contrast.
PALE = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = parse(c).slice(0, 3).map(v => v / 255).map(
      v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (parse(c)[3] !== 0) return c; } return 'rgb(255,255,255)'; };
  return [...document.querySelectorAll('main *, #first *')].slice(0, 4000).filter(e => !e.closest('svg') &&
      [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).filter(e => {
    const pair = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05) < MIN; }).slice(0, 5).map(e => e.textContent.slice(0, 40));
})()""".replace("MIN", str(CONTRAST_MIN))


class Test:
    def __init__(self, pomona, maker, work):
        self.pomona = pomona
        self.maker = maker
        self.work = pathlib.Path(work)
        self.store = str(self.work / "store.db")
        self.page = self.work / "report.html"
        self.pictures = os.environ.get("POMONA_REPORT_PICTURES")
        self.passed = 0
        self.failed = 0

    def expect(self, what, is_so, found=""):
        if is_so:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {str(found)[:400]}")

    def coverage(self, *options, epoch=1773900000, form="html"):
        done = subprocess.run([self.pomona, "coverage", "--store", self.store, "--output", form, *options],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              env=dict(os.environ, SOURCE_DATE_EPOCH=str(epoch)))
        self.expect("coverage " + " ".join(options), done.returncode == 0, done.stderr)
        return done.stdout

    def sql(self, *statements):
        with sqlite3.connect(self.store) as connection:
            for statement, values in statements:
                connection.execute(statement, values)
        connection.close()


def make_store(test):
    subprocess.run([test.maker, test.store], check=True, stdin=subprocess.DEVNULL)
    test.sql(*[("UPDATE asset SET team = ?1 WHERE CAST(substr(id, 7) AS INTEGER) % ?2 = ?3",
                (team, len(TEAMS), i)) for i, team in enumerate(TEAMS)])


# Sets back some Macs and mends others, so that something changed; and gives them names.
def change_store(test):
    test.sql(
        ("UPDATE asset SET full_disk_access = 0 WHERE CAST(substr(id, 7) AS INTEGER) % 211 = 7", ()),
        ("UPDATE asset SET sensor_expected = 0 WHERE CAST(substr(id, 7) AS INTEGER) % 1000 = 501", ()),
        ("UPDATE coverage_span SET state = 0 WHERE signal IN ('exec', 'library load')"
         " AND state = 1 AND host_id < 'test02000'", ()),
        *[("UPDATE asset SET host_name = ?1, owner = ?1, criticality = 4 WHERE id = ?2", (name, asset))
          for asset, name in NAMES.items()])


def check_bytes(test):
    test.coverage("--keep", epoch=1772900000)
    change_store(test)
    started = time.monotonic()
    page = test.coverage(epoch=1774000000)
    seconds = time.monotonic() - started
    test.page.write_bytes(page)
    test.expect(f"in seconds ({seconds:.1f})", seconds < SECONDS_MAX, seconds)
    test.expect("the same again", test.coverage(epoch=1774000000) == page)
    test.expect("a few megabytes", len(page) < OCTETS_MAX, len(page))
    text = page.decode()
    for word in ("<script", "<img", "onload=alert(3)>", "\u202e", "\u0007"):
        test.expect("no markup of others: " + ascii(word), word not in text)
    fetched = re.findall(r'(?:src|href|xlink:href)="[^#][^"]*|url\((?!#)[^)]*|@import[^;]*', text)
    test.expect("no reference to anything outside", not fetched, fetched)
    test.expect("the worst come first", text.index("stray-00000") < text.index("asset-00500"))
    test.expect("who changed", "got worse" in text and "Platform Engineering" in text)


# What the page says of decisions and changes, the other forms say as well.
def check_forms(test):
    page = test.page.read_text()
    objects = {found["kind"]: found for found in json.loads(test.coverage(form="json"))}
    closed = objects["decisions"]["closed"]
    test.expect("each way to decide", sorted(closed) == sorted(
        ["benign-expected", "benign-unexpected", "false-positive", "true-positive", "undetermined"])
        and 0 not in closed.values(), closed)
    markdown = test.coverage(form="md").decode()
    table = test.coverage(form="table").decode()
    rows = list(csv.DictReader(io.StringIO(test.coverage(form="csv").decode(), newline="")))
    decided = {row["what"]: row["count"] for row in rows if row["part"] == "decided"}
    for name, count in closed.items():
        test.expect(name, f"| {name} | {count} |" in markdown and decided[name] == str(count)
                    and f"{count} {name}" in table, (count, decided))
        test.expect(name + " in the page", f"<b>{count}</b> {name.replace('benign-', 'benign, ').replace('-', ' ')}" in page)
    standings = objects["sight"]["assets"]
    well = standings["all rules"] + standings["most rules"]
    test.expect("who can see", f"On <b>{well:,} of 4,980 Macs" in page and sum(standings.values()) == 4980
                and f"| most rules | {standings['most rules']} |" in markdown, standings)
    worse = sum(int(row["count"]) for row in rows if (row["part"], row["what"]) == ("changed", "worse"))
    test.expect("who is worse", f"<b>▼ {worse}</b>" in page and f"{worse} assets or Macs got worse" in markdown
                and f"  {worse} got worse" in table, worse)
    test.expect("rows of one length", all(None not in row and None not in row.values() for row in rows))


def look_at(test, chromium):
    page = browser.Browser(chromium)
    try:
        page.open(test.page)
        test.expect("nothing is fetched", page.requests() == [test.page.resolve().as_uri()], page.requests())
        test.expect("nobody complains", not page.complaints(), page.complaints())
        test.expect("no script", page.ask("document.scripts.length + document.images.length") == 0)
        check_charts(test, page)
        for width, height in SIZES:
            for dark in (False, True):
                check_size(test, page, width, height, dark)
        check_matrix(test, page)
        check_paper(test, page)
    finally:
        page.close()


def check_charts(test, page):
    bare = page.ask("[...document.querySelectorAll('svg[role=img]')].filter(e => "
                    "!e.querySelector('title').textContent || !e.querySelector('desc').textContent).length")
    charts = page.ask("document.querySelectorAll('svg[role=img]').length")
    test.expect("each chart says in words what it shows", charts > 20 and bare == 0, (charts, bare))


def check_size(test, page, width, height, dark):
    name = f"{width}-{'dark' if dark else 'light'}"
    page.look(width, height, dark)
    wide = page.ask("document.documentElement.scrollWidth")
    test.expect(name + ": as wide as the window", wide <= width, wide)
    out = page.ask(STICKS_OUT)
    test.expect(name + ": nothing sticks out", not out, out)
    pale = page.ask(PALE)
    test.expect(name + ": contrast", not pale, pale)
    red, green, blue = map(int, re.findall(r"\d+", page.ask("getComputedStyle(document.body).backgroundColor"))[:3])
    test.expect(name + ": brightness", (red + green + blue < 200) == dark, (red, green, blue))
    if width == 1280:
        bottom = page.ask("document.getElementById('first').getBoundingClientRect().bottom")
        test.expect(name + ": one screen", bottom <= height, bottom)
    save(test, page, name)


def save(test, page, name):
    if test.pictures:
        (pathlib.Path(test.pictures) / (name + ".png")).write_bytes(page.picture())


# Unfolded, and moved within: the heads stay.
def check_matrix(test, page):
    for width, height in SIZES:
        page.look(width, height)
        page.ask("document.querySelector('#matrix details').open = true;"
                 "document.querySelector('#matrix details').scrollIntoView()")
        wide = page.ask("document.documentElement.scrollWidth")
        test.expect(f"{width}: the matrix within the window", wide <= width, wide)
        save(test, page, f"matrix-{width}")
        page.ask("document.querySelector('#matrix .scroll').scrollTo(60, 900)")
        stays = page.ask("""(() => {
            const box = document.querySelector('#matrix .scroll').getBoundingClientRect();
            const head = document.querySelector('#matrix thead th').getBoundingClientRect();
            const name = document.querySelector('#matrix tbody th').getBoundingClientRect();
            return [head.top - box.top, head.left - box.left, name.left - box.left]; })()""")
        test.expect(f"{width}: heads stay", all(abs(at) < 2 for at in stays), stays)
        save(test, page, f"matrix-{width}-moved")
    rows = page.ask("document.querySelectorAll('#matrix tbody tr').length")
    test.expect("each Mac has its row", rows == 4980, rows)
    for section in ("spots", "signals", "rules", "limits"):
        page.look(1280, 800)
        page.ask(f"document.getElementById('{section}').scrollIntoView()")
        save(test, page, section)


def check_paper(test, page):
    page.look(*PAPER, paper=True)
    page.ask("document.querySelectorAll('details').forEach(e => e.open = false); scrollTo(0, 0)")
    high = page.ask("document.getElementById('first').getBoundingClientRect().height")
    test.expect("the first page is one page", high <= PAPER[1], high)
    save(test, page, "paper")
    pdf = page.print()
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    test.expect("it can be printed", pdf.startswith(b"%PDF-") and 3 < pages < 60, pages)
    if test.pictures:
        (pathlib.Path(test.pictures) / "report.pdf").write_bytes(pdf)


def main():
    chromium, why = browser.find()
    if chromium is None:
        print("report: skipped: " + why)
        return 1 if os.environ.get("POMONA_NEEDS_CHROMIUM") else 77
    with tempfile.TemporaryDirectory(prefix="pomona-report-") as work:
        test = Test(str(pathlib.Path(sys.argv[1]).resolve()), str(pathlib.Path(sys.argv[2]).resolve()), work)
        make_store(test)
        check_bytes(test)
        check_forms(test)
        look_at(test, chromium)
    print(f"report: {test.passed} passed, {test.failed} failed")
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
