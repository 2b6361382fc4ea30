#!/usr/bin/env python3
"""`pomona review` on a terminal, as somebody who sits there uses it: keys go in, and what stands on the screen
is read.

usage: review_screen_test.py POMONA

The terminal is a pseudo-terminal and, behind it, an emulator of what a VT100 does and nothing more. Skipped
with its reason where there is no entry for that terminal, or no locale in UTF-8. Run by ctest from the top
of the tree. Prints what failed, and a closing line of counts.
"""

import fcntl
import locale
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
WAIT = 20.0  # Seconds for what has to come; a busy machine is slow.
UP, DOWN, PAGE_DOWN = "\x1bOA", "\x1bOB", "\x06"
ENTER, ESCAPE, ERASE_LINE = "\r", "\x1b", "\x15"

passed = 0
failed = 0


def check(name, holds, what=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {what}")


class Emulator:
    """Characters in cells. Steering that is not known here is kept, and fails the test."""

    STEERING = re.compile(r"\x1b(?:\[(?P<args>[0-9;?]*)(?P<final>[@-~])|[()][A-Z0-9]|(?P<one>[=>78MDEc]))")

    def __init__(self, rows, columns):
        self.resize(rows, columns)
        self.rest = b""
        self.text = ""
        self.unknown = []
        self.bells = 0

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.top, self.bottom = 0, rows - 1

    def feed(self, octets):
        octets = self.rest + octets
        cut = len(octets)
        while cut > 0 and len(octets) - cut < 3 and octets[cut - 1] & 0xc0 == 0x80:
            cut -= 1
        if cut > 0 and octets[cut - 1] >= 0xc0:
            cut -= 1
        whole = octets[:cut] if cut < len(octets) and not self.is_whole(octets[cut:]) else octets
        self.rest = octets[len(whole):]
        self.text += whole.decode("utf-8", errors="replace")
        while self.text:
            if self.text[0] != "\x1b":
                self.put(self.text[0])
                self.text = self.text[1:]
                continue
            match = self.STEERING.match(self.text)
            if match is None:
                if len(self.text) < 16:
                    return
                self.unknown.append(self.text[:16])
                self.text = self.text[1:]
                continue
            self.steer(match)
            self.text = self.text[match.end():]

    @staticmethod
    def is_whole(octets):
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.down()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\x07":
            self.bells += 1
        elif character in "\0\x0e\x0f":
            pass
        elif character < " ":
            self.unknown.append(repr(character))
        else:
            if self.column >= self.columns:  # Automatic margins.
                self.column = 0
                self.down()
            self.cells[self.row][self.column] = character
            self.column += 1

    def down(self):
        if self.row == self.bottom:
            self.cells[self.top:self.bottom + 1] = \
                self.cells[self.top + 1:self.bottom + 1] + [[" "] * self.columns]
        elif self.row < self.rows - 1:
            self.row += 1

    def up(self):
        if self.row == self.top:
            self.cells[self.top:self.bottom + 1] = \
                [[" "] * self.columns] + self.cells[self.top:self.bottom]
        elif self.row > 0:
            self.row -= 1

    def steer(self, match):
        final, one = match["final"], match["one"]
        if one == "M":
            self.up()
        elif one == "D":
            self.down()
        if final is None:
            return
        arguments = match["args"].lstrip("?")
        numbers = [int(n) if n else 0 for n in arguments.split(";")]
        count = max(1, numbers[0])
        if final == "H":
            self.row = min(self.rows, count) - 1
            self.column = min(self.columns, max(1, numbers[1] if len(numbers) > 1 else 1)) - 1
        elif final in "ABCD":
            self.row += {"A": -count, "B": count}.get(final, 0)
            self.column += {"C": count, "D": -count}.get(final, 0)
            self.row = max(0, min(self.rows - 1, self.row))
            self.column = max(0, min(self.columns - 1, self.column))
        elif final == "J":
            self.erase_row(numbers[0])
            rows = {0: range(self.row + 1, self.rows), 1: range(self.row), 2: range(self.rows)}
            for row in rows[numbers[0]]:
                self.cells[row] = [" "] * self.columns
        elif final == "K":
            self.erase_row(numbers[0])
        elif final == "r":
            self.top = count - 1
            self.bottom = (numbers[1] if len(numbers) > 1 and numbers[1] else self.rows) - 1
            self.row = self.column = 0
        elif final not in "mhl":
            self.unknown.append(match.group())

    def erase_row(self, how):
        first = 0 if how > 0 else min(self.column, self.columns)
        last = self.columns if how in (0, 2) else min(self.column + 1, self.columns)
        self.cells[self.row][first:last] = [" "] * (last - first)

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]


