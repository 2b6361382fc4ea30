#!/usr/bin/env python3
"""One attack as several sensors tell of it is one finding, of the same process of the same Mac.

usage: attacks_test.py POMONA
Run from the top of the tree. The recordings are made by make.py beside this file; what they may
differ in, the confidence, is compared with the table in docs/FINDINGS.md. Prints a line for each
thing that is not so, and a closing line of counts.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # Nothing of the module beside this file is to be left in the tree.

import make  # noqa: E402

RECORDINGS = pathlib.Path("tests/dialects")
TABLE = pathlib.Path("docs/FINDINGS.md")
SECONDS_MAX = 60
NAMES_ITSELF = {"elastic", "ocsf"}  # Whose processes have names of the sensor's own.
TELLS_NO_CDHASH = {"elastic"}
# The host that a sensor's records name: id and name.
HOSTS = {"jamf": (make.SERIAL, make.NAME), "mac-monitor": (make.SENSOR, ""),
         "santa": (make.UUID, ""), "elastic": (make.UUID, make.NAME), "ocsf": (make.UUID, make.NAME)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    global POMONA
    POMONA = pathlib.Path(sys.argv[1]).resolve()
    failed = list(check_made())
    table = table_of(TABLE.read_text())
    for attack, (rule, confidences) in table.items():
        wrong = [*check_alone(attack, rule, confidences), *check_own_hosts(attack, confidences),
                 *check_together(attack, rule, confidences)]
        failed += [f"{attack}: {what}" for what in wrong]
    failed += check_two_sensors()
    for line in failed:
        print(f"FAIL {line}")
    print(f"{sum(len(c) for _, c in table.values())} recordings, {len(failed)} failed")
    return 1 if failed else 0


def check_made():
    """The recordings are what make.py writes."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, RECORDINGS / "make.py", work], check=True)
        made, kept = (sorted(p.relative_to(d) for p in pathlib.Path(d).glob("*/*.ndjson"))
                      for d in (work, RECORDINGS))
        if made != kept:
            yield f"recordings: {kept}, and {made} are made"
        for path in made:
            if (RECORDINGS / path).read_bytes() != (pathlib.Path(work) / path).read_bytes():
                yield f"{path} is not what make.py writes"


