"""More look-alikes, on Macs that no site has listed: nobody has said that their users develop, play or make music."""

import dataclasses

from book import Book
from mac import AD_HOC, DEBUGGABLE, HARDENED, HOME, LAUNCHD, LINKED, OLD, PLAIN, SHELL, TEMP, Library, Program, apple, running
from people import (AGENT, BASH, BROWSER, CHAT, CLANG, DEBUGSERVER, LD, LLDB, LOOSE, LOOSE_KIT, LUAJIT, MAKE, NODE, XCODE)

BOOK = Book()
SCENARIOS = BOOK.scenarios
RANGE = 0x10A000000
DAY = 86400.0
MICROSOFT, GOOGLE = "UBF8T346G9", "EQHXZ8M8AV"  # As rules/lists.yaml knows them.


def installd():
    return running(391, apple("/System/Library/PrivateFrameworks/PackageKit.framework/Resources/installd", "com.apple.installd"), uid=0)


# --- Java, .NET, LuaJIT

JAVA = Program("/Library/Java/JavaVirtualMachines/corvid-21.jdk/Contents/Home/bin/java", "com.example.corvid.java", HARDENED,
               "C0RV1DJDK2", jit="yes")


def java_in(mac, place, program=JAVA):
    p = mac.start(program, SHELL, ["java", "-jar", "ledger.jar"])
    for name in ("jna-108875/jna998112233.tmp", "libnetty_resolver_dns_native_macos_aarch64.dylib"):
        path = f"{place}/{name}"
        mac.write(p, path)
        mac.load(p, Library(path, "adhoc", identifier="libnative"))
        mac.wait()
        mac.unlink(p, path)


def java_unknown(mac):
    """A service in Java unpacks libraries of JNA and Netty on a Mac of which there is no link inventory: neither Java's entitlements nor the
    signers of the libraries are known."""
    java_in(mac, TEMP, dataclasses.replace(JAVA, jit=None))


BOOK.benign("java-unknown", "Java", "Java unpacks native libraries, nothing known of it", java_unknown, images=False)


def luajit_unknown(mac):
    """LuaJIT of Homebrew compiles on a Mac of which there is no link inventory."""
    p = mac.start(LUAJIT, SHELL, ["luajit", "main.lua"])
    for number in range(3):
        mac.mprotect(p, 3, RANGE + 0x10000 * number)
        mac.mprotect(p, 5, RANGE + 0x10000 * number)
        mac.wait()


BOOK.benign("luajit-unknown", "LuaJIT and the like", "LuaJIT of Homebrew, nothing known of it", luajit_unknown, images=False)


# --- Installers

SANDBOX = "/private/tmp/PKInstallSandbox.Vq3m8Z/Scripts/com.example.tonehaus.pkg.k2FvTT"


def package_tool(mac, makes_closures):
    """A tool out of a package's scripts, signed ad hoc, as vendors have it."""
    daemon = installd()
    mac.write(daemon, SANDBOX + "/setup_tool")
    mac.write(daemon, SANDBOX + "/libsetup.dylib")
    service = apple("/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/XPCServices/package_script_service.xpc/Contents/MacOS/"
                    "package_script_service", "com.apple.package_script_service")
    script = mac.start(BASH, mac.start(service, LAUNCHD, uid=0), ["bash", SANDBOX + "/postinstall", "/", "/", "/"])
    tool = mac.start(Program(SANDBOX + "/setup_tool", "setup_tool-55554944", AD_HOC, born=None), script)
    mac.load(tool, Library(SANDBOX + "/libsetup.dylib", "unsigned"))
    if makes_closures:
        mac.mprotect(tool, 3, RANGE)
        mac.mprotect(tool, 5, RANGE)
    bundle = "/private/tmp/NSCreateObjectFileImageFromMemory-k3Vd8sQe"
    mac.write(tool, bundle)
    mac.load(tool, Library(bundle, is_known=False))
    mac.unlink(tool, bundle)
    mac.wait()
    item = "/Library/LaunchDaemons/com.example.tonehaus.helper.plist"
    mac.write(script, item)
    btm = apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/backgroundtaskmanagementd",
                "com.apple.backgroundtaskmanagementd")
    mac.launch_item(mac.start(btm, LAUNCHD, uid=0), item, "/Library/PrivilegedHelperTools/com.example.tonehaus.helper")


