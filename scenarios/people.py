"""Programs that several scenarios run. Vendors and teams are invented, Apple's own are not."""

from mac import AD_HOC, DEBUGGABLE, HARDENED, HOME, LINKED, PLAIN, VALIDATED, Library, Program, apple, running

# --- What vendors sell.

EDITOR = Program("/Applications/Parlo.app/Contents/MacOS/Parlo", "com.example.parlo", HARDENED, "PRL0XMPL88")
EDITOR_KIT = Library("/Applications/Parlo.app/Contents/Frameworks/ParloKit.framework/Versions/A/ParloKit", "signed",
                     "PRL0XMPL88", "com.example.parlo.kit")
LOOSE = Program("/Applications/Larkspur.app/Contents/MacOS/Larkspur", "com.example.larkspur", PLAIN, "LRKSPR6EXM",
                frameworks=("AppKit", "Foundation"))
LOOSE_KIT = Library("/Applications/Larkspur.app/Contents/Frameworks/LarkspurKit.framework/Versions/A/LarkspurKit", "signed",
                    "LRKSPR6EXM", "com.example.larkspur.kit")
STUDIO = Program("/Applications/Tonehaus 4.app/Contents/MacOS/Tonehaus 4", "com.example.tonehaus4", HARDENED, "T0NEHAUS9A")
BROWSER = Program("/Applications/Lanterna.app/Contents/MacOS/Lanterna", "com.example.lanterna", VALIDATED, "LANTERNA01", jit="yes")
CHAT = Program("/Applications/Murmel.app/Contents/MacOS/Murmel", "com.example.murmel", HARDENED, "MURMEL7CHT", jit="yes")
AGENT = Program("/Library/Wardline/Wardline.app/Contents/MacOS/wardlined", "com.example.wardline", HARDENED, "W4RDL1NE7X",
                is_es_client=True)

# --- What comes with macOS or from Apple.

XCODE = Program("/Applications/Xcode.app/Contents/MacOS/Xcode", "com.apple.dt.Xcode", HARDENED, "59GAB85EFG")
DEBUGSERVER = apple("/Library/Developer/CommandLineTools/Library/PrivateFrameworks/LLDB.framework/Versions/A/Resources/"
                    "debugserver", "com.apple.debugserver")
LLDB = apple("/Library/Developer/CommandLineTools/usr/bin/lldb", "com.apple.lldb")
MAKE = apple("/Library/Developer/CommandLineTools/usr/bin/make", "com.apple.make")
CLANG = apple("/Library/Developer/CommandLineTools/usr/bin/clang", "com.apple.clang")
LD = apple("/Library/Developer/CommandLineTools/usr/bin/ld", "com.apple.ld")
SH = apple("/bin/sh", "com.apple.sh")
BASH = apple("/bin/bash", "com.apple.bash")
CURL = apple("/usr/bin/curl", "com.apple.curl")
CP = apple("/bin/cp", "com.apple.cp")
MV = apple("/bin/mv", "com.apple.mv")
UNZIP = apple("/usr/bin/unzip", "com.apple.unzip")
OSASCRIPT = apple("/usr/bin/osascript", "com.apple.osascript")
CODESIGN = apple("/usr/bin/codesign", "com.apple.codesign")
XATTR = apple("/usr/bin/xattr", "com.apple.xattr")
QLMANAGE = apple("/usr/bin/qlmanage", "com.apple.qlmanage")
SAVER_HOST = apple("/System/Library/Frameworks/ScreenSaver.framework/PlugIns/legacyScreenSaver.appex/Contents/MacOS/"
                   "legacyScreenSaver", "com.apple.ScreenSaver.Engine.legacyScreenSaver")
INSTALLD = running(390, apple("/System/Library/PrivateFrameworks/PackageKit.framework/Resources/installd",
                              "com.apple.installd"), uid=0)
STANDARD_ADDITIONS = "/System/Library/ScriptingAdditions/StandardAdditions.osax/Contents/MacOS/StandardAdditions"
APPLESCRIPT = "/System/Library/Components/AppleScript.component/Contents/MacOS/AppleScript"
JAVASCRIPT = "/System/Library/Components/JavaScript.component/Contents/MacOS/JavaScript"

# --- What developers have.

PYTHON = Program("/opt/homebrew/Cellar/python@3.13/3.13.2/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/"
                 "Contents/MacOS/Python", "org.python.python", AD_HOC)
NODE = Program("/opt/homebrew/Cellar/node/23.7.0/bin/node", "node-5a1e", AD_HOC)
LUAJIT = Program("/opt/homebrew/Cellar/luajit/2.1.0/bin/luajit-2.1", "luajit-2.1-5f1e0c77", LINKED)
OWN_BUILD = Program(HOME + "/Library/Developer/Xcode/DerivedData/Kestrel/Build/Products/Debug/kestrel", "kestrel",
                    AD_HOC | DEBUGGABLE)


def dropped(path, name=None, born=-120.0, flags=AD_HOC, **facts):
    """What an attacker left, two minutes ago unless told otherwise."""
    return Program(path, name or path.rpartition("/")[2] + "-55554944", flags, born=born, **facts)


HIDDEN = dropped("/Users/Shared/.cache/updaterd")
OLDER = dropped("/Users/Shared/.cache/syncd", born=-9 * 86400.0)
