"""Cases of rules about memory and code: S01 to S04, S14, S19, S22, S23."""

from mac import (ADHOC, AGENT, BREW, BUNDLE, CURL, DEBUGGED, DROPPED, FRESH, HOME, INSTALLD, LOOSE, OLD, OWN_BUILD, PYTHON,
                 SIGNED, STUDIO, TEMP, TOOL, VALID, XCODE, ZSH, Mac, Program, image)


def s01():
    def link(p, mapped=BUNDLE):
        mac.create(p, BUNDLE)
        mac.load(p, mapped)
        mac.unlink(p, BUNDLE)

    mac = Mac()
    link(mac.started(DROPPED, mac.started(ZSH)))
    mac.write("S01", "untrusted-links-from-memory")

    mac = Mac()
    link(mac.started(STUDIO))  # A licence check does the same.
    mac.write("S01", "signed-by-a-team")

    mac = Mac()
    link(mac.started(PYTHON))
    mac.write("S01", "interpreter-of-a-team")

    mac = Mac()
    link(mac.started(DROPPED, mac.started(INSTALLD)))
    mac.write("S01", "below-an-installer")

    mac = Mac()
    link(mac.started(DROPPED), "/Users/Shared/.cache/plain.bundle")
    mac.write("S01", "another-file-mapped")

    mac = Mac()
    mac.load(mac.started(DROPPED), BUNDLE)
    mac.write("S01", "no-file-events")


def s02():
    def flip(p, second=0x104C58000, size=16384):
        mac.mprotect(p, 3, 0x104C58000)
        mac.mprotect(p, 5, second, size)

    mac = Mac()
    flip(mac.started(DROPPED))
    mac.write("S02", "untrusted-write-then-execute")

    mac = Mac()
    flip(mac.started(DROPPED), 0x104C5A000, 4096)  # Within what was written.
    mac.write("S02", "part-of-the-range")

    mac = Mac()
    flip(mac.started(DROPPED), 0x104C5C000)
    mac.write("S02", "another-range")

    mac = Mac()
    flip(mac.started(DROPPED, entitlements={"com.apple.security.cs.allow-jit": True}))
    mac.write("S02", "declared-jit")

    mac = Mac()
    flip(mac.started(BREW, mac.started(ZSH)))
    mac.write("S02", "homebrew-runtime")

    mac = Mac()
    flip(mac.started(TOOL, mac.started(ZSH)))
    mac.write("S02", "runtime-in-usr-local")

    mac = Mac()
    flip(mac.started(OWN_BUILD, mac.started(XCODE)))
    mac.write("S02", "own-build-below-xcode")


def s03():
    fresh = Program(HOME + "/bin/loader", "loader-5555", VALID | SIGNED | ADHOC, born=FRESH)
    mac = Mac()
    mac.mprotect(mac.started(fresh, mac.started(ZSH)), 5, 0x104C58000)
    mac.write("S03", "fresh-image")

    mac = Mac()
    mac.mprotect(mac.started(TOOL, mac.started(ZSH)), 5, 0x104C58000)
    mac.write("S03", "old-image")

    mac = Mac()
    p = mac.started(fresh, mac.started(ZSH))
    mac.wait(30)
    mac.mprotect(p, 5, 0x104C58000)
    mac.write("S03", "half-a-minute-later")

    mac = Mac()
    mac.mprotect(mac.started(DROPPED, mac.started(ZSH)), 5, 0x104C58000)
    mac.write("S03", "age-unknown-in-a-hidden-folder")


def s04():
    mac = Mac()
    mac.invalidated(mac.started(LOOSE), SIGNED)
    mac.write("S04", "unhardened-page-changed")

    mac = Mac()
    mac.invalidated(mac.started(LOOSE), SIGNED | DEBUGGED)
    mac.write("S04", "while-debugged")

    mac = Mac()
    mac.invalidated(mac.started(TOOL), SIGNED | ADHOC)
    mac.write("S04", "program-without-a-team")

    mac = Mac()
    mac.invalidated(mac.started(OWN_BUILD, mac.started(XCODE)), SIGNED | ADHOC)
    mac.write("S04", "own-build-below-xcode")

    mac = Mac()
    updater = Program("/Applications/Larkspur.app/Contents/MacOS/LarkspurUpdater", "com.example.larkspur.up",
                      VALID | SIGNED, team="LRKSPR6EXM")
    p = mac.started(LOOSE)
    mac.modify(mac.started(updater), LOOSE.path)
    mac.invalidated(p, SIGNED)
    mac.write("S04", "update-in-place")

    mac = Mac()
    mac.modify(mac.started(updater), LOOSE.path)
    mac.invalidated(mac.started(LOOSE), SIGNED)
    mac.write("S04", "updated-started-and-changed")

    mac = Mac()
    p = mac.started(LOOSE)
    mac.modify(mac.started(CURL), LOOSE.path)
    mac.invalidated(p, SIGNED)
    mac.write("S04", "overwritten-by-somebody-else")


