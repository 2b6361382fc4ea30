#!/usr/bin/env python3
"""Writes the input of every case in this directory: short eslogger records of an invented Mac.

usage: tests/cases/make.py

expected.txt is not written here: `make bless` does that, and the difference is what is reviewed.
Records have only the keys that the decoder needs; vendors, teams and hashes are invented.
"""

import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).parent
NUMBERS = {
    "exec": 9, "fork": 11, "exit": 15, "mmap": 20, "mprotect": 21, "get_task": 16, "get_task_read": 101,
    "cs_invalidated": 94, "remote_thread_create": 97, "create": 13, "unlink": 32,
}

VALID, ADHOC, DEBUGGABLE, HARD, RUNTIME = 0x1, 0x2, 0x4, 0x100, 0x10000
LINKER_SIGNED, PLATFORM, DEBUGGED, SIGNED = 0x20000, 0x04000000, 0x10000000, 0x20000000
HARDENED = VALID | SIGNED | HARD | RUNTIME

HOME = "/Users/robin"
TEMP = "/private/var/folders/q4/h2mzr1x90vj6c8w_kd5ty3b40000gn/T"
BUNDLE = TEMP + "/NSCreateObjectFileImageFromMemory-b7Tq0wZx"


class Program:
    """What is run: where it lies and who signed it."""

    def __init__(self, path, signing_id, flags, team=None, platform=False, es_client=False):
        self.path = path
        self.signing_id = signing_id
        self.flags = flags | (PLATFORM if platform else 0)
        self.team = team
        self.platform = platform
        self.es_client = es_client
        self.cdhash = hashlib.sha1((path + signing_id).encode()).hexdigest().upper()


ZSH = Program("/bin/zsh", "com.apple.zsh", HARDENED, platform=True)
XCODE = Program("/Applications/Xcode.app/Contents/MacOS/Xcode", "com.apple.dt.Xcode", HARDENED, team="59GAB85EFG")
XCTEST = Program("/Applications/Xcode.app/Contents/Developer/usr/bin/xctest", "com.apple.xctest", HARDENED,
                 platform=True)
DEBUGSERVER = Program("/Library/Developer/CommandLineTools/Library/PrivateFrameworks/LLDB.framework/Versions/A/"
                      "Resources/debugserver", "com.apple.debugserver", HARDENED, platform=True)
DROPPED = Program("/Users/Shared/.cache/updaterd", "updaterd-55554944", VALID | SIGNED | ADHOC)
LOOSE = Program("/Applications/Larkspur.app/Contents/MacOS/Larkspur", "com.example.larkspur", VALID | SIGNED,
                team="LRKSPR6EXM")
EDITOR = Program("/Applications/Parlo.app/Contents/MacOS/Parlo", "com.example.parlo", HARDENED, team="PRL0XMPL88")
STUDIO = Program("/Applications/Tonehaus 4.app/Contents/MacOS/Tonehaus 4", "com.example.tonehaus4", HARDENED,
                 team="T0NEHAUS9A")
AGENT = Program("/Library/Wardline/Wardline.app/Contents/MacOS/wardlined", "com.example.wardline", HARDENED,
                team="W4RDL1NE7X", es_client=True)
BREW = Program("/opt/homebrew/Cellar/luajit/2.1.0/bin/luajit-2.1", "luajit-2.1-5f1e0c77",
               VALID | SIGNED | ADHOC | LINKER_SIGNED)
OWN_BUILD = Program(HOME + "/Library/Developer/Xcode/DerivedData/Kestrel/Build/Products/Debug/kestrel", "kestrel",
                    VALID | SIGNED | ADHOC | DEBUGGABLE)