def package_of_a_vendor(mac):
    """A vendor's package, started by a double click: a tool among its scripts maps an unsigned library, links its licence check from memory,
    and a launch daemon is added. Only macOS's own service for scripts stands above it."""
    package_tool(mac, False)


BOOK.benign("package-script-tool", "Device management and installers", "Tool among a package's scripts", package_of_a_vendor)


# --- Plug-ins that an installer has just brought

AUDIO_HOST = apple("/System/Library/Frameworks/AudioToolbox.framework/XPCServices/AUHostingService.xpc/Contents/MacOS/AUHostingService",
                   "com.apple.audio.AUHostingService.arm64")
QUICK_LOOK = apple("/System/Library/Frameworks/QuickLook.framework/Resources/quicklookd.app/Contents/MacOS/quicklookd", "com.apple.quicklookd")
IMPORTER = apple("/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/Metadata.framework/Versions/A/Support/mdworker_shared",
                 "com.apple.mdworker_shared")


def installed_plug_in(mac, host, path):
    mac.write(installd(), path)
    mac.wait()
    p = mac.start(host, LAUNCHD)
    mac.load(p, Library(path, "signed", "WARBLE0001", "com.example.warble", born=mac.now))
    mac.wait()
    mac.start(Program("/Library/Application Support/Warble/Warble Bridge", "com.example.warble.bridge", HARDENED, "WARBLE0001", born=-60.0), p)


def installed_unit(mac):
    """An installer brings a vendor's audio unit; minutes later it is mapped by the host of audio units and starts its bridge."""
    installed_plug_in(mac, AUDIO_HOST, "/Library/Audio/Plug-Ins/Components/Warble.component/Contents/MacOS/Warble")


def installed_preview(mac):
    """An installer brings a vendor's generator of previews, which starts a converter when a file is looked at."""
    installed_plug_in(mac, QUICK_LOOK, "/Library/QuickLook/Warble.qlgenerator/Contents/MacOS/Warble")


def installed_importer(mac):
    """An installer brings a vendor's importer for Spotlight, which starts a converter. Nobody can say who signed it."""
    installed_plug_in(mac, IMPORTER, "/Library/Spotlight/Warble.mdimporter/Contents/MacOS/Warble")


BOOK.benign("installed-audio-unit", "Plug-in hosts", "Audio unit that was just installed starts its bridge", installed_unit)
BOOK.benign("installed-preview", "Plug-in hosts", "Preview generator that was just installed starts its converter", installed_preview)
BOOK.benign("installed-importer", "Plug-in hosts", "Importer of unknown signer that was just installed starts its converter", installed_importer, images=False)


# --- Updaters

def browser_update_by_script(mac):
    """A browser's updater, below launchd, runs a script that copies the new version over the old one with ditto."""
    updater = mac.start(Program(HOME + "/Library/Application Support/Google/GoogleUpdater/138.0/GoogleUpdater.app/Contents/MacOS/GoogleUpdater",
                                "com.google.GoogleUpdater", HARDENED, GOOGLE, born=-300.0), LAUNCHD)
    ditto = mac.start(apple("/usr/bin/ditto", "com.apple.ditto"), mac.start(BASH, updater, ["bash", ".install.sh"]))
    root = "/Applications/Google Chrome.app/Contents"
    framework = root + "/Frameworks/Google Chrome Framework.framework/Versions/139.0/Google Chrome Framework"
    mac.write(ditto, framework)
    mac.write(ditto, root + "/MacOS/Google Chrome")
    mac.wait()
    p = mac.start(Program(root + "/MacOS/Google Chrome", "com.google.Chrome", HARDENED, GOOGLE, born=None, jit="yes"), LAUNCHD)
    mac.load(p, Library(framework, "signed", GOOGLE, "com.google.Chrome.framework"))


