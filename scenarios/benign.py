"""What is good and looks like an attack: the look-alikes that a rule has to know. Nasty, and true."""

from book import Book
from mac import AD_HOC, DEBUGGABLE, FINDER, HARDENED, HOME, LAUNCHD, LINKED, PLAIN, SHELL, TEMP, VALIDATED, Library, Program, apple
from people import (AGENT, APPLESCRIPT, BASH, BROWSER, CHAT, CLANG, CP, CURL, DEBUGSERVER, EDITOR, INSTALLD, JAVASCRIPT, LD, LLDB, LOOSE,
                    LOOSE_KIT, LUAJIT, MAKE, NODE, OSASCRIPT, OWN_BUILD, PYTHON, SH, STANDARD_ADDITIONS, STUDIO, XCODE)

BOOK = Book()
SCENARIOS = BOOK.scenarios
RANGE = 0x10A000000


def flips(mac, p, count=4, write_first=True):
    """Pages of generated code, as a compiler in time turns them."""
    for number in range(count):
        if write_first:
            mac.mprotect(p, 3, RANGE + 0x10000 * number, 0x10000)
            mac.pass_time(0.2)
        mac.mprotect(p, 5, RANGE + 0x10000 * number, 0x10000)
        mac.wait()


# --- JavaScriptCore, V8, Electron

def webkit(mac):
    """Safari opens pages: WebContent processes of WebKit map code in time, which nobody sees, and load the system's own
    components from outside of the shared cache."""
    safari = mac.start(apple("/Applications/Safari.app/Contents/MacOS/Safari", "com.apple.Safari"), LAUNCHD)
    content = apple("/System/Library/Frameworks/WebKit.framework/Versions/A/XPCServices/com.apple.WebKit.WebContent.xpc/Contents/"
                    "MacOS/com.apple.WebKit.WebContent", "com.apple.WebKit.WebContent", jit="yes")
    for _ in range(3):
        p = mac.start(content, LAUNCHD, responsible=safari)
        mac.load(p, "/System/Library/CoreServices/RawCamera.bundle/Contents/MacOS/RawCamera")
        mac.mprotect(p, 1)
        mac.wait()


BOOK.benign("webkit-pages", "JavaScriptCore and WebKit", "Safari opens pages", webkit)


def electron(mac):
    """A chat program of Electron starts with its helpers, unpacks a native module of Node into a temporary folder, maps it and
    removes it. Its entitlements declare generated code, and one helper may load what others signed."""
    p = mac.start(CHAT, LAUNCHD)
    base = "/Applications/Murmel.app/Contents/Frameworks/Murmel Helper"
    for kind in ("GPU", "Renderer", "Plugin"):
        path = f"{base} ({kind}).app/Contents/MacOS/Murmel Helper ({kind})"
        helper = mac.start(Program(path, f"com.example.murmel.helper.{kind}", HARDENED, CHAT.team, jit="yes"), p,
                           [path, f"--type={kind.lower()}"])
        flips(mac, helper, 1)
    module = TEMP + "/.com.example.murmel.Xq81/watcher.node"
    mac.write(p, module)
    mac.load(p, Library(module, "signed", CHAT.team, "watcher"))
    mac.wait()
    mac.unlink(p, module)
    mac.load(p, Library(HOME + "/Library/Application Support/Murmel/modules/voice.node", "adhoc", identifier="voice"))


BOOK.benign("electron-chat", "V8 and Electron", "Electron application with native modules", electron)


def inspector(mac):
    """A code editor of Electron debugs a script: it runs itself as node with the inspector's arguments, and that starts a shell,
    git and the user's node. All in its own name, or started by it."""
    code = Program("/Applications/Codeworks.app/Contents/MacOS/Codeworks", "com.example.codeworks", HARDENED, "C0DEW0RKS7", jit="yes")
    p = mac.start(code, LAUNCHD)
    host_path = "/Applications/Codeworks.app/Contents/Frameworks/Codeworks Helper (Plugin).app/Contents/MacOS/Codeworks Helper (Plugin)"
    host = mac.start(Program(host_path, "com.example.codeworks.helper", HARDENED, code.team, jit="yes"), p,
                     [host_path, "--type=utility", "--inspect-port=0"], env=["ELECTRON_RUN_AS_NODE=1"])
    mac.wait()
    shell = mac.start(SH, host, ["sh", "-ilc", "env"])
    mac.exit(shell)
    mac.start(apple("/usr/bin/git", "com.apple.git"), host, ["git", "status"])
    mac.start(NODE, host, [NODE.path, "--inspect-brk=127.0.0.1:51234", "index.js"], env=["NODE_OPTIONS=--require bootloader.js"])


BOOK.benign("code-editor-inspector", "V8 and Electron", "Code editor debugs a script", inspector)


def playwright(mac):
    """A developer's tests in node start a browser with a debugging port; the browser starts its own helpers, and is ended."""
    p = mac.start(NODE, SHELL, ["node", "node_modules/.bin/playwright", "test"])
    browser = mac.start(BROWSER, p, [BROWSER.path, "--remote-debugging-port=0", "--headless", "--user-data-dir=" + TEMP + "/pw_x1"])
    mac.wait()
    helper = "/Applications/Lanterna.app/Contents/Frameworks/Lanterna Helper.app/Contents/MacOS/Lanterna Helper"
    for kind in ("gpu-process", "renderer", "utility"):
        mac.start(Program(helper, "com.example.lanterna.helper", VALIDATED, BROWSER.team, jit="yes"), browser, [helper, "--type=" + kind])
    mac.wait()
    mac.exit(browser, signal=15)


BOOK.benign("playwright-tests", "V8 and Electron", "Playwright's tests drive a browser", playwright)


# --- Java

JAVA = Program("/Library/Java/JavaVirtualMachines/corvid-21.jdk/Contents/Home/bin/java", "com.example.corvid.java", HARDENED,
               "C0RV1DJDK2", jit="yes")


def java(mac):
    """A service in Java of a vendor's JDK unpacks JNA's and SQLite's native libraries into the temporary folder, maps them, and
    removes one of them."""
    p = mac.start(JAVA, SHELL, ["java", "-jar", "ledger.jar"], env=["JAVA_TOOL_OPTIONS=-javaagent:/opt/apm/agent.jar"])
    flips(mac, p, 2)
    for name, goes in (("jna-108875/jna4071234881623.tmp", True), ("sqlite-3.45.1-7d1c-libsqlitejdbc.dylib", False)):
        path = f"{TEMP}/{name}"
        mac.write(p, path)
        mac.load(p, Library(path, "adhoc", identifier="libnative"))
        mac.wait()
        if goes:
            mac.unlink(p, path)


BOOK.benign("java-native-libraries", "Java", "Java unpacks native libraries", java)


def java_ide(mac):
    """An environment for developing in Java, signed by its vendor, runs its own runtime, maps JNA's library and starts a
    compiler's daemon."""
    ide = Program("/Applications/Grounds.app/Contents/MacOS/grounds", "com.example.grounds", HARDENED, "GR0UNDS1DE", jit="yes")
    p = mac.start(ide, LAUNCHD)
    mac.load(p, Library("/Applications/Grounds.app/Contents/lib/jna/aarch64/libjnidispatch.jnilib", "signed", ide.team, "libjnidispatch"))
    mac.wait()
    path = HOME + "/Library/Caches/Grounds/tmp/pty4j-native.tmp"
    mac.write(p, path)
    mac.load(p, Library(path, "adhoc", identifier="libpty"))
    mac.wait()
    mac.unlink(p, path)
    mac.start(JAVA, p, ["java", "-cp", "kotlin-daemon.jar", "Daemon"])


