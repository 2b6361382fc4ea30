"""Images for the code signature, and for what it lets others do to the process."""

import plistlib

from sets import PLAIN, has, text
from signing import (ADHOC, DER, ENTITLEMENTS, HARD, INFO, KILL, LIBRARY_VALIDATION, REQUIREMENTS, RESTRICT, RUNTIME,
                     TICKET_SLOT, blob, sign)

TEAM, FORGED = "POMONATEST", "FORGEDTEAM"
DEBUGGABLE = "com.apple.security.get-task-allow"
OPENING = {
    "allow_jit": "com.apple.security.cs.allow-jit",
    "unsigned_memory": "com.apple.security.cs.allow-unsigned-executable-memory",
    "page_protection": "com.apple.security.cs.disable-executable-page-protection",
    "library_validation": "com.apple.security.cs.disable-library-validation",
    "dyld_environment": "com.apple.security.cs.allow-dyld-environment-variables",
    "get_task_allow": DEBUGGABLE,
    "debugger": "com.apple.security.cs.debugger",
}


def make(sets):
    plain = sets.tools.link(PLAIN)
    directories(sets, plain)
    entitlements(sets, plain)
    seals(sets, plain)
    info_section(sets)
    hardened(sets, plain)


def make_certified(sets):
    """What is signed with certificates is new each time, since the keys are."""
    plain = sets.tools.link(PLAIN)
    authority = sets.authority
    names = authority.names(TEAM)
    for name in ("root", "other"):
        sets.write(f"anchors/{name}.pem", authority.pem(name).encode())

    signed = sign(plain, "org.pomona.signed", flags=RUNTIME, team=TEAM, cms=authority.cms(TEAM))
    tell(sets, "signed", signed, "signed with a certificate: without roots a claim", "signed", team=TEAM,
         signature={"signers": names, "chain": "claimed"}, injection="closed")
    verified = {"signers": names, "chain": "verified", "chain_why": None}
    refused = {"signers": names, "chain": "claimed", "chain_why": text("")}
    tell(sets, "signed_verified", signed, "the root is given", "signed", team=TEAM, signature=verified,
         path="signed", arguments=["--anchors", "IMAGES/anchors/root.pem"])
    tell(sets, "signed_other_root", signed, "another root is given", "signed", team=TEAM, signature=refused,
         path="signed", arguments=["--anchors", "IMAGES/anchors/other.pem"])

    # The first place is in the code directory, the next one in the requirements.
    changed = signed.octets.replace(b"org.pomona.signed", b"org.pomona.signeD", 1)
    sets.add("signed_changed", changed, "the code directory was changed afterwards, which needs no root to see", {
        "signature": {"state": "invalid", "identifier": "org.pomona.signeD", "signers": names, "chain": "claimed",
                      "chain_why": text("not the one that was signed"), "seals": {"pages": "holds", "requirements": "holds"}},
        "injection": {"verdict": "open"}, "errors": has({"reason": text("not the one that was signed")})},
        arguments=["--verify"])

    both = sign(plain, "org.pomona.signed.both", ("sha1", "sha256"), 0, TEAM, cms=authority.cms(TEAM))
    tell(sets, "signed_both", both, "two directories, both covered by the certificate", "signed", team=TEAM,
         signature=verified, arguments=["--anchors", "IMAGES/anchors/root.pem"])
    both = sign(plain, "org.pomona.signed.first", ("sha1", "sha256"), 0, TEAM,
                cms=authority.cms(TEAM, covers_alternates=False))
    tell(sets, "signed_first_only", both, "two directories, and the certificate covers one", "invalid", team=TEAM,
         signature=refused, errors=has({"reason": text("was not signed")}))
    altered = sign(plain, "org.pomona.signed.altered", flags=0, team=TEAM,
                   cms=authority.cms(TEAM, over=b"another code directory"))
    tell(sets, "signed_altered", altered, "the certificate signed another directory", "invalid", team=TEAM,
         signature=refused, injection="open", errors=has({"reason": text("not the one that was signed")}))
    forged = sign(plain, "org.pomona.forged", flags=RUNTIME, team=FORGED, cms=authority.cms(TEAM))
    tell(sets, "signed_forged_team", forged, "the directory claims a team that the certificate is not of", "invalid",
         team=FORGED, signature={"signers": names, "chain": "claimed"}, errors=has({"reason": text(FORGED)}))


