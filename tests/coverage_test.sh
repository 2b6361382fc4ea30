#!/usr/bin/env bash
# `pomona coverage` as a user runs it: what is said of healthy Macs, of those that lose or lack
# something, of several at once, and of names that mean harm.
#
# usage: coverage_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/shell.sh"
cd "$work" || exit 1

# --- Telemetry of an invented Mac: in every minute a program is forked and started, maps a library
# and a file, changes protection, closes a file it wrote, and ends.

process() { # PID PIDVERSION PATH
  printf '{"audit_token":{"pid":%d,"pidversion":%d,"euid":501},' "$1" "$2"
  printf '"parent_audit_token":{"pid":1,"pidversion":1,"euid":0},"ppid":1,"codesigning_flags":604045569,'
  printf '"is_platform_binary":true,"is_es_client":false,"cdhash":"%s",' 89A7567DFE96BB14E51A7B94ACA33C50ED75364F
  printf '"signing_id":"test.tool","team_id":null,"executable":{"path":"%s","path_truncated":false}}' "$3"
}

declare -A numbers
all=0

# record SECOND EVENT-NUMBER ACTOR EVENT: numbered as eslogger does.
record() {
  local time
  time=$(printf '2026-03-02T%02d:%02d:%02d.000000000Z' $((9 + $1 / 3600)) $(($1 / 60 % 60)) $(($1 % 60)))
  printf '{"schema_version":1,"version":8,"event_type":%d,"action_type":1,"time":"%s",' "$2" "$time"
  printf '"seq_num":%d,"global_seq_num":%d,"process":%s,"event":%s}\n' "${numbers[$2]:-0}" "$all" "$3" "$4"
  lose "$2"
}

# One record of that kind was numbered.
lose() {
  numbers[$1]=$((${numbers[$1]:-0} + 1))
  all=$((all + 1))
}

file() { printf '{"path":"%s","path_truncated":false}' "$1"; }

# mac MINUTES WITHOUT: WITHOUT names what does not come (mmap, mprotect, exit, args, env) or is lost (gap).
mac() {
  local minute pid at actor launchd args env
  numbers=()
  all=0
  launchd=$(process 1 1 /sbin/launchd)
  args='["/usr/bin/tool","-v"]'
  env='["HOME=/Users/robin"]'
  case " $2 " in *" args "*) args='[]' ;; esac
  case " $2 " in *" env "*) env='[]' ;; esac
  for ((minute = 0; minute < $1; minute++)); do
    pid=$((500 + minute))
    at=$((minute * 60))
    actor=$(process "$pid" $((pid * 2 + 1)) /usr/bin/tool)
    record $at 11 "$launchd" "{\"fork\":{\"child\":$(process "$pid" $((pid * 2)) /sbin/launchd)}}"
    record $((at + 1)) 9 "$(process "$pid" $((pid * 2)) /sbin/launchd)" \
      "{\"exec\":{\"target\":$actor,\"args\":$args,\"env\":$env,\"fds\":[]}}"
    case " $2 " in
      *" mmap "*) ;;
      *)
        record $((at + 2)) 20 "$actor" "{\"mmap\":{\"protection\":5,\"max_protection\":5,\"flags\":2,\"file_pos\":0,\"source\":$(file /usr/lib/libtool.dylib)}}"
        record $((at + 3)) 20 "$actor" "{\"mmap\":{\"protection\":1,\"max_protection\":1,\"flags\":2,\"file_pos\":0,\"source\":$(file /private/tmp/data)}}"
        ;;
    esac
    case " $2 " in *" gap "*) lose 20 ;; esac
    case " $2 " in *" mprotect "*) ;; *) record $((at + 4)) 21 "$actor" '{"mprotect":{"protection":1,"address":4096,"size":4096}}' ;; esac
    record $((at + 5)) 12 "$actor" "{\"close\":{\"target\":$(file /private/tmp/data),\"modified\":true,\"was_mapped_writable\":false}}"
    case " $2 " in *" exit "*) ;; *) record $((at + 6)) 15 "$actor" '{"exit":{"stat":0}}' ;; esac
  done
}

mac 5 "" > healthy.ndjson
mac 5 "gap" > gaps.ndjson
mac 5 "args env" > bare.ndjson
mac 5 "mprotect" > unprotected.ndjson
mac 30 "" > long.ndjson

