#!/usr/bin/env bash
# `pomona exceptions`, `detect --exceptions` and `pomona review` as a user runs them.
#
# usage: exceptions_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
telemetry=$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"

entry() {
  printf -- '- id: %s\n  rules: [S09-weak]\n  %s\n  owner: ann@example.org\n  reason: Known.\n' "$1" "$2"
  printf '  created: 2026-03-01\n  expires: %s\n' "${3:-2026-03-31}"
}

# --- check: the example, and what is wrong.
run "$pomona" exceptions check "$tree/examples/exceptions.yaml"
has "the example" 0 '^3 sound, 0 refused$'
lacks "nothing is said of it" 'warning|examples/'
{ entry E-1 'path: /Applications/Tonehaus 4.app/**'; entry E-2 'signer: T0NEHAUS9A/com.example.*'; } > two.yaml
run "$pomona" exceptions check two.yaml
has "a path alone" 2 "^two\.yaml:3:9: a path is anybody's to write: name the signer \(TEAM/SIGNING_ID\) or cdhash as well$"
has "how many" 2 '^1 sound, 1 refused$'
entry E-1 'signer: T0NEHAUS9A/x' | sed 's/S09-weak/S99/' > unknown.yaml
run "$pomona" exceptions check unknown.yaml
has "a rule that there is not" 0 '^unknown\.yaml:2:10: warning: there is no rule "S99"$'
has "is a warning" 0 '^1 sound, 0 refused, 1 warning$'
run "$pomona" exceptions check absent.yaml
has "a file that is not there" 2 '^pomona: absent\.yaml: '
printf 'a: [\n' > broken.yaml
run "$pomona" exceptions check broken.yaml
has "no YAML" 2 '^pomona: broken\.yaml:2:1: '
head -c 9000000 /dev/zero | tr '\0' '#' > large.yaml
run "$pomona" exceptions check large.yaml
has "a large file" 2 '^pomona: large\.yaml: a file of exceptions has at most 8388608 octets$'
entry 'E-1' 'signer: "T0NEHAUS9A/x\e[31m"' | sed 's/Known/"\\e[2J"/' > steers.yaml
run "$pomona" exceptions list --output table steers.yaml
lacks "nothing steers the terminal" "$(printf '\033')"
run "$pomona" exceptions
has "no verb" 2 'exceptions needs check, list, import, add, remove or export$'
run "$pomona" exceptions chekc two.yaml
has "a mistyped verb" 2 'takes check, list, import, add, remove or export'
run "$pomona" exceptions check
has "no file" 2 'exceptions check needs one file'

# --- detect: covered, told all the same, and counted.
entry E-2 'signer: T0NEHAUS9A/com.example.*' > host.yaml
run "$pomona" detect --exceptions host.yaml --output ndjson --fail-on low "$telemetry"
has "a host does not vouch for what it maps" 1 '"verdict":"new"'
has "and the exception is not met" 1 '^exceptions   0 used; 0 expired; 1 never hit$'
{ cat host.yaml; echo '  any_library: true'; } > any.yaml
run "$pomona" detect --exceptions any.yaml --output ndjson --fail-on low "$telemetry"
has "any library" 0 '"verdict":"excepted"'
has "its count" 0 '^exceptions   1 used \(E-2 1\); 0 expired; 0 never hit$'
run "$pomona" detect --exceptions any.yaml --output table "$telemetry"
has "one line in the table" 0 '^excepted by E-2 \| 2026-03-02 09:00:00\.750 UTC \| S09-weak \| '
lines "and no more" 1
sed 's/2026-03-31/2026-03-01/' any.yaml > ended.yaml
run "$pomona" detect --exceptions ended.yaml --output ndjson --fail-on low "$telemetry"
has "the time of the finding ends it" 1 '"verdict":"new"'
has "which is said" 1 '^exceptions   0 used; 1 expired; 0 never hit$'
has "and what it would have covered" 1 '^             met after their end: E-2 \(2026-03-01\) 1$'
run "$pomona" detect --exceptions two.yaml --output ndjson "$telemetry"
has "sound ones are used, and refused ones said" 2 '"verdict":"new"'
has "with their reason" 2 '^two\.yaml:3:9: a path is anybody'
run "$pomona" detect --exceptions absent.yaml "$telemetry"
has "no file, no run" 2 'absent\.yaml'
for threads in 1 4; do
  "$pomona" detect --exceptions any.yaml --threads "$threads" --output ndjson "$telemetry" > "threads-$threads" 2> err
