#!/usr/bin/env python3
"""Runs `pomona inspect` over LLVM's Mach-O inputs, many of which are malformed on purpose, and over
files of our own that are made to cost time or memory (tests/macho/make/hostile.py).

LLVM's come from Debian's source package of LLVM, fetched by apt's own means into build/malformed and
never kept in this tree: files under test/ that are Mach-O, and those that yaml2obj makes of the
YAML there. Each is read by the program under the sanitizers, which must neither crash nor report,
and by the release build, which may use 100 ms of processor time and 64 MB for a file below 1 MB.

usage: tools/check_malformed.py [--sanitized PROGRAM] [--release PROGRAM] [--inputs DIR]
"""

import argparse
import concurrent.futures
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import packages

ROOT = packages.ROOT
sys.path.insert(0, str(ROOT / "tests/macho/make"))

import hostile

PACKAGE = "llvm-toolchain-{}"
VERSIONS = [19, *range(24, 13, -1)]  # Of LLVM, tried in this order until one can be had.
SIZE_MAX = 1 << 20            # Octets of a file that the bounds are for.
CPU_SECONDS_MAX = 0.1
RESIDENT_KIB_MAX = 64 * 1024
PEAK_UNITS_A_KIB = 1024 if sys.platform == "darwin" else 1  # Of bench/usage.c.
TRIES = 5                     # A machine is busy at times; the fastest counts.
SECONDS_MAX = 60              # For one run, whatever it uses.
DOCUMENTS_MAX = 20            # Of one file of YAML.
# What makes the program read most.
EVERYTHING = ["--imports", "--verify", "--anchors", str(ROOT / "tests/macho/images/anchors/root.pem")]
IN_THE_OPEN = ["--jobs", "1", "--no-sandbox"]  # A crash must be that of the process that is run.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sanitized", default=ROOT / "build/asan/pomona", type=pathlib.Path)
    parser.add_argument("--release", default=ROOT / "build/release/pomona", type=pathlib.Path)
    parser.add_argument("--inputs", help="files of one's own in place of LLVM's", type=pathlib.Path)
    options = parser.parse_args()
    usage = options.release.parent / "bench/bench_usage"
    for program in (options.sanitized, options.release, usage):
        if not program.is_file():
            sys.exit(f"check_malformed: {program} is not there; build it first")
    inputs = inputs_of(options.inputs or fetch_inputs(ROOT / "build/malformed"))
    if not inputs:
        sys.exit("check_malformed: no Mach-O inputs")
    own = ROOT / "build/hostile"
    own.mkdir(parents=True, exist_ok=True)
    inputs += hostile.make(own)

    sanitized, release = (program_of(path) for path in (options.sanitized, options.release))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = list(pool.map(lambda path: fault_of(sanitized, path), inputs))
    failed, most_cpu, most_kib, refused = 0, 0, 0, 0
    for path, (fault, code) in zip(inputs, faults):  # One at a time: this is what is measured.
        cpu, kib = usage_of(usage, release, path)
        small = path.stat().st_size < SIZE_MAX
        most_cpu, most_kib = (max(most_cpu, cpu), max(most_kib, kib)) if small else (most_cpu, most_kib)
        if fault is None and small and cpu > CPU_SECONDS_MAX:
            fault = f"{cpu * 1000:.0f} ms of processor time"
        if fault is None and small and kib > RESIDENT_KIB_MAX:
            fault = f"{kib / 1024:.0f} MB of memory"
        refused += code != 0
        failed += fault is not None
        if fault is not None:
            print(f"FAIL {path}: {fault}")
    print(f"malformed: {len(inputs)} inputs, of which {refused} are refused or damaged; at most "
          f"{most_cpu * 1000:.0f} ms and {most_kib / 1024:.0f} MB each")
    print(f"{len(inputs) - failed} passed, {failed} failed")
    return 1 if failed else 0


def program_of(path):
    """The command, with those of the options that this build of it knows."""
    command = [str(path.resolve()), "inspect", "--output", "ndjson"]
    said = subprocess.run([*command, "--help"], capture_output=True, text=True).stdout
    return command + [option for group in (EVERYTHING, IN_THE_OPEN) for at, option in enumerate(group)
                      if (option if option.startswith("--") else group[at - 1]) in said]


def fault_of(command, path):
    """What is wrong with the run (None: nothing), and its exit status."""
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    try:
        done = subprocess.run([*command, path], capture_output=True, timeout=SECONDS_MAX, env=environment)
    except subprocess.TimeoutExpired:
        return f"more than {SECONDS_MAX} s", None
    said = done.stderr.decode(errors="replace")
    report = re.search(r"(ERROR: \w*Sanitizer.*|.*runtime error: .*)", said)
    if report:
        return report.group(1), done.returncode
    if done.returncode not in (0, 3):
        return f"exit {done.returncode}: {said.strip().splitlines()[-1:]}", done.returncode
    try:
        for line in done.stdout.decode().splitlines():
            json.loads(line)
    except ValueError as problem:
        return f"what is printed is no NDJSON: {problem}", done.returncode
    return None, done.returncode


