#!/usr/bin/env python3
"""Writes the recordings: one attack as each of several sensors on one invented Mac tells of it.

usage: make.py DIRECTORY
DIRECTORY/<attack>/<dialect>.ndjson. What is written here is what a sensor tells, and no more: the
shapes are those of docs/telemetry. Everything is invented.
"""

import base64
import dataclasses
import json
import pathlib
import sys

NAME = "mac-of-robin"
SERIAL = "C0INVENTED7"
UUID = "5C0FFEE0-0000-4000-8000-0000000000A7"  # The hardware's.
SENSOR = "5C0FFEE0-0000-4000-8000-0000000000B7"  # What Mac Monitor calls itself.

HARDENED = 0x22010001  # Signed, linker-checked, runtime, valid.
PLAIN = 0x22000001     # The same without the hardened runtime.
ADHOC = 0x22000003


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    pidversion: int
    path: str
    signing_id: str
    team: str = None
    flags: int = HARDENED
    is_platform: bool = False
    parent: "Process" = None
    start: float = -100.0  # Seconds since nine o'clock, like all times here.

    @property
    def cdhash(self):
        return f"{sum(self.path.encode()):040x}"

    def forked(self, pid, pidversion, at):
        return dataclasses.replace(self, pid=pid, pidversion=pidversion, parent=self, start=at)


LAUNCHD = Process(1, 1, "/sbin/launchd", "com.apple.xpc.launchd", is_platform=True)
SHELL = Process(450, 901, "/bin/zsh", "com.apple.zsh", is_platform=True, parent=LAUNCHD)
BROWSER = Process(300, 601, "/Applications/Lanterna.app/Contents/MacOS/Lanterna", "org.invented.lanterna",
                  "LANTERNA01", parent=LAUNCHD)


@dataclasses.dataclass(frozen=True)
class Happening:
    at: float
    what: str
    actor: Process
    other: Process = None  # The child, the new image, or the target.
    path: str = None


def started(at, pid, path, signing_id, team, flags):
    """What every attack begins with: a shell starts a program."""
    child = SHELL.forked(pid, 2 * pid, at)
    image = Process(pid, 2 * pid + 1, path, signing_id, team, flags, parent=SHELL, start=at)
    return image, [Happening(at, "fork", SHELL, child), Happening(at + 0.001, "exec", child, image)]


def page_changed():
    chat, begin = started(1.0, 700, "/Applications/Parlo.app/Contents/MacOS/Parlo",
                          "org.invented.parlo", "PARLO00001", PLAIN)
    return begin + [Happening(4.5, "cs_invalidated", chat)]


def thread_created():
    agent, begin = started(1.0, 720, "/Users/Shared/.support/attachd", "attachd", None, ADHOC)
    return begin + [Happening(2.25, "process_open", agent, BROWSER),
                    Happening(2.75, "remote_thread", agent, BROWSER)]


def library_mapped():
    editor, begin = started(1.0, 740, "/Applications/Mosaic.app/Contents/MacOS/Mosaic",
                            "org.invented.mosaic", "MOSAIC0001", PLAIN)
    return begin + [Happening(1.5, "load", editor, path="/Users/Shared/.cache/libpatch.dylib")]


# --- eslogger, and those of its shape.

TYPES = {"fork": 11, "exec": 9, "load": 20, "process_open": 16, "remote_thread": 97,
         "cs_invalidated": 94}
NAMES = {"load": "mmap", "process_open": "get_task", "remote_thread": "remote_thread_create"}


def eslogger(happenings):
    return list(of_shape(happenings, 9, token, es_process, lambda record, number, _: record.update(
        schema_version=1, global_seq_num=number)))


def jamf(happenings):
    """Keys without a value are left out; numbers of all records are of more than is told."""
    def finish(record, number, _):
        record.update(glob_seq_num=40 + 3 * number, uuid=f"U{number}", deadline=0,
                      host={"hostname": NAME, "serial": SERIAL, "provisioningUDID": "00009999-0A7",
                            "protectVersion": "8.1.0.1", "os": "Version 26.1 (Build 25B1)",
                            "ips": ["192.0.2.7"]},
                      metadata={"vendor": "Jamf", "product": "Device Telemetry Stream",
                                "schemaVersion": "1.0"})
        if "cs_invalidated" in record["event"]:
            record["event"] = {"cs_invalidate": {}}

    def process(p):
        out = {key: value for key, value in es_process(p).items() if value is not None}
        out["cdhash"] = out["cdhash"].lower()
        out["executable"]["sha256"] = (p.cdhash + p.cdhash)[:64]
        return out
    return list(of_shape(happenings, 3, lambda p: {**token(p), "e_username": "robin"}, process,
                         finish))


def mac_monitor(happenings):
    def finish(record, number, kind):
        record.update(global_seq_num=number, schema_version=1, sensor_id=SENSOR,
                      macOS="26.1 (Build 25B1)", telemetry_version="1.0.0", target_path="/t",
                      es_event_type="ES_EVENT_TYPE_NOTIFY_" + kind.upper(),
                      action_type_string="ES_ACTION_TYPE_NOTIFY")

    def process(p):
        return {**es_process(p), "pid": p.pid, "id": f"P{p.pid}", "euid_human": "robin",
                "is_adhoc_signed": p.flags == ADHOC}
    return list(of_shape(happenings, 3, token, process, finish))


