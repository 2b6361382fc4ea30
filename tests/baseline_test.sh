#!/usr/bin/env bash
# `pomona baseline` as a user runs it: what is learned from ordinary work, what a person makes of it, and that
# no attack hides behind it.
#
# usage: baseline_test.sh POMONA SIMULATE
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
simulate=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/shell.sh"
tree=$PWD
rules=$PWD/rules
cd "$work" || exit 1

later() { python3 -c "import datetime, sys
print(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=int(sys.argv[1])))" "$1"; }
say=(--owner security@example.org --reason "normal here" --expires "$(later 30)")

# verdicts: of the last run, a line each: rule, verdict.
verdicts() {
  sed -nE 's/.*"rule":\{"id":"([^"]*)".*"verdict":"([a-z]*)","?.*/\1 \2/p' out
}
# attacks_are_new NAME: each labelled attack of the last run is found and new.
attacks_are_new() {
  grep '"verdict":"new"' out > new.ndjson
  if python3 "$tree/tests/labelled.py" labels.ndjson new.ndjson > wrong; then passed=$((passed + 1)); else fail "$1" "$(head -n 3 wrong)"; fi
}
# ids PATTERN: of the proposals whose line is like that.
ids() { "$pomona" baseline review --store "$1" --output ndjson | grep -E -- "$2" | sed -E 's/^\{"id":"([0-9a-f]*)".*/\1/'; }

"$simulate" --hosts 4 --minutes 20 --seed 7 --attacks none --links ordinary.db --output ordinary.ndjson 2> /dev/null || exit 1
"$simulate" --hosts 4 --minutes 20 --seed 7 --attacks all --links links.db --labels labels.ndjson \
  --output attacked.ndjson 2> /dev/null || exit 1

# --- Learning, and what it says.
run "$pomona" baseline learn --store b.db --links ordinary.db ordinary.ndjson
has "learning says what it did" 0 '^learned +[0-9]+ entries of [0-9]+ acts on 4 hosts; not learned: [0-9]+ without an identity'
run "$pomona" baseline review --store b.db --output ndjson
has "a proposal has its evidence" 0 '"behaviour":"library-foreign","actor":\{"identity":"platform:[^"]*".*"object":\{"identity":"[A-Z0-9]+/.*"hosts":4,"hosts_total":4,"days":1,"events":[0-9]+,"first_seen":"2026-'
lacks "nothing is learned by less than an identity" '"identity":""'
lacks "unsigned and ad-hoc programs go by their cdhash" '"identity":"(adhoc|unsigned)'
cp out review.ndjson
run "$pomona" baseline review --store b.db --output table
has "the table warns" 0 '! it was seen on one or two days only'
has "the table sums up" 0 'shown; the baseline has [0-9]+ proposed, 0 expected, 0 refused, learned from 4 hosts on 4 host-days in 1 run$'
run "$pomona" baseline review --store b.db --min-hosts 4 --behaviour task-port-control --signer com.apple.spindump
lines "filters" 1
run "$pomona" baseline learn --store t.db --threads 4 --links ordinary.db ordinary.ndjson
run "$pomona" baseline review --store t.db --output ndjson
if cmp -s out review.ndjson; then passed=$((passed + 1)); else fail "threads" "another baseline"; fi

# --- Promoting: nothing silently, nothing half.
run "$pomona" detect --baseline b.db --links links.db attacked.ndjson
attacks_are_new "a proposal changes no verdict"
first=$(ids b.db . | head -n 1)
run "$pomona" baseline promote --store b.db "$first"
has "promoting needs an owner" 2 'promote needs --owner, --reason and --expires'
run "$pomona" baseline promote --store b.db "${say[@]}" "$first"
has "promoting needs days" 2 "$first is not promoted: it was seen on fewer than 3 days; --force"
run "$pomona" baseline promote --store b.db "${say[@]}" --force "$first" 0000000000000000
has "promoting needs an entry" 2 'no entry begins with "0000000000000000"'
run "$pomona" baseline list --store b.db --state expected
lines "nothing of it was promoted" 0
run "$pomona" baseline promote --store b.db --owner a --reason b --expires "$(later 400)" "$first"
has "no entry for ever" 2 'expires takes a day from today to 366 days from now'
run "$pomona" baseline promote --store b.db --owner a --reason b --expires 2026-02-30 "$first"
has "a day that there is not" 2 'takes a day as YYYY-MM-DD'
run "$pomona" baseline promote --store b.db "${say[@]}" --all
has "too few days for all of them" 0 'promoted 0 entries; [0-9]+ left for somebody to look at'
run "$pomona" baseline promote --store b.db "${say[@]}" --force --all
has "all of them" 0 'promoted [1-9][0-9]* entries'
run "$pomona" baseline list --store b.db --output table
has "who answers for it" 0 'expected until 20[0-9-]+: normal here \(security@example\.org\)'