def usage_of(usage, command, path):
    """Processor time in seconds and memory in KiB of one run: the least time of several."""
    cpu, kib = float("inf"), 0
    for _ in range(TRIES):
        told = subprocess.run([usage, *command, path], capture_output=True, text=True, check=True).stdout.split()
        cpu, kib = min(cpu, int(told[1]) / 1e6), max(kib, int(told[3]) // PEAK_UNITS_A_KIB)
        if cpu <= CPU_SECONDS_MAX / 4:
            break
    return cpu, kib


def inputs_of(directory):
    """Mach-O files as they lie there, and those that are made of YAML; each content once."""
    made = directory / ".made-of-yaml"
    if not made.is_dir():
        make_of_yaml(directory, made)
    seen, inputs = set(), []
    for path in packages.macho_files(directory):
        key = hashlib.sha256(path.read_bytes()).digest()
        if key not in seen:
            seen.add(key)
            inputs.append(path)
    of_yaml = sum(made in path.parents for path in inputs)
    print(f"malformed: {len(inputs) - of_yaml} files and {of_yaml} made of YAML")
    return inputs


def make_of_yaml(directory, made):
    tools = [found for number in VERSIONS if (found := shutil.which(f"yaml2obj-{number}"))]
    tool = (tools + [shutil.which("yaml2obj")])[0]
    if tool is None:
        print("malformed: no yaml2obj here (Debian: llvm): the inputs in YAML are left out")
        return
    sources = [path for path in sorted(directory.rglob("*")) if path.is_file() and not packages.is_macho(path)
               and re.search(rb"^--- !(fat-)?mach-o", path.read_bytes(), re.MULTILINE)]
    made.mkdir()
    for path in sources:
        for number in range(1, DOCUMENTS_MAX):
            target = made / f"{path.relative_to(directory)}.{number}".replace("/", "_")
            done = subprocess.run([tool, f"--docnum={number}", path, "-o", target], capture_output=True, text=True)
            if "cannot find the" in done.stderr:
                break


# --- Debian's source package.

def fetch_inputs(cache):
    """The directory of test/ of the newest LLVM that apt's sources have; fetched once."""
    done = cache / "fetched"
    if done.is_file():
        return cache / "test"
    missing = [tool for tool in ("apt-get", "tar", "xz") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"check_malformed: missing: {', '.join(missing)}; the inputs come from Debian's source package of "
                 "LLVM (--inputs DIR reads others)")
    shutil.rmtree(cache, ignore_errors=True)
    (cache / "test").mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        archive = fetch_source(pathlib.Path(directory))
        print(f"malformed: unpacking the tests of {archive.name}", flush=True)
        subprocess.run(["tar", "-xf", archive, "-C", cache / "test", "--strip-components=1", "--wildcards",
                        "*/llvm/test/*", "*/lld/test/*", "*/llvm/unittests/*"], check=True)
    done.touch()
    return cache / "test"


def fetch_source(work):
    """The archive, by an apt configuration of its own, which ends with this: no list of the machine's changes."""
    work.chmod(0o755)  # apt fetches as a user of its own.
    (work / "lists/partial").mkdir(parents=True)
    (work / "own.sources").write_text(source_entries())
    options = [f"-oDir::Etc::sourcelist={work}/own.sources", "-oDir::Etc::sourceparts=-",
               f"-oDir::State::lists={work}/lists", "-oDir::Cache::pkgcache=", "-oDir::Cache::srcpkgcache="]
    apt(work, *options, "update")
    for number in VERSIONS:
        name = PACKAGE.format(number)
        print(f"malformed: looking for the source package {name}", flush=True)
        listed = apt(work, *options, "--print-uris", "source", "--download-only", name, check=False)
        archives = re.findall(r"'(\S+)' (\S+\.orig\.tar\.\w+) ", listed)
        if not archives:
            continue
        print(f"malformed: fetching {archives[0][1]}", flush=True)
        apt(work, *options, "source", "--download-only", name, check=False)
        if (work / archives[0][1]).is_file():
            return work / archives[0][1]
    sys.exit(f"check_malformed: no {PACKAGE.format('N')} could be fetched from apt's sources")


def apt(work, *arguments, check=True):
    done = subprocess.run(["apt-get", "-q", *arguments], cwd=work, capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(f"check_malformed: apt-get {arguments[-1]}:\n{done.stderr}")
    return done.stdout


def source_entries():
    """What apt reads programs from, asked for its sources too."""
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(ORIGIN)",
                           "Created-By: Packages"], capture_output=True, text=True).stdout
    entries = []
    for line in dict.fromkeys(told.splitlines()):
        release, component, uri, origin = line.split("|")
        if component == "main" and origin in ("Debian", "Ubuntu"):
            key = signed_by(uri.rstrip("/"))
            entries.append(f"Types: deb-src\nURIs: {uri}\nSuites: {release}\nComponents: main universe\n"
                           .replace(" universe" if origin == "Debian" else "\0", "")
                           + (f"Signed-By: {key}\n" if key else ""))
    if not entries:
        sys.exit("check_malformed: apt's sources name no main of Debian or Ubuntu")
    return "\n".join(entries)


def signed_by(uri):
    """The keyring that stands beside the place in apt's own sources, in either form of writing them."""
    for name in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        path = pathlib.Path(name)
        text = path.read_text(errors="replace") if path.is_file() else ""
        found = (re.search(r"^Signed-By: *(/\S+)", text, re.MULTILINE) or
                 re.search(r"^deb .*\[.*signed-by=(/[^] ]*)", text, re.MULTILINE))
        if uri in text and found:
            return found.group(1)
    return None


if __name__ == "__main__":
    sys.exit(main())
