#!/usr/bin/env python3
"""Invents rules of the shape that public rule sets for macOS have, for the benchmark of matching.

usage: bench/make_rules.py [--count N] [--stats] DIR

Writes DIR/rule-0000.yaml and so on, always the same ones. What is kept of real sets is their shape
only: how many are sequences, what gates a stage has, how many conditions and literals, in which
forms, and how often rules repeat each other. Every name and every word is invented, but for the
programs and places that the simulated telemetry has too, so that a gate is met now and then.
Shapes are dealt out evenly: any ten rules in a row are a small picture of all of them.
"""

import argparse
import functools
import pathlib
import random
import sys

SEED = 20261123

# Measured on 459 rules with 623 stages: parts of these.
SEQUENCES = 149 / 459
THREE_STAGES = 13 / 147  # Of the sequences.
GATES = {"name": 274 / 623, "parent": 39 / 623, "event": 114 / 623, "other": 196 / 623}
LEAVES = 3769 / 623  # A stage.
LIST_MAX = 128
LITERALS = {"plain": 6203, "prefix": 1281, "infix": 641, "suffix": 173, "several": 684}

REPEATED = 0.45  # Of the conditions: taken from an earlier rule, word for word.
BROAD = 1 / 4    # Of the sequences: begin at ordinary events.
KNOWN = 0.25     # Of the programs in a gate: those that the telemetry has.

# Programs of the simulated telemetry. Compilers and the like are in no rule's interest.
TELEMETRY = ("zsh curl python3.13 java ssh chmod tar cat grep sed ls log git launchd Terminal Finder "
             "Safari Preview xctest Xcode osascript jq rg htop ffmpeg").split()
SYLLABLES = ("ar bel cor dan el fen gar hol in jor kal lum mar nev or pel quil ros sor tan ul ven wor "
             "yar zel bri cla dro fli gre").split()
SUFFIXES = ["", "", "", "d", "ctl", "agent", "helper", "util", "_update", "-cli"]
EXTENSIONS = "plist dylib sh py pl jar dmg pkg zip kext bundle command scpt js term keychain-db".split()
SPANS = "1s 5s 5s 10s 15s 30s 30s 1m 1m 1m 2m 3m 5m 5m 10m".split()
KEYS = ["process.entity_id"] * 6 + ["process.parent.entity_id"] * 3 + ["mixed"] * 2 + ["host.id", "user.id"]

# Places where something runs or is written that should not, and where all is well.
ODD_PLACES = ["/private/tmp/{}", "/tmp/{}", "/Users/Shared/{}", "/private/var/tmp/{}", "/Volumes/{}",
              "/private/var/folders/{}", "/Users/*/Downloads/{}", "/Users/*/Library/{}", "/Users/*/.{}",
              "/Library/LaunchAgents/{}", "/Library/LaunchDaemons/{}", "/private/etc/{}",
              "/usr/local/{}", "/Users/*/Library/LaunchAgents/{}", "/Library/Scripts/{}",
              "/private/var/db/{}", "/Users/*/Library/Application Support/{}"]
