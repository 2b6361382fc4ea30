"""What the sets are made with: the place of images and expectations, and the words of both."""

import json

SYSTEM = "/usr/lib/libSystem.B.dylib"
PLAIN = "int main(void) { return 0; }\n"


class Sets:
    """Writes images, and beside each what must be told of it."""

    def __init__(self, images, expectations, tools, authority):
        self.images, self.expectations, self.tools, self.authority = images, expectations, tools, authority
        self.names = set()

    def write(self, path, octets):
        target = self.images / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(octets)

    def add(self, name, octets, what, *slices, arguments=(), path=None, told_path=None, exit_code=0, fat=None, modes=None):
        """One image and its expectation. `slices` hold what is told of each, as far as it is known.

        modes: of paths below root/, which are looked at in a copy that has them.
        """
        path = path or name
        self.write(path, octets)
        self.expect(name, what, path, *[
            {"path": told_path or path, "size": len(octets), "slice": number, "slices": len(slices), "fat": fat,
             "hidden": False, "errors": [], **slice_} for number, slice_ in enumerate(slices)],
            arguments=arguments, exit_code=exit_code, modes=modes)

    def expect(self, name, what, path, *slices, arguments=(), exit_code=0, modes=None):
        if name in self.names:
            raise ValueError(f"{name} stands twice")
        self.names.add(name)
        self.expectations.mkdir(parents=True, exist_ok=True)
        record = {"what": what, "path": path, "arguments": list(arguments), "exit": exit_code, "slices": list(slices)}
        if modes:
            record["modes"] = modes
        (self.expectations / f"{name}.json").write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")


def link(name, kind="load", current="1.2.3", compatible="1.0"):
    return {"kind": kind, "name": name, "current_version": current, "compatibility_version": compatible}


def system():
    return link(SYSTEM, "load", "1336.0", "1.0")


def framework(name, letter, kind="load"):
    return link(f"/System/Library/Frameworks/{name}.framework/Versions/{letter}/{name}", kind, "100.0", "1.0")


def verdict(word, *because):
    return {"verdict": word, **({"because": {"$has": list(because)}} if because else {})}


def text(part):
    return {"$text": part}


def has(*items):
    return {"$has": list(items)}


def without(*items):
    """None of these."""
    return {"$without": list(items)}
