#!/usr/bin/env bash
# `pomona rules check` and `explain` as a user runs them: what is printed, and where it points.
#
# usage: rules_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rules=$PWD/rules
telemetry=$PWD/tests/cases/S01/untrusted-links-from-memory/input.ndjson
passed=0
failed=0
cd "$work" || exit 1

run() {
  "$@" > out 2> err < /dev/null
  code=$?
}

fail() {
  echo "FAIL $1: $2"
  head -n 12 out err | sed 's/^/     /'
  failed=$((failed + 1))
}

# prints NAME EXIT LINE…: the last run ended so and printed these lines, on its output.
prints() {
  same "$1" "$2" out "${@:3}"
}

# says NAME EXIT LINE…: likewise, on its error output.
says() {
  same "$1" "$2" err "${@:3}"
}

same() {
  local name=$1 expected=$2 file=$3
  shift 3
  if [ "$code" -ne "$expected" ]; then
    fail "$name" "exit $code, expected $expected"
  elif ! diff <([ $# -eq 0 ] || printf '%s\n' "$@") "$file" > diff; then
    fail "$name" "expected (<) and found (>) differ: $(sed -n '2,5p' diff)"
  else
    passed=$((passed + 1))
  fi
}

# has NAME EXIT PATTERN: the last run ended so, and one line of it is like that.
has() {
  if [ "$code" -ne "$2" ]; then
    fail "$1" "exit $code, expected $2"
  elif ! grep -qE -- "$3" out err; then
    fail "$1" "nothing like \"$3\""
  else
    passed=$((passed + 1))
  fi
}

# lacks NAME PATTERN: no line of the last run is like that.
lacks() {
  if grep -qE -- "$2" out err; then fail "$1" "something like \"$2\""; else passed=$((passed + 1)); fi
}

# --- check: the place, what is wrong, and the line with it underlined.
mkdir sound
printf 'process where process.name == "sh"\n' > 'sound/a name.eql'
cat > sound/b.yaml <<'Y'
id: B1
title: Of a list
version: 1
description: A rule that needs a list.
level: low
query: |
  sequence by process.entity_id with maxspan=1m
    [process where process.name in $shells]
    [file where file.path : "/tmp/*"]
Y
printf 'shells: [sh, zsh]\n' > sound/lists.yaml
run "$pomona" rules check sound
prints "a folder" 0 '2 sound, 0 refused'
says "nothing is said of what is sound" 0
run "$pomona" rules check sound/b.yaml sound/lists.yaml
prints "files" 0 '1 sound, 0 refused'
run "$pomona" rules check sound/b.yaml
has "a list that there is not" 2 '^sound/b\.yaml:8:36: .*\$shells'

mkdir site
cp sound/b.yaml site
{ cat sound/lists.yaml; printf 'develper_hosts: [mac-1]\nmy_own: [x]\ndeveloper_users: [ada]\n'; } > site/lists.yaml
run "$pomona" rules check site
prints "a list whose name was mistyped" 0 '1 sound, 0 refused, 1 warning'
says "which one was meant" 0 'warning: nobody reads the list $develper_hosts; did you mean $developer_hosts?'
run "$pomona" rules check "$rules"
says "our own lists have readers" 0

mkdir bad
printf 'process where process.name == "a" and\n  process.executible : "/x"\n' > bad/field.eql
printf 'process where length(process.name, 1) > 2' > bad/call.eql
printf 'sequence [process where true] [process where true] with runs=101' > bad/runs.eql
printf 'process where process.name == "\303\244" and process.pid : "7"' > bad/wide.eql
cat > bad/yaml.yaml <<'Y'
id: Y1
title: Wrong
version: 1
description: A category that there is not.
level: low
query: |

  # no comment of this language
  proces where true
Y
run "$pomona" rules check bad/field.eql
prints "how many" 2 '0 sound, 1 refused'
says "an unknown field" 2 \
  'bad/field.eql:2:3: no field `process.executible`; did you mean `process.executable`?' \
  '    process.executible : "/x"' \
  '    ^~~~~~~~~~~~~~~~~~'
run "$pomona" rules check bad/wide.eql
has "a column is one of characters" 2 '^bad/wide\.eql:1:39: '
has "the line as it is" 2 '^  process where process\.name == "ä" and process\.pid : "7"$'
has "the mark stands below the place" 2 '^ {40}\^~*$'
run "$pomona" rules check bad/runs.eql
says "runs" 2 'bad/runs.eql:1:62: runs is a whole number from 1 to 100' \
  '  sequence [process where true] [process where true] with runs=101' \
  "$(printf '%63s^~~' '')"
run "$pomona" rules check bad/yaml.yaml
has "a line of the file, not of the query" 2 '^bad/yaml\.yaml:8:3: '
run "$pomona" rules check bad sound
has "all that is wrong, and what is sound" 2 '^2 sound, 5 refused$'
has "a function" 2 '^bad/call\.eql:1:15: `length` takes '
printf 'process where process.name == "\033[31m\001" and x == 1' > bad/steers.eql
run "$pomona" rules check bad/steers.eql
lacks "nothing steers the terminal" "$(printf '\033')"

# --- check: warnings, and rules made for other sensors.
printf 'process where event.action == "exce"' > unmet.eql
run "$pomona" rules check unmet.eql
prints "a stage that no event can meet" 0 '1 sound, 0 refused, 1 warning'
says "which stage that is" 0 \
  'unmet.eql:1:1: warning: no event can meet stage 1: event.action == "exce"'
printf 'process where dns.question.name : "*.test" and process.name == "sh"' > other.eql
printf 'registry where registry.path : "x" or process.pid == 1' > another.eql
run "$pomona" rules check other.eql another.eql
prints "names that mean nothing" 2 '0 sound, 2 refused'
run "$pomona" rules check --lenient other.eql another.eql
has "likewise, lenient" 0 '^2 sound, 0 refused, [0-9]+ warnings$'
has "a warning has its place" 0 '^other\.eql:1:15: warning: no field `dns\.question\.name`'
has "a category that there is not" 0 '^another\.eql:1:1: warning: no category `registry`'
printf 'process where process.name ==' > syntax.eql
run "$pomona" rules check --lenient syntax.eql other.eql
has "what is no query is refused all the same" 2 '^1 sound, 1 refused, 1 warning$'
has "where the query ends" 2 '^syntax\.eql:1:(29|30): '

# --- check: files.
mkdir -p deep/a/b deep/.git
cp sound/a\ name.eql deep/a/b/x.eql
printf 'nonsense' > deep/.git/y.eql
printf 'nonsense' > deep/notes.txt
ln -s .. deep/a/round
run timeout 60 "$pomona" rules check deep
has "directories in directories, and a link that goes round" 0 '^1 sound, '
cp sound/a\ name.eql deep/x.eql
rm deep/a/round
run "$pomona" rules check deep
says "two rules of one id" 2 'deep/x.eql:1:1: another rule has the id x'
mkdir empty
run "$pomona" rules check empty
has "a folder without rules" 2 'there is no rule in empty'
run "$pomona" rules check absent
has "a path that is not there" 2 'absent: '
{ cat 'sound/a name.eql'; head -c 1048576 /dev/zero | tr '\0' ' '; } > large.eql
run "$pomona" rules check large.eql
says "a large file" 2 'large.eql: a rule file has at most 1048576 octets'
: > nothing.eql
run "$pomona" rules check nothing.eql
has "an empty file" 2 '^nothing\.eql:1:1: '
head -c 100000 "$pomona" > noise.eql
run timeout 60 "$pomona" rules check noise.eql
has "noise" 2 '^0 sound, 1 refused$'
run "$pomona" rules check
has "no path" 2 'needs a rule file or a directory'
run "$pomona" rules chekc sound
has "a mistyped verb" 2 'list, check or explain'

# --- explain.
run "$pomona" rules explain 'sound/a name.eql'
prints "a single event" 0 \
  'a name  a name' \
  'medium, version 1, sound/a name.eql' \
  '' \
  'single events' \
  '' \
  'stage 1  process' \
  '  where  process.name == "sh"' \
  '  needs  process.name' \
  "$(sed -n 's/^  asked /&/p' out)" \
  '' \
  "$(grep '^signals ' out)" \
  'state    none'
has "who is asked" 0 '^  asked  of exec, fork, end, .*process\.name$'
run "$pomona" rules explain --rules sound B1
has "a rule by its id" 0 '^B1  Of a list$'
has "its keys" 0 '^joined by process\.entity_id$'
has "its span" 0 '^a sequence of 2 stages, .* within 1m$'
has "the state it may need" 0 '^state    at most 1000000 sequences'
lacks "other rules" '^a name'
run "$pomona" rules explain --rules "$rules" S01
has "one of our own" 0 '^S01  '
run "$pomona" rules explain --rules sound B2
has "an id that there is not" 2 'there is no rule B2'
run "$pomona" rules explain
has "no rule" 2 'needs one rule'

# --- explain --against: which stages were met, and what the nearest event lacked.
cat > near.eql <<'E'
sequence by process.entity_id with maxspan=1s
  [process where event.action == "exec" and process.pid > 0]
  [process where event.action == "exec" and process.name == "no such" and process.pid > 1]
until [process where event.action == "end"]
E
run "$pomona" rules explain --against "$telemetry" near.eql
has "how many events" 0 '^against  [1-9][0-9]* events$'
has "a stage that was met" 0 '^stage 1  asked of 2 events, met by 2; 2 began a sequence$'
has "a stage that was not" 0 '^stage 2  asked of 2 events, met by 0$'
has "the nearest event" 0 '^  the nearest, of 2026-.*, met 2 of 3 conditions:$'
has "what it lacked" 0 '^    not  process\.name == "no such"$'
has "what it had instead" 0 '^      where process\.name is "zsh"$'
has "what became of sequences" 0 '^sequences 2 begun'
has "what was found" 0 '^found    0$'
run "$pomona" rules explain --rules "$rules" --against "$telemetry" S01
has "a rule that is met" 0 '^found    1$'
run "$pomona" rules explain --rules "$rules" --against absent.ndjson S01
has "telemetry that is not there" 3 'absent\.ndjson'
printf 'not JSON\n' > junk.ndjson
run "$pomona" rules explain --against junk.ndjson near.eql
has "telemetry that is none" 0 '^against  0 events$'

echo "rules: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
