"""Images for what is linked, and for every load command that is read."""

import struct

import image as m
from image import Image
from sets import PLAIN, SYSTEM, framework, has, link, system, text, verdict

WRITTEN_UUID = bytes(range(0x10, 0x20))
CALLS = {
    "Foundation": "extern void NSLog(void *, ...);\nint main(void) { NSLog(0); return 0; }\n",
    "CoreServices": "extern int LSOpenCFURLRef(void *, void *);\nint main(void) { return LSOpenCFURLRef(0, 0); }\n",
    "AppKit": "extern int NSApplicationMain(int, char **);\nint main(int c, char **v) { return NSApplicationMain(c, v); }\n",
    "ApplicationServices": "extern int AXIsProcessTrusted(void);\nint main(void) { return AXIsProcessTrusted(); }\n",
}


def make(sets):
    frameworks(sets)
    strings(sets)
    kinds(sets)
    commands(sets)
    platforms(sets)
    orders(sets)
    universal(sets)


def base(octets, **more):
    """What is told of an image that lld made for x86_64 Macs."""
    return {"arch": "x86_64", "file_type": "execute", "uuid": Image(octets).uuid(), "platform": "macos",
            "min_os": "11.0", "sdk": "14.2", "encrypted": False, "implies_libsystem": False, "rpaths": [],
            "environment": [], "signature": {"state": "unsigned", "identifier": None, "team_id": None, "flags": [],
                                             "cdhash": None, "code_directories": [], "entitlements": None,
                                             "der_entitlements": False, "signers": [], "chain": "none"}, **more}


def frameworks(sets):
    octets = sets.tools.link(PLAIN)
    sets.add("plain", octets, "links libSystem and nothing else",
             base(octets, links=[system()], frameworks={}, native_api=verdict("no"),
                  file={"signature": "unsigned", "injection": "open", "native_api": "no"}))
    through = {
        "Foundation": ("C", {}),
        "CoreServices": ("A", {"CFNetwork": "through CoreServices", "LaunchServices": "through CoreServices"}),
        "AppKit": ("C", {"Foundation": "through AppKit", "CoreServices": "through AppKit, ApplicationServices"}),
        "ApplicationServices": ("A", {"CoreServices": "through ApplicationServices"}),
    }
    for name, (letter, reached) in through.items():
        octets = sets.tools.link(CALLS[name], "-framework", name)
        sets.add(f"links_{name.lower()}", octets, f"links {name} alone",
                 base(octets, links=[system(), framework(name, letter)], frameworks={name: "load", **reached},
                      native_api=verdict("yes", text(f"links {name}"))))
    octets = sets.tools.link(PLAIN, "-framework", "Cocoa")
    sets.add("links_cocoa", octets, "links Cocoa alone, and so Foundation and CoreServices",
             base(octets, links=[system(), framework("Cocoa", "A")],
                  frameworks={"Cocoa": "load", "AppKit": "through Cocoa", "CoreData": "through Cocoa",
                              "Foundation": "through Cocoa, AppKit",
                              "CoreServices": "through Cocoa, AppKit, ApplicationServices"},
                  native_api=verdict("yes", text("Cocoa"), text("which re-exports AppKit, which re-exports Foundation"))))
    octets = sets.tools.link(CALLS["Foundation"], "-weak_framework", "Foundation")
    sets.add("links_foundation_weak", octets, "a weak link counts as any other",
             base(octets, links=[system(), framework("Foundation", "C", "weak")], frameworks={"Foundation": "weak"},
                  native_api=verdict("yes", text("links Foundation (weak)"))))
    octets = Image(sets.tools.link(PLAIN)).add_dylib(
        m.LOAD_DYLIB, "/System/Library/Frameworks/Foundation.framework/Foundation").build()
    sets.add("links_foundation_short", octets, "the install name without Versions/C",
             base(octets, links=[system(), link("/System/Library/Frameworks/Foundation.framework/Foundation")],
                  native_api=verdict("yes")))
    octets = Image(sets.tools.link(PLAIN)).add_dylib(m.LOAD_DYLIB, "@rpath/libswiftFoundation.dylib").build()
    sets.add("links_swift", octets, "Swift's Foundation overlay",
             base(octets, frameworks={"Foundation": "load"}, native_api=verdict("yes", text("libswiftFoundation.dylib"))))
    octets = sets.tools.link("extern int own(void);\nint main(void) { return own(); }\n", "-lown", "-rpath", "/opt/a",
                             "-rpath", "@loader_path/../lib")
    sets.add("links_own", octets, "a library of its own may link anything",
             base(octets, links=[system(), link("@rpath/libown.dylib", current="1.0")],
                  rpaths=["/opt/a", "@loader_path/../lib"], frameworks={},
                  native_api=verdict("unknown", text("@rpath/libown.dylib"))))
    octets = Image(sets.tools.link(PLAIN)).add_dylib(m.LOAD_DYLIB, "/opt/Foundation.framework/Foundation").build()
    sets.add("links_foundation_of_its_own", octets, "a framework of that name which is not the system's",
             base(octets, native_api=verdict("unknown")))


