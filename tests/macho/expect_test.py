#!/usr/bin/env python3
"""The program over the images of tests/macho/images, compared with what must be told of each.

usage: expect_test.py POMONA [NAME...]

An expectation is a part of what `pomona inspect --output ndjson` tells: what it does not name is
not compared. A list is compared item by item, unless it is one of these:
  {"$has": [...]}      each of these is in the list; others may be
  {"$without": [...]}  none of these is in the list
  {"$any": [...]}      one of these
  {"$text": "..."}     text that holds this
Prints a line for each thing that differs, and a closing line of counts.
"""

import concurrent.futures
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 60  # For one image; none needs a tenth of a second.
SHOWN_MAX = 200   # Of a value that differs.


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pomona = pathlib.Path(sys.argv[1]).resolve()
    names = sys.argv[2:] or sorted(path.stem for path in (HERE / "expect").glob("*.json"))
    if not names:
        sys.exit("expect_test: no expectations")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda name: check(pomona, name), names))
    failed = 0
    for name, differences in zip(names, results):
        failed += bool(differences)
        for difference in differences:
            print(f"FAIL {name}: {difference}")
    if not sys.argv[2:]:
        missed = [f"FAIL itself: {what}" for what in check_itself(pomona)]
        failed += bool(missed)
        names.append("itself")
        print("".join(line + "\n" for line in missed), end="")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


def check(pomona, name):
    expected = json.loads((HERE / "expect" / f"{name}.json").read_text())
    try:
        code, told, said = run(pomona, expected)
    except subprocess.TimeoutExpired:
        return [f"more than {SECONDS_MAX} s"]
    if told is None:
        return [f"exit {code}, and what was printed is no NDJSON: {said}"]
    differences = compare(expected["slices"], told, "")
    if code != expected["exit"]:
        differences.append(f"exit {code}, not {expected['exit']}: {said}")
    return differences


def run(pomona, expected):
    """Exit status, the objects that were printed (None where they are none), and the first line of stderr."""
    with tempfile.TemporaryDirectory() as directory:
        images = pathlib.Path(directory) if "modes" in expected else HERE / "images"
        if "modes" in expected:
            shutil.copytree(HERE / "images/root", images / "root")
            for path, mode in expected["modes"].items():
                (images / "root" / path).chmod(int(mode, 8))
        arguments = [argument.replace("IMAGES", str(images)) for argument in expected["arguments"]]
        # With --root a path is one of the Mac's own.
        path = expected["slices"][0]["path"] if "--root" in arguments else expected["path"]
        done = subprocess.run([pomona, "inspect", "--output", "ndjson", *arguments, path], cwd=HERE / "images",
                              capture_output=True, text=True, timeout=SECONDS_MAX)
    said = done.stderr.split("\n", 1)[0]
    try:
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], said
    except ValueError:
        return done.returncode, None, said


def compare(expected, told, where):
    """A sentence for each part of what is expected that was not told."""
    if isinstance(expected, dict) and len(expected) == 1 and next(iter(expected)).startswith("$"):
        return compare_loosely(*next(iter(expected.items())), told, where)
    if isinstance(expected, dict) and isinstance(told, dict):
        return [difference for key, value in expected.items()
                for difference in (compare(value, told[key], f"{where}.{key}" if where else key) if key in told
                                   else [f"{where}.{key}: is not told".lstrip(".")])]
    if isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        return [difference for number, (mine, theirs) in enumerate(zip(expected, told))
                for difference in compare(mine, theirs, f"{where}[{number}]")]
    # true is not 1 here.
    if expected == told and isinstance(expected, bool) == isinstance(told, bool):
        return []
    return [f"{where or 'slices'}: {shown(told)}, not {shown(expected)}"]


def compare_loosely(word, expected, told, where):
    if word == "$text":
        fits = isinstance(told, str) and expected in told
    elif word == "$any":
        fits = any(not compare(one, told, where) for one in expected)
    elif not isinstance(told, list):
        fits = False
    else:
        there = [any(not compare(one, item, where) for item in told) for one in expected]
        fits = all(there) if word == "$has" else not any(there)
    return [] if fits else [f"{where}: {shown(told)}; expected {word[1:]} {shown(expected)}"]


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


def check_itself(pomona):
    """A comparison that cannot fail is worth nothing: each altered expectation must be found out."""
    expected = json.loads((HERE / "expect/plain.json").read_text())
    _, told, _ = run(pomona, expected)
    if told is None or len(told) != 1:
        return ["the image \"plain\" tells nothing that could be altered"]
    altered = [("arch", "arm64"), ("links", []), ("fat", "fat"), ("errors", {"$has": [{"reason": {"$text": "x"}}]}),
               ("hidden", {"$any": [1, None]}), ("path", {"$text": "another"}), ("not_a_key", None),
               ("links", {"$without": [{"kind": "load"}]})]
    missed = []
    for key, value in altered:
        slices = copy.deepcopy(expected["slices"])
        slices[0] = {key: value}
        if not compare(slices, told, ""):
            missed.append(f"{key} altered to {shown(value)} was not found out")
    if not compare(expected["slices"] * 2, told, ""):
        missed.append("a slice too many was not found out")
    return missed


if __name__ == "__main__":
    sys.exit(main())
