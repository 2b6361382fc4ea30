"""Code signatures as octets: super blob, code directories, requirements, entitlements in both
forms, and a CMS signature of a throw-away authority. Layouts are those of <kern/cs_blobs.h>.
"""

import datetime
import hashlib
import plistlib
import struct
import subprocess

from image import CODE_SIGNATURE, Image

ADHOC, HARD, KILL, RESTRICT, LIBRARY_VALIDATION, RUNTIME, LINKER = 0x2, 0x100, 0x200, 0x800, 0x2000, 0x10000, 0x20000
FLAG_NAMES = {ADHOC: "adhoc", HARD: "hard", KILL: "kill", RESTRICT: "restrict", LIBRARY_VALIDATION: "require_lv",
              RUNTIME: "runtime", LINKER: "linker_signed"}
# Name as Pomona prints it: number, octets kept, function.
HASHES = {"sha1": (1, 20, "sha1"), "sha256": (2, 32, "sha256"), "sha256t": (3, 20, "sha256"), "sha384": (4, 48, "sha384")}
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning"
INFO, REQUIREMENTS, RESOURCES, ENTITLEMENTS, DER = 1, 2, 3, 5, 7
CMS_SLOT, TICKET_SLOT, CMS_ROOM, PAGE_BITS = 0x10000, 0x10002, 6144, 12


def names_of(flags):
    return [name for bit, name in sorted(FLAG_NAMES.items()) if flags & bit]


def digest(kind, octets):
    _, size, name = HASHES[kind]
    return hashlib.new(name, octets).digest()[:size]


def blob(magic, octets):
    return struct.pack(">II", magic, len(octets) + 8) + octets


def requirement(identifier):
    """designated => identifier "…" """
    name = identifier.encode()
    expression = struct.pack(">III", 1, 2, len(name)) + name + bytes(-len(name) % 4)
    return blob(0xfade0c01, struct.pack(">III", 1, 3, 20) + blob(0xfade0c00, expression))


def xml(entitlements):
    return blob(0xfade7171, plistlib.dumps(entitlements, sort_keys=True))


def der(entitlements):
    return blob(0xfade7172, tlv(0x70, tlv(0x02, b"\1") + der_value(entitlements)))


def der_value(value):
    if isinstance(value, bool):
        return tlv(0x01, b"\xff" if value else b"\0")
    if isinstance(value, int):
        return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, str):
        return tlv(0x0c, value.encode())
    if isinstance(value, list):
        return tlv(0x30, b"".join(map(der_value, value)))
    return tlv(0xb0, b"".join(tlv(0x30, der_value(key) + der_value(inner)) for key, inner in sorted(value.items())))


def tlv(tag, octets):
    length = len(octets)
    if length < 128:
        return bytes([tag, length]) + octets
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + octets


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = bytes([40 * first + second])
    for part in rest:
        groups = [part & 0x7f]
        while part := part >> 7:
            groups.append(part & 0x7f | 0x80)
        out += bytes(reversed(groups))
    return tlv(0x06, out)


class Signed:
    """An image with a signature, and what is known of it because it was made here."""

    def __init__(self, octets, directories, room):
        self.octets, self.directories, self.room = octets, directories, room


def sign(octets, identifier, kinds=("sha256",), flags=ADHOC, team=None, entitlements=None, der_entitlements=None,
         specials=None, extra=(), cms=None, requirements=True, exec_flags=1, break_slot=None, break_page=None):
    """Signs a thin image that is not signed.

    specials: hashes of things outside (slot: octets). extra: (slot, blob) more. cms: function from the
    octets of the code directories to those of the CMS. break_*: what is changed before hashing, so
    that the seal does not hold. Directories of one kind twice are allowed: a Mac refuses them.
    """
    image = Image(octets)
    blobs = dict(extra)
    if requirements:
        blobs[2] = requirement(identifier)
    if entitlements is not None:
        blobs[5] = xml(entitlements)
    if der_entitlements is not None:
        blobs[7] = der(der_entitlements)
    sealed = {slot: octets_ for slot, octets_ in blobs.items() if slot in (2, 5, 7)}
    sealed.update(specials or {})
    if break_slot is not None:
        sealed[break_slot] = sealed[break_slot] + b" "

    image.octets += bytes(-len(image.octets) % 16)
    limit = len(image.octets)
    draft = superblob(limit, bytes(limit), identifier, kinds, flags, team, exec_flags, sealed, blobs, cms)
    room = len(draft[0]) + -len(draft[0]) % 16
    image.add(CODE_SIGNATURE, struct.pack("<II", limit, room))
    image.append(bytes(room))
    image = Image(image.build())  # With the command and the grown segment in place, as they are hashed.
    covered = bytearray(image.octets[:limit])
    if break_page is not None:
        covered[(break_page << PAGE_BITS) + 0x18] ^= 1
    whole, directories = superblob(limit, bytes(covered), identifier, kinds, flags, team, exec_flags, sealed, blobs, cms)
    image.octets[limit:] = whole + bytes(room - len(whole))
    return Signed(bytes(image.octets), told(directories, kinds, flags, identifier, team), room)