def table_of(text):
    """Recording to its rule and the confidence of each dialect, of the table in FINDINGS.md."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in re.search(r"^\| Recording .*?\n(?=\n)", text, re.M | re.S)[0].splitlines()]
    dialects = rows[0][2:]
    return {row[0]: (row[1], {dialect: int(cell) for dialect, cell in zip(dialects, row[2:])
                              if cell != "-"}) for row in rows[2:]}


def check_alone(attack, rule, confidences):
    there = sorted(path.stem for path in (RECORDINGS / attack).glob("*.ndjson"))
    if there != sorted(confidences) or len(there) < 4:
        yield f"recordings {there}, and the table has {sorted(confidences)}"
    alone = {}
    for dialect, confidence in confidences.items():
        found = of_family(rule, detect(records(attack, dialect), "--host", make.NAME))
        if len(found) != 1:
            yield f"{dialect}: finds {[finding['rule']['id'] for finding in found]}, not one of {rule}"
            continue
        alone[dialect] = found[0]
        if {step["fields"]["event.module"] for step in found[0]["steps"]} != {dialect}:
            yield f"{dialect}: steps are of another sensor"
        if found[0]["confidence"] != confidence:
            yield f"{dialect}: confidence {found[0]['confidence']}, and {confidence} is documented"
    for dialect, finding in alone.items():
        for what in differences(alone["eslogger"], finding, dialect):
            yield f"{dialect}: {what}"


def of_family(rule, findings):
    """Those of the rule and its variants; what else is said of the same act is not looked at."""
    return [finding for finding in findings if finding["rule"]["id"].split("-")[0] == rule]


def differences(first, finding, dialect):
    said = [said_by(first, dialect), said_by(finding, dialect)]
    for key, value in said[0].items():
        if said[1][key] != value:
            yield f"{key} is {said[1][key]}, and eslogger's {value}"
    if dialect in NAMES_ITSELF and finding["entity"]["id"] == first["entity"]["id"]:
        yield "its own name of the process is not used"


def said_by(finding, dialect):
    entity = finding["entity"]
    said = {key: entity[key] for key in ("pid", "executable", "signing_id", "team_id")}
    said.update(host=finding["host"], steps=[(step["time"][:23], step["action"], step["category"])
                                             for step in finding["steps"]],
                verdict=finding["verdict"], techniques=finding["attack"]["techniques"],
                target=(finding["target"] or {}).get("executable"))
    if dialect not in NAMES_ITSELF:
        said.update(id=entity["id"], pidversion=entity["pidversion"])
    if dialect not in TELLS_NO_CDHASH:
        said["cdhash"] = entity["cdhash"]
    return said


def check_own_hosts(attack, confidences):
    for dialect in confidences.keys() & HOSTS.keys():
        for finding in detect(records(attack, dialect)):
            host = (finding["host"]["id"], finding["host"]["name"])
            if host != HOSTS[dialect]:
                yield f"{dialect}: is of {host}, and its records say {HOSTS[dialect]}"


def check_together(attack, rule, confidences):
    """In one stream, of one Mac by what a collector wrote around each record. A process has the name
    of one sensor, beside its numbers: so there is one sensor with such names."""
    wrapped = [wrap(record, make.UUID) for dialect in confidences if dialect != "ocsf"
               for record in records(attack, dialect)]
    found = of_family(rule, detect(in_time(wrapped)))
    ids = {(rule, finding["host"]["id"], finding["host"]["name"],
            finding["entity"]["id"], finding["entity"]["executable"]) for finding in found}
    if len(ids) != 1:
        yield f"together: {len(found)} findings of {sorted(ids)}"
    pidversions = {finding["entity"]["pidversion"] for finding in found}
    if len(pidversions) != 1 or None in pidversions:
        yield f"together: pidversions {pidversions}"


def check_two_sensors():
    """eslogger's file says by a collector's word which Mac it is of, Elastic's records do themselves;
    what they share is its name."""
    ours = [wrap(record, "collected-7") for record in records("thread-created", "eslogger")]
    theirs = records("thread-created", "elastic")
    opens = [i for i, record in enumerate(ours) if "get_task" in record["record"]["event"]]
    threads = [i for i, record in enumerate(ours)
               if "remote_thread_create" in record["record"]["event"]]
    for name, without_ours, without_theirs, modules in (
            ("both tell all", [], [], None),
            ("eslogger tells of the port, Elastic of the thread", threads, opens,
             ["eslogger", "elastic"]),
            ("Elastic tells of the port, eslogger of the thread", opens, threads,
             ["elastic", "eslogger"])):
        stream = in_time([r for i, r in enumerate(ours) if i not in without_ours] +
                         [r for i, r in enumerate(theirs) if i not in without_theirs])
        for order, given in (("in order", stream), ("Elastic first", last_first(stream))):
            for what in check_joined(of_family("S05", detect(given)), modules):
                yield f"two sensors, {name}, {order}: {what}"


def last_first(stream):
    """Of records of one time, the other sensor's first."""
    return in_time(stream[::-1])


def check_joined(found, modules):
    who = {(finding["host"]["id"], finding["entity"]["id"], finding["entity"]["pid"],
            finding["target"]["id"], finding["rule"]["id"]) for finding in found}
    if len(who) != 1 or [True for rule in who if rule[4] != "S05"]:
        yield f"{len(found)} findings of {sorted(who)}"
        return
    told_by = [[step["fields"]["event.module"] for step in finding["steps"]] for finding in found]
    if modules is not None and told_by != [modules]:
        yield f"steps are told by {told_by}, and {modules} is expected"


# --- Records.

def records(attack, dialect):
    with open(RECORDINGS / attack / f"{dialect}.ndjson", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def wrap(record, host):
    return {"host": {"id": host, "name": make.NAME}, "record": record}


def in_time(stream):
    return sorted(stream, key=time_of)


def time_of(record):
    record = record.get("record", record)
    at = record.get("@timestamp") or record.get("event_time") or record["time"]
    if isinstance(at, str):
        return round(float(at[17:].rstrip("Z")) * 1000)
    return at - 1772442000000


def detect(stream, *options):
    done = subprocess.run(
        [POMONA, "detect", "--rules", "rules", "--output", "ndjson", *options, "-"],
        input="".join(json.dumps(record) + "\n" for record in stream).encode(),
        capture_output=True, check=False, timeout=SECONDS_MAX)
    told = done.stderr.decode(errors="replace")
    if done.returncode != 0 or " 0 dropped\n" not in told:
        sys.exit(f"exit {done.returncode}: {told}")
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
