#!/usr/bin/env python3
"""A store that somebody else wrote to: values that no pomona puts there, in every column, by turns and at random.

usage: strange_store_test.py POMONA

Whatever stands in a store, every command that reads it ends by itself, and where it cannot do what was asked it
says why; what comes out steers no terminal. Run by ctest from the top of the tree; with the sanitizers it sees
more. Prints what failed, and a closing line of counts.
"""

import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parent.parent
CASE = TREE / "tests/cases/S09/trusted-maps-from-tmp/input.ndjson"
ROUNDS, RUNS = 24, 5

VALUES = [None, 0, -1, 3, 77, 2**31, 2**32 + 1, 2**63 - 1, -2**63, 1.5, 1e300, float("-inf"), "", "a\0b", "{}", "[[[[",
          "\x1b[2J\x1b]0;owned\x07", "</script>|=cmd", "\n\r\t", b"", b"\xff\xfe", b"\x80" * 40, "9" * 30,
          "x" * 300000]

# What was found this way once: an index that left its table, a null pointer, octets that are others.
KNOWN = [
    ("UPDATE finding SET verdict = 3, level = 77, status = -1, disposition = 99",
     ["review", "list", "--status", "all", "--output", "ndjson"], 0, ""),
    ("UPDATE attack_object SET state = 100", ["attack", "diff"], 0, ""),
    ("UPDATE attack_raw SET octets = x''", ["attack", "show", "--raw", "AN1467"], 3, "no longer as it was imported"),
    ("UPDATE attack_raw SET octets = octets || ' '", ["attack", "show", "AN1467"], 3, "no longer as it was imported"),
    ("UPDATE audit_log SET seq = 9223372036854775807 WHERE seq = (SELECT max(seq) FROM audit_log)",
     ["assets", "import", "b.csv"], 3, "the audit log's last entry is numbered 9223372036854775807"),
]

passed = 0
failed = 0


def check(name, holds, what=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {what}")


def run(pomona, *arguments):
    return subprocess.run([pomona, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def ended(name, done, raw=False):
    """By itself, and not without a word."""
    said = done.stderr.decode(errors="replace")
    check(name, done.returncode in (0, 1, 2, 3), f"exit {done.returncode}: {said[-2000:]}")
    check(f"{name}: says why", done.returncode not in (2, 3) or said, "nothing was said")
    check(f"{name}: steers nothing", raw or b"\x1b" not in done.stdout + done.stderr, done.stdout[:200])


def fill(pomona):
    for name, owner in (("a.csv", "ann"), ("b.csv", "bob")):
        pathlib.Path(name).write_text(f"serial,host_name,owner\nC02EXAMPLE{name[0].upper()},mac-{name[0]},{owner}\n")
    for release in ("1.0", "1.1"):
        made = subprocess.run([sys.executable, TREE / "tests/attack_bundle.py", "40", release], capture_output=True,
                              check=True)
        pathlib.Path(f"{release}.json").write_bytes(made.stdout)
    for arguments in (("detect", "--store", "whole.db", "--host", "mac-a", CASE),
                      ("coverage", "--store", "whole.db", "--host", "mac-a", CASE), ("assets", "import", "a.csv"),
                      ("attack", "import", "1.0.json"), ("attack", "import", "1.1.json"),
                      ("exceptions", "import", TREE / "examples/exceptions.yaml"),
                      ("baseline", "learn", *sorted((TREE / "scenarios/S02/near-miss-declared-jit").glob("*.ndjson"))),
                      ("evidence", "keygen", "--key", "key")):
        run(pomona, *arguments)
    with sqlite3.connect("whole.db") as db:
        (finding,) = db.execute("SELECT id FROM finding").fetchone()
        db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    run(pomona, "review", "note", finding, "seen")
    run(pomona, "review", "close", "--disposition", "benign-expected", "--cause", "build", finding)
    return finding


def commands(finding):
    return [["store", "check"], ["review", "list", "--status", "all"], ["review", "stats"], ["review", "show", finding],
            ["rules", "list", "--store", "strange.db"], ["assets", "list"], ["assets", "list", "--output", "csv"],
            ["coverage", "--store", "strange.db"], ["coverage", "--store", "strange.db", "--output", "html"],
            ["coverage", "--store", "strange.db", "--output", "csv"], ["exceptions", "list"], ["exceptions", "export"],
            ["baseline", "list"], ["baseline", "export", "--all", "-"], ["evidence", "verify", "--store", "strange.db"],
            ["evidence", "dettect", "techniques"], ["attack", "show", "AN1467"], ["attack", "diff"],
            ["evidence", "export", "--period", "2026-03-01..2026-03-31", "--key", "key", "--output", "pack"],
            ["detect", "--store", "strange.db", "--host", "mac-a", CASE], ["review", "reopen", finding],
            ["assets", "import", "b.csv"], ["store", "vacuum", "--keep", "1"]]


def copy():
    for name in ("strange.db", "strange.db-wal", "strange.db-shm", "pack"):
        pathlib.Path(name).unlink(missing_ok=True)
    shutil.copy("whole.db", "strange.db")
    return sqlite3.connect("strange.db")


def spoil(db, chosen):
    """Some columns; where one takes no NULL, it is left."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'store_version'")]
    edits = []
    for _ in range(chosen.choice((1, 2, 6))):
        table = chosen.choice(sorted(tables))
        column = chosen.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
        value = chosen.choice(VALUES)
        db.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        edits.append(f"{table}.{column} = {value!r:.40}")
    return "; ".join(edits)


def main():
    pomona = str(pathlib.Path(sys.argv[1]).resolve())
    os.environ.update(SOURCE_DATE_EPOCH="1780000000", POMONA_STORE="whole.db")
    chosen = random.Random(7)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        finding = fill(pomona)
        os.environ["POMONA_STORE"] = "strange.db"
        for edit, arguments, code, said in KNOWN:
            with copy() as db:
                db.execute(edit)
            db.close()
            done = run(pomona, *arguments)
            ended(edit, done)
            check(f"{edit}: {code}", done.returncode == code and said.encode() in done.stderr, done.stderr[-400:])
        for _ in range(ROUNDS):
            with copy() as db:
                edits = spoil(db, chosen)
            db.close()
            for arguments in chosen.sample(commands(finding), RUNS):
                ended(f"{edits}: {' '.join(map(str, arguments[:2]))}", run(pomona, *arguments))
        os.chdir("/")
    print(f"strange_store: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
