#!/usr/bin/env python3
"""Whether findings are what the simulator's labels say: each labelled attack is found by its rule or a variant of it, and what is above low
has to do with a labelled process.

usage: tests/labelled.py LABELS FINDINGS
"""

import json
import sys


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def family(rule):
    return rule["id"].split("-")[0]


def processes(part):
    """Pids that acted or were acted upon in the steps."""
    return {step["fields"].get(name) for step in part["steps"] for name in ("process.pid", "Target.process.pid")}


def wanted(labels):
    return {(label["host"], label["rule"], label["pid"]) for label in labels}


def main(labels_path, findings_path):
    labels = lines_of(labels_path)
    findings = lines_of(findings_path)
    failed = 0
    # What several rules say of one act is one finding.
    seen = {(finding["host"]["id"], family(part["rule"]), pid)
            for finding in findings for part in [finding] + finding["also"] for pid in processes(part)}
    for label in labels:
        if (label["host"], label["rule"], label["pid"]) not in seen:
            print("not found:", label["rule"], "on", label["host"], "pid", label["pid"], label["executable"])
            failed += 1
    known = {(label["host"], label["pid"]) for label in labels}
    # Who else took part in what was labelled.
    for finding in findings:
        parts = [finding] + finding["also"]
        if any((finding["host"]["id"], family(part["rule"]), pid) in wanted(labels) for part in parts for pid in processes(part)):
            known |= {(finding["host"]["id"], pid) for part in parts for pid in processes(part)}
    for finding in findings:
        if finding["level"] in ("informational", "low"):
            continue
        if not any((finding["host"]["id"], pid) in known for part in [finding] + finding["also"] for pid in processes(part)):
            print("nobody's:", finding["rule"]["id"], finding["level"], "on", finding["host"]["id"], finding["entity"]["executable"])
            failed += 1
    return 1 if failed or not labels or not findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
