#!/usr/bin/env bash
# `pomona coverage --store` as a user runs it: what a day told is kept, joined with the assets, and reported.
#
# usage: coverage_store_test.sh POMONA
#        postgres.sh coverage_store_test.sh POMONA
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=tests/shell.sh
. "$tree/tests/shell.sh"
export SOURCE_DATE_EPOCH=1780000000

# day DAY NUMBERS-LOST: an invented Mac starts three programs; so many records of exec are lost.
day() {
  local i
  for i in 0 1 2; do
    printf '{"schema_version":1,"version":8,"event_type":9,"action_type":1,"time":"2026-03-%02dT09:0%d:00.000000000Z",' "$1" "$i"
    printf '"seq_num":%d,"global_seq_num":%d,' $((i == 2 ? i + $2 : i)) $((i == 2 ? i + $2 : i))
    printf '"process":{"audit_token":{"pid":%d,"pidversion":%d,"euid":501},"ppid":1,"executable":{"path":"/sbin/launchd","path_truncated":false}},' $((500 + i)) $((1000 + i))
    printf '"event":{"exec":{"target":{"audit_token":{"pid":%d,"pidversion":%d,"euid":501},"ppid":1,"codesigning_flags":604045569,' $((500 + i)) $((2000 + i))
    printf '"is_platform_binary":true,"cdhash":"89A7567DFE96BB14E51A7B94ACA33C50ED75364F","signing_id":"test.tool",'
    printf '"executable":{"path":"/usr/bin/tool","path_truncated":false}},"args":["tool"],"env":["HOME=/x"],"fds":[]}}}\n'
  done
}
store=$(store_of s)
sql() { sql_in "$store" "$1"; }
asset() { # ID SERIAL NAME ROLE CRITICALITY EXPECTED DISK
  sql "INSERT INTO asset VALUES ('$1', '$2', '', '$3', 'robin', 'blue', '$4', $5, 1, 1, $6, $7, 1, 1, 1, '', '', 'test', 0, 0, 0)"
}
coverage() { run "$pomona" coverage --store "$store" "$@"; }

day 1 0 > one.ndjson
day 2 0 > two.ndjson
day 3 2 > three.ndjson
day 9 0 > nine.ndjson

# --- what is told is kept.
coverage --output table --host mac-1 one.ndjson
has "the report of the day" 0 '^-- coverage of 1 Mac'
coverage --host mac-1 two.ndjson
sql "SELECT state, (to_ns - from_ns) / 60000000000 FROM coverage_span WHERE signal = 'exec'"
has "a state that goes on is one span" 0 '^1\|1442$'
coverage --host mac-1 three.ndjson
sql "SELECT state, check_id FROM coverage_span WHERE signal = 'exec' ORDER BY from_ns"
has "another is another" 0 '^3\|T10$'
lines "and the first is kept" 2
coverage --host mac-1 one.ndjson
has "what is older is not kept" 0 '^pomona: coverage of 1 Mac was not kept: later telemetry of theirs is kept$'
: > empty.ndjson
coverage --host mac-1 empty.ndjson
has "nothing at all" 0 '"kind":"window"'
run "$pomona" evidence verify --store "$store"
has "three runs were kept" 0 '^3 entries hold'
run env POMONA_STORE="$store" "$pomona" coverage --host mac-7 one.ndjson
sql "SELECT count(*) FROM coverage_host"
has "what the environment names is not written to unasked" 0 '^1$'

run "$pomona" coverage --store "$(store_of odd)" --host "$(printf 'a\377b')" one.ndjson
has "a name that is no text" 0 '"kind":"host"'

# --- joined with the assets.
coverage
has "no asset is known" 0 '"kind":"blind","rank":1,"blind":"unmanaged","host":"mac-1"'
asset a1 SER1 MAC-1.corp.example developer 3 1 0
asset a2 SER2 mac-2.corp.example executive 3 1 1
asset a3 SER3 mac-3.corp.example kiosk 0 0 -1
coverage --output table --host-from-filename
has "how many" 0 '^-- coverage of 3 assets, telemetry to 2026-03-03 09:02:00\.000'
has "who tells" 0 '^  1 of them sends telemetry now; 1 Mac tells$'
has "unmonitored" 0 '^  unmonitored  a2 \(mac-2\.corp\.example\), executive, criticality high, of robin: a sensor is expected, and no telemetry of it ever came$'
has "no Full Disk Access" 0 '^  permissions  a1 \(MAC-1\.corp\.example\), developer, criticality high, of robin: no Full Disk Access'
has "degraded, since when and for what" 0 '^  degraded     a1 .*: lineage is silent: .*; also exec is blind in part, .*, since 2026-03-01 09:00:00\.000 \(T05\)$'
has "a signal by assets" 0 '^  exec +1 blind in part, 2 never seen$'
has "a rule by assets" 0 '^  S01 +0 % can see \(0\), '
lacks "a kiosk without a sensor is none" 'a3'
[ "$(grep -nE '^  unmonitored  a2' out | cut -d: -f1)" -lt "$(grep -nE '^  permissions  a1' out | cut -d: -f1)" ] \
  && passed=$((passed + 1)) || fail "executives first" "they are not"

