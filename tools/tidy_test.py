#!/usr/bin/env python3
"""Tests of tools/tidy.py: each rule on a small tree that keeps it and one that breaks it."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tidy


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def problems(self, check):
        return list(check(self.root))


class Layers(Tree):
    def test_lower_layers_and_own_room_are_allowed(self):
        self.write("src/match/match.c", '#include "match/match.h"\n#include "eql/eql.h"\n')
        self.write("src/pipeline.c", '#include "pipeline.h"\n#include "match/match.h"\n')
        self.write("src/cli/main.c", '#include "pipeline.h"\n#include "platform/platform.h"\n')
        self.assertEqual(self.problems(tidy.check_layers), [])

    def test_stages_may_not_include_one_another(self):
        self.write("src/match/match.c", '\n#include "decode/decode.h"\n')
        self.assertEqual(self.problems(tidy.check_layers),
                         ["src/match/match.c:2: match may not include decode (decode/decode.h)"])

    def test_higher_layers_are_refused(self):
        self.write("src/event/event.h", '#include "eql/eql.h"\n')
        self.write("src/score/score.c", '#include "pipeline.h"\n')
        self.assertEqual(self.problems(tidy.check_layers),
                         ["src/event/event.h:1: event may not include eql (eql/eql.h)",
                          "src/score/score.c:1: score may not include pipeline (pipeline.h)"])

    def test_rooms_of_one_layer_are_apart(self):
        self.write("src/macho/macho.c", '#include "eql/eql.h"\n')
        self.assertEqual(len(self.problems(tidy.check_layers)), 1)

    def test_unknown_rooms_are_refused(self):
        self.write("src/utils/utils.c", "")
        self.write("src/base/str.c", '#include "../event/event.h"\n')
        self.assertEqual(len(self.problems(tidy.check_layers)), 2)


class ThirdParty(Tree):
    def test_home_and_tests_are_allowed(self):
        self.write("src/decode/json.h", "#include <yyjson.h>\n")
        self.write("src/sink/sink_test.c", "#include <yyjson.h>\n")
        self.write("bench/bench.c", "#include <yyjson.h>\n")
        self.assertEqual(self.problems(tidy.check_third_party), [])

    def test_other_rooms_are_refused(self):
        self.write("src/eql/eql.c", "#include <openssl/evp.h>\n")
        self.assertEqual(self.problems(tidy.check_third_party),
                         ["src/eql/eql.c:1: <openssl/evp.h> is for src/evidence and src/macho only"])


class Banned(Tree):
    def test_calls_are_refused_with_their_neighbour(self):
        self.write("src/base/str.c", "int f(void)\n{\n    return atoi (x);\n}\n")
        self.assertEqual(self.problems(tidy.check_banned),
                         ["src/base/str.c:3: atoi() is banned; use str_to_i64()"])

    def test_comments_strings_and_longer_names_are_allowed(self):
        self.write("src/base/str.c", '// not strcpy(a, b)\n/* nor\n strcat(a, b) */\n'
                                     'f("sprintf(x)");\nvsnprintf(a);\nmy_atoi(x);\n')
        self.assertEqual(self.problems(tidy.check_banned), [])

    def test_a_quote_in_a_comment_hides_nothing(self):
        self.write("src/base/str.c", "// don't\nstrcpy(a, b); // isn't\n")
        self.assertEqual(len(self.problems(tidy.check_banned)), 1)


class Platform(Tree):
    def test_conditionals_live_in_platform(self):
        self.write("src/platform/platform.c", "#ifdef __APPLE__\n#endif\n")
        self.write("src/cli/main.c", "#if defined(__APPLE__)\n#endif\n")
        self.assertEqual(self.problems(tidy.check_platform),
                         ["src/cli/main.c:1: __APPLE__ belongs in src/platform"])


class Rules(Tree):
    def test_a_rule_needs_a_case_and_a_near_miss(self):
        self.write("rules/S01.yaml", "id: S01\n")
        self.assertEqual(len(self.problems(tidy.check_rules)), 2)
        self.write("tests/cases/S01/fires/expected.txt", "S01 pid=1\n")
        self.assertEqual(self.problems(tidy.check_rules),
                         ["rules/S01.yaml: no near-miss under tests/cases/S01 in which S01 stays silent"])
        self.write("tests/cases/S01/near/expected.txt", "S011 pid=1\n")
        self.assertEqual(self.problems(tidy.check_rules), [])

    def test_lists_are_no_rules(self):
        self.write("rules/lists.yaml", "lists:\n  - id: x\n")
        self.assertEqual(self.problems(tidy.check_rules), [])


@unittest.skipUnless(shutil.which("cc") and shutil.which("nm"), "needs cc and nm")
class Symbols(Tree):
    def compile(self, room, text):
        self.write(f"src/{room}/{room}.c", text)
        built = self.root / f"build/src/{room}/CMakeFiles/pomona_{room}.dir"
        built.mkdir(parents=True)
        subprocess.run(["cc", "-c", "-o", built / f"{room}.c.o", self.root / f"src/{room}/{room}.c"],
                       check=True)

    def problems_of_build(self):
        return list(tidy.check_symbols(self.root, self.root / "build"))

    def test_exported_names_start_with_their_module(self):
        self.compile("order", "int order_next(void){return 0;} int order(void){return 0;}"
                              "static int helper(void){return 0;} int (*order_p)(void) = helper;")
        self.assertEqual(self.problems_of_build(), [])

    def test_a_type_of_the_room_is_a_module_too(self):
        self.write("src/order/order.h", "struct gap;\nenum kind {\n    KIND_A,\n};\n")
        self.compile("order", "int gap_find(void){return 0;} int kind_name(void){return 0;}")
        self.assertEqual(self.problems_of_build(), [])

    def test_other_names_are_refused(self):
        self.compile("order", "int orderly(void){return 0;} int table[3] = {1};")
        self.assertEqual(self.problems_of_build(),
                         ["src/order: order.c.o exports orderly, which starts with no module's name",
                          "src/order: order.c.o exports table, which starts with no module's name"])

    def test_a_build_without_objects_is_a_problem(self):
        (self.root / "build").mkdir()
        self.assertEqual(len(self.problems_of_build()), 1)


if __name__ == "__main__":
    unittest.main()