BOOK.benign("java-ide", "Java", "Development environment with JNA", java_ide)


# --- .NET, Mono, Unity

def dotnet(mac):
    """The .NET runtime of a vendor turns pages between writable and executable for minutes, as its entitlements declare, with a
    startup hook of a profiler that its administrator set."""
    runtime = Program("/usr/local/share/dotnet/dotnet", "com.example.dotnet", HARDENED, "D0TNETRUN3", jit="yes")
    p = mac.start(runtime, SHELL, ["dotnet", "run"], env=["DOTNET_STARTUP_HOOKS=/opt/apm/Hook.dll"])
    flips(mac, p, 5)
    mac.mprotect(p, 7)
    mac.wait()
    mac.start(Program(HOME + "/src/orders/bin/Debug/net9.0/orders", "orders-5555", LINKED, born=-40 * 86400.0), p)


BOOK.benign("dotnet-runtime", ".NET and Mono", ".NET runtime with a startup hook", dotnet)


def unity(mac):
    """A game with an embedded Mono of years ago, signed by its vendor without the hardened runtime, asks for writable and
    executable memory and maps its plug-ins."""
    game = Program("/Applications/Orrery.app/Contents/MacOS/Orrery", "com.example.orrery", PLAIN, "0RRERYGAME")
    p = mac.start(game, LAUNCHD)
    mac.load(p, Library("/Applications/Orrery.app/Contents/Frameworks/libmonobdwgc-2.0.dylib", "signed", game.team, "libmono"))
    mac.load(p, Library("/Applications/Orrery.app/Contents/PlugIns/steam_api.bundle", "signed", "STEAML1KE9", "steam_api"))
    flips(mac, p, 3)
    mac.mprotect(p, 7)


BOOK.benign("mono-game", ".NET and Mono", "Game with an embedded Mono", unity)


# --- LuaJIT and others without an entitlement

def luajit(mac):
    """LuaJIT of Homebrew, signed by the linker alone, turns its pages all day."""
    flips(mac, mac.start(LUAJIT, SHELL, ["luajit", "bench.lua"]), 5)


def numba(mac):
    """A notebook in Python compiles functions with numba: extension modules out of site-packages, and pages made executable
    by an interpreter of Homebrew's."""
    p = mac.start(PYTHON, SHELL, ["python3", "-m", "ipykernel"], env=["PYTHONPATH=" + HOME + "/notebooks"])
    site = HOME + "/venv/lib/python3.13/site-packages"
    for name in ("llvmlite/binding/libllvmlite.dylib", "numba/_dispatcher.cpython-313-darwin.so", "numpy/_core/_multiarray_umath.so"):
        mac.load(p, Library(f"{site}/{name}", "adhoc", identifier=name.rpartition("/")[2]))
    flips(mac, p, 4)


def julia(mac):
    """Julia, as its project ships it with a team, compiles functions; then BEAM of Homebrew does."""
    flips(mac, mac.start(Program("/Applications/Julius-1.11.app/Contents/Resources/julius/bin/julius", "julius", HARDENED, "JUL1USLANG",
                                 jit="yes"), SHELL), 2)
    beam = Program("/opt/homebrew/Cellar/erlang/27.2/lib/erlang/erts-15.2/bin/beam.smp", "beam.smp", LINKED)
    flips(mac, mac.start(beam, SHELL), 2)


BOOK.benign("luajit", "LuaJIT and the like", "LuaJIT of Homebrew", luajit)
BOOK.benign("numba-notebook", "LuaJIT and the like", "Notebook compiles with numba", numba)
BOOK.benign("julia-and-beam", "LuaJIT and the like", "Julia and BEAM compile", julia)


def closures(mac):
    """Programs map libobjc's trampolines and make pages of libffi's closures executable, which all of Apple's bridges do."""
    p = mac.start(Program("/Applications/Larkspur.app/Contents/MacOS/Larkspur", "com.example.larkspur", PLAIN, LOOSE.team), LAUNCHD)
    mac.load(p, "/usr/lib/libobjc-trampolines.dylib")
    q = mac.start(apple("/usr/bin/perl5.34", "com.apple.perl5"), SHELL, ["perl", "-MForeign", "x.pl"])
    mac.load(q, "/usr/lib/libffi-trampolines.dylib")
    mac.mprotect(q, 5)


BOOK.benign("libffi-closures", "libffi and trampolines", "Trampolines of libobjc and libffi", closures)


# --- Rosetta

def rosetta(mac):
    """A program built for Intel runs on Apple silicon: Rosetta maps its translations, asks for writable and executable memory
    and debugs it with a debugserver of its own."""
    game = Program("/Applications/Skiff.app/Contents/MacOS/Skiff", "com.example.skiff", PLAIN, "SK1FFGAME0", jit="yes")
    p = mac.start(game, LAUNCHD)
    mac.load(p, "/Library/Apple/usr/libexec/oah/libRosettaRuntime")
    for number in range(3):
        mac.load(p, f"/private/var/db/oah/279/4b2f/{number:04x}/libgame{number}.dylib.aot")
    mac.load(p, "/private/var/db/oah/279/4b2f/00ff/Skiff.aot", protection=7)
    mac.mprotect(p, 7)
    server = mac.start(apple("/usr/libexec/rosetta/debugserver", "com.apple.debugserver"), LAUNCHD)
    mac.task(server, p)
    mac.remote_thread(server, p)


BOOK.benign("rosetta-game", "Rosetta 2", "Program built for Intel", rosetta)


def shared_cache(mac):
    """After an update the first process of an architecture maps the shared cache, readable, writable and executable at once."""
    p = mac.start(Program("/Applications/Skiff.app/Contents/MacOS/Skiff", "com.example.skiff", PLAIN, "SK1FFGAME0"), LAUNCHD)
    mac.load(p, "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld/dyld_shared_cache_x86_64", protection=7)
    mac.load(p, "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld/dyld_shared_cache_x86_64.01", protection=7)


BOOK.benign("shared-cache-mapped", "Rosetta 2", "Shared cache of another architecture is built", shared_cache)


# --- Virtual machines and emulators

def virtual_machines(mac):
    """qemu below a vendor's application emulates a processor: pages change all the time, and dyld's variables are set by its
    launcher."""
    app = Program("/Applications/Moorings.app/Contents/MacOS/Moorings", "com.example.moorings", HARDENED, "M00R1NGSVM")
    qemu = Program("/Applications/Moorings.app/Contents/Frameworks/qemu-system-aarch64", "com.example.moorings.qemu", HARDENED, app.team,
                   jit="yes")
    p = mac.start(app, LAUNCHD)
    library = "/Applications/Moorings.app/Contents/Frameworks/lib"
    q = mac.start(qemu, p, env=["DYLD_LIBRARY_PATH=" + library])
    mac.load(q, Library(library + "/libglib-2.0.0.dylib", "signed", app.team, "libglib"))
    flips(mac, q, 3)
    mac.mprotect(q, 7)


BOOK.benign("qemu", "Virtual machines and emulators", "Emulated machine", virtual_machines)


# --- Wine, games, overlays