def of_shape(happenings, decimals, _, process, finish):
    counts = {}
    for number, h in enumerate(happenings):
        kind = NAMES.get(h.what, h.what)
        record = {"version": 10, "event_type": TYPES[h.what], "action_type": 1,
                  "action": {"result": {"result_type": 0, "result": {"auth": 0}}}, "mach_time": number,
                  "time": stamp(h.at, decimals), "seq_num": counts.get(kind, 0),
                  "process": process(h.actor), "event": {kind: es_event(h, process)}}
        finish(record, number, kind)
        counts[kind] = counts.get(kind, 0) + 1
        yield record


def es_event(h, process):
    if h.what == "fork":
        return {"child": process(h.other)}
    if h.what == "exec":
        return {"target": process(h.other), "args": [h.other.path], "env": ["HOME=/Users/robin"],
                "cwd": {"path": "/Users/robin", "path_truncated": False}, "fds": []}
    if h.what == "load":
        return {"protection": 5, "max_protection": 5, "flags": 18, "file_pos": 0,
                "source": {"path": h.path, "path_truncated": False}}
    if h.what == "process_open":
        return {"target": process(h.other), "type": 0}
    if h.what == "remote_thread":
        return {"target": process(h.other), "thread_state": {"flavor": 6, "state": None}}
    return {}


def token(p):
    user = 0 if p.pid == 1 else 501
    return {"auid": user, "euid": user, "egid": 20, "ruid": user, "rgid": 20, "pid": p.pid,
            "asid": 100003, "pidversion": p.pidversion}


def es_process(p):
    parent = p.parent or Process(0, 0, "", "")
    return {"audit_token": token(p), "parent_audit_token": token(parent),
            "responsible_audit_token": token(p), "ppid": parent.pid, "original_ppid": parent.pid,
            "group_id": p.pid, "session_id": p.pid, "codesigning_flags": p.flags,
            "is_platform_binary": p.is_platform, "is_es_client": False,
            "cdhash": p.cdhash.upper(), "signing_id": p.signing_id, "team_id": p.team,
            "executable": {"path": p.path, "path_truncated": False},
            "start_time": stamp(p.start, 6)}


# --- Santa.

def santa(happenings):
    return [{"machine_id": UUID, "event_time": stamp(h.at, 9), "processed_time": stamp(h.at + 0.5, 9),
             "boot_session_uuid": "5C0FFEE0-0000-4000-8000-0000000000C7", **santa_event(h)}
            for h in happenings]


def santa_event(h):
    if h.what == "fork":
        return {"fork": {"instigator": santa_light(h.actor), "child": santa_light(h.other)}}
    if h.what == "cs_invalidated":
        return {"codesigning_invalidated": {"instigator": santa_light(h.actor)}}
    p = h.other
    target = {**santa_light(p), "cs_flags": p.flags, "is_platform_binary": p.is_platform,
              "is_es_client": False, "start_time": stamp(p.start, 6),
              "code_signature": {"cdhash": base64.b64encode(bytes.fromhex(p.cdhash)).decode(),
                                 "signing_id": p.signing_id, "team_id": p.team}}
    return {"execution": {"instigator": santa_light(h.actor), "target": target,
                          "args": [base64.b64encode(p.path.encode()).decode()],
                          "envs": [base64.b64encode(b"HOME=/Users/robin").decode()],
                          "decision": "DECISION_ALLOW", "reason": "REASON_TEAM_ID",
                          "mode": "MODE_MONITOR"}}


def santa_light(p):
    return {"id": {"pid": p.pid, "pidversion": p.pidversion},
            "parent_id": {"pid": p.parent.pid, "pidversion": p.parent.pidversion},
            "original_parent_pid": p.parent.pid, "group_id": p.pid, "session_id": p.pid,
            "effective_user": {"uid": 501, "name": "robin"}, "real_user": {"uid": 501, "name": "robin"},
            "executable": {"path": p.path, "truncated": False}}


# --- Elastic Defend.

ELASTIC = {"fork": ("process", "start"), "exec": ("process", "start"), "load": ("library", "start"),
           "process_open": ("process", "access"), "remote_thread": ("process", "change")}


def elastic(happenings):
    return [elastic_record(number, h) for number, h in enumerate(happenings)]


