"""Memory and processes: S01 to S07, S19, S21 to S23."""

from book import Book
from mac import AD_HOC, DEBUGGABLE, FINDER, HARDENED, HOME, LAUNCHD, LINKED, PLAIN, TEMP, Library, Program, apple, running
from people import (AGENT, BROWSER, DEBUGSERVER, EDITOR, EDITOR_KIT, HIDDEN, LLDB, LOOSE, LOOSE_KIT, OLDER, OWN_BUILD, PYTHON, SH, STUDIO,
                    XCODE, dropped)

BOOK = Book()
BUNDLE = "NSCreateObjectFileImageFromMemory-"
RANGE = 0x104C58000


# --- S01

def link_from_memory(mac, p, directory=TEMP, ending="b7Tq0wZx"):
    path = f"{directory}/{BUNDLE}{ending}"
    mac.write(p, path)
    mac.wait()
    mac.load(p, Library(path, is_known=False))
    mac.wait()
    mac.unlink(p, path)


def loader_links(mac):
    """A program in a hidden shared folder has dyld link a bundle that it holds in memory: dyld writes it to
    its temporary file, maps it and removes it."""
    p = mac.start(HIDDEN)
    mac.load(p, "/usr/lib/libobjc-trampolines.dylib")
    mac.begin()
    link_from_memory(mac, p)
    mac.end()
    return HIDDEN.path


def loader_links_unseen(mac):
    """A program in a hidden shared folder has dyld link a bundle that it holds in memory."""
    p = mac.start(HIDDEN)
    mac.begin()
    mac.load(p, Library(f"{TEMP}/{BUNDLE}b7Tq0wZx", is_known=False))
    mac.end()
    return HIDDEN.path


BOOK.attack("S01", "code linked from memory", "Dropped program links a bundle from memory", loader_links, span=30,
            other="elastic", weak=["S01", "S01-weak"], weak_act=loader_links_unseen, allow=["S24"],
            weak_note="The sensor was asked for no file events.")


def python_links(mac):
    """A script in Python that was piped from the network links a bundle from memory by way of ctypes."""
    shell = mac.start(SH)
    p = mac.start(PYTHON, shell, ["python3", "-"])
    mac.begin()
    link_from_memory(mac, p, ending="0kPw9aXe")
    mac.end()
    return PYTHON.path


BOOK.attack("S01", "code linked from memory", "Python links a bundle from memory", python_links, span=30, name="python",
            variants=["plain", "other_sensor"], other="mac-monitor")


def developers_tool_links(mac):
    """On a developer's Mac a dependency's build script, linked and started below make, links a bundle from memory. That it was built there
    is no excuse."""
    make = mac.start(apple("/Library/Developer/CommandLineTools/usr/bin/make", "com.apple.make"))
    script = Program(HOME + "/src/kestrel/target/debug/build/ring-1/build-script-build", "build_script_build", LINKED, born=-60.0)
    p = mac.start(script, make)
    mac.begin()
    link_from_memory(mac, p, ending="dEv0kPw9")
    mac.end()
    return script.path


BOOK.attack("S01", "code linked from memory", "Build script links a bundle from memory", developers_tool_links, span=30, name="developer",
            variants=["plain", "order_noise"], lists="developer_hosts: [mac-1]\n")


def files_of_two_names(mac):
    """One temporary bundle is written and removed; another, which stays, is mapped. That one is no bundle of dyld's
    making, and the program has a team."""
    p = mac.start(STUDIO)
    mac.write(p, f"{TEMP}/{BUNDLE}aaaaaaaa")
    mac.wait()
    mac.load(p, Library(f"{TEMP}/session-cache.bundle", "signed", STUDIO.team, "com.example.tonehaus4.session"))
    mac.wait()
    mac.unlink(p, f"{TEMP}/{BUNDLE}aaaaaaaa")


BOOK.near_miss("S01", "another-file", "Temporary bundle written, another file mapped", files_of_two_names)


def trusted_links(mac):
    """Audio software whose signature is sound checks its licence with a bundle linked from memory."""
    link_from_memory(mac, mac.start(STUDIO, LAUNCHD), ending="Lic3nceX")


