#!/usr/bin/env python3
"""Writes an invented bundle in the shape of ATT&CK's STIX, for tests and `make bench-store`.

usage: tests/attack_bundle.py OBJECTS RELEASE [OCTETS]

Sentences are ours and say nothing. OCTETS is about how large the whole is; release decides which of
the objects differ from those of another release.
"""

import json
import sys


def reference(identity):
    return [{"source_name": "mitre-attack", "external_id": identity, "url": f"https://example.org/{identity}"}]


def main(count, release, octets):
    filler = "What this technique does is told here in a sentence that nobody needs. "
    text = filler * max(1, octets // count // len(filler))
    objects = [
        {"type": "x-mitre-collection", "id": "x-mitre-collection--1", "name": "Invented", "x_mitre_version": release},
        {"type": "x-mitre-analytic", "id": "x-mitre-analytic--1467", "name": "Analytic 1467",
         "description": "Programs that link a framework and then make memory.", "x_mitre_version": release,
         "modified": f"2026-01-{10 if release == '1.0' else 20}T00:00:00.000Z", "x_mitre_platforms": ["macOS"],
         "external_references": reference("AN1467"),
         "x_mitre_log_source_references": [{"name": "macos:endpointsecurity", "channel": "ES_EVENT_TYPE_NOTIFY_EXEC",
                                            "x_mitre_data_component_ref": "x-mitre-data-component--1"}],
         "x_mitre_mutable_elements": [{"field": "Framework", "description": "Which framework counts."}]},
        {"type": "x-mitre-analytic", "id": "x-mitre-analytic--1466", "name": "Analytic 1466",
         "x_mitre_version": "1.0", "external_references": reference("AN1466")},
        {"type": "x-mitre-detection-strategy", "id": "x-mitre-detection-strategy--529", "name": "Native calls",
         "x_mitre_version": "1.0", "external_references": reference("DET0529"),
         "x_mitre_analytic_refs": ["x-mitre-analytic--1466", "x-mitre-analytic--1467"]},
        {"type": "attack-pattern", "id": "attack-pattern--1106", "name": "Native API", "x_mitre_version": "2.2",
         "external_references": reference("T1106"), "revoked": release != "1.0"},
        {"type": "relationship", "id": "relationship--1", "relationship_type": "detects",
         "source_ref": "x-mitre-detection-strategy--529", "target_ref": "attack-pattern--1106"},
    ]
    for number in range(len(objects), count):
        objects.append({"type": "attack-pattern", "id": f"attack-pattern--{number + 100000}",
                        "name": f"Technique {number}", "description": text, "x_mitre_version": "1.0",
                        "external_references": reference(f"T{number + 10000}")})
    if release != "1.0":
        objects.pop()
    sys.stdout.write('{"type":"bundle","id":"bundle--1","objects":[\n')
    sys.stdout.write(",\n".join(json.dumps(one) for one in objects))
    sys.stdout.write("\n]}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
