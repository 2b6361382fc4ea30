#!/usr/bin/env python3
"""Writes every scenario of this directory: scenario.yaml and recordings.

usage: scenarios/make.py           writes them anew
       scenarios/make.py --check   says what differs from them, and writes nothing

No clock, no network, no chance: the same text comes out each time. README.md says how to add one.
"""

import json
import pathlib
import shutil
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import attacks  # noqa: E402
import benign  # noqa: E402
import benign_unlisted  # noqa: E402
import disputed  # noqa: E402
import samples  # noqa: E402
import samples_more  # noqa: E402
from mac import Library  # noqa: E402
from sensors import stamp  # noqa: E402


def main():
    made = {}
    for part in (attacks, benign, benign_unlisted, disputed, samples, samples_more):
        for scenario in part.SCENARIOS:
            for name, text in files_of(scenario).items():
                assert name not in made, name
                made[name] = text
    if sys.argv[1:] == ["--check"]:
        sys.exit(check(made))
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    write(made)


def check(made):
    there = {str(p.relative_to(HERE)) for p in HERE.glob("*/**/*") if p.is_file() and "__pycache__" not in p.parts}
    wrong = [f"not made by make.py: {name}" for name in sorted(there - made.keys())]
    wrong += [f"missing: {name}" for name in sorted(made.keys() - there)]
    wrong += [f"differs: {name}" for name in sorted(there & made.keys()) if (HERE / name).read_bytes() != made[name].encode()]
    for line in wrong[:40]:
        print(line)
    print(f"{len(made)} files, {len(wrong)} not as made")
    return 1 if wrong else 0


def write(made):
    for directory in HERE.iterdir():
        if directory.is_dir():
            shutil.rmtree(directory)
    for name, text in made.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} files, {sum(len(t) for t in made.values()) // 1024} KiB")


def files_of(scenario):
    directory = scenario["directory"]
    lines = [json.dumps(record, separators=(",", ":")) + "\n" for record in scenario["records"]]
    files = {f"{directory}/scenario.yaml": yaml_of(scenario), f"{directory}/mac-1.ndjson": "".join(lines)}
    if scenario.get("lists"):
        files[f"{directory}/lists.yaml"] = scenario["lists"]
    return files


def yaml_of(s):
    lines = [f"title: {s['title']}", "description: >"]
    lines += textwrap.wrap(" ".join(s["description"].split()), 98, initial_indent="  ", subsequent_indent="  ",
                           break_on_hyphens=False)
    lines += ["synthetic: true", f"kind: {s['kind']}"]
    lines += [f"{key}: {s[key]}" for key in ("rule", "behaviour", "variant", "sensor") if s.get(key)]
    lines.append("recordings: [mac-1.ndjson]")
    if s.get("lists"):
        lines += ["lists: lists.yaml"] + (["host: mac-1"] if s["sensor"] == "eslogger" else [])
    if s.get("images"):
        lines.append("images:")
        lines += [image_of(image) for image in s["images"]]
    for number, found in enumerate(s.get("expect", ())):
        lines += ["expect:"] if number == 0 else []
        lines.append(f"  - rules: [{', '.join(found['rules'])}]")
        lines.append(f"    process: {found['process']}")
        lines += [f"    {key}: {stamp(found[key], 6)}" for key in ("begins", "ends") if found.get(key) is not None]
    if s.get("allow"):
        lines.append(f"allow: [{', '.join(s['allow'])}]")
    lines.append(f"max_level: {s.get('max_level', 'low')}")
    return "\n".join(lines) + "\n"


def image_of(image):
    pairs = [("path", quoted(image.path))]
    if image.cdhash:
        pairs.append(("cdhash", quoted(image.cdhash)))
    if image.team:
        pairs.append(("team_id", image.team))
    if isinstance(image, Library):
        pairs.append(("signature", image.signature))
        if image.identifier:
            pairs.append(("identifier", image.identifier))
        pairs.append(("file_type", image.kind))
    else:
        pairs.append(("identifier", image.signing_id))
        if image.jit:
            pairs.append(("jit_declared", image.jit))
        if image.frameworks is not None:
            pairs.append(("native_api", "yes" if image.frameworks else "no"))
            pairs.append(("frameworks", f"[{', '.join(image.frameworks)}]"))
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in pairs) + " }"


def quoted(text):
    return '"' + text + '"'


if __name__ == "__main__":
    main()