BOOK.near_miss("S01", "team-signed", "Signed audio software links a bundle from memory", trusted_links)


# --- S02, S22

def unpack(mac):
    """A program that was downloaded yesterday makes a range of its memory writable, fills it, and makes it
    executable, though it declares no generated code."""
    program = Program(HOME + "/Downloads/Quill Setup/quill-setup", "quill-setup", AD_HOC, born=-2 * 86400.0,
                      frameworks=("Foundation",))
    p = mac.start(program)
    mac.load(p, "/usr/lib/libobjc-trampolines.dylib")
    mac.mprotect(p, 1, RANGE - 0x40000)
    mac.begin()
    mac.mprotect(p, 3, RANGE, 0x8000)
    mac.wait()
    mac.mprotect(p, 5, RANGE + 0x4000, 0x4000)
    mac.end()
    return program.path


def unpack_without_write(mac):
    """A downloaded program makes memory executable. That it was writable before is not seen: it was so from the start."""
    program = Program(HOME + "/Downloads/Quill Setup/quill-setup", "quill-setup", AD_HOC, born=-2 * 86400.0,
                      frameworks=("Foundation",))
    p = mac.start(program)
    mac.begin()
    mac.mprotect(p, 5, RANGE, 0x4000)
    mac.end()
    return program.path


BOOK.attack("S02", "code written to memory", "Downloaded program unpacks code into memory", unpack, span=60, other="ocsf",
            weak=["S02", "S02-weak"], weak_act=unpack_without_write, weak_images=True,
            weak_note="Only the second half is seen.")


def unpack_elsewhere(mac):
    """A downloaded program makes one range writable and another, far from it, readable; later a third one writable again."""
    p = mac.start(Program(HOME + "/Downloads/Quill Setup/quill-setup", "quill-setup", AD_HOC, born=-2 * 86400.0))
    mac.mprotect(p, 3, RANGE)
    mac.wait()
    mac.mprotect(p, 1, RANGE + 0x100000)
    mac.wait()
    mac.mprotect(p, 3, RANGE + 0x200000)


def unpack_declared(mac):
    """The downloaded command line of a runtime, whose entitlement declares generated code, makes memory writable and
    then executable."""
    p = mac.start(Program(HOME + "/Downloads/rt-1.4/bin/rt", "rt", AD_HOC, born=-2 * 86400.0, jit="yes"))
    mac.mprotect(p, 3)
    mac.wait()
    mac.mprotect(p, 5)


def unpack_late(mac):
    """A downloaded program makes a range executable a minute and a half after it was writable. Between them the rule's
    time has run out; what remains is less telling."""
    p = mac.start(Program(HOME + "/Downloads/Quill Setup/quill-setup", "quill-setup", AD_HOC, born=-2 * 86400.0))
    mac.mprotect(p, 3)
    mac.wait(90)
    mac.mprotect(p, 5)


BOOK.near_miss("S02", "another-range", "Ranges that are writable, none executable", unpack_elsewhere)
BOOK.near_miss("S02", "declared-jit", "Runtime that declares generated code", unpack_declared)
BOOK.near_miss("S02", "too-late", "Executable a minute and a half after writable", unpack_late)


def both_at_once(mac):
    """A program that somebody left in a temporary folder asks for memory that is writable and executable at once. On
    Apple silicon the kernel refuses; the request is what is seen."""
    program = dropped("/private/tmp/.fontd", "fontd", born=-5 * 86400.0, frameworks=("CoreServices",))
    p = mac.start(program)
    mac.wait(1)
    mac.begin()
    mac.mprotect(p, 7)
    mac.end()
    return program.path


BOOK.attack("S22", "writable and executable memory", "Writable and executable memory asked for", both_at_once, other="ocsf",
            weak=["S22"], allow=["S24"])


def both_declared(mac):
    """An emulator with a team, which declares unsigned executable memory, asks for both at once."""
    p = mac.start(Program("/Applications/Retrobox.app/Contents/MacOS/Retrobox", "com.example.retrobox", HARDENED,
                          "RETR0B0X44", jit="yes"), LAUNCHD)
    mac.mprotect(p, 7)
    mac.wait()
    mac.mprotect(p, 7, RANGE + 0x10000)


