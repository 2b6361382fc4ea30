#!/usr/bin/env bash
# `pomona inspect` as a user runs it: files, trees, the inventory, copied disks, and what is said of
# bad options and bad input. What is told of each kind of image is asked by tests/macho/expect_test.py.
#
# usage: inspect_test.sh POMONA SIMULATE
# Run by ctest from the top of the tree. Prints what failed, and a closing line of counts.
set -u

pomona=$1
simulate=$2
absolute=$(cd "$(dirname "$pomona")" && pwd)/$(basename "$pomona")
images=tests/macho/images
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work" 2> /dev/null; rm -rf "$work"' EXIT
passed=0
failed=0

report() {
  echo "FAIL $1"
  head -n 8 "$work/out" "$work/err" | cut -c 1-300 | sed 's/^/     /'
  failed=$((failed + 1))
}

# check NAME EXIT GREP-PATTERN: of the last run.
check() {
  if [ "$code" -ne "$2" ]; then
    report "$1: exit $code, expected $2"
  elif ! grep -qaE -- "$3" "$work/out" "$work/err"; then
    report "$1: nothing like \"$3\""
  else
    passed=$((passed + 1))
  fi
}

# says NAME EXIT SENTENCE: the last run printed nothing, and said this and no more.
says() {
  if [ "$code" -ne "$2" ] || [ -s "$work/out" ] || [ "$(cat "$work/err")" != "$3" ]; then
    report "$1: expected exit $2 and \"$3\", was $code"
  else
    passed=$((passed + 1))
  fi
}

# lacks NAME GREP-PATTERN
lacks() {
  if grep -qaE -- "$2" "$work/out" "$work/err"; then report "$1: has \"$2\""; else passed=$((passed + 1)); fi
}

run() {
  "$@" > "$work/out" 2> "$work/err" < /dev/null
  code=$?
}

inspect() {
  run "$pomona" inspect "$@"
}

# ok NAME COMMAND…: the command succeeds.
ok() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else report "$name"; fi
}

# lines NAME COUNT: of the last run's output.
lines() {
  local count
  count=$(wc -l < "$work/out")
  if [ "$count" -eq "$2" ]; then passed=$((passed + 1)); else report "$1: $count lines, expected $2"; fi
}

# --- Forms.
inspect --help
check "help" 0 'usage: pomona inspect'
inspect --output table --color never "$images/plain"
check "a page" 0 "^$images/plain"
lacks "a page without colours" $'\033'
inspect --output table --color always "$images/signed" "$images/fat" "$images/hardened_pair"
check "a page in colour" 0 $'\033\\['
inspect "$images/fat"
check "a pipe gets NDJSON" 0 '^\{"path":"tests/macho/images/fat","size":[0-9]+,"slice":0,"slices":2,'
lines "one object a slice" 2
inspect --output table "$images"
check "pages of all images" 0 ' images in [0-9]{3} files; '
ok "every line is JSON" sh -c "'$pomona' inspect '$images' 2> '$work/err' | python3 -c '
import json, sys
for line in sys.stdin.buffer: json.loads(line)'"
inspect --imports "$images/imports_chained_1"
check "all imports" 0 '"all":\['
inspect --save "$work/imports.db" --imports "$images/imports_chained_1"
check "all imports are shown" 0 '"all":\['
inspect --save "$work/imports.db" "$images/imports_chained_1"
lacks "and not kept" '"all":'
check "but all else is" 0 '"watched":'
printf '\312\376\272\276\0\0\0\103\1\0\0\7' > "$work/many"
inspect "$work/many"
check "an image that is beyond a limit has an object" 3 '^\{"path":"[^"]*/many","slice":null,"errors":\[\{"index":null,"reason":"fat header of 67 slices; at most 64 are read"\}\]\}$'
mkdir "$work/beyond"
cp "$work/many" "$work/beyond/"
inspect "$work/beyond"
check "and is not passed over" 3 '; 0 other files passed over; 1 could not be read$'
inspect --diff "$images/entitled" "$images/entitled_differ"
check "what only the DER claims is compared" 0 '"change":"new_entitlement".*disable-library-validation'
inspect "$images/entitled_differ"
check "and shown" 0 '"entitlements_der":\{[^}]*"com.apple.security.cs.disable-library-validation":true'
inspect --save "$work/apis.db" --api-frameworks IOKit "$images/plain"
says "an inventory for other frameworks" 2 'pomona: --save keeps what all will ask, so it goes without --api-frameworks'
inspect --api-frameworks /System/Library/Frameworks/Foundation.framework/Versions/C/Foundation "$images/links_foundation"
check "a framework by its path" 0 '"native_api":\{"verdict":"yes"'
inspect --api-frameworks IOKit "$images/links_foundation"
check "other frameworks count" 0 '"native_api":\{"verdict":"no"'

