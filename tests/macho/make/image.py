"""Mach-O images as octets: one that a linker made is taken apart and put together again; one that
no linker makes (PowerPC, a kernel extension, a command that only dyld knows) is written whole.

Numbers are those of <mach-o/loader.h>, <mach-o/fat.h> and <mach/machine.h>.
"""

import struct

SEGMENT, SYMTAB, UNIXTHREAD, DYSYMTAB, LOAD_DYLIB, ID_DYLIB, LOAD_DYLINKER = 0x1, 0x2, 0x5, 0xb, 0xc, 0xd, 0xe
SEGMENT_64, UUID, CODE_SIGNATURE, LAZY_LOAD_DYLIB, ENCRYPTION_INFO = 0x19, 0x1b, 0x1d, 0x20, 0x21
DYLD_INFO, DYLD_INFO_ONLY, VERSION_MIN_MACOSX, VERSION_MIN_IPHONEOS, DYLD_ENVIRONMENT = 0x22, 0x80000022, 0x24, 0x25, 0x27
ENCRYPTION_INFO_64, VERSION_MIN_TVOS, VERSION_MIN_WATCHOS, BUILD_VERSION = 0x2c, 0x2f, 0x30, 0x32
DYLD_CHAINED_FIXUPS, LAZY_LOAD_DYLIB_INFO = 0x80000034, 0x3a
LOAD_WEAK_DYLIB, RPATH, REEXPORT_DYLIB, LOAD_UPWARD_DYLIB = 0x80000018, 0x8000001c, 0x8000001f, 0x80000023

OBJECT, EXECUTE, DYLIB, BUNDLE, KEXT, FILESET = 1, 2, 6, 8, 11, 12
I386, X86_64, ARM64, ARM64_32, PPC, PPC64 = 7, 0x01000007, 0x0100000c, 0x0200000c, 18, 0x01000012

USE_MARKER = 0x1a741800  # Timestamp of struct dylib_use_command.


def number(text):
    """A version as xxxx.yy.zz in 16, 8 and 8 bits."""
    parts = [int(part) for part in text.split(".")] + [0, 0]
    return parts[0] << 16 | parts[1] << 8 | parts[2]


