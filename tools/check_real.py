#!/usr/bin/env python3
"""Compares `pomona inspect` with what is known of real Mach-O files.

Fetches each package of the expectations (tools/packages.py; nothing of a package is run), runs the
program over its files and prints one line a package. They are kept where --packages or
POMONA_PACKAGES says, else nowhere. Needs npm and the network; it is not part of the ordinary tests.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True

import packages

KINDS = {
    "LC_LOAD_DYLIB": "load",
    "LC_LOAD_WEAK_DYLIB": "weak",
    "LC_REEXPORT_DYLIB": "reexport",
    "LC_LOAD_UPWARD_DYLIB": "upward",
    "LC_LAZY_LOAD_DYLIB": "lazy",
}
HASHES = {1: "sha1", 2: "sha256", 3: "sha256t", 4: "sha384"}
PLATFORMS = {"MACOSX": "macos"}  # The name in LC_VERSION_MIN_MACOSX.
SECONDS_MAX = 60  # For one file.
NOT_TOLD = object()


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pomona", default=root / "build/release/pomona", type=pathlib.Path)
    parser.add_argument("--expected", default=root / "../shared/data/macho/expected.json", type=pathlib.Path)
    parser.add_argument("--packages", default=os.environ.get("POMONA_PACKAGES"), help="keep the fetched packages here, and use those that are", type=pathlib.Path)
    options = parser.parse_args()
    if not options.pomona.is_file():
        sys.exit(f"{options.pomona} is not there; build it first")
    if not options.expected.is_file():
        sys.exit(f"{options.expected} is not there")

    by_package = {}
    for fact in json.loads(options.expected.read_text()):
        by_package.setdefault((fact["package"], fact["version"]), []).append(fact)
    with tempfile.TemporaryDirectory() as temporary:
        store = options.packages or pathlib.Path(temporary)
        store.mkdir(parents=True, exist_ok=True)
        failed = sum(not check_package(options.pomona, store, name, version, facts)
                     for (name, version), facts in by_package.items())
    print(f"{len(by_package) - failed} passed, {failed} failed")
    return 1 if failed else 0


def check_package(pomona, store, name, version, facts):
    """True where every slice agrees; prints the line of the package, and what differs."""
    label = f"{name}@{version}"
    try:
        directory = packages.fetch(store, name, version)
        differences = [d for path in sorted({f["path"] for f in facts})
                       for d in check_file(pomona, directory / path, [f for f in facts if f["path"] == path])]
    except (subprocess.CalledProcessError, OSError, tarfile.TarError, ValueError) as problem:
        differences = [str(problem)]
    print(f"{label:45} {len(facts):2} slices  {'differs' if differences else 'ok'}", flush=True)
    for difference in differences:
        print(f"    {difference}")
    return not differences


def check_file(pomona, path, facts):
    octets = path.read_bytes()
    if hashlib.sha256(octets).hexdigest() != facts[0]["sha256"]:
        return [f"{path.name}: not the file that is expected"]
    done = subprocess.run([pomona, "inspect", "--imports", "--output", "ndjson", path], capture_output=True,
                          text=True, timeout=SECONDS_MAX)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(told) != facts[0]["slices"]:
        return [f"{path.name}: exit {done.returncode}, {len(told)} slices, not {facts[0]['slices']}: {done.stderr}"]
    differences = []
    for fact in facts:
        where = f"{path.name} slice {fact['slice']}"
        try:
            mine, theirs = seen(told[fact["slice"]]), wanted(fact)
        except KeyError as key:
            differences.append(f"{where}: {key} is not told")
            continue
        # What the program may leave out is compared where it is told.
        differences += [f"{where} {key}: {mine[key]!r}, not {theirs[key]!r}"
                        for key in theirs if mine[key] != theirs[key] and mine[key] is not NOT_TOLD]
        differences += imports_that_differ(where, told[fact["slice"]]["imports"])
    return differences


def imports_that_differ(where, imports):
    """What is counted is what is listed, each name once, and what is watched is among them."""
    names = imports["all"]
    if len(names) != imports["count"] or len(set(names)) != len(names) or not set(imports["watched"]) <= set(names):
        return [f"{where} imports: {imports['count']} counted, {len(names)} listed, {len(set(names))} of them distinct"]
    return []


def seen(image):
    """What the program told, in the form in which both are compared."""
    signature = image["signature"]
    return {
        "arch": image["arch"],
        "size": image["size"],
        "fat": image["fat"],
        "file_type": image["file_type"],
        "uuid": image["uuid"],
        "build": [image["platform"], image["min_os"], image["sdk"] or "0.0"],
        "links": [[link["kind"], link["name"]] for link in image["links"]],
        "rpaths": image["rpaths"],
        "is_signed": signature["state"] != "unsigned",
        "best": [signature["identifier"], signature["team_id"], signature["flags"], signature["cdhash"]],
        "code_directories": [[d["hash_type"], d["cdhash"], d["flags"], d["identifier"], d["team_id"]]
                             for d in signature["code_directories"]],
        "entitlements": signature["entitlements"],
        "der_entitlements": signature["der_entitlements"],
        "chain": signature["chain"],
        "signers": sorted(signature["signers"]),
        "leaf_is_first": not signature["signers"] or "Authority" not in signature["signers"][0],
        "exec_segment_flags": [d["exec_segment_flags"] for d in signature["code_directories"]]
                              if all("exec_segment_flags" in d for d in signature["code_directories"]) else NOT_TOLD,
        "import_count": image["imports"]["count"],
        "watched_imports": sorted(image["imports"]["watched"]),
        "hidden": image["hidden"],
        "encrypted": image["encrypted"],
        "errors": image["errors"],
    }


def wanted(fact):
    signature = fact["signature"] or {}
    directories = [[HASHES[d["hashType"]], d["cdhash"], [f.removeprefix("CS_").lower() for f in d["flags_names"]],
                    d["identifier"], d["teamid"]] for d in signature.get("code_directories", [])]
    best = max(directories, key=lambda d: ["sha1", "sha256t", "sha256", "sha384"].index(d[0]), default=None)
    build = fact["build"][0]
    return {
        "arch": fact["arch"],
        "size": fact["size"],
        "fat": {"cafebabe": "fat", "cafebabf": "fat64"}.get(fact.get("fat_magic")),
        "file_type": fact["filetype"].lower(),
        "uuid": fact["uuid"],
        "build": [PLATFORMS.get(build["platform"], build["platform"].lower()), build["minos"], build["sdk"]],
        "links": [[KINDS[kind], name] for kind, name in fact["dylibs"]],
        "rpaths": fact["rpaths"],
        "is_signed": bool(directories),
        "best": [best[3], best[4], best[2], best[1]] if best else [None, None, [], None],
        "code_directories": directories,
        "entitlements": signature.get("entitlements"),
        "der_entitlements": signature.get("der_entitlements", False),
        # Without roots whatever certificates say is a claim.
        "chain": "claimed" if signature.get("certs") else "none",
        "signers": sorted(signature.get("certs") or []),
        "leaf_is_first": True,
        "exec_segment_flags": [[f.lower() for f in d["execSegFlags_names"] or []] for d in signature.get("code_directories", [])],
        "import_count": fact["import_count"],
        "watched_imports": sorted(fact["watched_imports"]),
        "hidden": False,
        "encrypted": False,
        "errors": [],
    }


if __name__ == "__main__":
    sys.exit(main())