BOOK.near_miss("S22", "declared", "Emulator that declares it asks for both at once", both_declared)


# --- S03

def young_loader(mac):
    """A loader that came minutes ago and lies in a temporary folder makes memory executable seconds after its first
    start. Its copy into memory was by Mach calls, which nobody reports."""
    program = dropped("/private/tmp/stage/helper", "helper", frameworks=("Foundation",))
    mac.begin()
    p = mac.start(program)
    mac.wait()
    mac.mprotect(p, 5)
    mac.end()
    return program.path


def loader_of_unknown_age(mac):
    """A loader that lies in a temporary folder makes memory executable seconds after its first start."""
    program = dropped("/private/tmp/stage/helper", "helper", born=None, frameworks=("Foundation",))
    mac.begin()
    p = mac.start(program)
    mac.wait()
    mac.mprotect(p, 5)
    mac.end()
    return program.path


BOOK.attack("S03", "code written to memory", "Fresh loader makes memory executable", young_loader, span=20, other="ocsf",
            weak=["S03", "S03-weak"], weak_act=loader_of_unknown_age, weak_note="The records do not say when its file was made.",
            allow=["S24", "S15-weak"])


def older_tool(mac):
    """The same from a tool that has been here for months and is well known."""
    program = Program("/opt/tools/helper", "helper", AD_HOC, frameworks=("Foundation",))
    p = mac.start(program)
    mac.wait()
    mac.mprotect(p, 5)


def young_but_late(mac):
    """A young program runs for a minute before it makes anything executable."""
    program = Program(HOME + "/tools/bin/plotter", "plotter", AD_HOC, born=-3600.0, frameworks=("Foundation",))
    p = mac.start(program)
    mac.wait(60)
    mac.mprotect(p, 5)


BOOK.near_miss("S03", "old-image", "Old tool makes memory executable at once", older_tool)
BOOK.near_miss("S03", "too-late", "Young program makes memory executable after a minute", young_but_late)


# --- S04

def patched_while_running(mac):
    """Code pages of a running application without the hardened runtime are written over. The kernel takes the validity
    of its signature away; nobody debugs it."""
    p = mac.start(LOOSE, LAUNCHD)
    mac.load(p, LOOSE_KIT)
    mac.wait()
    mac.begin()
    mac.invalidated(p)
    mac.end()
    return LOOSE.path


def patched_unseen_start(mac):
    """An application that was started before anybody looked loses the validity of its signature."""
    p = running(801, LOOSE)
    mac.begin()
    mac.invalidated(p)
    mac.end()
    return LOOSE.path


BOOK.attack("S04", "code changed in a running program", "Code of a running application written over", patched_while_running,
            span=600, other="jamf", weak=["S04"], weak_act=patched_unseen_start, weak_note="Its start is not seen.",
            variants=["plain", "order_noise", "delays", "other_sensor", "weak"])
BOOK.attack("S04", "code changed in a running program", "Code of a running application written over", patched_while_running,
            name="santa", other="santa", variants=["other_sensor"])


def patched_without_team(mac):
    """Code pages of a running application of a developer without a team are written over."""
    program = Program(HOME + "/Applications/Kite.app/Contents/MacOS/Kite", "com.example.kite", AD_HOC)
    p = mac.start(program, LAUNCHD)
    mac.wait()
    mac.begin()
    mac.invalidated(p)
    mac.end()
    return program.path


BOOK.attack("S04-adhoc", "code changed in a running program", "Code of an ad-hoc application written over", patched_without_team,
            other="mac-monitor", variants=["plain", "order_noise", "other_sensor"])


def while_debugged(mac):
    """Its developer sets a breakpoint in it: debugserver attaches, and the kernel notes that it is debugged."""
    debugger = mac.start(DEBUGSERVER, mac.start(LLDB))
    p = mac.start(LOOSE, debugger)
    mac.task(debugger, p)
    mac.trace(debugger, p)
    mac.wait()
    mac.invalidated(p, debugged=True)