def strings(sets):
    source = ('extern void *dlopen(const char *, int);\nint main(void) { return dlopen('
              '"/System/Library/Frameworks/CoreServices.framework/CoreServices", 1) != 0; }\n')
    octets = sets.tools.link(source)
    sets.add("by_string", octets, "opens CoreServices by its path",
             base(octets, links=[system()], native_api=verdict(
                 "string", text("/System/Library/Frameworks/CoreServices.framework/CoreServices"))))
    octets = sets.tools.link('extern int puts(const char *);\nint main(void) { return puts("/System/Library/Frameworks/'
                             'CoreMedia.framework/CoreMedia"); }\n')
    sets.add("by_string_of_another", octets, "names a framework that is none of those, and opens nothing",
             base(octets, links=[system()], native_api=verdict("no")))
    octets = sets.tools.link(PLAIN)
    sets.add("interpreter", octets, "the name of an interpreter", base(octets, native_api=verdict("bridge")),
             path="python3.11")


def kinds(sets):
    image = Image(sets.tools.link("extern int own(void);\nint main(void) { return own(); }\n", "-lown",
                                  "-weak_library", f"{sets.tools.sdk}/own/libweak.tbd"))
    image.add_dylib(m.REEXPORT_DYLIB, "/usr/lib/libreexported.dylib")
    image.add_dylib(m.LOAD_UPWARD_DYLIB, "/usr/lib/libupward.dylib", "65535.255.255", "0.0.1")
    image.add_dylib(m.LAZY_LOAD_DYLIB, "/usr/lib/liblazy.dylib")
    for use, name in enumerate(("plain", "weak", "reexport", None, "upward", None, None, None, "delayed", "weak_delayed")):
        if name:
            image.add_use(m.LOAD_WEAK_DYLIB if use == 1 else m.LOAD_DYLIB, f"/usr/lib/libuse_{name}.dylib", use)
    image.add_dylib(m.LOAD_DYLIB, "/usr/lib/libmarked.dylib", timestamp=m.USE_MARKER)
    octets = image.build()
    sets.add("links_kinds", octets, "every kind of link, by command and by dylib_use_command",
             base(octets, links=[
                 system(), link("@rpath/libown.dylib", current="1.0"), link("@rpath/libweak.dylib", "weak", "1.0"),
                 link("/usr/lib/libreexported.dylib", "reexport"),
                 link("/usr/lib/libupward.dylib", "upward", "65535.255.255", "0.0.1"),
                 link("/usr/lib/liblazy.dylib", "lazy"), link("/usr/lib/libuse_plain.dylib"),
                 link("/usr/lib/libuse_weak.dylib", "weak"), link("/usr/lib/libuse_reexport.dylib", "reexport"),
                 link("/usr/lib/libuse_upward.dylib", "upward"), link("/usr/lib/libuse_delayed.dylib", "delayed"),
                 link("/usr/lib/libuse_weak_delayed.dylib", "delayed"),
                 # The marker alone does not make a dylib_use_command: its name lies behind its flags.
                 link("/usr/lib/libmarked.dylib")]))
    octets = lazily(sets, "/System/Library/Frameworks/CoreServices.framework/Versions/A/CoreServices")
    sets.add("links_lazy_info", octets, "LC_LAZY_LOAD_DYLIB_INFO: the path lies in LINKEDIT",
             base(octets, links=[system(), {"kind": "lazy", "name": "/System/Library/Frameworks/CoreServices.framework/"
                                            "Versions/A/CoreServices"}],
                  frameworks={"CoreServices": "lazy"}, native_api=verdict("yes", text("CoreServices (lazy)"))))
    octets = Image(sets.tools.link(PLAIN)).drop(m.LOAD_DYLIB).build()
    sets.add("links_nothing", octets, "no dylib command: dyld loads libSystem all the same",
             base(octets, links=[], implies_libsystem=True, native_api=verdict("no")))


