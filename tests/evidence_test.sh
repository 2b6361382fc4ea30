#!/usr/bin/env bash
# `pomona evidence` as a user runs it: keys, packs, and a pack against the store.
#
# usage: evidence_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
one=$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
export SOURCE_DATE_EPOCH=1780000000  # 2026-05-28
export POMONA_STORE=s.db

export_pack() { "$pomona" evidence export --period 2026-03-01..2026-03-31 --key k --output "$@"; }
has_none() { if [ "$code" -eq 0 ]; then passed=$((passed + 1)); else fail "$1" "exit $code"; fi; }
check() { "$pomona" evidence verify "$@" --public-key k.pub; }

# --- keys
run "$pomona" evidence keygen
has "a key needs a file" 2 'keygen needs --key FILE$'
run "$pomona" evidence keygen --key k
has "a key" 0 '^key [0-9a-f]{64}$'
key=$(sed 's/.* //' out)
run stat -c %a k
[ "$(stat -c %a k 2>/dev/null || stat -f %Lp k)" = 600 ] || fail "its mode" "not 600"
run "$pomona" evidence keygen --key k
has "never over a key" 2 'k\.pub: is there already, and a key is never overwritten$'
"$pomona" evidence keygen --key other > /dev/null

# --- a pack
SOURCE_DATE_EPOCH=1772712000 "$pomona" canary emit --store s.db --host mac-1 --nonce 0123456789abcdef0123456789abcdef > /dev/null 2>&1
"$pomona" detect --store s.db --host mac-1 "$one" > /dev/null 2>&1
"$pomona" coverage --store s.db "$one" > /dev/null 2>&1
id=$("$pomona" review list --store s.db --output ndjson 2> /dev/null | sed -n '1s/.*"id":"\([0-9a-f]*\)".*/\1/p')
"$pomona" review note --as ann "$id" 'looked at "it"'
"$pomona" review close --as bob --disposition false-positive --cause build "$id"
printf 'E-1\n' > exceptions.yaml
run export_pack one.pack --attach exceptions.yaml
has "a pack" 0 '^[0-9]+ members, 1 finding, [0-9]+ entries of the audit log$'
has "who signed" 0 "^key $key\$"
run export_pack two.pack --attach exceptions.yaml
run cmp one.pack two.pack
[ "$code" -eq 0 ] || fail "the same twice" "they differ"
run export_pack one.pack
has "never over a pack" 2 '^pomona: one\.pack: is there already$'
run check one.pack
has "it holds" 0 '^[0-9]+ members hold, 2026-03-01 to 2026-03-31, by pomona [0-9.]+; audit log: [0-9]+ entries, head [0-9a-f]{64}$'
run check one.pack --store s.db
has "a pack or a store" 2 'verify takes a pack or a store'
run env -u POMONA_STORE "$pomona" evidence verify one.pack
has "whose key" 2 'Give --public-key FILE$'

# --- what is in it, by other programs where they are there
if command -v zstd > /dev/null && command -v tar > /dev/null; then
  mkdir x && zstd -dcq one.pack | tar -C x -xf - || fail "unpacked" "tar"
  run cat x/claim.md
  has "the claim" 0 'holds each finding of the period that the store has: 1\.'
  has "its limits" 0 '^- task ports that came in a message$'
  has "what is not there" 0 'no assets were imported'
  lacks "but was attached" 'nothing was attached'
  run cat x/findings.ndjson
  has "the finding" 0 "^\{\"id\":\"$id\",\"status\":\"closed\",\"disposition\":\"false-positive\",.*\"closed_by\":\"bob\",\"close_out\":\{.*\"notes\":\[\{.*\"who\":\"ann\",\"text\":\"looked at .\"it.\"\"\}\],\"finding\":\{\"id\""
  run cat x/attachments/exceptions.yaml
  has "the attachment" 0 '^E-1$'
  run cat x/controls.md
  has "the controls" 0 '^\| NIST SP 800-53 CA-7 '
  run cat x/coverage.csv
  has "coverage" 0 '^[^,]*,[^,]*,eslogger,library load,2026-03-02T.*,seen,'
  run cat x/canaries.csv
  has "canaries" 0 '^0123456789abcdef0123456789abcdef,mac-1,2026-03-05T12:00:00\.000000000Z,"exec,exit,[^"]*",,,,,,,,'
  run cmp x/rules/S01.yaml "$tree/rules/S01.yaml"
  [ "$code" -eq 0 ] || fail "the rules" "S01 differs"
  if command -v sha256sum > /dev/null; then
    run sh -c 'cd x && sha256sum findings.ndjson'
    sum=$(cut -d " " -f 1 out)
    run grep -o '"name":"findings.ndjson","size":[0-9]*,"sha256":"[0-9a-f]*"' x/manifest.json
    has "the manifest's hash" 0 "$sum"
  fi
  if command -v openssl > /dev/null && openssl pkeyutl -help 2>&1 | grep -q rawin; then
    run openssl pkeyutl -verify -pubin -inkey x/public-key.pem -rawin -in x/manifest.json -sigfile x/manifest.sig
    has "OpenSSL agrees" 0 'Verified Successfully'
  fi
