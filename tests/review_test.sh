#!/usr/bin/env bash
# `pomona detect --store` and `pomona review --store` as a user runs them.
#
# usage: review_test.sh POMONA
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
one=$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson
two=$(dirname "$(grep -l '^S05 ' "$tree"/tests/cases/S05/*/expected.txt | head -n 1)")/input.ndjson

"$pomona" detect --host mac-1 --output ndjson "$one" > one.ndjson 2> /dev/null
run "$pomona" detect --store s.db --as eve --why "by hand" --host mac-1 --output ndjson "$one"
has "kept, and printed" 0 '"id":"[0-9a-f]{32}"'
if cmp -s out one.ndjson; then passed=$((passed + 1)); else fail "printed" "not what is printed without a store"; fi
run "$pomona" detect --store s.db --host mac-1 --output ndjson "$one"
run "$pomona" review list --store s.db
lines "a replay makes nothing new" "$(wc -l < one.ndjson)"
"$pomona" detect --store s.db --host mac-2 "$two" > two.ndjson 2> /dev/null
run "$pomona" review list --store s.db --host mac-1
lines "of one Mac" "$(wc -l < one.ndjson)"
id=$(sed -n 's/^{"id":"\([0-9a-f]*\)".*/\1/p' one.ndjson | head -n 1)
rule=$(sed -n 's/^{[^{]*"rule":{"id":"\([^"]*\)".*/\1/p' one.ndjson | head -n 1)

run env POMONA_STORE=s.db "$pomona" review list --rule "$rule" --output table
has "by rule, by the environment's store" 0 "  $rule  .*  $id\$"
run "$pomona" review show --store s.db "$id"
has "shown whole" 0 '^decided      nothing yet$'

# --- pages: all findings come once, in the order of the whole list.
run "$pomona" review list --store s.db --status all
cp out whole
: > paged
after=
while :; do
  # shellcheck disable=SC2086
  "$pomona" review list --store s.db --status all --limit 1 ${after:+--after $after} > page
  [ -s page ] || break
  cat page >> paged
  after=$(sed 's/^{"id":"\([0-9a-f]*\)".*/\1/' page)
done
if cmp -s whole paged && [ "$(wc -l < whole)" -ge 2 ]; then passed=$((passed + 1)); else fail "pages" "differ"; fi

# --- decisions
run "$pomona" review assign --store s.db --as ada "$id" bob
[ "$code" -eq 0 ] || fail "assigned" "exit $code"
run "$pomona" review list --store s.db --assignee bob
has "who has it" 0 "\"id\":\"$id\".*\"status\":\"assigned\",\"disposition\":\"none\",\"assignee\":\"bob\""
run "$pomona" review note --store s.db --as bob "$id" "$(printf 'a \033[31mnote')"
run "$pomona" review show --store s.db "$id"
has "the note" 0 '^2026-05-28 20:26:40.000  bob: a \\x1b\[31mnote$'
lacks "nothing steers the terminal" "$(printf '\033')\[31m"
run "$pomona" review close --store s.db "$id"
has "no disposition" 2 'review close needs --disposition true-positive'
run "$pomona" review close --store s.db --disposition perhaps "$id"
has "no such disposition" 2 'not "perhaps"$'
run "$pomona" review close --store s.db --disposition true-positive --cause theft "$id"
has "a scope is needed" 2 'review close needs --scope TEXT of a true positive'
run "$pomona" review close --store s.db --disposition true-positive --cause theft --scope one "$id"
has "containment is needed" 2 'review close needs --containment TEXT of a true positive'
run "$pomona" review close --store s.db --as bob --disposition false-positive --cause '"own" build' "$id"
[ "$code" -eq 0 ] || fail "closed" "exit $code"
run "$pomona" review show --store s.db "$id"
has "the close-out" 0 '^decided      \(closed: false-positive, bob\) \{"disposition":"false-positive","cause":"\\"own\\" build"\}$'
run "$pomona" review list --store s.db --host mac-1
lacks "not in the queue" "$id"
run "$pomona" review close --store s.db --disposition undetermined --cause x "$id"
has "closed once" 2 'is closed already; reopen it first$'
run "$pomona" review assign --store s.db "$id" eve
has "closed is closed" 2 'is closed; reopen it first$'
"$pomona" detect --store s.db --host mac-1 "$one" > /dev/null 2>&1
run "$pomona" review list --store s.db --status closed
has "a replay keeps what was decided" 0 "\"id\":\"$id\".*\"disposition\":\"false-positive\""
run "$pomona" review stats --store s.db
has "statistics" 0 "^\{\"rule\":\"$rule\",\"findings\":[0-9]+,\"not_closed\":[0-9]+,\"true-positive\":0,.*\"false-positive\":1,\"undetermined\":0,\"precision\":0(\.0)?,\"triage_seconds\":0\}\$"
run "$pomona" review reopen --store s.db "$id"
[ "$code" -eq 0 ] || fail "reopened" "exit $code"
run "$pomona" review reopen --store s.db "$id"
has "open already" 2 'is not closed$'