def tell(sets, name, signed, what, state, team=None, signature=None, injection=None, errors=(), path=None, arguments=()):
    """The strongest directory speaks for the image; the maker knows them all."""
    ranks = ["sha1", "sha256t", "sha256", "sha384"]
    best = max(signed.directories, key=lambda directory: ranks.index(directory["hash_type"]))
    slice_ = {
        "arch": "x86_64",
        "signature": {"state": state, "identifier": best["identifier"], "team_id": team, "flags": best["flags"],
                      "cdhash": best["cdhash"], "code_directories": signed.directories, **(signature or {})},
        "errors": errors if isinstance(errors, dict) else list(errors),
    }
    if injection:
        slice_["injection"] = injection if isinstance(injection, dict) else {"verdict": injection}
        slice_["file"] = {"signature": state, "injection": slice_["injection"]["verdict"], "native_api": "no"}
    sets.add(name, signed.octets, what, slice_, path=path, arguments=arguments)


def directories(sets, plain):
    tell(sets, "adhoc", sign(plain, "org.pomona.adhoc"), "signed by nobody", "adhoc", injection="open",
         signature={"entitlements": None, "der_entitlements": False, "signers": [], "chain": "none"})
    for kind in ("sha1", "sha256t", "sha384"):
        tell(sets, f"adhoc_{kind}", sign(plain, f"org.pomona.{kind}", (kind,)), f"one directory of {kind}", "adhoc")
    everything = sign(plain, "org.pomona.all", ("sha1", "sha384", "sha256t", "sha256"))
    tell(sets, "adhoc_all", everything, "four directories: the strongest speaks", "adhoc")
    dual = sign(plain, "org.pomona.dual", ("sha1", "sha256"), ADHOC | HARD | KILL | RESTRICT | LIBRARY_VALIDATION)
    tell(sets, "adhoc_dual", dual, "SHA-1 and SHA-256 side by side, with flags", "adhoc")
    twice = sign(plain, "org.pomona.twice", ("sha256", "sha256"))
    sets.add("adhoc_twice", twice.octets, "two directories of one hash: a Mac refuses them",
             {"signature": {"state": "invalid"}, "errors": has({"reason": text("two code directories of hash type 2")})})
    nobody = sign(plain, "org.pomona.nobody", flags=0)
    sets.add("signed_by_nobody", nobody.octets, "neither ad-hoc nor made with a certificate",
             {"signature": {"state": "invalid"}, "errors": has({"reason": text("neither ad-hoc nor")})})
    ticket = sign(plain, "org.pomona.ticket", extra=((TICKET_SLOT, blob(0xfade0b01, b"ticket")),))
    tell(sets, "adhoc_ticket", ticket, "a notarisation ticket in the signature", "adhoc", signature={"ticket": True})
    bare = sign(plain, "org.pomona.bare", requirements=False)
    tell(sets, "adhoc_bare", bare, "no requirements", "adhoc",
         signature={"requirements": False, "ticket": False, "seals": {"requirements": "none", "entitlements": "none"}})


def entitlements(sets, plain):
    rich = {"com.apple.application-identifier": "POMONATEST.org.pomona", "com.apple.security.app-sandbox": True,
            "com.apple.security.files.user-selected.read-only": False, "keychain-access-groups": ["a", "b & c"],
            "limits": {"depth": 3, "names": ["x"]}}
    both = sign(plain, "org.pomona.entitled", entitlements=rich, der_entitlements=rich)
    tell(sets, "entitled", both, "entitlements in both forms, and they agree", "adhoc",
         signature={"entitlements": rich, "der_entitlements": True, "entitlements_differ": []})
    xml_only = sign(plain, "org.pomona.xml", entitlements=rich)
    tell(sets, "entitled_xml", xml_only, "entitlements as a property list alone", "adhoc",
         signature={"entitlements": rich, "der_entitlements": False, "entitlements_differ": []})
    hidden = sign(plain, "org.pomona.differ", flags=ADHOC | RUNTIME, entitlements={"com.apple.security.app-sandbox": True},
                  der_entitlements={"com.apple.security.app-sandbox": True, OPENING["library_validation"]: True})
    tell(sets, "entitled_differ", hidden, "the form that a Mac believes has one more", "adhoc",
         signature={"der_entitlements": True, "entitlements_differ": [OPENING["library_validation"]]},
         injection="limited", errors=has({"reason": text(OPENING["library_validation"])}))
    typed = sign(plain, "org.pomona.typed", entitlements={DEBUGGABLE: True}, der_entitlements={DEBUGGABLE: 1})
    tell(sets, "entitled_typed", typed, "true in one form and 1 in the other", "adhoc",
         signature={"entitlements_differ": [DEBUGGABLE]}, errors=has({"reason": text(DEBUGGABLE)}))


