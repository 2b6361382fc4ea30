"""One invented Mac: who runs on it, what they do, and when.

Nothing here knows a sensor or a rule. What happens is noted as Happening; sensors.py tells of it.
All persons, vendors, teams and hashes are invented; names of Apple's own programs are Apple's.
"""

import dataclasses
import hashlib
import random

VALID, ADHOC, DEBUGGABLE, HARD, KILL = 0x1, 0x2, 0x4, 0x100, 0x200
REQUIRE_LV, RUNTIME, LINKER_SIGNED = 0x2000, 0x10000, 0x20000
PLATFORM, DEBUGGED, SIGNED = 0x04000000, 0x10000000, 0x20000000

PLAIN = VALID | SIGNED
HARDENED = PLAIN | HARD | KILL | RUNTIME
VALIDATED = HARDENED | REQUIRE_LV
AD_HOC = PLAIN | ADHOC
LINKED = AD_HOC | LINKER_SIGNED

HOME = "/Users/robin"
TEMP = "/private/var/folders/q4/h2mzr1x90vj6c8w_kd5ty3b40000gn/T"
OLD = -120 * 86400.0   # When things were installed: seconds before nine o'clock.
APPLE = -300 * 86400.0  # The stamps of what macOS comes with.


@dataclasses.dataclass(frozen=True)
class Program:
    """What is run: where it lies, who signed it, and since when it is there (None: the record does not say)."""
    path: str
    signing_id: str
    flags: int = HARDENED
    team: str = None
    is_platform: bool = False
    is_es_client: bool = False
    born: float = OLD
    jit: str = None        # Whether an entitlement declares generated code: yes, no; None: nobody looked.
    frameworks: tuple = None
    build: str = ""        # Two builds of one program have two hashes.

    @property
    def cdhash(self):
        return hashlib.sha1((self.path + self.signing_id + self.build).encode()).hexdigest()

    @property
    def name(self):
        return self.path.rpartition("/")[2]


def apple(path, signing_id, **facts):
    return Program(path, signing_id, VALIDATED | PLATFORM, is_platform=True, born=APPLE, **facts)


