"""How sensors tell of what happens on the invented Mac: the shapes of docs/telemetry.

Each function takes happenings and gives records; what a sensor cannot show is left out.
"""

import base64
import datetime

from mac import ADHOC, SIGNED, VALID, Process, Program

NAME = "mac-of-robin"
SERIAL = "C0INVENTED7"
UUID = "5C0FFEE0-0000-4000-8000-0000000000A7"
SENSOR = "5C0FFEE0-0000-4000-8000-0000000000B7"
NINE = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.timezone.utc)
NINE_MS = 1772442000000


def stamp(seconds, decimals=9):
    micros = round(seconds * 1_000_000)
    moment = NINE + datetime.timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") [:20 + min(decimals, 6)] + "000"[:max(0, decimals - 6)] + "Z"


# --- Endpoint Security's own shape: eslogger, and Jamf Protect and Mac Monitor, which add to it.

TYPES = {"fork": 11, "exec": 9, "exit": 15, "mmap": 20, "mprotect": 21, "get_task": 16, "get_task_read": 101,
         "get_task_inspect": 102, "get_task_name": 100, "cs_invalidated": 94, "remote_thread_create": 97, "trace": 99,
         "create": 13, "close": 12, "rename": 25, "unlink": 32, "btm_launch_item_add": 124, "signal": 31}
NAMES = {"load": "mmap", "remote_thread": "remote_thread_create", "invalidated": "cs_invalidated",
         "launch_item": "btm_launch_item_add"}
PORTS = {"control": "get_task", "read": "get_task_read", "inspect": "get_task_inspect", "name": "get_task_name"}


def eslogger(happenings, version=8):
    return es_records(happenings, 9, lambda record, number, kind: record.update(
        schema_version=1, version=version, global_seq_num=number))


def eslogger_13(happenings):
    """eslogger of macOS 13: message version 6, and tokens as the list of eight that they are."""
    return [with_lists(record) for record in eslogger(happenings, 6)]


