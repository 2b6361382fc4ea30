#!/usr/bin/env bash
# `pomona validate` as a user runs it: what is found, missed and falsely raised, in every form; what is
# lost without a signal; what is worse than before; sheets of exercises; scenarios that cannot be read.
#
# usage: validate_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

tree=$(pwd)
pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
rules=$tree/tests/validate/rules
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/shell.sh"
cp -R "$tree/tests/validate/scenarios" "$work"
cd "$work" || exit 1
export TMPDIR=$work/tmp
mkdir tmp

validate() { run "$pomona" validate --rules "$rules" "$@"; }

# --- All as labelled.
validate --output table scenarios/good
has "as labelled" 0 '5 scenarios: 2 of 2 attacks found, 2 of 2 near-misses and 1 of 1 look-alikes silent, 0 falsely raised$'
has "a row for a rule" 0 '^  V1 +1/1 +1/1 +5 +80 +1/1$'
has "by sensor" 0 '^  eslogger +2/2$'
has "by signal" 0 '^  task port +1/1 +V1$'
has "look-alikes" 0 '^  Debuggers +1/1$'
lacks "nothing is wrong" 'not as labelled'
if [ -z "$(ls tmp)" ]; then passed=$((passed + 1)); else fail "nothing is left" "$(ls tmp)"; fi

# --- What is wrong, and why.
validate --output table scenarios/wrong
has "an attack missed" 1 'missed: V3 of /Users/Shared/.cache/updaterd: none of these spoke'
has "another process" 1 'missed: V1 or V1-weak of /usr/bin/true: V1 spoke, but of /Users/Shared/.cache/updaterd$'
has "a look-alike" 1 'falsely raised: V3 \(medium, confidence [0-9]+\) of /Users/Shared/.cache/updaterd \(pid 500\) at event 4'
has "its steps" 1 '^ +2\. changed memory at 0x104c58000 .* to R-X'
has "a near-miss that fires" 1 'falsely raised: V2 \(high'
validate --output ndjson scenarios/wrong
has "an object for each" 1 '"scenario":"wrong/missed","outcome":"wrong".*"found":false,"why":"no rule spoke"'
has "a summary" 1 '^\{"kind":"summary","scenarios":4,"recorded":0,"attacks":\{"found":0,"total":2\}'
lines "lines" 5

# --- Scenarios that cannot be read: each is told, and the others run.
validate --output table scenarios
has "a recording that is not there" 3 'broken/nothing-there/mac-9.ndjson: No such file or directory$'
has "one that leaves" 3 '"../../good/thread/mac-1.ndjson" does not lie in the scenario.s directory'
has "no YAML" 3 'broken/no-yaml/scenario.yaml:3:1: found unexpected end of stream'
has "a key of somebody else" 3 'warning: scenarios/broken/unknown-key/scenario.yaml:5:1: nothing is made of the key "generator"'
has "the others" 3 '13 scenarios: 2 of 4 attacks found'
has "counted" 3 '3 could not be run'
rm -r scenarios/broken/nothing-there
validate scenarios
has "a scenario that makes no sense" 2 '"failed":2'
validate scenarios/broken/unknown-key
has "a warning is no failure" 0 '"outcome":"as labelled"'
mkdir scenarios/broken/cut scenarios/broken/empty
gzip -c scenarios/good/thread/mac-1.ndjson | head -c 300 > scenarios/broken/cut/mac-1.ndjson.gz
printf 'kind: benign\n' > scenarios/broken/cut/scenario.yaml
printf '{"unknown":1}\n' > scenarios/broken/empty/x.ndjson
printf 'kind: near_miss\nrule: V1\n' > scenarios/broken/empty/scenario.yaml
validate scenarios/broken/cut
has "a recording that is cut" 3 'cut/mac-1.ndjson.gz: '
validate scenarios/broken/empty
has "nothing in it is an event" 3 'nothing in its recordings became an event'
rm -r scenarios/broken
mkdir nothing
validate nothing
has "no scenario" 2 'nothing: there is no scenario.yaml at or below it'
validate missing
has "no directory" 3 'missing: No such file or directory'
validate --host mac-1 scenarios
has "an option of detect" 2 'a scenario says such things'
run "$pomona" validate
has "no argument" 2 'validate needs a directory with scenarios'

# --- A rule that is not loaded: an attack is missed, a near-miss was not asked.
run "$pomona" validate --rules "$rules/V2.yaml" --rules "$rules/lists.yaml" --output table scenarios/good
has "no such rule" 1 'missed: V1 or V1-weak of .*: there is no such rule among those loaded$'
has "not asked" 1 'V3 is not among the rules that are loaded$'

# --- JUnit.
validate --output junit scenarios
has "junit" 1 '<testsuite name="pomona validate" tests="9" failures="4" errors="0" skipped="0">'
if python3 -c 'import sys, xml.etree.ElementTree as e; e.parse("out")'; then passed=$((passed + 1)); else fail "junit is XML" "not read"; fi

# --- Without a signal.
validate --output table --without "task port" scenarios/good
has "weakened" 0 '^  weakened: +V1 found as V1-weak \(1 of 1 attacks\)$'
has "what it was taken from" 0 'without task port: 0 of 2 attacks lost, 1 weakened, 0 more falsely raised \(taken from 3 events\)$'
validate --output table --without "remote thread" --without "library load" scenarios/good
has "lost" 0 '^  lost: +V1 \(its 1 attack\)$'
has "both" 0 'without remote thread, library load: 2 of 2 attacks lost'
validate --output table --without linkage scenarios/good
has "a fact of the inventory" 0 '^  falsely raised: +V3 in 1 near-miss$'
validate --output table --without signature scenarios/good
has "a fact of the record" 0 '^  lost: +V2 \(its 1 attack\)$'
validate --output table --without each scenarios/good
has "each signal" 0 '^  remote thread +0/1 +='
has "one that nobody sends" 0 '^  xpc +=.*\(not in the recordings\)$'
validate --output ndjson --without "task port" scenarios/good
has "for programs" 0 '^\{"kind":"without","signals":\["task port"\],"left_out":3,"found":2,"lost":0,"weakened":1'
validate --without "memory protections" scenarios
has "a signal that there is not" 2 'no signal "memory protections"; did you mean "memory protection"\?'

