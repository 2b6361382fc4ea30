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


# Lengths of names: of each there are as many as fill half a file, and each of their suffixes is a
# name too, so that all together they are far longer than the file.
LENGTHS = 100, 4000, 32000, ROOM // 2


def tables():
    count = ROOM // 32
    for length in LENGTHS:
        strings = b"\0" + ((b"a" * length + b"\0") * (ROOM // 2 // length))
        symbols = b"".join(struct.pack("<IBBHQ", 1 + number, 1, 0, 0x100, 0) for number in range(count))
        yield f"symbols_of_{length}", tail(lambda at, n=len(symbols), k=len(strings): [
            m.numbers(m.SYMTAB, at, count, at + n, k),
            m.numbers(m.DYSYMTAB, 0, 0, 0, 0, 0, count, *([0] * 12))], symbols + strings)
    strings = b"\0" + b"a" * 32000 + b"\0"
    same = b"".join(struct.pack("<IBBHQ", 1, 1, 0, 0x100, 0) for _ in range(count))
    yield "symbols_same", tail(lambda at: [m.numbers(m.SYMTAB, at, count, at + len(same), len(strings))], same + strings)
    yield "symbols_beyond", tail(lambda at: [m.numbers(m.SYMTAB, at, 0xffffffff, 0, 0xffffffff)], bytes(64))

    packs = {1: lambda at: struct.pack("<I", 1 | at << 9), 2: lambda at: struct.pack("<Ii", 1 | at << 9, 0),
             3: lambda at: struct.pack("<QQ", 1 | at << 32, 0)}
    for (form, pack), length in ((form, length) for form in packs.items() for length in LENGTHS):
        imports = b"".join(map(pack, range(1, ROOM // (2 * len(pack(0))))))
        head = struct.pack("<IIIIIII", 0, 28, 28, 28 + len(imports), len(imports) // len(pack(0)), form, 0)
        blob = head + imports + b"\0" + (b"b" * length + b"\0") * (ROOM // 2 // length)
        yield f"chained_{form}_of_{length}", tail(lambda at, n=len(blob): [m.numbers(m.DYLD_CHAINED_FIXUPS, at, n)], blob)
    head = struct.pack("<IIIIIII", 0, 28, 28, 28, 0xffffffff, 3, 0)
    yield "chained_count", tail(lambda at: [m.numbers(m.DYLD_CHAINED_FIXUPS, at, len(head))], head)

    # Opcodes of <mach-o/loader.h>: set a name, bind it 2^63 times, bind, bind, …
    many = b"\x11\x40_name\0\x72\0\xc0" + b"\xff" * 9 + b"\x01\x00"
    yield "binds_many_times", bound(many * (ROOM // len(many)))
    yield "binds_again", bound(b"\x11\x40_name\0\x72\0" + b"\x90" * ROOM)
    yield "binds_names", bound(b"\x11\x72\0" + b"".join(b"\x40n%d\0\x90" % number for number in range(ROOM // 10)))
    long_names = (b"\x40" + b"c" * 3000 + b"%d\0\x90" % number for number in range(300))
    yield "binds_long_names", bound(b"\x11\x72\0" + b"".join(long_names))
    yield "binds_too_long_name", bound(b"\x11\x40" + b"c" * ROOM + b"\0\x90")
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
    # 64 blobs that all are the whole rest of the signature, and as many code directories as there may be.
    start = 12 + 8 * 64
    index = b"".join(struct.pack(">II", 0x100 + number, start) for number in range(64))
    yield "blobs_same", signature(lambda covered: signing.blob(
        0xfade0cc0, struct.pack(">I", 64) + index + signing.blob(0xfade7171, b"<" * (ROOM - 600))))
    slots = 0, 0x1000, 0x1001, 0x1002, 0x1003, 0x1004

    def many_directories(covered):
        parts = [signing.directory(kind, len(covered), covered, "org.pomona", 2, None, 1, {})
                 for kind in ("sha1", "sha256t", "sha256", "sha384")]
        return superblob([(slot, part[:4] + struct.pack(">I", ROOM // 5) + part[8:] + bytes(ROOM // 5 - len(part)))
                          for slot, part in zip(slots, parts)])
    yield "directories_large", signature(many_directories)
    # Pages of one octet and of two, each with its hash.
    for bits in (0, 1):
        yield f"pages_of_{1 << bits}", signature(lambda covered, bits=bits: superblob([
            (0, signing.directory("sha1", len(covered), covered, "org.pomona", 2, None, 1, {}, bits))]), bytes(40000))
    for name, xml in entitlements():
        yield f"entitlements_{name}", signed_with(5, signing.blob(0xfade7171, xml))
    for name, der in der_entitlements():
        yield f"der_{name}", signed_with(7, signing.blob(0xfade7172, der))
    for name, cms in certificates():
        yield f"cms_{name}", signed_with(0x10000, signing.blob(0xfade0b01, cms))


def signed_with(slot, part):
    sealed = {slot: part} if slot < 16 else {}
    return signature(lambda covered: superblob([
        (0, signing.directory("sha256", len(covered), covered, "org.pomona", 2, None, 1, sealed)), (slot, part)]))


def entitlements():
    start, end = b'<?xml version="1.0"?><plist version="1.0">', b"</plist>"
    for count in (100, 2000):
        yield f"deep_{count}", start + b"<dict><key>a</key>" * count + b"<true/>" + b"</dict>" * count + end
        yield f"lists_{count}", start + b"<dict><key>a</key>" + b"<array>" * count + b"</array>" * count + b"</dict>" + end
    yield "open", start + b"<dict><key>a</key>" * 3000
    yield "many", plistlib.dumps({f"k{number}": True for number in range(2000)})
    yield "same_key", start + b"<dict>" + b"<key>k</key><true/>" * 3000 + b"</dict>" + end
    yield "too_long", start + b"<dict>" + b"<key>k</key><true/>" * 40000 + b"</dict>" + end
    laughs = b'<!DOCTYPE plist [<!ENTITY a "' + b"x" * 1000 + b'">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + number, b"&%c;" % (97 + number) * 20) for number in range(8)) + b"]>"
    yield "entities", laughs + b'<plist version="1.0"><dict><key>k</key><string>&i;</string></dict></plist>'
    for count in (1000, 12000):
        yield f"escapes_{count}", start + b"<dict><key>" + b"&amp;" * count + b"</key><true/></dict>" + end


def der_entitlements():
    for count in (30, 3000):
        yield f"deep_{count}", der_of(signing.tlv(0x30, signing.tlv(0xc, b"a") + nested(count)))
    for count in (3000, 40000):
        yield f"many_{count}", der_of(b"".join(
            signing.tlv(0x30, signing.tlv(0xc, b"k%d" % number) + signing.tlv(1, b"\xff")) for number in range(count)))
    yield "lengths", b"\x70\x88" + b"\xff" * 8 + bytes(1000)
    yield "number", der_of(signing.tlv(0x30, signing.tlv(0xc, b"a") + signing.tlv(2, b"\x7f" * 50000)))


def der_of(entries):
    return signing.tlv(0x70, signing.tlv(2, b"\1") + signing.tlv(0xb0, entries))


def nested(count):
    inner = b""
    for _ in range(count):
        inner = signing.tlv(0x30, inner)
    return inner


def certificates():
    """A SignedData with what makes a verifier work: a huge modulus, many certificates, deep nesting."""
    yield "sixteen", signed_data(b"".join(certificate(1 << 2047 | 1, serial=number) for number in range(16)))
    yield "same_names", signed_data(b"".join(certificate(65537, serial=number) for number in range(150)))
    yield "too_many", signed_data(certificate(65537) * 700)
    for size in (2048, 8192, 160000):
        yield f"modulus_{size}", signed_data(certificate(1 << size - 1 | 1))
        yield f"exponent_{size}", signed_data(certificate(1 << size - 1 | 3, exponent=1 << size - 1 | 1))
    yield "deep", nested(3000)
    yield "indefinite", b"\x30\x80" * 20000


def certificate(number, serial=1, exponent=65537):
    name = signing.tlv(0x30, signing.tlv(0x31, signing.tlv(0x30, signing.oid("2.5.4.3") + signing.tlv(0x0c, b"Same name"))))
    algorithm = signing.tlv(0x30, signing.oid("1.2.840.113549.1.1.11") + signing.tlv(5, b""))
    key = signing.tlv(0x30, signing.tlv(2, octets_of(number)) + signing.tlv(2, octets_of(exponent)))
    info = signing.tlv(0x30, signing.tlv(0x30, signing.oid("1.2.840.113549.1.1.1") + signing.tlv(5, b"")) +
                       signing.tlv(3, b"\0" + key))
    validity = signing.tlv(0x30, signing.tlv(0x17, b"200101000000Z") + signing.tlv(0x17, b"400101000000Z"))
    body = signing.tlv(0x30, signing.tlv(0xa0, signing.tlv(2, b"\2")) + signing.tlv(2, octets_of(serial + 1)) +
                       algorithm + name + validity + name + info)
    return signing.tlv(0x30, body + algorithm + signing.tlv(3, b"\0" + b"\1" * 256))


def octets_of(number):
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


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


def signature(make_signature, rest=b""):
    """An image whose signature `make_signature` makes of what lies before it."""
    def before(at, size):
        return m.written(m.X86_64, 3, m.EXECUTE, [m.string(m.LOAD_DYLINKER, "/usr/lib/dyld"),
                                                  m.numbers(m.CODE_SIGNATURE, at, size)]) + rest
    at = len(before(0, 0))
    covered = before(at, len(make_signature(bytes(at))))
    return covered + make_signature(covered)


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
    signed = signature(lambda covered: signing.blob(0xfade0cc0, bytes(ROOM - 1000)))
    start = 1312
    for name, octets in (("slices_nothing", plain), ("slices_signed", signed)):
        table = b"".join(struct.pack(">IIIII", m.X86_64, 3, start, len(octets), 4) for _ in range(64))
        yield name, (struct.pack(">II", 0xcafebabe, 64) + table).ljust(start, b"\0") + octets