def told(directories, kinds, flags, identifier, team):
    return [{"hash_type": kind, "cdhash": digest(kind, directory)[:20].hex(), "flags": names_of(flags),
             "identifier": identifier, "team_id": team} for kind, directory in zip(kinds, directories)]


def superblob(limit, covered, identifier, kinds, flags, team, exec_flags, sealed, blobs, cms):
    directories = [directory(kind, limit, covered, identifier, flags, team, exec_flags, sealed) for kind in kinds]
    parts = [(0 if number == 0 else 0x1000 + number - 1, octets) for number, octets in enumerate(directories)]
    parts += sorted(blobs.items())
    if cms is not None:
        made = cms(directories, kinds) if any(covered) else bytes(CMS_ROOM)
        parts.append((CMS_SLOT, blob(0xfade0b01, made)))
    parts.sort(key=lambda part: part[0])
    at, index = 12 + 8 * len(parts), b""
    for slot, octets in parts:
        index += struct.pack(">II", slot, at)
        at += len(octets)
    body = struct.pack(">I", len(parts)) + index + b"".join(octets for _, octets in parts)
    return blob(0xfade0cc0, body), directories


def directory(kind, limit, covered, identifier, flags, team, exec_flags, sealed, page_bits=PAGE_BITS):
    hash_type, hash_size, _ = HASHES[kind]
    version, header_len = (0x20500, 96) if flags & RUNTIME else (0x20400, 88)
    names = identifier.encode() + b"\0"
    team_at = header_len + len(names) if team else 0
    names += team.encode() + b"\0" if team else b""
    special_count = max(sealed, default=0)
    hashes = b"".join(digest(kind, sealed[slot]) if slot in sealed else bytes(hash_size)
                      for slot in range(special_count, 0, -1))
    hash_at = header_len + len(names) + len(hashes)
    page = 1 << page_bits
    pages = [digest(kind, covered[at:min(at + page, limit)]) for at in range(0, limit, page)]
    body = struct.pack(">IIIIIII", version, flags, hash_at, header_len, special_count, len(pages), limit)
    body += struct.pack(">BBBBIII", hash_size, hash_type, 0, page_bits, 0, 0, team_at)
    body += struct.pack(">IQQQQ", 0, 0, 0, page, exec_flags)
    if version >= 0x20500:
        body += struct.pack(">II", 0x0d0000, 0)  # Hardened as of macOS 13.
    return blob(0xfade0c02, body + names + hashes + b"".join(pages))


