#!/usr/bin/env python3
"""Input that cannot be right: counted as what it is, never fatal, never without bound, and an attack
in the midst of it is found.

usage: bad_input_test.py POMONA
Run from the top of the tree. Each case makes a stream of eslogger's records on an invented Mac, or
several, with an attack (S05) in it, and says what the report has to count. Memory is looked at where
the program was built without sanitizers. Prints a line for each thing that is not so, and a closing
line of counts.
"""

import datetime
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # Nothing of the module below is to be left in the tree.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "dialects"))

import make  # noqa: E402

MEMORY_MAX = 150 * 1024 * 1024
SECONDS_MAX = 100
START = datetime.datetime(2026, 3, 2, 9)
DAY = 86400
OTHER_TYPES = 300  # Kinds of events that nobody knows, in one stream.
HOSTS = 20000

ORDER = {"gaps": r"([\d,]+) gaps?\b", "missed": r"at least ([\d,]+) records",
         "duplicates": r"([\d,]+) dropped as duplicates",
         "restarts": r"([\d,]+) restarted", "wild": r"([\d,]+) with a number that cannot be",
         "clamped": r"([\d,]+) with a stamp that cannot be", "jumps": r"([\d,]+) jumps",
         "late": r"([\d,]+) too late"}


# A process begins with the peak of the one that started it, and this one is not small.
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("peak", peak * (1 if sys.platform == "darwin" else 1024), file=sys.stderr)
sys.exit(done.returncode)
"""


class Sensor:
    """eslogger on one Mac: what it writes is numbered, whatever becomes of it."""

    def __init__(self, host="mac-7", shift=0.0):
        self.host = host
        self.shift = shift  # Of its clock, in seconds.
        self.dice = random.Random(host)
        self.restart()

    def restart(self):
        self.total = 0
        self.of_type = {}

    def write(self, h):
        kind = make.NAMES.get(h.what, h.what)
        record = {"schema_version": 1, "version": 10, "action_type": 1, "mach_time": 1,
                  "event_type": make.TYPES[h.what], "time": stamp(h.at + self.shift),
                  "global_seq_num": self.total, "seq_num": self.of_type.get(kind, 0),
                  "process": make.es_process(h.actor), "event": {kind: make.es_event(h, make.es_process)}}
        self.total += 1
        self.of_type[kind] = self.of_type.get(kind, 0) + 1
        return {"host": {"id": self.host}, "record": record}

    def noise(self, at):
        """Something ordinary."""
        return self.write(make.Happening(at, "load", make.SHELL, path=f"/usr/lib/lib{self.total}.dylib"))

    def quiet(self, begin, end, apart=1.0):
        count = round((end - begin) / apart)
        return [self.noise(begin + i * apart) for i in range(count)]

    def attack(self, at):
        return [self.write(make.dataclasses.replace(h, at=at + h.at)) for h in make.thread_created()]


def stamp(at):
    when = START + datetime.timedelta(microseconds=round(at * 1e6))
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


# --- Cases: a stream, how many attacks are in it, and what is counted.

def clocks_a_year_off():
    """As they are from beginning to end, all differences are right."""
    streams = []
    for host, shift in (("mac-1", 365 * DAY), ("mac-2", -365 * DAY), ("mac-3", 0)):
        sensor = Sensor(host, shift)
        streams.append(sensor.quiet(0, 60) + sensor.attack(60) + sensor.quiet(65, 120))
    return [record for records in zip(*streams) for record in records], 3, {}


def one_wild_stamp():
    sensor = Sensor()
    before = sensor.quiet(0, 60)
    sensor.shift = 365 * DAY
    wild = [sensor.noise(60)]
    sensor.shift = 0
    return before + wild + sensor.attack(61) + sensor.quiet(66, 120), 1, {"clamped": 1}


def a_clock_set_back():
    sensor = Sensor()
    before = sensor.quiet(0, 60)
    sensor.shift = -DAY
    return before + sensor.quiet(60, 90) + sensor.attack(90) + sensor.quiet(95, 120), 1, {"jumps": 1}


def a_clock_set_back_within_an_attack():
    sensor = Sensor()
    before = sensor.quiet(0, 60)
    attack = sensor.attack(60)
    for record in attack[3:]:
        record["record"]["time"] = stamp(62.75 - DAY)
    sensor.shift = -DAY
    return before + attack + sensor.quiet(65, 120), None, {"jumps": 1}


def a_sensor_that_starts_ten_times_a_minute():
    return restarts(lost=[])


def and_loses_records():
    """One in the middle of a run, and two at the beginning of the next."""
    return restarts(lost=[(3, [4]), (7, [0, 1]), (20, [6, 8])], gaps=4, missed=5)


def restarts(lost, **counts):
    sensor, stream, lost = Sensor(), [], dict(lost)
    for run in range(30):
        sensor.restart()
        records = (sensor.quiet(6 * run, 6 * run + 6, 0.5) if run != 15 else
                   sensor.quiet(90, 91, 0.5) + sensor.attack(91) + sensor.quiet(94, 96, 0.5))
        stream += [record for i, record in enumerate(records) if i not in lost.get(run, [])]
    return stream, 1, {"restarts": 29, **counts}


def wild_numbers():
    """The record's own number is missing for it."""
    sensor = Sensor()
    stream = sensor.quiet(0, 120) + sensor.attack(120) + sensor.quiet(125, 240)
    for i, number in ((30, 1 << 60), (60, (1 << 64) - 1), (121, (1 << 63) - 1), (180, 1 << 63)):
        stream[i]["record"]["global_seq_num"] = number
    return stream, 1, {"wild": 4, "gaps": 4, "missed": 4}