def updated_in_place(mac):
    """An application without the hardened runtime is brought up to date by its vendor's own updater while it runs, in
    its own file."""
    updater = Program("/Applications/Larkspur.app/Contents/Library/LarkspurUpdater", "com.example.larkspur.updater", PLAIN,
                      "LRKSPR6EXM")
    p = mac.start(LOOSE, LAUNCHD)
    u = mac.start(updater, p)
    mac.close(u, LOOSE.path)
    mac.wait(2)
    mac.invalidated(p)


BOOK.near_miss("S04", "debugged", "Application is debugged", while_debugged)
BOOK.near_miss("S04", "own-updater", "Application is updated in place by its own updater", updated_in_place)


# --- S05, S21

def thread_into_other(mac):
    """A program in a hidden shared folder takes the control port of an application that somebody works with, and makes a
    thread in it."""
    target = mac.start(EDITOR, LAUNCHD)
    mac.load(target, EDITOR_KIT)
    p = mac.start(HIDDEN)
    mac.begin()
    mac.task(p, target)
    mac.wait()
    mac.remote_thread(p, target)
    mac.end()
    return HIDDEN.path


def thread_alone(mac):
    """A program in a hidden shared folder makes a thread in an application. How it came by the port is not seen."""
    target = mac.start(EDITOR, LAUNCHD)
    p = mac.start(HIDDEN)
    mac.begin()
    mac.remote_thread(p, target)
    mac.end()
    return HIDDEN.path


BOOK.attack("S05", "code put into another process", "Thread made in another application", thread_into_other, span=60,
            other="elastic", weak=["S05", "S05-thread"], weak_act=thread_alone, weak_note="The sensor shows no task ports.",
            allow=["S24", "S15-weak", "S21"])
BOOK.attack("S05", "code put into another process", "Thread made in another application", thread_into_other, name="mac-monitor",
            other="mac-monitor", variants=["other_sensor"], allow=["S24", "S15-weak", "S21"])


def signed_injector(mac):
    """The same by a program that has a team of its own, in its developer's name: a signature is no excuse."""
    program = Program("/Applications/Tweakery.app/Contents/MacOS/Tweakery", "com.example.tweakery", HARDENED, "TWEAKERY5K",
                      born=-30 * 86400.0)
    target = mac.start(BROWSER, LAUNCHD)
    p = mac.start(program, LAUNCHD)
    mac.begin()
    mac.task(p, target)
    mac.wait()
    mac.remote_thread(p, target)
    mac.end()
    return program.path


BOOK.attack("S05", "code put into another process", "Signed program makes a thread in a browser", signed_injector, span=60,
            name="signed", variants=["plain", "order_noise", "delays"])


def injected_below_make(mac):
    """On a developer's Mac a program that was built there and is started below make makes a thread in the user's browser."""
    target = mac.start(BROWSER, LAUNCHD)
    make = mac.start(apple("/Library/Developer/CommandLineTools/usr/bin/make", "com.apple.make"))
    program = Program(HOME + "/src/tin/tin", "tin", LINKED, born=-60.0)
    p = mac.start(program, make)
    mac.begin()
    mac.task(p, target)
    mac.wait()
    mac.remote_thread(p, target)
    mac.end()
    return program.path


BOOK.attack("S05", "code put into another process", "Own build makes a thread in a browser", injected_below_make, span=60, name="developer",
            variants=["plain", "order_noise"], lists="developer_hosts: [mac-1]\n", allow=["S21"])


def debugger_threads(mac):
    """debugserver evaluates an expression in the program that it debugs: a port, and a thread of its own."""
    p = mac.start(DEBUGSERVER, mac.start(XCODE, LAUNCHD))
    target = mac.start(OWN_BUILD, p)
    mac.task(p, target)
    mac.trace(p, target)
    mac.wait()
    mac.remote_thread(p, target)


def threads_of_its_own(mac):
    """A security agent takes read ports of all programs, as its trade is, and no more."""
    p = mac.start(AGENT, LAUNCHD, uid=0)
    for target in (mac.start(EDITOR, LAUNCHD), mac.start(STUDIO, LAUNCHD), mac.start(LOOSE, LAUNCHD)):
        mac.task(p, target, "read")
        mac.wait()


BOOK.near_miss("S05", "debugserver", "debugserver makes a thread in what it debugs", debugger_threads)
BOOK.near_miss("S05", "read-ports", "Security agent takes read ports", threads_of_its_own)


