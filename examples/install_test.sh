#!/bin/sh
# `make install`, seen by another program: what is installed, what the library exports, that each
# header stands by itself in C and in C++, and that the examples are built from nothing else.
#
# usage: install_test.sh CMAKE BUILD CC SANITIZERS

set -eu
cmake=$1 tree=$2 cc=$3 sanitizers=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL $*"
    exit 1
}

"$cmake" --install "$tree" --prefix "$work/prefix" >"$work/log" ||
    fail "install: $(cat "$work/log")"
pc=$(find "$work/prefix" -name pomona.pc)
[ -n "$pc" ] || fail "no pomona.pc"
for file in include/pomona/eql.h include/pomona/macho.h include/pomona/str.h bin/pomona \
    share/man/man1/pomona.1 share/man/man3/pomona_eql.3 share/man/man3/pomona_macho.3; do
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

# Only what the headers declare, and all of it.
library=$(find "$libdir" -name 'libpomona.*' | head -n 1)
case $(uname -s) in
Darwin) nm -gU "$library" ;;
*) nm -D --defined-only "$library" ;;
esac | awk '$2 ~ /[TDBRCW]/ { print $3 }' | sed 's/^_pomona/pomona/' | sort >"$work/exported"
cat "$moved"/include/pomona/*.h | sed -n '/^[a-z]/s/.*[ *]\(pomona_[a-z_]*\)(.*/\1/p' |
    sort -u >"$work/declared"
for part in eql macho; do
    grep -q "^pomona_${part}_" "$work/declared" || fail "$part.h declares nothing"
done
# Sanitizers export names of their own.
[ -z "$sanitizers" ] || sed -i.all '/^pomona_/!d' "$work/exported"
diff "$work/declared" "$work/exported" || fail "declared (<) and exported (>) differ"

# Each header by itself, first in the file.
cxx=$(command -v c++ || command -v g++ || command -v clang++ || true)
for header in "$moved"/include/pomona/*.h; do
    printf '#include <pomona/%s>\n' "${header##*/}" | tee "$work/header.c" >"$work/header.cc"
    cflags=$(pkg-config --cflags pomona)
    # shellcheck disable=SC2086 # Flags are words.
    "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror $cflags -fsyntax-only "$work/header.c" ||
        fail "$header is no C by itself"
    # shellcheck disable=SC2086
    [ -z "$cxx" ] ||
        "$cxx" -std=c++17 -Wall -Wextra -Werror $cflags -fsyntax-only "$work/header.cc" ||
        fail "$header is no C++ by itself"
done

build() {
    cp "$here/$1.c" "$work/$1.c"
    # shellcheck disable=SC2046 # Flags are words.
    (cd "$work" && "$cc" -std=c17 -Wall -Wextra -Werror ${sanitizers:+"-fsanitize=$sanitizers"} \
        "$1.c" $(pkg-config --cflags --libs pomona) "-Wl,-rpath,$libdir" -o "$1") ||
        fail "$1.c does not build"
}
build eql
"$here/eql_test.sh" "$work/eql"
build macho
"$here/macho_test.sh" "$work/macho" tests/macho/images