def office_update(mac):
    """An agent of a vendor's brings new versions of its applications, as root."""
    root = "/Library/Application Support/Microsoft/MAU2.0/Microsoft AutoUpdate.app/Contents/MacOS"
    agent = running(470, Program(root + "/Microsoft Update Assistant", "com.microsoft.autoupdate.fba", HARDENED, MICROSOFT), uid=0)
    word = "/Applications/Microsoft Word.app/Contents"
    library = word + "/Frameworks/mso99.framework/Versions/A/mso99"
    for path in (word + "/MacOS/Microsoft Word", library):
        mac.write(agent, path + ".new")
        mac.rename(agent, path + ".new", path)
    mac.wait()
    p = mac.start(Program(word + "/MacOS/Microsoft Word", "com.microsoft.Word", HARDENED, MICROSOFT, born=None, jit="yes"), LAUNCHD)
    mac.load(p, Library(library, "signed", MICROSOFT, "com.microsoft.mso99"))


def ship_it(mac):
    """ShipIt, which applications of Electron bring, moves the old application aside, puts the new one there and starts it."""
    app = mac.start(CHAT, LAUNCHD)
    shipper = mac.start(Program("/Applications/Murmel.app/Contents/Frameworks/Squirrel.framework/Versions/A/Resources/ShipIt", "ShipIt", HARDENED,
                                CHAT.team), LAUNCHD)
    mac.exit(app)
    mac.rename(shipper, CHAT.path, TEMP + "/com.example.murmel.ShipIt/old")
    mac.rename(shipper, TEMP + "/com.example.murmel.ShipIt/new", CHAT.path)
    mac.wait()
    mac.start(dataclasses.replace(CHAT, build="next", born=None), shipper)


BOOK.benign("browser-update-by-script", "Updaters", "Browser's updater copies by a script", browser_update_by_script)
BOOK.benign("office-update", "Updaters", "Agent brings new versions as root", office_update)
BOOK.benign("electron-update", "Updaters", "Electron application is exchanged", ship_it)


def backup(mac):
    """Time Machine copies programs and libraries of applications to a volume, where nobody starts them."""
    daemon = mac.start(apple("/System/Library/CoreServices/backupd.bundle/Contents/Resources/backupd", "com.apple.backupd"), LAUNCHD, uid=0)
    for path in (LOOSE.path, LOOSE_KIT.path, CHAT.path):
        mac.write(daemon, "/Volumes/Backups of robin/2026-03-02-090000.inprogress/Data" + path)
        mac.wait()
    mac.start(LOOSE, LAUNCHD)


BOOK.benign("time-machine", "macOS' own processes", "Time Machine copies applications", backup)


# --- Debuggers, builds, tests

def rosetta_debugger(mac):
    """Xcode debugs a program built for Intel: Rosetta's own debugger takes its port, traces it, makes a thread in it, and a page changes."""
    xcode = running(700, XCODE)
    own = Program(HOME + "/Library/Developer/Xcode/DerivedData/Gauge/Build/Products/Debug/gauge", "gauge", AD_HOC | DEBUGGABLE, born=-30.0)
    server = mac.start(apple("/usr/libexec/rosetta/debugserver", "com.apple.debugserver"), xcode)
    p = mac.start(own, server)
    mac.task(server, p)
    mac.trace(server, p)
    mac.wait()
    mac.remote_thread(server, p)
    mac.invalidated(p, debugged=True)


def lldb_unlisted(mac):
    """Somebody builds a program with make and debugs it with lldb; nobody has listed the Mac as a developer's."""
    own = HOME + "/src/probe/probe"
    linker = mac.start(LD, mac.start(CLANG, mac.start(MAKE, SHELL, ["make"]), ["clang", "-g", "probe.c"]), ["ld", "-o", "probe"])
    mac.write(linker, own)
    server = mac.start(DEBUGSERVER, mac.start(LLDB, SHELL, ["lldb", "./probe"]))
    p = mac.start(Program(own, "probe", LINKED | DEBUGGABLE, born=None), server)
    mac.task(server, p)
    mac.trace(server, p)
    mac.wait()
    p = mac.invalidated(p, debugged=True)
    mac.remote_thread(server, p)


