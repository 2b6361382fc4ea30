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

# Each command says what is damaged, not only that something is.
run python3 -c 'import sys
pages = bytearray(open("copy.db", "rb").read())
for at in range(4096 * 2, len(pages), 4096): pages[at:at + 64] = bytes(64)
open("torn.db", "wb").write(pages)'
for command in "review list" "assets list" "baseline list" coverage "evidence verify"; do
  # shellcheck disable=SC2086
  run "$pomona" $command --store torn.db
  has "$command of a damaged store" 3 'the store is damaged: .*; `pomona store check` says more$'
done

# And where such a copy is written to: it is done and the log holds, or it is refused in one sentence and nothing of it
# is there; where what was decided is damaged, verify says so. Who opens it after a week looks at all pages first.
printf 'serial\nSER1\n' > one.csv
cp s.db d.db
run "$pomona" assets import --store d.db one.csv
has "written to" 0 '1 new'
pages=$(( $(stat -c %s d.db 2>/dev/null || stat -f %z d.db) / 4096 ))
odd=0
refused=0
write_damaged() { # PAGE SECONDS-LATER
  cp d.db damaged.db
  head -c 4096 /dev/zero | tr '\0' 'x' | dd of=damaged.db bs=4096 seek="$1" conv=notrunc 2> /dev/null
  cp damaged.db before.db
  run env SOURCE_DATE_EPOCH=$((1780000000 + $2)) "$pomona" assets import --store damaged.db --why again one.csv
  if [ "$code" -eq 3 ] && [ "$(wc -l < err)" -eq 1 ]; then
    refused=$((refused + 1))
    cmp -s damaged.db before.db || odd=$((odd + 1))
  elif [ "$code" -ne 0 ] || [ -s err ] || ! { "$pomona" evidence verify --store damaged.db > out 2> err || grep -q ': the store is damaged: ' err; }; then
    odd=$((odd + 1))
  fi
  rm -f damaged.db-wal damaged.db-shm
}
for page in $(seq 0 $((pages - 1))); do
  write_damaged "$page" 10
  [ $((page % 4)) -ne 0 ] || write_damaged "$page" 700000
done
if [ "$odd" -eq 0 ] && [ "$refused" -gt $((pages / 4)) ]; then passed=$((passed + 1)); else fail "damaged pages that are written to" "$odd of $pages end otherwise, $refused refused"; fi

# Who opens it to write looks at all pages, once a week.
cp d.db damaged.db
python3 - <<'PYTHON'
import sqlite3
c = sqlite3.connect("damaged.db")
root = c.execute("SELECT rootpage FROM sqlite_master WHERE name = 'attack_object'").fetchone()[0]
c.close()
with open("damaged.db", "r+b") as f:
    f.seek((root - 1) * 4096)
    f.write(b"x" * 4096)
PYTHON
cp damaged.db before.db
run env SOURCE_DATE_EPOCH=1780000600 "$pomona" store migrate --store damaged.db
has "looked at today" 0 '^version '
cp before.db damaged.db
run env SOURCE_DATE_EPOCH=1780700000 "$pomona" store migrate --store damaged.db
has "looked at a week ago" 3 '^pomona: damaged\.db: is damaged \([^*]*[Pp]age.*\), and nothing was written to it; `pomona store check` says more$'
if cmp -s damaged.db before.db; then passed=$((passed + 1)); else fail "looked at a week ago" "something was written"; fi

# A clock that was put back: it is said, kept as told, and the order is that of the numbers.
for at in 1780000000 1770000000 1780000001; do
  run env SOURCE_DATE_EPOCH=$at "$pomona" canary emit --store clock.db
  [ "$at" -eq 1770000000 ] || lacks "a clock that goes on ($at)" 'the clock says'
  [ "$at" -ne 1770000000 ] || grep -qx 'pomona: the clock says 2026-02-02 02:40:00.000, and the last entry of the audit log is of 2026-05-28 20:26:40.000: was it put back? What is done now is kept with this time, behind that entry' err || fail "a clock that was put back" "nothing is said of it"
