#!/usr/bin/env python3
"""The forms for programs against their schemas: the golden files, and what the program writes now.

usage: forms_test.py POMONA
Run from the top of the tree. Every case of tests/cases goes through the program in each form. The
forms are compared with each other as well: what two of them tell has to be the same. Prints a line
for each thing that is not so, and a closing line of counts.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # Nothing of the module beside this file is to be left in the tree.

import schema  # noqa: E402

GOLDEN = pathlib.Path("tests/golden")
CASES = pathlib.Path("tests/cases")
FIELDS = pathlib.Path("docs/FIELDS.md")
SECONDS_MAX = 120  # For one case; none needs a tenth of it.

# Form, its schema, its golden file.
FORMS = {
    "ndjson": ("docs/finding.schema.json", "findings.ndjson"),
    "ocsf": ("tests/ocsf/detection_finding.schema.json", "findings.ocsf.ndjson"),
    "ecs": ("tests/ecs/alert.schema.json", "findings.ecs.ndjson"),
}

# Of a field's type in FIELDS.md: a value, and what it is in JSON.
SAMPLES = {"TEXT": "x", "TEXTS": ["x", "y"], "INT": -5, "BOOL": False}
# Fields that the sink tells ECS in a type of its own.
ECS_SAMPLES = {"process.start": "2026-02-03T09:14:07.000000000Z", "destination.ip": "2001:db8::7"}

# Objects of an ECS alert that speak of the finding; no field of a step goes there.
ALERTS_OWN = ("@timestamp", "ecs", "event", "host", "message", "rule", "tags", "threat", "pomona")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    pomona = pathlib.Path(sys.argv[1]).resolve()
    schemas = {form: schema.load(path) for form, (path, _) in FORMS.items()}
    fields = fields_of(FIELDS.read_text())
    golden = {form: read_lines((GOLDEN / name).read_bytes()) for form, (_, name) in FORMS.items()}

    failed = [f"{FORMS['ndjson'][0]}: {what}" for what in undescribed(schemas["ndjson"])]
    failed += [f"golden: {what}" for what in check(schemas, fields, golden)]
    failed += check_every_field(schemas["ecs"], fields, golden["ecs"][0])
    failed += check_refusals(schemas, golden)
    count = {form: len(documents) for form, documents in golden.items()}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, told in pool.map(lambda path: run(pomona, path), sorted(CASES.glob("*/*"))):
            failed += [f"{case}: {what}" for what in check(schemas, fields, told)]
            failed += [f"{case}: {what}" for what in check_expected(case, told)]
            for form, documents in told.items():
                count[form] += len(documents)
    for line in failed:
        print(f"FAIL {line}")
    print(f"{sum(count.values())} findings in {len(FORMS)} forms, {len(failed)} failed")
    return 1 if failed else 0


def run(pomona, case):
    """What the program writes of a case, in each form."""
    told = {}
    for form in FORMS:
        done = subprocess.run(
            [pomona, "detect", "--rules", "rules", "--output", form, case / "input.ndjson"],
            capture_output=True, check=False, timeout=SECONDS_MAX)
        if done.returncode != 0:
            sys.exit(f"{case}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        told[form] = read_lines(done.stdout)
    return case, told


def read_lines(octets):
    if octets and not octets.endswith(b"\n"):
        raise schema.Broken("the last line does not end")
    return [schema.read(line) for line in octets.split(b"\n")[:-1]]


def check(schemas, fields, told):
    for form, documents in told.items():
        for i, document in enumerate(documents):
            for what in schemas[form].differences(document):
                yield f"{form}, finding {i + 1}: {what}"
    if len({len(documents) for documents in told.values()}) != 1:
        yield "not as many findings in each form"
        return
    for native, ocsf, ecs in zip(told["ndjson"], told["ocsf"], told["ecs"]):
        yield from (f"finding {native['id']}: {what}"
                    for what in [*check_native(schemas["ndjson"], fields, native),
                                 *check_ocsf(native, ocsf), *check_ecs(native, ecs)])


def check_expected(case, told):
    """As many findings as the case expects, those that are told in another's counted as well, so that
    this is never a test of nothing. Cases that bring an inventory expect what is found with it."""
    if (case / "images.txt").exists():
        return
    expected = len((case / "expected.txt").read_text().split("\n")) - 1
    found = sum(1 + sum(other["steps"] != [] for other in finding["also"])
                for finding in told["ndjson"])
    if found != expected:
        yield f"{found} findings, and {expected} are expected"


def check_native(native_schema, fields, native):
    yield from out_of_order(native_schema, native_schema.document, native, "")
    for i, step in enumerate(native["steps"]):
        for name, value in step["fields"].items():
            if name not in fields:
                yield f"step {i + 1}: {name} is no field"
            elif not is_of(fields[name], value):
                yield f"step {i + 1}: {name} is not {fields[name]}: {schema.shown(value)}"


def out_of_order(whole, part, value, at):
    """Keys that do not come in the order of the schema's."""
    while isinstance(part, dict) and "$ref" in part:
        part = whole.follow(part["$ref"])
    if isinstance(value, list) and isinstance(part, dict):
        for item in value:
            yield from out_of_order(whole, part.get("items", True), item, f"{at}[]")
    if not isinstance(value, dict) or not isinstance(part, dict) or "properties" not in part:
        return
    if list(value) != [key for key in part["properties"] if key in value]:
        yield f"{at or '.'}: keys are not in the schema's order: {', '.join(value)}"
    for key, member in value.items():
        yield from out_of_order(whole, part["properties"].get(key, True), member, f"{at}.{key}")