def overlay(mac):
    """A shop for games starts a game with its own overlay inserted, which is of the shop's team and not of the game's."""
    shop = Program("/Applications/Harbour.app/Contents/MacOS/harbour_osx", "com.example.harbour", PLAIN, "HARB0URGMS")
    p = mac.start(shop, LAUNCHD)
    library = HOME + "/Library/Application Support/Harbour/overlay/gameoverlay.dylib"
    game = Program(HOME + "/Library/Application Support/Harbour/apps/Skerry.app/Contents/MacOS/Skerry", "com.example.skerry", PLAIN,
                   "SKERRYGAM3")
    q = mac.start(game, p, env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.wait()
    mac.load(q, Library(library, "signed", shop.team, "gameoverlay"))


def wine(mac):
    """A compatibility layer for programs of Windows, signed by its vendor, asks for writable and executable memory and writes over
    its own code pages."""
    program = Program("/Applications/Decanter.app/Contents/SharedSupport/bin/wine64-preloader", "com.example.decanter.wine", PLAIN,
                      "DECANTER08", jit="yes")
    p = mac.start(program, LAUNCHD)
    mac.mprotect(p, 7)
    flips(mac, p, 3)


BOOK.benign("game-overlay", "Games and Wine", "Shop's overlay in a game", overlay)
BOOK.benign("wine", "Games and Wine", "Programs of Windows", wine)


# --- Audio

def licence_ware(mac):
    """Audio software whose signature is sound checks its licence: its protection links a bundle from memory, dyld writes, maps and
    removes it. Then plug-ins of several vendors load, one of them unsigned."""
    p = mac.start(STUDIO, LAUNCHD)
    path = TEMP + "/NSCreateObjectFileImageFromMemory-l1cPq8Zs"
    mac.write(p, path)
    mac.load(p, Library(path, is_known=False))
    mac.unlink(p, path)
    mac.wait()
    folder = "/Library/Audio/Plug-Ins/Components/"
    mac.load(p, Library(folder + "Reverb.component/Contents/MacOS/Reverb", "signed", "REVERB0X77", "com.example.reverb"))
    mac.load(p, Library(HOME + folder + "Fuzz.component/Contents/MacOS/Fuzz", "unsigned"))
    mac.load(p, Library(HOME + folder + "Tape.component/Contents/MacOS/Tape", "adhoc", identifier="tape"))


def audio_unit_host(mac):
    """macOS checks newly installed audio units: auvaltool maps one, and the vendor's installer had put it there."""
    path = "/Library/Audio/Plug-Ins/Components/Chorus.component/Contents/MacOS/Chorus"
    mac.write(INSTALLD, path)
    mac.wait()
    p = mac.start(apple("/usr/bin/auvaltool", "com.apple.auvaltool"), LAUNCHD)
    mac.load(p, Library(path, "signed", "CH0RUSAUD1", "com.example.chorus"))
    mac.mprotect(p, 1)


BOOK.benign("audio-licence", "Audio software", "Audio software checks its licence", licence_ware)
BOOK.benign("audio-units-checked", "Audio software", "New audio unit is checked", audio_unit_host)


def plug_in_by_hand(mac):
    """Somebody drags a plug-in into his user's folder in the Finder, and his audio software maps it."""
    path = HOME + "/Library/Audio/Plug-Ins/VST3/Grain.vst3/Contents/MacOS/Grain"
    mac.write(FINDER, path)
    mac.wait()
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, Library(path, "adhoc", identifier="grain"))


BOOK.benign("plug-in-dragged-in", "Plug-in hosts", "Plug-in dragged into its folder", plug_in_by_hand)


def previews(mac):
    """macOS' hosts map plug-ins of vendors: a preview, an importer of Spotlight, a Dock tile. All are signed and were installed
    long ago."""
    hosts = ((apple("/System/Library/Frameworks/QuickLook.framework/Resources/quicklookd.app/Contents/MacOS/quicklookd",
                    "com.apple.quicklookd"), "/Library/QuickLook/Drawing.qlgenerator/Contents/MacOS/Drawing"),
             (apple("/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/Metadata.framework/Versions/A/Support/"
                    "mdworker", "com.apple.mdworker"), "/Library/Spotlight/Drawing.mdimporter/Contents/MacOS/Drawing"),
             (apple("/System/Library/CoreServices/Dock.app/Contents/XPCServices/com.apple.dock.external.extra.arm64.xpc/Contents/MacOS/"
                    "com.apple.dock.external.extra.arm64", "com.apple.dock.external.extra.arm64"),
              "/Applications/Drawing.app/Contents/PlugIns/Tile.docktileplugin/Contents/MacOS/Tile"))
    for program, path in hosts:
        p = mac.start(program, LAUNCHD)
        mac.load(p, Library(path, "signed", "DRAW1NGQL5", "com.example.drawing"))
        mac.wait()


BOOK.benign("previews-and-importers", "Plug-in hosts", "Previews, importers and Dock tiles", previews)


def wallpaper_saver(mac):
    """A screen saver of the user's own making, without a team, is shown by macOS' host."""
    host = apple("/System/Library/Frameworks/ScreenSaver.framework/PlugIns/legacyScreenSaver.appex/Contents/MacOS/legacyScreenSaver",
                 "com.apple.ScreenSaver.Engine.legacyScreenSaver")
    p = mac.start(host, LAUNCHD)
    mac.load(p, Library(HOME + "/Library/Screen Savers/Fireflies.saver/Contents/MacOS/Fireflies", "adhoc", identifier="fireflies"))


BOOK.benign("own-screen-saver", "Plug-in hosts", "Screen saver of the user's own", wallpaper_saver)


# --- Device management and installers

JAMMED = Program("/Library/Steward/Steward.app/Contents/MacOS/Steward", "com.example.steward.agent", HARDENED, "STEWARDMDM")
MDM_LISTS = """# The site's agent of device management, added to what rules/lists.yaml has.
installers:
  - com.apple.installer
  - com.apple.installd
  - com.apple.system_installd
  - com.apple.package_script_service
  - com.apple.mdmclient
  - STEWARDMDM/com.example.steward*
"""


def mdm(mac):
    """The agent of device management runs a script in osascript that asks the user to restart, and then a vendor's installer that
    loads an unsigned library from its temporary folder and links a bundle from memory."""
    p = mac.start(JAMMED, LAUNCHD, uid=0)
    shell = mac.start(SH, p, ["sh", "/Library/Steward/run/41.sh"])
    script = mac.start(OSASCRIPT, shell, ["osascript", "-l", "JavaScript", "-e", "ObjC.import('AppKit')"])
    mac.load(script, JAVASCRIPT)
    mac.load(script, STANDARD_ADDITIONS)
    mac.exit(script)
    installer = mac.start(Program("/private/tmp/steward.2jQ/Setup.app/Contents/MacOS/Setup", "com.example.vendor.setup", AD_HOC, born=-5.0),
                          shell)
    library = "/private/tmp/PKInstallSandbox.kX8/Scripts/com.example.vendor/libsetup.dylib"
    mac.write(installer, library)
    mac.load(installer, Library(library, "unsigned"))
    bundle = TEMP + "/NSCreateObjectFileImageFromMemory-s3tUpq1Z"
    mac.write(installer, bundle)
    mac.load(installer, Library(bundle, is_known=False))
    mac.unlink(installer, bundle)


BOOK.benign("mdm-installer", "Device management and installers", "Agent of device management runs an installer", mdm, lists=MDM_LISTS)


