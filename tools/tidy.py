#!/usr/bin/env python3
"""Holds what a machine can hold of docs/style.md without argument.

usage: tools/tidy.py [--root DIR] [--symbols BUILD]

Layers, third-party headers, banned names, platform conditionals, and the cases of every rule are
read from the sources. With --symbols, the names that the objects of a build export are checked too.
Prints one line a problem and exits 1 if there is any.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# Lowest first. A room includes from its own layer only itself, and from those below it anything.
LAYERS = [
    {"base"},
    {"platform"},
    {"event"},
    {"eql", "macho"},
    {"store"},
    {"source", "decode", "order", "enrich", "match", "score", "sink", "fidelity"},
    # The files that lie in src/ itself; queries over any NDJSON; what inspect makes of many images.
    {"pipeline", "query", "inspect"},
    # Labelled recordings through the pipeline.
    {"validate"},
    # What is read and judged beside telemetry.
    {"assets", "attack", "coverage"},
    # Packs of all of it.
    {"evidence"},
    # What is drawn, and where; then the queue that is worked there.
    {"terminal"},
    {"review"},
    {"console"},
    {"cli"},
]
LAYER_OF = {room: layer for layer, rooms in enumerate(LAYERS) for room in rooms}

# The rooms that include each library. Tests may, to build and to read what they check.
THIRD_PARTY = {
    r"yyjson\.h": {"decode"},
    r"yaml\.h": {"base"},
    r"pcre2\.h": {"eql"},
    r"openssl/.*": {"macho", "evidence"},
    r"plist/.*": {"macho"},
    r"sqlite3\.h": {"store"},
    r"libpq-fe\.h": {"store"},
    r"zlib\.h": {"source"},
    r"zstd\.h": {"source"},
    r"xxhash\.h": {"base"},
    r"archive(_entry)?\.h": {"evidence"},
    r"seccomp\.h": {"platform"},
    r"(n?curses|term)\.h": {"terminal"},
}

# What is said instead of each name; the compiler refuses most of them as well (base/banned.h).
BANNED = {
    "strcpy": "memcpy of a length that is known, or struct buf",
    "strcat": "struct buf",
    "strncpy": "memcpy of a length that is known, or struct buf",
    "strncat": "struct buf",
    "sprintf": "snprintf or buf_printf()",
    "vsprintf": "vsnprintf or buf_printf()",
    "strtok": "str_take_until()",
    "atoi": "str_to_i64()",
    "atol": "str_to_i64()",
    "gets": "getline()",
    "ctime": "gmtime_r() and strftime()",
    "localtime": "gmtime_r()",
    "gmtime": "gmtime_r()",
    "alloca": "an arena",
}

PLATFORM_MACRO = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*\b(__APPLE__|__linux__|_WIN32)\b")

# Prefixes that a room's exported names may have beside its own and its files' names.
PREFIXES = {
    "base": {"bytes", "cstr", "fail", "memory"},
    "query": {"pomona"},
    "inspect": {"pomona"},
}


def code_of(text):
    """The text with comments and literals blanked, line by line."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.S)


def c_files(root):
    for top in ("src", "include", "tests", "tools", "bench"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".c", ".h", ".def"):
                yield path


def room_of(path, root):
    """The room a file of src/ belongs to; None for files elsewhere."""
    parts = path.relative_to(root).parts
    if parts[0] != "src":
        return None
    return parts[1] if len(parts) > 2 else "pipeline"


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_layers(root):
    for path in c_files(root):
        room = room_of(path, root)
        if room is None:
            continue
        where = path.relative_to(root)
        if room not in LAYER_OF:
            yield f"{where}: the room {room} has no layer in tools/tidy.py"
            continue
        for number, ours, name in includes(path):
            if not ours:
                continue
            other = name.split("/")[0] if "/" in name else "pipeline"
            if other == room or (other == "pomona" and room != "base"):
                continue
            if other not in LAYER_OF:
                yield f'{where}:{number}: "{name}" is in no room; include from src/ down'
            elif LAYER_OF[other] >= LAYER_OF[room]:
                yield f"{where}:{number}: {room} may not include {other} ({name})"


