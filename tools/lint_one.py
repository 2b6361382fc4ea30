#!/usr/bin/env python3
"""Runs clang-tidy over one file, unless the same text has passed before.

usage: tools/lint_one.py FILE.c
"""

import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATABASE = ROOT / "build/clang"
PASSED = ROOT / "build/lint"


def compile_command(source):
    for entry in json.loads((DATABASE / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == source:
            return entry
    return None


def text_hash(entry):
    """A hash of all that the verdict depends on: the preprocessed text and the checks."""
    words = shlex.split(entry["command"])
    out = words.index("-o")
    words = words[:out] + words[out + 2:]
    text = subprocess.run(words + ["-E", "-C"], cwd=entry["directory"], check=True,
                          capture_output=True).stdout
    return hashlib.sha256(text + (ROOT / ".clang-tidy").read_bytes()).hexdigest()


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    entry = compile_command(source)
    if entry is None:
        print(f"lint: {sys.argv[1]} is built by no target of the preset clang", file=sys.stderr)
        return 1
    stamp = PASSED / text_hash(entry)
    if stamp.exists():
        return 0
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(DATABASE), str(source)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout, end="")
        return 1
    stamp.touch()
    return 0


sys.exit(main())