def package(mac):
    """A vendor's package is installed: scripts run out of the package's temporary folder, start a helper without a team, write an
    application and its libraries, and a launch item. The application is started at once."""
    sandbox = "/private/tmp/PKInstallSandbox.T1kQ2x/Scripts/com.example.quill.pkg.8sQe2C"
    mac.write(INSTALLD, sandbox + "/probe")
    script = mac.start(BASH, INSTALLD, ["bash", sandbox + "/preinstall"])
    mac.exit(mac.start(Program(sandbox + "/probe", "probe", AD_HOC, born=mac.now), script))
    app = "/Applications/Quill.app/Contents"
    for name in ("MacOS/Quill", "Frameworks/libpdf.dylib"):
        mac.write(INSTALLD, f"{app}/{name}")
    mac.write(INSTALLD, "/Library/LaunchAgents/com.example.quill.helper.plist")
    task_manager = mac.start(apple("/System/Library/PrivateFrameworks/BackgroundTaskManagement.framework/Resources/"
                                   "backgroundtaskmanagementd", "com.apple.backgroundtaskmanagementd"), LAUNCHD, uid=0)
    mac.launch_item(task_manager, "/Library/LaunchAgents/com.example.quill.helper.plist", f"{app}/Library/QuillHelper")
    mac.wait()
    p = mac.start(Program(f"{app}/MacOS/Quill", "com.example.quill", HARDENED, "QU1LLEXMPL", born=mac.now - 1), LAUNCHD)
    mac.load(p, Library(f"{app}/Frameworks/libpdf.dylib", "signed", "PDFL1BTEAM", "com.example.pdf"))


BOOK.benign("package-installed", "Device management and installers", "Vendor's package is installed and started", package)


def first_run(mac):
    """An application is dragged out of its disk image in the Finder and started. It starts a helper of its own."""
    app = "/Applications/Quill.app/Contents"
    for name in ("MacOS/Quill", "Frameworks/libpdf.dylib"):
        mac.write(FINDER, f"{app}/{name}")
    mac.wait()
    p = mac.start(Program(f"{app}/MacOS/Quill", "com.example.quill", HARDENED, "QU1LLEXMPL", born=mac.now - 1), LAUNCHD)
    mac.load(p, Library(f"{app}/Frameworks/libpdf.dylib", "signed", "QU1LLEXMPL", "com.example.quill.pdf"))
    mac.wait()
    mac.start(Program(f"{app}/Library/QuillHelper", "com.example.quill.helper", HARDENED, "QU1LLEXMPL", born=mac.now - 1), p)


BOOK.benign("dragged-in-and-started", "Device management and installers", "Application dragged in and started", first_run)


# --- Updaters

def sparkle(mac):
    """Sparkle brings an application up to date: its Autoupdate writes the new one and starts it, with new libraries."""
    contents = "/Applications/Parlo.app/Contents"
    p = mac.start(EDITOR, LAUNCHD)
    tool = Program(HOME + "/Library/Caches/com.example.parlo/org.sparkle-project.Sparkle/Launcher/x1/Autoupdate",
                   "Autoupdate", HARDENED, EDITOR.team, born=-3.0)
    mac.write(p, tool.path)
    updater = mac.start(tool, LAUNCHD)
    mac.exit(p)
    for name in ("MacOS/Parlo", "Frameworks/libopus-parlo.dylib"):
        mac.write(updater, f"{HOME}/Library/Caches/com.example.parlo/Installation/{name.rpartition('/')[2]}")
        mac.rename(updater, f"{HOME}/Library/Caches/com.example.parlo/Installation/{name.rpartition('/')[2]}", f"{contents}/{name}")
    mac.wait()
    p = mac.start(Program(EDITOR.path, "com.example.parlo", HARDENED, EDITOR.team, born=mac.now - 1, build="2"), updater)
    mac.load(p, Library(contents + "/Frameworks/libopus-parlo.dylib", "signed", EDITOR.team, "libopus", build="2"))


def in_place(mac):
    """An application without the hardened runtime is brought up to date in its own files while it runs, by its vendor's updater;
    the kernel finds that its pages changed."""
    updater = Program("/Library/Application Support/Larkspur/LarkspurUpdater", "com.example.larkspur.updater", PLAIN, LOOSE.team)
    p = mac.start(LOOSE, LAUNCHD)
    mac.load(p, LOOSE_KIT)
    u = mac.start(updater, LAUNCHD, uid=0)
    mac.close(u, LOOSE.path)
    mac.close(u, LOOSE_KIT.path)
    mac.wait(3)
    mac.invalidated(p)
    mac.wait(2)
    mac.exit(p)


def background_updater(mac):
    """A browser's updater, which runs as root every hour, puts a new version beside the old one and swaps them."""
    updater = Program("/Library/Lanterna/Updater.app/Contents/MacOS/Updater", "com.example.lanterna.Updater", HARDENED, BROWSER.team)
    framework = "/Applications/Lanterna.app/Contents/Frameworks/Lanterna.framework/Versions/"
    old = mac.start(BROWSER, LAUNCHD)
    u = mac.start(updater, LAUNCHD, uid=0)
    mac.write(u, framework + "134/Lanterna")
    mac.rename(u, BROWSER.path, BROWSER.path + ".old")
    mac.rename(u, "/Library/Lanterna/staged/Lanterna", BROWSER.path)
    mac.wait()
    mac.exit(old)
    p = mac.start(Program(BROWSER.path, BROWSER.signing_id, VALIDATED, BROWSER.team, born=mac.now, jit="yes", build="134"), LAUNCHD)
    mac.load(p, Library(framework + "134/Lanterna", "signed", BROWSER.team, "com.example.lanterna.framework"))
    mac.unlink(u, BROWSER.path + ".old")


BOOK.benign("sparkle-update", "Updaters", "Sparkle brings an application up to date", sparkle)
BOOK.benign("update-in-place", "Updaters", "Unhardened application updated in place", in_place)
BOOK.benign("browser-update", "Updaters", "Browser's updater swaps versions", background_updater)


# --- Debuggers and developers

def xcode_session(mac):
    """A developer builds in Xcode and debugs: debugserver starts the build, attaches, takes its port, makes a thread for an expression
    and writes breakpoints. Previews insert a library of DerivedData."""
    xcode = mac.start(XCODE, LAUNCHD)
    ld = mac.start(LD, mac.start(CLANG, xcode))
    mac.write(ld, OWN_BUILD.path)
    server = mac.start(DEBUGSERVER, xcode)
    products = OWN_BUILD.path.rpartition("/")[0]
    p = mac.start(Program(OWN_BUILD.path, "kestrel", AD_HOC | DEBUGGABLE, born=mac.now, build="7"), server,
                  env=["DYLD_FRAMEWORK_PATH=" + products, "DYLD_INSERT_LIBRARIES=/usr/lib/libMainThreadChecker.dylib"])
    mac.task(server, p)
    mac.trace(server, p)
    mac.load(p, Library(products + "/KestrelKit.framework/Versions/A/KestrelKit", "adhoc", identifier="KestrelKit", born=mac.now))
    mac.remote_thread(server, p)
    mac.mprotect(p, 5)
    mac.invalidated(p, debugged=True)


def lldb_on_the_line(mac):
    """A developer debugs a tool of his own from the command line: clang, ld, lldb, debugserver."""
    path = HOME + "/src/tin/tin"
    ld = mac.start(LD, mac.start(CLANG, mac.start(MAKE)))
    mac.write(ld, path)
    server = mac.start(DEBUGSERVER, mac.start(LLDB))
    p = mac.start(Program(path, "tin", LINKED, born=mac.now), server)
    mac.task(server, p)
    mac.trace(server, p)
    mac.wait()
    mac.remote_thread(server, p)
    mac.invalidated(p, debugged=True)


