#!/usr/bin/env bash
# `pomona store` as a user runs it: made, checked, copied, damaged, only to be read, in the way of another
# writer, and killed.
#
# usage: store_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
unset POMONA_STORE
export SOURCE_DATE_EPOCH=1780000000

run "$pomona" store check
has "no store named" 2 '^pomona: which store\? Give --store FILE, or set POMONA_STORE$'
run "$pomona" store check --store absent.db
has "one that is not there" 3 '^pomona: absent\.db: unable to open database file$'
run "$pomona" store migrate --store s.db
has "made" 0 '^version [0-9]+, which is this program'
run env POMONA_STORE=s.db "$pomona" store check
has "whole" 0 '^whole, version [0-9]+$'
run "$pomona" store backup --store s.db copy.db
[ "$code" -eq 0 ] || fail "a copy" "exit $code"
run "$pomona" store backup --store s.db copy.db
has "never over another" 2 '^pomona: s\.db: copy\.db: is there already; a copy is a new file$'
run "$pomona" store check --store copy.db
has "the copy is whole" 0 '^whole'
run "$pomona" store vacuum --keep 30 --store s.db
has "nothing to forget" 0 '^0 findings forgotten$'
run "$pomona" store vacuum --keep x --store s.db
has "a number that is none" 2 '^pomona: --keep takes a number of days, 1 to 36500, not "x"$'
run "$pomona" store chekc --store s.db
has "a mistyped verb" 2 'takes check, backup, migrate or vacuum'
run env SOURCE_DATE_EPOCH=soon "$pomona" store check --store s.db
has "a time that is none" 2 '^pomona: SOURCE_DATE_EPOCH is a number of seconds since 1970, not "soon"$'

echo "not a database, though long enough to be looked at" > text.db
run "$pomona" store migrate --store text.db
has "no database" 3 '^pomona: text\.db: is no store'
mkfifo pipe.db
run "$pomona" store migrate --store pipe.db
has "a pipe" 2 '^pomona: pipe\.db: is not a regular file$'

# Every page in turn is overwritten in a copy: nothing crashes, and what was damaged is told or is still whole.
pages=$(( $(stat -c %s copy.db 2>/dev/null || stat -f %z copy.db) / 4096 ))
odd=0
for page in $(seq 0 $((pages - 1))); do
  cp copy.db damaged.db
  head -c 4096 /dev/zero | tr '\0' 'x' | dd of=damaged.db bs=4096 seek="$page" conv=notrunc 2> /dev/null
  "$pomona" store check --store damaged.db > out 2> err < /dev/null
  code=$?
  [ "$code" -eq 3 ] || { [ "$code" -eq 0 ] && grep -q '^whole' out; } || odd=$((odd + 1))
  [ "$code" -ne 3 ] || [ -s err ] || odd=$((odd + 1))
done
if [ "$odd" -eq 0 ]; then passed=$((passed + 1)); else fail "damaged pages" "$odd of $pages end otherwise"; fi

# Where the right to write is not there. Root has it always.
chmod 444 copy.db
if [ "$(id -u)" -ne 0 ]; then
  run "$pomona" store vacuum --store copy.db
  has "only to be read" 3 '^pomona: copy\.db: '
else
  echo "skipped: a file that may only be read (this is root)"
fi

# Killed while it is made and looked after: it opens again, and is whole.
for i in 1 2 3 4 5 6 7 8 9 10; do
  rm -f k.db k.db-wal k.db-shm
  "$pomona" store migrate --store k.db > /dev/null 2>&1 &
  victim=$!
  sleep "0.0$((i % 10))"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  "$pomona" store migrate --store k.db > out 2> err < /dev/null || fail "killed" "does not open ($i)"
  "$pomona" store check --store k.db > out 2> err < /dev/null || fail "killed" "is not whole ($i)"
done
passed=$((passed + 1))

# Killed in the middle of a run that keeps findings, and of decisions: what is there is whole, the log holds,
# and the same run to its end has what a run has that nobody killed.
set -- "$tree"/tests/cases/S0[1-9]/*/input.ndjson
"$pomona" detect --store whole.db --host mac-1 --threads 1 "$@" > /dev/null 2>&1
"$pomona" review list --store whole.db --status all --limit 100000 | sed 's/","time.*//' | sort > whole.ids
for i in 1 2 3 4 5 6 7 8; do
  "$pomona" detect --store k2.db --host mac-1 --threads 1 "$@" > /dev/null 2>&1 &
  victim=$!
  sleep "0.$((i * 7 % 10))"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  [ -s k2.db ] || continue
  "$pomona" store check --store k2.db > out 2> err < /dev/null || fail "killed while it keeps" "is not whole ($i)"
done
"$pomona" detect --store k2.db --host mac-1 --threads 1 "$@" > /dev/null 2>&1
"$pomona" review list --store k2.db --status all --limit 100000 | sed 's/","time.*//' | sort > killed.ids
if [ -s whole.ids ] && cmp -s whole.ids killed.ids; then passed=$((passed + 1)); else fail "killed while it keeps" "other findings than a run that was not"; fi
id=$(sed -n '1s/.*"//p' whole.ids)
for i in 1 2 3 4 5 6 7 8; do
  (for n in 1 2 3 4 5 6 7 8 9; do "$pomona" review note --store k2.db "$id" "$i.$n" & echo $! > victim.pid; wait; done) > /dev/null 2>&1 &
  loop=$!
  sleep "0.$((i * 3 % 10))"
  kill -9 "$loop" "$(cat victim.pid)" 2> /dev/null
  wait "$loop" 2> /dev/null
  "$pomona" evidence verify --store k2.db > out 2> err < /dev/null || fail "killed while it decides" "the log does not hold ($i)"
done
run python3 -c 'import sqlite3
print(sqlite3.connect("k2.db").execute("SELECT (SELECT count(*) FROM review_note) = (SELECT count(*) FROM audit_log)").fetchone()[0])'
has "every note has its entry" 0 '^1$'

# Two at once: each waits for the other, and nothing is lost.
"$pomona" detect --store k3.db --host mac-1 --threads 1 "$@" > /dev/null 2> err1 &
first=$!
"$pomona" detect --store k3.db --host mac-2 --threads 1 "$@" > /dev/null 2> err2
code=$?
wait "$first" || code=$?
[ "$code" -eq 0 ] || { cat err1 err2; fail "two at once" "exit $code"; }
run "$pomona" review list --store k3.db --status all --limit 100000
lines "two at once" "$((2 * $(wc -l < whole.ids)))"

echo "store: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