def brew_build(mac):
    """Homebrew builds a formula from source in /private/tmp and runs its tests there, with a search path in the environment; one of them makes
    memory executable."""
    brew = mac.start(Program("/opt/homebrew/Library/Homebrew/vendor/portable-ruby/3.3.6/bin/ruby", "ruby-555549", LINKED, born=OLD), SHELL,
                     ["ruby", "/opt/homebrew/Library/Homebrew/build.rb"])
    place = "/private/tmp/exiv-20260302-4711-x1y2z3/exiv-0.28.3/build"
    make = mac.start(MAKE, brew, ["make", "check"])
    linker = mac.start(LD, mac.start(CLANG, make), ["ld"])
    mac.write(linker, place + "/lib/libexiv2.28.dylib")
    mac.write(linker, place + "/bin/unit_tests")
    p = mac.start(Program(place + "/bin/unit_tests", "unit_tests", LINKED, born=None), make, env=["DYLD_LIBRARY_PATH=" + place + "/lib"])
    mac.load(p, Library(place + "/lib/libexiv2.28.dylib", "linker_signed", identifier="libexiv2"))
    mac.wait()
    mac.mprotect(p, 5)


def go_run(mac):
    """go builds a program into a temporary folder below /private/tmp, runs it and removes it."""
    go = mac.start(Program("/usr/local/go/bin/go", "go", HARDENED, GOOGLE), SHELL, ["go", "run", "."])
    own = "/private/tmp/go-build4711/b001/exe/ledger"
    linker = mac.start(Program("/usr/local/go/pkg/tool/darwin_arm64/link", "link", HARDENED, GOOGLE), go)
    mac.write(linker, own)
    mac.wait()
    p = mac.start(Program(own, "ledger-5555", LINKED, born=None), go)
    mac.exit(p)
    mac.unlink(go, own)


def sanitizer(mac):
    """A fuzzer that was built with address sanitizer runs below make, with the sanitizer's library inserted."""
    runtime = "/opt/homebrew/Cellar/llvm/19.1.6/lib/clang/19/lib/darwin/libclang_rt.asan_osx_dynamic.dylib"
    make = mac.start(MAKE, SHELL, ["make", "fuzz"])
    p = mac.start(Program(HOME + "/src/parser/build/fuzz_parser", "fuzz_parser", LINKED, born=-15.0), make, ["fuzz_parser", "corpus"],
                  env=["DYLD_INSERT_LIBRARIES=" + runtime])
    mac.load(p, Library(runtime, "adhoc", identifier="libclang_rt.asan"))
    mac.wait()
    mac.mprotect(p, 5)
    mac.exit(p, signal=6)


def ci_browser(mac):
    """An agent of continuous integration has node drive a Chromium that nobody but the linker signed, out of the user's caches."""
    runner = running(720, Program(HOME + "/actions-runner/bin/Runner.Worker", "Runner.Worker", HARDENED, MICROSOFT, jit="yes"))
    node = mac.start(NODE, mac.start(BASH, runner, ["bash", "-e", "run.sh"]), ["node", "node_modules/.bin/playwright", "test"],
                     env=["NODE_OPTIONS=--max-old-space-size=8192", "CI=true"])
    root = HOME + "/Library/Caches/ms-playwright/chromium-1148/chrome-mac/Chromium.app/Contents"
    browser = mac.start(Program(root + "/MacOS/Chromium", "org.chromium.Chromium", LINKED, born=-9 * DAY), node,
                        ["Chromium", "--headless", "--remote-debugging-port=0"])
    mac.wait()
    mac.start(Program(root + "/Frameworks/Chromium Framework.framework/Helpers/Chromium Helper", "org.chromium.Chromium.helper", LINKED, born=-9 * DAY),
              browser, ["Chromium Helper", "--type=gpu-process"])


