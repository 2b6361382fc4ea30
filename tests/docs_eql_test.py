#!/usr/bin/env python3
"""Holds docs/EQL.md and docs/man/pomona.1 to the truth, by running what they show.

usage: docs_eql_test.py POMONA EQL.md pomona.1

Of the fenced blocks of EQL.md, by the word behind the fence:

    eql           a rule: `rules check` accepts it, beside the last `lists` block before it
    eql query     a query: `query` accepts it
    lists         a lists.yaml
    event         one event, for the `holds` and `fails` blocks that follow
    holds, fails  a condition a line, which that event meets, or does not.
    timeline      what the last query before it finds. Each line is a row of seconds: a letter is
                  an event whose `kind` it is, (ab) are events of one second, a capital letter is
                  an event of the key "B", anything else is a second without one. Two or more
                  blanks, then the matches, separated by `;`: each event as its letter and second,
                  `-` for a missing one. `nothing` for none.
    arrivals      the same, of events in the order in which they come: a@3 is of the second 3
    events        events, one a line, and
    finds         what `query` prints of them for the last query
    eql-refused   a rule that is refused; the quotation behind the block is LINE:COL: sentence.
                  `eql-refused query`: a query that is refused so. `eql-lenient`: a rule that is
                  accepted with `--lenient`, and the warning

The manual must have every option that the program's own help has, and no other; and the table of
limits the numbers of the sources.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "src"

# Where a limit is defined, and what its row in the table says of it.
LIMITS = {
    "eql/eql.h": {
        "EQL_DEPTH_MAX": "levels of nesting", "EQL_PARENTHESES_MAX": "open parentheses",
        "EQL_NODES_MAX": "conditions and values", "EQL_LIST_MAX": "items of a list that",
        "EQL_STAGES_MAX": "stages", "EQL_RUNS_MAX": "runs", "EQL_KEYS_MAX": "fields of a key",
        "EQL_TAIL_MAX": "matches of `tail`",
                      "EQL_ARGUMENTS_MAX": "arguments", "EQL_PATTERN_MAX": "of a wildcard pattern",
        "EQL_LEAF_FIELDS_MAX": "different fields of one", "EQL_COMBINATIONS_MAX": "combinations",
        "EQL_BINDINGS_MAX": "fields of earlier stages", "EQL_PATHS_MAX": "parts of an element",
        "EQL_LINEAGES_MAX": "`child of` and", "EQL_PIPES_MAX": "pipes",
    },
    "eql/regex.c": {"MATCH_STEPS_MAX": "of one regular expression", "REPEAT_MAX": "repetitions"},
    "match/key.h": {"KEY_COMBINATIONS_MAX": "keys of one event"},
    "match/match.h": {"RULES_MAX": "rules;"},
    "match/rule_file.h": {"RULE_LISTS_MAX": "lists in `lists.yaml`",
                          "RULE_LIST_ITEMS_MAX": "items of a list that"},
    "query/query.h": {"QUERY_CATEGORIES_MAX": "different categories"},
    "query/path.h": {"PATH_PARTS_MAX": "of a field's name"},
}

BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$(?:\n+^> ([^\n]+)$)?", re.M | re.S)


class Checker:
    def __init__(self, pomona, work):
        self.pomona = pomona
        self.work = work
        self.failed = 0
        self.passed = 0
        self.lists = None
        self.event = {}
        self.events = []
        self.query = None

    def run(self, *arguments, text=""):
        return subprocess.run([self.pomona, *arguments], input=text, capture_output=True,
                              text=True, check=False)

    def expect(self, line, what, wanted, found):
        if wanted == found:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL line {line}: {what}\n  expected: {wanted}\n  found:    {found}")

    def found_by(self, query, events, *options):
        result = self.run("query", *options, query, "-",
                          text="".join(json.dumps(event) + "\n" for event in events))
        if result.returncode != 0:
            return result.stderr.strip()
        return [json.loads(line) for line in result.stdout.splitlines()]

    def check_rule(self, text, *options):
        rule = self.work / "rule.eql"
        lists = self.work / "lists.yaml"
        rule.write_text(text)
        lists.unlink(missing_ok=True)
        if self.lists is not None:
            lists.write_text(self.lists)
        result = self.run("rules", "check", *options, str(self.work))
        said = result.stdout + result.stderr
        first = next((row for row in said.splitlines() if str(rule) in row), said.strip())
        return result.returncode, first.replace(f"{rule}:", "").strip()

    def check_query(self, text):
        result = self.run("query", text, "-")
        said = (result.stderr.splitlines() or [""])[0]
        return result.returncode, re.sub(r"^pomona: line (\d+), column (\d+): ", r"\1:\2: ", said)

    def timeline(self, row):
        """Events of a drawn row."""
        events = []
        second = 0
        together = False
        for c in row:
            if c == "(":
                together = True
            elif c == ")":
                together = False
            elif c.isascii() and c.isalpha():
                events.append(event_of(c, second))
            second += c != "(" and not together
        return events

    def match_rows(self, line, text, events_of, *options):
        for number, row in enumerate(text.splitlines(), line + 1):
            drawn, wanted = re.split(r"\s{2,}", row.strip(), maxsplit=1)
            found = self.found_by(self.query, events_of(drawn), *options)
            if isinstance(found, list):
                found = "; ".join(shown(match) for match in found) or "nothing"
            self.expect(number, row, wanted, found)

    def conditions(self, line, text, holds):
        for number, row in enumerate(text.splitlines(), line + 1):
            row = row.split("  //")[0].strip()
            if not row:
                continue
            found = self.found_by(f"any where {row}", [self.event])
            self.expect(number, row, 1 if holds else 0,
                        len(found) if isinstance(found, list) else found)

    def block(self, line, kind, text, quotation):
        text = text.removesuffix("\n")
        if kind == "eql":
            self.query = text
            self.expect(line, text, (0, "1 sound, 0 refused"), self.check_rule(text))
        elif kind == "eql query":
            self.query = text
            self.expect(line, text, 0, self.check_query(text)[0])
        elif kind == "eql-refused":
            self.expect(line, text, (2, quotation), self.check_rule(text))
        elif kind == "eql-lenient":
            self.expect(line, text, (0, quotation), self.check_rule(text, "--lenient"))
        elif kind == "eql-refused query":
            self.expect(line, text, (2, quotation), self.check_query(text))
        elif kind == "lists":
            self.lists = text
        elif kind == "event":
            self.event = {"@timestamp": 0} | json.loads(text)
        elif kind in ("holds", "fails"):
            self.conditions(line, text, kind == "holds")
        elif kind == "events":
            self.events = [json.loads(row) for row in text.splitlines()]
        elif kind == "finds":
            found = self.found_by(self.query, self.events)
            self.expect(line, self.query, [json.loads(row) for row in text.splitlines()], found)
        elif kind == "timeline":
            self.match_rows(line, text, self.timeline)
        elif kind == "arrivals":
            self.match_rows(line, text, lambda row: [event_of(*word.split("@"))
                                                     for word in row.split()])
        elif kind not in ("text", "sh", "json"):
            self.expect(line, "a block", "a kind that this test knows", kind)


def event_of(letter, second):
    return {"@timestamp": int(second) * 1000, "kind": letter.lower(),
            "key": "A" if letter.islower() else "B", "at": f"{letter}{second}"}


def shown(match):
    events = match["events"] if "events" in match else [match["event"]]
    return " ".join("-" if event is None else event["at"] for event in events)


def check_manual(checker, manual):
    text = manual.read_text().replace("\\-", "-")
    documented = {f"--{name}" for name in re.findall(r"Fl Fl ([a-z][a-z-]*)", text)}
    offered = {"--help", "--version"}
    for command in ("assets", "attack", "baseline", "canary", "coverage", "tap", "detect", "evidence", "exceptions", "inspect", "query", "review",
                    "rules", "store", "validate"):
        result = checker.run(command, "--help")
        offered |= set(re.findall(r"--[a-z][a-z-]*", result.stdout + result.stderr))
    checker.expect(0, f"options of {manual.name}", sorted(offered), sorted(documented))


def check_limits(checker, text):
    table = text.split("## Limits")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\d,]+)[^|]*\| ([^|]+) \|$", table, re.M)
    for header, limits in LIMITS.items():
        source = (SOURCES / header).read_text()
        for name, words in limits.items():
            value = int(re.search(rf"#define {name}\s+\\?\s*(\d+)u?\b", source).group(1))
            row = next((number for number, what in rows if words in what), "no row")
            checker.expect(0, f"{name} in the table of limits", f"{value:,}", row)


def main(arguments):
    pomona, page, manual = arguments
    text = pathlib.Path(page).read_text()
    with tempfile.TemporaryDirectory() as work:
        checker = Checker(pomona, pathlib.Path(work))
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            checker.block(line, match.group(1).strip(), match.group(2), match.group(3))
        check_limits(checker, text)
        check_manual(checker, pathlib.Path(manual))
    print(f"{checker.passed} passed, {checker.failed} failed")
    return 1 if checker.failed or checker.passed < 200 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