# --- Bad options.
inspect
says "no path" 2 'pomona: inspect needs a file or a directory'
inspect --output xml x
says "--output" 2 'pomona: --output takes table or ndjson, not "xml"'
inspect --jobs 0 x
says "--jobs 0" 2 'pomona: --jobs takes a number from 1 to 64, not "0"'
inspect --jobs 65 x
says "--jobs 65" 2 'pomona: --jobs takes a number from 1 to 64, not "65"'
inspect --jobs -1 x
says "--jobs -1" 2 'pomona: --jobs takes a number from 1 to 64, not "-1"'
inspect --timeout 0 x
says "--timeout 0" 2 'pomona: --timeout takes a number from 1 to 86400, not "0"'
inspect --timeout 18446744073709551616 x
says "--timeout past 64 bits" 2 'pomona: --timeout takes a number from 1 to 86400, not "18446744073709551616"'
inspect --color sometimes x
says "--color" 2 'pomona: --color takes auto, always or never, not "sometimes"'
inspect --api-frameworks ,, x
says "--api-frameworks" 2 'pomona: --api-frameworks needs names of frameworks'
inspect --api-frameworks "$(seq -s , 65)" x
says "too many --api-frameworks" 2 'pomona: --api-frameworks takes at most 64 names'
inspect --anchors '' x
says "--anchors without a name" 2 'pomona: --anchors needs the name of a file'
inspect --save '' x
says "--save without a name" 2 'pomona: --save needs the name of a store'
inspect --root '' x
says "--root without a name" 2 'pomona: --root needs a directory'
inspect --host '' x
says "--host without a name" 2 'pomona: --host needs a name of 1 to 256 octets'
inspect --host "$(printf '%0257d' 0)" x
says "--host with too long a name" 2 'pomona: --host needs a name of 1 to 256 octets'
inspect --jobs
says "an option without its value" 2 'pomona: --jobs needs a value'
inspect --nonsense x
says "an option that is none" 2 'pomona: no option "--nonsense"; see `pomona inspect --help`'
inspect --merge --diff a b
says "--merge and --diff" 2 'pomona: --merge and --diff are two different things'
inspect --merge a
says "--merge without --save" 2 'pomona: --merge needs --save: the inventory that takes the others'
inspect --merge --save "$work/none.db"
says "--merge of nothing" 2 'pomona: inspect needs inventories to merge'
inspect --diff a
says "--diff of one" 2 'pomona: --diff needs two inventories or two files, not 1'
inspect --save "$work/none.db" --root "$images/root"
says "--save of a --root without --host" 2 'pomona: --save of a --root needs --host: the disk is not that of this machine'
ok "and no inventory is made" test ! -e "$work/none.db"
inspect --root "$work/absent" /
says "a --root that is not there" 2 "pomona: $work/absent: No such file or directory"
inspect --root "$images/plain" /
says "a --root that is no directory" 2 "pomona: $images/plain: --root needs a directory"
inspect --anchors "$work/absent" "$images/plain"
check "anchors that are not there" 2 "^pomona: $work/absent: "
inspect --anchors "$images/plain" "$images/plain"
check "anchors that are none" 2 "^pomona: $images/plain: "
inspect --save "$images/plain" "$images/plain"
says "an inventory that is none" 2 "pomona: $images/plain: is no store: not an SQLite file"
inspect --save "$work/absent/links.db" "$images/plain"
check "an inventory that cannot be made" 3 "^pomona: $work/absent/links.db: "

