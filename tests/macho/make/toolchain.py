"""clang, ld64.lld and llvm-lipo, and the little of an SDK that a link needs.

The stubs are our own: each names a library by its install name, with the few symbols that the
programs of the sets ask it for. No header and no stub of Apple's is used.
"""

import pathlib
import re
import shutil
import subprocess
import sys

LLVM_MIN = 16  # The first ld64.lld that writes chained fixups for Macs by itself.

# Name as linked: install name, versions, symbols.
LIBRARIES = {
    "usr/lib/libSystem": ("/usr/lib/libSystem.B.dylib", "1336", "1", [
        "_close", "_dlopen", "_dlsym", "_free", "_mach_vm_allocate", "_mmap", "_mprotect", "_munmap", "_open",
        "_posix_spawn", "_printf", "_pthread_create", "_ptrace", "_puts", "_sys_icache_invalidate",
        "_task_for_pid", "_thread_create_running", "_vm_protect", "dyld_stub_binder", "__dyld_private_table"]),
    "usr/lib/libfar": ("/usr/lib/libfar.dylib", "3.2.1", "2", ["_far", "_far_table"]),
    "own/libown": ("@rpath/libown.dylib", "1", "1", ["_own"]),
    "own/libweak": ("@rpath/libweak.dylib", "1", "1", ["_weakly"]),
    "own/libmissing": ("/opt/pomona/lib/libmissing.dylib", "1", "1", ["_missing"]),
    "own/librelative": ("lib/librelative.dylib", "1", "1", ["_relative"]),
    "own/libshared": ("/Library/Pomona/libshared.dylib", "1", "1", ["_shared"]),
}
FRAMEWORKS = {
    "AppKit": ("C", ["_NSApplicationMain"]),
    "ApplicationServices": ("A", ["_AXIsProcessTrusted"]),
    "Cocoa": ("A", []),
    "CoreFoundation": ("A", ["_CFRelease"]),
    "CoreServices": ("A", ["_LSOpenCFURLRef"]),
    "Foundation": ("C", ["_NSLog"]),
}


def newest(name):
    """The newest NAME or NAME-N of the machine, with its number."""
    found = []
    for directory in map(pathlib.Path, ("/usr/bin", "/usr/local/bin", "/opt/homebrew/opt/llvm/bin",
                                        "/opt/homebrew/opt/lld/bin", "/usr/local/opt/llvm/bin")):
        for path in [directory / name, *directory.glob(f"{name}-[0-9]*")]:
            if path.exists():
                found.append((version(path), str(path)))
    if shutil.which(name):
        found.append((version(shutil.which(name)), shutil.which(name)))
    return max(found, default=(0, None))


def version(path):
    told = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    number = re.search(r"(?:version|LLD) (\d+)", told)
    return int(number.group(1)) if number and "Apple" not in told else 0


class Toolchain:
    def __init__(self, work):
        self.work = work
        self.tools, missing = {}, []
        for name in ("clang", "ld64.lld", "llvm-lipo"):
            number, path = newest(name)
            if number < LLVM_MIN:
                missing.append(f"{name} {LLVM_MIN} or newer" + (f" (there is {number})" if number else ""))
            self.tools[name] = path
        if shutil.which("openssl") is None:
            missing.append("openssl")
        if missing:
            sys.exit("images: missing: " + ", ".join(missing) + "; on Debian: clang, lld and llvm of one number")
        self.sdk = work / "sdk"
        write_sdk(self.sdk)

    def run(self, tool, *arguments):
        done = subprocess.run([self.tools[tool], *map(str, arguments)], cwd=self.work, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"images: {tool} {' '.join(map(str, arguments))}:\n{done.stderr}")

    def compile(self, source, target="x86_64-apple-macos11"):
        (self.work / "source.c").write_text(source)
        self.run("clang", "-target", target, "-O1", "-ffreestanding", "-fno-stack-protector", "-fno-builtin",
                 "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-w", "-c", "source.c", "-o", "source.o")
        return (self.work / "source.o").read_bytes()

    def link(self, source, *options, arch="x86_64", target=("macos", "11.0", "14.2"), signed=False, pad=0x600):
        """The image of one C source; what the options name is found in the SDK of stubs."""
        system = {"macos": "macos", "ios": "ios", "watchos": "watchos"}[target[0]]
        self.compile(source, f"{arch}-apple-{system}{target[1]}")
        self.run("ld64.lld", "-arch", arch, "-platform_version", *target, "-syslibroot", self.sdk,
                 f"-L{self.sdk}/own", "-lSystem", f"-headerpad", hex(pad), "-x",
                 "-adhoc_codesign" if signed else "-no_adhoc_codesign", *options, "source.o", "-o", "image")
        return (self.work / "image").read_bytes()

    def lipo(self, *images, fat64=False):
        names = []
        for number, image in enumerate(images):
            (self.work / f"slice{number}").write_bytes(image)
            names.append(f"slice{number}")
        self.run("llvm-lipo", "-create", *(["-fat64"] if fat64 else []), *names, "-output", "fat")
        return (self.work / "fat").read_bytes()


def write_sdk(sdk):
    for place, (install_name, current, compatible, symbols) in LIBRARIES.items():
        write_stub(sdk / f"{place}.tbd", install_name, current, compatible, symbols)
    for name, (letter, symbols) in FRAMEWORKS.items():
        write_stub(sdk / f"System/Library/Frameworks/{name}.framework/{name}.tbd",
                   f"/System/Library/Frameworks/{name}.framework/Versions/{letter}/{name}", "100", "1", symbols)


def write_stub(path, install_name, current, compatible, symbols):
    targets = "x86_64-macos, arm64-macos, arm64-ios, arm64_32-watchos"
    path.parent.mkdir(parents=True, exist_ok=True)
    exports = f"exports:\n  - targets: [ {targets} ]\n    symbols: [ {', '.join(symbols)} ]\n" if symbols else ""
    path.write_text(f"--- !tapi-tbd\ntbd-version: 4\ntargets: [ {targets} ]\ninstall-name: '{install_name}'\n"
                    f"current-version: {current}\ncompatibility-version: {compatible}\n{exports}...\n")
