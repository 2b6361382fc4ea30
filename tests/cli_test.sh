#!/usr/bin/env bash
# The program as a user runs it: what it finds on the sample, and what it says of bad input.
#
# usage: cli_test.sh POMONA SIMULATE
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$1
simulate=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case_s01=$(ls -d tests/cases/S01/*/ | while read -r d; do grep -l '^S01 ' "$d/expected.txt" 2>/dev/null; done | head -n 1)
fires=${case_s01%/expected.txt}/input.ndjson
passed=0
failed=0

# check NAME EXIT GREP-PATTERN: of the last run.
check() {
  if [ "$code" -ne "$2" ]; then
    echo "FAIL $1: exit $code, expected $2"; sed 's/^/     /' "$work/err" | head -n 5; failed=$((failed + 1))
  elif ! grep -qE -- "$3" "$work/out" "$work/err"; then
    echo "FAIL $1: nothing like \"$3\""; sed 's/^/     /' "$work/err" | head -n 8; failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
}

run() {
  "$@" > "$work/out" 2> "$work/err" < /dev/null
  code=$?
}

# ok NAME COMMAND…: the command succeeds.
ok() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else echo "FAIL $name"; failed=$((failed + 1)); fi
}

# as_labelled NAME FILE: what FILE has is what the labels say.
as_labelled() {
  if python3 tests/labelled.py "$work/labels.ndjson" "$2" > "$work/wrong"; then
    passed=$((passed + 1))
  else
    echo "FAIL $1: not as labelled"; sed 's/^/     /' "$work/wrong"; failed=$((failed + 1))
  fi
}

# --- The sample: every labelled attack, and nothing else above low.
"$simulate" --hosts 3 --minutes 20 --seed 7 --attacks all --envelope \
  --labels "$work/labels.ndjson" --links "$work/links.db" --output "$work/sample.ndjson" || exit 1
run "$pomona" detect "$work/sample.ndjson"
check "sample decodes whole" 0 'decoded .* events, 0 dropped'
cp "$work/out" "$work/findings.ndjson"
as_labelled "sample" "$work/findings.ndjson"
run "$pomona" detect --links "$work/links.db" "$work/sample.ndjson"
check "the inventory tells what a program links" 0 '"verdict":"yes"'
as_labelled "sample with its inventory" "$work/out"
run "$pomona" detect "$work/sample.ndjson"
ok "a replay yields the same findings" cmp -s "$work/out" "$work/findings.ndjson"
run "$pomona" detect - --no-images
check "empty standard input" 0 'in +0 records'

# --- Forms of the same telemetry.
gzip -c "$work/sample.ndjson" > "$work/sample.gz"
run "$pomona" detect "$work/sample.gz"
ok "gzip yields the same findings" cmp -s "$work/out" "$work/findings.ndjson"
"$pomona" detect - < "$work/sample.ndjson" > "$work/out" 2> "$work/err"
ok "standard input yields the same findings" cmp -s "$work/out" "$work/findings.ndjson"
run "$pomona" detect --host mac-7 "$fires"
check "--host names the Mac" 0 '"host":\{"id":"mac-7"'
cp "$fires" "$work/laptop-9.ndjson"
run "$pomona" detect --host-from-filename "$work/laptop-9.ndjson"
check "--host-from-filename names the Mac" 0 '"host":\{"id":"laptop-9"'
cp "$fires" "$work/laptop-8.ndjson"
run "$pomona" detect "$work/laptop-8.ndjson" "$work/laptop-9.ndjson"
check "several files are several Macs" 0 '"id":"S01".*"host":\{"id":"laptop-8"'
check "several files are several Macs, the other" 0 '"id":"S01".*"host":\{"id":"laptop-9"'
run "$pomona" detect --output ocsf "$fires"
check "OCSF" 0 '"class_uid":2004'
run "$pomona" detect --output ecs "$fires"
check "ECS" 0 '"ecs":\{"version":"8\.17\.0"\}.*"kind":"alert"'
run "$pomona" detect --output table "$fires"
check "table" 0 'S01'

# --- --fail-on.
run "$pomona" detect --fail-on low "$fires"
check "--fail-on finds" 1 'findings +[1-9]'
printf '' > "$work/empty"
run "$pomona" detect --fail-on low "$work/empty"
check "--fail-on without findings" 0 'findings +0'

# --- Bad input: counted or said, and the other inputs are still processed.
head -c 100000 "$pomona" > "$work/junk"
run "$pomona" detect "$work/junk" "$fires"
check "binary junk" 0 'not JSON'
check "binary junk beside a sound file" 0 '"id":"S01"'
{ printf '{"a":"'; head -c 100000000 /dev/zero | tr '\0' x; printf '"}\n'; cat "$fires"; } > "$work/long"
run "$pomona" detect "$work/long"
check "a line of 100 MB" 0 'dropped 1 '
check "what follows a line of 100 MB" 0 '"id":"S01"'
rm -f "$work/long"
{ printf '%0.s[' $(seq 1000); printf '\n'; printf '%0.s{"a":' $(seq 1000); printf '1'; printf '%0.s}' $(seq 1000); printf '\n'; cat "$fires"; } > "$work/deep"
run "$pomona" detect "$work/deep"
check "a thousand levels" 0 '2 dropped'
head -c 700 "$fires" > "$work/cut"
run "$pomona" detect "$work/cut"
check "a cut last line" 0 'cut'
head -c "$(($(wc -c < "$work/sample.gz") / 2))" "$work/sample.gz" > "$work/half.gz"
run "$pomona" detect "$work/half.gz" "$fires"
check "a truncated gzip" 3 'half\.gz: '
check "the file after a truncated gzip" 3 '"id":"S01"'
run "$pomona" detect "$work" "$fires"
check "a directory" 3 'is a directory'
run "$pomona" detect "$work/absent" "$fires"
check "a missing file" 3 'absent: '

run "$pomona" detect "$work/$(printf 'nope\033[31m')" "$fires"
check "a name that would steer the terminal" 3 'nope.x1b\[31m'
mkfifo "$work/trap"
run timeout 20 "$pomona" detect --links "$work/trap" "$fires"
check "a pipe for an inventory" 2 'not a regular file'
run timeout 20 "$pomona" rules check "$work/trap"
check "a pipe for a rule file" 2 'not a regular file'
head -c 100000 /dev/zero | tr '\0' '[' > "$work/deep.yaml"
run timeout 20 "$pomona" rules check "$work/deep.yaml"
check "brackets without end" 2 'brackets inside one another'

# --- Bad rules: the place, the sentence, and the sound ones still run.
cat > "$work/bad.yaml" <<'Y'
id: X1
title: Unknown field
version: 1
status: test
description: A field that is not there.
author: Pomona
level: low
query: |
  process where process.executible == "/bin/sh"
Y
run "$pomona" detect --rules rules --rules "$work/bad.yaml" "$fires"
check "an unknown field" 2 'bad\.yaml:9:[0-9]+: .*process\.executable'
check "sound rules run beside it" 2 '"id":"S01"'
sed -i 's/process.executible == /process.executable == == /' "$work/bad.yaml"
run "$pomona" rules check "$work/bad.yaml"
check "a syntax error" 2 'bad\.yaml:9:[0-9]+: '
run "$pomona" rules check rules
check "our own rules" 0 ' 0 refused'

# --- Usage.
run "$pomona" detect
check "no input" 2 'needs a file'
run "$pomona" detect --output pie "$fires"
check "an unknown form" 2 'takes table, ndjson, ocsf or ecs'
run "$pomona" detetc
check "a mistyped command" 2 'did you mean "detect"'
run "$pomona" detect --links "$work/junk" "$fires"
check "an inventory that is none" 3 'junk'
if [ -w /dev/full ]; then
  "$pomona" detect "$fires" > /dev/full 2> "$work/err"
  code=$?
  : > "$work/out"
  check "a full disk" 3 'pomona: '
  ok "said once" test "$(grep -c '^pomona: ' "$work/err")" -eq 1
  for command in help version "detect --help" "rules list"; do
    # shellcheck disable=SC2086
    "$pomona" $command > /dev/full 2> "$work/err"
    code=$?
    check "a full disk: $command" 3 '^pomona: the output cannot be written: '
  done
fi

# --- A live pipe: the finding comes while the pipe is open; Ctrl-C ends with the report.
mkfifo "$work/pipe"
"$pomona" detect - < "$work/pipe" > "$work/out" 2> "$work/err" &
pid=$!
exec 9> "$work/pipe"
cat "$fires" >&9
for _ in $(seq 100); do grep -q '"id":"S01"' "$work/out" && break; sleep 0.1; done
ok "a finding while the pipe is open" grep -q '"id":"S01"' "$work/out"
kill -INT "$pid"
wait "$pid"
code=$?
exec 9>&-
check "Ctrl-C ends with the report" 0 'findings +[1-9]'

echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
