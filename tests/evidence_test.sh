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
has "taken off the end is not seen alone" 0 '^1 entries hold'
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
has "a mistyped verb" 2 'evidence takes keygen, export, verify PACK, or verify --store NAME'

echo "evidence: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
