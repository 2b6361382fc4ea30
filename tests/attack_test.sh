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
# Over PostgreSQL too, where tests/postgres.sh started one.
export POMONA_STORE=${POMONA_TEST_POSTGRES:-s.db}
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
has "which two" 0 '^from 1\.0 \(one\.json\) to 1\.1 \(two\.json\)$'
has "what changed" 0 '^changed     AN1467  Analytic 1467  version 1\.0 to 1\.1  modified 2026-01-10T00:00:00\.000Z to 2026-01-20T00:00:00\.000Z  \(source of every rule\)$'
has "what is revoked" 0 '^revoked     T1106  Native API  version 2\.2  \(source of every rule\)$'
has "how many rules" 0 '^([0-9]+) of \1 rules have a source that differs$'
has "what is gone" 0 '^gone        T10039  Technique 39  version 1\.0$'
lines "and nothing else" 8
run "$pomona" attack diff 1.1 1.0
has "the other way" 0 '^added       T10039  Technique 39  version 1\.0$'
has "what is no longer revoked" 0 '^restored    T1106  '
run "$pomona" attack diff 1.0 7
has "a release that was not imported" 2 '^pomona: release 7 was not imported$'
mkdir mine
sed 's/^id: S01$/id: MINE/; s/attack\.t1106, *$/attack.t1059,/; s/attack\.an1467, //' "$tree/rules/S01.yaml" > mine/one.yaml
run "$pomona" attack diff --rules mine
lacks "rules of our own cite neither" 'source of'
has "so none is touched" 0 '^0 of 1 rules have a source that differs$'
run "$pomona" attack diff --rules absent
has "no such rules" 2 '^pomona: absent: '
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
lines "nothing of them is kept" 8
run "$pomona" evidence verify
has "the log has the two" 0 '^2 entries hold'
# --- hostile text, ids that several have, and a second collection.
cat > odd.json << 'END'
{"type":"bundle","objects":[
{"type":"x-mitre-collection","id":"x-mitre-collection--9","x_mitre_version":"1.1\u001b[31m"},
{"type":"course-of-action","id":"course-of-action--1","name":"Of old","x_mitre_deprecated":true,
 "external_references":[{"source_name":"mitre-attack","external_id":"T1620"}]},
{"type":"x-mitre-analytic","id":"x-mitre-analytic--9","name":"\u001b]0;title\u0007","description":"\u009b2J",
 "external_references":[{"source_name":"mitre-attack","external_id":"AN9"}]},
{"type":"x-mitre-detection-strategy","id":"x-mitre-detection-strategy--9","name":"Nine",
 "external_references":[{"source_name":"mitre-attack","external_id":"DET9"}],
 "x_mitre_analytic_refs":["x-mitre-analytic--9","x-mitre-analytic--gone",7]},
{"type":"relationship","id":"relationship--9","relationship_type":"detects","revoked":true,
 "source_ref":"x-mitre-detection-strategy--9","target_ref":"attack-pattern--620"},
{"type":"attack-pattern","id":"attack-pattern--620","name":"Load","x_mitre_version":"1.0",
 "external_references":[{"source_name":"mitre-attack","external_id":"T1620"}]}]}
END
run "$pomona" attack import odd.json
has "its release is shown only" 0 '^6 objects of release 1\.1\\x1b\[31m$'
lacks "nothing steers the terminal" "$(printf '\033')"
run "$pomona" attack show AN9
has "its name is shown only" 0 '^AN9  \\x1b\]0;title\\x07$'
has "its strategy" 0 '^strategy +DET9  Nine$'
lacks "what is revoked detects nothing" '^detects'
lacks "nothing steers the terminal here" "$(printf '\033')"
run "$pomona" attack show AN1467
has "the other collection is still there" 0 '^of release 1\.1, imported from two\.json$'
run "$pomona" attack show T1620
has "an id that two have" 0 '^T1620  Of old$'
has "and the other" 0 '^T1620  Load$'
run "$pomona" attack show --raw T1620
has "the current one of them" 0 '^\{"type":"attack-pattern","id":"attack-pattern--620"'
has "is said" 0 '^pomona: 2 objects have the id "T1620"; this is attack-pattern--620$'
run "$pomona" attack diff
has "the last that has one before" 0 '^from 1\.0 \(one\.json\) to 1\.1 \(two\.json\)$'
sed 's/1\.1.u001b\[31m/2.0/; s/"Of old"/"Of older"/; s/"name":"Load"/"name":"Loads","revoked":true/; s/"name":"Nine"/"name" :"Nine"/' \
  odd.json > odder.json
run "$pomona" attack import odder.json
run "$pomona" attack diff
has "a technique that some rules have" 0 '^revoked     T1620  Loads  version 1\.0  \(source of S01-trusted, S01-weak, S01, .*\)$'
has "not the old mitigation of its id" 0 '^changed     T1620  Of older  same version and stamp, other octets$'
has "what says the same in other octets" 0 '^changed     DET9  Nine  same version and stamp, other octets$'
has "some rules" 0 '^[1-9][0-9]* of [0-9]+ rules have a source that differs$'
run "$pomona" attack diff 1.0 2.0
has "releases of two collections" 2 'the two are not releases of the same collection$'
run "$pomona" evidence verify
has "the log has the four" 0 '^4 entries hold'

run env POMONA_STORE=empty.db "$pomona" store migrate
run env POMONA_STORE=empty.db "$pomona" attack show AN1467
has "nothing imported" 2 'nothing was imported; `pomona attack import` does$'
run "$pomona" attack
has "no verb" 2 'attack needs import, show or diff$'

echo "attack: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