class Terminal:
    """One run of the program on a terminal of its own."""

    def __init__(self, arguments, rows=24, columns=80, environment=None):
        self.screen = Emulator(rows, columns)
        self.raw = b""
        self.code = None
        self.master, slave = pty.openpty()
        self.size(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.child = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=subprocess.PIPE,
                                      env={**os.environ, **(environment or {})},
                                      start_new_session=True, close_fds=True)
        self.slave = slave

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.size(rows, columns)
        self.child.send_signal(signal.SIGWINCH)

    def read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        octets = os.read(self.master, 65536)
        self.raw += octets
        self.screen.feed(octets)
        return True

    def shows(self, name, pattern):
        """Waits until a line of the screen is like that, and returns it."""
        end = time.monotonic() + WAIT
        while True:
            for line in self.screen.lines():
                if re.search(pattern, line):
                    check(name, True)
                    return line
            if time.monotonic() > end or self.child.poll() is not None:
                break
            self.read(0.05)
        check(name, False, f"nothing like {pattern!r} on the screen:\n" + "\n".join(self.screen.lines()))
        return ""

    def pages_to(self, name, pattern):
        for _ in range(30):
            self.settle(0.1)
            if any(re.search(pattern, line) for line in self.screen.lines()):
                break
            self.press(PAGE_DOWN)
        self.shows(name, pattern)

    def press(self, *keys):
        for key in keys:
            os.write(self.master, key.encode())
            # A key alone is a key alone: what follows an escape at once would be read as one with it.
            if key == ESCAPE:
                self.settle(0.3)

    def settle(self, seconds=0.4):
        """Reads until nothing has come for a while."""
        while self.read(seconds):
            pass

    def ends(self, name, code=0):
        end = time.monotonic() + WAIT
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.05)
        if self.child.poll() is None:
            self.child.kill()
        while self.read(0.05):
            pass
        self.code = self.child.wait()
        self.said = self.child.stderr.read().decode()
        self.child.stderr.close()
        check(name, self.code == code, f"exit {self.code}, not {code}: {self.said[:300]}")
        check(name + ": nothing is said beside the screen", self.said == "", self.said[:300])
        check(name + ": the terminal is as before", termios.tcgetattr(self.slave) == self.before)
        check(name + ": no unknown steering", not self.screen.unknown, self.screen.unknown[:4])
        os.close(self.slave)
        os.close(self.master)

    def chosen_id(self):
        return re.search(r"finding ([0-9a-f]{32})", "\n".join(self.screen.lines())).group(1)


def run(*arguments, environment=None):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(environment or {})})


def utf8_locale():
    for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
            return name
        except locale.Error:
            continue
    return None


def has_terminfo():
    places = [os.environ.get("TERMINFO", ""), "/lib/terminfo", "/etc/terminfo", "/usr/share/terminfo",
              "/usr/share/lib/terminfo", os.path.expanduser("~/.terminfo")]
    return any(os.path.exists(f"{place}/{letter}/vt100") for place in places for letter in ("v", "76"))


