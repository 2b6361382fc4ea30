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

# Findings, and who decided: nothing that was acknowledged is lost, and what was not is not half there.
# The command that is under way when its end comes says so in one sentence.
server=$tree/tests/postgres.sh
many="$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson"
"$pomona" detect --host mac-1 "$many" > whole.ndjson 2> /dev/null
each=$(wc -l < whole.ndjson)
keep_until_end() { # NAME HOW: findings of one Mac after the other, and a note to each; acknowledged ones are counted.
  acknowledged=0
  noted=0
  while :; do
    "$pomona" detect --store "$POMONA_STORE" --host "$1-$acknowledged" --threads 1 "$many" > kept 2> err < /dev/null || return
    acknowledged=$((acknowledged + 1))
    echo "$acknowledged" > "$1.kept"
    "$pomona" review note --store "$POMONA_STORE" "$(sed -n 's/^{"id":"\([0-9a-f]*\)".*/\1/p' kept | head -n 1)" "$1" > kept 2> err < /dev/null || return
    noted=$((noted + 1))
    echo "$noted" > "$1.noted"
  done
}
check_kept() { # NAME
  local i lost=0
  for ((i = 0; i < $(cat "$1.kept"); i++)); do
    run "$pomona" review list --status all --host "$1-$i"
    [ "$(wc -l < out)" -eq "$each" ] || lost=$((lost + 1))
  done
  [ "$lost" -eq 0 ] || fail "$1" "findings of $lost Macs are lost"
  sql_in "$POMONA_STORE" "SELECT count(*) FROM review_note WHERE text = '$1'"
  [ "$(cat out)" -eq "$(cat "$1.noted")" ] || [ "$(cat out)" -eq $(($(cat "$1.noted") + 1)) ] || fail "$1" "$(cat out) notes of $(cat "$1.noted")"
  sql_in "$POMONA_STORE" "SELECT (SELECT count(*) FROM review_note) = (SELECT count(*) FROM audit_log WHERE action = 'review.note')"
  has "$1: a note and its entry are one" 0 '^t$'
  run "$pomona" evidence verify --store "$POMONA_STORE"
  has "$1: the log holds" 0 'entries hold'
}
for i in 3 7 5; do
  echo 0 > "lost$i.kept"
  echo 0 > "lost$i.noted"
  keep_until_end "lost$i" &
  loop=$!
  sleep "0.$i"
  "$server" --lose
  wait "$loop"
  grep '^pomona: ' err > said
  if [ "$(wc -l < said)" -eq 1 ] && grep -qE 'the server was lost|connection to server' said; then passed=$((passed + 1)); else fail "a server that is lost ($i)" "is not said in one sentence"; fi
  run "$pomona" store check
  has "while it is lost ($i)" 3 '^pomona: postgresql:///postgres: connection to server'
  "$server" --again
  check_kept "lost$i"
done
for i in 2 8 5; do
  echo 0 > "killed$i.kept"
  echo 0 > "killed$i.noted"
  keep_until_end "killed$i" &
  loop=$!
  sleep "0.$i"
  kill -STOP "$loop"
  for child in $(pgrep -P "$loop"); do kill -9 "$child" 2> /dev/null; done
  kill -9 "$loop"
  wait "$loop" 2> /dev/null
  check_kept "killed$i"
done
# In the midst of a transaction for certain: it waits for the one lock, which another program holds.
psql -qAt "$POMONA_TEST_POSTGRES" -c "SELECT pg_advisory_lock(1347374419); SELECT pg_sleep(60)" > /dev/null 2>&1 &
holder=$!
sleep 0.5
"$pomona" store vacuum --keep 1 > out 2> err < /dev/null &
victim=$!
sleep 0.5
"$server" --lose
wait "$victim"
code=$?
wait "$holder"
has "lost in the midst of a transaction" 3 '^pomona: (postgresql:///postgres|postgresql://.*): the server was lost, and nothing of what was begun is kept: '
if [ "$(wc -l < err)" -eq 1 ]; then passed=$((passed + 1)); else fail "lost in the midst of a transaction" "is not said in one sentence"; fi
"$server" --again
# Killed while it is brought up to date: it is of the old version or of the new one, and holds what it held.
sql_in "$POMONA_STORE" "SELECT count(*) FROM audit_log"
entries=$(cat out)
old_version() {
  psql -qAt "$POMONA_STORE" -c "SELECT 'DROP TABLE ' || tablename || ' CASCADE;' FROM pg_tables WHERE schemaname = 'public'
    AND tablename NOT IN ('finding', 'review_note', 'review_close', 'audit_log', 'store_version')" | psql -q "$POMONA_STORE" > /dev/null 2>&1
  psql -q "$POMONA_STORE" -c "DELETE FROM store_version WHERE version > 1" > /dev/null
}
old_version
run "$pomona" store check
has "an old one" 3 'is of version 1, and this program reads'
for i in 0 1 2 3 4 5 6 7; do
  "$pomona" store migrate > /dev/null 2>&1 &
  victim=$!
  sleep "0.0$((i * 2))"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  "$pomona" store check > out 2> err < /dev/null || grep -q 'is of version 1,' err || fail "killed while it is brought up to date" "neither old nor new ($i)"
  sql_in "$POMONA_STORE" "SELECT count(*) FROM audit_log"
  [ "$(cat out)" = "$entries" ] || fail "killed while it is brought up to date" "$(cat out) entries of $entries"
done
run "$pomona" store migrate
has "brought up to date" 0 '^version '
# An import is one transaction: all of it, or nothing.
printf 'serial,host_name\n' > many.csv
seq 1 4000 | sed 's/.*/SER&,mac-&/' >> many.csv
for i in 1 2 3 4; do
  "$pomona" assets import many.csv > out 2> err < /dev/null &
  victim=$!
  sleep "0.$i"
  if [ $((i % 2)) -eq 0 ]; then kill -9 "$victim" 2> /dev/null; else "$server" --lose; fi
  wait "$victim" 2> /dev/null
  "$server" --again
  sql_in "$POMONA_STORE" "SELECT count(*) FROM asset"
  [ "$(cat out)" = 0 ] || [ "$(cat out)" = 4000 ] || fail "an import that was cut short" "$(cat out) assets"
done
run "$pomona" assets import many.csv
has "and again to its end" 0 '^own: [0-9]+ new'
run "$pomona" evidence verify --store "$POMONA_STORE"
has "the log holds after all" 0 'entries hold'

echo "store over PostgreSQL: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