def is_test(path):
    return path.stem.endswith(("_test", "_fuzz"))


def check_third_party(root):
    for path in c_files(root):
        room = room_of(path, root)
        if room is None or is_test(path):
            continue
        for number, ours, name in includes(path):
            for pattern, homes in THIRD_PARTY.items():
                if not ours and re.fullmatch(pattern, name) and room not in homes:
                    places = " and ".join(f"src/{home}" for home in sorted(homes))
                    yield f"{path.relative_to(root)}:{number}: <{name}> is for {places} only"


def check_banned(root):
    names = re.compile(r"\b(" + "|".join(BANNED) + r")\s*\(")
    for path in c_files(root):
        for number, line in enumerate(code_of(path.read_text(errors="replace")).splitlines(), 1):
            for match in names.finditer(line):
                name = match.group(1)
                yield f"{path.relative_to(root)}:{number}: {name}() is banned; use {BANNED[name]}"


def check_platform(root):
    for path in c_files(root):
        if room_of(path, root) == "platform":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = PLATFORM_MACRO.match(line)
            if match:
                yield f"{path.relative_to(root)}:{number}: {match.group(1)} belongs in src/platform"


def check_rules(root):
    """Every rule has, among its family's cases, one that fires and one that nearly does."""
    for path in sorted((root / "rules").glob("*.yaml")):
        match = re.search(r"^id:\s*[\"']?([\w.-]+)", path.read_text(), re.M)
        if not match:
            continue  # Lists and profiles.
        rule = match.group(1)
        where = path.relative_to(root)
        family = rule.split("-")[0]
        fires = [case for case in sorted((root / "tests/cases" / family).glob("*/expected.txt"))]
        found = [any(line.split()[:1] == [rule] for line in case.read_text().splitlines())
                 for case in fires]
        if True not in found:
            yield f"{where}: no case under tests/cases/{family} in which {rule} fires"
        if False not in found:
            yield f"{where}: no near-miss under tests/cases/{family} in which {rule} stays silent"


def exported(objects):
    """(object, name) for every symbol that the objects define for others."""
    listing = subprocess.run(["nm", "-A", "-g", "--defined-only", *map(str, objects)], check=True,
                             capture_output=True, text=True).stdout
    for line in listing.splitlines():
        name_of_object, rest = line.split(":", 1)
        kind, name = rest.split()[-2:]
        if kind in "TDBRC" and "." not in name:  # Not the sanitizers' own.
            yield pathlib.Path(name_of_object), name.lstrip("_")


def prefixes_of(room, root):
    """The room's name, those of its files, and those of the types that its headers declare."""
    directory = root / "src" / room if (root / "src" / room).is_dir() else root / "src"
    stems = {path.stem for path in directory.glob("*.[ch]")}
    types = {name for path in directory.glob("*.h")
             for name in re.findall(r"^(?:struct|enum) (\w+)\s*[;{]", path.read_text(), re.M)}
    return {room} | stems | types | PREFIXES.get(room, set())


def check_symbols(root, build):
    objects = sorted(path for path in (build / "src").rglob("*.o")
                     if re.search(r"pomona_\w+\.dir$", str(path.parent)))
    if not objects:
        yield f"{build}: no objects of the library there; build first"
        return
    for path, name in exported(objects):
        room = re.search(r"pomona_(\w+)\.dir$", str(path.parent)).group(1)
        allowed = prefixes_of(room, root)
        if not any(name == prefix or name.startswith(prefix + "_") for prefix in allowed):
            yield f"src/{room}: {path.name} exports {name}, which starts with no module's name"


CHECKS = [check_layers, check_third_party, check_banned, check_platform, check_rules]


def main(arguments):
    parser = argparse.ArgumentParser(description="Checks the tree against docs/style.md.")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--symbols", type=pathlib.Path, metavar="BUILD")
    options = parser.parse_args(arguments)

    if options.symbols:
        problems = list(check_symbols(options.root, options.symbols))
    else:
        problems = [problem for check in CHECKS for problem in check(options.root)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
