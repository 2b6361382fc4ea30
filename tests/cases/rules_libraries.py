"""Cases of rules about libraries: S08 to S10, S12, S17, S20."""

from mac import (ADHOC, APPS, BREW, CURL, DROPPED, EDITOR, FINDER, FRESH, HARDENED, HOME, INSTALLD, LOOSE, OLD, PAYLOAD, SAVER, SH,
                 SIGNED, STUDIO, TEMP, VALID, XCODE, XCTEST, ZSH, Mac, Program, image)

LAUNCHER = Program("/Applications/Playhall.app/Contents/MacOS/Playhall", "com.example.playhall", HARDENED, team="PLYHALL0EX")


def s08():
    library = "/Users/Shared/.cache/libhook.dylib"

    def insert(program, path, parent=ZSH, variable="DYLD_INSERT_LIBRARIES"):
        p = mac.started(program, mac.started(parent), env=["HOME=" + HOME, variable + "=" + path])
        mac.load(p, path)

    mac = Mac()
    p = mac.started(LOOSE, mac.started(ZSH), env=["HOME=" + HOME, "DYLD_INSERT_LIBRARIES=/usr/lib/libz.dylib:" + library])
    mac.load(p, LOOSE.path.rpartition("/")[0] + "/../Frameworks/LarkspurKit.framework/Versions/A/LarkspurKit")
    mac.load(p, library)
    # The same load is S09's too: a signed program, a hidden place.
    mac.write("S08", "inserted-library-mapped")

    mac = Mac()
    insert(LOOSE, library)
    mac.write("S08", "inserted-library-without-a-team", image(library, "adhoc"))

    overlay = HOME + "/Library/Application Support/Playhall/overlay.dylib"
    mac = Mac()
    insert(LOOSE, overlay, LAUNCHER)
    mac.write("S08", "overlay-of-the-launcher", image(overlay, "signed", "PLYHALL0EX"))

    mac = Mac()
    insert(LOOSE, overlay)
    mac.write("S08", "overlay-that-nobody-launched", image(overlay, "signed", "PLYHALL0EX"))

    allocator = "/opt/homebrew/lib/libjemalloc.2.dylib"
    mac = Mac()
    insert(BREW, allocator)
    mac.write("S08", "allocator-of-a-package-manager", image(allocator, "linker_signed"))

    mac = Mac()
    insert(LOOSE, allocator)
    mac.write("S08", "package-managers-place-in-an-application", image(allocator, "linker_signed"))

    mac = Mac()
    p = mac.started(DROPPED, mac.started(ZSH), env=["DYLD_LIBRARY_PATH=/tmp/lib/"])
    mac.load(p, "/private/tmp/lib/libcurl.4.dylib")
    mac.write("S08", "library-path-mapped")

    mac = Mac()
    p = mac.started(EDITOR, mac.started(ZSH), env=["DYLD_INSERT_LIBRARIES=" + library])
    mac.load(p, "/Applications/Parlo.app/Contents/Frameworks/libopus-parlo.dylib")
    mac.write("S08", "variable-ignored")

    mac = Mac()
    products = HOME + "/Library/Developer/Xcode/DerivedData/Kestrel/Build/Products/Debug"
    p = mac.started(XCTEST, mac.started(XCODE), env=["DYLD_FRAMEWORK_PATH=" + products])
    mac.load(p, products + "/KestrelTests.xctest/Contents/MacOS/KestrelTests")
    mac.write("S08", "tests-below-xcode")


def s09():
    session = "/private/tmp/libsession.dylib"
    plugin = HOME + "/Library/Audio/Plug-Ins/Components/Tape.component/Contents/MacOS/Tape"

    mac = Mac()
    mac.load(mac.started(STUDIO), session)
    mac.write("S09", "trusted-maps-from-tmp")

    mac = Mac()
    mac.load(mac.started(STUDIO), session)
    mac.write("S09", "trusted-maps-unsigned-from-tmp", image(session, "unsigned"))

    mac = Mac()
    mac.load(mac.started(STUDIO), session)
    mac.write("S09", "trusted-maps-its-own-from-tmp", image(session, "signed", "T0NEHAUS9A"))

    mac = Mac()
    p = mac.started(STUDIO)
    mac.create(p, session)
    mac.load(p, session)
    mac.write("S09", "written-by-itself", image(session, "unsigned"))

    for name, writer in (("written-by-an-installer", INSTALLD), ("written-by-somebody-else", CURL)):
        mac = Mac()
        p = mac.started(STUDIO)
        mac.create(mac.started(writer), session)
        mac.load(p, session)
        mac.write("S09", name, image(session, "unsigned"))

    mac = Mac()
    mac.load(mac.started(STUDIO, mac.started(INSTALLD)), session)
    mac.write("S09", "below-an-installer", image(session, "unsigned"))

    mac = Mac()
    mac.load(mac.started(STUDIO), plugin)
    mac.write("S09", "plug-in-of-the-user")

    mac = Mac()
    mac.load(mac.started(STUDIO), plugin)
    mac.write("S09", "unsigned-plug-in-of-the-user", image(plugin, "unsigned"))

    mac = Mac()
    mac.load(mac.started(EDITOR), TEMP + "/jna-108875/jna4071234881623.tmp")
    mac.write("S09", "java-native-library")

    module = TEMP + "/com.example.parlo/keyring.node"
    for name, jit in (("native-module-of-a-runtime", True), ("native-module-of-no-runtime", False)):
        mac = Mac()
        mac.load(mac.started(EDITOR, entitlements={"com.apple.security.cs.allow-jit": jit}), module)
        mac.write("S09", name, image(module, "adhoc"))

    mac = Mac()
    mac.load(mac.started(DROPPED), session)
    mac.write("S09", "untrusted-host")


