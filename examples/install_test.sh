#!/bin/sh
# `make install`, seen by another program: what is installed, what the library exports, and that
# examples/eql.c is built from nothing else.
#
# usage: install_test.sh CMAKE BUILD CC SANITIZERS

set -eu
cmake=$1 build=$2 cc=$3 sanitizers=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL $*"
    exit 1
}

"$cmake" --install "$build" --prefix "$work/prefix" >"$work/log" ||
    fail "install: $(cat "$work/log")"
pc=$(find "$work/prefix" -name pomona.pc)
[ -n "$pc" ] || fail "no pomona.pc"
for file in include/pomona/eql.h share/man/man1/pomona.1 share/man/man3/pomona_eql.3 bin/pomona; do
    [ -f "$work/prefix/$file" ] || fail "no $file"
done
[ -z "$(find "$work/prefix" -name '*.a')" ] || fail "an archive is installed"

# Somewhere else than where it was put: the file finds its own place. A library of macOS has its
# place in itself, and stays.
moved=$work/prefix
if [ "$(uname -s)" != Darwin ]; then
    moved=$work/moved
    mv "$work/prefix" "$moved"
fi
PKG_CONFIG_PATH=$(dirname "$moved/${pc#"$work/prefix/"}")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir pomona)
version=$("$moved/bin/pomona" --version | sed 's/^[^0-9]*//')
[ "$(pkg-config --modversion pomona)" = "$version" ] ||
    fail "the version is $(pkg-config --modversion pomona)"

# Only what the header declares, and all of it.
library=$(find "$libdir" -name 'libpomona.*' | head -n 1)
case $(uname -s) in
Darwin) nm -gU "$library" ;;
*) nm -D --defined-only "$library" ;;
esac | awk '$2 ~ /[TDBRCW]/ { print $3 }' | sed 's/^_pomona/pomona/' | sort >"$work/exported"
sed -n '/^[a-z]/s/.*[ *]\(pomona_eql_[a-z_]*\)(.*/\1/p' "$moved/include/pomona/eql.h" |
    sort -u >"$work/declared"
[ -s "$work/declared" ] || fail "the header declares nothing"
# Sanitizers export names of their own.
[ -z "$sanitizers" ] || sed -i.all '/^pomona_/!d' "$work/exported"
diff "$work/declared" "$work/exported" || fail "declared (<) and exported (>) differ"

cp "$here/eql.c" "$work/eql.c"
# shellcheck disable=SC2046 # Flags are words.
(cd "$work" && "$cc" -std=c17 -Wall -Wextra -Werror ${sanitizers:+"-fsanitize=$sanitizers"} eql.c \
    $(pkg-config --cflags --libs pomona) "-Wl,-rpath,$libdir" -o eql) || fail "eql.c does not build"
"$here/eql_test.sh" "$work/eql"