def elastic_record(number, h):
    category, kind = ELASTIC[h.what]
    record = {"@timestamp": stamp(h.at, 9), "ecs": {"version": "8.10.0"},
              "agent": {"id": "11111111-2222-4333-8444-555555555555", "type": "endpoint",
                        "version": "8.17.4"},
              "event": {"kind": "event", "module": "endpoint", "dataset": f"endpoint.events.{category}",
                        "category": [category], "type": [kind], "action": h.what,
                        "sequence": 4711 + number},
              "host": {"id": UUID, "name": NAME, "hostname": NAME,
                       "os": {"type": "macos", "name": "macOS", "version": "26.1"}},
              "user": {"id": "501", "name": "robin"},
              "process": elastic_process(h.other if h.what in ("fork", "exec") else h.actor)}
    if h.what in ("fork", "exec"):
        p = h.other
        record["process"].update(
            args=[p.path], args_count=1, command_line=p.path,
            parent={**elastic_process(p.parent),
                    "entity_id": elastic_entity(h.actor), "pid": p.parent.pid})
    if h.what == "load":
        record["dll"] = {"path": h.path, "name": h.path.rpartition("/")[2],
                         "code_signature": {"exists": False}}
    if h.what in ("process_open", "remote_thread"):
        record["Target"] = {"process": elastic_process(h.other)}
    if h.what == "process_open":
        record["process"]["Ext"] = {"api": {"name": "task_for_pid"}}
    return record


def elastic_entity(p):
    name = f"11111111-2222-4333-8444-555555555555-{p.pid}-{13417000000 + p.pidversion}.1"
    return base64.b64encode(name.encode()).decode()


def elastic_process(p):
    subject = "Software Signing" if p.is_platform else f"Developer ID Application: Invented ({p.team})"
    trusted = p.is_platform or p.team is not None
    return {"pid": p.pid, "entity_id": elastic_entity(p), "executable": p.path,
            "name": p.path.rpartition("/")[2],
            "code_signature": {"exists": True, "trusted": trusted,
                               "subject_name": subject if trusted else "",
                               "signing_id": p.signing_id, "team_id": p.team or ""}}


# --- OCSF, as a product writes it that knows the signer.

def ocsf(happenings):
    return [ocsf_record(number, h) for number, h in enumerate(happenings)]


def ocsf_record(number, h):
    kind, activity = {"fork": (1007, 1), "exec": (1007, 1), "load": (1005, 1)}[h.what]
    record = {"class_uid": kind, "category_uid": 1, "activity_id": activity,
              "type_uid": 100 * kind + activity, "severity_id": 1, "status_id": 1,
              "time": 1772442000000 + round(h.at * 1000),
              "metadata": {"uid": f"r-{number}", "sequence": number, "version": "1.5.0",
                           "profiles": ["host"],
                           "product": {"name": "Invented", "vendor_name": "Nobody"}},
              "device": {"uid": "dev-7", "hostname": NAME, "type_id": 3,
                         "os": {"type_id": 300, "name": "macOS"}, "hw_info": {"uuid": UUID}},
              "actor": {"process": ocsf_process(h.actor)}}
    if h.what == "load":
        record["module"] = {"file": ocsf_file(h.path), "load_type_id": 1}
    else:
        record.update(process=ocsf_process(h.other), launch_type_id=3 if h.what == "exec" else 2)
    return record


def ocsf_process(p):
    certificate = ("Software Signing" if p.is_platform
                   else f"Developer ID Application: Invented ({p.team})")
    out = {"pid": p.pid, "uid": f"life-{p.pid}-{p.pidversion}", "name": p.path.rpartition("/")[2],
           "file": {**ocsf_file(p.path),
                    "hashes": [{"algorithm_id": 99, "algorithm": "cdhash", "value": p.cdhash}],
                    "signature": {"algorithm_id": 99, "state_id": 1, "developer_uid": p.team,
                                  "certificate": {"subject": f"CN={certificate}", "issuer": "CN=Apple",
                                                  "serial_number": "1"}}},
           "cmd_line": p.path, "created_time": 1772442000000 + round(p.start * 1000),
           "user": {"uid": "501", "name": "robin"}, "xattributes": {"signing_id": p.signing_id}}
    if p.parent is not None:
        parent = p.parent
        out["parent_process"] = {"pid": parent.pid, "uid": f"life-{parent.pid}-{parent.pidversion}",
                                 "name": parent.path.rpartition("/")[2],
                                 "file": ocsf_file(parent.path)}
    return out


def ocsf_file(path):
    return {"name": path.rpartition("/")[2], "path": path, "type_id": 1}


def stamp(seconds, decimals):
    nanoseconds = round((9 * 3600 + seconds) * 1_000_000) * 1000
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    minutes, second = divmod(whole, 60)
    return (f"2026-03-02T{minutes // 60:02}:{minutes % 60:02}:{second:02}."
            f"{rest:09}"[:20 + decimals] + "Z")


RECORDINGS = {
    "page-changed": (page_changed, (eslogger, jamf, mac_monitor, santa)),
    "thread-created": (thread_created, (eslogger, jamf, mac_monitor, elastic)),
    "library-mapped": (library_mapped, (eslogger, mac_monitor, elastic, ocsf)),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for attack, (happenings, dialects) in RECORDINGS.items():
        directory = pathlib.Path(sys.argv[1]) / attack
        directory.mkdir(parents=True, exist_ok=True)
        for dialect in dialects:
            path = directory / f"{dialect.__name__.replace('_', '-')}.ndjson"
            path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n"
                                    for record in dialect(happenings())))


if __name__ == "__main__":
    main()