def tests_below_xcode(mac):
    """Xcode runs tests: xctest maps the bundle of tests out of DerivedData, with dyld's variables set."""
    products = OWN_BUILD.path.rpartition("/")[0]
    xctest = apple("/Applications/Xcode.app/Contents/Developer/usr/bin/xctest", "com.apple.xctest")
    library = "/Applications/Xcode.app/Contents/Developer/usr/lib/libXCTestBundleInject.dylib"
    p = mac.start(xctest, mac.start(XCODE, LAUNCHD), env=["DYLD_INSERT_LIBRARIES=" + library, "DYLD_FRAMEWORK_PATH=" + products])
    mac.load(p, Library(library, is_known=False))
    mac.load(p, Library(products + "/KestrelTests.xctest/Contents/MacOS/KestrelTests", "adhoc", identifier="KestrelTests", born=-5.0))


BOOK.benign("xcode-debugging", "Debuggers and Xcode", "Debugging in Xcode", xcode_session)
BOOK.benign("lldb", "Debuggers and Xcode", "Debugging from the command line", lldb_on_the_line)
BOOK.benign("xctest", "Debuggers and Xcode", "Tests below Xcode", tests_below_xcode)


# --- Builds

def brew_install(mac):
    """Homebrew pours a bottle: ruby runs curl and tar, install_name_tool and codesign change its libraries, and the new program is
    started at once to test it."""
    ruby = Program("/opt/homebrew/Library/Homebrew/vendor/portable-ruby/3.4.2/bin/ruby", "ruby", LINKED)
    brew = mac.start(ruby, mac.start(BASH, SHELL, ["bash", "brew", "install", "tern"]), ["ruby", "brew.rb", "install", "tern"])
    mac.start(CURL, brew, ["curl", "-L", "https://bottles.example/tern"])
    cellar = "/opt/homebrew/Cellar/tern/3.2"
    tar = mac.start(apple("/usr/bin/bsdtar", "com.apple.bsdtar"), brew)
    for name in ("bin/tern", "lib/libtern.3.dylib"):
        mac.write(tar, f"{cellar}/{name}")
    signer = mac.start(apple("/usr/bin/codesign", "com.apple.codesign"), brew, ["codesign", "-f", "-s", "-", f"{cellar}/bin/tern"])
    mac.close(signer, f"{cellar}/bin/tern")
    mac.wait()
    p = mac.start(Program(f"{cellar}/bin/tern", "tern", AD_HOC, born=mac.now), brew, ["tern", "--version"])
    mac.load(p, Library(f"{cellar}/lib/libtern.3.dylib", "adhoc", identifier="libtern", born=mac.now))
    mac.exit(p)


def pip_wheel(mac):
    """pip builds a wheel: a compiler's test programs run out of a temporary folder, and a new extension module is mapped."""
    p = mac.start(PYTHON, SHELL, ["python3", "-m", "pip", "install", "speedups"])
    clang = mac.start(CLANG, p)
    ld = mac.start(LD, clang)
    module = HOME + "/venv/lib/python3.13/site-packages/speedups/_c.cpython-313-darwin.so"
    mac.write(ld, TEMP + "/pip-build-x1/_c.so")
    mac.write(p, module)
    mac.wait()
    q = mac.start(PYTHON, SHELL, ["python3", "-c", "import speedups"])
    mac.load(q, Library(module, "adhoc", identifier="_c", born=mac.now))


def cargo_build(mac):
    """A developer on a developer's Mac builds and tests with cargo and go, below make. Build scripts and tests are linked and run at
    once, one out of a temporary folder."""
    make = mac.start(MAKE)
    cargo = mac.start(Program(HOME + "/.cargo/bin/cargo", "cargo", LINKED), make, ["cargo", "test"])
    ld = mac.start(LD, mac.start(CLANG, cargo))
    for name in ("debug/build/ring-1/build-script-build", "debug/deps/kestrel-5a1e"):
        path = f"{HOME}/src/kestrel/target/{name}"
        mac.write(ld, path)
        p = mac.start(Program(path, name.rpartition("/")[2], LINKED, born=mac.now), cargo)
        mac.mprotect(p, 5)
        mac.exit(p)
    go = mac.start(Program("/opt/homebrew/Cellar/go/1.24.0/libexec/bin/go", "go", LINKED), make, ["go", "test", "./..."])
    path = TEMP + "/go-build123/b001/net.test"
    mac.write(go, path)
    mac.exit(mac.start(Program(path, "a.out", LINKED, born=mac.now), go))


BOOK.benign("brew-install", "Package managers and builds", "Homebrew pours a bottle", brew_install)
BOOK.benign("pip-wheel", "Package managers and builds", "pip builds a wheel", pip_wheel)
BOOK.benign("cargo-and-go", "Package managers and builds", "cargo and go below make", cargo_build)


def pyinstaller(mac):
    """A command-line tool that was packed with PyInstaller, and has a team, unpacks its libraries into a temporary folder, maps and
    removes them."""
    tool = Program("/usr/local/bin/ledgerctl", "com.example.ledgerctl", HARDENED, "LEDGERCTL6", jit="yes")
    p = mac.start(tool)
    for name in ("libpython3.12.dylib", "_ssl.cpython-312-darwin.so"):
        path = f"{TEMP}/_MEI91xQz/{name}"
        mac.write(p, path)
        mac.load(p, Library(path, "signed", tool.team, name))
    mac.wait()
    for name in ("libpython3.12.dylib", "_ssl.cpython-312-darwin.so"):
        mac.unlink(p, f"{TEMP}/_MEI91xQz/{name}")


BOOK.benign("pyinstaller-tool", "Package managers and builds", "Packed tool unpacks itself", pyinstaller)


# --- Security agents and diagnostics

def security_agent(mac):
    """A security agent takes read and inspect ports of every program that starts, looks at their memory, and maps its own content
    as libraries of its team."""
    agent = mac.start(AGENT, LAUNCHD, uid=0)
    mac.load(agent, Library("/Library/Wardline/content/engine-2211.dylib", "signed", AGENT.team, "engine", born=-60.0))
    for program in (EDITOR, STUDIO, LOOSE):
        p = mac.start(program, LAUNCHD)
        mac.task(agent, p, "read")
        mac.task(agent, p, "inspect")
        mac.wait()


def diagnostics(mac):
    """spindump, sample, vmmap, heap and ReportCrash take ports of everything, also control ports."""
    targets = [mac.start(p, LAUNCHD) for p in (EDITOR, LOOSE)]
    for path, identifier, port in (("/usr/sbin/spindump", "com.apple.spindump", "control"), ("/usr/bin/sample", "com.apple.sample", "read"),
                                   ("/usr/bin/vmmap", "com.apple.vmmap", "control"), ("/usr/bin/heap", "com.apple.heap", "control"),
                                   ("/System/Library/CoreServices/ReportCrash", "com.apple.ReportCrash", "control")):
        p = mac.start(apple(path, identifier), LAUNCHD, uid=0)
        for target in targets:
            mac.task(p, target, port)
        mac.wait()


def htop(mac):
    """A user without a vendor looks at his Mac: htop of Homebrew takes control ports of every process, as root, again and again."""
    p = mac.start(Program("/opt/homebrew/Cellar/htop/3.3.0/bin/htop", "htop", LINKED), uid=0)
    targets = [FINDER, mac.start(EDITOR, LAUNCHD), mac.start(LOOSE, LAUNCHD), p]
    for _ in range(3):
        for target in targets:
            mac.task(p, target)
        mac.wait()


BOOK.benign("security-agent", "Security agents", "Security agent reads memory", security_agent)
BOOK.benign("diagnostics", "Diagnostics", "spindump and its kin", diagnostics)
BOOK.benign("htop", "Diagnostics", "htop as root", htop)


# --- Automation

