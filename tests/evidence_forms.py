#!/usr/bin/env python3
"""Reads what a pack has for other programs, as these would: DeTT&CT's two files and ATT&CK Navigator's layer.

usage: tests/evidence_forms.py DIRECTORY      of an unpacked pack

Prints what is wrong and ends with 1; ends with 77 where there is no reader of YAML here.
"""

import datetime
import json
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    sys.exit(77)

PLATFORMS = {"windows", "linux", "pre", "macos", "aws", "gcp", "azure", "azure ad", "office 365", "saas", "network"}
DOMAINS = {"enterprise-attack", "mobile-attack", "ics-attack"}
DIMENSIONS = {"device_completeness", "data_field_completeness", "timeliness", "consistency", "retention"}
# Names of data components in ATT&CK, which are DeTT&CT's names of data sources.
COMPONENTS = {
    "Command Execution", "File Creation", "File Deletion", "File Modification", "Module Load",
    "Network Connection Creation", "OS API Execution", "Process Access", "Process Creation", "Process Metadata",
    "Process Modification", "Process Termination", "Service Creation",
}
TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?$")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}$")
wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


def check_keys(found, wanted, where):
    check(set(found) == set(wanted), f"{where}: keys are {sorted(found)}, not {sorted(wanted)}")


def is_texts(value):
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_date(value):
    return value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime))


def check_head(document, version, file_type, where):
    check(document["version"] == version and isinstance(document["version"], float), f"{where}: version")
    check(document["file_type"] == file_type, f"{where}: file_type")
    check(isinstance(document["name"], str) and document["name"], f"{where}: name")
    check(document["domain"] in DOMAINS, f"{where}: domain")


def check_platforms(platforms, where):
    check(is_texts(platforms) and platforms and all(one.lower() in PLATFORMS for one in platforms),
          f"{where}: platform {platforms}")


def check_sources(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    check_keys(document, ["version", "file_type", "name", "domain", "systems", "data_sources"], "data sources")
    check_head(document, 1.1, "data-source-administration", "data sources")
    systems = [one["applicable_to"] for one in document["systems"]]
    for one in document["systems"]:
        check_keys(one, ["applicable_to", "platform"], "system")
        check_platforms(one["platform"], "system")
    check(len(set(systems)) == len(systems) and "all" not in systems and all(systems), f"systems {systems}")
    names = [one["data_source_name"] for one in document["data_sources"]]
    check(set(names) == COMPONENTS and len(set(names)) == len(names), f"names of data sources: {names}")
    for one in document["data_sources"]:
        check_keys(one, ["data_source_name", "data_source"], one["data_source_name"])
        for detail in one["data_source"]:
            check_source(detail, systems, one["data_source_name"])


def check_source(detail, systems, where):
    check_keys(detail, ["applicable_to", "date_registered", "date_connected", "products",
                        "available_for_data_analytics", "comment", "data_quality"], where)
    check(is_texts(detail["applicable_to"]) and set(detail["applicable_to"]) <= set(systems), f"{where}: applicable_to")
    check(is_date(detail["date_registered"]) and is_date(detail["date_connected"]), f"{where}: dates")
    check(is_texts(detail["products"]), f"{where}: products")
    check(isinstance(detail["available_for_data_analytics"], bool), f"{where}: available_for_data_analytics")
    check(isinstance(detail["comment"], str) and detail["comment"].startswith("measured: "), f"{where}: comment")
    quality = detail["data_quality"]
    check_keys(quality, DIMENSIONS, where)
    check(all(type(one) is int and 0 <= one <= 5 for one in quality.values()), f"{where}: scores {quality}")
    # What no Mac shows has no score at all, and what one shows is there.
    is_there = quality["device_completeness"] > 0
    check(is_there == detail["available_for_data_analytics"], f"{where}: available without devices")
    check(is_there == (detail["date_connected"] is not None), f"{where}: connected without devices")
    check(is_there == bool(detail["products"]), f"{where}: products without devices")
    check(is_there or not any(quality.values()), f"{where}: scores without devices")


def check_techniques(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    check_keys(document, ["version", "file_type", "name", "domain", "platform", "techniques"], "techniques")
    check_head(document, 1.2, "technique-administration", "techniques")
    check_platforms(document["platform"], "techniques")
    ids = [one["technique_id"] for one in document["techniques"]]
    check(ids == sorted(set(ids)) and all(TECHNIQUE.match(one) for one in ids), f"ids {ids}")
    for one in document["techniques"]:
        where = one["technique_id"]
        check_keys(one, ["technique_id", "technique_name", "detection", "visibility"], where)
        check(isinstance(one["technique_name"], str), f"{where}: technique_name")
        for kind, keys, least, most in (
                ("detection", ["applicable_to", "location", "comment", "score_logbook"], -1, 5),
                ("visibility", ["applicable_to", "comment", "score_logbook"], 0, 4)):
            for detail in one[kind]:
                check_keys(detail, keys, f"{where} {kind}")
                check(is_texts(detail["applicable_to"]), f"{where} {kind}: applicable_to")
                check(is_texts(detail.get("location", [])), f"{where} {kind}: location")
                for score in detail["score_logbook"]:
                    check_score(score, kind, least, most, where)
        visible = one["visibility"][0]["score_logbook"][0]["score"]
        found = one["detection"][0]["score_logbook"][0]["score"]
        check((visible == 0) == (found == -1), f"{where}: visibility {visible} and detection {found}")
    return ids


def check_score(score, kind, least, most, where):
    keys = ["date", "score", "comment"] + (["auto_generated"] if kind == "visibility" else [])
    check_keys(score, keys, f"{where} {kind}: score")
    check(type(score["score"]) is int and least <= score["score"] <= most, f"{where} {kind}: {score['score']}")
    check(is_date(score["date"]), f"{where} {kind}: date")
    check(score["date"] is not None or score["score"] == least, f"{where} {kind}: a score without a date")
    check(isinstance(score["comment"], str) and score["comment"].startswith("measured: "), f"{where} {kind}: comment")
    check(isinstance(score.get("auto_generated", True), bool), f"{where} {kind}: auto_generated")


def check_layer(path, ids):
    layer = json.loads(path.read_text(encoding="utf-8"))
    check_keys(layer, ["name", "versions", "domain", "description", "filters", "techniques", "gradient"], "layer")
    check(layer["domain"] in DOMAINS, "layer: domain")
    versions = layer["versions"]
    check(versions["layer"] == "4.5", "layer: version of the form")
    check(tuple(map(int, versions["navigator"].split("."))) >= (4, 9, 0), "layer: version of the Navigator")
    check(re.match(r"\d+$", versions.get("attack", "1")), "layer: version of ATT&CK")
    check(layer["filters"]["platforms"] == ["macOS"], "layer: platforms")
    check([one["techniqueID"] for one in layer["techniques"]] == ids, "layer: techniques are not those of DeTT&CT")
    gradient = layer["gradient"]
    check(len(gradient["colors"]) >= 2 and all(COLOUR.match(one) for one in gradient["colors"]), "layer: colours")
    check(gradient["minValue"] < gradient["maxValue"], "layer: gradient")
    for one in layer["techniques"]:
        check_keys(one, ["techniqueID", "score", "enabled"], "layer: technique")
        check(gradient["minValue"] < one["score"] <= gradient["maxValue"], f"layer: score {one['score']}")


def main(directory):
    pack = pathlib.Path(directory)
    check_sources(pack / "dettect" / "data-sources.yaml")
    check_layer(pack / "navigator.json", check_techniques(pack / "dettect" / "techniques.yaml"))
    for one in wrong:
        print(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