# --- A healthy Mac.
run "$pomona" coverage --output table healthy.ndjson
has "one Mac" 0 '^-- coverage of 1 Mac, 2026-03-02 09:00:00\.000 to 2026-03-02 09:04:06\.000'
has "conservation" 0 '^  35 records in = 35 events$'
has "exec is seen" 0 '^  exec +seen +5 events, none lost$'
has "library load is seen" 0 '^  library load +seen +5 events, none lost$'
has "memory map is seen" 0 '^  memory map +seen +5 events, none lost$'
has "protection is seen" 0 '^  memory protection +seen +5 events, none lost$'
has "arguments are told" 0 '^  arguments +seen +100 % of 5 programs started$'
has "what is rare may be missing" 0 '^  trace +silent +no events; .*only a canary would tell \(T16\)$'
has "what cannot be" 0 '^  network +impossible +no events; eslogger cannot show it'
has "T01" 0 '^  T01  passes +programs started are seen: 5 exec events$'
has "T05" 0 '^  T05  passes +forks and exits match: 5 forks and 5 exits for 5 exec events$'
has "T25" 0 '^  T25  degraded +the source is meant for this: eslogger'
has "limits, always" 0 '^  anonymous and MAP_JIT mappings'
has "what nobody asked" 0 '^  T02 canary of exec, T03 '
lacks "nothing is proved" ' proved '
lacks "no finding is printed" '"rule":'

# --- Losses, and what a sensor leaves out.
run "$pomona" coverage --output table gaps.ndjson
has "lost records of mmap" 0 '^  memory map +blind in part .* lost'
has "of the kind that was lost" 0 '^  library load +blind in part +5 events, 4 lost; .*\(T10\)$'
has "and not of others" 0 '^  exec +seen +5 events, none lost$'
has "T10 fails" 0 '^  T10  fails +numbers of each kind have no gaps: 4 records lost$'
has "T11 fails" 0 '^  T11  fails +numbers of all records have no gaps: 5 records lost$'
run "$pomona" coverage --output table bare.ndjson
has "no arguments" 0 '^  arguments +silent +5 events, none tells it; no event tells it, though the sensor can \(T09\)$'
has "no environment" 0 '^  environment +silent .*\(T08\)$'
has "exec is seen all the same" 0 '^  exec +seen '
run "$pomona" coverage --output table unprotected.ndjson
has "no mprotect" 0 '^  memory protection +silent +no events; no event came, though eslogger can show it \(T04\)$'
cat > needs.eql <<'Q'
sequence by process.entity_id with maxspan=1m
  [process where event.action == "exec"]
  [api where event.action == "mprotect"]
Q
run "$pomona" coverage --output table --rules needs.eql unprotected.ndjson
has "a rule that is blind" 0 '^  needs  blind +memory protection is silent: '
run "$pomona" coverage --output table --rules needs.eql healthy.ndjson
has "a rule that can see" 0 '^  needs  can see '

# --- Conservation, with records that make no event.
{ cat healthy.ndjson; echo 'nonsense'; tail -n 1 healthy.ndjson; echo '{"a":1}'; } > mixed.ndjson
run "$pomona" coverage --output table mixed.ndjson
has "every record is accounted for" 0 '^  38 records in = 35 events \+ 1 not JSON \+ 1 [a-z ]+ \+ 1 told twice$'
has "damage is told" 0 '^  T09  fails +records and paths are whole: 1 damaged records'
head -c 900 healthy.ndjson > cut.ndjson
run "$pomona" coverage --output table cut.ndjson
has "a cut file" 0 '^  [12] records? in = [01] events? \+ 1 cut short$'