def seals(sets, plain):
    given = {DEBUGGABLE: True}
    whole = sign(plain, "org.pomona.sealed", ("sha1", "sha256"), entitlements=given, der_entitlements=given)
    slots = {"requirements": "holds", "entitlements": "holds", "der_entitlements": "holds", "info": "none",
             "resources": "none"}
    tell(sets, "sealed", whole, "pages are looked at where that is asked for", "adhoc",
         signature={"seals": {"pages": "not_read", **slots}})
    tell(sets, "sealed_verified", whole, "every page is as it was signed", "adhoc", path="sealed", arguments=["--verify"],
         signature={"seals": {"pages": "holds", **slots}})
    page = sign(plain, "org.pomona.page", break_page=1)
    tell(sets, "page_changed", page, "a page is not what was signed: not seen without looking", "adhoc",
         signature={"seals": {"pages": "not_read"}})
    tell(sets, "page_changed_verified", page, "a page is not what was signed", "invalid", path="page_changed",
         arguments=["--verify"], signature={"seals": {"pages": "broken"}}, errors=has({"reason": text("4096")}))
    for name, slot in (("requirements", REQUIREMENTS), ("entitlements", ENTITLEMENTS), ("der_entitlements", DER)):
        broken = sign(plain, f"org.pomona.broken.{name}", entitlements=given, der_entitlements=given, break_slot=slot)
        tell(sets, f"broken_{name}", broken, f"the {name.replace('_', ' ')} are not what was signed", "invalid",
             signature={"seals": {**slots, name: "broken"}}, errors=has({"reason": text(name.split("_")[-1])}))


def info_section(sets):
    """A tool outside a bundle carries its Info.plist in a section."""
    info = plistlib.dumps({"CFBundleIdentifier": "org.pomona.section"}, sort_keys=True)
    (sets.tools.work / "Info.plist").write_bytes(info)
    carrying = sets.tools.link(PLAIN, "-sectcreate", "__TEXT", "__info_plist", "Info.plist")
    right = sign(carrying, "org.pomona.section", specials={INFO: info})
    tell(sets, "sealed_info_section", right, "Info.plist in a section, as it was signed", "adhoc",
         signature={"seals": {"info": "holds"}})
    wrong = sign(carrying, "org.pomona.section.changed", specials={INFO: info}, break_slot=INFO)
    tell(sets, "broken_info_section", wrong, "Info.plist in a section, and another was signed", "invalid",
         signature={"seals": {"info": "broken"}}, errors=has({"reason": text("Info.plist")}))


def hardened(sets, plain):
    tell(sets, "hardened", sign(plain, "org.pomona.hardened", flags=ADHOC | RUNTIME), "hardened without exceptions",
         "adhoc", injection="closed")
    for name, key in OPENING.items():
        signed = sign(plain, f"org.pomona.{name}", flags=ADHOC | RUNTIME, entitlements={key: True},
                      der_entitlements={key: True})
        # Whoever may debug it has code in it at once: that may be called open.
        level = {"$any": ["limited", "open"]} if key == DEBUGGABLE else "limited"
        short = key.removeprefix("com.apple.security.").removeprefix("cs.")
        tell(sets, f"hardened_{name}", signed, f"hardened, but {short}", "adhoc",
             signature={"entitlements": {key: True}, "entitlements_differ": []},
             injection={"verdict": level, "reasons": has(text(short))})
        refused = sign(plain, f"org.pomona.{name}.not", flags=ADHOC | RUNTIME, entitlements={key: False},
                       der_entitlements={key: False})
        if name in ("allow_jit", "get_task_allow"):
            tell(sets, f"hardened_{name}_not", refused, f"hardened, and {short} is false", "adhoc", injection="closed")
    pair = {OPENING["library_validation"]: True, OPENING["dyld_environment"]: True}
    both = sign(plain, "org.pomona.pair", flags=ADHOC | RUNTIME, entitlements=pair, der_entitlements=pair)
    tell(sets, "hardened_pair", both, "hardened, but DYLD_INSERT_LIBRARIES may bring any library", "adhoc", injection="open")