# --- Bad input, and the others are still read.
inspect "$work/absent" "$images/plain"
check "a path that is not there" 3 "^pomona: $work/absent: No such file or directory"
lines "and one that is" 1
: > "$work/empty"
inspect "$work/empty" "$images/plain"
check "an empty file" 3 "^pomona: $work/empty: "
lines "and one that is not" 1
inspect "$0"
check "no Mach-O file" 3 "^pomona: .*inspect_test.sh: "
mkfifo "$work/pipe"
inspect "$work/pipe"
says "a pipe" 3 "pomona: $work/pipe: not a regular file"
head -c 400 "$images/plain" > "$work/cut"
inspect "$work/cut"
check "a file that is cut" 3 "^pomona: $work/cut: "
inspect --no-sandbox "$work/cut"
check "a file that is cut, without barriers" 3 "^pomona: $work/cut: "
rm "$work/pipe" "$work/empty" "$work/cut"

# --- Trees.
inspect --jobs 1 "$images"
check "a tree" 0 '^pomona: [0-9]{3} images in [0-9]{3} files; [0-9]+ other files passed over$'
cp "$work/out" "$work/one"
cp "$work/err" "$work/one.err"
for how in --jobs=2 --jobs=4 --jobs=64 --no-sandbox; do
  inspect "$how" "$images"
  ok "$how tells the same" cmp -s "$work/out" "$work/one"
  ok "$how says the same" cmp -s "$work/err" "$work/one.err"
done
inspect --jobs 4 --output table "$images/"
cp "$work/out" "$work/one"
inspect --jobs 1 --output table "$images/"
ok "pages are in the same order" cmp -s "$work/out" "$work/one"
tree=$work/tree
mkdir -p "$tree/sub/deeper" "$tree/empty"
cp "$images/plain" "$tree/a"
cp "$images/fat" "$tree/sub/b"
cp "$images/signed" "$tree/sub/deeper/c"
: > "$tree/nothing"
head -c 3 "$images/plain" > "$tree/three"
head -c 100 "$images/plain" > "$tree/cut"
echo text > "$tree/text"
cp "$images/plain" "$tree/"$'two\nlines \033[31m'
ln -s ../.. "$tree/sub/up"
ln -s a "$tree/link"
ln "$tree/a" "$tree/z hard"
inspect "$tree"
check "a tree with a damaged file" 3 "^pomona: $tree/cut: "
lines "links are not followed, hard ones are files" 7
check "a name that would steer a terminal, escaped" 3 'two\\nlines \\u001b\[31m'
inspect --output table "$tree"
lacks "nor on a page" $'\033\\[31m'
printf '\xca\xfe\xba\xbe' > "$tree/"$'bad\nname\033[31m'
for jobs in 1 4; do
  inspect --jobs "$jobs" "$tree"
  lacks "nor in a sentence" $'\033'
  check "its line is whole" 3 '^pomona: .*bad\\u\{a\}name\\u\{1b\}\[31m: '
  cp "$work/err" "$work/err.$jobs"
done
ok "sentences come in the same order" cmp -s "$work/err.1" "$work/err.4"
rm "$tree/"bad*
inspect "$tree/sub" "$tree/sub" "$tree/sub/"
check "a path that is named twice" 0 '^pomona: 9 images in 6 files'
inspect "$tree/link" "$tree/sub/up/tree/sub/b"
check "links that are named" 0 "\"path\":\"$tree/link\""
mkdir -p "$work/deep/$(printf 'd/%.0s' $(seq 300))"
inspect "$work/deep"
check "a tree that is too deep" 3 'more directories inside one another than are walked'

# --- The inventory: what did not change is not read again.
db=$work/links.db
inspect --save "$db" "$tree"
check "an inventory is made" 3 '^pomona: 7 images in 6 files'
rm "$tree/cut"
inspect --save "$db" --jobs 1 "$tree"
check "what did not change" 0 '^pomona: 6 images in 5 files, 5 of them unchanged and not read again'
cp "$work/out" "$work/again"
inspect "$tree"
ok "is told as if it were read" cmp -s "$work/out" "$work/again"
inspect --save "$db" --output table "$tree"
check "is one line on a page" 0 "^$tree/a  unchanged: x86_64 execute, native API no, signature unsigned, injection open"
inspect --save "$db" --reread "$tree"
lacks "--reread reads it" 'unchanged'
inspect --save "$db" --imports "$tree"
lacks "so does --imports" 'unchanged'
cp "$images/dylib" "$tree/a2" && mv "$tree/a2" "$tree/a"
inspect --save "$db" "$tree"
check "one that changed is read, and its hard link, which lost one" 0 ', 3 of them unchanged'
check "and told" 0 '"path":"[^"]*/tree/a",.*"file_type":"dylib"'
touch -d '2001-01-01' "$tree/sub/b"
inspect --save "$db" "$tree"
check "so is one with another time" 0 ', 4 of them unchanged'
head -c 10 "$tree/sub/deeper/c" > "$tree/damaged" 
printf '\xcf\xfa\xed\xfe' | dd of="$tree/damaged" conv=notrunc 2> /dev/null
for i in 1 2; do
  inspect --save "$db" "$tree"
  check "what is damaged is said each time ($i)" 3 "^pomona: $tree/damaged: "
