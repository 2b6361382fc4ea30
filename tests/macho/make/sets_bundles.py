"""Bundles, whose parts the signature seals, and trees in which dyld's searches end elsewhere."""

import plistlib

from sets import PLAIN, has, text, without
from signing import INFO, RESOURCES, sign

RESOURCE_LIST = plistlib.dumps({"files": {}, "files2": {}, "rules": {}, "rules2": {}}, sort_keys=True)


def make(sets):
    bundles(sets)
    searches(sets)


def bundle(sets, name, what, state, info="holds", resources="holds", errors=(), change_info=False,
           change_resources=False, without_info=False, rename=False):
    """NAME.app, whose executable seals Info.plist and CodeResources."""
    info_plist = plistlib.dumps({"CFBundleExecutable": "tool", "CFBundleIdentifier": f"org.pomona.{name}",
                                 "CFBundlePackageType": "APPL"}, sort_keys=True)
    signed = sign(sets.tools.link(PLAIN), f"org.pomona.{name}", specials={INFO: info_plist, RESOURCES: RESOURCE_LIST})
    contents = f"bundles/{name}.app/Contents"
    if change_info:
        info_plist = info_plist.replace(b"APPL", b"FMWK")
    if rename:
        info_plist = info_plist.replace(b"<string>tool<", b"<string>other<")
    if not without_info:
        sets.write(f"{contents}/Info.plist", info_plist)
    sets.write(f"{contents}/_CodeSignature/CodeResources", RESOURCE_LIST + (b"\n" if change_resources else b""))
    directory, = signed.directories
    sets.add(f"bundle_{name}", signed.octets, what, {
        "signature": {"state": state, "identifier": directory["identifier"], "cdhash": directory["cdhash"],
                      "seals": {"info": info, "resources": resources, "requirements": "holds", "pages": "not_read"}},
        "errors": errors if isinstance(errors, dict) else list(errors)}, path=f"{contents}/MacOS/tool")


def bundles(sets):
    bundle(sets, "right", "a bundle as it was signed", "adhoc")
    bundle(sets, "changed", "Info.plist was changed afterwards", "invalid", info="broken", change_info=True,
           errors=has({"reason": text("Info.plist")}))
    bundle(sets, "lacking", "Info.plist was taken away", "invalid", info="missing", without_info=True,
           errors=has({"reason": text("Info.plist")}))
    bundle(sets, "renamed", "Info.plist was changed afterwards, and names another file", "invalid", info="broken",
           rename=True, errors=has({"reason": text("Info.plist")}))
    bundle(sets, "resources", "CodeResources was changed afterwards", "invalid", resources="broken", change_resources=True,
           errors=has({"reason": text("CodeResources")}))


def searches(sets):
    """root/ is a Mac's disk: what lies there is found, and what does not is a candidate."""
    library = sets.tools.link("int own(void) { return 1; }\n", "-dylib", "-install_name", "@rpath/libown.dylib")
    sets.write("root/Library/Pomona/second/libown.dylib", library)
    shared = sets.tools.link("int shared(void) { return 1; }\n", "-dylib", "-install_name", "/Library/Pomona/libshared.dylib")
    sets.write("root/Library/Pomona/libshared.dylib", shared)
    weak = f"{sets.tools.sdk}/own/libweak.tbd"
    own = "extern int own(void);\nint main(void) { return own(); }\n"

    def tool(name, what, octets, candidates, modes=None):
        sets.add(f"search_{name}", octets, what, {"injection": {"candidates": candidates}}, modes=modes,
                 path=f"root/usr/local/bin/{name}", told_path=f"/usr/local/bin/{name}",
                 arguments=["--root", "IMAGES/root"])

    octets = sets.tools.link(own, "-lown", "-rpath", "/Library/Pomona/first", "-rpath", "/Library/Pomona/second")
    tool("later", "found in the second rpath: who fills the first comes before it", octets, has(
        {"kind": "rpath", "link": "@rpath/libown.dylib", "path": "/Library/Pomona/first/libown.dylib"}))
    octets = sets.tools.link(own, "-lown", "-rpath", "@executable_path/../../../Library/Pomona/zeroth",
                             "-rpath", "@loader_path/../../../Library/Pomona/second")
    tool("relative_rpath", "rpaths from where the program lies", octets, has(
        {"kind": "rpath", "link": "@rpath/libown.dylib", "path": text("/Library/Pomona/zeroth/libown.dylib")}))
    octets = sets.tools.link(own, "-lown", "-rpath", "/Library/Pomona/second", "-rpath", "/Library/Pomona/first")
    tool("first", "found in the first rpath: what comes behind it is never looked at", octets,
         without({"kind": "rpath"}, {"kind": "missing"}))
    octets = sets.tools.link("extern int missing(void);\nint main(void) { return missing(); }\n", "-lmissing")
    tool("missing", "linked and found nowhere", octets, has(
        {"kind": "missing", "link": "/opt/pomona/lib/libmissing.dylib", "path": "/opt/pomona/lib/libmissing.dylib"}))
    octets = sets.tools.link(PLAIN, "-weak_library", weak, "-rpath", "/Library/Pomona/second")
    tool("weak", "linked weakly and found nowhere", octets, has(
        {"kind": "weak", "link": "@rpath/libweak.dylib", "path": "/Library/Pomona/second/libweak.dylib"}))
    octets = sets.tools.link("extern int relative(void);\nint main(void) { return relative(); }\n", "-lrelative")
    tool("working_directory", "looked for below the working directory", octets, has(
        {"kind": "relative", "link": "lib/librelative.dylib"}))
    octets = sets.tools.link("extern int shared(void);\nint main(void) { return shared(); }\n", "-lshared")
    tool("there", "found where it is linked from", octets, without({"kind": "missing"}, {"kind": "rpath"}))
    tool("writable", "found where anybody may put another in its place", octets, has(
        {"kind": "writable", "link": "/Library/Pomona/libshared.dylib", "path": "/Library/Pomona/libshared.dylib",
         "writable": True}), {"Library/Pomona/libshared.dylib": "666"})
    octets = sets.tools.link(own, "-lown", "-rpath", "/Library/Pomona/first", "-rpath", "/Library/Pomona/second")
    tool("later_writable", "missing in the first rpath, where anybody may put it", octets, has(
        {"kind": "rpath", "path": "/Library/Pomona/first/libown.dylib", "writable": True}), {"Library/Pomona": "777"})