def automation(mac):
    """A user automates: osascript in the shell, an Automator workflow, a menu of a signed productivity tool. All load the script
    engines, and start shells."""
    script = mac.start(OSASCRIPT, SHELL, ["osascript", "-e", "tell application \"Finder\" to activate"])
    mac.load(script, APPLESCRIPT)
    mac.load(script, STANDARD_ADDITIONS)
    mac.start(SH, script, ["sh", "-c", "date"])
    runner = mac.start(apple("/System/Library/CoreServices/Automator Application Stub.app/Contents/MacOS/Automator Application Stub",
                             "com.apple.Automator.Automator-Application-Stub"), LAUNCHD)
    mac.load(runner, JAVASCRIPT)
    mac.load(runner, STANDARD_ADDITIONS)
    mac.start(BASH, runner, ["bash", "-s"])
    tool = mac.start(Program("/Applications/Shortcutter.app/Contents/MacOS/Shortcutter", "com.example.shortcutter", HARDENED, "SH0RTCUT3R"),
                     LAUNCHD)
    mac.load(tool, APPLESCRIPT)
    mac.load(tool, STANDARD_ADDITIONS)
    mac.start(SH, tool, ["sh", "-c", "pbpaste"])


def own_applet(mac):
    """A user's applet of months ago, signed ad hoc as Script Editor does it, asks a shell and shows a message."""
    p = mac.start(Program(HOME + "/Applications/Tidy Desk.app/Contents/MacOS/applet", "com.apple.ScriptEditor.id.tidy-desk", AD_HOC), LAUNCHD)
    mac.load(p, APPLESCRIPT)
    mac.load(p, STANDARD_ADDITIONS)
    mac.start(SH, p, ["sh", "-c", "mv ~/Desktop/*.png ~/Pictures"])


BOOK.benign("automation", "Automation", "osascript, Automator, productivity tools", automation)
BOOK.benign("own-applet", "Automation", "User's own applet", own_applet)


# --- Laboratory

FRIDA = Program("/opt/lab/frida/bin/frida-helper", "frida-helper-5a1e", AD_HOC | DEBUGGABLE)
LAB_LISTS = f"""# A laboratory, and the builds of the tools that it uses.
test_hosts: [lab-1, mac-of-robin, mac-1]
test_tools: ["cdhash:{FRIDA.cdhash}"]
test_users: []
"""


def frida(mac):
    """A laboratory's instrumentation on one of its Macs starts a program, attaches, takes its port, makes a thread in it and maps an agent out
    of a temporary folder: everything at once."""
    p = mac.start(FRIDA, uid=0)
    child = mac.start(LOOSE, p)
    mac.trace(p, child)
    mac.task(p, child)
    mac.remote_thread(p, child)
    agent = "/private/tmp/frida-8kq/frida-agent.dylib"
    mac.write(p, agent)
    mac.load(child, Library(agent, "adhoc", identifier="frida-agent", born=mac.now))
    mac.mprotect(p, 3)
    mac.mprotect(p, 5)
    mac.invalidated(child, debugged=True)


BOOK.benign("frida-in-the-laboratory", "Frida in a test group", "Instrumentation on a laboratory's Mac", frida, lists=LAB_LISTS)


RIG = Program("/opt/lab/rig/bin/rig", "rig-5a1e", AD_HOC | DEBUGGABLE)
RIG_LISTS = f"""# A developer's Mac, on which a known build of an instrument is used.
developer_hosts: [mac-1]
test_tools: ["cdhash:{RIG.cdhash}"]
"""


def instrument(mac):
    """On a developer's Mac a known build of an instrument starts a program that its developer built, takes its port, makes a thread in it and
    writes over its code."""
    p = mac.start(RIG)
    child = mac.start(Program(HOME + "/src/tin/tin", "tin", LINKED, born=-60.0), p)
    mac.task(p, child)
    mac.remote_thread(p, child)
    mac.mprotect(child, 3)
    mac.mprotect(child, 5)
    mac.invalidated(child)


BOOK.benign("instrument-of-a-developer", "Frida in a test group", "Known instrument on a developer's Mac", instrument, lists=RIG_LISTS)
BOOK.benign("frida-seen-by-elastic", "Frida in a test group", "Instrumentation on a laboratory's Mac, by another sensor", frida,
            lists=LAB_LISTS, sensor="elastic")


VENDOR_DEBUGGER = Program("/Applications/Grounds.app/Contents/bin/lldb/mac/bin/debugserver", "com.example.grounds.debugserver", HARDENED,
                          "GR0UNDS1DE")
DEBUGGER_LISTS = """# The debugger of the development environment that the site uses, added to what rules/lists.yaml has.
debuggers:
  - com.apple.debugserver
  - com.apple.lldb*
  - com.apple.dt.*
  - GR0UNDS1DE/com.example.grounds.debugserver
"""


def vendor_debugger(mac):
    """A development environment brings a debugserver of its own, signed by its vendor. It debugs a build of the user's."""
    server = mac.start(VENDOR_DEBUGGER, mac.start(Program("/Applications/Grounds.app/Contents/MacOS/grounds", "com.example.grounds", HARDENED,
                                                          "GR0UNDS1DE", jit="yes"), LAUNCHD))
    p = mac.start(Program(HOME + "/src/tin/tin", "tin", AD_HOC | DEBUGGABLE, born=-60.0), server)
    mac.trace(server, p)
    mac.task(server, p)
    mac.remote_thread(server, p)
    mac.invalidated(p, debugged=True)


BOOK.benign("debugger-of-a-vendor", "Debuggers and Xcode", "Debugger of a vendor that the site's list has", vendor_debugger,
            lists=DEBUGGER_LISTS)


def simulator(mac):
    """An application runs in a simulator: launchd_sim starts it with dyld's variables, its libraries come from the simulator's volume and
    from DerivedData, and Xcode's agent makes a thread in it."""
    sim = mac.start(apple("/Library/Developer/PrivateFrameworks/CoreSimulator.framework/Versions/A/XPCServices/"
                          "com.apple.CoreSimulator.CoreSimulatorService.xpc/Contents/MacOS/com.apple.CoreSimulator.CoreSimulatorService",
                          "com.apple.CoreSimulator.CoreSimulatorService"), LAUNCHD)
    launchd_sim = mac.start(apple("/Library/Developer/CoreSimulator/Volumes/iOS_22E238/usr/libexec/launchd_sim", "com.apple.launchd_sim"), sim)
    root = HOME + "/Library/Developer/CoreSimulator/Devices/5C0FFEE0/data/Containers/Bundle/Application/A1/Kestrel.app"
    p = mac.start(Program(root + "/Kestrel", "com.example.kestrel", AD_HOC | DEBUGGABLE, born=mac.now), launchd_sim,
                  env=["DYLD_INSERT_LIBRARIES=/usr/lib/libBacktraceRecording.dylib", "DYLD_FRAMEWORK_PATH=" + OWN_BUILD.path.rpartition("/")[0]])
    mac.load(p, Library(root + "/Frameworks/KestrelKit.framework/KestrelKit", "adhoc", identifier="KestrelKit", born=mac.now))
    mac.mprotect(p, 5)
    agent = mac.start(apple("/Applications/Xcode.app/Contents/SharedFrameworks/DVTInstrumentsFoundation.framework/Resources/"
                            "RemoteInjectionAgent", "com.apple.RemoteInjectionAgent"), LAUNCHD)
    mac.task(agent, p)
    mac.remote_thread(agent, p)


BOOK.benign("simulator", "Debuggers and Xcode", "Application in a simulator", simulator)


