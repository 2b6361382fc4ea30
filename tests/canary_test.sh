#!/usr/bin/env bash
# `pomona canary` as a user runs it: its acts, and what of them is told from records.
#
# usage: canary_test.sh POMONA
#        postgres.sh canary_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
nonce=0123456789abcdef0123456789abcdef

# Records of the canary's process by eslogger, made of those of another one.
"$tree/tests/canary_records.py" "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson" "$nonce" 2026-03-02T09:00 > all.ndjson

run "$pomona" canary expect --host mac-1 --output table "$nonce" all.ndjson
for signal in exec arguments environment exit "library load" "memory protection" file cdhash parent; do
  has "$signal" 0 "^  $signal +proved\$"
done
lacks "all came back" 'did not come back'
run "$pomona" canary expect --host mac-1 --strict "$nonce" all.ndjson
lines "a line a signal" 9
has "a record" 0 "^\{\"nonce\":\"$nonce\",\"host\":\{\"id\":\"mac-1\",\"name\":\".*\"\},\"signal\":\"file\",\"state\":\"proved\",\"at\":\"2026-03-02T09:00:04\.000000000Z\",\"sensor\":\"eslogger\",\"evidence\":\"record 4 by the sensor's number, in all\.ndjson\"\}\$"

# Whatever is left out of the telemetry is what did not come back, and nothing else.
while IFS='|' read -r signal key; do
  grep -v "\"$key\": {" all.ndjson > less.ndjson
  run "$pomona" canary expect --host mac-1 --output table --strict "$nonce" less.ndjson
  has "without $key" 1 "^  $signal +did not come back\$"
  if [ "$(grep -c 'did not come back' out)" -eq 1 ]; then passed=$((passed + 1)); else fail "without $key" "more than that"; fi
done <<'CASES'
library load|mmap
memory protection|mprotect
file|unlink
exit|exit
CASES
sed "s/POMONA_CANARY=$nonce/POMONA_CANARY=/" all.ndjson > less.ndjson
run "$pomona" canary expect --host mac-1 --output table --strict "$nonce" less.ndjson
has "a variable that lost its value" 1 '^  environment +did not come back$'
run "$pomona" canary expect --host mac-1 --strict fedcba9876543210fedcba9876543210 all.ndjson
has "another nonce" 1 'its exec did not come back$'

# The acts themselves leave nothing behind.
mkdir tmp
run env TMPDIR="$work/tmp" "$pomona" canary emit --nonce "$nonce"
has "the acts" 0 "^$nonce\$"
if [ -z "$(ls tmp)" ]; then passed=$((passed + 1)); else fail "nothing is left" "$(ls tmp)"; fi
run "$pomona" canary emit
has "a nonce is chosen" 0 '^[0-9a-f]{32}$'
run env TMPDIR="$work/absent" "$pomona" canary emit
has "a file that cannot be written" 3 '^pomona: file: not written, made read-only in memory and removed: No such file'
run "$pomona" canary emit --library "$work/absent.so"
has "a library that is not there" 3 '^pomona: library load: '
run "$pomona" canary emit --nonce 12
has "a short nonce" 2 'takes 32 hexadecimal digits, not "12"$'
run "$pomona" canary expect 12 all.ndjson
has "a short nonce to expect" 2 'needs a nonce of 32 hexadecimal digits'
run "$pomona" canary expect "$nonce"
has "no telemetry" 2 'canary expect needs a file, or - for standard input$'
run "$pomona" canary
has "no verb" 2 'canary needs emit or expect$'

# What is kept: acts that could not be made are not expected to come back.
export SOURCE_DATE_EPOCH=1780000000
store=$(store_of s)
run env TMPDIR="$work/absent" "$pomona" canary emit --store "$store" --host mac-1 --nonce "$nonce" --library "$work/absent.so"
has "acts that could not be made" 3 '^pomona: file: not written'
sql_in "$store" "SELECT host, emitted_ns, acts, looked_ns FROM canary"
has "are not expected" 0 '^mac-1\|1780000000000000000\|exec,exit,parent,cdhash,arguments,environment\|0$'
run "$pomona" canary emit --store "$store"
sql_in "$store" "SELECT count(*) FROM canary WHERE host <> ''"
has "the Mac's own name" 0 '^2$'
run "$pomona" canary expect --store "$store" --host mac-1 "$nonce" all.ndjson
sql_in "$store" "SELECT count(*) FROM canary_proof WHERE nonce = '$nonce'"
has "what came back is kept" 0 '^9$'
run "$pomona" canary expect --store "$store" --host mac-1 "$nonce" all.ndjson
sql_in "$store" "SELECT count(*) FROM canary_proof WHERE nonce = '$nonce'"
has "and once" 0 '^9$'
run "$pomona" canary expect --store "$store" --host mac-1 fedcba9876543210fedcba9876543210 all.ndjson
sql_in "$store" "SELECT host, looked_to_ns FROM canary WHERE nonce = 'fedcba9876543210fedcba9876543210'"
has "one of which nobody knows the Mac" 0 '^\|1772442005000000000$'
run "$pomona" evidence verify --store "$store"
has "the log" 0 '^5 entries hold'
run "$pomona" canary emit --store "$work/absent/s.db"
has "a store that is not there" 3 '^pomona: .*absent/s\.db: unable to open'
lacks "and nothing is emitted" '^[0-9a-f]{32}$'

echo "canary: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