def check_ocsf(native, ocsf):
    """What both forms tell is the same."""
    because = ocsf["unmapped"].get("native_api_because", "")
    pairs = {
        "id": (native["id"], ocsf["finding_info"]["uid"]),
        "revision": (f"{native['id']}.{native['revision']}".removesuffix(".0"),
                     ocsf["metadata"]["uid"]),
        "activity": (2 if native["revision"] > 0 else 1, ocsf["activity_id"]),
        "repeats": (native["repeats"], ocsf.get("count", 1) - 1),
        "also": ([f"AN1467/{other['rule']['id']}" for other in native["also"]],
                 [one["uid"] for one in ocsf["finding_info"].get("related_analytics", [])]),
        "verdict_by": (native["verdict_by"], ocsf["unmapped"].get("verdict_by", "")),
        "score": (native["score"], ocsf["risk_score"]),
        "confidence": (native["confidence"], ocsf["confidence_score"]),
        "unseen": (native["unseen"], ocsf["unmapped"]["unseen"]),
        "reasons": (native["reasons"], ocsf["unmapped"]["reasons"]),
        "verdict": (native["verdict"], ocsf["unmapped"]["verdict"]),
        "native_api": (native["native_api"]["verdict"], ocsf["unmapped"]["native_api"]),
        "because": (native["native_api"]["because"], [part.lstrip(" ") for part in because.split(";")
                                                      if part.lstrip(" ")]),
        "steps": ([step["summary"] for step in native["steps"]],
                  [evidence["data"]["summary"] for evidence in ocsf.get("evidences", [])]),
        "techniques": (native["attack"]["techniques"],
                       [attack.get("sub_technique", attack["technique"])["uid"]
                        for attack in ocsf["finding_info"].get("attacks", [])]),
        "playbook": (native["playbook"], ocsf.get("remediation", {}).get("desc", "")),
    }
    return [f"OCSF tells another {what}" for what, (ours, theirs) in pairs.items() if ours != theirs]