def cask(mac):
    """Homebrew installs an application from its disk image: it copies the whole into its Caskroom, moves the directory into Applications,
    and the user starts the application at once."""
    ruby = Program("/opt/homebrew/Library/Homebrew/vendor/portable-ruby/3.4.2/bin/ruby", "ruby", LINKED)
    brew = mac.start(ruby, SHELL, ["ruby", "brew.rb", "install", "--cask", "quill"])
    ditto = mac.start(apple("/usr/bin/ditto", "com.apple.ditto"), brew)
    for name in ("MacOS/Quill", "Frameworks/libpdf.dylib"):
        mac.write(ditto, "/opt/homebrew/Caskroom/quill/24/Quill.app/Contents/" + name)
    mac.rename(mac.start(apple("/bin/mv", "com.apple.mv"), brew), "/opt/homebrew/Caskroom/quill/24/Quill.app", "/Applications/Quill.app")
    mac.wait()
    p = mac.start(Program("/Applications/Quill.app/Contents/MacOS/Quill", "com.example.quill", HARDENED, "QU1LLEXMPL", born=mac.now - 2), LAUNCHD)
    mac.load(p, Library("/Applications/Quill.app/Contents/Frameworks/libpdf.dylib", "signed", "PDFL1BTEAM", "com.example.pdf", born=mac.now - 2))


def copied_by_script(mac):
    """An administrator copies an application with cp -R from a share. It and its libraries are of one team."""
    cp = mac.start(CP, SHELL, ["cp", "-R", "/Volumes/Share/Quill.app", "/Applications/"])
    for name in ("MacOS/Quill", "Frameworks/libpdf.dylib"):
        mac.write(cp, "/Applications/Quill.app/Contents/" + name)
    mac.wait()
    p = mac.start(Program("/Applications/Quill.app/Contents/MacOS/Quill", "com.example.quill", HARDENED, "QU1LLEXMPL", born=mac.now - 2), LAUNCHD)
    mac.load(p, Library("/Applications/Quill.app/Contents/Frameworks/libpdf.dylib", "signed", "QU1LLEXMPL", "com.example.quill.pdf"))


def translocated(mac):
    """An application that was just downloaded is started where it lies: macOS shows it at a random place, from which it loads its own
    libraries and starts its helpers, among them one that it unpacks."""
    root = "/private/var/folders/q4/h2mzr1x90vj6c8w_kd5ty3b40000gn/X/5C0FFEE0-1/d/Vellum.app/Contents"
    p = mac.start(Program(root + "/MacOS/Vellum", "com.example.vellum", HARDENED, "VELLUM31TM", born=-30.0), LAUNCHD)
    mac.load(p, Library(root + "/Frameworks/libVellumKit.dylib", "signed", "VELLUM31TM", "libVellumKit", born=-30.0))
    helper = HOME + "/Library/Application Support/Vellum/agent"
    mac.write(p, helper)
    mac.wait()
    mac.start(Program(helper, "com.example.vellum.agent", HARDENED, "VELLUM31TM", born=mac.now), p)


BOOK.benign("brew-cask", "Package managers and builds", "Homebrew installs an application", cask)
BOOK.benign("application-copied-by-cp", "Device management and installers", "Application copied with cp", copied_by_script)
BOOK.benign("translocated", "Device management and installers", "Application started where it was downloaded", translocated)


def conda(mac):
    """A user installed Conda months ago and numba today: a new library without a team is mapped out of his home, and Python makes memory
    executable."""
    root = HOME + "/miniforge3"
    installer = mac.start(Program(root + "/bin/python3.12", "python3.12", AD_HOC), SHELL, ["python", "-m", "conda", "install", "numba"])
    path = root + "/lib/libllvm14.dylib"
    mac.write(installer, path)
    mac.wait()
    p = mac.start(Program(root + "/bin/python3.12", "python3.12", AD_HOC), SHELL, ["python", "fit.py"])
    mac.load(p, Library(path, "adhoc", identifier="libllvm14"))
    flips(mac, p, 3)


BOOK.benign("conda-numba", "LuaJIT and the like", "Conda and numba", conda)


def platform_daemons(mac):
    """Daemons of macOS take ports of each other, suspend and resume, and map bundles of their own."""
    one = mac.start(apple("/usr/libexec/runningboardd", "com.apple.runningboardd"), LAUNCHD, uid=0)
    two = mac.start(apple("/usr/libexec/sysmond", "com.apple.sysmond"), LAUNCHD, uid=0)
    for target in (FINDER, one, mac.start(EDITOR, LAUNCHD)):
        mac.task(two, target)
        mac.task(one, target, "name")
        mac.wait()


BOOK.benign("platform-daemons", "macOS' own processes", "Daemons take ports", platform_daemons)


def scientific_launcher(mac):
    """A launcher of scientific software, signed by its vendor, sets dyld's path for its own folder, and its own libraries load from it."""
    root = "/Applications/Matrixlab_R2026a.app/bin/maca64"
    launcher = Program("/Applications/Matrixlab_R2026a.app/bin/matrixlab", "com.example.matrixlab", PLAIN, "MATR1XLAB2")
    program = Program(root + "/MATRIXLAB", "com.example.matrixlab.main", PLAIN, launcher.team, jit="yes")
    p = mac.start(program, mac.start(launcher, LAUNCHD), env=[f"DYLD_LIBRARY_PATH={root}:/Applications/Matrixlab_R2026a.app/sys/os/maca64"])
    for name in ("libmwcore.dylib", "libmwjit.dylib"):
        mac.load(p, Library(f"{root}/{name}", "signed", launcher.team, name))
    flips(mac, p, 2)


BOOK.benign("scientific-launcher", "dyld's variables of launchers", "Launcher sets dyld's path", scientific_launcher)