def lazily(sets, path):
    """What dyld reads of it: the offset of the path comes first, and lies behind 28 octets."""
    image = Image(sets.tools.link(PLAIN))
    blob = struct.pack("<I", 28) + bytes(24) + path.encode() + b"\0"
    image.add(m.LAZY_LOAD_DYLIB_INFO, struct.pack("<II", 0, len(blob)))
    offset = image.append(blob, align=8)
    image.replace(m.LAZY_LOAD_DYLIB_INFO, lambda body: (m.LAZY_LOAD_DYLIB_INFO, struct.pack("<II", offset, len(blob))))
    return image.build()


def commands(sets):
    image = Image(sets.tools.link(PLAIN, "-rpath", "@executable_path/../Frameworks", "-rpath", "/usr/local/lib"))
    image.add_text(m.DYLD_ENVIRONMENT, "DYLD_VERSIONED_FRAMEWORK_PATH=@loader_path/one")
    image.add_text(m.DYLD_ENVIRONMENT, "DYLD_LIBRARY_PATH=/tmp/two")
    octets = image.build()
    sets.add("environment", octets, "LC_DYLD_ENVIRONMENT and LC_RPATH",
             base(octets, rpaths=["@executable_path/../Frameworks", "/usr/local/lib"],
                  environment=["DYLD_VERSIONED_FRAMEWORK_PATH=@loader_path/one", "DYLD_LIBRARY_PATH=/tmp/two"]))
    image = Image(sets.tools.link(PLAIN))
    octets = image.add(m.ENCRYPTION_INFO_64, struct.pack("<IIII", 0x1000, 0x1000, 1, 0)).build()
    sets.add("encrypted", octets, "encrypted pages: nothing of them can be read",
             base(octets, encrypted=True, native_api=verdict("unknown", text("encrypted"))))
    octets = Image(sets.tools.link(PLAIN)).add(m.ENCRYPTION_INFO_64, struct.pack("<IIII", 0x1000, 0x1000, 0, 0)).build()
    sets.add("encrypted_not_yet", octets, "room for encryption that is not used", base(octets, encrypted=False))
    octets = m.written(m.I386, 3, m.EXECUTE, [m.numbers(m.ENCRYPTION_INFO, 0x1000, 0x1000, 1),
                                              m.string(m.LOAD_DYLINKER, "/usr/lib/dyld")])
    sets.add("encrypted_32", octets, "the command of 32-bit images", {"arch": "i386", "encrypted": True})
    octets = sets.tools.link(PLAIN, "-sectcreate", "__RESTRICT", "__restrict", "/dev/null")
    sets.add("restrict", octets, "a __RESTRICT segment: DYLD_ variables are not looked at",
             base(octets, injection={"reasons": has(text("__RESTRICT"))}))
    octets = sets.tools.link("int answer(void) { return 42; }\n", "-dylib", "-install_name", "@rpath/libanswer.dylib",
                             "-current_version", "2.3", "-compatibility_version", "2")
    sets.add("dylib", octets, "a library tells its install name, which is no link",
             base(octets, file_type="dylib", install_name="@rpath/libanswer.dylib", links=[system()]))
    octets = sets.tools.link("int answer(void) { return 42; }\n", "-bundle")
    sets.add("bundle", octets, "a plug-in", base(octets, file_type="bundle", install_name=None))
    octets = m.written(m.X86_64, 0x80000003, m.EXECUTE, [m.uuid(WRITTEN_UUID), m.numbers(m.UNIXTHREAD, 4, 42, *([0] * 42))],
                       sections=[("__TEXT", "__text", 0x80000400, b"\xc3")])
    sets.add("static", octets, "an executable without dyld",
             {"arch": "x86_64", "file_type": "execute", "uuid": WRITTEN_UUID.hex().upper(), "links": [],
              "implies_libsystem": False, "platform": None, "min_os": None, "sdk": None,
              "native_api": verdict("unknown", text("without dyld"))})
    octets = sets.tools.compile("extern int printf(const char *, ...);\nint f(void) { return printf(\"x\"); }\n")
    sets.add("object", octets, "what a compiler leaves",
             {"arch": "x86_64", "file_type": "object", "uuid": None, "platform": "macos", "min_os": "11.0",
              "imports": {"count": 1, "watched": [], "all": ["_printf"]}}, arguments=["--imports"])


