#!/usr/bin/env bash
# `pomona store` over a PostgreSQL server: made, checked, refused, and killed while it is made.
#
# usage: postgres.sh store_postgres_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
export POMONA_STORE=$POMONA_TEST_POSTGRES SOURCE_DATE_EPOCH=1780000000

run "$pomona" store check
has "nothing there" 3 '^pomona: postgresql://[^@]*: is empty, and no store$'
# Killed while it is made: either all of it is there or nothing.
for i in 1 2 3 4 5 6 7 8; do
  "$pomona" store migrate > /dev/null 2>&1 &
  victim=$!
  sleep "0.0$i"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  "$pomona" store check > out 2> err < /dev/null || grep -q 'is empty, and no store$' err ||
    fail "killed" "neither made nor empty ($i)"
done
passed=$((passed + 1))
# Two that make it at once: the second finds it made.
"$pomona" store migrate > /dev/null 2>&1 &
other=$!
run "$pomona" store migrate
has "made" 0 '^version [0-9]+, which is this program'
wait "$other" || fail "made twice at once" "the other one failed"
run "$pomona" store check
has "its pages are not ours to check" 0 '^version [0-9]+; its pages are the server'
# The link inventory, which two write to at once and a third takes out of it.
images=$tree/tests/macho/images
"$pomona" inspect --save "$POMONA_STORE" --host mac-1 "$images" > /dev/null 2>&1 &
other=$!
run "$pomona" inspect --save "$POMONA_STORE" --host mac-2 "$images/plain" "$images/links_foundation"
has "an inventory" 0 '"native_api"'
wait "$other"
run "$pomona" inspect --save "$POMONA_STORE" --host mac-1 "$images"
has "what did not change is not read again" 0 ', [1-9][0-9]+ of them unchanged and not read again'
run "$pomona" inspect --merge --save taken.db "$POMONA_STORE"
has "taken into a file" 0 '^pomona: taken.db holds 2 hosts$'
run "$pomona" inspect --diff taken.db "$POMONA_STORE"
has "is the same" 0 '^pomona: 0 changes$'
run "$pomona" inspect --merge --save "$POMONA_STORE" "$POMONA_STORE"
has "into itself" 3 'an inventory cannot be merged into itself$'
run "$pomona" detect --links "$POMONA_STORE" --host mac-1 "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson"
has "and is asked" 0 '^findings     1: '
# A pack, of findings that were kept and decided there.
"$pomona" detect --store "$POMONA_STORE" --host mac-1 "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson" > /dev/null 2>&1
"$pomona" coverage --store "$POMONA_STORE" "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson" > /dev/null 2>&1
"$pomona" evidence keygen --key k > /dev/null
run "$pomona" evidence export --period 2026-03-01..2026-03-31 --key k --output one.pack
has "a pack" 0 '^[0-9]+ members, 1 finding, [0-9]+ entr'
run "$pomona" evidence verify one.pack --public-key k.pub
has "which holds" 0 '^[0-9]+ members hold'
run "$pomona" evidence verify --against one.pack --public-key k.pub
has "against the store" 0 'hold, head'
run "$pomona" coverage --output html
has "a report" 0 '^<p class="eyebrow">Coverage of ATT&amp;CK analytic AN1467, as of 2026-05-28 20:26 UTC'
has "what was decided" 0 'What was decided\? <span>1 finding, '
# A baseline, learned, promoted, heeded and taken elsewhere.
run "$pomona" baseline learn "$tree"/tests/cases/S0*/*/input.ndjson
has "learned" 0 '^learned +[1-9][0-9]* entries'
run "$pomona" baseline promote --owner it --reason "known" --expires 2026-06-30 --force --all
has "promoted" 0 '^promoted [1-9][0-9]* entr'
run "$pomona" baseline list --state expected --signer PRL0XMPL88 --min-hosts 1 --output table
has "who said so" 0 'expected until 2026-06-30: known \(it\)$'
run "$pomona" detect --store "$POMONA_STORE" "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson"
has "heeded" 0 '^store +its baseline is heeded: [1-9][0-9]* entries, [1-9][0-9]* expected$'
"$pomona" baseline export one.ndjson 2> /dev/null
run "$pomona" baseline import --store other.db one.ndjson
has "taken elsewhere" 0 '^imported [1-9][0-9]* entries; 0 left'
"$pomona" baseline export --store other.db two.ndjson 2> /dev/null
run diff -s one.ndjson two.ndjson
has "as it was" 0 'identical$'
run "$pomona" evidence verify --store "$POMONA_STORE"
has "written down" 0 '^[1-9][0-9]* entries hold'
run "$pomona" store vacuum --keep 30
has "nothing to forget" 0 '^0 findings forgotten$'
run "$pomona" store backup copy.db
has "a copy" 2 'PostgreSQL.s stores are copied by pg_dump$'

run "$pomona" store check --store "postgresql://ada:s3cret@db.example/pomona"
has "a password" 2 'a password in the URL can be seen by others; put it into PGPASSWORD or ~/\.pgpass$'
lacks "no secret is told" 's3cret'
run "$pomona" store check --store "postgresql:///pomona?host=$work"
has "no server" 3 '^pomona: postgresql:///pomona: connection to server on socket .* failed'
lines "no server, and one sentence" 0
run "$pomona" store check --store "postgresql:///pomona?nonsense=1"
has "no URL" 2 'is no URL of PostgreSQL; it is postgresql://\[USER@\]HOST\[:PORT\]/NAME$'

echo "store over PostgreSQL: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