# --- No attack hides behind what is normal.
run "$pomona" detect --baseline b.db --links links.db attacked.ndjson
attacks_are_new "every attack is new"

# --- Learned while the attacker was there: what rules matched is promoted by name only.
cat > grave.yaml <<'Y'
id: G1
title: A control port and a thread
version: 1
status: test
description: As S05, and worse.
author: Pomona
level: critical
query: |
  process where event.action == "remote_thread" and process.code_signature.trusted == false
Y
run "$pomona" baseline learn --store p.db --links links.db --rules "$rules" --rules grave.yaml attacked.ndjson
has "critical is not learned silently" 0 '^critical +[1-9][0-9]* entries were matched by a rule of level critical; 0 of them are expected'
run "$pomona" baseline promote --store p.db "${say[@]}" --force --critical --all
run "$pomona" detect --baseline p.db --links links.db attacked.ndjson
attacks_are_new "and all at once promotes none of it"
grave=$(ids p.db '"rules":\[[^]]*"G1"' | head -n 1)
run "$pomona" baseline promote --store p.db "${say[@]}" --force "$grave"
has "critical needs a word of its own" 2 'is not promoted: a rule of level critical matched it; --critical'
plug_in=$(ids p.db '"behaviour":"(library-foreign|loader-environment|child-foreign)".*"rules":\[[^]]*"S0[89]"')
# shellcheck disable=SC2086
run "$pomona" baseline promote --store p.db "${say[@]}" --force $plug_in
has "by name" 0 'promoted [1-9]'
run "$pomona" detect --baseline p.db --links links.db attacked.ndjson
has "the host application and its library are expected" 0 '"rule":\{"id":"S08".*"verdict":"expected"'
# The same host application, with a library that nobody knows: its path is all that changes.
library=$(sed -nE 's/.*"rule":\{"id":"S08".*"dll.path":"([^"]*)".*/\1/p' out)
sed "s|${library//./\\.}|/private/tmp/libother.dylib|g; s|${library//\//\\\\/}|/private/tmp/libother.dylib|g" attacked.ndjson > other.ndjson
run "$pomona" detect --baseline p.db --links links.db other.ndjson
has "it is mapped" 0 '"dll.path":"/private/tmp/libother.dylib"'
if grep '"dll.path":"[^"]*libother.dylib' out | grep -q '"verdict":"expected"'; then fail "a new library" "a finding is expected"; else passed=$((passed + 1)); fi
run "$pomona" baseline refuse --store p.db $plug_in
has "taking it back" 0 'refused [1-9]'
run "$pomona" detect --baseline p.db --links links.db attacked.ndjson
attacks_are_new "what was taken back is new"

# --- From one baseline to another.
run "$pomona" baseline export --store b.db one.ndjson
has "export" 0 'exported [1-9][0-9]* entries; 0 left out'
run "$pomona" baseline import --store new.db one.ndjson
has "import" 0 'imported [1-9][0-9]* entries; 0 left'
run "$pomona" baseline export --store new.db two.ndjson
if cmp -s one.ndjson two.ndjson; then passed=$((passed + 1)); else fail "export" "not what was imported"; fi
run "$pomona" baseline import --store new.db one.ndjson
run "$pomona" baseline export --store new.db -
if cmp -s one.ndjson out; then passed=$((passed + 1)); else fail "import twice" "something was added"; fi
size=$(wc -c < one.ndjson)
for at in 0 21 300 $((size / 2)) $((size - 90)) $((size - 30)) $((size - 1)); do
  { head -c "$at" one.ndjson; printf '~'; tail -c +$((at + 2)) one.ndjson; } > tampered.ndjson
  run "$pomona" baseline import --store tampered.db tampered.ndjson
  has "another octet at $at" 3 'tampered\.ndjson: (its hash is not that of what it holds; nothing was imported|not an exported baseline)'
done
head -c $((size / 2)) one.ndjson > cut.ndjson
run "$pomona" baseline import --store tampered.db cut.ndjson
has "half of it" 3 'its hash is not that'
if [ -e tampered.db ]; then fail "refused" "made a baseline all the same"; else passed=$((passed + 1)); fi