def port_alone(mac):
    """A program in a hidden shared folder takes the control port of a password manager. What it does with it, no sensor
    shows: reading and writing of memory are not reported."""
    target = mac.start(Program("/Applications/Keyring.app/Contents/MacOS/Keyring", "com.example.keyring", HARDENED, "KEYR1NG0EX"),
                       LAUNCHD)
    p = mac.start(OLDER)
    mac.wait(1)
    mac.begin()
    mac.task(p, target)
    mac.end()
    return OLDER.path


BOOK.attack("S21", "code put into another process", "Control port of a password manager taken", port_alone, other="jamf",
            weak=["S21"], variants=["plain", "order_noise", "other_sensor"])


def port_by_a_tool(mac):
    """An ad-hoc tool that lies among the others since months takes the control port of a browser."""
    program = Program("/opt/tools/cookiejar", "cookiejar", AD_HOC)
    target = mac.start(BROWSER, LAUNCHD)
    p = mac.start(program)
    mac.begin()
    mac.task(p, target)
    mac.end()
    return program.path


BOOK.attack("S21-tool", "code put into another process", "Control port of a browser taken by a tool", port_by_a_tool, other="elastic",
            variants=["plain", "order_noise", "other_sensor"])


def implant_at_work(mac):
    """An implant in a hidden shared folder runs since before anybody looked. It takes the control port of a browser."""
    p = running(861, OLDER)
    target = mac.start(BROWSER, LAUNCHD)
    mac.wait(1)
    mac.begin()
    mac.task(p, target)
    mac.end()
    return OLDER.path


BOOK.attack("S15-late", "payload", "Implant that was there already", implant_at_work, other="jamf", allow=["S21"],
            variants=["plain", "order_noise", "other_sensor"])


def port_by_monitor(mac):
    """htop, run as root by whoever administers the Mac, takes control ports of all there is."""
    p = mac.start(Program("/opt/homebrew/Cellar/htop/3.3.0/bin/htop", "htop", LINKED), uid=0)
    for target in (FINDER, mac.start(EDITOR, LAUNCHD)):
        mac.task(p, target)
        mac.wait()


BOOK.near_miss("S21", "htop", "htop looks at everything", port_by_monitor)


# --- S06

def fill_a_child(mac):
    """A loader starts a harmless program of Apple's and takes its control port before it runs, to fill it with code of
    its own."""
    program = dropped("/private/tmp/netcheck", "netcheck", flags=AD_HOC | DEBUGGABLE, frameworks=("Foundation",))
    p = mac.start(program)
    mac.begin()
    child = mac.start(Program(HOME + "/Library/Application Support/Parlo/helper", "helper", AD_HOC, born=OLD_HELPER), p)
    mac.wait()
    mac.task(p, child)
    mac.end()
    return program.path


OLD_HELPER = -40 * 86400.0


def fill_a_forked(mac):
    """A loader that was already there takes the control port of a child that was already there."""
    program = dropped("/private/tmp/netcheck", "netcheck", flags=AD_HOC | DEBUGGABLE, frameworks=("Foundation",))
    p = running(822, program)
    child = running(823, Program(HOME + "/Library/Application Support/Parlo/helper", "helper", AD_HOC, born=OLD_HELPER), p)
    mac.begin()
    mac.task(p, child)
    mac.end()
    return program.path


BOOK.attack("S06", "code put into a child", "Loader takes the port of its child", fill_a_child, span=30, other="jamf",
            weak=["S06", "S06-weak"], weak_act=fill_a_forked, weak_note="Neither start is seen.",
            allow=["S24", "S15-weak", "S15-late", "S21"])
BOOK.attack("S06", "code put into a child", "Loader takes the port of its child", fill_a_child, name="elastic", other="elastic",
            variants=["other_sensor"], allow=["S24", "S15-weak", "S21"])


def debugger_starts(mac):
    """debugserver starts a program, attaches to it and takes its port: the trade of a debugger."""
    p = mac.start(DEBUGSERVER, mac.start(LLDB))
    child = mac.start(OWN_BUILD, p)
    mac.task(p, child)
    mac.trace(p, child)


