"""What LIEF tells of Mach-O files: links, signature and imports of every slice; for bench/macho.py.

usage: lief_reader.py FILE-OF-PATHS
Prints how many files it read, and of how many paths.
"""

import sys

import lief


def main():
    with open(sys.argv[1], encoding="utf-8") as listed:
        paths = listed.read().splitlines()
    # Only what is compared: no export tries, no rebasing.
    config = lief.MachO.ParserConfig()
    config.parse_dyld_exports = False
    config.parse_dyld_rebases = False
    config.parse_dyld_bindings = True
    read = 0
    for path in paths:
        try:
            read += told(lief.MachO.parse(path, config))
        except MemoryError:
            pass  # It gives up on some; what it did until then is in its time.
    print(read, len(paths))


def told(fat):
    if fat is None:
        return False
    for image in fat:
        [library.name for library in image.libraries]
        [symbol.name for symbol in image.imported_symbols]
        if image.has_code_signature:
            bytes(image.code_signature.content)
    return True


if __name__ == "__main__":
    main()