class Mac:
    """One invented Mac: hands out pids, times and sequence numbers, and notes what happens."""

    def __init__(self):
        self.records = []
        self.type_counts = {}
        self.seconds = 0.0
        self.next_pid = 500
        self.next_version = 1000

    def started(self, program, parent=None, **exec_extra):
        """A process by fork and exec; without a parent it is one of launchd's."""
        pid = self.next_pid
        self.next_pid += 1
        parent_token = parent["token"] if parent else {"pid": 1, "pidversion": 1, "euid": 0}
        before = parent["program"] if parent else Program("/sbin/launchd", "com.apple.xpc.launchd", HARDENED,
                                                          platform=True)
        launcher = {"program": before, "token": parent_token, "parent": {"pid": 0, "pidversion": 0, "euid": 0},
                    "flags": before.flags}
        child = {"program": before, "token": self.token(pid), "parent": parent_token, "flags": before.flags}
        self.note("fork", launcher, {"child": self.process(child)})
        process = {"program": program, "token": self.token(pid), "parent": parent_token, "flags": program.flags}
        body = {"target": self.process(process), "args": [program.path], "env": ["HOME=" + HOME], "fds": []}
        body.update(exec_extra)
        self.note("exec", child, body)
        return process

    def token(self, pid):
        self.next_version += 1
        return {"pid": pid, "pidversion": self.next_version, "euid": 501, "auid": 501, "egid": 20, "ruid": 501,
                "rgid": 20, "asid": 100003}

    def process(self, p):
        program = p["program"]
        return {
            "audit_token": p["token"], "parent_audit_token": p["parent"], "responsible_audit_token": p["token"],
            "ppid": p["parent"]["pid"], "codesigning_flags": p["flags"], "is_platform_binary": program.platform,
            "is_es_client": program.es_client, "cdhash": program.cdhash, "signing_id": program.signing_id,
            "team_id": program.team, "executable": {"path": program.path, "path_truncated": False},
        }

    def note(self, kind, p, body):
        seq = self.type_counts.get(kind, 0)
        self.type_counts[kind] = seq + 1
        self.seconds += 0.25
        seconds = int(self.seconds)
        self.records.append({
            "schema_version": 1, "version": 8, "event_type": NUMBERS[kind], "action_type": 1,
            "time": "2026-03-02T09:%02d:%02d.%09dZ" % (seconds // 60, seconds % 60, (self.seconds % 1) * 1e9),
            "seq_num": seq, "global_seq_num": len(self.records), "process": self.process(p), "event": {kind: body},
        })

    def create(self, p, path):
        self.note("create", p, {"destination_type": 0, "destination": {"existing_file": {"path": path}}})

    def load(self, p, path):
        self.note("mmap", p, {"protection": 5, "max_protection": 5, "flags": 18, "file_pos": 0,
                              "source": {"path": path, "path_truncated": False}})

    def unlink(self, p, path):
        self.note("unlink", p, {"target": {"path": path}, "parent_dir": {"path": path.rpartition("/")[0]}})

    def mprotect(self, p, protection, address):
        self.note("mprotect", p, {"protection": protection, "address": address, "size": 16384})

    def get_task(self, p, target, kind="get_task"):
        self.note(kind, p, {"type": 0, "target": self.process(target)})

    def remote_thread(self, p, target):
        self.note("remote_thread_create", p, {"target": self.process(target), "thread_state": None})

    def invalidated(self, p, flags):
        p["flags"] = flags
        self.note("cs_invalidated", p, {})

    def write(self, rule, name):
        directory = HERE / rule / name
        directory.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(r, separators=(",", ":")).replace("/", "\\/") + "\n" for r in self.records]
        (directory / "input.ndjson").write_text("".join(lines), encoding="utf-8")
        (directory / "expected.txt").touch()


def s01():
    mac = Mac()
    p = mac.started(DROPPED, mac.started(ZSH))
    mac.create(p, BUNDLE)
    mac.load(p, BUNDLE)
    mac.unlink(p, BUNDLE)
    mac.write("S01", "untrusted-links-from-memory")

    mac = Mac()
    p = mac.started(STUDIO)  # A licence check does the same.
    mac.create(p, BUNDLE)
    mac.load(p, BUNDLE)
    mac.unlink(p, BUNDLE)
    mac.write("S01", "signed-by-a-team")

    mac = Mac()
    p = mac.started(DROPPED)
    mac.create(p, BUNDLE)
    mac.load(p, BUNDLE + "2")
    mac.unlink(p, BUNDLE)
    mac.write("S01", "another-file-mapped")


def s02():
    mac = Mac()
    p = mac.started(DROPPED)
    mac.mprotect(p, 3, 0x104C58000)
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S02", "untrusted-write-then-execute")

    mac = Mac()
    p = mac.started(DROPPED)
    mac.mprotect(p, 3, 0x104C58000)
    mac.mprotect(p, 5, 0x104C5C000)
    mac.write("S02", "another-range")

    mac = Mac()
    p = mac.started(DROPPED, entitlements={"com.apple.security.cs.allow-jit": True})
    mac.mprotect(p, 3, 0x104C58000)
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S02", "declared-jit")

    mac = Mac()
    p = mac.started(BREW, mac.started(ZSH))
    mac.mprotect(p, 3, 0x104C58000)
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S02", "homebrew-runtime")

    mac = Mac()
    p = mac.started(OWN_BUILD, mac.started(XCODE))
    mac.mprotect(p, 3, 0x104C58000)
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S02", "own-build-below-xcode")


