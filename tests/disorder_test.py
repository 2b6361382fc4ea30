#!/usr/bin/env python3
"""Streams that were shuffled, doubled, cut or divided on their way find what they found before.

usage: disorder_test.py POMONA SIMULATE
Run from the top of the tree. Of each simulated stream, copies are made whose damage is known to the
record; the findings must be those of the original in the same order, and the report and the coverage
must tell exactly of what was planted. Only what a finding says of lost records may differ, and says
then how many. Prints a line for each thing that is not so, and a closing line of counts.
"""

import concurrent.futures
import dataclasses
import gzip
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SEED = 20260302
SECONDS_MAX = 60  # For one run; none needs a tenth of it.
DOUBLED_OF = 33   # Of so many records, one comes twice,
APART_MAX = 300   # so many records later at most.
GAPS_OF = 40      # Of so many file opens of a Mac, one is lost, sometimes with those behind it.

LOST = re.compile(r"(\d+) records? of this host (?:was|were) lost before this")


@dataclasses.dataclass
class Record:
    line: bytes
    host: str
    time: float
    is_dispensable: bool  # No rule and no lineage needs it.


@dataclasses.dataclass
class Stream:
    name: str
    records: list
    tells_gaps: bool        # Its sensor promises that its numbers leave none out.
    findings: list = None


