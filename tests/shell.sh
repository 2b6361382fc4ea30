# What the tests of commands share: to be sourced, with `work` a directory that is theirs.

passed=0
failed=0

run() {
  "$@" > out 2> err < /dev/null
  code=$?
}

fail() {
  echo "FAIL $1: $2"
  head -n 12 out err | cut -c 1-400 | sed 's/^/     /'
  failed=$((failed + 1))
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

# lines NAME COUNT: the last run printed so many.
lines() {
  if [ "$(wc -l < out)" -eq "$2" ]; then passed=$((passed + 1)); else fail "$1" "$(wc -l < out) lines, not $2"; fi
}

# A store's name, and SQL in it: a file; or, beside tests/postgres.sh, a schema of that server's database.
store_of() {
  if [ -z "${POMONA_TEST_POSTGRES:-}" ]; then
    echo "$1.db"
  else
    psql -q "$POMONA_TEST_POSTGRES" -c "SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS test_$1" > /dev/null
    echo "$POMONA_TEST_POSTGRES&options=-csearch_path%3Dtest_$1"
  fi
}

# sql_in STORE STATEMENT: rows, with "|" between columns.
sql_in() {
  if [ -z "${POMONA_TEST_POSTGRES:-}" ]; then
    python3 -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
for row in c.execute(sys.argv[2]): print(*row, sep="|")
c.commit()' "$1" "$2" > out 2> err
  else
    psql -qAt "$1" -c "$2" > out 2> err
  fi
  code=$?
}