else
  echo "evidence: no zstd here; the pack is not unpacked"
fi

# --- a record that is none, or would be two: as text, and named so
if command -v sqlite3 > /dev/null && command -v zstd > /dev/null; then
  cp s.db strange.db
  sqlite3 strange.db "UPDATE finding SET record = CAST('{}' || char(10) || '{\"id\":\"forged\"}' AS BLOB)"
  run export_pack strange.pack --store strange.db
  has "a strange record" 0 '1 finding,'
  mkdir -p strange && zstd -dcq strange.pack | tar -C strange -xf - || fail "unpacked" "tar"
  run cat strange/findings.ndjson
  has "as text" 0 '"unreadable_finding":"\{\}.n\{..id..:..forged..\}"\}$'
  lines "one line" 1
  number=0
  while read -r edit; do
    number=$((number + 1))
    cp s.db "past-$number.db"
    sqlite3 "past-$number.db" "$edit"
    run "$pomona" evidence verify --store "past-$number.db"
    has "past the log: $edit" 3 "the audit log holds, but what was decided of 1 findings is not what it says; the first is $id\$"
  done << 'END'
UPDATE finding SET disposition = 1
UPDATE finding SET status = 0
UPDATE finding SET closed_ns = closed_ns + 1
UPDATE review_close SET who = 'eve'
UPDATE review_close SET fields = replace(fields, 'build', 'other')
DELETE FROM review_close
DELETE FROM review_note
END
  run export_pack past.pack --store past-1.db
  has "and no pack of it" 3 "no pack is made: what was decided of 1 findings is not what the audit log says; the first is $id\$"
fi

# --- what is given beside the store, and what is said where it is not
python3 "$tree/tests/attack_bundle.py" 40 1.0 > bundle.json
"$pomona" attack import bundle.json > /dev/null
cat > site.yaml << 'END'
- id: E-7
  rules: [S09]
  signer: T0NEHAUS9A/com.example.tonehaus
  any_library: true
  owner: ann@example.org
  reason: "Known, \"for now\"."
  created: 2026-03-01
  expires: 2026-03-20
END
"$pomona" baseline learn --store learned.db "$tree/scenarios/S02/near-miss-declared-jit"/*.ndjson > /dev/null 2>&1
first=$("$pomona" baseline list --store learned.db --output ndjson 2> /dev/null | sed -n '1s/.*"id":"\([0-9a-f]*\)".*/\1/p')
"$pomona" baseline promote --store learned.db --owner bob --reason 'as agreed' --expires 2026-12-31 --force "$first" > /dev/null 2>&1
run export_pack full.pack --exceptions site.yaml --baseline learned.db --config "$tree/examples/exceptions.yaml" \
  --scenarios "$tree/scenarios/S09/java-name-plain" --retention 30