def jemalloc(mac):
    """A developer runs a server of his own with an allocator of Homebrew inserted."""
    library = "/opt/homebrew/lib/libjemalloc.2.dylib"
    p = mac.start(Program(HOME + "/src/serve/serve", "serve", LINKED, born=-86400.0 * 2), SHELL, env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.load(p, Library(library, "adhoc", identifier="libjemalloc"))


BOOK.benign("allocator-inserted", "dyld's variables of launchers", "Allocator of Homebrew inserted", jemalloc)


# --- What developers and their tools do all day

OFFICIAL_NODE = Program("/usr/local/bin/node", "node", HARDENED, "N0DEEXMPL7", jit="yes")


def node_options(mac):
    """A developer has NODE_OPTIONS=--max-old-space-size=4096 in his shell's profile, which loads nothing. His project's node, signed by its
    vendor, starts the bundler that npm put into node_modules this morning."""
    p = mac.start(OFFICIAL_NODE, SHELL, ["node", "node_modules/.bin/vite", "build"], env=["NODE_OPTIONS=--max-old-space-size=4096"])
    mac.wait()
    bundler = Program(HOME + "/src/shop/node_modules/@esbuild/darwin-arm64/bin/esbuild", "a.out", LINKED, born=-3600.0)
    mac.start(bundler, p, [bundler.path, "--service=0.25.0"])
    mac.start(SH, p, ["sh", "-c", "git rev-parse HEAD"])


BOOK.benign("node-options", "Package managers and builds", "node with more memory starts a bundler", node_options)


def python_path(mac):
    """A developer tests a library in C: Python from its project, signed by a team, with PYTHONPATH set, runs the tests, and these start the
    program that was built a minute ago."""
    python = Program("/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python", "org.python.python",
                     HARDENED, "PYTH0NEXMP")
    p = mac.start(python, SHELL, ["python3", "-m", "pytest"], env=["PYTHONPATH=" + HOME + "/src/tin/python"])
    mac.wait()
    mac.start(Program(HOME + "/src/tin/build/tin-selftest", "tin-selftest", LINKED, born=-60.0), p)


BOOK.benign("pythonpath-tests", "Package managers and builds", "Tests in Python start what was just built", python_path)


def uv_python(mac):
    """uv fetches a build of Python, without a team, into its own hidden folder, and runs a script with it that compiles with numba."""
    uv = mac.start(Program("/opt/homebrew/Cellar/uv/0.6.0/bin/uv", "uv", LINKED), SHELL, ["uv", "run", "fit.py"])
    root = HOME + "/.local/share/uv/python"
    mac.write(uv, root + "/.temp/x1/python/bin/python3.12")
    mac.rename(uv, root + "/.temp/x1/python", root + "/cpython-3.12.8-macos-aarch64-none")
    mac.wait()
    python = Program(root + "/cpython-3.12.8-macos-aarch64-none/bin/python3.12", "python3.12", LINKED, born=mac.now)
    p = mac.start(python, uv, ["python", "fit.py"])
    mac.load(p, Library(HOME + "/src/fit/.venv/lib/python3.12/site-packages/llvmlite/binding/libllvmlite.dylib", "adhoc", identifier="llvmlite"))
    flips(mac, p, 3)


BOOK.benign("uv-python", "LuaJIT and the like", "Python of uv compiles with numba", uv_python)


def emacs(mac):
    """An editor that is written in Lisp, signed by a team, compiles its libraries into a hidden folder of the user's, by a child of its own
    and the system's linker, and maps them."""
    editor = Program("/Applications/Lispy.app/Contents/MacOS/Lispy", "com.example.lispy", HARDENED, "L1SPYED1TR", jit="yes")
    p = mac.start(editor, LAUNCHD)
    child = mac.start(editor, p, [editor.path, "--batch", "-l", "/tmp/emacs-async-comp.el"])
    path = HOME + "/.emacs.d/eln-cache/30.1-5a1e/org-1f2e-7c9d.eln"
    ld = mac.start(LD, child)
    mac.write(ld, path + ".tmp")
    mac.rename(child, path + ".tmp", path)
    mac.wait()
    mac.load(p, Library(path, "adhoc", identifier="org.eln", file_type="dylib"))


BOOK.benign("lisp-editor", "LuaJIT and the like", "Editor compiles its libraries", emacs)


def profiler(mac):
    """On a developer's Mac a profiler from cargo starts a program that was built there, with a library of its own inserted out of the temporary
    folder."""
    tool = Program(HOME + "/.cargo/bin/samply", "samply", LINKED)
    p = mac.start(tool, SHELL, ["samply", "record", "./tin"])
    library = TEMP + "/samply-x1/libsamply_mac_preload.dylib"
    mac.write(p, library)
    child = mac.start(Program(HOME + "/src/tin/tin", "tin", LINKED, born=-60.0), p, env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.load(child, Library(library, "adhoc", identifier="preload"))


BOOK.benign("profiler", "dyld's variables of launchers", "Profiler inserts a library on a developer's Mac", profiler,
            lists="developer_hosts: [mac-1]\n")


def homebrew_java(mac):
    """Java of Homebrew, without a team, unpacks JNA's and netty's libraries, maps them and removes them."""
    java = Program("/opt/homebrew/Cellar/openjdk/23.0.2/libexec/openjdk.jdk/Contents/Home/bin/java", "net.java.openjdk.java", AD_HOC)
    p = mac.start(java, SHELL, ["java", "-jar", "ledger.jar"])
    flips(mac, p, 2)
    for name in ("jna-108875/jna4071234881623.tmp", "libnetty_transport_native_kqueue_aarch_64-1.dylib"):
        path = f"{TEMP}/{name}"
        mac.write(p, path)
        mac.load(p, Library(path, "adhoc", identifier="libnative"))
        mac.unlink(p, path)


BOOK.benign("java-of-homebrew", "Java", "Java of Homebrew unpacks native libraries", homebrew_java)


def blocks_game(mac):
    """A game in Java that its signed launcher starts, twice. The first time it unpacks its native libraries into the temporary folder, where
    they stay; the second time it maps what is there."""
    launcher = mac.start(Program("/Applications/Blocks.app/Contents/MacOS/launcher", "com.example.blocks", HARDENED, "BL0CKSGAM3"), LAUNCHD)
    path = TEMP + "/lwjgl_robin/3.3.3/liblwjgl.dylib"
    for number in range(2):
        p = mac.start(JAVA, launcher, ["java", "-jar", "blocks.jar"])
        if number == 0:
            mac.write(p, path)
        mac.load(p, Library(path, "adhoc", identifier="liblwjgl"))
        mac.wait()
        mac.exit(p)


BOOK.benign("game-in-java", "Java", "Game in Java, started twice", blocks_game)


def game_on_a_disk(mac):
    """A game lies on an external disk, as the shop's library does. It is no application but a program with a team, with libraries beside it
    that nobody signed."""
    root = "/Volumes/Games/HarbourLibrary/common/Skerry"
    p = mac.start(Program(root + "/skerry", "com.example.skerry", PLAIN, "SKERRYGAM3"), LAUNCHD)
    mac.load(p, Library(root + "/libfmod.dylib", "unsigned"))
    mac.load(p, Library(root + "/plugins/libdiscord.dylib", "adhoc", identifier="libdiscord"))


BOOK.benign("game-on-a-disk", "Games and Wine", "Game on an external disk", game_on_a_disk)


def statistics(mac):
    """A statistics program that its foundation signed maps packages that the user built, out of his Library."""
    p = mac.start(Program("/Applications/Rho.app/Contents/MacOS/Rho", "com.example.rho", HARDENED, "RH0F0UNDAT", jit="yes"), LAUNCHD)
    for name in ("dplyr", "Rcpp"):
        mac.load(p, Library(f"{HOME}/Library/Rho/arm64/4.4/library/{name}/libs/{name}.so", "adhoc", identifier=name))
    flips(mac, p, 1)


BOOK.benign("statistics-packages", "Plug-in hosts", "Statistics program with the user's packages", statistics)


def installer_plug_in(mac):
    """Apple's Installer shows a vendor's package on a disk image, and maps the unsigned plug-in that the package brings for its pages."""
    p = mac.start(apple("/System/Library/CoreServices/Installer.app/Contents/MacOS/Installer", "com.apple.installer"), LAUNCHD)
    mac.load(p, Library("/Volumes/Driver 3/Driver.pkg/Contents/Plugins/Pages.bundle/Contents/MacOS/Pages", "unsigned"))
    mac.start(SH, p, ["sh", "-c", "sysctl hw.model"])


BOOK.benign("installer-plug-in", "Device management and installers", "Installer maps a package's plug-in", installer_plug_in)


def packed_without_team(mac):
    """A command-line tool without a team, packed with PyInstaller, unpacks its libraries into the temporary folder, maps and removes them."""
    p = mac.start(Program("/usr/local/bin/rackctl", "rackctl", AD_HOC), SHELL)
    names = ("Python", "lib-dynload/_ctypes.cpython-312-darwin.so", "libcrypto.3.dylib")
    for name in names:
        mac.write(p, f"{TEMP}/_MEI77aBcd/{name}")
        mac.load(p, Library(f"{TEMP}/_MEI77aBcd/{name}", "adhoc", identifier=name.rpartition("/")[2], file_type="dylib"))
    flips(mac, p, 1, write_first=False)
    for name in names:
        mac.unlink(p, f"{TEMP}/_MEI77aBcd/{name}")


BOOK.benign("pyinstaller-without-team", "Package managers and builds", "Packed tool without a team", packed_without_team)