# --- what changed.
coverage --keep
has "kept" 0 '"kind":"fleet".*"last_report":null'
coverage --host mac-2 nine.ndjson
coverage --output table
has "since the last report" 0 '^-- since the report of 2026-05-28 20:26:40\.000'
has "who is worse" 0 '^  1 got worse, 1 better$'
has "counts" 0 '^  2 blind spots are new, 2 are gone; 3 assets were known, 3 are$'
has "one is silent" 0 '^  silent       a1 .*nothing came of it for 6 d 0 h, while other Macs went on, since 2026-03-03 09:02:00\.000 \(T13\)$'
has "new" 0 '^  new          silent a1$'
has "gone" 0 '^  gone         unmonitored a2$'
coverage --output table --silent-after 7d
lacks "silent later" '^  silent  '
coverage --output table --silent-after 143h
has "silent sooner" 0 '^  silent  '

# --- every form.
coverage --output json
if python3 -c 'import json; json.load(open("out"))'; then passed=$((passed + 1)); else fail "json" "is none"; fi
coverage --output ndjson
has "each asset and signal" 0 '^\{"kind":"asset","asset":"a1".*"signal":"exec","state":"silent","since":"2026-03-03T09:02:00\.000000000Z","check":"T13"'
has "a change" 0 '^\{"kind":"change","change":"new","blind":"silent","id":"a1"\}$'
has "by team" 0 '^\{"kind":"team_change","team":"blue","worse":1,"better":1\}$'
has "by rules" 0 '^\{"kind":"sight","assets":\{"all rules":0,.*"assets_before":\{"all rules":0,'
has "decisions" 0 '^\{"kind":"decisions","from":null,"to":null,"findings":0,'
sql "UPDATE asset SET owner = '=1+1', team = 'a\"b|c<i>' WHERE id = 'a1'"
coverage --output csv
has "csv" 0 '^blind,[12],"silent","a1","MAC-1\.corp\.example","'"'"'=1\+1","a""b\|c<i>","developer","high",yes,yes,2026-03-03T09:02:00\.000Z,"T13","nothing came'
has "csv: each asset and signal" 0 '^asset,,"silent","a1","MAC-1\.corp\.example",.*,2026-03-03T09:02:00\.000Z,"T13",".*",,"exec".$'
has "csv: rules" 0 '^rule,,"can see",{12}[0-9]+,"S01".$'
sql "UPDATE asset SET owner = 'a|b<i>' WHERE id = 'a1'"
coverage --output md
has "md" 0 '^\| [12] \| silent \| a1 \| MAC-1\.corp\.example \| developer \| high \| a&#124;b&#60;i&#62; \| a"b&#124;c&#60;i&#62; \|'
has "md: signals" 0 '^\| exec \| 0 \| [0-9] \| 0 \| 0 \| [0-9] \| [0-9] \| 0 \|$'
has "md: each Mac" 0 '^\| a1 \| MAC-1\.corp\.example \| silent \| X \| '

coverage --output html
has "html" 0 '^<h1>Would we see foreign code running inside a program on our Macs\?</h1>$'
has "the claim" 0 '^<p class="claim">On <b>0 of 3 Macs \(0 %\)</b> yes, by most of our [0-9]+ rules, on 0 of them by all; on '
has "whose" 0 '<td>a\|b&lt;i&gt;: developer \(high\), team a&quot;b\|c&lt;i&gt;</td>'
has "since when and for which check" 0 '<td class=y><b>silent</b> T13 since 2026-03-03 09:02: '
lacks "nothing is fetched" '(src|href)="[^#]|url\([^#]|https?://'
cp out once
coverage --output html
if cmp -s once out; then passed=$((passed + 1)); else fail "the same page again" "it differs"; fi
run "$pomona" coverage --store "$(store_of none)" --output html one.ndjson
run "$pomona" coverage --store "$(store_of none)" --output html
has "a store without assets" 0 'Nobody can say: the store knows no assets'