# --- Many Macs.
mkdir fleet
for i in 01 02 03 04 05 06 07 08 09 10 11; do cp healthy.ndjson "fleet/mac-$i.ndjson"; done
cp unprotected.ndjson fleet/mac-12.ndjson
cp long.ndjson fleet/mac-13.ndjson
run "$pomona" coverage --output table --rules needs.eql fleet/*.ndjson
has "how many" 0 '^-- coverage of 13 Macs'
has "a signal over the fleet" 0 '^  memory protection +1 seen, 12 silent$'
has "a rule over the fleet" 0 '^  needs +8 % can see \(1\), 0 degraded, 12 blind; most for '
has "the worst only" 0 '^  the worst 10 of 13 Macs; --all shows each$'
has "a Mac that stopped early" 0 '^  exec +silent .* nothing of it came in the last 2[0-9] min: the whole sensor is silent'
lacks "the best is not shown" '^-- mac-13'
run "$pomona" coverage --output table --all fleet/*.ndjson
has "each of them" 0 '^-- mac-13'
run "$pomona" coverage --output table --host one healthy.ndjson unprotected.ndjson
has "one Mac by --host" 0 '^-- one \| eslogger'

# --- NDJSON.
run "$pomona" coverage fleet/*.ndjson
has "a pipe gets NDJSON" 0 '^\{"kind":"window","from":"2026-03-02T09:00:00\.000000000Z"'
has "a signal of a Mac" 0 '^\{"kind":"signal","host":"mac-12","signal":"memory protection","state":"silent"'
has "a rule of a Mac" 0 '^\{"kind":"rule","host":"mac-13","rule":"S01","sight":'
has "a check of a Mac" 0 '^\{"kind":"check","host":"mac-13","check":"T13","grade":"passes"'
has "the limits" 0 '^\{"kind":"limit","what":"anonymous'
[ "$(grep -c '"kind":"host"' out)" -eq 13 ] && passed=$((passed + 1)) || fail "all Macs" "not 13"
cp out once
run "$pomona" coverage fleet/*.ndjson
if cmp -s once out; then passed=$((passed + 1)); else fail "the same again" "it differs"; fi

# --- Names that mean harm.
name='<script>alert("x")</script>&'"'"
run "$pomona" coverage --output html --host "$name" healthy.ndjson
has "HTML" 0 '^<!doctype html>$'
has "a name is text" 0 '<h2>&lt;script&gt;alert\(&quot;x&quot;\)&lt;/script&gt;&amp;&#39;</h2>'
lacks "no markup of others" '<script'
lacks "nothing is fetched" '(src|href)="[^#]|url\([^#]|https?://'
has "it ends" 0 '^</html>$'
run "$pomona" coverage --output table --host "$(printf 'a\033[31mb\nc\342\200\256d')" healthy.ndjson
has "what steers a terminal is shown" 0 'a\\x1b\[31mb\\nc\\u\{202e\}d'
lacks "no escape" "$(printf '\033')"
run "$pomona" coverage --host "$(printf 'a"\\\nb')" healthy.ndjson
has "JSON escapes" 0 '"host":"a\\"\\\\\\nb"'

# --- Usage and failures.
run "$pomona" coverage
has "no file" 2 'needs a file, or -'
run "$pomona" coverage --output pdf healthy.ndjson
has "an unknown form" 2 'takes table, ndjson or html, not "pdf"'
run "$pomona" coverage absent.ndjson healthy.ndjson
has "a file that is not there" 3 'absent\.ndjson: '
has "the other is read" 3 '"kind":"window".*"events":35'
mkdir site
cp needs.eql site/
printf 'wombat: { product: x }\n' > site/sensors.yaml
run "$pomona" coverage --output table --rules site healthy.ndjson
has "profiles that are wrong" 2 '^site/sensors\.yaml:1:1: there is no sensor "wombat"$'
printf 'eslogger:\n  product: x\n  sources: { a: b }\n  signals:\n    memory protection: { is: not, source: a }\n' > site/sensors.yaml
run "$pomona" coverage --output table --rules site unprotected.ndjson
has "profiles of the site" 0 '^  memory protection +impossible '
has "and what they leave out" 0 '^  trace +never seen '
run "$pomona" coverage --help
has "help" 0 '^usage: pomona coverage '
: > empty.ndjson
run "$pomona" coverage --output table empty.ndjson
has "nothing at all" 0 '^  0 records in = 0 events$'
if "$pomona" coverage healthy.ndjson > /dev/full 2> err; then fail "a full disk" "it succeeds"; else passed=$((passed + 1)); fi

# --- kept over time: the same again makes no state longer than it was, and nothing twice.
one=$OLDPWD/tests/cases/S09/trusted-maps-from-tmp/input.ndjson
for _ in 1 2; do
  run "$pomona" coverage --store kept.db --host mac-1 --output ndjson "$one"
  [ "$code" -eq 0 ] || fail "kept" "exit $code"
done
run python3 -c 'import sqlite3
c = sqlite3.connect("kept.db")
print(*c.execute("SELECT (SELECT count(*) FROM coverage_host), count(*), count(DISTINCT signal) FROM coverage_span").fetchone())'
has "one span a signal" 0 '^1 28 28$'

echo "coverage: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