def s10():
    planted = APPS + "/Frameworks/libavcodec-parlo.dylib"
    plugin = "/Library/Audio/Plug-Ins/Components/Tape.component/Contents/MacOS/Tape.bundle"

    def plant(path, writer=CURL, **when):
        host = mac.started(EDITOR)  # That the application is this team's is known from what runs in it.
        mac.create(mac.started(writer), path)
        if when:
            mac.wait(when["later"])
        mac.load(host, path)

    mac = Mac()
    plant(planted, later=3600)
    mac.write("S10", "planted-and-loaded", image(planted, "adhoc"))

    mac = Mac()
    plant(planted)
    mac.write("S10", "planted-by-a-tool-signer-unknown")

    mac = Mac()
    plant(planted, DROPPED)
    mac.write("S10", "planted-by-a-dropper-signer-unknown")

    mac = Mac()
    plant(planted, EDITOR)
    mac.write("S10", "written-by-the-owner", image(planted, "adhoc"))

    mac = Mac()
    plant(planted, INSTALLD)
    mac.write("S10", "written-by-an-installer", image(planted, "adhoc"))

    mac = Mac()
    plant(planted, FINDER)
    mac.write("S10", "copied-by-hand", image(planted, "adhoc"))

    mac = Mac()
    plant(plugin)
    mac.write("S10", "plug-in", image(plugin, "adhoc"))

    mac = Mac()
    plant(planted)
    mac.write("S10", "same-team", image(planted, "signed", "PRL0XMPL88"))

    old = Program(EDITOR.path, EDITOR.signing_id, HARDENED, team=EDITOR.team, born=OLD)
    for name, born in (("younger-than-the-application", FRESH), ("as-old-as-the-application", OLD)):
        mac = Mac()
        mac.load(mac.started(old), planted, born)
        mac.write("S10", name, image(planted, "unsigned"))


def s12():
    library = APPS + "/Frameworks/libconfig-parlo.dylib"
    pirated = Program("/Volumes/Parlo/Parlo.app/Contents/MacOS/Parlo", "com.example.parlo", VALID | SIGNED | ADHOC)

    def stage(program, path, child, seen=True):
        p = mac.started(program)
        mac.load(p, path)
        if not seen:
            mac.without(2)
        mac.started(child, p)

    bundled = pirated.path.replace("MacOS/Parlo", "Frameworks/libconfig.dylib")
    mac = Mac()
    stage(pirated, bundled, PAYLOAD)
    mac.write("S12", "unsigned-library-then-hidden-child", image(bundled, "unsigned"))

    mac = Mac()
    stage(EDITOR, library, PAYLOAD)
    mac.write("S12", "signer-unknown-then-hidden-child")

    mac = Mac()
    stage(EDITOR, library, PAYLOAD, seen=False)
    mac.write("S12", "started-before-the-recording", image(library, "adhoc"))

    mac = Mac()
    stage(EDITOR, library, SH)
    mac.write("S12", "shell-as-child", image(library, "adhoc"))

    mac = Mac()
    stage(EDITOR, "/usr/local/lib/libz.dylib", PAYLOAD)
    mac.write("S12", "library-of-others")


def s17():
    saver = HOME + "/Library/Screen Savers/Drift.saver/Contents/MacOS/Drift"

    def show(host, child=SH, born=None):
        p = mac.started(host)
        mac.load(p, saver, born)
        if child:
            mac.started(child, p)

    for name, host, child, images in (
            ("unsigned-plug-in-then-shell", SAVER, SH, [image(saver, "unsigned")]),
            ("signer-unknown-then-shell", SAVER, SH, []),
            ("unsigned-plug-in-alone", SAVER, None, [image(saver, "unsigned")]),
            ("no-host-of-plug-ins", FINDER, SH, [image(saver, "unsigned")])):
        mac = Mac()
        show(host, child)
        mac.write("S17", name, *images)

    for name, born in (("new-plug-in-of-a-team", FRESH), ("old-plug-in-of-a-team", OLD)):
        mac = Mac()
        show(SAVER, SH, born)
        mac.write("S17", name, image(saver, "signed", "DRIFT0EXMP"))


def s20():
    for name, variable in (("libraries-inserted", "DYLD_INSERT_LIBRARIES=/tmp/x.dylib"),
                           ("bundle-of-raw-images", "RAWCAMERA_BUNDLE_PATH=/tmp/x.bundle"),
                           ("statistics-printed", "DYLD_PRINT_STATISTICS=1")):
        mac = Mac()
        mac.started(EDITOR, mac.started(ZSH), env=["HOME=" + HOME, variable])
        mac.write("S20", name)

    mac = Mac()
    mac.started(XCTEST, mac.started(XCODE), env=["DYLD_FRAMEWORK_PATH=" + HOME + "/build"])
    mac.write("S20", "tests-below-xcode")


CASES = (s08, s09, s10, s12, s17, s20)