done
run "$pomona" evidence verify --store clock.db
has "a clock that was put back" 0 '^3 entries hold, head '
has "and verify tells of it" 0 '^pomona: 1 entries are over a minute older than the one before them: a clock was put back$'
run python3 -c 'import sqlite3
print([t // 10**9 for t, in sqlite3.connect("clock.db").execute("SELECT at_ns FROM audit_log ORDER BY seq")])'
has "the order is that of the numbers" 0 '^\[1780000000, 1770000000, 1780000001\]$'

# What was closed, forgotten by age and told again is new: no decision went past the log. What was taken out past it did.
told=$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson
at() { run env SOURCE_DATE_EPOCH="$1" "$pomona" "${@:2}" --store age.db; }
at 1780000000 detect --host mac-1 --output ndjson "$told"
id=$(sed -n '1s/^{"id":"\([0-9a-f]*\)".*/\1/p' out)
for day in 1780000000 1790000000; do
  at $((day + 1)) review note "$id" seen
  at $((day + 2)) review close --disposition false-positive --cause x "$id"
  at $((day + 9000000)) store vacuum --keep 30
  has "forgotten" 0 '^1 findings forgotten$'
  at $((day + 9000001)) evidence verify
  has "and it is written down" 0 'entries hold'
  at $((day + 9000002)) detect --host mac-1 --output ndjson "$told"
  at $((day + 9000003)) evidence verify
  has "told again" 0 'entries hold'
done
at 1800000000 evidence log --output ndjson
has "by its id" 0 "\"action\":\"review.forget\",\"subject\":\"$id\""
at 1800000000 review close --disposition false-positive --cause x "$id"
python3 -c 'import sqlite3
c = sqlite3.connect("age.db"); c.execute("DELETE FROM finding"); c.commit()'
at 1800000001 evidence verify
has "taken out past the log" 3 "what was decided of 1 findings is not what it says; the first is $id"

# Retention by size.
run "$pomona" store vacuum --keep-size 2G --store s.db
has "small enough" 0 '^0 findings forgotten$'
run "$pomona" store vacuum --keep-size 1K --store s.db
has "too large without any finding" 3 '^pomona: the store takes [0-9]+ octets, more than 1024: what is left are open findings, which are never forgotten, and what is no finding$'
for size in 2X K 0 -1 99999999T; do
  run "$pomona" store vacuum --keep-size "$size" --store s.db
  has "no size ($size)" 2 "^pomona: --keep-size takes a number of octets, or with K, M, G or T behind it, like 2G, not \"$size\"\$"
done

# Where the right to write is not there. Root has it always, and so becomes nobody.
chmod 444 copy.db
as_nobody=
if [ "$(id -u)" -eq 0 ]; then
  cp "$pomona" program
  chmod 755 "$work" program
  as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups -- $work/program"
  $as_nobody help > /dev/null 2>&1 || as_nobody=none
fi
if [ "$as_nobody" = none ]; then
  echo "skipped: a file that may only be read (root cannot become another user here)"
else
  cp s.db only.db
  chmod 444 only.db
  for command in "store vacuum" "store migrate" "canary emit" "assets import one.csv"; do
    # shellcheck disable=SC2086
    run ${as_nobody:-$pomona} $command --store only.db
    has "only to be read: $command" 3 '^pomona: only\.db: may only be read, and this would write to it$'
  done
  if cmp -s only.db s.db; then passed=$((passed + 1)); else fail "only to be read" "it was written to"; fi
fi
if [ "$(id -u)" -eq 0 ] && [ "$as_nobody" != none ]; then
  run $as_nobody store check --store only.db
  has "in a directory that is another's, and closed" 0 '^whole, version [0-9]+$'
fi

# A medium that nobody can write to, and a disk that is full.
mkdir small
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=2m tmpfs small 2> /dev/null; then
  trap 'umount "$work/small" 2> /dev/null; rm -rf "$work"' EXIT
  cp s.db small/s.db
  mount -o remount,ro "$work/small"
  run "$pomona" store check --store small/s.db
  has "a medium that is read only" 0 '^whole'
  run "$pomona" store vacuum --store small/s.db
  has "and is not written to" 3 '^pomona: small/s\.db: may only be read, and this would write to it$'
  mount -o remount,rw "$work/small"
  run "$pomona" assets import --store small/s.db one.csv
  has "a disk with room" 0 '1 new'
  dd if=/dev/zero of=small/filler bs=4096 2> /dev/null
  truncate -s -20K small/filler
  printf 'serial\n' > many.csv
  seq 1 2000 | sed 's/^/SERIAL/' >> many.csv
  run "$pomona" assets import --store small/s.db many.csv
  has "a full disk" 3 '^pomona: small/s\.db: (the disk is full; nothing of this was kept|disk I/O error)$'
  if [ "$(wc -l < err)" -eq 1 ]; then passed=$((passed + 1)); else fail "a full disk" "is not said in one sentence"; fi
  rm -f small/filler
  run "$pomona" evidence verify --store small/s.db
  has "what was acknowledged before is there" 0 '^1 entries hold'
  run "$pomona" store check --store small/s.db
  has "and it is whole" 0 '^whole'
  umount "$work/small"
else
  echo "skipped: a full disk and a medium that is read only (no small file system can be made here)"
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

# Killed while an old one is brought up to date: it is of the old version or of the new one, and holds what it held.
cp d.db old.db
python3 - <<'PYTHON'
import sqlite3
c = sqlite3.connect("old.db")
kept = {"finding", "review_note", "review_close", "audit_log", "store_version"}
for (name,) in list(c.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")):
    if name not in kept:
        c.execute(f"DROP TABLE {name}")
c.execute("DELETE FROM store_version WHERE version > 1")
c.commit()
PYTHON
run "$pomona" store check --store old.db
has "an old one" 3 'is of version 1, and this program reads'
for i in 0 1 2 3 4 5 6 7; do
  rm -f k.db k.db-wal k.db-shm
  cp old.db k.db
  "$pomona" store migrate --store k.db > /dev/null 2>&1 &
  victim=$!
  sleep "0.0$i"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  "$pomona" store check --store k.db > out 2> err < /dev/null || grep -q 'is of version 1,' err || fail "killed while it is brought up to date" "neither old nor new ($i)"
  "$pomona" store migrate --store k.db > out 2> err < /dev/null || fail "killed while it is brought up to date" "does not open ($i)"
  "$pomona" evidence verify --store k.db > out 2> err < /dev/null
  grep -q '^1 entries hold' out || fail "killed while it is brought up to date" "the log does not hold ($i)"
done
passed=$((passed + 1))

# Killed in the middle of an import: all of it is there, or nothing.
printf 'serial\n' > many.csv
seq 1 3000 | sed 's/^/SERIAL/' >> many.csv
for i in 1 2 3 4 5 6; do
  rm -f k.db k.db-wal k.db-shm
  cp s.db k.db
  "$pomona" assets import --store k.db many.csv > /dev/null 2>&1 &
  victim=$!
  sleep "0.0$((i * 3 % 10))"
  kill -9 "$victim" 2> /dev/null
  wait "$victim" 2> /dev/null
  "$pomona" store check --store k.db > out 2> err < /dev/null || fail "killed while it imports" "is not whole ($i)"
  "$pomona" assets list --store k.db > list 2> err < /dev/null
  "$pomona" evidence verify --store k.db > out 2> err < /dev/null
  grep -q "^$(($(wc -l < list) / 3000)) entries hold" out || fail "killed while it imports" "$(wc -l < list) assets"
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
python3 - > out 2> err << 'PY'
import sqlite3
print(*sqlite3.connect("k2.db").execute(
    "SELECT (SELECT count(*) FROM review_note) = (SELECT count(*) FROM audit_log WHERE action = 'review.note')").fetchone())
PY
code=$?
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
