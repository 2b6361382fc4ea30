"""Files below 1 MB that are made to cost time or memory: many things that each say they are large,
parts that are counted again and again, text inside text. tools/check_malformed.py reads them; none
is kept in the tree.
"""

import plistlib
import struct

import image as m
import signing

ROOM = 1000000  # Octets of a file, about.


def make(directory):
    """Writes each file; tells their paths."""
    paths = []
    for name, octets in files():
        path = directory / name
        path.write_bytes(octets)
        paths.append(path)
    return paths


def files():
    yield from tables()
    yield from commands()
    yield from signatures()
    yield from slices()


def tail(commands_, rest, file_type=m.EXECUTE):
    """An image whose commands point into what lies behind them; `commands_` is told where that is."""
    def build(offset):
        return m.written(m.X86_64, 3, file_type, [m.string(m.LOAD_DYLINKER, "/usr/lib/dyld"), *commands_(offset)])
    return build(len(build(0))) + rest


def tables():
    # Each symbol names another suffix of one long string: all names together are of quadratic length.
    count = ROOM // 32
    strings = b"\0" + b"a" * (ROOM - 16 * count) + b"\0"
    symbols = b"".join(struct.pack("<IBBHQ", 1 + number, 1, 0, 0x100, 0) for number in range(count))
    yield "symbols_suffixes", tail(lambda at: [
        m.numbers(m.SYMTAB, at, count, at + len(symbols), len(strings)),
        m.numbers(m.DYSYMTAB, 0, 0, 0, 0, 0, count, *([0] * 12))], symbols + strings)
    same = b"".join(struct.pack("<IBBHQ", 1, 1, 0, 0x100, 0) for _ in range(count))
    yield "symbols_same", tail(lambda at: [m.numbers(m.SYMTAB, at, count, at + len(same), len(strings))], same + strings)
    yield "symbols_beyond", tail(lambda at: [m.numbers(m.SYMTAB, at, 0xffffffff, 0, 0xffffffff)], bytes(64))

    for form, size in ((1, 4), (2, 8), (3, 16)):
        count = ROOM // (2 * size)
        text = b"\0" + b"b" * (ROOM // 2) + b"\0"
        pack = {1: lambda at: struct.pack("<I", 1 | at << 9), 2: lambda at: struct.pack("<Ii", 1 | at << 9, 0),
                3: lambda at: struct.pack("<QQ", 1 | at << 32, 0)}[form]
        imports = b"".join(pack(1 + number) for number in range(count))
        head = struct.pack("<IIIIIII", 0, 28, 28, 28 + len(imports), count, form, 0)
        blob = head + imports + text
        yield f"chained_{form}_suffixes", tail(lambda at, n=len(blob): [m.numbers(m.DYLD_CHAINED_FIXUPS, at, n)], blob)
    head = struct.pack("<IIIIIII", 0, 28, 28, 28, 0xffffffff, 3, 0)
    yield "chained_count", tail(lambda at: [m.numbers(m.DYLD_CHAINED_FIXUPS, at, len(head))], head)

    # Opcodes of <mach-o/loader.h>: set a name, bind it 2^63 times, bind, bind, …
    many = b"\x11\x40_name\0\x72\0\xc0" + b"\xff" * 9 + b"\x01\x00"
    yield "binds_many_times", bound(many * (ROOM // len(many)))
    yield "binds_again", bound(b"\x11\x40_name\0\x72\0" + b"\x90" * ROOM)
    yield "binds_names", bound(b"\x11\x72\0" + b"".join(b"\x40n%d\0\x90" % number for number in range(ROOM // 10)))
    yield "binds_long_name", bound(b"\x11\x40" + b"c" * ROOM + b"\0\x90")
    yield "binds_endless_number", bound(b"\x20" + b"\x80" * ROOM)
    yield "binds_threaded", bound(b"\xd0\xff\xff\xff\xff\x0f" + b"\xd1" * ROOM)


def bound(opcodes):
    return tail(lambda at: [m.numbers(m.DYLD_INFO_ONLY, 0, 0, at, len(opcodes), at, len(opcodes), at, len(opcodes), 0, 0)],
                opcodes)


def commands():
    count = 16384
    yield "rpaths", m.written(m.X86_64, 3, m.EXECUTE, [m.string(m.RPATH, "@loader_path/%d" % number) for number in range(count)])
    yield "links", m.written(m.X86_64, 3, m.EXECUTE, [
        m.dylib(m.LOAD_DYLIB, "@rpath/l%d" % number) for number in range(count)])
    # Frameworks again and again under names that differ: each is looked up among those before it.
    yield "frameworks", m.written(m.X86_64, 3, m.EXECUTE, [
        m.dylib(m.LOAD_DYLIB, "/System/Library/Frameworks/F%d.framework/F%d" % (number, number)) for number in range(9000)])
    both = [m.string(m.RPATH, "/%d" % number) for number in range(8000)]
    yield "searches", m.written(m.X86_64, 3, m.EXECUTE, both + [
        m.dylib(m.LOAD_DYLIB, "@rpath/%d" % number) for number in range(8000)])
    lazy = struct.pack("<I", 28) + bytes(24) + b"/" * 4096 + b"\0"
    yield "lazy_again", tail(lambda at: [m.numbers(m.LAZY_LOAD_DYLIB_INFO, at, len(lazy))] * count, lazy)
    yield "tables_again", tail(lambda at: [m.numbers(m.SYMTAB, at, 20000, at, 400000)] * 4000, b"\1" * 400000)
    yield "fixups_again", tail(lambda at: [m.numbers(m.DYLD_CHAINED_FIXUPS, at, 400000)] * 4000, bytes(400000))
    yield "environment", m.written(m.X86_64, 3, m.EXECUTE, [
        m.string(m.DYLD_ENVIRONMENT, "DYLD_LIBRARY_PATH=/%d" % number) for number in range(count)])
    part = b"/System/Library/Frameworks/CoreService.framework/CoreService\0.framework/"
    yield "strings", m.written(m.X86_64, 3, m.EXECUTE, [m.string(m.LOAD_DYLINKER, "/usr/lib/dyld")], ["_dlopen"],
                               [("__TEXT", "__cstring", 2, part * (ROOM // len(part)))])
    # Many sections that all are the same octets.
    text = bytearray(m.written(m.X86_64, 3, m.EXECUTE, [], ["_dlopen"], [
        ("__TEXT", "__s%d" % number, 2, b"") for number in range(5000)]))
    for number in range(5000):
        struct.pack_into("<QI", text, 32 + 72 + 80 * number + 40, 500000, 32)
    yield "sections_same", bytes(text) + b"x" * 500000


def signatures():
    plain = m.written(m.X86_64, 3, m.EXECUTE, [m.string(m.LOAD_DYLINKER, "/usr/lib/dyld")])
    whole = signing.sign(with_linkedit(plain), "org.pomona.hostile", ("sha1", "sha256", "sha256t", "sha384")).octets
    yield "signed", whole
    # 64 blobs that all are the whole signature.
    body = struct.pack(">I", 64) + b"".join(struct.pack(">II", 0x100 + number, 532) for number in range(64))
    yield "blobs_same", signature(signing.blob(0xfade0cc0, body + signing.blob(0xfade7171, b"<" * (ROOM - 600))))
    for name, kinds in (("directories_same", (0, 0x1000, 0x1001, 0x1002, 0x1003, 0x1004)),):
        directory = signing.directory("sha256", 0, b"", "org.pomona", 2, None, 1, {})
        directory = directory[:4] + struct.pack(">I", ROOM) + directory[8:] + bytes(ROOM - len(directory))
        start = 12 + 8 * len(kinds)
        body = struct.pack(">I", len(kinds)) + b"".join(struct.pack(">II", slot, start) for slot in kinds)
        yield name, signature(signing.blob(0xfade0cc0, body + directory))
    # Pages of one octet, each with its hash.
    count = ROOM // 34
    directory = bytearray(signing.directory("sha256", count, bytes(count), "org.pomona", 2, None, 1, {}))
    directory[39] = 1
    struct.pack_into(">I", directory, 28, 2 * count)
    struct.pack_into(">I", directory, 32, count)
    directory += bytes(32 * count)
    struct.pack_into(">I", directory, 4, len(directory))
    yield "pages_of_two", signature(superblob([(0, bytes(directory))]))
    signed = signing.directory("sha256", 64, bytes(64), "org.pomona", 2, None, 1, {})
    for name, xml in entitlements():
        yield f"entitlements_{name}", signature(superblob([(0, signed), (5, signing.blob(0xfade7171, xml))]))
    for name, der in der_entitlements():
        yield f"der_{name}", signature(superblob([(0, signed), (7, signing.blob(0xfade7172, der))]))
    for name, cms in certificates():
        yield f"cms_{name}", signature(superblob([(0, signed), (0x10000, signing.blob(0xfade0b01, cms))]))


def entitlements():
    start, end = b'<?xml version="1.0"?><plist version="1.0">', b"</plist>"
    yield "deep", start + b"<dict><key>a</key>" * 20000 + end
    yield "deep_lists", start + b"<array>" * 60000 + end
    yield "many", plistlib.dumps({f"k{number}": True for number in range(1200)})
    yield "very_many", start + b"<dict>" + b"<key>k</key><true/>" * 40000 + b"</dict>" + end
    laughs = b'<!DOCTYPE plist [<!ENTITY a "' + b"x" * 1000 + b'">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + number, b"&%c;" % (97 + number) * 20) for number in range(8)) + b"]>"
    yield "entities", laughs + b'<plist version="1.0"><dict><key>k</key><string>&i;</string></dict></plist>'
    yield "escapes", start + b"<dict><key>" + b"&amp;" * 12000 + b"</key><true/></dict>" + end
    yield "same_key", start + b"<dict>" + b"<key>a</key><string>b</string>" * 2000 + b"</dict>" + end


def der_entitlements():
    deep = b""
    for _ in range(3000):
        deep = signing.tlv(0x30, deep)
    yield "deep", signing.tlv(0x70, signing.tlv(2, b"\1") + signing.tlv(0xb0, signing.tlv(0x30, signing.tlv(0xc, b"a") + deep)))
    many = b"".join(signing.tlv(0x30, signing.tlv(0xc, b"k%d" % number) + signing.tlv(1, b"\xff")) for number in range(40000))
    yield "many", signing.tlv(0x70, signing.tlv(2, b"\1") + signing.tlv(0xb0, many))
    yield "lengths", b"\x70\x88" + b"\xff" * 8 + bytes(1000)
    yield "numbers", signing.tlv(0x70, signing.tlv(2, b"\xff" * 50000))


def certificates():
    """A SignedData with what makes a verifier work: a huge modulus, many certificates, deep nesting."""
    yield "many", signed_data(certificate(number_=65537) * 700)
    yield "huge_modulus", signed_data(certificate(number_=(1 << 3000000 // 8) | 1))
    yield "same_names", signed_data(b"".join(certificate(number_=65537, serial=number) for number in range(700)))
    deep = b""
    for _ in range(3000):
        deep = signing.tlv(0x30, deep)
    yield "deep", deep
    yield "indefinite", b"\x30\x80" * 20000


def certificate(number_, serial=1):
    name = signing.tlv(0x30, signing.tlv(0x31, signing.tlv(0x30, signing.oid("2.5.4.3") + signing.tlv(0x0c, b"Same name"))))
    algorithm = signing.tlv(0x30, signing.oid("1.2.840.113549.1.1.11") + signing.tlv(5, b""))
    modulus = number_.to_bytes(number_.bit_length() // 8 + 1, "big")
    key = signing.tlv(0x30, signing.tlv(2, modulus) + signing.tlv(2, modulus))
    info = signing.tlv(0x30, signing.tlv(0x30, signing.oid("1.2.840.113549.1.1.1") + signing.tlv(5, b"")) +
                       signing.tlv(3, b"\0" + key))
    validity = signing.tlv(0x30, signing.tlv(0x17, b"200101000000Z") + signing.tlv(0x17, b"400101000000Z"))
    body = signing.tlv(0x30, signing.tlv(0xa0, signing.tlv(2, b"\2")) + signing.tlv(2, serial.to_bytes(4, "big")) +
                       algorithm + name + validity + name + info)
    return signing.tlv(0x30, body + algorithm + signing.tlv(3, b"\0" + b"\1" * 256))


def signed_data(certificates_):
    sha256 = signing.tlv(0x30, signing.oid("2.16.840.1.101.3.4.2.1"))
    first = certificates_[:signing.behind(certificates_, 0)]
    signer = signing.tlv(0x30, signing.tlv(2, b"\1") + signing.issuer_and_serial(first) + sha256 +
                         signing.tlv(0x30, signing.oid("1.2.840.113549.1.1.1") + signing.tlv(5, b"")) +
                         signing.tlv(4, b"\1" * 256))
    data = signing.tlv(0x30, signing.tlv(2, b"\1") + signing.tlv(0x31, sha256) +
                       signing.tlv(0x30, signing.oid("1.2.840.113549.1.7.1")) + signing.tlv(0xa0, certificates_) +
                       signing.tlv(0x31, signer))
    return signing.tlv(0x30, signing.oid("1.2.840.113549.1.7.2") + signing.tlv(0xa0, data))


def with_linkedit(octets):
    """A __LINKEDIT of nothing, so that a signature has a segment to lie in."""
    image = m.Image(octets)
    body = b"__LINKEDIT".ljust(16, b"\0") + struct.pack("<QQQQIIII", 0x1000, 0x1000, len(octets), 0, 1, 1, 0, 0)
    image.octets = bytearray(octets[:32] + bytes(512) + octets[32:])
    image.commands.append((m.SEGMENT_64, body))
    image.room_end = len(image.octets)
    return image.build()


def superblob(parts):
    at, index = 12 + 8 * len(parts), b""
    for slot, octets in parts:
        index += struct.pack(">II", slot, at)
        at += len(octets)
    return signing.blob(0xfade0cc0, struct.pack(">I", len(parts)) + index + b"".join(octets for _, octets in parts))


def signature(octets):
    return tail(lambda at: [m.numbers(m.CODE_SIGNATURE, at, len(octets))], octets)


def slices():
    """Every slice is the same part of the file, which has as many commands as fit."""
    one = m.written(m.X86_64, 3, m.EXECUTE, [m.dylib(m.LOAD_DYLIB, "@rpath/l%d" % number) for number in range(16000)])
    for is_64 in (False, True):
        entry = 32 if is_64 else 20
        start = -(-(8 + 64 * entry) // 16) * 16
        table = b"".join(struct.pack(">IIQQII" if is_64 else ">IIIII", m.X86_64, 3, start, len(one), 4, *([0] if is_64 else []))
                         for _ in range(64))
        head = struct.pack(">II", 0xcafebabf if is_64 else 0xcafebabe, 64) + table
        yield f"slices_same_{64 if is_64 else 32}", head.ljust(start, b"\0") + one
    plain = m.written(m.X86_64, 3, m.EXECUTE, [])
    signed = signature(signing.blob(0xfade0cc0, bytes(ROOM - 1000)))
    start = 1312
    for name, octets in (("slices_nothing", plain), ("slices_signed", signed)):
        table = b"".join(struct.pack(">IIIII", m.X86_64, 3, start, len(octets), 4) for _ in range(64))
        yield name, (struct.pack(">II", 0xcafebabe, 64) + table).ljust(start, b"\0") + octets
