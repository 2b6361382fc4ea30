#!/bin/sh
# What examples/eql.c prints, of a sequence, of a missing event, and of a query that is refused.
#
# usage: eql_test.sh PROGRAM

set -u
program=$1
failed=0

# expect NAME EXIT QUERY: what the program prints, on both streams, is what stands on standard input.
expect() {
    name=$1 code=$2 query=$3
    expected=$(cat)
    printed=$("$program" "$query" 2>&1)
    ended=$?
    if [ "$ended" -ne "$code" ] || [ "$printed" != "$expected" ]; then
        printf 'FAIL %s: exit %s, and printed\n%s\nexpected\n%s\n' "$name" "$ended" "$printed" \
            "$expected"
        failed=1
    fi
}

expect "a sequence" 0 'sequence by process.pid
  [process where true]
  [file where file.path : "*.dylib"]' <<'END'
match 501
  0 s  process  curl  -
  1 s  file  curl  /tmp/a.dylib
END

expect "a missing event" 0 'sequence by process.name with maxspan=2s
  [file where true]
  ![file where file.path : "*.txt"]' <<'END'
match curl
  1 s  file  curl  /tmp/a.dylib
  (nothing)
match Safari
  3 s  file  Safari  /Users/ana/page.html
  (nothing)
match curl
  9 s  file  curl  /tmp/b.txt
  (nothing)
END

expect "an event" 0 'file where file.path == null or length(file.path) < 12 | head 1' <<'END'
match
  9 s  file  curl  /tmp/b.txt
END

expect "an unknown field" 2 'file where process.nmae == "curl"' <<'END'
file where process.nmae == "curl"
           ^~~~~~~~~~~~
line 1, column 12: no field `process.nmae`; did you mean `process.name`?
END

exit $failed