def check_ecs(native, ecs):
    """What both forms tell is the same, and every object of a step is of one step, whole."""
    own = ecs["pomona"]
    technique = ecs.get("threat", {}).get("technique", {})
    named = native["attack"]["techniques"]
    pairs = {
        "id": (native["id"], ecs["event"]["id"]),
        "time": (native["time"], ecs["@timestamp"]),
        "score": (native["score"], ecs["event"]["risk_score"]),
        "level": (native["level"], own["finding"]["level"]),
        "confidence": (native["confidence"], own["finding"]["confidence"]),
        "unseen": (native["unseen"], own["unseen"]),
        "reasons": (native["reasons"], own["reasons"]),
        "verdict": (native["verdict"], own["verdict"]),
        "verdict_by": (native["verdict_by"], own["verdict_by"]),
        "rarity": (native["rarity"], own["rarity"]),
        "revision": (native["revision"], own["revision"]),
        "repeats": (native["repeats"], own["repeats"]),
        "also": (native["also"], own["also"]),
        "native_api": (native["native_api"], own["native_api"]),
        "steps": (native["steps"], own["steps"]),
        "playbook": (native["playbook"], own["playbook"]),
        "host": (native["host"]["name"], ecs["host"].get("name", "")),
        "techniques": ({one.split(".")[0] for one in named}, set(technique.get("id", []))),
        "sub-techniques": ({one for one in named if "." in one},
                           set(technique.get("subtechnique", {}).get("id", []))),
    }
    wrong = [f"ECS tells another {what}" for what, (ours, theirs) in pairs.items() if ours != theirs]
    shown = {}
    for step in native["steps"]:
        for top in {name.split(".")[0] for name in step["fields"]}:
            shown[top] = {n: v for n, v in step["fields"].items() if n.split(".")[0] == top}
    for top, members in shown.items():
        if top not in ALERTS_OWN:
            told = flat(ecs.get(top), top)
            if any(told.get(name) != value for name, value in members.items()
                   if name not in ECS_SAMPLES):
                wrong.append(f"ECS does not tell {top} as the last step shows it")
    return wrong


def flat(value, name):
    if not isinstance(value, dict):
        return {name: value}
    return {k: v for key, part in value.items() for k, v in flat(part, f"{name}.{key}").items()}


def check_every_field(ecs_schema, fields, alert):
    """A field is one of the schema's, of its type, or is below an object for fields of our own."""
    bare = {key: value for key, value in alert.items() if key in ALERTS_OWN}
    for name, kind in fields.items():
        if name.split(".")[0] in ALERTS_OWN:
            continue
        nested = ECS_SAMPLES.get(name, SAMPLES[kind])
        for part in reversed(name.split(".")):
            nested = {part: nested}
        for what in ecs_schema.differences({**bare, **nested}):
            yield f"{name} ({kind}) as ECS: {what}"