class Authority:
    """A root, an authority below it and leaves, made by openssl; private keys are gone afterwards."""

    def __init__(self, work):
        self.work = work
        self.certificate("root", "/C=XX/O=Pomona Tests/OU=Throw-away/CN=Pomona Test Root", None, AUTHORITY)
        self.certificate("middle", "/C=XX/O=Pomona Tests/OU=Throw-away/CN=Pomona Test Authority", "root", AUTHORITY)
        self.certificate("other", "/C=XX/O=Pomona Tests/OU=Throw-away/CN=Pomona Other Root", None, AUTHORITY)

    def openssl(self, *arguments, **more):
        return subprocess.run(["openssl", *arguments], cwd=self.work, check=True, capture_output=True, **more).stdout

    def certificate(self, name, subject, issuer, extensions):
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        self.openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        (self.work / f"{name}.ext").write_text(extensions + "\n")
        by = ["-signkey", f"{name}.key"]
        if issuer is not None:
            by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"]
        self.openssl("x509", "-req", "-in", f"{name}.csr", *by, "-days", "7300", "-sha256",
                     "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def leaf(self, team):
        name = f"leaf-{team}"
        if not (self.work / f"{name}.pem").exists():
            subject = f"/UID={team}/CN=Developer ID Application: Pomona Tests ({team})/OU={team}/O=Pomona Tests/C=XX"
            self.certificate(name, subject, "middle", LEAF)
        return name

    def names(self, team):
        """Subjects, leaf first, in the form that OpenSSL prints them by default."""
        return [self.openssl("x509", "-in", f"{name}.pem", "-noout", "-subject", "-nameopt", "oneline", text=True)
                .removeprefix("subject=").strip() for name in (self.leaf(team), "middle", "root")]

    def pem(self, name):
        return (self.work / f"{name}.pem").read_text()

    def cms(self, team, covers_alternates=True, over=None):
        """A function for sign(): a detached SignedData over the first code directory."""
        return lambda directories, kinds: self.signed_data(self.leaf(team), directories, kinds, covers_alternates, over)

    def signed_data(self, leaf, directories, kinds, covers_alternates, over):
        chain = [self.openssl("x509", "-in", f"{name}.pem", "-outform", "DER") for name in (leaf, "middle", "root")]
        sha256 = tlv(0x30, oid("2.16.840.1.101.3.4.2.1"))
        message = hashlib.sha256(over or directories[0]).digest()
        attributes = [
            attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")),
            attribute("1.2.840.113549.1.9.5", tlv(0x17, self.time())),
            attribute("1.2.840.113549.1.9.4", tlv(0x04, message)),
        ]
        if covers_alternates:
            hashes = [digest(kind, octets) for kind, octets in zip(kinds, directories)]
            listed = plistlib.dumps({"cdhashes": [value[:20] for value in hashes]})
            attributes.append(attribute("1.2.840.113635.100.9.1", tlv(0x04, listed)))
            oids = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}
            values = [tlv(0x30, oid(oids[kind]) + tlv(0x04, value)) for kind, value in zip(kinds, hashes) if kind in oids]
            attributes.append(attribute("1.2.840.113635.100.9.2", b"".join(sorted(values))))
        listed = b"".join(sorted(attributes))
        signature = self.openssl("dgst", "-sha256", "-sign", f"{leaf}.key", input=tlv(0x31, listed))
        signer = tlv(0x30, tlv(0x02, b"\1") + issuer_and_serial(chain[0]) + sha256 + tlv(0xa0, listed) +
                     tlv(0x30, oid("1.2.840.10045.4.3.2")) + tlv(0x04, signature))
        data = tlv(0x30, tlv(0x02, b"\1") + tlv(0x31, sha256) + tlv(0x30, oid("1.2.840.113549.1.7.1")) +
                   tlv(0xa0, b"".join(sorted(chain))) + tlv(0x31, signer))
        return tlv(0x30, oid("1.2.840.113549.1.7.2") + tlv(0xa0, data))

    def time(self):
        """An hour after the certificates were made: they are valid then, whatever the day is."""
        told = self.openssl("x509", "-in", "root.pem", "-noout", "-startdate", text=True).split("=", 1)[1].strip()
        made = datetime.datetime.strptime(told, "%b %d %H:%M:%S %Y %Z")
        return (made + datetime.timedelta(hours=1)).strftime("%y%m%d%H%M%SZ").encode()


def attribute(kind, values):
    return tlv(0x30, oid(kind) + tlv(0x31, values))


def issuer_and_serial(certificate):
    """The fields of an X.509 certificate that name it."""
    at, _ = inside(certificate, 0)
    at, _ = inside(certificate, at)
    if certificate[at] == 0xa0:
        at = behind(certificate, at)
    serial = certificate[at:behind(certificate, at)]
    at = behind(certificate, behind(certificate, at))
    return tlv(0x30, certificate[at:behind(certificate, at)] + serial)


def inside(octets, at):
    length = octets[at + 1]
    if length < 128:
        return at + 2, length
    size = length & 0x7f
    return at + 2 + size, int.from_bytes(octets[at + 2:at + 2 + size], "big")


def behind(octets, at):
    start, length = inside(octets, at)
    return start + length