# --- canaries: emitted on a2's Mac and on a1's; of the first all but the mapping came back.
nonce=0123456789abcdef0123456789abcdef
"$tree/tests/canary_records.py" "$tree/tests/cases/S09/trusted-maps-from-tmp/input.ndjson" "$nonce" 2026-03-09T10:00 mmap > canary.ndjson
canary() { run env SOURCE_DATE_EPOCH="$1" "$pomona" canary "${@:2}"; }
canary 1773050400 emit --store "$store" --host MAC-2.corp.example --nonce "$nonce" --as ada --why "the weekly one"
has "emitted and kept" 0 "^$nonce\$"
canary 1773050400 emit --store "$store" --host MAC-2.corp.example --nonce "$nonce"
has "a nonce is for once" 2 '^pomona: the canary was emitted, but that is not kept: the store: the canary 0123.* is kept already'
canary 1773050400 emit --store "$store" --host mac-1.corp.example --nonce fedcba9876543210fedcba9876543210
canary 1773050400 emit --store "$store" --host mac-77 --nonce 11111111111111111111111111111111
run env POMONA_STORE="$store" SOURCE_DATE_EPOCH=1773050400 "$pomona" canary emit
sql "SELECT count(*) FROM canary"
has "what the environment names is not written to unasked" 0 '^3$'
report() { run env SOURCE_DATE_EPOCH="$1" "$pomona" coverage --store "$store" "${@:2}"; }
report 1773054000 --output table
has "its time is not over" 0 '^  waiting +3$'
lacks "no blind spot yet" '^  canary '
report 1773140400 --output table
has "nobody looked" 0 '^  canary       a1 .*: nobody looked for canary fedcba9876543210fedcba9876543210 of 2026-03-09 10:00:00\.000 in telemetry that is old'
canary 1773140400 expect --store "$store" --host mac-2 --as ada "$nonce" canary.ndjson
has "what came back" 0 '"signal":"exec","state":"proved","at":"2026-03-09T10:00:01\.000000000Z","sensor":"eslogger","evidence":"record 1 by the sensor.s number, in canary\.ndjson"'
canary 1773140400 expect --store "$store" --host mac-2 fedcba9876543210fedcba9876543210 canary.ndjson
canary 1773140400 expect --store "$store" --host mac-2 11111111111111111111111111111111 canary.ndjson
sql "SELECT host, signal, host_id, sensor, evidence FROM canary_proof WHERE signal = 'exec'"
has "a proof is kept" 0 '^MAC-2\.corp\.example\|exec\|mac-2\|eslogger\|record 1 by the sensor.s number, in canary\.ndjson$'
sql "SELECT action, who, why, detail FROM audit_log WHERE action LIKE 'canary%' ORDER BY seq"
has "in the log, emitted" 0 '^canary\.emit\|ada\|the weekly one\|\{"host":"MAC-2\.corp\.example","signals":\["exec",'
has "in the log, expected" 0 '^canary\.expect\|ada\|\|\{"telemetry_to":"2026-03-09T10:00:04\.000000000Z","processes":1,"newly_proved":8,"not_seen":1\}$'
lines "an entry each" 6
report 1773140400 --output table
has "blind spots" 0 '^  canary +3$'
has "one signal did not come back" 0 '^  canary       a2 .*: library load of canary 0123456789abcdef0123456789abcdef of 2026-03-09 10:00:01\.000 did not come back within 24 h, since 2026-03-09 10:00:01\.000 \(T03\)$'
has "nothing did" 0 '^  canary       a1 .*: exec, exit, library load, .* did not come back within 24 h, since 2026-03-09 10:00:00\.000 \(T02\)$'
has "a Mac that is no asset" 0 '^  canary       mac-77: exec, .* did not come back within 24 h; no asset is known by this name, since'
has "proved, by assets" 0 '^  memory protection +1 proved, '
has "by what became of them" 0 '^  came back in part +1$'
has "and of those of which nothing came" 0 '^  did not come back +2$'
report 1773140400 --output ndjson
has "proved, of the asset" 0 '^\{"kind":"asset","asset":"a2".*\{"signal":"exec","state":"proved","since":"2026-03-09T10:00:01\.000000000Z","reason":"canary 0123456789abcdef0123456789abcdef of 2026-03-09 10:00:01\.000: its record came back by eslogger, record 1'
has "the canary" 0 '^\{"kind":"canary","nonce":"0123456789abcdef0123456789abcdef","asset":"a2","assets":1,"emitted_on":"MAC-2\.corp\.example","host":"mac-2","at":"2026-03-09T10:00:01\.000000000Z","looked":"2026-03-10T11:00:00\.000000000Z","answer":"came back in part","proved":\["exec",.*\],"missing":\["library load"\]\}$'
has "of no asset" 0 '^\{"kind":"canary","nonce":"1111.*,"asset":null,"assets":0,"emitted_on":"mac-77","at":'
report 1773140400 --output json
if python3 -c 'import json; assert [x["answer"] for x in json.load(open("out")) if x["kind"] == "canary"].count("did not come back") == 2'; then passed=$((passed + 1)); else fail "canaries in JSON" "are not"; fi
report 1773140400 --output csv
has "a canary's blind spot in CSV" 0 '^blind,[0-9]+,"canary","a2",.*,"T03","library load of canary .*"'
has "canaries in CSV" 0 '^canary,,"came back in part","a2","MAC-2\.corp\.example",.*,2026-03-09T10:00:01\.000Z,,"0123456789abcdef0123456789abcdef; proved: exec, exit, memory protection, file, .*; missing: library load",'
report 1773140400 --output md
has "canaries in Markdown" 0 '^\| a2 \| mac-2 \| 0123456789abcdef0123456789abcdef \| 2026-03-09 10:00:01\.000 \| came back in part \|$'
has "signals in Markdown" 0 '^\| memory protection \| 1 \| 0 \| '
report 1776000000 --output table
has "older than thirty days is no proof" 0 '^  memory protection +[0-9]+ silent'
lacks "and no blind spot" '^  canary '
report 1776000000 --output table --proved-for 60d
has "but within sixty" 0 '^  memory protection +1 proved, '
report 1773140400 --output table --answer-within 48h
has "its time may be longer" 0 '^  waiting +3$'
report 1773140400 --proved-for x
has "no time of a proof" 2 '^pomona: --proved-for takes a number of days or hours, like 2d or 36h, not "x"$'
# By a name that two assets share: shown, and not guessed.
asset t1 T1 twin.example office 1 1 -1
asset t2 T2 twin.example office 1 1 -1
canary 1773050400 emit --store "$store" --host twin.example --nonce 22222222222222222222222222222222
canary 1773140400 expect --store "$store" --host mac-2 22222222222222222222222222222222 canary.ndjson
report 1773140400 --output table
has "any of two" 0 '^  canary       twin\.example: exec, .* did not come back within 24 h; it may be any of 2 assets: t1, t2, since'
sql "DELETE FROM asset WHERE id IN ('t1', 't2')"
run "$pomona" evidence verify --store "$store"
has "the log holds" 0 'entries hold'

