#!/usr/bin/env python3
"""What another sensor thought worth an alert is a step that rules can build on.

usage: alert_step_test.py POMONA
Run from the top of the tree. Rules with a step `[alert where ...]`, over telemetry and alerts of
several sensors: they are accepted, and find the process that the alert is about, by itself and as
the parent of what it starts. Prints a line for each thing that is not so, and a closing line of
counts.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # Nothing of the module below is to be left in the tree.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "dialects"))

import make  # noqa: E402

RULES = {
    "alone": 'alert where rule.name == "Injected" and event.severity >= 3',
    "after": """sequence by process.entity_id with maxspan=1m
  [process where event.action == "exec"]
  [alert where rule.name == "Injected"]""",
    "before": """sequence with maxspan=1m
  [alert where rule.name == "Injected"] by process.entity_id
  [process where event.action == "exec" and process.name == "sh"] by process.parent.entity_id""",
    "another": """sequence by process.entity_id with maxspan=1m
  [alert where rule.name == "Something else"]
  [any where true]""",
}
FOUND = {"after": "/opt/attachd", "alone": "/opt/attachd", "before": "/bin/sh"}

PROGRAM, BEGIN = make.started(1.0, 720, "/opt/attachd", "attachd", None, make.ADHOC)
CHILD = make.Process(721, 1443, "/bin/sh", "com.apple.sh", is_platform=True, parent=PROGRAM, start=3.0)
STORY = BEGIN + [make.Happening(3.0, "fork", PROGRAM, PROGRAM.forked(721, 1442, 3.0)),
                 make.Happening(3.001, "exec", PROGRAM.forked(721, 1442, 3.0), CHILD)]


def jamf_alert():
    telemetry = make.jamf(STORY[:1])[0]
    return {"caid": "c-1", "certid": "c-2", "version": 10, "topicType": "alert", "topic": "t",
            "action": {}, "action_type": 1, "alert_type": "UDM", "event": {"get_task": {
                "target": make.es_process(make.BROWSER), "type": 0}}, "event_type": 16,
            "global_seq_num": 70, "seq_num": 3, "host": telemetry["host"], "time": make.stamp(2.0, 3),
            "metadata": {"product": "Jamf Protect Alerts (UDM)", "vendor": "Jamf"}, "related": {},
            "process": make.es_process(PROGRAM), "uuid": "U",
            "match": {"severity": 3, "tags": [], "type": "Threat Signature", "uuid": "M-1",
                      "value": "injected", "facts": [{"name": "Injected", "severity": 3, "tags": [],
                                                      "human": "A port was taken.", "uuid": "F-1"}]}}


def elastic_alert():
    load = make.Happening(2.0, "load", PROGRAM, path="/tmp/x.dylib")
    record = make.elastic([load])[0]
    record["event"].update(kind="alert", code="behavior", dataset="endpoint.alerts", severity=73,
                           category=["malware", "intrusion_detection"], action="execution")
    record.update(rule={"id": "r-1", "name": "Injected"}, message="A port was taken.")
    del record["dll"]
    return record


def crowdstrike():
    aid = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

    def started(at, number, parent, p):
        return {"event_simpleName": "ProcessRollup2", "event_platform": "Mac", "aid": aid,
                "ComputerName": make.NAME, "timestamp": str(1772442000000 + int(at * 1000)),
                "TargetProcessId": str(number), "ParentProcessId": str(parent),
                "SourceProcessId": str(parent), "RawProcessId": str(p.pid), "UID": "501",
                "ProcessStartTime": f"{1772442000 + at:.3f}", "ImageFileName": p.path,
                "CommandLine": p.path, "CodeSigningFlags": str(p.flags), "SigningId": p.signing_id}
    alert = {"metadata": {"customerIDString": "c", "offset": 1, "eventType": "DetectionSummaryEvent",
                          "eventCreationTime": 1772442002000, "version": "1.0"},
             "event": {"ProcessStartTime": 1772442001, "ProcessEndTime": 0, "ProcessId": 9000002,
                       "ParentProcessId": 9000001, "UserName": "robin", "FileName": "attachd",
                       "FilePath": "/opt/attachd", "CommandLine": "attachd", "Severity": 70,
                       "SeverityName": "High", "ComputerName": make.NAME, "SensorId": aid,
                       "DetectName": "Injected", "DetectDescription": "A port was taken.",
                       "PatternId": 30115, "DetectId": "ldt:1"}}
    return [started(1.0, 9000002, 9000001, PROGRAM), alert, started(3.0, 9000003, 9000002, CHILD)]


def collected(stream):
    """What one collector writes of one Mac, whichever sensor it is of."""
    return [{"host": {"id": make.UUID, "name": make.NAME}, "record": record} for record in stream]


def with_alert(records, alert):
    return [*records[:2], alert, *records[2:]]


STREAMS = {
    "jamf": with_alert(make.jamf(STORY), jamf_alert()),
    "elastic": with_alert(make.elastic(STORY), elastic_alert()),
    "crowdstrike": crowdstrike(),
    "eslogger, alerts of jamf": collected(with_alert(make.eslogger(STORY), jamf_alert())),
    "eslogger, alerts of elastic": collected(with_alert(make.eslogger(STORY), elastic_alert())),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    pomona = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as rules:
        for name, query in RULES.items():
            (pathlib.Path(rules) / f"{name}.eql").write_text(query + "\n")
        checked = subprocess.run([pomona, "rules", "check", rules], capture_output=True, check=False)
        failed = [] if checked.returncode == 0 else [f"rules check: {checked.stderr.decode()}"]
        for name, stream in STREAMS.items():
            failed += [f"{name}: {what}" for what in check(pomona, rules, stream)]
    for line in failed:
        print(f"FAIL {line}")
    print(f"{len(STREAMS)} streams, {len(failed)} failed")
    return 1 if failed else 0


def check(pomona, rules, stream):
    done = subprocess.run([pomona, "detect", "--rules", rules, "--output", "ndjson", "-"],
                          input="".join(json.dumps(r) + "\n" for r in stream).encode(),
                          capture_output=True, check=False)
    report = done.stderr.decode(errors="replace")
    if done.returncode != 0 or " 0 dropped\n" not in report:
        yield f"exit {done.returncode}: {report}"
    found = [json.loads(line) for line in done.stdout.splitlines()]
    # What several rules say of one process is one finding; of those told before there are no steps.
    found = [part | {"entity": f["entity"]} for f in found
             for part in [f] + [also for also in f["also"] if also["steps"]]]
    who = sorted((f["rule"]["id"], f["entity"]["executable"]) for f in found)
    if who != sorted(FOUND.items()):
        yield f"finds {who}, and {sorted(FOUND.items())} is expected"
        return
    steps = [step for f in found for step in f["steps"] if step["action"] == "alert"]
    told = {(step["category"], step["fields"]["rule.name"], step["fields"]["message"][:17])
            for step in steps}
    if len(steps) != 3 or told != {("alert", "Injected", "A port was taken.")}:
        yield f"the alert's step tells {sorted(told)}"
    if len({f["entity"]["id"] for f in found if f["rule"]["id"] != "before"}) != 1:
        yield "the alert is of another process"


if __name__ == "__main__":
    sys.exit(main())