# --- an exception for what was benign
run "$pomona" review close --store s.db --disposition false-positive --cause x --propose "$id"
has "only of what is benign" 2 'review close needs --disposition benign-expected or benign-unexpected with --propose$'
run "$pomona" review show --store s.db --propose "$id"
has "only of what is closed" 2 "closed as benign-expected or benign-unexpected; $id was not\$"
known=$(sed -n 's/^{"id":"\([0-9a-f]*\)".*/\1/p' two.ndjson | head -n 1)
run "$pomona" review close --as ada --store s.db --disposition benign-expected --cause 'the lab: "own" build' --propose "$(echo "$known" | tr a-f A-F)"
has "proposed" 0 "^- id: \"P-$(echo "$known" | cut -c 1-12)\"\$"
has "whose it is" 0 '^  owner: "ada"$'
cp out proposed.yaml
run "$pomona" review show --as ada --store s.db --propose "$known"
if cmp -s out proposed.yaml; then passed=$((passed + 1)); else fail "proposed again" "another text"; fi
run "$pomona" exceptions check proposed.yaml
[ "$code" -eq 0 ] || fail "what is proposed is sound" "exit $code"
# shellcheck disable=SC2016
grep -q 'only with `critical: true` added' proposed.yaml && echo '  critical: true' >> proposed.yaml
run "$pomona" detect --host mac-2 --output ndjson --exceptions proposed.yaml "$two"
has "and covers it" 0 '"rule":\{"id":"S05".*"verdict":"excepted"'
run "$pomona" detect --host mac-9 --output ndjson --exceptions proposed.yaml "$two"
lacks "not on another Mac" '"verdict":"excepted"'
run "$pomona" exceptions add --as ada --why 'the lab' --store s.db proposed.yaml
has "put among those of the store" 0 '^1 added, 0 changed, 0 removed$'
run "$pomona" detect --host mac-2 --output ndjson --store s.db "$two"
has "and then it holds where findings are kept" 0 '"rule":\{"id":"S05".*"verdict":"excepted"'
run "$pomona" exceptions remove --store s.db "P-$(echo "$known" | cut -c 1-12)"
has "and no longer" 0 '^1 removed$'
run "$pomona" review reopen --store s.db "$known"
run "$pomona" review close --store s.db --disposition benign-expected --cause x --propose "$id"
has "of a library of which nothing is known" 2 "^pomona: no exception can be proposed for finding $id: of the library in step"
run "$pomona" review list --store s.db --status closed
lacks "and then it is not closed either" "$id"

