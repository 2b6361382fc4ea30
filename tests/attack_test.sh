#!/usr/bin/env bash
# `pomona attack` as a user runs it, over invented bundles.
#
# usage: attack_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
export SOURCE_DATE_EPOCH=1780000000
export POMONA_STORE=s.db
"$tree/tests/attack_bundle.py" 40 1.0 > one.json
"$tree/tests/attack_bundle.py" 40 1.1 > two.json

run "$pomona" attack import one.json
has "imported" 0 '^40 objects of release 1\.0$'
run "$pomona" attack import one.json
has "twice" 0 '^this bundle was imported before; nothing is new$'
run "$pomona" attack diff
has "nothing to compare" 2 'one release was imported; a second is needed to compare$'
run "$pomona" attack show AN1467
has "its name" 0 '^AN1467  Analytic 1467$'
has "its log sources" 0 '^log sources +macos:endpointsecurity: ES_EVENT_TYPE_NOTIFY_EXEC$'
has "its mutable elements" 0 '^mutable +Framework: Which framework counts\.$'
has "its strategy" 0 '^strategy +DET0529  Native calls$'
has "its technique" 0 '^detects +T1106  Native API$'
has "its companions" 0 '^companion +AN1466  Analytic 1466$'
has "where it is from" 0 '^of release 1\.0, imported from one\.json$'
run "$pomona" attack show --raw AN1467
if [ "$(cat out)" = "$(grep -o '{"type": "x-mitre-analytic", "id": "x-mitre-analytic--1467".*}' one.json)" ]; then
  passed=$((passed + 1))
else
  fail "octet for octet" "differs"
fi
hash=$(python3 -c 'import hashlib; print(hashlib.sha256(open("out", "rb").read()).hexdigest())')
run "$pomona" attack show AN1467
has "its hash" 0 "^sha256 +$hash\$"
run "$pomona" attack import - < /dev/null
has "nothing at all" 3 '^pomona: -: line 1: ends in the middle of the bundle$'
run "$pomona" attack import two.json
has "another release" 0 '^39 objects of release 1\.1$'
run "$pomona" attack diff
has "what changed" 0 '^changed     AN1467  Analytic 1467  version 1\.0 to 1\.1  \(what the rules are made from: read it again\)$'
has "what is revoked" 0 '^revoked     T1106  Native API  version 2\.2'
has "what is gone" 0 '^gone        T10039  Technique 39  version 1\.0$'
lines "and nothing else" 4
run "$pomona" attack diff 1.1 1.0
has "the other way" 0 '^added       T10039  Technique 39  version 1\.0$'
run "$pomona" attack show --release 1.0 T1106
has "as it was" 0 '^state +current$'
run "$pomona" attack show --release 7 T1106
has "no such release" 2 'release 7 was not imported$'
run "$pomona" attack show T9
has "no such object" 2 'release 1\.1 has no object "T9"$'

# --- what is wrong with a bundle, and nothing of it is kept.
sed 's/x-mitre-analytic--1466"/x-mitre-analytic--1467"/' one.json > double.json
run "$pomona" attack import double.json
has "two of one id" 3 '^pomona: double\.json: line [0-9]+: the bundle has two objects "x-mitre-analytic--1467"$'
sed '5s/"id"/"ID"/' one.json > nameless.json
run "$pomona" attack import nameless.json
has "one without an id" 3 '^pomona: nameless\.json: line 5: no object of STIX: it has no "id" or no "type"$'
sed '5s/,/,,/' one.json > broken.json
run "$pomona" attack import broken.json
has "one that is no JSON" 3 '^pomona: broken\.json: line 5: no JSON object, or one within another too often$'
head -c 5000 one.json > short.json
run "$pomona" attack import short.json
has "cut short" 3 '^pomona: short\.json: line [0-9]+: ends in the middle of the bundle$'
run "$pomona" attack import absent.json
has "not there" 3 '^pomona: absent\.json: No such file'
run "$pomona" attack diff
lines "nothing of them is kept" 4
run "$pomona" evidence verify
has "the log has the two" 0 '^2 entries hold'
run env POMONA_STORE=empty.db "$pomona" store migrate
run env POMONA_STORE=empty.db "$pomona" attack show AN1467
has "nothing imported" 2 'nothing was imported; `pomona attack import` does$'
run "$pomona" attack
has "no verb" 2 'attack needs import, show or diff$'

echo "attack: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
