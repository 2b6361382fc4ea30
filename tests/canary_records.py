#!/usr/bin/env python3
"""Prints what eslogger would tell of a canary's process, made of the records of another one.

usage: canary_records.py INPUT NONCE TIME [WITHOUT]
INPUT has a fork, an exec and an mmap. The first record is of TIME, like 2026-03-02T09:00; each is a second after the
one before it. The sensor never saw an event called WITHOUT.
"""

import copy
import json
import sys


def main():
    path, nonce, time, *without = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    fork, exec_, mmap = (next(x for x in lines if kind in x["event"]) for kind in ("fork", "exec", "mmap"))
    exec_["event"]["exec"]["args"] = ["pomona", "canary", "act", nonce, "/usr/local/lib/libpomona.dylib"]
    exec_["event"]["exec"]["env"] = ["HOME=/Users/ada", f"POMONA_CANARY={nonce}"]
    path = {"path": f"/private/tmp/pomona-canary-{nonce}", "path_truncated": False}
    records = [fork, exec_, mmap] + [
        act(mmap, 21, {"mprotect": {"protection": 1, "address": 4375019520, "size": 16384}}),
        act(mmap, 32, {"unlink": {"target": path, "parent_dir": {"path": "/private/tmp", "path_truncated": False}}}),
        act(mmap, 15, {"exit": {"stat": 0}}),
    ]
    for number, record in enumerate(x for x in records if not x["event"].keys() & set(without)):
        record["global_seq_num"] = number
        record["time"] = f"{time}:{number:02}.000000000Z"
        print(json.dumps(record))


def act(of, number, event):
    record = copy.deepcopy(of)
    record["event_type"], record["event"] = number, event
    return record


main()
