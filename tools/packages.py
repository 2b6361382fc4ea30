"""Packages of the npm registry, unpacked into a directory that is not part of this tree.

`npm pack` runs no scripts of a package that is fetched, and nothing of a package is run here. Where
they are kept: POMONA_PACKAGES, or build/packages.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FETCH_SECONDS = 600  # For one package.

# The first four octets of a Mach-O file, thin in either byte order, or fat.
MAGICS = {bytes.fromhex(magic) for magic in
          ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "cafebabf")}
SLICES_MAX = 64  # More than that is a Java class file.


def store():
    """Where packages are kept; made where it is not there."""
    directory = pathlib.Path(os.environ.get("POMONA_PACKAGES") or ROOT / "build/packages")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def fetch(directory, name, version):
    """The unpacked package: fetched once, and there either whole or not at all."""
    kept = directory / f"{name.replace('/', '_')}-{version}"
    if kept.is_dir():
        return top_of(kept)
    work = directory / f".{kept.name}.{os.getpid()}"
    work.mkdir()
    try:
        packed = subprocess.run(["npm", "pack", "--ignore-scripts", "--json", f"{name}@{version}"], cwd=work,
                                check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
        archive = work / json.loads(packed.stdout)[0]["filename"].replace("@", "").replace("/", "-")
        with tarfile.open(archive) as tar:
            tar.extractall(work / "unpacked", filter="data")
        if not kept.is_dir():
            (work / "unpacked").rename(kept)
    finally:
        shutil.rmtree(work)
    return top_of(kept)


def top_of(kept):
    """The one directory of the archive, which most call "package"."""
    return next(path for path in sorted(kept.iterdir()) if path.is_dir())


def pinned(text):
    """(name, version) of each line NAME@VERSION that is no remark."""
    lines = (line.strip() for line in text.splitlines())
    return [tuple(line.rsplit("@", 1)) for line in lines if line and not line.startswith("#")]


def is_macho(path):
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(8)
    if len(head) < 8 or head[:4] not in MAGICS:
        return False
    return head[:3] != b"\xca\xfe\xba" or int.from_bytes(head[4:], "big") <= SLICES_MAX


def macho_files(directory):
    return [path for path in sorted(directory.rglob("*")) if is_macho(path)]