# --- an entry of the baseline for what was benign: closed, proposed, imported, and expected
three=$tree/tests/cases/S07/attaching-alone/input.ndjson
"$pomona" detect --store b.db --host mac-3 --output ndjson "$three" > three.ndjson 2> /dev/null
known=$(sed -n 's/^{"id":"\([0-9a-f]*\)".*"rule":{"id":"S07-weak".*/\1/p' three.ndjson | head -n 1)
run "$pomona" review close --as ada --store b.db --disposition benign-expected --cause 'our profiler' --propose=baseline "$known"
has "an entry is proposed" 0 '^\{"behaviour":"trace",.*"state":"expected","owner":"ada","reason":"our profiler",.*"hosts":1,"days":1,'
cp out proposed.ndjson
run "$pomona" review show --as ada --store b.db --propose=baseline "$known"
if cmp -s out proposed.ndjson; then passed=$((passed + 1)); else fail "an entry is proposed again" "another text"; fi
run "$pomona" detect --host mac-3 --output ndjson "$three"
has "new before" 0 '"rule":\{"id":"S07-weak".*"verdict":"new"'
run "$pomona" baseline import --store known.db proposed.ndjson
has "it is imported" 0 '^imported [1-9] entr'
run "$pomona" detect --host mac-3 --output ndjson --baseline known.db "$three"
has "and expected" 0 '"rule":\{"id":"S07-weak".*"verdict":"expected","verdict_by":"baseline [0-9a-f]'
run "$pomona" review close --store b.db --disposition benign-expected --cause x --propose=both "$known"
has "no such proposal" 2 '^pomona: --propose takes exception or baseline, not "both"$'
"$pomona" detect --store b.db --host mac-2 "$two" > /dev/null 2>&1
grave=$(sed -n 's/^{"id":"\([0-9a-f]*\)".*"rule":{"id":"S05".*/\1/p' two.ndjson | head -n 1)
run "$pomona" review close --store b.db --disposition benign-expected --cause x --propose=baseline "$grave"
has "of a critical rule a proposal alone" 0 '"state":"proposal","owner":""'
has "which is said" 0 'rule S05 is of level critical: what is imported stays a proposal until `pomona baseline promote --critical`'
run "$pomona" review close --store s.db --disposition benign-expected --cause x --propose=baseline "$id"
has "of a library of which nothing is known" 2 "^pomona: no entry of the baseline can be proposed for finding $id: step [0-9]+, library-foreign: what it acts on has no identity\$"
run "$pomona" review list --store s.db --status closed
lacks "and then it is not closed either" "$id"

# --- what became of each rule's findings
run "$pomona" rules list --store b.db
has "a heading" 0 '^rule +level +findings +open +precision +triage +title$'
has "a rule with findings" 0 '^S07-weak +medium +[1-9][0-9]* +0 +- +0 min  [A-Z]'
has "a rule without" 0 '^S01 +critical +0 +0 +- +-  [A-Z]'
run "$pomona" rules list --store b.db --output ndjson "$tree/rules"
has "as fields" 0 '^\{"rule":"S07-weak","version":[0-9]+,"level":"medium","title":"[^"]+","findings":[1-9][0-9]*,"not_closed":0,"true-positive":0,"benign-expected":[1-9].*"precision":null,"triage_seconds":0\}$'
run "$pomona" rules list --output ndjson "$tree/rules"
has "without a store none of them" 0 '^\{"rule":"S07-weak","version":[0-9]+,"level":"medium","title":"[^"]+"\}$'
run "$pomona" rules list --output yaml
has "no such form" 2 '^pomona: --output takes table or ndjson, not "yaml"$'
run "$pomona" rules list --store absent.db
has "no such store" 3 'absent\.db'