# A sound hash says nothing of the numbers.
for change in 's/"events":[0-9]*/"events":-1/' 's/"first_ns":[0-9]*/"first_ns":-5/' 's/"last_ns":[0-9]*/"last_ns":1/' 's/"hosts":[0-9]*/"hosts":-9/'; do
  sed '$d' one.ndjson | sed "2$change" > numbers.ndjson
  printf '{"sha256":"%s"}\n' "$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' numbers.ndjson)" >> numbers.ndjson
  run "$pomona" baseline import --store tampered.db numbers.ndjson
  has "$change" 3 'line 2: not an entry of a baseline'
done

# --- The store: whom it may be, what is said of it, and what is written down.
run "$pomona" detect --store b.db --links links.db attacked.ndjson
attacks_are_new "every attack is new with the baseline of the store, too"
has "which is said" 0 '^store +its baseline is heeded: [1-9][0-9]* entries, [1-9][0-9]* expected$'
run "$pomona" detect --store fresh.db --links links.db attacked.ndjson
lacks "a store without one says nothing" '^store '
run "$pomona" detect --store fresh.db --baseline b.db --links links.db attacked.ndjson
lacks "nor where another is named" '^store '
run "$pomona" detect --store b.db --baseline fresh.db --links links.db attacked.ndjson
lacks "which holds instead" '"verdict":"expected"'
entry=$("$pomona" baseline list --store b.db --state expected --output ndjson | sed -nE '1s/^\{"id":"([0-9a-f]*)".*/\1/p')
run "$pomona" baseline refuse --store b.db --as ada --why "no longer used" "$entry"
run "$pomona" evidence verify --store b.db
has "every decision is in the audit log" 0 '^[1-9][0-9]* entries hold'
python3 - > log <<'P'
import sqlite3
for row in sqlite3.connect("b.db").execute("SELECT who, action, subject, why FROM audit_log ORDER BY seq"):
    print(*row)
P
run grep -E "^ada baseline.refuse $entry no longer used$" log
has "who refused it, and why" 0 .
run grep -cE "^[^ ]+ baseline.promote [0-9a-f]{16} normal here$" log
has "why is the promotion's reason where nothing else is said" 0 '^[1-9]'
run grep -c ' baseline.learn baseline ' log
has "learning, once" 0 '^1$'
run "$pomona" baseline refuse --store b.db 0000000000000000
python3 -c 'import sqlite3
for row in sqlite3.connect("b.db").execute("SELECT who, action, subject, why FROM audit_log ORDER BY seq"): print(*row)' > again
run diff -s log again
has "what was not done is not written down" 0 'identical$'
# Learning while findings are kept, and promoting: all of it is there in the end.
for seed in 1 2 3; do
  "$simulate" --hosts 1 --minutes 5 --seed $seed --attacks none --output "part-$seed.ndjson" 2> /dev/null
  "$pomona" baseline learn --store busy.db "part-$seed.ndjson" > /dev/null 2> "part-$seed.err" &
  "$pomona" detect --store busy.db "part-$seed.ndjson" > /dev/null 2>> "part-$seed.err" &
done
wait
run "$pomona" baseline list --store busy.db --output table
has "several at once" 0 'in 3 runs$'
run grep -h '^pomona: ' part-1.err part-2.err part-3.err
lines "none of which failed" 0

# --- What is no store.
run "$pomona" detect --baseline absent.db ordinary.ndjson
has "a store that is not there" 3 '^pomona: absent\.db: '
python3 -c 'import sqlite3
db = sqlite3.connect("old.db"); db.executescript("PRAGMA application_id = 0x504f4d42; CREATE TABLE baseline_meta (runs)")'
for command in "detect --baseline old.db" "baseline learn --store old.db"; do
  # shellcheck disable=SC2086
  run "$pomona" $command ordinary.ndjson
  has "a file of before: $command" 3 '^pomona: old\.db: is a baseline in a file of its own, and the store keeps it now: export it with the pomona that made it, then `pomona baseline import --store NAME`$'
done
run "$pomona" baseline review
has "without a store" 2 'which store\? Give --store FILE, or set POMONA_STORE$'
POMONA_STORE=b.db run "$pomona" baseline list --state expected --min-hosts 4
has "the store of the environment" 0 '"state":"expected"'
run "$pomona" baseline forget --store b.db
has "an unknown command" 2 'baseline knows no "forget"'
run "$pomona" baseline --help
has "help" 0 'usage: pomona baseline learn'
run "$pomona" baseline learn --help
has "help of learning" 0 'usage: pomona baseline learn \[options\]'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
