#!/usr/bin/env bash
# `pomona tap`, and records of several sensors, as a user runs them.
#
# usage: tap_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

tree=$(pwd)
pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
corpus=$tree/src/decode/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/shell.sh"
cd "$work" || exit 1

# One file of many sensors: JSON and log lines, one record a line.
for sample in exec jamf-exec mac-monitor-2-exec elastic-exec santa-execution osquery-audit ocsf-launch defender-spawn \
  crowdstrike-process sentinelone-process jamf-alert-exec; do
  file=$(ls "$corpus/$sample".json "$corpus/$sample"*.json 2> /dev/null | head -n 1)
  [ -n "$file" ] && { tr -d '\n' < "$file"; echo; } >> mixed.ndjson
done
cat "$corpus/santa-log-exec.txt" >> mixed.ndjson

run "$pomona" tap mixed.ndjson
has "a mixed file" 0 '^decoded +1[0-9] events, 0 dropped'
has "its sensors" 0 '^sensors .* of jamf.* of santa-log'
for sensor in eslogger jamf mac-monitor elastic santa osquery ocsf defender crowdstrike sentinelone jamf-alert santa-log; do
  has "an event of $sensor" 0 "\"module\":\"$sensor\""
done
run "$pomona" tap --where 'alert where true' mixed.ndjson
has "alerts alone" 0 '"category":\["alert"\]'
lines "alerts alone" 1
run "$pomona" tap --where 'event.module in ("santa", "santa-log")' --output table mixed.ndjson
has "a condition alone" 0 ' santa-log '
lines "a condition alone" 2
run "$pomona" tap --limit 3 mixed.ndjson
lines "a limit" 3
run "$pomona" tap --dialect santa mixed.ndjson
has "a dialect that is forced" 0 '^decoded +1 event, [0-9]+ dropped'
run "$pomona" tap --dialect wombat mixed.ndjson
has "a dialect that is none" 2 'knows no sensor "wombat"'
run "$pomona" tap --where 'sequence [process where true] [file where true]' mixed.ndjson
has "a sequence" 2 'a sequence is of several events'
run "$pomona" tap --where 'process.nam == 1' mixed.ndjson
has "a field that is none" 2 'did you mean `process.name`'
run "$pomona" tap --where 'process where child of [process where true]' mixed.ndjson
has "ancestors" 2 'only rules can ask of ancestors'
run "$pomona" tap --limit 0 mixed.ndjson
has "a limit of none" 2 'takes a number from 1 on'
run "$pomona" tap --output pictures mixed.ndjson
has "a form that is none" 2 'takes table or ndjson'
run "$pomona" tap --help
has "help" 0 '^usage: pomona tap '

# The same as arrays over many lines.
{ echo '['; sed -e '$!s/$/,/' < <(grep '^{' mixed.ndjson); echo ']'; } > array.json
run "$pomona" tap array.json
has "an array over many lines" 0 '^in .*of them JSON over many lines'
lines "an array over many lines" "$(grep -c '^{' mixed.ndjson)"

# A Mac that --host names is the one, whatever the records say.
run "$pomona" tap --host mine mixed.ndjson
if grep -q '"host":{"id":"mine"' out && ! grep '^{' out | grep -qv '"host":{"id":"mine"'; then
  passed=$((passed + 1))
else
  fail "--host" "some record is of another Mac"
fi

if "$pomona" tap mixed.ndjson > /dev/full 2> err; then fail "a full disk" "it succeeds"; else passed=$((passed + 1)); fi

echo "tap: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