# Of each form, edits of a golden finding that its schema must not take, and what it says of them.
REFUSED = {
    "ndjson": [
        (lambda d: d.pop("unseen"), "unseen is missing"),
        (lambda d: d.update(note=1), ".note: may not be there"),
        (lambda d: d["entity"].update(name="x"), ".entity.name: may not be there"),
        (lambda d: d.update(score="82"), ".score: \"82\" is not integer"),
        (lambda d: d.update(score=101), ".score: 101"),
        (lambda d: d.update(level="severe"), ".level: \"severe\" is none of"),
        (lambda d: d.update(id="0123"), ".id: \"0123\" does not match"),
        (lambda d: d.update(time="2026-02-03T09:14:08Z"), ".time: "),
        (lambda d: d["steps"][0].pop("why"), ".steps[0]: why is missing"),
        (lambda d: d["steps"][0]["fields"].update({"process.pid": None}), "none of 4 choices"),
        (lambda d: d["steps"][0]["fields"].update({"process..pid": 1}), "does not match"),
        (lambda d: d["attack"]["techniques"].append("1106"), ".attack.techniques[2]: "),
    ],
    "ocsf": [
        (lambda d: d.pop("finding_info"), "finding_info is missing"),
        (lambda d: d.update(type_uid=200402), "is none of 5 choices"),
        (lambda d: d.update(severity="Low"), "is none of 7 choices"),
        (lambda d: d.update(status_id=6), "is none of"),
        (lambda d: d.update(time="2026-02-03T09:14:08Z"), "is not integer"),
        (lambda d: d["device"].update(hostname="mac 07"), ".device.hostname: "),
        (lambda d: [d["device"].pop(key) for key in ("hostname", "uid")], ".device: "),
        (lambda d: d["evidences"][0].update(path="x"), ".evidences[0].path: may not"),
        (lambda d: d["evidences"].__setitem__(0, {"name": "x"}), ".evidences[0]: "),
        (lambda d: [d["evidences"][0]["process"].pop(key) for key in ("pid", "uid")],
         ".evidences[0].process: "),
        (lambda d: d["evidences"][0]["file"].pop("type_id"), "type_id is missing"),
        (lambda d: d["evidences"][0]["process"]["file"]["hashes"][0].update(value="xyz"),
         "does not match"),
        (lambda d: d.update(observables=[]), "less than 1"),
        (lambda d: d["finding_info"]["attacks"][0].pop("technique"), ".finding_info.attacks[0]: "),
    ],
    "ecs": [
        (lambda d: d.pop("@timestamp"), "@timestamp is missing"),
        (lambda d: d.update({"process.pid": 1}), "may not be there"),
        (lambda d: d["process"].update(pid="501"), ".process.pid: "),
        (lambda d: d["process"].update(pidversion=7), ".process.pidversion: may not"),
        (lambda d: d["process"]["code_signature"].update(valid="true"), "is not boolean"),
        (lambda d: d["event"].update(kind="signal"), ".event.kind: "),
        (lambda d: d["event"].update(category="file"), "is not array"),
        (lambda d: d["event"]["category"].append("alert"), "is none of"),
        (lambda d: d["event"]["category"].append("file"), "comes twice"),
        (lambda d: d["event"].update(start=1770110047123), "is not string"),
        (lambda d: d["threat"]["technique"]["id"].append("T1574.006"), "does not match"),
        (lambda d: d.update(signature={}), ".signature: may not be there"),
        (lambda d: d.update(destination={"ip": "somewhere"}), ".destination.ip: "),
        (lambda d: d["process"].update(start=1770110047123456789), ".process.start: "),
        (lambda d: d["pomona"].update(note=1), ".pomona.note: may not"),
        (lambda d: d["process"]["Ext"].update({"a.b": 1}), "does not match"),
        (lambda d: d["process"]["Ext"].update(a=None), "choices"),
    ],
}


def check_refusals(schemas, golden):
    """The schemas are as strict as they are meant to be."""
    for form, edits in REFUSED.items():
        for i, (edit, said) in enumerate(edits):
            document = read_lines((GOLDEN / FORMS[form][1]).read_bytes())[0]
            edit(document)
            found = schemas[form].differences(document)
            if document == golden[form][0] or not any(said in what for what in found):
                yield f'{form}, edit {i + 1}: the schema says not "{said}" but {found}'


def undescribed(native):
    """Keys of the public schema that it does not explain."""
    for path, part in schema.subschemas(native.document):
        if isinstance(part, dict):
            for name, member in part.get("properties", {}).items():
                if not isinstance(member, dict) or not member.get("description"):
                    yield f"{path}/properties/{name} has no description"


def fields_of(text):
    """Name and type of each field, from the tables of FIELDS.md."""
    fields = dict(re.findall(r"^\| `([^`]+)` \| (TEXT|TEXTS|INT|BOOL) \|", text, re.M))
    if len(fields) < 80:
        sys.exit(f"{FIELDS}: {len(fields)} fields; its form has changed")
    return fields


def is_of(kind, value):
    if kind == "TEXTS":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "INT":
        return schema.is_number(value)  # Past 64 bits, as near as a double comes.
    return isinstance(value, {"TEXT": str, "BOOL": bool}[kind])


if __name__ == "__main__":
    sys.exit(main())