has "with all" 0 '^[0-9]+ members, 1 finding'
"$pomona" exceptions import --store other.db --as ann site.yaml > /dev/null 2>&1
run export_pack other.pack --exceptions other.db
has "with those of another store" 0 '^[0-9]+ members'
run check full.pack
has "it holds as well" 0 '^proved: the pack is, octet for octet, what the owner of this key signed'
has "and says what that is worth" 0 '^not proved: that what it says is so, when it was signed, and that nothing was left out'
if [ -d x ]; then
  mkdir y && zstd -dcq full.pack | tar -C y -xf - || fail "unpacked" "tar"
  run cat y/exceptions.ndjson
  has "an exception" 0 '^\{"id":"E-7","owner":"ann@example\.org","reason":"Known, ..for now..\.","created":"2026-03-01","expires":"2026-03-20","ended_before_the_period_did":true,"rules":\["S09"\],"critical":false,"yaml":"- id: ..E-7'
  run sh -c 'zstd -dcq other.pack | tar -xOf - exceptions.ndjson'
  has "an exception of a store" 0 '"critical":false,"put_by":"ann","put":"2026-05-28T20:26:40\.000000000Z","hits":0'
  run cat y/baseline.ndjson
  has "an entry of the baseline" 0 "^\{\"id\":\"$first\",\"state\":\"expected\",.*\"owner\":\"bob\",\"reason\":\"as agreed\",\"promoted_by\":\"[a-z]+\",\"promoted\":\"20.*\",\"expires\":\"2027-01-01T"
  lines "and no proposal" 1
  run cat y/attack/snapshot.json
  has "the snapshot" 0 '^\{"imported":true,"release":"1\.0",.*"source":"bundle\.json","bundle_sha256":"[0-9a-f]{64}",.*"objects":5,"left_out":0,"absent":\['
  has "what it lacks" 0 '"absent":\[.*"T1055"'
  run cat y/attack/objects.csv
  has "the analytic" 0 '^x-mitre-analytic--1467,x-mitre-analytic,AN1467,Analytic 1467,1\.0,2026-01-10T00:00:00\.000Z,current,[0-9a-f]{64},attack/objects/x-mitre-analytic--1467\.json$'
  has "its companion" 0 '^x-mitre-analytic--1466,'
  has "its strategy" 0 '^x-mitre-detection-strategy--529,x-mitre-detection-strategy,DET0529,'
  has "its technique" 0 '^attack-pattern--1106,attack-pattern,T1106,Native API,2\.2,'
  has "what leads to it" 0 '^relationship--1,relationship,,'
  lines "and no others" 6
  "$pomona" attack show --raw AN1467 > raw.json
  run cmp raw.json y/attack/objects/x-mitre-analytic--1467.json
  [ "$code" -eq 0 ] || fail "octet for octet" "AN1467 differs"
  run cat y/validation/inputs.csv
  has "what was read" 0 ',recording,mac-1\.ndjson,[0-9]+,[0-9a-f]{64}$'
  run grep -c '"outcome":"as labelled"' y/validation/results.json
  has "what was found" 0 '^1$'
  run cat y/configuration.json
  has "the settings" 0 '"exceptions":\{"path":"site\.yaml","size":[0-9]+,"sha256":"[0-9a-f]{64}"\},"baseline":"learned\.db",.*"configuration":\[\{"member":"configuration/exceptions\.yaml",.*"retention_days":30'
  run cat y/fidelity.csv
  has "what was lost" 0 ',eslogger,2026-03-02T.*,3,0$'
  run cat y/signals.csv
  has "signals" 0 '^exec,0,1,0,0,0,0,0$'
  run cat y/claim.md
  has "exceptions that ended" 0 'with owner, reason and end of each: 1, of which 1 ended before the period did\.'
  has "what is expected" 0 'owner, reason and end of each: 1; and what was refused: 0\.'
  has "what was validated" 0 'in 1 labelled scenarios when it was made: 1 of 1 attacks, 0 findings falsely raised'
  has "what is still not there" 0 '^- The telemetry itself, which Pomona does not keep\.$'
  lacks "and nothing that is" '^- (exceptions|baseline)\.ndjson: no |^- validation/: |no snapshot of ATT'
  run cat x/claim.md
  has "no snapshot" 0 '^- attack/objects: no snapshot of ATT&CK was imported into the store\.$'
  has "no exceptions" 0 '^- exceptions\.ndjson holds what was excepted, as the store has it, with owner, reason and end of each: 0,'
  has "no baseline" 0 '^- baseline\.ndjson holds what was decided to be expected, as the store has it, with owner, reason and end of each: 0;'
  has "no validation" 0 '^- validation/: the rules were not validated for this pack\.$'
  run cat x/attack/snapshot.json
  has "nor is it hidden" 0 '^\{"imported":false,"why":"no snapshot was imported into the store"\}$'
  for pack in x y; do
    run python3 "$tree/tests/evidence_forms.py" "$pack"
    if [ "$code" -eq 77 ]; then echo "evidence: no PyYAML here; DeTT&CT's files of $pack are not read"; else has_none "other programs read $pack"; fi
  done
  run cat y/dettect/techniques.yaml
  has "a technique by its name" 0 '^    technique_name: "Native API"$'
  run "$pomona" evidence dettect techniques --period 2026-03-01..2026-03-31
  sed 's/; [0-9]* of [0-9]* attacks of scenarios found/; not validated/' y/dettect/techniques.yaml | grep -v 'score:' > packed.yaml
  grep -v 'score:' out > alone.yaml
  run cmp packed.yaml alone.yaml
  [ "$code" -eq 0 ] || fail "DeTT&CT's file alone" "it differs from the pack's"
fi
run "$pomona" evidence dettect data-sources
has "data sources" 0 '^  - data_source_name: Process Creation$'
has "as of the newest event" 0 '^          timeliness: 5$'
run "$pomona" evidence dettect data-source
has "another of its files" 2 'evidence dettect takes data-sources or techniques, not "data-source"$'
run "$pomona" evidence dettect data-sources --retention 0
has "retention" 2 -- '--retention takes a number of days, 1 to 36500, not "0"$'
run export_pack bad.pack --exceptions absent.yaml
has "exceptions that are not there" 3 '^pomona: absent\.yaml: '
run export_pack bad.pack --baseline "$one"
has "no baseline at all" 3 'input\.ndjson: '
run export_pack bad.pack --scenarios "$work"
has "no scenarios at all" 2 'scenario'
run sh -c 'ls -a | grep -c "bad.pack\|pomona-"'
has "nothing is left behind" 1 '^0$'