done
run diff -s threads-1 threads-4
has "any number of threads" 0 'identical$'

# --- the store: import, count, list, add, remove, export; who did it, and why. Over PostgreSQL too, where tests/postgres.sh
# started one.
store=${POMONA_TEST_POSTGRES:-s.db}
export SOURCE_DATE_EPOCH=1772539200
run "$pomona" exceptions import any.yaml
has "import without a store" 2 'which store\? Give --store FILE, or set POMONA_STORE$'
run "$pomona" exceptions list
has "list without a store" 2 'which store\?'
run "$pomona" exceptions import --as ann --why "known" --store "$store" any.yaml
has "import" 0 '^1 added, 0 changed, 0 removed$'
run "$pomona" exceptions list --store "$store"
has "who put it there, and when" 0 '"put_by":"ann","put":"2026-03-03T12:00:00\.000000000Z"'
run "$pomona" exceptions list --store "$store" --output table
has "as people read it" 0 '; put there by ann 2026-03-03 12:00:00\.000$'
for _ in 1 2 3; do
  run "$pomona" detect --exceptions "$store" --output ndjson "$telemetry"
  has "a store covers like a file" 0 '"verdict":"excepted"'
done
run "$pomona" detect --store "$store" --output ndjson "$telemetry"
has "so it does where findings are kept" 0 '"verdict":"excepted"'
has "which is said" 0 '^store +its exceptions are heeded: 1$'
has "with what they met" 0 '^exceptions   1 used \(E-2 1\); 0 expired; 0 never hit$'
run "$pomona" detect --store "$store" --exceptions ended.yaml --output ndjson "$telemetry"
has "unless others are named" 0 '"verdict":"new"'
lacks "which is said, too" '^store '
run "$pomona" exceptions list --store "$store" --on 2026-03-10 --output table
has "hits add up" 0 '^E-2 +expires soon  2026-03-31  4 hits, last 2026-03-02 09:00:00\.750  S09-weak  '
has "and who is meant" 0 'T0NEHAUS9A/com\.example\.\*, any library$'
has "how many of each" 0 '^0 active, 1 expires within 30 days, 0 expired; 0 never hit$'
run "$pomona" exceptions list --store "$store" --on 2026-04-01
has "expired" 0 '"id":"E-2","state":"expired".*"hits":4,"first_hit":"2026-03-02T09:00:00\.750000000Z"'
run "$pomona" exceptions list --store "$store" --on 2026-02-31
has "no date" 2 '^pomona: --on takes a date like 2026-11-01, not "2026-02-31"$'
"$pomona" exceptions export --store "$store" > out.yaml
{ cat out.yaml; entry E-3 'signer: T0NEHAUS9A/other'; } > more.yaml
run "$pomona" exceptions import --store "$store" more.yaml
has "import of what was exported, and more" 0 '^1 added, 0 changed, 0 removed$'
run "$pomona" exceptions list --store "$store" --on 2026-03-01 --output table
has "keeps its hits" 0 '^E-2 .* 4 hits'
has "never hit" 0 '^E-3 .* never hit  S09'
run "$pomona" exceptions import --store "$store" two.yaml
has "import of what is refused" 2 'the store is left as it was'
run "$pomona" exceptions export --store "$store"
has "changes nothing" 0 '^- id: "E-3"$'
entry E-4 'signer: T0NEHAUS9A/fourth' > fourth.yaml
run "$pomona" exceptions add --store "$store" fourth.yaml
has "one more" 0 '^1 added, 0 changed, 0 removed$'
run "$pomona" exceptions add --store "$store" fourth.yaml
has "but once" 2 '^pomona: there is an exception "E-4" already$'
run "$pomona" exceptions remove --store "$store" --as eve E-4 E-9
has "remove what there is not" 2 '^pomona: there is no exception "E-9"$'
run "$pomona" exceptions remove --store "$store" --as eve E-3
has "remove" 0 '^1 removed$'
run "$pomona" exceptions list --store "$store"
lines "what is left" 2
run "$pomona" evidence verify --store "$store"
has "the log holds" 0 '^[0-9]+ entries hold'
if [ "$store" = s.db ]; then
  python3 - > log << 'PY'