def wild_numbers_of_a_type():
    sensor = Sensor()
    stream = sensor.quiet(0, 60) + sensor.attack(60) + sensor.quiet(65, 120)
    for i, number in ((20, 1 << 60), (40, (1 << 64) - 1)):
        stream[i]["record"]["seq_num"] = number
    return stream, 1, {}


def another_dialect_midway():
    sensor = Sensor("mac-of-robin")
    stream = [sensor.write(h) for h in make.thread_created()[:3]]
    stream += make.santa(make.page_changed()) + make.jamf(make.page_changed())
    stream += make.mac_monitor(make.page_changed())
    stream += [line.replace("500", str(500 + i)) for i, line in enumerate(3 * [
        "[2026-03-02T09:00:05.678Z] I santad: action=EXEC|decision=ALLOW|reason=CERT|pid=500|"
        "pidversion=1001|ppid=40|uid=501|user=robin|path=/opt/tool|args=tool -x"])]
    stream += ["no record at all", {"neither": "this"}]
    stream += [sensor.write(make.Happening(5.0, "remote_thread", make.thread_created()[1].other,
                                           make.BROWSER))]
    return stream, 1, {"rules": {"S04": 3}, "dropped": 2, "late": 2}


def very_many_hosts():
    sensor = Sensor("mac-0")
    attack = sensor.attack(0)
    stream = [Sensor(f"mac-{i}").write(make.thread_created()[1]) for i in range(1, HOSTS)]
    return stream[:HOSTS // 2] + attack + stream[HOSTS // 2:], 1, {"hosts": HOSTS}


def very_many_kinds_of_events():
    sensor, stream = Sensor(), []
    for i in range(OTHER_TYPES):
        if i == OTHER_TYPES // 2:
            stream += sensor.attack(i)
        stream.append(sensor.noise(i + (5 if i >= OTHER_TYPES // 2 else 0)))
        stream[-1]["record"].update(event_type=1000 + i, event={f"invented_{i}": {}}, seq_num=0)
    return stream, 1, {"dropped": OTHER_TYPES}


def alerts_of_nobody():
    """An alert need not say which process it is about; some sensors' do not."""
    sensor = Sensor()
    alerts = [{"@timestamp": stamp(i), "ecs": {"version": "8.10.0"}, "host": {"id": "mac-8"},
               "event": {"kind": "alert", "category": ["malware"], "action": "x", "code": "y",
                         "severity": 73}, "rule": {"name": "invented"}} for i in range(50)]
    stream = sensor.quiet(0, 20) + sensor.attack(20) + sensor.quiet(25, 30)
    return alerts[:25] + stream + alerts[25:], 1, {"conserved_only": True}


def records_a_day_apart():
    sensor = Sensor()
    return (sensor.quiet(0, 60 * DAY, DAY) + sensor.attack(60 * DAY) +
            sensor.quiet(61 * DAY, 120 * DAY, DAY)), 1, {}


CASES = [clocks_a_year_off, one_wild_stamp, a_clock_set_back, a_clock_set_back_within_an_attack,
         a_sensor_that_starts_ten_times_a_minute, and_loses_records, wild_numbers,
         wild_numbers_of_a_type, another_dialect_midway, very_many_hosts, very_many_kinds_of_events,
         alerts_of_nobody, records_a_day_apart]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    global POMONA, IS_PLAIN
    POMONA = pathlib.Path(sys.argv[1]).resolve()
    IS_PLAIN = b"__asan_init" not in POMONA.read_bytes() and b"__tsan_init" not in POMONA.read_bytes()
    failed = [f"{case.__name__}: {what}" for case in CASES for what in check(*case())]
    failed += [f"pids: {what}" for what in check_pids()]
    for line in failed:
        print(f"FAIL {line}")
    print(f"{len(CASES) + 1} cases, {len(failed)} failed" +
          ("" if IS_PLAIN else "; memory is not looked at: built with a sanitizer"))
    return 1 if failed else 0


def check(stream, attacks, counts):
    found, report = run("detect", stream)
    # Other rules speak of the same acts; what they say is not looked at.
    rules = [finding["rule"]["id"] for finding in found if finding["rule"]["id"] in ("S04", "S05")]
    wanted = {**({} if attacks is None else {"S05": attacks}), **counts.get("rules", {})}
    if attacks is not None and {rule: rules.count(rule) for rule in set(rules)} != wanted:
        yield f"finds {rules}, and {wanted} is expected"
    order = next(line for line in report.splitlines() if line.startswith("order "))
    for name, pattern in ORDER.items():
        match = re.search(pattern, order)
        told = int(match[1].replace(",", "")) if match else 0
        if told != counts.get(name, 0) and not counts.get("conserved_only"):
            yield f"{told} {name}, and {counts.get(name, 0)} is expected: {order}"
    yield from check_sums(stream, counts)


def check_sums(stream, counts):
    window = next(line for line in run("coverage", stream)[0] if line["kind"] == "window")
    dropped = sum(window["dropped"].values())
    others = dropped + window["duplicates"] + window["merged"] + window["hostless"]
    if (window["records"], window["events"] + others) != (len(stream), len(stream)):
        yield f"{len(stream)} lines in, {window['events']} events and {others} others: {window}"
    if dropped != counts.get("dropped", 0) and not counts.get("conserved_only"):
        yield f"{window['dropped']}, and {counts.get('dropped', 0)} is expected"
    if window["hosts"] != counts.get("hosts", window["hosts"]):
        yield f"{window['hosts']} hosts"


def check_pids():
    """Lives of one pid that no sensor numbers. osquery tells of a fork or of another parent; where it
    does not, it cannot be told from a process that starts one program after the other."""
    lives = 200
    forked = [row for i in range(lives) for row in (
        osquery_row(i, "fork", "1", pid="1", child_pid=str(500 + i % 3)), osquery_row(i, "exec", "1"))]
    yield from check_lives("osquery, forks", forked, lives)
    yield from check_lives("osquery, parents",
                           [osquery_row(i, "exec", str(10 + i // 3 % 5)) for i in range(lives)], lives)
    yield from check_lives("osquery, neither", [osquery_row(i, "exec", "1") for i in range(lives)],
                           lives, 3)
    rows = [{"DeviceId": "d0", "DeviceName": "mac-7", "ActionType": "ProcessCreated",
             "Timestamp": stamp(10 * i), "ProcessId": 500 + i % 3, "ProcessCreationTime": stamp(10 * i),
             "FileName": "tool", "FolderPath": f"/opt/tool{i % 7}", "ProcessCommandLine": "tool",
             "InitiatingProcessId": 1, "InitiatingProcessCreationTime": stamp(-1000),
             "InitiatingProcessFolderPath": "/sbin/launchd"} for i in range(lives)]
    yield from check_lives("defender", rows, lives)


def osquery_row(i, kind, parent, **columns):
    return {"hostIdentifier": make.UUID, "name": "x", "action": "added", "unixTime": 1772442000 + i,
            "columns": {"event_type": kind, "pid": str(500 + i % 3), "parent": parent,
                        "path": f"/opt/tool{i % 7}", "cmdline": "", "cmdline_count": "0",
                        "time": str(1772442000 + 10 * i), **columns}}


# Every start is told: no two are of the same time.
STARTED = """id: started
title: Started
version: 1
description: Every start
level: medium
suppress: { window: 1s, by: ["process.entity_id", "@timestamp"] }
query: process where event.action == "exec"
"""


def check_lives(name, rows, lives, processes=None):
    with tempfile.TemporaryDirectory() as rules:
        (pathlib.Path(rules) / "started.yaml").write_text(STARTED)
        found, report = run("detect", rows, rules)
    entities = {finding["entity"]["id"] for finding in found}
    if (len(found), len(entities)) != (lives, processes or lives):
        yield f"{name}: {len(found)} starts of {len(entities)} processes: {report}"


def run(command, stream, rules="rules"):
    octets = b"".join((line if isinstance(line, str) else json.dumps(line, separators=(",", ":")))
                      .encode() + b"\n" for line in stream)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as report:
        given.write(octets)
        given.seek(0)
        done = subprocess.run([sys.executable, "-c", MEASURED, POMONA, command, "--rules", rules,
                               "--output", "ndjson", "-"], stdin=given, stdout=out, stderr=report,
                              check=False, timeout=SECONDS_MAX)
        out.seek(0)
        report.seek(0)
        told, _, peak = report.read().decode(errors="replace").rpartition("peak ")
        if done.returncode != 0:
            sys.exit(f"{command}: exit {done.returncode}: {told}")
        if IS_PLAIN and int(peak) > MEMORY_MAX:
            sys.exit(f"{command}: {peak} octets of memory, and {MEMORY_MAX} is the most")
        return [json.loads(line) for line in out], told


if __name__ == "__main__":
    sys.exit(main())
