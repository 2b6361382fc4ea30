#!/usr/bin/env python3
"""Writes the input of every case in this directory, a family of rules in each of its directories.

usage: tests/cases/make.py

expected.txt is not written here: `make bless` does that, and the difference is what is reviewed.
images.txt beside an input is what a link inventory knows, a file a line: path|signature|team|cdhash|jit.
"""

import sys

sys.dont_write_bytecode = True

import rules_libraries  # noqa: E402
import rules_memory  # noqa: E402
import rules_processes  # noqa: E402
import rules_programs  # noqa: E402

if __name__ == "__main__":
    for family in (rules_memory, rules_processes, rules_libraries, rules_programs):
        for case in family.CASES:
            case()
