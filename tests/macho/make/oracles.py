"""What LLVM says of the images, against what is expected of them: two who never saw each other.

Links by `llvm-objdump --dylibs-used`, imports by `llvm-nm`, or, where the symbol table is empty, by
what llvm-objdump prints of chained fixups and binding opcodes.
"""

import json
import re
import subprocess

from toolchain import LLVM_MIN, newest

# What LLVM does not know: dylib_use_command, and a path outside the commands. It reads the offset of
# a name of format 3 from the wrong bits; lld writes it as <mach-o/fixup-chains.h> has it.
NOT_KNOWN = "/usr/lib/libuse_"
NOT_COMPARED = "links_lazy_info", "imports_chained_3_bare"


def check(images, expectations):
    """A sentence for each thing that differs, and how many were compared (None: no LLVM here)."""
    tools = {name: path for name in ("llvm-objdump", "llvm-nm") for number, path in [newest(name)] if number >= LLVM_MIN}
    if len(tools) < 2:
        return [], None
    differences, compared = [], 0
    for path in sorted(expectations.glob("*.json")):
        expected = json.loads(path.read_text())
        if len(expected["slices"]) != 1 or path.stem in NOT_COMPARED:
            continue
        slice_, image = expected["slices"][0], images / expected["path"]
        pairs = []
        if isinstance(slice_.get("links"), list):
            pairs.append(("links", links_of(tools, image), [list(link.values()) for link in map(ordered, slice_["links"])]))
        if "all" in slice_.get("imports", {}):
            pairs.append(("imports", imports_of(tools, image), slice_["imports"]["all"]))
        compared += len(pairs)
        differences += [f"{path.stem} {what}: LLVM says {theirs}, expected is {ours}"
                        for what, theirs, ours in pairs if theirs != ours]
    return differences, compared


def ordered(link):
    known = not link["name"].startswith(NOT_KNOWN)
    return {"name": link["name"], "kind": link["kind"] if known else "any",
            "compatible": link["compatibility_version"], "current": link["current_version"]}


def links_of(tools, image):
    told = output(tools["llvm-objdump"], "--macho", "--dylibs-used", image)
    found = re.findall(r"^\t(.+) \(compatibility version ([\d.]+), current version ([\d.]+)(?:, (\w+))?\)$", told, re.MULTILINE)
    # The first of a library is its own install name.
    own = output(tools["llvm-objdump"], "--macho", "--dylib-id", image).splitlines()[1:]
    return [[name, "any" if name.startswith(NOT_KNOWN) else kind or "load", short(compatible), short(current)]
            for name, compatible, current, kind in found if name not in own]


def short(version):
    return re.sub(r"^(\d+\.\d+)\.0$", r"\1", version)


def imports_of(tools, image):
    names = set(output(tools["llvm-nm"], "-u", "-j", image).split())
    if not names:
        told = output(tools["llvm-objdump"], "--macho", "--chained-fixups", image)
        names = set(re.findall(r"name_offset = \d+ \((\S+)\)", told))
    if not names:
        told = output(tools["llvm-objdump"], "--macho", "--bind", "--lazy-bind", "--weak-bind", image)
        names = {line.split()[-1] for line in told.splitlines() if line.startswith("__")}
    return sorted(names)


def output(tool, *arguments):
    return subprocess.run([tool, *arguments], capture_output=True, text=True).stdout