def platforms(sets):
    octets = sets.tools.link(PLAIN, target=("macos", "10.9", "10.14"))
    sets.add("version_min_macos", octets, "LC_VERSION_MIN_MACOSX",
             {"platform": "macos", "min_os": "10.9", "sdk": "10.14", "uuid": Image(octets).uuid()})
    for name, command in (("ios", m.VERSION_MIN_IPHONEOS), ("tvos", m.VERSION_MIN_TVOS), ("watchos", m.VERSION_MIN_WATCHOS)):
        octets = m.written(m.ARM64, 0, m.DYLIB, [m.numbers(command, m.number("9.1.2"), m.number("12.0"))])
        sets.add(f"version_min_{name}", octets, f"the older command of {name}",
                 {"arch": "arm64", "file_type": "dylib", "platform": name, "min_os": "9.1.2", "sdk": "12.0"})
    builds = [m.numbers(m.BUILD_VERSION, number, m.number("13.1"), m.number("14.2"), 0) for number in (1, 6)]
    octets = m.written(m.ARM64, 0, m.DYLIB, builds)
    sets.add("zippered", octets, "for Macs and for Catalyst",
             {"platform": "macos", "min_os": "13.1", "sdk": "14.2",
              "builds": [{"platform": name, "min_os": "13.1", "sdk": "14.2"} for name in ("macos", "maccatalyst")]})
    octets = sets.tools.link(PLAIN, arch="arm64", target=("ios", "15.0", "17.2"))
    sets.add("ios", octets, "arm64 for iOS",
             {"arch": "arm64", "platform": "ios", "min_os": "15.0", "sdk": "17.2"})


def orders(sets):
    links = [m.dylib(m.LOAD_DYLIB, SYSTEM), m.dylib(m.LOAD_WEAK_DYLIB, "/usr/lib/libz.1.dylib", "1.2.11"),
             m.string(m.LOAD_DYLINKER, "/usr/lib/dyld"), m.string(m.RPATH, "@loader_path"), m.uuid(WRITTEN_UUID),
             m.numbers(m.VERSION_MIN_MACOSX, m.number("10.4"), m.number("10.5"))]
    symbols = ["_dlopen", "_printf", "_vm_protect", ("_main", 0xf, 0, 0x1000)]
    for name, arch, cpu, subtype, big in (("i386", "i386", m.I386, 3, False), ("ppc", "ppc", m.PPC, 10, True),
                                          ("ppc64", "ppc64", m.PPC64, 0x80000000, True)):
        octets = m.written(cpu, subtype, m.EXECUTE, links, symbols, [("__TEXT", "__text", 0x80000400, bytes(16))], big)
        sets.add(name, octets, f"{64 if cpu & 0x01000000 else 32} bits, {'big' if big else 'little'}-endian",
                 {"arch": arch, "file_type": "execute", "uuid": WRITTEN_UUID.hex().upper(), "platform": "macos",
                  "min_os": "10.4", "sdk": "10.5", "rpaths": ["@loader_path"],
                  "links": [link(SYSTEM), link("/usr/lib/libz.1.dylib", "weak", "1.2.11")],
                  "imports": {"count": 3, "watched": ["_dlopen", "_vm_protect"], "all": ["_dlopen", "_printf", "_vm_protect"]},
                  "native_api": verdict("no"), "signature": {"state": "unsigned"}}, arguments=["--imports"])
    for name, subtype, arch in (("arm64e", 0x80000002, "arm64e"), ("arm64e_x1", 0x8000000c, "arm64e.x1"),
                                ("arm64e_kernel", 0xc0000002, "arm64e")):
        octets = m.written(m.ARM64, subtype, m.EXECUTE, links)
        sets.add(name, octets, "the capability bits of the subtype are no part of it", {"arch": arch})
    octets = m.written(m.ARM64_32, 1, m.EXECUTE, links)
    sets.add("arm64_32", octets, "32 bits on a 64-bit processor", {"arch": "arm64_32", "rpaths": ["@loader_path"]})
    octets = m.written(m.ARM64, 0x80000002, m.KEXT, [m.uuid(WRITTEN_UUID)],
                       ["_task_for_pid", "_IOLog", "_vm_allocate", ("_start", 0xf, 0, 0)],
                       [("__TEXT_EXEC", "__text", 0x80000400, bytes(32))])
    sets.add("kext", octets, "a kernel extension: nothing but a symbol table",
             {"arch": "arm64e", "file_type": "kext_bundle", "links": [],
              "imports": {"count": 3, "watched": ["_task_for_pid", "_vm_allocate"],
                          "all": ["_IOLog", "_task_for_pid", "_vm_allocate"]}}, arguments=["--imports"])
    octets = m.written(m.ARM64, 0xc0000002, m.FILESET, [m.uuid(WRITTEN_UUID)])
    sets.add("fileset", octets, "a kernel collection", {"arch": "arm64e", "file_type": "fileset"})