# --- Against a run before.
validate --output json scenarios
cp out before.json
validate --output json scenarios
if cmp -s out before.json; then passed=$((passed + 1)); else fail "twice" "not the same"; fi
validate --output table --against before.json scenarios
has "nothing changed" 1 'against the run before: 0 regressions, 0 improvements; 9 scenarios compared, 0 new, 0 gone$'
cp "$tree/tests/cases/S05/thread-elsewhere/input.ndjson" scenarios/good/thread/mac-1.ndjson
cp "$tree/tests/cases/S02/another-range/input.ndjson" scenarios/wrong/raised/mac-1.ndjson
rm -r scenarios/wrong/fires
validate --output table --against before.json scenarios
has "found with less" 1 '^  regression +scenarios/good/thread: is found by V1-weak and was by V1$'
has "no more raised" 1 '^  improvement +scenarios/wrong/raised: V3 was falsely raised and is silent'
has "one is gone" 1 '8 scenarios compared, 0 new, 1 gone$'
validate --output ndjson --against before.json scenarios/good
has "other names" 0 '"against":\{"compared":0,"new":5,"gone":9,"regressions":0'
printf '{}' > odd.json
validate --against odd.json scenarios/good
has "no run" 2 'odd.json: is not what .pomona validate --output json. writes'
validate --against none.json scenarios/good
has "no file" 3 'none.json: No such file or directory'

# --- Exercises.
cp -R "$tree/tests/validate/scenarios/." scenarios
validate --exercise scenarios/good
has "an empty sheet" 0 '^\*\*37 of 100 points, 55 still open\*\*'
has "what to enter" 0 'to be entered: `evidence` of each attack'
sed 's|S05/plain|good/thread|; s|benign/lldb|good/debugger|; s|S05/near-miss-read-ports|good/read-only|; s|S09/plain|good/library|' \
  "$tree/examples/exercise.yaml" > exercise-here.yaml
validate --exercise=exercise-here.yaml scenarios/good
has "a sheet that is filled" 0 '^\*\*79 of 100 points, rating S\*\*'
has "a bar that is not met" 0 'good/thread \| critical \| 1\.5 in time \(5\) .* 34\.0 \*\*too late\*\* \(30\)'
has "a degraded sensor" 0 'Degraded sensor: is it noticed\? \| good/library \(not noticed\)'
validate --exercise exercise-here.yaml scenarios/good
has "named behind" 0 '^# Exercise: Injection on an editor'
printf 'scenarios: [{scenario: elsewhere, alerted_at: soon}]\n' > odd.yaml
validate --exercise=odd.yaml scenarios/good
has "a time that is none" 2 'odd.yaml:1:47: a time is written as'
printf 'scenarios: [{scenario: elsewhere}]\n' > odd.yaml
validate --exercise=odd.yaml scenarios/good
has "a stranger" 0 'warning: odd.yaml: "elsewhere" is none of the scenarios, or several'

# --- A site's own lists, and several recordings, which are several Macs.
mkdir -p lists several
cp "$tree/tests/cases/S02/untrusted-write-then-execute/input.ndjson" lists/mac-1.ndjson
printf 'kind: attack\nexpect: V3\n' > lists/scenario.yaml
validate lists
has "the lists of the rules" 0 '"outcome":"as labelled"'
printf 'kind: benign\nlists: lists.yaml\n' > lists/scenario.yaml
printf 'execution_contexts: [test]\n' > lists/lists.yaml
validate lists
has "lists of the scenario" 0 '"outcome":"as labelled".*"raised":\[\]'
printf 'execution_contexts: {}\n' > lists/lists.yaml
validate lists
has "lists that make no sense" 2 'lists/lists.yaml:1:'
gzip -c "$tree/tests/cases/S02/untrusted-write-then-execute/input.ndjson" > several/mac-1.ndjson.gz
cp "$tree/tests/cases/S05/port-then-thread/input.ndjson" several/mac-2.ndjson
printf 'kind: attack\nallow: V1-weak\nexpect:\n  - V1\n  - {rules: V3, begins: "2026-03-02T09:00:00.6Z", ends: "2026-03-02T09:00:00.9Z"}\n' > several/scenario.yaml
validate several
has "two Macs" 0 '"rule":"V3",[^}]*"events":2,"after_ms":400,"late_events":0'
has "named by their files" 0 '"rule":"V1","id":[^}]*"host":"mac-2"'

# --- Names and texts that mean harm.
mkdir -p hostile
cp scenarios/good/debugger/mac-1.ndjson hostile
printf 'kind: attack\ntitle: "\\e[2J<b>|`x`\\nnext"\nexpect: [{rules: ["V1\\e[31m<&>"]}]\n' > hostile/scenario.yaml
for form in table ndjson json junit; do
  validate --output $form hostile
  if [ "$code" -eq 1 ] && ! LC_ALL=C grep -q "$(printf '\033')" out err; then passed=$((passed + 1)); else fail "hostile $form" "exit $code"; fi
done
validate --exercise hostile
if ! LC_ALL=C grep -q "$(printf '\033')" out err && ! grep -q '<b>' out; then passed=$((passed + 1)); else fail "hostile sheet" "not escaped"; fi

echo "validate: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
