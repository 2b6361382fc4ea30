#!/usr/bin/env python3
"""Runs the published EQL cases through `pomona query` and counts what passes.

usage: tools/conformance.py [-v] [--data DIR] BUILD

BUILD is a directory with the program in it. The cases are no part of the project: where the folder
is absent, that is said and nothing is wrong. Exits 1 if a case fails; -v prints each that does.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT_S = 60

# How each data file is read, and the field by which cases name its events.
ELASTIC = ["--event-category-field", "event_type", "--tiebreaker-field", "sequence"]
DATA = {
    "test_data.json": (["--timestamp-field", "timestamp", "--timestamp-unit", "filetime",
                        "--event-category-field", "event_type",
                        "--tiebreaker-field", "serial_event_id"], "serial_event_id"),
    "extra.jsonl": (ELASTIC, "sequence"),
    "missing-events.jsonl": (ELASTIC, "sequence"),
    "multivalue.jsonl": (["--event-category-field", "event_type"], "_id"),
}
SERIES = "sequences.series-spec"
MISSING = -1  # In place of the id of a stage that is a missing event.


class Failure(Exception):
    """Why a case did not pass."""


def query(program, options, text, path):
    """What the program prints, one object a line."""
    done = subprocess.run([program, "query", *options, text, path], capture_output=True, text=True,
                          timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise Failure(f"exit {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def ids_of(results, field):
    """The ids of all events of all results, in order."""
    ids = []
    for result in results:
        for event in result["events"] if "events" in result else [result["event"]]:
            ids.append(MISSING if event is None else event[field])
    return ids


def spelled(key):
    """A join key as cases have it: they print numbers and nulls as texts."""
    return "null" if key is None else key if isinstance(key, str) else json.dumps(key)


def compare(what, expected, got):
    if got != expected:
        raise Failure(f"{what}\n    expected {expected}\n    got      {got}")


def check_query(program, case, options, path, field):
    results = query(program, options, case["query"], path)
    compare("events", case["expected"], ids_of(results, field))
    if case.get("join_keys"):
        keys = [spelled(key) for result in results for key in result["join_keys"]]
        compare("join keys", [spelled(key) for key in case["join_keys"]], keys)


def series_cases(path):
    """(name, lines of stages, lines of expected sequences) for each case of the file."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("//")]
    for case in re.split(r"\n;[ \t]*(?=\n[a-zA-Z]\w*\n|\s*$)", "\n".join(lines)):
        if case.strip():
            stages, expected = case.strip("\n").split("\n;\n")
            name, *stages = stages.splitlines()
            yield name.strip(), stages, [line for line in expected.splitlines() if line.strip()]


def series_case(stages):
    """The query and the events that stand for stages of `[key|]LetterTime`: each line is what one
    stage matches, whatever the letters are."""
    events = []
    for stage, line in enumerate(stages):
        for key, name, time in re.findall(r"(?:(\w+)\|)?([A-Z](\d+))", line):
            event = {"@timestamp": int(time), "event": {"category": f"stage{stage}"}, "name": name}
            events.append({**event, "key": key} if key else event)
    by = " by key" if any("key" in event for event in events) else ""
    query_text = "sequence" + by + "".join(f" [stage{i} where true]" for i in range(len(stages)))
    return query_text, events


def check_series(program, stages, expected, directory):
    text, events = series_case(stages)
    path = pathlib.Path(directory) / "events.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    got = []
    for result in query(program, [], text, path):
        names = " ".join(event["name"] for event in result["events"])
        got.append("|".join([*result["join_keys"], names]))
    compare(text, [" ".join(line.split()) for line in expected], got)


def suites(program, data, directory):
    """(suite, name, text, check) for every case."""
    for suite, content in json.loads((data / "cases.json").read_text()).items():
        options, field = DATA[content["data"]]
        path = data / content["data"]
        for case in content["queries"]:
            yield (suite, case["name"], case["query"],
                   lambda c=case, o=options, p=path, f=field: check_query(program, c, o, p, f))
    for name, stages, expected in series_cases(data / SERIES):
        yield (SERIES, name, "\n".join(stages),
               lambda s=stages, e=expected: check_series(program, s, e, directory))


def run(program, data, verbose):
    """Passed and failed of each suite."""
    counts = {}
    with tempfile.TemporaryDirectory() as directory:
        for suite, name, text, check in suites(program, data, directory):
            count = counts.setdefault(suite, [0, 0])
            try:
                check()
                count[0] += 1
            except (Failure, subprocess.TimeoutExpired, KeyError, TypeError, ValueError) as error:
                count[1] += 1
                if verbose:
                    print(f"FAIL {suite} {name}\n  {text.strip()}\n  {error}\n")
    return counts


def main(arguments):
    parser = argparse.ArgumentParser(description="Runs the published EQL cases.")
    parser.add_argument("build", type=pathlib.Path, metavar="BUILD")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each case that fails")
    parser.add_argument("--data", type=pathlib.Path,
                        default=ROOT.parent / "shared/data/eql-conformance")
    options = parser.parse_args(arguments)

    if not (options.data / "cases.json").exists():
        print(f"conformance: skipped, there are no cases in {options.data}")
        return 0
    program = options.build / "pomona"
    if not program.exists():
        print(f"conformance: there is no program {program}; build first", file=sys.stderr)
        return 2
    counts = run(program, options.data, options.verbose)
    for suite, (passed, failed) in counts.items():
        print(f"{suite:<26} {passed:>4} passed {failed:>4} failed")
    passed = sum(count[0] for count in counts.values())
    failed = sum(count[1] for count in counts.values())
    print(f"conformance: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