import sqlite3
for row in sqlite3.connect("s.db").execute(
        "SELECT who, at_ns / 1000000000, action, subject, why FROM audit_log WHERE action != 'findings.keep' ORDER BY seq"):
    print(*row)
PY
  run cat log
  has "who, when, what, why" 0 '^ann 1772539200 exceptions\.add E-2 known$'
  lines "every change is in the audit log, and no hit" 6
  has "and who took it away" 0 '^eve 1772539200 exceptions\.remove E-3 $'
fi

# --- what is no store.
run "$pomona" exceptions list s.db
if [ "$store" = s.db ]; then has "a store is named as one" 2 '^pomona: s\.db: is a database; a store is named by --store$'; fi
printf 'not a store' > junk.db
run "$pomona" exceptions import --store junk.db any.yaml
has "another file is no store" 3 '^pomona: junk\.db: is no store: not an SQLite file$'
run "$pomona" exceptions list --store absent.db
has "a store that is not there" 3 '^pomona: absent\.db: '
run "$pomona" exceptions export --store any.yaml
has "a list is no store" 3 '^pomona: any\.yaml: is no store: not an SQLite file$'
mkdir directory
run "$pomona" exceptions list directory
has "a directory" 2 'directory: is not a regular file'
python3 -c 'import sqlite3
db = sqlite3.connect("old.db"); db.executescript("PRAGMA application_id = 0x504f4d58; CREATE TABLE exceptions_entry (id)")'
run "$pomona" detect --exceptions old.db "$telemetry"
has "a file of before" 2 '^pomona: old\.db: has exceptions in a file of their own, and the store keeps them now: export them with the pomona that made it, then `pomona exceptions import --store NAME`$'
"$pomona" exceptions import --store whole.db any.yaml > /dev/null
head -c 9000 whole.db > cut.db
run "$pomona" exceptions list --store cut.db
has "a store that was cut" 3 '^pomona: cut\.db: '
unset SOURCE_DATE_EPOCH

