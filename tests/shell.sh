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