done
rm "$tree/damaged"

# What is told of an image depends on its bundle, and on what lies where dyld looks for libraries.
cp -R "$images/bundles/right.app" "$work/right.app"
cp -R "$images/root" "$work/around"
for how in --jobs=2 --no-sandbox; do
  cp "$images/bundles/right.app/Contents/Info.plist" "$work/right.app/Contents/Info.plist"
  inspect "$how" --save "$work/around.db" "$work/right.app"
  check "a bundle is kept ($how)" 0 '"info":"holds"'
  inspect "$how" --save "$work/around.db" "$work/right.app"
  check "and not read again ($how)" 0 ', 1 of them unchanged'
  printf ' ' >> "$work/right.app/Contents/Info.plist"
  inspect "$how" --save "$work/around.db" "$work/right.app"
  check "but for its Info.plist, which changed ($how)" 0 '"info":"broken"'
  lacks "so it is not unchanged ($how)" 'unchanged'
  rm -f "$work/around/Library/Pomona/second/libweak.dylib" "$work/around.db"
  inspect "$how" --root "$work/around" --host mac --save "$work/around.db" /usr/local/bin/weak
  check "a candidate is kept ($how)" 0 '"kind":"weak","link":"@rpath/libweak.dylib"'
  inspect "$how" --root "$work/around" --host mac --save "$work/around.db" /usr/local/bin/weak
  check "and told again ($how)" 0 ', 1 of them unchanged'
  cp "$images/dylib" "$work/around/Library/Pomona/second/libweak.dylib"
  inspect "$how" --root "$work/around" --host mac --save "$work/around.db" /usr/local/bin/weak
  lacks "until a library lies there ($how)" 'unchanged|"kind":"weak","link"'
done

# Where nobody knows what a file's facts depend on, it is read once more.
inspect --save "$work/again.db" --host mac "$images/plain"
inspect --merge --save "$work/taken.db" "$work/again.db"
inspect --save "$work/taken.db" --host mac "$images/plain"
lacks "a merged inventory" 'unchanged'
inspect --save "$work/taken.db" --host mac "$images/plain"
check "the second time" 0 '1 of them unchanged'

