"""Images for the three places in which imports stand, each alone and together."""

import struct

import image as m
from image import Image

NAMES = """
extern void *dlopen(const char *, int);
extern int mprotect(void *, unsigned long, int);
extern int munmap(void *, unsigned long);
extern int printf(const char *, ...);
"""
MAIN = 'int main(void) { printf("x"); munmap(0, 0); return dlopen("y", 1) != 0 && mprotect(0, 0, 0); }\n'
# From `far`: an addend of 8 bits fits into the pointer, one of 32 into an import of format 2.
TABLE = NAMES + "extern char far_table[];\nchar *pointer = far_table{};\n" + MAIN
STUB = "dyld_stub_binder"  # lld leaves it in the symbol table of every program, whatever its fixups are.
CALLED = ["_dlopen", "_mprotect", "_munmap", "_printf"]
WATCHED = ["_dlopen", "_mprotect"]


def make(sets):
    for number, addend in ((1, ""), (2, " + 300"), (3, " + (1L << 33)")):
        octets = sets.tools.link(TABLE.replace("{}", addend), "-lfar", "-fixup_chains")
        fixups = Image(octets).body(m.DYLD_CHAINED_FIXUPS)
        offset, = struct.unpack_from("<I", fixups)
        made, = struct.unpack_from("<I", octets, offset + 20)
        if made != number:
            raise ValueError(f"the linker wrote imports of format {made}, not {number}")
        tell(sets, f"imports_chained_{number}", octets, [*CALLED, "_far_table", STUB],
             f"chained imports of format {number}")
        tell(sets, f"imports_chained_{number}_bare", without_symbols(octets), [*CALLED, "_far_table"],
             f"chained imports of format {number} alone: the symbol table is empty")
    octets = sets.tools.link(TABLE.replace("{}", ""), "-lfar", "-no_fixup_chains")
    names = [*CALLED, "_far_table", STUB]
    tell(sets, "imports_bound", octets, names, "opcodes: bound at once, and bound late")
    tell(sets, "imports_bound_bare", without_symbols(octets), names, "opcodes alone: the symbol table is empty")
    octets = Image(without_symbols(octets)).replace(m.DYLD_INFO_ONLY, lambda body: (m.DYLD_INFO, body)).build()
    tell(sets, "imports_bound_info", octets, names, "LC_DYLD_INFO, which old systems may pass over")
    octets = sets.tools.link(TABLE.replace("{}", ""), "-lfar", target=("macos", "10.9", "10.14"))
    tell(sets, "imports_bound_old", octets, names, "what a linker writes for an old system")
    weak = ("extern int weakly(void) __attribute__((weak_import));\n"
            "int main(void) { return weakly ? weakly() : 0; }\n")
    octets = sets.tools.link(weak, "-weak-lweak")
    tell(sets, "imports_weak", octets, ["_weakly", STUB], "a name that may be missing", watched=[])
    reach = "".join(f"extern int {name}();\n" for name in
                    ("task_for_pid", "mach_vm_allocate", "thread_create_running", "ptrace", "posix_spawn", "pthread_create"))
    calls = reach + ("int main(void) { return task_for_pid() + mach_vm_allocate() + thread_create_running() + ptrace() + "
                     "posix_spawn() + pthread_create(); }\n")
    names = ["_mach_vm_allocate", "_posix_spawn", "_pthread_create", "_ptrace", "_task_for_pid", "_thread_create_running"]
    tell(sets, "imports_reaching", sets.tools.link(calls, "-fixup_chains"), [*names, STUB], "what reaches into others",
         watched=names)
    table_only(sets)


def tell(sets, name, octets, names, what, watched=WATCHED):
    sets.add(name, octets, what, {
        "arch": "x86_64", "imports": {"count": len(names), "watched": sorted(watched), "all": sorted(names)}},
        arguments=["--imports"])


def without_symbols(octets):
    """The same with a symbol table of no symbols, as strip(1) may leave it."""
    def empty(body):
        return m.SYMTAB, struct.pack("<I", struct.unpack_from("<I", body)[0]) + bytes(4) + body[8:]
    image = Image(octets).replace(m.SYMTAB, empty)
    return image.replace(m.DYSYMTAB, lambda body: (m.DYSYMTAB, bytes(len(body)))).build()


def table_only(sets):
    """Kinds of symbols beside those that are asked for: a local one, a debugging entry, a common one."""
    symbols = ["_mmap", "_exit", ("_own", 0xf, 0, 0x1000), ("_local", 0xe, 0, 0x1000), ("source.c", 0x64, 0, 0),
               ("_common", 1, 0, 64)]
    octets = m.written(m.X86_64, 3, m.OBJECT, [], symbols, [("__TEXT", "__text", 0x80000400, bytes(16))])
    sets.add("imports_symbols", octets, "a symbol table alone: a common symbol is no import, nor is an entry for a debugger",
             {"imports": {"count": 2, "watched": ["_mmap"], "all": ["_exit", "_mmap"]}}, arguments=["--imports"])