class Test:
    def __init__(self, pomona, store):
        self.pomona = pomona
        self.store = store

    def terminal(self, *arguments, **options):
        return Terminal([self.pomona, "review", "--store", self.store, "--as", "ada", *arguments], **options)

    def listed(self, *arguments):
        return run(self.pomona, "review", "list", "--store", self.store, "--output", "ndjson", *arguments).stdout

    def list_and_show(self):
        t = self.terminal()
        t.shows("the bar", r"^pomona review  state:unclosed  .*s\.db$")
        t.shows("headings", r"^  LEVL SC  AGE  STATE    RULE ")
        t.shows("a row", r"^  (CRIT|HIGH|MED|LOW) +\d+ +\d+[smhdy] open ")
        t.shows("keys", r"^\? help  q quit  Enter show  / search")
        t.press("?")
        t.shows("help", r"^  Space +marks the finding")
        t.press("q", ENTER)
        t.shows("one finding", r"^finding [0-9a-f]{32}  lines 1-21 of ")
        t.shows("its steps", r"^   1  \+0\.000 s")
        t.press("G")
        t.shows("its end", r"lines \d+-(\d+) of \1$")
        first = t.chosen_id()
        t.press("J")
        t.shows("the next finding", r"^finding (?!%s)[0-9a-f]{32}  " % first)
        t.press("K")
        t.shows("and back", r"^finding %s" % first)
        t.press("q", DOWN, UP, PAGE_DOWN, "g")
        t.shows("the list again", r"^pomona review  state:unclosed")
        t.press("x")
        t.shows("another key", r"^no such key here; \? shows the keys$")
        t.press("q")
        t.ends("quit")
        return first

    def decide(self, first):
        t = self.terminal()
        t.shows("the list", r"^\? help")
        t.press("a")
        t.shows("assigned", r"^%s: assigned to you" % first[:12])
        t.shows("who has it", r"assigned .* ada")
        t.press("c")
        t.shows("choices", r"^close as  t true positive  e benign, expected  b benign, unexpected")
        t.press("e", ENTER)
        t.shows("a cause is needed", r"^this has to be said; Esc gives up$")
        t.press("the lab's own é build", ENTER)
        t.shows("closed", r"^%s: closed" % first[:12])
        check("in the store", f'"id":"{first}"' in self.listed("--status", "closed", "--assignee", "ada"))
        t.press("f", "s", "c")
        t.shows("the closed ones", r"^pomona review  state:closed")
        t.shows("its disposition", r" expected .* ada")
        t.press("p")
        t.shows("what is proposed", r"^propose  e exception  b baseline entry$")
        t.press("e")
        t.shows("into which file", r"^into the new file: exception-%s\.yaml" % first[:12])
        t.press(ENTER)
        t.shows("proposed, or why not", r"(^exception-%s\.yaml holds it|^no exception can be proposed)" % first[:12])
        t.press("p", "e", ENTER)
        t.shows("nothing is written over", r"(File exists|^no exception can be proposed)")
        t.press("r")
        t.shows("reopened", r"^%s: reopened" % first[:12])
        t.press("q")
        t.ends("decided")
        shown = run(self.pomona, "review", "show", "--store", self.store, first).stdout
        check("the history", re.search(r"  ada  review\.close \{.*own é build", shown), shown[-900:])

    def mark_and_note(self):
        t = self.terminal()
        t.shows("the list", r"^\? help")
        t.press(" ", " ")
        t.shows("marks", r"^pomona review  2 marked  ")
        t.press("c", "t", "theft", ENTER, "two Macs", ENTER, "isolated", ENTER)
        t.shows("both", r"^2 findings: closed")
        check("both in the store", self.listed("--status", "closed").count('"true-positive"') == 2)
        t.press("n")
        t.shows("a note", r"^the note was added")
        t.press(ENTER)
        t.shows("a finding", r"^finding [0-9a-f]{32}")
        t.pages_to("to be read", r"ada: written by the editor$")
        t.press("q", "q")
        t.ends("noted")

    def filter(self):
        t = self.terminal("--status", "all", "--level", "high")
        t.shows("of options", r"^pomona review  state:all level:high  ")
        t.press("/", ERASE_LINE, "nothing-is-like-this", ENTER)
        t.shows("none", r"^  no finding is like that; f x")
        t.press("/", " state:shut", ENTER)
        t.shows("a word that is wrong", r'^state: takes unclosed, open, .* not "shut"$')
        t.press(ESCAPE, "f", "x", "f", "l", "c")
        t.shows("critical", r"^pomona review  state:unclosed level:critical")
        t.settle()
        check("only those", not any(re.match(r". (HIGH|MED|LOW) ", line) for line in t.screen.lines()))
        t.press("q")
        t.ends("filtered")

    def others_meanwhile(self):
        t = self.terminal()
        t.shows("the list", r"^\? help")
        t.press(ENTER)
        t.shows("one finding", r"^finding [0-9a-f]{32}")
        first = t.chosen_id()
        run(self.pomona, "review", "assign", "--store", self.store, "--as", "eve", first, "eve")
        t.press("a")
        t.shows("assigned by another", r"^%s: somebody else changed it meanwhile; look at it again" % first[:12])
        t.settle()
        run(self.pomona, "review", "close", "--store", self.store, "--as", "eve", "--disposition", "undetermined",
            "--cause", "of eve", first)
        t.press("c", "f", "of ada", ENTER)
        t.shows("closed by another", r"^%s: somebody else changed it meanwhile" % first[:12])
        shown = run(self.pomona, "review", "show", "--store", self.store, first).stdout
        check("is not written over", "of eve" in shown and "of ada" not in shown)
        t.press("q")
        t.shows("the list again", r"^pomona review  state:unclosed")
        t.press(ENTER)
        t.shows("another finding", r"^finding (?!%s)[0-9a-f]{32}" % first)
        gone = t.chosen_id()
        with sqlite3.connect(self.store) as db:
            db.execute("DELETE FROM finding WHERE id = ?", (gone,))
        db.close()
        t.press("c", "f", "x", ENTER)
        t.shows("gone", r"it is no longer in the store")
        t.press("q")
        t.ends("meanwhile")

    def sizes(self):
        t = self.terminal(rows=10, columns=40)
        t.shows("narrow", r"^  LEVL SC  AGE  RULE        HOST")
        t.press(ENTER)
        t.shows("a finding on it", r"^finding [0-9a-f]{31}~$")
        t.resize(30, 120)
        t.shows("wider", r"^finding [0-9a-f]{32}  lines 1-27 of ")
        t.press("q")
        t.shows("titles", r"WHO +TITLE$")
        for rows, columns in ((1, 1), (2, 3), (3, 7), (200, 300), (24, 80)):
            t.resize(rows, columns)
            t.press("j", "k")
            t.settle(0.3)
        t.shows("and again", r"^\? help  q quit")
        t.press("q")
        t.ends("sizes")

    def hostile(self):
        with sqlite3.connect(self.store) as db:
            db.execute("UPDATE finding SET title = ?, host_name = ?, rule = ?, assignee = ?, executable = ?,"
                       " score = 100", ("\x1b]0;owned\x07\x1b[2J\n\u202egnp", "\x1b[31mmac\r\n", "S\x9b31m", "a\tb\b",
                                        "/tmp/\x1b[5n" + "漢" * 4000))
        db.close()
        t = self.terminal(columns=120)
        t.shows("made harmless", r"\\x1b\[31mmac")
        t.press(ENTER, "q", "f", "h", "q")
        t.ends("hostile")
        check("steers nothing", b"\x1b]0" not in t.raw and b"\x1b[5n" not in t.raw and "\x9b".encode() not in t.raw)
        check("rings nothing", t.screen.bells == 0)

    def signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            t = self.terminal()
            t.shows("the list", r"^\? help")
            t.child.send_signal(number)
            t.ends(f"signal {number.name}", -number)

    def lost(self):
        """The other end is closed, and nobody sends a signal: this one leads no session."""
        t = self.terminal()
        t.shows("the list", r"^\? help")
        os.close(t.master)
        try:
            t.child.wait(WAIT)
        except subprocess.TimeoutExpired:
            t.child.kill()
            t.child.wait()
        check("a lost terminal", t.child.returncode == -signal.SIGHUP, t.child.returncode)
        t.child.stderr.close()

    def looks(self):
        t = self.terminal(environment={"TERM": "xterm-256color", "NO_COLOR": "1"}) if colours() else None
        if t is not None:
            t.settle(1.0)
            t.press("q")
            t.settle(0.5)
            check("NO_COLOR", not re.search(rb"\x1b\[[0-9;]*3[0-9][;m]", t.raw), t.raw[:200])
            t.screen.unknown.clear()
            t.ends("NO_COLOR")
        t = self.terminal(environment={"LC_ALL": "C"})
        t.shows("in ASCII", r"^\? help")
        t.press(ENTER)
        t.shows("a finding", r"^-- (CRITICAL|HIGH|MEDIUM)")
        t.press("q", "q")
        t.ends("in ASCII")
        check("ASCII alone", all(octet < 0x80 for octet in t.raw))

    def no_terminal(self):
        done = run(self.pomona, "review", "--store", self.store)
        check("no terminal", done.returncode == 2 and "without one it shows the queue, on a terminal" in done.stderr,
              done.stderr)
        t = self.terminal(environment={"TERM": "no-such-terminal"})
        t.child.wait()
        said = t.child.stderr.read().decode()
        check("no such terminal", t.child.returncode == 2 and 'no terminal "no-such-terminal" is known' in said, said)
        t = Terminal([self.pomona, "review", "--store", "absent.db"])
        t.child.wait()
        said = t.child.stderr.read().decode()
        check("no such store", t.child.returncode == 3 and "absent.db" in said, said)