def s14():
    odd = HOME + "/.cache/readme.dat"

    def fetch(library, deletes=True):
        p = mac.started(PYTHON, mac.started(ZSH))
        mac.load(p, library)
        if deletes:
            mac.unlink(p, library)

    mac = Mac()
    fetch(odd)
    mac.write("S14", "unsigned-deleted", image(odd, "unsigned"))

    mac = Mac()
    fetch(odd)
    mac.write("S14", "signer-unknown-deleted")

    mac = Mac()
    fetch(odd, deletes=False)
    mac.write("S14", "not-deleted")

    wheel = HOME + "/lib/python/_speedups.cpython-313-darwin.so"
    mac = Mac()
    fetch(wheel)
    mac.write("S14", "named-as-modules-are", image(wheel, "adhoc"))

    java = Program("/opt/homebrew/Cellar/openjdk/23/bin/java", "net.java.openjdk.java", VALID | SIGNED | ADHOC)
    native = TEMP + "/jna-1/jna4071234881623.tmp"
    for name, how in (("java-native-library", {"entitlements": {"com.apple.security.cs.allow-jit": True}}),
                      ("java-native-library-jit-unknown", {}),
                      ("java-native-library-jit-not-declared", {"entitlements": {"com.apple.security.get-task-allow": True}})):
        mac = Mac()
        p = mac.started(java, **how)
        mac.load(p, native)
        mac.unlink(p, native)
        mac.write("S14", name)


def log(message):
    return lambda stamp: {"timestamp": stamp[:10] + " " + stamp[11:26] + "+0000", "eventType": "logEvent", "processID": 0,
                          "eventMessage": message, "processImagePath": "/kernel", "messageType": "Error"}


REJECTED = ("Library Validation failed: Rejecting '%s' (Team ID: none, platform: no) for process 'Parlo(500)' "
            "(Team ID: PRL0XMPL88, platform: no), reason: mapping process and mapped file (non-platform) have "
            "different Team IDs")


def s19():
    mac = Mac()
    mac.of_another_sensor(log(REJECTED % "/Users/Shared/libx.dylib"))
    mac.write("S19", "library-from-a-shared-folder")

    mac = Mac()
    mac.of_another_sensor(log(REJECTED % "/Library/Audio/Plug-Ins/HAL/Loop.driver/Contents/MacOS/Loop"))
    mac.write("S19", "plug-in-refused")

    mac = Mac()
    mac.of_another_sensor(log("CODE SIGNING: cs_invalid_page(0x104ccc000): p=500[Parlo] final status 0x23000200, "
                              "allowing (remove VALID) page"))
    mac.write("S19", "allowed-all-the-same")

    mac = Mac()
    p = mac.started(DROPPED)
    mac.mprotect(p, 5, 0x104C58000)
    mac.exit(p, 9)
    mac.write("S19", "killed-at-once")

    mac = Mac()
    p = mac.started(DROPPED)
    mac.wait(60)
    mac.exit(p, 9)
    mac.write("S19", "killed-by-somebody")


def s22():
    for name, program in (("from-a-hidden-folder", DROPPED), ("runtime-in-usr-local", TOOL), ("homebrew-runtime", BREW),
                          ("agent-unknown-to-the-inventory", AGENT)):
        mac = Mac()
        mac.mprotect(mac.started(program), 7, 0x104C58000)
        mac.write("S22", name)

    mac = Mac()
    p = mac.started(STUDIO, entitlements={"com.apple.security.app-sandbox": True})
    mac.mprotect(p, 7, 0x104C58000)
    mac.write("S22", "trusted-and-not-declared")


def s23():
    for name, protection, flags in (("writable-and-executable", 7, 18), ("shared-and-executable", 5, 1),
                                    ("as-dyld-does", 5, 18)):
        mac = Mac()
        mac.load(mac.started(TOOL), "/usr/local/lib/libpeek.dylib", OLD, protection, flags)
        mac.write("S23", name)

    mac = Mac()
    mac.load(mac.started(TOOL), "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld/dyld_shared_cache_arm64e", OLD, 7)
    mac.write("S23", "shared-cache")


CASES = (s01, s02, s03, s04, s14, s19, s22, s23)
