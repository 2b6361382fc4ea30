#!/bin/sh
# The two checkers that come with clang, over every C file of the tree.
#
# usage: tools/lint.sh format | clang-tidy
#
# clang-tidy reads how each file is compiled from build/clang, and looks again only at a file
# whose preprocessed text, or whose checks, have changed since it last passed.

set -eu
cd "$(dirname "$0")/.."

sources() # names…
{
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

case ${1:-} in
format)
    echo "lint: clang-format"
    sources '*.c' '*.h' | xargs clang-format --dry-run --Werror --style=file
    ;;
clang-tidy)
    echo "lint: clang-tidy"
    tools/ctest --build-only clang
    mkdir -p build/lint
    sources '*.c' | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 tools/lint_one.py
    ;;
*)
    echo "usage: tools/lint.sh format | clang-tidy" >&2
    exit 2
    ;;
esac
