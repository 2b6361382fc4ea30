#!/usr/bin/env bash
# `pomona assets` as a user runs it, over invented inventories.
#
# usage: assets_test.sh POMONA
#        postgres.sh assets_test.sh POMONA
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
POMONA_STORE=$(store_of s)
export POMONA_STORE

cat > jamf.csv << 'END'
Computer Name,Serial Number,UDID,Managed,Operating System Version,FileVault 2 Status,System Integrity Protection,Email Address,Department,Last Check-in,Role,Sensor Expected
mac-1,C02AB1,11111111-2222-4333-8444-555555555551,Managed,15.1,Boot Partitions Encrypted,Enabled,ann@example.org,Engineering,2026-11-01 10:00:00,Developer,yes
mac-2,C02AB2,11111111-2222-4333-8444-555555555552,Unmanaged,14.5,Not Encrypted,Disabled,"Bob, the second",Sales,,Executive,
mac-3,C02AB3,,Managed,15.1,Sometimes,,,,,,
END

# --- a dry run makes nothing, and says what would be. A database is there before it is a store.
[ -z "${POMONA_TEST_POSTGRES:-}" ] || "$pomona" store migrate > /dev/null
run "$pomona" assets import --dry-run jamf.csv
has "dry: counts" 0 '^jamf: 3 new, 0 changed, 0 as they were; 0 twice, 0 in conflict, 0 without a name, 0 no Mac \(nothing was written\)$'
has "dry: each row" 0 '^jamf\.csv:2: new: C02AB1$'
if [ ! -e s.db ]; then passed=$((passed + 1)); else fail "dry: no store" "s.db is there"; fi

printf 'name,serial,owner,Room,cost centre\nmac-9,C02AB9,zoe,12,x\n' > own.csv
run "$pomona" assets import --dry-run own.csv
has "which columns are not read" 0 '^own\.csv: not read: "Room", "cost centre"; --map FIELD=COLUMN says what a column is$'
has "and that one is by its name" 0 '^own\.csv:2: new: C02AB9$'
run "$pomona" assets import --dry-run jamf.csv
lacks "all are read" 'not read'

run "$pomona" assets import --as ann --why "first inventory" jamf.csv
has "imported" 0 '^jamf: 3 new, 0 changed, 0 as they were;'
has "a word that is neither" 0 '^jamf\.csv:4: not told: filevault "Sometimes" is neither yes nor no$'
run "$pomona" assets import jamf.csv
has "the same again" 0 '^jamf: 0 new, 0 changed, 3 as they were;'
run "$pomona" assets list
lines "all of them" 3
has "what is kept" 0 '^\{"id":"C02AB1","serial":"C02AB1",.*"host_name":"mac-1","owner":"ann@example\.org","team":"Engineering","role":"developer",.*"sensor_expected":true,.*"sip":true,"filevault":true,"os_version":"15\.1"'
run "$pomona" assets list --role executive --output table
lines "of a role" 1
has "as a table" 0 '^C02AB2 +mac-2 +executive .* not managed +no SIP$'

# --- the list as CSV is an inventory again.
run "$pomona" assets list --output csv
has "quoted" 0 '"Bob, the second"'
cp out again.csv
run "$pomona" assets import again.csv
has "round trip" 0 '^own: 0 new, 0 changed, 3 as they were;'

# --- by whatever name.
for name in c02ab1 11111111-2222-4333-8444-555555555551 MAC-1 mac-1.corp.example; do
  run "$pomona" assets show "$name"
  has "found as $name" 0 '^\{"id":"C02AB1"'
done
run "$pomona" assets show mac-9
has "nobody's name" 2 'no asset is called "mac-9"$'

# --- conflicts are shown, not taken, and never guessed; the other rows are taken.
cat > conflicts.csv << 'END'
serial,hardware_uuid,host_name,owner
C02AB1,11111111-2222-4333-8444-555555555552,,
C02AB9,,mac-9,first
C02AB9,,mac-9,second
C02AB8,,mac-8,carol
C02AB8,,mac-8,carol
,,,nobody
END
run "$pomona" assets import conflicts.csv
has "counts" 3 '^own: 1 new, 0 changed, 0 as they were; 1 twice, 3 in conflict, 1 without a name, 0 no Mac$'
has "two assets" 3 '^conflicts\.csv:2: not taken: its serial number is that of asset C02AB1, its hardware UUID that of C02AB2$'
has "two rows" 3 '^conflicts\.csv:3: not taken: line 4 is of the same Mac and says something else$'
has "twice" 3 '^conflicts\.csv:6: duplicate: the same as line 5$'
has "nameless" 3 '^conflicts\.csv:7: not taken: it has no serial number, hardware UUID or host name$'
run "$pomona" assets list
lines "one more" 4

# --- JSON, and columns of one's own.
printf '{"hosts":[{"hostname":"mac-7","hardware_serial":"C02AB7","platform":"darwin","mdm":{"enrollment_status":"On (manual)"}},{"hostname":"box","hardware_serial":"L1","platform":"ubuntu"}]}' > fleet.json
run "$pomona" assets import fleet.json
has "an answer of an API" 0 '^fleet: 1 new, .* 1 no Mac$'
printf 'Tag;FDA\nC02AB7;no\n' > mine.csv
run "$pomona" assets import --map serial=Tag --map full_disk_access=FDA mine.csv
has "mapped" 0 '^own: 0 new, 1 changed,'
run "$pomona" assets import - < /dev/null
has "nothing" 3 '^pomona: -:1: there are no rows$'
run "$pomona" evidence verify
has "an entry for each import" 0 '^6 entries hold'