class Image:
    """Header, commands and what lies behind them, of one thin image."""

    def __init__(self, octets):
        self.octets = bytearray(octets)
        magic = bytes(octets[:4])
        self.is_64 = magic in (b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf")
        self.order = ">" if magic[0] == 0xfe else "<"
        self.header_len = 32 if self.is_64 else 28
        count, size = self.unpack("II", 16)
        self.commands, at = [], self.header_len
        for _ in range(count):
            command, length = self.unpack("II", at)
            self.commands.append((command, bytes(self.octets[at + 8:at + length])))
            at += length
        self.room_end = self.first_section()

    def unpack(self, form, at):
        return struct.unpack_from(self.order + form, self.octets, at)

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def first_section(self):
        """Where the first section lies: commands may grow up to there."""
        at, first = self.header_len, len(self.octets)
        for command, body in self.commands:
            if command == SEGMENT_64:
                for number_ in range(struct.unpack_from(self.order + "I", body, 56)[0]):
                    offset, = struct.unpack_from(self.order + "I", body, 64 + 80 * number_ + 48)
                    first = min(first, offset or first)
        return first

    def body(self, command):
        return next((body for kind, body in self.commands if kind == command), None)

    def uuid(self):
        return self.body(UUID)[:16].hex().upper()

    def replace(self, command, change):
        """Every command of that kind becomes (command, body) of `change(body)`."""
        self.commands = [change(body) if kind == command else (kind, body) for kind, body in self.commands]
        return self

    def drop(self, *kinds):
        self.commands = [entry for entry in self.commands if entry[0] not in kinds]
        return self

    def add(self, command, body):
        self.commands.append((command, body + bytes(-len(body) % 8)))
        return self

    def add_dylib(self, command, name, current="1.2.3", compatible="1.0", timestamp=2):
        return self.add(command, self.pack("IIII", 24, timestamp, number(current), number(compatible)) + text(name))

    def add_use(self, command, name, use):
        body = self.pack("IIIII", 28, USE_MARKER, number("1.2.3"), number("1.0"), use)
        return self.add(command, body + text(name))

    def add_text(self, command, value):
        return self.add(command, self.pack("I", 12) + text(value))

    def append(self, octets, align=16):
        """More octets at the end of __LINKEDIT; tells where they begin."""
        self.octets += bytes(-len(self.octets) % align)
        offset = len(self.octets)
        self.octets += octets
        self.grow_linkedit()
        return offset

    def grow_linkedit(self):
        def change(body):
            if body[:16].rstrip(b"\0") != b"__LINKEDIT":
                return SEGMENT_64, body
            address, _, offset, _ = struct.unpack_from(self.order + "QQQQ", body, 16)
            size = len(self.octets) - offset
            return SEGMENT_64, body[:16] + self.pack("QQQQ", address, size + -size % 4096, offset, size) + body[48:]
        self.replace(SEGMENT_64, change)

    def subtype(self, value):
        self.octets[8:12] = self.pack("I", value)
        return self

    def build(self):
        commands = b"".join(self.pack("II", kind, len(body) + 8) + body for kind, body in self.commands)
        end = self.header_len + len(commands)
        if end > self.room_end:
            raise ValueError(f"commands end at {end}, the first section lies at {self.room_end}")
        out = bytearray(self.octets)
        out[self.header_len:self.room_end] = commands + bytes(self.room_end - end)
        out[16:24] = self.pack("II", len(self.commands), len(commands))
        return bytes(out)


def text(value):
    return value.encode() + b"\0"


def written(cpu, subtype, file_type, commands=(), symbols=(), sections=(), big=False, flags=0):
    """A whole image without a linker.

    commands: (command, function of a packer that makes the body). symbols: undefined names, and
    (name, type, description, value) for others. sections: (segment, section, flags, octets).
    """
    is_64, order = bool(cpu & 0x01000000), ">" if big else "<"

    def pack(form, *values):
        return struct.pack(order + form, *values)

    header_len = 32 if is_64 else 28
    bodies = [(command, make(pack)) for command, make in commands]
    bodies = [(command, body + bytes(-len(body) % 8)) for command, body in bodies]
    segments = {}
    for segment, section, section_flags, octets in sections:
        segments.setdefault(segment, []).append((section, section_flags, octets))
    segment_len, section_len = (72, 80) if is_64 else (56, 68)
    size = sum(8 + len(body) for _, body in bodies)
    size += sum(segment_len + section_len * len(parts) for parts in segments.values())
    size += 24 + 80 if symbols else 0

    rest, base, made = b"", header_len + size, []
    for segment, parts in segments.items():
        start, listed = base + len(rest), b""
        for section, section_flags, octets in parts:
            offset = base + len(rest)
            rest += octets + bytes(-len(octets) % 8)
            names = section.encode().ljust(16, b"\0") + segment.encode().ljust(16, b"\0")
            listed += names + pack("QQ" if is_64 else "II", 0x1000 + offset, len(octets))
            listed += pack("IIIIIII", offset, 3, 0, 0, section_flags, 0, 0) + (pack("I", 0) if is_64 else b"")
        length = base + len(rest) - start
        made.append((SEGMENT_64 if is_64 else SEGMENT,
                     segment.encode().ljust(16, b"\0") +
                     pack("QQQQ" if is_64 else "IIII", 0x1000 + start, length, start, length) +
                     pack("IIII", 5, 5, len(parts), 0) + listed))
    if symbols:
        table, strings = b"", b"\0"
        entries = [entry if isinstance(entry, tuple) else (entry, 1, 0, 0) for entry in symbols]
        entries.sort(key=lambda entry: entry[1] & 0xe == 0)  # Undefined ones last, as dysymtab wants it.
        for name, kind, description, value in entries:
            table += pack("IBBH" + ("Q" if is_64 else "I"), len(strings), kind, 0, description, value)
            strings += text(name)
        defined = sum(entry[1] & 0xe != 0 for entry in entries)
        at = base + len(rest)
        made.append((SYMTAB, pack("IIII", at, len(entries), at + len(table), len(strings))))
        made.append((DYSYMTAB, pack("18I", 0, 0, 0, defined, defined, len(entries) - defined, *([0] * 12))))
        rest += table + strings
    out = b"".join(pack("II", command, len(body) + 8) + body for command, body in made + bodies)
    header = pack("IIIIIII", 0xfeedfacf if is_64 else 0xfeedface, cpu, subtype, file_type, len(made + bodies),
                  len(out), flags) + (pack("I", 0) if is_64 else b"")
    return header + out + rest


def dylib(command, name, current="1.2.3", compatible="1.0", timestamp=2):
    return command, lambda pack: pack("IIII", 24, timestamp, number(current), number(compatible)) + text(name)


def string(command, value):
    return command, lambda pack: pack("I", 12) + text(value)


def numbers(command, *values):
    return command, lambda pack: pack(f"{len(values)}I", *values)


def uuid(octets):
    return UUID, lambda pack: octets


def fat(images, is_64=False, hidden=0, align=4):
    """A universal file; the last `hidden` slices lie behind the count of its header."""
    entry_len, at, table, body = (32 if is_64 else 20), 8, b"", b""
    start = 8 + entry_len * len(images)
    for image in images:
        body += bytes(-(start + len(body)) % (1 << align))
        cpu, subtype = struct.unpack_from("<II" if image[0] != 0xfe else ">II", image, 4)
        table += struct.pack(">IIQQII" if is_64 else ">IIIII", cpu, subtype, start + len(body), len(image), align,
                             *([0] if is_64 else []))
        body += image
    return struct.pack(">II", 0xcafebabf if is_64 else 0xcafebabe, len(images) - hidden) + table + body
