#!/usr/bin/env python3
"""Makes the images of tests/macho/images and what must be told of each in tests/macho/expect.

usage: make_images.py [--new-keys]
  --new-keys  also those that are signed with certificates, under a new throw-away authority

Everything but what is signed with certificates comes out the same each time, octet for octet, with
the same linker. What is expected is compared with what LLVM tells. Needs clang, ld64.lld and
llvm-lipo of LLVM 16 or newer, and openssl.
"""

import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True  # Nothing of the modules beside this file is to be left in the tree.

import oracles
import sets
import sets_bundles
import sets_imports
import sets_links
import sets_signatures
from signing import Authority
from toolchain import Toolchain

HERE = pathlib.Path(__file__).resolve().parent.parent
CERTIFIED = "signed", "anchors"
BYTES_MAX = 1500000


def main():
    if sys.argv[1:] not in ([], ["--new-keys"]):
        sys.exit(__doc__)
    images, expectations = HERE / "images", HERE / "expect"
    new_keys = "--new-keys" in sys.argv[1:] or not (images / "anchors").is_dir()
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        tools = Toolchain(work)
        clear(images, new_keys)
        clear(expectations, new_keys)
        made = sets.Sets(images, expectations, tools, Authority(work) if new_keys else None)
        for module in (sets_links, sets_imports, sets_signatures, sets_bundles):
            module.make(made)
        if new_keys:
            sets_signatures.make_certified(made)
    differences, compared = oracles.check(images, expectations)
    print("".join(f"images: {difference}\n" for difference in differences) +
          ("images: LLVM is not asked: no llvm-objdump and llvm-nm here" if compared is None else
           f"images: LLVM agrees in {compared - len(differences)} of {compared} lists of links and imports"))
    size = sum(path.stat().st_size for path in images.rglob("*") if path.is_file())
    print(f"images: {len(made.names)} made, {size} octets in all"
          + ("" if new_keys else "; what is signed with certificates is kept (--new-keys makes it anew)"))
    if size > BYTES_MAX:
        sys.exit(f"images: more than {BYTES_MAX} octets are too many to keep in the tree")
    if differences:
        sys.exit(1)


def clear(directory, new_keys):
    """Images that a set no longer has must not stay."""
    for path in directory.glob("*"):
        if not new_keys and is_certified(path):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def is_certified(path):
    name = path.name.removesuffix(".json")
    return name in CERTIFIED or name.startswith("signed_") and name != "signed_by_nobody"


if __name__ == "__main__":
    main()