def with_lists(value):
    if isinstance(value, list):
        return [with_lists(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "pidversion" in value:
        return [value[k] for k in ("auid", "euid", "egid", "ruid", "rgid", "pid", "asid", "pidversion")]
    return {k: with_lists(v) for k, v in value.items()}


def jamf(happenings):
    """Keys without a value are left out. It has no libraries, memory or files."""
    shown = [h for h in happenings if h.what not in ("load", "mprotect", "create", "close", "rename", "unlink", "fork")]

    def finish(record, number, kind):
        record.update(version=10, glob_seq_num=40 + 3 * number, uuid=f"U{number}",
                      host={"hostname": NAME, "serial": SERIAL, "protectVersion": "8.1.0.1",
                            "os": "Version 26.1 (Build 25B1)"},
                      metadata={"vendor": "Jamf", "product": "Device Telemetry Stream", "schemaVersion": "1.0"})
        if kind == "cs_invalidated":
            record["event"] = {"cs_invalidate": {}}
    return [without_null(r) for r in es_records(shown, 3, finish)]


def without_null(value):
    if isinstance(value, dict):
        return {k: without_null(v) for k, v in value.items() if v is not None}
    return [without_null(v) for v in value] if isinstance(value, list) else value


def mac_monitor(happenings):
    """It does not ask for changes of memory protection."""
    shown = [h for h in happenings if h.what != "mprotect"]
    return es_records(shown, 3, lambda record, number, kind: record.update(
        version=10, schema_version=1, global_seq_num=number, sensor_id=SENSOR, macOS="26.1 (Build 25B1)",
        telemetry_version="1.0.0", es_event_type="ES_EVENT_TYPE_NOTIFY_" + kind.upper()))


def es_records(happenings, decimals, finish):
    counts = {}
    records = []
    for h in happenings:
        kind = PORTS[h.facts["port"]] if h.what == "task" else NAMES.get(h.what, h.what)
        if kind not in TYPES:
            continue
        number = len(records)
        record = {"event_type": TYPES[kind], "action_type": 1, "mach_time": 7_000_000 + round(h.at * 24_000_000),
                  "time": stamp(h.at, decimals), "seq_num": counts.get(kind, 0),
                  "process": es_process(h.actor), "event": {kind: es_event(h)}}
        finish(record, number, kind)
        counts[kind] = counts.get(kind, 0) + 1
        records.append(record)
    return records


def es_event(h):
    f = h.facts
    if h.what == "fork":
        return {"child": es_process(h.other)}
    if h.what == "exec":
        target = es_process(h.other)
        target["executable"] = es_file(h.other.program.path, f["born"])
        return {"target": target, "args": f["args"], "env": f["env"],
                "cwd": {"path": "/Users/robin", "path_truncated": False}, "fds": []}
    if h.what == "exit":
        return {"stat": f["stat"]}
    if h.what == "load":
        return {"protection": f["protection"], "max_protection": f["protection"], "flags": f["flags"], "file_pos": 0,
                "source": es_file(f["path"], f["born"])}
    if h.what == "mprotect":
        return {"protection": f["protection"], "address": f["address"], "size": f["size"]}
    if h.what == "task":
        return {"target": es_process(h.other), "type": f["kind"]}
    if h.what == "remote_thread":
        return {"target": es_process(h.other), "thread_state": {"flavor": 6}}
    if h.what in ("trace", "signal"):
        return {"target": es_process(h.other), **({"sig": f["number"]} if h.what == "signal" else {})}
    return es_file_event(h)


def es_file_event(h):
    f = h.facts
    if h.what == "create":
        directory, _, name = f["path"].rpartition("/")
        return {"destination_type": 1, "destination": {"new_path": {"dir": {"path": directory, "path_truncated": False},
                                                                    "filename": name, "mode": 33188}}}
    if h.what == "close":
        return {"modified": True, "target": es_file(f["path"], f["born"])}
    if h.what == "rename":
        directory, _, name = f["path"].rpartition("/")
        return {"source": es_file(f["old"], f["born"]), "destination_type": 1,
                "destination": {"new_path": {"dir": {"path": directory, "path_truncated": False}, "filename": name}}}
    if h.what == "unlink":
        return {"target": {"path": f["path"], "path_truncated": False},
                "parent_dir": {"path": f["path"].rpartition("/")[0], "path_truncated": False}}
    if h.what == "launch_item":
        return {"executable_path": f["executable"],
                "item": {"item_type": 3, "item_url": "file://" + f["path"], "legacy": True, "managed": False, "uid": 501}}
    return {}


def es_file(path, born):
    file = {"path": path, "path_truncated": False}
    return file if born is None else {**file, "stat": es_stat(born)}


def es_stat(born):
    return {"st_dev": 16777233, "st_ino": 4_000_000 + round(abs(born)) % 9_000_000, "st_birthtimespec": stamp(born)}


def token(p):
    user = p.uid
    return {"auid": user, "euid": user, "egid": 20, "ruid": user, "rgid": 20, "pid": p.pid, "asid": 100003,
            "pidversion": p.pidversion}


def es_process(p):
    parent = p.parent or Process(0, 0, Program("", ""), uid=0)
    program = p.program
    return {"audit_token": token(p), "parent_audit_token": token(parent),
            "responsible_audit_token": token(p.responsible or p), "ppid": parent.pid, "codesigning_flags": p.flags or program.flags,
            "is_platform_binary": program.is_platform, "is_es_client": program.is_es_client,
            "cdhash": program.cdhash.upper(), "signing_id": program.signing_id, "team_id": program.team,
            "executable": {"path": program.path, "path_truncated": False}, "start_time": stamp(p.start, 6)}


# --- Santa, as messages in JSON.

def santa(happenings):
    shown = []
    for h in happenings:
        event = santa_event(h)
        if event:
            shown.append({"machine_id": UUID, "event_time": stamp(h.at), "processed_time": stamp(h.at + 0.5),
                          "boot_session_uuid": "5C0FFEE0-0000-4000-8000-0000000000C7", **event})
    return shown


def santa_event(h):
    f = h.facts
    if h.what == "fork":
        return {"fork": {"instigator": santa_light(h.actor), "child": santa_light(h.other)}}
    if h.what == "exit":
        return {"exit": {"instigator": santa_light(h.actor), **santa_end(f["stat"])}}
    if h.what == "invalidated":
        return {"codesigning_invalidated": {"instigator": santa_light(h.actor)}}
    if h.what == "close":
        return {"close": {"instigator": santa_light(h.actor), "modified": True, "target": {"path": f["path"], "truncated": False}}}
    if h.what == "rename":
        return {"rename": {"instigator": santa_light(h.actor), "source": {"path": f["old"], "truncated": False},
                           "target": f["path"], "target_existed": False}}
    if h.what == "unlink":
        return {"unlink": {"instigator": santa_light(h.actor), "target": {"path": f["path"], "truncated": False}}}
    return santa_exec(h) if h.what == "exec" else None


def santa_end(stat):
    return {"signaled": {"signal": stat}} if stat & 0x7f else {"exited": {"exit_status": stat >> 8}}


def santa_exec(h):
    p, f = h.other, h.facts
    program = p.program
    target = {**santa_light(p), "cs_flags": program.flags, "is_platform_binary": program.is_platform,
              "is_es_client": program.is_es_client, "start_time": stamp(p.start, 6),
              "code_signature": {"cdhash": base64.b64encode(bytes.fromhex(program.cdhash)).decode(),
                                 "signing_id": program.signing_id, "team_id": program.team}}
    target["executable"] = {"path": program.path, "truncated": False, "stat": {"birth_time": stamp(f["born"])}}
    return {"execution": {"instigator": santa_light(h.actor), "target": target,
                          "args": [base64.b64encode(a.encode()).decode() for a in f["args"]],
                          "envs": [base64.b64encode(e.encode()).decode() for e in f["env"]],
                          "decision": "DECISION_ALLOW", "reason": "REASON_CERT", "mode": "MODE_MONITOR"}}


def santa_light(p):
    parent = p.parent or p
    return {"id": {"pid": p.pid, "pidversion": p.pidversion},
            "parent_id": {"pid": parent.pid, "pidversion": parent.pidversion},
            "original_parent_pid": parent.pid, "group_id": p.pid, "session_id": p.pid,
            "effective_user": {"uid": p.uid, "name": "robin" if p.uid else "root"},
            "real_user": {"uid": p.uid, "name": "robin" if p.uid else "root"},
            "executable": {"path": p.program.path, "truncated": False}}


# --- Elastic Defend.

ELASTIC = {"fork": ("process", "start", "fork"), "exec": ("process", "start", "exec"), "exit": ("process", "end", "end"),
           "load": ("library", "start", "load"), "task": ("process", "access", "process_open"),
           "remote_thread": ("process", "change", "remote_thread"), "create": ("file", "creation", "creation"),
           "close": ("file", "change", "modification"), "rename": ("file", "change", "rename"),
           "unlink": ("file", "deletion", "deletion"), "launch_item": ("file", "creation", "launch_daemon"),
           "connect": ("network", "start", "connection_attempted"), "alert": ("alert", "info", "exec")}
KEPT_VARIABLES = ("DYLD_INSERT_LIBRARIES", "DYLD_FRAMEWORK_PATH", "DYLD_LIBRARY_PATH", "NODE_OPTIONS", "ELECTRON_RUN_AS_NODE")


def elastic(happenings):
    shown = [h for h in happenings if h.what in ELASTIC and not (h.what == "task" and h.facts["port"] != "control")]
    return [elastic_record(number, h) for number, h in enumerate(shown)]


def elastic_record(number, h):
    category, kind, action = ELASTIC[h.what]
    f = h.facts
    about = h.other if h.what in ("fork", "exec") else h.actor
    record = {"@timestamp": stamp(h.at), "ecs": {"version": "8.10.0"},
              "agent": {"id": "11111111-2222-4333-8444-555555555555", "type": "endpoint", "version": "8.17.4"},
              "event": {"kind": "event", "module": "endpoint", "dataset": f"endpoint.events.{category}",
                        "category": [category], "type": [kind], "action": action, "sequence": 4711 + number},
              "host": {"id": UUID, "name": NAME, "hostname": NAME, "os": {"type": "macos", "name": "macOS", "version": "26.1"}},
              "user": {"id": str(about.uid), "name": "robin" if about.uid else "root"}, "process": elastic_process(about)}
    if h.what in ("fork", "exec"):
        args = f.get("args") or [about.program.path]
        record["process"].update(args=args, args_count=len(args), command_line=" ".join(args),
                                 parent={**elastic_process(about.parent), "entity_id": elastic_entity(h.actor),
                                         "pid": about.parent.pid})
    if h.what == "exec":
        kept = [e for e in f["env"] if e.partition("=")[0] in KEPT_VARIABLES]
        if kept:
            record["process"]["env_vars"] = kept
        record["process"]["Ext"] = {"relative_file_creation_time": round(h.at - f["born"], 3)}
    elastic_object(record, h)
    return record


def elastic_object(record, h):
    f = h.facts
    if h.what == "exit":
        record["process"]["exit_code"] = f["stat"] >> 8 if not f["stat"] & 0x7f else 128 + f["stat"]
    elif h.what == "load":
        record["dll"] = {"path": f["path"], "name": f["path"].rpartition("/")[2], "code_signature": elastic_signature(f),
                         "Ext": {"relative_file_creation_time": round(h.at - f["born"], 3)}}
    elif h.what in ("task", "remote_thread"):
        record["Target"] = {"process": elastic_process(h.other)}
        if h.what == "task":
            record["process"]["Ext"] = {"api": {"name": "task_for_pid"}}
    elif h.what == "launch_item":
        record["Persistence"] = {"path": f["path"], "executable": f["executable"], "name": f["path"].rpartition("/")[2]}
        record["file"] = {"path": f["path"], "name": f["path"].rpartition("/")[2]}
    elif h.what == "connect":
        record["destination"] = {"ip": f["address"], "port": f["port"]}
        record["network"] = {"transport": "tcp", "type": "ipv4", "direction": "egress"}
    elif h.what == "alert":
        record["event"].update(kind="alert", code=f["code"], dataset="endpoint.alerts", severity=73)
        record["rule"] = {"name": f["name"], "id": "5c0ffee0-0000-4000-8000-00000000a1e7"}
    elif "path" in f:
        record["file"] = {"path": f["path"], "name": f["path"].rpartition("/")[2]}
        if "old" in f:
            record["file"]["Ext"] = {"original": {"path": f["old"], "name": f["old"].rpartition("/")[2]}}


def elastic_signature(f):
    library = f["library"]
    if library.path.startswith(("/System/", "/usr/lib/")):
        return {"exists": True, "trusted": True, "subject_name": "Software Signing", "status": "No error."}
    if library.signature == "unsigned":
        return {"exists": False}
    if library.signature != "signed":
        return {"exists": True, "trusted": False, "subject_name": "", "signing_id": library.identifier or "lib",
                "team_id": "", "status": "code failed to satisfy specified code requirement(s)"}
    return {"exists": True, "trusted": True, "subject_name": f"Developer ID Application: Invented ({library.team})",
            "team_id": library.team, "signing_id": library.identifier, "status": "No error."}


def elastic_entity(p):
    name = f"11111111-2222-4333-8444-555555555555-{p.pid}-{13417000000 + p.pidversion}.1"
    return base64.b64encode(name.encode()).decode()


def elastic_process(p):
    program = p.program
    flags = p.flags or program.flags
    subject = "Software Signing" if program.is_platform else f"Developer ID Application: Invented ({program.team})"
    trusted = bool(flags & VALID and not flags & ADHOC and (program.is_platform or program.team))
    return {"pid": p.pid, "entity_id": elastic_entity(p), "executable": program.path, "name": program.name,
            "code_signature": {"exists": bool(flags & SIGNED), "trusted": trusted, "subject_name": subject if trusted else "",
                               "signing_id": program.signing_id, "team_id": program.team or ""}}


# --- OCSF, as a product writes it that knows signers and memory.

OCSF = {"fork": (1007, 1), "exec": (1007, 1), "exit": (1007, 2), "load": (1005, 1), "mprotect": (1004, 2), "task": (1007, 3),
        "remote_thread": (1007, 4), "create": (1001, 1), "close": (1001, 3), "rename": (1001, 5), "unlink": (1001, 4),
        "connect": (4001, 1)}


def ocsf(happenings):
    shown = [h for h in happenings if h.what in OCSF and not (h.what == "task" and h.facts["port"] != "control")]
    return [ocsf_record(number, h) for number, h in enumerate(shown)]


def ocsf_record(number, h):
    kind, activity = OCSF[h.what]
    f = h.facts
    record = {"class_uid": kind, "category_uid": kind // 1000, "activity_id": activity, "type_uid": 100 * kind + activity,
              "severity_id": 1, "status_id": 1, "time": NINE_MS + round(h.at * 1000),
              "metadata": {"uid": f"r-{number}", "sequence": number, "version": "1.5.0", "profiles": ["host"],
                           "product": {"name": "Invented", "vendor_name": "Nobody"}},
              "device": {"uid": "dev-7", "hostname": NAME, "type_id": 3, "os": {"type_id": 300, "name": "macOS"},
                         "hw_info": {"uuid": UUID}},
              "actor": {"process": ocsf_process(h.actor)}}
    if h.what in ("fork", "exec"):
        record.update(process=ocsf_process(h.other), launch_type_id=3 if h.what == "exec" else 2)
        if h.what == "exec":
            record["process"]["cmd_line"] = " ".join(f["args"])
            record["process"]["file"]["created_time"] = NINE_MS + round(f["born"] * 1000)
    elif h.what == "exit":
        record.update(process=ocsf_process(h.actor), exit_code=f["stat"] >> 8)
    elif h.what in ("task", "remote_thread"):
        record["process"] = ocsf_process(h.other)
        if h.what == "remote_thread":
            record["injection_type_id"] = 1
    elif h.what == "mprotect":
        record.update(process=ocsf_process(h.actor), requested_permissions=f["protection"],
                      base_address=hex(f["address"]), size=f["size"])
    elif h.what == "load":
        record["module"] = {"file": ocsf_file(f["path"]), "load_type_id": 1}
    elif h.what == "connect":
        record.update(dst_endpoint={"ip": f["address"], "port": f["port"]}, connection_info={"direction_id": 2})
    elif h.what == "rename":
        record.update(file=ocsf_file(f["old"]), file_result=ocsf_file(f["path"]))
    else:
        record["file"] = ocsf_file(f["path"])
    return record


def ocsf_process(p):
    program = p.program
    flags = p.flags or program.flags
    file = ocsf_file(program.path)
    file["hashes"] = [{"algorithm_id": 99, "algorithm": "cdhash", "value": program.cdhash}]
    if flags & SIGNED:
        file["signature"] = {"algorithm_id": 99, "state_id": 1 if flags & VALID else 2}
        if not flags & ADHOC:
            name = "Software Signing" if program.is_platform else f"Developer ID Application: Invented ({program.team})"
            file["signature"].update(certificate={"subject": f"CN={name}", "issuer": "CN=Apple", "serial_number": "1"})
        if program.team:
            file["signature"]["developer_uid"] = program.team
    out = {"pid": p.pid, "uid": f"life-{p.pid}-{p.pidversion}", "name": program.name, "file": file,
           "created_time": NINE_MS + round(p.start * 1000), "user": {"uid": str(p.uid), "name": "robin" if p.uid else "root"},
           "xattributes": {"signing_id": program.signing_id, "codesigning_flags": flags}}
    if p.parent is not None:
        parent = p.parent
        out["parent_process"] = {"pid": parent.pid, "uid": f"life-{parent.pid}-{parent.pidversion}",
                                 "name": parent.program.name, "file": ocsf_file(parent.program.path)}
    return out


def ocsf_file(path):
    return {"name": path.rpartition("/")[2], "path": path, "type_id": 1}


# --- The unified log, as `log show --style ndjson` prints it.

def unified_log(happenings):
    return [log_record(h) for h in happenings if h.what == "logged"]


def log_record(h):
    p, f = h.actor, h.facts
    return {"timestamp": stamp(h.at, 6).replace("T", " ").replace("Z", "+0000"), "machTimestamp": 7_000_000 + round(h.at * 24e6),
            "processID": 0 if f.get("is_kernel") else p.pid, "process": f.get("process", "kernel"),
            "processImagePath": f.get("image", "/kernel"), "senderImagePath": f.get("sender", "/kernel"),
            "subsystem": f.get("subsystem", ""), "category": "", "eventType": "logEvent", "messageType": "Default",
            "eventMessage": f["message"], "userID": 0, "threadID": 4711, "traceID": 1, "bootUUID": UUID}
