#!/bin/sh
# Compiles every source for arm64 and x86_64 macOS, against Darwin's own C headers.
#
# usage: tools/check_macos.sh [FILE.c…]
#
# The compiler is zig's, which carries those headers; it comes from the Python package index
# into an environment of its own under build/, and nothing else of the machine is touched. The
# headers of the libraries are put into a directory of their own, so that none of this
# machine's C headers can be seen. A file that passed is not looked at again until it, or a
# header that it includes, changes.

set -eu
cd "$(dirname "$0")/.."

zig_version=0.13.0
own=build/macos
zig=$own/zig

main()
{
    mkdir -p $own
    [ -f "$own/zig-$zig_version" ] || fetch_zig
    collect_headers

    files=$*
    [ -n "$files" ] || files=$(git ls-files --cached --others --exclude-standard -- '*.c')
    echo "check-macos: $(echo "$files" | wc -w) files, arm64 and x86_64"
    rm -f $own/failed
    for target in aarch64-macos x86_64-macos; do
        for file in $files; do
            [ ! -f "$file" ] || echo "$target $file"
        done
    done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 2 "$0" --one || touch $own/failed
    if [ -f $own/failed ]; then
        echo "check-macos: failed" >&2
        exit 1
    fi
    echo "check-macos: passed"
}

fetch_zig()
{
    echo "check-macos: fetching zig $zig_version into $own/venv"
    rm -rf $own/venv
    python3 -m venv $own/venv
    $own/venv/bin/python -m pip install --quiet --disable-pip-version-check "ziglang==$zig_version"
    ln -sf "$PWD"/$own/venv/lib/python3*/site-packages/ziglang/zig $own/zig
    touch "$own/zig-$zig_version"
}

# The libraries' headers as links, each under the name by which it is included.
collect_headers()
{
    rm -rf $own/include
    mkdir -p $own/include/openssl
    for name in yyjson.h yaml.h pcre2.h sqlite3.h zlib.h zconf.h zstd.h zstd_errors.h xxhash.h \
        libpq-fe.h postgres_ext.h pg_config_ext.h archive.h archive_entry.h \
        ncurses.h curses.h ncurses_dll.h unctrl.h term.h \
        cmocka.h plist; do
        ln -s "$(find_header $name)" $own/include/$name
    done
    # A configuration that depends on the processor lies apart on some systems.
    for directory in $(header_directories); do
        for header in "$directory"/openssl/*.h; do
            [ ! -f "$header" ] || ln -sf "$header" $own/include/openssl/
        done
    done
}

header_directories()
{
    pkg-config --cflags-only-I yyjson yaml-0.1 libpcre2-8 libcrypto libplist-2.0 sqlite3 libpq \
        zlib libzstd libxxhash ncursesw cmocka | tr ' ' '\n' | sed -n 's/^-I//p'
    echo /usr/include
    triplet=$(cc -print-multiarch 2>/dev/null || true)
    [ -z "$triplet" ] || echo "/usr/include/$triplet"
}

find_header()
{
    for directory in $(header_directories); do
        if [ -e "$directory/$1" ]; then
            echo "$directory/$1"
            return
        fi
    done
    echo "check-macos: no header $1 on this machine" >&2
    exit 1
}

# One file for one target. The object's dependency file says when it must be made again.
check_one() # target file
{
    object=$own/objects/$1/${2%.c}.o
    mkdir -p "$(dirname "$object")"
    is_stale "$object" || return 0
    rm -f "$object"
    set -- "$1" "$2" -std=c17 -D_DARWIN_C_SOURCE -DPOMONA_VERSION='"0"' -DBENCH_RULES='""' -DBENCH_RULES_EQL='""' \
        -Isrc -Iinclude -Itools/simulate -isystem $own/include -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
        -Werror -fno-sanitize=all -c -MD -MF "$object.d" -o "$object"
    target=$1 file=$2
    shift 2
    if ! ZIG_LOCAL_CACHE_DIR=$own/cache ZIG_GLOBAL_CACHE_DIR=$own/cache \
        $zig cc -target "$target" "$@" "$file" >"$object.log" 2>&1; then
        echo "check-macos: $file does not compile for $target"
        cat "$object.log"
        return 1
    fi
}

is_stale() # object
{
    [ -f "$1" ] && [ -f "$1.d" ] || return 0
    for input in $(sed -e 's/^[^:]*://' -e 's/\\$//' "$1.d"); do
        [ -e "$input" ] && [ ! "$input" -nt "$1" ] || return 0
    done
    return 1
}

if [ "${1:-}" = --one ]; then
    check_one "$2" "$3"
else
    main "$@"
fi
