"""Attacks, rule by rule, and what nearly is one."""

import attacks_code
import attacks_libraries
import attacks_programs

SCENARIOS = attacks_code.BOOK.scenarios + attacks_libraries.BOOK.scenarios + attacks_programs.BOOK.scenarios