# --- what is wrong with a file, and nothing of it is kept.
before=$("$pomona" assets list | sha256sum)
bad() { # NAME EXIT SENTENCE: bad.csv is refused so, and that is all that is said.
  run "$pomona" assets import bad.csv
  has "$1" "$2" "^pomona: bad\\.csv:$3"
  if [ "$(cat out err | wc -l)" -eq 1 ]; then passed=$((passed + 1)); else fail "$1" "more is said than one sentence"; fi
}
printf 'serial,owner\nNEW1,a\nNEW2,"b\n' > bad.csv
bad "a quote that stays open" 3 '3:6: the quote that opens here is never closed$'
printf 'serial,owner\nNEW1,a\nNEW2,b,c\n' > bad.csv
bad "a cell too many" 3 '3:8: this row has 3 cells, the first row has 2$'
printf 'serial,owner\nNEW1,a\nNEW2,M\344x\n' > bad.csv
bad "Latin-1" 3 '3:7: this is not UTF-8; save the file as UTF-8$'
printf 'serial,owner\nNEW1,a\n' | iconv -t UTF-16 > bad.csv
bad "UTF-16" 3 '1:1: this is UTF-16; save it as UTF-8$'
printf 'serial,owner\nNEW1,a\n' | iconv -t UTF-16LE > bad.csv
bad "UTF-16 that does not say so" 3 '1:2: a NUL, which no text has; is it UTF-16\? Save it as UTF-8$'
{ printf 'serial,owner\nNEW1,a\nNEW2,"'; head -c 10000000 /dev/zero | tr '\0' x; printf '"\n'; } > bad.csv
bad "a cell of 10 MB" 3 '3:6: the cell that begins here is larger than 64 KiB'
printf '{"serial":"NEW1"}\n{"serial":NEW2}\n' > bad.csv
bad "no JSON" 3 '2:11: this is no JSON'
printf 'serial,owner\nNEW1\n' > bad.csv
bad "a cell too few" 3 '2:1: this row has 1 cells, the first row has 2$'
printf 'serial,owner\nNEW1,\355\240\200\n' > bad.csv
bad "half a surrogate" 3 '2:6: this is not UTF-8; save the file as UTF-8$'
printf 'serial,owner\nNEW1,\300\200\n' > bad.csv
bad "longer than it need be" 3 '2:6: this is not UTF-8; save the file as UTF-8$'
printf 'serial,owner\nNEW1,\223quoted\224\n' > bad.csv
bad "Windows-1252" 3 '2:6: this is not UTF-8; save the file as UTF-8$'
printf 'serial,owner\nNEW1,a\n' | iconv -t UTF-16BE > bad.csv
bad "UTF-16 the other way round" 3 '1:1: a NUL, which no text has; is it UTF-16\? Save it as UTF-8$'
printf 'serial,owner\nNEW1,a\n' | iconv -t UTF-32 > bad.csv
bad "UTF-32" 3 '1:1: this is UTF-16; save it as UTF-8$'
printf 'serial,owner\nNEW1,a\0b\n' > bad.csv
bad "a zero octet" 3 '2:7: a NUL, which no text has'
{ printf 'serial,owner\nNEW1,'; head -c 10000000 /dev/zero | tr '\0' x; printf '\n'; } > bad.csv
bad "a cell of 10 MB without quotes" 3 '2:6: the cell that begins here is larger than 64 KiB'
{ printf '{"serial":"NEW1"}\n{"serial":"'; head -c 10000000 /dev/zero | tr '\0' x; printf '"}\n'; } > bad.csv
bad "a value of 10 MB" 3 '2: "serial" is longer than 64 KiB$'
printf '{"serial":"N\344"}\n' > bad.csv
bad "JSON that is not UTF-8" 3 '1:[0-9]*: this is no JSON: '
printf '{"serial":"N\\u0000"}\n' > bad.csv
bad "JSON with a NUL" 3 '1: "serial" has a NUL, which no text has$'
{ printf 'serial,owner\n'; seq 1 200001 | sed 's/.*/S&,a/'; } > bad.csv
bad "too many rows" 3 '200002: more than 200000 rows$'
head -c 68000000 /dev/zero | tr '\0' ' ' > bad.csv
run "$pomona" assets import bad.csv
has "a file that is too large" 3 '^pomona: bad\.csv: '
printf 'a,b\n1,2\n' > bad.csv
bad "no column that names a Mac" 2 '1: no column for a serial number'
run "$pomona" assets import --map serial=Nope mine.csv
has "no such column" 2 '^pomona: mine\.csv:1: there is no column "Nope", which --map names$'
run "$pomona" assets import --map colour=Tag mine.csv
has "no such field" 2 '^pomona: --map knows no field "colour"'
run "$pomona" assets import --format excel mine.csv
has "no such format" 2 'not "excel"$'
run "$pomona" assets import absent.csv
has "not there" 3 '^pomona: absent\.csv: No such file'
if [ "$("$pomona" assets list | sha256sum)" = "$before" ]; then
  passed=$((passed + 1))
else
  fail "nothing of them is kept" "the assets changed"
fi

echo "assets: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