GOOD_PLACES = ["/Applications/{}.app/*", "/System/{}/*", "/Library/{}/*", "/opt/homebrew/{}/*",
               "/usr/libexec/{}", "/usr/local/{}/*", "/opt/{}/*", "/private/var/folders/*/{}*",
               "/Users/*/Applications/{}*", "/Library/Application Support/{}/*", "/usr/sbin/{}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="how many rules (500)")
    parser.add_argument("--stats", action="store_true", help="say how near the shape is to what was measured")
    parser.add_argument("directory", metavar="DIR", type=pathlib.Path)
    options = parser.parse_args()
    if not 1 <= options.count <= 10000:
        sys.exit("--count is 1 to 10000")
    maker = Maker()
    options.directory.mkdir(parents=True, exist_ok=True)
    for old in options.directory.glob("rule-*.yaml"):
        old.unlink()
    for number in range(options.count):
        (options.directory / f"rule-{number:04}.yaml").write_text(maker.rule(number))
    if options.stats:
        maker.print_stats()


class Deal:
    """Deals out kinds in proportion, so that every stretch has its part of each."""

    def __init__(self, parts):
        self.parts = parts
        self.whole = sum(parts.values())
        self.owed = dict.fromkeys(parts, 0.0)

    def next(self):
        for kind, part in self.parts.items():
            self.owed[kind] += part / self.whole
        kind = max(self.owed, key=self.owed.get)
        self.owed[kind] -= 1
        return kind


class Maker:
    def __init__(self):
        self.random = random.Random(SEED)
        self.sequences = Deal({True: SEQUENCES, False: 1 - SEQUENCES})
        self.broad = Deal({True: BROAD, False: 1 - BROAD})
        self.three = Deal({True: THREE_STAGES, False: 1 - THREE_STAGES})
        self.gates = Deal(GATES)
        self.forms = Deal({kind: count for kind, count in LITERALS.items() if kind != "plain"})
        self.categories = {
            "name": Deal({"process": 82, "file": 14, "library": 4}),
            "parent": Deal({"process": 96, "file": 4}),
            "event": Deal({"process": 52, "file": 38, "library": 10}),
            "other": Deal({"process": 42, "file": 38, "library": 12, "api": 4, "configuration": 4}),
        }
        self.conditions = {}  # By kind: those of earlier rules.
        self.literals = {}    # By condition: how many it has, of each form.
        self.programs = [self.word() for _ in range(420)]
        self.vendors = ["".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=10)) for _ in range(90)]
        self.count = dict.fromkeys([*LITERALS, "rules", "sequences", "stages", "leaves", "listed", "largest",
                                    "regexes", "functions"], 0)
        self.gate_count = dict.fromkeys(GATES, 0)

    # --- Rules

    def rule(self, number):
        is_sequence = self.sequences.next()
        query = self.sequence() if is_sequence else self.stage()
        self.count["rules"] += 1
        self.count["sequences"] += is_sequence
        lines = "".join(f"  {line}\n" for line in query.splitlines())
        return (f"id: BENCH-{number:04}\n"
                f"title: Invented rule {number} of the benchmark\n"
                "version: 1\n"
                "status: test\n"
                "description: Has the shape of a rule and no meaning.\n"
                "author: Pomona\n"
                "level: informational\n"
                f"query: |\n{lines}")

    def sequence(self):
        key = self.random.choice(KEYS)
        begins = self.broad.next()
        stages = [self.stage(begins and i == 0) for i in range(3 if self.three.next() else 2)]
        span = self.random.choice(SPANS)
        if key == "mixed":  # The child of what the first stage saw.
            keys = ["process.entity_id"] + ["process.parent.entity_id"] * (len(stages) - 1)
            body = "".join(f"\n  [{indent(stage)}] by {k}" for stage, k in zip(stages, keys))
            return f"sequence with maxspan={span}{body}"
        return f"sequence by {key} with maxspan={span}" + "".join(f"\n  [{indent(stage)}]" for stage in stages)

    def stage(self, is_broad=False):
        """A broad one is met by ordinary events: what narrows it are exceptions only."""
        gate = self.gates.next()
        category = self.categories[gate].next()
        is_broad = is_broad and gate == "name" and category == "process"
        self.gate_count[gate] += 1
        self.count["stages"] += 1
        conditions = [self.event(category)]
        if gate == "name" and is_broad:
            conditions.append(self.exact("process.name", self.random.choices(TELEMETRY, k=2)))
        elif gate == "name":
            conditions.append(self.repeated("name", self.name_gate))
        if gate == "parent":
            conditions.append(self.repeated("parent", lambda: self.name_gate("process.parent.name")))
        if gate == "other":
            conditions.append(self.repeated(f"other {category}", lambda: self.other_gate(category)))
        wanted = max(3, round(self.random.gauss(LEAVES, 1.6)))
        narrowed = is_broad
        while leaves_of(conditions) < wanted or not narrowed:
            left = wanted - leaves_of(conditions)
            condition = self.condition(category, not narrowed, left, gate == "event")
            if condition not in conditions and (not is_broad or condition.startswith("not ")):
                conditions.append(condition)
                narrowed = True
        self.count["leaves"] += leaves_of(conditions)
        return f"{category} where " + "\n  and ".join(conditions)

    # --- Conditions

    def repeated(self, kind, make):
        """One of an earlier rule, the common ones more often, or a new one."""
        earlier = self.conditions.setdefault(kind, [])
        if earlier and self.random.random() < REPEATED:
            text = earlier[int(len(earlier) * self.random.random() ** 2)]
            for form, count in self.literals[text].items():
                self.count[form] += count
            return text
        before = dict(self.count)
        text = make()
        earlier.append(text)
        self.literals[text] = {form: self.count[form] - before[form] for form in [*LITERALS, "listed"]}
        return text

    def event(self, category):
        if category == "process":
            self.count["plain"] += 2
            return self.random.choices(
                ['event.type == "start" and event.action == "exec"', 'event.type == "start" and event.action : "exec"',
                 'event.type == "start" and event.action in ("exec", "fork")', 'event.type in ("start", "info")'],
                [60, 20, 12, 8])[0]
        if category == "file":
            self.count["plain"] += 2
            return self.random.choices(
                ['event.action == "modification"', 'event.action in ("creation", "modification")',
                 'event.action in ("creation", "modification", "rename")', 'event.type != "deletion"',
                 'event.action != "deletion"', 'event.action == "creation"', 'event.action == "open"',
                 'event.action in ("rename", "creation")', 'event.action == "deletion"'],
                [16, 18, 14, 16, 10, 10, 8, 5, 3])[0]
        self.count["plain"] += 1
        if category == "library":
            return 'event.action == "load"'
        if category == "configuration":
            return 'event.action == "launch_item_add"'
        return self.random.choice(['event.action == "mprotect"', 'event.action == "mmap"'])

    def name_gate(self, field="process.name"):
        names = self.names(self.size([1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 9]))
        return self.exact(field, names)

    def other_gate(self, category):
        choices = {
            "process": [("process.code_signature.signing_id", self.signers), ("process.args", self.flags),
                        ("process.executable", self.paths_of_programs), ("process.code_signature.team_id", self.teams)],
            "file": [("file.name", self.file_names), ("file.extension", self.extensions),
                     ("process.executable", self.paths_of_programs), ("file.extension", self.extensions)],
            "library": [("dll.name", self.file_names), ("dll.code_signature.team_id", self.teams),
                        ("process.executable", self.paths_of_programs)],
            "api": [("process.executable", self.paths_of_programs), ("process.code_signature.team_id", self.teams)],
            "configuration": [("process.executable", self.paths_of_programs),
                              ("process.code_signature.team_id", self.teams)],
        }
        if self.random.random() < 0.2:
            return self.random.choice(["process.code_signature.exists == false",
                                       "process.code_signature.trusted == false",
                                       "process.code_signature.valid == false"])
        field, make = self.random.choice(choices[category])
        return self.exact(field, make(self.size([1, 1, 2, 2, 3, 4, 6])))

    def condition(self, category, narrows, left, is_open):
        """A condition beside the gate: narrows, or (unless it must narrow) makes an exception.

        An open one is no gate: of what it names there is something with a wildcard.
        """
        kinds = {
            "process": [("args", 20), ("command line", 14), ("not executable", 10), ("not parent", 18),
                        ("not args", 8), ("not command line", 7), ("executable", 10), ("parent executable", 6),
                        ("working directory", 3), ("not parent name", 7)],
            "file": [("file path", 26), ("not executable", 24), ("not file path", 14), ("executable", 12),
                     ("file name", 10)],
            "library": [("dll path", 30), ("not dll path", 16), ("not executable", 16), ("executable", 14)],
            "api": [("executable", 20), ("not executable", 20)],
            "configuration": [("executable", 20), ("not executable", 20), ("args", 10)],
        }[category]
        rare = [("signer", 10), ("not team", 6), ("exists", 4), ("function", 1.2), ("regex", 1.6), ("count", 2)]
        kinds = [k for k in kinds if not k[0].startswith("not ")] if narrows else kinds + rare
        if left >= 3 and not narrows:
            kinds = kinds + [("either", 14), ("group", 14)]
        kind = self.random.choices([k for k, _ in kinds], [w for _, w in kinds])[0]
        if kind in ("either", "group"):
            return self.several(category, kind, is_open)
        return self.part(kind, is_open)

    def part(self, kind, is_open):
        return self.repeated((kind, is_open), lambda: self.simple(kind, is_open))

    def several(self, category, kind, is_open):
        """Two or three conditions in brackets, with `or`, or excepted together."""
        fields = {"process": ["args", "executable", "command line", "parent executable"],
                  "file": ["file path", "executable"], "library": ["dll path", "executable"],
                  "api": ["executable"], "configuration": ["executable", "args"]}[category]
        parts = [self.part(k, is_open) for k in self.random.choices(fields, k=2)]
        if kind == "either":
            return "(" + " or ".join(parts) + ")"
        return "not (" + " and ".join(parts) + ")"

    def simple(self, kind, is_open):
        r, wild = self.random, functools.partial(self.wild, is_open=is_open)
        if kind.startswith("not ") and kind not in ("not team", "not parent name", "not parent"):
            return "not " + self.simple(kind[4:], False)
        size = self.size([1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 8])
        if kind == "args":
            return wild("process.args", size, lambda: self.flags(1)[0], 0.9)
        if kind == "command line":
            return wild("process.command_line", size, lambda: " ".join(self.names(1) + self.flags(2)), 0.25)
        if kind == "executable":
            return wild("process.executable", size, lambda: self.paths_of_programs(1)[0], 0.6)
        if kind == "parent executable":
            return wild("process.parent.executable", size, lambda: self.paths_of_programs(1)[0], 0.6)
        if kind == "not parent":
            return "not " + wild("process.parent.executable", size, lambda: self.paths_of_programs(1)[0], 0.65)
        if kind == "not parent name":
            return "not " + self.exact("process.parent.name", self.names(size))
        if kind == "working directory":
            return wild("process.working_directory", size, lambda: "/Users/Shared/" + self.program(), 0.3)
        if kind == "file path":
            return wild("file.path", size, lambda: self.paths_of_files(1)[0], 0.5)
        if kind == "file name":
            return wild("file.name", size, lambda: self.file_names(1)[0], 0.6)
        if kind == "dll path":
            return wild("dll.path", size, lambda: f"/Library/Frameworks/{self.program()}.dylib", 0.4)
        if kind == "signer":
            self.count["prefix"] += 1
            return (f'not (process.code_signature.signing_id : "com.{r.choice(self.programs)}.*" and '
                    "process.code_signature.trusted == true)")
        if kind == "not team":
            return "not " + self.exact("process.code_signature.team_id", self.teams(size))
        if kind == "exists":
            return r.choice(["process.parent.executable != null", "process.executable != null",
                             "process.code_signature.signing_id != null"])
        if kind == "count":
            return f"process.args_count >= {r.randint(2, 6)}"
        if kind == "regex":
            self.count["regexes"] += 1
            return (f'process.command_line regex~ """.*{self.program()} +-[a-z]{{1,{r.randint(2, 4)}}} '
                    f'+[a-z0-9]{{{r.randint(6, 12)},}}.*"""')
        self.count["functions"] += 1
        return r.choice([f'stringcontains~(process.command_line, "{self.program()}")',
                         f'startswith~(process.executable, "/private/var/{self.program()}")',
                         f"length(process.command_line) >= {r.randint(200, 900)}",
                         f'endswith~(process.executable, "/{self.program()}")',
                         f'string(process.pid) != "{r.randint(100, 9999)}"'])

    # --- Literals

    def size(self, sizes):
        """Of a list: mostly short; one in a hundred is long."""
        if self.random.random() < 0.008:
            return self.random.randint(20, LIST_MAX)
        return self.random.choice(sizes)

    def exact(self, field, literals):
        literals = list(dict.fromkeys(literals))
        self.count["plain"] += len(literals)
        self.note_list(literals)
        if len(literals) == 1:
            return f"{field} {self.random.choice(['==', '==', ':'])} {quoted(literals[0])}"
        form = self.random.choice(["in", "in~", ":", ":", "like~"])
        return f"{field} {form} ({', '.join(map(quoted, literals))})"

    def wild(self, field, size, make, plain, is_open):
        """`field : (…)`, where so large a part of the literals is plain; an open one has others too."""
        literals = {}
        for _ in range(size):
            text = make()
            must_differ = is_open and not literals
            if self.random.random() < plain and "*" not in text and not must_differ:
                literals[text] = "plain"
            else:
                form = self.forms.next()
                literals[self.formed(form, field)] = form
        for form in literals.values():
            self.count[form] += 1
        self.note_list(literals)
        words = [quoted(text) for text in literals]
        operator = self.random.choice([":", ":", ":", "like~", "like"])
        return f"{field} {operator} {words[0] if len(words) == 1 else '(' + ', '.join(words) + ')'}"

    def formed(self, form, field):
        r = self.random
        word = self.program()
        if form == "infix":
            return f"*{r.choice(['/', '-', ' ', '.'])}{word}{r.choice(['/', ' ', '=', ''])}*"
        if form == "suffix":
            return f"*{r.choice(['/', '.', '-'])}{word}"
        if field in ("process.args", "process.command_line"):
            if form == "prefix":
                return f"{word} {self.flags(1)[0]}*"
            return f"*{word}*{self.flags(1)[0]}*"
        places = [p for p in (ODD_PLACES if r.random() < 0.5 else GOOD_PLACES)
                  if ("*/" in p.replace("/*", "", 1) or p.count("*") > 1) == (form == "several")]
        if form == "prefix":
            place = r.choice([p for p in ODD_PLACES + GOOD_PLACES if "*" not in p.rstrip("*").rstrip("/")])
            return place.format(word).rstrip("*") + "*"
        place = r.choice(places or ["/Users/*/{}/*"])
        text = place.format(word)
        return text if text.count("*") > 1 else text.rstrip("*") + f"*{r.choice(EXTENSIONS)}*"

    def note_list(self, literals):
        if len(literals) > 1:
            self.count["listed"] += len(literals)
            self.count["largest"] = max(self.count["largest"], len(literals))

    # --- Vocabulary

    def word(self):
        text = "".join(self.random.choices(SYLLABLES, k=self.random.randint(2, 3)))
        return text + self.random.choice(SUFFIXES)

    def program(self):
        return self.random.choice(self.programs)

    def names(self, count):
        return [self.random.choice(TELEMETRY) if self.random.random() < KNOWN else self.program()
                for _ in range(count)]

    def flags(self, count):
        r = self.random
        return [r.choice(["-" + r.choice("abcdefghijklmnoprstuvxyz"), "--" + self.program(), self.program(),
                          "-" + r.choice("abcdefx") + r.choice("nopqrs")]) for _ in range(count)]

    def paths_of_programs(self, count):
        r = self.random
        return [r.choice(["/usr/bin/{}", "/usr/libexec/{}", "/usr/sbin/{}", "/bin/{}", "/opt/homebrew/bin/{}",
                          "/Applications/{}.app/Contents/MacOS/{}", "/Library/PrivilegedHelperTools/{}"])
                .replace("{}", self.names(1)[0]) for _ in range(count)]

    def paths_of_files(self, count):
        return [self.random.choice([p for p in ODD_PLACES if "*" not in p]).format(self.program())
                for _ in range(count)]

    def file_names(self, count):
        return [self.program() + "." + self.random.choice(EXTENSIONS) for _ in range(count)]

    def extensions(self, count):
        return self.random.sample(EXTENSIONS, min(count, len(EXTENSIONS)))

    def signers(self, count):
        return [f"com.{self.program()}.{self.program()}" for _ in range(count)]

    def teams(self, count):
        return [self.random.choice(self.vendors) for _ in range(count)]

    # --- What came of it

    def print_stats(self):
        c, stages = self.count, self.count["stages"]
        print(f"{c['rules']} rules, {c['sequences']} sequences, {stages} stages")
        print("gates      " + ", ".join(f"{k} {n / stages:.3f} (of {GATES[k]:.3f})"
                                        for k, n in self.gate_count.items()))
        print(f"leaves     {c['leaves'] / stages:.2f} a stage (of {LEAVES:.2f})")
        whole, measured = sum(c[k] for k in LITERALS), sum(LITERALS.values())
        print(f"literals   {whole / stages:.1f} a stage (of {measured / 623:.1f}), in lists {c['listed'] / stages:.1f} "
              f"(of {4561 / 623:.1f}), largest list {c['largest']}")
        print("forms      " + ", ".join(f"{k} {c[k] / whole:.3f} (of {LITERALS[k] / measured:.3f})" for k in LITERALS))
        print(f"regexes    {c['regexes']}, functions {c['functions']}")


def leaves_of(conditions):
    """How many predicates these conditions have; a list is one."""
    return sum(1 + text.count(" and ") + text.count(" or ") for text in conditions)


def indent(stage):
    return stage.replace("\n", "\n  ")


def quoted(text):
    return '"' + text + '"'


if __name__ == "__main__":
    main()