def colours():
    return shutil.which("infocmp") and run("infocmp", "xterm-256color").returncode == 0


def fill(pomona, store):
    """What the rules' cases find, one of each rule, on two invented Macs."""
    for number, path in enumerate(sorted((TREE / "tests/cases").glob("S*"))):
        path = sorted(path.glob("*/input.ndjson"))[0]
        run(pomona, "detect", "--store", store, "--host", f"mac-{number % 2 + 1}", str(path))


def main():
    pomona = str(pathlib.Path(sys.argv[1]).resolve())
    language = utf8_locale()
    if not has_terminfo():
        print("review_screen: skipped: no terminfo entry for vt100 is installed")
        return 0
    if language is None:
        print("review_screen: skipped: no locale in UTF-8 is installed")
        return 0
    os.environ.update(TERM="vt100", LC_ALL=language, SOURCE_DATE_EPOCH="1780000000")
    for name in ("POMONA_STORE", "NO_COLOR", "VISUAL", "LINES", "COLUMNS"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        editor = pathlib.Path(work) / "editor"
        editor.write_text("#!/bin/sh\necho written by the editor > \"$1\"\n")
        editor.chmod(0o755)
        os.environ.update(EDITOR=str(editor), TMPDIR=work)
        store = str(pathlib.Path(work) / "s.db")
        fill(pomona, store)
        test = Test(pomona, store)
        first = test.list_and_show()
        test.decide(first)
        test.mark_and_note()
        test.filter()
        test.others_meanwhile()
        test.sizes()
        test.signals()
        test.lost()
        test.looks()
        test.no_terminal()
        test.hostile()
        verified = run(pomona, "evidence", "verify", "--store", store)
        check("the log holds", verified.returncode == 0, verified.stderr)
        os.chdir("/")
    print(f"review_screen: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
