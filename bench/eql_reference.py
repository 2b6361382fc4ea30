#!/usr/bin/env python3
"""Runs one query of EVENTS through the Python package `eql`, which bench/run-eql installs.

usage: eql_reference.py EVENTS

The first line of EVENTS holds the query, each further line one event, as bench_eql_compare wrote
them. Prints how many sequences there are and how many seconds the fastest of several runs took;
reading and decoding the events is not counted.
"""

import json
import sys
import time

import eql

ROUNDS = 3
CHUNK = 64


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: eql_reference.py EVENTS")
    with open(sys.argv[1], encoding="utf-8") as lines:
        query = eql.parse_query(json.loads(next(lines))["query"])
        events = [event_of(json.loads(line)) for line in lines]
    best, count = None, None
    for _ in range(ROUNDS):
        found = []
        engine = eql.PythonEngine()
        engine.add_query(query)
        engine.add_output_hook(found.append)
        seconds = 0
        for first in range(0, len(events), CHUNK):
            chunk = events[first:first + CHUNK]
            touch(chunk)
            start = time.perf_counter()
            engine.stream_events(chunk, finalize=False)
            seconds += time.perf_counter() - start
        engine.finalize()
        best = seconds if best is None else min(best, seconds)
        count = len(found)
    print(count, f"{best:.6f}")


def touch(events):
    """Reads all values, which brings them into the processor's cache."""
    for event in events:
        repr(event.data)


def event_of(record):
    """Fields are nested: that is how the engine finds "process.name"."""
    values = {}
    for name, value in record["fields"].items():
        *path, last = name.split(".")
        place = values
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return eql.Event(record["category"], record["filetime"], values)


if __name__ == "__main__":
    main()