def wheels(mac):
    """Somebody installs PyTorch into a hidden environment of his project and trains a model minutes later: libraries that nobody but the linker
    signed, in a Python that a vendor signed and that declares no generated code."""
    python = Program("/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python", "org.python.python", HARDENED,
                     "PYTH0NXMP1")
    place = HOME + "/src/model/.venv/lib/python3.13/site-packages/torch/lib"
    names = ("libtorch_cpu.dylib", "libomp.dylib", "_C.cpython-313-darwin.so")
    pip = mac.start(python, SHELL, ["python3", "-m", "pip", "install", "torch"])
    for name in names:
        mac.write(pip, f"{place}/{name}")
    mac.exit(pip)
    p = mac.start(python, SHELL, ["python3", "train.py"], env=["PYTHONPATH=" + HOME + "/src/model"])
    for name in names:
        mac.load(p, Library(f"{place}/{name}", "linker_signed", identifier=name))
        mac.wait()
    mac.mprotect(p, 3, RANGE)
    mac.mprotect(p, 5, RANGE)


BOOK.benign("rosetta-debugger", "Debuggers and Xcode", "Program for Intel is debugged", rosetta_debugger)
BOOK.benign("lldb-unlisted", "Debuggers and Xcode", "lldb on a Mac that nobody lists", lldb_unlisted)
BOOK.benign("brew-build", "Package managers and builds", "Homebrew builds and tests in /private/tmp", brew_build)
BOOK.benign("go-run", "Package managers and builds", "go runs a program out of /private/tmp", go_run)
BOOK.benign("sanitizer", "dyld's variables of launchers", "Fuzzer with address sanitizer", sanitizer)
BOOK.benign("ci-browser", "V8 and Electron", "Continuous integration drives a Chromium without a team", ci_browser)
BOOK.benign("wheels", "LuaJIT and the like", "PyTorch from wheels", wheels)
BOOK.benign("wheels-unknown", "LuaJIT and the like", "PyTorch from wheels, nothing known of it", wheels, images=False)


# --- Agents, automation, games

def agent_scans(mac):
    """A security agent, a client of Endpoint Security, takes a browser's control port to look for code in its memory."""
    target = mac.start(BROWSER, LAUNCHD)
    agent = running(480, AGENT, uid=0)
    for port in ("read", "inspect", "control"):
        mac.task(agent, target, port)
        mac.wait()


YABAI = Program("/opt/homebrew/Cellar/tiler/7.1.5/bin/tiler", "tiler-5555", AD_HOC, born=-40 * DAY)
TILER_LISTS = f"""# What this site knows of its own, beside Apple's.
debuggers:
  - com.apple.debugserver
  - com.apple.lldb*
  - com.apple.dt.*
  - 59GAB85EFG/com.apple.*
  - cdhash:{YABAI.cdhash}
"""


def window_manager(mac):
    """With System Integrity Protection off, a window manager loads its addition into the Dock. The site knows this build of it."""
    dock = running(403, apple("/System/Library/CoreServices/Dock.app/Contents/MacOS/Dock", "com.apple.dock"))
    p = mac.start(YABAI, SHELL, ["tiler", "--load-sa"])
    mac.task(p, dock)
    mac.wait()
    mac.remote_thread(p, dock)


def copy_protection(mac):
    """A game without hardened runtime starts itself again, traces its child and has the child trace itself, so that no debugger can."""
    game = Program("/Applications/Skerry.app/Contents/MacOS/Skerry", "com.example.skerry", PLAIN, "SKERRYGAME", jit="yes")
    p = mac.start(game, LAUNCHD)
    child = mac.start(game, p, [game.path, "--guard"])
    mac.trace(p, child)
    mac.wait()
    mac.trace(child, child)


BOOK.benign("security-agent-scans", "Security agents", "Security agent takes a control port", agent_scans)
BOOK.benign("window-manager", "Automation", "Window manager that the site knows changes the Dock", window_manager, lists=TILER_LISTS)
BOOK.benign("copy-protection", "Games and Wine", "Game guards itself", copy_protection)