# --- what cannot be.
coverage --output pdf
has "no such form" 2 'without a file takes table, ndjson, json, csv, md or html, not "pdf"$'
coverage --keep one.ndjson
has "keep with a file" 2 '^pomona: --keep keeps the report that coverage makes without a file$'
coverage --silent-after 2
has "no unit" 2 'takes a number of days or hours, like 2d or 36h, not "2"$'
coverage --silent-after 0d
has "no time" 2 'not "0d"$'
run "$pomona" coverage --store absent.db
has "no store" 3 '^pomona: absent\.db: '
run "$pomona" coverage
has "neither" 2 'needs a file, or -'
sql "UPDATE coverage_span SET state = 77 WHERE signal = 'exec'"
coverage
has "a state that nobody knows" 0 '^pomona: 3 spans are of a signal or a state that this program does not know, and are not counted$'
if "$pomona" coverage --store "$store" > /dev/full 2> err; then fail "a full disk" "it succeeds"; else passed=$((passed + 1)); fi

# --- an inventory that was imported: what it does not say is not said.
printf 'serial,host_name,role,criticality,sensor_expected\nK1,kiosk-1,kiosk,,yes\nK2,mac-1,developer,critical,yes\n' > own.csv
own=$(store_of own)
run "$pomona" assets import --store "$own" own.csv
run "$pomona" coverage --store "$own" --host mac-1 --output ndjson one.ndjson
run "$pomona" coverage --store "$own" --output table
has "no criticality was told" 0 '^  unmonitored  K1 \(kiosk-1\), kiosk: a sensor is expected, and no telemetry of it ever came$'
has "a Mac is known by its name" 0 '^  degraded     K2 \(mac-1\), developer, criticality critical: '
run "$pomona" coverage --store "$own" --output ndjson
has "in NDJSON as in assets list" 0 '"asset":"K1".*"role":"kiosk","criticality":"",'

echo "coverage of a store: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