# The inventory may come from anywhere: what would steer a terminal or make a line of its own is not
# believed, and the file is read again.
cp "$db" "$work/forged.db"
python3 - "$work/forged.db" << 'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE link_image SET object = '\"size\":1}' || char(10) || '{\"path\":\"/forged\"}'")
db.commit()
PY
inspect --save "$work/forged.db" "$tree"
check "an inventory with forged lines" 0 '^\{"path":"[^"]*/tree/a",'
lacks "tells none of them" '/forged|unchanged'
cp "$db" "$work/forged.db"
python3 - "$work/forged.db" << 'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE link_image SET arch = char(27) || '[2J' || char(10) || 'forged'")
db.commit()
PY
inspect --save "$work/forged.db" --output table "$tree"
check "an inventory that would wipe the page" 0 'unchanged: .u\{1b\}\[2J.u\{a\}forged'
lacks "does not" $'\033'
(cd "$tree" && "$absolute" inspect --save ./own.db . > "$work/out" 2> "$work/err")
code=$?
check "an inventory in the tree that is walked" 0 '^pomona: '
rm -f "$tree/own.db"

# --- A diff of two inventories.
cp "$db" "$work/before.db"
inspect --diff "$work/before.db" "$db"
says "no change" 0 'pomona: 0 changes'
rm "$tree/sub/deeper/c"
cp "$images/links_foundation" "$tree/new"
inspect --save "$db" "$tree/sub/deeper"
check "what is gone below the path is forgotten" 0 '^pomona: 0 images in 0 files'
inspect --diff --output table "$work/before.db" "$db"
check "a file that is gone" 0 "/tree/sub/deeper/c \(.*\): is gone"
check "and only that" 0 '^pomona: 1 change$'
cp "$db" "$work/middle.db"
rm "$tree/sub/b"
inspect --save "$db" "$tree/empty"
inspect --diff "$work/middle.db" "$db"
says "what is gone elsewhere is not" 0 'pomona: 0 changes'
inspect --save "$db" "$tree"
inspect --diff --output table "$work/middle.db" "$db"
check "a file that is new" 0 "/tree/new \(.*\): is new"
check "a fat file that is gone" 0 "/tree/sub/b \(.*\): is gone"
inspect --diff "$work/before.db" "$db"
check "a diff for programs" 0 '"kind":"added"|"change":"added"|"added"'
inspect --diff "$images/plain" "$db"
check "an inventory and a file" 2 'is an inventory and .* is none: --diff needs two of a kind'
inspect --diff "$images/plain" "$work/absent"
check "a file that is not there" 3 "^pomona: $work/absent: No such file or directory"
inspect --diff --output table "$images/plain" "$images/links_foundation"
check "a new link" 0 'links .*Foundation'
inspect --diff --output table "$images/signed" "$images/signed_altered"
check "an altered image" 0 'pomona: [1-9][0-9]* change'
inspect --diff --output table "$images/signed" "$images/plain"
check "a lost signature" 0 'lost its signature'
inspect --diff --output table "$images/signed" "$images/signed_forged_team"
check "a changed team" 0 'the team was POMONATEST, is '
inspect --diff --output table "$images/hardened" "$images/hardened_get_task_allow"
check "a new entitlement" 0 'claims .*get-task-allow'
head -c 400 "$images/plain" > "$work/cut"
inspect --diff "$images/plain" "$work/cut"
check "a damaged file" 3 "$work/cut: "

# --- What cannot be looked at is as it was, and the rest is forgotten all the same.
closed=$work/closed
as_nobody() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  if command -v setpriv > /dev/null; then
    as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
  else
    as_nobody() { return 77; }
  fi
fi
mkdir -p "$closed/in" "$closed/dbs"
chmod 755 "$work"
chmod 777 "$closed/dbs"
cp "$images/plain" "$closed/in/held"
cp "$images/plain" "$closed/gone"
cp "$images/plain" "$closed/unreadable"
cp "$pomona" "$closed/pomona"
if as_nobody "$closed/pomona" inspect --save "$closed/dbs/x.db" "$closed" > "$work/out" 2> "$work/err"; then
  cp "$closed/dbs/x.db" "$work/x.db"
  rm "$closed/gone"
  chmod 0 "$closed/in" "$closed/unreadable"
  run as_nobody "$closed/pomona" inspect --save "$closed/dbs/x.db" "$closed"
  check "a directory that cannot be opened" 3 "^pomona: $closed/in: Permission denied"
  check "a file that cannot be opened" 3 "^pomona: $closed/unreadable: Permission denied"
  inspect --diff --output table "$work/x.db" "$closed/dbs/x.db"
  check "what is gone is forgotten" 0 '/gone \(.*\): is gone'
  check "what changed and cannot be read is" 0 '/unreadable \(.*\): is gone'
  check "what could not be looked at is not" 0 '^pomona: 2 changes$'
  chmod 755 "$closed/in" "$closed/unreadable"
  inspect --host "$(hostname -s 2> /dev/null || hostname)" --save "$closed/dbs/x.db" "$closed"
  check "and is there when it can be" 0 '^pomona: 2 images in 2 files'
else
  echo "skipped: who may open everything cannot try what may not be opened"
fi

# --- An older inventory of a host, merged after a newer one, brings nothing back.
mkdir "$work/aging"
cp "$images/plain" "$work/aging/gone"
cp "$images/plain" "$work/aging/stays"
inspect --save "$work/older.db" --host mac "$work/aging"
rm "$work/aging/gone"
cp "$images/links_foundation" "$work/aging/stays"
cp "$work/older.db" "$work/newer.db"
inspect --save "$work/newer.db" --host mac "$work/aging"
for order in "older newer" "newer older"; do
  set -- $order
  rm -f "$work/fleet.db"
  inspect --merge --save "$work/fleet.db" "$work/$1.db" "$work/$2.db"
  inspect --diff "$work/newer.db" "$work/fleet.db"
  says "$1 and $2 make the newer" 0 'pomona: 0 changes'
done

# --- A part of a bundle that is there and may not be read is not missing.
mkdir "$work/closed.app"
cp -R "$images/bundles/right.app/Contents" "$work/closed.app/Contents"
rm "$work/closed.app/Contents/Info.plist"
inspect "$work/closed.app"
check "Info.plist that is not there" 0 '"state":"invalid".*seals Info.plist, and there is none'
mkdir "$work/closed.app/Contents/Info.plist"
for how in --jobs=1 --no-sandbox; do
  inspect $how "$work/closed.app"
  check "Info.plist that is no file, $how" 0 '"state":"adhoc".*"info":"not_read".*"Info.plist: is there and may not be read"'
done

# --- Two hosts, merged.
inspect --save "$work/one.db" --host one "$tree"
inspect --save "$work/two.db" --host two "$images/plain" "$images/links_foundation"
inspect --merge --save "$work/all.db" "$work/one.db" "$work/two.db"
says "two hosts" 0 "pomona: $work/all.db holds 2 hosts"
inspect --merge --save "$work/all.db" "$work/absent.db" "$work/one.db"
check "an inventory that is not there" 3 "^pomona: $work/absent.db: "
check "and one that is" 3 'holds 2 hosts'
inspect --diff --output table "$work/one.db" "$work/all.db"
check "a host that only one has" 0 'only the later inventory knows the host two'
"$simulate" --hosts 1 --minutes 2 --seed 7 --attacks all --envelope --links "$work/sim.db" \
  --output "$work/sample.ndjson" --labels "$work/labels.ndjson" || exit 1
inspect --merge --save "$work/all.db" "$work/sim.db"
run "$pomona" detect --links "$work/all.db" "$work/sample.ndjson"
check "detect reads the merged file" 0 '"verdict":"yes"'

# --- One store for inventory and findings, written to by two at once, and its audit log.
one=$work/store.db
"$pomona" inspect --save "$one" --host one --reread "$tree" > /dev/null 2>&1 &
other=$!
inspect --save "$one" --host two --as ada --why "a new Mac" --reread "$images/plain" "$images/links_foundation"
check "two write at once" 0 '"path"'
wait "$other"
code=$?
check "and the other too" 0 ''
run "$pomona" evidence verify --store "$one"
check "each is an entry" 0 '^2 entries hold'
inspect --save "$one" --host two "$images/plain"
check "what did not change" 0 '1 of them unchanged'
run "$pomona" evidence verify --store "$one"
check "is none" 0 '^2 entries hold'
ok "who it was, and why" python3 -c '
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT who, action, subject, why, detail FROM audit_log").fetchall()
assert ("ada", "inspect.save", "two", "a new Mac", "{\"put\":2,\"forgotten\":0,\"has_ended\":true}") in rows, rows' "$one"
inspect --merge --save "$one" "$work/sim.db"
check "a merge" 0 'holds [0-9]+ hosts'
run "$pomona" evidence verify --store "$one"
check "has one for its first batch and one for all" 0 '^4 entries hold'
run "$pomona" detect --store "$one" "$work/sample.ndjson"
check "detect asks the store's own inventory" 0 '"verdict":"yes"'
check "and says so" 0 '^store +its link inventory is asked$'
run "$pomona" detect --store "$one" --links "$work/two.db" "$work/sample.ndjson"
lacks "another that is named is asked instead" 'of the store the link inventory'
run "$pomona" detect --store "$work/fresh.db" "$work/sample.ndjson"
lacks "a store without one has none" 'of the store the link inventory'
run "$pomona" detect --links "$work/fresh.db" "$work/sample.ndjson"
check "which is no error" 0 ''
ok "a reader leaves nothing beside it" test ! -e "$work/fresh.db-wal" -a ! -e "$work/fresh.db-shm"
if command -v runuser > /dev/null && [ "$(id -u)" -eq 0 ]; then
  mkdir "$work/shelf"
  cp "$work/all.db" "$work/shelf/a b?.db"
  cp "$work/sample.ndjson" "$work/shelf/"
  cp -R rules "$work/rules"
  chmod -R a+rX "$work/rules"
  chmod -R a+rX,a-w "$work/shelf"
  run runuser -u nobody -- "$closed/pomona" detect --rules "$work/rules" \
    --links "$work/shelf/a b?.db" "$work/shelf/sample.ndjson"
  check "a store where nothing may be written" 0 '"verdict":"yes"'
  ok "and nothing is" test "$(ls "$work/shelf" | wc -l)" -eq 2
fi

# --- An inventory as it was before there was one store.
python3 - "$work/lone.db" << 'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript("PRAGMA application_id = 0x504f4d4c; PRAGMA user_version = 2; CREATE TABLE host (id)")
PY
lone="^pomona: $work/lone.db: is a link inventory in a file of its own, and the store keeps it now: \
make it anew with \`pomona inspect --save NAME\`$"
inspect --save "$work/lone.db" "$images/plain"
check "a lone inventory, --save" 2 "$lone"
inspect --merge --save "$work/none.db" "$work/lone.db"
check "a lone inventory, --merge" 3 "$lone"
run "$pomona" detect --links "$work/lone.db" "$work/sample.ndjson"
check "a lone inventory, --links" 3 "$lone"
rm -f "$work/none.db"

# --- A copied disk.
disk=$work/disk
mkdir -p "$disk"
cp -R "$images/root/." "$disk/"
ln -s /usr/local "$disk/opt"
ln -s ../../../../../../etc "$disk/out"
inspect --root "$disk"
check "the default path is /" 0 '"path":"/usr/local/bin/weak"'
lacks "no path of this machine" "$work"
check "a weak link that is found nowhere" 0 '"kind":"weak","link":"@rpath/libweak.dylib","path":"/Library/Pomona/second/libweak.dylib"'
check "a link that an earlier rpath would take" 0 '"kind":"rpath"'
inspect --root "$disk" /usr/local/bin/weak
cp "$work/out" "$work/weak"
for path in usr/local/bin/weak "$disk/usr/local/bin/weak" /opt/bin/weak /../../usr/local/bin/weak; do
  inspect --root "$disk/" "$path"
  ok "--root, named $path" cmp -s "$work/out" "$work/weak"
done
inspect --root "$disk" /out
says "a link that leads out" 3 'pomona: /out: No such file or directory'
inspect --root "$disk" --save "$work/disk.db" --host copied
check "a copied disk is kept" 0 '^pomona: [0-9]+ images'
: > "$work/nothing"
inspect --save "$work/none.db" --host copied "$tree/empty"
inspect --diff "$work/none.db" "$work/disk.db"
check "under the Mac's own paths" 0 '"path":"/usr/local/bin/weak"'
lacks "and no others" "$work"
inspect --root "$disk" --save "$work/disk.db" --host copied
check "and not read again" 0 'unchanged and not read again'

# --- Signatures.
inspect --verify "$images/page_changed"
check "a page that was changed" 0 '"pages":"broken"'
inspect "$images/page_changed"
check "is not looked at without --verify" 0 '"pages":"not_read"'
inspect --anchors "$images/anchors/root.pem" "$images/signed"
check "the right root" 0 '"chain":"verified"'
inspect --anchors "$images/anchors/other.pem" "$images/signed"
lacks "another root" '"chain":"verified"'
inspect "$images/signed"
check "no root" 0 '"chain":"claimed"'

# --- A reader that is stopped or killed, and Ctrl-C.
readers() { cat "/proc/$1/task/$1/children" 2> /dev/null; }
many=()
for _ in $(seq 20); do many+=("$images"); done
# Its output goes into a pipe that nobody reads until we say so: it waits there, and readers with it.
mkfifo "$work/held"
start_long() {
  "$pomona" inspect "$@" "${many[@]}" > "$work/held" 2> "$work/err" < /dev/null &
  long=$!
  exec 3< "$work/held"
  found=
  for _ in $(seq 500); do
    sleep 0.02
    found=$(readers "$long")
    [ "$(wc -w <<< "$found")" -eq 2 ] && break
  done
  sleep 0.2
}
wait_long() {
  cat <&3 > "$work/out" &
  wait "$long" 2> /dev/null
  code=$?
  wait
  exec 3<&-
}
if [ -r "/proc/$$/task/$$/children" ]; then
  start_long --jobs 2 --timeout 1
  for pid in $found; do kill -STOP "$pid" 2> /dev/null; done
  wait_long
  check "a reader that does not answer" 3 'not read in the time for one file; --timeout gives it more'
  check "and the others are read" 3 '^pomona: [0-9]{4} images in [0-9]{4} files; [0-9]+ other files passed over; [0-9] could not be read$'
  start_long --jobs 2
  # Stopped first, and killed when it has been given something to read.
  for pid in $found; do kill -STOP "$pid" 2> /dev/null; done
  (sleep 0.5 && for pid in $found; do kill -KILL "$pid" 2> /dev/null; done) &
  wait_long
  check "a reader that is killed" 3 'its reader (crashed \(signal 9\)|had to be ended)'
  check "and the others are read" 3 '^pomona: [0-9]{4} images in [0-9]{4} files; [0-9]+ other files passed over; [0-9] could not be read$'
  start_long --jobs 2
  for pid in $found; do kill -STOP "$pid" 2> /dev/null; done
  kill -KILL "$long"
  wait_long
  left=$found
  for _ in $(seq 100); do
    left=$(for pid in $found; do [ -e "/proc/$pid/exe" ] && grep -qs . "/proc/$pid/cmdline" && echo "$pid"; done)
    [ -z "$left" ] && break
    sleep 0.05
  done
  ok "readers end with the program, also those that are stopped" test -n "$found" -a -z "$left"
else
  echo "skipped: no /proc that would name the readers"
fi
start_long --jobs 2 --reread --save "$work/stopped.db"
kill -INT "$long"
sleep 0.2
wait_long
check "Ctrl-C" 3 'stopped before the end'
ok "what was being written is whole" python3 -c '
import json, sys
for line in open(sys.argv[1], "rb"): json.loads(line)' "$work/out"
inspect --diff "$work/stopped.db" "$work/stopped.db"
says "leaves a sound inventory" 0 'pomona: 0 changes'
inspect --save "$work/stopped.db" "$images"
check "which is gone on with" 0 'unchanged and not read again'
start_long --jobs 2 --reread --save "$work/stopped.db"
kill -KILL "$long"
wait_long
run "$pomona" store check --store "$work/stopped.db"
check "kill -9 leaves a whole one" 0 '^whole, version'
run "$pomona" evidence verify --store "$work/stopped.db"
check "and its log" 0 'entr(y|ies) holds?,'
inspect --save "$work/stopped.db" "$images"
check "which is gone on with, too" 0 'unchanged and not read again'

# --- Whoever reads the output goes away.
"$pomona" inspect "${many[@]}" 2> "$work/err" | head -n 1 > "$work/out"
code=${PIPESTATUS[0]}
check "head" 3 '^pomona: the output failed: Broken pipe$'
lines "head" 1
ok "nothing else is said" test "$(wc -l < "$work/err")" -eq 1
if [ -w /dev/full ]; then
  "$pomona" inspect "$images" > /dev/full 2> "$work/err"
  code=$?
  : > "$work/out"
  says "a full disk" 3 'pomona: the output failed: No space left on device'
fi
"$pomona" inspect "$images/plain" < /dev/null >&- 2> "$work/err"
code=$?
: > "$work/out"
check "closed standard output" 3 '^pomona: the output failed: '
"$pomona" inspect "$images/plain" <&- > "$work/out" 2> "$work/err"
code=$?
check "closed standard input" 0 '"path"'

# --- The bar: on a terminal, and wiped.
inspect "$images"
lacks "no bar where there is no terminal" $'\r|\033'
on_terminal() {
  python3 - "$pomona" inspect "$@" > "$work/out" 2> "$work/err" << 'PY'
import os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
octets = b""
while True:
    try:
        piece = os.read(master, 65536)
    except OSError:
        break
    if not piece:
        break
    octets += piece
sys.stdout.buffer.write(octets)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
  code=$?
}
on_terminal "$images"
check "a bar on a terminal" 0 $'\r\\[[=> ]{24}\\] +[0-9]+ % '
check "a page on a terminal" 0 'tests/macho/images/plain'
ok "which is wiped" python3 -c '
import re, sys
text = open(sys.argv[1], "rb").read()
bars = [m.end() for m in re.finditer(rb"\r\[[=> ]{24}\][^\r\n]*", text)]
sys.exit(any(not text[end:].startswith(b"\r\x1b[K") and not text[end:].startswith(b"\r[") for end in bars))
' "$work/out"
on_terminal --no-progress "$images"
lacks "--no-progress" $'\r\\['
mkdir "$work/"$'odd\nname' && cp "$images/plain" "$work/"$'odd\nname/x'
on_terminal --output ndjson "$work/"$'odd\nname'
check "a name of two lines in the bar" 0 'odd\\u\{a\}name'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