def universal(sets):
    intel = sets.tools.link(CALLS["Foundation"], "-framework", "Foundation")
    # Arm's pages are of 16 KB: the small slices are written, one is what a linker makes of it.
    arm = sets.tools.link(PLAIN, arch="arm64", signed=True)
    small = m.written(m.ARM64, 0, m.EXECUTE, [m.uuid(WRITTEN_UUID), m.dylib(m.LOAD_DYLIB, SYSTEM),
                                              m.string(m.LOAD_DYLINKER, "/usr/lib/dyld")])
    worst = {"signature": "unsigned", "injection": "open", "native_api": "yes"}
    one = {"arch": "x86_64", "uuid": Image(intel).uuid(), "native_api": verdict("yes"),
           "signature": {"state": "unsigned"}, "file": worst}
    linked = {"arch": "arm64", "uuid": Image(arm).uuid(), "native_api": verdict("no"),
              "signature": {"state": "linker_signed", "flags": ["adhoc", "linker_signed"], "identifier": "image",
                            "chain": "none"}, "file": worst}
    sets.add("fat", sets.tools.lipo(intel, arm), "two slices, and a file as bad as the worse", one, linked, fat="fat")
    two = {"arch": "arm64", "uuid": WRITTEN_UUID.hex().upper(), "native_api": verdict("no"), "file": worst}
    sets.add("fat64", sets.tools.lipo(intel, small, fat64=True), "64-bit offsets", one, two, fat="fat64")
    sets.add("hidden", m.fat([small, intel], hidden=1), "a slice one past the count of the header",
             {**two, "hidden": False}, {**one, "hidden": True, "errors": has({"reason": text("hidden")})}, fat="fat")
    wrong = bytearray(m.fat([small, m.written(m.X86_64, 3, m.EXECUTE, [m.uuid(WRITTEN_UUID)])]))
    wrong[8 + 4:8 + 8] = struct.pack(">I", 2)
    sets.add("fat_denied", bytes(wrong), "the header says arm64e, the slice says arm64",
             {"arch": "arm64", "errors": has({"reason": text("the fat header says arm64e")})}, {"arch": "x86_64"}, fat="fat")
    four = [m.written(cpu, subtype, m.DYLIB, [m.uuid(WRITTEN_UUID), m.dylib(m.ID_DYLIB, "/four"),
                                                m.dylib(m.LOAD_DYLIB, SYSTEM)], big=big)
            for cpu, subtype, big in ((m.PPC, 0, True), (m.PPC64, 0, True), (m.I386, 3, False), (m.X86_64, 3, False))]
    sets.add("fat_four", m.fat(four), "four architectures, both byte orders",
             *[{"arch": arch, "file_type": "dylib", "links": [link(SYSTEM)]} for arch in ("ppc", "ppc64", "i386", "x86_64")],
             fat="fat")