@dataclasses.dataclass(frozen=True)
class Library:
    """What is mapped. `signature` is the link inventory's word; `is_known`: the inventory has it."""
    path: str
    signature: str = "adhoc"
    team: str = None
    identifier: str = None
    born: float = OLD
    is_known: bool = True
    file_type: str = None
    build: str = ""

    @property
    def kind(self):
        """What the inventory calls its type."""
        is_bundle = self.path.endswith((".bundle", ".node", ".so")) or "/Contents/MacOS/" in self.path
        return self.file_type or ("bundle" if is_bundle else "dylib")

    @property
    def cdhash(self):
        return None if self.signature == "unsigned" else hashlib.sha1((self.path + self.build).encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Process:
    """One image in one life; what changes makes another one."""
    pid: int
    pidversion: int
    program: Program
    parent: "Process" = None
    start: float = -600.0
    flags: int = 0
    uid: int = 501
    responsible: "Process" = None


@dataclasses.dataclass(frozen=True)
class Happening:
    at: float
    what: str
    actor: Process
    other: Process = None   # The child, the new image, or the target.
    facts: dict = dataclasses.field(default_factory=dict)


LAUNCHD = Process(1, 1, apple("/sbin/launchd", "com.apple.xpc.launchd"), uid=0)


def running(pid, program, parent=LAUNCHD, uid=501):
    """What was started before anybody looked."""
    return Process(pid, 2 * pid + 1, program, parent, -600.0 - pid / 10, program.flags, uid)


ZSH = apple("/bin/zsh", "com.apple.zsh")
TERMINAL_APP = apple("/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", "com.apple.Terminal")
FINDER = running(402, apple("/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", "com.apple.finder"))
TERMINAL = running(611, TERMINAL_APP)
LOGIN = running(612, apple("/usr/bin/login", "com.apple.login"), TERMINAL, uid=0)
SHELL = running(613, ZSH, LOGIN)
CFPREFSD = running(355, apple("/usr/sbin/cfprefsd", "com.apple.cfprefsd"))
MDS = running(330, apple("/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/Metadata.framework/"
                         "Versions/A/Support/mds", "com.apple.mds"), uid=0)
MAIL_SYNC = running(520, Program("/Applications/Heron Notes.app/Contents/MacOS/Heron Notes", "com.example.heron-notes",
                                 HARDENED, "HERN5NT3SX"))


class Mac:
    """Hands out pids and times and notes what happens. `pace` is the time between the steps of an act."""

    def __init__(self, name, pace=0.45, is_quiet=False):
        self.happenings = []
        self.now = 0.0
        self.pace = pace
        self.waits = 0
        self.next_pid = 1200
        self.next_version = 3000
        self.random = random.Random(name)
        self.born = {}
        self.images = {}
        self.begins = None
        self.ends = None
        self.is_quiet = is_quiet

    # --- time

    def wait(self, seconds=None):
        """Between two steps of an act. What takes long is filled with what happens anyway."""
        if seconds is None:
            self.waits += 1
            seconds = self.pace
        if seconds > 5:
            self.pass_time(seconds / 2 - 1)
            self.noise(2)
            self.pass_time(seconds - (seconds / 2 - 1) - 2 * 0.7)
        else:
            self.now += seconds

    def pass_time(self, seconds):
        self.now += seconds

    def begin(self):
        """The next event is the first of the act."""
        self.begins = self.now + 0.01

    def end(self):
        """The last event completed it."""
        self.ends = self.happenings[-1].at

    # --- processes

    def start(self, program, parent=SHELL, args=None, env=(), uid=None, responsible=None):
        """A process by fork and exec."""
        pid = self.next_pid
        self.next_pid += 1
        if uid is None:
            uid = 501 if parent is LAUNCHD else parent.uid
        child = Process(pid, self.version(), parent.program, parent, self.now, parent.flags, uid, responsible)
        self.note("fork", parent, child)
        return self.exec(child, program, args, env)

    def exec(self, process, program, args=None, env=()):
        image = dataclasses.replace(process, pidversion=self.version(), program=program, flags=program.flags,
                                    start=self.now)
        self.know(program)
        self.note("exec", process, image, args=list(args) if args else [program.path],
                  env=["HOME=" + HOME, "PATH=/usr/bin:/bin:/usr/sbin:/sbin", *env],
                  born=self.born.get(program.path, program.born))
        return image

    def exit(self, process, code=0, signal=0):
        self.note("exit", process, stat=signal if signal else code << 8)

    def version(self):
        self.next_version += 1
        return self.next_version

    # --- files and libraries

    def create(self, process, path, born=None):
        self.born[path] = self.now + 0.01 if born is None else born
        self.note("create", process, path=path)

    def close(self, process, path):
        self.note("close", process, path=path, born=self.born.get(path, OLD))

    def write(self, process, path):
        """A new file with contents."""
        self.create(process, path)
        self.pass_time(0.02)
        self.close(process, path)

    def rename(self, process, old, new):
        self.born[new] = self.born.pop(old, OLD)
        self.note("rename", process, old=old, path=new, born=self.born[new])

    def unlink(self, process, path):
        self.born.pop(path, None)
        self.note("unlink", process, path=path)

    def load(self, process, library, protection=5, flags=0x12):
        if isinstance(library, str):
            library = Library(library, is_known=False)
        self.know(library)
        self.note("load", process, path=library.path, protection=protection, flags=flags, library=library,
                  born=self.born.get(library.path, library.born))

    def know(self, image):
        """What the link inventory has."""
        if isinstance(image, Library) and image.is_known:
            self.images[image.path] = image
        if isinstance(image, Program) and (image.jit or image.frameworks):
            self.images[image.path] = image

    def launch_item(self, process, item, executable):
        self.note("launch_item", process, path=item, executable=executable)

    # --- memory and other processes

    def mprotect(self, process, protection, address=0x104C58000, size=0x8000):
        self.note("mprotect", process, protection=protection, address=address, size=size)

    def task(self, process, target, port="control", kind=0):
        self.note("task", process, target, port=port, kind=kind)

    def remote_thread(self, process, target):
        self.note("remote_thread", process, target)

    def trace(self, process, target):
        self.note("trace", process, target)

    def signal(self, process, target, number):
        self.note("signal", process, target, number=number)

    def invalidated(self, process, debugged=False):
        flags = process.flags & ~VALID | (DEBUGGED if debugged else 0)
        process = dataclasses.replace(process, flags=flags)
        self.note("invalidated", process)
        return process

    def connect(self, process, address, port, name=None):
        """No message of Endpoint Security."""
        self.note("connect", process, address=address, port=port, name=name)

    def note(self, what, actor, other=None, **facts):
        self.now += 0.01
        self.happenings.append(Happening(self.now, what, actor, other, facts))

    # --- what happens anyway

    def noise(self, count=3):
        if self.is_quiet:
            return
        for _ in range(count):
            self.random.choice((self.listing, self.preferences, self.indexing, self.note_taking))()
            self.pass_time(0.3 + 0.3 * self.random.random())

    def listing(self):
        p = self.start(apple(*self.random.choice((("/bin/ls", "com.apple.ls"), ("/usr/bin/grep", "com.apple.grep"),
                                                  ("/usr/bin/git", "com.apple.git"))),))
        self.pass_time(0.04)
        self.exit(p)

    def preferences(self):
        path = HOME + "/Library/Preferences/com.example.heron-notes.plist"
        temporary = path + "." + "".join(self.random.choice("abcdefghkmnpqrstuvwxyz") for _ in range(7))
        self.write(CFPREFSD, temporary)
        self.rename(CFPREFSD, temporary, path)

    def indexing(self):
        worker = apple(MDS.program.path.rpartition("/")[0] + "/mdworker_shared", "com.apple.mdworker_shared")
        p = self.start(worker, LAUNCHD, uid=501)
        self.pass_time(0.03)
        self.load(p, "/System/Library/Spotlight/PDF.mdimporter/Contents/MacOS/PDF")
        self.task(MDS, p, "name")

    def note_taking(self):
        self.write(MAIL_SYNC, HOME + "/Library/Containers/com.example.heron-notes/Data/notes-%03d.db"
                   % self.random.randrange(1000))