@dataclasses.dataclass
class Copy:
    stream: Stream
    name: str
    records: list
    lost: list = dataclasses.field(default_factory=list)  # Of the stream's records.
    doubled: int = 0
    form: str = "pipe"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    global POMONA
    POMONA, simulate = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        streams = simulated(simulate, pathlib.Path(work))
        failed = [f"{s.name}: has no findings" for s in streams if not find_all(s)]
        copies = [copy for stream in streams for copy in copies_of(stream)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for copy, wrong in zip(copies, pool.map(lambda c: list(check(c)), copies)):
                failed += [f"{copy.stream.name}, {copy.name}: {what}" for what in wrong]
            failed += check_files(pathlib.Path(work) / "files", streams[0])
    for line in failed:
        print(f"FAIL {line}")
    print(f"{len(copies)} copies of {len(streams)} streams, {len(failed)} failed")
    return 1 if failed else 0


# --- Streams.

def simulated(simulate, work):
    (work / "files").mkdir()
    common = [simulate, "--hosts", "3", "--minutes", "10", "--seed", "32", "--attacks", "all"]
    for options in (["--envelope", "--output", work / "all"], ["--directory", work / "files"],
                    ["--dialect", "elastic", "--output", work / "elastic"]):
        subprocess.run([*common, *options], check=True, capture_output=True, timeout=SECONDS_MAX)
    return [Stream("eslogger", read(work / "all", of_eslogger), True),
            Stream("elastic", read(work / "elastic", of_elastic), False)]


def read(path, of):
    with open(path, "rb") as lines:
        return [of(line, json.loads(line)) for line in lines]


def of_eslogger(line, record):
    host, record = record["host"]["id"], record["record"]
    return Record(line, host, seconds(record["time"]), "open" in record["event"])


def of_elastic(line, record):
    return Record(line, record["host"]["id"], seconds(record["@timestamp"]),
                  record["event"]["action"] == "open")


def seconds(stamp):
    hours, minutes, rest = stamp[11:].rstrip("Z").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


# --- Copies.

def copies_of(stream):
    dice = random.Random(SEED)
    records = stream.records
    kept, lost = with_gaps(dice, records)
    yield Copy(stream, "gaps", kept, lost)
    twice, count = doubled(dice, records)
    yield Copy(stream, "doubled", twice, doubled=count)
    for width in (5, 50, 400):
        if width < 400 or stream.tells_gaps:  # Records without such numbers wait a minute at most.
            # What is heard first of a sensor says where its records begin: so far they stay as they are.
            first, rest = (records[:width], records[width:]) if width == 400 else ([], records)
            yield Copy(stream, f"shuffled in windows of {width}", first + in_windows(dice, rest, width))
            yield Copy(stream, f"shuffled by up to {width}", first + moved(dice, rest, width))
    for late in (0.1, 1.5):
        yield Copy(stream, f"late by up to {late} s", delayed(dice, records, late))
    for name, disorder in (("windows of 50", lambda r: in_windows(dice, r, 50)),
                           ("up to 1.5 s", lambda r: delayed(dice, r, 1.5))):
        kept, lost = with_gaps(dice, records)
        yield Copy(stream, f"gaps and {name}", disorder(kept), lost)
        twice, count = doubled(dice, kept)
        yield Copy(stream, f"gaps, doubled and {name}", disorder(twice), lost, count)
    yield Copy(stream, "all, in pieces", disorder(twice), lost, count, "pieces")
    yield Copy(stream, "all, gzip", disorder(twice), lost, count, "gzip")
    yield Copy(stream, "the original in pieces", records, form="pieces")


def with_gaps(dice, records):
    """Without some of those that may be missed; never a Mac's first or last, nor those of its kind,
    before and behind which no number tells what is missing."""
    lost = set()
    for host in hosts_of(records):
        own = [i for i, record in enumerate(records) if record.host == host]
        spare = [k for k in range(1, len(own) - 1) if records[own[k]].is_dispensable][1:-1]
        if host == hosts_of(records)[-1]:
            continue  # One Mac loses nothing.
        for k in dice.sample(spare, len(spare) // GAPS_OF):
            for behind in range(dice.randint(1, 3)):
                if k + behind in spare:
                    lost.add(own[k + behind])
    return ([record for i, record in enumerate(records) if i not in lost], sorted(lost))


def doubled(dice, records):
    places = [(i, record) for i, record in enumerate(records)]
    again = dice.sample(places, len(records) // DOUBLED_OF)
    places += [(i + dice.randint(1, APART_MAX) + 0.5, record) for i, record in again]
    return [record for _, record in sorted(places, key=lambda place: place[0])], len(again)


def in_windows(dice, records, width):
    out = []
    for i in range(0, len(records), width):
        window = records[i:i + width]
        dice.shuffle(window)
        out += window
    return out


def moved(dice, records, width):
    places = [(i + dice.uniform(0, width), record) for i, record in enumerate(records)]
    return [record for _, record in sorted(places, key=lambda place: place[0])]


def delayed(dice, records, late):
    """Each comes up to so many seconds late; one that comes again, later than that which it follows."""
    places = []
    now = 0
    for i, record in enumerate(records):
        now = max(now, record.time)
        places.append((now + dice.uniform(0, late), i, record))
    return [record for _, _, record in sorted(places, key=lambda place: place[:2])]


# --- What must hold.

def find_all(stream):
    stream.findings, _ = detect(stream.records, "pipe")
    return stream.findings


def check(copy):
    found, report = detect(copy.records, copy.form)
    yield from differences(copy, found)
    yield from check_report(copy, report)
    yield from check_coverage(copy)


def mac_by_mac(findings):
    """How long records are waited for follows each Mac, so that findings of two may pass one another."""
    return sorted(findings, key=lambda finding: finding["host"]["id"])


def differences(copy, found):
    wanted, found = mac_by_mac(copy.stream.findings), mac_by_mac(found)
    if [finding["id"] for finding in found] != [finding["id"] for finding in wanted]:
        yield f"{[finding['id'] for finding in found]}, and {[finding['id'] for finding in wanted]} is expected"
        return
    for before, now in zip(wanted, found):
        lost = lost_before(copy, now)
        unseen = [LOST.sub("", text) for text in now["unseen"] if LOST.sub("", text)]
        told = [int(LOST.fullmatch(text)[1]) for text in now["unseen"] if LOST.fullmatch(text)]
        if told != ([lost] if lost > 0 else []):
            yield f"finding {now['id']}: tells of {told} lost, and {lost} are"
        if unseen != before["unseen"]:
            yield f"finding {now['id']}: unseen {unseen}, and {before['unseen']} is expected"
        if now["confidence"] != before["confidence"] - (20 if lost > 0 else 0):
            yield f"finding {now['id']}: confidence {now['confidence']}"
        for key in before.keys() - {"unseen", "confidence", "score", "reasons"}:
            if without_worth(now[key]) != without_worth(before[key]):
                yield f"finding {now['id']}: {key} differs"


def without_worth(value):
    """Of what other rules say of the act, what does not depend on what was lost."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "rule" in value[0]:
        return [{key: other[key] for key in other.keys() - {"confidence", "score", "reasons"}} for other in value]
    return value


def lost_before(copy, finding):
    if not copy.stream.tells_gaps:
        return 0
    at = seconds(finding["time"])
    records = copy.stream.records
    return sum(records[i].host == finding["host"]["id"] and records[i].time < at
               for i in copy.lost)


def check_report(copy, report):
    gaps, missed = planted(copy)
    order = next(line for line in report.splitlines() if line.startswith("order "))
    wanted = {"gap": gaps, "records lost before us": missed,
              "dropped as duplicates": copy.doubled, "restarted": 0,
              "with a number that cannot be": 0, "with a stamp that cannot be": 0}
    for what, count in wanted.items():
        match = re.search(rf"([\d,]+) {what}", order)
        told = int(match[1].replace(",", "")) if match else 0
        if told != count:
            yield f"{told} {what}, and {count} is expected"


def planted(copy):
    """Gaps, and records: those of one Mac that are next to each other are one gap."""
    if not copy.stream.tells_gaps:
        return 0, 0
    gaps = 0
    for host in hosts_of(copy.stream.records):
        own = [i for i, record in enumerate(copy.stream.records) if record.host == host]
        is_lost = [i in set(copy.lost) for i in own]
        gaps += sum(now and not before for before, now in zip([False, *is_lost], is_lost))
    return gaps, len(copy.lost)


def check_coverage(copy):
    told = coverage(copy.records)
    window = told["window"][0]
    lines_in = len(copy.records)
    dropped = sum(window["dropped"].values())
    others = window["duplicates"] + window["merged"] + window["hostless"] + dropped
    if (window["records"], window["events"] + others) != (lines_in, lines_in):
        yield f"{lines_in} lines in, {window['events']} events and {others} others"
    if window["duplicates"] != copy.doubled:
        yield f"coverage: {window['duplicates']} duplicates, and {copy.doubled} are planted"
    for host in told["host"]:
        lost = sum(copy.stream.records[i].host == host["host"] for i in copy.lost)
        for check_id in ("T10", "T11") if copy.stream.tells_gaps else ():
            yield from check_losses(told, host["host"], check_id, lost)


def check_losses(told, host, check_id, lost):
    check_of = next(c for c in told["check"] if (c["host"], c["check"]) == (host, check_id))
    match = re.match(r"(\d+) records? lost", check_of["figure"])
    if (int(match[1]) if match else 0) != lost or (check_of["grade"] == "passes") != (lost == 0):
        yield f"{host}: {check_id} {check_of['grade']}: {check_of['figure']}, and {lost} are lost"


def check_files(directory, whole):
    """A file for each Mac, whatever the order in which they are given, finds the same."""
    files = sorted(directory.glob("*.ndjson"))
    wanted = sorted(finding["rule"]["id"] for finding in whole.findings)
    findings = []
    for given in (files, files[::-1]):
        found, report = run("detect", ["--host-from-filename", *given])
        findings.append(sorted(finding["id"] for finding in found))
        if sorted(finding["rule"]["id"] for finding in found) != wanted:
            yield f"files: {[finding['rule']['id'] for finding in found]}"
        if " 0 gaps\n" not in report:
            yield f"files: {report}"
    if findings[0] != findings[1]:
        yield "files: other findings in another order"
    yield from check_files_shuffled(files, findings[0])


def check_files_shuffled(files, wanted):
    dice = random.Random(SEED)
    for path in files:
        path.write_bytes(b"".join(in_windows(dice, path.read_bytes().splitlines(True), 50)))
    found, report = run("detect", ["--host-from-filename", *files])
    if sorted(finding["id"] for finding in found) != wanted or " 0 gaps" not in report:
        yield f"files, shuffled: {len(found)} findings; {report}"


# --- Running the program.

def detect(records, form):
    octets = b"".join(record.line for record in records)
    if form == "gzip":
        octets = gzip.compress(octets, 1, mtime=0)
    return run("detect", ["-"], octets, 4093 if form == "pieces" else len(octets))


def coverage(records):
    told = {}
    for line in run("coverage", ["-"], b"".join(record.line for record in records))[0]:
        told.setdefault(line["kind"], []).append(line)
    return told


def run(command, arguments, octets=b"", piece=None):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as report:
        process = subprocess.Popen(
            [POMONA, command, "--rules", "rules", "--output", "ndjson", *arguments],
            stdin=subprocess.PIPE, stdout=out, stderr=report)
        with process.stdin as stream:
            for i in range(0, len(octets), piece or len(octets) or 1):
                stream.write(octets[i:i + (piece or len(octets))])
                stream.flush()
        code = process.wait(SECONDS_MAX)
        out.seek(0)
        report.seek(0)
        told = report.read().decode(errors="replace")
        if code != 0:
            sys.exit(f"{command}: exit {code}: {told}")
        return [json.loads(line) for line in out], told


def hosts_of(records):
    return sorted({record.host for record in records})


if __name__ == "__main__":
    sys.exit(main())
