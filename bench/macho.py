"""How fast Mach-O files are read, beside llvm-objdump and LIEF, in one run over the same files.

usage: macho.py POMONA USAGE VENV
  USAGE  the program of bench/usage.c    VENV  where LIEF is installed; not there: left out

The files are those of bench/macho-packages.txt and of the packages that tools/check_real.py
compares, all read once before so that they lie in the page cache. llvm-objdump prints the load
commands of every slice of all files in one process; Pomona tells links, frameworks, imports,
signature and entitlements, with one job. Rounds alternate, the best of each counts, and what is
compared is processor time: nothing is waited for, and whoever else runs here does not count.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import packages

FILES_MIN = 200
ROUNDS = 9
SLOW_ROUNDS = 2     # Of LIEF, whose time is far from any that matters.
OBJDUMP_MAX = 1.5   # Times llvm-objdump's time.
LIEF_MIN = 20       # LIEF's time, in times of ours.
PEAK_UNITS_A_MB = 1024 * (1024 if sys.platform == "darwin" else 1)  # Of bench/usage.c.


def main():
    pomona, usage, venv = map(pathlib.Path, sys.argv[1:])
    files = fetched_files()
    objdump = newest_objdump()
    if objdump:
        refused = [path for path in files if run(usage, [*objdump, path])["status"] != 0]
        files = [path for path in files if path not in refused]
        if refused:
            print(f"llvm-objdump        refuses {len(refused)}, which are left out: {', '.join(path.name for path in refused)}")
    for path in files:
        read_once(path)
    size = sum(path.stat().st_size for path in files)
    print(f"files               {len(files)}, {size / 1e6:.0f} MB, in the page cache"
          + ("" if len(files) >= FILES_MIN else f" (fewer than {FILES_MIN})"))

    ours = command_of(pomona)
    tree = tree_of(files)
    reader = lief_of(venv, files)
    best = {}
    for number in range(ROUNDS):
        keep_best(best, "pomona", run(usage, [*ours, tree]))
        if objdump:
            keep_best(best, "llvm-objdump", run(usage, [*objdump, *files]))
        if reader and number < SLOW_ROUNDS:
            keep_best(best, "lief", run(usage, reader))
    for name, used in best.items():
        print(f"{name:19} {used['cpu'] * 1000:9.1f} ms of processor, {used['wall'] * 1000:9.1f} ms in all, "
              f"{used['peak']:5.1f} MB, exit {used['status']}")
    tell_ratios(best, objdump, reader)
    tell_memory(usage, ours, files)


def fetched_files():
    """Every Mach-O file of the packages, in order; what cannot be had is said."""
    wanted = packages.pinned((ROOT / "bench/macho-packages.txt").read_text())
    expected = ROOT / "../shared/data/macho/expected.json"
    if expected.is_file():
        wanted += sorted({(fact["package"], fact["version"]) for fact in json.loads(expected.read_text())})
    store, files = packages.store(), []
    print(f"packages            {len(wanted)} in {store}", flush=True)
    for name, version in wanted:
        try:
            files += packages.macho_files(packages.fetch(store, name, version))
        except (OSError, subprocess.SubprocessError) as problem:
            print(f"packages            without {name}@{version}: {problem}")
    if not files:
        sys.exit("bench-macho: no files to read")
    return files


def tree_of(files):
    """The same files in one directory, as links or copies: what inspect is made for."""
    tree = ROOT / "build/bench/macho-tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for number, path in enumerate(files):
        copy = tree / f"{number:04}-{path.name}"
        try:
            os.link(path, copy)
        except OSError:
            shutil.copyfile(path, copy)
    return tree


def read_once(path):
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass


def command_of(pomona):
    command = [pomona, "inspect"]
    said = subprocess.run([*command, "--help"], capture_output=True, text=True).stdout
    if "--jobs" in said:
        command += ["--jobs", "1"]
    else:
        print("pomona              does not know --jobs")
    return [*command, "--output", "ndjson"]


def newest_objdump():
    found = []
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        for path in pathlib.Path(directory).glob("llvm-objdump*"):
            told = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            number = re.search(r"LLVM version (\d+)", told)
            if number:
                found.append((int(number.group(1)), str(path)))
    if not found:
        print("llvm-objdump        skipped: it is not there (Debian: llvm)")
        return None
    number, path = max(found)
    print(f"llvm-objdump        of LLVM {number}")
    return [path, "--macho", "--private-headers", "--arch=all"]


def lief_of(venv, files):
    python = venv / "bin/python"
    if not (venv / "ready").exists():
        print("lief                skipped: it could not be installed")
        return None
    listed = venv / "files"
    listed.write_text("".join(f"{path}\n" for path in files))
    command = [python, ROOT / "bench/lief_reader.py", listed]
    done = subprocess.run(command, capture_output=True, text=True)
    read, count = (done.stdout.split() or ["0", "0"])[:2]
    print(f"lief                {(venv / 'ready').read_text().strip()}, reads {read} of {count}")
    return command


def run(usage, command):
    told = subprocess.run([usage, *command], capture_output=True, text=True, check=True).stdout.split()
    return {"status": int(told[0]), "cpu": int(told[1]) / 1e6, "wall": int(told[2]) / 1e6,
            "peak": int(told[3]) / PEAK_UNITS_A_MB}


def keep_best(best, name, used):
    if name not in best or used["cpu"] < best[name]["cpu"]:
        best[name] = used


def tell_ratios(best, objdump, reader):
    ours = best["pomona"]["cpu"]
    if objdump:
        ratio = ours / best["llvm-objdump"]["cpu"]
        wall = best["pomona"]["wall"] / best["llvm-objdump"]["wall"]
        print(f"to llvm-objdump     {ratio:.2f} times its processor time ({aim(ratio <= OBJDUMP_MAX)}: at most {OBJDUMP_MAX}); "
              f"{wall:.2f} times by the clock")
    if reader:
        ratio = best["lief"]["cpu"] / ours
        print(f"to lief             {ratio:.0f} times as fast ({aim(ratio >= LIEF_MIN)}: at least {LIEF_MIN})")


def aim(is_met):
    return "aim met" if is_met else "AIM MISSED"


def tell_memory(usage, ours, files):
    by_size = sorted(files, key=lambda path: path.stat().st_size)
    for word, path in (("smallest", by_size[0]), ("largest", by_size[-1])):
        used = run(usage, [*ours, path])
        print(f"memory, {word:8}    {used['peak']:.1f} MB for {path.stat().st_size / 1e6:.2f} MB: {path.name}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