# --- tampered with
cp one.pack bad.pack
printf 'x' | dd of=bad.pack bs=1 seek=100 conv=notrunc 2> /dev/null
run check bad.pack
has "one octet" 3 '^pomona: bad\.pack: was changed after it was sealed$'
{ cat one.pack; printf '\0'; } > bad.pack
run check bad.pack
has "one more" 3 'does not end with a seal: it is no evidence pack, was cut off, or has octets behind its end$'
head -c 1000 one.pack > bad.pack
run check bad.pack
has "cut off" 3 'does not end with a seal'
: > bad.pack
run check bad.pack
has "empty" 3 'is no evidence pack, or was cut off$'
run "$pomona" evidence verify one.pack --public-key other.pub
has "another key" 2 "was sealed with another key \\($key\\) than the given one \\([0-9a-f]{64}\\)\$"
run "$pomona" evidence verify one.pack --public-key "$one"
has "no key" 3 'is no public Ed25519 key in PEM; `pomona evidence keygen` makes one$'
run check absent.pack
has "no pack" 3 '^pomona: absent\.pack: No such file'
run check .
has "a directory" 3 'is no regular file$'

# --- the log, read
run "$pomona" evidence log --output table
has "who, when, what, why" 0 "^ +[0-9]+  2026-05-28 20:26:40\.000  bob  review\.close  $id  .*build"
run "$pomona" evidence log
has "the log as objects" 0 '^\{"seq":[0-9]+,"at_ns":1780000000000000000,"who":".*","action":"findings\.keep"'
lines "all of it" "$("$pomona" evidence verify | sed 's/ .*//')"
run "$pomona" evidence log --output csv
has "another form" 2 'log takes table or ndjson, not "csv"$'

# --- against the store
run check --store s.db --against one.pack
has "the log goes on from it" 0 'entries hold, head'
"$pomona" review reopen "$id"
run check --store s.db --against one.pack
has "more came since" 0 'entries hold, head'
python3 - << 'PY'
import sqlite3
c = sqlite3.connect("s.db")
c.execute("CREATE TABLE kept AS SELECT * FROM audit_log WHERE seq >= 2")
c.execute("DELETE FROM audit_log WHERE seq >= 2")
c.commit()
PY
run "$pomona" evidence verify --store s.db
has "taken off the end, with what was decided left" 3 'the audit log holds, but what was decided of 1 findings'
python3 -c 'import sqlite3; c = sqlite3.connect("s.db"); c.execute("DELETE FROM review_note"); c.commit()'
run "$pomona" evidence verify --store s.db
has "with all of it is not seen alone" 0 '^1 entries hold'
run check --store s.db --against one.pack
has "but against the pack" 3 'the entry of the head that was given is gone$'
python3 - << 'PY'
import sqlite3
c = sqlite3.connect("s.db")
c.execute("INSERT INTO audit_log SELECT * FROM kept")
c.execute("UPDATE audit_log SET why = 'other' WHERE seq = 2")
c.commit()
PY
run export_pack three.pack
has "no pack of a log that does not hold" 3 'no pack is made: the audit log does not hold: entry 2: it was changed'
[ ! -e three.pack ] || fail "nothing is left" "three.pack is there"

# --- what is said wrong
for period in 2026-03-01 2026-03-31..2026-03-01 2026-02-30..2026-03-01 2026-03-01...2026-03-3 ''; do
  run "$pomona" evidence export --period "$period" --key k --output three.pack
  has "the period $period" 2 'period'
done
run "$pomona" evidence export --period 2026-03-01..2026-05-29 --key k --output three.pack
has "the future" 2 '^pomona: --period ends on 2026-05-29, which is still to come$'
chmod 644 k
run export_pack three.pack
has "a key for all to read" 2 '^pomona: k: others than its owner may use this private key'
chmod 600 k
run "$pomona" evidence export --period 2026-03-01..2026-03-31 --key k.pub --output three.pack
has "the public key does not sign" 2 '^pomona: k\.pub: '
run "$pomona" evidence export --period 2026-03-01..2026-03-31 --key k --output three.pack --store absent.db
has "no store" 3 'absent\.db'
run "$pomona" evidence export
has "nothing said" 2 'export needs --period FROM\.\.TO, --key FILE and --output PACK$'
run "$pomona" evidence verfiy
has "a mistyped verb" 2 'evidence takes keygen, export, dettect data-sources.techniques, log, verify PACK, or verify --store NAME'

echo "evidence: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