# --- a note from an editor, on a terminal
cat > editor <<'END'
#!/bin/sh
printf '\n%s\n\n' "$WRITTEN" > "$2"
echo "$1 $2" > edited
[ "$WRITTEN" != fails ]
END
chmod +x editor
on_terminal() { python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" > out 2> err < /dev/null; code=$?; }
export TMPDIR=$work EDITOR="'$work/editor' -w"
WRITTEN='seen with $(ada)' on_terminal "$pomona" review note --store s.db --as bob "$id"
[ "$code" -eq 0 ] || fail "written" "exit $code"
run "$pomona" review show --store s.db "$id"
has "what was written" 0 '  bob: seen with \$\(ada\)$'
if grep -q "^-w $work/pomona-note-" edited && ! ls pomona-note-* > /dev/null 2>&1; then passed=$((passed + 1)); else fail "the file" "is left, or was none"; fi
WRITTEN='' on_terminal "$pomona" review note --store s.db "$id"
has "nothing written" 2 'nothing was written, and no note was added'
WRITTEN=fails on_terminal "$pomona" review note --store s.db "$id"
has "an editor that fails" 2 'the editor failed, and no note was added'
WRITTEN=$(head -c 65537 /dev/zero | tr '\0' x) on_terminal "$pomona" review note --store s.db "$id"
has "too much written" 3 'has more than 65536 octets; it is left in .*/pomona-note-'
if [ "$(cat pomona-note-* | wc -c)" -gt 65536 ]; then passed=$((passed + 1)); else fail "what was written" "is gone"; fi
rm -f pomona-note-*
EDITOR="sh -c 'rm -f \"\$1\"; mkfifo \"\$1\"' x" on_terminal "$pomona" review note --store s.db "$id"
has "a pipe in its place" 3 'the note cannot be read'
EDITOR='' VISUAL='' on_terminal "$pomona" review note --store s.db "$id"
has "no editor" 2 'set EDITOR'
unset TMPDIR EDITOR

# --- since when
run "$pomona" review list --store s.db --status all
all=$(wc -l < out)
run "$pomona" review list --store s.db --status all --since 2000-01-01
lines "since long ago" "$all"
run "$pomona" review list --store s.db --status all --since 2200-01-01T00:00:00Z
lines "since some day" 0
run "$pomona" review list --store s.db --since yesterday
has "no time" 2 '^pomona: --since takes a date or a time, like 2026-11-01 or 2026-11-01T08:00:00Z, not "yesterday"$'

# --- the log of it all
python3 - > out 2> err << 'PY'
import sqlite3
for row in sqlite3.connect("s.db").execute("SELECT action, detail FROM audit_log WHERE action != 'findings.keep'"):
    print(*row)
PY
lines "each decision has its entry" 9
python3 - > out 2> err << 'PY'
import hashlib, json, sqlite3
who, why, detail = sqlite3.connect("s.db").execute("SELECT who, why, detail FROM audit_log WHERE seq = 1").fetchone()
print(who, why, json.loads(detail)["sha256"] == hashlib.sha256(open("one.ndjson", "rb").read()).hexdigest())
PY
code=$?
has "and so has what came, with its hash" 0 '^eve by hand True$'
run "$pomona" evidence verify --store s.db
has "the log holds" 0 '^[0-9]+ entries hold, head [0-9a-f]{64}$'
head=$(sed 's/.* //' out)
run "$pomona" evidence verify --store s.db --head "$head"
has "the head is there" 0 '^[0-9]+ entries hold'
run "$pomona" evidence verify --store s.db --head "$(printf '%064d' 0)"
has "another head" 3 'the entry of the head that was given is gone$'
run "$pomona" evidence verify --store s.db --head 12
has "no head" 2 '^pomona: --head takes 64 hexadecimal digits, not "12"$'
cp s.db edited.db
python3 -c 'import sqlite3; c = sqlite3.connect("edited.db"); c.execute("UPDATE audit_log SET who = '"'eve'"' WHERE seq = 2"); c.commit()'
run "$pomona" evidence verify --store edited.db
has "an edit" 3 '^pomona: the audit log does not hold: entry 2: it was changed after it was written$'
run "$pomona" evidence verify
has "no store named" 2 'which store\?'

# --- what is said wrong
run "$pomona" review show --store s.db ffffffffffff
has "no such finding" 2 'no finding of the store has an id that begins "ffffffffffff"$'
run "$pomona" review show --store s.db zz
has "no id" 2 'an id is up to 32 hexadecimal digits, not "zz"$'
run "$pomona" review show --store s.db 12
has "too short an id" 2 'an id needs its first 4 digits, not "12"$'
run "$pomona" review note --store s.db "$id"
has "no text" 2 'review note needs an id and a text$'
run "$pomona" review note --store s.db "$id" ''
has "an empty text" 2 'a note has 1 to 65536 octets$'
run "$pomona" review assign "$id" bob
has "no store" 2 'which store\?'
run "$pomona" review list --store absent.db
has "a store that is not there" 3 'absent\.db: unable to open'
run "$pomona" review --store s.db
has "no verb, and no terminal" 2 '^pomona: review needs list, show, assign, note, close, reopen or stats; without one it shows the queue, on a terminal$'
run "$pomona" review frobnicate --store s.db
has "a mistyped verb" 2 'review takes list, show, assign, note, close, reopen or stats'
mkdir full
if [ "$(id -u)" -eq 0 ] && [ "$(uname -s)" = Linux ] && mount -t tmpfs -o size=256k tmpfs full 2> /dev/null; then
  run "$pomona" detect --store full/s.db --host mac-1 --output ndjson "$one"
  if [ "$code" -eq 3 ]; then
    has "a full disk" 3 'the disk is full|disk I/O error|disk is full'
    has "findings are printed all the same, or the store could not be made" 3 '"id":"|full/s\.db'
  fi
  head -c 1000000 /dev/zero > full/filler 2> /dev/null
  run "$pomona" detect --store full/s.db --host mac-3 --output ndjson "$two"
  has "a full disk" 3 'the disk is full|disk I/O error|disk is full'
  umount full
else
  echo "skipped: a full disk (only root on Linux can make one)"
fi

echo "review: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