def port_late(mac):
    """An ad-hoc program looks into the child that it started ten minutes ago."""
    p = mac.start(Program("/opt/tools/supervise", "supervise", AD_HOC, born=OLD_HELPER))
    child = mac.start(Program("/opt/tools/worker", "worker", AD_HOC, born=OLD_HELPER), p)
    mac.wait(600)
    mac.task(p, child, "name")


BOOK.near_miss("S06", "debugger", "Debugger starts a program and takes its port", debugger_starts)
BOOK.near_miss("S06", "name-port", "Name port of a child, ten minutes later", port_late)


# --- S07

def trace_and_change(mac):
    """A dropped program attaches to an application as if it were a debugger, which relaxes the kernel's checks, and writes
    over its code."""
    target = mac.start(LOOSE, LAUNCHD)
    p = mac.start(OLDER)
    mac.begin()
    mac.trace(p, target)
    mac.wait()
    mac.invalidated(target, debugged=True)
    mac.end()
    return OLDER.path


def trace_alone(mac):
    """A dropped program attaches to an application as if it were a debugger."""
    target = mac.start(LOOSE, LAUNCHD)
    p = mac.start(OLDER)
    mac.begin()
    mac.trace(p, target)
    mac.end()
    return OLDER.path


BOOK.attack("S07", "code put into a traced process", "Attached as a debugger, then code changed", trace_and_change, span=300,
            other="jamf", weak=["S07", "S07-weak"], weak_act=trace_alone, weak_note="What changed is not seen.",
            allow=["S24", "S07-weak"])


def trace_and_map(mac):
    """A dropped program attaches to an application, and soon afterwards that makes memory executable, which it does not declare."""
    target = mac.start(STUDIO, LAUNCHD)
    p = mac.start(OLDER)
    mac.begin()
    mac.trace(p, target)
    mac.wait()
    mac.mprotect(target, 5)
    mac.end()
    return OLDER.path


BOOK.attack("S07", "code put into a traced process", "Attached as a debugger, then memory made executable", trace_and_map, span=300,
            name="memory", variants=["plain", "order_noise", "delays"], allow=["S07-weak"])


def debug_a_build(mac):
    """A developer debugs a build of his own in Xcode: debugserver attaches, and pages change where breakpoints are set."""
    p = mac.start(DEBUGSERVER, mac.start(XCODE, LAUNCHD))
    target = mac.start(OWN_BUILD, p)
    mac.trace(p, target)
    mac.wait()
    mac.invalidated(target, debugged=True)


def traced_to_deny(mac):
    """A game traces itself so that no debugger can attach, and makes memory executable as it declares."""
    game = Program("/Applications/Orrery.app/Contents/MacOS/Orrery", "com.example.orrery", HARDENED, "0RRERYGAME", jit="yes")
    p = mac.start(game, LAUNCHD)
    mac.trace(p, p)
    mac.wait()
    mac.mprotect(p, 5)


BOOK.near_miss("S07", "debugger", "Xcode's debugger sets breakpoints", debug_a_build)
BOOK.near_miss("S07", "itself", "Game traces itself", traced_to_deny)


# --- S19

def killed_at_once(mac):
    """A dropped program makes memory executable and is ended by the kernel in the same second: its pages do not agree with
    its signature."""
    program = Program("/opt/tools/patcher", "patcher", AD_HOC, born=-40 * 86400.0)
    p = mac.start(program)
    mac.begin()
    mac.mprotect(p, 5)
    mac.wait()
    mac.exit(p, signal=9)
    mac.end()
    return program.path


BOOK.attack("S19-killed", "code refused", "Ended at once after making memory executable", killed_at_once, span=5,
            other="eslogger-13", other_note="No other sensor shows changes of memory and signals; this is eslogger of macOS 13, "
            "with message version 6 and tokens as lists.")


def killed_by_hand(mac):
    """Somebody ends a program of his own with signal 9, half a minute after it made memory executable."""
    p = mac.start(Program("/opt/tools/patcher", "patcher", AD_HOC, born=-40 * 86400.0))
    mac.mprotect(p, 5)
    mac.wait(30)
    mac.exit(p, signal=9)