def s04():
    mac = Mac()
    p = mac.started(LOOSE)
    mac.invalidated(p, SIGNED)
    mac.write("S04", "unhardened-page-changed")

    mac = Mac()
    p = mac.started(LOOSE)
    mac.invalidated(p, SIGNED | DEBUGGED)
    mac.write("S04", "while-debugged")

    mac = Mac()
    p = mac.started(OWN_BUILD, mac.started(XCODE))
    mac.invalidated(p, SIGNED | ADHOC)
    mac.write("S04", "own-build-below-xcode")


def s05():
    mac = Mac()
    target = mac.started(EDITOR)
    p = mac.started(DROPPED)
    mac.get_task(p, target)
    mac.remote_thread(p, target)
    mac.write("S05", "port-then-thread")

    mac = Mac()
    target = mac.started(EDITOR)
    other = mac.started(STUDIO)
    p = mac.started(DROPPED)
    mac.get_task(p, target)
    mac.remote_thread(p, other)
    mac.write("S05", "thread-elsewhere")

    mac = Mac()
    target = mac.started(EDITOR)
    p = mac.started(DEBUGSERVER, mac.started(XCODE))
    mac.get_task(p, target)
    mac.remote_thread(p, target)
    mac.write("S05", "debugserver")

    mac = Mac()
    target = mac.started(EDITOR)
    p = mac.started(AGENT)
    mac.get_task(p, target, "get_task_read")
    mac.remote_thread(p, target)
    mac.write("S05", "read-port-only")


def s08():
    library = "/Users/Shared/.cache/libhook.dylib"
    mac = Mac()
    p = mac.started(LOOSE, mac.started(ZSH), env=["HOME=" + HOME, "DYLD_INSERT_LIBRARIES=/usr/lib/libz.dylib:" + library])
    mac.load(p, LOOSE.path.rpartition("/")[0] + "/../Frameworks/LarkspurKit.framework/Versions/A/LarkspurKit")
    mac.load(p, library)
    # The same load is S09's too: a signed program, a hidden place.
    mac.write("S08", "inserted-library-mapped")

    mac = Mac()
    p = mac.started(DROPPED, mac.started(ZSH), env=["DYLD_LIBRARY_PATH=/tmp/lib/"])
    mac.load(p, "/private/tmp/lib/libcurl.4.dylib")
    mac.write("S08", "library-path-mapped")

    mac = Mac()
    p = mac.started(EDITOR, mac.started(ZSH), env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.load(p, "/Applications/Parlo.app/Contents/Frameworks/libopus-parlo.dylib")
    mac.write("S08", "variable-ignored")

    mac = Mac()
    products = HOME + "/Library/Developer/Xcode/DerivedData/Kestrel/Build/Products/Debug"
    p = mac.started(XCTEST, mac.started(XCODE), env=["DYLD_FRAMEWORK_PATH=" + products])
    mac.load(p, products + "/KestrelTests.xctest/Contents/MacOS/KestrelTests")
    mac.write("S08", "tests-below-xcode")


def s09():
    mac = Mac()
    p = mac.started(STUDIO)
    mac.load(p, "/private/tmp/libsession.dylib")
    mac.write("S09", "trusted-maps-from-tmp")

    mac = Mac()
    p = mac.started(STUDIO)
    mac.load(p, HOME + "/Library/Audio/Plug-Ins/Components/Tape.component/Contents/MacOS/Tape")
    mac.write("S09", "plug-in-of-the-user")

    mac = Mac()
    p = mac.started(EDITOR)
    mac.load(p, TEMP + "/jna-108875/jna4071234881623.tmp")
    mac.write("S09", "java-native-library")

    mac = Mac()
    p = mac.started(DROPPED)
    mac.load(p, "/private/tmp/libsession.dylib")
    mac.write("S09", "untrusted-host")


if __name__ == "__main__":
    for case in (s01, s02, s04, s05, s08, s09):
        case()
