"""An invented Mac, its programs, and the records that eslogger writes of it.

Records have only the keys that the decoder needs; vendors, teams and hashes are invented.
"""

import datetime
import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).parent
NUMBERS = {
    "exec": 9, "fork": 11, "exit": 15, "mmap": 20, "mprotect": 21, "get_task": 16, "get_task_read": 101,
    "cs_invalidated": 94, "remote_thread_create": 97, "create": 13, "unlink": 32, "close": 12, "rename": 25,
    "trace": 96, "btm_launch_item_add": 124,
}

VALID, ADHOC, DEBUGGABLE, HARD, RUNTIME = 0x1, 0x2, 0x4, 0x100, 0x10000
LINKER_SIGNED, PLATFORM, DEBUGGED, SIGNED = 0x20000, 0x04000000, 0x10000000, 0x20000000
HARDENED = VALID | SIGNED | HARD | RUNTIME

HOME = "/Users/robin"
TEMP = "/private/var/folders/q4/h2mzr1x90vj6c8w_kd5ty3b40000gn/T"
BUNDLE = TEMP + "/NSCreateObjectFileImageFromMemory-b7Tq0wZx"


MORNING = 1772442000  # The day of the recordings, at nine.
FRESH = MORNING - 600
OLD = MORNING - 90 * 86400


def file_of(path, born=None):
    file = {"path": path, "path_truncated": False}
    if born is not None:
        file["stat"] = {"st_birthtimespec": stamp_of(born)}
    return file


def stamp_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")


def image(path, signature, team="", jit=False):
    """A line of images.txt: who signed the file at the path, as `pomona inspect` names it."""
    cdhash = "" if signature == "unsigned" else hashlib.sha1(path.encode()).hexdigest()
    return "|".join([path, signature, team, cdhash, "jit" if jit else ""]) + "\n"


class Program:
    """What is run: where it lies and who signed it."""

    def __init__(self, path, signing_id, flags, team=None, platform=False, es_client=False, born=None):
        self.path = path
        self.born = born  # When its file was created, in seconds since 1970; None: the record does not say.
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

APPS = "/Applications/Parlo.app/Contents"
FINDER = Program("/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", "com.apple.finder", HARDENED, platform=True)
CURL = Program("/usr/bin/curl", "com.apple.curl", HARDENED, platform=True)
SH = Program("/bin/sh", "com.apple.sh", HARDENED, platform=True)
BTM = Program("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
              "com.apple.backgroundtaskmanagementd", HARDENED, platform=True)
SAVER = Program("/System/Library/CoreServices/ScreenSaverEngine.app/Contents/MacOS/ScreenSaverEngine",
                "com.apple.ScreenSaver.Engine", HARDENED, platform=True)
INSTALLD = Program("/System/Library/PrivateFrameworks/PackageKit.framework/Resources/installd", "com.apple.installd",
                   HARDENED, platform=True)
PYTHON = Program("/Library/Frameworks/Python.framework/Versions/3.13/bin/python3.13", "python3", HARDENED,
                 team="PYTHN0EXMP")
TOOL = Program("/usr/local/bin/peek", "peek-5555", VALID | SIGNED | ADHOC, born=OLD)
NEW_TOOL = Program(HOME + "/bin/peek", "peek-5555", VALID | SIGNED | ADHOC, born=FRESH)
PAYLOAD = Program("/Users/Shared/.cache/stage2", "stage2-5555", VALID | SIGNED | ADHOC)
APPLET = Program(HOME + "/Applications/Tidy.app/Contents/MacOS/applet", "com.apple.ScriptEditor.id.tidy",
                 VALID | SIGNED | ADHOC, born=OLD)


class Mac:
    """One invented Mac: hands out pids, times and sequence numbers, and notes what happens."""

    def __init__(self):
        self.records = []
        self.type_counts = {}
        self.seconds = 0.0
        self.next_pid = 500
        self.next_version = 1000
        self.wraps = False
        self.first = 0

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
            "team_id": program.team, "executable": file_of(program.path, program.born),
        }

    def note(self, kind, p, body):
        seq = self.type_counts.get(kind, 0)
        self.type_counts[kind] = seq + 1
        self.seconds += 0.25
        self.records.append({
            "schema_version": 1, "version": 8, "event_type": NUMBERS[kind], "action_type": 1, "time": self.stamp(),
            "seq_num": seq, "global_seq_num": len(self.records), "process": self.process(p), "event": {kind: body},
        })

    def create(self, p, path):
        self.note("create", p, {"destination_type": 0, "destination": {"existing_file": {"path": path}}})

    def modify(self, p, path):
        self.note("close", p, {"modified": True, "target": file_of(path)})

    def rename(self, p, old, new):
        directory, _, name = new.rpartition("/")
        self.note("rename", p, {"source": file_of(old), "destination_type": 1,
                                "destination": {"new_path": {"dir": {"path": directory}, "filename": name}}})

    def load(self, p, path, born=None, protection=5, flags=18):
        self.note("mmap", p, {"protection": protection, "max_protection": 7, "flags": flags, "file_pos": 0,
                              "source": file_of(path, born)})

    def trace(self, p, target):
        self.note("trace", p, {"target": self.process(target)})

    def launch_item(self, p, executable):
        self.note("btm_launch_item_add", p, {"item": {"item_type": 3}, "executable_path": executable})

    def exit(self, p, status):
        self.note("exit", p, {"stat": status})

    def wait(self, seconds):
        self.seconds += seconds

    def unlink(self, p, path):
        self.note("unlink", p, {"target": {"path": path}, "parent_dir": {"path": path.rpartition("/")[0]}})

    def mprotect(self, p, protection, address, size=16384):
        self.note("mprotect", p, {"protection": protection, "address": address, "size": size})

    def get_task(self, p, target, kind="get_task"):
        self.note(kind, p, {"type": 0, "target": self.process(target)})

    def remote_thread(self, p, target):
        self.note("remote_thread_create", p, {"target": self.process(target), "thread_state": None})

    def invalidated(self, p, flags):
        p["flags"] = flags
        self.note("cs_invalidated", p, {})

    def stamp(self):
        minutes, seconds = divmod(int(self.seconds), 60)
        return "2026-03-02T%02d:%02d:%02d.%09dZ" % (9 + minutes // 60, minutes % 60, seconds, (self.seconds % 1) * 1e9)

    def of_another_sensor(self, record):
        """A record of another sensor: all are wrapped then, to be known as those of one Mac."""
        self.seconds += 0.25
        self.wraps = True
        self.records.append(record(self.stamp()))

    def without(self, count):
        """The recording begins later: the first records are not in it."""
        self.first = len(self.records) if count is None else count

    def write(self, family, name, *images):
        """A case of the family. `images` are what a link inventory has, lines of images.txt."""
        directory = HERE / family / name
        directory.mkdir(parents=True, exist_ok=True)
        records = self.records[self.first:]
        if self.wraps:
            records = [{"host": {"id": "mac-of-robin"}, "record": r} for r in records]
        lines = [json.dumps(r, separators=(",", ":")).replace("/", "\\/") + "\n" for r in records]
        if images:
            (directory / "images.txt").write_text("".join(images), encoding="utf-8")
        (directory / "input.ndjson").write_text("".join(lines), encoding="utf-8")
        (directory / "expected.txt").touch()
