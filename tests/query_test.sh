#!/usr/bin/env bash
# `pomona query` as a user runs it: what it prints, how it reads, and what it says of bad input.
#
# usage: query_test.sh POMONA
# Run by ctest. Prints what failed, and a closing line of counts.
set -u

pomona=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

run() {
  "$@" > "$work/out" 2> "$work/err" < /dev/null
  code=$?
}

fail() {
  echo "FAIL $1: $2"
  head -n 8 "$work/out" "$work/err" | sed 's/^/     /'
  failed=$((failed + 1))
}

# prints NAME LINE…: the last run ended well and printed these lines.
prints() {
  local name=$1
  shift
  if [ "$code" -ne 0 ]; then
    fail "$name" "exit $code"
  elif ! diff <([ $# -eq 0 ] || printf '%s\n' "$@") "$work/out" > "$work/diff"; then
    fail "$name" "expected (<) and printed (>) differ: $(sed -n '2,5p' "$work/diff")"
  else
    passed=$((passed + 1))
  fi
}

# says NAME EXIT PATTERN: the last run ended so and said so.
says() {
  if [ "$code" -ne "$2" ]; then
    fail "$1" "exit $code, expected $2"
  elif ! grep -qE -- "$3" "$work/err"; then
    fail "$1" "nothing like \"$3\""
  else
    passed=$((passed + 1))
  fi
}

# ok NAME COMMAND…: the command succeeds.
ok() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else fail "$name" "$*"; fi
}

cat > "$work/door.ndjson" <<'N'
{"@timestamp":"2026-01-05T08:00:00Z","event":{"category":"badge"},"door":"north","who":"ana","n":1}
{"@timestamp":"2026-01-05T08:00:05Z","event.category":["door","motion"],"door":"north","open":true,"n":2}
{"@timestamp":"2026-01-05T08:00:40.5+00:00","event":{"category":"badge"},"door":"south","who":"bo","tags":["a","b"],"n":3}
{"@timestamp":"2026-01-05 08:02:00","event.category":"door","door":"south","open":true,"n":4}
{"@timestamp":1767600300000,"event.category":"door","door":"west","open":true,"weight":12.50,"n":5}
N
door=$work/door.ndjson

# --- What is printed.
run "$pomona" query 'badge where who == "bo"' "$door"
prints "an event is printed as it is" \
  '{"event":{"@timestamp":"2026-01-05T08:00:40.5+00:00","event":{"category":"badge"},"door":"south","who":"bo","tags":["a","b"],"n":3}}'
says "counters" 0 '^read +5 events, 0 dropped$'
says "the span of time" 0 '^time +2026-01-05T08:00:00Z to 2026-01-05T08:05:00Z$'
run "$pomona" query --fields 'n,who' 'badge where true' "$door"
prints "fields" '{"event":{"n":1,"who":"ana"}}' '{"event":{"n":3,"who":"bo"}}'
run "$pomona" query --fields event.category,weight 'any where n in (2, 5)' "$door"
prints "fields that are lists or absent" '{"event":{"event.category":["door","motion"]}}' \
  '{"event":{"event.category":"door","weight":12.5}}'
run "$pomona" query --fields n 'motion where true' "$door"
prints "an event of two categories" '{"event":{"n":2}}'
run "$pomona" query --fields n 'any where tags == "b"' "$door"
prints "a value among others" '{"event":{"n":3}}'
run "$pomona" query --fields n 'sequence by door with maxspan=1m [badge where true] [door where open == true]' "$door"
prints "a sequence" '{"events":[{"n":1},{"n":2}],"join_keys":["north"]}'
run "$pomona" query --fields n 'sequence with maxspan=1m ![badge where true] [door where door == "west"]' "$door"
prints "a missing event" '{"events":[null,{"n":5}],"join_keys":[]}'
run "$pomona" query --fields n 'sequence by ?weight, open [door where true] [door where true]' "$door"
prints "keys are JSON" '{"events":[{"n":2},{"n":4}],"join_keys":[null,true]}'
run "$pomona" query --fields n 'any where true | head 2' "$door"
prints "head" '{"event":{"n":1}}' '{"event":{"n":2}}'
run "$pomona" query --fields n 'any where true | tail 1' "$door"
prints "tail" '{"event":{"n":5}}'
run "$pomona" query --count 'door where true' "$door"
prints "--count" 3
run "$pomona" query --count 'door where false' "$door"
prints "--count of nothing" 0
run "$pomona" query 'door where door == "east"' "$door"
prints "no match"

# --- How it is read: files are sorted as one stream; a list, compressed files and pipes are the same.
sequence='sequence by door with maxspan=1m [badge where true] [door where open == true]'
sed -n '1!G;h;$p' "$door" > "$work/late.ndjson"
run "$pomona" query --fields n "$sequence" "$work/late.ndjson"
prints "a file that is not in order" '{"events":[{"n":1},{"n":2}],"join_keys":["north"]}'
head -n 1 "$door" > "$work/b"
tail -n 4 "$door" > "$work/a"
run "$pomona" query --fields n "$sequence" "$work/a" "$work/b"
prints "several files are one stream" '{"events":[{"n":1},{"n":2}],"join_keys":["north"]}'
run "$pomona" query --assume-sorted --fields n "$sequence" "$door"
prints "a stream" '{"events":[{"n":1},{"n":2}],"join_keys":["north"]}'
run "$pomona" query --assume-sorted --fields n "$sequence" "$work/late.ndjson"
prints "a stream is taken as it comes"
"$pomona" query "$sequence" - < "$door" > "$work/piped" 2> "$work/err"
run "$pomona" query "$sequence" "$door"
ok "standard input" cmp -s "$work/piped" "$work/out"
gzip -c "$door" > "$work/door.gz"
run "$pomona" query --fields n 'badge where true' "$work/door.gz"
prints "gzip" '{"event":{"n":1}}' '{"event":{"n":3}}'
printf '[\n  {\n    "@timestamp": 1,\n    "a": {"b": 1.0, "c": " x "}\n  },\n\n {"@timestamp": 2, "a": [{"b": 3}, {"b": 4}]}\n]\n' > "$work/list.json"
run "$pomona" query 'any where a.b > 0.5' "$work/list.json"
prints "a list over many lines" '{"event":{"@timestamp":1,"a":{"b":1.0,"c":" x "}}}' \
  '{"event":{"@timestamp":2,"a":[{"b":3},{"b":4}]}}'

# --- Time and tiebreaker.
printf '{"t":132961392000000000,"k":"x","n":1}\n{"t":132961392010000000,"k":"x","n":2}\n' > "$work/filetime"
for span in 1s:1 999ms:0; do
  run "$pomona" query --timestamp-field t --timestamp-unit filetime --event-category-field k --count \
    "sequence with maxspan=${span%:*} [x where n == 1] [x where n == 2]" "$work/filetime"
  prints "filetime within ${span%:*}" "${span#*:}"
done
printf '{"@timestamp":1651665600,"n":1}\n{"@timestamp":"1651665600.5","n":2}\n' > "$work/seconds"
for unit in s:0 ms:1 iso:0; do
  run "$pomona" query --timestamp-unit "${unit%:*}" --count \
    'sequence with maxspan=499ms [any where n == 1] [any where n == 2]' "$work/seconds"
  prints "stamps in ${unit%:*}" "${unit#*:}"
done
says "numbers where ISO 8601 was asked for" 0 'dropped: 2 with a time that is none'
printf '{"@timestamp":5,"n":%s}\n' 3 '"b"' 1 2.5 '"a"' > "$work/ties"
printf '{"@timestamp":5}\n' >> "$work/ties"
run "$pomona" query --tiebreaker-field n 'any where true' "$work/ties"
prints "tiebreakers of all kinds" '{"event":{"@timestamp":5,"n":1}}' '{"event":{"@timestamp":5,"n":2.5}}' \
  '{"event":{"@timestamp":5,"n":3}}' '{"event":{"@timestamp":5,"n":"a"}}' '{"event":{"@timestamp":5,"n":"b"}}' \
  '{"event":{"@timestamp":5}}'
run "$pomona" query --tiebreaker-field n --assume-sorted --count 'any where true' "$work/ties"
says "tiebreakers that a stream does not use" 0 '3 with a tiebreaker that is no whole number'

# --- Bad input is counted, by reason, with the first place; the rest is read.
{
  printf '{"@timestamp":1,"n":1}\nnot JSON\n[3]\n\n{"n":2}\n{"@timestamp":"noon"}\n{"@timestamp":2,"n":"\xff"}\n'
  printf '{"@timestamp":3,"a":%s1%s}\n' "$(printf '[%.0s' $(seq 1000))" "$(printf ']%.0s' $(seq 1000))"
  printf '{"@timestamp":4,"n":1e400,"n":7}\n{"@timestamp":5,'
} > "$work/bad"
run "$pomona" query 'any where true' "$work/bad"
prints "sound events beside damaged ones" '{"event":{"@timestamp":1,"n":1}}' \
  "$(printf '{"event":{"@timestamp":2,"n":"\xef\xbf\xbd"}}')" '{"event":{"@timestamp":4,"n":1e400,"n":7}}'
says "reasons" 0 '3 events, 6 dropped: 2 not JSON, 1 not an object, 1 nested too deep, 1 without a time, 1 with a time that is none; 1 with text that is not UTF-8'
says "places" 0 "bad:2: not JSON: "
says "places behind empty lines" 0 "bad:6: with a time that is none"
run "$pomona" query --count 'any where n == 7 or n < 1e300' "$work/bad"
prints "of a key that is there twice the first counts" 1
head -c 200000 /dev/urandom > "$work/junk"
run "$pomona" query --count 'any where true' "$work/junk" "$door"
prints "junk beside a sound file" 5
head -c 60 "$work/list.json" > "$work/cut.json"
run "$pomona" query 'any where true' "$work/cut.json"
says "a list that was cut" 3 'cut\.json: the list ends in the middle'
head -c 90 "$work/door.gz" > "$work/half.gz"
run "$pomona" query --fields n 'badge where true' "$work/half.gz" "$work/none" "$work" "$door"
says "a truncated gzip" 3 'half\.gz: gzip data ends in the middle'
says "a missing file" 3 'none: '
says "a directory" 3 'is a directory'
ok "the file behind them" grep -q '"n":3' "$work/out"
{ printf '{"@timestamp":1,"a":"'; head -c 20000000 /dev/zero | tr '\0' x; printf '"}\n'; cat "$door"; } > "$work/long"
run "$pomona" query --count 'any where true' "$work/long"
prints "what follows a line of 20 MB" 5
says "a line of 20 MB" 0 'dropped: 1 longer than 16 MB'
rm -f "$work/long"

# --- A query that is refused: the place, the sentence, the line and the place in it.
run "$pomona" query $'badge where true and\n  who === "bo"' "$door"
says "the place of an error" 2 '^pomona: line 2, column [0-9]+: '
says "the line of an error" 2 '^    who === "bo"$'
says "the underline of an error" 2 '^ +\^~*$'
run "$pomona" query 'sample by door [badge where true] [door where true]' "$door"
says "what is left out" 2 'line 1, column 1: .*sample'
run "$pomona" query '' "$door"
says "an empty query" 2 'line 1, column 1: '
run "$pomona" query "$(printf 'badge where %s nonsense nonsense' "$(printf 'n == 1 or %.0s' $(seq 500))")" "$door"
ok "a long line is cut" test -z "$(awk 'length > 400' "$work/err")"

# --- Usage.
run "$pomona" query 'any where true'
says "no file" 2 'needs a file'
run "$pomona" query --timestamp-unit minutes 'any where true' "$door"
says "an unknown unit" 2 'takes auto, ns, us, ms, s, filetime or iso'
run "$pomona" query --fields a,,b 'any where true' "$door"
says "an empty name" 2 'a name that is empty'
run "$pomona" query --fields a,a 'any where true' "$door"
says "a name given twice" 2 'names a twice'
run "$pomona" query --timestamp-field "$(printf 'a.%.0s' $(seq 64))a" 'any where true' "$door"
says "a path of many parts" 2 'more than 64 parts'
run "$pomona" query --help
ok "help" grep -q -- '--assume-sorted' "$work/out"

# --- Streams without end.
yes '{"@timestamp":1,"n":1}' | timeout 60 "$pomona" query 'any where true | head 3' - > "$work/out" 2> "$work/err"
code=$?
prints "head ends a stream" '{"event":{"@timestamp":1,"n":1}}' '{"event":{"@timestamp":1,"n":1}}' \
  '{"event":{"@timestamp":1,"n":1}}'
yes '{"@timestamp":1,"n":1}' | timeout 60 "$pomona" query 'any where true' - 2> "$work/err" | head -n 1 > "$work/out"
code=${PIPESTATUS[1]}
says "a reader that has gone away" 3 'the output failed'
if [ -w /dev/full ]; then
  "$pomona" query 'any where true' "$door" > /dev/full 2> "$work/err"
  code=$?
  says "a full disk" 3 'the output failed'
fi
mkfifo "$work/pipe"
"$pomona" query --fields n 'badge where true' - < "$work/pipe" > "$work/out" 2> "$work/err" &
pid=$!
exec 9> "$work/pipe"
head -n 1 "$door" >&9
for _ in $(seq 100); do grep -q '"n":1' "$work/out" && break; sleep 0.1; done
ok "a match while the pipe is open" grep -q '"n":1' "$work/out"
kill -INT "$pid"
wait "$pid"
code=$?
exec 9>&-
says "Ctrl-C ends with the counters" 0 'stopped before the end'

echo "query: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