# --- review: one line each, or one whole with its playbook.
for case in "$tree"/tests/cases/*/*/input.ndjson; do "$pomona" detect --output ndjson "$case"; done > found.ndjson 2> err
id=$("$pomona" detect --output ndjson "$telemetry" 2> err | sed -n '1s/^{"id":"\([0-9a-f]*\)".*/\1/p')
run "$pomona" review list found.ndjson
has "a line of the list" 0 "^2026-03-02 09:00:00\.750  medium +[0-9]+  .*  S09-weak  Trusted process maps .*  $id\$"
lines "a line for each finding" "$(sed 's/^{"id":"\([0-9a-f]*\)".*/\1/' found.ndjson | sort -u | wc -l)"
if cut -c 40-43 out | sort -rn -C; then passed=$((passed + 1)); else fail "the gravest first" "not in order"; fi
run "$pomona" review show "${id:0:12}" found.ndjson
has "the finding" 0 '^-- MEDIUM  S09-weak  Trusted process maps a library of unknown signer'
has "its steps" 0 '^   1  \+0\.000 s   mapped /private/tmp/libsession\.dylib executable'
has "its reasons" 0 '^  score +[0-9]+: '
has "its playbook" 0 '^# A library that does not belong to the program'
run "$pomona" review show "$(printf '%s' "$id" | tr a-f A-F)" found.ndjson
has "capital letters" 0 "^  id           $id\$"
run "$pomona" review show --playbook-only "$id" found.ndjson
has "the playbook alone" 0 '^## Questions, in this order$'
lacks "and nothing else" 'HIGH'
run "$pomona" review show 0123456789abcdef0123456789abcdef found.ndjson
has "an id that there is not" 2 'there is no finding whose id begins with "0123456789abcdef0123456789abcdef"'
sed "s/$id/${id:0:31}g/; s/${id:0:31}g/${id:0:4}0000000000000000000000000000/" found.ndjson | cat - found.ndjson > twice.ndjson
run "$pomona" review show "${id:0:4}" twice.ndjson
has "several" 2 "several ids begin with \"${id:0:4}\": "
run "$pomona" review show ../x found.ndjson
has "no id" 2 'an id is up to 32 hexadecimal digits'
run "$pomona" review show "$id" absent.ndjson
has "no file" 3 'absent\.ndjson: '
run "$pomona" review show "$id"
has "no file named" 2 'review show needs an id, and a file or -'
"$pomona" review list - < found.ndjson > out 2> err
code=$?
has "standard input" 0 "$id"

# --- review: what comes from anywhere.
one=$(grep "$id" found.ndjson | head -n 1)
printf '%s\n' "$one" | sed 's|playbooks/library-injection.md|playbooks/../../../etc/passwd|' > outside.ndjson
run "$pomona" review show --playbook-only "$id" outside.ndjson
has "no file outside of playbooks/" 2 'the finding names no playbook of these rules'
printf '%s\n' "$one" | sed 's|library-injection|not-there|' > gone.ndjson
run "$pomona" review show "$id" gone.ndjson
has "a playbook that is not there" 2 'playbooks/not-there\.md: No such file'
printf '%s\n' "$one" | sed 's|/private/tmp/libsession.dylib|/tmp/\\u001b[2J\\u202e\\n-- HIGH  forged|g' > steers.ndjson
run "$pomona" review show "$id" steers.ndjson
lacks "nothing steers the terminal" "$(printf '\033')"
lacks "nor forges a line" '^-- HIGH  forged'
has "it is shown" 0 'mapped /tmp/\\x1b\[2J\\u\{202e\}\\n-- HIGH  forged'
run "$pomona" review list steers.ndjson
lacks "nor in the list" "$(printf '\033')"
for ((i = 0; i < ${#one}; i += 7)); do printf '%s\n' "${one:0:i}"; done > cut.ndjson
printf '%s\n' "$one" >> cut.ndjson
run "$pomona" review list cut.ndjson
has "every truncation is told" 0 'records are no findings, the first: cut\.ndjson:2: '
lines "and the whole one listed" 1
head -c 100000 "$pomona" > noise
printf '[%.0s' {1..5000} >> noise
run "$pomona" review list noise
has "noise" 0 'no finding'
{
  printf '{"id":"%s","rule":{"id":7},"score":-1}\n' "$id"
  printf '{"id":"%s","rule":{"id":"R","title":{}},"score":1e99,"level":9,"steps":{"a":[]},"also":[[],{}]}\n' "$id"
  printf '{"id":"%s","rule":{"id":"R"},"steps":[7,{"action":"none"},{"action":"exec","fields":{"process.pid":"x","process.args":[1,"a",[]]}}],"unseen":[null]}\n' "${id:0:31}0"
} > odd.ndjson
run "$pomona" review list odd.ndjson
lines "values of other types" 2
run "$pomona" review show "${id:0:31}0" odd.ndjson
has "steps that are not known are said" 0 '2 steps are of actions that are not known here'

echo "exceptions: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