BOOK.near_miss("S19-killed", "half-a-minute-later", "Ended by hand half a minute later", killed_by_hand)


def validation_refuses(mac):
    """Somebody tries to bring a library out of a shared folder into a hardened application. Library validation refuses it,
    which only the system's own log tells."""
    p = running(841, EDITOR)
    mac.begin()
    mac.note("logged", p, is_kernel=True, message="Library Validation failed: Rejecting '/Users/Shared/.cache/libpatch.dylib' "
             "(Team ID: none, platform: no) for process 'Parlo(841)' (Team ID: PRL0XMPL88, platform: no), reason: mapped file "
             "has no Team ID and is not a platform binary (signed with custom identity or adhoc?)")
    mac.end()
    return "Parlo"


def broken_download(mac):
    """A half-finished download of an application is started, and its signature does not hold."""
    p = running(842, Program("/Applications/Quill.app/Contents/MacOS/Quill", "com.example.quill", PLAIN, "QU1LLEXMPL"))
    mac.begin()
    mac.note("logged", p, is_kernel=True, message="CODE SIGNING: cs_invalid_page(0x104c58000): p=842[Quill] final status "
             "0x23000200, denying page sending SIGKILL")
    mac.end()
    return "Quill"


BOOK.attack("S19-place", "code refused", "Library from a shared folder refused", validation_refuses, sensor="unified-log",
            variants=["plain"])
BOOK.attack("S19", "code refused", "Page refused, program ended", broken_download, sensor="unified-log", variants=["plain"])


def library_missing(mac):
    """A program does not start, because a library that it needs is missing. dyld says so in the log; nothing was refused."""
    p = running(843, Program(HOME + "/tools/bin/plotter", "plotter", AD_HOC))
    mac.note("logged", p, process="plotter", image=p.program.path, sender="/usr/lib/dyld",
             message="dyld[843]: Library not loaded: @rpath/libplot.2.dylib\n  Referenced from: /Users/robin/tools/bin/plotter\n  Reason: tried: "
             "'/usr/local/lib/libplot.2.dylib' (no such file)")


def own_plug_in_refused(mac):
    """Library validation refuses a plug-in of another vendor out of the folder where plug-ins lie."""
    p = running(844, EDITOR)
    mac.note("logged", p, is_kernel=True, message="Library Validation failed: Rejecting '/Library/Audio/Plug-Ins/Components/"
             "Reverb.component/Contents/MacOS/Reverb' (Team ID: REVERB0X77, platform: no) for process 'Parlo(844)' (Team ID: "
             "PRL0XMPL88, platform: no), reason: mapping process and mapped file (non-platform) have different Team IDs")


BOOK.near_miss("S19", "library-missing", "Library is missing", library_missing, sensor="unified-log")
BOOK.near_miss("S19-place", "plug-in", "Plug-in refused where plug-ins lie", own_plug_in_refused, sensor="unified-log")


# --- S23

def shared_code(mac):
    """A dropped program maps its payload executable and shared with whoever writes the file, so that its code can change
    after it was looked at."""
    program = dropped("/Users/Shared/.cache/relay", "relay", born=-5 * 86400.0, frameworks=("Foundation",))
    p = mac.start(program)
    mac.wait(1)
    mac.begin()
    mac.load(p, Library("/Users/Shared/.cache/relay.bin", "unsigned"), protection=5, flags=0x1)
    mac.end()
    return program.path


BOOK.attack("S23", "code mapped so that it can change", "File mapped shared and executable", shared_code, other="mac-monitor",
            weak=["S23"], allow=["S24", "S09"])


def private_code(mac):
    """dyld maps a library of a program of the user's own as it maps all: private, and not writable."""
    program = Program(HOME + "/tools/bin/plotter", "plotter", AD_HOC, frameworks=("Foundation",))
    p = mac.start(program)
    mac.load(p, Library(HOME + "/tools/lib/libplot.dylib", "adhoc"))
    mac.wait()
    mac.load(p, Library(HOME + "/tools/lib/libplot.dylib", "adhoc"), protection=3)


BOOK.near_miss("S23", "as-dyld-maps", "Library mapped as dyld does it", private_code)
